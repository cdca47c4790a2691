"""Reads humdrum's ``**kern`` by music21, which is slow to import, so that only such files wait for it."""

from __future__ import annotations

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.musicxml import key_of_signature
from structure.imports.shaping import decode_any_text
from structure.imports.song import ImportedSong
from structure.imports.written import WrittenBar, WrittenNote, WrittenVoice, play_sheet

_LARGEST = 2 * 1024 * 1024
_USUAL_VELOCITY = 80
_EXACT = 10_080
"""Lengths are fractions of no larger denominator: music21 keeps some of them as floats."""


def read_humdrum(data: bytes, path: Path) -> ImportedSong:
    """Return the spines of a ``**kern`` file as parts. Raises MusicFileError where it has none."""
    text = decode_any_text(data)
    if "**kern" not in text or len(data) > _LARGEST:
        why = "it has no **kern spine" if "**kern" not in text else f"larger than {_LARGEST >> 20} MiB"
        raise MusicFileError(f"this humdrum file cannot be read: {why}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score: Any = import_module("music21.converter").parse(text, format="humdrum")
    except Exception as exc:  # music21 raises errors of many classes for wrong files
        why = (str(exc).splitlines() or ["?"])[0][:100]
        raise MusicFileError(f"music21 cannot read this humdrum file: {why}; nothing was taken") from exc

    voices, bars = [], list[WrittenBar]()
    for number, part in enumerate(list(score.parts)):
        voices.append(WrittenVoice(str(part.partName or "")[:60]))
        for index, measure in enumerate(part.getElementsByClass("Measure")):
            if index == len(bars):
                bars.append(WrittenBar())
            _read_measure(measure, bars[index], number)
    bars = [bar for bar in bars if bar.length > 0]
    title = str(getattr(score.metadata, "title", None) or "")[:120]
    song = play_sheet(path, "humdrum", title, voices, bars)
    if not song.parts:
        raise MusicFileError("the humdrum file has no notes; nothing could be taken")
    return song


def _read_measure(measure: Any, bar: WrittenBar, number: int) -> None:
    for element in measure.recurse():
        at = _exact(element.getOffsetInHierarchy(measure))
        kinds = set(element.classes)
        if "TimeSignature" in kinds and element.denominator:
            bar.meter = bar.meter or (int(element.numerator), int(element.denominator))
        elif "Key" in kinds:
            bar.key = f"{element.tonic.name.replace('-', 'b')} {element.mode}"
        elif "KeySignature" in kinds:
            bar.key = bar.key or key_of_signature(int(element.sharps), "")
        elif "MetronomeMark" in kinds and number == 0:
            tempo = element.getQuarterBPM()
            bar.tempi += [(at, _exact(tempo))] if tempo else []
        elif "NotRest" in kinds and not element.duration.isGrace:
            length = _exact(element.quarterLength)
            for note in element.notes if element.isChord else [element]:
                tie = note.tie or element.tie
                tied = tie is not None and tie.type in ("stop", "continue")
                if length > 0 and hasattr(note, "pitch"):
                    pitch = int(note.pitch.midi)
                    bar.notes[number].append(WrittenNote(at, length, pitch, _USUAL_VELOCITY, tied))
    bar.length = max(bar.length, _exact(measure.duration.quarterLength))


def _exact(value: Any) -> Fraction:
    return Fraction(Fraction(value).limit_denominator(_EXACT))
