"""Real music to compare with: melodies and scores from the corpus that comes with music21.

Parsing is slow, so the outcome is kept as JSON in the user's cache folder. Collections: folk songs (Essen),
fiddle tunes (Ryan's Mammoth Collection, O'Neill's, Aird's Airs), Bach's chorales, songs with chord
symbols, and works for several players or piano (Joplin, Haydn, Mozart, Beethoven, the Schumanns …). The
chords of chorales and madrigals are analyses by musicologists, written as roman numerals.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import music21
from music21 import converter, corpus
from music21.corpus import chorales

from structure.plans.score import ChordEvent, Note

VERSION = 1
"""Number of the cache's contents; another one is parsed anew."""

_SHORTEST_BARS, _LONGEST_BARS = 8, 200

_TUNES = (("essenFolksong", 180), ("ryansMammoth", 70), ("oneills1850", 50), ("airdsAirs", 40))
"""Collections in ABC, and how many tunes are taken from each, evenly spread."""

_N_CHORALES = 90
_SONGS = (
    "leadSheet/berlinAlexandersRagtime",
    "leadSheet/fosterBrownHair",
    "liliuokalani/aloha_oe",
    "johnson_j_r/lift_every_voice",
    "nottingham-dataset/reelsa-c",
)
_WORKS = ("joplin", "haydn", "mozart", "beethoven", "schumann_robert", "schumann_clara", "schubert",
"corelli",
          "weber", "chopin", "handel", "cpebach", "beach", "verdi")  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """One piece in one metre. ``notes`` are those of all parts; ``chords`` may be empty."""

    name: str
    collection: str
    bar_quarters: Fraction
    bars: int
    melody: tuple[Note, ...]
    notes: tuple[Note, ...]
    chords: tuple[ChordEvent, ...]

    @property
    def sections(self) -> list[range]:
        """Blocks of eight bars, by which this kind of music is built."""
        return [range(bar, min(bar + 8, self.bars)) for bar in range(0, self.bars, 8)]


def load_corpus(report: Callable[[str], None]) -> list[Piece]:
    """All pieces, from the cache where it is there. ``report`` gets a line for each collection."""
    path = _cache_path()
    if path.exists():
        return [_from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    pieces: list[Piece] = []
    for name, found in _collections():
        count = len(pieces)
        pieces += found
        report(f"{name}: {len(pieces) - count} pieces")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([_to_json(piece) for piece in pieces]), encoding="utf-8")
    return pieces


def _cache_path() -> Path:
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "ritornello" / f"corpus-{music21.__version__}-{VERSION}.json"


def _collections() -> Iterator[tuple[str, Iterator[Piece]]]:
    for name, count in _TUNES:
        yield name, _tunes(name, count)
    yield "chorales", _chorales()
    yield "analysed", _analysed()
    yield "songs", _scores("songs", _SONGS)
    for composer in _WORKS:
        yield composer, _scores("works", corpus.getComposer(composer))


def _spread(items: Sequence[Any], count: int) -> list[Any]:
    """``count`` of the items at even distances."""
    return [items[i * len(items) // count] for i in range(min(count, len(items)))]


def _tunes(folder: str, count: int) -> Iterator[Piece]:
    texts = []
    for path in sorted(corpus.getComposer(folder)):
        text = Path(path).read_text(encoding="utf-8", errors="replace")
        texts += [f"X:{tune}" for tune in re.split(r"(?m)^X:", text)[1:]]
    for index, text in enumerate(_spread(texts, count)):
        yield from _safely(
            lambda text=text: converter.parseData(text, format="abc"), f"{folder} {index}", folder
        )


def _chorales() -> Iterator[Piece]:
    names = [
        str(path)
        for path in sorted(corpus.getComposer("bach"))
        if re.search(r"bwv\d+\.?\d*\.mxl$", str(path))
    ]
    for name in _spread(names, _N_CHORALES):
        yield from _safely(lambda name=name: corpus.parse(name), Path(name).stem, "chorales")


def _analysed() -> Iterator[Piece]:
    """Chorales and madrigals with roman numerals in a file of their own."""
    for path in sorted([*corpus.getComposer("bach"), *corpus.getComposer("monteverdi")]):
        if not str(path).endswith(".rntxt"):
            continue
        name = Path(path).stem
        if name.startswith("riemenschneider"):
            number = int(re.findall(r"\d+", name)[0])
            by_number = chorales.Iterator(
                number, number, numberingSystem="riemenschneider", returnType="filename"
            )
            work = next(iter(by_number))
        else:
            work = str(path).removesuffix(".rntxt") + ".mxl"
        yield from _safely(lambda work=work: corpus.parse(work), name, "analysed", str(path))


def _scores(collection: str, names: Sequence[Any]) -> Iterator[Piece]:
    for name in sorted(map(str, names)):
        if not name.endswith(".rntxt"):
            yield from _safely(lambda name=name: corpus.parse(name), Path(name).stem, collection)


def _safely(
    parse: Callable[[], Any], name: str, collection: str, analysis: str | None = None
) -> Iterator[Piece]:
    """The pieces of a file; none where music21 cannot read it, or where it changes its metre."""
    try:
        parsed = parse()
        scores = list(parsed.scores) if hasattr(parsed, "scores") else [parsed]
        for number, score in enumerate(scores):
            chords = _analysis(analysis) if analysis else None
            piece = _piece(score, f"{name} {number}" if len(scores) > 1 else name, collection, chords)
            if piece is not None:
                yield piece
    except Exception as exc:  # files of the corpus fail in many ways
        print(f"  left out {name}: {type(exc).__name__}: {str(exc)[:90]}")


def _piece(score: Any, name: str, collection: str, analysis: Any | None) -> Piece | None:
    metres = {ts.ratioString for ts in score.recurse().getElementsByClass("TimeSignature")}
    if len(metres) != 1 or not score.parts:
        return None
    if analysis is None:
        expanded = [
            part.expandRepeats() if part.recurse().getElementsByClass("Repeat") else part
            for part in score.parts
        ]
    else:
        expanded = list(score.parts)
    bar = Fraction(
        next(iter(score.recurse().getElementsByClass("TimeSignature"))).barDuration.quarterLength
    )
    first = expanded[0].getElementsByClass("Measure").first()
    if first is None:
        return None
    length = Fraction(first.duration.quarterLength)
    pickup = bar - length if length < bar else Fraction(0)
    parts = [_notes(part, pickup, melodic=index == 0) for index, part in enumerate(expanded)]
    notes = tuple(sorted(note for part in parts for note in part))
    if len(parts[0]) < 16:
        return None
    bars = int(-(-max(note.end for note in parts[0]) // bar))
    if not _SHORTEST_BARS <= bars <= _LONGEST_BARS:
        return None
    chords = _symbols(score, pickup) if analysis is None else _numerals(analysis, pickup)
    return Piece(name, collection, bar, bars, tuple(parts[0]), notes, chords)


def _analysis(path: str) -> Any:
    return converter.parse(path, format="romantext")


def _notes(part: Any, pickup: Fraction, *, melodic: bool) -> list[Note]:
    """The notes of a part, ties joined, grace notes left out; of a melody the highest at each moment."""
    found: dict[tuple[Fraction, int], Note] = {}
    for element in part.stripTies().flatten().notes:
        duration = Fraction(element.duration.quarterLength)
        if "ChordSymbol" in element.classes or "Unpitched" in element.classes or duration <= 0:
            continue
        onset = pickup + Fraction(element.offset)
        pitches = [pitch.midi for pitch in element.pitches]
        for pitch in [max(pitches)] if melodic else pitches:
            found[onset, pitch] = Note(onset, duration, pitch, 90)
    notes = sorted(found.values())
    if not melodic:
        return notes
    top = {note.onset: note for note in notes}
    return [top[onset] for onset in sorted(top)]


def _symbols(score: Any, pickup: Fraction) -> tuple[ChordEvent, ...]:
    symbols = sorted(score.flatten().getElementsByClass("ChordSymbol"), key=lambda s: s.offset)
    return _events([(pickup + Fraction(s.offset), s) for s in symbols if s.pitches], score, pickup)


def _numerals(analysis: Any, pickup: Fraction) -> tuple[ChordEvent, ...]:
    flat = analysis.flatten()
    first = analysis.parts[0].getElementsByClass("Measure").first()
    bar = Fraction(next(iter(flat.getElementsByClass("TimeSignature"))).barDuration.quarterLength)
    length = Fraction(first.duration.quarterLength)
    shift = bar - length if length < bar else Fraction(0)
    numerals = list(flat.getElementsByClass("RomanNumeral"))
    return _events([(shift + Fraction(n.offset), n) for n in numerals], analysis, pickup)


def _events(found: list[tuple[Fraction, Any]], score: Any, pickup: Fraction) -> tuple[ChordEvent, ...]:
    ends = [*(onset for onset, _ in found[1:]), pickup + Fraction(score.highestTime)]
    events = []
    for (onset, chord), end in zip(found, ends, strict=False):
        if end > onset:
            root = chord.root().pitchClass
            tones = tuple(dict.fromkeys([root, *(pitch.pitchClass for pitch in chord.pitches)]))
            events.append(
                ChordEvent(chord.figure, onset, end - onset, root, chord.bass().pitchClass, tones)
            )
    return tuple(events)


def _to_json(piece: Piece) -> dict[str, Any]:
    def rows(notes: Sequence[Note]) -> list[list[Any]]:
        return [[str(n.onset), str(n.duration), n.pitch] for n in notes]

    return {
        "name": piece.name,
        "collection": piece.collection,
        "bar_quarters": str(piece.bar_quarters),
        "bars": piece.bars,
        "melody": rows(piece.melody),
        "notes": rows(piece.notes) if len(piece.notes) != len(piece.melody) else None,
        "chords": [
            [c.symbol, str(c.onset), str(c.duration), c.root, c.bass, list(c.pitch_classes)]
            for c in piece.chords
        ],
    }


def _from_json(row: dict[str, Any]) -> Piece:
    def notes(rows: list[list[Any]]) -> tuple[Note, ...]:
        return tuple(Note(Fraction(on), Fraction(length), pitch, 90) for on, length, pitch in rows)

    melody = notes(row["melody"])
    return Piece(
        row["name"],
        row["collection"],
        Fraction(row["bar_quarters"]),
        row["bars"],
        melody,
        melody if row["notes"] is None else notes(row["notes"]),
        tuple(
            ChordEvent(symbol, Fraction(on), Fraction(length), root, bass, tuple(tones))
            for symbol, on, length, root, bass, tones in row["chords"]
        ),
    )
