"""Questions to the wishes for a song that several of its planners put."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from structure.arrange.articulation.ways import way_called
from structure.base.types import UNWANTED, Unwanted, Way
from structure.forms.places import Layout
from structure.harmony.keys import RELATED_KEYS
from structure.harmony.kinds import harmony_called
from structure.planning.wishes.genres import find_asked_genres
from structure.presets.grooves import STRAIGHT, groove_called
from structure.presets.moods import Feeling, blend, era_feeling, mood_feeling, sum_of
from structure.specs.spec import SongSpec
from structure.specs.wishes import Polarity, Where, Wish, Wishes, WishKind, is_song_wide, song_wide

_AMOUNTS: dict[Polarity, float] = {"want": 1.0, "more": 1.0, "avoid": -0.5, "less": -0.5}
"""How far a mood moves the music; one that is not wanted moves it half as far the other way."""

_NO_KEYS = ("major", "minor", "up", "down", "change", *RELATED_KEYS)
"""Keys that are asked for by mode alone, and changes of key."""

_COLOUR = 0.3
"""How far an age moves the music beside a mood."""


def is_key_open(spec: SongSpec, wishes: Wishes) -> bool:
    """Return whether nobody says in which key, or in which order of sections, the song is."""
    if spec.key is not None or isinstance(spec.form, tuple):
        return False
    return all(section.key is None for section in spec.sections.values()) and not any(
        wish.kind == "key" for wish in wishes.wishes
    )


def first_asked(wishes: Wishes, kind: WishKind) -> str | None:
    """Return the subject of the first wish of a kind that is for the whole song, if there is one."""
    return next((wish.what for wish in song_wide(wishes, kind)), None)


def find_asked_keys(wishes: Wishes) -> tuple[str, ...]:
    """Return the keys with a tonic that are asked for, and not for a part of the song."""
    return tuple(wish.what for wish in song_wide(wishes, "key") if wish.what not in _NO_KEYS)


def find_asked_meter(wishes: Wishes) -> str | None:
    """Return the metre that is asked for, or that a genre which is asked for has by its nature."""
    of_genre = next((genre.meter for genre in find_asked_genres(wishes) if genre.meter), None)
    return first_asked(wishes, "meter") or of_genre


def find_asked_players(wishes: Wishes) -> tuple[str, ...]:
    """Return the names of all players who are to be heard anywhere in the song, in order."""
    names: list[str] = []
    for wish in wishes.wishes:
        if wish.polarity != "avoid" and wish.kind in ("part", "ensemble"):
            names += wish.names
        elif wish.polarity != "avoid" and wish.kind in ("event", "sound"):
            names.append(wish.where.stem or "")
    return tuple(dict.fromkeys(filter(None, names)))


def song_feeling(wishes: Wishes) -> Feeling:
    """Return what the moods, the ages and the genres that are asked for do to the whole song."""
    genres = find_asked_genres(wishes)
    own = (
        (mood_feeling(genre.feel), 1.0)
        for at, genre in enumerate(genres)
        if genre.feel and (at == 0 or genre.is_occasion)
    )
    return sum_of([*_feelings(wishes, None), *own])


def section_feeling(wishes: Wishes, kind: str) -> Feeling:
    """Return what is asked of the mood of all sections of a kind, beside the whole song's."""
    return sum_of(_feelings(wishes, kind))


def visit_feelings(wishes: Wishes, layout: Layout) -> list[Feeling]:
    """Return what is asked of the mood of each visit by itself, and of times that fill it."""
    single = [
        wish
        for wish in wishes.wishes
        if wish.kind == "mood" and (wish.when is not None or wish.where.visit is not None)
    ]
    return [
        sum_of(_moods([wish for wish in single if layout.covers(wish, visit)]))
        for visit in range(len(layout.names))
    ]


def _moods(wishes: Sequence[Wish]) -> Iterator[tuple[Feeling, float]]:
    """Yield the moods with their amounts: the wanted ones blended into one, then each of the others."""
    wanted = [wish for wish in wishes if _AMOUNTS[wish.polarity] > 0]
    if wanted:
        yield blend([mood_feeling(wish.what) for wish in wanted]), 1.0
    for wish in wishes:
        if wish not in wanted:
            yield mood_feeling(wish.what), _AMOUNTS[wish.polarity]


def _feelings(wishes: Wishes, section: str | None) -> Iterator[tuple[Feeling, float]]:
    """Yield the feelings asked of one kind of section, or of the song (None), with their amounts."""
    has_mood = any(wish.kind == "mood" for wish in wishes.wishes)
    here = [
        wish
        for wish in wishes.wishes
        if wish.where == Where(section=section) and wish.when is None and wish.kind in ("mood", "era")
    ]
    yield from _moods([wish for wish in here if wish.kind == "mood"])
    for wish in here:
        if wish.kind == "era":
            # An age colours a mood, and makes the music where no mood does.
            yield era_feeling(wish.what), _AMOUNTS[wish.polarity] * (_COLOUR if has_mood else 1.0)


_ANY = "syncopated"
"""The groove that many others are as well, which so take the place of its own figures."""

_KICKS = "four on the floor"
"""The groove whose kick stays under a backbeat and a shuffle, which have drums of their own as well."""

_OF_THE_BAND = ("drums", "kick", "snare", "hi-hats", "percussion", "lead", "melody")
"""Players whose syncopation goes through the whole band."""

_SWINGING = ("swing", "shuffle")
"""Grooves whose opposite is a straight one."""


def find_asked_grooves(wishes: Wishes, layout: Layout) -> list[tuple[str, ...]]:
    """Return the names of the grooves that are asked for in each visit, first those of the whole song."""
    placed = sorted(
        (wish for wish in wishes.wishes if wish.kind == "groove"),
        key=lambda wish: (not is_song_wide(wish), _layer(groove_called(wish.what))),
    )
    grooves: list[tuple[Wish, str]] = []
    for wish in placed:
        name, player = groove_called(wish.what), wish.where.stem
        if wish.polarity not in ("want", "more"):
            # Where a swing is not wanted, a straight groove is.
            name = STRAIGHT if name in _SWINGING else None
        elif name == _ANY and player and player not in _OF_THE_BAND:
            # One player alone has it: the bass, or whoever plays chords.
            name = f"{name} bass" if "bass" in player else f"{name} chords"
        if name is not None:
            grooves.append((wish, name))
    return [
        tuple(dict.fromkeys(name for wish, name in grooves if layout.covers(wish, visit)))
        for visit in range(len(layout.names))
    ]


def _layer(groove: str | None) -> int:
    """Return where a groove lies among others of one place: what lies above takes the place of the rest."""
    return 0 if groove == _ANY else 2 if groove == _KICKS else 1


def find_asked_harmonies(wishes: Wishes, layout: Layout) -> list[tuple[str, ...]]:
    """Return the words for the harmony that is asked for in each visit, first those of the whole song."""
    wanted = [
        wish for wish in wishes.wishes if wish.kind == "harmony" and wish.polarity in ("want", "more")
    ]
    # The one note of a player is no harmony.
    wanted = [wish for wish in wanted if wish.where.stem is None or "drone" not in wish.what]
    wanted.sort(key=lambda wish: not is_song_wide(wish))
    found: list[tuple[str, ...]] = []
    for visit in range(len(layout.names)):
        here: list[str] = []
        for wish in wanted:
            kind = harmony_called(wish.what)
            is_here = kind is not None and layout.covers(wish, visit)
            if kind is not None and kind.ends:
                # A wish for how something ends is for the visit whose last bar is that end.
                is_here = max(layout.bars_for(wish), default=-1) == layout.bars_of(visit)[-1]
            if is_here:
                here.append(wish.what)
        found.append(tuple(dict.fromkeys(here)))
    return found


def find_asked_ways(wishes: Wishes, layout: Layout) -> list[list[tuple[str | None, Way | Unwanted]]]:
    """Return in which ways notes are to be played in each visit, or are not, and who plays them.

    None is everybody who can.
    """
    found: list[list[tuple[str | None, Way | Unwanted]]] = [[] for _ in layout.names]
    for wish in wishes.wishes:
        way = way_called(wish.what) if wish.kind == "sound" else None
        if way is None or wish.polarity == "less":
            continue
        asked: Way | Unwanted = UNWANTED[way] if wish.polarity == "avoid" else way
        for visit in range(len(layout.names)):
            if layout.covers(wish, visit):
                found[visit].append((wish.where.stem, asked))
    return found


def drones(wishes: Wishes, layout: Layout) -> list[tuple[str, ...]]:
    """Return what the players are called who hold one note in each visit; pads, where nobody is named."""
    held = [
        wish
        for wish in wishes.wishes
        if wish.kind == "harmony" and wish.polarity == "want" and "drone" in wish.what
    ]
    return [
        tuple(wish.where.stem or "pad" for wish in held if layout.covers(wish, visit))
        for visit in range(len(layout.names))
    ]
