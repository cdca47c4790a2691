"""The figures of a mix can be bad: each check fails on the fault that it is there for."""

from dataclasses import replace

import numpy as np
import pytest

from render.checks.quality import check_clipping, check_crest, check_energies, check_mono, measure_quality
from render.mixing.master import master_song
from render.mixing.mix import ride_stems, sections_of, sum_stems
from structure.plans.plan import SongPlan
from structure.presets.mixes import BANDS_HZ
from tests.builders import change_visit
from tests.render.support import RATE, plan_of


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    made = plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)) * 2)
    energies = {"verse": 0.5, "chorus": 0.9}
    return replace(
        made, visits=tuple(change_visit(visit, energy=energies[visit.place.name]) for visit in made.visits)
    )


@pytest.fixture(scope="module")
def song(plan: SongPlan) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    stems = {}
    for stem in plan.stems:
        mono = np.cumsum(rng.standard_normal(plan.total_samples))
        mono = (
            0.05 * np.diff(mono, prepend=0.0) * (1.0 + 8.0 * (np.arange(plan.total_samples) % 11_025 < 300))
        )
        stems[stem.name] = np.stack([mono, 0.8 * mono]).astype(np.float32)
    ride_stems(plan, stems, plan.crossfade_samples)
    premaster = sum_stems(stems)
    master = master_song(premaster, plan.master, RATE, plan.mix, sections_of(plan)).audio
    return stems, premaster, master


@pytest.mark.slow
def test_a_sound_song_passes(plan: SongPlan, song: tuple) -> None:
    stems, premaster, master = song
    assert check_energies(plan, master).passed
    assert check_mono(plan, master).passed
    assert check_crest(plan, premaster, master).passed
    assert check_clipping(stems, premaster, master).passed


def test_a_verse_raised_by_two_db_fails(plan: SongPlan, song: tuple) -> None:
    broken = song[2].copy()
    start, end = plan.bounds(plan.visits[2])
    broken[:, start:end] *= 10 ** (2 / 20)
    check = check_energies(plan, broken)
    assert check.passed is False
    assert check.value == pytest.approx(2.0, abs=0.6)
    assert "verse 2" in check.detail


def test_a_channel_turned_over_fails_in_mono(plan: SongPlan, song: tuple) -> None:
    assert check_mono(plan, song[2] * np.array([[1.0], [-1.0]], np.float32)).passed is False


def test_a_squashed_master_fails(plan: SongPlan, song: tuple) -> None:
    squashed = np.tanh(40 * song[2])
    assert check_crest(plan, song[1], squashed).passed is False


def test_a_stem_at_full_scale_is_named(plan: SongPlan, song: tuple) -> None:
    stems = dict(song[0], bass=song[0]["bass"] * np.float32(2.0 / np.abs(song[0]["bass"]).max()))
    check = check_clipping(stems, song[1], song[2])
    assert check.passed is False
    assert check.detail == "bass"


def test_figures_are_plain_data_and_say_what_is_there(plan: SongPlan, song: tuple) -> None:
    quality = measure_quality(plan, *song)
    document = quality.document()
    assert list(document["balance_db"]) == [str(band) for band in BANDS_HZ]
    assert [level["label"] for level in document["sections"]] == [
        visit.place.label for visit in plan.visits
    ]
    assert [stem["name"] for stem in document["stems"]] == [stem.name for stem in plan.stems]
    assert 0.3 < document["crest_share"] <= 1.05
    assert quality.worst_section_db is not None
    assert quality.worst_section_db < 0.5
