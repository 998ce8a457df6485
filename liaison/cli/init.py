"""`liaison init`: a new node, from nothing to a card that asks for admission."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from pydantic import ValidationError

from liaison.assembly import CARD, kind_of, node_spec
from liaison.cli.aloud import grouped
from liaison.cli.counter import HomeCounter, home_counter
from liaison.cli.making import BadFacts, Plan, make
from liaison.cli.secret_words import PassphraseFile, PasswordFile, PasswordStdin, passphrase, password
from liaison.node.cards import CardFacts
from liaison.node.state import write_state
from liaison.node.trust import federation_id
from liaison.protocol.errors import LiaisonError
from liaison.settings import Settings
from liaison.upkeep import FOLDER_STATE

CONSOLE_PORT: Final = 8440


ALPHA_2: Final = 2


class RootNotCompared(LiaisonError):  # noqa: N818 - named for what happened
    """The trust root was not compared with what the Secretariat says by voice."""

    code = "init.root-not-compared"
    next_step = "Call the Secretariat, compare the federation id digit by digit, then give it with --root-sha256."


class WrongRoot(LiaisonError):  # noqa: N818 - named for what happened
    """The trust root is not the one you named."""

    code = "init.wrong-root"
    next_step = "Do not use this folder. Keep it as evidence and call the Secretariat."


class UnknownCountry(LiaisonError):  # noqa: N818 - named for what happened
    """There is no such country."""

    code = "init.unknown-country"
    next_step = "Correct the two letters (ISO 3166-1 alpha-2), or give --training-name for one made up to train with."


class PlaceMissing(LiaisonError):  # noqa: N818 - named for what happened
    """A contact point needs its region and office."""

    code = "init.place-missing"
    next_step = "Give --region and --office as the member list of the organisation has them."


def app() -> typer.Typer:
    """The command."""
    made = typer.Typer(add_completion=False, rich_markup_mode=None)
    made.command()(_init)
    return made


def _init(  # noqa: PLR0913 - one parameter an option
    ctx: typer.Context,
    node: Annotated[str, typer.Argument(help="Node id: ncp.jm for a contact point, rilo.car for a regional office, wco.hub for the hub.")],
    *,
    environment: Annotated[str, typer.Option(help="production or training; signed into everything, never changed.")],
    trust: Annotated[Path, typer.Option(metavar="FOLDER", help="Trust files of the federation, as the Secretariat hands them out.")],
    administrator: Annotated[str, typer.Option(metavar="NAME", help="Login name of the first administrator.")],
    region: Annotated[str, typer.Option(help="Region of the member: AMS, AP, ESA, EUR, MENA or WCA.")],
    office: Annotated[str, typer.Option(help="Contact points: the regional office they report to, wco.hub where there is none.")] = "",
    name: Annotated[str, typer.Option(help="Name as the member list shows it; the node id when not given.")] = "",
    country: Annotated[str, typer.Option(help="ISO 3166-1 alpha-2; contact points only, taken from the node id when not given.")] = "",
    root_sha256: Annotated[str, typer.Option(metavar="HEX", help="Federation id as read out by the Secretariat; else you are asked.")] = "",
    passphrase_file: PassphraseFile = None,
    password_file: PasswordFile = None,
    password_stdin: PasswordStdin = False,
    database_url: Annotated[str, typer.Option(metavar="URL", help="postgresql+psycopg://...; default: SQLite in the home folder.")] = "",
    regional_bootstrap: Annotated[str, typer.Option(metavar="HOST:PORT", help="Kafka of the office; default 127.0.0.1:9092.")] = "",
    global_bootstrap: Annotated[str, typer.Option(metavar="HOST:PORT", help="Kafka of the hub; default: the regional one.")] = "",
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Prometheus metrics on this machine; 0: none.")] = 0,
    console_port: Annotated[int, typer.Option(min=0, max=65535, help="The console, on this machine; 0: none.")] = CONSOLE_PORT,
    training_name: Annotated[bool, typer.Option("--training-name", help="The country is made up; in training federations only.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Finish what an interrupted init began.")] = False,
) -> None:
    """Make a new node in its own folder: key (0600), settings, database, first administrator, and the card that asks for admission.

    Example: liaison init ncp.jm --home /srv/ncp.jm --environment training --trust /media/stick/trust --region AMS --office rilo.car
    --administrator first.admin

    The federation id that follows from the trust root is shown to be compared by voice. Nothing is overwritten; a run that fails
    removes what it made.

    Next: send card.json to the keeper of the member list (`liaison federation admit`), then `liaison login`, `liaison trust update`,
    `liaison run`.
    """
    counter = home_counter(ctx)
    settings = _settings(
        counter.home,
        node=node,
        environment=environment,
        database_url=database_url,
        regional_bootstrap=regional_bootstrap,
        global_bootstrap=global_bootstrap,
        metrics_port=metrics_port,
        console_port=console_port,
        key_passphrase_file=passphrase_file.absolute() if passphrase_file else None,
    )
    facts = _facts(settings, name=name, country=country, region=region, office=office, training_name=training_name)
    root = (trust / "metadata" / "1.root.json").read_bytes()
    _compare(counter, federation_id(root).hex(), root_sha256)
    word = password(password_file, stdin=password_stdin, confirm=True, prompt=f"First password of {administrator}")
    _make(counter, Plan(settings, facts, root, administrator, word, passphrase(passphrase_file)), trust, resume=resume)


def _make(counter: HomeCounter, plan: Plan, trust: Path, *, resume: bool) -> None:
    made, signer = make(plan, resume=resume)
    try:
        _remember_folder(made, trust)
    finally:
        made.close()
    node, federation = plan.settings.node, federation_id(plan.root).hex()
    if counter.terminal.as_json:
        result = {"node": node, "home": str(counter.home), "key_id": signer.key_id, "federation": federation}
        counter.terminal.record({**result, "card": str(counter.home / CARD), "administrator": plan.administrator})
    _tell(counter, node, signer.key_id)


_TOLD: Final = {
    "node": "ncp. and two letters of a country, rilo. and the letters of an office, or wco.hub.",
    "environment": "production or training.",
}


def _settings(home: Path, **given: Any) -> "Settings":  # noqa: ANN401 - checked by the settings themselves
    """Raises BadFacts."""
    try:
        return Settings(home=home, **{name: value for name, value in given.items() if value not in ("", None, 0)})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        told = _TOLD.get(name, f"{first['msg']}.")
        raise BadFacts(f"{first.get('input')!r} is not a usable {name.replace('_', '-')}: {told}") from error


def _facts(settings: "Settings", *, name: str, country: str, region: str, office: str, training_name: bool) -> "CardFacts":  # noqa: PLR0913
    """What the card will say; its own checks judge it, but for the country. Raises UnknownCountry, BadFacts, PlaceMissing."""
    kind = kind_of(settings.node)
    if kind == "ncp" and not office:
        raise PlaceMissing(f"{settings.node} needs the office it reports to.")
    own_country = (country or settings.node.partition(".")[2]).upper() if kind == "ncp" else country
    facts = CardFacts(
        node=settings.node,
        kind=kind,  # type: ignore[arg-type]  # the pattern of the node id allows no other
        name=name or settings.node,
        country=own_country,
        region=region.upper(),
        office=office or settings.node,
        environment=settings.environment,
    )
    _ensure_country(facts, training_name=training_name)
    return facts


def _ensure_country(facts: "CardFacts", *, training_name: bool) -> None:
    """Raise UnknownCountry for a contact point of no country, BadFacts for a made-up one that is not for training."""
    countries = node_spec(facts.kind).countries
    if training_name and facts.environment != "training":
        raise BadFacts("A made-up country is for training federations; this node is for production.")
    made_up = len(facts.country) == ALPHA_2 and countries is not None and facts.country not in countries()
    if made_up and not training_name:  # any other length is for the card to refuse
        raise UnknownCountry(f"{facts.country!r} is the code of no country.")


def _compare(counter: HomeCounter, federation: str, named: str) -> None:
    """First contact: the id is compared with what was read out, or by a person now."""
    shown = grouped(federation)
    if named:
        if "".join(named.split()).replace(":", "").lower() != federation:
            raise WrongRoot(f"The trust root in this folder makes federation {shown}, not the one you named.")
        return
    if counter.terminal.as_json or not sys.stdin.isatty():
        raise RootNotCompared(f"The federation id {shown} was not compared.")
    counter.terminal.say(f"Federation id, to be compared by voice with the Secretariat:\n\n  {shown}\n")
    if not typer.confirm("Is it the same, digit by digit?", err=True):
        raise RootNotCompared


def _remember_folder(node: Any, trust: Path) -> None:  # noqa: ANN401 - a Node
    """Where `liaison trust update` looks when it is told nothing else."""
    with node.parts.database.writing() as connection:
        write_state(connection, node.parts.tables, FOLDER_STATE, str(trust.absolute()))


def _tell(counter: HomeCounter, node: str, key_id: str) -> None:
    say = counter.terminal.say
    say(f"{node} is made in {counter.home}.")
    say(f"Its key, to be compared by voice when it is admitted: {grouped(key_id)}")
    say("Next: 1. send card.json to the keeper of the member list, who runs `liaison federation admit card.json`")
    say("      2. `liaison login`, then `liaison trust update` when the new list is out")
    say("      3. `liaison run`; the console is then where LIAISON_CONSOLE_PORT in node.env says")
