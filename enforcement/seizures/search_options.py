"""The options of every command that looks for cases: said once, so that what can be asked here and of another office is the same."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from enforcement.seizures.filters import BadFilter, Box, Circle, Filter, narrowed, read_box, read_circle, read_filters
from enforcement.seizures.place_hints import place_code, placed
from enforcement.seizures.search import BY_DATE, SORTS, centre_of
from liaison.protocol.errors import phrase

if TYPE_CHECKING:
    from enforcement.codelists.model import CodeLists
    from liaison.node.work import UnitOfWork

DAY: Final = ["%Y-%m-%d"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked for, as the options have it."""

    filters: list[str] | None
    since: datetime | None
    until: datetime | None
    text: str
    near: str
    within: float
    box: str
    sort: str

    def filter(self, lists: "CodeLists") -> Filter:
        """The filters in words of the code lists. Raises BadFilter."""
        return read_filters(self.filters or (), lists)

    def narrowed(self, tx: "UnitOfWork", wanted: Filter) -> Filter:
        """The same within the period and the area, with the words. Raises BadFilter, PlaceUnknown."""
        period: dict[str, Any] = {"since": self.since.date() if self.since else None, "until": self.until.date() if self.until else None}
        return narrowed(placed(tx, wanted), **period, words=self.text, area=area_of(tx, self.near, self.within, self.box))


def area_of(tx: "UnitOfWork", near: str, within: float, box: str) -> Circle | Box | None:
    """The area asked for. Raises BadFilter, PlaceUnknown."""
    if near and box:
        raise BadFilter(phrase("Give --near or --box, not both."))
    if box:
        return read_box(box)
    if not near:
        return None
    return read_circle(near, within) if "," in near else centre_of(tx, place_code(tx, near), within)


Filters = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[FIELD=VALUE]...", help="Filters; all must hold. FIELD=A,B: one of them. FIELD!=A: not that one.", show_default=False
    ),
]

Words = Annotated[str, typer.Option("--text", help="With all these words in its texts, whatever their capitals and accents.")]


def _options(  # noqa: PLR0913 - one parameter an option
    filters: Filters = None,
    *,
    since: Annotated[datetime | None, typer.Option("--since", formats=DAY, help="Seized on this day or later.")] = None,
    until: Annotated[datetime | None, typer.Option("--until", formats=DAY, help="Seized on this day or before.")] = None,
    text: Words = "",
    near: Annotated[
        str, typer.Option("--near", metavar="LAT,LON", help="Near this place: degrees, or its UN/LOCODE, IATA code or name.")
    ] = "",
    within: Annotated[float, typer.Option("--within", metavar="KM", min=0.1, max=20_100, help="With --near: at most so far away.")] = 50.0,
    box: Annotated[str, typer.Option("--box", metavar="S,W,N,E", help="Between these degrees; west may be greater than east.")] = "",
    sort: Annotated[str, typer.Option("--sort", help=f"Newest first by: {', '.join(SORTS)}.")] = BY_DATE,
) -> Wanted:
    if sort not in SORTS:
        raise typer.BadParameter(f"{sort!r} is none of: {', '.join(SORTS)}.", param_hint="--sort")
    return Wanted(filters, since, until, text, near, within, box, sort)


_SHARED: Final = inspect.signature(_options).parameters


def looking_for(command: Callable[..., None]) -> Callable[..., None]:
    """The command `(ctx, wanted, *, ...)` with the options that say what is wanted before its own."""
    own = inspect.signature(command).parameters
    first, _, *rest = own.values()
    parameters = [first, *_SHARED.values(), *rest]

    @wraps(command)
    def made(ctx: typer.Context, **given: Any) -> None:  # noqa: ANN401 - what the options hold
        wanted = _options(**{name: given.pop(name) for name in _SHARED})
        command(ctx, wanted, **given)

    made.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what typer reads the options from
    made.__annotations__ = {one.name: one.annotation for one in parameters}
    return made
