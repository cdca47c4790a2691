"""Schedulers of diffusers, by the names that users give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from structure.base.errors import BackendError, did_you_mean


def find_scheduler(name: str | None, own: str, allowed: Sequence[str]) -> str | None:
    """Return the class name of the scheduler that a user names, None for the model's own.

    Raises RitornelloError with what is allowed for a name that is not known.
    """
    if name is None:
        return None
    names = {own, *allowed} - {""}
    full = name if name.endswith("Scheduler") else f"{name}Scheduler"
    by_lower = {known.lower(): known for known in names}
    if full.lower() in by_lower:
        return by_lower[full.lower()]
    raise BackendError(
        f"no scheduler for this model is called {name!r}",
        field="scheduler",
        hint=did_you_mean_class(full, names),
    )


def did_you_mean_class(name: str, known: Iterable[str]) -> str:
    """Do as :func:`structure.base.errors.did_you_mean`, for names with capitals."""
    spelled = {word.lower(): word for word in sorted(known)}
    hint = did_you_mean(name, spelled)
    for lower, word in spelled.items():
        hint = hint.replace(lower, word)
    return hint
