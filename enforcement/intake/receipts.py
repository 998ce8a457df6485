"""Receipts: what was reported, under which signature, how it stands, on paper; and whether a sheet of paper is a receipt of this node."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from enforcement.codelists.model import CodeLists
from enforcement.intake import receipt_words as words
from enforcement.intake.targets import TARGETS, list_of
from enforcement.intake.template_words import COLUMNS, said
from enforcement.seizures.fields import filled
from enforcement.seizures.history import history
from enforcement.seizures.keyed import REPORTS
from enforcement.seizures.queries import CaseFile, UnknownCase, case_file
from liaison.console.printing import pdf
from liaison.console.words import amount_told, day_told
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from enforcement.seizures.history import Entry
    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

LAYOUT: Final = ("enforcement.intake", "receipt.typ")
DIGITS: Final = 32  # of a fingerprint, in groups of four
_DOMAIN: Final = b"liaison receipt 1\x00"
_ROUTE: Final = "route."
NOT_TOLD: Final = frozenset({"administration", "reference", "version"})
_PLACE: Final = re.compile(r"\[(\d+)\]")
_WHEN: Final = "%Y-%m-%d %H:%M:%S"


class NotSigned(LiaisonError):  # noqa: N818 - named for the state
    """There is no receipt of what is not signed."""

    code = "receipt.not-signed"
    next_step = "Submit it, and see `liaison status` until nothing waits to leave."


class ReceiptUnknown(LiaisonError):  # noqa: N818 - named for the state
    """No version of this case has this fingerprint."""

    code = "receipt.unknown"
    next_step = "Read the fingerprint again. If it is as printed, the sheet was not made from what this node signed."


@dataclass(frozen=True, slots=True)
class Receipt:
    """One reported version: its place in the signed records, its fingerprint, everything known of its case."""

    case: CaseFile
    report: Entry
    entries: Sequence[Entry]
    fingerprint: str

    @property
    def state(self) -> Mapping[str, Any]:
        """The version as lists show it."""
        return next(one for one in self.case.versions if one["version"] == self.case.shown)

    def record(self) -> dict[str, Any]:
        """As JSON shows it."""
        told = {"administration": self.case.key[0], "reference": self.case.key[1], "version": self.case.shown}
        signed = {"event_id": self.report.event_id.hex(), "header": self.report.facts["header"], "key_id": self.report.facts["key_id"]}
        return {**told, "fingerprint": self.fingerprint, "reported_at": self.report.at, "state": self.state["state"], **signed}


def receipt_of(tx: UnitOfWork, key: CaseKey, version: int = 0) -> Receipt:
    """The receipt of a version, 0 for the newest that is signed. Every signature is checked again. Raises UnknownCase, NotSigned."""
    entries = history(tx, key)
    reports = {one.version: one for one in entries if one.verified and one.facts.get("type") in REPORTS}
    chosen = version or max(reports, default=0)
    if version and not any(one["version"] == version for one in case_file(tx, key).versions):
        raise UnknownCase(
            phrase(
                "This node holds no version {version} of {administration} {reference}.",
                version=version,
                administration=key[0],
                reference=key[1],
            )
        )
    if chosen not in reports:
        raise NotSigned(
            phrase("{reference} version {version} is not signed.", reference=key[1], version=version)
            if version
            else phrase("{reference} is not signed.", reference=key[1])
        )
    return Receipt(case_file(tx, key, chosen), reports[chosen], entries, _fingerprint(tx, reports[chosen]))


def check(tx: UnitOfWork, key: CaseKey, told: str) -> Receipt:
    """The receipt that a fingerprint belongs to, as it would be printed now. Raises ReceiptUnknown, UnknownCase."""
    wanted = _grouped("".join(told.lower().split()).replace("-", ""))
    for one in case_file(tx, key).versions:
        try:
            found = receipt_of(tx, key, one["version"])
        except NotSigned:
            continue
        if compare_digest(found.fingerprint.encode(), wanted.encode()):
            return found
    raise ReceiptUnknown(
        phrase(
            "No version of {administration} {reference} has the fingerprint {told}.",
            administration=key[0],
            reference=key[1],
            told=told[:60],
        )
    )


def _fingerprint(tx: UnitOfWork, report: Entry) -> str:
    """Of what was said and where it stands in the signed records: nobody can make another report with the same one."""
    event = report.proof.event if report.proof is not None else None
    assert event is not None  # noqa: S101 - a verified entry has its event
    content = tx.around.reader.schemas.writer(event.type).encode(event.payload)
    digest = sha256(_DOMAIN + event.event_id + bytes.fromhex(report.facts["header"]) + sha256(content).digest())
    return _grouped(digest.hexdigest()[:DIGITS])


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


# --- on paper ---------------------------------------------------------------------------------------------------------------


def receipt_pdf(tx: UnitOfWork, receipt: Receipt, language: str) -> bytes:
    """The receipt as a PDF."""
    return pdf(LAYOUT, receipt_data(receipt, tx.of(CodeLists), language, (tx.node, tx.now)), tx.now)


def receipt_data(receipt: Receipt, lists: CodeLists, language: str, made: tuple[str, datetime]) -> dict[str, Any]:
    """What the layout prints: every word of it. `made`: by which node, when."""
    administration, reference = receipt.case.key
    return {
        "language": language,
        "title": said(words.TITLE, language),
        "case": f"{lists.label('countries', administration, language)} · {reference}",
        "footer": said(words.FOOTER, language).format(node=made[0], at=f"{made[1]:{_WHEN}}Z"),
        "head": _head(receipt, language),
        "fingerprint": {
            "label": said(words.FINGERPRINT, language),
            "value": receipt.fingerprint,
            "notes": [said(one, language) for one in words.NOTES],
            "commands": [
                f'liaison seizures receipt {reference} --check "{receipt.fingerprint}"',
                f"liaison verify {receipt.report.event_id.hex()}",
            ],
        },
        "groups": _groups(receipt.case.payload, lists, language),
        "signed": {"title": said(words.SIGNED, language), "entries": [_entry(one, language) for one in receipt.entries]},
    }


def _head(receipt: Receipt, language: str) -> list[dict[str, str]]:
    state = receipt.state
    rows = {
        "version": str(receipt.case.shown),
        "reported": f"{receipt.report.at:{_WHEN}}",
        "state": said(words.STATES[state["state"]], language) if state["state"] in words.STATES else state["state"],
        "since": f"{state['decided_at']:{_WHEN}}" if state["decided_at"] else "",
        "office": state["decided_by"],
        "remarks": "; ".join(f"{one['code']}: {one['text']}" for one in state["reasons"]),
    }
    return [{"label": said(words.HEAD[name], language), "value": value} for name, value in rows.items() if value]


def _entry(entry: Entry, language: str) -> dict[str, Any]:
    facts, of = entry.facts, f", {said(words.VERSION, language).format(number=entry.version)}" if entry.version else ""
    told = {
        "event": entry.event_id.hex(),
        "place": f"{facts['sequence']} · {facts['topic']}" if "topic" in facts else "",
        "header": str(facts.get("header", "")),
        "key": str(facts.get("key_id", "")),
    }
    holds = {"label": said(words.RECORD["holds"], language), "value": said(words.HOLDS if entry.verified else words.NOT_HERE, language)}
    return {
        "what": (said(words.WHAT[entry.what], language) if entry.what in words.WHAT else entry.what) + of,
        "at": f"{entry.at:{_WHEN}}Z",
        "by": entry.issuer,
        "rows": [
            *({"label": said(words.RECORD[one], language), "value": value, "mono": True} for one, value in told.items() if value),
            holds,
        ],
    }


def _groups(case: Mapping[str, Any], lists: CodeLists, language: str) -> list[dict[str, Any]]:
    return [
        {"title": title, "rows": [{"label": one["label"], "value": one["value"]} for one in rows]}
        for title, rows in in_words(case, lists, language).items()
    ]


def in_words(case: Mapping[str, Any], lists: CodeLists, language: str, *, codes: bool = True) -> dict[str, list[dict[str, str]]]:
    """Heading -> every filled field under it, in words where there are some: {path, label, value}. `codes`: the code behind its words, and
    days and amounts as they are kept.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for path, value in filled(case):
        heading, target = where_told(path, case) if path not in NOT_TOLD else ("", "")
        if target:
            number = int(_PLACE.findall(path)[0]) + 1 if heading == "GOODS" else 0
            title = said(getattr(words, heading), language).format(number=number)
            shown = value_told(target, value, lists, language, codes=codes)
            told = {"path": path, "label": label_of(target, lists, language), "value": shown}
            found.setdefault(title, []).append(told)
    return found


def where_told(path: str, case: Mapping[str, Any]) -> tuple[str, str]:
    """Under which heading a field stands and which field it is; an empty one for what is told with another."""
    numbers, plain = [int(one) for one in _PLACE.findall(path)], _PLACE.sub("", path)
    if plain.startswith("texts."):
        return "TEXTS", f"text.{case['texts'][numbers[0]]['kind']}" if plain == "texts.text" else ""
    if plain.startswith("route."):
        role = case["route"][numbers[0]]["role"]
        return "ROUTE", "" if plain == "route.role" else f"route.{role}" + ("" if plain == "route.country" else f".{plain.split('.')[1]}")
    if plain.startswith("lines.attributes."):
        name = case["lines"][numbers[0]]["attributes"][numbers[1]]["name"]
        return "GOODS", f"line.attribute.{name}" if plain.endswith(".value") else ""
    if plain.startswith("lines."):
        return "GOODS", "line." + plain.removeprefix("lines.").replace("quantities.", "quantity.")
    return "CASE", plain


def label_of(target: str, lists: CodeLists, language: str) -> str:
    """What a field is called."""
    if target in COLUMNS:
        return said(COLUMNS[target][0], language)
    if target in words.FIELDS:
        return said(words.FIELDS[target], language)
    if target.startswith(_ROUTE):
        stop, _, part = target.removeprefix(_ROUTE).partition(".")
        return f"{label_of(f'{_ROUTE}{stop}', lists, language)} · {said(COLUMNS[f'place.{part}'][0], language)}" if part else target
    for prefix, name in (("line.attribute.", "attributes"), ("text.", "text-kinds")):
        if target.startswith(prefix):
            return lists.label(name, target.removeprefix(prefix), language)
    return target


def value_told(target: str, value: str, lists: CodeLists, language: str, *, codes: bool = True) -> str:
    """A code with what it is called, or, to be read only (no `codes`), by that alone, days and amounts as the language writes them."""
    name = list_told(target, lists)
    if not name:
        return value if codes else _read(target, value, language)
    return ", ".join(_coded(name, one, lists, language) if codes else lists.label(name, one, language) for one in value.split(", "))


def _read(target: str, value: str, language: str) -> str:
    if target == "date":
        return day_told(value, language)
    return amount_told(value, language) if target.endswith("amount") else value


def list_told(target: str, lists: CodeLists) -> str:
    """The code list that a field's values are from; empty for a text, a date or an amount."""
    known = target in TARGETS or (target.startswith(_ROUTE) and target.count(".") == 1) or target.startswith("line.attribute.")
    return words.FIELD_LISTS.get(target) or (list_of(target, lists) if known else "")


def _coded(name: str, code: str, lists: CodeLists, language: str) -> str:
    label = lists.label(name, code, language) if code in lists.lists[name] else code
    return label if label == code else f"{label} ({code})"
