"""What comes with the package: songs and mixes, as rows of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from songs import find_song, song_names, song_path, song_summary
from structure.base.lengths import SongLength, format_seconds, parse_length
from structure.base.types import ROLES
from structure.loading.loader import load_spec
from structure.presets.forms import list_forms
from structure.presets.mixes import load_mix, mix_names
from structure.presets.styles import load_style, style_names


def list_bundled_songs() -> list[dict[str, Any]]:
    """Return each bundled song with what its spec says; what it leaves to the planner is None."""
    return [_song(name) for name in song_names()]


def songs_list(rows: Iterable[Mapping[str, Any]], width: int) -> str:
    """Return songs with what their specs say in a line, and what each shows below it."""
    heads = []
    for row in rows:
        tempo = row["tempo_bpm"] and f"{row['tempo_bpm']:g} BPM"
        if row["bars"] is not None:
            length = f"{row['bars']} bars"
        else:
            length = "" if row["length_s"] is None else format_seconds(row["length_s"])
        facts = (row["genre"] or "by its words", tempo, row["key"], row["meter"], length)
        heads.append((f"{row['name']}: {', '.join(fact for fact in facts if fact)}", row["summary"]))
    return _indent(heads, width)


def forms_list(rows: Iterable[Mapping[str, Any]], width: int) -> str:
    """Return forms with their other names, and what each is below it."""
    heads = []
    for row in rows:
        also = f" (also {', '.join(row['other_names'])})" if row["other_names"] else ""
        styles = f" Usual in {', '.join(row['styles'])}." if row["styles"] else ""
        heads.append((f"{row['name']}{also}", f"{row['summary'].rstrip('.')}.{styles}"))
    return _indent(heads, width)


def _indent(heads: Iterable[tuple[str, str]], width: int) -> str:
    """Return lines, each with a text below it that is wrapped and moved in."""
    indent = " " * 4
    blocks = []
    for head, text in heads:
        below = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)
        blocks.append("\n".join([head, *below]))
    return "\n".join(blocks)


def list_mixes() -> list[dict[str, Any]]:
    """Return each mix preset with its dynamics, its echo, how far it ducks, and the styles that have it."""
    rows = []
    for name in mix_names():
        mix = load_mix(name)
        rows.append(
            {
                "name": name,
                "dynamics_db": mix.dynamics_db,
                "echo": mix.delay.note,
                "duck": mix.duck.amount,
                "styles": [style for style in style_names() if load_style(style).mix == name],
                "summary": mix.summary,
            }
        )
    return rows


def describe_forms() -> list[dict[str, Any]]:
    """Return each form with its other names, the styles that use it most, and what it is."""
    return [
        {
            "name": form.name,
            "other_names": list(form.aliases),
            "styles": sorted(form.genres, key=lambda genre: (-form.genres[genre], genre))[:4],
            "summary": form.summary,
        }
        for form in list_forms().values()
    ]


_ROLES: dict[str, str] = {
    "drums": "a kit or percussion: grooves, fills, crashes",
    "bass": "a bass line that goes with the kick and the chords",
    "chords": "comping: chords in the rhythm of the style, in led voices",
    "pad": "chords that are held, under all else",
    "arpeggio": "chords one note at a time",
    "lead": "the tune, solos, and answers to another lead",
    "vocals": "the tune, sung: words, or oohs and the like",
    "backing": "voices behind it: its words in refrains, oohs elsewhere",
    "effects": "risers, impacts, rain and the like; no notes",
    "audio": "a recording of your own, as it is",
}


def list_roles() -> list[dict[str, str]]:
    """Return each role of a stem, and what is written for it."""
    return [{"name": role, "summary": _ROLES[role]} for role in ROLES]


def song_document(name: str) -> dict[str, Any]:
    """Return a bundled song, found by its name or title, with the text of its spec.

    Its other fields are those of ``bundled_songs``. Raises SpecError where there is none of that name.
    """
    name = find_song(name) or name
    return _song(name) | {"text": song_path(name).read_text(encoding="utf-8")}


def _song(name: str) -> dict[str, Any]:
    spec = load_spec(song_path(name), song_names())
    length = SongLength() if spec.length is None else parse_length(spec.length)
    return {
        "name": name,
        "title": spec.title,
        "genre": spec.genre,
        "tempo_bpm": None if spec.tempo is None else float(spec.tempo),
        "key": spec.key,
        "meter": spec.meter,
        "length_s": length.seconds,
        "bars": length.bars,
        "summary": song_summary(name),
        "path": str(song_path(name)),
    }
