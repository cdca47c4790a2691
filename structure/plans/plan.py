"""A planned song: all that is decided before a sound is made.

:func:`structure.planning.planner.plan_song` makes a :class:`SongPlan` from a spec; the renderer needs
nothing else. A *section* is an identity ("chorus"); a *visit* is one time that the song passes through it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

import networkx as nx

from structure.base.grid import Grid, Meter
from structure.base.types import Role
from structure.plans.score import SectionScore
from structure.presets.mixes import Mix, load_mix
from structure.presets.styles import OwnStyle, Style, load_style
from structure.specs.spec import ExportSpec, InitSpec, MasterSpec, RenderSpec

Fade = Literal["in", "out"]
"""Whether a stem comes in over a visit, or goes out."""


@dataclass(frozen=True, slots=True)
class StemPlan:
    """One stem of the song. ``pan`` is -1…1; ``reverb`` and ``delay`` are the shares sent to the room and
    the echo, ``duck`` how far the stem gives way to the kick, 0…1."""

    name: str
    role: Role
    prompt: str
    negative_prompt: str
    gain_db: float
    pan: float
    reverb: float
    delay: float = 0.0
    duck: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One passage through a section.

    ``name`` is the section's identity ("chorus"), ``label`` what a musician would call this
    passage ("Chorus 2"), ``index`` counts the visits of this identity from 1. ``variation`` (0…1)
    says how far this visit's latents move from the identity's. ``seed`` belongs to the identity,
    ``variation_seed`` to this visit. ``start_bar`` counts from 0. ``prompts`` and
    ``negative_prompts`` map each sounding stem to its whole text in this section, ``morph_prompts`` to what
    that turns into, where it does. ``energy`` is 0…1. ``init`` is audio to begin from. The bars in
    ``repaint``, from 0 and with the first bar after each range, are another take, of ``repaint_seed``.
    ``timbre_variation`` (0…1) says how far this visit's sounds move from the song's.
    ``lyrics`` are what is sung, "" where nobody sings. ``fades`` are the stems that enter or leave
    gradually over the whole visit.
    """

    name: str
    label: str
    index: int
    variation: float
    seed: int
    variation_seed: int
    start_bar: int
    key: str
    energy: float
    lift: int
    score: SectionScore
    prompts: dict[str, str]
    negative_prompts: dict[str, str]
    morph_prompts: dict[str, str] = field(default_factory=dict)
    init: InitSpec | None = None
    repaint: tuple[tuple[int, int], ...] = ()
    repaint_seed: int = 0
    timbre_variation: float = 0.0
    lyrics: str = ""
    fades: dict[str, Fade] = field(default_factory=dict)

    @property
    def bars(self) -> int:
        """Length in bars."""
        return self.score.bars

    @property
    def end_bar(self) -> int:
        """First bar after this visit, counted from 0."""
        return self.start_bar + self.score.bars


@dataclass(frozen=True, slots=True)
class InitFile:
    """A file of audio that visits begin from. ``sha256`` is that of its bytes, "" where nobody has looked;
    ``path`` is where it is now, and ``where`` names what asked for it in errors: these are no part of the
    plan."""

    sha256: str = ""
    path: Path = field(default=Path(), compare=False)
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SongPlan:
    """A song, planned. ``graph`` is the section graph of :mod:`structure.plans.graph`; ``visits`` is the
    walk over it, without a gap, from bar 0. ``mix`` is a whole preset, with what the user changed.
    ``notes`` are sentences on what was asked for and is not quite met.
    ``init_audio`` are the files that visits begin from, by their paths in the song's folder.
    ``own_style`` is the style that ``genre`` names where it is one of the user's own; the plan's file does
    not hold it, and it decides no more than what is planned already and how the sheets are written."""

    title: str
    description: str
    genre: str
    seed: int
    key: str
    grid: Grid
    stems: tuple[StemPlan, ...]
    graph: nx.DiGraph
    visits: tuple[Visit, ...]
    tail_s: float
    render: RenderSpec
    master: MasterSpec
    export: ExportSpec
    mix: Mix = field(default_factory=lambda: load_mix("pop"))
    notes: tuple[str, ...] = ()
    init_audio: dict[str, InitFile] = field(default_factory=dict)
    own_style: OwnStyle | None = field(default=None, compare=False, repr=False)

    @property
    def style(self) -> Style:
        """The style that the song was planned in. Raises RitornelloError where it is not known, as when the
        plan was read from a file and the style is one of the user's own."""
        return load_style(self.genre, self.own_style)

    @property
    def meter(self) -> Meter:
        """The song's metre."""
        return self.grid.meter

    @property
    def bars(self) -> int:
        """Bars from the first downbeat to the last double bar."""
        return self.visits[-1].end_bar

    @property
    def music_samples(self) -> int:
        """Samples from the first downbeat to the last double bar."""
        return self.grid.sample_at_bar(self.bars)

    @property
    def tail_samples(self) -> int:
        """Samples in which the last notes ring out, after the last double bar."""
        return round(self.tail_s * self.grid.sample_rate)

    @property
    def total_samples(self) -> int:
        """Length of every file of the song."""
        return self.music_samples + self.tail_samples

    @property
    def crossfade_samples(self) -> int:
        """Length of the song's crossfades, which is given in beats."""
        beats = Fraction(str(self.render.crossfade_beats))
        return self.grid.sample_at(beats * self.meter.beat_quarters)

    def bounds(self, visit: Visit) -> tuple[int, int]:
        """First sample of a visit and the first sample after it."""
        return self.grid.sample_at_bar(visit.start_bar), self.grid.sample_at_bar(visit.end_bar)

    def position_quarters(self, visit: Visit) -> Fraction:
        """Start of a visit in quarter notes from bar 1."""
        return self.grid.quarters_at_bar(visit.start_bar)
