"""What a mastering engineer would measure: ``python -m tests.benchmarks.mix_facts OUT.json [NAME…]``.

A name is a bundled song, which is rendered here (with the clips of the cache), the folder of a song, or an
audio file of a recording. Written are, of each: spectrum in thirds of an octave, loudness, loudness range,
crest factor, and the side against the mid in bands. Of songs also: how often each tune lies more than 3 dB
below the rest from 1 to 4 kHz; the energy of drums and bass together, 40 to 120 Hz, against the sum of
both; and what each stem loses in mono. What the file has already is not measured again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

import composer
from composer.folder.song import SongFolder
from composer.handover.material import own_backend
from render.audio.files import read_audio
from render.audio.r128 import measure_loudness
from render.audio.shape import fit_width
from render.audio.spectrum import spectrum_of
from render.audio.types import Audio
from render.checks.quality import crest_db
from render.clips.cache import ClipCache, default_cache_dir
from render.renderer import render_song
from songs import song_names
from structure.base.names import MASTER
from structure.base.types import Role
from structure.presets.mixes import THIRDS_HZ

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


def masked_share(tune: NDArray[np.float64], bed: NDArray[np.float64]) -> float:
    """Share of the time in which a tune plays, and lies more than 3 dB below the rest: powers of frames."""
    one, other = (10 * np.log10(powers + 1e-12) for powers in (tune, bed))
    heard = one > one.max(initial=-120) + _HEARD_DB
    return float(np.mean((one - other)[heard] < _MASKED_DB)) if heard.any() else 0.0


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


def facts_of_song(
    stems: Mapping[str, Audio], roles: Mapping[str, Role], master: Audio, rate: int
) -> dict[str, Any]:
    """What is measured of a song of ours."""
    names = list(stems)
    powers = {name: band_powers(stems[name], PRESENCE_HZ, rate) for name in names}
    whole = band_powers(np.sum([stems[name] for name in names], axis=0), PRESENCE_HZ, rate)
    total = np.sum(list(powers.values()), axis=0)
    tunes = {}
    for name in names:
        if roles[name] in TUNES:
            heard = powers[name] > powers[name].max(initial=0.0) * 10 ** (_HEARD_DB / 10)
            tunes[name] = {
                "masked": round(masked_share(powers[name], total - powers[name]), 3),
                "bed": {
                    other: round(float(powers[other][heard].sum() / powers[name][heard].sum()), 2)
                    for other in names
                    if other != name and heard.any()
                },
            }
    drums, bass = ([stems[name] for name in names if roles[name] == role] for role in ("drums", "bass"))
    both = [np.sum(part, axis=0) for part in (drums, bass) if part]
    return {
        **facts_of_master(master, rate),
        "tunes": tunes,
        "lows_db": round(sum_gain_db(both, rate), 2) if len(both) == 2 else None,
        "mono_loss_db": {name: round(spectrum_of(stems[name], rate).mono_loss_db(), 2) for name in names},
        "all_together_db": round(float(10 * np.log10(whole.sum() / total.sum())), 2),
    }


def measure(name: str) -> dict[str, Any]:
    """Measure a bundled song, a song's folder, or a recording."""
    if name in song_names():
        plan = composer.plan(name)
        result = render_song(plan, own_backend(plan), ClipCache(default_cache_dir()))
        roles = {stem.name: stem.role for stem in plan.stems}
        facts = facts_of_song(result.stems, roles, result.master.audio, plan.grid.sample_rate)
        return {"mix": plan.mix.preset, "genre": plan.genre, **facts}
    if Path(name).is_dir():
        song = SongFolder.open(Path(name))
        roles = {stem.name: stem.role for stem in song.plan.stems}
        stems = {stem: song.read_stem(stem) for stem in roles}
        facts = facts_of_song(stems, roles, song.read(MASTER), song.plan.grid.sample_rate)
        return {"mix": song.plan.mix.preset, "genre": song.plan.genre, **facts}
    audio, rate = read_audio(Path(name))
    return facts_of_master(fit_width(audio, 2), rate)


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
