"""The statistics builder, its charts and files, and searches at other offices, as people meet them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from liaison.access.permissions import Role
from liaison.assembly import kind_of, node_spec
from liaison.console.charts import UnknownChart, keep, picture, runtime, svg
from liaison.testing import MemoryFederation
from tests.served import Visitor, add_person, served
from tests.unit.services.conftest import Offices

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NCP, RILO, HUB = "ncp.br", "rilo.sa", "wco.hub"


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Offices]:
    """Five cases that count, at a contact point and its office."""
    place = tmp_path_factory.mktemp("statistics")
    with MemoryFederation(place / "federation", lambda name: node_spec(kind_of(name))) as made:
        made.start(NCP, RILO, HUB)
        here = Offices(made, place)
        rows = [f"A-{number};2025-03-0{number};airport;cocaine;12,5;" for number in range(1, 4)]
        here.bring(*rows, "B-1;2025-04-07;port;cigarettes;400;")
        yield here


@pytest.fixture(scope="module")
def analyst(offices: Offices) -> Iterator[Visitor]:
    """An analyst who also releases, at the regional office."""
    node = offices.federation[RILO].node
    add_person(node, "ana", Role.ANALYST, Role.RELEASER)
    add_person(node, "olga", Role.OFFICER)
    with served(node) as port:
        yield Visitor(port).sign_in("ana")


@pytest.fixture(scope="module")
def asker(offices: Offices) -> Iterator[Visitor]:
    """An analyst at the contact point."""
    node = offices.federation[NCP].node
    add_person(node, "ana", Role.ANALYST)
    with served(node) as port:
        yield Visitor(port).sign_in("ana")


def test_a_table_has_totals_coverage_and_its_date(analyst: Visitor) -> None:
    seen = analyst.get("/statistics?rows=section&columns=month&since=2025-01-01&until=2025-12-31")
    assert "Drugs 3 \u2013 3" in seen.text
    assert "Total 3 1 4" in seen.text
    assert "1 administration reported in the period" in seen.text
    assert "Validated as of" in seen.text
    assert "liaison statistics table --rows section --columns month --measure seizures --from 2025-01-01 --to 2025-12-31" in seen.text


def test_a_quantity_is_summed_in_its_unit_and_filters_narrow(analyst: Visitor) -> None:
    seen = analyst.get("/statistics?rows=section&measure=quantity&unit=KGM&f=section%3Ddrugs")
    assert "Drugs 37.5" in seen.text
    assert "Section = Drugs" in seen.text


def test_what_cannot_be_counted_is_said_and_nothing_is_invented(analyst: Visitor) -> None:
    assert "Rows and columns are both" in analyst.get("/statistics?rows=section&columns=section").text
    assert "is in the future" in analyst.get("/statistics?as_of=2199-01-01").text
    assert "Write the day as YYYY-MM-DD." in analyst.get("/statistics?as_of=soon").text
    assert "Nothing that was validated then fits." in analyst.get("/statistics?since=2020-01-01&until=2020-12-31").text


def test_the_chart_is_a_picture_of_its_own_in_light_and_dark_with_the_same_in_words(analyst: Visitor) -> None:
    html = analyst.get("/statistics?rows=section").html
    pictures = re.findall(r'(?:src|srcset)="(/charts/[^"]+)"', html)
    assert [one.rpartition("/")[2] for one in pictures] == ["dark.svg", "light.svg"]
    assert 'alt="Most: Drugs 3 (75%)' in html
    drawn = [analyst.get(one) for one in pictures]
    assert all(one.headers["content-type"] == "image/svg+xml" and "<svg" in one.html and "Drugs" in one.html for one in drawn)
    assert drawn[0].html != drawn[1].html
    assert "<script" not in drawn[0].html
    assert analyst.get("/charts/nothing/light.svg").status == 404
    chosen = analyst.get("/statistics?rows=section")
    analyst.post("/choices", {"csrf": chosen.csrf, "theme": "dark", "back": "/statistics"})
    assert "light.svg" not in analyst.get("/statistics?rows=section").html


def test_a_chart_can_be_explored_and_nobody_else_loads_its_runtime(analyst: Visitor) -> None:
    table = analyst.get("/statistics?rows=month&columns=section")
    assert "vega" not in table.html
    page = analyst.get(re.findall(r'href="(/charts/[^"]+)"', table.html)[0].replace("&amp;", "&"))
    assert 'href="/statistics?rows=month&amp;columns=section"' in page.html
    assert "Month Section seizures 2025-03 Drugs 3" in page.text  # the same without script
    assert re.search(r'<script src="/charts/runtime/[^/"]+/vega.js" defer>', page.html)
    at = re.findall(r'data-chart="([^"]+)"', page.html)[0]
    spec = json.loads(analyst.get(f"{at}/dark.json").raw)
    assert [one["title"] for one in spec["encoding"]["tooltip"]] == ["Month", "Section", "seizures"]
    assert spec["width"] == "container"
    assert "2025-03" in str(spec["data"])
    assert analyst.get(f"{at}/pink.json").status == 404
    assert analyst.get("/charts/runtime/0.0/vega.js").status == 404
    assert analyst.get("/charts/nothing").status == 404
    assert 'href="https://evil.example' not in analyst.get(f"{at}?back=https://evil.example").html


def test_the_runtime_is_made_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def bundle(snippet: str) -> str:  # the real one takes seconds; the tests in a browser make it
        made.append(snippet)
        return "// draws"

    monkeypatch.setattr("vl_convert.javascript_bundle", bundle)
    assert [b"".join(runtime(tmp_path / "cache")) for _ in range(2)] == [b"// draws"] * 2
    assert len(made) == 1
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".js"]


def test_hostile_words_stay_text_in_a_chart() -> None:
    drawn = svg({"data": {"values": [{"a": "<script>x</script>", "b": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}, "light")
    assert b"<script" not in drawn
    with pytest.raises(UnknownChart):
        picture(keep({"mark": "bar"}, "").name, "pink")


def test_a_file_says_as_of_when_and_is_audited(analyst: Visitor, offices: Offices) -> None:
    csrf = analyst.get("/statistics").csrf
    sent = analyst.post("/statistics/export?rows=section", {"csrf": csrf, "format": "csv"})
    assert "validated as of" in sent.html
    assert "drugs,Drugs,3" in sent.html
    assert len(offices.audited(RILO, "statistics.export")) == 1
    assert analyst.post("/statistics/export?rows=section", {"csrf": csrf, "format": "exe"}).status == 400


def test_what_goes_outside_hides_small_counts_and_is_listed(analyst: Visitor) -> None:
    csrf = analyst.get("/statistics").csrf
    sent = analyst.post("/statistics/release?rows=section", {"csrf": csrf, "format": "csv"})
    assert "drugs,Drugs,s" in sent.html
    assert "seizures by section and all" in analyst.get("/statistics/releases").text


def test_who_may_not_export_sees_no_button_and_is_refused(analyst: Visitor) -> None:
    other = Visitor(analyst.port).sign_in("olga")
    seen = other.get("/statistics")
    assert "/statistics/export" not in seen.html
    assert other.post("/statistics/export", {"csrf": seen.csrf, "format": "csv"}).status == 403
    assert other.post("/statistics/release", {"csrf": seen.csrf, "format": "csv"}).status == 403


def test_a_question_travels_and_its_answer_is_read(asker: Visitor, analyst: Visitor, offices: Offices) -> None:
    form = asker.get("/searches/ask?f=section%3Ddrugs")
    assert "Section = Drugs" in form.text
    sent = asker.post("/searches/ask?f=section%3Ddrugs", {"csrf": form.csrf, "purpose": "Route study", "pages": "2", "days": "14"})
    question = asker.follow(sent)
    assert "The question goes to rilo.sa" in question.text
    assert "No answer yet." in question.text
    offices.federation.settle()
    offices.federation.work()
    offices.federation.settle()
    answered = asker.get(sent.to)
    assert "answered" in answered.text
    found = re.findall(r'href="(/searches/[0-9a-f]+/BR/[^"]+)"', answered.html)
    assert len(found) == 3
    assert "Goods Cocaine" in asker.get(found[0]).text
    assert "section=drugs" in asker.get("/searches").text
    assert "ncp.br" in analyst.get("/searches-received").text
    removed = asker.post(f"{sent.to}/forget", {"csrf": answered.csrf})
    assert "Nothing was asked of other offices." in asker.follow(removed).text


def test_an_office_is_stricter_to_those_who_ask_it_and_never_more_generous(analyst: Visitor, offices: Offices) -> None:
    to = "/searches-received/limits"
    assert f'href="{to}"' in analyst.get("/searches-received").html
    seen = analyst.get(to)
    assert seen.html.count('value="40"') == 1
    for name, value in (("day", "41"), ("day", "0"), ("page", "-1"), ("page", "ten"), ("answer", "9" * 40), ("days", "٣")):
        refused = analyst.post(to, {"csrf": seen.csrf, name: value})
        assert (refused.status, "wrong" in refused.html) == (422, True), (name, value)
    done = analyst.post(to, {"csrf": seen.csrf, "day": "10", "page": "50", "unheard": "1"})
    assert "The limits hold from now on." in analyst.follow(done).text
    said = {row["limit"]: row["value"] for row in offices.ok(RILO, "searches", "limits")}
    assert (said["day"], said["page"]) == (10, 50)
    assert offices.audited(RILO, "searches.limits") == ["day"]
    other = Visitor(analyst.port).sign_in("olga")
    assert '<form action="/searches-received/limits"' not in other.get(to).html
    assert "10" in other.get(to).text
    assert other.post(to, {"csrf": other.get("/").csrf, "day": "40"}).status == 403
    analyst.post(to, {"csrf": seen.csrf, "day": "40"})


def test_a_question_that_cannot_go_says_why_and_keeps_what_was_written(asker: Visitor) -> None:
    form = asker.get("/searches/ask")
    refused = asker.post("/searches/ask?f=state%3Dvalidated", {"csrf": form.csrf, "purpose": "Route study", "days": "14", "pages": "2"})
    assert refused.status == 400
    assert "leave the state out" in refused.text
    assert 'value="Route study"' in refused.html
    assert asker.post("/searches/ask", {"csrf": form.csrf, "days": "many"}).status == 400
