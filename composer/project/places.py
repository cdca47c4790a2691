"""Find where in a spec the places of a song stand, and edit fields there.

Such places are visits in its form, sections and stems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from composer.project.edits import Edit, RemoveField, SetField
from structure.base.errors import EditError
from structure.base.labels import kind_of
from structure.changing.asking import Spot
from structure.loading.yaml_reader import Path, read_yaml
from structure.outcomes.instruments import is_player
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.presets.players import role_named


@dataclass
class Sheet:
    """The text of a spec while a wish is turned into edits of it, and the plan that the text has."""

    text: str
    source: str
    plan: SongPlan
    edits: list[Edit] = field(default_factory=list)

    @property
    def data(self) -> dict[str, Any]:
        """Return the spec as plain data."""
        data = read_yaml(self.text, self.source).data
        return data if isinstance(data, dict) else {}

    def make(self, edit: Edit) -> None:
        """Make an edit. Raises EditError, SpecError."""
        self.text = edit.apply(self.text, self.source)
        self.edits.append(edit)

    def set(self, path: Path, value: Any) -> None:
        """Set a field; an empty list and None remove it."""
        if value is None or value == []:
            if self.get(path) is not None:
                self.make(RemoveField(path))
        elif self.get(path) != value:
            self.make(SetField(path, value))

    def get(self, path: Path) -> Any:
        """Return the value of a field, None where there is none."""
        found: Any = self.data
        for key in path:
            try:
                found = found[key]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def need_form(self) -> None:
        """Write the form out, one visit a line, where it is planned or has a name alone."""
        if isinstance(self.data.get("form"), list):
            return
        entries: list[Any] = []
        for visit in self.plan.visits:
            name = visit.place.name
            written = self.get(("sections", name, "bars"))
            entries.append(name if written == visit.bars else {"section": name, "bars": visit.bars})
        self.make(SetField(("form",), entries))

    def need_stems(self) -> None:
        """Write the stems out where they are planned."""
        if not self.data.get("stems"):
            played = [stem for stem in self.plan.stems if stem.role != "effects"]
            rows = [{"name": s.name, "role": s.role, "prompt": s.prompt} for s in played]
            self.make(SetField(("stems",), rows))

    def need_mapping(self, k: int) -> None:
        """Write an entry of the form that is a name alone as a mapping."""
        self.need_form()
        entry = self.data["form"][k]
        if isinstance(entry, str):
            self.make(SetField(("form", k), {"section": entry}))

    def set_visit(self, k: int, name: str, value: Any) -> None:
        """Set a field of a visit, counted from 0."""
        self.need_mapping(k)
        self.set(("form", k, name), value)

    def of_visit(self, k: int, name: str) -> Any:
        """Return the value that a visit has: its own, else that of its section."""
        form = self.data.get("form")
        entry = form[k] if isinstance(form, list) else None
        if isinstance(entry, Mapping) and entry.get(name) is not None:
            return entry[name]
        return self.get(("sections", self.plan.visits[k].place.name, name))

    def players_at(self, k: int) -> list[str]:
        """Return the stems that play in a visit."""
        return list(self.plan.visits[k].music.score.parts)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a wish is for: ``sections`` as a whole, or single ``visits`` by their index in the form.

    It is for all of the song where both are empty.
    """

    sections: tuple[str, ...] = ()
    visits: tuple[int, ...] = ()

    @property
    def is_song(self) -> bool:
        """Return whether all of the song is meant."""
        return not self.sections and not self.visits


def find_reach(spots: Sequence[Spot], plan: SongPlan) -> Reach:
    """Return what places are meant. Raises EditError for one that the song does not have."""
    sections: list[str] = []
    visits: list[int] = []
    for spot in spots:
        found = visits_of(spot, plan)
        if spot.section and spot.visit is None:
            sections += [plan.visits[k].place.name for k in found]
        else:
            visits += found
    return Reach(tuple(dict.fromkeys(sections)), tuple(sorted(set(visits))))


def visits_of(spot: Spot, plan: SongPlan) -> list[int]:
    """Return which visits of the form a place is. Raises EditError for one that the song does not have."""
    if not spot.section:
        return [len(plan.visits) - 1 if spot.visit == -1 else 0]
    names = [visit.place.name for visit in plan.visits]
    found = [k for k, name in enumerate(names) if name == spot.section]
    found = found or [k for k, name in enumerate(names) if kind_of(name) == spot.section]
    if not found:
        raise EditError(f"the song has no {spot.section}; it has {', '.join(dict.fromkeys(names))}")
    if spot.visit is None:
        return found
    if spot.visit > len(found):
        raise EditError(f"the song has {len(found)} visits of {spot.section}, no {spot.visit}")
    return [found[-1] if spot.visit == -1 else found[spot.visit - 1]]


def find_reached_visits(reach: Reach, plan: SongPlan) -> Iterator[tuple[int, Visit]]:
    """Yield the visits that are meant, with their index."""
    for k, visit in enumerate(plan.visits):
        if reach.is_song or k in reach.visits or visit.place.name in reach.sections:
            yield k, visit


def stems_named(name: str, plan: SongPlan) -> list[StemPlan]:
    """Return the stems that somebody calls so: by name, by role, or as an instrument."""
    stems = [stem for stem in plan.stems if stem.role != "effects"]
    own = [stem for stem in stems if stem.name == name.replace(" ", "-")]
    role = role_named(name)
    mine = own or [stem for stem in stems if role is not None and stem.role == role]
    return mine or [stem for stem in stems if is_player(stem, name)]
