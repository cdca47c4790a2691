"""Is what is asked for what is planned? ``python tests/benchmarks/wishes.py FOLDER [--misses] [--held]``

Reads sentences with the wishes that a careful reader finds in them (``tests/data/wishes/README.md``), plans
each one from its words alone, and holds the plan against the wishes. Prints how many are obeyed, how many
sentences are fully as asked, what was dropped without a word, and which of the product's own readings its
plan does not fulfil. ``--misses`` lists the last three; ``--held`` prints figures and never a sentence.
"""

from __future__ import annotations

import argparse
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import yaml

from structure.base.datafiles import read_yaml
from structure.base.errors import RitornelloError
from structure.base.labels import kind_of
from structure.outcomes.check import check_wish
from structure.outcomes.listening import Song
from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec
from structure.specs.wishes import LAST, Outcome, When, Where, Wish, Wishes, WishKind

try:
    from structure.description.reading import read_wishes as _read_wishes
except ImportError:
    _read_wishes = None  # type: ignore[assignment]

Reader = Callable[[str], Wishes]
read_wishes: Reader | None = _read_wishes
"""The product's own reading; None where this version has none, so that nothing counts as named."""

KINDS = get_args(WishKind)
OPTIONS = frozenset(
    word
    for words in ("avoid more less in stem", "at before after until", "amount low high impossible words")
    for word in words.split(" ")
)


@dataclass(frozen=True)
class Expected:
    """A wish that a sentence says, the words that say it, and whether it may be impossible."""

    wish: Wish
    words: str
    may_be_impossible: bool


@dataclass(frozen=True)
class Case:
    """A sentence, its language, and what it asks for."""

    say: str
    lang: str
    expected: tuple[Expected, ...]


@dataclass(frozen=True)
class Result:
    """What became of a sentence: an outcome for each expected wish, and for each of the product's own."""

    case: Case
    outcomes: tuple[Outcome, ...]
    own: tuple[Outcome, ...]
    fault: str = ""

    def is_obeyed(self, number: int) -> bool:
        """True where an expected wish is obeyed, or called impossible with leave."""
        return self.outcomes[number].result == "obeyed" or (
            self.case.expected[number].may_be_impossible and self.is_named(number)
        )

    def is_named(self, number: int) -> bool:
        """True where the product itself says that it cannot do, or does not understand, these words."""
        span = self.case.expected[number].wish.span
        return span is not None and any(
            outcome.result != "obeyed"
            and outcome.wish.span is not None
            and outcome.wish.span[0] < span[1]
            and span[0] < outcome.wish.span[1]
            for outcome in self.own
        )

    def is_dropped(self, number: int) -> bool:
        """True where an expected wish is neither obeyed nor named."""
        return not self.is_obeyed(number) and not self.is_named(number)


def read_cases(folder: Path) -> list[Case]:
    """All cases of a folder's files, or of one file. Raises ValueError for what is no case."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*.yaml"))
    return [
        _read_case(entry, f"{file.name} #{number}") for file in files for number, entry in _entries(file)
    ]


def _entries(file: Path) -> Iterable[tuple[int, Mapping[str, Any]]]:
    return enumerate(read_yaml(file.read_text(encoding="utf-8")) or (), 1)


def _read_case(entry: Mapping[str, Any], where: str) -> Case:
    say = entry["say"]
    try:
        expected = tuple(read_expected(wish, say) for wish in entry["wishes"])
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise ValueError(f"{where}: {exc}") from exc
    return Case(say, entry["lang"], expected)


def read_expected(entry: Mapping[str, Any], say: str) -> Expected:
    """One wish of a case. Raises ValueError for a kind, an option or words that are not there."""
    kind, subject = next(iter(entry.items()))
    unknown = set(entry) - {kind} - OPTIONS
    if kind not in KINDS or unknown:
        raise ValueError(f"{', '.join(sorted(unknown)) or kind!r} is no part of a wish")
    words = str(entry.get("words", ""))
    if words not in say:
        raise ValueError(f"{words!r} is not in the sentence")
    start = say.index(words)
    amount = entry.get("amount")
    wish = Wish(
        kind=kind,
        what=str(subject).strip() or "nothing",
        where=_read_where(entry),
        when=_read_when(entry),
        amount=float(amount) if amount is not None else None,
        allowed=(float(entry["low"]), float(entry["high"])) if "low" in entry and "high" in entry else None,
        polarity=next((name for name in ("avoid", "more", "less") if entry.get(name)), "want"),
        span=(start, start + len(words)) if words else None,
    )
    may_fail = entry.get("impossible") == "allowed" or kind == "unknown"
    return Expected(wish, words, may_fail)


def _read_where(entry: Mapping[str, Any]) -> Where:
    place = read_place(str(entry["in"])) if "in" in entry else Where()
    stem = re.sub(r"[^a-z0-9]+", "-", str(entry["stem"]).lower()).strip("-") if "stem" in entry else None
    return Where(section=place.section, visit=place.visit, stem=stem)


def read_place(text: str) -> Where:
    """A section, perhaps with a visit: ``chorus``, ``chorus 2``, ``chorus last``."""
    match = re.fullmatch(r"([a-z_-]+)(?:\s+(\d+|last))?", text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no place")
    singulars = (match[1], match[1].removesuffix("s"), match[1].removesuffix("es"))
    name = next((word for word in singulars if kind_of(word)), match[1])
    visit = None if match[2] is None else LAST if match[2] == "last" else int(match[2])
    return Where(section=name, visit=visit)


def _read_when(entry: Mapping[str, Any]) -> When | None:
    relation = next((name for name in ("at", "before", "after", "until") if name in entry), None)
    if relation is None:
        return None
    text = str(entry[relation]).strip().lower()
    if text in ("start", "end"):
        return When(relation=relation, edge=text)
    if match := re.fullmatch(r"bar (\d+)", text):
        return When(relation=relation, bar=int(match[1]))
    if match := re.fullmatch(r"(\d+(?:\.\d+)?) ?s", text):
        return When(relation=relation, seconds=float(match[1]))
    return When(relation=relation, place=read_place(text))


def run_case(case: Case) -> Result:
    """Plan a sentence, and hold the plan against what is expected and what the product read itself."""
    wishes = Wishes(case.say, tuple(expected.wish for expected in case.expected))
    try:
        plan = plan_song(SongSpec(description=case.say))
    except RitornelloError as exc:
        lost = tuple(_lost(expected.wish, f"no plan: {exc}") for expected in case.expected)
        return Result(case, lost, (), fault=str(exc))
    song = Song(plan)  # which is listened to once
    expected, own = (
        tuple(check_wish(song, wish, said) for wish in said.wishes)
        for said in (wishes, read_wishes(case.say) if read_wishes is not None else Wishes(case.say))
    )
    return Result(case, expected, own)


def _lost(wish: Wish, why: str) -> Outcome:
    return (
        Outcome(wish, "not_understood") if wish.kind == "unknown" else Outcome(wish, "impossible", why=why)
    )


def share(hits: int, of: int) -> str:
    """``12/40 = 30%``."""
    return f"{hits}/{of} = {hits / of:.0%}" if of else "0/0"


def report(results: Sequence[Result]) -> str:
    """The figures, without a word of any sentence."""
    every = [(result, number) for result in results for number in range(len(result.outcomes))]
    obeyed = sum(result.is_obeyed(number) for result, number in every)
    fully = sum(all(map(result.is_obeyed, range(len(result.outcomes)))) for result in results)
    dropped = sum(result.is_dropped(number) for result, number in every)
    lines = [
        f"wishes obeyed: {share(obeyed, len(every))}",
        f"sentences fully as asked: {share(fully, len(results))}",
        f"silent drops: {dropped}",
    ]
    own = [outcome for result in results for outcome in result.own if outcome.wish.kind != "unknown"]
    if read_wishes is None:
        lines.append("own wishes: this version has no read_wishes, so nothing counts as named")
    else:
        unmet = sum(outcome.result != "obeyed" for outcome in own)
        lines.append(f"own wishes read and not fulfilled: {share(unmet, len(own))}")
    lines.append(f"sentences without a plan: {sum(bool(result.fault) for result in results)}")
    lines += ["", *_table("language", every, lambda result, number: result.case.lang)]
    lines += ["", *_table("kind", every, lambda result, number: result.case.expected[number].wish.kind)]
    return "\n".join(lines)


def _table(
    name: str, every: Sequence[tuple[Result, int]], key: Callable[[Result, int], str]
) -> Iterable[str]:
    rows: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for result, number in every:
        row = rows[key(result, number)]
        row[0] += result.is_obeyed(number)
        row[1] += 1
        row[2] += result.is_dropped(number)
    yield f"| {name} | obeyed | silent drops |"
    yield "|---|---|---|"
    for label, (hits, of, dropped) in sorted(rows.items()):
        yield f"| {label} | {share(hits, of)} | {dropped} |"


def misses(results: Sequence[Result]) -> Iterable[str]:
    """Each sentence that is not fully as asked, with its wishes that are not obeyed and why."""
    for result in results:
        lines = []
        for number, outcome in enumerate(result.outcomes):
            if not result.is_obeyed(number):
                mark = "DROPPED" if result.is_dropped(number) else "named"
                why = outcome.why or "not named"
                expected = result.case.expected[number]
                lines.append(f"    {mark} {said(outcome.wish)} {expected.words!r}: {why}")
        lines += [
            f"    OWN {said(outcome.wish)}: {outcome.why}"
            for outcome in result.own
            if outcome.result == "impossible"
        ]
        if lines:
            yield f"[{result.case.lang}] {result.case.say}"
            yield from lines


def said(wish: Wish) -> str:
    """A wish in a line."""
    where = " ".join(str(part) for part in (wish.where.section, wish.where.visit, wish.where.stem) if part)
    when = ""
    if wish.when is not None:
        place = wish.when.place
        at = (
            f"{place.section} {place.visit or ''}"
            if place
            else (wish.when.edge or wish.when.bar or f"{wish.when.seconds} s")
        )
        when = f" {wish.when.relation} {at}"
    amount = f" {wish.amount:g}" if wish.amount is not None else ""
    amount += f" ×{wish.times or 'each'}" if wish.times is not None else ""
    polarity = "" if wish.polarity == "want" else f"{wish.polarity} "
    return f"{polarity}{wish.kind}: {wish.what}{amount}" + (f" in {where}" if where else "") + when


def main() -> None:
    """Print the figures, and the misses if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder of YAML files, or one file")
    parser.add_argument("--misses", action="store_true", help="list what is not as asked, and why")
    parser.add_argument("--held", action="store_true", help="print figures only, never a sentence")
    options = parser.parse_args()
    if options.misses and options.held:
        parser.error("--misses prints sentences, --held never does")
    try:
        cases = read_cases(options.folder)
    except (ValueError, yaml.YAMLError) as exc:
        parser.error("a case is not as the README says" if options.held else str(exc))
    began = time.monotonic()
    results = [run_case(case) for case in cases]
    print(report(results))
    print(f"\n{len(results)} sentences in {time.monotonic() - began:.0f} s")
    if options.misses:
        print("\n" + "\n".join(misses(results)))


if __name__ == "__main__":
    main()
