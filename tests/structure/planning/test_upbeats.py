"""Tunes of fiddle styles begin with an upbeat, also where nobody has played a tune before."""

from __future__ import annotations

import pytest

from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec


@pytest.mark.parametrize("meter", ["6/8", "3/4"])
def test_a_tune_begins_with_its_upbeat_at_the_end_of_the_introduction(meter: str) -> None:
    genre = {"6/8": "celtic", "3/4": "waltz"}[meter]
    begun = 0
    for seed in range(3):
        spec = {
            "genre": genre,
            "meter": meter,
            "seed": seed,
            "form": ["intro", "verse"],
            "length": "12 bars",
        }
        plan = plan_song(SongSpec.model_validate(spec))
        intro = plan.visits[0]
        leads = [part.notes for part in intro.music.score.parts.values() if part.role == "lead"]
        last_bar = (intro.music.score.bars - 1) * plan.meter.bar_quarters
        begun += any(notes and notes[0].onset > last_bar for notes in leads)
    assert begun >= 2
