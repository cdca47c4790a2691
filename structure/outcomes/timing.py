"""How long, how fast, and in what metre, by the grid."""

from __future__ import annotations

from statistics import median

from structure.base.errors import RitornelloError
from structure.base.grid import Meter
from structure.outcomes.energy import bars_next_to
from structure.outcomes.listening import Song, UnmetError, describe_bars
from structure.outcomes.places import bars_for, bars_of_others, describe_place, visits_at
from structure.presets.styles import pace_in
from structure.specs.wishes import Wish, Wishes, is_song_wide

_TEMPO_SHARE = 0.02
_LENGTH_SHARE = 0.02
_THIRD = 1 / 3
_SLOW_BPM, _FAST_BPM = 76.0, 132.0
"""Beats a minute that are slow, and fast, in any style."""


def check_tempo(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the tempo, where it is the wished one. Raises UnmetError with what it is instead."""
    bars = bars_for(song, wish)
    if wish.what in ("slow", "fast"):
        bars = bars_next_to(song, wish) or bars
    tempi = sorted(song.tempo_at(bar) for bar in bars)
    tempo = tempi[len(tempi) // 2]
    if len(bars) == song.bars:
        for other in wishes.wishes:
            quickens = other.kind == "event" and other.what == "accelerando" and other.polarity == "want"
            if quickens and is_song_wide(other):
                # A tempo that grows from bar to bar is that of its start, and a fast one that of its end.
                tempo = {"bpm": song.tempo_at(0), "fast": tempi[-1]}.get(wish.what, tempo)

    if wish.polarity in ("more", "less") and wish.what != "bpm":
        middle = sum(usual_tempi(song)) / 2
        up = (wish.what == "fast") == (wish.polarity == "more")
        is_right = tempo >= 1.05 * middle if up else tempo <= 0.95 * middle
    elif wish.what == "bpm":
        amount = wish.amount or 0.0
        low, high = wish.allowed or (amount * (1 - _TEMPO_SHARE), amount * (1 + _TEMPO_SHARE))
        # Twice or half as many beats are the same music, counted otherwise; that is not what was said.
        is_right = low - 0.5 <= tempo <= high + 0.5
    elif len(bars) < song.bars:
        # A place is slow or fast beside the song; what opens it, beside all that comes after.
        usual = song.tempo_at(0)
        if 0 in bars:
            rest = [song.tempo_at(bar) for bar in range(song.bars) if bar not in set(bars)]
            usual = max(rest) if wish.what == "slow" else median(rest)
        is_right = {"slow": tempo < 0.95 * usual, "fast": tempo > 1.05 * usual}.get(wish.what, True)
    elif wish.what not in ("slow", "medium", "fast"):
        raise UnmetError(f"nothing measures a tempo that is {wish.what}")
    else:
        low, high = usual_tempi(song)
        span = high - low
        is_right = {
            "slow": tempo <= low + _THIRD * span or tempo <= _SLOW_BPM,
            "medium": low + 0.2 * span <= tempo <= high - 0.2 * span or 88 <= tempo <= 120,
            "fast": tempo >= high - _THIRD * span or tempo >= _FAST_BPM,
        }[wish.what]

    said = f"{tempo:.0f} beats a minute"
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(f"it goes at {said}")
    return said


def usual_tempi(song: Song) -> tuple[float, float]:
    """Return the slowest and the fastest tempo that are usual in a song's style."""
    try:
        low, high = song.plan.style.tempo
        pace = pace_in(song.plan.grid.meter)
        return low * pace, high * pace
    except RitornelloError:
        return (70.0, 140.0)


def check_meter(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the metre, where it is the wished one in all bars of the place."""
    try:
        asked = Meter.parse(wish.what)
    except ValueError:
        raise UnmetError(f"{wish.what} is no metre of mine: it is in {song.plan.meter}") from None

    # Places for which another metre is wished are in that one: "in 7/8, then 4/4 for the chorus".
    bars = bars_for(song, wish)
    if is_song_wide(wish):
        elsewhere = bars_of_others(song, wish, wishes)
        bars = [bar for bar in bars if bar not in elsewhere] or bars

    grid = song.plan.grid
    has = {grid.span_at(grid.quarters_at_bar(bar)).meter for bar in bars}
    said = ", ".join(sorted(map(str, has)))
    if (has == {asked}) == (wish.polarity == "avoid"):
        raise UnmetError(f"it is in {said}")
    return said


def check_length(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return the length of the song, or of each visit of a section, where it is the wished one.

    Raises UnmetError with the length that it has.
    """
    if is_song_wide(wish):
        return _check_stretch(song, wish, "the song", 0, song.bars)
    said = ""
    for visit in visits_at(song, wish.where):
        start, end = visit.place.start_bar, visit.end_bar
        said = _check_stretch(song, wish, describe_place(wish.where), start, end)
    return said


def _check_stretch(song: Song, wish: Wish, name: str, start: int, end: int) -> str:
    """Return how long some bars are, where that is as long as wished, to a bar or a fiftieth."""
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
        raise UnmetError(f"{name} has {has} ({describe_bars(range(start, end))})")
    return f"{has}, {describe_bars(range(start, end))}"
