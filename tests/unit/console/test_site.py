"""The console's edge as a visitor and an attacker meet it, at a contact point of a federation in memory."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.served import PASSWORD, Visitor, add_person, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with MemoryFederation(tmp_path_factory.mktemp("site"), lambda name: node_spec(kind_of(name))) as made:
        made.start("wco.hub", "rilo.sa", "ncp.br")
        node = made["ncp.br"].node
        for role in Role:
            add_person(node, f"some.{role}", role)
        with served(node) as port:
            yield made, port


@pytest.fixture
def stranger(federation: Any) -> Visitor:
    return Visitor(federation[1])


@pytest.fixture
def officer(stranger: Visitor) -> Visitor:
    return stranger.sign_in("some.officer")


def audit_of(federation: Any) -> list[tuple[str, dict[str, Any]]]:
    from liaison.node.audit import read_audit  # noqa: PLC0415 - beside its use

    node = federation[0]["ncp.br"].node
    with node.parts.database.reading() as connection:
        return [(row.entry.action, dict(row.entry.facts)) for row in read_audit(connection, node.audit, last=20)]


def test_a_page_is_found_again_after_signing_in(stranger: Visitor) -> None:
    asked = stranger.get("/node?x=1")
    assert (asked.status, asked.to) == (303, "/sign-in?next=/node%3Fx%3D1")
    form = stranger.get(asked.to)
    signed = stranger.post("/sign-in", {"csrf": form.csrf, "name": "some.officer", "password": PASSWORD, "next": "/node?x=1"})
    assert (signed.status, signed.to) == (303, "/node?x=1")
    assert "Status of ncp.br" in stranger.follow(signed).text


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/sign-in"])
def test_signing_in_never_leads_to_another_site(stranger: Visitor, elsewhere: str) -> None:
    signed = stranger.send("/sign-in", "/sign-in", name="some.officer", password=PASSWORD, next=elsewhere)
    assert signed.to == "/"


def test_a_wrong_password_is_refused_with_the_same_words_whoever_it_is(stranger: Visitor) -> None:
    known = stranger.send("/sign-in", "/sign-in", name="some.auditor", password="not the right one")
    nobody = stranger.send("/sign-in", "/sign-in", name="nobody.at.all", password="not the right one")
    assert known.status == nobody.status == 401
    assert "The login name or the password is wrong." in known.text
    assert known.text.replace("some.auditor", "") == nobody.text.replace("nobody.at.all", "")


def test_passwords_are_not_tried_by_the_hundred(federation: Any) -> None:
    with served(federation[0]["ncp.br"].node, sign_ins=3) as port:
        guesses = [Visitor(port).send("/sign-in", "/sign-in", name=f"nobody.{number}", password="a guess") for number in range(4)]
    assert [one.status for one in guesses] == [401, 401, 401, 429]
    assert int(guesses[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("language", "what", "when"),
    [
        ("en", "Too many requests: wait a while.", "Try again in {wait} s."),
        ("fr", "Trop de requêtes : patientez un peu.", "Réessayez dans {wait} s."),
        ("es", "Demasiadas solicitudes: espere un poco.", "Inténtelo de nuevo dentro de {wait} s."),
    ],
)
def test_who_asks_too_often_reads_when_to_try_again(federation: Any, language: str, what: str, when: str) -> None:
    with served(federation[0]["ncp.br"].node, sign_ins=1) as port:
        visitor = Visitor(port, language=language)
        visitor.send("/sign-in", "/sign-in", name="nobody", password="a guess")
        seen = visitor.send("/sign-in", "/sign-in", name="nobody", password="a guess")
    assert (seen.status, seen.headers["cache-control"]) == (429, "no-store")
    assert what in seen.text
    assert when.format(wait=seen.headers["retry-after"]) in seen.text
    assert 'lang="en"' not in seen.html.partition("<main")[2]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(stranger: Visitor) -> None:
    signed = stranger.send("/sign-in", "/sign-in", name="some.officer", password=PASSWORD)
    line = next(one for one in signed.cookies if one.startswith("liaison="))
    assert "HttpOnly" in line
    assert "SameSite=strict" in line


def test_a_browser_that_signed_in_before_is_not_locked_out_by_others(federation: Any, stranger: Visitor) -> None:
    add_person(federation[0]["ncp.br"].node, "known.officer", Role.OFFICER)
    owner = Visitor(stranger.port)
    signed = owner.send("/sign-in", "/sign-in", name="known.officer", password=PASSWORD)
    device = next(line for line in signed.cookies if line.startswith("liaison-device="))
    assert "HttpOnly" in device
    assert "SameSite=strict" in device
    owner.send("/", "/sign-out")
    for _ in range(5):
        assert stranger.send("/sign-in", "/sign-in", name="known.officer", password="a guess of five").status == 401
    locked = stranger.send("/sign-in", "/sign-in", name="known.officer", password=PASSWORD)
    assert "Too many wrong passwords or codes: known.officer is locked" in locked.text
    assert owner.sign_in("known.officer").get("/").status == 200
    stranger.cookies["liaison-device"] = owner.cookies["liaison-device"][::-1]
    assert stranger.send("/sign-in", "/sign-in", name="known.officer", password=PASSWORD).status == 401


def test_no_page_may_load_or_be_loaded_from_elsewhere(officer: Visitor) -> None:
    seen = officer.get("/")
    policy = seen.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert seen.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|https?://", seen.html)


def test_another_name_for_this_machine_is_refused(officer: Visitor) -> None:
    assert officer.get("/", Host="evil.example").status == 421


@pytest.mark.parametrize(
    "forged",
    [
        {"Origin": "https://evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(officer: Visitor, forged: dict[str, str]) -> None:
    seen = officer.post("/sign-out", {"csrf": officer.get("/").csrf}, **forged)
    assert (seen.status, "was not sent from this session" in seen.text) == (403, True)
    assert officer.get("/").status == 200


@pytest.mark.parametrize("token", ["", "00", "zz", "0" * 128])
def test_a_form_without_its_token_is_refused(officer: Visitor, token: str) -> None:
    assert officer.post("/sign-out", {"csrf": token}).status == 403
    assert officer.get("/").status == 200


def test_a_token_of_another_session_is_refused(federation: Any, officer: Visitor) -> None:
    other = Visitor(federation[1]).sign_in("some.auditor")
    assert officer.post("/sign-out", {"csrf": other.get("/").csrf}).status == 403


def test_two_pages_carry_two_texts_of_one_token(officer: Visitor) -> None:
    first, second = officer.get("/").csrf, officer.get("/").csrf
    assert first != second
    assert officer.post("/choices", {"csrf": first, "back": "/"}).status == 303


def test_signing_out_ends_the_session_for_good(officer: Visitor) -> None:
    kept = dict(officer.cookies)
    assert officer.send("/", "/sign-out").to == "/sign-in"
    officer.cookies = kept
    assert officer.get("/").status == 303


def test_a_session_is_not_kept_alive_by_what_nobody_asked_for(federation: Any, officer: Visitor) -> None:
    clock = federation[0].clock
    clock.advance(timedelta(minutes=20))
    peeked = officer.get("/live-is-no-page")
    assert peeked.status == 404
    clock.advance(timedelta(minutes=11))
    assert officer.get("/").status == 303


def test_an_unknown_address_and_method_are_told_as_pages(officer: Visitor) -> None:
    lost = officer.get("/no/such/page")
    assert (lost.status, "the menu has every page" in lost.text, "openapi" in lost.text) == (404, True, False)
    assert officer.ask("DELETE", "/").status == 405


def test_language_and_colours_are_chosen_without_a_session(stranger: Visitor) -> None:
    chosen = stranger.post("/choices", {"language": "fr", "theme": "dark", "back": "/sign-in"})
    assert chosen.to == "/sign-in"
    seen = stranger.get("/sign-in")
    assert 'lang="fr"' in seen.html
    assert 'data-theme="dark"' in seen.html
    assert seen.headers["content-language"] == "fr"


def test_style_and_script_are_kept_for_a_year_under_a_name_of_their_content(stranger: Visitor) -> None:
    address = next(iter(re.findall(r'href="(/static/[^"]+\.css)"', stranger.get("/sign-in").html)))
    sheet = stranger.get(address)
    assert sheet.status == 200
    assert "immutable" in sheet.headers["cache-control"]
    assert stranger.get(address.replace(address.split("/")[2], "0" * 12)).status == 404


def test_a_form_too_large_is_refused_before_it_is_read(officer: Visitor) -> None:
    here = f"http://127.0.0.1:{officer.port}"
    seen = officer.ask("POST", "/sign-out", None, Content_Length="999999999", Content_Type="application/x-www-form-urlencoded", Origin=here)
    assert seen.status == 413


def test_every_sign_in_and_its_end_is_in_the_audit_without_a_password(federation: Any, stranger: Visitor) -> None:
    stranger.send("/sign-in", "/sign-in", name="some.officer", password="quite another word")
    stranger.sign_in("some.officer")
    stranger.send("/", "/sign-out")
    last = audit_of(federation)[-3:]
    assert [action for action, _ in last] == ["session.refused", "session.opened", "session.ended"]
    assert all(facts["by"] == "console" for _, facts in last)
    assert "quite another word" not in str(last)
