"""Making a file for another reporting system: what is due by the profile, each case screened as everything that leaves is."""

from __future__ import annotations

import csv
import json
import os
import re
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.errors import FileMissingError
from enforcement.intake.importing import file_digest
from enforcement.intake.outward import NotSayable, Outward, OutwardError
from enforcement.intake.outward_store import add_file, due_versions, gone_since
from enforcement.intake.sheet_cells import defused
from enforcement.seizures.national import guard_case
from enforcement.seizures.queries import payload_of
from enforcement.seizures.releases import is_restricted
from enforcement.seizures.screens import case_screen
from liaison.protocol.errors import LiaisonError, phrase, told_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from enforcement.intake.profile import Profile
    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk
    from liaison.node.work import UnitOfWork

ACTION: Final = "seizures.outward"
PORTION: Final = 500
MOST_HELD: Final = 1_000  # that are told one by one
_TARGET: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DEFAULT_DELIMITER: Final = ","


class NothingDue(LiaisonError):  # noqa: N818 - named for the state
    """Nothing is due for this system: every validated case is in a file already."""

    code = "outward.nothing-due"
    next_step = "See `liaison outward list`; `liaison outward undo NUMBER` makes the cases of a file due again."


@dataclass(frozen=True, slots=True)
class Held:
    """A case that did not go into the file, and why; never a value of it that names a person."""

    reference: str
    code: str
    text: str


@dataclass(slots=True)
class Made:
    """What went into a file, what did not, what of the cases has no place in it, and what the other system has that is withdrawn."""

    number: int = 0
    cases: int = 0
    rows: int = 0
    held_count: int = 0
    held: list[Held] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    withdrawn: list[str] = field(default_factory=list)

    def hold(self, reference: str, code: str, text: str) -> None:
        """Count a case that is held back; the first of them are told."""
        self.held_count += 1
        if len(self.held) < MOST_HELD:
            self.held.append(Held(reference, code, text))


@dataclass(frozen=True, slots=True)
class Order:
    """For which system, by which profile, into which file; `dry_run`: say what would go in, and write nothing."""

    target: str
    profile: Profile
    path: Path
    dry_run: bool = False


def make_file(desk: Desk, order: Order, advance: Callable[[int], None] = lambda _count: None) -> Made:
    """Write the cases that are due and mark them; a file is there whole or not at all, and its cases are marked with it.

    Raises OutwardError, NothingDue, FileMissingError, NotPermitted, DatabaseFailed.
    """
    work = making_file(desk, order)
    try:
        while True:
            advance(next(work))
    except StopIteration as ended:
        made: Made = ended.value
        return made


def making_file(desk: Desk, order: Order) -> Generator[int, None, Made]:
    """The same in portions: yields how many cases went in since; no transaction is open meanwhile."""
    desk.require(ACTION)
    outward = Outward(order.profile)
    write = _WRITERS.get(order.path.suffix.lower())
    if write is None:
        raise OutwardError(phrase("{file} ends in none of {writers}.", file=order.path.name, writers=", ".join(_WRITERS)))
    if not _TARGET.fullmatch(order.target):
        raise OutwardError(phrase("{target!r} is no name for a system: letters a-z, digits and hyphens, up to 40.", target=order.target))
    made = Made()
    if order.dry_run:
        for portion in _due(desk, order, outward, made):
            yield _count(made, portion)
        return made
    keys: list[tuple[CaseKey, int]] = []
    with _part(order.path) as part:
        with write(part, order.profile, outward.columns) as put:
            for portion in _due(desk, order, outward, made):
                for key, version, said in portion:
                    keys.append((key, version))
                    for row in said:
                        put(row)
                yield _count(made, portion)
        _keep(desk, order, made, (keys, part))
    return made


_Due = tuple["CaseKey", int, Sequence[tuple[str, ...]]]  # a case, its version, its rows


def _count(made: Made, portion: Sequence[_Due]) -> int:
    made.cases += len(portion)
    made.rows += sum(len(said) for _, _, said in portion)
    return len(portion)


@contextmanager
def _part(path: Path) -> Iterator[Path]:
    """A file beside the one that is made, while it is not whole; nothing of it stays. Raises FileMissingError."""
    try:
        handle, name = tempfile.mkstemp(".part", f".{path.name}.", path.parent)
    except OSError as error:
        raise FileMissingError(phrase("{file} cannot be written ({strerror}).", file=path.name, strerror=error.strerror)) from None
    os.close(handle)
    part = Path(name)
    try:
        yield part
    except OSError as error:
        raise FileMissingError(phrase("{file} cannot be written ({strerror}).", file=path.name, strerror=error.strerror)) from None
    finally:
        part.unlink(missing_ok=True)


def _due(desk: Desk, order: Order, outward: Outward, made: Made) -> Iterator[list[_Due]]:
    """What is due and can be said, portion by portion."""
    after = ""
    while True:
        with desk.looking(ACTION) as tx:
            made.withdrawn = made.withdrawn or gone_since(tx, order.target)
            rows = due_versions(tx, order.target, tx.me.country, after=after, limit=PORTION)
            told = [(row, _said(tx, row, outward, made)) for row in rows]
        yield [((row["administration"], row["reference"]), row["version"], said) for row, said in told if said is not None]
        if len(rows) < PORTION:
            return
        after = rows[-1]["reference"]


def _said(tx: UnitOfWork, row: Any, outward: Outward, made: Made) -> Sequence[tuple[str, ...]] | None:  # noqa: ANN401 - a row
    """The rows of one case, or None where it is held back. What is not for all is: a file has no audience."""
    if is_restricted(tx, (row["administration"], row["reference"]), row["version"]):
        made.hold(
            row["reference"],
            "releasability.restricted",
            phrase("It is not for all; a file for another system would tell it to whoever has it."),
        )
        return None
    case = payload_of(tx, row)
    reason = case_screen({"case": case}) or guard_case(tx, {"case": case})
    if reason:
        made.hold(row["reference"], "nominal.content", reason)
        return None
    try:
        said = outward.said(case)
    except NotSayable as error:
        made.hold(row["reference"], error.code, told_by(error))
        return None
    for name in said.left_out:
        made.left_out[name] = made.left_out.get(name, 0) + 1
    return said.rows


def _keep(desk: Desk, order: Order, made: Made, whole: tuple[list[tuple[CaseKey, int]], Path]) -> None:
    """The file under its name, and its marks: what fails leaves neither."""
    keys, part = whole
    if not keys:
        raise NothingDue(
            phrase(
                "Nothing that is due for {target} can go into a file. {held:,} are held back.", target=order.target, held=made.held_count
            )
            if made.held_count
            else ""
        )
    facts = {"target": order.target, "profile": order.profile.name, "cases": made.cases, "held_back": made.held_count}
    row = {"target": order.target, "profile": order.profile.name, "profile_version": order.profile.version}
    told = {"file_name": order.path.name, "sha256": file_digest(part), "cases": made.cases, "rows": made.rows}
    try:
        with desk.acting(ACTION, order.path.name, export=order.path.suffix, **facts) as tx:
            made.number = add_file(tx, row | told, keys)
            tx.flush()
            _ensure_free(order.path)
            part.replace(order.path)
    except BaseException:
        if not part.exists():  # it had its name already, and its marks are not kept
            order.path.unlink(missing_ok=True)
        raise


def _ensure_free(path: Path) -> None:
    if path.exists():
        raise FileMissingError(phrase("{file} is there already; give another name.", file=path.name))


Put = Callable[[Sequence[str]], None]


@contextmanager
def _csv(part: Path, profile: Profile, columns: Sequence[str]) -> Iterator[Put]:
    dialect = profile.dialect
    with part.open("w", encoding=dialect.encoding, newline="") as file:
        writer = csv.writer(file, delimiter=dialect.delimiter or _DEFAULT_DELIMITER, quotechar=dialect.quote, lineterminator="\r\n")
        try:
            writer.writerow([defused(name) for name in columns])
            yield lambda row: writer.writerow([defused(cell) for cell in row])
        except UnicodeEncodeError as error:
            sign = str(error.object)[error.start]
            raise OutwardError(
                phrase(
                    "{sign!r} cannot be written in {encoding}: use a profile in UTF-8, or write .xlsx.",
                    sign=sign,
                    encoding=dialect.encoding,
                )
            ) from None


@contextmanager
def _xlsx(part: Path, profile: Profile, columns: Sequence[str]) -> Iterator[Put]:
    from enforcement.intake.sheets_out import Book  # noqa: PLC0415 - openpyxl is slow to import, and a node starts without it

    book = Book()
    book.sheet(profile.sheet or "Cases", [18] * len(columns), text_columns=True)
    book.heading(columns)
    yield book.row
    book.save(part)


@contextmanager
def _json(part: Path, _profile: Profile, columns: Sequence[str]) -> Iterator[Put]:
    """An array with one object a line."""
    with part.open("w", encoding="utf-8", newline="") as file:
        before = iter(["[\n"])

        def put(row: Sequence[str]) -> None:
            file.write(next(before, ",\n") + json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False))

        yield put
        file.write(next(before, "") + "\n]\n")


_WRITERS: Final[dict[str, Callable[[Path, Profile, Sequence[str]], AbstractContextManager[Put]]]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".json": _json,
}
