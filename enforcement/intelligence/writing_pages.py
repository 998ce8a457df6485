"""Writing products at an office: a form, what is missing beside its field, release by a second person, the next edition, passing on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intelligence import actions, coded
from enforcement.intelligence.drafting import product_from
from enforcement.intelligence.errors import ProductFileError, ProductIncompleteError, ProductStateError
from enforcement.intelligence.model import AUDIENCES, VERIFIED, Product, plain_of
from enforcement.intelligence.pages import LIST, PACKAGE, READ, RELEASE, row_of, shown
from enforcement.intelligence.rules import HANDLING_CODES, TLP
from enforcement.intelligence.store import content_of
from liaison.access.permissions import SamePerson
from liaison.console.pages import Moved, Page, Place, Shown
from liaison.console.words import n_
from liaison.protocol.errors import EgressRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from liaison.console.pages import Reply, Visit
    from liaison.node.work import UnitOfWork
    from liaison.protocol.errors import LiaisonError

DRAFT: Final = "alerts.draft"
PLAIN: Final = (
    "kind",
    "title",
    "language",
    "supersedes",
    "audience",
    "tlp",
    "handling_code",
    "valid_from",
    "valid_until",
    "summary",
    "facts",
)
MORE: Final = ("facts", "assessment", "likelihood", "confidence", "recommended_action", "contact")
BY_LINE: Final = ("risk_indicators", "picture_hashes")
REFUSED: Final = (ProductStateError, ProductIncompleteError, SamePerson, EgressRefused)


def writing_pages() -> Sequence[Page]:
    """For `Console.pages` at offices, before `reading_pages`."""
    at = f"{LIST}/{{product}}"
    return (
        Page("GET", f"{LIST}/new", DRAFT, begin, Place("intelligence", n_("Write a product"), 20)),
        Page("POST", f"{LIST}/new", DRAFT, keep_new),
        Page("GET", f"{LIST}/new/areas", DRAFT, coded.suggest_areas),
        Page("GET", f"{at}/edit", DRAFT, show_edit),
        Page("POST", f"{at}/edit", DRAFT, keep_edit),
        Page("POST", f"{at}/propose", DRAFT, propose),
        Page("POST", f"{at}/edition", DRAFT, next_edition),
        Page("POST", f"{at}/review", RELEASE, review),
        Page("POST", f"{at}/decline", RELEASE, decline),
        Page("POST", f"{at}/release", RELEASE, release),
        Page("POST", f"{at}/relay", RELEASE, relay),
    )


# --- the form ---------------------------------------------------------------------------------------------------------------


def begin(visit: Visit) -> Reply:
    """An empty product."""
    return _form(visit, plain_of(Product()), "")


def _form(visit: Visit, plain: Mapping[str, Any], product: str, problem: LiaisonError | None = None) -> Shown:
    """The fields; `product`: empty for a new one."""
    lists: CodeLists = visit.desk.parts.field[CodeLists]
    language = visit.words.language

    def listed(name: str) -> list[tuple[str, str]]:
        return [(one, lists.label(name, one, language)) for one in lists.codes(name)]

    data = {
        "plain": plain,
        "cited": "\n".join(one if isinstance(one, str) else _line(one) for one in plain["cited_records"]),
        "acknowledge": (plain["acknowledge_by"] or "")[:16],
        "product": product,
        "beside": _beside(visit, plain) if product and problem is None else {},
        "problem": problem,
        "kinds": listed("product-kinds"),
        "sections": listed("sections"),
        "likelihoods": listed("likelihoods"),
        "confidences": listed("confidence"),
        "tlps": [(one, f"TLP:{one}") for one in TLP],
        "codes": [(one, one) for one in HANDLING_CODES],
        "audiences": list(AUDIENCES),
        **coded.shown(visit, plain),
    }
    return Shown(f"{PACKAGE}/write.html", data, 422 if problem is not None else 200)


def _line(cited: Mapping[str, Any]) -> str:
    """A citation as a line: BR:REFERENCE, and what is not verified with status and grade behind bars."""
    record = f"{cited['administration']}:{cited['reference']}"
    return record if cited["status"] == VERIFIED else f"{record} | {cited['status']} | {cited['grade']}"


def _beside(visit: Visit, plain: Mapping[str, Any]) -> dict[str, list[str]]:
    """What keeps it from going out, by field."""
    found: dict[str, list[str]] = {}
    with visit.desk.looking(READ) as tx:
        for one in actions.problems(tx, product_from(plain)):
            found.setdefault(one.field.partition("[")[0], []).append(visit.words.told(one.text))
    return found


def _written(visit: Visit) -> dict[str, Any]:
    """The fields of the form in the shape of a draft file."""
    plain: dict[str, Any] = {name: visit.said(name) for name in (*PLAIN, *MORE)}
    plain |= {name: [line.strip() for line in visit.said(name).splitlines() if line.strip()] for name in BY_LINE}
    plain |= coded.written(visit)
    plain["sections"] = list(visit.form.get("sections", ()))
    plain |= {name: visit.said(name) == "yes" for name in ("urgent", "originator_control")}
    until = visit.said("acknowledge_by")
    plain["acknowledge_by"] = f"{until}Z" if until and until[-1].isdigit() and "+" not in until else until
    plain["cited_records"] = [_citation(line) for line in visit.said("cited_records").splitlines() if line.strip()]
    return plain


def _citation(line: str) -> Any:  # noqa: ANN401 - as a draft file has it
    record, *more = [part.strip() for part in line.split("|")]
    if not more:
        return record
    administration, _, reference = record.partition(":")
    return {"administration": administration, "reference": reference, "status": more[0], "grade": more[1] if len(more) > 1 else ""}


def keep_new(visit: Visit) -> Reply:
    """Keep a new draft; it may be incomplete."""
    plain = _written(visit)
    try:
        product = product_from(plain)
    except ProductFileError as error:
        return _form(visit, plain, "", error)
    with visit.desk.acting(DRAFT, product.title[:80], change="draft") as tx:
        product_id = actions.draft_product(tx, product)
    return _kept(visit, product_id)


def _kept(visit: Visit, product_id: int) -> Moved:
    """To the product when nothing is missing, back to the form when something is."""
    if visit.said("then") == "show":
        return Moved(f"{LIST}/{product_id}", visit.words("Draft {number} is kept.", number=product_id))
    return Moved(f"{LIST}/{product_id}/edit", visit.words("Draft {number} is kept.", number=product_id))


def show_edit(visit: Visit) -> Reply:
    """The fields of a draft, with what is missing beside them."""
    with visit.desk.looking(DRAFT) as tx:
        row = row_of(tx, visit)
        plain = plain_of(content_of(row))
    return _form(visit, plain, str(row["product_id"]))


def keep_edit(visit: Visit) -> Reply:
    """Keep what was written; what was proposed, reviewed or declined becomes a draft again."""
    plain = _written(visit)
    try:
        product = product_from(plain)
        with visit.desk.acting(DRAFT, visit.path["product"], change="edit") as tx:
            product_id: int = row_of(tx, visit)["product_id"]
            before = content_of(row_of(tx, visit))
            actions.edit(tx, product_id, _with_kept(product, before))
    except (ProductFileError, ProductStateError) as error:
        return _form(visit, plain, visit.path["product"], error)
    return _kept(visit, product_id)


def _with_kept(product: Product, before: Product) -> Product:
    """What the form has no field for stays as it was."""
    return replace(product, language_editions=before.language_editions)


# --- steps ------------------------------------------------------------------------------------------------------------------


def _step(visit: Visit, action: str, change: str, step: Callable[[UnitOfWork, RowMapping], str]) -> Reply:
    """One step on the product of the address; what refuses it stands on its page. `step` answers what to say."""
    product_id = 0
    try:
        with visit.desk.acting(action, visit.path["product"], change=change) as tx:
            row = row_of(tx, visit)
            product_id = row["product_id"]
            said = step(tx, row)
    except REFUSED as error:
        return shown(visit, product_id, error, {"reason": visit.said("reason")})
    return Moved(f"{LIST}/{product_id}", said)


def propose(visit: Visit) -> Reply:
    """Ask for the release of a draft."""

    def step(tx: UnitOfWork, row: RowMapping) -> str:
        actions.propose(tx, row["product_id"])
        return visit.words("Proposed. Somebody who did not write in it releases it.")

    return _step(visit, DRAFT, "propose", step)


def review(visit: Visit) -> Reply:
    """State that one has read it and agrees; release may wait."""

    def step(tx: UnitOfWork, row: RowMapping) -> str:
        actions.review(tx, row["product_id"])
        return visit.words("Reviewed. It can be released.")

    return _step(visit, RELEASE, "review", step)


def decline(visit: Visit) -> Reply:
    """Send a proposal back to its author with the reason."""

    def step(tx: UnitOfWork, row: RowMapping) -> str:
        actions.decline(tx, row["product_id"], visit.said("reason"))
        return visit.words("Sent back to its author with your reason.")

    return _step(visit, RELEASE, "decline", step)


def release(visit: Visit) -> Reply:
    """Let a product out; never by somebody who wrote in it."""

    def step(tx: UnitOfWork, row: RowMapping) -> str:
        return visit.words("Released as {number}.", number=actions.release(tx, row["product_id"]))

    return _step(visit, RELEASE, "release", step)


def relay(visit: Visit) -> Reply:
    """Pass a product of the region on to every member, with its issuer's own signature."""

    def step(tx: UnitOfWork, row: RowMapping) -> str:
        if actions.relay(tx, row["product_id"]):
            return visit.words("{number} is on its way to every member.", number=row["number"])
        return visit.words("This node has passed it on before.")

    return _step(visit, RELEASE, "relay", step)


def next_edition(visit: Visit) -> Reply:
    """Begin the next edition of a released product, with its content."""
    product_id, made = 0, 0
    try:
        with visit.desk.acting(DRAFT, visit.path["product"], change="edition") as tx:
            product_id = row_of(tx, visit)["product_id"]
            made = actions.new_edition(tx, product_id)
    except ProductStateError as error:
        return shown(visit, product_id, error)
    return Moved(f"{LIST}/{made}/edit", visit.words("This is the next edition; released, it supersedes the older ones."))
