"""What a page says of a refusal: in the reader's language, with a page to go to instead of a command."""

from __future__ import annotations

import ast
import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from enforcement.seizures.queries import UnknownCase
from liaison.access.users import UnknownUser
from liaison.assembly import node_spec
from liaison.console.shell import SHELL_PAGES
from liaison.console.words import catalogues
from liaison.protocol.errors import LiaisonError, phrase

ROOT = Path(__file__).parents[3]
PACKAGES = ("liaison.console", "enforcement", "services")
FILES = (ROOT / "liaison/console/words/guides.csv", ROOT / "enforcement/words/guides.csv")
BY_PROGRAMS = {"api.bad-request", "api.key-refused"}  # said to client programs, never on a page
OUTSIDE = {"/sign-in"}
COMMAND = "`"
TRANSLATED = (  # what these say of a refusal that a page can show is said in the reader's language; more are added as they are done
    *("services.", "enforcement.keying.", "enforcement.quality.", "enforcement.intelligence.actions", "enforcement.intelligence.pages"),
    *("enforcement.verification.", "enforcement.seizures.ports", "enforcement.seizures.queries", "enforcement.seizures.national"),
    *("enforcement.seizures.correcting", "enforcement.seizures.case_pages", "enforcement.seizures.duplicates.deciding"),
    *(
        "enforcement.seizures.duplicates.pages",
        "enforcement.seizures.notices.",
        "enforcement.seizures.keyed",
        "enforcement.intake.unfinished",
    ),
    *("enforcement.intake.byhand.", "enforcement.intake.unfinished", "liaison.access."),
)


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


def test_what_a_page_can_provoke_names_no_command_as_its_next_step() -> None:
    tree = Tree()
    starts = [
        key for key in tree.functions if key[0].startswith("liaison.console") or "pages" in key[0].rpartition(".")[2] or ".pages." in key[0]
    ]
    told = {row["code"] for row in lines()} | BY_PROGRAMS
    missing = set()
    for module, name in tree.raised_from(starts):
        kind = getattr(import_module(module), name)
        if isinstance(kind, type) and issubclass(kind, LiaisonError) and COMMAND in kind.next_step and kind.code not in told:
            missing.add(f"{kind.code}: {kind.next_step}")
    assert missing == set()


def plain(node: ast.AST) -> bool:
    """Whether this raises or returns a refusal with a sentence that no catalogue has."""
    call = node.exc if isinstance(node, ast.Raise) else node.value if isinstance(node, ast.Return) else None
    said = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and " " in str(said.value))


def test_what_a_page_shows_of_a_refusal_is_in_the_catalogues_where_that_is_done() -> None:
    """`phrase("{reference} is a draft.", reference=...)`: gathered, and so refused without its translations."""
    tree = Tree()
    starts = [
        key for key in tree.functions if key[0].startswith("liaison.console") or "pages" in key[0].rpartition(".")[2] or ".pages." in key[0]
    ]
    english = set()
    for here in tree.reached(starts):
        for node in (inner for part in tree.functions[here] for inner in ast.walk(part)):
            found = tree.class_of(here[0], node) if isinstance(node, ast.Raise | ast.Return) and plain(node) else None
            kind = getattr(import_module(found[0]), found[1]) if found is not None else None
            if here[0].startswith(TRANSLATED) and isinstance(kind, type) and issubclass(kind, LiaisonError):
                english.add(f"{here[0]}:{ast.unparse(node)}")
    assert english == set()


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
    pages = {page.path for kind in ("ncp", "rilo", "hub") for make in (*SHELL_PAGES, *node_spec(kind).console.pages) for page in make()}
    asked = {row["to"].partition("?")[0] for row in lines() if row["to"]}
    assert asked - pages - OUTSIDE - {"/clients"} == set()


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
