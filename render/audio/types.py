"""What audio is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Audio = NDArray[np.float32]
"""float32 ``(channels, samples)``, full scale 1.0."""
