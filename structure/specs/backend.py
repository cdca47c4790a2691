"""Which backend plays a stem, a section or a visit, where that is not the song's own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.types import UnitInterval

BackendName = Annotated[str, Field(min_length=1, max_length=80)]
ModelName = Annotated[str, Field(min_length=1, max_length=400)]
SchedulerName = Annotated[str, Field(max_length=80)]
Steps = Annotated[int, Field(ge=1, le=200)]
Guidance = Annotated[float, Field(ge=0.0, le=30.0, allow_inf_nan=False)]
LoraScale = Annotated[float, Field(ge=0.0, le=2.0, allow_inf_nan=False)]
StemsBy = Literal["ask", "separate"]
"""How a backend that makes mixes gives stems: asked for each in words, or its mix taken apart."""


class BackendSpec(BaseModel):
    """A backend for a part of a song.

    What is left out is as around it, where the backend is the same one there; else it is the backend's own
    choice.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: BackendName | None = Field(
        default=None,
        description="Which backend plays; `ritornello backends` lists them. The one around it if left out.",
    )
    model: ModelName | None = Field(
        default=None, description="Folder of its weights, or their name on the Hugging Face hub."
    )
    scheduler: SchedulerName | None = Field(default=None, description="Name of a diffusers scheduler.")
    lora: ModelName | None = Field(
        default=None, description="A fine-tune to add to its model: a file, a folder, or a name on the hub."
    )
    lora_scale: LoraScale | None = Field(default=None, description="How much of the LoRA is added.")
    steps: Steps | None = Field(default=None, description="Diffusion steps.")
    guidance: Guidance | None = Field(default=None, description="Classifier-free guidance scale.")
    guide_strength: UnitInterval | None = Field(
        default=None, description="How much of the guide is made anew: 0 keeps it, 1 forgets it."
    )
    stems: StemsBy | None = Field(
        default=None,
        description="How a backend that makes mixes gives stems: asked for each in words, or its mix "
        "separated by demucs.",
    )

    @model_validator(mode="before")
    @classmethod
    def check_backend_is_name_or_mapping(cls, value: Any) -> Any:
        """Read ``ace-step`` alone as ``{name: ace-step}``."""
        if not isinstance(value, str | dict | BackendSpec):
            raise ValueError(
                "a backend is a name, or more about it; write `backend: {name: NAME, steps: 20}`"
            )
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def check_is_not_empty(self) -> BackendSpec:
        """Check that the mapping says something; an empty one is a slip."""
        if not self.model_fields_set:
            raise ValueError("it says nothing; write the name of a backend, or leave it out")
        return self

    def collect_settings(self) -> dict[str, Any]:
        """Return what is said of it, without its name."""
        return {name: value for name, value in self if name != "name" and value is not None}

    def around(self, inner: BackendSpec | None) -> BackendSpec:
        """Return what holds where ``inner`` is said inside of this."""
        if inner is None:
            return self
        if inner.name is not None and inner.name != self.name:
            return inner
        return self.model_copy(update=inner.collect_settings())
