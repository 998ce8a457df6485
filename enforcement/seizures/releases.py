"""Who a case is for: all customs, the members of one's region, named members, or nobody but the count. One choice a version.

What is for all has no row and travels open; everything else is sealed for its audience. An officer's choice comes first; else the
narrowest of the presets of the case's sections and of what the version before it was: nothing becomes wider by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, String, Table, Text, delete, select

from enforcement.seizures.keyed import ANSWERED, KEYED, TAKEN_BACK
from enforcement.seizures.passed import verified_cases
from liaison.node.sealed import can_receive, emit_sealed
from liaison.protocol.errors import LiaisonError, phrase
from liaison.protocol.events import Handling
from liaison.protocol.members import REGIONS
from liaison.protocol.recognizing import recognized

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import MetaData

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork
    from liaison.protocol.events import Draft, VerifiedEvent


def n_(text: str) -> str:
    """Mark a text for the catalogues."""
    return text


ALL: Final = "all"
REGION: Final = "region"
NAMED: Final = "named"
COUNT: Final = "count-only"
CHOICES: Final = (ALL, REGION, NAMED, COUNT)  # from the widest to the narrowest
FEWER: Final = n_("From version {version} on it is released to fewer.")  # why an open version is withdrawn; signed in English
DEFAULT: Final = ""  # the section of the national default
_PRESETS: Final = "releasability presets"
_ANY: Final = "any restricted case"


class BadRelease(LiaisonError):  # noqa: N818 - named for what it is
    """The choice of who a case is for is not sound."""

    code = "releasability.bad-choice"
    next_step = "Choose all, region, named (with --with NODE, again for more) or count-only; nodes as in `liaison trust show`."


def reason_told(reason: str) -> str:
    """Why a version was withdrawn: a phrase where this software said it, else somebody's own words."""
    return recognized(reason, (FEWER,)) or reason


@dataclass(frozen=True, slots=True)
class Release:
    """One choice, and for `named` the node ids in order."""

    choice: str = ALL
    named: tuple[str, ...] = ()

    @property
    def restricted(self) -> bool:
        """Whether it is not for all."""
        return self.choice != ALL

    def told(self) -> str:
        """As lists show it."""
        return f"{self.choice}: {', '.join(self.named)}" if self.named else self.choice


EVERYBODY: Final = Release()


@dataclass(frozen=True, slots=True)
class ReleaseTables:
    """Who versions are for; presets; counting stubs, those held in full, and where an office's own went."""

    releases: Table
    presets: Table
    counts: Table
    shares: Table
    stubs: Table


def release_tables(metadata: MetaData) -> ReleaseTables:
    """Declare the tables in this MetaData."""
    return ReleaseTables(_releases(metadata), _presets(metadata), _counts(metadata), _shares(metadata), _stubs(metadata))


def _case(*, primary_key: bool) -> list[Column[str]]:
    kinds = (("administration", String(2)), ("reference", String(64)))
    return [Column(name, kind, primary_key=primary_key, nullable=False) for name, kind in kinds]


def _releases(metadata: MetaData) -> Table:
    return Table(
        "seizure_releases",
        metadata,
        *_case(primary_key=True),
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("choice", String(10), nullable=False),
        Column("named", Text, nullable=False),  # node ids, separated by blanks
    )


def _presets(metadata: MetaData) -> Table:
    return Table(
        "releasability_presets",
        metadata,
        Column("section", String(40), primary_key=True),  # empty: the national default
        Column("choice", String(10), nullable=False),
        Column("named", Text, nullable=False),
        Column("set_by", String(40), nullable=False),
        Column("set_at", BigInteger, nullable=False),
    )


def _counts(metadata: MetaData) -> Table:
    return Table(
        "seizure_counts",
        metadata,
        Column("issuer", String(40), primary_key=True),
        Column("stub", LargeBinary(16), primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("counted", Integer, nullable=False),  # 1: it counts something
        Column("region", String(4), nullable=False),
        Column("month", String(7), nullable=False),
        Column("sections", Text, nullable=False),  # section:lines, separated by blanks
        Column("version", Integer, nullable=False),  # of an own stub the version it stands for; 0: not known
        Column("counted_from", BigInteger, nullable=False),  # 0: never counted here
        Column("counted_until", BigInteger, nullable=False),  # 0: it counts, or never did
    )


def _shares(metadata: MetaData) -> Table:
    return Table(
        "seizure_shares",
        metadata,
        Column("issuer", String(40), primary_key=True),
        Column("stub", LargeBinary(16), primary_key=True),
        *_case(primary_key=False),
        Column("version", Integer, nullable=False),
        Column("number", Integer, nullable=False),
    )


def _stubs(metadata: MetaData) -> Table:
    return Table(
        "seizure_stubs",
        metadata,
        *_case(primary_key=True),
        Column("stub", LargeBinary(16), nullable=False),
        Column("number", Integer, nullable=False),  # of the stub that counts the version that was given
        Column("version", Integer, nullable=False),
        Column("audience", Text, nullable=False),  # who was given it, node ids separated by blanks
    )


def strictest(one: Release, other: Release) -> Release:
    """The narrower of two; of two lists of names what both have, and nobody where that is nobody."""
    if one.choice == other.choice == NAMED:
        both = tuple(name for name in one.named if name in other.named)
        return Release(NAMED, both) if both else Release(COUNT)
    return max(one, other, key=lambda release: CHOICES.index(release.choice))


def checked(tx: UnitOfWork, choice: str, named: Sequence[str] = ()) -> Release:
    """A choice as a person made it. Raises BadRelease."""
    names = tuple(sorted(set(named)))
    unknown = [name for name in names if name not in tx.members.members]
    if choice not in CHOICES or (choice == NAMED) != bool(names) or unknown:
        if unknown:
            raise BadRelease(phrase("{node} is not in the member list.", node=unknown[0]))
        raise BadRelease(phrase("{choice!r} with {count} named members is no choice.", choice=choice, count=len(names)))
    return Release(choice, names)


# --- presets -------------------------------------------------------------------------------------------------------------


def presets(tx: UnitOfWork) -> dict[str, Release]:
    """By section, the national default under DEFAULT; read once a step."""
    found: dict[str, Release] | None = tx.memo.get(_PRESETS)
    if found is None:
        table = tx.of(ReleaseTables).presets
        found = {row["section"]: Release(row["choice"], tuple(row["named"].split())) for row in tx.rows(select(table))}
        tx.memo[_PRESETS] = found
    return found


def set_preset(tx: UnitOfWork, section: str, release: Release) -> None:
    """Set it for a section, or as the national default (DEFAULT); it holds for what is submitted from now on."""
    row = {"section": section, "choice": release.choice, "named": " ".join(release.named), "set_by": tx.author, "set_at": tx.now_ms}
    tx.put(tx.of(ReleaseTables).presets, row)
    tx.memo.pop(_PRESETS, None)


def list_presets(tx: UnitOfWork) -> list[dict[str, Any]]:
    """The default first, then by section."""
    table = tx.of(ReleaseTables).presets
    return [dict(row) for row in tx.rows(select(table).order_by(table.c.section))]


# --- one case ------------------------------------------------------------------------------------------------------------


def any_restricted(tx: UnitOfWork) -> bool:
    """Whether this node knows of any case that is not for all, or of a choice for one; asked once a step."""
    found: bool | None = tx.memo.get(_ANY)
    if found is None:
        found = tx.memo[_ANY] = tx.one(select(tx.of(ReleaseTables).releases.c.version).limit(1)) is not None
    return found


def kept_release(tx: UnitOfWork, key: CaseKey, version: int) -> Release | None:
    """What was chosen for a version; None: nothing, so it follows the presets while a draft, and is for all when sent."""
    if not any_restricted(tx):
        return None
    row = next((told for told in _kept(tx, key) if told[0] == version), None)
    return None if row is None else Release(row[1], tuple(row[2].split()))


def is_restricted(tx: UnitOfWork, key: CaseKey, version: int) -> bool:
    """Whether this node knows that a version is not for all."""
    release = kept_release(tx, key, version)
    return release is not None and release.restricted


def _kept(tx: UnitOfWork, key: CaseKey) -> list[tuple[Any, ...]]:
    table = tx.of(ReleaseTables).releases
    return tx.lookup(table, ("version", "choice", "named"), {"administration": key[0]}, ("reference", [key[1]]))


def keep_release(tx: UnitOfWork, key: CaseKey, version: int, release: Release) -> None:
    """Remember who a version is for."""
    row = {"administration": key[0], "reference": key[1], "version": version, "choice": release.choice, "named": " ".join(release.named)}
    tx.put(tx.of(ReleaseTables).releases, row)
    tx.memo[_ANY] = True


def drop_release(tx: UnitOfWork, key: CaseKey, version: int) -> None:
    """Forget the choice for a draft: the presets decide."""
    table = tx.of(ReleaseTables).releases
    same = (table.c.administration == key[0]) & (table.c.reference == key[1]) & (table.c.version == version)
    tx.execute(delete(table).where(same))


def release_of(tx: UnitOfWork, case: Mapping[str, Any]) -> Release:
    """Who a version that is about to leave is for: as chosen for it, or as the presets and the version before it say."""
    rules = presets(tx)
    if not rules and not any_restricted(tx):
        return EVERYBODY
    known = {row[0]: Release(row[1], tuple(row[2].split())) for row in _kept(tx, (case["administration"], case["reference"]))}
    if case["version"] in known:
        return known[case["version"]]
    before = [known[version] for version in sorted(known) if version < case["version"]]
    return reduce(strictest, [preset_of(tx, {line["section"] for line in case["lines"]}), *before[-1:]])


def preset_of(tx: UnitOfWork, sections: Collection[str]) -> Release:
    """Who a case of these sections is for by the presets: the narrowest of theirs."""
    rules = presets(tx)
    default = rules.get(DEFAULT, EVERYBODY)
    return reduce(strictest, [rules.get(section, default) for section in sorted(sections)] or [default])


def audience(tx: UnitOfWork, release: Release) -> tuple[str, ...]:
    """`releasable_to` of an own case: the office always."""
    wider = {REGION: (tx.me.region,), NAMED: release.named}.get(release.choice, ())
    return tuple(dict.fromkeys((tx.me.office, *wider)))


def nodes_of(tx: UnitOfWork, releasable_to: Sequence[str]) -> tuple[str, ...]:
    """The members that an audience names now; the hub only by name: it belongs to no region's customs."""
    regions = set(REGIONS).intersection(releasable_to)
    members = tx.members.members.values()
    return tuple(m.node for m in members if m.node in releasable_to or (m.region in regions and m.kind != "hub"))


def say(tx: UnitOfWork, draft: Draft, release: Release) -> bytes:
    """Say something about a case to the office, sealed for its audience when it is not for all; the event's id.

    Of a region those without a sealing key are left out; a named one without is an error. Raises EgressRefused, NoSealingKey.
    """
    if not release.restricted:
        return tx.emit(draft, "submissions", region=tx.me.region)
    releasable_to = audience(tx, release)
    wanted = nodes_of(tx, releasable_to)
    nodes = [node for node in wanted if node in releasable_to or can_receive(tx, node)]
    return emit_sealed(tx, draft._replace(handling=Handling(tlp="AMBER", releasable_to=releasable_to)), "submissions", nodes)


def told_release(tx: UnitOfWork, event: VerifiedEvent) -> Release:
    """Who a sealed case is for, as its reporter's envelope says."""
    office = tx.members.get(event.issuer).office
    rest = tuple(name for name in event.handling.releasable_to if name != office)
    if not rest:
        return Release(COUNT)
    return Release(REGION) if set(rest) <= set(REGIONS) else Release(NAMED, rest)


# --- what leaves unsealed ------------------------------------------------------------------------------------------------


def _refuse(tx: UnitOfWork, key: CaseKey, versions: Sequence[int] | None = None) -> str:
    if not any_restricted(tx):
        return ""
    kept = [row for row in _kept(tx, key) if row[1] != ALL and (versions is None or row[0] in versions)]
    return f"{key[1]} is not for all ({kept[-1][1]}): it leaves sealed, or not at all." if kept else ""


def guard_open_case(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """Why a report must not leave unsealed, whoever asked for it; empty when it may."""
    case = payload["case"]
    return _refuse(tx, (case["administration"], case["reference"]), (case["version"],))


def guard_open_version(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for what names a case and version."""
    return _refuse(tx, (payload["administration"], payload["reference"]), (payload["version"],))


def guard_reported_together(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """A common event about many cases tells of none that is not for all."""
    keys = ((payload["administration"], case["reference"], case["version"]) for case in payload["cases"])
    return next(filter(None, (_refuse(tx, key[:2], key[2:]) for key in keys)), "") if any_restricted(tx) else ""


def guard_carried_together(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for reports that are carried."""
    if not any_restricted(tx):
        return ""
    told = verified_cases(payload, tx.around.reader.schemas)
    return next(filter(None, (guard_open_version(tx, one) for one in told)), "")


def _guard_each(name: str) -> Callable[[UnitOfWork, Mapping[str, Any]], str]:
    return lambda tx, payload: next(filter(None, (guard_open_version(tx, one) for one in payload[name])), "")


def guard_hit(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """Feedback on a product goes to its issuer and names no case that is not for all."""
    return _refuse(tx, (payload["case_administration"], payload["case_reference"])) if payload["case_reference"] else ""


def guard_lead(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """A lead travels open, so it names no own case that is not for all."""
    return _refuse(tx, (tx.me.country, payload["own_reference"])) if payload["own_reference"] else ""


def guard_citations(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """A product for everyone cites no case that is not."""
    return next(filter(None, (_refuse(tx, (one["administration"], one["reference"])) for one in payload["cited_records"])), "")


OPEN_GUARDS: Final = {
    "SeizureReported": guard_open_case,
    KEYED: guard_open_case,
    ANSWERED: guard_open_version,
    TAKEN_BACK: guard_open_version,
    "CaseWithdrawn": guard_open_version,
    "CorrectionDeclined": guard_open_version,
    "SeizureVerified": guard_open_version,
    "WithdrawalVerified": guard_open_version,
    "VerdictGiven": guard_open_version,
    "CasesPassed": guard_reported_together,
    "CasesVerified": guard_carried_together,
    "RouteCountryNotified": _guard_each("notices"),
    **dict.fromkeys(
        ("DuplicateProposed", "DuplicateAgreed", "DuplicateDeclined", "DuplicateLinked", "DuplicateUnlinked"), _guard_each("cases")
    ),
    "FeedbackGiven": guard_hit,
    "RouteLeadGiven": guard_lead,
    "ProductReleased": guard_citations,
    "RestrictedSeizureShared": lambda _tx, payload: f"{payload['reference']} is shared sealed, or not at all.",
    "RestrictedWithdrawalShared": lambda _tx, payload: f"{payload['reference']} is shared sealed, or not at all.",
}
