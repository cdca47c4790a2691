"""Runs files of tests in several processes: ``python -m pytest -p tests.processes --processes 3``.

Each process is a fork, which collects the files that it is given when it is given them, so that a file is
collected once; with pytest-xdist every process collects all, which takes each a quarter of a minute. Who is
done with a file gets the next one; files of a folder that shares what takes long go to one process.
"""

from __future__ import annotations

import os
import random
import traceback
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, cast

import pytest
from _pytest.assertion import pytest_collection as rewrite_asserts
from _pytest.runner import collect_one_node

Location = tuple[str, int | None, str]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--processes", type=int, default=0, help="so many, each with files of its own")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> bool | None:
    """Leave it to the processes."""
    session.items = []
    return True if session.config.option.processes else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not session.config.option.processes:
        return None
    _Run(session).run()
    return True


def find_units(config: pytest.Config) -> list[list[str]]:
    """Return the files to run, those together that one process is to have."""
    from tests.conftest import SHARING, place_of

    root = config.rootpath
    paths = [config.invocation_params.dir / arg for arg in config.args]
    files = sorted(
        {
            file.relative_to(root).as_posix()
            for path in paths
            for file in ([path] if path.is_file() else path.rglob("test_*.py"))
        },
        key=lambda name: (place_of(name), name),
    )
    units: dict[str, list[str]] = {}
    for name in files:
        unit = next((folder for folder in SHARING if name.startswith(folder)), name)
        units.setdefault(unit, []).append(name)
    return list(units.values())


@dataclass
class _Process:
    """A process of tests, and what it is at."""

    number: int
    pid: int
    connection: Connection
    at: tuple[str, Location] | None = None
    unit: list[str] = field(default_factory=list)
    is_done: bool = False
    _workerinfocache: str = ""
    """What a failure says of it."""


class _Run:
    """All of the processes, and what they tell."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._hook = session.config.hook
        self._units: Iterator[list[str]] = iter(find_units(session.config))
        self._processes: list[_Process] = []
        factory = cast(Any, session.config)._tmp_path_factory
        self._temp = Path(factory.getbasetemp())

    def run(self) -> None:
        try:
            for _ in range(self._session.config.option.processes):
                self._start()
            while busy := {one.connection: one for one in self._processes if not one.is_done}:
                for connection in wait(list(busy)):
                    self._hear(busy[cast(Connection, connection)])
        finally:
            for one in self._processes:
                one.connection.close()  # who still works finds nobody to tell
                os.waitpid(one.pid, 0)

    def _start(self) -> None:
        mine, theirs = Pipe()
        number = len(self._processes)
        pid = os.fork()
        if pid == 0:
            mine.close()
            for other in self._processes:
                other.connection.close()
            _work(self._session, theirs, self._temp / f"process-{number}")
        theirs.close()
        self._processes.append(_Process(number, pid, mine))

    def _hear(self, process: _Process) -> None:
        heard = None
        with suppress(EOFError, OSError):
            heard = process.connection.recv()
        if heard is None:
            self._end_of(process)
            return
        kind, told = heard
        if kind == "ready":
            is_over = self._session.shouldstop or self._session.shouldfail
            process.unit = [] if is_over else next(self._units, [])
            process.connection.send(process.unit)
        elif kind == "begins":
            process.at = told
        elif kind == "warning":
            self._hook.pytest_warning_recorded.call_historic(kwargs=told)
        elif kind == "end":
            process.is_done, process.at = True, None
            if told:
                self._fail(process, ("a process of tests", ("tests", None, "its end")), told)
        else:
            report = self._hook.pytest_report_from_serializable(config=self._session.config, data=told)
            if kind == "collected":
                self._hook.pytest_collectreport(report=report)
            else:
                self._tell(process, report)

    def _tell(self, process: _Process, report: pytest.TestReport) -> None:
        self._session.testscollected += report.when == "setup"
        report.node = process  # type: ignore[attr-defined]  # as of pytest-xdist: files are not in turn
        self._hook.pytest_runtest_logreport(report=report)

    def _fail(self, process: _Process, at: tuple[str, Location], why: str) -> None:
        self._tell(process, pytest.TestReport(*at, {}, "failed", why, "call"))

    def _end_of(self, process: _Process) -> None:
        """Tell of a process that died, and let another one go on with files that nobody began."""
        process.is_done = True
        at = process.at or (process.unit[0] if process.unit else "a process of tests", ("tests", None, "?"))
        self._session.testscollected += 1
        self._fail(process, at, f"the process died; nobody ran the rest of {', '.join(process.unit)}")
        self._start()


class _Teller:
    """Hooks of a process that tell the first one what happens."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self._config, self._connection = config, connection
        self._is_finding = False
        self._files = dict[Path, pytest.File]()

    def find_files(self, session: pytest.Session) -> dict[Path, pytest.File]:
        """Return all files by their paths, none of which is loaded yet."""
        self._is_finding = True
        session.perform_collect(session.config.args, genitems=False)
        self._is_finding = False
        return self._files

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[Any]) -> Iterator[None]:
        if self._is_finding:
            # Before pytest takes the folders for tests, of which some may be left out, and forgets the
            # fixtures of those into which nobody looked.
            self._files = {node.path: node for node in _files_of([*items])}
        yield

    def _send(self, kind: str, report: pytest.TestReport | pytest.CollectReport) -> None:
        told = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._connection.send((kind, told))

    def pytest_runtest_logstart(self, nodeid: str, location: Location) -> None:
        self._connection.send(("begins", (nodeid, location)))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._send("report", report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if not report.passed:
            self._send("collected", report)

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        said = warnings.WarningMessage(
            str(warning_message.message), UserWarning, warning_message.filename, warning_message.lineno
        )
        told = {"warning_message": said, "when": when, "nodeid": nodeid, "location": location}
        self._connection.send(("warning", told))


def _work(session: pytest.Session, connection: Connection, temp: Path) -> None:
    """Be a process of tests. Does not return."""
    config = session.config
    fault = ""
    try:
        config.workerinput = {"workerid": temp.name}  # type: ignore[attr-defined]  # by this plugins know it
        manager: Any = config.pluginmanager
        manager.unregister(name="terminalreporter")
        capture: Any = manager.getplugin("capturemanager")
        capture.stop_global_capturing()
        capture.start_global_capturing()
        teller = _Teller(config, connection)
        manager.register(teller, "teller")
        temp.mkdir()
        cast(Any, config)._tmp_path_factory._basetemp = temp
        random.seed()
        rewrite_asserts(session)
        _run_units(session, connection, teller)
        cast(Any, session)._setupstate.teardown_exact(None)
        config.hook.pytest_sessionfinish(session=session, exitstatus=session.exitstatus)
    except (KeyboardInterrupt, EOFError, BrokenPipeError):
        os._exit(1)
    except BaseException:
        fault = traceback.format_exc()
    connection.send(("end", fault))
    connection.close()
    os._exit(0)


def _run_units(session: pytest.Session, connection: Connection, teller: _Teller) -> None:
    """Run files as long as there are any."""
    files = teller.find_files(session)
    hook = session.config.hook
    while True:
        connection.send(("ready", None))
        unit: Sequence[str] = connection.recv()
        if not unit:
            return
        paths = [
            path for name in unit if (path := session.config.rootpath / name) in files
        ]  # none is ignored
        items = [item for path in paths for item in session.genitems(files[path])]
        hook.pytest_collection_modifyitems(session=session, config=session.config, items=items)
        session.items = items
        for i, item in enumerate(items):
            # What is the session's stays after the last one too.
            following = items[i + 1] if i + 1 < len(items) else cast(pytest.Item, session)
            hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldstop or session.shouldfail:
                return


def _files_of(nodes: Iterable[Any]) -> Iterator[pytest.File]:
    """Give the files of folders, of which none is loaded yet. Fixtures of a folder are its node's."""
    for node in nodes:
        if isinstance(node, pytest.File):
            yield node
        else:
            assert isinstance(node, pytest.Directory), node
            yield from _files_of(collect_one_node(node).result or ())
