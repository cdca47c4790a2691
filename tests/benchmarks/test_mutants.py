"""The mutation tester plants every kind of fault, one at a time, and says where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.equivalents import EQUIVALENT
from tests.benchmarks.mutants import Mutant, mutants_of
from tests.benchmarks.mutation import ROOT, SUBJECTS

MODULE = '''\
"""A module."""

from dataclasses import dataclass

LIMIT = 3


@dataclass(frozen=True)
class Row:
    """A row."""

    name: str = ""
    size: int = 2


def over(values, limit=LIMIT, *, half=False):
    """Those over a limit."""
    found = []
    for value in values:
        if value > limit and not half:
            found.append(value)
    return found


def pair(one, other):
    return over([one, other], half=True), {"a": one - other, "b": divmod(one, other)}
'''


@pytest.fixture
def mutants(tmp_path: Path) -> list[Mutant]:
    path = tmp_path / "module.py"
    path.write_text(MODULE)
    return mutants_of(path)


def run(mutant: Mutant) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": __name__}
    exec(mutant.compile(), names)
    return names


@pytest.mark.parametrize(
    "after",
    [
        "LIMIT = 4",
        "LIMIT = 2",
        "size: int = 3",
        "pass",
        "if value >= limit and (not half):",
        "if value <= limit and (not half):",
        "if value > limit or not half:",
        "if value > limit and half:",
        "if not half:",
        "return None",
        "return (over([one, other]), {'a': one - other, 'b': divmod(one, other)})",
        "return (over([one, other], half=True), {'b': divmod(one, other)})",
        "return (over([one, other], half=True), {'a': one + other, 'b': divmod(one, other)})",
        "return (over([one, other], half=True), {'a': one - other, 'b': divmod(other, one)})",
        "return (over([other], half=True), {'a': one - other, 'b': divmod(one, other)})",
    ],
)
def test_every_kind_of_fault_is_planted(mutants: list[Mutant], after: str) -> None:
    assert after in {mutant.after for mutant in mutants}


def test_each_mutant_is_one_fault_and_the_module_stays_as_it_was(mutants: list[Mutant]) -> None:
    """What a fault does is seen in what the module then does; the next mutant is without it."""
    by_line = {(mutant.line, mutant.after): mutant for mutant in mutants}
    assert len(by_line) == len(mutants)
    boundary = next(mutant for mutant in mutants if mutant.after.startswith("if value >= limit"))
    raised = next(mutant for mutant in mutants if mutant.after == "LIMIT = 4")
    assert MODULE.splitlines()[boundary.line - 1].strip() == "if value > limit and not half:"
    assert run(boundary)["over"]([3, 4, 5]) == [3, 4, 5]
    assert run(raised)["over"]([3, 4, 5]) == [5]
    assert run(boundary)["over"]([2, 3], 2) == [2, 3]


def test_what_runs_at_import_belongs_to_every_test_and_a_statement_to_those_that_run_its_line(
    mutants: list[Mutant],
) -> None:
    assert {mutant.lines for mutant in mutants if mutant.after.startswith("LIMIT")} == {None}
    found = next(mutant for mutant in mutants if mutant.before == "found.append(value)")
    assert found.lines is not None and list(found.lines) == [found.line]


def test_names_annotations_decorators_and_docstrings_stay(mutants: list[Mutant]) -> None:
    assert not [mutant for mutant in mutants if "dataclass" in mutant.before or '"""' in mutant.before]


@pytest.mark.parametrize("name", SUBJECTS)
def test_what_is_tried_is_there(name: str) -> None:
    for path in (*SUBJECTS[name].modules, *SUBJECTS[name].tests):
        assert (ROOT / path).exists()


@pytest.mark.parametrize("module", EQUIVALENT)
def test_mutants_that_are_called_the_same_exist(module: str) -> None:
    """A module that was rewritten has others."""
    planted = {(mutant.before, mutant.after) for mutant in mutants_of(ROOT / module)}
    for before, after, reason in EQUIVALENT[module]:
        assert (before, after) in planted
        assert len(reason) > 10
