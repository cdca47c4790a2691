"""The panels that a song's pictures are made of, on one time axis in seconds.

A :class:`Page` knows how wide a second is on paper, so that a label is set in the largest size that fits
its block, upright where it is narrow, and left out where nothing fits: labels never overlap.
"""

from __future__ import annotations

import colorsys
import io
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle

from composer.base.words import clock, meter_text, tempo_text
from composer.pictures.spectrum import envelope, log_spectrogram
from render.audio.levels import SILENCE_DB, db_from_gain
from render.audio.types import Audio
from structure.base.files import write_atomically
from structure.base.labels import kind_of
from structure.plans.plan import SongPlan, Visit

PAPER, PANEL, INK, FAINT = "#14161c", "#1c1f27", "#e9e7e2", "#8b8f9a"
"""Colours of the ground, a panel's ground, the text and what stands back."""

SECTION_COLOURS = (
    "#77aadd", "#ee8866", "#eedd88", "#44bb99", "#ffaabb", "#99ddff", "#bbcc33", "#dddddd", "#aaaa00",
)  # fmt: skip
"""Paul Tol's light scheme (SRON technical note 3.2, 2021), which readers with any colour vision can tell
apart, and on which dark letters can be read."""

_USUAL_COLOURS = {
    "intro": "#dddddd",
    "verse": "#77aadd",
    "head": "#77aadd",
    "prechorus": "#eedd88",
    "build": "#eedd88",
    "chorus": "#ee8866",
    "drop": "#ee8866",
    "bridge": "#44bb99",
    "solo": "#ffaabb",
    "outro": "#dddddd",
    "coda": "#dddddd",
}
"""Colours that a kind of section has in every song, where it comes first to it."""

ROLE_COLOURS = {
    "drums": "#eedd88",
    "bass": "#ee8866",
    "chords": "#77aadd",
    "pad": "#ffaabb",
    "arpeggio": "#44bb99",
    "lead": "#bbcc33",
    "effects": "#99ddff",
    "vocals": "#ee99cc",
    "backing": "#ddbbee",
    "audio": "#d8b07a",
}

_LEFT_IN, _RIGHT_IN = 1.15, 0.35
_MARGIN_IN = 0.05
_TIMELINE_TOP = 1.12
_LOWEST_HZ, _HIGHEST_HZ = 30.0, 16_000.0
_FREQUENCY_TICKS = {
    50: "50",
    100: "100",
    200: "200",
    500: "500",
    1000: "1k",
    2000: "2k",
    5000: "5k",
    10_000: "10k",
}
_SPECTRUM_RANGE_DB = 72.0
_LANE_RANGE_DB = 48.0
_TIME_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300)


@dataclass(frozen=True)
class Page:
    """A figure whose panels lie below each other on the song's time axis; measures in inches.

    ``lasts_s`` is the length of the axis where it is not that of the song.
    """

    figure: Figure
    canvas: FigureCanvasAgg
    plan: SongPlan
    width_in: float
    height_in: float
    lasts_s: float | None = None
    _widths: dict[tuple[str, float, str], float] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: SongPlan, width_in: float, height_in: float, dpi: int = 120) -> Page:
        """Return an empty page for a plan."""
        figure = Figure(figsize=(width_in, height_in), dpi=dpi, facecolor=PAPER)
        return cls(figure, FigureCanvasAgg(figure), plan, width_in, height_in)

    @cached_property
    def seconds(self) -> float:
        """Length of the time axis: ``lasts_s``, else that of the song with its tail."""
        own = self.plan.total_samples / self.plan.grid.sample_rate
        return own if self.lasts_s is None else self.lasts_s

    @property
    def panel_in(self) -> float:
        """Width of a panel."""
        return self.width_in - _LEFT_IN - _RIGHT_IN

    def panel(self, top_in: float, height_in: float) -> Axes:
        """Add a panel ``top_in`` inches below the page's top, without ticks."""
        bottom = self.height_in - top_in - height_in
        rect = (
            _LEFT_IN / self.width_in,
            bottom / self.height_in,
            self.panel_in / self.width_in,
            height_in / self.height_in,
        )
        axes = self.figure.add_axes(rect, facecolor=PANEL)
        axes.set_xlim(0.0, self.seconds)
        axes.set_ylim(0.0, 1.0)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.tick_params(colors=FAINT, labelsize=8, length=3)
        for spine in axes.spines.values():
            spine.set_visible(False)
        return axes

    def inches(self, seconds: float) -> float:
        """Return how wide a time is on paper."""
        return seconds / self.seconds * self.panel_in

    def text_in(self, text: str, size: float, weight: str = "normal") -> float:
        """Return the width of a text in points ``size``."""
        known = self._widths.get((text, size, weight))
        if known is not None:
            return known
        font = FontProperties(size=size, weight=weight)
        renderer: Any = self.canvas.get_renderer()  # type: ignore[no-untyped-call]
        width, _, _ = renderer.get_text_width_height_descent(text, font, ismath=False)
        self._widths[text, size, weight] = float(width) / self.figure.dpi
        return self._widths[text, size, weight]

    def seconds_at_bar(self, bar: int) -> float:
        """Return the time of the downbeat ``bar`` bars after the start."""
        return self.plan.grid.seconds_at(self.plan.grid.quarters_at_bar(bar))

    def seconds_in(self, visit: Visit, quarters: Fraction) -> float:
        """Return the time of a place in a visit, in quarters from its downbeat, exact enough to draw."""
        if self.plan.grid.is_steady:
            return self.seconds_at_bar(visit.place.start_bar) + float(quarters) * self._quarter_s
        return self.plan.grid.seconds_at(self.plan.position_quarters(visit) + quarters)

    @cached_property
    def _quarter_s(self) -> float:
        """Seconds in a quarter note of a song of one tempo, for thousands of notes."""
        return self.plan.grid.seconds_at(1)


def facts_of(plan: SongPlan) -> str:
    """Return style, tempo, key, metre and length in one line."""
    seconds = plan.total_samples / plan.grid.sample_rate
    facts = (plan.genre, tempo_text(plan), plan.key, meter_text(plan), f"{plan.bars} bars", clock(seconds))
    return "  ·  ".join(facts)


_DRAWING = threading.Lock()
"""Matplotlib's settings, and the filters of warnings, are the whole process's."""


def save_picture(path: Path, draw: Callable[[], Page]) -> None:
    """Save what ``draw`` makes as a PNG, under matplotlib's own defaults.

    The same page gives the same bytes: the user's settings are left aside, and the file carries no date and
    no version.
    """
    buffer = io.BytesIO()
    with _DRAWING, mpl.rc_context(), warnings.catch_warnings():
        # A title may hold letters that the built-in font lacks; they show as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        mpl.rcdefaults()
        page = draw()
        page.figure.savefig(
            buffer, format="png", facecolor=page.figure.get_facecolor(), metadata={"Software": None}
        )
    write_atomically(path, buffer.getvalue())


def header(page: Page, facts: str) -> None:
    """Write the song's title on the left, and what is known about it in one line on the right."""
    facts_in = page.text_in(facts, 11)
    room = page.panel_in - facts_in - 0.4
    fitting = (s for s in (20.0, 17.0, 14.0, 12.0) if page.text_in(page.plan.title, s, "bold") <= room)
    size = next(fitting, 12.0)
    title = trim_text(page, page.plan.title, size, room, "bold")
    y = 1.0 - 0.42 / page.height_in
    left, right = _LEFT_IN / page.width_in, 1.0 - _RIGHT_IN / page.width_in
    page.figure.text(left, y, title, size=size, weight="bold", color=INK, va="center", parse_math=False)
    page.figure.text(right, y, facts, size=11, color=FAINT, va="center", ha="right", parse_math=False)


def footnote(page: Page, text: str) -> None:
    """Write how to read the picture, at its foot."""
    left = _LEFT_IN / page.width_in
    page.figure.text(left, 0.1 / page.height_in, text, size=7.5, color=FAINT, va="bottom", parse_math=False)


def time_axis(axes: Axes, page: Page) -> None:
    """Write minutes and seconds below a panel, 0.8 inches apart or more."""
    step = next((s for s in _TIME_STEPS_S if page.inches(s) >= 0.8), 600)
    ticks = np.arange(0, page.seconds, step)
    axes.set_xticks(ticks, [clock(tick) for tick in ticks])


def panel_name(axes: Axes, name: str) -> None:
    """Write a panel's name on the left of it."""
    axes.set_ylabel(name, rotation=0, ha="right", va="center", color=FAINT, fontsize=8.5, labelpad=8)


def section_lines(axes: Axes, page: Page, alpha: float = 0.35) -> None:
    """Draw a thin line at the start of each visit, and at the double bar."""
    bars = [visit.place.start_bar for visit in page.plan.visits] + [page.plan.bars]
    for bar in bars:
        axes.axvline(page.seconds_at_bar(bar), color=INK, linewidth=0.6, alpha=alpha)


def timeline(axes: Axes, page: Page, height_in: float) -> None:
    """Draw the visits as blocks, with the numbers of their first bars above.

    The colour shows the section, the height its energy, and hatching its variation.
    """
    colours = section_colours(page.plan)
    panel_name(axes, "Sections")
    axes.set_ylim(0.0, _TIMELINE_TOP)
    last_label_end = -1.0
    for visit in page.plan.visits:
        start, end = page.seconds_at_bar(visit.place.start_bar), page.seconds_at_bar(visit.end_bar)
        # The lowest block still has room for a label.
        place, width, height = (start, 0.0), end - start, 0.7 + 0.3 * visit.music.energy
        colour = colours[visit.place.name]
        axes.add_patch(Rectangle(place, width, height, facecolor=colour, edgecolor=PAPER, linewidth=1.2))
        if visit.sound.variation > 0.0:
            hatch = Rectangle(place, width, height, fill=False, hatch="///", linewidth=0.0)
            hatch.set_edgecolor((0.08, 0.09, 0.11, 0.28))
            axes.add_patch(hatch)

        # the label, and below it variation, lift and another tempo where they fit
        notes = [f"~{visit.sound.variation:.2g}"] if visit.sound.variation else []
        notes += [f"{visit.music.lift:+d} st"] if visit.music.lift else []
        tempo = page.plan.grid.span_at(page.plan.position_quarters(visit)).tempo_bpm
        notes += [f"{float(tempo):.4g} BPM"] if tempo != page.plan.grid.tempo_bpm else []
        notes += [visit.music.genre] if visit.music.genre is not None else []
        note, label, middle = " ".join(notes), visit.place.label, height / 2
        room = page.inches(width) - _MARGIN_IN
        if note and page.text_in(note, 7) <= room and page.text_in(label, 7, "bold") <= room:
            text = axes.text((start + end) / 2, middle - 0.14, note, size=7, color=PAPER)
            text.set(ha="center", va="center", parse_math=False)
            middle += 0.1
        block_in = height_in * height / _TIMELINE_TOP
        fit_text(axes, page, label, (start, end), middle, block_in, (10, 9, 8, 7, 6), PAPER, "bold")

        bar_in = page.inches(start)
        if bar_in >= last_label_end:
            number = str(visit.place.start_bar + 1)
            at = axes.annotate(number, (start, _TIMELINE_TOP), (1, 2), textcoords="offset points", size=7)
            at.set(color=FAINT, va="bottom")
            last_label_end = bar_in + page.text_in(number, 7) + 0.06
    axes.annotate(
        "bar", (0, _TIMELINE_TOP), (-6, 2), textcoords="offset points", size=7, color=FAINT, ha="right"
    )


def chord_lane(axes: Axes, page: Page, height_in: float) -> None:
    """Draw the chords as blocks, coloured by their root's place in the circle of fifths."""
    panel_name(axes, "Chords")
    grid = page.plan.grid
    for visit in page.plan.visits:
        origin = page.plan.position_quarters(visit)
        for chord in visit.music.score.chords:
            start, end = grid.seconds_at(origin + chord.onset), grid.seconds_at(origin + chord.end)
            block = Rectangle((start, 0.0), end - start, 1.0, facecolor=root_colour(chord.root))
            block.set(edgecolor=PANEL, linewidth=0.5)
            axes.add_patch(block)
            fit_text(axes, page, chord.symbol, (start, end), 0.5, height_in, (8.5, 7.5, 6.5, 5.5), INK)


def waveform(axes: Axes, page: Page, audio: Audio) -> None:
    """Draw the master's waveform: peaks in the colour of the section, RMS in ink."""
    panel_name(axes, "Master")
    columns = _columns(page)
    shape, times = envelope(audio, columns), np.linspace(0.0, page.seconds, columns)
    axes.set_ylim(-1.0, 1.0)
    axes.axhline(0.0, color=FAINT, linewidth=0.4, alpha=0.6)
    colours = section_colours(page.plan)
    for visit in page.plan.visits:
        last = visit is page.plan.visits[-1]
        end = page.seconds if last else page.seconds_at_bar(visit.end_bar)
        inside = (times >= page.seconds_at_bar(visit.place.start_bar) - page.seconds / columns) & (
            times <= end
        )
        colour = colours[visit.place.name]
        axes.fill_between(
            times, shape.low, shape.high, where=inside.tolist(), color=colour, alpha=0.8, linewidth=0
        )
    axes.fill_between(times, -shape.rms, shape.rms, color=INK, alpha=0.55, linewidth=0)


def spectrogram(axes: Axes, page: Page, audio: Audio) -> None:
    """Draw the master's spectrum, 30 Hz to 16 kHz, in constant-Q bands over 72 dB."""
    panel_name(axes, "Spectrum\n(Hz)")
    columns = _columns(page)
    levels = log_spectrogram(audio, page.plan.grid.sample_rate, columns, 240, _LOWEST_HZ, _HIGHEST_HZ)
    top = max(float(levels.max()), SILENCE_DB + _SPECTRUM_RANGE_DB)  # silence is dark
    axes.imshow(
        levels,
        origin="lower",
        aspect="auto",
        extent=(0.0, page.seconds, 0.0, 1.0),
        cmap="magma",
        vmin=top - _SPECTRUM_RANGE_DB,
        vmax=top,
        interpolation="bilinear",
    )
    span = np.log(_HIGHEST_HZ / _LOWEST_HZ)
    axes.set_yticks(
        [float(np.log(hz / _LOWEST_HZ) / span) for hz in _FREQUENCY_TICKS], list(_FREQUENCY_TICKS.values())
    )
    axes.yaxis.set_label_coords(-0.034, 0.5)


def activity_lanes(axes: Axes, page: Page, stems: Mapping[str, Audio]) -> None:
    """Draw how loud each stem is over time, over 48 dB below the loudest moment of all stems."""
    names = [stem.name for stem in page.plan.stems if stem.name in stems]
    columns = _columns(page)
    shapes = {name: envelope(stems[name], columns) for name in names}
    loudest = max((float(shape.rms.max()) for shape in shapes.values()), default=0.0)
    times = np.linspace(0.0, page.seconds, columns)

    axes.set_ylim(0.0, max(1, len(names)))
    labels = [trim_text(page, name, 8.5, _LEFT_IN - 0.15) for name in names]
    axes.set_yticks([len(names) - lane - 0.5 for lane in range(len(names))], labels)
    axes.tick_params(axis="y", length=0, labelsize=8.5)
    for lane in range(1, len(names)):
        axes.axhline(lane, color=PAPER, linewidth=1.2)

    roles = {stem.name: stem.role for stem in page.plan.stems}
    for lane, name in enumerate(names):
        rms = shapes[name].rms
        level = np.zeros_like(rms)
        if loudest > 0.0:
            decibels = db_from_gain(rms / np.float32(loudest), SILENCE_DB)
            level = np.asarray(np.clip(1.0 + decibels / _LANE_RANGE_DB, 0.0, 1.0), np.float32)
        centre, half = len(names) - lane - 0.5, 0.42 * level
        colour = ROLE_COLOURS[roles[name]]
        axes.fill_between(times, centre - half, centre + half, color=colour, alpha=0.9, linewidth=0)


def section_colours(plan: SongPlan) -> dict[str, str]:
    """Return a colour for each section name.

    A section has the usual colour of its kind where that is free, else one that nobody has yet. Where all
    are taken, darker ones follow.
    """
    names = list(dict.fromkeys(visit.place.name for visit in plan.visits))
    colours: dict[str, str] = {}
    for name in names:
        usual = _USUAL_COLOURS.get(kind_of(name) or "")
        if usual is not None and (usual == "#dddddd" or usual not in colours.values()):
            colours[name] = usual
    taken = set(colours.values())
    free = [colour for colour in SECTION_COLOURS if colour not in taken]
    darker = []
    for colour in SECTION_COLOURS:
        red, green, blue = (0.7 * channel for channel in to_rgb(colour))
        darker.append(to_hex((red, green, blue)))
    rounds = [*free, *darker]
    rest = [name for name in names if name not in colours]
    colours |= {name: rounds[i % len(rounds)] for i, name in enumerate(rest)}
    return {name: colours[name] for name in names}


def root_colour(root: int) -> tuple[float, float, float]:
    """Return a muted colour for a pitch class; neighbours in the circle of fifths look alike."""
    return colorsys.hsv_to_rgb((root * 7 % 12) / 12, 0.42, 0.42)


def _columns(page: Page) -> int:
    return round(page.panel_in * page.figure.dpi)


def trim_text(page: Page, text: str, size: float, room_in: float, weight: str = "normal") -> str:
    """Return a text, or as much of its beginning as there is room for."""
    if page.text_in(text, size, weight) <= room_in:
        return text
    while text and page.text_in(text + "…", size, weight) > room_in:
        text = text[:-1]
    return text.rstrip() + "…"


def fit_text(
    axes: Axes,
    page: Page,
    text: str,
    span: tuple[float, float],
    y: float,
    height_in: float,
    sizes: tuple[float, ...],
    colour: str,
    weight: str = "normal",
) -> None:
    """Write a label in the middle of ``span`` seconds: as large as fits, else upright, else not at all.

    The last of ``sizes`` is for upright labels only.
    """
    width_in = page.inches(span[1] - span[0])
    for rotation, along, across in ((0, width_in, height_in), (90, height_in, width_in)):
        for size in sizes if rotation else sizes[:-1]:
            if page.text_in(text, size, weight) <= along - _MARGIN_IN and size * 1.15 / 72 <= across:
                label = axes.text(sum(span) / 2, y, text, size=size, color=colour, weight=weight)
                label.set(rotation=rotation, ha="center", va="center", parse_math=False)
                return
