"""Tunes beside real ones: what they count, and how far that is from counts of pop songs."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from structure.arrange.swing import remove_swing
from structure.plans.plan import SongPlan, Visit
from structure.presets.styles import load_style
from tests.benchmarks.living.rows import Row, Songs

POP = ("pop", "rock", "soul", "ballad")
"""Styles that are measured beside the counts of pop songs."""

_NEAR, _FAR = 1.3, 5.0
"""Multiples of the distance between halves of the real songs that are asked of bar rhythms, and of other
counts."""

_LONGEST_REST = 64
"""Sixteenths from which on rests count as one."""

_LONGEST = 1024
"""Sixteenths of a tune that its figures look at."""

Tune = Sequence[tuple[int, int, int]]
"""Onset and duration in sixteenths, and MIDI pitch."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A distance that is asked, by the name of its counts."""

    counts: str
    what: str
    asked: float


_KINDS = (
    _Kind("bar_rhythms", "bar rhythms", _NEAR),
    _Kind("onset_places_sixteenths", "onset places", _FAR),
    _Kind("onset_gaps_sixteenths", "gaps", _FAR),
    _Kind("rests_sixteenths", "rests", _FAR),
    _Kind("phrase_starts_on_sixteenth", "phrase starts", _FAR),
    _Kind("durations_sixteenths", "durations", _FAR),
    _Kind("intervals_semitones", "intervals", _FAR),
)


def rows(songs: Songs, data: Path) -> list[Row]:
    """Return all measures of tunes; ``data`` holds ``pop_figures.json`` and ``pop_songs.csv``."""
    plans = [plan for style in POP for plan in songs.get(style, ()) if str(plan.meter) == "4/4"]
    pop = [tune for plan in plans if (tune := tune_of(plan))]
    found: list[Row] = []
    if pop:
        real = json.loads((data / "pop_figures.json").read_text(encoding="utf-8"))
        found += [*_distances(pop, real), *_shares(pop)]
    return [*found, *(_off_grid(style, plans) for style, plans in songs.items() if plans)]


def tune_of(plan: SongPlan) -> Tune:
    """Return the melody of a song as it is written: that of the first lead of each visit."""
    found = []
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        for note in _written(plan, visit):
            onset = round(4 * (start + note[0]))
            found.append((onset, max(1, round(4 * note[1])), note[2]))
    return sorted(found)


def _written(plan: SongPlan, visit: Visit) -> list[tuple[Fraction, Fraction, int]]:
    """Notes of a visit's first lead, in quarters, straight where they swing."""
    lead = next((part.notes for part in visit.music.score.parts.values() if part.role == "lead"), ())
    style = load_style(plan.genre)
    return [(n.onset, n.duration, n.pitch) for n in remove_swing(lead, style.swing, plan.meter)]


def bar_rhythms(tune: Tune, bar: int = 16) -> list[str]:
    """Return the rhythm of each bar from the first with a note to the last: x where one begins."""
    places = defaultdict(set)
    for onset, _, _ in tune:
        places[onset // bar].add(onset % bar)
    return ["".join(".x"[i in places[b]] for i in range(bar)) for b in range(min(places), max(places) + 1)]


def counts_of(tunes: Iterable[Tune]) -> dict[str, Counter[Any]]:
    """Return the counts of tunes by the names that ``pop_figures.json`` has for them."""
    found: dict[str, Counter[Any]] = {kind.counts: Counter() for kind in _KINDS}
    for tune in tunes:
        found["bar_rhythms"].update(bar_rhythms(tune))
        found["onset_places_sixteenths"].update(str(onset % 16) for onset, _, _ in tune)
        found["durations_sixteenths"].update(str(duration) for _, duration, _ in tune)
        found["phrase_starts_on_sixteenth"][str(tune[0][0] % 16)] += 1
        for one, other in pairwise(tune):
            gap = other[0] - one[0]
            found["onset_gaps_sixteenths"][str(gap)] += 1
            found["intervals_semitones"][str(max(-13, min(13, other[2] - one[2])))] += 1
            rest = gap - one[1]
            if rest >= 2:
                found["rests_sixteenths"][str(min(rest, _LONGEST_REST))] += 1
            if rest >= 3:
                found["phrase_starts_on_sixteenth"][str(other[0] % 16)] += 1
    return found


def divergence(one: Mapping[Any, float], other: Mapping[Any, float]) -> float:
    """Return the Jensen-Shannon divergence of two counts, in bits (0 … 1)."""
    sums = sum(one.values()), sum(other.values())
    total = 0.0
    for key in {**one, **other}:
        p, q = one.get(key, 0) / sums[0], other.get(key, 0) / sums[1]
        middle = (p + q) / 2
        total += sum(x * math.log2(x / middle) / 2 for x in (p, q) if x)
    return total


def _distances(tunes: Sequence[Tune], real: Mapping[str, Any]) -> list[Row]:
    """How far counts are from those of pop songs, as multiples of the distance between halves of those."""
    ours, found = counts_of(tunes), []
    for kind in _KINDS:
        far = divergence(ours[kind.counts], real[kind.counts]) / real["js_of_halves"][kind.counts]
        found.append(
            Row(f"distance of {kind.what}", "pop", far, 1.0, f"<= {kind.asked:g}", far <= kind.asked)
        )
    return found


def _shares(tunes: Sequence[Tune]) -> list[Row]:
    """Single facts by which pop tunes were told from real ones."""
    all_bars = [bar for tune in tunes for bar in bar_rhythms(tune)]
    fourth, others = _fourth_beats(tunes)
    notes = [note for tune in tunes for note in tune]
    steps = [abs(b[2] - a[2]) for tune in tunes for a, b in pairwise(tune)]
    rests = [r for tune in tunes for a, b in pairwise(tune) if (r := b[0] - a[0] - a[1]) >= 2]
    over = sum(o // 16 != (o + d - 1) // 16 for o, d, _ in notes)
    return [
        Row("distinct bar rhythms a bar", "pop", len(set(all_bars)) / len(all_bars), 0.101),
        Row("beat 4 silent in every fourth bar", "pop", fourth, 0.2),
        Row("beat 4 silent in other bars", "pop", others, 0.14),
        Row("onsets on a 2nd or 4th sixteenth", "pop", sum(o % 2 for o, _, _ in notes) / len(notes), 0.172),
        Row("rests of a bar or more, among rests", "pop", sum(r >= 16 for r in rests) / len(rests), 0.05),
        Row("leaps of a fourth or more", "pop", sum(s >= 5 for s in steps) / len(steps), 0.15),
        Row("repeated pitches", "pop", sum(s == 0 for s in steps) / len(steps), 0.241),
        Row("notes over the bar line", "pop", over / len(notes), 0.038),
    ]


def _fourth_beats(tunes: Sequence[Tune]) -> tuple[float, float]:
    """How often nothing sounds in the last beat of every fourth bar, and of others that have a note."""
    silent: dict[bool, list[bool]] = {True: [], False: []}
    for tune in tunes:
        heard = {at for onset, duration, _ in tune for at in range(onset, onset + duration)}
        played = {onset // 16 for onset, _, _ in tune}
        for bar in played:
            silent[bar % 4 == 3].append(not heard & set(range(16 * bar + 12, 16 * bar + 16)))
    return float(np.mean(silent[True])), float(np.mean(silent[False]))


def _off_grid(style: str, plans: Sequence[SongPlan]) -> Row:
    """Onsets of lead parts that are neither on sixteenths nor on triplets of eighths."""
    onsets = [note[0] for plan in plans for visit in plan.visits for note in _written(plan, visit)]
    off = sum(4 % at.denominator != 0 and 6 % at.denominator != 0 for at in onsets)
    return Row("onsets off the grid", style, off / max(1, len(onsets)), 0.0, "0", off == 0)


def figures(tune: Tune, bar: int = 16, bars: int | None = None) -> dict[str, float]:
    """Return the figures of a tune by the names of ``pop_songs.csv``, from the bar of its first note on;
    ``bar`` counts the sixteenths of a bar, ``bars`` is how many are looked at."""
    start = tune[0][0] // bar * bar
    longest = _LONGEST if bars is None else bars * bar
    notes = [(onset - start, length, pitch) for onset, length, pitch in tune if onset - start < longest]
    rests = [b[0] - a[0] - a[1] for a, b in pairwise(notes)]
    starts = Counter(
        [notes[0][0] % bar, *(b[0] % bar for b, r in zip(notes[1:], rests, strict=True) if r >= 3)]
    )
    total, size = len(notes), notes[-1][0] // bar + 1
    places = Counter(onset % bar for onset, _, _ in notes)
    lengths = Counter(length for _, length, _ in notes)
    gaps = Counter(b[0] - a[0] for a, b in pairwise(notes))
    steps = Counter(max(-12, min(12, b[2] - a[2])) for a, b in pairwise(notes))
    row = {f"place_{i}": places[i] / total for i in range(bar)}
    row |= {f"gap_{k}": gaps[k] / total for k in (1, 2, 3, 4, 5, 6, 8, 12, 16)}
    row |= {f"duration_{k}": lengths[k] / total for k in (1, 2, 3, 4, 6, 8, 12, 16)}
    row |= {f"interval_{k}": steps[k] / total for k in range(-12, 13)}
    row |= {f"phrase_start_{i}": starts[i] / sum(starts.values()) for i in range(bar)}
    row |= _of_bars(notes, bar, size)
    row |= {
        "notes_a_bar": total / size,
        "rests_of_2_or_more_a_bar": sum(rest >= 2 for rest in rests) / size,
        "rests_of_8_or_more_a_bar": sum(rest >= 8 for rest in rests) / size,
        "phrases_a_bar": sum(starts.values()) / size,
        "range_semitones": max(n[2] for n in notes) - min(n[2] for n in notes),
        "notes_over_the_barline": sum(o // bar != (o + d - 1) // bar for o, d, _ in notes) / total,
    }
    return row


def _of_bars(notes: Tune, bar: int, size: int) -> dict[str, float]:
    """What the bars of a tune have in common."""
    rhythms: list[tuple[int, ...]] = [()] * size
    whole: list[tuple[tuple[int, int], ...]] = [()] * size
    for onset, _, pitch in notes:
        rhythms[onset // bar] += (onset % bar,)
        whole[onset // bar] += ((onset % bar, pitch),)
    return {
        "empty_bars": sum(not rhythm for rhythm in rhythms) / size,
        "distinct_bar_rhythms": len(set(rhythms)) / size,
        "bar_rhythms_heard_before": _heard_before(rhythms),
        "bars_heard_before": _heard_before(whole),
    }


def _heard_before(bars: Sequence[Any]) -> float:
    return sum(bool(bar) and bar in bars[:i] for i, bar in enumerate(bars)) / len(bars)
