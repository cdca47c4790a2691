"""File names of a hand-over: readable, in order, and safe on every file system.

A name never holds a path separator, a sign that cannot be seen, or what Windows forbids, and is never
empty, hidden, or the name of a device, so that nothing can be written outside of the folder that it is
meant for. Two names of one folder differ by more than case and spelling, which is all that macOS and
Windows look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from structure.base.labels import display_name
from structure.base.plain_text import clean_line

_FORBIDDEN = re.compile(r'[<>:"/\\|?*]+')
_DEVICES = {
    *("con", "prn", "aux", "nul", "conin$", "conout$"),
    *(f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"),
}
_MOST_BYTES = 120
_JOINERS = "\u200c\u200d"


def safe_name(text: str, otherwise: str = "Song", taken: Iterable[str] = ()) -> str:
    """Return a text as the name of a file, without a suffix; ``otherwise`` where nothing is left of it.

    Where it is one of the names that are ``taken`` already, a number is added: ``01 Drums (2)``.
    """
    name = " ".join(_FORBIDDEN.sub(" ", clean_line(text)).split())
    name = _cut(name.strip(" ."), _MOST_BYTES) or otherwise
    device, dot, rest = name.partition(".")
    if device.rstrip().lower() in _DEVICES:
        name = f"{device.rstrip()}_{dot}{rest}"
    used, number, found = {_fold_name(other) for other in taken}, 1, name
    while _fold_name(found) in used:
        number += 1
        found = f"{_cut(name, _MOST_BYTES - 8)} ({number})"
    return found


def number_names(names: Sequence[str]) -> list[str]:
    """Return ``01 Drums`` for the first of some stems or sections, and so on."""
    digits = max(2, len(str(len(names))))
    return [f"{k:0{digits}} {safe_name(display_name(name), 'Part')}" for k, name in enumerate(names, 1)]


def _cut(name: str, most_bytes: int) -> str:
    return name.encode()[:most_bytes].decode("utf-8", "ignore").strip(" ." + _JOINERS)


def _fold_name(name: str) -> str:
    """Return a name as file systems compare it that are blind to case and to how letters are composed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
