"""How well files of music are read that nobody here wrote: music21's corpus and its MIDI files.

``python -m tests.benchmarks.imports`` reads two of three files of each format, ``--held`` the third that
was kept out while the readers were built. Each file is read, or refused with a reason; its notes go through
MIDI and back; and key, metre and first downbeat are guessed for its notes alone and compared with its own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import mido
import music21

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.harmony.keys import parse_key
from structure.imports.completing import complete_song
from structure.imports.reading import read_music
from structure.imports.song import ImportedSong

PACKAGE = Path(music21.__file__).parent
FORMATS = {
    "ABC": ("corpus", ".abc", 90),
    "MXL": ("corpus", ".mxl", 90),
    "MusicXML": ("corpus", ".xml", 60),
    "humdrum": ("corpus", ".krn", 15),
    "MIDI": ("midi", ".mid", 30),
}
"""Where the files of each format lie, and how many are read at most."""

_TICKS = 10_080


def files(name: str, *, held: bool) -> list[Path]:
    """The files of a format, spread evenly over all."""
    folder, ending, most = FORMATS[name]
    found = sorted((PACKAGE / folder).rglob(f"*{ending}"))
    chosen = found[:: max(1, len(found) // most)][:most]
    return [path for i, path in enumerate(chosen) if (i % 3 == 2) == held]


def comes_back(song: ImportedSong, folder: Path) -> bool:
    """Whether the notes, written as MIDI by mido's own writer, are read as they were."""
    file = mido.MidiFile(ticks_per_beat=_TICKS)
    for part in song.parts:
        for voice in lines(part.notes):
            track = mido.MidiTrack()
            events = sorted(
                [(round(n.start * _TICKS), 1, n.pitch, n.velocity) for n in voice]
                + [(round(n.end * _TICKS), 0, n.pitch, 0) for n in voice]
            )
            now = 0
            for tick, on, pitch, velocity in events:
                kind = "note_on" if on else "note_off"
                track.append(mido.Message(kind, note=pitch, velocity=velocity, time=tick - now))
                now = tick
            file.tracks.append(track)
    file.save(folder / "x.mid")
    again = read_music(folder / "x.mid")
    return bag(song) == bag(again)


def lines(notes):
    """Notes parted so that none of a pitch begins while another of it sounds."""
    voices = []
    for note in notes:
        for voice, ends in voices:  # noqa: B007
            if ends.get(note.pitch, Fraction(0)) <= note.start:
                break
        else:
            voice, ends = [], {}
            voices.append((voice, ends))
        voice.append(note)
        ends[note.pitch] = note.end
    return [voice for voice, _ in voices]


def bag(song: ImportedSong) -> Counter:
    return Counter(
        (round(n.start * _TICKS), round(n.end * _TICKS), n.pitch, n.velocity)
        for p in song.parts
        for n in p.notes
    )


def bare(song: ImportedSong) -> ImportedSong:
    """The notes alone, moved so that the first is at 0, as a player records them."""
    first = min(note.start for part in song.parts for note in part.notes)
    parts = tuple(
        replace(part, notes=tuple(replace(note, start=note.start - first) for note in part.notes))
        for part in song.parts
    )
    empty = dict.fromkeys(("tempi", "metres", "keys", "chords", "sections", "lyrics", "guesses"), ())
    return replace(song, parts=parts, pickup=Fraction(0), end=song.end - first, **empty)


def downbeat(song: ImportedSong) -> Fraction:
    """Quarters from the first note to the next bar line at or after it."""
    first = min(note.start for part in song.parts for note in part.notes)
    return min(line for line in song.bar_lines if line >= first) - first


def bass_at_end(song: ImportedSong) -> int | None:
    """The pitch class of the lowest note of the last chord: some files state a key that is not theirs."""
    notes = [note for part in song.parts if part.role != "drums" for note in part.notes]
    last = max((note.start for note in notes), default=None)
    return min((note.pitch for note in notes if note.start == last), default=-1) % 12 if notes else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--held", action="store_true")
    parser.add_argument("--each", action="store_true", help="Print each wrong guess.")
    options = parser.parse_args()
    folder, total = Path(tempfile.mkdtemp()), Counter()
    for name in FORMATS:
        count = Counter()
        for path in files(name, held=options.held):
            count["files"] += 1
            try:
                song = read_music(path)
            except MusicFileError as exc:
                count["refused"] += 1
                print(f"  refused: {exc}")
                continue
            except Exception as exc:
                count["traceback"] += 1
                print(f"  TRACEBACK: {path.name}: {exc!r}")
                continue
            count["read"] += 1
            count["same"] += comes_back(song, folder)
            compare(song, count, options.each)
        show(name, count)
        total += count
    show("all", total)


def compare(song: ImportedSong, count: Counter, each: bool) -> None:
    """Count whether key, metre and downbeat of the bare notes are guessed as the file says them."""
    if not song.parts:
        return
    guessed = complete_song(bare(song))
    if song.keys and not any(guess.field == "key" for guess in song.guesses):
        said, ours = parse_key(song.key), parse_key(guessed.key or "C")
        right = said.root == ours.root and said.is_minor == ours.is_minor
        count["key said"] += 1
        count["key"] += right
        if bass_at_end(song) == said.root:
            count["at home"] += 1
            count["key at home"] += right
        count["signature"] += set(said.scale) == set(ours.scale)
        if each and not right:
            print(f"  {song.path.name}: key {song.key}, guessed {guessed.key}")
    if song.metres and len(song.metres) == 1:
        said, ours = song.metres[0], guessed.metres[0]
        right = said.bar_quarters == ours.bar_quarters
        count["metre said"] += 1
        count["metre"] += right
        count["downbeat"] += right and downbeat(song) == downbeat(guessed)
        if each and not right:
            print(f"  {song.path.name}: metre {said}, guessed {ours}")


def show(name: str, count: Counter) -> None:
    def share(what: str, of: str) -> str:
        return f"{100 * count[what] / count[of]:.0f} %" if count[of] else "-"

    print(
        f"{name}: {count['files']} files, {count['read']} read, {count['refused']} refused, "
        f"{count['traceback']} tracebacks; notes come back {share('same', 'read')}; "
        f"of {count['key said']}: key {share('key', 'key said')}, "
        f"signature {share('signature', 'key said')}; of {count['at home']} that end on their own tonic: "
        f"key {share('key at home', 'at home')}; of {count['metre said']}: "
        f"bar {share('metre', 'metre said')}, with its first downbeat {share('downbeat', 'metre said')}",
        flush=True,
    )


if __name__ == "__main__":
    main()
