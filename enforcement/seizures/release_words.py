"""Who a case is for, as pages say it: to its reporter who chooses, and to everybody who reads the case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.queries import UNSAID
from enforcement.seizures.releases import ALL, COUNT, NAMED, REGION
from enforcement.seizures.states import DRAFT, HISTORICAL
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.words import Words

RELEASE_WORDS: Final[Mapping[str, str]] = {
    ALL: n_("all customs"),
    REGION: n_("the members of our region"),
    NAMED: n_("named members"),
    COUNT: n_("nobody: the count alone"),
}
_READ: Final[Mapping[str, str]] = {
    **RELEASE_WORDS,
    REGION: n_("the members of its reporter's region"),
    UNSAID[DRAFT]: n_("as the presets say when it is sent"),
    UNSAID[HISTORICAL]: n_("nobody"),
}


def whom_in(words: Words) -> Callable[[str], str]:
    """For templates: who a version is for in the reader's language, from its `released` (see `Release.told`)."""

    def told(released: str) -> str:
        choice, _, named = released.partition(": ")
        said = words(_READ[choice]) if choice in _READ else choice
        return f"{said} ({named})" if named else said

    return told
