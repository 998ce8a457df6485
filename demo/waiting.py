"""Waiting for a condition, never for a time: what is waited for is told, and a wait that is not met says so."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

POLL_SECONDS = 0.1


class NotMetError(Exception):
    """What was waited for did not come about in time."""


def wait_until(
    condition: Callable[[], object], what: str, seconds: float, *, say: Callable[[str], None] | None = None, poll: float = POLL_SECONDS
) -> float:
    """Ask `condition` until it is true; the seconds it took. Raises NotMetError, and whatever `condition` raises."""
    begun = time.monotonic()
    if say is not None:
        say(f"waiting until {what}")
    while not condition():
        if time.monotonic() - begun > seconds:
            raise NotMetError(f"After {seconds:.0f} s it is still not so that {what}.")
        time.sleep(poll)
    return time.monotonic() - begun
