"""Making an old song again from its lock, bit for bit, or saying why that cannot be.

What decides the samples is compared before anything is rendered: the plan, the backend with its weights and
torch, the clips that would be asked for. Where one of them differs, the song cannot be the same, and
nothing is rendered. Other versions of libraries may or may not change a last bit: they are told, and after
the render the files are held against the lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from composer.base.planfile import read_plan
from composer.folder.lock import FORMAT, find_changed_files, read_lock, read_locked_style, spec_hash
from composer.sources.source import Source, plan_source, read_source
from render.backends.base import Backend
from render.clips.caching.kinds import own_kind
from render.clips.wanted import ClipPlan, describe_players
from structure.base.errors import LockError
from structure.base.jsonfile import dumps
from structure.base.names import LOCK, PLAN, SPEC
from structure.base.versions import own_version, package_versions
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document

_SILENT_PACKAGES = ("matplotlib", "mido", "music21")
"""They decide pictures, MIDI and sheet music, and no sample."""


@dataclass(frozen=True, slots=True)
class LockedSong:
    """A lock, and the source that it was made from; ``path`` is the lock's file."""

    path: Path
    lock: Mapping[str, Any]
    source: Source


def read_locked_song(path: Path) -> LockedSong:
    """Read a lock, or the lock in a song's folder, and the spec that it carries.

    The spec of an older lock is ``song.yaml`` beside it. Raises LockError where lock or spec is missing,
    or where the spec is not the one that was locked.
    """
    file = path / LOCK if path.is_dir() else path
    lock = read_lock(file)
    if "spec" not in lock:
        return LockedSong(file, lock, read_source(file.parent / SPEC))
    source = read_source(lock["spec"], file.parent, read_locked_style(lock))
    if spec_hash(source.spec) != lock.get("spec_sha256"):
        raise LockError(
            f"{file}: its spec is not the one that was locked; it was changed by hand",
            path=file,
            field="spec",
        )
    only = tuple(lock.get("only", ()))
    return LockedSong(file, lock, replace(source, only=only))


def plan_locked_song(song: LockedSong) -> SongPlan:
    """Return the plan of a locked song.

    The song is planned anew. If that gives another plan, the plan is read from ``plan.json`` beside the
    lock, if that is the locked one.

    Raises LockError where neither is the locked plan, or where an earlier version wrote the lock, whose
    hashes are taken of another form of the plan.
    """
    if song.lock["format"] != FORMAT:
        spec, was = song.path.parent / SPEC, song.lock.get("ritornello", "an earlier one")
        raise LockError(
            f"{song.path}: the song cannot be made again: its lock has format {song.lock['format']}, of "
            f"version {was} of ritornello, and version {own_version()} cannot prove that it makes the same",
            path=song.path,
            field="format",
            hint=f"render {spec if spec.is_file() else 'its spec'}, or install version {was}",
        )
    wanted = song.lock["plan_sha256"]
    plan = plan_source(song.source)
    if plan_digest(plan) == wanted:
        return plan
    beside = song.path.parent / PLAN
    if beside.is_file():
        read = replace(read_plan(beside), own_style=song.source.spec.own_style)
        if plan_digest(read) == wanted:
            return read
    raise LockError(
        f"{song.path}: the song cannot be made again: {_own_then_and_now(song.lock)} plans another song "
        f"from the same spec, and there is no {PLAN} of the old one beside the lock",
        path=song.path,
        field="plan_sha256",
    )


def plan_digest(plan: SongPlan) -> str:
    """Return the SHA-256 of ``plan.json``, as a render would write it."""
    return hashlib.sha256(dumps(plan_document(plan)).encode()).hexdigest()


def check_backend(song: LockedSong, plan: SongPlan, backend: Backend) -> None:
    """Raise LockError, with the reason, where the backend cannot make the locked clips."""
    locked = song.lock["backend"]
    is_used = bool(backend.fingerprint)  # a stand-in, which plays nothing of the song, has none
    if backend.name != locked.get("name") or (is_used and backend.fingerprint != locked.get("fingerprint")):
        raise LockError(
            f"{song.path}: the song cannot be made again: {_other_backend(song.lock, backend)}",
            path=song.path,
            field="backend",
        )
    wanted = ClipPlan.of(plan, backend).all_clips
    now = [(player.name, player.fingerprint) for player in describe_players(wanted)]
    for player in song.lock.get("players", ()):
        if (player["name"], player["fingerprint"]) not in now:
            raise LockError(
                f"{song.path}: the song cannot be made again: the weights or the code of the backend "
                f"{player['name']!r}, which played {player['places'][0]}, are not those of then "
                f"({player['fingerprint']}, now {dict(now).get(player['name'], 'not used')})",
                path=song.path,
                field="players",
            )
    keys = {clip.place: clip.key for clip in wanted}
    if keys != song.lock["clips"]:
        raise LockError(
            f"{song.path}: the song cannot be made again: {_own_then_and_now(song.lock)} asks for clips in "
            "another way",
            path=song.path,
            field="clips",
        )


def doubts(lock: Mapping[str, Any]) -> list[str]:
    """Return which versions and machines differ from the lock's and may change a last bit, in words."""
    now = package_versions()
    found = [
        f"{name} was {was}, and is {now.get(name, 'not installed')} now"
        for name, was in lock["packages"].items()
        if name not in _SILENT_PACKAGES and now.get(name) != was
    ]
    if (made_on := lock.get("made_on")) and made_on != str(own_kind()):
        found.append(f"its clips were made on {made_on}, and this is {own_kind()}")
    return found


def differing_files(song: LockedSong, folder: Path) -> list[str]:
    """Return the files of a render that are not, bit for bit, those of the lock."""
    return find_changed_files(folder, {**song.lock["files"], PLAN: song.lock["plan_sha256"]})


def _other_backend(lock: Mapping[str, Any], backend: Backend) -> str:
    was = lock["backend"]
    if backend.name != was.get("name"):
        return f"it was made by the backend {was.get('name')!r}, not {backend.name!r}"
    torch = (lock["packages"].get("torch"), package_versions().get("torch"))
    if torch[0] != torch[1]:
        return f"torch was {torch[0]} and is {torch[1]} now, whose kernels round differently"
    return (
        f"the weights or the code of the backend {backend.name!r} are not those of then "
        f"({was.get('fingerprint')}, now {backend.fingerprint}; ritornello {_own_then_and_now(lock)})"
    )


def _own_then_and_now(lock: Mapping[str, Any]) -> str:
    was, now = lock.get("ritornello"), own_version()
    return f"version {now}" if was == now else f"version {now} (it was {was} then)"
