"""Settings for all tests: hypothesis repeats itself exactly, and the user's clip cache is left alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ritornello", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ritornello")


@pytest.fixture(scope="session", autouse=True)
def clip_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clip cache for the session, in place of the user's."""
    folder = tmp_path_factory.mktemp("clip-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RITORNELLO_CACHE", str(folder))
        yield folder
