"""Whatever chord is written is planned, voiced and lifted in every style, with the tones that it has."""

from __future__ import annotations

import random

import pytest

from structure.harmony.chords import parse_symbol, quality_of
from structure.planning.planner import plan_song
from structure.presets.styles import style_names
from structure.specs.spec import FormEntry, SectionSpec, SongSpec

BARS = 8


def _line(rng: random.Random) -> str:
    """Chords of one to eight tones, some over a bass that is none of them."""
    found = []
    for _ in range(BARS):
        tones = (0, *sorted(rng.sample(range(1, 12), rng.choice([0, 1, 2, 3, 3, 4, 5, 7]))))
        root, bass = (rng.choice("CDEFGAB") + rng.choice(("", "b", "#")) for _ in range(2))
        found.append(f"{root}{quality_of(tones).symbol}" + rng.choice(("", f"/{bass}")))
    return " | ".join(found)


@pytest.mark.slow
@pytest.mark.parametrize("style", style_names()[::8])
def test_any_chord_is_played(style: str) -> None:
    rng = random.Random(style)
    line = _line(rng)
    form = (FormEntry(section="verse"), FormEntry(section="verse", lift=3))
    spec = SongSpec(genre=style, form=form, sections={"verse": SectionSpec(bars=BARS, chords=line)})
    meant = [set(parse_symbol(text).pitch_classes) for text in line.split(" | ")]
    first, lifted = plan_song(spec).visits
    assert [set(chord.pitch_classes) for chord in first.music.score.chords] == meant
    # Some endings play bars before the last again.
    higher = [{(pitch + 3) % 12 for pitch in pitches} for pitches in meant]
    assert all(set(chord.pitch_classes) in higher for chord in lifted.music.score.chords)
    for visit in (first, lifted):
        notes = [note for part in visit.music.score.parts.values() for note in part.notes]
        assert notes and all(note.duration > 0 for note in notes)
