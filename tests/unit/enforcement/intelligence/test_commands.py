"""`liaison alerts` as people and programs use it."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.main import get_command

from enforcement.intelligence.commands import alerts_app
from enforcement.intelligence.document import duration
from enforcement.intelligence.errors import FeedbackRefusedError, ProductFileError, ProductIncompleteError, ProductUnknownError
from enforcement.intelligence.model import plain_of
from liaison.access.permissions import NotPermitted, Person, Role
from liaison.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from enforcement.intelligence.model import Product
    from liaison.access.desk import Desk
    from liaison.node.parts import Parts
    from tests.unit.enforcement.intelligence.conftest import Offices

AUTHOR, RELEASER, READER = "u-0000000a", "u-0000000b", "u-0000000c"
NUMBER = "A/rilo.sa/2026/0001"


@dataclass
class Counter:
    """What `liaison.cli` puts into the context, for one person at one node."""

    offices: Offices
    node: str
    person: Person
    terminal: Terminal

    def desk(self) -> Desk:
        return self.offices.federation[self.node].node.desk(self.person)

    def parts(self) -> Parts:
        return self.offices.federation[self.node].node.parts


@dataclass
class At:
    """Somebody at a node's keyboard."""

    offices: Offices
    node: str
    user: str
    roles: frozenset[Role]

    def text(self, *words: str) -> str:
        """What the command prints for a person."""
        return self._run(words, as_json=False)

    def json(self, *words: str) -> Any:
        """What it prints for a program."""
        return json.loads(self._run(words, as_json=True))

    def _run(self, words: tuple[str, ...], *, as_json: bool) -> str:
        out = io.StringIO()
        counter = Counter(self.offices, self.node, Person(self.user, "test", self.roles), Terminal(as_json=as_json, out=out))
        command = get_command(alerts_app())
        with command.make_context("alerts", list(words), obj=counter) as context:
            command.invoke(context)
        return out.getvalue()


def at(offices: Offices, node: str, user: str, *roles: Role) -> At:
    return At(offices, node, user, frozenset(roles or Role))


@pytest.fixture
def file(tmp_path: Path, product: Product) -> Path:
    path = tmp_path / "alert.json"
    path.write_text(json.dumps(plain_of(product)), "utf-8")
    return path


def test_the_whole_way_by_command(offices: Offices, file: Path) -> None:
    analyst = at(offices, "rilo.sa", AUTHOR, Role.ANALYST)
    releaser = at(offices, "rilo.sa", RELEASER, Role.RELEASER)
    officer = at(offices, "ncp.br", READER, Role.OFFICER)
    drafted = analyst.json("draft", str(file), "--set", "confidence=high")
    assert (drafted["state"], drafted["problems"]) == ("draft", [])
    draft = str(drafted["product_id"])
    assert "by somebody who did not write in it" in analyst.text("propose", draft)
    assert "Released as A/rilo.sa/2026/0001" in releaser.text("release", draft)
    offices.settle()
    (line,) = officer.json("list", "--unread")
    assert (line["product"], line["state"], line["read"]) == (NUMBER, "released", False)
    shown = officer.text("read", NUMBER)
    for expected in (
        "Alert: Cocaine in the insulation",
        "Likelihood: likely.",
        "Confidence: high.",
        "BR:2026-0815",
        "Verified seizure",
        "TLP:AMBER H0",
        "ncp.br",
    ):
        assert expected in shown
    assert officer.json("list", "--unread") == []
    assert officer.json("feedback", NUMBER, "hit", "--case", "2026-0815") == {"product": NUMBER, "edition": 1, "kind": "hit", "sent": True}
    assert "said that already" in officer.text("feedback", NUMBER, "hit", "--case", "BR:2026-0815")
    offices.settle()
    (effect,) = analyst.json("effect")
    assert (effect["received"], effect["read"], effect["hits"], effect["overdue"]) == (2, 1, 1, [])
    one = analyst.json("effect", NUMBER)
    assert {(answer["giver"], answer["kind"], answer["case"]) for answer in one["answers"]} >= {
        ("ncp.br", "hit", "BR:2026-0815"),
        ("ncp.cl", "received", None),
    }
    assert "BR:2026-0815" in analyst.text("effect", NUMBER)


def test_showing_is_not_reading(offices: Offices, product: Product) -> None:
    offices.release("rilo.sa", product)
    offices.settle()
    officer = at(offices, "ncp.br", READER, Role.OFFICER)
    assert officer.json("show", NUMBER)["content"]["facts"] == product.facts
    assert len(officer.json("list", "--unread")) == 1


def test_an_auditor_reads_without_leaving_a_mark_with_others(offices: Offices, product: Product) -> None:
    offices.release("rilo.sa", product)
    offices.settle()
    auditor = at(offices, "ncp.br", READER, Role.AUDITOR)
    assert auditor.json("read", NUMBER)["number"] == NUMBER
    assert len(auditor.json("list", "--unread")) == 1
    offices.settle()
    assert at(offices, "rilo.sa", AUTHOR).json("effect")[0]["read"] == 0


def test_every_reading_is_in_the_audit(offices: Offices, product: Product) -> None:
    offices.release("rilo.sa", product)
    offices.settle()
    at(offices, "ncp.br", READER, Role.OFFICER).text("read", NUMBER)
    node = offices.federation["ncp.br"].node
    with node.parts.database.reading() as connection:
        last = connection.execute(node.audit.select().order_by(node.audit.c.number.desc()).limit(1)).mappings().one()
    assert (last["who"], last["action"], last["subject"]) == (READER, "alerts.read", NUMBER)


def test_an_incomplete_draft_tells_what_to_do(office: Offices) -> None:
    analyst = at(office, "rilo.sa", AUTHOR, Role.ANALYST)
    said = analyst.text("draft", "--set", "title=First thoughts", "--set", "sections=drug")
    assert "Draft 1 is kept." in said
    assert "Did you mean drugs" in said
    assert "Next: `liaison alerts edit 1`." in said
    with pytest.raises(ProductIncompleteError) as refused:
        analyst.text("propose", "1")
    assert refused.value.facts["problems"]
    assert "To correct before it can go out" in analyst.text("show", "1")


def test_editing_by_words_leaves_the_rest(office: Offices, file: Path) -> None:
    analyst = at(office, "rilo.sa", AUTHOR, Role.ANALYST)
    analyst.text("draft", str(file))
    analyst.text("edit", "1", "--set", "likelihood=almost certain", "--set", "areas=AR", "--set", "areas=BR")
    content = analyst.json("show", "1")["content"]
    assert (content["likelihood"], content["areas"], content["title"]) == (
        "almost-certain",
        ["AR", "BR"],
        "Cocaine in the insulation of refrigerated containers",
    )


def test_declining_reviewing_and_the_next_edition(office: Offices, file: Path) -> None:
    analyst, releaser = at(office, "rilo.sa", AUTHOR, Role.ANALYST), at(office, "rilo.sa", RELEASER, Role.RELEASER)
    analyst.text("draft", str(file))
    analyst.text("propose", "1")
    assert "by the author" in releaser.text("decline", "1", "--reason", "Too vague.")
    assert "Too vague." in analyst.text("show", "1")
    analyst.text("edit", "1", "--set", "summary=Clearer.")
    analyst.text("propose", "1")
    assert releaser.json("review", "1")["state"] == "reviewed"
    assert releaser.json("release", "1")["number"] == NUMBER
    following = analyst.json("edition", NUMBER)
    assert (following["edition"], following["number"], following["state"]) == (2, NUMBER, "draft")
    assert {problem["code"] for problem in following["problems"]} == {"product.valid-until-missing"}


def test_relaying_by_command(world: Offices, product: Product) -> None:
    world.release("rilo.sa", product)
    world.settle()
    releaser = at(world, "rilo.sa", RELEASER, Role.RELEASER)
    assert "on its way to every member" in releaser.text("relay", NUMBER)
    assert releaser.json("relay", NUMBER)["sent"] is False


def test_the_template_is_a_file_to_fill_in(office: Offices, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    analyst = at(office, "rilo.sa", AUTHOR, Role.ANALYST)
    analyst.text("template")
    path = tmp_path / "alert.yaml"
    path.write_text(capsys.readouterr().out.replace("title:\n", "title: Filled in\n"), "utf-8")
    assert analyst.json("draft", str(path))["state"] == "draft"
    assert analyst.json("show", "1")["content"]["title"] == "Filled in"
    assert analyst.json("template")["kind"] == "alert"


def test_empty_states_say_what_they_mean(office: Offices) -> None:
    analyst = at(office, "rilo.sa", AUTHOR)
    assert "No products yet" in analyst.text("list")
    assert "leave out an option" in analyst.text("list", "--unread")
    assert "released nothing" in analyst.text("effect")
    assert analyst.json("list") == []
    assert analyst.json("effect") == []


@pytest.mark.parametrize(
    ("roles", "words", "error"),
    [
        ([Role.OFFICER], ["draft", "--set", "title=x"], NotPermitted),
        ([Role.ANALYST], ["release", "1"], NotPermitted),
        ([Role.ADMINISTRATOR], ["list"], NotPermitted),
        ([Role.AUDITOR], ["feedback", NUMBER, "used"], NotPermitted),
        ([Role.ANALYST], ["show", "99"], ProductUnknownError),
        ([Role.ANALYST], ["show", "9" * 40], ProductUnknownError),
        ([Role.ANALYST], ["show", "A/rilo.sa/2026/0099"], ProductUnknownError),
        ([Role.ANALYST], ["draft", "--set", "titel=x"], ProductFileError),
        ([Role.ANALYST], ["edit", "1"], typer.BadParameter),
        ([Role.ANALYST], ["list", "--state", "gone"], typer.BadParameter),
        ([Role.ANALYST], ["list", "--kind", "warning"], typer.BadParameter),
        ([Role.ANALYST], ["list", "--section", "drug"], typer.BadParameter),
        ([Role.ANALYST], ["draft", "no-such-file.yaml"], typer.BadParameter),
    ],
)
def test_refused(office: Offices, roles: list[Role], words: list[str], error: type[Exception]) -> None:
    with pytest.raises(error):
        at(office, "rilo.sa", AUTHOR, *roles).text(*words)


def test_feedback_needs_what_it_needs(offices: Offices, product: Product) -> None:
    offices.release("rilo.sa", product)
    offices.settle()
    officer = at(offices, "ncp.br", READER, Role.OFFICER)
    with pytest.raises(FeedbackRefusedError, match="names the case"):
        officer.text("feedback", NUMBER, "hit")


def test_an_overdue_acknowledgement_is_shown_to_the_issuer(offices: Offices, product: Product) -> None:
    deadline = offices.federation.clock.now() + timedelta(hours=1)
    offices.release("rilo.sa", replace(product, urgent=True, acknowledge_by=deadline))
    offices.settle()
    assert "URGENT" in at(offices, "ncp.br", READER, Role.OFFICER).text("read", NUMBER)
    offices.settle(hours=2)
    assert at(offices, "rilo.sa", AUTHOR).json("effect", NUMBER)["overdue"] == ["ncp.cl"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (12_000, "3 h 20 min"), (187_200, "2 d 4 h")]
)
def test_spans_of_time_read_well(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    command: Any = get_command(alerts_app())
    for name, one in command.commands.items():
        with pytest.raises(typer.Exit):
            one.make_context(name, ["--help"])
        shown = capsys.readouterr().out
        assert f"liaison alerts {name}" in shown
        assert "Next:" in shown
