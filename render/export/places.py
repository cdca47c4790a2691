"""Where a song's sections lie in the files of a hand-over, at any sample rate."""

from __future__ import annotations

from dataclasses import replace

from render.export.bwf import Region
from structure.base.grid import count_resampled
from structure.plans.plan import SongPlan


def total_length(plan: SongPlan, sample_rate: int) -> int:
    """Return the number of samples in each file of the song."""
    return count_resampled(plan.total_samples, plan.grid.sample_rate, sample_rate)


def section_regions(plan: SongPlan, sample_rate: int) -> tuple[Region, ...]:
    """Return every section in its order, from its first downbeat to the next section's.

    The last one rings out to the end of the song.
    """
    grid = replace(plan.grid, sample_rate=sample_rate)
    starts = [grid.sample_at_bar(visit.place.start_bar) for visit in plan.visits]
    ends = [*starts[1:], total_length(plan, sample_rate)]
    return tuple(
        Region(start, end - start, visit.place.label)
        for visit, start, end in zip(plan.visits, starts, ends, strict=True)
    )


def hit_regions(plan: SongPlan, sample_rate: int) -> tuple[Region, ...]:
    """Return every moment of a picture that a beat is brought to, of no length."""
    rate = plan.grid.sample_rate
    return tuple(
        Region(count_resampled(plan.hit_sample(hit), rate, sample_rate), 0, hit.label or f"Hit {number}")
        for number, hit in enumerate(plan.hits, 1)
        if not hit.reason
    )


def audacity_labels(plan: SongPlan) -> str:
    """Return the sections, and moments of a picture, as a label track of Audacity.

    Each is a line: start and end in seconds, and a name.
    """
    rate = plan.grid.sample_rate
    return "".join(
        f"{region.start / rate:.6f}\t{(region.start + region.length) / rate:.6f}\t{region.label}\n"
        for region in (*section_regions(plan, rate), *hit_regions(plan, rate))
    )
