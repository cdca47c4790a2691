"""Are all wishes of a sentence read? ``python tests/benchmarks/readings.py FOLDER [--misses] [--lang en]``

``FOLDER`` holds lists of sentences with the wishes that a musician hears in them, one mapping for each:
its first key is the kind, its value the subject; ``in``, ``stem``, ``at``, ``before``, ``after``,
``until``, ``amount`` and ``avoid`` say the rest. Prints, for each language, how many wishes are read
(recall), and how many of those that were read are wanted (precision).
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from structure.description.reading import read_wishes
from structure.specs.wishes import Where, Wish, Wishes

_KEYS = (
    "words",
    "avoid",
    "more",
    "less",
    "in",
    "stem",
    "at",
    "before",
    "after",
    "until",
    "amount",
    "low",
    "high",
    "impossible",
)
_ALIKE: tuple[frozenset[str], ...] = tuple(
    frozenset(names)
    for names in (
        {"joyful", "happy", "cheerful", "joyous"},
        {"gloomy", "dark", "sombre", "somber"},
        {"calm", "peaceful", "relaxed", "tranquil", "relaxing", "soothing", "serene", "chill"},
        {"melancholic", "melancholy", "sad", "wistful"},
        {"scary", "spooky", "eerie", "creepy"},
        {"energetic", "upbeat", "lively"},
        {"tense", "suspenseful"},
    )
)


def expected_wishes(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The wishes of a case, each with ``kind`` and ``what``."""
    found = []
    for wish in case["wishes"]:
        kind = next(iter(wish))
        rest = {key: value for key, value in wish.items() if key in _KEYS and key != kind}
        found.append({"kind": kind, "what": str(wish[kind]), **rest})
    return found


def place_name(where: Where) -> str:
    """``chorus``, ``chorus 2``, ``chorus last``."""
    visit = "" if where.visit is None else " last" if where.visit == -1 else f" {where.visit}"
    return f"{where.section}{visit}"


def places_of(wish: Wish) -> dict[str, str]:
    """Where and when a wish is for, as the corpora write it."""
    found = {}
    if wish.where.section is not None:
        found["in"] = place_name(wish.where)
    if wish.when is not None:
        when = wish.when
        if when.bar is not None:
            place = f"bar {when.bar}"
        elif when.seconds is not None:
            place = f"{when.seconds:g} s"
        else:
            place = str(when.edge) if when.edge is not None else place_name(when.place or Where())
        found[when.relation] = place
    return found


def agrees(expected: Mapping[str, Any], wish: Wish) -> bool:
    """True where a wish says what is expected: kind, subject, polarity, amount, place and time."""
    if expected["kind"] != wish.kind or bool(expected.get("avoid")) != (wish.polarity == "avoid"):
        return False
    if not _same_subject(expected["kind"], expected["what"], wish.what):
        return False
    amount = expected.get("amount")
    if amount is not None and (wish.amount is None or abs(float(amount) - wish.amount) > 0.01):
        return False
    return _same_places(expected, wish)


def _same_places(expected: Mapping[str, Any], wish: Wish) -> bool:
    wanted = {
        _relation(key): str(expected[key])
        for key in ("in", "at", "before", "after", "until")
        if key in expected
    }
    read = {_relation(key): value for key, value in places_of(wish).items()}
    if expected["kind"] == "section" and not wanted:
        return True
    return wanted == read


def _relation(key: str) -> str:
    return "at" if key == "in" else key


def _plain(text: str) -> str:
    return re.sub(r"[\s-]+", " ", text.lower()).strip()


def _same_subject(kind: str, expected: str, read: str) -> bool:
    if kind in ("unknown", "lyrics"):
        return True
    one, other = _plain(expected), _plain(read)
    if kind == "ensemble":
        return sorted(_singular(n) for n in one.split(", ")) == sorted(
            _singular(n) for n in other.split(", ")
        )
    one, other = _singular(one), _singular(other)
    if one == other or any({one, other} <= names for names in _ALIKE):
        return True
    if kind in ("genre", "part", "sound", "groove", "harmony", "mix", "mood"):
        return set(one.split()) <= set(other.split()) or set(other.split()) <= set(one.split())
    return False


def _singular(word: str) -> str:
    return word.removesuffix("s")


def compare(case: Mapping[str, Any], wishes: Wishes) -> tuple[list[dict[str, Any]], list[Wish], int]:
    """The expected wishes that are missing, the wishes that nobody expected, and how many agree."""
    left = list(wishes.wishes)
    missing = []
    right = 0
    for expected in expected_wishes(case):
        match = next((wish for wish in left if agrees(expected, wish)), None)
        if match is None:
            missing.append(expected)
        else:
            left.remove(match)
            right += 1
    return missing, left, right


def main() -> None:
    """Print the scores, and what was missed if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--lang", default="")
    options = parser.parse_args()
    scores: dict[str, Counter[str]] = defaultdict(Counter)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for path in sorted(options.folder.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            if options.lang and case["lang"] != options.lang:
                continue
            wishes = read_wishes(case["say"])
            missing, extra, right = compare(case, wishes)
            extra = [wish for wish in extra if not (wish.kind == "section" and wish.amount is None)]
            scores[case["lang"]].update(
                expected=len(case["wishes"]), right=right, extra=len(extra), cases=1
            )
            for expected in missing:
                kinds[expected["kind"]]["missed"] += 1
            for wish in extra:
                kinds[wish.kind]["extra"] += 1
            if options.misses and (missing or extra):
                _show(case, wishes, missing, extra)
    for language, score in sorted(scores.items()):
        print(
            f"{language}: {score['cases']} sentences, recall {score['right'] / score['expected']:.1%}, "
            f"precision {score['right'] / max(1, score['right'] + score['extra']):.1%}"
        )
    print({kind: dict(count) for kind, count in sorted(kinds.items())})


def _show(
    case: Mapping[str, Any], wishes: Wishes, missing: list[dict[str, Any]], extra: list[Wish]
) -> None:
    print(f"# {case['say']!r} [{wishes.language}]")
    for expected in missing:
        print("    missed", {key: value for key, value in expected.items() if key != "impossible"})
    for wish in extra:
        print(
            "    read",
            wish.kind,
            repr(wish.what),
            places_of(wish),
            wish.where.stem or "",
            wish.amount or "",
            wish.polarity if wish.polarity != "want" else "",
            "guessed" if wish.guessed else "",
            repr(wishes.words_of(wish)),
        )


if __name__ == "__main__":
    main()
