"""The screen itself: one look at a text's words and signs, and only where something stirs the modules that know what it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from enforcement.seizures.nominal.addresses import STREETS, addresses_in
from enforcement.seizures.nominal.folding import fold, join_apart, letters_as_digits, part_labels, tighten
from enforcement.seizures.nominal.labelled import LABELS, labelled_in, phones_in, signs_in
from enforcement.seizures.nominal.lettered import ANY_KEY_FORM, lettered_in, may_be_key, may_be_word
from enforcement.seizures.nominal.names import names_in, spoken_in
from enforcement.seizures.nominal.numbers import ANY_SHAPE, numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SHORT_CHARACTERS: Final = 80  # what is remembered as screened
_SIGN: Final = re.compile(r"[@\d<]")
_DIGIT: Final = re.compile(r"\d")
_KEY: Final = re.compile(r"[A-Za-z0-9_./:\\#()-]*", re.ASCII)
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{0,79}(?:-\d{1,6})?", re.ASCII)  # six digits by themselves are fewer than any number has
_KEYS: Final = ("reference", "operation", "prompted_by")
_CHECKED: Final = frozenset({"container", "flight", "imo"})  # identifiers whose form a rule checks
_SHORTEST_IBAN: Final = 15
_ANY_DIGIT: Final = str.maketrans("123456789", "000000000")
_SHORTEST_KEY: Final = 8  # shorter than any number that is looked for
# Words without which no name is introduced, no number spelt and no mail address spoken; most texts have none of them. Small letters.
_TELLING_TEXT: Final = (
    "sieur don dona captain capt sgt prof mr mrs ms miss dr dra mme mlle monsieur madame mademoiselle sr sra srta senor senora"
    " senorita senhor senhora senhorita"
    " passenger passengers traveller travellers traveler travelers driver courier suspect owner consignee consignor shipper sender"
    " recipient"
    " addressee receiver importer exporter declarant holder captain crew buyer seller arrested passager passagere voyageur"
    " voyageuse conducteur"
    " conductrice chauffeur proprietaire destinataire expediteur expeditrice detenteur titulaire mis prevenu prevenue capitaine"
    " livreur pasajero"
    " pasajera viajero viajera conductor conductora chofer propietario propietaria dueno duena destinatario destinataria remitente"
    " titular"
    " detenido detenida imputado imputada sospechoso sospechosa capitan passageiro passageira viajante motorista condutor condutora"
    " proprietario"
    " proprietaria dono dona remetente detido detida preso presa suspeito suspeita capitao portador portadora importador"
    " importadora exportador"
    " exportadora name surname forename forenames alias aka nom prenom prenoms nombre nombres apellido apellidos nome sobrenome"
    " apelido apelidos"
    " appelle llama chama nommee nomme dit called named llamado llamada chamado chamada belongs belonging appartenant perteneciente"
    " pertencente"
    " pertence arroba arobase dot punto ponto point gmail hotmail outlook yahoo proton protonmail icloud instagram telegram"
    " facebook tiktok wechat"
    " snapchat insta skype zero three four five seven eight nine quatre cinq sept huit neuf cero cuatro cinco siete ocho nueve"
    " quatro sete oito"
    " nove trente quarante soixante vingt thirty forty fifty twenty"
)
_TELLING: Final = frozenset(_TELLING_TEXT.split())
_TELLING_SIGNS: Final = re.compile(r"[\[({<]\s?(?:at|arroba|arobase)\s?[\])}>]|\bM\.", re.IGNORECASE)
_RARE: Final = ("M.", "(", "[", "{", "<")
_SPACES: Final = str.maketrans(dict.fromkeys("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00b0", " "))
_MANY_DIGITS: Final = re.compile(r"\d(?:[^\dA-Za-z]{0,3}\d){5}")
_LETTER_OR_DIGIT: Final = re.compile(r"[OoIl]\d|\d[OoIl]|[OoIl]{2}[.-]\d")
_GOODS: Final = re.compile(r"\b[A-Z]{3}[UJZ] ?\d{6}[ -]?\d\b|\bIMO ?\d{7}\b")  # containers and ships name no person
_APART: Final = 6  # words of one letter or digit: something is written apart


@dataclass(frozen=True, slots=True)
class Hit:
    """Something nominal: in which field, and what it looks like (never the text itself)."""

    field: str
    reason: str


def screen_text(text: str) -> tuple[str, ...]:
    """What in `text` looks nominal, each reason once ("a telephone number"); empty when nothing does."""
    return _screened(text) if len(text) <= SHORT_CHARACTERS else _screen(text)


@lru_cache(maxsize=4096)  # names of places, brands and marks come again and again
def _screened(text: str) -> tuple[str, ...]:
    return _screen(text)


def _screen(text: str) -> tuple[str, ...]:
    folded = fold(text)
    words = folded.lower().translate(_SPACES).split()
    apart = list(map(len, words)).count(1) >= _APART
    names = not _TELLING.isdisjoint(words) or _has_telling_sign(folded)
    if not (apart or names or _SIGN.search(folded)):
        return ()
    plain = _GOODS.sub("#", " ".join(folded.split()))
    seen = Seen(names, not LABELS.isdisjoint(words), not STREETS.isdisjoint(words))
    found = list(_reasons(plain, seen))
    for reading in _other_readings(folded, plain, apart=apart):
        found.extend(_reasons(reading, EVERYTHING if apart else seen))
    return tuple(dict.fromkeys(found))


def _has_telling_sign(text: str) -> bool:
    """An "M." before a name, or an at sign spelt between brackets."""
    return any(sign in text for sign in _RARE) and _TELLING_SIGNS.search(text) is not None


class Seen(NamedTuple):
    """Which telling words a text has: those that introduce names or speak signs out, labels, street words."""

    names: bool
    labels: bool
    streets: bool


EVERYTHING: Final = Seen(names=True, labels=True, streets=True)


def _other_readings(folded: str, plain: str, *, apart: bool) -> Iterator[str]:
    """How the text reads when what was written apart or disguised is put together; nothing where that is as it stands."""
    tight = " ".join(join_apart(tighten(folded)).split()) if apart else tighten(plain)
    if tight != plain:
        yield tight
        if apart:
            yield part_labels(tight)
    if _LETTER_OR_DIGIT.search(tight) is not None:
        yield letters_as_digits(tight)


def _reasons(text: str, seen: Seen) -> Iterator[str]:
    if _DIGIT.search(text) is not None:
        yield from _numbers(text, seen)
    if "@" in text or seen.names:
        yield from signs_in(text)
    if "<" in text:
        yield from lettered_in(text)
    if seen.names:
        yield from names_in(text)
        yield from spoken_in(text)


def _numbers(text: str, seen: Seen) -> Iterator[str]:
    if seen.labels:
        yield from labelled_in(text)
    if _MANY_DIGITS.search(text) is not None:
        yield from phones_in(text)
        yield from numbers_in(text)
    if "<" not in text:
        yield from lettered_in(text)
    if seen.streets:
        yield from addresses_in(text)


@lru_cache(maxsize=4096)  # an office's references differ in their digits only
def _harmless(shape: str) -> bool:
    """Whether no key with digits where `shape` has zeros can name a person."""
    if _KEY.fullmatch(shape) is None:
        return False
    return len(shape) < _SHORTEST_KEY or not (ANY_SHAPE.search(shape) is not None or may_be_key(shape))


def screen_key(text: str) -> tuple[str, ...]:
    """The same for a reference or code, which is letters and digits itself: only what no reference is written like."""
    if len(text) <= SHORT_CHARACTERS:
        if _WORD.fullmatch(text) is not None:  # such as are made of a file's content: no two have a shape in common
            return _key_reasons(text) if may_be_word(text) else ()
        if _harmless(text.translate(_ANY_DIGIT)):
            return ()
    return _key_reasons(text)


def _key_reasons(text: str) -> tuple[str, ...]:
    if _KEY.fullmatch(text) is None:
        return screen_text(text)
    if len(text) < _SHORTEST_KEY:
        return ()
    found = list(numbers_in(text, shaped_only=True)) if ANY_SHAPE.search(text) is not None else []
    if len(text) >= _SHORTEST_IBAN or ANY_KEY_FORM.search(text.upper()) is not None:
        found.extend(lettered_in(text, keys_only=True))
    return tuple(dict.fromkeys(found))


def case_texts(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(field path, text) of everything in a case that a person may have typed freely and that is not empty."""
    if case["place"]["name"]:
        yield "place.name", case["place"]["name"]
    for number, stop in enumerate(case["route"]):
        if stop["name"]:
            yield f"route[{number}].name", stop["name"]
    for number, text in enumerate(case["texts"]):
        yield f"texts[{number}].text", text["text"]
    if case["transport"]:
        yield from _transport_texts(case["transport"])
    for number, line in enumerate(case["lines"]):
        for place, attribute in enumerate(line["attributes"]):
            yield f"lines[{number}].attributes[{place}].value", attribute["value"]


def _transport_texts(transports: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for number, transport in enumerate(transports):
        yield f"transport[{number}].carrier", transport["carrier"]
        if transport["identifier_kind"] not in _CHECKED and transport["identifier"]:
            yield f"transport[{number}].identifier", transport["identifier"]


def screen(case: Mapping[str, Any]) -> list[Hit]:
    """Every nominal hit in a case payload; the egress check refuses a case that has one."""
    hits: list[Hit] = []
    for field in _KEYS:
        if case[field] and (found := screen_key(case[field])):
            hits.extend([Hit(field, reason) for reason in found])
    for field, text in case_texts(case):
        if found := screen_text(text):
            hits.extend([Hit(field, reason) for reason in found])
    return hits
