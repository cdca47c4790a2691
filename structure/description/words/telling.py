"""Counts what each word tells of its language, from the vocabulary and the dictionaries.

``python -m structure.description.words.telling`` writes it into ``data/languages/telling.txt`` anew, as has
to be done after a change of them. A row has a word and, after tabs, the languages that have it; behind the
name of a language stands in hundredths how far the word tells it, if it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from structure.base.datafiles import read_data
from structure.description.words.dictionaries import (
    READ_LANGUAGES,
    read_dictionary,
    without_accents,
    without_umlauts,
)
from structure.description.words.languages import FAIR, FOREIGN, TELLING, WEAK
from structure.description.words.sentences import is_english
from structure.description.words.tokens import english_words

_SHORTEST_OWN = 4
"""Letters of a word of a phrase that tells its language by itself."""


def telling_rows() -> Iterator[str]:
    """Yield the rows of the file, in the order of the characters."""
    telling = _telling_words()
    known = {
        name: {word for word in read_dictionary(name).entries if " " not in word} for name in READ_LANGUAGES
    }
    for word in sorted(set().union(*telling.values(), *known.values())):
        said = [word]
        for name, words in telling.items():
            if word in words:
                said.append(f"{name} {round(100 * words[word])}")
            elif word in known.get(name, ()):
                said.append(name)
        yield "\t".join(said)


def _telling_words() -> Mapping[str, Mapping[str, float]]:
    """Return the words that tell each language, with how far each does.

    The languages that are read come before those that are only known.
    """
    english_names = english_words()
    common = {name: _common_words(name) for name in READ_LANGUAGES}
    elsewhere = frozenset[str]().union(*common.values())
    english = dict.fromkeys(_common_words("English"), 1.0)
    for word, is_name in english_names.items():
        english.setdefault(word, WEAK if is_name or word in elsewhere else FAIR)
    known = {
        name: {word: WEAK if english_names.get(word) else 1.0 for word in common[name] | _own_words(name)}
        for name in READ_LANGUAGES
    }
    others = {
        name: {str(word): FOREIGN for word in words if not english_names.get(str(word))}
        for name, words in read_data("languages", "others.yaml").items()
    }
    return {"English": english, **known, **others}


def _common_words(name: str) -> frozenset[str]:
    return frozenset(str(word) for word in read_data("languages", f"{name.lower()}.yaml")["common"])


def _own_words(name: str) -> frozenset[str]:
    """Return the words of a dictionary that English has not, as they are written and typed."""
    dictionary, english = read_dictionary(name), english_words()
    own = set(dictionary.own_words)
    # The words of phrases tell their language as well, where English has none like them; numerals do not.
    own |= {
        word
        for form, (meaning, _) in dictionary.entries.items()
        if " " in form and not meaning.isdigit()
        for word in form.split()
        if len(word) >= _SHORTEST_OWN and word.isalpha()
        if word not in english and not is_english(word)
    }
    for plainly in (without_accents, without_umlauts):
        own |= {plain for word in own if (plain := plainly(word)) not in english}
    return frozenset(own)


def main() -> None:
    """Write the file of the package anew."""
    path = Path(str(resources.files("structure"))) / "data" / "languages" / TELLING
    path.write_text("".join(f"{row}\n" for row in telling_rows()), encoding="utf-8")


if __name__ == "__main__":
    main()
