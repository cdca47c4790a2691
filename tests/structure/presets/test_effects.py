"""Effects by name, key and word."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from structure.base.types import EffectName
from structure.presets.effects import effect_called, effect_of_key, effects
from structure.presets.styles import build_style, style_data


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


def test_a_style_has_effects_by_name_and_not_as_players() -> None:
    own = {"stems": [{"name": "fx", "role": "effects", "prompt": "risers"}]}
    with pytest.raises(ValidationError, match=r"write them as `effects: \{riser: 0.5\}`"):
        build_style("own", own, style_data("house"))
    style = build_style("own", {"effects": {"rain": 0.5}}, style_data("jazz"))
    assert style.effects == {"rain": 0.5}
