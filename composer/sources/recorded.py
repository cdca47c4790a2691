"""Recordings of the user's own as stems: what is known of each, heard where the spec does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import soundfile

from composer.sources.heard import hear_pulse
from render.listening.recording import LONGEST_STEM_S, read_recording
from structure.base.errors import RitornelloError
from structure.base.files import sha256
from structure.planning.given.recordings import KnownRecording, lay_recordings
from structure.plans.plan import InitFile, SongPlan
from structure.specs.spec import SongSpec


def with_recordings(plan: SongPlan, spec: SongSpec, files: Mapping[str, InitFile]) -> SongPlan:
    """Return the plan with the recordings of a spec as stems.

    ``files`` are the recordings by their names in the song's folder. They are listened to only for what
    the spec does not say.

    Raises RitornelloError for a recording that cannot be read, or whose tempo or downbeat must be found by
    listening and cannot be. The error says where the spec names the recording.
    """
    signed = {name: replace(file, sha256=sha256(file.path)) for name, file in files.items()}
    known = {}
    for stem in spec.recordings:
        name = stem.audio or ""
        file = signed[name]
        bpm = None if stem.tempo is None else stem.tempo * float(plan.meter.beat_quarters)
        needs_tempo = stem.stretch > 0.0 and bpm is None
        try:
            if stem.offset is None or needs_tempo:
                heard = hear_pulse(file.path, bpm)
                seconds, bpm = heard.seconds, bpm or heard.bpm
                downbeat = heard.downbeat_s if stem.offset is None else stem.offset
            else:
                seconds, downbeat = _seconds(file.path), stem.offset
                bpm = bpm if stem.stretch else None
        except RitornelloError as exc:
            raise exc.with_context(f"{file.where}: ", field=file.where) from exc
        known[stem.name] = KnownRecording(name, seconds, downbeat, bpm)

    laid = lay_recordings(plan, spec, known)
    played = {piece.file for visit in laid.visits for piece in visit.sound.recordings.values()}
    too_long = [stem.audio for stem in spec.recordings if known[stem.name].seconds > LONGEST_STEM_S]
    notes = (f"{audio}: of a recording its first hour is used, the rest is left out" for audio in too_long)
    return replace(
        laid,
        recordings={name: file for name, file in signed.items() if name in played},
        notes=(*laid.notes, *notes),
    )


def _seconds(path: Path) -> float:
    """Return how long a recording lasts; what is no audio is refused."""
    try:
        info = soundfile.info(path)
    except (soundfile.SoundFileError, OSError):
        return read_recording(path).seconds
    return float(info.frames / info.samplerate)
