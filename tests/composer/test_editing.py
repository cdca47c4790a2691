"""One section is edited, and that section alone is made anew."""

import hashlib
import json
from pathlib import Path

import pytest

import composer
from composer.cli.display.tables import summary_table
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

EDITED = SHORT_SPEC.replace("chorus: {bars: 2,", "chorus: {bars: 2, prompt: huge and bright,")


def clip_files(cache: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in cache.rglob("*.clip")}


def clip_keys(folder: Path) -> dict[str, str]:
    keys: dict[str, str] = json.loads((folder / "song.lock").read_text())["clips"]
    return keys


@pytest.mark.slow
def test_the_edited_chorus_changes_in_every_visit_and_the_verse_comes_from_the_cache(
    tmp_path: Path,
) -> None:
    cache, backend = tmp_path / "cache", ToneBackend()
    first = composer.compose(SHORT_SPEC, backend=backend, cache=cache).save(tmp_path / "first")
    before, made_before = clip_files(cache), backend.made
    second = composer.compose(EDITED, backend=backend, cache=cache).save(tmp_path / "second")
    after = clip_files(cache)
    one, two = clip_keys(first), clip_keys(second)
    assert one.keys() == two.keys()
    assert {place.split("/")[0] for place in one if one[place] != two[place]} == {"chorus"}
    assert {place.split("/")[0] for place in one if one[place] == two[place]} == {"verse"}
    assert two["chorus/1/kit"] == two["chorus/2/kit"]
    assert backend.made - made_before == 2
    assert {name: after[name] for name in before} == before

    report = json.loads((second / "report.json").read_text())
    reused = {f"{c['section']}/{c['visit']}/{c['stem']}": c["reused"] for c in report["clips"]}
    assert reused == {
        "verse/1/low": True,
        "chorus/1/kit": False,
        "chorus/1/low": False,
        "chorus/2/kit": True,
        "chorus/2/low": True,
    }
    assert report["sections"] == [
        {"section": "verse", "clips": 1, "made": 0, "reused": 1},
        {"section": "chorus", "clips": 2, "made": 2, "reused": 0},
    ]
    (said,) = (
        value
        for name, value in zip(
            *(list(column.cells) for column in summary_table(report, {}).columns), strict=True
        )
        if name == "Clips"
    )
    assert said == "2 made, 1 from the cache; made: chorus 2 of 2"


@pytest.mark.slow
@pytest.mark.parametrize("damage", [b"", b"garbage"])
def test_a_damaged_clip_is_made_anew_and_said(tmp_path: Path, damage: bytes) -> None:
    cache = tmp_path / "cache"
    first = composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=cache).save(tmp_path / "first")
    sorted(cache.rglob("*.clip"))[0].write_bytes(damage)
    backend = ToneBackend()
    second = composer.compose(SHORT_SPEC, backend=backend, cache=cache).save(tmp_path / "second")
    assert backend.made == 1
    assert (second / "song.lock").read_bytes() == (first / "song.lock").read_bytes()
    report = json.loads((second / "report.json").read_text())
    assert "damaged clips in the cache, made anew: 1" in report["warnings"]
