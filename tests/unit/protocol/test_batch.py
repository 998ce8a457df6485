"""Sealing: what an issuer seals is what a reader opens, also with places withheld."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liaison.protocol.batch import ZERO_HASH, StreamHeadView, StreamKey, seal_batch, withhold
from liaison.protocol.errors import WrongRoot
from liaison.protocol.opening import decode_batch, open_batch, open_evidence, read_events
from liaison.protocol.signatures import verify_signature
from liaison.testing import ENVIRONMENT, START, key_of
from tests.forging import EPOCH, SCHEMAS, stream_of, withdrawal
from tests.unit.protocol.conftest import FEDERATION, members, reader_at

WYCHEPROOF = Path(__file__).resolve().parents[4] / "shared" / "data" / "wycheproof" / "ed25519_test.json"
SUBMISSIONS = "submissions.rilo.car"


def view(**changes: object) -> StreamHeadView:
    fields = {
        "key": StreamKey("ncp.jm", SUBMISSIONS, "AMS", EPOCH),
        "next_sequence": 1,
        "head": ZERO_HASH,
        "federation": FEDERATION,
        "environment": ENVIRONMENT,
        "key_id": key_of("ncp.jm").key_id,
        "issued_at": START,
        "trust_version": 1,
    }
    return StreamHeadView(**{**fields, **changes})  # type: ignore[arg-type]


references = st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=20)


@settings(max_examples=40, deadline=None)
@given(references, st.data())
def test_what_is_sealed_is_what_is_opened_whatever_is_withheld(names: list[str], data: st.DataObject) -> None:
    stream = stream_of(members(), "ncp.jm", SUBMISSIONS)
    events = [stream.event("CaseWithdrawn", withdrawal(name)) for name in names]
    sealed = seal_batch(view(), events, sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    hidden = data.draw(st.sets(st.integers(0, len(events) - 1)))
    opened = open_batch(decode_batch(withhold(sealed, sorted(hidden), SCHEMAS).raw, SCHEMAS), reader_at(), None)
    good, bad = read_events(opened, reader_at())
    assert not bad
    assert opened.header_hash == sealed.header_hash
    shown = [place for place in range(len(names)) if place not in hidden]
    assert [(event.index, event.payload["reference"], event.raw) for event in good] == [(n, names[n], events[n]) for n in shown]
    for event in good:
        assert open_evidence(event.evidence(), reader_at("wco.hub")).payload == event.payload


def test_each_batch_names_the_one_before_it() -> None:
    first = seal_batch(view(), [b"a", b"b"], sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    second = seal_batch(view(next_sequence=3, head=first.header_hash), [b"c"], sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    assert first.header.last_sequence == 2
    assert second.header.previous == sha256(first.header_bytes).digest()


def test_the_signature_is_over_context_federation_and_header_and_nothing_else() -> None:
    sealed = seal_batch(view(), [b"a"], sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    message = b"liaison/batch/1\x00" + FEDERATION + sealed.header_bytes
    assert verify_signature(key_of("ncp.jm").public, sealed.signature, message)


def test_a_withheld_place_hides_its_bytes_and_keeps_the_batch_verifiable() -> None:
    sealed = seal_batch(view(), [b"kept" * 9, b"secret" * 9], sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    part = withhold(sealed, [1], SCHEMAS)
    assert b"secret" not in part.raw
    assert open_batch(decode_batch(part.raw, SCHEMAS), reader_at(), None).entries == [b"kept" * 9, None]


def test_another_event_cannot_be_put_into_a_withheld_place() -> None:
    sealed = seal_batch(view(), [b"kept", b"secret"], sign=key_of("ncp.jm").sign, schemas=SCHEMAS)
    forged = withhold(sealed, [], SCHEMAS)
    forged.entries[1] = b"forged"
    raw = withhold(forged, [0], SCHEMAS).raw
    with pytest.raises(WrongRoot):
        open_batch(decode_batch(raw, SCHEMAS), reader_at(), None)


def test_signatures_that_break_other_libraries() -> None:
    if not WYCHEPROOF.exists():
        pytest.skip("../shared/data/wycheproof is not on this machine")
    seen = 0
    for group in json.loads(WYCHEPROOF.read_text("utf-8"))["testGroups"]:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            found = verify_signature(public, bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert found == (case["result"] == "valid"), case["comment"]
            seen += 1
    assert seen > 100
