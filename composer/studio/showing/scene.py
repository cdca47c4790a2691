"""A planned song as the page shows it: sections, stems, bars, chords and notes, in seconds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, get_args

from composer.sources.template import chords_text
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import (
    Bar,
    Chip,
    Chord,
    HappeningEvent,
    Notes,
    Path,
    Section,
    Song,
    Stem,
)
from structure.base.errors import did_you_mean
from structure.base.types import PlayedEvent
from structure.plans.plan import SongPlan, Visit


def show_song(
    plan: SongPlan,
    data: Mapping[str, Any],
    chips: Sequence[Chip],
    rendered: Collection[int],
    ready: Collection[int],
    files: Collection[str],
) -> Song:
    """Return a plan as the page shows it.

    ``data`` is the spec as plain data, ``rendered`` and ``ready`` are the visits, from 0, that are rendered
    as they are planned and those whose clips are made, ``files`` the stems that there is audio of.
    """
    rate = plan.grid.sample_rate
    sections = [_section(plan, k, data, rendered, ready) for k in range(len(plan.visits))]
    leads = [stem.name for stem in plan.stems if stem.role == "lead"]
    chords = []
    for k, visit in enumerate(plan.visits):
        downbeat = plan.position_quarters(visit)
        places = plan.chord_positions(visit)
        for chord, place in zip(visit.music.score.chords, places, strict=True):
            start, end = (
                _round_seconds(plan, downbeat + chord.onset),
                _round_seconds(plan, downbeat + chord.end),
            )
            bar, beat = place.bar - 1, place.beat
            chords.append(
                Chord(symbol=chord.symbol, start_s=start, end_s=end, bar=bar, beat=beat, section=k)
            )
    return Song(
        sample_rate=rate,
        length_s=plan.total_samples / rate,
        length_samples=plan.total_samples,
        music_end_s=plan.music_samples / rate,
        title=plan.title,
        description=plan.description,
        genre=plan.genre,
        tempo=float(plan.grid.tempo_bpm),
        meter=str(plan.meter),
        key=plan.key,
        seed=plan.seed,
        backend=plan.render.backend,
        notes=list(plan.notes),
        chips=list(chips),
        sections=sections,
        stems=_stems(plan, data, files),
        bars=_bars(plan),
        chords=chords,
        energy=[visit.music.energy for visit in plan.visits for _ in range(visit.bars)],
        lead=leads[0] if leads else None,
        singers=[stem.name for stem in plan.stems if stem.role == "vocals"],
        happenings=list(get_args(PlayedEvent)),
    )


def show_notes(plan: SongPlan, stem: str) -> Notes:
    """Return the notes of a stem as they are heard. Raises NotFoundError for a stem that is not there."""
    role = next((one.role for one in plan.stems if one.name == stem), None)
    if role is None:
        names = [one.name for one in plan.stems]
        raise NotFoundError(f"no stem is called {stem!r}", field="stem", hint=did_you_mean(stem, names))
    found = Notes(stem=stem, role=role, notes=[], written=[], syllables=[])
    for index, visit in enumerate(plan.visits):
        part = visit.music.score.parts.get(stem)
        downbeat = plan.position_quarters(visit)
        given = visit.music.given.get(stem) or ()
        for note in part.notes if part is not None else ():
            start = plan.grid.seconds_at(downbeat + note.sounding_onset)
            length = plan.grid.seconds_at(downbeat + note.sounding_end) - start
            bar = plan.grid.bar_at(downbeat + note.onset)[0] - visit.place.start_bar if given else 0
            is_given = any(first <= bar < end for first, end in given)  # the user's own
            found.notes.append(
                (round(start, 5), round(length, 5), note.pitch, note.velocity, index, is_given)
            )
            found.written.append((str(note.onset), str(note.duration)))
            found.syllables.append(None if note.syllable is None else note.syllable.text)
    return found


def _chord_text(plan: SongPlan, visit: Visit, data: Mapping[str, Any]) -> str:
    """Return the chords of a section as the spec says them, or as they are planned in its first visit."""
    own = (data.get("sections") or {}).get(visit.place.name)
    written = own.get("chords") if isinstance(own, dict) else None
    if isinstance(written, str):
        return written
    first = next(one for one in plan.visits if one.place.name == visit.place.name)
    meter = plan.grid.span_at(plan.position_quarters(first)).meter
    return chords_text(first.music.score, meter)


def _section(
    plan: SongPlan, index: int, data: Mapping[str, Any], rendered: Collection[int], ready: Collection[int]
) -> Section:
    visit = plan.visits[index]
    names = [one.place.name for one in plan.visits]
    first = names.index(visit.place.name)
    start, end = plan.bounds(visit)
    path, value = _visit_field(plan, index, data)
    rate = plan.grid.sample_rate
    return Section(
        index=index,
        name=visit.place.label,
        section=visit.place.name,
        visit=visit.place.index,
        variation=visit.sound.variation,
        lift=visit.music.lift,
        key=visit.music.key,
        chords=_chord_text(plan, visit, data),
        energy=visit.music.energy,
        start_s=start / rate,
        end_s=end / rate,
        start_sample=start,
        end_sample=end,
        first_bar=visit.place.start_bar,
        bars=visit.bars,
        returns_of=None if first == index else first,
        colour=list(dict.fromkeys(names)).index(visit.place.name),
        playing=plan.sounding_stems(visit),
        prompts=dict(visit.sound.prompts),
        takes={**visit.sound.takes, **visit.music.takes},
        events=[
            HappeningEvent(
                bar=e.bar,
                beat=float(e.beat),
                what=e.do,
                stem=e.stem,
                bars=e.bars,
                tempo=None if e.tempo is None else float(e.tempo),
                meter=None if e.meter is None else str(e.meter),
            )
            for e in visit.music.events
        ],
        lyrics=visit.sound.lyrics,
        seed=visit.sound.seed,
        section_path=["sections", visit.place.name],
        visit_path=path,
        visit_value=value,
        is_rendered=index in rendered,
        is_ready=index in ready,
    )


def _visit_field(
    plan: SongPlan, index: int, data: Mapping[str, Any]
) -> tuple[Path | None, dict[str, Any] | None]:
    """Return where a visit stands in the YAML, and its fields; None where the form is planned."""
    form = data.get("form")
    if not isinstance(form, list) or len(form) != len(plan.visits):
        return None, None
    entry = form[index]
    if isinstance(entry, dict) and "section" not in entry and len(entry) == 1:
        name, options = next(iter(entry.items()))
        entry = {"section": name, **(options if isinstance(options, dict) else {})}
    return ["form", index], entry if isinstance(entry, dict) else {"section": str(entry)}


def _stems(plan: SongPlan, data: Mapping[str, Any], files: Collection[str]) -> list[Stem]:
    written = data.get("stems")
    names = [one.get("name") for one in written] if isinstance(written, list) else []
    found = []
    for stem in plan.stems:
        parts = (visit.music.score.parts.get(stem.name) for visit in plan.visits)
        pitches = [note.pitch for part in parts if part is not None for note in part.notes]
        found.append(
            Stem(
                name=stem.name,
                role=stem.role,
                prompt=stem.prompt,
                negative_prompt=stem.negative_prompt,
                gain_db=stem.gain_db,
                pan=stem.pan,
                lowest=min(pitches, default=None),
                highest=max(pitches, default=None),
                has_notes=bool(pitches),
                is_rendered=stem.name in files,
                path=["stems", names.index(stem.name)] if stem.name in names else None,
            )
        )
    return found


def _bars(plan: SongPlan) -> list[Bar]:
    found = []
    for bar in range(plan.bars):
        start = plan.grid.quarters_at_bar(bar)
        span = plan.grid.span_at(start)
        beats = range(span.meter.beats_per_bar)
        found.append(
            Bar(
                index=bar,
                start_s=_round_seconds(plan, start),
                end_s=_round_seconds(plan, plan.grid.quarters_at_bar(bar + 1)),
                beats_s=[_round_seconds(plan, start + beat * span.meter.beat_quarters) for beat in beats],
                meter=str(span.meter),
                tempo=round(float(span.tempo_bpm), 3),
            )
        )
    return found


def _round_seconds(plan: SongPlan, quarters: Any) -> float:
    return round(plan.grid.seconds_at(quarters), 5)
