"""`ritornello plan --lead-sheet` writes a sheet by its suffix, or says why not and writes nothing."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import composer.cli.main
from structure.base.errors import RitornelloError
from structure.loading.loader import parse_spec
from structure.notation.sheet import SUFFIXES, write_lead_sheet
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.composer.songmaker import SHORT_SPEC

SPEC = SHORT_SPEC.replace("stems:\n", "stems:\n  - {name: tune, role: lead, prompt: flute}\n", 1)


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_song(parse_spec(SPEC, "song.yaml"))


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["ritornello", *arguments])
    try:
        composer.cli.main.main()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 1
    return 0


def test_the_command_writes_sheet_and_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("song.yaml").write_text(SPEC)
    assert run(monkeypatch, "plan", "song.yaml", "--png", "plan.png", "--lead-sheet", "song.musicxml") == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.png", "song.musicxml", "song.yaml"]
    root = ElementTree.parse("song.musicxml").getroot()
    assert root.findtext("movement-title") == "Small Song"
    assert next(root.iter("rehearsal")).text == "Verse"
    assert any(note.find("pitch") is not None for note in root.iter("note"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_plan_gives_the_same_bytes(suffix: str, plan: SongPlan, tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_lead_sheet(tmp_path / f"{name}{suffix}", plan)
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_capital_suffixes_are_known(plan: SongPlan, tmp_path: Path) -> None:
    write_lead_sheet(tmp_path / "song.MusicXML", plan)
    assert (tmp_path / "song.MusicXML").read_text().startswith("<?xml")


def test_an_unknown_suffix_is_refused_before_planning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, "plan", "no_such_song.yaml", "--lead-sheet", "song.doc") == 2
    assert "song.doc: a lead sheet is a .musicxml, .pdf or .svg file" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["verovio", "fontTools"])
@pytest.mark.parametrize("suffix", [".pdf", ".svg"])
def test_without_the_extra_the_error_says_what_to_install_and_nothing_is_written(
    suffix: str, missing: str, plan: SongPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(RitornelloError, match=r"pip install 'ritornello\[score\]'"):
        write_lead_sheet(tmp_path / f"song{suffix}", plan)
    assert list(tmp_path.iterdir()) == []
    write_lead_sheet(tmp_path / "song.musicxml", plan)
