"""Mastering presets from spec and command line: how loud, how like a recording, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly
from typer.testing import CliRunner

import composer
from composer.cli.main import app
from composer.folder.remaster import master_spec, read_master, remaster
from composer.rendering.song import render_source
from composer.sources.reference import follow_reference
from composer.sources.source import plan_source, read_source
from render.audio.loudness import measure_lufs
from render.audio.spectrum import spectrum_of
from structure.base.errors import RitornelloError
from structure.base.jsonfile import write_json
from structure.plans.planfile import plan_document, read_plan
from structure.presets.masters import MASTER_PRESETS
from structure.presets.mixes import BANDS_HZ, load_mix, mix_names
from structure.presets.styles import load_style, style_names
from structure.specs.spec import MasterSpec
from tests.composer.songmaker import SHORT_SPEC, small_plan
from tests.tones import ToneBackend

RATE = 44_100


def recording(path: Path, seconds: float = 8.0, level: float = 0.2, rate: int = RATE) -> np.ndarray:
    """A dark, rather wide recording: stereo noise that falls by 4 dB an octave."""
    rng = np.random.default_rng(4)
    size = round(seconds * rate)
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / rate), 20.0)
    shape = hertz**-0.5 * 10.0 ** (-4 * np.log2(hertz / 1000.0) / 20.0)
    mid, side = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, size)), axis=1) * shape, size, axis=1)
    audio = np.stack([mid + 0.4 * side, mid - 0.4 * side])
    audio = (level * audio / audio.std()).astype(np.float32)
    soundfile.write(path, audio.T, rate)
    return audio


@pytest.fixture(scope="module")
def song_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("song") / "song"
    source = read_source(SHORT_SPEC)
    song = render_source(source, plan_source(source), ToneBackend)
    return song.save(folder)


@pytest.mark.parametrize("preset", ["streaming", "club", "broadcast"])
def test_a_preset_fills_in_what_a_spec_leaves_out(preset: str) -> None:
    figures = MASTER_PRESETS[preset]
    spec = read_source(f"description: a song\nmaster: {{preset: {preset}}}").spec.master
    assert (spec.loudness_lufs, spec.true_peak_dbtp) == (figures.loudness_lufs, figures.true_peak_dbtp)
    own = read_source(f"description: a song\nmaster: {{preset: {preset}, loudness_lufs: -12}}").spec.master
    assert (own.loudness_lufs, own.true_peak_dbtp) == (-12.0, figures.true_peak_dbtp)


@pytest.mark.parametrize(
    ("master", "words"),
    [
        ("{preset: clubb}", "master.preset.*did you mean"),
        ("{preset: reference}", "needs a recording"),
        ("{preset: club, reference: a.wav}", "follows no recording"),
        ("{preset: 3}", "master.preset"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(master: str, words: str) -> None:
    with pytest.raises(RitornelloError, match=words):
        read_source(f"description: a song\nmaster: {master}")


def test_a_reference_is_looked_up_beside_the_spec(tmp_path: Path) -> None:
    audio = recording(tmp_path / "mine.wav")
    (tmp_path / "song.yaml").write_text("description: a slow song\nmaster: {reference: mine.wav}\n")
    plan = plan_source(read_source(tmp_path / "song.yaml"))
    assert plan.master.preset == "reference"
    assert plan.master.loudness_lufs == pytest.approx(measure_lufs(audio, RATE), abs=0.01)
    levels = spectrum_of(audio, RATE).octaves_db()
    wanted = np.array([plan.mix.target[band] for band in BANDS_HZ])
    assert np.allclose(np.diff(wanted), np.diff(levels), atol=0.02)
    assert plan.mix.side_db == pytest.approx(20 * np.log10(0.4), abs=0.5)


def test_a_plan_keeps_what_a_reference_measured(tmp_path: Path) -> None:
    recording(tmp_path / "mine.wav")
    spec = master_spec(None, tmp_path / "mine.wav")
    plan = follow_reference(replace(small_plan(), master=spec), tmp_path / "mine.wav")
    write_json(tmp_path / "plan.json", plan_document(plan))
    again = read_plan(tmp_path / "plan.json")
    assert (again.mix, again.master) == (plan.mix, plan.master)


def test_another_rate_of_a_reference_makes_no_difference(tmp_path: Path) -> None:
    audio = recording(tmp_path / "one.wav")
    soundfile.write(tmp_path / "two.wav", resample_poly(audio, 160, 147, axis=1).T, 48_000, subtype="FLOAT")
    one, two = (
        follow_reference(replace(small_plan(), master=master_spec(None, path)), path)
        for path in (tmp_path / "one.wav", tmp_path / "two.wav")
    )
    assert two.master.loudness_lufs == pytest.approx(one.master.loudness_lufs, abs=0.1)
    assert all(two.mix.target[b] == pytest.approx(one.mix.target[b], abs=0.3) for b in BANDS_HZ[:-1])


@pytest.mark.slow
@pytest.mark.parametrize(("seconds", "level", "words"), [(2.0, 0.05, "lasts 2.0 s"), (8.0, 0.0, "silent")])
def test_a_reference_that_says_nothing_is_refused(
    tmp_path: Path, seconds: float, level: float, words: str
) -> None:
    soundfile.write(tmp_path / "x.wav", level * np.ones((round(seconds * RATE), 2)), RATE)
    text = f"description: a song\nmaster: {{reference: {tmp_path / 'x.wav'}}}"
    with pytest.raises(RitornelloError, match=rf"master.reference: .*{words}"):
        plan_source(read_source(text))
    with pytest.raises(RitornelloError, match=r"master.reference: .*no such audio file"):
        plan_source(read_source("description: a song\nmaster: {reference: nowhere.wav}"))


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["club", "broadcast"])
def test_a_song_is_mastered_again_from_its_folder(song_folder: Path, preset: str) -> None:
    before = {path: path.read_bytes() for path in song_folder.rglob("*") if path.is_file()}
    made = CliRunner().invoke(app, ["remaster", str(song_folder), "--preset", preset, "--force"])
    assert made.exit_code == 0, made.output
    audio, rate = soundfile.read(song_folder / f"master-{preset}.wav", dtype="float32")
    assert rate == RATE
    assert measure_lufs(audio.T, RATE) <= MASTER_PRESETS[preset].loudness_lufs + 0.1
    assert all(path.read_bytes() == data for path, data in before.items())


@pytest.mark.slow
def test_a_remaster_comes_nearer_to_its_reference(song_folder: Path, tmp_path: Path) -> None:
    reference = recording(tmp_path / "mine.wav", level=0.15)
    made = remaster(song_folder, reference=tmp_path / "mine.wav", out=tmp_path / "out.wav")
    assert made.loudness_lufs == pytest.approx(measure_lufs(reference, RATE), abs=0.1)
    audio, _ = soundfile.read(made.path, dtype="float32")
    plain, _ = soundfile.read(song_folder / "master.wav", dtype="float32")

    def distance(samples: np.ndarray) -> float:
        gap = spectrum_of(samples, RATE).octaves_db() - spectrum_of(reference, RATE).octaves_db()
        return float(np.std(gap[1:7]))

    assert distance(audio.T) < distance(plain.T)


@pytest.mark.slow
def test_python_masters_a_song_again(song_folder: Path, tmp_path: Path) -> None:
    made = composer.remaster(song_folder, "broadcast", out=tmp_path / "radio.wav")
    audio, _ = soundfile.read(tmp_path / "radio.wav", dtype="float32")
    assert made.loudness_lufs == pytest.approx(measure_lufs(audio.T, RATE), abs=0.01)
    assert made.loudness_lufs == pytest.approx(-23.0, abs=0.1)
    before = (tmp_path / "radio.wav").read_bytes()
    with pytest.raises(RitornelloError, match="exists already"):
        composer.remaster(song_folder, "club", out=tmp_path / "radio.wav")
    assert (tmp_path / "radio.wav").read_bytes() == before
    composer.remaster(str(song_folder), "club", out=tmp_path / "radio.wav", replace=True)
    assert (tmp_path / "radio.wav").read_bytes() != before


@pytest.mark.slow
@pytest.mark.parametrize("master", ["broadcast", {"loudness_lufs": -20}, MasterSpec(loudness_lufs=-18)])
def test_python_overrides_the_master_of_a_spec(master: object) -> None:
    wanted = read_master(master)
    song = composer.compose(SHORT_SPEC, backend=ToneBackend(), master=master, cache=False)
    assert song.plan.master == wanted == song.source.spec.master
    assert measure_lufs(song.master, RATE) == pytest.approx(wanted.loudness_lufs, abs=0.1)
    assert read_source(song.source.text).spec == song.source.spec


@pytest.mark.parametrize(
    ("master", "words"),
    [
        ("clubb", "did you mean 'club'"),
        ({"loudness_lufs": 3}, "master.loudness_lufs"),
        ({"loud": 3}, "master.loud"),
        ({"preset": "reference"}, "needs a recording"),
    ],
)
def test_python_refuses_a_master_with_its_field(master: object, words: str) -> None:
    with pytest.raises(RitornelloError, match=words):
        composer.compose(SHORT_SPEC, backend=ToneBackend(), master=master, cache=False)


def test_loudness_shows_the_levels_of_sections_and_stems(song_folder: Path) -> None:
    made = CliRunner().invoke(app, ["loudness", str(song_folder)], env={"COLUMNS": "160"})
    assert made.exit_code == 0, made.output
    plan = read_plan(song_folder / "plan.json")
    for name in (*(visit.place.label for visit in plan.visits), *(stem.name for stem in plan.stems)):
        assert name in made.output
    said = CliRunner().invoke(app, ["loudness", str(song_folder), "--json"])
    (report,) = json.loads(said.output).values()
    assert [level["label"] for level in report["mix"]["sections"]] == [
        visit.place.label for visit in plan.visits
    ]
    alone = CliRunner().invoke(app, ["loudness", str(song_folder / "master.wav"), "--json"])
    (report,) = json.loads(alone.output).values()
    assert "mix" not in report


def test_a_remaster_says_what_is_wrong(song_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="did you mean 'club'"):
        remaster(song_folder, "clubb")
    with pytest.raises(RitornelloError, match="holds no song"):
        remaster(tmp_path, "club")
    with pytest.raises(RitornelloError, match="name it by --reference"):
        remaster(song_folder, "reference")


def test_every_style_has_a_mix_and_every_mix_a_style() -> None:
    used = {load_style(name).mix for name in style_names()}
    assert used == set(mix_names())
    assert all(load_mix(name).preset == name for name in mix_names())
