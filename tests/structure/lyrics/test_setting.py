"""Words on a tune: where syllables begin, how high they are, and what does not fit."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter
from structure.harmony.bars import parse_progression
from structure.harmony.keys import parse_key
from structure.lyrics.harmony_voices import beside_lead, long_tones
from structure.lyrics.own_tune import lay_under
from structure.lyrics.passage import STRONG, Passage
from structure.lyrics.syllables import SungLine, split_into_syllables
from structure.lyrics.text import read_lines
from structure.lyrics.voices import VoiceRange, range_of_voice, usual_wordless, wordless_of
from structure.lyrics.windows import bars_for, windows_of
from structure.lyrics.words import set_words, without_words
from structure.plans.score import Note

KEY = parse_key("C major")
TENOR = range_of_voice("tenor")
WORDS = (
    "I walked along the empty avenue\nremember yesterday, the fire\n"
    "and every little river is a rhythm\nhal-le-lu-jah__ tonight"
)
SOME_WORDS = (
    "river",
    "fire",
    "remember",
    "the",
    "a",
    "tonight",
    "hallelujah",
    "walking",
    "love",
    "of,",
    "oh",
)
STEPS = ((0, 2, 0), (2, 1, 2), (3, 1, 4), (4, 1, 5), (5, 1, 4), (6, 2, 2))


def passage(bars: int, meter: str = "4/4", bpm: int = 100) -> Passage:
    beat = Meter.parse(meter)
    chords = parse_progression("C | G | Am | F", KEY, bars, beat)
    return Passage.of(Grid.steady(bpm, beat), bars, chords, KEY.scale)


def tune(where: Passage, base: int = 60) -> list[Note]:
    """A tune of quarters and eighths, in each bar as far as it reaches."""
    found = []
    for bar, start in enumerate(where.starts):
        for eighth, length, step in STEPS:
            at = start + Fraction(eighth, 2)
            if at < where.bar_line(bar + 1):
                found.append(Note(at, Fraction(length, 2), base + step + bar % 3, 80))
    return found


def lines(text: str, language: str = "en") -> tuple[SungLine, ...]:
    return split_into_syllables(read_lines(text), language)


def sung(text: str, where: Passage, voice: VoiceRange = TENOR) -> list[Note]:
    return set_words(lines(text), tune(where), where, voice, "sections.verse.lyrics")


def texts(notes: list[Note]) -> list[str]:
    return [note.syllable.text for note in notes if note.syllable and note.syllable.kind != "hold"]


@settings(max_examples=40, deadline=None)
@given(
    words=st.lists(
        st.lists(st.sampled_from(SOME_WORDS), min_size=1, max_size=6),
        min_size=1,
        max_size=4,
    ),
    meter=st.sampled_from(("4/4", "3/4", "6/8", "5/4", "7/8", "2/4")),
    bpm=st.integers(60, 180),
    bars=st.sampled_from((4, 8, 12)),
    voice=st.sampled_from(("low male", "airy female", "child", "soprano")),
)  # fmt: skip
def test_every_syllable_has_a_note_in_order_and_in_range(
    words: list[list[str]], meter: str, bpm: int, bars: int, voice: str
) -> None:
    where, who = passage(bars, meter, bpm), range_of_voice(voice)
    rows = lines("\n".join(" ".join(row) for row in words))
    try:
        notes = set_words(rows, tune(where), where, who, "lyrics")
    except PlanError as exc:
        assert "do not fit" in exc.message
        return
    assert texts(notes) == [one.text for row in rows for one in row.syllables]
    assert all(a.end <= b.onset for a, b in pairwise(notes))
    assert notes[0].onset >= 0
    assert notes[-1].end <= where.length
    assert all(who.low <= note.pitch <= who.high for note in notes)


def test_stressed_syllables_are_on_stronger_places() -> None:
    where = passage(8)
    strengths: dict[int, list[int]] = {0: [], 2: []}
    for note in sung(WORDS, where):
        if note.syllable is not None and note.syllable.kind != "hold" and note.syllable.stress in strengths:
            strengths[note.syllable.stress].append(where.weight(note.onset))
    means = {stress: sum(found) / len(found) for stress, found in strengths.items()}
    assert means[2] > means[0] + 1.5
    assert sum(at >= STRONG for at in strengths[2]) >= len(strengths[2]) / 2


def test_lines_end_on_long_notes_and_leave_a_breath() -> None:
    where, rows = passage(8), lines(WORDS)
    notes, at = sung(WORDS, where), 0
    ends = []
    for row in rows:
        at += row.notes
        ends.append(at - 1)
    for end in ends[:-1]:
        assert notes[end + 1].onset - notes[end].end >= Fraction(1, 4)
    usual = sorted(note.duration for note in notes)[len(notes) // 2]
    assert all(notes[end].duration >= usual for end in ends)


def test_the_user_holds_a_syllable_over_more_notes() -> None:
    kinds = [note.syllable.kind for note in sung("hal-le-lu-jah__ home", passage(4)) if note.syllable]
    assert kinds[:6] == ["begin", "middle", "middle", "end", "hold", "hold"]


def test_other_words_keep_the_pitches_of_the_tune() -> None:
    where = passage(8)
    own = {note.onset: note.pitch for note in tune(where, 55)}
    notes = set_words(lines("oh I went down to the water again"), tune(where, 55), where, TENOR, "lyrics")
    moves = [abs(note.pitch - own[note.onset]) for note in notes if note.onset in own]
    assert len(moves) >= 5
    assert max(moves) <= 2, "long notes go to a tone of the chord a step away"
    assert moves.count(0) >= len(moves) / 2


def test_crowded_lines_take_the_room_of_short_ones() -> None:
    where = passage(4, bpm=90)
    text = "oh\nand every little river in the valley carries all of us away\noh\noh"
    found = windows_of(lines(text), where, "lyrics")
    assert found[1].end - found[1].start > found[0].end - found[0].start
    assert len(texts(sung(text, where))) == 3 + lines(text)[1].notes


def test_too_many_words_are_answered_with_what_would_do() -> None:
    where = passage(4)
    with pytest.raises(PlanError, match=r"500 syllables in 1 line do not fit into 4 bars") as caught:
        sung("word " * 500, where)
    assert caught.value.field == "sections.verse.lyrics"
    assert "line 1" in caught.value.message
    bars = int((caught.value.hint or "").split()[0])
    assert texts(sung("word " * 500, passage(bars)))


@pytest.mark.parametrize("bpm", [70, 100, 140, 180])
def test_the_bars_for_words_hold_them_at_ease(bpm: int) -> None:
    rows = lines(WORDS)
    bars = bars_for(rows, passage(4, bpm=bpm))
    assert bars in (4, 8, 16)
    assert len(windows_of(rows, passage(bars, bpm=bpm), "lyrics")) == len(rows)


def test_a_tune_of_the_users_own_stays_note_for_note() -> None:
    where = passage(4)
    own = tune(where)
    notes = lay_under(lines("down by the river\nI will remember you"), own, where, "lyrics")
    assert [(n.onset, n.end, n.pitch) for n in notes] == [(n.onset, n.end, n.pitch) for n in own]
    assert texts(notes) == ["down", "by", "the", "riv", "er", "I", "will", "re", "mem", "ber", "you"]
    assert all(note.syllable for note in notes)


def test_more_syllables_than_notes_of_the_users_own_is_an_error() -> None:
    where = passage(4)
    with pytest.raises(PlanError, match=r"12 syllables.*melody of your own has 3 notes"):
        lay_under(lines("la " * 12), tune(where)[:3], where, "lyrics")


def test_a_voice_without_words_has_syllables() -> None:
    where = passage(4)
    scat, la = wordless_of("scat singer"), wordless_of("la la")
    assert scat is not None
    assert la is not None
    assert set(texts(without_words(tune(where), where, TENOR, la))) == {"la"}
    assert len(set(texts(without_words(tune(where), where, TENOR, scat)))) > 2
    assert set(texts(without_words(tune(where), where, TENOR, usual_wordless()))) == {"ah"}
    assert wordless_of("airy female") is None


@pytest.mark.parametrize("shift", [-12, -7, 0, 7, 12])
def test_backing_voices_sing_thirds_and_sixths_where_they_are_at_ease(shift: int) -> None:
    where = passage(4)
    lead = sung("down by the river\nI will remember you", where)
    heights = [note.pitch for note in lead]
    voice = VoiceRange(min(heights) + shift - 4, max(heights) + shift + 4)
    other = beside_lead(lead, KEY, where, voice)
    assert [note.syllable for note in other] == [note.syllable for note in lead]
    assert {abs(a.pitch - b.pitch) % 12 for a, b in zip(lead, other, strict=True)} <= {3, 4, 8, 9}
    assert {note.pitch % 12 for note in other} <= {*KEY.scale}
    assert all(voice.low <= note.pitch <= voice.high for note in other)


def test_other_backing_voices_have_a_long_tone_of_each_chord() -> None:
    where = passage(4)
    oohs = long_tones(where, TENOR, 0, usual_wordless())
    assert [note.onset for note in oohs] == [chord.onset for chord in where.chords]
    assert all(n.pitch % 12 in c.pitch_classes for n, c in zip(oohs, where.chords, strict=True))


def test_voices_have_ranges_by_their_words() -> None:
    low, high = range_of_voice("low male"), range_of_voice("soprano")
    assert low.high < high.high
    assert range_of_voice("airy female") == range_of_voice("woman")
    assert range_of_voice("low female").low < range_of_voice("female").low
    assert range_of_voice("") == range_of_voice("female")
