"""A one-node Apache Kafka as a child process, set up by pip alone: for training, demonstrations and tests."""

from liaison.adapters.embedded_kafka.errors import BrokerFailed, JarsUnavailable, PortTaken
from liaison.adapters.embedded_kafka.jars import Classpath, resolve_jars
from liaison.adapters.embedded_kafka.process import EmbeddedKafka

__all__ = ["BrokerFailed", "Classpath", "EmbeddedKafka", "JarsUnavailable", "PortTaken", "resolve_jars"]
