"""A proposed profile as YAML for a person to complete: what is certain stands, what is not is a comment with its reason."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from enforcement.intake.formats import CSV, SHEETS
from enforcement.intake.proposing import perhaps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from enforcement.intake.proposing import FieldProposal, Proposal
    from enforcement.intake.traits import Look

_REQUIRED: Final = ("date", "line.commodity")
_UNFIT: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")


def profile_yaml(proposal: Proposal, administration: str) -> str:
    """The YAML of the proposal, with a comment for all that is open."""
    return "\n".join([*_head(proposal.look, administration), *_fields(proposal), *_left(proposal), ""])


def _head(look: Look, administration: str) -> Iterator[str]:
    name = _NOT_NAME.sub("-", look.file.rsplit(".", 1)[0].casefold()).strip("-")[:60] or "our-source"
    yield f"# Proposed from {_comment(look.file)}, {look.rows:,} rows. Every line says how certain it is, of 100. What is commented out is"
    yield "# yours to decide; the file is refused as long as a column is neither under `fields` nor, with a reason, under `ignored`."
    yield f"# docs/profiles.md explains every key. Next: liaison profiles check FILE.yaml --against {_comment(look.file)}"
    yield f"profile: {name}"
    yield "version: 1"
    yield f"title: {_quoted('To be written: whose seizures these are')}"
    yield f"source: {_quoted('To be written: which system exports this file')}"
    yield f"administration: {_quoted(administration)}"
    yield from _file(look)
    yield from _mark(look, "dates", "dates")
    yield from _mark(look, "decimal mark", "decimal_mark", otherwise=".")
    if look.value("thousands mark"):
        yield from _mark(look, "thousands mark", "thousands_mark")


def _file(look: Look) -> Iterator[str]:
    lines = []
    if look.kind == CSV:
        lines = [f"  encoding: {look.value('encoding')}", f"  delimiter: {_quoted(look.value('delimiter'))}"]
    if look.kind in SHEETS and look.value("sheet"):
        lines.append(f"  sheet: {_quoted(look.value('sheet'))}")
    lines += [
        f"  {key}: {value}"
        for key, name in (("header_row", "header row"), ("header_rows", "header rows"))
        if (value := look.value(name)) not in ("", "1")
    ]
    if lines:
        yield "file:"
        yield from lines


def _mark(look: Look, trait: str, key: str, otherwise: str = "") -> Iterator[str]:
    found = next(one for one in look.traits if one.name == trait)
    value = found.value or (otherwise if not found.needed else "")
    yield f"# {found.evidence}"
    yield f"{key}: {_quoted(value)}" if value else f"# {key}:   # to be stated"


def _fields(proposal: Proposal) -> Iterator[str]:
    key = next((one for one in proposal.fields if one.target == "reference" and one.sure), None)
    if key is None:
        yield "# No column is certain to hold references of cases: one is made from all cells of the row. Give it letters of your own."
        yield "reference: {made_from: content, prefix: F}"
    if proposal.repeated:
        yield f"# {proposal.repeated:,} rows repeat a reference: they become lines of its case; without this line they are rejected."
        yield "cases: by-reference"
    yield "fields:"
    for one in proposal.fields:
        if perhaps(one):
            yield from _field(one)
    found = {one.target for one in proposal.fields if one.sure}
    for target in _REQUIRED:
        if target not in found:
            yield f"  # {target}: {{column: ...}}   # must be stated: no column is certain"
    if proposal.quantities:
        yield "  # 95: several columns of amounts name a unit each; every filled one is a quantity of its own"
        yield "  line.quantities:"
        yield "    columns:"
        yield from (f"      {_quoted(column)}: {unit}" for column, unit in proposal.quantities)


def _field(one: FieldProposal) -> Iterator[str]:
    mark = "" if one.sure else "# "
    yield f"  # {one.certainty}: {one.reason}"
    if one.constant:
        yield f"  {mark}{one.target}: {{constant: {_quoted(one.constant)}}}"
        return
    lookup = f", lookup: {one.lookup}" if one.lookup else ""
    needs = {value: found for value, found in one.values.items() if found.meant != value}
    if not needs or not one.sure:
        yield f"  {mark}{one.target}: {{column: {_quoted(one.column)}{lookup}}}"
        return
    yield f"  {one.target}:"
    yield f"    column: {_quoted(one.column)}"
    yield f"    values:{'' if any(found.sure for found in needs.values()) else ' {}'}"
    for value, found in needs.items():
        if found.sure:
            yield f"      {_quoted(value)}: {found.meant}   # {found.certainty}: {found.reason}"
        else:
            hint = f"perhaps {', '.join(dict.fromkeys([found.meant, *found.near]))}" if found.meant else "no code is like it"
            yield f"      # {_quoted(value)}:   # {hint}"


def _left(proposal: Proposal) -> Iterator[str]:
    if not proposal.left:
        return
    examples = {one.name: ", ".join(one.examples[:3]) for one in proposal.look.columns}
    yield "# Columns that nothing is proposed for: map them above, or say here why they are left out."
    yield "ignored: {}"
    for name in proposal.left:
        yield f"#   {_quoted(name)}: {_quoted('why')}   # holds {_comment(examples.get(name, '')) or 'nothing'}"


def _quoted(text: str) -> str:
    """A YAML scalar on one line; what YAML does not take as it is, is escaped."""
    return _UNFIT.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def _comment(text: str) -> str:
    """As part of a comment: on one line."""
    return " ".join(sign if sign.isprintable() else " " for sign in text.split(" "))
