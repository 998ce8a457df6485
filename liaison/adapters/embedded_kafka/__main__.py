"""`python -m liaison.adapters.embedded_kafka CACHE`: fetches what the broker needs and learns to start it, once, for `make setup`."""

from __future__ import annotations

import sys
from pathlib import Path

from liaison.adapters.embedded_kafka import BrokerFailed, EmbeddedKafka, JarsUnavailable, PortTaken, resolve_jars
from liaison.adapters.embedded_kafka.learning import learn


def main(cache: Path) -> int:
    """Fetch the jars that are missing, learn to start quickly; the exit code. Without the latter everything works, only slower."""
    try:
        resolve_jars(cache, progress=_tell)
        learn(cache, EmbeddedKafka)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; the next `make setup` goes on.\n")
        return 130
    except JarsUnavailable as error:
        sys.stderr.write(f"\nRefused ({error.code}): {error}\nNext: {error.next_step}\n")
        return 1
    except (BrokerFailed, PortTaken, OSError) as error:
        sys.stderr.write(f"The broker will start slowly: a quick start could not be learned. {error}\n")
    return 0


def _tell(name: str, done: int, of: int) -> None:
    """On a screen one line that changes, elsewhere a line for every tenth."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[KKafka {done}/{of} {name}" + ("" if done < of else "\n"))
    elif done % 10 == 0 or done == of:
        sys.stdout.write(f"Kafka {done}/{of}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
