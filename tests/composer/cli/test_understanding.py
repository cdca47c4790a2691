"""The command line says what it understood and what it guessed, and takes a language model."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
import yaml

from composer.cli.display.understanding import understood
from structure.description.reading import read_description
from tests.composer.songmaker import Run, run_command
from tests.composer.sources.tiny_model import save_tiny_model


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line where the test is; gives exit code, standard output and error."""
    return partial(run_command, capsys)


def test_every_field_shows_its_value_and_the_words_that_it_comes_from() -> None:
    text = (
        'Sad waltz called "Ash" in D minor, 90 bpm, 2:10, just a cello, no bridge, '
        "sax solo after the third chorus, key change"
    )
    rows = {row.about: (row.value, row.words) for row in understood(read_description(text))}
    assert rows["title"] == ("Ash", '“called "Ash"”')
    assert rows["genre"] == ("waltz", "“waltz”")
    assert rows["tempo"] == ("90 BPM", "“90 bpm”")
    assert rows["length"] == ("2:10", "“2:10”")
    assert rows["key"] == ("D minor", "“in D minor”")
    assert rows["sections"][0] == "solo after chorus 3, no bridge"
    assert rows["ending"] == ("big last chorus, key change", "“key change”")


def test_guesses_are_told_from_what_was_understood() -> None:
    rows = understood(read_description("at 70 bpm, floating weightless above the earth"))
    genre = next(row for row in rows if row.about == "genre")
    assert genre.is_guess and genre.value == "ambient" and "is like" in genre.words
    assert not next(row for row in rows if row.about == "tempo").is_guess


def test_the_writers_own_words_are_shown() -> None:
    rows = {
        row.about: row
        for row in understood(read_description("Ein trauriger Walzer in h-Moll ohne Schlagzeug"))
    }
    assert rows["language"].value == "German"
    assert (rows["key"].value, rows["key"].words) == ("B minor", "“in h-Moll”")
    assert (rows["unwanted"].value, rows["unwanted"].words) == ("drums", "“ohne Schlagzeug”")


def test_new_keeps_its_report_out_of_the_spec(run: Run) -> None:
    code, out, err = run("new", "slow jazz in F, two minutes")
    assert code == 0
    assert yaml.safe_load(out)["genre"] == "jazz"
    assert "understood" in err and "jazz" in err and "two minutes" in err
    assert run("new", "slow jazz in F, two minutes", "--quiet")[1:] == (out, "")


def test_plan_shows_what_was_understood_but_not_in_json(run: Run) -> None:
    assert "understood" in run("plan", "slow jazz in F, half a minute")[1]
    assert run("plan", "slow jazz in F, half a minute", "--json")[1].startswith("{")


@pytest.mark.slow
def test_a_language_model_plans_what_is_open(run: Run, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model")
    code, out, err = run("new", "jazz in F, 90 bpm, with a flute", "--planner", str(folder), "-q")
    song = yaml.safe_load(out)
    assert (code, err) == (0, "")
    assert (song["genre"], song["key"], song["tempo"]) == ("jazz", "F major", 90)
    assert song["title"] != yaml.safe_load(run("new", "jazz in F, 90 bpm, with a flute", "-q")[1])["title"]


def test_without_a_usable_model_rules_plan_with_a_message(run: Run, tmp_path: Path) -> None:
    by_rules = run("new", "slow jazz in F", "-q")[1]
    code, out, err = run("new", "slow jazz in F", "-q", "--planner", str(tmp_path))
    assert (code, out) == (0, by_rules)
    assert "holds no language model" in err and "planning by rules instead" in err
