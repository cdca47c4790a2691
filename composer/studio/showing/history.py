"""The states that a song has had, as the page lists them."""

from __future__ import annotations

from composer.project import Project, describe_edit
from composer.studio.messages.models import HistoryAnswer, Moment


def show_history(project: Project) -> HistoryAnswer:
    """Return all states that a song has had by edits."""
    return HistoryAnswer(
        moments=[
            Moment(
                state=one.state,
                words="" if one.edit is None else describe_edit(one.edit),
                made=one.made,
                is_now=one.is_now,
                is_applied=one.is_applied,
                is_within_reach=one.is_within_reach,
            )
            for one in project.moments
        ]
    )
