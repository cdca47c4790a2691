"""Edits in words: what is read, what is written into the YAML, and what the command does with it."""

import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import composer.cli.main  # noqa: F401  (registers the commands)
from composer.api import new_spec
from composer.cli.commands.shared import app
from composer.project import Project
from structure.changing.asking import Spot, read_asks
from tests.benchmarks.edits import FOLDER, LANGUAGES, find_faults, open_copy, plan_before, read_cases

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


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_is_read_or_named(text):
    for ask in read_asks(text, SECTIONS, STEMS):
        assert ask.said


def test_what_is_understood_is_done_and_the_rest_named(song):
    worded = open_copy(song).edit_in_words(
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


def _edited(song: Path, words: str) -> dict:
    is_copy = song.read_bytes() == (FOLDER / "song.yaml").read_bytes()
    project = open_copy(song) if is_copy else Project.open(song)
    worded = project.edit_in_words(words)
    assert worded.is_whole, (worded.impossible, worded.unread)
    return yaml.safe_load(worded.edit.apply(song.read_text(), str(song)))


@pytest.mark.parametrize(
    ("words", "field", "by"),
    [
        ("louder bass", "gain_db", 3.0),
        ("turn up the bass", "gain_db", 3.0),
        ("the bass 2 dB quieter", "gain_db", -2.0),
        ("more reverb on the bass", "reverb", 0.15),
        ("mehr Hall auf dem Bass", "reverb", 0.15),
    ],
)
def test_a_player_is_changed_in_the_mix_and_not_in_what_it_plays(song, words, field, by):
    plan = plan_before()
    before = next(getattr(stem, field) for stem in plan.stems if stem.name == "bass")
    row = next(row for row in _edited(song, words)["stems"] if row["name"] == "bass")
    assert row[field] == pytest.approx(before + by)


def test_a_player_goes_to_a_side(song):
    rows = {row["name"]: row for row in _edited(song, "pan the guitar to the left")["stems"]}
    assert rows["guitar"]["pan"] < 0
    assert "pan" not in rows["bass"]


@pytest.mark.parametrize(
    ("words", "playing"),
    [
        ("play the guitar legato", ["legato"]),
        ("Gitarre staccato", ["staccato"]),
        ("palm-muted guitar", ["palm mutes"]),
        ("no vibrato on the guitar", ["no vibrato"]),
        ("the guitar with bends and vibrato", ["bends", "vibrato"]),
        ("guitare legato", ["legato"]),
    ],
)
def test_a_player_plays_in_another_way(song, words, playing):
    rows = {row["name"]: row for row in _edited(song, words)["stems"]}
    assert rows["guitar"]["playing"] == playing
    assert "playing" not in rows["bass"]


def test_the_last_word_on_a_way_of_playing_counts(song):
    for words in ("guitar legato", "no legato on the guitar"):
        song.write_text(yaml.safe_dump(_edited(song, words)))
    rows = {row["name"]: row for row in yaml.safe_load(song.read_text())["stems"]}
    assert rows["guitar"]["playing"] == ["no legato"]


def test_a_reverb_that_is_taken_away_is_none(song):
    rows = {row["name"]: row for row in _edited(song, "remove the reverb from the piano")["stems"]}
    assert rows["piano"]["reverb"] == 0


@pytest.mark.parametrize(
    "words", ["guitar only in the chorus", "Gitarre nur im Refrain", "guitarra solo en el estribillo"]
)
def test_a_player_is_heard_in_one_section_alone(song, words):
    sections = _edited(song, words)["sections"]
    assert "guitar" in sections["verse"]["mute"]
    assert "guitar" not in sections["chorus"].get("mute", [])


def test_a_section_that_is_not_there_is_put_where_it_is_asked_for(song):
    data = _edited(song, "add a guitar solo before the last chorus")
    names = [entry if isinstance(entry, str) else entry["section"] for entry in data["form"]]
    assert names == ["intro", "verse", "chorus", "verse", "chorus", "bridge", "solo", "chorus", "outro"]
    solo = next(entry for entry in data["form"] if isinstance(entry, dict) and entry["section"] == "solo")
    assert solo["events"] == [{"bar": 1, "do": "solo", "stem": "guitar"}]


def test_a_key_is_changed_by_its_name_or_beside_that_of_the_song(song):
    assert _edited(song, "change the key to D major")["key"] == "D major"
    assert _edited(song, "the bridge in the relative minor")["sections"]["bridge"]["key"] == "A minor"


def test_what_new_writes_gives_up_its_length_where_the_form_changes(tmp_path):
    song = tmp_path / "song.yaml"
    song.write_text(new_spec("pop song, verse chorus verse chorus bridge chorus, guitar and piano"))
    before = yaml.safe_load(song.read_text())
    after = _edited(song, "make the chorus twice as long, remove the bridge")
    assert "length" in before
    assert "length" not in after
    assert after["sections"]["chorus"]["bars"] == 2 * before["sections"]["chorus"]["bars"]


@pytest.mark.slow
def test_a_song_in_another_metre_keeps_its_events_within_its_bars(tmp_path):
    song = tmp_path / "song.yaml"
    song.write_text(new_spec("rock song with drums, guitar and bass, stops before every chorus"))
    data = _edited(song, "in 3/4")
    owners = [*data["sections"].values(), *(entry for entry in data["form"] if isinstance(entry, dict))]
    beats = [event["beat"] for owner in owners for event in owner.get("events", []) if "beat" in event]
    assert beats
    assert max(beats) < 4
