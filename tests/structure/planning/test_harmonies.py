"""Harmony that is asked for is in the chords and in the notes; the chords of a spec win over it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from structure.base.datafiles import read_data
from structure.harmony.bars import parse_bars
from structure.harmony.keys import MODES, Key, parse_key
from structure.harmony.kinds import harmony_called
from structure.plans.plan import SongPlan, Visit
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import LAST, Where, Wish
from tests.structure.planning.wished import END, place, planned, visits_of


def harmony(what: str, **other: object) -> Wish:
    return Wish(kind="harmony", what=what, **other)  # type: ignore[arg-type]


def steps(plan: SongPlan, visit: Visit) -> list[int]:
    """Semitones of each chord's root above the song's tonic, without repetitions."""
    tonic = parse_key(plan.key).root
    found = [(chord.root - tonic) % 12 for chord in visit.music.score.chords]
    return [step for i, step in enumerate(found) if i == 0 or found[i - 1] != step]


def share_of_rich_chords(plan: SongPlan) -> float:
    chords = [chord for visit in plan.visits for chord in visit.music.score.chords]
    return sum(len(set(chord.pitch_classes)) > 3 for chord in chords) / len(chords)


@pytest.mark.slow
@pytest.mark.parametrize("words", ["I V vi IV", "I-V-vi-IV", "I | V | vi | IV"])
def test_steps_are_the_chords_of_every_section(words: str) -> None:
    plan = planned("rock", harmony(words))
    assert parse_key(plan.key).family == "major"
    whole = {visit.place.name: visit.bars for visit in sorted(plan.visits, key=lambda visit: visit.bars)}
    for visit in plan.visits[:-1]:
        if visit.bars == whole[visit.place.name]:  # a shorter one plays the last bars of its section
            assert steps(plan, visit)[:4] == [0, 7, 9, 5]
    last = steps(plan, plan.visits[-1])
    assert last[:3] == [0, 7, 9]
    assert last[-1] == 0  # the song ends at home


def test_a_progression_of_small_numerals_makes_the_song_minor() -> None:
    plan = planned("pop", harmony("i VI III VII"))
    assert parse_key(plan.key).family == "minor"
    assert steps(plan, plan.visits[0])[:4] == [0, 8, 3, 10]


def test_chords_by_name_are_at_home_on_their_first() -> None:
    plan = planned("pop", harmony("Am F C G"))
    assert plan.key == "A minor"
    assert [c.symbol for c in plan.visits[1].music.score.chords[:4]] == ["Am", "F", "C", "G"]


@pytest.mark.slow
def test_a_progression_of_one_section_leaves_the_others_as_they_are() -> None:
    plain = planned("pop")
    plan = planned("pop", harmony("I bVII IV I", where=place("bridge")))
    assert steps(plan, visits_of(plan, "bridge")[0])[:3] == [0, 10, 5]
    scores = [visits_of(song, "verse")[0].music.score for song in (plan, plain)]
    assert scores[0].chords == scores[1].chords
    players = [
        {name: part for name, part in score.parts.items() if part.role != "effects"} for score in scores
    ]
    assert players[0] == players[1]


@pytest.mark.slow
def test_a_progression_of_one_visit_is_in_that_alone() -> None:
    plain = planned("pop")
    plan = planned("pop", harmony("drone", where=Where(section="chorus", visit=LAST)))
    first, last = visits_of(plan, "chorus")[0], visits_of(plan, "chorus")[-1]
    assert first.music == visits_of(plain, "chorus")[0].music
    assert len({chord.root for chord in last.music.score.chords}) == 1


@pytest.mark.slow
def test_the_chords_of_a_spec_win() -> None:
    spec = SongSpec(
        description="pop song", sections={"chorus": SectionSpec(chords="F | G | C | C")}, key="C"
    )
    plan = planned("pop", harmony("jazzy chords"), harmony("drone"), spec=spec)
    chorus = visits_of(plan, "chorus")[0]
    assert [chord.symbol for chord in chorus.music.score.chords[:3]] == ["F", "G", "C"]


@pytest.mark.slow
def test_jazzy_chords_have_sevenths_and_simple_ones_are_three_triads() -> None:
    assert share_of_rich_chords(planned("rock", harmony("jazzy chords"))) > 0.9
    simple = planned("jazz", harmony("simple chords"))
    assert share_of_rich_chords(simple) == 0
    tonic = parse_key(simple.key).root
    roots = {(c.root - tonic) % 12 for v in simple.visits for c in v.music.score.chords}
    assert roots == {0, 5, 7}


@pytest.mark.slow
def test_a_drone_is_one_root() -> None:
    plan = planned("folk", harmony("drone"))
    for visit in plan.visits:
        assert {chord.root for chord in visit.music.score.chords} == {parse_key(plan.key).root}


@pytest.mark.slow
def test_a_player_who_holds_a_drone_has_one_note_under_chords_that_change() -> None:
    plan = planned("pop", harmony("drone", where=Where(stem="pad")))
    verse = visits_of(plan, "verse")[0]
    assert {note.pitch % 12 for note in verse.music.score.parts["pad"].notes} == {parse_key(plan.key).root}
    assert len({chord.root for chord in verse.music.score.chords}) > 2


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["dorian", "phrygian", "lydian", "mixolydian"])
def test_a_mode_is_heard_by_the_step_that_makes_it(mode: str) -> None:
    plan = planned("folk", harmony(mode))
    key = parse_key(plan.key)
    plain = set(Key(key.tonic, key.family).scale)
    own, missing = set(key.scale) - plain, plain - set(key.scale)
    times = [0.0] * 12
    for visit in plan.visits:
        for part in visit.music.score.parts.values():
            for note in part.notes if part.role != "drums" else ():
                times[note.pitch % 12] += float(note.duration)
    assert key.mode == mode
    assert sum(times[step] for step in own) > 3 * sum(times[step] for step in missing)


def test_a_bass_line_descends() -> None:
    plan = planned("pop", harmony("descending bass line"))
    verse = visits_of(plan, "verse")[0]
    basses = [chord.bass for chord in verse.music.score.chords[:4]]
    assert all((a - b) % 12 in (1, 2) for a, b in pairwise(basses))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "root", "has_third"),
    [("unresolved", 7, False), ("open", 0, False), ("picardy third", 0, True)],
)
def test_the_last_chord_is_as_it_is_asked_for(words: str, root: int, has_third: bool) -> None:
    plan = planned("folk", harmony(words, when=END), Wish(kind="key", what="A minor"))
    last = plan.visits[-1].music.score.chords[-1]
    assert (last.root - 9) % 12 == root
    assert ((last.root + 4) % 12 in last.pitch_classes) == has_third
    sounding = {
        note.pitch % 12
        for part in plan.visits[-1].music.score.parts.values()
        for note in part.notes
        if part.role != "drums" and note.end >= last.end - 1
    }
    assert sounding <= set(last.pitch_classes)


@pytest.mark.parametrize("name", sorted(read_data("harmonies.yaml")))
def test_every_kind_of_harmony_can_be_read(name: str) -> None:
    kind = harmony_called(name)
    assert kind is not None
    assert kind.progressions or kind.chords or kind.ends or kind.steps
    assert kind.mode is None or kind.mode in MODES
    for family, texts in (*kind.progressions.items(), *((f, (t,)) for f, t in kind.ends.items())):
        mode = kind.mode if kind.mode and Key("D", kind.mode).family == family else family
        for text in texts:
            assert len(parse_bars(text, Key("D", mode))) >= 1


def test_what_is_no_harmony_is_none() -> None:
    assert harmony_called("purple") is None
    assert harmony_called("I") is None
