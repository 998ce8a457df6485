"""The edition of the code lists that ships with the package."""

from __future__ import annotations

import functools
from importlib import resources
from typing import TYPE_CHECKING

from enforcement.codelists.parsing import FILES, parse

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists


def shipped_file(name: str) -> bytes:
    """The bytes of one file of `enforcement/reference`."""
    return resources.files("enforcement.reference").joinpath(name).read_bytes()


@functools.cache
def load_shipped() -> CodeLists:
    """The shipped edition, read once a process. Raises ReferenceDataError."""
    return parse({name: shipped_file(name) for name in FILES})
