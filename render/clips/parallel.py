"""Makes clips side by side, each on one thread, where their backend allows it.

Networks and Fourier transforms of a clip are too small to share out among cores well; whole clips are not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Generic, TypeVar

from render.model.threads import set_own_threads

Item = TypeVar("Item")
Made = TypeVar("Made")


class SideBySide(Generic[Item, Made]):
    """What ``make`` gives for items that are known before they are asked for.

    At most ``at_once`` are made at the same time, in the order in which they were begun; with one, each
    is made when it is asked for.
    """

    def __init__(self, make: Callable[[Item], Made], at_once: int) -> None:
        self._make = make
        self._at_once = at_once
        self._begun: list[tuple[Item, Future[Made]]] = []

    @contextmanager
    def begun(self, items: Sequence[Item]) -> Iterator[None]:
        """Make ``items`` in this block; whoever leaves it early waits only for those that are under way."""
        if self._at_once < 2 or len(items) < 2:
            yield
            return
        with ThreadPoolExecutor(self._at_once, "clip", set_own_threads, (1,)) as pool:
            self._begun = [(item, pool.submit(self._make, item)) for item in items]
            try:
                yield
            finally:
                pool.shutdown(cancel_futures=True)

    def made(self, item: Item) -> Made:
        """What was, or is now, made for an item. Raises what ``make`` raises."""
        for place, (other, future) in enumerate(self._begun):
            if other is item:
                made = future.result()
                del self._begun[place]
                return made
        return self._make(item)

    def left(self) -> Iterator[tuple[Item, Made]]:
        """What was made and never asked for, as when the block was left early."""
        for item, future in self._begun:
            if future.done() and not future.cancelled() and future.exception() is None:
                yield item, future.result()
