"""Verify an event: every place where this node stores it, each check of its bytes made again, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from liaison.console.pages import Page, Place, Shown
from liaison.console.words import n_
from liaison.node.originals import NoSuchEvent
from liaison.node.proof import BadEventId, describe, parse_event_id, prove, summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from liaison.console.pages import Reply, Visit
    from liaison.node.proof import Proof
    from liaison.node.work import UnitOfWork

PATH: Final = "/events"
ACTION: Final = "events.verify"
# Those checks of docs/protocol.md that stored bytes can be put to again, by number
STEPS: Final[Mapping[int, str]] = {
    1: n_("The stored bytes are a whole batch and nothing else."),
    2: n_("Format and algorithm are known."),
    3: n_("It was signed for this federation and this environment."),
    5: n_("This node's member list is as new as the one it was signed under."),
    6: n_("The signer was a member with this key on that day."),
    7: n_("The signature fits the bytes and the key."),
    8: n_("The signer may write here, and the event is one of those that the signature covers."),
    9: n_("The key was neither revoked nor compromised."),
    12: n_("The event decodes and names the signer as its issuer."),
    13: n_("This kind of office may say this."),
    14: n_("What it says decodes under the schema it was written with."),
}
CHAINED: Final = n_("It follows on the batch before it in the stream.")
_TOLD: Final = (
    ("type", n_("What")),
    ("issuer", n_("Issuer")),
    ("author", n_("Author")),
    ("releaser", n_("Releaser")),
    ("occurred_at", n_("Said at")),
    ("signed_at", n_("Signed at")),
    ("key_id", n_("Key")),
    ("key_valid_from", n_("Key valid from")),
    ("key_valid_to", n_("Key valid to")),
    ("tlp", n_("Handling")),
    ("releasable_to", n_("For")),
    ("topic", n_("Topic")),
    ("region", n_("Region")),
    ("sequence", n_("Number in the stream")),
    ("header", n_("Hash of the header")),
    ("list_when_signed", n_("Member list when signed")),
    ("list_now", n_("Member list now")),
    ("quarantine", n_("Quarantine")),
    ("refused_by", n_("Refused by")),
)
FOUND: Final = {"own": n_("in this node's own stream"), "received": n_("in its issuer's stream"), "evidence": n_("inside another event")}


def proof_pages() -> Sequence[Page]:
    """For `Console.pages`."""
    return (
        Page("GET", PATH, ACTION, ask_event, Place("network", n_("Verify an event"), 60)),
        Page("POST", PATH, ACTION, verify_event),
    )


def ask_event(visit: Visit) -> Reply:
    """The field for an event's id."""
    return Shown("liaison.console/proof.html", {"event_id": visit.asked("event_id")[:64], "problem": "", "places": None, "back": ""})


def verify_event(visit: Visit) -> Reply:
    """Every check made again now; written down in the audit, as every look at one record is."""
    told = visit.said("event_id")[:64]
    back = visit.said("back")
    shown: dict[str, Any] = {"event_id": told, "problem": "", "places": None, "back": back if back.startswith("/cases/") else ""}
    try:
        wanted = parse_event_id(told)
        with visit.desk.looking(ACTION) as tx:
            shown["places"] = [_place(tx, proof) for proof in prove(tx, wanted)]
    except (BadEventId, NoSuchEvent) as error:
        shown["problem"] = visit.words.explained(error).sentence
        return Shown("liaison.console/proof.html", shown, 404 if isinstance(error, NoSuchEvent) else 400)
    with visit.desk.acting(ACTION, wanted.hex()):
        """Apart from the search, which may take long and must not hold the writer's lock."""
    return Shown("liaison.console/proof.html", shown)


def _place(tx: UnitOfWork, proof: Proof) -> dict[str, Any]:
    told = describe(proof, tx)
    parts = [_part(proof, told)]
    if proof.carrier is not None:
        parts.append(_part(proof.carrier, told.get("inside", {})))
    return {"holds": proof.holds, "summary": summary(proof), "parts": parts}


def _part(proof: Proof, told: Mapping[str, Any]) -> dict[str, Any]:
    """One signature: who and what, and its checks. Of one that fails only the failing check is known."""
    steps = list(_steps(proof))
    facts = [(title, told[name]) for name, title in _TOLD if told.get(name) not in (None, "", [])]
    return {"found": FOUND[proof.found], "steps": steps, "facts": facts, "failed": str(proof.failed or "")}


def _steps(proof: Proof) -> Iterator[tuple[str, bool | None]]:
    failed = proof.failed
    for number, text in STEPS.items():
        yield text, True if failed is None else False if failed.check == number else None
    yield CHAINED, proof.facts.get("chained_to_predecessor")
