"""What a product must be before it may be proposed or released; every rule has a stable code and says what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from enforcement.intelligence.model import AUDIENCES, VERIFIED, Problem, Product, parse_number
from enforcement.intelligence.screens import SCREENED, nominal_in
from enforcement.seizures.nominal.reasons import seeming
from liaison.protocol.errors import phrase
from liaison.protocol.members import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from enforcement.codelists.model import CodeLists
    from enforcement.intelligence.model import Citation

TLP: Final = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT")
HANDLING_CODES: Final = ("H0", "H1", "H2", "H3")
ON_FACTS: Final = frozenset({"warning-message", "alert", "intelligence-profile", "regional-tactical-analysis"})
FOR_ACTION: Final = frozenset({"warning-message", "alert"})
MAX_TITLE: Final = 200
MAX_TEXT: Final = 20_000
MAX_ENTRIES: Final = 500
# 4x4: source A to C and X, information 1 to 4 (Europol's evaluation codes).
_GRADE: Final = re.compile(r"[ABCX][1-4]")
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_LISTS: Final = ("language_editions", "sections", "commodities", "areas", "cited_records", "risk_indicators", "picture_hashes")


@dataclass(frozen=True, slots=True)
class Issuing:
    """What the rules know beside the product: the code lists, the issuing office, the time (aware)."""

    lists: CodeLists
    issuer: str
    now: datetime


def problems_of(product: Product, issuing: Issuing) -> list[Problem]:
    """Everything that keeps the product from going out, in the order of its fields; empty when it may."""
    return [problem for rule in _RULES for problem in rule(product, issuing)]


def _coded(issuing: Issuing, field: str, list_name: str, codes: tuple[str, ...]) -> Iterator[Problem]:
    for code in codes:
        if not issuing.lists.has(list_name, code):
            near = ", ".join(issuing.lists.suggest(list_name, code))
            hint = phrase("Did you mean {near}?", near=near) if near else phrase("See the code list {name}.", name=list_name)
            yield Problem(f"product.{list_name}-unknown", field, phrase("{code!r} is not in the code list. {hint}", code=code, hint=hint))


def _identity(product: Product, issuing: Issuing) -> Iterator[Problem]:
    yield from _coded(issuing, "kind", "product-kinds", (product.kind,))
    if not product.title.strip():
        yield Problem("product.title-missing", "title", phrase("Give it a title."))
    if len(product.title) > MAX_TITLE or "\n" in product.title:
        yield Problem("product.title-long", "title", phrase("A title is one line of at most {most} characters.", most=MAX_TITLE))
    if not _LANGUAGE.fullmatch(product.language):
        yield Problem("product.language", "language", phrase("Use the two small letters of ISO 639-1 (en, fr, es)."))
    for number, other in enumerate(product.language_editions):
        if not (_LANGUAGE.fullmatch(other.language) and parse_number(other.number) and other.translator.strip()):
            yield Problem(
                "product.language-edition", f"language_editions[{number}]", phrase("Name language (fr), product number and translator.")
            )


def _supersedes(product: Product, issuing: Issuing) -> Iterator[Problem]:
    if not product.supersedes:
        return
    number = parse_number(product.supersedes)
    if number is None or number.office != issuing.issuer:
        yield Problem(
            "product.supersedes",
            "supersedes",
            phrase("Name a product of your own, like A/{issuer}/{year}/0001.", issuer=issuing.issuer, year=issuing.now.year),
        )


def _validity(product: Product, issuing: Issuing) -> Iterator[Problem]:
    today = issuing.now.date()
    if product.valid_from is None:
        yield Problem("product.valid-from-missing", "valid_from", phrase("Say from which day it is valid (YYYY-MM-DD)."))
    if product.valid_until is None:
        yield Problem("product.valid-until-missing", "valid_until", phrase("Say until which day it is valid (YYYY-MM-DD)."))
    elif product.valid_until < today:
        yield Problem(
            "product.validity-over",
            "valid_until",
            phrase("{day} is past; give it a later last day.", day=product.valid_until.isoformat()),
        )
    if product.valid_from is not None and product.valid_until is not None and product.valid_until < product.valid_from:
        yield Problem("product.validity-order", "valid_until", phrase("The last day of validity lies before the first."))


def _urgency(product: Product, issuing: Issuing) -> Iterator[Problem]:
    deadline = product.acknowledge_by
    if deadline is None:
        if product.urgent:
            yield Problem(
                "product.deadline-missing", "acknowledge_by", phrase("An urgent product needs a time until which to acknowledge it.")
            )
        return
    if deadline <= issuing.now:
        yield Problem("product.deadline-past", "acknowledge_by", phrase("{time} is past.", time=deadline.isoformat()))
    if product.valid_until is not None and deadline.date() > product.valid_until:
        yield Problem("product.deadline-late", "acknowledge_by", phrase("The deadline lies after the last day of validity."))


def _scope(product: Product, issuing: Issuing) -> Iterator[Problem]:
    if not product.sections and product.kind != "notice":
        yield Problem("product.sections-missing", "sections", phrase("Name at least one section (drugs, revenue, ...)."))
    yield from _coded(issuing, "sections", "sections", product.sections)
    yield from _coded(issuing, "commodities", "commodities", product.commodities)
    if not product.areas and product.kind in ON_FACTS:
        yield Problem("product.areas-missing", "areas", phrase("Name the area: a region (AMS), an office (rilo.sa) or a country (BR)."))
    offices = {member.office for member in issuing.lists.members.values()}
    for area in product.areas:
        if area not in REGIONS and area not in offices and not issuing.lists.has("countries", area):
            yield Problem(
                "product.area-unknown", "areas", phrase("{area!r} is no region (AMS), office (rilo.sa) or country (BR).", area=area)
            )


def _texts(product: Product, _issuing: Issuing) -> Iterator[Problem]:
    if not product.summary.strip():
        yield Problem("product.summary-missing", "summary", phrase("Sum it up in a few sentences."))
    if product.kind in ON_FACTS and not product.facts.strip():
        yield Problem("product.facts-missing", "facts", phrase("Say what is known, apart from what you conclude."))
    if product.kind in FOR_ACTION and not product.recommended_action.strip():
        yield Problem("product.action-missing", "recommended_action", phrase("Say what the receivers should do."))
    if not product.contact.strip():
        yield Problem("product.contact-missing", "contact", phrase("Name the duty post to ask, not a person."))


def _lengths(product: Product, _issuing: Issuing) -> Iterator[Problem]:
    for field in (*SCREENED, "contact"):
        if len(getattr(product, field)) > MAX_TEXT:
            yield Problem("product.text-long", field, phrase("At most {most:,} characters.", most=MAX_TEXT))
    for field in _LISTS:
        if len(getattr(product, field)) > MAX_ENTRIES:
            yield Problem("product.list-long", field, phrase("At most {most} entries.", most=MAX_ENTRIES))


def _citations(product: Product, issuing: Issuing) -> Iterator[Problem]:
    if product.kind in ON_FACTS and not product.cited_records:
        yield Problem(
            "product.citation-missing", "cited_records", phrase("Cite at least one record: a verified seizure, a report or information.")
        )
    seen = set()
    for number, cited in enumerate(product.cited_records):
        field = f"cited_records[{number}]"
        yield from _citation(cited, field, issuing)
        if (key := (cited.administration, cited.reference)) in seen:
            yield Problem("product.citation-twice", field, phrase("This record is cited twice."))
        seen.add(key)


def _citation(cited: Citation, field: str, issuing: Issuing) -> Iterator[Problem]:
    yield from _coded(issuing, field, "citation-status", (cited.status,))
    if not cited.reference.strip():
        yield Problem("product.citation-reference", field, phrase("Name the reference of the record."))
    if cited.administration and not issuing.lists.has("countries", cited.administration):
        yield Problem(
            "product.citation-administration",
            field,
            phrase("{administration!r} is no country code (BR).", administration=cited.administration),
        )
    if not cited.administration and cited.status == VERIFIED:
        yield Problem("product.citation-administration", field, phrase("Name the reporting administration (BR)."))
    if cited.status == VERIFIED and cited.grade:
        yield Problem("product.grade-superfluous", field, phrase("Observed facts of a verified seizure carry no grade."))
    if cited.status != VERIFIED and not _GRADE.fullmatch(cited.grade):
        text = phrase("What is not verified needs a 4x4 grade: source A B C X, information 1 to 4 (B2).")
        yield Problem("product.grade-missing", field, text)


def _assessment(product: Product, issuing: Issuing) -> Iterator[Problem]:
    if not product.assessment.strip():
        for field in ("likelihood", "confidence"):
            if getattr(product, field):
                yield Problem("product.assessment-missing", field, phrase("There is no assessment it could belong to."))
        return
    words = ", ".join(issuing.lists.label("likelihoods", code).lower() for code in issuing.lists.codes("likelihoods"))
    if not product.likelihood:
        yield Problem("product.likelihood-missing", "likelihood", phrase("Say how likely in the words of ICD 203: {words}.", words=words))
    elif not issuing.lists.has("likelihoods", product.likelihood):
        text = phrase("{likelihood!r} is none of the words of ICD 203: {words}.", likelihood=product.likelihood, words=words)
        yield Problem("product.likelihood-unknown", "likelihood", text)
    if not product.confidence:
        yield Problem("product.confidence-missing", "confidence", phrase("Say how confident you are: low, moderate, high."))
    elif not issuing.lists.has("confidence", product.confidence):
        yield Problem(
            "product.confidence-unknown",
            "confidence",
            phrase("{confidence!r} is none of low, moderate, high.", confidence=product.confidence),
        )


def _pictures(product: Product, _issuing: Issuing) -> Iterator[Problem]:
    for number, digest in enumerate(product.picture_hashes):
        if not _SHA256.fullmatch(digest):
            yield Problem(
                "product.picture-hash", f"picture_hashes[{number}]", phrase("Name a picture by its SHA-256, 64 small hexadecimal digits.")
            )


def _handling(product: Product, _issuing: Issuing) -> Iterator[Problem]:
    if product.tlp == "RED":
        yield Problem(
            "product.tlp-red", "tlp", phrase("TLP:RED is for named people only and cannot go to all contact points; use sealed mail.")
        )
    elif product.tlp not in TLP:
        yield Problem("product.tlp-unknown", "tlp", phrase("Choose among {names}.", names=", ".join(TLP)))
    if product.handling_code not in HANDLING_CODES:
        yield Problem("product.handling-unknown", "handling_code", phrase("Choose among {names}.", names=", ".join(HANDLING_CODES)))
    if product.audience not in AUDIENCES:
        yield Problem(
            "product.audience-unknown",
            "audience",
            phrase("Choose among {names}; named members need sealed mail.", names=", ".join(AUDIENCES)),
        )


def _nominal(product: Product, _issuing: Issuing) -> Iterator[Problem]:
    texts = {field: getattr(product, field) for field in (*SCREENED, "risk_indicators")}
    for field, reason in nominal_in(texts):
        yield Problem(
            "product.nominal", field, phrase("It seems to contain {reason}; take it out, there is no override.", reason=seeming(reason))
        )


_RULES: Final[tuple[Callable[[Product, Issuing], Iterator[Problem]], ...]] = (
    _identity,
    _supersedes,
    _validity,
    _urgency,
    _scope,
    _texts,
    _lengths,
    _citations,
    _assessment,
    _pictures,
    _handling,
    _nominal,
)
