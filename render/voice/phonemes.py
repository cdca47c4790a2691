"""Phonemes of the singer: which are vowels, which have no pitch, and how short and long they are sung."""

from __future__ import annotations

from dataclasses import dataclass

VOWELS = frozenset("AIOWYaæɑɐɒɔəɘɚɛɜeiɪoøœuʊʌyɨɯɤᵊᵻᵝ")
MARKS = frozenset("ˈˌː\u0303ʰʲ")
"""Signs that say how a sound beside them is meant, and are no sound of their own."""

NASAL = "\u0303"
RINGING = frozenset("mnŋɲlʎɹjwɥ")
"""Consonants that ring as vowels do."""

UNVOICED = frozenset("ptkfθsʃʧhçxqʔʦ")
_STOPS = frozenset("ptkbdɡqʔɾ")
_HISSES = frozenset("sʃʧzʒʤfθçxʦʣ")

_ALIASES = {"g": "ɡ", "ɝ": "ɜɹ", "tʃ": "ʧ", "dʒ": "ʤ", "ts": "ʦ", "ɫ": "l", "ɧ": "ʃ", "ː": ""}
"""What the model calls otherwise."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A syllable's phonemes: those before its vowel, the vowel, those behind it."""

    onset: str
    vowel: str
    coda: str

    @property
    def all(self) -> str:
        """Return all of them in order."""
        return self.onset + self.vowel + self.coda


def parts_of(phones: str) -> Parts:
    """Part the phonemes of a syllable; where there is no vowel, a sound that can be held is one."""
    for one, other in _ALIASES.items():
        phones = phones.replace(one, other)
    phones = "".join(sign for sign in phones if sign not in "ˈˌ ")
    places = [i for i, sign in enumerate(phones) if sign in VOWELS]
    if not places:
        held = next((i for i, sign in enumerate(phones) if sign in "mnŋlɹ"), None)
        if held is None:
            return Parts(phones, "ə", "")
        return Parts(phones[:held], phones[held], phones[held + 1 :])
    first = places[0]
    end = first + 1
    while end < len(phones) and (phones[end] in VOWELS or phones[end] == NASAL):
        end += 1
    return Parts(phones[:first], phones[first:end], phones[end:])


def is_stop(phone: str) -> bool:
    """Return whether a consonant closes the mouth and opens it again."""
    return phone in _STOPS


def is_hiss(phone: str) -> bool:
    """Return whether a consonant hisses."""
    return phone in _HISSES


def shortest_s(phone: str) -> float:
    """Return the least seconds that a consonant is sung for."""
    return 0.05 if phone in _HISSES else 0.03


def longest_s(phone: str) -> float:
    """Return the most seconds that a consonant is sung for."""
    return 0.2 if phone in _HISSES else 0.14 if phone in _STOPS else 0.16
