"""A proof as a file: signed events with all that checks them where no node holds them. The form is told in docs/proofs.md (decision 71).

One JSON document, without compression, of at most MAX_BYTES. What is read is somebody's file: sizes first, then the form, then (in
`proof_checks`) every signature. Nothing of it is believed but what a signature proves.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from liaison.node.trust import METADATA, TARGETS
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.events import shown
from liaison.protocol.topics import MAX_BATCH_EVENTS, MAX_EVENT_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from liaison.protocol.events import VerifiedEvent

FORM: Final = "liaison-proof/1"
MEDIA_TYPE: Final = "application/json"
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_EVENTS: Final = 1_000
MAX_TRUST_FILES: Final = 128
MAX_LABEL: Final = 200  # characters of a word of the label, and of what the file says of itself
MAX_LABELS: Final = 8
MAX_LEFT_OUT: Final = 1_000
_MOST_PARTS: Final = 32 * (MAX_EVENTS + MAX_LEFT_OUT)  # brackets and commas: a small file can be a million empty lists
_HEADER_BYTES: Final = 4_096
_PATH_BYTES: Final = 32 * MAX_BATCH_EVENTS.bit_length()
_SIGNATURE_BYTES: Final = 64
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[0-9a-f]{32}")
_TRUST_FILE: Final = re.compile(
    rf"{METADATA}/([1-9]\d{{0,8}}\.(root|snapshot|targets)|timestamp)\.json|{TARGETS}/[0-9a-f]{{64}}\.members\.json"
)
_ENDED: Final = re.compile(rf'"end"\s*:\s*"{FORM}"\s*}}\s*\Z'.encode())
_KEYS: Final = frozenset({"form", "about", "federation", "environment", "made_at", "made_by", "events", "left_out", "trust", "end"})
_EVENT_KEYS: Final = frozenset({"header", "signature", "event", "index", "path", "inside"})


class ProofTooLarge(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """A proof file is larger than any node makes."""

    code = "proof.too-large"
    next_step = "It was not read. Ask whoever gave it to you for the file as the node made it."


class ProofCutShort(LiaisonError):  # noqa: N818
    """The proof file is cut short: its end is missing."""

    code = "proof.cut-short"
    next_step = "Copy the file again, or ask for it again; nothing in it was judged."


class NoProofFile(LiaisonError):  # noqa: N818
    """This is no proof file."""

    code = "proof.wrong-form"
    next_step = "Take the file as a node made it (the button on a case's page, or `liaison seizures proof`); nothing in it was judged."


class NewerForm(LiaisonError):  # noqa: N818
    """The proof file has a form that this program does not know."""

    code = "proof.unknown-form"
    next_step = "Check it with a newer version of this program."


class TooMuchToProve(LiaisonError):  # noqa: N818
    """More was said than a proof file holds."""

    code = "proof.too-much"
    next_step = "Take it without what speaks of other cases as well; when that does not help, tell the administrator."


@dataclass(frozen=True, slots=True)
class Said:
    """One signed event: the Avro record Evidence, and the id of the event inside which it came (empty: in its issuer's own stream)."""

    evidence: Mapping[str, Any]
    inside: bytes = b""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An event that whoever made the file did not put in, and why (`others`, `sealed`, `unproven`). A hint: no signature covers it."""

    event_id: bytes
    why: str


@dataclass(frozen=True, slots=True)
class ProofFile:
    """The file. `about`, `made_at`, `made_by` and `left_out` are what it says of itself: nobody signed that."""

    about: Mapping[str, str]
    federation: bytes
    environment: str
    made_at: str
    made_by: str
    events: Sequence[Said]
    left_out: Sequence[LeftOut] = ()
    trust: Mapping[str, bytes] = field(default_factory=dict)  # as the Secretariat hands them out: metadata/..., targets/...


def said(event: VerifiedEvent, inside: bytes = b"") -> Said:
    """A verified event as it goes into a file."""
    return Said(event.evidence(), inside)


def trust_as_handed_out(cached: Mapping[str, bytes], members: bytes) -> dict[str, bytes]:
    """The trust files that a node keeps, under the names of the folder they came from; `members`: the accepted list's bytes. None where
    they do not lead to that list, as after an update that was refused half way: whether they hold is for whoever checks the file.
    """
    digest = sha256(members).hexdigest()
    try:
        timestamp, snapshot, targets = (json.loads(cached[f"{role}.json"])["signed"] for role in ("timestamp", "snapshot", "targets"))
        leads = (
            timestamp["meta"]["snapshot.json"]["version"] == snapshot["version"]
            and snapshot["meta"]["targets.json"]["version"] == targets["version"]
            and targets["targets"]["members.json"]["hashes"]["sha256"] == digest
        )
    except (KeyError, TypeError, ValueError):
        return {}
    if not leads:
        return {}
    numbered = {"snapshot.json": snapshot["version"], "targets.json": targets["version"]}
    found = {f"{TARGETS}/{digest}.members.json": members}
    for name, data in cached.items():
        role = name.rpartition("/")[2]
        found[f"{METADATA}/{numbered[role]}.{role}" if role in numbered else f"{METADATA}/{role}"] = data
    return {name: data for name, data in found.items() if _TRUST_FILE.fullmatch(name)}


def write_proof(file: ProofFile) -> bytes:
    """The file's bytes. Raises TooMuchToProve."""
    if len(file.events) > MAX_EVENTS:
        raise TooMuchToProve(phrase("The history has {n} signed events; a proof file holds {most}.", n=len(file.events), most=MAX_EVENTS))
    body = {
        "form": FORM,
        "about": dict(file.about),
        "federation": file.federation.hex(),
        "environment": file.environment,
        "made_at": file.made_at,
        "made_by": file.made_by,
        "events": [_written(one) for one in file.events],
        "left_out": [{"event_id": one.event_id.hex(), "why": one.why} for one in file.left_out[:MAX_LEFT_OUT]],
        "trust": {name: b64encode(data).decode() for name, data in sorted(file.trust.items())},
        "end": FORM,
    }
    made = json.dumps(body, indent=1, ensure_ascii=True).encode() + b"\n"
    if len(made) > MAX_BYTES:
        raise TooMuchToProve(
            phrase("The proof would have {n} MiB; a file holds {most}.", n=len(made) // 2**20 + 1, most=MAX_BYTES // 2**20)
        )
    return made


def _written(one: Said) -> dict[str, Any]:
    record = one.evidence
    told = {name: b64encode(record[name]).decode() for name in ("header", "signature", "event", "path")}
    return {**told, "index": record["index"], "inside": one.inside.hex()}


def read_proof(raw: bytes) -> ProofFile:
    """The file in these bytes: its form alone, no signature. Raises ProofTooLarge, ProofCutShort, NewerForm, NoProofFile."""
    if len(raw) > MAX_BYTES:
        raise ProofTooLarge(f"The file has more than {MAX_BYTES // 2**20} MiB, which no proof has.")
    body = _document(raw)
    form = body.get("form")
    if form != FORM:
        if isinstance(form, str) and form.startswith(FORM.partition("/")[0] + "/"):
            raise NewerForm(f"The file is of the form {shown(form, 40)}; this program knows {FORM}.")
        raise NoProofFile
    try:
        return _file(body)
    except (KeyError, TypeError, ValueError, AttributeError, NotBase64) as error:
        raise _wrong(error) from error


def _document(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise ProofCutShort("The file is empty.")
    if sum(map(raw.count, (b"[", b"{", b","))) > _MOST_PARTS:
        raise NoProofFile("This is no proof file: it has more parts than any.")
    try:
        body = json.loads(raw, object_pairs_hook=_once)
    except _DoubledError as error:
        raise _wrong(error) from error
    except (ValueError, RecursionError) as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        if FORM.encode() in raw[:200] and _ENDED.search(raw[-200:]) is None:
            raise ProofCutShort(f"The file is cut short: it ends after {len(raw)} bytes, in the middle of what it says.") from error
        raise NoProofFile("This is no proof file, or it was changed: it is not the JSON document that a node writes.") from error
    if not isinstance(body, dict):
        raise NoProofFile
    return body


class _DoubledError(ValueError):
    """A name that stands twice is read in one way by one program and otherwise by another."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _DoubledError("a name stands twice")
    return made


def _wrong(error: Exception) -> NoProofFile:
    return NoProofFile(f"This is no proof file, or it was changed: {shown(str(error), 120) or type(error).__name__}.")


def _file(body: dict[str, Any]) -> ProofFile:
    if set(body) != _KEYS or body["end"] != FORM:
        raise ValueError("it has not exactly the parts of the form")
    events, left_out, trust, about = body["events"], body["left_out"], body["trust"], body["about"]
    if not isinstance(events, list) or not 1 <= len(events) <= MAX_EVENTS:
        raise ValueError(f"a proof holds 1 to {MAX_EVENTS} events")
    if not isinstance(left_out, list) or len(left_out) > MAX_LEFT_OUT or not isinstance(trust, dict) or len(trust) > MAX_TRUST_FILES:
        raise ValueError("it has too many parts")
    if not isinstance(about, dict) or len(about) > MAX_LABELS:
        raise ValueError("its label is none")
    found = [_said(one) for one in events]
    if len({(one.evidence["header"], one.evidence["index"]) for one in found}) != len(found):
        raise ValueError("an event stands in it twice")
    return ProofFile(
        about={_word(name): _word(value) for name, value in about.items()},
        federation=bytes.fromhex(_matched(_DIGEST, body["federation"])),
        environment=_word(body["environment"]),
        made_at=_word(body["made_at"]),
        made_by=_word(body["made_by"]),
        events=found,
        left_out=[LeftOut(bytes.fromhex(_matched(_ID, one["event_id"])), _word(one["why"])) for one in left_out],
        trust={_matched(_TRUST_FILE, name): _bytes(data, MAX_BYTES) for name, data in trust.items()},
    )


def _said(row: dict[str, Any]) -> Said:
    if set(row) != _EVENT_KEYS or type(row["index"]) is not int or not 0 <= row["index"] < MAX_BATCH_EVENTS:
        raise ValueError("an event has not exactly the parts of the form")
    most = {"header": _HEADER_BYTES, "signature": _SIGNATURE_BYTES, "event": MAX_EVENT_BYTES, "path": _PATH_BYTES}
    record: dict[str, Any] = {name: _bytes(row[name], size) for name, size in most.items()}
    return Said({**record, "index": row["index"]}, bytes.fromhex(_matched(_ID, row["inside"])) if row["inside"] != "" else b"")


def _bytes(text: object, most: int) -> bytes:
    if not isinstance(text, str) or len(text) > 4 * (most // 3 + 1):
        raise ValueError("a part of it is larger than it may be")
    found = b64decode(text, validate=True)
    if b64encode(found).decode() != text:
        raise ValueError("a part of it is not written in the one way there is")
    return found


def _word(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_LABEL:
        raise ValueError("a word of it is none, or too long")
    return value


def _matched(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise ValueError("a name or number of it is none")
    return value


def day_of(at: datetime) -> str:
    """A moment as the file has it."""
    return at.isoformat(timespec="seconds")
