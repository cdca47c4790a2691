"""Cues from files that other programs write, or that look as theirs do."""

from pathlib import Path

import opentimelineio as otio
import pytest

from structure.base.errors import MusicFileError
from structure.picture.cues import Cue, read_cues
from structure.picture.timecodes import FrameCount

COUNTING = FrameCount("25")
SHOTS = (("opening", 310), ("street", 470), ("door", 775))


def timeline() -> otio.schema.Timeline:
    """Three shots in a row, from one o'clock on."""
    rate = 25
    track = otio.schema.Track("V", kind=otio.schema.TrackKind.Video)
    for name, frames in SHOTS:
        span = otio.opentime.TimeRange(
            otio.opentime.RationalTime(50, rate), otio.opentime.RationalTime(frames, rate)
        )
        reference = otio.schema.ExternalReference(f"{name}.mov", span)
        track.append(otio.schema.Clip(f"{name}.mov", reference, span))
    found = otio.schema.Timeline("TRAILER", tracks=[track])
    found.global_start_time = otio.opentime.RationalTime(3600 * rate, rate)
    return found


def said(cues: tuple[Cue, ...]) -> list[tuple[float, str]]:
    return [(float(cue.seconds), cue.label) for cue in cues]


CUTS = [(12.4, "street.mov"), (31.2, "door.mov")]


def test_a_cut_list_that_opentimelineio_writes(tmp_path: Path) -> None:
    pytest.importorskip("otio_cmx3600_adapter", reason="pip install otio-cmx3600-adapter")
    path = tmp_path / "cuts.edl"
    otio.adapters.write_to_file(timeline(), str(path), adapter_name="cmx_3600", rate=25)
    assert [(time, label.removesuffix(".mov")) for time, label in said(read_cues(path, COUNTING))] == [
        (time, label.removesuffix(".mov")) for time, label in CUTS
    ]


def test_the_cuts_of_a_timeline(tmp_path: Path) -> None:
    path = tmp_path / "cuts.otio"
    otio.adapters.write_to_file(timeline(), str(path))
    assert said(read_cues(path, COUNTING)) == CUTS


def test_the_markers_of_a_timeline_go_before_its_cuts(tmp_path: Path) -> None:
    made = timeline()
    at = otio.opentime.TimeRange(otio.opentime.RationalTime(75, 25), otio.opentime.RationalTime(0, 25))
    made.tracks[0][1].markers.append(otio.schema.Marker("bang", at))
    made.tracks.markers.append(
        otio.schema.Marker("end", otio.opentime.TimeRange(otio.opentime.RationalTime(1500, 25)))
    )
    path = tmp_path / "cuts.otio"
    otio.adapters.write_to_file(made, str(path))
    assert said(read_cues(path, COUNTING)) == [(13.4, "bang"), (60.0, "end")]


EDL = """TITLE: TRAILER
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:12:10 01:00:00:00 01:00:12:10
* FROM CLIP NAME: opening.mov
002  AX       V     D    012 00:00:00:00 00:00:18:20 01:00:12:10 01:00:31:05
* FROM CLIP NAME: street.mov
"""


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("cuts.edl", EDL, [(12.4, "street.mov")]),
        ("avid.edl", EDL + "* LOC: 01:00:20:05 RED     THE LOGO\n", [(20.2, "THE LOGO")]),
        (
            "resolve.edl",
            "TITLE: T\nFCM: NON-DROP FRAME\n\n"
            "001  001      V     C        01:00:07:00 01:00:07:01 01:00:07:00 01:00:07:01  \n"
            " |C:ResolveColorBlue |M:Logo lands |D:1\n",
            [(7.0, "Logo lands")],
        ),
        (
            "reaper.csv",
            "#,Name,Start,End,Length\nM1,logo,42.5,,\nM2,door,1:10.25,,\n",
            [(42.5, "logo"), (70.25, "door")],
        ),
        (
            "premiere.csv",
            "Marker Name\tDescription\tIn\tOut\tDuration\tMarker Type\n"
            "Logo\t\t00:00:42:12\t00:00:42:12\t00:00:00:00\tComment\n",
            [(42.48, "Logo")],
        ),
        ("plain.txt", "0:12.4\tlogo\n31.2\tdoor\n", [(12.4, "logo"), (31.2, "door")]),
        ("turned.csv", "logo;0:12.4\ndoor;31.2\n", [(12.4, "logo"), (31.2, "door")]),
    ],
)
def test_files_as_editors_write_them(
    tmp_path: Path, name: str, text: str, found: list[tuple[float, str]]
) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / name).write_text(text, encoding=encoding)
        assert said(read_cues(tmp_path / name, COUNTING)) == found


def test_a_drop_frame_list_keeps_up_with_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "cuts.edl"
    path.write_text(EDL.replace("NON-DROP", "DROP").replace("01:00:12:10", "01:10:00:00"), encoding="utf-8")
    ((seconds, _),) = said(read_cues(path, FrameCount("29.97")))
    assert abs(seconds - 600) < 0.01


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("cuts.pdf", "", "cues are read from"),
        ("cuts.edl", "TITLE: NOTHING\n", "holds no cues"),
        (
            "cuts.edl",
            EDL.replace("01:00:12:10 01:00:31:05", "01:00:12:40 01:00:31:05"),
            "line 6: .*count 0 to 24",
        ),
        ("cuts.csv", "name,time\nlogo,soon\n", "row 2: 'soon' is no time"),
        ("cuts.otio", "{}", "no timeline"),
        ("cuts.otio", "{", "Expecting"),
    ],
)
def test_files_without_cues_say_why(tmp_path: Path, name: str, text: str, fault: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(MusicFileError, match=fault):
        read_cues(tmp_path / name, COUNTING)
