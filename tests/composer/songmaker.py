"""A small plan, and a backend that plays scores with damped tones, for tests that need no trained model."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
import typer.main

import composer.cli.main
from structure.base.grid import Grid, Meter
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.specs.spec import ExportSpec
from tests.builders import make_plan, make_visit

# The commands are put together once for all tests: by itself typer does so at each call.
typer.main.get_command = cache(typer.main.get_command)

Run = Callable[..., tuple[int, str, str]]
"""Runs the command line: exit code, standard output and error."""


def run_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command line here; gives exit code, standard output and error."""
    capsys.readouterr()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    code: int | str | None = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["ritornello", *arguments])
        try:
            composer.cli.main.main()
        except SystemExit as exc:
            code = exc.code
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
    captured = capsys.readouterr()
    return int(code or 0), captured.out, captured.err


CHORDS = (("Am", 9), ("F", 5), ("C", 0), ("G/B", 7))

SHORT_SPEC = """\
# a song short enough for tests
title: Small Song
genre: pop
tempo: 240
key: A minor
meter: 4/4
seed: 5
stems:
  - {name: kit, role: drums, prompt: acoustic drum kit}
  - {name: low, role: bass, prompt: electric bass}
sections:
  verse: {bars: 2, chords: Am | F, stems: [low]}
  chorus: {bars: 2, chords: C | G}
form: [verse, chorus, {section: chorus, variation: 0}]
export: {midi: false, musicxml: false, overview: false}
"""

FULL_SPEC = SHORT_SPEC.partition("export:")[0]
"""The same with every file."""


def names_in(folder: Path) -> list[str]:
    """What lies in a folder, hidden or not, in order."""
    return sorted(path.name for path in folder.iterdir())


def section_score(bars: int, meter: Meter, shift: int) -> SectionScore:
    """A chord a bar, a kick on each beat, and the root an octave and more below the chord."""
    bar = meter.bar_quarters
    chords, low = [], []
    for k in range(bars):
        symbol, root = CHORDS[(k + shift) % len(CHORDS)]
        chords.append(
            ChordEvent(symbol, k * bar, bar, root, root, (root, (root + 4) % 12, (root + 7) % 12))
        )
        low.append(Note(k * bar, bar / 2, 36 + root, 100))
    beats = range(bars * meter.beats_per_bar)
    kick = tuple(Note(k * meter.beat_quarters, Fraction(1, 4), 36, 110) for k in beats)
    return SectionScore(bars, tuple(chords), {"kit": Part("drums", kick), "low": Part("bass", tuple(low))})


def small_plan(
    form: tuple[tuple[str, int], ...] = (("verse", 2), ("chorus", 3), ("chorus", 3)),
    tempo: float = 150.0,
    meter: str = "4/4",
    seed: int = 5,
    export: ExportSpec | None = None,
) -> SongPlan:
    """A plan of two stems whose visits are (section, bars)."""
    metre = Meter.parse(meter)
    visits: list[Visit] = []
    bar = 0
    for order, (name, bars) in enumerate(form):
        index = 1 + sum(visit.place.name == name for visit in visits)
        visits.append(
            make_visit(
                name,
                section_score(bars, metre, len(name)),
                index=index,
                start_bar=bar,
                seed=len(name),
                variation_seed=order,
                key="A minor",
                prompts={"kit": "drums", "low": "bass"},
                negative_prompts={"kit": "", "low": ""},
            )
        )
        bar += bars
    stems = (
        StemPlan("kit", "drums", "drums", "", 0.0, 0.0, 0.1),
        StemPlan("low", "bass", "bass", "", -1.5, -0.25, 0.0),
    )
    return make_plan(
        visits,
        stems,
        Grid.steady(tempo, metre),
        title="Small Song",
        seed=seed,
        key="A minor",
        export=export or ExportSpec(),
    )
