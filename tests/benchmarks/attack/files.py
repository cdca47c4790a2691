"""Edits of plans, locks and cached clips, as somebody with an editor or a grudge would make them.

    OMP_NUM_THREADS=1 python tests/benchmarks/attack/files.py [--share 0.1] [--seed 0] [--only plan]

2,000 edits in all. After each, commands read what was edited. An edited plan is often made consistent again
(its view and its digest in the lock follow), and a clip gets a fresh digest, so that no checksum hides what
comes after it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from tests.benchmarks.attack.trials import SPEC, Tally, commands, end, read_options, try_out

AGAIN = ("render", "song.yaml", "-q", "--force", "--out", "song", "--cache", "cache")

COUNTS = {"plan": 900, "lock": 600, "clip": 500}

JUNK: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 7, 127, 128, 4096, 10**6, 2**31, 2**63, 10**20, -(10**20), 10**400, 0.5,
    -0.5, 1e-300, 1e300, 1e9, float("inf"), float("-inf"), float("nan"), "", " ", "x", "0", "1/0", "0/0",
    "1e9999999", "1e-9999999", "9" * 12, "9" * 12 + "/7", "1/" + "9" * 12, "9" * 5000, "inf", "nan", "-1",
    "../x", "/etc/passwd", "a/b", "\x00", "\x1b[2J", "\ud800", "x" * 100_000, [], {}, [[]], [None], [{}],
    {"": 1}, {"a": {"b": 1}}, ["1", "1", 60, 100], ["0", "1", 60, 100], [0] * 5000, "verse", "chorus",
    "kit", "low", "4/4", "15/8", "7/2", "C", "A minor", "drums", "embedded",
)  # fmt: skip


def paths(data: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the place of each value in plain data, the whole first."""
    yield here
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield from paths(value, (*here, key))


def edited(data: Any, rng: random.Random) -> tuple[Any, str]:
    """Return data with one to three edits, and what they were."""
    done = []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        places = [place for place in paths(data) if place]
        if not places:
            break
        # as often near the top as in the thousands of notes
        depth = rng.choice(sorted({len(place) for place in places}))
        place = rng.choice([one for one in places if len(one) == depth])
        *way, key = place
        owner = data
        for step in way:
            owner = owner[step]
        done.append(f"{'.'.join(map(str, place))} {_edit(owner, key, rng)}")
    return data, "; ".join(done)


def _edit(owner: Any, key: Any, rng: random.Random) -> str:
    kind = rng.randrange(9)
    old = owner[key]
    if kind == 0:
        del owner[key]
        return "left out"
    if kind == 1 and isinstance(old, list) and old:
        owner[key] = old * rng.choice((2, 3, 2000))
        return f"repeated to {len(owner[key])}"
    if kind == 2 and isinstance(owner, dict):
        owner[rng.choice(("x", "../x", "", "__class__", "kit", "low2", "a" * 300))] = owner.pop(key)
        return "renamed"
    if kind == 3 and isinstance(old, int | float) and not isinstance(old, bool):
        try:
            owner[key] = old * rng.choice((-1, 0, 2, 0.5, 1000, 1e9, 10**30))
        except OverflowError:
            owner[key] = 1e300
        return f"-> {owner[key]!r}"
    if kind == 4:
        deep: Any = old
        for _ in range(rng.choice((1, 3, 60, 900))):
            deep = [deep]
        owner[key] = deep
        return "nested"
    if kind == 5 and isinstance(old, list) and len(old) > 1:
        rng.shuffle(old)
        return "shuffled"
    owner[key] = rng.choice(JUNK)
    return f"-> {str(owner[key])[:40]!r}"


def damaged(data: bytes, rng: random.Random) -> tuple[bytes, str]:
    """Return a file with damages that no editor of JSON makes."""
    kind = rng.randrange(6)
    at = rng.randrange(len(data))
    if kind == 0:
        return data[:at], f"cut off at {at}"
    if kind == 1:
        return data[:at] + bytes(rng.randrange(256) for _ in range(9)) + data[at + 9 :], f"bytes at {at}"
    if kind == 2:
        depth = rng.choice((900, 5000, 100_000))
        return b"[" * depth + b"]" * depth, f"{depth} deep"
    if kind == 3:
        return data.replace(b": 0", b": " + b"9" * 5000, 1), "a number of 5000 digits"
    if kind == 4:
        return b'{"a":' * 3000 + b"1" + b"}" * 3000, "mappings 3000 deep"
    return b"\xff\xfe" + data.decode(errors="ignore").encode("utf-16-le"), "UTF-16"


def dumped(data: Any) -> bytes:
    """Write plain data as JSON, lone surrogates and infinities too, and what is nested thousands deep."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        return json.dumps(data).encode()
    finally:
        sys.setrecursionlimit(usual)


def edit_json(path: Path, rng: random.Random) -> str:
    """Edit a file of JSON in its place; say how."""
    if rng.random() < 0.15:
        data, said = damaged(path.read_bytes(), rng)
    else:
        plain = json.loads(path.read_bytes())
        if path.name == "plan.json" and rng.random() < 0.9:
            plain["plan"], said = edited(plain["plan"], rng)
        else:
            plain, said = edited(plain, rng)
        data = dumped(plain)
    path.write_bytes(data)
    return said


def make_consistent(song: Path) -> int:
    """Let the view of a plan and its digest in the lock follow an edit, where it can still be read."""
    from structure.base.jsonfile import write_json
    from structure.plans.planfile import plan_document, read_plan_document

    path = song / "plan.json"
    try:
        plan = read_plan_document(json.loads(path.read_bytes()), path)
        write_json(path, plan_document(plan))
    except Exception:
        pass
    lock = json.loads((song / "song.lock").read_bytes())
    lock["plan_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (song / "song.lock").write_bytes(dumped(lock))
    return 0


def edit_plan(work: Path, rng: random.Random) -> tuple[str, Callable[[], int]]:
    """Edit a song's plan; give what to run then."""
    said = edit_json(work / "song" / "plan.json", rng)
    lines = rng.choice(
        (
            (("verify", "song"),),
            (("export", "song", "--to", "ableton-midi", "--to", "lead-sheet", "--to", "reaper"),),
            (("remaster", "song", "--preset", "club"),),
            (("diff", "song", "song.yaml"),),
            (("render", "--lock", "song", "-q", "--out", "again", "--cache", "cache"),),
            (
                ("render", "song.yaml", "-q", "--force", "--out", "song", "--cache", "cache"),
                ("verify", "song"),
            ),
            (("vary", "song", "-q", "--takes", "1", "--out", "varied"),),
        )
    )
    fitting = rng.random() < 0.6

    def run() -> int:
        if fitting:
            make_consistent(work / "song")
        return commands(work, *lines)()

    return f"{said} | {'made to fit, ' if fitting else ''}{lines[0][0]}", run


def edit_lock(work: Path, rng: random.Random) -> tuple[str, Callable[[], int]]:
    """Edit a song's lock; give what to run then."""
    said = edit_json(work / "song" / "song.lock", rng)
    lines = rng.choice(
        (
            (("verify", "song"),),
            (("diff", "song", "song.yaml"),),
            (("render", "--lock", "song", "-q", "--out", "again", "--cache", "cache"),),
            (("render", "--lock", "song", "-q", "--out", "again", "--no-cache"),),
            (
                ("render", "song.yaml", "-q", "--force", "--out", "song", "--cache", "cache"),
                ("versions", "song"),
            ),
            (("export", "song", "--to", "wav"),),
        )
    )
    return f"{said} | {lines[0][0]}", commands(work, *lines)


def edit_clip(work: Path, rng: random.Random) -> tuple[str, Callable[[], int]]:
    """Edit clips in the cache, mostly with a digest that fits; give what to run then."""
    import numpy as np

    magic = b"ritornello clip 1\n"
    said = ""
    for path in rng.sample(sorted((work / "cache" / "clips").iterdir()), rng.choice((1, 1, 2, 6))):
        data = path.read_bytes()
        start = len(magic) + 32
        end = data.index(b"\n", start)
        header, samples = json.loads(data[start:end]), np.frombuffer(data, "<f4", offset=end + 1).copy()
        kind = rng.randrange(6)
        if kind == 0:
            value = rng.choice((np.nan, np.inf, -np.inf, 1e30, 3e38, 1e6, 100.0))
            at = rng.randrange(len(samples))
            samples[at : at + rng.choice((1, 1000, len(samples)))] = value
            said = f"samples at {at} are {value}"
        elif kind == 1:
            samples *= np.float32(rng.choice((0.0, 1e-30, 50.0, 1e6, -1.0)))
            said = "another level"
        elif kind == 2:
            samples = samples[: rng.choice((0, 1, len(samples) // 2))]
            header["shape"] = rng.choice(([1, len(samples)], header["shape"], [len(samples)], [0, 0]))
            said = f"{len(samples)} samples, shape {header['shape']}"
        elif kind == 3:
            header["shape"] = rng.choice(
                (
                    [2, len(samples) // 2],
                    [len(samples), 1],
                    [-1, 1],
                    [10**12, 10**12],
                    "x",
                    None,
                    [],
                    [1, 1, len(samples)],
                )
            )
            said = f"shape {header['shape']}"
        else:
            header, said = edited(header, rng)
        body = (dumped(header) if rng.random() < 0.95 else b"[" * 50_000) + b"\n" + samples.tobytes()
        digest = hashlib.blake2b(body, digest_size=32).digest()
        path.write_bytes(magic + (digest if rng.random() < 0.95 else b"0" * 32) + body)
    return f"{said} | render", commands(work, AGAIN, ("verify", "song"))


EDITS = {"plan": edit_plan, "lock": edit_lock, "clip": edit_clip}


def attack(share: float = 1.0, seed: int = 0, only: str = "", numbers: Sequence[int] = ()) -> list[Tally]:
    """Try a share of the edits, or those of some numbers alone, of which all is shown that is said."""
    tallies = []
    with tempfile.TemporaryDirectory() as place:
        for kind, edit in EDITS.items():
            if only not in ("", kind):
                continue
            clean = Path(place, kind)
            clean.mkdir()
            # a plan alone says how a score and a picture are drawn, which takes half of a render
            plain = SPEC + "export: {overview: false, musicxml: false}\n"
            (clean / "song.yaml").write_text(SPEC if kind == "plan" else plain)
            made = try_out(
                commands(clean, ("render", "song.yaml", "-q", "--out", "song", "--cache", "cache"))
            )
            if made.code or made.fault:
                raise SystemExit(f"the song to edit was not made: {made.said}")
            (clean / "song.yaml").write_text(plain)
            tally = Tally(f"edited {kind}s")
            for number in numbers or range(round(share * COUNTS[kind])):
                key = f"--seed {seed} --only {kind} --number {number}"
                if not numbers and tally.knows(key):
                    continue
                work = Path(place, "work")
                shutil.copytree(clean, work)
                said, run = edit(work, random.Random(f"{seed} {kind} {number}"))
                trial = try_out(run)
                tally.count(trial, key, said)
                if numbers:
                    print(trial.said)
                shutil.rmtree(work)
            tallies.append(tally)
    return tallies


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", choices=("", *EDITS))
    parser.add_argument("--number", type=int, nargs="*", default=())
    options = read_options(parser)
    end(attack(options.share, options.seed, options.only, options.number))


if __name__ == "__main__":
    main()
