"""What code lists are called on pages, and where they come from: their names are codes, as profiles and the wire have them.

A list that a later edition brings is called by its name until it is called something here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.codelists.comparing import ADDED, CHANGED, CLOSED, GONE, MOVED, REMAPPED, RENAMED
from liaison.console.words import n_

if TYPE_CHECKING:
    from collections.abc import Mapping

TITLES: Final[Mapping[str, str]] = {
    "accuracy": n_("Accuracy of quantities"),
    "agencies": n_("Seizing agencies"),
    "attributes": n_("Further details of goods"),
    "citation-status": n_("Standing of cited records"),
    "cites": n_("CITES appendices"),
    "commodities": n_("Commodities"),
    "concealments": n_("Methods of concealment"),
    "confidence": n_("Degrees of confidence"),
    "conveyances": n_("Means of conveyance"),
    "countries": n_("Countries"),
    "currencies": n_("Currencies"),
    "customs-roles": n_("Roles of customs"),
    "detection-channels": n_("Detection channels"),
    "detection-means": n_("Means of detection"),
    "directions": n_("Directions"),
    "ecommerce": n_("E-commerce"),
    "feedback-kinds": n_("Kinds of feedback"),
    "infringement": n_("Kinds of infringement of rights"),
    "kinds": n_("Kinds of case"),
    "levels": n_("Levels of detail"),
    "likelihoods": n_("Degrees of likelihood"),
    "location-types": n_("Types of place"),
    "methods": n_("How verdicts come about"),
    "product-kinds": n_("Kinds of product"),
    "prompted-by": n_("What prompts a control"),
    "report-sources": n_("Sources of reports"),
    "requirements": n_("Which field is mandatory where"),
    "route-roles": n_("Roles of places on the route"),
    "sections": n_("Sections"),
    "specimen": n_("States of specimens"),
    "streams": n_("Streams of goods"),
    "text-kinds": n_("Kinds of text"),
    "transport-identifiers": n_("Kinds of transport identifier"),
    "units": n_("Units"),
    "value-basis": n_("Bases of values"),
    "verdicts": n_("Verdicts"),
    "weight-basis": n_("Bases of weights"),
    "withdrawal-reasons": n_("Reasons of withdrawal"),
}
CHANGES: Final[Mapping[str, str]] = {  # what differs between two editions
    ADDED: n_("added"),
    CLOSED: n_("closed"),
    GONE: n_("gone from the list"),
    MOVED: n_("moved"),
    REMAPPED: n_("remapped"),
    RENAMED: n_("renamed"),
    CHANGED: n_("changed otherwise"),
}
# how a text was found to mean a code, as `found_lines` says it; how grave a problem of an edition is
HOW: Final = (n_("code"), n_("label"), n_("alias"), n_("replaces a closed code"), n_("near"))
SEVERITIES: Final = (n_("error"), n_("warning"))
# where the lists of the package come from
SOURCES: Final = (
    n_(
        "Illicit Trade Report 2025 web dashboard of the World Customs Organization (labels as displayed); "
        "cultural heritage from the 2015 to 2023 editions; other and unknown are ours"
    ),
    n_(
        "Illicit Trade Report 2025 web dashboard of the World Customs Organization (labels as displayed); "
        "precursors, cultural heritage, other and unknown are ours"
    ),
    n_(
        "Illicit Trade Report 2025 web dashboard of the World Customs Organization (labels as displayed) "
        "(top lists); precursors, cultural heritage, weapons-other and other are ours; codes are ours"
    ),
    n_("Illicit Trade Report 2025 web dashboard of the World Customs Organization (labels as displayed)"),
    n_("ours, after national lists with several values"),
    n_("ours: public material is silent"),
    n_("ours, after the two reporting levels of the existing network"),
    n_("ISO 6346 (containers), IATA flight designators, IMO ship numbering scheme"),
    n_("Intelligence Community Directive 203"),
    n_("Intelligence Community Directive 203, by way of the MISP taxonomy estimative-language"),
    n_("ISO 3166-1 alpha-2 as carried by UN/LOCODE; names of members as in members.csv; XK for Kosovo."),
    n_("ISO 4217 alphabetic codes; names: Unicode CLDR."),
    n_(
        "UN/ECE Recommendation 20 revision 17 and, with X before the code, Recommendation 21 revision 12 "
        "(2021); exact factors by definition"
    ),
)
