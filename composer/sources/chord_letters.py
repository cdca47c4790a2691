"""What to know of the chords of a spec: letters follow no key, and some lines leave things open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from structure.harmony.bars import note_on_reading
from structure.harmony.keys import note_on_key_name, parse_key
from structure.harmony.letters import is_in_letters, key_of_letters
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec


def progressions_in_letters(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the progressions whose chords are written in letters, by section.

    ``spec`` is plain data. A section with a key of its own is left out, since its chords do not stand in
    the song's key.
    """
    sections = spec.get("sections") or {}
    return {
        name: section["chords"]
        for name, section in sections.items()
        if section.get("chords") and not section.get("key") and is_in_letters(section["chords"])
    }


def note_on_key(spec: Mapping[str, Any], key: str, name: str = "SPEC") -> str:
    """Return a note that the chords of a spec stand in another key than the song.

    It is "" where they stand in the same key, or where that cannot be told. ``name`` is what the user
    calls the spec.
    """
    written = progressions_in_letters(spec)
    stands = key_of_letters(written.values(), parse_key(key)) if spec.get("key") else None
    if stands is None:
        return ""
    return (
        f"the key is {key}, but the chords in letters of {_join_names(written)} stand in {stands.name} and "
        f"stay there; {_offer(stands.name, key, name)}"
    )


def notes_on_lines(spec: SongSpec, plan: SongPlan) -> tuple[str, ...]:
    """Return how each line of chords was taken that does not say all, such as where bars begin."""
    owners = {f"sections.{name}": (name, section.chords) for name, section in spec.sections.items()}
    if isinstance(spec.form, tuple):
        owners |= {f"form[{i}]": (e.section, e.chords) for i, e in enumerate(spec.form, start=1)}
    found = []
    for field, (name, chords) in owners.items():
        visit = next((visit for visit in plan.visits if visit.place.name == name), None)
        if chords and visit is not None:
            bars = visit.music.score.bars
            note = note_on_reading(chords, bars, plan.meter)
            found += [f"{field}.chords: {note}"] if note else []
    return tuple(found)


def notes_on_key_names(spec: SongSpec) -> tuple[str, ...]:
    """Return which keys of a spec are written under another name, since theirs has too many accidentals."""
    owners: list[str | None] = [spec.key, *(section.key for section in spec.sections.values())]
    owners += [entry.key for entry in spec.form] if isinstance(spec.form, tuple) else []
    notes = (note_on_key_name(key) for key in owners if key)
    return tuple(dict.fromkeys(note for note in notes if note))


def note_on_new_key(
    before: Mapping[str, Any], old: str, after: Mapping[str, Any], new: str, name: str = "SPEC"
) -> str:
    """Return what to know where a spec is given another key and keeps its chords in letters, "" else.

    ``old`` and ``new`` are the keys of the songs.
    """
    if old == new:
        return ""
    was, written = progressions_in_letters(before), progressions_in_letters(after)
    kept = {section: chords for section, chords in written.items() if was.get(section) == chords}
    if not kept:
        return ""
    return (
        f"the key changes from {old} to {new}, but the chords of {_join_names(kept)} are written in "
        f"letters and stay in {old}; {_offer(old, new, name)}"
    )


def _offer(old: str, new: str, name: str) -> str:
    if parse_key(old).mode != parse_key(new).mode:
        return "roman numerals would follow the key; a change of mode is no transposition"
    return f'`ritornello transpose {name} --from "{old}"` moves them'


def _join_names(names: Mapping[str, str]) -> str:
    first, last = list(names)[:-1], list(names)[-1]
    return f"{', '.join(first)} and {last}" if first else last
