"""A plan as a listener meets it: who sounds in which bar, what begins on which beat, and what chords pass.

Bars count from 0 here. Times are quarter notes as floats, since a listener needs no exact ones. Players are
up to an eightieth of a quarter early, so a note that begins just before a bar line belongs to the bar after
it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from structure.base.grid import Meter
from structure.base.labels import kind_of
from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, StemPlan, Visit

EARLY = 0.02
"""Quarters by which a note may come before the place that it stands for."""

_RINGS = 0.15
"""Quarters of a note in a bar that are too few to be heard as playing there."""


_SUNG_LIKE = {"vocals": "lead", "backing": "pad"}
"""What voices do as players."""


class UnmetError(Exception):
    """A plan does not do what a wish asks; the message says what it does instead."""


class Sound(NamedTuple):
    """One note as it is heard; a song has thousands.

    ``stem`` plays it and ``bar`` is the one that it begins in. ``beat`` is in quarters since that bar's
    downbeat, ``start`` in quarters since the song's first downbeat, and ``duration`` in quarters.
    """

    stem: str
    bar: int
    beat: float
    start: float
    duration: float
    pitch: int
    velocity: int

    @property
    def end(self) -> float:
        """Return when it ends, in quarters from the first downbeat."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Harmony:
    """A chord: quarters from the song's first downbeat, its length, its bar, root and pitch classes."""

    start: float
    duration: float
    bar: int
    symbol: str
    root: int
    pitch_classes: tuple[int, ...]


class Song:
    """A plan, listened to. Everything is derived once.

    ``plan``, ``stems`` and all that is derived from them are of those who play; effects are apart.
    """

    def __init__(self, plan: SongPlan) -> None:
        players = [stem.name for stem in plan.stems if stem.role not in PLAYERLESS]
        self._whole = plan
        self.plan = plan if len(players) == len(plan.stems) else _with_stems(plan, players)
        self.bars = plan.bars
        self.stems: Mapping[str, StemPlan] = {stem.name: stem for stem in self.plan.stems}

    @cached_property
    def effects(self) -> tuple[Sound, ...]:
        """Return every effect of the song in order of time; a pitch is the key of an effect."""
        names = {stem.name for stem in self._whole.stems} - set(self.stems)
        return _sounds_of(_with_stems(self._whole, names), self) if names else ()

    def of_stems(self, names: Collection[str]) -> Song:
        """Return the song as some of its stems alone play it."""
        return Song(_with_stems(self.plan, names))

    @cached_property
    def downbeats(self) -> list[float]:
        """Return the start of every bar, and last the double bar, in quarters."""
        return [float(self.plan.grid.quarters_at_bar(bar)) for bar in range(self.bars + 1)]

    @cached_property
    def sounds(self) -> tuple[Sound, ...]:
        """Return every note of the song in order of time."""
        return _sounds_of(self.plan, self)

    @cached_property
    def by_bar(self) -> list[list[Sound]]:
        """Return the notes that begin in each bar."""
        found: list[list[Sound]] = [[] for _ in range(self.bars)]
        for sound in self.sounds:
            found[sound.bar].append(sound)
        return found

    @cached_property
    def sounding(self) -> Mapping[str, frozenset[int]]:
        """Return the bars in which each stem is heard, be it by a note that is held."""
        found: dict[str, set[int]] = {name: set() for name in self.stems}
        downbeats = self.downbeats
        for stem, bar, _, start, duration, _, _ in self.sounds:
            heard = found.get(stem)
            if heard is None:
                heard = found[stem] = set()
            heard.add(bar)
            until = start + duration - _RINGS - EARLY
            until = start if until < start else until
            if until + EARLY >= downbeats[bar + 1]:
                heard.update(range(bar, self.bar_at(until) + 1))
        return {name: frozenset(bars) for name, bars in found.items()}

    @cached_property
    def chords(self) -> tuple[Harmony, ...]:
        """Return the chords of the whole song, in order."""
        found = []
        for visit in self.plan.visits:
            base = self.downbeats[visit.place.start_bar]
            for chord in visit.music.score.chords:
                start = base + float(chord.onset)
                found.append(
                    Harmony(
                        start,
                        float(chord.duration),
                        self.bar_at(start),
                        chord.symbol,
                        chord.root,
                        chord.pitch_classes,
                    )
                )
        return tuple(found)

    def bar_at(self, quarters: float) -> int:
        """Return the bar that a time lies in."""
        bar = bisect_right(self.downbeats, quarters + EARLY) - 1
        return min(bar, self.bars - 1) if bar > 0 else 0

    def role(self, stem: str) -> str:
        """Return what a stem does in the arrangement."""
        return self.stems[stem].role if stem in self.stems else ""

    def in_bars(self, bars: Iterable[int], stems: Collection[str] | None = None) -> list[Sound]:
        """Return the notes that begin in some bars, of some stems or of all."""
        return [
            sound
            for bar in sorted(set(bars))
            if 0 <= bar < self.bars
            for sound in self.by_bar[bar]
            if stems is None or sound.stem in stems
        ]

    def find_heard_in(self, bars: Iterable[int]) -> set[str]:
        """Return the stems that sound in any of some bars."""
        wanted = set(bars)
        return {name for name, played in self.sounding.items() if played & wanted}

    def share(self, stems: Iterable[str], bars: Collection[int]) -> float:
        """Return the share of some bars in which any of the stems sounds; 0 of no bars."""
        played: set[int] = set()
        for name in stems:
            played |= self.sounding.get(name, frozenset())
        return len(played & set(bars)) / len(bars) if bars else 0.0

    def with_role(self, *roles: str) -> set[str]:
        """Return the stems of some roles; a voice that has the tune leads, those behind it are a pad."""
        roles = (*roles, *(sung for sung, like in _SUNG_LIKE.items() if like in roles))
        return {name for name, stem in self.stems.items() if stem.role in roles}

    @cached_property
    def stems_with_pitch(self) -> set[str]:
        """Return the stems that are no drums."""
        return {name for name, stem in self.stems.items() if stem.role != "drums"}

    def seconds_at_bar(self, bar: int) -> float:
        """Return when a bar begins, in seconds."""
        return self.plan.grid.seconds_at(self.plan.grid.quarters_at_bar(bar))

    def tempo_at(self, bar: int) -> float:
        """Return the beats a minute at a bar's downbeat."""
        return float(self.plan.grid.span_at(self.plan.grid.quarters_at_bar(bar)).tempo_bpm)

    def beat_at(self, bar: int) -> float:
        """Return the quarters of a beat in a bar."""
        return float(self.plan.grid.span_at(self.plan.grid.quarters_at_bar(bar)).meter.beat_quarters)

    def meter_at(self, bar: int) -> Meter:
        """Return the metre of a bar."""
        return self.plan.grid.span_at(self.plan.grid.quarters_at_bar(bar)).meter

    @cached_property
    def force(self) -> list[float]:
        """Return how strong each bar is, in strokes of full velocity a beat.

        Each note counts by its velocity. A chord of one stem counts as the square root of its number of
        notes.
        """
        strengths = []
        for bar, sounds in enumerate(self.by_bar):
            groups: dict[tuple[str, int], list[int]] = {}
            for sound in sounds:
                groups.setdefault((sound.stem, round(sound.beat * 24)), []).append(sound.velocity)
            length = self.downbeats[bar + 1] - self.downbeats[bar]
            whole = sum(
                (sum(group) / len(group) / 127) ** 2 * len(group) ** 0.5 for group in groups.values()
            )
            held = [name for name, played in self.sounding.items() if bar in played]
            strengths.append((whole + 0.5 * len(held)) / length)
        return strengths


def _sounds_of(plan: SongPlan, song: Song) -> tuple[Sound, ...]:
    """Return the notes of a plan on the bars of a song."""
    found = []
    downbeats, last = song.downbeats, song.bars - 1
    for visit in plan.visits:
        base = downbeats[visit.place.start_bar]
        for stem, part in visit.music.score.parts.items():
            for note in part.notes:
                start = base + note.heard_at
                bar = bisect_right(downbeats, start + EARLY) - 1  # as Song.bar_at
                bar = 0 if bar < 0 else last if bar > last else bar
                length = note.duration.numerator / note.duration.denominator
                found.append(
                    Sound(stem, bar, start - downbeats[bar], start, length, note.pitch, note.velocity)
                )
    return tuple(sorted(found, key=itemgetter(3, 0, 5)))  # by start, stem and pitch


def _with_stems(plan: SongPlan, names: Collection[str]) -> SongPlan:
    """Return the plan with some of its stems alone."""
    visits = []
    for visit in plan.visits:
        score = visit.music.score
        score = replace(score, parts={name: part for name, part in score.parts.items() if name in names})
        visits.append(replace(visit, music=replace(visit.music, score=score)))
    kept = tuple(stem for stem in plan.stems if stem.name in names)
    return replace(plan, stems=kept, visits=tuple(visits))


def kind(visit: Visit) -> str:
    """Return what a musician would call the section of a visit."""
    return kind_of(visit.place.name) or visit.place.name


def describe_bars(bars: Collection[int]) -> str:
    """Return bars for people, who count from 1: ``bars 41-48``, ``bars 1-4, 9-12``, ``bar 7``."""
    ordered = sorted(set(bars))
    if not ordered:
        return "no bar"
    runs: list[list[int]] = []
    for bar in ordered:
        if runs and bar == runs[-1][1] + 1:
            runs[-1][1] = bar
        else:
            runs.append([bar, bar])
    shown = [f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in runs[:3]]
    word = "bar" if len(ordered) == 1 else "bars"
    return f"{word} {', '.join(shown)}" + (" …" if len(runs) > 3 else "")
