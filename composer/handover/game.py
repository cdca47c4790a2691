"""Writes a song for games: its sections as loops with tails, in layers, and what engines need to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from composer.handover.layout import Layout
from render.audio.shape import resample
from render.audio.types import Audio
from render.export.bwf import Region
from render.export.game import GameSection, game_document
from render.export.musical import visit_music
from render.export.riff import Musical
from structure.base.jsonfile import write_json
from structure.base.names import stem_path
from structure.plans.plan import SongPlan

_QUIET = 1e-4
"""A level under which a stem is as good as silent."""


class Sounds(Protocol):
    """Where the sound of a song, and of its sections alone, comes from."""

    @property
    def plan(self) -> SongPlan:
        """Return the song's plan."""

    def audio(self, name: str) -> Audio:
        """Return a file of the song."""

    def section_stems(self, section: SongPlan) -> Mapping[str, Audio]:
        """Return the stems of a section alone, until they have rung out."""


class WriteWav(Protocol):
    """Writes a file of the hand-over."""

    def __call__(
        self,
        name: str,
        audio: Audio,
        what: str,
        *,
        regions: tuple[Region, ...] | None = None,
        music: Musical | None = None,
    ) -> None:
        """Write one, at the rate of the hand-over."""


def write_game(
    layout: Layout, material: Sounds, folder: Path, write_wav: WriteWav, tell: Callable[[str], None]
) -> None:
    """Write the sections of a song for games to a folder, and last the document of all.

    The stems of a section are made alone, and each is set to the level that it has in the song. Levels are
    compared after the first quarter of the section, where nothing that came before still rings. A stem that
    is nearly silent in either keeps its level.
    """
    rate = layout.options.sample_rate
    for section in layout.game_sections:
        start, end = material.plan.bounds(section.first)
        first = (end - start) // 4
        layers = {}
        for stem, audio in material.section_stems(section.plan).items():
            there = _level(material.audio(stem_path(stem))[:, start + first : end])
            here = _level(audio[:, first : end - start])
            gain = there / here if min(there, here) > _QUIET else 1.0
            layers[stem] = (audio * np.float32(gain)).astype(np.float32)

        mix = np.zeros_like(next(iter(layers.values())))
        for stem, audio in layers.items():
            sound = resample(audio, section.plan.grid.sample_rate, rate)
            _write(layout, section, write_wav, layout.game_layer(section, stem), sound, stem)
            mix += audio
        sound = resample(mix, section.plan.grid.sample_rate, rate)
        _write(layout, section, write_wav, layout.game_mix(section), sound, "Mix")

    tell(layout.game)
    root = Path(layout.game).parent
    files = {
        section.label: {
            stem.name: Path(layout.game_layer(section, stem.name)).relative_to(root).as_posix()
            for stem in section.plan.stems
        }
        for section in layout.game_sections
    }
    mixes = {
        section.label: Path(layout.game_mix(section)).relative_to(root).as_posix()
        for section in layout.game_sections
    }
    write_json(folder / layout.game, game_document(layout.plan, layout.game_sections, files, mixes, rate))


def _level(audio: Audio) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0


def _write(
    layout: Layout, section: GameSection, write_wav: WriteWav, name: str, audio: Audio, what: str
) -> None:
    rate, roles = layout.options.sample_rate, {stem.name: stem.role for stem in layout.plan.stems}
    music = visit_music(layout.plan, section.first, roles.get(what, "chords"), rate)
    if music is not None:
        music = replace(music, loop=(0, section.exit_sample(rate)))
    write_wav(name, audio, f"{what} in {section.label}", regions=section.regions(rate), music=music)
