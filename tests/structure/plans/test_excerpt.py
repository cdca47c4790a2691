"""A part of a song is planned as a song, and asks for the song's own clips."""

import pytest

from render.clips.asked import build_requests
from songs import song_path
from structure.base.errors import RitornelloError
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.plans.excerpt import excerpt
from structure.plans.plan import SongPlan


@pytest.fixture(scope="module")
def song() -> SongPlan:
    return plan_song(load_spec(song_path("last_light")))


def hashes(plan: SongPlan) -> dict[tuple[str, int, str], str]:
    return {
        (one.visit.place.name, one.visit.place.index, one.stem.name): one.request.content_hash("")
        for one in build_requests(plan)
    }


@pytest.mark.parametrize(
    ("wanted", "visits"),
    [
        (["chorus"], [("chorus", 1), ("chorus", 2), ("chorus", 3)]),
        (["chorus:2"], [("chorus", 2)]),
        (["Chorus 3", "intro"], [("intro", 1), ("chorus", 3)]),
        ([" VERSE "], [("verse", 1), ("verse", 2)]),
    ],
)
def test_visits_are_chosen_by_name_number_and_label(
    song: SongPlan, wanted: list[str], visits: list[tuple[str, int]]
) -> None:
    part = excerpt(song, wanted)
    assert [(visit.place.name, visit.place.index) for visit in part.visits] == visits
    assert [visit.place.start_bar for visit in part.visits] == [
        sum(visit.bars for visit in part.visits[:k]) for k in range(len(visits))
    ]
    assert part.bars == sum(visit.bars for visit in part.visits)
    assert part.graph.walk() == [name for name, _ in visits]
    whole = hashes(song)
    assert hashes(part).items() <= whole.items()
    assert {key[:2] for key in hashes(part)} == set(visits)


def test_stems_that_are_silent_are_left_out(song: SongPlan) -> None:
    part = excerpt(song, ["verse"])
    heard = {
        name for visit in song.visits if visit.place.name == "verse" for name in visit.music.score.parts
    }
    assert "lead" in {stem.name for stem in song.stems} - heard
    assert [stem.name for stem in part.stems] == [s.name for s in song.stems if s.name in heard]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("chrous", "no section 'chrous'; did you mean 'chorus'. its sections: intro, verse, "),
        ("fugue", "no section 'fugue'; its sections: intro, verse, prechorus, chorus, bridge, outro"),
        ("chorus:4", "no 'chorus:4': the song visits 'chorus' 3 times"),
        ("", "no section ''"),
    ],
)
def test_what_the_song_does_not_have_is_named(song: SongPlan, name: str, message: str) -> None:
    with pytest.raises(RitornelloError, match=message):
        excerpt(song, [name])
