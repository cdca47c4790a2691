"""How a clip is made by a backend that may not be able to do all that is asked of it.

Where it lacks something, the next best is chosen: parts of a clip are repainted by the backend's
own inpainting, else by generating all of it from the audio that is there, else anew, and spliced in with
crossfades; the score goes in as audio where notes are not read; a clip that is longer than the backend's
longest is made in pieces that meet on bar lines. What cannot be done at all is left out, and said.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from render.backends.base import Capabilities
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest, InitAudio, content_of
from render.clips.conform import VERSION as CONFORM_VERSION
from render.clips.guide import GuideRecipe
from render.clips.pieces import split_into_pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a clip is made.

    ``request`` is what the backend is asked for, save the guide, which is made when it is needed.
    ``sources`` are the stems that are to sound in it. ``kept`` is audio to splice it into. ``pieces`` are
    the bars of each piece, () where it is made at once. ``conforms`` says that its time, key and level are
    to be brought to the score's. ``left_out`` names what the backend cannot do.
    """

    request: ClipRequest
    sources: tuple[ClipRequest, ...]
    guide: GuideRecipe | None = None
    kept: InitAudio | None = None
    pieces: tuple[int, ...] = ()
    conforms: bool = False
    left_out: tuple[str, ...] = ()

    def key(self, backend_fingerprint: str, guide_fingerprint: str) -> str:
        """Return the SHA-256 over everything that decides the clip's samples."""
        plain = self.request.content_hash(backend_fingerprint)
        if not (self.guide or self.kept or self.pieces or self.conforms):
            return plain
        content = [
            plain,
            [source.content_hash("") for source in self.sources],
            [content_of(self.guide), guide_fingerprint] if self.guide else None,
            content_of(self.kept),
            self.pieces,
            CONFORM_VERSION if self.conforms else None,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def negotiate(
    wanted: ClipRequest,
    can: Capabilities,
    backend: str,
    guide: GuideRecipe | None = None,
    sources: Sequence[ClipRequest] = (),
) -> Approach:
    """Settle how ``backend`` makes a clip; ``guide`` is how its guide is made where it needs one.

    Raises RitornelloError where not even a bar fits the backend's longest clip.
    """
    request, kept, left_out = _fit_init(wanted, can)
    guided = guide if not can.follows_score and can.takes_init_audio and request.init is None else None
    begins_from_audio = guided is not None or request.init is not None
    hears_negative = can.negative_prompt and (can.negative_with_init or not begins_from_audio)
    if request.negative_prompt and not hears_negative:
        left_out += ("negative prompts" if not can.negative_prompt else "negative prompts with a guide",)
        request = replace(request, negative_prompt="")
    if request.lyrics and not can.sings_lyrics:
        left_out += ("lyrics",)
        request = replace(request, lyrics="")
    if not can.sings_lyrics and any(note.syllable is not None for note in request.notes):
        notes = tuple(replace(note, syllable=None) for note in request.notes)
        request = replace(request, notes=notes, voice="", language="")
    if request.latent.amount and not can.takes_latents:
        request = replace(request, latent=LatentRecipe(request.latent.seed))
        if sources or not can.takes_init_audio or request.init is not None:
            left_out += ("variations",)
    if request.morph_prompt and not can.morphs:
        left_out += ("morphs",)
        request = replace(request, morph_prompt="")
    if can.follows_score:
        request = replace(request, key="")
    heard = [replace(source, lyrics="", morph_prompt="", init=None) for source in sources or (wanted,)]
    return Approach(
        request=request,
        sources=tuple(heard),  # in a guide nobody sings
        guide=guided,
        kept=kept,
        pieces=split_into_pieces(request, can, backend),
        conforms=not can.follows_score and wanted.init is None,
        left_out=left_out,
    )


def _fit_init(
    wanted: ClipRequest, can: Capabilities
) -> tuple[ClipRequest, InitAudio | None, tuple[str, ...]]:
    """Return the request with the init audio that the backend takes, and what it cannot take.

    Between the two stands the audio to splice its clip into, or None.
    """
    init = wanted.init
    if init is None:
        return wanted, None, ()
    if init.repaint is not None and not can.inpaints:
        inner = replace(init, repaint=None) if can.takes_init_audio else None
        return replace(wanted, init=inner), init, ()
    if init.repaint is None and not can.takes_init_audio:
        return replace(wanted, init=None), None, ("audio to begin from",)
    return wanted, None, ()


def describe_left_out(backend: str, approaches: Iterable[tuple[str, Approach]]) -> tuple[str, ...]:
    """Say what a backend cannot do, a sentence a thing; ``approaches`` come with their stems' names."""
    found: dict[str, dict[str, None]] = {}
    for stem, approach in approaches:
        for thing in approach.left_out:
            found.setdefault(thing, {})[stem] = None
    return tuple(
        f"the backend {backend!r} does not sing; the lyrics are left out"
        if thing == "lyrics"
        else f"the backend {backend!r} takes no {thing}; left out for {', '.join(stems)}"
        for thing, stems in found.items()
    )
