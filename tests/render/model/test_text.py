"""The vectors of prompts, by the embedded model's encoder and by the planner's."""

import numpy as np
import pytest

from render.model.text import TextEncoder
from structure.description.words.sentences import encode_sentences

PROMPTS = ("warm electric piano", "", "distorted guitar, tight and loud, rock", "long " * 200)


@pytest.mark.slow
def test_both_encoders_agree_to_the_rounding() -> None:
    ours, transformers = encode_sentences(PROMPTS), TextEncoder().encode(PROMPTS)
    assert np.abs(ours - transformers).max() < 1e-6
    assert np.linalg.norm(transformers, axis=1) == pytest.approx(np.ones(len(PROMPTS)), abs=1e-6)
