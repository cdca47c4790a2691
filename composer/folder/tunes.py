"""Compares the tunes of a song with known ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from render.checks.check import Check
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.plans.plan import SongPlan
from structure.tunes.likeness import KnownTunes, Likeness
from structure.tunes.tune import Tune, tune_of

_TUNEFUL: tuple[Role, ...] = ("lead", "vocals")
_ALIKE = 0.8
"""From this share of equal rhythm on a passage is the same tune to the ear."""

_TAKEN = 16
"""So many notes with their rhythm nobody meets by chance; ten or eleven in running eighths are common to
many jigs and hornpipes."""


@dataclass(frozen=True, slots=True)
class TuneMatch:
    """A passage of a stem that has the same notes as a known tune.

    ``bar`` is its first bar in the song, from 1. ``is_given`` says that its notes are the user's own.
    """

    stem: str
    section: str
    bar: int
    likeness: Likeness
    is_given: bool

    @property
    def is_same_rhythm(self) -> bool:
        """Return whether it also has the rhythm of the known one."""
        return self.likeness.rhythm >= _ALIKE

    def document(self) -> dict[str, Any]:
        """Return the match as plain data."""
        return {
            "stem": self.stem,
            "section": self.section,
            "bar": self.bar,
            "notes": self.likeness.notes,
            "rhythm": self.likeness.rhythm,
            "known": self.likeness.known,
            "yours": self.is_given,
        }


def match_tunes(plan: SongPlan, known: KnownTunes) -> list[TuneMatch]:
    """Return the passages that leads and voices share with known tunes, note for note in any key.

    Each known tune counts once a stem. Passages with the same rhythm come first, and among equals the
    longest.
    """
    found = []
    for stem in plan.stems:
        if stem.role not in _TUNEFUL:
            continue
        notes = [
            (plan.position_quarters(visit) + note.onset, note.pitch)
            for visit in plan.visits
            if stem.name in visit.music.score.parts
            for note in visit.music.score.parts[stem.name].notes
        ]
        tune = tune_of(stem.name, notes)
        found += [_match(plan, stem.name, tune, likeness) for likeness in known.find(tune)]
    return sorted(found, key=lambda one: (not one.is_same_rhythm, -one.likeness.notes, one.likeness.known))


def check_tunes(matches: list[TuneMatch]) -> Check:
    """Check that no long passage has the notes and rhythm of a known tune.

    Notes of the user's own do not count.
    """
    taken = [
        one for one in matches if one.is_same_rhythm and not one.is_given and one.likeness.notes >= _TAKEN
    ]
    named = "; ".join(dict.fromkeys(one.likeness.known for one in taken[:3]))
    name = f"passages of {_TAKEN} notes of known tunes"
    return Check.at_most(name, len(taken), 0.0, "passages", named, decimals=0)


def _match(plan: SongPlan, stem: str, tune: Tune, likeness: Likeness) -> TuneMatch:
    start = tune.starts[likeness.first]
    end = tune.starts[likeness.first + likeness.notes - 1]
    bar = plan.grid.bar_at(max(start, Fraction(0)))[0]
    visit = next(visit for visit in plan.visits if visit.place.start_bar <= bar < visit.end_bar)
    last = plan.grid.bar_at(max(end, Fraction(0)))[0]
    inside, until = bar - visit.place.start_bar, last - visit.place.start_bar
    is_given = any(first <= inside and until < after for first, after in visit.music.given.get(stem, ()))
    return TuneMatch(stem, visit.place.label, bar + 1, likeness, is_given)
