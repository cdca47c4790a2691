"""Cuts out of a recording what plays in a visit: at the song's rate and tempo, on its grid.

Where neither is needed the samples are the file's own, bit for bit, but for the fade of an end that would
click. A recording that plays on from visit to visit is cut on the sample, and laid together it is whole
again.
"""

from __future__ import annotations

import hashlib
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from render.audio.levels import fade_in, fade_out
from render.audio.shape import fit_width, resample
from render.audio.tracking import stretch_audio
from render.audio.types import Audio
from render.listening.recording import LONGEST_STEM_S, read_recording
from structure.base.errors import AudioFileError
from structure.plans.plan import InitFile
from structure.plans.recorded import RecordedPiece

_EDGE_S = 0.005
"""How long it takes a recording that is cut, or breaks off by itself, to come or go."""

_CLICKS = 1e-3
"""Of a recording's peak, from which on its last sample clicks."""


def piece_audio(
    piece: RecordedPiece, file: InitFile, before: int, body: int, tail: int, sample_rate: int
) -> Audio:
    """Return what plays of a recording in a visit, (2, before + body + tail).

    These are its pre-roll, its bars, and what rings after them. Raises AudioFileError where the file cannot
    be read, or is not the one that the song was planned with.
    """
    whole = _in_time(file.path, file.sha256, piece.factor, sample_rate)
    downbeat = round(piece.downbeat_s / piece.factor * sample_rate)
    length = whole.shape[1]
    made = np.zeros((2, before + body + tail), dtype=np.float32)
    if piece.loop is not None:
        _lay_loops(made, whole[:, downbeat:], piece.loop, piece.passed, before, body)
        if not piece.goes_on:
            _fade_end(made, before + body, round(_EDGE_S * sample_rate))
        return made

    # where the first sample of the clip lies in the recording
    first = downbeat + piece.passed - before
    start, stop = max(0, -first), min(made.shape[1], length - first)
    if piece.passed > 0:
        start = max(start, before)  # the visit before this one has played what comes before
    ends_at = before + body
    if piece.goes_on:
        stop = min(stop, ends_at)
    elif length - first > made.shape[1]:
        stop = min(stop, ends_at + round(_EDGE_S * sample_rate))
    if stop <= start:
        return made

    made[:, start:stop] = whole[:, first + start : first + stop]
    edge = round(_EDGE_S * sample_rate)
    if start == 0 and first > 0 and piece.passed <= 0:
        ramp = min(edge, before)
        made[:, :ramp] *= fade_in(ramp)
    breaks_off = first + stop < length or (
        float(np.abs(whole[:, -1:]).max()) > _CLICKS * float(np.abs(whole).max())
    )
    if not piece.goes_on and breaks_off:
        _fade_end(made, stop, edge)
    return made


def _fade_end(made: Audio, stop: int, edge: int) -> None:
    """Fade out the ``edge`` samples before the sample ``stop``, in place."""
    edge = min(edge, stop)
    made[:, stop - edge : stop] *= fade_out(edge)


def _lay_loops(made: Audio, loop: Audio, every: Fraction, passed: int, before: int, body: int) -> None:
    """Write a recording over the bars of a visit, in place, again and again every ``every`` samples.

    ``made`` and ``loop`` are (2, samples). The bars are the ``body`` samples of ``made`` after the first
    ``before``. The recording first begins ``passed`` samples before the bars; below 0, so many after.
    """
    count = 0
    while True:
        at, until = round(count * every) - passed, round((count + 1) * every) - passed
        count += 1
        if at >= body:
            return
        start, stop = max(0, at), min(body, until, at + loop.shape[1])
        if stop > start:
            made[:, before + start : before + stop] = loop[:, start - at : stop - at]


@lru_cache(maxsize=4)
def _in_time(path: Path, sha256: str, factor: float, sample_rate: int) -> Audio:
    """Return a recording, (2, samples), at a rate and played ``factor`` times as fast.

    It cannot be written to. Raises AudioFileError where the file cannot be read, or has another hash than
    ``sha256``.
    """
    recording = read_recording(path, LONGEST_STEM_S)
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise AudioFileError(f"{path} is not the recording that the song was planned with", path=path)
    audio = resample(recording.audio, recording.rate, sample_rate)
    if factor != 1.0:
        audio = stretch_audio(audio, sample_rate, factor, keeps_attacks=True)
    whole = np.ascontiguousarray(fit_width(audio, 2), dtype=np.float32)
    whole.flags.writeable = False
    return whole
