"""Reference renders for training: soundfonts through FluidSynth, and CC0 drum samples."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import mido
import numpy as np
import pedalboard
import soundfile
from numpy.typing import NDArray

from render.model.playing.notes import DRUM_CLASSES, NoteTable, drum_class
from training.captions import SampleKit

RATE = 44_100
SOUNDFONTS: dict[str, Path] = {
    "fluid": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "musescore": Path("/usr/share/sounds/sf2/MuseScore_General_Full.sf2"),
}
"""Where Debian's fluid-soundfont-gm and musescore-general-soundfont-lossless (both MIT) put them."""

_SAMPLES = Path("/usr/share/sonic-pi/samples")
Mono = NDArray[np.float32]


def _midi(parts: Sequence[NoteTable], spacing: int, channel: int, program: int) -> mido.MidiFile:
    """Return all parts one after another as a MIDI file; one tick is one sample."""
    file = mido.MidiFile(ticks_per_beat=22_050)
    track = mido.MidiTrack()
    file.tracks.append(track)
    track.append(mido.MetaMessage("set_tempo", tempo=500_000, time=0))
    track.append(mido.Message("program_change", channel=channel, program=program, time=0))
    events: list[tuple[int, int, str, int, int]] = []
    for index, notes in enumerate(parts):
        base = index * spacing
        for s, e, p, v in zip(notes.start, notes.end, notes.pitch, notes.velocity, strict=True):
            events.append((base + int(s), 1, "note_on", int(p), int(v)))
            events.append((base + int(e), 0, "note_off", int(p), 0))
    now = 0
    for tick, _, kind, pitch, velocity in sorted(events):
        track.append(mido.Message(kind, channel=channel, note=pitch, velocity=velocity, time=tick - now))
        now = tick
    track.append(mido.MetaMessage("end_of_track", time=max(0, len(parts) * spacing - now)))
    return file


def render_parts(
    parts: Sequence[NoteTable], seconds: float, soundfont: str, program: int, *, drums: bool
) -> list[Mono]:
    """Render dry mono audio of each part, ``seconds`` long, by FluidSynth without its reverb and chorus.

    Raises FileNotFoundError where FluidSynth or the soundfont is not installed.
    """
    spacing = int(seconds * RATE)
    font = SOUNDFONTS[soundfont]
    if not font.exists():
        raise FileNotFoundError(
            f"{font}: install fluid-soundfont-gm and musescore-general-soundfont-lossless"
        )
    with tempfile.TemporaryDirectory() as folder:
        midi, wav = Path(folder, "parts.mid"), Path(folder, "parts.wav")
        _midi(parts, spacing, 9 if drums else 0, program).save(midi)
        subprocess.run(  # noqa: S603  (all arguments are made here)
            ["fluidsynth", "-ni", "-R", "0", "-C", "0", "-g", "0.5", "-r", str(RATE), "-O", "float",  # noqa: S607  (wherever a system has it)
             "-F", str(wav), str(font), str(midi)],
            check=True, capture_output=True,
        )  # fmt: skip
        audio, _ = soundfile.read(wav, dtype="float32", always_2d=True)
    mono = audio.mean(axis=1)
    mono = np.pad(mono, (0, max(0, len(parts) * spacing - len(mono))))
    return [mono[k * spacing : (k + 1) * spacing].astype(np.float32) for k in range(len(parts))]


@lru_cache(maxsize=64)
def _sample(name: str) -> Mono:
    path = _SAMPLES / f"{name}.flac"
    if not path.exists():
        raise FileNotFoundError(f"{path}: install sonic-pi-samples")
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if rate != RATE:
        raise ValueError(f"{path} has a rate of {rate} Hz, not {RATE}")
    mono = audio.mean(axis=1)[: 2 * RATE]
    return np.asarray(mono / max(1e-6, float(np.abs(mono).max())), dtype=np.float32)


def render_samples(notes: NoteTable, seconds: float, kit: SampleKit) -> Mono:
    """Render a drum part with single hits."""
    audio = np.zeros(int(seconds * RATE), dtype=np.float32)
    for start, key, amplitude in zip(notes.start, notes.pitch, notes.amplitude, strict=True):
        sound = _sample(kit.samples[DRUM_CLASSES[drum_class(int(key))]])
        stop = min(len(audio), int(start) + len(sound))
        audio[start:stop] += 0.4 * amplitude * sound[: stop - int(start)]
    return audio


def apply_effect(audio: Mono, effect: str, rng: np.random.Generator) -> Mono:
    """Apply one of captions.EFFECTS to dry mono audio, with random settings; the RMS is kept."""
    chain: list[pedalboard.Plugin] = []
    if effect == "reverb":
        wet = rng.uniform(0.3, 0.6)
        chain = [
            pedalboard.Reverb(room_size=rng.uniform(0.6, 0.9), wet_level=wet, dry_level=1 - wet, width=0.0)
        ]
    elif effect == "room":
        chain = [
            pedalboard.Reverb(room_size=rng.uniform(0.1, 0.35), wet_level=0.25, dry_level=0.75, width=0.0)
        ]
    elif effect == "distortion":
        chain = [
            pedalboard.Distortion(rng.uniform(18, 32)),
            pedalboard.LowpassFilter(rng.uniform(4500, 9000)),
        ]
    elif effect == "lowpass":
        chain = [pedalboard.LowpassFilter(rng.uniform(900, 2200)), pedalboard.LowpassFilter(4000)]
    elif effect == "bright":
        chain = [pedalboard.HighShelfFilter(3000, rng.uniform(6, 10))]
    elif effect == "warm":
        cut = rng.uniform(6, 11)
        chain = [pedalboard.HighShelfFilter(2000, -cut), pedalboard.LowShelfFilter(250, 2.5)]
    elif effect == "chorus":
        chain = [pedalboard.Chorus(rate_hz=rng.uniform(0.4, 1.4), depth=0.3, mix=0.5)]
    elif effect == "tape":
        chain = [
            pedalboard.Distortion(rng.uniform(6, 12)),
            pedalboard.LowpassFilter(rng.uniform(6000, 9000)),
            pedalboard.HighpassFilter(60),
        ]
    elif effect == "echo":
        delay_s, mix = rng.uniform(0.18, 0.45), rng.uniform(0.25, 0.4)
        chain = [pedalboard.Delay(delay_seconds=delay_s, feedback=rng.uniform(0.25, 0.5), mix=mix)]
    if not chain:
        return audio
    level = float(np.sqrt(np.mean(audio**2)))
    if effect in ("distortion", "tape"):
        audio = audio * (0.125 / max(level, 1e-6))
    wet_audio = pedalboard.Pedalboard(chain)(audio[None], RATE)[0]
    after = float(np.sqrt(np.mean(wet_audio**2)))
    return np.asarray(wet_audio * (level / max(after, 1e-6)), dtype=np.float32)
