"""The account of a run: what each office got, refused and sent, how long each hop took, and whether every row is accounted for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from demo.books import Books
from demo.chains import broken_links
from demo.counters import decided
from demo.offices import SIX
from liaison.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from demo.federation import Federation
    from demo.offices import Office

WAITING: Final = ("submitted", "in-review")
COUNTED: Final = ("validated", "returned", "declined")


@dataclass(frozen=True, slots=True)
class Sum:
    """One thing that must add up: `parts` to `whole`."""

    what: str
    whole: int
    parts: dict[str, int]

    @property
    def holds(self) -> bool:
        """Whether they do."""
        return self.whole == sum(self.parts.values())

    def record(self) -> dict[str, Any]:
        """As the report has it."""
        return {"what": self.what, "whole": self.whole, "parts": self.parts, "holds": self.holds}


@dataclass
class Account:
    """Everything the report says: numbers by node, sums, what happened step by step with its seconds."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    hops: list[dict[str, Any]] = field(default_factory=list)
    broken_chains: list[str] = field(default_factory=list)
    steps: list[dict[str, Any]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every sum does, and every stored chain is whole."""
        return all(one.holds for one in self.sums) and not self.broken_chains

    def record(self) -> dict[str, Any]:
        """The whole report."""
        sums = [one.record() for one in self.sums]
        rest = {"broken_chains": self.broken_chains, "nodes": self.nodes, "hops": self.hops, "steps": self.steps}
        return {"holds": self.holds, "sums": sums, **rest}

    def write(self, path: Path) -> None:
        """The report as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.record(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def take_account(federation: Federation, intake: Iterable[Mapping[str, int]] = ()) -> Account:
    """Read every node's database and metrics. `intake`: per imported file its rows, imported and rejected."""
    books = {node: Books(node, federation.url(node)) for node in federation.nodes}
    try:
        account = Account()
        for office in federation.offices:
            account.nodes[office.node] = _node(federation, books[office.node])
            account.hops += _hops(books[office.node])
            account.broken_chains += [f"{office.node}: {link}" for link in broken_links(books[office.node])]
        account.sums = [_rows(number, file) for number, file in enumerate(intake, 1)]
        account.sums += _sums(federation.offices, books)
        return account
    finally:
        for one in books.values():
            one.close()


def _node(federation: Federation, books: Books) -> dict[str, Any]:
    flows = books.flows()
    outcomes = decided(federation.metrics_port(books.node))
    return {
        "cases": dict(sorted(books.states().items())),
        "got": [_flow(flow) for flow in flows if not flow["own"] and flow["outcome"] == "accept"],
        "sent": [_flow(flow) for flow in flows if flow["own"]],
        "batches": {_named(outcome, check): count for (outcome, check), count in sorted(outcomes.items())},
        "refused": sum(count for (outcome, _), count in outcomes.items() if outcome in ("reject", "refuse")),
        **books.put_aside(),
    }


def _flow(flow: Mapping[str, Any]) -> dict[str, Any]:
    return {name: flow[name] for name in ("issuer", "topic", "batches", "events")}


def _named(outcome: str, check: str) -> str:
    return f"{outcome} (check {check})" if check else outcome


def _hops(books: Books) -> list[dict[str, Any]]:
    found = []
    for (issuer, topic), times in sorted(books.hops().items()):
        times.sort()
        figures = {"events": len(times), "p50_ms": times[(len(times) - 1) // 2], "max_ms": times[-1]}
        found.append({"from": issuer, "to": books.node, "topic": topic, **figures})
    return found


def _rows(number: int, file: Mapping[str, int]) -> Sum:
    parts = {name: count for name, count in file.items() if name != "rows"}
    return Sum(f"rows of file {number}", file["rows"], parts)


def _sums(offices: Iterable[Office], books: Mapping[str, Books]) -> list[Sum]:
    """Per contact point what it submitted, as it knows and as its office knows; per office and at the hub what was validated."""
    sums: list[Sum] = []
    validated: dict[str, int] = {}
    for office in offices:
        if office.kind != "ncp":
            continue
        at_home, at_office = books[office.node].newest(office.country), books[office.office].newest(office.country)
        submitted = sum(at_home.values())
        for where, states in ((office.node, at_home), (office.office, at_office)):
            parts = {name: states[name] for name in COUNTED} | {"waiting": sum(states[name] for name in WAITING)}
            parts |= {name: count for name, count in states.items() if name not in (*COUNTED, *WAITING)}
            sums.append(Sum(f"cases submitted by {office.node}, as {where} has them", submitted, parts))
        validated[office.node] = books[office.office].states(office.country)["validated"]
    offices_only = [office.node for office in offices if office.kind != "ncp"]
    return sums + [Sum(f"validated cases at {node}", books[node].states()["validated"], validated) for node in offices_only]


def show(account: Account, terminal: Terminal | None = None) -> None:
    """Print the account for a person."""
    terminal = terminal or Terminal()
    columns = ["office", "cases it holds", "events got", "events sent", "batches refused", "put aside"]
    terminal.table("What each office got, refused and sent", list(_office_rows(account)), columns)
    if any(row["batches refused"] != "none" for row in _office_rows(account)):
        terminal.say("Refused is what the demonstration itself spoiled; docs/protocol.md says what each check is for.")
    title = "How long each hop took: from queued at the issuer to taken in at the receiver"
    terminal.table(title, [_hop_row(hop) for hop in account.hops], ["from", "to", "topic", "events", "median", "longest"])
    terminal.say("Whether everything is accounted for:")
    for one in account.sums:
        told = " + ".join(f"{count:,} {name}" for name, count in one.parts.items() if count) or "nothing"
        terminal.say(f"  {one.what}: {one.whole:,} = {told}: {'agrees' if one.holds else 'DOES NOT AGREE'}")
    told = f"{len(account.broken_chains)} BROKEN" if account.broken_chains else "all whole"
    terminal.say(f"  chains of signed batches, walked at every office from first to last: {told}")


def _office_rows(account: Account) -> Iterable[dict[str, str]]:
    order = [office.node for office in SIX]
    for node in sorted(account.nodes, key=lambda name: order.index(name) if name in order else len(order)):
        one = account.nodes[node]
        yield {
            "office": node,
            "cases it holds": ", ".join(f"{count:,} {state}" for state, count in one["cases"].items()) or "none",
            "events got": f"{sum(flow['events'] for flow in one['got']):,}",
            "events sent": f"{sum(flow['events'] for flow in one['sent']):,}",
            "batches refused": ", ".join(f"{count} at {_check(name)}" for name, count in one["batches"].items() if _is_refusal(name))
            or "none",
            "put aside": ", ".join(f"{one[name]} {name.replace('_', ' ')}" for name in _ASIDE if one[name]) or "nothing",
        }


_ASIDE: Final = ("quarantine", "held", "gaps", "forks", "refused_by_others", "could_not_leave")


def _is_refusal(outcome: str) -> bool:
    return outcome.startswith(("reject", "refuse"))


def _check(outcome: str) -> str:
    """`reject (check 7)` as `check 7`."""
    return outcome.partition("(")[2].rstrip(")") or outcome


def _hop_row(hop: Mapping[str, Any]) -> dict[str, str]:
    numbers = {"events": f"{hop['events']:,}", "median": f"{hop['p50_ms']:,} ms", "longest": f"{hop['max_ms']:,} ms"}
    return {"from": hop["from"], "to": hop["to"], "topic": hop["topic"], **numbers}
