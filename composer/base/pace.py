"""How long what is under way will still take, from what it has taken so far.

Each stage of a song or a clip has a usual share of the work. What was done so far says how fast this
machine is, and so when the stages that have not begun will end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from structure.base.progress import ProgressEvent
from structure.plans.plan import SongPlan

_CLIP_S = 0.071
"""Seconds that the embedded model takes for a second of a clip, on a core of an ordinary server; all times
here are on that."""

_SURE = 0.15
"""The share of a stage after which its own speed is all that counts for the rest of it."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The stages of a song or a clip in their order, and the seconds that each takes on an ordinary
    machine."""

    seconds: Mapping[str, float]

    @classmethod
    def of_song(cls, plan: SongPlan) -> Expected:
        """What a render of a plan takes, with files, checks and picture."""
        song_s = plan.total_samples / plan.grid.sample_rate
        tracks_s = song_s * len(plan.stems)
        return cls(
            {
                "load": 3.0,
                "clips": _CLIP_S * 0.7 * tracks_s,
                "mix": 0.5 + 0.016 * tracks_s,
                "master": 0.5 + 0.018 * song_s,
                "export": 1.5 + 0.003 * tracks_s,
                "verify": 0.5 + 0.012 * tracks_s,
            }
        )

    @classmethod
    def of_clip(cls, plan: SongPlan) -> Expected:
        """What a clip takes, whose model is loaded."""
        song = cls.of_song(plan).seconds
        return cls({stage: song[stage] for stage in ("clips", "mix", "master")})


class TimeLeft:
    """Tell the time left of one job after another, from their events. ``clock`` gives seconds.

    Where nothing is known of the jobs, it is the time left of the present stage.
    """

    def __init__(self, jobs: Sequence[Expected], clock: Callable[[], float] = time.monotonic) -> None:
        self._jobs = [dict(job.seconds) for job in jobs] or [{}]
        self._clock = clock
        self._job = 0
        self._stage = ""
        self._since = clock()
        self._spent: dict[tuple[int, str], float] = {}
        self._share: dict[tuple[int, str], float] = {}

    def take(self, event: ProgressEvent) -> None:
        """Take in how far the work is. A stage that begins once more is that of the next job."""
        self._account()
        stage = event.stage
        order = list(self._jobs[self._job])
        begins_again = {stage, self._stage} <= {*order} and order.index(stage) < order.index(self._stage)
        if begins_again and stage != "export" and self._job + 1 < len(self._jobs):
            self._job += 1
        self._stage = stage
        if stage == "clips" and "clips" in order:
            self._jobs[self._job]["clips"] = _CLIP_S * event.total_work
        done, total = (
            (event.work, event.total_work) if event.total_work > 0.0 else (event.done, event.total)
        )
        self._share[self._job, stage] = done / total if total else 1.0

    def seconds(self) -> float | None:
        """Seconds until the last job ends; None before anything is known."""
        self._account()
        if self._stage not in self._jobs[self._job]:
            share, spent = (
                self._share.get((self._job, self._stage)),
                self._spent.get((self._job, self._stage)),
            )
            return spent * (1.0 - share) / share if share and spent else None
        pace = self._pace()
        if pace is None:
            return None
        return sum(
            self._left_of(number, stage, usual, pace)
            for number in range(self._job, len(self._jobs))
            for stage, usual in self._jobs[number].items()
        )

    def _account(self) -> None:
        """Add the time since the last look to the stage that it went into."""
        now = self._clock()
        if self._stage:
            key = self._job, self._stage
            self._spent[key] = self._spent.get(key, 0.0) + now - self._since
        self._since = now

    def _pace(self) -> float | None:
        """How many times longer than usual things take here; loading depends on the disk, and says
        nothing."""
        known = [
            (spent, self._jobs[number][stage] * self._share.get((number, stage), 0.0))
            for (number, stage), spent in self._spent.items()
            if stage in self._jobs[number]
            and stage != "load"
            and self._share.get((number, stage), 0.0) > 0.0
        ]
        usual = sum(part for _, part in known)
        return sum(spent for spent, _ in known) / usual if usual > 0.0 else None

    def _left_of(self, number: int, stage: str, usual: float, pace: float) -> float:
        """Seconds that a stage of a job still takes."""
        spent, share = self._spent.get((number, stage), 0.0), self._share.get((number, stage), 0.0)
        if number == self._job and self._is_over(stage):
            return 0.0
        by_pace = max(0.0, usual * pace * (1.0 - share))
        if share <= 0.0:
            return max(by_pace - spent, 0.0)
        own = spent * (1.0 - share) / share
        weight = min(1.0, share / _SURE)
        return weight * own + (1.0 - weight) * by_pace

    def _is_over(self, stage: str) -> bool:
        """Whether a stage of the present job has ended, or was left out."""
        order = list(self._jobs[self._job])
        if self._stage not in order:
            return False
        return self._share.get((self._job, stage), 0.0) >= 1.0 or (
            order.index(stage) < order.index(self._stage) and stage != "export"
        )
