"""Faults of planning have file, line and field; notes say how lines of chords and keys were taken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from composer.cli.display.console import PlainConsole
from composer.sources.source import check_backend, plan_source, read_source
from structure.base.errors import RitornelloError
from structure.harmony.keys import parse_key

FORM = "form: [verse]\nsections:\n  verse: {bars: 4}\n"


def _said(folder: Path, text: str) -> str:
    path = folder / "song.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RitornelloError) as caught:
        source = read_source(path)
        check_backend(source)
        plan_source(source)
    assert caught.value.line is not None
    return str(caught.value).replace(str(path), "song.yaml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("description: pop\nsections:\n  verse: {mute: [kazoo]}\n", "song.yaml:3: sections.verse.mute: "),
        ("form: [verse]\nsections:\n  verse: {bars: 4, repaint: {bars: 3-9}}\n",
         "song.yaml:3: sections.verse.repaint.bars: bar 9"),
        (f"{FORM}master: {{preset: reference, reference: nope.wav}}\n", "song.yaml:4: master.reference: "),
        (f"{FORM}render: {{backend: nope}}\n", "song.yaml:4: render.backend: no backend is called 'nope'"),
        (f"{FORM}length: 30 bars\n", "song.yaml:4: length: "),
        ("form: [verse, intro]\nlength: 9 bars\nsections:\n  verse: {bars: 12}\n", "song.yaml:2: length: "),
    ],
)  # fmt: skip
def test_faults_of_planning_have_file_line_and_field(tmp_path: Path, text: str, said: str) -> None:
    assert _said(tmp_path, text).startswith(said)


def test_notes_say_what_was_taken() -> None:
    plan = plan_source(
        read_source('key: G# major\nform: [verse]\nsections: {verse: {chords: "C, Am, F, G"}}\n')
    )
    assert plan.key == "Ab major"
    said = " ".join(plan.notes)
    assert "G# major would have more than seven accidentals; it is written as Ab major" in said
    assert "sections.verse.chords: no bar lines, so each chord has a bar: C | Am | F | G" in said
    assert len(plan.visits[0].music.score.chords) == plan.visits[0].music.score.bars


def test_keys_past_seven_accidentals_have_their_usual_names() -> None:
    names = {
        name: parse_key(name).name for name in ("G# major", "Fb major", "E# minor", "C# major", "Ab minor")
    }
    assert list(names.values()) == ["Ab major", "E major", "F minor", "C# major", "Ab minor"]


def test_a_title_reaches_plan_and_terminal_clean() -> None:
    source = read_source(
        'title: "\\e[31mRed\\e[0m \\u202ehi"\nform: [verse]\nsections: {verse: {bars: 2}}\n'
    )
    assert plan_source(source).title == "Red hi"
    assert source.name == "red-hi"
    stream = io.StringIO()
    PlainConsole(file=stream).print("\x1b[31mRed\x1b[0m \u202ehi")
    assert not set(stream.getvalue()) & {"\x1b", "\u202e"}


@pytest.mark.slow
@pytest.mark.parametrize("meter", ["3/8", "5/8", "7/8", "11/8"])
def test_swung_styles_play_notes_that_last_where_the_beat_is_an_eighth(meter: str) -> None:
    for style, seed in (("bebop", 3), ("blues", 7), ("boom-bap", 12), ("neo-soul", 5)):
        spec = f"genre: {style}\nmeter: {meter}\nseed: {seed}\n{FORM}"
        for visit in plan_source(read_source(spec)).visits:
            notes = [note for part in visit.music.score.parts.values() for note in part.notes]
            assert notes and all(note.duration > 0 for note in notes)
