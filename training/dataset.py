"""Makes the training set: ``python -m training.dataset --out FOLDER``.

For each instrument and soundfont it writes random parts, renders them, applies an effect to some,
describes each in several wordings, and stores log-mels, notes and sentence embeddings as NumPy files.
Needs Debian's fluidsynth, fluid-soundfont-gm, musescore-general-soundfont-lossless and
sonic-pi-samples, and for ``--teacher-clips`` what :mod:`training.teachers` plays. The same seed makes the
same set, but for synthesizers that leave something to chance. A run that was stopped goes on where it was.

``--held-out`` makes the set on which the model is evaluated instead: melodies of real tunes and parts of
planned songs, in wordings and in pairs of instrument and effect that the training set does not have.
``--captions-only`` describes a training set that is there anew, after the wordings have changed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from pathlib import Path

import numpy as np
import torch

from render.model.features import DRUMS, PITCHED, MelLayout, log_mel
from render.model.playing.notes import NoteTable
from render.model.text import TextEncoder
from structure.base.files import replacing
from training import synth
from training.captions import (
    EFFECTS,
    HELD_OUT_PAIRS,
    INSTRUMENTS,
    KITS,
    SAMPLE_KITS,
    TEACHERS,
    Instrument,
    Label,
    Teacher,
    caption,
    kit_patch,
    unseen_caption,
)
from training.real_scores import RealScores
from training.scores import random_drums, random_part
from training.teachers import play_parts

CLIP_S = 11.0
MUSIC_S = 9.5
REFERENCE_DB = -23.0
"""RMS that each patch has on the average while it sounds, in dBFS."""

_MEASURED_PARTS = 12
"""Random parts by which the level of a patch of the test set is measured, as training measures it on all: a
soft tune is to stay soft."""

CAPTIONS_PER_CLIP = 8
WET_SHARE = 0.45

Rng = np.random.Generator


@dataclass
class _Set:
    """Clips of one layout, gathered in memory and written at once."""

    layout: MelLayout
    mels: list[np.ndarray] = field(default_factory=list)
    notes: list[np.ndarray] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    audio: list[synth.Mono] = field(default_factory=list)
    keeps_audio: bool = False
    """The evaluation wants the references' samples, training does not."""

    def add(self, audio: synth.Mono, notes: NoteTable, label: Label) -> None:
        mel = log_mel(torch.from_numpy(audio), self.layout)
        self.mels.append(mel.numpy().astype(np.float16))
        self.notes.append(np.stack([notes.start, notes.end, notes.pitch, notes.velocity], axis=1))
        self.labels.append(label)
        if self.keeps_audio:
            self.audio.append(np.rint(np.clip(audio, -1.0, 1.0) * 32767.0).astype(np.int16))

    def extend(self, other: _Set) -> None:
        """Add all clips of another set, without their audio."""
        self.mels += other.mels
        self.notes += other.notes
        self.labels += other.labels

    def write_made(self, path: Path) -> None:
        """Keep the clips in a file, whole or not at all, without their audio."""
        counts = np.array([len(notes) for notes in self.notes])
        labels = np.array(json.dumps([label.row() for label in self.labels]))
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part, part.open("wb") as file:
            np.savez(
                file,
                mel=np.stack(self.mels),
                notes=np.concatenate(self.notes),
                counts=counts,
                labels=labels,
            )

    def read_made(self, path: Path) -> None:
        """Add the clips that :meth:`write_made` kept."""
        with np.load(path) as made:
            self.mels += list(made["mel"])
            self.notes += np.split(made["notes"], np.cumsum(made["counts"])[:-1])
            self.labels += [Label(**row) for row in json.loads(str(made["labels"]))]

    def save(self, folder: Path, describe: Callable[[Rng, Label], str], seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "mel.npy", np.stack(self.mels))
        np.save(folder / "notes.npy", np.concatenate(self.notes))
        np.save(folder / "note_counts.npy", np.array([len(n) for n in self.notes]))
        if self.keeps_audio:
            np.save(folder / "audio.npy", np.stack(self.audio))
        write_captions(folder, self.labels, describe, seed)


def write_captions(
    folder: Path, labels: Sequence[Label], describe: Callable[[Rng, Label], str], seed: int
) -> None:
    """Describe every clip in several wordings: ``clips.json``, and their vectors in ``text.npy``."""
    rng = np.random.default_rng([seed, len(labels)])
    captions = [[describe(rng, label) for _ in range(CAPTIONS_PER_CLIP)] for label in labels]
    different = sorted({text for texts in captions for text in texts}, key=lambda text: (len(text), text))
    vectors = dict(zip(different, TextEncoder().encode(different).astype(np.float16), strict=True))
    np.save(folder / "text.npy", np.stack([[vectors[text] for text in texts] for texts in captions]))
    rows = [{**label.row(), "captions": c} for label, c in zip(labels, captions, strict=True)]
    (folder / "clips.json").write_text(json.dumps(rows))


def describe_anew(folder: Path, seed: int) -> None:
    """Write new captions for a training set, from its labels."""
    rows = json.loads((folder / "clips.json").read_text())
    names = [entry.name for entry in fields(Label)]
    write_captions(folder, [Label(**{name: row[name] for name in names}) for row in rows], caption, seed)


def _centroid(audio: synth.Mono) -> float:
    spectrum = np.abs(np.fft.rfft(audio[: 1 << 18]))
    hertz = np.fft.rfftfreq(min(len(audio), 1 << 18), 1 / synth.RATE)
    return float((spectrum * hertz).sum() / max(spectrum.sum(), 1e-9))


def _brightness(value: float, median: float) -> str:
    if value > 1.25 * median:
        return "bright"
    return "dark" if value < 0.8 * median else ""


def _level(clips: list[synth.Mono], n_measured: int) -> list[synth.Mono]:
    """Return all clips of a patch with one gain, so that patches are equally loud and dynamics stay.

    The gain is measured on the first ``n_measured`` clips, in the blocks of 50 ms that sound.
    """
    levels = []
    for audio in clips[:n_measured]:
        blocks = audio[: len(audio) // 2205 * 2205].reshape(-1, 2205)
        power = (blocks.astype(np.float64) ** 2).mean(axis=1)
        loud = power[power > max(power.max() * 1e-4, 1e-12)]
        levels.append(float(np.sqrt(loud.mean())) if len(loud) else 0.0)
    mean = float(np.mean(levels))
    gain = 10 ** (REFERENCE_DB / 20) / max(mean, 1e-6)
    return [c * np.float32(min(gain, 300.0)) for c in clips]


def _effect(rng: Rng, patch: str) -> str:
    """Return a random effect that training may see on a patch, or ``dry`` for none."""
    allowed = [effect for effect in EFFECTS if (effect, patch) not in HELD_OUT_PAIRS]
    return str(rng.choice(allowed)) if rng.random() < WET_SHARE else "dry"


def _add_patch(
    target: _Set,
    rng: Rng,
    clips: Sequence[tuple[synth.Mono, NoteTable, str, str]],
    patch: tuple[str, str, str],
    median_centroid: float,
) -> None:
    """Add clips (audio, notes, plays, effect) of a patch (family, name, source)."""
    for audio, notes, plays, effect in clips:
        wet = synth.apply_effect(audio, effect, rng)
        bright = _brightness(_centroid(wet), median_centroid) if effect == "dry" else ""
        target.add(wet, notes, Label(*patch, plays, effect, bright))


def _render(
    instrument: Instrument, font: str, parts: Sequence[NoteTable], n_measured: int
) -> list[synth.Mono]:
    audio = synth.render_parts(parts, CLIP_S, font, instrument.program, drums=False)
    return _level(audio, n_measured)


def _random_parts(
    rng: Rng, instrument: Instrument | Teacher, count: int
) -> tuple[list[str], list[NoteTable]]:
    """Return what each of ``count`` parts plays, by turns, and its notes."""
    plays = [instrument.plays[k % len(instrument.plays)] for k in range(count)]
    return plays, [random_part(rng, instrument, p, MUSIC_S) for p in plays]


def make_pitched(
    seed: int, clips_per_patch: int, clips_per_teacher: int, folder: Path | None = None
) -> _Set:
    """Make clips of every instrument from every soundfont, and of every teacher.

    What is made of each is kept in ``folder``, and is not made again.
    """
    made = _Set(PITCHED)

    def add(name: str, make: Callable[[], _Set]) -> None:
        path = None if folder is None else folder / f"{name}.npz"
        if path is not None and path.is_file():
            made.read_made(path)
        else:
            new = make()
            if path is not None:
                new.write_made(path)
            made.extend(new)
        sys.stderr.write(f"{name}: {len(made.mels)} clips\n")

    for number, teacher in enumerate(TEACHERS if clips_per_teacher else ()):
        name = f"teacher-{number:03d}-{seed}-{clips_per_teacher}"
        add(name, partial(_make_teacher, seed, number, teacher, clips_per_teacher))
    for instrument in INSTRUMENTS if clips_per_patch else ():
        name = f"instrument-{instrument.program:03d}-{seed}-{clips_per_patch}"
        add(name, partial(_make_instrument, seed, instrument, clips_per_patch))
    return made


def _make_teacher(seed: int, number: int, teacher: Teacher, clips_per_teacher: int) -> _Set:
    made = _Set(PITCHED)
    rng = np.random.default_rng([seed, 3000 + number])
    plays, parts = _random_parts(rng, teacher, teacher.share * clips_per_teacher)
    audio = _level(play_parts(teacher, parts, CLIP_S), len(parts))
    effects = [_effect(rng, teacher.patch) for _ in parts]
    clips = list(zip(audio, parts, plays, effects, strict=True))
    median = float(np.median([_centroid(a) for a in audio]))
    _add_patch(made, rng, clips, (teacher.family, teacher.patch, teacher.host), median)
    return made


def _make_instrument(seed: int, instrument: Instrument, clips_per_patch: int) -> _Set:
    made = _Set(PITCHED)
    rendered = []
    for font in synth.SOUNDFONTS:
        rng = np.random.default_rng([seed, instrument.program, len(font)])
        plays, parts = _random_parts(rng, instrument, clips_per_patch)
        audio = _render(instrument, font, parts, clips_per_patch)
        rendered.append((font, rng, plays, parts, audio))
    median = float(np.median([_centroid(a) for *_, audio in rendered for a in audio]))
    for font, rng, plays, parts, audio in rendered:
        effects = [_effect(rng, str(instrument.program)) for _ in parts]
        clips = list(zip(audio, parts, plays, effects, strict=True))
        _add_patch(made, rng, clips, (instrument.family, str(instrument.program), font), median)
    return made


def make_drums(
    seed: int,
    clips_per_patch: int,
    write: Callable[[Rng, float], NoteTable] = random_drums,
    *,
    keeps_audio: bool = False,
) -> _Set:
    """Make clips of every drum kit, from the soundfonts and from samples.

    They play parts that ``write`` gives. Where that is not :func:`random_drums`, they are still as loud as
    if it were.
    """
    made = _Set(DRUMS, keeps_audio=keeps_audio)

    def draw(rng: Rng, count: int) -> tuple[list[NoteTable], int]:
        """Return the parts for measuring a patch's level, then those to be kept.

        The number says how many the first are.
        """
        if write is random_drums:
            return [write(rng, MUSIC_S) for _ in range(count)], 0
        measured = [random_drums(rng, MUSIC_S) for _ in range(_MEASURED_PARTS)]
        return [*measured, *(write(rng, MUSIC_S) for _ in range(count))], _MEASURED_PARTS

    for kit in KITS:
        for font in synth.SOUNDFONTS:
            rng = np.random.default_rng([seed, 1000 + kit.program, len(font)])
            parts, n_extra = draw(rng, clips_per_patch)
            audio = synth.render_parts(parts, CLIP_S, font, kit.program, drums=True)
            audio = _level(audio, n_extra or len(parts))[n_extra:]
            parts = parts[n_extra:]
            effects = [_effect(rng, kit_patch(kit.program)) for _ in parts]
            clips = [(a, p, "", e) for a, p, e in zip(audio, parts, effects, strict=True)]
            _add_patch(made, rng, clips, (kit.family, kit_patch(kit.program), font), _centroid(audio[0]))
    for index, samples in enumerate(SAMPLE_KITS):
        rng = np.random.default_rng([seed, 2000 + index])
        parts, n_extra = draw(rng, 2 * clips_per_patch)
        audio = [synth.render_samples(p, CLIP_S, samples) for p in parts]
        audio = _level(audio, n_extra or len(parts))[n_extra:]
        parts = parts[n_extra:]
        effects = [_effect(rng, samples.name) for _ in parts]
        clips = [(a, p, "", e) for a, p, e in zip(audio, parts, effects, strict=True)]
        patch = (samples.family, samples.name, "sonic pi")
        _add_patch(made, rng, clips, patch, _centroid(audio[0]))
    return made


def make_held_out_pitched(seed: int, scores: RealScores) -> _Set:
    """Make one dry clip of every instrument from every soundfont, and each held-out pair besides."""
    made = _Set(PITCHED, keeps_audio=True)
    for instrument in INSTRUMENTS:
        patch = str(instrument.program)
        pairs = sorted(effect for effect, other in HELD_OUT_PAIRS if other == patch)
        for font in synth.SOUNDFONTS:
            rng = np.random.default_rng([seed, instrument.program, len(font)])
            effects = ["dry", *pairs]
            plays = [str(rng.choice(list(instrument.plays))) for _ in effects]
            parts = [scores.part(rng, instrument, p, MUSIC_S) for p in plays]
            _, measured = _random_parts(rng, instrument, _MEASURED_PARTS)
            audio = _render(instrument, font, [*measured, *parts], _MEASURED_PARTS)[_MEASURED_PARTS:]
            clips = list(zip(audio, parts, plays, effects, strict=True))
            _add_patch(made, rng, clips, (instrument.family, patch, font), float("inf"))
    return made


def make_held_out_teachers(seed: int, scores: RealScores) -> _Set:
    """Make a dry clip of every teacher."""
    made = _Set(PITCHED, keeps_audio=True)
    for number, teacher in enumerate(TEACHERS):
        rng = np.random.default_rng([seed, 3000 + number])
        plays = str(rng.choice(list(teacher.plays)))
        part = scores.part(rng, teacher, plays, MUSIC_S)
        _, measured = _random_parts(rng, teacher, _MEASURED_PARTS // 3)
        audio = _level(play_parts(teacher, [*measured, part], CLIP_S), len(measured))[-1:]
        patch = (teacher.family, teacher.patch, teacher.host)
        _add_patch(made, rng, list(zip(audio, [part], [plays], ["dry"], strict=True)), patch, float("inf"))
    return made


def main() -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clips", type=int, default=6, help="clips per instrument and soundfont")
    parser.add_argument("--drum-clips", type=int, default=16, help="clips per drum kit and soundfont")
    parser.add_argument("--teacher-clips", type=int, default=0, help="clips per preset of a synthesizer")
    parser.add_argument("--held-out", action="store_true", help="make the set for the evaluation")
    parser.add_argument("--captions-only", action="store_true", help="only describe the clips anew")
    options = parser.parse_args()
    if options.captions_only:
        for kind in ("drums", "pitched"):
            describe_anew(options.out / kind, options.seed)
        return
    if options.held_out:
        scores = RealScores(options.seed)
        describe = unseen_caption
        drums = make_drums(options.seed, options.drum_clips, scores.drums, keeps_audio=True)
        pitched = make_held_out_pitched(options.seed, scores)
        if options.teacher_clips:
            teachers = make_held_out_teachers(options.seed, scores)
            teachers.save(options.out / "teachers" / "pitched", describe, options.seed)
    else:
        describe = caption
        drums = make_drums(options.seed, options.drum_clips) if options.drum_clips else _Set(DRUMS)
        kept = options.out / "made"
        pitched = make_pitched(options.seed, options.clips, options.teacher_clips, kept)
    for name, made in (("drums", drums), ("pitched", pitched)):
        if made.mels:
            made.save(options.out / name, describe, options.seed)
    shutil.rmtree(options.out / "made", ignore_errors=True)


if __name__ == "__main__":
    main()
