"""The band of a song: who of a style's stems plays in it, and on what, drawn by the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass

from structure.base.sampling import generator, pick_weighted
from structure.presets.styles import Style, StyleStem

_MOST_OF_A_ROLE = 2
"""Stems of one role that a drawn band has at most, so that they do not cover each other."""

_SURE = 2.0


@dataclass(frozen=True, slots=True)
class Casting:
    """What is asked of a band: which sounds and roles it is to have, and which sounds it may not."""

    is_asked: Callable[[StyleStem], bool] = lambda _stem: False
    is_unwanted: Callable[[StyleStem], bool] = lambda _stem: False
    roles: Collection[str] = ()


def draw_band(style: Style, seed: int, casting: Casting = Casting()) -> tuple[StyleStem, ...]:
    """Return who plays in a song of a style, in the style's order.

    Stems of chance 1 always play, and so does what is asked for; the others by their chance, within the
    number of players of the style. What is unwanted is left out where something else may play instead, and
    of the sounds of a stem one that is asked for comes before all others.
    """
    drawn = []
    missing = set(casting.roles)
    for stem in style.stems:
        rng = generator(seed, "band", stem.name)
        sounds = stem.sounds()
        others = [other.chance for other in stem.instead]
        shares = dict(zip(sounds, [1.0 - sum(others), *others], strict=True))
        free = {sound: share for sound, share in shares.items() if share and not casting.is_unwanted(sound)}
        sound = pick_weighted(rng, free) if free else sounds[0]
        if not casting.is_asked(sound):
            sound = next((one for one in sounds if casting.is_asked(one)), sound)

        is_sure = stem.chance == 1.0 or stem.role in missing or casting.is_asked(sound)
        missing.discard(stem.role)
        drawn.append((_SURE if is_sure else stem.chance - rng.random(), sound))

    fewest, most = style.players
    count = min(max(sum(keen >= 0 for keen, _ in drawn), fewest), most)
    playing: list[StyleStem] = []
    roles: Counter[str] = Counter()
    for keen, sound in sorted(drawn, key=lambda entry: -entry[0]):
        is_full = len(playing) >= count or roles[sound.role] >= _MOST_OF_A_ROLE
        if keen == _SURE or not is_full:
            playing.append(sound)
            roles[sound.role] += 1
    return tuple(sound for _, sound in drawn if sound in playing)
