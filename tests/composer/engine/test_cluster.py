"""A song made on a cluster is the song made at home, whatever dies, hangs or joins meanwhile."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from composer.engine import choose_engine
from composer.engine.many import RayEngine
from render.backends import load_backend
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.renderer import RenderResult, render_song
from structure.base.errors import EngineError
from structure.base.progress import ProgressEvent
from tests.composer.engine.backends import (
    DyingBackend,
    FullDiskBackend,
    HangingBackend,
    NotedBackend,
    SlowBackend,
)
from tests.composer.engine.conftest import Machines
from tests.composer.songmaker import small_plan
from tests.tones import ToneBackend

pytestmark = pytest.mark.slow

PLAN = small_plan((("verse", 2), ("chorus", 3), ("bridge", 2), ("chorus", 3)))


def song_bytes(result: RenderResult) -> dict[str, bytes]:
    stems = {name: audio.tobytes() for name, audio in result.stems.items()}
    return {"master": result.master.audio.tobytes(), **stems}


@pytest.fixture(scope="module")
def at_home() -> dict[str, bytes]:
    return song_bytes(render_song(PLAN, ToneBackend()))


def test_the_song_of_a_cluster_is_the_song_of_this_machine(
    machines: Machines, tmp_path: Path, at_home: dict[str, bytes]
) -> None:
    said: list[str] = []
    handler = signal.getsignal(signal.SIGTERM)
    engine = choose_engine("ray", machines.address, said.append)
    assert signal.getsignal(signal.SIGTERM) is handler
    assert said == ["Ray: 2 machines, 2 processors"]
    assert isinstance(engine, RayEngine)
    assert engine.kind == engine.made_on == ""
    events: list[ProgressEvent] = []
    backend = NotedBackend(folder=str(tmp_path), seconds_by_stage={"network": 2.0})
    made = render_song(PLAN, backend, engine=engine, progress=events.append)
    assert song_bytes(made) == at_home
    assert backend.made == 0  # it played elsewhere
    processes = {path.suffix for path in tmp_path.iterdir()}
    assert len([*tmp_path.iterdir()]) == engine.made == 6
    assert 1 < len(processes) <= 2
    assert [event.done for event in events if event.stage == "clips"] == [*range(7)]
    assert made.timings_s["network"] > 0.0


def test_the_embedded_model_plays_the_same_on_a_cluster(machines: Machines) -> None:
    plan = small_plan((("verse", 1),), tempo=240.0)
    home = render_song(plan, load_backend("embedded"))
    made = render_song(plan, load_backend("embedded"), engine=RayEngine(machines.address))
    assert song_bytes(made) == song_bytes(home)


@pytest.mark.parametrize("make", [DyingBackend, HangingBackend])
def test_processes_that_die_or_hang_cost_no_clip(
    machines: Machines, tmp_path: Path, at_home: dict[str, bytes], make: Callable[..., Backend]
) -> None:
    engine = RayEngine(machines.address, limit_s=10.0)  # a busy machine is slow, and does not hang
    made = render_song(PLAN, make(folder=str(tmp_path)), engine=engine)
    assert song_bytes(made) == at_home
    assert len([*tmp_path.glob("*.0.*")]) == 6
    assert len([*tmp_path.glob("*.1.*")]) >= 1


def test_a_clip_that_kills_every_process_is_named_in_the_end(
    machines: Machines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composer.engine.many.MOST_TRIES", 2)
    plan = small_plan((("verse", 1),))
    backend = DyingBackend(folder=str(tmp_path), deaths=1000)
    with pytest.raises(EngineError, match=r"verse/1/\w+ was lost 2 times: .*died"):
        render_song(plan, backend, engine=RayEngine(machines.address))


def test_what_a_job_raises_is_raised_here_with_where_it_was(machines: Machines, tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    backend = ToneBackend(fails_at=1, error=ZeroDivisionError("the model broke"))
    with pytest.raises(ZeroDivisionError, match="the model broke") as caught:
        render_song(PLAN, backend, cache, engine=RayEngine(machines.address))
    assert "/1/" in caught.value.__notes__[0]


def test_machines_may_die_and_join_in_the_middle_of_a_song(
    machines: Machines, tmp_path: Path, at_home: dict[str, bytes]
) -> None:
    engine = RayEngine(machines.address)
    backend = SlowBackend(folder=str(tmp_path), seconds=0.7)
    changed = threading.Event()

    def change(event: ProgressEvent) -> None:
        if event.stage == "clips" and event.done >= 1 and not changed.is_set():
            changed.set()
            machines.remove(machines.nodes[0])
            machines.add()

    made = render_song(PLAN, backend, engine=engine, progress=change)
    assert changed.is_set()
    assert song_bytes(made) == at_home


def test_a_machine_whose_disk_is_full_leaves_its_clips_to_others(
    machines: Machines, tmp_path: Path, at_home: dict[str, bytes]
) -> None:
    machines.add(TONES_DISK_IS_FULL="1")
    engine = RayEngine(machines.address)
    made = render_song(PLAN, FullDiskBackend(folder=str(tmp_path)), engine=engine)
    assert song_bytes(made) == at_home


def test_a_machine_of_another_kind_gets_no_clips_of_the_song(
    machines: Machines, tmp_path: Path, at_home: dict[str, bytes]
) -> None:
    machines.add(ATEN_CPU_CAPABILITY="default")
    said: list[str] = []
    engine = RayEngine(machines.address, said.append)
    assert len(engine.cluster.nodes()) == 2, said
    assert len(said) == 1
    assert "DEFAULT, not " in said[0]
    assert song_bytes(render_song(PLAN, ToneBackend(), engine=engine)) == at_home
    machines.add(ATEN_CPU_CAPABILITY="default")  # joins later, and is found out at its first job
    backend = SlowBackend(folder=str(tmp_path), seconds=0.5)
    assert song_bytes(render_song(PLAN, backend, engine=engine)) == at_home
    assert len({path.suffix for path in tmp_path.iterdir()}) == 2
    assert len(said) == 2


def test_a_cluster_of_another_kind_says_so_and_keeps_its_clips_apart(
    machines: Machines, tmp_path: Path
) -> None:
    for node in machines.nodes:
        machines.remove(node)
    machines.add(ATEN_CPU_CAPABILITY="default")
    engine = RayEngine(machines.address)
    assert len(engine.kind) == 8
    assert "DEFAULT, numpy" in engine.made_on
    cache = ClipCache(tmp_path / "cache")
    render_song(PLAN, ToneBackend(), cache, engine=engine)
    names = {path.stem[64:] for path in tmp_path.rglob("*.clip")}
    assert names == {f"-{engine.kind}"}
    at_home = ToneBackend()
    render_song(PLAN, at_home, cache)
    assert at_home.made == 6
    assert render_song(PLAN, ToneBackend(), cache, engine=engine).clips[0].reused


def test_machines_with_another_version_are_refused_by_name(
    machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composer.engine.worker.own_version", lambda: "9.9.9")
    with pytest.raises(EngineError, match="no machine of the cluster fits") as caught:
        RayEngine(machines.address)
    assert str(caught.value).count(", not 9.9.9") == 2


def test_machines_with_other_weights_are_refused_before_work_begins(machines: Machines) -> None:
    backend = load_backend("embedded")
    backend.__dict__["fingerprint"] = "embedded-of-mine"
    with pytest.raises(EngineError, match=r"its embedded is embedded-\w+, not embedded-of-mine"):
        render_song(PLAN, backend, engine=RayEngine(machines.address))


def test_an_interrupt_calls_back_what_is_out(machines: Machines, tmp_path: Path) -> None:
    def interrupt(event: ProgressEvent) -> None:
        if event.stage == "clips" and event.done == 1:
            raise KeyboardInterrupt

    cache = ClipCache(tmp_path / "cache")
    notes = tmp_path / "notes"
    notes.mkdir()
    engine = RayEngine(machines.address)
    with pytest.raises(KeyboardInterrupt):
        render_song(
            PLAN, SlowBackend(folder=str(notes), seconds=0.5), cache, engine=engine, progress=interrupt
        )
    time.sleep(1.0)  # what was on its way when the song was given up may still begin
    begun = len([*notes.iterdir()])
    assert begun <= 4
    time.sleep(1.5)
    assert len([*notes.iterdir()]) == begun  # nothing goes on
    assert 1 <= len([*tmp_path.rglob("*.clip")]) <= begun
