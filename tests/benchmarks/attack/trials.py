"""Runs the command line in a process of its own, bounded in time and memory, and says what went wrong.

A trial is forked from this process, which has loaded everything and rendered a song with tones, so that
one takes as long as its own work. What counts as a fault: a traceback, a hang, memory beyond the bound,
death by a signal, an exit code that no page names, an error without a word.
"""

from __future__ import annotations

import argparse
import faulthandler
import gc
import json
import os
import resource
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

LIMIT_S, LIMIT_MIB = 20, 2048
"""Seconds of the processor, so that a busy machine finds no hangs, and peak memory."""

_MOST_WALL = 12
"""So many times the seconds may pass by the clock, and more where others wait for the processor too."""

_HARD_MIB = 3 * LIMIT_MIB
"""Where the system itself refuses more, so that a fault does no harm to the machine."""

CODES = (0, 1, 2, 3)
SPEC = """\
title: Tried
genre: pop
tempo: 240
key: A minor
seed: 5
stems:
  - {name: kit, role: drums, prompt: acoustic drum kit}
  - {name: low, role: bass, prompt: electric bass, reverb: 0.2}
  - {name: keys, role: chords, prompt: piano, delay: 0.2}
sections:
  verse: {bars: 1, chords: Am F}
  chorus: {bars: 1, chords: C G}
form: [verse, chorus, {section: chorus, variation: 0.4}]
"""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a trial ended. ``fault`` is "" where it ended well."""

    code: int
    said: str
    seconds: float
    peak_mib: float
    fault: str

    def found(self, fault: str) -> Trial:
        """Return the trial with what was found afterwards, if it had no fault yet."""
        return self if self.fault or not fault else replace(self, fault=fault)


def begin(description: str | None) -> argparse.Namespace:
    """Read the options of a script, and make ready."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--share", type=float, default=1.0, help="of all trials; 0.1 is a tenth")
    parser.add_argument("--seed", type=int, default=0, help="another one makes other trials")
    return read_options(parser)


def read_options(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the options of a script and those of its log, and make ready."""
    parser.add_argument("--log", type=Path, help="a file that gets a line for each trial as it ends")
    parser.add_argument("--resume", action="store_true", help="go on after what the log has")
    options = parser.parse_args()
    if options.log:
        _keep_log(options.log, is_resumed=options.resume)
    warm_up()
    return options


_LOG: list[Path] = []
"""Where trials are written down, if they are."""

_DONE: dict[str, dict[str, Trial]] = {}
"""Trials that a log had, by kind and by how to repeat them."""


def _keep_log(path: Path, *, is_resumed: bool) -> None:
    """Write trials into a file from now on, after those that are in it, or in their place."""
    _LOG.append(path)
    if not is_resumed:
        path.write_text("")
    for line in path.read_text().splitlines() if path.exists() else ():
        entry = json.loads(line)
        trial = Trial(entry["code"], "", entry["seconds"], entry["peak_mib"], entry["fault"])
        _DONE.setdefault(entry["kind"], {})[entry["key"]] = trial


def end(tallies: Sequence[Tally]) -> None:
    """Print tallies, and end with 1 where there were faults."""
    for tally in tallies:
        print(tally.told())
    sys.exit(any(tally.faults for tally in tallies))


def warm_up() -> None:
    """Render a song with tones here, so that trials find all loaded, and let them play tones too."""
    import typer.main
    from matplotlib.figure import Figure

    import render.backends
    import render.backends.riffusion.image
    from tests.tones import ToneBackend

    render.backends.load_backend = lambda name, options=None: ToneBackend()
    # the same commands each time, which typer puts together anew for each call
    typer.main.get_command = cache(typer.main.get_command)
    # no trial is about how small a picture is packed, which takes two thirds of a tiny song's render
    save = Figure.savefig

    def save_fast(figure: Figure, *arguments: Any, **options: Any) -> None:
        is_png = options.get("format") == "png"
        save(figure, *arguments, **options, **({"pil_kwargs": {"compress_level": 1}} if is_png else {}))

    Figure.savefig = save_fast  # type: ignore[method-assign, assignment]
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        Path("song.yaml").write_text(SPEC)
        for arguments in (
            ("render", "song.yaml", "-q", "--cache", "cache", "--out", "song"),
            ("verify", "song"),
            ("export", "song", "--to", "ableton-midi"),
        ):
            if code := command(arguments):
                raise SystemExit(f"{' '.join(arguments)} ended with {code}")
        os.chdir(here)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if threading.active_count() > 1:
        raise SystemExit("a fork of a process with threads may hang; set OMP_NUM_THREADS=1")
    # what is loaded is shared with the forks, as long as no collection of garbage writes into it
    gc.collect()
    gc.freeze()


def command(arguments: Sequence[str]) -> int:
    """Run the command line here; give its exit code."""
    import composer.cli.main

    sys.argv = ["ritornello", *arguments]
    try:
        composer.cli.main.main()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else int(bool(exc.code))
    return 0


def commands(folder: Path, *lines: Sequence[str]) -> Callable[[], int]:
    """Give what runs one command line after another in a folder, up to one that is no success."""

    def run() -> int:
        os.chdir(folder)
        return next((code for line in lines if (code := command(line))), 0)

    return run


def try_out(action: Callable[[], int], limit_s: int = LIMIT_S) -> Trial:
    """Do something in a process of its own that gives an exit code, and judge how it ended.

    ``limit_s`` are the seconds of the processor that it may take.
    """
    with tempfile.TemporaryFile() as out:
        crowd = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
        until = time.monotonic() + _MOST_WALL * limit_s * crowd
        child = os.fork()
        if child == 0:
            _be_child(action, out.fileno(), limit_s)
        status, usage, is_late = _await(child, until)
        seconds = usage.ru_utime + usage.ru_stime
        out.seek(0)
        said = out.read(1 << 20).decode(errors="replace")
    code, peak = os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024
    fault = ""
    if is_late or code == -signal.SIGXCPU or seconds > limit_s:
        fault = f"hang: {seconds:.0f} s of the processor"
    elif "Traceback (most recent call last)" in said:
        fault = f"traceback: {said.strip().splitlines()[-1][:200]}"
    elif peak > LIMIT_MIB:
        fault = f"memory: {peak:.0f} MiB"
    elif code not in CODES:
        fault = f"exit code {code}"
    elif code == 2 and not said.strip():
        fault = "an error without a word"
    return Trial(code, said, seconds, peak, fault)


def try_out_all(actions: Sequence[Callable[[], int]]) -> list[Trial] | None:
    """Do small things one after the other in one process, which saves a fork for each.

    None where any of them had a fault, which :func:`try_out` tells then, one by one.
    """
    found: list[Trial] = []
    with tempfile.TemporaryFile() as told:

        def run() -> int:
            for action in actions:
                begun = os.lseek(1, 0, os.SEEK_CUR)
                code, took = action(), time.process_time()
                sys.stdout.flush()
                sys.stderr.flush()
                is_silent = os.lseek(1, 0, os.SEEK_CUR) == begun
                if code not in CODES or (code == 2 and is_silent):
                    return 99
                told.write(f"{code} {took}\n".encode())
            told.flush()
            return 0

        trial = try_out(run)
        if trial.fault or trial.code:
            return None
        told.seek(0)
        before = 0.0
        for line in told.read().decode().splitlines():
            code, took = line.split()
            found.append(Trial(int(code), "", float(took) - before, trial.peak_mib, ""))
            before = float(took)
    return found if len(found) == len(actions) else None


def _await(child: int, until: float) -> tuple[int, resource.struct_rusage, bool]:
    """Wait for a process to end, and end it where it is late."""
    is_late, pause = False, 0.002
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            return status, usage, is_late
        if time.monotonic() > until and not is_late:
            is_late = True
            os.kill(child, signal.SIGKILL)
        time.sleep(pause)
        pause = min(0.05, 1.5 * pause)


def _be_child(action: Callable[[], int], out: int, limit_s: int) -> None:
    """Do it, with all that is said going to ``out``. Does not return."""
    code = 99
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        resource.setrlimit(resource.RLIMIT_DATA, (_HARD_MIB << 20, _HARD_MIB << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s + 1))
        for number in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDONLY) if number == 0 else out, number)
        sys.stdout = os.fdopen(1, "w", 1, "utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, "utf-8", closefd=False)
        faulthandler.register(signal.SIGXCPU, chain=True)  # says where it hangs
        code = action()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass(slots=True)
class Tally:
    """Counts trials, and keeps what went wrong in them."""

    kind: str
    tried: int = 0
    faults: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    peak_mib: float = 0.0
    codes: dict[int, int] = field(default_factory=dict)

    def knows(self, key: str) -> bool:
        """Say whether the log has a trial already, and count it then."""
        trial = _DONE.get(self.kind, {}).get(key)
        if trial is not None:
            self._add(trial, key)
        return trial is not None

    def count(self, trial: Trial, key: str, about: str = "") -> None:
        """Take in a trial; ``key`` says how to repeat it, and ``about`` more of it."""
        self._add(trial, f"{key}: {about}" if about else key)
        entry = {"kind": self.kind, "key": key, **asdict(trial), "about": about}
        for log in _LOG:
            with log.open("a") as lines:
                lines.write(json.dumps(entry | {"said": trial.said[-2000:] if trial.fault else ""}) + "\n")

    def _add(self, trial: Trial, about: str) -> None:
        self.tried += 1
        self.slowest_s = max(self.slowest_s, trial.seconds)
        self.peak_mib = max(self.peak_mib, trial.peak_mib)
        self.codes[trial.code] = self.codes.get(trial.code, 0) + 1
        if trial.fault:
            self.faults.append(f"{about}: {trial.fault}")
            print(f"FAULT {self.kind}: {about}: {trial.fault}", flush=True)

    def told(self) -> str:
        """Return the tally in a line."""
        codes = ", ".join(f"{count} × {code}" for code, count in sorted(self.codes.items()))
        return (
            f"{self.kind}: {self.tried} tried, {len(self.faults)} faults; exit codes {codes}; "
            f"slowest {self.slowest_s:.1f} s, most memory {self.peak_mib:.0f} MiB"
        )
