"""Hands a song over: files for DAWs and for listeners, checked as they are written.

What is written is read back: the stems must sum to the premaster within -90 dB, drum parts to their stem,
sections to the song, and all must be of one length; otherwise nothing is handed over. ``export.json`` lists
the files with their hashes, the checks and the loudness, and marks the folder as ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from composer.folder.layout import place_in
from composer.folder.report import checks_document, file_table
from composer.handover.adding import Addition, song_mark
from composer.handover.checks import check_game, check_lossy_peaks, check_written
from composer.handover.credentials import SIGNED, Credentials
from composer.handover.further import Material, UnmovedStems, check_has_voices, write_further_stems
from composer.handover.game import write_game
from composer.handover.layout import WORDS, Layout
from composer.handover.loudness import loudness_document
from composer.handover.provenance import provenance_document
from composer.handover.tracks import mixed_tracks, moving_tracks
from render.audio.loudness import sample_peak
from render.audio.r128 import Loudness, measure_loudness
from render.audio.shape import resample
from render.audio.types import Audio
from render.audio.wav import as_written
from render.checks.check import Check
from render.export.aac import write_m4a
from render.export.aaf import write_aaf
from render.export.bwf import Region, Wave, write_bwf
from render.export.click import click_track, count_in
from render.export.colours import section_colour
from render.export.dawproject import write_dawproject
from render.export.drum_parts import drum_hits, split_drums
from render.export.encode import (
    find_encoded_rate,
    song_tags,
    write_flac,
    write_mp3,
    write_ogg,
    write_opus,
)
from render.export.live.liveset import write_live_set
from render.export.musical import riff_facts, song_music, visit_music
from render.export.places import audacity_labels, section_regions
from render.export.project import note_clips, song_project
from render.export.reaper import filter_code, write_reaper
from render.export.riff import Musical
from render.export.timeline import write_otio
from render.mixing.automation import FILTERS, REMADE, Points, level_points
from structure.base.errors import CheckError, UsageError
from structure.base.files import write_atomically
from structure.base.jsonfile import write_json
from structure.base.names import EXPORT_MANIFEST, MASTER, PREMASTER, PROVENANCE, stem_path
from structure.base.progress import Progress, ProgressEvent, silent
from structure.base.versions import own_version
from structure.notation.karaoke import karaoke_lines, write_lrc, write_srt
from structure.notation.midi import write_midi
from structure.notation.sheet import write_lead_sheet
from structure.notation.ustx import ustx_document, write_ustx
from structure.plans.plan import SongPlan
from structure.specs.spec import HandOverSpec

FORMAT = 1
_MOST_PEAK = 0.98
_WORD_WRITERS = {"lrc": write_lrc, "srt": write_srt, "ustx": write_ustx}
_ENCODERS = {"flac": write_flac, "mp3": write_mp3, "ogg": write_ogg, "opus": write_opus, "m4a": write_m4a}


@dataclass(frozen=True)
class HandOver:
    """What was handed over. ``document`` is what export.json holds."""

    folder: Path
    files: tuple[str, ...]
    checks: tuple[Check, ...]
    loudness: Loudness
    document: dict[str, Any] = field(repr=False)


def write_handover(
    material: Material,
    layout: Layout,
    folder: Path,
    progress: Progress = silent,
    beside: Addition | None = None,
    signer: Credentials | None = None,
    unmoved: UnmovedStems | None = None,
) -> HandOver:
    """Write every file of a hand-over into an existing, empty folder.

    The manifest comes last, and lists what is kept of the export ``beside`` too. ``signer`` signs its
    audio files. ``unmoved`` are the stems without filters and sends that move, where they are known.

    Raises RitornelloError where what was written fails a check, or cannot be written in 24 bits.
    """
    check_can_be_sung(material.plan, layout.options)
    check_has_voices(material.plan, layout.options)
    if unmoved is None:
        unmoved = material.unmoved_stems() if layout.automated_in(REMADE) else UnmovedStems({}, {})
    return _Writer(material, layout, folder, progress, beside, signer, unmoved).write()


def check_can_be_sung(plan: SongPlan, options: HandOverSpec) -> None:
    """Raise UsageError where words with times, or a voice, are asked for, and the song has none."""
    timed = next((kind for kind in ("lrc", "srt") if kind in options.to), None)
    if timed is not None and not karaoke_lines(plan):
        raise UsageError(
            f"nobody sings words in {plan.title!r}, and {timed} holds nothing else",
            field="to",
            hint="give the song `lyrics`",
        )
    if "ustx" in options.to:
        ustx_document(plan)


class _Writer:
    """Writes one hand-over. Audio is resampled, written and let go, one file at a time."""

    def __init__(
        self,
        material: Material,
        layout: Layout,
        folder: Path,
        progress: Progress,
        beside: Addition | None,
        signer: Credentials | None,
        unmoved: UnmovedStems,
    ) -> None:
        self._material = material
        self._plan = material.plan
        self._layout = layout
        self._options = layout.options
        self._folder = folder
        self._progress = progress
        self._beside, self._signer = beside, signer
        self._files = layout.files()
        self._roles = {stem.name: stem.role for stem in self._plan.stems}
        self._unmoved = unmoved
        self._volumes: dict[str, Points] = {}
        self._done = 0
        self._song = ""
        self._grid = replace(self._plan.grid, sample_rate=self._options.sample_rate)
        self._regions = section_regions(self._plan, self._options.sample_rate)
        self._colours = tuple(section_colour(visit.place.name) for visit in self._plan.visits)

    def write(self) -> HandOver:
        """Write all, check it, and sum it up."""
        master = self._material.audio(MASTER)
        self._song = song_mark(master)
        self._encode(master)
        master = self._resample(master)
        loudness = measure_loudness(master, self._options.sample_rate)
        if self._layout.has_tracks:
            self._write_wav(self._layout.master, master, "Master", loudness=loudness)
        del master
        if self._layout.has_tracks:
            self._write_tracks()
        self._write_clicks()
        turned_down = write_further_stems(self._material, self._layout, self._write_song_wav)
        if "game" in self._options.to:
            write_game(self._layout, self._material, self._folder, self._write_wav, self._tell)
        checks = self._checks(turned_down)
        self._write_projects()
        self._write_sheets()
        return self._finish(loudness, checks)

    def _encode(self, master: Audio) -> None:
        """Write the encoded files of the master for listeners."""
        kinds = list(self._pick_formats(*_ENCODERS))
        cover = self._material.cover() if kinds else None
        for kind in kinds:
            name, rate = self._layout.master_as(kind), find_encoded_rate(kind, self._options.sample_rate)
            self._tell(name)
            audio = resample(master, self._plan.grid.sample_rate, rate)
            _ENCODERS[kind](self._folder / name, audio, song_tags(self._plan, rate, cover))

    def _pick_formats(self, *formats: str) -> Iterator[str]:
        return (name for name in formats if name in self._options.to)

    def _tell(self, name: str) -> None:
        self._progress(ProgressEvent("export", min(self._done, len(self._files)), len(self._files), name))
        self._done += 1
        place_in(self._folder, name)

    def _resample(self, audio: Audio) -> Audio:
        return resample(audio, self._plan.grid.sample_rate, self._options.sample_rate)

    def _write_wav(
        self,
        name: str,
        audio: Audio,
        what: str,
        *,
        time_reference: int = 0,
        regions: tuple[Region, ...] | None = None,
        loudness: Loudness | None = None,
        music: Musical | None = None,
        is_dithered: bool = False,
    ) -> None:
        self._tell(name)
        rate, bits = self._options.sample_rate, self._options.bit_depth
        wave = Wave(
            f"{self._plan.title}: {what}",
            time_reference,
            self._regions if regions is None else regions,
            loudness,
            track=what,
            music=music or song_music(self._plan),
            facts=riff_facts(self._plan),
        )
        try:
            if bits == 16 and not is_dithered:
                audio = as_written(audio, bits)
            write_bwf(self._folder / name, audio, rate, bits, wave)
        except ValueError as exc:
            hint = "ask for 32 bits" if bits != 32 else ""
            raise UsageError(f"{name}: {exc}", field="bit_depth", hint=hint) from exc

    def _write_song_wav(self, name: str, audio: Audio, what: str) -> None:
        """Write audio at the song's rate."""
        self._write_wav(name, self._resample(audio), what)

    def _write_tracks(self) -> None:
        """Write the premaster, the stems, their sections, and the parts of the drums."""
        self._write_wav(
            self._layout.premaster, self._resample(self._material.audio(PREMASTER)), "Premaster"
        )
        for stem in self._layout.stems:
            audio = self._material.audio(stem_path(stem))
            if stem in self._layout.parts:
                parts = split_drums(audio, drum_hits(self._plan, stem), self._plan.grid.sample_rate)
                for part, sound in parts.items():
                    name = self._layout.part(stem, part)
                    self._write_wav(name, self._resample(sound), f"{stem}, {part} alone")

            audio = self._resample(audio)
            if self._options.bit_depth == 16:
                audio = as_written(audio, 16)
            self._write_wav(
                self._layout.stem(stem),
                audio,
                stem,
                music=song_music(self._plan, self._roles[stem]),
                is_dithered=True,
            )
            if stem in self._layout.automated:
                still = self._unmoved.still.get(stem)
                still = audio if still is None else self._resample(still)
                self._write_unmoved(self._layout.stem_before_moves(stem), stem, still)
            if stem in self._unmoved.thrown:
                thrown = self._resample(self._unmoved.thrown[stem])
                self._write_unmoved(self._layout.thrown(stem), stem, thrown)
            if "wav" in self._options.to and self._options.mono:
                self._write_wav(self._layout.mono(stem), audio.mean(axis=0, keepdims=True), f"{stem}, mono")
            if "wav" in self._options.to and self._options.sections:
                self._write_sections(stem, audio)

    def _write_unmoved(self, name: str, stem: str, audio: Audio) -> None:
        """Write sound of a stem without the moves of its level, which projects give back to it."""
        points = level_points(self._layout.automated[stem], self._grid, audio.shape[1])
        places, gains = np.array(points).T
        envelope = np.interp(np.arange(audio.shape[1]), places, gains)
        unmoved = np.asarray(audio / envelope, dtype=np.float32)
        room = min(1.0, _MOST_PEAK / max(sample_peak(unmoved), 1e-9))
        self._volumes[name] = tuple((place, gain / room) for place, gain in points)
        self._write_wav(name, unmoved * np.float32(room), f"{stem}, unmoved", is_dithered=True)

    def _write_clicks(self) -> None:
        rate = self._options.sample_rate
        if self._layout.has_tracks and self._options.click:
            self._write_wav(self._layout.click, click_track(self._plan, rate), "Click")
        if "wav" in self._options.to and self._options.count_in:
            bars = count_in(self._plan, self._options.count_in, rate)
            self._write_wav(self._layout.count_in, bars, "Count-in", regions=())

    def _write_sections(self, stem: str, audio: Audio) -> None:
        for index, region in enumerate(self._regions):
            piece = audio[:, region.start : region.start + region.length]
            visit = self._plan.visits[index]
            music = visit_music(self._plan, visit, self._roles[stem], self._options.sample_rate)
            self._write_wav(
                self._layout.section(index, stem),
                piece,
                f"{stem} in {region.label}",
                time_reference=region.start,
                regions=(Region(0, region.length, region.label),),
                music=music,
                is_dithered=True,
            )

    def _checks(self, turned_down: Mapping[str, float]) -> tuple[Check, ...]:
        layout, folder = self._layout, self._folder
        checks = check_written(layout, folder, turned_down) if layout.has_tracks else ()
        if "game" in self._options.to:
            checks = (*checks, *check_game(layout, folder))
        failed = next((check for check in checks if check.passed is False), None)
        if failed is not None:
            raise CheckError(
                f"{failed.name}: {failed.value_text}, allowed {failed.limit_text}"
                f"{', ' if failed.detail else ''}{failed.detail}",
                field=failed.name,
                hint="was the song changed since its render?",
            )
        lossy = [self._layout.master_as(kind) for kind in self._pick_formats("mp3", "ogg", "opus", "m4a")]
        return (*checks, *check_lossy_peaks(lossy, self._folder))

    def _write_projects(self) -> None:
        rate = self._options.sample_rate
        project = song_project(self._plan, moving_tracks(self._layout, self._volumes), self._colours, rate)
        as_mixed = replace(project, tracks=mixed_tracks(self._layout))
        clips = {stem: list(note_clips(self._plan, stem, self._colours)) for stem in self._layout.stems}
        drums = frozenset(stem.name for stem in self._plan.stems if stem.role == "drums")
        if self._layout.keeps_tracks:
            self._tell(self._layout.labels)
            write_atomically(self._folder / self._layout.labels, audacity_labels(self._plan).encode())
        if "reaper" in self._options.to:
            self._tell(self._layout.reaper)
            write_reaper(self._folder / self._layout.reaper, project, clips, drums)
            if self._layout.automated_in(FILTERS):
                self._tell(self._layout.reaper_filter)
                write_atomically(self._folder / self._layout.reaper_filter, filter_code())
        if "dawproject" in self._options.to:
            self._tell(self._layout.dawproject)
            write_dawproject(self._folder / self._layout.dawproject, project, clips, drums, self._folder)
        if "als" in self._options.to:
            self._tell(self._layout.live_set)
            write_live_set(self._folder / self._layout.live_set, as_mixed, clips)
        if "otio" in self._options.to:
            self._tell(self._layout.otio)
            write_otio(self._folder / self._layout.otio, as_mixed)
        if "aaf" in self._options.to:
            self._tell(self._layout.aaf)
            write_aaf(self._folder / self._layout.aaf, as_mixed, self._options.bit_depth)
        if self._layout.has_tracks and not self._layout.keeps_tracks:
            self._drop(self._layout.track_files())

    def _drop(self, names: list[str]) -> None:
        """Take away files that only had to be there for a while, and the folders that they leave empty."""
        for name in names:
            (self._folder / name).unlink()
        for parent in {(self._folder / name).parent for name in names} - {self._folder}:
            parent.rmdir()

    def _write_sheets(self) -> None:
        if "ableton-midi" in self._options.to:
            self._tell(self._layout.midi)
            names = self._layout.stems
            write_midi(self._plan, self._folder / self._layout.midi, names=names, chord_track=True)
            for stem, name in names.items():
                path = self._layout.stem_midi(stem)
                self._tell(path)
                write_midi(self._plan, self._folder / path, names={stem: name})
        if "lead-sheet" in self._options.to:
            for path in self._layout.lead_sheets():
                self._tell(path)
                write_lead_sheet(self._folder / path, self._plan, self._options.paper)
        for kind in self._pick_formats(*WORDS):
            self._tell(self._layout.words(kind))
            _WORD_WRITERS[kind](self._plan, self._folder / self._layout.words(kind))

    def _finish(self, loudness: Loudness, checks: tuple[Check, ...]) -> HandOver:
        provenance = provenance_document(self._plan, self._material.fingerprint)
        write_json(self._folder / PROVENANCE, provenance)
        for name in self._files if self._signer else ():
            if self._signer and name.endswith(SIGNED):
                self._signer.sign(self._folder / name, self._plan.title, provenance)
        written = [name for name in self._files if name != EXPORT_MANIFEST]
        document = {
            "format": FORMAT,
            "ritornello": own_version(),
            "title": self._plan.title,
            "song": self._song,
            "options": self._options.model_dump(mode="json"),
            "loudness": loudness_document(loudness),
            **checks_document(checks),
            "files": file_table(self._folder, written),
            "written": self._files,
        }
        if self._beside is not None:
            document = self._beside.merge(document)
        write_json(self._folder / EXPORT_MANIFEST, document)
        self._progress(ProgressEvent("export", len(self._files), len(self._files)))
        return HandOver(self._folder, tuple(self._files), checks, loudness, document)
