"""How loud takes of the sound are: ``python -m tests.benchmarks.take_levels``.

Makes five takes of four bars of drums, chords and a tune with the song's model, and prints how loud each is
against its notes as plain tones. A stem has one gain for the song, which one clip decides; where takes
differ by less than the step of that gain, half a decibel, none needs a level of its own.
"""

from __future__ import annotations

import numpy as np

import composer
from composer.base.backends import song_backend
from render.clips.caching.cache import ClipCache, default_cache_dir
from render.clips.guide import measure_level_db, play_plainly
from render.clips.make import make_clips
from render.clips.players import load_player
from render.clips.wanted import ClipPlan
from render.mixing.mix import GAIN_STEP_DB
from structure.base.progress import silent

TAKES = range(1, 6)
SPEC = """title: Takes
genre: pop
tempo: 120
key: C major
seed: 3
stems: [{name: kit, role: drums}, {name: keys, role: chords}, {name: tune, role: lead}]
sections: {chorus: {bars: 4, chords: C | G | Am | F, energy: 0.8, take: TAKE}}
form: [chorus]
"""


def levels_db(take: int) -> dict[str, float]:
    """How much louder each stem's clip of a take is than its notes, played plainly."""
    asked = "{" + ", ".join(f"{stem}: {{sound: {take}}}" for stem in ("kit", "keys", "tune")) + "}"
    plan = composer.plan(SPEC.replace("TAKE", asked))
    wanted = ClipPlan.of(plan, song_backend(plan), None, load_player)
    made = make_clips(wanted, ClipCache(default_cache_dir()), silent)
    found = {}
    for item in wanted.all_clips:
        request, clip = item.request, made.clips[item.key]
        body = slice(request.pre_roll_samples, request.pre_roll_samples + request.body_samples)
        heard, plain = (
            measure_level_db(audio[:, body], clip.sample_rate)
            for audio in (clip.audio, play_plainly(request))
        )
        found[item.stem.name] = heard - plain
    return found


def main() -> None:
    found = {take: levels_db(take) for take in TAKES}
    for take, levels in found.items():
        print(f"take {take}: " + ", ".join(f"{stem} {level:.2f} dB" for stem, level in levels.items()))
    worst = max(np.ptp([levels[stem] for levels in found.values()]) for stem in found[1])
    print(f"furthest apart {worst:.2f} dB; a gain's step {GAIN_STEP_DB} dB")


if __name__ == "__main__":
    main()
