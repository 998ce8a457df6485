"""A case as a form holds it: flat texts by field path, and back to the document that the same rules judge.

`lines[0].quantities[0].amount`, `lines[0].attributes.brand`, `texts.declared-goods`, `route[1].country`: names of fields are the paths of
findings, so a finding stands beside its field. Nothing of a case is lost on the way from a case to its form and back.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import UNKNOWN, UNKNOWN_COUNTRY
from enforcement.codelists.place_names import Places
from enforcement.seizures.model import NOT_KNOWN, as_json
from enforcement.seizures.rules.overrides import KIND as OVERRIDES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from enforcement.codelists.model import CodeLists

Flat = dict[str, str]

SCALARS: Final[Mapping[str, str]] = {  # of a case, with the code list of each; empty: text
    "reference": "",
    "date": "",
    "time": "",
    "kind": "kinds",
    "level": "levels",
    "report_source": "report-sources",
    "agency": "agencies",
    "customs_role": "customs-roles",
    "operation": "",
    "prompted_by": "prompted-by",
    "direction": "directions",
    "detection_channel": "detection-channels",
    "concealment": "concealments",
    "conveyance": "conveyances",
    "ecommerce": "ecommerce",
    "persons_arrested": "",
    "picture_hashes": "",
    "place.country": "countries",
    "place.location_type": "location-types",
    "place.name": "",
    "place.locode": "",
    "place.latitude": "",
    "place.longitude": "",
}
MEANS: Final = "detection_means"
_MONEY: Final[Mapping[str, str]] = {"amount": "", "currency": "currencies", "basis": "value-basis"}
GROUPS: Final[Mapping[str, Mapping[str, str]]] = {  # what may be there several times
    "route": {"role": "route-roles", "country": "countries", "name": "", "locode": ""},
    "transport": {"carrier": "", "identifier_kind": "transport-identifiers", "identifier": ""},
    "duty_evaded": _MONEY,
}
LINE: Final[Mapping[str, str]] = {"commodity": "commodities", "hs_code": ""}
LINE_GROUPS: Final[Mapping[str, Mapping[str, str]]] = {
    "quantities": {"amount": "", "unit": "units", "accuracy": "accuracy", "weight_basis": "weight-basis"},
    "values": _MONEY,
}
AMOUNTS: Final = frozenset({"amount"})
_PRESET: Final = frozenset({"role", "accuracy", "basis", "weight_basis", "identifier_kind"})  # alone they say nothing
MOST: Final = 200  # entries of one kind; a case of more comes as a file
MOST_CHARACTERS: Final = 8_000
_ATTRIBUTE: Final = re.compile(r"attributes\.([a-z0-9-]{1,40})(~\d{1,2})?", re.ASCII)
_TEXT: Final = re.compile(r"texts\.([a-z0-9-]{1,40})(~\d{1,2})?", re.ASCII)
_PATH: Final = re.compile(
    r"(?:(?P<group>route|transport|duty_evaded)\[(?P<one>\d{1,3})\]\."
    r"|lines\[(?P<two>\d{1,3})\]\.(?:(?P<inner>quantities|values)\[(?P<three>\d{1,3})\]\.)?)"
    r"(?:attributes\.(?P<attribute>[a-z0-9-]{1,40})(?:~\d{1,2})?|(?P<leaf>[a-z_]+))",
    re.ASCII,
)
_ENTRY: Final = re.compile(r"([a-z_]+)\[(\d{1,3})\]\.(.+)", re.ASCII)
_NUMBERED: Final = re.compile(r"(attributes|texts)\[(\d+)\](?:\.[a-z]+)?", re.ASCII)
_COMMA: Final = re.compile(r"\d+,(?:\d{1,2}|\d{4,})", re.ASCII)


def list_of(path: str, lists: CodeLists) -> str:
    """The code list of a field of the form; empty for text."""
    if path in SCALARS or path == MEANS:
        return SCALARS.get(path, "detection-means")
    found = _PATH.fullmatch(path)
    if found is None:
        return ""
    if found["attribute"]:
        known = lists.lists["attributes"].get(found["attribute"])
        return known.type.removeprefix("list:") if known is not None and known.type.startswith("list:") else ""
    return _leaves(found).get(found["leaf"], "")


def _leaves(found: re.Match[str]) -> Mapping[str, str]:
    return GROUPS[found["group"]] if found["group"] else LINE_GROUPS[found["inner"]] if found["inner"] else LINE


def is_field(path: str) -> bool:
    """Whether a form may have a field of this name."""
    if path in SCALARS or path == MEANS or _TEXT.fullmatch(path):
        return True
    found = _PATH.fullmatch(path)
    if found is None or any(number is not None and int(number) >= MOST for number in (found["one"], found["two"], found["three"])):
        return False
    return bool(found["attribute"]) or found["leaf"] in _leaves(found)


def read_form(form: Mapping[str, Sequence[str]]) -> Flat:
    """The fields of a posted form that are fields of a case, with what is empty or unknown to it left out."""
    found: Flat = {}
    for path, values in form.items():
        if is_field(path):
            said = ",".join(one.strip() for one in values if one.strip()) if path == MEANS else values[-1].strip()
            found[path] = said.replace("\r\n", "\n")[:MOST_CHARACTERS]
    return {path: said for path, said in found.items() if said}


def numbers(flat: Iterable[str], name: str, under: str = "") -> list[int]:
    """The numbers of the entries of a group that a form has, in order."""
    start = f"{under}{name}["
    return sorted({int(path[len(start) :].partition("]")[0]) for path in flat if path.startswith(start)})


def compact(flat: Flat) -> Flat:
    """The same without entries that say nothing, numbered through."""
    made = {path: said for path, said in flat.items() if _ENTRY.fullmatch(path) is None}
    for name in GROUPS:
        made |= _compacted(flat, name, "")
    at = 0
    for number in numbers(flat, "lines"):
        old, new = f"lines[{number}].", f"lines[{at}]."
        line = {path: said for path, said in flat.items() if path.startswith(old) and _ENTRY.fullmatch(path.removeprefix(old)) is None}
        for name in LINE_GROUPS:
            line |= _compacted(flat, name, old)
        if line:
            made |= {new + path.removeprefix(old): said for path, said in line.items()}
            at += 1
    return made


def _compacted(flat: Flat, name: str, under: str) -> Flat:
    made: Flat = {}
    at = 0
    for number in numbers(flat, name, under):
        old = f"{under}{name}[{number}]."
        entry = {path.removeprefix(old): said for path, said in flat.items() if path.startswith(old)}
        if entry.keys() - _PRESET:
            made |= {f"{under}{name}[{at}].{leaf}": said for leaf, said in entry.items()}
            at += 1
    return made


def without(flat: Flat, entry: str) -> Flat:
    """The same without one entry (`lines[1]`, `lines[0].quantities[2]`)."""
    return {path: said for path, said in flat.items() if not path.startswith(f"{entry}.")}


def resolved(flat: Flat, lists: CodeLists, places: Places | None = None) -> Flat:
    """The same with what was typed for a code as that code, where it means one; a place by its code gets its name. `places`: those known
    here, else the package's.
    """
    made = dict(flat)
    for path, said in flat.items():
        name = list_of(path, lists)
        if path == MEANS:
            made[path] = ",".join(_code(name, one, lists) for one in said.split(","))
        else:
            made[path] = meant(path, said, name, lists)
    for path in [path for path in flat if path.endswith(".locode")]:  # after the countries beside them
        _locate(made, path, places if places is not None else Places(lists))
    return made


def meant(path: str, said: str, name: str, lists: CodeLists) -> str:
    """What was typed into a field: its code where it means one of the list `name` (empty: a text or an amount), an amount with a point."""
    if name:
        return _code(name, said, lists)
    return said.replace(",", ".") if path.rpartition(".")[2] in AMOUNTS and _COMMA.fullmatch(said) else said


def _code(name: str, said: str, lists: CodeLists) -> str:
    if said in lists.lists[name]:
        return said
    found = lists.find(name, said)
    return said if found is None else found.code


def _locate(made: Flat, path: str, places: Places) -> None:
    """A place as it was typed by its UN/LOCODE, with its name, and of a stop without a country with that of the code; or as it stands."""
    beside, said = path.removesuffix("locode"), made[path]
    country = made.get(f"{beside}country", "")
    found = places.meaning(said, "" if country == UNKNOWN_COUNTRY else country).place
    if found is None:
        made[path] = said.upper() if len(said) <= 5 else said  # noqa: PLR2004 - a UN/LOCODE
        return
    made[path] = found.locode
    made.setdefault(f"{beside}name", found.name)
    made.setdefault(f"{beside}country", found.country)


def document_of(flat: Flat, overrides: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """The document that `read_case` reads; what is no number stays as typed, so that it is told beside its field."""
    made: dict[str, Any] = {name: flat[name] for name in SCALARS if name in flat and "." not in name}
    if "persons_arrested" in made:
        made["persons_arrested"] = _number(made["persons_arrested"])
    if "picture_hashes" in made:
        made["picture_hashes"] = made["picture_hashes"].split(",")
    place: dict[str, Any] = {
        name: flat[f"place.{name}"] for name in ("country", "location_type", "name", "locode") if f"place.{name}" in flat
    }
    degrees = [flat.get("place.latitude", ""), flat.get("place.longitude", "")]
    if any(degrees):
        place["coordinates"] = [_decimal(one) for one in degrees]
    made["place"] = place
    if MEANS in flat:
        made[MEANS] = flat[MEANS].split(",")
    for name in GROUPS:
        made[name] = _entries(flat, name, "")
    made["lines"] = [_line(flat, f"lines[{number}].") for number in numbers(flat, "lines")]
    texts = [{"kind": one[1], "text": said} for path, said in flat.items() if (one := _TEXT.fullmatch(path))]
    told = "\n".join(f"{code} {field}: {' '.join(why.split())}" for (code, field), why in overrides.items())
    made["texts"] = [*texts, {"kind": OVERRIDES, "text": told}] if told else texts
    return made


def _entries(flat: Flat, name: str, under: str) -> list[dict[str, Any]]:
    found = []
    for number in numbers(flat, name, under):
        start = f"{under}{name}[{number}]."
        found.append({path.removeprefix(start): said for path, said in flat.items() if path.startswith(start)})
    return found


def _line(flat: Flat, start: str) -> dict[str, Any]:
    line: dict[str, Any] = {name: flat[start + name] for name in LINE if start + name in flat}
    for name in LINE_GROUPS:
        line[name] = _entries(flat, name, start)
    inside = ((path.removeprefix(start), said) for path, said in flat.items() if path.startswith(start))
    line["attributes"] = [{"name": one[1], "value": said} for path, said in inside if (one := _ATTRIBUTE.fullmatch(path))]
    return line


def _number(said: str) -> object:
    return int(said) if re.fullmatch(r"-?\d{1,9}", said, re.ASCII) else said


def _decimal(said: str) -> object:
    try:
        return Decimal(said.replace(",", "."))
    except InvalidOperation:
        return said


def flat_of(case: Mapping[str, Any]) -> Flat:
    """A payload as a form shows it; without its reasons for overriding, which `reasons` gives."""
    made: Flat = {}
    for name in SCALARS:
        if "." not in name:
            made[name] = _said(case[name])
    made |= {f"place.{name}": str(case["place"][name]) for name in ("country", "location_type", "name", "locode")}
    if case["place"]["coordinates"]:
        made["place.latitude"], made["place.longitude"] = (repr(one) for one in case["place"]["coordinates"][:2])
    made[MEANS] = ",".join(case[MEANS])
    if case["persons_arrested"] == NOT_KNOWN:
        made["persons_arrested"] = ""
    for name, leaves in GROUPS.items():
        made |= _flat_entries(case[name], leaves, name)
    for number, line in enumerate(case["lines"]):
        start = f"lines[{number}]."
        made |= {start + name: line[name] for name in LINE}
        for name, leaves in LINE_GROUPS.items():
            made |= _flat_entries(line[name], leaves, start + name)
        made |= _named(((one["name"], one["value"]) for one in line["attributes"]), f"{start}attributes.")
    made |= _named(((one["kind"], one["text"]) for one in case["texts"] if one["kind"] != OVERRIDES), "texts.")
    return {path: said for path, said in made.items() if said}


def _flat_entries(entries: Sequence[Mapping[str, Any]], leaves: Iterable[str], name: str) -> Flat:
    return {f"{name}[{number}].{leaf}": _said(entry[leaf]) for number, entry in enumerate(entries) for leaf in leaves}


def _named(pairs: Iterable[tuple[str, str]], start: str) -> Flat:
    made: Flat = {}
    for name, said in pairs:
        again = sum(path.partition("~")[0] == start + name for path in made)
        made[start + name + (f"~{again + 1}" if again else "")] = said
    return made


def _said(value: object) -> str:
    shown = as_json(value)
    return ",".join(str(one) for one in shown) if isinstance(shown, list) else str(shown)


_SPOTS: Final = tuple(
    (re.compile(pattern, re.ASCII), to)
    for pattern, to in (
        (r"lines", "lines[0].commodity"),
        (r"(lines\[\d+\])(?:\.section|\.stream)?", r"\1.commodity"),
        (r"route", "route[0].country"),
        (r"(route\[\d+\])", r"\1.country"),
        (r"transport", "transport[0].identifier"),
        (r"(transport\[\d+\])", r"\1.identifier"),
        (r"place", "place.name"),
        (r"place\.coordinates(?:\[0\])?", "place.latitude"),
        (r"place\.coordinates\[1\]", "place.longitude"),
        (r"(.+)\.converted_(?:amount|unit)", r"\1.amount"),
        (r"(detection_means|picture_hashes).*", r"\1"),
        (r"(.*(?:quantities|values|duty_evaded))", r"\1[0].amount"),
        (r"(.*(?:quantities|values|duty_evaded)\[\d+\])", r"\1.amount"),
    )
)


def spot(field: str, payload: Mapping[str, Any]) -> str:
    """The field of the form that a finding's path means; the path itself where the form has none."""
    for pattern, to in _SPOTS:
        found = pattern.fullmatch(field)
        if found is not None:
            return found.expand(to)
    return _named_spot(field, payload)


def _named_spot(field: str, payload: Mapping[str, Any]) -> str:
    """`texts[1].text` as `texts.declared-goods`."""
    found = _NUMBERED.search(field)
    entry = _ENTRY.fullmatch(field)
    if found is None:
        return field
    record: Any = payload
    if found.start() and entry is not None:
        record = payload["lines"][int(entry[2])]
    key = "name" if found[1] == "attributes" else "kind"
    names = [one[key] for one in record[found[1]]]
    at = int(found[2])
    if at >= len(names):
        return field
    again = names[:at].count(names[at])
    return f"{field[: found.start()]}{found[1]}.{names[at]}" + (f"~{again + 1}" if again else "")


def fresh(level: str, home: str) -> Flat:
    """A new form: what is usual is filled in, everything else empty."""
    made = {"level": level, "place.country": home, "kind": "seizure", "report_source": "electronic"}
    for number, role in enumerate(("origin", "departure", "destination")):
        made[f"route[{number}].role"] = role
    made["lines[0].quantities[0].accuracy"] = UNKNOWN
    return made
