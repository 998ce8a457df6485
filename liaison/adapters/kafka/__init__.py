"""The Broker port on Apache Kafka, by aiokafka; nothing else in the house knows that library."""

from liaison.adapters.kafka.broker import KafkaBroker
from liaison.adapters.kafka.security import BadTlsFiles, KafkaSecurity

__all__ = ["BadTlsFiles", "KafkaBroker", "KafkaSecurity"]
