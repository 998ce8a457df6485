"""A Log and a Metrics that keep nothing: for commands, which have the terminal to speak through. Imports no library."""

from __future__ import annotations


class SilentLog:
    """The Log port that forgets."""

    def info(self, event: str, **facts: object) -> None:
        """Forget it."""

    def warning(self, event: str, **facts: object) -> None:
        """Forget it."""

    def error(self, event: str, **facts: object) -> None:
        """Forget it."""


class SilentMetrics:
    """The Metrics port that forgets."""

    def count(self, name: str, amount: float = 1, **labels: str) -> None:
        """Forget it."""

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Forget it."""

    def observe(self, name: str, seconds: float, **labels: str) -> None:
        """Forget it."""
