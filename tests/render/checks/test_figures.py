"""Every check says what it measured, and fails just beyond its limit: on small sounds made for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

import render.checks.beats
from render.audio.types import Audio
from render.checks.beats import check_beats, f_measure
from render.checks.check import Check, list_names
from render.checks.clicks import check_joins
from render.checks.likeness import (
    TAIL_S,
    check_repeats,
    check_variations,
    null_depth_db,
    ring_s,
    rounding_rms,
)
from render.checks.quality import (
    check_clipping,
    check_crest,
    check_energies,
    check_mono,
    crest_db,
    measure_quality,
)
from render.checks.timing import attack_rises, song_onsets
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
from structure.plans.plan import SongPlan, Visit
from structure.plans.recorded import RecordedPiece
from structure.presets.mixes import BANDS_HZ, EARLIER_MIX
from structure.specs.spec import ExportSpec
from tests.builders import change_visit
from tests.render.support import RATE, plan_of

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0))


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    """Two visits of four seconds and a tail of three."""
    return plan_of(FORM, tempo=120.0)


def noise(plan: SongPlan, seed: int = 0, level: float = 0.1) -> Audio:
    made = level * np.random.default_rng(seed).standard_normal((2, plan.total_samples))
    return made.astype(np.float32)


def db(gain_db: float) -> np.float32:
    return np.float32(10.0 ** (gain_db / 20.0))


def test_names_beyond_the_fourth_are_counted() -> None:
    assert list_names([]) == ""
    assert list_names(list("abcd")) == "a, b, c, d"
    assert list_names(list("abcdefg")) == "a, b, c, d, and 3 more"


def test_files_are_as_long_as_the_plan_to_the_sample(plan: SongPlan) -> None:
    size = plan.total_samples
    files = {name: np.zeros((2, size + off)) for name, off in (("a", 0), ("b", 2), ("c", -3))}
    check = check_lengths(plan, files)
    assert (check.passed, check.value, check.detail) == (False, -3.0, "b, c")
    assert check_lengths(plan, {"a": files["a"]}).passed is True
    assert check_lengths(plan, {"b": files["b"]}).value == 2.0
    assert check_lengths(plan, {}).passed is True


@pytest.mark.parametrize(
    ("gap_db", "passes"), [(-96.0, True), (-91.0, True), (-89.0, False), (-40.0, False)]
)
def test_stems_sum_to_the_premaster_within_ninety_db(plan: SongPlan, gap_db: float, passes: bool) -> None:
    plan = replace(plan, export=ExportSpec(bit_depth=24))
    one, other = noise(plan, 0), noise(plan, 1)
    premaster = one + other
    loudest = float(np.abs(premaster).max())
    premaster[1, 500] += np.float32(loudest) * db(gap_db)
    before = premaster.copy()
    check = check_sum(plan, {"a": one, "b": other}, premaster)
    assert check.passed is passes
    assert check.value == pytest.approx(gap_db, abs=0.5)
    assert np.array_equal(premaster, before)


def test_stems_of_sixteen_bits_cannot_sum_better_than_their_bits(plan: SongPlan) -> None:
    """Three files, each with a rounding error, and the premaster's own; the softer, the worse."""
    sixteen = replace(plan, export=ExportSpec(bit_depth=16))
    stems = {name: np.zeros((2, plan.total_samples), np.float32) for name in "abc"}
    for peak, limit_db in ((1.0, -72.2), (0.01, -32.2)):
        premaster = np.zeros((2, plan.total_samples), np.float32)
        stems["a"][0, 0] = premaster[0, 0] = peak
        for off_db, passes in ((limit_db - 1.0, True), (limit_db + 1.0, False)):
            premaster[0, 9] = peak * db(off_db)
            assert check_sum(sixteen, stems, premaster).passed is passes


def test_rounding_is_a_twelfth_of_a_step_and_thrice_that_with_dither(plan: SongPlan) -> None:
    sixteen, more = (replace(plan, export=ExportSpec(bit_depth=bits)) for bits in (16, 24))
    rng = np.random.default_rng(0)
    exact = rng.uniform(-0.5, 0.5, 200_000)
    step = 2.0**-15
    dithered = np.round(
        exact / step + rng.uniform(-0.5, 0.5, exact.size) + rng.uniform(-0.5, 0.5, exact.size)
    )
    error = float(np.sqrt(np.mean((dithered * step - exact) ** 2)))
    assert rounding_rms(sixteen) == pytest.approx(error, rel=0.01)
    assert rounding_rms(more) == pytest.approx(2.0**-23 / 12**0.5, rel=1e-6)


def clicks(plan: SongPlan, onsets: list[int], late_s: float = 0.0) -> Audio:
    """A short burst of noise at each onset, late by some seconds."""
    audio = np.zeros((2, plan.total_samples + RATE), np.float32)
    burst = 0.3 * np.random.default_rng(0).standard_normal(3000) * np.exp(-np.arange(3000) / 700)
    for onset in onsets:
        start = max(0, onset + round(late_s * RATE))
        audio[:, start : start + 3000] += burst.astype(np.float32)
    return audio[:, : plan.total_samples]


def rises(plan: SongPlan, **late_s: float) -> dict[str, np.ndarray]:
    return {
        name: attack_rises(clicks(plan, song_onsets(plan, name), late), RATE)
        for name, late in late_s.items()
    }


@pytest.mark.parametrize(("late_ms", "passes"), [(0, True), (8, True), (14, False), (-14, False)])
def test_drums_are_within_ten_milliseconds(plan: SongPlan, late_ms: int, passes: bool) -> None:
    check = check_timing(plan, rises(plan, drums=late_ms / 1000))
    assert check.passed is passes
    assert check.value == pytest.approx(late_ms, abs=2.1)


@pytest.mark.parametrize(("late_ms", "passes"), [(26, True), (34, False), (-26, True), (-34, False)])
def test_other_sharp_sounds_are_within_thirty(plan: SongPlan, late_ms: int, passes: bool) -> None:
    assert check_timing(plan, rises(plan, bass=late_ms / 1000)).passed is passes


def test_drums_decide_where_there_are_any(plan: SongPlan) -> None:
    assert check_timing(plan, rises(plan, drums=0.0, bass=0.1)).passed is True
    assert check_timing(plan, rises(plan, drums=0.1, bass=0.0)).passed is False
    check = check_timing(plan, {"bass": np.zeros(plan.total_samples // 88)})
    assert (check.passed, check.value, check.detail) == (None, None, "no stem has clear attacks")


def starts(plan: SongPlan, **stems: Audio) -> Check:
    return check_section_starts(plan, stems, {name: attack_rises(a, RATE) for name, a in stems.items()})


def moved(plan: SongPlan, visit: Visit, name: str, late_s: float) -> Audio:
    """A stem that plays one visit late."""
    start, end = plan.bounds(visit)
    onsets = song_onsets(plan, name)
    return clicks(plan, [on for on in onsets if not start <= on < end]) + clicks(
        plan, [on for on in onsets if start <= on < end], late_s
    )


@pytest.mark.parametrize(("late_ms", "passes"), [(8, True), (14, False), (-14, False), (80, False)])
def test_the_drums_of_each_visit_are_within_ten_milliseconds(
    plan: SongPlan, late_ms: int, passes: bool
) -> None:
    check = starts(plan, drums=moved(plan, plan.visits[1], "drums", late_ms / 1000))
    assert check.passed is passes
    if passes:
        assert (check.value, check.detail) == (0.0, "of 2")
    else:
        assert (check.value, check.detail) == (1.0, "drums in chorus 1 is off the grid")


@pytest.mark.parametrize(("late_ms", "passes"), [(26, True), (36, False)])
def test_a_bass_may_be_later_than_drums(plan: SongPlan, late_ms: int, passes: bool) -> None:
    assert starts(plan, bass=moved(plan, plan.visits[0], "bass", late_ms / 1000)).passed is passes


def test_a_visit_whose_first_note_is_not_heard_soon_is_silent(plan: SongPlan) -> None:
    """For a fifth of a second, 50 dB below the stem's own level."""
    start, _ = plan.bounds(plan.visits[1])
    steady = noise(plan)
    for until_s, level_db, silent in ((0.25, -80.0, True), (0.25, -45.0, False), (0.15, -80.0, False)):
        audio = steady.copy()
        audio[:, start : start + round(until_s * RATE)] *= db(level_db)
        check = starts(plan, bass=audio)
        assert check.passed is not silent
        assert check.detail == ("bass in chorus 1 is silent" if silent else "of 2")


def test_all_stems_and_visits_that_start_wrongly_are_named(plan: SongPlan) -> None:
    late = clicks(plan, song_onsets(plan, "bass"), 0.1)
    check = starts(plan, bass=late, chords=np.zeros_like(late))
    assert check.value == 4.0
    assert check.detail == (
        "bass in verse 1 is off the grid, bass in chorus 1 is off the grid, "
        "chords in verse 1 is silent, chords in chorus 1 is silent"
    )


def test_stems_that_do_not_play_in_a_visit_have_no_start_there(plan: SongPlan) -> None:
    score = plan.visits[0].music.score
    without = {name: part for name, part in score.parts.items() if name != "bass"}
    changed = change_visit(plan.visits[0], score=replace(score, parts=without))
    rest = replace(plan, visits=(changed, plan.visits[1]))
    check = starts(rest, bass=clicks(rest, song_onsets(rest, "bass")))
    assert (check.passed, check.detail) == (True, "of 1")


def few_notes(plan: SongPlan, count: int) -> SongPlan:
    """The plan whose visits have the first notes alone."""

    def fewer(visit: Visit) -> Visit:
        score = visit.music.score
        parts = {name: replace(part, notes=part.notes[:count]) for name, part in score.parts.items()}
        return change_visit(visit, score=replace(score, parts=parts))

    return replace(plan, visits=tuple(fewer(visit) for visit in plan.visits))


@pytest.mark.parametrize(("count", "judged"), [(3, False), (4, True)])
def test_fewer_than_four_notes_have_no_average_attack(plan: SongPlan, count: int, judged: bool) -> None:
    few = few_notes(plan, count)
    audio = clicks(few, song_onsets(few, "drums"), 0.04) + noise(few, level=0.001)
    assert starts(few, drums=audio).passed is not judged


def hum(plan: SongPlan) -> Audio:
    tone = 0.1 * np.sin(2 * np.pi * 50 * np.arange(plan.total_samples) / RATE)
    return np.stack([tone, tone]).astype(np.float32)


@pytest.mark.parametrize("where", ["before", "at", "after"])
def test_a_step_at_a_join_or_at_an_end_of_its_crossfade_clicks(plan: SongPlan, where: str) -> None:
    half = plan.crossfade_samples // 2
    at = plan.bounds(plan.visits[1])[0] + {"before": -half, "at": 0, "after": half}[where]
    audio = hum(plan)
    audio[0, at:] += 0.02
    check = check_joins(plan, {"flute": hum(plan), "pad": audio}.items())
    assert check.passed is False
    assert check.detail == f"pad at {at / RATE:.3f} s"
    assert check_joins(plan, {"flute": hum(plan)}.items()).passed is True


def test_a_step_elsewhere_is_no_join(plan: SongPlan) -> None:
    audio = hum(plan)
    audio[0, plan.bounds(plan.visits[1])[0] + 8 * plan.crossfade_samples :] += 0.02
    assert check_joins(plan, {"pad": audio}.items()).passed is True
    nothing = check_joins(plan, {}.items())
    assert (nothing.passed, nothing.value, nothing.detail) == (True, 0.0, "")


def test_at_a_join_an_attack_of_the_score_is_no_click_in_its_stem_or_in_the_mix(plan: SongPlan) -> None:
    """A stem without notes there, whose name the plan knows, has no such excuse."""
    audio = hum(plan)
    for onset in song_onsets(plan, "drums"):
        audio[:, onset:] += np.float32(0.02 if (onset // 100) % 2 else -0.02)
    assert check_joins(plan, {"drums": audio}.items()).passed is True
    assert check_joins(plan, {"premaster": audio}.items()).passed is True
    score = plan.visits[1].music.score
    silent = change_visit(plan.visits[1], score=replace(score, parts={"bass": score.parts["bass"]}))
    without = replace(plan, visits=(plan.visits[0], silent))
    assert check_joins(without, {"drums": audio}.items()).passed is False
    assert check_joins(without, {"premaster": audio}.items()).passed is True  # the bass has a note there


def taped(plan: SongPlan, **pieces: int) -> SongPlan:
    """The plan with its chords from a recording: by section, the samples that it has played by then."""
    visits = tuple(
        change_visit(
            visit, recordings={"chords": RecordedPiece(file="t.wav", downbeat_s=0.0, passed=passed)}
        )
        if (passed := pieces.get(visit.place.name)) is not None
        else visit
        for visit in plan.visits
    )
    stems = tuple(replace(stem, role="audio") if stem.name == "chords" else stem for stem in plan.stems)
    return replace(plan, visits=visits, stems=stems)


def test_at_a_join_a_recording_may_strike_as_it_does_elsewhere(plan: SongPlan) -> None:
    """In its stem and in the mix; a jump that is higher than its attacks is a click all the same."""
    join = plan.bounds(plan.visits[1])[0]
    plays_on = taped(plan, verse=0, chorus=join)
    audio = hum(plan)
    audio[0, join:] += 0.02
    assert check_joins(plays_on, {"chords": audio}.items()).passed is False
    for at in (join // 3, join // 2):
        audio[0, at:] += 0.02
    assert check_joins(plays_on, {"chords": audio, "premaster": audio}.items()).passed is True
    audio[0, join:] += 0.1
    assert check_joins(plays_on, {"chords": audio}.items()).value == pytest.approx(6.0, rel=0.02)


def test_a_recording_begins_as_it_likes(plan: SongPlan) -> None:
    join = plan.bounds(plan.visits[1])[0]
    audio = hum(plan)
    audio[0, join:] += 0.02
    assert check_joins(taped(plan, chorus=0), {"chords": audio, "premaster": audio}.items()).passed is True
    assert check_joins(taped(plan, chorus=1), {"chords": audio}.items()).passed is False
    assert check_joins(taped(plan, chorus=0), {"drums": audio}.items()).passed is False


@pytest.mark.parametrize(("off_lu", "passes"), [(0.0, True), (0.45, True), (-0.45, True), (0.6, False)])
def test_the_master_is_as_loud_as_it_was_asked_for(plan: SongPlan, off_lu: float, passes: bool) -> None:
    master = noise(plan, level=0.05)
    first = check_loudness(plan, None, master)
    assert first.value is not None
    wanted = plan.master.loudness_lufs
    check = check_loudness(plan, None, master * db(wanted - first.value + off_lu))
    assert check.passed is passes
    assert check.value == pytest.approx(wanted + off_lu, abs=0.02)
    assert (check.direction, check.limit) == ("within", 0.5)


def test_a_soft_master_of_a_premaster_that_could_be_louder_fails(plan: SongPlan) -> None:
    premaster = noise(plan, level=0.05)
    soft = check_loudness(plan, premaster, premaster * db(-20.0))
    assert (soft.passed, soft.direction, soft.limit) == (False, "within", 0.5)
    silent = np.zeros_like(premaster)
    assert check_loudness(plan, silent, premaster * db(-20.0)).passed is False


def test_a_true_peak_lies_between_samples(plan: SongPlan) -> None:
    """A tone at a quarter of the rate whose samples are all 3 dB below its peak."""
    limit = plan.master.true_peak_dbtp
    time = np.arange(plan.total_samples)
    tone = np.sin(np.pi / 2 * time + np.pi / 4) * np.clip(np.minimum(time, time[::-1]) / 1000, 0.0, 1.0)
    tone = np.stack([tone, tone]).astype(np.float32)
    below, above = (check_true_peak(plan, tone * db(limit + off)) for off in (-0.2, 0.2))
    assert (below.passed, above.passed) == (True, False)
    assert above.value == pytest.approx(limit + 0.2, abs=0.1)


@pytest.mark.parametrize(
    ("sample", "level_db", "passes"),
    [(-1, -61.0, True), (-1, -59.0, False), (-64, -59.0, False), (-65, 0.0, True)],
)
def test_the_last_sixty_four_samples_are_silent(
    plan: SongPlan, sample: int, level_db: float, passes: bool
) -> None:
    master = np.zeros((2, plan.total_samples), np.float32)
    master[1, sample] = -db(level_db)
    check = check_end(plan, master)
    assert check.passed is passes
    if sample != -65:
        assert check.value == pytest.approx(level_db, abs=0.05)


def test_every_stem_of_the_plan_is_there_and_sounds(plan: SongPlan) -> None:
    sound = noise(plan)
    whole = {"drums": sound, "bass": sound, "chords": sound}
    assert check_stems(plan, whole).passed is True
    check = check_stems(plan, {"drums": sound, "bass": 0 * sound})
    assert (check.passed, check.value) == (False, 2.0)
    assert check.detail == "chords is missing, bass is silent"


def repeated() -> SongPlan:
    """A verse that comes twice and lasts twelve seconds each time."""
    return plan_of((("verse", 6, 0.0), ("verse", 6, 0.0)), tempo=120.0)


def twice(plan: SongPlan, off_db: float | None) -> Audio:
    """Noise that comes again with a difference of so many dB."""
    (start, end), (again, _) = (plan.bounds(visit) for visit in plan.visits)
    audio = noise(plan)
    audio[:, again : again + end - start] = audio[:, start:end]
    if off_db is not None:
        audio[:, again : again + end - start] += noise(plan, 1)[:, start:end] * db(off_db)
    return audio


@pytest.mark.parametrize(("off_db", "passes"), [(None, True), (-84.0, True), (-76.0, False), (0.0, False)])
def test_what_returns_is_the_same_down_to_eighty_db(off_db: float | None, passes: bool) -> None:
    plan = repeated()
    check = check_repeats(plan, {"bass": twice(plan, off_db)})
    assert check.passed is passes
    assert check.detail == "bass in verse 2, the worst of 1"
    if off_db is not None:
        assert check.value == pytest.approx(off_db, abs=0.6)


def test_the_worst_of_all_that_returns_is_told() -> None:
    plan = repeated()
    stems = {"drums": twice(plan, -90.0), "bass": twice(plan, -60.0), "chords": twice(plan, None)}
    check = check_repeats(plan, stems)
    assert check.detail == "bass in verse 2, the worst of 3"
    assert check.value == pytest.approx(-60.0, abs=0.6)


def test_what_rings_into_a_visit_and_the_join_that_ends_it_are_not_compared() -> None:
    """The tail of a clip and its room from its start, and a crossfade before its end."""
    plan = repeated()
    again, end = plan.bounds(plan.visits[1])
    rung = round(ring_s(plan, plan.stems[0]) * RATE)
    assert rung > TAIL_S * RATE
    for first, last, differs in (
        (again, again + rung - 10, False),
        (again, again + rung + 10, True),
        (end - plan.crossfade_samples + 10, end, False),
        (end - plan.crossfade_samples - 10, end, True),
    ):
        audio = twice(plan, None)
        audio[:, first:last] += 0.5
        assert check_repeats(plan, {"bass": audio}).passed is not differs


def test_a_visit_that_is_too_short_or_silent_is_not_compared() -> None:
    plan = repeated()
    first, second = plan.visits
    silence = np.zeros((2, plan.total_samples), np.float32)
    assert null_depth_db(plan, silence, first, second, 3.0) is None
    assert null_depth_db(plan, silence + 1e-4, first, second, 3.0) == -200.0
    short = plan_of((("verse", 2, 0.0), ("verse", 2, 0.0)), tempo=120.0)  # of four seconds
    check = check_repeats(short, {"bass": noise(short)})
    assert (check.passed, check.detail) == (None, "none is long enough")
    assert null_depth_db(short, noise(short), *short.visits, 3.5) is None
    least = plan_of((("verse", 4, 0.0), ("verse", 4, 0.0)), tempo=120.0)  # of eight
    assert check_repeats(least, {"bass": noise(least)}).passed is False


def test_a_difference_of_no_more_than_the_files_bits_is_none() -> None:
    plan = replace(repeated(), export=ExportSpec(bit_depth=16))
    audio = twice(plan, None)
    rounded = audio + np.float32(rounding_rms(plan)) * noise(plan, 5, 1.0)
    check = check_repeats(plan, {"bass": rounded})
    assert check.passed is True
    assert check_repeats(replace(plan, export=ExportSpec(bit_depth=24)), {"bass": rounded}).passed is False


def coloured(plan: SongPlan, *tones_hz: float) -> Audio:
    """A tone of another pitch in every visit."""
    audio = np.zeros((2, plan.total_samples), np.float32)
    for visit, hertz in zip(plan.visits, tones_hz, strict=True):
        start, end = plan.bounds(visit)
        audio[:, start:end] = 0.2 * np.sin(2 * np.pi * hertz * np.arange(end - start) / RATE)
    return audio


def test_a_variation_is_nearer_to_its_own_section_than_to_any_other() -> None:
    form = (("verse", 1, 0.0), ("chorus", 1, 0.0), ("verse", 1, 0.3), ("bridge", 1, 0.3))
    plan = plan_of(form, tempo=120.0)
    own = check_variations(plan, coloured(plan, 200.0, 2000.0, 220.0, 5000.0))
    assert own.passed is True
    assert own.detail == "verse 2, the worst of 1"
    assert own.value is not None and own.value < 0.7
    other = check_variations(plan, coloured(plan, 200.0, 2000.0, 2100.0, 5000.0))
    assert (other.passed, other.detail) == (False, "verse 2")
    assert other.value is not None and other.value > 1.2


def test_variations_are_judged_where_there_is_another_section_to_be_nearer_to() -> None:
    for form, why in (
        ((("verse", 1, 0.0), ("verse", 1, 0.3)), "there is one section alone"),
        ((("verse", 1, 0.0), ("chorus", 1, 0.0), ("verse", 1, 0.0)), "no section returns varied"),
        ((("verse", 1, 0.3), ("chorus", 1, 0.3)), "no section returns varied"),
    ):
        plan = plan_of(form, tempo=120.0)
        check = check_variations(plan, noise(plan))
        assert (check.passed, check.detail) == (None, why)


def test_a_variation_for_other_players_is_not_judged_by_its_sound() -> None:
    form = (("verse", 1, 0.0), ("chorus", 1, 0.0), ("verse", 1, 0.3))
    plan = plan_of(form, tempo=120.0)
    sounds = coloured(plan, 200.0, 2000.0, 2100.0)
    assert check_variations(plan, sounds).passed is False
    score = plan.visits[0].music.score
    name, part = next(iter(score.parts.items()))
    few = change_visit(plan.visits[0], score=replace(score, parts={name: part}))
    assert len(score.parts) > 2
    check = check_variations(replace(plan, visits=(few, *plan.visits[1:])), sounds)
    assert (check.passed, check.detail) == (None, "no section returns varied")


def energetic(plan: SongPlan, verse: float = 0.4, chorus: float = 0.9) -> SongPlan:
    energies = {"verse": verse, "chorus": chorus}
    visits = tuple(change_visit(visit, energy=energies[visit.place.name]) for visit in plan.visits)
    return replace(plan, visits=visits)


@pytest.mark.parametrize(("off_db", "passes"), [(0.0, True), (0.9, True), (1.1, False), (-1.1, False)])
def test_sections_differ_by_what_their_energies_say_within_a_decibel(
    plan: SongPlan, off_db: float, passes: bool
) -> None:
    plan = energetic(plan)
    start, end = plan.bounds(plan.visits[0])
    master = noise(plan)
    master[:, end:] *= 0.0
    master[:, plan.bounds(plan.visits[1])[0] : plan.bounds(plan.visits[1])[1]] = master[:, start:end]
    master[:, start:end] *= db(-0.5 * plan.mix.dynamics_db + off_db)
    check = check_energies(plan, master)
    assert check.passed is passes
    assert check.value == pytest.approx(abs(off_db), abs=0.06)
    if off_db > 0.5:
        assert check.detail == "verse 1 against chorus 1, the worst of 2 sections"


def test_songs_of_an_earlier_mix_and_single_sections_are_not_judged_by_energy(plan: SongPlan) -> None:
    earlier = replace(plan, mix=plan.mix.model_copy(update={"preset": EARLIER_MIX}))
    assert check_energies(earlier, noise(plan)).detail == "mixed by an earlier version"
    half = noise(plan)
    half[:, plan.bounds(plan.visits[1])[0] - RATE :] = 0.0
    check = check_energies(plan, half)
    assert (check.passed, check.detail) == (None, "nothing to compare")


@pytest.mark.parametrize(("side", "passes"), [(0.0, True), (0.69, True), (0.75, False), (1.0, False)])
def test_a_listener_in_mono_loses_what_is_in_the_sides(plan: SongPlan, side: float, passes: bool) -> None:
    """1.8 dB at most with this mix, which a side of 0.71 times the mid takes."""
    assert plan.mix.most_mono_loss_db == 1.5
    mid, other = noise(plan, 0)[0], noise(plan, 1)[0]
    master = np.stack([mid + np.float32(side) * other, mid - np.float32(side) * other])
    check = check_mono(plan, master)
    assert check.passed is passes
    assert check.value == pytest.approx(10 * np.log10(1 + side**2), abs=0.05)


def test_the_crest_factor_is_the_peak_over_the_mean_power() -> None:
    square = np.tile(np.array([0.5, -0.5], np.float32), 500)[None]
    sine = np.sin(2 * np.pi * np.arange(1000) / 100).astype(np.float32)[None]
    click = np.zeros((1, 10_000), np.float32)
    click[0, 0] = -0.3
    assert crest_db(square) == pytest.approx(0.0, abs=0.01)
    assert crest_db(sine) == pytest.approx(3.01, abs=0.01)
    assert crest_db(click) == pytest.approx(40.0, abs=0.01)
    assert crest_db(0 * click) == crest_db(click[:, :0]) == 0.0


def spiky(plan: SongPlan, height: float) -> Audio:
    """Noise of a steady level with one spike."""
    audio = np.clip(noise(plan), -0.2, 0.2)
    audio[0, 1000] = height
    return audio


def test_a_master_keeps_its_share_of_the_premasters_crest(plan: SongPlan) -> None:
    premaster = spiky(plan, 1.0)
    before = crest_db(premaster)
    same = check_crest(plan, premaster, premaster)
    assert same.passed is True
    assert same.detail == f"100 % of the premaster's {before:.1f} dB"
    share = (same.limit or 0.0) / before
    assert 0.3 < share < 0.9
    for more_db, passes in ((0.3, True), (-0.3, False)):
        master = spiky(plan, 1.0 * float(db((share - 1.0) * before + more_db)))
        assert check_crest(plan, premaster, master).passed is passes
    silent = check_crest(plan, 0 * premaster, premaster)
    assert (silent.passed, silent.detail) == (None, "silence")


def test_files_that_reach_full_scale_are_named(plan: SongPlan) -> None:
    quiet = np.full((2, 10), 0.5, np.float32)
    full = np.full((2, 10), 1.0, np.float32)
    good = check_clipping({"bass": quiet}, 0.5 * quiet, 0.9 * full)
    assert (good.passed, good.detail) == (True, "master")
    assert good.value == pytest.approx(-0.92, abs=0.01)
    bad = check_clipping({"bass": -full, "pad": quiet}, full, quiet)
    assert (bad.passed, bad.detail) == (False, "bass, premaster")
    last = np.full((2, 10), 1.0 - 2.0**-15, np.float32)  # the highest of 16 bits
    below = np.full((2, 10), 1.0 - 2.0**-14, np.float32)
    assert check_clipping({}, quiet, last).passed is False
    assert check_clipping({}, quiet, below).passed is True


def test_the_figures_of_a_mix_are_those_of_its_sounds(plan: SongPlan) -> None:
    """Of a stem that is half of the premaster, of silence, of mono, of strangers and of opposites."""
    one, other = noise(plan, 0)[:1], noise(plan, 1)[:1]
    premaster = np.concatenate([one, one])
    stems = {
        "half": premaster * db(-6.0),
        "none": 0 * premaster,
        "full": premaster / np.abs(premaster).max(),
    }
    quality = measure_quality(plan, stems, premaster, np.concatenate([one, other]))
    half, none, full = quality.stems
    assert (half.name, half.clips, none.clips, full.clips) == ("half", False, False, True)
    assert half.share_db == pytest.approx([-6.0] * len(BANDS_HZ), abs=0.06)
    assert half.peak_dbfs == pytest.approx(20 * np.log10(np.abs(premaster).max()) - 6.0, abs=0.02)
    assert (none.lufs, full.peak_dbfs) == (None, 0.0)
    assert half.lufs is not None and full.lufs is not None and full.lufs > half.lufs
    assert half.side_db < -90.0
    assert quality.correlation == pytest.approx(0.0, abs=0.02)
    assert quality.mono_loss_db == pytest.approx(3.0, abs=0.1)
    assert quality.low_side_db == pytest.approx(0.0, abs=1.0)
    assert quality.crest_share == pytest.approx(1.0, abs=0.1)
    document = quality.document()
    assert document["crest_share"] == pytest.approx(
        quality.crest_master_db / quality.crest_premaster_db, abs=0.001
    )
    assert document["stems"][0]["share_db"]["1000"] == pytest.approx(-6.0, abs=0.06)
    assert document["balance_db"][str(quality.worst_band_hz)] == max(
        document["balance_db"].values(), key=abs
    )
    mono = measure_quality(plan, {}, premaster, premaster)
    assert (mono.correlation, mono.mono_loss_db, mono.stems) == (1.0, 0.0, ())
    opposite = measure_quality(plan, {}, premaster, np.concatenate([one, -one]))
    assert opposite.correlation == -1.0
    silent = measure_quality(plan, {}, 0 * premaster, 0 * premaster)
    assert (silent.peak_to_loudness_db, silent.correlation, silent.crest_share) == (None, 1.0, 1.0)
    assert silent.worst_section_db is None


def test_the_worst_section_is_the_widest_gap_to_the_plan(plan: SongPlan) -> None:
    plan = energetic(plan, 0.5, 0.5)
    master = noise(plan)
    start, end = plan.bounds(plan.visits[1])
    master[:, start:end] *= db(3.0)
    quality = measure_quality(plan, {}, master, master)
    assert quality.worst_section_db == pytest.approx(3.0, abs=0.1)
    assert quality.peak_to_loudness_db is not None and 5.0 < quality.peak_to_loudness_db < 25.0


@pytest.mark.slow
def test_which_checks_a_song_gets_depends_on_what_there_is_of_it(plan: SongPlan) -> None:
    sound = noise(plan, level=0.05)
    stems = {"drums": sound, "bass": sound, "chords": sound}

    def names(
        plan: SongPlan,
        stems: Mapping[str, Audio],
        premaster: Audio | None,
        master: Audio | None,
        **how: bool,
    ) -> list[str]:
        return [check.name for check in verify_song(plan, stems, premaster, master, **how)]

    of_master = ["loudness", "true peak", "ends in silence"]
    of_premaster = ["stems sum to premaster", "joins keep their level", "variations stay themselves"]
    of_stems = [
        "returning sections are the same",
        "notes sound on the grid",
        "stems are together",
        "sections start with their notes",
        "tuning",
        "key",
        "chords",
        "planned notes are heard",
        "stems are in tune",
        "stems play their own parts",
        "stems rest where they have no notes",
        "stems stand where they are panned",
        "stems have their levels",
        "no gaps",
        "no stem is cut off flat",
        "polarity",
    ]
    of_both = [
        "the master is made of the premaster",
        "section energies",
        "level lost in mono",
        "crest factor",
        "no file clips",
    ]
    beats = ["tempo that is heard", "beats that are heard"]
    first = ["length", "stems are there"]
    joins = ["joins do not click"]
    whole = names(plan, stems, 3 * sound, sound)
    assert whole == [*first, *of_master, *joins, *of_premaster, *of_stems, *of_both, *beats]
    assert names(plan, stems, 3 * sound, sound, tracks_beats=False) == whole[:-2]
    assert names(plan, stems, None, None) == [*first, *joins, *of_stems]
    assert names(plan, stems, 3 * sound, None) == [*first, *joins, *of_premaster, *of_stems]
    assert names(plan, stems, 3 * sound[:, 1:], sound) == [*first, *of_master]
    without = replace(plan, export=ExportSpec(stems=False))
    assert names(without, {}, sound, sound) == [
        "length",
        *of_master,
        *joins,
        *of_premaster[1:],
        *of_both,
        *beats,
    ]


def tracked(
    monkeypatch: pytest.MonkeyPatch,
    plan: SongPlan,
    tempo: float,
    beats: np.ndarray,
    *,
    is_witness: bool = True,
) -> list[Check]:
    """The checks of a song in which a tracker hears a tempo and some beats, in seconds; as a witness it
    hears the planned ones in the planned notes."""
    monkeypatch.setattr(render.checks.beats, "_is_told_by_its_notes", lambda *_: is_witness)
    monkeypatch.setattr(render.checks.beats, "track_beats", lambda *_: (tempo, beats))
    return list(check_beats(plan, noise(plan)))


def drummed(meter: str = "4/4", tempo: float = 120.0) -> SongPlan:
    return plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)), tempo=tempo, meter=meter)


@pytest.mark.parametrize(
    ("meter", "planned", "heard", "level"),
    [
        ("4/4", 120.0, 120.0, ""),
        ("4/4", 120.0, 123.0, ""),
        ("4/4", 120.0, 240.0, "double time"),
        ("4/4", 120.0, 60.0, "half time"),
        ("3/4", 90.0, 30.0, "the bar"),
        ("3/4", 90.0, 60.0, "half a bar"),
        ("6/8", 60.0, 180.0, "eighths"),
        ("6/8", 60.0, 90.0, "quarters"),
    ],
)
def test_a_tempo_may_be_heard_at_any_level_of_the_metre(
    monkeypatch: pytest.MonkeyPatch, meter: str, planned: float, heard: float, level: str
) -> None:
    tempo, _ = tracked(monkeypatch, drummed(meter, planned), heard, np.arange(0.0, 17.0, 60.0 / heard))
    assert tempo.passed is True
    assert tempo.detail == f"{heard:.1f} BPM" + (f", {level}" if level else "")


@pytest.mark.parametrize(
    ("heard", "off", "passes"), [(124.7, 3.9, True), (125.0, 4.2, False), (115.0, 4.2, False)]
)
def test_a_tempo_is_within_four_percent(
    monkeypatch: pytest.MonkeyPatch, heard: float, off: float, passes: bool
) -> None:
    tempo, _ = tracked(monkeypatch, drummed(), heard, np.arange(0.0, 12.0, 60.0 / heard))
    assert (tempo.passed, tempo.value) == (passes, pytest.approx(off, abs=0.05))


def test_in_four_four_three_beats_are_no_pulse(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tracked(monkeypatch, drummed(), 80.0, np.arange(0.0, 12.0, 0.75))[0].passed is False
    assert tracked(monkeypatch, drummed(), 40.0, np.arange(0.0, 15.9, 1.5))[0].passed is False


@pytest.mark.parametrize(
    ("step", "first", "level"),
    [
        (0.5, 0.0, ""),
        (0.5, 0.25, "the beat, off the beat"),
        (0.25, 0.0, "double time"),
        (1.0, 0.0, "half time"),
        (1.0, 0.5, "half time, off the beat"),
        (0.25, 0.125, "double time, off the beat"),
    ],
)
def test_beats_are_compared_at_the_level_and_on_the_side_that_was_heard(
    monkeypatch: pytest.MonkeyPatch, step: float, first: float, level: str
) -> None:
    _, beats = tracked(monkeypatch, drummed(), 120.0, np.arange(first, 16.01, step))
    assert (beats.passed, beats.detail) == (True, level)
    assert beats.value == pytest.approx(1.0, abs=0.02)


def test_a_tracker_that_hears_seven_beats_hears_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for count, measured in ((7, False), (8, True)):
        found = tracked(monkeypatch, drummed(), 120.0, 0.5 * np.arange(count))
        assert [check.value is not None for check in found] == [measured, measured]
        assert measured or {check.detail for check in found} == {"the tracker finds no beat"}


def test_a_tracker_that_is_no_witness_may_confirm_a_song_and_not_fail_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for tempo, passed in ((120.0, True), (80.0, None)):
        found = tracked(monkeypatch, drummed(), tempo, 0.5 * np.arange(32), is_witness=False)
        assert [check.passed for check in found] == [passed, passed]
        assert passed or {check.detail for check in found} == {"the tracker is led astray by the rhythm"}


def test_a_beat_is_right_within_seventy_milliseconds_and_only_once() -> None:
    wanted = np.arange(10.0)
    assert f_measure(wanted, wanted - 0.069) == 1.0
    assert f_measure(wanted, wanted - 0.071) == 0.0
    assert f_measure(wanted, np.repeat(wanted, 2)) == pytest.approx(2 * 10 / 30)
    assert f_measure(np.zeros(0), np.zeros(0)) == 0.0


@pytest.mark.parametrize(("drummed_bars", "judged"), [(5, True), (4, False)])
def test_drums_must_play_in_six_bars_of_ten(
    monkeypatch: pytest.MonkeyPatch, drummed_bars: int, judged: bool
) -> None:
    """5 of 8 bars are enough, and half are not; the song lasts 16 seconds."""
    plan = plan_of((("verse", drummed_bars, 0.0), ("chorus", 8 - drummed_bars, 0.0)), tempo=120.0)
    score = plan.visits[1].music.score
    bass = change_visit(plan.visits[1], score=replace(score, parts={"bass": score.parts["bass"]}))
    found = tracked(
        monkeypatch, replace(plan, visits=(plan.visits[0], bass)), 120.0, np.arange(0.0, 16.0, 0.5)
    )
    assert [check.passed for check in found] == ([True, True] if judged else [None, None])


@pytest.mark.parametrize(("tempo", "judged"), [(190.0, True), (195.0, False)])
def test_a_song_of_less_than_ten_seconds_is_too_short(
    monkeypatch: pytest.MonkeyPatch, tempo: float, judged: bool
) -> None:
    plan = drummed(tempo=tempo)
    found = tracked(monkeypatch, plan, tempo, np.arange(0.0, 10.0, 60.0 / tempo))
    assert [check.value is not None for check in found] == [judged, judged]
