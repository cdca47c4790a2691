"""Scores of ten songs are valid, and others read in them what is in the plan."""

from __future__ import annotations

import base64
import io
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import mido
import music21
import pytest
import verovio
from lxml import etree

from structure.harmony.keys import parse_key
from structure.notation.bars import bar_places, notate
from structure.notation.musicxml import list_written_stems, write_musicxml
from structure.notation.sheet import write_lead_sheet
from structure.notation.touches import bent_from_below
from structure.plans.plan import StemPlan
from tests.builders import nonempty
from tests.readers.musescore import read_with_musescore
from tests.readers.musicxml_schema import musicxml_errors
from tests.readers.songs import SCRIPTS, song_in

LATER_ELEMENTS = {
    *("swing", "straight", "first", "second", "swing-type", "swing-style"),
    *("concert-score", "for-part", "part-clef", "part-transpose", "part-link", "instrument-link"),
    *("assess", "player", "wait", "sync", "listen", "listening", "other-listen", "other-listening"),
    *("numeral", "numeral-root", "numeral-alter", "numeral-key", "numeral-fifths", "numeral-mode"),
}
"""New in MusicXML 4.0. MuseScore 3 holds files against the schema of 3.1 and complains of what it lacks."""

LATER_ATTRIBUTES = {"system"}
"""Of directions."""


@cache
def score_text(script: str) -> str:
    with TemporaryDirectory() as folder:
        write_musicxml(song_in(script), Path(folder, "a.musicxml"))
        return Path(folder, "a.musicxml").read_text()


def root_of(script: str) -> etree._Element:
    return etree.fromstring(score_text(script).encode())


def written_pitches(script: str, stem: StemPlan) -> Counter[int]:
    """How often each pitch begins in a stem as it is written."""
    plan = song_in(script)
    found: Counter[int] = Counter()
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem.name)
        if part is not None:
            swing = visit.music.swing or plan.style.swing
            notes = notate(bar_places(plan.grid_of(visit), visit.bars), part.notes, swing)
            found.update(note.pitch - bent_from_below(note) for note in notes)
    return found


def struck(tracks: Sequence[Any], *, drums: bool) -> Counter[int]:
    return Counter(
        message.note
        for track in tracks
        for message in track
        if message.type == "note_on" and message.velocity and (message.channel == 9) == drums
    )


def planned(script: str, *, drums: bool) -> Counter[int]:
    stems = [stem for stem in list_written_stems(song_in(script)) if (stem.role == "drums") == drums]
    return sum((written_pitches(script, stem) for stem in stems), Counter())


def part_named(root: etree._Element, name: str) -> etree._Element:
    (key,) = [part.get("id") for part in root.iter("score-part") if part.findtext("part-name") == name]
    return root.find(f"part[@id='{key}']")


@pytest.mark.parametrize("script", SCRIPTS)
def test_scores_are_valid_by_the_official_schema(script: str) -> None:
    assert musicxml_errors(score_text(script)) == []
    assert root_of(script).findtext("movement-title") == song_in(script).title


@pytest.mark.parametrize("script", SCRIPTS[::3])
def test_lead_sheets_are_valid_and_name_their_part(script: str, tmp_path: Path) -> None:
    write_lead_sheet(tmp_path / "a.musicxml", song_in(script))
    text = (tmp_path / "a.musicxml").read_text()
    assert musicxml_errors(text) == []
    root = etree.fromstring(text.encode())
    assert root.findtext("part-list/score-part/part-name").strip()
    marks = nonempty(root.xpath("//direction[.//rehearsal]"))
    assert {mark.get("placement") for mark in marks} == {"above"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_nothing_is_of_a_later_version_than_musescore_3_knows(script: str, tmp_path: Path) -> None:
    write_lead_sheet(tmp_path / "a.musicxml", song_in(script))
    for root in (root_of(script), etree.parse(tmp_path / "a.musicxml").getroot()):
        assert not LATER_ELEMENTS & {element.tag for element in root.iter()}
        directions = nonempty(root.findall(".//direction"))
        assert not LATER_ATTRIBUTES & {name for direction in directions for name in direction.attrib}


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_music21_reads_the_pitches_that_sound(script: str) -> None:
    score = music21.converter.parseData(score_text(script), format="musicxml").toSoundingPitch()
    found: dict[str, Counter[int]] = {}
    for part in score.parts:
        for element in part.recurse().notes:
            if isinstance(element, music21.harmony.ChordSymbol):
                continue
            for note in getattr(element, "notes", (element,)):
                is_begun = note.tie is None or note.tie.type == "start"
                if is_begun and isinstance(note, music21.note.Note):
                    found.setdefault(part.partName, Counter())[note.pitch.midi] += 1
    for stem in list_written_stems(song_in(script)):
        if stem.role != "drums":
            assert found.get(stem.name, Counter()) == written_pitches(script, stem), stem.name


def read_by_verovio(script: str) -> Any:
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    assert toolkit.loadData(score_text(script))
    return toolkit


@pytest.mark.slow
@pytest.mark.parametrize("script", ["latin", "japanese", "arabic", "korean"])
def test_verovio_plays_the_pitches_that_sound(script: str) -> None:
    data = base64.b64decode(read_by_verovio(script).renderToMIDI())
    tracks = mido.MidiFile(file=io.BytesIO(data)).tracks
    assert struck(tracks, drums=False) == planned(script, drums=False)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_musescore_plays_what_is_planned(script: str, tmp_path: Path) -> None:
    text = score_text(script)  # MuseScore plays chord symbols too
    (tmp_path / "a.musicxml").write_text(re.sub(r"<harmony\b.*?</harmony>", "", text, flags=re.DOTALL))
    read = read_with_musescore(tmp_path / "a.musicxml", tmp_path)
    assert struck(read.midi.tracks, drums=True) == planned(script, drums=True)
    assert struck(read.midi.tracks, drums=False) == planned(script, drums=False)
    assert read.facts["measures"] == song_in(script).bars
    modes = {key.findtext("mode") for key in nonempty(read.score.iter("key"))} - {None}
    assert modes <= {parse_key(visit.music.key).mode for visit in song_in(script).visits} | {"none"}
    assert list(read.score.iter("dynamics"))
    labels = [mark.text for mark in read.score.iter("rehearsal")]
    assert labels == [visit.place.label for visit in song_in(script).visits]
    names = [part.findtext("part-name") for part in read.score.iter("score-part")]
    assert names == [stem.name for stem in list_written_stems(song_in(script))]


@pytest.mark.parametrize("script", SCRIPTS)
def test_keys_say_their_mode_and_drums_have_none(script: str) -> None:
    root = root_of(script)
    for stem in list_written_stems(song_in(script)):
        keys = list(part_named(root, stem.name).iter("key"))
        if stem.role == "drums":
            assert not keys
            continue
        names = [visit.music.key for visit in song_in(script).visits]
        assert keys[0].findtext("mode") == parse_key(names[0]).mode
    assert {mark.get("placement") for mark in root.xpath("//direction[.//rehearsal]")} == {"above"}


def test_every_drum_hit_names_an_instrument_with_its_key() -> None:
    for script in SCRIPTS:
        root = root_of(script)
        for stem in (stem for stem in list_written_stems(song_in(script)) if stem.role == "drums"):
            keys = {
                made.get("id"): int(made.findtext("midi-unpitched")) - 1
                for made in root.iter("midi-instrument")
                if made.find("midi-unpitched") is not None
            }
            notes = [note for note in part_named(root, stem.name).iter("note") if note.find("rest") is None]
            found = Counter(keys[note.find("instrument").get("id")] for note in notes)
            assert found == written_pitches(script, stem)
            lines: dict[tuple[str, str], set[str]] = {}
            for note in notes:
                where = tuple(note.findtext(f"unpitched/display-{part}") for part in ("step", "octave"))
                head = note.findtext("notehead") or "normal"
                lines.setdefault((*where, head), set()).add(note.find("instrument").get("id"))
            assert all(len(names) == 1 for names in lines.values())


def test_players_find_their_clefs_and_transpositions() -> None:
    def clefs(script: str, stem: str) -> list[tuple[str, str, str]]:
        part = part_named(root_of(script), stem)
        fields = ("sign", "line", "clef-octave-change")
        return [tuple(clef.findtext(name) or "" for name in fields) for clef in part.iter("clef")]

    assert clefs("latin", "bass")[0] == ("F", "4", "-1")
    assert clefs("arabic", "guitar")[0] == ("G", "2", "-1")
    assert [clef[0] for clef in clefs("hebrew", "piano")] == ["G", "F"]
    assert part_named(root_of("hebrew"), "piano").findtext("measure/attributes/staves") == "2"
    assert clefs("latin", "drums")[0][0] == "percussion"
    for script, stem in (("latin", "lead"), ("japanese", "clarinet")):
        part = part_named(root_of(script), stem)
        assert part.findtext("measure/attributes/transpose/chromatic") == "-2"
    fifths = part_named(root_of("latin"), "lead").findtext("measure/attributes/key/fifths")
    assert fifths == "-1"  # E flat major, as a trumpet in B flat reads it
