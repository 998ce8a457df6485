"""Of which cases an event speaks: what the label of a proof file is compared with (`NodeSpec.subjects`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from enforcement.seizures.passed import passed_cases

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from liaison.protocol.codec import Schemas
    from liaison.protocol.events import VerifiedEvent


def cases_named(event: VerifiedEvent, schemas: Schemas) -> Iterator[dict[str, str]]:
    """The cases that an event speaks of, each as the label of a proof; for whoever checks a file."""
    for case in _TOGETHER.get(event.type, _plain)(event.payload, schemas):
        if isinstance(case.get("administration"), str) and isinstance(case.get("reference"), str):
            yield {name: case[name] for name in ("administration", "reference")}


def _plain(payload: Mapping[str, Any], _schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    """One case, or the two of a link."""
    yield payload.get("case", payload)
    yield from payload.get("cases", ())


def _verified(payload: Mapping[str, Any], schemas: Schemas) -> Iterator[Mapping[str, Any]]:
    """The reports' own bytes; each is checked by itself where it stands in the file."""
    for one in payload["evidence"]["events"]:
        envelope = schemas.writer("Event").decode(one["event"])
        if (schema := schemas.reader(envelope["schema"])) is not None:
            yield schema.decode(envelope["payload"])["case"]


_TOGETHER: Final[Mapping[str, Callable[[Mapping[str, Any], Schemas], Iterator[Mapping[str, Any]]]]] = {
    "CasesPassed": lambda payload, _schemas: passed_cases(payload),
    "CasesVerified": _verified,
}
