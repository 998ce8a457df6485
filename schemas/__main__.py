"""`python -m schemas` writes the published schemas; `--check` says which are out of date."""

from __future__ import annotations

import sys
from pathlib import Path

from schemas.generate import generate

FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Write or compare; 1 when `--check` finds a difference."""
    made = generate(FOLDER)
    written = {path.stem: path.read_bytes() for path in FOLDER.glob("*.avsc")}
    if "--check" in arguments:
        stale = sorted(name for name in made.keys() | written.keys() if made.get(name) != written.get(name))
        for name in stale:
            sys.stderr.write(f"schemas/{name}.avsc is out of date: run `python -m schemas`.\n")
        return 1 if stale else 0
    for name in written.keys() - made.keys():
        (FOLDER / f"{name}.avsc").unlink()
    for name, data in made.items():
        (FOLDER / f"{name}.avsc").write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
