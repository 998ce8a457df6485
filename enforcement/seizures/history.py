"""The history of a case: everything that was said about it and is stored here, by whom and when, each proven again from its bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from enforcement.seizures.correcting import difference
from enforcement.seizures.history_words import Coded, Remark
from enforcement.seizures.keyed import ANSWERED, KEYED, TAKEN_BACK
from enforcement.seizures.passed import passed_cases, verified_cases
from enforcement.seizures.ports import ensure_seen
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.releases import reason_told
from enforcement.seizures.replaced import ReplacedTables, replaced_of
from enforcement.seizures.states import DRAFT, HISTORICAL
from enforcement.seizures.store import SeizureTables
from enforcement.seizures.trail import noted
from liaison.node.originals import NoSuchEvent, events_made_at
from liaison.node.proof import Proof, describe, prove, prove_inside, prove_own_place
from liaison.node.sealed import opened
from liaison.node.times import from_ms
from liaison.protocol.errors import CheckError, counted, joined, phrase, told_by
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError

NAMED_SEPARATELY: Final = frozenset(
    {"WithdrawalVerified", "SeizureVerified", "DuplicateLinked", "DuplicateUnlinked", "RestrictedWithdrawalShared"}
)
UNPROVEN: Final = "could not be read"
CLOSED: Final = "sealed"  # what is inside cannot be read here; who signed it, and when, can be proven all the same
NOTHING: Final = phrase("nothing")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said about a case. `proof` None: it is not signed yet, or not stored here, and `problem` says so. What is told is English
    and remembers its particulars: `history_words.told_in` says it in another language. `shut`: why what is inside does not open here.
    """

    at: datetime
    what: str
    version: int
    issuer: str = ""
    author: str = ""
    said: str = ""
    event_id: bytes = b""
    proof: Proof | None = None
    problem: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    shut: LiaisonError | None = None

    @property
    def verified(self) -> bool:
        """Whether its signature was checked again and holds."""
        return self.proof is not None and self.proof.holds

    @property
    def closed(self) -> str:
        """Why what is inside cannot be read here, and what would help; empty: it can."""
        return str(self.facts.get("closed", ""))

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        told = {name: getattr(self, name) for name in ("at", "what", "version", "issuer", "author", "said")}
        return {**told, "event_id": self.event_id.hex(), "verified": self.verified, "problem": self.problem, **self.facts}


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a node has to add to a verdict from its own books: the policy under which it was given."""

    of: Callable[[UnitOfWork, CaseKey, Entry], str]


def history(tx: UnitOfWork, key: CaseKey) -> list[Entry]:
    """Everything said about a case that this node holds, oldest first. Raises UnknownCase, OtherPort."""
    ensure_seen(tx, key)
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0]) & (versions.c.reference == key[1])
    rows = tx.rows(select(versions).where(where).order_by(versions.c.version))
    if not rows:
        raise UnknownCase(phrase("This node holds no case {country} {reference}.", country=key[0], reference=key[1]))
    found: dict[tuple[str, bytes], Entry] = {}
    for entry in _entries(tx, key, rows):
        source = (entry.issuer, entry.event_id or f"{entry.at} {entry.version}".encode())  # what is not signed has no id
        known = found.get(source)
        if known is None or (entry.verified and not known.verified):
            found[source] = entry
    return sorted((_remarked(tx, key, one) for one in found.values()), key=_order)


def _order(entry: Entry) -> tuple[datetime, int, int]:
    """By time; what one step said at once in the order of its sense."""
    sense = list(_WORDS)
    kind = entry.facts.get("type", "")
    return entry.at, entry.version, sense.index(kind) if kind in sense else len(sense)


def _remarked(tx: UnitOfWork, key: CaseKey, entry: Entry) -> Entry:
    remarks: Remarks | None = tx.around.field.get(Remarks)
    remark = remarks.of(tx, key, entry) if remarks is not None else ""
    return replace(entry, facts={**entry.facts, "remark": remark}) if remark else entry


def _entries(tx: UnitOfWork, key: CaseKey, rows: Sequence[RowMapping]) -> Iterator[Entry]:
    for row in rows:
        yield from _of_version(tx, key, row)
    yield from _replaced(tx, key, rows)
    about: list[Entry] = []
    for issuer, event_id in noted(tx, key):
        proof = prove_own_place(tx, issuer, event_id)
        entry = _entry(tx, key, proof, (issuer, event_id))
        yield entry
        about.append(entry)
        if entry.facts.get("type") in NAMED_SEPARATELY and proof is not None:
            yield from _evidence(tx, key, proof, (issuer, event_id))
    yield from _withdrawal(tx, key, rows, about)


def _replaced(tx: UnitOfWork, key: CaseKey, rows: Sequence[RowMapping]) -> Iterator[Entry]:
    """What files replaced before anybody signed it, and what was said otherwise from then on."""
    if tx.around.field.get(ReplacedTables) is None:
        return
    replaced = replaced_of(tx, key)
    for row, after in zip(replaced, [*replaced[1:], rows[-1]], strict=False):
        differs = difference(payload_of(tx, row), payload_of(tx, after))
        told = joined(
            (
                phrase("{field}: {old} -> {new}", field=one["field"], old=one["old"] or NOTHING, new=one["new"] or NOTHING)
                for one in differs
            ),
            "; ",
        )
        on = from_ms(row["replaced_at"]).date()
        said = phrase("replaced by import {number} on {day}: {told}", number=row["replaced_by"], day=on, told=told)
        facts = {"replaced_by": row["replaced_by"], "differs": differs}
        yield Entry(from_ms(row["entered_at"]), row["state"], row["version"], tx.node, said=said, problem=phrase("not signed"), facts=facts)


def _of_version(tx: UnitOfWork, key: CaseKey, row: RowMapping) -> Iterator[Entry]:
    """The report, what carried it here, and the verdict."""
    if row["state"] == DRAFT:
        yield Entry(from_ms(row["entered_at"]), "draft", row["version"], tx.node, problem=phrase("kept here, not signed"))
        return
    if row["state"] == HISTORICAL:
        problem = phrase("of an old export; kept here, nobody was told")
        yield Entry(from_ms(row["entered_at"]), HISTORICAL, row["version"], tx.node, problem=problem)
        return
    issuer, event_id, carrier = row["event_issuer"], bytes(row["event_id"]), bytes(row["carrier"])
    report = ("reported", row["version"])
    if carrier:
        outer = _entry(tx, key, prove_own_place(tx, row["decided_by"], carrier), (row["decided_by"], carrier), ("shared", row["version"]))
        yield outer
        inner = _entry(tx, key, prove_inside(tx, (row["decided_by"], carrier), event_id), (issuer, event_id), report)
        yield inner if inner.proof is not None or not outer.closed else _within(outer, inner, report)
        return
    yield _entry(tx, key, prove_own_place(tx, issuer, event_id), (issuer, event_id), report)
    if row["decided_at"]:
        office = tx.node if tx.me.kind != "ncp" else row["decided_by"]
        for made in events_made_at(tx, office, row["decided_at"], key[1].encode()):
            entry = _entry(tx, key, prove_own_place(tx, office, made), (office, made))
            if entry.facts.get("reference") == key[1] and entry.facts.get("administration") == key[0]:
                yield entry


def _within(outer: Entry, inner: Entry, known: tuple[str, int]) -> Entry:
    """What lies in a sealed event that this node cannot open: that it was said is known, its signature is not to be seen."""
    problem = phrase("inside sealed event {event}, which stays closed here", event=outer.event_id.hex())
    return replace(inner, what=known[0], version=known[1], problem=problem, facts={**inner.facts, "closed": outer.closed}, shut=outer.shut)


def _evidence(tx: UnitOfWork, key: CaseKey, proof: Proof, source: tuple[str, bytes]) -> Iterator[Entry]:
    """What this event carries: the reporter's own words."""
    inner = next(iter(_inner_ids(tx, proof)), None)
    if inner is not None:
        yield _entry(tx, key, prove_inside(tx, source, inner[1]), inner)


def _inner_ids(tx: UnitOfWork, proof: Proof) -> Iterator[tuple[str, bytes]]:
    if proof.event is not None:
        envelope = tx.around.reader.schemas.writer("Event").decode(opened(tx, proof.event).payload["evidence"]["event"])
        yield envelope["issuer"], envelope["event_id"]


def _withdrawal(tx: UnitOfWork, key: CaseKey, rows: Sequence[RowMapping], found: Sequence[Entry]) -> Iterator[Entry]:
    """The withdrawal, where no event that is noted carried it. `found`: what is noted."""
    withdrawals = tx.of(SeizureTables).withdrawals
    row = tx.one(select(withdrawals).where(withdrawals.c.administration == key[0], withdrawals.c.reference == key[1]))
    if row is not None:
        issuer, event_id = rows[0]["event_issuer"], bytes(row["event_id"])
        known = ("withdrawn", row["version"])
        entry = _entry(tx, key, prove_own_place(tx, issuer, event_id) or _searched(tx, event_id), (issuer, event_id), known)
        closed = next((one for one in found if one.closed), None) if entry.proof is None else None
        yield entry if closed is None else _within(closed, entry, known)


def _searched(tx: UnitOfWork, event_id: bytes) -> Proof | None:
    try:
        return prove(tx, event_id)[0]
    except NoSuchEvent:
        return None


def _entry(tx: UnitOfWork, key: CaseKey, proof: Proof | None, source: tuple[str, bytes], known: tuple[str, int] = (CLOSED, 0)) -> Entry:
    """What an event (`source`: its issuer and id) says about the case `key`. `known`: what this node's own rows say of it and of which
    version, for one that does not open here.
    """
    issuer, event_id = source
    if proof is None:
        return _unsigned(tx, key, source)
    facts = describe(proof, tx)
    kept = ("type", "found", "topic", "region", "sequence", "header", "signed_at", "key_id", "failed_check", "failed_code", "failed")
    told = {name: facts[name] for name in kept if name in facts}
    if proof.event is None:
        at = proof.header.issued_at if proof.header is not None else from_ms(int.from_bytes(event_id[:6], "big"))
        return Entry(at, UNPROVEN, 0, issuer, "", "", event_id, proof, _failed(proof.failed), told)
    try:
        event = opened(tx, proof.event)
    except (SealNotOpened, CheckError) as error:  # what is told of it stays what everyone sees, and what our own rows say
        problem = "" if proof.holds else _failed(proof.failed)
        outer, told = proof.event, {**told, "type": proof.event.type, "closed": f"{error} {error.next_step}"}
        return Entry(outer.occurred_at, known[0], known[1], issuer, outer.author, "", event_id, proof, problem, told, error)
    told["type"] = event.type
    case, what, said = _words(tx, event.type, event.payload, key)
    named = {name: case.get(name, "") for name in ("administration", "reference")}
    problem = "" if proof.holds else _failed(proof.failed or (proof.carrier.failed if proof.carrier else None))
    return Entry(event.occurred_at, what, case.get("version", 0), issuer, event.author, said, event_id, proof, problem, {**told, **named})


def _failed(error: CheckError | None) -> str:
    return "" if error is None else told_by(error)


def _unsigned(tx: UnitOfWork, key: CaseKey, source: tuple[str, bytes]) -> Entry:
    """An event that waits in the outbox, or that is not stored here."""
    issuer, event_id = source
    outbox = tx.around.tables.outbox
    row = tx.one(select(outbox.c.event, outbox.c.type).where(outbox.c.event_id == event_id))
    at = from_ms(int.from_bytes(event_id[:6], "big"))
    if row is None:
        return Entry(at, UNPROVEN, 0, issuer, event_id=event_id, problem=phrase("its bytes are not stored here"))
    schemas = tx.around.reader.schemas
    envelope = schemas.writer("Event").decode(row["event"])
    payload = schemas.writer(row["type"]).decode(envelope["payload"])
    case, what, said = _words(tx, row["type"], payload, key)
    problem = phrase("written, not signed yet")
    return Entry(at, what, case.get("version", 0), issuer, envelope["author"], said, event_id, problem=problem)


# --- in words ---------------------------------------------------------------------------------------------------------------

_METHODS: Final[Mapping[str, str]] = {
    "rule": phrase("by rule"),
    "officer": phrase("by an officer"),
    "sample": phrase("by an officer, in a sample"),
}


def _reported(payload: Mapping[str, Any]) -> tuple[str, str]:
    case = payload["case"]
    kind, on, lines = Coded("kinds", case["kind"]), case["date"], len(case["lines"])
    one, more = (
        phrase("{kind} of {day}, 1 line", kind=kind, day=on),
        phrase("{kind} of {day}, {lines} lines", kind=kind, day=on, lines=lines),
    )
    return "reported", counted(lines, one, more)


def _keyed(payload: Mapping[str, Any]) -> str:
    """On whose behalf, and from which sheet."""
    return phrase(
        "on behalf of {country}, from paper {number} of {day}: {said}",
        country=Coded("countries", payload["case"]["administration"]),
        number=payload["sheet_number"],
        day=payload["sheet_date"],
        said=_reported(payload)[1],
    )


def _judged(payload: Mapping[str, Any]) -> tuple[str, str]:
    told = [_method(payload)]
    for one in payload["reasons"]:
        about = f"{one['code']}{' (' + one['field'] + ')' if one['field'] else ''}"
        told.append(joined((about, Remark(one["code"], one["text"])), ": "))
    told += [phrase("proposes {field} = {value}", field=one["field"], value=one["value"]) for one in payload["corrections"]]
    return str(payload["verdict"]), joined(told, "; ")


def _method(payload: Mapping[str, Any]) -> str:
    """How a verdict came about, as it stands in a sentence; a method of a newer edition by its code."""
    return _METHODS.get(payload["method"], payload["method"])


def _withdrawn(payload: Mapping[str, Any]) -> tuple[str, str]:
    return "withdrawn", joined((Coded("withdrawal-reasons", payload["reason_code"]), reason_told(payload["reason"])), ": ")


def _shared(payload: Mapping[str, Any]) -> tuple[str, str]:
    return "shared", phrase("with every office, verified {method}", method=_method(payload))


def _shared_sealed(payload: Mapping[str, Any]) -> tuple[str, str]:
    return "shared", phrase("sealed with one of its audience, verified {method}", method=_method(payload))


def _pair(payload: Mapping[str, Any]) -> str:
    cases = [f"{case['administration']} {case['reference']}" for case in payload["cases"]]
    both = reduce(lambda one, other: phrase("{one} and {other}", one=one, other=other), cases)
    lead = payload.get("lead", 0)
    return phrase("{cases}, led by {lead}", cases=both, lead=cases[lead - 1]) if 0 < lead <= len(cases) else both


def _declined(payload: Mapping[str, Any]) -> tuple[str, str]:
    return "link declined", joined((_pair(payload), *filter(None, [payload["reason"]])), ": ")


_NOTHING: Final[Mapping[str, Any]] = {}
_WORDS: Final[Mapping[str, Callable[[Mapping[str, Any]], tuple[str, str]]]] = {
    "SeizureReported": _reported,
    KEYED: lambda payload: ("keyed", _keyed(payload)),
    ANSWERED: lambda payload: (payload["answer"], payload["reason"]),
    TAKEN_BACK: _withdrawn,
    "VerdictGiven": _judged,
    "CasesPassed": _judged,
    "SeizureVerified": _shared,
    "CasesVerified": _shared,
    "RestrictedSeizureShared": _shared_sealed,
    "CaseWithdrawn": _withdrawn,
    "WithdrawalVerified": lambda _payload: ("withdrawal shared", phrase("with every office")),
    "RestrictedWithdrawalShared": lambda _payload: ("withdrawal shared", phrase("sealed with one of its audience")),
    "DuplicateProposed": lambda payload: ("link proposed", _pair(payload)),
    "DuplicateAgreed": lambda payload: ("link agreed", _pair(payload)),
    "DuplicateDeclined": _declined,
    "DuplicateLinked": lambda payload: ("link shared", _pair(payload)),
    "DuplicateUnlinked": lambda payload: ("end of link shared", _pair(payload)),
    "CorrectionDeclined": lambda payload: ("correction declined", payload["reason"]),
}

_TOGETHER: Final[Mapping[str, Callable[[UnitOfWork, Mapping[str, Any], str], Iterator[dict[str, Any]]]]] = {
    "CasesPassed": lambda _tx, payload, _reference: passed_cases(payload),
    "CasesVerified": lambda tx, payload, reference: verified_cases(payload, tx.around.reader.schemas, about=reference),
}


def _words(tx: UnitOfWork, event_type: str, payload: Mapping[str, Any], key: CaseKey) -> tuple[Mapping[str, Any], str, str]:
    """The part of a payload that names the case, and what it says of it."""
    together = _TOGETHER.get(event_type)
    if together is not None:
        told = together(tx, payload, key[1])
        payload = next((one for one in told if (one["administration"], one["reference"]) == key), _NOTHING)
    words = _WORDS.get(event_type)
    case = payload.get("case", payload)
    return (case, *words(payload)) if words is not None and payload else (case, event_type, "")
