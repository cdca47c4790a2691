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
from render.mixing.sibilance import TREBLE_HZ, soften_treble, treble_levels, treble_of
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
    softened, gave_way_db = soften_treble(audio, most_db, RATE)
    levels, _ = treble_levels(treble_of(softened, RATE), RATE)
    # the band's edge is 500 Hz wide: a little of what was cut comes back from there
    assert db_from_gain(float(levels.max())) - measure_lufs(audio, RATE) <= most_db + 1.0
    before, after = spectrum_of(audio, RATE), spectrum_of(softened, RATE)
    low = before.hertz < TREBLE_HZ - 1000
    assert after.mid[low].sum() == pytest.approx(before.mid[low].sum(), rel=1e-3)
    if gave_way_db == 0.0:
        assert np.array_equal(softened, audio)


def test_silence_has_no_treble() -> None:
    silent = np.zeros((2, RATE), dtype=np.float32)
    assert soften_treble(silent, -6.0, RATE) == (pytest.approx(silent), 0.0)


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
