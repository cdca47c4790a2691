"""Songs that nobody has tampered with: which checks fail in them all the same?

    OMP_NUM_THREADS=1 python -m tests.benchmarks.false_alarms [--songs 60] [--seed 0] [--keep FOLDER]

Small songs are drawn: any style with any seed, in its own metre or another, with stems of its own or with
takes, words or a recording. Each is rendered with the embedded model, saved, and checked by ``verify``. A
row that fails is a fault of the render or of the check; it is printed, and its spec is kept. ``--only``
draws some numbers alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from composer import RitornelloError, compose
from composer.folder.verify import check_folder
from render.audio.wav import write_wav
from structure.presets.styles import style_names

_RATE = 44_100
_METERS = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8")
_KEYS = ("A minor", "Eb major", "F# minor", "D dorian", "G major", "Bb minor", "C lydian")
_TEMPI = (66, 84, 100, 116, 132, 152, 176)
_KINDS = ("plain", "plain", "plain", "metre", "metre", "takes", "recording", "words")

_BAND = """\
stems:
  - {name: drums, role: drums}
  - {name: bass, role: bass}
  - {name: keys, role: chords, pan: 0.3, delay: 0.2}
  - {name: pad, role: pad, reverb: 0.5}
"""
_ADDED = {
    "recording": "  - {name: tape, role: audio, audio: take.wav, at: verse, offset: 0, stretch: 0}\n",
    "words": "  - {name: ann, role: vocals, voice: woman}\n",
    "takes": "  - {name: tune, role: lead}\n",
}


def draw_spec(seed: int, number: int) -> tuple[str, str]:
    """Return a drawn spec, and what it is called."""
    rng = random.Random(f"{seed} {number}")
    style, kind = rng.choice(style_names()), rng.choice(_KINDS)
    lines = [f"description: {style}", f"genre: {style}", f"seed: {rng.randrange(10**6)}"]
    if rng.random() < 0.5:
        lines.append(f"key: {rng.choice(_KEYS)}")
    if rng.random() < 0.5 or kind == "recording":
        lines.append(f"tempo: {rng.choice(_TEMPI)}")
    if kind == "metre":
        lines.append(f"meter: {rng.choice(_METERS)}")
    text = "\n".join(lines) + "\n"
    if kind in ("plain", "metre"):
        return f"{text}length: {rng.choice((8, 12, 16))} bars\n", f"{style}, {kind}"
    sung = ', lyrics: "the morning comes along the road"' if kind == "words" else ""
    takes = ", take: {keys: 3, pad: {sound: 2}}" if kind == "takes" else ""
    text += _BAND + _ADDED[kind]
    text += f"sections:\n  verse: {{bars: 4, energy: 0.4{sung}}}\n"
    text += f"  chorus: {{bars: 4, energy: 0.9, variation: 0{takes}}}\n"
    last = f"{{section: chorus, variation: {rng.choice((0.0, 0.3, 0.7))}, lift: {rng.choice((0, 2))}}}"
    return f"{text}form: [verse, chorus, {last}]\n", f"{style}, {kind}"


def write_take(path: Path, seed: int) -> None:
    """Write a recording of five seconds: plucks on a beat of its own, or a tone that goes on."""
    rng = np.random.default_rng(seed)
    at = np.arange(5 * _RATE) / _RATE
    tone = np.sin(2.0 * np.pi * rng.choice((110.0, 220.0, 330.0)) * at)
    every = float(rng.choice((0.5, 1.0, 10.0)))
    made = (0.2 * tone * np.exp(-3.0 * (at % every))).astype(np.float32)
    write_wav(path, np.stack([made, made]), _RATE, 16)


def try_song(work: Path, spec: str, number: int) -> list[str]:
    """Render a spec in a folder and check the song; say what failed."""
    write_take(work / "take.wav", number)
    (work / "song.yaml").write_text(spec, encoding="utf-8")
    song = compose(work / "song.yaml")
    failed = [f"{c.name}: {c.value_text} ({c.detail})" for c in song.checks if c.passed is False]
    song.save(work / "song")
    again = [check for check in check_folder(work / "song") if check.passed is False]
    return [*failed, *(f"verify: {check.name}: {check.value_text} ({check.detail})" for check in again)]


def try_songs(seed: int, numbers: Sequence[int], keep: Path) -> int:
    """Try songs, print each, and return how many had an alarm."""
    keep.mkdir(parents=True, exist_ok=True)
    alarms = refused = 0
    for number in numbers:
        spec, name = draw_spec(seed, number)
        began = time.process_time()
        with tempfile.TemporaryDirectory() as place:
            try:
                failed = try_song(Path(place), spec, number)
            except RitornelloError as exc:
                refused += 1
                print(f"{number}: {name}: refused: {exc}", flush=True)
                continue
        alarms += bool(failed)
        said = "; ".join(failed) or "passes"
        print(f"{number}: {name}: {said} ({time.process_time() - began:.0f} s)", flush=True)
        if failed:
            (keep / f"{seed}_{number}.yaml").write_text(spec, encoding="utf-8")
    print(f"{len(numbers) - refused} songs, {alarms} with an alarm, {refused} refused")
    return alarms


def main() -> int:
    """Try songs as the options ask; exit with 1 where there was an alarm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--songs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, nargs="*", default=())
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "false_alarms")
    options = parser.parse_args()
    return int(try_songs(options.seed, options.only or range(options.songs), options.keep) > 0)


if __name__ == "__main__":
    sys.exit(main())
