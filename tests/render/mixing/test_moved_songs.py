"""A mix that fades and stops is checked for what it is: nobody asks for notes that it takes away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.checks.verify import verify_song
from render.clips.caching.cache import ClipCache
from render.renderer import render_song
from structure.plans.curves import unheard_bars
from structure.plans.plan import SongPlan
from structure.presets.mixes import Move
from tests.composer.songmaker import small_plan
from tests.tones import ToneBackend

PLAN = small_plan()
SECTION, LAST = PLAN.visits[-1].place.label, PLAN.bars - 1


def moved(*moves: Move) -> SongPlan:
    return replace(PLAN, mix=PLAN.mix.model_copy(update={"moves": moves}))


@pytest.mark.parametrize(
    ("move", "bars"),
    [
        (Move(do="tape_stop", section=SECTION), {LAST}),
        (Move(do="fade_out", section=SECTION, bars=2), {LAST - 1, LAST}),
        (Move(do="lift", section=SECTION, amount=-6.0), set()),
        (Move(do="fade_out", section=SECTION, amount=0.1), set()),
        (Move(do="sweep", section=SECTION), set()),
    ],
)
def test_bars_that_fade_or_slow_are_named_and_no_others(move: Move, bars: set[int]) -> None:
    for stem in PLAN.stems:
        assert unheard_bars(moved(move), stem.name) == bars
    assert unheard_bars(PLAN, PLAN.stems[0].name) == set()


@pytest.mark.slow
def test_verify_accepts_a_tape_stop_fades_and_long_sweeps() -> None:
    cache, backend = ClipCache(limit_bytes=1 << 30), ToneBackend()

    def failed(plan: SongPlan) -> set[str]:
        song = render_song(plan, backend, cache)
        checks = verify_song(plan, song.stems, song.premaster, song.master.audio, tracks_beats=False)
        return {check.name for check in checks if check.passed is False}

    first = PLAN.visits[0].place.label
    for moves in (
        (Move(do="tape_stop", section=SECTION),),
        (Move(do="sweep", section=SECTION),),
        (Move(do="rise", amount=1.0),),
        (Move(do="rise", section=first, stem=PLAN.stems[0].name, bars=1, amount=1.0),),
        (Move(do="lift", stem=PLAN.stems[0].name, amount=6.0), Move(do="narrow", amount=0.5)),
        (Move(do="fade_in", section=first, bars=1), Move(do="fade_out", section=SECTION, bars=2)),
    ):
        assert failed(moved(*moves)) <= failed(PLAN), moves
