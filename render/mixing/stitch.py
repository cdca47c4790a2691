"""Joins clips on the song's grid: every section begins on the sample of its downbeat.

A clip begins a pre-roll before its first downbeat and has a tail after its last bar. A join is an
equal-power crossfade (cosine and sine, whose squares sum to 1) of ``fade_samples``, centred on the
downbeat. Two things bend it where the clips call for it:

* An attack on the downbeat must not be blunted: an incoming clip with a note there has faded in when
  the downbeat comes, in the first half of the window.
* Tails ring over: an outgoing clip that follows the score has nothing but its tail after the
  downbeat, so it is not faded out there, but at the end of its tail. One that does not follow the
  score plays on, and is faded out while the next clip is faded in, so that the power stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import fade_in, fade_out
from render.audio.types import Audio

EDGE_FADE_S = 0.004
"""A clip that is cut by the song's first sample is faded in over this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedClip:
    """A clip and the song's samples at which its section begins and ends.

    ``audio`` is (channels, samples), its downbeat at ``downbeat_sample``. ``attack``: a note begins on
    the downbeat. ``rings``: what sounds after ``end`` is a tail. ``joined_before`` and
    ``joined_after``: the same stem sounds in the section before, or after; ``attack_after``: and there
    a note begins on the downbeat. ``fade_before`` and ``fade_after`` are the samples of the crossfades
    there; those of the whole stem where they are left out. One that ``is_whole`` is laid as it is, and
    begins and ends by itself.
    """

    audio: Audio
    downbeat_sample: int
    start: int
    end: int
    attack: bool
    rings: bool
    joined_before: bool
    joined_after: bool
    attack_after: bool = False
    fade_before: int | None = None
    fade_after: int | None = None
    is_whole: bool = False


def clip_envelope(clip: PlacedClip, fade_samples: int) -> NDArray[np.float32]:
    """Return the gain of every sample of a clip, (samples,): its share in the joins before and after it."""
    n_samples = clip.audio.shape[1]
    envelope = np.ones(n_samples, dtype=np.float32)
    if clip.is_whole:
        return envelope
    half = (fade_samples if clip.fade_before is None else clip.fade_before) // 2
    begin = clip.downbeat_sample - half
    rise = half if clip.attack or not clip.joined_before else 2 * half
    _set_ramp(envelope, begin, fade_in(rise), before=0.0)
    body_end = clip.downbeat_sample + clip.end - clip.start
    half = (fade_samples if clip.fade_after is None else clip.fade_after) // 2
    if clip.joined_after and not clip.rings:
        fall = half if clip.attack_after else 2 * half
        _set_ramp(envelope, body_end - half, fade_out(fall), after=0.0)
    else:
        tail = n_samples - body_end
        _set_ramp(envelope, n_samples - tail // 2, fade_out(tail // 2), after=0.0)
    return envelope


def _set_ramp(
    envelope: NDArray[np.float32],
    begin: int,
    ramp: NDArray[np.float32],
    *,
    before: float | None = None,
    after: float | None = None,
) -> None:
    """Multiply a ramp into an envelope at ``begin``, and a constant before or after it."""
    end = begin + len(ramp)
    first, last = max(begin, 0), min(end, len(envelope))
    if last > first:
        envelope[first:last] *= ramp[first - begin : last - begin]
    if before is not None and begin > 0:
        envelope[:begin] = before
    if after is not None and end < len(envelope):
        envelope[max(end, 0) :] = after


def stitch(
    clips: Sequence[PlacedClip],
    total_samples: int,
    fade_samples: int,
    sample_rate: int,
    channels: int = 1,
    treat: Callable[[PlacedClip, Audio], Audio] = lambda _, audio: audio,
    song: Audio | None = None,
) -> Audio:
    """Lay the clips of one stem on the song's grid: (channels, total_samples).

    They are laid on the zeros of ``song`` where that is given.

    ``treat`` gets each clip in the shape in which it is joined, (channels, samples), and returns what is
    laid instead of it: it may have other channels, and be longer.

    The last sample is silent: what still rings is faded over the last half second.
    """
    song = np.zeros((channels, total_samples), dtype=np.float32) if song is None else song
    edge = int(EDGE_FADE_S * sample_rate)
    for clip in clips:
        audio = clip.audio * clip_envelope(clip, fade_samples)
        first = clip.start - clip.downbeat_sample
        skipped = max(0, -first)
        if skipped:
            # what plays on from the pre-roll is cut into; an attack of the score comes out of silence
            room = clip.downbeat_sample - skipped
            ramp = min(edge, room) if clip.attack and clip.rings else edge
            if ramp > 0:
                audio[:, skipped : skipped + ramp] *= fade_in(ramp)
            audio[:, :skipped] = 0.0
        audio = treat(clip, audio)
        stop = min(first + audio.shape[1], total_samples)
        song[:, first + skipped : stop] += audio[:, skipped : stop - first]
    last = min(sample_rate // 2, total_samples)
    song[:, total_samples - last :] *= np.append(fade_out(last - 1), np.float32(0.0))
    return song
