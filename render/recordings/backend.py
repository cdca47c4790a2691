"""Gives recordings as clips, behind the protocol of every other backend: what comes in goes out."""

from __future__ import annotations

from render.backends.base import Capabilities
from render.backends.request import Clip, ClipRequest
from structure.base.grid import SAMPLE_RATE

_CODE_VERSION = 1

CAPABILITIES = Capabilities(
    sample_rate=SAMPLE_RATE,
    channels=2,
    longest_clip_s=3600.0,
    takes_init_audio=True,
    inpaints=False,
    sings_lyrics=False,
    negative_prompt=True,
    makes_stems=True,
    follows_score=True,
    thread_safe=True,
)


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
