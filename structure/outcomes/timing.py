"""How long, how fast, and in what metre, by the grid."""

from __future__ import annotations

from collections.abc import Sequence

from structure.base.errors import RitornelloError
from structure.base.grid import Meter
from structure.outcomes.listening import Song, UnmetError, said_bars
from structure.outcomes.places import bars_for, said_place, visits_at
from structure.plans.plan import Visit
from structure.specs.wishes import Wish, Wishes, is_song_wide

_TEMPO_SHARE = 0.02
_LENGTH_SHARE = 0.02
_THIRD = 1 / 3
_SLOW_BPM, _FAST_BPM = 76.0, 132.0
"""Beats a minute that are slow, and fast, in any style."""


def check_tempo(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the tempo, where it is the wished one. Raises UnmetError with what it is instead."""
    bars = bars_for(song, wish)
    tempi = sorted(song.tempo_at(bar) for bar in bars)
    tempo = tempi[len(tempi) // 2]
    if wish.what == "bpm" and len(bars) == song.bars and _quickens(wishes):
        # A tempo that grows from bar to bar is that of its start.
        tempo = song.tempo_at(0)
    said = f"{tempo:.0f} beats a minute"
    if wish.polarity in ("more", "less") and wish.what != "bpm":
        middle = sum(usual_tempi(song)) / 2
        up = (wish.what == "fast") == (wish.polarity == "more")
        is_right = tempo >= 1.05 * middle if up else tempo <= 0.95 * middle
    elif wish.what == "bpm":
        low, high = _asked_tempo(wish)
        # Twice or half as many beats are the same music, counted otherwise; that is not what was said.
        is_right = low - 0.5 <= tempo <= high + 0.5
    else:
        is_right = _is_pace(song, wish.what, tempo, is_placed=len(bars) < song.bars)
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(f"it goes at {said}")
    return said


def _quickens(wishes: Wishes) -> bool:
    """Return True where the tempo of the whole song is to grow."""
    return any(
        wish.kind == "event"
        and wish.what == "accelerando"
        and is_song_wide(wish)
        and wish.polarity == "want"
        for wish in wishes.wishes
    )


def _asked_tempo(wish: Wish) -> tuple[float, float]:
    if wish.allowed is not None:
        return wish.allowed
    amount = wish.amount or 0.0
    return amount * (1 - _TEMPO_SHARE), amount * (1 + _TEMPO_SHARE)


def _is_pace(song: Song, word: str, tempo: float, *, is_placed: bool) -> bool:
    """Return whether a tempo is slow, medium or fast among those that are usual in the song's style.

    In a place, it is compared with the song's tempo.
    """
    if is_placed:
        usual = song.tempo_at(0)
        return {"slow": tempo < 0.95 * usual, "fast": tempo > 1.05 * usual}.get(word, True)
    if word not in ("slow", "medium", "fast"):
        raise UnmetError(f"nothing measures a tempo that is {word}")
    low, high = usual_tempi(song)
    span = high - low
    if word == "slow":
        return tempo <= low + _THIRD * span or tempo <= _SLOW_BPM
    if word == "fast":
        return tempo >= high - _THIRD * span or tempo >= _FAST_BPM
    return low + 0.2 * span <= tempo <= high - 0.2 * span or 88 <= tempo <= 120


def usual_tempi(song: Song) -> tuple[float, float]:
    """Return the slowest and the fastest tempo that are usual in a song's style."""
    try:
        return song.plan.style.tempo
    except RitornelloError:
        return (70.0, 140.0)


def check_meter(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the metre, where it is the wished one in all bars of the place."""
    try:
        asked = Meter.parse(wish.what)
    except ValueError:
        raise UnmetError(f"{wish.what} is no metre of mine: it is in {song.plan.meter}") from None
    grid = song.plan.grid
    elsewhere = _bars_in_other_metres(song, wish, wishes)
    bars = [bar for bar in bars_for(song, wish) if bar not in elsewhere] or bars_for(song, wish)
    has = {grid.span_at(grid.quarters_at_bar(bar)).meter for bar in bars}
    if (has == {asked}) == (wish.polarity == "avoid"):
        raise UnmetError(f"it is in {', '.join(sorted(map(str, has)))}")
    return ", ".join(sorted(map(str, has)))


def _bars_in_other_metres(song: Song, wish: Wish, wishes: Wishes) -> set[int]:
    """Return the bars of places for which another metre is wished: "in 7/8, then 4/4 for the chorus"."""
    found: set[int] = set()
    for other in wishes.wishes:
        is_placed = other.where.section is not None or other.when is not None
        if other.kind == "meter" and other.what != wish.what and other.polarity == "want" and is_placed:
            found.update(bars_for(song, other))
    return found if wish.where.section is None and wish.when is None else set()


def check_length(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the length of the song, or of each visit of a section, where it is the wished one.

    Raises UnmetError with the length that it has.
    """
    if wish.where.section is None and wish.when is None:
        return _check_stretch(song, wish, "the song", 0, song.bars)
    said = ""
    for visit in _visits(song, wish):
        start, end = visit.place.start_bar, visit.end_bar
        said = _check_stretch(song, wish, said_place(wish.where), start, end)
    return said


def _visits(song: Song, wish: Wish) -> Sequence[Visit]:
    return visits_at(song, wish.where)


def _check_stretch(song: Song, wish: Wish, name: str, start: int, end: int) -> str:
    bars, seconds = end - start, song.seconds_at_bar(end) - song.seconds_at_bar(start)
    amount = wish.amount or 0.0
    has = f"{bars} bars" if wish.what == "bars" else f"{seconds:.1f} s"
    if wish.what == "bars":
        low, high = wish.allowed or (amount, amount)
        is_right = low <= bars <= high
    else:
        bar = seconds / bars
        low, high = wish.allowed or (amount, amount)
        whole = seconds + (song.plan.tail_s if bars == song.bars else 0.0)
        spare = max(bar, _LENGTH_SHARE * amount)
        is_right = any(low - spare <= length <= high + spare for length in (seconds, whole))
    if wish.polarity == "more":
        is_right = bars >= amount if wish.what == "bars" else seconds >= amount
    if wish.polarity == "less":
        is_right = bars <= amount if wish.what == "bars" else seconds <= amount
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(f"{name} has {has} ({said_bars(range(start, end))})")
    return f"{has}, {said_bars(range(start, end))}"
