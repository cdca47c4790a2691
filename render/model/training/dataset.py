"""Makes the training set: ``python -m render.model.training.dataset --out FOLDER``.

For each instrument and soundfont it writes random parts, renders them, applies an effect to some,
describes each in several wordings, and stores log-mels, notes and sentence embeddings as NumPy files.
Needs Debian's fluidsynth, fluid-soundfont-gm, musescore-general-soundfont-lossless and
sonic-pi-samples. The same seed makes the same set.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from render.model.features import DRUMS, PITCHED, MelLayout, log_mel
from render.model.notes import NoteTable
from render.model.text import TextEncoder
from render.model.training import synth
from render.model.training.captions import EFFECTS, INSTRUMENTS, KITS, SAMPLE_KITS, caption
from render.model.training.scores import random_drums, random_part

CLIP_S = 11.0
MUSIC_S = 9.5
REFERENCE_DB = -23.0
"""RMS that each patch has on the average while it sounds, in dBFS."""

CAPTIONS_PER_CLIP = 6


@dataclass
class _Set:
    """Clips of one layout, gathered in memory and written at once."""

    layout: MelLayout
    mels: list[np.ndarray] = field(default_factory=list)
    notes: list[np.ndarray] = field(default_factory=list)
    captions: list[list[str]] = field(default_factory=list)
    labels: list[dict[str, str]] = field(default_factory=list)

    def add(self, audio: synth.Mono, notes: NoteTable, captions: list[str], label: dict[str, str]) -> None:
        mel = log_mel(torch.from_numpy(audio), self.layout)
        self.mels.append(mel.numpy().astype(np.float16))
        self.notes.append(np.stack([notes.start, notes.end, notes.pitch, notes.velocity], axis=1))
        self.captions.append(captions)
        self.labels.append(label)

    def save(self, folder: Path, encoder: TextEncoder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "mel.npy", np.stack(self.mels))
        np.save(folder / "notes.npy", np.concatenate(self.notes))
        np.save(folder / "note_counts.npy", np.array([len(n) for n in self.notes]))
        flat = [text for texts in self.captions for text in texts]
        embedded = encoder.encode(flat).astype(np.float16)
        np.save(folder / "text.npy", embedded.reshape(len(self.captions), CAPTIONS_PER_CLIP, -1))
        rows = [{**label, "captions": c} for label, c in zip(self.labels, self.captions, strict=True)]
        (folder / "clips.json").write_text(json.dumps(rows))


def _active_rms(audio: synth.Mono) -> float:
    """RMS over the 50 ms blocks that sound."""
    blocks = audio[: len(audio) // 2205 * 2205].reshape(-1, 2205)
    power = (blocks.astype(np.float64) ** 2).mean(axis=1)
    loud = power[power > max(power.max() * 1e-4, 1e-12)]
    return float(np.sqrt(loud.mean())) if len(loud) else 0.0


def _centroid(audio: synth.Mono) -> float:
    spectrum = np.abs(np.fft.rfft(audio[: 1 << 18]))
    hertz = np.fft.rfftfreq(min(len(audio), 1 << 18), 1 / synth.RATE)
    return float((spectrum * hertz).sum() / max(spectrum.sum(), 1e-9))


def _brightness(value: float, median: float) -> str:
    if value > 1.25 * median:
        return "bright"
    return "dark" if value < 0.8 * median else ""


def _levelled(clips: list[synth.Mono]) -> list[synth.Mono]:
    """One gain for all clips of a patch, so that patches are equally loud and dynamics stay."""
    mean = float(np.mean([_active_rms(c) for c in clips]))
    gain = 10 ** (REFERENCE_DB / 20) / max(mean, 1e-6)
    return [c * np.float32(min(gain, 300.0)) for c in clips]


def _finish(
    target: _Set,
    rng: np.random.Generator,
    clips: list[tuple[synth.Mono, NoteTable, str]],
    names: tuple[str, ...],
    family: str,
    median_centroid: float,
) -> None:
    effects = list(EFFECTS)
    for audio, notes, plays in clips:
        effect = str(rng.choice(effects)) if rng.random() < 0.45 else "dry"
        wet = synth.apply_effect(audio, effect, rng)
        bright = _brightness(_centroid(wet), median_centroid) if effect == "dry" else ""
        texts = [caption(rng, names, plays, effect, bright) for _ in range(CAPTIONS_PER_CLIP)]
        target.add(
            wet, notes, texts, {"family": family, "effect": effect, "name": names[0], "plays": plays}
        )


def make_pitched(seed: int, clips_per_patch: int) -> _Set:
    """Clips of every instrument from every soundfont."""
    made = _Set(PITCHED)
    for instrument in INSTRUMENTS:
        rendered = []
        for font in synth.SOUNDFONTS:
            rng = np.random.default_rng([seed, instrument.program, len(font)])
            plays = [instrument.plays[k % len(instrument.plays)] for k in range(clips_per_patch)]
            parts = [random_part(rng, instrument, p, MUSIC_S) for p in plays]
            audio = synth.render_parts(parts, CLIP_S, font, instrument.program, drums=False)
            rendered.append((rng, list(zip(_levelled(audio), parts, plays, strict=True))))
        median = float(np.median([_centroid(a) for _, clips in rendered for a, _, _ in clips]))
        for rng, clips in rendered:
            _finish(made, rng, clips, instrument.names, instrument.family, median)
        sys.stderr.write(f"{instrument.names[0]}: {len(made.mels)} clips\n")
    return made


def make_drums(seed: int, clips_per_patch: int) -> _Set:
    """Clips of every drum kit, from the soundfonts and from samples."""
    made = _Set(DRUMS)
    for kit in KITS:
        for font in synth.SOUNDFONTS:
            rng = np.random.default_rng([seed, 1000 + kit.program, len(font)])
            parts = [random_drums(rng, MUSIC_S) for _ in range(clips_per_patch)]
            audio = _levelled(synth.render_parts(parts, CLIP_S, font, kit.program, drums=True))
            clips = [(a, p, "") for a, p in zip(audio, parts, strict=True)]
            _finish(made, rng, clips, kit.names, kit.family, _centroid(audio[0]))
    for index, samples in enumerate(SAMPLE_KITS):
        rng = np.random.default_rng([seed, 2000 + index])
        parts = [random_drums(rng, MUSIC_S) for _ in range(2 * clips_per_patch)]
        audio = _levelled([synth.render_samples(p, CLIP_S, samples) for p in parts])
        clips = [(a, p, "") for a, p in zip(audio, parts, strict=True)]
        _finish(made, rng, clips, samples.names, samples.family, _centroid(audio[0]))
    return made


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clips", type=int, default=6, help="clips per instrument and soundfont")
    parser.add_argument("--drum-clips", type=int, default=16, help="clips per drum kit and soundfont")
    options = parser.parse_args()
    encoder = TextEncoder()
    make_drums(options.seed, options.drum_clips).save(options.out / "drums", encoder)
    make_pitched(options.seed, options.clips).save(options.out / "pitched", encoder)


if __name__ == "__main__":
    main()
