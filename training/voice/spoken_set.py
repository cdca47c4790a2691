"""Makes what the voice learns from: ``python -m training.voice.spoken_set --out D [--lines N] [--seed S]``.

The first singer (:mod:`render.voice`, with its extra) speaks lines of words drawn at random, by their
frequency in six languages, as it does before it lays them on a tune: in each of its five voices and in
mixtures of them. What is kept of a line is the row of each 5 ms, and where each phoneme sounds. It needs
``pip install wordfreq``, whose lists say which words are common. No text that anybody wrote is used, so no
line of a benchmark is either.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.model_voice.frames import encode
from render.voice.kokoro import Kokoro, load_kokoro
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.speech import STEP_S, speak_phrase
from render.voice.spelling import sounds_of_word
from render.voice.timing import Text
from render.voice.voices import Voice
from structure.base.files import replacing
from structure.lyrics.english import english_sounds
from structure.lyrics.letters import find_stress, split_by_spelling

STYLES = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
"""The voices of the first singer's model."""

_LANGUAGES = {"en": 0.6, "es": 0.08, "de": 0.1, "fr": 0.08, "it": 0.08, "pt": 0.06}
_VOCALISES = ("ɑ", "u", "O", "lɑ", "nɑ", "du", "dɑ", "jɛ", "hA", "m", "bɑp", "ʃu", "wO", "du", "hmm", "i")
_USED = (
    (0.0, 0.0, 0.0, 0.0, 1.0),
    (0.3, 0.0, 0.0, 0.0, 0.7),
    (0.4, 0.0, 0.0, 0.0, 0.6),
    (0.5, 0, 0, 0, 0.5),
)
"""Shares of the voices that the first singer itself is made of."""

_LINES_A_FILE = 25


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """A line as it is spoken.

    ``starts`` and ``ends`` say between which frames each sign sounds (signs,), ``shares`` whose voice it is
    (styles,), ``rows`` (frames, ROW) how.
    """

    text: Text
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    shares: NDArray[np.float32]
    rows: NDArray[np.float16]


@cache
def _common_words(language: str) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    import wordfreq

    words = [word for word in wordfreq.top_n_list(language, 9000) if word.isalpha() and len(word) > 1]
    chances = np.array([wordfreq.word_frequency(word, language) for word in words]) ** 0.35
    return tuple(words), chances / chances.sum()


def _sounds(word: str, language: str) -> tuple[tuple[str, int], ...]:
    if language == "en":
        return english_sounds(word)
    parts = split_by_spelling(word, language)
    main = find_stress(parts, language)
    read = sounds_of_word(parts, language)
    return tuple((sound, 2 if i == main else 0) for i, sound in enumerate(read))


def draw_phrase(rng: np.random.Generator) -> tuple[SungSyllable, ...]:
    """Return a phrase of five to twelve syllables; its notes do not matter for how it is spoken."""
    notes: list[SungNote] = []
    wanted = int(rng.integers(5, 13))
    is_vocalise = rng.random() < 0.04
    language = str(rng.choice(list(_LANGUAGES), p=list(_LANGUAGES.values())))
    words, chances = _common_words(language)
    while len(notes) < wanted:
        if is_vocalise:
            sounds: Sequence[tuple[str, int]] = ((str(rng.choice(_VOCALISES)), int(rng.integers(0, 3))),)
        else:
            sounds = _sounds(str(rng.choice(words, p=chances)), language)
        for i, (sound, stress) in enumerate(sounds):
            at = 0.5 * len(notes)
            notes.append(SungNote(at, at + 0.5, 57.0, sound, "single" if i == 0 else "middle", stress))
    return phrases(notes)[0]


def draw_shares(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return whose voice speaks: one that is used, another one, or any mixture."""
    kind = rng.random()
    if kind < 0.4:
        shares = np.array(_USED[rng.integers(len(_USED))])
    elif kind < 0.6:
        shares = np.eye(len(STYLES))[rng.integers(len(STYLES))]
    else:
        shares = rng.dirichlet(np.full(len(STYLES), 0.6))
    return np.asarray(shares, np.float32)


def speak_line(model: Kokoro, rng: np.random.Generator) -> SpokenLine:
    """Let the first singer speak a line."""
    phrase, shares = draw_phrase(rng), draw_shares(rng)
    voice = Voice("any", tuple(zip(STYLES, shares.tolist(), strict=True)))
    speech = speak_phrase(model, phrase, voice)
    starts, ends = (
        np.array([round(getattr(span, side) / STEP_S) for span in speech.spans])
        for side in ("start_s", "end_s")
    )
    rows = encode(speech.envelope, speech.noise, speech.hertz > 0.0)
    return SpokenLine(speech.text, starts, ends, shares, rows.astype(np.float16))


def write_lines(path: Path, lines: Sequence[SpokenLine]) -> None:
    """Write lines into one file."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for number, line in enumerate(lines):
        arrays |= {
            f"{number}_signs": np.array(line.text.signs),
            f"{number}_syllables": np.array(line.text.syllables),
            f"{number}_vowels": np.array(line.text.is_vowel),
            f"{number}_starts": line.starts,
            f"{number}_ends": line.ends,
            f"{number}_shares": line.shares,
            f"{number}_rows": line.rows,
        }
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]


def read_lines(folder: Path) -> Iterator[SpokenLine]:
    """Yield the lines of a folder's files in order."""
    for path in sorted(folder.glob("lines_*.npz")):
        with np.load(path) as file:
            for number in range(sum(name.endswith("_signs") for name in file.files)):
                get = {name: file[f"{number}_{name}"] for name in ("signs", "syllables", "vowels")}
                text = Text(
                    str(get["signs"]), tuple(get["syllables"].tolist()), tuple(get["vowels"].tolist())
                )
                yield SpokenLine(
                    text, *(file[f"{number}_{name}"] for name in ("starts", "ends", "shares", "rows"))
                )


def main() -> None:
    """Speak lines into files of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--lines", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    model, seconds = load_kokoro(), 0.0
    for first in range(0, options.lines, _LINES_A_FILE):
        path = options.out / f"lines_{options.seed}_{first:05}.npz"
        if path.exists():
            continue
        rngs = [np.random.default_rng([options.seed, first + i]) for i in range(_LINES_A_FILE)]
        lines = [speak_line(model, rng) for rng in rngs]
        write_lines(path, lines)
        seconds += sum(len(line.rows) for line in lines) * STEP_S
        sys.stderr.write(f"{path.name}: {seconds / 60:.1f} minutes of speech\n")


if __name__ == "__main__":
    main()
