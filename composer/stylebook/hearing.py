"""Small songs that are planned in a style, and what a listener would miss in all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from composer.base.words import tempo_text
from composer.stylebook.named import NamedStyle
from structure.base.types import PITCHLESS
from structure.loading.checks import Finding
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.presets.styles import Style
from structure.specs.spec import FormEntry, SectionSpec, SongSpec

_SONGS = 3
_FORM = ("intro", "verse", "chorus", "bridge", "chorus")
_BARS = 8
_REFRAIN = 2
"""Where in the form the first refrain stands; the verse stands before it."""


@dataclass(frozen=True)
class SmallSong:
    """A song of a few sections in the style. ``told`` is its tempo, key and players in a line."""

    plan: SongPlan

    @property
    def summary(self) -> str:
        """Return the song in a few words."""
        plan = self.plan
        players = sum(stem.role != "effects" for stem in plan.stems)
        return f"seed {plan.seed} ({tempo_text(plan)}, {plan.key}, {players} players)"

    @property
    def verse(self) -> Visit:
        """Return the visit before the first refrain."""
        return self.plan.visits[_REFRAIN - 1]

    @property
    def refrain(self) -> Visit:
        """Return the first refrain."""
        return self.plan.visits[_REFRAIN]

    def strokes(self, visit: Visit, role: str) -> list[tuple[object, int]]:
        """Return onset and pitch of the notes of a role in a visit."""
        parts = (part for part in visit.music.score.parts.values() if part.role == role)
        return sorted((note.onset, note.pitch) for part in parts for note in part.notes)


def small_songs(named: NamedStyle) -> tuple[SmallSong, ...]:
    """Plan some small songs in a style, with different seeds."""
    songs = []
    for seed in range(1, _SONGS + 1):
        spec = SongSpec(
            genre=named.name,
            seed=seed,
            form=tuple(FormEntry(section=name) for name in _FORM),
            sections={name: SectionSpec(bars=_BARS) for name in _FORM},
        )
        songs.append(SmallSong(plan_song(spec.with_own_style(named.own))))
    return tuple(songs)


def hear_weaknesses(style: Style, songs: Sequence[SmallSong]) -> list[Finding]:
    """Return what is missing in all of the songs."""
    found = []
    for number, stem in enumerate(style.stems):
        there = [song for song in songs if any(own.name == stem.name for own in song.plan.stems)]
        parts = (visit.music.score.parts.get(stem.name) for song in there for visit in song.plan.visits)
        if there and stem.role not in PITCHLESS and not any(part and part.notes for part in parts):
            message = f"{stem.name} has no note in any of the small songs"
            found.append(Finding(("stems", number), message, "lower its `from`, or raise `until`"))

    tunes = [song.strokes(song.refrain, "lead") for song in songs]
    if any(stem.role == "lead" for stem in style.stems) and not any(tunes):
        hint = "let a lead play from the chorus's energy on"
        found.append(Finding(("stems",), "no refrain has a melody", hint))

    has_more_notes = any(_count_notes(song.refrain) > _count_notes(song.verse) for song in songs)
    has_more_players = any(
        len(song.refrain.music.score.parts) > len(song.verse.music.score.parts) for song in songs
    )
    if not has_more_notes and not has_more_players:
        message = "a refrain is no fuller than a verse: it has no more players and no more notes"
        found.append(Finding(("energy",), message, "give the chorus more energy, or some stem a `from`"))

    verses = [song.strokes(song.verse, "drums") for song in songs]
    refrains = [song.strokes(song.refrain, "drums") for song in songs]
    if any(refrains) and verses == refrains:
        message = "verse and refrain have the same drums"
        found.append(Finding(("drums",), message, "name other figures for `high`"))

    pairs = list(zip(refrains, tunes, strict=True))
    if refrains[0] and all(pair == pairs[0] for pair in pairs):
        message = "songs of different seeds have the same refrain"
        found.append(Finding(("drums",), message, "name more figures"))
    return found


def _count_notes(visit: Visit) -> int:
    return sum(len(part.notes) for part in visit.music.score.parts.values())
