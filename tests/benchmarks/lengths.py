"""How long are sections, and do songs grow as songs do? ``python -m tests.benchmarks.lengths [--seeds 3]``

Measured on the forms of songs in every style, and on real songs (annotations, moved to phrases):

1. ``spread``: standard deviation, in bars, of the sections of one kind in a song, where it has several;
   the mean over kinds and songs.
2. ``framing``: share of a song that its intro, interludes, outro and coda last, all together.
3. ``fours``: share of choruses, drops, hooks and verses that are whole fours of bars.
4. ``long``: songs of 8 and of 15 minutes: different sections, the longest section in bars, and the most
   visits of one.
"""

from __future__ import annotations

import argparse
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from structure.forms.planning import Form, FormRequest, plan_form
from structure.forms.real_songs import real_songs
from structure.forms.section_lengths import bar_doubling, section_kind
from structure.planning.brief import read_brief
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes

Sections = Sequence[tuple[str, int]]
"""Kinds and bars of the sections of a song, in their order."""

FRAMES = ("intro", "interlude", "outro", "coda")
SUNG = ("chorus", "drop", "hook", "verse")


def planned(style: str, seed: int, seconds: float | None = None) -> Form:
    """The form of a song in a style, of its usual length where none is given."""
    spec = SongSpec(genre=style, description="a song", length=seconds)
    brief = read_brief(spec, Wishes(), seed)
    request = FormRequest(
        brief.total_bars,
        brief.usual_bars,
        bar_doubling(brief.style, brief.grid),
        brief.exact_bars,
        bar_s=float(brief.grid.seconds_at(brief.grid.quarters_at_bar(1))),
        is_loose=not brief.is_length_in_bars,
    )
    return plan_form(spec, brief.style, request, seed)


def sections(form: Form) -> Sections:
    """Kinds and bars of the visits of a form."""
    return [(section_kind(name), bars) for name, bars in zip(form.walk, form.lengths, strict=True)]


def spreads(song: Sections) -> list[float]:
    """Standard deviation of the bars of each kind that comes more than once."""
    bars = defaultdict[str, list[int]](list)
    for kind, length in song:
        bars[kind].append(length)
    return [statistics.pstdev(lengths) for lengths in bars.values() if len(lengths) > 1]


def framing(song: Sections) -> float:
    """Share of a song that frames it."""
    return sum(bars for kind, bars in song if kind in FRAMES) / sum(bars for _, bars in song)


def fours(songs: Iterable[Sections]) -> float:
    """Share of sung sections that are whole fours."""
    sung = [bars for song in songs for kind, bars in song if kind in SUNG]
    return sum(bars % 4 == 0 for bars in sung) / max(1, len(sung))


def row(name: str, songs: Sequence[Sections]) -> str:
    """One line of the table of songs of usual length."""
    spread = statistics.mean([one for song in songs for one in spreads(song)] or [0.0])
    share = statistics.mean(map(framing, songs))
    return f"{name:14s} spread {spread:5.2f}   framing {share:5.2f}   fours {fours(songs):5.2f}"


def long_row(style: str, seconds: float, seeds: int) -> str:
    """One line of the table of long songs: the worst of the seeds in each figure."""
    forms = [planned(style, seed, seconds) for seed in range(seeds)]
    different = min(len(set(form.walk)) for form in forms)
    longest = max(max(form.lengths) for form in forms)
    often = max(max(Counter(form.walk).values()) for form in forms)
    worst = f"{different:3d} different, longest {longest:3d}, {often:3d} times"
    return f"{style:14s} {seconds / 60:4.0f} min: {worst}"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    seeds = parser.parse_args().seeds
    everything = []
    for style in style_names():
        songs = [sections(planned(style, seed)) for seed in range(seeds)]
        everything += songs
        print(row(style, songs))
    print(row("all styles", everything))
    print(row("real songs", [song.sections for song in real_songs()]))
    for style in style_names():
        for seconds in (480.0, 900.0):
            print(long_row(style, seconds, seeds))


if __name__ == "__main__":
    main()
