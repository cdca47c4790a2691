"""From a source to its plan."""

from __future__ import annotations

from dataclasses import replace

from composer.sources.chord_letters import note_on_key
from composer.sources.init_audio import with_init_audio
from composer.sources.reference import following_reference
from composer.sources.source import Source
from composer.understanding.understanding import Understanding, understand_song
from structure.plans.plan import SongPlan


def plan_source(source: Source) -> SongPlan:
    """Plan a song, or those of its sections that are wanted.

    Raises PlanError where it cannot be planned, and RitornelloError for sections that it does not have.
    """
    from structure.planning.planner import plan_song
    from structure.plans.excerpt import excerpt

    planned = following_reference(plan_song(source.spec), source.folder)
    data = source.spec.model_dump(mode="json", exclude_unset=True)
    if note := note_on_key(data, planned.key, f"{source.name}.yaml"):
        planned = replace(planned, notes=(*planned.notes, note))
    planned = with_init_audio(planned, source.init_files)
    return excerpt(planned, source.only) if source.only else planned


def understand_source(source: Source, plan: SongPlan | None = None) -> Understanding:
    """Return what became of each wish of a source's description in its whole song.

    ``plan`` is what :func:`plan_source` gave for the source, if it is at hand.
    """
    if plan is None or source.only:
        plan = plan_source(replace(source, only=()))
    return understand_song(plan, source.spec)
