"""Pages as their readers read them: the texts of a page, and which of them are not in the language that it was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from babel.dates import format_date
from babel.messages.pofile import read_po

from enforcement.codelists.store import shipped_document
from enforcement.seizures.rules import RULES
from liaison.cli.door import premises_of
from liaison.console.gathering import PACKAGES, folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liaison.assembly import Node
    from tests.served import Seen, Visitor

TOLD = ("title", "placeholder", "aria-label", "alt", "data-label", "data-confirm")  # attributes that are read
VOID = ("br", "img", "input", "meta", "link", "hr", "source", "wbr", "col")
NOT_READ = ("script", "style", "code", "kbd", "pre", "samp", "textarea", "svg")  # names of the machine's, and what the reader writes
NO_LINKS = ("/static/", "/live", "/sign-out")
ENGLISH = ("lang", "en")
_WORD = re.compile(r"[^\W\d_]+(?:['\N{RIGHT SINGLE QUOTATION MARK}][^\W\d_]+)*")
_PUT_IN = re.compile(r"%\(\w+\)s|\{[^{}]*\}")
_NAMES = re.compile(r"\S*[^\W_][._/:=@+-][^\W_]\S*|\S*\d\S*|\b[A-Z]{2,}\b")  # rilo.sa, A/rilo.sa/2026/0001, 7f3ab2, US: no words


@dataclass
class Reading(HTMLParser):
    """The texts of a page with the elements around them, and its links."""

    texts: list[tuple[str, str]] = field(default_factory=list)  # where, text
    marked: list[str] = field(default_factory=list)  # said to be English
    links: list[str] = field(default_factory=list)
    _open: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self._open.append((tag, given))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if not self._silent():
            self.texts += [(f"{tag}[{name}]", str(given[name])) for name in TOLD if given.get(name)]

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent():
            self.texts.append((" ".join(tag for tag, _ in self._open[-2:]), text))
        elif text and self._is_english():
            self.marked.append(text)

    def _silent(self) -> bool:
        return self._is_english() or any(tag in NOT_READ or given.get("translate") == "no" for tag, given in self._open)

    def _is_english(self) -> bool:
        return any(tag != "html" and ENGLISH in given.items() for tag, given in self._open)


def read(seen: Seen) -> Reading:
    """One page."""
    made = Reading()
    made.feed(seen.html)
    return made


@cache
def english_words(language: str) -> frozenset[str]:
    """Words that our texts use in English and never in this language: nor do the labels of code lists."""
    theirs, ours = set[str](), set[str]()
    for package in PACKAGES:
        with (folder_of(package) / "words" / f"{language}.po").open("rb") as file:
            for message in read_po(file, locale=language):
                ours |= words_in(_whole(message.id))
                theirs |= words_in(_whole(message.string))
    for body in shipped_document()["lists"].values():
        for entry in body["codes"]:
            ours |= words_in(entry.get("en", ""))
            theirs |= words_in(entry.get(language, ""))
    theirs |= words_in(" ".join(str(rule.messages[language]) for rule in RULES))
    theirs |= words_in(" ".join(format_date(date(2026, month, 1), "MMM MMMM", locale=language) for month in range(1, 13)))
    return frozenset(ours - theirs)


def _whole(said: object) -> str:
    """The text of a catalogue, without what is put into it; of several forms all."""
    return _PUT_IN.sub(" ", " ".join(said) if isinstance(said, list | tuple) else str(said))


def words_in(text: str) -> set[str]:
    """The words of a text, small; not what joins words with signs, as names and codes do."""
    return {found.lower() for found in _WORD.findall(_NAMES.sub(" ", text)) if len(found) > 1}


def foreign(text: str, language: str) -> set[str]:
    """The English words in a text that is to be in another language."""
    return words_in(text) & english_words(language)


@dataclass(frozen=True)
class Stop:
    """One page on the way: its route as declared, its address, what was answered."""

    kind: str
    path: str
    seen: Seen


def walk(visitor: Visitor, node: Node, each: int = 2) -> Iterator[Stop]:
    """Pages that links lead this visitor to, so many of each kind, those of few links first."""
    routes = [
        (page.path, re.compile("".join(_pattern(part) for part in re.split(r"(\{[^}]*\})", page.path))))
        for page in premises_of(node).console.all_pages()
        if page.method == "GET"
    ]
    met, ahead, counted = set[str](), ["/"], dict[str, int]()
    while ahead:
        path = ahead.pop(0)
        kind = next((declared for declared, pattern in routes if pattern.fullmatch(urlsplit(path).path)), "")
        if path in met or not kind or counted.get(kind, 0) >= each:
            continue
        met.add(path)
        counted[kind] = counted.get(kind, 0) + 1
        seen = visitor.get(path)
        if "html" not in seen.headers.get("content-type", ""):
            continue
        yield Stop(kind, path, seen)
        for link in read(seen).links:
            there = link if link.startswith("/") else f"{urlsplit(path).path}{link}" if link.startswith("?") else ""
            if there and not there.startswith(NO_LINKS):
                ahead.append(there.partition("#")[0])


def _pattern(part: str) -> str:
    if part.startswith("{"):
        return "(.+)" if part.endswith(":path}") else "([^/]+)"
    return re.escape(part)
