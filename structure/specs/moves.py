"""Which wishes are for something in the mix that moves: a throw, a tape stop, a section that is wider."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from structure.base.datafiles import read_data
from structure.presets.mixes import MoveKind
from structure.specs.wishes import Wish


def find_move(wish: Wish) -> MoveKind | None:
    """Return what is to move by a wish for a mix or a sound; None where nothing is.

    Words such as ``wide`` mean a move where a section is named; for all of a song they say how it stands.
    """
    if wish.kind not in ("mix", "sound"):
        return None
    words = wish.what.lower().removesuffix(" mix").removesuffix(" sound")
    places = ("anywhere",) if wish.where.section is None else ("anywhere", "in_sections")
    return next((kind for place in places for kind, said in _words()[place].items() if words in said), None)


@cache
def _words() -> Mapping[str, Mapping[MoveKind, Sequence[str]]]:
    found: Mapping[str, Mapping[MoveKind, Sequence[str]]] = read_data("mix_words.yaml")["moves"]
    return found
