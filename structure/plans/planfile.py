"""``plan.json``: a planned song as a file, and back.

The file has two halves. ``plan`` is the plan itself, as its dataclasses say (:mod:`structure.plans.plan`);
it alone is read back. All else is a view of it for people and for other programs.

Conventions of the view
-----------------------
* Bars and beats count from 1: the song's first downbeat is bar 1, beat 1. ``bar`` of a chord counts in
  the song, not in its section; ``beat`` may be fractional (1.5 lies half a beat after the first).
  A beat is the metre's pulse: a dotted quarter in 6/8. ``tempo`` counts beats a minute.
* Samples count from 0 at ``sample_rate``. Bar 1 begins at sample ``lead_in_samples``, which is always 0.
  ``end_sample`` of a section is ``start_sample`` of the next; the last section's is followed by
  ``tail_samples`` in which the song rings out. ``downbeat_samples`` holds the start of every bar, and last
  the double bar's.

Conventions of the plan
-----------------------
* ``start_bar`` counts from 0. Times in a score are quarter notes from the section's first downbeat, as
  exact fractions in text ("7/2"). A note is ``[onset, duration, MIDI pitch, velocity]``, followed by a
  mapping of what else it has; a drum note's pitch is a General MIDI percussion key. Pitch classes count
  from C = 0. Fields that have their usual value are left out.
* ``scores`` holds each different score once; ``score`` of a visit is an index into it, so visits that
return
  as they were share one.

A file whose view disagrees with its plan is refused, so that a plan cannot lie about itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from structure.base.errors import PlanFileError
from structure.base.jsonfile import read_json
from structure.base.names import SPEC
from structure.plans.oldplans import upgrade_plan
from structure.plans.plan import InitFile, SongPlan, Visit
from structure.plans.score import SectionScore
from structure.plans.soundness import check_soundness

VERSION = 2
"""Raised when a reader of the older version could misread a file."""

UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""What reading data that is no plan may raise."""

CONVENTIONS = (
    "bars and beats count from 1, beats may be fractional; chord bars count in the song; "
    "samples count from 0 at the first downbeat; a section ends where the next begins; "
    "`plan` is what is read back, all else is derived from it"
)


def plan_document(plan: SongPlan) -> dict[str, Any]:
    """Return a plan as the plain data of its file, in a stable order."""
    scores: list[SectionScore] = []
    for visit in plan.visits:
        if visit.music.score not in scores:
            scores.append(visit.music.score)

    view = _view(plan)
    data: dict[str, Any] = _plans().dump_python(plan, mode="json")
    for visit, entry in zip(plan.visits, data["visits"], strict=True):
        entry["music"]["score"] = scores.index(visit.music.score)
    data["scores"] = _scores().dump_python(tuple(scores), mode="json")
    return {"version": VERSION, **view, "plan": data}


def read_plan(path: Path) -> SongPlan:
    """Read ``plan.json``, of an earlier version too.

    Raises PlanFileError where it is missing, damaged, of a later version, or contradicts itself.
    """
    spec = path.parent / SPEC
    hint = f"`ritornello render {spec}` makes the song anew" if spec.is_file() else ""
    try:
        document = read_json(path, PlanFileError)
    except PlanFileError as exc:
        exc.hint = hint if path.is_file() else ""
        raise
    where = ""
    try:
        plan = read_plan_document(document, path)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]).removesuffix(".[key]")
        fault = f"is not a plan: {where}: {first['msg'].removeprefix('Value error, ')}"
    except UNREADABLE as exc:
        fault = f"is not a plan: {exc}"
    else:
        if _agrees(_view(plan), document):
            return plan
        fault = "was changed: its samples and chord positions disagree with its bars"
    raise PlanFileError(f"{path} {fault}", path=path, field=where, hint=hint)


def read_plan_document(document: Any, path: Path = Path()) -> SongPlan:
    """Return the plan in the data of a file that lies at ``path``, beside which its files lie.

    Raises ValueError, or pydantic's ValidationError, where the data is no plan of a song that can be
    played; and for an earlier version what reading it ran into, one of :data:`UNREADABLE`.
    """
    if not isinstance(document, dict):
        raise ValueError("it holds no JSON object")
    version = document.get("version", document.get("format"))
    if version == 1:
        data = upgrade_plan(document)
    elif version == VERSION:
        data = document["plan"]
    else:
        raise ValueError(
            f"it has version {version}; this version of ritornello reads version {VERSION} and earlier ones"
        )

    scores = _scores().validate_python(data["scores"])
    visits = []
    for entry in data["visits"]:
        number = entry["music"]["score"]
        if not isinstance(number, int) or not 0 <= number < len(scores):
            raise ValueError(f"there is no score {number}")
        visits.append({**entry, "music": {**entry["music"], "score": scores[number]}})
    rest = {key: value for key, value in data.items() if key != "scores"}
    plan = _plans().validate_python({**rest, "visits": visits})
    check_soundness(plan)
    return replace(
        plan,
        init_audio=_beside(path, plan.init_audio, "init_audio"),
        recordings=_beside(path, plan.recordings, "recordings"),
        part_files=_beside(path, plan.part_files, "part_files"),
    )


def _beside(path: Path, files: Mapping[str, InitFile], field: str) -> dict[str, InitFile]:
    """Return the files of a plan with their paths, which are beside the plan's file."""
    return {
        name: replace(file, path=path.parent / name, where=f"{path}: {field}")
        for name, file in files.items()
    }


@cache
def _plans() -> TypeAdapter[SongPlan]:
    return TypeAdapter(SongPlan)


@cache
def _scores() -> TypeAdapter[tuple[SectionScore, ...]]:
    return TypeAdapter(tuple[SectionScore, ...])


def _view(plan: SongPlan) -> dict[str, Any]:
    """Return what people and other programs want to know, all of it derived."""
    return {
        "conventions": CONVENTIONS,
        "title": plan.title,
        "description": plan.description,
        "genre": plan.genre,
        "seed": plan.seed,
        "tempo": float(plan.grid.tempo_bpm),
        "meter": str(plan.meter),
        "key": plan.key,
        "sample_rate": plan.grid.sample_rate,
        "total_samples": plan.total_samples,
        "lead_in_samples": 0,
        "tail_samples": plan.tail_samples,
        "total_bars": plan.bars,
        "stems": [{"name": stem.name, "role": stem.role} for stem in plan.stems],
        "sections": [_view_visit(plan, visit) for visit in plan.visits],
        "downbeat_samples": [plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1)],
        **({"hits": plan.hit_rows} if plan.hits else {}),
    }


def _view_visit(plan: SongPlan, visit: Visit) -> dict[str, Any]:
    start, end = plan.bounds(visit)
    span = plan.grid.span_at(plan.position_quarters(visit))
    pace = {} if plan.grid.is_steady else {"tempo": float(span.tempo_bpm), "meter": str(span.meter)}
    return {
        "name": visit.place.name,
        "label": visit.place.label,
        "visit": visit.place.index,
        "variation": visit.sound.variation,
        "start_bar": visit.place.start_bar + 1,
        "bars": visit.bars,
        "start_sample": start,
        "end_sample": end,
        "key": visit.music.key,
        "energy": visit.music.energy,
        "lift": visit.music.lift,
        "chords": [asdict(position) for position in plan.chord_positions(visit)],
        "stems": plan.sounding_stems(visit),
        **({} if visit.music.genre is None else {"genre": visit.music.genre}),
        **pace,
    }


def _agrees(view: Any, written: Any) -> bool:
    """Return whether all of a view is in what was written; an earlier version may have written more."""
    if isinstance(view, dict):
        return isinstance(written, dict) and all(
            key == "conventions" or (key in written and _agrees(value, written[key]))
            for key, value in view.items()
        )
    if isinstance(view, list):
        return (
            isinstance(written, list)
            and len(view) == len(written)
            and all(_agrees(one, other) for one, other in zip(view, written, strict=True))
        )
    return bool(view == written)
