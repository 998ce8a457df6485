"""Keying many sheets at once: a workbook that was filled from them, or a file that a mapping profile reads, becomes drafts to be filed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.facts import Facts
from enforcement.intake.importing import Account, import_file, surveyed
from enforcement.intake.orders import FateRanges, annotate, order_for
from enforcement.intake.own_books import HIDDEN
from enforcement.intake.targets import RELEASABILITY
from enforcement.intake.traits import Stated
from enforcement.keying.drafting import keep_imported
from enforcement.keying.errors import ForAllOnly
from enforcement.keying.writing import KEY
from liaison.console.jobs import Progress, beside
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from enforcement.intake.importing import Portion, Source
    from enforcement.intake.kept_files import Content
    from enforcement.intake.model import Problem
    from enforcement.intake.orders import Order
    from liaison.access.desk import Desk

KEPT_PROBLEMS: Final = 5_000


def order_to_key(path: Path, profile: str, lists: CodeLists) -> Order:
    """How a file is read; `profile` is a name or a path, and empty for a workbook that was made here. Raises an IntakeError, ForAllOnly."""
    order = order_for(path, profile, Stated(), lists)
    if any(one.target == RELEASABILITY for one in order.source.profile.fields):
        raise ForAllOnly(phrase("{name} says for whom each case is.", name=path.name))
    return order


def key_rows(desk: Desk, source: Source, *, dry_run: bool) -> Iterator[Portion]:
    """Each case of a file as a keyed draft, by the rules of every report; yields after each committed portion.

    Whoever does so is one of its keyers. A dry run keeps nothing. Raises what `import_file` raises.
    """
    desk.require(KEY)
    yield from import_file(desk, source, keep_imported, dry_run=dry_run)


@dataclass(slots=True)
class Keyed:
    """What would become, or became, of the rows of a file. `more`: problems beyond those kept."""

    account: Account
    dry: bool = True
    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    warnings: list[Problem] = field(default_factory=list)
    fates: FateRanges = field(default_factory=FateRanges)
    changes: list[Mapping[str, str]] = field(default_factory=list)

    def hear(self, portion: Portion) -> None:
        """Count one portion in; rows are called as in the file."""
        own = {row.number: row.origin or row.number for one in portion.judged for row in one.outcome.source}
        problems = [one._replace(row=own.get(one.row, one.row)) for one in portion.problems] if self.dry else portion.problems
        room = max(0, KEPT_PROBLEMS - len(self.problems))
        self.account = portion.account
        self.problems += problems[:room]
        self.more += max(0, len(problems) - room)
        self.fates.add(portion.judged)
        for one in portion.judged:
            self.warnings += one.outcome.warnings[: max(0, KEPT_PROBLEMS - len(self.warnings))]
            self.changes += one.differs[: max(0, KEPT_PROBLEMS - len(self.changes))]


@dataclass(slots=True)
class Book:
    """One dropped file. `path`: what is read; `profile`: by which mapping profile, a name or a path, empty for a workbook made here;
    `report`: the rows with their problems, as a workbook to correct.
    """

    drop_id: str
    owner: str
    name: str
    path: Path
    profile: str = ""
    tried: Keyed | None = None
    report: Path | None = None
    times: int = 0
    kept: Content | None = None  # what of it lies sealed for the next visit

    @property
    def ended(self) -> bool:
        """Whether every row of it is keyed: nothing of it need be kept."""
        return self.tried is not None and not self.tried.dry and not self.tried.account.fates["rejected"]


def known_of(book: Book) -> dict[str, Any]:
    """What is kept of a file beside its content: what it is called, and by which profile it is read, a name or its text."""
    own = Path(book.profile) if book.profile and Path(book.profile).is_absolute() else None
    text = own.read_text("utf-8", "surrogateescape") if own is not None else ""
    return {"name": book.name, "file": book.path.name, "profile": "" if own is not None else book.profile, "text": text}


def profile_beside(path: Path, text: bytes) -> str:
    """A profile's text kept beside the file that it is for; where it is."""
    beside_it = path.parent / "profile" / "profile.yaml"  # a folder apart: the file may be called the same
    beside_it.parent.mkdir()
    beside_it.write_bytes(text)
    return str(beside_it)


def tried(desk: Desk, book: Book, saying: tuple[str, str], *, dry_run: bool) -> Generator[Progress, None, Keyed]:
    """The steps of a job: read the file, judge or keep every row; `saying`: in words, what is done meanwhile.

    Raises an IntakeError, ForAllOnly, NotPermitted.
    """
    lists: CodeLists = desk.parts.field[CodeLists]
    order = order_to_key(book.path, book.profile, lists)
    facts = Facts(expected=HIDDEN if order.source.ours else frozenset())
    source: Source = yield from beside(lambda: surveyed(order.source, facts), saying[0])
    total = source.survey.rows if source.survey is not None else 0
    book.times += 1
    report = book.path.parent / f"{book.times}-{book.path.stem[:60]}.xlsx"
    annotated = order.annotations(report)
    found = Keyed(Account(), dry=dry_run)
    for portion in key_rows(desk, source, dry_run=dry_run):
        annotate(annotated, portion.judged)
        found.hear(portion)
        yield Progress(found.account.rows, total, saying[1])
    annotated.save((order.yaml, order.stated), found.account.import_id)
    book.report, book.tried = report, found
    return found
