"""A planned song: all that is decided before a sound is made.

:func:`structure.planning.planner.plan_song` makes a :class:`SongPlan` from a spec; the renderer needs
nothing else. A *section* is an identity ("chorus"); a *visit* is one time that the song passes through it.

The classes are also the form of the plan in ``plan.json`` (see :mod:`structure.plans.planfile`): a field
that is added here is in the file, and one with a default is written only where it differs from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator

from structure.base.codec import Stored
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter, round_half_up
from structure.base.lengths import format_seconds
from structure.base.names import RESERVED
from structure.base.plain_text import clean_line, clean_text
from structure.base.types import Exact, Pan, RelativePath, Role, SectionName, Seed, StemName, UnitInterval
from structure.picture.timecodes import time_text
from structure.plans.comps import CompBars
from structure.plans.events import Event
from structure.plans.graph import SectionGraph
from structure.plans.recorded import RecordedPiece
from structure.plans.score import SectionScore
from structure.plans.shown import html_table
from structure.presets.mixes import Mix, load_mix
from structure.presets.styles import OwnStyle, Style, Swing, load_style
from structure.specs.backend import BackendSpec
from structure.specs.credits import NO_CREDITS, CreditsSpec
from structure.specs.spec import ExportSpec, InitSpec, MasterSpec, RenderSpec


def _check_name_is_free(name: str) -> str:
    if name.split("/", maxsplit=1)[0].lower() in RESERVED:
        raise ValueError(f"{name!r} is the name of a file of the song itself")
    return name


InitName = Annotated[RelativePath, AfterValidator(_check_name_is_free)]
"""Where a file of the user's own lies in the song's folder."""

Fade = Literal["in", "out"]
"""Whether a stem comes in over a visit, or goes out."""


@dataclass(frozen=True, slots=True)
class StemPlan(Stored):
    """One stem of the song.

    ``pan`` is -1…1. ``reverb`` and ``delay`` are the shares sent to the room and the echo. ``duck`` is how
    far the stem gives way to the kick, 0…1.

    For a voice, ``voice`` says in words, or by its name, who sings. ``voice_model`` is the path of the
    model that the user brings for it, and ``language`` the code of what is sung, such as ``en``.
    ``backend`` is what plays the stem, where that is not its section's.
    """

    name: StemName
    role: Role
    prompt: str
    negative_prompt: str
    gain_db: float
    pan: Pan
    reverb: UnitInterval
    delay: UnitInterval = 0.0
    duck: UnitInterval = 0.0
    voice: str = ""
    voice_model: str = ""
    language: str = ""
    backend: BackendSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPlace(Stored):
    """Where a visit stands.

    ``name`` is the section's identity ("chorus"), and ``label`` what a musician would call this passage
    ("Chorus 2"). ``index`` counts the visits of this identity from 1, ``start_bar`` the bars of the song
    from 0.
    """

    name: SectionName
    label: str
    index: Annotated[int, Field(ge=1)]
    start_bar: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMusic(Stored):
    """What is played in a visit.

    ``energy`` is 0…1, and ``lift`` is in semitones above the section's own key. ``swing`` is how it swings
    where that is not as its style does. ``takes`` are the stems whose notes are another take than the
    first. ``genre`` is the style whose music is played, where that is not the song's. ``given`` are the
    stems that play notes of the user's own, and in which bars: from 0, each with the first bar after them.
    """

    key: str
    energy: UnitInterval
    lift: int
    score: SectionScore
    events: tuple[Event, ...] = ()
    swing: Swing | None = None
    genre: str | None = None
    takes: Mapping[StemName, int] = field(default_factory=dict)
    given: Mapping[StemName, tuple[tuple[int, int], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitSound(Stored):
    """How a visit sounds.

    ``seed`` belongs to the identity, ``variation_seed`` to this visit; ``variation`` (0…1) says how far
    this visit's latents move from the identity's, ``timbre_variation`` how far its sounds move from the
    song's. ``prompts`` and ``negative_prompts`` map each sounding stem to its whole text in this section,
    ``morph_prompts`` to what that turns into, where it does. ``init`` is audio to begin from. The bars in
    ``repaint``, from 0 and with the first bar after each range, are another take, of ``repaint_seed``.
    ``lyrics`` are what is sung, "" where nobody sings. ``fades`` are the stems that enter or leave
    gradually over the whole visit. ``takes`` are the stems whose sound is another take than the first,
    ``comp`` those that have their bars from several takes. ``recordings`` are the stems that play one of
    the user's own. ``backend`` is what plays the other stems, where that is not the song's.
    """

    seed: Seed
    variation_seed: Seed
    variation: UnitInterval
    prompts: Mapping[StemName, str]
    negative_prompts: Mapping[StemName, str]
    morph_prompts: Mapping[StemName, str] = field(default_factory=dict)
    init: InitSpec | None = None
    repaint: tuple[tuple[int, int], ...] = ()
    repaint_seed: int = 0
    timbre_variation: UnitInterval = 0.0
    lyrics: str = ""
    fades: Mapping[StemName, Fade] = field(default_factory=dict)
    takes: Mapping[StemName, int] = field(default_factory=dict)
    comp: Mapping[StemName, tuple[CompBars, ...]] = field(default_factory=dict)
    recordings: Mapping[StemName, RecordedPiece] = field(default_factory=dict)
    backend: BackendSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Stored):
    """One passage through a section: where it stands, what is played, and how it sounds."""

    place: VisitPlace
    music: VisitMusic
    sound: VisitSound

    @property
    def bars(self) -> int:
        """Return the length in bars."""
        return self.music.score.bars

    @property
    def end_bar(self) -> int:
        """Return the first bar after this visit, counted from 0."""
        return self.place.start_bar + self.music.score.bars


@dataclass(frozen=True, slots=True)
class InitFile(Stored):
    """A file of audio that visits begin from, or of music.

    ``sha256`` is that of its bytes, "" where nobody has computed it. ``path`` is where the file is now, and
    ``where`` names what asked for it in errors; these two are no part of the plan and are not written.
    """

    sha256: str = ""
    path: Annotated[Path, Field(exclude=True)] = field(default=Path(), compare=False)
    where: Annotated[str, Field(exclude=True)] = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class HitPoint(Stored):
    """A moment of a picture: its exact second and what it is.

    ``bar`` is the bar of the song, from 1, that begins there. Where moments are too near to each other for
    a bar each, ``beat`` is the beat of it. Where neither could be brought to the moment, ``bar`` is the
    nearest one and ``reason`` says why.
    """

    seconds: Exact
    label: str
    bar: Annotated[int, Field(ge=1)]
    beat: Annotated[Exact, Field(ge=1)] = Fraction(1)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChordPosition:
    """Where a chord begins: bar and beat of the song, both from 1; the beat may be fractional."""

    symbol: str
    bar: int
    beat: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SongPlan(Stored):
    """A planned song.

    ``graph`` is the section graph, and ``visits`` is the walk over it, without a gap, from bar 0. ``mix``
    is a whole preset, with what the user changed. ``notes`` are sentences on what was asked for and is not
    quite met. ``hits`` are moments of a picture. One that ``loops`` leads from its end back to its start.

    ``init_audio`` are the files that visits begin from, by their paths in the song's folder. ``part_files``
    are those of music that given notes are from, and ``recordings`` those that play as they are.

    ``own_style`` is the style that ``genre`` names where it is one of the user's own. The plan's file does
    not hold it. Besides what is planned already, it decides only how the sheets are written. ``made_from``
    is what a caller planned the song from, for whoever renders it; no file holds it.
    """

    title: Annotated[str, AfterValidator(clean_line)]
    description: Annotated[str, AfterValidator(clean_text)]
    genre: str
    seed: int
    key: str
    grid: Grid
    stems: tuple[StemPlan, ...]
    graph: SectionGraph
    visits: Annotated[tuple[Visit, ...], Field(min_length=1)]
    tail_s: float
    render: RenderSpec
    master: MasterSpec
    export: ExportSpec
    credits: CreditsSpec = NO_CREDITS
    mix: Mix = field(default_factory=lambda: load_mix("pop").without_voices(()))
    notes: tuple[str, ...] = ()
    init_audio: Mapping[InitName, InitFile] = field(default_factory=dict)
    part_files: Mapping[InitName, InitFile] = field(default_factory=dict)
    recordings: Mapping[InitName, InitFile] = field(default_factory=dict)
    hits: tuple[HitPoint, ...] = ()
    loops: bool = False
    own_style: Annotated[OwnStyle | None, Field(exclude=True)] = field(
        default=None, compare=False, repr=False
    )
    made_from: Annotated[object, PlainValidator(lambda _: None), Field(exclude=True)] = field(
        default=None, compare=False, repr=False
    )

    def __repr__(self) -> str:
        return f"<SongPlan {self.summary}>"

    def _repr_html_(self) -> str:
        """Show in a notebook where each visit begins, its length and energy, its chords, and who plays."""
        rows = [
            (
                visit.place.start_bar + 1,
                format_seconds(self.bounds(visit)[0] / self.grid.sample_rate),
                visit.bars,
                visit.place.label,
                f"{visit.music.energy:.2f}",
                " ".join(dict.fromkeys(chord.symbol for chord in visit.music.score.chords)),
                ", ".join(self.sounding_stems(visit)),
            )
            for visit in self.visits
        ]
        return html_table(
            self.summary, ("Bar", "Time", "Bars", "Section", "Energy", "Chords", "Stems"), rows
        )

    @property
    def summary(self) -> str:
        """Return the plan in one line: ``Neon Tides: synthwave, A minor, 6 stems, 104 bars, 4:03``."""
        length = format_seconds(self.total_samples / self.grid.sample_rate)
        many = f"{len(self.stems)} stem{'' if len(self.stems) == 1 else 's'}"
        return f"{self.title}: {self.genre}, {self.key}, {many}, {self.bars} bars, {length}"

    @property
    def style(self) -> Style:
        """Return the style that the song was planned in.

        Raises RitornelloError where it is not known, as when the plan was read from a file and the style is
        one of the user's own.
        """
        return load_style(self.genre, self.own_style)

    @property
    def own_files(self) -> dict[str, InitFile]:
        """Return the files of the user's own that the song is made from."""
        return {**self.init_audio, **self.part_files, **self.recordings}

    @property
    def meter(self) -> Meter:
        """Return the song's metre, which is that at its start."""
        return self.grid.meter

    @property
    def bars(self) -> int:
        """Return the number of bars from the first downbeat to the last double bar."""
        return self.visits[-1].end_bar

    @property
    def music_samples(self) -> int:
        """Return the samples from the first downbeat to the last double bar."""
        return self.grid.sample_at_bar(self.bars)

    @property
    def tail_samples(self) -> int:
        """Return the samples in which the last notes ring out, after the last double bar."""
        return round(self.tail_s * self.grid.sample_rate)

    @property
    def total_samples(self) -> int:
        """Return the length of every file of the song."""
        return self.music_samples + self.tail_samples

    @property
    def crossfade_samples(self) -> int:
        """Return the length of the crossfades at the song's first tempo and metre; it is given in beats."""
        return self.crossfade_at(0)

    def crossfade_at(self, bar: int) -> int:
        """Return the samples of a crossfade at the downbeat of a bar, counted from 0.

        Its length is given in beats. Where they change there, those of the side count on which they are
        shorter, so that each half fits into its own side.
        """
        beats = Fraction(str(self.render.crossfade_beats))
        after = self.grid.span_at(self.grid.quarters_at_bar(bar))
        index = self.grid.spans.index(after)
        sides = [after]
        if after.start == self.grid.quarters_at_bar(bar):
            sides = [after, self.grid.spans[max(0, index - 1)]]
        minutes = min(span.meter.beat_quarters / span.quarters_per_minute for span in sides)
        return round_half_up(beats * minutes * 60 * self.grid.sample_rate)

    def crossfade_into(self, visit: Visit) -> int:
        """Return the samples of the crossfade at the start of a visit."""
        return self.crossfade_at(visit.place.start_bar)

    def bounds(self, visit: Visit) -> tuple[int, int]:
        """Return the first sample of a visit and the first sample after it."""
        return self.grid.sample_at_bar(visit.place.start_bar), self.grid.sample_at_bar(visit.end_bar)

    def position_quarters(self, visit: Visit) -> Fraction:
        """Return the start of a visit in quarter notes from bar 1."""
        return self.grid.quarters_at_bar(visit.place.start_bar)

    def grid_of(self, visit: Visit) -> Grid:
        """Return the grid of a visit alone, counted from its downbeat."""
        return self.grid.part(self.position_quarters(visit), self.grid.quarters_at_bar(visit.end_bar))

    def residual_ms(self, hit: HitPoint) -> float:
        """Return by how many milliseconds the beat of a hit comes too late, by the song's samples."""
        sample = self.hit_sample(hit)
        return float(Fraction(sample, self.grid.sample_rate) - hit.seconds) * 1000.0

    def hit_sample(self, hit: HitPoint) -> int:
        """Return the sample of the beat that is brought to a hit."""
        return self.grid.sample_at(self.hit_quarters(hit))

    def hit_quarters(self, hit: HitPoint) -> Fraction:
        """Return the place of that beat, in quarters from bar 1."""
        line = self.grid.quarters_at_bar(hit.bar - 1)
        return line + (hit.beat - 1) * self.grid.span_at(line).meter.beat_quarters

    @property
    def hit_rows(self) -> list[dict[str, Any]]:
        """Return what became of each moment of a picture, as plain data; ``tempo`` is that towards it."""
        rows = []
        for hit in self.hits:
            before = self.grid.quarters_at_bar(max(0, hit.bar - 2))
            rows.append(
                {
                    "time": time_text(hit.seconds),
                    "label": hit.label,
                    "bar": hit.bar,
                    "beat": float(hit.beat),
                    "met": not hit.reason,
                    "residual_ms": round(self.residual_ms(hit), 3),
                    "tempo": round(float(self.grid.span_at(before).tempo_bpm), 3),
                    **({"reason": hit.reason} if hit.reason else {}),
                }
            )
        return rows

    def sounding_stems(self, visit: Visit) -> list[str]:
        """Return the stems that have notes in a visit, in the song's order."""
        return [stem.name for stem in self.stems if stem.name in visit.music.score.parts]

    def chord_positions(self, visit: Visit) -> list[ChordPosition]:
        """Return where each chord of a visit begins, as musicians count."""
        start = self.position_quarters(visit)
        positions = []
        for chord in visit.music.score.chords:
            bar, rest = self.grid.bar_at(start + chord.onset)
            beat = self.grid.span_at(start + chord.onset).meter.beat_quarters
            positions.append(ChordPosition(chord.symbol, bar + 1, float(rest / beat) + 1.0))
        return positions
