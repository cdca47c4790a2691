"""A mix that moves: only where a curve is, as far as it says, and no clip is made anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.levels import gain_from_db
from render.audio.spectrum import spectrum_of
from render.clips.caching.cache import ClipCache
from render.mixing.moves import move_stem as move_in_place
from render.renderer import RenderResult, render_song
from structure.base.errors import PlanError
from structure.base.grid import Grid
from structure.plans.curves import Curve, song_curves, with_checked_moves
from structure.plans.plan import SongPlan
from structure.presets.mixes import Move
from tests.composer.songmaker import small_plan
from tests.render.support import RATE
from tests.tones import ToneBackend


def moved(plan: SongPlan, *moves: Move) -> SongPlan:
    return replace(plan, mix=plan.mix.model_copy(update={"moves": moves}))


PLAN = replace(small_plan(), mix=small_plan().mix)


def noise(plan: SongPlan = PLAN) -> np.ndarray:
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal((2, plan.total_samples))).astype(np.float32)


def move_stem(audio: np.ndarray, curves: Sequence[Curve], grid: Grid) -> np.ndarray:
    moved = audio.copy()
    move_in_place(moved, curves, grid)
    return moved


def level_db(audio: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(audio, dtype=np.float64)) + 1e-20))


def curve_of(move: Move) -> Curve:
    return song_curves(moved(PLAN, move))[0]


KINDS = ("sweep", "rise", "widen", "lift", "fade_in", "fade_out", "tape_stop")


@settings(max_examples=25, deadline=None)
@given(kind=st.sampled_from(KINDS), section=st.sampled_from(["verse", "Chorus 1"]), bars=st.integers(1, 3))
def test_a_move_changes_its_own_bars_and_no_other_sample(kind: str, section: str, bars: int) -> None:
    plan = moved(PLAN, Move(do=kind, section=section, bars=bars))
    curves = [curve for curve in song_curves(plan) if curve.stem == "low"]
    before = noise()
    after = move_stem(before, curves, plan.grid)
    (visit,) = [visit for visit in plan.visits if section in (visit.place.name, visit.place.label)]
    start, end = plan.bounds(visit)
    assert np.array_equal(after[:, :start], before[:, :start])
    assert np.array_equal(after[:, end:], before[:, end:])
    assert not np.array_equal(after[:, start:end], before[:, start:end])
    assert np.isfinite(after).all()


def test_a_sweep_opens_and_a_rise_thins() -> None:
    start, end = PLAN.bounds(PLAN.visits[0])
    first, last = slice(start + 4000, start + 14_000), slice(end - 12_000, end - 2000)
    before = noise()
    swept = move_stem(before, [curve_of(Move(do="sweep", section="verse"))], PLAN.grid)
    risen = move_stem(before, [curve_of(Move(do="rise", section="verse"))], PLAN.grid)

    def change_db(after: np.ndarray, where: slice, low: float, high: float) -> float:
        one, other = spectrum_of(before[:, where], RATE), spectrum_of(after[:, where], RATE)
        band = (one.hertz > low) & (one.hertz < high)
        return float(10 * np.log10(other.mid[band].sum() / one.mid[band].sum()))

    assert change_db(swept, first, 5000, 15_000) < -20
    assert change_db(swept, last, 3000, 6000) > -2
    assert change_db(swept, first, 50, 300) > -1.5
    assert change_db(risen, last, 20, 120) < -6
    assert abs(change_db(risen, last, 3000, 9000)) < 0.5


def test_others_give_way_to_the_tune_and_only_while_it_plays() -> None:
    """The bass becomes chords, and the kit the lead, whose notes are beats: it plays without a rest."""
    stems = tuple(replace(s, role={"kit": "lead", "low": "pad"}[s.name]) for s in PLAN.stems)
    parts = {"kit": "lead", "low": "pad"}

    def with_roles(visit):
        score = visit.music.score
        changed = {name: replace(part, role=parts[name]) for name, part in score.parts.items()}
        if visit.place.name == "verse":
            del changed["kit"]
        return replace(visit, music=replace(visit.music, score=replace(score, parts=changed)))

    visits = tuple(map(with_roles, PLAN.visits))
    mix = PLAN.mix.model_copy(update={"give_way_db": 6.0})
    plan = replace(PLAN, stems=stems, visits=visits, mix=mix)
    curves = song_curves(plan)
    assert {(curve.stem, curve.parameter) for curve in curves} == {("low", "presence_db")}
    assert len(curves) == 2, "one for each chorus"
    before = noise()
    after = move_stem(before, curves, plan.grid)
    start, end = plan.bounds(plan.visits[1])
    assert np.array_equal(after[:, :start], before[:, :start])
    one, other = (spectrum_of(audio[:, start + RATE // 2 : end], RATE) for audio in (before, after))
    change = [
        10 * np.log10(other.mid[band].sum() / one.mid[band].sum())
        for low, high in ((1500, 2800), (40, 300), (9000, 16_000))
        for band in [(one.hertz > low) & (one.hertz < high)]
    ]
    assert change[0] == pytest.approx(-6.0, abs=0.4)
    assert change[1:] == pytest.approx([0.0, 0.0], abs=0.3)
    assert not song_curves(PLAN)


def test_levels_move_by_what_is_asked_and_width_leaves_mono_alone() -> None:
    start, end = PLAN.bounds(PLAN.visits[1])
    before, inside = noise(), slice(start + 1000, end - 1000)
    lifted = move_stem(before, [curve_of(Move(do="lift", section="Chorus 1", amount=-3))], PLAN.grid)
    assert np.allclose(lifted[:, inside], before[:, inside] * gain_from_db(-3.0))
    faded = move_stem(before, [curve_of(Move(do="fade_out", section="Chorus 1"))], PLAN.grid)
    assert level_db(faded[:, end - 500 : end]) < level_db(before[:, end - 500 : end]) - 55
    wide = move_stem(before, [curve_of(Move(do="widen", section="Chorus 1", amount=1))], PLAN.grid)
    assert np.allclose(wide.sum(axis=0), before.sum(axis=0), atol=1e-6)
    side = [level_db(audio[0, inside] - audio[1, inside]) for audio in (before, wide)]
    assert side[1] - side[0] == pytest.approx(6.02, abs=0.01)


def test_a_throw_passes_over_a_stem_that_rests() -> None:
    visit = PLAN.visits[1]
    score = visit.music.score
    rests = replace(score, parts={name: part for name, part in score.parts.items() if name != "kit"})
    visits = list(PLAN.visits)
    visits[1] = replace(visit, music=replace(visit.music, score=rests))
    resting = moved(replace(PLAN, visits=tuple(visits)), Move(do="throw", stem="all", section="Chorus 1"))
    thrown = {curve.stem for curve in song_curves(resting)}
    assert "kit" not in thrown and thrown


def test_a_tape_slows_to_silence_and_stays_so_at_the_end() -> None:
    (curve,) = [
        c for c in song_curves(moved(PLAN, Move(do="tape_stop", section="Chorus 2"))) if c.stem == "low"
    ]
    time = np.arange(PLAN.total_samples) / RATE
    tone = np.stack([np.sin(2 * np.pi * 1000 * time)] * 2).astype(np.float32)
    slow = move_stem(tone, [curve], PLAN.grid)
    _, end = PLAN.bounds(PLAN.visits[2])
    bar = PLAN.grid.sample_at_bar(PLAN.visits[2].end_bar - 1)
    crossings = [int(np.sum(np.diff(np.sign(slow[0, a : a + 8000])) != 0)) for a in (bar, end - 18_000)]
    assert crossings[1] < 0.6 * crossings[0]
    assert not slow[:, end:].any()


@pytest.fixture(scope="module")
def renders() -> tuple[RenderResult, RenderResult]:
    """A song, and the same with moves, from one cache."""
    cache, backend = ClipCache(limit_bytes=1 << 30), ToneBackend()
    plain = render_song(PLAN, backend, cache, with_dry=True)
    made = backend.made
    moves = (
        Move(do="throw", stem="kit", section="Chorus 1", amount=1.0),
        Move(do="wash", stem="bass", section="verse", amount=0.8),
        Move(do="lift", stem="kit", section="Chorus 2", amount=-4.0),
    )
    result = render_song(moved(PLAN, *moves), backend, cache, with_dry=True)
    assert backend.made == made, "no clip is made anew"
    return plain, result


def test_sends_move_where_they_are_asked_to(renders: tuple[RenderResult, RenderResult]) -> None:
    plain, result = renders
    assert plain.clip_keys == result.clip_keys
    start, end = PLAN.bounds(PLAN.visits[1])
    for name, own, other in (
        ("kit", slice(start, end), slice(0, start)),
        ("low", slice(0, start), slice(end, None)),
    ):
        change = result.stems[name] - plain.stems[name] * np.float32(
            np.vdot(result.stems[name][:, other], plain.stems[name][:, other])
            / np.vdot(plain.stems[name][:, other], plain.stems[name][:, other])
        )
        assert level_db(change[:, own]) > level_db(result.stems[name][:, own]) - 40, name


def test_the_dry_stems_have_levels_that_move_and_no_sends(
    renders: tuple[RenderResult, RenderResult],
) -> None:
    _, result = renders
    wet = result.stems["low"] - result.dry["low"]
    start, end = PLAN.bounds(PLAN.visits[0])
    assert level_db(wet[:, start:end]) > -90
    first, last = (PLAN.bounds(visit) for visit in PLAN.visits[1:])
    ratio = level_db(result.dry["kit"][:, last[0] + 4000 : last[1] - 4000]) - level_db(
        result.dry["kit"][:, first[0] + 4000 : first[1] - 4000]
    )
    assert ratio == pytest.approx(-4.0, abs=0.5)


def test_a_song_without_moves_is_as_it_was(renders: tuple[RenderResult, RenderResult]) -> None:
    plain, _ = renders
    again = render_song(PLAN, ToneBackend())
    assert all(np.array_equal(again.stems[name], plain.stems[name]) for name in plain.stems)


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (Move(do="lift", section="chrous"), "no section 'chrous'.*chorus"),
        (Move(do="lift", stem="kid"), "no stem 'kid'.*kit"),
    ],
)
def test_a_move_of_nothing_is_said(move: Move, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        with_checked_moves(moved(PLAN, move))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "sweep", "amount": 3}, "from 0 to 1"),
        ({"do": "tape_stop", "stem": "kit"}, "whole band"),
        ({"do": "wobble"}, "sweep"),
        ({"do": "lift", "amount": float("inf")}, "finite"),
    ],
)
def test_what_is_no_move_is_said(fields: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Move.model_validate(fields)
