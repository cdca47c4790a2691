"""How strong a plan is, and where it grows: by the number, the force and the players of its notes."""

from __future__ import annotations

from collections.abc import Sequence

from structure.outcomes.listening import Song, UnmetError, kind, said_bars
from structure.outcomes.measures import middle_of
from structure.outcomes.places import bars_for
from structure.specs.wishes import Wish, Wishes

_QUIETER, _LOUDER = 0.85, 1.08
_RISES = 1.2


def mean_force(song: Song, bars: Sequence[int]) -> float:
    """Return the mean force of some bars."""
    return sum(song.force[bar] for bar in bars) / len(bars) if bars else 0.0


def check_energy(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return how strong a place is, where it is as strong as wished. Raises UnmetError where it is not."""
    bars = bars_for(song, wish)
    if wish.what in ("build", "fall"):
        is_right, said = _moves(song, bars, up=wish.what == "build")
    else:
        is_right, said = _is_level(song, bars, wish.what)
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(said)
    return f"{said}, {said_bars(bars)}"


def _is_level(song: Song, bars: Sequence[int], word: str) -> tuple[bool, str]:
    """Tell whether a place is quiet or loud beside the rest of the song; all of it, beside its style."""
    others = [bar for bar in range(song.bars) if bar not in set(bars)]
    here = mean_force(song, bars)
    beside = mean_force(song, others) if len(others) >= 0.1 * song.bars else middle_of(song)["force"]
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
