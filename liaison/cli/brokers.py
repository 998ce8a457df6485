"""A node's connections to Kafka, as its settings name them."""

from typing import TYPE_CHECKING

from liaison.adapters.kafka import KafkaBroker, KafkaSecurity

if TYPE_CHECKING:
    from liaison.settings import Settings


def brokers(settings: "Settings") -> "dict[str, KafkaBroker]":
    """By connection, `regional` and `global`; one object under both names when both are one cluster. Nothing is opened yet."""
    made: dict[tuple[str, object], KafkaBroker] = {}
    found: dict[str, KafkaBroker] = {}
    for name, bootstrap in settings.bootstraps.items():
        folder = settings.tls[name]
        key = (bootstrap, folder)
        if key not in made:
            security = KafkaSecurity(folder / "ca.pem", folder / "cert.pem", folder / "key.pem") if folder is not None else None
            made[key] = KafkaBroker(bootstrap, security=security)
        found[name] = made[key]
    return found
