"""Songs as an album: levelled, in order, on a CD's frames, and readable by others than its writer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC

import composer
from composer.handover.album import CD_FRAME, CD_RATE, Track, cue_sheet, make_album
from render.audio.r128 import Loudness, measure_loudness
from structure.base.errors import RitornelloError
from tests.composer.songmaker import SHORT_SPEC, Run, names_in, small_plan
from tests.tones import ToneBackend


def time_of(sheet: str, track: int, index: str) -> int:
    """The frame of a CD at which a track's index lies in a CUE sheet."""
    part = sheet.split(f"TRACK {track:02}")[1].split("TRACK", maxsplit=1)[0]
    found = re.search(rf"INDEX {index} (\d\d):(\d\d):(\d\d)", part)
    assert found
    minutes, seconds, frames = map(int, found.groups())
    return (60 * minutes + seconds) * 75 + frames


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two songs, the second one softer and with credits."""
    place = tmp_path_factory.mktemp("album")
    credits = 'credits: {artist: "Ada \\"A\\" Lark", isrc: QZ-ABC-26-00001, album: First}\n'
    specs = [SHORT_SPEC, credits + "master: {loudness_lufs: -20}\n" + SHORT_SPEC.replace("Small", "Soft")]
    return [
        composer.compose(spec, backend=ToneBackend(), cache=False).save(place / str(k))
        for k, spec in enumerate(specs)
    ]


@pytest.mark.slow
def test_an_album_is_levelled_and_lies_on_the_frames_of_a_cd(songs: list[Path], tmp_path: Path) -> None:
    made = make_album(songs, tmp_path / "out", gap_s=1.5)
    assert names_in(tmp_path / "out") == [
        "01 Small Song.flac", "02 Soft Song.flac", "First.cue", "First.txt", "First.wav", "export.json",
    ]  # fmt: skip
    lufs = []
    image, rate = soundfile.read(tmp_path / "out" / "First.wav", always_2d=True)
    assert rate == CD_RATE
    assert len(image) % CD_FRAME == 0
    sheet = (tmp_path / "out" / "First.cue").read_text()
    for number, name in enumerate(("01 Small Song.flac", "02 Soft Song.flac"), 1):
        audio, _ = soundfile.read(tmp_path / "out" / name, always_2d=True)
        lufs.append(measure_loudness(np.ascontiguousarray(audio.T, dtype=np.float32), rate).integrated_lufs)
        start = CD_FRAME * time_of(sheet, number, "01")
        assert np.abs(image[start : start + len(audio)] - audio).max() <= 2 * 2**-15
    assert lufs[0] == pytest.approx(lufs[1], abs=0.05)
    assert lufs[0] == pytest.approx(-20.0, abs=0.1)
    assert time_of(sheet, 2, "01") - time_of(sheet, 2, "00") == 113, "1.5 s are 112.5 frames"
    assert FLAC(tmp_path / "out" / "02 Soft Song.flac")["TRACKNUMBER"] == ["2"]
    assert FLAC(tmp_path / "out" / "01 Small Song.flac")["ALBUM"] == ["First"]
    assert [track.gain_db < -5 for track in made.tracks] == [True, False]
    document = json.loads((tmp_path / "out" / "export.json").read_text())
    assert all(check["passed"] for check in document["checks"])


@pytest.mark.slow
def test_an_album_by_the_command_line(songs: list[Path], run: Run, tmp_path: Path) -> None:
    out = tmp_path / "again"
    code, said, _ = run("album", *map(str, songs), "--out", str(out), "--title", "T/1", "--preset", "film")
    assert code == 0
    assert said.count("-24.0 LUFS") == 2
    assert (out / "T 1.cue").is_file()
    code, _, error = run("album", str(songs[0]), "--out", str(out))
    assert code == 2
    assert "--force" in error
    assert run("album", str(songs[0]), "--out", str(out), "--force")[0] == 0
    assert names_in(out) == ["01 Small Song.flac", "Album.cue", "Album.txt", "Album.wav", "export.json"]


@pytest.mark.parametrize(
    ("songs", "options", "said"),
    [
        ([], {}, "needs a song"),
        (["a"] * 100, {}, "99 tracks at most"),
        (["a"], {"gap_s": -1.0}, "a gap lasts from 0 to 30 s"),
        (["a"], {"gap_s": float("nan")}, "a gap lasts from 0 to 30 s"),
        (["nowhere"], {}, "nowhere is not a folder"),
    ],
)
def test_what_is_no_album_is_said(
    songs: list[str], options: dict[str, float], said: str, tmp_path: Path
) -> None:
    with pytest.raises(RitornelloError, match=said):
        make_album([tmp_path / name for name in songs], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_a_sheet_has_no_quotes_in_names_and_no_gap_where_there_is_none() -> None:
    silent = Loudness(-14.0, 0.0, -10.0, -12.0, -1.0)
    plan = small_plan()
    tracks = [Track(k, plan, "", k * 588 * 75, 588 * 75, 0.0, silent) for k in (1, 2)]
    sheet = cue_sheet('A "B"\nC', "x.wav", tracks)
    assert "TITLE \"A 'B' C\"" in sheet
    assert sheet.count("INDEX 00") == 1, "before the first track alone"
    assert "INDEX 01 00:02:00" in sheet
