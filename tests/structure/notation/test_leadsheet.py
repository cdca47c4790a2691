"""A lead sheet, played as it is written, is the song."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.arrange.swing import remove_swing
from structure.base.grid import Meter
from structure.notation.leadsheet import LeadBar, LeadSheet, lead_sheet, melody_stem
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.presets.styles import load_style
from structure.specs.spec import SongSpec
from tests.structure.notation.sheetmaker import section, sheet_plan

FOUR = Meter()
TUNE = [(0, 1, 60), (1, 1, 64), (2, 2, 67), (4, "3/2", 65), ("11/2", "1/2", 64), (6, 2, 62)]
SONGS = {
    "pop": {"genre": "pop", "key": "Eb major", "tempo": 97.5},
    "jazz": {"genre": "jazz", "key": "C minor"},
    "ballad": {"genre": "ballad", "meter": "6/8", "tempo": 54},
    "odd": {"genre": "rock", "meter": "7/8", "key": "F# minor"},
}


@cache
def song(name: str) -> SongPlan:
    form = ["intro", "verse", "chorus", "verse", "chorus", {"section": "chorus", "lift": 2}, "outro"]
    bars = {"intro": 4, "verse": 8, "chorus": 8, "outro": 2}
    sections = {section: {"bars": count} for section, count in bars.items()}
    return plan_song(SongSpec.model_validate({"form": form, "sections": sections, **SONGS[name]}))


def played_bars(sheet: LeadSheet) -> Iterator[LeadBar]:
    """The bars in the order in which they sound, with all repeats."""
    opened = 0
    for index, bar in enumerate(sheet.bars):
        if bar.opens_repeat:
            opened = index
        yield bar
        if bar.times > 1:
            body = [again for again in sheet.bars[opened : index + 1] if not again.ending]
            for _ in range(bar.times - 1):
                yield from body


def sounding(sheet: LeadSheet) -> list[tuple[Fraction, Fraction, tuple[int, ...]]]:
    """Onset, end and pitches of what is heard when the sheet is played, ties joined."""
    found: list[tuple[Fraction, Fraction, tuple[int, ...]]] = []
    for index, bar in enumerate(played_bars(sheet)):
        begin = index * sheet.meter.bar_quarters
        for tone in bar.tones:
            start = found.pop()[0] if tone.tied_from else begin + tone.start
            found.append((start, begin + tone.end, tone.pitches))
    return found


def planned(plan: SongPlan) -> list[tuple[Fraction, tuple[int, ...]]]:
    """Onset and pitches of the melody in the plan, straight."""
    found: dict[Fraction, set[int]] = {}
    swing = load_style(plan.genre).swing
    for visit in plan.visits:
        stem = melody_stem(plan, visit)
        origin = plan.position_quarters(visit)
        for note in remove_swing(visit.music.score.parts[stem].notes, swing, plan.meter) if stem else ():
            found.setdefault(origin + note.onset, set()).add(note.pitch)
    return [(onset, tuple(sorted(pitches))) for onset, pitches in sorted(found.items())]


@pytest.mark.slow
@pytest.mark.parametrize("name", SONGS)
def test_the_melody_is_the_plan_s(name: str) -> None:
    plan = song(name)
    played = sounding(lead_sheet(plan))
    assert len(played) > 40
    wanted = planned(plan)
    assert [pitches for _, _, pitches in played] == [pitches for _, pitches in wanted]
    moved = [abs(one[0] - other[0]) for one, other in zip(played, wanted, strict=True)]
    assert max(moved) <= Fraction(1, 8)  # a stray note between sixteenths and triplets
    assert sum(by == 0 for by in moved) >= 0.95 * len(moved)


@pytest.mark.parametrize("name", SONGS)
def test_the_chords_and_the_keys_are_the_plan_s(name: str) -> None:
    plan = song(name)
    bars = list(played_bars(lead_sheet(plan)))
    length = plan.meter.bar_quarters
    ours = [(i * length + c.onset, c.chord.symbol) for i, bar in enumerate(bars) for c in bar.chords]
    theirs = [
        (plan.position_quarters(visit) + chord.onset, chord.symbol)
        for visit in plan.visits
        for chord in visit.music.score.chords
    ]
    assert ours == theirs
    assert [bar.key for bar in bars] == [
        visit.music.key for visit in plan.visits for _ in range(visit.bars)
    ]


@pytest.mark.parametrize("name", SONGS)
def test_every_section_has_its_mark_and_begins_a_line_or_shares_one(name: str) -> None:
    plan = song(name)
    sheet = lead_sheet(plan)
    marks = [bar.label for bar in sheet.bars if bar.label]
    named = [label for mark in marks for label in mark.replace("–", ", ").split(", ")]
    assert len(named) >= len(marks) > 3
    assert named[0] == plan.visits[0].place.label
    assert all(bar.starts_line for bar in sheet.bars if bar.label and not bar.label.startswith("Outro"))
    starts = [i for i, bar in enumerate(sheet.bars) if bar.starts_line] + [len(sheet.bars)]
    assert max(b - a for a, b in pairwise(starts)) <= 6


def test_a_section_that_returns_at_once_is_written_once() -> None:
    verse = section("C | F", FOUR, flute=TUNE)
    sheet = lead_sheet(sheet_plan([("verse", verse)] * 3))
    assert [(bar.number, bar.opens_repeat, bar.times) for bar in sheet.bars] == [
        (1, True, 1),
        (2, False, 3),
    ]
    assert sheet.bars[0].label == "Verse 1–3"
    assert len(list(played_bars(sheet))) == 6


def test_a_loop_is_written_once() -> None:
    sheet = lead_sheet(sheet_plan([("vamp", section(" | ".join(["Am", "F", "C", "G"] * 4), FOUR))]))
    assert [bar.chords[0].chord.symbol for bar in sheet.bars] == ["Am", "F", "C", "G"]
    assert sheet.bars[-1].times == 4
    assert not any(bar.tones for bar in sheet.bars)


def test_a_loop_within_a_section_is_written_once() -> None:
    head, loop, tail = ["Dm", "G", "C", "A7"], ["F", "C", "G", "Am"], ["Dm", "Em", "F", "G", "C"]
    names = [*head, *loop * 3, *tail]
    sheet = lead_sheet(sheet_plan([("bridge", section(" | ".join(names), FOUR))]))
    assert len(sheet.bars) == 13
    assert [bar.number for bar in sheet.bars if bar.opens_repeat] == [5]
    assert [(bar.number, bar.times) for bar in sheet.bars if bar.times > 1] == [(8, 3)]
    assert [bar.chords[0].chord.symbol for bar in played_bars(sheet)] == names


@pytest.mark.slow
@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.lists(st.sampled_from(["C", "F", "G"]), min_size=1, max_size=5))
    ),
    st.integers(1, 4),
)
def test_what_is_written_with_repeats_plays_as_planned(
    form: list[tuple[str, list[str]]], times: int
) -> None:
    scores = {name: " | ".join(names * times) for name, names in form}
    plan = sheet_plan(
        [(name, section(scores[name], FOUR)) for name, _ in form] or [("a", section("C", FOUR))]
    )
    played = [bar.chords[0].chord.symbol for bar in played_bars(lead_sheet(plan))]
    assert played == [chord.symbol for visit in plan.visits for chord in visit.music.score.chords]


def test_passages_that_end_in_two_ways_have_two_endings() -> None:
    first = section("C | F | Dm | G", FOUR, flute=TUNE)
    again = section(
        " | ".join(["C", "F", "Dm", "Am", "F", "C", "Dm", "G", "C", "F", "Dm", "Am", "F", "C", "G", "C"]),
        FOUR,
    )
    sheet = lead_sheet(sheet_plan([("intro", first), ("verse", again)]))
    verse = sheet.bars[4:]
    assert [bar.ending for bar in verse] == [0] * 6 + [1] * 2 + [2] * 2
    assert [bar.number for bar in verse] == [*range(5, 13), 19, 20]
    played = [bar.chords[0].chord.symbol for bar in played_bars(sheet)]
    assert played[4:] == [chord.symbol for chord in again.chords]


@pytest.mark.parametrize("bars", [14, 18, 22])
def test_a_section_of_one_chord_is_read_bar_for_bar(bars: int) -> None:
    sheet = lead_sheet(sheet_plan([("drone", section(" | ".join(["C"] * bars), FOUR))]))
    assert [bar.chords[0].chord.symbol for bar in played_bars(sheet) if bar.chords] == ["C"] * bars
    assert len(list(played_bars(sheet))) == bars and len(sheet.bars) < bars


def test_no_repeat_turns_back_under_a_tie() -> None:
    held = section("C | F | C | F | C | F | C | F", FOUR, flute=[(4 * bar + 3, 2, 60) for bar in range(7)])
    sheet = lead_sheet(sheet_plan([("verse", held)]))
    assert all(bar.times == 1 for bar in sheet.bars)
    assert [end - start for start, end, _ in sounding(sheet)] == [2] * 7


def test_a_small_gap_is_touch_and_a_rest_is_a_rest() -> None:
    tune = [(0, "15/16", 60), (1, "3/4", 62), (2, "1/2", 64), (3, "1/2", 65)]
    bar = lead_sheet(sheet_plan([("verse", section("C", FOUR, flute=tune))])).bars[0]
    assert [(tone.start, tone.end) for tone in bar.tones] == [
        (0, 1),
        (1, 2),
        (2, Fraction(5, 2)),
        (3, Fraction(7, 2)),
    ]


def test_played_a_little_early_or_late_is_written_on_the_beat() -> None:
    tune = [("1/100", "99/100", 60), ("199/200", "1/2", 62), ("301/200", "1/2", 64), ("401/200", 2, 65)]
    bar = lead_sheet(sheet_plan([("verse", section("C", FOUR, flute=tune))])).bars[0]
    assert [tone.start for tone in bar.tones] == [0, 1, Fraction(3, 2), 2]


def test_the_player_is_named_where_the_melody_changes_hands() -> None:
    a, b = section("C | F", FOUR, flute=TUNE), section("F | C", FOUR, horn=TUNE)
    sheet = lead_sheet(
        sheet_plan([("verse", a), ("chorus", b), ("bridge", section("G", FOUR)), ("verse", a)])
    )
    assert [bar.player for bar in sheet.bars if bar.player] == ["flute", "horn", "flute"]
    assert all(bar.player == "" for bar in lead_sheet(sheet_plan([("verse", a), ("chorus", a)])).bars)


def test_swing_is_said_and_written_straight() -> None:
    tune = [(0, "2/3", 60), ("2/3", "1/3", 62), (1, "2/3", 64), ("5/3", "1/3", 65), (2, 2, 67)]
    sheet = lead_sheet(sheet_plan([("head", section("C7", FOUR, sax=tune))], genre="jazz"))
    assert sheet.feel == "Jazz, swing 8ths"
    assert [tone.start for tone in sheet.bars[0].tones] == [0, Fraction(1, 2), 1, Fraction(3, 2), 2]
    compound = lead_sheet(sheet_plan([("head", section("C7", Meter(6, 8)))], genre="jazz", meter="6/8"))
    assert compound.feel == "Jazz"


def test_notes_end_on_eighths_and_at_bar_lines_as_players_write_them() -> None:
    tune = [(0, "1/2", 60), ("3/4", "1/4", 60), (1, "1/4", 62), (2, "9/4", 64), (5, "5/4", 65)]
    sheet = lead_sheet(sheet_plan([("verse", section("C | F", FOUR, flute=tune))]))
    ends = [end for _, end, _ in sounding(sheet)]
    assert ends == [Fraction(3, 4), 1, Fraction(3, 2), 4, Fraction(13, 2)]
