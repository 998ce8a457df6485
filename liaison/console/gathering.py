"""The texts of templates and pages, gathered into the catalogues: `python -m liaison.console.gathering` (make words) after writing some.

Translations that exist stay; new texts wait untranslated, which a test refuses; texts that are gone leave.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from liaison.console.calls import LANGUAGES

SHELL: Final = "liaison.console"
PACKAGES: Final = (SHELL, "enforcement", "services")
BELOW: Final = ("liaison.access", "liaison.node", "liaison.protocol")  # what it says of refusals stands in the catalogues of the console
_KEYWORDS: Final = {"_": None, "gettext": None, "ngettext": (1, 2), "n_": None, "words": None, "many": (1, 2), "phrase": None}
_METHODS: Final = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS: Final = {"**/templates/**.html": {"trimmed": "true", "silent": "false"}}
_TOOLS_LINES: Final = (
    b"# ",
    b"#\n",
    *(b'"' + name for name in (b"Generated-By", b"Project-Id", b"Report-", b"POT-", b"PO-Rev", b"Last-Tr", b"Language-Team")),
)
_LONG_AGO: Final = datetime(2026, 1, 1, tzinfo=UTC)  # no moment of writing: the same texts give the same file


def folder_of(package: str) -> Path:
    """Where a package lies."""
    return Path(str(resources.files(package)))


@cache
def texts_of(package: str) -> Catalog:
    """Every text that the package's templates and pages show; read once a process, for all languages."""
    found = Catalog()
    walked = list(extract_from_dir(str(folder_of(package)), _METHODS, _OPTIONS, keywords=_KEYWORDS, strip_comment_tags=True))
    for below in BELOW if package == SHELL else ():
        walked += extract_from_dir(str(folder_of(below)), _METHODS[1:], keywords=_KEYWORDS, strip_comment_tags=True)
    for file, _line, message, _comments, context in sorted(walked, key=lambda one: (one[0], one[1])):
        found.add(message, context=context, locations=[(file, 0)])
    return found


def gathered(package: str, language: str) -> bytes:
    """The catalogue file as it should be: today's texts with the translations that the file has."""
    wanted = texts_of(package)
    file = folder_of(package) / "words" / f"{language}.po"
    known = read_po(io.BytesIO(file.read_bytes() if file.exists() else b""), locale=language)
    made = Catalog(locale=language, charset="utf-8", creation_date=_LONG_AGO, revision_date=_LONG_AGO, fuzzy=False)
    for message in wanted:
        if message.id:
            had = known.get(message.id if isinstance(message.id, str) else message.id[0])
            made.add(message.id, had.string if had is not None and type(had.id) is type(message.id) else None, flags=message.flags)
    out = io.BytesIO()
    write_po(out, made, width=140, sort_output=True, omit_header=False, ignore_obsolete=True)
    return b"".join(line for line in out.getvalue().splitlines(keepends=True) if not _of_the_tool(line))


def _of_the_tool(line: bytes) -> bool:
    """Who wrote it and with what: nothing a reader needs, and another line with every version."""
    return line.startswith(_TOOLS_LINES)


def missing(package: str, language: str) -> list[str]:
    """The texts that have no translation in the catalogue."""
    made = read_po(io.BytesIO(gathered(package, language)), locale=language)
    return [str(one.id) for one in made if one.id and not all(one.string if isinstance(one.string, tuple | list) else (one.string,))]


def main() -> int:
    """Write the catalogues; the number of texts without a translation is said."""
    waiting = 0
    for package in PACKAGES:
        for language in LANGUAGES[1:]:
            file = folder_of(package) / "words" / f"{language}.po"
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(gathered(package, language))
            waiting += len(missing(package, language))
    sys.stderr.write(f"{waiting} texts wait for a translation.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
