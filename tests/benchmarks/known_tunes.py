"""How often planned leads share passages with known tunes: one song in each of ten genres.

python tests/benchmarks/known_tunes.py
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from composer.folder.tunes import match_tunes
from render.clips.caching.cache import default_cache_dir
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.tunes.known import load_known_tunes

ASKED = (
    "sad piano ballad",
    "folk song with fiddle",
    "dreamy synthwave",
    "pop rock with guitar lead",
    "irish jig flute",
    "classical string quartet",
    "bossa nova flute",
    "children's song xylophone",
    "country waltz",
    "jazz trumpet",
)


def main() -> None:
    """Print what each song shares with known tunes, and the sums."""
    known = load_known_tunes(default_cache_dir())
    print(f"{len(known.names)} known tunes")
    named = same = longest = 0
    for seed, what in enumerate(ASKED):
        matches = match_tunes(
            plan_song(parse_spec(f"description: {what}\nlength: 120 s\nseed: {seed}\n")), known
        )
        alike = [one for one in matches if one.is_same_rhythm]
        named, same = named + len(matches), same + len(alike)
        longest = max(longest, *(one.likeness.notes for one in matches), 0)
        print(f"{what}: {len(matches)}, with their rhythm {len(alike)}")
    print(f"{named} passages, {same} with their rhythm, the longest of {longest} notes")


if __name__ == "__main__":
    main()
