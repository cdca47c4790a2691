"""A song of four tempi and two metres, with a bar of another length, a ritardando and a fermata: all files
say the same, and the song passes its own checks."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from xml.etree import ElementTree

import mido
import numpy as np
import pytest
import rpp
import soundfile
from mutagen.flac import FLAC

import composer
from composer.handover.layout import FORMATS
from render.clips.wanted import ClipPlan
from structure.base.grid import SAMPLE_RATE
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan
from tests.builders import nonempty
from tests.tones import ToneBackend

OTHERS = ("lrc", "srt", "ustx", "mp3", "ogg", "opus", "m4a")
"""Formats of songs in which somebody sings words, and those that hold what FLAC holds, in fewer bytes."""

EXPORTED = tuple(name for name in FORMATS if name not in OTHERS)

pytestmark = pytest.mark.slow

TITLE = "Four Tempi"
SPEC = """
title: Four Tempi
genre: pop
tempo: 120
meter: 4/4
key: C major
seed: 3
stems:
  - {name: kit, role: drums, prompt: rock drum kit}
  - {name: low, role: bass, prompt: electric bass}
  - {name: keys, role: chords, prompt: electric piano}
  - {name: tune, role: lead, prompt: flute}
form:
  - verse
  - {section: chorus, tempo: 132}
  - bridge
  - {section: chorus, tempo: 132}
  - {section: chorus, tempo: 144, key: D major, prepared: false}
  - outro
sections:
  verse:
    bars: 6
    stems: [kit, low, keys, tune]
    events: [{bar: 6, do: meter, meter: 2/4}]
  chorus: {bars: 6, variation: 0, stems: [kit, low, keys, tune]}
  bridge: {bars: 8, meter: 6/8, tempo: 80, stems: [kit, low, keys, tune]}
  outro:
    bars: 4
    stems: [kit, low, keys]
    events:
      - {bar: 2, do: ritardando, tempo: 60}
      - {bar: 4, beat: 2, do: fermata}
export: {overview: true}
"""


def bar_lengths() -> Iterator[Fraction]:
    """Seconds of each bar, by hand: from beats a minute and beats alone."""
    yield from [Fraction(4 * 60, 120)] * 5
    yield Fraction(2 * 60, 120)
    yield from [Fraction(4 * 60, 132)] * 6
    yield from [Fraction(2 * 60, 80)] * 8
    yield from [Fraction(4 * 60, 132)] * 6
    yield from [Fraction(4 * 60, 144)] * 6
    yield Fraction(4 * 60, 120)
    eighths = [Fraction(30) / (120 - Fraction(60 * (step + 1), 24)) for step in range(24)]
    eighths[18], eighths[19] = 2 * eighths[18], 2 * eighths[19]
    for bar in range(3):
        yield sum(eighths[8 * bar : 8 * bar + 8], Fraction(0))


DOWNBEATS = [float(seconds) for seconds in accumulate(bar_lengths(), initial=Fraction(0))]
"""Seconds of every downbeat, and of the last double bar."""

SECTIONS = [0, 6, 12, 20, 26, 32]
"""First bars of the sections."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the rendered song."""
    song = composer.compose(SPEC, backend=ToneBackend(), cache=False)
    return song.save(tmp_path_factory.mktemp("changing") / "song")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export in every format but ``OTHERS``."""
    target = tmp_path_factory.mktemp("changing") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
        composer.export(folder, EXPORTED, out=target, cache=False)
    return target


@pytest.fixture(scope="module")
def plan(folder: Path) -> SongPlan:
    return read_plan(folder / "plan.json")


def same_times(found: list[float], wanted: list[float] = DOWNBEATS) -> None:
    """Fail where one of the times is off by a millisecond."""
    assert len(found) == len(wanted)
    assert found == pytest.approx(wanted, abs=0.001)


def test_the_map_is_that_of_the_spec_to_the_sample(plan: SongPlan) -> None:
    samples = [plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1)]
    assert samples == [round(SAMPLE_RATE * seconds) for seconds in DOWNBEATS]


def test_it_passes_its_own_checks(folder: Path) -> None:
    checks = {check.name: check for check in composer.verify(folder)}
    assert [name for name, check in checks.items() if check.passed is False] == []
    for name in ("tempo that is heard", "beats that are heard", "notes sound on the grid"):
        assert checks[name].passed, name
    assert checks["joins do not click"].passed
    assert checks["returning sections are the same"].passed


def test_attacks_of_the_drums_lie_on_the_downbeats_of_the_audio(folder: Path, plan: SongPlan) -> None:
    audio, rate = soundfile.read(folder / "stems" / "kit.wav", always_2d=True)
    level = np.abs(audio).max(axis=1)
    late = []
    for visit in plan.visits:
        grid, notes = plan.grid_of(visit), visit.music.score.parts["kit"].notes
        for bar in range(visit.bars):
            downbeat = grid.quarters_at_bar(bar)
            near = [note for note in notes if abs(note.onset - downbeat) < Fraction(1, 20)]
            struck = min(note.sounding_onset for note in near)
            played = grid.seconds_at(struck) - grid.seconds_at(downbeat)
            wanted = DOWNBEATS[visit.place.start_bar + bar] + played
            first = max(0, round((wanted - 0.02) * rate))
            around = level[first : first + round(0.04 * rate)]
            late.append((first + int(np.argmax(around > 0.25 * around.max()))) / rate - wanted)
    assert len(late) == plan.bars
    assert max(map(abs, late)) < 0.001


def test_a_chorus_returns_to_the_sample_at_its_tempo_and_is_another_clip_at_another(
    folder: Path, plan: SongPlan
) -> None:
    """As soon as what was before it has rung."""
    keys = {clip.place: clip.key for clip in ClipPlan.of(plan, ToneBackend()).all_clips}
    assert keys["chorus/1/tune"] == keys["chorus/2/tune"] != keys["chorus/3/tune"]
    assert keys["chorus/1/kit"] == keys["chorus/2/kit"] != keys["chorus/3/kit"]
    stem, rate = soundfile.read(folder / "stems" / "tune.wav", always_2d=True)
    one, other, faster = (round(rate * DOWNBEATS[bar]) for bar in (6, 20, 26))
    inside = slice(7 * rate, 9 * rate)
    assert np.array_equal(stem[one:][inside], stem[other:][inside])
    assert not np.allclose(stem[one:][inside], stem[faster:][inside], rtol=0.0, atol=1e-2)


def midi_downbeats(path: Path) -> list[float]:
    """Seconds of the bar lines of a MIDI file, walked from its tempo and metre events."""
    file = mido.MidiFile(path)
    events: list[tuple[int, mido.MetaMessage]] = []
    end = 0
    for track in file.tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type in ("set_tempo", "time_signature"):
                events.append((tick, message))
        end = max(end, tick)
    tempi = {tick: message.tempo for tick, message in events if message.type == "set_tempo"}
    meters = {
        tick: 4 * file.ticks_per_beat * message.numerator // message.denominator
        for tick, message in events
        if message.type == "time_signature"
    }

    def seconds(at: int) -> float:
        places = [*sorted(tick for tick in tempi if tick < at), at]
        return sum(
            (later - tick) * tempi[tick] / 1e6 / file.ticks_per_beat for tick, later in pairwise(places)
        )

    found, tick, bar = [], 0, 0
    while tick <= end:
        bar = meters.get(tick, bar)
        found.append(seconds(tick))
        tick += bar
    return found


def test_midi_has_the_downbeats_of_the_audio(folder: Path, out: Path) -> None:
    same_times(midi_downbeats(folder / "score.mid"))
    same_times(midi_downbeats(out / "MIDI" / f"{TITLE}.mid"))
    for path in nonempty(path for path in (out / "MIDI").iterdir() if path.stem != TITLE):
        same_times(midi_downbeats(path))


def musicxml_downbeats(path: Path) -> list[float]:
    """Seconds of the bar lines of a score, walked from its durations and its sounding tempi."""
    part = ElementTree.parse(path).getroot().findall("part")[0]
    divisions, tempi, lines = Fraction(1), dict[Fraction, float](), [Fraction(0)]
    for measure in part.findall("measure"):
        at, downbeat, furthest = lines[-1], lines[-1], lines[-1]
        for element in measure:
            divisions = Fraction(element.findtext("divisions") or divisions)
            length = Fraction(element.findtext("duration") or 0) / divisions
            if element.tag == "backup":
                at -= length
            elif element.tag == "forward" or (element.tag == "note" and element.find("chord") is None):
                at += length
            sound = element if element.tag == "sound" else element.find("sound")
            if sound is not None and sound.get("tempo"):
                place = at + Fraction(element.findtext("offset") or 0) / divisions
                assert downbeat <= place
                tempi[place] = float(sound.get("tempo", ""))
            furthest = max(furthest, at)
        lines.append(furthest)

    def seconds(line: Fraction) -> float:
        places = [*sorted(place for place in tempi if place < line), line]
        return sum(float(later - place) * 60 / tempi[place] for place, later in pairwise(places))

    return [seconds(line) for line in lines]


def test_musicxml_has_the_downbeats_of_the_audio(folder: Path) -> None:
    same_times(musicxml_downbeats(folder / "score.musicxml"))


def walked(points: list[tuple[float, float]], meters: dict[float, float], *, end: float) -> list[float]:
    """Seconds of the bar lines up to the quarter ``end``, from points (quarter, quarters a minute) and the
    quarters of a bar from a quarter on."""

    def seconds(at: float) -> float:
        starts = [*(start for start, _ in points if start < at), at]
        return sum(
            (later - start) * 60 / tempo for (start, tempo), later in zip(points, starts[1:], strict=False)
        )

    found, at, bar = [], 0.0, 0.0
    while at <= end + 1e-6:
        bar = next((length for start, length in meters.items() if abs(start - at) < 1e-6), bar)
        found.append(seconds(at))
        at += bar
    return found


def test_reaper_has_the_downbeats_of_the_audio(out: Path, plan: SongPlan) -> None:
    project = rpp.loads((out / f"{TITLE}.rpp").read_text())
    rows = [line[1:] for line in project.find("TEMPOENVEX").children if line[0] == "PT"]
    quarter, points, meters, before = 0.0, [], {}, (0.0, 120.0)
    for row in rows:
        at, tempo = float(row[0]), float(row[1])
        quarter += (at - before[0]) * before[1] / 60
        before = (at, tempo)
        points.append((quarter, tempo))
        if len(row) > 3:
            meters[quarter] = 4.0 * (int(row[3]) % 65536) / (int(row[3]) // 65536)
    same_times(walked(points, meters, end=float(plan.grid.quarters_at_bar(plan.bars))))
    markers = [line for line in project.children if isinstance(line, list) and line[0] == "MARKER"]
    places = {float(marker[2]) for marker in markers}
    for bar in SECTIONS:
        assert min(abs(place - DOWNBEATS[bar]) for place in places) < 0.001


def test_dawproject_has_the_downbeats_of_the_audio(out: Path, plan: SongPlan) -> None:
    with zipfile.ZipFile(out / f"{TITLE}.dawproject") as archive:
        root = ElementTree.fromstring(archive.read("project.xml"))
    read: Callable[[ElementTree.Element, str], float] = lambda point, name: float(point.get(name, ""))  # noqa: E731
    (tempo,) = root.iter("TempoAutomation")
    points = [(read(one, "time"), read(one, "value")) for one in tempo.iter("RealPoint")]
    meters = {
        read(one, "time"): 4 * read(one, "numerator") / read(one, "denominator")
        for one in root.iter("TimeSignaturePoint")
    }
    same_times(walked(points, meters, end=float(plan.grid.quarters_at_bar(plan.bars))))


def test_chapters_begin_with_their_sections(out: Path) -> None:
    tags = FLAC(out / f"{TITLE}.flac").tags
    assert tags is not None
    times = [tags[f"CHAPTER{number:03}"][0] for number in range(1, len(SECTIONS) + 1)]
    seconds = [60 * (60 * int(h) + int(m)) + float(s) for h, m, s in (time.split(":") for time in times)]
    same_times(seconds, [DOWNBEATS[bar] for bar in SECTIONS])


def test_the_lead_sheet_says_where_tempo_and_metre_change(out: Path) -> None:
    root = ElementTree.parse(out / f"{TITLE} Lead Sheet.musicxml").getroot()
    meters = [f"{time.findtext('beats')}/{time.findtext('beat-type')}" for time in root.iter("time")]
    assert meters == ["4/4", "2/4", "4/4", "6/8", "4/4"]
    assert "rit." in {words.text for words in root.iter("words")}
    marks = {float(mark.text or 0) for mark in root.iter("per-minute")}
    assert {120, 132, 80, 144} <= marks
