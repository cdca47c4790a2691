"""Proposes sections where a file names none: stretches of bars that come back, and what is between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_lowercase

from structure.base.exact import Fraction

_LENGTHS = (8, 4)
"""Bars that a section has, the first choice first."""

_ALIKE = 0.6
"""The share of equal bars from which on two stretches are one section."""

BarKey = tuple[tuple[Fraction, int], ...]
"""What is played in a bar: places in it, in quarters, and pitches."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Bars ``start`` to before ``end``, from 0; stretches of one ``name`` are the same section."""

    start: int
    end: int
    name: str


def propose_sections(bars: Sequence[BarKey], breaks: Sequence[int] = ()) -> list[Stretch]:
    """Return the sections of a song from what its bars play; ``breaks`` are bars in which one must begin.

    The song is cut into eights, or fours where a cut of eight would leave a rest; those that are mostly the
    same are one section. The one that comes most often, the later of two, is the chorus, others that come
    back are verses; what comes once is an intro, a bridge or an outro by its place.
    """
    if not bars:
        return []

    edges = sorted({0, len(bars), *(at for at in breaks if 0 < at < len(bars))})
    stretches: list[tuple[int, int]] = []
    for first, last in pairwise(edges):
        count = last - first
        size = next((size for size in _LENGTHS if count % size == 0), _LENGTHS[0])
        if count <= size + size // 2 or count < 2 * min(_LENGTHS):
            stretches.append((first, last))
        else:
            # a short rest belongs to the last one
            starts = list(range(first, last - size + 1, size))
            stretches += zip(starts, [*starts[1:], last], strict=True)

    # The number of each stretch's section, in the order in which the sections first come.
    groups: list[int] = []
    sections: list[Sequence[BarKey]] = []
    for start, end in stretches:
        played = bars[start:end]
        same = (
            number
            for number, section in enumerate(sections)
            if len(section) == len(played)
            and sum(a == b for a, b in zip(section, played, strict=True)) / len(played) >= _ALIKE
        )
        group = next(same, len(sections))
        if group == len(sections):
            sections.append(played)
        groups.append(group)

    names = _names(groups)
    return [
        Stretch(start, end, names[group]) for (start, end), group in zip(stretches, groups, strict=True)
    ]


def _names(groups: Sequence[int]) -> dict[int, str]:
    """Return a name for each section, by how often and where it comes, as a spec may have it."""
    often = Counter(groups)
    returning = [group for group in often if often[group] > 1]
    chorus = max(returning, key=lambda group: (often[group], group), default=None)
    taken: Counter[str] = Counter()
    names = {}
    for group in often:
        if group == chorus and len(often) > 1:
            kind = "chorus"
        elif group in returning or len(often) <= 2:
            kind = "verse"
        elif group == groups[0]:
            kind = "intro"
        else:
            kind = "outro" if group == groups[-1] else "bridge"
        taken[kind] += 1
        round_of_letters, place = divmod(taken[kind] - 1, 26)
        letter = ascii_lowercase[place] * (round_of_letters + 1)  # after z comes aa
        names[group] = kind if taken[kind] == 1 else f"{kind}_{letter}"
    return names
