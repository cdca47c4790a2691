"""From a log-mel back to audio, without a neural vocoder: shape the excitation.

The excitation's spectrum is multiplied by a smooth real gain, so that its mel becomes the wanted mel;
its phases, which the score makes exact, are kept.

A mel says nothing finer than its bands, and overlapping frames do not agree on what was asked of each. So
the first audio is then settled on a spectrum that has the mel, between its own and the smoothest, from
phases that know the notes (:mod:`render.model.rounds`).

A window that reaches over an attack would smear it into what sounds before. The score says where the
attacks are, so what sounds before one is shaped by the last gain that does not hear it yet, and the rounds
leave it alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.excitation import Comb, comb, drum_excitation, make_pitched_excitation
from render.model.features import DRUMS, MelLayout, istft, stft, unscale_power
from render.model.gains import band_correction, band_logs, block_gains, gains
from render.model.playing.notes import NoteTable
from render.model.playing.vibrato import find_delays, swing
from render.model.rounds import Frames
from render.model.sharpening import find_rests, silence_rests

_SMOOTHNESS = {"pitched": 0.4, "drums": 1.0}
"""The share of the smoothest spectrum in what the audio is to have. A drum has no structure inside a band
that could be known. A pitched sound has its partials, but those of strings and of bells that nobody
named are elsewhere than the score's harmonics."""

_LEAST_LEVEL = 1e-7
_ROUNDS = {"pitched": 8, "drums": 10}
"""In how many rounds it gets that; each costs about a thousandth of the duration on one core."""

_FOLLOWED_HZ = (100.0, 200.0)
"""Below the first a pitched sound keeps its levels, from the second on it gets those of the mel: what is
painted wrong between the partials of a bass would blur its pitch."""

_KEPT_SAMPLES = {"pitched": 2048, "drums": 512}
"""How much of what sounds before an attack the rounds leave alone."""

_MEL_ROUNDS = 2
_SMOOTH_REFINEMENTS, _MIXED_REFINEMENTS = 5, 4
_MOST_MIXED_DB = 12.0
"""Of the gain that a mixed spectrum gets: silence stays silent."""

_LEAST_RISE = 100.0
"""In power: where a note goes on into the next one, the window smears nothing that could be heard, and the
rounds find the level before the attack better than the gains that are held."""

_LEAST_GAP_FRAMES = 3
_FADE_SAMPLES = 64


def _attacks(notes: NoteTable, mel: torch.Tensor, layout: MelLayout, n_samples: int) -> list[int]:
    """Return the onsets inside a clip at which its mel (frames, n_mels) rises.

    Those that follow another too closely to be kept apart from it are left out.
    """
    power = unscale_power(mel).sum(1) + 1e-11
    reach = layout.n_fft // layout.hop // 2
    kept: list[int] = []
    for onset in np.unique(notes.start).tolist():
        if not 0 < onset < n_samples or (kept and onset - kept[-1] < _LEAST_GAP_FRAMES * layout.hop):
            continue
        frame = min(onset // layout.hop, len(power) - 2)
        before = power[max(0, frame - reach) : frame - reach + 1].max() if frame >= reach else power[0]
        if power[frame + 1 : frame + 2 + reach].max() > before * _LEAST_RISE:
            kept.append(onset)
    return kept


def shape(
    source: torch.Tensor,
    gain: torch.Tensor,
    layout: MelLayout,
    n_samples: int,
    attacks: Sequence[int] = (),
) -> torch.Tensor:
    """Return the audio (n_samples,) of a spectrum (frames, bins) with a ``gain`` for each of its bins.

    ``attacks`` are rising samples, at least ``_LEAST_GAP_FRAMES`` frames apart, before which nothing of
    what follows is heard.

    The spans between attacks are shaped in turn by two sets of gains, which are the true ones but for
    the frames around an attack: those are held from inside the span. Where an earlier frame is held, each
    bin gets the least of three gains: that of the earlier frame, that of the frame before it, which no
    longer hears the attack at all, and its own.
    """
    if not attacks:
        return istft(source, layout, n_samples, gain)
    last = gain.shape[0] - 1
    reach = layout.n_fft // layout.hop // 2
    edges = [-layout.n_fft, *attacks, n_samples + layout.n_fft]
    frames = np.tile(np.arange(last + 1), (2, 1))
    share = np.zeros(n_samples, dtype=np.float32)
    for span, (begin, end) in enumerate(itertools.pairwise(edges)):
        near = np.arange(max(0, begin // layout.hop - reach), min(last, end // layout.hop + reach) + 1)
        first = begin // layout.hop
        final = max(first, end // layout.hop - 1)
        frames[span % 2, near] = np.clip(near, first, final).clip(0, last)
        if span % 2:
            share[max(0, begin) : end] = 1.0

    sounds = []
    for row in map(torch.from_numpy, frames):
        held = gain[row]
        early = (row < torch.arange(len(row))).nonzero().flatten()
        before = gain[(row[early] - 1).clamp_min(0)]
        held[early] = torch.minimum(torch.minimum(held[early], before), gain[early])
        sounds.append(istft(source, layout, n_samples, held))
    even, odd = sounds
    return torch.lerp(even, odd, torch.from_numpy(_soften(share)))


def _soften(share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return steps from 0 to 1 and back as ramps of ``_FADE_SAMPLES`` that end where the steps are."""
    padded = np.pad(share, (0, _FADE_SAMPLES - 1), mode="edge").astype(np.float64)
    total = np.cumsum(np.insert(padded, 0, 0.0))
    mean = (total[_FADE_SAMPLES:] - total[:-_FADE_SAMPLES]) / _FADE_SAMPLES
    return np.asarray(mean, dtype=np.float32)


def blend_source(
    source: torch.Tensor, audio: torch.Tensor, mel: torch.Tensor, layout: MelLayout, strength: float
) -> torch.Tensor:
    """Return the spectrum (frames, bins) to be shaped where a clip begins from audio.

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
    *,
    make_comb: Comb = comb,
) -> NDArray[np.float32]:
    """Return the audio of a scaled log-mel (frames, n_mels) whose score is known.

    It is mono float32 (n_samples,). ``heard`` is mono audio (n_samples,) from which the clip was made, and
    how much of it was made anew, 0…1 (see :func:`blend_source`). ``make_comb`` gives the
    partials of its notes, which not all sounds have at harmonics.
    """
    if layout == DRUMS:
        source = torch.from_numpy(drum_excitation(notes, n_samples, seed))
    else:
        excitation = make_pitched_excitation(notes, n_samples, seed, make_comb=make_comb)
        source = torch.from_numpy(excitation)
    spectrum = stft(source, layout, mel.shape[0])
    if heard is not None and heard[1] < 1.0:
        spectrum = blend_source(spectrum, heard[0], mel, layout, heard[1])
    attacks = _attacks(notes, mel, layout, n_samples)
    audio = shape(spectrum, gains(spectrum, mel, layout), layout, n_samples, attacks)

    kind = "drums" if layout == DRUMS else "pitched"
    smoothness = _SMOOTHNESS[kind] * (1.0 if heard is None else heard[1])
    kept = np.zeros(n_samples, dtype=np.float32)
    for attack in attacks:
        kept[max(0, attack - _KEPT_SAMPLES[kind]) : attack] = 1.0
    frames = Frames(audio.numpy(), _soften(kept), layout, mel.shape[0])
    wanted = _Wanted(mel, layout, smoothness)
    frames.settle(wanted.give_levels, _ROUNDS[kind])
    frames.settle(wanted.give_mel, _MEL_ROUNDS)
    made = frames.audio()
    swing(made, find_delays(notes, n_samples))
    silence_rests(made, find_rests(mel.numpy(), notes, layout, n_samples), layout.sample_rate)
    return made


class _Wanted:
    """What the spectrum of a clip is to be."""

    def __init__(self, mel: torch.Tensor, layout: MelLayout, smoothness: float) -> None:
        self._layout, self._smoothness = layout, smoothness
        self._bands, self._followed = band_logs(mel), _find_follow_shares(layout)
        self._levels: dict[int, NDArray[np.float32]] = {}

    def give_levels(self, block: slice, spectrum: NDArray[np.complex64]) -> None:
        """Give a block of frames the magnitudes that they are to have, in place.

        They follow from the magnitudes that the block has when it is first seen.
        """
        level = np.maximum(np.abs(spectrum), np.float32(_LEAST_LEVEL))
        if block.start not in self._levels:
            self._levels[block.start] = self._mix(level, self._bands[:, block])
        spectrum *= np.divide(self._levels[block.start], level, out=level)

    def give_mel(self, block: slice, spectrum: NDArray[np.complex64]) -> None:
        """Give a block of frames the mel that they are to have."""
        gain = band_correction(np.abs(spectrum), self._bands[:, block], self._layout, _MOST_MIXED_DB)
        gain -= 1.0
        gain *= self._followed
        gain += 1.0
        spectrum *= gain

    def _mix(self, level: NDArray[np.float32], bands: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return magnitudes (frames, bins) that have a mel.

        They are ``level`` mixed, in decibels, with the smoothest ones that have it, whose share is the
        smoothness.
        """
        layout, followed = self._layout, self._followed
        smooth = block_gains(np.ones_like(level), bands, layout, refinements=_SMOOTH_REFINEMENTS)
        if self._smoothness == 1.0:
            return smooth
        smooth = np.maximum(smooth, np.float32(_LEAST_LEVEL))
        mixed = level * np.exp(np.log(smooth / level) * (np.float32(self._smoothness) * followed))
        gain = block_gains(mixed, bands, layout, _MOST_MIXED_DB, _MIXED_REFINEMENTS)
        mixed *= followed * (gain - 1.0) + 1.0
        return np.asarray(mixed, dtype=np.float32)


@lru_cache(maxsize=4)
def _find_follow_shares(layout: MelLayout) -> NDArray[np.float32]:
    """Return how far each bin follows the mel, 0…1: (bins,)."""
    hertz = np.arange(layout.n_fft // 2 + 1, dtype=np.float32) * (layout.sample_rate / layout.n_fft)
    if layout == DRUMS:
        return np.ones_like(hertz)
    first, last = _FOLLOWED_HZ
    return np.asarray(np.clip((hertz - first) / (last - first), 0.0, 1.0), dtype=np.float32)
