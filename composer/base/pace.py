"""How long what is under way will still take, from what it has taken so far.

Each stage of a song or a clip has a usual share of the work. What was done so far says how fast this
machine is now, and so when the stages that have not begun will end. What it takes to begin, such as loading
libraries and the model before the first clip, says little about that, and is left out of it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from structure.base.progress import ProgressEvent
from structure.plans.plan import SongPlan

_CLIP_S = 0.031
"""Seconds that the embedded model takes for a second of a clip, on a core of an ordinary server; all times
here are on that."""

_EACH_S = 0.5
"""Each clip takes as long as so many seconds more, whatever its length."""

_LIBRARIES_S = {"music21": 0.6, "matplotlib": 0.9}
"""Seconds until these are loaded and have begun."""

_EVEN = ("clips", "mix")
"""Stages whose parts take about as long as each other, by their seconds of sound."""

_OVERDUE = 0.1
"""A stage that takes longer than thought takes as much longer as this share of its time."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The stages of a song or a clip in order, and the seconds that each takes on an ordinary machine."""

    seconds: Mapping[str, float]

    @classmethod
    def of_song(cls, plan: SongPlan) -> Expected:
        """Return what each stage of a render of a plan takes, with files, checks and picture."""
        song_s = plan.total_samples / plan.grid.sample_rate
        tracks_s = song_s * len(plan.stems)
        return cls(
            {
                "load": 1.0,
                "clips": _CLIP_S * 1.3 * tracks_s,
                "mix": 0.3 + 0.0052 * tracks_s,
                "master": 0.1 + 0.0145 * song_s,
                "export": 0.5 + _to_load("music21", "matplotlib") + 0.0062 * tracks_s,
                "verify": 0.6 + 0.0071 * tracks_s,
            }
        )

    @classmethod
    def of_clip(cls, plan: SongPlan) -> Expected:
        """Return what each stage of a clip takes."""
        song = cls.of_song(plan).seconds
        return cls({stage: song[stage] for stage in ("clips", "mix", "master")})


def _to_load(*libraries: str) -> float:
    """Return the seconds for those libraries that are installed and were not loaded yet."""
    return sum(_LIBRARIES_S[name] for name in libraries if name not in sys.modules and find_spec(name))


@dataclass(slots=True)
class _Stage:
    """A stage of a job, with ``usual``, the seconds that it usually takes.

    ``share`` is how much of it is done. ``spent`` are the seconds that went into it until now, and
    ``until`` those when that share was done. ``first`` is the share and the seconds after the first part.
    """

    usual: float
    share: float = 0.0
    spent: float = 0.0
    until: float = 0.0
    first: tuple[float, float] | None = None
    known: int | None = None
    """Clips that were there already."""


class TimeLeft:
    """Tell the time left of one job after another, from their events. ``clock`` gives seconds.

    Where nothing is known of the jobs, it is the time left of the present stage.
    """

    def __init__(self, jobs: Sequence[Expected], clock: Callable[[], float] = time.monotonic) -> None:
        self._jobs = [{name: _Stage(usual) for name, usual in job.seconds.items()} for job in jobs] or [{}]
        self._thought_s = [job.seconds.get("clips", 0.0) for job in jobs]
        self._is_known = bool(jobs)
        self._clock = clock
        self._job = 0
        self._name = ""
        self._since = clock()

    def take(self, event: ProgressEvent) -> None:
        """Take in how far the work is. A stage that begins once more is that of the next job."""
        self._account()
        order = list(self._jobs[self._job])
        begins_again = (
            event.stage in order
            and self._name in order
            and order.index(event.stage) < order.index(self._name)
            and event.stage != "export"  # which goes on after the checks
        )
        if begins_again and self._job + 1 < len(self._jobs):
            self._job += 1
        self._name = event.stage
        stage = self._jobs[self._job].setdefault(event.stage, _Stage(0.0))
        done, total = float(event.done), float(event.total)
        if event.stage == "clips":
            stage.known = event.done if stage.known is None else stage.known
            done = event.work + _EACH_S * (event.done - stage.known)
            total = event.total_work + _EACH_S * (event.total - stage.known)
            stage.usual = _CLIP_S * total
        stage.share, stage.until = (done / total if total else 1.0), stage.spent
        if stage.first is None and stage.share > 0.0:
            stage.first = (stage.share, stage.spent)

    def seconds(self) -> float | None:
        """Return the seconds until the last job ends; None before anything is known."""
        self._account()
        if not self._is_known:
            stage = self._jobs[0].get(self._name)
            return stage.spent * (1.0 - stage.share) / stage.share if stage and stage.share else None
        pace = self.pace()
        if pace is None:
            return None
        now = list(self._jobs[self._job])
        begun = now.index(self._name)
        left = sum(_left(self._jobs[self._job][name], name, pace) for name in now[begun:])
        # what clips there are is known of the jobs until now, and thought of those that come
        known = sum(job["clips"].usual for job in self._jobs[: self._job + 1] if "clips" in job)
        thought = sum(self._thought_s[: self._job + 1])
        paces = {"clips": pace * known / thought} if known and thought else {}
        return left + sum(
            _left(stage, name, paces.get(name, pace))
            for job in self._jobs[self._job + 1 :]
            for name, stage in job.items()
        )

    def pace(self) -> float | None:
        """Return how many times longer than usual things take here and now."""
        spent = usual = 0.0
        for job in self._jobs[: self._job + 1]:
            for name in _EVEN:
                stage = job.get(name)
                if stage is None or stage.first is None:
                    continue
                before, begun = (0.0, 0.0) if name == "mix" else stage.first
                spent += stage.until - begun if stage.share > before else 0.0
                usual += stage.usual * (stage.share - before)
        return spent / usual if spent > 0.0 and usual > 0.0 else None

    def _account(self) -> None:
        """Add the time since the last look to the stage that it went into."""
        now = self._clock()
        if self._name:
            self._jobs[self._job][self._name].spent += now - self._since
        self._since = now


def _left(stage: _Stage, name: str, pace: float) -> float:
    """Return the seconds that a stage still takes."""
    if stage.share >= 1.0 and name not in ("export", "verify"):
        return 0.0
    if name in _EVEN:
        return max(0.0, stage.usual * pace * (1.0 - stage.share) - (stage.spent - stage.until))
    if stage.share >= 1.0:
        return 0.0
    left = stage.usual * pace - stage.spent
    return left if left > 0.0 else _OVERDUE * stage.spent
