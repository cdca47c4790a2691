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
KEPT = ROOT / ".mypy_cache" / "of_users"
SCRIPTS = ("uses_the_api.py", "misuses_the_api.py")

_SEEN_BY_NO_USER = """\
[mypy]
[mypy-torch.*,diffusers.*,transformers.*,scipy.*,ray.*,PIL.*,matplotlib.*,networkx.*,fastapi.*,starlette.*,rich.*]
follow_imports = skip
ignore_missing_imports = True
"""
"""Packages of other projects that no argument and no result is of: most of what there is to read. Were one
of them seen in a result, it would be Any there, and not what is expected."""

REVEALED = {
    "song": "composer.rendering.song.Song",
    "song.checks": "tuple[render.checks.check.Check, ...]",
    'song.save("neon", replace=True)': "pathlib.Path",
    'song.export("out", ["wav", "reaper"], sample_rate=48_000, drum_parts=False)': (
        "composer.handover.write.HandOver"
    ),
    'composer.plan("neon_tides")': "structure.plans.plan.SongPlan",
    "composer.songs()": "tuple[str, ...]",
    "composer.styles()": "tuple[composer.stylebook.summaries.StyleSummary, ...]",
    'composer.style("tango")': "composer.stylebook.card.StyleCard",
    'composer.check_style(Path("mine.yaml")).weak': "tuple[structure.base.errors.Fault, ...]",
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
    "song.stems": rf"typing\.Mapping\[str, {FLOATS}\]",
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


@pytest.fixture(scope="module")
def said(python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What mypy says of each script, in one run, as it reads all of the package."""
    folder = tmp_path_factory.mktemp("scripts")
    for script in SCRIPTS:
        (folder / script).write_text((DATA / script).read_text())
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "MYPYPATH")}
    # What mypy knows of the packages stays from one run to the next: to read them takes nine seconds.
    options = ["--strict", "--python-executable", str(python), "--cache-dir", str(KEPT)]
    (folder / "mypy.ini").write_text(_SEEN_BY_NO_USER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, *SCRIPTS],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    return {script: [line for line in lines if line.startswith(script)] for script in SCRIPTS}


@pytest.mark.slow
def test_results_have_precise_types(said: dict[str, list[str]]) -> None:
    script = "uses_the_api.py"
    assert [line for line in said[script] if "error:" in line] == []
    lines = (DATA / script).read_text().splitlines()
    found: dict[str, str] = {}
    for line in said[script]:
        match = re.fullmatch(rf'{script}:(\d+): note: Revealed type is "(.*)"', line)
        if match:
            asked = lines[int(match[1]) - 1].strip().removeprefix("reveal_type(").removesuffix(")")
            found[asked] = match[2].replace("builtins.", "")
    assert {asked: found[asked] for asked in REVEALED} == REVEALED
    for asked, pattern in MATCHING.items():
        assert re.fullmatch(pattern, found[asked]), found[asked]
    assert len(found) == len(REVEALED) + len(MATCHING)


@pytest.mark.slow
def test_mistakes_are_found_before_they_are_made(said: dict[str, list[str]]) -> None:
    script = "misuses_the_api.py"
    lines = (DATA / script).read_text().splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if "composer." in line}
    found = {int(line.split(":")[1]) for line in said[script] if ": error:" in line}
    assert len(wrong) == 8
    assert found == wrong


@pytest.mark.parametrize("package", ["composer", "render", "songs", "structure"])
def test_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
