"""What a user writes: the models behind a song's YAML file.

Every field has a default, save that a song needs a ``description`` or a ``form``. Unknown keys are
refused. Reading YAML, with file and line in each error, is the work of :mod:`structure.loading.loader`;
what one field alone cannot tell (a section that the form names but nobody knows) is checked by
:mod:`structure.loading.checks`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import core_schema

from structure.base.errors import SpecError
from structure.base.grid import Meter
from structure.base.lengths import parse_length
from structure.base.types import (
    LATEST_BAR,
    PLAYERLESS,
    SUNG,
    Bars,
    Bpm,
    GainDb,
    Pan,
    PlayedEvent,
    Role,
    SectionName,
    Seed,
    StemName,
    UnitInterval,
    Unwanted,
    Way,
)
from structure.presets.forms import COUNTED_VARIATIONS, form_names, load_form
from structure.presets.masters import MASTER_PRESETS, Coder, MasterPreset
from structure.presets.mixes import MixSpec
from structure.presets.styles import OwnStyle
from structure.specs.backend import (
    BackendSpec,
    Guidance,
    LoraScale,
    ModelName,
    SchedulerName,
    StemsBy,
    Steps,
)
from structure.specs.credits import CreditsSpec
from structure.specs.hits import NO_HITS, HitsSpec
from structure.specs.languages import find_language
from structure.specs.parts import OwnFiles, Parts

Prompt = Annotated[str, Field(max_length=500)]
"""A sound described in words."""


MeterName = Annotated[str, AfterValidator(lambda text: str(Meter.parse(text)))]
"""A metre such as 6/8."""

Lyrics = Annotated[str, Field(max_length=4000)]
"""Words to sing, a line of them to a line."""

LyricSheet = Annotated[str, Field(max_length=20_000)]
"""The words of a whole song, with ``[Verse 1]`` and the like above what belongs to each section."""

Language = Annotated[str, AfterValidator(find_language)]
"""A language in which words are sung; its code."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


EMBEDDED_VOICE, FIRST_VOICE = "embedded", "kokoro"
"""Names of our own singers in place of a model: the one in the package, and that of the extra."""


class VoiceSpec(_Model):
    """A voice from one of our singers, by its name, or from a model of the user's own."""

    model: Annotated[str, Field(min_length=1, max_length=400)] = Field(
        description="embedded, kokoro, or a Kokoro model as ONNX, its voices beside it; its path counts "
        "from the spec's folder."
    )
    name: Annotated[str, Field(max_length=80)] = Field(
        default="", description="Which of its voices, by name or in words; its first if left out."
    )


class StemSpec(_Model):
    """One stem: what it does in the arrangement and how it should sound."""

    name: StemName = Field(description="Name of the stem, also of its WAV file.")
    role: Role = Field(description="What the stem does in the arrangement.")
    prompt: Prompt | None = Field(
        default=None, description="The sound; planned from the style if left out."
    )
    negative_prompt: Prompt | None = Field(default=None, description="What the sound must not be.")
    gain_db: GainDb = Field(default=0.0, description="Level change in the mix, in dB.")
    pan: Pan | None = Field(default=None, description="-1 left to 1 right; planned if left out.")
    reverb: UnitInterval | None = Field(default=None, description="Share of reverb; planned if left out.")
    delay: UnitInterval | None = Field(
        default=None, description="Share of the echo, 0 to 1; the mix preset's if left out."
    )
    duck: UnitInterval | None = Field(
        default=None,
        description="How far this stem gives way to the kick, 0 to 1; the mix's if left out.",
    )
    playing: tuple[Way | Unwanted, ...] = Field(
        default=(),
        description="Ways of playing, such as `[legato, vibrato]` or `[no bends]`, beside what is usual.",
    )
    voice: Annotated[str, Field(max_length=120)] | VoiceSpec | None = Field(
        default=None,
        description="Who sings, for the roles vocals and backing: a voice by name, or in words such as "
        "'airy female', 'low male', 'oohs', 'scat'; or `{model: PATH, name: NAME}`.",
    )
    language: Language | None = Field(
        default=None, description="The language that is sung, such as English or de; guessed if left out."
    )
    audio: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="With role audio: a recording that plays as it is; its path counts from the folder of "
        "the spec.",
    )
    at: str | Annotated[int, Field(ge=1, le=LATEST_BAR)] | None = Field(
        default=None,
        description="Where a recording begins: a section (each time it comes), a visit such as 'verse:2', "
        "or a bar of the song; bar 1 if left out.",
    )
    offset: Annotated[float, Field(ge=0.0, le=3600.0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Seconds into the recording at which its first downbeat lies; heard if left out.",
    )
    tempo: Bpm | None = Field(
        default=None, description="Beats a minute of the recording; heard if left out."
    )
    stretch: Annotated[float, Field(ge=0.0, le=0.5, allow_inf_nan=False)] = Field(
        default=0.15,
        description="How far a recording may be stretched to the song's tempo: 0.15 is 15 %; 0 not at all.",
    )
    loop: bool = Field(default=False, description="Whether a recording begins again as often as it fits.")
    backend: BackendSpec | None = Field(
        default=None,
        description="What plays this stem: the name of a backend, or "
        "`{name: NAME, model: FOLDER, steps: 20}`; its section's, else the song's if left out.",
    )

    @model_validator(mode="after")
    def check_ways_of_playing_agree(self) -> Self:
        """Check that no way of playing is asked for and unwanted at once."""
        both = next((way for way in self.playing if f"no {way}" in self.playing), None)
        if both is not None:
            raise ValueError(f"playing says both {both!r} and 'no {both}'; leave one out")
        return self

    @model_validator(mode="after")
    def check_who_sings_is_a_voice(self) -> Self:
        """Check that only voices have a voice and a language."""
        for name in ("voice", "language"):
            if getattr(self, name) is not None and self.role not in SUNG:
                raise ValueError(f"{name} is for singers; write `role: vocals` or `role: backing`")
        return self

    @model_validator(mode="after")
    def check_recordings_have_their_role(self) -> Self:
        """Check that a stem has a recording if, and only if, its role is audio."""
        if self.role == "audio" and self.audio is None:
            raise ValueError("a stem of role audio needs a recording; write `audio: take.wav`")
        if self.role != "audio":
            said = sorted({"audio", "at", "offset", "tempo", "stretch", "loop"} & self.model_fields_set)
            if said:
                raise ValueError(f"{said[0]} belongs to recordings; write `role: audio`")
        if self.role == "audio" and (self.prompt or self.negative_prompt):
            raise ValueError("a recording sounds as it does and takes no prompt; leave it out")
        return self

    @model_validator(mode="after")
    def check_backend_plays_notes(self) -> Self:
        """Check that no backend is named for recordings and effects, which are made without a model."""
        if self.backend is not None and self.role in PLAYERLESS:
            kind = "a recording plays as it is" if self.role == "audio" else "effects are synthesised"
            raise ValueError(f"{kind}, by no backend; remove `backend`")
        return self


class InitSpec(_Model):
    """Audio that a section begins from instead of noise."""

    audio: Annotated[str, Field(min_length=1, max_length=1000)] = Field(
        description="A WAV, FLAC, Ogg or MP3 file; its path counts from the folder of the spec."
    )
    strength: UnitInterval = Field(default=0.6, description="0 keeps the audio, 1 makes all of it anew.")


class RepaintSpec(_Model):
    """Bars of a section that are another take, while the others stay as they were."""

    bars: str | int = Field(description="Bars of the section, from 1: 3, '3-4', or '1, 5-6'.")
    seed: Seed = Field(default=1, description="Another seed is another take.")

    @field_validator("bars")
    @classmethod
    def check_bars_are_ranges(cls, value: str | int) -> str | int:
        """Check that :func:`bar_ranges` can read the bars."""
        bar_ranges(value)
        return value


def bar_ranges(bars: str | int) -> tuple[tuple[int, int], ...]:
    """Read bars as ranges from 0, each with the first bar after it: ``'1, 5-6'`` → ``((0, 1), (4, 6))``.

    Raises ValueError with what is allowed.
    """
    found = []
    for part in str(bars).split(","):
        match = re.fullmatch(r"\s*(\d{1,4})\s*(?:-\s*(\d{1,4})\s*)?", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last:
            raise ValueError(f"{bars!r} names no bars; write 3, '3-4' or '1, 5-6', counting from 1")
        found.append((first - 1, last))
    return tuple(sorted(found))


MAP_EVENTS = ("ritardando", "accelerando", "fermata", "meter")
"""Events that change the tempo or the metre, for all stems at once."""


class EventSpec(_Model):
    """Something that happens inside a section."""

    bar: Bars = Field(description="The bar of the section in which it happens, from 1.")
    do: PlayedEvent = Field(description="What happens.")
    stem: StemName = Field(default="all", description="Whose event it is; `all` is the whole band.")
    beat: Annotated[float, Field(ge=1.0, le=32.0, allow_inf_nan=False)] = Field(
        default=1.0, description="The beat of the bar, from 1; 2.5 lies between the second and the third."
    )
    bars: Bars | None = Field(
        default=None, description="How long it lasts; as long as such events usually do if left out."
    )
    tempo: Bpm | None = Field(
        default=None,
        description="Beats a minute to which a ritardando or an accelerando leads; planned if left out.",
    )
    meter: MeterName | None = Field(
        default=None, description="The metre of the bars from here on; for `do: meter` alone."
    )

    @model_validator(mode="after")
    def check_fields_fit_what_happens(self) -> Self:
        """Check that an event has the fields of its kind.

        A change of metre says which one; only ramps lead to a tempo; what moves the beat is the whole
        band's.
        """
        if (self.do == "meter") != (self.meter is not None):
            raise ValueError("a change of metre has a metre, and nothing else has; write `meter: 2/4`")
        if self.tempo is not None and self.do not in ("ritardando", "accelerando"):
            raise ValueError(f"{self.do} leads to no tempo; allowed for ritardando and accelerando")
        if self.do in MAP_EVENTS and self.stem != "all":
            raise ValueError(f"{self.do} is the whole band's; remove `stem: {self.stem}`")
        if self.do == "meter" and self.beat != 1.0:
            raise ValueError("the metre changes at a bar line; remove `beat`")
        return self


Take = Annotated[int, Field(ge=1, le=9999)]
"""One of the ways in which a stem can play a section, from 1: what the seed gives."""


class TakeSpec(_Model):
    """Which take of a stem is heard: another one of its notes, of its sound, or of both."""

    notes: Take = Field(default=1, description="Which take of the notes; 1 is what the seed gives.")
    sound: Take = Field(default=1, description="Which take of the sound of these notes.")

    @model_validator(mode="before")
    @classmethod
    def check_take_is_number_or_mapping(cls, value: Any) -> Any:
        """Read ``3`` alone as ``{notes: 3, sound: 3}``."""
        return {"notes": value, "sound": value} if isinstance(value, int) else value


Takes = Annotated[dict[StemName, TakeSpec], Field(max_length=64)]
"""Takes by the names of their stems: ``{lead: 3}`` or ``{lead: {notes: 3, sound: 1}}``."""


def comp_ranges(comp: Mapping[str, TakeSpec]) -> tuple[tuple[int, int, TakeSpec], ...]:
    """Read a comp, as ``{1-4: 2, 5-8: 3}``, as ranges of bars from 0, in order.

    Each has the first bar after it and its take. Raises ValueError, with what to write, for bars that are
    none, that are in two takes, or that are in no take.
    """
    found = sorted(
        ((first, end, take) for bars, take in comp.items() for first, end in bar_ranges(bars)),
        key=lambda one: one[:2],
    )
    reached = 0
    for first, end, _ in found:
        if first < reached:
            where = f"begin the later one at bar {reached + 1}"
            raise ValueError(f"bar {first + 1} is in two takes; {where}")
        if first > reached:
            raise ValueError(f"{_bars(reached, first)} in no take; add `{_range(reached, first)}: 1`")
        reached = end
    return tuple(found)


def check_comp_fills(ranges: Sequence[tuple[int, int, TakeSpec]], bars: int) -> None:
    """Raise ValueError, with what to write, where a comp ends before or after ``bars`` bars."""
    end = ranges[-1][1]
    if end > bars:
        raise ValueError(f"there is no bar {end}; allowed: 1 to {bars}")
    if end < bars:
        raise ValueError(f"{_bars(end, bars)} in no take; add `{_range(end, bars)}: 1`")


def _range(first: int, end: int) -> str:
    return str(end) if end - first == 1 else f"{first + 1}-{end}"


def _bars(first: int, end: int) -> str:
    return f"bar {end} is" if end - first == 1 else f"bars {first + 1} to {end} are"


def _check_comp(comp: dict[str, TakeSpec]) -> dict[str, TakeSpec]:
    comp_ranges(comp)
    return comp


Comp = Annotated[dict[str, TakeSpec], Field(min_length=1, max_length=64), AfterValidator(_check_comp)]
"""Takes by the bars that a stem has from them: ``{1-4: 2, 5-8: 3}``."""

Comps = Annotated[dict[StemName, Comp], Field(max_length=64)]
"""Comps by the names of their stems."""


def _check_take_or_comp(take: Collection[str], comp: Collection[str]) -> None:
    both = next((stem for stem in take if stem in comp), None)
    if both is not None:
        raise ValueError(f"{both} has a take and a comp; remove one of them")


Events = Annotated[tuple[EventSpec, ...], Field(max_length=64)]
"""What happens in a section, in any order."""


class SectionSpec(_Model):
    """Overrides for every visit of one section."""

    bars: Bars | None = Field(default=None, description="Length in bars; planned if left out.")
    chords: str | None = Field(
        default=None,
        description="Chord symbols or roman numerals, bars parted by |: 'Am7 | F/C | Gsus4 G7'.",
    )
    genre: str | None = Field(
        default=None,
        description="Name of the style whose music the band plays here: its grooves, chords and tunes, and "
        "the sound of its drums and bass; the song's if left out.",
    )
    prompt: Prompt | None = Field(default=None, description="Added to each stem's prompt in this section.")
    negative_prompt: Prompt | None = Field(
        default=None, description="Added to each stem's negative prompt."
    )
    energy: UnitInterval | None = Field(default=None, description="0 hushed to 1 full; decides who plays.")
    stems: tuple[StemName, ...] | None = Field(default=None, description="Only these stems play.")
    mute: tuple[StemName, ...] = Field(default=(), description="These stems are silent.")
    key: str | None = Field(default=None, description="Key of this section, if it leaves the song's key.")
    tempo: Bpm | None = Field(
        default=None, description="Beats a minute in this section; the song's if left out."
    )
    meter: MeterName | None = Field(
        default=None, description="Metre of this section, if it leaves the song's."
    )
    variation: UnitInterval | None = Field(
        default=None, description="How far later visits move from the first: 0 repeats it sample by sample."
    )
    seed: Seed | None = Field(default=None, description="Seed of this section; change it for another take.")
    morph_to: Prompt | None = Field(
        default=None, description="What the sound of every stem turns into on the way through the section."
    )
    init: InitSpec | None = Field(default=None, description="Audio that the section begins from.")
    repaint: RepaintSpec | None = Field(default=None, description="Bars that are to be another take.")
    lyrics: Lyrics | None = Field(
        default=None,
        description="What is sung here, a line to a phrase; - or · part syllables, _ holds one.",
    )
    events: Events = Field(default=(), description="What happens inside the section, in all its visits.")
    take: Takes = Field(
        default_factory=dict,
        description="Other takes of some stems in all its visits: `{lead: 3}`, or "
        "`{lead: {notes: 3, sound: 1}}`.",
    )
    parts: Parts = Field(
        default_factory=dict,
        description="Notes of your own from files, by stem, from the section's first bar: "
        "`{lead: tune.mid}`, or `{lead: {file: tune.mid, use: keep, track: NAME, from_bar: 1, bars: 8}}`.",
    )
    comp: Comps = Field(
        default_factory=dict,
        description="Stems that have some bars from one take and others from another one: "
        "`{lead: {1-4: 2, 5-8: 3}}`.",
    )
    backend: BackendSpec | None = Field(
        default=None,
        description="What plays this section, save stems that have a backend of their own: a name, or "
        "`{name: NAME, model: FOLDER, steps: 20}`; the song's if left out.",
    )

    @model_validator(mode="after")
    def check_stem_has_take_or_comp(self) -> Self:
        """Check that no stem has both a take and a comp; a comp says all that a take does."""
        _check_take_or_comp(self.take, self.comp)
        return self


class FormEntry(_Model):
    """One visit in an explicit form: ``chorus`` or ``{section: chorus, variation: 0.3, lift: 2}``."""

    section: SectionName = Field(description="The section that the song visits here.")
    variation: UnitInterval | None = Field(
        default=None, description="How far this visit moves from the section's first: 0 repeats it."
    )
    lift: Annotated[int, Field(ge=-12, le=12)] = Field(
        default=0, description="Semitones up for this visit."
    )
    bars: Bars | None = Field(
        default=None,
        description="Bars of this visit, which ends as its section ends: the last ones of the section, or "
        "all of them again; the section's if left out.",
    )
    chords: str | None = Field(
        default=None,
        description="Chords of this visit, over all its bars, before its lift; the section's if left out.",
    )
    key: str | None = Field(
        default=None, description="Key of this visit, if it leaves that of its section; goes without lift."
    )
    tempo: Bpm | None = Field(
        default=None, description="Beats a minute in this visit; the section's if left out."
    )
    meter: MeterName | None = Field(
        default=None, description="Metre of this visit; the section's if left out."
    )
    prepared: bool | None = Field(
        default=None,
        description="Whether the visit before a lift or another key ends on the dominant of the new key; "
        "left out, it does where its chords are planned.",
    )
    genre: str | None = Field(
        default=None,
        description="Name of the style whose music is played in this visit; the section's if left out.",
    )
    prompt: Prompt | None = Field(
        default=None,
        description="Added to each stem's prompt in this visit; the section's prompt if left out.",
    )
    seed: Seed | None = Field(
        default=None,
        description="Seed of this visit: other notes and another sound over the chords of its section; the "
        "section's if left out.",
    )
    energy: UnitInterval | None = Field(default=None, description="0 hushed to 1 full, for this visit.")
    stems: tuple[StemName, ...] | None = Field(
        default=None, description="Only these stems play in this visit."
    )
    mute: tuple[StemName, ...] = Field(default=(), description="These stems are silent in this visit.")
    morph_to: Prompt | None = Field(
        default=None, description="What the sound of every stem turns into in this visit."
    )
    init: InitSpec | None = Field(default=None, description="Audio that this visit begins from.")
    repaint: RepaintSpec | None = Field(
        default=None, description="Bars that are to be another take in this visit."
    )
    lyrics: Lyrics | None = Field(
        default=None, description="What is sung in this visit; the section's lyrics if left out."
    )
    events: Events | None = Field(
        default=None, description="What happens in this visit; the section's events if left out."
    )
    take: Takes = Field(
        default_factory=dict,
        description="Other takes of some stems in this visit; for other stems those of the section.",
    )
    parts: Parts = Field(
        default_factory=dict,
        description="Notes of your own in this visit, by stem; for other stems those of the section.",
    )
    comp: Comps = Field(
        default_factory=dict,
        description="Stems that have the bars of this visit from several takes; for other stems as in the "
        "section.",
    )
    backend: BackendSpec | None = Field(
        default=None,
        description="What plays this visit, save stems that have a backend of their own; the section's if "
        "left out.",
    )

    @model_validator(mode="after")
    def check_stem_has_take_or_comp(self) -> Self:
        """Check that no stem has both a take and a comp; a comp says all that a take does."""
        _check_take_or_comp(self.take, self.comp)
        return self

    @model_validator(mode="after")
    def check_key_goes_without_lift(self) -> Self:
        """Check that a visit has no lift beside a key; a key says all that a lift does."""
        if self.key is not None and self.lift:
            raise ValueError("a visit has a key or a lift, not both; remove one of them")
        return self

    @model_validator(mode="before")
    @classmethod
    def check_entry_is_name_or_mapping(cls, value: Any) -> Any:
        """Read ``chorus`` alone as ``{section: chorus}``."""
        if isinstance(value, str):
            return {"section": value}
        if isinstance(value, dict):  # strict reading takes JSON's lists for tuples, but not Python's
            return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
        return value


FormEntries = Annotated[tuple[FormEntry, ...], Field(min_length=1, max_length=512)]


class _NameOrEntries:
    """Reads a text as the name of a form, all else as entries, so that a wrong entry has its own path."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        entries = handler.generate_schema(FormEntries)
        return core_schema.no_info_wrap_validator_function(
            self._read, entries, serialization=core_schema.wrap_serializer_function_ser_schema(self._write)
        )

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        counted = {"type": "string", "pattern": COUNTED_VARIATIONS}
        return {"anyOf": [{"enum": list(form_names())}, counted, handler(schema)]}

    @staticmethod
    def _read(value: Any, entries: core_schema.ValidatorFunctionWrapHandler) -> Any:
        # Strict reading takes JSON's lists for tuples, but not Python's; commas part the items of a list.
        if not isinstance(value, str) or "," in value:
            return entries(tuple(value) if isinstance(value, list) else value)
        try:
            return load_form(value).name
        except SpecError as exc:
            raise ValueError(f"{exc.faults[0].message}; {exc.hint}") from exc

    @staticmethod
    def _write(value: Any, entries: core_schema.SerializerFunctionWrapHandler) -> Any:
        return value if isinstance(value, str) else entries(value)


class RenderSpec(_Model):
    """How clips are generated and joined."""

    backend: str = Field(
        default="embedded", description="Diffusion backend; `ritornello backends` lists them."
    )
    model: ModelName | None = Field(
        default=None,
        description="Folder of the backend's weights, or their name on the Hugging Face hub; the usual "
        "ones if left out.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        default="auto", description="What computes; a GPU where there is one."
    )
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = Field(
        default="auto", description="Precision; half of it on a GPU."
    )
    offload: Literal["none", "model", "sequential"] = Field(
        default="none",
        description="Parts of the model to keep in main memory while the GPU needs them not.",
    )
    scheduler: SchedulerName | None = Field(
        default=None, description="Name of a diffusers scheduler; the model's own if left out."
    )
    lora: ModelName | None = Field(
        default=None,
        description="A fine-tune to add to the backend's model: a file or folder of safetensors, or its "
        "name on the Hugging Face hub.",
    )
    lora_scale: LoraScale = Field(
        default=1.0, description="How much of the LoRA is added; 1 is as it was trained."
    )
    guide: Literal["model", "excitation", "none"] = Field(
        default="model",
        description="What a backend that does not follow the score begins from: the score as the embedded "
        "model plays it, as plain tones, or nothing.",
    )
    guide_strength: UnitInterval | None = Field(
        default=None,
        description="How much of the guide is made anew: 0 keeps it, 1 forgets it; the backend's own "
        "choice if left out.",
    )
    stems: StemsBy = Field(
        default="ask",
        description="How a backend that makes mixes gives stems: asked for each in words, or its mix "
        "separated by demucs.",
    )
    singer: Literal["auto", "none"] = Field(
        default="auto",
        description="Who sings words where the backend does not: the singer that is installed, or nobody, "
        "and an instrument plays the tune.",
    )
    steps: Steps | None = Field(
        default=None, description="Diffusion steps; the backend's own choice if left out."
    )
    guidance: Guidance | None = Field(
        default=None, description="Classifier-free guidance scale; the backend's own choice if left out."
    )
    crossfade_beats: Annotated[float, Field(gt=0.0, le=8.0, allow_inf_nan=False)] = Field(
        default=0.5, description="Length of the crossfade at a join, in beats, centred on the downbeat."
    )

    @model_serializer(mode="wrap")
    def _write_no_lora_that_is_none(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keep the files of songs without a LoRA as they were before there were any."""
        written: dict[str, Any] = write(self)
        none = {} if self.lora is not None else {"lora": None, "lora_scale": 1.0}
        return {name: value for name, value in written.items() if name not in none or value != none[name]}


class MasterSpec(_Model):
    """Loudness of the master, by ITU-R BS.1770-4 and EBU R128. A preset sets what is left out."""

    preset: MasterPreset = Field(
        default="streaming",
        description="Where the song will be heard; reference: like the recording that `reference` names.",
    )
    reference: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None,
        description="A recording, beside the spec, whose loudness, spectrum and width the master follows.",
    )
    loudness_lufs: Annotated[float, Field(ge=-36.0, le=-6.0, allow_inf_nan=False)] = Field(
        default=-14.0, description="Integrated loudness, in LUFS; the preset's if left out."
    )
    true_peak_dbtp: Annotated[float, Field(ge=-12.0, le=0.0, allow_inf_nan=False)] = Field(
        default=-1.0, description="Ceiling of the true peak, in dBTP; the preset's if left out."
    )
    coders: tuple[Coder, ...] = Field(
        default=(),
        description="Keep the ceiling also behind these coders at 128 kbit/s: mp3, aac (needs PyAV), opus.",
    )

    @model_validator(mode="before")
    @classmethod
    def check_preset_fills_what_is_left_out(cls, value: Any) -> Any:
        """Fill in what is left out from the preset, which is implied where a reference is named.

        ``{preset: club}`` has the loudness and the ceiling of club masters.
        """
        if not isinstance(value, dict):
            return value
        implied = "reference" if value.get("reference") is not None else "streaming"
        preset = value.get("preset", implied)
        figures = MASTER_PRESETS.get(preset) if isinstance(preset, str) else None
        if figures is None:
            return value
        own = {key: item for key, item in value.items() if item is not None}
        if isinstance(own.get("coders"), list):  # as for entries of a form
            own["coders"] = tuple(own["coders"])
        return {
            "preset": preset,
            "loudness_lufs": figures.loudness_lufs,
            "true_peak_dbtp": figures.true_peak_dbtp,
            **own,
        }

    @model_validator(mode="after")
    def check_reference_goes_with_its_preset(self) -> Self:
        """Check that a reference is named where, and only where, the preset is to follow one."""
        if self.preset == "reference" and self.reference is None:
            raise ValueError("the preset reference needs a recording; write `reference: my_track.wav`")
        if self.preset != "reference" and self.reference is not None:
            raise ValueError(f"the preset {self.preset} follows no recording; write `preset: reference`")
        return self


ExportFormat = Literal[
    "wav",
    "flac",
    "mp3",
    "ogg",
    "opus",
    "m4a",
    "reaper",
    "dawproject",
    "als",
    "otio",
    "aaf",
    "game",
    "ableton-midi",
    "lead-sheet",
    "lrc",
    "srt",
    "ustx",
]
"""What a song can be handed over as."""


StemKind = Literal["dry", "wet", "mastered", "buses"]
"""Kinds of stems that an export may hold besides those of the mix."""

SongVersion = Literal["instrumental", "a-cappella"]
"""Masters of a part of the stems."""


class HandOverSpec(_Model):
    """Files for a DAW or for listeners, as `ritornello export` writes them."""

    to: tuple[ExportFormat, ...] = Field(
        default=(), description="Formats; a render writes them to the folder export."
    )
    sample_rate: Literal[44100, 48000, 88200, 96000] = Field(
        default=44100, description="Hz of the audio files."
    )
    bit_depth: Literal[16, 24, 32] = Field(
        default=24,
        description="Bits a sample in WAV files: 24, 16 with dither, or 32 for floating point.",
    )
    dry: bool = Field(default=False, description="Also the stems without their share of reverb.")
    stems: tuple[StemKind, ...] = Field(
        default=(),
        description="Also stems of other kinds: dry, wet (what their sends give alone), mastered (they sum "
        "to the master), buses (drums, bass, music, lead and effects).",
    )
    versions: tuple[SongVersion, ...] = Field(
        default=(), description="Also the master without the voices, or the voices of the master alone."
    )
    headroom_db: Annotated[float, Field(ge=0.5, le=24.0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Also a premaster for a mastering engineer, its true peak this far below full scale.",
    )
    mono: bool = Field(default=False, description="Also the stems in one channel.")
    drum_parts: bool = Field(
        default=True, description="Drums also as kick, snare, hats and cymbals, and percussion."
    )
    sections: bool = Field(default=False, description="Also the stems of each section in its own folder.")
    click: bool = Field(default=False, description="Also a track of clicks on the beats.")
    count_in: Annotated[int, Field(ge=0, le=4)] = Field(
        default=0, description="Bars of clicks in a file of their own, to be placed before bar 1."
    )
    paper: Literal["a4", "letter"] = Field(default="a4", description="Paper of sheets as PDF.")

    @model_validator(mode="after")
    def check_more_stems_are_wav_files(self) -> Self:
        """Check that what is written as WAV files is only asked for with the format wav.

        This is stems of other kinds, versions, and what is cut in sections.
        """
        more = ("dry", "mono", "stems", "versions", "headroom_db", "sections", "count_in")
        asked = [name for name in more if getattr(self, name)]
        if self.to and asked and "wav" not in self.to:
            raise ValueError(f"{asked[0]} writes WAV files; add wav to the formats")
        return self


class ExportSpec(_Model):
    """Which files a render leaves behind besides the master."""

    stems: bool = Field(default=True, description="One WAV file for each stem.")
    midi: bool = Field(default=True, description="The score as a MIDI file.")
    musicxml: bool = Field(default=True, description="The score as MusicXML.")
    overview: bool = Field(default=True, description="A picture of the song.")
    bit_depth: Literal[16, 24] = Field(default=24, description="Bits a sample in WAV files.")
    handover: HandOverSpec = Field(
        default=HandOverSpec(), description="Files for a DAW or for listeners, as well."
    )


class SongSpec(_Model):
    """A whole song. See the README for each field by example."""

    title: Annotated[str, Field(max_length=120)] | None = Field(
        default=None, description="Title; taken from the description if left out."
    )
    description: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="The song in a sentence; whatever is not written below is read from it."
    )
    genre: str | None = Field(default=None, description="A style by name; `ritornello styles` lists them.")
    tempo: Bpm | None = Field(
        default=None, description="Beats a minute; the beat of 6/8 is a dotted quarter."
    )
    key: str | None = Field(default=None, description="Such as 'A minor', 'F# major', 'Bb'.")
    meter: MeterName | None = Field(default=None, description="4/4, 3/4, 6/8 …")
    length: str | int | float | None = Field(
        default=None, description="'3:20', '200 s', '3 min', '96 bars' or seconds."
    )
    seed: Seed = Field(default=0, description="The same spec and seed give the same song.")
    prompt: Prompt | None = Field(default=None, description="Style of the whole song, added to each stem.")
    negative_prompt: Prompt | None = Field(default=None, description="What no stem may sound like.")
    stems: Annotated[tuple[StemSpec, ...], Field(min_length=1, max_length=24)] | None = Field(
        default=None, description="The stems; planned from the style if left out."
    )
    form: Annotated[str | tuple[FormEntry, ...], _NameOrEntries()] | None = Field(
        default=None,
        description="The sections in the order in which they sound, or the name of a form such as rondo; "
        "planned if left out.",
    )
    sections: dict[SectionName, SectionSpec] = Field(
        default_factory=dict, description="What is to be the same in all visits of a section."
    )
    parts: Parts = Field(
        default_factory=dict,
        description="Notes of your own from files, by stem; bar 1 of a file is bar 1 of the song.",
    )
    lyrics: LyricSheet | None = Field(
        default=None,
        description="The words of the song, parted by [Verse 1], [Chorus] and the like, which are its form "
        "where it has no other.",
    )
    lyrics_file: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="A text file with the words, beside the spec, instead of `lyrics`."
    )
    hits: HitsSpec = Field(
        default=NO_HITS,
        description="Moments of a picture that downbeats are to fall on: `['0:42.5 logo', 75]`, or "
        "`{file: cuts.edl, rate: 25}`.",
    )
    render: RenderSpec = Field(default=RenderSpec(), description="How clips are generated and joined.")
    mix: MixSpec = Field(default=MixSpec(), description="How the stems are mixed.")
    master: MasterSpec = Field(default=MasterSpec(), description="Loudness of the master.")
    credits: CreditsSpec = Field(default=CreditsSpec(), description="Who made it, for the tags of files.")
    export: ExportSpec = Field(default=ExportSpec(), description="Which files a render leaves behind.")
    _own_style: OwnStyle | None = PrivateAttr(default=None)
    _own_files: OwnFiles = PrivateAttr(default_factory=dict)

    @property
    def own_style(self) -> OwnStyle | None:
        """Return the style that ``genre`` names, where it is one of the user's own.

        It is no field, since the text of a spec has only its name. Copies carry it, and specs that are
        equal have equal ones.
        """
        own = self._own_style
        return own if own is not None and own.style.name == self.genre else None

    def with_own_style(self, own_style: OwnStyle | None) -> Self:
        """Return the same spec with what ``genre`` names as a style of the user's own."""
        spec = self.model_copy()
        spec._own_style = own_style  # noqa: SLF001  (a copy of itself)
        return spec

    @property
    def own_files(self) -> OwnFiles:
        """Return what the files of music hold that ``parts`` name, by their names.

        They are read with the spec.
        """
        return self._own_files

    def with_own_files(self, own_files: OwnFiles) -> Self:
        """Return the same spec with what the files of its ``parts`` hold."""
        spec = self.model_copy()
        spec._own_files = own_files  # noqa: SLF001  (a copy of itself)
        return spec

    @property
    def recordings(self) -> tuple[StemSpec, ...]:
        """Return the stems that are recordings of the user's own."""
        return tuple(stem for stem in self.stems or () if stem.role == "audio")

    @property
    def has_parts(self) -> bool:
        """Return whether the song has notes of the user's own."""
        owners: list[SectionSpec | FormEntry] = [*self.sections.values()]
        owners += self.form if isinstance(self.form, tuple) else ()
        return bool(self.parts) or any(owner.parts for owner in owners)

    @field_validator("length")
    @classmethod
    def check_length_is_known(cls, value: str | float | None) -> str | int | float | None:
        """Check that :func:`structure.base.lengths.parse_length` can read the length."""
        if value is not None:
            parse_length(value)
        return value

    @model_validator(mode="after")
    def check_song_has_a_start(self) -> Self:
        """Check that the song has a description or a form from which it can be planned."""
        if not (self.description or "").strip() and not self.form:
            raise ValueError("a song needs a description or a form (or both)")
        return self
