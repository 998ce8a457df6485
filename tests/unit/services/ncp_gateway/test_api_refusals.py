"""What the API of a contact point refuses, and with which words. One node for all of them: none of it leaves a trace."""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from liaison.assembly import kind_of, node_spec
from liaison.testing import MemoryFederation
from tests.unit.adapters.test_kafka_security import Authority
from tests.unit.services.ncp_gateway.api_door import MAY_ALL, Program, case, key_for, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from liaison.assembly import Node

NCP = "ncp.br"
SUBMIT = "?submit=true"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("refusals")
    with MemoryFederation(folder, lambda name: node_spec(kind_of(name))) as made:
        yield made.start(NCP)[NCP].node


@pytest.fixture(scope="module")
def program(node: Node) -> Iterator[Program]:
    with served(node) as port:
        yield Program(port, key_for(node, "case-system", *MAY_ALL))


@pytest.fixture(autouse=True)
def no_trace(program: Program) -> Iterator[None]:
    """Whatever a test here sends, the node holds no case afterwards."""
    yield
    assert program.ask("GET", "/cases").json["cases"] == []


def test_everything_wrong_with_a_case_is_told_at_once_with_its_place(program: Program) -> None:
    wrong = case(direction="inport", lines=[{"commodity": "cocain", "quantities": [{"amount": -1, "unit": "KGM"}]}])
    answer = program.post(wrong)
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    told = {one["field"]: one for one in answer.json["problems"] if one["severity"] == "error"}
    assert told["direction"]["suggestions"][0] == "import"
    assert told["lines[0].commodity"]["pointer"] == "/lines/0/commodity"
    assert told["lines[0].quantities[0].amount"]["code"] == "quantity.not-positive"


def test_what_is_no_field_or_of_another_type_is_told_before_the_rules_are_asked(program: Program) -> None:
    answer = program.post(case(directoin="import", date="20/02/2026", persons_arrested="two", place="airport", texts=[{"text": "a\x00b"}]))
    told = {one["field"]: one["code"] for one in answer.json["problems"]}
    assert told == {
        "directoin": "document.field-unknown",
        "date": "document.date-form",
        "persons_arrested": "document.type",
        "place": "document.type",
        "texts[0].text": "document.text-broken",
    }
    assert answer.json["problems"][0]["suggestions"][0] == "direction"


@pytest.mark.parametrize(
    ("language", "title", "sentence"),
    [
        ("fr-CA, en;q=0.5", "L'affaire n'a pas été reprise.", "attend : un nombre entier ; reçu : un texte"),
        ("es", "El caso no se admitió.", "espera: un número entero; recibido: un texto"),
        ("de", "The case was not taken.", "takes a whole number, not text"),
    ],
)
def test_it_is_said_in_the_readers_language(program: Program, language: str, title: str, sentence: str) -> None:
    answer = program.post(case(persons_arrested="two"), Accept_Language=language)
    assert answer.json["title"] == title
    assert sentence in answer.json["problems"][0]["detail"]


def test_nothing_that_names_a_person_comes_in_or_is_repeated(program: Program) -> None:
    mail = "jane.roe" + "@" + "example.org"
    answer = program.post(case(texts=[{"kind": "modus-operandi", "text": f"Write to {mail}."}]), SUBMIT)
    assert (answer.status, answer.json["problems"][0]["code"]) == (422, "nominal.content")
    assert mail.encode() not in answer.raw


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"reference": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 100_000, b'{"a":' + b"9" * 10_000 + b"}"]
)
def test_what_is_no_json_object_is_refused_as_such(program: Program, body: bytes) -> None:
    answer = program.post(body)
    assert (answer.status, answer.json["code"]) == (400, "document.not-json")


def test_a_dry_run_says_the_same_and_keeps_nothing(program: Program) -> None:
    answer = program.post(case(), "?dry_run=true&submit=true")
    assert (answer.status, answer.json["result"], answer.json["dry_run"]) == (200, "created", True)
    assert program.post(case(date="1890-01-01"), "?dry_run=true").status == 422
    assert program.ask("GET", "/cases/A-1").status == 404


@pytest.mark.parametrize("key", ["", "lk_" + "0" * 64, "x" * 5_000])
def test_without_a_good_key_nothing_is_told(program: Program, key: str) -> None:
    answer = Program(program.port, key).post(case())
    assert (answer.status, answer.json["code"], answer.headers["www-authenticate"]) == (401, "api.key-refused", "Bearer")


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/case", {}, 404, "api.not-found"),
        ("PUT", "/cases", {}, 405, "api.method"),
        ("GET", "/cases?state=lost", {}, 400, "api.bad-request"),
        ("GET", "/cases?limit=501", {}, 400, "api.bad-request"),
        ("GET", "/cases?all=true", {}, 400, "api.bad-request"),
        ("POST", "/cases?dry_run=maybe", {}, 400, "api.bad-request"),
        ("POST", "/cases", {"Content_Type": "text/csv"}, 415, "api.media-type"),
        ("POST", "/cases", {"Content_Encoding": "gzip"}, 415, "api.media-type"),
        ("POST", "/cases", {"Idempotency_Key": "k" * 129}, 400, "api.bad-request"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_code(
    program: Program, method: str, path: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = program.ask(method, path, case() if method == "POST" else None, **headers)
    assert (answer.status, answer.json["code"], answer.headers["content-type"]) == (status, code, "application/problem+json")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(program: Program) -> None:
    answer = program.post(b"{" + b" " * 300_000 + b"}")
    assert (answer.status, answer.json["code"]) == (413, "api.too-large")


def test_the_document_names_every_route_and_every_schema_it_refers_to(program: Program) -> None:
    told = Program(program.port, "").ask("GET", "/openapi.json").json
    assert {(path, method) for path, methods in told["paths"].items() for method in methods} == {
        ("/api/v1/cases", "post"),
        ("/api/v1/cases", "get"),
        ("/api/v1/cases/{reference}", "get"),
    }
    text = json.dumps(told)
    for part in {one.partition('"')[0] for one in text.split('"#/components/schemas/')[1:]}:
        assert part in told["components"]["schemas"], part
    example = told["paths"]["/api/v1/cases"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert program.post(example, "?dry_run=true").json["result"] == "created"


def test_who_asks_too_often_waits_and_others_do_not(node: Node) -> None:
    keys = [key_for(node, name, "seizures.list") for name in ("busy", "calm")]
    with served(node, each_minute=2) as port:
        busy, calm = (Program(port, key) for key in keys)
        assert [busy.ask("GET", "/cases").status for _ in range(3)] == [200, 200, 429]
        assert int(busy.ask("GET", "/cases").headers["retry-after"]) >= 1
        assert calm.ask("GET", "/cases").status == 200
        strangers = [Program(port, "").ask("GET", "/cases").status for _ in range(62)]
        assert (strangers[0], strangers[-1]) == (401, 429)


def test_with_tls_it_is_spoken_only_to_those_with_a_certificate_where_one_is_asked_for(node: Node, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "office")
    for name, made in zip(("cert.pem", "key.pem", "ca.pem"), (*authority.issue("node"), authority.path), strict=True):
        (tmp_path / name).write_bytes(made.read_bytes())
    trusting = ssl.create_default_context(cafile=authority.path)
    known = ssl.create_default_context(cafile=authority.path)
    known.load_cert_chain(*authority.issue("case-system"))
    with served(node, tmp_path) as port:
        assert told_over_tls(port, known) == 200
        with pytest.raises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            told_over_tls(port, trusting)


def told_over_tls(port: int, context: ssl.SSLContext) -> int:
    with closing(http.client.HTTPSConnection("127.0.0.1", port, timeout=30, context=context)) as connection:
        connection.request("GET", "/api/v1/openapi.json")
        return connection.getresponse().status
