"""Faults that a renderer might leave in a song: what each does to the audio, and which check is to hear it.

A fault is planted *before* anything is certified: stems are changed, their sum and the master of it are
made anew, and only then the song is checked. So no digest helps to find it, the audio alone has to tell.
Faults of the master change the master alone, those of files the files of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pedalboard
from scipy.signal import butter, sosfilt

from render.audio.levels import gain_from_db, rms
from render.audio.types import Audio
from render.mixing.master import master_song
from render.mixing.mix import sections_of
from structure.base.names import LOCK, MIDI, MUSICXML, OVERVIEW, REPORT
from structure.plans.plan import SongPlan, StemPlan, Visit

Random = np.random.Generator

_EDGE_S = 0.003
"""A part that is taken out or put in fades so long at its ends, so that it does not click."""


@dataclass(frozen=True)
class Take:
    """A rendered song: all audio is (2, samples)."""

    plan: SongPlan
    stems: dict[str, Audio]
    premaster: Audio
    master: Audio

    @property
    def rate(self) -> int:
        """Hz."""
        return self.plan.grid.sample_rate

    def stem(self, name: str) -> StemPlan:
        """Return the plan of a stem."""
        return next(stem for stem in self.plan.stems if stem.name == name)

    def with_stems(self, **stems: Audio) -> Take:
        """Return the song as a renderer leaves it that made these stems: summed and mastered anew."""
        mixed = {**self.stems, **stems}
        premaster = np.sum(list(mixed.values()), axis=0, dtype=np.float32)
        return replace(self, stems=mixed, premaster=premaster, master=mastered(self.plan, premaster))

    def with_master(self, master: Audio) -> Take:
        """Return the song with another master."""
        return replace(self, master=np.ascontiguousarray(master, dtype=np.float32))


Planter = Callable[[Take, Random], tuple[Take, str]]
"""Plants a fault into a song at a place that it draws, and says in words what it did."""


@dataclass(frozen=True)
class Kind:
    """A kind of fault, and the rows of ``verify`` of which one is to fail for it."""

    name: str
    rows: tuple[str, ...]
    plant: Planter


def mastered(plan: SongPlan, premaster: Audio) -> Audio:
    """Return the master that a plan asks for."""
    return master_song(premaster, plan.master, plan.grid.sample_rate, plan.mix, sections_of(plan)).audio


# Places


def _notes(take: Take, stem: str, visit: Visit) -> list[tuple[int, int]]:
    """Samples at which the notes of a stem begin and end in a visit."""
    part = visit.music.score.parts.get(stem)
    begin = take.plan.position_quarters(visit)
    at = take.plan.grid.sample_at
    notes = part.notes if part else ()
    return [(at(begin + n.sounding_onset), at(begin + n.sounding_onset + n.duration)) for n in notes]


def _bars(take: Take, visit: Visit) -> Iterator[tuple[int, int]]:
    for bar in range(visit.place.start_bar, visit.end_bar):
        yield take.plan.grid.sample_at_bar(bar), take.plan.grid.sample_at_bar(bar + 1)


def _playing(take: Take, rng: Random, *, pitched: bool = True) -> str:
    names = [s.name for s in take.plan.stems if s.role not in ("effects", "audio")]
    names = [n for n in names if not pitched or take.stem(n).role != "drums"]
    return str(rng.choice(names))


def _full_bar(take: Take, rng: Random, stem: str) -> tuple[int, int, int]:
    """A bar of the song in which a stem plays at least half as many notes as in its fullest."""
    found = []
    for visit in take.plan.visits:
        onsets = [start for start, _ in _notes(take, stem, visit)]
        for number, (start, end) in enumerate(_bars(take, visit), visit.place.start_bar + 1):
            found.append((sum(start <= onset < end for onset in onsets), start, end, number))
    most = max(count for count, *_ in found)
    full = [place for place in found if 2 * place[0] >= most]
    _, start, end, number = full[int(rng.integers(len(full)))]
    return start, end, number


def _sounding_moment(take: Take, rng: Random, audio: Audio, size: int) -> int:
    """A sample from which on ``size`` samples are loud, as is what stands around them."""
    level = rms(audio)
    while True:
        at = int(rng.integers(take.rate, take.plan.music_samples - take.rate))
        around = (
            audio[:, at - 2 * size : at],
            audio[:, at : at + size],
            audio[:, at + size : at + 3 * size],
        )
        if min(rms(part) for part in around) > 0.5 * level:
            return at


def _window(take: Take, start: int, end: int) -> np.ndarray:
    """Ones from ``start`` to ``end``, zeros elsewhere, with soft edges: (samples,)."""
    window = np.zeros(take.plan.total_samples, dtype=np.float32)
    edge = round(_EDGE_S * take.rate)
    ramp = np.linspace(0.0, 1.0, edge, dtype=np.float32)
    window[start:end] = 1.0
    window[start : start + edge] = ramp
    window[end - edge : end] = ramp[::-1]
    return window


def _later(audio: Audio, samples: int) -> Audio:
    return np.pad(audio, ((0, 0), (samples, 0)))[:, : audio.shape[1]]


def _shifted(audio: Audio, rate: int, semitones: float) -> Audio:
    return np.asarray(
        pedalboard.time_stretch(
            np.ascontiguousarray(audio), float(rate), pitch_shift_in_semitones=semitones
        ),
        dtype=np.float32,
    )[:, : audio.shape[1]]


def _label(take: Take, sample: int) -> str:
    return f"{sample / take.rate:.2f} s"


# The master


def _another_song(take: Take, rng: Random) -> tuple[Take, str]:
    moved = np.roll(take.premaster, take.plan.music_samples // int(rng.integers(2, 5)), axis=1)
    moved = _shifted(moved, take.rate, float(rng.choice([-3, 2, 5])))
    size = take.plan.total_samples
    other = mastered(take.plan, np.pad(moved, ((0, 0), (0, size - moved.shape[1]))))
    return take.with_master(other), "the master of other music of this length"


def _stale(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    start, end, bar = _full_bar(take, rng, name)
    older = take.premaster - take.stems[name] * _window(take, start, end)
    return take.with_master(mastered(take.plan, older)), f"made before {name} had bar {bar}"


def _mono(take: Take, rng: Random) -> tuple[Take, str]:
    share = np.float32(rng.choice([1.0, 0.8]))
    middle = take.master.mean(axis=0, keepdims=True)
    return take.with_master(take.master + share * (middle - take.master)), f"{share:.0%} mono"


def _sides_swapped(take: Take, rng: Random) -> tuple[Take, str]:
    start = int(rng.choice([0, take.plan.bounds(take.plan.visits[-1])[0]]))
    master = take.master.copy()
    master[:, start:] = take.master[::-1, start:]
    return take.with_master(master), f"from {_label(take, start)}"


def _hole(take: Take, rng: Random) -> tuple[Take, str]:
    size = round(float(rng.choice([0.02, 0.05, 0.1, 0.2])) * take.rate)
    at = _sounding_moment(take, rng, take.master, size)
    return take.with_master(
        take.master * (1.0 - _window(take, at, at + size))
    ), f"{1000 * size / take.rate:.0f} ms at {_label(take, at)}"


def _click(take: Take, rng: Random) -> tuple[Take, str]:
    at = int(rng.integers(take.rate, take.plan.music_samples))
    master = take.master.copy()
    high = float(rng.choice([0.1, 0.2, 0.4]))
    room = 0.85 - float(np.abs(master[:, at]).max())
    master[:, at] += np.float32(min(high, max(room, 0.05)))
    return take.with_master(master), f"one sample at {_label(take, at)}"


def _dc(take: Take, rng: Random) -> tuple[Take, str]:
    offset = np.float32(rng.choice([0.005, 0.01, 0.03]))
    return take.with_master(np.clip(take.master + offset, -0.85, 0.85)), f"{offset:.3f}"


def _late_master(take: Take, rng: Random) -> tuple[Take, str]:
    samples = int(rng.choice([1, 16, 220, 800]))
    return take.with_master(_later(take.master, samples)), f"{samples} samples"


def _inverted_master(take: Take, rng: Random) -> tuple[Take, str]:
    start = int(rng.choice([0, take.plan.bounds(take.plan.visits[1])[0]]))
    master = take.master.copy()
    master[:, start:] *= -1.0
    return take.with_master(master), f"from {_label(take, start)}"


def _dull_master(take: Take, rng: Random) -> tuple[Take, str]:
    hertz = float(rng.choice([6000, 9000, 12000]))
    low = sosfilt(butter(2, hertz, fs=take.rate, output="sos"), take.master, axis=1)
    return take.with_master(low), f"nothing above {hertz:g} Hz"


def _step_in_master(take: Take, rng: Random) -> tuple[Take, str]:
    visit = take.plan.visits[int(rng.integers(len(take.plan.visits)))]
    db = float(rng.choice([-1.5, -2.5, -0.8]))
    window = _window(take, *take.plan.bounds(visit))
    gain = 1.0 + (gain_from_db(db) - 1.0) * window
    return take.with_master(take.master * gain), f"{db} dB in {visit.place.label}"


# Notes


def _semitone_bar(take: Take, rng: Random) -> tuple[Take, str]:
    return _pitched_bar(take, rng, float(rng.choice([-1, 1])))


def _octave_bar(take: Take, rng: Random) -> tuple[Take, str]:
    return _pitched_bar(take, rng, float(rng.choice([-12, 12])))


def _pitched_bar(take: Take, rng: Random, semitones: float) -> tuple[Take, str]:
    name = _playing(take, rng)
    start, end, bar = _full_bar(take, rng, name)
    audio = take.stems[name].copy()
    window = _window(take, start, end)
    other = np.zeros_like(audio)
    part = _shifted(audio[:, start:end], take.rate, semitones)
    other[:, start : start + part.shape[1]] = part
    return take.with_stems(
        **{name: audio * (1.0 - window) + other * window}
    ), f"{name} in bar {bar} by {semitones:+g}"


def _half_choruses(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    choruses = [visit for visit in take.plan.visits if visit.place.name == "chorus"]
    second = bool(rng.integers(2))
    audio = take.stems[name].copy()
    for visit in choruses:
        start, end = take.plan.bounds(visit)
        middle = take.plan.grid.sample_at_bar(visit.place.start_bar + visit.bars // 2)
        part = (middle, end) if second else (start, middle)
        audio *= 1.0 - _window(take, *part)
    return take.with_stems(**{name: audio}), f"{name} in half {1 + second} of each chorus"


def _silent_bar(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    start, end, bar = _full_bar(take, rng, name)
    return take.with_stems(
        **{name: take.stems[name] * (1.0 - _window(take, start, end))}
    ), f"{name} in bar {bar}"


def _silent_note(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng)
    visit = take.plan.visits[int(rng.integers(len(take.plan.visits)))]
    notes = _notes(take, name, visit)
    while not notes:
        visit = take.plan.visits[int(rng.integers(len(take.plan.visits)))]
        notes = _notes(take, name, visit)
    long = [n for n in notes if n[1] - n[0] > 0.2 * take.rate] or notes
    start, end = long[int(rng.integers(len(long)))]
    start = max(0, start - round(_EDGE_S * take.rate))
    return take.with_stems(
        **{name: take.stems[name] * (1.0 - _window(take, start, end))}
    ), f"{name} at {_label(take, start)}"


def _swapped_stems(take: Take, rng: Random) -> tuple[Take, str]:
    one, other = (str(name) for name in rng.choice(list(take.stems), 2, replace=False))
    return take.with_stems(**{one: take.stems[other], other: take.stems[one]}), f"{one} and {other}"


def _stem_twice(take: Take, rng: Random) -> tuple[Take, str]:
    one, other = (str(name) for name in rng.choice(list(take.stems), 2, replace=False))
    return take.with_stems(**{one: take.stems[other].copy()}), f"{one} is another {other}"


def _sound_in_rest(take: Take, rng: Random) -> tuple[Take, str]:
    """Play a bar of a stem where it rests, or noise where nobody has written anything."""
    rests = [
        (stem.name, visit)
        for stem in take.plan.stems
        for visit in take.plan.visits
        if not _notes(take, stem.name, visit)
    ]
    if not rests:
        raise ValueError("nobody rests in this song")
    name, visit = rests[int(rng.integers(len(rests)))]
    bars = list(_bars(take, visit))
    start, end = bars[-1 if len(bars) > 2 else 0]
    source, stop, _ = _full_bar(take, rng, name)
    size = min(end - start, stop - source)
    audio = take.stems[name].copy()
    audio[:, start : start + size] += take.stems[name][:, source : source + size]
    return take.with_stems(**{name: audio}), f"{name} at {_label(take, start)}"


# Damage


def _short_gap(take: Take, rng: Random) -> tuple[Take, str]:
    return _gap(take, rng, float(rng.choice([0.002, 0.003, 0.005])))


def _long_gap(take: Take, rng: Random) -> tuple[Take, str]:
    return _gap(take, rng, float(rng.choice([0.02, 0.04, 0.08])))


def _gap(take: Take, rng: Random, seconds: float) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    size = round(seconds * take.rate)
    at = _sounding_moment(take, rng, take.stems[name], size)
    audio = take.stems[name].copy()
    audio[:, at : at + size] = 0.0
    return take.with_stems(**{name: audio}), f"{name}, {1000 * seconds:g} ms at {_label(take, at)}"


def _clipped_stem(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    audio = take.stems[name]
    share = float(rng.choice([0.35, 0.5, 0.6]))
    limit = share * float(np.abs(audio).max())
    return take.with_stems(**{name: np.clip(audio, -limit, limit)}), f"{name} at {share:.0%} of its peak"


def _side_inverted(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    audio = take.stems[name].copy()
    start, end = 0, audio.shape[1]
    if rng.integers(2):
        visit = next(v for v in take.plan.visits if _notes(take, name, v))
        start, end = take.plan.bounds(visit)
    side = int(rng.integers(2))
    audio[side, start:end] *= -1.0
    return take.with_stems(**{name: audio}), f"{'LR'[side]} of {name} from {_label(take, start)}"


def _return_inverted(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    visit = [v for v in take.plan.visits if v.place.name == "chorus"][-1]
    start, end = take.plan.bounds(visit)
    audio = take.stems[name] * (1.0 - 2.0 * _window(take, start, end))
    return take.with_stems(**{name: audio}), f"{name} in {visit.place.label}"


def _pan_swapped(take: Take, rng: Random) -> tuple[Take, str]:
    panned = [stem.name for stem in take.plan.stems if abs(stem.pan) > 0.1]
    name = str(rng.choice(panned))
    return take.with_stems(**{name: np.ascontiguousarray(take.stems[name][::-1])}), name


def _late_stem(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng)
    ms = float(rng.choice([10, 15, 20, 25]))
    return take.with_stems(
        **{name: _later(take.stems[name], round(ms / 1000.0 * take.rate))}
    ), f"{name} by {ms:g} ms"


def _late_song(take: Take, rng: Random) -> tuple[Take, str]:
    drums = any(stem.role == "drums" for stem in take.plan.stems)
    ms = float(rng.choice([12, 16, 20] if drums else [10, 14, 20]))
    samples = round(ms / 1000.0 * take.rate)
    return take.with_stems(
        **{name: _later(audio, samples) for name, audio in take.stems.items()}
    ), f"by {ms:g} ms"


def _stem_level(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng, pitched=False)
    db = float(rng.choice([-9, -7, 7]))
    return take.with_stems(
        **{name: take.stems[name] * np.float32(gain_from_db(db))}
    ), f"{name} by {db:+g} dB"


def _detuned_stem(take: Take, rng: Random) -> tuple[Take, str]:
    name = _playing(take, rng)
    cents = float(rng.choice([-45, -30, 30, 45]))
    part = _shifted(take.stems[name], take.rate, cents / 100.0)
    audio = np.pad(part, ((0, 0), (0, take.plan.total_samples - part.shape[1])))
    return take.with_stems(**{name: audio}), f"{name} by {cents:+g} cents"


def _untouched(take: Take, rng: Random) -> tuple[Take, str]:
    return take, ""


FILES = (LOCK, MIDI, MUSICXML, OVERVIEW, REPORT)
"""Files of which one is changed, or taken away, in faults of the kind "files"."""


def change_file(folder: Path, name: str) -> None:
    """Change a file of a song as an editor might; take the lock away."""
    path = folder / name
    if name == LOCK:
        path.unlink()
    elif name == REPORT:
        text = path.read_text(encoding="utf-8")
        path.unlink()
        path.write_text(text.replace('"seeds": {', '"seeds": {"other": 1, ', 1), encoding="utf-8")
    else:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.unlink()
        path.write_bytes(data)


_MASTER = ("the master is made of the premaster",)
_HEARD = ("planned notes are heard",)
_OWN = ("stems play their own parts",)

KINDS: tuple[Kind, ...] = (
    Kind("master of another song", _MASTER, _another_song),
    Kind("stale master", _MASTER, _stale),
    Kind("mono master", _MASTER, _mono),
    Kind("master's sides swapped", _MASTER, _sides_swapped),
    Kind("hole in the master", _MASTER, _hole),
    Kind("click in the master", _MASTER, _click),
    Kind("DC in the master", _MASTER, _dc),
    Kind("late master", _MASTER, _late_master),
    Kind("inverted master", _MASTER, _inverted_master),
    Kind("dull master", _MASTER, _dull_master),
    Kind("a section's level in the master", _MASTER, _step_in_master),
    Kind("a bar a semitone off", _HEARD, _semitone_bar),
    Kind("a bar an octave off", _HEARD, _octave_bar),
    Kind("silent in half of all choruses", _HEARD, _half_choruses),
    Kind("a silent bar", _HEARD, _silent_bar),
    Kind("a silent note", _HEARD, _silent_note),
    Kind("two stems under each other's names", _OWN, _swapped_stems),
    Kind("a stem under two names", _OWN, _stem_twice),
    Kind("sound in a rest", ("stems rest where they have no notes",), _sound_in_rest),
    Kind("gap of 2 to 5 ms", ("no gaps",), _short_gap),
    Kind("gap of 20 to 80 ms", ("no gaps",), _long_gap),
    Kind("stem clipped at its own level", ("no stem is cut off flat",), _clipped_stem),
    Kind("one side inverted", ("polarity",), _side_inverted),
    Kind("a return inverted", ("polarity",), _return_inverted),
    Kind("stem on the other side", ("stems stand where they are panned",), _pan_swapped),
    Kind("pitched stem late", ("stems are together",), _late_stem),
    Kind("song late", ("notes sound on the grid",), _late_song),
    Kind("stem too loud or too soft", ("stems have their levels",), _stem_level),
    Kind("stem out of tune", ("stems are in tune",), _detuned_stem),
    Kind("a file of the folder", ("files match the lock",), _untouched),
)
