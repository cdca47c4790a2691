"""The same bits on any number of threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread only in this block.

    BLAS may share out the sum of a product of few rows among its threads, so that it is rounded otherwise
    on another number of them. Such products are too small to gain by threads.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
