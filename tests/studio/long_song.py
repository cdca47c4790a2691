"""A song of ten minutes and twelve stems, as a studio would describe it; nothing of it is rendered."""

from __future__ import annotations

import random
import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route

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
        "singers": [],
        "happenings": ["enter", "leave", "stop"],
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


def show_long_song(page: Page) -> None:
    """Answer for the server: the page is told of the long song, with noise for its sound."""
    noise = random.Random(2).randbytes(2048)
    samples = bytes(int(8 * RATE * BAR_S))
    loud = {"step_s": 0.1, "lufs": [-14.0 - k % 7 for k in range(int(10 * BARS * BAR_S))]}
    page.route("**/api/state", lambda route: route.fulfill(json=long_state()))
    page.route("**/api/notes/*", lambda route: route.fulfill(json=long_notes(_name(route))))
    page.route("**/api/preview", lambda route: route.fulfill(status=404))
    page.route("**/api/history", lambda route: route.fulfill(json={"moments": []}))
    page.route("**/api/loudness", lambda route: route.fulfill(json=loud))
    page.route("**/api/peaks/**", lambda route: route.fulfill(body=noise, content_type=_BYTES))
    page.route("**/api/audio/**", lambda route: _send_samples(route, samples))


_BYTES = "application/octet-stream"


def _name(route: Route) -> str:
    return urlsplit(route.request.url).path.rsplit("/", 1)[1]


def _send_samples(route: Route, samples: bytes) -> None:
    found = re.fullmatch(r"bytes=(\d+)-(\d+)", route.request.headers.get("range", ""))
    assert found, "the page asks for sound by ranges"
    first, last = int(found[1]), int(found[2])
    route.fulfill(status=206, body=samples[: last - first + 1], content_type=_BYTES)
