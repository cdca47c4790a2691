"""Tell every open page what has happened: notices go from any thread to each page that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Lock

from composer.studio.messages.models import Notice

_MOST_WAITING = 256
"""Notices that wait for a page that does not read; then it is let go, and connects again."""

HEARTBEAT_S = 2.0
"""Seconds after which a page that heard nothing gets a sign of life."""


class Notices:
    """The pages that listen. :meth:`tell` may be called from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: dict[asyncio.Queue[Notice | None], asyncio.AbstractEventLoop] = {}
        self._is_closed = False

    def tell(self, notice: Notice) -> None:
        """Send a notice to every page."""
        with self._lock:
            listeners = list(self._listeners.items())
        for queue, loop in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(_put, queue, notice)

    def close(self) -> None:
        """Say goodbye to every page, and end their connections."""
        self._is_closed = True
        self.tell(Notice(kind="bye"))

    async def listen(self, revision: Callable[[], int]) -> AsyncIterator[str]:
        """Yield server-sent events, beginning with the revision, until the page or the server goes.

        ``revision`` is asked now and then, in a thread: it notices what others did to the file.
        """
        queue: asyncio.Queue[Notice | None] = asyncio.Queue(_MOST_WAITING)
        with self._lock:
            self._listeners[queue] = asyncio.get_running_loop()
        try:
            yield "retry: 500\n\n" + event(Notice(kind="hello", revision=await asyncio.to_thread(revision)))
            while True:
                try:
                    notice = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
                except TimeoutError:
                    if self._is_closed:
                        return
                    await asyncio.to_thread(revision)
                    yield ": still here\n\n"
                    continue
                if notice is None:
                    return
                yield event(notice)
                if notice.kind == "bye":
                    return
        finally:
            with self._lock:
                del self._listeners[queue]


def event(notice: Notice) -> str:
    """Return a notice as a server-sent event."""
    return f"event: {notice.kind}\ndata: {notice.model_dump_json(exclude_none=True)}\n\n"


def _put(queue: asyncio.Queue[Notice | None], notice: Notice) -> None:
    if queue.qsize() < _MOST_WAITING - 1:
        queue.put_nowait(notice)
    elif not queue.full():
        queue.put_nowait(None)
