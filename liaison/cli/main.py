"""Where the installed command `liaison` begins. Until the program is there, Ctrl-C ends it as the system does: without a traceback."""

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

COLLECT_EVERY: Final = (20_000, 10, 10)  # objects made between two looks of the garbage collector, by generation


def main() -> None:
    """Run this process's command line and exit."""
    gc.set_threshold(*COLLECT_EVERY)  # what is imported stays: to look through it every 700 objects is a twentieth of a node's start
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # else somebody chose (a shell's background ignores it)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from liaison.cli import program  # noqa: PLC0415 - the long part of a start

    signal.signal(signal.SIGINT, handler)
    _open_streams()
    sys.exit(program.run(sys.argv[1:]))


def run(args: "Sequence[str]") -> int:
    """Run a command line; its exit code. Results go to standard output, everything else to standard error."""
    from liaison.cli import program  # noqa: PLC0415 - as above

    return program.run(args)


def _open_streams() -> None:
    """Give a process that was started without standard streams (`>&-`, some supervisors) ones that lead nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process
