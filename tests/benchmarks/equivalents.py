"""Mutants that do the same as the module, by hand: (before, after, why no test can tell them apart)."""

from __future__ import annotations

EQUIVALENT: dict[str, tuple[tuple[str, str, str], ...]] = {
    "render/mixing/stitch.py": (
        ("if last > first:", "if last >= first:", "a ramp of no samples changes nothing"),
        ("if ramp > 0:", "if ramp >= 0:", "a ramp of no samples changes nothing"),
    ),
    "render/mixing/mix.py": (
        ("_CHUNK_SAMPLES = 1 << 19", "_CHUNK_SAMPLES = 2 << 19", "the filters go on from chunk to chunk"),
        ("_CHUNK_SAMPLES = 1 << 19", "_CHUNK_SAMPLES = 1 << 20", "the filters go on from chunk to chunk"),
        ("_CHUNK_SAMPLES = 1 << 19", "_CHUNK_SAMPLES = 1 << 18", "the filters go on from chunk to chunk"),
        (
            "_DECORRELATOR_SEED = 20221215",
            "_DECORRELATOR_SEED = 20221216",
            "any seed makes a side signal of the same kind",
        ),
        (
            "_DECORRELATOR_SEED = 20221215",
            "_DECORRELATOR_SEED = 20221214",
            "any seed makes a side signal of the same kind",
        ),
    ),
    "structure/base/grid.py": (
        (
            "is_compound = self.denominator == 8 and self.numerator % 3 == 0 and (self.numerator > 3)",
            "is_compound = self.denominator == 8 and self.numerator % 3 == 0 and (self.numerator > 4)",
            "the numerators that three divides are 3, 6, 9, 12 and 15",
        ),
    ),
    "render/clips/caching/cache.py": (
        (
            "self._is_swept = True",
            "self._is_swept = False",
            "leftovers are looked for once for speed alone",
        ),
        ("self._is_swept = True", "pass", "leftovers are looked for once for speed alone"),
    ),
}
