"""The one place that loads librosa, an optional dependency, safely beside other processes.

librosa compiles some functions when it is loaded for the first time and keeps them on disk. Numba writes
two files for each of them, one after the other. Two processes that compile at once can leave one file of
each, and the process that calls such a pair crashes (https://github.com/numba/numba/issues/10128). So
only one process at a time loads it.
"""

from __future__ import annotations

import importlib
import importlib.util
import tempfile
import zlib
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path
from types import ModuleType

from filelock import FileLock

_COMPILED = ("librosa.beat", "librosa.core", "librosa.feature", "librosa.onset", "librosa.util")
"""The parts of librosa that compile when they are loaded, or load such parts."""


@cache
def load_librosa() -> ModuleType:
    """Return librosa with its compiled parts loaded, after any other process that is loading it.

    Raises ModuleNotFoundError where it is not installed.
    """
    with ExitStack() as stack:
        with suppress(OSError, NotImplementedError):  # where files cannot be locked, it loads all the same
            stack.enter_context(FileLock(lock_path()))
        for name in _COMPILED:
            importlib.import_module(name)
        return importlib.import_module("librosa")


def lock_path() -> Path:
    """Return the file that is locked: one for each installation of librosa, so that others do not wait."""
    spec = importlib.util.find_spec("librosa")
    place = str(spec.origin if spec else "")
    return Path(tempfile.gettempdir()) / f"ritornello-librosa-{zlib.crc32(place.encode()):08x}.lock"
