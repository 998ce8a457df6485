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


def kept(parts: Parts, key: Hashable) -> Any:  # noqa: ANN401 - whatever was made for the key
    """What `lately` would show again for this key; None where it would be made."""
    found = _KEPT.get(parts.database, OrderedDict()).get(key)
    return found.made if found is not None and found.until > parts.clock.monotonic() else None


def forget(parts: Parts, start: tuple[Hashable, ...]) -> None:
    """Show nothing again whose key begins like this: it was changed on purpose."""
    known = _KEPT.get(parts.database, OrderedDict())
    for key in [key for key in known if isinstance(key, tuple) and key[: len(start)] == start]:
        del known[key]


def lately(parts: Parts, key: Hashable, work: Callable[[], Made]) -> Made:
    """What `work` made lately for this key, or makes now. Only a console's own thread calls it."""
    known, now = _KEPT.setdefault(parts.database, OrderedDict()), parts.clock.monotonic()
    found = known.pop(key, None)
    if found is None or found.until <= now:
        made = work()
        took = parts.clock.monotonic() - now
        if took < LONG_SECONDS:
            return made
        found = _Kept(made, now + took + min(MOST_SECONDS, TIMES * took))
    known[key] = found
    if len(known) > MOST_KEPT:
        known.popitem(last=False)
    return found.made  # type: ignore[no-any-return]  # what `work` made
