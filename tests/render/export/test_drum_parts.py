"""A drum stem comes apart into what was struck, and its parts sum to it again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from render.export.drum_parts import _PART_OF, DRUM_PARTS, DrumHit, drum_hits, split_drums
from render.model.playing.notes import DRUM_CLASSES
from structure.plans.score import Note, Part
from tests.builders import change_visit
from tests.render.support import plan_of

RATE = 44_100
BEAT = RATE // 2


def struck(drum: str, rng: np.random.Generator) -> np.ndarray:
    """A sound for each drum that is unlike the templates' first guess: sines that glide, filtered noise."""
    time = np.arange(RATE) / RATE
    noise = rng.standard_normal(time.size)

    def band(low: float, high: float) -> np.ndarray:
        return sosfilt(butter(2, [low, high], "bandpass", fs=RATE, output="sos"), noise)

    def glide(first: float, last: float, speed: float) -> np.ndarray:
        return np.sin(2 * np.pi * np.cumsum(last + (first - last) * np.exp(-time / speed)) / RATE)

    return {
        "kick": glide(165, 55, 0.03) * np.exp(-time / 0.15) + 0.1 * band(1e3, 4e3) * np.exp(-time / 0.008),
        "snare": 0.5 * glide(210, 190, 0.1) * np.exp(-time / 0.09)
        + 0.5 * band(300, 9e3) * np.exp(-time / 0.1),
        "closed_hat": 0.4 * band(6e3, 16e3) * np.exp(-time / 0.04),
        "low_tom": glide(130, 90, 0.05) * np.exp(-time / 0.25),
        "crash": 0.5 * band(3e3, 15e3) * np.exp(-time / 0.5),
    }[drum]


@pytest.fixture(scope="module")
def kit() -> tuple[list[DrumHit], dict[str, np.ndarray]]:
    """Four bars of a groove with a fill: its hits, and what each part truly sounds like, (samples,)."""
    hits = [DrumHit(0, "crash", 0.7)]
    for beat in range(16):
        at = beat * BEAT
        hits.append(DrumHit(at, "snare" if beat % 2 else "kick", 0.9))
        hits += [DrumHit(at, "closed_hat", 0.5), DrumHit(at + BEAT // 2, "closed_hat", 0.4)]
    hits += [DrumHit(15 * BEAT + k * BEAT // 4, "low_tom", 0.8) for k in (1, 2, 3)]
    hits.sort(key=lambda hit: hit.sample)
    rng = np.random.default_rng(1)
    truth = {part: np.zeros(18 * BEAT) for part in DRUM_PARTS}
    for hit in hits:
        sound = 0.3 * hit.amplitude * struck(hit.drum, rng)
        room = truth[_PART_OF[hit.drum]][hit.sample : hit.sample + sound.size]
        room += sound[: room.size]
    return hits, truth


@pytest.fixture(scope="module")
def parts(kit: tuple[list[DrumHit], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return split_drums(stem_of(kit), kit[0], RATE)


def stem_of(kit: tuple[list[DrumHit], dict[str, np.ndarray]]) -> np.ndarray:
    left = sum(kit[1].values())
    return np.stack([left, 0.8 * left]).astype(np.float32)


def ratio_db(wanted: np.ndarray, rest: np.ndarray) -> float:
    return float(10 * np.log10(np.square(wanted).sum() / np.square(rest).sum()))


@pytest.mark.slow
def test_the_parts_sum_to_the_stem(kit, parts) -> None:
    stem = stem_of(kit)
    gap = np.abs(sum(part.astype(np.float64) for part in parts.values()) - stem).max()
    assert gap <= 10 ** (-90 / 20) * np.abs(stem).max()
    assert all(part.shape == stem.shape and part.dtype == np.float32 for part in parts.values())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "least_db"), [("kick", 15.0), ("snare", 8.0), ("cymbals", 6.0), ("percussion", 12.0)]
)
def test_each_part_is_what_was_struck(kit, parts, part: str, least_db: float) -> None:
    """Signal to distortion; in the stem itself it is from -12 to 1 dB."""
    true = kit[1][part]
    assert ratio_db(true, parts[part][0] - true) >= least_db


def test_each_part_sounds_at_its_own_hits(kit, parts) -> None:
    """Kick and snare never coincide here: each is at least 15 dB down where only the other is struck."""

    def level(part: str, drum: str) -> float:
        at = [hit.sample for hit in kit[0] if hit.drum == drum and hit.sample < 14 * BEAT]
        return float(np.mean([np.square(parts[part][:, s : s + RATE // 10]).sum() for s in at]))

    assert 10 * np.log10(level("kick", "kick") / level("kick", "snare")) >= 15
    assert 10 * np.log10(level("snare", "snare") / level("snare", "kick")) >= 15


def test_only_what_is_struck_is_a_part() -> None:
    audio = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32)
    alone = split_drums(audio, [DrumHit(0, "ride", 1.0), DrumHit(BEAT, "closed_hat", 1.0)], RATE)
    assert list(alone) == ["cymbals"]
    assert np.array_equal(alone["cymbals"], audio)
    assert list(split_drums(audio, [], RATE)) == ["percussion"]
    silent = split_drums(
        np.zeros((2, RATE), np.float32), [DrumHit(0, "kick", 1.0), DrumHit(9, "snare", 1.0)], RATE
    )
    assert list(silent) == ["kick", "snare"]
    assert not any(part.any() for part in silent.values())


def test_a_hit_at_the_very_end_is_no_trouble() -> None:
    audio = np.random.default_rng(0).standard_normal((2, RATE)).astype(np.float32)
    parts = split_drums(audio, [DrumHit(0, "kick", 1.0), DrumHit(RATE - 1, "crash", 1.0)], RATE)
    assert np.abs(sum(parts.values()) - audio).max() < 1e-5


def test_every_drum_belongs_to_one_part() -> None:
    assert sorted(name for names in DRUM_PARTS.values() for name in names) == sorted(DRUM_CLASSES)


def test_the_hits_of_a_song_lie_where_its_score_says() -> None:
    plan = plan_of((("verse", 2, 0.0), ("chorus", 1, 0.0)), tempo=120.0)
    chorus = plan.visits[1]
    parts = {
        **chorus.music.score.parts,
        "drums": Part(
            "drums", (Note(Fraction(1), Fraction(1), 38, 127), Note(Fraction(2), Fraction(1), 49, 64))
        ),
    }
    visits = (plan.visits[0], change_visit(chorus, score=replace(chorus.music.score, parts=parts)))
    hits = drum_hits(replace(plan, visits=visits), "drums")
    assert [hit.sample for hit in hits] == [k * BEAT for k in range(8)] + [9 * BEAT, 10 * BEAT]
    assert [hit.drum for hit in hits[-2:]] == ["snare", "crash"]
    assert hits[-2].amplitude == pytest.approx(1.0)
