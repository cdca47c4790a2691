"""Gives recordings as clips, behind the protocol of every other backend: what comes in goes out."""

from __future__ import annotations

from dataclasses import replace

from render.backends.base import SCORE_PLAYER
from render.backends.request import Clip, ClipRequest

_CODE_VERSION = 1

CAPABILITIES = replace(SCORE_PLAYER, channels=2, takes_init_audio=True)


class RecordingBackend:
    """Recordings, which requests hold as the audio that they begin from."""

    name = "recording"
    capabilities = CAPABILITIES
    fingerprint = f"recording-{_CODE_VERSION}"

    def generate(self, request: ClipRequest) -> Clip:
        """Return the request's audio, sample by sample. Raises ValueError where it has none."""
        if request.init is None:
            raise ValueError("a recording was asked for without its audio")
        return Clip(request.init.audio, request.grid.sample_rate, request.pre_roll_samples)
