"""``ritornello diff`` names what changed, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.composer.songmaker import SHORT_SPEC, Run

EDITED = SHORT_SPEC.replace("chorus: {bars: 2, chords: C | G}", "chorus: {bars: 2, chords: F | G}").replace(
    "prompt: electric bass", "prompt: double bass"
)


@pytest.fixture
def songs(render_once: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "edited.yaml").write_text(EDITED)
    for name in ("small", "edited"):
        render_once(f"../{name}.yaml", out=name)


@pytest.mark.slow
def test_two_rendered_songs(run: Run, songs: None) -> None:
    code, out, err = run("diff", "small", "edited", "--json")
    assert code == 0, err
    found = json.loads(out)
    by_kind: dict[str, dict[str, tuple[object, object]]] = {}
    for change in found["changes"]:
        by_kind.setdefault(change["kind"], {})[change["what"]] = (change["before"], change["after"])
    assert by_kind["spec"] == {
        "stems[low].prompt": ("electric bass", "double bass"),
        "sections.chorus.chords": ("C | G", "F | G"),
    }
    assert by_kind["plan"]["chorus:1.chords"] == ("C | G", "F | G")
    assert not any(what.startswith("verse") for what in by_kind["plan"])
    assert set(by_kind["clips"]) == {"verse:1", "chorus:1", "chorus:2"}
    assert by_kind["clips"]["verse:1"] == ("low", "low (changed)")
    assert "kit" not in str(by_kind["clips"])
    assert {"stems/low.wav", "master.wav", "premaster.wav"} <= set(by_kind["files"])
    assert found["clips"] == {"verse": {"clips": 1, "kept": 0}, "chorus": {"clips": 4, "kept": 2}}


@pytest.mark.slow
def test_the_table_and_the_exit_code(run: Run, songs: None) -> None:
    code, out, _ = run("diff", "small", "edited", "--exit-code")
    assert code == 1
    assert "double bass" in out and "F | G" in out
    assert "clips kept: verse 0 of 1, chorus 2 of 4" in out
    assert run("diff", "small", "small", "--exit-code") == (0, "no difference\n", "")


@pytest.mark.slow
@pytest.mark.parametrize("other", ["../small.yaml", "small/song.lock", "small/song.yaml"])
def test_a_song_is_as_its_spec_and_its_lock(run: Run, songs: None, other: str) -> None:
    assert run("diff", "small", other) == (0, "no difference\n", "")
    _, out, _ = run("diff", other, "edited", "--json")
    kinds = {change["kind"] for change in json.loads(out)["changes"]}
    assert {"spec", "plan", "clips"} <= kinds
    assert json.loads(out)["clips"]["chorus"] == {"clips": 4, "kept": 2}


@pytest.mark.slow
def test_what_cannot_be_compared_is_a_message(run: Run, songs: None, tmp_path: Path) -> None:
    for wrong in ("none.yaml", "none.lock", "..", "../small.yamll"):
        code, out, err = run("diff", "small", wrong)
        assert (code, out) == (2, "") and "error: " in err
