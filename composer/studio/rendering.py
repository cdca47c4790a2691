"""Renders of the open song, as jobs."""

from __future__ import annotations

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
        waiting = dict(enumerate(self.desk.keys()))
        aside = keep_before(project.path, project.folder)

        def progress(event: ProgressEvent) -> None:
            if event.stage in ("clips", "mix"):  # tell which sections have all of their clips now
                has = self.desk.cache.has
                for index in [k for k, clips in waiting.items() if all(map(has, clips.values()))]:
                    del waiting[index]
                    work.job.ready.append(index)
                    self.desk.notices.tell(Notice(kind="section_ready", section=index))
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

        stages = song.report.get("timings", {}).get("stages_s", {})
        spent = sum(stages.get(name, 0.0) for name in ("clips", "text", "network", "decoder"))
        clips = song.report.get("clips", ())
        made = {clip["key"]: clip["seconds"] for clip in clips if not clip["reused"]}
        if made and spent:
            self.rate = spent / sum(made.values())
        return {"folder": song.path.name, "passed": bool(song.report.get("passed"))}
