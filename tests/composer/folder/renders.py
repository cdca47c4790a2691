"""Runs the command line in processes of their own, forked from one that has rendered a song.

``python renders.py --warm`` reads lists of jobs as JSON lines on standard input, does the jobs of a line at
once, and answers with a JSON line that has a list. A job is ``{"arguments": […], "folder": …}`` and,
optionally, what befalls the process: ``kill_after_s``, SIGKILL after that many seconds; ``kill_at_step``,
``signal_at_step`` with ``signal``, and ``full_at_step``, SIGKILL, a signal or a full disk at that step,
where a step is whatever opens a file to write, makes, renames or removes something; ``largest_file``, a
limit in bytes;
``no_network``, every socket is refused; ``read_only``, a folder in which nothing can be changed. Instead of
arguments there may be ``stage``: a folder that is made, or replaced, by a song of small files; only this is
for a server without ``--warm``, which is small and so forked sooner. The answer has the exit ``code``
(negative: the signal that ended it), the ``errors`` that were printed, the number of ``steps`` and the
``seconds``.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from composer.folder.layout import stage_folder
from structure.base.files import write_atomically

_STEPS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
_TRACED = ("composer/folder/layout.py", "structure/base/files.py")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Steps:
    """Counts the steps of this process, and calls ``befall`` at one of them."""

    def __init__(
        self, folder: str, at: int | None, befall: Callable[[], None], *, every: bool = False
    ) -> None:
        self.count = 0
        self._every = every
        self._folder = folder
        self._at = at
        self._befall = befall

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: see sys.addaudithook."""
        is_write = event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITES
        if not is_write and event not in _STEPS:
            return
        if not str(arguments[0]).startswith(self._folder):
            return
        self.count += 1
        if self._every or self.count == self._at:
            self._befall()


class NoNetwork:
    """Refuses every socket, as long as ``is_refused``."""

    is_refused = True

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: see sys.addaudithook."""
        if self.is_refused and event.startswith("socket."):
            raise OSError(errno.ENETUNREACH, f"the test allows no network: {event}")


class Lines:
    """Counts the lines that this process executes in the modules that handle a song's folder, and ends
    before one of them as a signal's handler does."""

    def __init__(self, at: int) -> None:
        self.count = 0
        self._at = at

    def trace(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        """See sys.settrace."""
        if not frame.f_code.co_filename.endswith(_TRACED):
            return None
        self.count += event == "line"
        if event == "line" and self.count == self._at:
            sys.exit(128 + signal.SIGTERM)
        return self.trace


def main() -> None:
    if "--warm" in sys.argv:
        warm_up()
    for line in sys.stdin:
        begun = [(job, *start(job)) for job in json.loads(line)]
        print(json.dumps([ended(*child) for child in begun]), flush=True)


def warm_up() -> None:
    """Render a song here, without network, so that no job waits for what the first render loads."""
    import render.backends
    from tests.composer.songmaker import SHORT_SPEC
    from tests.tones import ToneBackend

    render.backends.load_backend = lambda name, options=None: ToneBackend()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    here, network = Path.cwd(), NoNetwork()
    sys.addaudithook(network.hook)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("song.yaml").write_text(SHORT_SPEC)
        for again in ([], ["--force"]):
            code = command(["render", "song.yaml", "-q", "--cache", "cache", "--out", "song", *again])
            assert not code, f"the render that warms up ended with {code}"
        os.chdir(here)
    network.is_refused = False
    for number, handler in handlers.items():
        signal.signal(number, handler)
    assert threading.active_count() == 1, "a fork of a process with threads may hang"


def command(arguments: list[str]) -> Any:
    """Run the command line; gives its exit code."""
    import composer.cli.main

    sys.argv = ["ritornello", *arguments]
    try:
        composer.cli.main.main()
    except SystemExit as exc:
        return exc.code
    return 0


def start(job: dict[str, Any]) -> tuple[int, int]:
    """Begin a job in a process of its own; gives its id and where its standard error can be read."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        # a test run in the background of a shell ignores Ctrl-C, and so would its children
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run(job, write_end)
    os.close(write_end)
    return child, read_end


def ended(job: dict[str, Any], child: int, read_end: int) -> dict[str, Any]:
    """Let befall a process what shall, and tell how it ended."""
    begun = time.monotonic()
    if "kill_after_s" in job:
        time.sleep(job["kill_after_s"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read_end, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    errors, _, counts = told.rpartition("\nsteps ")
    return {
        "code": os.waitstatus_to_exitcode(status),
        "errors": errors,
        "steps": int(counts) if counts else None,
        "seconds": time.monotonic() - begun,
    }


def run(job: dict[str, Any], out: int) -> None:
    """The child: the command line, with what is to befall it. Does not return."""
    os.dup2(out, 2)
    sys.stderr = os.fdopen(2, "w", buffering=1)
    os.chdir(job["folder"])
    at_step = ("kill_at_step", "signal_at_step", "full_at_step")
    steps = Steps(job["folder"], next((job[name] for name in at_step if name in job), None), befalls(job))
    sys.addaudithook(steps.hook)
    if job.get("no_network"):
        sys.addaudithook(NoNetwork().hook)
    if "read_only" in job:
        sys.addaudithook(Steps(job["read_only"], None, forbidden, every=True).hook)
    if "largest_file" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"], job["largest_file"]))
    code: Any = 0
    try:
        if "stage" in job:
            code = stage_song(Path(job["folder"]) / job["stage"])
        else:
            code = command(job["arguments"])
    except SystemExit as exc:
        code = exc.code
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 99
    sys.stderr.write(f"\nsteps {steps.count}")
    sys.stderr.flush()
    os._exit(int(code or 0))


FILES = ("master.wav", "stems/kit.wav", "song.lock")


def stage_song(target: Path) -> int:
    """A song of small files, the text of each being what was there before and one letter more; gives the
    exit code."""
    try:
        fill(target)
    except OSError:
        return 2
    return 0


def fill(target: Path) -> None:
    old = target / "master.wav"
    with stage_folder(target, FILES, replace=True) as work:
        text = (old.read_text() if old.exists() else "") + "x"
        for name in FILES[:-1]:
            (work / name).parent.mkdir(exist_ok=True)
            write_atomically(work / name, text.encode())
        write_atomically(work / "song.lock", json.dumps({"written": FILES}).encode())


def forbidden() -> None:
    """As in a folder that is read-only."""
    raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def befalls(job: dict[str, Any]) -> Callable[[], None]:
    """What happens at the step that the job names."""
    if "kill_at_step" in job:
        return lambda: os.kill(os.getpid(), signal.SIGKILL)
    if "signal_at_step" in job:
        return lambda: os.kill(os.getpid(), job["signal"])

    def full() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return full


if __name__ == "__main__":
    main()
