"""Work on several cores: threads, as what takes time in audio lets go of Python's lock."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_In = TypeVar("_In")
_Out = TypeVar("_Out")

MOST_THREADS = 4

WORTH_SHARING_SAMPLES = 1 << 20
"""To begin threads for less takes longer than they save."""


def count_cores() -> int:
    """Return how many cores this process may use, :data:`MOST_THREADS` at most."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, MOST_THREADS)


def count_cores_for(samples: int) -> int:
    """Return how many threads serve for one figure or one filter of so many samples of audio."""
    return count_cores() if samples >= WORTH_SHARING_SAMPLES else 1


def in_order(
    work: Callable[[_In], _Out], items: Iterable[_In], at_once: int | None = None
) -> Iterator[_Out]:
    """Yield what ``work`` makes of each item, in their order, from ``at_once`` threads.

    There are as many threads as cores if ``at_once`` is left out.

    No more than ``at_once`` items are taken before their turn, so that what they hold is bounded. Raises
    what ``work`` raises, in the item's turn. Whoever stops waits for what is under way.
    """
    at_once = count_cores() if at_once is None else at_once
    if at_once <= 1:
        yield from map(work, items)
        return
    coming = iter(items)
    pool = ThreadPoolExecutor(at_once, "audio")
    under_way: deque[Future[_Out]] = deque()
    try:
        for item in coming:
            under_way.append(pool.submit(work, item))
            if len(under_way) == at_once:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
