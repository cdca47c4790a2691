"""Plant faults into modules and see whether their tests notice: ``python -m tests.benchmarks.mutation``.

Each mutant (see :mod:`tests.benchmarks.mutants`) runs in a process of its own, forked from one that has
imported all that does not depend on the module. Of the module's fast tests only those run that reach the
changed line, the quickest first, until one fails. A mutant that hangs counts as killed. What is printed is
the share of mutants that were killed, and those that survived.

``python -m tests.benchmarks.mutation grid stitch --sample 60 --seed 1`` plants 60 faults into each of two
modules; without names all modules of :data:`SUBJECTS` are tried, with ``--all`` every mutant.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.benchmarks.equivalents import EQUIVALENT
from tests.benchmarks.mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("composer", "render", "structure", "songs", "training")
LEAST_LIMIT_S = 15.0
LIMIT_TIMES = 4.0
"""A mutant may take this many times as long as the tests that it runs, and LEAST_LIMIT_S at least."""

_NO_TESTS = 5
_PLAIN = ["-q", "-x", "-m", "not slow", "-p", "no:cacheprovider", "-p", "no:benchmark", "-p", "no:xdist"]


@dataclass(frozen=True, slots=True)
class Subject:
    """Modules, and the test files and folders that are there for them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


_CHECKS = ("verify", "check", "clicks", "harmony", "likeness", "quality", "timing", "beats")
SUBJECTS = {
    "stitch": Subject(("render/mixing/stitch.py",), ("tests/render/mixing/test_stitch.py",)),
    "mix": Subject(
        ("render/mixing/mix.py",),
        tuple(f"tests/render/mixing/test_{name}.py" for name in ("mix", "strip", "energies")),
    ),
    "cache": Subject(("render/clips/caching/cache.py",), ("tests/render/clips/test_cache.py",)),
    "grid": Subject(("structure/base/grid.py",), ("tests/structure/base",)),
    "request": Subject(
        ("render/backends/request.py",),
        ("tests/render/backends/test_request.py", "tests/render/clips/test_keys.py"),
    ),
    "verify": Subject(
        ("render/checks/verify.py",),
        ("tests/render/checks/test_limits.py", "tests/render/checks/test_verify.py"),
    ),
    "checks": Subject(tuple(f"render/checks/{name}.py" for name in _CHECKS), ("tests/render/checks",)),
    "lock": Subject(
        ("composer/folder/lock.py",),
        ("tests/composer/folder/test_lock.py", "tests/composer/history/test_reproduce.py"),
    ),
}


@dataclass(slots=True)
class Baseline:
    """What the tests do without a fault: the lines of each file that a test runs, and its seconds."""

    lines: dict[str, dict[str, set[int]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> None:
    """Plant faults into the modules that are named, and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"of {', '.join(SUBJECTS)}")
    parser.add_argument("--sample", type=int, default=60, help="mutants for each module (60)")
    parser.add_argument("--seed", type=int, default=0, help="which of them")
    parser.add_argument("--all", action="store_true", help="every mutant")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    options = parser.parse_args(arguments)
    unknown = set(options.subjects) - SUBJECTS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")

    os.chdir(ROOT)
    for name in options.subjects or SUBJECTS:
        try_subject(SUBJECTS[name], None if options.all else options.sample, options.seed, options.jobs)


def try_subject(subject: Subject, sample: int | None, seed: int, jobs: int) -> None:
    """Plant faults into each module of a subject, and print its score and its survivors."""
    baseline = measure_baseline([test for test in subject.tests if Path(test).exists()], subject.modules)
    killed = tried = 0
    for module in subject.modules:
        started = time.monotonic()
        mutants = meaningful(module, mutants_of(ROOT / module))
        if sample is not None and sample < len(mutants):
            chosen = random.Random(seed).sample(range(len(mutants)), sample)
            mutants = [mutants[i] for i in sorted(chosen)]
        import_independents(module, baseline)
        check_control(module, baseline)
        survivors = [mutant for mutant, died in run_all(module, mutants, baseline, jobs) if not died]
        killed, tried = killed + len(mutants) - len(survivors), tried + len(mutants)
        report(module, mutants, survivors, time.monotonic() - started)
    if len(subject.modules) > 1:
        print(f"together: {killed} of {tried} killed, {100 * killed / max(tried, 1):.0f} %", flush=True)


def check_control(module: str, baseline: Baseline) -> None:
    """Run the module as it is in the way of a mutant. Raises SystemExit where its tests then fail."""
    path = ROOT / module
    tree = ast.parse(path.read_text(encoding="utf-8"))
    control = Mutant(path, 1, "", "", None, lambda: compile(tree, str(path), "exec"))
    if [died for _, died in run_all(module, [control], baseline, 1)] != [False]:
        raise SystemExit(f"{module} fails its tests without a fault")


def meaningful(module: str, mutants: Sequence[Mutant]) -> list[Mutant]:
    """The mutants without those that are known to do the same as the module."""
    same = {(before, after) for before, after, _ in EQUIVALENT.get(module, ())}
    return [mutant for mutant in mutants if (mutant.before, mutant.after) not in same]


def report(module: str, mutants: Sequence[Mutant], survivors: Sequence[Mutant], seconds: float) -> None:
    """Print a module's score, and what its tests do not notice."""
    killed = len(mutants) - len(survivors)
    share = 100 * killed / max(len(mutants), 1)
    print(f"{module}: {killed} of {len(mutants)} killed, {share:.0f} % ({seconds:.0f} s)")
    for mutant in sorted(survivors, key=lambda mutant: mutant.line):
        print(f"  {module}:{mutant.line}\n    - {mutant.before}\n    + {mutant.after}")
    sys.stdout.flush()


def measure_baseline(tests: Sequence[str], modules: Sequence[str]) -> Baseline:
    """Run the tests once, in a process of their own, and see which lines of the modules each runs."""
    purge(set(PACKAGES))
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder, "baseline")
        log = Path(folder, "log")
        pid = os.fork()
        if pid == 0:
            tracer = Tracer(modules)
            code = run_tests(tests, [tracer], Path(folder, "tmp"), log)
            loaded = [name for name, module in sys.modules.items() if module is not None]
            result.write_bytes(pickle.dumps(Baseline(tracer.attributed(), tracer.seconds, loaded)))
            os._exit(code)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit(f"the tests fail without a fault:\n{log.read_text()[-4000:]}")
        baseline: Baseline = pickle.loads(result.read_bytes())
    outside = [name for name in baseline.modules if name.partition(".")[0] not in {*PACKAGES, "tests"}]
    import_quietly(name for name in outside if not name.startswith(("_pytest", "__main__")))
    return baseline


class Tracer:
    """A pytest plugin that notes which lines of some files each test runs, its wide fixtures included."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._files = {str(ROOT / module): module for module in modules}
        self._current: set[tuple[str, int]] = set()
        self._of_fixtures: dict[str, set[tuple[str, int]]] = {}
        self._of_tests: dict[str, set[tuple[str, int]]] = {}
        self._fixtures: dict[str, list[str]] = {}
        self.seconds: dict[str, float] = {}
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        name = self._files.get(frame.f_code.co_filename)
        if name is None:
            return None

        def line(frame: FrameType, event: str, argument: object) -> Any:
            self._current.add((name, frame.f_lineno))
            return line

        self._current.add((name, frame.f_lineno))
        return line

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        """Note what a fixture runs that several tests share."""
        if fixturedef.scope == "function":
            return (yield)
        before, self._current = self._current, set()
        try:
            return (yield)
        finally:
            self._of_fixtures.setdefault(fixturedef.argname, set()).update(self._current)
            self._current = before | self._current

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[Any]:
        """Note what one test runs, and how long it takes."""
        self._current = set()
        started = time.perf_counter()
        try:
            return (yield)
        finally:
            self.seconds[item.nodeid] = time.perf_counter() - started
            self._of_tests[item.nodeid] = self._current
            self._fixtures[item.nodeid] = list(item.fixturenames)

    def attributed(self) -> dict[str, dict[str, set[int]]]:
        """The lines of each file by test."""
        sys.settrace(None)
        found: dict[str, dict[str, set[int]]] = {module: {} for module in self._files.values()}
        for test, own in self._of_tests.items():
            shared = (self._of_fixtures.get(name, set()) for name in self._fixtures[test])
            for module, line in own.union(*shared):
                found[module].setdefault(test, set()).add(line)
        return found


class Selection:
    """A pytest plugin that runs the tests of given names alone, in their order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep and sort what is named."""
        items[:] = sorted(
            (item for item in items if item.nodeid in self._places),
            key=lambda item: self._places[item.nodeid],
        )


class Substitute(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An import hook that runs other code in a module's place."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        self._name, self._path, self._code = name, path, code

    def find_spec(
        self, name: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return a spec for the one module."""
        if name != self._name:
            return None
        return importlib.util.spec_from_file_location(name, self._path, loader=self)  # type: ignore[arg-type]

    def exec_module(self, module: ModuleType) -> None:
        """Run the other code."""
        exec(self._code, module.__dict__)


def run_all(
    module: str, mutants: Sequence[Mutant], baseline: Baseline, jobs: int
) -> Iterator[tuple[Mutant, bool]]:
    """Run each mutant's tests, some side by side, and yield it with whether it died."""
    running: dict[int, tuple[Mutant, float]] = {}
    waiting = list(reversed(mutants))
    with tempfile.TemporaryDirectory() as folder:
        while waiting or running:
            while waiting and len(running) < jobs:
                mutant = waiting.pop()
                tests = tests_of(module, mutant, baseline)
                if not tests:
                    yield mutant, False
                    continue
                limit = LEAST_LIMIT_S + LIMIT_TIMES * sum(baseline.seconds[test] for test in tests)
                pid = start_mutant(module, mutant, tests, Path(folder))
                running[pid] = (mutant, time.monotonic() + limit)
            for pid in list(running):
                mutant, until = running[pid]
                died = how_it_ended(pid, until)
                if died is not None:
                    del running[pid]
                    shutil.rmtree(Path(folder, str(pid)), ignore_errors=True)
                    yield mutant, died
            time.sleep(0.02)


def tests_of(module: str, mutant: Mutant, baseline: Baseline) -> list[str]:
    """The tests that run a mutant's statement, the quickest first."""
    runs = baseline.lines[module]
    if mutant.lines is None:
        found = list(baseline.seconds)
    else:
        found = [test for test, lines in runs.items() if not lines.isdisjoint(mutant.lines)]
    return sorted(found, key=lambda test: baseline.seconds[test])


def start_mutant(module: str, mutant: Mutant, tests: Sequence[str], folder: Path) -> int:
    """Fork a process that runs the tests with the mutant in the module's place."""
    pid = os.fork()
    if pid:
        return pid
    os.setsid()
    place = folder / str(os.getpid())
    place.mkdir()
    sys.meta_path.insert(0, Substitute(dotted(module), mutant.path, mutant.compile()))
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    os._exit(run_tests(files, [Selection(tests)], place / "tmp", place / "log"))


def how_it_ended(pid: int, until: float) -> bool | None:
    """Whether a mutant died; None while it lives. One that is past its time is ended, and died."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if not done:
        if time.monotonic() < until:
            return None
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        return True
    code = os.waitstatus_to_exitcode(status)
    if code == _NO_TESTS:
        raise SystemExit("no test was collected")
    return code != 0


def run_tests(tests: Sequence[str], plugins: Sequence[object], temporary: Path, log: Path) -> int:
    """Run pytest here, with what it says in a file."""
    with log.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    settings.register_profile(
        "mutation",
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )
    places = [f"--basetemp={temporary}", f"--rootdir={ROOT}", "--hypothesis-profile=mutation"]
    return int(pytest.main([*_PLAIN, *places, *tests], list(plugins)))


def import_independents(module: str, baseline: Baseline) -> None:
    """Import all of our own modules that the tests need, but those that depend on ``module``."""
    own = [name for name in baseline.modules if name.partition(".")[0] in PACKAGES]
    dependent = dependents(dotted(module), own)
    purge(dependent)
    import_quietly(name for name in own if name not in dependent)
    broken = dependent & sys.modules.keys()
    if broken:
        raise SystemExit(f"{', '.join(sorted(broken))} was imported too early")


def dependents(target: str, names: Sequence[str]) -> set[str]:
    """The modules of ``names`` that import ``target``, by whatever way, and itself."""
    imports: dict[str, set[str]] = {}
    known = {*names, target}
    for name in known:
        spec_path = ROOT / Path(*name.split("."))
        path = spec_path / "__init__.py" if spec_path.is_dir() else spec_path.with_suffix(".py")
        found_names = set(imported_names(path)) if path.is_file() else set()
        imports[name] = (found_names | packages_of(name)) & known
    found = {target}
    while more := {name for name in known - found if imports[name] & found}:
        found |= more
    return found


def packages_of(name: str) -> set[str]:
    """The packages that a module lies in, which are imported before it."""
    parts = name.split(".")
    return {".".join(parts[:end]) for end in range(1, len(parts))}


def imported_names(path: Path) -> Iterator[str]:
    """Modules that a file may import, and their packages."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            yield from (name, *packages_of(name))


def import_quietly(names: Iterator[str]) -> None:
    """Import modules, as far as they can be imported by themselves."""
    for name in names:
        if name not in sys.modules:
            try:
                importlib.import_module(name)
            except Exception:  # some modules are made while others run, and cannot be imported by name
                continue


def purge(names: set[str] | Mapping[str, object]) -> None:
    """Forget modules, and all that is in the packages among them."""
    for loaded in list(sys.modules):
        if loaded in names or (loaded.partition(".")[0] in names and loaded.partition(".")[0] in PACKAGES):
            parent, _, last = loaded.rpartition(".")
            del sys.modules[loaded]
            if parent in sys.modules and hasattr(sys.modules[parent], last):
                delattr(sys.modules[parent], last)


def dotted(module: str) -> str:
    """``render/mixing/mix.py`` as an import names it."""
    return module.removesuffix(".py").replace("/", ".")


if __name__ == "__main__":
    main()
