"""What a user writes: the models behind a song's YAML file.

Every field has a default, save that a song needs a ``description`` or a ``form``. Unknown keys are
refused. Reading YAML, with file and line in each error, is the work of :mod:`structure.loader`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from structure.grid import Meter
from structure.types import Bars, Bpm, GainDb, Pan, Role, Seed, UnitInterval

SectionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""Name of a section identity, such as ``verse`` or ``chorus``."""

StemName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
"""Name of a stem; also its file name."""

Prompt = Annotated[str, Field(max_length=500)]
"""A sound described in words."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StemSpec(_Model):
    """One stem: what it does in the arrangement and how it should sound."""

    name: StemName
    role: Role
    prompt: Prompt | None = Field(None, description="The sound; planned from the style if left out.")
    negative_prompt: Prompt | None = None
    gain_db: GainDb = 0.0
    pan: Pan | None = Field(None, description="-1 left to 1 right; planned if left out.")
    reverb: UnitInterval | None = Field(None, description="Share of reverb; planned if left out.")


class SectionSpec(_Model):
    """Overrides for every visit of one section."""

    bars: Bars | None = None
    chords: str | None = Field(
        None, description="Chord symbols or roman numerals, bars parted by |: 'Am7 | F/C | Gsus4 G7'."
    )
    prompt: Prompt | None = Field(None, description="Added to each stem's prompt in this section.")
    negative_prompt: Prompt | None = None
    energy: UnitInterval | None = None
    stems: tuple[StemName, ...] | None = Field(None, description="Only these stems play.")
    mute: tuple[StemName, ...] = Field((), description="These stems are silent.")
    key: str | None = None
    variation: UnitInterval | None = Field(
        None, description="How far later visits move from the first: 0 repeats it sample by sample."
    )
    seed: Seed | None = None


class FormEntry(_Model):
    """One visit in an explicit form: ``chorus`` or ``{section: chorus, variation: 0.3, lift: 2}``."""

    section: SectionName
    variation: UnitInterval | None = None
    lift: Annotated[int, Field(ge=-12, le=12)] = Field(0, description="Semitones up for this visit.")
    energy: UnitInterval | None = None
    stems: tuple[StemName, ...] | None = None
    mute: tuple[StemName, ...] = ()


class RenderSpec(_Model):
    """How clips are generated and joined."""

    backend: str = "embedded"
    steps: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="Diffusion steps; the backend's own choice if left out."
    )
    guidance: Annotated[float, Field(ge=0.0, le=30.0, allow_inf_nan=False)] | None = None
    crossfade_beats: Annotated[float, Field(gt=0.0, le=8.0, allow_inf_nan=False)] = 0.5


class MasterSpec(_Model):
    """Loudness of the master, by ITU-R BS.1770-4 and EBU R128."""

    loudness_lufs: Annotated[float, Field(ge=-36.0, le=-6.0, allow_inf_nan=False)] = -14.0
    true_peak_dbtp: Annotated[float, Field(ge=-12.0, le=0.0, allow_inf_nan=False)] = -1.0


class ExportSpec(_Model):
    """Which files a render leaves behind besides the master."""

    stems: bool = True
    midi: bool = True
    musicxml: bool = True
    overview: bool = True
    bit_depth: Literal[16, 24] = 24


class SongSpec(_Model):
    """A whole song. See the README for each field by example."""

    title: Annotated[str, Field(max_length=120)] | None = None
    description: Annotated[str, Field(max_length=2000)] | None = None
    genre: str | None = Field(None, description="A style by name; `ritornello styles` lists them.")
    tempo: Bpm | None = None
    key: str | None = Field(None, description="Such as 'A minor', 'F# major', 'Bb'.")
    meter: str | None = Field(None, description="4/4, 3/4, 6/8 …")
    length: str | int | None = Field(None, description="'3:20', '200 s', '96 bars' or seconds.")
    seed: Seed = 0
    prompt: Prompt | None = Field(None, description="Style of the whole song, added to each stem.")
    negative_prompt: Prompt | None = None
    stems: tuple[StemSpec, ...] | None = None
    form: tuple[FormEntry, ...] | None = None
    sections: dict[SectionName, SectionSpec] = Field(default_factory=dict)
    render: RenderSpec = RenderSpec()
    master: MasterSpec = MasterSpec()
    export: ExportSpec = ExportSpec()

    @field_validator("meter")
    @classmethod
    def check_meter_is_known(cls, value: str | None) -> str | None:
        """A metre such as 6/8, normalised."""
        return None if value is None else str(Meter.parse(value))

    @model_validator(mode="after")
    def check_song_has_a_start(self) -> Self:
        """A song can be planned from a description, or from a form."""
        if not self.description and not self.form:
            raise ValueError("a song needs a description or a form (or both)")
        return self
