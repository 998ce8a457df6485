"""`liaison proof`: a proof file, checked where its events are not: on another node, or on a machine without one."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liaison.adapters.clock import SystemClock
from liaison.assembly import node_spec
from liaison.cli.counter import home_counter
from liaison.cli.faults import EXIT_REFUSED
from liaison.node.proof_checks import NoListInside, OtherFederation, carried_list, check_proof, why
from liaison.node.proof_files import MAX_BYTES, read_proof
from liaison.node.trust import METADATA, TARGETS
from liaison.node.trust_update import MAX_FILE_BYTES
from liaison.protocol.codec import Schemas
from liaison.protocol.errors import LiaisonError
from liaison.protocol.events import shown
from liaison.protocol.opening import Reader
from liaison.protocol.topics import TopicTable
from schemas import published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liaison.cli.counter import HomeCounter
    from liaison.node.proof_checks import Judged, Trusted
    from liaison.node.proof_files import ProofFile
    from liaison.terminal import Terminal

ACTION = "events.verify"
LEFT_OUT = {
    "others": "because it speaks of other cases as well",
    "sealed": "because it came under a seal, and stays there",
    "unproven": "because its signature did not hold there",
}


class NoFederationNamed(LiaisonError):  # noqa: N818 - errors of this project are named for what happened
    """Which federation the file must be of was not said."""

    code = "proof.no-federation"
    next_step = "Give the federation id, compared by voice with the Secretariat, with --federation HEX; or run this at a node (--home)."


class NoSuchFederationId(LiaisonError):  # noqa: N818
    """A federation id is 64 hex digits."""

    code = "proof.bad-federation-id"
    next_step = "Type it as the Secretariat reads it out: 64 digits, 0 to 9 and a to f."


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_proof)
    return made


def _proof(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proof file, as a case's page or `liaison seizures proof` makes it.")],
    *,
    federation: Annotated[
        str, typer.Option("--federation", metavar="HEX", help="Without a node: the federation id, compared by voice with the Secretariat.")
    ] = "",
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FOLDER", help="Without a node: newer trust files than the file carries.", show_default=False),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Say also what each event says, as it was signed.")] = False,
) -> None:
    """Check a proof file: who said what about a case, and when, each signature from its bytes, without asking anybody.

    At a node it is checked against that node's member list, and written into its audit. With --federation no node is needed: the file
    carries the member list as the federation's root vouched for it. A key that was revoked after that list is not known to be:
    --trust FOLDER takes the newer files that the Secretariat hands out.

    Example: liaison proof proof-BR-AB-2025-000123.json --federation 5f0c...e1 --trust /media/stick/trust

    What is proven is that these events were signed by whom and when. That nothing else was said is not: whoever made the file may have
    left something out. The exit code is 0 when every event is proven, 1 when one is not or the file cannot be judged.

    Next: `liaison trust update` for a newer list; `liaison verify EVENT-ID` at a node that holds the event itself.
    """
    counter = home_counter(ctx)
    alone = bool(federation) or trust is not None or not (counter.home / "node.env").is_file()
    if not alone:
        counter.desk().require(ACTION)
    raw = _read(file)
    proof = read_proof(raw)
    if alone:
        told, judged = _alone(proof, federation, trust)
    else:
        told, judged = _at_node(counter, proof, sha256(raw).hexdigest())
    proven = all(one.failed is None for one in judged)
    told = {"file": file.name, "sha256": sha256(raw).hexdigest(), "proven": proven, **told, **_label(proof)}
    if counter.terminal.as_json:
        counter.terminal.record({**told, "events": [_record(one, full=full) for one in judged]})
    else:
        _tell(counter.terminal, proof, told, judged, full=full)
    if not proven:
        raise typer.Exit(EXIT_REFUSED)


def _read(path: Path) -> bytes:
    """No more than can be a proof, whatever lies there: a device gives bytes without end."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _label(proof: "ProofFile") -> dict[str, Any]:
    return {
        "about": dict(proof.about),
        "made_at": proof.made_at,
        "made_by": proof.made_by,
        "left_out": [{"event_id": one.event_id.hex(), "why": one.why} for one in proof.left_out],
    }


# --- against which list -----------------------------------------------------------------------------------------------------------


def _at_node(counter: "HomeCounter", proof: "ProofFile", digest: str) -> "tuple[dict[str, Any], list[Judged]]":
    desk, subjects = counter.desk(), counter.node.spec.subjects
    with desk.looking(ACTION) as tx:
        reader = tx.around.reader
        judged = check_proof(proof, reader, lambda event: subjects(event, reader.schemas))
        facts = _list_facts(reader, "this node")
    with desk.acting(ACTION, f"proof {digest}", events=len(judged)):
        """Written down; apart from the checking, which must not hold the writer's lock."""
    return facts, judged


def _alone(proof: "ProofFile", federation: str, trust: Path | None) -> "tuple[dict[str, Any], list[Judged]]":
    if not federation:
        raise NoFederationNamed
    wanted = _federation(federation)
    if proof.federation != wanted:
        raise OtherFederation(f"The file says federation {proof.federation.hex()}; you named {wanted.hex()}.")
    trusted, where = _newest(proof, wanted, trust)
    spec, clock = node_spec("hub"), SystemClock()
    reader = Reader("", trusted.members, TopicTable(spec.topics, spec.events), Schemas(published()), clock.now())
    judged = check_proof(proof, reader, lambda event: spec.subjects(event, reader.schemas))
    return {**_list_facts(reader, where), "list_current_on": trusted.issued_at, "list_stale": trusted.stale(reader.now)}, judged


def _newest(proof: "ProofFile", federation: bytes, trust: Path | None) -> "tuple[Trusted, str]":
    """The newer of the lists that the folder and the file lead to; a file that carries none needs the folder."""
    given = carried_list(_folder(trust), federation, proof.environment) if trust is not None else None
    try:
        own = carried_list(proof.trust, federation, proof.environment)
    except NoListInside:
        if given is None:
            raise
        return given, "the folder"
    if given is None or given.issued_at < own.issued_at:
        return own, "the file"
    return given, "the folder"


def _folder(trust: Path) -> "Mapping[str, bytes]":
    found = {}
    for place in (METADATA, TARGETS):
        for path in sorted((trust / place).iterdir()):
            if path.is_file():
                with path.open("rb") as file:
                    found[f"{place}/{path.name}"] = file.read(MAX_FILE_BYTES)
    return found


def _federation(text: str) -> bytes:
    digits = "".join(text.split()).replace(":", "").lower()
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        found = b""
    if len(found) != 32:  # noqa: PLR2004 - SHA-256
        raise NoSuchFederationId(f"{shown(text, 80)!r} is no federation id.")
    return found


def _list_facts(reader: "Reader", where: str) -> dict[str, Any]:
    members = reader.members
    facts = {"federation": members.federation.hex(), "environment": members.environment, "member_list": members.version}
    return {**facts, "list_of": where}


# --- told -----------------------------------------------------------------------------------------------------------------------


def _record(one: "Judged", *, full: bool) -> dict[str, Any]:
    told = one.record()
    return {**told, "payload": one.event.payload} if full and one.event is not None and one.failed is None else told


def _tell(terminal: "Terminal", proof: "ProofFile", told: "Mapping[str, Any]", judged: "list[Judged]", *, full: bool) -> None:
    bad = [one for one in judged if one.failed is not None]
    if bad:
        holds = "does not hold" if len(bad) == 1 else "do not hold"
        terminal.say(f"NOT proven: {len(bad)} of {len(judged)} event{'' if len(judged) == 1 else 's'} of {told['file']} {holds}.")
    else:
        every = "the one event" if len(judged) == 1 else f"every one of the {len(judged)} events"
        terminal.say(f"Proven: {every} of {told['file']} was signed as it stands.")
    label = " ".join(proof.about.values())
    terminal.say(f"Labelled {label or 'with nothing'}; {told['environment']}, federation {told['federation'][:16]}…")
    terminal.say(f"Checked against member list {told['member_list']} of {told['list_of']}.{_age(told)}")
    for one in judged:
        _tell_one(terminal, one)
        if full and one.event is not None and one.failed is None:
            terminal.record(one.event.payload)
    for missing in proof.left_out:
        reason = LEFT_OUT.get(missing.why, "for another reason")
        terminal.say(f"Left out, says {shown(proof.made_by, 40)}: event {missing.event_id.hex()}, {reason}.")
    terminal.say("That nothing else was said about it is not proven: whoever made the file may have left something out.")


def _age(told: "Mapping[str, Any]") -> str:
    if "list_current_on" not in told:
        return ""
    day = f"{told['list_current_on']:%Y-%m-%d}"
    if not told["list_stale"]:
        return f" It was current on {day}."
    return f" It was current on {day}, and newer ones must be there: a key that was revoked since is not known to be. Give --trust FOLDER."


def _tell_one(terminal: "Terminal", one: "Judged") -> None:
    head, event = one.header, one.event
    what = event.type if event is not None else "an event"
    if one.failed is not None:
        by = f" of {shown(head.issuer, 40)}" if head is not None else ""
        terminal.say(f"{one.number}. NOT proven ({one.failed.code}): {what}{by}. {why(one)}")
        return
    if event is None or head is None:
        return
    author = f" ({shown(event.author, 60)})" if event.author else ""
    carried = f", passed on by {one.carrier}" if one.carrier else ""
    sealed = "; sealed: what is inside is not shown and not judged" if one.sealed else ""
    terminal.say(f"{one.number}. proven: {what} of {event.issuer}{author}, signed {head.issued_at:%Y-%m-%d %H:%M:%S}Z{carried}{sealed}")
    terminal.say(f"    TLP:{shown(event.handling.tlp, 20)}, key {head.key_id}, event {event.event_id.hex()}")
