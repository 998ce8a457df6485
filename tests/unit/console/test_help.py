"""Help in place: every page says what it is for, without a script, and what its words mean is one link away."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.console.gathering import PACKAGES, folder_of
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = {
    f"{package}: {file.relative_to(folder_of(package))}": file.read_text("utf-8")
    for package in PACKAGES
    for file in sorted(folder_of(package).rglob("templates/*.html"))
}
EXTENDED = {found.rpartition("/")[2] for text in TEMPLATES.values() for found in re.findall(r'{% extends "([^"]+)"', text)}
PAGES = {name: text for name, text in TEMPLATES.items() if '{% extends "' in text and name.rpartition("/")[2] not in EXTENDED}
WORDS = (12, 70)  # an officer reads a few sentences, not a chapter


@pytest.fixture(scope="module")
def officer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with MemoryFederation(tmp_path_factory.mktemp("help"), lambda name: node_spec(kind_of(name))) as made:
        node = made.start("ncp.br")["ncp.br"].node
        add_person(node, "an.officer", Role.OFFICER)
        with served(node) as port:
            yield Visitor(port).sign_in("an.officer")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_what_it_is_for(page: str) -> None:
    """A template's block `help`: one text of the catalogues (CONTRIBUTING, "Add a page to the console")."""
    said = re.findall(r'{% block help %}{{ _\("((?:[^"\\]|\\.)+)"\) }}{% endblock %}', PAGES[page])
    assert len(said) == 1
    assert WORDS[0] <= len(said[0].split()) <= WORDS[1], said
    assert said[0].endswith(".")


def test_help_opens_without_a_script_and_leads_to_the_words(officer: Visitor) -> None:
    page = officer.get("/report")
    assert re.search(r'<details class="helped"><summary>Help</summary><div><p>Begin a case: say of which section', page.html)
    assert 'href="/help"' in page.html
    words = officer.get("/help").text
    assert "nil report The statement that a month brought no seizures" in words  # of the office's work
    assert "quarantine Where a statement of another member waits" in words  # of every node
    assert "j k down and up in a list" in words


def test_help_speaks_the_readers_language_in_its_alphabet(officer: Visitor) -> None:
    seen = Visitor(officer.port, dict(officer.cookies), "fr").get("/help").text
    assert seen.index("avis Un cas") < seen.index("édition Les") < seen.index("état néant") < seen.index("flux Tout")


def test_a_stranger_has_help_too_but_no_link_that_asks_to_sign_in(officer: Visitor) -> None:
    page = Visitor(officer.port).get("/sign-in")
    assert "After five wrong passwords" in page.html
    assert 'href="/help"' not in page.html
