"""Makes the golden batches beside this file from fixed seeds: `python -m tests.vectors`; `--check` only compares."""

from __future__ import annotations

import sys

from tests.vectors.making import FOLDER, index_text, vectors


def main() -> int:
    """Write every vector and the index, or with --check say which differ; 1 when some do."""
    wanted = {f"{name}.bin": data for name, (data, _) in vectors().items()} | {"index.json": index_text().encode()}
    present = {path.name: path.read_bytes() for path in FOLDER.iterdir()}
    if "--check" in sys.argv:
        different = sorted(name for name in wanted | present if wanted.get(name) != present.get(name))
        sys.stdout.writelines(f"{name} differs from what the script makes\n" for name in different)
        return 1 if different else 0
    for name in set(present) - set(wanted):
        (FOLDER / name).unlink()
    for name, data in wanted.items():
        (FOLDER / name).write_bytes(data)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
