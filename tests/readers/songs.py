"""Ten songs of different metre, key, length, ensemble and script, for readers of what leaves the house."""

from __future__ import annotations

from functools import cache
from typing import Any

from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec

_SONGS: dict[str, dict[str, Any]] = {
    "latin": {"title": "Été – à Paris & <b>", "genre": "pop", "key": "Eb major", "meter": "4/4", "bars": 4},
    "japanese": {"title": "夜に駆ける", "genre": "jazz", "key": "D dorian", "meter": "4/4", "bars": 6},
    "hebrew": {"title": "שלום עולם", "genre": "ballad", "key": "F# minor", "meter": "6/8", "bars": 3},
    "arabic": {"title": "في الليل", "genre": "rock", "key": "C# minor", "meter": "7/8", "bars": 4},
    "cyrillic": {"title": "Ночь", "genre": "folk", "key": "A mixolydian", "meter": "3/4", "bars": 8},
    "greek": {"title": "Θάλασσα", "genre": "salsa", "key": "Bb major", "meter": "2/4", "bars": 5},
    "thai": {"title": "ราตรี", "genre": "house", "key": "G minor", "meter": "4/4", "bars": 2},
    "korean": {"title": "한밤", "genre": "soul", "key": "E phrygian", "meter": "12/8", "bars": 3},
    "emoji": {"title": "🎵 ¡Olé! 🎷", "genre": "funk", "key": "F lydian", "meter": "5/4", "bars": 4},
    "quotes": {"title": "A \"quoted\" 'title' \u202ewith\x07 tricks", "genre": "blues", "key": "B minor",
               "meter": "4/4", "bars": 12},
}  # fmt: skip
SCRIPTS = tuple(_SONGS)


@cache
def song_in(script: str) -> SongPlan:
    """Return a planned song of two or three sections."""
    fields = dict(_SONGS[script])
    bars = fields.pop("bars")
    form = ["verse", {"section": "chorus", "lift": 2}] if len(script) % 2 else ["intro", "verse", "outro"]
    names = {entry if isinstance(entry, str) else entry["section"] for entry in form}
    sections = {name: {"bars": max(2, bars // len(form)) if name != "verse" else bars} for name in names}
    return plan_song(SongSpec(form=form, sections=sections, seed=len(script), **fields))
