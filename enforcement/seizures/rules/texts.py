"""Rules about what people write freely, and about lists that say the same thing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.rules.findings import (
    ATTRIBUTES,
    CLEAN,
    CODES,
    ERROR,
    KEYS,
    LISTS,
    ROUTE,
    TEXTS,
    TRANSPORT,
    WARNING,
    Found,
    Payload,
    Rule,
    spoken,
)
from enforcement.seizures.rules.limits import MAX_NAME_CHARACTERS, MAX_TEXT_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from enforcement.codelists.model import CodeLists

PLAIN_KINDS: Final = frozenset({"declared-goods", "modus-operandi"})  # of free texts that no other field is compared with
FILLERS: Final = frozenset(
    [
        "n/a",
        "na",
        "none",
        "nil",
        "null",
        "unknown",
        "inconnu",
        "inconnue",
        "desconocido",
        "desconocida",
        "aucun",
        "aucune",
        "ninguno",
        "ninguna",
        "test",
        "-",
        ".",
        "?",
        "x",
        "xx",
        "xxx",
    ]
)


def too_long(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A free text of more than 4,000 characters: a report, not a description."""
    return [
        (f"texts[{number}].text", {"limit": MAX_TEXT_CHARACTERS})
        for number, text in enumerate(case["texts"])
        if len(text["text"]) > MAX_TEXT_CHARACTERS
    ]


def _names(case: Payload) -> Iterator[tuple[str, str]]:
    yield "operation", case["operation"]
    yield "prompted_by", case["prompted_by"]
    yield "place.name", case["place"]["name"]
    for number, stop in enumerate(case["route"]):
        yield f"route[{number}].name", stop["name"]
    for number, transport in enumerate(case["transport"]):
        yield f"transport[{number}].carrier", transport["carrier"]
    for number, line in enumerate(case["lines"]):
        for place, attribute in enumerate(line["attributes"]):
            yield f"lines[{number}].attributes[{place}].value", attribute["value"]


def name_too_long(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A name of more than 200 characters: a text in the wrong field."""
    return [(field, {"limit": MAX_NAME_CHARACTERS}) for field, name in _names(case) if len(name) > MAX_NAME_CHARACTERS]


def kind_repeated(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Two free texts of the same kind: the schema has at most one."""
    return _again(case["texts"], "texts", lambda text: text["kind"])


def says_nothing(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A free text that is empty, a filler, or only repeats a code or its label: the coded field says that already."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, text in enumerate(case["texts"]):
        said = text["text"].strip().casefold() if len(text["text"]) <= MAX_NAME_CHARACTERS else "long"
        if not said or said in FILLERS or said in lists.words:
            found.append((f"texts[{number}].text", {"value": text["text"]}))
    return found


def _again(items: Sequence[Any], path: str, key: Any) -> Found:  # noqa: ANN401 - of whatever the items are
    """Every item but the first with a key."""
    if len({key(item) for item in items}) == len(items):
        return CLEAN
    seen = set()
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, item in enumerate(items):
        if key(item) in seen:
            found.append((f"{path}[{number}]", {"value": str(key(item))}))
        seen.add(key(item))
    return found


def listed_twice(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A means of detection or a picture that is named twice."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for name in ("detection_means", "picture_hashes"):
        found.extend((field, {}) for field, _ in _again(case[name], name, str))
    return found


def concealment_told(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """The texts describe a concealment, but the coded field says not concealed, or in a full report unknown."""
    if case["concealment"] != "not-concealed" and (case["concealment"] != "unknown" or case["level"] != "FULL"):
        return CLEAN
    told = any(text["kind"] in ("concealment", "concealment-place") and text["text"] for text in case["texts"])
    return [("concealment", {"value": case["concealment"]})] if told else CLEAN


RULES: Final = (
    Rule(
        "text.too-long",
        ERROR,
        ("texts.text",),
        spoken(
            "{field} has more than {limit} characters.",
            "{field} compte plus de {limit} caractères.",
            "{field} tiene más de {limit} caracteres.",
        ),
        too_long,
        (TEXTS,),
        "ours: a case travels in one event",
    ),
    Rule(
        "name.too-long",
        ERROR,
        ("operation", "prompted_by", "place.name", "route.name", "transport.carrier", "lines.attributes.value"),
        spoken(
            "{field} has more than {limit} characters; longer descriptions belong into a text.",
            "{field} compte plus de {limit} caractères ; une description plus longue va dans un texte.",
            "{field} tiene más de {limit} caracteres; una descripción más larga va en un texto.",
        ),
        name_too_long,
        (KEYS, ROUTE, TRANSPORT, ATTRIBUTES),
    ),
    Rule(
        "text.repeated",
        ERROR,
        ("texts",),
        spoken(
            "There is already a text of the kind {value}; make them one.",
            "Il existe déjà un texte du type {value} ; réunissez-les.",
            "Ya hay un texto del tipo {value}; únalos.",
        ),
        kind_repeated,
        (TEXTS, CODES),
        "schemas/records/Case.avsc: at most one text of a kind",
    ),
    Rule(
        "text.says-nothing",
        WARNING,
        ("texts.text",),
        spoken(
            "{field} only says '{value}'; leave it out or describe what was found.",
            "{field} dit seulement «{value}» ; supprimez-le ou décrivez ce qui a été trouvé.",
            "{field} solo dice «{value}»; quítelo o describa lo que se encontró.",
        ),
        says_nothing,
        (TEXTS,),
        overridable=True,
    ),
    Rule(
        "list.repeated",
        WARNING,
        ("detection_means", "picture_hashes"),
        spoken("{field} is named before.", "{field} est déjà cité.", "{field} ya está citado."),
        listed_twice,
        (LISTS,),
        overridable=True,
    ),
    Rule(
        "concealment.untold",
        WARNING,
        ("concealment",),
        spoken(
            "The texts describe a concealment, but the coded field says {value}.",
            "Les textes décrivent une cache, mais le champ codé dit {value}.",
            "Los textos describen una ocultación, pero el campo codificado dice {value}.",
        ),
        concealment_told,
        (TEXTS,),
        "ours: the coded field is counted, the description is not",
        overridable=True,
    ),
)
