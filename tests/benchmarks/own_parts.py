"""Do we write well to a tune that is given? ``python -m tests.benchmarks.own_parts [--folder F] [--held]``

Tunes with chords that nobody here wrote: lead sheets and tunes of music21's corpus, Bach's chorales by
their published analyses, and ABC files in a folder. Every third of the corpus is kept out unless ``--held``
asks for those. Their chords are taken away, and found again. Measured:

1. ``tones``: share of the notes on strong beats that belong to the chord: of the book, and of ours.
2. ``roots``: share of the beats on which our root is the book's.
3. ``given``: in songs planned around them, share of the given notes that are in the plan, and in its MIDI
   file, as they were.
4. ``clashes``: share of the beats on which a note of another player is a semitone from a given note that
   is held there (in any octave; the major seventh above a bass or a chord that has it does not count).
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mido import Message, MetaMessage, MidiFile, MidiTrack

from structure.arrange.figures import strong_positions
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import PITCHLESS
from structure.harmony.bars import chord_at
from structure.harmony.fitting import fit_chords
from structure.harmony.keys import Key
from structure.imports.reading import read_music
from structure.loading.loader import parse_spec
from structure.notation.midi import write_midi
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import ChordEvent, Note
from structure.presets.styles import load_style

_STYLES = {"tunes": "folk", "chorales": "classical", "sheets": "pop"}
_ALIGNED = 0.8
"""Share of strong tones that the book's chords have at least; a chorale with less has an analysis that
counts its bars in another way."""

_GENRES = ("folk", "pop", "jazz", "rock", "synthwave", "bossa nova", "house", "classical")
_MIDDLE = {"nottingham-dataset": "tunes", "leadSheet": "sheets", "liliuokalani": "sheets"}


@dataclass(frozen=True)
class Tune:
    """A tune and the book's chords: onsets in quarters from the first downbeat, and pitch classes, root
    first."""

    name: str
    kind: str
    key: Key
    meter: Meter
    bars: int
    notes: tuple[Note, ...]
    book: tuple[ChordEvent, ...]


def corpus_tunes(*, held: bool) -> Iterator[Tune]:
    """The tunes of music21's corpus, those that are kept out or the others."""
    from music21 import corpus

    paths = [Path(path) for path in corpus.corpora.CoreCorpus().getPaths()]
    chosen = [path for path in sorted(paths) if path.parent.name in _MIDDLE]
    for index, path in enumerate(chosen):
        if (index % 3 == 2) == held:
            yield from _abc_tunes(path, _MIDDLE[path.parent.name])
    for number in range(1, 21):
        if (number % 3 == 0) == held:
            yield from (tune for tune in _chorale(number) if strong_share(tune, tune.book) >= _ALIGNED)


def _abc_tunes(path: Path, kind: str) -> Iterator[Tune]:
    """The tunes of a file that music21 reads, with the chord symbols in them."""
    from music21 import converter

    if path.suffix != ".abc":
        yield from _tune(converter.parse(path), path.stem, kind)
        return
    written = path.read_text(encoding="utf-8", errors="replace")
    text = re.sub(r'"([^"\n]*)"', lambda found: f'"{found[1].partition("/")[0]}"', written)
    for block in re.split(r"\n(?=X:)", text):
        if '"' in block:
            title = re.search(r"^T:(.*)$", block, re.M)
            name = title[1].strip() if title else path.stem
            yield from _tune(converter.parse(block.strip() + "\n", format="abc"), name, kind)


def _tune(stream: Any, name: str, kind: str) -> Iterator[Tune]:
    part = stream.parts[0] if stream.parts else stream
    signatures = list(part.recurse().getElementsByClass("TimeSignature"))
    if len({one.ratioString for one in signatures}) != 1:
        return
    meter = Meter.parse(signatures[0].ratioString)
    flat = part.flatten()
    measures = list(part.getElementsByClass("Measure"))
    first = next((m.offset for m in measures if m.duration.quarterLength >= meter.bar_quarters), 0)
    key = _key_of(flat)
    notes, book = [], []
    for element in flat.notesAndRests:
        onset = Fraction(element.offset) - Fraction(first)
        if "ChordSymbol" in element.classes or "NoChord" in element.classes:
            if onset >= 0 and element.pitches:
                book.append((onset, element))
        elif element.isNote or element.isChord:
            length = Fraction(element.duration.quarterLength)
            if onset >= 0 and length > 0:
                notes.append(Note(onset, length, max(p.midi for p in element.pitches), 80))
    yield from _made(name, kind, key, meter, notes, book)


def _made(
    name: str,
    kind: str,
    key: Key,
    meter: Meter,
    notes: Sequence[Note],
    book: Sequence[tuple[Fraction, Any]],
) -> Iterator[Tune]:
    if not notes or not book:
        return
    end = max(note.end for note in notes)
    bars = int(-(-end // meter.bar_quarters))
    ends = [*(onset for onset, _ in book[1:]), bars * meter.bar_quarters]
    chords = [
        ChordEvent(
            symbol.figure,
            onset,
            until - onset,
            symbol.root().pitchClass,
            symbol.bass().pitchClass,
            tuple(
                dict.fromkeys((symbol.root().pitchClass, *(pitch.pitchClass for pitch in symbol.pitches)))
            ),
        )
        for (onset, symbol), until in zip(book, ends, strict=True)
        if until > onset
    ]
    yield Tune(name, kind, key, meter, bars, tuple(_one_voice(notes)), tuple(chords))


def _one_voice(notes: Sequence[Note]) -> list[Note]:
    """Notes that end where the next begins; ties are one note."""
    found: list[Note] = []
    for note in sorted(notes, key=lambda one: (one.onset, one.pitch)):
        if found and found[-1].onset == note.onset:
            found.pop()
        if found and found[-1].end > note.onset:
            found[-1] = found[-1].move_to(found[-1].onset, note.onset - found[-1].onset)
        found.append(note)
    return found


def _key_of(flat: Any) -> Key:
    found = next(iter(flat.getElementsByClass("KeySignature")), None)
    if found is None or not found.sharps:  # many programs write none where nobody set a key
        found = flat.analyze("key")
    elif not hasattr(found, "tonic"):
        mode = flat.analyze("key").mode
        found = found.asKey(mode)
    mode = found.mode if found.mode in ("major", "minor", "dorian", "mixolydian") else "major"
    return Key(found.tonic.name.replace("-", "b"), mode)


def _chorale(number: int) -> Iterator[Tune]:
    """The soprano of a chorale, and the roots of its published analysis."""
    from music21 import corpus

    analysis = corpus.parse(f"bach/choraleAnalyses/riemenschneider{number:03d}")
    score = next(
        iter(
            corpus.chorales.Iterator(number, number, numberingSystem="riemenschneider", returnType="stream")
        )
    )
    soprano = score.parts[0]
    signatures = {one.ratioString for one in soprano.recurse().getElementsByClass("TimeSignature")}
    if len(signatures) != 1:
        return
    meter = Meter.parse(next(iter(signatures)))
    bar = meter.bar_quarters
    numerals = list(analysis.recurse().getElementsByClass("RomanNumeral"))
    key = numerals[0].key
    book = [
        ((one.measureNumber - 1) * bar + Fraction(one.beat - 1) * meter.beat_quarters, one)
        for one in numerals
        if one.measureNumber
    ]
    notes = [
        Note(
            (note.measureNumber - 1) * bar + Fraction(note.beat - 1) * meter.beat_quarters,
            Fraction(note.duration.quarterLength),
            note.pitch.midi,
            80,
        )
        for note in soprano.recurse().notes
        if note.measureNumber
    ]
    home = Key(key.tonic.name.replace("-", "b"), "minor" if key.mode == "minor" else "major")
    yield from _made(f"chorale {number}", "chorales", home, meter, notes, book)


def found_chords(tune: Tune) -> tuple[ChordEvent, ...]:
    """Our chords for a tune."""
    style = load_style(_STYLES[tune.kind])
    return fit_chords(tune.notes, (), tune.bars, tune.key, tune.meter, style, closes=True)


def strong_share(tune: Tune, chords: Sequence[ChordEvent]) -> float:
    """The share of notes on strong beats that are tones of their chords."""
    bar, strong = tune.meter.bar_quarters, set(strong_positions(tune.meter))
    heard = [note for note in tune.notes if note.onset % bar in strong and note.onset >= chords[0].onset]
    return statistics.fmean(note.pitch % 12 in chord_at(chords, note.onset).pitch_classes for note in heard)


def root_share(tune: Tune, chords: Sequence[ChordEvent]) -> float:
    """The share of beats on which the root is the book's."""
    beat = tune.meter.beat_quarters
    beats = [i * beat for i in range(int(tune.bars * tune.meter.bar_quarters / beat))]
    inside = [place for place in beats if place >= tune.book[0].onset]
    return statistics.fmean(
        chord_at(chords, place).root == chord_at(tune.book, place).root for place in inside
    )


def report_chords(tunes: Sequence[Tune], *, each: bool) -> None:
    """Print how the chords that are found fit, by kind of tune."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for tune in tunes:
        chords = found_chords(tune)
        row = strong_share(tune, tune.book), strong_share(tune, chords), root_share(tune, chords)
        rows.setdefault(tune.kind, []).append(row)
        if each:
            print(f"  {tune.name[:30]:30} {tune.key.name:10} {row[0]:.2f} {row[1]:.2f} {row[2]:.2f}")
            for start in range(0, tune.bars, 8):
                print("    book", _line(tune, tune.book, start))
                print("    ours", _line(tune, chords, start))
    print(f"{'kind':10} {'tunes':>5} {'tones: book':>12} {'ours':>6} {'roots':>6}")
    for kind, found in rows.items():
        means = [statistics.fmean(column) for column in zip(*found, strict=True)]
        print(f"{kind:10} {len(found):5} {means[0]:12.3f} {means[1]:6.3f} {means[2]:6.3f}")


def _line(tune: Tune, chords: Sequence[ChordEvent], start: int) -> str:
    bar = tune.meter.bar_quarters
    cells = []
    for index in range(start, min(start + 8, tune.bars)):
        inside = [c.symbol for c in chords if index * bar <= c.onset < (index + 1) * bar]
        cells.append(" ".join(inside) or "%")
    return " | ".join(cells)


def midi_of(tune: Tune, path: Path, division: int = 480) -> None:
    """Write a tune as a MIDI file without its chords."""
    events: list[tuple[int, int, Note]] = []
    for note in tune.notes:
        events.append((round(note.onset * division), 1, note))
        events.append((round(note.end * division), 0, note))
    track = MidiTrack()
    sign = MetaMessage("time_signature", numerator=tune.meter.numerator, denominator=tune.meter.denominator)
    key = tune.key.tonic + ("m" if tune.key.is_minor else "")
    track += [MetaMessage("track_name", name="tune"), sign, MetaMessage("key_signature", key=key)]
    now = 0
    for tick, kind, note in sorted(events, key=lambda event: (event[0], event[1], event[2].pitch)):
        name = "note_on" if kind else "note_off"
        track.append(Message(name, note=note.pitch, velocity=note.velocity, time=tick - now))
        now = tick
    file = MidiFile(ticks_per_beat=division)
    file.tracks.append(track)
    file.save(path)


@dataclass
class Found:
    """Counts of one song or of many."""

    notes: int = 0
    in_plan: int = 0
    in_midi: int = 0
    beats: int = 0
    clashing: int = 0

    def add(self, other: Found) -> None:
        """Count those of another, too."""
        for name in ("notes", "in_plan", "in_midi", "beats", "clashing"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def planned_around(tune: Tune, genre: str, folder: Path) -> tuple[SongPlan, Path]:
    """A song whose refrain is the tune, which comes three times."""
    midi_of(tune, folder / "tune.mid")
    song = {
        "description": f"{genre} song",
        "form": ["verse", "chorus", "verse", "chorus", {"section": "chorus", "lift": 2}],
        "stems": [
            {"name": name, "role": name} for name in ("drums", "bass", "chords", "pad", "arpeggio", "lead")
        ],
        "sections": {"chorus": {"parts": {"lead": "tune.mid"}}, "verse": {"bars": 8}},
    }
    return plan_song(parse_spec(json.dumps(song), "song.yaml", folder)), folder / "tune.mid"


def counted(plan: SongPlan, tune: Path) -> Found:
    """What became of the given notes, and what clashes with them."""
    found = Found()
    given = [(n.start, n.pitch, n.length, n.velocity) for n in read_music(tune).parts[0].notes]
    path = tune.with_name("score.mid")
    write_midi(plan, path)
    lead = read_music(path).part("lead")
    written = {(n.start, n.pitch, n.length, n.velocity) for n in (lead.notes if lead else ())}
    for visit in plan.visits:
        if not visit.music.given:
            continue
        start, lift = plan.position_quarters(visit), visit.music.lift
        own = {
            (n.onset, n.pitch, n.duration, n.velocity, n.offset)
            for n in visit.music.score.parts["lead"].notes
        }
        found.notes += len(given)
        for onset, pitch, length, velocity in given:
            found.in_plan += (onset, pitch + lift, length, velocity, Fraction(0)) in own
            found.in_midi += (start + onset, pitch + lift, length, velocity) in written
        found.add(_clashes(plan, visit))
    return found


def _clashes(plan: SongPlan, visit: Visit) -> Found:
    """Beats with a held given note, and those on which another player is a semitone from it."""
    found = Found()
    meter, score = plan.grid_of(visit).meter, visit.music.score
    held = [note for note in score.parts["lead"].notes if note.duration >= meter.beat_quarters]
    others = [
        note
        for name, part in score.parts.items()
        if name != "lead" and part.role not in PITCHLESS
        for note in part.notes
    ]
    for index in range(visit.bars * meter.beats_per_bar):
        place = index * meter.beat_quarters
        found.beats += 1
        here = [note for note in held if note.onset <= place < note.end]
        sounding = [note for note in others if note.onset <= place < note.end]
        chord = chord_at(score.chords, place)
        found.clashing += any(
            (one.pitch - other.pitch) % 12 in (1, 11)
            and not (
                (one.pitch - other.pitch) % 12 == 11
                and one.pitch > other.pitch
                and one.pitch % 12 in chord.pitch_classes
            )
            for one in here
            for other in sounding
        )
    return found


def report_songs(tunes: Sequence[Tune], count: int) -> None:
    """Print what becomes of given notes in songs of several styles."""
    whole = Found()
    with tempfile.TemporaryDirectory() as name:
        for index, tune in enumerate(tunes[:count]):
            genre = _GENRES[index % len(_GENRES)]
            found = counted(*planned_around(tune, genre, Path(name)))
            print(f"  {tune.name[:30]:30} {genre:10} {found}")
            whole.add(found)
    print(
        f"given notes in the plan {whole.in_plan / whole.notes:.4f}, in the MIDI file "
        f"{whole.in_midi / whole.notes:.4f}; beats with a clash {whole.clashing / whole.beats:.4f}"
    )


def main() -> None:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="ABC files with chords, beside the corpus")
    parser.add_argument("--held", action="store_true", help="the tunes that are kept out")
    parser.add_argument("--each", action="store_true", help="show each tune and its chords")
    parser.add_argument("--songs", type=int, default=0, help="plan so many songs around the tunes")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    tunes = list(corpus_tunes(held=options.held))
    if options.folder is not None:
        files = [options.folder] if options.folder.is_file() else sorted(options.folder.glob("*.abc"))
        tunes += [tune for path in files for tune in _abc_tunes(path, "tunes")]
    report_chords(tunes, each=options.each)
    if options.songs:
        report_songs(tunes, options.songs)


if __name__ == "__main__":
    main()
