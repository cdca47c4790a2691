"""Reads Standard MIDI Files of types 0 and 1, note for note.

Each channel of each track is a part; channel 10 has drums. A note that is struck again before it ended is
ended in the order of striking, as sequencers do. Markers are sections, lyrics are words, a track ``Chords``
whose texts or lyrics are chord symbols is the song's chords.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.guessing.roles import RoleHints, roles_of
from structure.imports.midi_events import NOTE_ON, PROGRAM, MidiFile, Track, read_events
from structure.imports.shaping import chord_of, move_later, section_name, unique_names
from structure.imports.song import (
    ImportedChord,
    ImportedKey,
    ImportedLyric,
    ImportedMeter,
    ImportedNote,
    ImportedPart,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
    LeftOut,
)

V = TypeVar("V")

DRUM_CHANNEL = 9
_LARGEST_DENOMINATOR = 64


@dataclass(slots=True)
class _Player:
    """One channel of one track: what it plays, in ticks."""

    name: str
    channel: int
    program: int | None = None
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)


def read_midi(data: bytes, path: Path) -> ImportedSong:
    """Return what a MIDI file says, with nothing guessed but the roles.

    Raises MusicFileError where nothing can be taken.
    """
    file = read_events(data)
    left_out = list(file.left_out)
    if file.type == 2:
        left_out.append(LeftOut("header", "each track is its own song (type 2); the first was taken"))
        file.tracks[1:] = []

    players = [one for track in file.tracks for one in _players(track, left_out) if one.notes]
    stops = [note[1] for player in players for note in player.notes]
    end = Fraction(max(stops or [track.end for track in file.tracks], default=0), file.ticks)

    chords, chord_tracks = _chords(file)
    parts = _parts([player for player in players if player.name not in chord_tracks], file.ticks)
    if not parts and not chords:
        raise MusicFileError("the MIDI file has no notes; nothing could be taken")
    tempi, metres, keys, sections = _timeline(file, end, left_out)

    # the first track has the title where it has no notes of its own, or is the only one
    head = file.tracks[0] if file.tracks else Track(1)
    plays = any(event.kind == NOTE_ON for event in head.channel_events)
    title = _track_name(head) if not plays or len(file.tracks) == 1 else ""
    song = ImportedSong(
        path,
        "MIDI",
        title=title,
        parts=parts,
        tempi=tempi,
        metres=metres,
        keys=keys,
        chords=chords,
        sections=sections,
        lyrics=tuple(_lyrics(file, chord_tracks)),
        end=end,
        left_out=tuple(left_out),
    )

    # a short first bar, such as 1/4 before 4/4, is filled up to a whole one
    if len(metres) > 1 and metres[0].start == 0:
        first, second = metres[:2]
        missing = second.bar_quarters - first.bar_quarters
        if second.start == first.bar_quarters and missing > 0:
            return move_later(song, missing, pickup=first.bar_quarters)
    return song


def _players(track: Track, left_out: list[LeftOut]) -> list[_Player]:
    """Return the channels of a track with their notes, in the order in which they first play."""
    name = _track_name(track)
    players: dict[int, _Player] = {}
    sounding: dict[tuple[int, int], deque[tuple[int, int]]] = defaultdict(deque)
    for event in track.channel_events:
        player = players.setdefault(event.channel, _Player(name, event.channel))
        key = (event.channel, event.first)
        if event.kind == PROGRAM:
            player.program = event.first if player.program is None or not player.notes else player.program
        elif event.kind == NOTE_ON and event.second > 0:
            sounding[key].append((event.tick, event.second))
        elif sounding[key]:
            start, velocity = sounding[key].popleft()
            player.notes.append((start, event.tick, event.first, velocity))

    stuck: Counter[int] = Counter()
    for (channel, pitch), left in sounding.items():
        stuck[channel] += len(left)
        players[channel].notes += [
            (start, max(track.end, start + 1), pitch, velocity) for start, velocity in left
        ]
    left_out += [
        LeftOut(f"track {name!r}", f"{stuck[channel]} notes never end; they last to its end")
        for channel in players
        if stuck[channel]
    ]
    return list(players.values())


def _parts(players: list[_Player], ticks: int) -> tuple[ImportedPart, ...]:
    # A note of no length lasts for a tick, or no instrument would play it.
    notes = [
        sorted(
            ImportedNote(Fraction(on, ticks), pitch, Fraction(max(1, off - on), ticks), velocity)
            for on, off, pitch, velocity in player.notes
        )
        for player in players
    ]
    hints = [
        RoleHints(
            player.name,
            player.channel == DRUM_CHANNEL,
            player.program,
            tuple((Fraction(on, ticks), Fraction(off, ticks), pitch) for on, off, pitch, _ in player.notes),
        )
        for player in players
    ]
    roles = roles_of(hints)
    names = unique_names([player.name or role for player, role in zip(players, roles, strict=True)])
    return tuple(
        ImportedPart(
            name,
            role,
            player.program if player.program is not None or role != "drums" else 0,
            tuple(played),
        )
        for player, role, name, played in zip(players, roles, names, notes, strict=True)
    )


def _metas(file: MidiFile, *kinds: str) -> Iterator[tuple[int, int, object]]:
    """Yield ``(tick, track number, message)`` of the whole file, in the order of time."""
    found = [
        (meta.tick, track.number, order, meta.message)
        for track in file.tracks
        for order, meta in enumerate(track.metas)
        if meta.message.type in kinds
    ]
    for tick, number, _, message in sorted(found, key=lambda entry: entry[:3]):
        yield tick, number, message


def _timeline(
    file: MidiFile, end: Fraction, left_out: list[LeftOut]
) -> tuple[
    tuple[ImportedTempo, ...],
    tuple[ImportedMeter, ...],
    tuple[ImportedKey, ...],
    tuple[ImportedSection, ...],
]:
    """Return the tempi, the metres, the keys and the sections; the last of those at one tick counts."""
    tempi: dict[int, int] = {}
    for tick, _, message in _metas(file, "set_tempo") if not file.seconds_based else ():
        tempo = int(getattr(message, "tempo", 0))
        if tempo > 0:
            tempi[tick] = tempo
        else:
            left_out.append(LeftOut(f"tick {tick}", "a tempo of no length was passed over"))
    if file.seconds_based:
        tempi[0] = 500_000

    metres: dict[int, tuple[int, int]] = {}
    for tick, _, message in _metas(file, "time_signature"):
        numerator = int(getattr(message, "numerator", 0))
        denominator = int(getattr(message, "denominator", 0))
        if 1 <= numerator <= 64 and 1 <= denominator <= _LARGEST_DENOMINATOR:
            metres[tick] = (numerator, denominator)
        else:
            left_out.append(LeftOut(f"tick {tick}", f"the metre {numerator}/{denominator} was passed over"))

    keys = {tick: str(getattr(message, "key", "C")) for tick, _, message in _metas(file, "key_signature")}
    if set(keys.values()) <= {"C"}:
        keys = {}  # many programs write C major where nobody set a key, so that alone says nothing
    names = {
        tick: f"{key[:-1]} minor" if key.endswith("m") else f"{key} major" for tick, key in keys.items()
    }

    # each marker begins a section, up to the next
    labels = {tick: _text(getattr(message, "text", "")) for tick, _, message in _metas(file, "marker")}
    ticks = file.ticks
    marks = [(Fraction(at, ticks), label) for at, label in labels.items() if label and at < end * ticks]
    return (
        tuple(ImportedTempo(Fraction(at, ticks), Fraction(60_000_000, one)) for at, one in _changes(tempi)),
        tuple(ImportedMeter(Fraction(at, ticks), *metre) for at, metre in _changes(metres)),
        tuple(ImportedKey(Fraction(at, ticks), name) for at, name in _changes(names)),
        tuple(
            ImportedSection(start, until, section_name(label), label)
            for (start, label), (until, _) in pairwise([*marks, (end, "")])
        ),
    )


def _changes(by_tick: dict[int, V]) -> Iterator[tuple[int, V]]:
    """Yield the entries that are others than those before them."""
    before = None
    for tick, value in by_tick.items():
        if value != before:
            yield tick, value
        before = value


def _lyrics(file: MidiFile, chord_tracks: Iterable[str]) -> Iterator[ImportedLyric]:
    """Yield syllables. Karaoke files have them as texts, where ``/`` and ``\\`` begin a line."""
    names = {track.number: _track_name(track) for track in file.tracks}
    skipped = set(chord_tracks)
    sung = [
        (tick, _raw(getattr(message, "text", "")))
        for tick, number, message in _metas(file, "lyrics")
        if names.get(number) not in skipped
    ]
    if not sung:
        texts = [(tick, _raw(getattr(message, "text", ""))) for tick, _, message in _metas(file, "text")]
        if any(text.startswith("@K") for _, text in texts):
            sung = [(tick, text) for tick, text in texts if not text.startswith("@")]

    for index, (tick, text) in enumerate(sung):
        after = sung[index + 1][1] if index + 1 < len(sung) else "\n"
        ends = text.endswith(("\r", "\n")) or after[:1] in "/\\\r\n"
        words = text.strip("/\\\r\n")
        if words.strip():
            yield ImportedLyric(Fraction(tick, file.ticks), words, ends)


def _chords(file: MidiFile) -> tuple[tuple[ImportedChord, ...], set[str]]:
    """Return the chords of a track whose texts are chord symbols, be they lyrics, and its name."""
    for track in file.tracks:
        texts = [
            (m.tick, _text(m.message.text)) for m in track.metas if m.message.type in ("text", "lyrics")
        ]
        if _track_name(track).casefold() == "chords" and texts and all(chord_of(t) for _, t in texts):
            chords = tuple(
                ImportedChord(Fraction(tick, file.ticks), (chord_of(text) or ("", True))[0])
                for tick, text in texts
            )
            return chords, {_track_name(track)}
    return (), set()


def _track_name(track: Track) -> str:
    return next((_text(meta.message.name) for meta in track.metas if meta.message.type == "track_name"), "")


def _raw(text: object) -> str:
    """Return the text of an event: UTF-8 where it is that, or else Latin-1, as mido reads it."""
    plain = str(text)
    try:
        return plain.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return plain


def _text(text: object) -> str:
    """Return a name or label in one line, without what cannot be printed."""
    words = "".join(sign if sign.isprintable() else " " for sign in _raw(text))
    return re.sub(r"\s+", " ", words).strip()[:120]
