"""What the network is told about the score: the excitation's mel, computed from the notes.

Pitched parts get three maps of ``n_mels`` each per frame: where the partials of held notes lie, the
same with a decay since each onset (from which the network can tell how old a note is), and what is
released. Drums get, for each class of drum, the hits and their decays. All are log-scaled like the
target, so that what is left to learn is local.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from render.model import excitation
from render.model.features import DRUMS, PITCHED, MelLayout, mel_power, scale_power, stft
from render.model.playing.notes import DRUM_CLASSES, NoteTable, drum_class
from render.model.playing.touches import JOINED_AGE_S, Touch

Float = NDArray[np.float32]

PITCHED_MAPS = 3
ONSET_DECAY_S = 0.4
DRUM_DECAY_S = 0.15
DRUM_CHANNELS = 2 * len(DRUM_CLASSES)


@lru_cache(maxsize=1)
def pitch_templates() -> Float:
    """Return the mel power of a held note of each MIDI pitch at full velocity, (128, n_mels)."""
    return np.stack([pitch_template(4 * pitch) for pitch in range(128)])


@lru_cache(maxsize=512)
def pitch_template(quarters: int) -> Float:
    """Return the mel power of a held note of a pitch in quarters of a MIDI semitone, (n_mels,)."""
    quarters = max(0, quarters)
    pitch = (quarters + 2) // 4
    shift = np.full(4 * PITCHED.n_fft, quarters / 4 - pitch, dtype=np.float32)
    tone = excitation.bent_comb(pitch, shift) if shift[0] else excitation.comb(pitch, len(shift))
    return np.asarray(mel_power(stft(torch.from_numpy(tone), PITCHED), PITCHED)[4:-4].mean(0).numpy())


def draw_pitched_condition(notes: NoteTable, n_frames: int, first_frame: int = 0) -> Float:
    """Return the condition maps of a pitched part: float32 (n_frames, 3 * n_mels)."""
    layout = PITCHED
    rate = layout.sample_rate
    time = (first_frame + np.arange(n_frames, dtype=np.float32)[:, None]) * (layout.hop / rate)
    first, last = time[0, 0], time[-1, 0]
    start, end = notes.start / rate, notes.end / rate
    near = (start < last + 0.1) & (end > first - 3.0)
    onset = start[near].astype(np.float32)
    release = end[near].astype(np.float32)
    power = (notes.amplitude[near] ** 2).astype(np.float32)
    templates = pitch_templates()[notes.pitch[near]]
    window_s = layout.n_fft / rate / 2
    on = np.clip((time - onset) / window_s + 0.5, 0.0, 1.0)
    off = np.clip((time - release) / window_s + 0.5, 0.0, 1.0)
    since_onset = np.maximum(time - onset, 0.0)
    since_release = np.maximum(time - release, 0.0)
    touched = [
        (column, touch)
        for column, index in enumerate(np.flatnonzero(near).tolist())
        if (touch := notes.touches.get(index)) is not None
    ]
    rings = np.ones_like(on)
    for column, touch in touched:
        if touch.after is not None:
            since_onset[:, column] += JOINED_AGE_S
        if touch.leads_on:  # what it was is heard in the next note, and not behind its own end
            rings[:, column] = np.clip((release[column] - time[:, 0]) / window_s + 0.5, 0.0, 1.0)
    maps = (
        np.maximum(on - off, 0.0) ** 2,
        (on * np.exp(-since_onset / ONSET_DECAY_S)) ** 2,
        (off * rings * np.exp(-since_release / excitation.RELEASE_S)) ** 2,
    )
    # einsum, since BLAS rounds a sum otherwise on another number of threads; it is as fast here.
    products = [np.einsum("fn,nm->fm", m * power, templates) for m in maps]
    for column, touch in touched:
        pitch = notes.pitch[near][column]
        _bend(
            products,
            [m[:, column] * power[column] for m in maps],
            touch,
            time[:, 0] - onset[column],
            int(pitch),
        )
    return np.concatenate([scale_power(torch.from_numpy(product)).numpy() for product in products], axis=1)


def _bend(products: list[Float], levels: list[Float], touch: Touch, since_s: Float, pitch: int) -> None:
    """Move the partials of one note in the maps (frames, n_mels) to where its pitch is, in place.

    ``levels`` is its power in each map, frame by frame, and ``since_s`` the time since its onset.
    """
    quarters = np.rint(4.0 * touch.find_shift(since_s * PITCHED.sample_rate)).astype(np.int64)
    written = pitch_template(4 * pitch)
    for place in np.unique(quarters[quarters != 0]).tolist():
        frames = quarters == place
        moved = pitch_template(4 * pitch + place) - written
        for product, level in zip(products, levels, strict=True):
            product[frames] = np.maximum(product[frames] + level[frames, None] * moved, 0.0)


def drum_condition(notes: NoteTable, n_frames: int, first_frame: int = 0) -> Float:
    """Return the condition channels of a drum part: float32 (n_frames, 2 * classes), each 0 to about 2.

    The first half holds each hit's amplitude, shared between the two nearest frames; the second
    its exponential decay.
    """
    layout = DRUMS
    hits = np.zeros((n_frames, len(DRUM_CLASSES)), dtype=np.float32)
    tails = np.zeros_like(hits)
    frame_s = layout.hop / layout.sample_rate
    for start, key, amplitude in zip(notes.start, notes.pitch, notes.amplitude, strict=True):
        position = start / layout.hop - first_frame
        if not -2.0 / frame_s < position < n_frames:
            continue
        column = drum_class(int(key))
        index = int(np.floor(position))
        share = position - index
        for frame, weight in ((index, 1.0 - share), (index + 1, share)):
            if 0 <= frame < n_frames:
                hits[frame, column] += 2.0 * weight * amplitude
        begin = max(0, int(np.ceil(position)))
        age = (np.arange(begin, n_frames) - position) * frame_s
        np.maximum(
            tails[begin:, column], 2.0 * amplitude * np.exp(-age / DRUM_DECAY_S), out=tails[begin:, column]
        )
    return np.concatenate([hits, tails], axis=1)


def score_condition(notes: NoteTable, layout: MelLayout, n_frames: int, first_frame: int = 0) -> Float:
    """Return the condition of a part for a layout: that of drums, or that of a pitched part."""
    make = drum_condition if layout == DRUMS else draw_pitched_condition
    return make(notes, n_frames, first_frame)


def condition_size(layout: MelLayout) -> int:
    """Return how many condition numbers a token has in a layout."""
    per_frame = PITCHED_MAPS * layout.n_mels if layout == PITCHED else DRUM_CHANNELS
    return per_frame * layout.patch
