"""Riffusion's spectrogram images: a clip as a picture, and the picture as a clip.

The format is that of riffusion-hobby (https://github.com/riffusion/riffusion-hobby), so that images
made there can be read here and the reverse. A pixel is a step of 10 ms wide and one of 512 HTK mel
bands from 0 to 10 kHz high, low bands at the bottom. Its value is the band's magnitude, relative to
the loudest of the image and to the power of 0.25, in 8 bits; white is silence. A mono image is grey,
a stereo one has left in green and right in blue, and a mono image of triple resolution has three
neighbouring bands in red, green and blue. EXIF tags hold the parameters and the loudest magnitude,
which is in units of 16-bit samples.
"""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from render.backends.riffusion.inversion import ITERATIONS, MelScale, invert, magnitudes
from structure.base.errors import AudioFileError
from structure.base.files import pointer_fault, replacing

FULL_SCALE = 32_768.0
"""What a sample of 1.0 is in the units of the format."""

_WIDEST, _HIGHEST = 65_536, 4096
"""Pixels: eleven minutes at the usual 10 ms, and twice the most bands."""

_MAX_VALUE_TAG = 11_080
_TAGS = {
    "sample_rate": 11_000,
    "stereo": 11_005,
    "triple_res_mono": 11_007,
    "step_ms": 11_010,
    "window_ms": 11_020,
    "padded_ms": 11_030,
    "bands": 11_040,
    "min_hz": 11_050,
    "max_hz": 11_060,
    "power": 11_070,
}
_LOUDEST_VALUE = 1e9
_PEAK_WITHOUT_LEVEL = gain_from_db(-1.0)
"""Peak of the audio of an image that does not say how loud it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageParams:
    """The parameters of an image; the defaults are Riffusion's.

    Durations are in milliseconds: of a pixel, of the Hann window, and of the window with the zeros around
    it.

    Raises ValueError where they contradict each other.
    """

    sample_rate: int = 44_100
    stereo: bool = False
    triple_res_mono: bool = False
    step_ms: int = 10
    window_ms: int = 100
    padded_ms: int = 400
    bands: int = 512
    min_hz: int = 0
    max_hz: int = 10_000
    power: float = 0.25

    def __post_init__(self) -> None:
        rules = {
            "the sample rate is 8000 to 192000 Hz": 8000 <= self.sample_rate <= 192_000,
            "the window holds two steps at least": 0 < 2 * self.step_ms <= self.window_ms,
            "the padded window is as long as the window, and a second at most": (
                self.window_ms <= self.padded_ms <= 1000
            ),
            "there are 8 to 2048 bands": 8 <= self.bands <= 2048,
            "frequencies rise and end below half the sample rate": (
                0 <= self.min_hz < self.max_hz <= self.sample_rate / 2
            ),
            "the power is above 0 and at most 1": 0 < self.power <= 1,
            "three colours hold a multiple of three mono bands": not self.triple_res_mono
            or (self.bands % 3 == 0 and not self.stereo),
        }
        broken = [rule for rule, holds in rules.items() if not holds]
        if broken:
            raise ValueError(f"{self}: " + "; ".join(broken))

    @property
    def height(self) -> int:
        """Return the number of pixels from bottom to top."""
        return self.bands // 3 if self.triple_res_mono else self.bands

    @property
    def channels(self) -> int:
        """Return the number of audio channels, 1 or 2."""
        return 2 if self.stereo else 1

    @property
    def scale(self) -> MelScale:
        """Return the scale of the spectrogram behind the image."""
        samples = [
            int(ms / 1000 * self.sample_rate) for ms in (self.step_ms, self.window_ms, self.padded_ms)
        ]
        hop, window, n_fft = samples
        return MelScale(
            sample_rate=self.sample_rate,
            hop=hop,
            window=window,
            n_fft=n_fft,
            bands=self.bands,
            min_hz=self.min_hz,
            max_hz=self.max_hz,
        )

    def to_exif(self) -> dict[int, int | float]:
        """Return the EXIF tags that Riffusion writes, without the loudest value."""
        tags: dict[int, int | float] = {}
        for name, tag in _TAGS.items():
            value = getattr(self, name)
            tags[tag] = float(value) if name == "power" else int(value)
        return tags

    @classmethod
    def from_exif(cls, exif: Mapping[int, Any]) -> ImageParams:
        """Read parameters from EXIF tags; Riffusion's defaults stand where there is none.

        Raises ValueError.
        """
        kinds: dict[str, type[Any]] = {name: type(value) for name, value in asdict(cls()).items()}
        found = {name: kinds[name](exif[tag]) for name, tag in _TAGS.items() if tag in exif}
        return cls(**found)


RIFFUSION = ImageParams()
"""What riffusion-model-v1 was trained on."""


def image_from_audio(audio: Audio, params: ImageParams = RIFFUSION) -> Image.Image:
    """Return the picture of ``audio`` (1 or 2, samples), which must be at the parameters' sample rate.

    It is ``samples // step + 1`` pixels wide. Stereo audio is mixed down for a mono image, and mono audio
    doubled for a stereo one. The EXIF tags are in ``getexif()``; :func:`write_image` saves them.
    """
    wanted = audio
    if len(audio) != params.channels:
        wanted = np.repeat(audio, 2, axis=0) if params.stereo else audio.mean(axis=0, keepdims=True)
    mel = np.stack([magnitudes(channel, params.scale) for channel in wanted]) * np.float32(FULL_SCALE)
    return image_from_mel(mel, params)


def image_from_mel(mel: NDArray[np.float32], params: ImageParams = RIFFUSION) -> Image.Image:
    """Return the picture of mel magnitudes (channels, bands, steps) in the format's units."""
    loudest = float(mel.max(initial=0.0))
    relative = np.clip(mel / loudest, 0.0, 1.0) if loudest > 0.0 else np.zeros_like(mel)
    values = (255 - np.rint(relative**params.power * 255)).astype(np.uint8)
    if params.triple_res_mono:
        pixels = values[0].reshape(params.height, 3, -1).transpose(0, 2, 1)
    elif params.stereo:
        pixels = np.stack([np.zeros_like(values[0]), values[0], values[1]], axis=-1)
    else:
        pixels = np.repeat(values[0][..., None], 3, axis=-1)
    image = Image.fromarray(np.ascontiguousarray(pixels[::-1]))
    image.getexif().update({**params.to_exif(), _MAX_VALUE_TAG: loudest})
    return image


def params_of(image: Image.Image) -> ImageParams:
    """Return the parameters in an image's EXIF tags.

    Raises AudioFileError where they are damaged, or where the image has another height than they say.
    """
    try:
        params = ImageParams.from_exif(image.getexif())
    except (ValueError, TypeError, ArithmeticError, LookupError, SyntaxError, OSError, struct.error) as exc:
        raise AudioFileError(f"the image's EXIF tags are damaged: {exc}") from exc
    if image.height != params.height:
        raise AudioFileError(
            f"the image is {image.height} pixels high; a spectrogram of {params.bands} bands has "
            f"{params.height}"
        )
    return params


def mel_from_image(image: Image.Image) -> NDArray[np.float32]:
    """Return the mel magnitudes (channels, bands, steps) of an image.

    They are in the format's units where the image says how loud it is, and else relative to the loudest.
    Raises AudioFileError.
    """
    params = params_of(image)
    pixels = np.asarray(image.convert("RGB"))[::-1]
    if params.triple_res_mono:
        values = pixels.transpose(0, 2, 1).reshape(1, params.bands, -1)
    else:
        values = pixels.transpose(2, 0, 1)[1:] if params.stereo else pixels.transpose(2, 0, 1)[:1]
    relative = ((255.0 - values.astype(np.float32)) / 255.0) ** np.float32(1.0 / params.power)
    return np.asarray(relative * (_loudest(image) or 1.0), dtype=np.float32)


def _loudest(image: Image.Image) -> float | None:
    try:
        value = float(image.getexif().get(_MAX_VALUE_TAG, math.nan))
    except (ValueError, TypeError, ArithmeticError):
        return None
    return value if 0.0 <= value <= _LOUDEST_VALUE else None


def audio_from_image(
    image: Image.Image, *, seed: int = 0, iterations: int = ITERATIONS, n_samples: int | None = None
) -> Audio:
    """Return the sound of a picture, float32 (1 or 2, samples) at its parameters' sample rate.

    Phases are found by Griffin-Lim from seeded ones. The audio is as loud as the picture says; one that
    does not say so peaks at −1 dBFS. There are ``(width - 1) * step`` samples, or ``n_samples``, at most a
    step more. Raises AudioFileError where the picture is none of this format.
    """
    scale = params_of(image).scale
    mel = mel_from_image(image) / np.float32(FULL_SCALE)
    length = (image.width - 1) * scale.hop if n_samples is None else n_samples
    audio = np.stack(
        [
            invert(channel, scale, length, seed=seed + index, iterations=iterations)
            for index, channel in enumerate(mel)
        ]
    )
    peak = float(np.abs(audio).max(initial=0.0))
    if _loudest(image) is None and peak > 0.0:
        audio *= np.float32(_PEAK_WITHOUT_LEVEL / peak)
    return audio


def write_image(path: Path, image: Image.Image) -> None:
    """Save as PNG with its EXIF tags. The file appears only when it is complete."""
    with replacing(path) as part:
        image.save(part, format="PNG", exif=image.getexif())


def read_image(path: Path) -> Image.Image:
    """Read a picture from a file.

    Raises AudioFileError where it cannot be read or is none of this format.
    """
    if not path.is_file():
        raise AudioFileError(f"{path}: no such image", path=path)
    try:
        # what Pillow warns of is what it does not understand of the header
        with warnings.catch_warnings(action="error"), Image.open(path) as image:
            if not 2 <= image.width <= _WIDEST or not 8 <= image.height <= _HIGHEST:
                raise AudioFileError(
                    f"{path}: the image has {image.width} × {image.height} pixels; allowed: 2 to {_WIDEST} "
                    f"wide, 8 to {_HIGHEST} high",
                    path=path,
                )
            image.load()
            is_wide = image.mode.startswith("I;16")
            if image.mode in ("I", "F") or is_wide:
                # grey of 16 bits or more, in which Pillow would clip all but the darkest
                values = np.asarray(image.convert("F" if image.mode == "F" else "I"), dtype=np.float64)
                most = 65_535.0 if values.max(initial=0.0) > 255.0 or is_wide else 255.0
                copy = Image.fromarray(np.clip(np.rint(255.0 * values / most), 0, 255).astype(np.uint8))
            else:
                copy = image.copy()
            copy.getexif().update(image.getexif())
    except AudioFileError:
        raise
    except Exception as exc:  # Pillow's readers raise whatever a damaged header leads them into
        fault = pointer_fault(path) or f"cannot be read as an image ({exc})"
        raise AudioFileError(f"{path}: {fault}", path=path) from exc
    try:
        params_of(copy)
    except AudioFileError as exc:
        raise exc.with_context(f"{path}: ", path=path) from exc
    return copy
