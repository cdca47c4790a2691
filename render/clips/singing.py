"""Who sings, and what a singing backend is told: words with a tag for the kind of section."""

from __future__ import annotations

from structure.forms.section_lengths import section_kind
from structure.plans.plan import SongPlan, Visit


def singer(plan: SongPlan, visit: Visit) -> str | None:
    """The stem that sings in a visit: its first lead, else its first stem that is no drums; None where
    there are no lyrics."""
    if not visit.sound.lyrics:
        return None
    heard = [stem for stem in plan.stems if stem.name in visit.music.score.parts]
    melodic = [stem for stem in heard if stem.role == "lead"] or [s for s in heard if s.role != "drums"]
    return melodic[0].name if melodic else None


def tagged_lyrics(visit: Visit) -> str:
    """The words of a visit under a tag such as [verse], unless they begin with one of their own."""
    if not visit.sound.lyrics or visit.sound.lyrics.startswith("["):
        return visit.sound.lyrics
    return f"[{section_kind(visit.place.name)}]\n{visit.sound.lyrics}"
