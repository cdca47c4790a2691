"""How much of what is asked for a plan does, where no sentence has to be read: wishes are drawn as values.

``python -m tests.benchmarks.asking --count 400 --misses`` plans songs with one or two wishes drawn by a
seed (kind, subject, place, amount, style), and tells by kind how many the plan obeys. Every wish that is
drawn can be met; one that is not is a fault of the planner, or of a check.

``--grid 4`` goes through every subject, kind of place and polarity instead, each fourth of them, in short
songs of six styles, three metres and bands of one to four.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random
from typing import get_args

from structure.base.errors import RitornelloError
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from structure.specs.wishes import LAST, Outcome, When, Where, Wish, Wishes, WishKind
from tests.benchmarks.wishes import said, share

Drawn = tuple[Where, When | None]
"""The place and the time of a wish."""

_SONG_SEEDS = 50

SECTIONS = ("intro", "verse", "chorus", "bridge", "outro")


def _section(rng: Random) -> Where:
    return Where(section=rng.choice(SECTIONS))


def _visit(rng: Random) -> Where:
    section, visit = rng.choice(
        [("verse", 2), ("chorus", 2), ("chorus", LAST), ("verse", 1), ("chorus", 1)]
    )
    return Where(section=section, visit=visit)


def _inner(rng: Random) -> Where:
    """A place that has something before it and after it."""
    return rng.choice([Where(section="bridge"), Where(section="chorus"), _visit(rng)])


PLACES: Mapping[str, Callable[[Random], Drawn]] = {
    "song": lambda rng: (Where(), None),
    "section": lambda rng: (_section(rng), None),
    "visit": lambda rng: (_visit(rng), None),
    "start": lambda rng: (Where(), When(edge="start")),
    "end": lambda rng: (Where(), When(edge="end")),
    "bar": lambda rng: (Where(), When(bar=rng.randint(5, 24))),
    "second": lambda rng: (Where(), When(seconds=float(rng.randint(20, 60)))),
    "at": lambda rng: (Where(), When(place=_inner(rng))),
    "before": lambda rng: (Where(), When(relation="before", place=_inner(rng))),
    "after": lambda rng: (Where(), When(relation="after", place=_inner(rng))),
    "until": lambda rng: (Where(), When(relation="until", place=_inner(rng))),
    "section start": lambda rng: (_inner(rng), When(edge="start")),
    "section end": lambda rng: (_inner(rng), When(edge="end")),
}
"""Kinds of place, as somebody would say them."""

ANY = ("song", "section", "visit", "start", "end", "bar", "second", "before", "after", "at")
IN_PLACE = ("section", "visit", "start", "end", "bar", "at", "section end")
ALL = ("song", "section", "visit")

INSTRUMENTS = (
    "piano", "acoustic guitar", "electric guitar", "strings", "violin", "cello", "flute", "trumpet",
    "saxophone", "organ", "synth", "bass", "drums", "double bass", "harp", "vibraphone", "accordion",
    "clarinet", "choir", "brass", "marimba", "banjo", "electric piano", "pad",
)  # fmt: skip
KIT = ("hi-hat", "snare", "kick", "cymbals", "claps")
ENSEMBLES = (
    "piano", "piano, violin", "guitar, bass, drums", "violin, violin, viola, cello", "cello, piano",
    "acoustic guitar", "piano, double bass, drums", "flute, harp", "strings", "drums", "bass",
    "organ, choir",
    "saxophone, piano, double bass, drums", "accordion, violin", "drums, bass", "guitar, guitar",
)  # fmt: skip
MOODS = (
    "sad", "happy", "calm", "dreamy", "dark", "aggressive", "energetic", "triumphant", "epic", "tense",
    "romantic", "nostalgic", "playful", "mysterious", "groovy", "melancholic", "hopeful", "spooky",
)  # fmt: skip
HARMONIES = (
    "jazzy chords", "simple chords", "power chords", "suspended chords", "drone", "one chord", "modal",
    "vamp",
    "chromatic", "borrowed chords", "dissonant", "dorian", "phrygian", "lydian", "mixolydian",
    "andalusian cadence", "doo-wop", "pachelbel", "axis", "circle of fifths", "ii V I", "12 bar blues",
    "descending bass line", "I V vi IV", "i VII VI V", "vi IV I V",
)  # fmt: skip
ENDS = ("plagal cadence", "minor plagal cadence", "unresolved", "open", "resolved", "picardy third")
GROOVES = (
    "swing", "shuffle", "straight", "four on the floor", "backbeat", "syncopated", "offbeat", "laid back",
    "half time", "double time", "one drop", "breakbeat", "two step", "bossa", "walking bass", "driving",
    "polyrhythmic", "clave", "galloping",
)  # fmt: skip
FORMS = (
    "rondo", "aaba", "ternary", "binary", "strophic", "theme-and-variations", "through-composed",
    "verse chorus verse chorus bridge chorus", "A B A B C B", "intro verse chorus outro",
)  # fmt: skip


@dataclass(frozen=True)
class Drawing:
    """How wishes of a kind are drawn: subjects, places where each makes sense, and what else is said."""

    kind: WishKind
    whats: Sequence[str]
    places: Sequence[str] = ("song",)
    amounts: Sequence[float] = ()
    polarities: Sequence[str] = ("want",)
    stems: Sequence[str] = ()
    weight: int = 1


PITCHED = ("piano", "bass", "guitar", "strings", "lead", "pad", "violin")
DRAWINGS: tuple[Drawing, ...] = (
    Drawing("mood", MOODS, ("song",), polarities=("want", "want", "want", "avoid"), weight=2),
    Drawing("mood", MOODS, ("section", "visit"), weight=1),
    Drawing("era", ("1950s", "1960s", "1970s", "1980s", "1990s", "baroque")),
    Drawing("tempo", ("bpm",), ALL, amounts=(70, 84, 96, 110, 128, 150)),
    Drawing("tempo", ("slow", "fast"), ("song", "section", "visit", "bar")),
    Drawing("tempo", ("slow", "fast"), polarities=("more", "less", "avoid")),
    Drawing("key", ("C minor", "Eb major", "F# minor", "G major", "B minor", "A major"), ALL),
    Drawing("key", ("minor", "major")),
    Drawing("key", ("up", "down", "change"), ("visit", "song", "bar", "at", "end"), amounts=(0, 1, 2, 3)),
    Drawing("meter", ("3/4", "4/4", "6/8", "5/4", "7/8"), ("song",)),
    Drawing("meter", ("3/4", "6/8", "4/4"), ("section",)),
    Drawing("length", ("seconds",), amounts=(45, 60, 90, 150, 200, 240)),
    Drawing("length", ("bars",), amounts=(24, 32, 48, 64, 80)),
    Drawing("length", ("bars",), ("section",), amounts=(4, 8, 12, 16), weight=2),
    Drawing("length", ("bars",), ("visit",), amounts=(4, 8, 16)),
    Drawing("length", ("seconds",), ("section",), amounts=(10, 20, 30)),
    Drawing("form", FORMS, weight=2),
    Drawing(
        "section",
        ("bridge", "solo", "breakdown", "intro", "outro", "prechorus", "interlude", "drop", "build"),
    ),
    Drawing("section", ("chorus", "verse"), amounts=(1, 2, 3, 4)),
    Drawing(
        "section",
        ("solo", "breakdown", "interlude", "bridge", "drop"),
        ("before", "after", "bar", "second"),
    ),
    Drawing("section", ("chorus", "verse", "solo", "drop"), ("start", "end")),
    Drawing("section", ("intro", "bridge", "outro", "solo", "chorus"), polarities=("avoid",)),
    Drawing("ensemble", ENSEMBLES, weight=2),
    Drawing("ensemble", ENSEMBLES, ("section", "visit", "start", "end", "until"), weight=4),
    Drawing("ensemble", ENSEMBLES, ("start", "end"), amounts=(2, 4, 8), weight=2),
    Drawing("part", INSTRUMENTS, polarities=("want", "want", "avoid", "more", "less"), weight=4),
    Drawing("part", INSTRUMENTS, ("section", "visit", "end", "after", "until", "bar"), weight=3),
    Drawing(
        "part",
        INSTRUMENTS,
        ("section", "visit", "before", "after", "start"),
        polarities=("avoid",),
        weight=3,
    ),
    Drawing("part", KIT, ("song", "section"), polarities=("want", "avoid", "less")),
    Drawing(
        "event",
        ("solo",),
        ("song", "section", "visit", "before", "after", "bar"),
        stems=("", "guitar", "piano", "saxophone", "drums", "bass", "violin"),
        weight=3,
    ),
    Drawing(
        "event",
        ("enter",),
        ("section", "visit", "bar", "second", "at", "after"),
        stems=(*PITCHED, "drums"),
        weight=3,
    ),
    Drawing("event", ("enter",), ("bar", "second", "at")),
    Drawing(
        "event", ("leave",), ("visit", "bar", "second", "at", "end"), stems=(*PITCHED, "drums"), weight=3
    ),
    Drawing(
        "event",
        ("rest",),
        ("song", "section", "visit", "bar", "before"),
        amounts=(0, 1, 2),
        stems=(*PITCHED, "drums"),
        weight=2,
    ),
    Drawing("event", ("rest",), ("before", "after", "bar"), amounts=(1, 2)),
    Drawing("event", ("stop",), ("song", "end", "before", "section end", "bar")),
    Drawing(
        "event",
        ("stop_time", "push", "half_time", "double_time", "double", "answer"),
        (*ALL, "bar", "section end"),
        weight=3,
    ),
    Drawing("event", ("trade",), ALL),
    Drawing("event", ("fill",), ("song", "before", "bar", "section end", "section"), amounts=(0, 1, 2)),
    Drawing("event", ("shot", "impact"), ("song", "visit", "bar", "at", "end", "second"), weight=2),
    Drawing("event", ("pickup",), ("start", "visit", "bar", "before")),
    Drawing("event", ("ritardando", "accelerando"), ("end", "song", "visit", "before"), amounts=(0, 2, 4)),
    Drawing("event", ("fermata", "hold"), ("end", "visit", "before"), weight=1),
    Drawing("event", ("tag", "fade"), ("end", "song")),
    Drawing("event", ("fade",), ("start",)),
    Drawing("event", ("build",), ("section", "visit", "before", "until")),
    Drawing("event", ("thin",), ("section", "visit", "bar", "end")),
    Drawing("event", ("solo", "fade", "stop", "fill", "ritardando"), polarities=("avoid",)),
    Drawing("energy", ("quiet", "loud"), (*ANY, "section start", "section end"), weight=4),
    Drawing(
        "energy",
        ("build", "fall"),
        ("song", "section", "visit", "end", "before", "after", "until"),
        weight=3,
    ),
    Drawing("energy", ("build",), polarities=("avoid",)),
    Drawing("harmony", HARMONIES, weight=3),
    Drawing("harmony", HARMONIES, ("section", "visit"), weight=2),
    Drawing("harmony", ENDS, ("end", "song", "section")),
    Drawing("groove", GROOVES, weight=3),
    Drawing("groove", GROOVES, ("section", "visit"), weight=2),
    Drawing("groove", ("swing", "four on the floor", "backbeat"), polarities=("avoid",)),
    Drawing(
        "sound",
        ("warm", "distorted", "reverb", "muted", "detuned", "plucked", "dry"),
        stems=("", *PITCHED, "snare", "drums"),
        weight=3,
    ),
    Drawing("sound", ("warm", "reverb", "filtered"), ("section", "visit")),
    Drawing(
        "mix", ("wide", "narrow", "mono", "dry", "wet", "spacious", "loud master", "quiet master"), weight=2
    ),
    Drawing("mix", ("bass heavy", "bright", "dark", "warm", "punchy", "clean"), weight=2),
    Drawing(
        "mix",
        ("up front", "background", "left", "right", "dry", "wet", "loud", "quiet", "wide"),
        stems=("piano", "bass", "drums", "guitar", "lead"),
        weight=2,
    ),
    Drawing("lyrics", ("words",), polarities=("avoid",)),
    Drawing("title", ("Morning Light",)),
)


@dataclass(frozen=True)
class Asked:
    """A song that is asked for: its style, its seed, and its wishes beside that for the style."""

    style: str
    seed: int
    wishes: tuple[Wish, ...]
    is_short: bool = False


def drawn_wish(rng: Random, kind: str | None = None) -> Wish:
    """Return a wish by chance, of a kind if one is given."""
    pool = [one for one in DRAWINGS if kind in (None, one.kind)]
    row = rng.choices(pool, [one.weight for one in pool])[0]
    where, when = PLACES[rng.choice(row.places)](rng)
    stem = rng.choice(row.stems) if row.stems else ""
    amount = rng.choice(row.amounts) if row.amounts else 0
    return Wish(
        kind=row.kind,
        what=rng.choice(row.whats),
        where=replace(where, stem=stem or None),
        when=when,
        amount=float(amount) if amount else None,
        polarity=rng.choice(row.polarities),  # type: ignore[arg-type]
    )


def drawn(number: int, *, most: int = 2, kind: str | None = None) -> Asked:
    """Return the song of a number: one wish or two, always the same ones."""
    rng = Random(f"asked {number}")
    style = rng.choice(sorted(style_names()))
    first = drawn_wish(rng, kind)
    others = [drawn_wish(rng) for _ in range(rng.randint(0, most - 1))]
    return Asked(style, rng.randrange(_SONG_SEEDS), (first, *others))


GRID_STYLES = ("pop", "jazz", "hip-hop", "folk", "house", "classical")
GRID_METERS = ("4/4", "3/4", "6/8")
GRID_BANDS = (
    "", "", "piano", "violin, piano", "guitar, bass, drums", "violin, violin, viola, cello", "choir",
    "piano, double bass, drums", "drums, bass", "saxophone, piano, double bass, drums",
)  # fmt: skip
_SHORT_FORM = ("intro", "verse", "chorus", "verse", "bridge", "chorus", "outro")
_FORMING = ("form", "section", "length", "key")
"""Kinds of wish that need a form that nobody writes."""


def grid(step: int, first: int = 0) -> Iterator[Asked]:
    """Yield the songs of the grid, each ``step``-th from ``first`` on."""
    cells = (
        (row, what, place, polarity)
        for row in DRAWINGS
        for what, place, polarity in product(row.whats, row.places, dict.fromkeys(row.polarities))
    )
    for number, (row, what, place, polarity) in enumerate(cells):
        if number % step == first:
            yield _cell(number, row, what, place, polarity)


def _cell(number: int, row: Drawing, what: str, place: str, polarity: str) -> Asked:
    rng = Random(f"grid {number}")
    where, when = PLACES[place](rng)
    if when is not None and when.bar:
        when = When(bar=rng.choice((5, 9, 13, 17)))
    if when is not None and when.seconds:
        when = When(seconds=float(rng.choice((10, 20, 30))))
    stem = rng.choice(row.stems) if row.stems else ""
    amount = rng.choice(row.amounts) if row.amounts else 0
    where = replace(where, stem=stem or None)
    wish = Wish(
        kind=row.kind,
        what=what,
        where=where,
        when=when,
        amount=float(amount) or None,
        polarity=polarity,  # type: ignore[arg-type]
    )
    meter = GRID_METERS[number // len(GRID_STYLES) % len(GRID_METERS)]
    band = "" if stem or row.kind in ("ensemble", "part") else rng.choice(GRID_BANDS)
    others: list[Wish] = []
    if meter != "4/4" and row.kind != "meter":
        others.append(Wish(kind="meter", what=meter))
    if band:
        others.append(Wish(kind="ensemble", what=band))
    style = GRID_STYLES[number % len(GRID_STYLES)]
    return Asked(style, number % _SONG_SEEDS, (wish, *others), is_short=row.kind not in _FORMING)


def _spec(asked: Asked) -> SongSpec:
    said: dict[str, object] = {"description": f"{asked.style} song"}
    if asked.is_short:
        bars = {name: {"bars": 8 if name in ("verse", "chorus") else 4} for name in _SHORT_FORM}
        said |= {"form": list(_SHORT_FORM), "sections": bars}
    return SongSpec.model_validate(said)


def outcomes_of(asked: Asked) -> tuple[Outcome, ...]:
    """Return what becomes of the wishes of a song, but that for its style."""
    wishes = Wishes("", (Wish(kind="genre", what=asked.style), *asked.wishes))
    try:
        plan = plan_song(_spec(asked), seed=asked.seed, wishes=wishes)
    except RitornelloError as exc:
        return tuple(Outcome(wish, "impossible", why=f"no plan: {exc}") for wish in asked.wishes)
    return check_wishes(plan, wishes)[1:]


def report(results: Sequence[tuple[Asked, tuple[Outcome, ...]]]) -> str:
    """Return the figures: all, and by kind."""
    rows: dict[str, Counter[bool]] = defaultdict(Counter)
    for _, outcomes in results:
        for outcome in outcomes:
            for name in (" all", outcome.wish.kind):
                rows[name][outcome.result == "obeyed"] += 1
    lines = ["| kind | obeyed |", "|---|---|"]
    lines += [
        f"| {name.strip()} | {share(rows[name][True], rows[name].total())} |"
        for name in (" all", *get_args(WishKind))
        if name in rows
    ]
    return "\n".join(lines)


def misses(results: Iterable[tuple[Asked, tuple[Outcome, ...]]]) -> Iterable[str]:
    """Return a line for each wish that is not obeyed: style, seed, the wish, why, and what was asked with
    it."""
    for asked, outcomes in results:
        for outcome in outcomes:
            if outcome.result != "obeyed":
                beside = "; ".join(said(wish) for wish in asked.wishes if wish is not outcome.wish)
                beside = f"   [with {beside}]" if beside else ""
                yield f"{asked.style} {asked.seed}: {said(outcome.wish)}: {outcome.why}{beside}"


def main() -> None:
    """Print the figures, and the misses if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="songs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first song")
    parser.add_argument("--most", type=int, default=2, help="wishes of a song")
    parser.add_argument("--grid", type=int, help="each so many-th cell of the grid instead")
    parser.add_argument("--kind", help="of the first wish of each song")
    parser.add_argument("--misses", action="store_true", help="list what is not obeyed, and why")
    options = parser.parse_args()
    began = time.monotonic()
    numbers = range(options.first, options.first + options.count)
    songs = [drawn(number, most=options.most, kind=options.kind) for number in numbers]
    if options.grid:
        cells = grid(options.grid, options.first)
        songs = [one for one in cells if options.kind in (None, one.wishes[0].kind)]
    results = [(asked, outcomes_of(asked)) for asked in songs]
    print(report(results))
    print(f"\n{len(songs)} songs in {time.monotonic() - began:.0f} s")
    if options.misses:
        print("\n" + "\n".join(sorted(misses(results), key=lambda line: line.split(": ")[1])))


if __name__ == "__main__":
    main()
