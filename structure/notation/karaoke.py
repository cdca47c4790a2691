"""The words of a planned song with their times: as LRC, with a time for each word, and as SRT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from structure.base.files import write_atomically
from structure.lyrics.syllables import split_into_syllables
from structure.lyrics.text import read_lines
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note

_LONGEST_SHOWN_S = 1.0
"""Seconds for which a line stays after it is sung, at most."""


@dataclass(frozen=True, slots=True)
class KaraokeLine:
    """A line of words, and when it begins and ends, in seconds from the song's first sample.

    Each of its words has the second at which it begins.
    """

    start_s: float
    end_s: float
    words: tuple[tuple[float, str], ...]

    @property
    def text(self) -> str:
        """Return the line."""
        return " ".join(word for _, word in self.words)


def karaoke_lines(plan: SongPlan) -> tuple[KaraokeLine, ...]:
    """Return the lines that the first voice of each visit sings, in order; none where nobody does."""
    lines = [line for visit in plan.visits for line in _lines_of(plan, visit)]
    return tuple(sorted(lines, key=lambda line: line.start_s))


def write_lrc(plan: SongPlan, path: Path) -> None:
    """Write the words as an LRC file with times for lines and, in angle brackets, for words."""
    minutes, seconds = divmod(int(plan.grid.seconds_at(plan.grid.quarters_at_bar(plan.bars))), 60)
    rows = [f"[ti:{plan.title}]", f"[length:{minutes:02d}:{seconds:02d}]", "[re:Ritornello]"]
    for line in karaoke_lines(plan):
        words = " ".join(f"<{_lrc_time(at)}>{word}" for at, word in line.words)
        rows.append(f"[{_lrc_time(line.start_s)}]{words}")
        rows.append(f"[{_lrc_time(line.end_s)}]")

    # an empty line at the time of the line after it says nothing
    kept = []
    for i, row in enumerate(rows):
        is_empty = row.startswith("[") and row.endswith("]") and row.count(":") == 1 and row[1].isdigit()
        if not (is_empty and i + 1 < len(rows) and rows[i + 1].startswith(row)):
            kept.append(row)
    write_atomically(Path(path), ("\n".join(kept) + "\n").encode())


def write_srt(plan: SongPlan, path: Path) -> None:
    """Write the words as subtitles, a line of words to each."""
    lines = karaoke_lines(plan)
    blocks = []
    for i, line in enumerate(lines):
        after = lines[i + 1].start_s if i + 1 < len(lines) else line.end_s + _LONGEST_SHOWN_S
        end = max(line.end_s, min(after, line.end_s + _LONGEST_SHOWN_S))
        times = f"{_srt_time(line.start_s)} --> {_srt_time(min(end, max(after, line.start_s)))}"
        blocks.append(f"{i + 1}\n{times}\n{line.text}\n")
    write_atomically(Path(path), "\n".join(blocks).encode())


def _lines_of(plan: SongPlan, visit: Visit) -> Iterator[KaraokeLine]:
    """Yield the lines that the first voice of a visit sings."""
    parts = visit.music.score.parts
    singer = next((stem for stem in plan.stems if stem.role == "vocals" and stem.name in parts), None)
    if singer is None or not visit.sound.lyrics:
        return

    start, notes = plan.position_quarters(visit), parts[singer.name].notes
    at = 0
    lines = read_lines(visit.sound.lyrics)
    for line, sung in zip(lines, split_into_syllables(lines, singer.language or "en"), strict=True):
        # the notes of the line's syllables, with those that hold the last one
        inside: list[Note] = []
        count = len(sung.syllables)
        for note in notes[at:]:
            is_hold = note.syllable is not None and note.syllable.kind == "hold"
            if not is_hold and not count:
                break
            count -= not is_hold
            inside.append(note)
        at += len(inside)

        begun = [n for n in inside if n.syllable is not None and n.syllable.kind in ("single", "begin")]
        words = tuple(
            (plan.grid.seconds_at(start + note.sounding_onset), word.letters + ("," if word.breath else ""))
            for note, word in zip(begun, line.words, strict=False)
        )
        if words:
            end = plan.grid.seconds_at(start + inside[-1].sounding_end)
            yield KaraokeLine(words[0][0], end, words)


def _lrc_time(seconds: float) -> str:
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _srt_time(seconds: float) -> str:
    total = round(seconds * 1000)
    return (
        f"{total // 3_600_000:02d}:{total // 60_000 % 60:02d}:{total // 1000 % 60:02d},{total % 1000:03d}"
    )
