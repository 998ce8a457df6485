"""The second step of signing in, in a real browser with a virtual security key, and with the codes of an authenticator."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pyotp

from liaison.access.permissions import Role
from tests.browser.furnished import NCP
from tests.browser.walking import problems_of, signed_in
from tests.served import PASSWORD, add_person

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.furnished import Furnished


def code_of(secret: str, offices: Furnished) -> str:
    """What an authenticator shows at the federation's time."""
    return pyotp.TOTP(secret).at(offices.federation.clock.now())


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click("button.main")


def test_an_authenticator_is_set_up_and_asked_for_at_the_next_sign_in(browser: Browser, offices: Furnished) -> None:
    add_person(offices.federation[NCP].node, "app.user", Role.OFFICER)
    with signed_in(browser, offices.address(NCP), "app.user") as page:
        page.goto(offices.address(NCP, "/me"))
        assert problems_of(page) == []
        page.click("text=Set up an app")
        assert problems_of(page) == []
        secret = re.sub(r"\s", "", page.inner_text("p.code"))
        page.fill("input[name=code]", "000000" if code_of(secret, offices) != "000000" else "000001")
        page.click("text=Keep it")
        assert "not the code" in page.inner_text("main")
        page.fill("input[name=code]", code_of(secret, offices))
        page.click("text=Keep it")
        codes = page.locator("ul.code li").all_inner_texts()
        assert len(codes) == 10
        page.click("text=I have them, go on")
        assert page.locator("details.who").is_visible()
    context = browser.new_context()
    again = context.new_page()
    sign_in(again, offices.address(NCP, "/node"), "app.user")
    assert "/sign-in/factor" in again.url
    assert problems_of(again) == []
    assert again.locator("nav.menu").count() == 0
    assert again.goto(offices.address(NCP, "/members")).url.startswith(offices.address(NCP, "/sign-in/factor"))  # type: ignore[union-attr]
    again.fill("input[name=code]", codes[0])
    again.click("text=Go on")
    assert again.url.endswith("/members")
    context.close()


def test_a_security_key_is_registered_and_opens_the_second_step(browser: Browser, offices: Furnished) -> None:
    add_person(offices.federation[NCP].node, "key.user", Role.OFFICER)
    with signed_in(browser, offices.address(NCP), "key.user") as page:
        chrome: Any = page.context.new_cdp_session(page)
        chrome.send("WebAuthn.enable")
        kind = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        chrome.send("WebAuthn.addVirtualAuthenticator", {"options": kind})
        page.goto(offices.address(NCP, "/me"))
        page.fill("#f-key-name", "the blue key")
        page.click("text=Register a key")
        page.wait_for_selector("ul.code li")
        page.click("text=I have them, go on")
        page.goto(offices.address(NCP, "/me"))
        assert "the blue key" in page.inner_text("main")
        page.click("details.who summary")
        page.click("text=Sign out")
        sign_in(page, offices.address(NCP), "key.user")
        page.click("text=Use a security key")
        page.wait_for_selector("nav.menu")


def test_a_password_of_another_is_good_for_one_sign_in(browser: Browser, offices: Furnished) -> None:
    from liaison.access.users import reset_password  # noqa: PLC0415 - beside its use

    node = offices.federation[NCP].node
    add_person(node, "late.user", Role.OFFICER)
    with node.parts.database.writing() as connection:
        reset_password(connection, node.access, "late.user", PASSWORD)
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, offices.address(NCP), "late.user")
    page.wait_for_url("**/sign-in/password**")
    page.fill("input[name=old]", PASSWORD)
    page.fill("input[name=new]", "nine quiet lamps burn")
    page.fill("input[name=again]", "nine quiet lamps burm")
    page.click("button.main")
    assert "typed in two ways" in page.inner_text("main")
    for name, word in (("old", PASSWORD), ("new", "nine quiet lamps burn"), ("again", "nine quiet lamps burn")):
        page.fill(f"input[name={name}]", word)
    page.click("button.main")
    page.wait_for_selector("nav.menu")
    assert "Your password is changed" in page.inner_text("main")
    context.close()


def test_a_half_open_session_sees_nothing(browser: Browser, offices: Furnished) -> None:
    """With the password alone of somebody who has a factor."""
    context = browser.new_context()
    sign_in(context.new_page(), offices.address(NCP), "app.user")
    seen = {
        path: context.request.get(offices.address(NCP, path), max_redirects=0).status for path in ("/", "/members", "/me", "/node", "/live")
    }
    assert set(seen.values()) == {303}, seen
    context.close()
