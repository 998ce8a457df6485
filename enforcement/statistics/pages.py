"""The statistics builder: two dimensions, a measure, filters and a date; table, chart, files, and what was released to the outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from enforcement.codelists.model import CodeLists
from enforcement.seizures.filter_forms import FIELD_TITLES, chips, read_form
from enforcement.seizures.search_pages import catch_up
from enforcement.statistics.account_pages import MEASURE_TITLES, account_told
from enforcement.statistics.counting import Question, tabulate
from enforcement.statistics.errors import BadQuestion
from enforcement.statistics.export import audited, encoded
from enforcement.statistics.found_files import FORMATS
from enforcement.statistics.model import ALL, EXPORT, MEASURES, QUANTITY, READ, RELEASE, SEIZURES, TOTAL
from enforcement.statistics.picturing import DIMENSION_TITLES, TITLES, chart_of
from enforcement.statistics.releasing import release
from enforcement.statistics.store import list_releases
from liaison.console.pages import BadForm, Page, Place, Sent, Shown
from liaison.console.words import n_
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.filter_forms import FilterForm
    from enforcement.statistics.model import Number, Tabulated
    from liaison.console.pages import Reply, Visit
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork

PATH: Final = "/statistics"
KEPT: Final = ("rows", "columns", "measure", "unit", "as_of")
USUAL_UNIT: Final = "KGM"
MOST_COLUMNS: Final = 24  # on a page; nobody reads more side by side


def statistics_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", PATH, READ, show_table, Place("figures", n_("Statistics"), 10)),
        Page("GET", f"{PATH}/releases", READ, show_releases, Place("figures", n_("Released tables"), 20)),
        Page("POST", f"{PATH}/export", EXPORT, export_table),
        Page("POST", f"{PATH}/release", RELEASE, release_table),
    )


def show_table(visit: Visit) -> Reply:
    """The table that the address asks for, with its account and its chart."""
    behind = catch_up(visit.desk, READ)
    with visit.desk.looking(READ) as tx:
        form = read_form(visit, tx, KEPT)
        question, problem = _question(visit, form)
        found = None
        if question is not None:
            try:
                found = tabulate(tx, question)
            except BadQuestion as error:
                problem = visit.words.explained(error).sentence
        lists = tx.of(CodeLists)
    return Shown(
        "enforcement.statistics/statistics.html",
        {
            "form": form,
            "problem": problem,
            "behind": behind,
            "found": found,
            "about": account_told(found.account, visit.words) if found is not None else (),
            **_cells(found, visit.words),
            "with_columns": found is not None and found.column_dimension != ALL,
            "chart": chart_of(found, visit.words) if found is not None else None,
            "chips": chips(form, PATH, lists, visit.words),
            "clear": f"{PATH}?{urlencode([(name, value) for name, value in form.kept.items() if value])}",
            "asked": {name: visit.asked(name) for name in KEPT} | _usual(visit),
            "dimensions": [(name, visit.words(title)) for name, title in DIMENSION_TITLES.items()],
            "titles": TITLES,
            "measures": [(name, visit.words(MEASURE_TITLES[name])) for name in MEASURES],
            "units": [(code, lists.label("units", code, visit.words.language)) for code in sorted(lists.units)],
            "here": form.address(PATH),
            "query": urlencode(form.pairs()),
            "command": _command(form, visit),
            "fields": [(name, title, "") for name, title in FIELD_TITLES.items()],
        },
    )


def _cells(found: Tabulated | None, words: Words) -> dict[str, Any]:
    """The table as it is shown, in texts: `columns`; `body`: label, figures, total of each row; `foot`: totals of the columns and of all.

    Thousands of figures are put into words here; a template would take four times as long.
    """
    if found is None:
        return {"columns": (), "body": (), "foot": ((), "")}
    columns = found.widest(MOST_COLUMNS) if found.column_dimension != ALL else ()
    body = [(found.label(row), *_texts(found, row, columns, words)) for row in found.table.rows]
    return {"columns": columns, "body": body, "foot": _texts(found, TOTAL, columns, words)}


def _texts(found: Tabulated, row: str, columns: Sequence[str], words: Words) -> tuple[list[str], str]:
    """The figures of a row, and its total."""
    *told, total = [found.told(row, column) for column in (*columns, TOTAL)]
    return [_text(one, words) for one in told], _text(total, words)


def _text(told: Number | str, words: Words) -> str:
    return told if isinstance(told, str) else words.number(told) if told else "–"  # noqa: RUF001 - a dash


def _usual(visit: Visit) -> dict[str, str]:
    return {"rows": visit.asked("rows", "section") or "section", "measure": visit.asked("measure", SEIZURES) or SEIZURES}


def _question(visit: Visit, form: FilterForm) -> tuple[Question | None, str]:
    """What is asked; or None and why it cannot be counted."""
    told = _usual(visit)
    as_of: date | None = None
    if visit.asked("as_of"):
        try:
            as_of = date.fromisoformat(visit.asked("as_of"))
        except ValueError:
            return None, visit.words("Write the day as YYYY-MM-DD.")
    unit = (visit.asked("unit") or USUAL_UNIT) if told["measure"] == QUANTITY else ""
    columns = visit.asked("columns", ALL) or ALL
    return Question(told["rows"], columns, form.wanted, told["measure"], unit, as_of, language=visit.words.language), ""


def _command(form: FilterForm, visit: Visit) -> str:
    options = [("rows", _usual(visit)["rows"]), ("columns", visit.asked("columns")), ("measure", _usual(visit)["measure"])]
    options += [("unit", visit.asked("unit") if _usual(visit)["measure"] == QUANTITY else ""), ("as-of", visit.asked("as_of"))]
    options += [("from", form.plain["since"]), ("to", form.plain["until"])]
    return replace(form, plain={**form.plain, "since": "", "until": ""}).command("liaison", "statistics", "table", options=options)


def _asked(visit: Visit, tx: UnitOfWork) -> Question:
    """Raises BadForm."""
    form = read_form(visit, tx, KEPT)
    question, problem = _question(visit, form)
    if question is None or form.problems:
        raise BadForm(problem or next(iter(form.problems.values()))[0])
    return question


def _file(visit: Visit) -> tuple[str, PurePosixPath]:
    kind = visit.said("format")
    if kind not in FORMATS:
        raise BadForm(phrase("A file is one of: {names}.", names=", ".join(FORMATS)))
    return kind, PurePosixPath(f"statistics-{visit.desk.parts.clock.now():%Y%m%d-%H%M%S}.{kind}")


def export_table(visit: Visit) -> Reply:
    """The table as a file with its account in it, written down in the audit."""
    kind, file = _file(visit)
    catch_up(visit.desk, EXPORT, for_file=True)
    with visit.desk.looking(EXPORT) as tx:
        question = _asked(visit, tx)
    with visit.desk.acting(EXPORT, file.name, **audited(question)) as tx:
        data = encoded(file, tabulate(tx, question))
    return Sent(data, FORMATS[kind], file.name)


def release_table(visit: Visit) -> Reply:
    """The table for readers outside the network: small counts hidden, the release written down."""
    kind, file = _file(visit)
    catch_up(visit.desk, RELEASE, for_file=True)
    with visit.desk.looking(RELEASE) as tx:
        question = _asked(visit, tx)
    with visit.desk.acting(RELEASE, file.name, **audited(question)) as tx:
        _, data = release(tx, question, file)
    return Sent(data, FORMATS[kind], file.name)


def show_releases(visit: Visit) -> Reply:
    """What went outside, newest first."""
    with visit.desk.looking(READ) as tx:
        rows: Sequence[Mapping[str, Any]] = list_releases(tx)
    return Shown("enforcement.statistics/releases.html", {"rows": rows})
