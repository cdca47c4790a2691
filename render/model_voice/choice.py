"""Which singer sings the words of a song: the embedded one, or the first one, of the extra ``voice``."""

from __future__ import annotations

from render.backends.base import Backend
from render.model_voice.backend import EmbeddedVoiceBackend
from render.model_voice.shipped import is_shipped
from render.voice.backend import VoiceBackend
from render.voice.kokoro import HOW_TO_GET, is_installed
from structure.base.errors import BackendError
from structure.base.types import SUNG
from structure.plans.plan import SongPlan
from structure.specs.spec import EMBEDDED_VOICE, FIRST_VOICE

CLEAR_IN = ("", "en", "es", "de", "pt")
"""Languages in which the embedded voice is understood nearly as often as speech (docs/voice.md)."""


def find_singer(language: str = "") -> Backend | None:
    """Return the singer of words that name none, in a language by its code; None where none is there.

    It is the embedded one, but in languages in which that is not clear the first one, if it is installed.
    """
    if is_shipped() and (language in CLEAR_IN or not is_installed()):
        return EmbeddedVoiceBackend()
    return VoiceBackend() if is_installed() else None


def singer_of(model: str) -> Backend:
    """Return the singer that a stem names, ours by their names, or with a model by its path.

    Raises BackendError where it cannot sing here.
    """
    if model == EMBEDDED_VOICE:
        if not is_shipped():
            raise BackendError(
                "the embedded voice has no weights here", field="voice.model", hint=HOW_TO_GET
            )
        return EmbeddedVoiceBackend()
    if not is_installed():
        raise BackendError("the singer's packages are not installed", field="voice.model", hint=HOW_TO_GET)
    return VoiceBackend("" if model == FIRST_VOICE else model)


def stems_with_words(plan: SongPlan) -> frozenset[str]:
    """Return the names of the voices of a song that have words or syllables to sing."""
    voices = {stem.name for stem in plan.stems if stem.role in SUNG}
    return frozenset(
        name
        for visit in plan.visits
        for name, part in visit.music.score.parts.items()
        if name in voices and any(note.syllable is not None for note in part.notes)
    )


def why_not_sung(plan: SongPlan, can_sing: bool) -> str:
    """Say why the words of a song will not be sung, and what to do; "" where they will, or there are none.

    ``can_sing`` says whether the song's backend does.
    """
    names = sorted(stems_with_words(plan))
    if not names or can_sing or plan.render.singer == "none" or is_installed() or is_shipped():
        return ""
    whose = ", ".join(names)
    return f"the words of {whose} are not sung, an instrument plays the tune; to sing them: {HOW_TO_GET}"
