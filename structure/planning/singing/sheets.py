"""The words of a whole song in its form.

A sheet of words gives each visit its words. It also gives the song a form where the spec has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from structure.base.grid import Grid, Meter
from structure.lyrics.passage import Passage
from structure.lyrics.sheet import Block, read_sheet
from structure.lyrics.syllables import SungLine, sung_lines
from structure.lyrics.text import read_lines
from structure.lyrics.windows import bars_for
from structure.planning.players.stems import spec_has_words
from structure.specs.languages import guess_language
from structure.specs.spec import FormEntry, SectionSpec, SongSpec

_BARS = 4
"""Sections with words have a multiple of so many bars."""


def with_sheet(spec: SongSpec) -> SongSpec:
    """Return a spec in which the words of the song are those of its visits.

    Visits of a form that the user writes get the words of their kind in order; words of a section or a
    visit go before. Raises PlanError for a sheet without words.
    """
    if not spec.lyrics or not spec.lyrics.strip():
        return spec
    blocks = read_sheet(spec.lyrics)
    if isinstance(spec.form, tuple):
        return spec.model_copy(update={"form": tuple(_laid(spec.form, blocks, spec)), "lyrics": None})
    form = tuple(FormEntry(section=block.section, lyrics=block.words) for block in blocks)
    return spec.model_copy(update={"form": form, "lyrics": None})


def _laid(form: Sequence[FormEntry], blocks: Sequence[Block], spec: SongSpec) -> Iterator[FormEntry]:
    by_section: dict[str, list[Block]] = {}
    for block in blocks:
        by_section.setdefault(block.section, []).append(block)
    visits: Counter[str] = Counter()
    for entry in form:
        own = spec.sections.get(entry.section, SectionSpec())
        found = by_section.get(entry.section) or by_section.get(entry.section.rstrip("0123456789_-"), [])
        at = visits[entry.section]
        visits[entry.section] += 1
        if entry.lyrics is not None or own.lyrics is not None or not found:
            yield entry
        else:
            words = found[min(at, len(found) - 1)].words
            yield entry.model_copy(update={"lyrics": words})


def with_bars_for_words(spec: SongSpec, grid: Grid) -> SongSpec:
    """Return a spec in which sections with words have the bars that the words take at ease.

    Only sections whose length nobody says are changed. ``grid`` is the song's.
    """
    if not spec_has_words(spec):
        return spec
    wanted: dict[str, int] = {}
    language = song_language(spec)
    entries = spec.form if isinstance(spec.form, tuple) else ()
    for name, words in _all_words(spec):
        section = spec.sections.get(name, SectionSpec())
        has_bars = section.bars is not None or section.chords is not None or section.parts or spec.parts
        if has_bars or any(entry.bars for entry in entries if entry.section == name):
            continue
        lines = sung_lines(read_lines(words), language)
        if lines:
            wanted[name] = max(wanted.get(name, 0), _bars(lines, grid, section))
    is_closed = bool(entries) and all(entry.section in wanted for entry in entries)
    if not wanted or (spec.length is not None and is_closed):
        return spec  # a length that is asked for needs a section that may be longer or shorter
    sections = {
        name: spec.sections.get(name, SectionSpec()).model_copy(update={"bars": bars})
        for name, bars in wanted.items()
    }
    return spec.model_copy(update={"sections": {**spec.sections, **sections}})


def _bars(lines: Sequence[SungLine], grid: Grid, section: SectionSpec) -> int:
    meter = Meter.parse(section.meter) if section.meter else grid.meter
    own = Grid.steady(section.tempo or grid.tempo_bpm, meter)
    bars = bars_for(lines, Passage.of(own, 1, ()))
    return max(_BARS, -(-bars // _BARS) * _BARS)


def song_language(spec: SongSpec) -> str:
    """Return the language of a song.

    It is that of its first singer who says one, else what its words seem to be in.
    """
    said = next((stem.language for stem in spec.stems or () if stem.language), None)
    return said or guess_language("\n".join(words for _, words in _all_words(spec)))


def _all_words(spec: SongSpec) -> Iterator[tuple[str, str]]:
    """Yield the words of sections and visits, each with its section."""
    visited = {entry.section for entry in spec.form} if isinstance(spec.form, tuple) else None
    for name, section in spec.sections.items():
        if section.lyrics and section.lyrics.strip() and (visited is None or name in visited):
            yield name, section.lyrics
    for entry in spec.form if isinstance(spec.form, tuple) else ():
        if entry.lyrics and entry.lyrics.strip():
            yield entry.section, entry.lyrics
