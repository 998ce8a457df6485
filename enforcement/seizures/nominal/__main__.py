"""`python -m enforcement.seizures.nominal [--json] [--wrong]`: recall and false alarms of the screen, per kind and language.

`--json`: one document with every figure. `--wrong`: also the texts that were judged otherwise than the label says.
"""

from __future__ import annotations

import sys

from enforcement.seizures.nominal.measuring import ALL, figures, is_wrong, labelled_texts
from liaison.terminal import Terminal

OPTIONS = {"--json", "--wrong"}
COLUMNS = ["part", "language", "kind", "nominal", "texts", "wrong", "recall", "false_alarm_rate"]


def main(arguments: list[str]) -> int:
    """Measure and print; the exit code."""
    if not OPTIONS.issuperset(arguments):
        sys.stderr.write(f"{__doc__}\n")
        return 2
    terminal = Terminal(as_json="--json" in arguments)
    texts = labelled_texts()
    found = [figure.record() for figure in figures(texts)]
    wrong = [one._asdict() for one in texts if is_wrong(one)] if "--wrong" in arguments else []
    if terminal.as_json:
        terminal.record({"figures": found, "wrong": wrong})
        return 0
    short = [row for row in found if ALL in {row["language"], row["kind"]}]
    terminal.table("The screen of nominal content on labelled texts", short, COLUMNS)
    if wrong:
        terminal.table("Judged otherwise than labelled", wrong, ["part", "language", "nominal", "kind", "text"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
