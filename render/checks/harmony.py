"""What harmony is heard in a song, against the plan: its tuning, its key, its chords.

All of it is measured on the sum of the stems that have pitch, from :mod:`render.audio.chroma`.

* Tuning: each visit's distance from A4 = 440 Hz in cents.
* Key: the correlation of the song's pitch classes, each visit turned to its planned tonic, with the
  profiles of the 24 keys (Krumhansl, "Cognitive Foundations of Musical Pitch", 1990). Keys of one
  signature count as one, for they share all of their notes. Neighbours share most, and correlate nearly as
  well; so the planned key must come close to the best, and need not be it.
* Chords: in the time of each planned chord the triad is sought that has most of the weight on root, third
  and fifth. It is right where all of it belongs to the planned chord (so A flat major is right in F minor
  seven; and G in B minor over G), where three of the chord's four tones weigh no less, or where the chord
  has no third and the root is right. Where the planned notes themselves, with overtones, would make another
  triad, as in a tune over a bass or with thirds that are struck for a moment alone, nothing is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from render.audio.chroma import Floats, Peaks, chroma, key_scores, spectral_peaks, tuning_cents
from render.audio.types import Audio
from render.checks.check import Check, list_names
from structure.base.types import PITCHLESS
from structure.harmony.keys import parse_key
from structure.harmony.pitch import pitch_class
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import ChordEvent, Part

TUNING_LIMIT_CENTS = 20.0
KEY_MARGIN_LIMIT = -0.35
"""How much better another key may correlate than the planned one."""

CHORDS_LIMIT = 60.0
VISIT_CHORDS_LIMIT = 40.0
"""Least share of time with the right chord, in percent: of the song, and of any visit. By chance it is
4."""

_LEAST_VISIT_S = 2.0
_ATTACK_S = 0.1
"""Until then a chord's sound is that of its attack, and of what rings from the one before."""

_THIRDS = {3, 4}
_OVERTONES = np.eye(12) + 0.3 * np.roll(np.eye(12), 7, axis=0) + 0.15 * np.roll(np.eye(12), 4, axis=0)
"""What is heard of a pitch class at others: of its third harmonic and its fifth."""


@dataclass(frozen=True, slots=True)
class HeardPitch:
    """Peaks of the pitched stems' sum, and their chroma (frames, 12)."""

    peaks: Peaks
    chroma: Floats
    sample_rate: int

    def frames(self, start: int, end: int) -> slice:
        """Return the frames whose middles lie in a range of samples; one at least."""
        first = min(round(start / self.peaks.hop), len(self.chroma) - 1)
        return slice(first, max(first + 1, round(end / self.peaks.hop)))

    def tuning(self, start: int, end: int) -> float | None:
        """Return the tuning in a range of samples."""
        frames = self.frames(start, end)
        inside = (self.peaks.frames >= frames.start) & (self.peaks.frames < frames.stop)
        part = Peaks(
            self.peaks.frames[inside], self.peaks.pitches[inside], self.peaks.weights[inside], 0, 0
        )
        return tuning_cents(part)


def check_harmony(plan: SongPlan, stems: Mapping[str, Audio]) -> tuple[Check, Check, Check]:
    """Check tuning, key and chords of the stems that have pitch, (2, samples) each."""
    # by name and not all at once, since they may lie on a disk
    pitched = [stem.name for stem in plan.stems if stem.role not in PITCHLESS and stem.name in stems]
    names = ("tuning", "key", "chords")
    if not any(stems[name].any() for name in pitched):
        detail = "no stem has pitch"
        return (
            Check.leave_unmeasured(names[0], "within", TUNING_LIMIT_CENTS, "cents", detail),
            Check.leave_unmeasured(names[1], "at least", KEY_MARGIN_LIMIT, "margin", detail),
            Check.leave_unmeasured(names[2], "at least", CHORDS_LIMIT, "%", detail),
        )
    mono = np.zeros(stems[pitched[0]].shape[1], dtype=np.float32)
    for name in pitched:
        mono += stems[name].mean(axis=0)
    peaks = spectral_peaks(mono, plan.grid.sample_rate)
    heard = HeardPitch(peaks, chroma(peaks), plan.grid.sample_rate)
    return (
        check_tuning(plan, heard, names[0]),
        check_key(plan, heard, names[1]),
        check_chords(plan, heard, names[2]),
    )


def check_tuning(plan: SongPlan, heard: HeardPitch, name: str) -> Check:
    """Check that no visit is out of tune."""
    cents = {
        visit.place.label: value
        for visit in _long_visits(plan)
        if (value := heard.tuning(*plan.bounds(visit))) is not None
    }
    if not cents:
        return Check.leave_unmeasured(
            name, "within", TUNING_LIMIT_CENTS, "cents", "no visit has clear pitches"
        )
    worst = max(cents, key=lambda label: abs(cents[label]))
    return Check.within(name, cents[worst], TUNING_LIMIT_CENTS, "cents", f"in {worst}", decimals=1)


def check_key(plan: SongPlan, heard: HeardPitch, name: str) -> Check:
    """Check that the song's pitch classes suit its planned keys nearly as well as any, or better."""
    sums: dict[str, Floats] = {}
    same: dict[str, set[tuple[int, str]]] = {}
    for visit in plan.visits:
        key = parse_key(visit.music.key)
        # it, and the major and the minor key of the same signature: G major and E minor for C lydian
        signature = (7 * key.fifths - key.root) % 12
        own = {(0, key.family), (signature, "major"), ((signature + 9) % 12, "minor")}
        same.setdefault(key.family, set()).update(own)
        turned = np.roll(
            heard.chroma[heard.frames(*plan.bounds(visit))].sum(axis=0), -pitch_class(key.tonic)
        )
        sums[key.family] = sums.get(key.family, np.zeros(12)) + turned
    family = max(sums, key=lambda mode: float(sums[mode].sum()))
    scores = key_scores(sums[family])
    if not np.isfinite(scores[0, family]):
        return Check.leave_unmeasured(name, "at least", KEY_MARGIN_LIMIT, "margin", "no pitches are heard")
    own = same[family]
    best = max((key for key in scores if key not in own), key=lambda key: scores[key])
    margin = max(scores[key] for key in own) - scores[best]
    steps = f"{best[0]} semitones up, {best[1]}"
    detail = f"{plan.key}" if margin >= 0.0 else f"{plan.key}; a key {steps}, fits better"
    return Check.at_least(name, margin, KEY_MARGIN_LIMIT, "margin", detail)


def check_chords(plan: SongPlan, heard: HeardPitch, name: str) -> Check:
    """Check that the planned chords are heard, in the song and in each of its visits.

    Where the song as a whole passes and a visit does not, the check is that of the poorest visit.
    """
    found = {visit.place.label: _measure_chords(plan, visit, heard) for visit in plan.visits}
    judged = {label: (right, whole) for label, (right, whole) in found.items() if whole}
    if not judged:
        return Check.leave_unmeasured(name, "at least", CHORDS_LIMIT, "%", "no chord is played in full")

    shares = {label: 100.0 * right / whole for label, (right, whole) in judged.items()}
    share = 100.0 * sum(right for right, _ in judged.values()) / sum(whole for _, whole in judged.values())
    least = _LEAST_VISIT_S * plan.grid.sample_rate
    poor = [label for label in shares if judged[label][1] >= least and shares[label] < VISIT_CHORDS_LIMIT]
    detail = list_names([f"{label} {shares[label]:.0f} %" for label in poor])
    if poor and share >= CHORDS_LIMIT:
        poorest = min(shares[label] for label in poor)
        return Check.at_least(name, poorest, VISIT_CHORDS_LIMIT, "%", detail, decimals=1)
    worst = min(shares, key=lambda label: shares[label])
    detail = detail or f"least in {worst}: {shares[worst]:.0f} %"
    return Check.at_least(name, share, CHORDS_LIMIT, "%", detail, decimals=1)


def _measure_chords(plan: SongPlan, visit: Visit, heard: HeardPitch) -> tuple[int, int]:
    """Return for how many samples of a visit the planned chord is heard, and how many are judged.

    Those are the samples of chords that can be told by what is planned.
    """
    right = judged = 0
    begin = plan.position_quarters(visit)
    pitched = [part for part in visit.music.score.parts.values() if part.role not in PITCHLESS]
    for chord in visit.music.score.chords:
        planned = _planned_classes(pitched, chord)
        # enough of it is planned to tell it: three of its tones, or all of fewer
        own_tones = {tone % 12 for tone in chord.pitch_classes}
        if np.count_nonzero(planned[sorted(own_tones)]) < min(3, len(own_tones)):
            continue
        if not _is_told(chord, _OVERTONES @ planned):
            continue

        start, end = (plan.grid.sample_at(begin + at) for at in (chord.onset, chord.end))
        skip = min(round(_ATTACK_S * heard.sample_rate), (end - start) // 4)
        classes = heard.chroma[heard.frames(start + skip, end)].mean(axis=0)
        is_right = _is_told(chord, classes) or _outweighs_triads(chord, classes)
        right += (end - start) * is_right
        judged += end - start
    return right, judged


def _planned_classes(parts: Iterable[Part], chord: ChordEvent) -> Floats:
    """Return for how many quarters each pitch class is planned while a chord lasts: (12,)."""
    classes = np.zeros(12)
    for part in parts:
        for note in part.notes:
            classes[note.pitch % 12] += max(
                0.0, float(min(note.end, chord.end) - max(note.onset, chord.onset))
            )
    return classes


def _is_told(chord: ChordEvent, classes: Floats) -> bool:
    """Return whether the triad of pitch classes, (12,), is that of a chord, or a part of it."""
    root, third = find_triad(classes)
    intervals = {(tone - chord.root) % 12 for tone in chord.pitch_classes}
    is_root = root == chord.root % 12
    if not intervals & _THIRDS:
        return is_root
    if is_root and third in intervals:  # also of chords whose fifth is altered
        return True
    tones = {*chord.pitch_classes, chord.bass}  # over a pedal the bass makes another triad
    return {root, (root + third) % 12, (root + 7) % 12} <= tones


def _outweighs_triads(chord: ChordEvent, classes: Floats) -> bool:
    """Return whether three of a chord's four or more tones weigh no less than any triad.

    F sharp minor with a sixth has the notes of a chord on D sharp, whose overtones make another triad.
    """
    own = np.sort(classes[sorted({tone % 12 for tone in chord.pitch_classes})])
    root, third = find_triad(classes)
    triad = classes[[root, (root + third) % 12, (root + 7) % 12]]
    return len(own) > 3 and bool(own[-3:].sum() >= triad.sum())


def find_triad(classes: Floats) -> tuple[int, int]:
    """Return root and third (3 or 4 semitones) of the major or minor triad with most of the weight."""
    triads = ((root, third) for root in range(12) for third in sorted(_THIRDS))
    return max(triads, key=lambda t: classes[t[0]] + classes[(t[0] + t[1]) % 12] + classes[(t[0] + 7) % 12])


def _long_visits(plan: SongPlan) -> Iterable[Visit]:
    """Yield the visits that last long enough to be judged by themselves."""
    for visit in plan.visits:
        start, end = plan.bounds(visit)
        if end - start >= _LEAST_VISIT_S * plan.grid.sample_rate:
            yield visit
