"""How long a batch will take, and what it will cost, before it is made."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.batch.items import Item
from composer.batch.memory import cores
from composer.batch.run import BatchOptions
from composer.batch.table import DONE, FAILS, read_rows
from composer.batch.work import CalibrateTask, Draft, Pace, PlanTask
from composer.batch.workers import ProcessWorkers, Workers
from structure.base.names import LOCK

_LOOK_S = 0.5
_CUT_S = 0.6
"""A cut or an alternate is a master more: so much of a second for each second of usual work of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a batch takes.

    ``seconds`` are those of each song on one processor (or GPU, where ``is_gpu``), in their order;
    ``song_s`` is the length of all music together. ``done`` songs are there already, ``faults`` say which
    cannot be made. ``clips_there`` is the share of the clips that the cache has, which take no time.
    """

    seconds: tuple[float, ...]
    song_s: float
    done: int
    faults: tuple[str, ...]
    pace: float
    is_gpu: bool
    clips_there: float = 0.0
    price_per_hour: float | None = None

    def makespan_s(self, count: int) -> float:
        """Return how long ``count`` processors take, each with one song at a time, in the order given."""
        free = [0.0] * max(1, min(count, len(self.seconds)))
        for seconds in self.seconds:
            heapq.heapreplace(free, free[0] + seconds)
        return max(free)

    def cost(self, count: int) -> float | None:
        """Return what the songs cost on ``count`` processors; None without a price.

        The price is that of this machine for an hour. It is shared by its processors; a GPU has all of it.
        """
        if self.price_per_hour is None:
            return None
        each = self.price_per_hour / (1 if self.is_gpu else cores())
        return each * count * self.makespan_s(count) / 3600.0

    def rows(self, counts: Sequence[int]) -> list[dict[str, Any]]:
        """Return time and cost for some numbers of processors, as plain data."""
        unit = "gpus" if self.is_gpu else "cpus"
        return [
            {
                unit: count,
                "seconds": round(self.makespan_s(count), 1),
                **({} if (cost := self.cost(count)) is None else {"cost": round(cost, 2)}),
            }
            for count in counts
        ]

    def document(self, counts: Sequence[int]) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return {
            "songs": len(self.seconds),
            "done": self.done,
            "faults": list(self.faults),
            "music_s": round(self.song_s, 1),
            "work_s": round(sum(self.seconds), 1),
            "pace": round(self.pace, 3),
            "clips_there": round(self.clips_there, 4),
            "on": self.rows(counts),
        }


def estimate_batch(
    items: Sequence[Item],
    out: Path,
    options: BatchOptions,
    tell: Callable[[int, int], None] = lambda *_: None,
    workers: Callable[[int], Workers] = ProcessWorkers,
) -> Estimate:
    """Plan every song that is not there yet, and make a few bars of the first one to time this machine.

    Nothing is written. ``tell`` hears how many songs of how many are planned. Clips that the cache on this
    machine has take no time.
    """
    rows = read_rows(out)
    done = {
        key
        for key, row in rows.items()
        if row.get("status") in (DONE, FAILS) and (out / str(row.get("folder")) / LOCK).is_file()
    }
    left = [item for item in items if item.key not in done]
    faults = [item.fault for item in left if item.fault]
    further = len(options.cuts) + sum(name != "stems" for name in options.alternates)
    drafts: dict[int, Draft] = {}
    pace: Pace | None = None
    made_by = workers(1)
    try:
        for number, result in _run_all(made_by, [item for item in left if not item.fault], options, tell):
            if isinstance(result, Exception):
                faults.append(str(result))
            elif isinstance(result, Draft):
                drafts[number] = result
            elif isinstance(result, Pace):
                pace = result
    finally:
        made_by.close()
    times = pace.times if pace is not None else 1.0
    songs = [draft for _, draft in sorted(drafts.items())]
    usual_s = (
        sum(song.expected_s.values()) + _CUT_S * further * song.expected_s.get("master", 0.0)
        for song in songs
    )
    tracks_s = sum(song.seconds * song.stems for song in songs)
    there_s = sum(song.clips_there * song.seconds * song.stems for song in songs)
    return Estimate(
        seconds=tuple(usual * times for usual in usual_s),
        song_s=sum(song.seconds for song in songs),
        clips_there=there_s / tracks_s if tracks_s else 0.0,
        done=len(items) - len(left),
        faults=tuple(faults),
        pace=times,
        is_gpu=pace is not None and pace.is_gpu,
        price_per_hour=options.price_per_hour,
    )


def _run_all(
    workers: Workers, items: Sequence[Item], options: BatchOptions, tell: Callable[[int, int], None]
) -> Iterator[tuple[int, Any]]:
    """Yield the draft of each item by its number, or what was wrong with it; at last the pace.

    The pace is measured while nothing else runs.
    """
    waiting, done = list(enumerate(items)), 0
    good: Item | None = None
    most = options.at_once or cores()
    while waiting or workers.running:
        while waiting and workers.running < most:
            number, item = waiting.pop(0)
            workers.submit(number, PlanTask(item, clips=options.clips))
        for report in workers.reports(_LOOK_S):
            if report.is_over:
                done += 1
                tell(done, len(items))
                good = items[report.number] if good is None and report.error is None else good
                yield report.number, report.error or report.result
    if good is not None:
        workers.submit(0, CalibrateTask(good, backend=options.clips.backend))
        while workers.running:
            yield from (
                (0, report.error or report.result) for report in workers.reports(_LOOK_S) if report.is_over
            )
