"""The sentences of ``tests/data/wishes`` and how many of their wishes are obeyed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.wishes import read_cases, run_case

FOLDER = Path(__file__).parents[2] / "data" / "wishes"
LANGUAGES = ("en", "de", "es", "fr")


@dataclass(frozen=True)
class Score:
    """Share of expected wishes that are obeyed (0 … 1), and how many are neither obeyed nor named."""

    obeyed: float
    dropped: int
    without_plan: int = 0


def score(languages: str | Collection[str], *corpora: str, step: int = 1) -> Score:
    """Plan the sentences of some corpora in one language or several, each or every ``step``-th, and hold
    plans against what is expected."""
    wanted = {languages} if isinstance(languages, str) else set(languages)
    cases = [case for corpus in corpora for case in read_cases(FOLDER / corpus) if case.lang in wanted]
    results = [run_case(case) for case in cases[::step]]
    wishes = [(result, number) for result in results for number in range(len(result.outcomes))]
    assert len(wishes) >= 80
    return Score(
        sum(result.is_obeyed(number) for result, number in wishes) / len(wishes),
        sum(result.is_dropped(number) for result, number in wishes),
        sum(bool(result.fault) for result in results),
    )
