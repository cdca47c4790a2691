"""File names of a hand-over: readable, in order, and safe on every file system.

A name never holds a path separator, a control sign, or what Windows forbids, and is never empty, hidden,
or the name of a device, so that nothing can be written outside of the folder that it is meant for.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from structure.base.labels import display_name

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_MOST_BYTES = 120


def safe_name(text: str, otherwise: str = "Song") -> str:
    """A text as the name of a file, without a suffix; ``otherwise`` where nothing is left of it."""
    name = unicodedata.normalize("NFC", text).encode("utf-8", "ignore").decode()
    name = " ".join(_FORBIDDEN.sub(" ", name).split())
    name = name.encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip(" .")
    if not name:
        return otherwise
    return f"{name}_" if name.partition(".")[0].rstrip().lower() in _DEVICES else name


def numbered(names: Sequence[str]) -> list[str]:
    """``01 Drums`` for the first of some stems or sections, and so on."""
    digits = max(2, len(str(len(names))))
    return [f"{k:0{digits}} {safe_name(display_name(name), 'Part')}" for k, name in enumerate(names, 1)]
