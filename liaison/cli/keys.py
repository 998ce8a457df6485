"""`liaison keys`: the sealing keys of this node, a new one, and a new event key after the old one was revoked."""

from typing import Final

import typer

from liaison.assembly import CARD, KEY_FILE
from liaison.cli.acts import changing, looking
from liaison.cli.counter import home_counter
from liaison.cli.listing import group
from liaison.cli.secret_words import passphrase
from liaison.protocol.errors import LiaisonError
from liaison.upkeep import Upkeep


class KeyStillListed(LiaisonError):  # noqa: N818 - named for the state
    """The event key is in force: with another, others would hold what this node sends."""

    code = "keys.still-listed"
    next_step = "The keeper revokes it first (`liaison federation revoke`); then `liaison trust update` here."


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
    made.command("replace")(_replace)
    return made


def _show(ctx: typer.Context) -> None:
    """List the sealing keys: which are in the member list, from when to when, and whether the file is here.

    Example: liaison keys show

    Next: `liaison keys renew` where a file is missing, or once a year.
    """
    counter = home_counter(ctx)
    with looking(counter, "keys.show") as connection:
        found = Upkeep(counter.node).sealing_keys(connection)
    rows = [
        {"key_id": one.key_id, "listed": one.listed, "valid_from": one.valid_from, "valid_to": one.valid_to, "file": one.here}
        for one in found
    ]
    counter.terminal.table("Sealing keys", rows, list(COLUMNS), empty="This node has no sealing key. Make one with `liaison keys renew`.")


def _renew(ctx: typer.Context) -> None:
    """Make a new sealing key and a card that asks for its listing. The old key stays, and is used until the new one is listed.

    Example: liaison keys renew

    Next: send card.json to the keeper of the member list, who runs `liaison federation admit card.json`; then `liaison trust update`.
    """
    counter = home_counter(ctx)
    card = counter.home / CARD
    with changing(counter, "keys.renew") as connection:
        key_id = Upkeep(counter.node).renew_sealing(connection)
    if counter.terminal.as_json:
        counter.terminal.record({"key_id": key_id, "card": str(card)})
    counter.terminal.say(f"The new sealing key is {key_id}; {card} asks for its listing.")


def _replace(ctx: typer.Context) -> None:
    """Make a new event key and a card that asks for its listing, after the member list has revoked the old one, whose file is kept.

    Until the new key is listed, others hold what this node sends.

    Example: liaison keys replace

    Next: stop the node and start it again; send card.json to the keeper, who compares the key id by voice (`liaison federation admit`).
    """
    counter = home_counter(ctx)
    node, home = counter.node, counter.home
    from liaison.adapters.keys import generate, load  # noqa: PLC0415 - slow to import

    words = passphrase(node.settings.key_passphrase_file)
    with changing(counter, "keys.renew", "event key") as connection:
        me = Upkeep(node).listed(connection)
        old = load(home / KEY_FILE, words)
        if any(key.revoked_at is None and key.key_id == old.key_id for key in me.keys):
            raise KeyStillListed(f"The member list has the event key {old.key_id} of {me.node} in force.")
        draft = home / f"{KEY_FILE}.new"
        draft.unlink(missing_ok=True)  # of an attempt that was interrupted
        signer = generate(draft, words)
        (home / KEY_FILE).replace(home / KEY_FILE.replace(".pem", f".{old.key_id}.pem"))
        draft.replace(home / KEY_FILE)
        Upkeep(node).ask_for_listing(me, signer)
    if counter.terminal.as_json:
        counter.terminal.record({"key_id": signer.key_id, "card": str(home / CARD)})
    counter.terminal.say(f"The new event key is {signer.key_id}; {home / CARD} asks for its listing. Stop the node and start it again.")
