"""Where in a form the places and times are that wishes name. Bars count from 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from structure.base.grid import Grid, Meter
from structure.base.labels import kind_of, kind_there
from structure.specs.wishes import EDGE_BARS, LAST, LASTING, When, Where, Wish, is_next_to


@dataclass(frozen=True)
class Layout:
    """The visits of a song, by names, with their first bars; ``starts`` has the end of the song, too.

    ``sections`` are the bars of each section, which may have visits that are longer or shorter.
    """

    names: tuple[str, ...]
    starts: tuple[int, ...]
    grid: Grid
    sections: Mapping[str, int]

    @classmethod
    def of(
        cls, walk: Sequence[str], bars: Mapping[str, int], grid: Grid, own: Mapping[int, int] | None = None
    ) -> Layout:
        """Return the layout of a walk whose sections have these bars, and some visits their own."""
        starts = [0]
        for i, name in enumerate(walk):
            starts.append(starts[-1] + (own or {}).get(i, bars[name]))
        return cls(tuple(walk), tuple(starts), grid, bars)

    @property
    def end(self) -> int:
        """Return the bars of the song."""
        return self.starts[-1]

    def bars_of(self, visit: int) -> range:
        """Return the bars of a visit, counted from 0 as all visits here."""
        return range(self.starts[visit], self.starts[visit + 1])

    def visit_at(self, bar: int) -> int:
        """Return the visit that a bar lies in."""
        return next((i for i in range(len(self.names)) if bar in self.bars_of(i)), len(self.names) - 1)

    def visits(self, where: Where) -> list[int]:
        """Return the visits of a place: all for no section, none where it does not come."""
        if where.section is None:
            return list(range(len(self.names)))
        wanted = kind_of(where.section) or where.section
        kinds = [kind_of(name) or name for name in self.names]
        wanted = kind_there(wanted, kinds)
        found = [i for i, one in enumerate(kinds) if one == wanted]
        if where.visit is None:
            return found
        return found[-1:] if where.visit == LAST else found[where.visit - 1 : where.visit]

    def line(self, when: When, where: Where) -> int | None:
        """Return the bar line that a time names: of a place its start, or its end for ``after``.

        None where the song has no such place.
        """
        here = self.visits(where)
        if not here:
            return None
        if when.bar is not None:
            return min(self.starts[here[0]] + when.bar - 1, self.end)
        if when.seconds is not None:
            lines, wanted = range(self.end + 1), when.seconds
            if wanted < 0:
                wanted = max(0.0, self._seconds_at(self.end) + wanted)
            return min(lines, key=lambda bar: abs(self._seconds_at(bar) - wanted))
        if when.edge is not None:
            start, end = self.starts[here[0]], self.starts[here[-1] + 1]
            return {"start": start, "middle": self._middle(here), "end": end}[when.edge]
        places = self.visits(when.place or where)
        if not places:
            return None
        return self.starts[places[0] + (when.relation == "after")]

    def _middle(self, here: Sequence[int]) -> int:
        """Return the start of the visit nearest to the half of some, the half of one alone."""
        half = (self.starts[here[0]] + self.starts[here[-1] + 1]) // 2
        return min((self.starts[i] for i in here[1:]), key=lambda bar: abs(bar - half), default=half)

    def meter_at(self, bar: int) -> Meter:
        """Return the metre of a bar, counted from 0."""
        return self.grid.span_at(self.grid.quarters_at_bar(bar)).meter

    def bars_for(self, wish: Wish) -> list[int]:
        """Return the bars that a wish is for; none where the song has no such place.

        What lasts so many bars before a place, or after it, is next to it.
        """
        place = [bar for visit in self.visits(wish.where) for bar in self.bars_of(visit)]
        when = wish.when
        if when is None or not place:
            return place
        line = self.line(when, wish.where)
        if line is None:
            return []
        if when.relation == "at":
            return self._bars_at(wish, when, line, place)
        if is_next_to(wish):
            visit = self.visit_at(line if when.relation == "after" else line - 1)
            return [bar for bar in self.bars_of(visit) if 0 < line < self.end]
        # "Hats alone for eight bars before the drop" are the last eight of all bars before it.
        amount = int(wish.amount) if wish.amount and wish.kind in LASTING else None
        if when.relation == "after":
            return [bar for bar in place if bar >= line][:amount]
        before = [bar for bar in place if bar < line]
        return before[-amount:] if amount and when.relation == "before" else before

    def covers(self, wish: Wish, visit: int) -> bool:
        """Return whether a wish is for half of a visit's bars or more."""
        own = self.bars_of(visit)
        return 2 * len(set(self.bars_for(wish)) & set(own)) >= len(own)

    def _bars_at(self, wish: Wish, when: When, line: int, place: Sequence[int]) -> list[int]:
        if when.place is not None:
            inside = [bar for visit in self.visits(when.place) for bar in self.bars_of(visit)]
            return [bar for bar in place if bar in inside] or inside
        amount = int(wish.amount) if wish.amount and wish.kind in LASTING else None
        if when.edge == "end":
            last = self.bars_of(self.visits(wish.where)[-1])
            return list(range(max(0, line - (amount or min(EDGE_BARS, len(last)))), line))
        rest = self.bars_of(self.visit_at(line)).stop - line
        usual = min(EDGE_BARS, rest) if when.edge == "start" else rest
        return [bar for bar in range(line, line + (amount or usual)) if bar < self.end]

    def _seconds_at(self, bar: int) -> float:
        return self.grid.seconds_at(self.grid.quarters_at_bar(bar))
