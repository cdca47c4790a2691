"""The form of a song: its bars where sections have tempi of their own, and the frames of its visits."""

from __future__ import annotations

from dataclasses import replace

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.base.labels import kind_of
from structure.base.lengths import LONGEST_S, format_seconds
from structure.forms.asked import form_asks
from structure.forms.planning import Form, FormRequest, lines_of, plan_form
from structure.forms.section_lengths import bar_doubling
from structure.harmony.kinds import harmony_called
from structure.planning.brief import Brief
from structure.planning.contexts import read_given_chords
from structure.planning.settling import SettledSong
from structure.planning.wishes.changes import (
    changes_pace,
    visit_frames,
)
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import song_wide
from structure.tempo.frames import Frame, build_written_grid

_TRIES = 5
"""Lengths in bars that are tried until the song's time is met."""


def check_length(grid: Grid, bars: int, brief: Brief) -> None:
    """Raise PlanError for a song that lasts longer than ``length`` may ask for."""
    seconds = grid.seconds_at(grid.quarters_at_bar(bars))
    if seconds > LONGEST_S + bar_seconds(brief):
        raise PlanError(
            f"{bars} bars last {format_seconds(seconds)}, but a song lasts "
            f"{format_seconds(LONGEST_S)} at most",
            field="length" if brief.is_length_in_bars else "form",
            hint="ask for fewer bars, or for a faster tempo",
        )


def length_s(brief: Brief) -> float | None:
    """Return the seconds that are asked for at the song's first tempo, None where its length is open."""
    if brief.exact_bars is None:
        return None
    return brief.grid.seconds_at(brief.exact_bars * brief.grid.meter.bar_quarters)


def plan_timed_form(song: SettledSong) -> Form:
    """Return the form, with as many bars as its length takes where sections have tempi of their own.

    Raises PlanError where there is none.
    """
    brief = song.brief
    if brief.exact_bars is None or brief.is_length_in_bars:
        return _form(song)
    if not changes_pace(song.spec, song.wishes):
        form = _form(song)
        if not changes_pace(with_entries(song.spec, form, brief), song.wishes):
            return form
    asked = brief.grid.seconds_at(brief.exact_bars * brief.grid.meter.bar_quarters)
    aim, found = brief.exact_bars, dict[float, Form]()
    for _ in range(_TRIES):
        try:
            form = _form(replace(song, brief=replace(brief, exact_bars=aim)))
        except PlanError:
            if found:
                break
            # The bars are given: their form is taken if it lasts as long as is asked for, to the bar.
            form = _form(replace(song, brief=replace(brief, exact_bars=None)))
            if abs(_lasts(song, form) - asked) > bar_seconds(brief):
                raise
            return form
        has = _lasts(song, form)
        found.setdefault(abs(has - asked), form)
        if abs(has - asked) <= bar_seconds(brief) / 2:
            break
        aim *= Fraction(asked / has).limit_denominator(1000)
    return found[min(found)]


def _lasts(song: SettledSong, form: Form) -> float:
    """Return how many seconds a song has in a form, with the tempi of its sections."""
    grid = build_written_grid(frames_of(song, form), song.brief.grid.sample_rate)
    return grid.seconds_at(grid.quarters_at_bar(form.total_bars))


def bar_seconds(brief: Brief) -> float:
    """Return how long a bar lasts at the start of the song."""
    return brief.grid.seconds_at(brief.grid.meter.bar_quarters)


def _form(song: SettledSong) -> Form:
    """Return the song's form.

    What only the wishes ask for gives way where not all of it can be done: first a length of the song, then
    lengths and times of its sections, last their places.
    """
    asks = form_asks(song.wishes)
    doubling = bar_doubling(song.brief.style, song.brief.grid)
    usual = song.brief.style.section_bars
    asks = replace(
        asks, lengths=tuple(one.beside(usual.get(one.section, 8) * doubling) for one in asks.lengths)
    )
    is_firm, has_length = song.brief.is_length_firm, song.brief.exact_bars is not None
    plain = replace(asks, lengths=(), timed=())
    tries = [(asks, True)]
    if has_length and not is_firm:
        tries.append((asks, False))
    if plain != asks:
        tries.append((plain, True))
    if asks.shapes_walk:
        tries.append((replace(plain, counts={}, least={}, beside=(), starts=None, ends=None), True))
    fault: PlanError | None = None
    sections, brief = song.spec.sections, song.brief
    for asked, asks_length in tries:
        try:
            request = FormRequest(
                total_bars=brief.total_bars if asks_length else None,
                usual_bars=brief.usual_bars,
                doubling=doubling,
                exact_bars=brief.exact_bars if asks_length else None,
                fixed_bars={name: s.bars for name, s in sections.items() if s.bars is not None},
                chord_bars=_bars_of_asked_chords(song)
                | {
                    name: len(read_given_chords(song, name, section.chords))
                    for name, section in sections.items()
                    if section.chords is not None
                },
                # A section that is named for its takes alone says nothing of the form.
                names=tuple(
                    name
                    for name, section in sections.items()
                    if kind_of(name) and section.model_fields_set != {"take"}
                ),
                bar_s=float(brief.grid.seconds_at(brief.grid.quarters_at_bar(1))),
                asks=asked,
                is_loose=not brief.is_length_in_bars,
            )
            return plan_form(song.spec, brief.style, request, song.seed)
        except PlanError as exc:
            fault = fault or exc
    raise fault or PlanError("no form can be planned")


_ROUNDS = ("verse", "chorus", "hook", "solo", "instrumental", "head", "refrain")
"""Sections that go round a progression of many bars."""

_LONG_ROUND = 12
"""Bars of a progression that is whole only where a section has room for it."""


def _bars_of_asked_chords(song: SettledSong) -> dict[str, int]:
    """Return the bars of a long progression that the words ask for, for each section that goes round it."""
    family = song.brief.key.family
    for what in (wish.what for wish in song_wide(song.wishes, "harmony")):
        kind = harmony_called(what)
        lines = () if kind is None else kind.progressions.get(family, ())
        bars = max((line.count("|") + 1 for line in lines), default=0)
        if bars >= _LONG_ROUND:
            return dict.fromkeys(_ROUNDS, bars)
    return {}


def _has_takes_alone(section: SectionSpec) -> bool:
    """Return whether a section is named for its takes alone, which say nothing of the form."""
    return section.model_fields_set == {"take"}


def notes_on_length(brief: Brief, form: Form, grid: Grid) -> tuple[str, ...]:
    """Return what the user should know of how the length was met; ``grid`` has the sections' own tempi."""
    if brief.exact_bars is None or brief.total_bars == form.total_bars:
        return ()
    asked_s = brief.grid.seconds_at(brief.exact_bars * brief.grid.meter.bar_quarters)
    has_s = grid.seconds_at(grid.quarters_at_bar(form.total_bars))
    if not grid.is_steady and not brief.is_length_in_bars and abs(asked_s - has_s) <= bar_seconds(brief):
        return ()
    asked = "" if brief.is_length_in_bars else f" of {format_seconds(asked_s)}"
    return (
        f"the length{asked} that is asked for is {brief.total_bars} bars; "
        f"the sections of its form add up to {form.total_bars} ({format_seconds(has_s)})",
    )


def notes_on_times(song: SettledSong, form: Form, grid: Grid) -> tuple[str, ...]:
    """Return what the user should know of sections that begin at another time than is asked for.

    ``grid`` has the sections' own tempi.
    """
    bar_s, found = bar_seconds(song.brief), []
    for timed in form_asks(song.wishes).timed:
        lines = [line for line, _ in lines_of(form, timed.section)]
        times = [grid.seconds_at(grid.quarters_at_bar(line)) for line in lines]
        if timed.bar is not None:
            is_met, asked = timed.bar in lines, f"in bar {timed.bar + 1}"
            has = ", ".join(str(line + 1) for line in lines)
        else:
            is_met = any(abs(time - timed.seconds) <= bar_s for time in times)
            asked, has = f"at {format_seconds(timed.seconds)}", ", ".join(map(format_seconds, times))
        if not is_met:
            begins = f"it begins {'in bar' if timed.bar is not None else 'at'} {has}"
            begins = begins if lines else "the song has none"
            found.append(f"{timed.section} is asked for {asked}, which the form cannot have; {begins}")
    return tuple(dict.fromkeys(found))


def with_entries(spec: SongSpec, form: Form, brief: Brief) -> SongSpec:
    """Return the spec with what a form by name says of its visits in the place of its name."""
    if isinstance(spec.form, tuple):
        return spec
    named, entries = form.named, list(form.entries)
    for i, entry in enumerate(form.entries):
        like = None if named is None else named.visit_like(entry.section, entry.variation, entry.energy)
        if like is not None and like.pace is not None:
            # A form by name may give a visit a tempo of its own.
            beats = brief.grid.spans[0].quarters_per_minute / brief.grid.meter.beat_quarters
            tempo = float(max(1, round(beats * Fraction(str(like.pace)))))
            entries[i] = entry.model_copy(update={"tempo": tempo})
    return spec.model_copy(update={"form": tuple(entries) or None})


def frames_of(song: SettledSong, form: Form) -> tuple[Frame, ...]:
    """Return metre, tempo and length of each visit."""
    spec = with_entries(song.spec, form, song.brief)
    return visit_frames(spec, song.wishes, form.walk, form.bars, song.brief.grid, form.own_bars)
