"""What kinds of refusal of the API are called, by language. A kind that is not here has its class's own sentence, in English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.protocol.errors import LiaisonError

_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "api.bad-request": ("La requête ne peut pas être comprise.", "No se puede entender la solicitud."),
    "api.key-refused": (
        "La clé manque, est inconnue, révoquée ou périmée.",
        "La clave falta, es desconocida, está revocada o ha caducado.",
    ),
    "api.not-found": ("Cette adresse n'existe pas.", "No existe esta dirección."),
    "api.method": ("Cette méthode n'est pas admise ici.", "Este método no se admite aquí."),
    "api.media-type": ("Ce type de contenu n'est pas admis.", "Este tipo de contenido no se admite."),
    "api.too-large": ("La requête dépasse la taille admise.", "La solicitud supera el tamaño admitido."),
    "api.too-slow": ("Le corps de la requête n'est pas arrivé à temps.", "El cuerpo de la solicitud no llegó a tiempo."),
    "api.too-many-requests": ("Trop de requêtes : patientez.", "Demasiadas solicitudes: espere."),
    "api.idempotency-key-reused": (
        "Cette clé d'idempotence a servi à une autre requête.",
        "Esta clave de idempotencia se usó para otra solicitud.",
    ),
    "access.not-permitted": ("Cette clé ne permet pas cela.", "Esta clave no lo permite."),
    "access.not-at-a-port": ("Cela se fait au bureau national, pas dans un port.", "Esto se hace en la oficina nacional, no en un puerto."),
    "document.not-json": ("Ce n'est pas du JSON, ou pas un objet.", "Esto no es JSON, o no es un objeto."),
    "case.refused": ("L'affaire n'a pas été reprise.", "El caso no se admitió."),
    "seizures.version-conflict": ("Cette version ne suit pas celle qui est connue.", "Esta versión no sigue a la conocida."),
    "seizures.unknown": ("Ce nœud n'a pas d'affaire sous cette référence.", "Este nodo no tiene ningún caso con esta referencia."),
    "seizures.foreign-administration": (
        "Un point de contact ne déclare que pour sa propre administration.",
        "Un punto de contacto solo informa por su propia administración.",
    ),
    "database.failed": ("La base de données n'est pas disponible.", "La base de datos no está disponible."),
    "database.locked": ("Un autre programme occupe la base de données.", "Otro programa ocupa la base de datos."),
}


def title_of(error: LiaisonError, language: str) -> str:
    """What this kind of refusal is called."""
    known = _TITLES.get(error.code)
    if known is not None and language != "en":
        return known[0 if language == "fr" else 1]
    return (type(error).__doc__ or "").strip().splitlines()[0]
