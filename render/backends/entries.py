"""The table of backends: what each is, what it needs, what its licence permits, and what to know of it."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from render.backends.base import Capabilities

_PIPELINES = "render.backends.pipelines"
_COMMUNITY = "free below 1 million US dollars of yearly revenue; above it, ask Stability AI"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendEntry:
    """A backend that may be asked for.

    ``models`` are hub names of its weights, the usual one first; ``classes`` maps the diffusers pipelines
    that it runs to ``module:class``. ``gated``: the licence of the weights must be accepted on the hub
    first. ``can`` is the ``module:name`` of its capabilities. ``permits`` is what the licence lets one do,
    in a line; ``billions`` the size of the usual weights in billions of parameters, 0 where nobody says;
    ``know`` what surprises those who use it first.
    """

    name: str
    summary: str
    licence: str
    models: tuple[str, ...] = ()
    classes: tuple[tuple[str, str], ...] = ()
    gated: bool = False
    wants_gpu: bool = False
    takes_lora: bool = False
    can: str = ""
    permits: str = ""
    billions: float = 0.0
    know: tuple[str, ...] = ()

    def capabilities(self) -> Capabilities:
        """Return what the backend can do with its usual weights; they need not be there."""
        module, _, name = self.can.partition(":")
        found: Capabilities = getattr(importlib.import_module(module), name)
        return found


_STABLE_AUDIO_3 = tuple(
    (name, f"{_PIPELINES}.stable_audio_3:StableAudio3Backend")
    for name in (
        "StableAudio3Pipeline",
        "StableAudio3AudioToAudioPipeline",
        "StableAudio3InpaintPipeline",
    )
)

EMBEDDED = BackendEntry(
    name="embedded",
    summary="comes with the package; follows the score",
    licence="MIT",
    can="render.backends.embedded:CAPABILITIES",
    permits="anything",
)
AUTO = BackendEntry(
    name="auto",
    summary="the pipeline of the folder that `model` names, whichever it is",
    licence="that of the weights",
    classes=(("AutoPipelineForText2Audio", f"{_PIPELINES}.text_to_audio:TextToAudioBackend"),),
    wants_gpu=True,
    can=f"{_PIPELINES}.text_to_audio:CAPABILITIES",
    permits="what the licence of the weights says",
    know=(
        "a folder of a backend in this list is played by that backend",
        "any other that AutoPipelineForText2Audio reads gets words, a length and a seed, 10 s at a time",
    ),
)
ENTRIES: tuple[BackendEntry, ...] = (
    EMBEDDED,
    BackendEntry(
        name="riffusion",
        summary="spectrogram images by Stable Diffusion 1.5",
        licence="CreativeML OpenRAIL-M",
        models=("riffusion/riffusion-model-v1",),
        classes=tuple(
            (name, "render.backends.riffusion.backend:RiffusionBackend")
            for name in (
                "StableDiffusionPipeline",
                "StableDiffusionImg2ImgPipeline",
                "StableDiffusionInpaintPipeline",
            )
        ),
        wants_gpu=True,
        takes_lora=True,
        can="render.backends.riffusion.backend:CAPABILITIES",
        permits="commercial use, within the uses that the licence lists as forbidden",
        billions=1.07,
        know=(
            "an image is 5.11 s: longer clips are blended from windows",
            "phases are drawn anew from each picture, so that a small variation changes them all",
        ),
    ),
    BackendEntry(
        name="stable-audio",
        summary="Stable Audio Open 1.0; also plays Stable Audio 3",
        licence="Stability AI Community",
        models=(
            "stabilityai/stable-audio-open-1.0",
            "stabilityai/stable-audio-3-medium",
            "stabilityai/stable-audio-3-medium-base",
        ),
        classes=(
            ("StableAudioPipeline", f"{_PIPELINES}.stable_audio:StableAudioBackend"),
            *_STABLE_AUDIO_3,
        ),
        gated=True,
        wants_gpu=True,
        can=f"{_PIPELINES}.stable_audio:CAPABILITIES",
        permits=_COMMUNITY,
        billions=1.32,
        know=(
            "it always computes its whole window of 47.5 s, however short the clip",
            "its sampler draws noise from the seed at each step: equal latents alone are no equal clip",
        ),
    ),
    BackendEntry(
        name="stable-audio-3",
        summary="Stable Audio 3: minutes at once, repaints",
        licence="Stability AI Community",
        models=("stabilityai/stable-audio-3-medium", "stabilityai/stable-audio-3-medium-base"),
        classes=_STABLE_AUDIO_3,
        gated=True,
        wants_gpu=True,
        can=f"{_PIPELINES}.stable_audio_3:CAPABILITIES",
        permits=_COMMUNITY,
        know=(
            "the distilled weights hear no negative prompt and no guidance",
            "they draw noise from the seed at each step: equal latents alone are no equal clip",
        ),
    ),
    BackendEntry(
        name="ace-step",
        summary="ACE-Step 1.5: sings lyrics",
        licence="MIT",
        models=("ACE-Step/acestep-v15-xl-turbo-diffusers",),
        classes=(("AceStepPipeline", f"{_PIPELINES}.ace_step:AceStepBackend"),),
        wants_gpu=True,
        takes_lora=True,
        can=f"{_PIPELINES}.ace_step:CAPABILITIES",
        permits="anything",
        know=(
            "every clip comes out at full scale; its level is set by the score",
            "its autoencoder draws from torch's own generator, which is seeded for each clip",
        ),
    ),
    BackendEntry(
        name="minimax-music-3",
        summary="MiniMax Music 3: sings lyrics under section tags",
        licence="MiniMax-Music3 Community",
        models=("MiniMaxAI/MiniMax-Music3",),
        classes=(
            (
                "MiniMaxMusic3ModularPipeline",
                f"{_PIPELINES}.minimax_music_3:MiniMaxMusic3Backend",
            ),
        ),
        wants_gpu=True,
        can=f"{_PIPELINES}.minimax_music_3:CAPABILITIES",
        permits=(
            'commercial use where the product shows the name "MiniMax-Music3"; above 20 million US dollars '
            "of yearly revenue, ask MiniMax"
        ),
        billions=11.5,
        know=(
            "it takes no audio: the score reaches it in words alone, and its beats are found and moved",
            "people who asked it for no voice report that it hums all the same: best for what is sung",
            "a variation keeps the section's first frames and then goes its own way",
        ),
    ),
    BackendEntry(
        name="longcat-audio",
        summary="LongCat-AudioDiT: speaks words, and sounds",
        licence="MIT",
        models=("ruixiangma/LongCat-AudioDiT-1B-Diffusers",),
        classes=(("LongCatAudioDiTPipeline", f"{_PIPELINES}.longcat_audio:LongCatAudioBackend"),),
        wants_gpu=True,
        can=f"{_PIPELINES}.longcat_audio:CAPABILITIES",
        permits="anything",
        billions=1.4,
        know=(
            "it was trained to speak: lyrics are spoken, on no pitch of the score",
            "asked for an instrument, it may speak the words of the prompt",
        ),
    ),
    BackendEntry(
        name="audioldm2",
        summary="AudioLDM 2: small, and 16 kHz",
        licence="CC BY-NC-SA 4.0",
        models=("cvssp/audioldm2-music", "cvssp/audioldm2", "cvssp/audioldm2-large"),
        classes=(("AudioLDM2Pipeline", f"{_PIPELINES}.audioldm2:AudioLDM2Backend"),),
        wants_gpu=True,
        can=f"{_PIPELINES}.audioldm2:CAPABILITIES",
        permits="no commercial use; what is made from it under the same licence",
        billions=1.1,
        know=(
            "nothing above 8 kHz comes out: it suits beds and basses",
            "clips of more than 10.24 s are blended from windows",
        ),
    ),
    AUTO,
)
"""Every backend; the first is the default. Nothing outside of this table is ever loaded, but that ``auto``
also reads what diffusers' ``AutoPipelineForText2Audio`` reads."""
