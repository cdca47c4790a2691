"""Which sections there are, where they stand, and what form they make."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.base.exact import Fraction
from structure.base.labels import kind_of
from structure.outcomes.endings import check_loop
from structure.outcomes.listening import Song, UnmetError, describe_bars, kind
from structure.outcomes.places import (
    bar_of,
    bars_of,
    describe_place,
    describe_walk,
    visits_at,
    visits_of_kind,
)
from structure.plans.plan import Visit
from structure.specs.wishes import WHOLE_SONG, When, Wish, Wishes

_FRAMES = ("intro", "outro", "coda", "interlude")
"""Kinds that may stand around a form by name or letters, and are no part of it."""

_BREAKS = ("solo", "instrumental", "breakdown")
"""Kinds that may stand between the verses of a strophic form, and are no bridge."""

_SAME = {"hook": "chorus", "chorus": "hook", "outro": "coda", "coda": "outro"}
"""What else a listener calls a section."""

_NEAR_S = 2.0


def check_section(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where the sections of a kind stand. Raises UnmetError where they do not, or not there."""
    found = visits_of_kind(song, wish.what)
    if not found and wish.what in _SAME and wish.polarity != "avoid":
        wish = replace(wish, what=_SAME[wish.what])
        found = visits_of_kind(song, wish.what)
    if wish.polarity == "avoid":
        if found:
            raise UnmetError(f"there is a {wish.what} in {describe_bars(bars_of(found))}")
        return f"no {wish.what}"
    if not found:
        raise UnmetError(f"there is no {wish.what}; the song goes {describe_walk(song)}")
    if wish.when is not None:
        return _check_place(song, wish, wish.when, found, wishes)

    if wish.amount is not None:
        # More are right too where more are asked for, and where the number is that of a visit which another
        # wish is about ("a solo after the second chorus").
        amount = int(wish.amount or 1)
        places = [p for other in wishes.wishes for p in (other.where, other.when and other.when.place)]
        is_a_place = any(
            p and p.visit == amount and kind_of(p.section or "") == kind_of(wish.what) for p in places
        )
        may_be_more = is_a_place or wish.polarity == "more"
        if len(found) < amount or (len(found) > amount and not may_be_more):
            raise UnmetError(f"there are {len(found)} of {wish.what}, not {wish.amount:.0f}")
    return f"planned, {describe_bars(bars_of(found))}"


def _check_place(song: Song, wish: Wish, when: When, found: Sequence[Visit], wishes: Wishes) -> str:
    """Return which of the visits of a section are where, or when, they are to be."""
    if when.edge is not None and when.relation == "at":
        return _check_edge(song, wish, when.edge == "end", int(wish.amount or 1), wishes)

    after = when.relation == "after"
    if when.place is not None and when.relation in ("before", "after"):
        anchors = visits_at(song, when.place)
        lines = [anchor.end_bar if after else anchor.place.start_bar for anchor in anchors]
        right = [v for v in found for line in lines if (v.place.start_bar if after else v.end_bar) == line]
        if not right:
            does = f"ends at bar {lines[0]}" if after else f"begins at bar {lines[0] + 1}"
            raise UnmetError(f"no {wish.what} there; {describe_place(when.place)} {does}")
        return f"planned, {describe_bars(bars_of(right))}"

    line = bar_of(song, when, WHOLE_SONG)
    begins = f"{wish.what} begins at bar {', '.join(str(visit.place.start_bar + 1) for visit in found)}"
    if when.relation == "at":
        for visit in found:
            start = visit.place.start_bar
            away_s = abs(song.seconds_at_bar(start) - song.seconds_at_bar(line))
            if abs(start - line) <= 1 or away_s <= _NEAR_S:
                return f"planned, {describe_bars(bars_of([visit]))}"
        raise UnmetError(f"no {wish.what} begins at bar {line + 1}; {begins}")

    right = [v for v in found if (v.place.start_bar >= line if after else v.end_bar <= line)]
    if not right:
        raise UnmetError(f"no {wish.what} {when.relation} bar {line + 1}; {begins}")
    return f"planned, {describe_bars(bars_of(right))}"


def _check_edge(song: Song, wish: Wish, at_end: bool, count: int, wishes: Wishes) -> str:
    """Return where a section begins or ends the song, so many times in a row.

    A short closing that nobody asked for may come after it. Fewer visits are enough where they are as long
    as so many of the shortest.
    """
    asked = {kind_of(other.what) for other in wishes.wishes if other.kind == "section"}
    visits = list(song.plan.visits)
    if at_end:
        visits.reverse()
    wanted = kind_of(wish.what) or wish.what
    while len(visits) > 1 and kind(visits[0]) != wanted and kind(visits[0]) in ("outro", "coda") and at_end:
        if kind(visits[0]) not in asked and visits[0].bars > 4:
            break
        visits.pop(0)

    run = 0
    while run < len(visits) and kind(visits[run]) == wanted:
        run += 1
    usual = min(visit.bars for visit in visits_of_kind(song, wish.what))
    if run < count and not (run and sum(v.bars for v in visits[:run]) >= count * usual and count > 1):
        raise UnmetError(f"the song goes {describe_walk(song)}: {run} of {wish.what} there")
    return f"planned, {describe_bars(bars_of(visits[:run]))}"


def check_form(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return how the song goes, where that is the form that is wished for: a walk, letters, or a name.

    Raises UnmetError for any other form.
    """
    what = wish.what.strip().lower()
    if what == "loop":
        return check_loop(song, wish)
    name = what.replace(" ", "-").replace("twelve", "12")
    counted = re.fullmatch(r"theme-and-(\d+)-variations", name)
    named = NAMED.get("theme-and-variations" if counted else name)

    if named is not None:
        is_right = named(_core(song))
        if counted:  # the theme comes before them, and may come after them
            is_right = is_right and len(_core(song)) - int(counted[1]) in (1, 2)
    elif re.fullmatch(r"(?:[a-h]'?[ ,-]*)+", what):
        order: dict[str, int] = {}
        asked = [order.setdefault(letter, len(order)) for letter in re.findall(r"[a-h]", what)]
        is_right = asked in (_pattern(_core(song)), _pattern(song.plan.visits))
    else:
        # The song visits these kinds in this order, and no others than other wishes name.
        wanted = [kind_of(word) or word for word in what.replace(",", " ").split()]
        sections = [other.what for other in wishes.wishes if other.kind == "section"]
        places = [other.where.section or "" for other in wishes.wishes]
        free = {kind_of(one) or one for one in (*sections, *places) if one} - set(wanted)
        is_right = wanted == [one for one in map(kind, song.plan.visits) if one not in free]

    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(f"the song goes {describe_walk(song)}")
    return f"the song goes {describe_walk(song)}"


def _core(song: Song) -> list[Visit]:
    """Return the visits without what stands around them."""
    return [visit for visit in song.plan.visits if kind(visit) not in _FRAMES]


def _pattern(visits: Sequence[Visit]) -> list[int]:
    """Return each visit's number of identity, in the order in which they first come: A B A as 0 1 0."""
    order: dict[str, int] = {}
    return [order.setdefault(visit.place.name, len(order)) for visit in visits]


def _merge_repeats(pattern: Sequence[int]) -> list[int]:
    """Return a pattern in which what is repeated at once counts once."""
    return [one for i, one in enumerate(pattern) if i == 0 or pattern[i - 1] != one]


def _is_rondo(visits: Sequence[Visit]) -> bool:
    pattern = _merge_repeats(_pattern(visits))
    returns = len(pattern) % 2 == 1 and all(number == 0 for number in pattern[::2])
    return len(pattern) >= 5 and returns and len(set(pattern)) >= 3


def _is_aaba(visits: Sequence[Visit]) -> bool:
    return _pattern(visits)[:4] == [0, 0, 1, 0] and kind(visits[2]) not in _BREAKS


def _is_twelve_bars(visits: Sequence[Visit]) -> bool:
    """Return whether most sections are twelve bars, on I, IV, I and V at their joints."""
    right = 0
    for visit in visits:
        if visit.bars % 12:
            continue
        score = visit.music.score
        bar = float(score.chords[-1].end) / score.bars
        roots = [
            [chord.root for chord in score.chords if float(chord.onset) <= (number + 0.01) * bar][-1]
            for number in range(12)
        ]
        steps = [(root - roots[0]) % 12 for root in roots]
        if steps[4] == 5 and steps[6] == 0 and steps[8] in (7, 2, 8):
            right += visit.bars
    return right >= 0.6 * sum(visit.bars for visit in visits)


def _is_strophic(visits: Sequence[Visit]) -> bool:
    verses = [visit for visit in visits if kind(visit) not in _BREAKS]
    return len(verses) >= 2 and len(set(_pattern(verses))) == 1


def _is_ternary(visits: Sequence[Visit]) -> bool:
    """Return whether what comes first comes last, and the middle is all new."""
    pattern = _pattern(visits)
    for length in range(1, (len(pattern) + 1) // 2):
        first, middle = pattern[:length], pattern[length:-length]
        if first == pattern[-length:] and not set(first) & set(middle):
            return True
    return False


def _is_binary(visits: Sequence[Visit]) -> bool:
    """Return whether visits are A B, or pairs of repeated halves: A A B B, perhaps C C D D, both again."""
    pattern = _merge_repeats(_pattern(visits))
    pairs = list(zip(pattern[::2], pattern[1::2], strict=False))
    is_paired = len(pattern) % 2 == 0 and all(b == a + 1 and a % 2 == 0 for a, b in pairs)
    return is_paired and (len(visits) == 2 or len(visits) > len(pattern))


def _varies_a_theme(visits: Sequence[Visit]) -> bool:
    """Return whether a theme comes back at least twice, mostly in its own length, never the same way."""
    theme = [visit for visit in visits if kind(visit) == kind(visits[0]) and visit.bars == visits[0].bars]
    changes = all(a.music.score != b.music.score for a, b in pairwise(theme))
    return len(theme) >= 3 and len(theme) >= 0.75 * len(visits) and changes


def _never_returns(visits: Sequence[Visit]) -> bool:
    return len(visits) >= 2 and len(set(_pattern(visits))) == len(visits)


_HEAD = 6
"""Notes by which a theme is known."""


def _heads(visits: Sequence[Visit]) -> list[tuple[Fraction, tuple[Fraction, ...]]]:
    """Return when each voice of the first section begins, and the rhythm by which it does."""
    heads = []
    for part in visits[0].music.score.parts.values():
        onsets = [note.onset for note in part.notes[:_HEAD]]
        heads.append((onsets[0], tuple(onset - onsets[0] for onset in onsets)))
    return heads


def _imitates(visits: Sequence[Visit]) -> bool:
    """Return whether all voices of the first section begin with the same rhythm, one after another."""
    heads = _heads(visits)
    starts = {start for start, _ in heads}
    return 1 < len(heads) == len(starts) and all(head == heads[0][1] for _, head in heads)


def _is_canon(visits: Sequence[Visit]) -> bool:
    """Return whether voices follow each other by the same rhythm: half of them, others may go along."""
    heads = _heads(visits)
    starts: dict[tuple[Fraction, ...], set[Fraction]] = {}
    for start, head in heads:
        starts.setdefault(head, set()).add(start)
    most = max(map(len, starts.values()), default=0)
    return most > 1 and 2 * most >= len(heads)


def _solos_go_round(visits: Sequence[Visit]) -> bool:
    """Return whether solos come again and again, each behind a refrain."""
    kinds = [kind(visit) for visit in visits]
    before = [one for one, other in pairwise(kinds) if other == "solo"]
    return len(before) >= 2 and all(one in ("chorus", "hook", "head", "solo") for one in before)


def _leads_to(kinds: Sequence[str], lead: str, goal: str) -> bool:
    """Return whether one kind of section leads to another at least twice."""
    return sum(pair == (lead, goal) for pair in pairwise(kinds)) >= 2


NAMED: dict[str, Callable[[Sequence[Visit]], bool]] = {
    "canon": _is_canon,
    "fugue": _imitates,
    "invention": _imitates,
    "three-voice-fugue": _imitates,
    "rondo": _is_rondo,
    "aaba": _is_aaba,
    "12-bar-blues": _is_twelve_bars,
    "ternary": _is_ternary,
    "binary": _is_binary,
    "strophic": _is_strophic,
    "theme-and-variations": _varies_a_theme,
    "through-composed": _never_returns,
    "solos-go-round": _solos_go_round,
    "prechorus-form": lambda visits: _leads_to([kind(v) for v in visits], "prechorus", "chorus"),
    "pop": lambda visits: _leads_to([kind(v) for v in visits], "verse", "chorus"),
    "edm": lambda visits: _leads_to([kind(v) for v in visits], "build", "drop"),
}
"""Forms with names, by what makes them so."""
