"""The form of a song: which sections it visits in which order, and how many bars each has.

A form that the user gives is obeyed; what it leaves open (lengths) is chosen here. Without one, walks are
sampled from the priors of the style's genres, their sections fitted to the song's length to the bar, and
the best of them is taken.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from structure.errors import PlanError
from structure.fitting import Choice, Fit, fit_bars
from structure.labels import kind_of
from structure.priors import FormPriors, form_priors
from structure.sampling import generator, pick_weighted
from structure.spec import SongSpec
from structure.styles import Style
from structure.types import LATEST_BAR
from structure.walks import WalkRules, renamed, sample_walk

_CANDIDATES = 24
"""Walks that are tried for a planned form."""

_LONGEST_PLANNED = 32
_LONGEST_GIVEN = 512
_ODD_IS_FINE = ("intro", "outro", "coda", "bridge", "interlude", "breakdown", "build", "solo")
_STYLE_WEIGHT = 0.35
"""Share of the style's own section length against the lengths of real songs."""


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What is known about the form before it is planned.

    ``total_bars`` is the length to meet; None where it is open, and ``usual_bars`` is what to aim at. A
    form whose bars are all given may miss ``exact_bars``, the unrounded length, by less than a bar. ``fixed_bars`` and ``chord_bars`` are per section name: its bars where the user gives them, and
    the bars of its own chord progression.
    """

    total_bars: int | None
    usual_bars: int
    exact_bars: Fraction | None = None
    fixed_bars: Mapping[str, int] = field(default_factory=dict)
    chord_bars: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """Section names in the order of the song, and the bars of each name."""

    walk: tuple[str, ...]
    bars: Mapping[str, int]

    @property
    def total_bars(self) -> int:
        """Bars of the whole song."""
        return sum(self.bars[name] for name in self.walk)


def section_kind(name: str) -> str:
    """The kind of a section by its name; a name of the user's own is treated as a verse."""
    return kind_of(name) or "verse"


def plan_form(spec: SongSpec, style: Style, request: FormRequest, seed: int) -> Form:
    """The form of a song. Raises PlanError where the asked length cannot be met."""
    if request.total_bars is not None and not 1 <= request.total_bars <= LATEST_BAR:
        raise PlanError(f"a song has 1 to {LATEST_BAR} bars, but length asks for {request.total_bars}")
    if spec.form is not None:
        return _given_form([entry.section for entry in spec.form], style, request, seed)
    return _planned_form(style, request, seed)


def _given_form(walk: Sequence[str], style: Style, request: FormRequest, seed: int) -> Form:
    priors = form_priors(style.forms)
    visits = Counter(walk)
    open_names = [name for name in visits if name not in request.fixed_bars]
    bars = {name: request.fixed_bars[name] for name in visits if name in request.fixed_bars}
    given = sum(visits[name] * bars[name] for name in bars)
    if request.total_bars is None:
        bars |= {name: _usual_bars(name, style, priors, request, seed) for name in open_names}
        return _checked(Form(tuple(walk), bars))
    if not open_names:
        exact = request.total_bars if request.exact_bars is None else request.exact_bars
        if abs(exact - given) >= 1:
            raise PlanError(
                f"the form has {given} bars, but length asks for {request.total_bars}; "
                "remove length, or mend the bars of the sections"
            )
        return Form(tuple(walk), bars)
    choices = [
        Choice(visits[name], _given_costs(name, style, priors, request)) for name in open_names
    ]
    fit = fit_bars(choices, request.total_bars - given) if request.total_bars > given else None
    if fit is None:
        raise PlanError(_misfit(given, open_names, visits, request.total_bars))
    return _checked(Form(tuple(walk), bars | dict(zip(open_names, fit.bars, strict=True))))


def _misfit(given: int, open_names: Sequence[str], visits: Mapping[str, int], total: int) -> str:
    shares = ", ".join(f"{name} ({visits[name]}×)" for name in open_names)
    left = total - given
    return (
        f"length asks for {total} bars; sections with bars take {given}, and {left} bars cannot be "
        f"shared out evenly over {shares}; change length, or give some sections bars"
        if left > 0
        else f"length asks for {total} bars, but sections with bars alone take {given}, and {shares} "
        "need some as well; ask for a longer song, or shorten the sections"
    )


def _checked(form: Form) -> Form:
    if form.total_bars > LATEST_BAR:
        raise PlanError(f"the form has {form.total_bars} bars; a song has {LATEST_BAR} at most")
    return form


def _usual_bars(name: str, style: Style, priors: FormPriors, request: FormRequest, seed: int) -> int:
    """A length for a section that no length of the song constrains."""
    chords = request.chord_bars.get(name)
    if chords is not None:
        usual = style.section_bars[section_kind(name)]
        return chords * max(1, round(usual / chords))
    costs = _costs(section_kind(name), style, priors, range(2, 17))
    weights = {n: math.exp(-cost) for n, cost in costs.items() if n % 4 == 0 or cost < 1.5}
    return pick_weighted(generator(seed, "bars", name), weights)


def _costs(kind: str, style: Style, priors: FormPriors, lengths: Iterable[int]) -> dict[int, float]:
    """What each length of a kind costs: how rare it is, and how odd."""
    costs: dict[int, float] = {}
    for bars in lengths:
        share = (1 - _STYLE_WEIGHT) * priors.bar_share(kind, bars)
        share += _STYLE_WEIGHT * (bars == style.section_bars[kind])
        odd = 0.0 if bars % 4 == 0 else 1.2 if bars % 2 == 0 else 3.0
        far = 0.04 * abs(bars - style.section_bars[kind])
        costs[bars] = -math.log(share + 0.004) + odd * (0.4 if kind in _ODD_IS_FINE else 1.0) + far
    return costs


def _with_chords(costs: Mapping[int, float], chord_bars: int | None) -> dict[int, float]:
    """Lengths that hold a given progression; whole turns of it are best."""
    if chord_bars is None:
        return dict(costs)
    return {n: c + (0.0 if n % chord_bars == 0 else 4.0) for n, c in costs.items() if n >= chord_bars}


def _given_costs(name: str, style: Style, priors: FormPriors, request: FormRequest) -> dict[int, float]:
    costs = _costs(section_kind(name), style, priors, range(1, _LONGEST_GIVEN + 1))
    return _with_chords(costs, request.chord_bars.get(name))


def _planned_form(style: Style, request: FormRequest, seed: int) -> Form:
    """The best of several sampled walks, fitted to the length."""
    priors = form_priors(style.forms)
    total = request.total_bars if request.total_bars is not None else request.usual_bars
    rules = _rules(style, request)
    best: tuple[float, Form] | None = None
    for attempt in range(_CANDIDATES if total < 600 else 4):
        kinds = sample_walk(priors, rules, total, generator(seed, "form", attempt))
        kinds = renamed(kinds, style.rename, rules)
        walk = _named(kinds, request.names)
        visits = Counter(walk)
        choices = [Choice(n, _planned_costs(name, style, priors, request)) for name, n in visits.items()]
        fit = fit_bars(choices, total)
        if fit is None:
            continue
        score = _score(fit, kinds)
        if best is None or score < best[0]:
            best = (score, Form(tuple(walk), dict(zip(visits, fit.bars, strict=True))))
    if best is None:
        return _last_resort(style, priors, request, total)
    return best[1]


def _rules(style: Style, request: FormRequest) -> WalkRules:
    """Rules of the walk: usual bars are the style's, or the user's for a section of that kind."""
    usual = dict(style.section_bars)
    for name in request.names:
        if name in request.fixed_bars:
            usual[section_kind(name)] = request.fixed_bars[name]
    wanted = request.wanted | {section_kind(name) for name in request.names}
    return WalkRules(usual, wanted - request.unwanted, request.unwanted)


def _named(kinds: Sequence[str], names: Sequence[str]) -> list[str]:
    """Kinds as the user's section names; several names of one kind take turns."""
    turns: Counter[str] = Counter()
    walk: list[str] = []
    for kind in kinds:
        mine = [name for name in names if section_kind(name) == section_kind(kind)]
        walk.append(mine[turns[kind] % len(mine)] if mine else kind)
        turns[kind] += 1
    return walk


def _planned_costs(name: str, style: Style, priors: FormPriors, request: FormRequest) -> dict[int, float]:
    if name in request.fixed_bars:
        return {request.fixed_bars[name]: 0.0}
    kind = section_kind(name)
    shortest = 1 if kind in ("intro", "outro", "coda") else 2
    longest = max(_LONGEST_PLANNED, 2 * style.section_bars[kind])
    costs = _costs(kind, style, priors, range(shortest, longest + 1))
    return _with_chords(costs, request.chord_bars.get(name))


def _score(fit: Fit, kinds: Sequence[str]) -> float:
    """Mean cost of a section, with a preference for contrast and against a crowd of short sections."""
    variety = len({section_kind(kind) for kind in kinds})
    return fit.cost / len(kinds) - 0.06 * min(variety, 6) + 0.02 * max(0, len(kinds) - 14)


def _last_resort(style: Style, priors: FormPriors, request: FormRequest, total: int) -> Form:
    """One chorus of the whole length, for lengths that no walk meets."""
    named = [n for n in request.names if section_kind(n) == "chorus" and n not in request.fixed_bars]
    longest = max(_planned_costs("chorus", style, priors, FormRequest(None, total)), default=1)
    if total > longest and request.names:
        fixed = ", ".join(f"{name}: {request.fixed_bars[name]}" for name in request.names if name in request.fixed_bars)
        raise PlanError(f"no form of {total} bars can be made with the bars given ({fixed}); change length or bars")
    name = named[0] if named else "chorus"
    return Form((name,), {name: total})
