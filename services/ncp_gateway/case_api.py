"""The API of a national contact point: its own programs post cases, one or a stream of them, and ask how each stands."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from enforcement.seizures.errors import HistoricalCase
from enforcement.seizures.ports import WAITING, OtherPort, ensure_own_port
from enforcement.seizures.queries import CaseFilter, UnknownCase, list_versions, versions_of
from enforcement.seizures.states import STATES
from enforcement.verification.corrections import NoProposal, open_proposal, values_of
from liaison.access.clients import IdempotencyKeyReused, earlier_answer, keep_answer
from liaison.console.calls import PREFIX, Answer, Api, BadRequest, Call, NumberedLine, Route, problem
from liaison.protocol.errors import LiaisonError
from services.ncp_gateway.case_api_document import case_listed, case_posted, case_shown, schemas
from services.ncp_gateway.posting import IMPORT, SUBMIT, CaseRefused, Posted, VersionConflict, Wish, post_cases, refused
from services.ncp_gateway.reporting import NotOwnAdministration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from enforcement.seizures.rules import Finding
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

READ: Final = "seizures.list"
MAX_KEY_CHARACTERS: Final = 128
MAX_LISTED: Final = 500
_STATUSES: Final = {
    UnknownCase: 404,
    CaseRefused: 422,
    NotOwnAdministration: 403,
    VersionConflict: 409,
    HistoricalCase: 409,
    OtherPort: 409,
    IdempotencyKeyReused: 422,
}
_CREATED: Final = "created"


class LineTooLong(LiaisonError):  # noqa: N818 - named for the state
    """The line is longer than a case may be."""

    code = "api.too-large"
    next_step = "One case has at most as many bytes as the API document says."


def routes() -> tuple[Route, ...]:
    """What a contact point offers to its client programs."""
    wishes = frozenset({"submit", "dry_run"})
    return (
        Route("POST", "/cases", IMPORT, _post, case_posted, wishes, frozenset({SUBMIT}), _Stream, _STATUSES),
        Route("GET", "/cases", READ, _list, case_listed, frozenset({"state", "reference", "limit", "offset"})),
        Route("GET", "/cases/{reference}", READ, _show, case_shown, statuses=_STATUSES),
    )


CASES_API: Final = Api(routes, schemas)


# --- posting ----------------------------------------------------------------------------------------------------------------


def _wish(call: Call) -> Wish:
    return Wish(call.client.country, call.flag("submit"), call.flag("dry_run"))


def _post(call: Call) -> Answer:
    """Take one case; the same request under the same idempotency key is answered with the same words."""
    wish = _wish(call)
    asked = _asked(call)
    if asked is not None:
        with call.desk.parts.database.reading() as connection:
            earlier = earlier_answer(connection, call.desk.access, call.client, asked)
        if earlier is not None:
            return _again(*earlier)
    posted = post_cases(call.desk, [call.body], wish)[0]
    answer = _refusal(posted, call.language) if posted.refused else _taken(posted, wish, call.language)
    if asked is not None and not wish.dry_run:
        _remember(call, asked, answer)
    return answer


def _asked(call: Call) -> tuple[str, str] | None:
    """The idempotency key and a digest of the request; None without a key. Raises BadRequest."""
    key = call.headers.get("idempotency-key", "").strip().strip('"')
    if not key:
        return None
    if len(key) > MAX_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        raise BadRequest(f"An idempotency key has at most {MAX_KEY_CHARACTERS} printable characters.")
    said = json.dumps(sorted(call.query.items())).encode() + b"\n" + call.body
    return key, hashlib.sha256(said).hexdigest()


def _remember(call: Call, asked: tuple[str, str], answer: Answer) -> None:
    kept = json.dumps({"body": answer.body, "headers": dict(answer.headers), "problem": answer.problem})
    with call.desk.parts.database.writing() as connection:
        keep_answer(connection, call.desk.access, call.client, asked, (answer.status, kept))


def _again(status: int, kept: str) -> Answer:
    told = json.loads(kept)
    return Answer(status, told["body"], {**told["headers"], "Idempotency-Replayed": "true"}, told["problem"])


def _taken(posted: Posted, wish: Wish, language: str) -> Answer:
    status = 201 if posted.result == _CREATED and not wish.dry_run else 200
    body = {"dry_run": wish.dry_run, **_record(posted, language)}
    return Answer(status, body, {"Location": address(posted.reference)})


def _refusal(posted: Posted, language: str) -> Answer:
    error = posted.error or CaseRefused()
    more: dict[str, Any] = {"reference": posted.reference} if posted.reference else {}
    if posted.findings:
        more["problems"] = [told(one, language) for one in posted.findings]
    return problem(error, _status(error), language, **more)


def _status(error: LiaisonError) -> int:
    return next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 422 if _of_case(error) else 400)


def _of_case(error: LiaisonError) -> bool:
    """Whether it is about what the case says, and not about the bytes it came in."""
    return not error.code.startswith("document.")


def _record(posted: Posted, language: str) -> dict[str, Any]:
    """What became of a case, as an answer or a line of answers says it."""
    said: dict[str, Any] = {"result": posted.result, "reference": posted.reference}
    if posted.refused:
        error = posted.error or CaseRefused()
        said |= {"code": error.code, "detail": str(error), "problems": [told(one, language) for one in posted.findings]}
        return said
    said |= {"version": posted.version, "state": posted.state, "warnings": [told(one, language) for one in posted.findings]}
    if posted.waiting:
        said["approval"] = WAITING
    if posted.error is not None:
        said["kept_back"] = {"code": posted.error.code, "detail": str(posted.error), "next_step": posted.error.next_step}
    return said


def told(finding: Finding, language: str) -> dict[str, Any]:
    """A finding as the API says it; `pointer` is the field as a JSON Pointer (RFC 6901)."""
    said = {
        "code": finding.code,
        "severity": finding.severity,
        "overridable": finding.overridable,
        "field": finding.field,
        "pointer": _pointer(finding.field),
        "detail": finding.text(language),
        "suggestions": list(finding.suggestions),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


def _pointer(field: str) -> str:
    steps = field.replace("[", ".").replace("]", "").split(".")
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def address(reference: str) -> str:
    """Where the state of a case is asked for."""
    return f"{PREFIX}/cases/{quote(reference, safe='')}"


class _Stream:
    """A stream of cases on its way in."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._wish = _wish(call)
        self._seen: set[bytes] = set()
        self._fates: Counter[str] = Counter()
        if self._wish.submit:
            call.desk.require(SUBMIT)

    def take(self, lines: Sequence[NumberedLine]) -> list[dict[str, Any]]:
        """What became of each line."""
        whole = [line.raw for line in lines if line.raw is not None]
        posted = iter(post_cases(self._call.desk, whole, self._wish, self._seen))
        return [self._line(line, refused(LineTooLong()) if line.raw is None else next(posted)) for line in lines]

    def _line(self, line: NumberedLine, posted: Posted) -> dict[str, Any]:
        self._fates[posted.result] += 1
        return {"line": line.number, **_record(posted, self._call.language)}

    def account(self) -> dict[str, Any]:
        """How many lines met which fate."""
        return {"dry_run": self._wish.dry_run, "lines": self._fates.total(), **self._fates}


# --- asking -----------------------------------------------------------------------------------------------------------------


def _list(call: Call) -> Answer:
    """The newest of what is held, by state; for a program that looks what was returned."""
    state = call.query.get("state", "")
    if state and state not in STATES:
        raise BadRequest(f"state is one of: {', '.join(STATES)}.")
    limit, offset = _number(call, "limit", 100, MAX_LISTED), _number(call, "offset", 0, 1_000_000)
    wanted = CaseFilter(state=state, administration=call.client.country, reference=call.query.get("reference", ""))
    wanted = replace(wanted, port=call.desk.person.port)
    with call.desk.looking(READ) as tx:
        rows = list_versions(tx, wanted, limit=limit + 1, offset=offset)
    cases = [_plain({**_version(row), "reference": row["reference"]}) for row in rows[:limit]]
    return Answer(200, {"cases": cases, "more": len(rows) > limit})


def _number(call: Call, name: str, usual: int, most: int) -> int:
    text = call.query.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        raise BadRequest(f"{name} is a whole number up to {most:,}.")
    return int(text)


def _show(call: Call) -> Answer:
    """How one case stands: every version with its state and the office's reasons. Nothing of its content.

    The audit has the look once a day, and again whenever it showed something new.
    """
    key = (call.client.country, call.path["reference"])
    with call.desk.looking(READ) as tx:
        body, day = _standing(tx, key), tx.now.date()
    look = (call.client.person.user_id, key[1], json.dumps(body).encode(), day)
    if call.looks.is_new(*look):
        with call.desk.acting(READ, key[1], by="api"):
            pass  # the look was made; this writes it down before anything is told
        call.looks.note(*look)
    return Answer(200, body)


def _standing(tx: UnitOfWork, key: CaseKey) -> dict[str, Any]:
    rows = versions_of(tx, key)
    if rows:
        ensure_own_port(tx, key)
    if not rows:
        raise UnknownCase(f"This node holds no case {key[1][:64]} of {key[0]}.")
    proposal = _proposal(tx, key)
    body = {"reference": key[1], **_version(rows[0]), "versions": [_version(row) for row in rows]}
    return dict(_plain({**body, **({"proposal": proposal} if proposal else {})}))


def _version(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("version", "state", "date", "entered_at", "decided_at", "decided_by", "method", "reasons")
    return {name: row[name] for name in names}


def _proposal(tx: UnitOfWork, key: CaseKey) -> list[dict[str, str]]:
    """The office's proposed correction that waits for an answer."""
    try:
        return [{"field": field, "value": value} for field, value in values_of(open_proposal(tx, key))]
    except NoProposal:
        return []


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    """As JSON can say it."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
