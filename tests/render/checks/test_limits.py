"""A check lets through what is allowed, stops what is a little more, and says both in figures."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from render.audio.types import Audio
from render.checks.check import Check
from render.checks.clicks import check_joins
from render.checks.timing import attack_rises
from render.checks.verify import (
    check_end,
    check_lengths,
    check_loudness,
    check_section_starts,
    check_stems,
    check_sum,
    check_timing,
    check_true_peak,
    verify_song,
)
from structure.plans.plan import SongPlan
from structure.plans.score import Note, Part
from structure.specs.spec import ExportSpec, MasterSpec
from tests.builders import change_visit
from tests.render.support import RATE, plan_of


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_of((("verse", 2, 0.0), ("chorus", 2, 0.0)), tempo=120.0)


def silence(plan: SongPlan) -> Audio:
    return np.zeros((2, plan.total_samples), np.float32)


def hits(plan: SongPlan, late_s: float = 0.0) -> Audio:
    """A burst of noise on each beat that dies away at once, some seconds late."""
    rng, audio = np.random.default_rng(0), silence(plan)
    size = RATE // 5
    burst = rng.standard_normal((2, size)) * np.exp(-np.arange(size) / (0.03 * RATE))
    for beat in plan.grid.beat_samples(plan.bars):
        at = beat + round(late_s * RATE)
        audio[:, at : at + size] += 0.2 * burst[:, : audio.shape[1] - at]
    return audio


def rising(stems: dict[str, Audio]) -> dict[str, np.ndarray]:
    return {name: attack_rises(audio, RATE) for name, audio in stems.items()}


def test_a_song_ends_in_silence_in_its_last_64_samples(plan: SongPlan) -> None:
    for place, level, passes in ((65, 0.5, True), (64, 0.5, False), (64, 0.0009, True), (1, 0.0011, False)):
        audio = silence(plan)
        audio[1, -place] = level
        assert check_end(plan, audio).passed is passes
    check = check_end(plan, silence(plan))
    assert (check.name, check.limit_text) == ("ends in silence", "≤ -60 dBFS")


def test_lengths_are_told_by_the_worst_of_them(plan: SongPlan) -> None:
    audio = silence(plan)
    check = check_lengths(plan, {"a": audio, "b": audio[:, :-7], "c": audio[:, :-2]})
    assert (check.value_text, check.limit_text, check.detail) == ("-7 samples", "± 0 samples", "b, c")
    assert check_lengths(plan, {"a": audio}).passed is True


@pytest.mark.parametrize(("bits", "limit_db"), [(16, -64.3), (24, -90.0)])
def test_the_sum_may_be_off_by_its_files_rounding(plan: SongPlan, bits: int, limit_db: float) -> None:
    """Four times what each of four files of 16 bits is off by, with dither, against a peak of 0.4."""
    plan = replace(plan, export=ExportSpec(bit_depth=bits))
    stems = {name: silence(plan) for name in ("drums", "bass", "chords")}
    for audio, level in zip(stems.values(), (0.1, 0.2, 0.1), strict=True):
        audio[:, 1000] = level
    premaster = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    check = check_sum(plan, stems, premaster)
    assert check.passed is True
    assert check.limit == pytest.approx(limit_db, abs=0.11)
    off = premaster.copy()
    off[0, 2000] = 0.4 * 10 ** ((limit_db + 1.0) / 20)
    failing = check_sum(plan, stems, off)
    assert failing.passed is False
    assert failing.value_text == f"{failing.value:.1f} dB" and failing.value == pytest.approx(
        limit_db + 1.0, abs=0.1
    )


def test_stems_are_named_that_are_missing_or_silent(plan: SongPlan) -> None:
    check = check_stems(plan, {"drums": hits(plan), "bass": silence(plan)})
    assert (check.value_text, check.limit_text) == ("2 stems", "≤ 0 stems")
    assert check.detail == "chords is missing, bass is silent"


@pytest.mark.parametrize(
    ("role", "late_ms", "passes"),
    [
        ("drums", 0.0, True),
        ("drums", 8.0, True),
        ("drums", 10.0, True),
        ("drums", 14.0, False),
        ("chords", 14.0, True),
        ("chords", 24.0, True),
        ("chords", 30.0, True),
        ("chords", 38.0, False),
    ],
)
def test_drums_are_held_to_10_ms_and_other_sounds_to_30(
    plan: SongPlan, role: str, late_ms: float, passes: bool
) -> None:
    audio = hits(plan, late_ms / 1000)
    check = check_timing(plan, rising({role: audio}))
    assert check.passed is passes
    assert check.value == pytest.approx(late_ms, abs=4.0)
    assert check.limit_text == ("± 10 ms" if role == "drums" else "± 30 ms")
    assert check.value_text == f"{check.value:.1f} ms"
    starts = check_section_starts(plan, {role: audio}, rising({role: audio}))
    assert starts.passed is passes
    assert starts.detail == (
        "of 2" if passes else f"{role} in verse 1 is off the grid, {role} in chorus 1 is off the grid"
    )
    assert starts.value_text == ("0 starts" if passes else "2 starts")


def test_drums_decide_on_the_time_of_a_song(plan: SongPlan) -> None:
    stems = {"bass": hits(plan, 0.025), "drums": hits(plan)}
    assert check_timing(plan, rising(stems)).passed is True
    assert check_timing(plan, rising({"bass": hits(plan), "drums": hits(plan, 0.014)})).passed is False


def test_a_visit_of_three_notes_has_no_average_attack(plan: SongPlan) -> None:
    """Three notes that are late are not judged, four are."""

    def judged(count: int) -> Check:
        notes = tuple(Note(Fraction(k), Fraction(1), 40, 100) for k in range(count))
        visits = tuple(
            change_visit(v, score=replace(v.music.score, parts={"bass": Part("bass", notes)}))
            for v in plan.visits
        )
        late = hits(plan, 0.06)
        return check_section_starts(replace(plan, visits=visits), {"bass": late}, rising({"bass": late}))

    assert judged(3).passed is True
    assert judged(4).passed is False


@pytest.mark.parametrize(("level_db", "passes"), [(-45.0, True), (-60.0, False)])
def test_what_is_50_db_under_its_stem_is_silent(plan: SongPlan, level_db: float, passes: bool) -> None:
    """A fifth of a second after the first note of the chorus decides."""
    audio = np.random.default_rng(1).standard_normal((2, plan.total_samples)).astype(np.float32)
    start = plan.bounds(plan.visits[1])[0]
    audio[:, start : start + round(0.25 * RATE)] *= np.float32(10 ** (level_db / 20))
    flat = {"chords": np.zeros_like(attack_rises(audio, RATE))}
    check = check_section_starts(plan, {"chords": audio}, flat)
    assert check.passed is passes
    assert check.detail == ("of 2" if passes else "chords in chorus 1 is silent")
    audio[:, start + round(0.15 * RATE) : start + round(0.25 * RATE)] = 1.0
    assert check_section_starts(plan, {"chords": audio}, flat).passed is True


@pytest.mark.parametrize("place", [-1.0, -0.5, 0.0, 0.5, 1.0])
def test_joins_click_on_their_downbeat_and_at_both_ends_of_their_crossfade(
    plan: SongPlan, place: float
) -> None:
    """A step half a crossfade away is judged, one a whole crossfade away is not at a join."""
    plan = replace(plan, render=plan.render.model_copy(update={"crossfade_beats": 0.5}))
    at = plan.bounds(plan.visits[1])[0] + round(place * (plan.crossfade_samples // 2 * 2))
    audio = silence(plan)
    audio[:, at:] = 0.05
    check = check_joins(plan, {"bass": audio}.items())
    assert check.passed is (abs(place) == 1.0)
    assert check.limit_text == "≤ 4 times"
    if check.passed is False:
        assert check.detail == f"bass at {at / RATE:.3f} s"


def test_the_first_downbeat_of_a_song_is_no_join(plan: SongPlan) -> None:
    audio = silence(plan)
    audio[:, 30:] = 0.05
    assert check_joins(plan, {"bass": audio}.items()).passed is True


def sine(plan: SongPlan, level: float) -> Audio:
    time = np.arange(plan.total_samples) / RATE
    return np.tile((level * np.sin(2 * np.pi * 997 * time)).astype(np.float32), (2, 1))


@pytest.mark.parametrize(("change_db", "passes"), [(0.4, True), (-0.4, True), (0.6, False), (-0.6, False)])
def test_loudness_may_miss_its_target_by_half_a_unit(
    plan: SongPlan, change_db: float, passes: bool
) -> None:
    """A tone of 997 Hz in both channels, full scale, measures 0 LUFS."""
    plan = replace(plan, master=MasterSpec(loudness_lufs=-20.0))
    check = check_loudness(plan, None, sine(plan, 10 ** ((-20.0 + change_db) / 20)))
    assert check.passed is passes
    assert check.value == pytest.approx(-20.0 + change_db, abs=0.05)
    assert (check.limit_text, check.detail) == ("-20 ± 0.5 LUFS", "")


def test_the_true_peak_is_told_against_its_ceiling(plan: SongPlan) -> None:
    plan = replace(plan, master=MasterSpec(true_peak_dbtp=-3.0))
    assert check_true_peak(plan, sine(plan, 0.70)).passed is True
    check = check_true_peak(plan, sine(plan, 0.72))
    assert (check.passed, check.name, check.limit_text) == (False, "true peak", "≤ -3 dBTP")


@pytest.mark.slow
def test_what_needs_a_file_that_is_not_there_is_left_out(plan: SongPlan) -> None:
    stems = {stem.name: hits(plan) for stem in plan.stems}
    premaster = np.sum(list(stems.values()), axis=0, dtype=np.float32)

    def names(**files: Audio | None) -> list[str]:
        given = {"premaster": None, "master": None, **files}
        found = verify_song(plan, stems, given["premaster"], given["master"], tracks_beats=False)
        return [check.name for check in found]

    always = ["length", "stems are there", "joins do not click"]
    heard = [
        "returning sections are the same",
        "notes sound on the grid",
        "sections start with their notes",
    ]
    assert names()[:3] == always
    assert set(heard) <= set(names())
    assert "stems sum to premaster" not in names()
    assert "stems sum to premaster" in names(premaster=premaster)
    of_master = {"loudness", "true peak", "ends in silence"}
    assert of_master.isdisjoint(names(premaster=premaster))
    assert of_master <= set(names(master=premaster))
    both = names(premaster=premaster, master=premaster)
    assert "section energies" in both and "section energies" not in names(master=premaster)


def test_beats_are_tracked_unless_that_is_left_out(plan: SongPlan) -> None:
    stems = {stem.name: hits(plan) for stem in plan.stems}
    premaster = np.sum(list(stems.values()), axis=0, dtype=np.float32)
    names = [check.name for check in verify_song(plan, stems, premaster, premaster)]
    quick = [check.name for check in verify_song(plan, stems, premaster, premaster, tracks_beats=False)]
    assert names == [*quick, "tempo that is heard", "beats that are heard"]
