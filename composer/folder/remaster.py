"""Masters for other places: like a recording of the user's own, or of a song that is rendered already."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from composer.sources.reference import follow_reference
from structure.base.errors import ExistsError, Fault, SpecError, UsageError, did_you_mean
from structure.presets.masters import MASTER_PRESETS
from structure.specs.spec import MasterSpec


def master_spec(preset: str | None, reference: str | Path | None = None) -> MasterSpec:
    """Return a mastering preset by name, or one that follows a recording.

    Raises RitornelloError where there is no such preset, or where it needs a recording that is not given
    or follows none.
    """
    name = preset or ("reference" if reference is not None else "streaming")
    if name not in MASTER_PRESETS:
        raise UsageError(
            f"no mastering preset is called {name!r}",
            field="preset",
            hint=did_you_mean(name, MASTER_PRESETS),
        )
    try:
        return MasterSpec.model_validate(
            {"preset": name, "reference": None if reference is None else str(reference)}
        )
    except ValueError:
        wanted = (
            "needs a recording; name it by --reference" if reference is None else "follows no recording"
        )
        raise UsageError(f"the mastering preset {name!r} {wanted}", field="reference") from None


def read_master(master: str | Mapping[str, Any] | MasterSpec) -> MasterSpec:
    """Read the name of a preset, or what a spec has under ``master:``.

    Raises RitornelloError that names the field.
    """
    if isinstance(master, MasterSpec):
        return master
    if isinstance(master, str):
        return master_spec(master)
    try:
        return MasterSpec.model_validate(dict(master))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(("master", *map(str, first["loc"])))
        raise SpecError([Fault(first["msg"], where)], "") from None


@dataclass(frozen=True, slots=True)
class Remaster:
    """What a new master measures."""

    path: Path
    preset: str
    loudness_lufs: float
    range_lu: float
    true_peak_dbtp: float
    limited_db: float
    clipped_db: float


def remaster(
    folder: Path,
    preset: str | None = None,
    reference: Path | None = None,
    out: Path | None = None,
    *,
    replace: bool = False,
) -> Remaster:
    """Master the song in ``folder`` again, from its premaster, to a WAV file beside its master.

    ``out`` is ``master-<preset>.wav`` in the folder if left out. Nothing else in the folder changes.
    Raises RitornelloError where the folder holds no song, the preset or the recording is not there, or the
    file is there and ``replace`` is false.
    """
    from composer.folder.song import SongFolder
    from render.audio.r128 import measure_loudness
    from render.audio.wav import write_wav
    from render.mixing.master import master_song
    from render.mixing.mix import sections_of
    from structure.base.names import PREMASTER

    spec = master_spec(preset, reference)
    path = out or folder / f"master-{spec.preset}.wav"
    if path.exists() and not replace:
        raise ExistsError(
            f"{path} exists already", path=path, hint="it is replaced only where that is asked for"
        )
    song = SongFolder.open(folder)
    plan = dataclasses.replace(song.plan, master=spec)
    if spec.reference is not None:
        plan = follow_reference(plan, Path(spec.reference).expanduser())
    rate = plan.grid.sample_rate
    made = master_song(song.read(PREMASTER), plan.master, rate, plan.mix, sections_of(plan))
    write_wav(path, made.audio, rate, plan.export.bit_depth)
    measured = measure_loudness(made.audio, rate)
    return Remaster(
        path,
        spec.preset,
        measured.integrated_lufs,
        measured.range_lu,
        measured.true_peak_dbtp,
        made.limited_db,
        made.clipped_db,
    )
