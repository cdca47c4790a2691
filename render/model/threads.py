"""Set how many threads torch uses in one thread of the process, and leave all others as they are.

torch keeps two counts (seen in version 2.13): each thread has its own, which it uses, and the process has a
default, which a thread copies when it first asks for its count or computes. ``torch.set_num_threads``
writes both. A count that is meant for one thread would so become that of every thread that starts later,
such as the next request of a server. So the default is written back at once, by a helper thread, whose own
count ends with it. What needs the right count asks :func:`count_own_threads`, which waits while the default
is wrong; only foreign code that first uses torch in that very millisecond can take the wrong one.

Setting a count does not stop a thread from copying the default later. It has to ask for its count first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
"""Held while the default is wrong, so that no second caller takes it for the right one."""


def count_own_threads() -> int:
    """Return how many threads torch uses in the calling thread.

    A new thread has as many as the machine has cores, or as the user's ``OMP_NUM_THREADS`` or
    ``torch.set_num_threads`` says.
    """
    import torch  # plans are made without it

    with _LOCK:
        return torch.get_num_threads()


def set_own_threads(count: int) -> None:
    """Let torch use ``count`` threads in the calling thread, and as many as before in all others."""
    import torch

    read, changed = threading.Event(), threading.Event()
    default = 0

    def keep_default() -> None:
        nonlocal default
        default = torch.get_num_threads()  # a new thread sees the default
        read.set()
        changed.wait()
        torch.set_num_threads(default)

    with _LOCK:
        torch.get_num_threads()  # copies the default now, so that it does not replace ``count`` later
        keeper = threading.Thread(target=keep_default, name="torch-threads")
        keeper.start()
        try:
            read.wait()
            torch.set_num_threads(count)
        finally:
            changed.set()
            keeper.join()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread in this block, in the calling thread alone.

    BLAS may share out the sum of a product of few rows among its threads, so that it is rounded otherwise
    on another number of them. Such products are too small to gain by threads.
    """
    before = count_own_threads()
    if before == 1:
        yield
        return
    set_own_threads(1)
    try:
        yield
    finally:
        set_own_threads(before)
