"""Loading a model shows no progress bars, and leaves the caller's choice of them as it was."""

import pytest
from diffusers.utils import logging as diffusers_logging
from transformers.utils import logging as transformers_logging

from render.model.text import quiet_loading


@pytest.mark.parametrize("library", [diffusers_logging, transformers_logging])
@pytest.mark.parametrize("is_shown", [True, False])
def test_progress_bars_are_as_they_were(
    monkeypatch: pytest.MonkeyPatch, library: object, is_shown: bool
) -> None:
    monkeypatch.setattr(library, "_tqdm_active", is_shown)
    with pytest.raises(KeyError), quiet_loading():
        assert not diffusers_logging.is_progress_bar_enabled()
        assert not transformers_logging.is_progress_bar_enabled()
        raise KeyError
    assert library.is_progress_bar_enabled() == is_shown  # type: ignore[attr-defined]
