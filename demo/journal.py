"""What has been done so far, told as it happens and kept for the report."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Journal:
    """Steps with their seconds since the beginning."""

    say: Callable[[str], None] = print
    begun: float = field(default_factory=time.monotonic)
    steps: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, sentence: str) -> None:
        """Say a sentence with the seconds since the beginning."""
        self.say(f"{time.monotonic() - self.begun:6.1f} s  {sentence}")

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """A part of the story: its title now, its seconds in the report."""
        begun = time.monotonic()
        self.tell(title)
        yield
        self.steps.append({"step": title, "seconds": round(time.monotonic() - begun, 2)})
