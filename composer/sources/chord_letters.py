"""What to know of chords in letters when a song's key is another one: they do not follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from structure.harmony.keys import parse_key
from structure.harmony.letters import is_in_letters, key_of_letters


def progressions_in_letters(spec: Mapping[str, Any]) -> dict[str, str]:
    """Return the progressions of a spec, as plain data, that have chords in letters and stand in the song's
    key, by section."""
    sections = spec.get("sections") or {}
    return {
        name: section["chords"]
        for name, section in sections.items()
        if section.get("chords") and not section.get("key") and is_in_letters(section["chords"])
    }


def note_on_key(spec: Mapping[str, Any], key: str, name: str = "SPEC") -> str:
    """Return what to know where the chords of a spec stand in another key than the song, "" where they do
    not, or nobody can tell. ``name`` is what the user calls the spec."""
    written = progressions_in_letters(spec)
    stands = key_of_letters(written.values(), parse_key(key)) if spec.get("key") else None
    if stands is None:
        return ""
    return (
        f"the key is {key}, but the chords in letters of {_listed(written)} stand in {stands.name} and "
        f"stay there; {_offer(stands.name, key, name)}"
    )


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
        f"the key changes from {old} to {new}, but the chords of {_listed(kept)} are written in letters "
        f"and stay in {old}; {_offer(old, new, name)}"
    )


def _offer(old: str, new: str, name: str) -> str:
    if parse_key(old).mode != parse_key(new).mode:
        return "roman numerals would follow the key; a change of mode is no transposition"
    return f'`ritornello transpose {name} --from "{old}"` moves them'


def _listed(names: Mapping[str, str]) -> str:
    first, last = list(names)[:-1], list(names)[-1]
    return f"{', '.join(first)} and {last}" if first else last
