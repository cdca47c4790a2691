"""Grooves by name, and what each does to a style. Data in ``data/grooves.yaml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

from structure.base.datafiles import read_data
from structure.presets.genres import plain_words
from structure.presets.styles import Feel, FiguresByLevel, FigureTable, Level, Style, Swing

_TABLES: tuple[Literal["drums", "bass", "chords", "arpeggio"], ...] = (
    "drums",
    "bass",
    "chords",
    "arpeggio",
)
_LEVELS: tuple[Level, ...] = ("low", "mid", "high")
STRAIGHT = "straight"


def groove_called(words: str) -> str | None:
    """Return the name of the groove that words mean, None where none goes by them."""
    return _names().get(plain_words(words.replace("_", " ").replace("-", " ")))


def with_grooves(style: Style, names: Sequence[str]) -> Style:
    """Return a style changed by grooves, one after another.

    What a groove says of figures, swing, feel and syncopation takes the place of what the style has. A
    style that is native to the groove keeps its figures. A style that swings as much or more keeps its
    swing, unless the groove names a unit or is straight. Roles with new figures no longer vary them. Raises
    KeyError for a name that is no groove's.
    """
    for name in names:
        groove = _grooves()[name]
        replaced = () if style.name in groove.get("native", ()) else _TABLES
        changes: dict[str, Any] = {
            table: _figures(getattr(style, table), groove[table]) for table in replaced if table in groove
        }
        if "chords" in changes or "arpeggio" in changes:
            changes["stems"] = tuple(stem.model_copy(update={"figures": ()}) for stem in style.stems)
        # Bars that stray from the figure would leave the groove.
        changes["variety"] = {role: 0.0 if role in changes else own for role, own in style.variety.items()}
        if "swing" in groove:
            # A style that swings as much or more keeps its own, unless a unit or no swing is asked for.
            asked = groove["swing"]
            swing = Swing(unit=style.swing.unit, share="1/2").model_copy(update=dict(asked))
            is_clearer = swing.first_share > style.swing.first_share
            if is_clearer or "unit" in asked or asked["share"] == "1/2":
                changes["swing"] = swing
        if "feel" in groove:
            # Nobody stays ahead of the beat where all lie behind it.
            parts = {role: max(0.0, ms) for role, ms in style.feel.parts.items()}
            changes["feel"] = Feel(**{**style.feel.model_dump(), "parts": parts, **groove["feel"]})
        if "syncopation" in groove:
            changes["melody_syncopation"] = groove["syncopation"]
        style = style.model_copy(update=changes)
    return style


def roles_with_figures(name: str) -> frozenset[str]:
    """Return the roles whose figures a groove decides. Raises KeyError for what is no groove's name."""
    return frozenset(role for role in _TABLES if role in _grooves()[name])


def _figures(own: FigureTable, asked: Mapping[str, Mapping[Level, Sequence[str]]]) -> FigureTable:
    """Return a style's table with the figures of a groove, in the metres for which the groove has some.

    At each level these are the ones that the style uses in that metre already, or else the groove's first.
    """
    found: FigureTable = dict(own)
    for base, levels in asked.items():
        used = {name for names in own.get(base, {}).values() for name in names}
        table: FiguresByLevel = {}
        for level in _LEVELS:
            names = levels[level]
            table[level] = tuple(name for name in names if name in used) or tuple(names[:1])
        found[base] = table
    return found


@cache
def _grooves() -> Mapping[str, Mapping[str, Any]]:
    grooves: Mapping[str, Mapping[str, Any]] = read_data("grooves.yaml")
    return grooves


@cache
def _names() -> Mapping[str, str]:
    return {
        plain_words(words): name
        for name, groove in _grooves().items()
        for words in (name, *groove.get("also", ()))
    }
