"""Key, tempo and metre that change at a place, as the spec writes or wishes say."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter, Span
from structure.base.labels import KINDS, REFRAINS, kind_of
from structure.forms.places import Layout
from structure.harmony.keys import RELATED_KEYS, Key, related_key
from structure.planning.wishes.dynamics import bars_beside
from structure.planning.wishes.genres import find_placed_styles
from structure.planning.wishes.styles import find_nearest_tempo
from structure.plans.events import Event
from structure.plans.lengths import move_events
from structure.presets.genres import find_genre
from structure.presets.moods import mood_feeling
from structure.presets.styles import load_style
from structure.specs.spec import EventSpec, FormEntry, SectionSpec, SongSpec
from structure.specs.wishes import EACH, LAST, When, Wish, Wishes, WishKind, is_song_wide, named_place
from structure.tempo.frames import Frame, frame_tempo
from structure.tempo.steps import EIGHTH, Steps, grid_of, limit_tempo, meters_of, steps_of, with_ramp

_STEP_UP = 2
"""Semitones of a change of key of which nobody says how far it goes."""

_FURTHEST = 12

_SHARES = {"slow": Fraction(4, 5), "fast": Fraction(5, 4)}
"""Share of the song's tempo in a place that is slow, or fast."""

_SWAY = Fraction(1, 25)
"""Share of the tempo by which a mood moves the place that it is asked for."""

_MODES = ("major", "minor", *RELATED_KEYS)

_RAMP_BARS = 2
"""Bars of a ritardando or an accelerando."""

_HELD_BACK, _PUSHED = Fraction(13, 20), Fraction(27, 20)
"""Share of the tempo at the end of a ritardando, and of an accelerando."""


def lifts(wishes: Wishes, layout: Layout, last_refrain: int) -> list[int]:
    """Return the semitones by which each visit lies above its section's own key.

    A change lasts to the end of the song, save in a section that does not return and is not the last
    refrain. Where no place is said, the last refrain rises.
    """
    found = [0] * len(layout.names)
    for wish in wishes.wishes:
        if wish.kind != "key" or wish.what not in ("up", "down", "change") or wish.polarity == "avoid":
            continue
        size = int(wish.amount) if wish.amount else _STEP_UP
        size = min(size, _FURTHEST) * (-1 if wish.what == "down" else 1)

        every, names = range(len(layout.names)), layout.names
        if wish.times is not None:
            _climb(found, _climbs(wish, layout), size)
            continue
        if wish.when is not None and wish.when.edge != "end":
            line = layout.line(wish.when, wish.where)
            lifted = [i for i in every if line is not None and layout.starts[i] + 1 > line]
        elif wish.where.section is None:
            returns = [i for i in every if names[i] in names[:i]]
            start = last_refrain if last_refrain in every else max(returns, default=len(every) - 1)
            lifted = [i for i in every if i >= start]
        else:
            lifted = list(layout.visits(wish.where))[-1:]
            is_last = wish.where.visit == LAST or last_refrain in lifted
            if is_last or any(names.count(names[i]) > 1 for i in lifted):
                lifted = [i for i in every if lifted and i >= lifted[0]]
            if wish.where.visit is None and abs(size) == 1:
                # "A semitone up in the choruses": every one of them rises above the one before.
                _climb(found, layout.visits(wish.where)[1:-1], size)
        for visit in lifted:
            found[visit] = max(-_FURTHEST, min(_FURTHEST, found[visit] + size))
    return found


def _climb(lifts: list[int], visits: Sequence[int], size: int) -> None:
    """Lift all that comes from each of some visits on by so many semitones more, in place."""
    for start in visits:
        for visit in range(start, len(lifts)):
            lifts[visit] = max(-_FURTHEST, min(_FURTHEST, lifts[visit] + size))


def _climbs(wish: Wish, layout: Layout) -> list[int]:
    """Return the visits with which the key changes that does so several times.

    At each visit of a place it does so with all but the first, before which nobody knows another key.
    Elsewhere the last refrains have it, or the last sections that return, as many as are said.
    """
    names, when, often = layout.names, wish.when, wish.times or 1
    if wish.times == EACH:
        place = named_place(wish)
        if place.section is None:
            return _returning(layout, REFRAINS)
        after = when is not None and when.relation == "after"
        visits = [visit + after for visit in layout.visits(place)]
        return [visit for visit in visits if visit < len(names) and names[visit] in names[:visit]]
    since = layout.line(when, wish.where) if when is not None and when.edge != "end" else None
    found: list[int] = []
    for open_to in (_returning(layout, REFRAINS), _returning(layout, KINDS), range(1, len(names))):
        able = [i for i in open_to if since is None or layout.starts[i] >= since]
        found = able if len(found) < often else found
    return found[-often:]


def _returning(layout: Layout, kinds: Collection[str]) -> list[int]:
    """Return the visits of some kinds of section whose section was there before."""
    names = layout.names
    return [i for i, name in enumerate(names) if kind_of(name) in kinds and name in names[:i]]


def find_asked_key(wishes: Wishes, name: str) -> str | None:
    """Return the key that is asked for in all visits of a section, None where none is."""
    return next((what for what in _yield_asked(wishes, "key", name) if what[:1].isupper()), None)


def find_asked_mode(wishes: Wishes, name: str) -> str | None:
    """Return what all visits of a section are to be in, where no key is said, or None.

    It is ``major`` or ``minor``, or one of :data:`~structure.harmony.keys.RELATED_KEYS`.
    """
    return next((what for what in _yield_asked(wishes, "key", name) if what in _MODES), None)


def find_asked_visit_keys(wishes: Wishes, layout: Layout, home: Key) -> list[str | None]:
    """Return the key that is asked for in each visit by itself, or None; ``home`` is the song's."""
    found: list[str | None] = [None] * len(layout.names)
    for wish in wishes.wishes:
        is_single = wish.when is not None or wish.where.visit is not None
        if wish.kind != "key" or wish.polarity != "want" or not is_single:
            continue
        if wish.what in _MODES:
            name = wish.what if wish.what in RELATED_KEYS else f"parallel {wish.what}"
            key = related_key(home, name).name
        elif wish.what[:1].isupper():
            key = wish.what
        else:
            continue
        first = _first_changed(wish, layout)
        for visit in range(len(found)):
            if layout.covers(wish, visit) if first is None else visit >= first:
                found[visit] = key
    return found


def _first_changed(wish: Wish, layout: Layout) -> int | None:
    """Return the visit from which a key lasts that comes at a bar, a second or halfway; None for others.

    It is the visit whose start is nearest to that time.
    """
    when = wish.when
    if wish.where.section is not None or when is None or when.relation != "at":
        return None
    if when.place is not None or when.edge in ("start", "end"):
        return None
    line = layout.line(when, wish.where) or 0
    return min(range(len(layout.names)), key=lambda visit: abs(layout.starts[visit] - line))


def _yield_asked(wishes: Wishes, kind: WishKind, name: str) -> Iterator[str]:
    """Yield what is asked, by wishes of a kind, of all visits of a section."""
    for wish in wishes.wishes:
        is_for_all = wish.polarity == "want" and wish.when is None and wish.where.visit is None
        section = wish.where.section
        if wish.kind == kind and is_for_all and section is not None and kind_of(section) == kind_of(name):
            yield wish.what


def changes_pace(spec: SongSpec, wishes: Wishes) -> bool:
    """Return whether bars of some sections last longer than those of others, as it is written or asked."""
    entries = spec.form if isinstance(spec.form, tuple) else ()
    owners: list[SectionSpec | FormEntry] = [*spec.sections.values(), *entries]
    return any(
        owner.tempo is not None
        or owner.meter is not None
        or any(event.do == "meter" for event in owner.events or ())
        for owner in owners
    ) or any(wish.kind in ("meter", "genre") and wish.where.section is not None for wish in wishes.wishes)


def section_frame(spec: SongSpec, wishes: Wishes, name: str, bars: int, song: Grid) -> Frame:
    """Return metre and tempo of a section: its own, else those that are asked for it, else the song's.

    A waltz in a song in four goes in three.
    """
    section = spec.sections.get(name, SectionSpec())
    meter = section.meter or next(_yield_asked(wishes, "meter", name), None)
    genre = next((find_genre(what) for what in _yield_asked(wishes, "genre", name)), None)
    if meter is None and genre is not None:
        usual = load_style(genre.style).meters
        other = None if str(song.meter) in usual else max(usual, key=lambda one: usual[one])
        meter = genre.meter or other
    return _frame(bars, section.tempo, song.meter if meter is None else Meter.parse(meter), song)


def visit_frames(
    spec: SongSpec,
    wishes: Wishes,
    walk: Sequence[str],
    bars: Mapping[str, int],
    song: Grid,
    own: Mapping[int, int] | None = None,
) -> tuple[Frame, ...]:
    """Return metre, tempo and written events of each visit of a walk; ``song`` is the song's own grid.

    ``bars`` are those of sections, ``own`` those of visits, counted from 0, that differ from them.
    """
    given = spec.form if isinstance(spec.form, tuple) else ()
    entries = given or tuple(FormEntry(section=name) for name in walk)
    found = []
    for i, (entry, name) in enumerate(zip(entries, walk, strict=True)):
        section = spec.sections.get(name, SectionSpec())
        lasts = (own or {}).get(i, bars[name])
        frame = section_frame(spec, wishes, name, lasts, song)
        if entry.meter is not None or entry.tempo is not None:
            meter = frame.meter if entry.meter is None else Meter.parse(entry.meter)
            frame = _frame(lasts, section.tempo if entry.tempo is None else entry.tempo, meter, song)
        found.append(replace(frame, events=plan_written_events(entry, section, bars[name], lasts)))
    return tuple(found)


def plan_written_events(entry: FormEntry, section: SectionSpec, bars: int, lasts: int) -> tuple[Event, ...]:
    """Return the events that the user writes for a visit of ``lasts`` bars.

    They are its own, else those of its section, which has ``bars`` bars.
    """
    if entry.events is not None:
        return tuple(plan_event(event) for event in entry.events)
    return move_events([plan_event(event) for event in section.events], bars, lasts)


def _frame(bars: int, tempo: float | None, meter: Meter, song: Grid) -> Frame:
    return Frame(bars, meter, frame_tempo(song, meter, tempo), is_tempo_given=tempo is not None)


def plan_event(event: EventSpec) -> Event:
    """Return an event that the user writes as the plan has it."""
    return Event(
        bar=event.bar,
        do=event.do,
        stem=event.stem,
        beat=Fraction(str(event.beat)),
        bars=event.bars,
        tempo=None if event.tempo is None else Fraction(str(event.tempo)),
        meter=None if event.meter is None else Meter.parse(event.meter),
    )


def change_grid(wishes: Wishes, layout: Layout, frames: Sequence[Frame]) -> Grid:
    """Return the grid of a layout with the tempi that wishes ask for, and with ramps in steps.

    A tempo that the user writes stays as it is.
    """
    grid = layout.grid
    lines = [grid.quarters_at_bar(bar) for bar in range(layout.end + 1)]
    steps = _with_wished_tempi(steps_of(grid), wishes, layout, lines, frames)
    for wish in wishes.wishes:
        is_ramp = wish.kind == "event" and wish.what in ("ritardando", "accelerando")
        if not is_ramp or wish.polarity == "avoid":
            continue
        # A ramp ends at a place, or with the song; all of a song may become faster.
        is_whole = is_song_wide(wish)
        end = layout.end if is_whole else layout.line(wish.when or When(edge="end"), wish.where)
        if end is None or end == 0:
            continue
        lasts = int(wish.amount) if wish.amount else _RAMP_BARS
        start = 0 if is_whole and wish.what == "accelerando" else max(0, end - lasts)
        last = _HELD_BACK if wish.what == "ritardando" else _PUSHED
        bar = grid.span_at(lines[start]).meter.bar_quarters
        stair = max(EIGHTH, bar * ((lines[end] - lines[start]) // (64 * EIGHTH)) / 4)
        steps = with_ramp(steps, lines[start], lines[end], last, stair)
    if steps == steps_of(grid):
        return grid
    return grid_of(steps, meters_of(grid), lines[-1], grid.sample_rate)


def _with_wished_tempi(
    steps: Steps, wishes: Wishes, layout: Layout, lines: Sequence[Fraction], frames: Sequence[Frame]
) -> Steps:
    """Return the tempi, with those of places that are to be slow or fast, or have a tempo in figures."""
    written = [layout.grid.span_at(line) for line in lines[:-1]]
    tempi = [span.quarters_per_minute for span in written]
    is_free = [not frame.is_tempo_given for frame in frames for _ in range(frame.bars)]
    kinds = ("tempo",) if any(wish.kind == "tempo" for wish in wishes.wishes) else ("mood",)
    if "tempo" not in kinds:
        for bar, tempo in _tempi_of_styles(written, wishes, layout):
            if is_free[bar]:
                tempi[bar] = tempo
    for wish in wishes.wishes:
        if wish.kind not in kinds or wish.polarity in ("avoid", "less") or is_song_wide(wish):
            continue
        beside = bars_beside(wish, layout) if wish.what in _SHARES else []
        for bar in beside or layout.bars_for(wish):
            usual, wished = written[bar].quarters_per_minute, None
            if wish.what == "bpm" and wish.amount:
                wished = limit_tempo(Fraction(str(wish.amount)) * written[bar].meter.beat_quarters)
            elif wish.kind == "mood":
                way = round(mood_feeling(wish.what).tempo)
                wished = limit_tempo(usual * (1 + _SWAY * way)) if way else None
            elif wish.what in _SHARES:
                wished = limit_tempo(usual * _SHARES[wish.what])
            if wished is not None and is_free[bar]:
                tempi[bar] = wished
    if tempi == [span.quarters_per_minute for span in written]:
        return steps
    return tuple(zip(lines, tempi, strict=False))


def _tempi_of_styles(
    written: Sequence[Span], wishes: Wishes, layout: Layout
) -> Iterator[tuple[int, Fraction]]:
    """Yield bars in another style than the song's whose music goes at a tempo of its own, and that tempo.

    ``written`` has the span of each bar; tempi are in quarters a minute.
    """
    for visit, genre in enumerate(find_placed_styles(wishes, layout)):
        if genre is None:
            continue
        style = load_style(genre)
        for bar in layout.bars_of(visit):
            span = written[bar]
            beat = span.meter.beat_quarters
            own = find_nearest_tempo(style, float(span.quarters_per_minute / beat), span.meter)
            if own is not None:
                yield bar, limit_tempo(Fraction(str(own)) * beat)
