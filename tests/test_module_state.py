"""Making a song leaves nothing behind in our modules that another song in the same process could hear."""

from __future__ import annotations

import gc
import importlib
import pkgutil
from collections.abc import Callable
from functools import _lru_cache_wrapper, cache, lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import BaseModel

import composer
from composer.history.reproduce import plan_locked_song, read_locked_song
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from tests.composer.songmaker import FULL_SPEC
from tests.tones import ToneBackend

PACKAGES = ("structure", "render", "composer")

pytestmark = pytest.mark.slow


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the three packages but those that run as a script, all of them imported."""
    names = [
        found.name
        for package in PACKAGES
        for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}.")
        if not found.name.endswith("__main__")
    ]
    return tuple(importlib.import_module(name) for name in (*PACKAGES, *names))


def contents(value: Any) -> object:
    """What a value holds, all the way down, as something that can be compared later; a value that holds
    nothing of ours stands for itself by its identity."""
    if isinstance(value, str | bytes | int | float | None):  # first: nearly all are
        return value
    if isinstance(value, dict):
        return "dict", tuple((contents(key), contents(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return type(value).__name__, tuple(map(contents, value))
    if isinstance(value, set | frozenset):
        return "set", frozenset(map(contents, value))
    if isinstance(value, np.ndarray | torch.Tensor):
        return "array", np.asarray(value).tobytes()
    if isinstance(value, BaseModel):
        return type(value).__name__, contents(value.__dict__), contents(value.__pydantic_private__)
    if type(value).__module__.partition(".")[0] in PACKAGES:
        slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
        held = {name: getattr(value, name) for name in slots if hasattr(value, name)}
        return type(value).__name__, contents(held), contents(getattr(value, "__dict__", {}))
    return id(value)


def module_state() -> dict[str, object]:
    """What the names of every module, and of every class in it, stand for."""
    state = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.startswith("__"):
                continue
            state[f"{module.__name__}.{name}"] = contents(value)
            if isinstance(value, type) and value.__module__ == module.__name__:
                for field, item in vars(value).items():
                    if isinstance(item, dict | list | set) and not field.startswith("__"):
                        state[f"{module.__name__}.{name}.{field}"] = contents(item)
    return state


def cached() -> list[tuple[str, object]]:
    """The results that the cached functions of every module keep, each with the function's name."""
    found = []
    for module in modules():
        for name, function in vars(module).items():
            if isinstance(function, _lru_cache_wrapper) and function.__module__ == module.__name__:
                for held in gc.get_referents(function):
                    results = held.values() if type(held) is dict else (held,)
                    found += [(f"{module.__name__}.{name}", result) for result in results]
    return found


@pytest.fixture(autouse=True)
def empty_caches() -> None:
    """Forget what earlier tests had computed: only what the songs of a test keep is looked at."""
    for module in modules():
        for function in vars(module).values():
            if isinstance(function, _lru_cache_wrapper) and function.__module__ == module.__name__:
                function.cache_clear()


@pytest.fixture
def make_song(tmp_path: Path) -> Callable[[str, str], None]:
    """Load, plan, render, lock and make again a tiny song in a style of its own."""

    def make(name: str, style: str) -> None:
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.yaml").write_text(style)
        spec = FULL_SPEC.replace("genre: pop", f"genre: {name}.yaml").replace("tempo: 240\n", "")
        (folder / "song.yaml").write_text(spec + "description: dreamy and slow, with a warm piano\n")
        plan_song(load_spec(folder / "song.yaml"))
        song = composer.compose(folder / "song.yaml", backend=ToneBackend(), cache=False)
        plan_locked_song(read_locked_song(song.save(folder / "made")))
        song.export(folder / "export", ["wav", "lead-sheet", "dawproject"])

    return make


def test_making_a_song_writes_to_no_module(make_song: Callable[[str, str], None]) -> None:
    before = module_state()
    assert len(before) > 2000
    make_song("first", "like: techno\ntempo: [150, 150]\n")
    after = module_state()
    assert {name for name in after if after[name] != before.get(name)} == set()
    assert before.keys() == after.keys()


def test_a_song_changes_nothing_that_another_one_had_cached(make_song: Callable[[str, str], None]) -> None:
    make_song("first", "like: techno\ntempo: [150, 150]\n")
    before = [(name, kept, contents(kept)) for name, kept in cached()]
    make_song("second", "like: waltz\ntempo: [200, 200]\n")
    assert {name for name, kept, was in before if contents(kept) != was} == set()


def test_a_write_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two tests above look deep enough: at what lies in a dict in a dict, and in a cached result."""
    from structure.arrange import context
    from structure.arrange.figures import load_figures

    figures = load_figures("bass")
    before, kept = module_state(), [(name, value, contents(value)) for name, value in cached()]
    monkeypatch.setitem(context.REGISTERS, "bass", (0, 1))
    monkeypatch.setitem(next(iter(figures.values())), "pattern", "x")
    after = module_state()
    changed = {name for name in after if after[name] != before[name]}
    assert "structure.arrange.context.REGISTERS" in changed
    assert "structure.arrange.figures.load_figures" in {
        name for name, value, was in kept if contents(value) != was
    }


@pytest.mark.parametrize("maxsize", [None, 4])
def test_results_of_bounded_caches_are_seen_too(
    monkeypatch: pytest.MonkeyPatch, maxsize: int | None
) -> None:
    function = lru_cache(maxsize=maxsize)(lambda size: [0] * size)
    function.__module__ = "composer"
    monkeypatch.setattr(composer, "cached_function", function, raising=False)
    function(3)
    assert ("composer.cached_function", [0, 0, 0]) in cached()
