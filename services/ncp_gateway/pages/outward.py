"""Enter once: files for other systems from validated cases; each made, fetched, delivered by hand, and marked as it stands there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake.outward_files import ACTION, Order, making_file
from enforcement.intake.outward_store import ACCEPTED, BACK, LOOK, MADE, SENT, UNDONE, list_files, mark_records, move_file
from enforcement.intake.profile import parse_profile
from enforcement.intake.shipped import load_profile, shipped_profiles
from enforcement.seizures.queries import CaseFilter, count_versions
from enforcement.seizures.states import VALIDATED
from liaison.access.users import list_users
from liaison.console.jobs import Ended, Progress
from liaison.console.pages import BadForm, Moved, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from enforcement.intake.outward_files import Made
    from enforcement.intake.profile import Profile
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words

OFFICE: Final = "services.ncp_gateway"
OWN_TEXT: Final = "text"
MOST_YAML: Final = 200_000
SHOWN_HELD: Final = 5
MOST_NAMED: Final = 500
FORMATS: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
STATE_WORDS: Final[Mapping[str, str]] = {MADE: n_("made"), SENT: n_("delivered"), ACCEPTED: n_("taken there"), UNDONE: n_("undone")}
STATE_TONES: Final[Mapping[str, str]] = {MADE: "warn", ACCEPTED: "good"}
MOVES: Final[Mapping[str, str]] = {
    SENT: n_("Mark as delivered"),
    ACCEPTED: n_("Mark as taken there"),
    UNDONE: n_("Make due again"),
    BACK: n_("Take the last mark back"),
}


def outward_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", "/outward", LOOK, show_files, Place("work", n_("Files for other systems"), 45)),
        Page("POST", "/outward", ACTION, make),
        Page("GET", "/outward/{number}", LOOK, show_file),
        Page("POST", "/outward/{number}", ACTION, move),
    )


def show_files(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """The files that were made, and the form for another."""
    with visit.desk.looking(LOOK) as tx:
        files, cases = list_files(tx), count_versions(tx, CaseFilter(VALIDATED, tx.me.country))
        names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, visit.desk.access)}
    targets = sorted({one["target"] for one in files})
    usual = files[0] if files else {"target": "", "profile": "", "file_name": ".csv"}
    given = {
        "target": visit.said("target", usual["target"]),
        "profile": visit.said("profile", usual["profile"]),
        "format": visit.said("format", usual["file_name"].rpartition(".")[2]),
        "yaml": visit.form.get("yaml", ("",))[-1][:MOST_YAML],
    }
    data: dict[str, Any] = {
        "files": files,
        "cases": cases,
        "targets": targets,
        "profiles": shipped_profiles(),
        "own": OWN_TEXT,
        "formats": tuple(FORMATS),
        "given": given,
        "names": names,
        "states": STATE_WORDS,
        "tones": STATE_TONES,
        "problem": problem,
    }
    return Shown(f"{OFFICE}/outward.html", data, 422 if problem is not None else 200)


def make(visit: Visit) -> Reply:
    """Say what would go into a file, or make it: long work, whose file is fetched from its page."""
    try:
        profile = _profile(visit)
        target, form = visit.said("target")[:60], visit.said("format")
        if form not in FORMATS:
            raise BadForm(visit.words("Choose a kind of file."))
    except LiaisonError as error:
        return show_files(visit, error)
    dry = visit.said("do") != "make"
    day = visit.desk.parts.clock.now()
    name = f"{target}-{day:%Y%m%d-%H%M%S}.{form}"
    steps = _steps(visit, Order(target, profile, Path(name), dry), form)
    title = visit.words("What would go to {target}", target=target) if dry else visit.words("A file for {target}", target=target)
    job = visit.jobs.start(visit.desk.person.user_id, title, "/outward", steps)
    return Moved(f"/jobs/{job.job_id}")


def _profile(visit: Visit) -> Profile:
    """The mapping profile that was chosen, or given as a text. Raises as the profiles do."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    name = visit.said("profile")
    if name == OWN_TEXT:
        return parse_profile(visit.form.get("yaml", ("",))[-1][:MOST_YAML].encode(), lists)
    if name not in shipped_profiles():
        raise BadForm(visit.words("Choose a profile, or give its text."))
    return load_profile(name, lists)


def _steps(visit: Visit, order: Order, form: str) -> Generator[Progress, None, Ended]:
    words = visit.words
    with tempfile.TemporaryDirectory(prefix="liaison-outward-") as folder:
        path = Path(folder) / order.path.name
        work, done = making_file(visit.desk, Order(order.target, order.profile, path, order.dry_run)), 0
        while True:
            try:
                done += next(work)
            except StopIteration as ended:
                made: Made = ended.value
                break
            yield Progress(done)
        note = _note(words, made, dry=order.dry_run)
        if order.dry_run:
            return Ended("/outward", note)
        sent = Sent(path.read_bytes(), FORMATS[form], path.name)
        return Ended(f"/outward/{made.number}", note, sent, ACTION, f"outward file {made.number}")


def _note(words: Words, made: Made, *, dry: bool) -> str:
    """What went in and what did not, in some sentences."""
    would = words.many("{n} case would go in.", "{n} cases would go in.", made.cases)
    told = [would if dry else words.many("{n} case is in the file.", "{n} cases are in the file.", made.cases)]
    if made.held_count:
        told.append(words.many("{n} is held back:", "{n} are held back:", made.held_count))
        told += [f"{held.reference}: {words.told(held.text)}" for held in made.held[:SHOWN_HELD]]
    if made.left_out:
        fields = ", ".join(f"{name} ({count})" for name, count in sorted(made.left_out.items()))
        told.append(words("Without a column of their own: {fields}.", fields=fields))
    if made.withdrawn:
        told.append(words("Withdrawn since, tell it by hand: {references}.", references=", ".join(made.withdrawn[:SHOWN_HELD])))
    return " ".join(told)


def show_file(visit: Visit, problem: LiaisonError | None = None) -> Reply:
    """The cases of a file, and how each stands. Raises UnknownOutward."""
    number = _number(visit)
    with visit.desk.looking(LOOK) as tx:
        rows = mark_records(tx, number)
        [file] = [one for one in list_files(tx, limit=100_000) if one["number"] == number]
    data = {"file": file, "rows": rows, "states": STATE_WORDS, "tones": STATE_TONES, "moves": MOVES, "problem": problem}
    return Shown(f"{OFFICE}/outward_file.html", data, 422 if problem is not None else 200)


def move(visit: Visit) -> Reply:
    """Mark a file, or those of its cases that are named."""
    number, state = _number(visit), visit.said("do")
    if state not in MOVES:
        raise BadForm(visit.words("Choose what to mark."))
    references = tuple(one[:64] for one in visit.form.get("reference", ()) if one)[:MOST_NAMED]
    try:
        with visit.desk.acting(ACTION, f"file {number}", change=state, named=len(references)) as tx:
            told = move_file(tx, number, state, references)
    except LiaisonError as error:
        return show_file(visit, error)
    moved = visit.words.many("{n} case is marked.", "{n} cases are marked.", told["moved"])
    return Moved(f"/outward/{number}", moved)


def _number(visit: Visit) -> int:
    text = visit.path["number"]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004 - digits
