"""``report.json``: how a song was made and what was measured on it.

It is the only file of a song that holds times and the machine, so that all others come out the same, byte
by byte, when the song is rendered again.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.audio.levels import finite
from render.checks.check import Check
from render.checks.quality import measure_quality
from structure.base.errors import RitornelloError
from structure.base.files import sha256
from structure.base.jsonfile import read_json
from structure.base.versions import own_version, package_versions
from structure.plans.plan import SongPlan
from structure.presets.mixes import BANDS_HZ

if TYPE_CHECKING:
    from render.clips.make import ClipRecord
    from render.renderer import RenderResult

FORMAT = 1

IDENTITY = ("title", "seeds", "backend", "loudness")
"""What two renders of one song say alike; what was found in the cache they may say unlike."""

SOME_IDENTITY = ("players",)
"""What is alike as well where it is said."""

SEAL = "sha256"


def report_identity(plan: SongPlan, result: RenderResult) -> dict[str, Any]:
    """Return what the reports of two renders of one song have in common; the lock has its digest."""
    return {
        "title": plan.title,
        "seeds": {
            "song": plan.seed,
            "sections": {visit.place.name: visit.sound.seed for visit in plan.visits},
        },
        "backend": {"name": result.backend, "fingerprint": result.backend_fingerprint},
        **players_document(result),
        "loudness": loudness(result),
    }


def players_document(result: RenderResult) -> dict[str, Any]:
    """Return which backends played which clips, and how each was asked for them.

    It is empty unless parts of the song name backends of their own.
    """
    return {"players": [asdict(player) for player in result.players]} if result.players else {}


def digest_of(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of plain data, whatever the order of its keys."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def seal(report: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report with the digest of all that it says, so that a change of it is noticed."""
    plain = json.loads(json.dumps(report))
    return {**plain, SEAL: digest_of(plain)}


def report_faults(path: Path, identity_sha256: str) -> list[str]:
    """Return what is wrong with a song's report, by its own seal and by the digest in the lock."""
    try:
        report = read_json(path)
    except (RitornelloError, OSError):
        return [f"{path.name} cannot be read"]
    if not isinstance(report, dict):
        return [f"{path.name} is no report"]
    said = {key: value for key, value in report.items() if key != SEAL}
    identity = {key: report.get(key) for key in IDENTITY}
    identity |= {key: report[key] for key in SOME_IDENTITY if key in report}
    intact = report.get(SEAL) == digest_of(said) and digest_of(identity) == identity_sha256
    return [] if intact else [path.name]


def report_document(
    plan: SongPlan, result: RenderResult, checks: Iterable[Check], timings_s: Mapping[str, float]
) -> dict[str, Any]:
    """Return the report of a song, without its files; ``timings_s`` maps stages to seconds."""
    song_s = plan.total_samples / plan.grid.sample_rate
    total_s = sum(timings_s.values())
    return {
        "format": FORMAT,
        **report_identity(plan, result),
        "warnings": [*plan.notes, *result.warnings],
        "versions": {
            "ritornello": own_version(),
            "python": platform.python_version(),
            **package_versions(),
        },
        "platform": platform.platform(),
        "mix": mix_figures(plan, result),
        "timings": {
            "stages_s": {stage: round(seconds, 3) for stage, seconds in timings_s.items()},
            "total_s": round(total_s, 3),
            "song_s": round(song_s, 3),
            "render_to_song_ratio": round(total_s / song_s, 4),
        },
        **checks_document(checks),
        "sections": section_clips(result.clips),
        "clips": [asdict(clip) for clip in result.clips],
    }


def section_clips(clips: Iterable[ClipRecord]) -> list[dict[str, Any]]:
    """Count the different clips of each section: all of them, those made in this render, and those reused.

    Sections are in the order of the song. A clip of several sections counts in the first.
    """
    found: dict[str, dict[str, bool]] = {}
    seen: set[str] = set()
    for clip in clips:
        section = found.setdefault(clip.section, {})
        if clip.key not in seen:
            section[clip.key] = clip.reused
        seen.add(clip.key)
    return [
        {
            "section": name,
            "clips": len(reused),
            "made": sum(not was for was in reused.values()),
            "reused": sum(reused.values()),
        }
        for name, reused in found.items()
    ]


def checks_document(checks: Iterable[Check]) -> dict[str, Any]:
    """Return checks as plain data; ``passed`` is false where one of them failed.

    ``direction`` says which way a check's limit points. A check that is "within" has a ``target``, and its
    limit is how far from that it may be.
    """
    listed = list(checks)
    return {
        "passed": all(check.passed is not False for check in listed),
        "not_measured": sum(check.passed is None for check in listed),
        "checks": [
            {
                "name": check.name,
                "passed": check.passed,
                "value": finite(check.value),
                "direction": check.direction,
                "limit": finite(check.limit),
                "target": check.target,
                "unit": check.unit,
                "detail": check.detail,
            }
            for check in listed
        ],
    }


def loudness(result: RenderResult) -> dict[str, float | None]:
    """Return what was measured on the master; None for what has no finite value, as where it is silent."""
    master = result.master
    return {
        "integrated_lufs": finite(master.loudness_lufs, 3),
        "true_peak_dbtp": finite(master.true_peak_dbtp, 3),
        "limited_db": finite(master.limited_db, 3),
        "clipped_db": finite(master.clipped_db, 3),
    }


def mix_figures(plan: SongPlan, result: RenderResult) -> dict[str, Any]:
    """Return what is measured on the mix, and the gains that were set for it.

    The gains, in decibels, are those of the master's equaliser in its octave bands, and of each visit in
    the mix and in the master.
    """
    figures = measure_quality(plan, result.stems, result.premaster, result.master.audio).document()
    master = result.master
    bands = zip(BANDS_HZ, master.matching_db, strict=False)
    gains = {
        "matching_db": {str(band): gain for band, gain in bands},
        "ride_db": list(result.ride_db),
        "trims_db": list(master.trims_db),
    }
    return {**figures, "gains": gains}


def file_table(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the size in bytes and the SHA-256 of each file."""
    paths = {name: folder / name for name in names}
    return {name: {"bytes": path.stat().st_size, "sha256": sha256(path)} for name, path in paths.items()}
