"""What became of each wish: obeyed, impossible and why, or not understood.

The checks read notes, chords, grid, stems and their words: never what a reader of sentences made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from structure.outcomes.energy import check_energy
from structure.outcomes.events import check_event
from structure.outcomes.grooves import OF_DRUMS, OF_FOUR_BEATS, check_groove, groove_name
from structure.outcomes.harmony import check_harmony
from structure.outcomes.instruments import family_of, kit_keys, plain
from structure.outcomes.keys import check_key
from structure.outcomes.listening import Song, UnmetError
from structure.outcomes.moods import check_mood
from structure.outcomes.players import check_ensemble, check_part
from structure.outcomes.sections import check_form, check_section
from structure.outcomes.sounds import (
    check_era,
    check_genre,
    check_lyrics,
    check_mix,
    check_sound,
    check_title,
)
from structure.outcomes.timing import check_length, check_meter, check_tempo
from structure.plans.plan import SongPlan
from structure.specs.wishes import Outcome, Wish, Wishes, WishKind, is_song_wide

Check = Callable[[Song, Wish, Wishes], str]
"""Returns where, or how, a song obeys a wish; raises UnmetError where it does not."""

CHECKS: Mapping[WishKind, Check] = {
    "genre": check_genre,
    "mood": check_mood,
    "era": check_era,
    "tempo": check_tempo,
    "key": check_key,
    "meter": check_meter,
    "length": check_length,
    "form": check_form,
    "section": check_section,
    "ensemble": check_ensemble,
    "part": check_part,
    "event": check_event,
    "energy": check_energy,
    "harmony": check_harmony,
    "groove": check_groove,
    "lyrics": check_lyrics,
    "sound": check_sound,
    "mix": check_mix,
    "title": check_title,
}
"""A check for every kind of wish but the unknown."""


_ALSO_CALLED: Mapping[tuple[WishKind, str], tuple[WishKind, str]] = {
    ("harmony", "unison"): ("event", "double"),
    ("groove", "waltz"): ("meter", "3/4"),
    ("part", "double kick"): ("groove", "double kick"),
}
"""Wishes that are the same as one of another kind."""


def check_wishes(plan: SongPlan, wishes: Wishes) -> tuple[Outcome, ...]:
    """Return the outcome of each wish, in their order."""
    song = Song(plan)
    return tuple(check_wish(song, wish, wishes) for wish in wishes.wishes)


def check_wish(song: Song, wish: Wish, wishes: Wishes) -> Outcome:
    """Return the outcome of one wish among those that were said with it."""
    same = _ALSO_CALLED.get((wish.kind, plain(wish.what)))
    asked = wish if same is None else replace(wish, kind=same[0], what=same[1])
    check = CHECKS.get(asked.kind)
    if check is None:
        return Outcome(wish, "not_understood")
    try:
        evidence = check(song, asked, wishes)
    except UnmetError as exc:
        why = str(exc)
        other = contradicting(wish, wishes)
        if other is not None:
            words = {"avoid": "no ", "more": "more ", "less": "less "}.get(other.polarity, "")
            amount = f" {other.amount:g}" if other.amount is not None else ""
            whose = f" of {other.where.stem}" if other.where.stem else ""
            place = f" in the {other.where.section}" if other.where.section else ""
            why += f"; that contradicts “{words}{other.what.replace('_', ' ')}{amount}{whose}{place}”"
        return Outcome(wish, "impossible", why=why)
    return Outcome(wish, "obeyed", evidence=evidence)


_ONE_OF: tuple[WishKind, ...] = ("tempo", "key", "meter", "length", "form", "genre", "title")
"""Kinds of which a place has one at a time."""

_OPPOSITES = (
    {"quiet", "loud"},
    {"build", "fall"},
    {"slow", "fast"},
    {"swing", "straight"},
    {"shuffle", "straight"},
    {"half time", "double time"},
    {"wide", "mono"},
    {"wide", "narrow"},
    {"dry", "wet"},
    {"dry", "spacious"},
    {"loud master", "quiet master"},
    {"bright", "dark"},
)
"""Subjects that exclude each other."""


def contradicting(wish: Wish, wishes: Wishes) -> Wish | None:
    """Return another wish that cannot hold beside one, None where there is none."""
    others = (other for other in wishes.wishes if other is not wish)
    return next((other for other in others if _excludes(wish, other) or _excludes(other, wish)), None)


def _excludes(one: Wish, other: Wish) -> bool:
    """Return whether a wish leaves no room for another."""
    if (one.where.section, one.where.visit, one.when) != (
        other.where.section,
        other.where.visit,
        other.when,
    ):
        return is_song_wide(one) and _keeps_out(one, other)
    wanted = "avoid" not in (one.polarity, other.polarity)
    if one.kind == other.kind and one.what == other.what and one.where.stem == other.where.stem:
        return one.polarity != other.polarity or (wanted and one.amount != other.amount)
    same_kind = one.kind == other.kind and one.where.stem == other.where.stem and wanted
    return (
        (same_kind and {one.what, other.what} in _OPPOSITES)
        or (same_kind and one.kind in _ONE_OF and one.what != "bpm")
        or _keeps_out(one, other)
    )


def _keeps_out(one: Wish, other: Wish) -> bool:
    """Return whether a wish keeps a player, a section or an event out that another one needs."""
    if one.kind == "section":
        needs = {other.where.section, other.when and other.when.place and other.when.place.section}
        is_there = other.kind == "section" and other.polarity != "avoid" and other.what == one.what
        return one.polarity == "avoid" and (is_there or one.what in needs)

    # The players without whom the other wish cannot hold.
    needed: list[str] = []
    if other.polarity != "avoid":
        if other.kind in ("part", "ensemble"):
            needed = list(other.names)
        elif other.where.stem and other.kind in ("event", "sound", "mix", "groove"):
            needed = [other.where.stem]

    if one.kind == "part" and one.polarity == "avoid":
        return any(_covers(one.what, player) for player in needed)

    if one.kind == "ensemble" and one.polarity == "want":
        named = list(one.names)
        is_pulse = other.kind in ("groove", "event") and other.polarity != "avoid" and not other.where.stem
        if is_pulse and groove_name(other.what) in OF_DRUMS:
            return not any(_covers(name, "drums") or kit_keys(name) for name in named)
        if other.kind in ("event", "sound", "mix"):
            return any(not any(_covers(name, player) for name in named) for player in needed)

    if one.kind == "meter" and one.polarity == "want" and other.kind == "groove":
        return groove_name(other.what) in OF_FOUR_BEATS and one.what not in ("4/4", "2/2", "12/8", "2/4")
    return False


def _covers(name: str, player: str) -> bool:
    """Return whether a name is that of a player, or of a family that it is in."""
    if plain(name) == plain(player):
        return True
    one, other = family_of(name), family_of(player)
    if one is None or other is None:
        return False
    if one.roles & other.roles:
        return True
    return bool(other.programs) and other.programs <= one.programs
