"""What is a scan, by content alone."""

from __future__ import annotations

import pytest

from enforcement.keying.errors import ScanUnfit
from enforcement.keying.media import JPEG, MOST_BYTES, PDF, PNG, TIFF, media_of

FILL = bytes(range(256))
END = b"%%EOF\n"
GOOD = {
    PDF: b"%PDF-1.4\n" + FILL + END,
    JPEG: b"\xff\xd8\xff\xe0" + FILL + b"\xff\xd9",
    PNG: b"\x89PNG\r\n\x1a\n" + FILL + b"IEND\xaeB`\x82",
    TIFF: b"MM\x00*" + FILL,
}


@pytest.mark.parametrize("media", GOOD)
def test_each_kind_is_known_by_its_content(media: str) -> None:
    assert media_of(GOOD[media]) == media


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.4\n" + FILL,  # cut off
        b"\xff\xd8\xff\xe0" + FILL * 9,
        b"MZ" + FILL,
        b"<html>" + FILL,
        b"PK\x03\x04" + FILL,
        b"\n" + GOOD[PDF],
        GOOD[TIFF] + bytes(MOST_BYTES),
        b"%PDF-1.4\n<< /S /JavaScript >>" + FILL + END,
        b"%PDF-1.4\n<< /S /Java#53cript >>" + FILL + END,
        b"%PDF-1.4\n<< /S /Launch /F (x) >>" + FILL + END,
        b"%PDF-1.4\n<< /Type /EmbeddedFile >>" + FILL + END,
    ],
    ids=[
        "empty",
        "cut-pdf",
        "cut-jpeg",
        "program",
        "page",
        "archive",
        "shifted",
        "large",
        "script",
        "hidden-script",
        "launch",
        "attachment",
    ],
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ScanUnfit):
        media_of(data)
