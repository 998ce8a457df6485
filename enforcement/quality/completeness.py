"""Which of its applicable fields a case has filled: the table of requirements says what applies, and unknown is not filled. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.codelists.model import UNKNOWN, UNKNOWN_COUNTRY
from enforcement.seizures.rules.presence import held

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from enforcement.codelists.model import CodeLists, Requirement

SEIZURE: Final = "seizure"
NOT_KNOWN: Final = -1  # persons arrested
# A report cannot be without these, or the software fills them: counting them would flatter everybody.
ALWAYS_THERE: Final = frozenset(
    {"administration", "reference", "version", "kind", "level", "date", "report_source", "code_list_edition", "lines", "lines.section"}
)
# Empty is an answer: the case belongs to no operation, nothing was overridden, no picture was taken, no duty was evaded.
EMPTY_IS_AN_ANSWER: Final = frozenset({"operation", "prompted_by", "texts.rule-overrides", "picture_hashes", "duty_evaded"})
LEFT_OUT: Final = ALWAYS_THERE | EMPTY_IS_AN_ANSWER


class Content(NamedTuple):
    """Fields of one version: applicable and filled, mandatory and filled; the paths of those that are not, one entry a line."""

    applicable: int
    filled: int
    mandatory: int
    mandatory_filled: int
    empty: tuple[str, ...]


def content_of(case: Mapping[str, Any], lists: CodeLists) -> Content:
    """What a `case` payload has filled, by the edition it was made under."""
    level, found = case["level"], list[tuple[str, bool, bool]]()
    for path, required, record, asked in _asked(case, lists, level):
        found.append((path, required, _filled(held(record, asked))))
    return Content(
        len(found),
        sum(is_filled for _, _, is_filled in found),
        sum(required for _, required, _ in found),
        sum(required and is_filled for _, required, is_filled in found),
        tuple(path for path, _, is_filled in found if not is_filled),
    )


def _asked(case: Mapping[str, Any], lists: CodeLists, level: str) -> Iterator[tuple[str, bool, Mapping[str, Any], Requirement]]:
    """Path, whether it is mandatory, the record to look into, the entry of the table: for the case, then for each line."""
    table = lists.requirements
    must = "of-seizures" if case["kind"] == SEIZURE else "always"
    for force, required in ((must, True), ("optional", False)):
        for asked in table.get((level, "all", force), ()):
            if asked.path not in LEFT_OUT:
                yield asked.path, required, case, asked
        for line in case["lines"]:
            stream = line["stream"]
            under = stream if stream in lists.valid["streams"] and stream != UNKNOWN else line["section"]
            for asked in table.get((level, under, force), ()):
                if asked.path not in LEFT_OUT:
                    yield asked.path, required, line, asked


def _filled(value: object) -> bool:
    """Whether a field says something: zero persons arrested does, unknown does not."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value != NOT_KNOWN
    return bool(value) and value not in (UNKNOWN, UNKNOWN_COUNTRY)
