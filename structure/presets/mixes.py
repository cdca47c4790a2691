"""Mix presets: how a genre is mixed. Data in ``data/mixes/*.yaml`` over ``data/mix_defaults.yaml``.

A preset may begin from another by ``like:`` and then says only what differs. What a song uses in the
end, with the user's changes, is part of its plan, so that a plan says all of its mix.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from structure.base.datafiles import merge, names_of_data, read_data
from structure.base.errors import Fault, SpecError, did_you_mean
from structure.base.exact import Fraction
from structure.base.types import ROLES, SUNG, Role, UnitInterval

Hertz = Annotated[float, Field(ge=10.0, le=20_000.0, allow_inf_nan=False)]
"""A frequency."""

Decibels = Annotated[float, Field(ge=-60.0, le=24.0, allow_inf_nan=False)]
"""A level, or a change of one."""

ToneDb = Annotated[float, Field(ge=-12.0, le=12.0, allow_inf_nan=False)]
"""How far a filter raises or lowers its band."""

Milliseconds = Annotated[float, Field(ge=0.1, le=2000.0, allow_inf_nan=False)]

NoteValue = Annotated[str, Field(pattern=r"^1/(2|4|8|16|32)[dt]?$")]
"""A length in notes: 1/8 is an eighth, 1/8d a dotted one, 1/8t a triplet's."""

DynamicsDb = Annotated[float, Field(ge=0.0, le=20.0, allow_inf_nan=False)]
"""How much louder a section of energy 1 is than one of energy 0."""

Bus = Literal["drums", "bass", "music", "lead", "effects"]
"""A group of stems with a fader of its own."""

BUSES: Mapping[Role, Bus] = {
    "drums": "drums",
    "bass": "bass",
    "chords": "music",
    "pad": "music",
    "arpeggio": "music",
    "lead": "lead",
    "effects": "effects",
    "vocals": "lead",
    "backing": "music",
    "audio": "music",
}
"""The bus of each role."""

EARLIER_MIX = "earlier"
"""Stands for a preset in plans of songs that were mixed before there were any."""

THIRDS_HZ: tuple[int, ...] = (
    *(50, 63, 80, 100, 125, 160, 200, 250, 315, 400, 500, 630, 800, 1000, 1250),
    *(1600, 2000, 2500, 3150, 4000, 5000, 6300, 8000, 10_000, 12_500, 16_000),
)
"""Middles of the thirds of an octave in which a master follows a recording."""

SpaceName = Literal["room", "plate", "kit"]

BANDS_HZ: tuple[int, ...] = (63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)
"""Middles of the octave bands of a tonal balance."""

MoveKind = Literal[
    "sweep", "rise", "throw", "wash", "widen", "narrow", "lift", "fade_in", "fade_out", "tape_stop"
]
"""Kinds of moves."""

USUAL_AMOUNTS: dict[MoveKind, float] = {
    "sweep": 0.8,
    "rise": 0.6,
    "throw": 0.6,
    "wash": 0.6,
    "widen": 0.4,
    "narrow": 0.4,
    "lift": 1.5,
    "fade_in": 1.0,
    "fade_out": 1.0,
    "tape_stop": 1.0,
}
"""How far each kind goes by itself: dB for a lift, 0 to 1 for all others."""

BusGains = dict[Bus, Decibels]
_NO_GAINS: BusGains = {}


def note_quarters(value: str) -> Fraction:
    """Return the length of a :data:`NoteValue` in quarter notes."""
    plain = Fraction(4, int(value.removeprefix("1/").rstrip("dt")))
    return plain * {"d": Fraction(3, 2), "t": Fraction(2, 3)}.get(value[-1], Fraction(1))


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Strip(_Model):
    """The channel strip of a role.

    ``loudness_lufs`` is where its dry stem lies before the user's gain; where it is not ``is_measured``,
    that is where a clip of the nominal loudness lies, and quieter ones below. ``drive_db`` drives a soft
    saturation behind the compressor. ``width`` is the level of the decorrelated side signal above
    ``width_above_hz``. ``space`` is the reverb that its send feeds, ``delay`` its share of the echo,
    ``duck`` its share of the duck, ``gives_way`` its share of ``give_way_db``, each 0…1. Hisses above
    ``hisses_db``, against the level of their clip, are tamed. ``depth`` is how far back it stands: the
    level of its early reflections.
    """

    loudness_lufs: Decibels
    is_measured: bool = True
    highpass_hz: Hertz
    low_db: ToneDb
    low_hz: Hertz
    bell_db: ToneDb = 0.0
    bell_hz: Hertz = 1000.0
    bell_q: Annotated[float, Field(ge=0.2, le=8.0)] = 1.0
    high_db: ToneDb
    high_hz: Hertz
    threshold_db: Decibels
    ratio: Annotated[float, Field(ge=1.0, le=20.0)]
    attack_ms: Milliseconds
    release_ms: Milliseconds
    drive_db: Annotated[float, Field(ge=0.0, le=30.0)] = 0.0
    hisses_db: Decibels | None = None
    width: UnitInterval
    width_above_hz: Hertz
    space: SpaceName = "room"
    delay: UnitInterval = 0.0
    duck: UnitInterval = 0.0
    gives_way: UnitInterval = 0.0
    depth: UnitInterval = 0.0


class Space(_Model):
    """A reverb.

    ``size`` and ``damping`` are those of Freeverb; a larger room would ring into the sound of a section
    that returns for longer than its clips do. Its early reflections last ``early_ms``; at a depth of 1 they
    have ``early_db`` against the sound.
    """

    size: Annotated[float, Field(ge=0.0, le=0.78)]
    damping: UnitInterval
    predelay_ms: Annotated[float, Field(ge=0.0, le=100.0)]
    low_cut_hz: Hertz
    high_cut_hz: Hertz
    return_db: Decibels
    early_ms: Annotated[float, Field(ge=5.0, le=80.0)] = 40.0
    early_db: Decibels = -6.0


class Delay(_Model):
    """An echo in time with the song.

    ``feedback`` is the level of each echo against the one before; ``ping_pong`` throws them to the left and
    the right by turns.
    """

    note: NoteValue = Field(description="Time between echoes, as a note: 1/4, 1/8d dotted, 1/8t triplet.")
    feedback: Annotated[float, Field(ge=0.0, le=0.85)] = Field(
        description="Level of each echo against the one before, 0 to 0.85."
    )
    ping_pong: bool = Field(description="Echoes left and right by turns.")
    low_cut_hz: Hertz = Field(description="The echoes have nothing below this, in Hz.")
    high_cut_hz: Hertz = Field(description="The echoes have nothing above this, in Hz.")
    return_db: Decibels = Field(description="Level of the first echo at a send of 1, in dB.")


class Duck(_Model):
    """How far stems give way to the kick: at a hit a stem with a share of 1 falls to 1 - ``amount``."""

    amount: UnitInterval
    attack_ms: Milliseconds
    hold_ms: Milliseconds
    release: NoteValue


class Glue(_Model):
    """The master's compressor, at a working loudness of -20 LUFS."""

    threshold_db: Decibels
    ratio: Annotated[float, Field(ge=1.0, le=4.0)]
    attack_ms: Milliseconds
    release_ms: Milliseconds


class Move(_Model):
    """One move of the mix; it returns wherever its section does."""

    do: MoveKind = Field(
        description="sweep opens a low-pass filter, rise lifts a high-pass; throw sends the ends of lines "
        "to the echo; wash opens the reverb; widen and narrow move the width; lift moves the level; "
        "fade_in, fade_out; tape_stop slows all to a stand."
    )
    section: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        default=None, description="A section, or one visit of it such as Chorus 2; all if left out."
    )
    stem: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        default="all", description="Whose move it is."
    )
    bars: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        description="How many bars of the section it takes: the first ones of a fade_in, the last ones of "
        "others; the whole section if left out, the last bar for a tape_stop.",
    )
    amount: Annotated[float, Field(ge=-12.0, le=12.0, allow_inf_nan=False)] | None = Field(
        default=None, description="How far it goes: dB for a lift, 0 to 1 for all others."
    )

    @model_validator(mode="after")
    def check_amount_fits(self) -> Self:
        """Refuse an amount above 1 or below 0 of all but a lift, and a tape stop of one stem.

        Only a lift has decibels, and a tape slows for all that is on it.
        """
        if self.do != "lift" and self.amount is not None and not 0.0 <= self.amount <= 1.0:
            raise ValueError(f"the amount of a {self.do} is from 0 to 1, not {self.amount:g}")
        if self.do == "tape_stop" and self.stem != "all":
            raise ValueError("a tape_stop is the whole band's; leave out its stem")
        return self

    @property
    def far(self) -> float:
        """Return how far it goes."""
        return USUAL_AMOUNTS[self.do] if self.amount is None else self.amount


class Mix(_Model):
    """A mix, whole: a preset with whatever the user changes in it.

    ``target`` is the octave-band spectrum that the master leans to, in dB against each other;
    ``matching`` is how much of the way it goes, ``most_matching_db`` the most it moves a band.
    The bed (chords, pads, arpeggios, leads) is down by ``under_voice_db`` where a voice sings.
    ``thirds`` are the levels of a recording in thirds of an octave, which come before the target.
    ``side_db`` is the level of the side against the mid that the master leans to, if any;
    ``most_mono_loss_db`` is the most that a listener in mono may lose. ``moves`` are what changes over
    time, ``give_way_db`` how far others give way to the tune.
    """

    preset: str
    summary: str
    strips: dict[Role, Strip]
    spaces: dict[SpaceName, Space]
    delay: Delay
    duck: Duck
    buses: dict[Bus, Decibels]
    dynamics_db: DynamicsDb
    glue: Glue
    target: dict[int, Annotated[float, Field(ge=-60.0, le=20.0)]]
    matching: UnitInterval
    thirds: dict[int, Annotated[float, Field(ge=-90.0, le=20.0)]] | None = None
    most_matching_db: Annotated[float, Field(ge=0.0, le=12.0)]
    side_db: Annotated[float, Field(ge=-60.0, le=6.0)] | None = None
    mono_below_hz: Hertz
    under_voice_db: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    most_mono_loss_db: Annotated[float, Field(ge=0.0, le=6.0)]
    give_way_db: Annotated[float, Field(ge=0.0, le=12.0)] = 0.0
    moves: tuple[Move, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def add_what_is_younger_than_a_plan(cls, data: Any) -> Any:
        """Add the usual values to a mix from an older plan.

        It may say nothing of the mix of effects and of the kit's space, nor of how much of its presence a
        stem gives up.
        """
        if not isinstance(data, Mapping) or not all(
            isinstance(data.get(field), Mapping) for field in ("strips", "buses", "spaces")
        ):
            return data
        defaults = _default_mix()
        usual = defaults["strips"]
        strips = {
            role: {"gives_way": usual[role].get("gives_way", 0.0), **strip}
            if isinstance(strip, Mapping) and role in usual
            else strip
            for role, strip in {"effects": usual["effects"], **data["strips"]}.items()
        }
        return {
            **data,
            "strips": strips,
            "spaces": {"kit": defaults["spaces"]["kit"], **data["spaces"]},
            "buses": {"effects": 0.0, **data["buses"]},
        }

    @model_validator(mode="after")
    def check_every_role_space_and_band_is_there(self) -> Self:
        """Refuse a mix that lacks a role, a space or a band, or names another."""
        for name, there, wanted in (
            # recordings are laid as they are
            ("strips", set(self.strips) | set(SUNG), [role for role in ROLES if role != "audio"]),
            ("spaces", self.spaces, ("room", "plate", "kit")),
            ("target", self.target, BANDS_HZ),
            ("thirds", self.thirds or THIRDS_HZ, THIRDS_HZ),
        ):
            if set(there) != set(wanted):
                raise ValueError(f"{name} must name each of {', '.join(map(str, wanted))}")
        return self

    def without_voices(self, sung: Collection[Role]) -> Mix:
        """Return the mix with the strips of those voices alone that sing in a song."""
        strips = {role: one for role, one in self.strips.items() if role not in SUNG or role in sung}
        return self.model_copy(update={"strips": strips})

    def space_of(self, role: Role) -> Space:
        """Return the reverb that stems of a role send to; recordings have the room."""
        return self.spaces["room" if role == "audio" else self.strips[role].space]

    def bus_gain_db(self, role: Role) -> float:
        """Return the gain of the bus that a role is in, in dB."""
        return self.buses.get(BUSES[role], 0.0)


class DelaySpec(_Model):
    """Changes to the echo; what is left out is the preset's."""

    note: NoteValue | None = Field(
        default=None, description="Time between echoes: 1/4, 1/8d dotted, 1/8t triplet."
    )
    feedback: Annotated[float, Field(ge=0.0, le=0.85, allow_inf_nan=False)] | None = Field(
        default=None, description="Level of each echo against the one before."
    )
    ping_pong: bool | None = Field(default=None, description="Echoes left and right by turns.")


class MixSpec(_Model):
    """How the song is mixed; what is left out is the preset's."""

    preset: str | None = Field(
        default=None, description="A mix by name (`ritornello mixes` lists them); the genre's if left out."
    )
    dynamics_db: DynamicsDb | None = Field(
        default=None, description="How much louder a section of energy 1 is than one of energy 0, in dB."
    )
    duck: UnitInterval | None = Field(
        default=None, description="How far bass and pads give way to the kick: 0 not at all, 1 to silence."
    )
    delay: DelaySpec = Field(default=DelaySpec(), description="The echo that stems are sent to.")
    buses: BusGains = Field(
        default=_NO_GAINS,
        description="Gain in dB of drums, bass, music (chords, pad, arpeggio), lead or effects.",
    )
    give_way_db: Annotated[float, Field(ge=0.0, le=12.0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="How far chords, pads and the like give way to the tune, 1 to 4 kHz, in dB.",
    )
    moves: Annotated[tuple[Move, ...], Field(max_length=64)] | None = Field(
        default=None, description="What moves in the mix over time; the preset's if left out."
    )


def mix_names() -> tuple[str, ...]:
    """Return the names of all presets, in alphabetical order."""
    return names_of_data("mixes")


@cache
def load_mix(name: str) -> Mix:
    """Return a preset by name.

    Raises SpecError, with a suggestion, where there is none of that name.
    """
    if name not in mix_names():
        raise SpecError([Fault(f"no mix is called {name!r}", hint=did_you_mean(name, mix_names()))], "")
    data = {field: value for field, value in mix_data(name).items() if field != "habits"}
    return Mix.model_validate({**data, "preset": name})


@cache
def mix_data(name: str) -> Mapping[str, Any]:
    """Return the data of a preset that comes with the package, over those that it is like."""
    own = read_data("mixes", f"{name}.yaml")
    like = own.pop("like", None)
    return merge(mix_data(like) if like else _default_mix(), own)


@cache
def _default_mix() -> Mapping[str, Any]:
    """Return what every mix is like that says nothing else."""
    defaults: Mapping[str, Any] = read_data("mix_defaults.yaml")
    return defaults


@cache
def load_habits(name: str) -> Mapping[MoveKind, float]:
    """Return what moves by itself in mixes of a preset, and how far."""
    found = TypeAdapter(dict[MoveKind, float]).validate_python(mix_data(name)["habits"])
    return {kind: amount for kind, amount in found.items() if amount}


def build_mix(preset: Mix, spec: MixSpec) -> Mix:
    """Return a preset with what the user changes in it."""
    changes = spec.model_dump(exclude_none=True, exclude={"preset", "duck", "buses"})
    data = merge(preset.model_dump(), changes)
    if spec.duck is not None:
        data["duck"]["amount"] = spec.duck
    gains: dict[str, float] = data["buses"]
    for bus, gain_db in spec.buses.items():
        gains[bus] = gains.get(bus, 0.0) + gain_db
    return Mix.model_validate(data)
