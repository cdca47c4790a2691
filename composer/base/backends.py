"""The backend that a song asks for, and what there is to say of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from structure.base.errors import BackendError, MissingWeightsError, NoRoomError, RitornelloError
from structure.plans.players import has_own_players, uses_own_backend
from structure.specs.spec import RenderSpec, SongSpec

if TYPE_CHECKING:
    from render.backends import BackendEntry
    from render.backends.base import Backend, Capabilities
    from structure.plans.plan import SongPlan


def song_backend(plan: SongPlan) -> Backend:
    """Return the backend of a song; where all of the song is played by others, a stand-in for it.

    Raises RitornelloError where it is needed and cannot run here, and where it is not known.
    """
    from render.backends import load_backend
    from render.clips.players import options_of

    if has_own_players(plan) and not uses_own_backend(plan):
        return _stand_in(plan.render)
    try:
        return load_backend(plan.render.backend, options_of(plan.render))
    except RitornelloError as exc:
        error = exc.with_context("")
        is_setting = exc.field in RenderSpec.model_fields
        error.field = f"render.{exc.field if is_setting else 'backend'}"
        raise error from exc


def find_song_backend(plan: SongPlan) -> Backend:
    """Return the backend of a song, or a stand-in with its abilities where it cannot run here.

    Raises BackendError where it is not known.
    """
    try:
        return song_backend(plan)
    except RitornelloError:
        return _stand_in(plan.render)


def _stand_in(settings: RenderSpec) -> Backend:
    from render.backends import backend_entry
    from render.clips.unloaded import AskedBackend

    return AskedBackend(settings.backend, "", backend_entry(settings.backend).capabilities())


def check_backend_is_known(name: str, field: str = "render.backend") -> None:
    """Raise BackendError, with the field, for a backend that a spec names and there is none of."""
    from render.backends import backend_entry

    try:
        backend_entry(name)
    except BackendError as exc:
        raise BackendError(exc.message, field=field, hint=exc.hint) from exc


def parts_backends(spec: SongSpec) -> Iterator[tuple[str, str]]:
    """Yield each backend that a stem, a section or a visit of a spec names, after its field."""
    said = [(f"stems[{k}]", stem.backend) for k, stem in enumerate(spec.stems or (), 1)]
    said += [(f"sections.{name}", section.backend) for name, section in spec.sections.items()]
    if not isinstance(spec.form, str):
        said += [(f"form[{k}]", entry.backend) for k, entry in enumerate(spec.form or (), 1)]
    yield from (
        (f"{field}.backend", backend.name)
        for field, backend in said
        if backend is not None and backend.name is not None
    )


def backend_states() -> list[dict[str, Any]]:
    """Return each backend with its state and what mends it, its licence, and what it can do.

    The state is ``ready``, ``weights missing``, ``needs GPU`` or ``cannot run``. The licence is that of
    the weights.
    """
    from render.backends import ENTRIES

    return [backend_state(entry) for entry in ENTRIES]


def backend_state(entry: BackendEntry) -> dict[str, Any]:
    """Return one backend as :func:`backend_states` has it."""
    from render.backends import load_backend
    from render.backends.devices import has_gpu

    can, state, advice = entry.capabilities(), "ready", ""
    try:
        can = load_backend(entry.name).capabilities
    except MissingWeightsError as exc:
        state, advice = "weights missing", str(exc)
    except NoRoomError as exc:
        state, advice = "needs GPU", str(exc)
    except RitornelloError as exc:
        state, advice = "cannot run", str(exc)
    if not advice and entry.wants_gpu and not has_gpu():
        advice = "runs, but slowly: it wants a GPU"

    return {
        "name": entry.name,
        "summary": entry.summary,
        "state": state,
        "advice": advice,
        "licence": entry.licence,
        "models": list(entry.models),
        "capabilities": asdict(can),
    }


def abilities(can: Capabilities) -> Iterator[str]:
    """Yield what a backend can do, in words of a table."""
    named = {
        "stems": can.makes_stems,
        "reads notes": can.follows_score,
        "init audio": can.takes_init_audio,
        "inpainting": can.inpaints,
        "lyrics": can.sings_lyrics,
        "negative prompt": can.negative_prompt,
    }
    yield from (name for name, able in named.items() if able)
