"""The one permission table: which roles may do what. Every command, page and API call asks it; what it does not name is denied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from liaison.protocol.errors import LiaisonError, either, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Role(StrEnum):
    """What a person is trusted with; a person may hold several."""

    OFFICER = "officer"  # gathers and submits records, gives feedback
    DRAFTER = "drafter"  # writes drafts at a port; an officer lets them out
    VERIFIER = "verifier"  # decides on reported records
    ANALYST = "analyst"  # writes products
    RELEASER = "releaser"  # lets products out
    ADMINISTRATOR = "administrator"  # runs the node; sees no more records than the work needs
    AUDITOR = "auditor"  # reads everything, changes nothing


class NotPermitted(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Your roles do not allow this."""

    code = "access.not-permitted"
    next_step = "Ask an administrator of this node for the role, or let a colleague who has it do it."


class NotAtPort(NotPermitted):
    """This is done at the national office, not at a port."""

    code = "access.not-at-a-port"
    next_step = "Ask the national office, which tells its ports what concerns them; the menu has what is done at a port."


class SamePerson(LiaisonError):  # noqa: N818
    """What a person wrote must be released by somebody else."""

    code = "access.same-person"
    next_step = "Ask another releaser; an administrator adds one, a person of their own: `liaison users add NAME --role releaser`."


class UnknownRole(LiaisonError):  # noqa: N818
    """There is no such role."""

    code = "access.unknown-role"
    next_step = f"Choose among: {', '.join(Role)}."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in, or is listed: pseudonymous id (`u-` and 8 hex digits, `c-` for a client program), login name, roles.

    `only`: of what the roles allow, no more than these actions; None: all of it. `port`: the port or customs office of the administration
    that the person belongs to; empty: the national office.
    """

    user_id: str
    name: str
    roles: frozenset[Role]
    only: frozenset[str] | None = None
    port: str = ""


_EVERYONE: Final = frozenset(Role)
_READERS: Final = frozenset({Role.OFFICER, Role.VERIFIER, Role.ANALYST, Role.RELEASER, Role.AUDITOR})
_OFFICER: Final = frozenset({Role.OFFICER})
_DRAFTERS: Final = frozenset({Role.OFFICER, Role.DRAFTER})
_ADMINISTRATOR: Final = frozenset({Role.ADMINISTRATOR})
_OPERATIONS: Final = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})

# What the roles may do at a port, where a person sees the port's cases alone (decision 61); all else is the national office's. Below,
# `ensure_own_port`, `ensure_seen` and `ensure_national` (enforcement.seizures.ports) say of which cases.
AT_PORTS: Final = frozenset(
    {
        *("seizures.import", "seizures.submit", "seizures.list", "seizures.export", "seizures.amend", "seizures.correct"),
        *("seizures.release", "seizures.national", "ports.hand-in", "ports.waiting", "releasability.show"),
        *("seizures.withdraw", "ports.approve"),  # refused below, with the sentence that says by whom it is done
        *("alerts.list", "alerts.read", "alerts.feedback"),
        *("rules.list", "codelists.list", "node.status", "events.verify", "trust.show", "session.own"),
    }
)

PERMISSIONS: Final[Mapping[str, frozenset[Role]]] = MappingProxyType(
    {
        "seizures.import": _DRAFTERS,  # at a port: of its own cases only
        "seizures.submit": _OFFICER,
        "seizures.list": _READERS,
        "seizures.export": _READERS - {Role.AUDITOR},  # a file of records leaves the node; who audits reads them here
        "seizures.proof": _READERS - {Role.AUDITOR},  # as seizures.export; never at a port: what is signed may speak of other ports' cases
        "seizures.amend": _OFFICER,
        "seizures.correct": _OFFICER,
        "seizures.withdraw": _OFFICER,
        "seizures.release": _OFFICER,
        "ports.hand-in": _DRAFTERS,  # a draft of a port, to the national officer
        "ports.waiting": _DRAFTERS | {Role.AUDITOR},  # at a port: its own
        "ports.approve": _OFFICER,  # never at a port, never who wrote it or handed it in
        "ports.list": _OFFICER | {Role.ADMINISTRATOR, Role.AUDITOR},
        "ports.policy": _ADMINISTRATOR,
        "paper.list": _READERS,
        "paper.key": _OFFICER,  # at an office, in the name of a contact point
        "paper.withdraw": _OFFICER,
        "paper.letter": _OFFICER,
        "paper.answer": _OFFICER,  # at the contact point
        "paper.scan": frozenset({Role.OFFICER, Role.VERIFIER}),
        "paper.purge": frozenset({Role.RELEASER, Role.ADMINISTRATOR}),
        "paper.policy": frozenset({Role.RELEASER}),
        "releasability.show": _READERS,
        "releasability.set": frozenset({Role.RELEASER}),  # who answers for what leaves, and to whom
        "seizures.national": _DRAFTERS,  # at a port: of its own cases
        "outward.list": _READERS,
        "seizures.outward": _OFFICER,
        "seizures.simulate": _OFFICER | _ADMINISTRATOR,
        "duplicates.list": _READERS,
        "duplicates.find": _READERS - {Role.AUDITOR},
        "duplicates.link": _OFFICER,  # at a contact point: only an owner decides
        "duplicates.dismiss": frozenset({Role.OFFICER, Role.VERIFIER}),
        "duplicates.propose": frozenset({Role.VERIFIER}),
        "notices.list": _READERS,
        "notices.read": _READERS - {Role.AUDITOR},  # reading marks it as read
        "notices.lead": frozenset({Role.OFFICER, Role.ANALYST}),
        "searches.list": _READERS,
        "searches.ask": frozenset({Role.ANALYST}),
        "searches.read": _READERS,
        "searches.limits": frozenset({Role.RELEASER}),  # what an office gives to those who ask
        "verification.list": frozenset({Role.VERIFIER, Role.ANALYST, Role.RELEASER, Role.AUDITOR}),
        "verification.decide": frozenset({Role.VERIFIER}),
        "verification.assign": frozenset({Role.VERIFIER}),
        "verification.policy": frozenset({Role.RELEASER}),  # who answers for what leaves without an officer's look
        "verification.figures": frozenset({Role.VERIFIER, Role.ANALYST, Role.RELEASER, Role.AUDITOR}),
        "quality.read": _READERS,
        "quality.issue": frozenset({Role.RELEASER}),
        "quality.nil": _OFFICER,
        "reminders.list": _READERS,
        "reminders.send": frozenset({Role.VERIFIER, Role.RELEASER}),
        "reminders.policy": frozenset({Role.RELEASER}),
        "reminders.acknowledge": _OFFICER,
        "statistics.read": _READERS,
        "statistics.export": frozenset({Role.ANALYST, Role.RELEASER}),
        "statistics.release": frozenset({Role.RELEASER}),
        "alerts.draft": frozenset({Role.ANALYST}),
        "alerts.release": frozenset({Role.RELEASER}),
        "alerts.list": _READERS,
        "alerts.read": _READERS,
        "alerts.feedback": frozenset({Role.OFFICER, Role.ANALYST}),
        "rules.list": _EVERYONE,
        "rules.propose": frozenset({Role.VERIFIER, Role.RELEASER}),
        "rules.release": frozenset({Role.RELEASER}),  # never who wrote in the proposal
        "codelists.list": _EVERYONE,
        "codelists.propose": _ADMINISTRATOR,
        "codelists.places": _ADMINISTRATOR,  # the list of UN/LOCODE, of this node alone
        "codelists.release": frozenset({Role.ADMINISTRATOR, Role.RELEASER}),  # never who proposed it
        "node.status": _EVERYONE,
        "node.backup": _ADMINISTRATOR,
        "node.restore": _ADMINISTRATOR,
        "fleet.list": _OPERATIONS | {Role.VERIFIER, Role.RELEASER},  # of the nodes this one looks after
        "streams.list": _OPERATIONS,
        "held.list": _OPERATIONS,
        "quarantine.list": _OPERATIONS | {Role.VERIFIER},
        "quarantine.retry": _ADMINISTRATOR,
        "outbox.retry": _ADMINISTRATOR,
        "events.verify": _EVERYONE,
        "trust.show": _EVERYONE,
        "keys.show": _OPERATIONS,
        "keys.renew": _ADMINISTRATOR,
        "trust.suspend": frozenset({Role.ADMINISTRATOR, Role.RELEASER}),  # at the office in charge or the hub; it only denies
        "trust.update": _ADMINISTRATOR,
        "topics.create": _ADMINISTRATOR,
        "federation.manage": _ADMINISTRATOR,
        "users.manage": _ADMINISTRATOR,
        "session.own": _EVERYONE,  # one's own sessions, password and second factors
        "clients.manage": _ADMINISTRATOR,
        "audit.read": _OPERATIONS,
    }
)


def allowed(roles: Iterable[Role], action: str) -> bool:
    """Whether one of these roles may do `action`; an action the table does not name is denied to everybody."""
    return not PERMISSIONS.get(action, frozenset()).isdisjoint(roles)


def permitted(person: Person, action: str) -> bool:
    """Whether this person may do `action`: by a role, among those that the person is kept to, and at a port among AT_PORTS."""
    if (person.only is not None and action not in person.only) or (person.port and action not in AT_PORTS):
        return False
    return allowed(person.roles, action)


def require(person: Person, action: str) -> None:
    """Raise NotPermitted unless one of the person's roles may do `action`, and the person is not kept to others."""
    if person.only is not None and action not in person.only:
        raise NotPermitted(
            phrase(
                "{name} may not do {action}; it may {names}.",
                name=person.name,
                action=action,
                names=", ".join(sorted(person.only)) or "nothing",
            ),
            action=action,
        )
    if permitted(person, action):
        return
    if person.port and action in PERMISSIONS and action not in AT_PORTS:
        raise NotAtPort(phrase("{action} is for the national office; you work at {port}.", action=action, port=person.port), action=action)
    needed = sorted(PERMISSIONS.get(action, frozenset()))
    have = ", ".join(sorted(person.roles)) or phrase("no role")
    if not needed:
        raise NotPermitted(phrase("{action} is allowed to nobody.", action=action), action=action)
    raise NotPermitted(
        phrase("{action} needs the role {roles}; you have {have}.", action=action, roles=either(needed), have=have), action=action
    )


def ensure_other_person(author: str, releaser: str) -> None:
    """Four eyes: raise SamePerson unless both pseudonymous ids are given and differ, whatever the roles."""
    if not author or not releaser:
        raise SamePerson(phrase("Author and releaser must both be known."))
    if author == releaser:
        raise SamePerson


def parse_roles(names: Iterable[str]) -> frozenset[Role]:
    """Role names as typed by a person. Raises UnknownRole."""
    found = set()
    for name in names:
        try:
            found.add(Role(name.strip().casefold()))
        except ValueError:
            raise UnknownRole(phrase("There is no role {name!r}.", name=name)) from None
    return frozenset(found)
