"""An edition of the code lists as a document: one canonical text with one hash, and the form in which people write it."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.errors import ReferenceDataError
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any]

FORMAT: Final = 1
MAX_DOCUMENT_BYTES: Final = 8 * 1024 * 1024
MAX_CODE_CHARACTERS: Final = 40  # what the columns of stored cases hold; commodities 60, countries 2
MAX_TEXT_CHARACTERS: Final = 400
MAX_CODES: Final = 60_000
LANGUAGES: Final = ("en", "fr", "es")
TEXTS: Final = frozenset({*LANGUAGES, "parent", "unit", "type", "range", "valid_from", "valid_to", "base", "factor"})
SEQUENCES: Final = frozenset({"measures", "sections", "aliases", "replaced_by"})
EDITION: Final = re.compile(r"(\d{4})\.(\d{1,3})", re.ASCII)
LIST_NAME: Final = re.compile(r"[a-z][a-z-]{0,39}", re.ASCII)
CODE: Final = re.compile(r"[!-~]{1,60}", re.ASCII)  # visible ASCII without blanks
LONGER: Final[Mapping[str, int]] = {"commodities": 60}


def order_of(edition: str) -> tuple[int, int]:
    """Editions in their order: 2026.2 comes before 2026.10. Raises ReferenceDataError."""
    found = EDITION.fullmatch(edition)
    if found is None:
        raise ReferenceDataError(
            phrase("{edition!r} is not the name of an edition: a year, a point and a number, as in 2026.1.", edition=edition[:40])
        )
    return int(found[1]), int(found[2])


def canonical(document: Document) -> bytes:
    """The one way in which an edition is written down: keys in order, no blanks, UTF-8."""
    return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(document: Document) -> str:
    """SHA-256 of the canonical text, in hexadecimal: what two people compare to know that they speak of the same edition."""
    return hashlib.sha256(canonical(document)).hexdigest()


def read_canonical(data: bytes) -> Document:
    """An edition from its canonical bytes. Raises ReferenceDataError for anything else, and for what is not written canonically."""
    document, duplicates = read_edition(data)
    if duplicates or canonical(document) != data:
        raise ReferenceDataError(phrase("The edition is not written in its canonical form."))
    return document


def read_edition(data: bytes) -> tuple[Document, list[str]]:
    """An edition from JSON in either form, and the keys that stand in it twice (the last one counts).

    `codes` of a list is an object by code, as people write it, or an array of objects with their `code`. Raises ReferenceDataError
    with a sentence that names the place.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise ReferenceDataError(
            phrase(
                "An edition has at most {max_document_bytes:,} bytes; this has {count:,}.",
                max_document_bytes=MAX_DOCUMENT_BYTES,
                count=len(data),
            )
        )
    twice: list[str] = []
    try:
        loaded = json.loads(data.decode("utf-8-sig"), object_pairs_hook=lambda pairs: _once(pairs, twice), parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise ReferenceDataError(phrase("The edition is not UTF-8 text.")) from None
    except json.JSONDecodeError as error:
        raise ReferenceDataError(
            phrase(
                "The edition is not valid JSON: {msg}, line {lineno}, column {colno}.",
                msg=error.msg,
                lineno=error.lineno,
                colno=error.colno,
            )
        ) from None
    except (ValueError, RecursionError) as error:
        raise ReferenceDataError(phrase("The edition is not valid JSON ({name}).", name=type(error).__name__)) from None
    return normal(loaded, twice), twice


def _once(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice.extend(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return made


def _no_constant(name: str) -> object:
    raise ValueError(name)


def normal(loaded: object, twice: list[str] | None = None) -> Document:
    """The document with its codes as arrays and nothing empty in it. Raises ReferenceDataError."""
    if not isinstance(loaded, dict):
        raise ReferenceDataError(phrase("An edition is a JSON object."))
    for unknown in sorted(loaded.keys() - {"format", "edition", "valid_from", "about", "lists", "requirements"}):
        raise ReferenceDataError(phrase("An edition has no {unknown!r}.", unknown=unknown))
    if loaded.get("format", FORMAT) != FORMAT:
        raise ReferenceDataError(
            phrase("This version reads format {known} of editions, not {found!r}.", known=FORMAT, found=loaded["format"])
        )
    edition = _text(loaded, "edition", "")
    order_of(edition)
    valid_from = _text(loaded, "valid_from", "")
    day(valid_from, "valid_from")
    lists = loaded.get("lists")
    if not isinstance(lists, dict) or not isinstance(loaded.get("requirements"), dict):
        raise ReferenceDataError(phrase("An edition has `lists` and `requirements`, both objects."))
    made = {str(name): _list(str(name), body, [] if twice is None else twice) for name, body in lists.items()}
    if sum(len(body["codes"]) for body in made.values()) > MAX_CODES:
        raise ReferenceDataError(phrase("An edition has at most {max_codes:,} codes.", max_codes=MAX_CODES))
    return {
        "format": FORMAT,
        "edition": edition,
        "valid_from": valid_from,
        "about": _text(loaded, "about", "", ""),
        "lists": made,
        "requirements": loaded["requirements"],
    }


def day(text: str, where: str) -> date:
    """A date written 2026-01-31. Raises ReferenceDataError."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise ReferenceDataError(phrase("{where} is {text!r}, which is not a date written 2026-01-31.", where=where, text=text[:40]))
    return found


def _text(found: Mapping[str, Any], key: str, where: str, usual: str | None = None) -> str:
    value = found.get(key, usual)
    if not isinstance(value, str):
        raise ReferenceDataError(phrase("{where} must be a text.", where=f"{where} {key}".strip()))
    if len(value) > MAX_TEXT_CHARACTERS or not value.isprintable():
        raise ReferenceDataError(
            phrase(
                "{where} must be one line of at most {most} characters.",
                where=f"{where} {key}".strip(),
                most=MAX_TEXT_CHARACTERS,
            )
        )
    return value


def _list(name: str, body: object, twice: list[str]) -> dict[str, Any]:
    if LIST_NAME.fullmatch(name) is None:
        raise ReferenceDataError(phrase("{name!r} is not the name of a list: small letters and hyphens.", name=name[:40]))
    if not isinstance(body, dict) or body.keys() - {"source", "codes"}:
        raise ReferenceDataError(phrase("The list {name} has `source` and `codes`, and nothing else.", name=name))
    codes = body.get("codes")
    if isinstance(codes, dict):
        entries = [_entry(name, code, entry) for code, entry in codes.items()]
    elif isinstance(codes, list):
        entries = [_entry(name, entry.get("code") if isinstance(entry, dict) else "", entry) for entry in codes]
    else:
        raise ReferenceDataError(phrase("The list {name} has no codes.", name=name))
    by_code = {entry["code"]: entry for entry in entries}
    if len(by_code) < len(entries):
        seen: set[str] = set()
        twice.extend(entry["code"] for entry in entries if entry["code"] in seen or seen.add(entry["code"]))  # type: ignore[func-returns-value]
    return {"source": _text(body, "source", f"The list {name}:", ""), "codes": list(by_code.values())}


def _entry(name: str, code: object, entry: object) -> dict[str, Any]:
    """One code without what is empty. Raises ReferenceDataError."""
    most = LONGER.get(name, MAX_CODE_CHARACTERS)
    if not isinstance(code, str) or CODE.fullmatch(code) is None or len(code) > most:
        raise ReferenceDataError(
            phrase("In {name}, {code!r} is not a code: up to {most} visible ASCII characters.", name=name, code=str(code)[:60], most=most)
        )
    if not isinstance(entry, dict):
        raise ReferenceDataError(phrase("{name} {code} is not an object.", name=name, code=code))
    made = {key: _value(entry, str(key), f"{name} {code}") for key in entry if key != "code"}
    for key in ("valid_from", "valid_to"):
        if made.get(key):
            day(made[key], f"{name} {code}: {key}")
    return {"code": code, **{key: value for key, value in made.items() if value}}


def _value(entry: Mapping[str, Any], key: str, where: str) -> Any:  # noqa: ANN401 - a text or a list of texts
    if key in TEXTS:
        return _text(entry, key, f"{where}:")
    if key in SEQUENCES:
        return _texts(entry[key], f"{where}: {key}")
    raise ReferenceDataError(phrase("{where} has no {key!r}.", where=where, key=key[:40]))


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list):
        raise ReferenceDataError(phrase("{where} must be a list of texts.", where=where))
    return [_text({"": text}, "", where) for text in value]
