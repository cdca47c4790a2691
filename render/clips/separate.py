"""Stems of a backend that makes mixes: demucs takes its mix apart.

See Rouard et al., "Hybrid transformers for music source separation", ICASSP 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from render.audio.types import Audio
from render.backends.latents import seed_generator
from render.backends.weights import is_network_error
from structure.base.errors import MissingPackageError, NetworkError, WeightsError
from structure.base.types import Role

PARTS = ("drums", "bass", "other", "vocals")
"""What demucs tells apart; they sum to the mix, nearly."""

_MODEL = "htdemucs"
_HARMONY: tuple[Role, ...] = ("chords", "pad", "arpeggio", "lead", "backing", "vocals")


class Separator(Protocol):
    """Takes a mix apart."""

    @property
    def fingerprint(self) -> str:
        """Return a text that changes whenever the same mix would be taken apart otherwise."""

    def separate(self, audio: Audio, sample_rate: int) -> Mapping[str, Audio]:
        """Return each of :data:`PARTS`, (2, samples), as long as the mix."""


class DemucsSeparator:
    """demucs' hybrid transformer. Raises RitornelloError where demucs is not installed."""

    def __init__(self, model: str = _MODEL) -> None:
        if find_spec("demucs") is None:
            raise MissingPackageError(
                "taking mixes apart",
                "demucs",
                "separation",
                "leave `stems: ask`, so that the backend is asked for each stem in words",
            )
        self._name = model
        self._separator = self._load()

    @property
    def fingerprint(self) -> str:
        """Return the model and the version of demucs."""
        return f"demucs-{version('demucs')}-{self._name}"

    def separate(self, audio: Audio, sample_rate: int) -> Mapping[str, Audio]:
        """Return each of :data:`PARTS`; demucs draws a random shift, which is seeded here."""
        import random

        import torch

        from render.audio.shape import fit_length, fit_width, resample

        separator = self._separator
        rate = int(separator.samplerate)
        mix = torch.from_numpy(resample(fit_width(audio, 2), sample_rate, rate))
        state = random.getstate()
        random.seed(0)
        try:
            with seed_generator(0), torch.inference_mode():
                _, parts = separator.separate_tensor(mix)
        finally:
            random.setstate(state)
        return {
            name: fit_length(resample(np.asarray(part.cpu().numpy()), rate, sample_rate), audio.shape[1])
            for name, part in parts.items()
        }

    def _load(self) -> Any:
        from demucs.api import LoadModelError
        from demucs.api import Separator as Demucs

        try:
            return Demucs(model=self._name)
        except (LoadModelError, OSError, ValueError, RuntimeError, SystemExit) as exc:
            error = NetworkError if is_network_error(exc) else WeightsError
            raise error(
                f"the weights of demucs' {self._name} cannot be loaded ({exc})",
                hint='fetch them once, online, with: python -c "from demucs.pretrained import get_model; '
                f"get_model('{self._name}')\"",
            ) from exc


def assign_parts(stems: Sequence[tuple[str, Role]], singer: str | None) -> dict[str, tuple[str, ...]]:
    """Return which parts of a separated mix each stem gets, by name; every part goes to one stem.

    Drums, bass and the singer get theirs. The rest goes to the first of the stems that play harmony or
    melody; further such stems cannot be told apart, and get nothing.
    """
    given: dict[str, list[str]] = {name: [] for name, _ in stems}
    owners = {
        "drums": next((name for name, role in stems if role == "drums"), None),
        "bass": next((name for name, role in stems if role == "bass"), None),
        "vocals": singer,
    }
    harmony = [name for kind in _HARMONY for name, role in stems if role == kind and name != singer]
    rest = harmony[0] if harmony else (singer or stems[0][0])
    for part in PARTS:
        given[owners.get(part) or rest].append(part)
    return {name: tuple(parts) for name, parts in given.items()}
