"""What happens inside sections? ``python -m tests.benchmarks.arrangement [--seeds 3] [--json FILE]``

Reads what ``ritornello plan --json`` writes, and nothing else. Only the stems that play count: no effects,
voices or recordings. A bar of a stem is silent where none of its notes is struck in it and none is held
into it; an entry, an exit or a rest is a silence of at least a whole bar.

Four sets of songs are planned: each style with some seeds; the sentences of ``SMALL`` for one to four
players; those of ``BUILDS``; and each of ``SENTENCES`` with many seeds, for its sets of stems. ``--only``
takes some of the measures, ``--styles`` some of the styles, ``--jobs`` plans several songs at once.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document
from structure.presets.programs import guess_program
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec

ROLES = ("drums", "bass", "chords", "pad", "arpeggio", "lead")
"""Roles of the stems that play; ``effects``, ``vocals``, ``backing`` and ``audio`` do not count."""

MANY = 5
"""Playing stems from which on a song is judged by who comes and goes, not by its texture."""

SMALL = (
    "solo piano, a quiet evening",
    "solo classical guitar",
    "a jazz trio of piano, upright bass and drums",
    "folk duo for acoustic guitar and flute",
    "a string quartet in D minor",
    "country trio of acoustic guitar, fiddle and upright bass",
    "rock trio with electric guitar, bass and drums",
    "blues for electric guitar and harmonica",
    "a waltz for accordion and violin",
    "lo-fi beat with electric piano and drums only",
)
"""Songs of one to four players, with every style's that has no more."""

BUILDS = (
    "a house track with a build before each drop",
    "techno, 4 minutes, builds and drops",
    "drum and bass with a long build into the drop",
    "pop song with a build before the last chorus",
    "synthwave that builds into the chorus",
)
"""Songs with builds, beside those of the styles that have them of their own accord."""

SENTENCES = (
    "an upbeat pop song about summer",
    "a rock song about the road",
    "melancholic jazz at midnight",
)
"""Sentences whose sets of stems are counted over many seeds; none names an instrument."""

GROWS = (
    "ballad",
    "blues",
    "country",
    "folk",
    "funk",
    "metal",
    "pop",
    "reggae",
    "rock",
    "soul",
    "synthwave",
)
"""Styles whose last refrain is usually the largest. Loops, dances and the forms of jazz and of the
classics end as they began, or thin out."""

REFRAINS = ("chorus", "hook", "drop", "head")

_EARLY = Fraction(1, 40)
"""Quarters by which players may be early: a note that begins so near to a bar line begins there."""

_RINGS = Fraction(1, 4)
"""Quarters of a bar for which a held note sounds in it at least."""

_NEAR = 4
"""Bars on each side of a boundary that are compared with each other."""

_SAME_FIGURE = Fraction(2, 3)
"""Share of two figures' strokes that they have in common from which on they are the same."""

_DENSER, _HIGHER = 1.25, 3.0
"""By how much density (times) and register (semitones) of two textures differ."""

_LAST_DENSER, _LAST_HIGHER, _LAST_FULLER = 1.1, 2.0, 0.75
"""By how much a larger refrain differs: density (times), register (semitones), voices at a time."""


@dataclass(frozen=True)
class PlayedNote:
    """One note. ``onset`` and ``end`` are quarters from the first downbeat of the song."""

    onset: Fraction
    end: Fraction
    pitch: int
    velocity: int


@dataclass(frozen=True)
class Section:
    """One visit: bars from ``start`` to ``end``, counted in the song from 0; ``events`` as in the file."""

    kind: str
    name: str
    start: int
    end: int
    lift: int
    chords: tuple[tuple[int, ...], ...]
    events: tuple[Mapping[str, Any], ...]

    @property
    def bars(self) -> range:
        """Return its bars."""
        return range(self.start, self.end)


@dataclass(frozen=True)
class Song:
    """What a plan's file says. ``stems`` has the roles of the playing stems, ``notes`` their notes,
    ``lines`` where each bar begins, in quarters, and at last where the song ends."""

    style: str
    stems: Mapping[str, str]
    prompts: Mapping[str, str]
    sections: tuple[Section, ...]
    lines: tuple[Fraction, ...]
    notes: Mapping[str, tuple[PlayedNote, ...]]

    @property
    def total(self) -> int:
        """Return the number of bars."""
        return len(self.lines) - 1

    @cached_property
    def sounding(self) -> dict[str, list[bool]]:
        """Return for each stem whether it sounds in each bar."""
        return {name: _sounding(notes, self.lines) for name, notes in self.notes.items()}

    @cached_property
    def struck(self) -> dict[str, list[list[tuple[Fraction, PlayedNote]]]]:
        """Return for each stem the notes that begin in each bar, with their places in it."""
        return {name: _struck(notes, self.lines) for name, notes in self.notes.items()}

    def accompanying(self) -> list[str]:
        """Return the stems that do not have the melody."""
        return [name for name, role in self.stems.items() if role != "lead"]


# Reading the file


def read_song(document: Mapping[str, Any]) -> Song:
    """Return what the JSON of ``ritornello plan --json`` says."""
    plan = document["plan"]
    stems = {stem["name"]: stem["role"] for stem in plan["stems"] if stem["role"] in ROLES}
    lines = _bar_lines(plan["grid"]["spans"], document["total_bars"])
    kinds = {node["name"]: node["kind"] for node in plan["graph"]["sections"]}
    notes: dict[str, list[PlayedNote]] = {name: [] for name in stems}
    sections = []
    for visit in plan["visits"]:
        score, start = plan["scores"][visit["music"]["score"]], visit["place"]["start_bar"]
        for name, part in score["parts"].items():
            if name in notes:
                notes[name] += (_note(row, lines[start]) for row in part["notes"])
        sections.append(_section(visit, score, kinds))
    return Song(
        style=plan["genre"],
        stems=stems,
        prompts={stem["name"]: stem["prompt"] for stem in plan["stems"]},
        sections=tuple(sections),
        lines=lines,
        notes={name: tuple(sorted(own, key=lambda note: note.onset)) for name, own in notes.items()},
    )


def _section(visit: Mapping[str, Any], score: Mapping[str, Any], kinds: Mapping[str, str]) -> Section:
    music, place = visit["music"], visit["place"]
    lift = music["lift"]
    chords = (tuple((pitch - lift) % 12 for pitch in chord["pitch_classes"]) for chord in score["chords"])
    return Section(
        kind=kinds[place["name"]],
        name=place["name"],
        start=place["start_bar"],
        end=place["start_bar"] + score["bars"],
        lift=lift,
        chords=tuple(chords),
        events=tuple(music.get("events", ())),
    )


def _note(row: Sequence[Any], start: Fraction) -> PlayedNote:
    onset = start + Fraction(row[0])
    return PlayedNote(onset, onset + Fraction(row[1]), row[2], row[3])


def _bar_lines(spans: Sequence[Mapping[str, str]], bars: int) -> tuple[Fraction, ...]:
    """Where bars begin; a span of another metre begins on a bar line."""
    lines, at = [], Fraction(0)
    starts = [Fraction(span["start"]) for span in spans]
    for _ in range(bars + 1):
        lines.append(at)
        number = max(i for i, start in enumerate(starts) if start <= at)
        top, bottom = spans[number]["meter"].split("/")
        at += Fraction(4 * int(top), int(bottom))
    return tuple(lines)


def _sounding(notes: Sequence[PlayedNote], lines: Sequence[Fraction]) -> list[bool]:
    found = [False] * (len(lines) - 1)
    bar = 0
    for note in notes:
        while bar + 1 < len(found) and lines[bar + 1] <= note.onset + _EARLY:
            bar += 1
        found[bar] = True
        held = bar + 1
        while held < len(found) and lines[held] <= note.end - _RINGS:
            found[held] = True
            held += 1
    return found


def _struck(
    notes: Sequence[PlayedNote], lines: Sequence[Fraction]
) -> list[list[tuple[Fraction, PlayedNote]]]:
    found: list[list[tuple[Fraction, PlayedNote]]] = [[] for _ in lines[1:]]
    bar = 0
    for note in notes:
        while bar + 1 < len(found) and lines[bar + 1] <= note.onset + _EARLY:
            bar += 1
        found[bar].append((note.onset - lines[bar], note))
    return found


# Entries, exits and rests


def comes_and_goes(song: Song) -> tuple[int, int]:
    """Count the accompanying part-sections, and those in which a part is silent for a bar at least.

    A part-section is one visit of one stem that has notes in it.
    """
    parts = living = 0
    for section in song.sections:
        for name in song.accompanying():
            own = song.sounding[name][section.start : section.end]
            parts += any(own)
            living += any(own) and not all(own)
    return living, parts


def all_together(song: Song) -> float:
    """Return the share of the bars in which all playing stems of the song sound."""
    return sum(all(bars) for bars in zip(*song.sounding.values(), strict=True)) / song.total


# Boundaries


def moves(song: Song, line: int) -> bool:
    """Tell whether within a bar of a boundary a stem enters or leaves, or one that accompanies changes its
    figure."""
    return _somebody_turns(song, line) or _figures_change(song, line)


def _somebody_turns(song: Song, line: int) -> bool:
    bars = [bar for bar in (line - 1, line, line + 1) if 0 < bar < song.total]
    return any(own[bar - 1] != own[bar] for own in song.sounding.values() for bar in bars)


def figure(song: Song, name: str, bars: Iterable[int]) -> frozenset[tuple[Fraction, int]]:
    """Return what a stem plays again and again: its strokes that come in half of some bars at least.

    A stroke is a place in the bar, to a sixteenth; for drums with its key, for others without its pitch,
    since chords move while a figure goes on. Bars in which the stem strikes nothing do not count.
    """
    counts: dict[tuple[Fraction, int], int] = defaultdict(int)
    struck = [song.struck[name][bar] for bar in bars if song.struck[name][bar]]
    is_kit = song.stems[name] == "drums"
    for bar in struck:
        for stroke in {(Fraction(round(at * 4), 4), note.pitch if is_kit else 0) for at, note in bar}:
            counts[stroke] += 1
    return frozenset(stroke for stroke, count in counts.items() if 2 * count >= len(struck))


def sides(song: Song, line: int) -> tuple[range, range]:
    """Return the bars before and after a boundary that are compared: up to four, in the sections that meet.

    The last bar before it is left out where there are more, since fills and pick-ups are no figure.
    """
    before = next(section for section in song.sections if section.end == line)
    after = next(section for section in song.sections if section.start == line)
    last = line - 1 if before.end - before.start > 1 else line
    return range(max(before.start, last - _NEAR), last), range(line, min(after.end, line + _NEAR))


def _figures_change(song: Song, line: int) -> bool:
    """Whether a stem that accompanies on both sides plays another figure: less than two thirds of the
    strokes of both are the same."""
    before, after = sides(song, line)
    for name in song.accompanying():
        old, new = figure(song, name, before), figure(song, name, after)
        if old and new and len(old & new) < _SAME_FIGURE * len(old | new):
            return True
    return False


def texture_changes(song: Song, line: int) -> bool:
    """Tell whether the texture changes at a boundary, by the bars of :func:`sides`: the strokes a bar by a
    quarter, the mean pitch by three semitones, or an accompanying figure."""
    before, after = (_texture(song, bars) for bars in sides(song, line))
    denser = max(before[0], after[0]) >= _DENSER * min(before[0], after[0])
    return denser or abs(before[1] - after[1]) >= _HIGHER or _figures_change(song, line)


def _texture(song: Song, bars: Sequence[int]) -> tuple[float, float]:
    """Strokes a bar, those of a chord counted once, and the mean pitch of what is pitched."""
    strokes, pitches = 0, []
    for name, role in song.stems.items():
        for bar in bars:
            strokes += len({round(at * 4) for at, _ in song.struck[name][bar]})
            pitches += [note.pitch for _, note in song.struck[name][bar] if role != "drums"]
    return strokes / len(bars), statistics.fmean(pitches) if pitches else 0.0


# Last refrains, builds, lengths, stems


def last_is_larger(song: Song) -> bool | None:
    """Tell whether the last refrain has two of: more stems; a tenth more strokes a bar; two semitones more
    of register; a new voice or harmony. None where no kind of refrain comes twice.

    A new voice: the stems that both have sound three quarters of a pitch more at once, on average. A new
    harmony: other chords, seen from the key of the visit, or a key of its own.
    """
    refrains = next(
        (same for kind in REFRAINS if len(same := [s for s in song.sections if s.kind == kind]) > 1), None
    )
    if refrains is None:
        return None
    first, last = refrains[0], refrains[-1]
    old, new = _players(song, first), _players(song, last)
    both = old & new
    strokes, pitch = _texture(song, first.bars)
    last_strokes, last_pitch = _texture(song, last.bars)
    thicker = _voices(song, both, last) - _voices(song, both, first) >= _LAST_FULLER
    signs = (
        len(new) > len(old),
        last_strokes >= _LAST_DENSER * strokes,
        last_pitch - pitch >= _LAST_HIGHER,
        thicker or first.lift != last.lift or set(first.chords) != set(last.chords),
    )
    return sum(signs) >= 2


def _players(song: Song, section: Section) -> set[str]:
    return {name for name, own in song.sounding.items() if any(own[section.start : section.end])}


def _voices(song: Song, names: Iterable[str], section: Section) -> float:
    """Pitches that sound at once on average, of the pitched stems among some."""
    start, end = song.lines[section.start], song.lines[section.end]
    held = Fraction(0)
    for name in names:
        if song.stems[name] != "drums":
            for note in song.notes[name]:
                held += max(Fraction(0), min(note.end, end) - max(note.onset, start))
    return float(held / (end - start))


def builds(song: Song) -> list[tuple[float, float]]:
    """Return for each build its drum hits, and their mean velocity, in its last quarter against its first.

    Builds are the sections of that kind and the events of that name. No hit counts as one hit of velocity
    1; a build without any drums is left out.
    """
    found = []
    for section in song.sections:
        for start, end in _build_bars(section):
            ratio = _rise(song, song.lines[start], song.lines[end])
            if ratio is not None:
                found.append(ratio)
    return found


def _build_bars(section: Section) -> Iterator[tuple[int, int]]:
    if section.kind == "build":
        yield section.start, section.end
        return
    for event in section.events:
        if event["do"] == "build":
            start = section.start + event["bar"] - 1
            yield start, min(section.end, start + (event.get("bars") or section.end))


def _rise(song: Song, start: Fraction, end: Fraction) -> tuple[float, float] | None:
    quarter = (end - start) / 4
    hits: list[list[int]] = [[], []]
    for name, role in song.stems.items():
        for note in song.notes[name] if role == "drums" else ():
            at = note.onset + _EARLY
            if start <= at < start + quarter:
                hits[0].append(note.velocity)
            elif end - quarter <= at < end:
                hits[1].append(note.velocity)
    if not any(hits):
        return None
    first, last = (statistics.fmean(own) if own else 1.0 for own in hits)
    return max(1, len(hits[1])) / max(1, len(hits[0])), last / first


def spread_of_lengths(song: Song) -> list[float]:
    """Return the standard deviation of the bars of each kind of section that comes twice or more."""
    lengths: dict[str, list[int]] = defaultdict(list)
    for section in song.sections:
        lengths[section.kind].append(section.end - section.start)
    return [statistics.pstdev(own) for own in lengths.values() if len(own) > 1]


def families(song: Song) -> frozenset[tuple[str, int]]:
    """Return the set of stems: for each its role and the family of its instrument, the eight General MIDI
    programs of a kind."""
    return frozenset(
        (role, 0 if role == "drums" else guess_program(song.prompts[name], role) // 8)  # type: ignore[arg-type]
        for name, role in song.stems.items()
    )


# Planning and summing up


def plan_json(spec: SongSpec) -> Song:
    """Plan a song as the command line does, and read what it writes."""
    return read_song(json.loads(json.dumps(plan_document(plan_song(spec)))))


def style_song(style: str, seed: int) -> SongSpec:
    """Return the song of a style and a seed."""
    return SongSpec(description=f"a {style} song", genre=style, seed=seed)


def planned(specs: Sequence[SongSpec], jobs: int) -> list[Song]:
    """Return songs in order, planned one by one or several at once."""
    if jobs == 1:
        return [plan_json(spec) for spec in specs]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(plan_json, specs))


Figures = dict[str, Any]


def of_styles(songs: Sequence[Song]) -> Figures:
    """Return all that is measured of songs of the styles."""
    large = [song for song in songs if len(song.stems) >= MANY]
    living, parts = map(sum, zip(*map(comes_and_goes, songs), strict=True))
    by_style = _by_style(large, lambda own: statistics.fmean(map(all_together, own)))
    lines = [(song, section.start) for song in large for section in song.sections[1:]]
    judged = [last_is_larger(song) for song in songs if song.style in GROWS]
    spreads = [spread for song in songs for spread in spread_of_lengths(song)]
    return {
        "part-sections with an entry, exit or rest": living / parts,
        "the same by style": _by_style(songs, _living_share),
        "bars on which all play": statistics.fmean(by_style.values()) if by_style else 0.0,
        "bars on which all play, by style": by_style,
        "boundaries that move": _share(moves(song, line) for song, line in lines),
        "boundaries where a stem turns": _share(_somebody_turns(song, line) for song, line in lines),
        "last refrain larger": _share(larger for larger in judged if larger is not None),
        "spread of lengths (bars)": statistics.fmean(spreads) if spreads else 0.0,
    }


def _living_share(songs: Sequence[Song]) -> float:
    living, parts = map(sum, zip(*map(comes_and_goes, songs), strict=True))
    return living / parts


def _by_style(songs: Sequence[Song], measure: Callable[[list[Song]], float]) -> dict[str, float]:
    found: dict[str, list[Song]] = defaultdict(list)
    for song in songs:
        found[song.style].append(song)
    return {style: measure(found[style]) for style in sorted(found)}


def _share(marks: Iterable[bool]) -> float:
    found = list(marks)
    return sum(found) / len(found) if found else 0.0


def of_small(songs: Sequence[Song]) -> Figures:
    """Return what is measured of songs of one to four players."""
    lines = [(song, section.start) for song in songs for section in song.sections[1:]]
    return {
        "small songs": len(songs),
        "boundaries with another texture": _share(texture_changes(song, line) for song, line in lines),
    }


def of_builds(songs: Sequence[Song]) -> Figures:
    """Return what is measured of builds."""
    rises = [rise for song in songs for rise in builds(song)]
    hits, force = zip(*rises, strict=True) if rises else ((0.0,), (0.0,))
    return {
        "builds": len(rises),
        "hits, last quarter against first (median)": statistics.median(hits),
        "builds of twice the hits": _share(hit >= 2 for hit in hits),
        "velocity, last quarter against first (median)": statistics.median(force),
        "builds that rise in velocity": _share(rise > 1.02 for rise in force),
    }


def of_sentences(sets: Mapping[str, Sequence[Song]]) -> Figures:
    """Return how many sets of stems each sentence gives."""
    return {text: len({families(song) for song in songs}) for text, songs in sets.items()}


MEASURES = ("styles", "small", "builds", "stems")


def measured(options: argparse.Namespace) -> Figures:
    """Plan the songs and return all figures that are asked for."""
    only, jobs = options.only or MEASURES, options.jobs
    styles = options.styles or list(style_names())
    found: Figures = {}
    songs: list[Song] = []
    if {"styles", "small", "builds"} & set(only):
        songs = planned(
            [style_song(style, seed) for style in styles for seed in range(options.seeds)], jobs
        )
    if "styles" in only:
        found["styles"] = of_styles(songs)
    if "small" in only:
        specs = [SongSpec(description=text, seed=seed) for text in SMALL for seed in range(options.seeds)]
        found["small"] = of_small([s for s in (*songs, *planned(specs, jobs)) if len(s.stems) < MANY])
    if "builds" in only:
        specs = [SongSpec(description=text, seed=seed) for text in BUILDS for seed in range(options.seeds)]
        found["builds"] = of_builds([*songs, *planned(specs, jobs)])
    if "stems" in only:
        many = range(options.many)
        found["sets of stems"] = of_sentences(
            {t: planned([SongSpec(description=t, seed=seed) for seed in many], jobs) for t in SENTENCES}
        )
    return found


def print_table(figures: Mapping[str, Figures]) -> None:
    """Print figures, those of styles one a line."""
    for title, own in figures.items():
        print(title)
        for name, value in own.items():
            if isinstance(value, Mapping):
                print(f"  {name}")
                for style, share in value.items():
                    print(f"    {style:22s} {share:8.3f}")
            else:
                print(f"  {name:52s} {value:8{'.3f' if isinstance(value, float) else 'd'}}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures, and write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="songs of each style and sentence")
    parser.add_argument("--many", type=int, default=30, help="songs of a sentence whose stems are counted")
    parser.add_argument("--styles", nargs="+", choices=style_names())
    parser.add_argument("--only", nargs="+", choices=MEASURES)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    figures = measured(options)
    print_table(figures)
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
