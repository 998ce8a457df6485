"""Keying at an office: what a sheet says becomes a draft in the contact point's name, by the rules and forms of every report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, select

from enforcement.codelists.model import CodeLists
from enforcement.intake.importing import UNCHANGED, digest_said
from enforcement.intake.store import IntakeTables, digests
from enforcement.keying.errors import CaseIsTheirs, NoKeyedDraft, NotYourMember
from enforcement.seizures.correcting import Judging, corrected
from enforcement.seizures.keyed import CONFIRMED, ELECTRONIC, NOT_OURS, PAPER, KeyedTables, is_keyed, report_row
from enforcement.seizures.queries import payload_of
from enforcement.seizures.rules import latest_date
from enforcement.seizures.states import WITHDRAWN
from enforcement.seizures.store import known_versions, withdrawal_of
from enforcement.seizures.switching import switches_now
from liaison.node.times import from_ms
from liaison.protocol.errors import phrase, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.members import Member

NEW: Final = "new"
CHANGED: Final = "changed"


def served(tx: UnitOfWork, administration: str) -> Member:
    """The contact point of an administration that this office serves. Raises NotYourMember."""
    for member in tx.members.of_office(tx.node):
        if administration.upper() in (member.country, member.node.upper()):
            return member
    raise NotYourMember(phrase("{node} does not serve {administration}.", node=tx.node, administration=administration[:40]))


def ensure_ours_to_key(tx: UnitOfWork, key: CaseKey) -> int:
    """The number of the next version to key, 1 for a new case. Raises NotYourMember, CaseIsTheirs."""
    served(tx, key[0])
    known = known_versions(tx, key)
    if any(not is_keyed(tx, row) for row in known):
        raise CaseIsTheirs(phrase("{country} reports {reference} itself.", country=key[0], reference=key[1]))
    if withdrawal_of(tx, key) is not None or any(row["state"] == WITHDRAWN for row in known):
        raise CaseIsTheirs(phrase("{reference} is withdrawn.", reference=key[1]))
    row = report_row(tx, key)
    if row is not None and row["answered_by_way"] == ELECTRONIC and row["answer"] in (CONFIRMED, NOT_OURS):
        raise CaseIsTheirs(
            phrase(
                "{country} has answered for {reference} electronically: {answer}.",
                country=key[0],
                reference=key[1],
                answer=word(row["answer"]),
            )
        )
    return max((int(row["version"]) for row in known), default=0) + 1


def keep_keyed(tx: UnitOfWork, case: Mapping[str, Any]) -> str:
    """Keep a case as a keyed draft: `new`, `changed` (the draft, or a next version of what was filed), `unchanged`.

    `case` is a complete payload that passed the rules; version and report source are set here. Whoever keys a part is one of its keyers.
    Raises NotYourMember, CaseIsTheirs.
    """
    key = (case["administration"], case["reference"])
    version = ensure_ours_to_key(tx, key)
    made = {**case, "version": version, "report_source": PAPER}
    payload = tx.around.reader.schemas.writer("SeizureReported").encode({"case": made})
    drafts = tx.of(KeyedTables).drafts
    before = tx.one(select(drafts).where(drafts.c.administration == key[0], drafts.c.reference == key[1]))
    if before is not None and bytes(before["payload"]) == payload:
        return UNCHANGED
    if before is None and version > 1 and {**_filed(tx, key, version - 1), "version": version} == made:
        return UNCHANGED
    keyers = dict.fromkeys([*(before["keyers"].split() if before is not None else ()), tx.author])
    row = {"administration": key[0], "reference": key[1], "payload": payload, "keyers": " ".join(keyers), "keyed_at": tx.now_ms}
    tx.put(drafts, row)
    tx.flush()
    return NEW if before is None and version == 1 else CHANGED


def keep_imported(tx: UnitOfWork, case: Mapping[str, Any]) -> str:
    """`keep_keyed` for a row of a file. A row that says what its case's row said last changes nothing, also when the draft was corrected
    since: a file that is read again takes no correction back. What a row says anew does.
    """
    key = (case["administration"], case["reference"])
    drafts = tx.of(KeyedTables).drafts
    there = tx.one(select(drafts.c.keyed_at).where(drafts.c.administration == key[0], drafts.c.reference == key[1]))
    if there is not None and digests(tx, [key]).get(key) == digest_said(tx, case):
        return UNCHANGED
    return keep_keyed(tx, case)


def _filed(tx: UnitOfWork, key: CaseKey, version: int) -> dict[str, Any]:
    return payload_of(tx, next(row for row in known_versions(tx, key) if row["version"] == version))


def draft_row(tx: UnitOfWork, key: CaseKey) -> RowMapping:
    """The keyed draft of a case. Raises NoKeyedDraft."""
    drafts = tx.of(KeyedTables).drafts
    row = tx.one(select(drafts).where(drafts.c.administration == key[0], drafts.c.reference == key[1]))
    if row is None:
        raise NoKeyedDraft(phrase("There is no draft of {country} {reference}.", country=key[0], reference=key[1]))
    return row


def draft_case(tx: UnitOfWork, row: RowMapping) -> dict[str, Any]:
    """The case of a draft."""
    case: dict[str, Any] = tx.around.reader.schemas.writer("SeizureReported").decode(bytes(row["payload"]))["case"]
    return case


def correct_draft(tx: UnitOfWork, key: CaseKey, changes: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Change fields (path, value as text) of a draft; without one of what was filed, for the next version. The case as it is now.

    Raises NoKeyedDraft, NothingChanged, RulesBroken, FieldUnknown, FieldFixed, FieldValueUnfit, NotYourMember, CaseIsTheirs.
    """
    version = ensure_ours_to_key(tx, key)
    try:
        case = draft_case(tx, draft_row(tx, key))
    except NoKeyedDraft:
        if version == 1:
            raise
        case = _filed(tx, key, version - 1)
    made = corrected(case, changes, tx.of(CodeLists), latest_date(tx.now.date()), Judging(switches_now(tx)))
    keep_keyed(tx, made)
    return made


def drop_draft(tx: UnitOfWork, key: CaseKey) -> None:
    """Forget a draft, and that a file brought it: imported again it is new. Raises NoKeyedDraft."""
    draft_row(tx, key)
    for table in (tx.of(KeyedTables).drafts, tx.of(IntakeTables).sources):
        tx.execute(delete(table).where(table.c.administration == key[0], table.c.reference == key[1]))


def count_drafts(tx: UnitOfWork, administration: str = "") -> int:
    """How many drafts wait to be filed."""
    drafts = tx.of(KeyedTables).drafts
    query = select(func.count().label("drafts")).select_from(drafts)
    row = tx.one(query.where(drafts.c.administration == administration) if administration else query)
    return 0 if row is None else int(row["drafts"])


def list_drafts(tx: UnitOfWork, *, limit: int, offset: int = 0, administration: str = "") -> list[dict[str, Any]]:
    """Drafts, last keyed first."""
    drafts = tx.of(KeyedTables).drafts
    found = []
    query = select(drafts).order_by(drafts.c.keyed_at.desc(), drafts.c.reference).limit(limit).offset(offset)
    for row in tx.rows(query.where(drafts.c.administration == administration) if administration else query):
        case = draft_case(tx, row)
        told = {name: case[name] for name in ("administration", "reference", "version", "date")}
        sections = sorted({line["section"] for line in case["lines"]})
        found.append({**told, "sections": sections, "keyed_by": row["keyers"].split(), "keyed_at": from_ms(row["keyed_at"])})
    return found


def find_draft(tx: UnitOfWork, reference: str, administration: str = "") -> CaseKey:
    """The key of the one draft with this reference. Raises NoKeyedDraft, also where several contact points have one."""
    drafts = tx.of(KeyedTables).drafts
    query = select(drafts.c.administration).where(drafts.c.reference == reference)
    rows = tx.rows(query.where(drafts.c.administration == administration) if administration else query)
    if not rows:
        raise NoKeyedDraft(phrase("There is no draft of {reference}.", reference=reference))
    if len(rows) > 1:
        names = ", ".join(sorted(row["administration"] for row in rows))
        raise NoKeyedDraft(phrase("There is more than one for {names}: say which with --administration.", names=names))
    return rows[0]["administration"], reference
