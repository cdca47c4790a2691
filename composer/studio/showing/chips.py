"""What was asked for and what was decided, as chips that can be changed with a click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composer.studio.messages.models import Chip, ChipStatus
from composer.understanding.understanding import Understanding
from structure.base.lengths import format_seconds
from structure.plans.plan import SongPlan
from structure.presets.forms import form_names
from structure.presets.styles import style_names

_TONICS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_KEYS = tuple(f"{tonic} {mode}" for mode in ("major", "minor") for tonic in _TONICS)
_METERS = ("4/4", "3/4", "2/4", "6/8", "12/8", "5/4", "7/8")
_STATUS: Mapping[str, ChipStatus] = {
    "understood": "understood",
    "guessed": "guessed",
    "not understood": "not_understood",
}


def show_chips(plan: SongPlan, data: Mapping[str, Any], understood: Understanding) -> list[Chip]:
    """Return the song's main facts, then each wish of its description.

    A fact counts as guessed where nobody asked for it. ``data`` is the spec as plain data.
    """
    asked = {row.about for row in understood.rows if row.status == "understood" and row.result == "obeyed"}
    seconds = plan.music_samples / plan.grid.sample_rate
    form = " ".join(visit.place.name for visit in plan.visits)
    players = ", ".join(stem.name for stem in plan.stems)
    rows: Sequence[tuple[str, str, str, tuple[str, ...] | None]] = (
        ("genre", "Genre", plan.genre, style_names()),
        ("tempo", "Tempo", f"{float(plan.grid.tempo_bpm):g}", None),
        ("key", "Key", plan.key, _KEYS),
        ("meter", "Metre", str(plan.meter), _METERS),
        ("length", "Length", format_seconds(seconds), None),
        ("form", "Form", form, form_names()),
        ("stems", "Instruments", players, None),
    )
    facts = []
    for kind, label, value, choices in rows:
        is_asked = kind in data or (kind if kind != "stems" else "ensemble") in asked
        fact = Chip(
            kind=kind,
            label=label,
            value=value,
            status="understood" if is_asked else "guessed",
            field=[kind],
            choices=None if choices is None else list(choices),
        )
        facts.append(fact)

    wishes = [
        Chip(
            kind=f"wish:{row.about}",
            label=row.asked,
            value=row.words,
            status=_STATUS[row.status],
            field=["description"],
            span=row.span,
            became=row.became,
        )
        for row in understood.rows
    ]
    return [*facts, *wishes]
