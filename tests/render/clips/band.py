"""Songs whose parts name backends of their own, and a band of tone backends that plays them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from render.backends.base import Backend, Capabilities
from render.backends.request import Clip, ClipRequest
from structure.plans.plan import SongPlan
from structure.specs.backend import BackendSpec
from structure.specs.spec import RenderSpec
from tests.tones import ToneBackend


@dataclass
class Player(ToneBackend):
    """Tones at a ``level`` of their own. ``can`` is what it says of itself otherwise than tones do. What it
    begins from is kept as far as the request says."""

    level: float = 1.0
    can: dict[str, Any] = field(default_factory=dict)

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, **self.can)

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        audio = clip.audio * np.float32(self.level)
        if request.init is not None:
            kept = np.float32(1.0 - request.init.strength)
            audio = audio * (1 - kept) + kept * request.init.audio
        return replace(clip, audio=np.asarray(audio, dtype=np.float32))


def player(name: str, **changes: Any) -> Player:
    return Player(name=name, fingerprint=f"{name}-1", **changes)


@dataclass
class Band:
    """Loads players by name, and remembers what was loaded."""

    players: Mapping[str, Backend]
    loaded: list[str] = field(default_factory=list)

    def __call__(self, settings: RenderSpec) -> Backend:
        self.loaded.append(settings.backend)
        return self.players[settings.backend]


def band(*players: Player) -> Band:
    return Band({one.name: one for one in players})


def played_by(
    plan: SongPlan,
    stems: Mapping[str, BackendSpec | str] | None = None,
    sections: Mapping[str, BackendSpec | str] | None = None,
) -> SongPlan:
    """The plan with backends for some of its stems and sections."""

    def said(value: BackendSpec | str | None) -> BackendSpec | None:
        return BackendSpec(name=value) if isinstance(value, str) else value

    return replace(
        plan,
        stems=tuple(replace(stem, backend=said((stems or {}).get(stem.name))) for stem in plan.stems),
        visits=tuple(
            replace(visit, sound=replace(visit.sound, backend=said((sections or {}).get(visit.place.name))))
            for visit in plan.visits
        ),
    )
