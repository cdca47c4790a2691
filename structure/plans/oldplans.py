"""``plan.json`` as earlier versions wrote it, brought up to what this one reads.

Version 0.1.0 had no mix presets, and no sends to an echo or ducks. What such a song sounds like is in its
files; what its plan does not say is filled in so that it can be read, compared, exported and mastered
again: no echo, no duck, and the mix of its genre, under the name EARLIER_MIX, so that nobody takes it for
what the song was mixed with.
"""

from __future__ import annotations

from typing import Any

from structure.presets.mixes import EARLIER_MIX, load_mix
from structure.presets.styles import load_style, style_names

_PLAIN_MIX = "pop"


def brought_up(data: Any) -> Any:
    """The data of a plan, with what it says nothing about filled in; whatever is no such plan as it is."""
    if not _is_without_mix(data):
        return data
    genre = data.get("genre")
    mix = load_mix(load_style(genre).mix if genre in style_names() else _PLAIN_MIX)
    return {
        **data,
        "stems": [{"delay": 0.0, "duck": 0.0, **stem} for stem in data["stems"]],
        "mix": {**mix.model_dump(mode="json"), "preset": EARLIER_MIX},
    }


def _is_without_mix(data: Any) -> bool:
    if not isinstance(data, dict) or data.get("format") != 1 or "mix" in data:
        return False
    stems = data.get("stems")
    return isinstance(stems, list) and all(isinstance(stem, dict) for stem in stems)
