"""The voices of a planned song as a project of OpenUtau (USTX), so that other voices can sing them.

A word stands on its first note, ``+`` is its next syllable, and ``+~`` holds the one before: so OpenUtau's
phonemizers read it. A voice is a track, each visit a part of it. A song without voices has its tune there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from structure.base.errors import UsageError
from structure.base.exact import Fraction
from structure.base.files import write_atomically
from structure.base.grid import round_half_up
from structure.base.types import MELODIC, SUNG
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import Note

RESOLUTION = 480
"""Ticks of a quarter."""

_VERSION = "0.6"
_PHONEMIZERS = {"en": "OpenUtau.Plugin.Builtin.ArpasingPhonemizer"}
_PLAIN_PHONEMIZER = "OpenUtau.Core.DefaultPhonemizer"


def write_ustx(plan: SongPlan, path: Path) -> None:
    """Write the voices of a plan for OpenUtau. The same plan gives the same bytes.

    Raises UsageError where nobody sings or has a tune.
    """
    document = ustx_document(plan)
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)
    write_atomically(Path(path), text.encode())


def ustx_document(plan: SongPlan) -> dict[str, Any]:
    """Return the project as plain data. Raises UsageError where nobody sings or has a tune."""
    voices = ustx_stems(plan)
    if not voices:
        raise UsageError(
            f"{plan.title!r} has neither a voice nor a melody, and a USTX file has nothing else",
            field="to",
            hint="give the song `lyrics`, or a stem of the role vocals",
        )

    signatures: list[dict[str, int]] = []
    tempos: list[dict[str, float]] = []
    before = None
    for span in plan.grid.spans:
        meter, bpm = span.meter, float(span.quarters_per_minute)
        beats = {"beat_per_bar": meter.numerator, "beat_unit": meter.denominator}
        if meter != before:
            signatures.append({"bar_position": plan.grid.bar_at(span.start)[0], **beats})
        if not tempos or tempos[-1]["bpm"] != bpm:
            tempos.append({"position": _ticks(span.start), "bpm": bpm})
        before = meter
    return {
        "name": plan.title,
        "comment": "",
        "output_dir": "Vocal",
        "cache_dir": "UCache",
        "ustx_version": _VERSION,
        "resolution": RESOLUTION,
        "bpm": float(plan.grid.spans[0].quarters_per_minute),
        "beat_per_bar": plan.meter.numerator,
        "beat_unit": plan.meter.denominator,
        "expressions": {},
        "time_signatures": signatures,
        "tempos": tempos,
        "tracks": [_track(stem) for stem in voices],
        "voice_parts": [
            _part(plan, visit, stem, number)
            for number, stem in enumerate(voices)
            for visit in plan.visits
            if stem.name in visit.music.score.parts
        ],
        "wave_parts": [],
    }


def ustx_stems(plan: SongPlan) -> list[StemPlan]:
    """Return the stems that others may sing: the voices, or whoever has the tune where there are none."""
    voices = [stem for stem in plan.stems if stem.role in SUNG]
    return voices or [stem for stem in plan.stems if stem.role in MELODIC][:1]


def _ticks(quarters: Fraction) -> int:
    return round_half_up(quarters * RESOLUTION)


def _track(stem: StemPlan) -> dict[str, Any]:
    return {
        "phonemizer": _PHONEMIZERS.get(stem.language, _PLAIN_PHONEMIZER),
        "track_name": stem.name,
        "mute": False,
        "solo": False,
        "volume": 0,
        "pan": round(100 * stem.pan),
    }


def _part(plan: SongPlan, visit: Visit, stem: StemPlan, track: int) -> dict[str, Any]:
    start = plan.position_quarters(visit)
    position = _ticks(start)
    notes = visit.music.score.parts[stem.name].notes
    edges = [max(0, _ticks(start + note.sounding_onset) - position) for note in notes]
    ends = [_ticks(start + note.sounding_end) - position for note in notes]
    ends = [min(end, after) for end, after in zip(ends, [*edges[1:], ends[-1]], strict=True)]
    length = _ticks(plan.grid.quarters_at_bar(visit.end_bar)) - position
    return {
        "name": visit.place.label,
        "comment": "",
        "track_no": track,
        "position": position,
        "duration": max(length, ends[-1]),
        "notes": [
            _note(note, at, max(1, end - at)) for note, at, end in zip(notes, edges, ends, strict=True)
        ],
        "curves": [],
    }


def _note(note: Note, position: int, duration: int) -> dict[str, Any]:
    syllable, lyric = note.syllable, "a"
    if syllable is not None and syllable.kind in ("single", "begin"):
        lyric = syllable.word or syllable.text
    elif syllable is not None:
        lyric = "+~" if syllable.kind == "hold" else "+"
    return {
        "position": position,
        "duration": duration,
        "tone": note.pitch,
        "lyric": lyric,
        "pitch": {
            "data": [{"x": -40, "y": 0, "shape": "io"}, {"x": 40, "y": 0, "shape": "io"}],
            "snap_first": True,
        },
        "vibrato": {
            "length": 0,
            "period": 175,
            "depth": 25,
            "in": 10,
            "out": 10,
            "shift": 0,
            "drift": 0,
        },
        "phoneme_expressions": [],
        "phoneme_overrides": [],
    }
