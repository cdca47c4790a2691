"""The folders build on each other in one direction: composer, then render, then structure; no circles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx
import pytest

from tests.builders import nonempty

ROOT = Path(__file__).parents[1]
PACKAGES = ("structure", "songs", "render", "composer", "training")
MOST_MODULES = 16
"""In one folder, without its ``__init__``."""

ALLOWED: dict[str, str] = {
    "structure": "",
    "structure.arrange": "structure.base structure.harmony structure.plans structure.presets",
    "structure.arrange.melody": (
        "structure.arrange structure.base structure.harmony structure.plans structure.presets"
    ),
    "structure.arrange.happening": (
        "structure.arrange structure.arrange.melody structure.arrange.solos structure.base "
        "structure.harmony structure.plans structure.presets"
    ),
    "structure.arrange.solos": (
        "structure.arrange structure.arrange.melody structure.base structure.harmony structure.plans "
        "structure.presets"
    ),
    "structure.arrange.articulation": (
        "structure.arrange structure.arrange.solos structure.base structure.plans structure.presets"
    ),
    "structure.base": "",
    "structure.picture": "structure.base",
    "structure.counterpoint": "structure.base structure.harmony",
    "structure.changing": "structure.base structure.description.words structure.specs",
    "structure.description": "structure.base structure.description.meaning structure.specs",
    "structure.description.meaning": (
        "structure.description.grammar structure.description.scoping structure.description.words "
        "structure.presets structure.specs"
    ),
    "structure.description.scoping": "structure.base structure.description.grammar structure.specs",
    "structure.description.grammar": "structure.base structure.description.words structure.specs",
    "structure.description.words": "structure.base structure.presets structure.specs structure.symbols",
    "structure.engraving": "structure.base structure.harmony structure.plans structure.presets",
    "structure.forms": "structure.base structure.description structure.presets structure.specs",
    "structure.harmony": (
        "structure.base structure.forms structure.plans structure.presets structure.symbols"
    ),
    "structure.imports": (
        "structure.base structure.harmony structure.imports.guessing structure.plans structure.presets"
    ),
    "structure.imports.guessing": "structure.base structure.harmony structure.presets",
    "structure.loading": (
        "structure.arrange structure.base structure.harmony structure.imports structure.lyrics "
        "structure.picture structure.presets structure.specs"
    ),
    "structure.lyrics": (
        "structure.arrange structure.base structure.harmony structure.plans structure.specs"
    ),
    "structure.notation": (
        "structure.arrange structure.base structure.engraving structure.harmony structure.lyrics "
        "structure.plans "
        "structure.presets"
    ),
    "structure.outcomes": (
        "structure.base structure.harmony structure.plans structure.presets structure.specs "
        "structure.symbols"
    ),
    "structure.planning": (
        "structure.arrange structure.arrange.articulation structure.arrange.happening "
        "structure.arrange.melody structure.arrange.solos structure.base structure.counterpoint "
        "structure.description structure.forms structure.harmony structure.picture "
        "structure.planning.arranging "
        "structure.planning.given structure.planning.players structure.planning.singing "
        "structure.planning.wishes structure.plans structure.presets structure.specs structure.tempo"
    ),
    "structure.planning.given": (
        "structure.arrange.melody structure.base structure.forms structure.harmony structure.picture "
        "structure.planning.players structure.plans structure.specs structure.tempo"
    ),
    "structure.planning.players": (
        "structure.arrange structure.arrange.melody structure.base structure.harmony structure.lyrics "
        "structure.plans structure.presets structure.specs structure.tempo"
    ),
    "structure.planning.wishes": (
        "structure.arrange structure.arrange.articulation structure.base structure.forms "
        "structure.harmony structure.outcomes structure.planning.players structure.plans "
        "structure.presets structure.specs structure.tempo"
    ),
    "structure.planning.singing": (
        "structure.arrange structure.base structure.forms structure.harmony structure.lyrics "
        "structure.planning.players structure.plans structure.presets structure.specs"
    ),
    "structure.planning.arranging": "structure.base structure.plans structure.presets",
    "structure.plans": "structure.base structure.picture structure.presets structure.specs",
    "structure.presets": "structure.base",
    "structure.specs": "structure.base structure.picture structure.presets",
    "structure.symbols": "structure.base",
    "structure.tunes": "structure.base structure.imports",
    "structure.tempo": "structure.base structure.plans",
    "songs": "structure.base",
    "render": (
        "render.audio render.backends render.clips render.clips.caching render.mixing "
        "structure.base structure.plans structure.specs"
    ),
    "render.audio": "structure.base structure.harmony structure.presets",
    "render.backends": "render.audio render.model render.model.playing structure.base structure.plans",
    "render.backends.pipelines": "render.audio render.backends structure.base",
    "render.backends.riffusion": "render.audio render.backends structure.base",
    "render.checks": (
        "render.audio render.mixing structure.arrange.melody structure.base structure.harmony "
        "structure.plans structure.presets"
    ),
    "render.clips": (
        "render.audio render.backends render.clips.caching render.effects render.mixing "
        "render.model render.model.playing render.model_voice render.recordings render.voice "
        "structure.base structure.forms structure.plans structure.presets structure.specs"
    ),
    "render.clips.caching": "render.backends structure.base",
    "render.effects": "render.audio render.backends structure.base structure.plans structure.presets",
    "render.export": (
        "render.audio render.model.playing structure.base structure.harmony structure.plans structure.specs"
    ),
    "render.export.live": "render.export structure.base structure.plans",
    "render.listening": (
        "render.audio structure.base structure.harmony structure.imports structure.imports.guessing"
    ),
    "render.recordings": "render.audio render.backends render.listening structure.base structure.plans",
    "render.voice": "render.backends structure.base structure.plans",
    "render.model_voice": (
        "render.backends render.model render.voice structure.base structure.plans structure.specs"
    ),
    "render.mixing": "render.audio structure.base structure.plans structure.presets structure.specs",
    "render.model": (
        "render.audio render.model.playing structure.base structure.description.words structure.plans "
        "structure.presets"
    ),
    "render.model.playing": "structure.base structure.plans structure.presets",
    "composer": (
        "composer.base composer.cli composer.clips composer.folder composer.handover "
        "composer.rendering composer.sources composer.stylebook composer.understanding "
        "render.audio render.backends render.checks render.clips render.clips.caching songs "
        "structure.base structure.plans structure.specs"
    ),
    "composer.base": (
        "render.audio render.backends render.clips structure.base structure.harmony structure.plans "
        "structure.specs"
    ),
    "composer.cli": (
        "composer.base composer.batch composer.cli.commands composer.cli.display composer.engine "
        "render.clips.caching structure.base"
    ),
    "composer.batch.words": (
        "composer.base structure.base structure.description structure.harmony structure.plans "
        "structure.presets"
    ),
    "composer.batch": (
        "composer.base composer.batch.words composer.clips composer.engine composer.folder "
        "composer.rendering composer.sources render render.audio render.backends render.clips "
        "render.clips.caching render.mixing songs structure.base structure.description "
        "structure.harmony structure.loading structure.plans structure.presets structure.specs "
        "structure.tunes"
    ),
    "composer.cli.commands": (
        "composer.base composer.cli.display composer.clips composer.engine composer.folder "
        "composer.handover composer.history composer.pictures composer.project composer.rendering "
        "composer.sources composer.studio composer.stylebook composer.understanding render.audio "
        "render.backends render.backends.riffusion render.checks render.clips "
        "render.clips.caching render.model_voice structure.base structure.description structure.imports "
        "structure.notation structure.planning structure.plans structure.specs structure.tunes"
    ),
    "composer.cli.display": (
        "composer.base composer.batch composer.folder composer.history composer.sources "
        "composer.stylebook composer.understanding "
        "render.backends render.checks songs "
        "structure.base structure.description structure.loading structure.plans structure.presets"
    ),
    "composer.clips": (
        "composer.base composer.folder composer.sources composer.understanding render "
        "render.audio render.backends render.backends.riffusion render.clips.caching "
        "render.mixing render.model structure.base structure.description structure.planning "
        "structure.planning.wishes structure.plans structure.specs"
    ),
    "composer.engine": (
        "render.backends render.clips render.clips.caching render.model_voice render.recordings "
        "render.voice structure.base"
    ),
    "composer.folder": (
        "composer.base composer.sources render render.audio render.checks render.clips "
        "render.mixing structure.base structure.loading structure.plans structure.presets "
        "structure.specs structure.tunes"
    ),
    "composer.handover": (
        "composer.base composer.folder composer.pictures render render.audio render.backends "
        "render.checks render.clips.caching render.export render.export.live render.mixing "
        "structure.base structure.notation structure.plans structure.presets structure.specs"
    ),
    "composer.history": (
        "composer.base composer.folder composer.sources render render.audio render.backends "
        "render.checks render.clips render.clips.caching render.mixing structure.base "
        "structure.plans structure.specs"
    ),
    "composer.pictures": (
        "composer.base render.audio structure.base structure.harmony structure.notation structure.plans"
    ),
    "composer.project": (
        "composer.base composer.folder composer.history composer.rendering composer.sources "
        "render.audio render.backends render.clips render.clips.caching songs "
        "structure.arrange.articulation structure.base structure.changing structure.description "
        "structure.description.words structure.harmony structure.loading structure.outcomes "
        "structure.planning structure.plans structure.presets structure.specs"
    ),
    "composer.studio": (
        "composer.base composer.folder composer.handover composer.history composer.project "
        "composer.rendering composer.sources composer.studio.messages composer.studio.showing "
        "composer.studio.sound render.audio render.backends render.clips.caching songs "
        "structure.base structure.harmony structure.loading structure.notation structure.plans "
        "structure.presets structure.specs"
    ),
    "composer.studio.messages": "structure.base structure.loading",
    "composer.studio.showing": (
        "composer.history composer.project composer.sources composer.studio.messages "
        "composer.understanding structure.base structure.plans structure.presets"
    ),
    "composer.studio.sound": (
        "composer.folder composer.project composer.studio.messages render.audio structure.base"
    ),
    "composer.stylebook": (
        "composer.base structure.arrange structure.base structure.harmony structure.loading "
        "structure.planning structure.plans structure.presets structure.specs"
    ),
    "composer.understanding": (
        "structure.base structure.description structure.outcomes structure.plans structure.specs"
    ),
    "composer.rendering": (
        "composer.base composer.folder composer.handover composer.history composer.pictures "
        "composer.sources composer.understanding render render.audio render.backends "
        "render.checks render.clips render.clips.caching structure.base structure.notation "
        "structure.plans structure.specs"
    ),
    "composer.sources": (
        "composer.base composer.understanding render.audio render.clips.caching render.listening "
        "render.model songs structure.base structure.description structure.forms "
        "structure.harmony structure.imports structure.imports.guessing structure.loading "
        "structure.outcomes structure.picture structure.planning structure.planning.given "
        "structure.planning.wishes structure.plans structure.presets structure.specs"
    ),
    "training": (
        "render.model render.model.playing structure.base structure.harmony structure.loading "
        "structure.planning structure.plans"
    ),
    "training.evaluation": "render.model render.model.playing structure.base training",
    "training.voice": (
        "render.model render.model_voice render.voice structure.base structure.lyrics training"
    ),
}
"""Which folders of ours the modules of a folder may import, wherever in them the import stands."""

MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a module or of a folder."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


NAMES = {name_of(path) for path in MODULES}
FOLDERS = sorted({name_of(path.parent) for path in MODULES})


@cache
def imported(path: Path) -> tuple[str, ...]:
    """Full names of all modules that a file imports, wherever in it."""
    return tuple(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            module = node.module or ""
            submodules = [f"{module}.{alias.name}" for alias in node.names]
            yield from (name if name in NAMES else module for name in submodules)


def folder_of(module: str) -> str | None:
    """The folder of one of our own modules, None for those of others."""
    if module in NAMES:
        return module.rpartition(".")[0]
    return module if module in FOLDERS else None


@cache
def imported_folders(folder: str) -> dict[str, str]:
    """The other folders that a folder imports, each with a module that does so."""
    found = {}
    for path in (ROOT / folder.replace(".", "/")).glob("*.py"):
        for target in map(folder_of, imported(path)):
            if target is not None and target != folder:
                found[target] = path.name
    return found


def test_the_table_names_every_folder() -> None:
    assert sorted(ALLOWED) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_imports_what_the_table_allows(folder: str) -> None:
    wrong = {k: v for k, v in imported_folders(folder).items() if k not in ALLOWED[folder].split()}
    assert not wrong


@pytest.mark.slow
def test_there_is_no_circle_between_folders() -> None:
    graph = nx.DiGraph((folder, target) for folder in FOLDERS for target in imported_folders(folder))
    assert graph.number_of_edges() > 100
    assert not list(nx.simple_cycles(graph))
    allowed = nx.DiGraph(
        (folder, target) for folder, targets in ALLOWED.items() for target in targets.split()
    )
    assert not list(nx.simple_cycles(allowed))


@pytest.mark.slow
def test_imports_run_downwards() -> None:
    below = {
        "structure": {"structure"},
        "songs": {"songs", "structure"},
        "render": {"render", "structure"},
        "composer": {"composer", "render", "songs", "structure"},
        "training": {"training", "render", "structure"},
    }
    for folder in FOLDERS:
        packages = {target.partition(".")[0] for target in imported_folders(folder)}
        assert packages <= below[folder.partition(".")[0]], folder


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_can_be_taken_in_at_a_glance(folder: str) -> None:
    modules = [p for p in (ROOT / folder.replace(".", "/")).glob("*.py") if p.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


@pytest.mark.parametrize("path", [path for path in MODULES if name_of(path).startswith("structure")])
def test_structure_knows_no_sound(path: Path) -> None:
    heavy = {"torch", "diffusers", "transformers", "pedalboard", "soundfile", "scipy"}
    assert not {name.partition(".")[0] for name in imported(path)} & heavy


def test_backends_know_nothing_of_songs() -> None:
    for path in nonempty((ROOT / "render" / "backends").rglob("*.py")):
        songs = {"structure.plans.plan", "structure.specs.spec", "structure.planning.planner"}
        assert not songs & set(imported(path)), path
