"""Who is asked for plays, and where nobody else may, nobody else does."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.plans.plan import SongPlan
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec, StemSpec
from structure.specs.wishes import Where, Wish, Wishes
from tests.builders import BASE_STYLES, nonempty
from tests.structure.planning.facts import bars_with, notes_of, programs_of, share_of, share_of_chords
from tests.structure.planning.plan_once import plan_once

HATS = {42, 44, 46}
TENTH = 16


def planned(*wishes: Wish, **fields: object) -> SongPlan:
    spec = SongSpec.model_validate({"description": "a song", "length": 60} | fields)
    return plan_once(spec, wishes=Wishes(wishes=wishes))


def only(players: str) -> Wish:
    return Wish(kind="ensemble", what=players)


def part(name: str) -> Wish:
    return Wish(kind="part", what=name)


def no(name: str) -> Wish:
    return Wish(kind="part", what=name, polarity="avoid")


ENSEMBLES = {
    "piano": [0],
    "guitar": [25],
    "violin": [40],
    "violin, violin, viola, cello": [40, 40, 41, 42],
    "string quartet": [40, 40, 41, 42],
    "flute, oboe, clarinet, bassoon": [73, 68, 71, 70],
    "cello, harp": [42, 46],
    "flute, guitar": [73, 25],
    "violin, cello": [40, 42],
    "flute, violin": [73, 40],
    "piano, violin, cello": [0, 40, 42],
    "piano, guitar": [0, 25],
    "choir": [52],
    "brass": [61],
    "choir, church organ": [52, 19],
    "trumpet, double bass": [56, 32],
}


@pytest.mark.slow
@pytest.mark.parametrize("genre", [None, "jazz", "techno"])
@pytest.mark.parametrize("players", ENSEMBLES)
def test_an_ensemble_is_exact_and_each_of_it_plays(players: str, genre: str | None) -> None:
    song = planned(only(players), genre=genre)
    assert all(stem.role != "drums" for stem in song.stems)
    programs = programs_of(song)
    assert set(programs.values()) == set(ENSEMBLES[players])
    for program, count in Counter(ENSEMBLES[players]).items():
        stems = [name for name, own in programs.items() if own == program]
        assert len(stems) >= count
        for group in [[stem] for stem in stems] if count > 1 else [stems]:
            assert share_of(song, group) >= 0.6, (program, group)


def test_a_trio_with_drums_has_its_drums_and_nobody_else() -> None:
    song = planned(only("piano, bass, drums"))
    assert song.genre == "jazz"
    assert {stem.role for stem in song.stems if stem.name == "drums"} == {"drums"}
    assert set(programs_of(song).values()) == {0, 33}
    assert {stem.role for stem in song.stems} == {"drums", "bass", "lead", "chords"}


@pytest.mark.slow
def test_drums_alone_are_drums_alone() -> None:
    (stem,) = planned(only("drums")).stems
    assert stem.role == "drums"


def test_two_parts_of_a_kit_are_two_lanes_of_one_kit() -> None:
    song = planned(only("kick, hi-hats"))
    (stem,) = song.stems
    keys = {note.pitch for note in notes_of(song, [stem.name])}
    assert 36 in keys
    assert keys & HATS
    assert keys <= {36, *HATS}


@pytest.mark.slow
@pytest.mark.parametrize("style", ["classical", "pop", "jazz", "reggae", "waltz", "metal"])
def test_a_solo_piano_plays_melody_harmony_and_bass_with_two_hands(style: str) -> None:
    song = planned(only("piano"), genre=style, key="C major")
    right, left = (next(s.name for s in song.stems if s.role == role) for role in ("lead", "chords"))
    for _, notes in groupby(nonempty(notes_of(song, [left])), key=lambda note: note.onset):
        struck = [note.pitch for note in notes]
        assert max(struck) - min(struck) <= TENTH
    for _, tune in groupby(nonempty(notes_of(song, [right])), key=lambda note: note.onset):
        assert len({note.pitch for note in tune}) == 1
    low = [note for note in notes_of(song, [left]) if note.pitch < 52]
    bar = song.meter.bar_quarters
    assert len({note.onset // bar for note in low}) > 0.6 * song.bars, "there is no bass"
    others = [planned(only("piano"), genre=style, key="C major", seed=seed) for seed in (1, 2, 3)]
    heard = [share_of_chords(one, [left]) for one in (song, *others)]
    assert sum(heard) / len(heard) > 0.8, "there is no harmony"


@pytest.mark.parametrize("players", ["violin, violin, viola, cello", "flute, oboe, clarinet, bassoon"])
def test_a_quartet_has_four_voices(players: str) -> None:
    song = planned(only(players), genre="classical")
    assert len(song.stems) == 4
    voices = {stem.role: [] for stem in song.stems}
    for stem in song.stems:
        notes = notes_of(song, [stem.name])
        voices[stem.role].append(sum(note.pitch for note in notes) / len(notes))
        assert len({note.onset for note in notes}) == len(notes), f"{stem.name} plays two notes at once"
    assert min(voices["lead"]) > max(voices["pad"]) > min(voices["pad"]) > max(voices["bass"])


def test_a_choir_sings_in_four_voices_each_in_its_range() -> None:
    song = planned(only("choir"))
    ranges = {"soprano": (60, 81), "alto": (55, 74), "tenor": (48, 68), "bass": (40, 60)}
    assert {stem.name for stem in song.stems} == set(ranges)
    for name, (low, high) in ranges.items():
        assert all(low <= note.pitch <= high for note in nonempty(notes_of(song, [name]))), name


def test_a_part_beside_an_ensemble_joins_it() -> None:
    song = planned(only("piano"), part("cello"))
    assert set(programs_of(song).values()) == {0, 42}


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_a_wanted_instrument_is_heard_in_most_bars_of_any_style(style: str) -> None:
    song = planned(part("trumpet"), part("music box"), part("drums"), genre=style)
    for program in (56, 10):
        stems = [name for name, own in programs_of(song).items() if own == program]
        assert share_of(song, nonempty(stems)) >= 0.6
    assert share_of(song, [stem.name for stem in song.stems if stem.role == "drums"]) >= 0.6


def test_several_of_one_kind_are_all_heard() -> None:
    song = planned(part("trumpet"), part("saxophone"), part("trombone"), genre="jazz")
    for programs in ({56}, {65, 66}, {57}):
        stems = [name for name, own in programs_of(song).items() if own in programs]
        assert share_of(song, nonempty(stems)) >= 0.6


@pytest.mark.slow
def test_a_style_plays_its_own_guitar_where_any_will_do() -> None:
    assert 29 in programs_of(planned(part("guitar"), genre="rock")).values()
    assert 24 in programs_of(planned(part("classical guitar"), genre="rock")).values()


def test_a_soloist_is_among_the_players() -> None:
    solo = Wish(kind="event", what="solo", where=Where(section="solo", stem="saxophone"))
    song = planned(solo, genre="pop")
    assert [stem.role for stem in song.stems if programs_of(song).get(stem.name) == 65] == ["lead"]


FAMILIES = {
    "guitar": range(24, 32),
    "strings": range(40, 52),
    "piano": range(4),
    "synth": range(80, 104),
    "choir": range(52, 55),
    "brass": range(56, 64),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("style", BASE_STYLES)
def test_an_unwanted_instrument_and_its_relatives_never_sound(style: str, name: str) -> None:
    song = planned(no(name), genre=style, length=40)
    assert song.stems
    assert not set(programs_of(song).values()) & set(FAMILIES[name])


@pytest.mark.parametrize("role", ["drums", "bass", "pad", "lead"])
def test_an_unwanted_role_is_nobodys(role: str) -> None:
    song = planned(no(role), genre="pop")
    assert song.stems
    assert all(stem.role != role for stem in song.stems)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "keys"), [("hi-hats", HATS), ("kick", {36}), ("snare", {37, 38})])
def test_a_part_of_the_kit_is_left_out_and_the_rest_goes_on(name: str, keys: set[int]) -> None:
    hits = {note.pitch for note in notes_of(planned(genre="rock"), ["drums"])}
    left = {note.pitch for note in notes_of(planned(no(name), genre="rock"), ["drums"])}
    assert hits & keys
    assert left == hits - keys


@pytest.mark.slow
@pytest.mark.parametrize(("name", "key"), [("claps", 39), ("tambourine", 54), ("cowbell", 56)])
def test_a_wanted_part_of_the_kit_is_struck(name: str, key: int) -> None:
    song = planned(part(name), genre="metal")
    bars = {
        note.onset // song.meter.bar_quarters for note in notes_of(song, ["drums"]) if note.pitch == key
    }
    assert len(bars) > 0.6 * song.bars


def test_claps_without_drums_are_claps_alone() -> None:
    song = planned(no("drums"), part("claps"), genre="pop")
    (drummer,) = [stem.name for stem in song.stems if stem.role == "drums"]
    assert {note.pitch for note in notes_of(song, [drummer])} == {39}


def test_the_stems_of_a_spec_rule_over_its_words() -> None:
    stems = (StemSpec(name="flute", role="lead", prompt="flute"),)
    assert [stem.name for stem in planned(only("piano"), stems=stems).stems] == ["flute"]


def test_words_for_the_sound_of_one_player_are_in_its_prompt_alone() -> None:
    sound = Wish(kind="sound", what="fuzzy", where=Where(stem="bass"))
    song = planned(sound, genre="rock")
    assert [stem.role for stem in song.stems if "fuzzy" in stem.prompt] == ["bass"]


def assert_nobody_is_silent(song: SongPlan) -> None:
    for stem in nonempty(song.stems):
        assert notes_of(song, [stem.name]), f"{stem.name} is silent"


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(style=st.sampled_from(style_names()), seconds=st.integers(10, 120), seed=st.integers(0, 2**40))
def test_nobody_is_silent(style: str, seconds: int, seed: int) -> None:
    assert_nobody_is_silent(planned(genre=style, length=seconds, seed=seed))


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
@pytest.mark.parametrize(("length", "seeds"), [(15, 3), (45, 3), (180, 1)])
def test_nobody_is_silent_in_any_style_and_length(style: str, length: int, seeds: int) -> None:
    for seed in range(seeds):
        assert_nobody_is_silent(planned(genre=style, length=length, seed=seed))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kick", "organ"])
def test_less_of_a_part_is_heard_in_less_than_half_of_the_bars(name: str) -> None:
    less = Wish(kind="part", what=name, polarity="less")
    with_less, without = planned(less, genre="rock", length=90), planned(genre="rock", length=90)
    shares = [
        len({n.onset // song.meter.bar_quarters for n in notes_of(song, ["drums"]) if n.pitch == 36})
        if name == "kick"
        else len(bars_with(song, ["organ"]))
        for song in (with_less, without)
    ]
    assert 0 < shares[0] <= 0.5 * with_less.bars
    assert shares[0] < shares[1]


def test_a_tambourine_of_the_choruses_is_in_no_verse() -> None:
    wish = Wish(kind="part", what="tambourine", where=Where(section="chorus"))
    song = planned(wish, genre="metal", length=None, form=["verse", "chorus", "verse", "chorus"])
    for visit in song.visits:
        keys = {note.pitch for note in visit.music.score.parts["drums"].notes}
        assert (54 in keys) == (visit.place.name == "chorus")


def test_a_sound_of_one_section_is_in_its_prompts_alone() -> None:
    wish = Wish(kind="sound", what="underwater", where=Where(section="chorus"))
    song = planned(wish, genre="pop", length=None, form=["verse", "chorus"])
    verse, chorus = song.visits
    assert all("underwater" in prompt for prompt in nonempty(chorus.sound.prompts.values()))
    assert not any("underwater" in prompt for prompt in nonempty(verse.sound.prompts.values()))
