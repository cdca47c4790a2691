"""The packages build on each other in one direction: composer, then render, then structure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

ALLOWED = {
    "structure": {"songs", "structure"},
    "songs": {"songs", "structure"},
    "render": {"render", "structure"},
    "composer": {"composer", "render", "songs", "structure"},
}
"""Which of our own packages each may import. The bundled songs are data and no layer."""

MODULES = sorted(path for package in ALLOWED for path in (ROOT / package).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full names of all modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield node.module or ""


def package_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


def test_there_are_modules() -> None:
    assert {package_of(path) for path in MODULES} == set(ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_imports_run_downwards(path: Path) -> None:
    ours = {name.partition(".")[0] for name in imported(path)} & set(ALLOWED)
    assert ours <= ALLOWED[package_of(path)]


@pytest.mark.parametrize("path", [path for path in MODULES if package_of(path) == "structure"])
def test_structure_knows_no_sound(path: Path) -> None:
    heavy = {"torch", "diffusers", "transformers", "pedalboard", "soundfile", "scipy"}
    assert not {name.partition(".")[0] for name in imported(path)} & heavy


def test_backends_know_nothing_of_songs() -> None:
    for path in (ROOT / "render" / "backends").rglob("*.py"):
        assert not {"structure.plans.plan", "structure.specs.spec", "structure.planning.planner"} & set(
            imported(path)
        ), path
