"""Correcting a case: fields changed by path, checked by the same rules, and the difference between before and after."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from enforcement.seizures.fields import filled, set_fields
from enforcement.seizures.rules import check, errors
from enforcement.seizures.rules.overrides import not_overridden
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules import Finding


class NothingChanged(LiaisonError):  # noqa: N818 - named for the state
    """The amendment changes nothing."""

    code = "seizures.nothing-changed"
    next_step = "Compare with `liaison seizures show REFERENCE`."


class RulesBroken(LiaisonError):  # noqa: N818 - named for the state
    """The amended case breaks a rule."""

    code = "seizures.rules-broken"
    next_step = "Correct the fields named and amend again; nothing was changed."

    def __init__(self, findings: Sequence[Finding]) -> None:
        """`findings`: the errors, at least one."""
        more = f" And {len(findings) - 3} more." if len(findings) > 3 else ""  # noqa: PLR2004 - three are enough to read
        text = " ".join(f"{one.field}: {one.text()} ({one.code})" for one in findings[:3])
        super().__init__(text + more, findings=[one.reason() for one in findings])


def corrected(case: Mapping[str, Any], changes: Iterable[tuple[str, str]], lists: CodeLists, today: date) -> dict[str, Any]:
    """A copy of the payload with these fields (path, value as text) changed, under the edition of the lists in force.

    Raises NothingChanged, RulesBroken, FieldUnknown, FieldFixed, FieldValueUnfit.
    """
    made: dict[str, Any] = copy.deepcopy(dict(case))
    set_fields(made, changes, lists)
    if made == case:
        raise NothingChanged(f"{case['reference']} has these values already.")
    made["code_list_edition"] = lists.edition
    broken = errors(not_overridden(check(made, lists, today), made))
    if broken:
        raise RulesBroken(broken)
    return made


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs between two payloads: {field, old, new}, in the order of the schema; what follows from a change is in it."""
    old, new = dict(filled(before)), dict(filled(after))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        {"field": path, "old": old.get(path, ""), "new": new.get(path, "")}
        for path in paths
        if old.get(path) != new.get(path) and path not in ("version", "code_list_edition")
    ]
