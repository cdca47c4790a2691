"""Checks that what is planned is what sounds.

Each note sounds in its stem, each stem under its own name, and rests are silent.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import db_from_power
from render.audio.loudness import chunks, plain_powers
from render.audio.types import Audio
from render.checks.check import Check, list_names
from render.checks.flaws import players
from render.checks.harmony import TUNING_LIMIT_CENTS
from render.checks.likeness import TAIL_S, ring_s
from render.checks.partials import HeardNote, hear, hear_contrasts, place_notes, spectrogram
from render.checks.timing import onset_samples
from structure.base.grid import SAMPLE_RATE
from structure.base.types import PITCHLESS, SUNG
from structure.plans.curves import unheard_bars
from structure.plans.plan import SongPlan, StemPlan

MISSING_DB = 28.0
"""A note that is so far below what its stem usually has at its velocity does not sound."""

WRONG_CONTRAST_DB = -1.0
"""Where the notes of a bar do not stand out of their surroundings, they are others."""

ODD_LOST_DB = 8.0
ODD_APART_DB = 2.0
ODD_FAINTER_DB = 8.0
"""The odd partials of a bar that is an octave higher stand out by so much less than such notes usually do,
by so much less than its partials together, and are so much fainter beside the even ones than usual."""

ODD_GONE_DB = 25.0
"""Or they are gone: fainter by so much, and standing out no more than usual."""

BETWEEN_CONTRAST_DB = 7.0
BETWEEN_DB = 18.0
"""What lies between the partials of a bar that is an octave lower stands out by the one, or is stronger
than usual by the other."""

_LEAST_BETWEEN_DB = 6.0
_LEAST_PEAKS_DB = 4.0
"""And in either case by as much by the other."""

TWIN_BETWEEN_DB = 7.0
TWIN_CONTRAST_DB = 2.5
TWIN_PEAKS_DB = 2.0
"""Or, against bars that have the same notes, what lies between them is stronger by the one while they stand
out less by the other, and it stands out by the last: what rings in from another chord does not."""

_FAINT_DB = -25.0
"""What lies between the partials is nothing where it is so far below them."""

_RESOLVED_PITCH = 48
"""From this pitch on what lies between two partials is told from the partials."""

REST_RISE_DB = 12.0
REST_LEVEL_DB = 30.0
"""In a rest what sounds dies away: it does not rise by so much to a level so near to that of notes."""

TAIL_LEVEL_DB = 20.0
"""But while a clip may still ring its sounds beat: they rise and fall on their way to silence, further
below."""

OWN_MARGIN_DB = 1.5
"""How much better than its own stem another may play a part."""

_SAME = 0.98
"""Stems that correlate so are the same sound."""

_NEAR_SEMITONES = 4
_FEWEST_ALIKE = 4
_DRUM_S = 0.06
_BLOCK_S = 0.01
_SMOOTH = np.full(5, 0.2)
"""Over which levels of a rest are taken: within less that of a low or beating sound goes up and down."""

_REST_S = 0.25
"""A rest is judged from so long after its start; and before its end up to what a singer needs."""

_BEFORE_S = 0.35
_PLACES = 60

Bars = Mapping[int, Sequence[HeardNote]]


def find_pitched_players(plan: SongPlan) -> list[str]:
    """Return the stems that play notes of a pitch.

    Voices are left out, as they glide between notes as they like.
    """
    return [s.name for s in plan.stems if s.role not in PITCHLESS and s.role not in SUNG]


@dataclass(frozen=True, slots=True)
class HeardParts:
    """How the notes of each pitched stem are heard in it, and how well other stems would play its part.

    ``notes`` is by the stem's name, ``fits`` by its name and then by that of the player.
    """

    notes: Mapping[str, list[HeardNote]]
    fits: Mapping[str, Mapping[str, float]]


def hear_all(plan: SongPlan, stems: Mapping[str, Audio]) -> HeardParts:
    """Hear the parts of all pitched stems, in one stem after the other."""
    pitched = [name for name in find_pitched_players(plan) if name in stems]
    placed = {part: place_notes(plan, part) for part in pitched}
    some = {part: all_of[:: max(1, len(all_of) // _PLACES)] for part, all_of in placed.items()}
    notes: dict[str, list[HeardNote]] = {}
    fits: dict[str, dict[str, float]] = {part: {} for part in pitched}
    for player in (name for name in players(plan) if name in stems):
        heard = spectrogram(stems[player], plan.grid.sample_rate)
        if player in fits:
            notes[player] = hear(placed[player], heard)
        for part in pitched:
            if part != player and not _is_twin_part(plan, part, player):
                fits[part][player] = _fit(hear_contrasts(some[part], heard))
    return HeardParts({name: notes[name] for name in pitched}, fits)


def check_notes(plan: SongPlan, stems: Mapping[str, Audio], heard: Mapping[str, list[HeardNote]]) -> Check:
    """Check that every planned note sounds in its stem, at its pitch, and every hit of a drum."""
    name, judged, wrong = "planned notes are heard", 0, []
    for stem, notes in heard.items():
        judged += len(notes)
        moved = unheard_bars(plan, stem)
        wrong += [
            f"{stem} in bar {bar + 1}: {what}"
            for bar, what in _wrong_bars(notes).items()
            if bar not in moved
        ]
    for drums in (stem for stem in plan.stems if stem.role == "drums" and stem.name in stems):
        count, bars = _missing_hits(plan, drums, stems[drums.name])
        judged += count
        moved = unheard_bars(plan, drums.name)
        wrong += [f"{drums.name} in bar {bar + 1}: silent" for bar in bars if bar not in moved]
    if not judged:
        return Check.leave_unmeasured(name, "at most", 0.0, "bars", "nobody plays from notes")
    detail = list_names(wrong) or f"of {judged} notes"
    return Check.at_most(name, len(wrong), 0.0, "bars", detail, decimals=0)


def _wrong_bars(notes: Sequence[HeardNote]) -> dict[int, str]:
    """Return the bars in which notes of a pitched stem are missing or others, and what is wrong."""
    bars: dict[int, list[HeardNote]] = defaultdict(list)
    for note in notes:
        bars[note.bar].append(note)
    usual = float(np.median([note.level - _velocity_db(note.note.velocity) for note in notes]))
    rows = [(n.bar, n.note.pitch, n.odd_contrast, n.odd_level, n.between) for n in notes]
    table = np.column_stack([np.array(rows, dtype=np.float64), _find_octaves_below(notes)])
    twins: dict[tuple[int, ...], list[Sequence[HeardNote]]] = defaultdict(list)
    for own in bars.values():
        twins[_pitches(own)].append(own)

    wrong = {}
    for bar, own in sorted(bars.items()):
        silent = [
            note
            for note in own
            if not note.visit.sound.fades
            and note.level < usual + min(0.0, _velocity_db(note.note.velocity)) - MISSING_DB
        ]
        if silent:
            wrong[bar] = f"{len(silent)} silent"
        elif float(np.mean([note.contrast for note in own])) < WRONG_CONTRAST_DB:
            if not _is_drowned(own, bars.get(bar - 1, ())):
                wrong[bar] = "other notes"
        elif (octave := _octave(own, table)) is not None:
            wrong[bar] = octave
        elif not _is_rung_into(own, bars.get(bar - 1, ())) and _fills_gaps(
            own, [other for other in twins[_pitches(own)] if other is not own]
        ):
            wrong[bar] = "an octave lower"
    return wrong


def _pitches(notes: Iterable[HeardNote]) -> tuple[int, ...]:
    return tuple(sorted(note.note.pitch for note in notes))


def _is_drowned(own: Sequence[HeardNote], before: Iterable[HeardNote]) -> bool:
    """Return whether notes are much softer than one that ended just before them, and still rings."""
    loudest = max(_velocity_db(note.note.velocity) for note in own)
    first, last = min(note.start for note in own), max(note.start for note in own)
    return any(
        _velocity_db(other.note.velocity) > loudest + _DROWNS_DB
        and other.end > last - _RINGS_S * SAMPLE_RATE
        and other.start < first
        for other in before
    )


_DROWNS_DB = 12.0
"""By how much a note is softer than another in whose ring it is not heard."""


def _is_rung_into(own: Sequence[HeardNote], before: Iterable[HeardNote]) -> bool:
    """Return whether a partial of a note that has just ended lies half-way between two of a bar's own.

    A bass that goes from A to the D above it is one: the second partial of A is one and a half times D.
    """
    for note in own:
        for other in before:
            if not 0 <= note.start - other.end < _RINGS_S * SAMPLE_RATE:
                continue
            steps = other.note.pitch - note.note.pitch
            apart = [abs(steps + 12.0 * math.log2(k / half)) for k in range(1, 6) for half in _HALVES]
            if min(apart) < _SAME_PLACE_SEMITONES:
                return True
    return False


_RINGS_S = 0.5
"""Seconds that a note is heard after its end at most."""

_HALVES = (0.5, 1.5, 2.5, 3.5)
"""Places half-way between partials, as multiples of the fundamental."""

_SAME_PLACE_SEMITONES = 0.3


def _fills_gaps(own: Sequence[HeardNote], twins: Sequence[Sequence[HeardNote]]) -> bool:
    """Return whether a bar has partials between its own that bars with the same notes have not."""
    if not twins or _mean(note.between for note in own) < _FAINT_DB:
        return False
    if _mean(note.between_contrast for note in own) < TWIN_PEAKS_DB:
        return False
    usual = {
        pitch: np.median(
            [(n.between, n.contrast) for twin in twins for n in twin if n.note.pitch == pitch], axis=0
        )
        for pitch in _pitches(own)
    }
    risen = _mean(note.between - usual[note.note.pitch][0] for note in own)
    blurred = _mean(usual[note.note.pitch][1] - note.contrast for note in own)
    return risen > TWIN_BETWEEN_DB and blurred > TWIN_CONTRAST_DB


def _velocity_db(velocity: int) -> float:
    return 40.0 * math.log10(velocity / 100.0)


def _octave(own: Sequence[HeardNote], notes: NDArray[np.float64]) -> str | None:
    """Return by which octave the notes of a bar are off, in words; None where they are not.

    They are judged by themselves and by how such notes are heard in other bars. ``notes`` holds a row for
    each note of the stem: bar, pitch, odd contrast, odd level, level between the partials, and 1 where an
    octave below it is planned too.
    """
    is_own = notes[:, 0] == own[0].bar
    others = notes[~is_own]
    alike = {
        pitch: others[np.abs(others[:, 1] - pitch) <= _NEAR_SEMITONES]
        for pitch in {note.note.pitch for note in own}
    }
    usual_of = {
        pitch: np.median(rows[:, 2:5], axis=0)
        for pitch, rows in alike.items()
        if len(rows) >= _FEWEST_ALIKE
    }
    usual = [usual_of[note.note.pitch] for note in own if note.note.pitch in usual_of]
    if not usual:
        return None
    usual_odd, usual_level, usual_between = np.mean(usual, axis=0).tolist()
    # an octave below has partials between those of the note: it is judged where it usually has one
    has_usually = {pitch for pitch, rows in alike.items() if len(rows) and rows[:, 5].mean() > 0.5}
    alone = [
        note
        for note, has_below in zip(own, notes[is_own, 5], strict=True)
        if not has_below or note.note.pitch in has_usually
    ]
    odd = _mean(note.odd_contrast for note in own)
    lost = usual_odd - odd
    fainter = usual_level - _mean(note.odd_level for note in own)
    blurred = lost > ODD_LOST_DB and _mean(note.contrast for note in own) - odd > ODD_APART_DB
    if (blurred and fainter > ODD_FAINTER_DB) or (lost > 0.0 and fainter > ODD_GONE_DB):
        return "an octave higher"
    level = _mean(note.between for note in alone) if alone else _FAINT_DB - 1.0
    if level < _FAINT_DB:
        return None
    between = level - usual_between
    peaks = _mean(note.between_contrast for note in alone)
    resolved = _mean(note.note.pitch for note in alone) >= _RESOLVED_PITCH
    stand_out = peaks > BETWEEN_CONTRAST_DB and resolved and between > _LEAST_BETWEEN_DB
    return "an octave lower" if stand_out or (between > BETWEEN_DB and peaks > _LEAST_PEAKS_DB) else None


def _find_octaves_below(notes: Sequence[HeardNote]) -> NDArray[np.bool_]:
    """Return of which notes another sounds one or two octaves below while they do: (notes,)."""
    by_pitch: dict[int, list[HeardNote]] = defaultdict(list)
    for note in notes:
        by_pitch[note.note.pitch].append(note)
    return np.array(
        [
            any(
                other.start < note.end and note.start < other.end
                for octaves in (12, 24)
                for other in by_pitch.get(note.note.pitch - octaves, ())
            )
            for note in notes
        ],
        dtype=np.bool_,
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _missing_hits(plan: SongPlan, stem: StemPlan, audio: Audio) -> tuple[int, list[int]]:
    """Return how many hits of drums are planned, and the bars in which none of them sounds."""
    rate = plan.grid.sample_rate
    size = round(_DRUM_S * rate)
    bars: dict[int, list[float]] = defaultdict(list)
    for visit in plan.visits:
        if stem.name in visit.sound.fades:
            continue
        begin = plan.position_quarters(visit)
        part = visit.music.score.parts.get(stem.name)
        onsets = onset_samples(plan, visit, stem.name)
        for note, onset in zip(part.notes if part else (), onsets, strict=True):
            piece = audio[:, max(0, onset) : max(0, onset) + size]
            level = db_from_power(float(np.square(piece).mean()) + 1e-14) - _velocity_db(note.velocity)
            bars[plan.grid.bar_at(begin + note.onset)[0]].append(level)
    if not bars:
        return 0, []
    usual = float(np.median(np.concatenate([np.array(levels) for levels in bars.values()])))
    silent = [bar for bar, levels in sorted(bars.items()) if max(levels) < usual - MISSING_DB]
    return sum(len(levels) for levels in bars.values()), silent


def check_rests(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that what sounded dies away in a stem's rests, and nothing else begins; voices breathe."""
    name, judged, wrong = "stems rest where they have no notes", 0, []
    planned = {stem.name: stem for stem in plan.stems}
    for stem in players(plan):
        if stem not in stems or planned[stem].role in SUNG:
            continue
        powers = plain_powers(stems[stem], round(_BLOCK_S * plan.grid.sample_rate))
        levels = db_from_power(np.convolve(powers, _SMOOTH, mode="same") + 1e-14)
        sounding = _sounding(plan, stem)
        playing = [levels[a:b] for a, b in sounding if b > a]
        if not playing:
            continue
        usual = float(np.median(np.concatenate(playing)))

        # a rest begins when what rings in it has passed, with its echoes, and ends just before a note
        after = ring_s(plan, planned[stem]) if planned[stem].delay > 0.0 else _REST_S
        begins = [0, *(end + round(after / _BLOCK_S) for _, end in sounding)]
        ends = [*(start - round(_BEFORE_S / _BLOCK_S) for start, _ in sounding), len(levels)]
        for first, last in zip(begins, ends, strict=True):
            if last - first < round(_REST_S / _BLOCK_S):
                continue
            judged += 1
            rest = levels[first:last]
            risen = rest - np.minimum.accumulate(rest)
            near = np.where(np.arange(last - first) * _BLOCK_S < TAIL_S, TAIL_LEVEL_DB, REST_LEVEL_DB)
            loud = (risen > REST_RISE_DB) & (rest > usual - near)
            if np.count_nonzero(loud) >= 3:
                at = (first + int(np.argmax(loud))) * _BLOCK_S
                wrong.append(f"{stem} at {at:.2f} s")
    if not judged:
        return Check.leave_unmeasured(name, "at most", 0.0, "rests", "nobody rests for long")
    detail = list_names(wrong) or f"of {judged}"
    return Check.at_most(name, len(wrong), 0.0, "rests", detail, decimals=0)


def _sounding(plan: SongPlan, stem: str) -> list[tuple[int, int]]:
    """Return the blocks in which a stem has notes, in order, without overlaps."""
    rate, found = plan.grid.sample_rate, []
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem)
        begin = plan.position_quarters(visit)
        for note in part.notes if part else ():
            start, end = (
                plan.grid.sample_at(begin + note.sounding_onset + length) for length in (0, note.duration)
            )
            found.append((int(start / rate / _BLOCK_S), math.ceil(end / rate / _BLOCK_S)))
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def check_own_parts(plan: SongPlan, stems: Mapping[str, Audio], heard: HeardParts) -> Check:
    """Check that each part is played by its own stem, better than by any other.

    No two stems may be one.
    """
    title = "stems play their own parts"
    # which stems are the same sound: all side by side, for a few seconds at a time
    names = [name for name in players(plan) if name in stems]
    products = np.zeros((len(names), len(names)))
    for first, last in chunks(min((stems[name].shape[1] for name in names), default=0)):
        middles = np.array([stems[name][:, first:last:3].mean(axis=0) for name in names])
        products += middles @ middles.T
    scale = np.sqrt(np.maximum(np.diag(products), 1e-20))
    alike = np.abs(products / np.outer(scale, scale)) > _SAME
    wrong = [f"{names[one]} is {names[other]}" for one, other in np.argwhere(np.triu(alike, 1))]

    # who plays the part of a stem better than that itself; None where nobody does
    judged = [stem for stem, notes in heard.notes.items() if notes]
    best: dict[str, str | None] = {}
    for stem in judged:
        fits = heard.fits[stem]
        other = max(fits, key=lambda name: fits[name], default=None)
        own = _fit([note.contrast for note in heard.notes[stem]])
        is_better = other is not None and fits[other] > own + OWN_MARGIN_DB
        best[stem] = other if is_better else None
    for stem, other in best.items():
        # a bass that plays the roots of a guitar has its own part too; one that lost it does not
        if other is not None and (other not in best or best[other] is not None):
            wrong.append(f"{other} plays the part of {stem}")
    if not judged and not wrong:
        return Check.leave_unmeasured(title, "at most", 0.0, "stems", "no stem has pitch")
    return Check.at_most(
        title, len(wrong), 0.0, "stems", list_names(wrong) or f"of {len(judged)}", decimals=0
    )


def _fit(contrasts: Sequence[float]) -> float:
    return float(np.mean(contrasts)) if contrasts else 0.0


def _is_twin_part(plan: SongPlan, one: str, other: str) -> bool:
    """Return whether two stems play the same notes for the most part."""
    shared = total = 0
    for visit in plan.visits:
        parts = visit.music.score.parts
        notes = [
            {(note.onset, note.pitch % 12) for note in parts[name].notes} if name in parts else set()
            for name in (one, other)
        ]
        shared += len(notes[0] & notes[1])
        total += len(notes[0])
    return 2 * shared > total


def stem_cents(notes: Sequence[HeardNote]) -> float | None:
    """Return how far a stem is above concert pitch, in cents; None where too few notes say it."""
    found = [note.cents for note in notes if note.cents is not None and note.contrast > 3.0]
    return float(np.median(found)) if len(found) >= _FEWEST_ALIKE else None


def check_tuning_of_stems(heard: Mapping[str, list[HeardNote]]) -> Check:
    """Check that no stem is out of tune by itself."""
    name = "stems are in tune"
    cents = {stem: value for stem, notes in heard.items() if (value := stem_cents(notes)) is not None}
    if not cents:
        return Check.leave_unmeasured(
            name, "within", TUNING_LIMIT_CENTS, "cents", "no stem has clear pitches"
        )
    worst = max(cents, key=lambda stem: abs(cents[stem]))
    return Check.within(name, cents[worst], TUNING_LIMIT_CENTS, "cents", worst, decimals=1)
