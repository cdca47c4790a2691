"""Where in a plan the place and the time of a wish are. Bars count from 0."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from structure.base.labels import kind_of, kind_there
from structure.outcomes.listening import Song, UnmetError, kind
from structure.plans.plan import Visit
from structure.specs.wishes import (
    EDGE_BARS,
    LAST,
    LASTING,
    WHOLE_SONG,
    When,
    Where,
    Wish,
    Wishes,
    is_next_to,
    is_song_wide,
)


def visits_of_kind(song: Song, section: str) -> list[Visit]:
    """Return the visits of a section by its kind or its very name, in order; none where there is none."""
    wanted = kind_of(section) or section
    return [v for v in song.plan.visits if v.place.name == section or kind(v) == wanted]


def visits_at(song: Song, where: Where) -> list[Visit]:
    """Return the visits of a place, all of the song's for no section.

    Raises UnmetError where the song has no such visit.
    """
    if where.section is None:
        return list(song.plan.visits)
    found = visits_of_kind(song, where.section)
    if not found:
        there = kind_there(kind_of(where.section) or where.section, [kind(v) for v in song.plan.visits])
        found = visits_of_kind(song, there)
    if not found:
        raise UnmetError(f"the song has no {where.section}; it goes {describe_walk(song)}")
    if where.visit is None:
        return found
    if where.visit == LAST:
        return found[-1:]
    if where.visit > len(found):
        raise UnmetError(f"there is no {where.section} {where.visit}: the song has {len(found)}")
    return [found[where.visit - 1]]


def describe_walk(song: Song) -> str:
    """Return the walk of a song for people, shortened."""
    names = [visit.place.name for visit in song.plan.visits]
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")


def describe_place(where: Where) -> str:
    """Return a place for people: ``chorus 2``, ``the last chorus``, ``the song``."""
    if where.section is None:
        return "the song"
    if where.visit is None:
        return f"the {where.section}"
    return f"the last {where.section}" if where.visit == LAST else f"{where.section} {where.visit}"


def bars_of(visits: Sequence[Visit]) -> list[int]:
    """Return the bars of visits."""
    return [bar for visit in visits for bar in range(visit.place.start_bar, visit.end_bar)]


def bar_of(song: Song, when: When, where: Where = WHOLE_SONG) -> int:
    """Return the bar line that a time names: that of the place's start, or of its end for ``after``.

    Bars count from the start of ``where``, whose edges are meant too. A second is at the nearest bar line.
    Raises UnmetError where it is not in the song.
    """
    here = visits_at(song, where)
    start, end = here[0].place.start_bar, here[-1].end_bar
    if when.bar is not None:
        bar = start + when.bar - 1
        if bar >= song.bars:
            raise UnmetError(f"there is no bar {when.bar}: {describe_place(where)} ends at bar {song.bars}")
        return bar

    if when.seconds is not None:
        whole = song.seconds_at_bar(song.bars)
        seconds = when.seconds if when.seconds >= 0 else max(0.0, whole + when.seconds)
        if seconds > whole + 4:
            raise UnmetError(f"the song is over after {whole:.0f} s")
        return min(range(song.bars + 1), key=lambda bar: abs(song.seconds_at_bar(bar) - seconds))

    if when.edge == "middle":
        # Where the visit begins that lies nearest to the half of some; the half of one alone.
        half = (start + end) // 2
        starts = [visit.place.start_bar for visit in here[1:]]
        return min(starts, key=lambda bar: abs(bar - half), default=half)
    if when.edge is not None:
        return start if when.edge == "start" else end
    visits = visits_at(song, when.place or WHOLE_SONG)
    return visits[0].end_bar if when.relation == "after" else visits[0].place.start_bar


def bars_for(song: Song, wish: Wish) -> list[int]:
    """Return the bars that a wish is for: those of its place that its time leaves.

    Raises UnmetError where there are none.
    """
    place = bars_of(visits_at(song, wish.where))
    when = wish.when
    if when is None:
        bars = place
    elif when.relation == "at" and when.place is not None:
        inside = set(bars_of(visits_at(song, when.place)))
        bars = [bar for bar in place if bar in inside] or sorted(inside)
    else:
        line = bar_of(song, when, wish.where)
        amount = _length(wish, 0)
        if is_next_to(wish):
            here = line if when.relation == "after" else line - 1
            bars = bars_of([v for v in song.plan.visits if v.place.start_bar <= here < v.end_bar])
        elif when.relation == "after":
            bars = [bar for bar in place if bar >= line][: amount or None]
        elif when.relation != "at":
            bars = [bar for bar in place if bar < line]
            bars = bars[-amount:] if when.relation == "before" else bars
        elif when.edge == "end":
            last = visits_at(song, wish.where)[-1]
            bars = list(range(max(0, line - _length(wish, min(EDGE_BARS, last.bars))), line))
        else:
            # From a bar on, up to the end of the visit; at a start, a few bars.
            first = next((v for v in song.plan.visits if v.place.start_bar <= line < v.end_bar), None)
            rest = first.end_bar - line if first is not None else EDGE_BARS
            length = _length(wish, min(EDGE_BARS, rest) if when.edge == "start" else rest)
            bars = list(range(line, min(line + length, song.bars)))

    if not bars:
        raise UnmetError(f"there is nothing of {describe_place(wish.where)} at that time")
    return bars


def bars_of_others(
    song: Song, wish: Wish, wishes: Wishes, bars: Callable[[Song, Wish], list[int]] = bars_for
) -> set[int]:
    """Return the bars for which something else of a wish's kind is wanted: another key, another metre.

    ``bars`` returns those that another wish is for.
    """
    found: set[int] = set()
    for other in wishes.wishes:
        is_other = (other.kind, other.polarity) == (wish.kind, "want") and other.what != wish.what
        if is_other and not is_song_wide(other):
            with suppress(UnmetError):  # a place that the song does not have
                found.update(bars(song, other))
    return found


def _length(wish: Wish, usual: int) -> int:
    """Return how many bars a wish lasts: as many as it says, where its amount counts bars."""
    return int(wish.amount) if wish.kind in LASTING and wish.amount is not None else usual
