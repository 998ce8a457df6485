"""Duties: what a node does by itself when it has nothing to take in, each in small portions, a transaction a portion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from liaison.node.database import DatabaseFailed
from liaison.node.lease import LeaseLost
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from liaison.node.ports import Log, Stopwatch
    from liaison.node.work import UnitOfWork

IDLE_SECONDS: Final = 2.0  # without a record from or to the broker: the node has time
AT_LEAST_SECONDS: Final = 30.0  # a node that never has time does one portion this often all the same
RETRY_SECONDS: Final = 60.0  # after a failure, before the same duty is tried again


class Duty(NamedTuple):
    """`due` looks whether there is anything to do, in a snapshot, at the cost of a glance; `do` does a portion of it, a twentieth of a
    second or so. What it says goes out as any event does.
    """

    name: str
    due: Callable[[UnitOfWork], bool]
    do: Callable[[UnitOfWork], object]


class Duties:
    """A node's duties and when each may be done; the first that is due comes first, so what rests on others stands behind them."""

    def __init__(self, duties: Sequence[Duty], clock: Stopwatch, log: Log) -> None:
        """In the order in which they are done."""
        self._duties = duties
        self._clock = clock
        self._log = log
        self._busy_at = self._done_at = clock.monotonic()
        self._failed_until: dict[str, float] = {}
        self.looked = False  # whether the last `do_next` looked at every duty

    def busy(self) -> None:
        """Something came in or went out: the node has no time."""
        self._busy_at = self._clock.monotonic()

    def has_time(self) -> bool:
        """Whether nothing has come in or gone out for IDLE_SECONDS."""
        return self._clock.monotonic() - self._busy_at >= IDLE_SECONDS

    def do_next(
        self,
        reading: Callable[[], AbstractContextManager[UnitOfWork]],
        writing: Callable[[], AbstractContextManager[UnitOfWork]],
        *,
        at_once: bool = False,
    ) -> bool:
        """A portion of the first duty that is due; whether there was one. `at_once`: whether the node has time or not.
        A duty that fails is tried again a minute later and never stops the node. Raises DatabaseFailed, LeaseLost.
        """
        now = self._clock.monotonic()
        self.looked = at_once or self.has_time() or now - self._done_at >= AT_LEAST_SECONDS
        if not self.looked:
            return False
        with reading() as tx:
            duty = next((one for one in self._duties if self._failed_until.get(one.name, now) <= now and one.due(tx)), None)
        if duty is None:
            return False
        self._done_at = now
        try:
            with writing() as tx:
                duty.do(tx)
        except (DatabaseFailed, LeaseLost):
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the node's other work goes on
            code = error.code if isinstance(error, LiaisonError) else type(error).__name__  # never its text: it may hold payload
            self._failed_until[duty.name] = now + RETRY_SECONDS
            self._log.error("duty.failed", duty=duty.name, code=code)
        return True
