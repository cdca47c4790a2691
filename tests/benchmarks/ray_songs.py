"""Songs made on a cluster of several Ray nodes on one machine: equal to those of this machine, whatever
dies meanwhile, and what Ray costs.

    python -m tests.benchmarks.ray_songs equal
    python -m tests.benchmarks.ray_songs kills 20
    python -m tests.benchmarks.ray_songs overhead 5

``equal`` renders three songs with the embedded model here and on the cluster. ``kills`` renders one again
and again, and kills a random worker process or a random node at a random moment of each. ``overhead``
renders a batch of eight songs by this machine's threads and by Ray in turn, on the same processors, and
takes the time on the wall and that of all processors used; the second hardly depends on what else runs.
"""

from __future__ import annotations

import hashlib
import os
import random
import statistics
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import psutil
import yaml

from composer.base.backends import song_backend
from composer.engine.many import RayEngine
from composer.sources.source import plan_source, read_source
from render.clips.engine import Engine, LocalEngine
from render.renderer import render_song
from structure.plans.plan import SongPlan
from tests.composer.engine.conftest import Machines

STEMS = ("drums", "bass", "chords", "lead")
GENRES = ("pop", "jazz", "synthwave")


def plan_of(seed: int, genre: str = "pop", bars: int = 4, form: tuple[str, ...] = ("verse",)) -> SongPlan:
    """Plan a short song of four stems."""
    spec: dict[str, Any] = {
        "title": f"Song {seed}",
        "seed": seed,
        "genre": genre,
        "tempo": 120,
        "stems": [{"name": role, "role": role} for role in STEMS],
        "sections": {name: {"bars": bars} for name in form},
        "form": list(form),
    }
    return plan_source(read_source(yaml.safe_dump(spec)))


def render(plan: SongPlan, engine: Engine) -> tuple[str, dict[str, float]]:
    """Render a song without a cache; gives a digest over master and stems, and its times."""
    result = render_song(plan, song_backend(plan), engine=engine)
    digest = hashlib.sha256(result.master.audio.tobytes())
    for name, audio in sorted(result.stems.items()):
        digest.update(name.encode() + audio.tobytes())
    return digest.hexdigest()[:16], dict(result.timings_s)


def same(one: str, other: str) -> str:
    """Say whether two digests are equal."""
    return "equal" if one == other else "DIFFER"


def show_equal() -> None:
    machines = Machines()
    engine = RayEngine(machines.address, print)
    for seed, genre in enumerate(GENRES):
        plan = plan_of(seed, genre, 4, ("verse", "chorus", "verse"))
        here, there = render(plan, LocalEngine())[0], render(plan, engine)[0]
        print(f"{genre}: {plan.bars} bars, here {here}, cluster {there}: {same(here, there)}")
    machines.close()


def show_kills(count: int) -> None:
    machines, chance = Machines(), random.Random(0)
    machines.nodes.append(machines.add())
    plan = plan_of(1, "pop", 4, ("verse", "chorus"))
    wanted, _ = render(plan, LocalEngine())
    engine = RayEngine(machines.address)
    render(plan, engine)  # models are loaded
    begun = time.monotonic()
    whole, _ = render(plan, engine)
    usual_s = time.monotonic() - begun
    print(f"undisturbed: {usual_s:.1f} s, {same(whole, wanted)}", flush=True)
    equal = inside = 0
    for number in range(count):
        what, moment = chance.choice(("worker", "node")), chance.uniform(0.0, 0.7) * usual_s
        done: list[tuple[str, float]] = []

        def disturb(what: str = what, moment: float = moment, done: list[tuple[str, float]] = done) -> None:
            time.sleep(moment)
            at = time.monotonic()
            said = kill_worker(machines, chance) if what == "worker" else kill_node(machines, chance)
            done.append((said, at))

        thread = threading.Thread(target=disturb)
        begun = time.monotonic()
        thread.start()
        digest, _ = render(plan, engine)
        took = time.monotonic() - begun
        thread.join()
        if len(machines.cluster.worker_nodes) < 3:
            machines.add()  # in this thread, since Ray sets handlers of signals
        equal += digest == wanted
        said, at = done[0]
        inside += at < begun + took
        print(
            f"{number + 1}: {said} after {at - begun:.1f} s; "
            f"song after {took:.1f} s, {same(digest, wanted)}",
            flush=True,
        )
    print(f"equal: {equal} of {count}; {inside} of the kills came before the song was done")
    machines.close()


def kill_worker(machines: Machines, chance: random.Random) -> str:
    """Kill a process that makes clips, or one that waits for some where none does."""
    found = [
        child
        for node in machines.cluster.worker_nodes
        for process in node.all_processes.get("raylet", [])
        for child in psutil.Process(process.process.pid).children()
        if (child.cmdline() or [""])[0].split()[0] in ("ray::make_job", "ray::IDLE")
    ]
    busy = [child for child in found if "make_job" in child.cmdline()[0]] or found
    if not busy:
        return "no process was there"
    victim = chance.choice(busy)
    said = f"killed {victim.cmdline()[0].split()[0]} ({victim.pid})"
    victim.kill()
    return said


def kill_node(machines: Machines, chance: random.Random) -> str:
    """Kill a node with all its processes."""
    node = chance.choice(sorted(machines.cluster.worker_nodes, key=lambda node: node.node_id))
    machines.remove(node)
    return f"killed node {node.node_id[:8]}"


def used_by(*, alone: bool) -> float:
    """Return the seconds of processors that this process has used; where not alone, with all of Ray's."""
    processes = [psutil.Process()]
    processes += [] if alone else processes[0].children(recursive=True)
    total = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def show_overhead(pairs: int) -> None:
    import torch

    torch.set_num_threads(2)
    begun = time.monotonic()
    machines = Machines(at_once=2, count=1)
    up_s = time.monotonic() - begun
    engine = RayEngine(machines.address)
    connected_s = time.monotonic() - begun - up_s
    plans = [plan_of(seed, GENRES[seed % 3], 2) for seed in range(8)]
    begun = time.monotonic()
    for engine_used in (engine, LocalEngine()):
        render(plans[0], engine_used)
    print(
        f"cluster up {up_s:.1f} s, connected and machines asked {connected_s:.1f} s, "
        f"models loaded on both sides {time.monotonic() - begun:.1f} s; load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    ratios = []
    for pair in range(pairs):
        took: dict[str, float] = {}
        busy: dict[str, float] = {}
        order: list[tuple[str, Engine]] = [("local", LocalEngine()), ("ray", engine)]
        for name, used in order if pair % 2 == 0 else order[::-1]:
            begun, used_s = time.monotonic(), used_by(alone=name == "local")
            for plan in plans:
                render(plan, used)
            took[name] = time.monotonic() - begun
            busy[name] = used_by(alone=name == "local") - used_s
        ratios.append((took["ray"] / took["local"], busy["ray"] / busy["local"]))
        print(
            f"pair {pair + 1}: local {took['local']:.1f} s ({busy['local']:.1f} of processors), "
            f"ray {took['ray']:.1f} s ({busy['ray']:.1f}), "
            f"ratio {ratios[-1][0]:.3f} ({ratios[-1][1]:.3f}); load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    medians = [statistics.median(column) for column in zip(*ratios, strict=True)]
    print(f"median ratio: {medians[0]:.3f} of the wall, {medians[1]:.3f} of processors")
    machines.close()


if __name__ == "__main__":
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    {"equal": show_equal, "kills": lambda: show_kills(number), "overhead": lambda: show_overhead(number)}[
        sys.argv[1]
    ]()
