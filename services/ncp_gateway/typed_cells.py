"""Cells of a dropped file that somebody typed and has not sent: kept with what else that person was writing (decision 72)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from liaison.access.written import forget_written, written_of
from liaison.protocol.errors import LiaisonError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from liaison.access.desk import Desk
    from liaison.access.written import Written

FIX: Final = "POST /files/{drop}/fix"
OWN: Final = "session.own"
CELL: Final = "cell "


def typed_cells(desk: Desk, drop_id: str, given: Mapping[str, tuple[str, ...]], on_page: set[str]) -> dict[str, Any]:
    """For the table of a file's problems. `given`: a form that is shown again; else they are as they were kept. `typed`: by the
    name of the field; `elsewhere`: those on other pages of the table, with what stood there, to be sent along; `typed_id`: under which
    they are kept.
    """
    form_id, fields = "", given
    if not fields:
        with desk.inspecting(OWN) as connection:
            found = _kept(connection, desk, drop_id)
        form_id, fields = (found.form_id, found.fields) if found is not None else ("", {})
    cells = {name: said[-1] for name, said in fields.items() if name.startswith(CELL)}
    was = {name: fields.get(f"was {name.removeprefix(CELL)}", ("",))[-1] for name in cells}
    typed = {name: said for name, said in cells.items() if said != was[name]}
    elsewhere = [(name.removeprefix(CELL), was[name], said) for name, said in typed.items() if name not in on_page]
    return {"typed": typed, "elsewhere": elsewhere, "typed_id": form_id}


def forget_cells(desk: Desk, drop_id: str) -> None:
    """They are not needed any more: the file is gone."""
    with desk.inspecting(OWN) as connection:
        found = _kept(connection, desk, drop_id)
    if found is not None:
        with desk.changing(OWN, "form", what="forgotten") as connection:
            forget_written(connection, desk.access, desk.person.user_id, found.form_id)


def _kept(connection: Connection, desk: Desk, drop_id: str) -> Written | None:
    try:
        found = written_of(connection, desk.access, desk.person.user_id, FIX)
    except LiaisonError:  # the vault does not open: then nothing is known of them, and the page is shown all the same
        return None
    return next((one for one in found if one.path.get("drop") == drop_id), None)
