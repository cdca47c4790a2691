"""The decoder against Griffin-Lim, on the same mels: ``python tests/benchmarks/decoder.py``.

Both get the true log-mel of damped-string sounds. Prints the time of each, as a ratio, and how far
the mel of the result is from the mel that was asked for.
"""

from __future__ import annotations

import time

import librosa
import numpy as np
import torch

from render.model.decoder import decode
from render.model.features import PITCHED, log_mel
from render.model.playing.notes import NoteTable
from training.evaluation.griffin_lim import griffin_lim

RATE = 44_100


def plucked(notes: NoteTable, n_samples: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    audio = np.zeros(n_samples)
    for start, end, pitch in zip(notes.start, notes.end, notes.pitch, strict=True):
        f0 = librosa.midi_to_hz(float(pitch))
        seconds = np.arange(end - start) / RATE
        for k in range(1, int(9000 / f0) + 1):
            decay = np.exp(-seconds * (1.5 + 0.8 * k))
            audio[start:end] += (
                0.2 / k * decay * np.sin(2 * np.pi * k * f0 * seconds + rng.uniform(0, 6.28))
            )
    return audio.astype(np.float32)


def mel_error_db(audio: np.ndarray, wanted: torch.Tensor) -> float:
    made = log_mel(torch.from_numpy(audio.astype(np.float32)), PITCHED, wanted.shape[0])
    loud = wanted > 0.0
    return float((made - wanted).abs()[loud].mean() * 25.0)


def main() -> None:
    torch.set_num_threads(1)
    pitches = np.random.default_rng(0).integers(45, 80, 30)
    notes = NoteTable.of([(11_025 * i, 11_025 * i + 16_000, int(p), 100) for i, p in enumerate(pitches)])
    n_samples = 8 * RATE
    mel = log_mel(torch.from_numpy(plucked(notes, n_samples)), PITCHED)
    decode(mel, notes, PITCHED, n_samples, 0)
    begun = time.perf_counter()
    ours = decode(mel, notes, PITCHED, n_samples, 0)
    ours_s = time.perf_counter() - begun
    begun = time.perf_counter()
    theirs = griffin_lim(mel, PITCHED, n_samples)
    theirs_s = time.perf_counter() - begun
    print(f"excitation decoder {ours_s:.2f} s, mel error {mel_error_db(ours, mel):.2f} dB")
    print(f"Griffin-Lim        {theirs_s:.2f} s, mel error {mel_error_db(theirs, mel):.2f} dB")
    print(f"ratio {ours_s / theirs_s:.3f}")


if __name__ == "__main__":
    main()
