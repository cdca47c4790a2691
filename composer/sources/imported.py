"""Writes a song spec from a file of music, of which every note is kept.

Each section of the file becomes a section of the spec, and stems play what is in its bars. Where the file
has a whole band, nobody else plays; where it has a tune, a riff or chords, the planner adds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from composer.sources.heard import hear_recording
from composer.sources.template import chords_text
from render.listening.midi import midi_of
from structure.base.errors import MusicFileError
from structure.base.grid import Meter
from structure.base.plain_text import in_ascii
from structure.harmony.bars import chord_event
from structure.harmony.chords import parse_symbol
from structure.imports.guessing.sections import BarKey, propose_sections
from structure.imports.midi import read_midi
from structure.imports.reading import import_song
from structure.imports.song import ImportedPart, ImportedSong
from structure.loading.own_files import RECORDINGS, own_file
from structure.loading.yaml_editor import scalar_text
from structure.plans.score import SectionScore
from structure.presets.programs import program_words
from structure.specs.parts import OwnFile
from structure.specs.schema import MODELINE

_MOST_STEMS, _MOST_BARS = 24, 512
_A_BAND = 4
"""Parts from which on, or where one of them is drums, a file has all its players."""


@dataclass(frozen=True, slots=True)
class _Stem:
    """A stem and the part of the file that it plays."""

    name: str
    part: ImportedPart
    bars: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Visit:
    """Bars ``start`` to before ``end`` of the file, as a visit of the section ``name``."""

    name: str
    start: int
    end: int
    lyrics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A song begun from a file.

    ``song`` is what was found in the file, and ``text`` is the spec. ``data`` are the bytes to write
    beside the spec under ``name``: the file itself, or the notes that were heard in a recording.
    """

    song: ImportedSong
    text: str
    name: str
    data: bytes


def begin_from(file: Path, description: str, quantise: float = 1.0, *, beside: bool = True) -> Begun:
    """Read a file of music, or hear a recording and bring its notes to the grid by ``quantise``, 0 to 1.

    ``beside``: something will lie beside the spec; else the spec names the file where it is. Raises
    RitornelloError for a file of which nothing can be taken.
    """
    if file.suffix.lower() not in RECORDINGS:
        song = import_song(file)
        text = spec_of_music(song, file.name if beside else str(file), description)
        return Begun(song, text, file.name, file.read_bytes())
    heard = hear_recording(file, quantise)
    if not beside:
        return Begun(heard, spec_of_music(heard, str(file), description, quantise), file.name, b"")
    name, data = f"{file.stem}.mid", midi_of(heard)
    read = read_midi(data, Path(name))
    # a file of MIDI in C major may have no key; the recording was heard to be in it
    song = replace(
        read, format=heard.format, keys=heard.keys, guesses=heard.guesses, left_out=heard.left_out
    )
    return Begun(song, spec_of_music(song, name, description), name, data)


def spec_of_music(
    song: ImportedSong, file: str, description: str = "", quantise: float | None = None
) -> str:
    """Return a spec in YAML whose parts are those of a file.

    ``file`` is the path of the file, seen from the spec's folder. What the file leaves open is planned
    from the ``description``. ``quantise`` is that of a recording.

    Raises MusicFileError for a metre that no song may have.
    """
    return _Writer(song, file, description or song.style, quantise).text()


class _Writer:
    """Writes the spec of one file."""

    def __init__(self, song: ImportedSong, file: str, description: str, quantise: float | None) -> None:
        self._song, self._file, self._description = song, file, description
        self._quantise = "" if quantise is None else f", quantise: {quantise:g}"
        self._music = own_file(song)
        self._meters = [meter for meter in self._music.meters if isinstance(meter, Meter)]
        wrong = next((meter for meter in self._music.meters if not isinstance(meter, Meter)), None)
        if wrong is not None:
            raise MusicFileError(
                f"{song.path}: it is in {wrong}, and a song is in 2 to 15 over 2, 4 or 8", path=song.path
            )
        if self._music.bars < 1:
            raise MusicFileError(f"{song.path}: it has no bars; nothing could be taken", path=song.path)
        self._stems = list(_stems(song.parts, self._music))
        self._has_band = len(self._stems) >= _A_BAND or any(s.part.role == "drums" for s in self._stems)
        self._keys = [self._bar_key(bar) for bar in range(self._music.bars)]
        self._are_named = bool(song.sections)
        self._visits = list(self._visits_of_file())

    def text(self) -> str:
        """Return the whole spec."""
        blocks = [self._head(), self._stem_lines(), self._form(), self._sections()]
        return "\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n"

    def _head(self) -> list[str]:
        song, music = self._song, self._music
        meter = self._meters[0]
        lines = [
            MODELINE,
            f"# From {self._file} ({song.format}): {self._describe_size()}. What is in it stays as it is.",
        ]
        lines += [f"# Guessed: {guess.field}: {guess.value} ({guess.why})." for guess in song.guesses]
        lines += [f"# Not taken: {left}." for left in song.left_out]

        stem = self._file.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        title = " ".join(word.capitalize() for word in re.split(r"[\s_-]+", stem) if word) or "Song"
        lines.append(f"title: {scalar_text((song.title or title)[:120])}")
        if self._description:
            lines.append(f"description: {scalar_text(self._description[:2000])}")
        if song.tempi:
            beats = song.tempi[0].quarters_per_minute / meter.beat_quarters
            lines.append(f"tempo: {min(300.0, max(30.0, float(beats))):.6g}")
        if music.key is not None:
            said = "" if music.is_key_said else " # guessed from the notes"
            lines.append(f"key: {scalar_text(music.key)}{said}")
        return [*lines, f"meter: {meter}", "seed: 0 # another seed, another band around your notes"]

    def _describe_size(self) -> str:
        parts, bars = len(self._song.parts), self._music.bars
        return f"{parts} {'part' if parts == 1 else 'parts'}, {bars} {'bar' if bars == 1 else 'bars'}"

    def _stem_lines(self) -> list[str]:
        if not self._has_band:
            return []
        lines = ["# Who plays: all parts of the file. Add a stem, and it is written to them.", "stems:"]
        for stem in self._stems:
            words = program_words(stem.part.program, stem.part.role)
            lines.append(f"  - {{name: {stem.name}, role: {stem.part.role}, prompt: {scalar_text(words)}}}")
        return lines

    def _form(self) -> list[str]:
        how = "as the file names them" if self._are_named else "guessed from what comes back"
        lines = [f"# The sections, {how}.", "form:"]
        firsts: dict[str, _Visit] = {}
        for visit in self._visits:
            first = firsts.setdefault(visit.name, visit)
            options = [f"section: {visit.name}"]
            if first is not visit and not self._is_same(first, visit):
                if visit.end - visit.start != first.end - first.start:
                    options.append(f"bars: {visit.end - visit.start}")
                options += self._plays(visit)
                if playing := self._playing(visit):
                    parts = ", ".join(f"{stem.name}: {self._part(stem, visit)}" for stem in playing)
                    options.append(f"parts: {{{parts}}}")
            elif first is not visit and self._playing(visit):
                options.append("variation: 0")
            if visit.lyrics:
                lyrics = _flow("\n".join(visit.lyrics)).replace("\n", "\\n")
                options.append(f"lyrics: {lyrics}")
            lines.append(f"  - {visit.name}" if len(options) == 1 else f"  - {{{', '.join(options)}}}")
        return lines

    def _sections(self) -> list[str]:
        lines = ["sections:"]
        firsts: dict[str, _Visit] = {}
        for visit in self._visits:
            firsts.setdefault(visit.name, visit)
        for visit in firsts.values():
            lines += [f"  {visit.name}:", f"    bars: {visit.end - visit.start}"]
            if self._meters[visit.start] != self._meters[0]:
                lines.append(f"    meter: {self._meters[visit.start]}")
            lines += [f"    {option}" for option in self._plays(visit)]
            if playing := self._playing(visit):
                lines.append("    parts:")
                lines += [f"      {stem.name}: {self._part(stem, visit)}" for stem in playing]
        return lines

    def _plays(self, visit: _Visit) -> list[str]:
        """Return the chords of some bars, and who plays there if not all stems do."""
        options = []
        if chords := self._chords(visit):
            options.append(f"chords: {_flow(chords)}")
        playing = self._playing(visit)
        if self._has_band and 0 < len(playing) < len(self._stems):
            options.append(f"stems: [{', '.join(stem.name for stem in playing)}]")
        return options

    def _part(self, stem: _Stem, visit: _Visit) -> str:
        place = f"from_bar: {visit.start + 1}, bars: {visit.end - visit.start}"
        return (
            f"{{file: {scalar_text(self._file)}, track: {_flow(stem.part.name)}, {place}{self._quantise}}}"
        )

    def _playing(self, visit: _Visit) -> list[_Stem]:
        bars = range(visit.start, visit.end)
        return [stem for stem in self._stems if not stem.bars.isdisjoint(bars)]

    def _is_same(self, one: _Visit, other: _Visit) -> bool:
        return (
            self._keys[one.start : one.end] == self._keys[other.start : other.end]
            and self._chords(one) == self._chords(other)
            and self._lengths(one) == self._lengths(other)
        )

    def _lengths(self, visit: _Visit) -> list[tuple[str, int, Fraction, int]]:
        """Return all that is played in a visit but where: stems, pitches, lengths and velocities."""
        first, last = self._music.lines[visit.start], self._music.lines[visit.end]
        return [
            (stem.name, note.pitch, Fraction(note.length), note.velocity)
            for stem in self._stems
            for note in stem.part.notes
            if first <= note.start < last
        ]

    def _chords(self, visit: _Visit) -> str:
        """Return the chords of the file in a visit as text.

        The text is empty where the file has no chords there, or where the visit begins without one.
        """
        first, last = self._music.lines[visit.start], self._music.lines[visit.end]
        known = [chord for chord in self._song.chords if chord.symbol]
        events = []
        ends = [*(chord.start for chord in known[1:]), last]
        for chord, until in zip(known, ends, strict=False):
            start, end = max(chord.start, first), min(until, last)
            if start < end:
                events.append(chord_event(parse_symbol(chord.symbol), start - first, end - first))
        if not events or events[0].onset > 0:
            return ""
        score = SectionScore(visit.end - visit.start, tuple(events), {})
        return chords_text(score, self._meters[visit.start])

    def _bar_key(self, bar: int) -> BarKey:
        """Return what sounds in a bar: the onsets and pitches of all stems, and the chords."""
        first, last = self._music.lines[bar], self._music.lines[bar + 1]
        notes = [
            (note.start - first, 1000 * place + note.pitch)
            for place, stem in enumerate(self._stems)
            for note in stem.part.notes
            if first <= note.start < last
        ]
        chords = [
            (chord.start - first, -1 - sum(map(ord, chord.symbol)) - 10_000 * len(chord.symbol))
            for chord in self._song.chords
            if first <= chord.start < last
        ]
        return tuple(sorted([*notes, *chords]))

    def _visits_of_file(self) -> Iterator[_Visit]:
        """Yield the sections of the file on whole bars, cut where the metre changes.

        Where the file names no sections, they are proposed from what its bars hold.
        """
        count, meters = self._music.bars, self._meters
        breaks = [bar for bar in range(1, count) if meters[bar] != meters[bar - 1]]
        if not self._are_named:
            for stretch in propose_sections(self._keys, breaks):
                yield from self._cut(stretch.name, stretch.start, stretch.end)
            return
        lines = self._music.lines
        nearest = [
            min(range(count), key=lambda bar: abs(lines[bar] - section.start))
            for section in self._song.sections
        ]
        starts = {0: "intro"} | {
            bar: section.name for bar, section in zip(nearest, self._song.sections, strict=True)
        }
        edges = sorted({*starts, *breaks, count})
        name = ""
        for start, end in pairwise(edges):
            name = starts.get(start, name)
            yield from self._cut(name, start, end)

    def _cut(self, name: str, start: int, end: int) -> Iterator[_Visit]:
        """Yield a stretch of bars as one visit, or as several where it is longer than a section may be."""
        for first in range(start, end, _MOST_BARS):
            last = min(end, first + _MOST_BARS)
            yield _Visit(name, first, last, tuple(self._lyrics(first, last)))

    def _lyrics(self, start: int, end: int) -> Iterator[str]:
        """Yield the lines that are sung in some bars."""
        first, last = self._music.lines[start], self._music.lines[end]
        line = ""
        for lyric in self._song.lyrics:
            if not first <= lyric.start < last:
                continue
            text = lyric.text
            line = line[:-1] + text.lstrip() if line.endswith("-") else f"{line} {text}" if line else text
            if lyric.ends_line:
                yield " ".join(line.split())
                line = ""
        if line.strip():
            yield " ".join(line.split())


def _stems(parts: Sequence[ImportedPart], music: OwnFile) -> Iterator[_Stem]:
    """Yield a stem for each part that has notes; only the fullest parts where there are too many."""
    fullest = sorted(parts, key=lambda part: -len(part.notes))[:_MOST_STEMS]
    taken: set[str] = set()
    roles = [part.role for part in parts]
    for part in parts:
        if part not in fullest or not part.notes:
            continue

        # a part is called by its role, or by its own name where several have that role
        name: str = part.role
        if roles.count(part.role) > 1:
            plain = re.sub(r"[^a-z0-9]+", "-", in_ascii(part.name).lower()).strip("-")[:32].strip("-")
            name = plain if plain[:1].isalpha() else part.role
        wanted, number = name, 1
        while name in taken:
            number += 1
            name = f"{wanted[:28]}-{number}"
        taken.add(name)

        bar, bars = 0, set()  # in which notes begin
        for note in part.notes:
            while bar + 1 < music.bars and music.lines[bar + 1] <= note.start:
                bar += 1
            bars.add(bar)
        yield _Stem(name, part, frozenset(bars))


def _flow(text: str) -> str:
    """Return a text in quotes, for use inside a flow mapping."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
