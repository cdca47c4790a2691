"""Draw a plan before it sounds: its section graph, and below it the song on one time axis.

The time axis has the sections with their energy, the chords, the melody and what each stem plays. A
section has the same colour in all panels. The chords have a scale of their own, from the flat side of the
key over its tonic to the sharp side. Both are safe for readers of any colour vision.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from composer.pictures.graph import LINE_STYLES, graph_height_in, section_graph
from composer.pictures.page import (
    FAINT,
    INK,
    PAPER,
    Page,
    facts_of,
    fit_text,
    header,
    panel_name,
    save_picture,
    section_colours,
    section_lines,
    time_axis,
    trim_text,
)
from composer.pictures.strength import bar_strengths
from structure.base.types import PITCHLESS
from structure.harmony.keys import parse_key
from structure.notation.leadsheet import melody_stem
from structure.notation.spelling import spell_pitch
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note

_WIDTH_IN, _DPI = 12.0, 160
_TOP_IN, _GAP_IN, _FOOT_IN = 0.72, 0.1, 0.78
_STRIP_IN, _TALL_STRIP_IN, _ENERGY_IN, _CHORDS_IN, _MELODY_IN = 0.34, 0.8, 0.62, 0.3, 1.15
_LANES_IN, _LOWEST_LANE_IN, _HIGHEST_LANE_IN = 2.4, 0.3, 0.48
_LABEL_SIZES = (9.5, 8.5, 7.5, 6.8, 6.2)
_TALL_CHORDS_IN = 0.44
_MOST = 0.9
"""Share of the chords whose symbols must fit."""

_FLAT, _TONIC, _SHARP = "#7ba3d6", "#ecebe6", "#e8935f"
_FURTHEST_FIFTHS = 5


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A chord for as long as it lasts, in seconds; ``fifths`` from the tonic, sharps positive."""

    symbol: str
    start: float
    end: float
    fifths: int


@dataclass(frozen=True, slots=True)
class _Setting:
    """How chord symbols are set: their size in points, and whether upright."""

    size: float
    is_upright: bool

    def fits(self, page: Page, chord: _Stretch) -> bool:
        """Return whether a chord's symbol fits its block."""
        width = page.inches(chord.end - chord.start)
        along, across = (_TALL_CHORDS_IN, width) if self.is_upright else (width, _CHORDS_IN)
        return page.text_in(chord.symbol, self.size) <= along - 0.05 and self.size * 1.12 / 72 <= across


_SETTINGS = tuple(
    _Setting(size, is_upright) for is_upright in (False, True) for size in (9.0, 8.0, 7.0, 6.2, 5.6)
)


def write_plan_picture(path: Path, plan: SongPlan) -> None:
    """Draw a plan as a PNG, 1920 pixels wide."""
    save_picture(path, lambda: plan_page(plan))


def plan_page(plan: SongPlan) -> Page:
    """Draw the page of a plan's picture."""
    sketch = Page.of(plan, _WIDTH_IN, 4.0, _DPI)
    graph_in = graph_height_in(sketch)

    # The strip is high enough for upright labels where some section is too short for its own.
    fits = all(
        sketch.text_in(visit.place.label, _LABEL_SIZES[-2], "bold")
        <= sketch.inches(_span(sketch, visit)[1] - _span(sketch, visit)[0]) - 0.05
        for visit in plan.visits
    )
    strip_in = _STRIP_IN if fits else _TALL_STRIP_IN
    setting = _setting(sketch)
    chords_in = _TALL_CHORDS_IN if setting and setting.is_upright else _CHORDS_IN

    has_melody = any(melody_stem(plan, visit) for visit in plan.visits)
    lanes_in = len(plan.stems) * min(max(_LANES_IN / len(plan.stems), _LOWEST_LANE_IN), _HIGHEST_LANE_IN)
    melody_in = [_MELODY_IN] if has_melody else []
    heights = [graph_in, strip_in, _ENERGY_IN, chords_in, *melody_in, lanes_in]
    gaps = [_GAP_IN + 0.22, 0.0, *[_GAP_IN] * (len(heights) - 2)]

    page = Page.of(plan, _WIDTH_IN, _TOP_IN + sum(heights) + sum(gaps) + _FOOT_IN, _DPI)
    header(page, facts_of(plan))
    tops = [_TOP_IN]
    for height, gap in zip(heights, gaps, strict=True):
        tops.append(tops[-1] + height + gap)
    panels = [page.panel(top, height) for top, height in zip(tops, heights, strict=False)]
    section_graph(panels[0], page, graph_in)
    panel_name(panels[0], "Form")
    draw_sections(panels[1], page, strip_in)
    draw_energy(panels[2], page)
    draw_chords(panels[3], page)
    if has_melody:
        draw_melody(panels[4], page)
    _stems(panels[-1], page, lanes_in)
    for axes in (panels[2], *panels[4:]):
        section_lines(axes, page, alpha=0.18)
    time_axis(panels[-1], page)
    _legend(page)
    return page


def _span(page: Page, visit: Visit) -> tuple[float, float]:
    return page.seconds_at_bar(visit.place.start_bar), page.seconds_at_bar(visit.end_bar)


def draw_sections(axes: Axes, page: Page, height_in: float) -> None:
    """Draw the visits as blocks of their section's colour, with bar numbers above.

    Blocks are hatched where they vary.
    """
    panel_name(axes, "Sections")
    colours = section_colours(page.plan)
    number_end = -1.0
    for visit in page.plan.visits:
        start, end = _span(page, visit)
        block = Rectangle(
            (start, 0.0), end - start, 1.0, facecolor=colours[visit.place.name], edgecolor=PAPER
        )
        block.set_linewidth(0.8)
        axes.add_patch(block)
        if visit.sound.variation > 0.0:
            hatch = Rectangle((start, 0.0), end - start, 1.0, fill=False, hatch="////", linewidth=0.0)
            hatch.set_edgecolor((0.08, 0.09, 0.11, 0.22))
            axes.add_patch(hatch)
        label, lift = visit.place.label, visit.music.lift
        if lift:  # semitones up or down
            label += f" {'↑' if lift > 0 else '↓'}{abs(lift)}"
        fit_text(axes, page, label, (start, end), 0.5, height_in, _LABEL_SIZES, PAPER, "bold")
        number = str(visit.place.start_bar + 1)
        if page.inches(start) >= number_end:
            note = axes.annotate(
                number, (start, 1.0), (0, 2), textcoords="offset points", size=7, color=FAINT
            )
            note.set(va="bottom")
            number_end = page.inches(start) + page.text_in(number, 7) + 0.07
    bar = axes.annotate("bar", (0.0, 1.0), (-6, 2), textcoords="offset points", size=7, color=FAINT)
    bar.set(ha="right")


def draw_energy(axes: Axes, page: Page) -> None:
    """Draw how strongly each bar is played, and each visit's energy as a step, both from 0 to 1."""
    panel_name(axes, "Energy")
    axes.set_ylim(0.0, 1.05)
    axes.axhline(0.5, color=FAINT, linewidth=0.5, alpha=0.35)
    colours, strengths = section_colours(page.plan), bar_strengths(page.plan)
    for visit in page.plan.visits:
        (start, end), colour = _span(page, visit), colours[visit.place.name]
        bars = range(visit.place.start_bar, visit.end_bar)
        lines = [page.seconds_at_bar(bar) for bar in (*bars, visit.end_bar)]
        axes.stairs([strengths[bar] for bar in bars], lines, fill=True, facecolor=colour, alpha=0.45)
        axes.plot(
            [start, end], [visit.music.energy] * 2, color=colour, linewidth=1.8, solid_capstyle="butt"
        )


def _stretches(page: Page) -> Iterator[_Stretch]:
    """Yield the song's chords; a chord that is repeated at once within a section is one."""
    for visit in page.plan.visits:
        tonic = parse_key(visit.music.key).root
        joined: list[_Stretch] = []
        for chord in visit.music.score.chords:
            start, end = (page.seconds_in(visit, at) for at in (chord.onset, chord.end))
            fifths = ((chord.root - tonic) * 7 + 5) % 12 - 5
            if joined and joined[-1].symbol == chord.symbol:
                joined[-1] = _Stretch(chord.symbol, joined[-1].start, end, fifths)
            else:
                joined.append(_Stretch(chord.symbol, start, end, fifths))
        yield from joined


def _setting(page: Page) -> _Setting | None:
    """Return the largest setting in which nearly all chord symbols fit, so that they look alike.

    None where there is no such setting.
    """
    chords = list(_stretches(page))
    for setting in _SETTINGS:
        if sum(setting.fits(page, chord) for chord in chords) >= _MOST * len(chords):
            return setting
    return None


def draw_chords(axes: Axes, page: Page) -> None:
    """Draw the chords, coloured by their root's distance from the tonic in fifths."""
    panel_name(axes, "Chords")
    chosen = _setting(page)
    settings = () if chosen is None else _SETTINGS[_SETTINGS.index(chosen) :]
    for chord in _stretches(page):
        block = Rectangle(
            (chord.start, 0.0), chord.end - chord.start, 1.0, facecolor=fifths_colour(chord.fifths)
        )
        block.set(edgecolor=PAPER, linewidth=0.6 if chosen else 0.0)
        axes.add_patch(block)
        upright = [
            s for s in settings if chosen and s.is_upright == chosen.is_upright and s.fits(page, chord)
        ]
        if upright:
            label = axes.text(
                (chord.start + chord.end) / 2, 0.48, chord.symbol, size=upright[0].size, color=PAPER
            )
            rotation = 90 if upright[0].is_upright else 0
            label.set(ha="center", va="center", rotation=rotation, parse_math=False)


def fifths_colour(fifths: int) -> tuple[float, float, float]:
    """Return the colour of a chord whose root lies so many fifths above its tonic.

    It is pale on the tonic, blue on the flat side and orange on the sharp side.
    """
    share = min(1.0, abs(fifths) / _FURTHEST_FIFTHS) ** 0.7
    far = np.array(to_rgb(_SHARP if fifths > 0 else _FLAT))
    mixed = (1 - share) * np.array(to_rgb(_TONIC)) + share * far
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def draw_melody(axes: Axes, page: Page) -> None:
    """Draw the contour of the melody over lines at its octaves, and name its highest note."""
    panel_name(axes, "Melody")
    notes: list[tuple[Visit, Note]] = []  # the upper line of the stem that carries the melody
    for visit in page.plan.visits:
        name = melody_stem(page.plan, visit)
        highest: dict[object, Note] = {}
        for note in visit.music.score.parts[name].notes if name else ():
            if note.onset not in highest or note.pitch > highest[note.onset].pitch:
                highest[note.onset] = note
        notes += [(visit, note) for note in highest.values()]

    pitches = [note.pitch for _, note in notes]
    low, high = min(pitches) - 2, max(pitches) + 3
    axes.set_ylim(low, max(high, low + 14))
    octaves = [
        pitch for pitch in range(12 * (low // 12), high + 12, 12) if low <= pitch <= max(high, low + 14)
    ]
    for pitch in octaves:
        axes.axhline(pitch, color=FAINT, linewidth=0.5, alpha=0.35)
    axes.set_yticks(octaves, [f"C{pitch // 12 - 1}" for pitch in octaves])
    axes.tick_params(axis="y", length=0, labelsize=7, pad=3)
    axes.yaxis.set_label_coords(-0.034, 0.5)
    colours = section_colours(page.plan)
    for visit in page.plan.visits:
        own = [note for owner, note in notes if owner is visit]
        lines = [_stroke(page, visit, note, note.pitch) for note in own]
        joins = [[a[1], b[0]] for a, b in pairwise(lines)]
        axes.add_collection(
            LineCollection(joins, colors=colours[visit.place.name], linewidths=0.7, alpha=0.5)
        )
        axes.add_collection(
            LineCollection(lines, colors=colours[visit.place.name], linewidths=2.6, capstyle="butt")
        )
    _name_peak(axes, page, notes)


def _name_peak(axes: Axes, page: Page, notes: Sequence[tuple[Visit, Note]]) -> None:
    """Draw a ring around the melody's highest note and name it; the last one where there are several."""
    visit, note = max(reversed(notes), key=lambda pair: pair[1].pitch)
    (start, y), (end, _) = _stroke(page, visit, note, note.pitch)
    letter, octave = spell_pitch(note.pitch, parse_key(visit.music.key))
    name = letter.replace("#", "♯").replace("b", "♭") + str(octave)
    axes.plot(
        (start + end) / 2,
        y,
        "o",
        markersize=6,
        markerfacecolor="none",
        markeredgecolor=INK,
        markeredgewidth=0.9,
    )
    is_late = page.inches(end) > page.panel_in - 0.5
    label = axes.annotate(
        name, ((start + end) / 2, y), (-6 if is_late else 6, 1), textcoords="offset points"
    )
    label.set(size=7.5, color=INK, ha="right" if is_late else "left", va="bottom", parse_math=False)


def _stems(axes: Axes, page: Page, height_in: float) -> None:
    """Draw a lane for each stem: a band where it plays, and its notes in a small piano roll.

    Each piano roll has the range of its own stem.
    """
    stems = page.plan.stems
    axes.set_ylim(0.0, len(stems))
    axes.set_yticks(
        [len(stems) - i - 0.5 for i in range(len(stems))], [trim_text(page, s.name, 8, 1.0) for s in stems]
    )
    axes.tick_params(axis="y", length=0, labelsize=8, labelcolor=INK)
    colours = section_colours(page.plan)
    points = height_in / len(stems) * 72
    for index, stem in enumerate(stems):
        base = len(stems) - index - 1
        parts = [(visit, visit.music.score.parts.get(stem.name)) for visit in page.plan.visits]
        found = sorted({note.pitch for _, part in parts if part is not None for note in part.notes})

        # the height of each pitch in the lane, 0 to 1; a kit and effects have a row a sound
        low, high = (found[0], found[-1]) if found else (0, 0)
        span = max(12, high - low)
        rows = {pitch: 0.5 + (pitch - (low + high) / 2) / span for pitch in found}
        if stem.role in PITCHLESS:
            rows = {pitch: (i + 0.5) / len(found) for i, pitch in enumerate(found)}

        for visit, part in parts:
            if part is None:
                continue
            start, end = _span(page, visit)
            colour = colours[visit.place.name]
            axes.add_patch(Rectangle((start, base + 0.06), end - start, 0.88, facecolor=colour, alpha=0.2))
            lines = [
                _stroke(page, visit, note, base + 0.14 + 0.72 * rows[note.pitch]) for note in part.notes
            ]
            if stem.role == "drums":  # hits are dots about two points wide
                dot = 1.6 / 72 / page.panel_in * page.seconds
                lines = [[(start, y), (start + dot, y)] for (start, y), _ in lines]
            width = min(1.6, max(0.8, points * 0.72 / max(6, len(rows))))
            axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, capstyle="butt"))
        if index:
            axes.axhline(base + 1, color=PAPER, linewidth=1.0)


def _stroke(page: Page, visit: Visit, note: Note, y: float) -> list[tuple[float, float]]:
    """Return a note of a visit as a line, in seconds."""
    return [(page.seconds_in(visit, note.onset), y), (page.seconds_in(visit, note.end), y)]


def _legend(page: Page) -> None:
    """Write how to read the picture, with samples, at its foot."""
    axes = page.panel(page.height_in - 0.4, 0.22)
    axes.set_facecolor("none")
    axes.set_xlim(0.0, page.panel_in)
    x = 0.0
    kinds = {edge.kind for edge in page.plan.graph.transitions}
    for kind in [kind for kind in LINE_STYLES if kind in kinds]:
        (line,) = axes.plot([x, x + 0.34], [0.5, 0.5], color=INK, linewidth=1.3)
        line.set_linestyle(LINE_STYLES[kind])
        x = _legend_text(axes, page, kind, x + 0.4)
    if any(visit.sound.variation for visit in page.plan.visits):
        swatch = Rectangle((x, 0.2), 0.26, 0.6, facecolor="#77aadd", linewidth=0.0)
        hatch = Rectangle((x, 0.2), 0.26, 0.6, fill=False, hatch="////", linewidth=0.0)
        hatch.set_edgecolor((0.08, 0.09, 0.11, 0.4))
        axes.add_patch(swatch)
        axes.add_patch(hatch)
        x = _legend_text(axes, page, "varied return", x + 0.32)
    steps = range(-_FURTHEST_FIFTHS, _FURTHEST_FIFTHS + 1)
    blocks = [Rectangle((x + 0.09 * i, 0.2), 0.09, 0.6) for i in range(len(steps))]
    scale = PatchCollection(blocks, facecolors=[fifths_colour(step) for step in steps], linewidths=0.0)
    axes.add_collection(scale)
    x = _legend_text(axes, page, "chords: flat side · tonic · sharp side", x + 0.09 * len(steps) + 0.06)
    if any(visit.music.lift for visit in page.plan.visits):
        x = _legend_text(axes, page, "↑ semitones of lift", x)
    _legend_text(axes, page, "numbers on arrows: order in the song", x)


def _legend_text(axes: Axes, page: Page, text: str, x: float) -> float:
    """Write a legend at ``x`` inches, where there is room; returns where the next one may begin."""
    if x + page.text_in(text, 7.5) > page.panel_in:
        return x
    axes.text(x, 0.48, text, size=7.5, color=FAINT, va="center", parse_math=False)
    return x + page.text_in(text, 7.5) + 0.28
