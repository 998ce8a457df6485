"""What a password's hash costs whoever guesses: RFC 9106's figures in every program, less only in tests."""

from __future__ import annotations

import re
from pathlib import Path

from liaison.access.passwords import COSTS, hash_password, needs_rehash, password_matches
from liaison.adapters.clock import SystemRandom
from liaison.settings import Settings
from liaison.testing import LIGHT

ROOT = Path(__file__).parents[3]
PROGRAMS = ("liaison", "enforcement", "services", "schemas", "demo", "bench")


def test_a_hash_costs_what_the_rfc_recommends_and_is_asked_for_it() -> None:
    stored = hash_password("seven-quiet-harbours", SystemRandom())
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert COSTS.nobody.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # an unknown name takes as long
    assert password_matches(stored, "seven-quiet-harbours")
    assert not password_matches(stored, "seven-quiet-harbour")
    assert not password_matches(None, "seven-quiet-harbours")
    assert needs_rehash(hash_password("seven-quiet-harbours", SystemRandom(), LIGHT))


def test_no_setting_and_no_program_makes_them_cheaper() -> None:
    assert [name for name in Settings.model_fields if re.search("cost|argon|hash", name)] == []
    files = [file for folder in PROGRAMS for file in (ROOT / folder).rglob("*.py")]
    naming = [str(file.relative_to(ROOT)) for file in files if re.search(r"\bCosts\(|import .*\bCosts\b", file.read_text("utf-8"))]
    assert sorted(naming) == ["liaison/access/passwords.py", "liaison/access/tables.py", "liaison/assembly.py", "liaison/testing.py"]
