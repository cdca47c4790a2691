"""Styles: what is usual in a genre.

Data in ``data/styles/*.yaml``, each over the style that it is ``like``, and over ``style_defaults.yaml``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.datafiles import merge, names_of_data, read_data
from structure.base.errors import Fault, SpecError, did_you_mean
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import Bars, Bpm, EffectName, Pan, Role, SectionName, StemName, UnitInterval
from structure.presets.arrangements import Arrangement
from structure.presets.gestures import Gestures
from structure.presets.harmony import HarmonicRhythm, Modulations
from structure.presets.tunes import TuneStyle

Level = Literal["low", "mid", "high"]
"""How busy a figure is, by the energy of its section."""

Voicing = Literal["close", "power"]
"""``power``: root, fifth and octave, low, as an overdriven guitar plays them."""

PartWriting = Literal["free", "strict"]
"""``strict``: three upper voices over the bass, without parallel fifths and octaves."""

FiguresByLevel = dict[Level, tuple[str, ...]]
FigureTable = dict[str, FiguresByLevel]
"""Names of figures per base metre (4/4, 3/4 and 6/8) and level."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Substitute(_Model):
    """Another instrument that takes the place of a style's stem in ``chance`` (a share) of the songs.

    What it leaves out is that of the stem.
    """

    prompt: str
    chance: UnitInterval
    name: StemName | None = None
    pan: Pan | None = None
    reverb: UnitInterval | None = None
    plays_from: UnitInterval | None = Field(default=None, alias="from")
    until: UnitInterval | None = None
    voicing: Voicing | None = None


class StyleStem(_Model):
    """A stem that a style brings along, in ``chance`` (a share) of the songs.

    It plays where the section's energy is ``from`` … ``until``. ``figures`` are its own, in the metres that
    they have, instead of those of the style for its role.
    """

    name: StemName
    role: Role
    prompt: str
    pan: Pan = 0.0
    reverb: UnitInterval = 0.1
    plays_from: UnitInterval | None = Field(default=None, alias="from")
    until: UnitInterval = 1.0
    voicing: Voicing = "close"
    figures: tuple[str, ...] = ()
    chance: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    instead: tuple[Substitute, ...] = ()

    @model_validator(mode="after")
    def check_chances_add_up(self) -> Self:
        """Refuse substitutes whose chances add up to more than 1."""
        total = sum(other.chance for other in self.instead)
        if total > 1.0 + 1e-9:
            raise ValueError(f"the chances of those who play instead add up to {total:g}; at most 1")
        return self

    @model_validator(mode="after")
    def check_it_is_a_player(self) -> Self:
        """Refuse recordings and effects, which are no players; a style has effects by their names."""
        if self.role == "audio":
            raise ValueError("recordings are no stems of a style")
        if self.role == "effects":
            raise ValueError("effects are no stems of a style; write them as `effects: {riser: 0.5}`")
        return self

    def sounds(self) -> tuple[Self, ...]:
        """Return the stem as it may sound: itself, and each that may play instead of it."""
        plain = self.model_copy(update={"instead": ()})
        said = (
            {key: value for key, value in other if value is not None and key != "chance"}
            for other in self.instead
        )
        return plain, *(plain.model_copy(update=changes) for changes in said)


@cache
def _share_of(text: str) -> Fraction:
    return Fraction(text)


class Swing(_Model):
    """``share`` of the first of two halves of a ``unit`` pair: 1/2 is straight, 2/3 a triplet shuffle.

    ``unit`` is the note that is swung: two eighths make a quarter, two sixteenths an eighth.
    """

    unit: Literal["eighth", "sixteenth"] = "eighth"
    share: Annotated[str, Field(pattern=r"^\d{1,2}/\d{1,2}$")] = "1/2"

    @property
    def pair_quarters(self) -> Fraction:
        """Return the length of a swung pair in quarters."""
        return Fraction(1) if self.unit == "eighth" else Fraction(1, 2)

    @property
    def first_share(self) -> Fraction:
        """Return ``share`` as a fraction."""
        return _share_of(self.share)

    @property
    def swings_eighths(self) -> bool:
        """Return whether a melody counts in long and short eighths, with no sixteenths between them."""
        return self.unit == "eighth" and self.first_share != Fraction(1, 2)


class Feel(_Model):
    """How players differ from a machine.

    ``timing_ms`` is the spread of onsets (a standard deviation), ``late_ms`` how far bass and melody lie
    behind the beat, ``touch`` the spread of velocities as a share of them. ``parts`` is how many ms each
    role lies behind the beat besides, or, below 0, ahead of it; not where a machine plays.
    """

    timing_ms: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    late_ms: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    touch: UnitInterval = 0.0
    parts: dict[Role, Annotated[float, Field(ge=-12.0, le=12.0)]] = Field(default_factory=dict)


class Frame(_Model):
    """A kind of section that frames the songs of a style.

    ``chance`` is how often one is put into a song that would have none. ``bars`` are its lengths, weighed;
    where there are none, those of real songs are taken.
    """

    chance: UnitInterval = 0.0
    bars: dict[Bars, Annotated[float, Field(gt=0.0)]] = Field(default_factory=dict)


class Style(_Model):
    """One genre: ranges, weights and patterns from which a song is planned.

    ``mix`` names a preset of :mod:`structure.presets.mixes`, ``forms`` the genres of ``song_forms.json``
    whose forms are its model. ``progressions`` are roman numerals per ``major``, ``minor`` or another mode
    (read in the mode itself) and kind of section; ``harmonic_rhythm`` is how fast they go,
    ``modulations`` which sections are in other keys; ``cadences`` lead on, ``turnarounds`` are the last
    bars of a refrain that comes home.
    ``slow_tempo`` is that of a slow song or a ballad, where those are slower than the range of ``tempo``.
    ``rename`` gives kinds of section the name that they have in the genre (a chorus is a drop in techno).
    ``energy`` and ``section_bars`` are per kind of section, and so are ``frames``. Sections last whole
    ``blocks`` of bars, as far as a length that is asked for allows. ``arrangement`` is how its bands come
    and go, ``gestures`` how they shape a song. ``effects`` are those that its songs may have, each with the
    share of songs that have it. ``players`` is how many stems a song has, from the fewest to the most.
    ``lines`` are the schemes of its tunes by the number of phrases of four bars: in AAB the second phrase
    is like the first. ``variety`` is in how many bars (a share) a role plays another form of its figure;
    in ``counter_melodies`` (a share) of its songs a player of harmony has a line where the tune rests.
    """

    name: str
    summary: str
    mix: str
    forms: tuple[str, ...]
    tempo: tuple[Bpm, Bpm]
    slow_tempo: Bpm | None = None
    meters: dict[str, float]
    modes: dict[str, float]
    keys: dict[str, tuple[str, ...]]
    swing: Swing
    length_s: tuple[float, float]
    tail_s: Annotated[float, Field(ge=2.5, le=4.0)]
    melody_density: UnitInterval
    melody_syncopation: UnitInterval
    tune: TuneStyle = Field(default_factory=TuneStyle)
    suspensions: UnitInterval
    energy: dict[str, UnitInterval]
    section_bars: dict[str, Bars]
    blocks: Bars = 1
    frames: dict[str, Frame] = Field(default_factory=dict)
    rename: dict[str, SectionName] = Field(default_factory=dict)
    progressions: dict[str, dict[str, tuple[str, ...]]]
    cadences: dict[str, tuple[str, ...]]
    turnarounds: dict[str, tuple[str, ...]]
    refrains_come_home: UnitInterval
    secondary_dominants: UnitInterval
    borrowed_chords: UnitInterval
    harmonic_rhythm: HarmonicRhythm
    modulations: Modulations
    part_writing: PartWriting
    feel: Feel
    variety: dict[Role, UnitInterval] = Field(default_factory=dict)
    counter_melodies: UnitInterval = 0.0
    drums: FigureTable
    fills: dict[str, tuple[str, ...]]
    bass: FigureTable
    chords: FigureTable
    arpeggio: FigureTable
    arrangement: Arrangement
    gestures: Gestures
    stems: tuple[StyleStem, ...]
    effects: dict[EffectName, UnitInterval] = Field(default_factory=dict)
    players: tuple[int, int] = (1, 24)
    lines: dict[int, tuple[str, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_every_family_has_progressions(self) -> Self:
        """Refuse a style that lacks progressions for major, minor or another mode that it has.

        A user may ask for either major or minor. Each needs progressions for verse, chorus and bridge.
        """
        for family in ("major", "minor", *self.progressions):
            if not {"verse", "chorus", "bridge"} <= set(self.progressions.get(family, {})):
                raise ValueError(f"{self.name}: {family} needs progressions for verse, chorus and bridge")
        return self


@dataclass(frozen=True, slots=True)
class StyleFile:
    """A style of the user's own as it was written: the name of its file, and the text in it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class OwnStyle:
    """A style of the user's own.

    The spec that names it carries it, and so does the song's plan: two songs may have styles of one name.
    ``file`` is None where only an older lock holds the style.
    """

    style: Style
    file: StyleFile | None = None


@cache
def style_names() -> tuple[str, ...]:
    """Return the names of the styles that come with the package, in alphabetical order."""
    return names_of_data("styles")


def load_style(name: str, own: OwnStyle | None = None) -> Style:
    """Return the user's own style where it has that name, else the one that comes with the package.

    Raises SpecError, with a suggestion, where there is none of that name.
    """
    return own.style if own is not None and own.style.name == name else _read_shipped(name)


@cache
def _read_shipped(name: str) -> Style:
    if name not in style_names():
        raise SpecError([Fault(f"no style is called {name!r}", hint=did_you_mean(name, style_names()))], "")
    return build_style(name, {}, style_data(name))


@cache
def style_data(name: str) -> Mapping[str, Any]:
    """Return the data of a style that comes with the package.

    They lie over those of the style that it is like, if it is like one, and over the defaults.
    """
    own = dict(read_data("styles", f"{name}.yaml"))
    like = own.pop("like", None)
    return _over(read_data("style_defaults.yaml") if like is None else style_data(like), own)


@cache
def lineage(name: str) -> tuple[str, ...]:
    """Return a style and the styles that it is like, the nearest first.

    A style that does not come with the package is alone.
    """
    like = read_data("styles", f"{name}.yaml").get("like") if name in style_names() else None
    return (name,) if like is None else (name, *lineage(like))


def build_style(name: str, own: Mapping[str, Any], base: Mapping[str, Any]) -> Style:
    """Build a style from what it says itself, over the data of another.

    Raises pydantic's ValidationError.
    """
    written = {key: value for key, value in own.items() if value is not None}
    if "progressions" in written and "harmonic_rhythm" not in written:
        # Chords that somebody writes are played as they are written.
        base = {key: value for key, value in base.items() if key != "harmonic_rhythm"}
        base["harmonic_rhythm"] = {"paces": {"bar": 1}, "bars": [0, 0], "moves": {}}
    data = _over(base, written)
    return Style.model_validate_json(json.dumps({**data, "name": name}), strict=True)


_OF_SONG = (
    *("mix", "forms", "tempo", "meters", "modes", "keys", "length_s", "tail_s", "energy", "section_bars"),
    *("blocks", "frames", "rename", "modulations", "arrangement", "gestures", "effects", "players"),
)
"""What a style says of a whole song, and not of how a passage is played."""


_OF_THEME = (
    *("name", "melody_density", "melody_syncopation", "tune", "suspensions", "progressions", "cadences"),
    *("turnarounds", "refrains_come_home", "secondary_dominants", "borrowed_chords", "harmonic_rhythm"),
    *("part_writing", "lines"),
)
"""What a style says of chords and tunes, and the name by which they are drawn."""


def with_music_of(style: Style, other: Style, *, keeps_theme: bool = False) -> Style:
    """Return a style whose band plays the music of another: its grooves, figures, chords, tunes and feel.

    The band, the frame of the song and its keys stay, and with ``keeps_theme`` the chords and the tunes as
    well. A player has the figures of the other style's player in the same role and place.
    """
    stems = []
    for i, stem in enumerate(style.stems):
        rank = sum(one.role == stem.role for one in style.stems[:i])
        figures = [one.figures for one in other.stems if one.role == stem.role][rank : rank + 1]
        stems.append(stem.model_copy(update={"figures": figures[0] if figures else ()}))
    names = (*_OF_SONG, *_OF_THEME) if keeps_theme else _OF_SONG
    kept: dict[str, Any] = {name: getattr(style, name) for name in names}
    return other.model_copy(update={**kept, "stems": tuple(stems)})


_WHOLE = ("meters", "modes", "rename")
"""Mappings that a style replaces as a whole."""


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    if "tempo" in own:
        base = {name: value for name, value in base.items() if name != "slow_tempo"}
    both = merge(base, own)
    for whole in _WHOLE:
        if whole in own:
            both[whole] = own[whole]
    return both


_COMPOUND_PACE = 0.75


def pace_in(meter: Meter) -> float:
    """Return the share of a style's tempi at which beats of a metre go; a dotted beat goes slower."""
    return _COMPOUND_PACE if meter.is_compound else meter.denominator / 4
