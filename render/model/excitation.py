"""The excitation: the sound that the decoder shapes, synthesised from the score.

A note is a flat comb of harmonics up to 18 kHz with random but continuous phases and a little noise
(source and filter, as in Fant, "Acoustic Theory of Speech Production", 1960). The strings of a piano are
stiff, so their partials lie higher than harmonics, the more so the higher they are; bars and tubes that are
struck have partials of their own. A drum hit is a burst
of noise, and for the tuned drums a decaying sine besides. The score is known, so pitch, onset and
phase are exact, and the network only has to say how loud each band is at each moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from render.model.playing.notes import DRUM_CLASSES, NoteTable, drum_class
from render.model.playing.touches import Touch

Float = NDArray[np.float32]
Comb = Callable[[int, int], Float]
"""Gives the partials of a held note of a MIDI pitch from phase 0 on, of so many samples: (samples,)."""

SAMPLE_RATE = 44_100
ATTACK_SAMPLES = 64
RELEASE_S = 0.25
"""Time constant of a released note's excitation; the network's gain shortens it where it should."""

RELEASE_SAMPLES = 2 * SAMPLE_RATE
_BENT_FREELY = 3
"""Semitones by which 18 kHz may go up and stay below half of the sample rate."""

_JOIN_SAMPLES = 882
"""In which a note that goes on from another gets its own amplitude."""

_TABLE_SIZE = 16_384
_BLOCK_SAMPLES = 8192
"""Samples that are made at a time, so that they stay in the processor's cache."""

_TOP_HZ = 18_000.0
_LOOP_SAMPLES = 1 << 18
"""In which all partials that are no harmonics make whole cycles; they have no shorter period in common."""

_NOISE_LEVEL = 0.01
_PHASE_SEED = 20_221_215


def note_hz(pitch: float) -> float:
    """Return the frequency in Hz of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


@lru_cache(maxsize=256)
def _wavetable(pitch: int, voice: int | None = None) -> Float:
    """Return one period of the harmonics, (_TABLE_SIZE + 1,); harmonic k has amplitude 0.3 / sqrt(k).

    Its phases are those of the pitch ``voice`` where that is given, its harmonics as many as its own.
    """
    f0 = note_hz(pitch)
    count = max(1, min(int(_TOP_HZ / f0), _TABLE_SIZE // 4))
    rng = np.random.default_rng([_PHASE_SEED, pitch if voice is None else voice])
    phases = rng.uniform(0.0, 2.0 * np.pi, count)
    spectrum = np.zeros(_TABLE_SIZE // 2 + 1, dtype=np.complex128)
    spectrum[1 : count + 1] = 0.3 / np.sqrt(np.arange(1, count + 1)) * np.exp(1j * phases)
    table = np.fft.irfft(spectrum) * (_TABLE_SIZE / 2)
    return np.append(table, table[0]).astype(np.float32)


def find_stiffness(pitch: float) -> float:
    """Return B of a grand piano's strings at a MIDI pitch: partial k is at k f0 sqrt(1 + B k²).

    The sum of two slopes, of treble and of bass strings, is the model of Rigaud, David and Daudet ("A
    parametric model and estimation techniques for the inharmonicity and tuning of the piano", JASA 2013).
    """
    return math.exp(0.0926 * pitch - 13.64) + math.exp(-0.0847 * pitch - 5.82)


def stiff_comb(pitch: int, n_samples: int) -> Float:
    """Return the partials of a held note of a piano's string, (n_samples,).

    The first one is at the note's own frequency. Levels are those of :func:`comb`.
    """
    return np.resize(_string_loop(pitch), n_samples)


@lru_cache(maxsize=32)
def _string_loop(pitch: int) -> Float:
    """Return what a stiff string's partials repeat, (_LOOP_SAMPLES,)."""
    b = find_stiffness(pitch)
    number = np.arange(1, max(2, int(_TOP_HZ / note_hz(pitch)) + 1), dtype=np.float64)
    ratios = number * np.sqrt((1.0 + b * number**2) / (1.0 + b))
    return _loop(pitch, ratios, 0.3 / np.sqrt(number))


def _loop(pitch: int, ratios: NDArray[np.float64], levels: NDArray[np.float64]) -> Float:
    """Return what partials at multiples of a note's frequency repeat, (_LOOP_SAMPLES,)."""
    cycles = ratios * (note_hz(pitch) * _LOOP_SAMPLES / SAMPLE_RATE)
    low = cycles < _TOP_HZ * _LOOP_SAMPLES / SAMPLE_RATE
    bins = np.rint(cycles[low]).astype(np.int64)
    phases = np.random.default_rng([_PHASE_SEED, pitch]).uniform(0.0, 2.0 * np.pi, len(bins))
    spectrum = np.zeros(_LOOP_SAMPLES // 2 + 1, dtype=np.complex128)
    np.add.at(spectrum, bins, levels[low] * np.exp(1j * phases))
    return (np.fft.irfft(spectrum) * (_LOOP_SAMPLES / 2)).astype(np.float32)


STRUCK: dict[str, tuple[float, ...]] = {
    "bars": (1.0, 2.75, 5.3, 8.55, 12.65, 17.3),
    "tubes": (0.622, 1.231, 2.0, 2.931, 4.016, 5.181, 6.437, 7.755, 11.034, 12.025),
}
"""Where the partials of what is struck lie, as multiples of the note that is heard.

Free bars have 1, 2.756, 5.404, 8.933 (Fletcher and Rossing, "The Physics of Musical Instruments", 1998,
chapters 2 and 19). Those of a glockenspiel are thick, which lowers the upper ones: here as in the samples
of two soundfonts. Those of tubular bells go with the squares 9, 25, 49, 81, 121 …, and the note that is
heard is an octave below the fourth (chapter 21): here as measured (Csound manual, "Modal Frequency
Ratios").
"""

_HARMONICS_SHARE = 0.1
"""Of the level of harmonics, which a struck sound has besides, for what lies between its partials."""


def struck_comb(kind: str) -> Comb:
    """Return what gives the partials of one of :data:`STRUCK`."""
    return partial(_struck, kind)


def _struck(kind: str, pitch: int, n_samples: int) -> Float:
    return np.resize(_struck_loop(kind, pitch), n_samples)


@lru_cache(maxsize=32)
def _struck_loop(kind: str, pitch: int) -> Float:
    own = np.array(STRUCK[kind])
    harmonics = np.arange(1, max(2, int(_TOP_HZ / note_hz(pitch)) + 1), dtype=np.float64)
    levels = [0.3 / np.sqrt(np.arange(1, len(own) + 1)), _HARMONICS_SHARE * 0.3 / np.sqrt(harmonics)]
    return _loop(pitch, np.concatenate([own, harmonics]), np.concatenate(levels))


def comb(pitch: int, n_samples: int) -> Float:
    """Return the harmonics of a held note of a MIDI pitch, from phase 0 on: (n_samples,)."""
    table = _wavetable(pitch)
    rises = np.diff(table)
    made = np.empty(n_samples, dtype=np.float32)
    for first in range(0, n_samples, _BLOCK_SAMPLES):
        block = made[first : first + _BLOCK_SAMPLES]
        cycles = np.arange(first, first + len(block), dtype=np.float64) * (note_hz(pitch) / SAMPLE_RATE)
        position = (cycles - np.floor(cycles)) * _TABLE_SIZE
        index = position.astype(np.int32)
        np.multiply((position - index).astype(np.float32), rises[index], out=block)
        block += table[index]
    return made


def bent_comb(pitch: int, semitones: Float, voice: int | None = None, cycle: float = 0.0) -> Float:
    """Return the harmonics of a note whose pitch is so many semitones from ``pitch``, sample by sample.

    Both are (samples,). It goes on from the point ``cycle``, 0…1, of a period of the note of the pitch
    ``voice``.
    """
    # Bent up by more, its highest harmonics would be beyond what a sample rate can hold.
    higher = max(0, math.ceil(float(semitones.max(initial=0.0))) - _BENT_FREELY)
    table = _wavetable(pitch + higher, pitch if voice is None else voice)
    position = _find_cycles(pitch, semitones, cycle)
    position = (position - np.floor(position)) * _TABLE_SIZE
    index = position.astype(np.int32)
    made = (position - index).astype(np.float32) * np.diff(table)[index]
    made += table[index]
    return np.asarray(made, dtype=np.float32)


def _find_cycles(pitch: int, semitones: Float, cycle: float) -> NDArray[np.float64]:
    """Return the periods that have gone by at each sample, (samples,)."""
    steps = note_hz(pitch) / SAMPLE_RATE * np.exp2(semitones.astype(np.float64) / 12.0)
    return np.asarray(cycle + np.cumsum(steps) - steps)


def note_envelope(held_samples: int) -> Float:
    """Return the amplitude of one note's excitation: short attack, flat, exponential release."""
    envelope = np.ones(held_samples + RELEASE_SAMPLES, dtype=np.float32)
    attack = min(ATTACK_SAMPLES, held_samples)
    envelope[:attack] = 0.5 - 0.5 * np.cos(np.pi * np.arange(attack, dtype=np.float32) / max(attack, 1))
    envelope[held_samples:] = _release()
    return envelope


@lru_cache(maxsize=1)
def _release() -> Float:
    """Return how the excitation of a note dies away when it is let go: (RELEASE_SAMPLES,)."""
    time = np.arange(RELEASE_SAMPLES, dtype=np.float32) / SAMPLE_RATE
    return np.exp(-time / RELEASE_S)


def make_pitched_excitation(
    notes: NoteTable, n_samples: int, seed: int, *, make_comb: Comb = comb
) -> Float:
    """Return the excitation of a pitched part, mono (n_samples,). ``seed`` decides its noise."""
    audio = np.zeros(n_samples, dtype=np.float32)
    level = np.zeros(n_samples, dtype=np.float32)
    longest: dict[int, int] = {}
    for pitch, held in zip(notes.pitch.tolist(), (notes.end - notes.start).tolist(), strict=True):
        longest[pitch] = max(longest.get(pitch, 0), min(held + RELEASE_SAMPLES, n_samples))
    combs = {pitch: make_comb(pitch, length) for pitch, length in longest.items()}
    # Only what has harmonics can change its pitch; nobody bends the string of a piano.
    touches = notes.touches if make_comb is comb else {}
    ends: dict[int, _End] = {}
    for index, (start, end, pitch, amplitude) in enumerate(
        zip(notes.start, notes.end, notes.pitch, notes.amplitude, strict=True)
    ):
        if start >= n_samples or end <= start or start < 0:
            continue
        envelope = note_envelope(int(end - start))[: n_samples - start] * amplitude
        stop = int(start) + len(envelope)
        touch = touches.get(index)
        if touch is None or not touch.moves:
            made = combs[int(pitch)][: len(envelope)]
        else:
            before = None if touch.after is None else ends.get(touch.after)
            made, ends[index] = _touch(
                touch, int(pitch), envelope, float(amplitude), int(end - start), before
            )
        audio[start:stop] += envelope * made
        np.maximum(level[start:stop], envelope, out=level[start:stop])
    noise = np.random.default_rng(seed).standard_normal(n_samples, dtype=np.float32)
    return audio + _NOISE_LEVEL * level * noise


@dataclass(frozen=True, slots=True)
class _End:
    """Where a note ends that another may go on from: its voice, its point of a period, its amplitude."""

    voice: int
    cycle: float
    amplitude: float


def _touch(
    touch: Touch, pitch: int, envelope: Float, amplitude: float, held: int, before: _End | None
) -> tuple[Float, _End]:
    """Return the partials of a note as it is touched, and where it ends; its envelope changes in place.

    A note that goes on from another has its phases, and begins as loud as that one ended.
    """
    semitones = touch.find_shift(np.arange(len(envelope), dtype=np.float32))
    voice, cycle = (pitch, 0.0) if before is None else (before.voice, before.cycle)
    made = bent_comb(pitch, semitones, voice, cycle)
    if before is not None:
        size = min(_JOIN_SAMPLES, len(envelope))
        envelope[:size] = np.linspace(before.amplitude, amplitude, size, endpoint=False)
    if touch.leads_on:
        envelope[held:] = 0.0
    cycles = _find_cycles(pitch, semitones[: held + 1], cycle)
    return made, _End(voice, float(cycles[-1] % 1.0), amplitude)


_TUNED: dict[str, tuple[float, float, float, float]] = {
    # class: start Hz, end Hz, glide s, decay s
    "kick": (160.0, 52.0, 0.025, 0.35),
    "low_tom": (120.0, 85.0, 0.05, 0.5),
    "mid_tom": (170.0, 125.0, 0.05, 0.4),
    "high_tom": (230.0, 175.0, 0.05, 0.35),
    "snare": (240.0, 185.0, 0.02, 0.2),
    "conga": (330.0, 290.0, 0.02, 0.25),
}
_BED_LEVEL = 0.01
"""Of the noise between the hits, for rooms and echoes to be made of; the gain silences what is not."""

_BURST_SAMPLES = int(1.6 * SAMPLE_RATE)


@lru_cache(maxsize=32)
def _drum_body(drum: int) -> Float | None:
    """Return the tuned part of a drum, or None where it is all noise."""
    recipe = _TUNED.get(DRUM_CLASSES[drum])
    if recipe is None:
        return None
    start_hz, end_hz, glide_s, decay_s = recipe
    time = np.arange(_BURST_SAMPLES) / SAMPLE_RATE
    hertz = end_hz + (start_hz - end_hz) * np.exp(-time / glide_s)
    phase = 2.0 * np.pi * np.cumsum(hertz) / SAMPLE_RATE
    return np.asarray(0.8 * np.sin(phase) * np.exp(-time / decay_s), dtype=np.float32)


@lru_cache(maxsize=1)
def _burst_envelope() -> Float:
    time = np.arange(_BURST_SAMPLES) / SAMPLE_RATE
    envelope = np.exp(-time / 0.3)
    envelope[:24] *= np.linspace(0.0, 1.0, 24)
    return np.asarray(envelope, dtype=np.float32)


def drum_excitation(notes: NoteTable, n_samples: int, seed: int) -> Float:
    """Return the excitation of a drum part, mono (n_samples,); ``pitch`` holds General MIDI drum keys."""
    audio = np.zeros(n_samples, dtype=np.float32)
    level = np.full(n_samples, _BED_LEVEL, dtype=np.float32)
    for start, key, amplitude in zip(notes.start, notes.pitch, notes.amplitude, strict=True):
        if not 0 <= start < n_samples:
            continue
        stop = min(n_samples, int(start) + _BURST_SAMPLES)
        size = stop - int(start)
        np.maximum(level[start:stop], amplitude * _burst_envelope()[:size], out=level[start:stop])
        body = _drum_body(drum_class(int(key)))
        if body is not None:
            audio[start:stop] += amplitude * body[:size]
    noise = np.random.default_rng(seed).standard_normal(n_samples, dtype=np.float32)
    return audio + 0.3 * level * noise
