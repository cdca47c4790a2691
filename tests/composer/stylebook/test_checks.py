"""What is wrong in a style's file is named with its line; what a listener would miss is named too."""

from pathlib import Path

import pytest

import composer
from composer.stylebook.check import StyleCheck
from composer.stylebook.weaknesses import weaknesses
from structure.loading.style_checks import check_style_data
from structure.presets.styles import load_style, style_names
from tests.composer.songmaker import Run

ON_PURPOSE = {
    "ambient": {"drums never fill inside a section"},
    "celtic": {"drums have no fills in 4/4 and 6/8"},
    "film-score": {"drums have no fills in 4/4, 3/4 and 6/8"},
    "flamenco": {"drums have no fills in 4/4 and 3/4"},
    "march": {"drums have no fills in 6/8"},
    "techno": {"nobody plays lead"},
    "trailer": {"drums have no fills in 4/4 and 6/8"},
}
"""Handclaps, frame drums and timpani that go on without fills, and a genre without tunes."""


def check(folder: Path, text: str) -> StyleCheck:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return composer.check_style(path)


def messages(found: StyleCheck) -> dict[str, str]:
    return {fault.field: fault.message for fault in found.weak}


def test_the_styles_of_the_package_are_weak_on_purpose_alone() -> None:
    found = {name: {f.message for f in weaknesses(load_style(name))} for name in style_names()}
    assert {name: said for name, said in found.items() if said} == ON_PURPOSE


def test_the_styles_of_the_package_have_no_faults() -> None:
    assert not [(name, found) for name in style_names() for found in check_style_data(load_style(name))]


@pytest.mark.parametrize(
    ("text", "field", "hint"),
    [
        ("mix: clubb", "mix", "did you mean 'club'?"),
        ("forms: [Popp]", "forms[1]", "Pop"),
        ("keys: {minor: [H]}", "keys.minor[1]", "write a note from A to G"),
        ("rename: {chorrus: drop}", "rename.chorrus", "did you mean 'chorus'?"),
        ("gestures: {rolls: {snaree: 1}}", "gestures.rolls.snaree", "did you mean 'snare'?"),
        ("gestures: {builds: {bild: 1}}", "gestures.builds.bild", "did you mean 'build'?"),
        ("modulations: {sections: {brigde: 1}}", "modulations.sections.brigde", "did you mean 'bridge'?"),
        (
            "arrangement: {shapes: {chrous: {full: 1}}}",
            "arrangement.shapes.chrous",
            "did you mean 'chorus'?",
        ),
        ("progressions: {minor: {verrse: [i]}}", "progressions.minor.verrse", "did you mean 'verse'?"),
        ("tempo: [130, 110]", "tempo", "[110, 130]"),
        ("modes: {minor: -1, major: 2}", "modes.minor", ""),
    ],
)
def test_a_wrong_value_is_named_with_what_was_meant(
    tmp_path: Path, text: str, field: str, hint: str
) -> None:
    (fault,) = check(tmp_path, f"like: house\n{text}\n").wrong
    assert (fault.field, fault.line) == (field, 2)
    assert hint in fault.hint


@pytest.mark.parametrize("name", ["bossa-nova", "drill"])
def test_a_style_of_the_package_is_good(name: str) -> None:
    found = composer.check_style(name)
    assert (found.verdict, found.exit_code, len(found.songs)) == ("good", 0, 3)


def test_two_lines_are_enough_for_a_good_style(tmp_path: Path) -> None:
    found = check(tmp_path, "like: house\ntempo: [112, 116]\n")
    assert found.exit_code == 0
    assert (found.says, found.like) == (("tempo",), "house")
    assert "instruments" in found.takes


def test_all_that_is_wrong_is_said_at_once_with_line_and_suggestion(tmp_path: Path) -> None:
    text = "like: hause\ndrums:\n  4/4: {low: [house_midd]}\nenrgy: {chorus: 0.3}\nplayers: [4]\n"
    found = check(tmp_path, text)
    assert found.exit_code == 2
    said = {fault.line: (fault.field, fault.hint) for fault in found.wrong}
    assert said[1] == ("like", "did you mean 'house'?")
    assert said[3] == ("drums.4/4.low", "did you mean 'house_mid'?")
    assert said[4] == ("enrgy", "did you mean 'energy'?")
    assert said[5][0].startswith("players")


WEAK = """\
like: rock
modes: {minor: 1}
drums: {4/4: {low: [rock_mid_a], mid: [rock_mid_a], high: [rock_mid_a]}}
fills: {4/4: []}
energy: {chorus: 0.4}
progressions: {minor: {verse: ["VI | ii°"], chorus: ["VI | VI"]}}
players: [5, 6]
stems:
  - {name: drums, role: drums, prompt: drum kit}
  - {name: bass, role: bass, prompt: electric bass}
  - {name: guitar, role: chords, prompt: electric guitar}
  - {name: horn, role: lead, prompt: trumpet, from: 0.99}
"""


def test_what_is_weak_is_said_with_its_line(tmp_path: Path) -> None:
    found = check(tmp_path, WEAK)
    assert found.exit_code == 1
    said = messages(found)
    assert said["drums.4/4"] == "quiet and loud sections have the same drum groove"
    assert said["fills"] == "drums have no fills in 4/4"
    assert said["energy.chorus"].startswith("the chorus (0.4) is no stronger")
    assert "never comes home" in said["progressions.minor.chorus"]
    assert said["stems[4]"].startswith("horn never plays")
    assert said["players"].startswith("5 players at least")
    lines = {fault.field: fault.line for fault in found.weak}
    assert (lines["drums.4/4"], lines["fills"], lines["stems[4]"]) == (3, 4, 12)


def test_songs_are_planned_and_what_they_lack_is_heard(tmp_path: Path) -> None:
    stems = "stems: [{name: bass, role: bass, prompt: bass}, {name: pad, role: pad, prompt: pad}]"
    found = check(tmp_path, f"like: pop\n{stems}\nplayers: [2, 2]\nenergy: {{verse: 0.8}}\n")
    assert messages(found)["stems"] == "nobody plays lead"
    assert all("2 players" in song for song in found.songs)


def test_the_command_ends_with_the_code_that_its_help_states(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("like: rock\nenergy: {chorus: 0.3}\n")
    (tmp_path / "broken.yaml").write_text("like: rok\n")
    code, out, _ = run("styles", "--check", tmp_path / "mine.yaml")
    assert code == 1
    assert "weak:" in out and "energy.chorus" in out
    assert run("styles", "--check", tmp_path / "broken.yaml")[0] == 2
    assert run("styles", "--check", "rok")[0] == 2
    assert run("styles", "--check", "rock", "--show", "rock")[0] == 2
    help_text = " ".join(run("styles", "--help")[1].split())
    assert "0 good; 1 it can be used, and something is weak; 2 something is wrong" in help_text
