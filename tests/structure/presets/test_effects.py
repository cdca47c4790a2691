"""Effects by name, key and word."""

from __future__ import annotations

from typing import get_args

import pytest

from structure.base.types import EffectName
from structure.presets.effects import effect_called, effect_of_key, effects


def test_every_effect_has_a_row_a_key_and_words_of_its_own() -> None:
    assert set(effects()) == set(get_args(EffectName))
    assert len({effect.key for effect in effects().values()}) == len(effects())
    words = [word for effect in effects().values() for word in effect.words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("vinyl crackle, old", "vinyl"),
        ("soft rain on the window", "rain"),
        ("tape hiss", "hiss"),
        ("a big reverse cymbal", "reverse_cymbal"),
        ("whooshes", "sweep"),
        ("crashing waves", "waves"),
    ],
)
def test_an_effect_is_known_by_its_words(text: str, name: str) -> None:
    effect = effect_called(text)
    assert effect is not None
    assert effect.name == name


@pytest.mark.parametrize("text", ["felt piano", "effects", "train beat", ""])
def test_other_words_are_no_effect(text: str) -> None:
    assert effect_called(text) is None


def test_a_key_is_an_effect_or_none() -> None:
    assert all(effect_of_key(effect.key) == effect for effect in effects().values())
    assert effect_of_key(60) is None
