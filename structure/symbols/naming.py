"""The name of every set of tones above a root, which reads back as the same tones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
        assert tones is not None, name
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
    found = min(_names(tones), key=lambda one: (one[0], len(one[1])), default=(0, ""))[1]
    assert found, tones
    return found


def _names(tones: Tones) -> Iterator[tuple[int, str]]:
    """Yield the names that mean some tones.

    Before each name stands how far it is from a usual one: 1 for each tone added, 2 for each left out.
    """
    for base, name in usual_names().items():
        missing, more = set(base) - set(tones), set(tones) - set(base)
        if missing - _LEFT_OUT.keys():
            continue
        tokens = [*dict.fromkeys(_LEFT_OUT[tone] for tone in sorted(missing))]
        added = [_ADDED[tone] for tone in sorted(more)]
        for written in (_joined(name, [*added, *tokens]), _joined(name, [*tokens, *added])):
            if read_quality(written) == tones:
                # Tones that are left out make a name worse than tones that are added.
                yield len(added) + 2 * len(tokens), written


def _joined(name: str, tokens: list[str]) -> str:
    """Return a name followed by tokens.

    They are in brackets where they would be read as the accidental of the root.
    """
    text = "".join(tokens)
    return f"({text})" if not name and text[:1] in ("#", "b") else f"{name}{text}"
