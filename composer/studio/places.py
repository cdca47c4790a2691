"""Where in the YAML a section and a visit of it stand, for changes of one visit or of all."""

from __future__ import annotations

from typing import Any

from composer.project import Edit, Project, SetField
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import Reach
from structure.base.errors import EditError
from structure.loading.yaml_reader import read_yaml
from structure.plans.plan import SongPlan, Visit


def visit_at(plan: SongPlan, section: int) -> Visit:
    """Return the visit of an index. Raises NotFoundError."""
    if not 0 <= section < len(plan.visits):
        raise NotFoundError(f"there is no section {section + 1}", field="section")
    return plan.visits[section]


def set_in_section(project: Project, section: int, path: tuple[str, ...], value: Any, reach: Reach) -> Edit:
    """Return the edit that sets a field of a section, which is found by the index of a visit.

    The field is set in all visits of the section, or in that one alone. The entry of a single visit in the
    form becomes a mapping where it was a name.

    Raises NotFoundError, and EditError for one visit of a form that is planned.
    """
    visit = visit_at(project.plan, section)
    if reach == "all":
        return SetField(("sections", visit.place.name, *path), value)
    form = (read_yaml(project.text, str(project.path)).data or {}).get("form")
    if not isinstance(form, list) or len(form) != len(project.plan.visits):
        raise EditError(
            "the form is planned, and has no visits of their own", field="form",
            hint="write it out under `form:`, or change all visits",
        )  # fmt: skip
    entry = form[section]
    if isinstance(entry, dict):  # {section: chorus, …}, or {chorus: {…}}
        inside = () if "section" in entry else tuple(entry)
        return SetField(("form", section, *inside, *path), value)
    for key in reversed(path):
        value = {key: value}
    return SetField(("form", section), {"section": visit.place.name, **value})
