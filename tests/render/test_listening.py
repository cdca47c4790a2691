"""Free audio: its tempo, its first beat and its key are heard."""

import numpy as np
import pytest

from render.listening import listen
from structure.errors import RitornelloError

RATE = 44_100


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


def test_silence_has_no_beat() -> None:
    with pytest.raises(RitornelloError, match=r"riff\.wav: no beat can be heard"):
        listen(np.zeros((1, 3 * RATE), dtype=np.float32), "riff.wav")
