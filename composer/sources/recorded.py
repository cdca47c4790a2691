"""Recordings of the user's own as stems: what is known of each, heard where the spec does not say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import soundfile

from composer.sources.heard import hear_pulse
from render.listening.recording import LONGEST_STEM_S, read_recording
from structure.base.errors import RitornelloError
from structure.base.files import sha256
from structure.planning.given.recordings import KnownRecording, lay_recordings
from structure.plans.plan import InitFile, SongPlan
from structure.specs.spec import SongSpec, StemSpec


def with_recordings(plan: SongPlan, spec: SongSpec, files: Mapping[str, InitFile]) -> SongPlan:
    """Return the plan with the recordings of a spec as stems.

    ``files`` are the recordings by their names in the song's folder.

    Raises RitornelloError for a recording that cannot be read, or whose tempo or downbeat must be found by
    listening and cannot be. The error says where the spec names the recording.
    """
    signed = {name: replace(file, sha256=sha256(file.path)) for name, file in files.items()}
    known = {}
    for stem in spec.recordings:
        name = stem.audio or ""
        known[stem.name] = _known(plan, stem, name, signed[name])
    laid = lay_recordings(plan, spec, known)
    played = {piece.file for visit in laid.visits for piece in visit.sound.recordings.values()}
    too_long = [stem.audio for stem in spec.recordings if known[stem.name].seconds > LONGEST_STEM_S]
    notes = (f"{audio}: of a recording its first hour is used, the rest is left out" for audio in too_long)
    return replace(
        laid,
        recordings={name: file for name, file in signed.items() if name in played},
        notes=(*laid.notes, *notes),
    )


def _known(plan: SongPlan, stem: StemSpec, name: str, file: InitFile) -> KnownRecording:
    """Return what is known of a recording, and listen to it only for what the spec does not say."""
    bpm = None if stem.tempo is None else stem.tempo * float(plan.meter.beat_quarters)
    needs_tempo = stem.stretch > 0.0 and bpm is None
    try:
        if stem.offset is not None and not needs_tempo:
            try:
                info = soundfile.info(file.path)
                seconds = float(info.frames / info.samplerate)
            except (soundfile.SoundFileError, OSError):
                seconds = read_recording(file.path).seconds
            return KnownRecording(name, seconds, stem.offset, bpm if stem.stretch else None)
        heard = hear_pulse(file.path, bpm)
    except RitornelloError as exc:
        raise exc.with_context(f"{file.where}: ", field=file.where) from exc
    downbeat = heard.downbeat_s if stem.offset is None else stem.offset
    return KnownRecording(name, heard.seconds, downbeat, bpm or heard.bpm)
