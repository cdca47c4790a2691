"""The pictures: their figures are right, and the same song gives the same bytes."""

import math
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from composer.pictures.overview import write_overview
from composer.pictures.page import Page, root_colour, section_colours, timeline
from composer.pictures.spectrum import envelope, log_spectrogram
from render.renderer import render_song
from tests.composer.songmaker import small_plan
from tests.tones import ToneBackend

RATE = 44_100


def test_a_tone_stands_in_the_band_of_its_pitch() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.tile(np.sin(2 * np.pi * 440 * time).astype(np.float32), (2, 1))
    levels = log_spectrogram(tone, RATE, 20, 240, 30.0, 16_000.0)
    band = 240 * np.log(440 / 30) / np.log(16_000 / 30)
    assert abs(int(levels[:, 10].argmax()) + 0.5 - band) <= 1.0


def test_pink_noise_is_level() -> None:
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.standard_normal(1 << 19))
    pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(spectrum.size), 1)))
    levels = log_spectrogram(pink[None].astype(np.float32), RATE, 100, 9, 31.25, 16_000.0).mean(axis=1)
    assert np.ptp(levels) < 2.0


def test_bands_share_out_the_power() -> None:
    noise = np.random.default_rng(1).standard_normal((1, RATE)).astype(np.float32)
    fine = log_spectrogram(noise, RATE, 8, 200, 50.0, 10_000.0)
    coarse = log_spectrogram(noise, RATE, 8, 20, 50.0, 10_000.0)
    summed = 10 * np.log10((10 ** (fine / 10)).reshape(20, 10, 8).sum(axis=1))
    assert np.allclose(summed, coarse, atol=1e-3)


@given(st.integers(1, 3000), st.integers(1, 400))
def test_the_envelope_holds_every_sample(samples: int, slices: int) -> None:
    audio = np.random.default_rng(samples).uniform(-1, 1, (2, samples)).astype(np.float32)
    shape = envelope(audio, slices)
    place = np.arange(samples) // -(-samples // slices)
    assert np.all((shape.low[place] <= audio) & (audio <= shape.high[place]))
    assert np.all(shape.rms <= np.maximum(-shape.low, shape.high) + 1e-6)


def test_a_section_keeps_its_colour_and_fifths_are_neighbours() -> None:
    colours = section_colours(small_plan())
    assert len(set(colours.values())) == 2
    c, g, f_sharp = (np.array(root_colour(root)) for root in (0, 7, 6))
    assert np.abs(c - g).sum() < np.abs(c - f_sharp).sum()


def test_labels_of_many_sections_do_not_overlap() -> None:
    plan = small_plan(tuple((f"section{'abc'[i % 3]}", 1 + i % 4) for i in range(24)))
    page = Page.of(plan, 16.0, 3.0)
    axes = page.panel(0.9, 1.05)
    timeline(axes, page, 1.05)
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() != "bar"]
    overlaps = [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :] if a.overlaps(b)]
    assert len(boxes) >= 24
    assert overlaps == []


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    plan = small_plan(tempo=240.0)
    result = render_song(plan, ToneBackend())
    folder = tmp_path_factory.mktemp("pictures")
    for name in ("one", "two"):
        write_overview(folder / f"{name}.png", plan, result.master.audio, result.stems, (-14.0, -1.0))
    return [(folder / f"{name}.png").read_bytes() for name in ("one", "two")]


@pytest.mark.slow
def test_the_same_song_gives_the_same_bytes(pictures: list[bytes]) -> None:
    assert pictures[0] == pictures[1]


@pytest.mark.slow
def test_the_picture_is_a_large_png_without_texts_in_it(pictures: list[bytes]) -> None:
    for data in pictures:
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack(">I", data[16:20])[0] == 1920
        assert b"tEXt" not in data


HEADER = slice(0, 114)
"""Rows of the title, of 120 to an inch."""

WAVEFORM, SPECTRUM = slice(330, 492), slice(506, 820)


def pixels(folder: Path, title: str, level: float) -> np.ndarray:
    """The picture of a short song of steady noise, or of silence: (rows, columns, 3)."""
    plan = replace(small_plan((("verse", 1),), tempo=240.0), title=title)
    noise = np.random.default_rng(0).standard_normal((2, plan.total_samples))
    audio = (level * noise).astype(np.float32)
    loudness = (-14.0, -1.0) if level else (-math.inf, -math.inf)
    write_overview(folder / "a.png", plan, audio, {"kit": audio, "low": audio}, loudness)
    with Image.open(folder / "a.png") as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.slow
def test_a_title_of_any_signs_and_length_changes_nothing_but_the_title(tmp_path: Path) -> None:
    plain, odd = (pixels(tmp_path, title, 0.0) for title in ("A", "$x_ 夜 " * 30))
    assert not np.array_equal(odd[HEADER], plain[HEADER])
    assert np.array_equal(odd[HEADER.stop :], plain[HEADER.stop :])
    assert np.array_equal(odd[HEADER, -600:], plain[HEADER, -600:])  # nor the facts on the right of it


@pytest.mark.slow
def test_silence_is_a_flat_line_over_a_dark_spectrum(tmp_path: Path) -> None:
    silence, sound = (pixels(tmp_path, "A", level)[:, 700:1800] for level in (0.0, 0.1))
    inked = [
        (picture[WAVEFORM] != picture[WAVEFORM.start + 3, 300]).any(axis=(1, 2))
        for picture in (silence, sound)
    ]
    assert inked[0].sum() <= 4
    assert inked[1].sum() > 40
    assert silence[SPECTRUM].max() < 20
    assert sound[SPECTRUM].mean() > 100
