"""Who takes part: the offices by name, and the people each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ADMINISTRATOR: Final = "keeper"
OFFICER: Final = "officer"
VERIFIER: Final = "verifier"
ANALYST: Final = "analyst"
RELEASER: Final = "releaser"

PEOPLE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    # login names are the duty; an analyst who may also release shows that it is the author, not the role, that is refused
    "ncp": {OFFICER: ("officer", "analyst")},  # a small office: who reports also asks
    "rilo": {VERIFIER: ("verifier",), ANALYST: ("analyst", "releaser"), RELEASER: ("releaser",)},
    "hub": {VERIFIER: ("verifier",), ANALYST: ("analyst", "releaser"), RELEASER: ("releaser",)},
}


@dataclass(frozen=True, slots=True)
class Office:
    """One node: its id, its region, and the office it reports to (itself for an office)."""

    node: str
    region: str
    office: str

    @property
    def kind(self) -> str:
        """ncp, rilo or hub."""
        family, _, name = self.node.partition(".")
        return name if family == "wco" else family

    @property
    def country(self) -> str:
        """ISO code of a contact point, empty for an office."""
        return self.node.partition(".")[2].upper() if self.kind == "ncp" else ""

    @property
    def people(self) -> dict[str, tuple[str, ...]]:
        """Login names and their roles, the administrator apart."""
        return PEOPLE[self.kind]


SIX: Final = (
    Office("wco.hub", "AMS", "wco.hub"),
    Office("rilo.sa", "AMS", "rilo.sa"),
    Office("rilo.car", "AMS", "rilo.car"),
    Office("ncp.br", "AMS", "rilo.sa"),
    Office("ncp.jm", "AMS", "rilo.car"),
    Office("ncp.us", "AMS", "wco.hub"),  # no regional office: the hub is its office
)

THREE: Final = tuple(office for office in SIX if office.node in ("wco.hub", "rilo.sa", "ncp.br"))
