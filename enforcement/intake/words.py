"""What columns, units and totals are called in files: English, French, Spanish, Portuguese. Ours, from the words of the field."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

# Field of a case -> words that name it. Compared without accents, case and punctuation.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "reference": (
        "reference", "case reference", "case number", "case no", "case id", "seizure number", "seizure id", "file number", "report number",
        "référence", "numéro de dossier", "numéro d'affaire", "numéro de saisie", "n° affaire", "n° pv", "procès-verbal",
        "referencia", "número de caso", "número de expediente", "expediente", "número de acta", "acta",
        "referência", "número do processo", "processo", "número da apreensão", "documento", "laudo", "ocorrência", "boletim",
    ),
    "date": (
        "date", "seizure date", "date of seizure", "detection date", "incident date", "event date", "day",
        "date de saisie", "date de la saisie", "date de constatation", "date des faits", "jour",
        "fecha", "fecha de incautación", "fecha de decomiso", "fecha del hecho", "fecha de aprehensión", "día",
        "data", "data da apreensão", "data apreensao", "data do fato", "data ocorrência", "data referencia", "dia",
    ),
    "time": ("time", "hour", "time of seizure", "heure", "hora"),
    "kind": ("kind", "case kind", "offence type", "type of offence", "nature de l'infraction", "tipo de infracción", "tipo de infração"),
    "agency": ("agency", "seizing agency", "authority", "service", "service saisissant", "organismo", "autoridad", "órgão", "força"),
    "customs_role": ("customs role", "role of customs", "rôle de la douane", "papel de la aduana", "papel da alfândega"),
    "operation": ("operation", "operation name", "opération", "operación", "operativo", "operação"),
    "place.country": ("country", "country of seizure", "pays", "pays de saisie", "país", "país de incautación", "país da apreensão"),
    "place.location_type": (
        "location type", "type of location", "place type", "type of place", "type de lieu", "tipo de lugar", "tipo de local", "origem",
    ),
    "place.name": (
        "place", "place of seizure", "location", "customs office", "seizure location", "city", "port of entry", "where",
        "lieu", "lieu de saisie", "bureau", "bureau de douane", "ville",
        "lugar", "lugar de incautación", "aduana", "ciudad", "localidad", "municipio",
        "local", "local da apreensão", "cidade", "cidade apreensão", "município", "unidade aduaneira",
        "port", "seaport", "airport", "port of seizure", "aéroport", "puerto", "aeropuerto", "porto", "aeroporto",
    ),
    "place.locode": (
        "un/locode", "locode", "iata", "airport code", "port code", "code aéroport", "código de aeropuerto", "código de puerto",
        "código do aeroporto", "unidade padrão aeroportuario",
    ),
    "direction": ("direction", "import export", "flow", "sens", "sens du flux", "flujo", "dirección", "fluxo", "sentido", "direção"),
    "detection_channel": (
        "detection channel", "detection method", "how detected", "mode de détection", "méthode de détection", "moyen de détection",
        "método de detección", "forma de detección", "método de detecção", "forma de detecção",
    ),
    "concealment": (
        "concealment", "concealment method", "type of concealment", "hiding place", "mode de dissimulation", "dissimulation", "cachette",
        "ocultamiento", "método de ocultamiento", "ocultación", "ocultação", "modo de ocultação",
    ),
    "conveyance": (
        "conveyance", "means of transport", "mode of transport", "transport", "transport mode", "moyen de transport", "mode de transport",
        "medio de transporte", "modo de transporte", "meio de transporte", "tipo de transporte",
    ),
    "ecommerce": ("e-commerce", "online order", "commerce électronique", "comercio electrónico", "comércio eletrônico"),
    "line.commodity": (
        "commodity", "goods", "product", "drug", "drug type", "substance", "item", "type of goods", "species", "what", "seized goods",
        "marchandise", "marchandises", "produit", "stupéfiant", "drogue", "nature de la marchandise", "type de produit", "espèce",
        "mercancía", "mercadería", "producto", "droga", "tipo de droga", "sustancia", "especie", "bien",
        "mercadoria", "produto", "substância", "tipo de mercadoria", "espécie", "entorpecente", "tipo apreensão",
    ),
    "line.hs_code": ("hs code", "hs", "tariff code", "code sh", "position tarifaire", "código sa", "partida arancelaria", "ncm"),
    "line.quantity.amount": (
        "quantity", "amount", "weight", "qty", "volume", "number of items", "how much", "net weight", "gross weight",
        "quantité", "poids", "qté", "nombre", "cantidad", "peso", "cant", "número de unidades",
        "quantidade", "qtd", "qtde", "quantidade apreensão", "peso apreendido", "total peso",
    ),
    "line.quantity.unit": (
        "unit", "unit of measure", "uom", "measure", "unité", "unité de mesure", "unidad", "unidad de medida", "unidade", "unidade medida",
        "unidade de medida", "unidade apreensão",
    ),
    "route.origin": ("origin", "country of origin", "origine", "pays d'origine", "país de origen", "origen", "país de origem"),
    "route.departure": (
        "departure", "country of departure", "from", "provenance", "pays de provenance", "procedencia", "país de procedencia",
        "procedência", "país de procedência", "embarque",
    ),
    "route.transit": ("transit", "transit country", "country of transit", "pays de transit", "país de tránsito", "país de trânsito"),
    "route.destination": (
        "destination", "country of destination", "to", "pays de destination", "destino", "país de destino",
    ),
    "persons_arrested": (
        "persons arrested", "arrests", "number of persons", "arrested", "personnes arrêtées", "nombre de personnes", "interpellés",
        "personas detenidas", "detenidos", "número de detenidos", "pessoas presas", "presos", "detidos",
    ),
    "detection_means": (
        "means of detection", "detection means", "moyens de détection", "medios de detección", "medio de detección", "meios de detecção",
    ),
    "transport.carrier": (
        "carrier", "airline", "shipping line", "shipping company", "transporteur", "compagnie aérienne", "transportista", "aerolínea",
        "naviera", "transportadora", "companhia aérea",
    ),
    "place.latitude": ("latitude", "lat", "latitud"),
    "place.longitude": ("longitude", "lon", "long", "lng", "longitud"),
    "place.coordinates": ("coordinates", "gps", "gps coordinates", "coordonnées", "coordonnées gps", "coordenadas", "coordenadas gps"),
    "duty_evaded.amount": (
        "duty evaded", "evaded duty", "taxes evaded", "droits éludés", "droits compromis", "derechos eludidos", "tributos evadidos",
    ),
    "line.value.amount": (
        "value", "market value", "goods value", "estimated value", "valeur", "valeur estimée", "valeur marchande", "valor",
        "valor estimado", "valor de mercado",
    ),
    "line.value.currency": ("currency", "currency code", "monnaie", "devise", "moneda", "divisa", "moeda"),
    "line.attribute.brand": ("brand", "trademark", "marque", "marca"),
    "line.attribute.model": ("model", "modèle", "modelo"),
    "line.attribute.calibre": ("calibre", "caliber"),
    "line.attribute.purity-percent": ("purity", "pureté", "pureza"),
    "text.concealment": ("concealment details", "concealment description", "description de la cachette", "descripción del ocultamiento"),
    "text.modus-operandi": ("modus operandi", "circumstances", "description", "circonstances", "descripción", "descrição", "narrative"),
}  # fmt: skip

# Code of a unit (UN/ECE Recommendation 20 and 21) -> what it is called.
UNITS: Final[dict[str, tuple[str, ...]]] = {
    "KGM": ("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramme", "kilogrammes", "kilogramo", "kilogramos", "quilo",
            "quilos", "quilograma", "quilogramas"),
    "GRM": ("g", "gr", "grs", "gram", "grams", "gramme", "grammes", "gramo", "gramos", "grama", "gramas"),
    "MGM": ("mg", "milligram", "milligrams", "milligramme", "milligrammes", "miligramo", "miligramos", "miligrama", "miligramas"),
    "TNE": ("t", "tonne", "tonnes", "ton", "tons", "tonelada", "toneladas"),
    "LBR": ("lb", "lbs", "pound", "pounds", "libra", "libras"),
    "LTR": ("l", "lt", "litre", "litres", "liter", "liters", "litro", "litros"),
    "MLT": ("ml", "millilitre", "millilitres", "milliliter", "mililitro", "mililitros"),
    "H87": ("pc", "pcs", "piece", "pieces", "pièce", "pièces", "unit", "units", "unité", "unités", "unid", "unidad", "unidades", "unidade",
            "peça", "peças", "pieza", "piezas", "selo", "selos", "stück"),
    "U2": ("tablet", "tablets", "pill", "pills", "comprimé", "comprimés", "comprimido", "comprimidos", "pastilla", "pastillas"),
    "E27": ("dose", "doses", "dosis"),
    "XPK": ("package", "packages", "pack", "packs", "packet", "packets", "paquet", "paquets", "paquete", "paquetes", "pacote", "pacotes",
            "maço", "maços", "cajetilla", "cajetillas"),
    "XBO": ("bottle", "bottles", "bouteille", "bouteilles", "botella", "botellas", "garrafa", "garrafas"),
    "XCT": ("carton", "cartons", "cartón", "cartones"),
    "MTR": ("m", "metre", "metres", "meter", "meters", "mètre", "mètres", "metro", "metros"),
    "USD": ("usd", "us dollars"),
    "EUR": ("eur", "euro", "euros"),
}  # fmt: skip

YEARS: Final = frozenset({"year", "annee", "an", "ano", "anio", "exercice"})
MONTHS: Final = frozenset({"month", "mois", "mes", "quarter", "trimestre"})
SUMS: Final = frozenset(
    {"total", "totals", "totaux", "totales", "totais", "sum", "somme", "suma", "soma", "count", "average", "moyenne", "media"}
)
_TOTAL: Final = re.compile(
    r"(?:grand|sub|sous|general)?[ -]?(?:total(?:es|s)?|totaux|totais|subtotal|soma|suma|somme|sum)\b(?: (?:general|geral|général))?[ :]*"
)
_SPLIT: Final = re.compile(r"[^0-9a-z]+")
_CAMEL: Final = re.compile(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])")


@functools.lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """Lower case, without accents, words parted by one blank: `Unidade_Padrão` and `unidade padrao` are the same."""
    parted = _CAMEL.sub(" ", text) if not text.isupper() else text
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", parted) if not unicodedata.combining(sign))
    return _SPLIT.sub(" ", bare.casefold()).strip()


def words(text: str) -> tuple[str, ...]:
    """The words of a heading."""
    return tuple(plain(text).split())


@functools.cache
def _unit_words() -> dict[str, str]:
    return {plain(word): code for code, names in UNITS.items() for word in names}


def unit_of(text: str) -> str:
    """The code of the unit a whole cell names; empty when none is known."""
    return _unit_words().get(plain(text), "")


def unit_in_heading(heading: str) -> str:
    """The code of the one unit named in a heading (`Weight (kg)`, `qtd_selos_unidades`), the last where it names several; else empty.

    A heading that is nothing but the word for units names the column of units, and single letters count only in brackets.
    """
    bracketed = "".join(re.findall(r"[(\[]([^)\]]*)[)\]]", heading))
    if bracketed and (unit := unit_of(bracketed)):
        return unit
    found = [_unit_words()[word] for word in words(heading) if word in _unit_words() and len(word) > 1]
    several = len(words(heading)) > 1 or plain(heading) in {"kg", "kilos", "quilos", "grams", "gramas", "gramos", "kilograms"}
    measured = any(word.startswith(_AMOUNT_STEMS) for word in words(heading)) or plain(heading) in _unit_words()
    return found[0] if found and several and measured else ""


_AMOUNT_STEMS: Final = (
    "quan",
    "qtd",
    "qnt",
    "qty",
    "cant",
    "peso",
    "weight",
    "poid",
    "vol",
    "amount",
    "number",
    "nombre",
    "kg",
    "net",
    "gross",
)


def is_total(cell: str) -> bool:
    """Whether a cell is the word that begins a row of totals."""
    return _TOTAL.fullmatch(plain(cell)) is not None


def similar_words() -> dict[str, str]:
    """Every plain heading word or phrase -> its field."""
    return {plain(word): target for target, names in HEADINGS.items() for word in names}
