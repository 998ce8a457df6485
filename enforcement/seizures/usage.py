"""How many stored cases use a code: what a new edition of the code lists would touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.rules.codes import CASE_CODES, LINE_CODES
from enforcement.seizures.store import LOOKUP_CHUNK, CaseKey, SeizureTables
from liaison.node.originals import carried_events, events_holding
from liaison.protocol.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

    Codes = set[tuple[str, str]]  # list, code

# list -> (is it a column of lines, column): counted by the database
COLUMNS: Final[Mapping[str, tuple[bool, str]]] = {
    "kinds": (False, "kind"),
    "levels": (False, "level"),
    "directions": (False, "direction"),
    "detection-channels": (False, "detection_channel"),
    "concealments": (False, "concealment"),
    "conveyances": (False, "conveyance"),
    "ecommerce": (False, "ecommerce"),
    "location-types": (False, "location_type"),
    "sections": (True, "section"),
    "streams": (True, "stream"),
    "commodities": (True, "commodity"),
}
# Lists whose codes stand in the signed case alone: every stored event that holds one of the codes is read.
IN_CASES: Final = frozenset(
    {
        *("countries", "report-sources", "agencies", "customs-roles", "prompted-by", "route-roles", "transport-identifiers"),
        *("detection-means", "text-kinds", "currencies", "value-basis", "units", "accuracy", "weight-basis", "attributes"),
    }
)
REPORTED: Final = "SeizureReported"
CARRYING: Final = ("SeizureVerified", "CasesVerified")
_LIST: Final = "list:"


def count_uses(
    tx: UnitOfWork, wanted: Mapping[str, Sequence[str]], advance: Callable[[int], None] = lambda _: None
) -> dict[str, Mapping[str, int] | None]:
    """List -> code -> how many cases have it in any version kept here; None for a list whose codes no case can have.

    `advance` is told how many more stored batches were looked through; nothing where columns answer everything.
    """
    typed = {kind.type.removeprefix(_LIST) for kind in tx.of(CodeLists).lists["attributes"].values() if kind.type.startswith(_LIST)}
    counted: dict[str, Mapping[str, int] | None] = dict.fromkeys(wanted)
    counted |= {name: _in_column(tx, COLUMNS[name], codes) for name, codes in wanted.items() if name in COLUMNS}
    hidden = {(name, code) for name in wanted.keys() & (IN_CASES | typed) for code in wanted[name]}
    if hidden:
        keys = _in_cases(tx, hidden, advance)
        counted |= {name: {code: len(keys[name, code]) for code in wanted[name]} for name, _ in hidden}
    return counted


def _in_column(tx: UnitOfWork, where: tuple[bool, str], codes: Sequence[str]) -> dict[str, int]:
    of_lines, column = where
    tables = tx.of(SeizureTables)
    table = tables.lines if of_lines else tables.versions
    used: dict[str, int] = {}
    for start in range(0, len(codes), LOOKUP_CHUNK):
        among = table.c[column].in_(codes[start : start + LOOKUP_CHUNK])
        cases = select(table.c[column].label("code"), table.c.administration, table.c.reference).where(among).distinct().subquery()
        rows = tx.rows(select(cases.c.code, func.count().label("cases")).group_by(cases.c.code))
        used |= {row["code"]: row["cases"] for row in rows}
    return used


def _in_cases(tx: UnitOfWork, wanted: Codes, advance: Callable[[int], None]) -> dict[tuple[str, str], set[CaseKey]]:
    """(list, code) -> the cases that have it, out of drafts and of stored events whose bytes hold the code."""
    types = {code: kind.type for code, kind in tx.of(CodeLists).lists["attributes"].items() if kind.type.startswith(_LIST)}
    found = {one: set[CaseKey]() for one in wanted}
    told: dict[CaseKey, dict[bytes, Codes]] = {}
    words = [code.encode() for _, code in wanted]
    for report in _reports(tx, events_holding(tx, (REPORTED, *CARRYING), words, advance)):
        case = report.payload["case"]
        if codes := wanted.intersection(codes_of(case, types)):
            told.setdefault((case["administration"], case["reference"]), {})[report.event_id] = codes
    for key, event_id in _kept(tx, told):
        for code in told[key].get(event_id, ()):
            found[code].add(key)
    for case in _drafts(tx):
        for code in wanted.intersection(codes_of(case, types)):
            found[code].add((case["administration"], case["reference"]))
    return found


def _reports(tx: UnitOfWork, events: Iterable[VerifiedEvent]) -> Iterator[VerifiedEvent]:
    """The reports themselves: as they came, or as the evidence in what an office verified; not where that does not stand any more."""
    for event in events:
        if event.type == REPORTED:
            yield event
            continue
        try:
            yield from list(carried_events(tx, event))
        except CheckError:
            continue


def _kept(tx: UnitOfWork, told: Mapping[CaseKey, Any]) -> Iterator[tuple[CaseKey, bytes]]:
    """(case, event) of every version of these cases that this node keeps: what was refused, or purged, does not count."""
    references: dict[str, list[str]] = {}
    for administration, reference in told:
        references.setdefault(administration, []).append(reference)
    versions = tx.of(SeizureTables).versions
    for administration, among in references.items():
        rows = tx.lookup(versions, ("reference", "event_id"), {"administration": administration}, ("reference", among))
        yield from (((administration, reference), bytes(event_id)) for reference, event_id in rows)


def _drafts(tx: UnitOfWork) -> Iterator[dict[str, Any]]:
    """Cases that are not signed yet, or not sealed."""
    schemas, versions, outbox = tx.around.reader.schemas, tx.of(SeizureTables).versions, tx.around.tables.outbox
    for row in tx.execute(select(versions.c.payload).where(versions.c.payload != b"")):
        yield schemas.writer(REPORTED).decode(row[0])["case"]
    for row in tx.execute(select(outbox.c.event).where(outbox.c.type == REPORTED)):
        yield schemas.writer(REPORTED).decode(schemas.writer("Event").decode(row[0])["payload"])["case"]


def codes_of(case: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(list, code) of every coded field of a `case` payload. `types`: attribute -> `list:NAME`, of attributes whose value is a code."""
    yield from ((name, case[field]) for field, name in CASE_CODES)
    yield "countries", case["place"]["country"]
    yield "location-types", case["place"]["location_type"]
    yield "prompted-by", case["prompted_by"].partition(":")[0]
    yield from (("detection-means", means) for means in case["detection_means"])
    yield from (("text-kinds", text["kind"]) for text in case["texts"])
    yield from (("transport-identifiers", one["identifier_kind"]) for one in case["transport"])
    for stop in case["route"]:
        yield "route-roles", stop["role"]
        yield "countries", stop["country"]
    for money in case["duty_evaded"]:
        yield from _of_money(money)
    for line in case["lines"]:
        yield from _of_line(line, types)


def _of_line(line: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, line[field]) for field, name in LINE_CODES)
    for quantity in line["quantities"]:
        yield "units", quantity["unit"]
        yield "units", quantity["converted_unit"]
        yield "accuracy", quantity["accuracy"]
        yield "weight-basis", quantity["weight_basis"]
    for money in line["values"]:
        yield from _of_money(money)
    for attribute in line["attributes"]:
        yield "attributes", attribute["name"]
        if attribute["name"] in types:
            yield types[attribute["name"]].removeprefix(_LIST), attribute["value"]


def _of_money(money: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "currencies", money["currency"]
    yield "value-basis", money["basis"]
