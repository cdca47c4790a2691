"""How strong a plan is, and where it grows: by the number, the force and the players of its notes."""

from __future__ import annotations

from collections.abc import Sequence

from structure.outcomes.listening import Song, UnmetError, kind, said_bars
from structure.outcomes.measures import middle_of
from structure.outcomes.places import bars_for, bars_of, visits_at
from structure.specs.wishes import Wish, Wishes

_QUIETER, _LOUDER = 0.85, 1.08
_RISES = 1.2


def mean_force(song: Song, bars: Sequence[int]) -> float:
    """Return the mean force of some bars; those in which sounds are held and none begins tell nothing."""
    told = [bar for bar in bars if song.by_bar[bar] or not song.heard_in([bar])] or bars
    return sum(song.force[bar] for bar in told) / len(told) if told else 0.0


def check_energy(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return how strong a place is, where it is as strong as wished. Raises UnmetError where it is not."""
    bars = bars_next_to(song, wish) or bars_for(song, wish)
    if wish.what in ("build", "fall"):
        is_right, said = _moves(song, bars, up=wish.what == "build")
        if not is_right and wish.when is None and wish.where.section is not None:
            # "The verses build": each of them may.
            each = [
                _moves(song, bars_of([v]), up=wish.what == "build") for v in visits_at(song, wish.where)
            ]
            is_right = all(right for right, _ in each)
    else:
        is_right, said = _is_level(song, bars, wish.what, _place_beside(song, wish))
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(said)
    return f"{said}, {said_bars(bars)}"


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


def _is_level(song: Song, bars: Sequence[int], word: str, place: Sequence[int]) -> tuple[bool, str]:
    """Tell whether bars are quiet or loud, and say how strong they are.

    They are compared with a place, or with the rest of the song. The whole song is compared with what is
    usual in its style.
    """
    others = list(place) or [bar for bar in range(song.bars) if bar not in set(bars)]
    here = mean_force(song, bars)
    beside = (
        mean_force(song, others) if place or len(others) >= 0.1 * song.bars else middle_of(song)["force"]
    )
    ratio = here / beside if beside else 1.0
    said = f"{ratio:.0%} of the force of {'the rest' if others else 'what is usual'}"
    if word == "quiet":
        return ratio <= _QUIETER, said
    if word == "loud":
        return ratio >= _LOUDER, said
    raise UnmetError(f"nothing measures an energy that is {word}")


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
