"""A person's own new password: the old one is asked for, wrong ones count towards the lock, every other session and device ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from liaison.access.lockouts import LoginRefused, count_failure, forget_failures, guesser_within, lock_of, set_user, user_row
from liaison.access.passwords import WeakPassword, check_password_policy, hash_password, password_matches
from liaison.access.sessions import SecondFactorNeeded, end_others, peek, renew_token
from liaison.node.audit import AuditEntry, append
from liaison.node.times import to_ms

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from liaison.access.sessions import NewSession
    from liaison.access.tables import Access


class SamePassword(WeakPassword):
    """The new password is the old one."""

    code = "access.same-password"
    next_step = "Choose another; four or more unrelated words are easy to keep in mind."


def change_own_password(connection: Connection, access: Access, token: str, old: str, new: str) -> NewSession | LoginRefused:
    """Change the password of a token's person; the session goes on under the token that comes back, all others end.

    *Returns* (not raises) LoginRefused for a wrong old password: commit in both cases, so that it counts. Written down in the audit.
    Raises NotSignedIn, SessionEnded, SecondFactorNeeded, WeakPassword, SamePassword.
    """
    entry = peek(connection, access, token)
    if entry.half_open:  # a thief of a password must not be able to make it his own
        raise SecondFactorNeeded
    check_password_policy(entry.person.name, new)
    if new == old:
        raise SamePassword
    row = user_row(connection, access, entry.person.user_id)
    guesser = guesser_within(connection, access, entry.person.user_id, entry.device_id)
    refused: LoginRefused | None = lock_of(access, guesser)
    if refused is None and not password_matches(row["password_hash"], old, access.costs):
        count_failure(connection, access, guesser)
        refused = LoginRefused("The old password is wrong.")
    now = access.clock.now()
    facts = {"change": "password", **({} if refused is None else {"refused": refused.code})}
    append(connection, access.audit, AuditEntry(entry.person.user_id, "session.own", entry.person.name, facts), now)
    if refused is not None:
        return refused
    hashed = hash_password(new, access.random, access.costs)
    fresh = {"password_set_at": to_ms(now), "must_change": False, "failures": 0, "locked_until": None}
    set_user(connection, access, entry.person.user_id, password_hash=hashed, **fresh)
    forget_failures(connection, guesser)
    end_others(connection, access, entry)
    return renew_token(connection, access, token)
