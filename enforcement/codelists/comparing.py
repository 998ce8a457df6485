"""What differs between two editions, and how a code of one reads in the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.codelists.document import LANGUAGES
from enforcement.codelists.matching import heirs_of
from enforcement.codelists.parsing import is_open
from liaison.protocol.errors import joined, phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from enforcement.codelists.document import Document
    from enforcement.codelists.model import Code, CodeLists

ADDED: Final = "added"
CLOSED: Final = "closed"
GONE: Final = "gone"
RENAMED: Final = "renamed"
MOVED: Final = "moved"
REMAPPED: Final = "remapped"
CHANGED: Final = "changed"
REQUIREMENTS: Final = "requirements"  # in place of a list: the table of which field is mandatory where
KINDS: Final = (ADDED, CLOSED, GONE, MOVED, REMAPPED, RENAMED, CHANGED)

NOTHING: Final = phrase("nothing")
NOT_SAID: Final = phrase("not said")

SAME: Final = "same"
REPLACED: Final = "replaced"
MERGED: Final = "merged"
SPLIT: Final = "split"
UNMAPPED: Final = "unmapped"

_KIND_OF_KEY: Final[Mapping[str, str]] = {
    **dict.fromkeys(LANGUAGES, RENAMED),
    "parent": MOVED,
    "aliases": REMAPPED,
    "replaced_by": REMAPPED,
}


class Change(NamedTuple):
    """One code that differs: `kind` is one of KINDS, `text` says how."""

    list: str
    code: str
    kind: str
    text: str


class Mapped(NamedTuple):
    """A code as the other edition has it. `how`: `same`, `replaced` (one for one), `merged` (several became this one), `split` or
    `unmapped`: then it stays as it was and `note` says why; a table in that edition shows it under its own code, with the note.
    """

    code: str
    how: str
    note: str = ""


def changes(old: Document, new: Document) -> list[Change]:
    """Everything by which the second edition differs from the first: list by list, in the order of its codes; then which field is
    mandatory where.
    """
    names = [*new["lists"], *(name for name in old["lists"] if name not in new["lists"])]
    found = [change for name in names for change in _of_list(name, old, new)]
    return found + list(_of_requirements(old["requirements"], new["requirements"]))


def _of_requirements(old: Mapping[str, Any], new: Mapping[str, Any], at: tuple[str, ...] = ()) -> Iterator[Change]:
    """Fields that are mandatory, conditional, optional or not applicable otherwise than before, by level, section and path."""
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if isinstance(was, dict) or isinstance(now, dict):
            yield from _of_requirements(was if isinstance(was, dict) else {}, now if isinstance(now, dict) else {}, (*at, name))
        elif was != now and at:  # what stands above the levels is about the table
            yield Change(REQUIREMENTS, " ".join((*at, name)), CHANGED, phrase("{old} -> {new}", old=was or NOT_SAID, new=now or NOT_SAID))


def _entries(document: Document, name: str) -> dict[str, dict[str, Any]]:
    return {entry["code"]: entry for entry in document["lists"].get(name, {"codes": ()})["codes"]}


def _of_list(name: str, old: Document, new: Document) -> Iterator[Change]:
    before, after = _entries(old, name), _entries(new, name)
    for code, entry in after.items():
        was = before.get(code)
        was_open = was is not None and is_open(was, old["valid_from"])
        if is_open(entry, new["valid_from"]) and not was_open:
            yield Change(name, code, ADDED, _opened(entry, again=was is not None))
        elif was_open and not is_open(entry, new["valid_from"]):
            yield Change(name, code, CLOSED, _instead(entry))
        elif was is not None:
            yield from _changed(name, was, entry)
    for code in before.keys() - after.keys():
        yield Change(name, code, GONE, phrase("not in the new edition, and not mapped"))


def _opened(entry: Mapping[str, Any], *, again: bool) -> str:
    label = entry.get("en", "")
    return phrase("{label} (opened again)", label=label) if again else label


def _instead(entry: Mapping[str, Any]) -> str:
    heirs = entry.get("replaced_by", ())
    if not heirs:
        return phrase("nothing takes its place")
    codes = ", ".join(heirs)
    return phrase("use {codes}", codes=codes) if len(heirs) == 1 else phrase("split into {codes}", codes=codes)


def _changed(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    told: dict[str, list[str]] = {}
    for key in sorted((was.keys() | now.keys()) - {"code", "valid_from", "valid_to"}):
        if was.get(key) != now.get(key):
            told.setdefault(_KIND_OF_KEY.get(key, CHANGED), []).append(
                phrase("{field}: {old} -> {new}", field=key, old=_shown(was.get(key)), new=_shown(now.get(key)))
            )
    for kind, texts in told.items():
        yield Change(name, str(now["code"]), kind, joined(texts, "; "))


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value) if value else NOTHING


def translate(name: str, code: str, source: CodeLists, target: CodeLists) -> Mapped:
    """A code of the edition `source` as the edition `target` has it, whichever of them is the newer.

    Forward, a closed code is its successor; where there are several it stays, because nobody can say which one an old record
    means. Backward, what was split is one again; what was merged stays under its new code. Raises UnknownListError.
    """
    if source.valid_from <= target.valid_from:
        return _forward(name, code, target)
    return _backward(name, code, source, target)


def _forward(name: str, code: str, target: CodeLists) -> Mapped:
    codes, closed = target.codes(name), target.closed[name]
    if code in codes:
        others = _absorbed(code, codes, closed)
        note = f"In edition {target.edition} it also holds {', '.join(others)}." if others else ""
        return Mapped(code, MERGED if others else SAME, note)
    heirs = heirs_of(code, codes, closed)
    if len(heirs) == 1:
        heir = codes[heirs[0]]
        is_new = heir.valid_from > closed[code].valid_to  # opened for this code, and for no other
        alone = is_new and _absorbed(heir.code, codes, closed) == [code]
        return Mapped(heir.code, REPLACED if alone else MERGED)
    if heirs:
        return Mapped(code, SPLIT, f"Edition {target.edition} splits it into {', '.join(heirs)}; which of them it was is not known.")
    return Mapped(code, UNMAPPED, f"Edition {target.edition} has no such code, and nothing in its place.")


def _absorbed(code: str, codes: Mapping[str, Code], closed: Mapping[str, Code]) -> list[str]:
    """The closed codes that have become this one and no other."""
    return [one for one in closed if heirs_of(one, codes, closed) == (code,)]


def _backward(name: str, code: str, source: CodeLists, target: CodeLists) -> Mapped:
    old = target.codes(name)
    codes, closed = source.codes(name), source.closed[name]
    if code in old or code in target.closed[name]:
        others = [one for one in _absorbed(code, codes, closed) if one in old]
        note = f"In edition {source.edition} it also holds {', '.join(others)}." if others else ""
        return Mapped(code, MERGED if others else SAME, note)
    parents = [one for one in closed if one in old and code in heirs_of(one, codes, closed)]
    if len(parents) == 1:
        split = len(heirs_of(parents[0], codes, closed)) > 1
        return Mapped(parents[0], MERGED if split else REPLACED)
    if parents:
        return Mapped(code, SPLIT, f"Edition {target.edition} has {', '.join(parents)} for it; which of them it would be is not known.")
    return Mapped(code, UNMAPPED, f"Edition {target.edition} did not have it yet.")
