"""What is asked of a part of a song, or of a moment in it, is heard there and nowhere else."""

from __future__ import annotations

import pytest

from structure.arrange.drums import KEYS
from structure.description.reading import read_wishes
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from tests.structure.planning.plan_once import plan_once
from tests.structure.planning.wished import everybody, force, heard, kinds, seconds_at, visits_of


def planned(sentence: str) -> SongPlan:
    return plan_once(SongSpec(description=sentence), seed=1)


def unmet(plan: SongPlan) -> list[str]:
    outcomes = check_wishes(plan, read_wishes(plan.description))
    return [f"{o.wish.kind} {o.wish.what}: {o.why}" for o in outcomes if o.result == "impossible"]


def bars_of(plan: SongPlan, kind: str, number: int) -> range:
    visit = visits_of(plan, kind)[number]
    return range(visit.place.start_bar, visit.end_bar)


QUARTET = {"violin", "violin-2", "viola", "cello"}


def test_a_guest_of_a_quartet_plays_from_its_entry_on_and_the_quartet_all_the_time() -> None:
    song = planned("string quartet, a trumpet enters in the last chorus")
    last = bars_of(song, "chorus", -1)
    assert {stem.name for stem in song.stems} == {*QUARTET, "trumpet"}
    assert min(heard(song, "trumpet")) in range(last.start, last.start + 2)
    for member in QUARTET:
        assert len(heard(song, member)) >= 0.6 * song.bars
    assert not unmet(song)


def test_guests_of_a_trio_play_alone_where_only_they_are_asked_for() -> None:
    song = planned("afrobeats for two violins and piano, just harp and guitar at the end")
    end = set(range(song.bars - 4, song.bars))
    assert heard(song, "harp") | heard(song, "guitar") <= end
    assert heard(song, "harp") and heard(song, "guitar")
    assert not any(heard(song, name) & end for name in ("violin", "violin-2", "piano"))


def test_a_soloist_from_outside_has_the_tune_in_its_solo_alone() -> None:
    song = planned("drill for brass quintet, a saxophone solo in the second half")
    assert not unmet(song)
    bars = heard(song, "saxophone")
    assert min(bars) >= song.bars // 3
    assert len(bars) <= 16


def test_four_of_one_instrument_are_four_players_the_lowest_too() -> None:
    song = planned("four cellos, in D major")
    assert len(song.stems) == 4
    assert not unmet(song)


@pytest.mark.parametrize(
    ("sentence", "section", "number"),
    [
        ("soul, everything stops in the second verse", "verse", 1),
        ("electro swing, everything stops in the intro", "intro", 0),
    ],
)
def test_all_rest_for_a_bar_of_a_section_and_play_in_the_rest_of_it(
    sentence: str, section: str, number: int
) -> None:
    song = planned(sentence)
    bars = set(bars_of(song, section, number))
    silent = bars - everybody(song)
    assert len(silent) == 1
    assert not unmet(song)


def test_the_last_thirty_seconds_are_not_only_the_last_bars() -> None:
    song = planned("the last 30 seconds are just piano")
    others = {bar for stem in song.stems if stem.role not in ("chords",) for bar in heard(song, stem.name)}
    lasts = seconds_at(song, song.bars) - seconds_at(song, max(others) + 1)
    assert 27 <= lasts <= 33


def test_the_second_half_is_all_of_it() -> None:
    song = planned("whisper quiet first half, loud second half")
    half = next(v.place.start_bar for v in song.visits if v.place.start_bar >= 0.4 * song.bars)
    first, second = range(half), range(half, song.bars)
    assert force(song, second) > 3 * force(song, first)
    quarters = [range(half + n * len(second) // 4, half + (n + 1) * len(second) // 4) for n in range(4)]
    assert all(force(song, bars) > 2 * force(song, first) for bars in quarters)


def test_quiet_verses_have_a_tune_and_only_a_soft_one() -> None:
    song = planned("quiet verses, loud choruses, pop")
    for verse in visits_of(song, "verse"):
        bars = range(verse.place.start_bar, verse.end_bar)
        assert len(heard(song, "lead") & set(bars)) >= 0.5 * len(bars)
    verse, chorus = bars_of(song, "verse", 0), bars_of(song, "chorus", 0)
    assert force(song, verse) < 0.5 * force(song, chorus)


@pytest.mark.parametrize("seed", [0, 3, 4, 6])
def test_a_song_that_ends_with_a_solo_has_no_more_solos_because_of_that(seed: int) -> None:
    spec = SongSpec(description="rock, guitar solo at the end")
    ends, plain = plan_once(spec, seed=seed), plan_once(SongSpec(description="rock"), seed=seed)
    assert kinds(ends)[-1] == "solo"
    assert kinds(ends).count("solo") <= kinds(plain).count("solo") + 1


def test_genres_are_those_of_the_sections_that_they_stand_before() -> None:
    song = planned("surf rock verses with a doo-wop chorus")
    assert {v.music.genre for v in visits_of(song, "chorus")} == {"doo-wop"}
    assert {v.music.genre for v in visits_of(song, "verse")} == {None}
    whole = planned("a bossa nova bridge in the middle of a metal song")
    assert whole.genre == "metal"
    assert {v.music.genre for v in visits_of(whole, "bridge")} == {"bossa-nova"}


def test_claps_take_the_place_of_the_drums_where_they_are_asked_for() -> None:
    song = planned("bedroom pop, swap the drums for claps in the bridge")
    for bridge in visits_of(song, "bridge"):
        keys = {note.pitch for note in bridge.music.score.parts["drums"].notes}
        assert keys == {KEYS["clap"]}


def test_congas_come_in_at_their_bar_in_a_style_that_has_none() -> None:
    song = planned("deep house, congas come in at bar 17")
    congas = {KEYS["conga_high"], KEYS["conga_low"]}
    struck = {
        v.place.start_bar + int(note.onset / song.meter.bar_quarters)
        for v in song.visits
        if "drums" in v.music.score.parts
        for note in v.music.score.parts["drums"].notes
        if note.pitch in congas
    }
    assert min(struck) in (16, 17)


def test_hats_alone_for_eight_bars_are_the_last_eight_before_the_drop() -> None:
    song = planned("drum and bass, only the hi-hats for 8 bars before the drop")
    drop = bars_of(song, "drop", 0).start
    assert heard(song, "bass") & set(range(drop - 8))
    assert not heard(song, "bass") & set(range(drop - 8, drop))


def test_the_key_rises_in_every_chorus() -> None:
    song = planned("gospel choir and hammond, key goes up a half step every chorus")
    lifts = [visit.music.lift for visit in visits_of(song, "chorus")]
    assert lifts == list(range(len(lifts)))
    assert len(lifts) > 2


def test_a_new_key_at_a_bar_stays() -> None:
    song = planned("neo soul in C major, changes to A minor at bar 17")
    keys = [visit.music.key for visit in song.visits]
    first = keys.index("A minor")
    assert abs(song.visits[first].place.start_bar - 16) <= 8
    assert set(keys[first:]) == {"A minor"}


def test_the_sound_of_a_last_chorus_is_asked_for_there_alone() -> None:
    song = planned("soul, pizzicato strings in the last chorus")
    said = ["pizzicato" in " ".join(visit.sound.prompts.values()) for visit in song.visits]
    assert said.count(True) == 1
    assert said.index(True) == max(i for i, kind in enumerate(kinds(song)) if kind == "chorus")


def test_faster_before_the_last_chorus_is_the_section_before_it() -> None:
    song = planned("bolero, faster before the last chorus")
    last = visits_of(song, "chorus")[-1].place.start_bar
    tempi = [float(song.grid.span_at(song.grid.quarters_at_bar(bar)).tempo_bpm) for bar in range(last)]
    assert tempi[-1] > 1.1 * tempi[0]
    assert not unmet(song)


def test_a_bass_answers_in_a_duo() -> None:
    song = planned("bassoon and double bass duo, they answer each other")
    assert not unmet(song)


@pytest.mark.parametrize(
    "sentence",
    [
        "uplifting soul for piano trio",
        "nervous hip hop for a wind quintet",
        "heroic march for wind quintet",
    ],
)
def test_small_groups_have_the_moods_that_need_many_strokes(sentence: str) -> None:
    assert not unmet(planned(sentence))
