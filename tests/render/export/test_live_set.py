"""A set of Ableton Live says what the song is: read by another program, and held against Live's own set."""

from __future__ import annotations

import gzip
import importlib.resources
import xml.etree.ElementTree as ET
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from logic2ableton.ableton_metadata import parameter_events
from logic2ableton.ableton_parser import parse_ableton_project

from render.export.bwf import Region
from render.export.live.liveset import keys_struck, write_live_set
from render.export.live.parts import nearest_colour
from render.export.project import DawProject, NoteClip, NoteClips, Track, note_clips, song_project
from structure.plans.score import Note
from tests.builders import changing_plan

RATE = 48_000
COLOURS = ((209, 73, 75), (4, 5, 6))
TEMPI = {0: 120, 8: 120, 11: 90, 14: 85, 14.5: 80, 15: 75, 15.5: 400 / 7, 16: 50, 16.5: 40}
"""Quarters a minute of the song, by the quarter from which on they hold."""

LENGTH_S = 7.5 + sum(30 / tempo for start, tempo in TEMPI.items() if start >= 14) + 2.5
END = 17 + 2.5 * 40 / 60
LEFT_OUT = {
    *("TrackSendHolder", "SendPreBool", "ReturnTrack", "Groove", "DefaultGrooveId", "NoteAlgorithms"),
    *("SequencerNavigator", "ExpressionLanes", "ContentLanes", "VideoWindowRect", "TrackHeaderWidth"),
    *("IsContentSplitterOpen", "IsExpressionSplitterOpen", "MidiFoldMode", "MultiClipLoopBarHeight"),
    *("WaveformVerticalZoomFactor", "IsWaveformVerticalZoomActive", "ColorSequenceIndex"),
    *("AutoColorPickerForPlayerAndGroupTracks", "AutoColorPickerForReturnAndMainTracks"),
    *("NoteSpellingPreference", "AccidentalSpellingPreference", "PreferFlatRootNote"),
    *("ShouldSceneTempoAndTimeSignatureBeVisible", "ViewStates"),
}
"""What Live's own set has and ours has not: sends and what returns them, grooves, tools, how it looks."""

VIEW = "LiveSet/ViewState"
"""How the paths of more of the looks begin."""

Elements = dict[str, list[list[str]]]


def song(folder: Path) -> tuple[DawProject, NoteClips]:
    """A song whose tempo and metre change, and its files."""
    plan = changing_plan()
    (folder / "Stems").mkdir()
    for name in ("01 Lead", "Master"):
        soundfile.write(folder / "Stems" / f"{name}.wav", np.zeros((10, 2)), RATE)
    tracks = (
        Track("01 Lead", "Stems/01 Lead.wav", (209, 73, 75), stem="lead"),
        Track('Öde & "Wald"', "Stems/Master.wav", (154, 154, 154), muted=True),
    )
    project = song_project(plan, tracks, COLOURS, RATE)
    return (
        replace(project, hits=(Region(2 * RATE, 0, "Logo"),)),
        {"lead": list(note_clips(plan, "lead", COLOURS))},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("live")
    write_live_set(folder / "song.als", *song(folder))
    return folder


@pytest.fixture(scope="module")
def live_set(folder: Path) -> ET.Element:
    return read(folder / "song.als")


def read(path: Path) -> ET.Element:
    return ET.fromstring(gzip.decompress(path.read_bytes()))[0]


def values(element: ET.Element, path: str) -> list[str]:
    return [found.get("Value", "") for found in element.findall(path)]


def test_logic2ableton_reads_tracks_files_and_locators(folder: Path) -> None:
    found = parse_ableton_project(folder / "song.als")
    assert (found.tempo, found.time_sig_numerator, found.time_sig_denominator) == (120, 4, 4)
    assert [track.name for track in found.audio_tracks] == ["01 Lead", 'Öde & "Wald"']
    files = ["Stems/01 Lead.wav", "Stems/Master.wav"]
    for track, file in zip(found.audio_tracks, files, strict=True):
        (clip,) = track.clips
        assert (clip.source_path, clip.source_issue, clip.is_warped) == (folder / file, None, False)
        assert (clip.start_beats, clip.end_beats) == (0, pytest.approx(END, abs=1e-4))
    places = [(locator.name, locator.time_beats) for locator in found.locators]
    assert places == [("Verse 1", 0), ("Chorus 1", 11), ("Logo", 4)]


def test_logic2ableton_reads_every_note(folder: Path) -> None:
    (track,) = parse_ableton_project(folder / "song.als").midi_tracks
    assert [(clip.start_beats, clip.end_beats) for clip in track.clips] == [(0, 11), (11, 17)]
    _, clips = song_notes()
    heard = [
        (float(clip.start + note.onset), float(note.duration), note.pitch, note.velocity)
        for clip in clips
        for note in clip.notes
    ]
    read_back = [
        (note.start_beats, note.duration_beats, note.pitch, note.velocity)
        for clip in track.clips
        for note in clip.notes
    ]
    assert np.array(sorted(read_back)) == pytest.approx(np.array(sorted(heard)))


def song_notes() -> tuple[str, list[NoteClip]]:
    return "lead", list(note_clips(changing_plan(), "lead", COLOURS))


def test_live_holds_each_tempo_and_metre_from_its_quarter(live_set: ET.Element) -> None:
    main = live_set.find("MainTrack")
    mixer = main.find("DeviceChain/Mixer")
    points = [
        (float(event.get("Time")), float(event.get("Value")))
        for event in parameter_events(main, mixer.find("Tempo"))
    ]
    assert points[0] == (-63072000, 120)
    # two points at one beat are a jump; in between the tempo stays
    assert dict(points[2::2]) == pytest.approx({at: bpm for at, bpm in TEMPI.items() if at > 8})
    assert all(one[1] == other[1] for one, other in zip(points[0::2], points[1::2], strict=False))
    meters = [
        (float(event.get("Time")), int(event.get("Value")))
        for event in parameter_events(main, mixer.find("TimeSignature"))
    ]
    # 99 for each doubling of the denominator, and the numerator less 1
    assert meters == [(-63072000, 2 * 99 + 3), (8, 2 * 99 + 2), (11, 3 * 99 + 5)]


def test_warp_markers_hold_each_tempo_to_its_beat(live_set: ET.Element) -> None:
    for clip in live_set.iter("AudioClip"):
        places = [
            (float(marker.get("SecTime")), float(marker.get("BeatTime")))
            for marker in clip.findall("WarpMarkers/WarpMarker")
        ]
        assert [beat for _, beat in places] == pytest.approx([*TEMPI, END], abs=1e-4)
        for tempo, (one, other) in zip(TEMPI.values(), pairwise(places), strict=True):
            assert 60 * (other[1] - one[1]) / (other[0] - one[0]) == pytest.approx(tempo, rel=1e-4)
        assert float(values(clip, "Loop/LoopEnd")[0]) == pytest.approx(LENGTH_S, abs=1e-4)


def test_notes_and_references_are_muted_in_live(live_set: ET.Element) -> None:
    muted = [values(track, "DeviceChain/Mixer/Speaker/Manual") for track in live_set.find("Tracks")]
    assert muted == [["true"], ["false"], ["false"]]
    kinds = [track.tag for track in live_set.find("Tracks")]
    assert kinds == ["AudioTrack", "MidiTrack", "AudioTrack"]
    assert values(live_set, "Tracks/*/DeviceChain/Mixer/Volume/Manual") == ["1"] * 3


def test_each_number_of_a_live_set_is_given_once(live_set: ET.Element) -> None:
    numbers = [
        int(element.get("Id"))
        for element in live_set.iter()
        if element.tag == "Pointee" or (element.get("Id") and element.find("LockEnvelope") is not None)
    ]
    assert len(numbers) > 200
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < int(values(live_set, "NextPointeeId")[0])
    tracks = [track.get("Id") for track in live_set.find("Tracks")]
    assert len(set(tracks)) == len(tracks)


def elements(root: ET.Element) -> Elements:
    """What lies in the elements of a set, in order, by their paths."""
    found: Elements = {}

    def walk(element: ET.Element, path: str) -> None:
        found.setdefault(path, []).append([child.tag for child in element])
        for child in element:
            walk(child, f"{path}/{child.tag}")

    walk(root, root.tag)
    return found


def test_elements_are_those_of_a_set_that_live_saved(live_set: ET.Element) -> None:
    saved = importlib.resources.files("logic2ableton") / "data" / "DefaultLiveSet.als"
    known = elements(ET.fromstring(gzip.decompress(saved.read_bytes()))[0])
    # that set is empty: what is in clips and locators is not there to be held against
    filled = ("Events", "Locators/Locators", "LiveSet/Tracks")
    compared = 0
    for path, all_inside in elements(live_set).items():
        if any(part in path for part in ("AudioClip", "MidiClip", "Locators/Locators/")):
            continue
        assert path in known
        if path.endswith(filled):
            continue
        for inside in all_inside:
            orders = [[tag for tag in dict.fromkeys(order) if tag in inside] for order in known[path]]
            assert list(dict.fromkeys(inside)) in orders, path
            compared += 1
    assert compared > 500
    missing = known.keys() - elements(live_set).keys()
    looks = {path for path in missing if LEFT_OUT & set(path.split("/")) or path.startswith(VIEW)}
    assert missing - looks == set()


DRAWN = st.tuples(
    st.integers(0, 64), st.integers(1, 40), st.integers(36, 40), st.integers(1, 127), st.integers(-3, 3)
)
"""Onset and length in 16ths, pitch, velocity, and how late a note is in 96ths."""


@given(st.lists(DRAWN, min_size=1, max_size=30))
def test_no_key_is_struck_while_it_is_held(drawn: list[tuple[int, int, int, int, int]]) -> None:
    notes = tuple(
        Note(Fraction(onset, 4), Fraction(length, 4), pitch, velocity, offset=Fraction(late, 96))
        for onset, length, pitch, velocity, late in drawn
    )
    length = Fraction(16)
    keys = keys_struck(NoteClip("Verse", (1, 2, 3), Fraction(0), length, notes))
    asked = {(note.pitch, max(Fraction(0), note.sounding_onset)) for note in notes}
    assert {(pitch, onset) for pitch, strikes in keys.items() for onset, _, _ in strikes} == {
        (pitch, onset) for pitch, onset in asked if onset < length
    }
    for pitch, strikes in keys.items():
        assert strikes == sorted(strikes)
        followed = [*(onset for onset, _, _ in strikes), length][1:]
        for (onset, lasts, velocity), following in zip(strikes, followed, strict=True):
            together = [
                n for n in notes if n.pitch == pitch and max(Fraction(0), n.sounding_onset) == onset
            ]
            longest = max(note.sounding_end for note in together)
            assert onset + lasts == min(longest, following) > onset
            assert velocity in {note.velocity for note in together if note.sounding_end == longest}


def test_the_same_song_gives_the_same_set(folder: Path, tmp_path: Path) -> None:
    write_live_set(tmp_path / "song.als", *song(tmp_path))
    assert (tmp_path / "song.als").read_bytes() == (folder / "song.als").read_bytes()


@pytest.mark.parametrize(
    ("colour", "number"), [((0xFF, 0x94, 0xA6), 0), ((0xAF, 0x32, 0x32), 56), ((255, 0, 0), 14)]
)
def test_colours_are_the_nearest_of_lives_menu(colour: tuple[int, int, int], number: int) -> None:
    assert nearest_colour(colour) == number
