"""What sentences of rules are made of beside the rules' own words: facts that are phrases, by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "fr", "es")

HINTS: Final[Mapping[str, str]] = {"en": " Did you mean {}?", "fr": " Vouliez-vous dire {} ?", "es": " ¿Quiso decir {}?"}

_PHRASES: Final = (
    ("an e-mail address", "une adresse électronique", "una dirección de correo electrónico"),
    ("a telephone number", "un numéro de téléphone", "un número de teléfono"),
    ("a bank account number (IBAN)", "un numéro de compte bancaire (IBAN)", "un número de cuenta bancaria (IBAN)"),
    (
        "a document or registration number",
        "un numéro de document ou d'enregistrement",
        "un número de documento o de registro",
    ),
    ("a vehicle plate", "une plaque d'immatriculation", "una placa de matrícula"),
    ("a date of birth", "une date de naissance", "una fecha de nacimiento"),
    ("a number in words", "un numéro en toutes lettres", "un número en palabras"),
    (
        "a parcel or air waybill number",
        "un numéro de colis ou de lettre de transport aérien",
        "un número de paquete o de carta de porte aéreo",
    ),
    ("a payment card number", "un numéro de carte de paiement", "un número de tarjeta de pago"),
    ("the name of a person", "le nom d'une personne", "el nombre de una persona"),
    ("an account name", "un nom de compte", "un nombre de cuenta"),
    ("an address", "une adresse", "una dirección"),
    ("text", "un texte", "un texto"),
    ("a number", "un nombre", "un número"),
    ("a whole number", "un nombre entier", "un número entero"),
    ("a list", "une liste", "una lista"),
    ("an object", "un objet", "un objeto"),
    ("true or false", "vrai ou faux", "verdadero o falso"),
    ("mass", "masse", "masa"),
    ("volume", "volume", "volumen"),
    ("count", "nombre", "recuento"),
    ("length", "longueur", "longitud"),
    ("area", "surface", "superficie"),
    ("money", "monnaie", "dinero"),
    ("no converted value", "aucune valeur convertie", "ningún valor convertido"),
    ("a text that is not empty", "un texte non vide", "un texto no vacío"),
    ("transport", "transport", "transporte"),
    ("import", "importation", "importación"),
    ("export", "exportation", "exportación"),
    ("transit", "transit", "tránsito"),
    ("internal", "intérieur", "interno"),
)

# What a fact says in English -> the same in each language. Codes are not translated: a list has labels for that.
PHRASES: Final[Mapping[str, Mapping[str, str]]] = {words[0]: dict(zip(LANGUAGES, words, strict=True)) for words in _PHRASES}
