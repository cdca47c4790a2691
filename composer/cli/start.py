"""Where the process of ``ritornello`` begins: what could go wrong before a command runs is seen to here.

Loading the commands takes a moment, in which Ctrl-C would end in a traceback of whatever was being loaded.
Where a standard stream is closed, the next file that is opened would take its number, and what a library
prints would land in a song.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from types import FrameType

_INTERRUPTED = 130

_GARBAGE = (250_000, 20, 50)
"""When to look for garbage. What is loaded and planned makes many objects, and hardly any that only hold
each other: with Python's own 700 in place of 250,000, a command spends a fifth of its time on looking."""


def main() -> None:
    """Run the command line: the entry point of ``ritornello``. Ends the process where it is interrupted."""
    signal.signal(signal.SIGINT, _leave)
    gc.set_threshold(*_GARBAGE)

    # what is closed leads to nowhere
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            found = os.open(os.devnull, os.O_RDWR)
            if found != number:
                os.dup2(found, number)
                os.close(found)
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            stream = os.fdopen(number, mode, encoding="utf-8", errors="replace", closefd=False)
            setattr(sys, name, stream)

    import composer.cli.main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        composer.cli.main.main()
    except KeyboardInterrupt:
        _leave(signal.SIGINT, None)
    finally:
        gc.freeze()  # all of it ends with the process, so there is nothing to look for


def _leave(_number: int, _frame: FrameType | None) -> None:
    """End at once: nothing has been begun, or all has been cleared away."""
    os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)
