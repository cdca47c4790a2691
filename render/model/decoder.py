"""From a log-mel back to audio, without a neural vocoder: shape the excitation.

The excitation's spectrum is multiplied by a smooth real gain, so that its mel becomes the wanted mel;
its phases, which the score makes exact, are kept. The gain of a bin is interpolated from the mel
bands in decibels and refined a few times, since neighbouring bands leak into one another.

A mel says nothing finer than its bands. Inside them a drum has no structure that could be known, so the
first audio's phases are then made to agree with the smooth spectrum that the mel asks for, as by Griffin
and Lim ("Signal estimation from modified short-time Fourier transform", IEEE TASSP 1984), only from phases
that know where the hits are. Pitched sounds keep the fine structure of their partials.

A window that reaches over an attack would smear it into what sounds before. The score says where the
attacks are, so what sounds before one is shaped by the last gain that does not hear it yet.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.excitation import drum_excitation, pitched_excitation
from render.model.features import (
    DRUMS,
    FLOOR_DB,
    MelLayout,
    band_power,
    istft,
    mel_matrix,
    stft,
    unscale_power,
)
from render.model.notes import NoteTable

REFINEMENTS = 4

DRUM_PASSES, _DRUM_REFINEMENTS = 4, 16
"""How often a drum's phases are made to agree with its spectrum, and how exactly that has the mel."""

_MOMENTUM = 0.99
"""Of those passes (Perraudin, Balazs and Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013)."""

PASSES = 2
"""How often the audio is shaped again. Overlapping frames do not agree on what was asked of each, so the
mel of the first audio misses its target; what it misses is found on the audio itself."""

_MAX_GAIN_DB = 60.0
_MEND_DB, _MEND_BEFORE_ATTACK_DB = 12.0, 3.0
"""Later passes only mend: they must not lift what leaked into silence, least of all before an attack."""

_LEAST_GAP_FRAMES = 3
_FADE_SAMPLES = 64


@lru_cache(maxsize=4)
def _band_to_bin(layout: MelLayout) -> torch.Tensor:
    """Interpolation from bands to bins, (n_mels, bins); each bin's weights sum to 1, or 0 outside."""
    bank = mel_matrix(layout)
    total = bank.sum(1, keepdim=True)
    return torch.where(total > 0, bank / total.clamp_min(1e-6), torch.zeros_like(bank)).T.contiguous()


def gains(
    source: torch.Tensor,
    target: torch.Tensor,
    layout: MelLayout,
    most_db: float = _MAX_GAIN_DB,
    refinements: int = REFINEMENTS,
) -> torch.Tensor:
    """The gain of every bin that gives ``source`` the mel ``target``, of at most ``most_db``.

    ``source``: complex spectrum (frames, bins); ``target``: scaled log-mel (frames, n_mels). Returns
    (frames, bins), 0 outside of the mel's range.
    """
    floor = 10.0 ** (FLOOR_DB / 10.0)
    wanted = unscale_power(target)
    wanted_db = 10.0 * torch.log10(wanted.clamp_min(floor))
    spread = _band_to_bin(layout)
    inside = spread.sum(0) > 0
    power = source.abs().square()
    gain_db = torch.zeros_like(power)
    for _ in range(refinements):
        shaped = band_power(power * 10.0 ** (gain_db / 10.0), layout)
        miss_db = wanted_db - 10.0 * torch.log10(shaped.clamp_min(floor))
        gain_db = (gain_db + miss_db @ spread).clamp(-2.0 * _MAX_GAIN_DB, most_db)
    return torch.where(inside, 10.0 ** (gain_db / 20.0), torch.zeros_like(gain_db))


def _attacks(notes: NoteTable, layout: MelLayout, n_samples: int) -> list[int]:
    """Onsets inside a clip, less those that follow another too closely to be kept apart from it."""
    kept: list[int] = []
    for onset in np.unique(notes.start).tolist():
        if 0 < onset < n_samples and (not kept or onset - kept[-1] >= _LEAST_GAP_FRAMES * layout.hop):
            kept.append(onset)
    return kept


def shape(
    source: torch.Tensor,
    gain: torch.Tensor,
    layout: MelLayout,
    n_samples: int,
    attacks: Sequence[int] = (),
    *,
    mends: bool = False,
) -> torch.Tensor:
    """Audio (n_samples,) of a spectrum (frames, bins) with a ``gain`` for each of its bins; ``attacks`` are
    rising samples, at least ``_LEAST_GAP_FRAMES`` apart, before which nothing of what follows is heard.
    ``mends`` says that ``source`` is audio of an earlier pass, whose silence stays silent.

    The spans between attacks are shaped in turn by two sets of gains, which are the true ones but for
    the frames around an attack: those are held from inside the span.
    """
    if not attacks:
        return istft(source * gain, layout, n_samples)
    last = gain.shape[0] - 1
    reach = layout.n_fft // layout.hop // 2
    edges = [-layout.n_fft, *attacks, n_samples + layout.n_fft]
    frames = np.tile(np.arange(last + 1), (2, 1))
    hearing = np.zeros(frames.shape, dtype=bool)
    share = np.zeros(n_samples, dtype=np.float32)
    for span, (begin, end) in enumerate(itertools.pairwise(edges)):
        near = np.arange(max(0, begin // layout.hop - reach), min(last, end // layout.hop + reach) + 1)
        first = begin // layout.hop
        final = max(first, end // layout.hop - 1)
        frames[span % 2, near] = np.clip(near, first, final).clip(0, last)
        hearing[span % 2, near] = near * layout.hop + layout.n_fft // 2 > end
        if span % 2:
            share[max(0, begin) : end] = 1.0
    share = _softened(share)
    rows = [_held(gain, torch.from_numpy(row)) for row in frames]
    if mends:
        most = 10.0 ** (_MEND_BEFORE_ATTACK_DB / 20.0)
        for row, ahead in zip(rows, torch.from_numpy(hearing), strict=True):
            row[ahead] = row[ahead].clamp_max(most)
    even, odd = (istft(source * row, layout, n_samples) for row in rows)
    return even + torch.from_numpy(share) * (odd - even)


def _held(gain: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """``gain`` (frames, bins) with each frame taken from another; from an earlier one only if less, and
    if the frame before that, which no longer hears the attack at all, is not less still."""
    held = gain[frames]
    early = (frames < torch.arange(len(frames)))[:, None]
    least = torch.minimum(torch.minimum(held, gain[(frames - 1).clamp_min(0)]), gain)
    return torch.where(early, least, held)


def _softened(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Steps from 0 to 1 and back as ramps of ``_FADE_SAMPLES`` that end where the steps are."""
    padded = np.pad(share, (0, _FADE_SAMPLES - 1), mode="edge").astype(np.float64)
    total = np.cumsum(np.insert(padded, 0, 0.0))
    mean = (total[_FADE_SAMPLES:] - total[:-_FADE_SAMPLES]) / _FADE_SAMPLES
    return np.asarray(mean, dtype=np.float32)


def blended_source(
    source: torch.Tensor, audio: torch.Tensor, mel: torch.Tensor, layout: MelLayout, strength: float
) -> torch.Tensor:
    """The spectrum (frames, bins) to be shaped where a clip begins from audio.

    The score's excitation knows the notes, the audio all that no score says. Each is given the painted mel
    by itself; then they are mixed with equal power, the audio's part being the less the more is made anew.
    """
    heard = stft(audio, layout, mel.shape[0])
    angle = strength * math.pi / 2.0
    parts = ((source, math.sin(angle)), (heard, math.cos(angle)))
    return torch.stack([part * gains(part, mel, layout) * share for part, share in parts]).sum(0)


def decode(
    mel: torch.Tensor,
    notes: NoteTable,
    layout: MelLayout,
    n_samples: int,
    seed: int,
    heard: tuple[torch.Tensor, float] | None = None,
) -> NDArray[np.float32]:
    """Audio of a scaled log-mel (frames, n_mels) whose score is known; mono float32 (n_samples,).

    ``heard`` is mono audio (n_samples,) from which the clip was made, and how much of it was made anew, 0…1
    (see :func:`blended_source`).
    """
    synthesise = drum_excitation if layout == DRUMS else pitched_excitation
    source = torch.from_numpy(synthesise(notes, n_samples, seed))
    spectrum = stft(source, layout, mel.shape[0])
    if heard is not None and heard[1] < 1.0:
        spectrum = blended_source(spectrum, heard[0], mel, layout, heard[1])
    attacks = _attacks(notes, layout, n_samples)
    audio = shape(spectrum, gains(spectrum, mel, layout), layout, n_samples, attacks)
    agree = _settled if layout == DRUMS and heard is None else _mended
    return np.asarray(agree(audio, mel, layout, attacks).numpy(), dtype=np.float32)


def _mended(
    audio: torch.Tensor, mel: torch.Tensor, layout: MelLayout, attacks: Sequence[int]
) -> torch.Tensor:
    """Audio (samples,) shaped again by what its own mel misses."""
    for _ in range(PASSES):
        spectrum = stft(audio, layout, mel.shape[0])
        gain = gains(spectrum, mel, layout, _MEND_DB)
        audio = shape(spectrum, gain, layout, audio.shape[-1], attacks, mends=True)
    return audio


def _settled(
    audio: torch.Tensor, mel: torch.Tensor, layout: MelLayout, attacks: Sequence[int]
) -> torch.Tensor:
    """Audio (samples,) whose phases agree with the smoothest spectrum that has the wanted mel."""
    flat = torch.ones(mel.shape[0], layout.n_fft // 2 + 1)
    wanted = gains(flat, mel, layout, refinements=_DRUM_REFINEMENTS)
    most = 10.0 ** (_MEND_DB / 20.0)
    before = torch.zeros(wanted.shape, dtype=torch.complex64)
    for _ in range(DRUM_PASSES):
        spectrum = stft(audio, layout, mel.shape[0])
        level = spectrum.abs().clamp_min(1e-7)
        moved = spectrum - before * (_MOMENTUM / (1.0 + _MOMENTUM))
        before = spectrum
        source = moved * (level / moved.abs().clamp_min(1e-9))
        audio = shape(
            source, (wanted / level).clamp_max(most), layout, audio.shape[-1], attacks, mends=True
        )
    return audio
