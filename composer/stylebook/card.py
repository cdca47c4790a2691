"""The card of a style: all that a musician asks of it, in words, grids and example chords."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from composer.stylebook.grids import FigureGrid, Groove, fill_grids, grooves_of
from composer.stylebook.named import find_style
from composer.stylebook.words import (
    FIELDS,
    describe_feel,
    describe_gestures,
    describe_harmony,
    describe_keys,
    describe_length,
    describe_presence,
    describe_sections,
    describe_shapes,
    describe_weights,
    join_words,
    percent,
    spread,
)
from structure.harmony.bars import parse_bars
from structure.harmony.keys import Key
from structure.planning.planner import plan_song
from structure.presets.families import family_of
from structure.presets.mixes import load_mix
from structure.presets.styles import Style
from structure.specs.spec import SongSpec

_SONGS = 2
"""Songs that are planned to show forms of the style."""

_DUTIES = {
    "drums": "groove and fills",
    "bass": "bass line",
    "chords": "comping",
    "pad": "held chords",
    "arpeggio": "broken chords",
    "lead": "melody",
    "vocals": "sung melody",
    "backing": "sung harmony",
}


@dataclass(frozen=True, slots=True)
class Progression:
    """Chords for a kind of section in a mode: numerals, and the same in ``key``, a key of the style."""

    mode: str
    section: str
    numerals: str
    key: str
    chords: str


@dataclass(frozen=True, slots=True)
class PlayerCard:
    """A stem of the style: its sound, what it plays, when it is there, and what may play instead."""

    name: str
    role: str
    sound: str
    plays: str
    when: str
    instead: tuple[str, ...]


@dataclass(frozen=True)
class StyleCard:
    """What a style is.

    ``family`` is "" and ``like`` the style that it builds on where the style is the user's own; ``differs``
    are the things in which it is not as that style. ``facts`` are said in words, by a heading. ``grooves``
    hold all figures, ``fills`` those of its usual metre. ``forms`` are sections with their bars, of songs
    planned in the style. ``style`` is all its data.
    """

    name: str
    family: str
    summary: str
    like: str
    differs: tuple[str, ...]
    facts: Mapping[str, str]
    grooves: tuple[Groove, ...]
    fills: tuple[FigureGrid, ...]
    progressions: tuple[Progression, ...]
    forms: tuple[str, ...]
    players: tuple[PlayerCard, ...]
    style: Style

    @property
    def meter(self) -> str:
        """Return the metre that most of its songs have, of those that figures are written for."""
        usual = max(self.style.meters, key=lambda meter: self.style.meters[meter])
        base = {"2/4": "4/4", "12/8": "6/8"}.get(usual, usual)
        return base if base in self.style.drums else "4/4"

    def document(self) -> dict[str, Any]:
        """Return the card as plain data."""
        told = {name: value for name, value in vars(self).items() if name != "style"}
        for name in ("grooves", "fills", "progressions", "players"):
            told[name] = [asdict(item) for item in told[name]]
        return {**told, "data": self.style.model_dump(mode="json", by_alias=True)}


def style_card(name: str | Path) -> StyleCard:
    """Describe a style, by its name or its file.

    Raises SpecError for a name that no style has, and for a file with faults.
    """
    named = find_style(name)
    style = named.style
    differs = []
    if named.like:  # what the file says, and what is not so in the style that it builds on
        own = [field for field in FIELDS if field in named.written]
        differs = [FIELDS[field] for field in own if named.written[field] != named.base.get(field)]

    forms = []
    for seed in range(_SONGS):
        spec = SongSpec(description="a song", genre=named.name, seed=seed)
        plan = plan_song(spec.with_own_style(named.own))
        forms.append(", ".join(f"{visit.place.label} {visit.bars}" for visit in plan.visits))

    players = []
    for stem in style.stems:
        figures = f" ({', '.join(stem.figures)})" if stem.figures else ""
        player = PlayerCard(
            name=stem.name,
            role=stem.role,
            sound=stem.prompt,
            plays=_DUTIES[stem.role] + figures,
            when=describe_presence(stem),
            instead=tuple(f"{other.prompt} ({percent(other.chance)})" for other in stem.instead),
        )
        players.append(player)

    card = StyleCard(
        name=style.name,
        family="" if named.own else family_of(style.name),
        summary=style.summary,
        like=named.like,
        differs=tuple(differs),
        facts=_facts(style),
        grooves=grooves_of(style),
        fills=(),
        progressions=tuple(_progressions(style)),
        forms=tuple(forms),
        players=tuple(players),
        style=style,
    )
    return StyleCard(**{**vars(card), "fills": fill_grids(style, card.meter)})


def _facts(style: Style) -> dict[str, str]:
    low, high = style.players
    mix = load_mix(style.mix)
    return {
        "Tempo": f"{spread(*style.tempo, 'BPM')}, songs of {describe_length(style)}",
        "Metre": describe_weights(style.meters),
        "Mode": describe_weights(style.modes),
        "Keys": describe_keys(style),
        "Feel": describe_feel(style),
        "Harmony": "; ".join(describe_harmony(style)),
        "Sections": describe_sections(style)
        + (f", all in whole blocks of {style.blocks}" if style.blocks > 1 else ""),
        "Form": f"as in real songs of {join_words(style.forms)}",
        "Band": f"{low} to {high} players; {describe_shapes(style)}",
        **describe_gestures(style),
        "Variety": ", ".join(
            f"{role} {percent(share)} of the bars" for role, share in style.variety.items()
        ),
        "Mix": f"{style.mix}: {mix.summary}",
    }


def _progressions(style: Style) -> Iterator[Progression]:
    """Yield the progressions of the modes that songs of the style are in."""
    for mode in style.modes:
        own = style.progressions.get(mode)
        if own is None or not style.keys.get(mode, style.keys.get("minor")):
            continue
        tonics = style.keys.get(mode) or style.keys["minor"]
        key = Key(tonics[0], mode)
        for section, texts in own.items():
            for text in texts:
                chords = " | ".join(
                    " ".join(dict.fromkeys(chord.symbol for chord in bar)) for bar in parse_bars(text, key)
                )
                yield Progression(mode, section, text, key.name, chords)
