"""A song may come from a file, a name, YAML text, a sentence, a mapping or a spec; all mean the same."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.folder.lock import spec_hash
from composer.sources.source import read_source, spec_text, with_overrides, yaml_source
from songs import song_names
from structure.base.errors import FolderError, RitornelloError, SpecError
from structure.loading.loader import parse_spec
from structure.specs.spec import SongSpec
from tests.composer.songmaker import SHORT_SPEC

TITLES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


def test_yaml_text_a_file_a_mapping_and_a_spec_agree(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT_SPEC)
    spec = parse_spec(SHORT_SPEC)
    sources = [SHORT_SPEC, path, str(path), spec, spec.model_dump(mode="json", exclude_unset=True)]
    assert [read_source(source).spec for source in sources] == [spec] * 5


def test_a_stream_is_yaml_text_of_its_name(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT_SPEC)
    with path.open("rb") as stream:
        assert read_source(stream).spec == parse_spec(SHORT_SPEC)
    path.write_bytes(b"title: caf\xe9\n")
    with (
        path.open("rb") as stream,
        pytest.raises(SpecError, match=r"small\.yaml:1: byte 0xE9 is not UTF-8"),
    ):
        read_source(stream)


def test_a_files_text_is_kept_to_the_byte_and_names_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT_SPEC)
    assert read_source(path).text == SHORT_SPEC
    assert read_source(path).name == "small"
    assert read_source(SHORT_SPEC).name == "small-song"


def test_bundled_songs_go_by_name() -> None:
    assert song_names()
    for name in song_names():
        assert read_source(name).name == name


def test_a_sentence_becomes_a_description() -> None:
    source = read_source("a slow waltz: accordion, and rain")
    assert source.spec.description == "a slow waltz: accordion, and rain"
    assert source.spec.model_fields_set == {"description", "seed"}
    assert parse_spec(source.text) == source.spec


@pytest.mark.parametrize("text", ["form: [verse]", "{form: [verse]}"])
def test_one_line_of_yaml_is_no_sentence(text: str) -> None:
    form = read_source(text).spec.form
    assert form is not None
    assert [visit.section for visit in form] == ["verse"]


def test_one_line_of_yaml_that_says_too_little_is_no_sentence_either() -> None:
    with pytest.raises(SpecError, match="needs a description"):
        read_source("title: x")


@pytest.mark.parametrize("name", ["no_such_song", "no such song.yaml", "folder/x.yaml", "x" * 5000, "a\0b"])
def test_what_is_nothing_is_a_missing_file(name: str) -> None:
    with pytest.raises(RitornelloError):
        read_source(name)


def test_faults_in_a_mapping_are_named() -> None:
    with pytest.raises(SpecError, match="temp0"):
        read_source({"description": "x", "temp0": 3})


def test_overrides_change_the_spec_and_its_text() -> None:
    source = yaml_source(SHORT_SPEC, "x")
    other = with_overrides(source, seed=9, backend="tones")
    assert (other.spec.seed, other.spec.render.backend) == (9, "tones")
    assert parse_spec(other.text) == other.spec
    assert spec_hash(other.spec) != spec_hash(source.spec)


def test_overrides_that_change_nothing_keep_the_text() -> None:
    source = yaml_source(SHORT_SPEC, "x")
    assert with_overrides(source, seed=5, backend="embedded") == source


@given(title=TITLES, tempo=st.floats(30, 300), length=st.sampled_from(["3:20", "96 bars", "90 s", 75]))
def test_any_spec_survives_as_yaml(title: str, tempo: float, length: str | int) -> None:
    spec = SongSpec(title=title, description=f"{title} {title}", tempo=tempo, length=length)
    assert parse_spec(spec_text(spec)) == spec


@pytest.mark.parametrize(
    "title", ["0o17", "1e3", "3:20", "on", "~", "0x1F", ".5", "2024-01-01", "=", "null", "- a", "#b"]
)
def test_titles_that_look_like_other_things_stay_titles(title: str) -> None:
    spec = SongSpec(title=title, description="x")
    assert parse_spec(spec_text(spec)) == spec


@pytest.mark.parametrize(
    ("name", "hint"), [("song.lock", "`ritornello render --lock "), ("plan.json", "song.yaml, from which")]
)
def test_other_files_of_a_song_are_told_from_a_spec(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / name).write_text("{}")
    (tmp_path / "song.yaml").write_text("description: pop\n")
    with pytest.raises(FolderError, match="is no song spec") as caught:
        read_source(str(tmp_path / name))
    assert hint in (caught.value.hint or "")
