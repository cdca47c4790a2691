"""What the WAV files of a song say of it as music: tempo, metre, key, loops, and whose it is."""

from __future__ import annotations

from dataclasses import replace

from render.export.encode import GENERATED
from render.export.riff import Musical
from structure.base.grid import Grid
from structure.base.types import PITCHLESS, Role
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan, Visit


def song_music(plan: SongPlan, role: Role | None = None) -> Musical | None:
    """Return tempo, metre and key of a file of the whole song.

    None where its tempo or metre changes, or it does not last whole quarters, which such files cannot say.
    """
    return _music(plan.grid, plan.bars, plan.key, role)


def visit_music(plan: SongPlan, visit: Visit, role: Role, sample_rate: int) -> Musical | None:
    """Return those of a file of one section, which loops from bar line to bar line."""
    start, end = plan.position_quarters(visit), plan.grid.quarters_at_bar(visit.end_bar)
    grid = plan.grid.part(start, end)
    music = _music(grid, visit.bars, visit.music.key, role)
    whole = replace(plan.grid, sample_rate=sample_rate)
    length = whole.sample_at(end) - whole.sample_at(start)
    return None if music is None else replace(music, loop=(0, length))


def _music(grid: Grid, bars: int, key: str, role: Role | None) -> Musical | None:
    span = grid.spans[0]
    quarters = bars * span.meter.bar_quarters
    if not grid.is_steady or quarters.denominator != 1:
        return None
    return Musical(
        beats=int(quarters),
        bpm=float(span.quarters_per_minute),
        numerator=span.meter.numerator,
        denominator=span.meter.denominator,
        root=None if role in PITCHLESS else parse_key(key).root,
        key=key,
    )


def riff_facts(plan: SongPlan) -> dict[str, str]:
    """Return title, genre and credits by the names of RIFF's list."""
    credits = plan.credits
    return {
        "INAM": plan.title,
        "IART": credits.artist or "",
        "IPRD": credits.album or "",
        "ICOP": credits.copyright or "",
        "ICRD": str(credits.year or ""),
        "ITRK": str(credits.track or ""),
        "IGNR": plan.genre,
        "ISFT": "Ritornello",
        "ISRC": GENERATED,
    }
