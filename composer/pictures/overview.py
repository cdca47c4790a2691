"""A picture of a rendered song: its sections and chords, and what they sound like."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from composer.pictures.page import (
    Page,
    activity_lanes,
    chord_lane,
    facts_of,
    footnote,
    header,
    save_picture,
    section_lines,
    spectrogram,
    time_axis,
    timeline,
    waveform,
)
from render.audio.types import Audio
from structure.plans.plan import SongPlan

_WIDTH_IN = 16.0
_TOP_IN = 0.95
_FOOT_IN = 0.6
_LEGEND = (
    "Block height: energy.  Hatching and ~: how far a return varies (0 repeats it).  st: semitones of lift."
)


def write_overview(
    path: Path,
    plan: SongPlan,
    master: Audio,
    stems: Mapping[str, Audio],
    loudness: tuple[float, float],
) -> None:
    """Draw the rendered song as a PNG: sections, chords, waveform, spectrum and stems.

    ``master`` and each stem are ``(2, samples)``; ``loudness`` is the master's integrated loudness in
    LUFS and its true peak in dBTP.
    """
    lanes = 0.3 * max(1, len(stems))

    def draw() -> Page:
        page = Page.of(plan, _WIDTH_IN, _TOP_IN + 6.0 + lanes + _FOOT_IN)
        header(
            page,
            f"{facts_of(plan)}  ·  {loudness[0]:.1f} LUFS  ·  {loudness[1]:.1f} dBTP".replace("-", "−"),
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

    save_picture(path, draw)
