"""What keeps a draft that was keyed from paper back: a difference that a second officer found, or no comparison (decision 39)."""

from __future__ import annotations

import copy
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import or_, select

from enforcement.codelists.model import CodeLists
from enforcement.intake.papers import MOST_WORDS, PaperTables, PaperUnfit, SamePerson, paper_of, paper_record, paper_row
from enforcement.seizures.correcting import difference
from enforcement.seizures.fields import set_fields
from enforcement.seizures.queries import payload_of
from enforcement.seizures.store import known_versions
from liaison.protocol.errors import LiaisonError, phrase

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import RowMapping

    from enforcement.seizures.store import CaseKey
    from liaison.node.work import UnitOfWork

_ANY: Final = "a sheet of paper keeps a draft back"


class PaperDiffers(LiaisonError):  # noqa: N818 - named for the state
    """The second officer reads something else on the sheet than the draft says, so the draft is not submitted."""

    code = "paper.differs"
    next_step = (
        "Look at the sheet. Correct the draft and submit it; or `liaison seizures paper settle REFERENCE --reason ...`, "
        "which is not for who keyed it."
    )


class PaperNotCompared(LiaisonError):  # noqa: N818 - named for the state
    """Nobody has compared the draft with its sheet, and it was noted that somebody must."""

    code = "paper.not-compared"
    next_step = "Let another officer say `liaison seizures paper compare REFERENCE`; or note the sheet again without --must-compare."


class NothingToSettle(LiaisonError):  # noqa: N818 - named for the state
    """No difference is noted for this sheet."""

    code = "paper.nothing-to-settle"
    next_step = "See `liaison seizures paper show REFERENCE`."


def note_difference(tx: UnitOfWork, key: CaseKey, case: Mapping[str, Any], reads: Sequence[tuple[str, str]], words: str) -> list[Any]:
    """Compare the case with what another officer reads on its sheet: (field path, value as text) each, and `words` for the rest. What
    differs, {field, old, new}; nothing: the case says what the sheet says.

    Raises NoPaper, SamePerson, PaperUnfit, FieldUnknown, FieldFixed, FieldValueUnfit.
    """
    found = paper_of(tx, key)
    if found["keyed_by"] == tx.author:
        raise SamePerson(phrase("{author} keyed the sheet {number} of {key}.", author=tx.author, number=found["number"], key=key[1]))
    told = difference(case, _read(tx, case, reads)) if reads else []
    if len(words) > MOST_WORDS or not words.isprintable():
        raise PaperUnfit(phrase("The difference has {count} characters, or signs that cannot be printed.", count=len(words)))
    differs = bool(told or words)
    row = {"compared_by": tx.author, "compared_at": 0 if differs else tx.now_ms, "settled_by": "", "settled_reason": ""}
    row |= {"differs": json.dumps({"reads": [list(one) for one in reads], "words": words}) if differs else ""}
    tx.change(tx.of(PaperTables).papers, {"administration": key[0], "reference": key[1], **row})
    tx.flush()
    return told


def _read(tx: UnitOfWork, case: Mapping[str, Any], reads: Sequence[tuple[str, str]]) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(dict(case))
    set_fields(made, reads, tx.of(CodeLists))
    return made


def settle_difference(tx: UnitOfWork, key: CaseKey, reason: str) -> dict[str, Any]:
    """Let the draft stand as it is, for this reason; not by who keyed it. Raises NoPaper, NothingToSettle, SamePerson, PaperUnfit."""
    found = paper_of(tx, key)
    if not found["differs"] or found["settled_by"]:
        raise NothingToSettle(phrase("No difference of {key} waits to be settled.", key=key[1]))
    if found["keyed_by"] == tx.author:
        raise SamePerson(phrase("{author} keyed the sheet {number} of {key}.", author=tx.author, number=found["number"], key=key[1]))
    words = " ".join(reason.split())
    if not 1 <= len(words) <= MOST_WORDS or not words.isprintable():
        raise PaperUnfit(phrase("A reason has 1 to {most_words} characters.", most_words=MOST_WORDS))
    tx.change(tx.of(PaperTables).papers, {"administration": key[0], "reference": key[1], "settled_by": tx.author, "settled_reason": words})
    tx.flush()
    return paper_of(tx, key)


def ensure_compared(tx: UnitOfWork, key: CaseKey, case: Callable[[], Mapping[str, Any]]) -> None:
    """Raise PaperDiffers, PaperNotCompared for a draft that its sheet keeps back. A draft that was corrected to what the second officer
    read has no difference any more. `case` reads the draft. Costs one question a transaction where no sheet keeps anything back.
    """
    papers = tx.of(PaperTables).papers
    if tx.memo.get(_ANY) is None:
        open_ones = or_(papers.c.differs != "", papers.c.must_compare == 1) & (papers.c.compared_at == 0) & (papers.c.settled_by == "")
        tx.memo[_ANY] = tx.one(select(papers.c.reference).where(open_ones).limit(1)) is not None
    if not tx.memo[_ANY]:
        return
    row = paper_row(tx, key)
    if row is None or row["compared_at"] or row["settled_by"]:
        return
    if row["differs"]:
        _ensure_alike(tx, row, case())
    elif row["must_compare"]:
        raise PaperNotCompared(phrase("The sheet {number} of {key} was not compared.", number=row["number"], key=key[1]))


def waiting_papers(tx: UnitOfWork, *, limit: int) -> list[dict[str, Any]]:
    """The sheets that nobody has compared, or with a difference that stands, last keyed first: neither what was settled nor what was
    corrected to what the second officer read.
    """
    papers = tx.of(PaperTables).papers
    query = (
        select(papers).where(papers.c.compared_at == 0, papers.c.settled_by == "").order_by(papers.c.keyed_at.desc(), papers.c.reference)
    )
    return [paper_record(row) for row in islice((row for row in tx.rows(query) if not _corrected(tx, row)), limit)]


def _corrected(tx: UnitOfWork, row: RowMapping) -> bool:
    if not row["differs"]:
        return False
    newest = max(known_versions(tx, (row["administration"], row["reference"])), key=lambda one: int(one["version"]), default=None)
    try:
        if newest is None:
            return False
        _ensure_alike(tx, row, payload_of(tx, newest))
    except LiaisonError:  # it differs still, or cannot be read: somebody has to look
        return False
    return True


def _ensure_alike(tx: UnitOfWork, row: RowMapping, case: Mapping[str, Any]) -> None:
    told = json.loads(row["differs"])
    if told["words"]:
        raise PaperDiffers(
            phrase(
                "{compared_by} compared {reference} with its sheet: {words}",
                compared_by=row["compared_by"],
                reference=row["reference"],
                words=told["words"],
            )
        )
    reads = [(field, value) for field, value in told["reads"]]
    found = difference(case, _read(tx, case, reads))
    if found:
        parts = "; ".join(
            f"{one['field']}: the draft says {one['old'] or 'nothing'}, the sheet {one['new'] or 'nothing'}" for one in found[:3]
        )
        raise PaperDiffers(
            phrase(
                "{reference}, as {compared_by} reads its sheet: {parts}.",
                reference=row["reference"],
                compared_by=row["compared_by"],
                parts=parts,
            )
        )
