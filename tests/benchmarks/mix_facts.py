"""What a mastering engineer would measure: ``python -m tests.benchmarks.mix_facts OUT.json [NAME…]``.

A name is a bundled song, which is rendered here (with the clips of the cache), the folder of a song, or an
audio file of a recording. Written are, of each: spectrum in thirds of an octave, loudness, loudness range,
crest factor, and the side against the mid in bands. Of songs also: how often each tune lies more than 3 dB
below what accompanies it from 1 to 4 kHz, without and with what the preset gives way by; the energy of
drums and bass together, 40 to 120 Hz, against the sum of both; and what each stem loses in mono. What the
file has already is not measured again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

import composer
from composer.base.backends import song_backend
from composer.folder.song import SongFolder
from render.audio.files import read_audio
from render.audio.r128 import measure_loudness
from render.audio.spectrum import spectrum_of
from render.audio.types import Audio
from render.checks.quality import crest_db
from render.clips.caching.cache import ClipCache, default_cache_dir
from render.mixing.moves import move_stem
from render.renderer import render_song
from songs import song_names
from structure.base.grid import SAMPLE_RATE
from structure.base.names import MASTER
from structure.plans.curves import song_curves
from structure.plans.plan import SongPlan
from structure.presets.mixes import THIRDS_HZ, load_mix
from tests.benchmarks.mono import mono_loss_db

WIDTH_BANDS_HZ = ((20, 120), (120, 500), (500, 2000), (2000, 8000), (8000, 16000))
PRESENCE_HZ = (1000, 4000)
LOWS_HZ = (40, 120)
TUNES = ("lead", "vocals")
_FRAME_S = 0.1
_HEARD_DB = -40.0
_MASKED_DB = -3.0
_BATCH = 512


def band_powers(audio: Audio, band: tuple[int, int], rate: int) -> NDArray[np.float64]:
    """Power of each tenth of a second of (channels, samples) in a band."""
    size = round(_FRAME_S * rate)
    hertz = np.fft.rfftfreq(size, 1 / rate)
    inside = (hertz >= band[0]) & (hertz < band[1])
    window = np.hanning(size).astype(np.float32)
    frames = audio[:, : audio.shape[1] // size * size].reshape(audio.shape[0], -1, size)
    powers = [
        np.square(np.abs(rfft(frames[:, first : first + _BATCH] * window, axis=2)[..., inside])).sum((0, 2))
        for first in range(0, frames.shape[1], _BATCH)
    ]
    return np.concatenate(powers).astype(np.float64) if powers else np.zeros(0)


def masked_share(tune: NDArray[np.float64], bed: NDArray[np.float64], playing: NDArray[np.bool_]) -> float:
    """Share of the time in which a tune has notes, and lies more than 3 dB below its bed: powers of
    frames."""
    one, other = (10 * np.log10(powers + 1e-12) for powers in (tune, bed))
    heard = (one > one.max(initial=-120) + _HEARD_DB) & playing
    return float(np.mean((one - other)[heard] < _MASKED_DB)) if heard.any() else 0.0


def playing_frames(plan: SongPlan, name: str, frames: int) -> NDArray[np.bool_]:
    """In which tenths of a second a stem has notes."""
    playing = np.zeros(frames, dtype=np.bool_)
    for visit in plan.visits:
        part = visit.music.score.parts.get(name)
        start, grid = plan.bounds(visit)[0], plan.grid_of(visit)
        for note in part.notes if part else ():
            first, last = (
                start + grid.sample_at(max(Fraction(0), place))
                for place in (note.onset, note.onset + note.duration)
            )
            size = round(_FRAME_S * plan.grid.sample_rate)
            playing[first // size : last // size + 1] = True
    return playing


def sum_gain_db(parts: list[Audio], rate: int) -> float:
    """Energy of a sum against the sum of energies, 40 to 120 Hz; 0 for strangers."""
    apart = sum(band_powers(part, LOWS_HZ, rate).sum() for part in parts)
    together = band_powers(np.sum(parts, axis=0), LOWS_HZ, rate).sum()
    return float(10 * np.log10(together / apart)) if apart else 0.0


def facts_of_master(audio: Audio, rate: int) -> dict[str, Any]:
    """What is measured of any recording, (2, samples)."""
    spectrum, loudness = spectrum_of(audio, rate), measure_loudness(audio, rate)
    width = []
    for low, high in WIDTH_BANDS_HZ:
        inside = (spectrum.hertz >= low) & (spectrum.hertz < high)
        side, mid = (float(part[inside].sum()) + 1e-15 for part in (spectrum.side, spectrum.mid))
        width.append(round(10 * np.log10(side / mid), 1))
    return {
        "seconds": round(audio.shape[1] / rate),
        "lufs": round(loudness.integrated_lufs, 1),
        "range_lu": round(loudness.range_lu, 1),
        "crest_db": round(crest_db(audio), 1),
        "thirds_db": [round(float(level), 1) for level in spectrum.bands_db(THIRDS_HZ)],
        "side_to_mid_db": width,
    }


def facts_of_song(plan: SongPlan, stems: Mapping[str, Audio], master: Audio) -> dict[str, Any]:
    """What is measured of a song of ours, whose stems do not give way to its tunes yet."""
    rate, roles = plan.grid.sample_rate, {stem.name: stem.role for stem in plan.stems}
    curves = [curve for curve in song_curves(plan) if curve.parameter == "presence_db"]
    beds = [name for name, role in roles.items() if role not in TUNES]
    before = {name: band_powers(audio, PRESENCE_HZ, rate) for name, audio in stems.items()}
    after = dict(before)
    for name in {curve.stem for curve in curves}:
        moved = stems[name].copy()
        move_stem(moved, [curve for curve in curves if curve.stem == name], plan.grid)
        after[name] = band_powers(moved, PRESENCE_HZ, rate)
    masked = {}
    for name in roles.keys() - set(beds):
        playing = playing_frames(plan, name, len(before[name]))
        masked[name] = [
            round(masked_share(powers[name], np.sum([powers[bed] for bed in beds], axis=0), playing), 2)
            for powers in (before, after)
            if beds
        ]
    lows = [[stems[name] for name, role in roles.items() if role == wanted] for wanted in ("drums", "bass")]
    both = [np.sum(part, axis=0) for part in lows if part]
    return {
        **facts_of_master(master, rate),
        "masked": dict(sorted(masked.items())),
        "lows_db": round(sum_gain_db(both, rate), 2) if len(both) == 2 else None,
        "mono_loss_db": {name: round(mono_loss_db(audio), 2) for name, audio in stems.items()},
    }


def measure(name: str) -> dict[str, Any]:
    """Measure a bundled song, a song's folder, or a recording."""
    if name in song_names():
        plan = composer.plan(name)
        still = replace(plan, mix=plan.mix.model_copy(update={"give_way_db": 0.0}))
        result = render_song(still, song_backend(plan), ClipCache(default_cache_dir()))
        facts = facts_of_song(plan, result.stems, result.master.audio)
        return {"mix": plan.mix.preset, "genre": plan.genre, **facts}
    if Path(name).is_dir():
        song = SongFolder.open(Path(name))
        mix = load_mix(song.plan.mix.preset)
        plan = replace(
            song.plan,
            mix=song.plan.mix.model_copy(update={"give_way_db": mix.give_way_db, "strips": mix.strips}),
        )
        stems = {stem.name: song.read_stem(stem.name) for stem in plan.stems}
        return {"mix": mix.preset, "genre": plan.genre, **facts_of_song(plan, stems, song.read(MASTER))}
    audio = read_audio(Path(name), channels=2)
    return facts_of_master(audio, SAMPLE_RATE)


def main() -> None:
    out, names = Path(sys.argv[1]), sys.argv[2:] or list(song_names())
    found = json.loads(out.read_text()) if out.exists() else {}
    for name in names:
        key = Path(name).stem
        if key not in found:
            found[key] = measure(name)
            out.write_text(json.dumps(found, indent=1) + "\n")
            print(key, json.dumps({k: v for k, v in found[key].items() if k != "thirds_db"}), flush=True)


if __name__ == "__main__":
    main()
