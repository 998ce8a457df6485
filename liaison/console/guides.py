"""What a page says of a refusal, in the reader's language: what it is called, what to do next, and the page to go to for that.

A refusal's own next step speaks of commands; `words/guides.csv` of each package says the same for who sits at the console, by the
refusal's stable code. A code without a line is told in its own words, in English.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import Phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from liaison.protocol.errors import LiaisonError

FILE: Final = "words/guides.csv"
ENGLISH: Final = "en"
BY_PAGES: Final = frozenset({"console.bad-form"})  # pages say it themselves, in the reader's language


@dataclass(frozen=True, slots=True)
class Guide:
    """One line: titles by language but English (the class has it), next steps by language, the page to go to or nothing."""

    to: str
    titles: Mapping[str, str]
    steps: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal as a page says it. `detail`: what is particular about it, empty where the title says it all; `foreign`: it is English,
    and the reader's language another.
    """

    title: str
    detail: str
    step: str
    to: str
    code: str
    foreign: bool = False

    @property
    def sentence(self) -> str:
        """All that is said in the reader's language: what is particular, or what it is called where that is English."""
        return self.title if not self.detail or self.foreign else self.detail


def guides_of(packages: Iterable[str], addresses: Collection[str]) -> dict[str, Guide]:
    """The lines of these packages by code; a page that this console does not have is not pointed to."""
    return {code: guide for package in packages for code, guide in _read(package, addresses)}


def _read(package: str, addresses: Collection[str]) -> Iterable[tuple[str, Guide]]:
    source = resources.files(package).joinpath(FILE)
    if not source.is_file():
        return
    for row in csv.DictReader(io.StringIO(source.read_text("utf-8"))):
        to = row["to"] if row["to"].partition("?")[0] in addresses else ""
        titles = {"fr": row["title_fr"], "es": row["title_es"]}
        yield row["code"], Guide(to, titles, {"en": row["step_en"], "fr": row["step_fr"], "es": row["step_es"]})


def explained(error: LiaisonError, language: str, guides: Mapping[str, Guide], tell: Callable[[str], str]) -> Explained:
    """What is said of this refusal to somebody who reads this language; `tell` says a phrase in it."""
    guide, said = guides.get(error.code), error.args[0] or str(error)
    usual = (type(error).__doc__ or "").strip().splitlines()[0]
    own = error.said_in(language)
    detail = own or ("" if said == usual else tell(said))
    foreign = bool(detail) and language != ENGLISH and not (own or isinstance(said, Phrase)) and error.code not in BY_PAGES
    if guide is None:
        return Explained(usual, detail, error.next_step, "", error.code, foreign)
    return Explained(guide.titles.get(language, usual), detail, guide.steps[language], guide.to, error.code, foreign)
