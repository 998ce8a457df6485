"""Who has which waiting case: one officer does not decide what another has taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from enforcement.seizures.store import known_versions, preload_versions
from enforcement.verification.deciding import NotInReview, reopen, waiting_version
from enforcement.verification.store import VerificationTables, version_key
from liaison.access.permissions import Role
from liaison.access.users import UnknownUser, list_users
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from enforcement.seizures.store import CaseKey
    from enforcement.verification.queries import Waiting
    from liaison.access.desk import Desk
    from liaison.access.permissions import Person
    from liaison.node.work import UnitOfWork

PORTION: Final = 500
ACTION: Final = "verification.assign"


class TakenByOther(LiaisonError):  # noqa: N818 - named for the state
    """Another officer has this case."""

    code = "verification.taken"
    next_step = "Ask them to `release` it, or `liaison verification assign REFERENCE --to YOU`, which is written down."


class NotTaken(LiaisonError):  # noqa: N818 - named for the state
    """You do not have this case."""

    code = "verification.not-taken"
    next_step = "See `liaison verification list --mine`."


@dataclass(frozen=True, slots=True)
class Assigned:
    """What became of one: done, or why not."""

    waiting: Waiting
    error: LiaisonError | None = None


Step = "Callable[[UnitOfWork, Waiting], None]"


def holder(tx: UnitOfWork, one: Waiting) -> str:
    """The user id of who has this version, or empty."""
    table = tx.of(VerificationTables).assignments
    key = version_key((one.administration, one.reference), one.version)
    row = tx.one(select(table.c.user_id).where(*(table.c[name] == value for name, value in key.items())))
    return "" if row is None else str(row["user_id"])


def ensure_free(tx: UnitOfWork, one: Waiting) -> None:
    """Raise TakenByOther when somebody else than who is acting has this version."""
    has = holder(tx, one)
    if has and has != tx.author:
        raise TakenByOther(phrase("{reference} is with {has}.", reference=one.reference, has=has))


def take(tx: UnitOfWork, one: Waiting) -> None:
    """Give a version to who is acting. Raises TakenByOther, NotInReview."""
    ensure_free(tx, one)
    _put(tx, one, tx.author)


def give(tx: UnitOfWork, one: Waiting, user_id: str) -> None:
    """Give a version to somebody, whoever has it. Raises NotInReview."""
    _put(tx, one, user_id)


def _put(tx: UnitOfWork, one: Waiting, user_id: str) -> None:
    key = (one.administration, one.reference)
    if waiting_version(tx, key)["version"] != one.version:
        raise NotInReview(phrase("{reference} version {version} waits no more.", reference=one.reference, version=one.version))
    row = {"user_id": user_id, "assigned_by": tx.author, "assigned_at": tx.now_ms}
    tx.put(tx.of(VerificationTables).assignments, {**version_key(key, one.version), **row})


def release(tx: UnitOfWork, one: Waiting) -> None:
    """Give a version back to the queue. Raises NotTaken."""
    if holder(tx, one) != tx.author:
        raise NotTaken(phrase("{reference} is not with you.", reference=one.reference))
    drop_assignment(tx, (one.administration, one.reference), one.version)


def drop_assignment(tx: UnitOfWork, key: CaseKey, version: int) -> None:
    """Nobody has this version any more."""
    tx.drop(tx.of(VerificationTables).assignments, version_key(key, version))


def look_again(tx: UnitOfWork, one: Waiting) -> None:
    """Reopen what was returned or declined, and take it. Raises NothingToReopen."""
    key = (one.administration, one.reference)
    known_versions(tx, key)
    _put(tx, one._replace(version=reopen(tx, key)), tx.author)


def named(desk: Desk, tx: UnitOfWork, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with the login name of whoever has the case, as `with`."""
    if not any(row["assigned_to"] for row in rows):
        return [{**row, "with": ""} for row in rows]
    names = {entry.person.user_id: entry.person.name for entry in list_users(tx.connection, desk.access)}
    return [{**row, "with": names.get(row["assigned_to"], row["assigned_to"])} for row in rows]


def verifiers(desk: Desk, tx: UnitOfWork) -> list[Person]:
    """The verifiers of this node who can sign in."""
    return [one.person for one in list_users(tx.connection, desk.access) if not one.disabled and Role.VERIFIER in one.person.roles]


def verifier(desk: Desk, tx: UnitOfWork, name: str) -> str:
    """The user id of one of them. Raises UnknownUser."""
    for person in verifiers(desk, tx):
        if person.name == name.strip().lower():
            return person.user_id
    raise UnknownUser(phrase("No verifier of this node is called {name}.", name=name))


def do_all(desk: Desk, waiting: Sequence[Waiting], what: str, step: Callable[[UnitOfWork, Waiting], None]) -> Iterator[list[Assigned]]:
    """One step on every one of these, in portions; one that cannot be done is left alone and told."""
    action = ACTION if step is not look_again else "verification.decide"
    for start in range(0, len(waiting), PORTION):
        portion = waiting[start : start + PORTION]
        subject = portion[0].reference if len(portion) == 1 else f"{portion[0].reference} ... {portion[-1].reference}"
        with desk.acting(action, subject, what=what, cases=len(portion)) as tx:
            preload_versions(tx, [(one.administration, one.reference) for one in portion])
            told = [_one(tx, one, step) for one in portion]
        yield told


def _one(tx: UnitOfWork, one: Waiting, step: Callable[[UnitOfWork, Waiting], None]) -> Assigned:
    try:
        step(tx, one)
    except LiaisonError as error:  # raised before anything is written
        return Assigned(one, error)
    return Assigned(one)
