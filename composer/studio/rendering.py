"""Renders, takes, exports and checks of the open song, as jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from composer.studio.clips import Backends
from composer.studio.desk import Desk
from composer.studio.jobs import Jobs, Work
from composer.studio.messages.models import Job, Notice
from composer.studio.sound.rendered import keep_before, settle_before
from structure.base.files import remove
from structure.base.progress import ProgressEvent


@dataclass
class Renderer:
    """Renders the open song. What is edited meanwhile is in the next render."""

    desk: Desk
    jobs: Jobs
    backends: Backends
    rate: float | None = None
    """Seconds that a second of a clip took to make in the last render, None where it made none."""

    def render(self) -> Job:
        """Put a render in the queue: of the song as it is when its turn comes.

        Raises RitornelloError where the song cannot be rendered as it is now.
        """
        plan = self.desk.plan()
        return self.jobs.add("render", f"Render {plan.title}", self._render)

    def _render(self, work: Work) -> dict[str, Any]:
        project = self.desk.snapshot()
        watch = _ready_watch(self.desk, work)
        aside = keep_before(project.path, project.folder)

        def progress(event: ProgressEvent) -> None:
            watch(event)
            work.progress(event)

        try:
            inner = project.render(backend=self.backends.only, cache=self.desk.cache, progress=progress)
            work.on_cancel.append(inner.cancel)
            if work.is_cancelled:
                inner.cancel()
            song = inner.result()
            settle_before(project.path)
        finally:
            if aside is not None:
                remove(aside)
            self.desk.tell()
        self.rate = _measured_rate(song.report) or self.rate
        return {"folder": song.path.name, "passed": bool(song.report.get("passed"))}


def _measured_rate(report: Mapping[str, Any]) -> float | None:
    """Return the seconds that each second of a clip took, from a render's report."""
    stages = report.get("timings", {}).get("stages_s", {})
    made = {clip["key"]: clip["seconds"] for clip in report.get("clips", ()) if not clip["reused"]}
    spent = sum(stages.get(name, 0.0) for name in ("clips", "text", "network", "decoder"))
    return spent / sum(made.values()) if made and spent else None


def _ready_watch(desk: Desk, work: Work) -> Callable[[ProgressEvent], None]:
    """Return what tells, at each clip, which sections have all of their clips now."""
    keys = desk.keys()
    waiting = dict(enumerate(keys))

    def look(event: ProgressEvent) -> None:
        if event.stage not in ("clips", "mix"):
            return
        found = [k for k, clips in waiting.items() if all(map(desk.cache.has, clips.values()))]
        for index in found:
            del waiting[index]
            work.job.ready.append(index)
            desk.notices.tell(Notice(kind="section_ready", section=index))

    return look
