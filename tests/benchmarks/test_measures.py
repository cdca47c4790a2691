"""Measures of music give the values that their formulas say, on music whose answer is known."""

import math
from fractions import Fraction
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from structure.plans.score import ChordEvent, Note
from tests.benchmarks import measures

BAR = Fraction(4)
melodies = st.lists(st.tuples(st.integers(1, 4), st.integers(55, 80)), min_size=12, max_size=60)


def line(pitches, length=1):
    return [Note(Fraction(i * length), Fraction(length), pitch, 90) for i, pitch in enumerate(pitches)]


def tune(steps):
    """Notes one after another from durations in eighths and pitches."""
    notes, onset = [], Fraction(0)
    for eighths, pitch in steps:
        notes.append(Note(onset, Fraction(eighths, 2), pitch, 90))
        onset += Fraction(eighths, 2)
    return notes


@pytest.mark.parametrize(
    ("pitches", "bits"),
    [([60] * 4, 0.0), ([60, 62, 60, 62], 1.0), ([60, 72, 64, 67], 1.5), ([60, 62, 64, 65], 2.0)],
)
def test_entropy_counts_pitch_classes_in_bits(pitches, bits):
    assert measures.pitch_class_entropy(line(pitches), BAR, 1, 1) == pytest.approx(bits)


def test_entropy_of_silence_is_unknown_and_of_all_twelve_is_the_highest():
    assert math.isnan(measures.pitch_class_entropy([], BAR, 4, 1))
    assert measures.pitch_class_entropy(line(range(60, 72)), BAR, 3, 3) == pytest.approx(math.log2(12))


@given(melodies)
def test_longer_windows_hold_no_less_entropy_on_average(steps):
    notes = tune(steps)
    bars = int(notes[-1].onset // BAR) + 1
    assume(bars >= 4)
    four = measures.pitch_class_entropy(notes, BAR, bars, bars)
    one = [
        measures.pitch_class_entropy([n for n in notes if n.onset // BAR == b], BAR, bars, 1)
        for b in range(bars)
    ]
    assert four >= min(value for value in one if not math.isnan(value)) - 1e-9


def test_groove_similarity_is_one_for_equal_bars_and_counts_differences_in_64ths():
    notes = [
        *line([60, 60, 60, 60]),
        *[Note(n.onset + 4, n.duration, 62, 90) for n in line([60, 60, 60, 60])],
    ]
    same = measures.onset_patterns(notes, BAR, 2)
    assert measures.groove_within(same, [range(0, 2)]) == 1.0
    other = measures.onset_patterns([*notes[:4], *notes[5:]], BAR, 2)
    assert measures.groove_between(other, [range(0, 1), range(1, 2)]) == pytest.approx(63 / 64)


def test_a_note_a_little_early_keeps_its_position():
    exact = [Note(Fraction(4), Fraction(1), 60, 90)]
    early = [Note(Fraction(4) - Fraction(1, 100), Fraction(1), 60, 90)]
    patterns = [measures.onset_patterns(notes, BAR, 2) for notes in (exact, early)]
    assert (patterns[0] == patterns[1]).all()


def test_chord_tones_and_proper_passing_notes_count_alike():
    chord = [ChordEvent("C", Fraction(0), Fraction(8), 0, 0, (0, 4, 7))]
    assert measures.chord_tone_ratio(line([60, 62, 64, 67]), chord) == 1.0
    assert measures.chord_tone_ratio(line([60, 62, 67, 71]), chord) == pytest.approx(0.5)


@given(melodies, st.integers(-12, 12))
def test_repetition_range_and_steps_do_not_hear_the_key(steps, semitones):
    notes = tune(steps)
    moved = [note.transpose_by(semitones) for note in notes]
    for measure in (measures.pitch_range, measures.step_share, lambda n: measures.self_repetition(n, BAR)):
        one, other = measure(notes), measure(moved)
        assert one == other or (math.isnan(one) and math.isnan(other))


def test_repetition_tells_a_repeated_bar_from_a_wandering_line():
    rng = Random(3)
    motif = [60, 64, 62, 65, 67, 64, 62, 60]
    assert measures.self_repetition(line(motif * 8), BAR) == 1.0
    wandering = [rng.randint(55, 79) for _ in range(64)]
    assert measures.self_repetition(line(wandering), BAR) < 0.1


def test_music_that_returns_is_more_structured_than_music_that_does_not():
    rng = Random(11)
    blocks = [[rng.randint(55, 79) for _ in range(16)] for _ in range(8)]
    returns = line([pitch for name in (0, 1, 0, 1, 2, 0, 1) for pitch in blocks[name]])
    wanders = line([pitch for block in blocks[:7] for pitch in block])
    spans = [(2, 3), (4, 7), (8, 14)]
    structured = measures.structureness(returns, BAR, 28, spans)
    loose = measures.structureness(wanders, BAR, 28, spans)
    assert all(0.0 <= value <= 1.0 for value in (*structured, *loose))
    assert all(one > other + 0.1 for one, other in zip(structured, loose, strict=True))


def test_fitness_of_a_segment_heard_four_times_is_that_of_the_paper():
    """A A A A with exact repetition: coverage (4 − 1) / 4 and score (16 − 4) / 16, so fitness 3/4."""
    import numpy as np

    frames, length = 16, 4
    scores = np.full((frames, frames), measures.PENALTY)
    for i in range(frames):
        for j in range(frames):
            if i % length == j % length:
                scores[i, j] = 1.0
    assert measures.fitness_by_length(scores, [length])[length] == pytest.approx(0.75)
    assert measures.fitness_by_length(np.where(np.eye(frames) > 0, 1.0, -2.0), [4])[4] == 0.0
