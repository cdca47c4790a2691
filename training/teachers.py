"""Plays parts on synthesizers and a recorded piano: the teachers that are better than a soundfont.

They are the presets of ``data/teachers.yaml``. ``python -m training.teachers`` plays a few notes on each
and prints by how many semitones they sound off what is written, with the ``shift`` that they have, how loud
they are, and the mean frequency of a soft and of a hard note.

A folder (``build/teachers``) holds the two hosts that are built from ``training/hosts``, and the samples of
the piano. The README of the model says how to fill it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

import numpy as np
import soundfile
from numpy.typing import NDArray

from render.model.playing.notes import NoteTable
from training.captions import TEACHERS, Teacher
from training.sampled_piano import SampledPiano
from training.synth import RATE, Mono

FOLDER = Path("build/teachers")
"""Where the hosts and the piano's samples are looked for."""

_AMSYNTH_BANKS = Path("/usr/share/amsynth/banks")
_REST_S = 4.0
"""Rest between two parts, for releases and echoes to die away."""

_ALL_OFF = ((176, 123, 0), (176, 120, 0))
"""Messages that end what still sounds at the end of a clip."""

_OCTAVES = (12, 0, -12, -24)
_NEAR_SHARE, _NEAR_HZ = 2.0 ** (45.0 / 1200.0) - 1.0, 3.5
"""Partials lie within 45 cents of where they should: a rotating speaker moves them as much. Low ones lie
within some Hz, which the window does not tell apart."""

_NEAR_NEXT = 0.12
"""But not further off than this share of the way to the next: else all high partials would be near one."""

_LEAST_COVERED = 0.85
_MEASURED_NOTE_S = 1.2

Float = NDArray[np.float32]
Message = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Played:
    """How a host is called: what comes before and after the events, and messages at the beginning."""

    program: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    messages: tuple[Message, ...] = ()


def _lv2(uri: str, *after: str, messages: tuple[Message, ...] = (), warm_ms: int = 0) -> _Played:
    return _Played("play_lv2", (uri,), (str(warm_ms), *after), messages)


def _play_mda(preset: str, _: Path) -> _Played:
    presets = "http://drobilla.net/plugins/mda/presets#"
    return _lv2(f"http://drobilla.net/plugins/mda/{preset.split('-', maxsplit=1)[0]}", presets + preset)


def _play_zyn(preset: str, _: Path) -> _Played:
    zyn = "http://zynaddsubfx.sourceforge.net"
    return _lv2(zyn, f"{zyn}#preset_{quote(preset)}", warm_ms=50)


def _play_setbfree(preset: str, _: Path) -> _Played:
    """``preset`` has the numbers of its programs, from 1, one after another."""
    changes: tuple[Message, ...] = tuple((192, int(number) - 1, 0) for number in preset.split())
    return _lv2("http://gareus.org/oss/lv2/b_synth", messages=changes, warm_ms=50)


def _play_hexter(preset: str, _: Path) -> _Played:
    return _Played("play_dssi", ("/usr/lib/dssi/hexter.so", "hexter"), (preset,))


def _play_amsynth(preset: str, folder: Path) -> _Played:
    bank, name = preset.split(": ", 1)
    ports = _amsynth_ports(folder)
    values = _read_amsynth_bank(_AMSYNTH_BANKS / f"{bank}.bank")[name]
    settings = tuple(f"{ports[key]}={value}" for key, value in values.items() if key in ports)
    return _Played("play_dssi", (_AMSYNTH, "amsynth"), settings)


HOSTS: dict[str, Callable[[str, Path], _Played]] = {
    "mda": _play_mda,
    "zynaddsubfx": _play_zyn,
    "setbfree": _play_setbfree,
    "hexter": _play_hexter,
    "amsynth": _play_amsynth,
}
"""How each synthesizer plays a preset, with the hosts in a folder. ``salamander`` is the recorded piano."""

_AMSYNTH = "/usr/lib/dssi/amsynth_dssi.so"


@lru_cache(maxsize=1)
def _amsynth_ports(folder: Path) -> dict[str, str]:
    """Return the number of each of amsynth's ports by name."""
    told = _run([str(folder / "play_dssi"), _AMSYNTH, "amsynth"])
    rows = [line.split() for line in told.splitlines() if line.startswith("port ")]
    return {row[2]: row[1] for row in rows}


@lru_cache(maxsize=64)
def _read_amsynth_bank(path: Path) -> dict[str, dict[str, str]]:
    """Return the parameters of each preset of a bank, by name."""
    presets: dict[str, dict[str, str]] = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("<preset>"):
            now = presets.setdefault(line.split("<name>", 1)[1].strip(), {})
        elif line.startswith("<parameter>"):
            _, key, value = line.split()[:3]
            now[key] = value
    return presets


def _run(command: Sequence[str]) -> str:
    """Run a host and return what it prints.

    Raises FileNotFoundError where it is not built, RuntimeError where it fails.
    """
    if not Path(command[0]).is_file():
        raise FileNotFoundError(
            f"{command[0]}: build it from training/hosts, as render/model/README.md says"
        )
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (made here)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} …: {done.stderr.strip()[-300:]}")
    return done.stdout


def _events(parts: Sequence[NoteTable], spacing: int, clip: int, shift: int) -> list[tuple[int, Message]]:
    """Return the messages of all parts, one every ``spacing`` samples and ``clip`` long, in order."""
    events: list[tuple[int, int, Message]] = []
    for number, notes in enumerate(parts):
        base = number * spacing
        for start, end, pitch, velocity in zip(
            notes.start, notes.end, notes.pitch + shift, notes.velocity, strict=True
        ):
            events.append((base + int(start), 1, (144, int(pitch), int(velocity))))
            events.append((base + int(end), 0, (128, int(pitch), 0)))
        events += [(base + clip, 2, message) for message in _ALL_OFF]
    return [(sample, message) for sample, _, message in sorted(events)]


def play_parts(
    teacher: Teacher, parts: Sequence[NoteTable], seconds: float, folder: Path = FOLDER
) -> list[Mono]:
    """Play each part on a teacher: dry mono audio, ``seconds`` long, in the host's own level.

    Raises FileNotFoundError where a host or the samples are not there, RuntimeError where a host fails, and
    ValueError where it gives silence or what is no sound.
    """
    clip = int(seconds * RATE)
    if teacher.host == "salamander":
        piano = _piano(folder / "piano")
        return [piano.play(notes, clip) for notes in parts]
    spacing = clip + int(_REST_S * RATE)
    played = HOSTS[teacher.host](teacher.preset, folder)
    # a little silence first, in which programs are loaded
    lead = RATE // 2
    with tempfile.TemporaryDirectory() as made:
        events, wav = Path(made, "events.txt"), Path(made, "out.wav")
        rows = _events(parts, spacing, clip, teacher.shift)
        lines = [f"0 {status} {a} {b}\n" for status, a, b in played.messages]
        lines += [f"{lead + sample} {status} {a} {b}\n" for sample, (status, a, b) in rows]
        events.write_text("".join(lines), encoding="ascii")
        length = str(lead + len(parts) * spacing)
        _run([str(folder / played.program), *played.before, str(events), length, str(wav), *played.after])
        audio, _ = soundfile.read(wav, dtype="float32")
    if not np.isfinite(audio).all() or np.abs(audio).max(initial=0.0) < 1e-5:
        raise ValueError(f"{teacher.patch}: {teacher.host} gives no sound for {teacher.preset!r}")
    first = [lead + number * spacing for number in range(len(parts))]
    return [np.ascontiguousarray(audio[k : k + clip]) for k in first]


@lru_cache(maxsize=1)
def _piano(folder: Path) -> SampledPiano:
    return SampledPiano(folder)


def measure_shift(audio: Float, pitch: int) -> int | None:
    """Return by how many semitones a held note sounds off its MIDI ``pitch``, in octaves, or None.

    The answer is the highest octave whose partials hold nearly all of the sound. None: no octave does, as
    with a bell.
    """
    power = np.abs(np.fft.rfft(audio * np.hanning(len(audio)))) ** 2
    hertz = np.fft.rfftfreq(len(audio), 1.0 / RATE)
    total = power[hertz > 25.0].sum()
    for octave in _OCTAVES:
        fundamental = 440.0 * 2.0 ** ((pitch + octave - 69) / 12.0)
        nearest = np.maximum(np.rint(hertz / fundamental), 1.0) * fundamental
        reach = np.maximum(np.minimum(_NEAR_SHARE * nearest, _NEAR_NEXT * fundamental), _NEAR_HZ)
        near = np.abs(hertz - nearest) < reach
        if power[near].sum() >= _LEAST_COVERED * total:
            return octave
    return None


def _describe(teacher: Teacher, folder: Path) -> str:
    """Return a line of what a few notes on a teacher are like."""
    pitches = [round(teacher.low + share * (teacher.high - teacher.low)) for share in (0.3, 0.5, 0.7)]
    size = int(_MEASURED_NOTE_S * RATE)
    notes = [(0, size, pitch, 90) for pitch in pitches]
    notes += [(0, size, pitches[1], velocity) for velocity in (40, 115)]
    audio = play_parts(teacher, [NoteTable.of([note]) for note in notes], _MEASURED_NOTE_S + 0.4, folder)
    held = [sound[size // 8 : size // 2] for sound in audio]
    shifts = [measure_shift(sound, pitch) for sound, pitch in zip(held, pitches, strict=False)]
    levels = [10.0 * np.log10(float(np.mean(sound.astype(np.float64) ** 2)) + 1e-12) for sound in held]
    spectra = [np.abs(np.fft.rfft(sound)) for sound in held[-2:]]
    hertz = np.fft.rfftfreq(len(held[0]), 1.0 / RATE)
    soft, hard = (float((s * hertz).sum() / max(s.sum(), 1e-9)) for s in spectra)
    said = " ".join("?" if shift is None else f"{shift:+d}" for shift in shifts)
    return f"{said}\t{levels[1]:.1f} dB\t{levels[4] - levels[3]:+.1f} dB\t{soft:.0f} {hard:.0f} Hz"


def main() -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="hosts and samples")
    parser.add_argument("patches", nargs="*", help="of teachers.yaml; all where none is named")
    options = parser.parse_args()
    for teacher in TEACHERS:
        if options.patches and teacher.patch not in options.patches:
            continue
        try:
            told = _describe(teacher, options.folder)
        except (ValueError, RuntimeError, KeyError) as error:
            told = f"fails: {error}"
        sys.stdout.write(f"{teacher.patch}\t{told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
