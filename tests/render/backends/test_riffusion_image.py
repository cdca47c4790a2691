"""Riffusion's image format: what its pixels and tags mean, and how much survives a round trip."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from render.backends.riffusion.image import (
    FULL_SCALE,
    RIFFUSION,
    ImageParams,
    audio_from_image,
    image_from_audio,
    image_from_mel,
    mel_from_image,
    params_of,
    read_image,
    write_image,
)
from render.backends.riffusion.inversion import MelScale, invert, linear_magnitudes, magnitudes, mel_bank
from structure.base.errors import AudioFileError, RitornelloError

RATE = 44_100


def plucked(seconds: float = 1.5) -> np.ndarray:
    """Four decaying notes a second and a little noise, float32 (samples,)."""
    time = np.arange(int(seconds * RATE)) / RATE
    decay = np.exp(-3.0 * ((4 * time) % 1))
    notes = sum(a * np.sin(2 * np.pi * f * time) for f, a in ((220, 0.2), (330, 0.15), (1500, 0.05)))
    noise = 0.02 * np.random.default_rng(0).standard_normal(len(time))
    return (decay * (notes + noise)).astype(np.float32)


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB")).astype(int)


def test_a_pixel_is_ten_milliseconds_and_a_mel_band_with_low_ones_at_the_bottom() -> None:
    time = np.arange(2 * RATE) / RATE
    tone = np.where(time < 1.0, np.sin(2 * np.pi * 1000 * time), 0).astype(np.float32)
    image = image_from_audio(tone[None])
    assert image.size == (201, 512)
    dark = 255 - pixels(image)[..., 0]
    band = 511 - int(dark[:, 50].argmax())
    mel_of_hz = 2595 * np.log10(1 + 1000 / 700)  # HTK
    mel_of_top = 2595 * np.log10(1 + 10_000 / 700)
    assert abs(band + 1 - 513 * mel_of_hz / mel_of_top) <= 1
    assert dark[:, 50].max() == 255
    assert dark[:, 106:].max() <= 255 * 1e-5**0.25  # half a window after the end of the tone


def test_the_tags_are_riffusions_and_are_read_back_by_pillow(tmp_path: Path) -> None:
    audio = plucked()
    write_image(tmp_path / "clip.png", image_from_audio(audio[None]))
    with Image.open(tmp_path / "clip.png") as image:
        tags = dict(image.getexif())
        assert image.mode == "RGB"
    loudest = tags.pop(11080)
    assert tags == {
        11000: 44_100,
        11005: 0,
        11007: 0,
        11010: 10,
        11020: 100,
        11030: 400,
        11040: 512,
        11050: 0,
        11060: 10_000,
        11070: 0.25,
    }
    in_16_bits = magnitudes(audio, RIFFUSION.scale).max() * 32_768
    assert loudest == pytest.approx(in_16_bits, rel=1e-6)


def test_stereo_has_left_in_green_and_right_in_blue() -> None:
    left = plucked(0.5)
    right = np.zeros_like(left)
    image = image_from_audio(np.stack([left, right]), ImageParams(stereo=True))
    red, green, blue = np.moveaxis(pixels(image), -1, 0)
    assert not red.any()
    assert green.min() == 0 and (blue == 255).all()
    mel = mel_from_image(image)
    assert mel.shape[0] == 2 and not mel[1].any() and mel[0].any()


@given(
    params=st.builds(
        ImageParams,
        stereo=st.booleans(),
        step_ms=st.integers(1, 40),
        window_ms=st.integers(80, 120),
        padded_ms=st.integers(120, 500),
        bands=st.sampled_from([64, 128, 512]),
        min_hz=st.integers(0, 100),
        max_hz=st.integers(4_000, 22_050),
        power=st.sampled_from([0.1, 0.25, 0.5, 1.0]),
    )
)
def test_parameters_survive_their_tags(params: ImageParams) -> None:
    assert ImageParams.from_exif(params.to_exif()) == params


@settings(deadline=None, max_examples=25)
@given(
    mode=st.sampled_from(["mono", "stereo", "triple"]),
    width=st.integers(1, 40),
    seed=st.integers(0, 2**32 - 1),
    level=st.floats(1e-3, 1e9),
)
def test_magnitudes_survive_the_image_to_half_a_step(
    mode: str, width: int, seed: int, level: float
) -> None:
    params = ImageParams(stereo=mode == "stereo", triple_res_mono=mode == "triple", bands=96)
    rng = np.random.default_rng(seed)
    mel = (level * rng.random((params.channels, 96, width)) ** 4).astype(np.float32)
    image = image_from_mel(mel, params)
    assert image.size == (width, 32 if mode == "triple" else 96)
    back = mel_from_image(image)
    step = np.abs((back / mel.max()) ** 0.25 - (mel / mel.max()) ** 0.25)
    assert step.max() <= 0.5 / 255 + 1e-4


@settings(deadline=None, max_examples=25)
@given(width=st.integers(1, 30), seed=st.integers(0, 2**32 - 1))
def test_every_image_whose_darkest_pixel_is_black_is_read_and_written_unchanged(
    width: int, seed: int
) -> None:
    grey = np.random.default_rng(seed).integers(0, 256, (512, width), dtype=np.uint8)
    grey[0, 0] = 0
    image = Image.fromarray(np.repeat(grey[..., None], 3, axis=-1))
    assert (pixels(image_from_mel(mel_from_image(image))) == grey[..., None]).all()


@pytest.mark.slow
def test_audio_survives_as_well_as_magnitudes_can_say() -> None:
    audio = plucked()
    image = image_from_audio(audio[None])
    back = audio_from_image(image)
    assert back.shape == (1, len(audio) // 441 * 441)
    inside = slice(6, -6)  # a window reaches beyond the ends elsewhere
    wanted, found = (mel_from_image(i)[0][:, inside] for i in (image, image_from_audio(back)))
    convergence = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    assert convergence < 0.12
    assert np.abs(pixels(image) - pixels(image_from_audio(back))).mean() < 8
    assert np.sqrt((back**2).mean()) == pytest.approx(np.sqrt((audio**2).mean()), rel=0.1)


@pytest.mark.slow
def test_an_image_that_came_from_audio_comes_back_from_its_audio() -> None:
    first = image_from_audio(plucked()[None])
    second = image_from_audio(audio_from_image(first))
    third = image_from_audio(audio_from_image(second))
    drift = [np.abs(pixels(a) - pixels(b)).mean() for a, b in ((first, second), (second, third))]
    assert drift[1] < drift[0]


@pytest.mark.slow
def test_more_iterations_come_nearer_and_a_seed_decides_the_samples() -> None:
    image = image_from_audio(plucked(0.8)[None])
    wanted = mel_from_image(image)[0][:, 6:-6]

    def miss(iterations: int) -> float:
        audio = audio_from_image(image, iterations=iterations)
        return float(np.linalg.norm(mel_from_image(image_from_audio(audio))[0][:, 6:-6] - wanted))

    assert miss(32) < 0.8 * miss(2)
    one, again, other = (audio_from_image(image, seed=seed) for seed in (1, 1, 2))
    assert (one == again).all()
    assert not np.allclose(one, other, atol=1e-3)


@pytest.mark.slow
def test_blocks_of_a_long_image_join_without_a_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = plucked(2.0)
    scale = RIFFUSION.scale
    mel = magnitudes(audio, scale)
    monkeypatch.setattr("render.backends.riffusion.inversion._BLOCK_FRAMES", 80)
    back = invert(mel, scale, len(audio))
    error = np.abs(magnitudes(back, scale) - mel).sum(axis=0) / mel.sum(axis=0).mean()
    around_joins = [error[i - 12 : i + 12].mean() for i in (70, 130)]
    assert max(around_joins) < 2 * np.median(error) + 0.05


def test_least_squares_keep_to_what_is_not_negative_and_meet_the_mel() -> None:
    scale = MelScale(sample_rate=16_000, hop=160, window=640, n_fft=1024, bands=40, min_hz=0, max_hz=7_000)
    mel = magnitudes(np.random.default_rng(1).standard_normal(8000).astype(np.float32), scale)
    found = linear_magnitudes(mel, scale)
    assert found.min() >= 0.0
    again = mel_bank(scale).T @ found
    assert np.linalg.norm(again - mel) < 1e-3 * np.linalg.norm(mel)


def test_an_image_without_tags_is_read_with_riffusions_parameters_and_peaks_at_minus_1_db() -> None:
    bare = Image.fromarray(np.asarray(image_from_audio(plucked(0.4)[None])))
    assert not bare.getexif()
    assert params_of(bare) == RIFFUSION
    assert np.abs(audio_from_image(bare, iterations=4)).max() == pytest.approx(10 ** (-1 / 20), rel=1e-4)


def test_a_silent_clip_is_white_and_stays_silent() -> None:
    image = image_from_audio(np.zeros((1, 4410), dtype=np.float32))
    assert (pixels(image) == 255).all()
    assert not audio_from_image(image).any()


def test_what_is_no_such_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="no such image"):
        read_image(tmp_path / "none.png")
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(RitornelloError, match=r"text\.png: cannot be read as an image"):
        read_image(tmp_path / "text.png")
    Image.new("RGB", (30, 300)).save(tmp_path / "low.png")
    with pytest.raises(RitornelloError, match=r"300 pixels high; a spectrogram of 512 bands has 512"):
        read_image(tmp_path / "low.png")
    damaged = Image.new("RGB", (30, 512))
    damaged.getexif()[11020] = 0
    damaged.save(tmp_path / "tags.png", exif=damaged.getexif())
    with pytest.raises(RitornelloError, match="the window holds two steps"):
        read_image(tmp_path / "tags.png")


def test_full_scale_is_that_of_16_bits() -> None:
    assert FULL_SCALE == 2**15


def test_grey_of_16_bits_is_the_grey_of_8(tmp_path: Path) -> None:
    fine = np.random.default_rng(0).integers(0, 256, (512, 20)).astype(np.uint8)
    Image.fromarray(fine).save(tmp_path / "8.png")
    Image.fromarray(fine.astype(np.uint16) * 257).save(tmp_path / "16.png")
    eight, sixteen = (np.asarray(read_image(tmp_path / name).convert("L")) for name in ("8.png", "16.png"))
    np.testing.assert_array_equal(eight, sixteen)


@pytest.mark.parametrize("size", [(1, 512), (300_000, 8), (20, 1), (20, 5000)])
def test_an_image_that_is_no_songs_is_refused_before_it_is_read(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    Image.new("L", size).save(tmp_path / "a.png")
    with pytest.raises(AudioFileError, match=f"{size[0]} × {size[1]} pixels; allowed"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("exif", [b"Exif\0\0MM\0*garbage", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0"])
@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_broken_tags_are_refused_in_words_or_ignored(tmp_path: Path, exif: bytes, name: str) -> None:
    Image.new("RGB", (20, 512)).save(tmp_path / name, exif=exif)
    try:
        read_image(tmp_path / name)
    except AudioFileError as exc:
        assert "cannot be read as an image" in str(exc)
