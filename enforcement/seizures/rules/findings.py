"""What a rule is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from enforcement.codelists.model import CodeLists

ERROR: Final = "error"
WARNING: Final = "warning"

MAX_FOUND: Final = 20  # by one rule in one case: enough to correct by, little enough for a verdict to travel
MAX_SHOWN_CHARACTERS: Final = 120

Payload = Mapping[str, Any]  # the complete `case` record of a SeizureReported payload
Found = Sequence[tuple[str, Mapping[str, Any]]]  # (field path, facts for the sentence), one for each thing found
Find = Callable[[Payload, CodeLists, date], Found]
CLEAN: Final[Found] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable code, how severe, whether an officer's reason overrides it, its sentence by language."""

    code: str
    severity: str
    messages: Mapping[str, str]
    find: Find
    overridable: bool = False


def _short(fact: object) -> object:
    """A fact as a sentence may hold it: what a member sent may be as long as an event."""
    return fact[: MAX_SHOWN_CHARACTERS - 1] + "…" if isinstance(fact, str) and len(fact) > MAX_SHOWN_CHARACTERS else fact


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule broken by one field of one case. `facts` fill the sentence; `suggestions` among them are near codes."""

    rule: Rule
    field: str
    facts: Mapping[str, Any]

    @property
    def code(self) -> str:
        """Stable code of the rule."""
        return self.rule.code

    @property
    def severity(self) -> str:
        """`error` or `warning`."""
        return self.rule.severity

    @property
    def overridable(self) -> bool:
        """Whether an officer may override it with a reason."""
        return self.rule.overridable

    @property
    def suggestions(self) -> tuple[str, ...]:
        """Near codes, best first; empty when there are none."""
        return tuple(self.facts.get("suggestions", ()))

    def text(self, language: str = "en") -> str:
        """The finding as a sentence; English where the language is missing."""
        template = self.rule.messages.get(language) or self.rule.messages["en"]
        return template.format_map({"field": self.field, **{name: _short(fact) for name, fact in self.facts.items()}})

    def reason(self) -> dict[str, str]:
        """As a Reason record of a VerdictGiven payload."""
        return {"code": self.code, "field": self.field, "text": self.text()}
