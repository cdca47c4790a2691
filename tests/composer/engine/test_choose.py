"""An engine is chosen by its name, and what cannot be chosen is said in words that help."""

import importlib.util

import pytest

from composer.engine import choose_engine
from render.clips.engine import LocalEngine, kind_of, made_on
from structure.base.errors import EngineError, MissingPackageError, UsageError
from tests.composer.engine.conftest import need_ray


def test_this_machine_is_an_engine_of_its_own_kind() -> None:
    engine = choose_engine("local")
    assert isinstance(engine, LocalEngine)
    assert kind_of(engine) == made_on(engine) == ""


def test_an_unknown_engine_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UsageError, match=r"no engine 'rays'.*did you mean 'ray'") as caught:
        choose_engine("rays")
    assert caught.value.field == "--engine"


def test_an_address_goes_with_a_cluster_alone() -> None:
    with pytest.raises(UsageError, match="--engine ray"):
        choose_engine("local", "10.0.0.1:6379")


def test_without_ray_one_is_told_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match=r"pip install 'ritornello\[ray\]'"):
        choose_engine("ray")


@pytest.mark.slow
@pytest.mark.parametrize("address", ["nowhere", "127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_where_nobody_answers_is_said_in_words(address: str) -> None:
    need_ray()
    with pytest.raises(EngineError, match=f"Ray cannot be reached at '{address}'") as caught:
        choose_engine("ray", address)
    assert caught.value.field == "--address"
