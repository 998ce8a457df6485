"""What pages below the forms need of them: a case in the reader's words. The assembly gives it (`enforcement.intake.case_words`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from enforcement.codelists.model import CodeLists


@dataclass(frozen=True, slots=True)
class CaseWords:
    """How a case is told. `groups`: its payload as heading -> filled fields {path, label, value}. `beside`: rows of two cases compared,
    {field, first, second, same}, each with a `label` and its values in words; both by code lists and language.
    """

    groups: Callable[[Mapping[str, Any], CodeLists, str], dict[str, list[dict[str, str]]]]
    beside: Callable[[Sequence[Mapping[str, str]], CodeLists, str], list[dict[str, str]]]
