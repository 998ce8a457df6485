"""A draft as a file or as `field=value` words: read strictly, every mistake named, so that an analyst can write in any editor."""

from __future__ import annotations

import difflib
import json
from dataclasses import fields
from datetime import date, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import yaml

from enforcement.intelligence.errors import ProductFileError
from enforcement.intelligence.model import NO_EVENT, VERIFIED, Citation, LanguageEdition, Product

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

MAX_FILE_BYTES: Final = 1 << 18
TEMPLATE_FILE: Final = "template.yaml"
_FIELDS: Final = frozenset(entry.name for entry in fields(Product))
_CITATION: Final = frozenset({"administration", "reference", "status", "grade", "event_issuer", "event_id"})
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
# The second row of words in ICD 203; the list holds the first.
_SYNONYMS: Final = {
    "remote": "almost-no-chance",
    "highly-improbable": "very-unlikely",
    "improbable": "unlikely",
    "roughly-even-odds": "roughly-even-chance",
    "probable": "likely",
    "highly-probable": "very-likely",
    "nearly-certain": "almost-certain",
    "almost-certainly": "almost-certain",
}


def read_file(data: bytes) -> dict[str, Any]:
    """The fields of a draft file (YAML, or JSON, which is YAML too). Raises ProductFileError."""
    if len(data) > MAX_FILE_BYTES:
        raise ProductFileError(f"The file has {len(data):,} bytes; a draft has at most {MAX_FILE_BYTES:,}.")
    if not data.strip():
        raise ProductFileError("The file is empty.")
    try:
        text = data.decode("utf-8-sig")
        # Every scalar stays text: otherwise the country code NO would become False and 2026-03-01 a date here but text in JSON.
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes text, lists and maps only
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ProductFileError(f"The file is neither YAML nor JSON in UTF-8 ({type(error).__name__}).") from None
    if not isinstance(found, dict):
        raise ProductFileError("The file must have a line `field: value` for each field.")
    return found


def apply_words(plain: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """The fields changed by words such as `title=Cocaine in reefers`; a field of several values is named once for each.
    Raises ProductFileError.
    """
    changed = dict(plain)
    started: set[str] = set()
    for word in words:
        field, separator, value = word.partition("=")
        field = field.strip().replace("-", "_")
        if not separator:
            raise ProductFileError(f"{word!r} is not of the form field=value.")
        _known(field, _FIELDS, "field")
        if field in _SEVERAL:
            changed[field] = [*(changed[field] if field in started else ()), *([value] if value else ())]
            started.add(field)
        else:
            changed[field] = value
    return changed


def product_from(plain: Mapping[str, Any]) -> Product:
    """The product of these fields; what is not there has its default. Raises ProductFileError."""
    for name in plain:
        _known(name, _FIELDS, "field")
    return Product(**{name: _READERS.get(name, _text)(value, name) for name, value in plain.items()})


def _known(name: object, names: frozenset[str], what: str) -> None:
    if name not in names:
        near = difflib.get_close_matches(str(name), names, n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise ProductFileError(f"There is no {what} {str(name)[:60]!r}.{hint}")


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ProductFileError(f"{name} must be text.")
    return value.strip()


def _texts(value: object, name: str) -> tuple[str, ...]:
    return tuple(_text(one, name) for one in _several(value, name))


def _several(value: object, name: str) -> list[Any]:
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise ProductFileError(f"{name} must be a list, one entry a line that begins with a hyphen.")
    return value


def _likelihood(value: object, name: str) -> str:
    word = "-".join(_text(value, name).lower().replace("-", " ").split())
    return _SYNONYMS.get(word, word)


def _confidence(value: object, name: str) -> str:
    return _text(value, name).lower()


def _tlp(value: object, name: str) -> str:
    return _text(value, name).upper().removeprefix("TLP:")


def _truth(value: object, name: str) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(value, name).lower()
    if word not in _TRUTH:
        raise ProductFileError(f"{name} must be yes or no.")
    return _TRUTH[word]


def _date(value: object, name: str) -> date | None:
    text = _text(value, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ProductFileError(f"{name} must be a date like 2026-03-31, not {text[:40]!r}.") from None


def _instant(value: object, name: str) -> datetime | None:
    text = _text(value, name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ProductFileError(f"{name} must be a time like 2026-03-31T12:00Z, not {text[:40]!r}.") from None
    if at.tzinfo is None:
        raise ProductFileError(f"{name} needs its offset (2026-03-31T12:00Z), or nobody could say which instant it means.")
    return at


def _citation(value: object, name: str) -> Citation:
    """`BR:REFERENCE` for a verified seizure; a map with administration, reference, status and grade for anything."""
    if isinstance(value, str):
        administration, separator, reference = value.partition(":")
        if not separator:
            raise ProductFileError(f"{name}: {value[:80]!r} is not of the form BR:REFERENCE.")
        return Citation(administration.strip().upper(), reference.strip())
    if not isinstance(value, dict):
        raise ProductFileError(f"{name}: each entry is BR:REFERENCE, or has administration, reference, status and grade.")
    for key in value:
        _known(key, _CITATION, f"{name} part")
    found = {key: _text(part, f"{name}.{key}") for key, part in value.items()}
    try:
        event_id = bytes.fromhex(found.pop("event_id", "")) or NO_EVENT
    except ValueError:
        raise ProductFileError(f"{name}.event_id must be 32 hexadecimal digits.") from None
    if len(event_id) != len(NO_EVENT):
        raise ProductFileError(f"{name}.event_id must be 32 hexadecimal digits.")
    return Citation(
        administration=found.get("administration", "").upper(),
        reference=found.get("reference", ""),
        status=found.get("status") or VERIFIED,
        grade=found.get("grade", "").upper(),
        event_issuer=found.get("event_issuer", ""),
        event_id=event_id,
    )


def _citations(value: object, name: str) -> tuple[Citation, ...]:
    return tuple(_citation(one, name) for one in _several(value, name))


def _language_editions(value: object, name: str) -> tuple[LanguageEdition, ...]:
    found = []
    for one in _several(value, name):
        if not isinstance(one, dict) or set(one) != {"language", "number", "translator"}:
            raise ProductFileError(f"{name}: each entry has language, number and translator.")
        found.append(LanguageEdition(**{key: _text(part, f"{name}.{key}") for key, part in one.items()}))
    return tuple(found)


_READERS: Final[Mapping[str, Callable[[object, str], Any]]] = {
    "language_editions": _language_editions,
    "urgent": _truth,
    "originator_control": _truth,
    "valid_from": _date,
    "valid_until": _date,
    "acknowledge_by": _instant,
    "sections": _texts,
    "commodities": _texts,
    "areas": _texts,
    "risk_indicators": _texts,
    "picture_hashes": _texts,
    "cited_records": _citations,
    "likelihood": _likelihood,
    "confidence": _confidence,
    "tlp": _tlp,
}
_SEVERAL: Final = frozenset({"sections", "commodities", "areas", "risk_indicators", "picture_hashes", "cited_records"})


def template() -> str:
    """The annotated draft file that `liaison alerts template` prints."""
    return resources.files("enforcement.intelligence").joinpath(TEMPLATE_FILE).read_text("utf-8")
