"""A song whose clips another kind of machine made says so, wherever its bits are in question."""

from pathlib import Path

import pytest

from composer.folder.lock import check_lock, read_lock
from composer.history.reproduce import doubts
from composer.rendering.song import render_source
from composer.sources.source import plan_source, read_source
from render.clips.caching.cache import ClipCache
from render.clips.caching.kinds import own_kind
from render.clips.engine import LocalEngine
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend


class Elsewhere(LocalEngine):
    """Says that machines of another kind make its clips."""

    kind = "0123abcd"
    made_on = "Linux riscv64, numpy 2.0"


@pytest.mark.slow
def test_the_lock_names_the_kind_and_verify_and_a_repeat_say_it(tmp_path: Path) -> None:
    source = read_source(SHORT_SPEC)
    plan, cache = plan_source(source), ClipCache(tmp_path / "cache")
    for engine, name in ((Elsewhere(), "there"), (LocalEngine(), "here")):
        backend = ToneBackend()
        song = render_source(source, plan, lambda backend=backend: backend, cache, engine=engine)
        song.save(tmp_path / name)
        assert backend.made == 3  # neither takes the clips of the other
    there, here = read_lock(tmp_path / "there"), read_lock(tmp_path / "here")
    assert there["made_on"] == "Linux riscv64, numpy 2.0"
    assert {name: value for name, value in there.items() if name != "made_on"} == here
    check = check_lock(tmp_path / "there")
    assert check.passed
    assert check.detail == "its clips were made on Linux riscv64, numpy 2.0"
    assert doubts(here) == []
    (said,) = doubts(there)
    assert said == f"its clips were made on Linux riscv64, numpy 2.0, and this is {own_kind()}"
