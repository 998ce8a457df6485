"""The words of a receipt, in English, French and Spanish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from enforcement.intake.template_words import Words

TITLE: Final[Words] = ("Receipt of a report", "Récépissé d'un rapport", "Recibo de un informe")
FOOTER: Final[Words] = (
    "Made by {node} on {at} from its own signed records · AMBER",
    "Établi par {node} le {at} à partir de ses propres données signées · AMBER",
    "Hecho por {node} el {at} con sus propios registros firmados · AMBER",
)
HEAD: Final[Mapping[str, Words]] = {
    "version": ("Version", "Version", "Versión"),
    "reported": ("Reported on (UTC)", "Communiqué le (UTC)", "Comunicado el (UTC)"),
    "state": ("State when this was printed", "État à l'impression", "Estado al imprimir"),
    "since": ("Judged on (UTC)", "Jugé le (UTC)", "Juzgado el (UTC)"),
    "office": ("By", "Par", "Por"),
    "remarks": ("Remarks", "Remarques", "Observaciones"),
}
FINGERPRINT: Final[Words] = ("Fingerprint", "Empreinte", "Huella")
NOTES: Final[tuple[Words, ...]] = (
    (
        "Worked out from the signed report. To know whether this sheet is genuine and how the case stands now, at its contact point:",
        "Calculée à partir du rapport signé. Pour savoir si cette feuille est authentique et où en est l'affaire, au point de contact :",
        "Calculada con el informe firmado. Para saber si esta hoja es auténtica y cómo está el caso ahora, en el punto de contacto:",
    ),
)
CASE: Final[Words] = ("The case", "L'affaire", "El caso")
GOODS: Final[Words] = ("Goods {number}", "Marchandise {number}", "Mercancía {number}")
ROUTE: Final[Words] = ("Route", "Itinéraire", "Ruta")
TEXTS: Final[Words] = ("In words", "En toutes lettres", "En palabras")
SIGNED: Final[Words] = ("Signed records", "Données signées", "Registros firmados")
VERSION: Final[Words] = ("version {number}", "version {number}", "versión {number}")
RECORD: Final[Mapping[str, Words]] = {
    "event": ("Event", "Événement", "Evento"),
    "place": ("Number and topic", "Numéro et sujet", "Número y tema"),
    "header": ("Hash of the signed batch", "Empreinte du lot signé", "Huella del lote firmado"),
    "key": ("Key of the signature", "Clé de la signature", "Clave de la firma"),
    "holds": ("Signature", "Signature", "Firma"),
}
HOLDS: Final[Words] = ("checked again now: it holds", "vérifiée à l'instant : valable", "comprobada ahora: vale")
NOT_HERE: Final[Words] = ("not proven here", "non prouvée ici", "no probada aquí")
WHAT: Final[Mapping[str, Words]] = {
    "reported": ("Reported", "Communiqué", "Comunicado"),
    "accepted": ("Accepted", "Accepté", "Aceptado"),
    "accepted-with-correction": ("Accepted, correction proposed", "Accepté, correction proposée", "Aceptado, corrección propuesta"),
    "returned": ("Returned", "Renvoyé", "Devuelto"),
    "declined": ("Declined", "Décliné", "Rechazado"),
    "withdrawn": ("Withdrawn", "Retiré", "Retirado"),
}
STATES: Final[Mapping[str, Words]] = {
    "submitted": (
        "submitted: the office has not answered",
        "soumis : le bureau n'a pas répondu",
        "presentado: la oficina no ha respondido",
    ),
    "validated": ("validated: this version counts", "validé : cette version compte", "validado: esta versión cuenta"),
    "returned": ("returned, to be corrected", "renvoyé, à corriger", "devuelto, para corregir"),
    "declined": ("declined: out of scope", "décliné : hors du champ", "rechazado: fuera del ámbito"),
    "superseded": ("superseded by a newer version", "remplacé par une version plus récente", "reemplazado por una versión más reciente"),
    "withdrawn": ("withdrawn", "retiré", "retirado"),
    "in-review": ("in review", "en examen", "en examen"),
}
FIELDS: Final[Mapping[str, Words]] = {
    "releasability": ("Whom the case is for", "Destinataires de l'affaire", "Destinatarios del caso"),
    "level": ("Level of the report", "Niveau du rapport", "Nivel del informe"),
    "report_source": ("How it was reported", "Mode de communication", "Forma de comunicación"),
    "code_list_edition": ("Edition of the code lists", "Édition des listes de codes", "Edición de las listas de códigos"),
    "place.country": ("Country", "Pays", "País"),
    "detection_means": ("Means of detection", "Moyens de détection", "Medios de detección"),
    "place.coordinates": ("Coordinates", "Coordonnées", "Coordenadas"),
    "duty_evaded.amount": ("Duty evaded", "Droits éludés", "Derechos eludidos"),
    "duty_evaded.currency": ("Duty evaded, currency", "Droits éludés, monnaie", "Derechos eludidos, moneda"),
    "duty_evaded.basis": ("Duty evaded, basis", "Droits éludés, base", "Derechos eludidos, base"),
    "picture_hashes": ("SHA-256 of pictures", "SHA-256 des images", "SHA-256 de las imágenes"),
    "line.values.amount": ("Value", "Valeur", "Valor"),
    "line.values.currency": ("Value, currency", "Valeur, monnaie", "Valor, moneda"),
    "line.values.basis": ("Value, basis", "Valeur, base", "Valor, base"),
    "transport.carrier": ("Carrier", "Transporteur", "Transportista"),
    "transport.identifier_kind": ("Kind of transport number", "Nature du numéro de transport", "Tipo de número de transporte"),
    "transport.identifier": ("Transport number", "Numéro de transport", "Número de transporte"),
    "persons_arrested": ("Persons arrested", "Personnes arrêtées", "Personas detenidas"),
    "prompted_by": ("Prompted by", "À la suite de", "A raíz de"),
    "line.section": ("Section", "Section", "Sección"),
    "line.stream": ("Stream", "Flux", "Flujo"),
    "line.quantity.converted_amount": ("Quantity, converted", "Quantité convertie", "Cantidad convertida"),
    "line.quantity.converted_unit": ("Unit, converted", "Unité convertie", "Unidad convertida"),
    "line.quantity.conversion_edition": ("Table of conversion", "Table de conversion", "Tabla de conversión"),
}
FIELD_LISTS: Final[Mapping[str, str]] = {
    "report_source": "report-sources",
    "detection_means": "detection-means",
    "duty_evaded.basis": "value-basis",
    "line.values.basis": "value-basis",
    "transport.identifier_kind": "transport-identifiers",
    "line.section": "sections",
    "line.stream": "streams",
    "line.quantity.converted_unit": "units",
}
