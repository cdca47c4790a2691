"""Winds, reeds and driven guitars speak after their note; what is struck or plucked sounds at once."""

import pytest

from structure.arrange.melody.instrument import speaking_s
from structure.base.types import Role


@pytest.mark.parametrize(
    ("prompt", "role", "seconds"),
    [
        ("muted trumpet", "lead", 0.026),
        ("tenor saxophone, breathy", "lead", 0.022),
        ("accordion, soft", "pad", 0.024),
        ("overdriven guitar, phaser", "chords", 0.020),
        ("electric guitar lead, overdriven, singing", "lead", 0.020),
        ("clean electric guitar", "chords", 0.0),
        ("acoustic piano, mellow", "chords", 0.0),
        ("jazz guitar, hollow-body", "arpeggio", 0.0),
        ("jazz drum kit, swing", "drums", 0.0),
    ],
)
def test_how_long_an_instrument_takes_to_speak(prompt: str, role: Role, seconds: float) -> None:
    assert speaking_s(prompt, role) == pytest.approx(seconds)
