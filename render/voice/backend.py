"""The singer behind the protocol of every other backend: notes with syllables in, a voice out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np
import soxr

from render.backends.base import SCORE_PLAYER
from render.backends.request import Clip, ClipRequest
from render.voice.group import takes_of
from render.voice.kokoro import MODEL_SHA256, Kokoro, load_kokoro
from render.voice.own_model import read_own_model
from render.voice.score import SungNote
from render.voice.singer import sing
from render.voice.spelling import sounds_of_word
from render.voice.throat import S, SpokenThroat, Throat
from render.voice.voices import Voice, own_voice_of, voice_of
from structure.base.grid import SAMPLE_RATE
from structure.base.seeds import derive_seed
from structure.plans.score import Note

_CODE_VERSION = 6
"""Raise it whenever a change in the code changes the samples: cached clips are then made anew."""

CAPABILITIES = replace(SCORE_PLAYER, sings_lyrics=True)
"""What the singer can do. No prompt is read: ``voice`` and ``language`` say who sings what."""

_PEAK = 0.9


class VoiceBackend:
    """A singer of words at 44.1 kHz: mono, or stereo where several sing. The first clip loads its model."""

    name = "voice"
    capabilities = CAPABILITIES

    def __init__(self, model: str = "") -> None:
        """Take the model of the packages, or one of the user's own by its path.

        Raises BackendError where the user's own cannot be read.
        """
        self.model = model
        self._own = read_own_model(Path(model)) if model else None
        digest = MODEL_SHA256 if self._own is None else self._own.digest
        self.fingerprint = f"voice-{_CODE_VERSION}-{digest[:16]}"

    @cached_property
    def _model(self) -> Kokoro:
        return load_kokoro(self._own)

    def voice_of(self, words: str) -> Voice:
        """Return the voice that a stem asks for. Raises BackendError for a name that the model has not."""
        return voice_of(words) if self._own is None else own_voice_of(self._own, words)

    def generate(self, request: ClipRequest) -> Clip:
        """Sing one clip. Notes without a syllable are sung on "ah".

        Raises BackendError where the singer's packages are missing, ValueError for another sample rate.
        """
        voice = self.voice_of(request.voice or request.prompt)
        return sing_request(SpokenThroat(self._model, voice), request, voice)


def take_seed(request: ClipRequest) -> int:
    """Return the seed of a clip's take."""
    latent = request.latent
    return derive_seed("voice", latent.seed, latent.variation_seed if latent.amount else 0)


def sing_request(throat: Throat[S], request: ClipRequest, voice: Voice) -> Clip:
    """Sing the notes of a clip with a throat. Raises ValueError for another sample rate than 44.1 kHz."""
    if request.grid.sample_rate != SAMPLE_RATE:
        raise ValueError(f"songs are sung at {SAMPLE_RATE} Hz, not {request.grid.sample_rate}")
    takes = takes_of(voice, request.role, take_seed(request))
    tracks = np.zeros((len(takes), request.total_samples))
    for phrase in sing(throat, read_sung_notes(request), voice.manner, [one.take for one in takes]):
        for track, sung in zip(tracks, phrase, strict=True):
            made = sung.audio
            if throat.rate != SAMPLE_RATE:
                made = soxr.resample(made, throat.rate, SAMPLE_RATE, quality="HQ")
            first = round(sung.start_s * SAMPLE_RATE)
            begin, end = max(0, first), min(len(track), first + len(made))
            if end > begin:
                track[begin:end] += made[begin - first : end - first]

    # one singer of a group is as loud as another, so that the group stands where it is put; each is at
    # full level on both sides where it is in the middle
    loud = np.maximum(np.sqrt(np.square(tracks).mean(axis=1)), 1e-9)
    pans = np.array([one.pan for one in takes])
    sides = np.minimum(1.0, [1.0 - pans, 1.0 + pans]) * (loud.mean() / loud)
    audio = sides @ tracks

    peak = float(np.abs(audio).max(initial=0.0))
    if peak > _PEAK:
        audio *= _PEAK / peak
    heard = audio if len(takes) > 1 else audio[:1]
    return Clip(heard.astype(np.float32), SAMPLE_RATE, request.pre_roll_samples)


def read_sung_notes(request: ClipRequest) -> list[SungNote]:
    """Return the notes of a request as a singer reads them, in the seconds of the clip.

    A voice sings one note at a time: of several that begin together the highest is sung.
    """
    grid, before = request.grid, request.pre_roll_samples
    highest: dict[object, Note] = {}
    for note in request.notes:
        if note.onset not in highest or highest[note.onset].pitch < note.pitch:
            highest[note.onset] = note
    in_order = sorted(highest.values(), key=lambda one: one.sounding_onset)
    found: list[SungNote] = []
    for note, phones in zip(in_order, _phones(in_order, request.language), strict=True):
        start = (before + grid.sample_at(note.sounding_onset)) / SAMPLE_RATE
        end = (before + grid.sample_at(note.sounding_end)) / SAMPLE_RATE
        if found and found[-1].end_s > start:
            found[-1] = replace(found[-1], end_s=start)
        sung = note.syllable
        found.append(
            SungNote(
                start,
                max(end, start + 0.03),
                float(note.pitch),
                phones,
                "single" if sung is None else sung.kind,
                0 if sung is None else sung.stress,
                note.velocity / 127,
            )
        )
    return found


def _phones(notes: Sequence[Note], language: str) -> list[str]:
    """Return what is sung on each note; letters are read with those of the rest of their word."""
    found = ["ɑ" if note.syllable is None else note.syllable.phones for note in notes]
    word: list[int] = []
    for i, note in enumerate(notes):
        if note.syllable is None or note.syllable.kind == "hold":
            continue
        if note.syllable.kind in ("single", "begin"):
            word = []
        word.append(i)
        if note.syllable.kind in ("single", "end") or i + 1 == len(notes):
            letters = [one.text for at in word if (one := notes[at].syllable) is not None]
            read = sounds_of_word(letters, language)
            for at, sounds in zip(word, read, strict=True):
                found[at] = found[at] or sounds
    return found
