"""Pictures of the styles: a chorus of each as it is planned, one sheet a family, in ``docs/styles``.

``python -m tests.benchmarks.style_pictures [FAMILY …]``

Each style has a cell: the chords of the chorus, its piano roll (melody, chords and bass), and its drums
as a grid. Sheets are at most 200 kB.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from structure.arrange.drums import KEYS
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Note
from structure.presets.families import style_families
from structure.specs.spec import FormEntry, SectionSpec, SongSpec

FOLDER = Path(__file__).parents[2] / "docs" / "styles"
SEED = 1
_BARS, _SHOWN = 8, 4
_COLUMNS = 3
_COLOURS = {
    "lead": "#1b3a5c",
    "chords": "#9aa5ad",
    "pad": "#c9d2d6",
    "arpeggio": "#7fb08a",
    "bass": "#a3632c",
}
"""Colours of the roles in a piano roll; those that come first are drawn last."""


def picture_of(family: str) -> Path:
    """Return where the sheet of a family lies."""
    return FOLDER / f"{re.sub(r'[^a-z]+', '-', family.lower()).strip('-')}.png"


def planned_chorus(style: str) -> tuple[SongPlan, Visit]:
    """Return a small song in a style, and its first refrain."""
    names = ("verse", "chorus", "outro")
    spec = SongSpec(
        genre=style,
        seed=SEED,
        form=tuple(FormEntry(section=name) for name in names),
        sections={name: SectionSpec(bars=_BARS) for name in names},
    )
    plan = plan_song(spec)
    return plan, plan.visits[1]


def draw_family(family: str) -> Path:
    """Draw the sheet of a family. Return its path."""
    styles = style_families()[family]
    rows = -(-len(styles) // _COLUMNS)
    figure = plt.figure(figsize=(4.2 * _COLUMNS, 2.9 * rows))
    outer = figure.add_gridspec(rows, _COLUMNS, hspace=0.42, wspace=0.2)
    for number, style in enumerate(styles):
        cell = outer[divmod(number, _COLUMNS)].subgridspec(2, 1, height_ratios=[2, 1.2], hspace=0.06)
        _draw_style(figure.add_subplot(cell[0]), figure.add_subplot(cell[1]), style)
    path = picture_of(family)
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path, dpi=100, bbox_inches="tight", facecolor="white", pil_kwargs={"optimize": True})
    plt.close(figure)
    return path


def _draw_style(roll: Axes, grid: Axes, style: str) -> None:
    plan, visit = planned_chorus(style)
    bar = float(plan.meter.bar_quarters)
    name = f"{style}  ·  {float(plan.grid.tempo_bpm):.0f} BPM, {plan.meter}, {plan.key}"
    roll.set_title(name, fontsize=9, loc="left", pad=12, fontweight="bold")
    for chord in visit.music.score.chords:
        if chord.onset < bar * _SHOWN:
            place = roll.get_xaxis_transform()
            roll.text(float(chord.onset), 1.02, chord.symbol, fontsize=6.5, transform=place)
    for role in reversed(_COLOURS):
        _draw_notes(roll, _notes(visit, role), _COLOURS[role])
    drums = [note for note in _notes(visit, "drums") if note.onset < bar * _SHOWN]
    lanes = sorted({note.pitch for note in drums})
    for note in drums:
        grid.plot(
            float(note.onset), lanes.index(note.pitch), "s", ms=0.4 + 3.2 * note.velocity / 127, c="#333"
        )
    grid.set_yticks(range(len(lanes)), [_lane(pitch) for pitch in lanes], fontsize=5.5)
    grid.set_ylim(-0.6, max(len(lanes), 1) - 0.4)
    if not lanes:
        grid.text(0.5, 0.5, "no drums", ha="center", va="center", fontsize=7, transform=grid.transAxes)
    for axes in (roll, grid):
        axes.set_xlim(0, bar * _SHOWN)
        axes.set_xticks([bar * i for i in range(_SHOWN + 1)], [])
        axes.grid(axis="x", lw=0.4, c="#ddd")
        axes.tick_params(length=0, labelsize=5.5)
        for spine in axes.spines.values():
            spine.set_linewidth(0.4)
    roll.set_yticks([36, 48, 60, 72, 84], ["C2", "C3", "C4", "C5", "C6"], fontsize=5.5)


def _draw_notes(axes: Axes, notes: Sequence[Note], colour: str) -> None:
    for note in notes:
        start, length = float(note.onset), float(note.duration)
        axes.broken_barh([(start, max(length - 0.06, 0.06))], (note.pitch - 0.45, 0.9), facecolors=colour)


def _notes(visit: Visit, role: str) -> list[Note]:
    return [note for part in visit.music.score.parts.values() if part.role == role for note in part.notes]


def _lane(pitch: int) -> str:
    return next((name.replace("_", " ") for name, key in KEYS.items() if key == pitch), str(pitch))


def main() -> None:
    """Draw the sheets of all families, or of those that are named."""
    mpl.use("Agg")
    for family in sys.argv[1:] or style_families():
        path = draw_family(family)
        print(f"{path.relative_to(FOLDER.parents[1])}: {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
