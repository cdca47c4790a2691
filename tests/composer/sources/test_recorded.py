"""A recording that is a stem: what of it is used."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from composer.sources.source import plan_source, read_source

SPEC = """\
genre: pop
tempo: 120
form: [verse]
stems:
  - {name: keys, role: chords}
  - {name: drone, role: audio, audio: drone.wav, tempo: 120, offset: 0}
sections: {verse: {bars: 2, chords: C | F}}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("minutes", "notes"), [(59, 0), (61, 1)])
def test_what_is_left_out_of_a_long_recording_is_said(tmp_path: Path, minutes: int, notes: int) -> None:
    second = (0.3 * np.sin(np.arange(4000) / 3)).astype(np.float32)
    soundfile.write(tmp_path / "drone.wav", np.tile(second, 60 * minutes), 4000, "PCM_16")
    (tmp_path / "song.yaml").write_text(SPEC)
    plan = plan_source(read_source(tmp_path / "song.yaml"))
    assert sum("first hour" in note for note in plan.notes) == notes
