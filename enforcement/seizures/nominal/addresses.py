"""Postal addresses: a street word with a name and a house number, in English, French, Spanish and Portuguese; post boxes and codes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS: Final = "an address"

# Street, name, number: Spanish, Portuguese, and French or English words used so. A kilometre on a road is no house.
_NAME: Final = r"(?:(?:d[aeou]s?|del|la|las|los|l'|d'|el|e|y)\s?|\d{1,2}\s(?:de|du)\s){0,3}[A-Z][\w'.-]{0,24}"
_END: Final = (
    r"(?=$|\s?[,;.)/\n-]|\s(?:casa|apto?|apart\w{0,8}|bairro|barrio|bloco|bloque|andar|piso|sala|fundos|cep|c\.?p|int|puerta|esc"
    r"|local|e\s|and\s|et\s|y\s"
    r"|em\s|en\s|in\s|a\s[A-Z]|[A-Z]|\d{4,5}))"
)
_NO_UNIT: Final = r"(?!\s?(?:kgs?|g|km|m|l|ml|cm|mm|pcs|x|%|h)\b)"
_STREET_FIRST: Final = re.compile(
    r"(?<![\w-])(?i:rua|r\.|av\.?|avenida|avda\.?|calle|cl\.|c/|carrera|cra\.?|kra\.?|cll\.?|travessa|tv\.|alameda|al\.|pra[cz]a"
    r"|plaza|paseo|pje\.?"
    r"|pasaje|jiron|jr\.|estrada|rodovia|largo|via|ronda|rue|avenue|boulevard|bd\.?|blvd\.?|allee|impasse|chemin)\s?"
    rf"{_NAME}(?:\s{_NAME}){{0,4}}(?:\s?,\s?|\s)(?i:n[o.\u00b0]{{0,2}}\s?|num(?:ero)?\.?\s?|#\s?|no\.\s?"
    rf"|lote\s)?\d{{1,5}}[A-Za-z]?(?:-\d{{1,4}})?\b{_NO_UNIT}{_END}"
)
_COLOMBIAN: Final = re.compile(
    r"\b(?:calle|carrera|cra|kra|cl|cll|transversal|diagonal|av)\.?\s?\d{1,3}[A-Z]?\s?(?:bis\s?)?(?:#"
    r"|no\.?|n\u00b0)\s?\d{1,3}",
    re.IGNORECASE,
)
_NUMBER_FIRST: Final = re.compile(
    r"\b\d{1,4}(?:\s?(?:bis|ter|quater|[A-D]))?\s?,?\s(?i:rue|avenue|av\.|boulevard|bd\.?|allees?|impasse|chemin|place|quai|cours"
    r"|square|route|passage|villa)\s"
    r"(?:(?:de|du|des|la|le|les|l'|d'|aux?)\s?){0,3}[A-Z][\w'-]{1,24}"
)
_ENGLISH: Final = re.compile(
    r"(?<![\w.,/-])\d{1,5}[A-Za-z]?(?:-\d{1,5})?,?\s(?:(?:North|South|East|West|[NSEW]\.?)\s)?(?!Silk\sRoad"
    r"|Abbey\sRoad)(?:[A-Z][\w'.]{1,20}\s|\d{1,3}(?:st|nd|rd|th)\s){1,3}"
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Close|Crescent|Cres|Terrace|Way|Square|Sq|Place|Pl"
    r"|Gardens|Highway|Hwy)"
    r"\b\.?(?=$|\s?[,;.)\n]|\s(?:in|and|at|near|apt|flat|unit|suite)\b|\s[A-Z]|\s#)"
)
_ENGLISH_SMALL: Final = re.compile(
    r"\b(?:lives?\sat|living\sat|resid(?:es|ing|ent)\s(?:at|of)|address(?:\sis|:)"
    r"|home\saddress)\s?:?\s?\d{1,5}[a-z]?\s[a-z]{2,20}",
    re.IGNORECASE,
)
_LABELLED: Final = re.compile(
    r"\b(?:address|adresse|direccion|domicilio|domicile|domicilie[es]?|endereco|residente|residencia|reside(?:nte)?|demeurant|vive"
    r"|mora|lives|residing)\b"
    r"[\s:]{0,3}(?:(?:a|at|in|en|em|na|no|au"
    r"|a\sla)\s)?(?:[a-z.']{1,12}\s){0,4}?(?:[a-z.']{1,20}\s?,?\s){1,4}(?:n[o.\u00b0]{0,2}\s?)?\d{1,5}\b"
    r"(?!\s?(?:kgs?|g|km|m|pcs|units|boxes|cartons)\b)",
    re.IGNORECASE,
)
_BOX: Final = re.compile(
    r"\b(?:p\.?\s?o\.?\s?box|boite\spostale|apartado(?:\spostal|\sde\scorreos)?|caixa\spostal"
    r"|casilla(?:\sde\scorreo)?)\s?(?:n[o.\u00b0]{0,2}\s?)?:?\s?\d{1,6}\b"
    r"|\bb\.?p\.?\s(?:n[o.\u00b0]{0,2}\s?)?\d{2,6}\b|\bcep\s?:?\s?\d{2}\.?\d{3}-?\d{3}\b",
    re.IGNORECASE,
)
_LOOKS: Final = (_STREET_FIRST, _COLOMBIAN, _NUMBER_FIRST, _ENGLISH, _ENGLISH_SMALL, _LABELLED, _BOX)
# A street written small: only where the street word means nothing else and the number ends the phrase.
_SMALL: Final = re.compile(
    r"(?<![\w-])(?:rua|calle|avenida)\s(?:[a-z'.]{1,20}\s?){1,4}(?:,\s?|\s)(?:n[o.\u00b0]{0,2}\s?)?\d{1,5}(?=$|\s?[,;.)])"
    r"|\b\d{1,4}(?:\sbis)?,?\srue\s(?:[a-z']{1,20}\s?){1,4}(?=$|[,;.)\d])"
)


# Without one of these words (small letters) there is no address that is found here.
_STREET_TEXT: Final = (
    "rua r av avenida avda calle cl c carrera cra kra cll travessa tv alameda al praca plaza paseo pje pasaje jiron jr estrada"
    " rodovia largo via ronda"
    " rue avenue boulevard bd blvd allee allees impasse chemin place quai cours square route passage villa transversal diagonal"
    " street st road rd ave lane ln"
    " drive dr court ct close crescent cres terrace way sq pl gardens highway hwy lives live living resides residing resident"
    " address adresse"
    " direccion domicilio domicile domicilie domiciliee domicilies endereco residente residencia reside demeurant vive mora box"
    " boite apartado caixa"
    " casilla bp b cep"
)
STREETS: Final = frozenset(_STREET_TEXT.split())


def addresses_in(text: str) -> Iterator[str]:
    """The reason when folded text gives an address."""
    if any(pattern.search(text) for pattern in _LOOKS) or _SMALL.search(text.lower()):
        yield ADDRESS
