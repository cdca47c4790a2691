"""Small plans and a backend that plays them with damped tones, for tests of the renderer."""

from __future__ import annotations

from fractions import Fraction

from structure.base.grid import Grid, Meter
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from tests.builders import make_plan, make_visit

RATE = 44_100


def chord_part(role: str, bars: int, meter: Meter, base: int) -> Part:
    """A note on every beat, and a held third on every bar."""
    beat = meter.beat_quarters
    notes = []
    for k in range(bars * meter.beats_per_bar):
        pitch = 36 if role == "drums" else base + (0, 4, 7, 4)[k % 4]
        notes.append(Note(k * beat, beat, pitch, 100 if k % meter.beats_per_bar == 0 else 80))
    return Part(role, tuple(notes))


def plan_of(
    form: tuple[tuple[str, int, float], ...] = (
        ("verse", 8, 0.0),
        ("chorus", 8, 0.0),
        ("verse", 8, 0.0),
        ("chorus", 8, 0.0),
    ),
    *,
    tempo: float = 137.0,
    meter: str = "4/4",
    roles: tuple[str, ...] = ("drums", "bass", "chords"),
    **settings: object,
) -> SongPlan:
    """A plan whose visits are (section, bars, variation)."""
    metre = Meter.parse(meter)
    grid = Grid.steady(tempo, metre)
    stems = tuple(
        StemPlan(role, role, f"{role} sound", "", 0.0, pan, 0.2)
        for role, pan in zip(roles, (0.0, 0.0, 0.4, -0.4), strict=False)
    )
    visits, bar, seen = [], 0, {}
    for name, bars, variation in form:
        seen[name] = seen.get(name, 0) + 1
        base = 48 if name == "verse" else 53
        parts = {
            s.name: chord_part(s.role, bars, metre, base - (12 if s.role == "bass" else 0)) for s in stems
        }
        root = base % 12
        tones = (root, (root + 4) % 12, (root + 7) % 12)
        chord = ChordEvent("CF"[root // 5], Fraction(0), bars * metre.bar_quarters, root, root, tones)
        visits.append(
            make_visit(
                name,
                SectionScore(bars, (chord,), parts),
                label=f"{name} {seen[name]}",
                index=seen[name],
                variation=variation,
                seed=len(name),
                variation_seed=1000 + bar,
                start_bar=bar,
                prompts={s.name: s.prompt for s in stems},
                negative_prompts={s.name: "" for s in stems},
            )
        )
        bar += bars
    return make_plan(visits, stems, grid, **{"title": "Test", "seed": 1, "tail_s": 3.0, **settings})
