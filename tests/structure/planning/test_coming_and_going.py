"""Who enters stays, who comes and goes does both, and keys climb as often as they are asked to."""

from __future__ import annotations

from itertools import pairwise

import pytest

from structure.base.labels import kind_of
from structure.description.reading import read_wishes
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from tests.structure.planning.plan_once import plan_once
from tests.structure.planning.wished import everybody, heard, kinds, visits_of

LINKS = ("intro", "interlude", "breakdown", "outro", "coda")


def planned(sentence: str) -> SongPlan:
    return plan_once(SongSpec(description=sentence), seed=1)


def unmet(plan: SongPlan) -> list[str]:
    outcomes = check_wishes(plan, read_wishes(plan.description))
    return [f"{o.wish.kind} {o.wish.what}: {o.why}" for o in outcomes if o.result == "impossible"]


def bars_after(plan: SongPlan, bar: int) -> set[int]:
    """Bars from one on, without the links between sections."""
    return {
        other
        for visit in plan.visits
        if kind_of(visit.place.name) not in LINKS
        for other in range(max(bar, visit.place.start_bar), visit.end_bar)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sentence", "stem"),
    [
        ("rock ballad, choir comes in at 1:00", "choir"),
        ("pop song, strings enter in the second verse", "strings"),
        ("folk rock, add brass from the second chorus on", "brass"),
        ("reggae, horns from the first chorus on", "horns"),
        ("cinematic trailer, choir joins at 0:45", "choir"),
    ],
)
def test_who_enters_is_there_to_the_end(sentence: str, stem: str) -> None:
    song = planned(sentence)
    played = heard(song, stem)
    assert min(played) > 8
    later = bars_after(song, min(played))
    assert len(later & played) >= 0.8 * len(later)
    assert not unmet(song)


def test_who_is_in_one_section_is_there_alone() -> None:
    song = planned("rock with a choir in the second chorus")
    chorus = visits_of(song, "chorus")[1]
    assert heard(song, "choir") <= set(range(chorus.place.start_bar, chorus.end_bar))
    assert heard(song, "choir")


def test_who_has_entered_leaves_where_that_is_asked_for() -> None:
    song = planned("lo-fi, saxophone enters in verse 2, just piano in the bridge")
    bridge = visits_of(song, "bridge")[0]
    inside = set(range(bridge.place.start_bar, bridge.end_bar))
    sax = heard(song, "lead")
    assert not sax & inside
    assert max(sax) > bridge.end_bar
    assert not unmet(song)


def test_a_guest_who_enters_after_a_solo_has_no_solo_before() -> None:
    song = planned("jazz trio, saxophone joins after the first solo")
    assert min(heard(song, "saxophone")) == visits_of(song, "solo")[0].end_bar
    assert not unmet(song)


def test_one_who_enters_twice_is_away_in_between() -> None:
    song = planned("a folk song: banjo enters at 0:40 and comes back for the last chorus")
    last = visits_of(song, "chorus")[-1]
    before = song.visits[song.visits.index(last) - 1]
    played = heard(song, "banjo")
    assert not played & set(range(before.place.start_bar, before.end_bar))
    assert min(played) < before.place.start_bar
    assert last.place.start_bar in played


@pytest.mark.parametrize(
    ("sentence", "stem"),
    [
        ("lo-fi hip hop, the flute drops in and out", "lead"),
        ("string quartet, the viola comes and goes", "viola"),
        ("techno, vocals fade in and out", "vocals"),
        ("dub, the drums drop in and out", "drums"),
    ],
)
def test_who_comes_and_goes_plays_and_rests_in_turn(sentence: str, stem: str) -> None:
    song = planned(sentence)
    played = heard(song, stem)
    entries = [bar for bar in played if bar - 1 not in played]
    assert len(entries) >= 4
    assert 0.25 * song.bars <= len(played) <= 0.75 * song.bars
    assert everybody(song) == set(range(song.bars))
    assert not unmet(song)


def lifts(song: SongPlan) -> list[int]:
    return [visit.music.lift for visit in song.visits]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sentence", "steps"),
    [
        ("pop ballad, modulates twice", [2, 2]),
        ("pop song that modulates up a half step twice", [1, 1]),
        ("schlager with three modulations", [2, 2, 2]),
        ("rock, two key changes", [2, 2]),
        ("string quartet, modulates down a third twice", [-4, -4]),
        ("ein Popsong, der zweimal moduliert", [2, 2]),
    ],
)
def test_a_key_climbs_as_often_as_it_is_asked_to(sentence: str, steps: list[int]) -> None:
    song = planned(sentence)
    keys = [0, *lifts(song)]
    assert [after - before for before, after in pairwise(keys) if after != before] == steps
    assert not unmet(song)


@pytest.mark.parametrize(
    ("sentence", "kind", "step"),
    [
        ("gospel, goes up a step in each chorus", "chorus", 2),
        ("soul, each chorus is a semitone higher than the last", "chorus", 1),
        ("EDM, goes up a semitone at every drop", "drop", 1),
    ],
)
def test_a_key_climbs_with_each_refrain(sentence: str, kind: str, step: int) -> None:
    song = planned(sentence)
    found = [visit.music.lift for visit in visits_of(song, kind)]
    assert found == [step * n for n in range(len(found))]
    assert not unmet(song)


def test_a_song_in_one_key_is_held_to_it() -> None:
    asked = read_wishes("pop song, no key change")
    for sentence, results in (("pop song", {"obeyed"}), ("pop song, modulates twice", {"impossible"})):
        song = planned(sentence)
        of_key = [o.result for o in check_wishes(song, asked) if o.wish.kind == "key"]
        assert set(of_key) == results


@pytest.mark.parametrize(
    "sentence",
    [
        "loopable battle music, 90 seconds",
        "chiptune, loopable, 1 minute",
        "string quartet, a seamless loop",
        "12 bar blues, loops back to the start",
        "techno, must loop",
    ],
)
def test_a_loop_has_no_ending_and_goes_on_in_its_first_bar(sentence: str) -> None:
    song = planned(sentence)
    assert song.loops
    assert not {"intro", "outro", "coda"} & set(kinds(song))
    assert song.visits[-1].music.lift == 0
    assert song.grid.spans[0].goes_on(song.grid.spans[-1])
    last = song.visits[-1]
    bar = last.music.score.chords[-1].end / last.bars
    onsets = {note.onset for part in last.music.score.parts.values() for note in part.notes}
    assert any(onset >= (last.bars - 1) * bar + bar / 2 for onset in onsets)
    assert not {"fade", "stop", "ritardando", "fermata", "tag"} & {event.do for event in last.music.events}
    assert not unmet(song)


def test_songs_that_end_are_no_loops() -> None:
    asked = read_wishes("loopable")
    for sentence in (
        "pop song, fades out",
        "classical piece with a ritardando at the end",
        "pop, a held last chord",
    ):
        song = planned(sentence)
        assert not song.loops
        assert [o.result for o in check_wishes(song, asked)] == ["impossible"]


def test_braams_strike_where_refrains_begin() -> None:
    song = planned("trailer, braams then strings")
    refrains = [visit for visit in song.visits if kind_of(visit.place.name) in ("chorus", "drop", "hook")]
    for visit in refrains:
        assert ("impact", 1) in {(event.do, event.bar) for event in visit.music.events}


def test_a_song_that_stops_dead_has_no_calm_ending_before() -> None:
    stops = planned("dark trailer, ends with a hard stop")
    assert kinds(stops)[-1] not in ("outro", "coda")
    assert kinds(planned("pop with an outro, ends with a sudden stop"))[-1] == "outro"
    assert not unmet(stops)


def test_a_voice_stops_with_the_others() -> None:
    song = plan_once(SongSpec(description="synth-pop with vocals, ends abruptly"), seed=0)
    assert not unmet(song)
    last = song.visits[-1]
    for part in last.music.score.parts.values():
        end = (last.bars - 1) * song.meter.bar_quarters + 1
        assert all(note.onset < end for note in part.notes)


@pytest.mark.parametrize(
    ("sentence", "stem", "kind"),
    [
        ("folk song with an oboe in the bridge", "oboe", "bridge"),
        ("jazz, violin in the intro", "violin", "intro"),
        ("techno with a piano in the breakdown", "piano", "breakdown"),
        ("gothic metal with a baroque harpsichord intro", "harpsichord", "intro"),
        ("funk with choir in the last chorus only", "choir", "chorus"),
    ],
)
def test_guests_leave_the_band_as_it_is(sentence: str, stem: str, kind: str) -> None:
    song = plan_once(SongSpec(description=sentence), seed=0)
    inside = {bar for visit in visits_of(song, kind) for bar in range(visit.place.start_bar, visit.end_bar)}
    assert heard(song, stem)
    assert heard(song, stem) <= inside
    others = [one for one in song.stems if one.name != stem and one.role in ("chords", "lead", "pad")]
    assert any(heard(song, one.name) - inside for one in others)


def test_a_trumpet_from_a_time_on_leaves_the_tune_before_it_to_another() -> None:
    song = plan_once(SongSpec(description="indie pop, a trumpet from 1:30 on"), seed=0)
    first = min(heard(song, "trumpet"))
    assert len(heard(song, "lead") & set(range(first))) >= 0.4 * first
    assert not unmet(song)


def test_everything_but_the_drums_is_all_others() -> None:
    song = plan_once(SongSpec(description="post rock, everything but the drums in the outro"), seed=0)
    outro = set(range(song.visits[-1].place.start_bar, song.bars))
    assert not heard(song, "drums") & outro
    assert everybody(song) >= outro
    assert not unmet(song)


def test_strings_that_drop_in_and_out_are_not_the_violin_with_the_tune() -> None:
    song = plan_once(SongSpec(description="ballad, strings drop in and out"), seed=0)
    assert len(heard(song, "lead") - heard(song, "strings")) >= 8
    assert not unmet(song)


def test_a_loop_that_ends_in_another_key_is_said_to_be_none() -> None:
    sentence = "loopable 45 second menu theme, marimba and harp, goes up a step in the middle"
    assert any("another key" in line for line in unmet(plan_once(SongSpec(description=sentence), seed=0)))


def test_what_comes_then_enters_behind_what_went_before() -> None:
    song = plan_once(
        SongSpec(
            description="rock ballad, acoustic guitar until the second chorus, then e-guitar and organ"
        ),
        seed=0,
    )
    chorus = visits_of(song, "chorus")[1].place.start_bar
    assert max(heard(song, "guitar")) < chorus
    assert min(heard(song, "guitar-2")) == min(heard(song, "organ")) == chorus
    assert not unmet(song)


def test_braams_then_strike_where_the_quiet_start_is_over() -> None:
    song = plan_once(
        SongSpec(description="trailer music, quiet piano for the first ten seconds, then braams and choir"),
        seed=0,
    )
    impacts = [
        visit.place.start_bar + event.bar - 1
        for visit in song.visits
        for event in visit.music.events
        if event.do == "impact" and event.stem == "all"
    ]
    assert impacts == [min(heard(song, "choir"))]
    assert 8 <= song.grid.seconds_at(song.grid.quarters_at_bar(impacts[0])) <= 12
    assert not unmet(song)


def test_a_quartet_in_a_breakdown_has_four_players_there() -> None:
    song = plan_once(SongSpec(description="drum and bass with a string quartet in the breakdown"), seed=0)
    assert {"violin", "violin-2", "viola", "cello"} <= {stem.name for stem in song.stems}
    assert not unmet(song)


def test_a_slide_guitar_for_one_verse_leaves_the_guitar_its_tune() -> None:
    song = plan_once(SongSpec(description="blues, slide guitar in the second verse"), seed=0)
    verse = visits_of(song, "verse")[1]
    inside = set(range(verse.place.start_bar, verse.end_bar))
    assert heard(song, "guitar-2") <= inside
    assert len(heard(song, "guitar") - inside) >= 0.4 * song.bars
