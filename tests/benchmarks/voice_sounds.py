"""Learns how each phoneme sounds in the singer's own speech: ``render/data/voice_sounds.npz``.

``python -m tests.benchmarks.voice_sounds OUT.npz`` speaks lines of ``tests/data/lyrics`` and learns from
them without labels: it begins with the model's own edges, finds Gaussians of what lies between, finds
better edges with these, and so on. No line of ``sung_lines.py`` is among them.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.voice.kokoro import load_kokoro
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.segments import SILENCE, Gaussians, Unit, align, class_of, describe, states_of, units_of
from render.voice.speech import STEP_S, speak_and_split
from render.voice.spelling import sounds_of_word
from render.voice.voices import Voice
from structure.lyrics.english import english_sounds
from structure.lyrics.letters import find_stress, split_by_spelling

Values = NDArray[np.float64]
Item = tuple[list[Unit], Values]

_SHEETS = Path(__file__).parents[1] / "data" / "lyrics"
_STYLES = ((1.0, 0.0), (0.0, 1.0), (0.6, 0.4), (0.5, 0.5))
_LINES = 40
_ROUNDS = 6
_RARE = 20.0
"""Frames of a state whose own values count as much as those of its kind of phoneme."""


def lines_to_speak() -> list[tuple[str, str]]:
    """Return lines with their languages, in an order that mixes them."""
    found = []
    for path in sorted(_SHEETS.glob("*.txt")):
        language = path.stem[-2:]
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 18]
        sung = [line for line in lines if line[0] not in "[#"]
        found += [(language, line) for line in sung[: 7 if language == "en" else 3]]
    return [found[i] for i in np.random.default_rng(0).permutation(len(found))]


def phrase_of(line: str, language: str) -> tuple[SungSyllable, ...]:
    """Return a line as a phrase; its notes do not matter for how it is spoken."""
    notes: list[SungNote] = []
    for word in re.findall(r"[^\W\d_]+(?:'[a-z]+)?", line.lower()):
        sounds = english_sounds(word) if language == "en" else ()
        if not sounds:
            parts = split_by_spelling(word, language)
            main = find_stress(parts, language)
            read = sounds_of_word(parts, language)
            sounds = tuple((sound, 2 if i == main else 0) for i, sound in enumerate(read))
        for i, (sound, stress) in enumerate(sounds):
            at = 0.5 * len(notes)
            notes.append(SungNote(at, at + 0.5, 57.0, sound, "single" if i == 0 else "middle", stress))
    return phrases(notes)[0]


def spoken_items() -> Iterator[Item]:
    """Yield what is spoken: its phonemes with the model's edges, and the numbers that describe it."""
    model = load_kokoro()
    for number, (language, line) in enumerate(lines_to_speak()[:_LINES]):
        shares = _STYLES[number % len(_STYLES)]
        voice = Voice("any", tuple(zip(("jm_kumo", "jf_alpha"), shares, strict=True)))
        said = speak_and_split(model, phrase_of(line, language), voice)
        yield units_of(said.text, said.edges), describe(said.envelope, said.hertz > 0.0)


def learn(items: Sequence[Item]) -> Mapping[str, Gaussians]:
    """Return the Gaussians of each phoneme, and of each kind of phoneme."""
    paths = [_by_edges(units, features) for units, features in items]
    sounds: Mapping[str, Gaussians] = {}
    for number in range(_ROUNDS):
        sounds = _gaussians(items, paths)
        better = [align(units, features, STEP_S, sounds) for units, features in items]
        moved = np.mean([np.mean(one != other) for one, other in zip(paths, better, strict=True)])
        print(f"round {number + 1}: {100 * moved:.1f} % of the frames moved", flush=True)
        paths = better
    return sounds


def _by_edges(units: Sequence[Unit], features: Values) -> NDArray[np.int64]:
    path = np.zeros(len(features), np.int64)
    state = 0
    for unit in units:
        count = states_of(unit.sound)
        begin = max(0, int(unit.begin_s / STEP_S))
        end = min(max(begin + count, int(unit.end_s / STEP_S)), len(path))
        frames = np.arange(begin, end)
        path[frames] = state + np.arange(len(frames)) * count // max(1, len(frames))
        state += count
    return path


def _gaussians(items: Sequence[Item], paths: Sequence[NDArray[np.int64]]) -> Mapping[str, Gaussians]:
    frames: dict[tuple[str, int], list[Values]] = defaultdict(list)
    for (units, features), path in zip(items, paths, strict=True):
        state = 0
        for unit in units:
            for own in range(states_of(unit.sound)):
                here = features[path == state]
                frames[unit.sound, own].append(here)
                if unit.sound != SILENCE:
                    frames[class_of(unit.sound), own].append(here)
                state += 1
    least = 0.08 * np.concatenate([features for _, features in items]).var(0) + 1e-3
    found: dict[str, Gaussians] = {}
    for name in {name for name, _ in frames}:
        kind = class_of(name) if len(name) == 1 and name != SILENCE else name
        states = 1 + max(own for other, own in frames if other == name)
        rows = []
        for own in range(states):
            mine, alike = np.concatenate(frames[name, own]), np.concatenate(frames[kind, own])
            share = len(mine) / (len(mine) + _RARE)
            usual = (alike.mean(0), alike.var(0))
            values = (mine.mean(0), mine.var(0)) if len(mine) else usual
            rows.append([share * a + (1.0 - share) * b for a, b in zip(values, usual, strict=True)])
        means, variances = (np.array([row[k] for row in rows]) for k in (0, 1))
        found[name] = Gaussians(means, np.maximum(variances, least))
    return found


def main() -> None:
    """Speak, learn and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    sounds = learn(list(spoken_items()))
    both = {name: np.stack([one.means, one.variances]).astype(np.float16) for name, one in sounds.items()}
    np.savez_compressed(parser.parse_args().out, **both)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()
