"""Tempo and beats of a song as a beat tracker hears them, which knows nothing of the plan.

It is asked only where drums play most of the song, since without them such trackers guess; and it may
settle on the half or the double of the beat, or on the off-beats, as listeners do. In house, where a hat is
struck between any two kicks, it takes sides anew from section to section. So its tempo must be
the planned one or a simple multiple, and its beats are compared with the planned ones at that level
(F-measure at 70 ms, as in mir_eval: Davies, Degara and Plumbley, "Evaluation Methods for Musical Audio
Beat Tracking Algorithms", 2009). A song whose tempo or metre changes is heard stretch by stretch, since a
tracker takes one tempo for all that it hears; and so is one of more than four and a half minutes, since its
memory grows with what it hears.

Where what it hears is not what is planned, it is asked what it hears in the planned notes themselves,
played as plain hits and tones. A rhythm that leads it astray there, as syncopation does, is not judged; nor
is a jig's that it hears in another pulse there, or a samba's that it hears off the beat there, since it may
change from one to the other on the way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from render.audio.types import Audio
from render.checks.check import Check
from render.checks.timing import onset_samples
from render.checks.tracker import track_beats
from structure.base.grid import Meter
from structure.plans.plan import SongPlan

TEMPO_LIMIT_PERCENT = 4.0
BEATS_LIMIT = 0.7
_WINDOW_S = 0.07
_LEAST_S, _MOST_S = 10.0, 270.0
_FEWEST_BEATS = 8
_OFF_BEAT = ", off the beat"
_PLAIN_S, _KICK = 0.25, 36
_LEAST_DRUMMED = 0.6
"""Share of the bars in which drums must play."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Bars of one tempo and one metre.

    ``start`` and ``end`` are in samples. ``beats`` are in seconds from the start; the last is the end.
    ``sections`` are the beats with which sections begin, and the last one.
    """

    start: int
    end: int
    meter: Meter
    tempo_bpm: float
    beats: Floats
    sections: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Heard:
    """What the tracker heard of a stretch.

    ``off`` says by how many percent its tempo is off, ``fit`` how well its beats match; ``tempo`` and
    ``beats`` say in words what was heard. ``pulse`` is the one that the tempo is nearest to, and
    ``is_off_beat`` says that its beats lie half-way between those.
    """

    off: float
    pulse: str
    tempo: str
    fit: float
    beats: str
    is_off_beat: bool

    @property
    def fits(self) -> bool:
        """Return whether what was heard is what was planned."""
        return self.off <= TEMPO_LIMIT_PERCENT and self.fit >= BEATS_LIMIT


def check_beats(plan: SongPlan, master: Audio) -> tuple[Check, Check]:
    """Check tempo and beats of the master against the plan; the worst stretch of one tempo counts."""
    # why a tracker would be no witness
    stretches, reason = _stretches(plan), ""
    if plan.music_samples < _LEAST_S * plan.grid.sample_rate:
        reason = f"the song is shorter than {_LEAST_S:.0f} s"
    elif not _is_drummed(plan, 0, plan.bars):
        reason = "drums play too little for a beat tracker"
    elif not stretches:
        reason = f"no tempo lasts {_LEAST_S:.0f} s"

    heard = [] if reason else [_hear(one, master, plan.grid.sample_rate) for one in stretches]
    sure = [
        one if one is None or one.fits or _is_told_by_its_notes(plan, stretch, one) else None
        for stretch, one in zip(stretches, heard, strict=False)
    ]
    found = [one for one in sure if one is not None]
    if not found:
        astray = any(one is not None for one in heard)
        reason = reason or f"the tracker {'is led astray by the rhythm' if astray else 'finds no beat'}"
        return (
            Check.leave_unmeasured("tempo that is heard", "at most", TEMPO_LIMIT_PERCENT, "% off", reason),
            Check.leave_unmeasured("beats that are heard", "at least", BEATS_LIMIT, "F", reason),
        )

    off, fit = max(found, key=lambda one: one.off), min(found, key=lambda one: one.fit)
    several = f"; the worst of {len(found)} stretches" if len(found) > 1 else ""
    return (
        Check.at_most(
            "tempo that is heard", off.off, TEMPO_LIMIT_PERCENT, "% off", off.tempo + several, decimals=1
        ),
        Check.at_least(
            "beats that are heard", fit.fit, BEATS_LIMIT, "F", (fit.beats + several).strip("; ")
        ),
    )


def _is_drummed(plan: SongPlan, first: int, end: int) -> bool:
    """Return whether drums play in most of the bars from ``first`` to ``end``."""
    drums = {stem.name for stem in plan.stems if stem.role == "drums"}
    drummed = sum(
        max(0, min(end, visit.end_bar) - max(first, visit.place.start_bar))
        for visit in plan.visits
        if drums & set(visit.music.score.parts)
    )
    return drummed >= _LEAST_DRUMMED * (end - first)


def _stretches(plan: SongPlan) -> list[_Stretch]:
    """Return the stretches of one tempo and metre that are to be heard.

    In a song that changes, these are the ones that are long enough and have drums. A steady song is one
    stretch; where it is too long for that, it is cut into parts, of which those with drums count.
    """
    if plan.grid.is_steady:
        parts = list(_cut(plan, 0, plan.bars))
        drummed = [part for part in parts if _is_drummed(plan, *part)] if len(parts) > 1 else parts
        return [_stretch(plan, *part) for part in drummed]

    # metre and tempo of each bar; None where the tempo changes inside it
    grid, rate = plan.grid, plan.grid.sample_rate
    paces: list[tuple[Meter, Fraction] | None] = []
    for bar in range(plan.bars):
        spans = grid.part(grid.quarters_at_bar(bar), grid.quarters_at_bar(bar + 1)).spans
        paces.append((spans[0].meter, spans[0].quarters_per_minute) if len(spans) == 1 else None)

    found, bar = [], 0
    for pace, run in groupby(paces):
        first, bar = bar, bar + len(list(run))
        lasts = grid.sample_at_bar(bar) - grid.sample_at_bar(first) >= _LEAST_S * rate
        if pace is not None and lasts:
            found += [_stretch(plan, *part) for part in _cut(plan, first, bar) if _is_drummed(plan, *part)]
    return found


def _cut(plan: SongPlan, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut bars into equal parts, of which none is too long to be heard in little memory."""
    samples = plan.grid.sample_at_bar(end) - plan.grid.sample_at_bar(first)
    count = math.ceil(samples / (_MOST_S * plan.grid.sample_rate))
    edges = [first + (end - first) * k // count for k in range(count + 1)]
    return pairwise(edges)


def _stretch(plan: SongPlan, first: int, end: int) -> _Stretch:
    grid = plan.grid
    start, downbeat = grid.sample_at_bar(first), grid.quarters_at_bar(first)
    span = grid.span_at(downbeat)
    count = (end - first) * span.meter.beats_per_bar
    samples = [grid.sample_at(downbeat + k * span.meter.beat_quarters) - start for k in range(count + 1)]
    stop = start + samples[-1] if end < plan.bars else plan.total_samples
    beats = np.array(samples) / grid.sample_rate
    begun = [visit.place.start_bar for visit in plan.visits if first < visit.place.start_bar < end]
    sections = tuple((bar - first) * span.meter.beats_per_bar for bar in (first, *begun, end))
    return _Stretch(start, stop, span.meter, float(span.tempo_bpm), beats, sections)


def _hear(stretch: _Stretch, master: Audio, sample_rate: int) -> _Heard | None:
    """Return what the tracker hears of a stretch; None where it finds too few beats."""
    tempo, beats = track_beats(master[:, stretch.start : stretch.end].mean(axis=0), sample_rate)
    if len(beats) < _FEWEST_BEATS:
        return None

    # how far the tempo is from the planned one, or from a simple multiple of it
    levels = _levels(stretch.meter)
    offs = {
        name: 100.0 * (tempo * float(length) / stretch.tempo_bpm - 1.0) for name, length in levels.items()
    }
    level = min(offs, key=lambda name: abs(offs[name]))
    tempo_text = f"{tempo:.1f} BPM" if level == "the beat" else f"{tempo:.1f} BPM, {level}"

    # how well the beats are the planned ones, at the level and side that the tracker chose
    fits: dict[str, float] = {}
    for name, length in levels.items():
        on, off = (_pulses(stretch, length, offset) for offset in (Fraction(0), length / 2))
        by_turns = np.concatenate(
            [
                max(pair, key=lambda side: f_measure(side, _between(beats, pair)))
                for pair in zip(on, off, strict=True)
            ]
        )
        for side, wanted in (
            ("", np.concatenate(on)),
            (_OFF_BEAT, np.concatenate(off)),
            (", on and off the beat", by_turns),
        ):
            fits[name + side] = f_measure(wanted, beats)
    chosen = max(fits, key=lambda name: fits[name])
    beats_text = "" if chosen == "the beat" else chosen
    return _Heard(abs(offs[level]), level, tempo_text, fits[chosen], beats_text, chosen.endswith(_OFF_BEAT))


def _pulses(stretch: _Stretch, length: Fraction, offset: Fraction) -> list[Floats]:
    """Return the times of a pulse in each section of a stretch; lengths are in beats."""
    last = len(stretch.beats) - 1
    count = int((last - offset) / length) + 1
    places = np.array([float(offset + k * length) for k in range(count)])
    times = np.interp(places, np.arange(last + 1), stretch.beats)
    return np.split(times, np.searchsorted(places, stretch.sections[1:-1]))


def _between(beats: Floats, pair: tuple[Floats, Floats]) -> Floats:
    """Return the beats where either side of a pulse is, and a window around that."""
    first = min((float(side[0]) for side in pair if len(side)), default=math.inf)
    last = max((float(side[-1]) for side in pair if len(side)), default=-math.inf)
    return beats[(beats >= first - _WINDOW_S) & (beats <= last + _WINDOW_S)]


def _is_told_by_its_notes(plan: SongPlan, stretch: _Stretch, in_song: _Heard) -> bool:
    """Return whether the tracker hears the planned beat in the planned notes of a stretch alone.

    In a compound metre it has to hear it in the same pulse as in the song. Where it hears it off the beat
    there and on it in the song, it may go over from one to the other on the way.
    """
    heard = _hear(stretch, play_plainly(plan)[None], plan.grid.sample_rate)
    if heard is None or not heard.fits or heard.is_off_beat > in_song.is_off_beat:
        return False
    return heard.pulse == in_song.pulse or not stretch.meter.is_compound


def play_plainly(plan: SongPlan) -> NDArray[np.float32]:
    """Return all planned notes of a song as plain sounds, (samples,).

    Drums are bursts of noise; their kick and all that has pitch are tones that die away.
    """
    rate = plan.grid.sample_rate
    seconds = np.arange(round(_PLAIN_S * rate)) / rate
    burst = np.random.default_rng(0).standard_normal(len(seconds)) * np.exp(-seconds / 0.02)
    audio = np.zeros(plan.total_samples + len(seconds), dtype=np.float32)
    for visit in plan.visits:
        for name, part in visit.music.score.parts.items():
            onsets = onset_samples(plan, visit, name)
            for note, onset in zip(part.notes, onsets, strict=True):
                hertz = 60.0 if part.role == "drums" else 440.0 * 2.0 ** ((note.pitch - 69) / 12.0)
                is_hit = part.role == "drums" and note.pitch > _KICK
                tone = burst if is_hit else np.sin(2 * np.pi * hertz * seconds) * np.exp(-seconds / 0.08)
                at = max(0, onset)
                audio[at : at + len(seconds)] += (note.velocity / 127.0) ** 2 * tone
    return audio[: plan.total_samples]


def _levels(meter: Meter) -> Mapping[str, Fraction]:
    """Return the pulses that a listener may take for the beat, in beats."""
    levels = {"the beat": Fraction(1), "double time": Fraction(1, 2), "half time": Fraction(2)}
    if meter.beats_per_bar % 3 == 0:
        levels |= {"the bar": Fraction(3), "half a bar": Fraction(3, 2)}
    if meter.is_compound:
        levels |= {"eighths": Fraction(1, 3), "quarters": Fraction(2, 3)}
    return levels


def f_measure(wanted: Floats, found: Floats) -> float:
    """Return the F-measure of beats in seconds, each within 70 ms of one of the other, one to one."""
    hits, at = 0, 0
    for beat in wanted:
        while at < len(found) and found[at] < beat - _WINDOW_S:
            at += 1
        if at < len(found) and found[at] <= beat + _WINDOW_S:
            hits, at = hits + 1, at + 1
    return 2.0 * hits / max(len(wanted) + len(found), 1)
