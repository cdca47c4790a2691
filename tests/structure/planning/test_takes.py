"""Takes: other ways in which a stem can play a section, while all else stays as it is."""

from __future__ import annotations

import pytest

from render.clips.wanted import ClipPlan
from structure.base.errors import PlanError, SpecError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.tones import ToneBackend

SONG = """
genre: {genre}
seed: 5
stems:
  - {{name: kit, role: drums}}
  - {{name: low, role: bass}}
  - {{name: keys, role: chords}}
  - {{name: tune, role: lead}}
form: [verse, chorus, verse, {{section: chorus, variation: 0{visit}}}]
sections:
  verse: {{bars: 8, variation: 0}}
  chorus: {{bars: 8, energy: 0.8, stems: [kit, low, keys, tune]{section}}}
"""

Place = tuple[str, int, str]


def planned(genre: str = "pop", section: str = "", visit: str = "") -> SongPlan:
    text = SONG.format(genre=genre, section=section and f", {section}", visit=visit and f", {visit}")
    return plan_song(parse_spec(text, "song.yaml"))


def other_parts(plan: SongPlan, than: SongPlan) -> set[Place]:
    """Section, visit and stem of all parts that differ."""
    return {
        (visit.place.name, visit.place.index, stem.name)
        for visit, before in zip(plan.visits, than.visits, strict=True)
        for stem in plan.stems
        if visit.music.score.parts.get(stem.name) != before.music.score.parts.get(stem.name)
    }


def other_clips(plan: SongPlan, than: SongPlan) -> set[Place]:
    backend = ToneBackend()
    keys = [
        {
            (clip.visit.place.name, clip.visit.place.index, clip.stem.name): clip.key
            for clip in found.all_clips
        }
        for found in (ClipPlan.of(plan, backend), ClipPlan.of(than, backend))
    ]
    return {place for place, key in keys[0].items() if keys[1].get(place) != key}


@pytest.mark.parametrize("genre", ["pop", "jazz", "funk"])
@pytest.mark.parametrize("stem", ["kit", "low", "keys", "tune"])
def test_a_take_plays_other_notes_and_no_other_stem_does(genre: str, stem: str) -> None:
    first = planned(genre)
    takes = [planned(genre, f"take: {{{stem}: {number}}}") for number in (2, 3)]
    for plan in takes:
        assert other_parts(plan, first) == {("chorus", 1, stem), ("chorus", 2, stem)}
        assert plan.visits[1].music.score == plan.visits[3].music.score
    assert takes[0].visits[1].music.score != takes[1].visits[1].music.score
    assert takes[0] == planned(genre, f"take: {{{stem}: 2}}")


def test_the_first_take_is_what_the_seed_gives() -> None:
    assert planned(section="take: {tune: 1, low: {notes: 1, sound: 1}}") == planned()


def test_another_sound_has_the_same_notes() -> None:
    first, other = planned(), planned(section="take: {tune: {sound: 2}}")
    assert other_parts(other, first) == set()
    assert other_clips(other, first) == {("chorus", 1, "tune"), ("chorus", 2, "tune")}
    assert other.visits[1].sound.takes == {"tune": 2}
    assert other_clips(planned(section="take: {tune: {sound: 3}}"), other) == other_clips(other, first)


def test_other_notes_with_the_first_sound() -> None:
    first, other = planned(), planned(section="take: {low: {notes: 2}}")
    assert other.visits[1].music.takes == {"low": 2}
    assert other.visits[1].sound.takes == {}
    assert other_clips(other, first) == {("chorus", 1, "low"), ("chorus", 2, "low")}


def test_a_visit_has_takes_of_its_own_and_the_others_of_its_section() -> None:
    section = "take: {low: 2, tune: 2}"
    every, one = planned(section=section), planned(section=section, visit="take: {tune: 1}")
    assert other_parts(one, every) == {("chorus", 2, "tune")}
    assert other_parts(one, planned()) == {
        ("chorus", 1, "low"),
        ("chorus", 2, "low"),
        ("chorus", 1, "tune"),
    }


def test_a_second_voice_goes_with_the_take_of_the_melody() -> None:
    """It would clash with the new tune otherwise."""
    text = SONG.replace("role: lead}}", "role: lead}}\n  - {{name: second, role: lead}}")
    text = text.replace("keys, tune]", "keys, tune, second]")
    first, other = (
        plan_song(parse_spec(text.format(genre="pop", section=section, visit=""), "song.yaml"))
        for section in ("", ", take: {tune: 2}")
    )
    assert {stem for _, _, stem in other_parts(other, first)} == {"tune", "second"}


@pytest.mark.parametrize(
    ("take", "error", "said"),
    [
        ("take: {flute: 2}", PlanError, "stem 'flute', which does not exist"),
        ("take: {tune: 0}", SpecError, "at least 1, got 0"),
        ("take: {tune: {note: 2}}", SpecError, "note"),
    ],
)
def test_takes_that_cannot_be_are_named(take: str, error: type[Exception], said: str) -> None:
    with pytest.raises(error) as caught:
        planned(section=take)
    assert said in str(caught.value)
