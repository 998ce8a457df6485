"""`liaison keys`: the sealing keys of this node, and a new one."""

from typing import Final

import typer

from liaison.assembly import KEY_FILE, sealing_keys_of
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.cli.making import CARD, write_private
from liaison.cli.secret_words import passphrase
from liaison.node.cards import CardFacts, make_card
from liaison.node.trust_store import NoMemberList
from liaison.protocol.sealing import sealing_key_id

COLUMNS: Final = ("key_id", "listed", "valid_from", "valid_to", "file")
_GROUP = """Sealing keys: others seal for this node with the public half; only the private half, in keys/sealing, opens it.

Old keys stay: without its file, what was sealed for a key is lost, and its sender must seal it again. They are in
`liaison backup`, beside the database.
"""


def app() -> typer.Typer:
    """The group."""
    made = group(_GROUP)
    made.command("show")(_show)
    made.command("renew")(_renew)
    return made


def _show(ctx: typer.Context) -> None:
    """List the sealing keys: which are in the member list, from when to when, and whether the file is here.

    Example: liaison keys show

    Next: `liaison keys renew` where a file is missing, or once a year.
    """
    counter = home_counter(ctx)
    node = counter.node
    with looking(counter, "keys.show") as connection:
        listed = node.parts.load_members(connection).get(node.settings.node).sealing
    here = sealing_keys_of(node.settings).ids()
    rows = [
        {"key_id": key.key_id, "listed": True, "valid_from": key.valid_from, "valid_to": key.valid_to, "file": key.key_id in here}
        for key in listed
    ]
    known = {key.key_id for key in listed}
    rows += [{"key_id": one, "listed": False, "valid_from": None, "valid_to": None, "file": True} for one in here if one not in known]
    counter.terminal.table("Sealing keys", rows, list(COLUMNS), empty="This node has no sealing key. Make one with `liaison keys renew`.")


def _renew(ctx: typer.Context) -> None:
    """Make a new sealing key and a card that asks for its listing. The old key stays, and is used until the new one is listed.

    Example: liaison keys renew

    Next: send card.json to the keeper of the member list, who runs `liaison federation admit card.json`; then `liaison trust update`.
    """
    counter = home_counter(ctx)
    node, home = counter.node, counter.home
    from liaison.adapters.keys import load  # noqa: PLC0415 - slow to import

    with changing(counter, "keys.renew") as connection:
        me = node.parts.load_members(connection).members.get(node.settings.node)
        if me is None:
            raise NoMemberList(f"{node.settings.node} is not in its member list yet; its first card has its first sealing key.")
        signer = load(home / KEY_FILE, passphrase(node.settings.key_passphrase_file))
        public = sealing_keys_of(node.settings).generate()
        facts = CardFacts(me.node, me.kind, me.name, me.country, me.region, me.office, node.settings.environment)
        write_private(home / CARD, make_card(facts, signer, node.parts.clock.now(), public))
    if counter.terminal.as_json:
        counter.terminal.record({"key_id": sealing_key_id(public), "card": str(home / CARD)})
    counter.terminal.say(f"The new sealing key is {sealing_key_id(public)}; {home / CARD} asks for its listing.")
