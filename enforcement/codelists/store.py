"""Editions of the code lists: the one that ships with the package, and those that the hub has released."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING

from enforcement.codelists.parsing import FILES, document_of, fixed_of, parse

if TYPE_CHECKING:
    from enforcement.codelists.document import Document
    from enforcement.codelists.model import CodeLists
    from enforcement.codelists.parsing import Fixed


def shipped_file(name: str) -> bytes:
    """The bytes of one file of `enforcement/reference`."""
    return resources.files("enforcement.reference").joinpath(name).read_bytes()


@functools.cache
def load_shipped() -> CodeLists:
    """The shipped edition, read once a process. Raises ReferenceDataError."""
    return parse({name: shipped_file(name) for name in FILES})


def shipped_document() -> Document:
    """The shipped edition as a document. Raises ReferenceDataError."""
    return document_of({name: shipped_file(name) for name in FILES})


def shipped_fixed() -> Fixed:
    """What comes with the package and not with an edition."""
    return fixed_of({name: shipped_file(name) for name in FILES})
