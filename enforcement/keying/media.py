"""What a scan is, by its content. It is never decoded or rendered here: bytes are looked at, nothing more."""

from __future__ import annotations

import re
from typing import Final

from enforcement.keying.errors import ScanUnfit
from liaison.protocol.errors import phrase

MOST_BYTES: Final = 8 * 1024 * 1024
LEAST_BYTES: Final = 64
TAIL: Final = 1_024  # bytes from the end in which a PDF says that it ends (ISO 32000-1, annex H, note 18)
PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
SUFFIXES: Final = {PDF: (".pdf",), JPEG: (".jpg", ".jpeg"), PNG: (".png",), TIFF: (".tif", ".tiff")}
# (begins with, the last bytes hold) of each kind
_FORMS: Final = (
    (PDF, b"%PDF-", b"%%EOF"),
    (JPEG, b"\xff\xd8\xff", b"\xff\xd9"),
    (PNG, b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"),
    (TIFF, b"II*\x00", b""),
    (TIFF, b"MM\x00*", b""),
)
# Names with which a PDF does something by itself, or carries other files. In a compressed object they are not seen.
_ACTIVE: Final = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|XFA|RichMedia|GoToR|SubmitForm|ImportData)\b")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def media_of(data: bytes) -> str:
    """The media type of a scan: PDF, JPEG, PNG or TIFF. Raises ScanUnfit for anything else, too large, cut off, or a PDF that acts."""
    if not LEAST_BYTES <= len(data) <= MOST_BYTES:
        raise ScanUnfit(phrase("It has {number:,} bytes.", number=len(data)))
    media = next((name for name, begins, ends in _FORMS if data.startswith(begins) and ends in data[-TAIL:]), "")
    if not media:
        raise ScanUnfit(phrase("Its content is no whole PDF, JPEG, PNG or TIFF."))
    if media == PDF:
        found = _ACTIVE.search(_ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), data))
        if found is not None:
            raise ScanUnfit(phrase("The PDF has {what}: a scan does nothing by itself.", what=found[0].decode("ascii")))
    return media
