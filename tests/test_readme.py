"""What the README shows is true: its spec can be read and planned, its commands are those of the tests."""

import os
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from tests.builders import nonempty

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_spec_plans_to_what_its_comments_say() -> None:
    example = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert example is not None
    plan = plan_song(parse_spec(example[1], "README.md"))
    assert [visit.place.name for visit in plan.visits] == [
        "intro",
        "verse",
        "chorus",
        "verse",
        "chorus",
        "chorus",
    ]
    assert plan.bars == 44
    first, second, last = (visit for visit in plan.visits if visit.place.name == "chorus")
    assert second.music.score == first.music.score
    assert (last.sound.variation, last.music.lift) == (0.35, 2)


def test_the_files_that_it_names_are_there() -> None:
    for target in nonempty(re.findall(r"\]\(([^)#:]+)\)", README)):
        assert (ROOT / target).is_file(), target


def test_continuous_integration_runs_its_test_command() -> None:
    commands = re.findall(r"```sh\n(python3 -m venv [^\n]+)\n```", README)
    assert len(commands) == 2
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("--quiet ", "")
    assert commands[1] in script


_HIDE = """
from importlib.machinery import PathFinder
hidden = {names!r}
found = PathFinder.find_spec
PathFinder.find_spec = lambda name, *more: None if name.partition(".")[0] in hidden else found(name, *more)
"""
"""A sitecustomize module under which some modules are not installed."""


@pytest.mark.slow
def test_the_hidden_modules_are_those_of_the_extras_and_of_the_tests(tmp_path: Path) -> None:
    extras = {"librosa", "verovio", "mir_eval", "pytest"}
    assert extras <= modules_outside_the_base_install()
    assert not {"torch", "pedalboard", "composer", "render"} & modules_outside_the_base_install()
    script = (
        "from importlib.util import find_spec; print(*(bool(find_spec(n)) for n in ('verovio', 'numpy')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=base_install(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.slow
def test_its_commands_work_line_by_line_on_the_base_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "readme_block.py"), str(tmp_path / "songs")],
        env=base_install(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    codes = re.findall(r"^\$ (.+)(?:\n(?!\$).*)*?\n\[exit (-?\d+),", done.stdout, re.MULTILINE)
    assert len(codes) == 16
    assert {command: code for command, code in codes if code != "0"} == {}, done.stderr
    assert done.returncode == 0
    written = {path.name for path in (tmp_path / "songs").iterdir()}
    assert {"morning_sting", "waltz", "waltz.png", "waltz.musicxml", "again", "radio.flac"} <= written


def base_install(folder: Path) -> dict[str, str]:
    """An environment with this project's commands, in which only the base dependencies can be imported."""
    hook = folder / "hook"
    hook.mkdir()
    text = _HIDE.format(names=modules_outside_the_base_install())
    (hook / "sitecustomize.py").write_text(text, encoding="utf-8")
    own = os.environ.get("PYTHONPATH")
    commands = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": os.pathsep.join((commands, os.environ["PATH"])),
        "PYTHONPATH": os.pathsep.join((str(hook), *([own] if own else []))),
    }


def modules_outside_the_base_install() -> set[str]:
    """Modules that are installed here, and would not be by ``pip install .`` alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in (project["name"], *project["dependencies"])]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        key = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if key in seen:
            continue
        seen.add(key)
        waiting += _needs_of(wanted) if wanted.name != project["name"] else []
    base = {name for name, _ in seen}
    return {
        module
        for module, owners in metadata.packages_distributions().items()
        if not base & {canonicalize_name(owner) for owner in owners} and module.isidentifier()
    }


def _needs_of(wanted: Requirement) -> list[Requirement]:
    """What an installed package needs, with the extras that are asked for."""
    try:
        lines = metadata.requires(wanted.name) or []
    except metadata.PackageNotFoundError:
        return []
    needs = [Requirement(line) for line in lines]
    extras = ("", *wanted.extras)
    return [
        need for need in needs if not need.marker or any(need.marker.evaluate({"extra": e}) for e in extras)
    ]
