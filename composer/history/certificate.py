"""What a render left alone, and how far it moved the rest: ``changes.json``.

A render that replaces a song compares the two, sample by sample, and writes down which bars of which stems
hold the same samples as before, with a digest of them. Whoever has both folders can check that claim from
the files alone. A bar counts as kept wherever it stands now: where bars are put in before it, it has moved
with its section.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from composer.folder.lock import check_lock
from composer.folder.song import SongFolder
from composer.history.changes import Change, clip_changes, field_changes
from composer.history.planned import Place
from render.audio.types import Audio
from render.checks.check import Check, list_names
from structure.base.errors import FolderError, LockError
from structure.base.files import sha256
from structure.base.jsonfile import read_json
from structure.base.names import CHANGES, LOCK, MASTER, PREMASTER, stem_path
from structure.plans.plan import SongPlan, Visit

FORMAT = 2
"""Raised when ``changes.json`` says something else by the same names; 1 is what ``preview`` says."""

_SAME_DB = 0.1
"""How far a level of a difference may lie from what the certificate says."""

_STILL = -math.inf
"""The level of no difference."""


class KeptRun(BaseModel):
    """Bars of the later song that hold the same samples as bars of the earlier song.

    ``first`` and ``last`` count from 1, and both are included. ``was`` is the bar of the earlier song that
    the first of them is.

    ``sha256`` is of the samples, as float32 in the order of the file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    first: int = Field(ge=1, le=1 << 20)
    last: int = Field(ge=1, le=1 << 20)
    was: int = Field(ge=1, le=1 << 20)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")

    @property
    def bars(self) -> range:
        """Return the bars of the later song."""
        return range(self.first, self.last + 1)

    @property
    def bars_text(self) -> str:
        """Return the bars in words, and where they were if that is elsewhere."""
        bars = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return (
            bars if self.was == self.first else f"{bars} (was {self.was}-{self.was + len(self.bars) - 1})"
        )


class Certificate(BaseModel):
    """What became of an older song in a render that replaced it.

    ``before`` and ``after`` are the SHA-256 of the two locks. ``asked`` are the fields of the spec that
    differ, ``made`` the clips that do, as :func:`composer.history.changes.clip_changes` says it. ``kept``
    are runs of bars by file: a stem's, the premaster's, the master's. ``moved`` has, by visit and file, the
    level of what differs in bars that are not kept, in decibels against that of the earlier sound; None
    where there is nothing to compare with.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    before: str = Field(pattern="^[0-9a-f]{64}$")
    after: str = Field(pattern="^[0-9a-f]{64}$")
    asked: tuple[dict[str, Any], ...]
    made: tuple[dict[str, Any], ...]
    kept: dict[str, tuple[KeptRun, ...]]
    moved: dict[str, dict[str, float | None]]

    def document(self) -> dict[str, Any]:
        """Return the content of ``changes.json``."""
        return self.model_dump(mode="json")


def certify(before: SongFolder, after: SongFolder) -> Certificate:
    """Compare a song with the one before it, from their files.

    Raises RitornelloError where one of the two is damaged or cannot be read.
    """
    kept: dict[str, tuple[KeptRun, ...]] = {}
    moved: dict[str, dict[str, float | None]] = {_name(visit): {} for visit in after.plan.visits}
    for name in _files(after.plan):
        new = after.read(name)
        old = before.read(name) if name in _files(before.plan) else None
        kept[name] = () if old is None else _find_kept_runs(before.plan, after.plan, old, new)
        for visit, level in _measure_moves(before.plan, after.plan, old, new, kept[name]).items():
            moved[visit][name] = level
    return Certificate(
        format=FORMAT,
        before=sha256(before.path / LOCK),
        after=sha256(after.path / LOCK),
        **_list_asked_and_made(before, after),
        kept=kept,
        moved={visit: levels for visit, levels in moved.items() if levels},
    )


def read_certificate(folder: Path) -> Certificate:
    """Read the ``changes.json`` of a song. Raises FolderError where there is none that can be read."""
    path = folder / CHANGES
    if not path.is_file():
        raise FolderError(
            f"{folder} has no {CHANGES}",
            path=path,
            hint="it is written by a render that replaces an older song",
        )
    try:
        return Certificate.model_validate(read_json(path, FolderError))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FolderError(f"{path} is damaged: {where}: {first['msg']}", path=path, field=where) from exc


def check_certificate(folder: SongFolder, against: SongFolder) -> tuple[Check, ...]:
    """Check the certificate of a song against the version before it, from the files of both.

    Raises FolderError where there is no certificate that can be read.
    """
    told = read_certificate(folder.path)
    others = [
        label
        for label, song, digest in (
            ("this song", folder, told.after),
            ("the older one", against, told.before),
        )
        if not (song.path / LOCK).is_file() or sha256(song.path / LOCK) != digest
    ]

    # the lists of what was asked and made, as the two locks have them
    right = _list_asked_and_made(against, folder)
    lists = {"asked": told.asked, "made": told.made}
    false_lists = [
        name for name, said in lists.items() if list(said) != json.loads(json.dumps(right[name]))
    ]

    false_bars, false_levels = _false_claims(told, folder, against)
    bars = sum(len(run.bars) for runs in told.kept.values() for run in runs)
    true_bars = f"{bars} bars of {len(told.kept)} files are the same samples"
    counted = (
        ("changes.json is of these two songs", others, "songs", ""),
        ("bars said to be kept that are not", false_bars, "runs", true_bars),
        ("moved parts whose level is another", false_levels, "parts", ""),
        ("what was asked and made is as the two locks have it", false_lists, "lists", ""),
    )
    return (
        *(
            Check.at_most(name, len(wrong), 0.0, unit, list_names(wrong) or detail, decimals=0)
            for name, wrong, unit, detail in counted
        ),
        replace(check_lock(against.path), name="files of the older song match its lock"),
    )


def _false_claims(
    told: Certificate, folder: SongFolder, against: SongFolder
) -> tuple[list[str], list[str]]:
    """Return the kept bars, and the moved parts, of a certificate that the files of both songs deny."""
    files = _files(folder.plan)
    false_bars = [f"{name} is missing, or too much" for name in sorted(told.kept.keys() ^ set(files))]
    false_levels: list[str] = []
    for name in files:
        runs = told.kept.get(name, ())
        new = folder.read(name)
        old = against.read(name) if (against.path / name).is_file() else None
        levels = _measure_moves(against.plan, folder.plan, old, new, runs)
        for run in runs:
            theirs = range(run.was, run.was + len(run.bars))
            if (
                _digest(_bars(new, folder.plan, run.bars)) != run.sha256
                or old is None
                or _digest(_bars(old, against.plan, theirs)) != run.sha256
            ):
                false_bars.append(f"{name} bars {run.bars_text}")
        false_levels += [
            f"{name} in {visit}"
            for visit in sorted({_name(visit) for visit in folder.plan.visits} | told.moved.keys())
            if not _same_level(told.moved.get(visit, {}).get(name, _STILL), levels.get(visit, _STILL))
        ]
    return false_bars, false_levels


def _list_asked_and_made(before: SongFolder, after: SongFolder) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the fields of the spec, and the clips, that differ between two locks."""
    old, new = before.lock, after.lock
    return {
        "asked": _documents(field_changes("spec", old.get("spec", {}), new.get("spec", {}))),
        "made": _documents(clip_changes(_places(old["clips"]), _places(new["clips"]))),
    }


def _same_level(said: float | None, found: float | None) -> bool:
    """Return whether two levels in dB are the same, but for rounding."""
    return said == found or (said is not None and found is not None and abs(said - found) <= _SAME_DB)


def describe_certificate(told: Certificate, plan: SongPlan) -> Iterator[str]:
    """Yield a line for each section: what was made anew, what stayed byte-identical, and what moved.

    What moved is told with its level in decibels. What was asked for comes first, in a line of its own.
    """
    if told.asked:
        yield "asked: " + "; ".join(
            f"{change['what']} {_value(change['before'])} -> {_value(change['after'])}"
            for change in told.asked
        )

    made = {place["what"]: place for place in told.made}
    for section in plan.graph.sections:
        visits = [visit for visit in plan.visits if visit.place.name == section.name]
        anew = _unique(
            name.strip()
            for visit in visits
            for name in str((made.get(_name(visit)) or {}).get("after") or "").partition(" (")[0].split(",")
            if name.strip()
        )
        levels = {
            name: told.moved.get(_name(visit), {}).get(name)
            for visit in visits
            for name in _files(plan)
            if name in told.moved.get(_name(visit), {})
        }
        stems = {
            stem.name: stem_path(stem.name) for stem in plan.stems if stem_path(stem.name) in told.kept
        }
        playing = _unique(name for visit in visits for name in plan.sounding_stems(visit) if name in stems)
        same, rest = [], []
        for name in playing:
            if name in anew:
                continue
            if stems[name] not in levels:
                same.append(name)
                continue
            level = levels[stems[name]]
            rest.append(f"{name} (not there before)" if level is None else f"{name} by {level:.0f} dB")
        facts = [f"made anew: {', '.join(anew)}"] if anew else []
        facts += [f"byte-identical: {', '.join(same)}"] if same else []
        facts += [f"moved: {', '.join(rest)}"] if rest else []
        yield f"{section.name}: {'; '.join(facts) or 'nothing plays'}"


def _value(value: object) -> str:
    return "nothing" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _documents(changes: Iterable[Change]) -> tuple[dict[str, Any], ...]:
    return tuple(change.document() for change in changes)


def _files(plan: SongPlan) -> list[str]:
    stems = [stem_path(stem.name) for stem in plan.stems] if plan.export.stems else []
    return [*stems, PREMASTER, MASTER]


def _name(visit: Visit) -> str:
    return f"{visit.place.name}:{visit.place.index}"


def _places(clips: Mapping[str, str]) -> dict[Place, str]:
    """Return the keys of a lock's clips by their place.

    Raises LockError where a place is none.
    """
    found = {}
    for place, key in clips.items():
        section, visit, stem = (*place.split("/"), "", "")[:3]
        if not visit.isdecimal() or not stem:
            raise LockError(f"{LOCK} is damaged: {place!r} is no place of a clip", field="clips")
        found[(section, int(visit), stem)] = key
    return found


def _bars(audio: Audio, plan: SongPlan, bars: range) -> Audio:
    """Return the samples of some bars, (2, samples); no samples where the song lacks any of these bars."""
    if not bars or bars[-1] > plan.bars:
        return audio[:, :0]
    return audio[:, plan.grid.sample_at_bar(bars[0] - 1) : plan.grid.sample_at_bar(bars[-1])]


def _digest(audio: Audio) -> str:
    return hashlib.sha256(np.ascontiguousarray(audio.T).tobytes()).hexdigest()


def _find_kept_runs(before: SongPlan, after: SongPlan, old: Audio, new: Audio) -> tuple[KeptRun, ...]:
    """Find the bars that hold the same samples, as runs that are as long as can be."""
    by_visit = {_name(visit): visit for visit in before.visits}
    runs: list[list[int]] = []  # first, last, was
    for visit in after.visits:
        earlier = by_visit.get(_name(visit))
        for inside in range(visit.bars):
            # a bar may have been at the same place, or at its place in the same visit
            bar = visit.place.start_bar + inside + 1
            places = [bar]
            if earlier is not None and inside < earlier.bars:
                places.append(earlier.place.start_bar + inside + 1)

            mine = _bars(new, after, range(bar, bar + 1))
            was = next(
                (
                    one
                    for one in dict.fromkeys(places)
                    if 1 <= one <= before.bars
                    and np.array_equal(mine, _bars(old, before, range(one, one + 1)))
                ),
                None,
            )
            if was is None:
                continue
            if runs and runs[-1][1] == bar - 1 and runs[-1][2] - runs[-1][0] == was - bar:
                runs[-1][1] = bar
            else:
                runs.append([bar, bar, was])

    return tuple(
        KeptRun(
            first=first,
            last=last,
            was=was,
            sha256=_digest(_bars(new, after, range(first, last + 1))),
        )
        for first, last, was in runs
    )


def _measure_moves(
    before: SongPlan, after: SongPlan, old: Audio | None, new: Audio, kept: Iterable[KeptRun]
) -> dict[str, float | None]:
    """Return how far each visit moved from the same visit in the earlier song.

    The figure is the level of the difference in decibels relative to the earlier sound. It is None where
    the earlier song had no such visit or file, or one of another length. Visits whose bars are all kept,
    or whose samples are equal, are left out.
    """
    same = {bar for run in kept for bar in run.bars}
    by_visit = {_name(visit): visit for visit in before.visits}
    found: dict[str, float | None] = {}
    for visit in after.visits:
        start, end = after.bounds(visit)
        bars = range(visit.place.start_bar + 1, visit.place.start_bar + visit.bars + 1)
        if same.issuperset(bars):
            continue
        earlier = by_visit.get(_name(visit))
        mine = new[:, start:end]
        theirs = (
            old[:, slice(*before.bounds(earlier))]
            if earlier is not None and old is not None
            else mine[:, :0]
        )
        if theirs.shape != mine.shape:
            found[_name(visit)] = None
            continue
        difference = float(np.mean(np.square(mine - theirs, dtype=np.float64)))
        level = float(np.mean(np.square(theirs, dtype=np.float64)))
        if not difference:
            continue
        found[_name(visit)] = round(10.0 * float(np.log10(difference / max(level, 1e-12))), 1)
    return found
