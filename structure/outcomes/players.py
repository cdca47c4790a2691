"""Who plays: exact ensembles, and single parts that are wanted or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from structure.outcomes.instruments import (
    kit_keys,
    players,
    players_narrowly,
    plays_only,
)
from structure.outcomes.listening import Song, UnmetError, said_bars
from structure.outcomes.places import bar_of, bars_for, bars_of, said_place, visits_at
from structure.outcomes.sounds import EFFECT_WORDS, check_effects, named_effect
from structure.specs.wishes import When, Wish, Wishes

MOST_OF_THE_TIME = 0.6
"""The share of the bars open to a named player of an ensemble that it plays in at least."""

_HEARD_BARS = 4
_HEARD_SHARE = 0.1
_HEARD_IN_PLACE = 0.5
_LITTLE = 0.5


def check_ensemble(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where exactly the named players play; an unwanted one does not play at all.

    Raises UnmetError for somebody else, or somebody who hardly plays.
    """
    if wish.polarity == "avoid":
        return check_part(song, wish, wishes)
    names = [name.strip() for name in wish.what.split(",") if name.strip()]
    bars = bars_for(song, wish)
    _check_nobody_else(song, names, bars)
    for name, count in Counter(names).items():
        _check_plays(song, name, count, bars, wishes, wish)
    _check_ends_in_time(song, wish, names, bars)
    return f"{', '.join(names)} alone, {said_bars(bars)}"


def _check_nobody_else(song: Song, names: Sequence[str], bars: Collection[int]) -> None:
    heard = [stem for stem in song.plan.stems if stem.name in song.heard_in(bars)]
    others = [stem.name for stem in heard if not plays_only(song, stem, names, bars)]
    if others:
        raise UnmetError(f"{', '.join(others)} {'plays' if len(others) == 1 else 'play'} too")


def _check_plays(
    song: Song, name: str, count: int, bars: Collection[int], wishes: Wishes, wish: Wish
) -> None:
    if kit_keys(name):
        return _check_kit_part(song, name, bars)
    stems = players(song, name)
    if len(stems) < count:
        raise UnmetError(f"{len(stems)} of {count} {name} stems" if stems else f"there is no {name}")
    free = [bar for bar in bars if bar not in silenced_bars(song, name, wishes, wish)]
    # One name may be several stems (two hands, a section); a name said twice is as many stems.
    groups = [stems] if count == 1 else [[stem] for stem in stems]
    shares = sorted((song.share(group, free) for group in groups), reverse=True)[:count]
    if free and min(shares) < MOST_OF_THE_TIME:
        raise UnmetError(f"{name} plays in only {min(shares):.0%} of the bars that are open to it")


def _check_kit_part(song: Song, name: str, bars: Collection[int]) -> None:
    played = _bars_of_part(song, name) & set(bars)
    if len(played) < MOST_OF_THE_TIME * len(bars):
        raise UnmetError(f"{name} plays in {said_bars(played)} of {said_bars(bars)}")


def _check_ends_in_time(song: Song, wish: Wish, names: Sequence[str], bars: Sequence[int]) -> None:
    """Raise UnmetError where an ensemble that is for so many bars goes on by itself after them."""
    after = bars[-1] + 1
    if wish.amount is None or wish.where.section is not None or after + 1 >= song.bars:
        return
    heard = song.heard_in([after, after + 1])
    stems = [stem for stem in song.plan.stems if stem.name in heard]
    if all(plays_only(song, stem, names, [after, after + 1]) for stem in stems):
        raise UnmetError(f"nobody else comes in at bar {after + 1}")


def silenced_bars(song: Song, name: str, wishes: Wishes, but: Wish | None = None) -> set[int]:
    """Return the bars in which other wishes keep an instrument silent."""
    found: set[int] = set()
    for wish in wishes.wishes:
        if wish is but:
            continue
        try:
            found |= _silenced_by(song, name, wish)
        except UnmetError:
            continue
    return found


def _silenced_by(song: Song, name: str, wish: Wish) -> set[int]:
    """Return the bars in which one wish keeps an instrument silent."""
    if wish.kind == "ensemble" and wish.polarity == "want":
        named = {stem for other in wish.what.split(",") for stem in players(song, other.strip())}
        is_free = bool(named & set(players(song, name))) or not _is_placed(wish)
        return set() if is_free else set(bars_for(song, wish))
    if wish.kind == "event":
        return _silenced_by_event(song, name, wish)
    if wish.kind not in ("part", "ensemble") or not _is_placed(wish) or not _is_same(song, wish.what, name):
        return set()
    if wish.polarity == "avoid":
        return set(bars_for(song, wish))
    is_limited = wish.when is not None and wish.when.relation in ("until", "after")
    return set(range(song.bars)) - set(bars_for(song, wish)) if is_limited else set()


def _silenced_by_event(song: Song, name: str, wish: Wish) -> set[int]:
    """Return the bars before a player's entry, after its leaving, of its rest, and of others' solos."""
    mine = wish.where.stem is not None and _is_same(song, wish.where.stem, name)
    if mine and wish.what in ("enter", "leave"):
        line = bar_of(song, wish.when or When(edge="start"), wish.where)
        return set(range(line)) if wish.what == "enter" else set(range(line, song.bars))
    if (mine and wish.what == "rest") or (
        not mine and wish.what in ("solo", "stop_time") and _is_placed(wish)
    ):
        return set(bars_for(song, wish))
    return set()


def _is_placed(wish: Wish) -> bool:
    return wish.when is not None or wish.where.section is not None


def _is_same(song: Song, one: str, other: str) -> bool:
    return one == other or bool(set(players(song, one)) & set(players(song, other)))


def check_part(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where an instrument, a role or a part of the kit plays, or that it does not, as is wished.

    Raises UnmetError with what it does instead.
    """
    if wish.what in EFFECT_WORDS or named_effect(wish.what) is not None:
        return check_effects(song, wish)
    heard = _bars_of_part(song, wish.what, narrowly=wish.polarity == "avoid")
    if wish.polarity == "avoid":
        heard -= _wanted_of_kit(song, heard, wishes)
        return _check_silent(song, wish, heard)
    if not heard and wish.polarity == "less":
        return f"no {wish.what} at all"
    if not heard:
        raise UnmetError(f"no stem is {wish.what}; there are {', '.join(song.stems)}")
    if wish.polarity in ("more", "less"):
        return _check_amount(song, wish, heard)
    return _check_heard(song, wish, heard)


def _wanted_of_kit(song: Song, bars: Collection[int], wishes: Wishes) -> set[int]:
    """Return bars in which a kit plays nothing but the parts of it that other wishes want."""
    wanted = [wish for wish in wishes.wishes if wish.kind == "part" and wish.polarity == "want"]
    names = [wish.what for wish in wanted if kit_keys(wish.what)]
    kits = [stem for stem in song.plan.stems if stem.role == "drums"]
    if not names:
        return set()
    return {bar for bar in bars if all(plays_only(song, kit, names, [bar]) for kit in kits)}


def _bars_of_part(song: Song, name: str, *, narrowly: bool = False) -> set[int]:
    """Return the bars in which an instrument or a part of the kit is heard."""
    keys = kit_keys(name)
    if keys:
        drums = song.with_role("drums")
        struck = {sound.bar for sound in song.sounds if sound.stem in drums and sound.pitch in keys}
        return struck | {bar for stem in players(song, name) for bar in song.sounding[stem]}
    stems = players_narrowly(song, name) if narrowly else players(song, name)
    return {bar for stem in stems for bar in song.sounding[stem]}


def _check_silent(song: Song, wish: Wish, heard: Collection[int]) -> str:
    if wish.when is None or wish.when.relation == "at":
        wrong = set(heard) & set(bars_for(song, wish))
        if wrong:
            raise UnmetError(f"{wish.what} plays in {said_bars(wrong)}")
        return f"no {wish.what}" + (f" in {said_place(wish.where)}" if wish.where.section else "")
    if wish.when.relation == "after" and bar_of(song, wish.when, wish.where) >= song.bars:
        return f"no {wish.what}: the song is over then"
    bars = set(bars_for(song, wish))
    if set(heard) & bars:
        raise UnmetError(f"{wish.what} plays in {said_bars(set(heard) & bars)}")
    others = set(bars_of(visits_at(song, wish.where))) - bars
    if others and not set(heard) & others:
        raise UnmetError(f"{wish.what} does not play in the rest either")
    return f"no {wish.what} in {said_bars(bars)}"


def _check_amount(song: Song, wish: Wish, heard: Collection[int]) -> str:
    bars = bars_for(song, wish)
    share = len(set(heard) & set(bars)) / len(bars)
    if wish.polarity == "more" and share < MOST_OF_THE_TIME:
        raise UnmetError(f"{wish.what} plays in only {share:.0%} of the bars")
    if wish.polarity == "less" and share > _LITTLE:
        raise UnmetError(f"{wish.what} plays in {share:.0%} of the bars")
    return f"{wish.what} in {share:.0%} of the bars"


def _check_heard(song: Song, wish: Wish, heard: Collection[int]) -> str:
    bars = bars_for(song, wish)
    played = set(heard) & set(bars)
    enough = _HEARD_IN_PLACE * len(bars) if _is_placed(wish) else max(_HEARD_BARS, _HEARD_SHARE * len(bars))
    if len(played) < min(enough, len(bars)):
        raise UnmetError(f"{wish.what} plays in {said_bars(played)} of {said_bars(bars)}")
    if wish.when is not None and wish.when.relation == "until":
        late = (set(bars_of(visits_at(song, wish.where))) - set(bars)) & set(heard)
        if late:
            raise UnmetError(f"{wish.what} goes on in {said_bars(late)}")
    return f"planned, {said_bars(played)}"
