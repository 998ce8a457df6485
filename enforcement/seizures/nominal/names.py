"""Names that a title or a label introduces, and numbers spelt in words. A name in running text is not found."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "the name of a person"
SPOKEN: Final = "a number in words"

_TITLES: Final = (
    r"[Mm]rs?|MRS?|[Mm]s|MS|[Mm]iss|[Dd]r|DR|[Dd]ra|[Mm]me|MME|[Mm]lle|MLLE|[Mm]onsieur|[Mm]adame|[Mm]ademoiselle"
    r"|[Cc]apt|[Ss]gt|[Pp]rof|[Ss]ieur|[Ss]r|SR|[Ss]ra|SRA|[Ss]rta|SRTA|[Ss]enor(?:a|ita)?|[Ss]enhor(?:a|ita)?"
)
_SHOUTED: Final = r"SENORA?|SENHORA?|MONSIEUR|MADAME"
# A word of a name; particles stand between words. Goods that carry a title in their brand, and saints of places, are no persons.
_PARTICLE: Final = r"(?:d[aeiou]s?|del|la|las|los|van|von|der|den|el|al|bin|ibn|ben|bint|y|e|le|du|st)"
_WORD: Final = r"[A-Z](?:[A-Za-z]|['-](?=[A-Za-z])){1,24}"
_INITIAL: Final = r"[A-Z]\."
_FULL: Final = rf"{_WORD}(?:\s(?:{_PARTICLE}\s){{0,2}}(?:{_WORD}|{_INITIAL})){{1,5}}"
_BRANDS: Final = (
    r"Martens?|Dre|Pepper|Oetker|Jart|Scholl|Muscle|Clean|Proper|Propre|Bean|Dior|Fields|Coffee|Beast|Freeze|Sporty|Bigot|Tussauds"
    r"|Sixty|Porter"
    r"|Browns?|Fog|Blend|Bombastic|Vapou?r|Marley|Rochas|Hauschka|Good|Beckmann|Seuss|Price"
)
_TITLED: Final = re.compile(
    rf"(?<!Nossa )(?<!Nuestra )(?<!Nosso )(?<!Coco )(?<![\w'-])(?:{_TITLES}|{_SHOUTED})(?:\.\s?"
    rf"|\s)(?!(?:{_BRANDS})\b)(?!(?:d[aeo]s?|del)\s){_WORD}"
)
_LOWER_TITLED: Final = re.compile(
    r"(?<![\w'-])(?:mrs?|mme|mlle|srta?|sra|monsieur|senhora?|senora?)(?:\.\s?|\s)(?!d[aeo]s?\s|del\s|tout\b)[a-z]{3,20}\b"
)
_MONSIEUR: Final = re.compile(rf"(?<![\w.'-])M\.\s?(?:{_FULL}|[A-Z][a-z]{{2,24}})(?=$|[\s,;.)])")

_ENNOBLED: Final = re.compile(rf"(?<![\w'-])D(?:on|ona|om)\s{_FULL}")  # alone they begin brands: Don Julio, Dona Paula

_PERSON: Final = (
    r"passengers?|travell?ers?|driver|courier|suspect|owner|consignee|consignor|shipper|sender|recipient|addressee|receiver"
    r"|importer|exporter"
    r"|declarant|holder|captain|crew\s?member|buyer|seller|arrested|passagere?|voyageu(?:r|se)|conducteur|conductrice|chauffeur"
    r"|proprietaire"
    r"|destinataire|expediteur|expeditrice|detenteur|titulaire|mis\sen\scause|prevenue?|capitaine|livreur|pasajer[oa]|viajer[oa]"
    r"|conductora?"
    r"|chofer|propietari[oa]|duen[oa]|destinatari[oa]|remitente|titular|detenid[oa]|imputad[oa]|sospechos[oa]|capitan|passageir[oa]"
    r"|viajante"
    r"|motorista|condutora?|proprietari[oa]|don[oa]|remetente|detid[oa]|pres[oa]|suspeit[oa]|capitao|portadora?|importadora?|exportadora?"
)
_TRAVELLER: Final = (  # who is a person and no firm needs no colon before the name
    r"passenger|travell?er|driver|suspect|captain|passagere?|voyageur|conducteur|chauffeur|capitaine|pasajer[oa]|viajer[oa]|chofer"
    r"|detenid[oa]|sospechos[oa]|capitan|passageir[oa]|motorista|detid[oa]|suspeit[oa]|capitao"
)
_OF: Final = r"(?:\s(?:of|de|du|do|da|del|des)\s(?:the\s|la\s|le\s|el\s|los\s|o\s|a\s)?[a-z]{2,14}){0,2}"
_LINK: Final = (
    r"(?:\s?[:=]\s?|\s-\s|\s(?:(?:is|was|est|es|era|fue|e|foi)\s)?(?:named|called|identified\sas|name\sis|nommee?"
    r"|identifiee?\scomme|s'appelle|appelee?"
    r"|se\sllama|llamad[oa]|identificad[oa]\scomo|chama-se|chamad[oa]|de\snome|denominee?|is|was|est|es|era|fue|e|foi)\s)"
)
_LABELLED: Final = re.compile(rf"\b(?i:{_PERSON}){_OF}(?i:{_LINK})(?:[Tt]he\s)?(?:{_INITIAL}\s?)?({_FULL}|(?<=\.\s){_WORD})")
_FOLLOWED: Final = re.compile(rf"\b(?i:{_TRAVELLER})\s({_FULL})")
_NAME_LABEL: Final = (
    r"name\s?(?:[:=]|is\s)|(?:first|last|full|family|given|maiden)\sname\s?[:=]?|surname\s?[:=]?|forenames?\s?[:=]?|alias\s?[:=]?"
    r"|a\.?k\.?a\.?\s"
    r"|nom\s?[:=]|(?:nom\sde\sfamille|nom\set\sprenom|prenoms?)\s?[:=]?|nombres?\s?[:=]|apellidos?\s?[:=]?|nombre\scompleto\s?[:=]?"
    r"|nombre\sy\sapellidos?\s?[:=]?|nome\s?[:=]|nome\scompleto\s?[:=]?|sobrenome\s?[:=]?|apelidos?\s?[:=]?|s'appelle|se\sllama"
    r"|chama-se|nommee?"
    r"|dit\s|called|named|llamad[oa]|chamad[oa]|in\sthe\sname\sof|au\snom\sde|a\snombre\sde|em\snome\sde|belongs\sto|belonging\sto"
    r"|appartenant\sa|perteneciente\sa|pertencente\sa|pertence\sa"
)
# A label that another word qualifies names a thing: "brand name", "nom commercial", "nome do navio".
_NAMED: Final = re.compile(
    rf"(?:^|[.,;:(|/\n]\s{{0,3}}|\b(?:his|her|whose|and|son|sa|su|seu|sua|et|y|e|le|la|el|o"
    rf"|a)\s)(?i:{_NAME_LABEL})\s{{0,2}}({_FULL}|{_WORD}|[A-Z]{{2,25}})"
)
_NAMED_BY_VERB: Final = re.compile(
    r"(?i:\b(?:surname|sobrenome|apellidos?|prenoms?|s'appelle|se\sllama|chama-se|in\sthe\sname\sof|au\snom\sde|a\snombre\sde"
    r"|em\snome\sde|belongs\sto"
    rf"|belonging\sto|appartenant\sa|perteneciente\sa|pertencente\sa|pertence\sa)\s?[:=]?\s?)({_FULL})"
)
# Given names among the most frequent of their languages (public statistics of ONS, INSEE, INE and IBGE): they tell "driver: john smith",
# written small, from "driver: hidden under the seat". Without a label they say nothing: towns and brands bear them too.
_GIVEN_TEXT: Final = (
    "john james robert michael william david richard thomas mary patricia jennifer linda elizabeth susan jessica sarah peter george"
    " paul mark"
    " jean pierre michel andre philippe alain bernard jacques marie nathalie isabelle sylvie catherine francoise monique nicolas julien"
    " jose juan antonio manuel francisco luis carlos miguel pedro jesus maria carmen ana isabel dolores josefa rosa laura jorge fernando"
    " joao paulo lucas gabriel marcos rafael daniel marcelo bruno francisca adriana juliana marcia fernanda patricia aline sandra mohamed"
    " mohammed muhammad ahmed ali fatima ibrahim hassan hussein abdul wei li chen ivan olga elena sergei nguyen kumar singh"
)
_GIVEN: Final = frozenset(_GIVEN_TEXT.split())
_SMALL: Final = re.compile(
    rf"\b(?:{_PERSON}|name|nom|nombre|nome){_OF}{_LINK}(?:mr\.?\s"
    rf"|mrs\.?\s)?([a-z]{{2,20}})\s(?:{_PARTICLE}\s){{0,2}}[a-z]{{2,20}}\b"
)
# Capitalised words after a label that tell what a person or thing is instead of naming it.
_NO_NAMES_TEXT: Final = (
    "unknown not none nil male female adult minor citizen national nationality brazilian french spanish portuguese british american"
    " colombian"
    " mexican chinese nigerian dutch german italian inconnu inconnue desconocido desconocida desconhecido desconhecida ninguno"
    " nenhum aucun"
    " customs douane douanes aduana alfandega receita police policia port airport aeroport aeropuerto aeroporto puerto porto terminal"
    " warehouse container flight vessel vehicle truck car nissan toyota ford man volvo scania mercedes company ministry embassy"
    " state government"
    " navy army coast guard same see no sin sem non yes the a an uma una un une"
)
_NO_NAMES: Final = frozenset(_NO_NAMES_TEXT.split())
_PLACES_TEXT: Final = "port puerto porto santos hotel gate pier quai quay cais muelle hangar"
_PLACES: Final = frozenset(_PLACES_TEXT.split())

_DIGIT: Final = (
    r"zero|oh|one|two|three|four|five|six|seven|eight|nine|un|une|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|una|dos|tres"
    r"|cuatro|cinco|seis|siete"
    r"|ocho|nueve|um|uma|dois|duas|quatro|sete|oito|nove|meia"
)
_TENS: Final = (
    r"dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante|cinquante|soixante|quatre-?vingts?|ten|eleven|twelve"
    r"|thirteen|fourteen|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|double|triple"
)
_SPOKEN: Final = re.compile(rf"\b(?:{_DIGIT}|{_TENS}|\d)(?:[\s,.-]{{1,3}}(?:et\s)?(?:{_DIGIT}|{_TENS}|\d)\b){{4,40}}", re.IGNORECASE)
_WORDS: Final = re.compile(r"[a-z]{2,12}", re.IGNORECASE)
_SPOKEN_LABEL: Final = re.compile(
    r"\b(?:tel\w{0,8}|phone|mobile|cell\w{0,4}|movil|whats?app|call|appeler|ligar|llamar|number|numero|passport|passeport|pasaporte"
    r"|passaporte|cpf|dni|id"
    r"|document\w{0,2}|plate|placa|matricula)\b[^.;\n]{0,24}$",
    re.IGNORECASE,
)
_BEFORE: Final = 48  # characters before a number in words that may hold its label
_SPOKEN_AFTER_LABEL: Final = 3
_SPOKEN_ALONE: Final = 7  # so many digits in words are a number to be dialled or copied, whatever stands before them


_TITLES_AND_NAMES: Final = (_TITLED, _LOWER_TITLED, _MONSIEUR, _ENNOBLED)
_LABELS_AND_NAMES: Final = (_LABELLED, _FOLLOWED, _NAMED, _NAMED_BY_VERB)


def names_in(text: str) -> Iterator[str]:
    """The reason when folded text introduces a person by a title or label."""
    if any(pattern.search(text) for pattern in _TITLES_AND_NAMES) or _is_labelled(text):
        yield NAME


def _is_labelled(text: str) -> bool:
    if any(_is_name(found[1]) for pattern in _LABELS_AND_NAMES for found in pattern.finditer(text)):
        return True
    return any(found[1] in _GIVEN for found in _SMALL.finditer(text.lower()))


def _is_name(words: str) -> bool:
    parts = words.lower().split()
    return parts[0] not in _PLACES and _NO_NAMES.isdisjoint(parts)


def spoken_in(text: str) -> Iterator[str]:
    """The reason when folded text spells a number out, digit by digit or pair by pair."""
    for found in _SPOKEN.finditer(text):
        count = len(_WORDS.findall(found[0]))
        before = text[max(0, found.start() - _BEFORE) : found.start()]
        if count >= _SPOKEN_ALONE or (count >= _SPOKEN_AFTER_LABEL and _SPOKEN_LABEL.search(before)):
            yield SPOKEN
            return
