"""Ways of playing that are asked for are in the notes: by sentences, ``playing:`` and words of prompts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from structure.arrange.articulation.ways import way_called, what_is_played
from structure.base.types import UNWANTED, Articulation, Way
from structure.description.reading import read_wishes
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan
from structure.plans.score import Note
from structure.specs.spec import SongSpec
from tests.structure.planning.plan_once import plan_once


def planned(sentence: str) -> SongPlan:
    return plan_once(SongSpec(description=sentence), seed=1)


def of_spec(*stems: dict[str, Any], genre: str = "pop") -> SongPlan:
    spec = {"genre": genre, "form": ["verse", "chorus"], "stems": [*stems]}
    return plan_once(SongSpec.model_validate(spec), seed=1)


def notes_of(plan: SongPlan, stems: Collection[str], section: str = "") -> list[Note]:
    return [
        note
        for visit in plan.visits
        if section in ("", visit.place.name)
        for name, part in visit.music.score.parts.items()
        if name in stems
        for note in part.notes
    ]


def named(plan: SongPlan, word: str) -> list[str]:
    return [stem.name for stem in plan.stems if word in f"{stem.name} {stem.prompt}"]


def share(notes: list[Note], *marks: Articulation) -> float:
    assert notes
    return sum(note.articulation in marks for note in notes) / len(notes)


@pytest.mark.parametrize(
    ("sentence", "player", "marks", "least"),
    [
        ("legato strings, slow", "strings", ("legato",), 0.6),
        ("staccato strings", "strings", ("staccato",), 0.95),
        ("string quartet playing staccato", "violin", ("staccato",), 0.95),
        ("solo flute with a lot of vibrato", "flute", ("vibrato",), 0.02),
        ("metal with palm-muted guitars", "palm muted", ("palm_mute",), 0.6),
        ("pizzicato strings", "strings", ("pizzicato",), 0.95),
        ("house with strummed guitar", "strummed", ("strum_down", "strum_up"), 0.95),
        ("solo violin with glissando", "violin", ("slide",), 0.2),
        ("strings play marcato", "strings", ("marcato",), 0.2),
        ("pop song with flams on the snare", "drum", ("flam",), 0.01),
    ],
)
def test_what_is_asked_is_played(
    sentence: str, player: str, marks: tuple[Articulation, ...], least: float
) -> None:
    plan = planned(sentence)
    assert share(notes_of(plan, named(plan, player)), *marks) >= least
    outcomes = check_wishes(plan, read_wishes(sentence))
    said = [o for o in outcomes if o.wish.kind == "sound"]
    assert said
    assert all(o.result == "obeyed" and o.evidence.startswith("planned, ") for o in said)


def test_bends_are_played_by_who_can_bend() -> None:
    plan, usual = planned("blues guitar with lots of bends, and piano"), planned("blues guitar and piano")
    bends = [sum(bool(note.bend) for note in notes_of(p, named(p, "guitar"))) for p in (plan, usual)]
    assert bends[0] > 2 * bends[1]
    assert not any(note.bend for note in notes_of(plan, named(plan, "piano")))


def test_long_notes_have_the_vibrato_that_is_asked_for() -> None:
    plan, usual = planned("solo flute with a lot of vibrato"), planned("solo flute")
    held = [[n for n in notes_of(p, ["flute"]) if n.duration >= 1] for p in (plan, usual)]
    assert share(held[0], "vibrato") > 0.6
    assert share(held[0], "vibrato") > 2 * share(held[1], "vibrato")


def test_who_is_not_named_is_left_as_usual() -> None:
    plan = planned("folk duo: legato violin and guitar")
    usual = planned("folk duo: violin and guitar")
    marks = [Counter(n.articulation for n in notes_of(p, named(p, "guitar"))) for p in (plan, usual)]
    assert marks[0] == marks[1]
    violins = [share(notes_of(p, named(p, "violin")), "legato") for p in (plan, usual)]
    assert violins[0] > violins[1]


@pytest.mark.parametrize("way", ["vibrato", "legato"])
def test_what_is_unwanted_is_not_played(way: Way) -> None:
    usual, without = (
        planned("folk duo: violin and guitar"),
        planned(f"folk duo: violin and guitar, no {way}"),
    )
    marks = what_is_played(way).marks
    assert share(notes_of(usual, named(usual, "violin")), *marks) > 0.0
    assert share(notes_of(without, [stem.name for stem in without.stems]), *marks) == 0.0


def test_a_way_in_one_section_stays_there() -> None:
    plan = planned("string quartet, verse staccato, chorus legato")
    strings = [stem.name for stem in plan.stems]
    assert share(notes_of(plan, strings, "verse"), "staccato") > 0.9
    assert share(notes_of(plan, strings, "chorus"), "staccato") < 0.2
    assert share(notes_of(plan, strings, "chorus"), "legato") > 0.3


def test_staccato_is_half_as_long_and_keeps_its_places() -> None:
    plain = of_spec({"name": "strings", "role": "pad", "prompt": "strings"})
    short = of_spec({"name": "strings", "role": "pad", "prompt": "strings", "playing": ["staccato"]})
    pairs = list(zip(notes_of(plain, ["strings"]), notes_of(short, ["strings"]), strict=True))
    assert all((a.onset, a.pitch, a.velocity) == (b.onset, b.pitch, b.velocity) for a, b in pairs)
    assert any(b.duration == a.duration / 2 for a, b in pairs)
    assert all(b.duration in (a.duration, a.duration / 2) for a, b in pairs)


def test_a_spec_says_how_a_stem_is_played_and_is_not() -> None:
    piano = {"name": "piano", "role": "chords", "prompt": "piano"}
    pedalled, dry = (of_spec({**piano, "playing": [way]}) for way in ("pedal", "no pedal"))
    controls = [
        [control for v in plan.visits for control in v.music.score.parts["piano"].controls]
        for plan in (pedalled, dry)
    ]
    assert controls[0]
    assert not controls[1]
    short = of_spec({**piano, "playing": ["staccato"]})
    assert not any(v.music.score.parts["piano"].controls for v in short.visits)


def test_words_of_a_prompt_are_played() -> None:
    plan = of_spec({"name": "cello", "role": "lead", "prompt": "cello, legato"}, genre="classical")
    plain = of_spec({"name": "cello", "role": "lead", "prompt": "cello"}, genre="classical")
    assert share(notes_of(plan, ["cello"]), "legato") > share(notes_of(plain, ["cello"]), "legato")


def test_a_way_that_is_none_is_refused_with_those_there_are() -> None:
    stem = {"name": "cello", "role": "lead", "playing": ["legatto"]}
    with pytest.raises(ValidationError, match="'legato'"):
        SongSpec.model_validate({"form": ["verse"], "stems": [stem]})


def test_a_way_and_its_opposite_are_refused() -> None:
    stem = {"name": "cello", "role": "lead", "playing": ["legato", "no legato"]}
    with pytest.raises(ValidationError, match="says both 'legato' and 'no legato'"):
        SongSpec.model_validate({"form": ["verse"], "stems": [stem]})


@pytest.mark.parametrize("way", get_args(Way))
def test_every_way_has_a_name_words_and_an_opposite(way: Way) -> None:
    assert way_called(way) == way
    for words in what_is_played(way).words:
        assert way_called(words) in (way, "tremolo picking")
    assert UNWANTED[way] == f"no {way}"
