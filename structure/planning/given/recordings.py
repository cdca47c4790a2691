"""Lays recordings of the user's own on a planned song: where they begin, how fast they play."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from structure.base.errors import PlanError, did_you_mean
from structure.base.exact import Fraction
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.recorded import RecordedPiece
from structure.plans.score import Note, Part
from structure.specs.spec import SongSpec, StemSpec

_KEY = 60
_UNHEARD_S = 0.01
"""A recording whose tempo would move its end by less than this is not stretched."""

_BARELY_S = 0.005


@dataclass(frozen=True, slots=True)
class KnownRecording:
    """What is known of a recording.

    ``file`` is its name in the song's folder, ``downbeat_s`` its first downbeat. The tempo, in quarters a
    minute, is None where it plays as it is.
    """

    file: str
    seconds: float
    downbeat_s: float
    quarters_per_minute: float | None = None


def without_recordings(spec: SongSpec) -> SongSpec:
    """Return the spec with its players alone, around which recordings are laid."""
    names = {stem.name for stem in spec.recordings}
    if not names:
        return spec
    players = tuple(stem for stem in spec.stems or () if stem.name not in names)
    sections = {
        name: section.model_copy(update=_without(section.stems, section.mute, names))
        for name, section in spec.sections.items()
    }
    found: dict[str, object] = {"stems": players or None, "sections": sections}
    if isinstance(spec.form, tuple):
        entries = (e.model_copy(update=_without(e.stems, e.mute, names)) for e in spec.form)
        found["form"] = tuple(entries)
    return spec.model_copy(update=found)


def _without(stems: Sequence[str] | None, mute: Sequence[str], names: set[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    if stems is not None and names & set(stems):
        kept = tuple(name for name in stems if name not in names)
        found["stems"] = kept or None
    if names & set(mute):
        found["mute"] = tuple(name for name in mute if name not in names)
    return found


def lay_recordings(plan: SongPlan, spec: SongSpec, known: Mapping[str, KnownRecording]) -> SongPlan:
    """Return the plan with the recordings of a spec as stems; ``known`` has each by its stem's name.

    Raises PlanError for a place that the song does not have, and for a recording that would have to be
    stretched further than it may.
    """
    for number, stem in enumerate(spec.stems or (), start=1):
        if stem.role != "audio":
            continue
        # A place is a bar, or the name of a section or a visit.
        field, own = f"stems[{number}]", known[stem.name]
        anchor = 0 if stem.at is None else None
        plain = str(stem.at).strip().lower().removeprefix("bar").strip()
        if plain.isdigit() and int(plain) > 0:
            anchor = int(plain) - 1
        if anchor is None:
            called = _visits_called(plan, str(stem.at), f"{field}.at")
            pieces = {one.place.start_bar: _piece(plan, stem, own, one, one, field) for one in called}
        else:
            pieces = dict(_from_bar(plan, stem, own, anchor, field))

        # It is silent in visits where the spec silences it.
        for i, visit in enumerate(plan.visits):
            section = spec.sections.get(visit.place.name)
            entry = spec.form[i] if isinstance(spec.form, tuple) and i < len(spec.form) else None
            owner = entry if entry is not None and entry.stems is not None else section
            muted = {*(section.mute if section else ()), *(entry.mute if entry else ())}
            is_left_out = owner is not None and owner.stems is not None and stem.name not in owner.stems
            if stem.name in muted or is_left_out:
                pieces.pop(visit.place.start_bar, None)
        if not pieces:
            note = f"the recording {stem.name!r} is left out: no section lets it play"
            plan = replace(plan, notes=(*plan.notes, note))
            continue

        planned = StemPlan(
            name=stem.name,
            role="audio",
            prompt="a recording",
            negative_prompt="",
            gain_db=stem.gain_db,
            pan=stem.pan or 0.0,
            reverb=stem.reverb or 0.0,
            delay=stem.delay or 0.0,
            duck=stem.duck or 0.0,
        )
        visits = tuple(_with_piece(plan, visit, stem.name, pieces) for visit in plan.visits)
        plan = replace(plan, stems=(*plan.stems, planned), visits=visits)
    return plan


def _visits_called(plan: SongPlan, at: str, field: str) -> list[Visit]:
    wanted = at.strip().lower()
    found = [
        visit
        for visit in plan.visits
        if wanted
        in (visit.place.name, f"{visit.place.name}:{visit.place.index}", visit.place.label.lower())
    ]
    if found:
        return found
    names = [*dict.fromkeys(visit.place.name for visit in plan.visits)]
    names += [f"{visit.place.name}:{visit.place.index}" for visit in plan.visits]
    hint = did_you_mean(wanted, names)
    raise PlanError(f"{field}: the song has no section {at!r}", field=field, hint=hint)


def _from_bar(
    plan: SongPlan, stem: StemSpec, known: KnownRecording, bar: int, field: str
) -> Iterator[tuple[int, RecordedPiece]]:
    """Yield the pieces of a recording that begins in a bar of the song, by their visits' first bars."""
    if bar >= plan.bars:
        raise PlanError(
            f"{field}.at: the song has {plan.bars} bars, and bar {bar + 1} is none of them",
            field=f"{field}.at",
            hint=f"allowed: 1 to {plan.bars}",
        )
    first = next(visit for visit in plan.visits if visit.end_bar > bar)
    whole = _piece(plan, stem, known, first, None, field)
    start = plan.grid.sample_at_bar(bar)
    rate = plan.grid.sample_rate
    lasts = math.ceil((known.seconds - known.downbeat_s) / whole.factor * rate)
    end = plan.total_samples if stem.loop else start + lasts
    reached = [visit for visit in plan.visits if visit.end_bar > bar and plan.bounds(visit)[0] < end]
    for place, visit in enumerate(reached):
        passed = plan.bounds(visit)[0] - start
        yield (
            visit.place.start_bar,
            replace(whole, passed=passed, goes_on=place + 1 < len(reached)),
        )


def _piece(
    plan: SongPlan,
    stem: StemSpec,
    known: KnownRecording,
    visit: Visit,
    within: Visit | None,
    field: str,
) -> RecordedPiece:
    """Return a recording from the first beat of a visit on, at the tempo there.

    Raises PlanError where it would have to be stretched further than it may.
    """
    first, last = plan.bounds(visit)
    if within is None:
        last = plan.music_samples
    quarters = plan.grid.quarters_at_sample(last) - plan.grid.quarters_at_sample(first)
    song = float(quarters) * 60.0 * plan.grid.sample_rate / (last - first)
    own_s = known.seconds - known.downbeat_s

    # How many times as fast it plays, in half, once or twice its own tempo.
    factor, own = 1.0, known.quarters_per_minute
    if own is not None and stem.stretch != 0.0:
        ratio = min((song / (own * 2.0**k) for k in (-1, 0, 1)), key=lambda one: abs(math.log(one)))
        is_heard = abs(1.0 / ratio - 1.0) * own_s >= (_BARELY_S if stem.tempo is not None else _UNHEARD_S)
        if is_heard and abs(ratio - 1.0) > stem.stretch + 1e-9:
            raise PlanError(
                f"{field}: {stem.audio} is in {own:.1f} quarters a minute, and the song in {song:.1f} "
                f"there: it would have to be stretched by {100 * abs(ratio - 1):.0f} %, and may be by "
                f"{100 * stem.stretch:.0f} %",
                field=f"{field}.stretch",
                hint=f"give the song `tempo: {own:.4g}`, or allow more by `stretch`, up to 0.5; "
                "`stretch: 0` plays it as it is",
            )
        factor = round(ratio, 9) if is_heard else 1.0

    loop = None
    if stem.loop:
        bar = plan.grid.span_at(plan.position_quarters(visit)).meter.bar_quarters
        lasts = own_s / factor * song / 60.0
        bars = max(1, round(lasts / float(bar)))
        loop = Fraction(bars * bar * (last - first)) / quarters
    return RecordedPiece(file=known.file, downbeat_s=known.downbeat_s, factor=factor, loop=loop)


def _with_piece(plan: SongPlan, visit: Visit, stem: str, pieces: Mapping[int, RecordedPiece]) -> Visit:
    piece = pieces.get(visit.place.start_bar)
    if piece is None:
        return visit
    if piece.goes_on and visit.end_bar not in pieces:
        piece = replace(piece, goes_on=False)
    body = plan.grid.quarters_at_bar(visit.end_bar) - plan.position_quarters(visit)
    start = plan.position_quarters(visit)
    late = max(0, -piece.passed)
    onset = Fraction(0)
    if late:
        begins = plan.grid.quarters_at_sample(plan.grid.sample_at(start) + late) - start
        onset = min(Fraction(round(float(begins) * 96), 96), body - Fraction(1, 96))
    parts = {
        **visit.music.score.parts,
        stem: Part("audio", (Note(onset, body - onset, _KEY, 100),)),
    }
    return replace(
        visit,
        music=replace(visit.music, score=replace(visit.music.score, parts=parts)),
        sound=replace(visit.sound, recordings={**visit.sound.recordings, stem: piece}),
    )
