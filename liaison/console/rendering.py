"""Pages as HTML: the only user of Jinja2. Templates are found in their package's folder; whatever is put into one is escaped."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.filters import do_mark_safe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from liaison.console.words import Words

TEMPLATES: Final = "templates"
SHELL: Final = "liaison.console"
MOST_TEXTS: Final = 10_000  # of a language; there are fewer


class Renderer:
    """The templates in every language."""

    def __init__(self, words: Mapping[str, Words], shared: Mapping[str, Any]) -> None:
        """`shared`: what every template may name."""
        self._words, self._shared = words, shared

    def html(self, template: str, language: str, data: Mapping[str, Any]) -> bytes:
        """A page as UTF-8."""
        return _environment(self._words[language]).get_template(template).render({**self._shared, **data}).encode()


@cache
def _environment(words: Words) -> Environment:
    """A template is compiled once a process and language, whoever shows it: that takes longer than to show it."""
    made = Environment(
        loader=FunctionLoader(source_of),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # of the extension: texts are called with what is put into them
    gettext = _gettext(words.texts.gettext)
    made.globals.update(_=gettext, gettext=gettext, ngettext=_ngettext(words))
    made.globals.update(words=words, language=words.language, with_query=with_query)
    made.filters.update(
        moment=words.moment,
        amount=words.amount,
        day=words.day,
        month=words.month,
        number=words.number,
        percent=words.percent,
        said=words,
        explained=words.explained,
        told=words.told,
    )
    return made


def _gettext(translated: Callable[[str], str]) -> Callable[..., str]:
    """As the extension's own, with texts that are translated once, and not called with the context of the template: in a loop that is
    copied for each call, which took most of the time of a page with some hundred rows.
    """

    @lru_cache(maxsize=MOST_TEXTS)
    def written(text: str) -> str:
        return do_mark_safe(translated(text))  # a text of ours, never what somebody wrote; what is put into it is escaped

    @lru_cache(maxsize=MOST_TEXTS)
    def plain(text: str) -> str:
        return written(text) % {}

    def gettext(text: str, /, **given: object) -> str:
        return written(text) % given if given else plain(text)

    return gettext


def _ngettext(words: Words) -> Callable[..., str]:
    def ngettext(one: str, more: str, number: int, /, **given: object) -> str:
        return do_mark_safe(words.texts.ngettext(one, more, number)) % {"num": words.number(number), **given}

    return ngettext


def source_of(name: str) -> str | None:
    """The text of "package/file.html", or None. The package is named in code, never by a request."""
    package, _, file = name.partition("/")
    try:
        return _source(package, file)
    except (FileNotFoundError, ModuleNotFoundError):
        return None


@cache
def _source(package: str, file: str) -> str:
    return resources.files(package).joinpath(TEMPLATES, file).read_text(encoding="utf-8")


def with_query(address: str, **changes: object) -> str:
    """An address with some values of its query replaced; None takes one out. For links to the next page, another order, a filter less."""
    parts = urlsplit(address)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in changes]
    new = [(name, str(value)) for name, value in changes.items() if value is not None and value != ""]
    query = urlencode(kept + new)
    return f"{parts.path}?{query}" if query else parts.path
