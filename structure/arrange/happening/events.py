"""What happens inside a section, done to the notes that are written already: entries, rests, stops, fades.

An event changes the parts of one visit and nothing else, so that files, clips and sheets say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from structure.arrange.clearance import making_room
from structure.arrange.context import Player, SectionContext
from structure.arrange.happening.backbeat import with_double_time, with_fill, with_half_time
from structure.arrange.happening.band import with_impact, with_pickup, with_pushes, with_run, with_shot
from structure.arrange.happening.comping import reacting
from structure.arrange.happening.fills import with_short_fill
from structure.arrange.happening.growing import with_drive, with_harmony, with_octaves
from structure.arrange.happening.rising import with_rise
from structure.arrange.happening.textures import halve_pace, hold_chords, thin_out
from structure.arrange.solos.turns import Writer, with_solo, with_trade
from structure.base.exact import Fraction
from structure.base.types import EARLY, EventKind, Role
from structure.plans.events import WHOLE_BAND, Event
from structure.plans.score import Note, Part, in_order

_SHORTEST_HEAD, _SHORTEST_TAIL = Fraction(1, 4), Fraction(1)
"""Quarters of a held note that must be left before a rest, and after it, to be played."""

_ACCOMPANYING = (0.74, 0.96)
"""What a solo leaves of the force of those who accompany it, where it begins and where it ends."""

_SPARING = Fraction(1, 4)
"""Share of a solo through which who plays chords leaves room."""

_FADED, _HUSHED, _SURGING = 0.08, 0.4, 1.15
"""Force at the quiet end of a fade, and at the start and the end of a build; 1 is what is written."""

_PHRASE = 2
"""Bars of a call, and of its answer."""

_TRADED = 4
"""Bars that each of those who trade has."""

_SHORT_SECTION = 4
"""Bars of a section in which calls last one bar."""

_STRUCK = 1.08

_DOUBLERS: tuple[Role, ...] = ("lead", "arpeggio", "pad", "chords")
"""Who doubles a melody, the first choice first."""

_HARMONISERS: tuple[Role, ...] = ("pad", "chords", "arpeggio")
"""Who has a second voice to a melody, the first choice first."""

_PUSHED: tuple[Role, ...] = ("chords", "bass", "pad")
"""Who plays chords that come early."""

Parts = dict[str, Part]


@dataclass(frozen=True, slots=True)
class _Window:
    """The time of an event, in quarters from the section's downbeat."""

    start: Fraction
    end: Fraction


def with_events(
    parts: Mapping[str, Part],
    events: Sequence[Event],
    ctx: SectionContext,
    *,
    opens_song: bool = False,
    players: Sequence[Player] = (),
    seed: int = 0,
) -> Parts:
    """Return the parts of a visit as its events make them; those that fall silent are left out.

    ``opens_song`` says that it is the first of the song: a fade from its first beat comes in. Those of
    ``players`` have solos of their own in solos and trades; ``seed`` is that of what the visit has of its
    own.
    """
    found = dict(parts)
    for kind, happen in (_HAPPENINGS | _OPENINGS if opens_song else _HAPPENINGS).items():
        for event in events:
            if event.do != kind:
                continue
            write = _SOLOS.get(kind) if players else None
            if write is not None:
                window = _window(event, ctx)
                found = write(found, event, (window.start, window.end), ctx, players, seed)
            if write is None or kind == "solo":
                found = happen(found, event, ctx)
    return with_silences(found, events, ctx)


def with_silences(parts: Mapping[str, Part], events: Sequence[Event], ctx: SectionContext) -> Parts:
    """Return the parts without what their players play before they enter, after they leave and in rests."""
    bar = ctx.meter.bar_quarters
    found = {}
    for name, part in parts.items():
        silences = []
        turns: list[tuple[Fraction, bool]] = []
        for event in events:
            if not _is_for(event, name):
                continue
            if event.do == "rest":
                silences.append(_window(event, ctx, bar))
            elif event.do == "stop":
                start = _window(event, ctx).start
                silences.append(_window(event, ctx, bar - start % bar))
            elif event.do in ("enter", "leave"):
                window = _window(event, ctx)
                turns.append((window.start, event.do == "enter"))
                if event.bars is not None:
                    turns.append((window.end, event.do == "leave"))

        # It is silent from where it leaves to where it enters, and from the start if it enters first.
        turns.sort()
        left = Fraction(0) if turns and turns[0][1] else None
        for at, enters in (*turns, (ctx.length, True)):
            if not enters:
                left = at if left is None else left
            elif left is not None:
                silences += [_Window(left, at)] if left < at else []
                left = None

        notes = _silence(part, silences)
        if notes:
            found[name] = _with_notes(part, notes)
    return found


def play_with_force(part: Part, force: float) -> Part:
    """Return a part played with a share of its force."""
    return replace(part, notes=tuple(note.scale_velocity(force) for note in part.notes))


def _window(event: Event, ctx: SectionContext, usual: Fraction | None = None) -> _Window:
    """Return the time of an event that lasts ``usual`` quarters by itself, or to the end of its section."""
    bar = ctx.meter.bar_quarters
    start = (event.bar - 1) * bar + (event.beat - 1) * ctx.meter.beat_quarters
    lasts = event.bars * bar if event.bars is not None else usual
    end = ctx.length if lasts is None else start + lasts
    return _Window(min(start, ctx.length), min(end, ctx.length))


def _is_for(event: Event, name: str) -> bool:
    return event.stem in (name, WHOLE_BAND)


def _with_notes(part: Part, notes: Iterable[Note]) -> Part:
    return replace(part, notes=tuple(sorted(notes, key=in_order)))


def _silence(part: Part, silences: Sequence[_Window]) -> list[Note]:
    """Return the notes outside the silences; held ones are cut, and struck again if enough is left."""
    notes = list(part.notes)
    for window in silences:
        kept: list[Note] = []
        for note in notes:
            begins = note.onset + EARLY
            if note.end <= window.start or begins >= window.end:
                kept.append(note)
                continue
            if window.start - note.onset >= _SHORTEST_HEAD and begins < window.start:
                kept.append(replace(note, duration=window.start - note.onset))
            left = note.end - window.end
            if part.role != "drums" and left >= _SHORTEST_TAIL:
                kept.append(replace(note, onset=window.end, duration=left, offset=Fraction(0)))
        notes = kept
    return notes


# What changes the notes that are heard


def _less(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let a stem, or all but the melody, play fewer strokes or hold its chords.

    A melody that is named holds a note.
    """
    window = _window(event, ctx)
    end = min(window.end, ctx.figures_end)
    change = thin_out if event.do == "thin" else hold_chords
    return {
        name: _with_notes(part, change(part, window.start, end, ctx))
        if event.stem == name or (event.stem == WHOLE_BAND and part.role != "lead")
        else part
        for name, part in parts.items()
    }


def _pulse(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let drums play at half the pulse, or at twice as much; without drums, the others at half the pace."""
    window = _window(event, ctx)
    end = min(window.end, ctx.figures_end)
    has_drums = any(part.role == "drums" and part.notes for part in parts.values())
    if event.do == "half_time" and not has_drums:
        return {
            name: _with_notes(part, halve_pace(part, window.start, end, ctx))
            if part.role in ("bass", "chords", "arpeggio") and _is_for(event, name)
            else part
            for name, part in parts.items()
        }
    paced = with_half_time if event.do == "half_time" else with_double_time
    return {
        name: _with_notes(part, paced(part.notes, window.start, end, ctx.meter))
        if part.role == "drums" and _is_for(event, name)
        else part
        for name, part in parts.items()
    }


def _fermata(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Hold what sounds at the beat to its end; nothing is struck while it is."""
    start = _window(event, ctx).start
    end = min(start + ctx.meter.beat_quarters, ctx.length)
    found = {}
    for name, part in parts.items():
        kept = []
        for note in part.notes:
            if start < note.onset < end - 2 * EARLY:
                continue
            sounds = note.onset <= start + EARLY and note.end > start
            is_held = sounds and part.role != "drums"
            kept.append(replace(note, duration=max(note.end, end) - note.onset) if is_held else note)
        found[name] = _with_notes(part, kept)
    return found


def _fade(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    window = _window(event, ctx)
    return {
        name: _scale_force(part, window, 1.0, _FADED) if _is_for(event, name) else part
        for name, part in parts.items()
    }


def _fade_at_opening(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let a fade from the first beat of the song come in; others go out."""
    window = _window(event, ctx)
    if window.start > 0:
        return _fade(parts, event, ctx)
    return {
        name: _scale_force(part, window, _FADED, 1.0) if _is_for(event, name) else part
        for name, part in parts.items()
    }


def _scale_force(part: Part, window: _Window, first: float, last: float) -> Part:
    """Return the part with its force in the window going evenly from one share of itself to another."""
    span = float(window.end - window.start) or 1.0
    notes = []
    for note in part.notes:
        if window.start <= note.onset + EARLY < window.end:
            share = min(1.0, max(0.0, float(note.onset - window.start) / span))
            notes.append(note.scale_velocity(first + (last - first) * share))
        else:
            notes.append(note)
    return replace(part, notes=tuple(notes))


def _solo(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let one stem have the tune: other melodies rest, and the band steps back, and then grows with it.

    Who only ever holds notes, such as the viola of a trio, takes the tune over from who has it.
    """
    soloist = _soloist(parts, event.stem)
    if soloist is None:
        return parts
    melody, window = parts[soloist], _window(event, ctx)
    found = dict(parts)
    tunes = [part for name, part in parts.items() if part.role == "lead" and name != soloist]
    if melody.role == "pad" and tunes:
        inside = [
            note for note in tunes[0].notes if window.start <= note.onset + EARLY < window.end - EARLY
        ]
        notes = [*_silence(melody, [window]), *_in_range_of(melody, inside)]
        melody = found[soloist] = _with_notes(melody, notes)
    for name, part in parts.items():
        if name == soloist:
            continue
        if part.role == "lead":
            found[name] = _with_notes(part, _silence(part, [window]))
            continue

        backing = part
        if part.role == "chords" and part.notes:
            # Chords have fewer strokes where the solo begins.
            until = window.start + (window.end - window.start) * _SPARING
            backing = _with_notes(part, thin_out(part, window.start, until, ctx))
        if part.role == "chords" and melody.role in ("lead", "arpeggio", "chords"):
            # They leave the place of the melody free.
            inside = [note for note in backing.notes if window.start <= note.onset < window.end]
            others = [note for note in backing.notes if not window.start <= note.onset < window.end]
            backing = _with_notes(part, [*others, *making_room(inside, melody.notes)])
        backing = reacting(backing, melody, window.start, window.end, ctx)
        found[name] = _scale_force(backing, window, *_ACCOMPANYING)
    return found


def _soloist(parts: Parts, stem: str) -> str | None:
    """Return the stem itself, else the first that has a melody; None where there is neither."""
    return stem if stem in parts else next((n for n, part in parts.items() if part.role == "lead"), None)


def _answer(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let two stems take the melody in turn: one calls, ``stem`` plays the phrase that follows."""
    caller = next((n for n, part in parts.items() if part.role == "lead" and n != event.stem), None)
    others = (n for n, part in parts.items() if part.role in ("lead", "arpeggio") and n != caller)
    replier = event.stem if event.stem in parts else next(others, None)
    if caller is None or replier is None:
        return parts

    # In a trade each plays four bars before the other does, or fewer where those do not come three times.
    window = _window(event, ctx)
    bars = (window.end - window.start) / ctx.meter.bar_quarters
    if event.do == "trade":
        turn = next((n for n in (_TRADED, _TRADED // 2) if 3 * n <= bars), 1) * ctx.meter.bar_quarters
    else:
        turn = (_PHRASE if ctx.bars > _SHORT_SECTION else 1) * ctx.meter.bar_quarters
    replies = [_Window(at, min(at + turn, window.end)) for at in _steps(window, turn)[1::2]]

    found = dict(parts)
    if event.do == "trade":
        # Other lines rest. Where one of the two has no melody, all others rest while it plays.
        is_melodic = parts[replier].role in ("lead", "arpeggio")
        for name, part in parts.items():
            if name not in (caller, replier) and is_melodic and part.role in ("lead", "arpeggio"):
                found[name] = _with_notes(part, _silence(part, [window]))
            elif name != replier and not is_melodic:
                found[name] = _with_notes(part, _silence(part, replies))
    own = parts[replier]
    if own.role == "drums":
        return found

    answered = [
        replace(note, duration=min(note.duration, reply.end - note.onset))
        for reply in replies
        for note in parts[caller].notes
        if reply.start <= note.onset + EARLY < reply.end - EARLY
    ]
    found[caller] = _with_notes(found[caller], _silence(found[caller], replies))
    found[replier] = _with_notes(own, [*_silence(own, [window]), *_in_range_of(own, answered)])
    return found


def _double(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let one more stem play the melody, in its own octave, and leave what it plays by itself."""
    window = _window(event, ctx)

    def tune_of(name: str) -> list[Note]:
        return [n for n in parts[name].notes if window.start <= n.onset + EARLY < window.end]

    leads = [n for n, part in parts.items() if part.role == "lead" and n != event.stem]
    leader = next((n for n in leads if tune_of(n)), None)  # others rest while somebody has a solo
    others = (n for role in _DOUBLERS for n, part in parts.items() if part.role == role and n != leader)
    doubler = event.stem if event.stem in parts and event.stem != leader else next(others, None)
    if leader is None or doubler is None:
        return parts
    tune = tune_of(leader)
    own = parts[doubler]
    return parts | {doubler: _with_notes(own, [*_silence(own, [window]), *_in_range_of(own, tune)])}


def _harmony(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Give the melody a second voice, played by ``stem`` beside what it has of its own."""
    leader = next((n for n, part in parts.items() if part.role == "lead" and n != event.stem), event.stem)
    others = (n for role in _HARMONISERS for n, part in parts.items() if part.role == role)
    second = event.stem if event.stem in parts else next(others, leader)
    if leader not in parts or parts[leader].role != "lead":
        return parts
    window = _window(event, ctx)
    return parts | {second: with_harmony(parts[second], parts[leader], window.start, window.end, ctx)}


def _larger(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let stems play in octaves, or busier than they are written, or in a crescendo that gets denser.

    Drums roll faster and faster into the end of a crescendo.
    """
    window = _window(event, ctx)
    tune = sorted(
        (note for part in parts.values() if part.role == "lead" for note in part.notes), key=in_order
    )

    def larger(part: Part) -> Part:
        if event.do == "octaves":
            return with_octaves(part, window.start, window.end, tune)
        if event.do == "busier":
            return with_drive(part, window.start, window.end, ctx)
        return _scale_force(with_rise(part, window.start, window.end, ctx), window, _HUSHED, _SURGING)

    return {name: larger(part) if _is_for(event, name) else part for name, part in parts.items()}


def _in_range_of(part: Part, notes: Sequence[Note]) -> list[Note]:
    """Return the notes in the octave in which a part plays."""
    if not notes or not part.notes:
        return list(notes)
    pitches, own = (sorted(note.pitch for note in some) for some in (notes, part.notes))
    octaves = round((own[len(own) // 2] - pitches[len(pitches) // 2]) / 12)
    return [note.transpose_by(12 * octaves) for note in notes]


def _stop_time(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let the band strike on one and rest, while the melody, or ``stem``, goes on alone."""
    soloist = _soloist(parts, event.stem)
    window = _window(event, ctx)
    short = ctx.meter.beat_quarters / 2
    found = dict(parts)
    for name, part in parts.items():
        if name == soloist:
            continue
        # Of what sounds on each downbeat only a short stroke is left.
        strokes: dict[tuple[Fraction, int], Note] = {}
        for bar in _steps(window, ctx.meter.bar_quarters):
            for note in part.notes:
                if note.onset - EARLY <= bar < note.end - EARLY:
                    velocity = min(127, round(note.velocity * _STRUCK))
                    length = min(short, note.duration) if part.role == "drums" else short
                    strokes[bar, note.pitch] = replace(
                        note, onset=bar, duration=length, velocity=velocity, offset=Fraction(0)
                    )
        found[name] = _with_notes(part, [*_silence(part, [window]), *strokes.values()])
    return found


def _steps(window: _Window, step: Fraction) -> list[Fraction]:
    count = -(-(window.end - window.start) // step)
    return [window.start + i * step for i in range(int(count))]


def _fill(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Write a fill from a bar line on.

    A drummer who is named plays one of the style's own figures, from a beat to the end of its bar. A melody
    plays a run through the last half of the bar.
    """
    bar = ctx.meter.bar_quarters
    window = _window(event, ctx, bar - (event.beat - 1) * ctx.meter.beat_quarters)
    found = dict(parts)
    for name, part in parts.items():
        if part.role == "drums" and event.stem == name and event.bars is None:
            found[name] = with_short_fill(part, window.start, window.end, ctx)
        elif part.role != "drums" and event.stem == name and part.notes:
            found[name] = with_run(part, window.end - bar / 2, window.end, ctx)
        elif part.role == "drums" and _is_for(event, name):
            found[name] = _with_notes(part, with_fill(part.notes, window.start, window.end, ctx.meter))
    return found


def _shot(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let all, or one stem, strike once and be silent up to the bar line, in each bar of the event."""
    bar = ctx.meter.bar_quarters
    window = _window(event, ctx, bar)
    found = dict(parts)
    for at in _steps(window, bar):
        end = (at // bar + 1) * bar
        for name, part in found.items():
            if _is_for(event, name) and part.notes:
                found[name] = with_shot(part, at, end, ctx)
    return found


def _push(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    window = _window(event, ctx)
    end = min(window.end, ctx.figures_end)
    return {
        name: with_pushes(part, window.start, end, ctx)
        if part.role in _PUSHED and _is_for(event, name)
        else part
        for name, part in parts.items()
    }


def _impact(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Write a hit on a beat; in the last bar of a song it is on the last chord."""
    at = _window(event, ctx).start
    if ctx.ends_song and at + ctx.meter.bar_quarters >= ctx.length:
        at = ctx.final_onset
    return {name: with_impact(part, at) if _is_for(event, name) else part for name, part in parts.items()}


def _pickup(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let the last beat of a bar lead into the next."""
    bar = ctx.meter.bar_quarters
    leader = _pickup_leader(parts, event)
    if leader is None or not parts[leader].notes:
        return parts
    line = _window(event, ctx).start // bar * bar + bar
    return parts | {leader: with_pickup(parts[leader], line, ctx)}


def _pickup_at_opening(parts: Parts, event: Event, ctx: SectionContext) -> Parts:
    """Let the last beat of a bar lead into the next; before the first bar line of the song nobody plays."""
    bar = ctx.meter.bar_quarters
    line = _window(event, ctx).start // bar * bar + bar
    if event.bar == 1 and line < ctx.length and _pickup_leader(parts, event) is not None:
        before = [_Window(Fraction(0), line)]
        parts = {name: _with_notes(part, _silence(part, before)) for name, part in parts.items()}
    return _pickup(parts, event, ctx)


def _pickup_leader(parts: Parts, event: Event) -> str | None:
    """Return who leads into the next bar: a melody, else the first who plays neither drums nor bass."""
    pitched = (name for name, part in parts.items() if part.role not in ("drums", "bass"))
    return _soloist(parts, event.stem) or next(pitched, None)


_SOLOS: Mapping[EventKind, Writer] = {"solo": with_solo, "trade": with_trade}
"""Events in which players have lines of their own."""

_HAPPENINGS: dict[EventKind, Callable[[Parts, Event, SectionContext], Parts]] = {
    "thin": _less,
    "hold": _less,
    "half_time": _pulse,
    "double_time": _pulse,
    "octaves": _larger,
    "busier": _larger,
    "harmony": _harmony,
    "answer": _answer,
    "trade": _answer,
    "solo": _solo,
    "double": _double,
    "fill": _fill,
    "stop_time": _stop_time,
    "push": _push,
    "shot": _shot,
    "impact": _impact,
    "pickup": _pickup,
    "build": _larger,
    "fermata": _fermata,
    "fade": _fade,
}
"""Events that change notes, in the order in which they are done; who rests is decided after them."""

_OPENINGS: dict[EventKind, Callable[[Parts, Event, SectionContext], Parts]] = {
    "pickup": _pickup_at_opening,
    "fade": _fade_at_opening,
}
"""What some of them do in the first section of the song instead."""
