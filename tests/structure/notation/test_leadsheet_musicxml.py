"""Notation programs read a lead sheet as the song."""

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from structure.base.grid import Meter
from structure.harmony.keys import parse_key
from structure.notation.leadsheet import lead_sheet
from structure.notation.leadsheet_musicxml import lead_sheet_musicxml
from structure.plans.plan import SongPlan
from tests.structure.notation.sheetmaker import section, sheet_plan
from tests.structure.notation.test_leadsheet import SONGS, TUNE, song, sounding

FOUR = Meter()


@cache
def text_of(name: str) -> str:
    return lead_sheet_musicxml(lead_sheet(song(name)))


def xml(plan: SongPlan) -> ElementTree.Element:
    return ElementTree.fromstring(lead_sheet_musicxml(lead_sheet(plan)))


def read(text: str) -> Any:
    """The only part of a score, with its repeats played out."""
    from music21 import converter

    (part,) = converter.parse(text, format="musicxml").parts
    return part.expandRepeats()


def notes_of(part: Any) -> list[tuple[Fraction, Fraction, tuple[int, ...]]]:
    from music21 import harmony

    found: list[tuple[Fraction, Fraction, tuple[int, ...]]] = []
    for element in part.flatten().notes:
        if isinstance(element, harmony.ChordSymbol):
            continue
        start, length = Fraction(element.offset), Fraction(element.quarterLength)
        pitches = tuple(sorted(pitch.midi for pitch in element.pitches))
        if element.tie and element.tie.type in ("stop", "continue"):
            found[-1] = (found[-1][0], start + length, pitches)
        else:
            found.append((start, start + length, pitches))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", SONGS)
def test_music21_reads_the_plan_s_notes_and_chords(name: str) -> None:
    from music21 import harmony

    plan, part = song(name), read(text_of(name))
    assert notes_of(part) == sounding(lead_sheet(plan))
    symbols = [
        (Fraction(s.getOffsetInHierarchy(part)), s)
        for s in part.recurse().getElementsByClass(harmony.ChordSymbol)
    ]
    theirs = [
        (plan.position_quarters(visit) + chord.onset, chord)
        for visit in plan.visits
        for chord in visit.music.score.chords
    ]
    assert [at for at, _ in symbols] == [at for at, _ in theirs]
    assert [s.root().pitchClass for _, s in symbols] == [chord.root for _, chord in theirs]
    assert [s.bass().pitchClass for _, s in symbols] == [chord.bass for _, chord in theirs]


@pytest.mark.slow
@pytest.mark.parametrize("name", SONGS)
def test_every_bar_is_full_and_says_key_metre_and_tempo(name: str) -> None:
    from music21 import meter, tempo

    plan, part = song(name), read(text_of(name))
    measures = list(part.getElementsByClass("Measure"))
    assert len(measures) == plan.bars
    assert all(Fraction(m.duration.quarterLength) == plan.meter.bar_quarters for m in measures)
    (signature,) = part.recurse().getElementsByClass(meter.TimeSignature)
    assert signature.ratioString == str(plan.meter)
    mark = next(iter(part.recurse().getElementsByClass(tempo.MetronomeMark)))
    assert mark.number == float(plan.grid.tempo_bpm)
    assert Fraction(mark.referent.quarterLength) == plan.meter.beat_quarters
    changes = [
        visit.music.key
        for before, visit in zip([None, *plan.visits], plan.visits, strict=False)
        if not before or before.music.key != visit.music.key
    ]
    fifths = [int(e.text or 0) for e in ElementTree.fromstring(text_of(name)).iter("fifths")]
    assert fifths == [parse_key(key).sharps for key in changes]


def test_an_accidental_holds_to_the_bar_line() -> None:
    tune = [(0, 1, 66), (1, 1, 66), (2, 1, 65), (3, 1, 66), (4, 1, 66), (5, 3, 65)]
    root = xml(sheet_plan([("verse", section("D7 | D7", FOUR, flute=tune))]))
    shown = [(n.findtext("pitch/step"), n.findtext("accidental")) for n in root.iter("note")]
    assert shown == [
        ("F", "sharp"),
        ("F", None),
        ("F", "natural"),
        ("F", "sharp"),
        ("F", "sharp"),
        ("F", "natural"),
    ]
    in_g = xml(sheet_plan([("verse", section("D7 | D7", FOUR, flute=tune))], key="G major"))
    assert [n.findtext("accidental") for n in in_g.iter("note")] == [
        None,
        None,
        "natural",
        "sharp",
        None,
        "natural",
    ]


def test_a_tie_needs_no_second_accidental() -> None:
    tune = [(0, 3, 60), (3, 3, 66), (6, 2, 66)]
    root = xml(sheet_plan([("verse", section("D7 | D7", FOUR, flute=tune))]))
    assert [n.findtext("accidental") for n in root.iter("note")] == [None, "sharp", None, "sharp"]
    assert [t.get("type") for n in root.iter("note") for t in n.findall("tie")] == ["start", "stop"]


@pytest.mark.parametrize(
    ("meter", "step", "beams"),
    [
        ("4/4", "1/2", ["begin", "end"] * 4),
        ("3/4", "1/2", ["begin", "end"] * 3),
        ("5/4", "1/2", ["begin", "end"] * 5),
        ("6/8", "1/2", ["begin", "continue", "end"] * 2),
        ("7/8", "1/2", ["begin", "end", "begin", "end", "begin", "continue", "end"]),
        ("5/8", "1/2", ["begin", "end", "begin", "continue", "end"]),
    ],
)
def test_beams_show_the_beats(meter: str, step: str, beams: list[str]) -> None:
    metre = Meter.parse(meter)
    tune = [
        (i * Fraction(step), Fraction(step), 60 + i)
        for i in range(int(metre.bar_quarters / Fraction(step)))
    ]
    root = xml(sheet_plan([("verse", section("C", metre, flute=tune))], meter=meter))
    assert [beam.text for beam in root.iter("beam")] == beams


def test_triplets_have_brackets_of_three() -> None:
    third = Fraction(1, 3)
    tune = [
        (0, third, 60),
        (third, third, 62),
        (2 * third, third, 64),
        (1, 2 * third, 65),
        (1 + 2 * third, third, 67),
        (2, 2, 60),
    ]
    root = xml(sheet_plan([("verse", section("C", FOUR, flute=tune))]))
    times = [(n.findtext("type"), n.findtext("time-modification/actual-notes")) for n in root.iter("note")]
    assert times == [("eighth", "3")] * 3 + [("quarter", "3"), ("eighth", "3"), ("half", None)]
    brackets = [[t.get("type") for t in n.iter("tuplet")] for n in root.iter("note")]
    assert brackets == [["start"], [], ["stop"], ["start"], ["stop"], []]


def test_a_pickup_stands_before_the_section_that_it_leads_to() -> None:
    pickup = section("C | G7", FOUR, flute=[(7, "1/2", 67), ("15/2", "1/2", 71)])
    root = xml(sheet_plan([("intro", pickup), ("verse", section("C", FOUR, flute=[(0, 4, 72)]))]))
    first, second, third = root.iter("measure")
    assert [n.find("rest") is not None for n in first.iter("note")] == [True]
    assert [n.findtext("type") for n in second.iter("note")] == ["half", "quarter", "eighth", "eighth"]
    assert third.findtext("direction/direction-type/rehearsal") == "Verse 1"


def test_bars_without_melody_are_slashed() -> None:
    verse = section("C | F | C", FOUR, flute=TUNE)
    root = xml(
        sheet_plan([("intro", section("C | G", FOUR)), ("verse", verse), ("outro", section("C", FOUR))])
    )
    slashes = {m.get("number"): s.get("type") for m in root.iter("measure") for s in m.iter("slash")}
    assert slashes == {"1": "start", "3": "stop", "5": "start"}


def test_endings_and_double_bars_and_the_final_one() -> None:
    bars = ["C", "F", "Dm", "Am", "F", "C"]
    loop = " | ".join([*bars, "Dm", "G", *bars, "G", "C"])
    root = xml(
        sheet_plan([("verse", section(loop, FOUR)), ("outro", section("F | C | F | C", FOUR, flute=TUNE))])
    )
    endings = [(e.get("number"), e.get("type")) for e in root.iter("ending")]
    assert (
        endings == [("1", "start"), ("1", "stop"), ("2", "start"), ("2", "stop")]
        or endings[-1][1] == "discontinue"
    )
    styles = [b.findtext("bar-style") for b in root.iter("barline") if b.get("location") == "right"]
    assert styles[-2:] == ["light-light", "light-heavy"]


def test_swing_is_in_words() -> None:
    root = xml(sheet_plan([("head", section("C7", FOUR))], genre="jazz", tempo=132))
    assert "Jazz, swing 8ths" in [words.text for words in root.iter("words")]
    assert not list(root.iter("swing"))  # which MuseScore 3 does not know


@pytest.mark.parametrize(("pitch", "sign"), [(40, "F"), (54, "G"), (64, "G"), (90, "G")])
def test_the_clef_suits_the_range(pitch: int, sign: str) -> None:
    root = xml(sheet_plan([("verse", section("C", FOUR, flute=[(0, 4, pitch)]))]))
    assert next(root.iter("clef")).findtext("sign") == sign
    assert next(root.iter("clef")).findtext("clef-octave-change") == {54: "-1", 90: "1"}.get(pitch)


def test_titles_of_any_letters(tmp_path: Path) -> None:
    plan = sheet_plan([("verse", section("C", FOUR))], title='Für <"Elise"> & 夜')
    assert xml(plan).findtext("movement-title") == 'Für <"Elise"> & 夜'
    assert lead_sheet_musicxml(lead_sheet(plan)) == lead_sheet_musicxml(lead_sheet(plan))
