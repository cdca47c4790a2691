"""What is heard in recordings whose notes are known."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from render.listening import hearing
from render.listening.hearing import Wish, hear
from structure.base.errors import AudioFileError, MissingPackageError
from structure.harmony.keys import parse_key
from tests.benchmarks.listening import (
    attacks_off_ms,
    drummed_take,
    hit_f1,
    hummed_take,
    is_downbeat,
    is_tempo,
    note_f1,
    strummed_take,
)
from tests.hums import RATE, hummed, played

TUNE = [(0, 1, 67), (1, 1, 69), (2, 1, 71), (3, 1, 67), (4, 2, 72), (6, 1, 71), (7, 1, 69), (8, 4, 67)]


def written(folder: Path, audio: np.ndarray, name: str = "take.wav") -> Path:
    soundfile.write(folder / name, audio, RATE)
    return folder / name


def test_a_hummed_tune_is_heard_note_for_note_on_the_grid(tmp_path: Path) -> None:
    late = [0.02, -0.02, 0.01, 0.0, -0.015, 0.02, 0.0, 0.01]
    heard = hear(written(tmp_path, hummed(played(TUNE, 100, 0.7, late), 3)))
    (part,) = heard.song.parts
    assert heard.kind == "tune"
    assert part.role == "lead"
    assert [(note.start, note.pitch) for note in part.notes] == [(at, pitch) for at, _, pitch in TUNE]
    assert all(0.0 < note.confidence <= 1.0 for note in part.notes)
    assert heard.downbeat_s == pytest.approx(0.7, abs=0.05)
    assert {guess.field for guess in heard.song.guesses} >= {"notes", "tempo", "meter", "key"}


@pytest.mark.slow
def test_notes_come_as_near_to_the_grid_as_is_asked(tmp_path: Path) -> None:
    late = [0.0, 0.05, 0.0, -0.05, 0.0, 0.04, 0.0, 0.0]
    file = written(tmp_path, hummed(played(TUNE, 100, 0.5, late), 3))

    def off(quantise: float) -> float:
        notes = hear(file, Wish(quantise)).song.parts[0].notes
        return sum(abs(float(note.start * 4) - round(float(note.start * 4))) for note in notes)

    assert off(1.0) == 0.0
    assert off(0.0) > off(0.5) > 0.0
    assert off(0.5) == pytest.approx(off(0.0) / 2, rel=0.1)


@pytest.mark.slow
def test_a_recording_without_notes_is_refused_and_says_what_can_be_done(tmp_path: Path) -> None:
    audio = np.zeros(RATE, np.float32)
    audio[20_000:20_040] = 0.3
    with pytest.raises(AudioFileError, match="no notes") as caught:
        hear(written(tmp_path, audio))
    assert "role: audio" in str(caught.value)


@pytest.mark.parametrize("package", ["swift_f0", "onnxruntime", "librosa"])
def test_a_missing_listener_is_said_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    real = hearing.find_spec
    monkeypatch.setattr(hearing, "find_spec", lambda name: None if name == package else real(name))
    with pytest.raises(MissingPackageError, match=r"ritornello\[listen\]"):
        hear(tmp_path / "not even there.wav")


@pytest.mark.slow
def test_hummed_lines_are_heard_well_enough(tmp_path: Path) -> None:
    scores = []
    for seed in (100, 101, 102):
        take = hummed_take(seed)
        heard = hear(written(tmp_path, take.audio), Wish(0.0))
        scores.append(note_f1(take, heard))
        assert is_tempo(heard.pulse.bpm, take.bpm)
    assert float(np.mean(scores)) >= 0.85


@pytest.mark.slow
def test_chords_and_their_key_are_heard(tmp_path: Path) -> None:
    pytest.importorskip("basic_pitch")
    take = strummed_take(3)
    heard = hear(written(tmp_path, take.audio))
    assert heard.kind == "chords"
    assert is_tempo(heard.pulse.bpm, take.bpm)
    assert is_downbeat(heard.downbeat_s, take)
    assert parse_key(heard.song.key) == parse_key(take.key)
    assert tuple(chord.symbol for chord in heard.song.chords) == take.chords


@pytest.mark.slow
def test_hits_of_a_beat_are_heard(tmp_path: Path) -> None:
    take, hits = drummed_take(5)
    heard = hear(written(tmp_path, take.audio))
    assert heard.kind == "beat"
    assert heard.song.parts[0].role == "drums"
    assert is_downbeat(heard.downbeat_s, take)
    assert hit_f1(hits, heard) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("percent", [-5, 5])
def test_attacks_of_a_stretched_loop_lie_on_the_grid(percent: float) -> None:
    assert attacks_off_ms(percent) < 10.0
