"""Listeners that know nothing of the model: a transcriber, and classifiers fitted to reference renders."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from contextlib import redirect_stdout
from functools import cached_property
from pathlib import Path

import librosa
import mir_eval
import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from render.model.features import DRUMS, MelLayout, log_mel, to_tokens
from render.model.network import TimbreEncoder
from render.model.pipeline import mel_condition
from render.model.playing.notes import DRUM_CLASSES, NoteTable, drum_class
from structure.base.files import replacing
from training.clip_set import ClipSet

Float = NDArray[np.float32]
RATE = 44_100
_LISTEN_TOKENS = 160
_MOST_GRAIN = 0.2


class Transcriber:
    """basic-pitch (Bittner et al., ICASSP 2022) by ONNX: from audio to notes."""

    @cached_property
    def _model(self) -> object:
        from basic_pitch import FilenameSuffix, build_icassp_2022_model_path
        from basic_pitch.inference import Model

        return Model(build_icassp_2022_model_path(FilenameSuffix.onnx))

    def notes(self, audio: Float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return intervals in seconds (notes, 2) and pitches in Hz (notes,) of mono audio at 44.1 kHz."""
        from basic_pitch.inference import predict

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "clip.wav"
            peak = float(np.abs(audio).max())
            soundfile.write(path, audio * (0.5 / peak if peak > 0 else 1.0), RATE, subtype="PCM_16")
            with redirect_stdout(io.StringIO()):  # basic-pitch prints
                _, _, events = predict(str(path), self._model, minimum_note_length=60.0)
        intervals = np.array([[start, end] for start, end, *_ in events]).reshape(-1, 2)
        return intervals, librosa.midi_to_hz(np.array([pitch for _, _, pitch, *_ in events], dtype=float))

    def f1(self, audio: Float, notes: NoteTable) -> float:
        """Return the F1 of onset (50 ms) and pitch against a score, by mir_eval."""
        heard, hertz = self.notes(audio)
        wanted = np.stack([notes.start, notes.end], axis=1) / RATE
        if len(heard) == 0 or len(wanted) == 0:
            return float(len(heard) == len(wanted))
        score = mir_eval.transcription.precision_recall_f1_overlap(
            wanted, librosa.midi_to_hz(notes.pitch.astype(float)), heard, hertz, offset_ratio=None
        )
        return float(score[2])


def onset_f1(audio: Float, notes: NoteTable) -> float:
    """Return the F1 of librosa's onsets against a drum score; hits within 30 ms count once."""
    heard = librosa.onset.onset_detect(y=audio, sr=RATE, hop_length=256, units="time")
    starts = np.unique(notes.start) / RATE
    wanted = starts[np.concatenate([[True], np.diff(starts) > 0.03])]
    return float(mir_eval.onset.f_measure(wanted, heard, window=0.05)[0])


class _FamilyNet(nn.Module):
    """A timbre encoder of its own with a linear head."""

    def __init__(self, token_size: int, condition_size: int, families: int) -> None:
        super().__init__()
        self.encoder = TimbreEncoder(token_size, condition_size, width=128, depth=3)
        self.head = nn.Linear(self.encoder.out.out_features, families)

    def forward(self, tokens: Tensor, condition: Tensor) -> Tensor:
        """Return logits (batch, families)."""
        logits: Tensor = self.head(self.encoder(tokens, condition))
        return logits


class FamilyListener:
    """Names the family of a clip's sound; a small network trained on reference renders only.

    It is given the score's condition, so that it hears the sound and not what is played.
    """

    def __init__(
        self, clips: ClipSet, keep: Path, *, steps: int = 2000, batch: int = 24, seed: int = 0
    ) -> None:
        """Train on reference renders; the file ``keep`` holds the result for the next time."""
        self.families = sorted({clip["family"] for clip in clips.clips})
        index = {family: k for k, family in enumerate(self.families)}
        labels = torch.tensor([index[clip["family"]] for clip in clips.clips])
        torch.manual_seed(seed)
        sizes = [tokens.shape[-1] for tokens in clips.crop(0, 0, clips.layout.patch)]
        self._net = _FamilyNet(sizes[0], sizes[1], len(self.families))
        if keep.exists():
            self._net.load_state_dict(torch.load(keep, weights_only=True))
        else:
            self._train(clips, labels, steps, batch, seed)
            with replacing(keep) as part:
                torch.save(self._net.state_dict(), part)
        self._net.eval()

    def _train(self, clips: ClipSet, labels: Tensor, steps: int, batch: int, seed: int) -> None:
        optimiser = torch.optim.AdamW(self._net.parameters(), lr=2e-3, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps + 1)
        rng = np.random.default_rng(seed)
        frames = _LISTEN_TOKENS * clips.layout.patch
        spare = clips.mel.shape[1] - frames
        for _ in range(steps):
            picks = rng.integers(len(clips), size=batch)
            crops = [clips.crop(int(pick), int(rng.integers(spare + 1)), frames) for pick in picks]
            tokens, condition = (torch.stack(column) for column in zip(*crops, strict=True))
            # neither loudness nor the grain of single cells says anything of the family
            grain = _MOST_GRAIN * torch.rand(len(picks), 1, 1)
            tokens = tokens + 0.1 * torch.randn(len(picks), 1, 1) + grain * torch.randn(tokens.shape)
            loss = nn.functional.cross_entropy(self._net(tokens, condition), labels[picks])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()

    @torch.inference_mode()
    def probabilities(self, audio: Float, notes: NoteTable, layout: MelLayout) -> dict[str, float]:
        """Return the probability of each family for a clip and its score."""
        mel = log_mel(torch.from_numpy(audio), layout)
        condition = mel_condition(notes, layout, mel.shape[0])
        shares = self._net(to_tokens(mel, layout)[None], condition).softmax(-1)[0]
        return dict(zip(self.families, shares.tolist(), strict=True))

    def family(self, audio: Float, notes: NoteTable, layout: MelLayout) -> str:
        """Return the likeliest family."""
        shares = self.probabilities(audio, notes, layout)
        return max(shares, key=shares.__getitem__)


HEARD_DRUMS = ("kick", "snare", "closed_hat")
_BANDS = 32
_LATEST_FRAME = 14


class DrumListener:
    """Tells kick, snare and hi-hat apart at each moment of a score.

    It knows them by the levels of 32 bands: how loud they are at the hit, how much they rise, and how they
    die away. Gradient-boosted trees (Friedman, "Greedy function approximation", 2001) are fitted to
    reference renders.
    """

    def __init__(self, clips: ClipSet, count: int = 700, bins: int = 255) -> None:
        """Fit the trees to ``count`` clips, whose features are told apart in ``bins`` steps each."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        picks = np.random.default_rng(0).permutation(len(clips))[:count]
        features, sounding = _all_hits(
            [(np.asarray(clips.mel[pick], dtype=np.float32), clips.notes[pick]) for pick in picks]
        )
        self._models = [
            HistGradientBoostingClassifier(
                max_iter=200, max_bins=bins, class_weight="balanced", random_state=0
            ).fit(features, column)
            for column in sounding.T
        ]

    def measure_balanced_accuracy(self, clips: Sequence[tuple[Float, NoteTable]]) -> dict[str, float]:
        """Return for each drum the mean of the shares of hits and of non-hits that are recognised.

        ``clips`` are (audio, notes).
        """
        features, truth = _all_hits(
            [(log_mel(torch.from_numpy(audio), DRUMS).numpy(), notes) for audio, notes in clips]
        )
        found = {}
        for name, model, wanted in zip(HEARD_DRUMS, self._models, truth.T, strict=True):
            heard = model.predict(features)
            found[name] = float((heard[wanted].mean() + (~heard[~wanted]).mean()) / 2.0)
        return found


def _all_hits(clips: Sequence[tuple[Float, NoteTable]]) -> tuple[Float, NDArray[np.bool_]]:
    features, sounding = zip(*(_hits(mel, notes) for mel, notes in clips), strict=True)
    return np.concatenate(features), np.concatenate(sounding)


def _hits(mel: Float, notes: NoteTable) -> tuple[Float, NDArray[np.bool_]]:
    """Return what is heard at every moment that has hits, and which drums sound there.

    The first is (moments, 128), the second (moments, 3), one column for each of :data:`HEARD_DRUMS`.
    """
    classes = np.array([drum_class(int(key)) for key in notes.pitch])
    levels = mel.reshape(len(mel), _BANDS, -1).mean(axis=2)
    features, sounding = [], []
    for moment in np.unique(notes.start // 2205):
        here = notes.start // 2205 == moment
        frame = round(float(notes.start[here].min()) / DRUMS.hop)
        if not 3 <= frame < len(levels) - _LATEST_FRAME:
            continue
        before, hit = levels[frame - 3 : frame - 1].mean(0), levels[frame + 1 : frame + 5].max(0)
        after, later = levels[frame + 6 : frame + 10].mean(0), levels[frame + 10 : frame + 14].mean(0)
        features.append(np.concatenate([hit, hit - before, after - hit, later - after]))
        sounding.append([DRUM_CLASSES.index(name) in classes[here] for name in HEARD_DRUMS])
    rows = np.array(features, dtype=np.float32).reshape(-1, 4 * _BANDS)
    return rows, np.array(sounding, dtype=bool).reshape(-1, 3)
