"""The words of the printed form, in English, French and Spanish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.intake.template_words import Words

TITLE: Final[Words] = ("Report of a seizure", "Rapport de saisie", "Informe de incautación")
EVERYTHING: Final[Words] = ("All goods", "Toutes les marchandises", "Todas las mercancías")
EDITION: Final[Words] = (
    "Code lists {edition} · level {level}",
    "Listes de codes {edition} · niveau {level}",
    "Listas de códigos {edition} · nivel {level}",
)
FOOTER: Final[Words] = (
    "{country} · to be keyed at the national contact point · this sheet stays in the country",
    "{country} · à saisir au point de contact national · cette feuille reste dans le pays",
    "{country} · se registra en el punto de contacto nacional · esta hoja se queda en el país",
)
NOTES: Final[tuple[Words, ...]] = (
    (
        "Block letters, one form for each case. * mandatory; (*) mandatory for some goods. Tick one box; what is not known is left empty.",
        "Majuscules, un formulaire par affaire. * obligatoire ; (*) pour certaines marchandises. Cochez une case ; l'inconnu reste vide.",
        "Mayúsculas, un formulario por caso. * obligatorio; (*) para algunas mercancías. Marque una casilla; lo desconocido queda vacío.",
    ),
    (
        "Days as year-month-day (2026-01-31), decimals with a point (2.5). Goods, and units where they are few, are listed at the end.",
        "Jours en année-mois-jour (2026-01-31), décimales avec un point (2.5). Listes des marchandises et unités à la fin.",
        "Días como año-mes-día (2026-01-31), decimales con punto (2.5). Las mercancías, y las unidades si son pocas, están al final.",
    ),
    (
        "Nothing that names a person, except who fills in this form: no names, documents, addresses, telephones, plates, companies.",
        "Rien qui nomme une personne, sauf qui remplit ce formulaire : ni noms, ni documents, adresses, téléphones, plaques, sociétés.",
        "Nada que nombre a una persona, salvo quien lo rellena: ni nombres, documentos, direcciones, teléfonos, matrículas, empresas.",
    ),
)
PAPER: Final[Words] = ("This paper", "Ce papier", "Este papel")
PAPER_FIELDS: Final[tuple[Words, ...]] = (
    ("Number of this paper", "Numéro de ce papier", "Número de este papel"),
    ("Date on this paper", "Date sur ce papier", "Fecha de este papel"),
    ("Office or post", "Bureau ou poste", "Oficina o puesto"),
    ("Written by", "Rempli par", "Rellenado por"),
)
CASE: Final[Words] = ("The case", "L'affaire", "El caso")
GOODS: Final[Words] = ("The goods", "Les marchandises", "Las mercancías")
EACH: Final[Words] = ("Goods", "Marchandise", "Mercancía")
TEXTS: Final[Words] = ("In words", "En toutes lettres", "En palabras")
SIGNING: Final[tuple[Words, ...]] = (
    ("Signature and stamp of who wrote it", "Signature et cachet de qui l'a rempli", "Firma y sello de quien lo rellenó"),
    (
        "Keyed on, by (national contact point)",
        "Saisi le, par (point de contact national)",
        "Registrado el, por (punto de contacto nacional)",
    ),
)
HELPS: Final[Mapping[str, Words]] = {
    "reference": ("Your number of the case", "Votre numéro de l'affaire", "Su número del caso"),
    "date": ("Year-month-day", "Année-mois-jour", "Año-mes-día"),
    "time": ("HH:MM, local", "HH:MM, locale", "HH:MM, local"),
    "persons_arrested": ("How many; 0 is an answer", "Combien ; 0 est une réponse", "Cuántas; 0 es una respuesta"),
    **dict.fromkeys(
        ("line.value.currency", "duty_evaded.currency"), ("Code, such as USD", "Code, par exemple USD", "Código, por ejemplo USD")
    ),
}
COUNTRY: Final[Words] = ("Name or ISO code", "Nom ou code ISO", "Nombre o código ISO")
FROM_LIST: Final[Words] = ("See the list", "Voir la liste", "Véase la lista")
UNITS: Final[Words] = ("Units", "Unités", "Unidades")
LIST_OF: Final[Words] = ("Goods of this form", "Marchandises de ce formulaire", "Mercancías de este formulario")
MORE_UNITS: Final[Words] = (
    "Symbol or UN/ECE code of the unit",
    "Symbole ou code CEE-ONU de l'unité",
    "Símbolo o código CEPE de la unidad",
)
