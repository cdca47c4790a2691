"""The master reaches its loudness, never its ceiling, and says where it cannot."""

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.signal import resample_poly

from render.audio.loudness import measure_lufs, true_peak_dbtp
from render.checks.quality import crest_db
from render.mixing.energies import Section, level_misses_db, sections_lufs
from render.mixing.limiter import limiter_gains
from render.mixing.master import describe_limits, is_at_its_limits, master_song
from structure.presets.masters import MASTER_PRESETS
from structure.presets.mixes import load_mix
from structure.specs.spec import MasterSpec

RATE = 44_100
BLOCK = 45


def song(seconds: float = 10.0, seed: int = 0) -> np.ndarray:
    """Hits over a bed of noise, loud and soft by turns: (2, samples) with a crest of a mix."""
    rng = np.random.default_rng(seed)
    size = round(seconds * RATE)
    bed = 0.03 * rng.standard_normal((2, size))
    for k in range(round(4 * seconds)):
        start = k * RATE // 4
        time = np.arange(min(RATE // 4, size - start)) / RATE
        hit = np.exp(-25 * time) * np.sin(2 * np.pi * (60 + 400 * np.exp(-40 * time)) * time)
        bed[:, start : start + len(time)] += 0.4 * rng.uniform(0.3, 1.0) * hit
    bed[:, size // 3 : size // 2] *= 0.25
    return bed.astype(np.float32)


@pytest.fixture(scope="module")
def premaster() -> np.ndarray:
    return song()


@pytest.mark.slow
@pytest.mark.parametrize(("lufs", "dbtp"), [(-14.0, -1.0), (-16.0, -2.0), (-23.0, -1.0), (-11.0, -0.3)])
def test_loudness_and_true_peak_are_met(premaster: np.ndarray, lufs: float, dbtp: float) -> None:
    made = master_song(premaster, MasterSpec(loudness_lufs=lufs, true_peak_dbtp=dbtp), RATE)
    assert measure_lufs(made.audio, RATE) == pytest.approx(lufs, abs=0.1)
    assert true_peak_dbtp(made.audio) <= dbtp
    assert made.loudness_lufs == pytest.approx(measure_lufs(made.audio, RATE), abs=1e-6)
    assert made.true_peak_dbtp == pytest.approx(true_peak_dbtp(made.audio), abs=0.01)


@pytest.mark.parametrize("rate", [22_050, 48_000])
def test_other_sample_rates_are_met_too(premaster: np.ndarray, rate: int) -> None:
    made = master_song(premaster[:, : 5 * rate], MasterSpec(), rate)
    assert measure_lufs(made.audio, rate) == pytest.approx(-14.0, abs=0.1)
    assert made.true_peak_dbtp <= -1.0


def test_the_loudness_does_not_depend_on_the_premasters_level(premaster: np.ndarray) -> None:
    loud, soft = (master_song(premaster * np.float32(g), MasterSpec(), RATE).audio for g in (1.0, 0.1))
    assert np.abs(loud - soft).max() < 0.01


def test_a_loudness_out_of_reach_stops_at_the_most_limiting() -> None:
    clicks = np.zeros((2, 5 * RATE), np.float32)
    clicks[:, :: RATE // 4] = 0.9
    made = master_song(clicks, MasterSpec(loudness_lufs=-8.0), RATE)
    assert made.limited_db == pytest.approx(MASTER_PRESETS["streaming"].most_limiting_db, abs=0.1)
    assert made.loudness_lufs < -9.0
    assert made.loudness_lufs == pytest.approx(measure_lufs(made.audio, RATE), abs=1e-6)
    assert made.true_peak_dbtp <= -1.0


def test_no_more_is_limited_than_asked(premaster: np.ndarray) -> None:
    made = master_song(premaster, MasterSpec(loudness_lufs=-30.0), RATE)
    assert made.limited_db == pytest.approx(0.0, abs=1e-9)


def test_dynamics_are_kept(premaster: np.ndarray) -> None:
    """The soft passage, 12 dB down, is still at least 8 dB down in the master."""
    made = master_song(premaster, MasterSpec(), RATE).audio
    size = premaster.shape[1]
    soft, loud = made[:, size // 3 + RATE // 2 : size // 2 - RATE // 2], made[:, : size // 3]
    assert 20 * math.log10(np.std(soft) / np.std(loud)) < -8.0


def test_the_last_sample_is_exactly_zero_and_the_length_is_kept(premaster: np.ndarray) -> None:
    made = master_song(premaster, MasterSpec(), RATE)
    assert made.audio.shape == premaster.shape
    assert not made.audio[:, -1].any()
    assert np.isfinite(made.audio).all()


def test_two_masters_are_identical(premaster: np.ndarray) -> None:
    before = premaster.copy()
    one, two = (master_song(premaster, MasterSpec(), RATE) for _ in range(2))
    assert np.array_equal(one.audio, two.audio)
    assert np.array_equal(premaster, before)


def test_silence_stays_silence() -> None:
    made = master_song(np.zeros((2, RATE), np.float32), MasterSpec(), RATE)
    assert not made.audio.any()
    assert made.loudness_lufs == -math.inf


@given(
    arrays(np.float64, st.integers(1, 300), elements=st.floats(0.0, 20.0)),
    st.floats(0.05, 1.0),
    st.sampled_from([22_050, 44_100, 48_000]),
)
def test_the_limiter_holds_every_peak(peaks: np.ndarray, ceiling: float, rate: int) -> None:
    edges = limiter_gains(peaks, ceiling, BLOCK, rate)
    assert len(edges) == len(peaks) + 1
    assert edges.min() > 0.0
    assert edges.max() <= 1.0
    assert np.all(peaks * np.maximum(edges[1:], edges[:-1]) <= ceiling * (1 + 1e-9))


def test_the_limiter_opens_again_and_never_jumps() -> None:
    peaks = np.full(400, 0.1)
    peaks[200] = 1.0
    edges = limiter_gains(peaks, 0.5, BLOCK, RATE)
    touched = np.flatnonzero(edges < 1.0 - 1e-9)
    assert edges.min() == pytest.approx(0.5)
    assert (200 - touched[0]) * BLOCK / RATE < 0.015
    assert (touched[-1] - 200) * BLOCK / RATE < 0.040
    assert np.abs(np.diff(edges)).max() < 0.5 / 5


def tones(seconds: float = 8.0) -> np.ndarray:
    """Chords near a quarter of the sample rate and below, whose true peaks lie between the samples."""
    time = np.arange(round(seconds * RATE)) / RATE
    left = sum(np.sin(2 * np.pi * hertz * time + k) for k, hertz in enumerate((220, 3_675, 11_025.3)))
    right = sum(np.sin(2 * np.pi * hertz * time - k) for k, hertz in enumerate((330, 5_512, 9_999)))
    return (0.2 * np.stack([left, right]) * (0.6 + 0.4 * np.sign(np.sin(np.pi * time)))).astype(np.float32)


def noise(seconds: float = 8.0) -> np.ndarray:
    rng = np.random.default_rng(7)
    return (0.1 * rng.standard_normal((2, round(seconds * RATE)))).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["streaming", "club", "broadcast"])
@pytest.mark.parametrize("material", [song, tones, noise], ids=["hits", "tones", "noise"])
def test_presets_hold_loudness_and_ceiling_by_another_oversampling(preset: str, material: object) -> None:
    """True peaks by scipy's polyphase filter, eight times oversampled, and loudness by pyloudnorm."""
    spec = MasterSpec.model_validate({"preset": preset})
    made = master_song(material(), spec, RATE)
    peak = np.abs(resample_poly(made.audio.astype(np.float64), 8, 1, axis=1)).max()
    assert 20 * math.log10(peak) <= spec.true_peak_dbtp
    loudness = pyloudnorm.Meter(RATE).integrated_loudness(made.audio.T.astype(np.float64))
    if made.limited_db < MASTER_PRESETS[preset].most_limiting_db - 0.1:
        assert loudness == pytest.approx(spec.loudness_lufs, abs=0.1)
    assert made.true_peak_dbtp <= spec.true_peak_dbtp


def dense(seconds: float = 16.0) -> tuple[np.ndarray, list[Section]]:
    """Kick, noise-like drums, bass and pads, soft and loud by turns: as dense as a house song."""
    rng = np.random.default_rng(2)
    n_samples, beat = round(seconds * RATE), RATE * 60 // 124
    time, since = np.arange(n_samples) / RATE, (np.arange(n_samples) % beat) / RATE
    kick = np.exp(-9 * since) * np.sin(2 * np.pi * (50 * since + 6 * (1 - np.exp(-40 * since))))
    noise = rng.standard_normal((2, n_samples))
    is_snare = np.arange(n_samples) // beat % 2 == 1
    drums = 0.5 * kick + noise * (0.05 * np.exp(-15 * since) * is_snare + 0.01 * np.exp(-30 * since))
    pads = sum(
        np.sin(2 * np.pi * hertz * k * time * np.array([[1.0], [1.001]]) + k) / k
        for hertz in (220.0, 261.6, 329.6)
        for k in range(1, 9)
    )
    audio = drums + (1 - 0.5 * np.exp(-8 * since)) * (0.15 * np.sin(2 * np.pi * 55 * time) + 0.02 * pads)
    quarter = n_samples // 4
    sections = [Section(str(k), k * quarter, (k + 1) * quarter, -2.7 * (1 - k % 2)) for k in range(4)]
    for section in sections:
        audio[:, section.start : section.end] *= 0.3 * 10.0 ** (section.level_db / 20.0)
    return audio.astype(np.float32), sections


@pytest.mark.slow
def test_a_club_master_of_dense_material_is_as_loud_as_asked_and_keeps_its_sections() -> None:
    audio, sections = dense()
    assert 13.0 < crest_db(audio) < 17.0
    spec = MasterSpec(preset="club")
    made = master_song(audio, spec, RATE, load_mix("club"), sections)
    assert made.loudness_lufs == pytest.approx(-9.0, abs=0.1)
    assert true_peak_dbtp(made.audio) <= -1.0
    assert 1.0 < made.clipped_db < 8.0
    assert made.limited_db < 10.0
    assert not is_at_its_limits(made, spec)
    misses = level_misses_db(sections, sections_lufs(made.audio, sections, RATE))
    assert np.ptp(misses) < 0.5


def test_a_club_master_of_sparse_material_stops_at_its_limits() -> None:
    clicks = np.zeros((2, 6 * RATE), np.float32)
    clicks[:, :: RATE // 2] = 0.9
    spec = MasterSpec(preset="club")
    made = master_song(clicks, spec, RATE)
    assert is_at_its_limits(made, spec)
    assert made.loudness_lufs < -12.0
    assert made.clipped_db == pytest.approx(MASTER_PRESETS["club"].most_clipping_db)
    assert describe_limits(spec) == "8 dB of clipping and 12 dB of limiting"


def test_only_loud_presets_clip(premaster: np.ndarray) -> None:
    assert master_song(premaster, MasterSpec(), RATE).clipped_db == 0.0
    assert describe_limits(MasterSpec()) == "12 dB of limiting"
