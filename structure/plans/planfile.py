"""``plan.json``: a planned song as a file, and back.

Conventions
-----------
* Bars and beats count from 1: the song's first downbeat is bar 1, beat 1. ``bar`` of a chord counts in
  the song, not in its section; ``beat`` may be fractional (1.5 lies half a beat after the first).
  A beat is the metre's pulse: a dotted quarter in 6/8.
* Samples count from 0 at ``sample_rate``. Bar 1 begins at sample ``lead_in_samples``, which is always 0.
  ``end_sample`` of a section is ``start_sample`` of the next; the last section's is followed by
  ``tail_samples`` in which the song rings out. ``downbeat_samples`` holds the start of every bar, and last
  the double bar's.
* ``scores`` holds each different score once; a section's ``score`` is an index into it, so sections
  that return as they were share one. Times in it are quarter notes from the section's first downbeat, as
  exact fractions in text ("7/2"). A note is ``[onset, duration, MIDI pitch, velocity]``; a drum note's
  pitch is a General MIDI percussion key. Pitch classes count from C = 0.
* ``graph`` is the section graph: ``orders`` or other attributes of an edge say when the walk takes it.

What is derived (samples, chord positions, stems of a section) is there for other programs; reading a
file whose derived figures disagree with the rest is an error, so that a plan cannot lie about itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from fractions import Fraction
from pathlib import Path
from typing import Any

import networkx as nx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from structure.base.errors import RitornelloError
from structure.base.grid import Grid, Meter
from structure.base.jsonfile import read_json
from structure.base.names import LOCK, RESERVED, SPEC
from structure.base.types import RelativePath, Role, SectionName, StemName
from structure.plans.oldplans import brought_up
from structure.plans.plan import Fade, InitFile, SongPlan, StemPlan, Visit
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.presets.mixes import Mix
from structure.specs.spec import ExportSpec, InitSpec, MasterSpec, RenderSpec

FORMAT = 1
"""Raised when a reader of the older format could misread a file."""

CONVENTIONS = (
    "bars and beats count from 1, beats may be fractional; chord bars count in the song; "
    "samples count from 0 at the first downbeat; a section ends where the next begins; "
    "score times are quarter notes from the section's downbeat, as fractions"
)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ChordEntry(_Entry):
    """Where a chord begins."""

    symbol: str
    bar: int = Field(ge=1, description="Bar of the song, from 1.")
    beat: float = Field(ge=1, description="Beat of the bar, from 1; may be fractional.")


class SectionEntry(_Entry):
    """One visit of a section."""

    name: SectionName = Field(description="Identity of the section; a section that returns keeps it.")
    label: str = Field(description="What a musician calls this visit, such as Chorus 2.")
    visit: int = Field(ge=1, description="Which visit of this identity, from 1.")
    variation: float = Field(ge=0, le=1, description="0 returns sample by sample, 1 is another take.")
    start_bar: int = Field(ge=1, description="First bar, from 1.")
    bars: int = Field(ge=1, description="Length in bars.")
    start_sample: int = Field(ge=0, description="Sample of the first downbeat.")
    end_sample: int = Field(ge=1, description="First sample after the section.")
    key: str
    energy: float = Field(ge=0, le=1)
    lift: int = Field(description="Semitones above the section's own key.")
    chords: list[ChordEntry]
    stems: list[StemName] = Field(description="Stems that sound here, in the song's order.")
    seed: int = Field(description="Seed of the identity's latents.")
    variation_seed: int = Field(description="Seed of what this visit mixes in.")
    prompts: dict[StemName, str]
    negative_prompts: dict[StemName, str]
    morph_prompts: dict[StemName, str] = Field(default={}, description="What prompts turn into on the way.")
    init: InitSpec | None = Field(default=None, description="Audio to begin from.")
    repaint: list[tuple[int, int]] = Field(
        default=[], description="First and last bar of each range that is another take, from 1."
    )
    repaint_seed: int = 0
    timbre_variation: float = Field(default=0.0, ge=0, le=1, description="How far the sounds move.")
    lyrics: str = Field(default="", description="What is sung, a line to a line.")
    fades: dict[StemName, Fade] = Field(
        default={}, description="Stems that come in or go out over the visit."
    )
    score: int = Field(ge=0, description="Index into scores.")


class StemEntry(_Entry):
    """One stem."""

    name: StemName
    role: Role
    prompt: str
    negative_prompt: str
    gain_db: float
    pan: float = Field(ge=-1, le=1)
    reverb: float = Field(ge=0, le=1)
    delay: float = Field(ge=0, le=1, description="Share of the echo.")
    duck: float = Field(ge=0, le=1, description="How far the stem gives way to the kick.")


class GraphEntry(_Entry):
    """The section graph; nodes have a ``name``, edges a ``source`` and a ``target``, and attributes."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


class ScoreChordEntry(_Entry):
    """A chord in a section's score."""

    symbol: str
    onset: str
    duration: str
    root: int = Field(ge=0, le=11)
    bass: int = Field(ge=0, le=11)
    pitch_classes: list[int]


class PartEntry(_Entry):
    """The notes of one stem: ``[onset, duration, pitch, velocity]``."""

    role: Role
    notes: list[tuple[str, str, int, int]]


class ScoreEntry(_Entry):
    """Harmony and parts of a section."""

    bars: int = Field(ge=1)
    chords: list[ScoreChordEntry]
    parts: dict[StemName, PartEntry]


class PlanFile(_Entry):
    """The whole of plan.json."""

    format: int
    conventions: str = Field(description="How bars, beats and samples count.")
    title: str
    description: str
    genre: str
    seed: int
    tempo: float = Field(description="Beats a minute.")
    tempo_exact: str = Field(description="The same, as a fraction.")
    meter: str
    key: str
    sample_rate: int
    total_samples: int = Field(description="Length of every WAV file.")
    lead_in_samples: int = Field(description="Samples before bar 1.")
    tail_samples: int = Field(description="Samples after the last bar.")
    tail_s: float = Field(description="Seconds after the last bar.")
    total_bars: int
    sections: list[SectionEntry] = Field(min_length=1)
    stems: list[StemEntry]
    graph: GraphEntry
    render: RenderSpec
    master: MasterSpec
    export: ExportSpec
    mix: Mix
    downbeat_samples: list[int]
    scores: list[ScoreEntry]
    notes: list[str] = Field(default=[], description="What is not quite met; left out where all is.")
    init_audio: dict[RelativePath, str] = Field(
        default={}, description="SHA-256 of the audio that sections begin from, by its path in the folder."
    )

    @field_validator("init_audio")
    @classmethod
    def check_init_audio_takes_no_name_of_ours(cls, value: dict[str, str]) -> dict[str, str]:
        """Refuse audio that would lie where the song's own files do."""
        for name in value:
            if name.split("/")[0].lower() in RESERVED:
                raise ValueError(f"{name!r} is the name of a file of the song itself")
        return value


def plan_file(plan: SongPlan) -> PlanFile:
    """A plan as the model of its file."""
    scores: list[SectionScore] = []
    for visit in plan.visits:
        if visit.score not in scores:
            scores.append(visit.score)
    return PlanFile(
        format=FORMAT,
        conventions=CONVENTIONS,
        title=plan.title,
        description=plan.description,
        genre=plan.genre,
        seed=plan.seed,
        tempo=float(plan.grid.tempo_bpm),
        tempo_exact=str(plan.grid.tempo_bpm),
        meter=str(plan.meter),
        key=plan.key,
        sample_rate=plan.grid.sample_rate,
        total_samples=plan.total_samples,
        lead_in_samples=0,
        tail_samples=plan.tail_samples,
        tail_s=plan.tail_s,
        total_bars=plan.bars,
        sections=[_section(plan, visit, scores.index(visit.score)) for visit in plan.visits],
        stems=[_stem(stem) for stem in plan.stems],
        graph=_graph(plan.graph),
        render=plan.render,
        master=plan.master,
        export=plan.export,
        mix=plan.mix,
        downbeat_samples=[plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1)],
        scores=[_score(score) for score in scores],
        notes=list(plan.notes),
        init_audio={name: file.sha256 for name, file in plan.init_audio.items()},
    )


def plan_document(plan: SongPlan) -> dict[str, Any]:
    """A plan as the plain data of its file, in a stable order."""
    document = plan_file(plan).model_dump(mode="json")
    if not plan.notes:
        del document["notes"]
    return document


def read_plan(path: Path) -> SongPlan:
    """Read ``plan.json``, of an earlier version too.

    Raises RitornelloError where it is missing, damaged, of a later version, or contradicts itself.
    """
    try:
        return _checked_plan(path, brought_up(read_json(path)))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        fault = f"is not a plan: {where.removesuffix('.[key]')}: {message}"
    except (ValueError, IndexError, ZeroDivisionError, KeyError) as exc:
        fault = f"is not a plan: {exc}"
    except _UnlikeItselfError as exc:
        fault = str(exc)
    raise RitornelloError(f"{path} {fault}{_or_render_again(path)}")


class _UnlikeItselfError(Exception):
    """A plan is of another version, or contradicts itself."""


def _checked_plan(path: Path, data: Any) -> SongPlan:
    written = data.get("format", FORMAT) if isinstance(data, dict) else FORMAT
    if written != FORMAT:
        raise _UnlikeItselfError(
            f"has format {written}; this version reads format {FORMAT} and earlier ones. The version that "
            f"wrote it, which {LOCK} names, reads it"
        )
    file = PlanFile.model_validate(data)
    plan = song_plan(file, path)
    if plan_file(plan) != file:
        raise _UnlikeItselfError("was changed: its samples and chord positions disagree with its bars")
    return plan


def _or_render_again(path: Path) -> str:
    """What to do about a plan that cannot be read, where its spec is beside it."""
    spec = path.parent / SPEC
    return f"; `ritornello render {spec}` makes the song anew" if spec.is_file() else ""


def song_plan(file: PlanFile, path: Path = Path()) -> SongPlan:
    """The plan in a file, beside which its audio lies. Graph attributes come back as plain data."""
    scores = [_read_score(score) for score in file.scores]
    return SongPlan(
        title=file.title,
        description=file.description,
        genre=file.genre,
        seed=file.seed,
        key=file.key,
        grid=Grid(Fraction(file.tempo_exact), Meter.parse(file.meter), file.sample_rate),
        stems=tuple(StemPlan(**stem.model_dump()) for stem in file.stems),
        graph=_read_graph(file.graph),
        visits=tuple(_read_visit(section, scores[section.score]) for section in file.sections),
        tail_s=file.tail_s,
        render=file.render,
        master=file.master,
        export=file.export,
        mix=file.mix,
        notes=tuple(file.notes),
        init_audio={
            name: InitFile(digest, path.parent / name, f"{path}: init_audio")
            for name, digest in file.init_audio.items()
        },
    )


def chord_positions(plan: SongPlan, visit: Visit) -> list[ChordEntry]:
    """Bar and beat in the song, both from 1, where each chord of a visit begins."""
    meter = plan.meter
    entries = []
    for chord in visit.score.chords:
        bar, rest = divmod(chord.onset, meter.bar_quarters)
        beat = float(rest / meter.beat_quarters) + 1.0
        entries.append(ChordEntry(symbol=chord.symbol, bar=visit.start_bar + int(bar) + 1, beat=beat))
    return entries


def sounding_stems(plan: SongPlan, visit: Visit) -> list[str]:
    """Stems that have notes in a visit, in the song's order."""
    return [stem.name for stem in plan.stems if stem.name in visit.score.parts]


def _section(plan: SongPlan, visit: Visit, score: int) -> SectionEntry:
    start, end = plan.bounds(visit)
    return SectionEntry(
        name=visit.name,
        label=visit.label,
        visit=visit.index,
        variation=visit.variation,
        start_bar=visit.start_bar + 1,
        bars=visit.bars,
        start_sample=start,
        end_sample=end,
        key=visit.key,
        energy=visit.energy,
        lift=visit.lift,
        chords=chord_positions(plan, visit),
        stems=sounding_stems(plan, visit),
        seed=visit.seed,
        variation_seed=visit.variation_seed,
        prompts=dict(visit.prompts),
        negative_prompts=dict(visit.negative_prompts),
        morph_prompts=dict(visit.morph_prompts),
        init=visit.init,
        repaint=[(first + 1, end) for first, end in visit.repaint],
        repaint_seed=visit.repaint_seed,
        timbre_variation=visit.timbre_variation,
        lyrics=visit.lyrics,
        fades=dict(visit.fades),
        score=score,
    )


def _read_visit(entry: SectionEntry, score: SectionScore) -> Visit:
    return Visit(
        name=entry.name,
        label=entry.label,
        index=entry.visit,
        variation=entry.variation,
        seed=entry.seed,
        variation_seed=entry.variation_seed,
        start_bar=entry.start_bar - 1,
        key=entry.key,
        energy=entry.energy,
        lift=entry.lift,
        score=score,
        prompts=dict(entry.prompts),
        negative_prompts=dict(entry.negative_prompts),
        morph_prompts=dict(entry.morph_prompts),
        init=entry.init,
        repaint=tuple((first - 1, last) for first, last in entry.repaint),
        repaint_seed=entry.repaint_seed,
        timbre_variation=entry.timbre_variation,
        lyrics=entry.lyrics,
        fades=dict(entry.fades),
    )


def _stem(stem: StemPlan) -> StemEntry:
    return StemEntry(
        name=stem.name,
        role=stem.role,
        prompt=stem.prompt,
        negative_prompt=stem.negative_prompt,
        gain_db=stem.gain_db,
        pan=stem.pan,
        reverb=stem.reverb,
        delay=stem.delay,
        duck=stem.duck,
    )


def _score(score: SectionScore) -> ScoreEntry:
    return ScoreEntry(
        bars=score.bars,
        chords=[
            ScoreChordEntry(
                symbol=chord.symbol,
                onset=str(chord.onset),
                duration=str(chord.duration),
                root=chord.root,
                bass=chord.bass,
                pitch_classes=list(chord.pitch_classes),
            )
            for chord in score.chords
        ],
        parts={name: _part(part) for name, part in score.parts.items()},
    )


def _part(part: Part) -> PartEntry:
    return PartEntry(
        role=part.role,
        notes=[(str(note.onset), str(note.duration), note.pitch, note.velocity) for note in part.notes],
    )


def _read_score(entry: ScoreEntry) -> SectionScore:
    chords = tuple(
        ChordEvent(
            symbol=chord.symbol,
            onset=Fraction(chord.onset),
            duration=Fraction(chord.duration),
            root=chord.root,
            bass=chord.bass,
            pitch_classes=tuple(chord.pitch_classes),
        )
        for chord in entry.chords
    )
    return SectionScore(entry.bars, chords, {name: _read_part(part) for name, part in entry.parts.items()})


def _read_part(entry: PartEntry) -> Part:
    notes = tuple(
        Note(Fraction(onset), Fraction(duration), pitch, velocity)
        for onset, duration, pitch, velocity in entry.notes
    )
    return Part(entry.role, notes)


def _graph(graph: nx.DiGraph) -> GraphEntry:
    return GraphEntry(
        nodes=[{"name": name, **_plain(attributes)} for name, attributes in graph.nodes(data=True)],
        edges=[
            {"source": source, "target": target, **_plain(attributes)}
            for source, target, attributes in graph.edges(data=True)
        ],
    )


def _read_graph(entry: GraphEntry) -> nx.DiGraph:
    graph = nx.DiGraph()
    for node in entry.nodes:
        graph.add_node(node["name"], **{key: value for key, value in node.items() if key != "name"})
    for edge in entry.edges:
        attributes = {key: value for key, value in edge.items() if key not in ("source", "target")}
        graph.add_edge(edge["source"], edge["target"], **attributes)
    return graph


def _plain(value: Any) -> Any:
    """JSON data of a graph attribute; what JSON has no word for becomes text."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted(_plain(item) for item in value)
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return str(value)
