"""librosa is loaded by one process at a time."""

from threading import Thread

import pytest
from filelock import FileLock

from render.audio.librosa_loading import load_librosa, lock_path


@pytest.mark.slow
def test_loading_waits_for_another_process_that_loads() -> None:
    done: list[str] = []
    loading = Thread(target=lambda: done.append(load_librosa.__wrapped__().__name__))
    with FileLock(lock_path()):
        loading.start()
        loading.join(0.3)
        assert not done
    loading.join()
    assert done == ["librosa"]


def test_all_that_compiles_is_loaded_behind_the_lock() -> None:
    loaded = load_librosa()
    assert {"beat", "feature", "onset", "util"} <= set(vars(loaded))
