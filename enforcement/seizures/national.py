"""National nominal fields: beside the case, encrypted at rest, never in an outgoing event; and what an outgoing event is compared with.

One sealed row a case. It opens only with this node's vault and only as the row of its case. Decision 15 says where the key is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, select

from enforcement.seizures.keyed import ANSWERED
from enforcement.seizures.nominal.comparing import KINDS, read, stands_in
from enforcement.seizures.nominal.reasons import fields_told
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from sqlalchemy import MetaData

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

MOST_VALUES: Final = 200  # of one case
MOST_CHARACTERS: Final = 400  # of one value
NAMED: Final = 5  # fields that a sentence names
_MEMO: Final = "national values are kept"
_UNREADABLE: Final = "the national values of this case cannot be read"


class NationalValueUnfit(LiaisonError):  # noqa: N818 - named for the state
    """The value cannot be kept as given."""

    code = "national.value-unfit"
    next_step = f"Kinds are: {', '.join(KINDS)}. A value has 2 to {MOST_CHARACTERS} characters; a case has at most {MOST_VALUES}."


class NoNationalValues(LiaisonError):  # noqa: N818 - named for the state
    """No national values are kept for this case, or not this one."""

    code = "national.none"
    next_step = "See `liaison seizures national show REFERENCE`."


class OtherVaultKey(LiaisonError):  # noqa: N818 - named for the state
    """National values here were encrypted with another key than this node has now."""

    code = "national.other-key"
    next_step = "Put the file keys/vault.pem back that belongs to this database, from where keys are kept apart from backups."


class NationalValue(NamedTuple):
    """One value, of one of the KINDS; its text never leaves the node."""

    kind: str
    value: str

    def __repr__(self) -> str:
        return f"NationalValue({self.kind}, ...)"  # a traceback or log shows no value


@dataclass(frozen=True, slots=True)
class NationalTables:
    """The sealed values, a row a case."""

    values: Table


def national_tables(metadata: MetaData) -> NationalTables:
    """Declare the table in this MetaData."""
    return NationalTables(
        Table(
            "seizure_national",
            metadata,
            Column("administration", String(2), primary_key=True),
            Column("reference", String(64), primary_key=True),
            Column("key_id", String(32), nullable=False),
            Column("sealed", LargeBinary, nullable=False),
            Column("changed_at", BigInteger, nullable=False),
        )
    )


def _about(tx: UnitOfWork, key: CaseKey) -> bytes:
    return "\0".join(("seizure_national", tx.node, *key)).encode()


def national_values(tx: UnitOfWork, key: CaseKey) -> list[NationalValue]:
    """The values kept for a case. Raises OtherVaultKey, and a LiaisonError for a key file that is missing or does not open."""
    row = _row(tx, key)
    if row is None:
        return []
    vault = tx.around.kept.vault
    if row["key_id"] != vault.key_id():
        raise OtherVaultKey
    return [NationalValue(*pair) for pair in json.loads(vault.open(bytes(row["sealed"]), _about(tx, key)))]


def _row(tx: UnitOfWork, key: CaseKey) -> Any:  # noqa: ANN401 - a row or None
    values = tx.of(NationalTables).values
    if not tx.memo.get(_MEMO):  # most nodes keep none for most cases: one question a transaction is enough to know
        if tx.memo.get(_MEMO) is None:
            tx.memo[_MEMO] = tx.one(select(values.c.reference).limit(1)) is not None
        if not tx.memo[_MEMO]:
            return None
    return tx.one(select(values).where(values.c.administration == key[0], values.c.reference == key[1]))


def add_national(tx: UnitOfWork, key: CaseKey, added: Iterable[NationalValue]) -> list[NationalValue]:
    """Keep more values for a case; all of them. Raises NationalValueUnfit, and as `national_values`."""
    cleaned = [NationalValue(one.kind, " ".join(one.value.split())) for one in added]
    for one in cleaned:
        if one.kind not in KINDS or not 1 < len(one.value) <= MOST_CHARACTERS:
            raise NationalValueUnfit(phrase("A value of kind {kind!r} cannot be kept as given.", kind=one.kind))
    kept = list(dict.fromkeys([*national_values(tx, key), *cleaned]))
    if len(kept) > MOST_VALUES:
        raise NationalValueUnfit(phrase("{reference} would have {number} values.", reference=key[1], number=len(kept)))
    _keep(tx, key, kept)
    return kept


def remove_national(tx: UnitOfWork, key: CaseKey, number: int = 0) -> list[NationalValue]:
    """Forget one value of a case (by its place from 1), or all of them; what is left. Raises NoNationalValues.

    To forget all, the key is not needed: values that no longer open can be forgotten too.
    """
    values = tx.of(NationalTables).values
    if _row(tx, key) is None:
        raise NoNationalValues(phrase("No national values are kept for {reference}.", reference=key[1]))
    kept = national_values(tx, key) if number else []
    if number:
        if not 1 <= number <= len(kept):
            raise NoNationalValues(phrase("{reference} has {number} national values.", reference=key[1], number=len(kept)))
        del kept[number - 1]
    if kept:
        _keep(tx, key, kept)
    else:
        tx.execute(values.delete().where(values.c.administration == key[0], values.c.reference == key[1]))
    return kept


def _keep(tx: UnitOfWork, key: CaseKey, kept: Sequence[NationalValue]) -> None:
    vault, values = tx.around.kept.vault, tx.of(NationalTables).values
    if tx.one(select(values.c.reference).limit(1)) is None:
        vault.ready()  # with rows there, a missing key is a loss to be told, not a reason to make another
    sealed = vault.seal(json.dumps(kept).encode(), _about(tx, key))
    row = {"administration": key[0], "reference": key[1], "key_id": vault.key_id(), "sealed": sealed, "changed_at": tx.now_ms}
    tx.put(values, row)
    tx.flush()
    tx.memo[_MEMO] = True


def spelt_out(payload: Any, path: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any value of a payload
    """(field path, text) of every text in a payload, however deep: codes too, because anything can be typed into them."""
    if isinstance(payload, str):
        if payload:
            yield path, payload
    elif isinstance(payload, dict):
        for name, value in payload.items():
            yield from spelt_out(value, f"{path}.{name}" if path else name)
    elif isinstance(payload, list | tuple):
        for number, value in enumerate(payload):
            yield from spelt_out(value, f"{path}[{number}]")


def told_in(payload: Mapping[str, Any], values: Sequence[NationalValue]) -> list[tuple[str, str]]:
    """(field path, what it is) for every text of a payload that holds one of the values; never the value."""
    found: dict[tuple[str, str], None] = {}
    for path, text in spelt_out(payload):
        reading = read(text)
        for one in values:
            if stands_in(one.kind, one.value, reading):
                found[path, KINDS[one.kind]] = None
    return list(found)


def _guard(tx: UnitOfWork, payload: Mapping[str, Any], keys: Iterable[CaseKey]) -> str:
    try:
        values = [value for key in keys for value in national_values(tx, key)]
    except LiaisonError as error:  # not to know what must not leave is a reason to let nothing leave
        return f"{_UNREADABLE} ({error.code}). {error.next_step}"
    if not values:
        return ""
    return fields_told(told_in(payload, values)[:NAMED])


def guard_case(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """Why a report must not leave: field and reason, or nothing."""
    case = payload["case"]
    return _guard(tx, case, [(case["administration"], case["reference"])])


def guard_withdrawal(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for a withdrawal, and for the reason why a correction is declined."""
    return _guard(tx, payload, [(payload["administration"], payload["reference"])])


def guard_feedback(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for feedback that names a case."""
    return _guard(tx, payload, [(payload["case_administration"], payload["case_reference"])])


def guard_product(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for a product, by the cases it cites."""
    return _guard(tx, payload, [(cited["administration"], cited["reference"]) for cited in payload["cited_records"]])


def guard_duplicate(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for the reason why two cases are not one, by the values of both."""
    return _guard(tx, payload, [(case["administration"], case["reference"]) for case in payload["cases"]])


def guard_lead(tx: UnitOfWork, payload: Mapping[str, Any]) -> str:
    """The same for a lead, by the own case that it names."""
    return _guard(tx, payload, [(tx.me.country, payload["own_reference"])])


NATIONAL_GUARDS: Final = {
    "RouteLeadGiven": guard_lead,
    "SeizureReported": guard_case,
    "CaseWithdrawn": guard_withdrawal,
    ANSWERED: guard_withdrawal,
    "CorrectionDeclined": guard_withdrawal,
    "DuplicateDeclined": guard_duplicate,
    "FeedbackGiven": guard_feedback,
    "ProductReleased": guard_product,
}
