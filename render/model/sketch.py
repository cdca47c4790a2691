"""The sketch: the mel that the notes of a score would have if each sounded by itself.

A small network imagines one note at a time: for its pitch, its velocity and a timbre it says how loud
every mel band is at a few ages of the note, and how it dies away after its release. The notes of a part
then add up in power, each at its place to a fraction of a frame. So what every note of an instrument has
in common is learned from every note, and the denoiser is left with what notes do to one another: rooms,
echoes, ensembles and the chance of a take. A pitched note is the comb of its partials, filtered, plus noise
(as in Engel et al., "DDSP: Differentiable Digital Signal Processing", ICLR 2020, but in decibels of mel
bands); a drum has all its bands free.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from numpy.typing import NDArray
from torch import Tensor, nn

from render.model.conditioning import pitch_template, pitch_templates
from render.model.features import (
    DRUMS,
    FLOOR_DB,
    LAYOUTS,
    SCALE_DB,
    MelLayout,
    mel_matrix,
    scale_decibels,
    scale_power,
)
from render.model.network import TIMBRE_SIZE
from render.model.playing.force import find_colour_db
from render.model.playing.notes import NoteTable
from render.model.playing.touches import JOINED_AGE_S, Touch, find_dullness_db, find_fade_db
from render.model.threads import one_thread

_AGES = {
    "pitched": (-2, -1, 0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 90, 150, 250, 600),
    "drums": (
        -3,
        -2,
        -1,
        0,
        1,
        2,
        3,
        4,
        6,
        8,
        11,
        15,
        20,
        27,
        36,
        48,
        64,
        85,
        113,
        150,
        200,
        270,
        400,
        600,
    ),
}
"""Frames since the onset at which a note is imagined; between them decibels are interpolated. The window
hears a note two frames before its onset."""

_RELEASED = (0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 90, 150, 215)
"""Frames since the release of a pitched note."""

_DRUM_FRAMES, _CYMBAL_FRAMES = 300, 600
_RINGING_KEYS = np.array((46, 49, 51, 52, 53, 55, 57, 59))
"""General MIDI keys of cymbals and the open hi-hat, which sound for longer."""

_LEAST_RELEASE = 0.15
"""Scaled units that a released note loses from one of its ages to the next before anything is learned."""

_COARSE = 4
"""Mel bands that share one number of a note's noise and of its release."""

_NEPERS = SCALE_DB * math.log(10.0) / 10.0
"""Natural logarithm of power in one scaled unit."""

_LOUDEST = 3.2
"""Scaled level at which a note is capped, 15 dB above full scale, so that no power overflows."""


_USUAL = Touch()


@dataclass(frozen=True, slots=True)
class PairTouches:
    """How the notes of (note, frame) pairs are played.

    All are float32: ``shift`` (pairs,) semitones from the written pitch, ``change`` (pairs,) scaled units
    of level where one note goes over into the next, and ``fade`` (pairs, n_mels) scaled units that a
    damped note lacks beside an open one; None where nothing is damped.
    """

    shift: Tensor
    change: Tensor
    fade: Tensor | None

    @classmethod
    def of(
        cls, notes: NoteTable, layout: MelLayout, note: NDArray[np.int64], frame: NDArray[np.int64]
    ) -> PairTouches:
        """Return the touches of pairs, whose frames are counted from the clip's first sample."""
        at = frame * layout.hop
        shift, change = np.zeros((2, len(note)), dtype=np.float32)
        is_damped = any(touch.damping for touch in notes.touches.values())
        fade = np.zeros((len(note), layout.n_mels), dtype=np.float32) if is_damped else None
        window = layout.n_fft / 2
        for index, touch in notes.touches.items():
            pairs = slice(*np.searchsorted(note, (index, index + 1)))
            start, end = notes.start[index], notes.end[index]
            since = (at[pairs] - start).astype(np.float32)
            shift[pairs] = touch.find_shift(since)
            share = np.ones_like(since)
            if touch.after is not None:
                share *= np.clip(since / window + 0.5, 0.0, 1.0)
            if touch.leads_on:
                share *= np.clip((end - at[pairs]) / window + 0.5, 0.0, 1.0)
            change[pairs] = 10.0 * np.log10(np.maximum(share, 1e-8)) / SCALE_DB
            if touch.damping is not None and fade is not None:
                held = since if touch.damping != "choked" else (at[pairs] - end).astype(np.float32)
                dull = find_dullness_db(touch.damping, _band_hertz(layout))
                fade[pairs] = (
                    find_fade_db(touch.damping, held / layout.sample_rate)[:, None] + dull
                ) / SCALE_DB
        faded = None if fade is None else torch.from_numpy(fade)
        return cls(torch.from_numpy(shift), torch.from_numpy(change), faded)

    def to(self, device: torch.device) -> PairTouches:
        """Return the same touches with their tensors on a device."""
        fade = None if self.fade is None else self.fade.to(device)
        return replace(self, shift=self.shift.to(device), change=self.change.to(device), fade=fade)


@lru_cache(maxsize=4)
def _band_hertz(layout: MelLayout) -> NDArray[np.float32]:
    """Return the frequency of the peak of each mel band: (n_mels,)."""
    peaks = mel_matrix(layout).argmax(dim=0).numpy()
    return np.asarray(peaks * (layout.sample_rate / layout.n_fft), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class NoteSpans:
    """Where the notes of some clips sound, as one list of (note, frame) pairs.

    Of notes (notes,): ``pitch`` int64, ``level`` float32 (scaled units below full amplitude), ``clip``
    int64. Of pairs (pairs,): ``note`` int64, ``row`` int64 (frame, counted through all clips), and
    float32 positions ``age`` and ``released`` among the ages at which notes are imagined. ``touches`` says
    of pairs how their notes are played, where that matters, and ``colour`` (notes, n_mels) how much
    brighter than usual a note is for its force, in scaled units.
    """

    pitch: Tensor
    level: Tensor
    clip: Tensor
    note: Tensor
    row: Tensor
    age: Tensor
    released: Tensor
    n_clips: int
    n_frames: int
    touches: PairTouches | None = None
    colour: Tensor | None = None

    @classmethod
    def of(
        cls,
        notes: NoteTable,
        layout: MelLayout,
        n_frames: int,
        first_frame: int = 0,
        *,
        brightening: float = 0.0,
    ) -> NoteSpans:
        """Return the spans of one clip, for ``n_frames`` frames from ``first_frame`` on.

        ``brightening`` is how much force brightens its sound: see :func:`find_colour_db`.
        """
        onset = notes.start / layout.hop - first_frame
        if layout == DRUMS:
            ages = np.asarray(_AGES["drums"], dtype=np.float64)
            end = onset + np.where(np.isin(notes.pitch, _RINGING_KEYS), _CYMBAL_FRAMES, _DRUM_FRAMES)
        else:
            ages = np.asarray(_AGES["pitched"], dtype=np.float64)
            end = notes.end / layout.hop - first_frame + _RELEASED[-1]
        first = np.ceil(np.maximum(onset + ages[0], 0.0)).astype(np.int64)
        last = np.floor(np.minimum(end, n_frames - 1)).astype(np.int64)
        counts = np.maximum(last - first + 1, 0)
        note = np.repeat(np.arange(len(notes)), counts)
        row = np.arange(len(note)) - np.repeat(np.cumsum(counts) - counts, counts) + first[note]
        since_release = row - (notes.end / layout.hop - first_frame)[note]
        level = (20.0 * np.log10(np.maximum(notes.amplitude, 1e-3)) / SCALE_DB).astype(np.float32)
        age = row - onset[note]
        touches, colour = None, None
        pitch = notes.pitch.astype(np.int64)
        if brightening:
            decibels = find_colour_db(notes.velocity, _band_hertz(layout), brightening)
            colour = decibels / np.float32(SCALE_DB)
        if notes.touches:
            touches = PairTouches.of(notes, layout, note, row + first_frame)
            joined = np.array([notes.touches.get(k, _USUAL).after is not None for k in range(len(notes))])
            age = age + np.where(joined, JOINED_AGE_S * layout.sample_rate / layout.hop, 0.0)[note]

            # While a note is at another pitch by half a semitone and more, it sounds as one of that pitch.
            away = np.rint(touches.shift.numpy()).astype(np.int64)
            moved = np.flatnonzero(away)
            others, which = np.unique(np.stack([note[moved], away[moved]]), axis=1, return_inverse=True)
            touches = replace(touches, shift=touches.shift - torch.from_numpy(away))
            note[moved] = len(notes) + which
            pitch = np.concatenate([pitch, np.clip(pitch[others[0]] + others[1], 0, 127)])
            level = np.concatenate([level, level[others[0]]])
            if colour is not None:
                colour = np.concatenate([colour, colour[others[0]]])
        return cls(
            torch.from_numpy(pitch),
            torch.from_numpy(level),
            torch.zeros(len(pitch), dtype=torch.int64),
            torch.from_numpy(note),
            torch.from_numpy(row),
            _positions(age, ages),
            _positions(since_release, np.asarray(_RELEASED, dtype=np.float64)),
            1,
            n_frames,
            touches,
            None if colour is None else torch.from_numpy(colour),
        )

    def to(self, device: torch.device) -> NoteSpans:
        """Return the same spans with their tensors on a device."""
        return NoteSpans(
            self.pitch.to(device),
            self.level.to(device),
            self.clip.to(device),
            self.note.to(device),
            self.row.to(device),
            self.age.to(device),
            self.released.to(device),
            self.n_clips,
            self.n_frames,
            None if self.touches is None else self.touches.to(device),
            None if self.colour is None else self.colour.to(device),
        )

    @classmethod
    def join(cls, parts: Sequence[NoteSpans]) -> NoteSpans:
        """Return the spans of several clips of one length, whose notes are played as usual."""
        n_frames = parts[0].n_frames
        clips = np.cumsum([0, *(part.n_clips for part in parts)]).tolist()
        notes = np.cumsum([0, *(len(part.pitch) for part in parts)]).tolist()
        return cls(
            torch.cat([part.pitch for part in parts]),
            torch.cat([part.level for part in parts]),
            torch.cat([part.clip + clip for part, clip in zip(parts, clips, strict=False)]),
            torch.cat([part.note + note for part, note in zip(parts, notes, strict=False)]),
            torch.cat([part.row + clip * n_frames for part, clip in zip(parts, clips, strict=False)]),
            torch.cat([part.age for part in parts]),
            torch.cat([part.released for part in parts]),
            clips[-1],
            n_frames,
        )


def _positions(frames: NDArray[np.float64], grid: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(np.interp(frames, grid, np.arange(len(grid))).astype(np.float32))


class NoteSketch(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Notes and a timbre to the sum of what each sounds like."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self, kind: str = "pitched", timbre_size: int = TIMBRE_SIZE, width: int = 384, depth: int = 3
    ) -> None:
        super().__init__()
        self._n_mels = n_mels = LAYOUTS[kind].n_mels
        self._ages = ages = len(_AGES[kind])
        self._parts = [ages * n_mels]
        if kind == "pitched":
            self._parts += [ages * n_mels // _COARSE, len(_RELEASED) * n_mels // _COARSE]
            comb = scale_power(torch.from_numpy(pitch_templates()))
            self.register_buffer("comb", comb, persistent=False)
        self.key = nn.Embedding(128, 64)
        self.note_in = nn.Linear(64 + 8, width)
        self.timbre_in = nn.Linear(timbre_size, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(depth))
        self.ups = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(depth))
        self.downs = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(depth))
        self.norm_out = nn.LayerNorm(width)
        self.out = nn.Linear(width, sum(self._parts))
        nn.init.normal_(self.out.weight, std=0.005)
        nn.init.zeros_(self.out.bias)
        with torch.no_grad():
            for noise in torch.split(self.out.bias, self._parts)[1:2]:
                noise.fill_(-1.0)

    def forward(self, spans: NoteSpans, timbre: Tensor) -> Tensor:
        """Return scaled log-mels (clips, frames, n_mels); ``timbre``: (clips, timbre_size)."""
        return self._add_up(self._find_powers(spans, timbre), spans)

    def draw_played(
        self, spans: NoteSpans, timbre: Tensor, values: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Return the scaled log-mel of a clip as :meth:`forward` does, and as it is played.

        They are (2, frames, n_mels). In the second, notes are damped as their touch says, and have the
        colour of their force; in the first all sound open, and in one colour. Beside them is the mean of
        what ``values`` (128,) say of the notes' keys in each cell, (frames, n_mels), in which notes count
        by their power; None without values.
        """
        power = self._find_powers(spans, timbre)
        means = None if values is None else self._find_mean(power, spans, values)
        drawn = self._add_up(power, spans)
        if spans.colour is not None:
            power = power * torch.exp(_NEPERS * spans.colour)[spans.note]
        if spans.touches is not None and spans.touches.fade is not None:
            power = power * torch.exp(_NEPERS * spans.touches.fade)
        return torch.cat([drawn, self._add_up(power, spans)]), means

    def _add_up(self, power: Tensor, spans: NoteSpans) -> Tensor:
        """Return the scaled log-mels (clips, frames, n_mels) of pairs' powers (pairs, n_mels)."""
        total = power.new_zeros(spans.n_clips * spans.n_frames, self._n_mels).index_add(0, spans.row, power)
        silence = math.exp(_NEPERS * scale_decibels(FLOOR_DB))
        scaled = torch.log(total + silence) / _NEPERS
        return scaled.reshape(spans.n_clips, spans.n_frames, self._n_mels)

    def _find_mean(self, power: Tensor, spans: NoteSpans, values: Tensor) -> Tensor:
        """Return the mean of the notes' ``values`` in each cell of one clip, (frames, n_mels)."""
        of_notes = values[spans.pitch]
        sums = [
            power.new_zeros(spans.n_frames, self._n_mels).index_add(0, spans.row, part)
            for part in (power * of_notes[spans.note][:, None], power)
        ]
        return sums[0] / (sums[1] + math.exp(_NEPERS * scale_decibels(FLOOR_DB)))

    def _find_powers(self, spans: NoteSpans, timbre: Tensor) -> Tensor:
        """Return the power of each pair in each mel band: (pairs, n_mels)."""
        with one_thread():
            numbers = self._imagine(spans, timbre).float()  # where it is trained with fewer bits
        imagined = torch.split(numbers, self._parts, dim=-1)
        level = spans.level[spans.note][:, None]
        if spans.touches is not None:
            level = level + spans.touches.change[:, None]
        if len(imagined) == 1:
            power = _power(self._at(imagined[0], spans.note, spans.age, self._ages) + level)
        else:
            gain, noise, release = imagined
            loss = self._find_release_loss(release, spans)
            partials = self._at(gain, spans.note, spans.age, self._ages) + self._find_combs(spans)
            hiss = self._at(noise, spans.note, spans.age, self._ages)
            dying = level + loss
            power = _power(partials + _fine(dying)) + _fine(_power(hiss + dying))
        return power

    def _imagine(self, spans: NoteSpans, timbre: Tensor) -> Tensor:
        """Return all numbers of every note: (notes, …)."""
        octaves = (spans.pitch[:, None].float() - 60.0) / 24.0
        angles = octaves * torch.tensor([0.5, 1.0, 2.0], device=octaves.device) * math.pi
        known = [self.key(spans.pitch), octaves, spans.level[:, None], angles.sin(), angles.cos()]
        x = self.note_in(torch.cat(known, dim=-1)) + self.timbre_in(timbre)[spans.clip]
        for norm, up, down in zip(self.norms, self.ups, self.downs, strict=True):
            x = x + down(nn.functional.silu(up(norm(x))))
        numbers: Tensor = self.out(self.norm_out(x))
        return numbers

    def _find_combs(self, spans: NoteSpans) -> Tensor:
        """Return the partials of each pair's note, scaled, where its pitch is then: (pairs, n_mels)."""
        combs: Tensor = self.comb[spans.pitch][spans.note]
        if spans.touches is None:
            return combs
        quarters = torch.round(4.0 * spans.touches.shift).long()
        moved = quarters.nonzero().flatten()
        if len(moved) == 0:
            return combs
        places, which = torch.unique(
            4 * spans.pitch[spans.note[moved]] + quarters[moved], return_inverse=True
        )
        drawn = np.stack([pitch_template(place) for place in places.tolist()])
        combs[moved] = scale_power(torch.from_numpy(drawn)).to(combs.device)[which]
        return combs

    def _find_release_loss(self, release: Tensor, spans: NoteSpans) -> Tensor:
        """Return what is lost since the release, (pairs, n_mels / _COARSE); nothing before it."""
        curves = release.reshape(len(release), len(_RELEASED), self._n_mels // _COARSE)
        steps = torch.arange(len(_RELEASED), device=release.device)[:, None]
        curves = curves - curves[:, :1] - _LEAST_RELEASE * steps
        return self._at(curves.flatten(1), spans.note, spans.released, len(_RELEASED))

    @staticmethod
    def _at(curves: Tensor, note: Tensor, position: Tensor, points: int) -> Tensor:
        """Return curves (notes, points * bands) at positions along them: (pairs, bands)."""
        rows = curves.reshape(len(curves) * points, curves.shape[1] // points)
        before = position.long().clamp(max=points - 2)
        index = note * points + before
        low = rows.index_select(0, index)
        return torch.lerp(low, rows.index_select(0, index + 1), (position - before)[:, None])


def _power(scaled: Tensor) -> Tensor:
    return torch.exp(_NEPERS * scaled.clamp_max(_LOUDEST))


def _fine(coarse: Tensor) -> Tensor:
    """Turn (pairs, n_mels / _COARSE) into (pairs, n_mels)."""
    return coarse.repeat_interleave(_COARSE, dim=-1)
