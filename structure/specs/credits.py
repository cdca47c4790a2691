"""Who made a song: what its files for listeners say besides its title."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from structure.base.plain_text import clean_line

_PICTURES = (".jpg", ".jpeg", ".png")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}")


def _isrc(text: str) -> str:
    """Return a recording's code (ISO 3901) without its hyphens."""
    code = text.replace("-", "").replace(" ", "").upper()
    if not _ISRC.fullmatch(code):
        raise ValueError(
            f"{text!r} is no ISRC; it is two letters, three signs and seven digits: QZ-ABC-26-00001"
        )
    return code


Line = Annotated[str, Field(max_length=200), AfterValidator(clean_line)]


class CreditsSpec(BaseModel):
    """Credits, as tags of audio files hold them. What is left out is not written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    artist: Line | None = Field(default=None, description="Who performs the song.")
    album: Line | None = Field(default=None, description="The album that it is on.")
    composer: Line | None = Field(default=None, description="Who wrote it.")
    label: Line | None = Field(default=None, description="Who publishes it.")
    year: Annotated[int, Field(ge=1000, le=9999)] | None = Field(default=None, description="Of release.")
    track: Annotated[int, Field(ge=1, le=999)] | None = Field(
        default=None, description="Its number on the album."
    )
    copyright: Line | None = Field(default=None, description="Such as '2026 Ada Lark'.")
    isrc: Annotated[str, AfterValidator(_isrc)] | None = Field(
        default=None, description="The recording's code, such as QZ-ABC-26-00001."
    )
    cover: Annotated[str, Field(min_length=1, max_length=500)] | None = Field(
        default=None,
        description="A JPEG or PNG file beside the spec, or none; the song's own picture if left out.",
    )

    @model_validator(mode="after")
    def check_cover_is_a_picture(self) -> Self:
        """Check that the name of a cover is that of a picture."""
        if self.cover not in (None, "none") and not str(self.cover).lower().endswith(_PICTURES):
            raise ValueError("cover: name a .jpg or .png file, or none")
        return self


NO_CREDITS = CreditsSpec()
"""Those of a song whose spec has none."""
