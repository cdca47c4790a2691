"""Which stems of effects a song has, and which effects lead to and from its sections.

What the user writes comes first, then what wishes ask for, then the habit of the style: one draw a song
says which of the style's effects it has, and all its sections keep to that. Stems of effects are no
players: the planner counts them nowhere, and a song whose stems or players are listed has none that is not
asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from structure.arrange.context import Player
from structure.base.errors import PlanError
from structure.base.labels import REFRAINS
from structure.base.sampling import generator
from structure.base.types import EffectName
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.plans.events import WHOLE_BAND, Event
from structure.plans.plan import StemPlan
from structure.presets.effects import Effect, effect_of_event, effects, staying_effect
from structure.presets.mixes import Mix
from structure.presets.players import plain_name
from structure.presets.styles import Style
from structure.specs.spec import EventSpec, SongSpec, StemSpec
from structure.specs.wishes import When, Wish, Wishes

EFFECTS_STEM = "fx"
"""The stem of risers, impacts and the like in a song whose stems are planned."""

_ANY = ("fx", "effects", "sound effects", "sfx", "effect", "ear candy")
"""Words for effects of any kind."""

_USUAL: Mapping[EffectName, float] = {"riser": 1.0, "impact": 1.0}
"""What is played where effects are asked for in a style that has none."""

_REVERB = 0.25
_RISE, _SHORT_RISE = 4, 2
"""Bars of a riser, and in a section of less than eight."""

_LEADING = ("build", "prechorus", "breakdown", "intro", "bridge", "interlude")
"""Kinds of section at whose end a riser comes that is asked for in them; in others it leads to them."""

_GROWS = 0.1
"""Energy by which the next section is at least stronger where something leads to it."""

_BAND_HITS = ("impact",)
"""Effects that a band can play: to ask for one brings no stem of effects."""


@dataclass(frozen=True, slots=True)
class EffectsPlan:
    """The effects of a song.

    It has their stems, those of the style's ``habits`` that the song has, and what ``wishes`` ask for.
    ``is_written``: the user writes its effects down.
    """

    stems: tuple[PlannedStem, ...] = ()
    habits: tuple[Effect, ...] = ()
    wishes: tuple[Wish, ...] = ()
    is_written: bool = False


def split_wishes(wishes: Wishes) -> tuple[Wishes, tuple[Wish, ...]]:
    """Return the wishes without those for effects as if they were players, and all wishes for effects."""
    kept: list[Wish] = []
    found: list[Wish] = []
    for wish in wishes.wishes:
        names = list(wish.names)
        mine = []
        if wish.kind in ("part", "ensemble"):
            mine = [name for name in names if plain_name(name) in _ANY or _find_named(name) is not None]
        found += [replace(wish, kind="part", what=name) for name in mine]
        if wish.kind == "event" or (wish.kind == "sound" and wish.where.stem is None):
            found += [wish] if _effect_of(wish) else []
        players = [name for name in names if name not in mine]
        if players:
            kept.append(wish if not mine else replace(wish, what=", ".join(players)))
    return replace(wishes, wishes=tuple(kept)), tuple(found)


def _find_named(name: str) -> Effect | None:
    """Return the effect that a whole name means, not only a word of it, or None."""
    words = plain_name(name).removesuffix("s")
    same = (e for e in effects().values() if any(plain_name(w).removesuffix("s") == words for w in e.words))
    return next(same, None)


def _effect_of(wish: Wish) -> Effect | None:
    """Return the effect that a wish is for, or None."""
    if wish.kind == "event":
        return effect_of_event(wish.what)
    return _find_named(wish.what)


def plan_effects(
    spec: SongSpec,
    style: Style,
    asked: Sequence[Wish],
    mix: Mix,
    seed: int,
    *,
    is_exact: bool,
    taken: Collection[str],
) -> EffectsPlan:
    """Return the effects of a song.

    ``asked`` are the wishes for some, ``is_exact`` says that its players are listed, ``taken`` are the
    names of its players. Raises PlanError where all of the user's stems are effects, so that nobody plays.
    """
    entries = spec.form if isinstance(spec.form, tuple) else ()
    events = [event for section in spec.sections.values() for event in section.events]
    events += [event for entry in entries for event in entry.events or ()]
    is_written = any(  # a hit of the band is no effect
        effect_of_event(event.do) and (event.do not in _BAND_HITS or event.stem != WHOLE_BAND)
        for event in events
    )

    if spec.stems is not None:
        written = [stem for stem in spec.stems if stem.role == "effects"]
        if written and len(written) == len(spec.stems):
            raise PlanError(
                "stems: all of them are effects, so that nobody plays",
                field="stems",
                hint="add a stem of another role, such as {name: pad, role: pad}",
            )
        stems = tuple(_plan_stem(stem, mix) for stem in written)
        habits = _habits(style, asked, seed, always=True) if stems and not is_written else ()
        return EffectsPlan(stems, habits, tuple(asked) if stems else (), is_written)

    habits = () if is_exact or is_written else _habits(style, asked, seed)
    wanted = [wish for wish in asked if wish.polarity in ("want", "more")]
    named = [effect for wish in wanted if (effect := _effect_of(wish)) is not None]
    staying = dict.fromkeys(e for e in (*named, *habits) if e.does == "stays")
    moving = [e for e in named if e.does != "stays" and e.name not in _BAND_HITS]
    needs_stem = moving or is_written or any(e.does != "stays" for e in habits)
    if any(plain_name(wish.what) in _ANY for wish in wanted):
        habits, needs_stem = _habits(style, asked, seed, always=True), True

    specs = [StemSpec(name=EFFECTS_STEM, role="effects")] if needs_stem else []
    specs += [StemSpec(name=e.name, role="effects", prompt=e.words[0]) for e in staying]
    specs = [
        one.model_copy(update={"name": f"{one.name}-{EFFECTS_STEM}"}) if one.name in taken else one
        for one in specs
    ]
    return EffectsPlan(
        tuple(_plan_stem(one, mix) for one in specs),
        tuple(e for e in habits if e.does != "stays"),
        tuple(asked),
        is_written,
    )


def _habits(style: Style, asked: Sequence[Wish], seed: int, *, always: bool = False) -> tuple[Effect, ...]:
    """Return the effects that a song of this seed has by its style; ``always``: at least the usual ones."""
    chances = {**style.effects, **_USUAL} if always else style.effects
    unwanted = [wish for wish in asked if wish.polarity in ("avoid", "less")]
    if any(plain_name(wish.what) in _ANY for wish in unwanted):
        return ()
    refused = {effect.name for wish in unwanted if (effect := _effect_of(wish)) is not None}
    rng = generator(seed, "effects", style.name)
    drawn = {name: rng.random() < chances.get(name, 0.0) for name in effects()}
    return tuple(e for name, e in effects().items() if drawn[name] and name not in refused)


def _plan_stem(stem: StemSpec, mix: Mix) -> PlannedStem:
    strip = mix.strips["effects"]
    prompt = stem.prompt or "effects"
    return PlannedStem(
        plan=StemPlan(
            name=stem.name,
            role="effects",
            prompt=prompt,
            negative_prompt=stem.negative_prompt or "",
            gain_db=stem.gain_db,
            pan=stem.pan or 0.0,
            reverb=_REVERB
            if stem.reverb is None and staying_effect(prompt) is None
            else stem.reverb or 0.0,
            delay=strip.delay if stem.delay is None else stem.delay,
            duck=round(mix.duck.amount * strip.duck, 4) if stem.duck is None else stem.duck,
        ),
        player=Player(stem.name, "effects", prompt=prompt),
        plays_from=0.0,
        until=1.0,
        is_named=stem.prompt is not None,
    )


def check_has_player(event: EventSpec, number: int, section: str, effects: Sequence[str]) -> None:
    """Raise PlanError where a user's event is an effect that no stem plays.

    It is the ``number``-th event, from 0, of a section. ``effects`` are the names of the stems of effects.
    A hit may also be the band's.
    """
    if effect_of_event(event.do) is None or event.do in _BAND_HITS:
        return
    if event.stem in effects or (event.stem == WHOLE_BAND and effects):
        return
    raise PlanError(
        f"section {section!r}: no stem of effects plays the {event.do.replace('_', ' ')}",
        field=f"sections.{section}.events[{number + 1}].stem",
        hint=f"stems of effects: {', '.join(effects)}"
        if effects
        else "add a stem such as {name: fx, role: effects}",
    )


def with_effects(visits: Sequence[VisitPlan], plan: EffectsPlan, layout: Layout) -> list[VisitPlan]:
    """Return the visits with the effects that wishes ask for in them, and those of the song's habits."""
    # One stem plays all that leads and strikes.
    free = [stem.plan.name for stem in plan.stems if staying_effect(stem.plan.prompt) is None]
    player = free[0] if free else ""
    placed: list[tuple[int, Event]] = []
    for wish in plan.wishes if player else ():
        effect = _effect_of(wish)
        if effect is None or effect.does == "stays" or wish.polarity == "avoid":
            continue
        if effect.does == "leads":
            lines = _lines_of(wish, effect, layout)
            placed += [_leading(effect, line, layout, player, wish.amount) for line in lines]
        elif effect.name not in _BAND_HITS:
            lines = _lines_of(wish, effect, layout)
            placed += [_striking(effect, line, layout, player) for line in lines]
    if player:
        placed += _habitual(visits, plan.habits, layout, player)

    found = list(visits)
    for visit, event in placed:
        names = {stem.plan.name for stem in found[visit].effects}
        if names and (event.stem in names or event.stem == WHOLE_BAND):
            events = (*found[visit].events, event)
            found[visit] = replace(found[visit], events=tuple(dict.fromkeys(events)))
    for stem in plan.stems:
        found = _with_lasting(found, stem, plan.wishes, layout)
    return found


def _lines_of(wish: Wish, effect: Effect, layout: Layout) -> list[int]:
    """Return the bar lines to which an effect that is asked for leads, or on which it begins.

    They are those of its place. Where no place is said, a fall comes after refrains, and all else leads to
    them or comes at their start.
    """
    when, section, leads = wish.when, wish.where.section, effect.does == "leads"
    if when is not None and when.place is not None:
        lines = [layout.starts[v + (when.relation == "after")] for v in layout.visits(when.place)]
    elif when is None and section is not None and leads:
        is_inside = section_kind(section) in _LEADING
        lines = [layout.starts[visit + is_inside] for visit in layout.visits(wish.where)]
    elif when is not None or section is not None:
        line = layout.line(when or When(edge="start"), wish.where)
        lines = [] if line is None else [line]
    else:
        later = effect.name == "fall" and not leads
        refrains = [v for v, name in enumerate(layout.names) if section_kind(name) in REFRAINS]
        lines = [layout.starts[v + later] for v in refrains]
    if leads:
        return [line for line in lines if 0 < line <= layout.end]
    return [min(line, layout.end - 1) for line in lines]


def _leading(
    effect: Effect, line: int, layout: Layout, player: str, amount: float | None = None
) -> tuple[int, Event]:
    """Return an effect that ends on a bar line, with the visit that ends there or has the line inside."""
    visit = layout.visit_at(line - 1)
    room, own = line - layout.starts[visit], len(layout.bars_of(visit))
    usual = effect.bars or (_RISE if own >= 2 * _RISE else _SHORT_RISE)
    bars = max(1, min(int(amount or usual), room))
    return visit, Event(line - bars + 1 - layout.starts[visit], effect.event, player, bars=bars)


def _striking(effect: Effect, line: int, layout: Layout, player: str) -> tuple[int, Event]:
    visit = layout.visit_at(line)
    return visit, Event(line + 1 - layout.starts[visit], effect.event, player)


def _habitual(
    visits: Sequence[VisitPlan], habits: Sequence[Effect], layout: Layout, player: str
) -> list[tuple[int, Event]]:
    """Return what a player does by the song's habits.

    It is decided once for each section, for all its visits. One effect leads to what follows, where that is
    stronger after all of them. Others strike with a refrain that is stronger than what is before it, or
    fall after one.
    """
    placed: list[tuple[int, Event]] = []
    leading = [effect for effect in habits if effect.does == "leads"]
    for name in dict.fromkeys(layout.names):
        mine = [v for v, other in enumerate(layout.names) if other == name]
        after = [visits[v + 1] for v in mine if v + 1 < len(visits)]
        before = [visits[v - 1] for v in mine if v > 0]
        own, is_refrain = visits[mine[0]].energy, section_kind(name) in REFRAINS

        grows = after and all(other.energy >= own + _GROWS for other in after)
        if leading and grows and len(after) == len(mine):
            # the first of the habits leads to refrains, the last to all else
            to_refrain = any(section_kind(other.name) in REFRAINS for other in after)
            effect = leading[0] if to_refrain else leading[-1]
            placed += [_leading(effect, layout.starts[v + 1], layout, player) for v in mine]

        comes_down = (
            not is_refrain
            and all(section_kind(other.name) in REFRAINS for other in before)
            and all(other.energy > own for other in before)
        )
        comes_up = is_refrain and any(other.energy < own for other in before)
        for effect in habits:
            happens = comes_down if effect.name == "fall" else comes_up
            if effect.does == "strikes" and before and happens:
                placed += [_striking(effect, layout.starts[v], layout, player) for v in mine]
    return placed


def _with_lasting(
    visits: Sequence[VisitPlan], stem: PlannedStem, wishes: Sequence[Wish], layout: Layout
) -> list[VisitPlan]:
    """Return the visits with a lasting effect only where its wishes ask for it, if they name a place.

    In a visit it sounds from the first to the last of the bars that are asked for.
    """
    found = list(visits)
    effect = staying_effect(stem.plan.prompt)
    if effect is None:
        return found
    mine = [wish for wish in wishes if _effect_of(wish) == effect]
    wanted = [wish for wish in mine if wish.polarity in ("want", "more")]
    refused = {bar for wish in mine if wish.polarity == "avoid" for bar in layout.bars_for(wish)}
    asked = {bar for wish in wanted for bar in layout.bars_for(wish)} if wanted else {*range(layout.end)}

    for i, visit in enumerate(visits):
        own = layout.bars_of(i)
        inside = [bar for bar in own if bar in asked - refused]
        if not inside:
            found[i] = replace(visit, effects=tuple(one for one in visit.effects if one != stem))
        elif len(inside) < len(own) and stem in visit.effects:
            first, end = inside[0], inside[-1] + 1
            bars_long = None if end == own.stop else end - first
            entry = Event(first + 1 - own.start, "enter", stem.plan.name, bars=bars_long)
            found[i] = replace(visit, events=(*visit.events, entry))
    return found
