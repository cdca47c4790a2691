"""The pulse of onsets: tempi and beats, whatever the jitter."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from render.listening.pulse import find_pulse


@settings(max_examples=25, deadline=None)
@given(
    bpm=st.floats(70, 150),
    first=st.floats(0.0, 2.0),
    seed=st.integers(0, 10_000),
)
def test_a_played_rhythm_has_its_tempo_or_an_octave_of_it_and_its_beats(
    bpm: float, first: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    places = np.unique(np.concatenate([np.arange(0, 24), rng.choice(np.arange(48) / 2, 12)]))
    onsets = first + places * 60 / bpm + rng.normal(0.0, 0.008, len(places))
    onsets = np.sort(np.maximum(0.0, onsets))
    pulse = find_pulse(onsets, np.ones(len(onsets)), float(onsets[-1]) + 1.0)
    octave = min((0.5, 1.0, 2.0), key=lambda k: abs(np.log(pulse.bpm / bpm / k)))
    assert abs(pulse.bpm / bpm / octave - 1.0) < 0.02
    beats = pulse.beat_at(first + np.arange(1, 23) * 60 / bpm)
    on_eighths = beats * 2 - np.rint(beats * 2)
    assert np.median(np.abs(on_eighths)) < 0.1


@settings(max_examples=50, deadline=None)
@given(st.floats(-20, 60), st.floats(50, 190))
def test_places_in_beats_and_in_seconds_are_each_others_inverse(beat: float, bpm: float) -> None:
    onsets = np.arange(32) * 30 / bpm
    pulse = find_pulse(onsets, np.ones(32), 40.0, bpm)
    assert abs(float(pulse.beat_at(np.array([pulse.seconds_at(beat)]))[0]) - beat) < 1e-6


def test_beats_follow_a_player_who_slows_down() -> None:
    steps = np.linspace(0.5, 0.58, 40)
    onsets = np.concatenate([[0.0], np.cumsum(steps)])
    pulse = find_pulse(onsets, np.ones(len(onsets)), float(onsets[-1]) + 0.5)
    off = pulse.beat_at(onsets) * 2
    assert float(np.median(np.abs(off - np.rint(off)))) < 0.12
