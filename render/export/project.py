"""What every project file for a DAW says: tracks with their audio, tempo, metre and sections.

:mod:`render.export.reaper` and :mod:`render.export.dawproject` write it down.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import PurePosixPath

from render.export.bwf import Region
from render.export.colours import Rgb
from render.export.places import hit_regions, section_regions, total_length
from structure.base.grid import Grid
from structure.base.plain_text import clean_line, clean_text
from structure.plans.plan import SongPlan
from structure.plans.score import Note

DRUM_CHANNEL, PITCHED_CHANNEL = 9, 0
"""MIDI channels of notes, counted from 0."""

EFFECT_COLOUR: Rgb = (0x70, 0x8A, 0x9A)
"""The colour of tracks for effects."""


def decimal(value: Fraction | float) -> str:
    """Return a number as project files hold it: to far less than a sample, without needless digits."""
    return f"{float(value):.12f}".rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class NoteClip:
    """The notes of one stem in one section; times of notes count quarters from ``start``."""

    name: str
    colour: Rgb
    start: Fraction
    length: Fraction
    notes: tuple[Note, ...]


NoteClips = Mapping[str, Sequence[NoteClip]]
"""The clips of each stem, by its name."""


Points = tuple[tuple[int, float], ...]
"""How something moves: (sample, value), with straight lines in between."""


@dataclass(frozen=True, slots=True)
class Track:
    """One track of a project.

    ``file`` is the path of its WAV file, relative to the hand-over's folder; it plays from bar 1, as it is.
    ``stem`` is the stem whose notes belong to it, if any; ``bus`` what of the mix it is a part of,
    ``volume`` the automation of its level. ``low_pass`` and ``high_pass`` are where filters of it are, in
    Hz, ``sends`` what it gives to tracks of effects, by their names.
    """

    name: str
    file: str
    colour: Rgb
    muted: bool = False
    stem: str | None = None
    bus: str = ""
    volume: Points = ()
    low_pass: Points = ()
    high_pass: Points = ()
    sends: tuple[tuple[str, Points], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DawProject:
    """A song as tracks.

    ``grid`` has the sample rate of the files; ``length`` and the sections are in samples, and
    ``section_quarters`` says exactly where they begin. ``hits`` are moments of a picture.
    """

    title: str
    genre: str
    key: str
    comment: str
    tracks: tuple[Track, ...]
    grid: Grid
    length: int
    sections: tuple[Region, ...]
    section_quarters: tuple[Fraction, ...]
    section_colours: tuple[Rgb, ...]
    hits: tuple[Region, ...] = ()

    @property
    def effects(self) -> tuple[str, ...]:
        """Return the tracks of effects that others give to."""
        return tuple(dict.fromkeys(name for track in self.tracks for name, _ in track.sends))

    @property
    def seconds(self) -> float:
        """Return the length of every file."""
        return self.length / self.grid.sample_rate


def file_address(file: str) -> str:
    """Return a path as it stands in an address that counts from the hand-over's folder."""
    return PurePosixPath("/", file).as_uri().removeprefix("file:///")


def song_project(
    plan: SongPlan, tracks: tuple[Track, ...], colours: tuple[Rgb, ...], sample_rate: int
) -> DawProject:
    """Return the project of a song whose files have ``sample_rate``.

    ``colours`` are those of the song's visits.
    """
    return DawProject(
        title=clean_line(plan.title),
        genre=plan.genre,
        key=plan.key,
        comment=clean_text(plan.description),
        tracks=tracks,
        grid=replace(plan.grid, sample_rate=sample_rate),
        length=total_length(plan, sample_rate),
        sections=section_regions(plan, sample_rate),
        section_quarters=tuple(plan.position_quarters(visit) for visit in plan.visits),
        section_colours=colours,
        hits=hit_regions(plan, sample_rate),
    )


def note_clips(plan: SongPlan, stem: str, colours: tuple[Rgb, ...]) -> Iterator[NoteClip]:
    """Yield the notes of a stem, a clip for each section in which it plays."""
    for visit, colour in zip(plan.visits, colours, strict=True):
        part = visit.music.score.parts.get(stem)
        if part is not None and part.notes and part.role != "audio":
            start = plan.position_quarters(visit)
            length = plan.grid.quarters_at_bar(visit.end_bar) - start
            yield NoteClip(visit.place.label, colour, start, length, part.notes)
