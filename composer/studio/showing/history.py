"""The states that a song has had, as the page lists them."""

from __future__ import annotations

import json
from typing import Any

from composer.project import Edit, Project, RemoveField, SetField, describe_edit
from composer.studio.messages.models import HistoryAnswer, Moment


def show_history(project: Project) -> HistoryAnswer:
    """Return all states that a song has had by edits."""
    return HistoryAnswer(
        moments=[
            Moment(
                state=one.state,
                words="" if one.edit is None else say_edit(one.edit),
                made=one.made,
                is_now=one.is_now,
                is_applied=one.is_applied,
                is_within_reach=one.is_within_reach,
            )
            for one in project.moments
        ]
    )


def say_edit(edit: Edit) -> str:
    """Say in a line what an edit does, by the names that the page shows: ``chorus: bars 8``."""
    match edit:
        case SetField(("sections", name, field, *more), value):
            return f"{name}: {_name_field(field, more)} {_show_value(value)}"
        case RemoveField(("sections", name, field, *more)):
            return f"{name}: {_name_field(field, more)} as planned"
        case SetField(("form", int(place), field, *more), value):
            return f"visit {place + 1}: {_name_field(field, more)} {_show_value(value)}"
        case SetField(("form", int(place)), value):
            return f"visit {place + 1}: {_show_value(value)}"
        case RemoveField(("form", int(place))):
            return f"visit {place + 1} deleted"
    return describe_edit(edit)


def _name_field(field: str | int, more: list[str | int]) -> str:
    return " ".join(str(one).replace("_", " ") for one in (field, *more))


def _show_value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
