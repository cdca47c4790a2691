"""Reads Standard MIDI Files of types 0 and 1, note for note.

Each channel of each track is a part; channel 10 has drums. A note that is struck again before it ended is
ended in the order of striking, as sequencers do. Markers are sections, lyrics are words, a track ``Chords``
whose texts or lyrics are chord symbols is the song's chords.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.guessing.roles import RoleHints, roles_of
from structure.imports.midi_events import NOTE_ON, PROGRAM, MidiFile, Track, read_events
from structure.imports.shaping import chord_of, moved_later, section_name, unique_names
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

DRUM_CHANNEL = 9
_LARGEST_DENOMINATOR = 64


@dataclass(slots=True)
class _Player:
    """One channel of one track: what it plays, in ticks."""

    name: str
    channel: int
    program: int | None = None
    notes: list[tuple[int, int, int, int]] = field(default_factory=list)
    stuck: int = 0


def read_midi(data: bytes, path: Path) -> ImportedSong:
    """Return what a MIDI file says, with nothing guessed but the roles.

    Raises MusicFileError where nothing can be taken.
    """
    file = read_events(data)
    left_out = list(file.left_out)
    if file.type == 2:
        left_out.append(LeftOut("header", "each track is its own song (type 2); the first was taken"))
        file.tracks[1:] = []
    players = [player for track in file.tracks for player in _players(track) if player.notes]
    left_out += [
        LeftOut(f"track {player.name!r}", f"{player.stuck} notes never end; they last to its end")
        for player in players
        if player.stuck
    ]
    ticks = file.ticks
    ends = [track.end for track in file.tracks] + [note[1] for player in players for note in player.notes]
    last = max((note[1] for player in players for note in player.notes), default=max(ends, default=0))
    chords, chord_tracks = _chords(file)
    parts = _parts([player for player in players if player.name not in chord_tracks], ticks)
    if not parts and not chords:
        raise MusicFileError("the MIDI file has no notes; nothing could be taken")
    end = Fraction(last, ticks)
    song = ImportedSong(
        path,
        "MIDI",
        title=_title(file),
        parts=parts,
        tempi=tuple(_tempi(file, left_out)),
        metres=tuple(_metres(file, left_out)),
        keys=tuple(_keys(file)),
        chords=chords,
        sections=tuple(_sections(file, end)),
        lyrics=tuple(_lyrics(file, chord_tracks)),
        end=end,
        left_out=tuple(left_out),
    )
    return _with_pickup(song)


def _players(track: Track) -> list[_Player]:
    """Return the channels of a track with their notes, in the order in which they first play."""
    name = next((_text(m.message.name) for m in track.metas if m.message.type == "track_name"), "")
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
    for (channel, pitch), left in sounding.items():
        player = players[channel]
        player.stuck += len(left)
        player.notes += [(start, max(track.end, start + 1), pitch, velocity) for start, velocity in left]
    return list(players.values())


def _parts(players: list[_Player], ticks: int) -> tuple[ImportedPart, ...]:
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
            tuple(sorted(_note(note, ticks) for note in player.notes)),
        )
        for player, role, name in zip(players, roles, names, strict=True)
    )


def _note(note: tuple[int, int, int, int], ticks: int) -> ImportedNote:
    """Return a note in quarters; one of no length lasts for a tick, or no instrument would play it."""
    on, off, pitch, velocity = note
    return ImportedNote(Fraction(on, ticks), pitch, Fraction(max(1, off - on), ticks), velocity)


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


def _tempi(file: MidiFile, left_out: list[LeftOut]) -> Iterator[ImportedTempo]:
    """Yield the tempi; the last of those at one tick counts."""
    if file.seconds_based:
        yield ImportedTempo(Fraction(0), Fraction(120))
        return
    by_tick: dict[int, int] = {}
    for tick, _, message in _metas(file, "set_tempo"):
        tempo = int(getattr(message, "tempo", 0))
        if tempo > 0:
            by_tick[tick] = tempo
        else:
            left_out.append(LeftOut(f"tick {tick}", "a tempo of no length was passed over"))
    before = None
    for tick, tempo in by_tick.items():
        if tempo != before:
            yield ImportedTempo(Fraction(tick, file.ticks), Fraction(60_000_000, tempo))
        before = tempo


def _metres(file: MidiFile, left_out: list[LeftOut]) -> Iterator[ImportedMeter]:
    by_tick: dict[int, tuple[int, int]] = {}
    for tick, _, message in _metas(file, "time_signature"):
        numerator = int(getattr(message, "numerator", 0))
        denominator = int(getattr(message, "denominator", 0))
        if 1 <= numerator <= 64 and 1 <= denominator <= _LARGEST_DENOMINATOR:
            by_tick[tick] = (numerator, denominator)
        else:
            left_out.append(LeftOut(f"tick {tick}", f"the metre {numerator}/{denominator} was passed over"))
    before = None
    for tick, metre in by_tick.items():
        if metre != before:
            yield ImportedMeter(Fraction(tick, file.ticks), *metre)
        before = metre


def _keys(file: MidiFile) -> Iterator[ImportedKey]:
    """Yield the keys. Many programs write C major where nobody set a key, so that alone says nothing."""
    by_tick = {
        tick: str(getattr(message, "key", "C")) for tick, _, message in _metas(file, "key_signature")
    }
    if set(by_tick.values()) <= {"C"}:
        return
    before = None
    for tick, key in by_tick.items():
        name = f"{key[:-1]} minor" if key.endswith("m") else f"{key} major"
        if name != before:
            yield ImportedKey(Fraction(tick, file.ticks), name)
        before = name


def _sections(file: MidiFile, end: Fraction) -> Iterator[ImportedSection]:
    """Yield a section for each marker, up to the next."""
    marks = {
        Fraction(tick, file.ticks): _text(getattr(m, "text", "")) for tick, _, m in _metas(file, "marker")
    }
    places = [(start, label) for start, label in marks.items() if label and start < end]
    for (start, label), (until, _) in pairwise([*places, (end, "")]):
        yield ImportedSection(start, until, section_name(label), label)


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
        sung = [(tick, text) for tick, text in _karaoke(file)]
    for index, (tick, text) in enumerate(sung):
        after = sung[index + 1][1] if index + 1 < len(sung) else "\n"
        ends = text.endswith(("\r", "\n")) or after[:1] in "/\\\r\n"
        words = text.strip("/\\\r\n")
        if words.strip():
            yield ImportedLyric(Fraction(tick, file.ticks), words, ends)


def _karaoke(file: MidiFile) -> Iterator[tuple[int, str]]:
    texts = [(tick, _raw(getattr(message, "text", ""))) for tick, _, message in _metas(file, "text")]
    if any(text.startswith("@K") for _, text in texts):
        yield from ((tick, text) for tick, text in texts if not text.startswith("@"))


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


def _title(file: MidiFile) -> str:
    """Return the name of the first track where it has no notes of its own, or is the only one."""
    if not file.tracks:
        return ""
    plays = any(event.kind == NOTE_ON for event in file.tracks[0].channel_events)
    return _track_name(file.tracks[0]) if not plays or len(file.tracks) == 1 else ""


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


def _with_pickup(song: ImportedSong) -> ImportedSong:
    """Return the song with a short first bar, such as 1/4 before 4/4, filled up to a whole one."""
    if len(song.metres) < 2 or song.metres[0].start != 0:
        return song
    first, second = song.metres[:2]
    if second.start != first.bar_quarters or second.bar_quarters <= first.bar_quarters:
        return song
    return moved_later(song, second.bar_quarters - first.bar_quarters, pickup=first.bar_quarters)
