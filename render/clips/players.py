"""What makes each stem of each visit: a singer, effects, recordings, or one of the backends of a song.

A song has a backend of its own, and its stems, sections and visits may name others. Those are loaded when
something that sounds needs them, each once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from render.backends.base import DEFAULT_OPTIONS, Backend, BackendOptions
from render.clips.memory import release
from render.effects.backend import EffectsBackend
from render.model_voice.choice import find_singer, singer_of, stems_with_words
from render.recordings.backend import RecordingBackend
from render.voice.backend import VoiceBackend
from structure.base.errors import BackendError, NoRoomError, RitornelloError
from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.players import player_of, settings_of, who_chose
from structure.specs.spec import RenderSpec

LoadPlayer = Callable[[RenderSpec], Backend]
"""Loads what plays by some render settings, or raises RitornelloError."""


def options_of(settings: RenderSpec) -> BackendOptions:
    """Return how the backend of some render settings is loaded."""
    return BackendOptions(
        settings.model,
        settings.device,
        settings.dtype,
        settings.scheduler,
        settings.offload,
        settings.lora,
        settings.lora_scale,
    )


def load_player(settings: RenderSpec) -> Backend:
    """Return the backend of settings that are not the song's own.

    The one that comes with the package runs where it does, whatever the others need. Raises RitornelloError
    where a backend cannot run here.
    """
    from render.backends import load_backend
    from render.backends.entries import EMBEDDED

    options = options_of(settings)
    if settings.backend == EMBEDDED.name:
        plain = DEFAULT_OPTIONS
        options = replace(options, device=plain.device, dtype=plain.dtype, offload=plain.offload)
    return load_backend(settings.backend, options)


@dataclass(frozen=True, eq=False)
class Players:
    """The makers of a song's clips.

    ``own`` is the song's backend, ``load`` loads the others. Stems of effects come from ``effects``, and
    the user's own from ``recordings``, whatever plays the others. Voices with words come from a singer,
    if there is one and their backend does not sing.
    """

    plan: SongPlan
    own: Backend
    load: LoadPlayer = load_player
    effects: Backend = field(default_factory=EffectsBackend)
    recordings: Backend = field(default_factory=RecordingBackend)
    _loaded: dict[object, Backend] = field(default_factory=dict)
    _singers: dict[str, Backend | None] = field(default_factory=dict)
    _own_singers: dict[str, Backend] = field(default_factory=dict)

    def maker(self, visit: Visit, stem: StemPlan) -> Backend:
        """Return what makes the clip of a stem in a visit.

        Raises RitornelloError, with the field of the spec that chose it, where that cannot run here.
        """
        if stem.role == "audio":
            return self.recordings
        if stem.role == "effects":
            return self.effects
        player = self._player(visit, stem)
        if not self._is_sung(stem, player):
            return player
        return self._own_singer(stem) if stem.voice_model else self._singer(stem.language) or player

    def is_separated(self, visit: Visit, stem: StemPlan) -> bool:
        """Return whether a stem is to be taken out of a mix that its backend makes of a visit."""
        if settings_of(self.plan, visit, stem).stems == "ask":
            return False
        maker = self.maker(visit, stem)
        return maker is self._player(visit, stem) and not maker.capabilities.makes_stems

    def any_separated(self) -> bool:
        """Return whether any stem is to be taken out of a mix."""
        return any(
            self.is_separated(visit, stem)
            for visit in self.plan.visits
            for stem in self.plan.stems
            if stem.role not in PLAYERLESS and stem.name in visit.music.score.parts
        )

    def _player(self, visit: Visit, stem: StemPlan) -> Backend:
        """Return the backend of a stem in a visit, of the song, or loaded where it was not yet."""
        settings = settings_of(self.plan, visit, stem)
        asked = player_of(settings)
        if asked == player_of(self.plan.render):
            return self.own
        if asked not in self._loaded:
            try:
                self._loaded[asked] = self._load(settings)
            except RitornelloError as exc:
                # a copy of it, with the field of the spec that asked for the backend
                chosen_by = who_chose(visit, stem)
                error = exc.with_context(f"{chosen_by}: ")
                error.field = chosen_by
                raise error from exc
        return self._loaded[asked]

    def _load(self, settings: RenderSpec) -> Backend:
        """Load a backend; where it has no room, once more without the weights of the others."""
        try:
            return self.load(settings)
        except NoRoomError:
            if not release([self.own, *self._loaded.values()]):
                raise
            return self.load(settings)

    def _singer(self, language: str) -> Backend | None:
        """Return the singer of a language, if there is one; a song has each once."""
        if language not in self._singers:
            found = find_singer(language)
            same = next((one for one in self._singers.values() if type(one) is type(found)), found)
            self._singers[language] = same
        return self._singers[language]

    def _own_singer(self, stem: StemPlan) -> Backend:
        """Return the singer that a stem names, loaded where it was not yet."""
        try:
            if stem.voice_model not in self._own_singers:
                self._own_singers[stem.voice_model] = singer_of(stem.voice_model)
            singer = self._own_singers[stem.voice_model]
            if isinstance(singer, VoiceBackend):
                singer.voice_of(stem.voice)  # is there such a voice?
        except BackendError as exc:
            error = exc.with_context(f"stems.{stem.name}.{exc.field}: ")
            error.field = f"stems.{stem.name}.{exc.field}"
            raise error from exc
        return singer

    def _is_sung(self, stem: StemPlan, player: Backend) -> bool:
        """Return whether a singer is to sing a stem, since its backend does not."""
        if self.plan.render.singer == "none" or stem.name not in self._stems_with_words:
            return False
        if player.capabilities.sings_lyrics:
            return False
        if stem.backend is not None and stem.backend.name is not None:
            raise BackendError(
                f"stems.{stem.name}.backend: {player.name!r} sings no words, and {stem.name} has some",
                field=f"stems.{stem.name}.backend",
                hint="name one that sings (`ritornello backends` says which do), leave it out for the "
                "singer, or write `render: {singer: none}` for an instrument to play the tune",
            )
        return True

    @cached_property
    def _stems_with_words(self) -> frozenset[str]:
        return stems_with_words(self.plan)
