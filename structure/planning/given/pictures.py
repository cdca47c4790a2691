"""Songs for pictures: sections, bars and tempi that bring downbeats to the moments that are asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.grid import LONGEST_BAR, Grid, Meter
from structure.forms.planning import Form
from structure.picture.cues import Cue
from structure.picture.fitting import WIDEST, HitFit, OddBar, Stretch, fit_hits
from structure.picture.timecodes import time_text
from structure.plans.events import Event
from structure.plans.plan import HitPoint
from structure.specs.hits import HitsSpec
from structure.specs.spec import FormEntry, SectionSpec, SongSpec
from structure.tempo.frames import Frame
from structure.tempo.pins import Pin, apply_pins

_AFTER_S = 6.0
"""Seconds that a song of no given length lasts at least after its last moment."""

_MET_MS = 20.0
"""From here on a downbeat is not at its moment."""


def bars_for_hits(hits: HitsSpec, grid: Grid) -> int | None:
    """Return the length, in whole groups of four bars, of a song that ends soon after its last moment.

    It is for a song of no given length. None where ``hits`` has no moments.
    """
    if not hits.at:
        return None
    bars = grid.bars_in_seconds(round(float(hits.cues[-1].seconds) + _AFTER_S, 3))
    return max(4, -int(-bars // 4) * 4)


def fit_form(
    spec: SongSpec, form: Form, frames: Sequence[Frame], end_s: float | None
) -> tuple[Form, HitFit]:
    """Return the form with the bars that bring downbeats to the moments of a spec, and how they do.

    ``end_s`` is how long the song is to last in seconds, None where that is open.
    """
    if not spec.hits.at:
        return form, HitFit(form.lengths, (), ())
    stretches = []
    for i, frame in enumerate(frames):
        name = form.walk[i]
        section = spec.sections.get(name, SectionSpec())
        entry = spec.form[i] if isinstance(spec.form, tuple) else FormEntry(section=name)
        is_firm = (
            (form.named is not None and form.named.counterpoint is not None)
            or section.bars is not None
            or entry.bars is not None
            or any(owner.chords or owner.parts or owner.comp or owner.lyrics for owner in (section, entry))
            or bool(spec.parts)
            or len(set(frame.meters)) > 1
        )
        bar_s = float(60 * frame.meter.bar_quarters / frame.quarters_per_minute)
        beats = frame.meter.beats_per_bar
        most = LONGEST_BAR // (frame.meter.numerator // beats)
        stretches.append(Stretch(frame.bars, bar_s, beats, most, is_firm))

    times = [float(cue.seconds) for cue in spec.hits.cues]
    reached = [time for time in times if end_s is None or time < end_s]
    fit = fit_hits(stretches, reached, end_s)
    own = {
        i: n for i, (name, n) in enumerate(zip(form.walk, fit.bars, strict=True)) if n != form.bars[name]
    }
    late = (None,) * (len(times) - len(reached))
    return replace(form, own_bars=own), replace(fit, downbeats=(*fit.downbeats, *late))


def with_odd_frames(frames: Sequence[Frame], odd: Sequence[OddBar]) -> tuple[Frame, ...]:
    """Return the frames with bars that have a beat more or less."""
    found = list(frames)
    for bar in odd:
        meter = found[bar.visit].meter
        other = Meter(bar.beats * (meter.numerator // meter.beats_per_bar), meter.denominator)
        event = Event(bar=bar.bar + 1, do="meter", bars=1, meter=other)
        found[bar.visit] = replace(found[bar.visit], events=(*found[bar.visit].events, event))
    return tuple(found)


def with_hits(grid: Grid, cues: Sequence[Cue], fit: HitFit, bars: int) -> tuple[Grid, tuple[HitPoint, ...]]:
    """Return a grid whose tempi bring the downbeats of ``fit`` to their moments, and the moments.

    ``bars`` is the length of the song. Moments too near to others for a downbeat get a beat or half a beat.
    """
    end = grid.quarters_at_bar(bars)
    pins = {
        cue.seconds: grid.quarters_at_bar(bar)
        for bar, cue in zip(fit.downbeats, cues, strict=True)
        if bar is not None
    }
    grid = apply_pins(grid, _in_order(pins), end)
    for cue in cues:
        if cue.seconds not in pins:
            place = _near_beat(grid, pins, cue.seconds, end)
            if place is not None:
                pins[cue.seconds] = place
                grid = apply_pins(grid, _in_order(pins), end)

    # A moment that nothing falls on has the nearest downbeat, and the reason why.
    points, before = [], Fraction(0)
    song_s, bar_s = grid.seconds_at(end), grid.seconds_at(grid.quarters_at_bar(1))
    for cue in cues:
        place, gap = pins.get(cue.seconds), float(cue.seconds - before)
        if place is not None and abs(grid.seconds_at(place) - float(cue.seconds)) * 1000 <= _MET_MS:
            bar, rest = grid.bar_at(place)
            beat = Fraction(1 + rest / grid.span_at(place).meter.beat_quarters)
            points.append(HitPoint(cue.seconds, cue.label, bar + 1, beat))
        else:
            residuals = {n: abs(_residual_s(grid, n, cue.seconds)) for n in range(1, bars + 1)}
            reason = "the bars there are given, and no tempo near the song's brings a downbeat to it"
            if cue.seconds >= song_s:
                reason = f"the song ends at {time_text(song_s)}"
            elif gap < bar_s:
                what = f"the one before it, at {time_text(before)}" if before else "the start"
                reason = f"it comes {gap:.2f} s after {what}, and a bar lasts {bar_s:.2f} s"
            nearest = min(residuals, key=residuals.__getitem__)
            points.append(HitPoint(cue.seconds, cue.label, nearest, reason=reason))
        before = cue.seconds
    return grid, tuple(points)


def _in_order(pins: Mapping[Fraction, Fraction]) -> list[Pin]:
    return [(place, seconds) for seconds, place in sorted(pins.items())]


def _near_beat(
    grid: Grid, pins: Mapping[Fraction, Fraction], at: Fraction, end: Fraction
) -> Fraction | None:
    """Return the half beat between two moments that comes to a third one by the least change of tempo.

    None where each needs more than :data:`~structure.picture.fitting.WIDEST`.
    """
    since = max((seconds for seconds in pins if seconds < at), default=Fraction(0))
    later = min((seconds for seconds in pins if seconds > at), default=None)
    first, last = pins.get(since, Fraction(0)), end if later is None else pins[later]
    step = grid.span_at(first).meter.beat_quarters / 2
    found: list[tuple[float, Fraction]] = []
    for n in range(1, int((last - first) / step)):
        place = first + n * step
        lasts = grid.seconds_at(place) - float(since)
        changes = [abs(math.log(lasts / float(at - since)))]
        if later is not None:
            changes.append(abs(math.log((float(later - since) - lasts) / float(later - at))))
        found.append((max(changes), place))
    change, place = min(found, default=(math.inf, first))
    return place if change <= WIDEST else None


def notes_on_hits(grid: Grid, hits: Sequence[HitPoint]) -> tuple[str, ...]:
    """Return what the user should know of moments that nothing falls on."""
    return tuple(
        f"no beat is at {time_text(hit.seconds)}{' ' if hit.label else ''}{hit.label}: the downbeat of bar "
        f"{hit.bar} is {abs(_residual_s(grid, hit.bar, hit.seconds)):.2f} s off, since {hit.reason}"
        for hit in hits
        if hit.reason
    )


def _residual_s(grid: Grid, bar: int, seconds: Fraction) -> float:
    return grid.sample_at_bar(bar - 1) / grid.sample_rate - float(seconds)
