"""Six measures of what makes a mood, read from notes, and the middle of each style to hold them against."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal

from structure.base.datafiles import read_data
from structure.outcomes.keys import key_of, main_bars
from structure.outcomes.listening import Song, Sound

Measure = Literal["mode", "tempo", "register", "density", "articulation", "changes"]
"""``changes`` is the harmonic rhythm."""

_TOGETHER = 24
"""Onsets of one stem that are nearer than a quarter through this are one stroke."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What a stretch of a song is like.

    ``mode`` is 1 for major and 0 for minor, ``tempo`` beats a minute, ``register`` the mean MIDI pitch by
    time without drums and bass, ``density`` strokes of each sounding stem a beat, ``articulation`` the
    share of the time to its next stroke that a note is held, and ``changes`` chord changes a bar.
    ``force`` is how strong a bar is; see :attr:`~structure.outcomes.listening.Song.force`.
    """

    mode: float
    tempo: float
    register: float
    density: float
    articulation: float
    changes: float
    force: float


def measure(song: Song, bars: Collection[int]) -> Measures:
    """Return the measures of some bars."""
    ordered = sorted(set(bars))
    wanted = set(ordered)
    tempi = sorted(song.tempo_at(bar) for bar in ordered)

    # The register is the bass's where there is nothing else.
    pitched = song.in_bars(ordered, song.stems_with_pitch)
    high = song.in_bars(ordered, song.stems_with_pitch - song.with_role("bass")) or pitched
    time = sum(min(sound.duration, 4.0) for sound in high)
    register = sum(sound.pitch * min(sound.duration, 4.0) for sound in high) / time if time else 60.0

    strokes = sum(len(ticks) for ticks in _strokes(song.in_bars(ordered)).values())
    beats = sum(
        (song.downbeats[bar + 1] - song.downbeats[bar]) / song.beat_at(bar)
        for played in song.sounding.values()
        for bar in played & wanted
    )

    # A chord changes by its root or its colour.
    changes = sum(
        (a.root, a.pitch_classes) != (b.root, b.pitch_classes)
        for a, b in pairwise(song.chords)
        if b.bar in wanted
    )
    return Measures(
        mode=float(key_of(song, main_bars(song, ordered))[1] == "major"),
        tempo=tempi[len(tempi) // 2],
        register=register,
        density=strokes / beats if beats else 0.0,
        articulation=_articulation(pitched),
        changes=changes / len(ordered),
        force=sum(song.force[bar] for bar in ordered) / len(ordered),
    )


def _strokes(sounds: Iterable[Sound]) -> dict[str, dict[int, float]]:
    """Return the ticks at which each stem strikes, with the longest note of each stroke."""
    found: dict[str, dict[int, float]] = {}
    for sound in sounds:
        strokes = found.setdefault(sound.stem, {})
        tick, duration = round(sound.start * _TOGETHER), sound.duration
        if strokes.get(tick, 0.0) <= duration:
            strokes[tick] = duration
    return found


def _articulation(sounds: Iterable[Sound]) -> float:
    """Return how much of the time to the next stroke notes are held, 1 for a legato."""
    shares = []
    for strokes in _strokes(sounds).values():
        for tick, following in pairwise(sorted(strokes)):
            gap = min(following / _TOGETHER - tick / _TOGETHER, 4.0)
            shares.append(min(1.0, strokes[tick] / gap))
    return sum(shares) / len(shares) if shares else 1.0


@cache
def _middles() -> Mapping[str, Mapping[str, float]]:
    data: dict[str, Any] = read_data("middles.yaml")
    return data


def middle_of(song: Song) -> Mapping[str, float]:
    """Return what is usual in a song's style, for every measure.

    For a style of which nothing is known, this is what is usual among all styles. The middle of a small
    group is that of the style, moved half way to what its few roles do in a band: a duo of a harp and a
    flute is higher, and strikes more often, than six of which such two are a part, but takes over some of
    what the others would play.
    """
    known = _middles().get(song.plan.genre, _middles()["other"])
    if len(song.stems) > _SMALL_GROUP:
        return known
    beats: dict[str, float] = {}
    for name, bars in song.sounding.items():
        if bars:
            beats[song.role(name)] = beats.get(song.role(name), 0.0) + len(bars)
    busy = {role: _DENSITIES.get(role, 1.0) * count for role, count in beats.items()}
    high = {role: _REGISTERS[role] * count for role, count in beats.items() if role in _REGISTERS}
    found = dict(known)
    if busy:
        found["density"] *= (1.0 + sum(busy.values()) / sum(beats.values())) / 2
    if high:
        found["register"] += sum(high.values()) / sum(beats[role] for role in high) / 2
    return found


_SMALL_GROUP = 4
"""Stems at most of a group whose middle is not that of a band."""

_DENSITIES = {"drums": 1.6, "bass": 0.72, "chords": 0.74, "arpeggio": 1.43, "pad": 0.42, "lead": 1.03}
_REGISTERS = {"chords": -3.6, "arpeggio": 6.6, "pad": 0.0, "lead": 8.4}
"""Strokes of a role for each stroke of its band, and semitones of its register above that of the band.

Medians of one song of each of 97 styles, planned without any wish.
"""


def difference(name: Measure, value: float, middle: float) -> float:
    """Return how far a measure lies above another.

    The difference is in semitones for a register, in steps for the mode, and a share otherwise.
    """
    if name in ("mode", "register"):
        return value - middle
    return value / middle - 1.0 if middle else 0.0


def compare(one: Measures, other: Measures) -> dict[str, float]:
    """Return how far each measure of one lies above that of another, as :func:`difference` tells."""
    mine, theirs = asdict(one), asdict(other)
    names: tuple[Measure, ...] = ("mode", "tempo", "register", "density", "articulation", "changes")
    return {name: difference(name, mine[name], theirs[name]) for name in names}
