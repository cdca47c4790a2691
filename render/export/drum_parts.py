"""A drum stem taken apart: kick, snare, hats and cymbals, percussion.

The score says what is struck when, so only the sounds are unknown. The stem's magnitude spectrogram is
modelled as the sum over all hits of a template of the struck sound, scaled by the hit: non-negative matrix
factor deconvolution (Smaragdis, 2004) with activations known from the score (Ewert and Müller,
"Score-informed source separation for music signals", 2012). Templates begin as what each drum is known to
sound like, which decides between drums that are always struck together, and are fitted by multiplicative
updates for the generalised Kullback-Leibler divergence (Lee and Seung, 2001). Wiener-like masks made of
the model's squared parts then share out the stem; as they add up to one, the parts sum to the stem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.stft import hann, istft, stft_chunks
from render.audio.types import Audio
from render.model.playing.notes import DRUM_CLASSES, drum_class
from structure.plans.plan import SongPlan

Spectra = NDArray[np.float32]
"""Magnitudes or masks, (frames, bands)."""

DRUM_PARTS: Mapping[str, tuple[str, ...]] = {
    "kick": ("kick",),
    "snare": ("snare", "side_stick", "clap"),
    "cymbals": ("closed_hat", "pedal_hat", "open_hat", "crash", "ride"),
    "percussion": ("low_tom", "mid_tom", "high_tom", "shaker", "bell", "conga"),
}
"""What is struck in each part."""

_PART_OF = {name: part for part, names in DRUM_PARTS.items() for name in names}

_N_FFT = 2048
_HOP = 512
_BEFORE = 2
"""Frames before an onset whose windows reach into the hit."""

_FINE_BANDS = 64
_BAND_GROWTH = 1.05
"""Bands are as narrow as they can be up to 1.4 kHz, and then each is 5 % wider than the one before."""

_ROUNDS = 12
_SMALL = 1e-7

_SHAPES: Mapping[str, tuple[float, float, float]] = {
    # where the sound lies, Hz, and how long it rings, s
    "kick": (30.0, 140.0, 0.35),
    "side_stick": (400.0, 3500.0, 0.12),
    "snare": (160.0, 6000.0, 0.3),
    "clap": (800.0, 5000.0, 0.25),
    "closed_hat": (5000.0, 16000.0, 0.12),
    "pedal_hat": (4000.0, 14000.0, 0.15),
    "open_hat": (4500.0, 16000.0, 0.7),
    "low_tom": (60.0, 250.0, 0.6),
    "mid_tom": (90.0, 350.0, 0.5),
    "high_tom": (120.0, 450.0, 0.5),
    "crash": (2500.0, 16000.0, 1.8),
    "ride": (3000.0, 14000.0, 1.2),
    "shaker": (4000.0, 14000.0, 0.12),
    "bell": (500.0, 6000.0, 0.4),
    "conga": (150.0, 900.0, 0.35),
}
_RINGS_S = 4.0
"""A template lasts this many of its sound's decays, at most :data:`_LONGEST_S`."""

_LONGEST_S = 2.5
_SKIRT = 0.02
"""How much of a sound is expected outside of where it lies, in amplitude."""


@dataclass(frozen=True, slots=True)
class DrumHit:
    """One struck drum.

    ``sample`` is its first sample, ``drum`` its class of :data:`~render.model.playing.notes.DRUM_CLASSES`,
    ``amplitude`` is 0…1.
    """

    sample: int
    drum: str
    amplitude: float


def drum_hits(plan: SongPlan, stem: str) -> list[DrumHit]:
    """Return all hits of a drum stem at the plan's sample rate, in the order of the song."""
    hits = []
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem)
        start = plan.position_quarters(visit)
        for note in part.notes if part else ():
            drum = DRUM_CLASSES[drum_class(note.pitch)]
            amplitude = (note.velocity / 127.0) ** 1.5
            hits.append(DrumHit(plan.grid.sample_at(start + note.sounding_onset), drum, amplitude))
    return hits


def parts_struck(hits: Sequence[DrumHit]) -> tuple[str, ...]:
    """Return the parts that have hits, in the order of :data:`DRUM_PARTS`."""
    return tuple(part for part in DRUM_PARTS if any(_PART_OF[hit.drum] == part for hit in hits))


def split_drums(audio: Audio, hits: Sequence[DrumHit], sample_rate: int) -> dict[str, Audio]:
    """Return the parts of a drum stem (channels, samples) that are struck, by name.

    They are in the order of :data:`DRUM_PARTS`, and sum to the stem. A stem without hits is all percussion.
    """
    parts = parts_struck(hits)
    if len(parts) < 2:
        return {parts[0] if parts else "percussion": audio.copy()}

    firsts, width = list(range(_FINE_BANDS)), 1.0  # the first bin of each band
    while firsts[-1] + round(width) <= _N_FFT // 2:
        firsts.append(firsts[-1] + round(width))
        width *= _BAND_GROWTH
    edges = np.array(firsts, dtype=np.int64)
    widths = np.diff(edges, append=_N_FFT // 2 + 1)
    hertz = (edges + (widths - 1) / 2) * (sample_rate / _N_FFT)

    # the root mean square of the bins of each band and of all channels
    powers: list[list[NDArray[np.float32]]] = [
        [np.add.reduceat(np.square(np.abs(bins)), edges, axis=1) for bins in _spectra(channel)]
        for channel in audio
    ]
    total = sum(np.concatenate(chunks) for chunks in powers)
    magnitude = np.asarray(np.sqrt(total / (widths * len(audio))), dtype=np.float32)

    kit = _Kit(magnitude, hits, hertz, sample_rate)
    kit.fit()

    # The masks sum to one. What no hit explains goes to the part that rings longest.
    drums = {part: [drum for drum in kit.templates if _PART_OF[drum] == part] for part in parts}
    squares = {part: np.square(kit.part(names)) for part, names in drums.items()}
    longest = max(parts, key=lambda part: max(_SHAPES[drum][2] for drum in drums[part]))
    squares[longest] += np.float32((1e-4 * float(kit.magnitude.max(initial=0.0))) ** 2) + np.float32(1e-20)
    whole = sum(squares.values())
    masks = {part: np.asarray(square / whole, dtype=np.float32) for part, square in squares.items()}

    # The last part is what the others leave, so that all of them sum to the stem.
    made = {part: _apply_mask(audio, masks[part], widths) for part in parts[:-1]}
    rest = audio.copy()
    for sound in made.values():
        rest -= sound
    return {**made, parts[-1]: rest}


def _spectra(channel: NDArray[np.float32]) -> Iterator[NDArray[np.complex64]]:
    """Yield short-time spectra of one channel, a chunk of frames at a time.

    Frame k is centred on sample k * _HOP - _N_FFT / 2, so that every sample is in four.
    """
    padded = np.pad(channel, (_N_FFT, _N_FFT + -len(channel) % _HOP))
    return stft_chunks(padded, _N_FFT, _HOP, hann(_N_FFT))


def _apply_mask(audio: Audio, mask: Spectra, widths: NDArray[np.int64]) -> Audio:
    """Return the audio with the bins of each band multiplied by its mask."""

    def mask_spectra(channel: NDArray[np.float32]) -> Iterator[NDArray[np.complex64]]:
        first = 0
        for bins in _spectra(channel):
            yield bins * np.repeat(mask[first : first + len(bins)], widths, axis=1)
            first += len(bins)

    made = np.empty_like(audio)
    for channel, out in zip(audio, made, strict=True):
        whole = istft(mask_spectra(channel), _HOP, hann(_N_FFT), len(mask))
        out[:] = whole[_N_FFT : _N_FFT + len(channel)]
    return made


class _Kit:
    """The templates of all drums that are struck, (frames, bands) each, and the gains of their hits."""

    def __init__(
        self, magnitude: Spectra, hits: Sequence[DrumHit], hertz: NDArray[np.float64], sample_rate: int
    ) -> None:
        self.magnitude = magnitude
        frames = len(magnitude)
        self.longest = 1 + max(_length(hit.drum, sample_rate) for hit in hits)
        self.padded = np.pad(magnitude, ((_BEFORE, self.longest), (0, 0)))
        self.first: dict[str, NDArray[np.int64]] = {}
        self.gains: dict[str, Spectra] = {}
        self.templates: dict[str, Spectra] = {}
        for drum in dict.fromkeys(hit.drum for hit in hits):
            mine = [hit for hit in hits if hit.drum == drum]
            places = np.array([round((hit.sample + _N_FFT // 2) / _HOP) for hit in mine], dtype=np.int64)
            # a frame of padding comes first, so that this is where the template begins
            self.first[drum] = np.clip(places, 0, frames - 1)
            self.gains[drum] = np.array([hit.amplitude for hit in mine], dtype=np.float32)
            self.templates[drum] = _guess_template(drum, hertz, sample_rate) * float(
                magnitude.max(initial=0.0)
            )

    def fit(self) -> None:
        """Improve the templates and each hit's gain by turns.

        The gains stay as they are in the first half of the rounds.
        """
        for k in range(_ROUNDS):
            ratio = self.padded / (self.model() + _SMALL)
            templates = {drum: self._better_template(drum, ratio) for drum in self.templates}
            if k >= _ROUNDS // 2:
                self.gains = {drum: self._better_gains(drum, ratio) for drum in self.gains}
            self.templates = templates

    def model(self, drums: Sequence[str] | None = None) -> Spectra:
        """Return the spectrogram of some drums, or all, with the padding of :attr:`padded`."""
        total = np.zeros_like(self.padded)
        for drum in self.templates if drums is None else drums:
            template = self.templates[drum]
            for first, gain in zip(self.first[drum], self.gains[drum], strict=True):
                total[first : first + len(template)] += gain * template
        return total

    def part(self, drums: Sequence[str]) -> Spectra:
        """Return :meth:`model` without the padding: (frames, bands)."""
        return self.model(drums)[_BEFORE : _BEFORE + len(self.magnitude)]

    def _better_template(self, drum: str, ratio: Spectra) -> Spectra:
        template = self.templates[drum]
        above = np.zeros_like(template)
        for first, gain in zip(self.first[drum], self.gains[drum], strict=True):
            above += gain * ratio[first : first + len(template)]
        return np.asarray(template * above / (self.gains[drum].sum() + _SMALL), dtype=np.float32)

    def _better_gains(self, drum: str, ratio: Spectra) -> Spectra:
        template = self.templates[drum]
        size = len(template)
        explained = np.array([np.vdot(template, ratio[first : first + size]) for first in self.first[drum]])
        return np.asarray(self.gains[drum] * explained / (template.sum() + _SMALL), dtype=np.float32)


def _length(drum: str, sample_rate: int) -> int:
    """Return how many frames a drum's template has."""
    seconds = min(_LONGEST_S, _RINGS_S * _SHAPES[drum][2])
    return _BEFORE + round(seconds * sample_rate / _HOP)


def _guess_template(drum: str, hertz: NDArray[np.float64], sample_rate: int) -> Spectra:
    """Return what a drum should sound like, (frames, bands).

    It is the drum's place in the spectrum with a skirt, and an exponential decay.
    """
    low, high, decay_s = _SHAPES[drum]
    octaves = np.log2(np.maximum(hertz, 10.0))
    outside = np.maximum(0.0, np.maximum(np.log2(low) - octaves, octaves - np.log2(high)))
    place = np.maximum(np.exp(-0.5 * np.square(outside / 0.6)), _SKIRT)
    age = np.maximum(0, np.arange(_length(drum, sample_rate)) - _BEFORE) * (_HOP / sample_rate)
    return np.asarray(np.outer(np.exp(-age / decay_s), place), dtype=np.float32)
