"""How much of a song stays byte-identical when one stem of its chorus has another take.

``python -m tests.benchmarks.takes [SONG …]`` renders songs with plain tones, then four takes of the lead
(or of the first pitched stem) of the section that comes most often. It prints the share of bars, outside
that stem in that section, that the certificate proves to be the same samples; and how far the take is from
the song's own.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from composer.history.certificate import read_certificate
from composer.project import Project, SetField
from render.clips.caching.cache import ClipCache
from songs import song_path
from structure.base.names import stem_path
from tests.tones import ToneBackend

SONGS = ("last_light", "night_bus", "paper_lanterns")
TAKES = (2, 3, 4, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("songs", nargs="*", default=SONGS)
    for name in parser.parse_args().songs:
        with tempfile.TemporaryDirectory() as made:
            measure(name, Path(made))


def measure(name: str, folder: Path) -> None:
    """Print the figures of one song."""
    spec = folder / "song_spec.yaml"
    spec.write_text(song_path(name).read_text(encoding="utf-8"), encoding="utf-8")
    project, cache = Project.open(spec), ClipCache(folder / "cache")
    project.render(backend=ToneBackend(), cache=cache).result(600)
    plan = project.plan
    section = max(plan.graph.sections, key=lambda one: (one.visits, one.energy)).name
    visits = [visit for visit in plan.visits if visit.place.name == section]
    playing = [stem for stem in plan.stems if stem.name in plan.sounding_stems(visits[0])]
    stem = min(playing, key=lambda one: (one.role != "lead", one.role in ("drums", "effects")))
    own = {visit.place.start_bar + k + 1 for visit in visits for k in range(visit.bars)}
    for take in TAKES:
        project.apply(SetField(("sections", section, "take"), {stem.name: take}))
        song = project.render(backend=ToneBackend(), cache=cache).result(600)
        told = read_certificate(song.path)
        kept = total = 0
        for other in plan.stems:
            bars = {bar for run in told.kept[stem_path(other.name)] for bar in run.bars}
            wanted = set(range(1, plan.bars + 1)) - (own if other.name == stem.name else set())
            kept += len(bars & wanted)
            total += len(wanted)
        levels = [
            told.moved.get(f"{section}:{v.place.index}", {}).get(stem_path(stem.name)) for v in visits
        ]
        apart = max((level for level in levels if level is not None), default=float("-inf"))
        print(
            f"{name}: take {take} of {stem.name} in {section}: {100 * kept / total:.1f} % of {total} other "
            f"bars are the same samples; the take differs by {apart:.1f} dB",
            flush=True,
        )
        project.undo()
        project.render(backend=ToneBackend(), cache=cache).result(600)


if __name__ == "__main__":
    main()
