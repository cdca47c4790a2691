"""The form of a song: which sections it visits in which order, and how many bars each has.

A form that the user gives is obeyed; what it leaves open (lengths) is chosen here. Without one, walks are
sampled from the priors of the style's genres, their sections fitted to the song's length to the bar, and
the best of them is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise

from structure.errors import PlanError
from structure.fitting import Choice, Fit, fit_bars
from structure.priors import form_priors
from structure.sampling import generator
from structure.section_lengths import SectionLengths, section_kind
from structure.spec import SongSpec
from structure.styles import Style
from structure.types import LATEST_BAR
from structure.walks import WalkRules, renamed, sample_walk

_CANDIDATES = 16
"""Walks that are tried for a planned form."""

_MANY_SECTIONS = 13
_LINKS = ("bridge", "solo", "instrumental", "interlude", "breakdown", "postchorus", "build")


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What is known about the form before it is planned.

    ``total_bars`` is the length to meet; None where it is open, and ``usual_bars`` is what to aim at. A
    form whose bars are all given may miss ``exact_bars``, the unrounded length, by less than a bar.
    ``fixed_bars`` and ``chord_bars`` are per section name: its bars where the user gives them, and the bars
    of its own chord progression. ``names`` are the sections that the user describes, ``wanted`` and
    ``unwanted`` kinds of section; ``doubling`` is that of :class:`SectionLengths`.
    """

    total_bars: int | None
    usual_bars: int
    doubling: int = 1
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


def plan_form(spec: SongSpec, style: Style, request: FormRequest, seed: int) -> Form:
    """The form of a song. Raises PlanError where the asked length cannot be met."""
    if request.total_bars is not None and not 1 <= request.total_bars <= LATEST_BAR:
        raise PlanError(f"a song has 1 to {LATEST_BAR} bars, but length asks for {request.total_bars}")
    if spec.form is not None:
        return _given_form([entry.section for entry in spec.form], style, request, seed)
    return _planned_form(style, request, seed)


def _given_form(walk: Sequence[str], style: Style, request: FormRequest, seed: int) -> Form:
    lengths = _lengths(style, request)
    visits = Counter(walk)
    open_names = [name for name in visits if name not in request.fixed_bars]
    bars = {name: request.fixed_bars[name] for name in visits if name in request.fixed_bars}
    given = sum(visits[name] * bars[name] for name in bars)
    if request.total_bars is None:
        bars |= {name: lengths.sample(name, seed) for name in open_names}
        return _checked(Form(tuple(walk), bars))
    if not open_names:
        exact = request.exact_bars or Fraction(request.total_bars)
        if abs(exact - given) >= 1:
            raise PlanError(
                f"the form has {given} bars, but length asks for {request.total_bars}; "
                "remove length, or mend the bars of the sections"
            )
        return Form(tuple(walk), bars)
    choices = [Choice(visits[name], lengths.any_length(name)) for name in open_names]
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


def _planned_form(style: Style, request: FormRequest, seed: int) -> Form:
    """The best of several sampled walks, fitted to the length."""
    lengths = _lengths(style, request)
    total = request.total_bars if request.total_bars is not None else request.usual_bars
    rules = _rules(lengths, request)
    best: tuple[float, Form] | None = None
    for attempt in range(_CANDIDATES if total < 600 else 4):
        kinds = sample_walk(lengths.priors, rules, total, generator(seed, "form", attempt))
        kinds = renamed(kinds, style.rename, rules)
        walk = _named(kinds, request.names)
        visits = Counter(walk)
        choices = [Choice(n, _planned(name, lengths, request)) for name, n in visits.items()]
        fit = fit_bars(choices, total)
        if fit is None:
            continue
        score = _score(fit, kinds)
        if best is None or score < best[0]:
            best = (score, Form(tuple(walk), dict(zip(visits, fit.bars, strict=True))))
    if best is None:
        return _last_resort(lengths, request, total)
    return best[1]


def _planned(name: str, lengths: SectionLengths, request: FormRequest) -> dict[int, float]:
    """Lengths of a section of a planned form: the one that the user gives, or any."""
    return {request.fixed_bars[name]: 0.0} if name in request.fixed_bars else lengths.planned(name)


def _rules(lengths: SectionLengths, request: FormRequest) -> WalkRules:
    """Rules of the walk: usual bars are the style's, or the user's for a section of that kind."""
    usual = {kind: lengths.usual(kind) for kind in lengths.style.section_bars}
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


def _lengths(style: Style, request: FormRequest) -> SectionLengths:
    return SectionLengths(style, form_priors(style.forms), request.doubling, request.chord_bars)


def _score(fit: Fit, kinds: Sequence[str]) -> float:
    """Mean cost of a section, with a preference for contrast, and against a crowd of sections, links that
    follow each other, and refrains that come too often."""
    plain = [section_kind(kind) for kind in kinds]
    counts = Counter(plain)
    crowd = 0.06 * max(0, len(plain) - _MANY_SECTIONS)
    often = 0.15 * (max(0, counts["verse"] - 3) + max(0, counts["chorus"] + counts["drop"] - 4))
    chains = 0.2 * sum(a in _LINKS and b in _LINKS for a, b in pairwise(plain))
    return fit.cost / len(plain) - 0.06 * min(len(counts), 6) + crowd + often + chains


def _last_resort(lengths: SectionLengths, request: FormRequest, total: int) -> Form:
    """One chorus of the whole length, for lengths that no walk meets. Raises PlanError where the bars that
    the user gives are the reason."""
    fixed = {name: request.fixed_bars[name] for name in request.names if name in request.fixed_bars}
    if fixed and total > max(lengths.planned("chorus"), default=1):
        given = ", ".join(f"{name}: {bars}" for name, bars in fixed.items())
        raise PlanError(
            f"no form of {total} bars has sections of these bars ({given}); change length or bars"
        )
    named = [name for name in request.names if section_kind(name) == "chorus" and name not in fixed]
    name = named[0] if named else "chorus"
    return Form((name,), {name: total})
