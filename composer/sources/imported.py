"""Writes a song spec from a file of music: its sections, key, tempo and metre, and its notes as parts."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import ROLES
from structure.harmony.keys import parse_key
from structure.imports.song import ImportedPart, ImportedSection, ImportedSong
from structure.loading.yaml_editor import scalar_text
from structure.specs.schema import MODELINE

_MOST_STEMS = 24
_MOST_BARS = 512
_MOST_REMARKS = 12
_USUAL_PLAYERS = ("lead", "bass", "drums", "chords")
"""Roles that the stems of all styles have; a file of few of these has its other stems planned."""


def spec_of_import(song: ImportedSong, file: str, description: str = "") -> str:
    """Return a song as a spec in YAML. ``file`` is its file as the spec names it, beside the spec.

    Comments say what was read, what was guessed, and what was left out.
    """
    return "\n".join([*_head(song, file, description), "", *_body(song, file)]) + "\n"


def _head(song: ImportedSong, file: str, description: str) -> Iterator[str]:
    yield MODELINE
    notes = sum(len(part.notes) for part in song.parts)
    counts = f"{song.bars} bars, {notes} notes, {len(song.chords)} chords"
    yield f"# From {_comment(file)} ({song.format}): {counts}."
    guessed = {guess.field: guess for guess in song.guesses}
    said = [
        word for word in ("key", "tempo", "meter", "sections") if word not in guessed and _has(song, word)
    ]
    if said:
        yield f"# Read from the file: {', '.join(said)}."
    for guess in song.guesses:
        yield f"# A guess: {guess.field} {_comment(guess.value)} ({_comment(guess.why)})."
    for lost in song.left_out[:_MOST_REMARKS]:
        yield f"# Left out: {_comment(str(lost))}."
    if len(song.left_out) > _MOST_REMARKS:
        yield f"# Left out: {len(song.left_out) - _MOST_REMARKS} more things."
    yield f"title: {scalar_text(song.title or Path(file).stem)}"
    if description:
        yield f"description: {scalar_text(description)}"
    if song.tempi:
        yield f"tempo: {_tempo(song)}"
    if song.key:
        yield f"key: {parse_key(song.key).name}"
    meter = _known_meter(song, Fraction(0))
    if meter is not None:
        yield f"meter: {meter}"


def _has(song: ImportedSong, word: str) -> bool:
    return bool(
        {"key": song.keys, "tempo": song.tempi, "meter": song.metres, "sections": song.sections}[word]
    )


def _comment(text: str) -> str:
    return " ".join(text.split())[:160].rstrip(".")


def _tempo(song: ImportedSong) -> float | int:
    """Return the first tempo, in beats of the metre, within what a spec may say."""
    meter = _known_meter(song, Fraction(0)) or Meter()
    tempo = float(song.tempi[0].quarters_per_minute / meter.beat_quarters)
    tempo = round(min(300.0, max(30.0, tempo)), 3)
    return int(tempo) if tempo.is_integer() else tempo


def _known_meter(song: ImportedSong, at: Fraction) -> Meter | None:
    """Return the metre at a place where songs of ours may have it."""
    found = [metre for metre in song.metres if metre.start <= at]
    try:
        return Meter.parse(str(found[-1])) if found else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Passage:
    """A section of the file, in bars from 0."""

    name: str
    first: int
    bars: int
    section: ImportedSection


def _passages(song: ImportedSong) -> list[_Passage]:
    lines, found = song.bar_lines, []
    for section in song.sections:
        first, last = bisect_left(lines, section.start), bisect_left(lines, section.end)
        for begin in range(first, last, _MOST_BARS):
            found.append(_Passage(section.name, begin, min(_MOST_BARS, last - begin), section))
    return found


def _body(song: ImportedSong, file: str) -> Iterator[str]:
    """Yield stems, form and sections. What differs in a later visit stands in the form."""
    stems = _stem_names(song)
    if stems is not None and len({*stems.values()} - set(ROLES)):
        yield "stems:"
        for part, name in stems.items():
            yield f"  - {{name: {name}, role: {part.role}, prompt: {scalar_text(_prompt(part))}}}"
        yield ""
    passages = _passages(song)
    firsts: dict[str, _Passage] = {}
    for passage in passages:
        firsts.setdefault(passage.name, passage)
    yield "form:"
    for passage in passages:
        yield f"  - {_visit(song, passage, firsts[passage.name], file, stems or {})}"
    yield ""
    yield "sections:"
    for name, passage in firsts.items():
        fields = [f"bars: {passage.bars}", *_chords(song, passage)]
        meter = _known_meter(song, song.bar_lines[passage.first])
        fields += [f"meter: {meter}"] if meter and meter != _known_meter(song, Fraction(0)) else []
        fields += _words(song, passage)
        yield f"  {name}:"
        yield from (f"    {line}" for line in fields)
        parts = list(_parts(song, passage, file, stems or {}))
        if parts:
            yield "    parts:"
            yield from (f"      {line}" for line in parts)


def _stem_names(song: ImportedSong) -> dict[ImportedPart, str] | None:
    """Return a stem for each part: its role where few parts of usual roles leave room for other players."""
    parts = song.parts[:_MOST_STEMS]
    roles = Counter(part.role for part in parts)
    if len(parts) <= 2 and set(roles) <= set(_USUAL_PLAYERS) and max(roles.values(), default=1) == 1:
        return {part: part.role for part in parts}
    names: dict[ImportedPart, str] = {}
    for part in parts:
        plain = re.sub(r"[^a-z0-9]+", "_", part.name.lower()).strip("_")[:28].strip("_")
        plain = plain if plain[:1].isalpha() else f"{part.role}_{plain}".strip("_")
        name, number = plain, 1
        while name in names.values() or name in ("all", "master", "mix"):
            number += 1
            name = f"{plain}_{number}"
        names[part] = name
    return names


def _prompt(part: ImportedPart) -> str:
    return re.sub(r"[^\w\s-]+", " ", part.name).strip() or part.role


def _parts(
    song: ImportedSong, passage: _Passage, file: str, stems: dict[ImportedPart, str]
) -> Iterator[str]:
    """Yield the parts that play in a passage, each as a line."""
    begin = song.bar_lines[passage.first]
    end = song.bar_lines[passage.first + passage.bars]
    for part, stem in stems.items():
        if any(begin <= note.start < end for note in part.notes):
            yield (
                f"{stem}: {{file: {scalar_text(file)}, track: {scalar_text(part.name)}, "
                f"from_bar: {passage.first + 1}, bars: {passage.bars}}}"
            )


def _visit(
    song: ImportedSong, passage: _Passage, first: _Passage, file: str, stems: dict[ImportedPart, str]
) -> str:
    """Return an entry of the form; of one whose notes are not those of the first, its own parts."""
    fields = [f"section: {passage.name}"]
    if passage.bars != first.bars:
        fields.append(f"bars: {passage.bars}")
    if stems and not _same_music(song, passage, first):
        parts = ", ".join(_parts(song, passage, file, stems))
        fields += [f"parts: {{{parts}}}"] if parts else []
    return passage.name if len(fields) == 1 else "{" + ", ".join(fields) + "}"


def _same_music(song: ImportedSong, one: _Passage, other: _Passage) -> bool:
    return one == other or (
        one.bars == other.bars
        and all(
            song.notes_of_bars(part.name, one.first + 1, one.bars)
            == song.notes_of_bars(part.name, other.first + 1, other.bars)
            for part in song.parts
        )
    )


def _chords(song: ImportedSong, passage: _Passage) -> list[str]:
    """Return the chords of a passage, where a file has chords and no notes that say when they change."""
    if song.parts or not song.chords:
        return []
    lines, bars = song.bar_lines, []
    for bar in range(passage.first, passage.first + passage.bars):
        here = [c.symbol for c in song.chords if lines[bar] <= c.start < lines[bar + 1] and c.symbol]
        before = [c.symbol for c in song.chords if c.start < lines[bar] and c.symbol]
        bars.append(" ".join(here or before[-1:]))
    known = next((bar for bar in bars if bar), "")
    return [f"chords: {scalar_text(' | '.join(bar or known for bar in bars))}"]


def _words(song: ImportedSong, passage: _Passage) -> list[str]:
    """Return the words of a passage, a line to a line."""
    begin = song.bar_lines[passage.first]
    end = song.bar_lines[passage.first + passage.bars]
    text = ""
    for lyric in song.lyrics:
        if begin <= lyric.start < end:
            text += lyric.text.removesuffix("-") + (
                "\n" if lyric.ends_line else "" if lyric.text.endswith("-") else " "
            )
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    return ["lyrics: |-", *(f"  {line}" for line in lines)] if lines and len(text) < 3900 else []
