"""Plant faults into rendered songs, and count those that ``verify`` hears.

Run ``python -m tests.benchmarks.planted_faults``. Two short songs are rendered with the embedded model, one
with drums and one without, into ``--folder``, where they stay. Each kind of :mod:`tests.benchmarks.planted`
is planted ``--each`` times, at places and in sizes that are drawn, half of them into each song; the song is
written as the faulty renderer would leave it, with lock and report of its own, and checked. What is printed
is, for each kind, how many were tried, how many made the row of their kind fail, and how many another row.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from composer.folder.lock import DOCUMENTS
from composer.folder.report import IDENTITY, SEAL, digest_of, seal
from composer.folder.song import SongFolder
from composer.folder.verify import check_folder
from render.audio.types import Audio
from render.audio.wav import write_wav
from structure.base.files import sha256
from structure.base.jsonfile import dumps
from structure.base.names import LOCK, MASTER, PREMASTER, REPORT, stem_path
from tests.benchmarks.planted import FILES, KINDS, Kind, Take, change_file

SPECS = {
    "band": """\
title: Planted Band
description: driving pop rock
genre: pop
tempo: 126
key: A minor
meter: 4/4
seed: 11
stems:
  - {name: drums, role: drums, prompt: acoustic drum kit}
  - {name: bass, role: bass, prompt: fingered electric bass}
  - {name: guitar, role: chords, prompt: clean electric guitar, pan: -0.3}
  - {name: organ, role: pad, prompt: warm rock organ, pan: 0.25}
  - {name: lead, role: lead, prompt: bright synth lead}
sections:
  verse: {bars: 4, chords: Am | F | C | G, energy: 0.5, stems: [drums, bass, guitar, lead]}
  chorus: {bars: 6, chords: F | G | Am | C | F | G, energy: 0.9, variation: 0}
form: [verse, chorus, verse, chorus]
""",
    "chamber": """\
title: Planted Chamber
description: calm chamber music without drums
genre: ballad
tempo: 88
key: D major
meter: 3/4
seed: 23
stems:
  - {name: piano, role: chords, prompt: grand piano, pan: -0.2}
  - {name: cello, role: bass, prompt: solo cello}
  - {name: flute, role: lead, prompt: concert flute, pan: 0.2}
  - {name: harp, role: arpeggio, prompt: concert harp, pan: 0.3}
sections:
  verse: {bars: 4, chords: D | Bm | G | A, energy: 0.4, stems: [piano, cello, flute]}
  chorus: {bars: 6, chords: G | A | D | Bm | Em | A, energy: 0.7, variation: 0}
form: [verse, chorus, verse, chorus]
""",
}


@dataclass(frozen=True)
class Trial:
    """One fault that was planted: ``rows`` are those that failed."""

    kind: str
    song: str
    what: str
    rows: tuple[str, ...]
    caught: bool


def rendered(folder: Path, name: str) -> Path:
    """Return the folder of one of the songs, rendered now where it is not there yet."""
    song = folder / name
    if not (song / LOCK).is_file():
        from composer import compose

        compose(SPECS[name]).save(song)
    return song


def read_take(folder: Path) -> Take:
    """Read a rendered song."""
    song = SongFolder.open(folder)
    stems = {stem.name: song.read_stem(stem.name) for stem in song.plan.stems}
    return Take(song.plan, stems, song.read(PREMASTER), song.read(MASTER))


def leave(take: Take, honest: Take, original: Path, folder: Path) -> None:
    """Write a song as its renderer would have left it: what differs anew, with lock and report."""
    shutil.copytree(original, folder, copy_function=os.link)
    files: dict[str, tuple[Audio, Audio]] = {
        stem_path(name): (audio, honest.stems[name]) for name, audio in take.stems.items()
    }
    files[PREMASTER] = (take.premaster, honest.premaster)
    files[MASTER] = (take.master, honest.master)
    lock = json.loads((folder / LOCK).read_text(encoding="utf-8"))
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    for name, (audio, was) in files.items():
        if audio is not was and not np.array_equal(audio, was):
            (folder / name).unlink()
            write_wav(folder / name, audio, take.rate, take.plan.export.bit_depth)
            lock["files"][name] = report["files"][name]["sha256"] = sha256(folder / name)
    lock["documents"] = {name: sha256(folder / name) for name in DOCUMENTS}
    lock["report_sha256"] = digest_of({key: report.get(key) for key in IDENTITY})
    report = seal({key: value for key, value in report.items() if key != SEAL})
    for name, document in ((LOCK, lock), (REPORT, report)):
        (folder / name).unlink()
        (folder / name).write_text(dumps(document), encoding="utf-8")


def try_fault(kind: Kind, number: int, take: Take, original: Path) -> Trial:
    """Plant a fault of a kind into a song, and check the song."""
    rng = np.random.default_rng([crc32(kind.name.encode()), number])
    faulty, what = kind.plant(take, rng)
    with tempfile.TemporaryDirectory(dir=original.parent) as work:
        folder = Path(work) / "song"
        leave(faulty, take, original, folder)
        if kind.name == "a file of the folder":
            what = FILES[number % len(FILES)]
            change_file(folder, what)
        failed = tuple(check.name for check in check_folder(folder) if check.passed is False)
    return Trial(kind.name, original.name, what, failed, any(row in kind.rows for row in failed))


def try_all(folder: Path, kinds: Iterable[Kind], each: int) -> list[Trial]:
    """Plant faults of kinds, half of each into either song; those that a song has no place for
    elsewhere."""
    songs = {name: rendered(folder, name) for name in SPECS}
    takes = {name: read_take(path) for name, path in songs.items()}
    trials = []
    for kind in kinds:
        for number in range(each):
            name = list(SPECS)[number % len(SPECS)]
            began = time.perf_counter()
            trial = try_fault(kind, number, takes[name], songs[name])
            said = "caught" if trial.caught else f"NOT CAUGHT, but {', '.join(trial.rows) or 'nothing'}"
            print(
                f"{trial.kind}: {trial.song}, {trial.what}: {said} ({time.perf_counter() - began:.0f} s)",
                flush=True,
            )
            trials.append(trial)
    return trials


def table(trials: Sequence[Trial]) -> str:
    """The kinds, how many were tried, caught on the row of their kind, and found by another row alone."""
    lines = ["| kind | tried | found on its row | by another row alone |", "|---|---|---|---|"]
    for kind in dict.fromkeys(trial.kind for trial in trials):
        mine = [trial for trial in trials if trial.kind == kind]
        caught = sum(trial.caught for trial in mine)
        other = sum(not trial.caught and bool(trial.rows) for trial in mine)
        lines.append(f"| {kind} | {len(mine)} | {caught} | {other} |")
    caught = sum(trial.caught for trial in trials)
    other = sum(not trial.caught and bool(trial.rows) for trial in trials)
    lines.append(f"| all | {len(trials)} | {caught} | {other} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; exit with 1 where fewer than 95 % were caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "planted_faults")
    parser.add_argument("--each", type=int, default=4, help="faults of each kind")
    parser.add_argument("--kind", action="append", default=[], help="kinds by a part of their name")
    options = parser.parse_args()
    kinds = [kind for kind in KINDS if not options.kind or any(part in kind.name for part in options.kind)]
    trials = try_all(options.folder, kinds, options.each)
    print(table(trials))
    return int(sum(trial.caught for trial in trials) < 0.95 * len(trials))


if __name__ == "__main__":
    sys.exit(main())
