"""The embedded voice learns: lines are kept, the sketch gets better, words get their traits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from render.model_voice.frames import BANDS, ROW
from render.model_voice.network import VOICES, VoiceNetwork
from render.model_voice.shipped import WEIGHTS
from render.model_voice.speaker import load_network
from render.model_voice.timbre import TIMBRE, TRAITS
from render.voice.score import SungNote, phrases
from render.voice.timing import text_of
from training.voice.air import MIDDLES_HZ, measure_air
from training.voice.spoken_set import STYLES, SpokenLine, draw_shares, read_lines, write_lines
from training.voice.train import (
    CROP,
    LEVEL,
    LineSet,
    VoiceTrainer,
    measure,
    painter_loss,
    prepare,
    sketch_loss,
)
from training.voice.words import numbers_of, read_table, spreads_of, teach, wordings


def line_of(words: list[str], seed: int) -> SpokenLine:
    """Return a line whose vowels and consonants have a shape each, with a little noise."""
    rng = np.random.default_rng(seed)
    notes = [SungNote(0.5 * i, 0.5 * i + 0.5, 60.0, word, "single", 2) for i, word in enumerate(words)]
    text = text_of(phrases(notes)[0])
    starts, ends, at = [], [], 20
    for sign, syllable in zip(text.signs, text.syllables, strict=True):
        long = 24 if sign not in "ˈ " and syllable >= 0 else 0
        starts.append(at)
        at += long
        ends.append(at)
    rows = np.full((at + 20, ROW), -2.0) + 0.05 * rng.standard_normal((at + 20, ROW))
    for sign, start, end in zip(text.signs, starts, ends, strict=True):
        rows[start:end, :BANDS] = np.sin(
            np.arange(BANDS) * 0.1 * (ord(sign) % 7)
        ) + 0.05 * rng.standard_normal((end - start, BANDS))
        rows[start:end, BANDS:] = 0.0 if sign in "ɑiu" else 1.0
    return SpokenLine(text, np.array(starts), np.array(ends), draw_shares(rng), rows.astype(np.float16))


LINES = [line_of([["lɑ", "si", "mu"][(k + i) % 3] for i in range(5)], k) for k in range(16)]


def test_lines_are_kept_as_they_were(tmp_path: Path) -> None:
    write_lines(tmp_path / "lines_1_00000.npz", LINES)
    for one, kept in zip(LINES, read_lines(tmp_path), strict=True):
        assert one.text == kept.text
        for name in ("starts", "ends", "shares", "rows"):
            assert np.array_equal(getattr(one, name), getattr(kept, name))
    lines = LineSet(tmp_path)
    assert len(lines.held) == 12 and len(lines.lines) == 4
    sounds, flags, rows, weights, shares = lines.crops(np.random.default_rng(0), 3)
    assert sounds.shape[:2] == flags.shape[:2] == rows.shape[:2] == weights.shape == (3, CROP)
    assert shares.shape == (3, VOICES) == (3, len(STYLES))


def test_lines_are_equally_loud_and_know_their_lengths() -> None:
    learnt = prepare(LINES[0])
    is_vowel = learnt.flags[:, 4] > 0.5
    assert float(learnt.rows[is_vowel, :BANDS].mean()) == pytest.approx(LEVEL, abs=0.01)
    assert learnt.log_lengths.exp().numpy() == pytest.approx(np.full(10, 0.12))
    assert float(learnt.weights[learnt.sounds[:, 1] == 0].max()) < float(learnt.weights.max())


def test_what_was_learned_is_learned_on(tmp_path: Path) -> None:
    write_lines(tmp_path / "lines_1_00000.npz", LINES)
    trainer, known = VoiceTrainer(tmp_path, tmp_path / "out", WEIGHTS), load_network().state_dict()
    for name, weight in trainer.net.state_dict().items():
        assert torch.equal(weight, known[name]) and torch.equal(trainer.average.weights[name], weight)
    assert trainer.rate < VoiceTrainer(tmp_path, tmp_path / "other").rate


def test_air_is_measured_beside_what_is_below_it() -> None:
    rng, rate = np.random.default_rng(0), 48_000
    at = np.arange(2 * rate) / rate
    tone = sum(np.sin(2 * np.pi * 300.0 * k * at) / k for k in range(1, 75))
    hiss = np.fft.irfft(
        np.fft.rfft(rng.standard_normal(2 * rate))
        * np.interp(
            np.linspace(0.0, rate / 2, rate + 1), [0.0, 4000.0, 12_000.0, 24_000.0], [0.01, 1.0, 1.0, 0.1]
        )
    )
    found = measure_air(np.concatenate([tone, hiss]), rate)
    assert found["ringing"][0] > 100 and found["hissing"][0] > 100
    # partials of 1 / k fall by 20 dB a decade
    assert found["ringing"][1] == pytest.approx(
        [20 * np.log10(11_000 / one) for one in MIDDLES_HZ], abs=1.0
    )
    assert found["hissing"][1][0] > -3.0 and found["hissing"][1][-1] < -6.0


@pytest.mark.slow
def test_sketch_and_painter_get_better() -> None:
    torch.manual_seed(0)
    net = VoiceNetwork(width=32, depth=2, painter_width=32, painter_depth=1, sound_size=8)
    lines = LineSet.__new__(LineSet)
    lines.lines = [prepare(line) for line in LINES]
    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    first = measure(net, lines.lines[:3])
    optimiser = torch.optim.AdamW(net.parameters(), lr=5e-3)
    for _ in range(25):
        loss = sketch_loss(net, lines.crops(rng, 4))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert measure(net, lines.lines[:3])["vowels_db"] < 0.8 * first["vowels_db"]
    crops = lines.crops(rng, 2)
    net.zero_grad()
    painter_loss(net, crops, generator).backward()
    assert all(weight.grad is None for weight in net.sketch.parameters()), "the sketch stays"
    assert any(
        weight.grad is not None and weight.grad.abs().sum() > 0 for weight in net.painter.parameters()
    )


@pytest.mark.slow
def test_words_get_their_traits() -> None:
    table = read_table()
    pairs = wordings(table)
    assert len(dict(pairs)) > 2000 and "woman" in dict(pairs)
    assert len(spreads_of(table)) == TIMBRE
    woman, air = table["kinds"][0], table["qualities"][1]
    breath = len(STYLES) + TRAITS.index("breath_db")
    assert numbers_of(woman, air)[breath] > numbers_of(woman, {})[breath] == 0.0
    texts = torch.nn.functional.normalize(
        torch.randn(4, 384, generator=torch.Generator().manual_seed(0)), dim=1
    )
    wanted = torch.linspace(-1.0, 1.0, 4 * TIMBRE).reshape(4, TIMBRE)
    net = teach(texts, wanted, spreads_of(table), 120)
    assert float((net(texts)[0] - wanted).detach().abs().mean()) < 0.2
