"""Importing a file: every row becomes a kept case or a list of problems, in portions, and importing again changes nothing."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import PlacesHere
from enforcement.intake.choosing import choice_in, keep_choice, sent_otherwise
from enforcement.intake.errors import FileMissingError
from enforcement.intake.model import Accepted, Problem, Rejected
from enforcement.intake.reading import Reading
from enforcement.intake.store import ERROR, FATES, WARNING, IntakeTables, add_problem, digests, settle_rows, source_of
from enforcement.intake.surveying import Survey
from enforcement.intake.targets import RELEASABILITY
from enforcement.seizures.asking import ask_store
from enforcement.seizures.correcting import RulesBroken, difference
from enforcement.seizures.errors import HistoricalCase, ReportedCase
from enforcement.seizures.ports import OtherPort
from enforcement.seizures.queries import payload_of
from enforcement.seizures.releases import BadRelease
from enforcement.seizures.replaced import keep_replaced, replaceable
from enforcement.seizures.rules import errors, latest_date
from enforcement.seizures.store import known_versions, preload_versions
from enforcement.seizures.switching import switches_now
from liaison.protocol.codec import CodecError
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from enforcement.intake.facts import Facts
    from enforcement.intake.model import Outcome
    from enforcement.intake.profile import Profile
    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

    Keep = Callable[[UnitOfWork, Mapping[str, Any]], str]

PORTION: Final = 500  # rows a transaction: a running node waits for one at most, some tenths of a second
ACTION: Final = "seizures.import"
NEW, CHANGED, UNCHANGED, REJECTED = FATES
LONG_AGO: Final = "date.too-old"
_HASH_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A file of one source, and the mapping profile to read it with."""

    path: Path
    profile: Profile
    corrects: int = 0  # the import whose rows an annotated workbook brings back
    historical: bool = False  # an old export: its cases count here, and nobody is told
    ours: bool = False  # a workbook that was made here
    origin: str = ""  # of history: the system that it was reported to, in words
    survey: Survey | None = field(default=None, compare=False)  # the first reading, where it was made already


@dataclass(slots=True)
class Account:
    """What became of the rows so far. `import_id` 0: a dry run, or nothing written yet."""

    import_id: int = 0
    fates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    errors: int = 0
    warnings: int = 0

    @property
    def rows(self) -> int:
        """Rows accounted for: the sum of the fates."""
        return sum(self.fates.values())

    def copy(self) -> Account:
        """A copy to count on in a transaction that may fail."""
        return Account(self.import_id, dict(self.fates), self.errors, self.warnings)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a row, or of the rows of one case. `differs`, in a dry run: what a changed case says otherwise, field by field."""

    outcome: Outcome
    fate: str
    differs: tuple[Mapping[str, str], ...] = ()

    @property
    def rows(self) -> int:
        """How many rows."""
        return max(1, len(self.outcome.source))


@dataclass(frozen=True, slots=True)
class Portion:
    """One transaction's worth of rows: the account after it, keys of its cases, what stopped its rejected rows, each row's fate."""

    account: Account
    keys: tuple[CaseKey, ...]
    problems: tuple[Problem, ...]
    judged: tuple[Judged, ...] = ()
    words: tuple[dict[str, Any], ...] = ()  # which words were read as which codes, in how many rows of the file so far


def surveyed(source: Source, facts: Facts | None = None) -> Source:
    """The source after its file was read whole, so that the import need not; `facts` takes what a sheet has besides values.

    Its `survey.rows` is how many rows of data there are. Raises an IntakeError.
    """
    return replace(source, survey=Survey(source.path, source.profile, facts))


def file_digest(path: Path) -> bytes:
    """SHA-256 of a file. Raises FileMissingError."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_HASH_CHUNK):
                digest.update(chunk)
    except (OSError, ValueError) as error:
        raise FileMissingError(
            phrase("{file} cannot be read ({error}).", file=path.name, error=getattr(error, "strerror", None) or error)
        ) from None
    return digest.digest()


def import_file(desk: Desk, source: Source, keep: Keep, *, dry_run: bool = False) -> Iterator[Portion]:
    """Take in a file; yields after each committed portion, so that a stop loses nothing that was yielded.

    `keep` writes one case that passed the rules and says `new`, `changed` or `unchanged`. A row whose content is what its
    case's source last said is unchanged, also when the case was amended here since. `dry_run` does all of it and rolls it
    back. Raises an IntakeError before anything is written, NotPermitted, DatabaseFailed, and what `keep` raises.
    """
    desk.require(ACTION)
    if any(one.target == RELEASABILITY for one in source.profile.fields):
        desk.require("seizures.release")
    with desk.looking(ACTION) as tx:
        lists, switches, today = tx.of(CodeLists), replace(switches_now(tx), history=source.historical), latest_date(tx.now.date())
    sha256 = file_digest(source.path)
    survey = source.survey or Survey(source.path, source.profile)
    reading = Reading(survey, source.profile, lists, today, switches, PlacesHere(lists, partial(desk.looking, ACTION)))
    outcomes = iter(reading)
    work = _Work(desk, source, keep, sha256, dry_run=dry_run)
    while portion := list(islice(outcomes, PORTION)):
        yield replace(work.take(portion), words=tuple(reading.words()))
    if not dry_run:
        work.finish()


class _Undone(Exception):  # noqa: N818 - not an error: how a dry run leaves its transaction
    """Roll the portion back."""


def _undo(dry_run: bool) -> None:  # noqa: FBT001 - the question itself
    if dry_run:
        raise _Undone


class _Work:
    """One import on its way through the file."""

    def __init__(self, desk: Desk, source: Source, keep: Keep, sha256: bytes, *, dry_run: bool) -> None:
        self._desk = desk
        self._source = source
        self._keep = keep
        self._sha256 = sha256
        self._dry_run = dry_run
        self._account = Account()
        # A made reference cannot repeat; one from a column can, and then nobody knows which row is right.
        self._rows_by_reference: dict[str, int] | None = {} if source.profile.reference_prefix is None else None

    def take(self, outcomes: Sequence[Outcome]) -> Portion:
        """One portion in one transaction."""
        judged = [self._unrepeated(self._unsurprised(outcome)) for outcome in outcomes]
        account = self._account.copy()
        facts = {"rows": f"{judged[0].row}-{judged[-1].row}", "profile": self._source.profile.name}
        with self._transaction(facts) as tx:
            settled = self._write(tx, judged, account)
        if self._dry_run:
            account.import_id = 0
        self._account = account
        keys = tuple(_key(outcome.payload) for outcome in judged if isinstance(outcome, Accepted))
        problems = tuple(problem for one in settled if isinstance(one.outcome, Rejected) for problem in one.outcome.problems)
        return Portion(account, keys, problems, tuple(settled))

    @contextmanager
    def _transaction(self, facts: Mapping[str, object]) -> Iterator[UnitOfWork]:
        """One that commits, or for a dry run one that is rolled back."""
        with suppress(_Undone), self._desk.acting(ACTION, self._source.path.name, **facts) as tx:
            yield tx
            tx.flush()  # a dry run meets what the database refuses too
            _undo(self._dry_run)

    def finish(self) -> None:
        """Note that the whole file was read; the audit gets the account."""
        with self._desk.acting(ACTION, self._source.path.name, sha256=self._sha256.hex(), **self._account.fates) as tx:
            if not self._account.import_id:
                self._account.import_id = self._open(tx)
            tx.change(tx.of(IntakeTables).imports, {"id": self._account.import_id, "finished_at": tx.now_ms})

    def _write(self, tx: UnitOfWork, outcomes: Sequence[Outcome], account: Account) -> list[Judged]:
        if not account.import_id:
            account.import_id = self._open(tx)
        keys = [_key(outcome.payload) for outcome in outcomes if isinstance(outcome, Accepted)]
        preload_versions(tx, keys)
        known = digests(tx, keys)
        judged = []
        for outcome in outcomes:
            one = self._compared(tx, outcome, known, account.import_id)
            account.fates[one.fate] += one.rows
            judged.append(one)
            _note(tx, one.outcome, account)
        if self._source.corrects:
            back = [row.origin for one in judged for row in one.outcome.source if row.origin]
            settle_rows(tx, self._source.corrects, back, account.import_id)
        tx.change(tx.of(IntakeTables).imports, {"id": account.import_id, "rows": account.rows, **account.fates})
        return judged

    def _compared(self, tx: UnitOfWork, outcome: Outcome, known: Mapping[CaseKey, bytes], import_id: int) -> Judged:
        """One row settled; in a dry run with what a changed case says otherwise."""
        before = known_versions(tx, _key(outcome.payload)) if self._dry_run and isinstance(outcome, Accepted) else ()
        fate, settled = self._settle(tx, outcome, known, import_id)
        if fate != CHANGED or not before or not isinstance(outcome, Accepted):
            return Judged(settled, fate)
        newest = max(before, key=lambda row: int(row["version"]))
        reference = {"reference": outcome.payload["reference"]}
        return Judged(settled, fate, tuple({**reference, **one} for one in difference(payload_of(tx, newest), outcome.payload)))

    def _settle(self, tx: UnitOfWork, outcome: Outcome, known: Mapping[CaseKey, bytes], import_id: int) -> tuple[str, Outcome]:
        """The fate of one row, and what is to be noted of it."""
        if isinstance(outcome, Rejected):
            return REJECTED, outcome
        told: list[Finding] = []
        key = _key(outcome.payload)
        more: tuple[Problem, ...] = ()
        try:
            release = choice_in(tx, outcome.release) if outcome.release and not self._source.historical else None
            fate = settle(tx, outcome.payload, known, asking(self._keep, told), import_id)
        except CodecError as error:
            return REJECTED, _rejected(outcome, Problem(outcome.row, "", "", error.code, str(error)))
        except BadRelease as error:
            where = (self._column_of(RELEASABILITY), outcome.release)
            return REJECTED, _rejected(outcome, Problem(outcome.row, *where, error.code, str(error), error.next_step, RELEASABILITY))
        except (HistoricalCase, OtherPort, ReportedCase) as error:
            where = (self._column, outcome.payload["reference"])
            return REJECTED, _rejected(outcome, Problem(outcome.row, *where, error.code, str(error), error.next_step, "reference"))
        except RulesBroken:
            return REJECTED, Rejected(outcome.row, self._problems(outcome, told), outcome.warnings, outcome.source)
        if release is not None:
            fate = CHANGED if keep_choice(tx, key, release) and fate == UNCHANGED else fate
            more = sent_otherwise(tx, outcome.row, self._column_of(RELEASABILITY), key, release)
        warnings = (*outcome.warnings, *self._problems(outcome, told), *more)
        return fate, outcome._replace(warnings=warnings) if told or more else outcome

    def _problems(self, outcome: Accepted, found: Sequence[Finding]) -> tuple[Problem, ...]:
        """What this node's own records object to."""
        return tuple(self._problem(outcome, one) for one in found)

    def _problem(self, outcome: Accepted, found: Finding) -> Problem:
        """About a case's reference: of the column that fills it, where one does."""
        return Problem(outcome.row, self._column, outcome.payload["reference"], found.code, found.text(), "", found.field)

    @property
    def _column(self) -> str:
        return self._column_of("reference")

    def _column_of(self, target: str) -> str:
        return next((one.column for one in self._source.profile.fields if one.target == target), "")

    def _unsurprised(self, outcome: Outcome) -> Outcome:
        """The outcome; of history without the warning that it is long ago."""
        if not self._source.historical or not outcome.warnings:
            return outcome
        return outcome._replace(warnings=tuple(one for one in outcome.warnings if one.rule != LONG_AGO))

    def _unrepeated(self, outcome: Outcome) -> Outcome:
        """The outcome; rejected when an earlier row of the file has the same reference."""
        if self._rows_by_reference is None or isinstance(outcome, Rejected):
            return outcome
        reference = outcome.payload["reference"]
        first = self._rows_by_reference.setdefault(reference, outcome.row)
        if first == outcome.row:
            return outcome
        text = f"The reference is that of row {first}, which was taken; correct one of the two."
        problem = Problem(outcome.row, self._column, reference, "reference.repeated", text, "", "reference")
        return Rejected(outcome.row, (problem,), outcome.warnings, outcome.source)

    def _open(self, tx: UnitOfWork) -> int:
        profile = self._source.profile
        row = {
            "file_name": self._source.path.name,
            "sha256": self._sha256,
            "profile": profile.name,
            "profile_version": profile.version,
            "historical": int(self._source.historical),
            "origin": self._source.origin,
            "imported_by": tx.author,
            "port": tx.port,
            "started_at": tx.now_ms,
            "finished_at": 0,
            "undone_at": 0,
            "rows": 0,
            **dict.fromkeys(FATES, 0),
        }
        made = tx.execute(insert(tx.of(IntakeTables).imports).values(row)).inserted_primary_key
        return int(made[0])  # type: ignore[index]  # there is always one after an insert


def _rejected(outcome: Accepted, problem: Problem) -> Rejected:
    return Rejected(outcome.row, (problem,), outcome.warnings, outcome.source)


def settle(tx: UnitOfWork, payload: Mapping[str, Any], known: Mapping[CaseKey, bytes], keep: Keep, import_id: int = 0) -> str:
    """Keep one case that passed the rules, unless it says what its source said last; its fate: new, changed or unchanged.

    `known`: what `digests` gave for its key. `import_id`: of the file it is from, 0 for none; what it replaces is kept for undoing it.
    Raises CodecError for what fits no schema, and what `keep` raises.
    """
    key = _key(payload)
    digest = digest_said(tx, payload)
    if known.get(key) == digest and known_versions(tx, key):
        return UNCHANGED
    before = replaceable(tx, key) if import_id and known_versions(tx, key) else None
    fate = keep(tx, payload)
    if fate == CHANGED and before is not None:
        keep_replaced(tx, before, import_id, source_of(tx, key))
    row = {"administration": key[0], "reference": key[1], "digest": digest}
    if fate == UNCHANGED and key in known:  # it stays with the import that brought it
        tx.change(tx.of(IntakeTables).sources, row)
    else:
        tx.put(tx.of(IntakeTables).sources, {**row, "import_id": import_id if fate != UNCHANGED else 0})
    return fate


def asking(keep: Keep, told: list[Finding]) -> Keep:
    """A `keep` that first asks the node's own records about a reference that is known here: what they object to is added to `told`.
    It raises RulesBroken where that is an error.
    """

    def kept(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
        if known_versions(tx, _key(payload)):
            told.extend(ask_store(tx, payload))
            broken = errors(told)
            if broken:
                raise RulesBroken(broken)
        return keep(tx, payload)

    return kept


def _key(payload: Mapping[str, Any]) -> CaseKey:
    return payload["administration"], payload["reference"]


def digest_said(tx: UnitOfWork, payload: Mapping[str, Any]) -> bytes:
    """What the source says; a new edition of the code lists alone is no news. Raises CodecError for what fits no schema."""
    said = {**payload, "version": 1, "code_list_edition": ""}
    encoded = tx.around.reader.schemas.writer("SeizureReported").encode({"case": said})
    return hashlib.blake2b(encoded, digest_size=16).digest()


def _note(tx: UnitOfWork, outcome: Outcome, account: Account) -> None:
    """Keep the problems of a row; they are numbered through the import."""
    problems = outcome.problems if isinstance(outcome, Rejected) else ()
    origins = {row.number: row.origin for row in outcome.source} if problems else {}
    for severity, told in ((ERROR, problems), (WARNING, outcome.warnings)):
        for problem in told:
            add_problem(tx, account.import_id, account.errors + account.warnings + 1, problem, severity, origins.get(problem.row, 0))
            if severity == ERROR:
                account.errors += 1
            else:
                account.warnings += 1
