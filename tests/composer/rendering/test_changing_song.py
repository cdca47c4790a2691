"""A small song of three tempi and two metres by the embedded model: what is heard lies on its map."""

from __future__ import annotations

import librosa
import mir_eval
import numpy as np
import pytest

from render.backends import load_backend
from render.checks.timing import song_onsets
from render.renderer import render_song
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("librosa_loaded")]

SPEC = """
title: Map
tempo: 100
meter: 4/4
key: A minor
seed: 2
stems:
  - {name: kit, role: drums, prompt: rock drum kit}
  - {name: low, role: bass, prompt: electric bass}
form: [verse, chorus, outro]
sections:
  verse: {bars: 3, stems: [kit, low], energy: 0.6}
  chorus: {bars: 3, meter: 3/4, tempo: 138, stems: [kit, low], energy: 0.6}
  outro:
    bars: 3
    stems: [kit, low]
    energy: 0.6
    events: [{bar: 1, do: ritardando, tempo: 60}]
"""


def test_onsets_of_the_models_drums_lie_on_the_map() -> None:
    plan = plan_song(parse_spec(SPEC, "map.yaml"))
    assert len({span.quarters_per_minute for span in plan.grid.spans}) > 20
    kit = render_song(plan, load_backend("embedded")).stems["kit"]
    rate = plan.grid.sample_rate
    heard = librosa.onset.onset_detect(y=kit.mean(axis=0), sr=rate, hop_length=256, units="time")
    wanted = np.unique(np.array(song_onsets(plan, "kit")) / rate)
    for visit in plan.visits:
        start, end = (sample / rate for sample in plan.bounds(visit))
        struck = wanted[(wanted >= start - 0.03) & (wanted < end - 0.03)]
        found = heard[(heard >= start - 0.03) & (heard < end - 0.03)]
        score, _, _ = mir_eval.onset.f_measure(_apart(struck), found, window=0.04)
        assert score > 0.8, visit.place.label
        gaps = [float(found[np.argmin(np.abs(found - at))] - at) for at in _apart(struck)]
        assert abs(float(np.median(gaps))) < 0.015, visit.place.label


def _apart(times: np.ndarray) -> np.ndarray:
    """Onsets of which those within 30 ms are one."""
    return times[np.append(True, np.diff(times) > 0.03)]
