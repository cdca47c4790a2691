"""The forms of real songs, as the planner learns from them.

Read from ``data/song_forms.json`` (the Harmonix Set, see ``data/NOTICE.md``). The annotators put a
boundary where they heard it, often on the pickup a beat or two before the downbeat, so that two sections
of eight bars may stand as 8.5 and 7.5. :func:`on_phrases` moves each boundary by at most a bar to the
phrase grid that it most likely means, and keeps odd lengths where a song has them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

_LABELS = {
    "inst": "instrumental",
    "instrumentalverse": "instrumental",
    "synth": "instrumental",
    "fast": "instrumental",
    "break": "breakdown",
    "bre": "breakdown",
    "quiet": "breakdown",
    "section": "interlude",
    "transition": "interlude",
    "transitiona": "interlude",
    "intchorus": "chorus",
    "chorushalf": "chorus",
    "choruspart": "chorus",
    "versea": "verse",
    "verseslow": "verse",
}
"""Labels of the data that are not kinds of :mod:`structure.base.labels`."""

_SHIFTS = (0.0, -0.5, 0.5, -1.0, 1.0)
"""Bars by which a boundary may be moved."""

_SHIFT_COST = 0.3
_ODDNESS = (0.0, 1.0, 0.5, 1.0)
"""Cost of a length by its rest when divided by four; a bar's shift costs less than an odd length."""


@dataclass(frozen=True, slots=True)
class RealSong:
    """A song of the data.

    ``tempo_bpm`` are beats a minute as annotated, ``annotated`` the kinds of the sections with the bars of
    the annotation, to half bars.
    """

    genre: str
    tempo_bpm: float
    meter: str
    seconds: float
    annotated: tuple[tuple[str, float], ...]

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Return the kinds of the sections with whole bars."""
        return _sections_on_phrases(self.annotated)

    @property
    def bars(self) -> int:
        """Return the bars of the whole song."""
        return sum(bars for _, bars in self.sections)


@cache
def real_songs() -> tuple[RealSong, ...]:
    """Return all songs of the data, in its order."""
    path = resources.files("structure") / "data" / "song_forms.json"
    songs = []
    for row in json.loads(path.read_text(encoding="utf-8")):
        kinds = [_LABELS.get(label, label) for label, _ in row["form"]]
        for i, kind in enumerate(kinds):
            # An intro that comes back later is an interlude.
            if kind == "intro" and set(kinds[:i]) - {"intro"}:
                kinds[i] = "interlude"
        annotated = tuple(zip(kinds, (float(bars) for _, bars in row["form"]), strict=True))
        songs.append(
            RealSong(row["genre"] or "", float(row["bpm"]), row["meter"], row["seconds"], annotated)
        )
    return tuple(songs)


@cache
def _sections_on_phrases(annotated: tuple[tuple[str, float], ...]) -> tuple[tuple[str, int], ...]:
    """Return sections with whole bars; they are sought only when a form is planned, for it takes time."""
    lengths = on_phrases([bars for _, bars in annotated])
    return tuple((kind, bars) for (kind, _), bars in zip(annotated, lengths, strict=True))


def on_phrases(bars: Sequence[float]) -> list[int]:
    """Return whole bars, at least one each, whose boundaries lie within a bar of those of ``bars``.

    Of all such readings it is the one with the fewest odd lengths and the smallest shifts (dynamic
    programming over the boundaries).
    """
    reached: dict[float, tuple[float, tuple[int, ...]]] = {0.0: (0.0, ())}
    boundary = 0.0
    for length in bars:
        boundary += length
        found: dict[float, tuple[float, tuple[int, ...]]] = {}
        for shift in _SHIFTS:
            place = boundary + shift
            for start, (cost, lengths) in reached.items():
                whole = int(place - start)
                if whole < 1 or whole != place - start:
                    continue
                total = cost + _ODDNESS[whole % 4] + _SHIFT_COST * abs(shift)
                if place not in found or total < found[place][0] - 1e-9:
                    found[place] = (total, (*lengths, whole))
        reached = found
    return list(min(reached.values())[1])
