"""Text behind a # is not lost in silence; faults say what was probably meant; each bad chord is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from songs import song_names, song_path
from structure.base.errors import Fault, SpecError
from structure.loading.loader import load_spec, parse_spec
from structure.specs.schema import json_schema

README = Path(__file__).parents[3] / "README.md"
START = "description: pop\n"


def _faults(text: str) -> dict[str, Fault]:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "song.yaml")
    return {fault.field: fault for fault in caught.value.faults}


@pytest.mark.parametrize(
    ("text", "field", "line", "lost"),
    [
        ("title: Prelude #1", "title", 2, "#1"),
        ("title: #1 hit", "title", 2, "#1 hit"),
        ("key: F #minor", "key", 2, "#minor"),
        ("prompt: warm #2", "prompt", 2, "#2"),
        ("sections:\n  verse:\n    chords: I | IV #ivø7 | V", "sections.verse.chords", 4, "#ivø7 | V"),
        ("sections:\n  verse:\n    lyrics: la la #la", "sections.verse.lyrics", 4, "#la"),
        ("sections: {verse: {bars: 4, prompt: soft #3\n  }}", "sections.verse.prompt", 2, "#3"),
        ("stems:\n  - name: lead\n    role: lead\n    prompt: saw #9", "stems[1].prompt", 5, "#9"),
    ],
)
def test_text_behind_a_hash_is_refused_with_its_place(text: str, field: str, line: int, lost: str) -> None:
    fault = _faults(f"{START}{text}\n")[field]
    assert fault.line == line
    assert repr(lost) in fault.message and "quotes" in fault.hint


def test_a_bracket_that_a_hash_takes_away_is_told_by_the_hash() -> None:
    fault = _faults(f"{START}sections:\n  verse: {{bars: 4, chords: I | IV #ivø7 | V}}\n")[""]
    assert fault.line == 3
    assert "#" in fault.message and "quotes" in fault.hint


@pytest.mark.parametrize(
    "text",
    [
        "tempo: 92   # beats a minute",
        "tempo: 92   #beats a minute",
        'title: "Prelude #1"   # quoted',
        "title: Prelude#1",
        "key: F minor # dark",
        "sections:\n  verse:\n    chords: 'I | #ivø7 | V'",
        "sections:\n  verse:\n    lyrics: |\n      la #la",
        "key: F  ######",
    ],
)
def test_comments_and_quoted_text_stay_silent(text: str) -> None:
    parse_spec(f"{START}{text}\n")


def test_all_bundled_specs_and_blocks_of_the_readme_load() -> None:
    for name in song_names():
        load_spec(song_path(name))
    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        # Its recording is the reader's own.
        parse_spec(re.sub(r" {3}# or init: .*", "", block))


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("bpm: 90", "bpm", "did you mean 'tempo'?"),
        ("style: rock", "style", "did you mean 'genre'?"),
        ('duration: "3:00"', "duration", "did you mean 'length'?"),
        ("time_signature: 3/4", "time_signature", "did you mean 'meter'?"),
        ("bridge: {tempo: 90}", "bridge", "`sections: {bridge: …}`"),
        ("sections: {bridge: {bpm: 90}}", "sections.bridge.bpm", "did you mean 'tempo'?"),
        ("sections: {bridge: {duration: 8}}", "sections.bridge.duration", "did you mean 'bars'?"),
        ("sections: {bridge: {style: rock}}", "sections.bridge.style", "did you mean 'genre'?"),
        ("sections: {bridge: {genre: rok}}", "sections.bridge.genre", "did you mean 'rock'?"),
        ("sections:\n  verse:\n  bars: 8", "sections.verse", "indent what belongs to it"),
        ("sections:\n  verse:\n  bars: 8", "sections.bars", "indent it below"),
        ("tempo: 1_000", "tempo", "write 1000"),
        ("stems: [{name: Äols, role: lead}]", "stems[1].name", "try 'aeols'"),
        ("stems: [{name: Гитара, role: lead}]", "stems[1].name", "try 'gitara'"),
    ],
)
def test_suggestions_are_what_was_meant(text: str, field: str, hint: str) -> None:
    assert hint in _faults(f"{START}{text}\n")[field].hint


@pytest.mark.parametrize(
    ("text", "field", "shown"),
    [
        ("tempo: 1000.50", "tempo", "got 1000.50"),
        ("seed: 1.50", "seed", "got 1.50"),
        ("tempo: 4e2", "tempo", "4e2"),
    ],
)
def test_numbers_are_told_as_they_are_typed(text: str, field: str, shown: str) -> None:
    assert shown in _faults(f"{START}{text}\n")[field].message


def test_each_chord_of_a_bad_line_is_named_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec("form: [verse]\nsections:\n  verse: {chords: Cq | Dmin | Qx}\n", "song.yaml")
    said = [(fault.line, fault.message) for fault in caught.value.faults]
    assert said == [(3, "bar 1: 'Cq' is not a chord"), (3, "bar 3: 'Qx' is not a chord")]


def test_the_schema_lists_genres_mixes_roles_and_forms() -> None:
    schema = json_schema()
    assert "bebop" in schema["$defs"]["StyleName"]["enum"]
    for owner in (schema, schema["$defs"]["SectionSpec"], schema["$defs"]["FormVisit"]):
        assert owner["properties"]["genre"]["anyOf"][0] == {"$ref": "#/$defs/StyleName"}
    assert "rondo" in schema["properties"]["form"]["anyOf"][0]["enum"]
    assert "pop" in schema["$defs"]["MixSpec"]["properties"]["preset"]["anyOf"][0]["enum"]
    assert "lead" in schema["$defs"]["StemSpec"]["properties"]["role"]["enum"]
