"""Which of a song's models are in memory: all where they fit beside each other, else one at a time."""

from __future__ import annotations

from collections.abc import Iterable

from render.backends.base import Backend, Heavy


def make_room(backend: Backend, others: Iterable[Backend]) -> None:
    """Let go of the weights of ``others`` where those of a backend do not fit beside them."""
    from render.backends.devices import free_bytes

    if not isinstance(backend, Heavy) or backend.is_held:
        return
    there = [one for one in others if one is not backend]
    free = free_bytes(backend.device)
    if free is None or backend.memory_bytes > free:
        release(there)


def release(backends: Iterable[Backend]) -> bool:
    """Let go of the weights that backends hold; return whether any did."""
    was_held = False
    for one in backends:
        if isinstance(one, Heavy) and one.is_held:
            one.release()
            was_held = True
    return was_held
