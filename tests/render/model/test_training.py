"""The training code: captions, random scores, the loss and the trainer's memory."""

import json
from pathlib import Path

import numpy as np
import torch

from render.model.conditioning import condition_size
from render.model.features import PITCHED, log_mel
from render.model.network import MelDenoiser
from render.model.notes import NoteTable
from render.model.pipeline import load_pipeline
from render.model.training.captions import EFFECTS, INSTRUMENTS, KITS, PLAYS, SAMPLE_KITS, caption
from render.model.training.scores import RATE, random_drums, random_part
from render.model.training.train import Trainer, flow_loss, learning_rate


def test_every_instrument_can_be_played_and_named() -> None:
    assert len({i.program for i in INSTRUMENTS}) == len(INSTRUMENTS) > 60
    for instrument in INSTRUMENTS:
        assert set(instrument.plays) <= set(PLAYS)
        assert instrument.low + 12 <= instrument.high
        assert instrument.names
    assert KITS
    assert SAMPLE_KITS


def test_captions_name_the_instrument_and_the_effect() -> None:
    rng = np.random.default_rng(0)
    texts = [caption(rng, ("marimba",), "m", "distortion", "") for _ in range(50)]
    assert all("marimba" in text for text in texts)
    named = sum(any(word in text for word in EFFECTS["distortion"]) for text in texts)
    assert named > 30


def test_random_parts_stay_in_range_and_never_hold_a_pitch_twice() -> None:
    for index, instrument in enumerate(INSTRUMENTS):
        for plays in instrument.plays:
            part = random_part(np.random.default_rng(index), instrument, plays, 9.0)
            assert len(part) > 2
            assert part.pitch.min() >= instrument.low
            assert part.pitch.max() <= instrument.high
            assert part.end.max() <= 9.0 * RATE
            for pitch in set(part.pitch.tolist()):
                same = part.pitch == pitch
                starts, ends = np.sort(part.start[same]), np.sort(part.end[same])
                assert np.all(starts[1:] >= ends[:-1])


def test_random_drums_keep_a_pulse() -> None:
    parts = [random_drums(np.random.default_rng(seed), 9.0) for seed in range(20)]
    assert all((part.pitch == 36).sum() >= 2 for part in parts)


def test_learning_rate_warms_up_and_runs_out() -> None:
    assert learning_rate(0, 0.0, 1.0) < 0.02
    assert learning_rate(500, 0.0, 1.0) == 1.0
    assert learning_rate(500, 1.0, 1.0) < 0.05


def _toy_set(folder: Path) -> None:
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    mels, notes = [], []
    for k in range(4):
        rows = [(0, 30_000, 60 + k, 90), (40_000, 80_000, 64 + k, 70)]
        tone = sum(
            np.sin(2 * np.pi * 261.6 * 2 ** (k / 12) * h * np.arange(130_000) / RATE) for h in (1, 2, 3)
        )
        mels.append(log_mel(torch.from_numpy((0.1 * tone).astype(np.float32)), PITCHED).numpy())
        notes += rows
    np.save(folder / "mel.npy", np.stack(mels).astype(np.float16))
    np.save(folder / "notes.npy", np.array(notes))
    np.save(folder / "note_counts.npy", np.array([2] * 4))
    np.save(folder / "text.npy", rng.standard_normal((4, 6, 384)).astype(np.float16))
    (folder / "clips.json").write_text(json.dumps([{"family": "x", "captions": ["x"]}] * 4))


def test_training_learns_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    _toy_set(tmp_path / "data" / "pitched")
    sizes = {"width": 32, "depth": 2}
    trainer = Trainer("pitched", tmp_path / "data", tmp_path / "out", minutes=100.0, model_sizes=sizes)
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    losses = [trainer.update(trainer.data.batch(rng, 4, 32), generator, 3e-3) for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10])
    trainer.save()
    again = Trainer("pitched", tmp_path / "data", tmp_path / "out", minutes=100.0, model_sizes=sizes)
    assert again.step == 60
    batch = again.data.batch(np.random.default_rng(1), 4, 32)
    kept, resumed = (
        flow_loss(t.model, batch, torch.Generator().manual_seed(2)).item() for t in (trainer, again)
    )
    assert kept == resumed
    assert load_pipeline("pitched", tmp_path / "out").denoiser.config.width == 32


def test_a_perfect_prediction_costs_nothing() -> None:
    class Oracle(MelDenoiser):
        def forward(self, tokens, time, condition, text, has_text=None):
            return torch.full_like(tokens, 0.5)

    from render.model.training.train import Batch

    oracle = Oracle(
        token_size=PITCHED.token_size, condition_size=condition_size(PITCHED), width=32, depth=1
    )
    shape = (3, 16, PITCHED.token_size)
    batch = Batch(torch.full(shape, 0.5), torch.zeros(3, 16, condition_size(PITCHED)), torch.zeros(3, 384))
    assert flow_loss(oracle, batch, torch.Generator().manual_seed(0)).item() == 0.0


def test_note_tables_are_rows() -> None:
    table = NoteTable.of([(1, 5, 60, 127), (2, 6, 61, 64)])
    assert len(table) == 2
    assert table.amplitude[0] == 1.0
