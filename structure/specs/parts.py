"""Notes of the user's own: what a spec says of them, and what the files that it names hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import Bars, Role, StemName, UnitInterval

PartFile = Annotated[str, Field(min_length=1, max_length=1000)]
"""A file of music; its path counts from the folder of the spec."""


class PartSpec(BaseModel):
    """Notes of the user's own that a stem plays, from a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: PartFile = Field(
        description="A file of music, such as MIDI; its path counts from the folder of the spec."
    )
    use: Literal["keep", "replace"] | UnitInterval = Field(
        default="keep",
        description="keep: note for note; replace: another part in its manner; or how far to vary it, 0 "
        "to 1.",
    )
    track: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="Which track or voice of the file; the one that suits if left out."
    )
    from_bar: Bars = Field(default=1, description="The bar of the file in which the part begins, from 1.")
    bars: Bars | None = Field(
        default=None, description="How many bars are taken; all to the end of the file if left out."
    )
    quantise: UnitInterval | None = Field(
        default=None,
        description="How near to the grid the notes of a recording are brought, 0 to 1; 1 if left out.",
    )

    @model_validator(mode="before")
    @classmethod
    def check_part_is_file_or_mapping(cls, value: Any) -> Any:
        """Read ``tune.mid`` alone as ``{file: tune.mid}``."""
        if not isinstance(value, str | dict | PartSpec):
            raise ValueError("a part is a file of music, or more about it; write `lead: tune.mid`")
        return {"file": value} if isinstance(value, str) else value

    @field_validator("use", mode="before")
    @classmethod
    def check_use_is_known(cls, value: Any) -> Any:
        """Check that the use of a part is one of two words, or a share."""
        is_share = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
        if value not in ("keep", "replace") and not is_share:
            raise ValueError(f"{value!r} is no use of a part; allowed: keep, replace, or a number 0 to 1")
        return float(value) if is_share else value

    @property
    def is_kept(self) -> bool:
        """Return whether its notes stay as they are."""
        return self.use in ("keep", 0.0)


Parts = Annotated[dict[StemName, PartSpec], Field(max_length=24)]
"""The user's own notes by the names of their stems: ``{lead: tune.mid}``."""


@dataclass(frozen=True, slots=True, order=True)
class OwnNote:
    """A note of a file, in quarters from its first bar line; ``velocity`` is 1 to 127."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class OwnTrack:
    """What one player of a file has; its role is a guess where the file does not say."""

    name: str
    role: Role
    notes: tuple[OwnNote, ...]


@dataclass(frozen=True, slots=True)
class OwnFile:
    """What a file of the user's own holds, as far as a song needs it.

    ``lines`` are its bar lines in quarters, and last the end of its last bar; ``meters`` has the metre of
    each bar, as text where no song of ours may have it. ``chords`` are onsets and symbols. The key and the
    tempo are None where the file has none; ``is_key_said`` is False for a key that was guessed. ``lead_in``
    says that its first bar has a pickup alone.
    """

    lines: tuple[Fraction, ...]
    meters: tuple[Meter | str, ...]
    tracks: tuple[OwnTrack, ...]
    key: str | None = None
    is_key_said: bool = True
    quarters_per_minute: Fraction | None = None
    chords: tuple[tuple[Fraction, str], ...] = ()
    lead_in: bool = False

    @property
    def bars(self) -> int:
        """Return how many bars there are."""
        return len(self.meters)


OwnFiles = Mapping[str, OwnFile]
"""What the files hold that a spec names, by the names that it has for them."""
