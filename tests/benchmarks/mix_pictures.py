"""Draw our songs beside recordings: ``python -m tests.benchmarks.mix_pictures FOLDER [SONG_FOLDER…]``.

The figures are those of :mod:`tests.benchmarks.mix_facts`, kept in ``tests/data/mixing``: ``songs.json`` of
bundled songs, and a file for each collection of free recordings, which is only measured. A picture for each
family of styles goes to ``FOLDER``; of songs' folders also what a phone and a car leave of each stem.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from composer.folder.song import SongFolder
from render.audio.levels import power_from_db
from render.audio.spectrum import spectrum_of
from structure.presets.mixes import THIRDS_HZ
from tests.benchmarks.mix_facts import WIDTH_BANDS_HZ

DATA = Path(__file__).parents[1] / "data" / "mixing"

FAMILIES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "orchestral": ("wesnoth", "Battle for Wesnoth (orchestral)", ("orchestral", "ambient")),
    "acoustic": ("0ad", "0 A.D. (folk instruments)", ("acoustic", "country", "ballad", "jazz")),
    "band": (
        "supertuxkart",
        "SuperTuxKart (rock, funk, electronic)",
        ("rock", "metal", "funk", "soul", "pop"),
    ),
    "electronic": (
        "supertuxkart",
        "SuperTuxKart (rock, funk, electronic)",
        ("synthwave", "club", "drum-and-bass", "hip-hop", "lo-fi", "dub"),
    ),
}

PHONE_HZ = (500.0, 13_000.0)
"""What the speaker of a telephone gives back, by slopes of 24 and 12 dB an octave."""

CAR_NOISE_DB = {
    63: 0.0,
    125: -7.0,
    250: -14.0,
    500: -20.0,
    1000: -25.0,
    2000: -31.0,
    4000: -38.0,
    8000: -47.0,
}
"""Noise of a car on a motorway in octaves, in dB against 63 Hz: it falls by 6 to 9 dB an octave."""

CAR_MUSIC_OVER_NOISE_DB = 6.0
"""How far the music's K-weighted level is over that of the noise."""

FIGURES = (("range_lu", "loudness range, LU"), ("crest_db", "crest factor, dB"))


def levels(facts: dict[str, Any]) -> NDArray[np.float64]:
    """Thirds of an octave, their mean from 125 Hz to 4 kHz at 0 dB."""
    thirds = np.array(facts["thirds_db"])
    inside = [125 <= band <= 4000 for band in THIRDS_HZ]
    return np.asarray(thirds - thirds[inside].mean())


def draw_family(name: str, out: Path) -> dict[str, Any]:
    """Draw one family; what is off by more than 3 dB or 3 LU from the middle of the recordings."""
    collection, label, mixes = FAMILIES[name]
    free = json.loads((DATA / f"{collection}.json").read_text())
    songs = {
        song: facts
        for song, facts in json.loads((DATA / "songs.json").read_text()).items()
        if facts["mix"] in mixes
    }
    page = Figure(figsize=(11, 6.2), layout="constrained")
    spectrum, width = page.subplots(1, 2, width_ratios=(3, 2))
    theirs = np.array([levels(facts) for facts in free.values()])
    low, middle, high = np.percentile(theirs, (10, 50, 90), axis=0)
    spectrum.fill_between(THIRDS_HZ, low, high, color="0.85", label=f"{label}: 80 % of {len(free)} pieces")
    spectrum.plot(THIRDS_HZ, middle, color="0.4", lw=2, label="their median")
    colours = mpl.colormaps["tab10"]
    misses: dict[str, Any] = {}
    for number, (song, facts) in enumerate(songs.items()):
        spectrum.plot(
            THIRDS_HZ, levels(facts), color=colours(number % 10), lw=1.4, label=f"{song} ({facts['mix']})"
        )
    if songs:
        ours = np.median([levels(facts) for facts in songs.values()], axis=0)
        beyond = np.where(ours > high, ours - high, np.where(ours < low, ours - low, 0.0))
        misses["thirds_db"] = {
            band: round(float(miss), 1)
            for band, miss in zip(THIRDS_HZ, beyond, strict=True)
            if abs(miss) > 3
        }
    spectrum.set(
        xscale="log",
        xlabel="Hz",
        ylabel="dB",
        ylim=(-42, 16),
        title=f"{name}: spectrum in thirds of an octave",
    )
    spectrum.legend(fontsize=7, loc="lower left")
    spectrum.grid(alpha=0.3)
    sides = np.array([facts["side_to_mid_db"] for facts in free.values()])
    places = np.arange(len(WIDTH_BANDS_HZ))
    width.bar(
        places,
        np.ptp(np.percentile(sides, (10, 90), axis=0), axis=0),
        bottom=np.percentile(sides, 10, axis=0),
        color="0.85",
    )
    width.plot(places, np.median(sides, axis=0), "_", color="0.3", ms=22)
    for number, facts in enumerate(songs.values()):
        width.plot(places, facts["side_to_mid_db"], "o", color=colours(number % 10), ms=4)
    width.set(title="side against mid, dB", ylim=(-52, 6))
    width.set_xticks(places, [f"{low}-\n{high}" for low, high in WIDTH_BANDS_HZ])
    said = []
    for figure, words in FIGURES:
        quantiles = np.percentile([facts[figure] for facts in free.values()], (10, 50, 90))
        mine = [facts[figure] for facts in songs.values()]
        said.append(
            f"{words}: theirs {quantiles[1]:.1f} ({quantiles[0]:.1f}-{quantiles[2]:.1f})"
            + (f", ours {np.median(mine):.1f} ({min(mine):.1f}-{max(mine):.1f})" if mine else "")
        )
        if mine and abs(np.median(mine) - quantiles[1]) > 3:
            misses[figure] = round(float(np.median(mine) - quantiles[1]), 1)
    width.text(0.02, 0.02, "\n".join(said), transform=width.transAxes, fontsize=8)
    page.savefig(out / f"mixing_{name}.png", dpi=90)
    return misses


def draw_places(paths: list[Path], out: Path) -> None:
    """Draw what a phone, and a car on a motorway, leave of each stem's level."""
    page = Figure(figsize=(11, 1.2 + 1.9 * len(paths)), layout="constrained")
    rows = page.subplots(len(paths), 2, squeeze=False)
    for (phone, car), path in zip(rows, paths, strict=True):
        song = SongFolder.open(path)
        rate = song.plan.grid.sample_rate
        names = [stem.name for stem in song.plan.stems]
        spectra = {name: spectrum_of(song.read_stem(name), rate) for name in names}
        hertz = np.maximum(next(iter(spectra.values())).hertz, 1.0)
        left = 1 / (1 + (PHONE_HZ[0] / hertz) ** 8) / (1 + (hertz / PHONE_HZ[1]) ** 4)
        total = np.sum([spectrum.mid + spectrum.side for spectrum in spectra.values()], axis=0)
        noise = (
            power_from_db(
                np.interp(np.log2(hertz), np.log2(list(CAR_NOISE_DB)), list(CAR_NOISE_DB.values()))
            )
            / hertz
        )
        heard = (hertz > 200) & (hertz < 8000)
        noise *= total[heard].sum() / noise[heard].sum() * power_from_db(-CAR_MUSIC_OVER_NOISE_DB)
        lost, over = [], []
        for spectrum in spectra.values():
            power = spectrum.mid + spectrum.side + 1e-20
            lost.append(10 * np.log10((spectrum.mid * left).sum() / power.sum()))
            # in mono, as a telephone has one speaker; in the car what rises over the noise
            over.append(100 * float(power[_thirds_over(hertz, power, noise)].sum() / power.sum()))
        phone.barh(names, lost, color="#4477aa")
        phone.set(title=f"{path.name}: level left by a phone, dB", xlim=(-30, 0))
        car.barh(names, over, color="#cc6644")
        car.set(title="energy over the noise of a car, %", xlim=(0, 100))
        for axes in (phone, car):
            axes.invert_yaxis()
            axes.tick_params(labelsize=8)
    page.savefig(out / "mixing_phone_car.png", dpi=90)


def _thirds_over(
    hertz: NDArray[np.float64], power: NDArray[np.float64], noise: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Which bins lie in a third of an octave in which the power is over the noise."""
    bands = np.round(3 * np.log2(hertz / 1000)).astype(int)
    bands -= bands.min()
    return np.asarray((np.bincount(bands, power) > np.bincount(bands, noise))[bands])


def main() -> None:
    out = Path(sys.argv[1])
    for name in FAMILIES:
        print(name, json.dumps(draw_family(name, out)))
    if sys.argv[2:]:
        draw_places([Path(path) for path in sys.argv[2:]], out)


if __name__ == "__main__":
    main()
