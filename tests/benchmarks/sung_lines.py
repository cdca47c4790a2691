"""Fifty lines of words that no singer was tuned on, and the notes of a tune for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from structure.lyrics.english import english_sounds

LINES = """
the harbour lights are going out again
my father kept a garden by the wall
you left a yellow ribbon on the door
we danced until the band began to fall
a thousand miles of water lie between
she wrote her name in silver on the glass
the engine hums a hymn beneath the floor
i never learned the way to say goodbye
november came and took the leaves away
give me a reason not to close my eyes
the children run along the empty beach
your letter never found its way to me
some days the mountain disappears in cloud
they built a city where the forest stood
the clock has lost the number of the hour
i heard your laughter in another room
the moon is just a coin upon the sea
we carried all our secrets in a box
nobody told the swallows it was spring
a stranger holds the ladder to the stars
the kettle sings before the day is up
remember how we ran against the wind
her shadow is the longest on the street
i sold my watch to buy a little time
the radio is playing someone else
come home before the candles all burn down
the soldier kissed the picture in his hand
it takes a village and a little luck
the lemon tree is older than the house
we never asked the thunder for its name
a single feather drifted through the hall
the baker wakes when everybody sleeps
my pockets full of paper and regret
the train is late and nobody complains
you paint the ceiling purple every year
the fisherman is talking to the tide
i would have followed you to any town
the broken window lets the music in
behind the stadium the roses grow
she counts the minutes like a miser does
a copper kettle and a wooden spoon
the morning paper wrapped around the bread
we traded winter for a week of sun
the wolves are quiet when the river bends
i keep a photograph of what we were
the ticket says the carnival is closed
his voice was like a cello in the dark
the apple never fell so far before
tomorrow is a letter without stamps
they danced on every table in the place
""".strip().splitlines()

SCALE = (0, 2, 4, 5, 7, 9, 11, 12)
_QUARTER_S = 0.5


@dataclass(frozen=True, slots=True)
class LineNote:
    """A note of a line: seconds, MIDI pitch, the sounds sung on it, the word's place, and its stress."""

    start_s: float
    end_s: float
    pitch: int
    phones: str
    begins_word: bool
    ends_word: bool
    stress: int


def notes_of(line: str, lowest: int) -> tuple[LineNote, ...]:
    """Return a line on a tune of quarters within an octave above ``lowest``; its last note is three long.

    The same line has the same tune at every pitch. Raises KeyError for a word that has no known sounds.
    """
    rng = np.random.default_rng([ord(sign) for sign in line])
    syllables = [
        (phones, i == 0, i == len(sounds) - 1, stress)
        for word in line.split()
        for sounds in [_sounds(word)]
        for i, (phones, stress) in enumerate(sounds)
    ]
    degree, found, now = 4, [], _QUARTER_S
    for number, (phones, first, last, stress) in enumerate(syllables):
        degree = int(np.clip(degree + rng.integers(-2, 3), 0, 7))
        long = _QUARTER_S * (3 if number == len(syllables) - 1 else 1)
        found.append(LineNote(now, now + long, lowest + SCALE[degree], phones, first, last, stress))
        now += long
    return tuple(found)


def _sounds(word: str) -> tuple[tuple[str, int], ...]:
    sounds = english_sounds(word)
    if not sounds:
        raise KeyError(word)
    return sounds
