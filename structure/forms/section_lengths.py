"""How long sections of each kind last, and what other lengths cost."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from structure.base.grid import Grid
from structure.base.labels import kind_of
from structure.base.sampling import generator, pick_weighted
from structure.forms.fitting import oddness
from structure.forms.priors import LONGEST_SECTION, FormModel
from structure.presets.styles import Style, load_style

_LONGEST_GIVEN = 512
_LOOSE = {
    "outro": 0.2,
    "coda": 0.2,
    "interlude": 0.4,
    "intro": 0.5,
    "bridge": 0.5,
    "breakdown": 0.5,
    "build": 0.5,
    "solo": 0.8,
    "instrumental": 0.8,
}
"""Kinds that may well be of unusual lengths, and what odd bars count there: least at the end, where a last
chord is held anyway. In all other kinds they count whole."""

_STRICT = 2.5
"""What odd bars count in all other kinds, whose chords go round in fours, once their lengths are fitted."""

_CLOSING = ("outro", "coda")
_HALF_PAIR = 2.0
"""Cost of a section inside a song whose bars do not go in pairs, whatever its kind."""

_BRIEF = ("intro", "outro", "coda", "interlude", "prechorus", "postchorus", "build")
"""Kinds that may be shorter than a phrase."""

_PHRASE = 4
_HALF_PHRASES = 0.4
"""Weight of a solo or an intro that ends in the middle of a phrase of four bars; other lengths of real
songs weigh 1."""

_SOLO_BARS = (8, 12, 16, 24, 32)
"""Bars of solos, which players count in whole choruses and halves of them."""

_UNCOUNTED = 1.5
"""Cost of a solo of other bars."""

_STYLE_WEIGHT = 0.2
"""Share of the style's own section length against the lengths of real songs."""

_PLAIN_STYLE = "pop"
"""The style whose sections last as long as those of real songs."""

_RARE = 0.002
"""Probability below which a length is as good as unheard of, and not planned."""

_SHORTEST_VERSE_S = 13.5
_MUCH_SHORTER = 0.67
"""A verse below this share of its usual seconds gets twice the bars."""


_OWN = "~"
"""Parts the name of a section from the bars of visits that are longer or shorter than it is."""


def section_kind(name: str) -> str:
    """Return the kind of a section by its name; a name of the user's own is treated as a verse."""
    return kind_of(section_of(name)) or "verse"


def section_of(name: str) -> str:
    """Return the section that a visit of its own length belongs to; any other name as it is."""
    return name.partition(_OWN)[0]


def of_own_length(name: str, bars: float) -> str:
    """Return the name, while a form is planned, of visits of a section with a length of their own.

    They last about ``bars`` bars, or so many times as long as the section.
    """
    return f"{section_of(name)}{_OWN}{bars:g}"


def bar_doubling(style: Style, grid: Grid) -> int:
    """Return 2 where bars are so short that a section needs twice as many to say as much, else 1."""
    bars = style.section_bars["verse"]
    actual_s = grid.seconds_at(grid.quarters_at_bar(bars))
    usual_s = bars * 4 * 60.0 * 2 / sum(style.tempo)
    is_short = actual_s < _SHORTEST_VERSE_S or actual_s < _MUCH_SHORTER * usual_s
    return 2 if is_short and bars <= 8 else 1


@dataclass(frozen=True)
class SectionLengths:
    """Lengths in one song. ``chord_bars`` are the bars of the chord progressions that the user gives."""

    style: Style
    model: FormModel
    doubling: int
    chord_bars: Mapping[str, int]

    def usual(self, kind: str) -> int:
        """Return the usual bars of a kind."""
        return self.style.section_bars[kind] * self.doubling

    @property
    def blocks(self) -> int:
        """Return the bars of which sections last whole numbers, 1 where any length will do."""
        return self.style.blocks * self.doubling if self.style.blocks > 1 else 1

    def frame_bars(self, kind: str) -> dict[int, float]:
        """Return the lengths, weighed, of a kind that frames the style's songs; empty for others."""
        frame = self.style.frames.get("outro" if kind == "coda" else kind)
        return {bars * self.doubling: weight for bars, weight in frame.bars.items()} if frame else {}

    def draw(self, name: str, rng: random.Random, most: int, verse: int = 0, last: int = 0) -> int:
        """Draw a length as real songs have it, in whole turns of the section's chords.

        It is ``most`` bars at most, save that one turn of the chords is always whole. ``verse`` is the
        length of the song's verse, ``last`` that of a section of its kind before it, 0 where there is none.
        """
        kind = section_kind(name)
        framing = {bars: weight for bars, weight in self.frame_bars(kind).items() if bars <= most}
        bars = min(most, pick_weighted(rng, framing or self._drawable(kind, verse, last)))
        turn = self.chord_bars.get(name)
        return bars if turn is None else turn * max(1, round(bars / turn))

    def _drawable(self, kind: str, verse: int, last: int) -> dict[int, float]:
        """Return the shares of the lengths of a kind that may be drawn: those that players count.

        They are whole blocks where these are a phrase or longer; else even, and mostly whole phrases where
        one shows off or sets the scene.
        """
        shares = self._shares(kind, verse // self.doubling, last // self.doubling)
        shares = {bars: share for bars, share in shares.items() if share >= _RARE}
        blocks = self.style.blocks
        if blocks >= _PHRASE:
            heard = {bars: share for bars, share in shares.items() if bars % blocks == 0}
        else:
            least = 2 if kind in _BRIEF else _PHRASE
            half = _HALF_PHRASES if kind in ("solo", "instrumental", "intro") else 1.0
            heard = {
                bars: share * (half if bars % _PHRASE else 1.0)
                for bars, share in shares.items()
                if bars % 2 == 0 and bars >= least
            }
        if kind == "solo":
            heard = {bars: share for bars, share in heard.items() if bars in _SOLO_BARS} or heard
        heard = heard or {max(_PHRASE, blocks): 1.0}
        return {bars * self.doubling: share for bars, share in heard.items()}

    def again(self, name: str, rng: random.Random, bars: int) -> int:
        """Draw a length for a later visit of a section of ``bars`` bars.

        It is mostly the same, else in whole phrases, from half as long to twice as long.
        """
        if name in self.chord_bars or bars % self.doubling:
            return bars
        last, kind = bars // self.doubling, section_kind(name)
        step = max(2 if kind in _BRIEF and last < 2 * _PHRASE else _PHRASE, self.style.blocks)
        shares = self._real(kind, last=last)
        lengths = [n for n in shares if n == last or (n % step == 0 and last <= 2 * n and n <= 2 * last)]
        return pick_weighted(rng, {n: shares[n] for n in lengths}) * self.doubling

    def around(self, name: str, bars: int) -> dict[int, float]:
        """Return the cost of each length of a section that would best have ``bars`` bars."""
        kind = section_kind(name)
        is_loose = kind in _LOOSE and not (self.frame_bars(kind) and kind == "intro")
        stiff, odd = 2.0 if is_loose else 3.0, _LOOSE[kind] if is_loose else _STRICT
        least = 1 if kind in _BRIEF else min(bars, _PHRASE * self.doubling)
        reach = range(least, 3 * bars // 2 + 5)
        half_pair = 0.0 if kind in _CLOSING else _HALF_PAIR
        costs = {
            n: stiff * abs(math.log2(n / bars))
            + odd * oddness(n, self.blocks)
            + half_pair * (n % 2)
            + self._cost_of_count(kind, n)
            for n in reach
        }
        return self._with_chords(name, costs)

    def any_length(self, name: str) -> dict[int, float]:
        """Return the cost of each length of a section in a form that is given.

        Any length may be had, since the length asked for comes first.
        """
        return self._with_chords(name, self._costs(section_kind(name), range(1, _LONGEST_GIVEN + 1)))

    def sample(self, name: str, seed: int) -> int:
        """Draw a length for a section that no length of the song constrains: whole turns of its chords."""
        chords = self.chord_bars.get(name)
        if chords is not None:
            return chords * max(1, round(self.usual(section_kind(name)) / chords))
        costs = self._costs(section_kind(name), range(2, 16 * self.doubling + 1))
        whole = max(_PHRASE, self.blocks)
        weights = {n: math.exp(-cost) for n, cost in costs.items() if n % whole == 0 or cost < 1.5}
        return pick_weighted(generator(seed, "bars", name), weights)

    def _real(self, kind: str, verse: int = 0, last: int = 0) -> dict[int, float]:
        """Return the probability of each length in real songs.

        These know only some kinds; a drop is a chorus.
        """
        known = kind if kind in self.model.kinds else self._plain_kind(kind)
        return self.model.repeat_weights(known, last) if last else self.model.bar_weights(known, verse)

    def _plain_kind(self, kind: str) -> str:
        """Return what real songs call a kind that the style renames; a verse if nothing else."""
        found = (plain for plain, own in self.style.rename.items() if own == kind)
        return next((plain for plain in found if plain in self.model.kinds), "verse")

    def _shares(self, kind: str, verse: int, last: int) -> dict[int, float]:
        """Return the probability of each length before doubling.

        A style whose sections have other lengths than usual counts too.
        """
        shares = self._real(kind, verse, last)
        own = self.style.section_bars[kind]
        if not last and own != load_style(_PLAIN_STYLE).section_bars[kind]:
            shares = {bars: (1 - _STYLE_WEIGHT) * share for bars, share in shares.items()}
            shares[own] = shares.get(own, 0.0) + _STYLE_WEIGHT
        return shares

    def _costs(self, kind: str, lengths: Iterable[int]) -> dict[int, float]:
        """Return the cost of each length: more for one that is rare, odd, or far from the usual one."""
        costs: dict[int, float] = {}
        usual, shares = self.usual(kind), self._real(kind)
        for bars in lengths:
            whole, rest = divmod(bars, self.doubling)
            share = 0.0 if rest or whole > LONGEST_SECTION else (1 - _STYLE_WEIGHT) * shares[whole]
            share += _STYLE_WEIGHT * (bars == usual)
            odd = 2.0 * oddness(bars, self.blocks) * _LOOSE.get(kind, 1.0)
            costs[bars] = -math.log(share + 0.004) + odd + 0.04 * abs(bars - usual)
            costs[bars] += self._cost_of_count(kind, bars)
        return costs

    def _cost_of_count(self, kind: str, bars: int) -> float:
        """Return what bars cost that players of a solo do not count."""
        is_counted = kind != "solo" or (bars % self.doubling == 0 and bars // self.doubling in _SOLO_BARS)
        return 0.0 if is_counted else _UNCOUNTED

    def _with_chords(self, name: str, costs: Mapping[int, float]) -> dict[int, float]:
        """Keep the lengths that hold the given progression; what is no whole turn of it costs more."""
        chords = self.chord_bars.get(section_of(name))
        if chords is None:
            return dict(costs)
        return {n: cost + 4.0 * (n % chords != 0) for n, cost in costs.items() if n >= chords}
