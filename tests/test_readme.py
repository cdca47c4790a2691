"""What the README shows is true: its spec can be read and planned, its commands are those of the tests."""

import re
from pathlib import Path

from structure.loader import parse_spec
from structure.planner import plan_song

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_example_spec_plans_to_what_its_comments_say() -> None:
    example = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert example is not None
    plan = plan_song(parse_spec(example[1], "README.md"))
    assert [visit.name for visit in plan.visits] == [
        "intro",
        "verse",
        "chorus",
        "verse",
        "chorus",
        "chorus",
    ]
    assert plan.bars == 44
    first, second, last = (visit for visit in plan.visits if visit.name == "chorus")
    assert second.score == first.score
    assert (last.variation, last.lift) == (0.35, 2)


def test_the_files_that_it_names_are_there() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_continuous_integration_runs_its_test_command() -> None:
    commands = re.findall(r"```sh\n(python3 -m venv [^\n]+)\n```", README)
    assert len(commands) == 2
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").replace("--quiet ", "")
    assert commands[1] in script
