"""Drums: grooves by energy, ghost notes and accents as written, fills into the next section, crashes.

Keys are General MIDI percussion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from structure.arrange.context import Player, SectionContext, choose_names
from structure.arrange.figures import (
    BASE_BEATS,
    REST,
    Figure,
    FigureSet,
    base_meters,
    beat_groups,
    events,
    load_figures,
)
from structure.arrange.variants import bar_forms
from structure.base.exact import Fraction
from structure.base.sampling import pick
from structure.plans.score import Note, in_order
from structure.presets.players import lane_figure

KEYS: dict[str, int] = {
    "kick": 36,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "timpani": 41,
    "hat": 42,
    "pedal": 44,
    "open": 46,
    "tom_low": 45,
    "tom_mid": 47,
    "tom_high": 50,
    "crash": 49,
    "ride": 51,
    "tambourine": 54,
    "cowbell": 56,
    "shaker": 70,
    "bongo_high": 60,
    "bongo_low": 61,
    "conga_high": 63,
    "conga_low": 64,
    "timbale_high": 65,
    "timbale_low": 66,
    "agogo": 67,
    "cabasa": 69,
    "guiro": 73,
    "clave": 75,
    "woodblock": 76,
    "triangle": 81,
}
"""General MIDI key of each lane."""

VELOCITIES = {"X": 112, "x": 94, "o": 72, "g": 44}
"""Force of each sign of a figure."""

_CYMBALS_UNDER = {"hat": 0.86, "open": 0.88, "ride": 0.86, "shaker": 0.75, "tambourine": 0.78, "pedal": 0.8}
"""Softer than drums, so that kick and snare carry the pulse."""

_FILLS_FROM = 0.32
_CRASH_FROM = 0.72
_HIT = Fraction(1, 8)
"""Length of a hit in quarters; drums ring by themselves."""

_LONG_BARS = 12
"""Bars of a section from which on the drums change in its middle."""

_PHRASE = 8
"""Bars after which they change at the earliest, a bar line between two phrases of four."""

_CYMBALS = frozenset({"hat", "open", "pedal", "ride", "crash", "snare", "rim", "timpani", "tom_low"})
"""Lanes of kits and orchestras, which have cymbals; hand drums and claps have none."""

_STRUCK = ("kick", "snare", "rim", "clap", "tom_low", "tom_mid", "tom_high")
"""Lanes that stop where a fill begins."""

Lanes = Mapping[str, FigureSet]

Hit = tuple[Fraction, str, str]
"""Where a lane is struck, in quarters from the section's downbeat, and the sign of the stroke."""

_EDITS = ("kick", "drop", "ghost", "open")
"""What a drummer changes in a bar; a groove may bear only some of it."""

_REPLIES = ("..go", "g.go", ".g.o", "..xx", "go.x", ".oox")
"""Sixteenths of the beat with which drums answer a tune that rests."""

_REPLIES_IN_THIRDS = (".go", "g.o", ".ox")
_REPLIES_IN_HALVES = (".o", "go", ".x")
_ANSWERS_FROM = 0.4
"""The energy of a section from which drums answer."""


@dataclass(frozen=True)
class _Fill:
    """A fill and where it begins, in quarters from the section's downbeat."""

    start: Fraction
    lanes: Mapping[str, str]
    step: Fraction


def groove_lanes(ctx: SectionContext) -> Lanes:
    """Return the section's groove: a figure for each lane and base metre.

    It does not depend on the stems.
    """
    return _lanes(choose_names(ctx.style.drums, ctx, "groove"))


def later_lanes(ctx: SectionContext) -> Lanes | None:
    """Return another groove of the section's level, or None where the section keeps its own.

    A long section may have it from its middle on.
    """
    rng = ctx.rng("later groove")
    if ctx.bars < _LONG_BARS or rng.random() >= ctx.style.arrangement.turns:
        return None
    own, other = choose_names(ctx.style.drums, ctx, "groove"), {}
    for base, name in own.items():
        table = ctx.style.drums[base]
        names = [n for n in table.get(ctx.level) or table["mid"] if n != name]
        if not names:
            return None
        other[base] = pick(rng, names)
    return _lanes(other)


def _turn(ctx: SectionContext) -> Fraction:
    """Return where drums change in a long section, in quarters.

    It is after eight bars, or about the middle of a section of 24 bars or more.
    """
    return max(_PHRASE, ctx.bars // 2 // 4 * 4) * ctx.meter.bar_quarters


def _lanes(chosen: Mapping[str, str]) -> Lanes:
    grooves = {base: load_figures("drums")[name] for base, name in chosen.items()}
    lanes = dict.fromkeys(lane for groove in grooves.values() for lane in groove if lane in KEYS)
    return {
        lane: {
            base: Figure.of(base, groove.get(lane, REST * BASE_BEATS[base]))
            for base, groove in grooves.items()
        }
        for lane in lanes
    }


def kick_onsets(ctx: SectionContext) -> list[Fraction]:
    """Return where the kick drum plays in the section's grooves, for a bass that locks to it."""
    return [onset for onset, lane, _ in _yield_groove_hits(ctx.of_band()) if lane == "kick"]


def _yield_groove_hits(ctx: SectionContext) -> Iterator[Hit]:
    """Yield the strokes of the section's groove, and of the one that follows it in the middle."""
    later = later_lanes(ctx)
    turn = ctx.length if later is None else _turn(ctx)
    bars: list[list[Hit]] = [[] for _ in range(ctx.bars)]
    for lanes, is_later in ((groove_lanes(ctx), False), (later or {}, True)):
        for lane, figures in lanes.items():
            for event in events(figures, ctx.meter, ctx.bars):
                if (event.onset >= turn) == is_later:
                    bars[int(event.onset // ctx.meter.bar_quarters)].append((event.onset, lane, event.sign))

    # A groove may name the changes that it bears; all others bear all.
    names = choose_names(ctx.style.drums, ctx, "groove").values()
    borne = [load_figures("drums")[name].get("edits", _EDITS) for name in names]
    edits = [edit for edit in _EDITS if all(edit in own for own in borne)]
    forms = bar_forms(ctx, ctx.style.variety.get("drums", 0.0), ("drums",))
    for index, (bar, form) in enumerate(zip(bars, forms, strict=True)):
        yield from _turn_bar(bar, index, form, edits, ctx) if form and edits else bar


def _turn_bar(
    bar: list[Hit], index: int, form: int, edits: Sequence[str], ctx: SectionContext
) -> list[Hit]:
    """Return a bar as the drummer of this song changes it.

    It has one kick more or less between the beats, ghost notes, or an open hat: two of these at most.
    """
    rng = ctx.habit("drums", form)
    start, beat = index * ctx.meter.bar_quarters, ctx.meter.beat_quarters
    struck = {onset for onset, lane, _ in bar if lane in _STRUCK}
    step = _finest(ctx)
    places = [start + k * step for k in range(1, int(ctx.meter.bar_quarters / step))]
    free = [place for place in places if place % beat and place not in struck]
    lanes = {lane for _, lane, _ in bar}
    for edit in rng.sample(list(edits), min(len(edits), 2)):
        if edit == "drop":
            able = [hit for hit in bar if hit[1] == "kick" and hit[0] % beat]
            gone = pick(rng, able) if able else None
            bar = [hit for hit in bar if hit != gone]
        elif free and edit == "kick" and "kick" in lanes:
            bar = [*bar, (pick(rng, free), "kick", "x")]
        elif free and edit == "ghost" and lanes & {"snare", "rim"} and ctx.level != "low":
            bar = [*bar, *((place, "snare", "g") for place in sorted({pick(rng, free), pick(rng, free)}))]
        elif edit == "open" and "hat" in lanes and "open" not in lanes:
            halves = [hit for hit in bar if hit[1] == "hat" and hit[0] % beat == beat / 2]
            hat = pick(rng, halves) if halves else None
            bar = [(hit[0], "open", hit[2]) if hit == hat else hit for hit in bar]
    return bar


def _finest(ctx: SectionContext) -> Fraction:
    """Return the smallest step between strokes, in quarters: no sixteenths where eighths swing."""
    beat = ctx.meter.beat_quarters
    if ctx.meter.is_compound:
        return beat / 3
    is_coarse = ctx.style.swing.swings_eighths or ctx.meter.denominator >= 8
    return beat / 2 if is_coarse else beat / 4


def write_drums(ctx: SectionContext, player: Player) -> list[Note]:
    """Return all drum notes of a section."""
    end = ctx.figures_end
    fill = _choose_fill(ctx, player)
    hits: dict[tuple[Fraction, int], int] = {}
    for onset, lane, sign in (*_groove_hits(ctx, player, fill), *_replies(ctx, fill)):
        if onset < end:
            _strike(hits, onset, lane, VELOCITIES[sign])
    if fill is not None:
        for lane, pattern in fill.lanes.items():
            for k, sign in enumerate(pattern):
                if sign != REST:
                    _strike(hits, fill.start + k * fill.step, lane, VELOCITIES[sign])

    if ctx.is_refrain() or ctx.energy >= _CRASH_FROM:
        _crash(hits, ctx, Fraction(0))
    if ctx.ends_song:
        _crash(hits, ctx, ctx.final_onset)

    notes = []
    for (onset, key), velocity in hits.items():
        # Downbeats are a little stronger than their lane says.
        force = min(127, velocity + 8) if ctx.is_downbeat(onset) else velocity
        notes.append(Note(onset, _HIT, key, ctx.velocity(force)))
    return sorted(notes, key=in_order)


def _strike(hits: dict[tuple[Fraction, int], int], onset: Fraction, lane: str, velocity: float) -> None:
    place = (onset, KEYS[lane])
    hits[place] = max(hits.get(place, 0), round(velocity * _CYMBALS_UNDER.get(lane, 1.0)))


def _crash(hits: dict[tuple[Fraction, int], int], ctx: SectionContext, onset: Fraction) -> None:
    """Add a crash with a kick under it, where the kit has cymbals.

    Without a kick an orchestra's timpani take its place. Bongos and handclaps have neither.
    """
    lanes = groove_lanes(ctx)
    if "kick" in lanes:
        _strike(hits, onset, "kick", 112)
        if has_cymbals(ctx):
            _strike(hits, onset, "crash", 112)
    elif "timpani" in lanes or has_cymbals(ctx):
        _strike(hits, onset, "timpani", 112)
        if ctx.energy >= _CRASH_FROM:
            _strike(hits, onset, "crash", 96)


def has_cymbals(ctx: SectionContext) -> bool:
    """Return whether the kit of a section's groove is one that has a crash cymbal."""
    return not _CYMBALS.isdisjoint(groove_lanes(ctx))


def _groove_hits(ctx: SectionContext, player: Player, fill: _Fill | None) -> Iterator[Hit]:
    """Yield the groove without what a fill replaces, and the lanes that the player always plays.

    An open hat closes every fourth bar of a busy groove. In the second half of a long section there may be
    another groove, or the time may move to another cymbal.
    """
    groove = groove_lanes(ctx)
    opens = ctx.level == "high" and "hat" in groove and "open" not in groove

    # The time stays on its cymbal where what is asked for of the kit names it, or the one to move to.
    moved: dict[str, str] = {}
    may_move = ctx.bars >= _LONG_BARS and later_lanes(ctx) is None
    if may_move and ctx.rng("time").random() < ctx.style.arrangement.moves_time:
        asked = {*player.without, *player.adds}
        for here, there in (("hat", "ride"), ("ride", "hat")):
            if here in groove and there not in groove and not asked & {here, there}:
                moved = {here: there}

    turn, four_bars = _turn(ctx), 4 * ctx.meter.bar_quarters
    for onset, lane, sign in _yield_groove_hits(ctx):
        if fill is not None and onset >= fill.start and lane in _STRUCK:
            continue
        if onset >= turn and lane in moved:
            yield onset, moved[lane], sign
        elif opens and lane == "hat" and (onset + Fraction(1, 2)) % four_bars == 0:
            yield onset, "open", sign
        else:
            yield onset, lane, sign

    bases = base_meters(ctx.meter)
    for lane in player.adds:
        written = lane_figure(lane)
        if lane not in groove and all(base in written for base in bases):
            figures = {base: Figure.of(base, written[base]) for base in bases}
            for event in events(figures, ctx.meter, ctx.bars):
                yield event.onset, lane, event.sign


def _replies(ctx: SectionContext, fill: _Fill | None) -> Iterator[Hit]:
    """Yield a few soft strokes on the last beat of some of the tune's rests."""
    lanes, amount = groove_lanes(ctx), ctx.style.variety.get("drums", 0.0)
    if ctx.energy < _ANSWERS_FROM or not {"snare", "rim"} & set(lanes):
        return
    beat = ctx.meter.beat_quarters
    in_a_beat = beat / _finest(ctx)
    replies = {3: _REPLIES_IN_THIRDS, 2: _REPLIES_IN_HALVES}.get(int(in_a_beat), _REPLIES)
    own = ctx.habit("replies")
    usual = [pick(own, replies), pick(own, replies)]
    rng = ctx.rng("replies")
    for _, end in ctx.rests:
        point, reply = rng.random(), pick(rng, usual)
        start = end // beat * beat - beat
        if point >= 2 * amount or start < 0 or (fill is not None and start + beat > fill.start):
            continue
        for k, sign in enumerate(reply):
            if sign != REST:
                yield start + k * beat / len(reply), "snare", sign


def keep_lanes(notes: Sequence[Note], player: Player) -> list[Note]:
    """Return the hits of a part without those on lanes that the player leaves out."""
    silent = {KEYS[lane] for lane in player.without}
    return [note for note in notes if note.pitch not in silent]


def find_fill_keys() -> frozenset[int]:
    """Return the keys that stop where a fill begins."""
    return frozenset(KEYS[lane] for lane in _STRUCK)


def _choose_fill(ctx: SectionContext, player: Player) -> _Fill | None:
    """Return a fill of the section's level that ends on its last beat.

    None in quiet sections, sections of one bar, the last of the song, and where the style has none that
    fits.
    """
    if ctx.ends_song or ctx.energy < _FILLS_FROM or ctx.bars < 2:
        return None
    base, beats = beat_groups(ctx.meter)[-1]
    known = load_figures("fills")
    names = [name for name in ctx.style.fills[base] if known[name]["beats"] <= beats]
    names = [name for name in names if known[name]["level"] == ctx.level] or names
    if not names or base not in base_meters(ctx.meter):
        return None
    chosen: dict[str, Any] = known[names[int(ctx.rng(player.name, "fill").random() * len(names))]]
    lanes = {lane: pattern for lane, pattern in chosen.items() if lane in KEYS}
    length = chosen["beats"] * ctx.meter.beat_quarters
    return _Fill(ctx.length - length, lanes, length / len(next(iter(lanes.values()))))
