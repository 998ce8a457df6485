"""Questions about the seizures a node holds: lists by filter, one case whole. For commands and pages of every kind of office."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, literal, select

from enforcement.seizures.conditions import begins_with
from enforcement.seizures.entered import by_state, newest
from enforcement.seizures.fields import FieldUnknown, concrete, filled
from enforcement.seizures.ports import ensure_seen, of_port, seen_here
from enforcement.seizures.releases import ALL, kept_release
from enforcement.seizures.rules.overrides import reasons
from enforcement.seizures.rules.retelling import ENGLISH, retold
from enforcement.seizures.states import DRAFT, HISTORICAL, IN_REVIEW, RETURNED, STATES, SUBMITTED
from enforcement.seizures.store import SUPERSEDED, SeizureTables
from liaison.node.originals import carried_event, stored_event
from liaison.node.sealed import own_payload
from liaison.node.times import from_ms
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, RowMapping

    from enforcement.seizures.entered import VersionKey
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

UNSAID: Final = {DRAFT: "by preset", HISTORICAL: "nobody"}  # who a version is for that nobody has released
AT_HAND: Final = frozenset((DRAFT, SUBMITTED, IN_REVIEW, RETURNED))  # few, and found by an index of their own: `store.OPEN`
EVENT: Final = "SeizureReported"


class UnknownCase(LiaisonError):  # noqa: N818 - named for the state
    """This node holds no case of this reference."""

    code = "seizures.unknown"
    next_step = "See `liaison seizures list`."


class AmbiguousReference(LiaisonError):  # noqa: N818 - named for the state
    """Several administrations have a case of this reference."""

    code = "seizures.ambiguous-reference"
    next_step = "Say which with --administration."


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which versions to list. Empty: any; without a state, superseded versions are left out. `reference`: how it begins. `port`: of
    this port of the administration, at a contact point.
    """

    state: str = ""
    administration: str = ""
    reference: str = ""
    section: str = ""
    since: date | None = None
    until: date | None = None
    port: str = ""


def _conditions(tx: UnitOfWork, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    versions = tx.of(SeizureTables).versions
    return [versions.c.state == wanted.state if wanted.state else versions.c.state != SUPERSEDED, *_but_state(tx, wanted)]


def _but_state(tx: UnitOfWork, wanted: CaseFilter) -> list[ColumnElement[bool]]:
    versions = tx.of(SeizureTables).versions
    conditions = list(seen_here(tx))
    if wanted.administration:
        conditions.append(versions.c.administration == wanted.administration)
    if wanted.reference:
        conditions.append(begins_with(tx, versions.c.reference, wanted.reference))
    if wanted.since is not None:
        conditions.append(versions.c.occurred_on >= wanted.since.isoformat())
    if wanted.until is not None:
        conditions.append(versions.c.occurred_on <= wanted.until.isoformat())
    if wanted.section:
        conditions.append(in_section(tx, wanted.section))
    if wanted.port:
        conditions.append(of_port(tx, wanted.port))
    return conditions


def in_section(tx: UnitOfWork, section: str) -> ColumnElement[bool]:
    """The condition that a version has a line in this section."""
    padded, told = literal(" ").concat(tx.of(SeizureTables).versions.c.sections).concat(" "), f" {section} "
    if tx.connection.dialect.name == "sqlite":
        return func.instr(padded, told) > 0  # half the time of its LIKE
    return padded.contains(told, autoescape=True)


def list_versions(tx: UnitOfWork, wanted: CaseFilter, *, limit: int, offset: int = 0) -> list[dict[str, Any]]:
    """Versions of cases that fit, latest entered first."""
    versions = tx.of(SeizureTables).versions
    keys = None if wanted.state in AT_HAND else newest(tx, wanted, limit, offset)
    if keys is not None:
        return [released(tx, version_record(row)) for row in _rows(tx, keys)]
    order = (versions.c.entered_at.desc(), versions.c.administration, versions.c.reference, versions.c.version.desc())
    found = select(*versions.primary_key).where(*_conditions(tx, wanted)).order_by(*order).limit(limit).offset(offset).subquery()
    same = and_(*(versions.c[column.name] == found.c[column.name] for column in versions.primary_key))
    # the rows themselves are read of those on the page only, not of all that are put in order
    query = select(versions).select_from(found.join(versions, same)).order_by(*order)
    return [released(tx, version_record(row)) for row in tx.rows(query)]


def _rows(tx: UnitOfWork, keys: Sequence[VersionKey]) -> list[dict[str, Any]]:
    """The rows of these versions, in this order."""
    versions = tx.of(SeizureTables).versions
    names = [column.name for column in versions.columns]
    references = defaultdict[str, set[str]](set)
    for administration, reference, _ in keys:
        references[administration].add(reference)
    found: dict[VersionKey, dict[str, Any]] = {}
    for administration, some in references.items():
        for values in tx.lookup(versions, names, {"administration": administration}, ("reference", sorted(some))):
            row = dict(zip(names, values, strict=True))
            found[administration, row["reference"], row["version"]] = row
    return [found[key] for key in keys]


def count_versions(tx: UnitOfWork, wanted: CaseFilter) -> int:
    """How many versions fit."""
    found = None if wanted.state in AT_HAND else by_state(tx, wanted)
    if found is not None:
        return found.get(wanted.state, 0) if wanted.state else sum(found.values()) - found.get(SUPERSEDED, 0)
    versions = tx.of(SeizureTables).versions
    row = tx.one(select(func.count().label("fitting")).select_from(versions).where(*_conditions(tx, wanted)))
    return 0 if row is None else int(row["fitting"])


def count_states(tx: UnitOfWork, wanted: CaseFilter) -> dict[str, int]:
    """How many versions fit, by state; superseded ones, too. A state in the filter is passed over."""
    versions = tx.of(SeizureTables).versions
    found = by_state(tx, wanted)
    if found is None:
        rows: Any = tx.execute(select(versions.c.state, func.count()).where(*_but_state(tx, wanted)).group_by(versions.c.state))
        found = {state: int(number) for state, number in rows}
    return dict.fromkeys(STATES, 0) | found


def versions_of(tx: UnitOfWork, key: CaseKey) -> list[dict[str, Any]]:
    """Every version of one case, newest first, as records; empty when there is none. Raises OtherPort."""
    ensure_seen(tx, key)
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1])
    return [released(tx, version_record(row)) for row in tx.rows(select(versions).where(where).order_by(versions.c.version.desc()))]


def released(tx: UnitOfWork, told: dict[str, Any]) -> dict[str, Any]:
    """A version's record with who it is for; a draft without a choice of its own follows the presets when it is sent."""
    release = kept_release(tx, (told["administration"], told["reference"]), told["version"])
    return {**told, "released": release.told() if release is not None else UNSAID.get(told["state"], ALL)}


def version_record(row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """A version as lists and JSON show it."""
    return {
        "administration": row["administration"],
        "reference": row["reference"],
        "version": row["version"],
        "state": row["state"],
        "date": row["occurred_on"],
        "kind": row["kind"],
        "sections": row["sections"].split(),
        "country": row["country"],
        "location_type": row["location_type"],
        "entered_at": from_ms(row["entered_at"]),
        "decided_at": from_ms(row["decided_at"]) if row["decided_at"] else None,
        "decided_by": row["decided_by"],
        "method": row["method"],
        "reasons": json.loads(row["reasons"]),
        "event_id": row["event_id"].hex(),
    }


def find_case(tx: UnitOfWork, reference: str, administration: str = "") -> CaseKey:
    """The key of the one case with this reference. Raises UnknownCase, AmbiguousReference."""
    versions = tx.of(SeizureTables).versions
    query = select(versions.c.administration).where(versions.c.reference == reference, *seen_here(tx))
    if administration:
        query = query.where(versions.c.administration == administration)
    found = sorted({row["administration"] for row in tx.rows(query.distinct())})
    if not found:
        if administration:
            raise UnknownCase(phrase("This node holds no case {country} {reference}.", country=administration, reference=reference))
        raise UnknownCase(phrase("This node holds no case {reference}.", reference=reference))
    if len(found) > 1:
        raise AmbiguousReference(
            phrase("{names} have a case {reference}.", names=", ".join(found), reference=reference), administrations=found
        )
    return found[0], reference


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One case whole: its versions (newest first, as records with their findings), the payload of one, its withdrawal."""

    key: CaseKey
    versions: Sequence[dict[str, Any]]
    shown: int
    payload: dict[str, Any]
    withdrawal: dict[str, Any] | None

    @property
    def remarks(self) -> list[dict[str, str]]:
        """What the office and the rules say about the version shown: {code, field, text} each."""
        one = next(version for version in self.versions if version["version"] == self.shown)
        return [*one["reasons"], *one["findings"], *({**told, "text": f"kept: {told['reason']}"} for told in self.overrides)]

    @property
    def overrides(self) -> list[dict[str, str]]:
        """The reporter's reasons for keeping what rules object to in the version shown: {code, field, reason} each."""
        return override_records(self.payload)


def case_file(tx: UnitOfWork, key: CaseKey, version: int = 0) -> CaseFile:
    """Everything held about a case; the payload is that of `version`, 0 for the newest. Raises UnknownCase, OtherPort, NoSuchEvent."""
    ensure_seen(tx, key)
    tables = tx.of(SeizureTables)
    versions = tables.versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1])
    rows = tx.rows(select(versions).where(where).order_by(versions.c.version.desc()))
    chosen = next((row for row in rows if version in (0, row["version"])), None)
    if chosen is None:
        named = {"country": key[0], "reference": key[1]}
        if version:
            raise UnknownCase(phrase("This node holds no version {version} of {country} {reference}.", version=version, **named))
        raise UnknownCase(phrase("This node holds no case {country} {reference}.", **named))
    told = [{**released(tx, version_record(row)), "findings": findings_of(tx, key, row["version"])} for row in rows]
    return CaseFile(key, told, chosen["version"], payload_of(tx, chosen), _withdrawal(tx, key))


def remarked(case: CaseFile) -> list[dict[str, str]]:
    """Every filled field of the version shown with what was said about it, then what was said about others: {field, value, remark}."""
    told = remarks_by_field(case)
    rows = [{"field": path, "value": value, "remark": "\n".join(told.pop(path, []))} for path, value in filled(case.payload)]
    return rows + [{"field": path, "value": "", "remark": "\n".join(remarks)} for path, remarks in told.items()]


def remarks_by_field(case: CaseFile, language: str = ENGLISH) -> dict[str, list[str]]:
    """What the office and the rules say of the version shown, by the path of the field it is about."""
    told = dict[str, list[str]]()
    for one in case.remarks:
        told.setdefault(_place(case, one["field"]), []).append(f"{one['code']}: {retold(one['code'], one['text'], language).text}")
    return told


def _place(case: CaseFile, field: str) -> str:
    try:
        return concrete(case.payload, field)
    except FieldUnknown:  # an officer may have written anything
        return field


def override_records(payload: Mapping[str, Any]) -> list[dict[str, str]]:
    """The reasons for overriding rules that a case gives, as lists and JSON show them."""
    return [{"code": code, "field": field, "reason": why} for (code, field), why in reasons(payload).items()]


def findings_of(tx: UnitOfWork, key: CaseKey, version: int) -> list[dict[str, str]]:
    """What the rules of this office found in a version: {code, field, text, severity} each."""
    findings = tx.of(SeizureTables).findings
    where = (findings.c.administration == key[0]) & (findings.c.reference == key[1]) & (findings.c.version == version)
    names = ("code", "field", "text", "severity")
    return [{name: row[name] for name in names} for row in tx.rows(select(findings).where(where).order_by(findings.c.number))]


def _withdrawal(tx: UnitOfWork, key: CaseKey) -> dict[str, Any] | None:
    table = tx.of(SeizureTables).withdrawals
    row = tx.one(select(table).where(table.c.administration == key[0], table.c.reference == key[1]))
    if row is None:
        return None
    told = {"version": row["version"], "reason": row["reason"], "event_id": row["event_id"].hex()}
    return {**told, "withdrawn_at": from_ms(row["withdrawn_at"])}


def payload_of(tx: UnitOfWork, row: RowMapping | Mapping[str, Any]) -> dict[str, Any]:
    """The `case` payload of a version: of a draft its own, else out of the signed event, waiting, stored or carried as evidence.

    Raises NoSuchEvent, CheckError, SealNotOpened.
    """
    schemas = tx.around.reader.schemas
    if row["payload"]:
        return _case(schemas.writer(EVENT).decode(row["payload"]))
    outbox = tx.around.tables.outbox
    waiting = tx.one(select(outbox.c.event).where(outbox.c.event_id == row["event_id"]))
    if waiting is not None:
        return _case(own_payload(tx, waiting["event"]))
    if row["carrier"]:
        return _case(carried_event(tx, row["decided_by"], bytes(row["carrier"]), bytes(row["event_id"])).payload)
    return _case(stored_event(tx, row["event_issuer"], row["event_id"]).payload)


def _case(reported: dict[str, Any]) -> dict[str, Any]:
    case: dict[str, Any] = reported["case"]
    return case
