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
    "folk punk with accordion",
    "r&b ballad, rhodes",
    "trap with flamenco guitar",
    "reggaeton pop",
    "metal prog with a keyboard solo in the middle",
    "spaghetti western, whistling, baritone guitar with tremolo",
    "cumbia, a flute that appears in the bridge, acid synth",
    "xylophone, trombone, cymbals, goofy",
    "pop, after the second chorus only pads and piano, and then a last chorus with everything",
    "ambient, drone, phrygian",
    "pop, starts tiny, ends with feedback",
    "acoustic pop, cajon instead of a drum kit",
    "ambient, bells, no bass, thins out at the end",
    "hip hop, the hook comes in after 8 bars",
    "funk, tight funky groove",
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


def test_a_song_of_two_genres_is_of_the_one_that_says_what_it_is_and_hears_both() -> None:
    plan = plan_song(SongSpec(description="folk punk with accordion"))
    assert plan.genre == "punk"
    prompts = [prompt for visit in plan.visits for prompt in visit.sound.prompts.values()]
    assert prompts
    assert all("folk" in prompt for prompt in prompts)
    assert plan_song(SongSpec(description="dark techno club track")).genre == "techno"


def test_words_for_the_sound_of_an_edge_are_heard_there_alone() -> None:
    plan = plan_song(SongSpec(description="rock, ends with feedback"))
    *others, last = [set(visit.sound.prompts.values()) for visit in plan.visits]
    assert last
    assert all("feedback" in prompt for prompt in last)
    assert not any("feedback" in prompt for prompts in others for prompt in prompts)


def test_the_sound_of_a_player_in_a_place_is_heard_of_that_player_alone() -> None:
    plan = plan_song(SongSpec(description="rock, muted trumpet in the verse, electric guitar"))
    verses = [visit.sound.prompts for visit in plan.visits if visit.place.name == "verse"]
    muted = {name for prompts in verses for name, prompt in prompts.items() if "muted" in prompt}
    assert muted == {"trumpet"}
