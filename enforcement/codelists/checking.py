"""What is wrong with a proposed edition, before it is released and again where it arrives."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.codelists.document import LANGUAGES, order_of
from enforcement.codelists.matching import folded
from enforcement.codelists.model import UNKNOWN, UNKNOWN_COUNTRY
from enforcement.codelists.parsing import is_open
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from enforcement.codelists.document import Document

ERROR: Final = "error"
WARNING: Final = "warning"
NOTICE_DAYS: Final = 30  # a node may be offline for weeks, and officers must be told
MOST_DAYS_AHEAD: Final = 366  # what is released cannot be taken back, and the next edition must come after it (decision 34)
PARENTS: Final[Mapping[str, str]] = {"commodities": "streams", "streams": "sections"}
MEASURES: Final = frozenset({"mass", "count", "volume", "length", "area", "money"})
ALWAYS_OPEN: Final = frozenset({UNKNOWN, UNKNOWN_COUNTRY})
LIST_TYPE: Final = "list:"

Entries = dict[str, dict[str, Any]]
Known = dict[str, dict[str, bool]]  # list -> code -> whether it is open
Told = tuple[str, str, str, str]  # severity, code of an entry, rule, text


class Problem(NamedTuple):
    """One thing wrong with a proposed edition. Only errors keep it from being released."""

    severity: str
    list: str
    code: str
    rule: str
    text: str


def errors(found: Sequence[Problem]) -> list[Problem]:
    """Those that keep an edition from being released."""
    return [one for one in found if one.severity == ERROR]


def problems(document: Document, base: Document, twice: Sequence[str] = ()) -> list[Problem]:
    """Everything wrong with an edition that is to follow `base`, in its own order; `twice`: keys that stood in its file twice."""
    found = [Problem(ERROR, "", key, "edition.twice", phrase("{key} stands in the file twice.", key=key)) for key in dict.fromkeys(twice)]
    found += [Problem(severity, "", "", rule, text) for severity, _, rule, text in _of_edition(document, base)]
    day = document["valid_from"]
    known = {name: {entry["code"]: is_open(entry, day) for entry in body["codes"]} for name, body in document["lists"].items()}
    for name, body in document["lists"].items():
        entries = {entry["code"]: entry for entry in body["codes"]}
        before = {entry["code"]: entry for entry in base["lists"].get(name, {"codes": ()})["codes"]}
        if not body["source"]:
            found.append(Problem(WARNING, name, "", "edition.source-missing", phrase("The list does not say where it comes from.")))
        for entry in body["codes"]:
            found += [Problem(ERROR, name, entry["code"], rule, text) for rule, text in _dates(entry, day)]
        for severity, code, rule, text in _of_list(name, known, entries, before):
            found.append(Problem(severity, name, code, rule, text))
    return found


def notice(document: Document, today: date) -> list[Problem]:
    """What is wrong with the day from which a new edition is to be valid."""
    days = (date.fromisoformat(document["valid_from"]) - today).days
    if order_of(document["edition"])[0] > today.year + 1:
        text = phrase("It is named for a later year than the next: a record of it that arrives before it would be refused, not held.")
        return [Problem(ERROR, "", "", "edition.name", text)]
    if days <= 0:
        text = phrase("It would be valid from {day}; an edition begins on a day to come.", day=document["valid_from"])
        return [Problem(ERROR, "", "", "edition.not-ahead", text)]
    if days > MOST_DAYS_AHEAD:
        text = phrase(
            "It would begin in {days} days, {most} at most: every later edition has to begin after it.",
            days=days,
            most=MOST_DAYS_AHEAD,
        )
        return [Problem(ERROR, "", "", "edition.too-far-ahead", text)]
    if days < NOTICE_DAYS:
        text = phrase(
            "It begins in {days} days; an office that is offline for weeks will judge by the old edition until it hears.", days=days
        )
        return [Problem(WARNING, "", "", "edition.short-notice", text)]
    return []


def _of_edition(document: Document, base: Document) -> Iterator[Told]:
    if order_of(document["edition"]) <= order_of(base["edition"]):
        yield (
            ERROR,
            "",
            "edition.name",
            phrase("{edition} does not come after {before}.", edition=document["edition"], before=base["edition"]),
        )
    if document["valid_from"] <= base["valid_from"]:
        yield (
            ERROR,
            "",
            "edition.dates",
            phrase(
                "It begins on {begins}, not after {edition} ({before}).",
                begins=document["valid_from"],
                edition=base["edition"],
                before=base["valid_from"],
            ),
        )
    for name in base["lists"]:
        if name not in document["lists"]:
            yield ERROR, "", "edition.list-gone", phrase("The list {name} is missing; the software reads it.", name=name)


def _of_list(name: str, known: Known, entries: Entries, before: Entries) -> Iterator[Told]:
    for code in before:
        if code not in entries:
            text = phrase("It is gone. A code is closed with valid_to and replaced_by, and stays: older records have it.")
            yield ERROR, code, "edition.code-gone", text
    for code, entry in entries.items():
        yield from _labels(code, entry)
        yield from _closing(code, entry, known[name], entries)
        yield from _places(name, code, entry, known)
        yield from _measures(name, code, entry, known)
        yield from _meaning(code, entry, before)
    yield from _spellings(entries, known[name])


def _labels(code: str, entry: Mapping[str, Any]) -> Iterator[Told]:
    missing = [language for language in LANGUAGES if not entry.get(language)]
    if missing:
        yield ERROR, code, "edition.label-missing", phrase("It has no label in {languages}.", languages=", ".join(missing))


def _dates(entry: Mapping[str, Any], valid_from: str) -> Iterator[tuple[str, str]]:
    begins, ends = entry.get("valid_from", ""), entry.get("valid_to", "")
    if begins > valid_from:
        yield "edition.code-dates", phrase("It begins on {begins}, within the edition; a code begins with one.", begins=begins)
    if ends >= valid_from:
        last = date.fromisoformat(valid_from) - timedelta(days=1)
        yield (
            "edition.code-dates",
            phrase("It ends on {ends}, within the edition; a code ends with one, here on {last}.", ends=ends, last=last),
        )
    if begins and ends and ends < begins:
        yield "edition.code-dates", phrase("It ends on {ends}, before it begins on {begins}.", ends=ends, begins=begins)


def _closing(code: str, entry: Mapping[str, Any], opened: Mapping[str, bool], entries: Entries) -> Iterator[Told]:
    heirs = entry.get("replaced_by", ())
    if opened[code]:
        if heirs:
            yield ERROR, code, "edition.mapped-open", phrase("It names a replacement, but is not closed: say valid_to.")
        return
    if code in ALWAYS_OPEN:
        yield ERROR, code, "edition.unknown-closed", phrase("Unknown must remain a value.")
    if not heirs:
        yield ERROR, code, "edition.not-mapped", phrase("It is closed, and replaced_by does not say what is used instead.")
    for heir in heirs:
        if heir not in entries:
            yield ERROR, code, "edition.mapped-nowhere", phrase("It is replaced by {heir}, which is not in the list.", heir=heir)
    if heirs and all(heir in entries for heir in heirs) and not _arrives(code, entries, opened):
        yield ERROR, code, "edition.mapped-nowhere", phrase("Its replacements are closed themselves and lead to no open code.")


def _arrives(code: str, entries: Entries, opened: Mapping[str, bool]) -> bool:
    seen: set[str] = set()
    waiting = [code]
    while waiting:
        at = waiting.pop()
        if at in seen or at not in entries:
            continue
        if opened[at]:
            return True
        seen.add(at)
        waiting.extend(entries[at].get("replaced_by", ()))
    return False


def _named(known: Known, name: str, code: str) -> str:
    """Whether a code is in a list: empty, or what is wrong with it."""
    opened = known.get(name, {}).get(code)
    if opened is None:
        return phrase("there is no {code} in {name}", code=code, name=name)
    return "" if opened else phrase("{code} is closed in {name}", code=code, name=name)


def _places(name: str, code: str, entry: Mapping[str, Any], known: Known) -> Iterator[Told]:
    """Parents and sections exist, and are open where the code is."""
    parent, above = entry.get("parent", ""), PARENTS.get(name, name)
    if name in PARENTS and not parent:
        yield ERROR, code, "edition.parent", phrase("It has no parent among the {above}.", above=above)
    if parent and known[name][code]:
        wrong = _named(known, above, parent)
        if wrong:
            yield ERROR, code, "edition.parent", phrase("Its parent is {parent}, but {wrong}.", parent=parent, wrong=wrong)
    for section in entry.get("sections", ()):
        wrong = "" if section == "*" else _named(known, "sections", section)
        if wrong:
            yield ERROR, code, "edition.parent", phrase("It is for the section {section}, but {wrong}.", section=section, wrong=wrong)


def _measures(name: str, code: str, entry: Mapping[str, Any], known: Known) -> Iterator[Told]:
    """What measures it, in which unit, of which type."""
    for measure in entry.get("measures", ()):
        if measure not in MEASURES:
            yield (
                ERROR,
                code,
                "edition.measure",
                phrase("{measure} is not one of {measures}.", measure=measure, measures=", ".join(sorted(MEASURES))),
            )
    kind = entry.get("type", "")
    if kind.startswith(LIST_TYPE) and kind.removeprefix(LIST_TYPE) not in known:
        yield ERROR, code, "edition.type", phrase("Its values are of {kind}, and there is no such list.", kind=kind)
    if name == "units":
        yield from _unit(code, entry)
    elif name == "streams" and not entry.get("measures"):
        yield ERROR, code, "edition.measure", phrase("A stream says what measures it.")
    elif entry.get("unit"):
        wrong = _named(known, "units", entry["unit"])
        if wrong and _named(known, "currencies", entry["unit"]):
            yield ERROR, code, "edition.measure", phrase("Its unit is {unit}, but {wrong}.", unit=entry["unit"], wrong=wrong)


def _unit(code: str, entry: Mapping[str, Any]) -> Iterator[Told]:
    if len(entry.get("measures", ())) != 1:
        yield ERROR, code, "edition.measure", phrase("A unit measures one thing.")
    try:
        fits = not entry.get("base") or Decimal(entry.get("factor", "")) > 0
    except InvalidOperation:
        fits = False
    if not fits:
        yield ERROR, code, "edition.factor", phrase("Its factor to {base} is not a number above zero.", base=entry["base"])


def _meaning(code: str, entry: Mapping[str, Any], before: Entries) -> Iterator[Told]:
    was = before.get(code)
    if was is not None and entry.get("en") != was.get("en"):
        text = phrase(
            "It was called {old!r} and is called {new!r}: a code is never given another meaning.", old=was.get("en"), new=entry.get("en")
        )
        yield WARNING, code, "edition.renamed", text


def _spellings(entries: Entries, opened: Mapping[str, bool]) -> Iterator[Told]:
    """A text that stands for two open codes is not resolved: an error between aliases, which we choose, otherwise a warning."""
    taken: dict[str, tuple[str, bool]] = {}
    for code, entry in entries.items():
        if not opened[code]:
            continue
        spelt = [(code, False), *((entry.get(language, ""), False) for language in LANGUAGES)]
        spelt += [(alias, True) for alias in entry.get("aliases", ())]
        for text, is_alias in spelt:
            other, was_alias = taken.setdefault(folded(text), (code, is_alias))
            if other != code and text:
                severity = ERROR if is_alias and was_alias else WARNING
                yield (
                    severity,
                    code,
                    "edition.ambiguous",
                    phrase("{text!r} stands for {other} as well, so it is read as neither.", text=text, other=other),
                )
