"""The score as sound, for backends that do not read notes: they begin from it, and so keep its time.

A guide is the same section and stem as the embedded model plays it, or as plain tones. It also says how
loud a clip is meant to be next to the other clips of its stem, since what a backend gives may be at any
level.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from render.audio.levels import gain_from_db
from render.audio.loudness import find_gated_lufs, hop_samples, plain_powers
from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.request import ClipRequest
from render.model.excitation import drum_excitation, make_pitched_excitation
from render.model.playing.notes import NoteTable
from structure.base.grid import SAMPLE_RATE
from structure.base.seeds import derive_seed

GuideKind = Literal["model", "excitation"]

_LEVEL_DB = -18.0
_ROLE_LEVELS_DB = {
    "drums": 0.0,
    "bass": -2.0,
    "lead": -1.0,
    "chords": -4.0,
    "arpeggio": -5.0,
    "pad": -6.0,
    "vocals": -1.0,
    "backing": -5.0,
}
"""How loud the stems of a mix's guide are next to each other: as a plain mix has them."""

_PEAK = 0.95
"""A guide is as loud as the recordings that models are trained on, and is not clipped."""


@dataclass(frozen=True, slots=True)
class GuideRecipe:
    """How a guide is made, and how much of it is made anew (0…1)."""

    kind: GuideKind
    strength: float


class GuideMaker:
    """Makes guides. The embedded model is loaded when the first is asked for."""

    @cached_property
    def _model(self) -> Backend:
        from render.backends import load_backend

        return load_backend("embedded")

    def fingerprint(self, kind: GuideKind) -> str:
        """Return a text that changes whenever the same notes would give another guide."""
        return self._model.fingerprint if kind == "model" else "excitation-2"

    def make_guide(self, kind: GuideKind, sources: Sequence[ClipRequest]) -> Audio:
        """Return the guide of one stem or of all stems of a mix: mono (1, samples), as long as the clip."""
        play = play_plainly if kind == "excitation" else self._play_by_model
        total = balance_clips([(request, play(request)) for request in sources])
        level = measure_level_db(total, sources[0].grid.sample_rate)
        if math.isfinite(level):
            total = total * gain_from_db(_LEVEL_DB - level)
            total = total * np.float32(min(1.0, _PEAK / max(float(np.abs(total).max()), 1e-9)))
        return np.asarray(total, dtype=np.float32)

    def _play_by_model(self, request: ClipRequest) -> Audio:
        plain = replace(request, init=None, morph_prompt="", lyrics="", key="", steps=None, guidance=None)
        return np.asarray(self._model.generate(plain).audio.mean(axis=0, keepdims=True))


def play_plainly(request: ClipRequest) -> Audio:
    """Return the notes of one stem as plain tones or bursts, mono (1, samples). At 44.1 kHz only."""
    if request.grid.sample_rate != SAMPLE_RATE:
        raise ValueError(f"guides are made at {SAMPLE_RATE} Hz, not {request.grid.sample_rate}")
    before, is_drums = request.pre_roll_samples, request.role == "drums"
    notes = NoteTable.from_score(request.notes, request.grid, before, request.controls, is_drums=is_drums)
    make = drum_excitation if request.role == "drums" else make_pitched_excitation
    return make(notes, request.total_samples, derive_seed("guide", request.latent.seed))[None]


def balance_clips(parts: Sequence[tuple[ClipRequest, Audio]]) -> Audio:
    """Sum clips at levels that suit their roles; one alone is left as it is."""
    if len(parts) == 1:
        return parts[0][1]
    total = np.zeros_like(parts[0][1])
    for request, audio in parts:
        level = measure_level_db(audio, request.grid.sample_rate)
        if math.isfinite(level):
            total += audio * gain_from_db(_ROLE_LEVELS_DB.get(request.role, 0.0) - level)
    return total


def measure_level_db(audio: Audio, sample_rate: int) -> float:
    """Return the unweighted level of what sounds in (channels, samples), a channel; -inf for silence."""
    return find_gated_lufs(plain_powers(audio, hop_samples(sample_rate)) / max(1, len(audio)))
