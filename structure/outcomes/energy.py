"""How strong a plan is, and where it grows: by the number, the force and the players of its notes."""

from __future__ import annotations

from collections.abc import Sequence

from structure.outcomes.listening import Song, UnmetError, describe_bars, kind
from structure.outcomes.measures import middle_of
from structure.outcomes.places import bars_for, bars_of, visits_at
from structure.specs.wishes import Wish, Wishes

_QUIETER, _LOUDER = 0.85, 1.08
_RISES = 1.2


def mean_force(song: Song, bars: Sequence[int]) -> float:
    """Return the mean force of some bars; those in which sounds are held and none begins tell nothing."""
    told = [bar for bar in bars if song.by_bar[bar] or not song.find_heard_in([bar])] or bars
    return sum(song.force[bar] for bar in told) / len(told) if told else 0.0


def check_energy(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return how strong a place is, where it is as strong as wished. Raises UnmetError where it is not.

    A place is quiet or loud beside the one that it comes before or after, or beside the rest of the song;
    the whole song, beside what is usual in its style.
    """
    bars = bars_next_to(song, wish) or bars_for(song, wish)
    if wish.what in ("build", "fall"):
        up = wish.what == "build"
        is_right, said = _moves(song, _slope_of(song, bars, wish, wishes), up=up)
        if not is_right and wish.when is None and wish.where.section is not None:
            # "The verses build": each of them may.
            visits = visits_at(song, wish.where)
            is_right = all(_moves(song, bars_of([visit]), up=up)[0] for visit in visits)
    elif wish.what in ("quiet", "loud"):
        beside = _place_beside(song, wish)
        others = beside or [bar for bar in range(song.bars) if bar not in set(bars)]
        is_compared = beside or len(others) >= 0.1 * song.bars
        usual = mean_force(song, others) if is_compared else middle_of(song)["force"]
        ratio = mean_force(song, bars) / usual if usual else 1.0
        said = f"{ratio:.0%} of the force of {'the rest' if others else 'what is usual'}"
        is_right = ratio <= _QUIETER if wish.what == "quiet" else ratio >= _LOUDER
    else:
        raise UnmetError(f"nothing measures an energy that is {wish.what}")

    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(said)
    return f"{said}, {describe_bars(bars)}"


def _slope_of(song: Song, bars: Sequence[int], wish: Wish, wishes: Wishes) -> Sequence[int]:
    """Return the bars of an arch that a wish is for: up to its top, or down from there.

    A place is an arch where it is to grow and to fall both; of any other place, return all of it.
    """
    other = "fall" if wish.what == "build" else "build"
    is_arch = any(
        (one.kind, one.what, one.polarity, one.where) == ("energy", other, "want", wish.where)
        for one in wishes.wishes
    )
    if not is_arch or wish.when is not None or len(bars) < _LEAST_ARCH:
        return bars
    sixth = len(bars) // 6
    tops = range(sixth, len(bars) - sixth)
    top = max(tops, key=lambda i: mean_force(song, bars[max(0, i - sixth // 2) : i + sixth // 2 + 1]))
    return bars[: top + 1] if wish.what == "build" else bars[top:]


_LEAST_ARCH = 12
"""Bars at least of a place that can rise and fall."""


def _place_beside(song: Song, wish: Wish) -> list[int]:
    """Return the bars of the place that a level comes before or after, none for other times."""
    if wish.when is None or wish.when.place is None or wish.when.relation not in ("before", "after"):
        return []
    return bars_of(visits_at(song, wish.when.place)[:1])


def bars_next_to(song: Song, wish: Wish) -> list[int]:
    """Return the bars of the visit next to a place, for what comes before or after one; none for others."""
    beside = _place_beside(song, wish)
    if not beside or wish.when is None:
        return []
    if wish.when.relation == "before" and wish.amount and beside[0] > 0:
        return list(range(max(0, beside[0] - int(wish.amount)), beside[0]))
    line = beside[-1] + 1 if wish.when.relation == "after" else beside[0] - 1
    return bars_of([v for v in song.plan.visits if v.place.start_bar <= line < v.end_bar])


def _moves(song: Song, bars: Sequence[int], *, up: bool) -> tuple[bool, str]:
    """Tell whether the last third of a place is stronger than the first by a fifth, or weaker.

    A quiet outro does not count against a song that builds.
    """
    last_visit = song.plan.visits[-1]
    if len(bars) == song.bars and kind(last_visit) in ("outro", "coda") and up:
        bars = bars[: last_visit.place.start_bar] or bars
    third = max(1, len(bars) // 3)
    first, last = mean_force(song, bars[:third]), mean_force(song, bars[-third:])
    ratio = last / first if first else 9.9
    said = f"its end has {ratio:.0%} of the force of its start"
    return (ratio >= _RISES if up else ratio <= 1 / _RISES), said
