"""The training code: captions, random scores, the loss and the trainer's memory."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import training.ear
import training.prior
from render.model.conditioning import condition_size
from render.model.features import PITCHED, log_mel
from render.model.network import TIMBRE_SIZE, MelDenoiser, standardise
from render.model.pipeline import ScorePipeline, flow_scheduler, load_pipeline
from render.model.playing.notes import NoteTable
from render.model.sketch import NoteSketch, NoteSpans
from training.captions import (
    EFFECTS,
    HELD_OUT_PAIRS,
    INSTRUMENTS,
    KITS,
    NAMES,
    PLAYS,
    SAMPLE_KITS,
    UNSEEN_EFFECTS,
    UNSEEN_NAMES,
    Label,
    caption,
    unseen_caption,
)
from training.clip_set import Batch, ClipSet
from training.ear import train_ear, unlikeness
from training.prior import HeardSet, train_prior, write_pipeline
from training.scores import RATE, random_drums, random_part
from training.shards import pack, unpack
from training.stored_set import LEVEL_STEP, read_set
from training.train import SoundModel, Trainer, learning_rate, losses, read_weights, take_score


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
    label = Label("mallets", "12", "fluid", "m", "distortion", "")
    texts = [caption(rng, label) for _ in range(50)]
    assert all(any(name in text for name in NAMES["12"]) for text in texts)
    named = sum(any(word in text for word in EFFECTS["distortion"]) for text in texts)
    assert named > 30


def test_what_the_evaluation_says_is_never_said_in_training() -> None:
    assert set(UNSEEN_NAMES) == set(NAMES)
    assert set(UNSEEN_EFFECTS) == set(EFFECTS)
    seen = {name for names in NAMES.values() for name in names}
    assert not seen & {name for names in UNSEEN_NAMES.values() for name in names}
    label = Label("brass", "56", "fluid", "m", "tape", "")
    rng = np.random.default_rng(0)
    assert all(unseen_caption(rng, label).startswith(UNSEEN_NAMES["56"]) for _ in range(20))


def test_held_out_pairs_are_of_known_sounds_and_never_drawn() -> None:
    from training.dataset import _effect

    assert len(HELD_OUT_PAIRS) > 20
    assert {effect for effect, _ in HELD_OUT_PAIRS} <= set(EFFECTS)
    assert {patch for _, patch in HELD_OUT_PAIRS} <= set(NAMES)
    rng = np.random.default_rng(0)
    for patch in {patch for _, patch in HELD_OUT_PAIRS}:
        drawn = {_effect(rng, patch) for _ in range(200)}
        assert len(drawn) > 5
        assert not {(effect, patch) for effect in drawn} & HELD_OUT_PAIRS


@pytest.mark.slow
def test_scores_of_the_evaluation_are_tunes_and_planned_parts() -> None:
    from training.real_scores import RealScores

    scores = RealScores(5)
    for instrument in INSTRUMENTS[::12]:
        for plays in instrument.plays:
            part = scores.part(np.random.default_rng(1), instrument, plays, 9.0)
            again = scores.part(np.random.default_rng(1), instrument, plays, 9.0)
            assert np.array_equal(part.start, again.start)
            assert instrument.low <= part.pitch.min() <= part.pitch.max() <= instrument.high
            assert part.end.max() <= 9.0 * RATE


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
    """Four clips of the same two notes on two instruments, one with weak and one with strong overtones."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    mels, notes = [], []
    for k in range(4):
        rows = [(0, 120_000, 60, 90), (130_000, 260_000, 60, 90)]
        seconds = np.arange(260_000) / RATE
        tone = sum(
            (0.2, 1.0)[k % 2] ** (h - 1) * np.sin(2 * np.pi * 261.6 * h * seconds) for h in range(1, 8)
        )
        mels.append(log_mel(torch.from_numpy((0.1 * tone).astype(np.float32)), PITCHED).numpy())
        notes += rows
    np.save(folder / "mel.npy", np.stack(mels).astype(np.float16))
    np.save(folder / "notes.npy", np.array(notes))
    np.save(folder / "note_counts.npy", np.array([2] * 4))
    words = rng.standard_normal((2, 1, 384))
    words /= np.linalg.norm(words, axis=-1, keepdims=True)
    np.save(folder / "text.npy", np.tile(words, (2, 6, 1)).astype(np.float16))
    labels = [{"family": "x", "patch": str(k % 2), "source": "tones", "captions": ["x"]} for k in range(4)]
    (folder / "clips.json").write_text(json.dumps(labels))


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """The four clips of the toy set, and its two sounds, need no large ones."""
    monkeypatch.setattr(training.ear, "BATCH", 6)
    monkeypatch.setattr(training.prior, "BATCH", 64)


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_training_learns_and_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    _toy_set(tmp_path / "data" / "pitched")
    sizes = {"width": 32, "depth": 2}
    what = {"minutes": 100.0, "model_sizes": sizes, "ear_steps": 20}
    trainer = Trainer("pitched", tmp_path / "data", tmp_path / "out", **what)
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    course = [trainer.update(trainer.data.batch(rng, 4, 32), generator, 3e-3) for _ in range(60)]
    for part in ("sketch", "naming", "flow", "texture"):
        assert np.mean([row[part] for row in course[-10:]]) < 0.6 * np.mean(
            [row[part] for row in course[:10]]
        )
    trainer.save()
    again = Trainer("pitched", tmp_path / "data", tmp_path / "out", **what)
    assert again.step == 60
    batch = again.data.batch(np.random.default_rng(1), 4, 32)
    kept, resumed = (
        {k: v.item() for k, v in losses(t.model, batch, torch.Generator().manual_seed(2)).items()}
        for t in (trainer, again)
    )
    assert kept == resumed
    write_pipeline("pitched", tmp_path / "data", tmp_path / "out", steps=3)
    assert load_pipeline("pitched", tmp_path / "out").denoiser.config.width == 32


def test_a_set_travels_in_small_shards(tmp_path: Path) -> None:
    """What is packed comes back to half a step of a mel, and no shard is larger than it may be."""
    _toy_set(tmp_path / "set")
    stored = read_set(tmp_path / "set")
    whole = pack(stored, tmp_path / "whole")
    assert len(whole) == 1
    most = whole[0].stat().st_size // 2
    paths = pack(stored, tmp_path / "parts", most)
    assert len(paths) > 1
    assert max(path.stat().st_size for path in paths) <= most
    for folder in ("whole", "parts"):
        again = read_set(tmp_path / folder)
        gap = np.abs(again.mel.astype(np.float32) - stored.mel.astype(np.float32))
        assert gap.max() <= 0.6 * LEVEL_STEP
        assert np.array_equal(again.texts, stored.texts)
        assert again.clips == stored.clips
        assert all(np.array_equal(*rows) for rows in zip(again.notes, stored.notes, strict=True))
    unpack(read_set(tmp_path / "parts"), tmp_path / "back")
    assert np.array_equal(read_set(tmp_path / "back").mel, read_set(tmp_path / "whole").mel)
    same = pack(stored, tmp_path / "same", most)
    assert [path.read_bytes() for path in same] == [path.read_bytes() for path in paths]


def test_shards_that_are_missing_broken_or_strange_are_named(tmp_path: Path) -> None:
    _toy_set(tmp_path / "set")
    stored = read_set(tmp_path / "set")
    most = pack(stored, tmp_path / "whole")[0].stat().st_size // 2
    paths = pack(stored, tmp_path / "parts", most)
    with pytest.raises(FileExistsError, match="empty folder"):
        pack(stored, tmp_path / "parts", most)
    with pytest.raises(ValueError, match="a shard has at most 2000"):
        pack(stored, tmp_path / "tiny", 2000)
    with pytest.raises(FileNotFoundError, match=r"neither mel.npy .* nor shard-000.zip"):
        read_set(tmp_path)
    last = paths[-1].read_bytes()
    paths[-1].write_bytes(last[: len(last) // 2])
    with pytest.raises(ValueError, match=f"{paths[-1].name}: not a whole shard"):
        read_set(tmp_path / "parts")
    paths[-1].write_bytes(paths[0].read_bytes())
    with pytest.raises(ValueError, match=f"{paths[-1].name}: a shard of another set"):
        read_set(tmp_path / "parts")
    paths[-1].unlink()
    with pytest.raises(FileNotFoundError, match="this one is missing"):
        read_set(tmp_path / "parts")


def test_what_a_device_holds_is_what_is_cropped(tmp_path: Path) -> None:
    """All mels and conditions in the memory of a device give the same batches, in float16."""
    _toy_set(tmp_path / "pitched")
    clips = ClipSet(tmp_path / "pitched", PITCHED)
    one = clips.batch(np.random.default_rng(3), 4, 32)
    clips._held = clips.hold()
    other = clips.batch(np.random.default_rng(3), 4, 32)
    for part in ("clean", "condition", "heard", "heard_condition"):
        assert torch.allclose(getattr(one, part), getattr(other, part), atol=4e-3), part
    assert torch.equal(one.sounds, other.sounds)
    assert torch.equal(one.spans.row, other.spans.row)


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_a_machine_trains_from_shards_in_bfloat16_and_gives_back_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine with a GPU, but on the CPU: train, stop, go on, and make the prior elsewhere."""
    _toy_set(tmp_path / "data" / "pitched")
    pack(read_set(tmp_path / "data" / "pitched"), tmp_path / "shards" / "pitched")
    sizes = {"width": 32, "depth": 1}
    out = tmp_path / "out"
    what = {"minutes": 0.05, "model_sizes": sizes, "ear_steps": 3, "dtype": torch.bfloat16}
    trainer = Trainer("pitched", tmp_path / "shards", out, **what)
    found = trainer.update(trainer.data.batch(np.random.default_rng(0), 4, 32), torch.Generator(), 1e-3)
    assert all(np.isfinite(list(found.values())))
    assert all(weight.dtype == torch.float32 for weight in trainer.model.parameters())
    trainer.save()
    again = Trainer("pitched", tmp_path / "shards", out, **what)
    assert again.step == 1
    again.run(4, 32, 1e-3)
    assert again.step > 1
    (out / "pitched.pt").unlink()
    weights, read_sizes = read_weights(out / "pitched.safetensors")
    assert read_sizes == sizes
    assert all(
        torch.allclose(value, again.average.weights[key], atol=2e-3) for key, value in weights.items()
    )
    write_pipeline("pitched", tmp_path / "shards", out, steps=3)
    assert load_pipeline("pitched", out).denoiser.config.width == 32


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_the_ear_tells_the_instruments_apart_and_minds_no_loudness(tmp_path: Path) -> None:
    _toy_set(tmp_path / "set")
    clips = ClipSet(tmp_path / "set", PITCHED)
    ear = train_ear(clips, tmp_path / "ear.pt", steps=40)
    mels = torch.from_numpy(clips.mel[:2, :256].astype(np.float32))
    sounds = torch.from_numpy(clips.sounds[:2])
    assert torch.equal(ear(mels).argmax(1), sounds)
    assert float(unlikeness(ear, mels, mels, sounds)["texture"]) == 0.0
    louder = unlikeness(ear, mels + 0.1, mels, sounds)
    other = unlikeness(ear, mels.flip(0), mels, sounds)
    for measure in ("texture", "name"):
        assert float(other[measure]) > 3.0 * float(louder[measure]), measure
    again = train_ear(clips, tmp_path / "ear.pt", steps=0)
    assert torch.equal(again(mels), ear(mels))


def test_takes_score_best_where_they_differ_as_what_is_real_does() -> None:
    """Neither the mean of what could be, nor takes that differ too much; and grain that hangs together
    along time is told from grain that does not."""
    generator = torch.Generator().manual_seed(0)

    def drawn(spread: float, held: int) -> torch.Tensor:
        grain = torch.randn(200, 32 // held, 64, generator=generator).repeat_interleave(held, dim=1)
        return 0.5 + spread * grain

    def score(spread: float, held: int = 1) -> float:
        return float(take_score(drawn(spread, held), drawn(spread, held), drawn(0.3, 4)))

    right = score(0.3, 4)
    assert right < 0.95 * min(score(0.0), score(0.1, 4), score(0.7, 4))
    assert right < 0.98 * score(0.3, 1)


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_the_ear_does_not_ask_two_takes_to_be_the_same(tmp_path: Path) -> None:
    _toy_set(tmp_path / "set")
    clips = ClipSet(tmp_path / "set", PITCHED)
    ear = train_ear(clips, tmp_path / "ear.pt", steps=5)
    clean = torch.from_numpy(clips.mel[:2, :256].astype(np.float32))
    generator = torch.Generator().manual_seed(0)
    real, first, second = (clean + 0.3 * torch.randn(clean.shape, generator=generator) for _ in range(3))
    sounds = torch.from_numpy(clips.sounds[:2])

    def texture(first: torch.Tensor, second: torch.Tensor) -> float:
        painted, wanted = torch.cat([first, second]), torch.cat([real, real])
        return float(unlikeness(ear, painted, wanted, sounds.repeat(2), twice=2)["texture"])

    assert texture(first, second) < 0.8 * min(texture(clean, clean), texture(first, first))


@pytest.mark.slow
@pytest.mark.usefixtures("small_batches")
def test_the_prior_gives_each_text_its_timbre() -> None:
    generator = torch.Generator().manual_seed(0)
    timbres = standardise(torch.randn(2, 1, TIMBRE_SIZE, generator=generator))
    texts = torch.nn.functional.normalize(torch.randn(2, 1, 384, generator=generator), dim=-1)
    prior = train_prior(HeardSet(timbres, texts), steps=200)
    sketch = NoteSketch(width=16, depth=1)
    pipeline = ScorePipeline(MelDenoiser(width=16, depth=1), sketch, prior, flow_scheduler())
    noise = torch.randn(TIMBRE_SIZE, generator=generator)
    for wanted, text in zip(timbres[:, 0], texts, strict=True):
        made = pipeline.imagine(text, latents=noise, guidance_scale=1.0)[0]
        assert float(made @ wanted) / TIMBRE_SIZE > 0.9


def test_what_is_heard_and_what_is_painted_do_not_overlap(tmp_path: Path) -> None:
    _toy_set(tmp_path / "pitched")
    clips = ClipSet(tmp_path / "pitched", PITCHED)
    places: list[tuple[int, int]] = []
    crop = clips.crop

    def noted(clip: int, first: int, frames: int) -> tuple[torch.Tensor, torch.Tensor]:
        places.append((first, first + frames))
        return crop(clip, first, frames)

    clips.crop = noted  # type: ignore[method-assign]
    clips.batch(np.random.default_rng(0), 50, 64)
    for one, other in zip(places[::2], places[1::2], strict=True):
        assert one[1] <= other[0] or other[1] <= one[0]
        assert min(one[0], other[0]) >= 0
        assert max(one[1], other[1]) <= clips.mel.shape[1]


class _Oracle(torch.nn.Module):
    """Answers what it was told to, and counts how often it is asked."""

    def __init__(self, answer: torch.Tensor) -> None:
        super().__init__()
        self.answer, self.asked = answer, 0

    def forward(self, *_: object) -> torch.Tensor:
        self.asked += 1
        return self.answer


def test_a_perfect_prediction_costs_nothing_and_the_lead_does_not_paint() -> None:
    model = SoundModel("pitched", {"width": 32, "depth": 1}, n_sounds=2)
    shape, known = (3, 16, PITCHED.token_size), (3, 16, condition_size(PITCHED))
    painter = model.denoiser = _Oracle(torch.full((5, *shape[1:]), 0.5))  # two of the three twice
    model.sketch = _Oracle(torch.full((3, 32, PITCHED.n_mels), 0.5))
    spans = NoteSpans.join([NoteSpans.of(NoteTable.of([(0, 9000, 60, 90)]), PITCHED, 32)] * 3)
    heard, told = torch.zeros(shape), torch.zeros(known)
    sounds = torch.tensor([0, 1, 1])
    batch = Batch(torch.full(shape, 0.5), torch.zeros(known), spans, heard, told, sounds)
    generator = torch.Generator().manual_seed(0)
    found = losses(model, batch, generator)
    assert [found[part].item() for part in ("sketch", "flow", "takes")] == [0.0, 0.0, 0.0]
    assert found["naming"].item() > 0.0
    assert set(losses(model, batch, generator, leads=True)) == {"sketch", "naming"}
    assert painter.asked == 1


def test_note_tables_are_rows() -> None:
    table = NoteTable.of([(1, 5, 60, 127), (2, 6, 61, 64)])
    assert len(table) == 2
    assert table.amplitude[0] == 1.0
