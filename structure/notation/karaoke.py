"""The words of a planned song with their times: as LRC, with a time for each word, and as SRT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from structure.base.files import write_atomically
from structure.lyrics.syllables import sung_lines
from structure.lyrics.text import read_lines
from structure.plans.plan import SongPlan, StemPlan, Visit
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
    write_atomically(Path(path), ("\n".join(_without_needless_ends(rows)) + "\n").encode())


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
    singer = next(
        (stem for stem in plan.stems if stem.role == "vocals" and stem.name in visit.music.score.parts),
        None,
    )
    if singer is None or not visit.sound.lyrics:
        return
    notes = visit.music.score.parts[singer.name].notes
    start = plan.position_quarters(visit)
    at = 0
    for count, shown in _counts(visit, singer):
        inside = _syllables(notes, at, count)
        at += sum(1 for note in inside)
        words: list[tuple[float, str]] = []
        for note in inside:
            syllable = note.syllable
            if syllable is not None and syllable.kind in ("single", "begin") and len(words) < len(shown):
                words.append((plan.grid.seconds_at(start + note.played_onset), shown[len(words)]))
        if words:
            end = plan.grid.seconds_at(start + inside[-1].played_end)
            yield KaraokeLine(words[0][0], end, tuple(words))


def _counts(visit: Visit, singer: StemPlan) -> Iterator[tuple[int, list[str]]]:
    """Yield, for each line, how many syllables it has, and its words as they are written."""
    lines = read_lines(visit.sound.lyrics)
    for line, sung in zip(lines, sung_lines(lines, singer.language or "en"), strict=True):
        yield len(sung.syllables), [word.letters + ("," if word.breath else "") for word in line.words]


def _syllables(notes: tuple[Note, ...], at: int, count: int) -> list[Note]:
    """Return the notes of so many syllables from the note ``at`` on, with those that hold the last one."""
    found: list[Note] = []
    for note in notes[at:]:
        is_hold = note.syllable is not None and note.syllable.kind == "hold"
        if not is_hold:
            if not count:
                break
            count -= 1
        found.append(note)
    return found


def _without_needless_ends(rows: list[str]) -> list[str]:
    """Return the rows without empty lines at the time of the line after them."""
    kept = []
    for i, row in enumerate(rows):
        is_empty = row.startswith("[") and row.endswith("]") and row.count(":") == 1 and row[1].isdigit()
        if not (is_empty and i + 1 < len(rows) and rows[i + 1].startswith(row)):
            kept.append(row)
    return kept


def _lrc_time(seconds: float) -> str:
    hundredths = round(seconds * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _srt_time(seconds: float) -> str:
    total = round(seconds * 1000)
    return (
        f"{total // 3_600_000:02d}:{total // 60_000 % 60:02d}:{total // 1000 % 60:02d},{total % 1000:03d}"
    )
