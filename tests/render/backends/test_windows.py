"""Windows in latent space: they cover everything, weigh to one, and leave what is local as it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.backends.windows import blend, use_windows, window_starts, window_weights


@given(st.integers(1, 3000), st.integers(2, 512), st.data())
def test_windows_cover_all_frames_and_overlap(length: int, window: int, data: st.DataObject) -> None:
    overlap = data.draw(st.integers(0, window - 1))
    starts = window_starts(length, window, overlap)
    assert starts[0] == 0
    assert starts[-1] + window == max(length, window)
    assert all(0 < after - before <= window - overlap for before, after in pairwise(starts))


def test_an_overlap_as_long_as_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="overlap of 8"):
        window_starts(100, 8, 8)


@given(st.integers(1, 400), st.integers(2, 64), st.data())
def test_blending_what_was_not_changed_changes_nothing(
    length: int, window: int, data: st.DataObject
) -> None:
    overlap = data.draw(st.integers(0, window - 1))
    sample = torch.randn(1, 3, length, generator=torch.Generator().manual_seed(length))
    made = blend(sample, window, overlap, lambda part, first: part)
    assert torch.allclose(made, sample, atol=1e-5)


def test_weights_rise_and_fall_over_the_overlap() -> None:
    weights = window_weights(16, 4)
    assert torch.equal(weights, weights.flip(0))
    assert (
        torch.all(weights > 0)
        and weights[4:12].eq(1.0).all()
        and weights[0] < weights[1] < weights[3] < 1.0
    )


def test_where_windows_disagree_they_are_crossfaded() -> None:
    made = blend(torch.zeros(1, 28), 16, 4, lambda part, first: torch.full_like(part, float(first > 0)))[0]
    assert made[:12].eq(0.0).all() and made[16:].eq(1.0).all()
    assert torch.all(made[12:16].diff() > 0)


class Local(torch.nn.Module):
    """A network that looks at three neighbours, and knows only short inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []

    def forward(self, sample: torch.Tensor, gain: float = 1.0, length: int = 0) -> tuple[torch.Tensor]:
        self.lengths.append(sample.shape[-1])
        assert length == sample.shape[-1]
        return (gain * torch.nn.functional.avg_pool1d(sample, 3, 1, 1),)


def test_windowed_network_sees_windows_and_is_itself_again_afterwards() -> None:
    network, sample = Local(), torch.randn(1, 2, 100, generator=torch.Generator().manual_seed(0))
    whole = network(sample, gain=2.0, length=100)[0]
    network.lengths.clear()
    with use_windows(network, 32, 8, lambda keywords, size: {**keywords, "length": size}):
        made = network(sample, gain=2.0, length=100)[0]
    assert set(network.lengths) == {32}
    # a window's first and last frame have no neighbour, and the least weight
    assert (made - whole).abs().mean() < 0.1 * whole.abs().mean()
    assert torch.allclose(made[..., 1:20], whole[..., 1:20], atol=1e-6)
    network.lengths.clear()
    network(sample, length=100)
    assert network.lengths == [100]
