"""A text as a QR code, drawn here: the only user of segno."""

from __future__ import annotations

import segno


def drawing(text: str) -> str:
    """The code as an SVG element, black on white whatever the page's colours are: cameras need the contrast."""
    return str(segno.make(text, error="m").svg_inline(scale=5, border=3, dark="#000", light="#fff"))
