"""A song in a style of the user's own carries that style with it, wherever its folder goes."""

import json
import shutil
from pathlib import Path

import pytest

import composer
from composer.sources.source import read_source, text_in_folder
from structure.plans.planfile import plan_document
from tests.composer.songmaker import SHORT_SPEC, Run
from tests.tones import ToneBackend

STYLE = "# mine\nlike: pop\ntempo: [240, 240]\nmodes: {minor: 1.0}\n"
SPEC = SHORT_SPEC.replace("tempo: 240\n", "").replace(
    "genre: pop", 'genre: "../styles/Mine.yaml"  # my own'
)


@pytest.fixture
def specs(run: Run) -> Path:
    """The folder of a spec whose style lies in a folder beside it."""
    for name, text in {"specs/song.yaml": SPEC, "styles/Mine.yaml": STYLE}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(text)
    return Path("specs")


@pytest.mark.slow
def test_a_folder_that_moves_away_plans_the_same_song(
    run: Run, backend: ToneBackend, specs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("render", "specs/song.yaml", "-q", "--out", "made") == (0, "", "")
    written = json.loads(Path("made/song.lock").read_text())["written"]
    assert "Mine.yaml" in written and written == sorted(written)
    planned = Path("made/plan.json").read_text()
    away = tmp_path / "away"
    shutil.move("made", away)
    shutil.rmtree("styles")
    monkeypatch.chdir("/")
    assert run("plan", str(away / "song.yaml"), "--json") == (0, planned, "")
    assert (away / "Mine.yaml").read_text() == STYLE
    assert (away / "song.yaml").read_text() == SPEC.replace('"../styles/Mine.yaml"', "Mine.yaml")
    verified = run("verify", str(away))
    assert verified[0] == 0, verified[1]
    assert run("render", str(away / "song.yaml"), "-q", "--out", str(away), "--force") == (0, "", "")
    assert (away / "plan.json").read_text() == planned


@pytest.mark.slow
def test_a_lock_alone_gives_the_style_back(run: Run, backend: ToneBackend, specs: Path) -> None:
    assert run("render", "specs/song.yaml", "-q", "--out", "made") == (0, "", "")
    Path("alone.lock").write_bytes(Path("made/song.lock").read_bytes())
    shutil.rmtree("styles")
    assert run("render", "--lock", "alone.lock", "-q", "--out", "again") == (0, "", "")
    assert Path("again/song.lock").read_bytes() == Path("alone.lock").read_bytes()
    assert run("plan", "again/song.yaml", "--json")[1] == Path("made/plan.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["../out.yaml", "/out.yaml", "..\\out.yaml", "out.txt", ["x.yaml"], None])
def test_a_lock_writes_nothing_outside_its_folder(
    run: Run, backend: ToneBackend, specs: Path, name: object
) -> None:
    assert run("render", "specs/song.yaml", "-q", "--out", "made") == (0, "", "")
    lock = json.loads(Path("made/song.lock").read_text())
    lock["style_file"]["name"] = name
    Path("bad.lock").write_text(json.dumps(lock))
    code, _, err = run("render", "--lock", "bad.lock", "-q", "--out", "again")
    assert code == 2
    assert ("bad.lock is damaged: style_file.name" in err) or (
        "the style in the lock cannot be read" in err
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "{genre: ../styles/Mine.yaml, form: [verse], seed: 3}",
        "genre: >-\n  ../styles/Mine.yaml\nform: [verse]\nseed: 3\n",
        "title: &name ../styles/Mine.yaml\ngenre: *name\nform: [verse]\nseed: 3\n",
        "<<: {genre: ../styles/Mine.yaml}\nform: [verse]\nseed: 3\n",
    ],
)
def test_however_the_style_is_named_its_copy_is_found(specs: Path, text: str) -> None:
    path = specs / "other.yaml"
    path.write_text(text)
    source = read_source(path)
    Path("carried").mkdir()
    Path("carried/Mine.yaml").write_text(STYLE)
    Path("carried/song.yaml").write_text(text_in_folder(source))
    planned = plan_document(composer.plan(path))
    assert plan_document(composer.plan(Path("carried/song.yaml"))) == planned
