"""Where do wishes get lost? ``python -m tests.benchmarks.wish_stages FOLDER``

Prints how many wishes of each kind are not obeyed, by what became of their words: read as that very wish
and not planned so, read with another place, subject or kind, said to be not understood, or not used at all.
It prints counts only and never a word of a sentence, so that held sentences stay unseen.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from structure.specs.wishes import Outcome, Wish
from tests.benchmarks.wishes import Result, read_cases, run_case

STAGES = ("plan", "place", "subject", "kind", "unknown", "unread")
"""The furthest that the words of a wish came."""


def stage_of(wish: Wish, own: Sequence[Outcome]) -> tuple[str, str]:
    """Return how far a wish came, and the kinds that its words were read as."""
    span = wish.span or (0, 0)
    touching = [
        outcome.wish
        for outcome in own
        if outcome.wish.span is not None
        and outcome.wish.span[0] < span[1]
        and span[0] < outcome.wish.span[1]
    ]
    read_as = "+".join(sorted({other.kind for other in touching}))
    same_kind = [other for other in touching if other.kind == wish.kind]
    same = [other for other in same_kind if (other.what, other.polarity) == (wish.what, wish.polarity)]
    if any((other.where, other.when) == (wish.where, wish.when) for other in same):
        return "plan", read_as
    if same:
        return "place", read_as
    if same_kind:
        return "subject", read_as
    if not touching:
        return "unread", read_as
    return ("unknown" if all(other.kind == "unknown" for other in touching) else "kind"), read_as


def table_of(results: Sequence[Result], *, dropped_only: bool = False) -> str:
    """Return the counts as a table of kinds by stages, and below it what other kinds were read."""
    lost: Counter[tuple[str, str]] = Counter()
    instead: Counter[tuple[str, str]] = Counter()
    for result in results:
        for number, expected in enumerate(result.case.expected):
            if result.is_obeyed(number) or (dropped_only and not result.is_dropped(number)):
                continue
            stage, read_as = stage_of(expected.wish, result.own)
            lost[expected.wish.kind, stage] += 1
            if stage == "kind":
                instead[expected.wish.kind, read_as] += 1
    lines = [f"| kind | {' | '.join(STAGES)} |", "|---" * (len(STAGES) + 1) + "|"]
    lines += [
        f"| {kind} | {' | '.join(str(lost[kind, stage] or '') for stage in STAGES)} |"
        for kind in sorted({kind for kind, _ in lost})
    ]
    lines += ["", *(f"{kind} read as {other}: {count}" for (kind, other), count in instead.most_common())]
    return "\n".join(lines)


def main() -> None:
    """Print the counts of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of YAML files, or one file")
    results = [run_case(case) for case in read_cases(parser.parse_args().folder)]
    print("not obeyed", table_of(results), "", "dropped", table_of(results, dropped_only=True), sep="\n")


if __name__ == "__main__":
    main()
