"""MIDI files by hand, for tests of music that comes from the user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mido import Message, MetaMessage, MidiFile, MidiTrack

MidiNote = tuple[float, float, int, int]
"""Start and length in quarters, pitch and velocity."""


def write_notes(
    path: Path,
    tracks: Sequence[tuple[str, Iterable[MidiNote]]],
    *,
    meter: tuple[int, int] = (4, 4),
    key: str = "G",
    tempo: int = 100,
    division: int = 480,
    channel: int = 0,
) -> Path:
    """Write tracks by their names, with a metre, a key and a tempo."""
    file = MidiFile(ticks_per_beat=division)
    for name, notes in tracks:
        track = MidiTrack()
        track.append(MetaMessage("track_name", name=name))
        track.append(MetaMessage("set_tempo", tempo=round(60_000_000 / tempo)))
        track.append(MetaMessage("time_signature", numerator=meter[0], denominator=meter[1]))
        track.append(MetaMessage("key_signature", key=key))
        events: list[tuple[int, int, int, int]] = []
        for start, length, pitch, velocity in notes:
            events.append((round(start * division), 1, pitch, velocity))
            events.append((round((start + length) * division), 0, pitch, 0))
        now = 0
        for tick, strikes, pitch, velocity in sorted(events):
            kind = "note_on" if strikes else "note_off"
            track.append(Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
            now = tick
        file.tracks.append(track)
    file.save(path)
    return path


def in_quarters(text: str, velocity: int = 80) -> list[MidiNote]:
    """Notes from ``"G4:1 A4:.5"``: names with octaves and lengths in quarters, one after another."""
    steps = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
    found, now = [], 0.0
    for word in text.split():
        name, length = word.split(":")
        if name != "z":
            pitch = 12 * (int(name[-1]) + 1) + steps[name[0]] + name.count("#")
            found.append((now, float(length), pitch, velocity))
        now += float(length)
    return found
