"""Small songs that are planned in a style, and what a listener would miss in all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    def told(self) -> str:
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
    return tuple(SmallSong(plan_song(_spec(named, seed))) for seed in range(1, _SONGS + 1))


def _spec(named: NamedStyle, seed: int) -> SongSpec:
    spec = SongSpec(
        genre=named.name,
        seed=seed,
        form=tuple(FormEntry(section=name) for name in _FORM),
        sections={name: SectionSpec(bars=_BARS) for name in _FORM},
    )
    return spec.with_own_style(named.own)


def heard_weaknesses(style: Style, songs: Sequence[SmallSong]) -> list[Finding]:
    """Return what is missing in all of the songs."""
    return [finding for look in _LOOKS for finding in look(style, songs)]


def _silent_stems(style: Style, songs: Sequence[SmallSong]) -> Iterator[Finding]:
    """Stems that are in a song and have no note in it."""
    for number, stem in enumerate(style.stems):
        there = [song for song in songs if any(own.name == stem.name for own in song.plan.stems)]
        heard = (
            stem.name in visit.music.score.parts and visit.music.score.parts[stem.name].notes
            for song in there
            for visit in song.plan.visits
        )
        if there and not any(heard) and stem.role not in PITCHLESS:
            message = f"{stem.name} has no note in any of the small songs"
            yield Finding(("stems", number), message, "lower its `from`, or raise `until`")


def _tuneless(style: Style, songs: Sequence[SmallSong]) -> Iterator[Finding]:
    """Refrains without a melody."""
    has_lead = any(stem.role == "lead" for stem in style.stems)
    if has_lead and not any(song.strokes(song.refrain, "lead") for song in songs):
        yield Finding(("stems",), "no refrain has a melody", "let a lead play from the chorus's energy on")


def _flat(style: Style, songs: Sequence[SmallSong]) -> Iterator[Finding]:
    """Refrains that have no more notes and no more players than verses."""
    if all(_notes(song.refrain) <= _notes(song.verse) for song in songs) and all(
        len(song.refrain.music.score.parts) <= len(song.verse.music.score.parts) for song in songs
    ):
        message = "a refrain is no fuller than a verse: it has no more players and no more notes"
        yield Finding(("energy",), message, "give the chorus more energy, or some stem a `from`")


def _same_drums(style: Style, songs: Sequence[SmallSong]) -> Iterator[Finding]:
    """Drums that play the same in verse and refrain."""
    pairs = [(song.strokes(song.verse, "drums"), song.strokes(song.refrain, "drums")) for song in songs]
    if any(refrain for _, refrain in pairs) and all(verse == refrain for verse, refrain in pairs):
        yield Finding(("drums",), "verse and refrain have the same drums", "name other figures for `high`")


def _same_songs(style: Style, songs: Sequence[SmallSong]) -> Iterator[Finding]:
    """Songs of different seeds with one and the same tune and drums in their refrains."""
    refrains = [(song.strokes(song.refrain, "drums"), song.strokes(song.refrain, "lead")) for song in songs]
    if all(refrain == refrains[0] for refrain in refrains[1:]) and refrains[0][0]:
        yield Finding(("drums",), "songs of different seeds have the same refrain", "name more figures")


def _notes(visit: Visit) -> int:
    return sum(len(part.notes) for part in visit.music.score.parts.values())


_LOOKS: tuple[Callable[[Style, Sequence[SmallSong]], Iterator[Finding]], ...] = (
    _silent_stems,
    _tuneless,
    _flat,
    _same_drums,
    _same_songs,
)
