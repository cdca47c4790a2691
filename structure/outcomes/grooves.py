"""What the rhythm does: swing, kicks and backbeats, half time, stop time, fills and shots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from structure.base.datafiles import read_data
from structure.base.grid import Meter
from structure.outcomes.instruments import players
from structure.outcomes.listening import Song, Sound, UnmetError, describe_bars
from structure.outcomes.places import bars_for
from structure.specs.wishes import Wish, Wishes

KICKS = frozenset((35, 36))
BACKBEATS = frozenset((37, 38, 39, 40))
FILLS = frozenset((37, 38, 40, 41, 43, 45, 47, 48, 50))
"""Keys of a kit that fills are made of: snare and toms."""

_CRASHES = frozenset((49, 52, 55, 57))
_LOW = 43
"""The highest pitch of a low hit."""

_NEAR = 0.06
"""Quarters within which an onset is on a beat."""
_SIXTEENTH = 0.25
_ON_THE_BEAT = 0.1
"""Quarters from a beat within which a player means it."""
_MOST = 0.6
_SWINGS = 0.56
"""The place in its pair from which the second note of a pair swings; 1/2 is straight."""


def drum_hits(song: Song, bars: Collection[int], keys: Collection[int]) -> list[Sound]:
    """Return the notes of some keys of the kit."""
    return [s for s in song.in_bars(bars, song.with_role("drums")) if s.pitch in keys]


def beats_hit(song: Song, bar: int, keys: Collection[int]) -> set[int]:
    """Return the beats of a bar, from 1, on which some keys of the kit are struck; 0 for those between."""
    beat = song.beat_at(bar)
    found = set()
    for sound in drum_hits(song, [bar], keys):
        number = round(sound.beat / beat)
        found.add(number + 1 if abs(sound.beat - number * beat) <= _NEAR else 0)
    return found


def find_drummed_bars(song: Song, bars: Collection[int]) -> list[int]:
    """Return the bars in which drums begin a note. Raises UnmetError where there are none."""
    found = sorted({sound.bar for sound in song.in_bars(bars, song.with_role("drums"))})
    if not found:
        raise UnmetError(f"no drums play in {describe_bars(bars)}")
    return found


_HALF_PACE = 0.75
"""Strokes a bar of a band without drums in half time, as a share of those elsewhere."""


def _strokes_a_bar(song: Song, bars: Collection[int]) -> float:
    """Return at how many times of a bar those who accompany begin notes, on average."""
    sounds = song.in_bars(bars, song.with_role("bass", "chords", "arpeggio"))
    return len({(sound.stem, round(sound.start * 20)) for sound in sounds}) / max(1, len(bars))


def is_half_time(song: Song, bars: Collection[int]) -> bool:
    """Return whether the backbeat is on three alone in most bars that have one.

    In metres of two beats, it is on two alone, and at most in three of four bars with drums. In a song
    without drums, those who accompany begin far fewer notes than elsewhere.
    """
    if not song.with_role("drums"):
        rest = set(range(song.bars)) - set(bars)
        return 0.0 < _strokes_a_bar(song, bars) <= _HALF_PACE * _strokes_a_bar(song, rest)
    drums = find_drummed_bars(song, bars)
    hits = [beats_hit(song, bar, BACKBEATS) for bar in drums]
    struck = [beats - {0} for beats in hits if beats - {0}]
    two = song.meter_at(drums[0]).beats_per_bar == 2
    slow = sum(beats == ({1} if two else {3}) for beats in struck) >= _MOST * len(struck)
    return bool(struck) and slow and (not two or len(struck) <= 0.75 * len(drums))


def is_double_time(song: Song, bars: Collection[int]) -> bool:
    """Return whether the backbeat comes about twice as often as in the rest, or on every off-beat."""
    here = find_drummed_bars(song, bars)
    rest = [bar for bar in range(song.bars) if bar not in set(bars)]
    rate = len(drum_hits(song, here, BACKBEATS)) / len(here)
    others = {sound.bar for sound in song.in_bars(rest, song.with_role("drums"))}
    beats = song.meter_at(here[0]).beats_per_bar
    usual = len(drum_hits(song, others, BACKBEATS)) / len(others) if others else beats / 2
    return rate >= 1.7 * max(usual, beats / 4) or rate >= 0.875 * beats


def _second_places(song: Song, bars: Collection[int], pair: float) -> list[float]:
    """Return where in its pair, 0 … 1, each note between the halves' starts begins."""
    places = []
    for sound in song.in_bars(bars):
        place = (sound.beat + _NEAR / 3) % pair / pair
        # Later ones are the last of four, not the second of two.
        if 0.4 < place < 0.72:
            places.append(place - _NEAR / 3 / pair)
    return places


def swing_share(song: Song, bars: Collection[int]) -> float:
    """Return the first note's share of a pair of eighths, or of sixteenths where those swing more."""
    shares = []
    for pair in (1.0, 0.5):
        places = _second_places(song, bars, pair)
        shares.append(median(places) if len(places) >= 8 else 0.5)
    # Off-beat eighths of swung sixteenths lie in the middle of a quarter: the larger share tells.
    return max(shares)


def _swings(song: Song, bars: Collection[int]) -> bool:
    return swing_share(song, bars) >= _SWINGS or song.plan.meter.is_compound


def _shuffles(song: Song, bars: Collection[int]) -> bool:
    places = _second_places(song, bars, 1.0)
    return (len(places) >= 8 and median(places) >= 0.62) or song.plan.meter.is_compound


def _is_straight(song: Song, bars: Collection[int]) -> bool:
    return swing_share(song, bars) < _SWINGS


def _is_four_on_the_floor(song: Song, bars: Collection[int]) -> bool:
    here = find_drummed_bars(song, bars)
    beats = {bar: len(beats_hit(song, bar, KICKS) - {0}) for bar in here}
    right = [bar for bar in here if beats[bar] == song.meter_at(bar).beats_per_bar]
    return len(right) >= 0.5 * len(here)


def _has_backbeat(song: Song, bars: Collection[int]) -> bool:
    """Return whether every second beat has it in half of the bars; the second of two beats or three."""
    here = find_drummed_bars(song, bars)
    return sum(
        set(range(2, max(2, song.meter_at(bar).beats_per_bar // 2 * 2) + 1, 2))
        <= beats_hit(song, bar, BACKBEATS)
        for bar in here
    ) >= 0.5 * len(here)


def _is_syncopated(song: Song, bars: Collection[int]) -> bool:
    """Return whether a quarter of all strokes, or of those of most players, lean over a stronger place.

    After H. C. Longuet-Higgins and C. S. Lee, "The rhythmic interpretation of monophonic music" (1984): a
    sixteenth may lean over the eighth behind it, an eighth over the beat.
    """
    leaning, struck = [], []
    # Times in beats: those of a compound metre are dotted quarters.
    beat = song.beat_at(min(bars, default=0))
    for stem in song.with_role("lead", "chords", "bass", "arpeggio"):
        times = sorted({round(sound.start * 12) / 12 / beat for sound in song.in_bars(bars, [stem])})
        off = 0
        for time, following in pairwise(times):
            place = time % 1
            stronger = _SIXTEENTH if abs(place % 0.5 - _SIXTEENTH) < _NEAR else 1 - place
            off += 0.2 < place < 0.9 and following - time > stronger + _NEAR
        if len(times) > 1:
            leaning.append(off)
            struck.append(len(times) - 1)
    players = sum(off >= 0.25 * strokes for off, strokes in zip(leaning, struck, strict=True))
    return bool(struck) and (sum(leaning) >= 0.25 * sum(struck) or players > 0.5 * len(struck))


def _is_funky(song: Song, bars: Collection[int]) -> bool:
    """Return whether strokes lean over stronger places, or fall on sixteenths under a backbeat.

    In half of the bars somebody strikes two of the sixteenths that are on no eighth.
    """
    if _is_syncopated(song, bars):
        return True
    fine = 0
    for bar in bars:
        beat = song.beat_at(bar)
        per_stem = Counter(
            sound.stem
            for sound in song.in_bars([bar], song.stems)
            if abs((sound.beat / beat) % 0.5 - _SIXTEENTH) < _NEAR
        )
        fine += max(per_stem.values(), default=0) >= 2
    return _has_backbeat(song, bars) and fine >= 0.5 * len(bars)


def _is_laid_back(song: Song, bars: Collection[int]) -> bool:
    """Return whether strokes on the beat come a little after it on the whole.

    Those between the beats may swing, and tell nothing.
    """
    sounds = song.in_bars(bars, song.with_role("lead", "bass", "drums", "chords"))
    late = [sound.beat - round(sound.beat) for sound in sounds]
    near = [by for by in late if abs(by) < _ON_THE_BEAT]
    return bool(near) and sum(near) / len(near) > 0.004


def _walks(song: Song, bars: Collection[int]) -> bool:
    basses = song.with_role("bass")
    counts = {bar: len({round(s.beat) for s in song.in_bars([bar], basses)}) for bar in bars}
    walking = [bar for bar in bars if counts[bar] >= song.meter_at(bar).beats_per_bar - 0.5]
    return len(walking) >= 0.4 * len(bars)


def _has_one_drop(song: Song, bars: Collection[int]) -> bool:
    here = find_drummed_bars(song, bars)
    hits = [beats_hit(song, bar, KICKS) - {0} for bar in here]
    return sum(1 not in beats and 3 in beats for beats in hits) >= 0.5 * len(here)


def _is_broken(song: Song, bars: Collection[int]) -> bool:
    """Return whether kick and snare come between the beats in half of the bars that have both."""
    here = [
        bar
        for bar in find_drummed_bars(song, bars)
        if drum_hits(song, [bar], KICKS) and drum_hits(song, [bar], BACKBEATS)
    ]
    broken = sum(0 in beats_hit(song, bar, KICKS | BACKBEATS) for bar in here)
    return bool(here) and broken >= 0.5 * len(here)


def _has_pulse(song: Song, bars: Collection[int]) -> bool:
    """Return whether drums play, or somebody strikes every beat, in half of the bars."""
    if song.share(song.with_role("drums"), bars) >= 0.5:
        return True
    for stem in song.stems:
        right = 0
        for bar in bars:
            beat, sounds = song.beat_at(bar), song.in_bars([bar], [stem])
            struck = {round(s.beat / beat) for s in sounds if abs(s.beat % beat) < _NEAR}
            right += set(range(song.meter_at(bar).beats_per_bar)) <= struck
        if right >= 0.5 * len(bars):
            return True
    return False


def _is_two_step(song: Song, bars: Collection[int]) -> bool:
    """Return whether a backbeat is over kicks that leave beats out, mostly the third."""
    here = find_drummed_bars(song, bars)
    kicks = [beats_hit(song, bar, KICKS) for bar in here]
    return _has_backbeat(song, bars) and sum(1 in k and not {2, 3, 4} <= k for k in kicks) >= 0.5 * len(
        here
    )


def _is_offbeat(song: Song, bars: Collection[int]) -> bool:
    """Return whether some chord player strikes mostly between the beats."""
    for stem in song.with_role("chords", "arpeggio", "pad"):
        times = {(s.bar, round(s.beat * 12)) for s in song.in_bars(bars, [stem])}
        if times and sum(time % 12 != 0 for _, time in times) >= _MOST * len(times):
            return True
    return False


def _strikes(rule: Mapping[str, Any]) -> Callable[[Song, Collection[int]], bool]:
    """Return the test of a rule of ``strokes``: one player keeps to it in most bars that it plays in."""

    def test(song: Song, bars: Collection[int]) -> bool:
        first = {
            bar: visit.place.start_bar
            for visit in song.plan.visits
            if {visit.place.start_bar, visit.end_bar - 1} & set(bars)
            for bar in range(visit.place.start_bar, visit.end_bar)
        }
        keys = rule.get("keys")
        for stem in song.with_role(*rule["roles"]):
            kept = []
            for bar in sorted(bars):
                sounds = [s for s in song.in_bars([bar], [stem]) if keys is None or s.pitch in keys]
                places = {s.beat for s in sounds}
                off = max(_OFF_BEATS, _OFF_S * song.tempo_at(bar) / 60)
                if places:
                    kept.append(_keeps_to(rule, bar - first.get(bar, 0), places, song.meter_at(bar), off))
            if kept and sum(kept) >= 0.5 * len(kept):
                return True
        return False

    return test


_OFF_BEATS, _OFF_S = 1 / 24, 0.025
"""By how much of a quarter, or how many seconds, a player strikes too early or too late at most."""


def _keeps_to(
    rule: Mapping[str, Any], number: int, places: Collection[float], meter: Meter, off: float
) -> bool:
    """Return whether a player that strikes at some quarters of a bar keeps to a rule there.

    Bars of a section count from 0: a rule may say something else of every second one. ``off`` is by how
    much of a quarter a stroke may miss its place.
    """
    if "least" in rule:
        return bool(len({round(place * 12) for place in places}) >= rule["least"])
    bars = rule.get("in", {}).get(str(meter), rule["bars"])
    wanted = {place for place in bars[number % len(bars)] if place < meter.bar_quarters}
    return bool(wanted) and all(any(abs(place - at) <= off for at in places) for place in wanted)


GROOVES: dict[str, Callable[[Song, Collection[int]], bool]] = {
    "swing": _swings,
    "shuffle": _shuffles,
    "straight": _is_straight,
    "four on the floor": _is_four_on_the_floor,
    "backbeat": _has_backbeat,
    "syncopated": _is_syncopated,
    "funky": _is_funky,
    "laid back": _is_laid_back,
    "half time": is_half_time,
    "half time feel": is_half_time,
    "double time": is_double_time,
    "walking bass": _walks,
    "one drop": _has_one_drop,
    "breakbeat": _is_broken,
    "pulse": _has_pulse,
    "two step": _is_two_step,
    "offbeat": _is_offbeat,
    **{name: _strikes(rule) for name, rule in read_data("outcomes.yaml")["strokes"].items()},
}
_SAME = {
    "swung": "swing",
    "swinging": "swing",
    "shuffled": "shuffle",
    "shuffling": "shuffle",
    "straight eighths": "straight",
    "syncopation": "syncopated",
    "syncopated rhythm": "syncopated",
    "laidback": "laid back",
    "behind the beat": "laid back",
    "walking": "walking bass",
    "broken beat": "breakbeat",
    "4 on the floor": "four on the floor",
    "halftime": "half time",
    "beat": "pulse",
    "rhythm": "pulse",
    "off beat": "offbeat",
    "skank": "offbeat",
    "triplet": "shuffle",
    "groovy": "syncopated",
    "steppers": "four on the floor",
    "disco": "four on the floor",
    "disco beat": "four on the floor",
    "polyrhythm": "polyrhythmic",
    "gallop": "galloping",
    "son clave": "clave",
    "blast beats": "blast beat",
    "bossa nova": "bossa",
    "motorik": "driving",
    "pocket": "laid back",
    "in the pocket": "laid back",
    "boom bap": "backbeat",
    "dembow": "tresillo",
    "double bass drum": "double kick",
    "double pedal": "double kick",
    "montunos": "montuno",
    "oom pah": "oompah",
    "oom pah pah": "oompah",
    "bass octaves": "octaves",
    "octave bass": "octaves",
}


OF_DRUMS = (
    *("four on the floor", "backbeat", "half time", "half time feel", "double time", "one drop"),
    *("breakbeat", "two step", "blast beat", "train beat", "bossa", "double kick"),
)
"""Grooves that only drums make."""

OF_FOUR_BEATS = ("one drop", "two step", "bossa", "tresillo", "train beat", "blast beat")
"""Grooves of bars of four beats, or of two, alone."""


def groove_name(words: str) -> str:
    """Return the plain name of a groove."""
    name = words.lower().replace("-", " ").replace("_", " ").strip()
    return _SAME.get(name, name)


def groove_named(words: str) -> Callable[[Song, Collection[int]], bool] | None:
    """Return the test of a groove by its name, None for one that nothing measures."""
    return GROOVES.get(groove_name(words))


def check_groove(song: Song, wish: Wish, _wishes: Wishes) -> str:
    """Return where a groove is played. Raises UnmetError where it is not, or where nothing measures it."""
    name = wish.what.lower().replace("-", " ").strip()
    test = groove_named(name)
    if test is None:
        raise UnmetError(f"no rule plays a groove that is {wish.what}")
    bars = bars_for(song, wish)
    if (
        wish.polarity == "avoid"
        and groove_name(name) in OF_DRUMS
        and not song.share(song.with_role("drums"), bars)
    ):
        return f"no drums, {describe_bars(bars)}"
    if wish.where.stem is not None and (stems := players(song, wish.where.stem)):
        song = song.of_stems(stems)
    if wish.polarity == "avoid" and test in (_swings, _shuffles):
        # Triplets of a metre that has them by nature are not swung.
        is_right = swing_share(song, bars) >= _SWINGS and not song.plan.meter.is_compound
    else:
        is_right = test(song, bars)
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(
            f"the rhythm is {'' if wish.polarity == 'avoid' else 'not '}{name} in {describe_bars(bars)}"
        )
    return f"planned, {describe_bars(bars)}"


def has_stop_time(song: Song, bars: Sequence[int]) -> bool:
    """Return whether a band plays in stop time in half of some bars, and in two of them at least.

    There, all but one player at most strike on one and are silent from the second beat on.
    """
    right = 0
    for bar in bars:
        groups: dict[str, list[Sound]] = {}
        for sound in song.in_bars([bar]):
            groups.setdefault(sound.stem, []).append(sound)
        beat = song.beat_at(bar)
        short = [
            all(s.beat < beat / 2 and s.beat + s.duration <= 2 * beat for s in sounds)
            for sounds in groups.values()
        ]
        right += len(short) >= 2 and sum(short) >= len(short) - 1
    return right >= max(2, len(bars) // 2)


def has_fill(song: Song, bar: int) -> bool:
    """Return whether snare and toms are busier in a bar than in the three before it by a half."""
    before = [other for other in range(bar - 3, bar) if other >= 0]
    hits = len(drum_hits(song, [bar], FILLS))
    usual = len(drum_hits(song, before, FILLS)) / len(before) if before else 0.0
    return hits >= 2 and hits >= 1.5 * usual


def has_shot(song: Song, bars: Sequence[int]) -> bool:
    """Return whether all players of a bar strike together and stop, with a beat of silence after it."""
    for bar in bars:
        sounds = song.in_bars([bar])
        stems = {sound.stem for sound in sounds}
        times = sorted({round(sound.start * 12) for sound in sounds})
        together = [t for t in times if {s.stem for s in sounds if round(s.start * 12) == t} == stems]
        if len(stems) < 2 or not together:
            continue

        ends = max(sound.end for sound in sounds)
        if song.downbeats[bar + 1] - ends >= song.beat_at(bar) - _NEAR:
            return True

        # Or nothing sounds in the beat that ends before the next stroke.
        time = together[0] / 12
        following = min((s.start for s in song.sounds if s.start > time + _NEAR), default=None)
        ends = max((s.end for s in song.sounds if s.start <= time + _NEAR), default=0.0)
        if following is not None and following - ends >= 0.9:
            return True
    return False


def has_stabs(song: Song, bars: Sequence[int], stems: Collection[str]) -> bool:
    """Return whether in most bars that some stems strike in they do so shortly, two times at most."""
    struck = [sounds for bar in bars if (sounds := song.in_bars([bar], stems))]
    right = 0
    for sounds in struck:
        times = {round(sound.start * 12) for sound in sounds}
        right += len(times) <= 2 and all(sound.duration <= song.beat_at(sound.bar) for sound in sounds)
    return right >= max(1, _MOST * len(struck))


def has_impact(song: Song, bar: int) -> bool:
    """Return whether most players of a bar strike at once and harder than usual in the song.

    A kick, a crash or a low note is among the strokes.
    """
    sounds = song.in_bars([bar])
    usual = sum(sound.velocity for sound in song.sounds) / max(1, len(song.sounds))
    playing = {sound.stem for sound in sounds}
    for time in {round(sound.start * 12) for sound in sounds}:
        struck = [sound for sound in sounds if round(sound.start * 12) == time]
        low = any(
            s.pitch in (*KICKS, *_CRASHES) if song.role(s.stem) == "drums" else s.pitch <= _LOW
            for s in struck
        )
        force = sum(sound.velocity for sound in struck) / len(struck)
        if low and force >= 1.15 * usual and 3 * len({s.stem for s in struck}) >= 2 * len(playing):
            return True
    return False


def has_push(song: Song, bars: Sequence[int]) -> bool:
    """Return whether chords come half a beat before the bar line in a quarter of some bars."""
    chords = song.with_role("chords", "bass", "pad")
    pushed = 0
    for bar in bars:
        end = song.downbeats[bar + 1]
        pushed += any(
            0.2 <= end - s.start <= 0.55 and s.end > end + _NEAR / 2 for s in song.in_bars([bar], chords)
        )
    return pushed >= max(1, 0.25 * len(bars))
