"""What can go wrong between `start()` and a broker that answers, each with a stable code and the next step."""

from __future__ import annotations

from liaison.protocol.errors import LiaisonError


class JarsUnavailable(LiaisonError):  # noqa: N818 - named for the state, like the engine's other refusals
    """Kafka's jars are neither in the cache nor to be had over the network."""

    code = "broker.jars-unavailable"
    next_step = "Connect this machine to the network once, or copy the cache folder from one that has it, and start again."


class PortTaken(LiaisonError):  # noqa: N818
    """Another program listens on the broker's port."""

    code = "broker.port-taken"
    next_step = "Stop that program, or give another port (0 takes any free one)."


class BrokerFailed(LiaisonError):  # noqa: N818
    """The embedded broker did not come up."""

    code = "broker.failed-to-start"
    next_step = "Read the lines above and kafka.log in the broker's data folder."
