"""Who does what in an exact ensemble: each of its players has a part, and nobody else plays.

Melody, bass and harmony go to whom they suit best. One that plays with two hands may hold several roles, as
stems of one instrument; where all play single notes, those in the middle are the inner voices of a setting
in four parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.arrange.context import Texture
from structure.arrange.melody.instrument import range_of
from structure.base.types import Role
from structure.presets.genres import find_genre, genre_of_mood
from structure.presets.players import (
    Instrument,
    doubling_of,
    find_instrument,
    kit_lanes,
    players_of,
    role_named,
    voices_of,
)
from structure.presets.programs import guess_program
from structure.specs.wishes import Wishes, song_wide

_LOW_ENOUGH = 50
"""The lowest note of an instrument that can carry the bass lies at or below this MIDI pitch."""

_GUITARS = range(24, 30)
_BASS_OCTAVES = 24
"""Semitones that an instrument in the role of the bass uses, from its lowest note."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One stem of an ensemble: whose it is, its role, and how it is written.

    ``part`` is added to the stem's name ("left"), ``sound`` to its prompt. See
    :class:`~structure.arrange.context.Player` for the rest.
    """

    instrument: Instrument
    role: Role
    part: str = ""
    sound: str = ""
    texture: Texture = "full"
    voice: int = 0
    span: tuple[int, int] | None = None
    follows: bool = False


def exact_players(wishes: Wishes) -> tuple[str, ...]:
    """Return the names of all who play where nobody else may; empty where the ensemble is open."""
    named = [
        player
        for wish in song_wide(wishes, "ensemble")
        for name in wish.names
        for player in players_of(name)
    ]
    if not named:
        return ()
    programs = {guess_program(find_instrument(name).prompt, "lead") for name in named}
    others = [
        wish.what
        for wish in song_wide(wishes, "part")
        if role_named(wish.what) is None
        and guess_program(find_instrument(wish.what).prompt, "lead") not in programs
    ]
    return (*named, *others)


def usual_style(wishes: Wishes) -> str | None:
    """Return the genre that most of the instruments asked for usually play.

    Else it is the genre of the era, or of the mood. None where nothing tells.
    """
    names = exact_players(wishes) or tuple(wish.what for wish in song_wide(wishes, "part"))
    if Counter(names) == Counter(players_of("jazz trio")):
        return "jazz"
    eras = [genre for wish in song_wide(wishes, "era") if (genre := find_genre(wish.what)) is not None]
    if eras and eras[0].style in _AGES:
        return eras[0].style
    accompanying = [name for name in names if name != "vocals"] or names  # one sings in any style
    pitched = [
        found for name in accompanying if (found := find_instrument(name)).role not in ("drums", "bass")
    ]
    counts = Counter(found.style for found in pitched or map(find_instrument, names) if found.style)
    if counts:
        return counts.most_common(1)[0][0]
    moods = (genre_of_mood(wish.what) for wish in song_wide(wishes, "mood"))
    return next((genre.style for genre in (*eras, *moods) if genre is not None), None)


_AGES = ("baroque", "medieval")
"""Styles of an age, in which its music is whoever plays it."""


def seat_players(names: Sequence[str]) -> tuple[Seat, ...]:
    """Return a seat for each thing that the named players do. Parts of a drum kit share one seat."""
    instruments = [find_instrument(name) for name in names if not kit_lanes(name)]
    if len(instruments) < len(names) and not any(found.role == "drums" for found in instruments):
        kit = ", ".join(name for name in names if kit_lanes(name))
        instruments.append(replace(find_instrument("drum kit"), name=kit, prompt=kit))
    drums = [Seat(found, "drums") for found in instruments if found.role == "drums"]
    pitched = [found for found in instruments if found.role != "drums"]
    if len(pitched) == 1 and pitched[0].choir:
        return (*drums, *_setting(pitched[0]))
    strings = [found for found in pitched if found.choir == "strings"]
    others = [found for found in pitched if found.choir != "strings"]
    if len(strings) == 1 and len(others) > 2 and all(doubling_of(found.name) for found in others):
        families = [Seat(found, "pad", texture="family") for found in others]
        return (*drums, *_setting(strings[0]), *families)
    return (*drums, *_band(pitched))


def _setting(section: Instrument) -> list[Seat]:
    """Return the seats of a section of players in four voices: melody, two inner voices, bass."""
    voices = voices_of(section.choir)
    roles: tuple[Role, ...] = ("lead", "pad", "pad", "bass")
    return [
        Seat(
            section,
            role,
            part=voice.name,
            sound=voice.prompt,
            texture="voice" if role == "pad" else "full",
            voice=2 - place,
            span=voice.span,
        )
        for place, (role, voice) in enumerate(zip(roles, voices, strict=True))
    ]


def _band(players: Sequence[Instrument]) -> list[Seat]:
    """Return the seats of pitched players: melody and bass are filled first, then the rest."""
    places = list(range(len(players)))

    # The bass is a bass, or the lowest of several single voices, if it is low.
    bass = next((i for i in places if players[i].role == "bass"), None)
    if bass is None:
        lowest_notes = {
            i: range_of(players[i].prompt, "lead")[0] for i in places if players[i].is_single_line
        }
        lowest = min(lowest_notes, key=lambda i: (lowest_notes[i], -i), default=None)
        if lowest is not None and len(lowest_notes) > 1 and lowest_notes[lowest] <= _LOW_ENOUGH:
            bass = lowest

    # The melody goes to the first single voice that is a lead, else to the first who can have it.
    able = [i for i in places if i != bass and "lead" in players[i].roles]
    lead = min(able, key=lambda i: (not players[i].is_single_line, players[i].role != "lead"), default=None)

    accompanists = [i for i in places if i not in (bass, lead) and not players[i].is_single_line]
    hands = [i for i in accompanists if players[i].hands > 1]
    seats: dict[int, list[Seat]] = {}
    if bass is not None:
        seats[bass] = [_bass_seat(players[bass])]
    if lead is not None:
        has_harmony = bool(accompanists)
        has_bass = bass is not None or bool(hands)
        seats[lead] = _leading(players[lead], has_harmony=has_harmony, has_bass=has_bass)
        if bass is not None and len(players) == 2 and any(s.texture == "hand" for s in seats[lead]):
            seats[bass] = [replace(seat, texture="riff") for seat in seats[bass]]
    for i in accompanists:
        seats[i] = [Seat(players[i], players[i].role)]
        if bass is None and i in hands[:1]:
            seats[i].append(replace(_bass_seat(players[i]), part="left"))
    _seat_voices(players, seats, has_harmony=bool(accompanists))
    return [seat for i in places for seat in seats[i]]


def _leading(player: Instrument, *, has_harmony: bool, has_bass: bool) -> list[Seat]:
    """Return the seats of the leader: the melody, and what nobody else plays if a hand is free for it."""
    seats = [Seat(player, "lead")]
    if player.choir and not has_harmony:
        seats.append(Seat(player, "pad", part="low"))
    if player.hands < 2:
        return seats
    if not has_harmony:
        texture: Texture = "hand" if has_bass else "left_hand"
        span = range_of(player.prompt, "lead")
        has_guitar = "guitar" in player.prompt and guess_program(player.prompt, "lead") in _GUITARS
        if not has_bass and has_guitar:
            return [*seats, Seat(player, "chords", part="thumb", texture="thumb")]
        seats.append(Seat(player, "chords", part="left", texture=texture, span=span))
    elif not has_bass:
        seats.append(replace(_bass_seat(player), part="left"))
    return seats


def _bass_seat(player: Instrument) -> Seat:
    """Return the seat for a bass on any instrument, in its lowest octaves."""
    if player.role == "bass":
        return Seat(player, "bass")
    low, high = range_of(player.prompt, "lead")
    return Seat(player, "bass", span=(low, min(high, low + _BASS_OCTAVES)))


def _seat_voices(players: Sequence[Instrument], seats: dict[int, list[Seat]], *, has_harmony: bool) -> None:
    """Give the single voices that are left a second voice, or the inner voices of a setting."""
    rest = [i for i in range(len(players)) if i not in seats]
    lines = [i for i in rest if players[i].is_single_line]
    for i in rest:
        if i not in lines:
            seats[i] = [
                _bass_seat(players[i]) if players[i].role == "bass" else Seat(players[i], players[i].role)
            ]
    by_height = sorted(lines, key=lambda i: -range_of(players[i].prompt, "lead")[0])
    if lines and (has_harmony or len(lines) + len(seats) == 2):
        seats[by_height[0]] = [Seat(players[by_height[0]], "lead", follows=True)]
        by_height = by_height[1:]
    for place, i in enumerate(by_height):
        voice = max(0, min(1, len(by_height) - 1) - place % 2)
        seats[i] = [
            Seat(players[i], "pad", texture="voice", voice=voice, span=range_of(players[i].prompt, "lead"))
        ]
