"""Rules about what must be there, what may not, and the form of the key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.codelists.model import UNKNOWN
from enforcement.seizures.nominal import screen
from enforcement.seizures.rules.codes import CODED
from enforcement.seizures.rules.findings import ALWAYS, CLEAN, CODES, ERROR, KEYS, LINES, LISTS, WARNING, Found, Payload, Rule, spoken
from enforcement.seizures.rules.limits import MAX_REFERENCE_CHARACTERS, MOST_PERSONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from enforcement.codelists.model import CodeLists, Requirement

_REFERENCE: Final = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?")
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SEIZURE: Final = "seizure"
TOLD_OTHERWISE: Final = CODED | {"version"}  # by code.unknown and number.unfit
_DIGITS: Final = re.compile(r"\[\d+\]", re.ASCII)
_PLACEHOLDERS: Final = frozenset(
    {"", "n/a", "na", "none", "nil", "null", "unknown", "inconnu", "desconocido", "test", "tbd", "x", "xx", "xxx", "?"}
)


def _named(entries: list[Mapping[str, Any]], name: str, key: str, value: str) -> bool:
    """Whether one of the entries has this name and is not empty."""
    return any(entry[key] == name and entry[value] for entry in entries)


def held(record: Mapping[str, Any], asked: Requirement) -> object:
    """What a case or a line holds where the requirement points; false when nothing."""
    if not asked.second:
        return record[asked.first]
    if asked.first == "texts":
        return _named(record["texts"], asked.second, "kind", "text")
    if asked.first == "attributes":
        return _named(record["attributes"], asked.second, "name", "value")
    return record[asked.first][asked.second]


class _Asked(NamedTuple):
    """What the table asks of one kind of record, sorted by how it is looked up."""

    all: tuple[Requirement, ...]
    plain: tuple[str, ...]  # fields of the record itself
    attributes: frozenset[str]
    others: tuple[Requirement, ...]

    def any(self, record: Mapping[str, Any], *, filled: bool) -> bool:
        """Whether one of them is filled, or one is not."""
        for name in self.plain:
            if (not record[name]) is not filled:
                return True
        if self.attributes:
            stated = {one["name"] for one in record["attributes"] if one["value"]}
            if not self.attributes.isdisjoint(stated) if filled else not self.attributes <= stated:
                return True
        for asked in self.others:  # noqa: SIM110 - a generator costs a call for each line of each case
            if bool(held(record, asked)) is filled:
                return True
        return False


def _asked(lists: CodeLists, level: str, under: str, force: str) -> _Asked:
    """From the table, worked out once: a case is asked some thirty of its fields."""
    key = (level, under, force)
    found = lists.asked.get(key)
    if found is None:
        rows = lists.requirements.get(key, ())
        attributes = [one for one in rows if one.first == "attributes" and one.second]
        plain = tuple(one.first for one in rows if not one.second)
        others = tuple(one for one in rows if one.second and one not in attributes)
        found = lists.asked[key] = _Asked(rows, plain, frozenset(one.second for one in attributes), others)
    return found


def _fields(case: Payload, lists: CodeLists, force: str, *, filled: bool) -> list[str]:
    """The fields that the table names with `force` for this case, and that are filled or not."""
    level = case["level"]
    fields: list[str] = []
    asked = _asked(lists, level, "all", force)
    if asked.any(case, filled=filled):
        fields = [one.path for one in asked.all if bool(held(case, one)) is filled]
    for number, line in enumerate(case["lines"]):
        stream = line["stream"]
        asked = _asked(lists, level, stream if stream in lists.valid["streams"] and stream != UNKNOWN else line["section"], force)
        if asked.any(line, filled=filled):
            found = [one.path for one in asked.all if bool(held(line, one)) is filled]
            fields += [path.replace("lines.", f"lines[{number}].", 1) for path in found]
    return fields


def missing(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A mandatory field is empty; unknown is a value and not empty. Conditional fields are mandatory for seizures.
    An empty coded field is an unknown code, and told as that.
    """
    absent = _fields(case, lists, "of-seizures" if case["kind"] == _SEIZURE else "always", filled=False)
    return (
        [(field, {"level": case["level"]}) for field in dict.fromkeys(absent) if _DIGITS.sub("", field) not in TOLD_OTHERWISE]
        if absent
        else CLEAN
    )


def not_applicable(case: Payload, lists: CodeLists, _today: date) -> Found:
    """A field is filled that goods of this section or stream do not have: a brand of drugs, a calibre of a drone."""
    return [(field, {}) for field in _fields(case, lists, "never", filled=True)]


def reference_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A reference over 64 characters, or with control characters or blanks at its ends."""
    reference = case["reference"]
    if reference.isprintable() and len(reference) <= MAX_REFERENCE_CHARACTERS and reference.strip(" ") == reference:
        return CLEAN  # nothing that is printable but a blank is one of those
    return [("reference", {"limit": MAX_REFERENCE_CHARACTERS})] if reference and _REFERENCE.fullmatch(reference) is None else CLEAN


def number_unfit(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A version below 1, or persons arrested below -1 (which says not known)."""
    found = [] if case["version"] > 0 else [("version", {"value": case["version"], "least": 1})]
    if case["persons_arrested"] < -1:
        found.append(("persons_arrested", {"value": case["persons_arrested"], "least": -1}))
    return found


def many_persons(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """More persons arrested than one case has: a typing error, or the sum of an operation."""
    persons = case["persons_arrested"]
    return [("persons_arrested", {"value": persons, "limit": MOST_PERSONS})] if persons > MOST_PERSONS else CLEAN


def reference_placeholder(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A reference that says nothing: `unknown`, `n/a`, zeros; the next case like it would be taken for the same one."""
    reference = case["reference"]
    return [("reference", {"value": reference})] if reference.strip("0 .-/").casefold() in _PLACEHOLDERS and reference else CLEAN


def picture_malformed(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """A picture hash that is not SHA-256 in lower-case hexadecimal."""
    return [(f"picture_hashes[{number}]", {}) for number, text in enumerate(case["picture_hashes"]) if _HASH.fullmatch(text) is None]


def nominal(case: Payload, _lists: CodeLists, _today: date) -> Found:
    """Something that names a person. The sentence says what it looks like and never repeats it."""
    return [(hit.field, {"reason": hit.reason}) for hit in screen(case)]


RULES: Final = (
    Rule(
        "field.missing",
        ERROR,
        ("*",),
        spoken(
            "{field} is mandatory at level {level}.",
            "{field} est obligatoire au niveau {level}.",
            "{field} es obligatorio en el nivel {level}.",
        ),
        missing,
        (CODES, LINES),
        "the table of requirements of the edition (ours)",
    ),
    Rule(
        "field.not-applicable",
        WARNING,
        ("*",),
        spoken(
            "{field} does not apply to these goods.",
            "{field} ne s'applique pas à ces marchandises.",
            "{field} no se aplica a estas mercancías.",
        ),
        not_applicable,
        (CODES, LINES),
        "the table of requirements of the edition (ours)",
        overridable=True,
    ),
    Rule(
        "reference.malformed",
        ERROR,
        ("reference",),
        spoken(
            "A reference has 1 to {limit} characters, none of them a control character.",
            "Une référence compte de 1 à {limit} caractères, sans caractère de contrôle.",
            "Una referencia tiene de 1 a {limit} caracteres, ninguno de control.",
        ),
        reference_malformed,
        (ALWAYS,),
        "schemas/records/Case.avsc: the key of a case",
    ),
    Rule(
        "reference.placeholder",
        WARNING,
        ("reference",),
        spoken(
            "The reference '{value}' looks like a filler, not like the number of one case.",
            "La référence «{value}» ressemble à un remplissage, pas au numéro d'une affaire.",
            "La referencia «{value}» parece un relleno, no el número de un caso.",
        ),
        reference_placeholder,
        overridable=True,
    ),
    Rule(
        "number.unfit",
        ERROR,
        ("version", "persons_arrested"),
        spoken(
            "{field} is {value}, but cannot be below {least}.",
            "{field} vaut {value}, mais ne peut être inférieur à {least}.",
            "{field} es {value}, pero no puede ser menor que {least}.",
        ),
        number_unfit,
        (KEYS,),
        "schemas/records/Case.avsc",
    ),
    Rule(
        "persons.many",
        WARNING,
        ("persons_arrested",),
        spoken(
            "{value} persons arrested in one case are more than {limit}.",
            "{value} personnes arrêtées dans une affaire, c'est plus de {limit}.",
            "{value} personas detenidas en un caso son más de {limit}.",
        ),
        many_persons,
        (KEYS,),
        overridable=True,
    ),
    Rule(
        "picture.malformed",
        ERROR,
        ("picture_hashes",),
        spoken(
            "{field} is not a SHA-256 in 64 lower-case hexadecimal digits.",
            "{field} n'est pas un SHA-256 en 64 chiffres hexadécimaux minuscules.",
            "{field} no es un SHA-256 en 64 cifras hexadecimales minúsculas.",
        ),
        picture_malformed,
        (LISTS,),
        "FIPS 180-4 SHA-256",
    ),
    Rule(
        "nominal.content",
        ERROR,
        ("*",),
        spoken(
            "{field} holds {reason}, which must not leave the country. Take it out; there is no override.",
            "{field} contient {reason}, qui ne doit pas quitter le pays. Retirez-le ; aucune dérogation n'est possible.",
            "{field} contiene {reason}, que no debe salir del país. Quítelo; no hay excepción.",
        ),
        nominal,
        (ALWAYS,),
        "the rule of the network: nothing nominal in a seizure record; ISO 13616 for IBAN",
    ),
)
