"""Songs that are planned around notes of the user's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from structure.base.errors import PlanError, SpecError
from structure.harmony.bars import chord_at
from structure.imports.reading import read_music
from structure.loading.loader import parse_spec
from structure.notation.midi import write_midi
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.plans.planfile import plan_document, read_plan_document
from structure.plans.score import Note
from tests.builders import nonempty
from tests.midifiles import MidiNote, in_quarters, write_notes

TUNE = (
    "G4:1.5 B4:.5 A4:1.5 F#4:.5 G4:1 A4:1 B4:2 C5:1 D5:1 E5:2 D5:1.5 C5:.5 B4:1 A4:1 "
    "G4:1.5 B4:.5 A4:1.5 F#4:.5 G4:1 B4:1 D5:2 C5:2 B4:1 C5:1 A4:3 z:1"
)
"""Eight bars of a tune that ends open."""

RIFF = "A1:1 A1:.5 C2:.5 D2:1 E2:1 F2:1 F2:1 G2:1 E2:1"
STEMS = ", ".join(f"{{name: {name}, role: {name}}}" for name in ("drums", "bass", "chords", "pad", "lead"))
SONG = f"""
genre: pop
stems: [{STEMS}]
sections: {{verse: {{bars: 8}}, chorus: {{parts: {{lead: tune.mid}}}}}}
form: [chorus, verse, chorus, {{section: chorus, lift: 2, variation: 0.5}}]
"""


def planned(text: str, **files: list[MidiNote]) -> SongPlan:
    """The plan of a song that lies beside MIDI files of some notes; ``tune`` is there always."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for stem, notes in {"tune": in_quarters(TUNE), **files}.items():
            write_notes(
                folder / f"{stem}.mid",
                [(stem, notes)],
                key="Am" if stem == "riff" else "G",
                channel=9 if stem == "beat" else 0,
            )
        return plan_song(parse_spec(text, "song.yaml", folder))


@cache
def song() -> SongPlan:
    """A song whose chorus is the tune."""
    return planned(SONG)


def heard(visit: Visit, stem: str = "lead") -> list[MidiNote]:
    """The notes of a stem in a visit as they are played."""
    notes = visit.music.score.parts[stem].notes
    return [(float(n.sounding_onset), float(n.duration), n.pitch, n.velocity) for n in notes]


def moved(notes: list[MidiNote], later: float = 0.0, higher: int = 0) -> list[MidiNote]:
    """Notes later, and higher."""
    return [(start + later, length, pitch + higher, force) for start, length, pitch, force in notes]


def test_given_notes_are_played_as_they_are_wherever_their_section_comes() -> None:
    first, verse, again, lifted = song().visits
    assert heard(first) == heard(again) == in_quarters(TUNE)
    assert heard(lifted) == moved(in_quarters(TUNE), higher=2)
    assert [dict(visit.music.given) for visit in (first, again, lifted)] == [{"lead": ((0, 8),)}] * 3
    assert not verse.music.given


def test_key_tempo_and_length_come_from_the_file_where_nobody_says_them() -> None:
    assert (song().key, song().grid.tempo_bpm) == ("G major", 100)
    assert [visit.bars for visit in song().visits] == [8, 8, 8, 8]
    other = planned(SONG.replace("genre: pop", "description: pop in D major, 140 bpm"))
    assert (other.key, other.grid.tempo_bpm) == ("D major", 140)
    assert heard(other.visits[0]) == in_quarters(TUNE)


def test_chords_fit_a_given_tune() -> None:
    chorus = song().visits[0]
    chords = chorus.music.score.chords
    strong = [note for note in chorus.music.score.parts["lead"].notes if note.onset % 2 == 0]
    fitting = [note.pitch % 12 in chord_at(chords, note.onset).pitch_classes for note in nonempty(strong)]
    assert sum(fitting) >= 0.9 * len(fitting)
    assert chords[0].symbol == "G"


def test_chords_of_the_file_are_taken_and_those_of_the_spec_come_first(tmp_path: Path) -> None:
    write_midi(planned(SECTION % "chords: G | Em | C | D7, parts: {lead: tune.mid}"), tmp_path / "a.mid",
               chord_track=True)  # fmt: skip
    text = SECTION % "%s parts: {lead: {file: a.mid, track: lead}}"
    for chords, wanted in (("", ["G", "Em", "C", "D7"]), ("chords: G | C,", ["G", "C"])):
        plan = plan_song(parse_spec(text % chords, "song.yaml", tmp_path))
        found = [chord.symbol for chord in plan.visits[0].music.score.chords]
        assert found == wanted * (8 // len(wanted))


def test_nobody_plays_a_semitone_from_a_given_note_that_is_held() -> None:
    for visit in nonempty(visit for visit in song().visits if visit.music.given):
        parts = visit.music.score.parts
        held = [note for note in parts["lead"].notes if note.duration >= 1]
        for name in nonempty(set(parts) - {"lead", "drums"}):
            assert not [pair for pair in _together(held, parts[name].notes) if _is_minor_second(*pair)], (
                name
            )


def _together(held: list[Note], others: tuple[Note, ...]) -> list[tuple[Note, Note]]:
    beats = {note.onset + i for note in held for i in range(int(note.duration))}
    return [
        (one, other)
        for one in held
        for other in others
        if any(one.onset <= beat < one.end and other.onset <= beat < other.end for beat in beats)
    ]


def _is_minor_second(held: Note, other: Note) -> bool:
    return abs(held.pitch - other.pitch) in (1, 13)


def test_sections_without_a_part_go_on_in_the_manner_of_the_tune() -> None:
    verse = song().visits[1].music.score.parts["lead"].notes
    rhythms: dict[int, list[float]] = {}
    for note in verse:
        rhythms.setdefault(int(note.onset // 4), []).append(float(note.onset % 4))
    own: dict[int, list[float]] = {}
    for start, *_ in in_quarters(TUNE):
        own.setdefault(int(start // 4), []).append(start % 4)
    assert sum(rhythm in own.values() for rhythm in nonempty(rhythms.values())) >= len(rhythms) / 2


def test_a_tune_of_one_visit_leaves_the_tunes_of_all_others_as_they_were() -> None:
    text = "genre: pop\nkey: C major\ntempo: 100\nseed: 3\nform: [verse, chorus, %s]"
    plain = planned(text % "verse")
    own = planned(text % "{section: verse, parts: {lead: tune.mid}}")
    for number in (0, 1):
        before, after = plain.visits[number].music.score, own.visits[number].music.score
        assert tuple(nonempty(after.parts["lead"].notes)) == before.parts["lead"].notes
    assert own.visits[2].music.given


@pytest.mark.parametrize("division", [96, 220, 480, 1024])
def test_given_notes_come_out_of_the_midi_file_to_the_tick(tmp_path: Path, division: int) -> None:
    played = [(start + 0.013 * i % 0.1, length * 1.1, pitch, 40 + i)
              for i, (start, length, pitch, _) in enumerate(in_quarters(TUNE))]  # fmt: skip
    own = read_music(write_notes(tmp_path / "tune.mid", [("tune", played)], division=division)).parts[0]
    text = "description: a pop song\nform: [verse]\nsections: {verse: {bars: 8, parts: {lead: tune.mid}}}"
    plan = plan_song(parse_spec(text, "song.yaml", tmp_path))
    write_midi(plan, tmp_path / "score.mid")
    written = read_music(tmp_path / "score.mid").part("lead")
    assert written is not None and written.notes == own.notes


def test_a_short_part_is_repeated_and_a_tune_goes_on_where_no_whole_one_fits() -> None:
    text = "genre: rock\nform: [verse]\nsections: {verse: {bars: 11, parts: {%s}}}"
    plan = planned(text % "bass: riff.mid", riff=in_quarters(RIFF))
    bass = plan.visits[0]
    assert plan.key == "A minor" and bass.music.given == {"bass": ((0, 11),)}
    riff = in_quarters(RIFF)
    assert heard(bass, "bass")[: 2 * len(riff)] == riff + moved(riff, later=8.0)
    tune = planned(text % "lead: tune.mid").visits[0]
    assert tune.music.given == {"lead": ((0, 8),)}
    assert heard(tune)[: len(in_quarters(TUNE))] == in_quarters(TUNE)
    assert [note for note in heard(tune) if note[0] >= 32]


def test_the_roots_of_a_given_bass_are_those_of_the_chords() -> None:
    plan = planned(
        "genre: rock\nform: [verse]\nsections: {verse: {bars: 4, parts: {bass: riff.mid}}}",
        riff=in_quarters("A1:4 F1:4 C2:4 G1:4"),
    )
    assert [chord.symbol for chord in plan.visits[0].music.score.chords] == ["Am", "F", "C", "G"]


def test_a_part_of_the_song_lies_from_its_first_bar_on_over_the_sections() -> None:
    text = "genre: pop\nparts: {lead: tune.mid}\nsections: {verse: {bars: 4}, chorus: {bars: 6}}\n"
    verse, chorus, last = planned(text + "form: [verse, chorus, verse]").visits
    own = in_quarters(TUNE)
    assert heard(verse) == [note for note in own if note[0] < 16]
    assert chorus.music.given == {"lead": ((0, 4),)} and not last.music.given
    assert [note for note in heard(chorus) if note[0] < 16] == moved([n for n in own if n[0] >= 16], -16.0)


@pytest.mark.parametrize(("use", "kept"), [("0.0", 1.0), ("0.4", 0.3), ("replace", 0.0)])
def test_how_a_part_is_used(use: str, kept: float) -> None:
    text = "genre: pop\nform: [verse]\nsections: {verse: {parts: {lead: {file: tune.mid, use: %s}}}}"
    visit = planned(text % use).visits[0]
    own = {note[:3] for note in in_quarters(TUNE)}
    same = len(own & {note[:3] for note in heard(visit)}) / len(own)
    assert kept <= same <= (1.0 if kept == 1.0 else 0.98)
    assert bool(visit.music.given) == (kept == 1.0)


def test_nothing_that_happens_in_a_section_changes_given_notes() -> None:
    events = (
        "events: [{bar: 3, stem: lead, do: rest}, {bar: 8, beat: 3, do: stop}, {bar: 1, do: fade, bars: 8}]"
    )
    text = SONG.replace("chorus: {parts", f"chorus: {{energy: 0.9, {events}, parts")
    assert heard(planned(text).visits[0]) == in_quarters(TUNE)


def test_a_visit_of_its_own_length_has_the_bars_that_it_plays() -> None:
    text = SONG.replace("form: [chorus, verse, chorus,", "form: [chorus, {section: chorus, bars: 12},")
    longer = planned(text).visits[1]
    own = in_quarters(TUNE)
    assert heard(longer) == own + moved([note for note in own if note[0] >= 16], later=16.0)
    assert longer.music.given == {"lead": ((0, 12),)}


def test_a_plan_says_what_is_given_and_is_read_back() -> None:
    document = plan_document(song())
    assert document["plan"]["visits"][0]["music"]["given"] == {"lead": [[0, 8]]}
    assert "given" not in document["plan"]["visits"][1]["music"]
    assert read_plan_document(document) == song()


SECTION = "genre: pop\nform: [verse]\nsections: {verse: {%s}}"


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("bars: 4, parts: {lead: tune.mid}", PlanError, "has 8 bars, and the section 'verse' has 4"),
        ("parts: {lead: {file: tune.mid, from_bar: 9}}", PlanError, "allowed: 1 to 8"),
        ("parts: {leed: tune.mid}", PlanError, "no stem 'leed'; did you mean 'lead'?"),
        ("parts: {lead: {file: tune.mid, track: alto}}", PlanError, "no track 'alto'; allowed: tune"),
        ("meter: 3/4, parts: {lead: tune.mid}", PlanError, "is in 4/4, and the section 'verse' in 3/4"),
        ("parts: {lead: nope.mid}", SpecError, "song.yaml:3: sections.verse.parts.lead: there is no file"),
        ("parts: {lead: {file: tune.mid, use: 2}}", SpecError, "keep, replace, or a number 0 to 1"),
        ("parts: {lead: broken.mid}", SpecError, "sections.verse.parts.lead: broken.mid: "),
    ],
)
def test_parts_that_cannot_be_had_are_told(
    tmp_path: Path, text: str, error: type[Exception], words: str
) -> None:
    write_notes(tmp_path / "tune.mid", [("tune", in_quarters(TUNE))])
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    with pytest.raises(error) as found:
        plan_song(parse_spec(SECTION % text, "song.yaml", tmp_path))
    assert words in str(found.value)


def test_a_form_of_equal_voices_has_no_place_for_given_notes() -> None:
    with pytest.raises(PlanError, match="fugue has voices of equal rank"):
        planned("form: fugue\nparts: {lead: tune.mid}")


def test_a_role_that_the_style_has_not_gets_a_player_for_given_notes() -> None:
    visit = planned("genre: techno\nform: [verse]\nsections: {verse: {parts: {lead: tune.mid}}}").visits[0]
    (stem,) = visit.music.given
    assert visit.music.score.parts[stem].role == "lead" and heard(visit, stem) == in_quarters(TUNE)
