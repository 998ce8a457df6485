"""One module per outside thing (Kafka, keys, clock, metrics), each blind to the others."""
