"""`python -m enforcement.seizures.rules [FILE]`: write docs/rules.md from the registry; `--check`: say whether it is behind."""

from __future__ import annotations

import sys
from pathlib import Path

from enforcement.seizures.rules import RULES
from enforcement.seizures.rules.page import page


def main(arguments: list[str]) -> int:
    """The exit status: 1 when the page is behind."""
    named = [one for one in arguments if one != "--check"]
    target = Path(named[0] if named else "docs/rules.md")
    wanted = page(RULES)
    if "--check" not in arguments:
        target.write_text(wanted, encoding="utf-8")
        return 0
    if target.exists() and target.read_text(encoding="utf-8") == wanted:
        return 0
    sys.stderr.write(f"{target} is not what the registry says; run `python -m enforcement.seizures.rules`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
