"""A planned song as a Standard MIDI File, type 1.

The first track holds tempo, metre, keys and a marker for each section; a track of chords may follow, and
each stem has one track after it, drums on channel 10. Tempo events count quarters: 54 dotted quarters a
minute are 81 quarters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from structure.base.files import write_atomically
from structure.base.grid import round_half_up
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.score import ChordEvent
from structure.presets.programs import guess_program

TICKS_PER_QUARTER = 960
_DRUM_CHANNEL = 10
_CHORD_CHANNEL = 16
_PITCHED_CHANNELS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15)
CHORD_TRACK = "Chords"
_CHORD_BASS, _CHORD_ROOT = 36, 48
"""Lowest pitch of the bass and of the root in the track of chords."""

_CHORD_VELOCITY = 80

Event = tuple[int, int, int, Callable[[Any], Any]]
"""Tick, order among events of one tick, tie-breaker, and what makes the event for its track."""


def write_midi(
    plan: SongPlan, path: Path, *, names: Mapping[str, str] | None = None, chord_track: bool = False
) -> None:
    """Write the score as MIDI. The same plan gives the same bytes.

    ``names`` are the stems to write, and what their tracks are called; all under their own names where it
    is left out. ``chord_track`` adds a track with each chord as notes and its symbol as a lyric.
    """
    from music21 import midi

    named = {stem.name: stem.name for stem in plan.stems} if names is None else names
    file = midi.MidiFile()
    file.ticksPerQuarterNote = TICKS_PER_QUARTER
    tracks = [_conductor_events(plan), *([_chord_events(plan)] if chord_track else [])]
    pitched = 0
    for stem in plan.stems:
        channel = _DRUM_CHANNEL
        if stem.role != "drums":
            channel = _PITCHED_CHANNELS[pitched % len(_PITCHED_CHANNELS)]
            pitched += 1
        if stem.name in named:
            tracks.append(_stem_events(plan, stem, channel, named[stem.name]))
    file.tracks = [_track(index, events, plan) for index, events in enumerate(tracks)]
    write_atomically(Path(path), file.writestr())


def _ticks(quarters: Fraction) -> int:
    return round_half_up(quarters * TICKS_PER_QUARTER)


def _track(index: int, events: Iterable[Event], plan: SongPlan) -> Any:
    """A track of music21 from events at absolute ticks."""
    from music21 import midi

    track = midi.MidiTrack(index)
    now = 0
    end = _ticks(plan.grid.quarters_at_bar(plan.bars))
    for tick, _, _, make in sorted(events, key=lambda event: event[:3]):
        _append(track, tick - now, make(track))
        now = tick
    last = midi.MidiEvent(track, type=midi.MetaEvents.END_OF_TRACK)
    last.data = b""
    _append(track, max(0, end - now), last)
    return track


def _append(track: Any, delta: int, event: Any) -> None:
    from music21 import midi

    track.events.append(midi.DeltaTime(track, time=delta))
    track.events.append(event)


def _meta(kind: str, data: bytes) -> Callable[[Any], Any]:
    def make(track: Any) -> Any:
        from music21 import midi

        event = midi.MidiEvent(track, type=getattr(midi.MetaEvents, kind))
        event.data = data
        return event

    return make


def _voice(kind: str, channel: int, first: int, second: int | None = None) -> Callable[[Any], Any]:
    def make(track: Any) -> Any:
        from music21 import midi

        event = midi.MidiEvent(track, type=getattr(midi.ChannelVoiceMessages, kind), channel=channel)
        if second is None:
            event.data = first
        else:
            event.pitch, event.velocity = first, second
        return event

    return make


def _conductor_events(plan: SongPlan) -> Iterable[Event]:
    """Title, tempo, metre, and at each section a marker and its key."""
    meter = plan.meter
    quarters_per_minute = plan.grid.tempo_bpm * meter.beat_quarters
    microseconds = round_half_up(Fraction(60_000_000) / quarters_per_minute)
    clocks = int(24 * meter.beat_quarters)
    time_signature = bytes([meter.numerator, meter.denominator.bit_length() - 1, min(clocks, 255), 8])
    yield 0, 0, 0, _meta("SEQUENCE_TRACK_NAME", plan.title.encode())
    yield 0, 0, 1, _meta("SET_TEMPO", microseconds.to_bytes(3, "big"))
    yield 0, 0, 2, _meta("TIME_SIGNATURE", time_signature)
    for index, visit in enumerate(plan.visits):
        tick = _ticks(plan.grid.quarters_at_bar(visit.place.start_bar))
        key = parse_key(visit.music.key)
        sharps = key.sharps
        yield tick, 1, 2 * index, _meta("KEY_SIGNATURE", bytes([sharps % 256, int(key.is_minor)]))
        yield tick, 1, 2 * index + 1, _meta("MARKER", visit.place.label.encode())


def _chord_events(plan: SongPlan) -> Iterable[Event]:
    """Each chord as its symbol and as notes: the bass, and above it the chord in root position."""
    yield 0, 0, 0, _meta("SEQUENCE_TRACK_NAME", CHORD_TRACK.encode())
    for visit in plan.visits:
        start = plan.grid.quarters_at_bar(visit.place.start_bar)
        for chord in visit.music.score.chords:
            on, off = _ticks(start + chord.onset), _ticks(start + chord.end)
            yield on, 1, 0, _meta("LYRIC", chord.symbol.encode())
            for pitch in chord_pitches(chord):
                yield on, 3, pitch, _voice("NOTE_ON", _CHORD_CHANNEL, pitch, _CHORD_VELOCITY)
                yield off, 2, pitch, _voice("NOTE_OFF", _CHORD_CHANNEL, pitch, 0)


def chord_pitches(chord: ChordEvent) -> tuple[int, ...]:
    """A chord as MIDI pitches: its bass in the great octave, its tones from the small octave's root up."""
    root = _CHORD_ROOT + chord.root
    above = (root + (tone - chord.root) % 12 for tone in chord.pitch_classes)
    return (_CHORD_BASS + chord.bass, *sorted(set(above)))


def _stem_events(plan: SongPlan, stem: StemPlan, channel: int, name: str) -> Iterable[Event]:
    """Name, program, and all notes of a stem; a note ends before the next of its pitch begins."""
    yield 0, 0, 0, _meta("SEQUENCE_TRACK_NAME", name.encode())
    yield 0, 0, 1, _voice("PROGRAM_CHANGE", channel, guess_program(stem.prompt, stem.role))
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem.name)
        start = plan.grid.quarters_at_bar(visit.place.start_bar)
        for note in part.notes if part else ():
            on, off = _ticks(start + note.played_onset), _ticks(start + note.played_end)
            yield on, 3, note.pitch, _voice("NOTE_ON", channel, note.pitch, note.velocity)
            yield max(off, on + 1), 2, note.pitch, _voice("NOTE_OFF", channel, note.pitch, 0)
