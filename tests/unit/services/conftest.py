"""Three offices of a small federation (Brazil's contact point, its regional office, the hub) and a way to run their commands."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import typer.testing
from typer.testing import CliRunner

from enforcement.codelists.store import load_shipped
from enforcement.intake.importing import Source
from enforcement.intake.profile import parse_profile
from enforcement.seizures.model import Case, Line, Place, Quantity
from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.protocol.errors import LiaisonError
from liaison.terminal import Terminal
from liaison.testing import MemoryFederation
from services.ncp_gateway.reporting import draft_of, keep_draft, submit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer import Typer

    from liaison.access.desk import Desk
    from liaison.node.parts import Parts
    from liaison.testing import Running

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"
PROFILE = """
profile: office-list
version: 1
title: "Office list"
source: "Tests"
administration: BR
file: {encoding: utf-8, delimiter: ";"}
dates: YYYY-MM-DD
decimal_mark: ","
fields:
  reference: {column: number}
  date: {column: day}
  place.location_type: {column: where, values: {airport: airport, port: seaport}}
  line.commodity: {column: what}
  line.quantity.amount: {column: kilograms}
  line.quantity.unit: {constant: KGM}
  text.modus-operandi: {column: note}
"""
HEADER = "number;day;where;what;kilograms;note"


GET_COMMAND = "_get_command"


@cache
def app_of(make: Callable[[], Typer]) -> Typer:
    """One app for all runs of its commands: what its options are is worked out once."""
    return make()


# What all commands of an app are is else worked out again at every run.
setattr(typer.testing, GET_COMMAND, cache(getattr(typer.testing, GET_COMMAND)))


@dataclass
class Here:
    """`liaison.terminal.Counter` at a node of the test federation."""

    running: Running
    roles: tuple[Role, ...]
    terminal: Terminal
    user: str = "u-0000000a"

    def desk(self) -> Desk:
        return self.running.desk(*self.roles, user=self.user)

    def parts(self) -> Parts:
        return self.running.node.parts


@dataclass
class Answer:
    """What a command line gave."""

    code: int
    out: str
    err: str
    error: LiaisonError | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Offices:
    """The federation, and command lines at its offices."""

    federation: MemoryFederation
    folder: Path
    roles: tuple[Role, ...] = field(default_factory=lambda: tuple(Role))
    user: str = "u-0000000a"

    def run(self, node: str, *words: str, as_json: bool = False, answer: str = "") -> Answer:
        out, err = io.StringIO(), io.StringIO()
        running = self.federation[node]
        here = Here(running, self.roles, Terminal(as_json=as_json, out=out, err=err), self.user)
        app = app_of(running.node.spec.commands()[words[0]])
        result = CliRunner().invoke(app, list(words[1:]), obj=here, input=answer)
        if result.exception is not None and not isinstance(result.exception, SystemExit | LiaisonError):
            raise result.exception
        error = result.exception if isinstance(result.exception, LiaisonError) else None
        return Answer(result.exit_code, out.getvalue() + result.stdout, err.getvalue() + result.stderr, error)

    def ok(self, node: str, *words: str, answer: str = "") -> Any:
        """The JSON of a command that must succeed; a program cannot be asked, so with an answer it is the text."""
        told = self.run(node, *words, as_json=not answer, answer=answer)
        assert told.code == 0, (told.out, told.err, told.error)
        return told.out if answer else told.json

    def file(self, *rows: str, name: str = "list.csv") -> Path:
        path = self.folder / name
        path.write_text("\n".join([HEADER, *rows, ""]), "utf-8")
        return path

    @property
    def profile(self) -> str:
        path = self.folder / "profile.yaml"
        path.write_text(PROFILE, "utf-8")
        return str(path)

    def bring(self, *rows: str, submit: bool = True) -> Any:
        """Import rows at the contact point, submit them, let everything arrive."""
        told = self.ok(NCP, "seizures", "import", str(self.file(*rows)), "--profile", self.profile, *(["--submit"] if submit else []))
        self.federation.settle()
        return told

    def faulty(self, *references: str, **changes: object) -> None:
        """Report cases as a contact point with no rules of its own would: a vessel at an airport, which its office must look at."""
        with self.federation[NCP].desk().acting("seizures.submit") as tx:
            for reference in references:
                keep_draft(tx, {**self.vessel_at_airport(reference), **changes})
                submit(tx, draft_of(tx, ("BR", reference)))
        self.federation.settle()

    @staticmethod
    def vessel_at_airport(reference: str) -> dict[str, Any]:
        quantity = Quantity(Decimal(3), "KGM", weight_basis="unknown", converted_amount=Decimal(3), converted_unit="KGM")
        line = Line("drugs", "cocaine", "cocaine", quantities=(quantity,))
        case = Case("BR", reference, date(2025, 3, 5), Place("BR", "airport"), load_shipped().edition, lines=(line,), conveyance="vessel")
        return case.to_payload()

    def states(self, node: str) -> dict[str, str]:
        """Reference and version -> state."""
        rows = self.ok(node, "seizures", "list") + self.ok(node, "seizures", "list", "--state", "superseded")
        return {f"{row['reference']}/{row['version']}": row["state"] for row in rows}

    def audited(self, node: str, action: str) -> list[str]:
        """Subjects of the audit rows of an action."""
        at = self.federation[node].node
        with at.parts.database.reading() as connection:
            found = connection.execute(at.audit.select().where(at.audit.c.action == action).order_by(at.audit.c.number))
            return [row["subject"] for row in found.mappings()]


@pytest.fixture
def federation(tmp_path: Path) -> Iterator[MemoryFederation]:
    with MemoryFederation(tmp_path / "federation", lambda name: node_spec(kind_of(name))) as made:
        yield made.start(NCP, RILO, HUB)


@pytest.fixture
def offices(federation: MemoryFederation, tmp_path: Path) -> Offices:
    return Offices(federation, tmp_path)


@pytest.fixture
def source(offices: Offices) -> Callable[..., Source]:
    """A file of rows with the profile that reads it."""

    def make(*rows: str) -> Source:
        return Source(offices.file(*rows), parse_profile(PROFILE.encode(), load_shipped()))

    return make
