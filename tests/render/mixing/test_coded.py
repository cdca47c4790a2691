"""Masters behind lossy coders, and treble in bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.levels import db_from_gain
from render.audio.loudness import measure_lufs
from render.audio.spectrum import spectrum_of
from render.mixing.coded import check_can_code, code, measure_coded_peaks
from render.mixing.master import master_song
from render.mixing.sibilance import TREBLE_HZ, soften_treble, treble_levels
from structure.base.errors import RitornelloError
from structure.presets.mixes import load_mix
from structure.specs.spec import MasterSpec
from tests.render.mixing.test_master import RATE, song

MIX = load_mix("jazz")


@pytest.mark.parametrize("coder", ["mp3", "aac", "opus"])
def test_a_coder_gives_back_the_song(coder: str) -> None:
    """As long as it was but for its delay, as loud, and its tones in tune."""
    time = np.arange(2 * RATE) / RATE
    tones = 0.1 * sum(np.sin(2 * np.pi * hertz * time) for hertz in (220, 660, 1980))
    audio = np.stack([tones, 0.5 * tones]).astype(np.float32)
    back, rate = code(audio, RATE, coder)
    assert 0 <= back.shape[1] / rate - 2.0 < 0.2
    # LAME turns what it codes at 128 kbit/s down to 0.95
    lufs = measure_lufs(audio, RATE) - (0.45 if coder == "mp3" else 0.0)
    assert measure_lufs(back, rate) == pytest.approx(lufs, abs=0.3)
    heard = spectrum_of(back, rate)
    for hertz in (220, 660, 1980):
        near = np.abs(heard.hertz - hertz) < 15
        assert heard.mid[near].sum() > 0.25 * heard.mid.sum()
    assert not np.array_equal(back[:, : audio.shape[1]], audio)


@pytest.mark.slow
@pytest.mark.parametrize(("lufs", "ceiling"), [(-13.0, -1.0), (-14.0, -2.0)])
def test_a_master_keeps_its_ceiling_behind_coders(lufs: float, ceiling: float) -> None:
    spec = MasterSpec(preset="club", loudness_lufs=lufs, true_peak_dbtp=ceiling)
    coders = ("mp3", "aac", "opus")
    plain = master_song(song(4.0), spec, RATE)
    assert max(measure_coded_peaks(plain.audio, RATE, coders).values()) > ceiling, "nothing to do here"
    made = master_song(song(4.0), spec.model_copy(update={"coders": coders}), RATE)
    assert max(measure_coded_peaks(made.audio, RATE, coders).values()) <= ceiling
    assert set(made.coded_dbtp) == set(coders)
    assert made.loudness_lufs == pytest.approx(plain.loudness_lufs, abs=0.3)


def test_a_coder_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.mixing.coded.find_spec", lambda name: None)
    with pytest.raises(RitornelloError, match="PyAV, which is not installed"):
        check_can_code("aac")
    check_can_code("mp3")


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 100), most_db=st.floats(-20.0, 6.0))
def test_treble_is_kept_in_bounds_and_what_is_below_stays(seed: int, most_db: float) -> None:
    audio = song(1.0, seed)
    ceiling_db = measure_lufs(audio, RATE) + most_db
    softened = soften_treble(audio, ceiling_db, RATE)
    _, levels, _ = treble_levels(softened, RATE)
    # the band's edge is 500 Hz wide: a little of what was cut comes back from there
    assert db_from_gain(float(levels.max())) <= ceiling_db + 1.0
    before, after = spectrum_of(audio, RATE), spectrum_of(softened, RATE)
    low = before.hertz < TREBLE_HZ - 1000
    assert after.mid[low].sum() == pytest.approx(before.mid[low].sum(), rel=1e-3)
    _, before_levels, _ = treble_levels(audio, RATE)
    if db_from_gain(float(before_levels.max())) <= ceiling_db:
        assert np.array_equal(softened, audio)


def voice_and_hiss(hiss_level: float) -> np.ndarray:
    times = np.arange(RATE) / RATE
    tone = 0.1 * np.sin(2 * np.pi * 300 * times)
    hiss = hiss_level * np.sin(2 * np.pi * 8000 * times) * ((times > 0.5) & (times < 0.6))
    return (tone + hiss)[None].astype(np.float32)


def level_of(audio: np.ndarray, hertz: float) -> float:
    part = audio[0, round(0.52 * RATE) : round(0.58 * RATE)]
    return float(2 * np.abs(np.mean(part * np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE))))


def test_loud_hisses_keep_a_quarter_of_what_is_too_much_and_all_else_stays() -> None:
    before = voice_and_hiss(0.2)
    after = soften_treble(before, -35.0, RATE, above_hz=5500.0, ratio=4.0)
    change_db = db_from_gain(level_of(after, 8000) / level_of(before, 8000))
    over_db = db_from_gain(0.2 / np.sqrt(2.0)) + 35.0
    assert change_db == pytest.approx(-0.75 * over_db, abs=0.5)
    assert level_of(after, 300) == pytest.approx(level_of(before, 300), rel=0.01)
    assert np.abs(after - before)[:, : RATE // 3].max() < 1e-4


def test_silence_and_soft_treble_stay_as_they_are() -> None:
    silent = np.zeros((2, RATE), dtype=np.float32)
    for most_db in (-6.0, -np.inf):
        assert np.array_equal(soften_treble(silent, most_db, RATE), silent)
    soft = voice_and_hiss(0.01)
    assert np.array_equal(soften_treble(soft, -35.0, RATE, ratio=4.0), soft)


def test_a_vinyl_master_has_no_side_in_the_bass() -> None:
    rng = np.random.default_rng(1)
    wide = song(3.0) + 0.05 * rng.standard_normal((2, 3 * RATE)).astype(np.float32)
    made = {
        preset: spectrum_of(master_song(wide, MasterSpec(preset=preset), RATE, MIX).audio, RATE)
        for preset in ("streaming", "vinyl")
    }
    low = made["vinyl"].hertz < 75.0
    side = {name: 10 * np.log10(one.side[low].sum() / one.mid[low].sum()) for name, one in made.items()}
    assert side["vinyl"] < -25.0
    assert side["vinyl"] < side["streaming"] - 2.0
