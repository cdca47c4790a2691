"""Ritornello: songs of several minutes, planned as scores and made by a diffusion model.

>>> import composer
>>> song = composer.compose("a slow synthwave song in A minor, three minutes")  # doctest: +SKIP
>>> song.master.shape  # doctest: +SKIP
(2, 8070300)
>>> song.save("neon")  # doctest: +SKIP

Importing this package is quick: a name is looked up when it is first asked for, and the model and the
libraries are loaded when they are first needed. The functions are in :mod:`composer.api`, the errors in
:mod:`structure.base.errors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import CancelledError

    from composer.api import (
        check_style,
        clip,
        compose,
        export,
        morph,
        new_spec,
        plan,
        radio,
        remaster,
        schema,
        songs,
        style,
        styles,
        understand,
        vary,
        verify,
    )
    from composer.clips.clip import MadeClip
    from composer.folder.remaster import Remaster
    from composer.handover.write import HandOver
    from composer.rendering.song import Song
    from composer.stylebook.card import StyleCard
    from composer.stylebook.check import StyleCheck
    from composer.stylebook.summaries import StyleSummary
    from composer.understanding.understanding import Understanding
    from render.backends.base import Backend
    from render.checks.check import Check
    from render.clips.caching.cache import ClipCache
    from structure.base.errors import (
        AudioFileError,
        BackendError,
        CheckError,
        DeviceError,
        EditError,
        EngineError,
        ExistsError,
        Fault,
        FolderError,
        LockError,
        MissingPackageError,
        MissingWeightsError,
        MusicFileError,
        NetworkError,
        NoRoomError,
        PlanError,
        PlanFileError,
        PlannerError,
        RitornelloError,
        SpecError,
        UsageError,
        WeightsError,
        WishError,
    )
    from structure.base.progress import ProgressEvent
    from structure.plans.plan import SongPlan
    from structure.specs.spec import MasterSpec, SongSpec

    __version__: str

__all__ = [
    "AudioFileError",
    "Backend",
    "BackendError",
    "CancelledError",
    "Check",
    "CheckError",
    "ClipCache",
    "DeviceError",
    "EditError",
    "EngineError",
    "ExistsError",
    "Fault",
    "FolderError",
    "HandOver",
    "LockError",
    "MadeClip",
    "MasterSpec",
    "MissingPackageError",
    "MissingWeightsError",
    "MusicFileError",
    "NetworkError",
    "NoRoomError",
    "PlanError",
    "PlanFileError",
    "PlannerError",
    "ProgressEvent",
    "Remaster",
    "RitornelloError",
    "Song",
    "SongPlan",
    "SongSpec",
    "SpecError",
    "StyleCard",
    "StyleCheck",
    "StyleSummary",
    "Understanding",
    "UsageError",
    "WeightsError",
    "WishError",
    "__version__",
    "check_style",
    "clip",
    "compose",
    "export",
    "morph",
    "new_spec",
    "plan",
    "radio",
    "remaster",
    "schema",
    "songs",
    "style",
    "styles",
    "understand",
    "vary",
    "verify",
]

_HOMES = {
    "Backend": "render.backends.base",
    "CancelledError": "concurrent.futures",
    "Check": "render.checks.check",
    "ClipCache": "render.clips.caching.cache",
    "Fault": "structure.base.errors",
    "HandOver": "composer.handover.write",
    "MadeClip": "composer.clips.clip",
    "MasterSpec": "structure.specs.spec",
    "ProgressEvent": "structure.base.progress",
    "Remaster": "composer.folder.remaster",
    "Song": "composer.rendering.song",
    "SongPlan": "structure.plans.plan",
    "SongSpec": "structure.specs.spec",
    "StyleCard": "composer.stylebook.card",
    "StyleCheck": "composer.stylebook.check",
    "StyleSummary": "composer.stylebook.summaries",
    "Understanding": "composer.understanding.understanding",
}
"""Modules of the classes; errors and functions are all in one each."""

if not TYPE_CHECKING:  # a type checker would take any misspelt name for one of these

    def __getattr__(name: str) -> object:
        """Import a public name when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if name == "__version__":
            from structure.base.versions import own_version

            return own_version()
        from importlib import import_module

        errors = "structure.base.errors" if name.endswith("Error") else "composer.api"
        home = _HOMES.get(name, errors)
        return getattr(import_module(home), name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
