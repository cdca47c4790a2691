"""The exponential moving average of weights (EMA), which is what is shipped."""

from __future__ import annotations

from torch import Tensor, nn


class AveragedWeights:
    """The running average of a network's weights; it follows quickly at first."""

    def __init__(self, net: nn.Module, decay: float) -> None:
        self._net, self._decay = net, decay
        self.weights: dict[str, Tensor] = {k: v.detach().clone() for k, v in net.state_dict().items()}

    def update(self, step: int) -> None:
        """Take in the network as it is after ``step``, counted from 0."""
        decay = min(self._decay, (1 + step) / (10 + step))
        for key, value in self._net.state_dict().items():
            self.weights[key].lerp_(value, 1.0 - decay)
