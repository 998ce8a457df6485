"""What a rule is and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.seizures.rules.phrases import HINTS, LANGUAGES, PHRASES

ERROR: Final = "error"
WARNING: Final = "warning"
OURS: Final = "ours: public material is silent"

MAX_FOUND: Final = 20  # by one rule in one case: enough to correct by, little enough for a verdict to travel
MAX_SHOWN_CHARACTERS: Final = 120  # of the payload in one sentence

Payload = Mapping[str, Any]  # the complete `case` record of a SeizureReported payload
Found = Sequence[tuple[str, Mapping[str, Any]]]  # (field path, facts for the sentence), one for each thing found
Find = Callable[[Payload, CodeLists, date], Found]
CLEAN: Final[Found] = ()

# When a rule is asked: always, or only when there is what it judges (see gates).
ALWAYS: Final = "always"
DATES: Final = "dates"  # the date is not of the last two years
CODES: Final = "codes"  # a combination of the case's own codes, and of what is filled, that was not found right before
LINES: Final = "lines"  # the same for a line; such a rule judges every line by itself
AMOUNTS: Final = "amounts"  # an amount that is not usual
KEYS: Final = "keys"  # time, operation, prompt or duty is stated
PLACE: Final = "place"  # a UN/LOCODE or coordinates are stated
ROUTE: Final = "route"
TRANSPORT: Final = "transport"
TEXTS: Final = "texts"
LISTS: Final = "lists"  # detection means or pictures
SEVERAL: Final = "several"  # more than one line
ATTRIBUTES: Final = "attributes"
VALUES: Final = "values"
TARIFF: Final = "tariff"  # a tariff code is stated
STORE: Final = "store"  # not by `check`: the question needs what the node holds
GATES: Final = (
    ALWAYS,
    DATES,
    CODES,
    LINES,
    AMOUNTS,
    KEYS,
    PLACE,
    ROUTE,
    TRANSPORT,
    TEXTS,
    LISTS,
    SEVERAL,
    ATTRIBUTES,
    VALUES,
    TARIFF,
    STORE,
)


def spoken(en: str, fr: str, es: str) -> Mapping[str, str]:
    """One sentence by language."""
    return dict(zip(LANGUAGES, (en, fr, es), strict=True))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its stable code, how severe, which fields it names, its sentence by language, when it is asked, its source."""

    code: str
    severity: str
    fields: tuple[str, ...]  # without numbers: lines.quantities.unit; "*" is any field
    messages: Mapping[str, str]
    find: Find
    when: tuple[str, ...] = (ALWAYS,)
    source: str = OURS
    overridable: bool = False

    @property
    def subject(self) -> str:
        """What the code begins with: date, route, quantity."""
        return self.code.partition(".")[0]

    @property
    def about(self) -> str:
        """What is found, in a sentence or two, English."""
        return " ".join((self.find.__doc__ or "").split())


def plain(fact: object) -> str:
    """A fact as a sentence writes it; nothing that turns, breaks or hides the rest of the sentence."""
    text = str(fact)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"


def _shown(facts: Mapping[str, Any], language: str) -> dict[str, str]:
    """The facts as the sentence may hold them: what a member sent may be as long as an event."""
    said = {name: fact for name, fact in facts.items() if name not in ("suggestions", "closed", "called")}
    room = MAX_SHOWN_CHARACTERS // max(1, sum(isinstance(fact, str) for fact in said.values()))
    shown = {}
    for name, fact in said.items():
        phrase = PHRASES.get(fact) if isinstance(fact, str) else None
        shown[name] = phrase[language] if phrase else plain(_cut(fact, room) if isinstance(fact, str) else fact)
    near = facts.get("suggestions", ())
    if "closed" in facts:  # the edition's own sentence about a code that was closed, English
        return {**shown, "hint": str(facts["closed"])}
    return {**shown, "hint": HINTS[language].format(", ".join(near)) if near else ""}


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
        told = language if language in self.rule.messages else LANGUAGES[0]
        return self.rule.messages[told].format_map({"field": self.field, **_shown(self.facts, told)})

    def reason(self) -> dict[str, str]:
        """As a Reason record of a VerdictGiven payload."""
        return {"code": self.code, "field": self.field, "text": self.text()}
