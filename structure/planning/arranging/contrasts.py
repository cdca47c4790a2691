"""What sets one section of an exact ensemble off from another: where, and how busily, it is played."""

from __future__ import annotations

from structure.base.sampling import generator
from structure.planning.arranging.shapes import STEADY
from structure.presets.moods import Feeling
from structure.presets.styles import Style

_TURNS = {"verse": 0, "head": 1, "breakdown": 1, "vamp": 1, "bridge": 2, "build": 2, "interlude": 2}
"""Which of the contrasts after the first a kind has, in a circle; kinds that follow each other differ."""

_USUAL = 3
"""The same for all other kinds: intros, solos and what comes last."""


def contrast_of(kind: str, seed: int, style: Style) -> Feeling:
    """Return which way a section of a kind moves from the middle of its style; ``seed`` is the song's.

    Refrains have the first of the style's contrasts, other sections one of the others, from one that the
    song draws on.
    """
    first, *others = style.arrangement.contrasts
    if kind in STEADY or not others:
        register, density = first
    else:
        start = generator(seed, "contrast").randrange(len(others))
        register, density = others[(start + _TURNS.get(kind, _USUAL)) % len(others)]
    return Feeling(register=register, density=density)
