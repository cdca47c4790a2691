"""Sections that morph, begin from audio or are repainted: from spec to plan, and what is refused."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.errors import PlanError, RitornelloError
from structure.base.jsonfile import dumps
from structure.loading.loader import load_spec, parse_spec
from structure.planning.planner import plan_song
from structure.plans.planfile import plan_document, read_plan_document
from structure.specs.spec import bar_ranges

SONG = """\
genre: pop
seed: 3
stems:
  - {name: low, role: bass, prompt: electric bass}
  - {name: lead, role: lead, prompt: soft flute}
sections:
  verse: {bars: 4, morph_to: aggressive metal with a screaming lead guitar, repaint: {bars: 3-4, seed: 7}}
form: [verse, {section: verse, morph_to: "", repaint: {bars: 1}}]
"""


def test_morphs_and_repaints_reach_the_visits_and_survive_plan_json() -> None:
    plan = plan_song(parse_spec(SONG))
    first, second = plan.visits
    assert first.sound.morph_prompts["low"].startswith("electric bass, aggressive metal")
    assert (
        "guitar" in first.sound.morph_prompts["lead"] and "flute" not in first.sound.morph_prompts["lead"]
    )
    assert (first.sound.repaint, first.sound.repaint_seed) == (((2, 4),), 7)
    assert not second.sound.morph_prompts
    assert second.sound.repaint == ((0, 1),)
    assert read_plan_document(json.loads(dumps(plan_document(plan)))).visits == plan.visits


def test_an_audio_file_is_looked_up_beside_the_spec(tmp_path: Path) -> None:
    (tmp_path / "riff.wav").write_bytes(b"")
    text = SONG.replace("repaint: {bars: 3-4, seed: 7}", "init: {audio: riff.wav, strength: 0.4}")
    (tmp_path / "song.yaml").write_text(text)
    init = plan_song(load_spec(tmp_path / "song.yaml")).visits[0].sound.init
    assert init is not None
    assert (init.audio, init.strength) == ("riff.wav", 0.4)  # as written


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("init: {audio: none.wav}", r":7: sections\.verse\.init\.audio: there is no file 'none\.wav'"),
        ("repaint: {bars: 4-3}", r":7: sections\.verse\.repaint\.bars: .*names no bars"),
        ("repaint: {bars: 0}", r":7: sections\.verse\.repaint\.bars: .*counting from 1"),
        ("init: {audio: a.wav, strength: 2}", r"sections\.verse\.init\.strength"),
        ("init: {file: a.wav}", r"sections\.verse\.init"),
    ],
)
def test_mistakes_are_told_with_line_and_field(edit: str, message: str) -> None:
    with pytest.raises(RitornelloError, match=message):
        parse_spec(SONG.replace("repaint: {bars: 3-4, seed: 7}", edit), "song.yaml")


def test_bars_beyond_the_section_are_refused() -> None:
    with pytest.raises(PlanError, match=r"repaint\.bars: bar 9 .* has 4 bars"):
        plan_song(parse_spec(SONG.replace("3-4", "8-9")))


@given(st.lists(st.tuples(st.integers(1, 900), st.integers(0, 90)), min_size=1, max_size=5))
def test_ranges_of_bars_are_read_as_written(pairs: list[tuple[int, int]]) -> None:
    text = ", ".join(f"{first}-{first + more}" if more else str(first) for first, more in pairs)
    assert bar_ranges(text) == tuple(sorted((first - 1, first + more) for first, more in pairs))


@given(st.text(max_size=8).filter(lambda text: not re.search(r"\d", text)))
def test_what_has_no_number_names_no_bars(text: str) -> None:
    with pytest.raises(ValueError, match="names no bars"):
        bar_ranges(text)
