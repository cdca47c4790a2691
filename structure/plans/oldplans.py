"""``plan.json`` as earlier versions wrote it, turned into what this one reads.

Version 1 listed each visit and each score in fields of its own. Version 0.1.0 of the program wrote such
plans without mix presets, sends to an echo or ducks: no echo and no duck are filled in, and the mix of the
genre, under the name EARLIER_MIX, so that nobody takes it for what the song was mixed with.
"""

from __future__ import annotations

from typing import Any

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.presets.mixes import EARLIER_MIX, load_mix
from structure.presets.styles import load_style, style_names

_PLAIN_MIX = "pop"

_SAME = ("title", "description", "genre", "seed", "key", "tail_s", "render", "master", "export", "stems")
_PLACE = ("name", "label")
_MUSIC = ("key", "energy", "lift", "score")
_SOUND = ("seed", "variation_seed", "variation", "prompts", "negative_prompts")
_SOUND_IF_THERE = (
    "morph_prompts",
    "init",
    "repaint_seed",
    "timbre_variation",
    "lyrics",
    "fades",
)


def upgrade_plan(document: dict[str, Any]) -> dict[str, Any]:
    """Return the ``plan`` of a file of version 1 as this version writes it.

    Raises ValueError, TypeError or LookupError where the data is damaged.
    """
    if "mix" not in document:
        genre = document.get("genre")
        mix = load_mix(load_style(genre).mix if genre in style_names() else _PLAIN_MIX)
        document = {
            **document,
            "stems": [{"delay": 0.0, "duck": 0.0, **stem} for stem in document["stems"]],
            "mix": {**mix.model_dump(mode="json"), "preset": EARLIER_MIX},
        }

    meter = Meter.parse(document["meter"])
    tempo = document["tempo_exact"]
    if not isinstance(tempo, str) or len(tempo) > 40 or set(tempo) - set("0123456789/"):
        raise ValueError(f"tempo_exact is not a fraction: {str(tempo)[:60]}")
    quarters = Fraction(tempo) * meter.beat_quarters
    return {
        **{key: document[key] for key in _SAME},
        "grid": {
            "spans": [
                {
                    "start": "0",
                    "quarters_per_minute": str(quarters),
                    "meter": document["meter"],
                }
            ],
            "sample_rate": document["sample_rate"],
        },
        "graph": {"sections": document["graph"]["nodes"], "transitions": document["graph"]["edges"]},
        "visits": [_upgrade_visit(section) for section in document["sections"]],
        "scores": document["scores"],
        "mix": document["mix"],
        "notes": document.get("notes", []),
        "init_audio": {name: {"sha256": digest} for name, digest in document.get("init_audio", {}).items()},
    }


def _upgrade_visit(section: dict[str, Any]) -> dict[str, Any]:
    sound = {key: section[key] for key in _SOUND}
    sound |= {key: section[key] for key in _SOUND_IF_THERE if key in section}
    sound["repaint"] = [(first - 1, last) for first, last in section.get("repaint", [])]
    return {
        "place": {
            **{key: section[key] for key in _PLACE},
            "index": section["visit"],
            "start_bar": section["start_bar"] - 1,
        },
        "music": {key: section[key] for key in _MUSIC},
        "sound": sound,
    }
