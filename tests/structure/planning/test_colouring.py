"""Moods that the notes lack at first are there in the end, and nothing else is lost by it."""

from dataclasses import fields, replace

import pytest

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.description.reading import read_wishes
from structure.outcomes.listening import Song
from structure.outcomes.moods import directions_of, find_missing
from structure.planning.planner import plan_song
from structure.planning.wishes.colouring import with_moods
from structure.plans.plan import SongPlan
from structure.presets.moods import mood_feeling
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wish, Wishes

ONE = Fraction(1)

WAYS = {
    "mode": ("mode", {"major": 1, "minor": -1}),
    "tempo": ("tempo", {"fast": 1, "slow": -1}),
    "register": ("register", {"high": 1, "low": -1}),
    "density": ("density", {"dense": 1, "sparse": -1}),
    "articulation": ("articulation", {"short": 1, "long": -1}),
    "changes": ("harmony", {"many": 1, "few": -1}),
}
"""What the checks call a measure and its ways, and what the planner calls them."""


@pytest.fixture(scope="module")
def plain() -> SongPlan:
    return plan_song(SongSpec(description="a pop song", genre="pop", length="32 bars"))


def moods(*words: str) -> Wishes:
    return Wishes("", tuple(Wish(kind="mood", what=word) for word in words))


def names(plan: SongPlan) -> set[str]:
    return {stem.name for stem in plan.stems}


def notes(plan: SongPlan, role: str) -> list[object]:
    return [
        note
        for visit in plan.visits
        for part in visit.music.score.parts.values()
        if part.role == role
        for note in part.notes
    ]


def test_the_planner_and_the_checks_agree_what_each_mood_means() -> None:
    for group in read_data("outcomes.yaml")["moods"]:
        for word in group["words"]:
            feeling = mood_feeling(word)
            for measure, way in (directions_of(word) or {}).items():
                field, signs = WAYS[measure]
                assert getattr(feeling, field) * signs[way] > 0, f"{word}: {measure}"
    assert {field for field, _ in WAYS.values()} == {field.name for field in fields(mood_feeling("sad"))}


@pytest.mark.parametrize("word", ["smooth", "groovy", "staccato", "sad"])
def test_a_step_never_takes_a_mood_further_away(plain: SongPlan, word: str) -> None:
    wishes = moods(word)
    before = find_missing(Song(plain), wishes.wishes[0], wishes)
    led = with_moods(plain, wishes, names(plain))
    after = find_missing(Song(led), wishes.wishes[0], wishes)
    assert after.items() <= before.items()
    if led is not plain:
        assert len(after) < len(before)


def test_short_notes_are_let_go_earlier(plain: SongPlan) -> None:
    held = replace(
        plain,
        visits=tuple(
            replace(
                visit,
                music=replace(
                    visit.music,
                    score=replace(
                        visit.music.score,
                        parts={
                            name: replace(
                                part,
                                notes=tuple(
                                    n.move_to(n.onset, max(n.duration, Fraction(1))) for n in part.notes
                                ),
                            )
                            for name, part in visit.music.score.parts.items()
                        },
                    ),
                ),
            )
            for visit in plain.visits
        ),
    )
    wishes = moods("staccato")
    assert find_missing(Song(held), wishes.wishes[0], wishes) == {"articulation": "short"}
    led = with_moods(held, wishes, names(held))
    assert not find_missing(Song(led), wishes.wishes[0], wishes)
    assert notes(led, "drums") == notes(held, "drums")


@pytest.mark.parametrize("word", ["groovy", "staccato"])
def test_sections_still_return_and_no_pitch_is_struck_while_it_sounds(plain: SongPlan, word: str) -> None:
    led = with_moods(plain, moods(word), names(plain))
    same: dict[object, object] = {}
    for before, after in zip(plain.visits, led.visits, strict=True):
        key = tuple(sorted((name, part) for name, part in before.music.score.parts.items() if part.notes))
        found = after.music.score.parts
        assert same.setdefault(repr(key), found) == found
        for part in found.values():
            ends: dict[int, Fraction] = {}
            for note in sorted(part.notes, key=lambda note: note.onset):
                if part.role in ("chords", "pad", "arpeggio", "bass"):
                    assert note.onset >= ends.get(note.pitch, note.onset)
                ends[note.pitch] = note.end


def test_a_mood_of_a_part_of_the_song_is_left_to_the_arranger(plain: SongPlan) -> None:
    wishes = read_wishes("sad in the bridge")
    assert with_moods(plain, wishes, names(plain)) is plain


def test_stems_that_are_not_free_keep_their_notes(plain: SongPlan) -> None:
    assert with_moods(plain, moods("staccato"), ()) is plain
