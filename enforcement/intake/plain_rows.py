"""Rows of a sheet as nearly every program writes them, taken without asking the XML parser about each of their elements (decision 54).

A workbook is mostly cells of one form, and a parser tells each in five pieces. Rows of that form, and nothing else, are taken whole; the
parser is given all the rest and judges it. So this may only ever be less patient: whatever is written otherwise goes to the parser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Cell = tuple[str, str, str, str, str, str]
"""Letters of the column, number of the style, type, value, text within the cell; the last is not empty where it is no cell at all."""

MOST_HELD: Final = 1 << 20  # bytes of a row that is not whole yet; beyond it the parser reads on, which holds nothing
_TEXT: Final = r"[^<&>\x00-\x08\x0b-\x1f\ufffe\uffff]*"
_CELL: Final = re.compile(
    r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,6})")?'
    rf'(?: t="inlineStr"><is><t(?: xml:space="preserve")?>({_TEXT})</t></is></c>|(?: t="([a-z]{{1,3}})")?>(?:<v>({_TEXT})</v>|<v ?/>)?</c>'
    r'|(?: t="(?:[a-z]{1,3}|inlineStr)")? ?/>)'
    r"|([\s\S])",
    re.ASCII,
)
_ATTRIBUTES: Final = (  # in the order in which all write them, so that none is there twice
    ("spans", r"[\d: ]+"),
    ("s", r"\d+"),
    ("customFormat", r"\w+"),
    ("ht", r"[\d.]+"),
    ("hidden", "0|false"),
    ("customHeight", r"\w+"),
    ("outlineLevel", r"\d+"),
    ("collapsed", "0|false"),
    ("x14ac:dyDescent", r"[\d.]+"),
)
_ROW: Final = re.compile(
    (rb'<row r="(\d{1,9})"' + b"".join(rf'(?: {name}="(?:{value})")?'.encode() for name, value in _ATTRIBUTES) + rb" ?>"), re.ASCII
)
_BEGIN: Final = b"<row "
_END: Final = b"</row>"
_DECLARED: Final = re.compile(  # as UTF-8, or not at all
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml version=["']1\.0["'](?: encoding=["']utf-8["'])?"""
    rb"""(?: standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[A-Za-z]""",
    re.IGNORECASE,
)


class Taker(Protocol):
    """What takes the rows of a sheet. `within`: whether the parser is where rows stand."""

    within: bool

    def take(self, number: int, cells: Sequence[Cell]) -> bool:
        """Take a row; false when it is not one that can be taken so."""


class PlainRows:
    """Stands between the bytes of a sheet and the parser."""

    def __init__(self, taker: Taker, parse: Callable[[bytes], object]) -> None:
        self._taker = taker
        self._parse = parse
        self._held = b""
        self._begun = False
        self._looking = True

    def feed(self, chunk: bytes) -> None:
        """The next bytes."""
        data, self._held = self._held + chunk, b""
        if not self._begun:
            self._begun = True
            start = _DECLARED.match(data)
            self._looking = start is not None
            if start is not None:
                self._parse(data[: start.end() - 2])
                data = data[start.end() - 2 :]
        if self._looking and (b"<!" in data or b"<?" in data):  # in a comment a row is none
            self._looking = False
        if self._looking:
            self._look(data)
        else:
            self._parse(data)

    def end(self) -> None:
        """There are no more: what is held is the parser's."""
        self._parse(self._held)
        self._held = b""

    def _look(self, data: bytes) -> None:
        at = 0  # before it all is taken or parsed
        while True:
            begin = data.find(_BEGIN, at)
            if begin < 0:
                self._pass_on(data, at)
                return
            if begin > at:
                self._parse(data[at:begin])
            end = data.find(_END, begin)
            if end < 0:
                self._hold(data[begin:])
                return
            at = end + len(_END)
            if not (self._taker.within and self._taken(data, begin, end)):
                self._parse(data[begin:at])

    def _pass_on(self, data: bytes, at: int) -> None:
        """What has no row: to the parser, but for the last piece, which may be the beginning of one."""
        last = data.rfind(b"<", at)
        cut = last if last >= 0 else len(data)
        if cut > at:
            self._parse(data[at:cut])
        self._hold(data[cut:])

    def _hold(self, data: bytes) -> None:
        if len(data) > MOST_HELD:
            self._looking = False
            self._parse(data)
        else:
            self._held = data

    def _taken(self, data: bytes, begin: int, end: int) -> bool:
        head = _ROW.match(data, begin, end)
        if head is None:
            return False
        try:
            body = data[head.end() : end].decode()
        except UnicodeDecodeError:
            return False
        return self._taker.take(int(head[1]), _CELL.findall(body))
