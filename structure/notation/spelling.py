"""Names of sounding notes as a reader expects them: by the key, and outside of it by the chord."""

from __future__ import annotations

from structure.harmony.chords import parse_symbol
from structure.harmony.keys import Key
from structure.harmony.pitch import LETTERS, pitch_class, spell_on_letter
from structure.plans.score import ChordEvent

_LETTERS_ABOVE_ROOT = {0: 0, 1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 4, 7: 4, 8: 4, 9: 5, 10: 6, 11: 6}
"""Steps of the staff from a chord's root to its tone, by semitones; some depend on its other tones."""

_DIMINISHED_SEVENTH = (0, 3, 6, 9)


_PLAIN = {"E#": "F", "B#": "C", "Fb": "E", "Cb": "B"}
"""White keys by names that a reader does not expect of a passing note."""


def spell_pitch(
    pitch: int, key: Key, chord: ChordEvent | None = None, following: int | None = None
) -> tuple[str, int]:
    """Return the name and octave (4 holds middle C) of a MIDI pitch in a key, while a chord sounds.

    Notes of the scale are the key's; others are the chord's own third, fifth or seventh (the G# of E7 in A
    minor). What belongs to neither leads to the ``following`` pitch where that is a semitone away, on the
    letter beside it, and is spelled by the key otherwise, with a raised fourth.
    """
    wanted = pitch % 12
    name = key.spell(wanted)
    if wanted not in key.scale and chord is not None and wanted in chord.pitch_classes:
        written = parse_symbol(chord.symbol)
        above = (wanted - pitch_class(written.root)) % 12
        tones = written.quality.intervals
        steps = _LETTERS_ABOVE_ROOT[above]
        if above == 3 and 4 in tones:  # a sharp ninth
            steps = 1
        elif above == 6 and 7 in tones:  # a sharp eleventh
            steps = 3
        elif above == 8 and 7 in tones:  # a flat thirteenth
            steps = 5
        elif above == 9 and tones == _DIMINISHED_SEVENTH:
            steps = 6
        name = spell_on_letter(LETTERS.index(written.root[0]) + steps, wanted)
        if wanted == pitch_class(written.bass):
            name = written.bass
    elif wanted not in key.scale:
        if following is not None and abs(following - pitch) == 1 and following % 12 in key.scale:
            letter = LETTERS.index(key.spell(following % 12)[0])
            leading = spell_on_letter(letter + pitch - following, wanted)
            name = name if leading in _PLAIN else leading
        elif (wanted - key.root) % 12 == 6:
            name = spell_on_letter(LETTERS.index(key.tonic[0]) + 3, wanted)
        name = _PLAIN.get(name, name)
    return name, (pitch - name.count("#") + name.count("b")) // 12 - 1
