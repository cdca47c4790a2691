"""What real songs do, per genre: which section follows which, how long sections and songs last, how fast.

A :class:`FormModel` is fitted to :mod:`structure.forms.real_songs`. It backs off: the distribution in
a narrow context (this genre, this history) is a Dirichlet prior mean, the distribution in the next wider
context, updated with the counts of the narrow one (MacKay and Peto, "A hierarchical Dirichlet language
model", Natural Language Engineering 1, 1995). So a genre of two songs sounds like all songs with a little
colour, and one of three hundred speaks for itself. Several chains of contexts are averaged.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import product
from typing import Generic, Literal, NamedTuple, TypeVar

from structure.base.sampling import pick_weighted
from structure.forms.real_songs import RealSong, real_songs

START = "^"
END = "$"
"""States before the first and after the last section of a walk."""

LONGEST_SECTION = 64
"""Bars; the few longer sections of the data count as this long."""

_MOST_CHORUSES, _MOST_VERSES, _MOST_SECTIONS = 6, 4, 15
_STRENGTH, _OWN_STRENGTH, _LENGTH_STRENGTH = 6.0, 30.0, 20.0
"""Weight of the wider context, in observations: for kinds over all songs, for kinds in a genre, for
lengths. Half or double hardly matters."""

_UNHEARD = 1e-6
"""Probability of a kind that no song of the data has."""

V = TypeVar("V", bound=Hashable)
Weights = Mapping[str, float]
Shares = tuple[float, ...]
"""A distribution over outcomes, in their order."""

Context = tuple[Hashable, ...]
Chains = tuple[tuple[Context, ...], ...]
Cast = tuple[bool, ...]
"""Which of the kinds that not every song has are in a song: pre-chorus, post-chorus, bridge."""

_PARTS = ("prechorus", "postchorus", "bridge")
_CASTS: tuple[Cast, ...] = tuple(product((False, True), repeat=len(_PARTS)))


def cast_of(walk: Sequence[str]) -> Cast:
    """Return which of the parts that matter to the model a whole song has."""
    return tuple(part in walk for part in _PARTS)


class _Features(NamedTuple):
    """What a walk so far says of what comes next; counts are cut off where they get rare.

    ``followed_last`` and ``followed_pair`` are what followed the last kind, and the last two, the last time
    that they came before; else empty.
    """

    last: str
    before_last: str
    choruses: int
    verses: int
    sections: int
    followed_last: str
    followed_pair: str
    is_bridge_over: bool

    @classmethod
    def of(cls, walk: Sequence[str]) -> _Features:
        """Return the features of a walk."""
        return list(cls.along(walk))[-1]

    @classmethod
    def along(cls, walk: Sequence[str]) -> Iterator[_Features]:
        """Yield the features of each beginning of a walk: of none of its kinds, of the first …, of all."""
        last = before_last = START
        choruses = verses = 0
        is_bridge_over = False
        followers: dict[str, str] = {}
        pair_followers: dict[tuple[str, str], str] = {}
        yield cls(last, before_last, 0, 0, 0, "", "", is_bridge_over)
        for done, kind in enumerate(walk, start=1):
            if done > 1:
                followers[last] = kind
            if done > 2:
                pair_followers[before_last, last] = kind
            before_last, last = last, kind
            choruses += kind == "chorus"
            verses += kind == "verse"
            is_bridge_over = is_bridge_over or kind == "bridge"
            yield cls(
                last=last,
                before_last=before_last,
                choruses=min(choruses, _MOST_CHORUSES),
                verses=min(verses, _MOST_VERSES),
                sections=min(done, _MOST_SECTIONS),
                followed_last=followers.get(last, ""),
                followed_pair=pair_followers.get((before_last, last), ""),
                is_bridge_over=is_bridge_over,
            )


def _contexts(f: _Features, cast: Cast) -> Chains:
    """Return chains of contexts, each from the widest to the narrowest, to be counted over all songs."""
    stage = (f.last, cast, f.is_bridge_over)
    counts = (*stage, f.choruses, f.verses)
    pair = (*stage, f.before_last)
    wide: tuple[Context, ...] = ((), (f.last,), stage)
    return (
        (*wide, (*stage, f.choruses), counts),
        (*wide, counts, (*counts, f.followed_last)),
        (*wide, pair, (*pair, f.followed_pair)),
        (*wide, (*stage, f.followed_last), (*stage, f.followed_last, f.sections)),
    )


@cache
def _contexts_along(walk: tuple[str, ...]) -> tuple[Chains, ...]:
    """Return the contexts at each beginning of the walk of a whole song."""
    cast = cast_of(walk)
    return tuple(_contexts(features, cast) for features in _Features.along(walk))


class _Counts(Generic[V]):
    """Counts of which of ``outcomes`` came in each context.

    ``strength`` is the weight of the next wider context. Distributions over the outcomes are tuples in
    their order.
    """

    def __init__(self, outcomes: Sequence[V], strength: float) -> None:
        self.outcomes = tuple(outcomes)
        self.strength = strength
        self._places = {outcome: place for place, outcome in enumerate(self.outcomes)}
        self._seen: dict[Context, dict[int, int]] = {}
        self._shares: dict[tuple[Context, ...], Shares] = {}

    def add(self, contexts: Iterable[Context], outcome: V) -> None:
        """Count an outcome in each of the contexts."""
        place, tables = self._places[outcome], self._seen
        for context in contexts:
            seen = tables.get(context)
            if seen is None:
                tables[context] = {place: 1}
            else:
                seen[place] = seen.get(place, 0) + 1

    def shares(self, chain: tuple[Context, ...]) -> Shares:
        """Return equal shares, updated with the counts of each context, the widest first."""
        if not chain:
            return (1 / len(self.outcomes),) * len(self.outcomes)
        if chain not in self._shares:
            self._shares[chain] = self.update(self.shares(chain[:-1]), chain[-1:])
        return self._shares[chain]

    def update(self, prior: Shares, contexts: Iterable[Context]) -> Shares:
        """Return the prior, updated with the counts of each context in turn."""
        for context in contexts:
            seen = self._seen.get(context)
            if seen:
                whole = sum(seen.values()) + self.strength
                posterior = [self.strength * share / whole for share in prior]
                for place, count in seen.items():
                    posterior[place] = (count + self.strength * prior[place]) / whole
                prior = tuple(posterior)
        return prior


@dataclass(frozen=True)
class _Fitted:
    """Counts of one set of songs, for casts, for kinds by chain, and for lengths."""

    casts: _Counts[Cast]
    kinds: tuple[_Counts[str], ...]
    repeats: _Counts[int]
    lengths: _Counts[int]


def _count(songs: Iterable[RealSong], kinds: Sequence[str], strength: float, last: int = 0) -> _Fitted:
    """Count the casts, the kinds and the lengths of some songs.

    Kinds are counted in all contexts of each chain, or in its last ones alone.
    """
    lengths = range(1, LONGEST_SECTION + 1)
    fitted = _Fitted(
        casts=_Counts(_CASTS, strength),
        kinds=tuple(_Counts((*kinds, END), strength) for _ in _contexts(_Features.of(()), _CASTS[0])),
        repeats=_Counts(lengths, _LENGTH_STRENGTH),
        lengths=_Counts(lengths, _LENGTH_STRENGTH),
    )
    for song in songs:
        walk = tuple(kind for kind, _ in song.sections)
        fitted.casts.add([()], cast_of(walk))
        for chains, kind in zip(_contexts_along(walk), (*walk, END), strict=True):
            for counts, chain in zip(fitted.kinds, chains, strict=True):
                counts.add(chain[-last:], kind)

        before: dict[str, int] = {}
        verse = next((bars for kind, bars in song.sections if kind == "verse"), 0)
        for kind, length in song.sections:
            bars = min(length, LONGEST_SECTION)
            fitted.repeats.add(_repeat_contexts(kind, before.get(kind, 0)), bars)
            fitted.lengths.add(_length_contexts(kind, verse), bars)
            before[kind] = bars
    return fitted


def _repeat_contexts(kind: str, last: int) -> list[Context]:
    return [(last,), (kind, last)]


def _length_contexts(kind: str, verse: int) -> list[Context]:
    return [(), (kind,), (kind, 0 if kind == "verse" else verse)]


class FormModel:
    """A model of the forms of some genres, with back-off to all songs.

    ``songs`` are all songs to learn from; ``genres`` names those that the model is to resemble.
    """

    def __init__(self, songs: Sequence[RealSong], genres: Iterable[str] = ()) -> None:
        chosen = frozenset(genres)
        self.songs = tuple(songs)
        self.own = tuple(song for song in songs if song.genre in chosen)
        self._lengths: dict[tuple[str, int], dict[int, float]] = {}
        self._shares: dict[tuple[_Features, Cast], Shares] = {}
        self._beliefs: dict[tuple[str, ...], dict[Cast, float]] = {}
        self._following: dict[tuple[str, ...], Weights] = {}
        self._weighed: dict[str, list[tuple[float, float]]] = {}  # tempi and lengths of songs, with weights

    # A song whose form is given needs no counts, which take longer than the rest of its plan.

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of section that songs have, in order."""
        return _kinds_of(self.songs)

    @cached_property
    def _outcomes(self) -> tuple[str, ...]:
        return (*self.kinds, END)

    @cached_property
    def _everyone(self) -> _Fitted:
        return _everyone_of(self.songs)

    @cached_property
    def _mine(self) -> _Fitted:
        return _count(self.own, self.kinds, _OWN_STRENGTH, last=1)

    def next_weights(self, walk: Sequence[str]) -> Weights:
        """Return the probability of each kind, and of END, after the kinds of ``walk``.

        The cast of the song is not known while it is written: each counts as much as what came so far
        speaks for it.
        """
        so_far = tuple(walk)
        if so_far not in self._following:  # many songs begin alike
            mixed, features = [0.0] * len(self._outcomes), _Features.of(so_far)
            for cast, belief in self._belief(so_far).items():
                for place, share in enumerate(self._shares_in_cast(features, cast)):
                    mixed[place] += belief * share
            self._following[so_far] = dict(zip(self._outcomes, mixed, strict=True))
        return self._following[so_far]

    @cached_property
    def _first_beliefs(self) -> dict[Cast, float]:
        shares = self._mine.casts.update(self._everyone.casts.shares(((),)), [()])
        return dict(zip(_CASTS, shares, strict=True))

    def _belief(self, walk: tuple[str, ...]) -> dict[Cast, float]:
        """Return the probability of each cast, given how the song begins (Bayes)."""
        if not walk:
            return self._first_beliefs
        if walk not in self._beliefs:
            features, last = _Features.of(walk[:-1]), walk[-1]
            place = self._outcomes.index(last) if last in self._outcomes else None
            joint = {
                cast: belief * (_UNHEARD if place is None else self._shares_in_cast(features, cast)[place])
                for cast, belief in self._belief(walk[:-1]).items()
            }
            total = sum(joint.values())
            self._beliefs[walk] = {cast: share / total for cast, share in joint.items()}
        return self._beliefs[walk]

    def _shares_in_cast(self, features: _Features, cast: Cast) -> Shares:
        """Return the mean of the chains' distributions, in a song of this cast."""
        if (features, cast) not in self._shares:
            self._shares[features, cast] = self._mix_shares(features, cast)
        return self._shares[features, cast]

    def _mix_shares(self, features: _Features, cast: Cast) -> Shares:
        chains = _contexts(features, cast)
        mixed = [0.0] * len(self._outcomes)
        for chain, everyone, mine in zip(chains, self._everyone.kinds, self._mine.kinds, strict=True):
            for place, share in enumerate(mine.update(everyone.shares(chain), chain[-1:])):
                mixed[place] += share / len(chains)
        return tuple(mixed)

    def bar_weights(self, kind: str, verse: int = 0) -> dict[int, float]:
        """Return the probability of each length of a section of this kind, 1 … LONGEST_SECTION bars.

        The song's first verse has ``verse`` bars; 0 where it has none or where that is unknown.
        """
        if (kind, verse) not in self._lengths:
            contexts = tuple(_length_contexts(kind, verse)[: None if verse else 2])
            shares = self._mine.lengths.update(self._everyone.lengths.shares(contexts), contexts[1:])
            self._lengths[kind, verse] = dict(enumerate(shares, start=1))
        return dict(self._lengths[kind, verse])

    def repeat_weights(self, kind: str, last: int) -> dict[int, float]:
        """Return the probability of each length of a section where the last of its kind had ``last`` bars.

        ``last`` is 0 where none came before.
        """
        contexts = tuple(_repeat_contexts(kind, min(last, LONGEST_SECTION)))
        shares = self._mine.repeats.update(self._everyone.repeats.shares(contexts), contexts[1:])
        return dict(enumerate(shares, start=1))

    def typical(
        self, measure: Literal["tempo_bpm", "seconds"], low: float, high: float, rng: random.Random
    ) -> float:
        """Draw the tempo or the length of a song between ``low`` and ``high``.

        Songs of the genres weigh most, all other songs a little. Where no song lies between them, any value
        between them is drawn.
        """
        if measure not in self._weighed:
            mine, usual = {id(song) for song in self.own}, _STRENGTH / len(self.songs)
            self._weighed[measure] = [
                (float(getattr(song, measure)), (id(song) in mine) + usual) for song in self.songs
            ]
        weights: dict[float, float] = {}
        for value, weight in self._weighed[measure]:
            if low <= value <= high:
                weights[value] = weights.get(value, 0.0) + weight
        return pick_weighted(rng, weights) if weights else low + rng.random() * (high - low)


@cache
def _kinds_of(songs: tuple[RealSong, ...]) -> tuple[str, ...]:
    return tuple(sorted({kind for song in songs for kind, _ in song.annotated}))


@cache
def _everyone_of(songs: tuple[RealSong, ...]) -> _Fitted:
    return _count(songs, _kinds_of(songs), _STRENGTH)


@cache
def form_priors(genres: tuple[str, ...]) -> FormModel:
    """Return the model of a group of genres, fitted to all songs of the data."""
    return FormModel(real_songs(), genres)
