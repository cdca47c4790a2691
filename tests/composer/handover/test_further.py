"""Stems of other kinds: each sums to what it was taken from, read back from the files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import composer
from composer.handover.further import check_has_voices
from composer.handover.layout import hand_over_options
from render.audio.loudness import true_peak_dbtp
from render.audio.types import Audio
from structure.base.errors import RitornelloError
from structure.plans.planfile import read_plan
from structure.specs.spec import HandOverSpec
from tests.composer.songmaker import SHORT_SPEC, small_plan
from tests.tones import ToneBackend

SPEC = SHORT_SPEC.replace(
    "stems:\n",
    "master: {preset: club}\nrender: {singer: none}\n"
    "stems:\n  - {name: voice, role: backing, reverb: 0.5, delay: 0.3}\n",
).replace("stems: [low]", "stems: [low, voice]")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    song = composer.compose(SPEC, backend=ToneBackend(), cache=False)
    return song.save(tmp_path_factory.mktemp("further") / "song")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export with all kinds of stems."""
    target = tmp_path_factory.mktemp("further") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
        composer.export(
            folder,
            "wav",
            out=target,
            cache=False,
            stems=["dry", "wet", "mastered", "buses"],
            versions=["instrumental", "a-cappella"],
            headroom_db=1,
            sample_rate=48_000,
        )
    return target


def read(path: Path) -> Audio:
    return soundfile.read(path, dtype="float64", always_2d=True)[0].T


def null_db(whole: Audio, *parts: Audio) -> float:
    gap = np.abs(whole - sum(parts)).max()
    return float(20 * np.log10(max(gap, 1e-12) / np.abs(whole).max()))


@pytest.mark.slow
def test_every_kind_sums_to_what_it_was_taken_from(out: Path) -> None:
    master, premaster = read(out / "Small Song.wav"), read(out / "Small Song Premaster.wav")
    mastered = sorted((out / "Stems Mastered").iterdir())
    assert [path.stem for path in mastered] == ["01 Voice", "02 Kit", "03 Low"]
    # the kit alone reaches higher than it does with the bass: all are turned down alike
    total = sum(map(read, mastered))
    gain = float(np.vdot(total, master) / np.vdot(master, master))
    assert 0.7 < gain < 1.0
    assert null_db(gain * master, total) <= -60
    assert null_db(premaster, *map(read, sorted((out / "Buses").iterdir()))) <= -90
    for path in sorted((out / "Stems").iterdir()):
        dry, wet = (read(out / f"Stems {kind}" / path.name) for kind in ("Dry", "Wet"))
        assert null_db(read(path), dry, wet) <= -90
    versions = [read(out / f"Small Song ({name}).wav") for name in ("Instrumental", "A-cappella")]
    weights = np.linalg.lstsq(np.stack([v.ravel() for v in versions], 1), master.ravel())[0]
    assert all(1.0 <= weight < 1.3 for weight in np.round(weights, 4))
    assert null_db(master, *(w * v for w, v in zip(weights, versions, strict=True))) <= -60
    room = read(out / "Small Song Premaster -1 dB.wav")
    assert true_peak_dbtp(room.astype(np.float32)) == pytest.approx(-1.0, abs=0.05)
    assert true_peak_dbtp(room.astype(np.float32)) <= -1.0
    gain = float(np.vdot(room, premaster) / np.vdot(premaster, premaster))
    assert null_db(room, gain * premaster) <= -90


@pytest.mark.slow
def test_what_is_not_sent_has_no_wet_sound_and_what_is_has(folder: Path, out: Path) -> None:
    """The kit is sent nowhere; its dry stem is the stem, though the song was mixed anew for it."""
    plan = read_plan(folder / "plan.json")
    unsent = [stem.name for stem in plan.stems if not stem.reverb and not stem.delay]
    for name, path in zip(("voice", "kit", "low"), sorted((out / "Stems Wet").iterdir()), strict=True):
        level = null_db(read(out / "Stems" / path.name), read(out / "Stems Dry" / path.name))
        assert level <= -90 if name in unsent else level > -60


@pytest.mark.slow
def test_the_manifest_lists_the_null_tests(out: Path) -> None:
    checks = {check["name"]: check for check in json.loads((out / "export.json").read_text())["checks"]}
    for name in (
        "voice, dry and wet, sum to it",
        "buses sum to premaster",
        "mastered stems sum to master",
        "versions sum to master",
    ):
        assert checks[name]["passed"] is True


def test_versions_need_a_voice_and_a_band() -> None:
    options = HandOverSpec(to=("wav",), versions=("instrumental",))
    with pytest.raises(RitornelloError, match="nobody sings in 'Small Song'"):
        check_has_voices(small_plan(), options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stems": ["moist"]}, "stems"),
        ({"versions": ["karaoke"]}, "versions"),
        ({"headroom_db": 0.1}, "headroom_db"),
        ({"headroom_db": float("nan")}, "headroom_db"),
    ],
)
def test_what_is_not_allowed_is_said(options: dict[str, object], said: str) -> None:
    with pytest.raises(RitornelloError, match=said):
        hand_over_options(HandOverSpec(), "wav", **options)  # type: ignore[arg-type]


def test_other_kinds_belong_to_wav() -> None:
    with pytest.raises(RitornelloError, match="add wav"):
        hand_over_options(HandOverSpec(), "mp3", stems=["mastered"])
