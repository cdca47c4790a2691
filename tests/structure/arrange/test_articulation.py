"""How notes are played follows from role, instrument and style, and changes nothing else of them."""

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

import structure.planning.scores as scores
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import Note
from structure.specs.spec import FormEntry, SectionSpec, SongSpec


@cache
def song(style: str) -> SongPlan:
    walk = tuple(FormEntry(section=name) for name in ("verse", "chorus"))
    sections = {name: SectionSpec(bars=4) for name in ("verse", "chorus")}
    return plan_song(SongSpec(genre=style, meter="4/4", form=walk, sections=sections, seed=1))


def touches(style: str, role: str) -> Counter[str]:
    """How often notes of a role are played in which way."""
    return Counter(note.articulation for note in notes(style, role))


def notes(style: str, role: str) -> list[Note]:
    return [
        note
        for visit in song(style).visits
        for part in visit.music.score.parts.values()
        if part.role == role
        for note in part.notes
    ]


def test_funk_is_short_and_has_ghost_notes() -> None:
    assert touches("funk", "bass")["staccato"] >= 8
    assert touches("funk", "drums")["ghost"] >= 8


def test_metal_guitars_are_damped_between_their_accents() -> None:
    found = touches("metal", "chords")
    assert found["palm_mute"] > found["accent"] > 0


def test_ghost_notes_are_soft_and_accents_loud() -> None:
    ghosts = [note.velocity for note in notes("funk", "drums") if note.articulation == "ghost"]
    accents = [note.velocity for note in notes("metal", "chords") if note.articulation == "accent"]
    assert max(ghosts) < 60
    assert min(accents) > 100


def test_machines_play_without_articulation() -> None:
    assert not {touch for role in ("drums", "bass") for touch in touches("techno", role)} - {"none"}


def test_the_pedal_of_a_piano_changes_with_each_chord() -> None:
    visit = song("ballad").visits[0]
    changes = {chord.onset for chord in visit.music.score.chords}
    pedals = [c for part in visit.music.score.parts.values() for c in part.controls if c.controller == 64]
    assert pedals
    for pedal in pedals:
        assert changes <= {at for at, value in pedal.points if value == 0}
        assert pedal.points[-1][1] == 0


@pytest.mark.parametrize("style", ["rock", "blues"])
def test_articulation_changes_neither_pitch_nor_time(style: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_touches = song(style)
    monkeypatch.setattr(scores, "with_articulation", lambda parts, *_: dict(parts))
    song.cache_clear()
    without = song(style)
    song.cache_clear()
    for ours, theirs in zip(with_touches.visits, without.visits, strict=True):
        for name, part in ours.music.score.parts.items():
            plain = [replace(note, articulation="none", bend=()) for note in part.notes]
            assert plain == list(theirs.music.score.parts[name].notes)
