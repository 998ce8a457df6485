"""A stopwatch over nested functions: each moment counts for the innermost one that is being watched."""

from __future__ import annotations

import functools
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


class Stopwatch:
    """Processor seconds of this thread by stage, and how often each was entered: other programs on the machine do not count."""

    def __init__(self) -> None:
        """At zero."""
        self.seconds: dict[str, float] = defaultdict(float)
        self.entered: dict[str, int] = defaultdict(int)
        self.missing: list[str] = []
        self._stages: list[str] = []
        self._since = 0.0

    def reset(self) -> dict[str, float]:
        """What was counted since the last reset."""
        counted = dict(self.seconds)
        self.seconds.clear()
        return counted

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block, without what is watched inside it."""
        self._turn()
        self._stages.append(name)
        self.entered[name] += 1
        try:
            yield
        finally:
            self._turn()
            self._stages.pop()

    def watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, counted."""

        @functools.wraps(function)
        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
            self._turn()
            self._stages.append(name)
            self.entered[name] += 1
            try:
                return function(*given, **named)
            finally:
                self._turn()
                self._stages.pop()

        return timed

    def _turn(self) -> None:
        now = time.thread_time()
        if self._stages:
            self.seconds[self._stages[-1]] += now - self._since
        self._since = now

    @contextmanager
    def watching(self, places: Iterable[tuple[object, str, str]]) -> Iterator[None]:
        """Count these functions, given as (module, class or object, its attribute, stage), for the length of the block.

        One that is no longer there is named in `missing`: the measurement goes on, and says what it did not see.
        """
        with ExitStack() as stack:
            for holder, attribute, name in places:
                function = getattr(holder, attribute, None)
                if function is None:
                    self.missing.append(f"{getattr(holder, '__name__', type(holder).__name__)}.{attribute}")
                    continue
                stack.enter_context(patch.object(holder, attribute, self.watched(name, function)))
            yield
