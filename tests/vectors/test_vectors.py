"""Every golden batch gets the answer that the index promises; the files are those the script makes."""

from __future__ import annotations

import json

import pytest

from liaison.protocol.errors import CheckError
from liaison.protocol.opening import CameOn, check_follows, decode_batch, open_batch, read_events
from tests.forging import SCHEMAS
from tests.unit.protocol.conftest import reader_at
from tests.vectors.making import ACCEPTED, FOLDER, TOPIC, index_text, vectors

CODES: dict[str, str] = json.loads((FOLDER / "index.json").read_text("utf-8"))["codes"]


def answer(raw: bytes) -> str:
    """The code of the first check that fails, of the batch or of its events, as a node would meet it on its partition."""
    reader = reader_at()
    try:
        batch = open_batch(decode_batch(raw, SCHEMAS), reader, CameOn(TOPIC, 0))
        check_follows(batch.header, None, reader)
    except CheckError as error:
        return error.code
    troubles = read_events(batch, reader)[1]
    return troubles[0].error.code if troubles else ACCEPTED


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_the_answer_is_the_promised_one(name: str, code: str) -> None:
    assert answer((FOLDER / f"{name}.bin").read_bytes()) == code


def test_the_files_are_those_the_script_makes() -> None:
    """When this fails, the wire has changed: that needs a decision record, then `python -m tests.vectors`."""
    made = {f"{name}.bin": data for name, (data, _) in vectors().items()} | {"index.json": index_text().encode()}
    assert {path.name: path.read_bytes() for path in FOLDER.iterdir()} == made


def test_the_vectors_stay_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 50_000
