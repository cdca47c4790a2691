"""A program of a user's, for a type checker to read; it is never run."""

from pathlib import Path
from typing import reveal_type

import composer


def told(event: composer.ProgressEvent) -> None:
    print(event.stage, event.done, event.total)


song = composer.compose("neon_tides", seed=7, master="club", only=["chorus"], progress=told)
reveal_type(song)
reveal_type(song.master)
reveal_type(song.stems)
reveal_type(song.checks)
reveal_type(song.save("neon", replace=True))
reveal_type(song.export("out", ["wav", "reaper"], sample_rate=48_000, drum_parts=False))
reveal_type(composer.plan("neon_tides"))
reveal_type(composer.songs())
reveal_type(composer.styles())
reveal_type(composer.style("tango"))
reveal_type(composer.check_style(Path("mine.yaml")).weak)
reveal_type(composer.new_spec("a waltz"))
reveal_type(composer.export(Path("neon"), "flac", bit_depth=24))
reveal_type(composer.remaster("neon", "club"))
reveal_type(composer.verify("neon"))
made = composer.clip("lofi", seconds=8.0, tempo=92.0, key="A minor", init="riff.wav", loop=True)
reveal_type(made)
reveal_type(composer.morph("lofi", "techno", steps=2))
reveal_type(composer.vary(made, 0.5, take=2))
reveal_type(composer.radio("lofi", "techno", tempo=90))
reveal_type(composer.__version__)

try:
    composer.compose("neon_tides")
except composer.SpecError as error:
    reveal_type(error.faults)
except composer.FolderError as error:
    reveal_type(error.path)
except composer.RitornelloError as error:
    reveal_type(error.hint)
