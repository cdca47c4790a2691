"""What runs on a machine of the cluster: say what it is, and make the clips of one job.

It keeps nothing but loaded models, so that any machine can do any job, and do it again.
"""

from __future__ import annotations

import faulthandler
import hashlib
import importlib
import os
import pickle
import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from composer.engine.parcel import Name, OtherModelError, find_model, unpack
from render.clips.caching.entry import encode_clip
from render.clips.caching.kinds import MachineKind, own_kind
from structure.base.errors import RitornelloError
from structure.base.versions import own_version

_STDERR = 2


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine says of itself.

    ``code`` is a digest of the program. ``faults`` say which of the models that it was asked for it does
    not have.
    """

    host: str
    version: str
    code: str
    kind: MachineKind
    faults: tuple[str, ...] = ()

    def misfit(self, other: Machine) -> str:
        """Say why another machine cannot make clips for this one; "" where it can."""
        if other.version != self.version:
            return f"it has Ritornello {other.version}, not {self.version}"
        if other.code != self.code:
            return f"its Ritornello {other.version} has other code ({other.code}, not {self.code})"
        return "; ".join(other.faults)


@dataclass(frozen=True, slots=True)
class MadeClip:
    """A clip as an entry of the cache, and the seconds that its backend spent on it, by stage."""

    entry: bytes
    seconds_by_stage: dict[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a job on ``node``, as the cluster calls the machine.

    ``refused`` says why the machine does not fit. ``failure`` is what the job raised, pickled, and
    ``is_of_machine`` whether another machine may well do it.
    """

    node: str
    clips: dict[str, MadeClip] = field(default_factory=dict)
    refused: str = ""
    failure: bytes = b""
    is_of_machine: bool = False


def describe_machine(names: Sequence[Name] = ()) -> Machine:
    """Say what this machine is, and which of some models it lacks."""
    faults = []
    for name in names:
        try:
            find_model(name)
        except (OtherModelError, RitornelloError, OSError, ImportError) as exc:
            faults.append(str(exc))
    return Machine(
        host=socket.gethostname(),
        version=own_version(),
        code=code_digest(),
        kind=own_kind(),
        faults=tuple(filter(None, faults)),
    )


def answer(names: Sequence[Name] = ()) -> Machine:
    """Describe this machine to another one that asks."""
    _load_torch()
    return describe_machine(names)


def _load_torch() -> None:
    """Load torch, or end this process, whose place another takes.

    A task that is called off while torch loads leaves half of it behind, on which no later load succeeds.
    """
    try:
        import torch  # noqa: F401  (loaded for what follows)
    except RuntimeError:
        traceback.print_exc()
        os._exit(1)


def make_job(parcel: bytes, wanted: Machine, limit_s: float, threads: int) -> Answer:
    """Make the clips of a job, unless this machine does not fit what is ``wanted``.

    Where it takes longer than ``limit_s``, the process ends, whatever it hangs on, and says where in its
    log. ``threads`` are those that torch may use.
    """
    _load_torch()
    node = str(importlib.import_module("ray").get_runtime_context().get_node_id())
    own = describe_machine()
    refused = wanted.misfit(own) or wanted.kind.differences(own.kind)
    if refused:
        return Answer(node, refused=refused)
    import torch

    if torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
    faulthandler.dump_traceback_later(limit_s, exit=True, file=_STDERR)
    try:
        try:
            job = unpack(parcel)
        except (OtherModelError, RitornelloError, ImportError) as exc:
            return Answer(node, refused=str(exc))
        made = {
            key: MadeClip(encode_clip(key, clip), dict(clip.seconds_by_stage))
            for key, clip in job.make().items()
        }
        return Answer(node, clips=made)
    except Exception as exc:  # noqa: BLE001  (whatever it is travels to the song's machine)
        is_of_machine = isinstance(exc, (OSError, MemoryError)) and not isinstance(exc, RitornelloError)
        return Answer(node, failure=_pack_error(exc), is_of_machine=is_of_machine)
    finally:
        faulthandler.cancel_dump_traceback_later()


@cache
def code_digest() -> str:
    """Return eight hexadecimal digits over the code of this program, as far as it decides clips."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[2]
    for path in sorted(
        path for folder in ("render", "structure") for path in (root / folder).rglob("*.py")
    ):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]


def _pack_error(exc: Exception) -> bytes:
    """Return an error as bytes; one that cannot travel becomes its words."""
    try:
        data = pickle.dumps(exc)
        pickle.loads(data)  # noqa: S301  (what stands here a line above)
    except Exception:  # noqa: BLE001  (whatever a class of others raises)
        return pickle.dumps(RuntimeError(f"{type(exc).__name__}: {exc}"))
    return data
