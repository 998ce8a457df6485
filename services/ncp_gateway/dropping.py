"""A dropped file on its way to cases: looked at, mapped, tried row by row, corrected in place, imported. Each step is a job's generator."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import PlacesHere
from enforcement.intake.corrections import Annotations
from enforcement.intake.errors import UnstatedError
from enforcement.intake.facts import Facts
from enforcement.intake.importing import ACTION, surveyed
from enforcement.intake.looking import look
from enforcement.intake.model import Rejected
from enforcement.intake.orders import FateRanges, Order, annotate
from enforcement.intake.own_books import HIDDEN, own_book
from enforcement.intake.profile import parse_profile
from enforcement.intake.proposing import propose
from enforcement.intake.shelf import Shelf, clean_name
from enforcement.intake.shipped import profile_text, shipped_profiles
from enforcement.intake.tables import table_rows
from enforcement.intake.traits import Stated
from enforcement.intake.writing import profile_yaml
from liaison.console.jobs import Progress, beside
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.intake import take_in

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence
    from typing import IO

    from enforcement.codelists.place_names import Places
    from enforcement.intake.importing import Account, Source
    from enforcement.intake.model import Problem, Row
    from enforcement.intake.traits import Look
    from liaison.access.desk import Desk
    from liaison.node.ports import Random
    from services.ncp_gateway.submitting import Submitted

PREVIEW_ROWS: Final = 6
KEPT_PROBLEMS: Final = 5_000
MOST_EDITS: Final = 1_000
PROPOSED: Final = "proposed"


class NotYet(LiaisonError):  # noqa: N818 - named for the state
    """A step before this one is missing."""

    code = "intake.not-yet"
    next_step = "Go back to the file and do that step first."


@dataclass(slots=True)
class Tried:
    """What would become, or became, of the rows."""

    account: Account
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    more: int = 0  # problems beyond those kept
    fates: FateRanges = field(default_factory=FateRanges)
    words: tuple[dict[str, Any], ...] = ()
    changes: list[Mapping[str, str]] = field(default_factory=list)
    submitted: int = 0
    handed_in: int = 0
    refused: list[Submitted] = field(default_factory=list)
    dry: bool = True


@dataclass(slots=True)
class Drop:
    """One dropped file. `path`: what is read now, the file as it came or the workbook with its corrections."""

    drop_id: str
    owner: str
    name: str
    path: Path
    stated: Stated = field(default_factory=Stated)
    profile: str = ""  # a shipped one by name, `proposed`, or empty for a workbook that brings its own
    yaml: str = ""
    seen: Look | None = None
    header: tuple[str, ...] = ()
    preview: tuple[Row, ...] = ()
    tried: Tried | None = None
    report: Path | None = None
    corrected: int = 0  # how often
    kept_path: Path | None = None  # what of it lies sealed for the next visit
    kept_name: str = ""  # where; empty: it goes when the node stops
    kept_size: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """Whose seizures the files are, and which places are known here."""

    country: str
    places: Places


def home_of(desk: Desk) -> Home:
    """Of the node of this desk. Raises NotPermitted."""
    with desk.looking(ACTION) as tx:
        return Home(tx.me.country, PlacesHere(tx.of(CodeLists), partial(desk.looking, ACTION)))


class Drops(Shelf[Drop]):
    """The dropped files of one console."""

    def take(self, owner: str, name: str, file: IO[bytes], random: Random) -> Drop:
        """Keep an uploaded file."""
        drop_id, path = self.written(name, file, random)
        return self.put(Drop(drop_id, owner, path.name, path))

    def again(self, owner: str, drop_id: str, name: str, file: str) -> Drop:
        """A place for a file that was kept from before; who asks fills it."""
        return self.put(Drop(drop_id, owner, clean_name(name), self.folder(drop_id) / clean_name(file)))


def looked(drop: Drop, lists: CodeLists, home: Home, saying: str) -> Generator[Progress, None, None]:
    """Find out what the file is; propose a profile where it has none yet, and show its first rows."""
    drop.tried = None
    yield from beside(lambda: _look(drop, lists, home), saying)


def _look(drop: Drop, lists: CodeLists, home: Home) -> None:
    own = own_book(drop.path, lists)
    drop.seen = look(drop.path, drop.stated, own)
    if own is not None:
        drop.profile, drop.yaml = "", ""
    elif not drop.seen.open and not drop.seen.no_cases:
        fitting = fitting_profile(drop, lists)
        proposed = profile_yaml(propose(drop.seen, lists, home.places, home.country), home.country)
        drop.profile, drop.yaml = fitting or PROPOSED, profile_text(fitting) if fitting else _plain(proposed)
    preview(drop, lists)


def _plain(proposed: str) -> str:
    """The proposal, with the columns that nothing is proposed for left out: the table says which they are."""
    made = yaml.safe_load(proposed)
    used = used_columns(made)
    columns = [line.partition("#   ")[2].partition(": ")[0] for line in proposed.splitlines() if line.startswith("#   ")]
    left = [yaml.safe_load(column) for column in columns]
    made["ignored"] = {column: "not of use for a case" for column in left if column not in used}
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=1_000)


def used_columns(made: Mapping[str, Any]) -> dict[str, str]:
    """Column -> the field that it fills first."""
    used: dict[str, str] = {}
    for target, one in (made.get("fields") or {}).items():
        if isinstance(one, dict):
            for column in [one["column"]] if "column" in one else list(one.get("columns", {})):
                used.setdefault(str(column), str(target))
    return used


def fitting_profile(drop: Drop, lists: CodeLists) -> str:
    """The shipped profile whose columns are those of the file, if there is one."""
    header = drop.seen.header if drop.seen is not None else ()
    for name in shipped_profiles():
        try:
            parse_profile(profile_text(name).encode(), lists).bind(header)
        except LiaisonError:
            continue
        return name
    return ""


def preview(drop: Drop, lists: CodeLists) -> None:
    """The header and the first rows, as they are read now. Raises an IntakeError."""
    drop.header, drop.preview = (), ()
    if drop.seen is None or (drop.seen.open and not drop.seen.own):
        return
    try:
        order = order_of(drop, lists)
    except LiaisonError:
        drop.header = drop.seen.header
        return
    rows = table_rows(drop.path, order.source.profile.layout)
    drop.header = next(rows).cells
    drop.preview = tuple(islice(rows, PREVIEW_ROWS))


def order_of(drop: Drop, lists: CodeLists) -> Order:
    """The file with the profile to read it by. Raises an IntakeError."""
    from enforcement.intake.importing import Source  # noqa: PLC0415 - beside its use

    own = own_book(drop.path, lists)
    if own is not None:
        return Order(Source(drop.path, own.profile, own.import_id, ours=True), own.profile_yaml, own.stated)
    if not drop.yaml:
        raise UnstatedError(phrase("It is not said yet how {name} is read.", name=drop.name))
    made = parse_profile(drop.yaml.encode(), lists).read_as(drop.stated)
    return Order(Source(drop.path, made), drop.yaml, drop.stated)


def mapped(drop: Drop, chosen: Mapping[str, str]) -> str:
    """The profile with these columns filling these fields: what an officer chose in the table. Empty: not of use."""
    made = yaml.safe_load(drop.yaml)
    fields: dict[str, Any] = dict(made.get("fields") or {})
    ignored: dict[str, Any] = dict(made.get("ignored") or {})
    before = used_columns(made)
    for column, target in chosen.items():
        if before.get(column, "") == target:
            continue
        fields = {name: one for name, one in fields.items() if not (isinstance(one, dict) and one.get("column") == column)}
        ignored.pop(column, None)
        if target:
            lookup = {"lookup": "places"} if target == "place.locode" else {}
            fields[target] = {"column": column, **lookup}
        else:
            ignored[column] = "not of use for a case"
    used = used_columns({"fields": fields})
    ignored |= {column: "not of use for a case" for column in drop.header if column not in used and column not in ignored}
    if "reference" in fields:
        made.pop("reference", None)
    made["fields"] = fields
    made["ignored"] = {column: why for column, why in ignored.items() if column not in used}
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=1_000)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with the rows: only judged, taken in, or submitted too; and what is said meanwhile."""

    dry: bool = True
    submit: bool = False
    reading: str = ""
    taking: str = ""


def tried(desk: Desk, drop: Drop, lists: CodeLists, wish: Wish) -> Generator[Progress, None, Tried]:
    """Take the file's rows in, or only say what would become of them; a workbook with every row and its problems is made beside."""
    from enforcement.intake.importing import Account  # noqa: PLC0415 - beside its use

    order = order_of(drop, lists)
    facts = Facts(expected=HIDDEN if order.source.ours else frozenset())
    source: Source = yield from beside(lambda: surveyed(order.source, facts), wish.reading)
    total = source.survey.rows if source.survey is not None else 0
    drop.corrected += 1
    report = drop.path.parent / f"{Path(drop.name).stem[:60]}-{drop.corrected}.xlsx"
    annotated = order.annotations(report)
    found = Tried(Account(), dry=wish.dry)
    for taken in take_in(desk, source, submit=wish.submit, dry_run=wish.dry):
        annotate(annotated, taken.portion.judged)
        _hear(found, taken.portion.problems, taken)
        yield Progress(found.account.rows, total, wish.taking)
    annotated.save((order.yaml, order.stated), found.account.import_id)
    drop.report, drop.tried = report, found
    if not wish.dry:
        drop.path, drop.yaml, drop.profile = report, "", ""
    return found


def _hear(found: Tried, problems: Sequence[Problem], taken: Any) -> None:  # noqa: ANN401 - a TakenIn
    if found.dry:  # rows are called as in the officer's own file; after an import as in the workbook that it left
        own = {row.number: row.origin or row.number for one in taken.portion.judged for row in one.outcome.source}
        problems = [one._replace(row=own.get(one.row, one.row)) for one in problems]
    room = max(0, KEPT_PROBLEMS - len(found.problems))
    found.account = taken.portion.account
    found.problems += problems[:room]
    found.more += max(0, len(problems) - room)
    found.fates.add(taken.portion.judged)
    found.words = taken.portion.words
    found.submitted += sum(one.sent for one in taken.submitted)
    found.handed_in += sum(one.waiting for one in taken.submitted)
    found.refused += [one for one in taken.submitted if one.error is not None][:50]
    for one in taken.portion.judged:
        found.warnings += one.outcome.warnings[: max(0, KEPT_PROBLEMS - len(found.warnings))]
        found.changes += one.differs[: max(0, KEPT_PROBLEMS - len(found.changes))]


def corrected(drop: Drop, lists: CodeLists, edits: Mapping[tuple[int, str], str], saying: str) -> Generator[Progress, None, None]:
    """The file's rows with these cells changed, as the workbook that is read from now on."""
    yield from beside(lambda: _correct(drop, lists, edits), saying)


def _correct(drop: Drop, lists: CodeLists, edits: Mapping[tuple[int, str], str]) -> None:
    order = order_of(drop, lists)
    drop.corrected += 1
    made = drop.path.parent / f"{Path(drop.name).stem[:60]}-{drop.corrected}.xlsx"
    rows = table_rows(drop.path, order.source.profile.layout)
    header = next(rows).cells
    book = Annotations(made, header, drop.path.name)
    places = {name: place for place, name in enumerate(header)}
    by_row: dict[int, dict[int, str]] = {}
    for (number, column), value in edits.items():
        if column in places:
            by_row.setdefault(number, {})[places[column]] = value
    for row in rows:
        number = row.origin or row.number
        changes = by_row.get(number, {})
        cells = tuple(changes.get(place, cell) for place, cell in enumerate(row.cells))
        book.add(Rejected(number, (), (), (row._replace(number=number, cells=cells),)), "")
    book.save((order.yaml, order.stated), order.source.corrects)
    drop.path, drop.profile, drop.yaml, drop.tried = made, "", "", None


def proposed_again(drop: Drop, lists: CodeLists, home: Home) -> str:
    """The proposal for the file, anew. Raises AggregateError, UnstatedError."""
    if drop.seen is None:
        raise NotYet
    return _plain(profile_yaml(propose(drop.seen, lists, home.places, home.country), home.country))
