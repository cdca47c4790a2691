"""Are descriptions understood? ``python tests/benchmarks/descriptions.py [--misses] [--part PART]``

Reads the descriptions of ``tests/data/descriptions``, compares every field with what a musician reads in
it, and prints per field how many of those that are said were read right, and how often something was read
that nobody said. Nothing was tuned on the held-out third.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "structure" / "description"))

from structure.description.reading import read_wishes
from tests.structure.description.readings import FIELDS, Answer, answers, cases

FILES = ("english", "german", "spanish", "second", "scenes")
PARTS = {"tuned": False, "held-out": True, "all": None}


def all_answers(part: str) -> dict[str, list[Answer]]:
    """Answers of each file."""
    return {
        name: [
            answer
            for case in cases(name, held_out=PARTS[part])
            for answer in answers(case, read_wishes(case["text"]))
        ]
        for name in FILES
    }


def table(found: dict[str, list[Answer]]) -> str:
    """A row for each field: said, right, and read though nobody said it, per file."""
    cells: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, given in found.items():
        for answer in given:
            for row in (answer.field, "all"):
                cell = cells[row, name]
                cell[0] += answer.is_said
                cell[1] += answer.is_said and answer.is_right
                cell[2] += not answer.is_said and not answer.is_right
    lines = ["| field | " + " | ".join(f"{name}: right of said, invented" for name in found) + " |"]
    lines.append("|---" * (1 + len(found)) + "|")
    lines += [
        f"| {row} | " + " | ".join(_cell(cells[row, name]) for name in found) + " |"
        for row in (*FIELDS, "all")
    ]
    return "\n".join(lines)


def _cell(cell: list[int]) -> str:
    said, right, invented = cell
    share = f" = {right / said:.0%}" if said else ""
    return f"{right}/{said}{share}, {invented}"


def main() -> None:
    """Print the table, and what was misread if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, default="all")
    parser.add_argument("--misses", action="store_true", help="list what was misread")
    options = parser.parse_args()
    found = all_answers(options.part)
    print(table(found))
    if options.misses:
        for answer in (answer for given in found.values() for answer in given if not answer.is_right):
            print(f"{answer.field}: {answer.text}")
            print(f"    expected {answer.expected!r}, read {answer.read!r}")


if __name__ == "__main__":
    main()
