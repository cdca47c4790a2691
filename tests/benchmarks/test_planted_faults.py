"""A small part of the planted faults, in songs that tones play: each is heard on the row of its kind."""

from __future__ import annotations

import numpy as np
import pytest

from composer.sources.source import plan_source, read_source
from render.audio.wav import as_written
from render.checks.verify import verify_song
from render.renderer import render_song
from tests.benchmarks.planted import KINDS, Take
from tests.benchmarks.planted_faults import SPECS
from tests.tones import RingingBackend

TRIED = (
    "mono master",
    "click in the master",
    "a bar a semitone off",
    "a stem under two names",
    "gap of 2 to 5 ms",
    "one side inverted",
    "pitched stem late",
    "stem too loud or too soft",
)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Take:
    """The song without drums, of its first two sections, played by tones."""
    import yaml

    spec = {**yaml.safe_load(SPECS["chamber"]), "form": ["verse", "chorus"]}
    plan = plan_source(read_source(spec, tmp_path_factory.mktemp("planted")))
    made = render_song(plan, RingingBackend())
    stems = {name: as_written(audio, 24) for name, audio in made.stems.items()}
    return Take(plan, stems, as_written(made.premaster, 24), as_written(made.master.audio, 24))


def failed_rows(take: Take) -> list[str]:
    """Names of the checks that a song fails."""
    checks = verify_song(take.plan, take.stems, take.premaster, take.master, tracks_beats=False)
    return [f"{check.name}: {check.detail}" for check in checks if check.passed is False]


@pytest.mark.slow
def test_the_song_as_it_is_passes(take: Take) -> None:
    assert failed_rows(take) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", TRIED)
def test_a_planted_fault_is_heard_on_its_row(take: Take, name: str) -> None:
    kind = next(kind for kind in KINDS if kind.name == name)
    faulty, what = kind.plant(take, np.random.default_rng(7))
    stems = {stem: as_written(audio, 24) for stem, audio in faulty.stems.items()}
    written = Take(take.plan, stems, as_written(faulty.premaster, 24), as_written(faulty.master, 24))
    rows = failed_rows(written)
    assert any(row.startswith(kind.rows[0]) for row in rows), (what, rows)
