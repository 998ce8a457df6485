"""The filters of a page, as its address carries them: read with each problem beside its field, changed by a click, said as a command."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from enforcement.codelists.model import CodeLists
from enforcement.codelists.place_names import called
from enforcement.codelists.places import places_like
from enforcement.seizures.filters import FIELDS, BadFilter, Filter, narrowed, read_filters, values_of
from enforcement.seizures.place_hints import PLACE, PlaceUnclear, place_code
from enforcement.seizures.search import PlaceUnknown
from enforcement.seizures.search_options import area_of
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from liaison.console.pages import Visit
    from liaison.console.words import Words
    from liaison.node.work import UnitOfWork

MOST_FILTERS: Final = 30
MOST_CHARACTERS: Final = 400
SUGGESTED: Final = 10
WITHIN: Final = "50"
GOODS: Final = ("section", "stream", "commodity")  # from the widest to the narrowest
PLAIN: Final = ("text", "since", "until", "near", "within", "box")
FIELD_TITLES: Final[Mapping[str, str]] = {
    "section": n_("Section"),
    "stream": n_("Stream"),
    "commodity": n_("Commodity"),
    "hs": n_("HS code"),
    "kind": n_("Kind of case"),
    "level": n_("Level of detail"),
    "state": n_("State"),
    "direction": n_("Direction"),
    "detection": n_("Detection channel"),
    "means": n_("Detection means"),
    "concealment": n_("Concealment"),
    "conveyance": n_("Conveyance"),
    "ecommerce": n_("E-commerce"),
    "location": n_("Type of place"),
    "country": n_("Country of seizure"),
    "place": n_("Place (UN/LOCODE)"),
    "administration": n_("Reported by"),
    "region": n_("Region"),
    "agency": n_("Agency"),
    "customs-role": n_("Role of customs"),
    "source": n_("Source of the report"),
    "operation": n_("Operation"),
    "prompted-by": n_("Prompted by"),
    "method": n_("Verified by"),
    "edition": n_("Edition of the code lists"),
    "route": n_("On the route"),
    "origin": n_("Origin"),
    "departure": n_("Departure"),
    "transit": n_("Transit"),
    "destination": n_("Destination"),
    "reference": n_("Reference"),
}
# words of states, for the catalogues
STATE_TITLES: Final = (
    *(n_("draft"), n_("submitted"), n_("in review"), n_("returned"), n_("validated")),
    *(n_("declined"), n_("superseded"), n_("withdrawn"), n_("historical")),
)


NOTHING: Final = Filter()


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What an address asks for. `told`: the filters that are understood; `plain`: the other fields as written; `problems`: by field."""

    told: tuple[str, ...] = ()
    plain: Mapping[str, str] = field(default_factory=dict)
    wanted: Filter = NOTHING
    problems: Mapping[str, list[str]] = field(default_factory=dict)
    refused: str = ""  # a filter that is not understood, to be mended
    kept: Mapping[str, str] = field(default_factory=dict)  # what else the page's address carries

    def __bool__(self) -> bool:
        """Whether anything narrows."""
        return bool(self.told) or any(self.plain.get(name) for name in PLAIN if name != "within")

    def pairs(self) -> list[tuple[str, str]]:
        """Names and values of the address's query."""
        within = self.plain.get("within", "") if self.plain.get("near") else ""
        told = [("f", one) for one in self.told] + [(name, self.plain.get(name, "")) for name in PLAIN if name != "within"]
        return [(name, value) for name, value in (*told, ("within", within), *self.kept.items()) if value]

    def address(self, path: str) -> str:
        """The page with these filters, from its first page on."""
        query = urlencode(self.pairs())
        return f"{path}?{query}" if query else path

    def with_value(self, name: str, value: str) -> FilterForm:
        """With this one value of a field, instead of others of it."""
        return replace(self, told=(*(one for one in self.told if one.partition("=")[0] != name), f"{name}={value}"))

    def without(self, told: str) -> FilterForm:
        """Without a filter, or without what stands in one of the plain fields."""
        if told in self.plain:
            return replace(self, plain={**self.plain, told: ""})
        return replace(self, told=tuple(one for one in self.told if one != told))

    def chosen(self, name: str) -> tuple[str, ...]:
        """The values asked for of a field."""
        return next((values for field_name, values in self.wanted.equal if field_name == name), ())

    def command(self, *words: str, options: Iterable[tuple[str, str]] = ()) -> str:
        """The same on a command line."""
        said = [*words, *self.told]
        for name in PLAIN:
            value = self.plain.get(name, "")
            if value and (name != "within" or self.plain.get("near")):
                said += [f"--{name}", value]
        for name, value in options:
            said += [f"--{name}", value] if value else []
        return shlex.join(said)


def read_form(visit: Visit, tx: UnitOfWork, kept: Iterable[str] = ()) -> FilterForm:
    """The filters that an address carries. What is not understood narrows nothing and is told beside its field."""
    lists, words = tx.of(CodeLists), visit.words
    problems: dict[str, list[str]] = {}
    plain = {name: visit.asked(name)[:MOST_CHARACTERS] for name in PLAIN}
    told, refused = _filters([one[:MOST_CHARACTERS] for one in visit.query.get("f", ())[:MOST_FILTERS]], (tx, words), problems)
    wanted = read_filters(told, lists)
    days = {name: _day(plain[name], words, problems, name) for name in ("since", "until")}
    area = _area(tx, plain, words, problems)
    try:
        wanted = narrowed(wanted, **days, words=plain["text"], area=area)
    except BadFilter:
        problems.setdefault("until", []).append(words("No day is in this period: the first day is after the last."))
        wanted = narrowed(wanted, words=plain["text"], area=area)
    return FilterForm(tuple(told), plain, wanted, problems, refused, {name: visit.asked(name)[:MOST_CHARACTERS] for name in kept})


def _filters(asked: Sequence[str], said: tuple[UnitOfWork, Words], problems: dict[str, list[str]]) -> tuple[list[str], str]:
    """Those that are understood, each once, and the last that is not."""
    (tx, words), lists = said, said[0].of(CodeLists)
    told: dict[str, None] = {}
    refused = ""
    for one in asked:
        written = one.strip()
        if not written:
            continue
        written = meant(written, lists) or written
        try:
            written = _with_codes(tx, written)
            read_filters([*told, written], lists)
            told[written] = None
        except BadFilter as error:
            several = meanings(written, lists)
            sentence = words("It may mean: {filters}", filters=", ".join(several)) if several else words.explained(error).sentence
            problems.setdefault("f", []).append(sentence)
            refused = one
    return list(told), refused


def _with_codes(tx: UnitOfWork, told: str) -> str:
    """A filter of places with their codes, whatever they were called by. Raises PlaceUnclear."""
    name, equals, values = told.partition("=")
    if not equals or name.rstrip("!").strip() != PLACE or not values.strip():
        return told
    return f"{name}={','.join(place_code(tx, one) for one in values.split(','))}"


def _day(told: str, words: Words, problems: dict[str, list[str]], name: str) -> date | None:
    if not told:
        return None
    try:
        return date.fromisoformat(told)
    except ValueError:
        problems.setdefault(name, []).append(words("Write the day as YYYY-MM-DD."))
        return None


def _area(tx: UnitOfWork, plain: Mapping[str, str], words: Words, problems: dict[str, list[str]]) -> Any:  # noqa: ANN401 - circle or box
    try:
        within = float(plain["within"] or WITHIN)
    except ValueError:
        within = 0.0
    if plain["near"] and not 0 < within <= 20_100:  # noqa: PLR2004 - half the way around the earth
        problems.setdefault("within", []).append(words("Write kilometres, more than 0 and at most 20,100."))
        return None
    try:
        return area_of(tx, plain["near"], within, plain["box"])
    except (PlaceUnknown, PlaceUnclear) as error:
        problems.setdefault("near", []).append(words.explained(error).sentence)
    except BadFilter:
        wrong = ("box", words("Write south,west,north,east in degrees; leave it empty when a place is given."))
        name, sentence = wrong if plain["box"] else ("near", words("Write latitude,longitude in degrees, or a UN/LOCODE."))
        problems.setdefault(name, []).append(sentence)
    return None


# --- what a word means ------------------------------------------------------------------------------------------------------


def meant(text: str, lists: CodeLists) -> str:
    """The filter that a plain word means where it means one thing only, or of goods the widest: drugs -> section=drugs. Else empty."""
    found = meanings(text, lists)
    return found[0] if len(found) == 1 or (found and all(one.partition("=")[0] in GOODS for one in found)) else ""


def meanings(text: str, lists: CodeLists) -> list[str]:
    """The filters that a plain word may mean."""
    return [] if "=" in text else list(dict.fromkeys(f"{name}={code}" for name, code, _ in named(text, lists, "en", exact=True)))


def named(text: str, lists: CodeLists, language: str, *, exact: bool = False) -> Iterator[tuple[str, str, str]]:
    """Field, code and label of codes that a text means or comes near to; `exact`: of those it means."""
    for name, listed in FIELDS.items():
        if listed not in lists.lists or name in ("route", "transit", "origin"):
            continue
        found = lists.find(listed, text)
        codes = (found.code,) if found is not None else () if exact else lists.suggest(listed, text)
        yield from ((name, code, lists.label(listed, code, language)) for code in codes)


def suggestions(tx: UnitOfWork, text: str, words: Words) -> list[dict[str, str]]:
    """What the field for filters offers as one types: [{value, label}]. After FIELD= its values, else fields and codes of all lists."""
    lists = tx.of(CodeLists)
    name, equals, begun = text.strip().partition("=")
    plain = name.rstrip("!")
    if equals and plain in FIELDS:
        *before, last = begun.split(",")
        if plain == PLACE:
            pairs = [(one.locode, called(one)) for one in places_like(tx, last, SUGGESTED)]
        else:
            codes = list(_values(plain, last.strip(), lists))[:SUGGESTED]
            pairs = [(code, label_of(lists, plain, code, words.language)) for code in codes]
        shown = [(",".join([*before, code]), label) for code, label in pairs]
        return [{"value": f"{name}={value}", "label": f"{words(FIELD_TITLES[plain])}: {label}"} for value, label in shown]
    wanted = text.strip().lower()
    fields = [one for one in FIELDS if one.startswith(wanted) or words(FIELD_TITLES[one]).lower().startswith(wanted)]
    told = [{"value": f"{one}=", "label": f"{words(FIELD_TITLES[one])}: {one}=…"} for one in fields]
    for field_name, code, label in named(text, lists, words.language):
        told.append({"value": f"{field_name}={code}", "label": f"{words(FIELD_TITLES[field_name])}: {label}"})
    return told[:SUGGESTED]


def _values(name: str, begun: str, lists: CodeLists) -> Iterator[str]:
    """Codes that begin so first, then those that are called so or nearly."""
    valid = sorted(values_of(name, lists))
    first = [code for code in valid if code.lower().startswith(begun.lower())]
    yield from first
    if begun and FIELDS[name] in lists.lists:
        yield from (code for code in lists.suggest(FIELDS[name], begun, SUGGESTED) if code in valid and code not in first)


def label_of(lists: CodeLists, name: str, code: str, language: str) -> str:
    """What a value of a field is called, in a language; the value itself where no list has it."""
    listed = {"members": "countries"}.get(FIELDS.get(name, ""), FIELDS.get(name, ""))
    return lists.label(listed, code, language) if listed in lists.lists else code


def chips(form: FilterForm, path: str, lists: CodeLists, words: Words) -> list[dict[str, str]]:
    """What narrows, each with the address without it: {text, to}."""
    made = [{"text": _said(one, lists, words), "to": form.without(one).address(path)} for one in form.told]
    plain = {
        "text": words("Text: {text}", text=form.plain.get("text", "")),
        "since": words("From {day}", day=words.day(form.wanted.since)),
        "until": words("To {day}", day=words.day(form.wanted.until)),
        "near": words("Within {km} km of {place}", km=form.plain.get("within") or WITHIN, place=form.plain.get("near", "")),
        "box": words("Between {box}", box=form.plain.get("box", "")),
    }
    here = [name for name in plain if form.plain.get(name) and name not in form.problems]
    return made + [{"text": plain[name], "to": form.without(name).address(path)} for name in here]


def _said(told: str, lists: CodeLists, words: Words) -> str:
    name, _, values = told.partition("=")
    plain = name.rstrip("!")
    if plain not in FIELD_TITLES:
        return told  # an amount says itself
    labels = ", ".join(label_of(lists, plain, value, words.language) for value in values.split(","))
    return f"{words(FIELD_TITLES[plain])} {'≠' if name.endswith('!') else '='} {labels}"
