"""Grows a named form to a length: how many strains of how many bars, with what before and after them.

Every walk that the form allows is tried with every strain length that suits it; what whole strains leave
over goes to the opening and the closing. Of those that meet the length to the bar one of the cheapest is
taken: strains that last as long as the form's usually do, not too many sections, none returning endlessly.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product

from structure.base.labels import kind_of
from structure.base.sampling import generator, pick
from structure.forms.fitting import Choice, fit_bars, oddness
from structure.forms.section_lengths import of_own_length, section_of
from structure.presets.forms import Edge, FormVisit, NamedForm, Walk, rename_visits

Lengths = Mapping[int, float]
"""Bars that a section may have, each at a cost."""

_MANY_SECTIONS = 16
_MOST_SECTIONS = 64
_MANY_RETURNS = 8
_VARIED_S, _FEW_SECTIONS, _MONOTONY = 240.0, 3, 1.5
"""A song of so many seconds or more with fewer different sections or variations costs this for each that it
lacks."""

_LONG_SONG_S, _NEW_EVERY_S, _NOTHING_NEW = 300.0, 75.0, 0.5
"""From here on a song is to have a new section or variation every so many seconds, and what each that it
lacks costs."""

_SECTION_S = 20.0
"""Seconds of a section in a long song of many."""

_SCALES = (1, 2, 4, 8)
_LONGEST_STRAIN = 32
_LEAST_STRAIN = 4
_STRETCHED_TRIES = 24
_LONG_S = 64.0
"""Seconds from which on a strain is long for any form."""

_GOOD = 3.0
"""Cost up to which strains of odd lengths are not considered."""

_OWN_EDGE = 1.0
"""Cost of an opening or closing of half the bars that the style gives it, or of twice as many."""

_EDGE_SHARE, _EDGE_COST = 0.25, 6.0
"""Share of a song that its opening and closing may have, and the cost of all of it."""

_LARGEST_EDGE, _SHORT_EDGE = 0.2, 8
"""Share of a song that an opening may have, and a closing too; and bars that each may have in any song."""

_CLOSED = ("binary", "ternary")
"""Forms that are over when they have been played once."""

_BROKEN_STRAINS = 4.0
"""Cost of strains that are not whole blocks."""

_JITTER = 0.5
"""Cost by which a seed may prefer one walk to another."""


@dataclass(frozen=True, slots=True)
class GrowthRequest:
    """What a grown form must keep to; ``bar_s`` is the length of a bar in seconds.

    ``fixed_bars`` and ``chord_bars`` are per section name, as in
    :class:`structure.forms.planning.FormRequest`; ``names`` maps sections of the form to the names that the
    user gives them. ``is_whole`` asks for the form as it is known by its name. Strains last whole
    ``blocks`` of bars, and openings and closings, by their kinds, as many bars as ``edges`` say, where they
    can.
    """

    bars: int
    bar_s: float
    fixed_bars: Mapping[str, int] = field(default_factory=dict)
    chord_bars: Mapping[str, int] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    is_whole: bool = False
    blocks: int = 1
    edges: Mapping[str, int] = field(default_factory=dict)
    most_edge: int | None = None

    def longest_edge(self) -> int:
        """Return the most bars that an opening or a closing may have.

        It is ``most_edge`` where that is given, else so few that both leave most of a song to the rest.
        """
        return self.most_edge or max(_SHORT_EDGE, int(_LARGEST_EDGE * self.bars))


@dataclass(frozen=True, slots=True)
class Grown:
    """A walk with the bars of each of its sections, and what it costs."""

    walk: Walk
    bars: Mapping[str, int]
    cost: float


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A walk with strains of ``unit`` bars, and the edges that it has."""

    walk: Walk
    unit: int
    opening: Edge | None
    closing: Edge | None
    cost: float

    @property
    def sections(self) -> Walk:
        """Return the walk with its edges."""
        return _between(self.walk, self.opening, self.closing)


def grow(form: NamedForm, request: GrowthRequest, seed: int) -> Grown | None:
    """Return the form at the length asked for, to the bar; None where no walk of it can be that long."""
    grown = _grow(form, request, seed)
    return _grow(form, replace(request, most_edge=request.bars), seed) if grown is None else grown


def _grow(form: NamedForm, request: GrowthRequest, seed: int) -> Grown | None:
    """Return one of the cheapest walks that meet the length, with whole strains where these add up."""

    @cache
    def strain_lengths(name: str, unit: int) -> Lengths:
        return _strain_lengths(form, name, unit, request, seed)

    rng = generator(seed, "growth", form.name)
    candidates = [(c, rng.random() * _JITTER) for c in _candidates(form, request)]
    best: Grown | None = None
    for candidate, jitter in sorted(candidates, key=lambda entry: entry[0].cost + entry[1]):
        if best is not None and candidate.cost + jitter >= best.cost:
            break
        fitted = _fit_candidate(strain_lengths, candidate, request, jitter, is_exact=True)
        if fitted is not None and (best is None or fitted.cost < best.cost):
            best = fitted
    if best is not None and best.cost <= _GOOD:
        return best

    # Where whole strains do not add up, odd lengths may, of the walks that come closest.
    def misfit(entry: tuple[_Candidate, float]) -> float:
        low, high = _reach(strain_lengths, entry[0], request)
        outside = max(low - request.bars, request.bars - high, 0)
        return entry[0].cost + 8.0 * outside / request.bars

    found = [
        _fit_candidate(strain_lengths, candidate, request, jitter, is_exact=False)
        for candidate, jitter in sorted(candidates, key=misfit)[:_STRETCHED_TRIES]
    ]
    return min((g for g in (best, *found) if g is not None), key=lambda g: g.cost, default=None)


def _candidates(form: NamedForm, request: GrowthRequest) -> Iterator[_Candidate]:
    """Yield every walk of the form with every strain length, with and without its edges, and its cost."""
    scaled = dict.fromkeys(unit * scale for scale in _SCALES for unit in form.units)
    units = [unit for unit in scaled if unit <= _LONGEST_STRAIN]
    seconds = request.bars * request.bar_s
    wanted = _FEW_SECTIONS + max(0.0, seconds - _LONG_SONG_S) / _NEW_EVERY_S
    for walk in _walks(form, request):
        costs = dict(zip(units, _costs(form, walk, units, request), strict=True))
        for opening, closing in product(_edge(form.opening, request), _edge(form.closing, request)):
            monotony = 0.0
            if seconds >= _VARIED_S:
                sections = _between(walk, opening, closing)
                different = len({(section_of(visit.section), visit.variation) for visit in sections})
                monotony = _MONOTONY * max(0, _FEW_SECTIONS - different)
                monotony += _NOTHING_NEW * max(0.0, wanted - different)
            for unit in units:
                cost = costs[unit]
                cost += 0.5 * (opening is None and form.opening is not None)
                cost += 0.7 * (closing is None and form.closing is not None)
                yield _Candidate(walk, unit, opening, closing, cost + monotony)


def _between(walk: Walk, opening: Edge | None, closing: Edge | None) -> Walk:
    """Return the walk with its opening and its closing, where it has them."""
    first = (FormVisit(section=opening.section),) if opening else ()
    last = (FormVisit(section=closing.section),) if closing else ()
    return (*first, *walk, *last)


def _edge(edge: Edge | None, request: GrowthRequest) -> tuple[Edge | None, ...]:
    if edge is None or kind_of(edge.section) in request.unwanted:
        return (None,)
    return (edge,) if kind_of(edge.section) in request.wanted else (edge, None)


def _costs(form: NamedForm, walk: Walk, units: Sequence[int], request: GrowthRequest) -> Iterator[float]:
    """Yield how unlike the form a walk is with strains of each unit, the opening and the closing aside."""
    essential = {visit.section for visit in (*form.start, *form.end)}
    missing = len(essential - {visit.section for visit in walk})
    many = max(0.0, len(walk) - max(_MANY_SECTIONS, request.bars * request.bar_s / _SECTION_S))
    visits = Counter(section_of(visit.section) for visit in walk)
    worn = sum(max(0, n - _MANY_RETURNS) for n in visits.values())
    for unit in units:
        strain_s = unit * request.bar_s
        cost = abs(math.log2(strain_s / form.usual_s)) + 1.5 * max(0.0, math.log2(strain_s / _LONG_S))
        cost += 0.3 * missing
        scales = [unit // base for base in form.units if unit % base == 0]
        cost += 0.15 * math.log2(min(scales)) + 0.1 * (unit not in form.units)
        cost += 0.15 * many
        cost += _BROKEN_STRAINS * (unit % request.blocks > 0)
        yield cost + 0.4 * worn


def _walks(form: NamedForm, request: GrowthRequest) -> Iterator[Walk]:
    """Yield every walk of the form from the shortest on, without what is unwanted, with what is wanted."""
    walks = [*form.short, *_long_walks(form)]
    if request.is_whole:
        # Those that a listener would call by the form's name.
        fewest = max(2, len(form.start))
        longer = [walk for walk in walks if len(walk) >= fewest] if form.name not in _CLOSED else []
        walks = [form.start, *longer] if len(form.start) == fewest else longer

    edges = {kind_of(edge.section) for edge in (form.opening, form.closing) if edge}
    seen: set[Walk] = set()
    for walk in walks:
        heard = tuple(visit for visit in walk if kind_of(visit.section) not in request.unwanted)
        # What is wanted and missing comes before the sections that end the form.
        there = {kind_of(visit.section) for visit in heard}
        missing = sorted(request.wanted - there - edges - {"intro", "outro", "coda"})
        if missing and len(heard) >= 2:
            place = max(1, len(heard) - max(1, len(form.end)))
            added = (FormVisit(section=kind) for kind in missing)
            heard = (*heard[:place], *added, *heard[place:])

        # Visits with lengths of their own have own names, save where the user gives bars or chords.
        heard = tuple(
            visit.model_copy(update={"section": of_own_length(visit.section, visit.share)})
            if visit.share != 1 and visit.section not in (*request.fixed_bars, *request.chord_bars)
            else visit
            for visit in rename_visits(heard, request.names)
        )
        if heard and heard not in seen:
            seen.add(heard)
            yield heard


def _long_walks(form: NamedForm) -> Iterator[Walk]:
    """Yield the walks with none, one, two … groups of the middle.

    They go from the first on and round again, or are spread evenly, none twice.
    """
    size, goes_round = len(form.middle), form.order == "cycle"
    for n in range(_MOST_SECTIONS if goes_round else size + 1):
        if goes_round:
            groups = [form.middle[i % size] for i in range(n)] if size else []
        else:
            groups = [form.middle[(2 * i + 1) * size // (2 * n)] for i in range(n)]
        walk = (*form.start, *(visit for group in groups for visit in group), *form.end)
        if len(walk) > _MOST_SECTIONS or (n and not form.middle):
            return
        yield walk


def _reach(
    strain_lengths: Callable[[str, int], Lengths], candidate: _Candidate, request: GrowthRequest
) -> tuple[int, int]:
    """Return the fewest and the most bars that the candidate may have with whole strains."""
    low = high = 0
    for visit in candidate.walk:
        lengths = strain_lengths(visit.section, candidate.unit)
        low, high = low + min(lengths), high + max(lengths)
    for edge in (candidate.opening, candidate.closing):
        if edge is not None:
            lengths = _edge_lengths(edge, request)
            low, high = low + min(lengths), high + max(lengths)
    return low, high


def _fit_candidate(
    strain_lengths: Callable[[str, int], Lengths],
    candidate: _Candidate,
    request: GrowthRequest,
    jitter: float,
    *,
    is_exact: bool,
) -> Grown | None:
    """Return a candidate at the length asked for: with whole strains, or with any bars near to them."""
    low, high = _reach(strain_lengths, candidate, request)
    if is_exact and not low <= request.bars <= high:
        return None

    costs: dict[str, Lengths] = {}
    for visit in candidate.walk:
        name = visit.section
        lengths = strain_lengths(name, candidate.unit)
        if not is_exact and name not in request.fixed_bars:
            usual, least = min(lengths), request.chord_bars.get(name, 1)
            lengths = {
                n: 3.0 * abs(math.log2(n / usual)) + oddness(n, request.blocks)
                for n in range(least, 3 * max(lengths) // 2 + 1)
            }
        costs[name] = lengths
    edges = [edge for edge in (candidate.opening, candidate.closing) if edge is not None]
    for edge in edges:
        costs[edge.section] = _edge_lengths(edge, request, is_last=edge is candidate.closing)

    visits = Counter(visit.section for visit in candidate.sections)
    fit = fit_bars([Choice(visits[name], costs[name]) for name in costs], request.bars)
    if fit is None:
        return None
    bars = dict(zip(costs, fit.bars, strict=True))
    share = sum(bars[edge.section] for edge in edges) / request.bars
    crowded = _EDGE_COST * max(0.0, share - _EDGE_SHARE)
    return Grown(candidate.sections, bars, candidate.cost + jitter + fit.cost + crowded)


def _strain_lengths(
    form: NamedForm, name: str, unit: int, request: GrowthRequest, seed: int
) -> dict[int, float]:
    """Return the bars that a strain may have, each at a cost.

    They are whole units, or what the user gives, or whole turns of the user's chords. Of the numbers of
    units that the form has for the section, the first is cheapest; of those for ``*``, one that the seed
    draws.
    """
    if name in request.fixed_bars:
        return {request.fixed_bars[name]: 0.0}

    section = section_of(name)
    if section in form.multiples or "*" not in form.multiples:
        multiples = {n: 0.1 * i for i, n in enumerate(form.multiples.get(section, (1,)))}
    else:
        usual = pick(generator(seed, "multiples", section), form.multiples["*"])
        multiples = {n: 0.3 * abs(math.log2(n / usual)) for n in form.multiples["*"]}

    # The name of a visit with a length of its own says how many times as long as its section it is.
    share = 1.0 if section == name else float(name[len(section) + 1 :])
    lengths = {
        max(_LEAST_STRAIN, round(unit * n * share)): cost
        for n, cost in multiples.items()
        if unit * n * max(1.0, share) <= _LONGEST_STRAIN
    } or {unit: 0.0}
    turn = request.chord_bars.get(name)
    return lengths if turn is None else {turn * max(1, round(n / turn)): c for n, c in lengths.items()}


def _edge_lengths(edge: Edge, request: GrowthRequest, *, is_last: bool = False) -> dict[int, float]:
    """Return the bars that an opening or a closing may have, each at a cost.

    Odd lengths cost less at the end, where a last chord is held anyway.
    """
    if edge.section in request.fixed_bars:
        return {request.fixed_bars[edge.section]: 0.0}
    odd = 0.3 if is_last else 0.6
    own = request.edges.get(kind_of(edge.section) or "")
    usual, far = (edge.usual, 0.4) if own is None else (own, _OWN_EDGE)
    return {
        n: far * abs(math.log2(n / usual)) + odd * oddness(n, request.blocks)
        for n in range(edge.least, max(edge.least, min(edge.most, request.longest_edge())) + 1)
    }
