"""Plays the Salamander grand piano: recordings of every third key at several velocities.

The samples are by Alexander Holm (CC BY 3.0), as the packages ``@audio-samples/piano-velocityN`` of npm
have them: files such as ``D#4v10.ogg``, of N from 1 to 16. A note takes the layer next to its velocity, so
a hard note is another sound and not only a louder one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from render.model.playing.notes import NoteTable

RATE = 44_100
N_LAYERS = 16
"""Velocity layers of the whole instrument, of which any may be there."""

_STEPS = {"C": 0, "D#": 3, "F#": 6, "A": 9}
_FILE = re.compile(r"(C|D#|F#|A)(\d)v(\d+)\.ogg")
_LAST_DAMPED = 89
"""Strings above this key have no dampers."""

_RELEASE_S = 0.18
_LEAST_SILENCE = 0.02
"""Share of a sample's peak below which its beginning is cut off."""

Float = NDArray[np.float32]


class SampledPiano:
    """The samples in a folder; they are read as they are needed."""

    def __init__(self, folder: Path) -> None:
        """Raise FileNotFoundError where the folder has no samples."""
        self._files: dict[int, dict[int, Path]] = defaultdict(dict)
        for path in sorted(folder.glob("*.ogg")):
            if found := _FILE.fullmatch(path.name):
                step, octave, layer = found.groups()
                self._files[int(layer)][12 * (int(octave) + 1) + _STEPS[step]] = path
        if not self._files:
            raise FileNotFoundError(
                f"{folder}: no samples such as C4v10.ogg; render/model/README.md says whence"
            )
        self._sound = lru_cache(maxsize=256)(self._read)

    def layer_of(self, velocity: int) -> int:
        """Return the layer next to a MIDI velocity."""
        wanted = velocity / 127.0 * N_LAYERS
        return min(self._files, key=lambda layer: (abs(layer - wanted), layer))

    def play(self, notes: NoteTable, n_samples: int) -> Float:
        """Return mono audio of a part."""
        audio = np.zeros(n_samples, dtype=np.float32)
        for start, end, pitch, velocity in zip(
            notes.start, notes.end, notes.pitch, notes.velocity, strict=True
        ):
            layer = self.layer_of(int(velocity))
            sound = self._sound(layer, int(pitch))[: n_samples - int(start)]
            # between layers a note differs in loudness only
            step = velocity / 127.0 * N_LAYERS - layer
            audio[start : start + len(sound)] += np.float32(10.0 ** (step / 20.0)) * _damp(
                sound, int(end - start), int(pitch)
            )
        return audio

    def _read(self, layer: int, pitch: int) -> Float:
        """Return a key's sound, made from the next recorded key's."""
        root = min(self._files[layer], key=lambda key: (abs(key - pitch), key))
        stereo, rate = soundfile.read(self._files[layer][root], dtype="float32", always_2d=True)
        mono = stereo.mean(axis=1)
        begins = int(np.argmax(np.abs(mono) > _LEAST_SILENCE * np.abs(mono).max()))
        mono = mono[begins:]
        speed = 2.0 ** ((pitch - root) / 12.0) * rate / RATE
        places = np.arange(int((len(mono) - 1) / speed)) * speed
        return np.asarray(np.interp(places, np.arange(len(mono)), mono), dtype=np.float32)


def _damp(sound: Float, held: int, pitch: int) -> Float:
    """Return a sound that dies away from where its key is released, if it has a damper."""
    if pitch > _LAST_DAMPED or held >= len(sound):
        return sound
    gone = np.arange(len(sound) - held, dtype=np.float32) / (_RELEASE_S * RATE)
    return np.concatenate([sound[:held], sound[held:] * np.exp(-4.6 * gone)]).astype(np.float32)
