"""Pictures of a song: the whole of it after rendering, and the plan alone before.

The same song gives the same bytes: Agg draws them, the user's matplotlib settings are left aside, and the
files carry no date and no version.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl

from composer.picture import (
    Page,
    activity_lanes,
    chord_lane,
    footnote,
    header,
    note_lanes,
    section_lines,
    spectrogram,
    time_axis,
    timeline,
    waveform,
)
from composer.words import clock
from render.request import Audio
from structure.files import write_atomically
from structure.plan import SongPlan

_WIDTH_IN = 16.0
_TOP_IN = 0.95
_FOOT_IN = 0.6
_LEGEND = (
    "Block height: energy.  Hatching and ~: how far a return varies (0 repeats it).  st: semitones of lift."
)


def write_overview(
    path: Path, plan: SongPlan, master: Audio, stems: dict[str, Audio], loudness: tuple[float, float]
) -> None:
    """Draw the rendered song as a PNG: sections, chords, waveform, spectrum and stems.

    ``master`` and each stem are ``(2, samples)``; ``loudness`` is the master's integrated loudness in
    LUFS and its true peak in dBTP.
    """
    lanes = 0.3 * max(1, len(stems))

    def draw() -> Page:
        page = Page.of(plan, _WIDTH_IN, _TOP_IN + 6.0 + lanes + _FOOT_IN)
        header(
            page, f"{_facts(plan)}  ·  {loudness[0]:.1f} LUFS  ·  {loudness[1]:.1f} dBTP".replace("-", "−")
        )
        timeline(page.panel(_TOP_IN, 1.05), page, 1.05)
        chord_lane(page.panel(_TOP_IN + 1.15, 0.55), page, 0.55)
        wave = page.panel(_TOP_IN + 1.8, 1.35)
        waveform(wave, page, master)
        spectrum = page.panel(_TOP_IN + 3.25, 2.65)
        spectrogram(spectrum, page, master)
        activity = page.panel(_TOP_IN + 6.0, lanes)
        activity_lanes(activity, page, stems)
        for axes in (wave, spectrum, activity):
            section_lines(axes, page)
        time_axis(activity, page)
        footnote(page, f"{_LEGEND}  Stem lanes: level over 48 dB.")
        return page

    _write(path, draw)


def write_plan_picture(path: Path, plan: SongPlan) -> None:
    """Draw a plan as a PNG: sections, chords, and each stem's notes."""
    lanes = 0.75 * len(plan.stems)

    def draw() -> Page:
        page = Page.of(plan, _WIDTH_IN, _TOP_IN + 1.8 + lanes + _FOOT_IN)
        header(page, _facts(plan))
        timeline(page.panel(_TOP_IN, 1.05), page, 1.05)
        chord_lane(page.panel(_TOP_IN + 1.15, 0.55), page, 0.55)
        notes = page.panel(_TOP_IN + 1.8, lanes)
        note_lanes(notes, page)
        section_lines(notes, page, alpha=0.25)
        time_axis(notes, page)
        footnote(page, f"{_LEGEND}  Notes: each stem in its own range.")
        return page

    _write(path, draw)


def _facts(plan: SongPlan) -> str:
    seconds = plan.total_samples / plan.grid.sample_rate
    tempo = f"{float(plan.grid.tempo_bpm):g} BPM"
    return "  ·  ".join((tempo, plan.key, str(plan.meter), f"{plan.bars} bars", clock(seconds)))


def _write(path: Path, draw: Callable[[], Page]) -> None:
    """Save what ``draw`` makes, under matplotlib's own defaults."""
    buffer = io.BytesIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # A title may hold letters that the built-in font lacks; they show as boxes.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        mpl.rcdefaults()
        page = draw()
        page.figure.savefig(
            buffer, format="png", facecolor=page.figure.get_facecolor(), metadata={"Software": None}
        )
    write_atomically(path, buffer.getvalue())
