"""The teachers: their words and ranges, the hosts' events, the measured octave, the recorded piano."""

import stat
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

import training.dataset
from render.model.playing.notes import NoteTable
from training.captions import INSTRUMENTS, NAMES, PLAYS, TEACHERS, UNSEEN_NAMES, Teacher
from training.dataset import make_pitched
from training.sampled_piano import RATE, SampledPiano
from training.teachers import HOSTS, measure_shift, play_parts

_SHARES = (("faint", 1), ("loud", 2))
_HOST = """#!{python}
import sys
import numpy as np, soundfile
_, uri, events, length, out, *settings = sys.argv
if uri.endswith("broken"):
    sys.exit("no such plugin")
audio = np.zeros(int(length), dtype=np.float32)
for line in open(events):
    sample, status, data, force = map(int, line.split())
    if status == 144:
        audio[sample] = (data + force / 1000) / 1000
soundfile.write(out, audio, 44100, subtype="FLOAT")
"""


@pytest.fixture
def hosts(tmp_path: Path) -> Path:
    """A folder with a host that gives a click of its pitch and velocity for each note."""
    host = tmp_path / "play_lv2"
    host.write_text(_HOST.format(python=sys.executable))
    host.chmod(host.stat().st_mode | stat.S_IXUSR)
    return tmp_path


def _teacher(preset: str = "EPiano-default", shift: int = 0) -> Teacher:
    return Teacher("x", "mda", preset, "piano", 30, 90, "m", ("a",), ("b",), shift)


def test_each_teacher_can_be_played_and_named() -> None:
    families = {instrument.family for instrument in INSTRUMENTS}
    for teacher in TEACHERS:
        assert teacher.family in families, teacher.patch
        assert teacher.host in {*HOSTS, "salamander"}, teacher.patch
        assert set(teacher.plays) <= set(PLAYS), teacher.patch
        # a melody needs an octave to move in, and what is played must be a MIDI pitch
        assert teacher.low + 12 <= teacher.high, teacher.patch
        assert teacher.low + teacher.shift >= 0, teacher.patch
        assert teacher.high + teacher.shift <= 127, teacher.patch
        assert NAMES[teacher.patch] == teacher.names
        assert UNSEEN_NAMES[teacher.patch] == teacher.unseen
    assert len({(teacher.host, teacher.preset) for teacher in TEACHERS}) == len(TEACHERS)


def test_parts_are_played_where_they_are_written(hosts: Path) -> None:
    parts = [NoteTable.of([(100, 5000, 60, 90)]), NoteTable.of([(7, 300, 62, 40), (20, 300, 66, 41)])]
    first, second = play_parts(_teacher(shift=12), parts, 0.25, hosts)
    assert len(first) == len(second) == 11_025
    assert np.flatnonzero(first).tolist() == [100]
    assert np.flatnonzero(second).tolist() == [7, 20]
    assert second[[7, 20]] == pytest.approx([0.07404, 0.078041], abs=1e-5)


def test_hosts_that_fail_say_why(hosts: Path, tmp_path: Path) -> None:
    note = [NoteTable.of([(100, 5000, 60, 90)])]
    with pytest.raises(FileNotFoundError, match="build it from training/hosts"):
        play_parts(_teacher(), note, 0.25, tmp_path / "elsewhere")
    with pytest.raises(RuntimeError, match="no such plugin"):
        play_parts(_teacher("broken"), note, 0.25, hosts)
    with pytest.raises(ValueError, match="no sound for 'EPiano-default'"):
        play_parts(_teacher(), [NoteTable.of([])], 0.25, hosts)


@settings(deadline=None, max_examples=20)
@given(st.integers(36, 84), st.sampled_from([-12, 0, 12]), st.floats(0.3, 0.9))
def test_the_octave_of_a_harmonic_sound_is_measured(pitch: int, octave: int, fall: float) -> None:
    time = np.arange(RATE // 2) / RATE
    hertz = 440.0 * 2.0 ** ((pitch + octave - 69) / 12)
    partials = [fall**n * np.sin(2 * np.pi * hertz * (n + 1) * time) for n in range(12)]
    assert measure_shift(np.sum(partials, axis=0).astype(np.float32), pitch) == octave


def test_a_bell_has_no_octave() -> None:
    time = np.arange(RATE // 2) / RATE
    bell = sum(np.sin(2 * np.pi * 300.0 * ratio * time) for ratio in (1.0, 2.76, 5.4, 8.93))
    assert measure_shift(np.asarray(bell, dtype=np.float32), 62) is None


@pytest.fixture
def piano(tmp_path: Path) -> SampledPiano:
    """One recorded key at two velocities: 2 s of a fifth above for the hard one, after a little silence."""
    time = np.arange(2 * 48_000) / 48_000
    for layer, hertz in ((4, 261.63), (16, 392.0)):
        tone = np.where(time > 0.02, 0.5 * np.sin(2 * np.pi * hertz * time), 0.0)
        soundfile.write(tmp_path / f"C4v{layer}.ogg", tone, 48_000)
    return SampledPiano(tmp_path)


def _loudest_hertz(audio: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(audio))) * RATE / len(audio))


def test_a_hard_note_is_another_recording(piano: SampledPiano) -> None:
    soft, hard = (piano.play(NoteTable.of([(0, RATE, 60, v)]), RATE) for v in (25, 120))
    assert _loudest_hertz(soft) == pytest.approx(261.6, abs=1.5)
    assert _loudest_hertz(hard) == pytest.approx(392.0, abs=1.5)


def test_other_keys_are_tuned_and_begin_at_once(piano: SampledPiano) -> None:
    audio = piano.play(NoteTable.of([(500, RATE, 62, 25)]), RATE)
    assert _loudest_hertz(audio[500:]) == pytest.approx(293.7, abs=1.5)
    assert np.abs(audio[:500]).max() == 0.0
    assert np.abs(audio[500:700]).max() > 0.1


def test_a_released_key_is_damped(piano: SampledPiano) -> None:
    short, held = (piano.play(NoteTable.of([(0, end, 60, 25)]), RATE) for end in (RATE // 4, RATE))
    at = slice(RATE // 4 + RATE // 5, RATE // 4 + RATE // 4)
    assert np.abs(short[at]).max() < 0.02 * np.abs(held[at]).max()


def test_a_folder_without_samples_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no samples"):
        SampledPiano(tmp_path)


def test_a_preset_is_levelled_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        Teacher(name, "mda", name, "piano", 40, 80, "m", ("a",), ("b",), share=n) for name, n in _SHARES
    ]

    def play(teacher: Teacher, parts: list[NoteTable], seconds: float) -> list[np.ndarray]:
        tone = np.sin(np.arange(int(seconds * RATE)) / 20.0).astype(np.float32)
        loudness = 0.01 if teacher.patch == "faint" else 0.5
        return [np.float32(loudness * (k + 1)) * tone for k in range(len(parts))]

    monkeypatch.setattr(training.dataset, "TEACHERS", rows)
    monkeypatch.setattr(training.dataset, "play_parts", play)
    monkeypatch.setattr(training.dataset, "_effect", lambda *_: "dry")
    made = make_pitched(3, 0, 2)
    assert [(label.patch, label.source) for label in made.labels] == [("faint", "mda")] * 2 + [
        ("loud", "mda")
    ] * 4
    peaks = [float(mel.max()) for mel in made.mels]
    assert peaks[0] < peaks[1] < np.inf
    assert peaks[2] < peaks[3] < peaks[4] < peaks[5]
    faint, loud = np.mean(peaks[:2]), np.mean(peaks[2:])
    assert faint == pytest.approx(loud, abs=0.12)  # 3 dB
