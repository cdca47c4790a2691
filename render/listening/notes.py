"""Hears notes: one line of them, several at once, or hits of drums, each with a confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.audio.librosa_loading import load_librosa

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

LINE_RATE = 16_000
"""Hz of what a line is heard in."""

CHORD_RATE = 22_050
"""Hz of what several notes at once, and drums, are heard in."""


@dataclass(frozen=True, slots=True, order=True)
class HeardNote:
    """A note in seconds. ``loudness_db`` is its level, ``confidence`` 0 to 1."""

    start: float
    end: float
    pitch: int
    loudness_db: float
    confidence: float


@dataclass(frozen=True, slots=True)
class HeardLine:
    """A line of notes, and the share of what is loud in the recording that has a pitch."""

    notes: tuple[HeardNote, ...]
    pitched: float


_LOUD_DB = 30.0
"""Below its loudest; what is quieter counts as a rest."""

_SHORTEST_S = 0.07


@cache
def _line_listener() -> Any:
    import swift_f0

    return swift_f0.SwiftF0(threads=1, spin=False)


def hear_line(mono: Samples) -> HeardLine:
    """Hear the one line in (samples,) at :data:`LINE_RATE`, by SwiftF0."""
    import swift_f0

    result = _line_listener().detect(mono, LINE_RATE, fmin=60.0, fmax=2000.0)
    level, sure = result.loudness_db, result.confidence
    loud = level > float(np.quantile(level, 0.98)) - _LOUD_DB
    pitched = float((sure[loud] >= 0.5).mean()) if loud.any() else 0.0
    found = []
    for note in swift_f0.segment_notes(result, pitch_hold_ms=90.0):
        frames = (result.timestamps >= note.start) & (result.timestamps < note.end)
        if note.end - note.start < _SHORTEST_S or not frames.any() or not loud[frames].any():
            continue
        found.append(
            HeardNote(
                float(note.start),
                float(note.end),
                round(69.0 + 12.0 * math.log2(float(note.pitch_hz) / 440.0)),
                float(level[frames].max()),
                float(np.clip(sure[frames].mean(), 0.0, 1.0)),
            )
        )
    return HeardLine(tuple(found), pitched)


def chord_listener_file() -> Path | None:
    """Return the ONNX file of basic-pitch, which needs no other part of its package; None without it."""
    spec = find_spec("basic_pitch")
    for folder in spec.submodule_search_locations or () if spec else ():
        file = Path(folder) / "saved_models" / "icassp_2022" / "nmp.onnx"
        if file.is_file():
            return file
    return None


@cache
def _chord_listener(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


_WINDOW, _FRAMES, _HOP, _OVERLAP = 43_844, 172, 256, 30
"""Samples and frames of a window of basic-pitch, samples of a frame, frames that windows share."""

_LOWEST = 21
_ONSET, _FRAME, _ENDS_AFTER = 0.5, 0.3, 11


_OVERTONES = (12, 19, 24, 28)
"""Semitones from a note up to the overtones that are taken for notes."""

_TOGETHER_S, _SURE = 0.06, 0.7


def hear_chords(mono: Samples, file: Path) -> tuple[HeardNote, ...]:
    """Hear notes that sound together in (samples,) at :data:`CHORD_RATE`, by the network of basic-pitch."""
    session = _chord_listener(file)
    step = _WINDOW - _OVERLAP * _HOP
    half = _OVERLAP // 2
    padded = np.concatenate([np.zeros(half * _HOP, np.float32), mono])
    begins, sounds = [], []
    for start in range(0, max(1, len(mono)), step):
        window = padded[start : start + _WINDOW]
        window = np.pad(window, (0, _WINDOW - len(window)))
        onset, sound = session.run(
            ["StatefulPartitionedCall:2", "StatefulPartitionedCall:1"],
            {"serving_default_input_2:0": window[None, :, None]},
        )
        begins.append(onset[0, half:-half])
        sounds.append(sound[0, half:-half])

    # how likely notes begin, and sound, in each frame: (frames, 88) each
    count = len(mono) // _HOP + 1
    onsets = np.concatenate(begins)[:count].astype(np.float64)
    frames = np.concatenate(sounds)[:count].astype(np.float64)
    notes = sorted(_notes_of(onsets, frames, mono))

    # without those that are not sure and begin as overtones of a surer one
    return tuple(
        note
        for note in notes
        if note.confidence >= _SURE
        or not any(
            note.pitch - other.pitch in _OVERTONES
            and abs(other.start - note.start) < _TOGETHER_S
            and other.confidence > note.confidence
            for other in notes
        )
    )


def _notes_of(onsets: Floats, frames: Floats, mono: Samples) -> list[HeardNote]:
    """Return a note for each peak of its beginning, for as long as it sounds on."""
    count = len(frames)
    before = np.pad(onsets, ((1, 0), (0, 0)))[:-1]
    after = np.pad(onsets, ((0, 1), (0, 0)))[1:]
    peaks = (onsets >= _ONSET) & (onsets > before) & (onsets >= after)
    found = []
    # the network's windows have 142 frames to 36,164 samples: a frame is a little less than its hop
    second = (_WINDOW - _OVERLAP * _HOP) / (_FRAMES - _OVERLAP) / CHORD_RATE
    for pitch in range(frames.shape[1]):
        starts = np.flatnonzero(peaks[:, pitch])
        for place, start in enumerate(map(int, starts)):
            stop = int(starts[place + 1]) if place + 1 < len(starts) else count
            # it ends with the first run of quiet frames that is long, or that goes on to the next note
            quiet = np.flatnonzero(frames[start:stop, pitch] < _FRAME)
            runs = np.split(quiet, np.flatnonzero(np.diff(quiet) > 1) + 1) if len(quiet) else []
            ends = (run[0] for run in runs if len(run) >= _ENDS_AFTER or run[-1] == stop - start - 1)
            end = int(next(ends, stop - start))
            if end < _ENDS_AFTER // 2:
                continue
            span = slice(start, start + end)
            first, last = round(start * second * CHORD_RATE), round((start + end) * second * CHORD_RATE)
            level = float(np.sqrt(np.mean(np.square(mono[first:last], dtype=np.float64)) + 1e-12))
            heard = 0.5 * (float(onsets[start, pitch]) + float(frames[span, pitch].mean()))
            found.append(
                HeardNote(
                    start * second,
                    (start + end) * second,
                    _LOWEST + pitch,
                    20.0 * math.log10(level) + 12.0 * (float(onsets[start, pitch]) - 1.0),
                    min(1.0, heard),
                )
            )
    return found


KICK, SNARE, HAT = 36, 38, 42
_BANDS = {
    KICK: ((35.0, 120.0),),
    SNARE: ((150.0, 400.0), (1200.0, 5500.0)),
    HAT: ((7000.0, 11_000.0),),
}
"""Hz in which each begins; a snare in its body and its wires at once."""

_DRUM_HOP, _BEFORE = 128, 16
"""Samples of a frame, and frames of silence put before a recording, so that its first sample can begin."""

_LEAST_SHARE = {KICK: 0.35, SNARE: 0.5, HAT: 0.3}
"""Of its band's strong hits, from which on a hit counts."""


def hear_onsets(mono: Samples) -> tuple[Floats, Floats]:
    """Return where sounds begin in (samples,) at :data:`CHORD_RATE`, in seconds, and how strongly."""
    librosa = load_librosa()
    led = np.concatenate([np.zeros(_BEFORE * _DRUM_HOP, np.float32), mono])
    strength = librosa.onset.onset_strength(y=led, sr=CHORD_RATE, hop_length=_DRUM_HOP, n_fft=1024)
    frames = librosa.onset.onset_detect(
        onset_envelope=strength, sr=CHORD_RATE, hop_length=_DRUM_HOP, delta=0.06, wait=8
    )
    frames = np.asarray(frames, dtype=np.int64)

    # the attack is near, where the level rises most steeply
    reach, width = round(0.03 * CHORD_RATE), round(0.003 * CHORD_RATE)
    power = np.convolve(np.square(led, dtype=np.float64), np.ones(width) / width, "same")
    level = np.log(power + 1e-9)
    attacks = []
    for place in frames * _DRUM_HOP:
        first, last = max(0, place - reach), min(len(level), place + reach)
        rise = level[first + width : last] - level[first : last - width]
        attacks.append(first + width // 2 + int(np.argmax(rise)) if len(rise) else place)

    places = np.asarray(attacks, dtype=np.float64)
    times = np.maximum(0.0, places / CHORD_RATE - _BEFORE * _DRUM_HOP / CHORD_RATE)
    return times, strength[frames].astype(np.float64)


def hear_hits(mono: Samples) -> tuple[HeardNote, ...]:
    """Hear kick, snare and hats in (samples,) at :data:`CHORD_RATE`, by the bands in which hits begin."""
    librosa = load_librosa()
    led = np.concatenate([np.zeros(_BEFORE * _DRUM_HOP, np.float32), mono])
    spectrum = np.abs(librosa.stft(led, n_fft=1024, hop_length=_DRUM_HOP))
    hertz = librosa.fft_frequencies(sr=CHORD_RATE, n_fft=1024)
    times, _ = hear_onsets(mono)
    frames = np.rint(times * CHORD_RATE / _DRUM_HOP).astype(np.int64) + _BEFORE
    frames = np.minimum(frames, spectrum.shape[1] - 1)
    rises: dict[int, Floats] = {}
    for key, bands in _BANDS.items():
        each = []
        for low, high in bands:
            level = np.sqrt(spectrum[(hertz >= low) & (hertz < high)].mean(axis=0).astype(np.float64))
            gains = []  # by how much the level rises around each frame
            for frame in map(int, frames):
                after = float(level[frame : frame + 8].max(initial=0.0))
                before = float(np.median(level[max(0, frame - 8) : max(1, frame - 2)]))
                gains.append(max(0.0, after - before))
            each.append(np.array(gains) / max(1e-9, _strong(np.array(gains))))
        rises[key] = np.min(each, axis=0)
    found = []
    for key, rise in rises.items():
        strong = max(1e-9, _strong(rise))
        for time, much in zip(times, rise, strict=True):
            share = float(much) / strong
            if share >= _LEAST_SHARE[key]:
                sure = min(1.0, 0.5 + 0.5 * (share - _LEAST_SHARE[key]) / (1.0 - _LEAST_SHARE[key]))
                found.append(HeardNote(float(time), float(time) + 0.06, key, 20 * math.log10(share), sure))
    return tuple(sorted(found))


def _strong(rise: Floats) -> float:
    """Return how strongly the strong hits of a band begin."""
    return float(np.quantile(rise, 0.95)) if len(rise) else 0.0
