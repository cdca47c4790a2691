"""What a hand-over consists of: which files, under which names, in which folders."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict, Unpack, get_args

from pydantic import ValidationError

from render.export.drum_parts import DRUM_PARTS, drum_hits, parts_struck
from render.export.game import GameSection, game_sections
from render.export.names import number_names, safe_name
from render.export.reaper import FILTER
from render.mixing.automation import FILTERS, REMADE, SENDS
from structure.base.errors import UsageError, did_you_mean
from structure.base.labels import display_name
from structure.base.names import EXPORT_MANIFEST, PROVENANCE
from structure.notation.sheet import can_engrave
from structure.plans.curves import Curve, Parameter, song_curves
from structure.plans.plan import SongPlan
from structure.presets.mixes import BUSES, Bus
from structure.specs.spec import ExportFormat, HandOverSpec

FORMATS: tuple[str, ...] = get_args(ExportFormat)
_WITH_STEM_FILES = {"wav", "reaper", "als", "otio", "aaf"}
_WITH_TRACKS = {*_WITH_STEM_FILES, "dawproject"}
_ENCODED = ("flac", "mp3", "ogg", "opus", "m4a")
_CLICK, _COUNT_IN = "Click", "Count-In"
WORDS = ("lrc", "srt", "ustx")
"""Formats of what is sung."""

_PART_NAMES = {"kick": "Kick", "snare": "Snare", "cymbals": "Hats and Cymbals", "percussion": "Percussion"}


class ExportOptions(TypedDict, total=False):
    """How a song is exported; None stands for what its spec says."""

    sample_rate: int | None
    bit_depth: int | None
    dry: bool | None
    stems: Sequence[str] | None
    versions: Sequence[str] | None
    headroom_db: float | None
    mono: bool | None
    drum_parts: bool | None
    sections: bool | None
    click: bool | None
    count_in: int | None
    paper: str | None


@dataclass(frozen=True)
class Layout:
    """The files of a hand-over, all as paths relative to its folder.

    ``stems`` maps stems to names such as ``01 Drums``, ``parts`` a stem of drums to its parts' names.
    ``is_remixed`` says whether stems can be mixed again, without what moves in them.
    """

    plan: SongPlan
    options: HandOverSpec
    title: str
    stems: Mapping[str, str]
    sections: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]
    is_remixed: bool = True

    @classmethod
    def of(cls, plan: SongPlan, options: HandOverSpec, *, is_remixed: bool = True) -> Layout:
        """Return the layout of a song's hand-over."""
        names = [stem.name for stem in plan.stems]
        drums = [stem.name for stem in plan.stems if stem.role == "drums"]
        parts = {stem: parts_struck(drum_hits(plan, stem)) for stem in drums}
        stems = dict(zip(names, number_names(names), strict=True))
        pieces = [f"{stems[name]} {part}" for name in drums for part in _PART_NAMES.values()]
        return cls(
            plan,
            options,
            # files of the song and of its stems lie side by side in MIDI and in a DAWproject
            safe_name(plan.title, taken=[*stems.values(), *pieces, _CLICK, _COUNT_IN, "provenance"]),
            stems,
            tuple(number_names([visit.place.label for visit in plan.visits])),
            # a stem of one part only is that part already
            {stem: found for stem, found in parts.items() if options.drum_parts and len(found) > 1},
            is_remixed,
        )

    @property
    def has_tracks(self) -> bool:
        """Return whether any format shows the stems as tracks."""
        return bool(_WITH_TRACKS & set(self.options.to))

    @property
    def needs_stems(self) -> bool:
        """Return whether the song's stems have to be there."""
        return self.has_tracks or "game" in self.options.to

    @property
    def keeps_tracks(self) -> bool:
        """Return whether the stems stay as files of their own."""
        return bool(_WITH_STEM_FILES & set(self.options.to))

    @property
    def master(self) -> str:
        """Return the path of the master as WAV."""
        return f"{self.title}.wav"

    @property
    def premaster(self) -> str:
        """Return the path of the sum of the stems as WAV."""
        return f"{self.title} Premaster.wav"

    def stem(self, name: str) -> str:
        """Return the path of a stem as it is in the mix."""
        return f"Stems/{self.stems[name]}.wav"

    def dry(self, name: str) -> str:
        """Return the path of a stem without the sound of its sends."""
        return f"Stems Dry/{self.stems[name]}.wav"

    def stem_before_moves(self, name: str) -> str:
        """Return the path of a stem as it is in the mix, but before its level, filters and sends move.

        Projects show this file, and automate them.
        """
        return f"Stems Unmoved/{self.stems[name]}.wav"

    def thrown(self, name: str) -> str:
        """Return the path of what the sends of a stem give that move, beyond what they always give."""
        return f"Stems Thrown/{self.stems[name]} (sends).wav"

    @cached_property
    def automated(self) -> Mapping[str, Sequence[Curve]]:
        """Return what moves by itself in projects, by stem; {} where none is written that holds it."""
        found: dict[str, list[Curve]] = {}
        moving = {"gain_db", *(REMADE if self.is_remixed else ())}
        if {"reaper", "dawproject"} & set(self.options.to):
            for curve in song_curves(self.plan):
                if curve.parameter in moving:
                    found.setdefault(curve.stem, []).append(curve)
        return found

    def automated_in(self, parameters: Collection[Parameter]) -> list[str]:
        """Return the stems in which some of these parameters move by themselves in projects."""
        return [
            stem
            for stem in self.stems
            if any(curve.parameter in parameters for curve in self.automated.get(stem, ()))
        ]

    def wet(self, name: str) -> str:
        """Return the path of the sound of a stem's sends."""
        return f"Stems Wet/{self.stems[name]}.wav"

    def stem_in_master(self, name: str) -> str:
        """Return the path of a stem as it is in the master."""
        return f"Stems Mastered/{self.stems[name]}.wav"

    def bus(self, bus: Bus) -> str:
        """Return the path of the stems of one bus as they are in the mix."""
        return f"Buses/{display_name(bus)}.wav"

    def version(self, version: str) -> str:
        """Return the path of a master of some of the stems."""
        return f"{self.title} ({display_name(version)}).wav"

    @property
    def headroom(self) -> str:
        """Return the path of the premaster with room above it."""
        return f"{self.title} Premaster -{self.options.headroom_db:g} dB.wav"

    @property
    def kinds(self) -> frozenset[str]:
        """Return which kinds of stems are written besides those of the mix."""
        if "wav" not in self.options.to:
            return frozenset()
        return frozenset(self.options.stems) | ({"dry"} if self.options.dry else set())

    @property
    def buses(self) -> dict[Bus, list[str]]:
        """Return the names of the stems of each bus that has any."""
        found: dict[Bus, list[str]] = {}
        for stem in self.plan.stems:
            found.setdefault(BUSES[stem.role], []).append(stem.name)
        return found

    def mono(self, name: str) -> str:
        """Return the path of a stem in one channel."""
        return f"Stems Mono/{self.stems[name]}.wav"

    def part(self, name: str, part: str) -> str:
        """Return the path of one part of a stem of drums."""
        return f"Drum Parts/{self.stems[name]} {_PART_NAMES[part]}.wav"

    def section(self, index: int, name: str) -> str:
        """Return the path of a stem in one visit, counted from 0."""
        return f"Sections/{self.sections[index]}/{self.stems[name]}.wav"

    def master_as(self, kind: str) -> str:
        """Return the path of the master as FLAC, MP3, Ogg Vorbis, Opus or AAC."""
        return f"{self.title}.{kind}"

    @cached_property
    def game_sections(self) -> tuple[GameSection, ...]:
        """Return the sections that are written for games; none where that is not asked for."""
        return game_sections(self.plan) if "game" in self.options.to else ()

    @cached_property
    def _game_names(self) -> Mapping[str, str]:
        """Return the names of folders by the labels of sections."""
        labels = [section.label for section in self.game_sections]
        return dict(zip(labels, number_names(labels), strict=True))

    def game_layer(self, section: GameSection, stem: str) -> str:
        """Return the path of a stem in a section for games."""
        return f"Game/{self._game_names[section.label]}/{self.stems[stem]}.wav"

    def game_mix(self, section: GameSection) -> str:
        """Return the path of all of a section for games."""
        return f"Game/{self._game_names[section.label]}/Mix.wav"

    @property
    def game(self) -> str:
        """Return the path of what a game engine needs to know."""
        return "Game/music.json"

    @property
    def click(self) -> str:
        """Return the path of the clicks on the beats."""
        return f"{_CLICK}.wav"

    @property
    def count_in(self) -> str:
        """Return the path of the clicks before bar 1."""
        return f"{_COUNT_IN}.wav"

    @property
    def otio(self) -> str:
        """Return the path of the timeline for film editors."""
        return f"{self.title}.otio"

    @property
    def aaf(self) -> str:
        """Return the path of the composition for film editors and Pro Tools."""
        return f"{self.title}.aaf"

    @property
    def labels(self) -> str:
        """Return the path of Audacity's label track."""
        return f"{self.title} Labels.txt"

    @property
    def reaper(self) -> str:
        """Return the path of the REAPER project."""
        return f"{self.title}.rpp"

    @property
    def reaper_filter(self) -> str:
        """Return the path of the filter that moves in a REAPER project, where REAPER looks for it."""
        return f"Effects/{FILTER}"

    @property
    def dawproject(self) -> str:
        """Return the path of the DAWproject file."""
        return f"{self.title}.dawproject"

    @property
    def live_set(self) -> str:
        """Return the path of the Ableton Live set."""
        return f"{self.title}.als"

    @property
    def midi(self) -> str:
        """Return the path of the whole score as MIDI."""
        return f"MIDI/{self.title}.mid"

    def stem_midi(self, name: str) -> str:
        """Return the path of one stem as MIDI."""
        return f"MIDI/{self.stems[name]}.mid"

    def lead_sheets(self) -> list[str]:
        """Return the paths of the lead sheet: MusicXML, and PDF where it can be engraved."""
        kinds = ("musicxml", "pdf") if can_engrave() else ("musicxml",)
        return [f"{self.title} Lead Sheet.{kind}" for kind in kinds]

    def words(self, kind: str) -> str:
        """Return the path of the words with their times as LRC or SRT, or of the voices as USTX."""
        return f"{self.title}.{kind}"

    def track_files(self) -> list[str]:
        """Return the WAV files that projects show as tracks."""
        if not self.has_tracks:
            return []
        parts = [self.part(stem, part) for stem, found in self.parts.items() for part in found]
        clicks = [self.click] if self.options.click else []
        stems = [*map(self.stem, self.stems), *map(self.stem_before_moves, self.automated)]
        stems += map(self.thrown, self.automated_in(SENDS))
        return [self.master, self.premaster, *stems, *parts, *clicks]

    def stem_folders(self) -> list[str]:
        """Return the files of the dry, wet and mastered stems that are wanted, each kind in its folder."""
        kinds = {"dry": self.dry, "wet": self.wet, "mastered": self.stem_in_master}
        return [path(name) for kind, path in kinds.items() if kind in self.kinds for name in self.stems]

    def files(self) -> list[str]:
        """Return every file that stays, in order of name."""
        return sorted({EXPORT_MANIFEST, PROVENANCE, *self._files()})

    def _files(self) -> Iterator[str]:
        wanted = set(self.options.to)
        if self.keeps_tracks:
            yield from self.track_files()
            yield self.labels
        if "wav" in wanted:
            yield from self.stem_folders()
            yield from map(self.bus, self.buses) if "buses" in self.kinds else ()
            yield from map(self.version, self.options.versions)
            yield from [self.headroom] if self.options.headroom_db else []
            if self.options.count_in:
                yield self.count_in
            if self.options.mono:
                yield from map(self.mono, self.stems)
            if self.options.sections:
                yield from (self.section(k, stem) for k in range(len(self.sections)) for stem in self.stems)
        yield from (self.master_as(kind) for kind in _ENCODED if kind in wanted)
        projects = {"reaper": self.reaper, "dawproject": self.dawproject, "als": self.live_set}
        projects |= {"otio": self.otio, "aaf": self.aaf}
        yield from (name for kind, name in projects.items() if kind in wanted)
        if "reaper" in wanted and self.automated_in(FILTERS):
            yield self.reaper_filter
        if "game" in wanted:
            yield self.game
            yield from map(self.game_mix, self.game_sections)
            yield from (
                self.game_layer(section, stem.name)
                for section in self.game_sections
                for stem in section.plan.stems
            )
        if "ableton-midi" in wanted:
            yield self.midi
            yield from map(self.stem_midi, self.stems)
        if "lead-sheet" in wanted:
            yield from self.lead_sheets()
        yield from (self.words(kind) for kind in WORDS if kind in wanted)


if set(_PART_NAMES) != set(DRUM_PARTS):
    raise RuntimeError("each part of the drums has a name for its file")


def hand_over_options(
    base: HandOverSpec, to: Sequence[str] | str | None = None, **given: Unpack[ExportOptions]
) -> HandOverSpec:
    """Return ``base`` changed by each option that is given and not None.

    Raises UsageError where a value is not allowed, where no format is named, or where dry stems or
    sections are asked for without ``wav``, which they belong to.
    """
    formats = base.to if to is None else (to,) if isinstance(to, str) else tuple(to)
    for name in formats:
        if name not in FORMATS:
            raise UsageError(
                f"no format is called {name!r}", field="to", hint=did_you_mean(str(name), FORMATS)
            )
    if not formats:
        raise UsageError("name a format to export to", field="to", hint=f"allowed: {', '.join(FORMATS)}")

    usual = base.model_dump(mode="json")
    if "wav" not in formats:
        usual |= {"dry": False, "mono": False, "stems": [], "versions": [], "headroom_db": None}
        usual |= {"sections": False, "count_in": 0}
    changes = {name: value for name, value in given.items() if value is not None}
    unknown = next((name for name in changes if name not in usual), None)
    if unknown is not None:
        raise UsageError(
            f"an export has no option {unknown!r}", field=unknown, hint=did_you_mean(unknown, usual)
        )
    values = {**usual, **changes, "to": list(dict.fromkeys(formats))}
    try:
        return HandOverSpec.model_validate_json(json.dumps(values))
    except ValidationError as exc:
        found = exc.errors()[0]
        name = ".".join(str(part) for part in found["loc"])
        said = found["msg"].removeprefix("Value error, ")
        message = f"{name}: {said[:1].lower()}{said[1:]}" if name else said
        raise UsageError(message, field=name) from exc
    except (TypeError, ValueError) as exc:  # what JSON cannot hold
        raise UsageError(f"an option of the export is of the wrong kind: {exc}") from exc
