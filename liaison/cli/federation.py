"""`liaison federation`: for the keeper of the trust root, who founds a federation and signs its member list. Needs no node."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.adapters.clock import SystemClock
from liaison.adapters.keys import generate_roles, load_roles
from liaison.cli.aloud import grouped
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.cli.member_rows import MEMBER_COLUMNS, list_facts, member_row
from liaison.cli.revoking import Compromised, Key, Node, Since, with_revoked
from liaison.cli.secret_words import PassphraseFile, passphrase
from liaison.node.cards import read_card
from liaison.node.ceremony import ROLES, CeremonyRefused, FederationExists, create_federation, publish_members, renew_timestamp
from liaison.node.published import read_published
from liaison.node.trust import METADATA, federation_id
from liaison.protocol.errors import LiaisonError, UnknownNode
from liaison.protocol.members import with_sealing_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from liaison.adapters.keys import FileSigner
    from liaison.node.cards import Card
    from liaison.node.published import Published
    from liaison.protocol.members import Member

Folder = Annotated[Path, typer.Argument(help="The folder with the trust files, which every node gets a copy of.")]
TrustFolder = Annotated[Path, typer.Option("--trust", metavar="FOLDER", help="The folder with the trust files.")]
Keys = Annotated[Path, typer.Option("--keys", metavar="DIR", help="The folder with the four role keys; never handed out.")]


class CardNotCompared(LiaisonError):  # noqa: N818 - named for what happened
    """The keys of the cards were not compared by voice."""

    code = "federation.not-compared"
    next_step = "Call each node, compare its key id digit by digit, then answer yes or give --yes."


class ListedAlready(LiaisonError):  # noqa: N818 - named for what happened
    """The node is listed already, with another key."""

    code = "federation.listed-already"
    next_step = "If its key was lost, close the old entry first; two keys under one name at once would let either speak for it."


class KeysHandedOut(LiaisonError):  # noqa: N818 - named for what would happen
    """The role keys would lie in the folder that is handed out."""

    code = "federation.keys-handed-out"
    next_step = "Choose a folder for --keys that nobody gets a copy of."


class ForeignKeys(LiaisonError):  # noqa: N818 - named for what they are
    """The role keys are not those of this federation."""

    code = "federation.foreign-keys"
    next_step = "Give the folder of keys that `liaison federation create` made for it."


class StaleCard(LiaisonError):  # noqa: N818 - named for what it is
    """The card is older than the sealing key that the list has."""

    code = "federation.stale-card"
    next_step = "Ask the node for its present card.json; somebody may be putting an old key back."


class ForeignCard(LiaisonError):  # noqa: N818 - named for what happened
    """The card asks for another environment than this federation's."""

    code = "federation.foreign-card"
    next_step = "Ask the node to run `liaison init` anew for the right environment."


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("create")(_create)
    made.command("admit")(_admit)
    made.command("renew")(_renew)
    made.command("revoke")(_revoke)
    made.command("show")(_show)
    return made


_GROUP = """Found a federation and sign its member list; for the keeper of the trust root.

These commands need no node. Whoever holds the role keys is in charge: keep them on a machine that is used for nothing else.
"""


def _create(
    ctx: typer.Context,
    folder: Folder,
    *,
    environment: Annotated[str, typer.Option(help="production or training; signed into everything, never changed.")],
    keys: Keys,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Found a federation: four role keys, and the first root from which its id follows.

    Example: liaison federation create /srv/trust --environment training --keys /srv/trust-keys

    Next: read the federation id to every node that joins; it runs `liaison init ... --trust FOLDER` and sends you its card.
    """
    _refuse_unusable(folder, keys, environment)
    signers = generate_roles(keys, ROLES, passphrase(passphrase_file))
    federation = federation_id(create_federation(folder, signers, environment, SystemClock().now())).hex()
    terminal = home_counter(ctx).terminal
    if terminal.as_json:
        terminal.record(
            {"federation": federation, "environment": environment, "trust": str(folder.absolute()), "keys": str(keys.absolute())}
        )
    terminal.say(f"A federation for {environment} is founded in {folder}.")
    terminal.say(f"Its id, to be read out to every node that joins:\n\n  {grouped(federation)}\n")
    terminal.say("Next: `liaison federation admit CARD...` with the cards of the first nodes.")


def _refuse_unusable(folder: Path, keys: Path, environment: str) -> None:
    """Before keys are made, so that a refused founding leaves none behind."""
    if environment not in ("production", "training"):
        raise CeremonyRefused(f"{environment!r} is not an environment: production or training.")
    if (folder / METADATA).exists():
        raise FederationExists(f"{folder} holds the trust files of a federation already.")
    if keys.absolute().resolve().is_relative_to(folder.absolute().resolve()):
        raise KeysHandedOut(f"{keys} lies in {folder}, which every node gets a copy of.")


def _own_keys(keys: Path, roles: "tuple[str, ...]", passphrase_file: Path | None, published: "Published") -> "dict[str, FileSigner]":
    """The role keys, which must be those the federation's root names. Raises ForeignKeys, KeyMissing and kin."""
    signers = load_roles(keys, roles, passphrase(passphrase_file))
    for role, signer in signers.items():
        if signer.key_id != published.role_keys[role]:
            raise ForeignKeys(f"{role}.pem in {keys} is not the {role} key of this federation.")
    return signers


def _admit(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    cards: Annotated[list[Path], typer.Argument(metavar="CARD...", help="card.json files of the nodes; several at once.")],
    *,
    trust: TrustFolder,
    keys: Keys,
    passphrase_file: PassphraseFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="The key ids were compared by voice; do not ask.")] = False,
) -> None:
    """List nodes: their cards are checked, their key ids shown to be compared by voice, and a new member list is signed.

    Example: liaison federation admit ncp.jm/card.json rilo.car/card.json --trust /srv/trust --keys /srv/trust-keys

    Next: hand the folder to every node, which runs `liaison trust update`.
    """
    terminal, now = home_counter(ctx).terminal, SystemClock().now()
    published = read_published(trust, now)
    signers = _own_keys(keys, ROLES, passphrase_file, published)
    held = dict(published.members.members) if published.members else {}
    given = [read_card(path.read_bytes()) for path in cards]
    fresh = _unlisted(given, published, held)
    renewed = [card for card in given if card not in fresh and _renews(card, held[card.facts.node])]
    for card in renewed:
        held[card.facts.node] = with_sealing_key(held[card.facts.node], card.sealing, now)
    if fresh or renewed:
        if fresh:
            _compare(terminal, fresh, yes=yes)
        for card in fresh:
            held[card.facts.node] = _entry(card, held.get(card.facts.node), now)
        members = publish_members(trust, signers, held.values(), now)
        version, count = members.version, len(members.members)
    else:
        version, count = (published.members.version, len(held)) if published.members else (0, 0)
    if terminal.as_json:
        terminal.record(
            {
                "version": version,
                "members": count,
                "admitted": [card.facts.node for card in fresh],
                "renewed": [card.facts.node for card in renewed],
            }
        )
    told = [f"{word} {', '.join(card.facts.node for card in some)}" for word, some in (("admits", fresh), ("renews", renewed)) if some]
    what = " and ".join(told) if told else "lists all of them already; nothing was signed"
    terminal.say(f"Member list {version} {what}. It has {count} nodes.")


def _entry(card: "Card", listed: "Member | None", now: datetime) -> "Member":
    """A new node's entry, or that of a listed one whose keys were all revoked, with the key of its card; nothing is dropped."""
    made = card.member(now)
    if listed is None:
        return made
    held = {key.key_id for key in listed.sealing}
    return replace(
        listed, keys=(*listed.keys, *made.keys), sealing=(*listed.sealing, *(key for key in made.sealing if key.key_id not in held))
    )


def _renews(card: "Card", listed: "Member") -> bool:
    """Whether a listed node's card has a sealing key that is newer than what the list has. Raises StaleCard."""
    if not card.sealing or any(key.public == card.sealing for key in listed.sealing):
        return False
    latest = max((key.valid_from for key in listed.sealing), default=None)
    if latest is not None and card.made_at <= latest:
        raise StaleCard(f"The card of {card.facts.node} was made before its sealing key in the list came into force.")
    return True


def _unlisted(cards: "Iterable[Card]", published: "Published", held: "dict[str, Member]") -> "list[Card]":
    """The cards whose node and key are not listed yet. Raises ForeignCard, ListedAlready."""
    fresh = []
    for card in cards:
        facts = card.facts
        if facts.environment != published.environment:
            raise ForeignCard(f"The card of {facts.node} is for {facts.environment}; this federation is for {published.environment}.")
        listed = held.get(facts.node)
        if listed is None or _has_no_key_left(listed, card):
            fresh.append(card)
        elif card.key_id not in {key.key_id for key in listed.keys}:
            raise ListedAlready(f"{facts.node} is listed with another key than the card's {card.key_id}.")
    return fresh


def _has_no_key_left(listed: "Member", card: "Card") -> bool:
    """Whether all event keys of the node are revoked, and the card brings another: the entry goes on with it."""
    return card.key_id not in {key.key_id for key in listed.keys} and all(key.revoked_at is not None for key in listed.keys)


def _compare(terminal: Any, cards: "list[Card]", *, yes: bool) -> None:  # noqa: ANN401 - a Terminal
    rows = [
        {
            "node": card.facts.node,
            "name": card.facts.name,
            "region": card.facts.region,
            "office": card.facts.office,
            "key": grouped(card.key_id),
        }
        for card in cards
    ]
    if not terminal.as_json:
        terminal.table("To be admitted", rows, ["node", "name", "region", "office", "key"])
    if yes:
        return
    if terminal.as_json or not sys.stdin.isatty() or not typer.confirm("Was every key id compared by voice?", err=True):
        raise CardNotCompared


def _renew(ctx: typer.Context, folder: Folder, *, keys: Keys, passphrase_file: PassphraseFile = None) -> None:
    """Say again that the member list is current. Do it daily: nodes call a list old after seven days without.

    Example: liaison federation renew /srv/trust --keys /srv/trust-keys

    Next: hand the folder to every node, which runs `liaison trust update`. Only timestamp.pem of the keys is needed.
    """
    now = SystemClock().now()
    signers = _own_keys(keys, ("timestamp",), passphrase_file, read_published(folder, now))
    until = renew_timestamp(folder, signers, now)
    terminal = home_counter(ctx).terminal
    if terminal.as_json:
        terminal.record({"current_until": until})
    terminal.say(f"The member list counts as current until {until:%Y-%m-%d %H:%M}Z.")


def _revoke(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    node: Node,
    *,
    trust: TrustFolder,
    keys: Keys,
    passphrase_file: PassphraseFile = None,
    key: Key = "",
    since: Since = None,
    compromised: Compromised = False,
) -> None:
    """Revoke keys of a node by a new member list. It also decides about keys that were suspended.

    What was signed before stays proven. The node makes a card with a new key, which `liaison federation admit` then takes.

    Example: liaison federation revoke ncp.jm --since 2026-03-01 --trust /srv/trust --keys /srv/trust-keys

    Next: hand the folder to every node, which runs `liaison trust update`.
    """
    terminal, now = home_counter(ctx).terminal, SystemClock().now()
    published = read_published(trust, now)
    held = dict(published.members.members) if published.members else {}
    if node not in held:
        raise UnknownNode(f"{node} is not in the member list.")
    held[node], found = with_revoked(held[node], key, since, now, compromised=compromised)
    members = publish_members(trust, _own_keys(keys, ROLES, passphrase_file, published), held.values(), now)
    if terminal.as_json:
        terminal.record({"version": members.version, "node": node, "revoked": found})
    terminal.say(f"Member list {members.version} revokes {', '.join(found)} of {node}.")


def _show(ctx: typer.Context, folder: Folder) -> None:
    """What a folder of trust files publishes, verified against its own root.

    Example: liaison federation show /srv/trust

    Next: compare the federation id with the one you know; the files alone cannot prove whose they are.
    """
    terminal, now = home_counter(ctx).terminal, SystemClock().now()
    published = read_published(folder, now)
    facts: dict[str, Any] = {"federation": published.federation.hex(), "environment": published.environment, "version": 0}
    rows: list[dict[str, Any]] = []
    if published.members is not None and published.accepted is not None:
        facts = list_facts(published.accepted, published.members, now)
        rows = [member_row(member) for member in published.members.members.values()]
    if terminal.as_json:
        terminal.record({**facts, "members": rows})
        return
    terminal.record(facts, "Federation")
    terminal.table("Members", rows, MEMBER_COLUMNS, empty="No node is admitted yet. Run `liaison federation admit CARD...`.")
