"""Write a planned song as a Standard MIDI File, type 1, by mido.

The first track holds tempo, metre, keys, a marker for each section and one for each moment of a picture; a
track of chords may follow, and each stem has one track after it, drums on channel 10. Tempo events count
quarters: 54 dotted quarters a minute are 81 quarters. Notes begin where they are played
(:attr:`Note.sounding_onset`). What is sung on them is a lyric, with a hyphen where the word goes on. A bend
goes in straight lines from point to point, and is back at 0 when the note ends. Vibrato is the modulation
wheel, which rises once a note has begun. MIDI has no word for other articulations; lengths and forces of
the notes say what can be said of them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, lcm
from pathlib import Path

import numpy as np
from mido import Message, MetaMessage
from mido.midifiles.meta import encode_variable_int

from structure.base.exact import Fraction
from structure.base.files import write_atomically
from structure.base.grid import round_half_up
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.score import ChordEvent, Note
from structure.presets.programs import guess_program

TICKS_PER_QUARTER = 960
_MOST_TICKS = 32767
CHORD_TRACK = "Chords"

# Channels as mido counts them, from 0.
_DRUM_CHANNEL = 9
_CHORD_CHANNEL = 15
_PITCHED_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14)

_CHORD_BASS, _CHORD_ROOT = 36, 48
"""Lowest pitch of the bass and of the root in the track of chords."""

_CHORD_VELOCITY = 80
_BEND_SEMITONES = 2
"""How far the pitch wheel reaches; further where a track bends further."""

_BEND_STEP_TICKS = 10

_MODULATION = 1
_VIBRATO = (44, 72)
"""Where the modulation wheel is from the first and from the second third of a note with vibrato."""

_HEAD, _TEXT, _RELEASE, _MOVE, _STRIKE = range(5)
"""Order of the events of one tick: a note ends before the next of its pitch begins."""

_AFTER_RELEASES = 128

Event = tuple[int, int, int, Message | MetaMessage]
"""Tick, order among the events of one tick, tie-breaker, and the message."""


def write_midi(
    plan: SongPlan, path: Path, *, names: Mapping[str, str] | None = None, chord_track: bool = False
) -> None:
    """Write the score as MIDI. The same plan gives the same bytes.

    ``names`` are the stems to write, and what their tracks are called; all under their own names where it
    is left out. ``chord_track`` adds a track with each chord as notes and its symbol as a
    text.
    """
    named = {stem.name: stem.name for stem in plan.stems} if names is None else names
    tracks = [_conductor_events(plan), *([_chord_events(plan)] if chord_track else [])]
    pitched = 0
    for stem in plan.stems:
        if stem.role == "audio":
            continue
        channel = _DRUM_CHANNEL
        if stem.role != "drums":
            channel = _PITCHED_CHANNELS[pitched % len(_PITCHED_CHANNELS)]
            pitched += 1
        if stem.name in named:
            tracks.append(_stem_events(plan, stem, channel, named[stem.name]))

    # mido's own writer leaves out a status byte that repeats the one before. Here each message has its own:
    # all programs read that, and songs keep the bytes that are in their locks.
    division = division_of(plan)
    end = _ticks(plan.grid.quarters_at_bar(plan.bars), division)
    chunks = [(b"MThd", struct.pack(">hhh", 1, len(tracks), division))]
    for events in tracks:
        data, now = bytearray(), 0
        for tick, _, _, message in sorted(events, key=lambda event: event[:3]):
            data += bytes([*encode_variable_int(tick - now), *message.bytes()])
            now = tick
        last = MetaMessage("end_of_track")
        data += bytes([*encode_variable_int(max(0, end - now)), *last.bytes()])
        chunks.append((b"MTrk", bytes(data)))
    encoded = b"".join(name + struct.pack(">L", len(data)) + data for name, data in chunks)
    write_atomically(Path(path), encoded)


def division_of(plan: SongPlan) -> int:
    """Return the ticks of a quarter.

    There are 960, or the least multiple with which notes of the user's own are where they were, to the
    tick. Notes that would take more than 32767 ticks do not count.
    """
    found = TICKS_PER_QUARTER
    for visit in plan.visits:
        for stem in visit.music.given:
            part = visit.music.score.parts.get(stem)
            for note in part.notes if part else ():
                finer = lcm(found, note.onset.denominator, note.duration.denominator)
                found = finer if finer <= _MOST_TICKS else found
    return found


def chord_pitches(chord: ChordEvent) -> tuple[int, ...]:
    """Return a chord as MIDI pitches.

    Its bass is in the great octave, above it are its tones from the small octave's root up.
    """
    root = _CHORD_ROOT + chord.root
    above = (root + (tone - chord.root) % 12 for tone in chord.pitch_classes)
    return (_CHORD_BASS + chord.bass, *sorted(set(above)))


def _ticks(quarters: Fraction, division: int) -> int:
    return round_half_up(quarters * division)


def _text(kind: str, text: str) -> MetaMessage:
    """Return an event of text in UTF-8; mido writes Latin-1, and its switch is one for all threads."""
    field = "name" if kind == "track_name" else "text"
    return MetaMessage(kind, **{field: text.encode().decode("latin-1")})


def _conductor_events(plan: SongPlan) -> Iterator[Event]:
    """Yield the events of the song as a whole.

    These are the title, each tempo and metre, at each section a marker and its key, and a marker at each
    moment of a picture.
    """
    yield 0, _HEAD, 0, _text("track_name", plan.title)
    before, division = None, division_of(plan)
    for span in plan.grid.spans:
        tick, meter = _ticks(span.start, division), span.meter
        if before is None or span.quarters_per_minute != before.quarters_per_minute:
            tempo = round_half_up(60_000_000 / span.quarters_per_minute)
            yield tick, _HEAD, 1, MetaMessage("set_tempo", tempo=tempo)
        if before is None or meter != before.meter:
            signature = MetaMessage(
                "time_signature",
                numerator=meter.numerator,
                denominator=meter.denominator,
                clocks_per_click=min(int(24 * meter.beat_quarters), 255),
            )
            yield tick, _HEAD, 2, signature
        before = span

    for index, visit in enumerate(plan.visits):
        tick, key = _ticks(plan.position_quarters(visit), division), parse_key(visit.music.key)
        # a key signature is that of a major or minor key, as mido writes it: ``Bbm``
        accidentals, letter = divmod(key.sharps + (4 if key.is_minor else 1), 7)
        name = "FCGDAEB"[letter] + ("", "#", "b")[accidentals] + ("m" if key.is_minor else "")
        if key.mode not in ("major", "minor"):
            yield tick, _TEXT, 2 * index, _text("text", f"key: {visit.music.key}")
        yield tick, _TEXT, 2 * index, MetaMessage("key_signature", key=name)
        yield tick, _TEXT, 2 * index + 1, _text("marker", visit.place.label)

    for index, hit in enumerate(plan.hits):
        if not hit.reason:
            tick, label = _ticks(plan.hit_quarters(hit), division), hit.label or f"Hit {index + 1}"
            yield tick, _TEXT, 2 * len(plan.visits) + index, _text("marker", label)


def _chord_events(plan: SongPlan) -> Iterator[Event]:
    """Yield each chord as its symbol and as notes: the bass, and above it the chord in root position."""
    yield 0, _HEAD, 0, _text("track_name", CHORD_TRACK)
    division = division_of(plan)
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        for chord in visit.music.score.chords:
            on, off = _ticks(start + chord.onset, division), _ticks(start + chord.end, division)
            yield on, _TEXT, 0, _text("text", chord.symbol)
            for pitch in chord_pitches(chord):
                note = Note(chord.onset, chord.duration, pitch, _CHORD_VELOCITY)
                yield from _note_events(_Played(on, off, note), _CHORD_CHANNEL)


@dataclass(frozen=True, slots=True)
class _Played:
    """A note at the ticks at which it is heard."""

    on: int
    off: int
    note: Note
    is_given: bool = False


def _stem_events(plan: SongPlan, stem: StemPlan, channel: int, name: str) -> Iterator[Event]:
    """Yield the name and the program of a stem, its notes, and what moves while they sound."""
    program = guess_program(stem.prompt, stem.role)
    yield 0, _HEAD, 0, _text("track_name", name)
    yield 0, _HEAD, 1, Message("program_change", channel=channel, program=program)
    division = division_of(plan)
    played = _find_played_notes(plan, stem.name, division)
    for one in played:
        yield from _note_events(one, channel)
    yield from _bend_events([one for one in played if one.note.bend], channel, division)

    # under notes with vibrato the modulation wheel rises, from a third of each on, and is back at its end
    shaken = [one for one in played if one.note.articulation == "vibrato"]
    for one, after in zip(shaken, [*shaken[1:], None], strict=True) if shaken else ():
        end = one.off if after is None else min(one.off, after.on)
        for third, value in enumerate(_VIBRATO, start=1):
            tick = one.on + (one.off - one.on) * third // 3
            if tick < end:
                yield tick, _MOVE, _MODULATION, _control(channel, _MODULATION, value)
        yield end, _RELEASE, _AFTER_RELEASES, _control(channel, _MODULATION, 0)

    for visit in plan.visits:
        part = visit.music.score.parts.get(stem.name)
        for control in part.controls if part else ():
            for at, value in control.points:
                tick = max(0, _ticks(plan.position_quarters(visit) + at, division))
                yield tick, _MOVE, control.controller, _control(channel, control.controller, value)


def _find_played_notes(plan: SongPlan, stem: str, division: int) -> list[_Played]:
    """Return a stem's notes in ticks from the song's start, in the order in which they begin.

    A note ends at the latest where its pitch is struck again. Notes of the user's own keep their ends. Each
    note lasts a tick at least.
    """
    played = []
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem)
        start = plan.position_quarters(visit)
        bar = plan.grid.span_at(start).meter.bar_quarters
        kept = visit.music.given.get(stem, ())
        for note in part.notes if part else ():
            on = max(0, _ticks(start + note.sounding_onset, division))
            off = max(on + 1, _ticks(start + note.sounding_end, division))
            is_given = any(first * bar <= note.onset < last * bar for first, last in kept)
            played.append(_Played(on, off, note, is_given))
    played.sort(key=lambda one: one.on)

    next_strikes: dict[int, int] = {}
    for index, one in reversed(list(enumerate(played))):
        again = next_strikes.get(one.note.pitch, one.off)
        if one.on < again < one.off and not one.is_given:
            played[index] = replace(one, off=again)
        next_strikes[one.note.pitch] = one.on
    return played


def _note_events(one: _Played, channel: int) -> Iterator[Event]:
    """Yield a note, and what is sung on it."""
    note, sung = one.note, one.note.syllable
    if sung is not None and sung.kind != "hold":
        hyphen = "-" if sung.kind in ("begin", "middle") else ""
        yield one.on, _TEXT, 0, _text("lyrics", sung.text + hyphen)
    strike = Message("note_on", channel=channel, note=note.pitch, velocity=note.velocity)
    release = Message("note_off", channel=channel, note=note.pitch, velocity=0)
    yield one.on, _STRIKE, note.pitch, strike
    yield one.off, _RELEASE, note.pitch, release


def _bend_events(bent: Sequence[_Played], channel: int, division: int) -> Iterator[Event]:
    """Yield how the pitch wheel moves under notes in their order, and before them how far it reaches.

    A channel has one wheel: a bent note takes it from the bent note before.
    """
    if not bent:
        return
    reach = max(_BEND_SEMITONES, *(ceil(abs(height)) for one in bent for _, height in one.note.bend))
    said = [(101, 0), (100, 0), (6, reach), (38, 0), (101, 127), (100, 127)]
    for index, (controller, value) in enumerate(said):
        yield 0, _HEAD, 2 + index, _control(channel, controller, value)

    ends = [min(one.off, other.on) for one, other in pairwise(bent)] + [bent[-1].off]
    for one, end in zip(bent, ends, strict=True):
        places = [one.on + _ticks(place, division) for place, _ in one.note.bend]
        steps = {*range(one.on, end, _BEND_STEP_TICKS), *places}
        ticks = sorted(tick for tick in steps if one.on <= tick < end)
        heights = np.interp(ticks, places, [height for _, height in one.note.bend])
        before = 0
        for tick, height in zip(ticks, heights, strict=True):
            pitch = min(8191, round(8192 * float(height) / reach))
            if pitch != before:
                yield tick, _MOVE, _AFTER_RELEASES, Message("pitchwheel", channel=channel, pitch=pitch)
            before = pitch
        if before:
            yield end, _RELEASE, _AFTER_RELEASES, Message("pitchwheel", channel=channel, pitch=0)


def _control(channel: int, controller: int, value: int) -> Message:
    return Message("control_change", channel=channel, control=controller, value=value)
