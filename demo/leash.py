"""Becomes another program that dies with whoever started it: `python leash.py PARENT-PID PROGRAM ARGUMENT...`.

Run as a script between fork and exec, because code run inside `subprocess`'s own fork may deadlock in a program with threads.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, command: list[str]) -> None:
    """Ask the kernel to be killed when the parent ends, then become `command`. Elsewhere than on Linux nothing is asked."""
    with contextlib.suppress(OSError, AttributeError, ImportError):
        import ctypes  # noqa: PLC0415 - this script is started a hundred times; without ctypes it still does half its job

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # the parent ended before the kernel was asked
    os.execv(command[0], command)  # noqa: S606 - the whole point


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
