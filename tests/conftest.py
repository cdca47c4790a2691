"""Settings for all tests: what hypothesis draws, and that the user's clip cache is left alone.

Unless told otherwise, hypothesis draws the same examples each time. ``--hypothesis-profile fresh`` draws
new ones, and more of them; what fails is printed with a ``@reproduce_failure`` line that repeats it.
"""

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from render.audio.librosa_loading import load_librosa

# By itself Python looks for garbage each time that there are 700 objects more, which costs plans a sixth of
# their time, and imports a third.
gc.set_threshold(50_000, 20, 50)

_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", _PATIENT, derandomize=True, max_examples=40)
settings.register_profile("fresh", _PATIENT, max_examples=60, print_blob=True)
settings.load_profile("steady")


_SHARING = ("tests/composer/engine/", "tests/render/backends/", "tests/studio/")
"""Folders whose files share what takes long to make: a cluster, models, a browser with a rendered song. One
process runs the tests of such a folder, so that it is made once."""

_LONGEST = (
    "tests/test_readme.py",
    *_SHARING[:2],
    "tests/structure/styles/test_expert_points.py",
    "tests/render/model/test_shipped_model.py",
    "tests/benchmarks/attack/",
    "tests/composer/folder/test_survival.py",
    "tests/structure/outcomes/test_held_sentences.py",
    "tests/composer/history/test_versions.py",
    "tests/composer/project/test_project.py",
    *_SHARING[2:],
    "tests/render/checks/test_verify.py",
    "tests/composer/handover/test_changing_songs.py",
    "tests/structure/outcomes/test_seen_sentences.py",
    "tests/training/",
    "tests/composer/cli/test_cli.py",
    "tests/composer/batch/test_run.py",
    "tests/structure/planning/test_arrangement.py",
    "tests/structure/planning/test_players.py",
    "tests/test_distribution.py",
    "tests/fuzz/",
    "tests/composer/test_typing.py",
    "tests/structure/planning/test_every_metre.py",
    "tests/composer/handover/test_export.py",
    "tests/structure/forms/test_form.py",
    "tests/render/clips/test_conform.py",
    "tests/composer/rendering/test_two_songs.py",
    "tests/composer/history/test_reproduce.py",
    "tests/composer/test_wording.py",
    "tests/structure/planning/test_planner.py",
    "tests/structure/planning/test_songs.py",
    "tests/test_module_state.py",
    "tests/test_docs.py",
    "tests/composer/pictures/test_plan_picture.py",
    "tests/render/effects/test_songs.py",
    "tests/benchmarks/test_planted_faults.py",
)
"""Files and folders whose tests take longest, the longest first: but the browser is waited for when the
cluster no longer is, so that the others have work for both cores."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes longest first, so that no process is left with it when the others are done."""

    def place(item: pytest.Item) -> int:
        return next((i for i, path in enumerate(_LONGEST) if item.nodeid.startswith(path)), len(_LONGEST))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give files to processes as ``--dist loadfile`` does, and a folder that shares as one file."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class SharingScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            own = super()._split_scope(nodeid)
            return next((folder for folder in _SHARING if own.startswith(folder)), own)

    return SharingScheduling(config, log)


def pytest_collection_finish() -> None:
    """Leave all that was loaded out of later searches for garbage: it stays, and there is much of it."""
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def clip_cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clip cache for the session, in place of the user's."""
    folder = tmp_path_factory.mktemp("clip-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RITORNELLO_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def librosa_loaded() -> None:
    """For tests that call librosa themselves: its parts are loaded while no other process compiles them."""
    load_librosa()
