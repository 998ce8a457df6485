"""The proof of one case as a file that leaves the node: its its signed events, each with what proves it (decision 71)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.history import history
from enforcement.seizures.keyed import ANSWERED, KEYED, TAKEN_BACK
from liaison.node.proof_files import LeftOut, ProofFile, day_of, said, trust_as_handed_out
from liaison.node.trust_store import SqlTrustStore
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.sealing import SEALED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from enforcement.seizures.history import Entry
    from enforcement.seizures.store import CaseKey
    from liaison.node.proof import Proof
    from liaison.node.proof_files import Said
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import VerifiedEvent

ACTION: Final = "seizures.proof"
OTHERS: Final = "others"
SEALED_IN: Final = "sealed"
UNPROVEN: Final = "unproven"
# Types that speak of one case and no other; everything else stays in the node unless it is asked for
_OF_ONE: Final = frozenset(
    {
        *("SeizureReported", KEYED, ANSWERED, TAKEN_BACK, "VerdictGiven", "SeizureVerified", "CaseWithdrawn", "WithdrawalVerified"),
        *("CorrectionDeclined", SEALED),
    }
)
# How many cases an event speaks of that may speak of many
_TOGETHER: Final[Mapping[str, Callable[[Mapping[str, Any]], int]]] = {
    "CasesPassed": lambda payload: len(payload["cases"]),
    "CasesVerified": lambda payload: len(payload["evidence"]["events"]),
}


class NothingProven(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Nothing that was said about this case is signed and proven here."""

    code = "seizures.nothing-proven"
    next_step = "A case has a proof when it was submitted and signed; see its history."


def proof_of(tx: UnitOfWork, key: CaseKey, *, others: bool = False) -> ProofFile:
    """Everything that is proven about a case and may leave as a file. `others`: also what speaks of other cases.

    What came under a seal stays under it: the sealed event goes as it is, what is inside does not. Raises UnknownCase, OtherPort,
    NothingProven.
    """
    left_out: list[LeftOut] = []
    kept: dict[bytes, Proof] = {}
    for entry in history(tx, key):
        if entry.proof is None or not entry.event_id:
            continue  # nothing is signed, or not yet
        why = _kept_back(entry, entry.proof, others=others)
        if why:
            left_out.append(LeftOut(entry.event_id, why))
        else:
            kept[entry.event_id] = entry.proof
    events = list(_events(kept))
    if not events:
        raise NothingProven(phrase("Nothing that was said about {reference} is signed and proven here.", reference=" ".join(key)))
    members = tx.members
    about = {"administration": key[0], "reference": key[1]}
    return ProofFile(about, members.federation, members.environment, day_of(tx.now), tx.node, events, left_out, _trust(tx))


def proof_facts(made: ProofFile, data: bytes) -> dict[str, object]:
    """What the audit keeps of a file that left."""
    return {"events": len(made.events), "left_out": len(made.left_out), "bytes": len(data), "sha256": sha256(data).hexdigest()}


def proof_name(key: CaseKey) -> str:
    """What the file is called: nothing of a reference that means something to a file system."""
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "-" for char in key[1])
    return f"proof-{key[0]}-{safe[:80]}.json"


def _events(kept: Mapping[bytes, Proof]) -> Iterator[Said]:
    """What goes into the file; where an event came inside another, that one is named when it is in the file itself."""
    for proof in kept.values():
        carrier = proof.carrier.event_id if proof.carrier is not None else b""
        if proof.event is not None:
            yield said(proof.event, carrier if carrier in kept else b"")


def _kept_back(entry: Entry, proof: Proof, *, others: bool) -> str:
    """Why what was said does not go into the file; empty: it does."""
    if not entry.verified or proof.event is None:
        return UNPROVEN
    if proof.carrier is not None and proof.carrier.event is not None and proof.carrier.event.type == SEALED:
        return SEALED_IN
    return "" if others or _of_one(proof.event) else OTHERS


def _of_one(event: VerifiedEvent) -> bool:
    together = _TOGETHER.get(event.type)
    return event.type in _OF_ONE if together is None else together(event.payload) == 1


def _trust(tx: UnitOfWork) -> Mapping[str, bytes]:
    """The trust files that lead to the list in force."""
    store = SqlTrustStore(tx.connection, tx.around.tables)
    accepted = store.accepted()
    return {} if accepted is None else trust_as_handed_out(store.cached_files(), accepted.data)
