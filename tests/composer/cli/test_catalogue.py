"""What the commands list, how they are ordered, and a spec that is checked without a plan."""

import json
from pathlib import Path

import pytest
import yaml

from composer.cli.main import _GROUPS
from structure.base.types import ROLES
from structure.presets.forms import form_names, list_forms
from tests.composer.cli.test_cli import command_names
from tests.composer.songmaker import SHORT_SPEC, Run


def test_every_command_stands_under_one_heading(run: Run) -> None:
    named = [name for names in _GROUPS.values() for name in names]
    assert sorted(named) == command_names()
    text = run("--help")[1]
    places = [text.index(f"─ {heading} ─") for heading in _GROUPS]
    assert places == sorted(places)


def test_forms_and_roles_are_listed_with_what_they_are(run: Run) -> None:
    rows = json.loads(run("forms", "--json")[1])
    assert [row["name"] for row in rows] == list(form_names())
    text = run("forms")[1]
    for form in list_forms().values():
        assert form.name in text and all(alias in text for alias in form.aliases)
    rows = json.loads(run("roles", "--json")[1])
    assert [row["name"] for row in rows] == list(ROLES) and all(row["summary"] for row in rows)


def test_a_bundled_song_is_shown_by_its_name_or_title(run: Run) -> None:
    code, out, _ = run("songs", "--show", "Neon Tides")
    assert code == 0 and yaml.safe_load(out)["title"] == "Neon Tides"
    assert json.loads(run("songs", "--show", "neon_tides", "--json")[1])["text"] == out
    code, _, err = run("songs", "--show", "neon_tide")
    assert code == 2 and "did you mean 'neon_tides'?" in err


def test_check_lists_all_faults_with_their_lines(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SHORT_SPEC)
    bad.write_text("titel: x\nform: [verse]\nsections:\n  verse: {bars: no}\n")
    assert run("check", str(good))[:2] == (0, f"{good}: no faults\n")
    code, out, err = run("check", str(bad))
    assert code == 2 and out == ""
    assert f"{bad}:1: titel: " in err and f"{bad}:4: sections.verse.bars: " in err
    code, out, _ = run("check", str(bad), "--json")
    assert code == 2
    faults = json.loads(out)["faults"]
    assert [(fault["field"], fault["line"]) for fault in faults] == [
        ("titel", 1),
        ("sections.verse.bars", 4),
    ]
    assert json.loads(run("check", str(good), "--json")[1])["faults"] == []


def test_check_names_what_is_named_and_not_there(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(f"{SHORT_SPEC}render: {{backend: riffusin}}\nmaster: {{reference: none.wav}}\n")
    last = len(spec.read_text().splitlines())
    code, out, err = run("check", str(spec))
    assert code == 2 and out == ""
    assert f"{spec}:{last - 1}: render.backend: no backend is called 'riffusin' (did you mean" in err
    assert f"{spec}:{last}: master.reference: none.wav: no such audio file" in err
    (tmp_path / "none.wav").touch()
    spec.write_text(spec.read_text().replace("riffusin", "riffusion"))
    assert run("check", str(spec))[0] == 0


def test_plan_replaces_no_picture_and_no_sheet(run: Run, tmp_path: Path) -> None:
    spec, picture, sheet = tmp_path / "a.yaml", tmp_path / "a.png", tmp_path / "a.musicxml"
    spec.write_text(SHORT_SPEC)
    for option, path in (("--png", picture), ("--lead-sheet", sheet)):
        path.write_bytes(b"mine")
        code, _, err = run("plan", str(spec), option, str(path))
        assert code == 2 and "exists already; --force replaces it" in err and path.read_bytes() == b"mine"
        assert run("plan", str(spec), option, str(path), "--force")[0] == 0 and path.read_bytes() != b"mine"
    code, _, err = run("plan", str(spec), "--png", str(tmp_path / "a.jpg"))
    assert code == 2 and "write to a .png file" in err


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            "  verse: {bars: 4, mute: [tuba]}\nform: [verse]",
            "2: sections.verse.mute: section 'verse': no stem is",
        ),
        ("  verse: {bars: 4}\nform: [verse]\nlength: 0:30", "4: length: the form has 4 bars"),
    ],
)
def test_check_finds_what_only_the_band_and_the_tempo_of_a_style_tell(
    run: Run, tmp_path: Path, lines: str, said: str
) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"sections:\n{lines}\ngenre: pop\nseed: 1\n")
    code, _, err = run("check", str(spec))
    assert code == 2
    assert f"spec.yaml:{said}" in err


@pytest.mark.parametrize("options", [(), ("--prune",), ("--restore", "1")])
def test_versions_of_no_folder_are_an_error(run: Run, options: tuple[str, ...]) -> None:
    code, out, err = run("versions", "nowhere", *options)
    assert (code, out) == (2, "")
    assert "nowhere is not a folder" in err


@pytest.mark.parametrize("name", [".", "..", "/"])
@pytest.mark.parametrize("command", ["check", "plan"])
def test_a_folder_is_no_spec(run: Run, command: str, name: str) -> None:
    code, _, err = run(command, name)
    assert code == 2
    assert "folder" in err
