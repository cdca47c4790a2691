"""What is typed on the command line: a path is never read as a sentence, a sentence never as a path."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.clips.clip import ClipWish
from composer.clips.files import read_clip
from composer.clips.morph import morph_of
from composer.folder.song import SongFolder
from composer.project import Project
from composer.sources.sentences import check_is_no_path, looks_like_path, sentence_seed
from composer.sources.source import read_source, sentence_source
from structure.base.errors import FolderError, RitornelloError, SpecError

PATHS = (
    "out dir/x",
    "songs/my song",
    "songs/sad piano",
    "my song.yaml",
    "take 3.wav",
    "./my song",
    "~/my songs/x",
    "C:\\songs\\my song",
    "my songs\\x",
)
SENTENCES = (
    "piano/violin duo",
    "slow song w/ piano",
    "techno w/o drums",
    "a 3/4 waltz",
    "fast 6/8 jig",
    "verse / chorus, simple",
    "AC/DC style rock",
    "an indie/alternative song",
    "happy/sad pop",
    "something quiet for the morning, with birds/bells and no drums",
    "pop, 2.5 minutes",
)


@pytest.mark.parametrize("text", PATHS)
def test_what_looks_like_a_path_is_no_sentence(text: str) -> None:
    with pytest.raises(RitornelloError, match=r"looks like a path, and nothing is there|no such file"):
        read_source(text)


@pytest.mark.parametrize("text", SENTENCES)
def test_a_slash_or_a_dot_alone_makes_no_path(text: str) -> None:
    assert not looks_like_path(text)
    assert read_source(text).spec.description == text


def test_what_exists_and_is_no_spec_is_no_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("slow piano").mkdir()
    Path("sad jazz").write_text("notes to myself")
    Path("deep house").mkdir()
    Path("deep house/song.yaml").write_text("description: a deep house song\n")
    with pytest.raises(FolderError, match="is a folder"):
        read_source("slow piano")
    with pytest.raises(RitornelloError, match="sad jazz"):
        read_source("sad jazz")
    with pytest.raises(FolderError, match=r"deep house/song\.yaml"):
        read_source("deep house")
    with pytest.raises(FolderError, match="looks like a path"):
        read_source("slow piano/take two, with a drum kit")


def test_a_folder_is_a_prompt_only_where_it_holds_what_was_made_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clip's folder is called by the clip's prompt; any other folder was meant as a folder."""
    monkeypatch.chdir(tmp_path)
    Path("jazz").mkdir()
    with pytest.raises(FolderError, match=r"'jazz' is a folder.*say a word more"):
        check_is_no_path("jazz", "a prompt")
    with pytest.raises(FolderError, match="'jazz' is a folder"):
        morph_of(ClipWish("warm"), "jazz")
    with pytest.raises(FolderError, match=r"take\.opus' looks like a path"):
        morph_of(ClipWish("warm"), "take.opus")
    with pytest.raises(FolderError, match=r"jazz holds no clip: plan\.json does not exist"):
        read_clip(Path("jazz"))
    Path("jazz/plan.json").write_text("{}")
    check_is_no_path("jazz", "a prompt")


@pytest.mark.parametrize("text", ["Morning Sting", "morning sting", " Morning  Sting ", "morning_sting"])
def test_a_bundled_song_is_found_by_its_title(text: str) -> None:
    assert read_source(text).name == "morning_sting"


def test_a_mistyped_path_of_a_bundled_song_says_which_is_meant() -> None:
    with pytest.raises(FolderError, match="neon_tides"):
        read_source("my songs/neon tide")


def test_the_seed_of_a_song_comes_from_its_sentence() -> None:
    one, other = read_source("a slow waltz in G").spec.seed, read_source("a slow waltz in A").spec.seed
    assert one == read_source("A slow  waltz in G").spec.seed
    assert one != other
    assert one == 116940  # on every machine
    assert read_source({"description": "a slow waltz in G"}).spec.seed == 0
    assert read_source("description: a slow waltz in G").spec.seed == 0


@given(st.text(min_size=1, max_size=60))
def test_every_sentence_has_a_seed_that_one_can_say(sentence: str) -> None:
    assert 0 <= sentence_seed(sentence) < 1_000_000


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_nothing_is_no_song(text: str) -> None:
    with pytest.raises(SpecError, match="no song is named"):
        read_source(text)
    with pytest.raises(SpecError, match="the sentence is empty"):
        sentence_source(text)


def test_one_word_that_is_no_file_may_have_been_a_sentence() -> None:
    with pytest.raises(SpecError, match='two words or more: "jazz song"'):
        read_source("jazz")


def test_a_sentence_that_is_too_long_has_no_line() -> None:
    with pytest.raises(SpecError, match=r"^description: description must have at most 2000 characters"):
        sentence_source("pop " * 3000)


def test_a_bundled_song_is_not_edited_where_it_lies() -> None:
    with pytest.raises(FolderError, match=r"bundled song.*songs --show blue_room > blue_room\.yaml"):
        Project.open("Blue Room")


def test_a_clip_is_no_song(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    (tmp_path / "export.json").write_text("{}")
    with pytest.raises(FolderError, match="holds a clip, and no song"):
        SongFolder.open(tmp_path)
