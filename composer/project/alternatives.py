"""Other titles, chords and forms of a song: what they are, and how they differ from those that it has.

Each is a number that always gives the same; what is kept is written into the spec itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from composer.base.what import Written
from composer.project.edits import SetField
from composer.project.takes import Take
from composer.project.titles import find_titles
from composer.sources.template import section_chords
from structure.base.errors import PlanError, UsageError, did_you_mean
from structure.base.lengths import format_seconds
from structure.base.seeds import derive_seed
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SectionSpec, SongSpec

if TYPE_CHECKING:
    from composer.project.project import Project

_TRIES = 4
"""Numbers that are tried for each one that is asked for, since some give what others have given."""

_Found = tuple[int, Any, str]
"""A number, what is written into the spec, and the same in words."""


def find_alternatives(project: Project, what: Written, count: int, section: str = "") -> list[Take]:
    """Plan other titles or forms of a song, or other chords of a section; nothing is written.

    The list holds what the song has now and up to ``count`` others, the lowest numbers first. What the
    song has now has the number 0 where no number gives it.

    Raises UsageError for a section that the song does not have, and where there are no others.
    """
    now = _now(project, what, section)
    number, takes, seen = 0, list[Take](), set[str]()
    for found, value, told in _candidates(project, what, section, count):
        if told in seen:  # a lower number gives the same
            continue
        seen.add(told)
        if told == now:
            number = found
        elif len(takes) < count:
            edit = _edit(what, section, value)
            plan = replace(project.plan, title=told) if what == "title" else project.planned_with(edit)
            differs = _difference(project.plan, plan, what, section, told)
            takes.append(Take(found, what, plan, differs, is_current=False, value=told))
    if not takes:
        raise UsageError(f"there are no other {_NAMES[what]} for this song", field="what")
    current = Take(number, what, project.plan, "as it is now", is_current=True, value=now)
    return sorted([current, *takes], key=lambda take: take.number)


def keep_alternative(project: Project, what: Written, number: int, section: str = "") -> SetField:
    """Return the edit that writes a title, chords or a form into the spec.

    Raises UsageError for a section that the song does not have, and for a number that gives nothing.
    """
    _now(project, what, section)
    for found, value, _ in _candidates(project, what, section, number):
        if found == number:
            return _edit(what, section, value)
    raise UsageError(f"there is no take {number} of the {_NAMES[what]}", field="take")


_NAMES: dict[str, str] = {"title": "titles", "chords": "chords", "form": "forms"}


def _edit(what: Written, section: str, value: Any) -> SetField:
    return SetField(("sections", section, "chords") if what == "chords" else (what,), value)


def _now(project: Project, what: Written, section: str) -> str:
    """Return the title, the form or the chords that the song has now, in words.

    Raises UsageError for a section that the song does not have.
    """
    plan = project.plan
    if what == "title":
        return plan.title
    if what == "form":
        return _form_in_words(plan)
    names = list(dict.fromkeys(visit.place.name for visit in plan.visits))
    if section not in names:
        raise UsageError(
            f"the song has no section {section!r}", field="section", hint=did_you_mean(section, names)
        )
    return section_chords(section, plan)


def _candidates(project: Project, what: Written, section: str, count: int) -> Iterator[_Found]:
    """Yield the numbers from 1 on, as many as may be needed, and what each gives."""
    numbers = range(1, _TRIES * (count + 1) + 1)
    if what == "title":
        for number, (title, _) in zip(numbers, find_titles(project.plan), strict=False):
            yield number, title, title
        return
    for number in numbers:
        is_chords = what == "chords"
        found = _other_chords(project, number, section) if is_chords else _other_form(project, number)
        if found is not None:
            yield number, *found


def _other_chords(project: Project, number: int, section: str) -> tuple[Any, str] | None:
    """Return the chords that the planner gives a section by another seed.

    Number 1 is by the seed that the song or the section has. None where the song cannot be planned so.
    """
    spec = project.spec
    own = spec.sections.get(section, SectionSpec())
    seed = spec.seed if own.seed is None else own.seed
    seed = seed if number == 1 else derive_seed(seed, "chords", number)
    changed = own.model_copy(update={"chords": None, "seed": seed})
    plan = _planned(spec, {"sections": {**spec.sections, section: changed}})
    text = None if plan is None else section_chords(section, plan)
    return None if text is None else (text, text)


def _other_form(project: Project, number: int) -> tuple[Any, str] | None:
    """Return the form that the planner gives the song by another seed, at the length that it has now.

    Number 1 is by the song's own seed. None where the song cannot be planned so.
    """
    spec = project.spec
    form = None if isinstance(spec.form, tuple) else spec.form
    seed = spec.seed if number == 1 else derive_seed(spec.seed, "form", number)
    length = spec.length or f"{project.plan.bars} bars"
    plan = _planned(spec, {"form": form, "seed": seed, "length": length})
    if plan is None:
        return None
    entries = []
    for visit in plan.visits:
        given = spec.sections.get(visit.place.name, SectionSpec()).bars
        own = {"section": visit.place.name, "bars": visit.bars}
        entries.append(visit.place.name if given == visit.bars else own)
    return entries, _form_in_words(plan)


def _planned(spec: SongSpec, changes: dict[str, Any]) -> SongPlan | None:
    """Plan the song with some fields of its spec changed; None where that cannot be planned."""
    try:
        return plan_song(spec.model_copy(update=changes))
    except PlanError:
        return None


def _form_in_words(plan: SongPlan) -> str:
    return ", ".join(f"{visit.place.name} {visit.bars}" for visit in plan.visits)


def _difference(now: SongPlan, then: SongPlan, what: Written, section: str, told: str) -> str:
    """Say how what another number gives differs from what the song has."""
    if what == "title":
        return next((source for title, source in find_titles(now) if title == told), "")

    if what == "form":
        old, new = (Counter(visit.place.name for visit in plan.visits) for plan in (now, then))
        seconds = then.grid.seconds_at(then.grid.quarters_at_bar(then.bars))
        said = [f"{len(then.visits)} sections in {then.bars} bars ({format_seconds(seconds)})"]
        if added := [name for name in new if name not in old]:
            said.append(f"with {' and '.join(added)}")
        if left := [name for name in old if name not in new]:
            said.append(f"without {' and '.join(left)}")
        oftener = [name for name in new if name in old and new[name] != old[name]]
        said += [f"{name} {_times(new[name])}, not {_times(old[name])}" for name in oftener[:3]]
        if old == new:
            said.append("in another order or of other lengths")
        return ", ".join(said)

    before, after = section_chords(section, now).split(" | "), told.split(" | ")
    others = sum(one != other for one, other in zip(before, after, strict=False))
    said = [f"{others} of {len(after)} bars have other chords"]
    if before[0] != after[0]:
        said.append(f"begins on {after[0].split()[0]}")
    if before[-1] != after[-1]:
        said.append(f"ends on {after[-1].split()[-1]}")
    old_count, new_count = (sum(len(b.split()) for b in bars if b != "%") for bars in (before, after))
    if old_count != new_count:
        said.append(f"{new_count} chords for {old_count}")
    return ", ".join(said)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
