"""How a song, or a place in it, ends: at once, by fading, slower and slower, or on a chord that is held."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise

from structure.base.exact import Fraction
from structure.harmony.keys import parse_key
from structure.outcomes.energy import bars_next_to, mean_force
from structure.outcomes.instruments import players
from structure.outcomes.keys import key_of, pitch_weights
from structure.outcomes.listening import Song, Sound, UnmetError, describe_bars
from structure.outcomes.places import bar_of, bars_for, bars_of
from structure.specs.wishes import When, Wish, is_song_wide

_TOGETHER = 0.3
"""Quarters within which all players stop together."""
_SILENCE_BEATS = 0.95
"""A beat, but for what players are early or late by."""
_SLOWER = 0.9
_FADED = 0.6
_AWAY = 0.1
"""How much less of the sound is in the song's scale where it ends in another key than it begins in."""
_PLAYS_ON = 0.3
"""The share of the strokes of other bars that a last bar has in its second half where nothing is held."""
_VAMP = 2
"""Chords that go round and round by themselves."""
_MOST_HELD = 0.8
"""The share of the bars of a hold in which it sounds."""


def check_stop(song: Song, wish: Wish) -> str:
    """Return where all stop at once: before a place, or at the end, with a silence of a beat behind it."""
    if is_song_wide(wish):
        ended = song.sounds[0].end if song.sounds else 0.0
        for sound in song.sounds:
            if sound.start - ended >= _SILENCE_BEATS * song.beat_at(sound.bar):
                return f"all stop in bar {song.bar_at(ended) + 1}"
            ended = max(ended, sound.end)

    line = _line(song, wish)
    end = song.downbeats[line]
    last = max((s.end for s in song.sounds if s.start < end - 0.05), default=end)
    gap = (end - min(last, end)) / song.beat_at(max(0, line - 1))
    if gap < _SILENCE_BEATS and 0 < line < song.bars:
        # "Stop at the chorus" is a break just before it, or in its first bar.
        gap, last = max((gap, last), _silence_in(song, line), key=lambda found: found[0])
    if gap < _SILENCE_BEATS:
        raise UnmetError(
            f"no silence before bar {line + 1}" if line < song.bars else "the last notes are held"
        )

    if line == song.bars:
        ends: dict[str, float] = {}
        for sound in song.sounds:
            ends[sound.stem] = max(ends.get(sound.stem, 0.0), sound.end)
        if any(last - end > 1.0 for end in ends.values() if end > last - 4.0):
            raise UnmetError("not all stop together at the end")
    return f"all stop in bar {song.bar_at(last - 2 * _TOGETHER) + 1}"


def _line(song: Song, wish: Wish) -> int:
    """Return the bar line that something leads to, the end of the song where nothing is said."""
    if wish.when is not None:
        return bar_of(song, wish.when, wish.where)
    if wish.where.section is not None:
        return bar_of(song, When(edge="end"), wish.where)
    return song.bars


def _silence_in(song: Song, bar: int) -> tuple[float, float]:
    """Return the longest silence in a bar, in beats, and its start."""
    start, end = song.downbeats[bar], song.downbeats[bar + 1]
    sounds = [s for s in song.sounds if s.start < end and s.end > start]
    times = sorted([s.start for s in sounds if s.start > start] + [end])
    best, at = 0.0, start
    for time in times:
        ended = max((s.end for s in sounds if s.start < time - 0.05), default=start)
        if time - ended > best:
            best, at = time - ended, ended
    return best / song.beat_at(bar), at


def check_fade(song: Song, wish: Wish) -> str:
    """Return where the sound fades: by what stems do in the mix, or by velocities that fall to a half."""
    at_start = wish.when is not None and wish.when.edge == "start"
    visit = song.plan.visits[0 if at_start else -1]
    way = "in" if at_start else "out"
    bars = range(visit.place.start_bar, visit.end_bar)

    stems = set(song.plan.sounding_stems(visit))
    fading = {stem for stem, fade in visit.sound.fades.items() if fade == way}
    events = [event for event in visit.music.events if event.do == "fade"]
    if (stems and stems <= fading) or any(event.stem == "all" for event in events):
        return f"fades {way}, {describe_bars(bars)}"

    quarter = max(1, len(bars) // 4)
    velocities = []
    for part in (bars[:quarter], bars[-quarter:]):
        sounds = song.in_bars(part)
        velocities.append(sum(s.velocity for s in sounds) / len(sounds) if sounds else 0.0)
    quiet, loud = velocities if at_start else velocities[::-1]
    if not loud or quiet > _FADED * loud:
        raise UnmetError(
            f"it does not fade {way}: its {'first' if at_start else 'last'} bars keep their force"
        )
    return f"fades {way}, {describe_bars(bars)}"


def check_slowing(song: Song, wish: Wish) -> str:
    """Return where the tempo falls, or rises for an accelerando, by a tenth or more."""
    up = wish.what == "accelerando"
    whole = is_song_wide(wish)
    line = _line(song, wish)
    bars = range(song.bars) if whole and up else range(max(0, line - 8), line)
    if wish.where.section is not None and wish.when is None:
        bars = range(bars_for(song, wish)[0], line)
    if not bars:
        raise UnmetError("there is no bar before it")
    first, last = song.downbeats[bars[0]], song.downbeats[line]
    grid = song.plan.grid
    tempi = [float(grid.span_at(grid.quarters_at_bar(bars[0])).tempo_bpm)]
    tempi += [float(span.tempo_bpm) for span in grid.spans if first < float(span.start) < last]
    falls = all(a >= b for a, b in pairwise(tempi[-4:])) and tempi[-1] <= _SLOWER * max(tempi)
    rises = tempi[-1] * _SLOWER >= min(tempi)
    if not (rises if up else falls):
        raise UnmetError(f"the tempo stays at {tempi[0]:.0f} beats a minute")
    return f"{tempi[0]:.0f} to {tempi[-1]:.0f} beats a minute, {describe_bars(bars)}"


def check_held(song: Song, wish: Wish) -> str:
    """Return where a chord is held before a bar line.

    Most stems hold it for most of a bar; an amount in the wish says how many bars before the line it may
    begin. Under a fermata, where time waits, half a bar in the tempo before is enough.

    A player who is named holds its notes in all bars of the place or time.
    """
    if wish.what == "hold" and wish.where.stem is not None:
        return _check_player_holds(song, wish, wish.where.stem)
    line = _line(song, wish)
    if wish.when is not None and wish.when.bar is not None and wish.when.relation == "at":
        line += 1  # what is held in a bar is held up to the next
    if line == 0:
        raise UnmetError("there is no bar before it")

    start = song.downbeats[max(0, line - 1 - int(wish.amount or 1))]
    end = song.downbeats[line]
    last: dict[str, Sound] = {}
    for sound in song.sounds:
        if start - 0.05 <= sound.start < end:
            last[sound.stem] = max(last.get(sound.stem, sound), sound, key=lambda s: s.end)
    pitched = [sound for stem, sound in last.items() if stem in song.stems_with_pitch]

    bar = end - song.downbeats[line - 1]
    grid = song.plan.grid
    written = grid.span_at(grid.quarters_at_bar(line - 1))
    half_s = 0.5 * bar * 60 / float(written.quarters_per_minute)
    waits = song.seconds_at_bar(line) - song.seconds_at_bar(line - 1) > 2.2 * half_s

    held = 0
    for sound in pitched:
        is_held = sound.duration >= 0.7 * bar
        if not is_held and waits and sound.end >= end - _TOGETHER:
            starts, ends = (Fraction(time).limit_denominator(960) for time in (sound.start, sound.end))
            is_held = grid.seconds_at(ends) - grid.seconds_at(starts) >= half_s
        held += is_held
    if not pitched or held < 0.6 * len(pitched):
        raise UnmetError(f"nothing is held before bar {line + 1}")
    return f"held, bar {line}"


def _check_player_holds(song: Song, wish: Wish, name: str) -> str:
    """Return where a player holds its notes.

    It begins notes once a bar at most, or with each chord where these change faster, and sounds through
    most of the time.
    """
    stems = players(song, name)
    if not stems:
        raise UnmetError(f"no stem is {name}; there are {', '.join(song.stems)}")

    bars = bars_for(song, wish)
    if wish.when is not None and wish.when.relation == "before":
        bars = bars[-int(wish.amount or 1) :]
    elif wish.amount is not None and (wish.when is None or wish.when.relation == "after"):
        bars = bars[: int(wish.amount)]

    sounds = song.in_bars(bars, stems)
    starts = {round(sound.start * 4) for sound in sounds}
    played = [bar for bar in bars if song.find_heard_in([bar]) & set(stems)]
    times = [(song.downbeats[bar], song.downbeats[bar + 1]) for bar in bars]
    changes = sum(any(start <= chord.start + 0.05 < end for start, end in times) for chord in song.chords)
    if not sounds or len(starts) > max(len(bars), changes) or len(played) < _MOST_HELD * len(bars):
        raise UnmetError(f"{name} does not hold its notes in {describe_bars(bars)}")
    return f"held, {describe_bars(bars)}"


def check_loop(song: Song, wish: Wish) -> str:
    """Return how a song leads from its last bar to its first, or that it ends where no loop is wished for.

    Raises UnmetError for one that is the other way.
    """
    ending = _find_ending(song)
    if (wish.polarity == "avoid") != bool(ending):
        raise UnmetError(ending or f"bar {song.bars} leads back to bar 1")
    return ending or f"bar {song.bars} leads back to bar 1, in the same tempo and key"


def _find_ending(song: Song) -> str:
    """Return how a song ends, "" for one that goes round.

    It ends where it fades, becomes slower or falls silent, in another key than it began in, and with a
    cadence, or a chord that is held, where others play on in the bars before.
    """
    grid, last = song.plan.grid, song.plan.visits[-1]
    with suppress(UnmetError):
        return f"it {check_fade(song, Wish(kind='event', what='fade'))}"
    ended = max((sound.end for sound in song.sounds), default=0.0)
    silence = (song.downbeats[song.bars] - ended) / song.beat_at(song.bars - 1)
    home = parse_key(song.plan.key)
    ends = [pitch_weights(song, bars_of([visit])) for visit in (song.plan.visits[0], last)]
    begins, stays = (sum(weights[pitch] for pitch in home.scale) for weights in ends)
    bars = range(last.place.start_bar, song.bars)
    is_elsewhere = key_of(song, bars_of([song.plan.visits[0]]))[0] != key_of(song, bars)[0]
    halves = {bar: (song.downbeats[bar + 1] - song.downbeats[bar]) / 2 for bar in bars}
    late = [sum(sound.beat >= halves[bar] for sound in song.in_bars([bar])) for bar in bars]
    roots = [chord.root for chord in song.chords if chord.bar in bars]
    before = next((root for root in reversed(roots) if root != roots[-1]), home.root)
    closes = (before, roots[-1]) == ((home.root + 7) % 12, home.root) and len(set(roots)) > _VAMP
    endings = {
        "it ends in another tempo or metre than it begins in": not grid.spans[-1].goes_on(grid.spans[0]),
        f"nobody plays at the end of bar {song.bars}": silence >= _SILENCE_BEATS,
        f"it ends in another key than {home.name}": is_elsewhere and stays < begins - _AWAY,
        f"its last chord is held in bar {song.bars}": late[-1] * len(late) < _PLAYS_ON * sum(late),
        f"it comes home to {song.chords[-1].symbol} in bar {song.bars}": closes,
    }
    return next((said for said, holds in endings.items() if holds), "")


def check_tag(song: Song, _wish: Wish) -> str:
    """Return where the last line is played once more: the last bars repeat those before them."""
    leads = song.with_role("lead") or song.stems_with_pitch
    for length in (1, 2, 4, 8):
        for end in range(song.bars, max(song.bars - 3, 2 * length - 1), -1):
            tunes = []
            for first in (end - length, end - 2 * length):
                start = song.downbeats[first]
                sounds = song.in_bars(range(first, first + length), leads)
                tunes.append([(round((s.start - start) * 4), s.pitch) for s in sounds])
            if len(tunes[0]) >= 2 and tunes[0] == tunes[1]:
                return f"planned, {describe_bars(range(end - length, end))}"
    raise UnmetError("the last line comes once")


def check_drop_in_force(song: Song, wish: Wish) -> str:
    """Return where fewer play: a place has less force, or fewer stems, than what comes before it."""
    bars = bars_next_to(song, wish) or bars_for(song, wish)
    before = [bar for bar in range(bars[0] - len(bars), bars[0]) if bar >= 0] or [
        bar for bar in range(song.bars) if bar not in set(bars)
    ]
    fewer = len(song.find_heard_in(bars)) < len(song.find_heard_in(before))
    if not (fewer and mean_force(song, bars) < 0.9 * mean_force(song, before)):
        raise UnmetError(f"as many play in {describe_bars(bars)} as before")
    return f"planned, {describe_bars(bars)}"
