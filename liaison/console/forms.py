"""Forms as browsers send them, bounded before they are read: fields as texts, files on disk."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from liaison.console.calls import BodyTooLarge, BodyTooSlow
from liaison.console.pages import MAX_FIELDS, MAX_FILE_BYTES, MAX_FORM_BYTES, BadForm, Upload
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

SLOWEST: Final = 4_000  # bytes a second: a telephone line's pace
PATIENCE_SECONDS: Final = 30
_KINDS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@asynccontextmanager
async def read_form(request: Request, *, takes_files: bool) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]]]:
    """The fields (each with all its values) and the files of a form; files are gone on leaving. Raises BadForm, BodyTooLarge, BodyTooSlow.

    The length must be told beforehand, so that too much is refused before a byte of it is read.
    """
    length = _length(request, MAX_FILE_BYTES if takes_files else MAX_FORM_BYTES)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _KINDS:
        raise BadForm(phrase("A form is sent as a browser sends it."))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + length / SLOWEST):
            form = await request.form(max_files=4 if takes_files else 0, max_fields=MAX_FIELDS, max_part_size=MAX_FORM_BYTES)
    except TimeoutError:
        raise BodyTooSlow from None
    except (HTTPException, ValueError) as error:
        raise BadForm(f"{getattr(error, 'detail', error)}") from None
    try:
        fields: dict[str, tuple[str, ...]] = {}
        files: dict[str, Upload] = {}
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    files[name] = Upload(value.filename[:255], value.file, value.size or 0)
            else:
                fields[name] = (*fields.get(name, ()), value)
        yield fields, files
    finally:
        await form.close()


def _length(request: Request, most: int) -> int:
    said = request.headers.get("content-length", "")
    if not (said.isascii() and said.isdigit()):
        raise BadForm(phrase("The length of the form was not told."))
    if int(said) > most:
        raise BodyTooLarge(phrase("The form has {said:,} bytes; at most {most:,} are taken.", said=int(said), most=most))
    return int(said)
