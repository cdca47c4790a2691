"""The sketch: notes that add up in power, each where the score has it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render.model.features import DRUMS, FLOOR_DB, LAYOUTS, PITCHED, scale_decibels, unscale_power
from render.model.network import TIMBRE_SIZE
from render.model.playing.notes import NoteTable
from render.model.sketch import NoteSketch, NoteSpans

FRAMES = 200
SILENCE = scale_decibels(FLOOR_DB)


def sketched(
    kind: str, rows: list[tuple[int, int, int, int]], first_frame: int = 0, spread: float = 0.2
) -> torch.Tensor:
    """The sketch (FRAMES, n_mels) of a net of random weights that is anything but flat; with a ``spread``
    of 0, of one that has learned nothing."""
    torch.manual_seed(0)
    net = NoteSketch(kind, width=24, depth=1)
    torch.nn.init.normal_(net.out.weight, std=spread)
    with torch.inference_mode():
        spans = NoteSpans.of(NoteTable.of(rows), LAYOUTS[kind], FRAMES, first_frame)
        return net(spans, torch.linspace(-1, 1, TIMBRE_SIZE)[None])[0]


HITS = st.lists(
    st.tuples(st.integers(0, 90_000), st.integers(2000, 40_000), st.integers(35, 81), st.integers(20, 127)),
    min_size=2,
    max_size=6,
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(LAYOUTS))
@settings(max_examples=25, deadline=None)
@given(notes=HITS)
def test_notes_add_up_in_power(kind: str, notes: list[tuple[int, int, int, int]]) -> None:
    rows = [(start, start + length, key, velocity) for start, length, key, velocity in notes]
    together = sketched(kind, rows)
    alone = [10.0 ** ((sketched(kind, [row]) * 25.0 - 65.0) / 10.0) for row in rows]
    floor = 10.0 ** (FLOOR_DB / 10.0)
    summed = torch.stack(alone).sum(0) - (len(rows) - 1) * floor
    assert torch.allclose(10.0 ** ((together * 25.0 - 65.0) / 10.0), summed, rtol=1e-2, atol=1e-12)


@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_a_note_sounds_from_its_onset_on_wherever_that_is(kind: str) -> None:
    """Moved by whole frames it is the same sound; before it, but for the window's reach, is silence."""
    hop = LAYOUTS[kind].hop
    early = sketched(kind, [(20 * hop + 100, 40 * hop, 45, 90)])
    late = sketched(kind, [(60 * hop + 100, 80 * hop, 45, 90)])
    assert torch.allclose(late[40:], early[:-40], atol=1e-4)
    assert torch.all(unscale_power(late[:57]) == 0.0)
    assert torch.all(late[62] > SILENCE + 0.2)
    part = sketched(kind, [(60 * hop + 100, 80 * hop, 45, 90)], first_frame=50)
    assert torch.allclose(part[:150], late[50:], atol=1e-4)


def test_a_released_note_dies_away_and_a_held_one_need_not() -> None:
    hop = PITCHED.hop
    held, released = (
        sketched("pitched", [(0, end * hop, 60, 100)], spread=0.0)[:180].numpy() for end in (190, 60)
    )
    assert np.array_equal(held[:60], released[:60])
    assert np.ptp(held[10:], axis=0).max() < 1e-5
    lost = (held - released)[60:, :100].mean(axis=1)
    assert lost[-1] * 25.0 > 15.0
    assert np.all(np.diff(lost) > 0.0)
    assert np.array_equal(
        *(sketched("pitched", [(0, end * hop, 60, 100)])[:60].numpy() for end in (190, 60))
    )


def test_a_softer_note_is_softer_by_its_velocity() -> None:
    """Before anything is learned, the level follows the amplitude of the velocity."""
    loud, soft = (sketched("drums", [(9000, 9500, 38, velocity)], spread=0.0) for velocity in (127, 40))
    wanted = 30.0 * np.log10(127 / 40)
    assert float((loud - soft)[40].mean()) * 25.0 == pytest.approx(wanted, abs=0.01)


def test_clips_of_a_batch_do_not_hear_one_another() -> None:
    torch.manual_seed(0)
    net = NoteSketch("drums", width=24, depth=1)
    torch.nn.init.normal_(net.out.weight, std=0.2)
    tables = [NoteTable.of([(4000 * k, 4000 * k + 900, 38 + k, 80 + k)] * (k + 1)) for k in range(3)]
    spans = [NoteSpans.of(table, DRUMS, FRAMES) for table in tables]
    timbres = torch.randn(3, TIMBRE_SIZE, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        together = net(NoteSpans.join(spans), timbres)
        for k in range(3):
            assert torch.allclose(together[k], net(spans[k], timbres[k : k + 1])[0], atol=1e-5)


def test_a_clip_without_notes_is_silent() -> None:
    assert torch.allclose(sketched("pitched", []), torch.tensor(SILENCE), atol=1e-5)
