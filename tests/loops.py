"""Tests of many small cases in one: pytest takes some milliseconds to begin and to report each test."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

MOST_SHOWN = 40
"""Cases that a failure shows with all that went wrong; the others are named."""


def for_each(names: str, cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make one test of a test and its cases, as ``parametrize`` makes many; every case that fails is told.

    ``names`` are the arguments that a case gives, with commas between them: of several, a case is a tuple.
    """
    wanted = [name.strip() for name in names.split(",")]
    rows = [case if len(wanted) > 1 else (case,) for case in cases]
    assert rows, "there is nothing to look at"
    assert all(len(row) == len(wanted) for row in rows)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(test)
        assert set(wanted) <= set(signature.parameters)

        @wraps(test)
        def of_all(**fixtures: Any) -> None:
            failed: list[Exception] = []
            cases_failed: list[str] = []
            for row in rows:
                try:
                    test(**dict(zip(wanted, row, strict=True)), **fixtures)
                except Exception as fault:
                    said = ", ".join(f"{name}={value!r}" for name, value in zip(wanted, row, strict=True))
                    fault.add_note(f"with {said}")
                    cases_failed.append(said)
                    failed.append(fault)
            if failed:
                told = "\n".join((f"{len(failed)} of {len(rows)} cases fail:", *cases_failed))
                raise ExceptionGroup(told, failed[:MOST_SHOWN])

        kept = [parameter for name, parameter in signature.parameters.items() if name not in wanted]
        of_all.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
        return of_all

    return decorate
