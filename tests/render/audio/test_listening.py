"""Free audio: its tempo, its first beat and its key are heard."""

import numpy as np
import pytest

from render.audio.listening import listen, name_key
from structure.base.errors import RitornelloError
from structure.harmony.keys import parse_key

RATE = 44_100

MAJORS = ["Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#"]
RELATIVE_MINORS = ["Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "Eb"]
"""Around the circle of fifths, from five flats to six sharps; Eb minor is written with six flats."""


@pytest.mark.slow
@pytest.mark.parametrize(("tempo", "first_s"), [(100, 0.3), (126, 0.1), (140, 0.0)])
def test_tempo_first_beat_and_key_are_heard(tempo: int, first_s: float) -> None:
    beat = 60 / tempo
    time = np.arange(int(16 * beat * RATE)) / RATE
    chord = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 261.63, 329.63, 440.0))
    struck = np.exp(-60 * ((time - first_s) % beat)) * np.random.default_rng(0).standard_normal(len(time))
    heard = listen((0.03 * chord + 0.15 * struck).astype(np.float32)[None], "riff.wav")
    assert heard.tempo_bpm == pytest.approx(tempo, rel=0.001)
    assert heard.first_beat / RATE == pytest.approx(first_s, abs=0.02)
    assert heard.key == "A minor"


@pytest.mark.slow
def test_silence_has_no_beat() -> None:
    with pytest.raises(RitornelloError, match=r"riff\.wav: no beat can be heard"):
        listen(np.zeros((1, 3 * RATE), dtype=np.float32), "riff.wav")


@pytest.mark.parametrize(
    ("name", "scale"),
    [(f"{tonic} major", (0, 2, 4, 5, 7, 9, 11)) for tonic in MAJORS]
    + [(f"{tonic} minor", (0, 2, 3, 5, 7, 8, 10)) for tonic in RELATIVE_MINORS],
)
def test_a_key_that_is_heard_has_the_name_with_the_fewest_accidentals(
    name: str, scale: tuple[int, ...]
) -> None:
    weights = np.full(12, 0.1)
    for degree, step in enumerate(scale):
        triad = degree in (0, 2, 4)
        weights[(parse_key(name).root + step) % 12] = 3.0 if degree == 0 else 2.0 if triad else 1.0
    assert name_key(weights) == name
