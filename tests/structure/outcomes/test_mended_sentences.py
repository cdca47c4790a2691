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
    "a tango, half-time bridge",
    "a folk song with a fade in and a fade out",
    "an indie song, ii-V-I changes",
    "an indie song, 12 bar blues changes, sitar, one minute",
    "a playful baroque song, bass drops out in verse 2",
    "a trance song with synth, no pads in the chorus",
    "a menacing celtic song with a pick-up into the chorus, the violin comes in at the second verse",
    "a confident klezmer song in F sharp minor, key change in the last chorus",
)


@pytest.mark.slow
@pytest.mark.parametrize("say", SENTENCES)
def test_all_that_is_read_is_planned(say: str) -> None:
    outcomes = check_wishes(plan_song(SongSpec(description=say)), read_wishes(say))
    assert [(outcome.wish.what, outcome.why) for outcome in outcomes if outcome.result != "obeyed"] == []


def test_sections_have_room_for_a_blues_that_is_asked_for() -> None:
    plan = plan_song(SongSpec(description="pop, 12 bar blues changes"))
    sung = [visit.bars for visit in plan.visits if visit.place.name in ("verse", "chorus")]
    assert sung
    assert all(bars % 12 == 0 for bars in sung)


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
