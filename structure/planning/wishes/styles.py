"""Passages in the style of another genre than the song's: who plays, how fast, and what they keep."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from structure.base.grid import Meter
from structure.base.types import Role
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.genres import genres_of_places
from structure.presets.styles import OwnStyle, Style, load_style, pace_in
from structure.specs.wishes import Wishes, is_song_wide

_NEAR = 0.08
"""How far beyond a style's range of tempi its music is still that of the style."""

_USUALLY = 0.6
"""Share of a style's songs from which a player is usual in it."""

_LOUD = 0.6
"""Energy from which only loud passages are."""

_RHYTHM: tuple[Role, ...] = ("drums", "bass")


def brings(style: Style, role: Role) -> bool:
    """Return whether a style usually has a player of a role, who plays in passages of middle energy."""
    return any(
        stem.role == role and stem.chance >= _USUALLY and (stem.plays_from or 0.0) < _LOUD
        for stem in style.stems
    )


def with_rhythm_sections(wishes: Wishes, roles: Collection[Role]) -> Wishes:
    """Return wishes that also ask for drums and a bass where a genre of a place has them, and the song not.

    ``roles`` are those of the song's players. Nobody is added to an exact ensemble, or against a wish.
    """
    if any(wish.kind == "ensemble" and is_song_wide(wish) for wish in wishes.wishes):
        return wishes
    added = []
    for wish, genre in genres_of_places(wishes):
        other = load_style(genre.style)
        for role in _RHYTHM:
            is_spoken_of = any(one.kind == "part" and role in one.what for one in wishes.wishes)
            if brings(other, role) and role not in roles and not is_spoken_of:
                added.append(replace(wish, kind="part", what=role, span=None))
    return replace(wishes, wishes=(*wishes.wishes, *added))


def roles_for_places(wishes: Wishes) -> set[str]:
    """Return the roles that :func:`with_rhythm_sections` adds for genres of places."""
    places = {(wish.where, wish.when) for wish in wishes.wishes if wish.kind == "genre"}
    return {
        wish.what
        for wish in wishes.wishes
        if (wish.kind, wish.polarity, wish.span) == ("part", "want", None)
        and wish.what in _RHYTHM
        and not is_song_wide(wish)
        and (wish.where, wish.when) in places
    }


def find_nearest_tempo(style: Style, tempo_bpm: float, meter: Meter) -> float | None:
    """Return the tempo nearest to one at which the music of a style may go; None where that one will do.

    Where twice or half the tempo will do, it is that. Music without drums goes at any tempo.
    """
    if not brings(style, "drums"):
        return None
    low, high = style.tempo[0] * pace_in(meter), style.tempo[1] * pace_in(meter)
    fitting = [
        share * tempo_bpm
        for share in (1.0, 2.0, 0.5)
        if low * (1 - _NEAR) <= share * tempo_bpm <= high * (1 + _NEAR)
    ]
    found = fitting[0] if fitting else low if tempo_bpm < low else high
    return None if found == tempo_bpm else found


def in_styles(
    visits: Sequence[VisitPlan],
    asked: Sequence[str | None],
    wishes: Wishes,
    style: Style,
    own: OwnStyle | None,
) -> list[VisitPlan]:
    """Return the visits in the styles that the user writes, or else that are ``asked`` for.

    A section that other visits have in another style keeps its chords and its tune. Drums rest in a style
    that hardly has any, unless somebody asks for them. Who is there for another style alone plays nowhere
    else.
    """
    guests = roles_for_places(wishes)
    genres = [visit.genre or other for visit, other in zip(visits, asked, strict=True)]
    genres = [None if genre == style.name else genre for genre in genres]
    found = []
    for visit, genre in zip(visits, genres, strict=True):
        if genre is None:
            stems = tuple(stem for stem in visit.stems if stem.plan.role not in guests)
            found.append(replace(visit, genre=None, stems=stems or visit.stems))
            continue
        others = {one for other, one in zip(visits, genres, strict=True) if other.name == visit.name}
        stems = tuple(stem for stem in visit.stems if _plays_in(stem, load_style(genre, own)))
        found.append(replace(visit, genre=genre, keeps_theme=len(others) > 1, stems=stems or visit.stems))
    return found


def _plays_in(stem: PlannedStem, style: Style) -> bool:
    return stem.is_named or stem.plan.role != "drums" or brings(style, "drums")
