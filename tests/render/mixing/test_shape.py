"""What is linear in a master is done in parts, and is what it would be in one piece, within -90 dB."""

from __future__ import annotations

import numpy as np
import pedalboard
import pytest
from scipy.signal import butter, oaconvolve, sosfilt

import render.mixing.master
from render.audio.levels import gain_from_db
from render.audio.spectrum import matching_filter
from render.mixing.master import Tone, shape
from structure.presets.mixes import BANDS_HZ

RATE = 44_100


def shaped_in_one(audio: np.ndarray, tone: Tone) -> np.ndarray:
    matching = matching_filter(tone.matching_db, RATE, tone.bands_hz) * gain_from_db(tone.gain_db)
    mid, side = (
        oaconvolve(one, matching)[: audio.shape[1]]
        for one in (audio.sum(0) / 2, -np.diff(audio, axis=0)[0] / 2)
    )
    low_cut = butter(2, tone.mono_below_hz, "highpass", fs=RATE, output="sos")
    side = sosfilt(low_cut, tone.side_gain * side)
    board = pedalboard.Pedalboard([pedalboard.HighpassFilter(24.0)])
    return board(np.stack([mid + side, mid - side]).astype(np.float32), RATE)


@pytest.mark.parametrize("samples", [1, 3000, 50_000, 131_077])
def test_parts_meet_without_a_seam(monkeypatch: pytest.MonkeyPatch, samples: int) -> None:
    monkeypatch.setattr(render.mixing.master, "_CHUNK_SAMPLES", 1 << 14)
    rng = np.random.default_rng(samples)
    audio = (0.1 * rng.standard_normal((2, samples))).astype(np.float32)
    tone = Tone(np.linspace(3.0, -4.0, len(BANDS_HZ)), BANDS_HZ, 0.8, 2.0, 120.0)
    before = audio.copy()
    parts, whole = shape(audio, tone, RATE), shaped_in_one(audio, tone)
    assert np.array_equal(audio, before)
    assert np.abs(parts - whole).max() < gain_from_db(-90.0) * np.abs(whole).max()
