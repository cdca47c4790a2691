"""Tuning, key and chords as they are heard, from pitch classes that are given."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from render.audio.chroma import Floats, Peaks
from render.checks.harmony import (
    HeardPitch,
    check_chords,
    check_harmony,
    check_key,
    check_tuning,
    find_triad,
)
from structure.plans.plan import SongPlan
from structure.plans.score import ChordEvent, Note, Part
from tests.builders import change_visit
from tests.render.support import RATE, plan_of

HOP = 4410
C, F, G, AM, EB = (0, 4, 7), (5, 9, 0), (7, 11, 2), (9, 0, 4), (3, 7, 10)
SCALE = (0, 2, 4, 5, 7, 9, 11)


def weights(*classes: int) -> Floats:
    """Pitch classes that sound alike, (12,)."""
    found = np.full(12, 0.01)
    found[list(classes)] = 1.0
    return found


def plan(bars: int = 4, key: str = "C major") -> SongPlan:
    """A verse in C and a chorus in F of some bars of two seconds."""
    made = plan_of((("verse", bars, 0.0), ("chorus", bars, 0.0)), tempo=120.0)
    return replace(made, key=key, visits=tuple(change_visit(visit, key=key) for visit in made.visits))


def peaks_of(made: SongPlan, cents: float, cents_after: float | None = None) -> Peaks:
    """One peak in every frame, out of tune by some cents, from half of the song on by others."""
    frames = np.arange(made.total_samples // HOP)
    half = made.bounds(made.visits[-1])[0] / HOP
    off = np.where(frames < half, cents, cents if cents_after is None else cents_after)
    return Peaks(frames, 60.0 + off / 100.0, np.ones(len(frames)), len(frames), HOP)


def heard(made: SongPlan, *rows: tuple[int, Floats], cents: float = 0.0) -> HeardPitch:
    """What is heard from each sample on."""
    found = np.full((made.total_samples // HOP, 12), 0.01)
    for start, classes in rows:
        found[round(start / HOP) :] = classes
    return HeardPitch(peaks_of(made, cents), found, RATE)


def by_visit(made: SongPlan, *chords: tuple[int, ...]) -> HeardPitch:
    """What is heard all through each visit."""
    starts = (made.bounds(visit)[0] for visit in made.visits)
    return heard(made, *((start, weights(*chord)) for start, chord in zip(starts, chords, strict=True)))


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("third", [3, 4])
def test_a_triad_is_heard_by_its_three_notes(root: int, third: int) -> None:
    classes = weights(root, (root + third) % 12, (root + 7) % 12)
    assert find_triad(classes) == (root, third)


def test_the_heaviest_triad_is_heard_among_others() -> None:
    classes = weights(*SCALE)
    classes[[7, 11, 2]] = 1.5
    assert find_triad(classes) == (7, 4)


def test_frames_are_those_of_the_time_that_is_asked_for_and_at_least_one() -> None:
    found = HeardPitch(peaks_of(plan(), 0.0), np.zeros((20, 12)), RATE)
    assert found.frames(0, 10 * HOP) == slice(0, 10)
    assert found.frames(3 * HOP, 3 * HOP) == slice(3, 4)
    assert found.frames(3 * HOP + 2000, 5 * HOP + 2300) == slice(3, 6)
    assert found.frames(100 * HOP, 101 * HOP).start == 19


@pytest.mark.parametrize(
    ("cents", "passes"), [(0.0, True), (19.0, True), (-19.0, True), (21.0, False), (-30.0, False)]
)
def test_a_song_may_be_a_fifth_of_a_semitone_from_concert_pitch(cents: float, passes: bool) -> None:
    made = plan()
    check = check_tuning(made, heard(made, cents=cents), "tuning")
    assert check.passed is passes
    assert check.value == pytest.approx(cents, abs=0.1)


def test_the_visit_that_is_most_out_of_tune_is_named() -> None:
    made = plan()
    found = HeardPitch(peaks_of(made, 10.0, -25.0), heard(made).chroma, RATE)
    check = check_tuning(made, found, "tuning")
    assert (check.passed, check.value, check.detail) == (
        False,
        pytest.approx(-25.0, abs=0.1),
        "in chorus 1",
    )


def test_a_visit_of_less_than_two_seconds_is_not_judged_by_itself() -> None:
    """A bar of four beats at 121 BPM is shorter, and one at 119 is not."""
    for tempo, judged in ((121.0, False), (119.0, True)):
        made = plan_of((("verse", 1, 0.0), ("chorus", 1, 0.0)), tempo=tempo)
        check = check_tuning(made, HeardPitch(peaks_of(made, 40.0), np.ones((9, 12)), RATE), "tuning")
        assert check.passed is (False if judged else None)


@pytest.mark.parametrize(
    ("key", "classes", "passes"),
    [
        ("C major", SCALE, True),
        ("A minor", SCALE, True),  # its relative: the same notes
        ("G major", SCALE, True),  # a neighbour, nearly as well
        ("C# major", SCALE, False),
        ("F# major", SCALE, False),
        ("C minor", (0, 2, 3, 5, 7, 8, 10), True),
        ("E major", (0, 2, 3, 5, 7, 8, 10), False),
        ("C lydian", (7, 9, 11, 0, 2, 4, 6), True),  # heard as G major
        ("A dorian", (7, 9, 11, 0, 2, 4, 6), True),
        ("C# lydian", (7, 9, 11, 0, 2, 4, 6), False),
    ],
)
def test_a_key_is_that_whose_notes_are_heard(key: str, classes: tuple[int, ...], passes: bool) -> None:
    made = plan(key=key)
    sounding = weights(*classes)
    sounding[[classes[0], classes[4]]] = 1.6  # tonic and dominant weigh more
    check = check_key(made, heard(made, (0, sounding)), "key")
    assert check.passed is passes


def test_a_better_key_is_named_by_how_far_it_is() -> None:
    """C major is heard where D is planned: ten semitones up from there."""
    made = plan(key="D major")
    sounding = weights(*SCALE)
    sounding[[0, 7]] = 1.6
    check = check_key(made, heard(made, (0, sounding)), "key")
    assert check.detail == "D major; a key 10 semitones up, major, fits better"
    assert check.value is not None and check.value < 0.0
    own = plan(key="C major")
    assert check_key(own, heard(own, (0, sounding)), "key").detail == "C major"


def test_a_song_that_lifts_is_heard_in_each_of_its_keys() -> None:
    """Each visit is turned to its own tonic: the chorus a tone higher is in D."""
    made = plan()
    lifted = replace(made, visits=(made.visits[0], change_visit(made.visits[1], key="D major")))
    sounding = weights(*SCALE)
    sounding[[0, 7]] = 1.6
    start = made.bounds(made.visits[1])[0]
    found = heard(made, (0, sounding), (start, np.roll(sounding, 2)))
    assert check_key(lifted, found, "key").value > check_key(made, found, "key").value  # type: ignore[operator]
    assert check_key(lifted, found, "key").detail == "C major"


def test_without_any_pitch_there_is_no_key() -> None:
    made = plan()
    check = check_key(made, HeardPitch(peaks_of(made, 0.0), np.zeros((200, 12)), RATE), "key")
    assert (check.passed, check.detail) == (None, "no pitches are heard")


@pytest.mark.parametrize(
    ("verse", "chorus", "share", "passes"),
    [(C, F, 100.0, True), (C, EB, 50.0, False), (EB, EB, 0.0, False), (AM, F, 50.0, False)],
)
def test_the_share_of_time_with_the_right_chord_is_told(
    verse: tuple[int, ...], chorus: tuple[int, ...], share: float, passes: bool
) -> None:
    made = plan()
    check = check_chords(made, by_visit(made, verse, chorus), "chords")
    assert (check.passed, check.value) == (passes, pytest.approx(share, abs=0.1))


def test_one_visit_of_wrong_chords_fails_a_song_that_is_right_otherwise() -> None:
    made = plan_of((("verse", 4, 0.0), ("verse", 4, 0.0), ("chorus", 2, 0.0)), tempo=120.0)
    check = check_chords(made, by_visit(made, C, C, EB), "chords")
    assert check.passed is False
    assert check.detail == "chorus 1 0 %"
    right = check_chords(made, by_visit(made, C, C, F), "chords")
    assert (right.passed, right.detail) == (True, "least in verse 1: 100 %")


def chords(
    made: SongPlan, *planned: tuple[Fraction | int, Fraction | int, int, tuple[int, ...]]
) -> SongPlan:
    """The plan with other chords in its first visit, in notes too: (onset, length, root, pitch classes)."""
    events = tuple(
        ChordEvent("X", Fraction(a), Fraction(b), root, root, tones) for a, b, root, tones in planned
    )
    notes = (Note(Fraction(a), Fraction(b), 60 + tone, 80) for a, b, _, tones in planned for tone in tones)
    visit, parts = made.visits[0], {"chords": Part("chords", tuple(notes))}
    changed = change_visit(visit, score=replace(visit.music.score, chords=events, parts=parts))
    silent = change_visit(made.visits[1], score=replace(made.visits[1].music.score, chords=()))
    return replace(made, visits=(changed, silent))


def test_chords_count_by_their_length_and_each_at_its_own_time() -> None:
    """Three bars of C, then one of G; a listener hears C all the time."""
    made = chords(plan(), (0, 12, 0, C), (12, 4, 7, G))
    assert check_chords(made, heard(made, (0, weights(*C))), "chords").value == pytest.approx(75.0, abs=0.1)
    change = made.grid.sample_at(12)
    both = heard(made, (0, weights(*C)), (change, weights(*G)))
    assert check_chords(made, both, "chords").value == pytest.approx(100.0, abs=0.1)
    assert check_chords(made, both, "chords").detail == "least in verse 1: 100 %"


def test_what_rings_over_from_the_chord_before_is_not_held_against_the_next() -> None:
    """For a tenth of a second, or a quarter of a short chord."""
    made = chords(plan(), *((k, 1, (0, 7)[k % 2], (C, G)[k % 2]) for k in range(16)))
    rate = made.grid.sample_at(1)
    late = 2 * HOP  # a fifth of a second of half a second
    rows = [(k * rate + (late if k else 0), weights(*(C, G)[k % 2])) for k in range(16)]
    assert check_chords(made, heard(made, *rows), "chords").value == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize(
    ("root", "tones", "sounding", "right"),
    [
        (5, (5, 8, 0, 3), (8, 0, 3), True),  # A flat major in F minor seven
        (5, (5, 8, 0, 3), (5, 8, 0), True),
        (0, (0, 4, 8), (0, 4, 7), True),  # an augmented fifth, of which root and third are right
        (0, (0, 3, 6), (0, 3, 7), True),
        (0, (0, 3, 6), (0, 4, 7), False),
        (0, (0, 7), (0, 3, 7), True),  # a power chord has no third
        (0, (0, 7), (0, 4, 7), True),
        (0, (0, 5, 7), (5, 9, 0), False),  # nor has a suspended one, whose root must be right
        (0, (0, 4, 7), (9, 0, 4), False),  # one of its notes is not in C
        (0, (0, 4, 7), (4, 7, 11), False),
        (0, (0, 4, 7, 11), (4, 7, 11), True),  # E minor in C major seven
    ],
)
def test_a_triad_is_right_where_all_of_it_belongs_to_the_chord(
    root: int, tones: tuple[int, ...], sounding: tuple[int, ...], right: bool
) -> None:
    made = chords(plan(), (0, 16, root, tones))
    value = check_chords(made, heard(made, (0, weights(*sounding))), "chords").value
    assert value == pytest.approx(100.0 if right else 0.0, abs=0.1)


def test_a_chord_whose_planned_notes_make_another_triad_is_not_judged() -> None:
    """E major over its third, with the tune on its fifth: what is planned most makes G sharp minor."""
    made = chords(plan(), (0, 8, 4, (4, 8, 11)), (8, 8, 0, C))
    first = made.visits[0]
    notes = (
        *(Note(Fraction(0), length, pitch, 80) for pitch, length in ((64, Fraction(1)), (68, Fraction(6)))),
        Note(Fraction(0), Fraction(8), 71, 80),
        *(Note(Fraction(8), Fraction(8), pitch, 80) for pitch in (60, 64, 67)),
    )
    score = replace(first.music.score, parts={"chords": Part("chords", notes)})
    astray = replace(made, visits=(change_visit(first, score=score), made.visits[1]))
    start = made.grid.sample_at(8)
    sounding = heard(made, (0, weights(8, 11, 3)), (start, weights(*C)))
    assert check_chords(astray, sounding, "chords").value == pytest.approx(100.0)
    assert check_chords(made, sounding, "chords").value == pytest.approx(50.0, abs=0.1)


def test_a_sixth_chord_is_told_by_three_of_its_tones() -> None:
    """Those of F sharp minor six, over a little B flat, an overtone of its D sharp."""
    made = chords(plan(), (0, 16, 6, (6, 9, 1, 3)))
    sounding = weights()
    sounding[[6, 3, 9, 10, 1]] = 1.0, 0.9, 0.9, 0.8, 0.5
    assert find_triad(sounding) == (3, 3)
    assert check_chords(made, heard(made, (0, sounding)), "chords").value == pytest.approx(100.0)
    sounding[10] = 0.95
    assert check_chords(made, heard(made, (0, sounding)), "chords").value == pytest.approx(0.0)


def test_without_chords_none_is_looked_for() -> None:
    made = plan()
    none = tuple(change_visit(v, score=replace(v.music.score, chords=())) for v in made.visits)
    check = check_chords(replace(made, visits=none), by_visit(made, C, F), "chords")
    assert (check.passed, check.detail) == (None, "no chord is played in full")


def test_chords_of_which_a_bass_has_but_the_root_are_not_judged() -> None:
    """In the verse the bass plays alone; the chorus has its chords."""
    made = plan()
    verse = made.visits[0]
    bass = {"bass": Part("bass", (Note(Fraction(0), Fraction(16), 36, 80),))}
    alone = change_visit(verse, score=replace(verse.music.score, parts=bass))
    check = check_chords(replace(made, visits=(alone, made.visits[1])), by_visit(made, EB, F), "chords")
    assert (check.passed, check.detail) == (True, "least in chorus 1: 100 %")


def tone(made: SongPlan, *pitches: float) -> np.ndarray:
    """Held tones as long as the song, stereo."""
    time = np.arange(made.total_samples) / RATE
    mono = sum(np.sin(2 * np.pi * 440.0 * 2 ** ((pitch - 69) / 12) * time) for pitch in pitches)
    return np.stack([0.1 * mono, 0.1 * mono]).astype(np.float32)


def test_all_stems_with_pitch_are_heard_together_and_drums_are_not() -> None:
    """The bass has the root, the chords the rest; drums of another pitch change nothing."""
    made = plan(bars=2)
    stems = {"bass": tone(made, 48), "chords": tone(made, 52, 55), "drums": 5 * tone(made, 51.5, 58)}
    tuning, key, found = check_harmony(made, stems)
    assert (tuning.name, key.name, found.name) == ("tuning", "key", "chords")
    assert abs(tuning.value or 0.0) < 2.0
    assert "verse 1" not in found.detail or "100 %" in found.detail
    assert check_harmony(made, {"bass": stems["bass"]})[0].passed is True
    for nothing in ({}, {"drums": stems["drums"]}, {"bass": 0 * stems["bass"]}):
        assert [check.passed for check in check_harmony(made, nothing)] == [None, None, None]
        assert {check.detail for check in check_harmony(made, nothing)} == {"no stem has pitch"}
