"""Words to sing: by section, by visit, and through the plan's file."""

from __future__ import annotations

from pathlib import Path

from render.clips.wanted import build_requests, find_singer, tag_lyrics
from structure.base.jsonfile import write_json
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document, read_plan

SPEC = """\
genre: pop
key: A minor
stems:
  - {name: kit, role: drums}
  - {name: keys, role: chords}
  - {name: tune, role: lead}
sections:
  verse:
    bars: 2
    lyrics: |
      city lights are calling
        calling out my name

  chorus: {bars: 2}
form:
  - verse
  - chorus
  - {section: verse, lyrics: "every road returns"}
  - {section: verse, lyrics: "", stems: [kit]}
"""


def test_a_visits_own_words_replace_those_of_its_section() -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    words = [visit.sound.lyrics for visit in plan.visits]
    assert words == ["city lights are calling\ncalling out my name", "", "every road returns", ""]
    assert tag_lyrics(plan.visits[0]).startswith("[verse]\ncity lights")
    assert [find_singer(plan, visit) for visit in plan.visits] == ["vocals", None, "vocals", None]


def test_one_stem_is_asked_to_sing() -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    sung = {(one.visit.place.label, one.stem.name) for one in build_requests(plan) if one.request.lyrics}
    assert sung == {("Verse 1", "vocals"), ("Verse 2", "vocals")}
    assert {one.request.key for one in build_requests(plan)} == {"A minor"}


def test_lyrics_are_in_the_plans_file(tmp_path: Path) -> None:
    plan = plan_song(parse_spec(SPEC, "<test>"))
    write_json(tmp_path / "plan.json", plan_document(plan))
    assert [visit.sound.lyrics for visit in read_plan(tmp_path / "plan.json").visits] == [
        v.sound.lyrics for v in plan.visits
    ]
