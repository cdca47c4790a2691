"""Fills of the drums inside sections: small ones after four bars, larger ones after eight and sixteen."""

from __future__ import annotations

from collections.abc import Iterator

from structure.base.exact import Fraction
from structure.base.sampling import pick_weighted
from structure.planning.arranging.habits import drummer, is_free, song_rng, with_returning
from structure.planning.arranging.scene import Passage, Scene
from structure.planning.arranging.sheets import bars_out
from structure.plans.events import WHOLE_BAND, Event

_QUIET = 0.45
"""Energy of a passage below which drums do not fill inside it."""

_SIZES = {16: 1.0, 8: 0.5, 4: 0.25}
"""Share of a bar that a fill has after so many bars."""

_LARGE, _TWO_BARS = 16, 0.4
"""Bars after which a fill may last two bars, and how often a song has such fills."""


def with_fills(scene: Scene) -> Scene:
    """Return a scene in which drums fill where phrases end, as often as the song has it.

    The last bars of a section have their fill already.
    """
    filling = pick_weighted(song_rng(scene, "fills"), scene.style.gestures.fills)
    every = 0 if "fill" in scene.refused else {"none": 0, "eight": 8, "four": 4}[filling]
    has_long = song_rng(scene, "long fills").random() < _TWO_BARS

    def decide(_position: int, passage: Passage) -> Iterator[Event]:
        own = drummer(scene, passage)
        if not every or own is None or passage.energy < _QUIET or not is_free(scene, passage, "fill"):
            return

        # Bars, counted from 0, in which the drummer rests, plays less, stops or rolls.
        happening = [e for e in (*passage.asked, *passage.events) if e.stem in (own.name, WHOLE_BAND)]
        busy = bars_out(happening, passage.bars)
        for event in happening:
            if event.do in ("thin", "hold", "build", "stop", "shot"):
                busy |= set(range(event.bar - 1, event.bar - 1 + (event.bars or passage.bars)))

        for bar in range(every, passage.bars, every):
            share = next(size for after, size in _SIZES.items() if bar % after == 0)
            lasts = max(1, round(passage.beats * share))
            if has_long and bar % _LARGE == 0 and not busy & {bar - 2, bar - 1}:
                yield Event(bar - 1, "fill", own.name, bars=2)
            elif bar - 1 not in busy:
                yield Event(bar, "fill", own.name, beat=Fraction(passage.beats + 1 - lasts))

    return with_returning(scene, decide)
