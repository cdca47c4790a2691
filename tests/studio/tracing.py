"""What a page's main thread does while it is used, read from Chromium's trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page

_WORK = {
    "EvaluateScript",
    "FunctionCall",
    "TimerFire",
    "FireAnimationFrame",
    "FireIdleCallback",
    "EventDispatch",
    "RunMicrotasks",
    "XHRReadyStateChange",
    "Layout",
    "UpdateLayoutTree",
    "MajorGC",
    "MinorGC",
}
"""Scripting and layout."""

_FRAME_US = 1e6 / 60
"""Microseconds of a frame."""


@dataclass(frozen=True)
class Work:
    """``frames`` are milliseconds of scripting and layout in each frame, ``tasks`` those of each task.

    ``own_tasks`` leave out the time in which a task had to wait for a processor, where others use it too.
    """

    frames: np.ndarray
    tasks: np.ndarray
    own_tasks: np.ndarray


def record(browser: Browser, page: Page, path: Path, use: Callable[[], None]) -> Work:
    """Record the main thread while ``use`` runs."""
    categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel", "__metadata"]
    browser.start_tracing(page=page, path=path, categories=categories)
    use()
    browser.stop_tracing()
    return read(json.loads(path.read_text())["traceEvents"])


def read(events: list[dict]) -> Work:
    """Return the work on the main thread that ran most animation frames."""
    fired = [event for event in events if event["name"] == "FireAnimationFrame"]
    assert fired, "nothing moved"
    thread = max(
        {(event["pid"], event["tid"]) for event in fired},
        key=lambda own: sum((event["pid"], event["tid"]) == own for event in fired),
    )
    own = [
        event for event in events if (event.get("pid"), event.get("tid")) == thread and event["ph"] == "X"
    ]
    spans = _joined(sorted((e["ts"], e["ts"] + e["dur"]) for e in own if e["name"] in _WORK))
    first, last = spans[0][0], spans[-1][1]
    frames = np.zeros(int((last - first) / _FRAME_US) + 1)
    for start, end in spans:
        frames[int((start - first) / _FRAME_US)] += (end - start) / 1000
    tasks = [event for event in own if event["name"] in ("RunTask", "ThreadControllerImpl::RunTask")]
    lasted = np.array([task["dur"] / 1000 for task in tasks])
    worked = np.array([task.get("tdur", task["dur"]) / 1000 for task in tasks])
    return Work(frames, lasted, worked)


def _joined(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join spans that lie in each other, so that no time counts twice."""
    found: list[tuple[float, float]] = []
    for start, end in spans:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
