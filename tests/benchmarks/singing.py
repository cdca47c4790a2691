"""How a voice sings what was asked: its pitch by two trackers, its onsets, its words, and what returns.

``python -m tests.benchmarks.singing FOLDER`` measures any singer: for each of :data:`LINES` it reads
``high_01.wav`` (or ``low_01.wav`` and so on) in which the notes of ``notes_of(line, lowest)`` are sung from
the file's first sample. A second file ``high_01_spoken.wav`` is the bound of the words where it is there.
``--make`` sings with the first singer, ``--make 50 --singer embedded`` with the one in the package.
It needs ``pip install swift-f0 pyworld pocketsphinx``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import butter, sosfiltfilt

from render.mixing.mix import dry_stem
from render.model_voice.speaker import PaintedThroat, load_network
from render.model_voice.timbre import TIMBRE, imagine
from render.voice.kokoro import RATE, Kokoro, load_kokoro
from render.voice.pitch import Manner
from render.voice.score import SungNote, SungSyllable, phrases
from render.voice.singer import Take, sing
from render.voice.speech import say
from render.voice.throat import SpokenThroat, Throat
from render.voice.timing import text_of
from render.voice.voices import voice_of
from structure.base.grid import SAMPLE_RATE
from structure.presets.mixes import load_mix
from tests.benchmarks.sung_lines import LINES, notes_of

Audio = NDArray[np.float64]

LOWEST = {"low": 45, "middle": 52, "high": 60}
"""The lowest pitch of the tunes of each kind of voice."""

NEAR_CENTS = 50.0
_SUSTAINED_S = 0.3
_SETTLES_S = 0.12
"""A note's edges belong to the glide from and to its neighbours."""

_LOOKED_S = 0.1
_RISES = 10.0 ** (3.0 / 20.0)
_TEXTS = 10
_ROOM = 0.01
"""How loud the air of a room is beside what is sung: 40 dB below it."""

_VOWELS = frozenset("AIOWYaæɑɐɒɔəɚɛɜeiɪoʊuʌᵊᵻ")
"""Onsets are read from syllables that begin with one: before another vowel a consonant rises earlier."""


class Timed(Protocol):
    """A note that was asked for."""

    @property
    def start_s(self) -> float: ...
    @property
    def end_s(self) -> float: ...
    @property
    def pitch(self) -> int: ...


class Track(NamedTuple):
    """Pitch over time; 0 Hz where there is none."""

    times: Audio
    hertz: Audio


def by_harvest(audio: Audio, rate: int) -> Track:
    """Track pitch with WORLD's harvest."""
    import pyworld

    hertz, times = pyworld.harvest(audio, rate, frame_period=10.0, f0_floor=60.0, f0_ceil=1100.0)
    return Track(times, hertz)


def by_swift(audio: Audio, rate: int) -> Track:
    """Track pitch with SwiftF0."""
    import swift_f0

    found = swift_f0.SwiftF0(threads=1).detect(audio.astype(np.float32), rate)
    return Track(found.timestamps, np.where(found.confidence >= 0.5, found.pitch_hz, 0.0))


def cents_off(track: Track, notes: Sequence[Timed]) -> Audio:
    """Return how far each voiced frame inside the sustained notes lies from its note, in cents."""
    found = []
    for note in notes:
        if note.end_s - note.start_s < _SUSTAINED_S:
            continue
        inside = (track.times > note.start_s + _SETTLES_S) & (track.times < note.end_s - _SETTLES_S)
        voiced = track.hertz[inside & (track.hertz > 0)]
        found.append(1200.0 * np.log2(voiced / 440.0) - 100.0 * (note.pitch - 69))
    return np.concatenate(found) if found else np.zeros(0)


def onsets_off(audio: Audio, rate: int, notes: Sequence[Timed]) -> Audio:
    """Return how late the vowel of each note begins, in seconds.

    A vowel begins where the level of its first formants (250 to 3000 Hz, 10 ms smooth) rises most steeply
    within 0.1 s of its note; notes that join vowels without a rise of 3 dB say nothing and are left out.
    A consonant before the vowel, if it has one, is what rises: give syllables that begin with a vowel.
    """
    band = sosfiltfilt(butter(4, (250.0, 3000.0), "bandpass", fs=rate, output="sos"), audio)
    step = rate // 400
    power = np.square(band[: len(band) // step * step]).reshape(-1, step).mean(1)
    smooth = np.convolve(power, np.hanning(9)[1:-1] / np.hanning(9).sum(), "same")
    height = np.sqrt(smooth + 1e-9 * max(float(smooth.max()), 1e-12))
    rise, ratio = np.zeros(len(height)), np.ones(len(height))
    rise[2:-2] = height[4:] - height[:-4]
    ratio[2:-2] = height[4:] / height[:-4]
    found = []
    for note in notes:
        first = max(0, int((note.start_s - _LOOKED_S) * 400))
        near = rise[first : int((note.start_s + _LOOKED_S) * 400)]
        steepest = first + int(near.argmax()) if len(near) else 0
        if ratio[steepest] >= _RISES:
            found.append((steepest + 0.5) / 400 - note.start_s)
    return np.array(found)


def heard(audio: Audio, rate: int, texts: Sequence[str], *, is_thorough: bool = True) -> str | None:
    """Return which of some lines pocketsphinx hears, by a grammar of them; None where it hears none.

    All ways through the lines are compared to their ends (``is_thorough``), or only those that its usual
    beams keep. Both hear a room: to the recogniser digital silence is no silence, and ends no word.
    """
    from pocketsphinx import Decoder

    quiet = np.zeros(rate // 5)
    sound = np.concatenate([quiet, audio, quiet])
    room = np.random.default_rng(0).standard_normal(len(sound))
    sound = soxr.resample(sound + _ROOM * np.sqrt(np.mean(np.square(audio))) * room, rate, 16000)
    wide = {"beam": 1e-100, "wbeam": 1e-80, "pbeam": 1e-100, "maxhmmpf": -1} if is_thorough else {}
    with tempfile.TemporaryDirectory() as folder:
        grammar = Path(folder) / "lines.jsgf"
        grammar.write_text(
            f"#JSGF V1.0;\ngrammar lines;\npublic <line> = {' | '.join(texts)} ;\n", encoding="utf-8"
        )
        decoder = Decoder(samprate=16000, jsgf=str(grammar), loglevel="FATAL", **wide)
        decoder.start_utt()
        decoder.process_raw(
            (sound / max(np.abs(sound).max(), 1e-9) * 16000).astype(np.int16).tobytes(), full_utt=True
        )
        decoder.end_utt()
        found = decoder.hyp()
    return found.hypstr if found else None


def null_db(one: Audio, other: Audio) -> float:
    """Return the level of the difference of two takes in dB of the first; -inf for the same."""
    size = min(len(one), len(other))
    rest, whole = np.sum(np.square(one[:size] - other[:size])), np.sum(np.square(one[:size]))
    return float(10.0 * np.log10(rest / whole)) if rest > 0 else -np.inf


def hiss_db(audio: Audio, rate: int) -> float:
    """Return how strong hisses are beside vowels, in decibels; nan where either is missing.

    It is the level in 5 to 10 kHz, exceeded in a tenth of the 20 ms in which that is stronger than 250 to
    3000 Hz, against the median level of what is loud and is no hiss.
    """
    size = rate // 50
    levels = []
    for low, high in ((5000.0, 10_000.0), (250.0, 3000.0)):
        band = sosfiltfilt(butter(4, (low, high), "bandpass", fs=rate, output="sos"), audio)
        levels.append(np.square(band[: len(band) // size * size]).reshape(-1, size).mean(1))
    hiss, voice = levels
    whole = np.square(audio[: len(hiss) * size]).reshape(-1, size).mean(1)
    is_heard = whole > 1e-4 * whole.max()
    hisses, vowels = hiss[is_heard & (hiss > voice)], whole[(voice > hiss) & (whole > 0.1 * whole.max())]
    if not len(hisses) or not len(vowels):
        return np.nan
    return float(10.0 * np.log10(np.percentile(hisses, 90) / np.median(vowels)))


def through_chain(audio: Audio, rate: int) -> Audio:
    """Return a voice as the strip of lead voices gives it, with its control of hisses: one channel."""
    sound = soxr.resample(audio, rate, SAMPLE_RATE)[None].astype(np.float32)
    return np.asarray(dry_stem(sound, load_mix("pop").strips["vocals"], SAMPLE_RATE).mean(0), np.float64)


def candidates(number: int) -> list[str]:
    """Return the ten lines among which line ``number``, from 0, must be told."""
    first = number // _TEXTS * _TEXTS
    return LINES[first : first + _TEXTS]


def measure(folder: Path, kind: str) -> dict[str, float]:
    """Measure the files of a kind of voice; shares are 0 to 1. Raises FileNotFoundError without any."""
    near: dict[str, list[Audio]] = {"harvest": [], "swift": []}
    late: list[Audio] = []
    right, quick, spoken, wrong = [], [], [], []
    hisses: dict[str, list[float]] = {"hisses, dB": [], "hisses mixed, dB": [], "hisses spoken, dB": []}
    for number, line in enumerate(LINES):
        path = folder / f"{kind}_{number + 1:02}.wav"
        if not path.is_file():
            continue
        audio, rate = soundfile.read(path, dtype="float64")
        notes = notes_of(line, LOWEST[kind])
        near["harvest"].append(cents_off(by_harvest(audio, rate), notes))
        near["swift"].append(cents_off(by_swift(audio, rate), notes))
        late.append(onsets_off(audio, rate, [note for note in notes if note.phones[0] in _VOWELS]))
        texts = candidates(number)
        told = heard(audio, rate, texts)
        right.append(told == line)
        wrong.append(told == texts[(number + 1) % len(texts)])
        quick.append(heard(audio, rate, candidates(number), is_thorough=False) == line)
        hisses["hisses, dB"].append(hiss_db(audio, rate))
        hisses["hisses mixed, dB"].append(hiss_db(through_chain(audio, rate), SAMPLE_RATE))
        said = path.with_stem(f"{path.stem}_spoken")
        if said.is_file():
            spoken.append(heard(*soundfile.read(said, dtype="float64"), candidates(number)) == line)
            hisses["hisses spoken, dB"].append(hiss_db(*soundfile.read(said, dtype="float64")))
    if not right:
        raise FileNotFoundError(f"{folder} holds no {kind}_01.wav to {kind}_{len(LINES)}.wav")
    found = {
        f"in tune ({name})": _share(np.abs(np.concatenate(all_)) < NEAR_CENTS)
        for name, all_ in near.items()
    }
    onsets = np.concatenate(late)
    found |= {
        "lines": float(len(right)),
        "onsets within 20 ms": _share(np.abs(onsets) <= 0.02),
        "median onset, ms": 1000.0 * float(np.median(onsets)) if len(onsets) else np.nan,
        "words": _share(np.array(right)),
        "a wrong line": _share(np.array(wrong)),
        "words by narrow beams": _share(np.array(quick)),
    }
    found |= {name: float(np.nanmedian(values)) for name, values in hisses.items() if values}
    return found | ({"words spoken": _share(np.array(spoken))} if spoken else {})


VOICES = {"low": "man", "middle": "low female", "high": "woman"}
"""The words for our voice of each kind."""


def throat_of(singer: str, kind: str) -> Throat[Any]:
    """Return the throat of a singer, "first" or "embedded", for a kind of voice."""
    if singer == "embedded":
        return PaintedThroat(load_network(), imagine(VOICES[kind], np.zeros(TIMBRE, np.float32))[0])
    return SpokenThroat(load_kokoro(), voice_of(VOICES[kind]))


def speak(model: Kokoro, phrase: Sequence[SungSyllable], words: str) -> Audio:
    """Return a phrase as the voice that some words ask for speaks it."""
    signs = text_of(phrase).signs
    style = voice_of(words).style(model, len(signs))
    said = say(model, signs, style)
    columns = said.columns[:, np.repeat(np.arange(len(said.frames)), said.frames)]
    pitch = np.where(said.hertz > 40.0, said.hertz, 0.0).astype(np.float32)
    return np.asarray(model.vocode(columns, pitch, said.energy, style), np.float64)


def make(folder: Path, kind: str, first: int, count: int, singer: str = "first") -> float:
    """Sing lines from ``first``, from 1, into files; the first singer speaks them into others.

    Returns seconds of the processor per sung second.
    """
    worked, sung = 0.0, 0.0
    throat = throat_of(singer, kind)
    for number, line in enumerate(LINES[first - 1 : first - 1 + count], first):
        notes = [
            SungNote(
                one.start_s,
                one.end_s,
                float(one.pitch),
                one.phones,
                "single" if one.begins_word else "middle",
                one.stress,
            )
            for one in notes_of(line, LOWEST[kind])
        ]
        begun = time.process_time()
        sung_phrases = [takes[0] for takes in sing(throat, notes, Manner(), [Take(1)])]
        worked += time.process_time() - begun
        sung += notes[-1].end_s - notes[0].start_s
        rate = throat.rate
        audio = np.zeros(round((notes[-1].end_s + 1.0) * rate))
        for phrase in sung_phrases:
            at = max(0, round(phrase.start_s * rate))
            part = phrase.audio[: len(audio) - at]
            audio[at : at + len(part)] += part
        files = {f"{kind}_{number:02}": (audio, rate)}
        if singer == "first":
            said = speak(load_kokoro(), phrases(notes)[0], VOICES[kind])
            files[f"{kind}_{number:02}_spoken"] = said, RATE
        for name, (one, one_rate) in files.items():
            soundfile.write(folder / f"{name}.wav", 0.7 * one / np.abs(one).max(), one_rate)
    return worked / sung


def _share(hits: NDArray[np.bool_]) -> float:
    return float(hits.mean()) if len(hits) else np.nan


def main() -> None:
    """Print what was measured for each kind of voice that the folder has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--make", type=int, metavar="LINES", help="Sing so many lines into FOLDER first.")
    parser.add_argument("--first", type=int, default=1, metavar="LINE", help="The first of them, from 1.")
    parser.add_argument("--singer", choices=("first", "embedded"), default="first")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(exist_ok=True)
    for kind in LOWEST if options.make else ():
        worked = make(folder, kind, options.first, options.make, options.singer)
        print(kind, f"{worked:.3f} s of the processor per sung second", flush=True)
    kinds = [kind for kind in LOWEST if next(folder.glob(f"{kind}_[0-9][0-9].wav"), None)]
    if not kinds:
        parser.error(f"{folder} holds no files like high_01.wav")
    for kind in kinds:
        print(kind, "  ".join(f"{name}: {value:.3g}" for name, value in measure(folder, kind).items()))


if __name__ == "__main__":
    main()
