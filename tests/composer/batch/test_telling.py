"""What a song of a batch tells of how far it is."""

from typing import Any

import pytest

from composer.base.pace import Expected
from composer.batch.work import _Telling
from structure.base.progress import ProgressEvent


def test_what_a_song_takes_to_begin_is_no_sign_of_its_pace() -> None:
    """After six seconds of loading, clips take twice as long as on an ordinary machine."""
    now, told = 0.0, list[Any]()
    telling = _Telling(told.append, Expected({"load": 1.0, "clips": 10.0, "mix": 1.0}), lambda: now)
    telling(ProgressEvent("load", 1, 1))
    now = 6.0
    for number in range(5):
        telling(ProgressEvent("clips", number, 4, work=20.0 * number, total_work=80.0))
        now += 2.0
    shares, stages, works = zip(*told, strict=True)
    assert stages == ("load", *["clips"] * 5)
    assert shares[:2] == (0.0, 0.0) and works[:2] == (None, None)

    # 0.031 s for each of 80 s of clips, and of half a second more for each of four: here it takes 8 s
    pace = 8.0 / (0.031 * 82.0)
    assert works[-1] == pytest.approx((14.0 + pace) / pace)
    assert shares[-1] == pytest.approx(14.0 / (14.0 + pace))
    assert list(shares) == sorted(shares)
