"""Checking a proof file where nobody holds its events: the member list that its root vouches for, then each signature by itself.

The procedure, its numbers repeated in the code:
1. size and form: `proof_files.read_proof`;
2. the first root is that of the federation that was named by voice, and leads to one member list (`carried_list`, by The Update Framework
   as a node does it; judged at the signed date of its timestamp, because a proof is read years later; `Trusted.fresh_until` says how old
   it is);
3. each event: checks 1-3, 5-9, the Merkle path, 12-14 of the protocol (`open_evidence`), and not dated after our clock;
4. what is said to have come inside another event lies in that one's signed bytes;
5. what the file is labelled with is what the event speaks of. Of a sealed event it cannot be seen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from liaison.node.proof_files import NoProofFile
from liaison.node.trust import ISSUED_AT_FIELD, METADATA, TARGETS, TrustIncomplete, TrustRefused, federation_id
from liaison.node.trust_update import update_from_folder
from liaison.protocol.errors import CheckError, FromTheFuture, LiaisonError
from liaison.protocol.events import shown
from liaison.protocol.headers import decode_header
from liaison.protocol.opening import open_evidence
from liaison.protocol.sealing import SEALED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from liaison.node.proof_files import ProofFile, Said
    from liaison.node.trust import Accepted
    from liaison.protocol.batch import Header
    from liaison.protocol.events import VerifiedEvent
    from liaison.protocol.members import MemberList
    from liaison.protocol.opening import Reader

FIRST_ROOT: Final = f"{METADATA}/1.root.json"
TIMESTAMP: Final = f"{METADATA}/timestamp.json"


class NoListInside(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """The file carries no member list that its root vouches for."""

    code = "proof.no-list"
    next_step = "Give the trust files of the federation with --trust FOLDER; nothing in it was judged."


class OtherFederation(LiaisonError):  # noqa: N818
    """The file is of another federation than you named."""

    code = "proof.other-federation"
    next_step = "Compare the federation id by voice with the Secretariat; nothing in the file was judged."


class NotWhereItWas(LiaisonError):  # noqa: N818
    """The event is not inside the one that it is said to have come in."""

    code = "proof.not-inside"


class OtherSubject(LiaisonError):  # noqa: N818
    """The event is signed, but it speaks of something else than the file is labelled with."""

    code = "proof.other-subject"


@dataclass(frozen=True, slots=True)
class Trusted:
    """A member list that a root vouches for, when its operator last said that it is current, and until when that held."""

    members: MemberList
    issued_at: datetime
    fresh_until: datetime

    def stale(self, now: datetime) -> bool:
        """Whether newer lists must be there: a key may have been revoked since."""
        return now >= self.fresh_until


@dataclass(slots=True)
class Judged:
    """One event of the file: what it is, as far as it could be read, and the first check that it failed; None: it is proven."""

    number: int
    header: Header | None = None
    event: VerifiedEvent | None = None
    failed: LiaisonError | None = None
    inside: bytes = b""
    carrier: str = ""  # who passed it on

    @property
    def sealed(self) -> bool:
        """Whether what is inside cannot be read without the key of a recipient."""
        return self.event is not None and self.event.type == SEALED

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        told: dict[str, Any] = {"number": self.number, "proven": self.failed is None, "sealed": self.sealed}
        if self.header is not None:
            head = self.header
            told |= {"signed_by": shown(head.issuer, 40), "signed_at": head.issued_at, "key_id": shown(head.key_id, 40)}
            told |= {"topic": shown(head.topic, 80), "list_when_signed": head.trust_version}
        if self.event is not None:
            event = self.event
            told |= {
                "event_id": event.event_id.hex(),
                "type": event.type,
                "occurred_at": event.occurred_at,
                "author": shown(event.author, 60),
            }
            told |= {"tlp": shown(event.handling.tlp, 20), "passed_on_by": self.carrier}
        if self.failed is not None:
            told |= {"code": self.failed.code, "failed": why(self)}
        return told


# --- 2: the member list -------------------------------------------------------------------------------------------------------


def carried_list(files: Mapping[str, bytes], federation: bytes, environment: str) -> Trusted:
    """Step 2 on trust files under the names of the folder they come from. Raises NoListInside, OtherFederation, TrustError."""
    if FIRST_ROOT not in files or TIMESTAMP not in files:
        raise NoListInside
    root = files[FIRST_ROOT]
    found = federation_id(root)
    if found != federation:
        raise OtherFederation(f"Its first root is that of federation {found.hex()}; you named {federation.hex()}.")
    store = _Memory()
    with TemporaryDirectory(prefix="proof-") as name:
        folder = Path(name)
        for place in (METADATA, TARGETS):
            (folder / place).mkdir()
        for path, data in files.items():
            (folder / path).write_bytes(data)
        members = update_from_folder(folder, store, root, environment, _issued(files[TIMESTAMP]))
    taken = store.taken
    if taken is None:
        raise TrustIncomplete
    return Trusted(members, taken.issued_at, taken.fresh_until)


def _issued(timestamp: bytes) -> datetime:
    """The date that the timestamp says of itself; that it is signed is checked with all the rest."""
    try:
        at = datetime.fromisoformat(json.loads(timestamp)["signed"][ISSUED_AT_FIELD])
        return at if at.tzinfo is not None else _undated()
    except (KeyError, RecursionError, TypeError, ValueError):
        return _undated()


def _undated() -> datetime:
    raise TrustRefused(f"The timestamp carries no issue date ({ISSUED_AT_FIELD}).")


@dataclass
class _Memory:
    """The updater's memory for one look: nothing was seen before."""

    taken: Accepted | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)

    def cached_files(self) -> Mapping[str, bytes]:
        return {}

    def keep_files(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def seen_versions(self) -> Mapping[str, int]:
        return {}

    def see_version(self, name: str, version: int) -> None:
        """Forgotten with the look."""

    def accepted(self) -> Accepted | None:
        return self.taken

    def accept(self, accepted: Accepted) -> None:
        self.taken = accepted


# --- 3 to 5: the events ---------------------------------------------------------------------------------------------------------


def check_proof(file: ProofFile, reader: Reader, subjects: Callable[[VerifiedEvent], Iterable[Mapping[str, str]]]) -> list[Judged]:
    """Steps 3 to 5 on every event of the file, in its order. Raises OtherFederation when it is not of the reader's federation."""
    if file.federation != reader.members.federation:
        raise OtherFederation(f"The file is of federation {file.federation.hex()}; here it is {reader.members.federation.hex()}.")
    judged = [_judged(number, one, reader) for number, one in enumerate(file.events, 1)]
    known = {one.event.event_id: one for one in judged if one.event is not None and one.failed is None}
    for one in judged:
        if one.event is not None and one.failed is None:
            one.failed = _inside(one, known) or _subject(one, file.about, subjects)
    return judged


def _judged(number: int, one: Said, reader: Reader) -> Judged:
    found = Judged(number, inside=one.inside)
    try:
        found.header = decode_header(one.evidence["header"], reader.schemas)
        latest = reader.now + timedelta(seconds=reader.skew_seconds)
        found.event = open_evidence(dict(one.evidence), reader)  # 3
        if found.header.issued_at > latest:
            found.failed = FromTheFuture(f"It is dated {_at(found.header.issued_at)}; the clock here says {_at(reader.now)}.")
    except LiaisonError as error:
        found.failed = error.kept() if isinstance(error, CheckError) else error
    except Exception as error:  # noqa: BLE001 - a stranger's bytes must not end the look at their neighbours
        found.failed = NoProofFile(f"It cannot be read ({type(error).__name__}).")
    return found


def _inside(one: Judged, known: Mapping[bytes, Judged]) -> LiaisonError | None:
    """Step 4."""
    if not one.inside or one.event is None:
        return None
    carrier = known.get(one.inside)
    if carrier is None or carrier.event is None or carrier is one or one.event.raw not in carrier.event.raw:
        return NotWhereItWas(f"It is not inside event {one.inside.hex()}, in which it is said to have come.")
    one.carrier = carrier.event.issuer
    return None


def _subject(
    one: Judged, about: Mapping[str, str], subjects: Callable[[VerifiedEvent], Iterable[Mapping[str, str]]]
) -> LiaisonError | None:
    """Step 5."""
    if not about or one.event is None or one.sealed:
        return None
    if any(dict(named) == dict(about) for named in subjects(one.event)):
        return None
    return OtherSubject(f"It is signed, but does not speak of {' '.join(about.values())}.")


_MEANING: Final[Mapping[str, str]] = {
    "batch.malformed": "What was signed cannot be read: bytes of its header were changed.",
    "batch.header-not-canonical": "What was signed is not written in the one way there is: bytes of its header were changed.",
    "batch.unknown-format": "It is signed in a way that this program does not know; check it with a newer version.",
    "batch.foreign-federation": "It was signed for another federation.",
    "batch.foreign-environment": "It was signed for another environment (production or training).",
    "batch.list-too-old": "It was signed under a newer member list than the one used here; take it (`liaison trust update` or --trust).",
    "batch.unknown-issuer": "Unknown signer: the member list has no such member with this key on that day.",
    "batch.bad-signature": "The signature does not fit: the header or the signature was changed, or somebody else signed.",
    "batch.not-allowed-on-topic": "The signer may not say anything there.",
    "batch.wrong-root": "Changed: these are not the bytes that the signature covers.",
    "batch.revoked-key": "The key was revoked before that time, or somebody else had it: what it signed proves nothing.",
    "batch.suspended-key": "The key is suspended; the next member list decides what it signed.",
    "batch.from-the-future": "It is dated later than this machine's clock. Set the clock right; else it is forged.",
    "event.malformed": "Its bytes are signed and no event.",
    "event.foreign-issuer": "It names another issuer than the one who signed it.",
    "event.unknown-schema": "It is written under a schema that this program does not know; check it with a newer version.",
    "event.type-not-allowed": "The signer's kind of office may not say this.",
    "event.malformed-payload": "Its bytes are signed, but what it says cannot be read.",
}


def why(one: Judged) -> str:
    """What an event failed at, in a sentence for a person, with the particulars."""
    if one.failed is None:
        return ""
    meaning, detail = _MEANING.get(one.failed.code, ""), str(one.failed)
    return f"{meaning} {detail}" if meaning and detail != (type(one.failed).__doc__ or "").strip().splitlines()[0] else meaning or detail


def _at(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
