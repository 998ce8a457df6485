"""The wire contract: one self-contained Avro schema per event type, generated from shared records.

`records/` holds the named records that several types share, `events/` one payload source per event type and the three
engine envelopes; `python -m schemas` writes the self-contained `*.avsc` beside this file, `--check` only compares.
"""

from __future__ import annotations

from importlib import resources


def published() -> dict[str, bytes]:
    """The exact bytes of every published schema, by name (file name without `.avsc`)."""
    folder = resources.files(__name__)
    return {entry.name.removesuffix(".avsc"): entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".avsc")}
