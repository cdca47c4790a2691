"""Measures trained pipelines on clips they never saw: ``python -m render.model.training.evaluate``.

``--data`` is a folder that :mod:`render.model.training.dataset` wrote with another seed, ``--weights``
holds the pipelines. For each clip the score and a caption go in, and the result is compared with the
reference render: the mel directly, the notes by an independent transcriber (basic-pitch, Bittner et
al., ICASSP 2022) with mir_eval's onset rule of 50 ms, the instrument by a classifier that was fitted
to the references. The reference goes through the same measures, which gives their ceiling.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import lru_cache
from pathlib import Path
from typing import Any

import librosa
import mir_eval
import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from render.model.decoder import decode
from render.model.features import CENTRE_DB, SCALE_DB, MelLayout, log_mel
from render.model.notes import NoteTable
from render.model.pipeline import DEFAULT_STEPS, LAYOUTS, ScorePipeline, load_pipeline
from render.model.training.synth import RATE
from render.model.training.train import ClipSet

Float = NDArray[np.float32]
ACTIVE_SCALED = (-80.0 - CENTRE_DB) / SCALE_DB
"""Mel cells louder than -80 dB in either of two clips count in the mel error."""


def mel_error_db(made: Float, wanted: Float) -> float:
    """Mean absolute difference of two scaled mels (frames, n_mels), in dB, where either sounds."""
    active = np.maximum(made, wanted) > ACTIVE_SCALED
    gap = np.abs(np.maximum(made, ACTIVE_SCALED) - np.maximum(wanted, ACTIVE_SCALED))
    return float(gap[active].mean() * SCALE_DB) if active.any() else 0.0


class Transcriber:
    """basic-pitch by ONNX, from audio to (intervals in seconds, pitches in Hz)."""

    def __init__(self) -> None:
        from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
        from basic_pitch.inference import Model

        self._model = Model(build_icassp_2022_model_path(FilenameSuffix.onnx))

    def notes(self, audio: Float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Notes of mono audio at 44.1 kHz."""
        from basic_pitch.inference import predict

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.wav"
            peak = float(np.abs(audio).max())
            soundfile.write(path, audio * (0.5 / peak if peak > 0 else 1.0), RATE, subtype="PCM_16")
            with redirect_stdout(sys.stderr):  # basic-pitch prints
                _, _, events = predict(str(path), self._model, minimum_note_length=60.0)
        intervals = np.array([[start, end] for start, end, *_ in events]).reshape(-1, 2)
        return intervals, librosa.midi_to_hz(np.array([pitch for _, _, pitch, *_ in events], dtype=float))

    def f1(self, audio: Float, notes: NoteTable) -> float:
        """F1 of onset and pitch against a score."""
        heard, hertz = self.notes(audio)
        wanted = np.stack([notes.start, notes.end], axis=1) / RATE
        if len(heard) == 0 or len(wanted) == 0:
            return float(len(heard) == len(wanted))
        score = mir_eval.transcription.precision_recall_f1_overlap(
            wanted, librosa.midi_to_hz(notes.pitch.astype(float)), heard, hertz, offset_ratio=None
        )
        return float(score[2])


def onset_f1(audio: Float, notes: NoteTable) -> float:
    """F1 of librosa's onsets against a drum score; hits within 30 ms of one another count once."""
    heard = librosa.onset.onset_detect(y=audio, sr=RATE, hop_length=256, units="time")
    starts = np.unique(notes.start) / RATE
    wanted = starts[np.concatenate([[True], np.diff(starts) > 0.03])]
    return float(mir_eval.onset.f_measure(wanted, heard, window=0.05)[0])


def timbre(mel: Float) -> Float:
    """What tells one instrument from another, whatever it plays: statistics of a mel's cepstrum."""
    frames = mel[mel.max(axis=1) > 0.0]
    if len(frames) < 4:
        frames = mel
    spectrum = np.maximum(frames, ACTIVE_SCALED)
    cepstrum = np.asarray(librosa.feature.mfcc(S=spectrum.T * SCALE_DB, n_mfcc=20), dtype=np.float32)
    change = np.abs(np.diff(cepstrum, axis=1))
    return np.concatenate([cepstrum.mean(1)[1:], cepstrum.std(1), change.mean(1)])


class FamilyClassifier:
    """Nearest class in a whitened space of timbre statistics (linear discriminants)."""

    def __init__(self, vectors: Sequence[Float], families: Sequence[str]) -> None:
        from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

        self._model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
        self._model.fit(np.stack(vectors), np.array(families))

    def accuracy(self, vectors: Sequence[Float], families: Sequence[str]) -> float:
        """Share of clips that are put in the right family."""
        return float((self._model.predict(np.stack(vectors)) == np.array(families)).mean())


def generate(
    pipeline: ScorePipeline, notes: NoteTable, n_samples: int, caption: str, seed: int, steps: int
) -> Float:
    """Audio of one clip from a fresh latent."""
    noise = np.random.default_rng(seed).standard_normal(pipeline.latent_shape(n_samples), dtype=np.float32)
    made = pipeline(notes, n_samples, caption, latents=torch.from_numpy(noise), num_inference_steps=steps)
    return made.audio


def evaluate(
    pipeline: ScorePipeline, held_out: ClipSet, fitted_on: ClipSet, count: int, steps: int
) -> dict[str, Any]:
    """All measures over ``count`` clips spread over the held-out set."""
    layout = pipeline.layout
    picks = np.linspace(0, len(held_out) - 1, min(count, len(held_out))).astype(int)
    rows = [_measure(pipeline, held_out, int(pick), steps) for pick in picks]
    known = FamilyClassifier(
        [timbre(np.asarray(mel, dtype=np.float32)) for mel in fitted_on.mel],
        [clip["family"] for clip in fitted_on.clips],
    )
    families = [held_out.clips[int(pick)]["family"] for pick in picks]
    report: dict[str, Any] = {"clips": len(rows), "steps": steps}
    for key in rows[0]:
        if key not in ("made", "wanted"):
            report[key] = round(float(np.mean([row[key] for row in rows])), 3)
    report["family_accuracy"] = round(known.accuracy([timbre(r["made"]) for r in rows], families), 3)
    report["family_accuracy_reference"] = round(
        known.accuracy([timbre(r["wanted"]) for r in rows], families), 3
    )
    report["layout"] = f"{layout.n_mels} mels, hop {layout.hop}"
    return report


@lru_cache(maxsize=1)
def _transcriber() -> Transcriber:
    return Transcriber()


def _measure(pipeline: ScorePipeline, clips: ClipSet, pick: int, steps: int) -> dict[str, Any]:
    layout: MelLayout = pipeline.layout
    notes, wanted = clips.notes[pick], np.asarray(clips.mel[pick], dtype=np.float32)
    n_samples = (wanted.shape[0] - layout.patch) * layout.hop
    audio = generate(pipeline, notes, n_samples, clips.clips[pick]["captions"][0], pick, steps)
    made = log_mel(torch.from_numpy(audio), layout).numpy()
    frames = min(len(made), len(wanted))
    reference = decode(torch.from_numpy(wanted), notes, layout, n_samples, pick)
    is_drums = pipeline.config.kind == "drums"
    f1 = onset_f1 if is_drums else _transcriber().f1
    return {
        "mel_error_db": mel_error_db(made[:frames], wanted[:frames]),
        "f1": f1(audio, notes),
        "f1_reference": f1(reference, notes),
        "made": made,
        "wanted": wanted,
    }


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=sorted(LAYOUTS))
    parser.add_argument("--data", type=Path, required=True, help="held-out set")
    parser.add_argument("--fitted-on", type=Path, required=True, help="training set, for the classifier")
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--count", type=int, default=75)
    parser.add_argument("--steps", type=int, default=DEFAULT_STEPS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    layout = LAYOUTS[options.kind]
    held_out = ClipSet(options.data / options.kind, layout)
    fitted_on = ClipSet(options.fitted_on / options.kind, layout)
    pipeline = load_pipeline(options.kind, options.weights)
    report = evaluate(pipeline, held_out, fitted_on, options.count, options.steps)
    print(json.dumps(report, indent=1))  # noqa: T201


if __name__ == "__main__":
    main()
