"""Errors tell a caller what kind of thing went wrong, where, and what to do about it."""

import ast
import copy
import inspect
import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from structure.base import errors
from structure.base.errors import (
    AudioFileError,
    Fault,
    FolderError,
    MissingPackageError,
    PlanError,
    RitornelloError,
    SpecError,
    WishError,
    did_you_mean,
)

ROOT = Path(__file__).parents[3]
PACKAGES = ("structure", "songs", "render", "composer", "training")


def public_errors() -> list[type[RitornelloError]]:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass)]
    return [kind for kind in kinds if issubclass(kind, RitornelloError)]


def example(kind: type[RitornelloError]) -> RitornelloError:
    if issubclass(kind, SpecError):
        return kind([Fault("bad", "tempo", 3, "30 to 300"), Fault("worse", "key", 4)], "song.yaml")
    if issubclass(kind, MissingPackageError):
        return kind("engraving", "verovio", "score", "write MusicXML")
    if issubclass(kind, WishError):
        return kind(["a theremin duel is impossible", "nobody understood blorptastic"])
    return kind("it is broken", path="a/b.wav", line=7, field="init", hint="mend it")


@pytest.mark.parametrize("kind", public_errors())
def test_errors_survive_pickling_and_copying(kind: type[RitornelloError]) -> None:
    error = example(kind)
    for back in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(back) is kind
        assert (str(back), back.args, vars(back)) == (str(error), error.args, vars(error))


def fail(kind: type[RitornelloError]) -> None:
    raise example(kind) from ValueError("the cause")


def test_an_error_comes_out_of_another_process_as_it_was() -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        for kind in (SpecError, MissingPackageError, FolderError):
            with pytest.raises(kind) as caught:
                pool.submit(fail, kind).result()
            assert vars(caught.value) | {"__notes__": 0} == vars(example(kind)) | {"__notes__": 0}


def test_the_text_is_the_message_and_the_hint() -> None:
    assert str(FolderError("out is not empty", hint="name another")) == "out is not empty; name another"
    assert str(FolderError("out is not empty")) == "out is not empty"
    found = MissingPackageError("engraving", "verovio", "score", "write MusicXML")
    assert str(found) == "engraving needs verovio; pip install 'ritornello[score]', or write MusicXML"
    assert (found.package, found.extra) == ("verovio", "score")


def test_what_is_left_out_is_empty() -> None:
    error = PlanError("no song")
    assert (error.path, error.line, error.field, error.hint) == (None, None, "", "")


def test_a_spec_error_has_all_faults_and_the_place_of_the_first() -> None:
    error = example(SpecError)
    assert isinstance(error, SpecError)
    assert str(error) == "song.yaml:3: tempo: bad (30 to 300)\nsong.yaml:4: key: worse"
    assert (error.path, error.line, error.field, error.hint) == (Path("song.yaml"), 3, "tempo", "30 to 300")
    assert [fault.line for fault in error.faults] == [3, 4]
    assert SpecError(error.faults, "<text>").path is None
    assert str(SpecError([Fault("no style is called 'x'", hint="allowed: pop")], "")) == (
        "no style is called 'x' (allowed: pop)"
    )


def test_context_comes_before_the_message_and_fills_gaps_alone() -> None:
    error = AudioFileError("a.wav: holds no samples", path="a.wav", hint="bring another")
    told = error.with_context("init: ", path="b.wav", field="init")
    assert type(told) is AudioFileError
    assert str(told) == "init: a.wav: holds no samples; bring another"
    assert (told.path, told.field, told.args) == (Path("a.wav"), "init", ("init: a.wav: holds no samples",))
    assert (str(error), error.field) == ("a.wav: holds no samples; bring another", "")
    assert told.with_context("again: ", field="other").field == "init"


def raised(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and node.exc is not None:
            made: Any = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            yield node.lineno, made.id if isinstance(made, ast.Name) else getattr(made, "attr", "")


@pytest.mark.slow
def test_the_root_is_never_raised_itself() -> None:
    found: dict[str, int] = {}
    bare = []
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for line, name in raised(ast.parse(file.read_text(encoding="utf-8"))):
                found[name] = found.get(name, 0) + 1
                if name == "RitornelloError":
                    bare.append(f"{file.relative_to(ROOT)}:{line}")
    assert bare == []
    unused = {kind.__name__ for kind in public_errors()} - found.keys()
    # these stand above others, or are chosen by an expression
    assert unused <= {"RitornelloError", "NetworkError", "PlanFileError"}


def test_a_part_of_one_name_alone_means_it() -> None:
    formats = ("wav", "ableton-midi", "lead-sheet")
    assert did_you_mean("MIDI", formats) == "did you mean 'ableton-midi'?"
    assert did_you_mean("tab", formats).startswith("allowed:")
    assert did_you_mean("b", ("a-b", "b-c")).startswith("allowed:")
