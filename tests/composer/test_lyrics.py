"""Words to sing: by section, by visit, and through the plan's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from composer.handover.layout import hand_over_options
from composer.handover.write import check_can_be_sung
from composer.sources.source import plan_source, read_source, words_source
from composer.sources.template import template_of
from render.clips.asked import build_requests, find_singer, tag_lyrics
from structure.base.errors import FolderError, PlanError, SpecError, UsageError
from structure.base.jsonfile import write_json
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document, read_plan
from structure.specs.spec import HandOverSpec

SPEC = """\
genre: pop
key: A minor
stems:
  - {name: kit, role: drums}
  - {name: keys, role: chords}
  - {name: tune, role: lead}
sections:
  verse:
    bars: 2
    lyrics: |
      city lights are calling
        calling out my name

  chorus: {bars: 2}
form:
  - verse
  - chorus
  - {section: verse, lyrics: "every road returns"}
  - {section: verse, lyrics: "", stems: [kit]}
"""


def test_a_visits_own_words_replace_those_of_its_section() -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    words = [visit.sound.lyrics for visit in plan.visits]
    assert words == ["city lights are calling\ncalling out my name", "", "every road returns", ""]
    assert tag_lyrics(plan.visits[0]).startswith("[verse]\ncity lights")
    assert [find_singer(plan, visit) for visit in plan.visits] == ["vocals", None, "vocals", None]


def test_one_stem_is_asked_to_sing() -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    sung = {(one.visit.place.label, one.stem.name) for one in build_requests(plan) if one.request.lyrics}
    assert sung == {("Verse 1", "vocals"), ("Verse 2", "vocals")}
    assert {one.request.key for one in build_requests(plan)} == {"A minor"}


def test_choruses_of_the_same_words_are_one_clip_and_another_seed_is_another() -> None:
    text = SPEC.replace("chorus: {bars: 2}", "chorus: {bars: 4, lyrics: over the river of light}")
    text = text.replace('  - {section: verse, lyrics: ""', '  - chorus\n  - {section: verse, lyrics: ""')

    def keys(more: str = "") -> list[str]:
        plan = plan_song(parse_spec(f"{text}{more}", "<test>"))
        return [
            one.request.content_hash("voice")
            for one in build_requests(plan)
            if one.stem.role == "vocals" and one.visit.place.name == "chorus"
        ]

    first, second = keys("seed: 4\n")
    assert first == second not in keys("seed: 5\n")


def test_lyrics_are_in_the_plans_file(tmp_path: Path) -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    write_json(tmp_path / "plan.json", plan_document(plan))
    assert [visit.sound.lyrics for visit in read_plan(tmp_path / "plan.json").visits] == [
        v.sound.lyrics for v in plan.visits
    ]


SHEET = "[Verse]\ndown by the river\nI lost my way\n\n[Chorus]\ncarry me home\n"


def test_words_from_a_file_stand_in_the_text_that_goes_with_the_song(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text(SHEET)
    (tmp_path / "song.yaml").write_text("description: folk # a sentence\nlyrics_file: words.txt # mine\n")
    source = read_source(tmp_path / "song.yaml")
    assert "words.txt" not in source.text
    assert "# a sentence" in source.text
    again = read_source(source.text)
    assert plan_source(again).visits == plan_source(source).visits
    assert again.spec.lyrics == SHEET


@pytest.mark.parametrize("sentence", ["slow folk ballad, airy female vocals, 3/4", None])
def test_a_new_spec_of_words_reads_back_as_the_same_song(tmp_path: Path, sentence: str | None) -> None:
    (tmp_path / "words.txt").write_text(SHEET)
    source = words_source(tmp_path / "words.txt", sentence)
    plan = plan_source(source)
    again = plan_source(read_source(template_of(source.spec, plan)))
    assert [visit.music.score for visit in again.visits] == [visit.music.score for visit in plan.visits]
    assert [(stem.role, stem.voice, stem.language) for stem in again.stems] == [
        (stem.role, stem.voice, stem.language) for stem in plan.stems
    ]


@pytest.mark.parametrize(("text", "said"), [("", "is empty"), ("[Verse]\nשלום\n", "line 2: 'שלום'")])
def test_what_is_wrong_with_a_sheet_is_said_with_the_name_of_its_file(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "words.txt").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        words_source(tmp_path / "words.txt")
    assert str(tmp_path / "words.txt") in str(caught.value) and said in str(caught.value)


def test_a_sheet_that_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(FolderError, match="is a folder"):
        words_source(tmp_path)
    with pytest.raises(FolderError, match="no such file"):
        words_source(tmp_path / "words.txt")


def test_karaoke_of_a_song_without_words_is_refused_before_anything_is_written() -> None:
    plan = plan_song(parse_spec("genre: pop\nform: [{section: verse, bars: 2}]\n", "<test>"))
    for kind in ("lrc", "srt"):
        with pytest.raises(UsageError, match="nobody sings words"):
            check_can_be_sung(plan, hand_over_options(HandOverSpec(), [kind]))


def test_words_go_under_notes_of_the_users_own(tmp_path: Path) -> None:
    abc = "X:1\nT:Own\nM:4/4\nL:1/4\nK:G\nG A B c | d2 B2 | A B A F | G4 |\n"
    (tmp_path / "tune.abc").write_text(abc)
    spec = (
        "genre: folk\nkey: G major\n"
        "stems:\n  - {name: guitar, role: chords}\n  - {name: anna, role: vocals}\n"
        "sections:\n  verse: {bars: 4, parts: {anna: tune.abc}, "
        'lyrics: "down by the river\\nI lost my way"}\nform: [verse]\n'
    )
    (tmp_path / "song.yaml").write_text(spec)
    (visit,) = plan_source(read_source(tmp_path / "song.yaml")).visits
    notes = visit.music.score.parts["anna"].notes
    assert [note.pitch for note in notes] == [67, 69, 71, 72, 74, 71, 69, 71, 69, 66, 67]
    sung = [note.syllable.text for note in notes if note.syllable and note.syllable.kind != "hold"]
    assert sung == ["down", "by", "the", "riv", "er", "I", "lost", "my", "way"]
    (tmp_path / "song.yaml").write_text(spec.replace("I lost my way", "I lost my way in the valley again"))
    with pytest.raises(PlanError, match="the melody of your own has 11 notes"):
        plan_source(read_source(tmp_path / "song.yaml"))
