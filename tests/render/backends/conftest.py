"""Tiny pipelines of every class, saved once for all tests here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render.backends import tiny, tiny_more

SAVERS: dict[str, Callable[[Path], Path]] = {
    "riffusion": tiny.save_riffusion,
    "stable-audio": tiny.save_stable_audio,
    "stable-audio-3": tiny.save_stable_audio_3,
    "ace-step": tiny.save_ace_step,
    "audioldm2": tiny_more.save_audioldm2,
    "longcat-audio": tiny_more.save_longcat_audio,
    "minimax-music-3": tiny_more.save_minimax_music_3,
    "audioldm2 plain": lambda folder: tiny_more.save_audioldm2(folder, plain_gpt=True),
    "riffusion lossless": lambda folder: tiny.save_riffusion(folder, lossless=True),
    "stable-audio lossless": lambda folder: tiny.save_stable_audio(folder, lossless=True),
    "stable-audio-3 lossless": lambda folder: tiny.save_stable_audio_3(folder, lossless=True),
    "ace-step lossless": lambda folder: tiny.save_ace_step(folder, lossless=True),
    "stable-audio-3 distilled": lambda folder: tiny.save_stable_audio_3(folder, distilled=True),
    "ace-step base": lambda folder: tiny.save_ace_step(folder, turbo=False),
}


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Gives the folder of a tiny model by name; it is made when it is first asked for."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = SAVERS[name](tmp_path_factory.mktemp("models") / name.replace(" ", "-"))
        return made[name]

    return folder
