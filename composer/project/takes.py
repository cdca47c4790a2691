"""Takes of a stem in a section: what else it could play there, and how the ways differ.

A take is a number in the spec (``take: {lead: 3}``), so none is ever lost: the same number always gives the
same notes and the same sound, and the clips of those that were heard stay in the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np

from composer.base.what import Played, What
from composer.project.edits import SetField
from structure.base.errors import ExistsError, UsageError, did_you_mean
from structure.base.progress import Progress, silent
from structure.base.types import PLAYERLESS
from structure.plans.excerpt import excerpt
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Part
from structure.specs.spec import TakeSpec

if TYPE_CHECKING:
    from composer.project.project import Project
    from render.backends.base import Backend
    from render.clips.caching.cache import ClipCache

_STEP = 1.0
"""Semitones by which a line must be higher or lower on average to be called so."""


@dataclass(frozen=True, slots=True)
class Take:
    """One take: its number, and the plan of the song with it.

    ``differs`` says how it differs from what the song has now, in words. ``is_current`` is for that one
    itself. ``value`` is a title, chords or a form, as text.
    """

    number: int
    what: What
    plan: SongPlan
    differs: str
    is_current: bool
    value: str = ""

    def document(self) -> dict[str, Any]:
        """Return the take as plain data."""
        told: dict[str, Any] = {self.what: self.value} if self.value else {}
        return {
            "take": self.number,
            "what": self.what,
            "current": self.is_current,
            "differs": self.differs,
            **told,
        }


def find_takes(project: Project, section: str, stem: str, count: int, what: Played = "both") -> list[Take]:
    """Plan takes of a stem in a section; nothing is written.

    The list holds the take that the song has now and ``count`` others, the lowest numbers first.

    Raises UsageError for a section or a stem that the song does not have, and where the stem is silent.
    """
    now = current_take(project, section, stem)
    before = _first_visit(project.plan, section, stem)
    number = now.sound if what == "sound" else now.notes
    others = [other for other in range(1, count + 2) if other != number][:count]
    takes = [Take(number, what, project.plan, "as it is now", is_current=True)]
    for other in others:
        plan = project.plan_with(keep_take(project, section, stem, other, what))
        takes.append(Take(other, what, plan, _difference(before, plan, stem, what), is_current=False))
    return sorted(takes, key=lambda take: take.number)


def keep_take(project: Project, section: str, stem: str, number: int, what: Played = "both") -> SetField:
    """Return the edit that gives a stem a take in all visits of a section, its other half left as it is.

    Raises UsageError for a section or a stem that the song does not have.
    """
    now = current_take(project, section, stem)
    wanted = TakeSpec(
        notes=now.notes if what == "sound" else number, sound=now.sound if what == "notes" else number
    )
    is_one = wanted.notes == wanted.sound
    value = wanted.notes if is_one else {"notes": wanted.notes, "sound": wanted.sound}
    return SetField(("sections", section, "take", stem), value)


def current_take(project: Project, section: str, stem: str) -> TakeSpec:
    """Return the take that a stem has in a section. Raises UsageError as :func:`find_takes` does."""
    _first_visit(project.plan, section, stem)
    own = project.spec.sections.get(section)
    return own.take.get(stem, TakeSpec()) if own is not None else TakeSpec()


def _first_visit(plan: SongPlan, section: str, stem: str) -> Visit:
    """Return the first visit of a section in which a stem plays."""
    sections = list(dict.fromkeys(visit.place.name for visit in plan.visits))
    if section not in sections:
        raise UsageError(
            f"the song has no section {section!r}", field="section", hint=did_you_mean(section, sections)
        )
    players = [one.name for one in plan.stems if one.role not in PLAYERLESS]
    if stem not in players:
        raise UsageError(f"no stem is called {stem!r}", field="stem", hint=did_you_mean(stem, players))
    visits = [visit for visit in plan.visits if visit.place.name == section]
    found = next((visit for visit in visits if visit.music.score.parts.get(stem)), None)
    if found is None:
        playing = sorted({name for visit in visits for name in visit.music.score.parts if name in players})
        raise UsageError(
            f"{stem} does not play in {section}", field="stem", hint=f"there play {', '.join(playing)}"
        )
    return found


def _difference(before: Visit, plan: SongPlan, stem: str, what: Played) -> str:
    """Say how a take differs from the part of a visit.

    That is how many notes are the same, and what is busier, higher, or more off the beat.
    """
    if what == "sound":
        return "the same notes, made anew"
    place = before.place
    visit = next(v for v in plan.visits if (v.place.name, v.place.index) == (place.name, place.index))
    one, other = before.music.score.parts[stem], visit.music.score.parts.get(stem)
    if other is None:
        return "silent here"

    old, new = ({(note.onset, note.pitch) for note in part.notes} for part in (one, other))
    if old == new:
        return "the same notes" if one == other else "the same notes, played otherwise"
    words = [f"{len(other.notes)} notes for {len(one.notes)}, {len(old & new)} the same"]
    if one.role != "drums":
        step = fmean(n.pitch for n in other.notes) - fmean(n.pitch for n in one.notes)
        if abs(step) >= _STEP:
            words.append(f"{abs(step):.0f} semitones {'higher' if step > 0 else 'lower'}")

    often, now = (len({note.onset for note in part.notes}) for part in (one, other))
    if now >= 1.15 * often:
        words.append("busier")
    elif now <= often / 1.15:
        words.append("calmer")
    off, off_now = _off_the_beat(one), _off_the_beat(other)
    if abs(off_now - off) >= 0.15:
        words.append("more off the beat" if off_now > off else "more on the beat")
    return ", ".join(words)


def _off_the_beat(part: Part) -> float:
    """Return the share of strokes that are not on a quarter."""
    return fmean(note.onset.denominator != 1 for note in part.notes) if part.notes else 0.0


def audition(
    project: Project,
    takes: list[Take],
    section: str,
    stem: str,
    folder: Path,
    *,
    backend: Backend | None = None,
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> dict[int, Path]:
    """Write the section with each take, the whole band around it, as WAV files of one loudness.

    Returns the file of each number. Clips that the takes share, and those that the song has already, are
    not made again. Raises ExistsError for files that are there.
    """
    from composer.base.backends import song_backend
    from composer.rendering.song import render_source
    from render.audio.levels import gain_from_db
    from render.audio.loudness import measure_lufs
    from render.audio.wav import write_wav

    place = _first_visit(project.plan, section, stem).place
    files = {take.number: folder / f"{section}-{stem}-take-{take.number}.wav" for take in takes}
    if there := [str(path) for path in files.values() if path.exists()]:
        raise ExistsError(f"{', '.join(there)} is there already", path=Path(there[0]))
    folder.mkdir(parents=True, exist_ok=True)
    loaded = backend or song_backend(project.plan)
    rate = project.plan.grid.sample_rate
    heard = {}
    for take in takes:
        part = excerpt(take.plan, [f"{section}:{place.index}"])
        heard[take.number] = render_source(project.source, part, lambda: loaded, cache, progress).master
    # Nobody is to choose the louder one: all are as loud as the quietest.
    levels = {number: measure_lufs(audio, rate) for number, audio in heard.items()}
    for number, audio in heard.items():
        gain = gain_from_db(min(levels.values()) - levels[number])
        write_wav(files[number], audio * np.float32(gain), rate)
    return files
