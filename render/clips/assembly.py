"""Clips that are put together of others: bars of several takes, or passages one after another."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from render.audio.shape import fit_width, splice
from render.audio.types import Audio
from render.backends.request import Clip, ClipRequest, content_of
from render.mixing.stitch import PlacedClip, clip_envelope
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.score import Note


class Assembly(Protocol):
    """How clips become one."""

    def join(self, clips: Sequence[Clip | None], n_samples: int) -> Audio:
        """Return (1 or 2, n_samples) of clips, of which one that is silent is None."""


@dataclass(frozen=True, slots=True)
class Spliced:
    """Clips of one length, each heard from the sample in ``starts`` up to that of the next one."""

    starts: tuple[int, ...]

    def join(self, clips: Sequence[Clip | None], n_samples: int) -> Audio:
        """Return the clips, joined as repainted bars are."""
        width = max((len(clip.audio) for clip in clips if clip is not None), default=1)
        joined = np.zeros((width, n_samples), dtype=np.float32)
        for start, clip in zip(self.starts, clips, strict=True):
            audio = np.zeros_like(joined) if clip is None else fit_width(clip.audio, width)
            rate = 1 if clip is None else clip.sample_rate
            joined = splice(joined, audio, [(start, n_samples)], rate) if start else audio
        return np.ascontiguousarray(joined, dtype=np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a passage lies in the whole.

    ``start`` is the sample of its downbeat, ``end`` the sample of its end. ``attack`` says whether a note
    begins on its downbeat. ``fade`` is the number of samples of the crossfade there.
    """

    start: int
    end: int
    attack: bool
    fade: int


@dataclass(frozen=True, slots=True)
class Chained:
    """Passages one after another, joined as sections are. ``rings``: they end with their tails."""

    links: tuple[Link, ...]
    rings: bool

    def join(self, clips: Sequence[Clip | None], n_samples: int) -> Audio:
        """Return the clips, each at its place. The edges of the whole are left to whoever joins it."""
        there = [clip for clip in clips if clip is not None]
        joined = np.zeros((max((len(clip.audio) for clip in there), default=1), n_samples), np.float32)
        for place, clip in enumerate(clips):
            if clip is None:
                continue
            audio = clip.audio * self._gains(place, clips, clip)
            first = self.links[place].start - clip.downbeat_sample
            skipped, stop = max(0, -first), min(first + audio.shape[1], n_samples)
            joined[:, first + skipped : stop] += fit_width(audio, len(joined))[:, skipped : stop - first]
        return joined

    def _gains(self, place: int, clips: Sequence[Clip | None], clip: Clip) -> Audio:
        """Return the share of a clip in the joins before and after it, sample by sample."""
        link, is_last = self.links[place], place == len(clips) - 1
        after = None if is_last else self.links[place + 1]
        placed = PlacedClip(
            audio=clip.audio,
            downbeat_sample=clip.downbeat_sample,
            start=link.start,
            end=link.end,
            attack=link.attack,
            rings=self.rings,
            joined_before=place > 0 and clips[place - 1] is not None,
            joined_after=not is_last and clips[place + 1] is not None,
            attack_after=after is not None and after.attack,
            fade_before=link.fade,
            fade_after=0 if after is None else after.fade,
        )
        gains = clip_envelope(placed, link.fade)
        if place == 0:
            gains[: clip.downbeat_sample] = 1.0
        if is_last:
            gains[clip.downbeat_sample + link.end - link.start :] = 1.0
        return gains


def build_assembly_key(keys: Sequence[str | None], assembly: Spliced | Chained) -> str:
    """Return the key in the cache of what is put together of clips with these keys."""
    content = [type(assembly).__name__, list(keys), content_of(assembly)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AssembleJob:
    """Put a clip together of others, of which one that is silent is None."""

    key: str
    request: ClipRequest
    assembly: Spliced | Chained
    clips: tuple[Clip | None, ...]

    @property
    def thread_safe(self) -> bool:
        """Return True: it adds up samples."""
        return True

    def make(self) -> Mapping[str, Clip]:
        """Return the clip."""
        audio = self.assembly.join(self.clips, self.request.total_samples)
        there = [clip for clip in self.clips if clip is not None]
        clip = Clip(
            audio,
            self.request.grid.sample_rate,
            self.request.pre_roll_samples,
            notes=tuple(dict.fromkeys(note for clip in there for note in clip.notes)),
            doubts=tuple(dict.fromkeys(doubt for clip in there for doubt in clip.doubts)),
        )
        return {self.key: clip}


def same_bars(one: Sequence[Note], other: Sequence[Note], lines: Sequence[Fraction]) -> list[bool]:
    """Return of each bar, which begin and end at ``lines``, whether two parts play the same in it."""

    def sounding(notes: Sequence[Note], start: Fraction, end: Fraction) -> list[Note]:
        return [note for note in notes if note.onset + EARLY < end and start < note.end]

    return [sounding(one, start, end) == sounding(other, start, end) for start, end in pairwise(lines)]
