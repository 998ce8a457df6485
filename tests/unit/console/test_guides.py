"""What a page says of a refusal: in the reader's language, with a page to go to instead of a command."""

from __future__ import annotations

import ast
import csv
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from enforcement.intake.row_words import FORMS, SUGGESTED, said_of_row, suggested
from enforcement.seizures.queries import UnknownCase
from enforcement.seizures.rules import BY_CODE
from liaison.access.users import UnknownUser
from liaison.assembly import node_spec
from liaison.console.shell import SHELL_PAGES
from liaison.console.verdict_words import VERDICTS
from liaison.console.words import catalogues
from liaison.protocol.errors import LiaisonError, phrase

ROOT = Path(__file__).parents[3]
PACKAGES = ("liaison.console", "enforcement", "services")
FILES = (ROOT / "liaison/console/words/guides.csv", ROOT / "enforcement/words/guides.csv")
BY_PROGRAMS = {"api.bad-request", "api.key-refused"}  # said to client programs, never on a page
OUTSIDE = {"/sign-in"}
COMMAND = "`"
ENGLISH = {  # what these modules say of a refusal that a page can reach is not in the catalogues, and why
    "enforcement.intelligence.drafting": "of a file that a command reads; the form of the page refuses with its own words",
    "liaison.console.bodies": "said to client programs",
    "liaison.console.calls": "said to client programs",
    "liaison.console.web": "said to client programs",
    "liaison.console.printing": "of a file that a command writes",
    "liaison.protocol.codec": "the library's own words about bytes",
    "liaison.protocol.headers": "known again where it is shown (verdict_words)",
    "liaison.protocol.opening": "known again where it is shown (verdict_words)",
}


MARKS = {"phrase", "n_"}
OF_ROWS = ("mapping", "references", "cells", "doubts", "grouping", "meanings", "importing", "choosing", "further")


def lines() -> list[dict[str, str]]:
    return [row for file in FILES for row in csv.DictReader(file.read_text("utf-8").splitlines())]


class Tree:
    """The functions and classes of the house by module, and what each names."""

    def __init__(self) -> None:
        self.functions: dict[tuple[str, str], list[ast.stmt]] = {}
        self.imports: dict[str, dict[str, tuple[str, str]]] = {}
        for package in ("liaison", "enforcement", "services"):
            for file in (ROOT / package).rglob("*.py"):
                self._read(".".join(file.relative_to(ROOT).with_suffix("").parts), ast.parse(file.read_text("utf-8")))

    def _read(self, module: str, tree: ast.Module) -> None:
        found = self.imports[module] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {one.asname or one.name: (node.module, one.name) for one in node.names}
        for one in tree.body:
            if isinstance(one, ast.FunctionDef):
                self.functions[module, one.name] = [one]
            elif isinstance(one, ast.ClassDef):
                self.functions[module, one.name] = [part for part in one.body if isinstance(part, ast.FunctionDef)]

    def named(self, module: str, name: str, depth: int = 5) -> tuple[str, str] | None:
        """What a name in a module stands for."""
        if (module, name) in self.functions:
            return module, name
        there = self.imports.get(module, {}).get(name)
        return self.named(*there, depth - 1) if there and depth else None

    def reached(self, starts: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """These functions and all that they call, as far as names tell."""
        seen, left = set[tuple[str, str]](), list(starts)
        while left:
            here = left.pop()
            if here in seen:
                continue
            seen.add(here)
            nodes = (inner for part in self.functions[here] for inner in ast.walk(part))
            left += [found for one in nodes if isinstance(one, ast.Name) and (found := self.named(here[0], one.id))]
        return seen

    def raised_from(self, starts: list[tuple[str, str]]) -> set[tuple[str, str]]:
        """Every class that is raised, or returned, in what these functions call."""
        raised = set[tuple[str, str]]()
        for here in self.reached(starts):
            for node in (inner for part in self.functions[here] for inner in ast.walk(part)):
                if isinstance(node, ast.Raise | ast.Return) and (found := self.class_of(here[0], node)):
                    raised.add(found)
        return raised

    def class_of(self, module: str, node: ast.Raise | ast.Return) -> tuple[str, str] | None:
        said: Any = node.exc if isinstance(node, ast.Raise) else node.value
        said = said.func if isinstance(said, ast.Call) else said
        said = said.value if isinstance(said, ast.Attribute) else said
        return self.named(module, said.id) if isinstance(said, ast.Name) else None


def starts_of(tree: Tree) -> list[tuple[str, str]]:
    """Every function and class of pages."""
    return [
        key for key in tree.functions if key[0].startswith("liaison.console") or "pages" in key[0].rpartition(".")[2] or ".pages." in key[0]
    ]


def test_what_a_page_can_provoke_names_no_command_as_its_next_step() -> None:
    tree = Tree()
    starts = starts_of(tree)
    told = {row["code"] for row in lines()} | BY_PROGRAMS
    missing = set()
    for module, name in tree.raised_from(starts):
        kind = getattr(import_module(module), name)
        if isinstance(kind, type) and issubclass(kind, LiaisonError) and COMMAND in kind.next_step and kind.code not in told:
            missing.add(f"{kind.code}: {kind.next_step}")
    assert missing == set()


def test_what_a_page_can_provoke_is_called_something_in_every_language() -> None:
    tree = Tree()
    told = {row["code"] for row in lines()} | BY_PROGRAMS
    kinds = [getattr(import_module(module), name) for module, name in tree.raised_from(starts_of(tree))]
    assert {kind.code for kind in kinds if isinstance(kind, type) and issubclass(kind, LiaisonError)} - told == set()


def plain(node: ast.AST) -> bool:
    """Whether this raises or returns a refusal with a sentence that no catalogue has."""
    call = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
    return isinstance(call, ast.Call) and any(bare(said) for said in call.args)


def bare(said: ast.AST) -> bool:
    """Whether this is, or may become, a sentence without `phrase` around it."""
    if isinstance(said, ast.IfExp):
        return bare(said.body) or bare(said.orelse)
    if isinstance(said, ast.BinOp):
        return bare(said.left) or bare(said.right)
    return isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and " " in str(said.value))


def test_what_a_page_shows_of_a_refusal_is_in_the_catalogues() -> None:
    """`phrase("{reference} is a draft.", reference=...)`: gathered, and so refused without its translations."""
    tree = Tree()
    english, spared = set[str](), set[str]()
    for here in tree.reached(starts_of(tree)):
        for node in (inner for part in tree.functions[here] for inner in ast.walk(part)):
            found = tree.class_of(here[0], node) if isinstance(node, ast.Raise | ast.Return) and plain(node) else None
            kind = getattr(import_module(found[0]), found[1]) if found is not None else None
            if isinstance(kind, type) and issubclass(kind, LiaisonError):
                (spared if here[0] in ENGLISH else english).add(f"{here[0]}:{ast.unparse(node)}")
    assert english == set()
    assert {one.partition(":")[0] for one in spared} == ENGLISH.keys()


def sentences(module: str) -> set[str]:
    """The sentences that a module writes, without the names of what it puts in; not those that a catalogue or a docstring has."""
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    known = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Call) and called(node) in MARKS for part in ast.walk(node)}
    known |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    known |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node) if part is not node}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in known]
    return {form for node in texts if (form := form_of(node)).count(" ") > 1 and form.endswith((".", "`."))}


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""


def form_of(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return nameless(node.value) if isinstance(node.value, str) else ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def nameless(form: str) -> str:
    """A text with {names} as it is compared: every particular is {}."""
    return re.sub(r"\{+[^{}]*\}+(: \{[^{}]*\}\}*)?", "{}", form)


def test_every_sentence_about_a_row_is_known_again_in_the_readers_language() -> None:
    forms = {nameless(form) for some in (*FORMS.values(), SUGGESTED) for form in some}
    forms |= {form.replace("{} in row {}", "{}").replace("latitude and longitude", "{}") for form in forms}  # put in together
    assert {form for module in OF_ROWS for form in sentences(f"enforcement.intake.{module}")} - forms == set()


def test_every_sentence_about_a_batch_or_an_event_is_known_again() -> None:
    said = sentences("liaison.protocol.opening") | sentences("liaison.protocol.headers")
    assert {form.rstrip(".… ") for form in said} - {nameless(form).rstrip(".… ") for form in VERDICTS} == set()


def test_the_particulars_of_a_refusal_are_said_in_the_readers_language() -> None:
    error = UnknownCase(phrase("This node holds no case {reference}.", reference="A-{1}"))
    assert str(error) == "This node holds no case A-{1}."
    french = catalogues(PACKAGES)["fr"].explained(error)
    assert (french.detail, french.foreign) == ("Ce nœud n\u2019a pas d\u2019affaire A-{1}.", False)
    other = catalogues(PACKAGES)["fr"].explained(LiaisonError("Something new."))
    assert (other.detail, other.foreign) == ("Something new.", True)
    assert other.sentence != "Something new."  # a note has no place to say that it is English
    assert catalogues(PACKAGES)["en"].explained(LiaisonError("Something new.")).foreign is False


@pytest.mark.parametrize("row", lines(), ids=lambda row: row["code"])
def test_every_line_is_whole_and_names_no_command(row: dict[str, str]) -> None:
    assert all(row[name] for name in row if name != "to")
    assert not any("liaison " in row[name] or COMMAND in row[name] for name in row)


def test_every_page_that_is_pointed_to_is_there() -> None:
    pages = {page.path for kind in ("ncp", "rilo", "hub") for make in (*SHELL_PAGES, *node_spec(kind).console().pages) for page in make()}
    asked = {row["to"].partition("?")[0] for row in lines() if row["to"]}
    assert asked - pages - OUTSIDE - {"/clients", "/node/list", "/node/backups"} == set()  # of every node, made when a console opens


def test_a_refusal_is_told_in_the_readers_language_and_points_to_a_page_that_this_console_has() -> None:
    error = UnknownUser("There is no user 'x'.")
    french = catalogues(PACKAGES, ["/users"])["fr"].explained(error)
    assert "utilisateur de ce nom" in french.title
    assert (french.step, french.to) == ("Voyez les personnes de ce nœud.", "/users")
    assert french.detail == "There is no user 'x'."
    assert catalogues(PACKAGES)["es"].explained(error).to == ""
    assert catalogues(PACKAGES, ["/users"])["en"].explained(UnknownUser()).detail == ""
    other = LiaisonError("Something new.")
    assert catalogues(PACKAGES)["fr"].explained(other).detail == "Something new."


def test_a_sentence_that_is_kept_in_english_is_said_again_with_its_particulars_as_they_stand() -> None:
    french, english = catalogues(PACKAGES)["fr"], catalogues(PACKAGES)["en"]
    again = said_of_row("amount.malformed", "This is not an amount with the decimal mark ','.", french)
    assert again == ("Ce n\u2019est pas une quantité avec le signe décimal ','.", False)
    assert said_of_row("field.missing", "The row states no unit.", english).text == "The row states no unit."
    assert said_of_row("field.missing", "The row says something new.", french) == ("The row says something new.", True)
    assert suggested("It could be read as DD/MM/YYYY or MM/DD/YYYY.", french) == "Elle pourrait se lire selon DD/MM/YYYY ou MM/DD/YYYY."
    assert suggested("KGM, GRM", french) == "KGM, GRM"
    rule = BY_CODE["date.future"].messages
    made = said_of_row("date.future", rule["en"].format(date="2031-01-01", today="2026-01-01"), french)
    assert made == (rule["fr"].format(date="2031-01-01", today="2026-01-01"), False)
    assert french.again("The profile is larger than 262,144 bytes.") == "Le profil dépasse 262,144 octets."
    assert french.again("Il manque une unité.") == ""


def test_numbers_and_phrases_within_a_phrase_are_said_in_the_readers_language() -> None:
    inner = phrase("the columns {names}", names="'a', 'b'")
    said = phrase("The file has {strange}, which the profile {name} does not know.", strange=inner, name="br")
    assert said == "The file has the columns 'a', 'b', which the profile br does not know."
    assert catalogues(PACKAGES)["es"].told(said) == "El fichero tiene las columnas 'a', 'b': el perfil br no lo conoce."
    many = phrase("The profile is larger than {max_profile_bytes:,} bytes.", max_profile_bytes=262144)
    assert catalogues(PACKAGES)["fr"].told(many) == "Le profil dépasse 262\u202f144 octets."
    assert str(LiaisonError(phrase("{error}", error=UnknownUser(inner)))) == str(inner)
