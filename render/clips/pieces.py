"""Clips that are longer than a backend's longest: made in pieces that meet on bar lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from render.audio.levels import fade_in, fade_out
from render.audio.shape import fit_length, fit_width
from render.backends.base import Capabilities
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest, InitAudio
from structure.base.errors import BackendError
from structure.base.progress import Stopwatch
from structure.base.seeds import derive_seed


def split_into_pieces(request: ClipRequest, can: Capabilities, backend: str) -> tuple[int, ...]:
    """Return the bars of each piece, as equal as can be; () where the clip fits at once."""
    rate = request.grid.sample_rate
    seconds = request.total_samples / rate
    if seconds <= can.longest_clip_s:
        return ()
    bar_s = float(longest_bar_samples(request)) / rate
    around_s = (request.pre_roll_samples + request.tail_samples) / rate
    # a piece is preceded by a bar of the one before it
    most = int((can.longest_clip_s - around_s) / bar_s) - 1
    if can.follows_score or most < 1:
        raise BackendError(
            f"lasts {seconds:.1f} s with its pre-roll and tail, but the backend {backend!r} makes clips "
            f"of at most {can.longest_clip_s:.1f} s",
            hint="give the section fewer bars",
        )
    bars = _count_bars(request)
    count = -(-bars // most)
    edges = [bars * place // count for place in range(count + 1)]
    return tuple(int(after - before) for before, after in pairwise(edges))


def longest_bar_samples(request: ClipRequest) -> Fraction:
    """Return the samples of the longest bar of a clip's section, exactly where all are alike."""
    grid = request.grid
    if grid.is_steady:
        return grid.meter.bar_quarters * grid.quarter_samples
    lines = [grid.sample_at_bar(bar) for bar in range(_count_bars(request) + 1)]
    return Fraction(max(end - start for start, end in pairwise(lines)))


def _count_bars(request: ClipRequest) -> int:
    """Return the bars of a clip's section, the last of which may not be whole."""
    whole, rest = request.grid.bar_at(request.body_quarters)
    return whole + (rest > 0)


def generate_in_pieces(
    ask: Callable[[ClipRequest], Clip], can: Capabilities, request: ClipRequest, pieces: tuple[int, ...]
) -> Clip:
    """Return a clip whose pieces meet on bar lines; ``pieces`` are the bars of each, ``ask`` makes one.

    A backend that inpaints hears the last bar of the piece before, and goes on from there. Another makes
    that bar anew, and there the two are crossfaded with equal power, as they are not alike.
    """
    grid, channels = request.grid, can.channels
    audio = np.zeros((channels, request.total_samples), dtype=np.float32)
    watch = Stopwatch()
    first_bar = 0
    for place, bars in enumerate(pieces):
        piece = _cut_piece(request, place, first_bar, bars, last=place == len(pieces) - 1)
        begin = request.pre_roll_samples + grid.sample_at_bar(first_bar) - piece.pre_roll_samples
        context = piece.pre_roll_samples if place else 0
        if context and can.inpaints:
            # it keeps the audio before it and makes the rest, from its guide where it has one
            total, strength = piece.total_samples, 1.0 if piece.init is None else piece.init.strength
            before = audio[:, begin : begin + context]
            after = (
                np.zeros((channels, total)) if piece.init is None else fit_width(piece.init.audio, channels)
            )
            heard = np.concatenate([before, after[:, context:]], axis=1).astype(np.float32)
            piece = replace(piece, init=InitAudio(heard, strength, ((context, total),)))
        clip = ask(piece)
        watch.add(clip.seconds_by_stage)

        end = min(begin + clip.audio.shape[1], audio.shape[1])
        made = clip.audio[:, : end - begin].copy()
        if context and not can.inpaints:
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
