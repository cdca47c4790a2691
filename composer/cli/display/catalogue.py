"""What comes with the package: songs and mixes, as rows of a table."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping

from songs import find_song, song_names, song_path, song_summary
from structure.base.types import ROLES
from structure.loading.loader import load_spec
from structure.presets.forms import named_forms
from structure.presets.mixes import load_mix, mix_names
from structure.presets.styles import load_style, style_names


def bundled_songs() -> list[dict[str, str]]:
    """Each bundled song with what its spec says; what it leaves to the planner is empty."""
    return [_song(name) for name in song_names()]


def songs_list(rows: Iterable[Mapping[str, str]], width: int) -> str:
    """Songs with what their specs say in a line, and what each shows below it."""
    heads = []
    for row in rows:
        facts = (row["genre"] or "by its words", row["tempo"], row["key"], row["meter"], row["length"])
        heads.append((f"{row['name']}: {', '.join(fact for fact in facts if fact)}", row["summary"]))
    return _indented(heads, width)


def forms_list(rows: Iterable[Mapping[str, str]], width: int) -> str:
    """Forms with their other names, and what each is below it."""
    heads = []
    for row in rows:
        also = f" (also {row['other names']})" if row["other names"] else ""
        styles = f" Usual in {row['styles']}." if row["styles"] else ""
        heads.append((f"{row['name']}{also}", f"{row['summary'].rstrip('.')}.{styles}"))
    return _indented(heads, width)


def _indented(heads: Iterable[tuple[str, str]], width: int) -> str:
    """Lines, each with a text below it that is wrapped and moved in."""
    indent = " " * 4
    blocks = []
    for head, text in heads:
        below = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)
        blocks.append("\n".join([head, *below]))
    return "\n".join(blocks)


def known_mixes() -> list[dict[str, str]]:
    """Each mix preset with its dynamics, its echo, how far it ducks, and the styles that have it."""
    return [_mix(name) for name in mix_names()]


def known_forms() -> list[dict[str, str]]:
    """Each form with its other names, the styles that use it most, and what it is."""
    return [
        {
            "name": form.name,
            "other names": ", ".join(form.aliases),
            "styles": ", ".join(sorted(form.genres, key=lambda genre: (-form.genres[genre], genre))[:4]),
            "summary": form.summary,
        }
        for form in named_forms().values()
    ]


_ROLES: dict[str, str] = {
    "drums": "a kit or percussion: grooves, fills, crashes",
    "bass": "a bass line that goes with the kick and the chords",
    "chords": "comping: chords in the rhythm of the style, in led voices",
    "pad": "chords that are held, under all else",
    "arpeggio": "chords one note at a time",
    "lead": "the tune, solos, and answers to another lead",
    "effects": "risers, impacts, rain and the like; no notes",
}


def known_roles() -> list[dict[str, str]]:
    """Each role of a stem, and what is written for it."""
    return [{"name": role, "summary": _ROLES[role]} for role in ROLES]


def song_document(name: str) -> dict[str, str]:
    """A bundled song, by its name or its title, as ``bundled_songs`` has it, with the text of its spec.

    Raises SpecError where there is none of that name.
    """
    name = find_song(name) or name
    return _song(name) | {"text": song_path(name).read_text(encoding="utf-8")}


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
