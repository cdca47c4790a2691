"""How well words are set to tunes, over thirty sheets of words in four languages.

    python tests/benchmarks/lyrics.py [--held-back | --seen]

Each sheet is planned as a song by its first line. Measured of every pair of neighbouring syllables in a
line of which one is stressed and one is not: how often the stressed one lies on the stronger place, how
often on one as strong, and the same with the stresses of each line shuffled among its syllables. Then how
many syllables have a note, how many lines end before a rest or with a long note, and how many notes lie
in the voice's range.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from structure.base.exact import Fraction
from structure.lyrics.passage import Passage
from structure.lyrics.syllables import split_into_syllables
from structure.lyrics.text import read_lines
from structure.lyrics.voices import range_of_voice
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import Note
from structure.specs.languages import guess_language
from structure.specs.spec import SongSpec

SHEETS = Path(__file__).parents[1] / "data" / "lyrics"
SHUFFLES = 20
HELD_BACK_EACH = 3


def main() -> int:
    """Measure all sheets, those held back, or those that were seen."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--held-back", action="store_true")
    parser.add_argument("--seen", action="store_true")
    args = parser.parse_args()
    found: dict[str, Counter[str]] = {}
    for path in sorted(SHEETS.glob("*.txt")):
        is_held_back = int(path.stem[:2]) % HELD_BACK_EACH == 0
        if (args.held_back and not is_held_back) or (args.seen and is_held_back):
            continue
        counts = measured(path)
        found.setdefault(path.stem[3:], Counter()).update(counts)
        found.setdefault("all", Counter()).update(counts)
    for name, counts in sorted(found.items()):
        print(f"{name}: {told(counts)}")
    return 0


def measured(path: Path) -> Counter[str]:
    """Counts of one sheet."""
    head, _, words = path.read_text(encoding="utf-8").partition("\n")
    plan = plan_song(SongSpec(description=head.removeprefix("# "), lyrics=words))
    counts: Counter[str] = Counter({"songs": 1, "language": int(guess_language(words) == path.stem[3:])})
    rng = random.Random(path.stem)
    (singer,) = [stem for stem in plan.stems if stem.role == "vocals"]
    for visit in plan.visits:
        if visit.sound.lyrics:
            measure_visit(plan, visit, singer, counts, rng)
    return counts


def measure_visit(
    plan: SongPlan, visit: Visit, singer: StemPlan, counts: Counter[str], rng: random.Random
) -> None:
    """Add what is found in a visit with words."""
    notes = visit.music.score.parts[singer.name].notes
    heard = [note for note in notes if note.syllable and note.syllable.kind != "hold"]
    passage = Passage.of(plan.grid_of(visit), visit.bars, visit.music.score.chords)
    lines = split_into_syllables(read_lines(visit.sound.lyrics), singer.language)
    wanted = [one.text for line in lines for one in line.syllables]
    counts["syllables"] += len(wanted)
    counts["set"] += sum(
        note.syllable.text == text for note, text in zip(heard, wanted, strict=False) if note.syllable
    )
    voice = range_of_voice(singer.voice or singer.prompt)
    counts["notes"] += len(notes)
    counts["in range"] += sum(voice.low <= note.pitch <= voice.high for note in notes)
    counts["held"] += len(notes) - len(heard)
    at = 0
    for line in lines:
        own = heard[at : at + len(line.syllables)]
        at += len(line.syllables)
        strengths = [passage.weight(_place(note)) for note in own]
        stresses = [note.syllable.stress if note.syllable else 0 for note in own]
        compare(strengths, stresses, counts, "")
        for _ in range(SHUFFLES):
            compare(strengths, rng.sample(stresses, len(stresses)), counts, "shuffled ")
        counts["lines"] += 1
        counts["line ends"] += ends_phrase(own[-1], notes)


def _place(note: Note) -> Fraction:
    """The written eighth or sixteenth of a note, which swing may have moved."""
    quarter, rest = note.onset // 1, note.onset % 1
    is_swung = Fraction(5, 8) < rest < Fraction(3, 4)
    near = Fraction(1, 2) if is_swung else Fraction(round(rest * 4), 4)
    return quarter + near


def compare(strengths: list[int], stresses: list[int], counts: Counter[str], prefix: str) -> None:
    """Count neighbours of which one is stressed and one is not by where they lie."""
    for (place, stress), (other, second) in pairwise(zip(strengths, stresses, strict=True)):
        if {stress, second} == {0, 2}:
            strong, weak = (place, other) if stress == 2 else (other, place)
            counts[f"{prefix}pairs"] += 1
            counts[f"{prefix}right"] += strong > weak
            counts[f"{prefix}even"] += strong == weak


def ends_phrase(last: Note, notes: tuple[Note, ...]) -> bool:
    """Whether a note is followed by a rest, or is longer than usual."""
    after = next((note for note in notes if note.onset > last.onset and note.syllable
                  and note.syllable.kind != "hold"), None)  # fmt: skip
    usual = sorted(note.duration for note in notes)[len(notes) // 2]
    held = [n for n in notes if n.onset >= last.onset and (after is None or n.onset < after.onset)]
    end = max(note.end for note in held)
    return after is None or after.onset - end >= 0.25 or end - last.onset >= 2 * usual


def told(counts: Counter[str]) -> str:
    """Counts as shares."""

    def share(part: str, of: str) -> str:
        return f"{100 * counts[part] / max(1, counts[of]):.1f} %"

    return "; ".join(
        (
            f"{counts['songs']} sheets, {counts['syllables']} syllables",
            f"set {share('set', 'syllables')}",
            f"stressed stronger {share('right', 'pairs')}, even {share('even', 'pairs')}",
            f"shuffled {share('shuffled right', 'shuffled pairs')}",
            f"lines end phrases {share('line ends', 'lines')} of {counts['lines']}",
            f"in range {share('in range', 'notes')}",
            f"held notes {share('held', 'notes')}",
            f"language {share('language', 'songs')}",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
