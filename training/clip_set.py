"""The training set as random crops: what :mod:`training.dataset` has written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render.model.conditioning import score_condition
from render.model.features import MelLayout, to_tokens
from render.model.playing.notes import NoteTable
from render.model.sketch import NoteSpans
from training.stored_set import read_set

HEARD_TOKENS = 96
"""Length of the part of a clip that the timbre encoder hears, about 2.2 s."""


@dataclass
class Batch:
    """One batch for training, all float32 tokens but the spans and the sounds.

    ``clean`` is what is to be painted, ``condition`` its condition, and ``spans`` where its notes sound.
    ``heard`` is another part of the same clips to hear the timbre from, and ``heard_condition`` the
    condition of that. ``sounds`` says which sound each clip has, int64 (clips,).
    """

    clean: Tensor
    condition: Tensor
    spans: NoteSpans
    heard: Tensor
    heard_condition: Tensor
    sounds: Tensor


def crop_tokens(
    mel: NDArray[Any], notes: NoteTable, layout: MelLayout, first: int, frames: int
) -> tuple[Tensor, Tensor]:
    """Return clean and condition tokens of ``frames`` frames of a mel from ``first`` on.

    ``mel`` is (frames, n_mels).
    """
    clean = mel[first : first + frames].astype(np.float32)
    condition = np.ascontiguousarray(score_condition(notes, layout, frames, first))
    return to_tokens(torch.from_numpy(clean), layout), to_tokens(torch.from_numpy(condition), layout)


class ClipSet:
    """What :mod:`training.dataset` or :mod:`training.shards` writes, as random crops.

    They are on the CPU, or on another device, on which all mels and conditions are kept.
    """

    def __init__(self, folder: Path, layout: MelLayout, device: torch.device | None = None) -> None:
        self.layout = layout
        self.device = device or torch.device("cpu")
        stored = read_set(folder)
        self.mel, self.clips, self.texts = stored.mel, stored.clips, stored.texts
        self.notes = [NoteTable.of(rows) for rows in stored.notes]
        self._held = None if self.device.type == "cpu" else self.hold()
        names = [(clip["patch"], clip["source"]) for clip in self.clips]
        index = {name: k for k, name in enumerate(sorted(set(names)))}
        self.sounds = np.array([index[name] for name in names])
        """Which instrument of which source each clip is played on, counted from 0."""
        self.n_sounds = len(index)

    def __len__(self) -> int:
        return len(self.notes)

    def crop(self, clip: int, first: int, frames: int) -> tuple[Tensor, Tensor]:
        """Return clean and condition tokens of ``frames`` frames from ``first`` on, on the set's device."""
        if self._held is None:
            return crop_tokens(self.mel[clip], self.notes[clip], self.layout, first, frames)
        mel, condition = (held[clip, first : first + frames].float() for held in self._held)
        return to_tokens(mel, self.layout), to_tokens(condition, self.layout)

    def hold(self) -> tuple[Tensor, Tensor]:
        """Return all mels and all conditions on the device, as float16.

        Their shapes are (clips, frames, n_mels) and (clips, frames, numbers). A thousand pitched clips take
        1 GB.
        """
        mels, conditions = [], []
        for mel, notes in zip(self.mel, self.notes, strict=True):
            condition = score_condition(notes, self.layout, len(mel))
            mels.append(torch.from_numpy(np.array(mel, dtype=np.float16)).to(self.device))
            conditions.append(torch.from_numpy(condition.astype(np.float16)).to(self.device))
        return torch.stack(mels), torch.stack(conditions)

    def batch(self, rng: np.random.Generator, size: int, tokens: int) -> Batch:
        """Return random crops of ``tokens`` tokens of random clips; what is heard does not overlap them."""
        frames, listen = tokens * self.layout.patch, HEARD_TOKENS * self.layout.patch
        rows, spans = [], []
        picks = rng.integers(len(self), size=size)
        for clip in picks:
            spare = self.mel.shape[1] - frames - listen
            before, between = np.sort(rng.integers(spare + 1, size=2))
            first = int(before), int(between) + listen
            if rng.random() < 0.5:
                first = int(between) + frames, int(before)
            rows.append((*self.crop(int(clip), first[1], frames), *self.crop(int(clip), first[0], listen)))
            spans.append(NoteSpans.of(self.notes[clip], self.layout, frames, first[1]))
        clean, condition, heard, heard_condition = (
            torch.stack(column) for column in zip(*rows, strict=True)
        )
        sounds = torch.from_numpy(self.sounds[picks]).to(self.device)
        notes = NoteSpans.join(spans).to(self.device)
        return Batch(clean, condition, notes, heard, heard_condition, sounds)
