"""A song as a project of REAPER: its stems on tracks from bar 1, markers and regions at its sections.

The format is text: nested blocks in angle brackets, a setting a line. Colours are red, green and blue from
the lowest byte up, with bit 24 set where there is one; REAPER's tempo counts quarters. Under each stem lies
a muted track with its notes, a MIDI item for each section: ``E``, ticks since the last event, and the three
bytes of a MIDI message; the last event says how long the item is.

Stems of one bus of the mix lie in a folder: ``ISBUS 1 1`` opens one, ``ISBUS 2 -1`` stands at its last
track. The chunk of tempi is there also where it is empty, as converters look for it. The master has a
limiter which is off: the stems sum to the premaster as they are, and who wants the master's level turns
it on.

What moves is automation: ``VOLENV2`` of a track's level, ``PARMENV`` of a filter. That filter is a JSFX of
ours in the folder ``Effects`` beside the project, since the settings of REAPER's own are not plain text.
Sends that move go to muted tracks without effects: ``AUXRECV`` names a track by its place in the file,
from 0. What they gave in the mix is audio on a track of its own.

By hand, since no library that is kept up writes the format.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from render.export.colours import Rgb
from render.export.project import (
    DRUM_CHANNEL,
    EFFECT_COLOUR,
    PITCHED_CHANNEL,
    DawProject,
    NoteClip,
    NoteClips,
    Points,
    Track,
    decimal,
)
from structure.base.files import write_atomically
from structure.base.grid import Meter, round_half_up
from structure.base.labels import display_name
from structure.base.plain_text import clean_line
from structure.plans.curves import OPEN_HZ, SHUT_HZ

FILTER = "Ritornello Filter.jsfx"
"""The file of the filter that moves, in the folder ``Effects``."""

_NAMESPACE = uuid.UUID("0f1d3c0e-7a56-5d0b-9b5e-6c1f2a7d9e34")
_HAS_COLOUR = 1 << 24
_TICKS_PER_QUARTER = 960
_NOTE_ON, _NOTE_OFF, _CONTROL = 0x90, 0x80, 0xB0
_ALL_NOTES_OFF = 123


def write_reaper(path: Path, project: DawProject, clips: NoteClips, drums: frozenset[str]) -> None:
    """Write a project beside the folders of its files. The same song gives the same bytes.

    ``clips`` are the notes of each stem, ``drums`` the stems of drums.
    """
    lines = list(_head(project))
    numbers = {track: number for number, track in enumerate(project.tracks, 1)}
    places: dict[Track, int] = {}
    written = 0
    for bus in dict.fromkeys(track.bus for track in project.tracks):
        inside: list[list[str]] = []
        written += bool(bus)
        for track in (track for track in project.tracks if track.bus == bus):
            number, places[track] = numbers[track], written + len(inside)
            inside.append(list(_track(project, track, f"track {number}")))
            if track.stem is not None:
                channel = DRUM_CHANNEL if track.stem in drums else PITCHED_CHANNEL
                notes = _note_track(project, track, clips.get(track.stem, ()), channel, f"notes {number}")
                inside.append(list(notes))
        if bus:
            colour = next(track.colour for track in project.tracks if track.bus == bus)
            lines += [*_track_head(display_name(bus), colour, False, f"bus {bus}"), "    ISBUS 1 1", "  >"]
            inside[-1].insert(-1, "    ISBUS 2 -1")
        written += len(inside)
        for own in inside:
            lines += own
    for name in project.effects:
        lines += _effect_track(project, name, places)
    lines.append(">")
    write_atomically(path, ("\n".join(lines) + "\n").encode())


def filter_code() -> bytes:
    """Return the filter that moves, as REAPER compiles it."""
    return (Path(__file__).parents[1] / "data" / "ritornello_filter.jsfx").read_bytes()


def _head(project: DawProject) -> Iterator[str]:
    """Yield what stands before the tracks: names, notes, the master, the tempo map and markers."""
    grid = project.grid
    first = grid.spans[0]
    yield '<REAPER_PROJECT 0.1 "7.0" 0'
    yield f"  TITLE {_quote(project.title)}"
    yield "  RIPPLE 0"
    yield f"  SAMPLERATE {grid.sample_rate} 1 0"
    yield f"  TEMPO {decimal(first.quarters_per_minute)} {first.meter.numerator} {first.meter.denominator}"

    facts = (project.genre, project.key, f"{float(first.tempo_bpm):g} bpm", str(first.meter))
    yield "  <NOTES 0 2"
    for line in (project.title, ", ".join(filter(None, facts)), "", *project.comment.splitlines()):
        yield f"    |{line}"
    yield "  >"

    yield "  MASTER_NCH 2 2"
    yield "  MASTER_VOLUME 1 0 -1 -1 1"
    yield "  MASTER_FX 1"
    yield from _LIMITER

    # A point is seconds, quarters a minute, 1 for "holds until the next", and the metre where it changes,
    # its denominator in the upper two bytes. A song of one tempo has no points.
    yield "  <TEMPOENVEX"
    yield "    ACT 1 -1"
    yield "    DEFSHAPE 1 -1 -1"
    meter: Meter | None = None
    for span in () if grid.is_steady else grid.spans:
        point = f"{decimal(grid.seconds_at(span.start))} {decimal(span.quarters_per_minute)} 1"
        if span.meter != meter:
            point += f" {span.meter.denominator << 16 | span.meter.numerator}"
        yield f"    PT {point}"
        meter = span.meter
    yield "  >"

    # A section has a marker and a region, whose end is a line of its own; a moment of a picture a marker.
    rate = grid.sample_rate
    for number, (section, rgb) in enumerate(zip(project.sections, project.section_colours, strict=True), 1):
        start, end = section.start / rate, (section.start + section.length) / rate
        name, colour = _quote(section.label), _colour(rgb)
        yield f"  MARKER {number} {decimal(start)} {name} 0 {colour} 1 R {_guid(f'marker {number}')} 0"
        yield f"  MARKER {number} {decimal(start)} {name} 1 {colour} 1 R {_guid(f'region {number}')} 0"
        yield f'  MARKER {number} {decimal(end)} "" 1'
    for number, hit in enumerate(project.hits, len(project.sections) + 1):
        name = _quote(hit.label)
        yield f"  MARKER {number} {decimal(hit.start / rate)} {name} 0 0 1 R {_guid(f'marker {number}')} 0"


def _track(project: DawProject, track: Track, key: str) -> Iterator[str]:
    """Yield a track with one item: gain 1, in the middle, without fades.

    The stem is mixed already.
    """
    yield from _track_head(track.name, track.colour, track.muted, key)
    rate = project.grid.sample_rate
    if track.volume:
        yield from _envelope("VOLENV2", track.volume, rate, f"{key} volume")
    if track.low_pass or track.high_pass:
        yield "    <FXCHAIN"
        yield "      SHOW 0"
        yield "      LASTSEL 0"
        yield "      DOCKED 0"
        yield "      BYPASS 0 0 0"
        yield f'      <JS "<Project>/{FILTER}" ""'
        yield f"        {decimal(OPEN_HZ)} {decimal(SHUT_HZ)}" + " -" * 62
        yield "      >"
        yield f"      FXID {_guid(key + ' filter')}"
        for index, points in enumerate((track.low_pass, track.high_pass)):
            if points:
                what = f"PARMENV {index} {decimal(SHUT_HZ)} {decimal(OPEN_HZ)} {decimal(OPEN_HZ / 2)}"
                yield from _envelope(what, points, rate, f"{key} filter {index}")
        yield "      WAK 0 0"
        yield "    >"
    yield from _item_head(track.name, 0.0, project.seconds, key)
    yield "      CHANMODE 0"
    yield "      <SOURCE WAVE"
    yield f"        FILE {_quote(track.file)}"
    yield "      >"
    yield "    >"
    yield "  >"


def _envelope(what: str, points: Points, sample_rate: int, key: str) -> Iterator[str]:
    """Yield an automation: time, value, and 0 for a straight line to the next."""
    yield f"    <{what}"
    yield f"      EGUID {_guid(key)}"
    yield "      ACT 1 -1"
    yield "      VIS 1 1 1"
    yield "      LANEHEIGHT 0 0"
    yield "      ARM 0"
    yield "      DEFSHAPE 0 -1 -1"
    for sample, value in points:
        yield f"      PT {decimal(Fraction(sample, sample_rate))} {decimal(value)} 0"
    yield "    >"


def _effect_track(project: DawProject, name: str, places: Mapping[Track, int]) -> Iterator[str]:
    """Yield a muted track to which others send, behind their faders: for an effect of the user's own."""
    yield from _track_head(f"{name} (sends)", EFFECT_COLOUR, True, f"effect {name}")
    for track in project.tracks:
        for sent, points in track.sends:
            if sent == name:
                yield f"    AUXRECV {places[track]} 0 1 0 0 0 0 0 0 -1:U 0 -1 ''"
                key = f"effect {name} {places[track]}"
                yield from _envelope("AUXVOLENV", points, project.grid.sample_rate, key)
    yield "  >"


def _track_head(name: str, colour: Rgb, muted: bool, key: str) -> Iterator[str]:
    guid = _guid(key)
    yield f"  <TRACK {guid}"
    yield f"    NAME {_quote(name)}"
    yield f"    PEAKCOL {_colour(colour)}"
    yield "    VOLPAN 1 0 -1 -1 1"
    yield f"    MUTESOLO {int(muted)} 0 0"
    yield "    NCHAN 2"
    yield f"    TRACKID {guid}"
    yield "    MAINSEND 1 0"


def _item_head(name: str, start_s: float, length_s: float, key: str) -> Iterator[str]:
    yield "    <ITEM"
    yield f"      POSITION {decimal(start_s)}"
    yield "      SNAPOFFS 0"
    yield f"      LENGTH {decimal(length_s)}"
    yield "      LOOP 0"
    yield "      FADEIN 1 0 0 1 0 0 0"
    yield "      FADEOUT 1 0 0 1 0 0 0"
    yield "      MUTE 0 0"
    yield f"      IGUID {_guid(key + ' item')}"
    yield f"      NAME {_quote(name)}"
    yield "      VOLPAN 1 0 1 -1"
    yield "      SOFFS 0"
    yield "      PLAYRATE 1 1 0 -1 0 0.0025"
    yield f"      GUID {_guid(key + ' take')}"


def _note_track(
    project: DawProject, track: Track, clips: Sequence[NoteClip], channel: int, key: str
) -> Iterator[str]:
    """Yield a muted track with the notes of a stem; without an instrument it would be silent anyway."""
    yield from _track_head(f"{track.name} (notes)", track.colour, True, key)
    for number, clip in enumerate(clips, 1):
        start = project.grid.seconds_at(clip.start)
        length = project.grid.part(clip.start, clip.start + clip.length).seconds_at(clip.length)
        yield from _item_head(clip.name, start, length, f"{key} {number}")
        yield "      <SOURCE MIDI"
        yield f"        HASDATA 1 {_TICKS_PER_QUARTER} QN"

        # Notes are released before others begin, and none outlasts its item.
        end = _ticks(clip.length)
        events = [(end, 2, _CONTROL, _ALL_NOTES_OFF, 0)]
        for note in clip.notes:
            on = max(0, _ticks(note.sounding_onset))
            off = min(end, max(on + 1, _ticks(note.sounding_end)))
            events += [(on, 1, _NOTE_ON, note.pitch, note.velocity), (off, 0, _NOTE_OFF, note.pitch, 0)]
        now = 0
        for tick, _, kind, first, second in sorted(events):
            yield f"        E {tick - now} {kind | channel:02x} {first:02x} {second:02x}"
            now = tick

        yield "      >"
        yield "    >"
    yield "  >"


def _ticks(quarters: Fraction) -> int:
    return round_half_up(quarters * _TICKS_PER_QUARTER)


def _quote(text: str) -> str:
    """Return a text in whichever quotes it does not hold itself; the format knows no escapes."""
    plain = clean_line(text)
    for quote in "\"'`":
        if quote not in plain:
            return quote + plain + quote
    return "`" + plain.replace("`", "'") + "`"


def _colour(rgb: Rgb) -> int:
    red, green, blue = rgb
    return _HAS_COLOUR | red | green << 8 | blue << 16


def _guid(key: str) -> str:
    return "{" + str(uuid.uuid5(_NAMESPACE, key)).upper() + "}"


_LIMITER = (
    "  <MASTERFXLIST",
    "    SHOW 0",
    "    LASTSEL 0",
    "    DOCKED 0",
    "    BYPASS 1 0 0",
    '    <JS loser/masterLimiter ""',
    "      0 200 100 500 -1" + " -" * 59,
    "    >",
    f"    FXID {_guid('limiter')}",
    "    WAK 0 0",
    "  >",
)
"""The master's effects: REAPER's own limiter in JS, with its usual values, and off."""
