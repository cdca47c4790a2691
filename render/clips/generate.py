"""Generate a clip as it was negotiated: guide, pieces, sample rate, splice, time, key and level."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from render.audio.levels import fade_in, fade_out
from render.audio.shape import fit_length, fit_width, resample, splice
from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest, InitAudio
from render.clips.conform import conform
from render.clips.guide import GuideMaker
from render.clips.negotiate import Approach, count_spare_samples
from structure.base.grid import round_half_up
from structure.base.progress import Stopwatch
from structure.base.seeds import derive_seed


def generate_clip(backend: Backend, approach: Approach, guides: GuideMaker) -> Clip:
    """Return a clip of the request's length and sample rate, with the time that the backend spent on it.

    Raises RuntimeError where the backend breaks its contract.
    """
    request = approach.request
    longest = int(backend.capabilities.longest_clip_s * request.grid.sample_rate)
    spare = max(0, min(count_spare_samples(approach), longest - request.total_samples))
    asked = replace(request, tail_samples=request.tail_samples + spare)
    if approach.guide is not None:
        guide = guides.make_guide(approach.guide.kind, approach.sources)
        audio = fit_length(guide, asked.total_samples)
        asked = replace(asked, init=InitAudio(audio, approach.guide.strength))

    if approach.pieces:
        made = generate_in_pieces(backend, asked, approach.pieces)
    else:
        made = _generate(backend, asked)
    if approach.kept is not None:
        # the clip inside the ranges to repaint, and the audio that was there outside of them
        kept = fit_width(approach.kept.audio, len(made.audio))
        repaint = approach.kept.repaint or ()
        made = replace(
            made,
            audio=splice(kept, fit_length(made.audio, kept.shape[1]), repaint, request.grid.sample_rate),
        )

    if not approach.conforms:
        return replace(made, audio=fit_length(made.audio, request.total_samples))
    fitted = conform(made.audio, request, approach.sources, guided=approach.guide is not None)
    return replace(made, audio=fitted.audio, notes=fitted.notes, doubts=fitted.doubts)


def _generate(backend: Backend, request: ClipRequest) -> Clip:
    """Return what the backend gives, checked, at the request's sample rate: (1 or 2, total_samples)."""
    clip = backend.generate(request)
    _check_clip(clip, request, backend.name)
    rate = request.grid.sample_rate
    audio = clip.audio
    if clip.sample_rate != rate:  # to the sample; rounding is made up for at the end
        audio = fit_length(resample(audio, clip.sample_rate, rate), request.total_samples)
    return Clip(audio, rate, request.pre_roll_samples, seconds_by_stage=clip.seconds_by_stage)


def generate_in_pieces(backend: Backend, request: ClipRequest, pieces: tuple[int, ...]) -> Clip:
    """Return a clip whose pieces meet on bar lines; ``pieces`` are the bars of each.

    A backend that inpaints hears the last bar of the piece before, and goes on from there. Another makes
    that bar anew, and there the two are crossfaded with equal power, as they are not alike.
    """
    grid, channels = request.grid, backend.capabilities.channels
    audio = np.zeros((channels, request.total_samples), dtype=np.float32)
    watch = Stopwatch()
    first_bar = 0
    for place, bars in enumerate(pieces):
        piece = _cut_piece(request, place, first_bar, bars, last=place == len(pieces) - 1)
        begin = request.pre_roll_samples + grid.sample_at_bar(first_bar) - piece.pre_roll_samples
        context = piece.pre_roll_samples if place else 0
        if context and backend.capabilities.inpaints:
            piece = _continue_piece(piece, audio[:, begin : begin + context])
        clip = _generate(backend, piece)
        watch.add(clip.seconds_by_stage)

        end = min(begin + clip.audio.shape[1], audio.shape[1])
        made = clip.audio[:, : end - begin].copy()
        if context and not backend.capabilities.inpaints:
            made[:, :context] *= fade_in(context)
            audio[:, begin : begin + context] *= fade_out(context)
            made[:, :context] += audio[:, begin : begin + context]
        audio[:, begin:] = 0.0
        audio[:, begin:end] = made
        first_bar += bars
    return Clip(audio, grid.sample_rate, request.pre_roll_samples, seconds_by_stage=watch.seconds)


def _cut_piece(request: ClipRequest, place: int, first_bar: int, bars: int, *, last: bool) -> ClipRequest:
    """Return some bars of a request; all but the first piece begin with the bar before."""
    grid = request.grid
    start, end = grid.quarters_at_bar(first_bar), grid.quarters_at_bar(first_bar + bars)
    before = grid.quarters_at_bar(first_bar - 1) if place else start
    pre_roll = grid.sample_at(start) - grid.sample_at(before) if place else request.pre_roll_samples
    body = request.body_quarters - start if last else end - start
    notes = tuple(
        replace(note, onset=note.onset - start) for note in request.notes if start <= note.onset < end
    )
    latent = request.latent
    seeds = [derive_seed("piece", place, seed) for seed in (latent.seed, latent.variation_seed)]
    made = replace(
        request,
        notes=notes,
        grid=grid.part(start, start + body),
        body_quarters=body,
        pre_roll_samples=pre_roll,
        latent=LatentRecipe(seeds[0], seeds[1], latent.amount).canonical() if place else latent,
        init=None,
    )
    if request.init is None:
        return made
    first = request.pre_roll_samples + grid.sample_at(start) - pre_roll
    audio = fit_length(request.init.audio[:, first:], made.total_samples)
    return replace(made, init=InitAudio(audio, request.init.strength))


def _continue_piece(piece: ClipRequest, before: Audio) -> ClipRequest:
    """Return a piece that keeps the audio before it and makes the rest, from its guide where it has one."""
    context, total = before.shape[1], piece.total_samples
    strength = 1.0 if piece.init is None else piece.init.strength
    after = (
        np.zeros((len(before), total)) if piece.init is None else fit_width(piece.init.audio, len(before))
    )
    audio = np.concatenate([before, after[:, context:]], axis=1).astype(np.float32)
    return replace(piece, init=InitAudio(audio, strength, ((context, total),)))


def _check_clip(clip: Clip, request: ClipRequest, backend: str) -> None:
    """Raise RuntimeError unless a clip has the length and the downbeat that were asked for.

    They are those of its own sample rate. At another rate than the song's a sample of rounding is allowed.
    """
    ratio = Fraction(clip.sample_rate, request.grid.sample_rate)
    slack = 0 if ratio == 1 else 1
    length, downbeat = (round_half_up(ratio * n) for n in (request.total_samples, request.pre_roll_samples))
    shape = clip.audio.shape
    if len(shape) != 2 or shape[0] not in (1, 2) or abs(shape[1] - length) > slack:
        raise RuntimeError(
            f"backend {backend!r} gave {shape} at {clip.sample_rate} Hz, not (1 or 2, {length})"
        )
    if abs(clip.downbeat_sample - downbeat) > slack:
        raise RuntimeError(
            f"backend {backend!r} put the downbeat on sample {clip.downbeat_sample}, not {downbeat}"
        )
    if not np.all(np.isfinite(clip.audio)):
        raise RuntimeError(f"backend {backend!r} gave samples that are not numbers")
