"""How chords of planned songs move, beside the chords of 249 pop songs and what each style asks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import log2
from pathlib import Path
from typing import Any

import yaml

from structure.base.grid import Meter
from structure.harmony.keys import MODES, Key, parse_key
from structure.plans.plan import SongPlan
from structure.plans.score import ChordEvent
from tests.benchmarks.living.rows import Row, Songs

_TARGETS = Path(__file__).with_name("harmony.yaml")
_COUNTED = ("pop", "rock", "soul", "ballad")
"""Styles that are held against the counts of pop songs."""

_MOST_DISTANT = 20.0
"""Most distance from the counts, as a multiple of that between halves of them."""

_OWN_TONES = {"dorian": (9, 8), "phrygian": (1, 2), "lydian": (6, 5), "mixolydian": (10, 11)}
"""Semitones above the tonic of the tone that makes a mode, and of the one that denies it."""

_TRIADS, _OF_A_TRIAD = ("maj", "min", "dim", "aug", "sus2", "sus4"), 3

_KEYS = "songs with a section in another key"
_MANY = 20
"""Songs from which on a share of them is weighed."""

_CLUB = ("techno", "house", "drum-and-bass")
_EIGHT = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """A chord with the key and the metre in which it sounds; ``bar`` counts those of its visit from 0."""

    chord: ChordEvent
    key: Key
    meter: Meter
    bar: int

    @property
    def beats(self) -> float:
        """How long it is."""
        return float(self.chord.duration / self.meter.beat_quarters)

    @property
    def beat(self) -> float:
        """Where it begins in its bar, from 0."""
        return float(self.chord.onset % self.meter.bar_quarters / self.meter.beat_quarters)

    @property
    def above(self) -> int:
        """Semitones of its root above the tonic."""
        return (self.chord.root - self.key.root) % 12

    @property
    def steps(self) -> set[int]:
        """Semitones of its tones above its root."""
        return {(pitch - self.chord.root) % 12 for pitch in self.chord.pitch_classes}


def rows(songs: Songs, data: Path) -> list[Row]:
    """Return all measures of harmony. ``data`` holds ``pop_figures.json`` and ``chord_symbols.json``."""
    figures = json.loads((data / "pop_figures.json").read_text())
    targets = yaml.safe_load(_TARGETS.read_text())
    found: list[Row] = []
    for style, plans in songs.items():
        found += _of_style(style, plans, figures, targets.get(style, {}))
    found = [_weighed(row, len(songs[row.style])) for row in found]
    counted = [plan for style in _COUNTED for plan in songs.get(style, ())]
    if counted:
        both = (targets["pop"]["keys"], _real(figures)["keys"])
        keys = _asked(_KEYS, "pop, rock, soul, ballad", _second_keys(counted), both[1], both[0])
        found.append(_weighed(keys, len(counted)))
        found += _distances("pop, rock, soul, ballad", counted, figures)
    every = [plan for plans in songs.values() for plan in plans]
    return found + [row for mode in _OWN_TONES for row in _modal(mode, every)]


def _weighed(row: Row, songs: int) -> Row:
    """The row without a verdict where a share of songs is that of a few."""
    return replace(row, holds=None) if row.what == _KEYS and songs < _MANY else row


def _of_style(
    style: str, plans: Sequence[SongPlan], figures: Mapping[str, Any], asked: Mapping[str, Sequence[float]]
) -> list[Row]:
    chords = [placed for plan in plans for placed in placed_chords(plan)]
    real = _real(figures) if style in _COUNTED else {}
    found = [
        _asked(what, style, value, real.get(name), asked.get(name))
        for name, what, value in (
            ("bar", "chords of a bar or more", _share(chords, lambda c: c.beats >= c.meter.beats_per_bar)),
            (
                "half",
                "chords of half a bar",
                _share(chords, lambda c: 2 * c.beats == c.meter.beats_per_bar),
            ),
            (
                "beat",
                "chords of a beat",
                _share(chords, lambda c: c.beats == 1 < c.meter.beats_per_bar - 1),
            ),
            ("two", "bars with two chords or more", _full_bars(chords)),
            ("slash", "slash chords", _share(chords, lambda c: c.chord.bass != c.chord.root)),
            ("weak", "chords that begin on beat 2 or 4", _share(chords, lambda c: c.beat in (1.0, 3.0))),
            (
                "sus",
                "suspended chords",
                _share(chords, lambda c: not {3, 4} & c.steps and {2, 5} & c.steps),
            ),
            ("added", "chords with more than a triad", _share(chords, lambda c: _is_rich(c.steps))),
            ("keys", _KEYS, _second_keys(plans)),
        )
    ]
    applied = [is_resolved for plan in plans for is_resolved in resolutions(plan)]
    if applied:
        share = sum(applied) / len(applied)
        found.append(
            Row(
                f"secondary dominants resolved, of {len(applied)}",
                style,
                share,
                None,
                ">= 0.95",
                share >= 0.95,
            )
        )
    if style in _CLUB:
        share = _dominants_at_eight(plans)
        found.append(Row("eighth bars with a dominant", style, share, None, "<= 0.1", share <= 0.1))
    return found


def _real(figures: Mapping[str, Any]) -> dict[str, float]:
    """What the counts of pop songs have; they count no chord beyond the bar line."""
    lengths = {int(beats): n for beats, n in figures["chord_durations_beats"].items()}
    places = {int(beat): n for beat, n in figures["chord_starts_on_beat"].items()}
    whole, kinds = sum(lengths.values()), figures["chord_kinds"]
    return {
        "bar": sum(n for beats, n in lengths.items() if beats >= 4) / whole,
        "half": lengths[2] / whole,
        "beat": lengths[1] / whole,
        "slash": figures["share_of_slash_chords"],
        "weak": (places[1] + places[3]) / sum(places.values()),
        "sus": sum(n for kind, n in kinds.items() if kind.startswith("sus")) / sum(kinds.values()),
        "added": sum(n for kind, n in kinds.items() if kind not in _TRIADS) / sum(kinds.values()),
        "keys": figures["share_of_songs_with_a_second_key"],
    }


def _is_rich(steps: Collection[int]) -> bool:
    """Whether a chord has more tones than a triad or a suspended one."""
    return len(steps) > _OF_A_TRIAD


def _asked(what: str, style: str, value: float, real: float | None, bounds: Sequence[float] | None) -> Row:
    if bounds is None:
        return Row(what, style, value, real)
    low, high = bounds
    return Row(what, style, value, real, f"{low:g} … {high:g}", low <= value <= high)


def placed_chords(plan: SongPlan) -> Iterator[Placed]:
    """Return the chords of all visits."""
    for visit in plan.visits:
        key = parse_key(visit.music.key)
        meter = plan.grid.span_at(plan.position_quarters(visit)).meter
        for chord in visit.music.score.chords:
            yield Placed(chord, key, meter, int(chord.onset // meter.bar_quarters))


def _share(chords: Sequence[Placed], test: Any) -> float:
    return sum(bool(test(chord)) for chord in chords) / max(1, len(chords))


def _full_bars(chords: Iterable[Placed]) -> float:
    counts = [len(list(run)) for _, run in groupby(chords, key=lambda c: (c.bar, c.key.name))]
    return sum(n > 1 for n in counts) / max(1, len(counts))


def _second_keys(plans: Sequence[SongPlan]) -> float:
    return sum(len({visit.music.key for visit in plan.visits}) > 1 for plan in plans) / len(plans)


def resolutions(plan: SongPlan) -> list[bool]:
    """Return, for each secondary dominant, whether the next other root is a fifth below it, or, in its
    substitute, a semitone."""
    chords = list(placed_chords(plan))
    found = []
    for i, placed in enumerate(chords):
        if not is_applied(placed):
            continue
        following = next((c for c in chords[i + 1 :] if c.chord.root != placed.chord.root), None)
        if following is not None and following.key.name != placed.key.name:
            continue  # a dominant of the next key
        is_first = i == 0 or chords[i - 1].chord.root != placed.chord.root
        if is_first:
            found.append(
                following is not None and (following.chord.root - placed.chord.root) % 12 in (5, 11)
            )
    return found


def is_applied(placed: Placed) -> bool:
    """Return whether a chord is a secondary dominant: major, on a step of the key, with a third that the
    key does not have. What a mode or a minor key has of its own, V and IV, is none."""
    scale = {(pitch - placed.key.root) % 12 for pitch in placed.key.scale}
    third = (placed.above + 4) % 12
    if not {4, 7} <= placed.steps | {7} or 3 in placed.steps or placed.above not in scale or third in scale:
        return False
    if placed.key.is_minor:
        return placed.above == 2 or (placed.above == 0 and 10 in placed.steps)
    return placed.above in (2, 4, 9, 11)


def _dominants_at_eight(plans: Sequence[SongPlan]) -> float:
    """Share of the eighth bars in which a dominant sounds, of all visits of eight bars or more."""
    bars = dominants = 0
    for plan in plans:
        for bar, run in groupby(placed_chords(plan), key=lambda c: c.bar):
            if bar % _EIGHT == _EIGHT - 1:
                last = list(run)[-1]
                bars += 1
                dominants += last.above == 7 and (4 in last.steps or 5 in last.steps)
    return dominants / max(1, bars)


def _distances(styles: str, plans: Sequence[SongPlan], figures: Mapping[str, Any]) -> list[Row]:
    """Jensen-Shannon distances of songs in 4/4 from the counts."""
    chords = [c for plan in plans for c in placed_chords(plan) if c.meter.beats_per_bar == 4]
    lengths = Counter(str(max(1, min(6, round(c.beats)))) for c in chords)
    places = Counter(str(int(c.beat)) for c in chords)
    found = []
    for what, name, ours in (
        ("distance of chord durations", "chord_durations_beats", lengths),
        ("distance of chord places", "chord_starts_on_beat", places),
    ):
        times = divergence(ours, figures[name]) / figures["js_of_halves"][name]
        found.append(Row(what, styles, times, 1.0, f"<= {_MOST_DISTANT:g}", times <= _MOST_DISTANT))
    return found


def divergence(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the Jensen-Shannon divergence of two tables of counts in bits."""
    total, others = sum(one.values()), sum(other.values())
    found = 0.0
    for name in {*one, *other}:
        p, q = one.get(name, 0) / total, other.get(name, 0) / others
        middle = (p + q) / 2
        found += (p * log2(p / middle) if p else 0.0) / 2 + (q * log2(q / middle) if q else 0.0) / 2
    return found


def _modal(mode: str, plans: Iterable[SongPlan]) -> list[Row]:
    """How often chords have a mode's own tone, for one that denies it, in the songs of the mode."""
    own, denying = _OWN_TONES[mode]
    assert own in MODES[mode]
    counts: Counter[str] = Counter()
    for plan in plans:
        for placed in placed_chords(plan):
            if placed.key.mode == mode:
                tones = {(pitch - placed.key.root) % 12 for pitch in placed.chord.pitch_classes}
                counts["own"] += own in tones
                counts["denying"] += denying in tones
    if not counts:
        return []
    ratio = counts["own"] / max(1, counts["denying"])
    what = f"chords with the tone of the mode ({counts['own']}) to one that denies it ({counts['denying']})"
    return [Row(what, mode, ratio, None, ">= 2", ratio >= 2)]
