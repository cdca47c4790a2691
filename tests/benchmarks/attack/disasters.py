"""Kills, clocks that go back and disks that lose what they said they had written.

    OMP_NUM_THREADS=1 python tests/benchmarks/attack/disasters.py [--share 0.1] [--seed 0]

60 renders are killed at random moments, 30 run under a clock that jumps, and from 60 songs and caches a
disk drops what was written: a file is empty, cut off, or ends in zeros. After each there is the old song,
the new one or none, the next render gives the very same files, and what was lost is said.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.benchmarks.attack.trials import SPEC, Tally, begin, command, commands, end, try_out

KILLS, CLOCKS, DROPS = 60, 30, 60
RENDER = ("render", "song.yaml", "-q", "--out", "song", "--cache", "cache", "--force")


def digests(song: Path) -> dict[str, str]:
    """Digests of a song's files but those that hold times."""
    files = sorted(path for path in song.rglob("*") if path.is_file())
    kept = (path for path in files if path.name not in ("report.json", "changes.json", "verify.json"))
    return {
        path.relative_to(song).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in kept
        if "versions" not in path.parts and not path.relative_to(song).parts[0].startswith(".")
    }


def kills(place: Path, whole: dict[str, str], seconds: float, count: int, seed: int) -> Tally:
    """Kill renders; the song is there as a whole or not at all, and the next render is none the worse."""
    tally = Tally("killed renders")
    work = place / "killed"
    work.mkdir()
    (work / "song.yaml").write_text(SPEC)
    for number in range(count):
        key, rng = f"--seed {seed}, kill {number}", random.Random(f"{seed} {number}")
        if tally.knows(key):
            continue
        child = os.fork()
        if child == 0:
            devnull = os.open(os.devnull, os.O_WRONLY)
            os.dup2(devnull, 1)
            os.dup2(devnull, 2)
            os._exit(commands(work, RENDER)())
        time.sleep(rng.uniform(0.0, 1.2) * seconds)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        fault = ""
        if (work / "song").exists() and digests(work / "song") != whole:
            fault = "a killed render left half a song"
        trial = try_out(commands(work, RENDER))
        if not fault and (trial.code or digests(work / "song") != whole):
            fault = "the next render gave another song"
        left = [path.name for path in work.iterdir() if path.name.endswith((".part", ".old"))]
        tally.count(trial.found(fault or (f"{left[0]} was left" if left else "")), key)
        if rng.random() < 1 / 3:
            shutil.rmtree(work / "song")
            shutil.rmtree(work / "cache")
    return tally


def jumping(rng: random.Random) -> Callable[[], float]:
    """A clock that goes back by up to a year, or forth."""
    at = [time.time()]

    def clock() -> float:
        at[0] += rng.choice((0.1, 1.0, -1.0, -3600.0, -86_400.0 * rng.randrange(365), 86_400.0))
        return at[0]

    return clock


def clocks(place: Path, whole: dict[str, str], count: int, seed: int) -> Tally:
    """Render, render again, list and make room under a clock that jumps."""
    tally = Tally("clocks that go back")
    for number in range(count):
        key = f"--seed {seed}, clock {number}"
        if tally.knows(key):
            continue
        work = place / f"clock{number}"
        work.mkdir()
        (work / "song.yaml").write_text(SPEC)

        def run(work: Path = work, number: int = number) -> int:
            os.chdir(work)
            clock = jumping(random.Random(seed + number))
            time.time = clock
            time.time_ns = lambda: round(1e9 * clock())
            lines = (RENDER, RENDER, ("versions", "song"), ("verify", "song"))
            more = (("cache", "prune", "--to", "100kB", "--cache", "cache"), RENDER)
            return next((code for line in (*lines, *more) if (code := command(line))), 0)

        trial = try_out(run)
        same = trial.code == 0 and digests(work / "song") == whole
        tally.count(trial.found("" if same else "another song, or an error"), key)
        shutil.rmtree(work)
    return tally


def lose(path: Path, rng: random.Random) -> str:
    """Do to a file what a disk does that dropped a write; say what."""
    data = path.read_bytes()
    kept = rng.choice((0, len(data) // 2, max(0, len(data) - 1)))
    if rng.random() < 0.5:
        path.write_bytes(data[:kept])
        return f"{path.name} has {kept} of {len(data)} bytes"
    path.write_bytes(data[:kept] + b"\0" * (len(data) - kept))
    return f"{path.name} is zeros from byte {kept} on"


def drops(place: Path, whole: dict[str, str], count: int, seed: int) -> Tally:
    """Lose what was written of a song or a cache: `verify` says so, or the next render makes it anew."""
    tally = Tally("writes that a disk dropped")
    for number in range(count):
        key, rng = f"--seed {seed}, drop {number}", random.Random(f"{seed} {number}")
        if tally.knows(key):
            continue
        work = place / f"drop{number}"
        shutil.copytree(place / "clean", work)
        of_song = number % 2 == 0
        inside = (work / ("song" if of_song else "cache")).rglob("*")
        files = sorted(path for path in inside if path.is_file())
        # those whose digests a lock has, or which it is itself; the others are views of them
        locked = ("plan.json", "song.lock")
        named = [path for path in files if not of_song or path.suffix == ".wav" or path.name in locked]
        chosen = rng.choice(named)
        before = chosen.read_bytes()
        said = lose(chosen, rng)
        fault = ""
        # a lock that has lost the end of its last line alone still says all that it said
        if of_song and chosen.read_bytes().rstrip(b"\n") != before.rstrip(b"\n"):
            trial = try_out(commands(work, ("verify", "song")))
            fault = "" if trial.code in (2, 3) else "verify finds nothing wrong"
        else:
            trial = try_out(commands(work, RENDER))
            fault = "" if trial.code == 0 and digests(work / "song") == whole else "another song"
        tally.count(trial.found(fault), key, said)
        shutil.rmtree(work)
    return tally


def attack(share: float = 1.0, seed: int = 0) -> list[Tally]:
    """Try a share of all disasters."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "clean").mkdir()
        (place / "clean" / "song.yaml").write_text(SPEC)
        begun = time.monotonic()
        made = try_out(commands(place / "clean", RENDER))
        seconds = time.monotonic() - begun
        if made.code or made.fault:
            raise SystemExit(f"the song was not made: {made.said}")
        whole = digests(place / "clean" / "song")
        counts = [max(1, round(share * count)) for count in (KILLS, CLOCKS, DROPS)]
        return [
            kills(place, whole, seconds, counts[0], seed),
            clocks(place, whole, counts[1], seed),
            drops(place, whole, counts[2], seed),
        ]


if __name__ == "__main__":
    options = begin(__doc__)
    end(attack(options.share, options.seed))
