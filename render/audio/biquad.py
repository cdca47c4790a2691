"""Second-order filters by their gain, frequency and Q, for :func:`scipy.signal.sosfilt`.

The formulas are those of R. Bristow-Johnson, "Audio EQ Cookbook" (W3C Working Group Note, 2021).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["high_pass", "low_shelf", "high_shelf", "bell"]

Section = NDArray[np.float64]
"""b0, b1, b2, a0, a1, a2 of one second-order section, (6,), where a0 is 1."""


def biquad(kind: Kind, hertz: float, q: float, sample_rate: int, gain_db: float = 0.0) -> Section:
    """Return the section of a filter; the gain is that of a shelf or a bell, a high-pass has none."""
    root = 10.0 ** (gain_db / 40.0)
    angle = 2.0 * np.pi * (hertz / sample_rate)
    cos, alpha = np.cos(angle), np.sin(angle) / (2.0 * q)
    if kind == "high_pass":
        b = ((1 + cos) / 2, -(1 + cos), (1 + cos) / 2)
        a = (1 + alpha, -2 * cos, 1 - alpha)
    elif kind == "bell":
        b = (1 + alpha * root, -2 * cos, 1 - alpha * root)
        a = (1 + alpha / root, -2 * cos, 1 - alpha / root)
    else:
        # a low shelf is a high shelf whose cosine has the other sign, as have its middle coefficients
        sign = 1.0 if kind == "high_shelf" else -1.0
        more, less, slope = root + 1, root - 1, 2 * np.sqrt(root) * alpha
        cos *= sign
        b = (
            root * (more + less * cos + slope),
            sign * -2 * root * (less + more * cos),
            root * (more + less * cos - slope),
        )
        a = (more - less * cos + slope, sign * 2 * (less - more * cos), more - less * cos - slope)
    return np.asarray(np.array([*b, *a]) / a[0], dtype=np.float64)
