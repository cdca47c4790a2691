"""How well downbeats meet the moments of pictures: random lists of 3 to 8 hits, and recuts of them.

    python tests/benchmarks/pictures.py [LISTS]

Prints the residuals, the tempi, and the share of clips that a recut of one hit leaves as they were.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from composer.folder.lock import spec_data
from composer.history.planned import PlannedSong
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.tones import ToneBackend

ASKED = (
    "tense film cue, orchestral, heroic",
    "sad piano ballad",
    "driving synthwave",
    "upbeat funk, brass",
    "waltz for strings",
    "6/8 folk song, acoustic guitar",
    "ambient drone, pads",
    "heavy metal",
    "bossa nova with flute",
    "lofi hip hop",
)


def random_hits(rng: random.Random) -> tuple[float, list[float]]:
    """A length in seconds, and 3 to 8 moments in it, to the frame of 24 a second."""
    length = rng.uniform(40.0, 150.0)
    hits = {round(rng.uniform(1.0, length - 2.0) * 24) / 24 for _ in range(rng.randint(3, 8))}
    return round(length, 2), sorted(round(hit, 6) for hit in hits)


def plan_for(
    description: str, length: float, hits: list[float], seed: int
) -> tuple[dict[str, Any], SongPlan]:
    """The spec as data and the plan of a song for a picture."""
    text = f"description: {description}\nlength: {length}\nseed: {seed}\nhits: {hits}\n"
    spec = parse_spec(text)
    return spec_data(spec), plan_song(spec)


def clip_keys(song: tuple[dict[str, Any], SongPlan]) -> dict[tuple[int, str], str]:
    """The cache keys of a song's clips, by visit and stem."""
    data, plan = song
    return {
        (clip.visit.place.start_bar, clip.stem.name): clip.key
        for clip in PlannedSong.of(data, plan, ToneBackend()).clips
    }


def main(lists: int) -> None:
    """Measure so many lists."""
    rng = random.Random(7)
    residuals, reasons, tempi, kept, untouched = [], [], [], [], []
    for number in range(lists):
        length, hits = random_hits(rng)
        what = ASKED[number % len(ASKED)]
        song = plan_for(what, length, hits, number)
        plan = song[1]
        usual = float(np.median([float(span.tempo_bpm) for span in plan.grid.spans]))
        for hit in plan.hits:
            residuals.append(abs(plan.residual_ms(hit)))
            if hit.reason:
                reasons.append(f"{what} {float(hit.seconds):.3f}: {hit.reason}")
        tempi += [abs(np.log(float(span.tempo_bpm) / usual)) for span in plan.grid.spans]
        moved = list(hits)
        i = rng.randrange(len(hits))
        later = min([hit for hit in hits if hit > hits[i]], default=length)
        moved[i] = round(hits[i] + min(1.0, (later - hits[i]) / 3), 6)
        recut = plan_for(what, length, moved, number)
        before, after = set(clip_keys(song).values()), set(clip_keys(recut).values())
        kept.append(len(before & after) / len(after))
        first = max([hit for hit in hits if hit < hits[i]], default=0.0)
        far = [
            v
            for v in plan.visits
            if _seconds(plan, v.end_bar) <= first or _seconds(plan, v.place.start_bar) >= later
        ]
        keys = clip_keys(song)
        same = [keys[v.place.start_bar, s] in after for v in far for s in plan.sounding_stems(v)]
        untouched += same
    met = np.array(residuals)
    print(f"hits {len(met)}, within 20 ms {np.mean(met <= 20):.1%}, median {np.median(met):.3f} ms")
    print(f"tempi off the song's median: 90 % within {np.expm1(np.quantile(tempi, 0.9)):.1%}")
    print(
        f"clips that a recut of one hit leaves: {np.mean(kept):.1%}; "
        f"of stretches that it is not in {np.mean(untouched):.1%}"
    )
    print("\n".join(reasons))


def _seconds(plan: SongPlan, bar: int) -> float:
    return plan.grid.seconds_at(plan.grid.quarters_at_bar(bar))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
