"""Are edits in words made as asked? ``python -m tests.benchmarks.edits [--misses]``

Applies each sentence of ``tests/data/edits`` to ``song.yaml`` there and reads the plan before and after:
what
had to change, and that all other visits have the notes, chords, bars and tempo that they had. ``--misses``
lists what fails among the sentences that are seen; held ones are counted and never shown.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from composer.project import Project
from structure.base.errors import RitornelloError
from structure.plans.plan import SongPlan, Visit
from structure.presets.mixes import load_mix

FOLDER = Path(__file__).parents[1] / "data" / "edits"
LANGUAGES = ("english", "german", "spanish", "french")


def read_cases(language: str) -> list[dict[str, Any]]:
    """Return the sentences of a language, with what must be so."""
    return list(yaml.safe_load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8")))


@cache
def plan_before() -> SongPlan:
    """Return the plan of the song that all sentences change."""
    return Project.open(FOLDER / "song.yaml").plan


def open_copy(path: Path) -> Project:
    """Return the project of a copy of the song, planned already."""
    project = Project.open(path)
    project._draft.plan = plan_before()
    return project


def find_faults(case: dict[str, Any], folder: Path) -> list[str]:
    """Return what is wrong after the edit of a case; nothing where all is as asked."""
    path = folder / "song.yaml"
    shutil.copy(FOLDER / "song.yaml", path)
    shutil.rmtree(folder / ".ritornello", ignore_errors=True)
    project = open_copy(path)
    before = project.plan
    try:
        worded = project.edit_in_words(case["say"])
        if worded.edit is not None:
            project.apply(worded.edit)
    except RitornelloError as exc:
        return [f"refused: {exc}"]
    faults = [f"impossible: {why}" for _, why in worded.impossible]
    wanted = case.get("unread")
    if wanted is None and worded.unread:
        faults.append(f"not understood: {worded.unread}")
    if wanted is not None and not any(wanted in words for words in worded.unread):
        faults.append(f"{wanted} is not named")
    if "# The song that" not in project.text or "# in letters" not in project.text:
        faults.append("a comment is lost")
    return [*faults, *_wrong(case, before, project.plan), *_touched(case, before, project.plan)]


def _at(plan: SongPlan, place: str) -> Visit:
    name, number = place.split()
    return next(v for v in plan.visits if (v.place.name, v.place.index) == (name, int(number)))


def _tempo(plan: SongPlan, visit: Visit) -> float:
    start = plan.grid.quarters_at_bar(visit.place.start_bar)
    end = plan.grid.quarters_at_bar(visit.end_bar)
    return float((end - start) * 60) / (plan.grid.seconds_at(end) - plan.grid.seconds_at(start))


def _plays(visit: Visit, stem: str) -> bool:
    part = visit.music.score.parts.get(stem)
    return part is not None and bool(part.notes)


def _notes(visit: Visit) -> Any:
    return {name: part.notes for name, part in visit.music.score.parts.items()}


def _wrong(case: dict[str, Any], before: SongPlan, after: SongPlan) -> list[str]:
    """Return which of the wishes the plan does not fulfil."""
    bad: list[str] = []

    def check(holds: bool, what: str) -> None:
        bad.extend([] if holds else [what])

    for stem, place in case.get("silent", ()):
        check(not _plays(_at(after, place), stem), f"{stem} plays in {place}")
    for stem, place in case.get("plays", ()):
        check(_plays(_at(after, place), stem), f"{stem} is silent in {place}")
    for place, step in case.get("moved", {}).items():
        old, new = (_at(p, place).music.score.chords for p in (before, after))
        check(
            len(old) == len(new)
            and all((b.root - a.root - step) % 12 == 0 for a, b in zip(old, new, strict=True)),
            f"{place} is not moved by {step}",
        )
    for place, bars in case.get("bars", {}).items():
        check(_at(after, place).bars == bars, f"{place} has {_at(after, place).bars} bars")
    for place, key in case.get("keys", {}).items():
        check(_at(after, place).music.key == key, f"{place} is in {_at(after, place).music.key}")
    for place, bpm in case.get("tempo", {}).items():
        check(abs(_tempo(after, _at(after, place)) - bpm) < 0.5, f"{place} has another tempo")
    for stem, place in case.get("changed", ()):
        check(
            _notes(_at(before, place)).get(stem) != _notes(_at(after, place)).get(stem),
            f"{stem} is as before",
        )
    for place, sign in case.get("energy", {}).items():
        check(
            (_at(after, place).music.energy - _at(before, place).music.energy) * sign > 0,
            f"energy of {place}",
        )
    if "form" in case:
        form = " ".join(v.place.name for v in after.visits)
        check(form == case["form"], f"form: {form}")
    said = {s.name: f"{s.name} {s.prompt}".lower() for s in after.stems}
    for word in case.get("adds", ()):
        added = [name for name, words in said.items() if word in words]
        places = case.get("added_in") or [f"{v.place.name} {v.place.index}" for v in after.visits[1:2]]
        check(
            bool(added) and all(any(_plays(_at(after, p), n) for n in added) for p in places), f"no {word}"
        )
        for place in case.get("not_in", ()):
            check(not any(_plays(_at(after, place), n) for n in added), f"{word} in {place}")
    for word in case.get("gone", ()):
        check(not any(word in words for words in said.values()), f"{word} is still there")
    for stem, place, first, last in case.get("silent_bars", ()):
        part = _at(after, place).music.score.parts[stem]
        hit = [n for n in part.notes if 4 * (first - 1) <= n.onset < 4 * last]
        check(not hit, f"{stem} plays in bars {first}-{last} of {place}")
    for do, place in case.get("event", ()):
        check(any(e.do == do for e in _at(after, place).music.events), f"no {do} in {place}")
    if case.get("fades"):
        check(any(e.do == "fade" for e in after.visits[-1].music.events), "no fade")
    if "title" in case:
        check(after.title == case["title"], f"title {after.title}")
    if "genre" in case:
        check(after.style.name == case["genre"], f"genre {after.style.name}")
    if "mix" in case:
        check(after.mix == load_mix(case["mix"]), "another mix")
    if "master" in case:
        check(after.master.loudness_lufs > before.master.loudness_lufs, "the master is not louder")
    return bad


def _touched(case: dict[str, Any], before: SongPlan, after: SongPlan) -> list[str]:
    """Return the visits that changed although nobody asked for it."""
    within = case["in"]
    if within == "song":
        return []
    if within == "form":
        old = {str(_notes(v)) for v in before.visits}
        kept = sum(str(_notes(v)) in old for v in after.visits)
        return [] if kept * 2 >= len(after.visits) else [f"only {kept} visits are as they were"]
    bad = []
    for visit in before.visits:
        place = f"{visit.place.name} {visit.place.index}"
        now = _at(after, place)
        same = (
            visit.bars,
            visit.music.score.chords,
            round(_tempo(before, visit), 2),
            visit.music.energy,
        ) == (
            now.bars,
            now.music.score.chords,
            round(_tempo(after, now), 2),
            now.music.energy,
        )
        if place not in within and not (same and _notes(visit) == _notes(now)):
            bad.append(f"{place} is another now")
    return bad


def main() -> None:
    """Print a line a language, and the misses that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for language in LANGUAGES:
            good: Counter[str] = Counter()
            many: Counter[str] = Counter()
            for case in read_cases(language):
                kind = "held" if case.get("held") else "seen"
                faults = find_faults(case, Path(folder))
                many[kind] += 1
                good[kind] += not faults
                if faults and kind == "seen" and options.misses:
                    print(f"  {case['say']}: {'; '.join(faults)}")
            print(
                f"{language}: "
                + ", ".join(f"{kind} {good[kind]} of {many[kind]}" for kind in ("seen", "held"))
            )


if __name__ == "__main__":
    main()
