"""Words with chords, timed words, and plans of ours, read as songs."""

from __future__ import annotations

import json
import re
from collections import Counter
from urllib.parse import quote

import pytest

from structure.base.errors import MusicFileError
from structure.imports.guessing.sections import _names
from structure.imports.ireal import unscramble
from structure.imports.reading import read_music
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document
from structure.specs.spec import SongSpec

CHORDPRO = """{title: Slow Boat}
{key: Em}
{time: 3/4}
{tempo: 96}
{sov}
[Em]Down by the [D]water the [C]lanterns are [D]low
[Em]Nobody [D]asks me and [Em]nobody knows
{eov}
{soc}
[C]Oh my [G]slow boat, [D]carry me [Em]on
{eoc}
{comment: Verse 2}
[Em]Up on the [D]hill[Zz]side the [C]engines are [D]slow
{chorus}
"""
OVER_WORDS = """[Verse 1]
G        D/F#     Em      C
Down by the water the lanterns are low
| G | D | G C | G |
Nobody asks me

Chorus:
C   G    D   Em
Oh my slow boat
"""


def bars_of(song):
    """The chords of each bar of a song in one metre."""
    size = song.metres[0].bar_quarters
    found = {}
    for chord in song.chords:
        found.setdefault(int(chord.start // size), []).append(chord.symbol)
    return [found.get(bar, []) for bar in range(song.bars)]


def test_chordpro_has_chords_words_and_sections(tmp_path):
    (tmp_path / "a.cho").write_text(CHORDPRO)
    song = read_music(tmp_path / "a.cho")
    assert (song.title, song.key, str(song.metres[0])) == ("Slow Boat", "E minor", "3/4")
    assert song.tempi[0].quarters_per_minute == 96
    assert [section.name for section in song.sections] == ["verse", "chorus", "verse", "chorus"]
    assert bars_of(song)[:8] == [["Em"], ["D"], ["C"], ["D"], ["Em"], ["D"], ["Em"], []]
    assert song.lyrics[0].text == "Down by the water the lanterns are low"
    assert song.lyrics[-1].text == "Oh my slow boat, carry me on", "a chorus that is called comes again"
    assert [str(left) for left in song.left_out] == ["line 13: [Zz] is no chord that is known"]


def test_chords_over_words_are_told_from_words(tmp_path):
    (tmp_path / "a.txt").write_text(OVER_WORDS)
    song = read_music(tmp_path / "a.txt")
    assert bars_of(song)[:8] == [["G"], ["D/F#"], ["Em"], ["C"], ["G"], ["D"], ["G", "C"], ["G"]]
    assert [section.name for section in song.sections] == ["verse", "chorus"]
    assert song.lyrics[0].text == "Down by the water the lanterns are low"
    assert song.key == "G major"
    assert {guess.field for guess in song.guesses} == {"lengths of chords", "key", "meter"}


def test_timed_words_lie_where_they_are_sung(tmp_path):
    (tmp_path / "a.lrc").write_text("[ti:Boat]\n[bpm:90]\n[00:02.00][00:10.0]low\n[00:04.00](Chorus)\n")
    song = read_music(tmp_path / "a.lrc")
    assert [(lyric.start, lyric.text) for lyric in song.lyrics] == [(3, "low"), (15, "low")]
    assert [section.label for section in song.sections] == ["Chorus"]


CHART = "{*AT44C^7   |A-7   |D-9   |G7   }[*BE-7   |A7   |D-7   |G7   ][*AC^7   |A-7   |D-7 G7  |C6   Z"


def test_a_chart_of_ireal_pro_is_played_with_its_repeats(tmp_path):
    assert unscramble(unscramble(CHART)) == CHART
    fields = [
        "Slow Boat",
        "Doe Jane",
        "",
        "Medium Swing",
        "C",
        "",
        f"1r34LbKcu7{unscramble(CHART)}",
        "",
        "140",
        "3",
    ]
    (tmp_path / "a.html").write_text(f'<a href="irealb://{quote("=".join(fields))}">Slow Boat</a>')
    song = read_music(tmp_path / "a.html")
    assert (song.title, song.key, song.style) == ("Slow Boat", "C major", "Medium Swing")
    assert bars_of(song) == [
        *2 * [["Cmaj7"], ["Am7"], ["Dm9"], ["G7"]],
        ["Em7"], ["A7"], ["Dm7"], ["G7"],
        ["Cmaj7"], ["Am7"], ["Dm7", "G7"], ["C6"],
    ]  # fmt: skip
    assert [section.label for section in song.sections] == ["A", "A", "B", "A"]


def test_a_chart_of_ireal_pro_may_have_no_letters(tmp_path):
    music = f"1r34LbKcu7{unscramble('T44C   |A-7   |D-9   |G7   Z')}"
    fields = ["Vamp", "Doe Jane", "", "Bossa", "C", "", music, "", "0", "1"]
    (tmp_path / "a.html").write_text(f'<a href="irealb://{quote("=".join(fields))}">Vamp</a>')
    assert bars_of(read_music(tmp_path / "a.html")) == [["C"], ["Am7"], ["Dm9"], ["G7"]]


def test_a_plan_of_ours_is_read_note_for_note(tmp_path):
    plan = plan_song(SongSpec(description="pop", length="8 bars"))
    (tmp_path / "plan.json").write_text(json.dumps(plan_document(plan)))
    song = read_music(tmp_path / "plan.json")
    stem = next(stem for stem in plan.stems if stem.role == "bass")
    asked = Counter(
        (plan.position_quarters(visit) + note.onset, note.pitch, note.duration, note.velocity)
        for visit in plan.visits
        if stem.name in visit.music.score.parts
        for note in visit.music.score.parts[stem.name].notes
    )
    part = song.part(stem.name)
    assert part is not None
    assert Counter((n.start, n.pitch, n.length, n.velocity) for n in part.notes) == asked
    assert song.key == plan.key


@pytest.mark.parametrize("name", ["a.txt", "a.lrc", "a.json", "a.cho"])
def test_a_file_without_music_is_refused(tmp_path, name):
    (tmp_path / name).write_text("nothing but words here\n")
    with pytest.raises(MusicFileError, match=r"nothing could be taken|no plan"):
        read_music(tmp_path / name)


def test_sixty_sections_that_differ_have_sixty_names():
    names = set(_names(range(60)).values())
    assert len(names) == 60 and all(re.fullmatch(r"[a-z]+(_[a-z]+)?", name) for name in names)
