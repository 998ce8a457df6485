"""A case whole: what was reported, how it stands, what it is linked with, and its signed history. A look is written down."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import select

from enforcement.codelists.model import CodeLists
from enforcement.seizures.duplicates.pairs import LINKED, PROPOSED, WAITING, pairs_about
from enforcement.seizures.duplicates.queries import record
from enforcement.seizures.filter_forms import label_of
from enforcement.seizures.history import history
from enforcement.seizures.history_words import problem_in, told_in
from enforcement.seizures.ports import scope_of
from enforcement.seizures.proofs import ACTION as PROOF
from enforcement.seizures.proofs import proof_facts, proof_name, proof_of
from enforcement.seizures.queries import UnknownCase, findings_of, override_records, payload_of, versions_of
from enforcement.seizures.release_words import whom_in
from enforcement.seizures.releases import reason_told
from enforcement.seizures.store import SeizureTables
from liaison.access.users import list_users
from liaison.console.pages import BadForm, Page, Sent, Shown
from liaison.console.words import n_
from liaison.node.originals import NoSuchEvent
from liaison.node.proof_files import MEDIA_TYPE, write_proof
from liaison.node.times import from_ms
from liaison.protocol.errors import CheckError, LiaisonError, phrase
from liaison.protocol.sealing import SealNotOpened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from enforcement.seizures.rules.retelling import Retold
    from enforcement.seizures.store import CaseKey
    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork

PATH: Final = "/cases/{administration}/{reference:path}"
ACTION: Final = "seizures.list"
_CASE: Final = (
    ("kind", "kind", n_("Kind of case")),
    ("level", "level", n_("Level of detail")),
    ("direction", "direction", n_("Direction")),
    ("detection_channel", "detection", n_("Detection channel")),
    ("concealment", "concealment", n_("Concealment")),
    ("conveyance", "conveyance", n_("Conveyance")),
    ("ecommerce", "ecommerce", n_("E-commerce")),
    ("agency", "agency", n_("Agency")),
    ("customs_role", "customs-role", n_("Role of customs")),
    ("report_source", "source", n_("Source of the report")),
)
_UNLABELLED: Final = (("time", n_("Time")), ("operation", n_("Operation")), ("prompted_by", n_("Prompted by")))
# words of the history and of links, for the catalogues
SAID: Final = (
    *(n_("reported"), n_("accepted"), n_("returned"), n_("declined"), n_("withdrawn"), n_("shared"), n_("withdrawal shared")),
    *(n_("link proposed"), n_("link agreed"), n_("link declined"), n_("link shared"), n_("end of link shared"), n_("correction declined")),
    *(n_("keyed"), n_("confirmed"), n_("not ours"), n_("accepted with correction")),
    *(n_("could not be read"), n_("draft"), n_("historical"), n_("linked"), n_("proposed"), n_("waiting"), n_("sealed")),
)
LINKS: Final = (LINKED, PROPOSED, WAITING)


class CaseWords(NamedTuple):
    """What a higher floor says of fields, in a language. `changes`: of two versions: field, what it said, what it says; `field`: what a
    path is called; `again`: a reason or finding, by its code, text and field.
    """

    changes: Callable[[Mapping[str, Any], Mapping[str, Any], CodeLists, str], Iterable[tuple[str, str, str]]]
    field: Callable[[str, CodeLists, str, Mapping[str, Any] | None], str]
    again: Callable[[CodeLists, str], Callable[..., Retold]]


def case_pages(said: CaseWords) -> Sequence[Page]:
    """For `Console.pages`."""
    return (Page("GET", PATH, ACTION, partial(show_case, said=said)), Page("POST", f"{PATH}/proof", PROOF, send_proof))


def show_case(visit: Visit, said: CaseWords) -> Reply:
    """Everything this node holds of a case and this person may see."""
    key = (visit.path["administration"].upper(), visit.path["reference"])
    version, against = _number(visit, "version"), _number(visit, "against")
    with visit.desk.looking(ACTION) as tx:
        rows = versions_of(tx, key)
        chosen = _chosen(rows, key, version)
        payload, closed = _payload(tx, key, chosen["version"])
        before = _payload(tx, key, against)[0] if against else None
        lists, language = tx.of(CodeLists), visit.words.language
        shown = {
            "key": key,
            "here": f"/cases/{key[0]}/{key[1]}",
            "versions": rows,
            "chosen": chosen,
            "case": payload,
            "closed": closed,
            "against": against if before is not None else 0,
            "changes": list(said.changes(before, payload, lists, language)) if before is not None and payload is not None else [],
            "facts": list(_facts(payload, lists, visit)) if payload is not None else [],
            "remarks": [*chosen["reasons"], *findings_of(tx, key, chosen["version"])],
            "again": said.again(lists, language),
            "field_told": lambda path: said.field(path, lists, language, payload),
            "overrides": override_records(payload) if payload is not None else [],
            "links": [record(row) for row in pairs_about(tx, [key]) if row["state"] in LINKS and not scope_of(tx)],
            "withdrawal": _withdrawal(tx, key),
            "history": (told := history(tx, key)),
            "provable": any(one.verified for one in told),
            "told": told_in(visit.words, lists),
            "whom": whom_in(visit.words),
            "problem_of": problem_in(visit.words),
            "names": {one.person.user_id: one.person.name for one in list_users(tx.connection, visit.desk.access)},
            "label": lambda name, code: label_of(lists, name, code, visit.words.language),
            "coded": lambda name, code: lists.label(name, code, visit.words.language),
        }
    with visit.desk.changing(ACTION, key[1], version=chosen["version"]):
        """A look at one record is written down, with the version that was chosen."""
    return Shown("enforcement.seizures/case.html", shown)


def send_proof(visit: Visit) -> Reply:
    """What was signed about a case, as a file that anybody can check; an export, written down before it leaves."""
    key = (visit.path["administration"].upper(), visit.path["reference"])
    with visit.desk.looking(PROOF) as tx:
        made = proof_of(tx, key, others=bool(visit.said("others")))
    data = write_proof(made)
    with visit.desk.acting(PROOF, f"{key[0]} {key[1]}", **proof_facts(made, data)):
        """Apart from the making, which must not hold the writer's lock."""
    return Sent(data, MEDIA_TYPE, proof_name(key))


def _chosen(rows: Sequence[dict[str, Any]], key: CaseKey, version: int) -> dict[str, Any]:
    """The version that was asked for, the newest for 0. Raises UnknownCase."""
    if not rows:
        raise UnknownCase(phrase("This node holds no case {country} {reference}.", country=key[0], reference=key[1]))
    for row in rows:
        if version in (0, row["version"]):
            return row
    raise UnknownCase(
        phrase("This node holds no version {version} of {country} {reference}.", version=version, country=key[0], reference=key[1])
    )


def _number(visit: Visit, name: str) -> int:
    told = visit.asked(name)
    if told and not (told.isascii() and told.isdigit() and len(told) < 7):  # noqa: PLR2004 - digits
        raise BadForm(phrase("{name} is the number of a version.", name=name))
    return int(told or 0)


def _payload(tx: UnitOfWork, key: CaseKey, version: int) -> tuple[dict[str, Any] | None, LiaisonError | None]:
    """What a version says, or why this node cannot read it."""
    versions = tx.of(SeizureTables).versions
    where = (versions.c.administration == key[0], versions.c.reference == key[1], versions.c.version == version)
    row = tx.one(select(versions).where(*where))
    if row is None:
        return None, None
    try:
        return payload_of(tx, row), None
    except (NoSuchEvent, CheckError, SealNotOpened) as error:
        return None, error


def _withdrawal(tx: UnitOfWork, key: CaseKey) -> dict[str, Any] | None:
    table = tx.of(SeizureTables).withdrawals
    row = tx.one(select(table).where(table.c.administration == key[0], table.c.reference == key[1]))
    return {"reason": reason_told(row["reason"]), "at": from_ms(row["withdrawn_at"])} if row is not None else None


def _facts(payload: Mapping[str, Any], lists: CodeLists, visit: Visit) -> Iterator[tuple[str, str]]:
    """Title and value of what the case says as a whole, in the reader's language."""
    language = visit.words.language
    place = payload["place"]
    where = [place["name"], place["locode"], label_of(lists, "country", place["country"], language)]
    yield visit.words("Date"), visit.words.day(payload["date"])
    yield visit.words("Place"), ", ".join(filter(None, (*where, label_of(lists, "location", place["location_type"], language))))
    if place["coordinates"]:
        yield visit.words("Coordinates"), ", ".join(f"{one:g}" for one in place["coordinates"])
    for name, field, title in _CASE:
        yield visit.words(title), label_of(lists, field, payload[name], language)
    if payload["detection_means"]:
        yield visit.words("Detection means"), ", ".join(label_of(lists, "means", one, language) for one in payload["detection_means"])
    for name, title in _UNLABELLED:
        if payload[name]:
            yield visit.words(title), payload[name]
    if payload["persons_arrested"] >= 0:
        yield visit.words("Persons arrested"), str(payload["persons_arrested"])
    for one in payload["duty_evaded"]:
        yield visit.words("Duty evaded"), f"{visit.words.number(one['amount'])} {one['currency']}"
    yield visit.words("Edition of the code lists"), payload["code_list_edition"]
