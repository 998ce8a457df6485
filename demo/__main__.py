"""`python -m demo`. Until the program is there, Ctrl-C ends it as the system does: without a traceback."""

import signal
import sys


def start() -> int:
    """Import the program, then run it; the exit code."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from demo.program import main  # noqa: PLC0415 - the long part of a start

    signal.signal(signal.SIGINT, handler)
    return main()


if __name__ == "__main__":
    sys.exit(start())
