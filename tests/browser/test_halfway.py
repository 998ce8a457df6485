"""What is half written stays its writer's through a lock and a reload, in a real browser, with and without script; a proof is taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from liaison.node.proof_files import read_proof
from tests.browser.furnished import EVERYBODY, NCP
from tests.browser.walking import NARROW, WIDE, problems_of, signed_in, too_wide
from tests.served import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.furnished import Furnished

REFERENCE, AMOUNT = "[name='reference']", "[name='lines[0].quantities[0].amount']"
KEPT = "[data-written]:has-text('Kept for you at')"
ROWS = "case number;seizure date;direction;goods;quantity kg\nQ-1;2026-01-05;import;Coccaine;2,5\nQ-2;2026-01-06;import;Cocaine;4,5\n"


def picture(page: Page, name: str) -> None:
    """Both widths, for whoever looks: PICTURES names a folder."""
    screen: Any = page
    assert problems_of(page) == []
    screen.set_viewport_size(NARROW)
    assert too_wide(page) <= 0
    if (folder := os.environ.get("PICTURES")) is not None:
        screen.screenshot(path=Path(folder) / f"{name}.narrow.png", full_page=True)
    screen.set_viewport_size(WIDE)
    if folder is not None:
        screen.screenshot(path=Path(folder) / f"{name}.wide.png", full_page=True)


def end_sessions(offices: Furnished) -> None:
    node = offices.federation[NCP].node
    with node.parts.database.writing() as connection:
        connection.execute(node.access.tables.sessions.update().values(ended_at=1))


def sign_in_again(page: Page) -> None:
    page.wait_for_selector("input[name=password]")
    page.fill("input[name=name]", EVERYBODY)
    page.fill("input[name=password]", PASSWORD)
    page.click("main form[action='/sign-in'] button")


def test_a_lock_loses_nothing_of_a_half_written_case(browser: Browser, offices: Furnished) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY) as page:
        page.goto(offices.address(NCP, "/report?section=drugs"))
        page.fill(REFERENCE, "LOCK-1")
        page.fill(AMOUNT, "31.5")
        page.wait_for_selector(KEPT)
        assert "/written/" in page.url
        picture(page, "report-kept")
        page.reload()
        assert page.input_value(REFERENCE) == "LOCK-1"
        end_sessions(offices)
        page.fill(AMOUNT, "77.25")
        sign_in_again(page)
        page.wait_for_selector(AMOUNT)
        assert page.input_value(AMOUNT) == "77.25"
        picture(page, "report-again")
        page.goto(offices.address(NCP, "/report"))
        picture(page, "report-begin")
        page.click("main a:has-text('LOCK-1')")
        page.click("button[value=draft]")
        page.wait_for_url("**/report/begun/*")
        page.goto(offices.address(NCP, "/report"))
        assert page.locator("a[href^='/written/']").count() == 0


def test_without_script_a_form_that_meets_a_lock_is_found_behind_the_sign_in(browser: Browser, offices: Furnished) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY, java_script_enabled=False) as page:
        page.goto(offices.address(NCP, "/report?section=drugs"))
        page.fill(REFERENCE, "LOCK-2")
        page.fill(AMOUNT, "12.5")
        end_sessions(offices)
        page.click("button[value=check].quiet ~ * button[value=check], p.actions button[value=check]")
        sign_in_again(page)
        assert page.input_value(REFERENCE) == "LOCK-2"
        assert page.input_value(AMOUNT) == "12.5"


@pytest.mark.parametrize("script", [True, False])
def test_cells_typed_and_not_sent_are_there_after_a_reload_or_a_lock(browser: Browser, offices: Furnished, *, script: bool) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY, java_script_enabled=script) as page:
        page.goto(offices.address(NCP, "/files"))
        page.set_input_files("input[type=file]", files={"name": f"cells-{script}.csv", "mimeType": "text/csv", "buffer": ROWS.encode()})
        page.click("form:has(input[type=file]) button")
        page.wait_for_selector("form[action$='/map']")
        named = {"case number": "reference", "seizure date": "date", "goods": "line.commodity", "quantity kg": "line.quantity.amount"}
        for column, target in {**named, "direction": "direction"}.items():
            page.select_option(f"[name='column {column}']", target)
        page.click("button[value=columns]")
        page.wait_for_load_state()
        page.click("form[action$='/check'] button")
        cell = "[name='cell 2 goods']"
        page.wait_for_selector(cell)
        page.fill(cell, "Heroin")
        if script:
            page.wait_for_selector(KEPT)
            page.reload()
            assert page.input_value(cell) == "Heroin"
            picture(page, "cells-kept")
            page.fill(cell, "Cannabis")
        end_sessions(offices)
        page.click("button.main:has-text('Correct and check again')")
        sign_in_again(page)
        page.wait_for_selector(cell)
        assert page.input_value(cell) == ("Cannabis" if script else "Heroin")


def test_a_proof_is_taken_as_a_file(browser: Browser, offices: Furnished, tmp_path: Path) -> None:
    with signed_in(browser, offices.address(NCP), EVERYBODY) as page:
        page.goto(offices.address(NCP, "/search"))
        page.click("main tbody a[href^='/cases/']")
        picture(page, "case-proof")
        with page.expect_download() as found:
            page.click("button:has-text('Take it as a file')")
        found.value.save_as(tmp_path / "proof.json")
        assert read_proof((tmp_path / "proof.json").read_bytes()).events
