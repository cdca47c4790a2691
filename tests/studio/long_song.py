"""A song of ten minutes and twelve stems, as a studio would describe it; nothing of it is rendered."""

from __future__ import annotations

import random
from typing import Any

RATE, BAR_S, BARS, STEMS, SECTION_BARS = 44100, 2.0, 300, 12, 10


def long_state() -> dict[str, Any]:
    """Return a state whose song is ten minutes long."""
    draw = random.Random(1)
    sections = [_section(index, draw) for index in range(BARS // SECTION_BARS)]
    files = [
        {
            "name": name,
            "samples": int(BARS * BAR_S * RATE),
            "channels": 2,
            "sample_rate": RATE,
            "etag": name,
        }
        for name in ["master", *(f"stem{k}" for k in range(STEMS))]
    ]
    rendering = {"files": files, "loudness_lufs": -14.0, "true_peak_dbtp": -1.0, "sections": []}
    song = {
        "sample_rate": RATE,
        "length_s": BARS * BAR_S,
        "length_samples": int(BARS * BAR_S * RATE),
        "music_end_s": BARS * BAR_S,
        "title": "Ten Minutes",
        "description": "",
        "genre": "house",
        "tempo": 120,
        "meter": "4/4",
        "key": "C major",
        "seed": 1,
        "backend": "embedded",
        "notes": [],
        "chips": [],
        "sections": sections,
        "stems": [_stem(k) for k in range(STEMS)],
        "bars": [_bar(k) for k in range(BARS)],
        "chords": [_chord(k) for k in range(BARS)],
        "energy": [draw.random() for _ in range(BARS)],
        "lead": "stem0",
    }
    return {
        "revision": 1,
        "is_open": True,
        "title": "Ten Minutes",
        "file": "long.yaml",
        "folder": "long",
        "text": "title: Ten Minutes\n",
        "song": song,
        "faults": [],
        "undo": None,
        "redo": None,
        "history": [],
        "render": {"is_current": True, "now": rendering, "before": None},
        "jobs": [],
    }


def _bar(k: int) -> dict[str, Any]:
    beats = [k * BAR_S + beat * BAR_S / 4 for beat in range(4)]
    return {
        "index": k,
        "start_s": k * BAR_S,
        "end_s": (k + 1) * BAR_S,
        "beats_s": beats,
        "meter": "4/4",
        "tempo": 120,
    }


def _chord(k: int) -> dict[str, Any]:
    symbol = ("C", "Am7", "Fmaj7", "G7/B")[k % 4]
    return {
        "symbol": symbol,
        "start_s": k * BAR_S,
        "end_s": (k + 1) * BAR_S,
        "bar": k,
        "beat": 1,
        "section": k // SECTION_BARS,
    }


def _stem(k: int) -> dict[str, Any]:
    return {
        "name": f"stem{k}",
        "role": "chords",
        "prompt": "",
        "negative_prompt": "",
        "gain_db": 0,
        "pan": 0,
        "lowest": 40,
        "highest": 80,
        "has_notes": True,
        "is_rendered": True,
        "path": ["stems", k],
    }


def _section(index: int, draw: random.Random) -> dict[str, Any]:
    name, first = f"part{index % 6}", index * SECTION_BARS
    start, end = first * BAR_S, (first + SECTION_BARS) * BAR_S
    return {
        "index": index,
        "name": name,
        "section": name,
        "visit": 1 + index // 6,
        "variation": 0,
        "lift": 0,
        "key": "C major",
        "energy": draw.random(),
        "start_s": start,
        "end_s": end,
        "start_sample": int(start * RATE),
        "end_sample": int(end * RATE),
        "first_bar": first,
        "bars": SECTION_BARS,
        "returns_of": index % 6 if index >= 6 else None,
        "colour": index % 6,
        "playing": [f"stem{k}" for k in range(STEMS)],
        "prompts": {},
        "takes": {},
        "events": [],
        "lyrics": "",
        "seed": 1,
        "chords": "C",
        "section_path": ["sections", name],
        "visit_path": ["form", index],
        "visit_value": {"section": name},
        "is_rendered": True,
        "is_ready": True,
    }


def long_notes(stem: str) -> dict[str, Any]:
    """Return some thousand notes."""
    notes = [
        [k * 0.25, 0.2, 50 + k * 7 % 24, 90, int(k * 0.25 / BAR_S / SECTION_BARS), False]
        for k in range(2400)
    ]
    return {"stem": stem, "role": "chords", "notes": notes, "written": [["0", "1"]] * 2400, "syllables": []}
