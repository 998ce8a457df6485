"""The words of the pages in three languages: gettext catalogues (`words/fr.po`, `words/es.po`) of each package that has pages.

The texts in templates and code are English and are their own keys. Catalogues are read as text, once a process; nothing is compiled
beforehand.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from string import Formatter
from typing import TYPE_CHECKING, Final, NamedTuple

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from liaison.console.calls import LANGUAGES
from liaison.console.guides import explained, guides_of
from liaison.protocol.errors import Phrase
from liaison.protocol.recognizing import recognized, telling

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from liaison.console.guides import Explained, Guide
    from liaison.protocol.errors import LiaisonError

FOLDER: Final = "words"
NAMES: Final[Mapping[str, str]] = {"en": "English", "fr": "Français", "es": "Español"}
MOMENT: Final = "d MMM y, HH:mm"
DAY: Final = "d MMM y"
MONTH: Final = "MMM y"
UNBROKEN: Final = "\N{NO-BREAK SPACE}"  # in a date: a narrow column does not make four lines of it


def n_(text: str) -> str:
    """Mark a text for the catalogues where it is declared; it is translated where it is shown."""
    return text


class Again(NamedTuple):
    """A sentence that is kept in English, for its reader; `foreign`: it is still English."""

    text: str
    foreign: bool = False


class Words:
    """One language: its texts, and how it writes dates and numbers. Times are shown in UTC, and say so."""

    def __init__(
        self, language: str, texts: NullTranslations, guides: Mapping[str, Guide] | None = None, known: Iterable[str] = ()
    ) -> None:
        """As `catalogues` makes them. `known`: the English texts of the catalogues."""
        self.language = language
        self._known = frozenset(known)
        self._forms = telling(self._known)
        self._guides = guides or {}
        self.texts = texts

    def __call__(self, text: str, /, **given: object) -> str:
        """A text in this language, with what is put into it: `words("{n} cases", n=3)`."""
        said = self.texts.gettext(text) if text else ""
        return said.format(**given) if given else said

    def many(self, one: str, more: str, number: int, **given: object) -> str:
        """The form that fits a number, which is put in as `{n}`."""
        return self.texts.ngettext(one, more, number).format(n=self.number(number), **given)

    def again(self, text: str) -> str:
        """A sentence of ours that is kept in English, in this language; empty where no catalogue knows it. Not for what a person wrote."""
        if text in self._known:
            return self.texts.gettext(text)
        made = recognized(text, self._forms)
        return "" if made is None else self.told(made)

    def explained(self, error: LiaisonError) -> Explained:
        """A refusal as a page says it, with what to do next there."""
        return explained(error, self.language, self._guides, self.told)

    def told(self, text: str) -> str:
        """A sentence with its particulars in this language, where it remembers both (see `phrase`); else as it stands."""
        return _Telling(self).format(self.texts.gettext(text.text), **text.given) if isinstance(text, Phrase) else str(text)

    def moment(self, at: datetime | None) -> str:
        """A point in time: 4 Mar 2026, 14:05 UTC."""
        return "–" if at is None else _moment(at.astimezone(UTC), self.language)  # noqa: RUF001 - a dash

    def day(self, on: date | str | None) -> str:
        """A day: 4 Mar 2026. One that is kept as a text is YYYY-MM-DD; a text that is no day stays as it is."""
        if isinstance(on, str):
            return day_told(on, self.language) if on else self.day(None)
        return "–" if on is None else _day(on.date() if isinstance(on, datetime) else on, self.language)  # noqa: RUF001 - a dash

    def amount(self, value: Decimal | str) -> str:
        """An exact amount with this language's separators and every decimal that it has: 0.00025 is not 0."""
        return amount_told(str(value), self.language)

    def month(self, text: str) -> str:
        """A month that is kept as YYYY-MM: Mar 2026. A text that is no month stays as it is."""
        try:
            return _month(date.fromisoformat(f"{text}-01"), self.language)
        except ValueError:
            return text

    def tongues(self) -> Mapping[str, str]:
        """What each language that has two letters (ISO 639-1) is called."""
        return {code: str(name) for code, name in Locale(self.language).languages.items() if len(code) == 2}  # noqa: PLR2004 - two letters

    def number(self, value: float | Decimal | None) -> str:
        """A number with this language's separators."""
        return "–" if value is None else _number(value, self.language)  # noqa: RUF001 - a dash

    def percent(self, share: float | None) -> str:
        """A share between 0 and 1."""
        return "–" if share is None else _percent(share, self.language)  # noqa: RUF001 - a dash


class _Telling(Formatter):
    """Puts the particulars of a phrase in: phrases among them, days, shares, and numbers with thousands, as the language has them."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, Phrase):
            return self._words.told(value)
        if format_spec == "," and isinstance(value, int):
            return self._words.number(value)
        if format_spec.endswith("%") and isinstance(value, float):
            return self._words.percent(value)
        if isinstance(value, date) and not format_spec:
            return self._words.moment(value) if isinstance(value, datetime) else self._words.day(value)
        return str(super().format_field(value, format_spec))


def day_told(text: str, language: str) -> str:
    """A day that is kept as YYYY-MM-DD, as this language writes it; a text that is no day stays as it is."""
    try:
        return _day(date.fromisoformat(text), language)
    except ValueError:
        return text


@lru_cache(maxsize=20_000)
def amount_told(text: str, language: str) -> str:
    """An exact amount, kept as a text, as this language writes it, no decimal less; a text that is no number stays as it is."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite():
        return text
    return str(format_decimal(value.normalize(), locale=Locale(language), decimal_quantization=False))


# Written once: a table of some thousand figures, or of hundreds of dates, has few different ones.


@lru_cache(maxsize=20_000)
def _number(value: float | Decimal, language: str) -> str:
    return str(format_decimal(value, locale=Locale(language)))


@lru_cache(maxsize=20_000)
def _percent(share: float, language: str) -> str:
    return str(format_percent(share, "#,##0.#%", locale=Locale(language)))


@lru_cache(maxsize=20_000)
def _day(on: date, language: str) -> str:
    return str(format_date(on, DAY, locale=Locale(language))).replace(" ", UNBROKEN)


@lru_cache(maxsize=2_000)
def _month(on: date, language: str) -> str:
    return str(format_date(on, MONTH, locale=Locale(language))).replace(" ", UNBROKEN)


@lru_cache(maxsize=20_000)
def _moment(at: datetime, language: str) -> str:
    return f"{format_datetime(at, MOMENT, locale=Locale(language))} UTC".replace(" ", UNBROKEN)


class Catalogues(Mapping[str, Words]):
    """The words of some packages together, by language; read when first asked for: a node starts without them, and few speak all."""

    def __init__(self, packages: Iterable[str], addresses: Iterable[str]) -> None:
        """The first package that has a text says it. `addresses`: of the pages that what is said of a refusal may point to."""
        self._packages, self._addresses = tuple(packages), frozenset(addresses)

    def __getitem__(self, language: str) -> Words:
        """Raises KeyError for a language that is not spoken here."""
        if language not in LANGUAGES:
            raise KeyError(language)
        return _words(self._packages, language, self._addresses)

    def __iter__(self) -> Iterator[str]:
        """Every language."""
        return iter(LANGUAGES)

    def __len__(self) -> int:
        """How many languages."""
        return len(LANGUAGES)


def catalogues(packages: Iterable[str], addresses: Iterable[str] = ()) -> Mapping[str, Words]:
    """The words of these packages together, by language (see `Catalogues`)."""
    return Catalogues(packages, addresses)


@cache
def _words(packages: tuple[str, ...], language: str, addresses: frozenset[str]) -> Words:
    guides, known = guides_of(packages, addresses), set[str]()
    return Words(language, _texts(packages, language, known), guides, known)


def _texts(packages: tuple[str, ...], language: str, known: set[str]) -> NullTranslations:
    if language == LANGUAGES[0]:
        return NullTranslations()
    first: GNUTranslations | None = None
    for package in packages:
        found = _read(package, language, known)
        if first is None:
            first = found
        else:
            first.add_fallback(found)
    return first or NullTranslations()


def _read(package: str, language: str, known: set[str]) -> GNUTranslations:
    source = resources.files(package).joinpath(FOLDER, f"{language}.po").read_bytes()
    made, catalog = io.BytesIO(), read_po(io.BytesIO(source), locale=language)
    known |= {one.id for one in catalog if isinstance(one.id, str) and one.id}
    write_mo(made, catalog)
    made.seek(0)
    return GNUTranslations(made)
