"""The embedded voice behind the protocol of every other backend: it needs no package beside this one."""

from __future__ import annotations

from render.backends.request import Clip, ClipRequest
from render.model_voice.shipped import digest_weights
from render.voice.backend import CAPABILITIES, sing_request

_CODE_VERSION = 3
"""Raise it whenever a change in the code changes the samples: cached clips are then made anew."""


class EmbeddedVoiceBackend:
    """A singer of words at 44.1 kHz: mono, or stereo where several sing. Its first clip loads it."""

    name = "embedded voice"
    capabilities = CAPABILITIES

    def __init__(self) -> None:
        self.fingerprint = f"embedded-voice-{_CODE_VERSION}-{digest_weights()}"

    def generate(self, request: ClipRequest) -> Clip:
        """Sing one clip. Notes without a syllable are sung on "ah".

        The words for the voice say what it is like, and the stem's noise which of such voices it is: it is
        the same all through a song. Raises ValueError for another sample rate.
        """
        # songs without words are made without it
        from render.model_voice.speaker import PaintedThroat, load_network
        from render.model_voice.timbre import TIMBRE, imagine

        timbre, voice = imagine(request.voice or request.prompt, request.timbre.noise((TIMBRE,)))
        return sing_request(PaintedThroat(load_network(), timbre), request, voice)
