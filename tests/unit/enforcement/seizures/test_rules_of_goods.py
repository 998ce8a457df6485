"""Rules about what goes with what: each refuses what it is for, and leaves its nearest neighbour alone."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from enforcement.seizures.rules import BY_CODE, RULES, check
from enforcement.seizures.rules.findings import STORE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from enforcement.codelists.model import CodeLists

    Spoil = Callable[[dict[str, Any]], Any]

Case = dict[str, Any]


def goods(section: str, stream: str, commodity: str, **changes: Any) -> Spoil:
    """A case of one line of such goods, in pieces; `attributes` as name=value text, other fields as they are."""
    attributes = [dict(zip(("name", "value"), one.split("=", 1), strict=True)) for one in changes.pop("attributes", [])]
    quantities = changes.pop("quantities", [pieces(2)])

    def spoil(case: Case) -> None:
        line = {"section": section, "stream": stream, "commodity": commodity, "attributes": attributes, "quantities": quantities}
        case["lines"] = [{**case["lines"][0], **line, **changes}]

    return spoil


def pieces(amount: Any) -> dict[str, Any]:
    return measured(amount, "H87", "H87", "")


def kilograms(amount: Any, basis: str = "net") -> dict[str, Any]:
    return measured(amount, "KGM", "KGM", basis)


def measured(amount: Any, unit: str, base: str, basis: str) -> dict[str, Any]:
    amounts = {"amount": Decimal(amount), "converted_amount": Decimal(amount) if base else Decimal(0)}
    return {**amounts, "unit": unit, "accuracy": "measured", "weight_basis": basis, "converted_unit": base}


def money(amount: Any, basis: str = "market", currency: str = "USD") -> dict[str, Any]:
    return {"amount": Decimal(amount), "currency": currency, "basis": basis}


def drugs(*quantities: Any, **changes: Any) -> Spoil:
    return goods("drugs", "cocaine", "cocaine", quantities=list(quantities) or [kilograms(1)], **changes)


def cash(*values: Any, **changes: Any) -> Spoil:
    quantity = measured(100, "USD", "", "")
    return goods("aml", "cash", "currency", quantities=[quantity], values=list(values), **changes)


def fauna(*attributes: str, **changes: Any) -> Spoil:
    return goods("environment", "fauna", "mammals", attributes=list(attributes), **changes)


def pistol(*attributes: str) -> Spoil:
    return goods("security", "weapons", "semi-automatic-pistol", attributes=list(attributes))


def also(*spoils: Spoil, **fields: Any) -> Spoil:
    """Several changes; fields of the case, or of its place with place__name."""

    def spoil(case: Case) -> None:
        for one in spoils:
            one(case)
        for name, value in fields.items():
            if name.startswith("place__"):
                case["place"][name.removeprefix("place__")] = value
            else:
                case[name] = value

    return spoil


def route(direction: str, *stops: str) -> Spoil:
    """departure:CO, destination:BR ..., perhaps with a name: transit:PA:Colon."""
    told = [(*one.split(":"), "")[:3] for one in stops]
    return also(direction=direction, route=[{"role": role, "country": at, "name": name, "locode": ""} for role, at, name in told])


def text(kind: str, said: str, **fields: Any) -> Spoil:
    return also(texts=[{"kind": kind, "text": said}], **fields)


def transport(*told: tuple[str, str, str], **fields: Any) -> Spoil:
    names = ("carrier", "identifier_kind", "identifier")
    return also(transport=[dict(zip(names, one, strict=True)) for one in told], **fields)


def twice(spoil: Spoil) -> Spoil:
    """The same line twice."""

    def made(case: Case) -> None:
        spoil(case)
        case["lines"] = case["lines"] * 2

    return made


FLIGHT = ("", "flight", "LA8070")
# Code, where it is found, what breaks it, and what comes near and does not.
PAIRS: list[tuple[str, str, Spoil, Spoil]] = [
    ("reference.placeholder", "reference", also(reference="N/A"), also(reference="NA-1")),
    ("persons.many", "persons_arrested", also(persons_arrested=101), also(persons_arrested=100)),
    ("name.too-long", "place.name", also(place__name="x" * 201), also(place__name="x" * 200)),
    (
        "text.repeated",
        "texts[1]",
        also(texts=[{"kind": "concealment", "text": one} for one in ("In a wall.", "In a door.")], concealment="in-transport"),
        also(texts=[{"kind": one, "text": "In a wall."} for one in ("concealment", "modus-operandi")], concealment="in-transport"),
    ),
    ("text.says-nothing", "texts[0].text", text("modus-operandi", " In baggage "), text("modus-operandi", "In baggage, under toys")),
    (
        "list.repeated",
        "detection_means[1]",
        also(detection_means=["detector-dog", "detector-dog"]),
        also(detection_means=["detector-dog", "document-check"]),
    ),
    (
        "override.unfit",
        "texts[0].text",
        text("rule-overrides", "because"),
        text("rule-overrides", "date.too-old date: Found in the archive of the port."),
    ),
    (
        "concealment.untold",
        "concealment",
        text("concealment-place", "A double bottom.", level="FULL"),
        text("concealment-place", "A double bottom."),
    ),
    (
        "place.conveyance-unfit",
        "conveyance",
        also(place__location_type="seaport", conveyance="air"),
        also(place__location_type="seaport", conveyance="vehicle"),
    ),
    (
        "concealment.location-unfit",
        "concealment",
        also(place__location_type="mail-centre", concealment="on-the-person"),
        also(place__location_type="mail-centre", concealment="in-mail"),
    ),
    (
        "concealment.conveyance-unfit",
        "concealment",
        also(conveyance="pedestrian", concealment="in-freight"),
        also(conveyance="pedestrian", concealment="in-baggage"),
    ),
    ("ecommerce.not-sent", "ecommerce", also(ecommerce="yes", concealment="on-the-person"), also(ecommerce="yes", concealment="in-mail")),
    ("place.other-country", "place.country", also(place__country="CO", place__locode=""), also(place__country="ZZ", place__locode="")),
    ("agency.role-unfit", "customs_role", also(agency="customs", customs_role="none"), also(agency="police", customs_role="none")),
    (
        "detection.random-but-prompted",
        "detection_channel",
        also(detection_channel="random-selection", prompted_by="operation:X"),
        also(detection_channel="intelligence", prompted_by="operation:X"),
    ),
    ("prompt.malformed", "prompted_by", also(prompted_by="operation:"), also(prompted_by="operation:X")),
    ("prompt.other-operation", "operation", also(prompted_by="operation:X", operation="Y"), also(prompted_by="operation:X", operation="X")),
    ("kind.cash-untold", "lines", also(kind="offence-undeclared-cash", lines=[]), also(cash(), kind="offence-undeclared-cash")),
    (
        "kind.undervaluation-untold",
        "duty_evaded",
        also(kind="offence-undervaluation"),
        also(kind="offence-undervaluation", duty_evaded=[money(5, "duty-evaded")]),
    ),
    (
        "kind.origin-untold",
        "route",
        also(kind="offence-origin"),
        also(route("import", "origin:CO", "destination:BR"), kind="offence-origin"),
    ),
    (
        "line.without-quantity",
        "lines[0].quantities",
        also(goods("drugs", "cocaine", "cocaine", quantities=[]), kind="attempt"),
        also(drugs(), kind="attempt"),
    ),
    ("quantity.beyond", "lines[0].quantities[0].amount", drugs(kilograms(10**8)), drugs(kilograms(10_000))),
    ("quantity.part-of-piece", "lines[0].quantities[0].amount", drugs(pieces("2.5")), drugs(kilograms("2.5"))),
    ("quantity.measured-twice", "lines[0].quantities[1].unit", drugs(kilograms(1), kilograms(2)), drugs(kilograms(1), pieces(2))),
    (
        "quantity.net-over-gross",
        "lines[0].quantities[1].amount",
        drugs(kilograms(1, "gross"), kilograms(2)),
        drugs(kilograms(2, "gross"), kilograms(2)),
    ),
    (
        "quantity.basis-without-mass",
        "lines[0].quantities[0].weight_basis",
        drugs({**pieces(1), "weight_basis": "net"}),
        drugs({**pieces(1), "weight_basis": ""}),
    ),
    ("value.zero", "lines[0].values[0].amount", drugs(values=[money(0)]), drugs(values=[money("0.01")])),
    ("value.beyond", "lines[0].values[0].amount", drugs(values=[money(10**9 + 1)]), drugs(values=[money(10**9 + 1, currency="IDR")])),
    ("value.stated-twice", "lines[0].values[1]", drugs(values=[money(1), money(2)]), drugs(values=[money(1), money(2, "declared")])),
    ("value.other-basis", "lines[0].values[0].basis", drugs(values=[money(1, "duty-evaded")]), also(duty_evaded=[money(1, "duty-evaded")])),
    ("value.face-of-goods", "lines[0].values[0].basis", drugs(values=[money(1, "face")]), cash(money(100, "face"))),
    ("cash.face-differs", "lines[0].values[0].amount", cash(money(99, "face")), cash(money(99, "market"))),
    ("hs.no-chapter", "lines[0].hs_code", drugs(hs_code="7701"), drugs(hs_code="2939")),
    (
        "hs.other-goods",
        "lines[0].hs_code",
        goods("revenue", "tobacco", "cigarettes", hs_code="2203"),
        goods("revenue", "tobacco", "cigarettes", hs_code="240220"),
    ),
    (
        "attribute.beyond",
        "lines[0].attributes[0].value",
        drugs(attributes=["purity-percent=100.1"]),
        drugs(attributes=["purity-percent=100"]),
    ),
    (
        "attribute.repeated",
        "lines[0].attributes[1].name",
        drugs(attributes=["form=powder", "form=brick"]),
        drugs(attributes=["logo=Star", "logo=Moon"]),
    ),
    ("species.malformed", "lines[0].attributes[0].value", fauna("species=pangolin"), fauna("species=Manis javanica")),
    (
        "species.missing",
        "lines[0].attributes.species",
        also(fauna("cites-appendix=I"), level="FULL"),
        also(fauna("cites-appendix=I", "species=Manis spp."), level="FULL"),
    ),
    ("specimen.live-by-weight", "lines[0].quantities", fauna("specimen=live", quantities=[kilograms(3)]), fauna("specimen=live")),
    (
        "firearm.undescribed",
        "lines[0].attributes.calibre",
        also(pistol("make=unknown"), level="FULL"),
        also(pistol("make=unknown", "calibre=9 mm"), level="FULL"),
    ),
    ("cash.denomination-odd", "lines[0].attributes[0].value", cash(attributes=["denomination=70"]), cash(attributes=["denomination=50"])),
    ("line.repeated", "lines[1]", twice(drugs()), drugs()),
    ("place.coordinates-zero", "place.coordinates", also(place__coordinates=[0.0, 0.0]), also(place__coordinates=[0.0, 9.4])),
    (
        "route.out-of-order",
        "route[1].role",
        route("import", "departure:CO", "origin:PE", "destination:BR"),
        route("import", "origin:PE", "departure:CO", "destination:BR"),
    ),
    (
        "route.role-repeated",
        "route[1].role",
        route("import", "departure:CO", "departure:PE", "destination:BR"),
        route("import", "departure:CO", "transit:PE", "transit:PA", "destination:BR"),
    ),
    (
        "route.stop-repeated",
        "route[2]",
        route("import", "departure:CO", "transit:PA", "transit:PA", "destination:BR"),
        route("import", "departure:CO", "transit:PA", "transit:PA:Colon", "destination:BR"),
    ),
    (
        "route.departure-is-destination",
        "route",
        route("transit", "departure:CO", "transit:BR", "destination:CO"),
        route("transit", "departure:CO", "transit:BR", "destination:PE"),
    ),
    ("direction.import-elsewhere", "route[1].country", route("import", "departure:CO", "destination:PE"), route("import", "departure:CO")),
    (
        "direction.export-from-elsewhere",
        "route[0].country",
        route("export", "departure:CO", "destination:PE"),
        route("export", "origin:CO", "departure:BR", "destination:PE"),
    ),
    (
        "direction.transit-at-home",
        "route[1].country",
        route("transit", "departure:CO", "destination:BR"),
        route("transit", "departure:CO", "destination:ZZ"),
    ),
    (
        "direction.internal-abroad",
        "route[1].country",
        route("internal", "departure:BR", "destination:PE"),
        route("internal", "origin:CO", "departure:BR", "destination:BR"),
    ),
    (
        "transport.unlike-conveyance",
        "transport[0].identifier_kind",
        transport(FLIGHT, conveyance="vehicle"),
        transport(FLIGHT, conveyance="air"),
    ),
    ("transport.empty", "transport[0]", transport(("", "", "")), transport(("A carrier", "", ""))),
    ("transport.repeated", "transport[1]", transport(FLIGHT, FLIGHT), transport(FLIGHT, ("", "flight", "LA8071"))),
]
IDS = [code for code, *_ in PAIRS]


@pytest.mark.parametrize(("code", "field", "spoil"), [pair[:3] for pair in PAIRS], ids=IDS)
def test_a_rule_finds_what_it_is_for(case: Case, lists: CodeLists, today: date, code: str, field: str, spoil: Spoil) -> None:
    spoil(case)
    assert [(one.code, one.field) for one in check(case, lists, today)] == [(code, field)]


@pytest.mark.parametrize("neighbour", [pair[3] for pair in PAIRS], ids=IDS)
def test_the_neighbour_passes(case: Case, lists: CodeLists, today: date, neighbour: Spoil) -> None:
    neighbour(case)
    assert check(case, lists, today) == []


@pytest.mark.parametrize("code", IDS)
def test_a_rule_finds_it_again_after_its_neighbour_was_right(case: Case, lists: CodeLists, today: date, code: str) -> None:
    _, _, spoil, neighbour = next(pair for pair in PAIRS if pair[0] == code)
    before = {name: value for name, value in case.items() if name != "place"}
    place = dict(case["place"])
    for _ in range(2):
        neighbour(case)
        assert check(case, lists, today) == []
        case |= before
        case["place"] = dict(place)
        spoil(case)
        assert [one.code for one in check(case, lists, today)] == [code]
        case |= before
        case["place"] = dict(place)


def test_every_rule_has_a_case_that_breaks_it(older_codes: frozenset[str]) -> None:
    asked = {rule.code for rule in RULES if STORE not in rule.when}
    assert asked == set(IDS) | older_codes
    assert len(BY_CODE) == len(RULES)


@pytest.fixture
def older_codes() -> frozenset[str]:
    """What test_rules breaks, one thing at a time."""
    return frozenset(
        [
            "field.missing",
            "field.not-applicable",
            "reference.malformed",
            "number.unfit",
            "text.too-long",
            "picture.malformed",
            "nominal.content",
            "date.future",
            "date.before-1990",
            "date.too-old",
            "time.malformed",
            "code.unknown",
            "code.mismatch",
            "quantity.not-positive",
            "unit.does-not-measure",
            "quantity.wrong-conversion",
            "value.negative",
            "hs.malformed",
            "attribute.unfit",
            "place.not-in-country",
            "place.coordinates",
            "route.home-to-home",
            "place.airport-with-vessel",
            "transport.identifier-unfit",
        ]
    )
