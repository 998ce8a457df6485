"""Correcting a case: fields changed by path, checked by the same rules, and the difference between before and after."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.fields import derive, filled, set_fields
from enforcement.seizures.rules import check, errors
from enforcement.seizures.rules.overrides import not_overridden, reasons, with_override, without_overrides
from enforcement.seizures.rules.retelling import ENGLISH
from enforcement.seizures.rules.switches import NONE, applied
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists
    from enforcement.seizures.rules import Finding
    from enforcement.seizures.rules.switches import Switches


class NothingChanged(LiaisonError):  # noqa: N818 - named for the state
    """The amendment changes nothing."""

    code = "seizures.nothing-changed"
    next_step = "Compare with `liaison seizures show REFERENCE`."


class NoSuchOverride(LiaisonError):  # noqa: N818 - named for the state
    """There is nothing to override, or nobody may."""

    code = "seizures.no-such-override"
    next_step = "See what the rules say of it with `liaison seizures show REFERENCE`, and of a rule with `liaison rules show CODE`."


MOST_SAID: Final = 3  # enough to read
_MORE: Final = {"en": "And {} more.", "fr": "Et {} autres.", "es": "Y {} más."}


class RulesBroken(LiaisonError):  # noqa: N818 - named for the state
    """The amended case breaks a rule."""

    code = "seizures.rules-broken"
    next_step = "Correct the fields named and amend again; nothing was changed."

    def __init__(self, findings: Sequence[Finding]) -> None:
        """`findings`: the errors, at least one."""
        self._findings = tuple(findings)
        super().__init__(self.said_in(ENGLISH), findings=[one.reason() for one in findings])

    def said_in(self, language: str) -> str:
        """The first of the findings in this language."""
        left = len(self._findings) - MOST_SAID
        told = [f"{one.field}: {one.text(language)} ({one.code})" for one in self._findings[:MOST_SAID]]
        return " ".join([*told, *([_MORE[language].format(left)] if left > 0 else [])])


@dataclass(frozen=True, slots=True)
class Judging:
    """How a corrected case is judged. `switches`: of the office in charge; `overrides`: code of a rule -> why it is kept all the
    same; `dropped`: codes of rules whose reasons are taken back; `renewing`: another edition of the code lists is change enough.
    """

    switches: Switches = NONE
    overrides: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    renewing: bool = False


PLAIN: Final = Judging()


def corrected(
    case: Mapping[str, Any], changes: Iterable[tuple[str, str]], lists: CodeLists, today: date, judging: Judging = PLAIN
) -> dict[str, Any]:
    """A copy of the payload with these fields (path, value as text) changed, under the edition of `lists`.

    Raises NothingChanged, RulesBroken, FieldUnknown, FieldFixed, FieldValueUnfit, NoSuchOverride.
    """
    made: dict[str, Any] = copy.deepcopy(dict(case))
    set_fields(made, changes, lists)
    if judging.dropped:
        made = _taken_back(made, judging.dropped)
    if judging.overrides:
        made = _overridden(made, lists, today, judging)
    moved = made["code_list_edition"] != lists.edition
    if made == case and not (moved and judging.renewing):
        raise NothingChanged(phrase("{reference} has these values already.", reference=case["reference"]))
    if moved:
        made["code_list_edition"] = lists.edition
        derive(made, lists)
    broken = errors(not_overridden(applied(check(made, lists, today), judging.switches), made))
    if broken:
        raise RulesBroken(broken)
    return made


def _overridden(made: dict[str, Any], lists: CodeLists, today: date, judging: Judging) -> dict[str, Any]:
    """The case with a reason for every finding of these rules. Raises NoSuchOverride."""
    found = applied(check(made, lists, today), judging.switches)
    for code, reason in judging.overrides.items():
        about = [one for one in found if one.code == code]
        if not about:
            others = ", ".join(dict.fromkeys(one.code for one in found if one.overridable)) or "none"
            raise NoSuchOverride(
                phrase(
                    "{code} objects to nothing in {reference}; what may be overridden there: {others}.",
                    code=code,
                    reference=made["reference"],
                    others=others,
                )
            )
        if not about[0].overridable:
            raise NoSuchOverride(phrase("{code} has no override: {about}", code=code, about=about[0].text()))
        for one in about:
            made = with_override(made, one, reason)
    return made


def _taken_back(made: dict[str, Any], codes: frozenset[str]) -> dict[str, Any]:
    """The case without the reasons for these rules. Raises NoSuchOverride."""
    missing = codes - {code for code, _ in reasons(made)}
    if missing:
        raise NoSuchOverride(
            phrase("{reference} gives no reason for overriding {names}.", reference=made["reference"], names=", ".join(sorted(missing)))
        )
    return without_overrides(made, codes)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """What differs between two payloads: {field, old, new}, in the order of the schema; what follows from a change is in it."""
    old, new = dict(filled(before)), dict(filled(after))
    paths = [*new, *(path for path in old if path not in new)]
    return [
        {"field": path, "old": old.get(path, ""), "new": new.get(path, "")}
        for path in paths
        if old.get(path) != new.get(path) and path not in ("version", "code_list_edition")
    ]
