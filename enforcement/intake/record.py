"""`python -m enforcement.intake.record`: docs/record.md, which field of the wire holds each part of the record; `--check`: is it behind.

The parts are those of a customs seizure report as the field knows them; types and explanations come from the published schema, and
values from the shipped code lists, so the page cannot say what is not there.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.store import load_shipped
from enforcement.intake.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from enforcement.codelists.model import CodeLists

TEXT, ATTRIBUTE = "texts:", "attributes:"

# group -> (part of the record, where it is): a path of the schema, a kind of text, an attribute of a line; or in words, beside the record.
PARTS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "Case": (
        ("reporting administration", "administration"),
        ("case reference", "reference"),
        ("version", "version"),
        ("kind of case", "kind"),
        ("reporting level", "level"),
        ("date", "date"),
        ("time, if known", "time"),
        ("how it was reported", "report_source"),
        ("seizing agency", "agency"),
        ("role of customs", "customs_role"),
        ("operation or project", "operation"),
        ("what prompted the control", "prompted_by"),
        ("duty evaded", "duty_evaded.amount"),
    ),
    "Place": (
        ("country", "place.country"),
        ("type of location", "place.location_type"),
        ("name of the place", "place.name"),
        ("UN/LOCODE", "place.locode"),
        ("coordinates", "place.coordinates"),
    ),
    "How": (
        ("direction", "direction"),
        ("detection channel", "detection_channel"),
        ("means of detection", "detection_means"),
        ("concealment", "concealment"),
        ("place of concealment", TEXT + "concealment-place"),
        ("concealment described", TEXT + "concealment"),
        ("conveyance", "conveyance"),
        ("carrier", "transport.carrier"),
        ("kind of identifier of the means of transport", "transport.identifier_kind"),
        ("identifier of the means of transport", "transport.identifier"),
        ("e-commerce", "ecommerce"),
        ("goods as declared", TEXT + "declared-goods"),
    ),
    "Route": (
        ("origin, departure, transit, destination, in their order", "route.role"),
        ("country of each", "route.country"),
        ("place of each", "route.name"),
        ("UN/LOCODE of each", "route.locode"),
    ),
    "Persons": (
        ("how many were arrested", "persons_arrested"),
        ("nationality, names, documents", "not in the record: beside it, encrypted, in the contact point's own store (nominal.md)"),
    ),
    "Line": (
        ("section", "lines.section"),
        ("stream", "lines.stream"),
        ("commodity", "lines.commodity"),
        ("HS code", "lines.hs_code"),
        ("quantity as reported", "lines.quantities.amount"),
        ("its unit, UN/ECE Recommendation 20", "lines.quantities.unit"),
        ("measured or estimated", "lines.quantities.accuracy"),
        ("gross or net", "lines.quantities.weight_basis"),
        ("the same converted", "lines.quantities.converted_amount"),
        ("unit of the converted amount", "lines.quantities.converted_unit"),
        ("version of the conversion table", "code_list_edition"),
        ("value", "lines.values.amount"),
        ("its currency, ISO 4217", "lines.values.currency"),
        ("what the value states", "lines.values.basis"),
        ("species", ATTRIBUTE + "species"),
        ("CITES appendix", ATTRIBUTE + "cites-appendix"),
        ("live, dead or part", ATTRIBUTE + "specimen"),
        ("brand", ATTRIBUTE + "brand"),
        ("infringement", ATTRIBUTE + "infringement"),
        ("make", ATTRIBUTE + "make"),
        ("model", ATTRIBUTE + "model"),
        ("calibre", ATTRIBUTE + "calibre"),
        ("purity", ATTRIBUTE + "purity-percent"),
        ("logo", ATTRIBUTE + "logo"),
        ("denomination", ATTRIBUTE + "denomination"),
    ),
    "Judgement": (
        ("modus operandi", TEXT + "modus-operandi"),
        ("why a rule's objection is kept", TEXT + "rule-overrides"),
        ("pictures", "picture_hashes"),
        ("edition of the code lists", "code_list_edition"),
        ("handling, releasability", "not in the record: in the envelope of the event that carries it (schemas/Event.avsc)"),
    ),
}

HEAD: Final = """# The record

Made by `python -m enforcement.intake.record` from the schema and the code lists; do not edit. A test fails when this page is behind, when a
part has no field, or when a field of the schema is named by no part.

A case is the record `Case` of `schemas/SeizureReported.avsc`, in versions. Which field is mandatory, conditional or optional in a
section and level stands in `enforcement/reference/requirements.json`; what fields must say in [rules.md](rules.md).

**Quantities** stand twice: as reported, with the unit of the source, and converted to the base of what is measured (KGM, LTR, NAR, ...).
Factors are those of the units of the code lists, so the table of conversion has the version that
`code_list_edition` names, and travels with it.

**What the record cannot say yet.** How precise the date is: a source that states only the year is dated 1 January of it, with the warning
`date.year-only` at import, and statistics by month count it in January. A precision needs a new edition of `SeizureReported`
(a published schema is never edited), to be made together with the next change of the record.
"""
COLUMNS: Final = "| part | where | values | what the schema says |\n|---|---|---|---|\n"
_LIST_OF: Final = {"detection_means": "detection-means", "prompted_by": "prompted-by", "transport.identifier_kind": "transport-identifiers"}


class PartWithoutField(ValueError):  # noqa: N818 - named for the state
    """A part names a field, text or attribute that there is not."""


def schema() -> dict[str, Any]:
    """The `case` record of the published schema."""
    found: dict[str, Any] = json.loads(resources.files("schemas").joinpath("SeizureReported.avsc").read_bytes())
    case: dict[str, Any] = found["fields"][0]["type"]
    return case


def leaves(record: Mapping[str, Any], path: str = "", known: dict[str, Any] | None = None) -> Iterator[tuple[str, str]]:
    """(path, doc) of every field that holds a value itself: `lines.quantities.amount`."""
    known = {} if known is None else known
    known[record["name"]] = known[f"{record.get('namespace', '')}.{record['name']}"] = record
    for field in record["fields"]:
        at = f"{path}.{field['name']}" if path else field["name"]
        kind = field["type"]
        while isinstance(kind, dict) and kind["type"] == "array":
            kind = kind["items"]
        inner = known.get(kind) if isinstance(kind, str) else kind if kind["type"] == "record" else None
        if inner is None:
            yield at, field["doc"]
        else:
            yield from leaves(inner, at, known)


def page(lists: CodeLists) -> str:
    """The whole page, Markdown. Raises PartWithoutField."""
    docs = dict(leaves(schema()))
    made = [HEAD]
    for group, parts in PARTS.items():
        made.append(f"\n## {group}\n\n{COLUMNS}")
        made += [f"| {' | '.join(one.replace('|', '/') for one in _row(name, where, docs, lists))} |\n" for name, where in parts]
    return "".join(made)


def _row(name: str, where: str, docs: Mapping[str, str], lists: CodeLists) -> tuple[str, str, str, str]:
    if " " in where:
        return name, where, "", ""
    if where.startswith(TEXT):
        return name, f"`texts`, kind `{_in(lists, 'text-kinds', where, TEXT)}`", "text", docs["texts.text"]
    if where.startswith(ATTRIBUTE):
        entry = lists.lists["attributes"][_in(lists, "attributes", where, ATTRIBUTE)]
        return name, f"`lines.attributes`, `{entry.code}`", entry.type, entry.labels["en"]
    if where not in docs:
        raise PartWithoutField(f"{name}: the schema has no field {where}.")
    return name, f"`{where}`", _values(where, lists), docs[where]


def _in(lists: CodeLists, name: str, where: str, prefix: str) -> str:
    code = where.removeprefix(prefix)
    if code not in lists.lists[name]:
        raise PartWithoutField(f"{code} is not in the code list {name}.")
    return code


def _values(where: str, lists: CodeLists) -> str:
    name = _LIST_OF.get(where) or TARGETS.get(where.replace("lines.", "line.", 1).replace("quantities", "quantity"), "")
    return f"{len(lists.codes(name))} codes of `{name}`" if name else ""


def main(arguments: list[str]) -> int:
    """The exit status: 1 when the page is behind."""
    target = Path(next((one for one in arguments if one != "--check"), "docs/record.md"))
    wanted = page(load_shipped())
    if "--check" not in arguments:
        target.write_text(wanted, encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{target} is behind; run `python -m enforcement.intake.record`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
