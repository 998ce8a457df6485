"""Releasing: who a case of this contact point is for. A draft takes the choice; what was sent goes again, as its next version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from enforcement.seizures.errors import HistoricalCase
from enforcement.seizures.ports import ensure_own_port, note_draft
from enforcement.seizures.queries import UnknownCase, payload_of
from enforcement.seizures.releases import checked, keep_release
from enforcement.seizures.states import DRAFT, HISTORICAL, WITHDRAWN
from enforcement.seizures.store import Standing, add_version, forget, known_versions
from liaison.protocol.errors import phrase
from services.ncp_gateway.reporting import NothingToAmend, draft_of, stored
from services.ncp_gateway.submitting import Submitted, submit_draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from enforcement.seizures.store import CaseKey
    from liaison.access.desk import Desk

ACTION: Final = "seizures.release"


def release_case(desk: Desk, key: CaseKey, choice: str, named: Sequence[str] = ()) -> Submitted:
    """Choose who a case is for. A case that was sent is sealed and sent again for those who are members now: who was left out
    receives nothing new, and who is new receives it. Raises UnknownCase, NothingToAmend, HistoricalCase, BadRelease, NotPermitted.
    """
    with desk.acting(ACTION, key[1], choice=choice, named=sorted(named)) as tx:
        known = sorted(known_versions(tx, key), key=lambda row: row["version"])
        if not known:
            raise UnknownCase(phrase("This node holds no case {reference}.", reference=key[1]))
        newest = known[-1]
        if newest["state"] == WITHDRAWN:
            raise NothingToAmend(phrase("{reference} is withdrawn.", reference=key[1]))
        if newest["state"] == HISTORICAL:
            raise HistoricalCase(phrase("{reference} is a historical record: nobody is told of it.", reference=key[1]))
        ensure_own_port(tx, key)
        release = checked(tx, choice, named)
        if newest["state"] == DRAFT:
            keep_release(tx, key, newest["version"], release)
            return Submitted(key, newest["version"])
        case = {**payload_of(tx, newest), "version": newest["version"] + 1}
        add_version(tx, case, Standing(DRAFT, tx.node, payload=stored(tx, case)))
        note_draft(tx, key, case["version"], replaced=False)
        forget(tx, key)
        keep_release(tx, key, case["version"], release)
        return submit_draft(tx, draft_of(tx, key))
