"""Golden batches, good and broken on purpose, and the script that makes them."""
