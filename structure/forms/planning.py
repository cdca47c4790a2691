"""The form of a song: which sections it visits in which order, and how many bars each has.

A form that the user gives is obeyed; what it leaves open (lengths) is chosen here. A form by name, or one
that is usual in the style, is grown to the song's length; the rest are sampled from a model of the
style's genres and fitted to the length, to the bar.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise, product
from random import Random

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.base.labels import REFRAINS
from structure.base.sampling import generator
from structure.base.types import LATEST_BAR
from structure.forms.arrangement import arrange_walk, with_own_lengths
from structure.forms.asked import FormAsks
from structure.forms.fitting import Choice, Fit, fit_bars, fit_parts
from structure.forms.growth import Grown, GrowthRequest, grow
from structure.forms.priors import form_priors
from structure.forms.section_lengths import SectionLengths, of_own_length, section_kind, section_of
from structure.forms.walks import (
    MOST_REFRAINS,
    WalkRules,
    insert_kind,
    join_parts,
    rename_sections,
    sample_walk,
    with_interlude,
)
from structure.presets.forms import DEFAULT_FORM, NamedForm, load_form, usual_form
from structure.presets.styles import Style
from structure.specs.spec import FormEntry, SongSpec

_CANDIDATES, _LONG_CANDIDATES = 48, 12
"""Walks that are tried for a sampled form, at most, and for one that takes many parts."""

_VERY_LONG = 960
"""Bars from which on fewer walks are tried."""

_CLOSE, _NEAR = 0.07, 0.3
"""Natural logarithm of the ratio to the length asked for: where a walk is as good as exact, and where it
will do for a length that is open."""

_NO_RETURN = 0.2
"""The same for each refrain that a song has less than two, as hardly a real song has."""

_FEWEST, _TOO_FEW = 6, 0.15
"""Sections that most real songs have at least, and the same for each that is missing."""

_FITTED = 4
"""Walks of which all are fitted to the length, for the best to be taken."""

_EASY = 0.25
"""Cost of a section up to which a walk that is fitted to the length is taken at once."""

_SHORTEST_SAMPLED = 44
"""Bars; hardly a real song is shorter."""

_LONGEST_WHOLE, _PART = 190, 105
"""Bars from which on a song is made of parts, and of a part."""

_LONG_SONG_S, _NEW_EVERY_S = 300.0, 60.0
"""Seconds of a song from which on it has something new, and after how many more seconds each."""

_DEVELOPING = ("solo", "bridge", "breakdown", "instrumental", "interlude")
"""Kinds of section that are new in a long song."""

_REFRAINS_OF_PART = 4
"""Choruses in a part of a long song."""

_LONGEST_PLANNED = 32
"""Bars of a section that nobody asks to be longer."""

_OPEN_STEPS = (0, 4, -4, 8, -8)
"""Bars by which a length that is open may give way to whole strains."""

_MISSED_AT_MOST = 4
"""Bars by which a length in seconds may be missed, where the user's own sections do not add up to it."""

_MOST_STATES = 3_000_000
"""Ways to share out bars that are looked at for sections that begin at a time."""

_VISITS_TRIED, _LATER_VISIT = 4, 12
"""Visits of a section that may be the one that begins at a time, and the bars that each later one counts as
further from it."""

_EPISODE = "breakdown"

_EVERYWHERE = frozenset({"intro", "outro", "coda"})


@dataclass(frozen=True, slots=True)
class FormRequest:
    """What is known about the form before it is planned.

    ``total_bars`` is the length to meet; None where it is open, and ``usual_bars`` is what to aim at. A
    form whose bars are all given may miss ``exact_bars``, the unrounded length, by less than a bar.
    ``fixed_bars`` and ``chord_bars`` are per section name: its bars where the user gives them, and the bars
    of its own chord progression. ``names`` are the sections that the user describes; ``doubling`` is that
    of :class:`SectionLengths`. ``bar_s`` is the length of a bar in seconds, and ``asks`` is what the wishes
    ask of the form. ``is_loose`` allows the nearest length that the form can have, where it cannot have
    ``total_bars``.
    """

    total_bars: int | None
    usual_bars: int
    doubling: int = 1
    exact_bars: Fraction | None = None
    fixed_bars: Mapping[str, int] = field(default_factory=dict)
    chord_bars: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    bar_s: float = 2.0
    asks: FormAsks = field(default_factory=FormAsks)
    is_loose: bool = False

    @property
    def aim(self) -> int:
        """Return the bars to meet, or to aim at."""
        return self.usual_bars if self.total_bars is None else self.total_bars


@dataclass(frozen=True, slots=True)
class Form:
    """Section names in the order of the song, and the bars of each name.

    ``entries`` are the visits of a form by name that says more of them than their sections, else empty;
    ``named`` is the form by name itself, if it is one that is grown. ``own_bars`` are the bars of visits,
    counted from 0, that are longer or shorter than their sections.
    """

    walk: tuple[str, ...]
    bars: Mapping[str, int]
    entries: tuple[FormEntry, ...] = ()
    named: NamedForm | None = None
    own_bars: Mapping[int, int] = field(default_factory=dict)

    @property
    def lengths(self) -> tuple[int, ...]:
        """Return the bars of each visit."""
        return tuple(self.own_bars.get(i, self.bars[name]) for i, name in enumerate(self.walk))

    @property
    def total_bars(self) -> int:
        """Return the bars of the whole song."""
        return sum(self.lengths)


class _MisfitError(PlanError):
    """Sections cannot add up to the length asked for, but might to one close by."""


def plan_form(spec: SongSpec, style: Style, request: FormRequest, seed: int) -> Form:
    """Return the form of a song. Raises PlanError where the asked length cannot be met."""
    if request.total_bars is not None and not 1 <= request.total_bars <= LATEST_BAR:
        raise PlanError(
            f"a song has 1 to {LATEST_BAR} bars, but length asks for {request.total_bars}", field="length"
        )
    if request.total_bars is None:
        blocks = _lengths(style, request).blocks
        request = replace(request, usual_bars=max(1, round(request.usual_bars / blocks)) * blocks)
    try:
        return _with_sections(_form_of_length(spec, style, request, seed), request)
    except _MisfitError:
        if request.total_bars is None or not request.is_loose:
            raise
        # The nearest lengths come first: a few bars more or less, or up to one for each visit of the
        # section that comes most often.
        exact = request.exact_bars or Fraction(request.total_bars)
        written = spec.form if isinstance(spec.form, tuple) else ()
        reach = max(_MISSED_AT_MOST, *Counter(entry.section for entry in written).values(), 0)
        lengths = range(max(1, math.ceil(exact - reach)), min(LATEST_BAR, math.floor(exact + reach)) + 1)
        for bars in sorted(lengths, key=lambda bars: (abs(bars - exact), -bars)):
            nearby = replace(request, total_bars=bars)
            with suppress(_MisfitError):
                return _with_sections(_form_of_length(spec, style, nearby, seed), request)
        raise


def _with_sections(form: Form, request: FormRequest) -> Form:
    """Give all visits of one section its name alone, whatever their lengths.

    A section is as long as the user says, else as most of its visits, or the first of as many.
    """
    walk = tuple(map(section_of, form.walk))
    if walk == form.walk:
        return form
    lengths: dict[str, Counter[int]] = {}
    for name, bars in zip(walk, form.lengths, strict=True):
        lengths.setdefault(name, Counter())[bars] += 1
    whole = {
        name: request.fixed_bars.get(name, found.most_common(1)[0][0]) for name, found in lengths.items()
    }
    own = {i: n for i, (name, n) in enumerate(zip(walk, form.lengths, strict=True)) if n != whole[name]}
    return replace(form, walk=walk, bars=whole, own_bars=own)


def _form_of_length(spec: SongSpec, style: Style, request: FormRequest, seed: int) -> Form:
    """Return a form in which visits of one section may stand under several names, each with its bars.

    Raises PlanError where the asked length cannot be met.
    """
    if isinstance(spec.form, tuple):
        walk, bars = [], dict(request.fixed_bars)
        for entry in spec.form:
            section = entry.section
            if entry.bars is not None and entry.bars != request.fixed_bars.get(section):
                section = of_own_length(section, entry.bars)
                bars[section] = entry.bars
            walk.append(section)
        own = _with_asked_lengths(walk, replace(request, fixed_bars=bars))
        return _fit_given_walk(walk, style, own, seed)
    if request.asks.walk and spec.form is None:
        return _plan_asked_walk(style, request, seed)

    name = spec.form or request.asks.named
    if name is not None:
        named = load_form(name)
        style = style.model_copy(update={"frames": {}})  # it is framed as it is known
    elif request.asks.shapes_walk:
        named = load_form(DEFAULT_FORM)
    else:
        kinds = request.asks.wanted | {section_kind(section) for section in request.names}
        named = usual_form(style.name, seed, kinds - _EVERYWHERE)
    if named.is_sampled:
        return _sample_form(style, request, seed)

    names = _identity_names(named, request.names)
    sections = [names.get(section, section) for section in named.section_names()]
    own = _with_asked_lengths(sections, request)
    try:
        grown = _grow_to_length(named, style, own, seed)
    except _MisfitError:
        if name is not None:
            raise
        return _sample_form(style, request, seed)
    return _rearrange(grown, style, request) if request.asks.shapes_walk else grown


def _with_asked_lengths(walk: Sequence[str], request: FormRequest) -> FormRequest:
    """Add the bars that are asked for of whole sections of the walk to the request."""
    asks = replace(request.asks, lengths=tuple(n for n in request.asks.lengths if n.visit is None))
    _, bars = with_own_lengths(walk, asks, request.bar_s, request.fixed_bars)
    return replace(request, fixed_bars={**bars, **request.fixed_bars}) if bars else request


def _plan_asked_walk(style: Style, request: FormRequest, seed: int) -> Form:
    """Return a form with the walk that wishes ask for, and with what else they ask of it.

    Lengths that nobody gives are drawn by ``seed``, and then fitted to the length and the times asked for;
    where that cannot be done, to the length alone. Raises PlanError where that cannot be done either, and
    where the form has more bars than a song may have.
    """
    kinds = arrange_walk(request.asks.walk, request.asks)
    walk, fixed = _own_walk(_name_sections(kinds, request.names), request)
    own = replace(request, fixed_bars=fixed)
    lengths = _lengths(style, own)
    bars = {name: fixed.get(name) or lengths.sample(name, seed) for name in dict.fromkeys(walk)}
    form = Form(tuple(walk), bars)
    if request.total_bars is None and not request.asks.timed:
        return _check_bars(form)

    if request.total_bars is not None:
        # Stretch the sections of open length alike, in phrases or whole blocks, to about the length.
        given = sum(bars[name] for name in walk if name in fixed)
        rest = form.total_bars - given
        scale = max(0.1, (request.total_bars - given) / rest) if rest else 1.0
        step = max(4 if scale > 0.6 else 2, lengths.blocks)
        bars = {n: b if n in fixed else max(2, step * round(scale * b / step)) for n, b in bars.items()}
        form = replace(form, bars=bars)
    own = replace(own, usual_bars=form.total_bars)
    fitted = _fit(form, style, own)
    return _check_bars(fitted[0]) if fitted is not None else _fit_given_walk(walk, style, own, seed)


def _own_walk(walk: Sequence[str], request: FormRequest) -> tuple[list[str], dict[str, int]]:
    """Return the walk with the lengths asked for of single visits, and all bars that are given for it."""
    found, bars = with_own_lengths(walk, request.asks, request.bar_s, request.fixed_bars)
    return found, {**bars, **request.fixed_bars}


def _rearrange(form: Form, style: Style, request: FormRequest) -> Form:
    """Return a form with its walk changed as asked, fitted to the length and the times that are asked for.

    Raises PlanError where it cannot be fitted.
    """
    walk, bars = _own_walk(arrange_walk(form.walk, request.asks), request)
    lengths = _lengths(style, request)
    drawn = {
        name: bars.get(name) or form.bars.get(name) or lengths.usual(section_kind(name)) for name in walk
    }
    own = replace(request, fixed_bars=bars)
    changed = Form(tuple(walk), drawn, named=form.named)
    return _best_fit([changed], style, own) if request.total_bars or request.asks.timed else changed


def _fit_given_walk(walk: Sequence[str], style: Style, request: FormRequest, seed: int) -> Form:
    """Return the form of a walk, with lengths for the sections that have none. Raises PlanError."""
    lengths = _lengths(style, request)
    visits = Counter(walk)
    open_names = [name for name in visits if name not in request.fixed_bars]
    bars = {name: request.fixed_bars[name] for name in visits if name in request.fixed_bars}
    given = sum(visits[name] * bars[name] for name in bars)
    total = request.total_bars
    if total is None:
        bars |= {name: lengths.sample(name, seed) for name in open_names}
        return _check_bars(Form(tuple(walk), bars))

    if not open_names:
        exact = request.exact_bars or Fraction(total)
        if abs(exact - given) >= 1:
            raise PlanError(
                f"the form has {given} bars, but length asks for {total}",
                field="length",
                hint="remove length, or mend the bars of the sections",
            )
        return Form(tuple(walk), bars)

    shares = ", ".join(f"{name} ({visits[name]}×)" for name in open_names)
    if total <= given:
        raise PlanError(
            f"length asks for {total} bars, but sections with bars alone take {given}, and {shares} "
            "need some as well; ask for a longer song, or shorten the sections",
            field="length",
        )
    choices = [Choice(visits[name], lengths.any_length(name)) for name in open_names]
    fit = fit_bars(choices, total - given)
    if fit is None:
        raise _MisfitError(
            f"length asks for {total} bars; sections with bars take {given}, and {total - given} bars "
            f"cannot be shared out evenly over {shares}; change length, or give some sections bars",
            field="length",
        )
    return _check_bars(Form(tuple(walk), bars | dict(zip(open_names, fit.bars, strict=True))))


def _check_bars(form: Form) -> Form:
    if form.total_bars > LATEST_BAR:
        raise PlanError(
            f"the form has {form.total_bars} bars; a song has {LATEST_BAR} at most", field="form"
        )
    return form


def _grow_to_length(named: NamedForm, style: Style, request: FormRequest, seed: int) -> Form:
    """Grow a form by name to the length; where no length is asked for, it may differ to keep whole strains.

    Raises PlanError where no walk of the form fits.
    """
    steps = _OPEN_STEPS if request.total_bars is None else (0,)
    lengths = [request.aim + step for step in steps if request.aim + step > 0]
    grown: list[Grown | None] = []
    if named.name == request.asks.named:
        grown = [_grow(named, style, request, bars, seed, is_whole=True) for bars in lengths]
    if not any(grown):
        grown = [_grow(named, style, request, bars, seed) for bars in lengths]
    best = min((g for g in grown if g is not None), key=lambda g: g.cost, default=None)
    if best is None:
        given = ", ".join(f"{name}: {bars}" for name, bars in request.fixed_bars.items())
        because = f" with sections of these bars ({given})" if given else ""
        raise _MisfitError(
            f"no {named.name} has {request.aim} bars{because}; change the length or the form"
        )

    walk = tuple(visit.section for visit in best.walk)
    entries: tuple[FormEntry, ...] = ()
    if any(visit.energy is not None or visit.variation is not None for visit in best.walk):
        entries = tuple(
            FormEntry(section=section_of(visit.section), variation=visit.variation, energy=visit.energy)
            for visit in best.walk
        )
    return Form(walk, best.bars, entries, named)


def _grow(
    named: NamedForm, style: Style, request: FormRequest, bars: int, seed: int, *, is_whole: bool = False
) -> Grown | None:
    """Grow a form by name to some bars, with what frames the songs of the style; None where it cannot."""
    names = _identity_names(named, request.names)
    if is_whole and "interlude" in named.section_names():
        # Somebody who waits for the form hears an interlude as a pause in it, and no part of it.
        names = {"interlude": _EPISODE, **names}
    wanted = request.asks.wanted | {section_kind(name) for name in request.names}
    own, lengths = replace(request, usual_bars=bars), _lengths(style, request)
    edges = {"intro": named.opening, "outro": named.closing}
    frames = {edge.section for kind in _frames(style, request, seed) if (edge := edges.get(kind))}
    kinds = {edge.section for edge in edges.values() if edge and lengths.frame_bars(edge.section)}
    growth = GrowthRequest(
        bars=bars,
        bar_s=request.bar_s,
        fixed_bars=request.fixed_bars,
        chord_bars=request.chord_bars,
        names=names,
        wanted=(wanted | frames) - request.asks.unwanted,
        unwanted=request.asks.unwanted,
        is_whole=is_whole,
        blocks=lengths.blocks,
        edges={
            kind: lengths.draw(kind, generator(seed, "edge", kind), _longest(kind, lengths, own))
            for kind in sorted(kinds)
        },
    )
    return grow(named, growth, seed)


def _identity_names(named: NamedForm, names: Sequence[str]) -> dict[str, str]:
    """Match sections of the form to the user's names for them.

    Each name goes to the first section of its kind that is free.
    """
    own = named.section_names()
    free = [section for section in own if section not in names]
    found: dict[str, str] = {}
    for name in names:
        if name in own:
            continue
        section = next((s for s in free if section_kind(s) == section_kind(name)), None)
        if section is not None:
            free.remove(section)
            found[section] = name
    return found


def _sample_form(style: Style, request: FormRequest, seed: int) -> Form:
    """Return the best of several sampled walks, fitted to the length.

    A song that is too short for that has a short form. Raises PlanError where none can be fitted.
    """
    if request.aim < _SHORTEST_SAMPLED * request.doubling:
        sections = load_form(DEFAULT_FORM).section_names()
        short = _short_form(style, _with_asked_lengths(sections, request), seed)
        return _rearrange(short, style, request) if request.asks.shapes_walk else short

    found: list[tuple[float, Form]] = []
    for attempt in range(_CANDIDATES if request.aim < _VERY_LONG else _LONG_CANDIDATES):
        form = _draw_form(style, request, seed, attempt)
        # How far sections that are to begin at a time are from it counts as a share of the song.
        misplaced = sum(
            abs(lines[0][0] - timed.line(request.bar_s)) / request.aim
            for timed in request.asks.timed
            if (lines := lines_of(form, timed.section))
        )
        misfit = abs(math.log(form.total_bars / request.aim)) + misplaced
        if "chorus" not in request.asks.unwanted:
            refrains = sum(section_kind(name) in REFRAINS for name in form.walk)
            misfit += _NO_RETURN * max(0, 2 - refrains)
        misfit += _TOO_FEW * max(0, _FEWEST - len(form.walk))
        if request.total_bars is None and misfit < _NEAR and not request.asks.timed:
            return form
        found.append((misfit, form))
        if sum(near < _CLOSE for near, _ in found) >= _FITTED:
            break
    ordered = [form for _, form in sorted(found, key=lambda entry: entry[0])]
    return _best_fit(ordered[:_FITTED], style, request, ordered[_FITTED:])


def lines_of(form: Form, section: str) -> list[tuple[int, int]]:
    """Return the bars before each visit of a kind of section, and the place of the visit in the walk."""
    lines: list[tuple[int, int]] = []
    bar = 0
    for place, name in enumerate(form.walk):
        if section_kind(name) == section:
            lines.append((bar, place))
        bar += form.bars[name]
    return lines


_FRAMING = ("intro", "interlude", "outro")
_FRAMING_SHARE = 0.2
"""How much of a song what frames it may last: a long song's intro would swallow a short one."""

_LINKS, _LONGEST_LINK = ("prechorus", "postchorus"), 8
"""Kinds that belong to a chorus and are not longer than it, and their bars at most."""

_OWN_SHARE = 0.2
"""The same where the style says how long such sections are."""

_PHRASE = 4
"""Bars."""

_LONGEST_FRAME_S = 32.0
"""Seconds of what frames a song where the style does not say how long such sections are: nine of ten intros
and outros of real songs are over by then."""

_LARGEST_SHARE = 0.3
"""How much of a song any other section may last."""

_OVERLONG = 1.0
"""Cost of each bar beyond that."""


def _draw_form(style: Style, request: FormRequest, seed: int, attempt: int) -> Form:
    """Draw a form as the model has it.

    A song that is longer than usual gets more parts or more kinds of section.
    """
    lengths, rng = _lengths(style, request), generator(seed, "form", attempt)
    wanted = request.asks.wanted_inside | {section_kind(name) for name in request.names}
    unwanted = _as_counted(request.asks.unwanted, style)
    whole = request.aim / request.doubling
    parts = 1 if whole <= _LONGEST_WHOLE else max(2, round(whole / _PART))
    refrains = MOST_REFRAINS if parts == 1 else _REFRAINS_OF_PART

    # A song that lasts longer than most, but has few bars, develops by new kinds of section.
    new = math.ceil((request.aim * request.bar_s - _LONG_SONG_S) / _NEW_EVERY_S)
    developed = rng.sample(_DEVELOPING, min(len(_DEVELOPING), new)) if parts == 1 and new > 0 else []
    rules = WalkRules((_as_counted(wanted, style) | set(developed)) - unwanted, unwanted, refrains)
    plain = WalkRules(frozenset(), unwanted, refrains)
    walks = [sample_walk(lengths.model, rules if i == parts - 1 else plain, rng) for i in range(parts)]
    between = [[visit.section for visit in group] for group in load_form(DEFAULT_FORM).between]
    walk = join_parts(walks, between, rng)

    for kind in sorted(_frames(style, request, seed) - set(map(section_kind, walk))):
        walk = with_interlude(walk, kind) if kind == "interlude" else insert_kind(walk, kind)
    walk = _name_sections(rename_sections(walk, style.rename, WalkRules(wanted)), request.names)
    if request.asks.shapes_walk or request.asks.wanted - set(map(section_kind, walk)):
        walk = arrange_walk(walk, request.asks)

    walk, fixed = _own_walk(walk, request)
    bars: dict[str, int] = {}
    verse, last = 0, dict[str, int]()
    for name in sorted(dict.fromkeys(walk), key=lambda name: section_kind(name) != "verse"):
        kind = section_kind(name)
        most = _longest(name, lengths, request)
        drawn = last[kind] = lengths.draw(name, rng, most, verse, last.get(kind, 0))
        verse = verse or drawn
        bars[name] = fixed.get(name) or drawn
    walk = _returning(walk, bars, lengths, fixed, generator(seed, "visits", attempt))
    return Form(tuple(walk), bars)


def _frames(style: Style, request: FormRequest, seed: int) -> frozenset[str]:
    """Draw the kinds that frame the songs of the style and are to be in this one."""
    drawn = (
        kind
        for kind, frame in style.frames.items()
        if generator(seed, "frame", kind).random() < frame.chance
    )
    return frozenset(drawn) - request.asks.unwanted


def _returning(
    walk: Sequence[str],
    bars: dict[str, int],
    lengths: SectionLengths,
    fixed: Mapping[str, int],
    rng: Random,
) -> list[str]:
    """Give later visits lengths of their own, as real songs have them, and add these to ``bars``."""
    found: list[str] = []
    for name in walk:
        again = lengths.again(name, rng, bars[name]) if name in found and name not in fixed else bars[name]
        own = name if again == bars[name] else of_own_length(name, again)
        bars[own] = again
        found.append(own)
    return found


def _as_counted(kinds: frozenset[str], style: Style) -> frozenset[str]:
    """Return kinds in the words of real songs: where a style calls its chorus drop, a drop is a chorus."""
    original = {name: kind for kind, name in style.rename.items()}
    return frozenset(original.get(kind, kind) for kind in kinds)


def _best_fit(
    forms: Sequence[Form], style: Style, request: FormRequest, others: Sequence[Form] = ()
) -> Form:
    """Return the form whose sections change least to meet the length.

    Where none can and something is asked for, it is the first of ``others`` that can. Raises PlanError
    where none can.
    """
    best = None
    for form in forms:
        fitted = _fit(form, style, request)
        if fitted is None:
            continue
        cost = fitted[1].cost / len(form.walk)
        if best is None or cost < best[0]:
            best = (cost, fitted[0])
        if cost < _EASY:
            break
    if best is not None:
        return best[1]
    if request.asks.lengths or request.asks.timed:
        found = next((fit for form in others if (fit := _fit(form, style, request)) is not None), None)
        if found is not None:
            return found[0]
    return _last_resort(style, request)


def _fit(form: Form, style: Style, request: FormRequest) -> tuple[Form, Fit] | None:
    """Fit a form to the length asked for, its sections at their times; None where it cannot be.

    Return the form with its new bars, and the fit with its cost.
    """
    lengths = _lengths(style, request)
    visits = Counter(form.walk)
    _, fixed = _own_walk(form.walk, request)
    costs: dict[str, dict[int, float]] = {}
    for name in visits:
        if name in fixed:
            costs[name] = {fixed[name]: 0.0}
        else:
            most = _longest(name, lengths, request)
            near = lengths.around(name, form.bars[name])
            costs[name] = {bars: cost + _OVERLONG * max(0, bars - most) for bars, cost in near.items()}

    if not request.asks.timed:
        fit = fit_bars([Choice(n, costs[name]) for name, n in visits.items()], request.aim)
    else:
        fit = _fit_in_time(form, costs, request)
    if fit is None:
        return None
    return replace(form, bars=dict(zip(visits, fit.bars, strict=True))), fit


def _fit_in_time(form: Form, costs: Mapping[str, dict[int, float]], request: FormRequest) -> Fit | None:
    """Return lengths with which the sections that have a time begin at it; None where there are none.

    The ways of :func:`_cuts` are tried in turn, and the first that works is taken.
    """
    spare = 0 if request.total_bars is not None else request.aim // 3
    for cuts in _cuts(form, request):
        lines = [0, *(line for line, _ in cuts), request.aim]
        totals = [after - before for before, after in pairwise(lines)]
        if min(totals) < 1 or math.prod(n + spare for n in totals) > _MOST_STATES:
            continue
        places = [0, *(place for _, place in cuts), len(form.walk)]
        parts = [Counter(form.walk[start:stop]) for start, stop in pairwise(places)]
        choices = [(tuple(part[name] for part in parts), costs[name]) for name in dict.fromkeys(form.walk)]
        fit = fit_parts(choices, totals, spare)
        if fit is not None:
            return fit
    return None


def _cuts(form: Form, request: FormRequest) -> Iterator[list[tuple[int, int]]]:
    """Yield ways to let sections begin at their times, those first that change the form least.

    Each is a list of ``(bars before, place in the walk)``, in order.
    """
    timed = sorted(request.asks.timed, key=lambda one: one.line(request.bar_s))
    lines = [one.line(request.bar_s) for one in timed]
    options = []
    for one, line in zip(timed, lines, strict=True):
        visits = sorted(
            enumerate(lines_of(form, one.section)), key=lambda v: abs(v[1][0] - line) + _LATER_VISIT * v[0]
        )
        options.append([place for _, (_, place) in visits[:_VISITS_TRIED]])
    for places in product(*options):
        if all(a < b for a, b in pairwise(places)) and all(
            (place == 0) == (line == 0) for place, line in zip(places, lines, strict=True)
        ):
            yield [(line, place) for line, place in zip(lines, places, strict=True) if place]


def _longest(name: str, lengths: SectionLengths, request: FormRequest) -> int:
    """Return the bars that a section may well have in a song of this length, in whole phrases or blocks."""
    kind, phrase = section_kind(name), max(_PHRASE, lengths.blocks)
    if kind not in _FRAMING:
        share = max(16 * request.doubling, round(_LARGEST_SHARE * request.aim))
        most = _LONGEST_LINK * request.doubling if kind in _LINKS else _LONGEST_PLANNED
        return max(1, min(share, most) // phrase) * phrase
    own = lengths.frame_bars(kind)
    share = max(8 * request.doubling, int((_OWN_SHARE if own else _FRAMING_SHARE) * request.aim))
    most = max(own) if own else max(phrase, int(_LONGEST_FRAME_S / request.bar_s))
    return max(1, min(share, most) // phrase) * phrase


def _name_sections(kinds: Sequence[str], names: Sequence[str]) -> list[str]:
    """Replace kinds by the user's section names; several names of one kind take turns."""
    turns: Counter[str] = Counter()
    walk: list[str] = []
    for kind in kinds:
        mine = [name for name in names if section_kind(name) == section_kind(kind)]
        walk.append(mine[turns[kind] % len(mine)] if mine else kind)
        turns[kind] += 1
    return walk


def _lengths(style: Style, request: FormRequest) -> SectionLengths:
    return SectionLengths(style, form_priors(style.forms), request.doubling, request.chord_bars)


def _short_form(style: Style, request: FormRequest, seed: int) -> Form:
    """Return the form of a jingle or a short song, too short to be sampled from real ones."""
    style = style.model_copy(update={"frames": {}})  # there is no room for long ones
    grown = _grow(load_form(DEFAULT_FORM), style, request, request.aim, seed)
    if grown is None:
        return _last_resort(style, request)
    names = {visit.section: visit.section for visit in grown.walk}
    words = rename_sections(list(names), style.rename, WalkRules(request.asks.wanted))
    names = {
        name: word if name not in request.names and word not in names else name
        for name, word in zip(names, words, strict=True)
    }
    walk = tuple(names[visit.section] for visit in grown.walk)
    return Form(walk, {names[name]: bars for name, bars in grown.bars.items()})


def _last_resort(style: Style, request: FormRequest) -> Form:
    """Return one refrain of the whole length, for lengths that no walk meets.

    Raises PlanError where what the user asks of the bars or the walk is the reason, or where the song is
    too long for one refrain.
    """
    fixed = {name: request.fixed_bars[name] for name in request.names if name in request.fixed_bars}
    fixed |= {length.section: length.bars(request.bar_s) for length in request.asks.lengths}
    if fixed or request.asks.shapes_walk or request.aim > _SHORTEST_SAMPLED:
        given = ", ".join(f"{name}: {bars}" for name, bars in fixed.items())
        raise _MisfitError(
            f"no form of {request.aim} bars has sections of these bars ({given}); change length or bars"
        )
    kind = "chorus" if "chorus" not in request.asks.unwanted else "verse"
    name = next((n for n in request.names if section_kind(n) == kind), style.rename.get(kind, kind))
    return Form((name,), {name: request.aim})
