"""What takes long to work out is shown again for a while, with the moment that it is of: some times as long as it took, minutes at most.

For figures that say as of when they are, and are the same for everybody who may see them; never for one record.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from liaison.node.database import Database
    from liaison.node.parts import Parts

Made = TypeVar("Made")

LONG_SECONDS: Final = 0.1  # what takes less is worked out each time
TIMES: Final = 20  # so that no more than a twentieth of the time goes into it
MOST_SECONDS: Final = 300.0
MOST_KEPT: Final = 12  # of a node; the one not asked for longest goes first


@dataclass(frozen=True, slots=True)
class _Kept:
    made: Any
    until: float


_KEPT: Final[WeakKeyDictionary[Database, OrderedDict[Hashable, _Kept]]] = WeakKeyDictionary()


def lately(parts: Parts, key: Hashable, work: Callable[[], Made]) -> Made:
    """What `work` made lately for this key, or makes now. Only a console's own thread calls it."""
    kept, now = _KEPT.setdefault(parts.database, OrderedDict()), parts.clock.monotonic()
    found = kept.pop(key, None)
    if found is None or found.until <= now:
        made = work()
        took = parts.clock.monotonic() - now
        if took < LONG_SECONDS:
            return made
        found = _Kept(made, now + took + min(MOST_SECONDS, TIMES * took))
    kept[key] = found
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)
    return found.made  # type: ignore[no-any-return]  # what `work` made
