"""Notes and chords on the grid: what the arranger writes and the renderer plays.

Positions are :class:`~fractions.Fraction` quarter notes from the downbeat of the section that owns
them (see :mod:`structure.base.grid`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Annotated, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from structure.base.codec import Stored
from structure.base.exact import Fraction
from structure.base.types import Articulation, Exact, Role, StemName, SyllableKind

PitchClass = Annotated[int, Field(ge=0, le=11)]
"""A pitch without its octave, counted from C = 0."""

_REACHED = Fraction(1, 4)
"""Quarters in which a bend has come up to its note, in a note that is long enough."""

_NOTE_ROW = ("onset", "duration", "pitch", "velocity")
"""Fields of a note that are written without their names, since a song has thousands of notes."""


@dataclass(frozen=True, slots=True, order=True)
class Syllable(Stored):
    """What is sung on a note.

    ``text`` are the letters of the syllable, ``word`` those of its whole word, so that a singer can look up
    how it sounds; "" where the word is no more than the syllable. ``stress`` is 2 for the main stress of a
    word, 1 for another one, 0 for none. ``phones`` are the syllable's own sounds in IPA, without signs of
    stress, where they are known: with A, I, O, W and Y for the diphthongs of say, my, go, now and boy. A
    note of the kind ``hold`` has those of the syllable that it goes on with.
    """

    text: str
    kind: SyllableKind = "single"
    stress: Annotated[int, Field(ge=0, le=2)] = 0
    word: str = ""
    phones: str = ""


class _Settable:
    """What notes and drafts of notes have in common: an object may turn from one into the other."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, order=True)
class Note(_Settable, Stored):
    """One note. In a drum part ``pitch`` is a General MIDI percussion key (36 = kick).

    ``onset`` is the written place, from the section's downbeat. ``offset`` is how much later (or, below 0,
    earlier) the player is. Both are in quarter notes. ``articulation`` is how it is played: ``legato``,
    ``hammer_on`` and ``pull_off`` join it to the note before. ``bend`` has points ``(quarters from the
    onset, semitones)``; one that comes from below to ``pitch`` ends at 0. In a file a note is ``[onset,
    duration, pitch, velocity]``, followed by a mapping of what else it has.
    """

    onset: Exact
    duration: Exact
    pitch: int
    velocity: int
    offset: Exact = Fraction(0)
    articulation: Articulation = "none"
    bend: tuple[tuple[Exact, float], ...] = ()
    syllable: Syllable | None = None

    def __init__(
        self,
        onset: Fraction,
        duration: Fraction,
        pitch: int,
        velocity: int,
        offset: Fraction = Fraction(0),
        articulation: Articulation = "none",
        bend: tuple[tuple[Fraction, float], ...] = (),
        syllable: Syllable | None = None,
    ) -> None:
        # Ten thousand notes are made for a song, and what is frozen is slow to fill. So a note is a draft,
        # which is not frozen, until it has its fields.
        _become(self, "__class__", _Draft)
        draft: Any = self
        draft.onset = onset
        draft.duration = duration
        draft.pitch = pitch
        draft.velocity = velocity
        draft.offset = offset
        draft.articulation = articulation
        draft.bend = bend
        draft.syllable = syllable
        draft.__class__ = Note
        if not (0 <= pitch <= 127 and 1 <= velocity <= 127 and duration.numerator > 0):
            self.__post_init__()  # which says what is wrong; a note that is read comes to it by itself

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127 or not 1 <= self.velocity <= 127 or self.duration.numerator <= 0:
            raise ValueError(f"not a playable note: {self}")

    @property
    def end(self) -> Fraction:
        """Return the written position where the note is released."""
        return self.onset + self.duration

    @property
    def sounding_onset(self) -> Fraction:
        """Return the position where the note is heard to begin."""
        return self.onset + self.offset if self.offset else self.onset

    @property
    def heard_at(self) -> float:
        """Return :attr:`sounding_onset` as a float, without a fraction for the sum."""
        onset, offset = self.onset, self.offset
        below, other = onset.denominator, offset.denominator
        return (onset.numerator * other + offset.numerator * below) / (below * other)

    @property
    def sounding_end(self) -> Fraction:
        """Return the position where the note is heard to end."""
        return self.sounding_onset + self.duration

    def bent_up(self, semitones: float) -> Note:
        """Return the note as it is reached by a bend from some semitones below, soon after its onset."""
        reached = min(_REACHED, self.duration / 3)
        return replace(self, bend=((Fraction(0), -semitones), (reached, 0.0)))

    def transpose_by(self, semitones: int) -> Note:
        """Return the same note ``semitones`` higher."""
        return Note(
            self.onset,
            self.duration,
            self.pitch + semitones,
            self.velocity,
            self.offset,
            self.articulation,
            self.bend,
            self.syllable,
        )

    def at_pitch(self, pitch: int) -> Note:
        """Return the same note at another pitch."""
        return self.transpose_by(pitch - self.pitch)

    def move_to(self, onset: Fraction, duration: Fraction) -> Note:
        """Return the same note at another place, or of another length: thousands are, in each song."""
        return Note(
            onset,
            duration,
            self.pitch,
            self.velocity,
            self.offset,
            self.articulation,
            self.bend,
            self.syllable,
        )

    def play_as(self, articulation: Articulation) -> Note:
        """Return the same note in another way of playing."""
        return Note(
            self.onset,
            self.duration,
            self.pitch,
            self.velocity,
            self.offset,
            articulation,
            self.bend,
            self.syllable,
        )

    def scale_velocity(self, share: float) -> Note:
        """Return the same note at a share of its force, within 1 … 127."""
        return Note(
            self.onset,
            self.duration,
            self.pitch,
            max(1, min(127, round(self.velocity * share))),
            self.offset,
            self.articulation,
            self.bend,
            self.syllable,
        )

    @model_validator(mode="before")
    @classmethod
    def _read_row(cls, row: Any) -> Any:
        """Read ``[onset, duration, pitch, velocity]``, and a mapping of further fields after it."""
        if not isinstance(row, list | tuple):
            return row
        if len(row) == len(_NOTE_ROW) + 1 and isinstance(row[-1], dict):
            return dict(zip(_NOTE_ROW, row[:-1], strict=True)) | row[-1]
        if len(row) != len(_NOTE_ROW):
            raise ValueError("a note is [onset, duration, pitch, velocity]")
        return dict(zip(_NOTE_ROW, row, strict=True))

    @model_serializer(mode="wrap")
    def _write_what_is_not_usual(self, write: SerializerFunctionWrapHandler) -> Any:
        written = super(Note, self)._write_what_is_not_usual(write)
        row = [written.pop(name) for name in _NOTE_ROW]
        return [*row, written] if written else row


class _Draft(_Settable):
    """A note that is not frozen yet."""

    __slots__ = tuple(field.name for field in fields(Note))


_become = object.__setattr__


def in_order(note: Note) -> tuple[float, float, int, int]:
    """Return a key that sorts notes by onset, duration, pitch and velocity.

    It has no fractions, which compare slowly. The positions of two notes are far enough apart for floats.
    """
    onset, duration = note.onset, note.duration
    return (
        onset.numerator / onset.denominator,
        duration.numerator / duration.denominator,
        note.pitch,
        note.velocity,
    )


def without_overlaps(notes: Iterable[Note], end: Fraction | None = None) -> list[Note]:
    """Return the notes in order, with each cut where its pitch is struck again.

    Where ``end`` is given, notes are cut there too, and those from there on are left out.
    """
    # Floats tell which of two places comes first; fractions, which are slow, are counted where one is kept.
    kept: list[Note] = []
    final = None if end is None else (float(end), end)
    next_onset: dict[int, tuple[float, Fraction]] = {}
    for note in sorted(notes, key=in_order, reverse=True):
        onset, duration = note.onset, note.duration
        at = onset.numerator / onset.denominator
        limit = next_onset.get(note.pitch, final)
        if limit is None:
            kept.append(note)
        else:
            if at >= limit[0]:
                continue
            fits = at + duration.numerator / duration.denominator <= limit[0]
            kept.append(note if fits else note.move_to(onset, limit[1] - onset))
        next_onset[note.pitch] = at, onset
    return kept[::-1]


@dataclass(frozen=True, slots=True)
class ChordEvent(Stored):
    """A chord that sounds from ``onset`` for ``duration`` quarter notes.

    ``pitch_classes`` counts from C = 0, root first; ``bass`` is the lowest pitch class, which
    differs from ``root`` in a slash chord.
    """

    symbol: str
    onset: Exact
    duration: Exact
    root: PitchClass
    bass: PitchClass
    pitch_classes: tuple[PitchClass, ...]

    @property
    def end(self) -> Fraction:
        """Return the position where the next chord begins."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Control(Stored):
    """How a MIDI controller moves (64 is the sustain pedal): points ``(quarters, value 0 … 127)``."""

    controller: Annotated[int, Field(ge=0, le=119)]
    points: tuple[tuple[Exact, Annotated[int, Field(ge=0, le=127)]], ...]


@dataclass(frozen=True, slots=True)
class Part(Stored):
    """All notes of one stem in one section, in order of onset, then pitch, and its controllers."""

    role: Role
    notes: tuple[Note, ...]
    controls: tuple[Control, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionScore(Stored):
    """Harmony and parts of one section; ``parts`` maps stem names and omits silent stems."""

    bars: Annotated[int, Field(ge=1)]
    chords: tuple[ChordEvent, ...]
    parts: Mapping[StemName, Part] = field(default_factory=dict)
