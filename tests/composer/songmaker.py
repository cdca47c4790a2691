"""A small plan, and a backend that plays scores with damped tones, for tests that need no trained model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from render.backends.base import Capabilities
from render.backends.request import Clip, ClipRequest
from structure.base.grid import SAMPLE_RATE, Grid, Meter
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.specs.spec import ExportSpec, MasterSpec, RenderSpec
from tests.builders import graph_of, make_visit

Run = Callable[..., tuple[int, str, str]]
"""Runs the command line: exit code, standard output and error."""

CHORDS = (("Am", 9), ("F", 5), ("C", 0), ("G/B", 7))

SHORT_SPEC = """\
# a song short enough for tests
title: Small Song
genre: pop
tempo: 240
key: A minor
meter: 4/4
seed: 5
stems:
  - {name: kit, role: drums, prompt: acoustic drum kit}
  - {name: low, role: bass, prompt: electric bass}
sections:
  verse: {bars: 2, chords: Am | F, stems: [low]}
  chorus: {bars: 2, chords: C | G}
form: [verse, chorus, {section: chorus, variation: 0}]
export: {midi: false, musicxml: false, overview: false}
"""

FULL_SPEC = SHORT_SPEC.partition("export:")[0]
"""The same with every file."""


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, hidden or not, in order."""
    return sorted(path.name for path in folder.iterdir())


def section_score(bars: int, meter: Meter, shift: int) -> SectionScore:
    """A chord a bar, a kick on each beat, and the root an octave and more below the chord."""
    bar = meter.bar_quarters
    chords, low = [], []
    for k in range(bars):
        symbol, root = CHORDS[(k + shift) % len(CHORDS)]
        chords.append(
            ChordEvent(symbol, k * bar, bar, root, root, (root, (root + 4) % 12, (root + 7) % 12))
        )
        low.append(Note(k * bar, bar / 2, 36 + root, 100))
    beats = range(bars * meter.beats_per_bar)
    kick = tuple(Note(k * meter.beat_quarters, Fraction(1, 4), 36, 110) for k in beats)
    return SectionScore(bars, tuple(chords), {"kit": Part("drums", kick), "low": Part("bass", tuple(low))})


def small_plan(
    form: tuple[tuple[str, int], ...] = (("verse", 2), ("chorus", 3), ("chorus", 3)),
    tempo: float = 150.0,
    meter: str = "4/4",
    seed: int = 5,
    export: ExportSpec | None = None,
) -> SongPlan:
    """A plan of two stems whose visits are (section, bars)."""
    metre = Meter.parse(meter)
    visits: list[Visit] = []
    bar = 0
    for order, (name, bars) in enumerate(form):
        index = 1 + sum(visit.place.name == name for visit in visits)
        visits.append(
            make_visit(
                name,
                section_score(bars, metre, len(name)),
                index=index,
                start_bar=bar,
                seed=len(name),
                variation_seed=order,
                key="A minor",
                prompts={"kit": "drums", "low": "bass"},
                negative_prompts={"kit": "", "low": ""},
            )
        )
        bar += bars
    stems = (
        StemPlan("kit", "drums", "drums", "", 0.0, 0.0, 0.1),
        StemPlan("low", "bass", "bass", "", -1.5, -0.25, 0.0),
    )
    return SongPlan(
        title="Small Song",
        description="",
        genre="pop",
        seed=seed,
        key="A minor",
        grid=Grid.steady(tempo, metre),
        stems=stems,
        graph=graph_of(visits),
        visits=tuple(visits),
        tail_s=2.5,
        render=RenderSpec(),
        master=MasterSpec(),
        export=export or ExportSpec(),
    )


@dataclass
class ToneBackend:
    """Damped tones whose timbre is drawn from the clip's latent. Fails at clip ``fails_at``, from 1."""

    name: str = "tones"
    fingerprint: str = "tones-1"
    fails_at: int | None = None
    error: BaseException = field(default_factory=lambda: RuntimeError("the model broke"))
    made: int = 0

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            sample_rate=SAMPLE_RATE,
            channels=1,
            longest_clip_s=600.0,
            takes_init_audio=False,
            inpaints=False,
            sings_lyrics=False,
            negative_prompt=True,
            makes_stems=True,
            follows_score=True,
        )

    def generate(self, request: ClipRequest) -> Clip:
        self.made += 1
        if self.made == self.fails_at:
            raise self.error
        loudness = 0.1 + np.abs(request.latent.noise((5,)))
        audio = np.zeros(request.total_samples, dtype=np.float32)
        for note in request.notes:
            start = request.pre_roll_samples + request.grid.sample_at(note.onset)
            time = np.arange(min(audio.size - start, SAMPLE_RATE)) / SAMPLE_RATE
            hertz = 440.0 * 2.0 ** ((note.pitch - 69) / 12)
            tone = sum(a * np.sin(2 * np.pi * k * hertz * time) for k, a in enumerate(loudness, 1))
            decay = np.exp(-(60 if request.role == "drums" else 6) * time)
            audio[start : start + time.size] += 0.05 * (note.velocity / 127) ** 2 * decay * tone
        return Clip(audio[None], SAMPLE_RATE, request.pre_roll_samples)
