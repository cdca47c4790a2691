"""Writes a complete, commented song spec from a sentence: every choice of the planner made explicit.

What is written reads back as the same song, so that one can begin with a sentence and then edit.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from composer.sources.sentences import sentence_seed
from composer.sources.source import sentence_source
from composer.understanding.understanding import NOTHING, Understanding, understand_song
from structure.base.grid import Meter
from structure.base.lengths import format_seconds
from structure.base.types import SUNG
from structure.harmony.keys import parse_key
from structure.harmony.transposition import lift_score
from structure.loading.yaml_editor import scalar_text
from structure.plans.events import WHOLE_BAND, Event
from structure.plans.lengths import move_events
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import SectionScore
from structure.specs.schema import MODELINE
from structure.specs.spec import SongSpec


def write_template(description: str) -> str:
    """Return a whole song spec in YAML, planned from a sentence.

    Raises SpecError, FolderError and PlanError.
    """
    from structure.planning.planner import plan_song

    spec = sentence_source(description).spec
    plan = plan_song(spec)
    return template_of(spec, plan, understand_song(plan, spec))


def template_of(spec: SongSpec, plan: SongPlan, understood: Understanding = NOTHING) -> str:
    """Return a planned song as a whole spec in YAML, with comments on what was ``understood``."""
    mix = plan.mix
    rest = [
        "# How it is mixed. Stems are sent to an echo in time with the song, and give way to the kick.",
        "mix:",
        f"  preset: {mix.preset} # {mix.summary[0].lower() + mix.summary[1:]}",
        f"  dynamics_db: {_number(mix.dynamics_db)} # between energies 0 and 1",
        f"  delay: {{note: {mix.delay.note}, feedback: {_number(mix.delay.feedback)}}}",
        "# How it is made and how loud it is; these are the defaults.",
        "render:",
        f"  backend: {scalar_text(spec.render.backend)}",
        f"  crossfade_beats: {_number(spec.render.crossfade_beats)}",
        "master:",
        f"  preset: {spec.master.preset}",
        f"  loudness_lufs: {_number(spec.master.loudness_lufs)}",
        f"  true_peak_dbtp: {_number(spec.master.true_peak_dbtp)}",
    ]
    parts = [_head(spec, plan, understood), _stems(plan.stems), _form(plan), _sections(plan), rest]
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def chords_text(score: SectionScore, meter: Meter) -> str:
    """Return the chords of a section as :func:`structure.harmony.bars.parse_progression` reads them.

    A bar is a chord alone, two on its halves, or a sign for each beat (or part of it), ``/`` to hold.
    """
    bars = []
    for bar in range(score.bars):
        start, end = bar * meter.bar_quarters, (bar + 1) * meter.bar_quarters
        inside = [chord for chord in score.chords if chord.onset < end and chord.end > start]
        symbols = {max(chord.onset, start): chord.symbol for chord in inside}
        onsets = sorted(symbols)
        halves = [start, start + meter.bar_quarters / 2]
        if onsets == [start] or (onsets == halves and meter.beats_per_bar % 2 == 0):
            bars.append(" ".join(symbols[onset] for onset in onsets))
            continue

        step = meter.beat_quarters
        if any((onset - start) % step for onset in onsets):
            step /= 3 if meter.is_compound else 2
        places = (start + i * step for i in range(int(meter.bar_quarters / step)))
        bars.append(" ".join(symbols.get(place, "/") for place in places))
    return " | ".join(bars)


def _from(understood: Understanding, *kinds: str) -> str:
    """Return the words of the sentence that a field comes from, as the end of a comment."""
    words = [_quote(row.words) for row in understood.rows if row.about in kinds and row.result == "obeyed"]
    return f", from {', '.join(dict.fromkeys(words))}" if words else ""


def _quote(words: str) -> str:
    return f"“{_shorten(words, 40)}”" if words else ""


def _shorten(text: str, longest: int) -> str:
    """Return a text on one line, without signs that cannot be printed, cut between words."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return textwrap.shorten(plain, longest, placeholder=" …")


def _head(spec: SongSpec, plan: SongPlan, understood: Understanding) -> list[str]:
    """Return the song's main facts, and comments on what the sentence asks for and what became of it."""
    seconds = plan.grid.seconds_at(plan.grid.quarters_at_bar(plan.bars))
    beat = "dotted quarters a minute" if plan.meter.is_compound else "beats a minute"
    is_seed_of_sentence = plan.seed == sentence_seed(spec.description or "")
    seed_from = "; this one comes from the sentence" if is_seed_of_sentence else ""
    lines = [
        MODELINE,
        "# Planned from the description. Change what you like; what you remove is planned again.",
        f"title: {scalar_text(plan.title)}",
        f"description: {scalar_text(spec.description or '')}",
        f"genre: {scalar_text(plan.genre)} # a style{_from(understood, 'genre')}",
        f"tempo: {_number(plan.grid.tempo_bpm)} # {beat}{_from(understood, 'tempo')}",
        f"key: {scalar_text(plan.key)} # chords in letters do not follow it{_from(understood, 'key')}",
        f"meter: {plan.meter} # beats in a bar{_from(understood, 'meter')}",
        f"length: {plan.bars} bars # {format_seconds(seconds)}; if you change the form, remove this line",
        f"seed: {plan.seed} # another seed, another song{seed_from}",
    ]
    if not understood.rows:
        return lines

    lines += ["", "# What the sentence asks for, and what became of it in this plan:"]
    cells = [
        (row.status, _shorten(row.asked, 32), _quote(row.words), _shorten(row.became, 80))
        for row in understood.rows
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    for *columns, became in cells:
        padded = (text.ljust(width) for text, width in zip(columns, widths, strict=True))
        lines.append(f"#   {'  '.join(padded)}  {became}".rstrip())
    return lines


def _stems(stems: Iterable[StemPlan]) -> list[str]:
    lines = ["# Who plays. Each stem becomes a track of its own; the prompt says how it sounds.", "stems:"]
    for stem in stems:
        lines += [
            f"  - name: {stem.name}",
            f"    role: {stem.role}",
            f"    prompt: {scalar_text(stem.prompt)}",
        ]
        if stem.negative_prompt:
            lines.append(f"    negative_prompt: {scalar_text(stem.negative_prompt)}")
        lines += [
            f"    gain_db: {_number(stem.gain_db)}",
            f"    pan: {_number(stem.pan)}",
            f"    reverb: {_number(stem.reverb)}",
            f"    delay: {_number(stem.delay)}",
            f"    duck: {_number(stem.duck)}",
        ]
        name = scalar_text(stem.voice)
        if stem.voice_model:
            lines.append(f"    voice: {{model: {scalar_text(stem.voice_model)}, name: {name}}}")
        elif stem.voice:
            lines.append(f"    voice: {name} # in words, or by name")
        if stem.role in SUNG and stem.language:
            lines.append(f"    language: {stem.language}")
    return lines


def _words(text: str) -> Iterator[str]:
    """Yield the lyrics as a block of lines."""
    if not text:
        yield 'lyrics: ""'
        return
    yield "lyrics: |"
    yield from (f"  {line}" for line in text.splitlines())


def _form(plan: SongPlan) -> list[str]:
    """Return the visits, each with the options in which it differs from its section."""
    first = _first_visits(plan)
    lines = [
        "# The sections in the order in which they sound. A section that returns is the same section.",
        "form:",
    ]
    for visit in plan.visits:
        name, sound, music = visit.place.name, visit.sound, visit.music
        section = plan.graph.section(name)
        options = ["prepared: true # by the dominant of the new key"] if _is_prepared(visit, plan) else []
        if visit.place.index > 1 and sound.variation != _section_variation(plan, name):
            options.append(f"variation: {_number(sound.variation)}")
        if visit.bars != section.bars:
            options.append(f"bars: {visit.bars}")
        if music.lift:
            options.append(f"lift: {music.lift} # semitones")
        if music.energy != section.energy:
            options.append(f"energy: {_number(music.energy)}")
        if set(music.score.parts) != set(first[name].music.score.parts):
            options.append(f"stems: [{', '.join(_playing(visit, plan))}]")
        if sound.lyrics != first[name].sound.lyrics:
            options += _words(sound.lyrics)
        if music.events != move_events(_section_events(plan, name), section.bars, visit.bars):
            options += _events(music.events)

        if options:
            lines += [f"  - section: {name}", *(f"    {option}" for option in options)]
        else:
            lines.append(f"  - {name}")
    return lines


def _section_events(plan: SongPlan, name: str) -> tuple[Event, ...]:
    """Return what happens in the first visit of a section that has the section's length; () without one."""
    visits = [visit for visit in plan.visits if visit.place.name == name]
    whole = (visit for visit in visits if visit.bars == plan.graph.section(name).bars)
    found = next(whole, None)
    return () if found is None else found.music.events


def _events(events: Sequence[Event]) -> Iterator[str]:
    """Yield the events of a section or a visit, each a mapping on one line.

    They are also written where there are none: if the field were left out, the arranger would choose some.
    """
    if not events:
        yield "events: []"
        return
    yield "events:"
    for event in events:
        fields = [f"bar: {event.bar}", f"do: {event.do}"]
        if event.stem != WHOLE_BAND:
            fields.append(f"stem: {event.stem}")
        if event.beat != 1:
            fields.append(f"beat: {_number(event.beat)}")
        if event.bars is not None:
            fields.append(f"bars: {event.bars}")
        yield f"  - {{{', '.join(fields)}}}"


def _sections(plan: SongPlan) -> list[str]:
    lines = [
        "# What all visits of a section share. Chords are symbols or roman numerals, bars parted by |.",
        "# A section can also turn into another sound, begin from audio, or have some bars made anew:",
        "#   morph_to: wide shimmering guitars",
        "#   init: {audio: riff.wav, strength: 0.6}",
        "#   repaint: {bars: 3-4}",
    ]
    lines.append("sections:")
    for name, first in _first_visits(plan).items():
        identity = plan.graph.section(name)
        chords = _identity_chords(name, plan)
        lines += [f"  {name}:", f"    bars: {identity.bars}"]
        meter = plan.grid.span_at(plan.position_quarters(first)).meter
        lines.append(f"    chords: {scalar_text(chords_text(chords, meter))}")
        if meter != plan.meter:
            lines.append(f"    meter: {meter}")
        lines.append(f"    energy: {_number(identity.energy)} # 0 hushed to 1 full")
        if identity.key != plan.key:
            lines.append(f"    key: {scalar_text(identity.key)}")
        if len(first.music.score.parts) < len(plan.stems):
            lines.append(f"    stems: [{', '.join(_playing(first, plan))}]")
        if first.sound.lyrics:
            lines += [f"    {line}" for line in _words(first.sound.lyrics)]
        variation = _section_variation(plan, name)
        if variation is not None:
            lines.append(f"    variation: {_number(variation)} # 0 repeats it exactly, 1 is another take")
        lines += [f"    {line}" for line in _events(_section_events(plan, name))]
    return lines


def _first_visits(plan: SongPlan) -> dict[str, Visit]:
    """Return the first visit of each section, in the order of the song."""
    first: dict[str, Visit] = {}
    for visit in plan.visits:
        first.setdefault(visit.place.name, visit)
    return first


def _key_of(visit: Visit, plan: SongPlan) -> tuple[str, int]:
    """Return the key of a visit: that of its section, and the semitones by which it is lifted."""
    return plan.graph.section(visit.place.name).key, visit.music.lift


def _is_prepared(visit: Visit, plan: SongPlan) -> bool:
    """Return whether the visit before this one ends otherwise than its section, to lead into its key."""
    before = next((other for other in plan.visits if other.end_bar == visit.place.start_bar), None)
    if before is None or _key_of(visit, plan) == _key_of(before, plan):
        return False
    plain = lift_score(
        before.music.score, -before.music.lift, parse_key(plan.graph.section(before.place.name).key)
    )
    found, own = [chord.symbol for chord in plain.chords], plan.graph.section(before.place.name).chords
    # A visit that is longer or shorter than its section ends with the section's last bars.
    same = min(len(found), len(own))
    return found[-same:] != list(own[-same:])


def _identity_chords(name: str, plan: SongPlan) -> SectionScore:
    """Return a score of a section with the section's own chords.

    It comes from a visit that does not turn to another key at its end, and is not lifted. Where no visit
    has the section's own chords, it is the first visit's score, moved back to the section's key.
    """
    symbols = plan.graph.section(name).chords
    visits = [visit for visit in plan.visits if visit.place.name == name]
    turning = {visit.place.start_bar for visit in plan.visits if _is_prepared(visit, plan)}
    visits = [v for v in visits if v.bars == plan.graph.section(name).bars] or visits
    plain = next((visit for visit in visits if visit.end_bar not in turning), None)
    if plain is None or len(plain.music.score.chords) != len(symbols):
        first = visits[0]
        return lift_score(first.music.score, -first.music.lift, parse_key(plan.graph.section(name).key))
    chords = [
        replace(chord, symbol=symbol)
        for chord, symbol in zip(plain.music.score.chords, symbols, strict=True)
    ]
    return replace(plain.music.score, chords=tuple(chords))


def section_chords(name: str, plan: SongPlan) -> str:
    """Return the chords of a section of a song, as a spec writes them.

    Raises KeyError where the song has no such section.
    """
    first = _first_visits(plan)[name]
    meter = plan.grid.span_at(plan.position_quarters(first)).meter
    return chords_text(_identity_chords(name, plan), meter)


def _section_variation(plan: SongPlan, name: str) -> float | None:
    """Return how far the second visit moves from the first; None where there is no second."""
    return next(
        (
            visit.sound.variation
            for visit in plan.visits
            if visit.place.name == name and visit.place.index == 2
        ),
        None,
    )


def _playing(visit: Visit, plan: SongPlan) -> list[str]:
    return [stem.name for stem in plan.stems if stem.name in visit.music.score.parts]


def _number(value: float | Fraction) -> str:
    """Return a number without a needless fraction: 104, 0.35."""
    return f"{float(value):.10g}"
