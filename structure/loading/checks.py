"""What a song spec must hold across its fields: names that refer to each other, keys, chords, lengths.

The checks read plain data, as YAML gives it, and step over whatever is malformed, so that they can
report together with the faults that pydantic finds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeGuard

from structure.base.errors import SpecError, did_you_mean
from structure.base.grid import Grid, Meter, round_half_up
from structure.base.labels import kind_of, well_known_names
from structure.base.lengths import format_seconds, parse_length
from structure.base.types import LATEST_BAR
from structure.loading.yaml_reader import Path
from structure.lyrics.sheet import without_tags
from structure.lyrics.syllables import split_into_syllables
from structure.lyrics.text import LyricsError, read_lines
from structure.presets.forms import load_form
from structure.presets.styles import OwnStyle, style_names
from structure.specs.languages import find_language, guess_language

Data = Mapping[str, Any]

_NAME = re.compile(r"[a-z][a-z0-9_-]*")
"""What has the form of a name; what has not is a fault of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault and the path of the value that has it."""

    path: Path
    message: str
    hint: str = ""


def check_song(song: Data, own_style: OwnStyle | None = None) -> Iterator[Finding]:
    """Yield all findings across the fields of a song spec.

    The spec is given as plain data and may name ``own_style``.
    """
    yield from check_form_names_known_sections(song)
    yield from check_sections_are_visited(song)
    yield from check_stem_names_differ(song)
    yield from check_stem_names_are_known(song)
    yield from check_events_lie_in_their_sections(song)
    yield from check_genre_is_known(song, own_style)
    yield from check_mix_is_known(song)
    yield from check_keys_are_known(song)
    yield from check_chords_are_readable(song)
    yield from check_comps_fill_their_bars(song)
    yield from check_form_fits_the_length(song)
    yield from check_words_can_be_sung(song)


def check_words_can_be_sung(song: Data) -> Iterator[Finding]:
    """Check that words are in letters that somebody can sing, in the language that is said or guessed."""
    stems = [stem for stem in _list(song, "stems") if isinstance(stem, dict)]
    said = [stem.get("language") for stem in stems if stem.get("language")]
    places: list[tuple[Path, object]] = [(("lyrics",), song.get("lyrics"))]
    places += [((*path, "lyrics"), owner.get("lyrics")) for path, owner in _owners(song)]
    words = "\n".join(text for _, text in places if isinstance(text, str))
    try:
        language = find_language(said[0]) if said and isinstance(said[0], str) else guess_language(words)
    except ValueError:
        return  # a fault of its own
    for path, text in places:
        if isinstance(text, str):
            try:
                split_into_syllables(read_lines(without_tags(text)), language)
            except LyricsError as exc:
                yield Finding(path, exc.message, exc.hint or "")


def check_form_names_known_sections(song: Data) -> Iterator[Finding]:
    """Check that each section in the form is defined, or is one that every musician knows."""
    defined = _sections(song)
    for path, name in _visits(song):
        if name not in defined and kind_of(name) is None and _NAME.fullmatch(name):
            known = dict.fromkeys([*defined, *well_known_names()])
            yield Finding(path, f"no section is called {name!r}", _suggestion(name, known))


def check_sections_are_visited(song: Data) -> Iterator[Finding]:
    """Check that each section with a name of its own is visited; if not, it is probably misspelt."""
    visited = {name for _, name in _visits(song)}
    form = song.get("form")
    of_form: tuple[str, ...] = ()  # the sections of a form that is named
    if isinstance(form, str):
        with suppress(SpecError):
            of_form = load_form(form).section_names()
    for name in _sections(song):
        if name in visited or kind_of(name) is not None or not _NAME.fullmatch(name):
            continue
        if not visited:
            yield Finding(
                ("sections", name),
                f"{name!r} is not a well-known section, and there is no form that visits it",
                _suggestion(name, of_form or well_known_names()),
            )
        elif close := get_close_matches(name, sorted(visited), n=1):
            message = f"the form never visits {name!r}"
            yield Finding(("sections", name), message, f"did you mean {close[0]!r}?")


def check_stem_names_differ(song: Data) -> Iterator[Finding]:
    """Check that no two stems have the same name."""
    counts = Counter(name for _, name in _stems(song))
    seen: set[str] = set()
    for path, name in _stems(song):
        if counts[name] > 1 and name in seen:
            yield Finding(path, f"two stems are called {name!r}", "give each stem its own name")
        seen.add(name)


def check_stem_names_are_known(song: Data) -> Iterator[Finding]:
    """Check that ``stems`` and ``mute`` name stems of the song."""
    known = [name for _, name in _stems(song)]
    stems = [stem for stem in _list(song, "stems") if isinstance(stem, Mapping)]
    if not known or all(stem.get("role") == "audio" for stem in stems):
        return  # the players are planned
    for path, owner in _owners(song):
        for field in ("stems", "mute"):
            for i, name in enumerate(_list(owner, field)):
                if isinstance(name, str) and name not in known:
                    yield Finding(
                        (*path, field, i), f"no stem is called {name!r}", did_you_mean(name, known)
                    )
        for where, event in _events(path, owner):
            name = event.get("stem", "all")
            if isinstance(name, str) and name not in (*known, "all"):
                message = f"no stem is called {name!r}"
                yield Finding((*where, "stem"), message, did_you_mean(name, [*known, "all"]))


def check_events_lie_in_their_sections(song: Data) -> Iterator[Finding]:
    """Check that each event begins in a bar that its section has, on a beat that the bar has."""
    sections = _sections(song)
    for path, owner in _owners(song):
        name = path[1] if path[0] == "sections" else owner.get("section")
        section = sections.get(str(name), {})
        bars = owner.get("bars") or section.get("bars")
        meter = _meter({**song, **_take_frame(section), **_take_frame(owner)})
        for where, event in _events(path, owner):
            bar, beat = event.get("bar"), event.get("beat")
            if _is_number(bar) and _is_number(bars) and bar > bars > 0:
                message = f"bar {bar} is not in the section {str(name)!r}, which has {bars} bars"
                yield Finding((*where, "bar"), message, f"allowed: 1 to {bars}")
            if meter is not None and _is_number(beat) and beat >= meter.beats_per_bar + 1:
                message = f"a bar of {meter} has {meter.beats_per_bar} beats; there is no beat {beat:g}"
                yield Finding((*where, "beat"), message, f"allowed: 1 to {meter.beats_per_bar}")


def check_genre_is_known(song: Data, own_style: OwnStyle | None) -> Iterator[Finding]:
    """Check that the genres of the song, its sections and its visits are styles that we can plan."""
    for path, owner in [((), song), *_owners(song)]:
        genre, names = owner.get("genre"), style_names()
        if own_style is not None and genre == own_style.style.name:
            continue
        if isinstance(genre, str) and genre not in names:
            yield Finding((*path, "genre"), f"no style is called {genre!r}", did_you_mean(genre, names))


def check_mix_is_known(song: Data) -> Iterator[Finding]:
    """Check that the preset of the mix is one of ours."""
    from structure.presets.mixes import mix_names

    mix, names = song.get("mix"), mix_names()
    preset = mix.get("preset") if isinstance(mix, Mapping) else None
    if isinstance(preset, str) and preset not in names:
        path = ("mix", "preset")
        yield Finding(path, f"no mix is called {preset!r}", did_you_mean(preset, names))


def check_keys_are_known(song: Data) -> Iterator[Finding]:
    """Check that the keys of the song, of its sections and of its visits can be read."""
    from structure.harmony.keys import parse_key

    keys: list[tuple[Path, Any]] = [(("key",), song.get("key"))]
    keys += [((*path, "key"), owner.get("key")) for path, owner in _owners(song)]
    for path, key in keys:
        if isinstance(key, str):
            try:
                parse_key(key)
            except ValueError as exc:
                yield finding_of(path, exc)


def check_chords_are_readable(song: Data) -> Iterator[Finding]:
    """Check bar by bar that the chords of each section, and of each visit with its own, can be read."""
    sections = _sections(song)
    for path, owner in _owners(song):
        chords, section = owner.get("chords"), sections.get(str(owner.get("section")), {})
        if isinstance(chords, str):
            whole = {**section, **{k: v for k, v in owner.items() if v is not None}}
            for exc in _faults_of(song, whole, chords):
                found = finding_of((*path, "chords"), exc)
                hint = (
                    found.hint if path[0] == "sections" else found.hint.replace("the section", "the visit")
                )
                yield Finding(found.path, found.message, hint)


def check_comps_fill_their_bars(song: Data) -> Iterator[Finding]:
    """Check that each comp names the take of every bar of its section or visit."""
    from structure.specs.spec import TakeSpec, check_comp_fills, comp_ranges

    sections = _sections(song)
    for path, owner in _owners(song):
        bars = owner.get("bars") or sections.get(str(owner.get("section")), {}).get("bars")
        comps = owner.get("comp")
        for stem, comp in comps.items() if isinstance(comps, dict) else ():
            if not isinstance(comp, dict) or not comp or not isinstance(bars, int) or bars < 1:
                continue
            try:
                ranges = comp_ranges(dict.fromkeys(comp, TakeSpec()))
            except ValueError:
                continue  # a fault of its own
            try:
                check_comp_fills(ranges, bars)
            except ValueError as exc:
                yield finding_of((*path, "comp", stem), exc)


def check_form_fits_the_length(song: Data) -> Iterator[Finding]:
    """Check that a form whose bars are all given is as long as ``length`` asks, and not too long."""
    sections, visits, entries = _sections(song), list(_visits(song)), _list(song, "form")
    if not visits or len(visits) != len(entries):
        return
    bars = 0
    for (_, name), entry in zip(visits, entries, strict=True):
        own = entry.get("bars") if isinstance(entry, Mapping) else None
        each = sections.get(name, {}).get("bars") if own is None else own
        if not isinstance(each, int) or isinstance(each, bool) or each < 1:
            return  # a section leaves its length open
        bars += each

    if bars > LATEST_BAR:
        yield Finding(("form",), f"the form has {bars} bars", f"a song has {LATEST_BAR} at most")
    elif wanted := _describe_wanted_length(song, bars):
        found, grid = f"{bars} bars", _grid(song)
        if grid is not None:
            seconds = grid.seconds_at(grid.quarters_at_bar(bars))
            found += f" ({format_seconds(seconds)} at {song['tempo']} BPM)"
        message = f"length asks for {wanted}, but the form has {found}"
        yield Finding(("length",), message, "remove length, or mend the bars of the sections")


def _take_frame(owner: Data) -> Data:
    """Return the tempo and the metre that a section or a visit has of its own."""
    return {key: owner[key] for key in ("tempo", "meter") if owner.get(key) is not None}


def _faults_of(song: Data, section: Data, chords: str) -> Iterator[ValueError]:
    """Yield what is wrong with each chord, or else with the whole progression.

    A key that is left out or unknown is taken for C major.
    """
    from structure.harmony.bars import faults_of_chords, parse_progression, read_written_bars
    from structure.harmony.keys import parse_key

    bars, meter = section.get("bars"), _meter({**song, **_take_frame(section)}) or Meter()
    try:
        key = parse_key(section.get("key") or song.get("key") or "C major")
    except (ValueError, AttributeError, TypeError):
        key = parse_key("C major")
    try:
        if of_each := faults_of_chords(chords, key):
            yield from map(ValueError, of_each)
            return
        if not isinstance(bars, int) or not 0 < bars <= LATEST_BAR:
            bars = len(read_written_bars(chords, key, meter))
        parse_progression(chords, key, bars, meter)
    except ValueError as exc:
        yield exc


def _describe_wanted_length(song: Data, bars: int) -> str | None:
    """Return the length asked for, in words, if a form of ``bars`` bars does not last that long.

    None where it does. A length in seconds is met to the closest bar; None too while the tempo is open, and
    where tempo or metre may change, so that bars alone do not give the song's length.
    """
    value = song.get("length")
    try:
        length = parse_length(value) if isinstance(value, str | int | float) else None
    except ValueError:
        return None
    if length is None:
        return None
    if length.bars is not None:
        return None if length.bars == bars else f"{length.bars} bars"
    grid = _grid(song)
    may_change = any(_take_frame(owner) or owner.get("events") for _, owner in _owners(song))
    if grid is None or length.seconds is None or may_change:
        return None
    wanted = round_half_up(grid.bars_in_seconds(length.seconds))
    return None if wanted == bars else f"{format_seconds(length.seconds)} ({wanted} bars)"


def _grid(song: Data) -> Grid | None:
    """Return the song's grid; None while its tempo or its metre is open or wrong."""
    tempo, meter = song.get("tempo"), _meter(song)
    if not isinstance(tempo, int | float) or not 30 <= tempo <= 300 or meter is None:
        return None
    return Grid.steady(tempo, meter)


def _meter(song: Data) -> Meter | None:
    """Return the song's metre, or 4/4 where it names no metre and has neither description nor genre.

    None where the metre is left open otherwise, or cannot be read.
    """
    text = song.get("meter")
    if text is None and not song.get("description") and not song.get("genre"):
        return Meter()
    try:
        return Meter.parse(text) if isinstance(text, str) else None
    except ValueError:
        return None


def finding_of(path: Path, exc: ValueError) -> Finding:
    """Return a finding from an error that says what is wrong and, after a semicolon, what is allowed."""
    message, _, hint = str(exc).partition("; ")
    return Finding(path, message, hint)


def _suggestion(name: str, known: Iterable[str]) -> str:
    hint = did_you_mean(name, known)
    return hint if hint.startswith("did") else f"define it under sections; {hint}"


def _list(owner: Data, field: str) -> list[Any]:
    value = owner.get(field)
    return value if isinstance(value, list) else []


def _sections(song: Data) -> dict[str, Data]:
    value = song.get("sections")
    return {n: s for n, s in value.items() if isinstance(s, dict)} if isinstance(value, dict) else {}


def _visits(song: Data) -> Iterator[tuple[Path, str]]:
    for i, entry in enumerate(_list(song, "form")):
        if isinstance(entry, str):
            yield ("form", i), entry
        elif isinstance(entry, dict) and isinstance(entry.get("section"), str):
            yield ("form", i, "section"), entry["section"]


def _owners(song: Data) -> list[tuple[Path, Data]]:
    """Return the sections, and the visits in the form, that may have options."""
    owners: list[tuple[Path, Data]] = [(("sections", n), s) for n, s in _sections(song).items()]
    owners += [(("form", i), e) for i, e in enumerate(_list(song, "form")) if isinstance(e, dict)]
    return owners


def _events(path: Path, owner: Data) -> Iterator[tuple[Path, Data]]:
    for i, event in enumerate(_list(owner, "events")):
        if isinstance(event, dict):
            yield (*path, "events", i), event


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _stems(song: Data) -> Iterator[tuple[Path, str]]:
    for i, stem in enumerate(_list(song, "stems")):
        if isinstance(stem, dict) and isinstance(stem.get("name"), str):
            yield ("stems", i, "name"), stem["name"]
