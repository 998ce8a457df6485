"""One class per refusal, each with a stable code; the class docstring is the operator's sentence.

Errors of the numbered checks (protocol section 3) also carry the check's number and the outcome for the batch or
the event. Everything the engine raises on purpose derives from `LiaisonError`; anything else is a defect.
"""

from __future__ import annotations

from enum import StrEnum
from functools import reduce
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Outcome(StrEnum):
    """What becomes of a batch or an event that fails a check."""

    ACCEPT = "accept"
    IGNORE = "ignore"  # decided before
    REJECT = "reject"  # junk: claims no number, accuses nobody
    HOLD = "hold"  # cannot be judged yet: kept and tried again
    REFUSE = "refuse"  # authentic but never acceptable: number consumed, issuer told
    QUARANTINE = "quarantine"  # one event: kept with its reason, issuer told, neighbours go on
    WITHHOLD = "withhold"  # one event: keep the leaf hash only


class Phrase(str):
    """A sentence with its particulars put in, that remembers both: a page says it in the reader's language."""

    __slots__ = ("given", "text")

    text: str  # with {names}, as the catalogues have it
    given: Mapping[str, object]


def phrase(text: str, /, **given: object) -> Phrase:
    """What exactly was refused: `phrase("{reference} is a draft.", reference="A-1")`. The text is gathered for the catalogues.

    What is put in may be a phrase itself. Of an error its sentence is put in, without the frames that it came through.
    """
    said = {name: told_by(value) if isinstance(value, BaseException) else value for name, value in given.items()}
    made = Phrase(text.format(**said))
    made.text, made.given = text, said
    return made


def word(kept: str) -> Phrase:
    """A state, or another word of ours as a table keeps it (`in-review`), to be put into a phrase; its page has gathered it."""
    return phrase(kept.replace("-", " "))


def joined(parts: Iterable[str], between: str = "") -> Phrase:
    """Phrases one after another, each of which keeps its own particulars."""
    given = {f"part{number}": part for number, part in enumerate(parts)}
    return phrase(between.replace("{", "{{").replace("}", "}}").join(f"{{{name}}}" for name in given), **given)


def either(parts: Iterable[str]) -> str:
    """One of several: `administrator or officer`."""
    return reduce(lambda one, other: phrase("{one} or {other}", one=one, other=other), parts)


def told_by(error: BaseException) -> str:
    """What an error says: its phrase where it has one."""
    return error.args[0] if isinstance(error, LiaisonError) and isinstance(error.args[0], Phrase) else str(error)


class LiaisonError(Exception):
    """Something was refused on purpose."""

    code: ClassVar[str] = "liaison.error"
    next_step: ClassVar[str] = ""

    def __init__(self, detail: str = "", **facts: object) -> None:
        """`detail` says what exactly was wrong, without payload; `facts` are for logs and --json."""
        super().__init__(detail)
        self.facts = facts

    def __str__(self) -> str:
        """The detail, or the first line of the class docstring."""
        return str.__str__(self.args[0]) or (type(self).__doc__ or "").strip().splitlines()[0]

    def said_in(self, language: str) -> str:  # noqa: ARG002 - for those that can
        """What is particular about it in a language, where it is said by something else than a phrase; empty elsewhere."""
        return ""

    @property
    def sentence(self) -> str:
        """What happened and what to do next, for a person."""
        return f"{self} {self.next_step}".strip()


class CheckError(LiaisonError):
    """A numbered check of the protocol failed."""

    check: ClassVar[int] = -1
    outcome: ClassVar[Outcome] = Outcome.REJECT

    def kept(self) -> Self:
        """Itself, as a result to keep: without the frames it came through, which would keep a whole batch in memory."""
        self.__traceback__ = self.__cause__ = self.__context__ = None
        return self


class DecidedBefore(CheckError):  # noqa: N818 - outcomes are named for what they are, not all are errors
    """This batch was decided before."""

    code, check, outcome = "batch.decided-before", 0, Outcome.IGNORE


class Oversized(CheckError):  # noqa: N818
    """The record is larger than the protocol allows."""

    code, check, outcome = "batch.oversized", 1, Outcome.REJECT


class Malformed(CheckError):  # noqa: N818
    """The bytes do not decode exactly under their schema."""

    code, check, outcome = "batch.malformed", 1, Outcome.REJECT


class NotCanonical(CheckError):  # noqa: N818
    """The header is not encoded in the one canonical way."""

    code, check, outcome = "batch.header-not-canonical", 1, Outcome.REJECT


class UnknownFormat(CheckError):  # noqa: N818
    """The batch uses a format or algorithm this version does not know."""

    code, check, outcome = "batch.unknown-format", 2, Outcome.HOLD
    next_step = "Upgrade this node; held batches are tried again by themselves."


class ForeignFederation(CheckError):  # noqa: N818
    """The batch belongs to another federation."""

    code, check, outcome = "batch.foreign-federation", 3, Outcome.REJECT


class ForeignEnvironment(CheckError):  # noqa: N818
    """The batch belongs to another environment (production or training)."""

    code, check, outcome = "batch.foreign-environment", 3, Outcome.REJECT


class ForeignTopic(CheckError):  # noqa: N818
    """The header names another topic or region than the partition the batch came on."""

    code, check, outcome = "batch.foreign-topic", 4, Outcome.REJECT


class ListTooOld(CheckError):  # noqa: N818
    """The batch was made under a newer member list than ours."""

    code, check, outcome = "batch.list-too-old", 5, Outcome.HOLD
    next_step = "Run `liaison trust update`; held batches are tried again by themselves."


class UnknownIssuer(CheckError):  # noqa: N818
    """The issuer or its key is not in the member list as of the batch's date."""

    code, check, outcome = "batch.unknown-issuer", 6, Outcome.HOLD
    next_step = "If the member is new, run `liaison trust update`; held batches are tried again by themselves."


class BadSignature(CheckError):  # noqa: N818
    """The signature does not belong to the header and key."""

    code, check, outcome = "batch.bad-signature", 7, Outcome.REJECT


class NotAllowedOnTopic(CheckError):  # noqa: N818
    """The issuer may not write this topic."""

    code, check, outcome = "batch.not-allowed-on-topic", 8, Outcome.REFUSE


class WrongRoot(CheckError):  # noqa: N818
    """The events are not those the header's Merkle root and count promise."""

    code, check, outcome = "batch.wrong-root", 8, Outcome.REJECT


class RevokedKey(CheckError):  # noqa: N818
    """The key was revoked or compromised, and no independent witness saw the batch before that."""

    code, check, outcome = "batch.revoked-key", 9, Outcome.REFUSE


class SuspendedKey(CheckError):  # noqa: N818
    """The key is suspended by the office in charge or the hub; the next member list decides."""

    code, check, outcome = "batch.suspended-key", 9, Outcome.HOLD
    next_step = (
        "Nothing to do here: it is judged again when the suspension is lifted or a new member list comes (`liaison trust suspended`)."
    )


class FromTheFuture(CheckError):  # noqa: N818
    """The batch is dated later than our clock allows."""

    code, check, outcome = "batch.from-the-future", 10, Outcome.HOLD
    next_step = "Check both clocks (NTP); held batches are tried again by themselves."


class BackwardsInTime(CheckError):  # noqa: N818
    """The batch is dated before its predecessor in the stream."""

    code, check, outcome = "batch.backwards-in-time", 10, Outcome.REFUSE


class SequenceGap(CheckError):  # noqa: N818
    """Earlier batches of this stream are missing; the batch is parked while they are asked for."""

    code, check, outcome = "stream.gap", 11, Outcome.HOLD


class Fork(CheckError):  # noqa: N818
    """Two different histories of one stream are signed by the same issuer; the stream is frozen."""

    code, check, outcome = "stream.fork", 11, Outcome.HOLD
    next_step = "Call the issuer: it must reopen the stream with a new epoch naming the batch it keeps."


class MalformedEvent(CheckError):  # noqa: N818
    """An event does not decode exactly under the event schema."""

    code, check, outcome = "event.malformed", 12, Outcome.QUARANTINE


class ForeignIssuer(CheckError):  # noqa: N818
    """An event names another issuer than the header that carries it."""

    code, check, outcome = "event.foreign-issuer", 12, Outcome.QUARANTINE


class UnknownSchema(CheckError):  # noqa: N818
    """An event uses a schema this node does not know yet."""

    code, check, outcome = "event.unknown-schema", 12, Outcome.HOLD
    next_step = "Upgrade this node; the event is tried again by itself."


class SeenBefore(CheckError):  # noqa: N818
    """This very event was received before."""

    code, check, outcome = "event.seen-before", 12, Outcome.IGNORE


class Equivocation(CheckError):  # noqa: N818
    """One event id was signed with two different contents."""

    code, check, outcome = "event.equivocation", 12, Outcome.HOLD
    next_step = "Call the issuer: it must reopen the stream with a new epoch naming the batch it keeps."


class TypeNotAllowed(CheckError):  # noqa: N818
    """This type of event may not travel on this topic from this kind of issuer."""

    code, check, outcome = "event.type-not-allowed", 13, Outcome.QUARANTINE


class MalformedPayload(CheckError):  # noqa: N818
    """The payload does not decode exactly under its writer schema."""

    code, check, outcome = "event.malformed-payload", 14, Outcome.QUARANTINE


class NotReleasable(CheckError):  # noqa: N818
    """The event's handling does not admit this receiver."""

    code, check, outcome = "event.not-releasable", 15, Outcome.WITHHOLD


class HandlerRefused(CheckError):  # noqa: N818
    """The office's own rules refuse the event."""

    code, check, outcome = "event.refused-by-handler", 16, Outcome.QUARANTINE


class HandlerFailed(CheckError):  # noqa: N818
    """Handling the event failed inside this node; it is kept and can be retried."""

    code, check, outcome = "event.internal", 16, Outcome.QUARANTINE
    next_step = "Report the fault with the event id, then `liaison quarantine retry`."


class EgressRefused(LiaisonError):  # noqa: N818
    """The event must not leave this node."""

    code = "egress.refused"
    next_step = "Correct the record and submit it again; there is no override."


class TooLarge(LiaisonError):  # noqa: N818
    """The event is larger than the topic allows."""

    code = "egress.too-large"
    next_step = "Shorten the free text or send the attachment as a picture."


class UnknownNode(LiaisonError):  # noqa: N818
    """No such node in the member list."""

    code = "members.unknown-node"
    next_step = "Check the spelling (for example ncp.jm) and `liaison trust show`."
