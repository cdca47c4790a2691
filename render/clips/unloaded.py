"""Stand-ins for backends that are not loaded: they tell which clips a song asks for, and make none."""

from __future__ import annotations

from dataclasses import dataclass

from render.backends import backend_entry
from render.backends.base import Backend, Capabilities
from render.backends.request import Clip, ClipRequest
from render.clips.players import load_player
from structure.base.errors import RitornelloError
from structure.plans.players import player_of
from structure.specs.spec import RenderSpec

_ABLE = Capabilities(
    sample_rate=44_100,
    channels=2,
    longest_clip_s=float("inf"),
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=True,
    negative_prompt=True,
    makes_stems=True,
    follows_score=True,
    morphs=True,
)


@dataclass(frozen=True, slots=True)
class AskedBackend:
    """A stand-in for a backend that is not loaded.

    It makes no clips. Unless told otherwise, it can do everything that may be asked for.
    """

    name: str = "any"
    fingerprint: str = ""
    capabilities: Capabilities = _ABLE

    def generate(self, request: ClipRequest) -> Clip:
        """Make nothing: raises NotImplementedError."""
        raise NotImplementedError("this backend is not loaded")


def find_player(settings: RenderSpec) -> Backend:
    """Return what plays by some settings, or a stand-in with its abilities where it cannot run here.

    Raises RitornelloError for a backend that is not known.
    """
    can = backend_entry(settings.backend).capabilities()
    try:
        return load_player(settings)
    except RitornelloError:
        return ask_player(settings, can)


def ask_player(settings: RenderSpec, can: Capabilities = _ABLE) -> AskedBackend:
    """Return a stand-in for what plays by some settings, which other weights have as another one."""
    return AskedBackend(settings.backend, str(player_of(settings)), can)
