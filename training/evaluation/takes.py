"""The test set, and what the model makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.decoder import decode
from render.model.features import MelLayout
from render.model.network import TimbreEncoder, standardise
from render.model.pipeline import DEFAULT_GUIDANCE, ScorePipeline
from render.model.playing.notes import NoteTable
from training.clip_set import HEARD_TOKENS, ClipSet, crop_tokens

Float = NDArray[np.float32]
Clips = TypeVar("Clips")


@dataclass(frozen=True, slots=True)
class TestClip:
    """A clip of the test set: mono float32 reference ``audio`` (samples,), its score and its caption.

    The caption is a wording that training never saw. The labels are those of
    :class:`training.captions.Label`.
    """

    __test__ = False  # not a test class for pytest

    audio: Float
    mel: Float
    notes: NoteTable
    caption: str
    family: str
    patch: str
    plays: str
    effect: str


@dataclass(frozen=True, slots=True)
class Take:
    """What was made of a test clip, all mono float32 (samples,).

    ``made`` is by the model. ``heard`` is by the painter with the timbre that the encoder hears in the
    reference, instead of the one that the prior imagines. ``decoded`` is by the decoder from the
    reference's own mel, which no model can better with this decoder.
    """

    clip: TestClip
    made: Float
    heard: Float
    decoded: Float


def read_test_clips(folder: Path, layout: MelLayout) -> list[TestClip]:
    """Read all clips that ``dataset --held-out`` wrote."""
    clips = ClipSet(folder, layout)
    audio = np.load(folder / "audio.npy", mmap_mode="r")
    found = []
    for k, label in enumerate(clips.clips):
        mel = np.asarray(clips.mel[k], dtype=np.float32)
        n_samples = (mel.shape[0] - layout.patch) * layout.hop
        found.append(
            TestClip(
                (audio[k, :n_samples] / np.float32(32767.0)).astype(np.float32),
                mel,
                clips.notes[k],
                label["captions"][0],
                label["family"],
                label["patch"],
                label["plays"],
                label["effect"],
            )
        )
    return found


def spread(clips: Sequence[Clips], count: int) -> list[Clips]:
    """Return ``count`` clips, or groups of clips, evenly spaced over the set."""
    picks = np.linspace(0, len(clips) - 1, min(count, len(clips))).astype(int)
    return [clips[int(pick)] for pick in picks]


def noise(shape: tuple[int, ...], *seed: int) -> torch.Tensor:
    """Return seeded standard normal noise."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))


def generate(
    pipeline: ScorePipeline,
    clip: TestClip,
    prompt: str,
    negative_prompt: str = "",
    *,
    seed: int = 0,
    steps: int | None = None,
    guidance: float = DEFAULT_GUIDANCE,
    take: int = 0,
    take_spread: float | None = None,
) -> Float:
    """Return audio of a clip's score for a prompt. Takes of one ``seed`` have its timbre."""
    n_samples = len(clip.audio)
    made = pipeline(
        clip.notes,
        n_samples,
        prompt,
        negative_prompt,
        latents=noise(pipeline.latent_shape(n_samples), seed, 2 * take),
        timbre_latents=noise(pipeline.timbre_shape, seed, 1),
        decoder_seed=seed,
        num_inference_steps=steps,
        guidance_scale=guidance,
        take_spread=take_spread,
    )
    return made.audio


@torch.inference_mode()
def measure_timbre(encoder: TimbreEncoder, clip: TestClip, layout: MelLayout) -> torch.Tensor:
    """Return the timbre (1, timbre_size) of a reference: the mean over its parts, scaled as usual."""
    frames = HEARD_TOKENS * layout.patch
    firsts = np.linspace(0, clip.mel.shape[0] - frames, 4).astype(int)
    crops = [crop_tokens(clip.mel, clip.notes, layout, int(first), frames) for first in firsts]
    mels, conditions = (torch.stack(column) for column in zip(*crops, strict=True))
    return standardise(encoder(mels, conditions).mean(0, keepdim=True))


def paint_heard(
    pipeline: ScorePipeline, encoder: TimbreEncoder, clip: TestClip, seed: int, steps: int | None
) -> Float:
    """Return audio of a clip's score in the timbre of its reference."""
    n_samples, timbre = len(clip.audio), measure_timbre(encoder, clip, pipeline.layout)
    mel = pipeline.paint(
        clip.notes,
        n_samples,
        timbre,
        latents=noise(pipeline.latent_shape(n_samples), seed, 0),
        num_inference_steps=steps,
    ).mel
    make_comb = pipeline.find_comb(clip.caption)
    return decode(mel, clip.notes, pipeline.layout, n_samples, seed, make_comb=make_comb)


def make_takes(
    pipeline: ScorePipeline,
    encoder: TimbreEncoder,
    clips: Sequence[TestClip],
    *,
    steps: int | None = None,
    guidance: float = DEFAULT_GUIDANCE,
) -> list[Take]:
    """Make one take of each clip, each from a seed of its own."""
    takes = []
    for seed, clip in enumerate(clips):
        made = generate(pipeline, clip, clip.caption, seed=seed, steps=steps, guidance=guidance)
        make_comb = pipeline.find_comb(clip.caption)
        mel = torch.from_numpy(clip.mel)
        decoded = decode(mel, clip.notes, pipeline.layout, len(clip.audio), seed, make_comb=make_comb)
        heard = paint_heard(pipeline, encoder, clip, seed, steps)
        takes.append(Take(clip, made, heard, decoded))
    return takes
