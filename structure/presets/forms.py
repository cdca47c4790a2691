"""Forms by name: rondo, twelve-bar blues, AABA … Data in ``data/forms/*.yaml``, described in its README.

How a form of this kind is fitted to a length is the work of :mod:`structure.forms.growth`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.datafiles import names_of_data, read_data
from structure.base.errors import Fault, SpecError, did_you_mean
from structure.base.labels import kind_of
from structure.base.sampling import generator, pick, pick_weighted
from structure.base.types import Bars, UnitInterval

DEFAULT_FORM = "pop"
"""The form that is sampled from real songs of the genre."""

COUNTED_VARIATIONS = "^theme-and-[0-9]+-variations$"
"""A name of a theme with so many variations."""

_COUNTED = re.compile("theme-(?:and|with)-([0-9]+)-variations?")


@cache
def genres_of_real_songs() -> tuple[str, ...]:
    """Return the genres of the real songs whose forms are known, in alphabetical order."""
    path = resources.files("structure") / "data" / "song_forms.json"
    return tuple(sorted({row["genre"] for row in json.loads(path.read_text("utf-8")) if row["genre"]}))


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FormVisit(_Model):
    """A section that a named form visits; ``variation`` and ``energy`` only where the form says so.

    ``share`` says how many times as long as its section the visit is. Of a variation, ``figure`` is what
    becomes of the theme's notes, or who has it, ``mode`` whether it turns to minor or major on the same
    tonic, and ``pace`` its tempo as a share of the song's.
    """

    section: str
    share: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    variation: UnitInterval | None = None
    energy: UnitInterval | None = None
    figure: (
        Literal["running", "triplets", "sixteenths", "dotted", "syncopated", "lower", "theme", "tutti"]
        | None
    ) = None
    mode: Literal["other"] | None = None
    pace: Annotated[float, Field(ge=0.5, le=2.0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def check_visit_is_name_or_mapping(cls, value: Any) -> Any:
        """Read ``verse`` alone as ``{section: verse}``."""
        return {"section": value} if isinstance(value, str) else value


class Edge(_Model):
    """The section before the first strain or after the last one, and its bars."""

    section: str
    least: Bars
    usual: Bars
    most: Bars


Walk = tuple[FormVisit, ...]
Progressions = dict[str, tuple[str, ...]]
"""Progressions per family of modes, major and minor."""


class Voices(_Model):
    """A form of equal voices.

    ``writes`` is what writes it. ``voices`` is how many there are where nobody says who plays; ``name`` and
    ``prompt`` are who plays then. ``bars`` are the least and the most bars that it usually has.
    """

    writes: Literal["fugue", "invention", "canon"]
    voices: Annotated[int, Field(ge=2, le=5)]
    name: str
    prompt: str
    bars: tuple[Bars, Bars]


class NamedForm(_Model):
    """One form; see ``data/forms/README.md`` for each key. ``usual_s`` is in seconds."""

    name: str
    summary: str
    aliases: tuple[str, ...] = ()
    genres: dict[str, UnitInterval] = Field(default_factory=dict)
    units: tuple[Bars, ...] = (8, 16, 4)
    usual_s: Annotated[float, Field(gt=0)] = 20.0
    opening: Edge | None = None
    closing: Edge | None = None
    short: tuple[Walk, ...] = ()
    start: Walk = ()
    middle: tuple[Walk, ...] = ()
    end: Walk = ()
    between: tuple[Walk, ...] = ()
    order: Literal["cycle", "pick"] = "cycle"
    multiples: dict[str, tuple[Annotated[int, Field(ge=1)], ...]] = Field(default_factory=dict)
    chords: dict[str, Progressions] = Field(default_factory=dict)
    changes: dict[str, str] = Field(default_factory=dict)
    soloists: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    trades: tuple[str, ...] = ()
    counterpoint: Voices | None = None

    @model_validator(mode="after")
    def check_sections_are_well_known(self) -> Self:
        """Refuse sections of no known kind: harmony, energy and parts follow from the kind."""
        for name in self.section_names():
            if kind_of(name) is None:
                raise ValueError(f"form {self.name}: {name!r} is of no known kind of section")
        return self

    @property
    def is_sampled(self) -> bool:
        """Return whether songs of this form are sampled from real ones rather than grown from strains."""
        return not self.start

    def walks(self) -> Iterator[Walk]:
        """Yield all walks that the form lists, part by part."""
        yield from (*self.short, self.start, *self.middle, self.end)

    def visit_like(self, name: str, variation: float | None, energy: float | None) -> FormVisit | None:
        """Return the form's visit that says how the theme of a section is varied; None if none does.

        The visit has the section's kind, this variation and this energy.
        """
        return next(
            (
                visit
                for walk in self.walks()
                for visit in walk
                if (visit.figure or visit.mode or visit.pace)
                and (visit.variation, visit.energy) == (variation, energy)
                and kind_of(visit.section) == kind_of(name)
            ),
            None,
        )

    def section_names(self) -> tuple[str, ...]:
        """Return every section that a song in this form may visit."""
        names = [visit.section for walk in self.walks() for visit in walk]
        edges = [edge.section for edge in (self.opening, self.closing) if edge is not None]
        return tuple(dict.fromkeys([*edges, *names]))

    def kinds(self) -> frozenset[str]:
        """Return the kinds of its sections."""
        return frozenset(kind_of(name) or name for name in self.section_names())

    def progression(self, name: str, mode: str, bars: int, seed: int) -> str | None:
        """Draw a progression of the form's own, in roman numerals; None where the style's will do."""
        texts = [
            text for text in self.chords.get(name, {}).get(mode, ()) if bars % (text.count("|") + 1) == 0
        ]
        whole = max((text.count("|") for text in texts), default=0)
        longest = [text for text in texts if text.count("|") == whole]
        return pick(generator(seed, "form chords"), longest) if longest else None


@cache
def list_forms() -> Mapping[str, NamedForm]:
    """Return all forms by name, in alphabetical order."""
    forms = [
        NamedForm.model_validate(read_data("forms", f"{name}.yaml")) for name in names_of_data("forms")
    ]
    return {form.name: form for form in sorted(forms, key=lambda form: form.name.lower())}


def form_names() -> tuple[str, ...]:
    """Return the names of all forms, without their aliases."""
    return tuple(list_forms())


def load_form(name: str) -> NamedForm:
    """Return a form by its name or an alias, in any case.

    "theme-and-6-variations" has so many. Raises SpecError with a suggestion.
    """
    counted = _COUNTED.fullmatch(_plain(name))
    if counted is not None:
        return _with_variations(int(counted[1]))
    found = _index().get(_plain(name))
    if found is None:
        raise SpecError([Fault(f"no form is called {name!r}", hint=form_hint(name))], "")
    return list_forms()[found]


@cache
def _with_variations(count: int) -> NamedForm:
    """Return a theme, so many variations of it, of which the last is the fastest, and the theme once more.

    Raises SpecError where the form does not know that many.
    """
    form = list_forms()["theme-and-variations"]
    theme, first = form.start
    last, again = form.end
    inner = [visit for group in form.middle for visit in group if visit.section == theme.section]
    known = [first, *inner, last]
    if not 1 <= count <= len(known):
        raise SpecError(
            [
                Fault(
                    f"no theme has {count} variations",
                    hint=f"allowed: 1 to {len(known)}, or no number: as many as suit the length",
                )
            ],
            "",
        )
    chosen = [first] if count == 1 else [*known[: count - 1], last]
    return form.model_copy(
        update={
            "name": f"theme-and-{count}-variations",
            "aliases": (),
            "summary": f"A theme, {count} variations, and the theme once more.",
            "short": ((theme, *chosen),),
            "start": (theme, *chosen),
            "middle": (),
            "end": (again,),
        }
    )


def form_hint(name: str) -> str:
    """Return what a name that no form has may have meant."""
    sections = [part for part in re.split(r"[^\w-]*(?:->|[\s,;|/>→–])[^\w-]*", name.strip()) if part]
    if len(sections) > 1 and all(kind_of(part.lower()) for part in sections):
        return f"write [{', '.join(part.lower() for part in sections)}]"
    hint = did_you_mean(_plain(name), _index())
    if not hint.startswith("did"):
        return "allowed: " + ", ".join(form_names()) + ", or a list of sections"
    close = hint.split("'")[1]
    return f"did you mean {_index()[close]!r}?"


@cache
def _index() -> Mapping[str, str]:
    """Return a table from plain names and aliases to names."""
    forms = list_forms()
    aliases = {_plain(alias): form.name for form in forms.values() for alias in form.aliases}
    return aliases | {_plain(name): name for name in forms}


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "-", name.strip().lower())


def usual_form(genre: str, seed: int, kinds: Iterable[str] = ()) -> NamedForm:
    """Draw a form that is usual in a style, by weight; ``kinds`` are sections that it must have.

    Where the one drawn lacks some, it is the default form.
    """
    needed = frozenset(kinds)
    weights = {form.name: form.genres[genre] for form in list_forms().values() if genre in form.genres}
    weights[DEFAULT_FORM] = max(0.0, 1.0 - sum(weights.values()))
    chosen = list_forms()[pick_weighted(generator(seed, "form by genre"), weights)]
    return chosen if chosen.is_sampled or needed <= chosen.kinds() else list_forms()[DEFAULT_FORM]


def rename_visits(walk: Sequence[FormVisit], names: Mapping[str, str]) -> Walk:
    """Return the walk with the user's names for its sections."""
    return tuple(
        visit.model_copy(update={"section": names[visit.section]}) if visit.section in names else visit
        for visit in walk
    )
