"""What sets one section of an exact ensemble off from another: where, and how busily, it is played."""

from __future__ import annotations

from structure.base.sampling import generator, pick
from structure.planning.arranging.shapes import REFRAINS
from structure.presets.moods import Feeling
from structure.presets.styles import Style


def contrast_of(kind: str, seed: int, style: Style) -> Feeling:
    """Return which way a section of a kind moves from the middle of its style; ``seed`` is its own.

    Refrains have the first of the style's contrasts, other sections one of the others.
    """
    first, *others = style.arrangement.contrasts
    is_first = kind in REFRAINS or not others
    register, density = first if is_first else pick(generator(seed, "contrast"), others)
    return Feeling(register=register, density=density)
