"""Draw piano rolls of songs. ``python -m tests.benchmarks.arrangement_picture docs/arranging.png``

Each song has a panel: a row for each stem, its notes by pitch, a column for each section with its name and
its bars. ``--songs`` names others than the six that the docs show, each as STYLE:SEED.
"""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from composer.pictures.page import FAINT, INK, PANEL, PAPER, ROLE_COLOURS
from tests.benchmarks.arrangement import PlayedNote, Section, Song, plan_json, style_song

SHOWN = ("pop:0", "rock:0", "house:1", "ambient:1", "country:0", "folk:0")
"""The songs that the docs show."""

_COLUMNS, _WIDTH_IN, _HEIGHT_IN = 2, 8.0, 3.2

_HEIGHT = 0.07
"""Height of a note, as a share of its row."""


def drawn(songs: Sequence[tuple[str, Song]]) -> Figure:
    """Return a picture of songs, each with its title."""
    rows = -(-len(songs) // _COLUMNS)
    size = (_COLUMNS * _WIDTH_IN, rows * _HEIGHT_IN)
    figure = Figure(figsize=size, dpi=90, facecolor=PAPER, layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    for axes in grid.flat[len(songs) :]:
        axes.set_visible(False)
    for axes, (title, song) in zip(grid.flat, songs, strict=False):
        _draw(axes, title, song)
    return figure


def _draw(axes: Axes, title: str, song: Song) -> None:
    """Draw a song, a bar one unit wide and a stem one unit high, the first stem on top."""
    axes.set_facecolor(PANEL)
    axes.set_title(title, color=INK, fontsize=11, loc="left", pad=18)
    axes.set_xlim(0, song.total)
    axes.set_ylim(0, len(song.stems))
    axes.set_xticks([])
    axes.set_yticks([len(song.stems) - n - 0.5 for n in range(len(song.stems))], list(song.stems))
    axes.tick_params(colors=FAINT, labelsize=8, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for n, (name, role) in enumerate(song.stems.items()):
        bottom = len(song.stems) - n - 1
        axes.axhline(bottom, color=PAPER, linewidth=2)
        axes.add_collection(_notes(song, song.notes[name], bottom, ROLE_COLOURS[role]))
    for number, section in enumerate(song.sections):
        _name(axes, section, len(song.stems), is_raised=number % 2 == 1)


def _name(axes: Axes, section: Section, top: int, *, is_raised: bool) -> None:
    axes.axvline(section.start, color=FAINT, linewidth=0.8)
    text = f"{section.kind} {section.end - section.start}"
    place = (section.start, top)
    axes.annotate(
        text, place, (1, 10 if is_raised else 2), color=FAINT, fontsize=7, textcoords="offset points"
    )


def _notes(song: Song, notes: Sequence[PlayedNote], bottom: int, colour: str) -> PolyCollection:
    """The notes of a stem, the lowest at the bottom of its row."""
    low = min((note.pitch for note in notes), default=0)
    span = max(12, max((note.pitch for note in notes), default=0) - low)
    boxes = []
    for note in notes:
        start, end = _bar_at(song, note.onset), _bar_at(song, note.end)
        y = bottom + 0.06 + (0.88 - _HEIGHT) * (note.pitch - low) / span
        end = max(end, start + 0.12)
        boxes.append(((start, y), (start, y + _HEIGHT), (end, y + _HEIGHT), (end, y)))
    return PolyCollection(boxes, facecolors=colour, linewidths=0)


def _bar_at(song: Song, at: Fraction) -> float:
    """A place in bars from the start of the song, at most its end; metres may change."""
    bar = min(max(0, bisect_right(song.lines, at) - 1), song.total - 1)
    start, end = song.lines[bar], song.lines[bar + 1]
    return bar + min(1.0, float((at - start) / (end - start)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--songs", nargs="+", default=SHOWN, metavar="STYLE:SEED")
    options = parser.parse_args(arguments)
    named = [song.split(":") for song in options.songs]
    songs = [(f"{style}, seed {seed}", plan_json(style_song(style, int(seed)))) for style, seed in named]
    drawn(songs).savefig(options.picture, facecolor=PAPER, metadata={"Software": None})


if __name__ == "__main__":
    main(sys.argv[1:])
