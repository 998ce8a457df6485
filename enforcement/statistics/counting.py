"""A table is counted: one statement over the facts for its cells, one over two periods for coverage, editions and the warning."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from enforcement.codelists.model import CodeLists
from enforcement.seizures.conditions import COLUMNS, Among, Between, Every, Unlike, conditions, of_lines
from enforcement.seizures.duplicates.groups import behind_at
from enforcement.seizures.facts import code_names, code_numbers
from enforcement.seizures.purging import count_purged
from enforcement.seizures.rows import MICRO
from enforcement.seizures.states import HISTORICAL
from enforcement.statistics.errors import BadQuestion
from enforcement.statistics.grouping import CASE, FIRST, NOTHING, Asked, Figures, Key, grouped, grouped_together
from enforcement.statistics.in_edition import InEdition, in_edition
from enforcement.statistics.model import (
    ALL,
    CASES,
    DIMENSIONS,
    LINE_LEVEL,
    MEASURES,
    NOT_RELEASED,
    NOT_RELEASED_WORDS,
    QUANTITY,
    SEIZURES,
    Account,
    Crosstab,
    Number,
    Period,
    Tabulated,
    in_order,
    swing,
)
from enforcement.statistics.naming import OF_ADMINISTRATION, labels, named
from enforcement.statistics.reporters import BY_EDITION, BY_REPORTER, Reporters, reporters_in
from enforcement.statistics.stubs import Stubs, cases_in, fitting, stub_figures, stubs_at
from liaison.node.times import from_ms, to_ms
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from enforcement.seizures.conditions import Condition
    from enforcement.seizures.filters import Filter
    from enforcement.statistics.grouping import Row
    from liaison.node.work import UnitOfWork

_FROM_MONTH: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Question:
    """What to count, by which two dimensions, of which cases. `as_of` None: as of now. `unit`: of a quantity."""

    rows: str
    columns: str
    wanted: Filter
    measure: str = SEIZURES
    unit: str = ""
    as_of: date | None = None
    history: bool = True  # whether historical records of this node count
    language: str = "en"  # of labels
    edition: str = ""  # of the code lists that the table is read in; empty: codes as recorded


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question with what is worked out once: the instant, the conditions, whether they look at single lines."""

    question: Question
    instant_ms: int
    counted: tuple[Condition, ...]
    fitting: tuple[Condition, ...]  # without the dates
    by_line: bool
    stubs: tuple[Stubs, ...]  # all that counted at the instant by its count alone
    counted_only: tuple[Stubs, ...]  # of them, what surely fits
    read: InEdition | None = None


def ensure_sound(question: Question) -> None:
    """Raise BadQuestion for dimensions, measures or units that do not go together."""
    for dimension in (question.rows, question.columns):
        if dimension not in DIMENSIONS and dimension != ALL:
            raise BadQuestion(
                phrase(
                    "There is no dimension {dimension!r}: it is one of {dimensions}.", dimension=dimension, dimensions=", ".join(DIMENSIONS)
                )
            )
    if question.rows in {question.columns, ALL}:
        raise BadQuestion(
            phrase("Rows and columns are both {rows!r}.", rows=question.rows) if question.rows != ALL else phrase("Rows need a dimension.")
        )
    if question.language not in NOT_RELEASED_WORDS:
        raise BadQuestion(
            phrase(
                "{language!r} is no language of labels: {languages}.",
                language=question.language,
                languages=", ".join(NOT_RELEASED_WORDS),
            )
        )
    if question.measure not in MEASURES:
        raise BadQuestion(phrase("{measure!r} is none of: {measures}.", measure=question.measure, measures=", ".join(MEASURES)))
    if (question.measure == QUANTITY) != bool(question.unit):
        raise BadQuestion(phrase("A quantity is summed in one unit: give --unit, for example KGM, with --measure quantity and only there."))


def instant(tx: UnitOfWork, as_of: date | None) -> tuple[int, bool]:
    """The last millisecond of a date in UTC, or now when the day is not over; and whether it is. Raises BadQuestion for the future."""
    if as_of is None:
        return tx.now_ms, False
    if as_of > tx.now.date():
        raise BadQuestion(phrase("{as_of} is in the future.", as_of=as_of))
    end = to_ms(datetime.combine(as_of + timedelta(days=1), time(), UTC)) - 1
    return min(end, tx.now_ms), end < tx.now_ms


def tabulate(tx: UnitOfWork, question: Question) -> Tabulated:
    """The table. Facts must be up to date. Raises BadQuestion, BadFilter."""
    ensure_sound(question)
    at, closed = instant(tx, question.as_of)
    wanted = question.wanted
    historical = _historical(tx)
    reported = [Unlike(one) for one in historical] if not question.history else []
    counted = (*counted_at(tx, at), *reported)
    fits = conditions(tx, wanted, days=False)
    stubs = stubs_at(tx, at)
    counted_only, possible = fitting(tx, wanted, stubs)
    read = in_edition(tx, question.edition, (question.rows, question.columns)) if question.edition else None
    asked = _Asked(question, at, counted, fits, of_lines(wanted), tuple(stubs), tuple(counted_only), read)
    found, now = _looked_through(tx, asked)
    table = _crosstab(asked, found)
    account = _by_count_alone(_account(tx, asked, now, closed=closed), asked, possible)
    if read is not None:
        notes = read.told([(question.rows, table.rows), (question.columns, table.columns)])
        account = replace(account, read_in=read.lists.edition, notes=notes)
    if historical and question.history:
        account = replace(account, historical=_cases_of(tx, asked, historical))
    lists = read.lists if read is not None else tx.of(CodeLists)
    told = labels(lists, (question.rows, question.columns), table, question.language)
    return Tabulated(question.rows, question.columns, table, account, told, language=question.language)


def counted_at(tx: UnitOfWork, at_ms: int) -> tuple[Condition, ...]:
    """What counted at this time, each group of linked cases once."""
    behind = behind_at(tx, at_ms)
    counts = (Between("counted_from", None, at_ms), Between("counted_until", at_ms + 1, None))
    return (*counts, Unlike(Among(CASE, behind))) if behind else counts


def _by_count_alone(account: Account, asked: _Asked, possible: int) -> Account:
    """The account with the cases known by their count alone that the table holds, and those that it leaves out."""
    cases = cases_in(asked.counted_only)
    if asked.question.measure == QUANTITY:
        return replace(account, left_out=cases + possible)
    return replace(account, counted_only=cases, left_out=possible)


# --- cells --------------------------------------------------------------------------------------------------------------


def _crosstab(asked: _Asked, found: _Found) -> Crosstab:
    rows, columns = asked.question.rows, asked.question.columns
    both = found[rows, columns]
    at_cells = {key: figures[0] for key, figures in both.items()}
    by_row = _totals(asked, found, (0, rows, columns))
    by_column = _totals(asked, found, (1, columns, rows))
    total = _total(asked, found, by_row)
    known = [[*{key[place]: None for key in both}] for place in (0, 1)]
    return Crosstab(in_order(known[0], by_row, rows), in_order(known[1], by_column, columns), at_cells, by_row, by_column, total)


_Both = dict[tuple[str, str], tuple[Number, Number]]  # the figure, and the cases that begin in this cell (to be added up)
_Found = dict[tuple[str, str], _Both]  # by two dimensions


def _counted_again(asked: _Asked) -> list[tuple[str, str]]:
    """The totals that cannot be added up from cells: a case may be in several cells of a dimension of lines, and where not every line
    is looked at nothing says in which it begins.
    """
    rows, columns = asked.question.rows, asked.question.columns
    if asked.question.measure != CASES:
        return []
    both_ways = ((rows, columns), (columns, rows))
    again = [(one, ALL) for one, other in both_ways if other in LINE_LEVEL and (asked.by_line or one in LINE_LEVEL)]
    whole = rows in LINE_LEVEL and (asked.by_line or columns in LINE_LEVEL)
    return [one for one in dict.fromkeys([*again, *([(ALL, ALL)] if whole else [])]) if one != (rows, columns)]


def _totals(asked: _Asked, found: _Found, of: tuple[int, str, str]) -> dict[str, Number]:
    """Totals of one dimension over the other: counted again, or added up; over lines the cases that begin in each cell are added."""
    place, dimension, other = of
    again = found.get((dimension, ALL)) if other != ALL else None
    if again is not None:
        return {key[0]: figures[0] for key, figures in again.items()}
    over_lines = asked.question.measure == CASES and other in LINE_LEVEL
    told: dict[str, Number] = defaultdict(int)
    figure = 1 if over_lines else 0
    for key, figures in found[asked.question.rows, asked.question.columns].items():
        told[key[place]] += figures[figure]
    return dict(told)


def _total(asked: _Asked, found: _Found, by_row: Mapping[str, Number]) -> Number:
    question = asked.question
    if question.measure != CASES or question.rows not in LINE_LEVEL:
        return sum(by_row.values())
    if (ALL, ALL) not in found:
        return sum([figures[1] for figures in found[question.rows, question.columns].values()])
    again = found[ALL, ALL]
    return again[ALL, ALL][0] if again else 0


class _Moving(NamedTuple):
    """Who reported in a period and under which editions, as `reporters_in` takes it; and the figures whose change is looked at, where those
    are others.
    """

    reported: Sequence[Row]
    editions: Sequence[Row]
    fitting: Sequence[Row] | None


def _looked_through(tx: UnitOfWork, asked: _Asked) -> tuple[_Found, _Moving]:
    """Figures by the names of two dimensions, for the table and for its totals; and what its account needs of the same days."""
    question = asked.question
    wanted = [(question.rows, question.columns), *_counted_again(asked)]
    fits = Every(asked.fitting) if asked.fitting else None
    cells = [Asked((_key(one[0], asked), _key(one[1], asked)), _figures(tx, asked, one), fits) for one in wanted]
    moving = _moving(asked)
    in_cells = _in_cells(asked)
    others = [Asked(BY_EDITION, Figures(flag=FIRST), begun=False), *(moving[:-1] if in_cells is not None else moving)]
    every = grouped_together(tx, [*cells, *others], (question.wanted.since, question.wanted.until), asked.counted)
    found = {dimensions: _merged(tx, asked, dimensions, rows) for dimensions, rows in zip(wanted, every, strict=False)}
    editions, *told = every[len(wanted) :]
    if in_cells is not None:
        told.append(_by_reporter(every[0], *in_cells))
    return found, _Moving(told[0], editions, told[1] if len(told) > 1 else None)


def _moving(asked: _Asked) -> list[Asked]:
    """Who reported, and by administration what fits the filter of the count whose change is looked at, where there is a filter."""
    by_case = asked.question.measure == CASES
    figures = Figures(flag=FIRST if by_case else "has_line")
    if not asked.fitting or _period(asked.question) is None:
        return [Asked(BY_REPORTER, figures, begun=False)]
    by_line = Figures(cases=True) if by_case and asked.by_line else figures
    return [Asked(BY_REPORTER, figures, begun=False), Asked(BY_REPORTER, by_line, Every(asked.fitting), begun=False)]


def _in_cells(asked: _Asked) -> tuple[int, int] | None:
    """Where the cells' rows have the last of `_moving`: the administration's place, and that of its figure. None where they have not."""
    question = asked.question
    dimensions = (question.rows, question.columns)
    by_case = question.measure == CASES
    if "administration" not in dimensions or question.measure == QUANTITY or asked.read is not None:
        return None
    if asked.fitting and (_period(question) is None or (by_case and asked.by_line)):
        return None  # who reported is asked without the filter, or cases are told apart
    return dimensions.index("administration"), 3 if by_case else 2  # every case begins in one of them


def _by_reporter(cells: Sequence[Row], place: int, figure: int) -> list[Row]:
    """As counted by BY_REPORTER."""
    told: defaultdict[int, int] = defaultdict(int)
    for row in cells:
        told[row[place]] += row[figure]
    return [(administration, 0, number, 0) for administration, number in told.items()]


def _merged(tx: UnitOfWork, asked: _Asked, dimensions: tuple[str, str], found: Sequence[Row]) -> _Both:
    rows, columns = (named(tx, dimension, {row[at] for row in found}, asked.read) for at, dimension in enumerate(dimensions))
    told: Iterable[tuple[int, int, Number, int]] = found
    if asked.question.measure == QUANTITY:
        told = [(one, other, _amount(figure), begun) for one, other, figure, begun in found]
    if all(len({*names.values()}) == len(names) for names in (rows, columns)):  # thousands of cells: nothing is to be added up
        merged: _Both = {(rows[one], columns[other]): (figure, begun) for one, other, figure, begun in told}
    else:
        merged = {}
        for one, other, figure, begun in told:
            _add(merged, (rows[one], columns[other]), (figure, begun))
    for key, figures in stub_figures(asked.counted_only, dimensions, asked.question.measure).items():
        first, second = (asked.read.code(dimension, code) if asked.read else code for dimension, code in zip(dimensions, key, strict=True))
        _add(merged, (first, second), figures)
    return merged


def _add(merged: _Both, key: tuple[str, str], figures: tuple[Number, int]) -> None:
    """To what is there already: several numbers may have one name."""
    there = merged.get(key)
    merged[key] = figures if there is None else (there[0] + figures[0], there[1] + figures[1])


def _amount(micro: int) -> Decimal:
    return (Decimal(micro) / MICRO).normalize()


def _figures(tx: UnitOfWork, asked: _Asked, dimensions: tuple[str, str]) -> Figures:
    """What is summed or counted."""
    measure, unit = asked.question.measure, asked.question.unit
    if measure == QUANTITY:
        return Figures(unit=code_numbers(tx, {unit}).get(unit, NOTHING))
    if measure == SEIZURES:
        return Figures(flag="has_line")
    at_line = [name for name in dimensions if name in LINE_LEVEL]
    moved = asked.read is not None and any(asked.read.codes.get(name) for name in at_line)  # a case may have both codes of one
    if asked.by_line or moved or len(at_line) > 1 or "unit" in at_line:
        return Figures(cases=True)
    return Figures(flag=f"first_{at_line[0]}" if at_line else FIRST)


def _key(dimension: str, asked: _Asked) -> Key | None:
    if dimension == ALL:
        return None
    if dimension in _FROM_MONTH:
        return Key("month", _FROM_MONTH[dimension])
    if dimension in OF_ADMINISTRATION:
        return Key("administration")
    column = "unit_1" if dimension == "unit" else COLUMNS.get(dimension, dimension)
    return Key(column, read_as=asked.read.numbers.get(dimension) if asked.read is not None else None)


# --- what a table says about itself -------------------------------------------------------------------------------------


def _account(tx: UnitOfWork, asked: _Asked, now: _Moving, *, closed: bool) -> Account:
    question, lists = asked.question, tx.of(CodeLists)
    period = _period(question)
    found = _reporters(tx, asked, now, period)
    measure = question.measure if question.measure != QUANTITY else SEIZURES
    warning = swing(found.before, found.now, measure) if period is not None else ""
    return Account(
        as_of=from_ms(asked.instant_ms),
        closed=closed,
        period=str(period) if period is not None else "all dates",
        measure=question.measure,
        unit=question.unit,
        filters=tuple(question.wanted.told()),
        reporting=len(found.administrations),
        members=len(lists.members),
        edition=lists.edition,
        editions=tuple(sorted(found.editions)),
        purged=count_purged(tx, asked.instant_ms, (question.wanted.since, question.wanted.until)),
        warnings=(warning,) if warning else (),
    )


def _historical(tx: UnitOfWork) -> list[Condition]:
    """The condition for what counts without a verdict: history, also what has been reported since. None where there never was any."""
    numbers = code_numbers(tx, {HISTORICAL, ""})
    return [Among("method", frozenset((numbers[""],)))] if HISTORICAL in numbers else []


def _cases_of(tx: UnitOfWork, asked: _Asked, more: Sequence[Condition]) -> int:
    """How many of the cases counted are such."""
    wanted = asked.question.wanted
    found = grouped(tx, (None, None), Figures(cases=True), (wanted.since, wanted.until), (*asked.counted, *asked.fitting, *more))
    return sum(row[2] for row in found)


def _period(question: Question) -> Period | None:
    since, until = question.wanted.since, question.wanted.until
    return Period(since, until) if since is not None and until is not None else None


def _reporters(tx: UnitOfWork, asked: _Asked, now: _Moving, period: Period | None) -> Reporters:
    """Who reported anything in the period, under which editions, and each one's figure in the earlier period and in this one."""
    if period is None:
        return reporters_in(tx, now.reported, now.editions)
    wanted, days = asked.question.wanted, (period.before.since, period.before.until)
    before = grouped_together(tx, _moving(asked)[-1:], days, asked.counted)[0]
    found = reporters_in(tx, now.reported, now.editions, before if now.fitting is None else ())
    if now.fitting is not None:
        found = found._replace(before=_by_administration(tx, before), now=_by_administration(tx, now.fitting))
    for span, figures in ((period.before, found.before), (period, found.now)):
        unnamed, _ = fitting(tx, replace(wanted, since=span.since, until=span.until), asked.stubs)
        told = stub_figures(unnamed, (ALL, ALL), CASES if asked.question.measure == CASES else SEIZURES)
        if told:
            figures[NOT_RELEASED] = told[ALL, ALL][0]
    return found


def _by_administration(tx: UnitOfWork, found: Sequence[Row]) -> dict[str, int]:
    names, told = code_names(tx, {row[0] for row in found}), Counter[str]()
    for number, _, figure, _ in found:
        told[names[number]] += figure
    return dict(told)
