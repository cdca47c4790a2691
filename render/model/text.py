"""Text vectors of prompts for the embedded model, by a sentence model in torch, offline.

It is the model of :mod:`structure.description.words.sentences`. Its vectors and the NumPy ones differ by up
to 2e-7, which would change the last bits of every clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

import numpy as np
import torch
from numpy.typing import NDArray

from structure.description.words.sentences import LONGEST_TOKENS, model_folder

_LOADING = RLock()
"""The progress bars are the process's: who loads beside others waits, or would show them again too soon."""


@contextmanager
def quiet_loading() -> Iterator[None]:
    """Keep diffusers and transformers from drawing progress bars over the caller's own.

    Bars that the caller had switched off stay off.
    """
    from diffusers.utils import logging as diffusers_logging
    from transformers.utils import logging as transformers_logging

    with _LOADING:
        libraries = (diffusers_logging, transformers_logging)
        shown = [library for library in libraries if library.is_progress_bar_enabled()]
        for library in shown:
            library.disable_progress_bar()
        said = transformers_logging.get_verbosity()
        transformers_logging.set_verbosity_error()  # a report of weights that are not needed
        try:
            yield
        finally:
            transformers_logging.set_verbosity(said)
            for library in shown:
                library.enable_progress_bar()


class TextEncoder:
    """Sentences to unit vectors of :data:`~structure.description.words.sentences.VECTOR_SIZE` numbers."""

    def __init__(self, folder: Path | None = None) -> None:
        from transformers import AutoModel, AutoTokenizer

        where = str(folder or model_folder())
        with quiet_loading():
            self._tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
            self._model = AutoModel.from_pretrained(where, local_files_only=True).eval()
        for weight in self._model.parameters():
            weight.data = weight.data.clone()  # aligned, so that every process rounds alike

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """Return the mean of the token states, normalised: float32 (len(texts), VECTOR_SIZE)."""
        rows = []
        for first in range(0, len(texts), batch_size):
            batch = self._tokenizer(
                list(texts[first : first + batch_size]),
                padding=True,
                truncation=True,
                max_length=LONGEST_TOKENS,
                return_tensors="pt",
            )
            states = self._model(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            pooled = (states * mask).sum(1) / mask.sum(1)
            rows.append(torch.nn.functional.normalize(pooled, dim=-1))
        return np.asarray(torch.cat(rows).float().numpy(), dtype=np.float32)
