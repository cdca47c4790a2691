"""What plays of a recording in a visit: the file's own samples, in their places."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.recordings.placing import piece_audio
from structure.base.errors import AudioFileError
from structure.plans.plan import InitFile
from structure.plans.recorded import RecordedPiece

RATE = 44_100
BEFORE, TAIL = 4410, 110_250
EDGE = round(0.005 * RATE) + 1


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> tuple[InitFile, np.ndarray]:
    rng = np.random.default_rng(0)
    audio = rng.normal(0.0, 0.1, (4 * RATE, 2)).astype(np.float32)
    audio[-2000:] *= np.linspace(1, 0, 2000, dtype=np.float32)[:, None]
    file = tmp_path_factory.mktemp("takes") / "take.wav"
    soundfile.write(file, audio, RATE, subtype="FLOAT")
    return InitFile(path=file), audio.T


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(3000, 60_000), min_size=1, max_size=6), st.integers(0, 8000))
def test_pieces_laid_together_are_the_recording_bit_for_bit(
    take: tuple[InitFile, np.ndarray], bodies: list[int], downbeat: int
) -> None:
    file, audio = take
    song = np.zeros((2, BEFORE + sum(bodies) + TAIL), np.float32)
    at = 0
    for index, body in enumerate(bodies):
        goes_on = index + 1 < len(bodies)
        piece = RecordedPiece(file="take.wav", downbeat_s=downbeat / RATE, passed=at, goes_on=goes_on)
        song[:, at : at + BEFORE + body + TAIL] += piece_audio(piece, file, BEFORE, body, TAIL, RATE)
        at += body
    first = max(downbeat - BEFORE, 0)
    lasts = min(audio.shape[1], downbeat + at if audio.shape[1] > downbeat + at + TAIL else audio.shape[1])
    wanted = audio[:, first + EDGE : lasts]
    start = BEFORE - (downbeat - first) + EDGE
    assert np.array_equal(song[:, start : start + wanted.shape[1]], wanted)
    assert not song[:, : max(0, BEFORE - downbeat)].any()


def test_a_recording_that_is_longer_than_its_section_ends_with_it(
    take: tuple[InitFile, np.ndarray],
) -> None:
    file, audio = take
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0)
    made = piece_audio(piece, file, BEFORE, 20_000, 30_000, RATE)
    assert np.array_equal(made[:, BEFORE : BEFORE + 20_000], audio[:, :20_000])
    assert not made[:, BEFORE + 20_000 + EDGE :].any()
    after = piece_audio(replace(piece, goes_on=True), file, BEFORE, 20_000, 30_000, RATE)
    assert not after[:, BEFORE + 20_000 :].any()


def test_a_recording_that_begins_late_is_silent_before(take: tuple[InitFile, np.ndarray]) -> None:
    file, audio = take
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0, passed=-10_000)
    made = piece_audio(piece, file, BEFORE, 30_000, TAIL, RATE)
    assert not made[:, : BEFORE + 10_000].any()
    assert np.array_equal(made[:, BEFORE + 10_000 : BEFORE + 30_000], audio[:, :20_000])


def test_a_loop_begins_again_on_its_sample(take: tuple[InitFile, np.ndarray]) -> None:
    file, audio = take
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0, loop=Fraction(10_001, 2))
    made = piece_audio(piece, file, BEFORE, 20_000, 1000, RATE)[:, BEFORE:]
    for start in (0, 5000, 10_001):
        assert np.array_equal(made[:, start : start + 4000], audio[:, :4000])


def test_a_stretched_recording_is_as_much_shorter(take: tuple[InitFile, np.ndarray]) -> None:
    file, _ = take
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0, factor=1.1)
    made = piece_audio(piece, file, 0, 4 * RATE, 0, RATE)
    sounding = np.flatnonzero(np.abs(made).max(axis=0) > 1e-3)
    assert sounding[-1] == pytest.approx(4 * RATE / 1.1, abs=3000)


def test_another_file_in_its_place_is_refused(take: tuple[InitFile, np.ndarray]) -> None:
    file, _ = take
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0)
    with pytest.raises(AudioFileError, match="not the recording"):
        piece_audio(piece, replace(file, sha256="0" * 64), BEFORE, 1000, 1000, RATE)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    piece = RecordedPiece(file="take.wav", downbeat_s=0.0)
    with pytest.raises(AudioFileError, match="no such recording"):
        piece_audio(piece, InitFile(path=tmp_path / "take.wav"), BEFORE, 1000, 1000, RATE)
