"""The piece of a file that a part names: its track, its bars, its metre and its notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from structure.base.errors import PlanError, did_you_mean
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import Role
from structure.harmony.bars import chord_event
from structure.harmony.chords import Chord, parse_symbol
from structure.plans.score import ChordEvent, Note
from structure.specs.parts import OwnFile, OwnTrack, PartSpec
from structure.specs.spec import SongSpec


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the spec with the music of its file. ``field`` names the part in errors."""

    spec: PartSpec
    music: OwnFile
    field: str

    @property
    def bars(self) -> int:
        """Return how many bars it has; those after the end of the file are empty."""
        return self.spec.bars or self.music.bars - self.spec.from_bar + 1

    @property
    def meter(self) -> Meter:
        """Return its metre. Raises PlanError where that changes, or is none that a song may have."""
        first = self.spec.from_bar - 1
        found = list(dict.fromkeys(self.music.meters[first : first + self.bars]))
        if len(found) == 1 and isinstance(found[0], Meter):
            return found[0]
        file, names = self.spec.file, " and ".join(str(one) for one in found)
        raise PlanError(
            f"{self.field}: {file} is in {names}; a part has one metre, of 2 to 15 over 2, 4 or 8",
            field=self.field,
            hint="name bars of one metre by `from_bar` and `bars`",
        )

    def track(self, stem: str, role: Role) -> OwnTrack:
        """Return the track that is named, else the one that suits a stem.

        Raises PlanError where there is none, or where several would suit.
        """
        tracks, wanted = self.music.tracks, self.spec.track
        names = [track.name for track in tracks]
        if wanted is not None:
            same = [track for track in tracks if track.name.strip().casefold() == wanted.strip().casefold()]
            if same:
                return same[0]
            raise PlanError(
                f"{self.field}: {self.spec.file} has no track {wanted!r}",
                field=f"{self.field}.track",
                hint=did_you_mean(wanted, names) if names else "it has chords alone",
            )
        by_name = [track for track in tracks if track.name.strip().casefold() == stem]
        by_role = [track for track in tracks if track.role == role]
        pitched = [track for track in tracks if (track.role == "drums") == (role == "drums")]
        for found in (by_name, by_role, pitched):
            if len(found) == 1:
                return found[0]
        what = f"{len(by_role)} tracks that suit" if by_role else "no track that suits"
        raise PlanError(
            f"{self.field}: {self.spec.file} has {what} the stem {stem!r}",
            field=self.field,
            hint=f"say which by `track`: {', '.join(names) or 'it has chords alone'}",
        )

    def notes(self, track: OwnTrack, start: int, stop: int, at: int) -> Iterator[Note]:
        """Yield the notes of the piece's bars from ``start`` to before ``stop``, counted from 0.

        The first of these bars is bar ``at`` of a section.
        """
        bar, offset = self.meter.bar_quarters, self._line(start)
        end = self._line(stop)
        for note in track.notes:
            if offset <= note.onset < end:
                yield Note(at * bar + note.onset - offset, note.duration, note.pitch, note.velocity)

    def chords(self, start: int, stop: int, at: int) -> Iterator[ChordEvent]:
        """Yield the chords of the file in some bars, which are counted as in :meth:`notes`.

        Symbols that name no chord are passed over.
        """
        bar, offset, end = self.meter.bar_quarters, self._line(start), self._line(stop)
        known: list[tuple[Fraction, Chord]] = []
        for onset, symbol in self.music.chords:
            with suppress(ValueError):
                known.append((onset, parse_symbol(symbol)))
        for index, (onset, chord) in enumerate(known):
            until = known[index + 1][0] if index + 1 < len(known) else end
            first, last = max(onset if index else min(onset, offset), offset), min(until, end)
            if first < last:
                shift = at * bar - offset
                yield chord_event(chord, first + shift, last + shift)

    def _line(self, index: int) -> Fraction:
        """Return the place in the file of the bar line of one of the piece's bars, in quarters.

        It may lie beyond the file's end.
        """
        place = self.spec.from_bar - 1 + index
        lines = self.music.lines
        if place < len(lines):
            return lines[place]
        return lines[-1] + (place - len(lines) + 1) * self.meter.bar_quarters


def piece_of(spec: SongSpec, part: PartSpec, field: str) -> Piece:
    """Return the piece that a part names. Raises PlanError where its file was not read, or ends before."""
    music = spec.own_files.get(part.file)
    if music is None:
        raise PlanError(
            f"{field}: {part.file} has not been read",
            field=field,
            hint="parts are read with the file of the spec; read it by `parse_spec` with its folder",
        )
    if part.from_bar > music.bars:
        raise PlanError(
            f"{field}.from_bar: {part.file} has {music.bars} bars, and bar {part.from_bar} is none of them",
            field=f"{field}.from_bar",
            hint=f"allowed: 1 to {music.bars}",
        )
    return Piece(part, music, field)


def pieces_of(spec: SongSpec) -> Sequence[Piece]:
    """Return all pieces of a spec: the song's, those of its sections, those of its visits."""
    form = spec.form if isinstance(spec.form, tuple) else ()
    owners = [("", spec.parts)]
    owners += [(f"sections.{name}.", section.parts) for name, section in spec.sections.items()]
    owners += [(f"form[{index}].", entry.parts) for index, entry in enumerate(form, start=1)]
    return [
        piece_of(spec, part, f"{owner}parts.{stem}")
        for owner, parts in owners
        for stem, part in parts.items()
    ]
