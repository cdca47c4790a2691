"""Specs are read to the letter, and every kind of fault is reported with its line, field and remedy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from songs import song_names
from structure.base.errors import SpecError
from structure.loading.loader import load_spec, parse_spec
from structure.loading.yaml_reader import read_yaml
from structure.specs.spec import SongSpec

INVALID = Path(__file__).parents[2] / "data" / "invalid"
MANIFEST: dict[str, dict[str, Any]] = yaml.safe_load(
    (INVALID / "expected" / "manifest.yaml").read_text("utf-8")
)


def _faults(text: str) -> SpecError:
    with pytest.raises(SpecError) as caught:
        parse_spec(text, "song.yaml")
    return caught.value


def test_every_invalid_file_is_in_the_manifest() -> None:
    assert sorted(path.stem for path in INVALID.glob("*.yaml")) == sorted(MANIFEST)
    assert len(MANIFEST) > 50


@pytest.mark.parametrize("name", sorted(MANIFEST))
def test_an_invalid_file_has_its_one_fault(name: str) -> None:
    expected = MANIFEST[name]
    path = INVALID / f"{name}.yaml"
    with pytest.raises(SpecError) as caught:
        load_spec(path)
    (fault,) = caught.value.faults
    assert (fault.line, fault.field) == (expected["line"], expected["field"])
    assert expected["message"] in fault.message
    assert expected["hint"] in fault.hint
    assert str(caught.value).startswith(str(path))


def test_all_faults_are_reported_together_in_the_order_of_lines() -> None:
    error = _faults("tempoo: 120\nkey: C\nform: [intro, chrous]\nsections:\n  intro: {bars: 0}\nseed: -1\n")
    assert [fault.line for fault in error.faults] == [1, 3, 5, 6]
    assert str(error).count("\n") == 3


def test_a_fault_in_one_entry_of_a_block_list_has_that_entrys_line() -> None:
    error = _faults("form:\n  - intro\n  - verse\n\n  # the hook\n  - hoook\n  - outro\n")
    assert [(fault.line, fault.field) for fault in error.faults] == [(6, "form[3]")]


def test_names_of_the_form_may_be_short_or_long() -> None:
    spec = parse_spec("form: [intro, verse_b, {section: chorus, variation: 0.3}, chorus: {lift: 2}]")
    assert spec.form is not None
    assert [entry.section for entry in spec.form] == ["intro", "verse_b", "chorus", "chorus"]
    assert [entry.variation for entry in spec.form] == [None, None, 0.3, None]
    assert [entry.lift for entry in spec.form] == [0, 0, 0, 2]


def test_a_fault_in_a_short_visit_keeps_its_line() -> None:
    error = _faults("form:\n  - chorus:\n      variation: 0.3\n      lift: high\n")
    assert [(fault.line, fault.field) for fault in error.faults] == [(4, "form[1].lift")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"),
        ("no", "no"),
        ("3:20", "3:20"),
        ("1_000", "1_000"),
        ("2001-12-14", "2001-12-14"),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("12e3", 12000.0),
        ("-.5", -0.5),
        ("true", True),
        ("~", None),
        ("'12'", "12"),
        ("F#", "F#"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    data = read_yaml(f"a: {text}", "x").data
    assert data == {"a": value}
    assert type(data["a"]) is type(value)


def test_a_length_on_the_clock_is_not_a_base_60_number() -> None:
    assert parse_spec("description: x\nlength: 3:20").length == "3:20"


def test_small_anchors_and_merges_are_read() -> None:
    spec = parse_spec(
        "description: x\nsections:\n  verse: &v {bars: 8, energy: 0.5}\n"
        "  chorus:\n    <<: *v\n    energy: 0.9\n"
    )
    assert spec.sections["chorus"].bars == 8
    assert spec.sections["chorus"].energy == 0.9
    assert spec.sections["verse"].energy == 0.5


def test_of_several_merged_mappings_the_first_wins() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc:\n  <<: [*a, *b]\n  y: 3\n"
    assert read_yaml(text, "x").data["c"] == {"x": 1, "y": 3, "z": 2}


def test_json_is_yaml_and_its_emoji_survive() -> None:
    assert (
        parse_spec('{"description": "rain \\ud83c\\udf27 in A minor"}').description == "rain 🌧 in A minor"
    )


def test_an_alias_bomb_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    error = _faults("\n".join(lines))
    assert "expands to more than" in error.faults[0].message


def test_a_merge_bomb_is_refused() -> None:
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 15)]
    error = _faults("\n".join(lines))  # would take hours if merges were expanded without a limit
    assert "expands to more than" in error.faults[0].message


def test_a_huge_file_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"a: b\n" * 2_000_000)
    with pytest.raises(SpecError, match="too large"):
        load_spec(path)
    with pytest.raises(SpecError, match="too large"):
        parse_spec("é" * 200_000)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"description: caf\xe9\n", ":1: byte 0xE9 is not UTF-8"),
        ("description: x".encode("utf-16") + b"\xd8", "UTF-16"),
        (b"RIFF\0\0\0\0WAVE", "a WAV file"),
        (b"abc\0def", "binary file"),
        (b"\xff\xd8\xfe\xe0", "not UTF-8"),
    ],
)
def test_what_is_no_utf8_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "song.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=message):
        load_spec(path)


def test_a_byte_order_mark_is_no_part_of_the_song(tmp_path: Path) -> None:
    path = tmp_path / "song.yaml"
    path.write_bytes(b"\xef\xbb\xbfdescription: x\r\ntempo: 90\r\n")
    assert load_spec(path).tempo == 90


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="folder"):
        load_spec(tmp_path)


def test_a_missing_file_suggests_a_neighbour(tmp_path: Path) -> None:
    (tmp_path / "my_song.yaml").write_text("description: x")
    with pytest.raises(SpecError, match=r"no such file \(did you mean 'my_song.yaml'\?\)"):
        load_spec(tmp_path / "my_sogn.yaml")


def test_a_missing_file_suggests_a_bundled_song(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"did you mean the bundled song 'neon_tides'\?"):
        load_spec(tmp_path / "neon_tide.yaml", song_names())


def test_a_length_that_the_form_meets_to_the_bar_is_accepted() -> None:
    form = "form: [verse, chorus]\nmeter: 4/4\nsections: {verse: {bars: 16}, chorus: {bars: 8}}\n"
    parse_spec(f"{form}tempo: 120\nlength: 0:48")
    parse_spec(f"{form}tempo: 120\nlength: 24 bars")
    parse_spec(f"{form}length: 0:50")  # the tempo is open, so it can be met
    assert "the form has 24 bars" in str(_faults(f"{form}tempo: 120\nlength: 0:52"))


def test_one_open_section_leaves_room_for_the_length() -> None:
    parse_spec("form: [verse, chorus]\ntempo: 120\nlength: 3:20\nsections: {verse: {bars: 16}}")


def test_an_empty_value_is_left_out_where_it_may_be() -> None:
    assert parse_spec("description: x\ntempo:\nkey:\n") == SongSpec(description="x", tempo=None, key=None)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_politely(text: str) -> None:
    try:
        parse_spec(text)
    except SpecError as error:
        assert error.faults


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(SongSpec.model_fields)), _VALUES, max_size=5))
def test_any_values_are_read_or_refused_politely(song: dict[str, Any]) -> None:
    try:
        parse_spec(yaml.safe_dump(song, allow_unicode=True))
    except SpecError as error:
        assert all(fault.message for fault in error.faults)


@pytest.mark.parametrize("numbered", ["verse {}", "verse{}", "verse_{}", "verse-{}"])
def test_numbered_names_of_the_form_are_visits_of_one_section(numbered: str) -> None:
    names = [numbered.format(n) for n in (1, 2, 3)]
    spec = parse_spec(f"form: [{', '.join(names)}, chorus 1]\nsections: {{verse: {{bars: 8}}}}\n")
    assert [entry.section for entry in spec.form or ()] == ["verse", "verse", "verse", "chorus"]


@pytest.mark.parametrize("name", ["verse 2", "verse_2", "verse2", "middle8", "verse_b", "chorus"])
def test_a_numbered_name_that_is_defined_or_known_is_a_section_of_its_own(name: str) -> None:
    own = name.replace(" ", "_")
    spec = parse_spec(f"form: [verse 1, {name}]\nsections: {{{own}: {{bars: 4}}}}\n")
    assert [entry.section for entry in spec.form or ()] == ["verse", own]


def test_options_of_a_numbered_visit_are_kept() -> None:
    spec = parse_spec("form: [verse 1, {section: verse 2, variation: 0.5}, {section: verse 3, lift: 2}]")
    entries = spec.form or ()
    assert [entry.section for entry in entries] == ["verse"] * 3
    assert [entry.variation for entry in entries] == [None, 0.5, None]
    assert [entry.lift for entry in entries] == [0, 0, 2]


def test_a_numbered_name_of_no_section_is_a_fault() -> None:
    (fault,) = _faults("form: [verse 1, hoook_2]\n").faults
    assert "hoook_2" in fault.message


@pytest.mark.parametrize(
    ("event", "field", "message", "hint"),
    [
        ("{bar: 9, do: rest}", "sections.verse.events[1].bar", "bar 9", "1 to 8"),
        ("{bar: 1, beat: 5, do: rest}", "sections.verse.events[1].beat", "no beat 5", "1 to 4"),
        ("{bar: 1, do: boing}", "sections.verse.events[1].do", "'boing'", "half_time"),
        ("{bar: 1, do: rest, stem: drms}", "sections.verse.events[1].stem", "'drms'", "'drums'"),
        ("{baar: 1, bar: 1, do: rest}", "sections.verse.events[1].baar", "'baar'", "'bar'"),
        ("{do: rest}", "sections.verse.events[1].bar", "missing", ""),
    ],
)
def test_events_are_checked(event: str, field: str, message: str, hint: str) -> None:
    text = (
        "form: [verse]\nstems: [{name: drums, role: drums}]\nmeter: 4/4\n"
        f"sections:\n  verse:\n    bars: 8\n    events:\n      - {event}\n"
    )
    (fault,) = _faults(text).faults
    assert (fault.line, fault.field) == (8, field)
    assert message in fault.message
    assert hint in fault.hint


def test_events_may_stand_on_a_section_and_on_a_visit() -> None:
    spec = parse_spec(
        "form: [verse, {section: verse, events: []}]\n"
        "sections: {verse: {events: [{bar: 5, beat: 3.5, stem: drums, do: enter, bars: 4}]}}\n"
    )
    assert isinstance(spec.form, tuple)
    (event,) = spec.sections["verse"].events
    assert (event.bar, event.beat, event.stem, event.do, event.bars) == (5, 3.5, "drums", "enter", 4)
    assert [entry.events for entry in spec.form] == [None, ()]


@pytest.mark.parametrize("name", ["é" * 400, "a\0b", "no such file.wav"])
def test_audio_that_no_file_can_be_is_a_fault_of_its_field(name: str) -> None:
    text = json.dumps({"form": [{"section": "verse", "init": {"audio": name}}]})
    with pytest.raises(SpecError, match="there is no file") as refused:
        parse_spec(text, "song.yaml")
    assert refused.value.faults[0].field == "form[1].init.audio"


def test_a_master_behind_coders_is_read_from_yaml() -> None:
    spec = parse_spec("description: pop song\nmaster: {preset: club, coders: [mp3, opus]}\n", "song.yaml")
    assert spec.master.coders == ("mp3", "opus")
    assert spec.master.loudness_lufs < 0
