"""The master taken apart: stems that sum to it, each with the gain that all have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.spectrum import spectrum_of
from render.mixing.master import master_song
from render.mixing.mastered import MasteredStems
from structure.presets.mixes import load_mix
from structure.specs.spec import MasterSpec
from tests.render.mixing.test_master import RATE, song

MIX = load_mix("club")


def parts(seconds: float = 4.0, seed: int = 0) -> dict[str, np.ndarray]:
    """Hits over noise, a tone that comes and goes, and noise in one ear."""
    rng = np.random.default_rng(seed)
    size = round(seconds * RATE)
    time = np.arange(size) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 330 * time) * (np.sin(2 * np.pi * 0.5 * time) > 0)
    ear = np.zeros((2, size), dtype=np.float32)
    ear[1] = 0.05 * rng.standard_normal(size)
    return {"hits": song(seconds, seed), "tone": np.stack([tone, tone]).astype(np.float32), "ear": ear}


def taken_apart(stems: dict[str, np.ndarray], spec: MasterSpec) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    premaster = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    master = master_song(premaster, spec, RATE, MIX).audio
    apart = MasteredStems(premaster, master, stems, stems.__getitem__, spec, MIX, RATE)
    return master, {name: apart.stem(name) for name in stems}


def null_db(whole: np.ndarray, pieces: dict[str, np.ndarray]) -> float:
    gap = whole - np.sum(list(pieces.values()), axis=0, dtype=np.float64)
    return float(20 * np.log10(max(np.abs(gap).max(), 1e-12) / np.abs(whole).max()))


@pytest.mark.parametrize("preset", ["streaming", "club", "vinyl"])
def test_mastered_stems_sum_to_the_master(preset: str) -> None:
    master, stems = taken_apart(parts(), MasterSpec(preset=preset))
    assert null_db(master, stems) <= -100


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000), lufs=st.floats(-30, -8), gains=st.tuples(*[st.floats(-40, 6)] * 3))
def test_they_do_at_any_level(seed: int, lufs: float, gains: tuple[float, ...]) -> None:
    stems = {
        name: audio * np.float32(10 ** (gain / 20))
        for (name, audio), gain in zip(parts(1.0, seed).items(), gains, strict=True)
    }
    master, apart = taken_apart(stems, MasterSpec(preset="club", loudness_lufs=lufs))
    assert null_db(master, apart) <= -100


def test_a_mastered_stem_is_the_stem_and_little_of_the_others() -> None:
    """What rests is soft, and a tone keeps to its pitch."""
    stems = parts()
    _, apart = taken_apart(stems, MasterSpec(preset="club"))
    silent = apart["tone"][:, int(1.2 * RATE) : int(1.9 * RATE)]
    assert 20 * np.log10(np.sqrt(np.mean(silent**2)) / np.sqrt(np.mean(apart["tone"] ** 2))) < -40
    tone = spectrum_of(apart["tone"], RATE)
    near = np.abs(tone.hertz - 330) < 30
    assert 10 * np.log10(tone.mid[near].sum() / tone.mid.sum()) > -0.5


def test_a_silent_song_has_silent_stems() -> None:
    quiet = {name: np.zeros((2, RATE), np.float32) for name in "ab"}
    master, apart = taken_apart(quiet, MasterSpec())
    assert not master.any()
    assert not any(stem.any() for stem in apart.values())
