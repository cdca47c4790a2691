"""What the network is told: partials where the notes are, hits where the drums are."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from render.model.conditioning import (
    DRUM_CHANNELS,
    PITCHED_MAPS,
    draw_pitched_condition,
    drum_condition,
)
from render.model.features import DRUMS, PITCHED, scale_power
from render.model.playing.notes import DRUM_CLASSES, NoteTable, drum_class

HOP = PITCHED.hop
SILENT = float(scale_power(torch.tensor(0.0)))


def test_no_notes_say_silence() -> None:
    condition = draw_pitched_condition(NoteTable.of([]), 20)
    assert condition.shape == (20, PITCHED_MAPS * PITCHED.n_mels)
    assert np.allclose(condition, SILENT)


def test_a_note_sounds_from_its_onset_to_its_end() -> None:
    held = draw_pitched_condition(NoteTable.of([(20 * HOP, 40 * HOP, 69, 100)]), 80)[:, : PITCHED.n_mels]
    loudness = held.max(axis=1)
    assert np.all(loudness[23:37] > 1.0)
    assert np.allclose(loudness[:17], SILENT)
    assert np.allclose(loudness[43:], SILENT)


def test_higher_notes_lie_in_higher_bands() -> None:
    lowest = []
    for pitch in (40, 52, 64, 76, 88):
        frame = draw_pitched_condition(NoteTable.of([(0, 60 * HOP, pitch, 100)]), 40)[20, : PITCHED.n_mels]
        lowest.append(int(np.argmax(frame > frame.max() - 0.5)))
    assert lowest == sorted(lowest)
    assert len(set(lowest)) == len(lowest)


@given(first=st.integers(0, 60), start=st.integers(0, 30_000), length=st.integers(2000, 30_000))
def test_a_crop_is_told_the_same_as_the_whole(first: int, start: int, length: int) -> None:
    pitched = NoteTable.of([(start, start + length, 60, 90), (start + 5000, start + length + 9000, 67, 70)])
    whole = draw_pitched_condition(pitched, 100)
    assert np.allclose(draw_pitched_condition(pitched, 100 - first, first), whole[first:], atol=2e-4)
    drums = NoteTable.of([(start, start + 2000, 36, 90), (start + 5000, start + 7000, 42, 70)])
    assert np.allclose(
        drum_condition(drums, 100 - first, first), drum_condition(drums, 100)[first:], atol=1e-5
    )


def test_a_hit_between_two_frames_is_shared_by_them() -> None:
    notes = NoteTable.of([(int(10.25 * DRUMS.hop), 9999, 36, 127)])
    hits = drum_condition(notes, 40)[:, : DRUM_CHANNELS // 2]
    kick = DRUM_CLASSES.index("kick")
    assert np.allclose(hits[10:12, kick], [1.5, 0.5], atol=0.02)
    assert hits.sum() == hits[10:12, kick].sum()


def test_every_percussion_key_has_a_class() -> None:
    assert DRUM_CLASSES[drum_class(36)] == "kick"
    assert DRUM_CLASSES[drum_class(49)] == "crash"
    assert all(0 <= drum_class(key) < len(DRUM_CLASSES) for key in range(128))


def test_conditions_are_the_same_bits_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(5)
    starts = rng.integers(0, 900 * HOP, 400)
    rows = zip(
        starts,
        starts + rng.integers(HOP, 90 * HOP, 400),
        rng.integers(30, 96, 400),
        [90] * 400,
        strict=True,
    )
    notes = NoteTable.of(tuple(map(int, row)) for row in rows)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append(draw_pitched_condition(notes, 1000))
    assert np.array_equal(*found)
