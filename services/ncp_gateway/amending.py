"""Amending: load a case as it was signed, change fields by path, check the rules, submit the next version."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.editions import is_over, still_named
from enforcement.codelists.model import CodeLists
from enforcement.intake.errors import HeaderError
from enforcement.intake.files import Dialect, read_rows
from enforcement.seizures.correcting import Judging, corrected
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.rules import latest_date
from enforcement.seizures.states import DRAFT, WITHDRAWN
from enforcement.seizures.store import known_versions, preload_versions
from enforcement.seizures.switching import switches_now
from enforcement.verification.corrections import open_proposal, values_of
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.reporting import NothingToAmend, draft_of, keep_draft
from services.ncp_gateway.submitting import Submitted, submit_draft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

PORTION: Final = 100  # cases a transaction; each is read back from its signed batch
ACTION: Final = "seizures.amend"
CORRECT: Final = "seizures.correct"
COLUMNS: Final = ("reference", "field", "value")
OVERRIDE: Final = "override:"  # as a field of a file: the code of a rule follows, and the value is the reason


class DraftInTheWay(LiaisonError):  # noqa: N818 - named for the state
    """A draft of the next version holds other changes."""

    code = "seizures.draft-in-the-way"
    next_step = "Amend it with the proposed values and `liaison seizures amend REFERENCE --set`, which submits both."


class NotAnAmendmentsFile(HeaderError):  # noqa: N818 - named for the state
    """The file is not a list of amendments."""

    code = "seizures.amendments-file"
    next_step = "Its first row is reference,field,value (or with semicolons); each further row changes one field of one case."


@dataclass(slots=True)
class Amendment:
    """Changes to one case: (field path, value as text) each. `rows`: where a file says so; `overrides`: code of a rule -> why it is
    kept all the same; `dropped`: codes of rules whose reasons are taken back; `taken_up`: the office proposed it, and it is judged by
    the edition of the code lists that the case names, as the office judged it.
    """

    key: CaseKey
    changes: list[tuple[str, str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    overrides: dict[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()
    taken_up: bool = False

    def made(self, tx: UnitOfWork, case: Mapping[str, Any]) -> dict[str, Any]:
        """The amended case, judged by the switches of the office in charge, with these reasons. Under an edition that no record may
        name any more it is an amendment to say the same by today's lists. Raises what `corrected` raises.
        """
        edition, today = case["code_list_edition"], tx.now.date()
        lists = still_named(tx, edition) if self.taken_up else tx.of(CodeLists)
        judging = Judging(switches_now(tx), self.overrides, self.dropped, is_over(tx, edition, today))
        return corrected(case, self.changes, lists, latest_date(today), judging)


def amendments_of(path: Path, administration: str) -> list[Amendment]:
    """The amendments of a CSV file (UTF-8; reference, field, value), one a case in the order of first mention.

    Raises NotAnAmendmentsFile, and an IntakeError for a file that is no clean CSV.
    """
    dialect = Dialect(delimiter=_delimiter(path))
    found: dict[str, Amendment] = {}
    for row in read_rows(path, dialect):
        cells = [cell.strip() for cell in row.cells]
        if row.number == 1:
            continue
        if len(cells) != len(COLUMNS):
            raise NotAnAmendmentsFile(
                phrase("Row {number} has {number_2} cells, not {number_3}.", number=row.number, number_2=len(cells), number_3=len(COLUMNS))
            )
        reference, name, value = cells
        amendment = found.setdefault(reference, Amendment((administration, reference)))
        if name.startswith(OVERRIDE):
            amendment.overrides[name.removeprefix(OVERRIDE).strip().lower()] = " ".join(value.split())
        else:
            amendment.changes.append((name, value))
        amendment.rows.append(row.number)
    return list(found.values())


def _delimiter(path: Path) -> str:
    """The one of two delimiters with which the first row is the one wanted."""
    for delimiter in (",", ";"):
        first = next(read_rows(path, Dialect(delimiter=delimiter)))
        if tuple(cell.strip().lower() for cell in first.cells) == COLUMNS:
            return delimiter
    raise NotAnAmendmentsFile(phrase("The first row of {name} is not reference,field,value.", name=path.name))


def amend_cases(desk: Desk, amendments: Sequence[Amendment]) -> Iterator[list[Submitted]]:
    """Amend and submit; yields after each committed portion. A refused case does not stop the others.

    One that breaks a rule stays as it was; one that must not leave stays a draft with its reason. Raises NotPermitted,
    DatabaseFailed.
    """
    for start in range(0, len(amendments), PORTION):
        portion = amendments[start : start + PORTION]
        references = [one.key[1] for one in portion]
        subject = references[0] if len(references) == 1 else f"{references[0]} ... {references[-1]}"
        with desk.acting(ACTION, subject, cases=len(portion)) as tx:
            preload_versions(tx, [one.key for one in portion])
            told = [_told(tx, one) for one in portion]
        yield told


def _told(tx: UnitOfWork, amendment: Amendment) -> Submitted:
    try:
        return amend(tx, amendment)
    except LiaisonError as error:  # raised before anything is written
        return Submitted(amendment.key, 0, error=error)


def amend(tx: UnitOfWork, amendment: Amendment) -> Submitted:
    """Submit the next version of a case, or its draft corrected.

    Raises UnknownCase, NothingToAmend, NothingChanged, RulesBroken, FieldUnknown, FieldFixed, FieldValueUnfit, NoSuchEvent, all
    before anything is written.
    """
    key = amendment.key
    known = sorted(known_versions(tx, key), key=lambda row: row["version"])
    if not known:
        raise UnknownCase(phrase("This node holds no case {reference}.", reference=key[1]))
    newest = known[-1]
    if newest["state"] == WITHDRAWN:
        raise NothingToAmend(phrase("{reference} is withdrawn.", reference=key[1]))
    keep_draft(tx, amendment.made(tx, payload_of(tx, newest)))
    return submit_draft(tx, draft_of(tx, key))


def take_up(tx: UnitOfWork, key: CaseKey) -> Amendment:
    """The correction that the office proposed and that waits for an answer, as an amendment. Raises NoProposal, DraftInTheWay."""
    row = open_proposal(tx, key)
    if any(known["state"] == DRAFT for known in known_versions(tx, key)):
        raise DraftInTheWay(phrase("{reference} has a draft of its next version.", reference=key[1]))
    return Amendment(key, values_of(row), taken_up=True)


def take_up_all(desk: Desk, keys: Sequence[CaseKey]) -> Iterator[list[Submitted]]:
    """Submit what the office proposed as each case's next version; yields after each committed portion. As `amend_cases`."""
    for start in range(0, len(keys), PORTION):
        portion = keys[start : start + PORTION]
        subject = portion[0][1] if len(portion) == 1 else f"{portion[0][1]} ... {portion[-1][1]}"
        with desk.acting(CORRECT, subject, cases=len(portion), answer="accepted") as tx:
            preload_versions(tx, portion)
            told = [_taken_up(tx, key) for key in portion]
        yield told


def _taken_up(tx: UnitOfWork, key: CaseKey) -> Submitted:
    try:
        return amend(tx, take_up(tx, key))
    except LiaisonError as error:  # raised before anything is written
        return Submitted(key, 0, error=error)
