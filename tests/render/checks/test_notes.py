"""Notes an octave off, sounds in rests and stems that are the same are heard; what only looks so is not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from render.audio.types import Audio
from render.checks.notes import (
    HeardParts,
    _is_rung_into,
    check_notes,
    check_own_parts,
    check_rests,
    hear_all,
)
from render.checks.partials import HeardNote
from structure.plans.plan import SongPlan
from structure.plans.score import Note, Part
from tests.builders import change_visit
from tests.render.support import RATE, plan_of

PITCHES = (60, 64, 67, 62, 65, 69, 60, 64)
"""Two in a bar, each for half of it."""

FALL = (1.0, 0.6, 0.4, 0.3, 0.2, 0.15, 0.1, 0.08)
"""Levels of the partials of a note."""


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    """Four bars and four of rest, in which the chords play single notes."""
    made = plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)), tempo=120.0)
    notes = tuple(Note(Fraction(2 * k), Fraction(2), pitch, 100) for k, pitch in enumerate(PITCHES))
    role = next(stem.role for stem in made.stems if stem.name == "chords")
    verse, rest = made.visits
    chords = {**verse.music.score.parts, "chords": Part(role, notes)}
    drums = {"drums": rest.music.score.parts["drums"]}
    visits = (
        change_visit(verse, score=replace(verse.music.score, parts=chords)),
        change_visit(rest, score=replace(rest.music.score, parts=drums)),
    )
    return replace(made, visits=visits)


def tones(plan: SongPlan, bars_up: dict[int, int] | None = None, blurred: int | None = None) -> Audio:
    """The chords as tones; some bars by semitones higher, the odd partials of one bar beside others."""
    audio = np.zeros((2, plan.total_samples), np.float32)
    for place, pitch in enumerate(PITCHES):
        bar = place // 2
        start, end = RATE * place, RATE * (place + 1)
        hertz = 440.0 * 2.0 ** ((pitch + (bars_up or {}).get(bar, 0) - 69) / 12.0)
        seconds = np.arange(end - start) / RATE
        for partial, level in enumerate(FALL, 1):
            phases = 2 * np.pi * hertz * partial * seconds
            audio[:, start:end] += 0.1 * level * np.sin(phases)
            if bar == blurred and partial in (1, 3, 5):
                audio[:, start:end] += 0.1 * level * np.sin(phases * 2.0 ** (1.0 / 12.0))
    return audio


def heard_in(plan: SongPlan, audio: Audio) -> str:
    stems = {"chords": audio}
    check = check_notes(plan, stems, hear_all(plan, stems).notes)
    assert (check.value == 0.0) == check.passed
    return check.detail


def test_a_bar_an_octave_off_is_heard_and_blurred_partials_are_not_one(plan: SongPlan) -> None:
    assert heard_in(plan, tones(plan)) == "of 8 notes"
    assert heard_in(plan, tones(plan, {2: 12})) == "chords in bar 3: an octave higher"
    assert "chords in bar 2" in heard_in(plan, tones(plan, {1: -12}))
    assert heard_in(plan, tones(plan, blurred=2)) == "of 8 notes"


@pytest.mark.parametrize(
    ("bar", "risen", "blurred", "peaks", "wrong"),
    [
        (3, 8.0, 3.0, 3.0, {3: "an octave lower"}),
        (3, 8.0, 0.0, 3.0, {}),
        (3, 0.0, 3.0, 3.0, {}),
        (3, 8.0, 3.0, 0.0, {}),
        (1, 8.0, 3.0, 3.0, {}),  # no other bar has its notes
    ],
)
def test_a_bar_whose_gaps_are_filled_is_told_from_the_bar_with_the_same_notes(
    plan: SongPlan, bar: int, risen: float, blurred: float, peaks: float, wrong: dict[int, str]
) -> None:
    stems = {"chords": tones(plan)}
    notes = [
        replace(note, between=note.between + risen, contrast=note.contrast - blurred)
        if note.bar == bar
        else note
        for note in (
            replace(one, between=-20.0, between_contrast=peaks)
            for one in hear_all(plan, stems).notes["chords"]
        )
    ]
    detail = check_notes(plan, stems, {"chords": notes}).detail
    assert detail == (
        "; ".join(f"chords in bar {k + 1}: {what}" for k, what in wrong.items()) or "of 8 notes"
    )


def test_a_note_that_is_planned_an_octave_below_is_no_wrong_octave(plan: SongPlan) -> None:
    """It sounds in the second bar; the same sound without such a note in the plan is an octave lower."""
    audio = tones(plan) + tones(plan, {0: 40, 1: -12, 2: 40, 3: 40})
    assert "chords in bar 2: an octave lower" in heard_in(plan, audio)
    verse, rest = plan.visits
    part = verse.music.score.parts["chords"]
    low = tuple(Note(Fraction(2 * k), Fraction(2), PITCHES[k] - 12, 100) for k in (2, 3))
    parts = {**verse.music.score.parts, "chords": replace(part, notes=(*part.notes, *low))}
    doubled = change_visit(verse, score=replace(verse.music.score, parts=parts))
    assert heard_in(replace(plan, visits=(doubled, rest)), audio) == "of 10 notes"


@pytest.mark.parametrize(
    ("after_s", "below_db", "is_heard"),
    [(1.0, 10.0, True), (1.0, 26.0, False), (4.0, 10.0, True), (4.0, 26.0, True), (4.0, 36.0, False)],
)
def test_what_swells_in_a_rest_is_heard_the_sooner_the_louder(
    plan: SongPlan, after_s: float, below_db: float, is_heard: bool
) -> None:
    """While a clip may still ring, what beats on its way to silence is no new sound."""
    audio = tones(plan)
    start = 8 * RATE + round(after_s * RATE)
    usual = float(np.sqrt(np.mean(np.square(audio[:, : 8 * RATE]))))
    size = RATE // 4
    swell = np.sin(np.pi * np.arange(size) / size) * np.sin(2 * np.pi * 440.0 * np.arange(size) / RATE)
    audio[:, start : start + size] += np.sqrt(2.0) * usual * 10 ** (-below_db / 20) * swell
    check = check_rests(plan, {"chords": audio})
    assert check.passed is not is_heard
    assert not is_heard or check.detail.startswith("chords at ")


def test_a_stem_under_two_names_is_heard_in_parts_as_in_the_whole(
    plan: SongPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rng = tones(plan), np.random.default_rng(1)
    other = one + 0.3 * rng.standard_normal(one.shape).astype(np.float32)
    for size in (1 << 18, 5000):
        monkeypatch.setattr("render.audio.loudness._CHUNK_SAMPLES", size)
        for bass, same in ((0.5 * one, True), (-one, True), (other, False), (0.0 * one, False)):
            stems = {"chords": one, "bass": np.asarray(bass, np.float32)}
            check = check_own_parts(plan, stems, HeardParts({}, {}))
            assert ("chords is bass" in check.detail or "bass is chords" in check.detail) is same


def test_long_notes_of_a_muted_string_die_away_and_are_notes_all_the_same(plan: SongPlan) -> None:
    """In the last bar they fall by 150 dB a second; a note that is not there is missed as before."""
    audio = tones(plan)
    last = slice(7 * RATE, 8 * RATE)
    audio[:, last] *= 10.0 ** (-7.5 * np.arange(RATE) / RATE)
    assert heard_in(plan, audio) == "of 8 notes"
    audio[:, last] = 0.0
    assert heard_in(plan, audio) == "chords in bar 4: 1 silent"


def test_a_tail_that_flickers_as_it_beats_is_no_sound_in_a_rest(plan: SongPlan) -> None:
    """It falls by 20 dB in half a second and flickers by 14 dB there, 40 times a second."""
    audio, size = tones(plan), 2 * RATE
    seconds = np.arange(size) / RATE
    shape = 10.0 ** (-np.minimum(seconds, 0.4) * 2.4) * np.where(seconds % 0.025 < 0.0125, 1.0, 0.2)
    audio[:, 8 * RATE : 8 * RATE + size] = 0.3 * shape * np.sin(2.0 * np.pi * 440.0 * seconds)
    assert check_rests(plan, {"chords": audio}).passed is True


def _heard(pitch: int, start_s: float, end_s: float, plan: SongPlan) -> HeardNote:
    note = Note(Fraction(0), Fraction(1), pitch, 100)
    start, end = round(start_s * RATE), round(end_s * RATE)
    return HeardNote(plan.visits[0], note, 0, start, end, 9.0, -20.0, 9.0, 0.0, -30.0, 0.0, None)


@pytest.mark.parametrize(
    ("before", "own", "waits_s", "rings"),
    [(33, 38, 0.0, True), (33, 38, 0.8, False), (36, 38, 0.0, False), (45, 38, 0.0, True)],
)
def test_a_note_rings_into_the_gaps_of_one_that_it_lies_between(
    before: int, own: int, waits_s: float, rings: bool, plan: SongPlan
) -> None:
    first = _heard(before, 0.0, 1.0, plan)
    second = _heard(own, 1.0 + waits_s, 2.0 + waits_s, plan)
    assert _is_rung_into([second], [first]) == rings
