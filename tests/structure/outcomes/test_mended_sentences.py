"""Wishes of kinds that plans did not fulfil once: all of them are fulfilled."""

from dataclasses import replace

import pytest

from structure.description.reading import read_wishes
from structure.outcomes.check import check_wish, check_wishes
from structure.outcomes.listening import Song
from structure.outcomes.measures import middle_of
from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wish, Wishes

SENTENCES = (
    "soul, the horns swell before the bridge, drums, bass, electric piano",
    "fast bluegrass, banjo, mandolin, fiddle, each takes a solo, stops dead on the last note",
    "string trio, slow, viola solo after the bridge",
    "reggae, one drop, organ bubble, relaxed and sunny",
    "techno, build from 0:45 to 1:15, then the drop, no melody",
)


@pytest.mark.slow
@pytest.mark.parametrize("say", SENTENCES)
def test_all_that_is_read_is_planned(say: str) -> None:
    outcomes = check_wishes(plan_song(SongSpec(description=say)), read_wishes(say))
    assert [(outcome.wish.what, outcome.why) for outcome in outcomes if outcome.result != "obeyed"] == []


@pytest.mark.slow
def test_a_waltz_of_another_style_is_a_waltz_and_a_small_group_has_a_middle_of_its_own() -> None:
    plan = plan_song(SongSpec(genre="musette", description="harp and flute duo", meter="3/4"))
    song = Song(plan)
    waltz = Wish(kind="genre", what="waltz")
    assert check_wish(song, waltz, Wishes("", (waltz,))).result == "obeyed"

    stems = plan.stems
    assert len(stems) <= 4
    band = Song(replace(plan, stems=(*stems, *(replace(stems[0], name=f"more-{n}") for n in range(4)))))
    assert middle_of(song)["register"] != middle_of(band)["register"]
