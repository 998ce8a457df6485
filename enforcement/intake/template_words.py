"""What the columns of a template are called and what goes into them, in English, French and Spanish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

Words = tuple[str, str, str]  # en, fr, es
LANGUAGES: Final = ("en", "fr", "es")

_CHOOSE: Final[Words] = ("Choose from the list.", "Choisissez dans la liste.", "Elija de la lista.")
_COUNTRY: Final[Words] = ("A country, from the list.", "Un pays, dans la liste.", "Un país, de la lista.")
_TEXT: Final[Words] = (
    "Text. Nothing that names or identifies a person.",
    "Texte. Rien qui nomme ou identifie une personne.",
    "Texto. Nada que nombre o identifique a una persona.",
)

COLUMNS: Final[Mapping[str, tuple[Words, Words]]] = {
    "reference": (
        ("Case reference", "Référence de l'affaire", "Referencia del caso"),
        (
            "Your number of the case. Several rows with the same one are the goods of one case.",
            "Votre numéro de l'affaire. Plusieurs lignes avec le même numéro sont les marchandises d'une seule affaire.",
            "Su número del caso. Varias filas con el mismo número son las mercancías de un solo caso.",
        ),
    ),
    "date": (
        ("Date of seizure", "Date de la saisie", "Fecha de la incautación"),
        ("A day of the calendar.", "Un jour du calendrier.", "Un día del calendario."),
    ),
    "time": (("Time", "Heure", "Hora"), ("Local time as HH:MM.", "Heure locale, HH:MM.", "Hora local, HH:MM.")),
    "kind": (("Kind of case", "Nature de l'affaire", "Tipo de caso"), _CHOOSE),
    "agency": (("Seizing agency", "Service saisissant", "Organismo que incauta"), _CHOOSE),
    "customs_role": (("Role of customs", "Rôle de la douane", "Papel de la aduana"), _CHOOSE),
    "operation": (
        ("Operation", "Opération", "Operación"),
        ("Code of the operation or project.", "Code de l'opération ou du projet.", "Código de la operación o del proyecto."),
    ),
    "persons_arrested": (
        ("Persons arrested", "Personnes arrêtées", "Personas detenidas"),
        (
            "How many; 0 is an answer, empty is not known. No names.",
            "Combien ; 0 est une réponse, vide veut dire inconnu. Pas de noms.",
            "Cuántas; 0 es una respuesta, vacío es desconocido. Sin nombres.",
        ),
    ),
    "duty_evaded.amount": (
        ("Duty evaded", "Droits éludés", "Derechos eludidos"),
        ("A number, with its currency beside it.", "Un nombre, avec sa monnaie à côté.", "Un número, con su moneda al lado."),
    ),
    "duty_evaded.currency": (("Duty evaded, currency", "Droits éludés, monnaie", "Derechos eludidos, moneda"), _CHOOSE),
    "place.location_type": (("Type of place", "Type de lieu", "Tipo de lugar"), _CHOOSE),
    "place.name": (
        ("Place", "Lieu", "Lugar"),
        ("Name of the town, port or office.", "Nom de la ville, du port ou du bureau.", "Nombre de la ciudad, del puerto o de la aduana."),
    ),
    "place.locode": (
        ("Place code", "Code du lieu", "Código del lugar"),
        ("UN/LOCODE, IATA code or name.", "UN/LOCODE, code IATA ou nom.", "UN/LOCODE, código IATA o nombre."),
    ),
    "place.coordinates": (
        ("Coordinates", "Coordonnées", "Coordenadas"),
        (
            "Latitude and longitude in decimal degrees: 17.9714, -76.7931",
            "Latitude et longitude en degrés décimaux : 17.9714, -76.7931",
            "Latitud y longitud en grados decimales: 17.9714, -76.7931",
        ),
    ),
    "direction": (("Direction", "Sens du flux", "Sentido del flujo"), _CHOOSE),
    "detection_channel": (("How it was detected", "Mode de détection", "Forma de detección"), _CHOOSE),
    "concealment": (("Kind of concealment", "Mode de dissimulation", "Modo de ocultación"), _CHOOSE),
    "detection_means": (("Means of detection", "Moyen de détection", "Medio de detección"), _CHOOSE),
    "conveyance": (("Means of transport", "Moyen de transport", "Medio de transporte"), _CHOOSE),
    "ecommerce": (("Bought online", "Achat en ligne", "Compra en línea"), _CHOOSE),
    "route.origin": (("Country of origin", "Pays d'origine", "País de origen"), _COUNTRY),
    "route.departure": (("Country of departure", "Pays de provenance", "País de procedencia"), _COUNTRY),
    "route.transit": (("Country of transit", "Pays de transit", "País de tránsito"), _COUNTRY),
    "route.destination": (("Country of destination", "Pays de destination", "País de destino"), _COUNTRY),
    "transport.carrier": (
        ("Carrier", "Transporteur", "Transportista"),
        ("Airline, shipping line, courier.", "Compagnie aérienne ou maritime, messagerie.", "Aerolínea, naviera, mensajería."),
    ),
    "transport.identifier_kind": (
        ("Kind of transport number", "Nature du numéro de transport", "Tipo de número de transporte"),
        _CHOOSE,
    ),
    "transport.identifier": (
        ("Transport number", "Numéro de transport", "Número de transporte"),
        (
            "Of the container, the flight or the ship. No plates, no parcel numbers.",
            "Du conteneur, du vol ou du navire. Ni plaques, ni numéros de colis.",
            "Del contenedor, del vuelo o del buque. Ni matrículas, ni números de paquetes.",
        ),
    ),
    "line.commodity": (("Goods", "Marchandise", "Mercancía"), _CHOOSE),
    "line.hs_code": (
        ("HS code", "Code SH", "Código SA"),
        ("4 to 10 digits, without dots.", "4 à 10 chiffres, sans points.", "De 4 a 10 cifras, sin puntos."),
    ),
    "line.quantity.amount": (
        ("Quantity", "Quantité", "Cantidad"),
        ("A number above zero.", "Un nombre supérieur à zéro.", "Un número mayor que cero."),
    ),
    "line.quantity.unit": (("Unit", "Unité", "Unidad"), _CHOOSE),
    "line.quantity.accuracy": (("Measured or estimated", "Mesuré ou estimé", "Medido o estimado"), _CHOOSE),
    "line.quantity.weight_basis": (("Gross or net", "Brut ou net", "Bruto o neto"), _CHOOSE),
    "line.value.amount": (
        ("Value", "Valeur", "Valor"),
        ("A number, with its currency beside it.", "Un nombre, avec sa monnaie à côté.", "Un número, con su moneda al lado."),
    ),
    "line.value.currency": (("Currency", "Monnaie", "Moneda"), _CHOOSE),
    "line.value.basis": (("What the value states", "Nature de la valeur", "Qué indica el valor"), _CHOOSE),
}
"""Field of a case -> what its column is called, what goes into it. Attributes and texts are called as in their code lists."""

FULL_ONLY: Final = frozenset(
    {
        *("duty_evaded.amount", "duty_evaded.currency", "place.coordinates", "line.value.basis"),
        *("transport.carrier", "transport.identifier_kind", "transport.identifier"),
    }
)
"""Fields that a template of the level FULL asks, and one of a simplified report does not."""

NUMBER: Final[Words] = ("A number.", "Un nombre.", "Un número.")
CHOOSE: Final = _CHOOSE
TEXT: Final = _TEXT

SHEET: Final = "Cases"
HELP_SHEET: Final[Words] = ("Help", "Aide", "Ayuda")
EXAMPLE: Final[Words] = (
    "EXAMPLE (not imported); your cases go below the headings",
    "EXEMPLE (non importé) ; vos affaires se placent sous les titres",
    "EJEMPLO (no se importa); sus casos van debajo de los títulos",
)
SPECIMEN: Final[Words] = ("EXAMPLE-1", "EXEMPLE-1", "EJEMPLO-1")
MANDATORY: Final[Words] = ("mandatory", "obligatoire", "obligatorio")
FOR_SOME: Final[Words] = ("mandatory for some goods", "obligatoire pour certaines marchandises", "obligatorio para algunas mercancías")
OPTIONAL: Final[Words] = ("if known", "si connu", "si se conoce")
HELP_HEADINGS: Final[tuple[Words, ...]] = (
    ("Column", "Colonne", "Columna"),
    ("Needed", "Exigence", "Exigencia"),
    ("What goes in", "Ce qu'on y met", "Qué se escribe"),
    ("Field", "Champ", "Campo"),
)
HELP: Final[tuple[Words, ...]] = (
    (
        "Fill in one row for each of the goods in the sheet Cases, below the headings. Yellow cells are mandatory and still empty.",
        "Une ligne par marchandise dans la feuille Cases, sous les titres. Les cellules jaunes sont obligatoires et encore vides.",
        "Rellene una fila por mercancía en la hoja Cases, debajo de los títulos. Las celdas amarillas son obligatorias y aún están vacías.",
    ),
    (
        "* mandatory; (*) mandatory for some goods. What is not known stays empty; Unknown is an answer too.",
        "* obligatoire ; (*) obligatoire pour certaines marchandises. Ce qui n'est pas connu reste vide ; Inconnu est aussi une réponse.",
        "* obligatorio; (*) obligatorio para algunas mercancías. Lo que no se conoce queda vacío; Desconocido también es una respuesta.",
    ),
    (
        "Save, then: liaison seizures import FILE. It needs no profile. The same file may be imported again: nothing comes in twice.",
        "Enregistrez, puis : liaison seizures import FICHIER. Aucun profil n'est nécessaire. Le même fichier peut être importé de nouveau.",
        "Guarde, y luego: liaison seizures import FICHERO. No necesita perfil. El mismo fichero puede importarse de nuevo.",
    ),
    (
        "Nothing that names a person: no names, documents, addresses, telephones, plates, companies.",
        "Rien qui nomme une personne : ni noms, ni documents, adresses, téléphones, plaques, sociétés.",
        "Nada que nombre a una persona: ni nombres, documentos, direcciones, teléfonos, matrículas, empresas.",
    ),
)
NOT_IN_LIST: Final[Words] = ("Choose an entry of the list.", "Choisissez un élément de la liste.", "Elija una entrada de la lista.")
NOT_A_DATE: Final[Words] = (
    "Write a day of the calendar, from 1990 on.",
    "Écrivez un jour du calendrier, à partir de 1990.",
    "Escriba un día del calendario, desde 1990.",
)


def said(words: Words, language: str) -> str:
    """In this language; English where it is none of ours."""
    return words[LANGUAGES.index(language)] if language in LANGUAGES else words[0]
