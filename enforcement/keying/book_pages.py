"""Keying many sheets at an office: a workbook to key them into, then the filled one: every row judged, the good ones kept as drafts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.begun_files import DAYS
from enforcement.intake.byhand.form_pages import options
from enforcement.intake.kept_files import Keeping
from enforcement.intake.rows_shown import rows_shown
from enforcement.intake.shelf import AsleepDrop, Shelf, UnknownDrop, clean_name
from enforcement.intake.shipped import shipped_profiles
from enforcement.intake.template_words import LANGUAGES
from enforcement.intake.templates import ALL, Wanted, write_template
from enforcement.keying.books import Book, known_of, profile_beside, tried
from enforcement.keying.drafting import served
from enforcement.keying.form_pages import LIST, PACKAGE, members
from enforcement.keying.writing import KEY
from liaison.console.jobs import Ended
from liaison.console.pages import BadForm, Moved, Page, Sent, Shown
from liaison.console.words import NAMES
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from enforcement.intake.begun_files import BegunFile
    from liaison.console.jobs import Progress
    from liaison.console.pages import Reply, Visit

BOOKS: Final = f"{LIST}/books"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_PROFILE: Final = 200_000


class BookPages:
    """The pages around the workbooks that are being keyed at one console."""

    def __init__(self) -> None:
        """No file yet."""
        self.books: Shelf[Book] = Shelf()
        self._began = True

    def _book(self, visit: Visit) -> Book:
        """A person's file. Raises UnknownDrop, AsleepDrop."""
        try:
            return self.books.get(visit.desk.person.user_id, visit.path["book"])
        except UnknownDrop:
            if any(one.file_id == visit.path["book"] for one in self._begun(visit)):
                raise AsleepDrop from None
            raise

    def _begun(self, visit: Visit) -> list[BegunFile]:
        """A person's files from before that were not gone on with."""
        return _keeping(visit).begun(self.books.held(visit.desk.person.user_id))

    def show(self, visit: Visit) -> Reply:
        """A workbook to key into, where the filled one goes, and the files from before."""
        _keeping(visit).clear(left_over=self._began)
        self._began = False
        lists: CodeLists = visit.desk.parts.field[CodeLists]
        with visit.desk.looking(KEY) as tx:
            served_here = members(visit, tx)
        told = {
            "members": served_here,
            "choice_of": {name: options(visit, lists, name) for name in ("sections", "levels")},
            "tongues": [(one, NAMES[one]) for one in LANGUAGES],
            "profiles": shipped_profiles(),
            "mine": self.books.of(visit.desk.person.user_id),
            "kept": self._begun(visit),
            "days": DAYS,
            "jobs": [one for one in visit.jobs.of(visit.desk.person.user_id) if one.state == "running"],
            "edition": lists.edition,
        }
        return Shown(f"{PACKAGE}/books.html", told)

    def template(self, visit: Visit) -> Reply:
        """A workbook for the sheets of one contact point; it brings its own profile."""
        lists: CodeLists = visit.desk.parts.field[CodeLists]
        with visit.desk.looking(KEY) as tx:
            country = served(tx, visit.asked("for")[:40]).country
        asked = visit.asked("language")
        language = asked if asked in LANGUAGES else visit.words.language
        wanted = Wanted(country, visit.asked("section") or ALL, visit.asked("level", "SIMPLIFIED").upper(), language)
        with tempfile.TemporaryDirectory(prefix="liaison-") as folder:
            path = Path(folder) / "template.xlsx"
            write_template(path, wanted, lists)
            return Sent(path.read_bytes(), XLSX, f"paper-{country}-{wanted.section}-{wanted.level.lower()}-{language}.xlsx")

    def take(self, visit: Visit) -> Reply:
        """Keep an uploaded file, and say what would become of every row."""
        upload = visit.files.get("file")
        if upload is None or not upload.size:
            return Moved(BOOKS, visit.words("Choose a file first."), "warning")
        name, text = _profile(visit)
        drop_id, path = self.books.written(upload.name, upload.file, visit.desk.parts.random)
        profile = profile_beside(path, text) if text else name
        book = self.books.put(Book(drop_id, visit.desk.person.user_id, path.name, path, profile))
        return self._run(visit, book, dry_run=True)

    def go_on(self, visit: Visit) -> Reply:
        """A file from before, laid out again, and every row judged as the lists and the cases are now."""
        keeping, owner = _keeping(visit), visit.desk.person.user_id
        one = keeping.one(visit.path["book"], self.books.held(owner))
        path = self.books.folder(one.file_id) / clean_name(one.state["file"])
        book = self.books.put(Book(one.file_id, owner, one.state["name"], path, one.state["profile"]))
        try:
            book.kept = keeping.lay_out(one, path)
        except UnknownDrop:
            self.books.drop(owner, one.file_id)
            raise
        if one.state["text"]:
            book.profile = profile_beside(path, one.state["text"].encode("utf-8", "surrogateescape"))
        return self._run(visit, book, dry_run=True)

    def keep(self, visit: Visit) -> Reply:
        """Keep the good rows as drafts; the others wait in the workbook."""
        return self._run(visit, self._book(visit), dry_run=False)

    def check(self, visit: Visit) -> Reply:
        """Judge every row once more, as the lists and the cases are now."""
        return self._run(visit, self._book(visit), dry_run=True)

    def _run(self, visit: Visit, book: Book, *, dry_run: bool) -> Reply:
        words, to, keeping = visit.words, f"{BOOKS}/{book.drop_id}", _keeping(visit)
        saying = (words("The file is read."), words("Row by row."))

        def steps() -> Generator[Progress, None, Ended]:
            if not book.ended:
                kept = words("The file is kept, encrypted.")
                book.kept = yield from keeping.keep(book.drop_id, book.path, known_of(book), book.kept, kept)
            found = yield from tried(visit.desk, book, saying, dry_run=dry_run)
            if dry_run:
                return Ended(to)
            fates = found.account.fates
            if book.ended:
                keeping.forget(book.drop_id)
                book.kept = None
            note = words.many("{n} row is keyed.", "{n} rows are keyed.", fates["new"] + fates["changed"])
            left = words.many("{n} row waits for correction.", "{n} rows wait for correction.", fates["rejected"])
            return Ended(to, f"{note} {left}" if fates["rejected"] else note)

        title = words("Checking {file}", file=book.name) if dry_run else words("Keying {file}", file=book.name)
        job = visit.jobs.start(visit.desk.person.user_id, title, BOOKS, steps())
        return Moved(f"/jobs/{job.job_id}")

    def show_book(self, visit: Visit) -> Reply:
        """Every row's fate, and what is wrong with those that are rejected."""
        book, page = self._book(visit), visit.page()
        found = book.tried
        if found is None:
            return Moved(BOOKS, visit.words("This file was not read to its end: check it again, or drop another."), "warning")
        return Shown(f"{PACKAGE}/book.html", {"book": book, **rows_shown(visit.words, found, page)})

    def report(self, visit: Visit) -> Reply:
        """The rows with their problems, as a workbook to correct and drop again."""
        book = self._book(visit)
        if book.report is None:
            return Moved(BOOKS, visit.words("Check the file first."), "warning")
        with visit.desk.acting(KEY, book.name, what="rows taken out"):
            """An export is written down."""
        return Sent(book.report.read_bytes(), XLSX, book.report.name)

    def forget(self, visit: Visit) -> Reply:
        """Take a file away; the drafts that were keyed from it stay."""
        owner, drop_id = visit.desk.person.user_id, visit.path["book"]
        if not any(one.file_id == drop_id for one in self._begun(visit)):
            self.books.drop(owner, drop_id)
        _keeping(visit).forget(drop_id)
        return Moved(BOOKS, visit.words("The file is gone from here; what was keyed from it stays."))


def _keeping(visit: Visit) -> Keeping:
    return Keeping(visit.desk, visit.cache, KEY)


def _profile(visit: Visit) -> tuple[str, bytes]:
    """By which profile the file is read: a shipped one by its name (empty: its own), or the text that came with it. Raises BadForm."""
    text = visit.files.get("text")
    if text is not None and text.size:
        data = text.file.read(MOST_PROFILE + 1)
        if len(data) > MOST_PROFILE:
            raise BadForm(phrase("A mapping profile has at most {n} bytes.", n=MOST_PROFILE))
        return "", data
    name = visit.said("profile")
    if name and name not in shipped_profiles():
        raise BadForm(phrase("There is no profile of that name."))
    return name, b""


def book_pages() -> Sequence[Page]:
    """For `Console.pages` at offices."""
    pages = BookPages()
    return (
        Page("GET", BOOKS, KEY, pages.show),
        Page("POST", BOOKS, KEY, pages.take, takes_files=True),
        Page("GET", f"{BOOKS}/template", KEY, pages.template),
        Page("GET", f"{BOOKS}/{{book}}", KEY, pages.show_book),
        Page("POST", f"{BOOKS}/{{book}}/continue", KEY, pages.go_on),
        Page("POST", f"{BOOKS}/{{book}}/check", KEY, pages.check),
        Page("POST", f"{BOOKS}/{{book}}/key", KEY, pages.keep),
        Page("GET", f"{BOOKS}/{{book}}/report", KEY, pages.report),
        Page("POST", f"{BOOKS}/{{book}}/forget", KEY, pages.forget),
    )
