"""Songs with words, planned: who sings what, where, and what a mistake is answered with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from structure.base.errors import PlanError, SpecError
from structure.loading.loader import load_spec, parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.specs.spec import SongSpec
from tests.benchmarks.lyrics import HELD_BACK_EACH, SHEETS, measured
from tests.builders import nonempty

SHEET = """\
[Verse 1]
I walked along the empty avenue
Remember yesterday, the fire in you

[Chorus]
Oh carry me home, carry me home

[Verse 2]
The morning put its silver on the door
I counted all the ships along the shore

[Solo]

[Chorus]
"""
BAND = """\
genre: folk
tempo: 96
key: G major
stems:
  - {name: guitar, role: chords}
  - {name: flute, role: lead}
  - {name: anna, role: vocals, voice: airy female}
  - {name: girls, role: backing}
sections:
  verse: {bars: 8, lyrics: "down by the river\\nI lost my way again"}
  chorus: {bars: 4, lyrics: "carry me home"}
form: [intro, verse, chorus, {section: verse, lyrics: "over the mountain\\nnobody said a word"}, chorus]
"""


def planned(text: str) -> SongPlan:
    return plan_song(parse_spec(text, "<test>"))


def sung(visit: Visit, stem: str) -> Sequence[Note]:
    part = visit.music.score.parts.get(stem)
    return part.notes if part else ()


def words(visit: Visit, stem: str) -> str:
    found = ""
    for note in sung(visit, stem):
        assert note.syllable is not None
        if note.syllable.kind != "hold":
            found += note.syllable.text + (" " if note.syllable.kind in ("single", "end") else "")
    return found.strip()


def test_each_visit_has_its_words_and_others_are_silent() -> None:
    plan = planned(BAND)
    assert {stem.name: stem.role for stem in plan.stems}["anna"] == "vocals"
    assert [words(visit, "anna") for visit in plan.visits] == [
        "",
        "down by the river I lost my way again",
        "carry me home",
        "over the mountain nobody said a word",
        "carry me home",
    ]
    singer = next(stem for stem in plan.stems if stem.name == "anna")
    assert (singer.voice, singer.language, singer.pan) == ("airy female", "en", 0.0)


def test_a_chorus_returns_and_verses_share_their_tune() -> None:
    plan = planned(BAND)
    first, second = plan.visits[2], plan.visits[4]
    assert sung(first, "anna") == sung(second, "anna")
    ones, others = ({n.onset: n.pitch for n in sung(plan.visits[i], "anna")} for i in (1, 3))
    both = ones.keys() & others.keys()
    assert len(both) >= 5
    assert sum(ones[at] == others[at] for at in both) >= 0.8 * len(both)


def test_backing_voices_sing_the_words_of_refrains_and_oohs_elsewhere() -> None:
    plan = planned(BAND)
    assert words(plan.visits[2], "girls") == "carry me home"
    assert set(words(plan.visits[1], "girls").split()) <= {"ooh"}
    pairs = zip(sung(plan.visits[2], "anna"), sung(plan.visits[2], "girls"), strict=True)
    assert all(a.onset == b.onset and abs(a.pitch - b.pitch) % 12 in (3, 4, 8, 9) for a, b in pairs)


@pytest.mark.parametrize(
    ("style", "joins"),
    [
        ("country", True),
        ("country, no backing vocals", False),
        ("country, no harmonies", False),
        ("techno", False),
    ],
)
def test_a_second_voice_joins_the_last_refrain_where_the_style_has_one(style: str, joins: bool) -> None:
    twice = SHEET + "\n\n[Chorus]\nOh carry me home, carry me home\n"
    plan = plan_song(SongSpec(description=f"{style}, female vocals", lyrics=twice))
    behind = {stem.name for stem in plan.stems if stem.role == "backing"}
    where = [i for i, visit in enumerate(plan.visits) if behind & visit.music.score.parts.keys()]
    refrains = [i for i, visit in enumerate(plan.visits) if visit.place.name == "chorus"]
    assert len(refrains) > 1 and where == (refrains[-1:] if joins else [])


def test_a_sheet_of_words_sets_the_form(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text(SHEET, encoding="utf-8")
    (tmp_path / "song.yaml").write_text("description: slow folk ballad\nlyrics_file: words.txt\n")
    plan = plan_song(load_spec(tmp_path / "song.yaml"))
    assert [visit.place.name for visit in plan.visits] == ["verse", "chorus", "verse", "solo", "chorus"]
    assert plan.visits[0].bars == plan.visits[2].bars
    assert words(plan.visits[4], "vocals") == "Oh carry me home carry me home"
    assert not sung(plan.visits[3], "vocals")


def test_a_sheet_goes_into_a_form_of_the_users_own() -> None:
    plan = planned(
        f"description: pop\nform: [intro, chorus, verse, verse]\nlyrics: {SHEET!r}\n".replace("'", '"')
    )
    assert [bool(sung(visit, "vocals")) for visit in plan.visits] == [False, True, True, True]
    assert words(plan.visits[3], "vocals").startswith("The morning")


@pytest.mark.parametrize("length", ["0:30", "1:20"])
def test_words_leave_a_length_that_is_asked_for(length: str) -> None:
    spec = SongSpec(description="pop", length=length, lyrics=SHEET.replace("[Solo]\n\n", ""))
    plan = plan_song(spec)
    seconds = plan.grid.seconds_at(plan.grid.quarters_at_bar(plan.bars))
    assert seconds == pytest.approx(60 * int(length[0]) + int(length[2:]), abs=3)
    assert all(sung(visit, "vocals") for visit in plan.visits)


@pytest.mark.parametrize(
    ("description", "voice"),
    [
        ("pop with an airy female singer", "airy female"),
        ("jazz with scat singing", "scat"),
        ("soul, male vocals", "male"),
    ],
)
def test_a_description_that_asks_for_a_singer_gets_one(description: str, voice: str) -> None:
    plan = plan_song(SongSpec(description=description))
    singer = next(stem for stem in plan.stems if stem.role == "vocals")
    assert singer.voice == voice
    heard = [note for visit in plan.visits for note in sung(visit, singer.name)]
    assert heard
    assert all(note.syllable is not None for note in heard)


@pytest.mark.parametrize(
    "description", ["instrumental pop", "jazz, no vocals", "techno", "Popsong ohne Gesang"]
)
def test_nobody_else_sings(description: str) -> None:
    assert all(
        stem.role not in ("vocals", "backing")
        for stem in plan_song(SongSpec(description=description)).stems
    )


def test_a_lead_that_is_called_a_voice_sings() -> None:
    plan = planned(BAND.replace("role: lead}", "role: lead, prompt: female vocal}").replace(
        "  - {name: anna, role: vocals, voice: airy female}\n", ""))  # fmt: skip
    assert [stem.name for stem in plan.stems if stem.role == "vocals"] == ["flute"]


def test_a_language_that_is_said_decides() -> None:
    spec = BAND.replace("voice: airy female", "voice: tenor, language: Spanish").replace(
        "carry me home", "corazón"
    )
    plan = planned(spec)
    assert next(stem.language for stem in plan.stems if stem.name == "anna") == "es"
    found = [
        note.syllable
        for note in sung(plan.visits[2], "anna")
        if note.syllable and note.syllable.stress == 2
    ]
    assert [one.text for one in found] == ["zón"]


def test_signs_that_nobody_sings_are_said() -> None:
    plan = planned(BAND.replace("carry me home", "carry me home 🎉"))
    assert any("🎉" in note for note in plan.notes)


def test_words_that_hold_nothing_to_sing_are_said() -> None:
    plan = planned(BAND.replace("carry me home", "🎉 ... !!!"))
    assert any("words of Chorus 1, Chorus 2 hold nothing to sing" in note for note in plan.notes)
    assert not any("Verse" in note and "nothing to sing" in note for note in plan.notes)


def test_a_muted_voice_is_said() -> None:
    plan = planned(BAND.replace("chorus: {bars: 4,", "chorus: {bars: 4, mute: [anna, girls],"))
    assert not sung(plan.visits[2], "anna")
    assert any("nobody sings the words of Chorus 1" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("carry me home", "שלום", "right to left"),
        ("carry me home", "take 5", "write numbers as words"),
        ("airy female", "airy female, language: Klingon", "nobody sings in the language 'Klingon'"),
        ("role: chords", "role: chords, voice: tenor", "voice is for singers"),
        ("role: chords", "role: singer", "vocals, backing"),
    ],
)
def test_a_mistake_is_answered_with_its_line(old: str, new: str, says: str) -> None:
    with pytest.raises(SpecError, match=says) as caught:
        parse_spec(BAND.replace(old, new), "song.yaml")
    assert caught.value.line is not None


def test_too_many_words_name_the_field_and_what_would_do() -> None:
    with pytest.raises(PlanError, match="do not fit into 4 bars") as caught:
        planned(BAND.replace("carry me home", "carry me home " * 170))
    assert caught.value.field == "sections.chorus.lyrics"
    assert "bars would do" in (caught.value.hint or "")


def test_a_missing_file_of_words_is_said(tmp_path: Path) -> None:
    (tmp_path / "song.yaml").write_text("description: pop\nlyrics_file: words.txt\n")
    with pytest.raises(SpecError, match=r"there is no file 'words\.txt'") as caught:
        load_spec(tmp_path / "song.yaml")
    assert (caught.value.line, caught.value.field) == (2, "lyrics_file")


@pytest.mark.slow
def test_words_that_were_held_back_lie_well_on_their_tunes() -> None:
    paths = [path for path in nonempty(SHEETS.glob("*.txt")) if int(path.stem[:2]) % HELD_BACK_EACH == 0]
    counts = sum((measured(path) for path in paths), Counter[str]())
    assert counts["set"] == counts["syllables"] > 300
    assert counts["in range"] == counts["notes"]
    assert counts["right"] > 0.9 * counts["pairs"]
    assert counts["shuffled right"] < 0.6 * counts["shuffled pairs"]
    assert counts["line ends"] > 0.95 * counts["lines"]
