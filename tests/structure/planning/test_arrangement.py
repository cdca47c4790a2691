"""What happens inside sections by itself: players come and go, and nothing that is asked for is lost."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import pairwise

import pytest

from structure.planning.arranging import arrangement
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.planfile import plan_document
from structure.specs.spec import SongSpec
from structure.specs.wishes import When, Where, Wish, Wishes
from tests.benchmarks.arrangement import all_together, comes_and_goes, figure, plan_json, read_song
from tests.builders import BASE_STYLES
from tests.structure.planning.facts import bars_with, notes_of
from tests.structure.planning.plan_once import plan_once

COMES_AND_GOES = {"enter", "leave", "rest"}


def planned(style: str, seed: int = 0, text: str = "a song", *wishes: Wish) -> SongPlan:
    return plan_once(SongSpec(description=text, genre=style, seed=seed), wishes=Wishes(wishes=wishes))


def plain(monkeypatch: pytest.MonkeyPatch, style: str, seed: int) -> SongPlan:
    """The song in which nothing happens by itself."""
    with monkeypatch.context() as patch:
        patch.setattr(arrangement, "STEPS", ())
        return plan_song(SongSpec(description="a song", genre=style, seed=seed), wishes=Wishes())


def heard(visit: Visit, bar: int) -> set[str]:
    start, end = (n * visit.music.score.chords[-1].end / visit.bars for n in (bar, bar + 1))
    return {
        name
        for name, part in visit.music.score.parts.items()
        if any(note.onset < end and note.end > start for note in part.notes)
    }


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_no_bar_falls_silent_and_nobody_plays_more(monkeypatch: pytest.MonkeyPatch, style: str) -> None:
    for seed in range(2):
        song, before = planned(style, seed), plain(monkeypatch, style, seed)
        assert [visit.place for visit in song.visits] == [visit.place for visit in before.visits]
        changed = 0
        for visit, old in zip(song.visits, before.visits, strict=True):
            for bar in range(visit.bars):
                playing = heard(visit, bar)
                assert playing or not heard(old, bar), f"bar {bar + 1} of {visit.place.label} is silent"
                changed += playing != heard(old, bar)
        assert changed > 0.1 * song.bars
        assert {stem.name for stem in song.stems} == {stem.name for stem in before.stems}


@pytest.mark.slow
def test_one_spec_and_seed_one_plan() -> None:
    spec = SongSpec(description="a song", genre="soul", seed=3)
    assert planned("soul", 3) == plan_song(spec, wishes=Wishes())
    events = [[visit.music.events for visit in planned("soul", seed).visits] for seed in range(4)]
    assert all(one != other for one, other in pairwise(events))


@pytest.mark.slow
@pytest.mark.parametrize("style", ["pop", "country", "synthwave", "metal"])
def test_what_returns_unvaried_and_as_long_has_the_same_events_and_notes(style: str) -> None:
    songs = ((song, _unvaried(song)) for song in (planned(style, seed) for seed in range(1, 6)))
    song, same = next(found for found in songs if any(len(visits) > 1 for visits in found[1].values()))
    for visits in same.values():
        for visit in visits[1:]:
            for name in set(visit.music.score.parts) & set(visits[0].music.score.parts):
                own, first = (
                    [event for event in v.music.events if event.stem == name] for v in (visit, visits[0])
                )
                assert own == first
                if visit.music.lift == visits[0].music.lift and not _turns_to_a_key(song, visits):
                    assert visit.music.score.parts[name] == visits[0].music.score.parts[name]


def _unvaried(song: SongPlan) -> dict[tuple[str, int], list[Visit]]:
    """The unvaried visits of each section and length, but for the last refrain and the end of the song."""
    same: dict[tuple[str, int], list[Visit]] = defaultdict(list)
    last_refrain = [visit for visit in song.visits if visit.place.name in ("chorus", "hook", "drop")][-1]
    for visit in song.visits:
        if visit.sound.variation == 0.0 and visit not in (song.visits[-1], last_refrain):
            same[visit.place.name, visit.bars].append(visit)
    return same


@pytest.mark.slow
@pytest.mark.parametrize("style", ["pop", "rock", "house"])
def test_the_last_refrain_is_as_full_as_the_band_of_the_song_can_be(style: str) -> None:
    full = 0
    for seed in range(3):
        song = plan_json(SongSpec(description="a song", genre=style, seed=seed))
        refrains = [section for section in song.sections if section.kind in ("chorus", "hook", "drop")]
        last = {name for name, own in song.sounding.items() if all(own[bar] for bar in refrains[-1].bars)}
        full += last >= {
            name for name in song.accompanying() if song.stems[name] in ("bass", "chords", "pad")
        }
    assert full >= 2


@pytest.mark.slow
def test_the_key_of_some_songs_rises_with_the_last_refrain_and_stays_there() -> None:
    rising = 0
    for seed in range(12):
        visits = planned("ballad", seed).visits
        lifts = [visit.music.lift for visit in visits]
        assert lifts == sorted(lifts) and lifts[-1] in (0, 1, 2)
        if lifts[-1]:
            first = next(visit for visit in visits if visit.music.lift)
            assert first.place.name in ("chorus", "hook")
            rising += 1
    assert 0 < rising < 9


@pytest.mark.slow
def test_a_key_that_is_asked_for_stays() -> None:
    for seed in range(12):
        song = plan_song(SongSpec(description="a ballad in D major", genre="ballad", seed=seed))
        assert not any(visit.music.lift for visit in song.visits)


@pytest.mark.slow
def test_some_melodies_are_answered_where_a_section_returns_varied() -> None:
    answered = 0
    for seed in range(10):
        for visit in planned("pop", seed).visits:
            for event in visit.music.events:
                if event.do == "answer":
                    assert visit.place.index > 1 and visit.sound.variation > 0.0
                    assert visit.music.score.parts[event.stem].notes
                    answered += 1
    assert answered >= 1


@pytest.mark.slow
def test_some_long_sections_have_another_groove_of_the_style_after_eight_bars() -> None:
    turning = 0
    for seed in range(10):
        song = plan_song(
            SongSpec(
                description="a song",
                genre="pop",
                seed=seed,
                form=("chorus",),
                sections={"chorus": {"bars": 16, "events": []}},
            )
        )
        read = read_song(json.loads(json.dumps(plan_document(song))))
        first, then = figure(read, "drums", range(1, 7)), figure(read, "drums", range(9, 14))
        changed = [stroke for stroke in first ^ then if stroke[1] in (36, 38)]
        turning += len(changed) >= 4  # fewer are a drummer's turns within one groove
    assert 1 <= turning <= 8


@pytest.mark.slow
def test_nobody_is_alone_in_a_long_breakdown() -> None:
    for seed in range(4):
        song = planned("ambient", seed)
        for visit in song.visits:
            if visit.place.name == "breakdown" and visit.bars >= 8:
                assert len(heard(visit, visit.bars - 1)) >= 2


@pytest.mark.slow
def test_the_bass_stays_in_a_breakdown_whose_others_wait() -> None:
    for seed in range(6):
        for visit in planned("drum-and-bass", seed).visits:
            if visit.place.name == "breakdown":
                assert all(heard(visit, bar) for bar in range(visit.bars))


def _turns_to_a_key(song: SongPlan, visits: list[Visit]) -> bool:
    """Whether one of some visits leads into a visit in another key."""
    return any(
        after.music.key != before.music.key for before, after in pairwise(song.visits) if before in visits
    )


@pytest.mark.slow
def test_accompanying_parts_come_and_go_and_the_band_is_rarely_complete() -> None:
    songs = [
        plan_json(SongSpec(description="a song", genre=style, seed=5)) for style in ("pop", "soul", "house")
    ]
    living, parts = map(sum, zip(*map(comes_and_goes, songs), strict=True))
    assert living > 0.25 * parts
    assert all(all_together(song) < 0.45 for song in songs)


def test_one_who_plays_less_changes_its_figure_and_keeps_its_harmony() -> None:
    spec = SongSpec(
        description="a song",
        genre="rock",
        form=("verse",),
        sections={
            "verse": {
                "bars": 16,
                "events": [
                    {"bar": 1, "do": "thin", "stem": "drums", "bars": 8},
                    {"bar": 1, "do": "hold", "stem": "bass", "bars": 8},
                ],
            }
        },
    )
    song = plan_json(spec)
    for name in ("drums", "bass"):
        light, whole = figure(song, name, range(6)), figure(song, name, range(8, 14))
        assert len(light) < len(whole)
    plan = plan_song(spec)
    bass = notes_of(plan, ["bass"])
    for chord in plan.visits[0].music.score.chords[:8]:
        (note,) = (n for n in bass if n.onset <= chord.onset + 0.1 and n.end > chord.onset + 0.1)
        assert note.pitch % 12 == chord.bass
        assert note.end > chord.end - 0.2


def test_what_the_user_writes_of_a_section_is_all_that_happens_in_it() -> None:
    spec = SongSpec(
        description="a song", genre="pop", form=("verse", "chorus"), sections={"chorus": {"events": []}}
    )
    verse, chorus = plan_song(spec).visits
    assert not chorus.music.events
    assert verse.music.events


@pytest.mark.slow
def test_who_is_asked_for_is_there_where_it_is_asked_for() -> None:
    wish = Wish(kind="part", what="pad", where=Where(section="chorus"))
    for seed in range(4):
        song = planned("synthwave", seed, "a song", wish)
        for visit in song.visits:
            if visit.place.name.startswith("chorus"):
                bars = set(range(visit.place.start_bar, visit.end_bar))
                assert bars <= bars_with(song, ["pad"])


@pytest.mark.slow
def test_an_entry_that_is_asked_for_stands() -> None:
    wish = Wish(kind="event", what="enter", where=Where(stem="drums"), when=When(bar=9))
    for style in ("pop", "house", "funk"):
        played = bars_with(planned(style, 2, "a song", wish), ["drums"])
        assert min(played) == 8


@pytest.mark.slow
@pytest.mark.parametrize("text", ["a jazz trio of piano, bass and drums", "string quartet", "solo piano"])
def test_named_players_are_heard_in_most_bars(text: str) -> None:
    for seed in range(3):
        song = plan_song(SongSpec(description=text, seed=seed))
        for stem in song.stems:
            assert len(bars_with(song, [stem.name])) >= 0.6 * song.bars
