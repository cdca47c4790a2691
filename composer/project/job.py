"""A render in a thread of its own, which can be watched and cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from pathlib import Path

from composer.folder.song import SongFolder
from structure.base.progress import Progress, ProgressEvent, silent

__all__ = ["CancelledError", "Job"]


class Job:
    """A render that is under way. ``progress`` is called in its thread, with each step.

    ``work`` renders, calls the progress that it is given, and returns the folder; what it raises,
    :meth:`result` raises.
    """

    def __init__(self, work: Callable[[Progress], Path], progress: Progress = silent) -> None:
        self._work = work
        self._progress = progress
        self._is_cancelled = threading.Event()
        self._future: Future[SongFolder] = Future()
        threading.Thread(target=self._run, name="render", daemon=True).start()

    def cancel(self) -> None:
        """Ask the render to end at its next step, such as after the clip that is being made.

        Its folder is then as it was before. Clips that were made stay in the cache.
        """
        self._is_cancelled.set()

    @property
    def is_done(self) -> bool:
        """Whether it has ended, however it did."""
        return self._future.done()

    def result(self, timeout_s: float | None = None) -> SongFolder:
        """Wait for the song.

        Raises CancelledError where the render was cancelled before its end, TimeoutError where it lasts
        longer than ``timeout_s``, and what the render raised.
        """
        return self._future.result(timeout_s)

    def _run(self) -> None:
        try:
            self._future.set_result(SongFolder.open(self._work(self._step)))
        except BaseException as exc:  # noqa: BLE001  (the result raises it where somebody waits for it)
            self._future.set_exception(exc)

    def _step(self, event: ProgressEvent) -> None:
        if self._is_cancelled.is_set():
            raise CancelledError
        self._progress(event)
