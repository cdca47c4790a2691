"""The form of a melody: phrases that state, repeat, depart and answer, and one bar that tops them all.

A section is cut into phrases, mostly of four bars, named by letters: the same letter is the same idea and,
over the same chords, the same notes; a small letter begins alike and departs after two bars. A question
ends open, an answer at home. Schemes are those of songs and of classical themes: period (A A'), bar form (A
A B), A A B A, A B A C (W. E. Caplin, "Classical Form", 1998; W. Everett, "The Foundations of Rock", 2009,
ch. 6). Inside a phrase an idea comes back as it was, or developed: higher or lower, upside down, in pieces.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from structure.arrange.context import SectionContext
from structure.arrange.melody.rhythms import BarWord, Rhythms, places_of
from structure.base.exact import Fraction
from structure.base.sampling import pick, pick_weighted
from structure.harmony.bars import chord_at, chords_after

PHRASE_BARS = 4

_SCHEMES = {
    1: ("A",),
    2: ("Aa", "Aa", "AA", "AB"),
    3: ("AaB", "AAB", "ABa"),
    4: ("AaBa", "ABaC", "AaBC", "ABCa"),
}
_REFRAIN_SCHEMES = {
    1: ("A",),
    2: ("Aa", "Aa", "AA"),
    3: ("AAB", "ABa"),
    4: ("ABaC", "ABAC", "AaBC", "AaBa"),
}
_FREE_SCHEMES = {1: ("A",), 2: ("AB",), 3: ("ABC", "AAB"), 4: ("ABCA", "ABCB", "AABC")}
_FREE = ("solo", "instrumental", "bridge", "interlude")
"""Phrases of a section by how many it has; a refrain says its hook more than once, a solo goes on and
on."""
_BARS = {
    "A": ("xyxz", "xxyz", "xyzx", "xyyz", "xyzw"),
    "B": ("zwzx", "zzxy", "zzwx", "zwxy"),
    "C": ("vzxy", "vxzv", "vwvw"),
    "D": ("wwzv", "wywv", "wvyx"),
}
"""Ideas of the bars of a phrase before its last, by letter; phrases of five bars have all four."""

_ARCHES = ((0, 1, 2, 1, 0), (0, 2, 1, 0, -1), (1, 0, -1, -1, -2), (0, 1, 3, 2, 1), (2, 1, 0, 0, -1))
"""Heights of the bars of a phrase, in scale steps."""

_DEPARTS_AT = 2
_LETTER_HEIGHTS = {"A": 0, "B": 2, "C": 1, "D": -1}
_CLIMAX_AT = 0.7
"""Where in a section its highest note is best placed."""

Development = Literal["same", "sequence", "inversion", "answer", "fragment", "augmentation"]
"""How a bar comes from an earlier one: its shape again; higher or lower; upside down; its beginning with
another end; its beginning twice; its beginning at half the speed."""

_DEVELOPMENTS: dict[Development, float] = {
    "sequence": 1.0,
    "answer": 0.8,
    "inversion": 0.3,
    "fragment": 0.25,
    "augmentation": 0.2,
}
_NEW_END = 0.85
"""How often the end of a phrase has a rhythm of its own."""

_NEW_RHYTHMS = {"pop": 3.6, "folk": 1.6}
"""How often an idea that moves has another rhythm, by the share of distinct ones in a song above a tenth:
folk tunes are short, so that more of their bars are distinct."""

_RETURNS = {"pop": 10.0, "folk": 40.0}
"""How much a scheme counts for in which more comes back, by how much rather a song says a bar again."""

_LEADS_ON = 0.7
"""How often the last bar of a rest has a pickup to the next phrase."""

_AT_END = 0.6
"""How often a rest is at the end of a section, not of one of its phrases."""

_REFRAIN_RESTS = 0.6
"""What refrains rest against other sections."""


@dataclass(frozen=True)
class PlannedBar:
    """One bar of a melody before it has pitches.

    ``onsets`` are in quarters from the section's downbeat. ``height`` is the scale steps of its middle
    above the section's. ``like`` is the earlier bar that it repeats to the note where the chords are the
    same, ``source`` the one that it develops. ``closes`` is None inside a phrase, at its end True for an
    answer and False for a question. ``rest`` is the index of the note on which the phrase ends; those after
    it lead into the next.
    """

    onsets: tuple[Fraction, ...]
    height: int
    like: int | None = None
    source: int | None = None
    how: Development = "same"
    closes: bool | None = None
    rest: int = 0
    is_climax: bool = False


@dataclass(frozen=True)
class _Phrase:
    start: int
    bars: int
    letter: str
    is_answer: bool
    silent: int = 0

    @property
    def departs(self) -> bool:
        """Return whether it only begins like an earlier one."""
        return self.letter.islower()


def plan_bars(ctx: SectionContext, rng: random.Random) -> list[PlannedBar]:
    """Return the bars of a section's melody, with the one marked in which its highest note falls.

    That lies after the first third, best at about seven tenths of the section. It is rather inside a
    phrase, and if it may be not one that is heard again. Bars that repeat it no longer do.
    """
    bars = _Planner(ctx, rng).bars()
    repeated = {bar.like for bar in bars}
    late = range(-(-len(bars) // 3), len(bars) - 1)
    options = [i for i in late if bars[i].onsets] or [i for i, bar in enumerate(bars) if bar.onsets]
    if not options:
        return bars

    def distance(index: int) -> float:
        is_again = bars[index].like is not None or index in repeated
        ends = 0.15 if bars[index].closes is not None else 0.0
        return abs((index + 0.5) / len(bars) - _CLIMAX_AT) + ends + (1.0 if is_again else 0.0)

    top = min(options, key=lambda i: (distance(i), i))
    return [
        replace(bar, is_climax=i == top, like=None if top in (i, bar.like) else bar.like)
        for i, bar in enumerate(bars)
    ]


class _Planner:
    """Plans the bars of one section, phrase by phrase."""

    def __init__(self, ctx: SectionContext, rng: random.Random) -> None:
        self._ctx, self._rng = ctx, rng
        self._rhythms = Rhythms(ctx, rng)
        self._empty = self._rhythms.habits.empty * ctx.style.tune.rests
        distinct = self._rhythms.habits.figures["distinct_bar_rhythms"]
        self._new = min(0.9, max(0.1, _NEW_RHYTHMS[ctx.style.tune.like] * (distinct - 0.1)))
        self._words: dict[str, BarWord] = {}
        self._ends: dict[bool, BarWord] = {}
        self._schemes = {letter: pick(rng, _BARS[letter]) for letter in _BARS}
        self._arches = {letter: pick(rng, _ARCHES) for letter in _BARS}
        self._first: dict[tuple[str, int], int] = {}
        self._heard: dict[str, int] = {}
        self._bars: list[PlannedBar] = []

    def bars(self) -> list[PlannedBar]:
        """Return them in order, in phrases of four bars; two of these may be one of three and one of five.

        The bars that rest are at the end of one of them. On average they are as many as the song's habit
        says, as far as there is room. A long tune may leave its last phrase to the band. The last that is
        sung is an answer.
        """
        ctx, rng = self._ctx, self._rng
        # Each phrase has a letter. Long sections go through their scheme again, with another contrast.
        count = -(-ctx.bars // PHRASE_BARS)
        is_free, is_refrain = ctx.kind in _FREE, ctx.is_refrain()
        schemes = _REFRAIN_SCHEMES if is_refrain else _FREE_SCHEMES if is_free else _SCHEMES
        own = () if is_free else ctx.style.lines.get(count, ())
        # Songs that say the same again have schemes in which more comes back.
        returns, times = self._rhythms.habits.returns, _RETURNS[ctx.style.tune.like]
        weights: dict[str, float] = {}
        for option in own or schemes[min(count, 4)]:
            share = times * returns * count_returns(option) / len(option)
            weights[option] = weights.get(option, 0.0) + math.exp(share)
        scheme = pick_weighted(rng, weights)
        letters = (scheme + scheme.replace("B", "D") * count)[:count]

        is_odd = not is_refrain and not ctx.style.lines and rng.random() < ctx.style.tune.odd_phrases
        first = pick(rng, (3, 5))
        phrases: list[_Phrase] = []
        start = 0
        for index, letter in enumerate(letters):
            bars = PHRASE_BARS
            if is_odd and 2 * (index // 2) + 2 <= ctx.bars // PHRASE_BARS:
                bars = first if index % 2 == 0 else 2 * PHRASE_BARS - first
            bars = min(bars, ctx.bars - start)
            if bars > 0:
                phrases.append(_Phrase(start, bars, letter, is_answer=index % 2 == 1))
            start += bars

        can_end_early = len(phrases) >= 4 and not ctx.ends_song and not is_free
        last = len(phrases) - 1
        place = last if can_end_early or rng.random() < _AT_END else int(rng.random() * len(phrases))
        size = phrases[last].bars if can_end_early else max(0, min(2, phrases[place].bars - 2))
        wanted = ctx.bars * self._empty * (_REFRAIN_RESTS if is_refrain else 1.0)
        if size and rng.random() < wanted / size:
            phrases[place] = replace(phrases[place], silent=size)
        sung = max(index for index, phrase in enumerate(phrases) if phrase.silent < phrase.bars)
        phrases[sung] = replace(phrases[sung], is_answer=True)

        for phrase in phrases:
            self._write(phrase)
        return self._bars

    def _write(self, phrase: _Phrase) -> None:
        silent = phrase.silent
        if silent == phrase.bars:
            self._rest(phrase)
            return
        sung = phrase.bars - silent
        breath = self._breath(sung)
        for place in range(sung):
            height = _LETTER_HEIGHTS[phrase.letter.upper()] + self._arches[phrase.letter.upper()][place]
            if place == sung - 1:
                self._bars.append(self._end(phrase, height, silent=silent))
            else:
                self._bars.append(self._inside(phrase, place, height, is_breath=place == breath))
        self._rest(phrase)

    def _rest(self, phrase: _Phrase) -> None:
        """Add the bars of a phrase that rest; the last may lead into the next phrase."""
        self._bars += [PlannedBar((), 0)] * phrase.silent
        if phrase.silent and not self._ctx.ends_song and self._rng.random() < _LEADS_ON:
            self._bars[-1] = self._lead_in(phrase)

    def _lead_in(self, phrase: _Phrase) -> PlannedBar:
        """Return a bar that rests but for the notes that lead into the next phrase."""
        word = self._rhythms.bar("lead_in", self._word_before())
        onsets = self._fit_places(places_of(word, self._ctx.meter), len(self._bars) - 1)
        late = tuple(
            onset
            for onset in onsets
            if 2 * onset >= (2 * len(self._bars) - 1) * self._ctx.meter.bar_quarters
        )
        return PlannedBar(late, _LETTER_HEIGHTS[phrase.letter.upper()])

    def _breath(self, sung: int) -> int | None:
        """Return the index of the bar at whose end the phrase breathes, or None."""
        if sung < PHRASE_BARS or self._rng.random() >= self._ctx.style.tune.short_breaths:
            return None
        return 1

    def _inside(self, phrase: _Phrase, place: int, height: int, *, is_breath: bool) -> PlannedBar:
        """Return a bar before the last of a phrase."""
        index, letter = len(self._bars), phrase.letter.upper()
        if phrase.departs and place >= _DEPARTS_AT:
            idea, height = "zv"[place % 2], height + 1
            like = None
        else:
            idea = self._schemes[letter][place]
            like = self._first.get((letter, place))
            self._first.setdefault((letter, place), index)
        if like is not None and self._bars[like].onsets:
            shift = (index - like) * self._ctx.meter.bar_quarters
            onsets = tuple(onset + shift for onset in self._bars[like].onsets)
            return PlannedBar(onsets, height, like=like, source=like)
        return self._state_idea(idea, place, height, is_breath=is_breath)

    def _state_idea(self, idea: str, place: int, height: int, *, is_breath: bool) -> PlannedBar:
        """Return an idea for the first time, or again in this phrase: as it was or developed."""
        index, tune, rng = len(self._bars), self._ctx.style.tune, self._rng
        before = index - 1 if place and self._bars[index - 1].onsets else None
        riffs = before is not None and rng.random() < tune.riffs
        source = before if riffs else self._heard.get(idea)
        if is_breath:
            word = self._rhythms.bar("last", self._word_before())
        else:
            word = self._word(idea, "first" if place == 0 else "inside")
        how: Development = "same"
        if source is not None and not is_breath and rng.random() < tune.develops:
            how = pick_weighted(rng, _DEVELOPMENTS)
        moves = how == "sequence" or (source is not None and not is_same_harmony(self._ctx, index, source))
        if (
            source is not None
            and moves
            and how in ("same", "sequence")
            and not riffs
            and rng.random() < self._new
        ):
            word = self._rhythms.bar("inside", word)
            return PlannedBar(
                self._fit_places(places_of(word, self._ctx.meter), index), height, source=source, how=how
            )
        self._heard.setdefault(idea, index)
        onsets = self._fit_places(places_of(word, self._ctx.meter), index)
        if source is None or is_breath:
            return PlannedBar(onsets, height)
        if how in ("answer", "inversion"):
            return PlannedBar(self._other_end(source, index), height, source=source, how=how)
        like = source if how == "same" else None
        return PlannedBar(self._develop_bar(source, how, index), height, like, source, how)

    def _develop_bar(self, source: int, how: Development, index: int) -> tuple[Fraction, ...]:
        """Return where the notes of a bar begin that develops another."""
        bar = self._ctx.meter.bar_quarters
        places = tuple(onset - source * bar for onset in self._bars[source].onsets)
        half = bar / 2
        opening = tuple(place for place in places if place < half)
        can_halve = half % self._ctx.meter.beat_quarters == 0 and len(opening) > 1
        if how == "fragment" and can_halve:
            places = (*opening, *(place + half for place in opening))
        elif how == "augmentation" and can_halve:
            places = tuple(2 * place for place in opening)
        return self._fit_places(places, index)

    def _other_end(self, source: int, index: int) -> tuple[Fraction, ...]:
        """Return the rhythm of a bar with that of another in its second half."""
        bar, meter = self._ctx.meter.bar_quarters, self._ctx.meter
        opening = [
            onset - source * bar for onset in self._bars[source].onsets if onset - source * bar < bar / 2
        ]
        later = [
            place
            for place in places_of(self._rhythms.bar("inside", self._word_before()), meter)
            if place >= bar / 2
        ]
        return self._fit_places([*opening, *later] or [Fraction(0)], index)

    def _fit_places(self, places: Sequence[Fraction], index: int) -> tuple[Fraction, ...]:
        start = index * self._ctx.meter.bar_quarters
        return tuple(start + place for place in places)

    def _word(self, idea: str, place: Literal["first", "inside"]) -> BarWord:
        if idea not in self._words:
            self._words[idea] = self._rhythms.bar(place, self._word_before())
        return self._words[idea]

    def _word_before(self) -> BarWord | None:
        return next(reversed(self._words.values()), None)

    def _end(self, phrase: _Phrase, height: int, *, silent: int) -> PlannedBar:
        """Return the last sung bar of a phrase: it comes to rest, and may lead into the next phrase."""
        index = len(self._bars)
        if phrase.is_answer not in self._ends or self._rng.random() < _NEW_END:
            self._ends[phrase.is_answer] = self._rhythms.bar(
                "last", self._word_before(), closes=phrase.is_answer
            )
        places = places_of(self._ends[phrase.is_answer], self._ctx.meter) or (Fraction(0),)
        rest = self._rhythms.resting(places, closes=phrase.is_answer)
        if silent or (self._ctx.ends_song and index == self._ctx.bars - 1):
            places = places[: rest + 1]
        return PlannedBar(self._fit_places(places, index), height, closes=phrase.is_answer, rest=rest)


def count_returns(scheme: str) -> float:
    """Return how many phrases of a scheme have been heard before; one that departs counts for a half."""
    found = 0.0
    for index, letter in enumerate(scheme):
        is_again = letter.upper() in scheme[:index].upper()
        found += is_again * (0.5 if letter.islower() else 1.0)
    return found


def is_same_harmony(ctx: SectionContext, one: int, other: int) -> bool:
    """Return whether two bars have the same chords in the same places."""
    return _harmony(ctx, one) == _harmony(ctx, other)


def _harmony(ctx: SectionContext, bar: int) -> list[tuple[Fraction, tuple[int, ...]]]:
    """Return the chords of a bar and where in it each begins."""
    start, end = bar * ctx.meter.bar_quarters, (bar + 1) * ctx.meter.bar_quarters
    first, found = chord_at(ctx.chords, start), []
    if first.onset <= start < first.end:
        found.append((Fraction(0), first.pitch_classes))
    for chord in chords_after(ctx.chords, start):
        if chord.onset >= end:
            break
        found.append((chord.onset - start, chord.pitch_classes))
    return found
