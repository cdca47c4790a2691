"""Checks pass on a good song and fail on each fault that they are there for."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from render.audio.wav import quantise
from render.checks.check import Check
from render.checks.likeness import check_repeats
from render.checks.verify import (
    check_dips,
    check_end,
    check_joins,
    check_loudness,
    check_true_peak,
    verify_song,
)
from render.mixing.master import master_song
from render.mixing.mix import sections_of
from render.renderer import RenderResult, render_song
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import Note, Part
from structure.specs.spec import ExportSpec, MasterSpec
from tests.builders import change_visit
from tests.render.support import RATE, plan_of
from tests.tones import RingingBackend

# so long that each section has something to compare behind the tail of the one before
FORM = (("verse", 5, 0.0), ("chorus", 5, 0.0), ("verse", 5, 0.0), ("chorus", 5, 0.0))
TIMING = "notes sound on the grid"
STARTS = "sections start with their notes"
REPEATS = "returning sections are the same"
MASTERED = "the master is made of the premaster"
CLICKS = "joins do not click"
SUM = "stems sum to premaster"
VARIATIONS = "variations stay themselves"
TUNING, KEY, CHORDS = "tuning", "key", "chords"
CLIPPING, STEMS = "no file clips", "stems are there"


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_of(FORM, tempo=180.0)


@pytest.fixture(scope="module")
def song(plan: SongPlan) -> RenderResult:
    return render_song(plan, RingingBackend())


def checks(
    plan: SongPlan, stems: dict[str, np.ndarray], premaster: np.ndarray, master: np.ndarray
) -> dict[str, Check]:
    found = verify_song(plan, stems, premaster, master, tracks_beats=False)
    return {check.name: check for check in found}


def with_stem(song: RenderResult, name: str, audio: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The stems with one changed, and their sum."""
    stems = {**song.stems, name: audio}
    return stems, np.sum(list(stems.values()), axis=0, dtype=np.float32)


def failed(found: dict[str, Check]) -> set[str]:
    return {name for name, check in found.items() if check.passed is False}


@pytest.mark.slow
def test_a_good_song_passes_every_check(plan: SongPlan, song: RenderResult) -> None:
    found = checks(plan, song.stems, song.premaster, song.master.audio)
    assert {name for name, check in found.items() if check.passed is not True} == {VARIATIONS}
    assert {TIMING, STARTS, REPEATS, CLICKS, SUM, TUNING, KEY, CHORDS, CLIPPING, STEMS} <= found.keys()


@pytest.mark.slow
@pytest.mark.parametrize("bit_depth", [16, 24])
def test_a_good_song_passes_from_its_files_too(plan: SongPlan, song: RenderResult, bit_depth: int) -> None:
    plan = replace(plan, export=ExportSpec(bit_depth=bit_depth))

    def file(audio: np.ndarray, seed: int = 0) -> np.ndarray:
        return (quantise(audio, bit_depth, seed) / 2.0**31).astype(np.float32)

    stems = {name: file(audio) for name, audio in song.stems.items()}
    found = checks(plan, stems, file(song.premaster), file(song.master.audio))
    assert failed(found) == set()


@pytest.mark.slow
@pytest.mark.parametrize("late_ms", [-80, -30, 20, 80, 120])
def test_a_song_off_its_grid_is_noticed(plan: SongPlan, song: RenderResult, late_ms: int) -> None:
    shift = round(late_ms * RATE / 1000)
    stems = {name: np.roll(audio, shift, axis=1) for name, audio in song.stems.items()}
    found = checks(plan, stems, np.roll(song.premaster, shift, 1), np.roll(song.master.audio, shift, 1))
    assert {TIMING, STARTS} <= failed(found)
    assert found[TIMING].value == pytest.approx(late_ms, abs=6)


@pytest.mark.slow
def test_a_song_within_a_few_milliseconds_passes(plan: SongPlan, song: RenderResult) -> None:
    shift = round(0.005 * RATE)
    stems = {name: np.roll(audio, shift, axis=1) for name, audio in song.stems.items()}
    premaster = np.roll(song.premaster, shift, 1)
    master = master_song(premaster, plan.master, RATE, plan.mix, sections_of(plan)).audio
    assert failed(checks(plan, stems, premaster, master)) == set()


@pytest.mark.slow
@pytest.mark.parametrize("stem", ["drums", "bass", "chords"])
def test_one_late_visit_of_one_stem_is_noticed(plan: SongPlan, song: RenderResult, stem: str) -> None:
    start, end = plan.bounds(plan.visits[2])
    audio = song.stems[stem].copy()
    audio[:, start:end] = np.roll(audio[:, start:end], round(0.08 * RATE), axis=1)
    found = checks(plan, *with_stem(song, stem, audio), song.master.audio)
    assert STARTS in failed(found)
    assert f"{stem} in verse 2" in found[STARTS].detail


@pytest.mark.slow
def test_a_stem_that_misses_its_downbeat_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    start, _ = plan.bounds(plan.visits[1])
    audio = song.stems["bass"].copy()
    audio[:, start - 100 : start + RATE // 3] = 0.0
    found = checks(plan, *with_stem(song, "bass", audio), song.master.audio)
    assert STARTS in failed(found)
    assert "bass in chorus 1 is silent" in found[STARTS].detail


@pytest.mark.slow
def test_an_instrument_that_speaks_late_is_judged_from_where_it_speaks(
    plan: SongPlan, song: RenderResult
) -> None:
    name = next(stem.name for stem in plan.stems if stem.role != "drums")
    trumpet = tuple(
        replace(stem, prompt="muted trumpet") if stem.name == name else stem for stem in plan.stems
    )

    def starts(late_ms: int, stems: tuple[StemPlan, ...]) -> set[str]:
        late = np.roll(song.stems[name], round(late_ms * RATE / 1000), axis=1)
        return failed(checks(replace(plan, stems=stems), *_mixed(song, name, late))) & {STARTS}

    assert starts(45, plan.stems) == {STARTS}
    assert starts(45, trumpet) == set()
    assert starts(-45, trumpet) == {STARTS}
    assert starts(75, trumpet) == {STARTS}


def _mixed(
    song: RenderResult, name: str, audio: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    return *with_stem(song, name, audio), song.master.audio


@pytest.mark.slow
def test_slow_pads_are_not_judged_by_their_attacks() -> None:
    """A pad that swells for a third of a second has no attack that could be late."""
    plan = plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)), roles=("pad",), tempo=100.0)
    notes = tuple(Note(Fraction(4 * bar), Fraction(4), 60 + bar % 3, 80) for bar in range(4))
    visits = tuple(
        change_visit(v, score=replace(v.music.score, parts={"pad": Part("pad", notes)}))
        for v in plan.visits
    )
    plan = replace(plan, visits=visits)
    rng = np.random.default_rng(0)
    bed = (0.05 * rng.standard_normal((2, plan.total_samples))).astype(np.float32)
    swell = 1.0 - 0.5 * np.exp(-((np.arange(plan.total_samples) % (2.4 * RATE)) / (0.3 * RATE)))
    audio = (bed * swell).astype(np.float32)
    found = checks(plan, {"pad": audio}, audio, audio)
    assert found[TIMING].passed is None
    assert found[STARTS].passed is True


@pytest.mark.parametrize("where", [-0.5, 0.0, 0.5])
@pytest.mark.parametrize("stem", ["bass", "chords"])
def test_a_click_in_a_stem_at_a_join_is_noticed(
    plan: SongPlan, song: RenderResult, stem: str, where: float
) -> None:
    start, _ = plan.bounds(plan.visits[1])
    at = start + round(where * (plan.crossfade_samples // 2 * 2))
    audio = song.stems[stem].copy()
    audio[:, at : at + 220] += 0.1 * np.exp(-np.arange(220) / 60).astype(np.float32)
    found = check_joins(plan, {**song.stems, stem: audio}.items())
    assert found.passed is False
    assert found.detail == f"{stem} at {at / RATE:.3f} s"


@pytest.mark.parametrize("where", [0.0, 0.5])
def test_a_click_in_the_mix_alone_is_noticed(plan: SongPlan, song: RenderResult, where: float) -> None:
    start, _ = plan.bounds(plan.visits[1])
    at = start + round(where * plan.crossfade_samples)
    premaster = song.premaster.copy()
    premaster[:, at : at + 220] += 0.25 * np.exp(-np.arange(220) / 60).astype(np.float32)
    assert check_joins(plan, {"premaster": premaster}.items()).passed is False
    assert check_joins(plan, {"premaster": song.premaster}.items()).passed is True


def test_a_hard_cut_is_a_click(plan: SongPlan, song: RenderResult) -> None:
    """A held tone that is cut at the join, as by a stitch without a crossfade."""
    start, _ = plan.bounds(plan.visits[1])
    time = np.arange(plan.total_samples) / RATE
    tone = np.tile((0.1 * np.cos(2 * np.pi * 110 * (time - start / RATE))).astype(np.float32), (2, 1))
    whole = check_joins(plan, {"pad": tone}.items())
    tone[:, start:] = 0.0
    assert whole.passed is True
    assert check_joins(plan, {"pad": tone}.items()).passed is False


def damage_in_chorus_2(plan: SongPlan, song: RenderResult, stem: str) -> np.ndarray:
    """0.1 % of another sound late in the last chorus, where nothing of the verse rings any more."""
    _, end = plan.bounds(plan.visits[3])
    audio = song.stems[stem].copy()
    piece = slice(end - 2 * RATE, end - RATE)
    rng = np.random.default_rng(0)
    audio[:, piece] += (1e-3 * np.std(audio) * rng.standard_normal((2, RATE))).astype(np.float32)
    return audio


@pytest.mark.slow
def test_a_section_that_returns_changed_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    found = checks(
        plan, *with_stem(song, "bass", damage_in_chorus_2(plan, song, "bass")), song.master.audio
    )
    assert failed(found) == {REPEATS, MASTERED}  # the master was made before
    assert found[REPEATS].detail == "bass in chorus 2, the worst of 6"


def with_fill(plan: SongPlan) -> SongPlan:
    """The first chorus ends in a drum fill, so its drums differ from the last chorus's."""
    visit = plan.visits[1]
    drums = visit.music.score.parts["drums"]
    last = drums.notes[-1]
    fill = Part("drums", (*drums.notes[:-1], Note(last.onset, Fraction(1, 2), 38, 100)))
    score = replace(visit.music.score, parts={**visit.music.score.parts, "drums": fill})
    return replace(plan, visits=(plan.visits[0], change_visit(visit, score=score), *plan.visits[2:]))


@pytest.mark.slow
def test_a_drum_fill_does_not_hide_the_other_stems(plan: SongPlan) -> None:
    filled = with_fill(plan)
    song = render_song(filled, RingingBackend())
    found = checks(filled, song.stems, song.premaster, song.master.audio)
    assert failed(found) == set()
    assert found[REPEATS].detail.endswith("of 5")
    damaged = with_stem(song, "bass", damage_in_chorus_2(filled, song, "bass"))
    assert failed(checks(filled, *damaged, song.master.audio)) == {REPEATS, MASTERED}


@pytest.mark.slow
def test_variations_are_not_held_to_be_the_same() -> None:
    plan = plan_of((("verse", 6, 0.0), ("verse", 6, 0.4)), roles=("bass",))
    song = render_song(plan, RingingBackend())
    assert checks(plan, song.stems, song.premaster, song.master.audio)[REPEATS].passed is None


@pytest.mark.parametrize(
    "change",
    [
        {"repaint": ((1, 2),), "repaint_seed": 7},
        {"timbre_variation": 0.3},
        {"fades": {"bass": "in"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_section_that_returns_changed_is_not_held_to_be_the_same(change: dict[str, object]) -> None:
    plan = plan_of((("verse", 6, 0.0), ("verse", 6, 0.0)), roles=("bass",))
    noise = np.random.default_rng(0).standard_normal((2, plan.total_samples), dtype=np.float32)
    assert check_repeats(plan, {"bass": noise}).passed is False
    first, second = plan.visits
    changed = replace(plan, visits=(first, change_visit(second, **change)))
    assert check_repeats(changed, {"bass": noise}).passed is None


@pytest.mark.slow
def test_a_stem_that_is_missing_from_the_sum_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    softer = {**song.stems, "bass": song.stems["bass"] * np.float32(0.999)}
    assert SUM in failed(checks(plan, softer, song.premaster, song.master.audio))


def test_a_file_of_another_length_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    found = checks(plan, song.stems, song.premaster[:, :-1], song.master.audio)
    assert failed(found) == {"length"}
    assert (found["length"].value, found["length"].detail) == (-1.0, "premaster")


@pytest.mark.slow
def test_loudness_peak_and_end_of_the_master_are_checked(plan: SongPlan, song: RenderResult) -> None:
    soft = check_loudness(plan, song.premaster, song.master.audio * np.float32(0.9))
    assert soft.passed is False
    assert soft.value == pytest.approx(-14.9, abs=0.1)
    loud = song.master.audio.copy()
    loud[0, RATE] = 0.95
    assert check_loudness(plan, song.premaster, loud).passed
    assert check_true_peak(plan, loud).passed is False
    cut = song.master.audio.copy()
    cut[:, -10:] = 0.1
    assert check_end(plan, cut).passed is False


@pytest.mark.slow
def test_a_master_at_its_limits_is_judged_by_what_they_allow(plan: SongPlan) -> None:
    """A song of clicks cannot be as loud as a club's; one that is softer than it could be still fails."""
    loud = replace(plan, master=MasterSpec(preset="club"))
    premaster = np.zeros((2, plan.total_samples), np.float32)
    premaster[:, :: plan.grid.sample_rate // 2] = 0.9
    master = master_song(premaster, loud.master, plan.grid.sample_rate, plan.mix, sections_of(plan)).audio
    check = check_loudness(loud, premaster, master)
    assert check.passed
    assert check.target == check.value < -12.0
    assert (check.direction, check.limit) == ("within", 0.5)
    assert check.detail == "asked for -9; all that 8 dB of clipping and 12 dB of limiting give"
    assert check_loudness(loud, premaster, master * np.float32(0.9)).passed is False
    assert check_loudness(loud, None, master).passed is False


@pytest.mark.slow
def test_without_stems_what_needs_them_is_left_out(plan: SongPlan, song: RenderResult) -> None:
    plan = replace(plan, export=ExportSpec(stems=False))
    found = checks(plan, {}, song.premaster, song.master.audio)
    assert failed(found) == set()
    assert {SUM, REPEATS, TIMING, STARTS, CHORDS}.isdisjoint(found)
    assert CLICKS in found


@pytest.mark.slow
def test_a_hole_at_a_join_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    join = plan.bounds(plan.visits[1])[0]
    hole = song.premaster.copy()
    length = round(0.03 * RATE)
    hole[:, join - length : join + length // 2] *= 0.005
    assert check_dips(plan, song.premaster).passed is True
    check = check_dips(plan, hole)
    assert (check.passed, check.detail) == (False, "into chorus 1")


@pytest.mark.slow
def test_a_join_at_which_all_stop_has_no_hole(plan: SongPlan, song: RenderResult) -> None:
    def silent(visit: Visit) -> Visit:
        last = visit.bars * plan.meter.bar_quarters - 2 * plan.meter.beat_quarters
        parts = {
            name: replace(part, notes=tuple(n for n in part.notes if n.end <= last))
            for name, part in visit.music.score.parts.items()
        }
        return change_visit(visit, score=replace(visit.music.score, parts=parts))

    stopped = replace(plan, visits=tuple(map(silent, plan.visits)))
    assert check_dips(stopped, 0.0 * song.premaster).passed is None


def everywhere(song: RenderResult, change: Callable[[np.ndarray], np.ndarray]) -> dict[str, np.ndarray]:
    """A change of every stem, and of what is made of them."""
    files = {**song.stems, "premaster": song.premaster, "master": song.master.audio}
    return {name: change(audio.copy()) for name, audio in files.items()}


def failed_files(plan: SongPlan, files: dict[str, np.ndarray]) -> set[str]:
    stems = {name: audio for name, audio in files.items() if name not in ("premaster", "master")}
    return failed(checks(plan, stems, files["premaster"], files["master"]))


@pytest.mark.slow
def test_a_section_that_is_20_ms_late_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    start, end = plan.bounds(plan.visits[2])

    def late(audio: np.ndarray) -> np.ndarray:
        audio[:, start:end] = np.roll(audio[:, start:end], round(0.02 * RATE), axis=1)
        return audio

    wrong = failed_files(plan, everywhere(song, late))
    assert {STARTS, REPEATS} <= wrong
    assert wrong.isdisjoint({SUM, TUNING, KEY, CHORDS, CLIPPING, STEMS, TIMING})


@pytest.mark.slow
def test_another_section_in_the_place_of_a_chorus_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    """A verse where the plan has a chorus: other chords, and not the chorus that was there before."""
    (start, end), (verse, _) = plan.bounds(plan.visits[3]), plan.bounds(plan.visits[2])

    def swapped(audio: np.ndarray) -> np.ndarray:
        audio[:, start:end] = audio[:, verse : verse + end - start]
        return audio

    wrong = failed_files(plan, everywhere(song, swapped))
    assert {REPEATS, CHORDS} <= wrong
    assert wrong.isdisjoint({SUM, TUNING, STEMS, CLIPPING})


def varied_song() -> tuple[SongPlan, RenderResult]:
    plan = plan_of(
        (("verse", 4, 0.0), ("chorus", 4, 0.0), ("verse", 4, 0.3), ("chorus", 4, 0.3)), tempo=180.0
    )
    return plan, render_song(plan, RingingBackend())


@pytest.mark.slow
def test_a_variation_that_is_another_section_is_noticed() -> None:
    plan, song = varied_song()
    found = checks(plan, song.stems, song.premaster, song.master.audio)
    assert found[VARIATIONS].passed is True
    assert found[VARIATIONS].value is not None and found[VARIATIONS].value < 0.9
    (start, end), (verse, _) = plan.bounds(plan.visits[3]), plan.bounds(plan.visits[2])

    def swapped(audio: np.ndarray) -> np.ndarray:
        audio[:, start:end] = audio[:, verse : verse + end - start]
        return audio

    assert {VARIATIONS, CHORDS} <= failed_files(plan, everywhere(song, swapped))


@pytest.mark.slow
@pytest.mark.parametrize("cents", [-50, 30, 50])
def test_a_detuned_song_fails_by_its_tuning(plan: SongPlan, song: RenderResult, cents: int) -> None:
    """As a tape that runs too fast or too slow, cut to the song's length again."""
    ratio = 2.0 ** (cents / 1200.0)

    def detuned(audio: np.ndarray) -> np.ndarray:
        places = np.minimum(np.arange(audio.shape[1]) * ratio, audio.shape[1] - 1)
        return np.stack([np.interp(places, np.arange(audio.shape[1]), row) for row in audio]).astype(
            np.float32
        )

    files = everywhere(song, detuned)
    stems = {name: files[name] for name in song.stems}
    found = checks(plan, stems, files["premaster"], files["master"])
    assert found[TUNING].passed is False
    assert found[TUNING].value is not None and abs(abs(found[TUNING].value) - abs(cents)) < 6
    assert found[STEMS].passed is found[CLIPPING].passed is True


@pytest.mark.slow
def test_a_song_in_another_key_fails_by_key_and_chords(plan: SongPlan, song: RenderResult) -> None:
    """The plan of the same song a semitone higher."""

    def higher(visit: Visit) -> Visit:
        (chord,) = visit.music.score.chords
        tones = tuple((tone + 1) % 12 for tone in chord.pitch_classes)
        chord = replace(chord, root=tones[0], bass=tones[0], pitch_classes=tones)
        parts = {
            name: part
            if part.role == "drums"
            else replace(part, notes=tuple(replace(note, pitch=note.pitch + 1) for note in part.notes))
            for name, part in visit.music.score.parts.items()
        }
        return change_visit(
            visit, key="C# major", score=replace(visit.music.score, chords=(chord,), parts=parts)
        )

    other = replace(plan, key="C# major", visits=tuple(higher(visit) for visit in plan.visits))
    found = checks(other, song.stems, song.premaster, song.master.audio)
    assert {KEY, CHORDS} <= failed(found)
    assert found[CHORDS].value == 0.0


@pytest.mark.slow
def test_a_stem_that_is_dropped_is_noticed(plan: SongPlan, song: RenderResult) -> None:
    rest = {name: audio for name, audio in song.stems.items() if name != "bass"}
    found = checks(plan, rest, song.premaster, song.master.audio)
    assert {STEMS, SUM} <= failed(found)
    assert found[STEMS].detail == "bass is missing"
    found = checks(plan, {**rest, "bass": np.zeros_like(song.premaster)}, song.premaster, song.master.audio)
    assert {STEMS, SUM, STARTS} <= failed(found)
    assert found[STEMS].detail == "bass is silent"


@pytest.mark.slow
@pytest.mark.parametrize(("peak", "passes"), [(0.99, True), (1.0 - 2.0**-23, False), (-1.0, False)])
def test_clipping_is_noticed(plan: SongPlan, song: RenderResult, peak: float, passes: bool) -> None:
    """The second is the most that a file of 24 bits can hold."""
    loud = song.master.audio.copy()
    loud[1, 5 * RATE] = peak
    assert checks(plan, song.stems, song.premaster, loud)[CLIPPING].passed is passes


@pytest.mark.slow
def test_without_pitch_there_is_nothing_to_hear() -> None:
    plan = plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)), roles=("drums",), tempo=180.0)
    song = render_song(plan, RingingBackend())
    found = checks(plan, song.stems, song.premaster, song.master.audio)
    assert [found[name].passed for name in (TUNING, KEY, CHORDS)] == [None, None, None]
    assert failed(found) == set()
