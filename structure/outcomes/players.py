"""Who plays: exact ensembles, and single parts that are wanted or not."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

from structure.outcomes.instruments import (
    family_of,
    is_player,
    kit_keys,
    players,
    players_narrowly,
    plays_only,
)
from structure.outcomes.listening import Song, UnmetError, describe_bars
from structure.outcomes.places import bar_of, bars_for, bars_of, describe_place, visits_at
from structure.outcomes.sounds import EFFECT_WORDS, check_effects, find_effect
from structure.specs.wishes import When, Wish, Wishes, is_song_wide

MOST_OF_THE_TIME = 0.6
"""The share of the bars open to a named player of an ensemble that it plays in at least."""

_TAKING_TURNS = 0.4
"""The same where players are to take turns, and each waits for the other."""

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
    names = list(wish.names)
    bars = bars_for(song, wish)

    heard = [stem for stem in song.plan.stems if stem.name in song.find_heard_in(bars)]
    others = [stem.name for stem in heard if not plays_only(song, stem, names, bars)]
    if is_song_wide(wish):
        others = [name for name in others if not _is_guest(song, name, wishes)]
    if others:
        raise UnmetError(f"{', '.join(others)} {'plays' if len(others) == 1 else 'play'} too")

    for name, count in Counter(names).items():
        if kit_keys(name):
            played = _bars_of_part(song, name) & set(bars)
            if len(played) < MOST_OF_THE_TIME * len(bars):
                raise UnmetError(f"{name} plays in {describe_bars(played)} of {describe_bars(bars)}")
            continue
        stems = players(song, name)
        if len(stems) < count:
            raise UnmetError(f"{len(stems)} of {count} {name} stems" if stems else f"there is no {name}")
        free = [bar for bar in bars if bar not in find_silent_bars(song, name, wishes, wish)]
        # One name may be several stems (two hands, a section); a name said twice is as many stems.
        groups = [stems] if count == 1 else [[stem] for stem in stems]
        shares = sorted((song.share(group, free) for group in groups), reverse=True)[:count]
        takes_turns = any(
            other.kind == "event" and other.polarity == "want" and other.what in ("answer", "trade")
            for other in wishes.wishes
        )
        if free and min(shares) < (_TAKING_TURNS if takes_turns else MOST_OF_THE_TIME):
            raise UnmetError(f"{name} plays in only {min(shares):.0%} of the bars that are open to it")

    # An ensemble that is for so many bars does not go on by itself after them.
    after = [bars[-1] + 1, bars[-1] + 2]
    if wish.amount is not None and wish.where.section is None and after[-1] < song.bars:
        rest = [stem for stem in song.plan.stems if stem.name in song.find_heard_in(after)]
        if all(plays_only(song, stem, names, after) for stem in rest):
            raise UnmetError(f"nobody else comes in at bar {after[0] + 1}")
    return f"{', '.join(names)} alone, {describe_bars(bars)}"


def _is_guest(song: Song, stem: str, wishes: Wishes) -> bool:
    """Return whether a stem plays only where wishes name it for a part of a song, or from its entry on."""
    asked: set[int] = set()
    for wish in wishes.wishes:
        names = list(wish.names)
        if wish.kind == "event":
            names = [wish.where.stem] if wish.where.stem else []
        is_solo = (wish.kind, wish.what) == ("event", "solo")
        if wish.kind not in ("part", "ensemble", "event") or wish.polarity != "want":
            continue
        if not any(stem in players(song, name) for name in names):
            continue
        with suppress(UnmetError):
            if is_solo:
                asked |= _bars_of_solo(song, wish)
            elif not is_song_wide(wish):
                is_entry = (wish.kind, wish.what) == ("event", "enter")
                line = bar_of(song, wish.when or When(edge="start"), wish.where) if is_entry else song.bars
                asked |= {*range(line, song.bars), *(() if is_entry else bars_for(song, wish))}
    return song.sounding[stem] <= asked


def _bars_of_solo(song: Song, wish: Wish) -> set[int]:
    """Return the bars of the visits that a solo may be in: all that are next to its place or touch it."""
    if is_song_wide(wish):
        return set(range(song.bars))
    line = bar_of(song, wish.when, wish.where) if wish.when is not None else -1
    here = set(bars_for(song, wish))
    return {
        bar
        for visit in song.plan.visits
        if here & set(bars_of([visit])) or line in (visit.place.start_bar, visit.end_bar)
        for bar in bars_of([visit])
    }


def find_silent_bars(song: Song, name: str, wishes: Wishes, but: Wish | None = None) -> set[int]:
    """Return the bars in which other wishes keep an instrument silent."""
    found: set[int] = set()
    for wish in wishes.wishes:
        if wish is not but:
            with suppress(UnmetError):
                found |= _find_bars_silent_by(song, name, wish)
    return found


def _find_bars_silent_by(song: Song, name: str, wish: Wish) -> set[int]:
    """Return the bars in which one wish keeps an instrument silent.

    An event does so before a player's entry, after its leaving, in its rest, and in others' solos.
    """
    if wish.kind == "ensemble" and wish.polarity == "want":
        named = {stem for other in wish.names for stem in players(song, other)}
        is_free = bool(named & set(players(song, name))) or is_song_wide(wish)
        return set() if is_free else set(bars_for(song, wish))

    if wish.kind == "event":
        is_mine = wish.where.stem is not None and _is_same(song, wish.where.stem, name)
        if is_mine and wish.what in ("enter", "leave"):
            line = bar_of(song, wish.when or When(edge="start"), wish.where)
            return set(range(line)) if wish.what == "enter" else set(range(line, song.bars))
        is_solo = wish.what in ("solo", "stop_time") and not is_song_wide(wish)
        rests = wish.what == "rest" if is_mine else is_solo
        return set(bars_for(song, wish)) if rests else set()

    if wish.kind not in ("part", "ensemble") or is_song_wide(wish) or not _is_same(song, wish.what, name):
        return set()
    if wish.polarity == "avoid":
        return set(bars_for(song, wish))
    is_limited = wish.when is not None and wish.when.relation in ("until", "after")
    return set(range(song.bars)) - set(bars_for(song, wish)) if is_limited else set()


def _is_same(song: Song, one: str, other: str) -> bool:
    return one == other or bool(set(players(song, one)) & set(players(song, other)))


def check_part(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where an instrument, a role or a part of the kit plays, or that it does not, as is wished.

    Raises UnmetError with what it does instead.
    """
    what = wish.what
    if what in EFFECT_WORDS or find_effect(what) is not None:
        return check_effects(song, wish)
    heard = _bars_of_part(song, what, narrowly=wish.polarity == "avoid")
    if wish.polarity == "avoid":
        return _check_silent(song, wish, wishes, heard)

    if not heard and wish.polarity == "less":
        return f"no {what} at all"
    if not heard:
        raise UnmetError(f"no stem is {what}; there are {', '.join(song.stems)}")
    bars = bars_for(song, wish)
    played = heard & set(bars)

    if wish.polarity in ("more", "less"):
        share = len(played) / len(bars)
        if wish.polarity == "more" and share < MOST_OF_THE_TIME:
            raise UnmetError(f"{what} plays in only {share:.0%} of the bars")
        if wish.polarity == "less" and share > _LITTLE:
            raise UnmetError(f"{what} plays in {share:.0%} of the bars")
        return f"{what} in {share:.0%} of the bars"

    enough = _HEARD_IN_PLACE * len(bars)
    if is_song_wide(wish):
        enough = max(_HEARD_BARS, _HEARD_SHARE * len(bars))
    if len(played) < min(enough, len(bars)):
        raise UnmetError(f"{what} plays in {describe_bars(played)} of {describe_bars(bars)}")
    if wish.when is not None and wish.when.relation == "until":
        late = (set(bars_of(visits_at(song, wish.where))) - set(bars)) & heard
        if late:
            raise UnmetError(f"{what} goes on in {describe_bars(late)}")
    return f"planned, {describe_bars(played)}"


def _bars_of_part(song: Song, name: str, *, narrowly: bool = False) -> set[int]:
    """Return the bars in which an instrument or a part of the kit is heard."""
    keys = kit_keys(name)
    if keys:
        drums = song.with_role("drums")
        struck = {sound.bar for sound in song.sounds if sound.stem in drums and sound.pitch in keys}
        return struck | {bar for stem in players(song, name) for bar in song.sounding[stem]}
    stems = players_narrowly(song, name) if narrowly else players(song, name)
    return {bar for stem in stems for bar in song.sounding[stem]}


def _check_silent(song: Song, wish: Wish, wishes: Wishes, heard: set[int]) -> str:
    """Return where a player is silent that is heard in some bars, and plays in the rest of the place."""
    # A kit may play the parts of it that other wishes want, where it plays nothing else.
    wanted = [other.what for other in wishes.wishes if other.kind == "part" and other.polarity == "want"]
    names = [name for name in wanted if kit_keys(name)]
    if names:
        kits = [stem for stem in song.plan.stems if stem.role == "drums"]
        heard = {bar for bar in heard if not all(plays_only(song, kit, names, [bar]) for kit in kits)}
    # "A cajon instead of a drum kit": who is named is no kit.
    if family_of(wish.what) == family_of("drums"):
        hand = [name for name in wanted if (family := family_of(name)) and family.said and not family.keys]
        kits = [stem for stem in song.plan.stems if stem.role == "drums"]
        if hand and kits and all(any(is_player(kit, name) for name in hand) for kit in kits):
            heard = set()

    if wish.when is None or wish.when.relation == "at":
        wrong = heard & set(bars_for(song, wish))
        if wrong:
            raise UnmetError(f"{wish.what} plays in {describe_bars(wrong)}")
        return f"no {wish.what}" + (f" in {describe_place(wish.where)}" if wish.where.section else "")

    if wish.when.relation == "after" and bar_of(song, wish.when, wish.where) >= song.bars:
        return f"no {wish.what}: the song is over then"
    bars = set(bars_for(song, wish))
    if heard & bars:
        raise UnmetError(f"{wish.what} plays in {describe_bars(heard & bars)}")
    others = set(bars_of(visits_at(song, wish.where))) - bars
    if others and not heard & others:
        raise UnmetError(f"{wish.what} does not play in the rest either")
    return f"no {wish.what} in {describe_bars(bars)}"
