"""What is said once on the page that follows a form: carried by the browser in a cookie of a few minutes, shown as text and no more."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from liaison.console.pages import Note, Undo

if TYPE_CHECKING:
    from liaison.console.pages import Moved

NOTE_COOKIE: Final = "note"
MAX_CHARACTERS: Final = 3_000  # browsers keep cookies up to 4 kB


def pack(moved: Moved) -> str:
    """The note as a cookie's value."""
    said: dict[str, object] = {"text": moved.note[:600], "kind": moved.kind}
    if moved.undo is not None:
        said["undo"] = {"to": moved.undo.to, "fields": dict(moved.undo.fields)}
    made = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    if len(made) > MAX_CHARACTERS:
        made = base64.urlsafe_b64encode(json.dumps({"text": moved.note[:600], "kind": moved.kind}).encode()).decode()
    return made


def unpack(value: str) -> Note | None:
    """The note of a cookie; None when there is none, or something else."""
    try:
        said = json.loads(base64.urlsafe_b64decode(value)) if 0 < len(value) <= MAX_CHARACTERS else None
    except ValueError:
        return None
    if not isinstance(said, dict) or not isinstance(said.get("text"), str):
        return None
    undo = said.get("undo")
    known = isinstance(undo, dict) and isinstance(undo.get("to"), str) and isinstance(undo.get("fields"), dict)
    kind = "warning" if said.get("kind") == "warning" else "done"
    back = Undo(undo["to"], {str(name): str(text) for name, text in undo["fields"].items()}) if known and undo is not None else None
    return Note(said["text"], kind, back)
