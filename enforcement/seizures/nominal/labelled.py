"""What follows a label in English, French, Spanish or Portuguese: telephones, documents, plates, birth dates; mail addresses.

The patterns see folded text (`folding`): no accents, Latin letters. Every repetition is bounded: a member may send the longest
text that an event holds.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enforcement.seizures.nominal.numbers import DOCUMENT, PARCEL, is_announced

if TYPE_CHECKING:
    from collections.abc import Iterator

PHONE: Final = "a telephone number"
MAIL: Final = "an e-mail address"
HANDLE: Final = "an account name"
PLATE: Final = "a vehicle plate"
BIRTH: Final = "a date of birth"

_GAP: Final = r"[\s:.#\u00b0=(-]{0,4}"
_NUMBER_WORD: Final = r"(?:n(?:\.?\s?[o\u00b0]\.?|um(?:ber|ero)?\.?|r|ro\.?)?|#)?(?:\s(?:is|of|est|es|e|de|do|da|du|del)\b)?"
_BORN: Final = (
    r"born(?:\son)?|d\.?o\.?b\.?|date\sof\sbirth|birth\s?da(?:te|y)|nee?\sle|date\sde\snaissance|nacid[oa](?:\sel)?|nacio(?:\sel)?"
    r"|nasceu(?:\sem)?|b\.(?=\s?\d{1,2}\s[A-Za-z]{3})"
    r"|fecha\sde\snacimiento|nacimiento|nascid[oa](?:\sem)?|data\sde\snascimento|nascimento|ddn|nasc\.?"
)
_DOCUMENT: Final = (
    r"(?:passports?|passeports?|pasaportes?|passaportes?)(?:\s(?!with\b|and\b|avec\b)[a-z]{4,12})?|ppt|travel\sdocument|c\.c"
    r"|identidade|carne\sde\sidentidad|identity\s(?:card|document|n(?:o|umber))|id\scard|id\sn(?:o|umber)"
    r"|national\sid|carte\s(?:nationale\s)?d'identite|carte\sde\ssejour|titre\sde\ssejour|residence\spermit|cni|dni|nie"
    r"|documento\s(?:nacional\s)?de\s(?:identidad|identidade)|documento\snro|carteira\sde\s(?:identidade|motorista)|cartao\sde\scidadao"
    r"|bilhete\sde\sidentidade|cedula(?:\sde\s(?:ciudadania|identidad|extranjeria))?|cpf|cnh|rg|curp|rfc|nif|niss|nir|ssn|nin|nino"
    r"|pesel|bsn|oib|cpr|personnummer|steuer-?id|aadhaar|nric|mykad|tckn|egn|afm|rut|ruc|nit|cuit|cuil|dui|ine|titulo\sde\seleitor"
    r"|driving\slicen[cs]e|driver'?s?\slicen[cs]e|permis\sde\sconduire|licencia\sde\sconducir|permiso\sde\sconducir"
    r"|carta\sde\sconducao|securite\ssociale|secu|social\ssecurity(?:\snumber)?|visa|registration\sn(?:o|umber)|vat\sn(?:o|umber)"
    r"|tax\s(?:id|n(?:o|umber))|cnpj|siret|siren|contribuinte|company\sn(?:o|umber)|registre\sdu\scommerce|rccm|matricula\smercantil"
)
_PLATE: Final = (
    r"licen[cs]e\splates?|number\splates?|(?:vehicle|car|truck|trailer)\s(?:registration|reg)|registration\splates?|plates?"
    r"|(?:plaque\sd')?immatriculation|immatricule[es]?|matriculas?|placas?|plaques?|chapas?|emplacad[oa]"
)
_PHONE: Final = (
    r"tels?|telephones?|telefonos?|telefones?|phones?|mobiles?|cel(?:l(?:phone)?|ular(?:es)?)?|moviles|movil|telemovel|tfn?o|tlm"
    r"|tlf|whats?app|whats|sms|wsp|zap"
    r"|signal"
    r"|telegram|viber|fax|portable|gsm|llam[ae](?:r|lo|la|rlo)?\sal|(?:text|ring|call|reach)\s(?:(?:him|her|them|me)\s)?(?:on|at)"
    r"|llamar|ligar(?:\spara)?|call(?:ed|s)?|appeler(?:\sle)?|fone"
)
_MAILBOX: Final = r"gmail|hotmail|outlook|yahoo|proton(?:mail)?|icloud|wanadoo|gmx|yandex"
_ENDING: Final = r"com|org|net|info|biz|int|gov|edu|[a-z]{2}"
_SIGN: Final = r"(?:@|\s?[\[({<]\s?(?:at|a|arroba|arobase|chez|em)\s?[\])}>]\s?|\s(?:arroba|arobase|at\s?sign)\s)"
_POINT: Final = r"(?:\.|\s?[\[({<]\s?(?:dot|punto|ponto|point|\.)\s?[\])}>]\s?|\s(?:dot|punto|ponto|point)\s)"

_MAILS: Final = (
    re.compile(rf"[\w.+%-]{{1,64}}\s?{_SIGN}\s?[\w-]{{1,63}}(?:\s?{_POINT}\s?[\w-]{{1,63}}){{1,8}}", re.IGNORECASE),
    # "at" is a word like others unless a spoken dot or a mailbox follows
    re.compile(
        rf"\b[\w.+-]{{2,64}}(?:\s(?:at|chez)\s|\s?{_SIGN}\s?)(?:(?:{_MAILBOX})\b|[\w-]{{2,63}}\s(?:dot|punto|ponto"
        rf"|point)\s(?:{_ENDING})\b)",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:{_MAILBOX})\s?(?:\s(?:dot|punto|ponto|point)\s|\.)\s?(?:com|fr|es|br|com\.br)\b", re.IGNORECASE),
)
_HANDLES: Final = (
    re.compile(r"(?<![\w.])@[A-Za-z][\w.]{3,31}"),
    re.compile(
        r"\b(?:instagram|telegram|facebook|tiktok|wechat|snapchat|insta|skype)\s?(?:user(?:name)?|id|handle"
        r"|:)\s?:?\s?[\w.]{4,32}",
        re.IGNORECASE,
    ),
)
_PHONES: Final = (
    re.compile(r"(?<![\w+])\+\s?[1-9]\d{0,2}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){5,12}(?!\d)"),
    re.compile(r"(?<![\d.,/-])0[1-79](?:[ .-]\d\d){4}(?![\d.,/-])"),  # France, Arcep numbering plan: ten digits in pairs
    re.compile(r"\(0?\d{2}\)\s?9?\s?\d{4}[ -]\d{4}(?!\d)"),  # Brazil, Anatel Resolution 749
    re.compile(r"\([2-9]\d{2}\)\s?[2-9]\d{2}[ -]\d{4}(?!\d)"),  # North American Numbering Plan
)
_LABELLED_PHONE: Final = re.compile(
    rf"\b(?:{_PHONE})\b{_GAP}{_NUMBER_WORD}{_GAP}\(?\+?\d(?:[\s().-]{{0,2}}\d){{5,14}}(?!\d|\s?(?:pcs|pieces|units|unid"
    rf"|cartons|boxes))",
    re.IGNORECASE,
)
_DIALLED: Final = re.compile(r"(?<![\w+/.-])00[1-9]\d{0,2}[\s().-]{0,3}\d(?:[\s().-]{0,2}\d){5,12}(?!\d)")
_DOCUMENTS: Final = re.compile(
    rf"\b(?:{_DOCUMENT})\b{_GAP}{_NUMBER_WORD}{_GAP}"
    rf"(?:(?=[A-Z0-9./-]{{0,17}}\d{{3}})(?=[A-Z./-]{{0,9}}\d[A-Z0-9./-]{{3}})[A-Z0-9][A-Z0-9./-]{{4,24}}"
    r"|(?=[A-Z]{0,3}(?:[A-Z .-]{0,2}\d){6})[A-Z]{0,3}\s?\d{1,5}(?:[\s.-][A-Z]{0,2}\d{1,5}){2,6}\b(?!\s?(?:pieces|pcs|unidades"
    r"|exemplaires|copies|units)\b))",
    re.IGNORECASE,
)
# A plate is capitals in groups, or one run of any case; "plate 20 mm thick" is neither.
_PLATES: Final = re.compile(
    rf"\b(?i:{_PLATE})\b{_GAP}(?i:{_NUMBER_WORD}){_GAP}(?!\d{{1,9}}\s?[xX\u00d7]\s?\d)(?!\d{{1,6}}\s?(?:mm|cm|m|kg|g|pcs|x)\b)"
    rf"(?:(?=[0-9 -]{{0,16}}[A-Z])(?=[A-Z -]{{0,16}}\d)(?:[A-Z0-9]{{1,4}}[ -]){{1,3}}[A-Z0-9]{{2,5}}\b"
    r"|(?=[0-9-]{0,9}[A-Za-z])(?=[A-Za-z-]{0,9}\d)[A-Za-z0-9-]{5,10}\b)"
)
_BIRTHS: Final = re.compile(
    rf"\b(?:{_BORN}){_GAP}(?:\d{{1,4}}[./\s-]\d{{1,2}}[./\s-]\d{{2,4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|o)?\s(?:de\s|of\s)?[^\W\d]{{3,10}}\.?,?\s(?:de\s|del\s)?\d{{4}}"
    rf"|[^\W\d]{{3,10}}\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}})",
    re.IGNORECASE,
)
_PARCELS: Final = re.compile(
    r"\b(?:awb|air\s?way\s?bill|waybill|lta|guia\saerea|conhecimento\saereo|tracking(?:\s(?:number|no|id))?|suivi|rastreo|rastreio"
    r"|rastreamento)\b[\s:.#\u00b0-]{0,4}(?:n[o\u00b0]?\.?|number|numero)?[\s:.#\u00b0-]{0,4}(?=[A-Z0-9"
    r" -]{0,12}\d{4})[A-Z0-9][A-Z0-9 -]{7,30}",
    re.IGNORECASE,
)
# What only a label tells, by any of its words (small letters); `labelled_in` is not asked for labels where none of them stands.
_LABEL_TEXT: Final = (
    "born dob d o b birth birthday birthdate ne nee naissance nacido nacida nacio nacimiento nascido nascida nasceu nascimento nasc"
    " ddn nac"
    " passport passports passeport passeports pasaporte pasaportes passaporte passaportes ppt travel identity id identite national"
    " carte titre"
    " residence cni dni nie documento carteira cartao bilhete cedula cpf cnh rg curp rfc nif niss nir ssn nino nin pesel bsn oib"
    " cpr personnummer"
    " steuer steuerid aadhaar nric mykad tckn egn afm rut ruc nit cuit cuil dui ine titulo driving driver drivers permis licencia"
    " permiso carta"
    " securite secu social visa registration vat tax cnpj siret siren contribuinte company registre rccm matricula carne identidade c"
    " license licence plate plates number vehicle car truck trailer immatriculation immatricule immatriculee immatricules immatriculees"
    " matriculas placa placas plaque plaques chapa chapas emplacado emplacada tel tels telephone telephones telefono telefonos"
    " telefone telefones"
    " phone phones mobile mobiles cell cel cellphone cellular celular celulares moviles movil telemovel tfno tfo tlm tlf whatsapp"
    " whatapp whats"
    " wsp zap sms signal telegram viber fax portable gsm llamar llama llame llamelo llamalo llamela text ring call called calls"
    " reach ligar"
    " appeler fone awb air airwaybill waybill lta guia conhecimento tracking suivi rastreo rastreio rastreamento"
)
LABELS: Final = frozenset(_LABEL_TEXT.split())
_BY_LABEL: Final = ((PHONE, _LABELLED_PHONE), (DOCUMENT, _DOCUMENTS), (PLATE, _PLATES), (BIRTH, _BIRTHS), (PARCEL, _PARCELS))
_BY_SIGN: Final = (*((MAIL, pattern) for pattern in _MAILS), *((HANDLE, pattern) for pattern in _HANDLES))


def signs_in(text: str) -> Iterator[str]:
    """The reason for every mail address and account name in folded text."""
    for reason, pattern in _BY_SIGN:
        if pattern.search(text):
            yield reason


def phones_in(text: str) -> Iterator[str]:
    """The reason when folded text has a telephone number that its own writing gives away."""
    if any(pattern.search(text) for pattern in _PHONES) or any(not is_announced(text, found.start()) for found in _DIALLED.finditer(text)):
        yield PHONE


def labelled_in(text: str) -> Iterator[str]:
    """The reason for everything that a label gives away in folded text."""
    for reason, pattern in _BY_LABEL:
        if pattern.search(text):
            yield reason
