"""Struck sounds by their own partials and by harmonics: ``python -m tests.benchmarks.struck [FONT.sf2 …]``.

Phrases of a soundfont's tubular bells and glockenspiel are decoded from their own mels. Prints what each
decoding is off, and the share of the strongest peaks of each note that are found again within 1 %. Needs
FluidSynth; without a name, FluidR3_GM is asked for.
"""

from __future__ import annotations

import sys
from pathlib import Path

import librosa
import numpy as np
import torch

from render.model.decoder import decode
from render.model.excitation import comb, note_hz, struck_comb
from render.model.features import PITCHED, log_mel
from render.model.playing.notes import NoteTable
from training.evaluation.spectral import log_spectral_distance_db, mel_error_db, multi_resolution_distance
from training.synth import RATE, SOUNDFONTS, render_parts

SOUNDS = {"tubular bells": (14, 55, 79, "tubes"), "glockenspiel": (9, 67, 100, "bars")}
_PHRASES, _SECONDS = 4, 6.5
_FINE = 8192


def phrase(rng: np.random.Generator, low: int, high: int) -> NoteTable:
    rows, at = [], RATE // 20
    while at < 5 * RATE:
        length = int(rng.choice([0.25, 0.5, 0.5, 1.0]) * RATE)
        pitch, velocity = int(rng.integers(low, high + 1)), int(rng.integers(60, 120))
        rows.append((at, at + int(0.9 * length), pitch, velocity))
        at += length
    return NoteTable.of(rows)


def fine_distance_db(made: np.ndarray, wanted: np.ndarray) -> float:
    """The log-spectral distance in windows that tell partials apart."""
    a, b = (
        np.maximum(20 * np.log10(np.abs(librosa.stft(sound, n_fft=_FINE)) / _FINE * 4 + 1e-9), -80.0)
        for sound in (made, wanted)
    )
    active = np.maximum(a, b).max(axis=0) > -70.0
    either = np.maximum(a, b) > -80.0
    squares = (np.square(a - b) * either).sum(axis=0) / np.maximum(either.sum(axis=0), 1)
    return float(np.sqrt(squares)[active].mean())


def peaks(audio: np.ndarray, start: int, pitch: int, most: int, below_db: float) -> np.ndarray:
    """The strongest peaks of a note, as multiples of its frequency."""
    part = audio[start + 400 : start + 400 + 2 * _FINE]
    spectrum = np.abs(np.fft.rfft(part * np.blackman(len(part)), 8 * _FINE))
    level, hertz = 20 * np.log10(spectrum + 1e-9), np.fft.rfftfreq(8 * _FINE, 1 / RATE)
    found = [
        k for k in range(28, len(level) - 28) if level[k] == level[k - 28 : k + 29].max() and hertz[k] > 60
    ]
    loudest = max(level[k] for k in found)
    strong = sorted((k for k in found if level[k] > loudest - below_db), key=lambda k: -level[k])
    return hertz[strong[:most]] / note_hz(pitch)


def found_again(made: np.ndarray, wanted: np.ndarray, notes: NoteTable) -> float:
    shares = []
    for start, pitch in zip(notes.start.tolist(), notes.pitch.tolist(), strict=True):
        theirs, ours = peaks(wanted, start, pitch, 6, 35.0), peaks(made, start, pitch, 10, 45.0)
        shares.append(np.mean([np.abs(ours / ratio - 1.0).min() < 0.01 for ratio in theirs]))
    return float(np.mean(shares))


def main() -> None:
    torch.set_num_threads(1)
    for number, font in enumerate(map(Path, sys.argv[1:] or [str(SOUNDFONTS["fluid"])])):
        SOUNDFONTS[f"font {number}"] = font
        for name, (program, low, high, kind) in SOUNDS.items():
            rng = np.random.default_rng(program)
            parts = [phrase(rng, low, high) for _ in range(_PHRASES)]
            wanted = render_parts(parts, _SECONDS, f"font {number}", program, drums=False)
            print(f"{font.stem}, {name}")
            for how, make in (("harmonics", comb), ("own partials", struck_comb(kind))):
                rows = []
                for notes, reference in zip(parts, wanted, strict=True):
                    mel = log_mel(torch.from_numpy(reference), PITCHED)
                    made = decode(mel, notes, PITCHED, len(reference), 0, make_comb=make)
                    rows.append(
                        (
                            mel_error_db(made, reference, PITCHED),
                            log_spectral_distance_db(made, reference),
                            multi_resolution_distance(made, reference),
                            fine_distance_db(made, reference),
                            found_again(made, reference, notes),
                        )
                    )
                mel_db, distance, several, fine, again = np.mean(rows, axis=0)
                print(
                    f"  {how:12s} mel error {mel_db:.2f} dB, log-spectral distance {distance:.2f} dB, "
                    f"multi-resolution {several:.3f}, in fine windows {fine:.2f} dB, peaks {again:.2f}"
                )


if __name__ == "__main__":
    main()
