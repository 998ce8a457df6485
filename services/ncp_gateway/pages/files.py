"""Drop a file: what it is, how it is read, what would become of every row; corrected in place or in a workbook, imported, undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.begun_files import DAYS, nothing_sealed
from enforcement.intake.files import ENCODINGS
from enforcement.intake.likeness import SURE
from enforcement.intake.profile import DATE_FORMATS
from enforcement.intake.receipts import label_of
from enforcement.intake.rows_shown import FATE_WORDS, SHOWN, rows_shown, said_again
from enforcement.intake.shelf import AsleepDrop, UnknownDrop
from enforcement.intake.shipped import profile_text, shipped_profiles
from enforcement.intake.store import list_imports, list_problems, require_import
from enforcement.intake.targets import TARGETS
from enforcement.intake.traits import Stated
from liaison.access.permissions import permitted
from liaison.access.users import list_users
from liaison.console.jobs import Ended, Progress
from liaison.console.pages import Again, BadForm, Moved, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError, phrase
from services.ncp_gateway.dropping import (
    MOST_EDITS,
    PROPOSED,
    Drops,
    NotYet,
    Wish,
    corrected,
    home_of,
    looked,
    mapped,
    order_of,
    preview,
    proposed_again,
    tried,
    used_columns,
)
from services.ncp_gateway.historical import undo_import
from services.ncp_gateway.keeping import begun, cleared, forgotten, kept, looked_again, noted, woken
from services.ncp_gateway.pages.mine import refusal_of
from services.ncp_gateway.submitting import way_out
from services.ncp_gateway.typed_cells import forget_cells, typed_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from liaison.console.pages import Reply, Visit
    from services.ncp_gateway.dropping import Drop

OFFICE: Final = "services.ncp_gateway"
IMPORT: Final = "seizures.import"
LOOK: Final = "seizures.list"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_YAML: Final = 200_000
DELIMITERS: Final = ((";", n_("semicolon")), (",", n_("comma")), ("\t", n_("tab")), ("|", n_("bar")))
HOW: Final[Mapping[str, str]] = {  # how a word became a code -> the same for a person
    "profile": n_("the profile says so"),
    "code": n_("it is the code"),
    "label": n_("it is what the code is called"),
    "alias": n_("it is a word for the code"),
    "closed": n_("it is a closed code, and this replaces it"),
    "place": n_("it is the code of a place"),
    "place name": n_("it is the name of one place"),
}
TRAITS: Final[Mapping[str, tuple[str, str]]] = {  # what is found out -> the field that says otherwise, and what it is called
    "kind of file": ("", n_("Kind of file")),
    "sheet": ("sheet", n_("Sheet")),
    "encoding": ("encoding", n_("Encoding")),
    "delimiter": ("delimiter", n_("Delimiter")),
    "header row": ("header_row", n_("Header row")),
    "header rows": ("header_rows", n_("Rows of the header")),
    "decimal mark": ("decimal_mark", n_("Decimal mark")),
    "thousands mark": ("thousands_mark", n_("Thousands mark")),
    "dates": ("dates", n_("Dates")),
}


class FilePages:
    """The pages around the dropped files of one console."""

    def __init__(self) -> None:
        """No file yet."""
        self.drops = Drops()
        self._began = True

    def _drop(self, visit: Visit) -> Drop:
        """A person's file. Raises UnknownDrop, AsleepDrop."""
        try:
            return self.drops.get(visit.desk.person.user_id, visit.path["drop"])
        except UnknownDrop:
            if any(one.file_id == visit.path["drop"] for one in begun(visit.desk, visit.cache, self.drops)):
                raise AsleepDrop from None
            raise

    def show(self, visit: Visit) -> Reply:
        """The files that are here, those kept from before, and the imports."""
        cleared(visit.desk, visit.cache, left_over=self._began)
        self._began = False
        with visit.desk.looking(IMPORT) as tx:
            imports = list_imports(tx, limit=20)
        mine = self.drops.of(visit.desk.person.user_id)
        jobs = [one for one in visit.jobs.of(visit.desk.person.user_id) if one.state == "running"]
        told = {
            "mine": mine,
            "kept": begun(visit.desk, visit.cache, self.drops),
            "imports": imports,
            "fates": FATE_WORDS,
            "jobs": jobs,
            "days": DAYS,
        }
        return Shown(f"{OFFICE}/files.html", told)

    def take(self, visit: Visit) -> Reply:
        """Keep an uploaded file, and look at it."""
        upload = visit.files.get("file")
        if upload is None or not upload.size:
            return Moved("/files", visit.words("Choose a file first."), "warning")
        made = self.drops.take(visit.desk.person.user_id, upload.name, upload.file, visit.desk.parts.random)
        return self._look(visit, made)

    def go_on(self, visit: Visit) -> Reply:
        """A file from before, laid out again and read as was chosen."""
        drop = woken(visit.desk, visit.cache, self.drops, visit.path["drop"])
        to, lists = f"/files/{drop.drop_id}", visit.desk.parts.field[CodeLists]
        steps = _ending(looked_again(drop, lists, visit.words("The file is read.")), lambda: Ended(to))
        return _started(visit, visit.words("Looking at {file}", file=drop.name), to, steps)

    def _look(self, visit: Visit, drop: Drop) -> Reply:
        lists: CodeLists = visit.desk.parts.field[CodeLists]
        to = f"/files/{drop.drop_id}"

        def steps() -> Generator[Progress, None, Ended]:
            yield from kept(visit.desk, visit.cache, drop, visit.words("The file is kept, encrypted."))
            yield from looked(drop, lists, home_of(visit.desk), visit.words("The file is read."))
            noted(visit.desk, visit.cache, drop)
            return Ended(to)

        return _started(visit, visit.words("Looking at {file}", file=drop.name), to, steps())

    def show_file(self, visit: Visit) -> Reply:
        """What was found out about a file, and how its columns are read."""
        return self._file(visit, self._drop(visit))

    def _file(self, visit: Visit, drop: Drop, error: LiaisonError | None = None, yaml: str = "") -> Shown:
        import yaml as reader  # noqa: PLC0415 - the text is called so, too

        lists: CodeLists = visit.desk.parts.field[CodeLists]
        language = visit.words.language
        try:
            used = used_columns(reader.safe_load(drop.yaml) or {}) if drop.yaml else {}
        except reader.YAMLError:
            used = {}
        targets = [*TARGETS, *(f"route.{role}" for role in lists.lists["route-roles"])]
        targets += [f"line.attribute.{code}" for code in lists.lists["attributes"]] + [f"text.{code}" for code in lists.lists["text-kinds"]]
        told = {
            "drop": drop,
            "found": drop.seen,
            "traits": TRAITS,
            "ways": {
                "encoding": [(one, one) for one in ENCODINGS],
                "delimiter": [(sign, visit.words(word)) for sign, word in DELIMITERS],
                "decimal_mark": [(".", "."), (",", ",")],
                "thousands_mark": [(".", "."), (",", ","), (" ", visit.words("blank")), ("'", "'")],
                "dates": [(one, one) for one in DATE_FORMATS],
            },
            "profiles": shipped_profiles(),
            "proposed": PROPOSED,
            "used": used,
            "targets": sorted(((one, label_of(one, lists, language)) for one in targets), key=lambda pair: pair[1].casefold()),
            "called": {one: label_of(one, lists, language) for one in used.values()},
            "yaml": yaml or drop.yaml,
            "error": error,
            "sure": SURE,
        }
        return Shown(f"{OFFICE}/file.html", told, 422 if error is not None else 200)

    def state(self, visit: Visit) -> Reply:
        """Say otherwise than what was found, and look again."""
        drop = self._drop(visit)
        first, count = (visit.said(name) or "0" for name in ("header_row", "header_rows"))
        if not all(one.isascii() and one.isdigit() and len(one) < 6 for one in (first, count)):  # noqa: PLR2004 - digits
            raise BadForm(phrase("The header row is a number, as a spreadsheet counts."))
        names = ("sheet", "encoding", "delimiter", "decimal_mark", "thousands_mark", "dates")
        sheet, encoding, delimiter, decimal, thousands, dates = (visit.form.get(name, ("",))[-1][:40] for name in names)
        drop.stated = Stated(sheet, encoding, delimiter, int(first), int(count), decimal, thousands, dates)
        return self._look(visit, drop)

    def map(self, visit: Visit) -> Reply:
        """Another profile, other columns, or the profile as a text."""
        drop, what = self._drop(visit), visit.said("do")
        lists: CodeLists = visit.desk.parts.field[CodeLists]
        before = (drop.yaml, drop.profile)
        try:
            if what == "profile":
                name = visit.said("profile")
                drop.yaml = proposed_again(drop, lists, home_of(visit.desk)) if name == PROPOSED else profile_text(name)
                drop.profile = name
            elif what == "text":
                drop.yaml = visit.said("yaml")[:MOST_YAML].replace("\r\n", "\n")
            else:
                chosen = {name.removeprefix("column "): values[-1] for name, values in visit.form.items() if name.startswith("column ")}
                drop.yaml = mapped(drop, chosen)
            order_of(drop, lists).source.profile.bind(drop.header)
        except LiaisonError as error:
            tried_text = drop.yaml
            drop.yaml, drop.profile = before
            return self._file(visit, drop, error, tried_text if what != "profile" else "")
        drop.tried = None
        preview(drop, lists)
        noted(visit.desk, visit.cache, drop)
        return Moved(f"/files/{drop.drop_id}", visit.words("The columns are read like this now."))

    def check(self, visit: Visit) -> Reply:
        """What would become of every row: nothing is kept."""
        return self._run(visit, self._drop(visit), {}, dry=True)

    def fix(self, visit: Visit) -> Reply:
        """Cells corrected in the browser, then every row judged again."""
        drop = self._drop(visit)  # first: whatever else is wrong with a form, another person's file is as one that is not there
        edits: dict[tuple[int, str], str] = {}
        for name, values in visit.form.items():
            number, _, column = name.removeprefix("cell ").partition(" ")
            was = visit.form.get(f"was {number} {column}", ("",))[-1]
            if name.startswith("cell ") and number.isascii() and number.isdigit() and len(number) < 9 and values[-1] != was:  # noqa: PLR2004
                edits[int(number), column] = values[-1].strip()
        number, code, column = (*visit.said("take").split(" ", 2), "", "")[:3]
        if column and number.isascii() and number.isdigit() and len(number) < 9:  # noqa: PLR2004 - digits
            edits[int(number), column] = code
        if not edits:
            return Moved(f"/files/{drop.drop_id}/rows", visit.words("Nothing was changed."), "warning")
        if len(edits) > MOST_EDITS:
            raise BadForm(phrase("More than {MOST_EDITS} cells at once.", MOST_EDITS=MOST_EDITS))
        return self._run(visit, drop, edits, dry=True)

    def keep(self, visit: Visit) -> Reply:
        """Take the good rows in; the others wait."""
        submit = bool(visit.said("submit"))
        if submit:
            visit.desk.require(way_out(visit.desk))
        return self._run(visit, self._drop(visit), {}, dry=False, submit=submit)

    def _run(self, visit: Visit, drop: Drop, edits: Mapping[tuple[int, str], str], *, dry: bool, submit: bool = False) -> Reply:
        lists: CodeLists = visit.desk.parts.field[CodeLists]
        words, to = visit.words, f"/files/{drop.drop_id}"
        wish = Wish(dry, submit, words("The file is read."), words("Row by row."))

        def steps() -> Generator[Progress, None, Ended]:
            if edits:
                yield from corrected(drop, lists, edits, words("Your corrections are written."))
                yield from kept(visit.desk, visit.cache, drop, words("The file is kept, encrypted."))
            found = yield from tried(visit.desk, drop, lists, wish)
            if dry:
                return Ended(f"{to}/rows")
            came, left = found.account.fates["new"] + found.account.fates["changed"], found.account.fates["rejected"]
            if left:
                yield from kept(visit.desk, visit.cache, drop, words("The file is kept, encrypted."))
            else:
                forgotten(visit.desk, visit.cache, drop.drop_id)
                drop.kept_name, drop.kept_path = "", None
            note = words.many("{n} row came in.", "{n} rows came in.", came)
            if left:
                note += " " + words.many("{n} row waits for correction.", "{n} rows wait for correction.", left)
            if submit and (found.submitted or not found.handed_in):
                note = f"{note} " + words("{n} submitted, {m} kept back.", n=found.submitted, m=len(found.refused))
            if found.handed_in:
                waiting = words.many(
                    "{n} handed in: the national office approves it.",
                    "{n} handed in: the national office approves them.",
                    found.handed_in,
                )
                note = f"{note} {waiting}"
            return Ended(f"{to}/rows", note)

        title = words("Checking {file}", file=drop.name) if dry else words("Importing {file}", file=drop.name)
        return _started(visit, title, to, steps())

    def rows(self, visit: Visit) -> Reply:
        """Every row's fate, and its problems with the cell to correct."""
        drop, page = self._drop(visit), visit.page()
        found = drop.tried
        if found is None:
            return Moved(f"/files/{drop.drop_id}", visit.words("Check the file first."), "warning")
        told = {
            "drop": drop,
            **rows_shown(visit.words, found, page),
            "how": HOW,
            "refusals": [refusal_of(visit.words, one) for one in found.refused],
            "drafts": "/mine?state=draft" if permitted(visit.desk.person, LOOK) else "/waiting?standing=begun",
            "columns": drop.header or (drop.seen.header if drop.seen is not None else ()),
        }
        on_page = {f"cell {one.row} {one.column}" for one in told["problems"]}
        return Shown(f"{OFFICE}/file_rows.html", {**told, **typed_cells(visit.desk, drop.drop_id, visit.form, on_page)})

    def report(self, visit: Visit) -> Reply:
        """The officer's own rows with their problems, as a workbook to correct."""
        drop = self._drop(visit)
        if drop.report is None:
            raise NotYet
        with visit.desk.acting(IMPORT, drop.name, what="rows taken out"):
            """An export is written down."""
        return Sent(drop.report.read_bytes(), XLSX, drop.report.name)

    def forget(self, visit: Visit) -> Reply:
        """Take a file away; what was imported of it stays."""
        owner, drop_id = visit.desk.person.user_id, visit.path["drop"]
        if not any(one.file_id == drop_id for one in begun(visit.desk, visit.cache, self.drops)):
            self.drops.drop(owner, drop_id)
        forgotten(visit.desk, visit.cache, drop_id)
        forget_cells(visit.desk, drop_id)
        return Moved("/files", visit.words("The file is gone from here; what was imported of it stays."))


def file_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    pages = FilePages()
    return (
        Page("GET", "/files", IMPORT, pages.show, Place("work", n_("Drop a file"), 15)),
        Page("POST", "/files", IMPORT, pages.take, takes_files=True),
        Page("GET", "/files/imports/{number}", LOOK, show_import),
        Page("POST", "/files/imports/{number}/undo", IMPORT, undo),
        Page("GET", "/files/{drop}", IMPORT, pages.show_file),
        Page("POST", "/files/{drop}/continue", IMPORT, pages.go_on),
        Page("POST", "/files/{drop}/state", IMPORT, pages.state),
        Page("POST", "/files/{drop}/map", IMPORT, pages.map),
        Page("POST", "/files/{drop}/check", IMPORT, pages.check),
        Page("GET", "/files/{drop}/rows", IMPORT, pages.rows),
        Page("POST", "/files/{drop}/fix", IMPORT, pages.fix, again=Again(pages.rows, nothing_sealed)),
        Page("GET", "/files/{drop}/report", IMPORT, pages.report),
        Page("POST", "/files/{drop}/import", IMPORT, pages.keep),
        Page("POST", "/files/{drop}/forget", IMPORT, pages.forget),
    )


def show_import(visit: Visit) -> Reply:
    """One import: what became of its rows, and which wait."""
    number = _number(visit)
    with visit.desk.looking(LOOK) as tx:
        one = require_import(tx, number)
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
        problems = list_problems(tx, number, warnings=bool(visit.asked("warnings")), limit=SHOWN)
    told = {
        "one": {**one, "by": names.get(one["by"], one["by"])},
        "problems": problems,
        "fates": FATE_WORDS,
        "warnings": bool(visit.asked("warnings")),
    }
    return Shown(f"{OFFICE}/import.html", {**told, **said_again(visit.words), "how": HOW})


def undo(visit: Visit) -> Reply:
    """Take an import back: what was submitted since stays."""
    number = _number(visit)

    def steps() -> Generator[Progress, None, Ended]:
        done: dict[str, int] = {}
        for told in undo_import(visit.desk, number):
            for what, count in told.items():
                done[what] = done.get(what, 0) + count
            yield Progress(sum(done.values()))
        note = visit.words(
            "Undone: {removed} removed, {restored} put back, {kept} kept because they were submitted.",
            removed=done.get("removed", 0),
            restored=done.get("restored", 0),
            kept=done.get("kept", 0),
        )
        return Ended(f"/files/imports/{number}", note)

    return _started(visit, visit.words("Undoing import {number}", number=number), f"/files/imports/{number}", steps())


def _number(visit: Visit) -> int:
    text = visit.path["number"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - digits


def _ending(steps: Generator[Progress, None, None], end: Callable[[], Ended]) -> Generator[Progress, None, Ended]:
    yield from steps
    return end()


def _started(visit: Visit, title: str, back: str, steps: Generator[Progress, None, Ended]) -> Moved:
    job = visit.jobs.start(visit.desk.person.user_id, title, back, steps)
    return Moved(f"/jobs/{job.job_id}")
