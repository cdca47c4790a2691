"""Tempo and beats as an independent listener hears them: librosa's beat tracker, which knows nothing of
plans.

It is asked only where drums play most of the song, since without them such trackers guess; and it may
settle on the half or the double of the beat, or on the off-beats, as listeners do. So its tempo must be
the planned one or a simple multiple, and its beats are compared with the planned ones at that level
(F-measure at 70 ms, as in mir_eval: Davies, Degara and Plumbley, "Evaluation Methods for Musical Audio
Beat Tracking Algorithms", 2009). librosa is an optional dependency: ``pip install 'ritornello[verify]'``.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from render.audio.types import Audio
from render.checks.check import Check
from structure.plans.plan import SongPlan

TEMPO_LIMIT_PERCENT = 4.0
BEATS_LIMIT = 0.7
_WINDOW_S = 0.07
_LEAST_S = 10.0
_LEAST_DRUMMED = 0.6
"""Share of the bars in which drums must play."""

Floats = NDArray[np.float64]


def check_beats(plan: SongPlan, master: Audio) -> tuple[Check, Check]:
    """Tempo and beats of the master against the plan."""
    reason = _why_not(plan)
    found = None if reason else _tracked(master, plan.grid.sample_rate)
    if found is None or len(found[1]) < 8:
        reason = reason or "the tracker finds no beat"
        return (
            Check.unmeasured("tempo that is heard", "at most", TEMPO_LIMIT_PERCENT, "% off", reason),
            Check.unmeasured("beats that are heard", "at least", BEATS_LIMIT, "F", reason),
        )
    tempo, beats = found
    return _check_tempo(plan, tempo), _check_beats(plan, beats)


def _why_not(plan: SongPlan) -> str:
    """Why a tracker would be no witness; "" where it is one."""
    from importlib.util import find_spec

    if find_spec("librosa") is None:
        return "librosa is not installed: pip install 'ritornello[verify]'"
    if plan.music_samples < _LEAST_S * plan.grid.sample_rate:
        return f"the song is shorter than {_LEAST_S:.0f} s"
    drums = {stem.name for stem in plan.stems if stem.role == "drums"}
    drummed = sum(visit.bars for visit in plan.visits if drums & set(visit.music.score.parts))
    return "" if drummed >= _LEAST_DRUMMED * plan.bars else "drums play too little for a beat tracker"


def _tracked(master: Audio, sample_rate: int) -> tuple[float, Floats]:
    """Tempo in beats a minute and the beats in seconds."""
    import librosa

    mono = np.ascontiguousarray(master.mean(axis=0))
    tempo, frames = librosa.beat.beat_track(y=mono, sr=sample_rate, trim=False)
    return float(np.atleast_1d(tempo)[0]), np.asarray(librosa.frames_to_time(frames, sr=sample_rate))


def _levels(plan: SongPlan) -> Mapping[str, Fraction]:
    """Pulses that a listener may take for the beat, in beats."""
    per_bar = plan.meter.beats_per_bar
    levels = {"the beat": Fraction(1), "double time": Fraction(1, 2), "half time": Fraction(2)}
    if per_bar % 3 == 0:
        levels |= {"the bar": Fraction(3), "half a bar": Fraction(3, 2)}
    if plan.meter.is_compound:
        levels |= {"eighths": Fraction(1, 3), "quarters": Fraction(2, 3)}
    return levels


def _check_tempo(plan: SongPlan, tempo: float) -> Check:
    """The tracker's tempo is the planned one, or that of a simple multiple of the beat."""
    planned = float(plan.grid.tempo_bpm)
    offs = {name: 100.0 * (tempo * float(length) / planned - 1.0) for name, length in _levels(plan).items()}
    level = min(offs, key=lambda name: abs(offs[name]))
    off = abs(offs[level])
    detail = f"{tempo:.1f} BPM" if level == "the beat" else f"{tempo:.1f} BPM, {level}"
    return Check.at_most("tempo that is heard", off, TEMPO_LIMIT_PERCENT, "% off", detail, decimals=1)


def _check_beats(plan: SongPlan, beats: Floats) -> Check:
    """The tracker's beats are the planned ones, at the level and on the side of the beat that it chose."""
    scores: dict[str, float] = {}
    for name, length in _levels(plan).items():
        for side, offset in (("", Fraction(0)), (", off the beat", length / 2)):
            scores[name + side] = f_measure(_pulse(plan, length, offset), beats)
    level = max(scores, key=lambda name: scores[name])
    detail = "" if level == "the beat" else level
    return Check.at_least("beats that are heard", scores[level], BEATS_LIMIT, "F", detail)


def _pulse(plan: SongPlan, length: Fraction, offset: Fraction) -> Floats:
    """Seconds of a pulse of ``length`` beats, ``offset`` beats after the first downbeat."""
    beat = plan.meter.beat_quarters
    total = plan.bars * plan.meter.beats_per_bar
    count = int((total - offset) / length)
    samples = [plan.grid.sample_at((offset + k * length) * beat) for k in range(count + 1)]
    return np.array(samples) / plan.grid.sample_rate


def f_measure(wanted: Floats, found: Floats) -> float:
    """F-measure of beats in seconds, each within 70 ms of one of the other, one to one."""
    hits, at = 0, 0
    for beat in wanted:
        while at < len(found) and found[at] < beat - _WINDOW_S:
            at += 1
        if at < len(found) and found[at] <= beat + _WINDOW_S:
            hits, at = hits + 1, at + 1
    return 2.0 * hits / max(len(wanted) + len(found), 1)
