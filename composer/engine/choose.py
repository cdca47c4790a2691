"""The engine that a user names: ``local``, threads of this machine, or ``ray``, a cluster."""

from __future__ import annotations

from collections.abc import Callable

from render.clips.engine import Engine, LocalEngine
from structure.base.errors import UsageError, did_you_mean

ENGINES = ("local", "ray")


def describe_work(engine: Engine) -> str:
    """Say in a sentence what a cluster has made so far, and how fast; "" for this machine."""
    describe = getattr(engine, "describe_work", None)
    return "" if describe is None else str(describe())


def choose_engine(
    name: str, address: str | None = None, tell: Callable[[str], None] = lambda _: None
) -> Engine:
    """Return the engine of a name. Ray is reached now, so that what is wrong with it is known at once.

    ``address`` is where Ray runs: a ``host:port``, ``ray://host:port``, ``auto`` or ``local``; left out,
    Ray looks at ``RAY_ADDRESS``, then for a cluster on this machine, and else starts one here. Raises
    UsageError for another name and for an address that goes with no cluster, MissingPackageError where Ray
    is not installed, EngineError where it cannot be reached, or no machine of it fits. ``tell`` is given
    what users may want to know, in sentences.
    """
    if name not in ENGINES:
        raise UsageError(f"there is no engine {name!r}", field="--engine", hint=did_you_mean(name, ENGINES))
    if name == "local":
        if address is not None:
            raise UsageError("--address goes with --engine ray", field="--address")
        return LocalEngine()
    from composer.engine.many import RayEngine

    made = RayEngine(address, tell)
    tell(made.describe())
    return made
