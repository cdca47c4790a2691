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
from structure.specs.spec import SectionSpec

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
            plan = replace(project.plan, title=told) if what == "title" else project.plan_with(edit)
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
    """Yield the numbers from 1 on, as many as may be needed, and what each gives.

    Chords and forms are those that the planner gives by another seed; number 1 is by the seed that the
    song or the section has. A form is at the length that the song has now. Numbers by which the song
    cannot be planned are left out.
    """
    numbers = range(1, _TRIES * (count + 1) + 1)
    if what == "title":
        for number, (title, _) in zip(numbers, find_titles(project.plan), strict=False):
            yield number, title, title
        return

    spec = project.spec
    own = spec.sections.get(section, SectionSpec())
    seed = own.seed if what == "chords" and own.seed is not None else spec.seed
    for number in numbers:
        other = seed if number == 1 else derive_seed(seed, what, number)
        if what == "chords":
            changed = own.model_copy(update={"chords": None, "seed": other})
            changes: dict[str, Any] = {"sections": {**spec.sections, section: changed}}
        else:
            form = None if isinstance(spec.form, tuple) else spec.form
            length = spec.length or f"{project.plan.bars} bars"
            changes = {"form": form, "seed": other, "length": length}
        try:
            plan = plan_song(spec.model_copy(update=changes))
        except PlanError:
            continue

        if what == "chords":
            text = section_chords(section, plan)
            yield number, text, text
        else:
            entries: list[Any] = []
            for visit in plan.visits:
                given = spec.sections.get(visit.place.name, SectionSpec()).bars
                long = {"section": visit.place.name, "bars": visit.bars}
                entries.append(visit.place.name if given == visit.bars else long)
            yield number, entries, _form_in_words(plan)


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
