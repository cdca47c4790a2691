"""What became of each wish: obeyed, impossible and why, or not understood.

The checks read notes, chords, grid, stems and their words: never what a reader of sentences made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from structure.outcomes.energy import check_energy
from structure.outcomes.events import check_event
from structure.outcomes.grooves import check_groove
from structure.outcomes.harmony import check_harmony
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
from structure.specs.wishes import Outcome, Wish, Wishes, WishKind

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


def check_wishes(plan: SongPlan, wishes: Wishes) -> tuple[Outcome, ...]:
    """Return the outcome of each wish, in their order."""
    song = Song(plan)
    return tuple(check_wish(song, wish, wishes) for wish in wishes.wishes)


def check_wish(song: Song, wish: Wish, wishes: Wishes) -> Outcome:
    """Return the outcome of one wish among those that were said with it."""
    check = CHECKS.get(wish.kind)
    if check is None:
        return Outcome(wish, "not_understood")
    try:
        evidence = check(song, wish, wishes)
    except UnmetError as exc:
        return Outcome(wish, "impossible", why=str(exc))
    return Outcome(wish, "obeyed", evidence=evidence)
