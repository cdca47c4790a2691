"""How far songs are from real recordings, for a stranger: ``python -m tests.benchmarks.strangers …``.

The stranger is musicnn (Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio
tagging", ISMIR 2019; ISC), which learnt to tag songs of the Million Song Dataset, and nothing of ours. Its
wheel carries the weights: ``pip download --no-deps musicnn``, and unpack it. They are read without
TensorFlow. Every 3 seconds give 200 numbers of its last layer but one. The Fréchet distance of songs to
recordings (Kilgour et al., "Fréchet audio distance", Interspeech 2019) is printed as a ratio to that
between two halves of the recordings, which are to be measured with and nothing else. The tags that it gives
each song are printed, too.
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Iterator, Sequence
from pathlib import Path

import librosa
import numpy as np
import scipy
import soundfile
import soxr
import torch
from torch import Tensor
from torch.nn import functional

_RATE, _HOP, _SIZE, _MELS, _FRAMES = 16_000, 256, 512, 96, 187
_APART_S, _MOST_S = 1.5, 30.0
"""The time from one patch to the next, and what is heard of each recording."""

_EPSILON = 1e-3
_TYPES = {1: np.float32, 3: np.int32}

Floats = np.ndarray


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield the fields of a protocol buffer, as numbers or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif key & 7 == 2:
            size, at = _varint(data, at)
            yield key >> 3, data[at : at + size]
            at += size
        else:  # a checksum of four bytes
            at += 4


def _entries(table: bytes, handle: tuple[int, int]) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of a block of a sorted string table; keys share what they begin with."""
    block = table[handle[0] : handle[0] + handle[1]]
    restarts = int.from_bytes(block[-4:], "little")
    at, key = 0, b""
    while at < len(block) - 4 * (restarts + 1):
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        size, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + size]
        at += own + size


def _handle(data: bytes) -> tuple[int, int]:
    first, at = _varint(data, 0)
    return first, _varint(data, at)[0]


def read_weights(folder: Path) -> dict[str, Tensor]:
    """The variables of a checkpoint of TensorFlow's, by name."""
    table, data = (folder / ".index").read_bytes(), (folder / ".data-00000-of-00001").read_bytes()
    _, at = _handle_at(table, len(table) - 48)
    index, _ = _handle_at(table, at)
    found = {}
    for _, block in _entries(table, index):
        for name, entry in _entries(table, _handle(block)):
            fields = dict(_fields(entry))
            if not name or fields.get(1) not in _TYPES:
                continue
            sizes = [int(dict(_fields(part)).get(1, 1)) for key, part in _fields(fields[2]) if key == 2]
            count = int(np.prod(sizes, dtype=int))
            first = int(fields.get(4, 0))
            array = np.frombuffer(data, _TYPES[int(fields[1])], count, first)
            found[name.decode()] = torch.from_numpy(array.reshape(sizes).copy())
    return found


def _handle_at(table: bytes, at: int) -> tuple[tuple[int, int], int]:
    first, at = _varint(table, at)
    size, at = _varint(table, at)
    return (first, size), at


class Musicnn:
    """The network of musicnn's ``models.py`` as far as its last layer but one."""

    def __init__(self, folder: Path) -> None:
        self._weights = read_weights(folder)

    def _norm(self, x: Tensor, number: int) -> Tensor:
        """Batch normalisation over the second axis of x."""
        name = "batch_normalization" + (f"_{number}" if number else "")
        mean, variance, scale, shift = (
            self._weights[f"{name}/{part}"] for part in ("moving_mean", "moving_variance", "gamma", "beta")
        )
        return functional.batch_norm(x, mean, variance, scale, shift, eps=_EPSILON)

    def _convolve(self, x: Tensor, number: int, padding: str | tuple[int, int]) -> Tensor:
        name = "conv2d" + (f"_{number}" if number else "")
        kernel = self._weights[f"{name}/kernel"].permute(3, 2, 0, 1).contiguous()
        return functional.relu(functional.conv2d(x, kernel, self._weights[f"{name}/bias"], padding=padding))

    @torch.inference_mode()
    def hear(self, patches: Tensor) -> Tensor:
        """(patches, frames, mels) to (patches, 200)."""
        x = self._norm(patches[:, None], 0)
        front = [self._norm(self._convolve(x, k, (3, 0) if k < 2 else "same"), k + 1) for k in range(5)]
        features = torch.cat([one.amax(3) for one in front], dim=1).transpose(1, 2)[:, None]
        first = self._norm(self._convolve(features, 5, (3, 0)), 6).permute(0, 3, 2, 1)
        second = self._norm(self._convolve(first, 6, (3, 0)), 7).permute(0, 3, 2, 1) + first
        third = self._norm(self._convolve(second, 7, (3, 0)), 8).permute(0, 3, 2, 1) + second
        every = torch.cat([features, first, second, third], dim=3)[:, 0]
        # TensorFlow flattens (features, [largest, mean]) where both were joined as the last of two axes
        pooled = torch.stack([every.amax(1), every.mean(1)], dim=2).flatten(1)
        pooled = self._norm(pooled, 9)
        dense = functional.relu(pooled @ self._weights["dense/kernel"] + self._weights["dense/bias"])
        return self._norm(dense, 10)

    @torch.inference_mode()
    def tags(self, heard: Tensor) -> Tensor:
        """The probability of each of the 50 tags."""
        return torch.sigmoid(heard @ self._weights["dense_1/kernel"] + self._weights["dense_1/bias"])


def read_tags(folder: Path) -> list[str]:
    """The names of the tags, from the source beside the weights."""
    source = ast.parse((folder.parent / "configuration.py").read_text(encoding="utf-8"))
    named = (node for node in source.body if isinstance(node, ast.Assign))
    return next(
        [str(tag) for tag in ast.literal_eval(node.value)]
        for node in named
        if ast.unparse(node.targets[0]) == "MSD_LABELS"
    )


def patches_of(path: Path, most_s: float) -> Tensor:
    """The scaled mels of a file, cut: (patches, frames, mels)."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    middle = max(0, (len(audio) - round(most_s * rate)) // 2)
    mono = audio[middle : middle + round(min(most_s * rate, len(audio)))].mean(axis=1)
    mono = soxr.resample(mono, rate, _RATE)
    mel = librosa.feature.melspectrogram(
        y=mono, sr=_RATE, hop_length=_HOP, n_fft=_SIZE, n_mels=_MELS
    ).T.astype(np.float32)
    scaled = torch.from_numpy(np.log10(10_000 * mel + 1))
    return scaled.unfold(0, _FRAMES, round(_APART_S * _RATE / _HOP)).transpose(1, 2)


def heard(network: Musicnn, paths: Sequence[Path], most_s: float = _MOST_S) -> list[Floats]:
    """What the network hears of each file: (patches, 200)."""
    return [
        torch.cat([network.hear(some) for some in patches_of(path, most_s).split(8)]).numpy()
        for path in paths
    ]


def frechet(one: Floats, other: Floats) -> float:
    """The Fréchet distance of two normal distributions, each fitted to rows of numbers."""
    gap = one.mean(0) - other.mean(0)
    left, right = (np.cov(rows.astype(np.float64), rowvar=False) for rows in (one, other))
    root = scipy.linalg.sqrtm(left @ right + 1e-9 * np.eye(len(left)))
    return float(gap @ gap + np.trace(left + right - 2.0 * np.real(root)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--musicnn", type=Path, required=True, help="folder MSD_musicnn of the unpacked wheel"
    )
    parser.add_argument("--real", nargs="+", required=True, type=Path, help="folders of Ogg files")
    parser.add_argument("--ours", nargs="+", type=Path, required=True, help="folders of rendered songs")
    parser.add_argument(
        "--before", nargs="*", type=Path, default=[], help="the same, of an earlier version"
    )
    options = parser.parse_args()
    network, names = Musicnn(options.musicnn), read_tags(options.musicnn)
    files = sorted(path for folder in options.real for path in folder.rglob("*.ogg"))
    real = heard(network, files)
    minutes = sum(map(len, real)) * _APART_S / 60
    between = frechet(np.concatenate(real[::2]), np.concatenate(real[1::2]))
    print(f"{len(files)} recordings, {minutes:.0f} minutes: between their halves {between:.2f}", flush=True)
    for name, folders in (("before", options.before), ("ours", options.ours)):
        if folders:
            each = heard(network, [folder / "master.wav" for folder in folders], 1e9)
            for folder, rows in zip(folders, each, strict=True):
                chances = network.tags(torch.from_numpy(rows)).mean(0)
                best = chances.argsort(descending=True)[:3].tolist()
                print(f"  {folder.name}: " + ", ".join(f"{names[k]} {chances[k]:.2f}" for k in best))
            songs = np.concatenate(each)
            distance = frechet(songs, np.concatenate(real))
            print(
                f"{name}: {len(folders)} songs, {len(songs) * _APART_S / 60:.0f} minutes, "
                f"distance {distance:.2f}, {distance / between:.2f} of that"
            )


if __name__ == "__main__":
    main()
