"""What comes with the package: songs and mixes, as rows of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from songs import song_names, song_path, song_summary
from structure.loading.loader import load_spec
from structure.presets.mixes import load_mix, mix_names
from structure.presets.styles import load_style, style_names


def bundled_songs() -> list[dict[str, str]]:
    """Each bundled song with what its spec says; what it leaves to the planner is empty."""
    return [_song(name) for name in song_names()]


def songs_list(rows: Iterable[Mapping[str, str]], width: int) -> str:
    """Songs with what their specs say in a line, and what each shows below it."""
    blocks = []
    for row in rows:
        facts = (row["genre"] or "by its words", row["tempo"], row["key"], row["meter"], row["length"])
        head = f"{row['name']}: {', '.join(fact for fact in facts if fact)}"
        indent = " " * 4
        shown = textwrap.wrap(row["summary"], width, initial_indent=indent, subsequent_indent=indent)
        blocks.append("\n".join([head, *shown]))
    return "\n".join(blocks)


def known_mixes() -> list[dict[str, str]]:
    """Each mix preset with its dynamics, its echo, how far it ducks, and the styles that have it."""
    return [_mix(name) for name in mix_names()]


def _mix(name: str) -> dict[str, str]:
    mix = load_mix(name)
    return {
        "name": name,
        "dynamics": f"{mix.dynamics_db:g} dB",
        "echo": mix.delay.note,
        "duck": f"{mix.duck.amount:g}",
        "styles": ", ".join(style for style in style_names() if load_style(style).mix == name),
        "summary": mix.summary,
    }


def _song(name: str) -> dict[str, str]:
    spec = load_spec(song_path(name), song_names())
    return {
        "name": name,
        "title": spec.title or "",
        "genre": spec.genre or "",
        "tempo": f"{spec.tempo:g} BPM" if spec.tempo else "",
        "key": spec.key or "",
        "meter": spec.meter or "",
        "length": f"{spec.length} s" if isinstance(spec.length, (int, float)) else spec.length or "",
        "summary": song_summary(name),
        "path": str(song_path(name)),
    }
