"""The installed package is typed for its users: names, arguments and what comes back."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data" / "typing"

REVEALED = {
    "song": "composer.rendering.song.Song",
    "song.checks": "tuple[render.checks.check.Check, ...]",
    'song.save("neon", replace=True)': "pathlib.Path",
    'song.export("out", ["wav", "reaper"], sample_rate=48_000, drum_parts=False)': (
        "composer.handover.write.HandOver"
    ),
    'composer.plan("neon_tides")': "structure.plans.plan.SongPlan",
    "composer.songs()": "tuple[str, ...]",
    'composer.new_spec("a waltz")': "str",
    'composer.export(Path("neon"), "flac", bit_depth=24)': "composer.handover.write.HandOver",
    'composer.remaster("neon", "club")': "composer.folder.remaster.Remaster",
    'composer.verify("neon")': "tuple[render.checks.check.Check, ...]",
    "made": "composer.clips.clip.MadeClip",
    'composer.morph("lofi", "techno", steps=2)': "composer.clips.clip.MadeClip",
    "composer.vary(made, 0.5, take=2)": "composer.clips.clip.MadeClip",
    "composer.__version__": "str",
    "error.faults": "tuple[structure.base.errors.Fault, ...]",
    "error.path": "pathlib.Path | None",
    "error.hint": "str",
}

FLOATS = r"numpy\.ndarray\[.*numpy\.(float32|floating\[.*_32Bit\]).*\]"
"""How arrays of float32 are written, by one version of numpy or another."""

MATCHING = {
    "song.master": FLOATS,
    "song.stems": rf"dict\[str, {FLOATS}\]",
    'composer.radio("lofi", "techno", tempo=90)': rf".*Generator\[{FLOATS}, str \| None, None\]",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the packages as an installation has them, beside what they depend on."""
    folder = tmp_path_factory.mktemp("user")
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib*/**/site-packages"), None) or folder / "Lib" / "site-packages"
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site / "ritornello.pth").write_text("\n".join([str(ROOT), *others]))
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def mypy(python: Path, script: str, tmp_path: Path) -> list[str]:
    (tmp_path / script).write_text((DATA / script).read_text())
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), script]
    done = subprocess.run(
        [*command, "--cache-dir", str(python.parents[1] / "cache")],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.slow
def test_results_have_precise_types(python: Path, tmp_path: Path) -> None:
    script = "uses_the_api.py"
    said = mypy(python, script, tmp_path)
    assert [line for line in said if "error:" in line] == []
    lines = (DATA / script).read_text().splitlines()
    found: dict[str, str] = {}
    for line in said:
        match = re.fullmatch(rf'{script}:(\d+): note: Revealed type is "(.*)"', line)
        if match:
            asked = lines[int(match[1]) - 1].strip().removeprefix("reveal_type(").removesuffix(")")
            found[asked] = match[2].replace("builtins.", "").replace("Union[", "").strip()
    assert {asked: found[asked] for asked in REVEALED} == REVEALED
    for asked, pattern in MATCHING.items():
        assert re.fullmatch(pattern, found[asked]), found[asked]
    assert len(found) == len(REVEALED) + len(MATCHING)


@pytest.mark.slow
def test_mistakes_are_found_before_they_are_made(python: Path, tmp_path: Path) -> None:
    script = "misuses_the_api.py"
    said = mypy(python, script, tmp_path)
    lines = (DATA / script).read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if "composer." in line}
    found = {int(line.split(":")[1]) for line in said if ": error:" in line and line.startswith(script)}
    assert len(wrong) == 8
    assert found == wrong


@pytest.mark.parametrize("package", ["composer", "render", "songs", "structure"])
def test_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
