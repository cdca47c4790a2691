"""The words of a whole song in its form.

A sheet of words gives each visit its words. It also gives the song a form where the spec has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from structure.base.grid import Grid, Meter
from structure.lyrics.passage import Passage
from structure.lyrics.sheet import read_sheet
from structure.lyrics.syllables import split_into_syllables
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
    if not isinstance(spec.form, tuple):
        form = tuple(FormEntry(section=block.section, lyrics=block.words) for block in blocks)
        return spec.model_copy(update={"form": form, "lyrics": None})

    by_section: dict[str, list[str]] = {}
    for block in blocks:
        by_section.setdefault(block.section, []).append(block.words)
    visits: Counter[str] = Counter()
    entries = list(spec.form)
    for i, entry in enumerate(spec.form):
        name, own = entry.section, spec.sections.get(entry.section, SectionSpec())
        words = by_section.get(name) or by_section.get(name.rstrip("0123456789_-"), [])
        if entry.lyrics is None and own.lyrics is None and words:
            verse = words[min(visits[name], len(words) - 1)]
            entries[i] = entry.model_copy(update={"lyrics": verse})
        visits[name] += 1
    return spec.model_copy(update={"form": tuple(entries), "lyrics": None})


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
        lines = split_into_syllables(read_lines(words), language)
        if lines:
            meter = Meter.parse(section.meter) if section.meter else grid.meter
            own = Grid.steady(section.tempo or grid.tempo_bpm, meter)
            bars = bars_for(lines, Passage.of(own, 1, ()))
            wanted[name] = max(wanted.get(name, _BARS), -(-bars // _BARS) * _BARS)
    is_closed = bool(entries) and all(entry.section in wanted for entry in entries)
    if not wanted or (spec.length is not None and is_closed):
        return spec  # a length that is asked for needs a section that may be longer or shorter
    sections = {
        name: spec.sections.get(name, SectionSpec()).model_copy(update={"bars": bars})
        for name, bars in wanted.items()
    }
    return spec.model_copy(update={"sections": {**spec.sections, **sections}})


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
