"""Writes what was taken from a file, or heard, as MIDI that our reader reads back as it was."""

from __future__ import annotations

import io

import mido

from structure.base.exact import Fraction
from structure.harmony.keys import parse_key
from structure.imports.song import ImportedSong

_TICKS = 480
_DRUM_CHANNEL = 9


def midi_of(song: ImportedSong) -> bytes:
    """Return a song as a MIDI file of type 1: a track of tempi, metres and keys, one of chords, one a part.

    Places are rounded to 480 parts of a quarter.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS)

    found: list[_Placed] = []
    for tempo in song.tempi:
        microseconds = round(60_000_000 / tempo.quarters_per_minute)
        found.append((tempo.start, mido.MetaMessage("set_tempo", tempo=microseconds)))
    for metre in song.metres:
        signature = {"numerator": metre.numerator, "denominator": metre.denominator}
        found.append((metre.start, mido.MetaMessage("time_signature", **signature)))
    for key in song.keys:
        name = parse_key(key.name).name.removesuffix(" major").replace(" minor", "m")
        found.append((key.start, mido.MetaMessage("key_signature", key=name)))
    file.tracks.append(_track(found))

    if song.chords:
        found = [(Fraction(0), mido.MetaMessage("track_name", name="Chords"))]
        for chord in song.chords:
            found.append((chord.start, mido.MetaMessage("lyrics", text=chord.symbol or "N.C.")))
        file.tracks.append(_track(found))

    free = [channel for channel in range(16) if channel != _DRUM_CHANNEL]
    for index, part in enumerate(song.parts):
        channel = _DRUM_CHANNEL if part.role == "drums" else free[index % len(free)]
        found = [(Fraction(0), mido.MetaMessage("track_name", name=part.name))]
        if part.program is not None:
            program = mido.Message("program_change", channel=channel, program=part.program)
            found.append((Fraction(0), program))
        for note in part.notes:
            values = {"channel": channel, "note": note.pitch}
            found.append((note.start, mido.Message("note_on", velocity=note.velocity, **values)))
            found.append((note.end, mido.Message("note_off", velocity=0, **values)))
        file.tracks.append(_track(found))

    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


_Placed = tuple[Fraction, mido.Message | mido.MetaMessage]


def _track(placed: list[_Placed]) -> mido.MidiTrack:
    """Return a track of messages in time; where notes end and begin at once, they end first."""
    ticks = [(round(place * _TICKS), message) for place, message in placed]
    ticks.sort(key=lambda one: (one[0], not one[1].is_meta, one[1].type != "note_off"))
    track, before = mido.MidiTrack(), 0
    for tick, message in ticks:
        track.append(message.copy(time=tick - before))
        before = tick
    return track
