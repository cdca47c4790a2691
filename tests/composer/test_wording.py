"""Edits in words: what is read, what is written into the YAML, and what the command does with it."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import composer.cli.main  # noqa: F401  (registers the commands)
from composer.cli.commands.shared import app
from composer.project import Project
from structure.changing.asking import Spot, read_asks
from tests.benchmarks.edits import FOLDER, LANGUAGES, find_faults, read_cases

SECTIONS, STEMS = ("intro", "verse", "chorus", "bridge", "outro"), ("drums", "bass", "piano")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return Path(shutil.copy(FOLDER / "song.yaml", tmp_path / "song.yaml"))


@pytest.mark.parametrize(
    "words",
    [
        "verse 2 without drums",
        "zweite Strophe ohne Schlagzeug",
        "la segunda estrofa sin batería",
        "deuxième couplet sans batterie",
    ],
)
def test_four_languages_say_the_same(words):
    (ask,) = read_asks(words, SECTIONS, STEMS)
    assert ask.spots == [Spot("verse", 2)]
    assert ask.facts == {"without": True, "player": ["drums"]}


def test_a_place_before_a_comma_is_for_what_follows():
    one, two = read_asks("in the last chorus, drop the bass and make it 4 bars longer", SECTIONS, STEMS)
    assert one.spots == two.spots == [Spot("chorus", -1)]
    assert (one.does, two.does, two.facts["bars"]) == (["remove"], ["longer"], 4)


@given(st.text(max_size=60))
def test_any_text_is_read_or_named(text):
    for ask in read_asks(text, SECTIONS, STEMS):
        assert ask.said


def test_what_is_understood_is_done_and_the_rest_named(song):
    worded = Project.open(song).edit_in_words(
        "bridge 6 bars long, frobnicate the chorus, delete the breakdown"
    )
    assert worded.obeyed == ("bridge 6 bars long",)
    assert "no breakdown" in worded.impossible[0][1]
    assert any("frobnicate" in words for words in worded.unread)


def test_the_command_shows_a_diff_and_keeps_comments_and_undo_takes_it_back(song):
    before = song.read_text()
    dry = CliRunner().invoke(app, ["edit", str(song), "verse 2 without drums", "--dry-run"])
    assert dry.exit_code == 0
    assert "+  - {section: verse, mute: [drums]}" in dry.output or "mute" in dry.output
    assert song.read_text() == before
    made = CliRunner().invoke(app, ["edit", str(song), "verse 2 without drums"])
    assert made.exit_code == 0, made.output
    after = song.read_text()
    assert "mute" in after
    assert "# the first" in after
    assert CliRunner().invoke(app, ["undo", str(song)]).exit_code == 0
    assert song.read_text() == before


def test_strict_changes_nothing_where_words_are_not_understood(song):
    before = song.read_text()
    found = CliRunner().invoke(app, ["edit", str(song), "verse 2 without drums, frobnicate", "--strict"])
    assert found.exit_code != 0
    assert song.read_text() == before


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_most_sentences_do_what_they_say_and_nothing_else(language, tmp_path):
    cases = read_cases(language)[:9]
    good = sum(not find_faults(case, tmp_path) for case in cases)
    assert good >= 0.8 * len(cases)
