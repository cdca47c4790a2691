"""A song as it shows itself: a line in a terminal, a page with a player in a notebook; and its bytes."""

from __future__ import annotations

import base64
import io
from html import escape
from typing import Literal, get_args

import numpy as np
import soundfile

from composer.base.words import clock, meter_text, tempo_text
from render.audio.types import Audio
from render.audio.wav import quantise
from structure.base.errors import UsageError, did_you_mean
from structure.plans.plan import SongPlan

AudioFormat = Literal["wav", "flac", "ogg", "mp3"]
"""The formats of :func:`audio_bytes`: two that lose nothing (24 bit), and two for listening."""

_ENCODED = {
    "wav": ("WAV", "PCM_24"),
    "flac": ("FLAC", "PCM_24"),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
_BLOCK = 1 << 16
"""Samples at a time: libsndfile's Vorbis encoder cannot take a whole song at once."""


def audio_bytes(audio: Audio, sample_rate: int, kind: AudioFormat = "wav") -> bytes:
    """Encode float32 (channels, samples) as a file in memory. Raises UsageError for another format."""
    if kind not in _ENCODED:
        hint = did_you_mean(str(kind), get_args(AudioFormat))
        raise UsageError(f"no audio format of a song is called {kind!r}", field="format", hint=hint)
    container, subtype = _ENCODED[kind]
    buffer = io.BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate, audio.shape[0], subtype, format=container) as file:
        for first in range(0, audio.shape[1], _BLOCK):
            block = audio[:, first : first + _BLOCK]
            whole = quantise(block, 24, first) if subtype == "PCM_24" else np.clip(block, -1.0, 1.0)
            file.write(np.ascontiguousarray(whole.T))
    return buffer.getvalue()


def song_line(plan: SongPlan) -> str:
    """Return a song in a line: ``Neon Tides: synthwave, 104 BPM, A minor, 4/4, 5 stems, 4:03``."""
    seconds = plan.total_samples / plan.grid.sample_rate
    many = f"{len(plan.stems)} stem{'' if len(plan.stems) == 1 else 's'}"
    facts = (plan.genre, tempo_text(plan), plan.key, meter_text(plan), many, clock(seconds))
    return f"{plan.title}: {', '.join(facts)}"


def player_html(line: str, audio: Audio, sample_rate: int) -> str:
    """Return a line and a player for notebooks; the sound is in it as MP3, which every browser plays."""
    sound = base64.b64encode(audio_bytes(audio, sample_rate, "mp3")).decode("ascii")
    return (
        f"<p>{escape(line)}</p>"
        f'<audio controls preload="metadata" src="data:audio/mpeg;base64,{sound}"></audio>'
    )
