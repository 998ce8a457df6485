"""The fields of a form for a case: only those of its section and level, called as the code lists call them, each with its problems."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.intake.byhand.case_forms import GROUPS, LINE_GROUPS, MEANS, list_of, numbers, spot
from enforcement.intake.template_words import FOR_SOME, MANDATORY, OPTIONAL
from enforcement.intake.templates import ALL, columns_of
from enforcement.seizures.rules.retelling import retold
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from enforcement.codelists.model import CodeLists
    from enforcement.intake.byhand.case_forms import Flat
    from enforcement.intake.byhand.written import Judged
    from enforcement.intake.templates import Column, Wanted
    from enforcement.seizures.rules import Finding
    from liaison.console.words import Words

SHORT: Final = 32  # choices that a list drops down; of a longer one one types
LONG_TEXT: Final = ("texts.",)
CASE: Final = (
    "reference",
    "date",
    "time",
    "kind",
    "agency",
    "customs_role",
    "operation",
    "prompted_by",
    "report_source",
    "persons_arrested",
)
WHERE: Final = ("place.country", "place.location_type", "place.locode", "place.name", "place.latitude", "place.longitude")
HOW: Final = ("direction", "detection_channel", MEANS, "concealment", "conveyance", "ecommerce")
LABELS: Final[Mapping[str, str]] = {
    "report_source": n_("Reported how"),
    "prompted_by": n_("Prompted by"),
    "persons_arrested": n_("Persons arrested"),
    "picture_hashes": n_("Fingerprints of pictures"),
    "place.country": n_("Country"),
    "place.latitude": n_("Latitude"),
    "place.longitude": n_("Longitude"),
    MEANS: n_("Means of detection"),
    "role": n_("Stop"),
    "country": n_("Country"),
    "name": n_("Place"),
    "locode": n_("Place code"),
    "carrier": n_("Carrier"),
    "identifier_kind": n_("Kind of identifier"),
    "identifier": n_("Identifier"),
    "amount": n_("Amount"),
    "currency": n_("Currency"),
    "basis": n_("What the amount is"),
}
HELPS: Final[Mapping[str, str]] = {
    "reference": n_("The reporter's own number of the case."),
    "persons_arrested": n_("A number only; 0 is an answer, empty is not known."),
    "place.latitude": n_("Degrees, such as -23.4356."),
    "identifier": n_("Of the vessel or flight; nothing that identifies a person."),
}
TITLES: Final[Mapping[str, str]] = {
    "route": n_("Route"),
    "transport": n_("Transport"),
    "duty_evaded": n_("Duty evaded"),
    "quantities": n_("Quantities"),
    "values": n_("Values"),
}


@dataclass(frozen=True, slots=True)
class Near:
    """A code that may be meant."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is wrong with a field. `why`: the reason that answers it; `ask`: where a reason may be given."""

    text: str
    error: bool
    code: str
    field: str
    ask: bool = False
    why: str = ""
    office: bool = False  # the office said it


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `kind`: choice, suggest, checks, date, long or text; `need`: must, some or nothing."""

    path: str
    label: str
    value: str = ""
    kind: str = "text"
    help: str = ""
    need: str = ""
    options: tuple[tuple[str, str], ...] = ()
    suggest: str = ""
    told: tuple[Told, ...] = ()
    near: tuple[Near, ...] = ()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Of `checks`."""
        return tuple(self.value.split(","))


@dataclass(frozen=True, slots=True)
class Block:
    """Fields under one heading: those that are asked for, and those that are welcome if known."""

    title: str
    asked: tuple[Field, ...]
    more: tuple[Field, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the welcome ones have something to show."""
        return any(one.told or (one.value and one.kind != "choice") for one in self.more)


@dataclass(frozen=True, slots=True)
class Table:
    """What may be there several times: rows of fields."""

    name: str  # as buttons name it: route, quantities:0
    title: str
    rows: tuple[tuple[int, tuple[Field, ...]], ...]

    @property
    def open(self) -> bool:
        """Whether it has something to show."""
        return any(one.told or (one.value and one.kind != "choice") for _, row in self.rows for one in row)


@dataclass(frozen=True, slots=True)
class Goods:
    """One line."""

    number: int
    title: str
    block: Block
    quantities: Table
    values: Table


@dataclass(frozen=True, slots=True)
class FormView:
    """Everything that the page shows of a case."""

    blocks: tuple[Block, ...]
    tables: tuple[Table, ...]
    goods: tuple[Goods, ...]
    texts: Block
    others: tuple[Told, ...] = ()
    found: tuple[tuple[str, str, Told], ...] = ()  # field of the form, its label, what is told
    paths: frozenset[str] = frozenset()


class Maker:
    """Makes the fields of one form."""

    def __init__(self, flat: Flat, wanted: Wanted, lists: CodeLists, words: Words, judged: Judged | None = None) -> None:
        """`wanted.section`: of the form, or `all`; each line shows what its own goods have."""
        self._flat, self._wanted, self._lists, self._words = flat, wanted, lists, words
        self._section = wanted.section
        self._columns = {one.target: one for one in self._columns_of(wanted.section)}
        self._told: dict[str, list[Told]] = {}
        self._near: dict[str, list[Near]] = {}
        self._labels: dict[str, str] = {}
        self._waiting: list[tuple[Finding, str, str]] = []
        if judged is not None:
            self._waiting = [(one, "", spot(one.field, judged.payload)) for one in judged.findings]
            self._waiting += [(one, why, spot(one.field, judged.payload)) for one, why in judged.answered]

    def _columns_of(self, section: str) -> tuple[Column, ...]:
        return columns_of(replace(self._wanted, section=section), self._lists)

    def view(self, remarks: Sequence[tuple[str, Mapping[str, str]]] = ()) -> FormView:
        """The whole form. `remarks`: what the office said of the version that is changed, by field of the form."""
        for at, one in remarks:
            text = retold(one["code"], one["text"], self._words.language).text
            self._told.setdefault(at, []).append(Told(text or one["code"], error=False, code=one["code"], field=one["field"], office=True))
        for finding, why, at in self._waiting:
            self._hear(finding, why, at)
        blocks = (
            self._block(n_("The case"), CASE),
            self._block(n_("Where"), WHERE),
            self._block(n_("How"), HOW + (("picture_hashes",) if self._flat.get("picture_hashes") else ())),
        )
        tables = tuple(self._table(name, GROUPS[name], name) for name in GROUPS)
        goods = tuple(self._goods(number) for number in numbers(self._flat, "lines") or [0])
        kinds = [one for one in self._lists.lists["text-kinds"] if one != "rule-overrides"]
        shown = [f"texts.{kind}" for kind in kinds]
        shown += [path for path in self._flat if path.startswith("texts.") and path not in shown]
        texts = self._split(n_("In words"), [self._field(path) for path in shown])
        found = [
            (path, self._whose(path, len(goods)), told)
            for path, some in self._told.items()
            for told in some
            if path in self._labels and not told.office
        ]
        others = tuple(told for path, some in self._told.items() if path not in self._labels for told in some if not told.office)
        return FormView(blocks, tables, goods, texts, others, tuple(found), frozenset(self._labels))

    # --- what is told ---------------------------------------------------------------------------------------------------

    def _hear(self, finding: Finding, why: str, at: str) -> None:
        language = self._words.language
        text = replace(finding, field=self._label(at)).text(language)
        if finding.code == "code.unknown" and at not in self._flat:
            text = self._words("{field} is missing.", field=self._label(at))
        ask = finding.overridable
        self._told.setdefault(at, []).append(Told(text, finding.severity == "error" and not why, finding.code, finding.field, ask, why))
        name = list_of(at, self._lists)
        if places := finding.facts.get("called"):
            self._near[at] = [Near(code, label) for code, label in places.items()]
        elif name and not why:
            near = finding.suggestions or self._lists.suggest(name, self._flat.get(at, ""))
            self._near[at] = [Near(code, self._lists.label(name, code, language)) for code in near[:3] if code != self._flat.get(at)]

    def _label(self, path: str) -> str:
        """What a field is called, in the words of the reader."""
        target = _target(path)
        column = self._columns.get(target)
        if column is not None:
            return column.label
        for start, name in (("line.attribute.", "attributes"), ("text.", "text-kinds")):
            if target.startswith(start):
                return self._lists.label(name, target.removeprefix(start).partition("~")[0], self._words.language)
        return self._words(LABELS.get(path) or LABELS.get(path.rpartition(".")[2], "")) or path

    def _whose(self, path: str, goods: int) -> str:
        """A field as the list above the form calls it: of which stop, and of which goods where there are several."""
        group, number, _ = path.replace("[", "]").split("]", 2) if "[" in path else ("", "", "")
        label = self._labels[path]
        if group == "route" and (role := self._flat.get(f"route[{number}].role", "")):
            return f"{self._lists.label('route-roles', role, self._words.language)}: {label}"
        return f"{self._words('Goods {number}', number=int(number) + 1)}: {label}" if group == "lines" and goods > 1 else label

    # --- fields ---------------------------------------------------------------------------------------------------------

    def _block(self, title: str, paths: Iterable[str]) -> Block:
        return self._split(title, [self._field(path) for path in paths])

    @staticmethod
    def _split(title: str, fields: Sequence[Field]) -> Block:
        """Those that are asked for, or have something to show that is wrong; the others if known."""
        asked = tuple(one for one in fields if one.need or one.told)
        return Block(title, asked, tuple(one for one in fields if not (one.need or one.told)))

    def _field(self, path: str, column: Column | None = None, values: Mapping[str, str] | None = None) -> Field:
        """One field; `values`: label -> code of what may be chosen, where that is less than its list."""
        column = column or self._columns.get(_target(path))
        name = list_of(path, self._lists)
        label = self._label(path) if column is None else column.label
        self._labels[path] = label
        value = self._flat.get(path, "")
        told, near = tuple(self._told.get(path, ())), tuple(self._near.get(path, ()))
        leaf = path.rpartition(".")[2]
        helped = self._words(HELPS.get(path) or HELPS.get(leaf, "")) or (column.help if column is not None else "")
        need = "" if column is None else {MANDATORY: "must", FOR_SOME: "some"}.get(column.need, "")
        if path in ("place.country", "lines[0].commodity"):
            need = "must"
        made = Field(path, label, value, help="" if name else helped, need=need, told=told, near=near)
        if path == MEANS:
            return replace(made, kind="checks", options=self._options(name, self._lists.lists[name]))
        if name:
            return self._coded(made, name, values)
        kind = "date" if path == "date" else "time" if path == "time" else "long" if path.startswith(LONG_TEXT) else "text"
        return replace(made, kind=kind, suggest="places" if leaf == "locode" else "")

    def _coded(self, made: Field, name: str, values: Mapping[str, str] | None) -> Field:
        """A choice, where there are few; otherwise one types."""
        codes = list(values.values()) if values else list(self._lists.lists[name])
        unknown = bool(made.value) and made.value not in self._lists.lists[name]
        if len(codes) <= SHORT and not unknown:
            extra = [made.value] if made.value and made.value not in codes else []
            return replace(made, kind="choice", options=self._options(name, [*codes, *extra]))
        shown = made.value if unknown or not made.value else self._shown(name, made.value)
        return replace(made, kind="suggest", value=shown, suggest=name)

    def _options(self, name: str, codes: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((code, self._lists.label(name, code, self._words.language)) for code in codes)

    def _shown(self, name: str, code: str) -> str:
        """The label, where it means this code and no other."""
        label = self._lists.label(name, code, self._words.language)
        found = self._lists.find(name, label)
        return label if found is not None and found.code == code else code

    # --- what is there several times ------------------------------------------------------------------------------------

    def _table(self, name: str, leaves: Iterable[str], button: str, under: str = "", columns: Mapping[str, Any] | None = None) -> Table:
        rows = []
        for number in numbers(self._flat, name, under) or [0]:
            fields = []
            for leaf in leaves:
                column, values = (columns or {}).get(leaf, (None, None))
                fields.append(self._field(f"{under}{name}[{number}].{leaf}", column, values))
            rows.append((number, tuple(fields)))
        return Table(button, TITLES[name], tuple(rows))

    def _goods(self, number: int) -> Goods:
        start = f"lines[{number}]."
        commodity = self._flat.get(f"{start}commodity", "")
        known = commodity in self._lists.valid["commodities"]
        section = self._lists.section_and_stream(commodity)[0] if known else self._section
        columns = self._columns if section == self._section else {one.target: one for one in self._columns_of(section)}
        fields = [self._field(f"{start}commodity", columns.get("line.commodity"))]
        if "line.hs_code" in columns or f"{start}hs_code" in self._flat:
            fields.append(self._field(f"{start}hs_code", columns.get("line.hs_code")))
        shown: list[tuple[str, Column | None]] = []
        for target, column in columns.items():
            if target.startswith("line.attribute.") and not (section == ALL and column.need == OPTIONAL):
                shown.append((f"{start}attributes.{target.removeprefix('line.attribute.')}", column))
        told = [path for path in [*self._flat, *self._told] if path.startswith(f"{start}attributes.")]
        names = {path for path, _ in shown}
        shown += [(path, columns.get(_target(path))) for path in dict.fromkeys(told) if path not in names]
        fields += [self._field(path, column) for path, column in shown]
        stream = self._lists.section_and_stream(commodity)[1] if known else ""
        measures = self._lists.measurable.get((stream, commodity), frozenset())
        units = {
            self._lists.label("units", code, self._words.language): code for code, of in self._lists.unit_measures.items() if of in measures
        }
        quantity = {
            leaf: (columns.get(f"line.quantity.{leaf}"), units if leaf == "unit" and units else None) for leaf in LINE_GROUPS["quantities"]
        }
        label = self._lists.label("commodities", commodity, self._words.language) if known else ""
        return Goods(
            number,
            label,
            self._split(n_("Goods"), fields),
            self._table("quantities", LINE_GROUPS["quantities"], f"quantities:{number}", start, quantity),
            self._table("values", LINE_GROUPS["values"], f"values:{number}", start),
        )


def _target(path: str) -> str:
    """A field of the form as templates name it."""
    if path.startswith("texts."):
        return f"text.{path.removeprefix('texts.')}"
    if not path.startswith("lines["):
        return path
    rest = path.partition(".")[2]
    if rest.startswith("attributes."):
        return f"line.attribute.{rest.removeprefix('attributes.').partition('~')[0]}"
    if rest.startswith("quantities["):
        return f"line.quantity.{rest.rpartition('.')[2]}"
    return f"line.{rest}"
