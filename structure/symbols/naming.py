"""The name of every set of tones above a root, which reads back as the same tones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

from structure.base.datafiles import read_data
from structure.symbols.qualities import Tones, read_quality

_ADDED = {1: "b9", 2: "add9", 3: "#9", 4: "add3", 5: "add11", 6: "#11", 7: "add5", 8: "b13", 9: "add13",
          10: "add7", 11: "addmaj7"}  # fmt: skip
_LEFT_OUT = {3: "no3", 4: "no3", 7: "no5", 6: "no5", 8: "no5", 10: "no7", 11: "no7"}


@cache
def usual_names() -> Mapping[Tones, str]:
    """Return the tones that have a usual name, and that name."""
    found: dict[Tones, str] = {}
    for name in map(str, read_data("chords.yaml")):
        tones = read_quality(name)
        if tones is None:
            raise ValueError(f"the usual name {name!r} cannot be read")
        found.setdefault(tones, name)
    return found


@lru_cache(maxsize=4096)
def name_of(tones: Tones) -> str:
    """Return the name of a quality; it reads back as the same tones.

    It is the usual name, or else the shortest that a usual one gives with tones that are added and left
    out. Raises ValueError for tones without 0, or out of their order.
    """
    usual = usual_names().get(tones)
    if usual is not None:
        return usual
    if tones != tuple(sorted({0, *tones} & set(range(12)))):
        raise ValueError(f"{tones!r} are no tones of a chord; write semitones 0 to 11 in order, 0 first")

    found: list[tuple[int, int, str]] = []  # how far a name is from a usual one, its length and itself
    for base, name in usual_names().items():
        missing, more = set(base) - set(tones), set(tones) - set(base)
        if missing - _LEFT_OUT.keys():
            continue
        left_out = [*dict.fromkeys(_LEFT_OUT[tone] for tone in sorted(missing))]
        added = [_ADDED[tone] for tone in sorted(more)]
        distance = len(added) + 2 * len(left_out)  # a tone that is left out is worse than one added
        names = (_join(name, [*added, *left_out]), _join(name, [*left_out, *added]))
        found += [(distance, len(one), one) for one in names if read_quality(one) == tones]
    if not found:
        raise ValueError(f"{tones!r} have no name")
    return min(found, key=lambda one: one[:2])[2]


def _join(name: str, tokens: list[str]) -> str:
    """Return a name followed by tokens.

    They are in brackets where they would be read as the accidental of the root.
    """
    text = "".join(tokens)
    return f"({text})" if not name and text[:1] in ("#", "b") else f"{name}{text}"
