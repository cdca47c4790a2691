"""Songs that begin from audio: they carry it with them, and its content decides, not its place."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from composer.sources.init_audio import gather, rename_audio
from composer.sources.source import read_source
from structure.base.errors import RitornelloError
from structure.base.types import check_relative_path
from structure.loading.loader import parse_spec
from tests.composer.songmaker import Run
from tests.tones import ToneBackend

SONG = """\
# a song that begins from a riff
genre: pop
tempo: 120
seed: 3
stems:
  - {name: low, role: bass, prompt: electric bass}
sections:
  verse:
    bars: 2
    init: {audio: %s, strength: 0.4} # played by hand
form: [verse]
export: {overview: false, musicxml: false, midi: false}
"""
RATE = 44_100


@pytest.fixture
def able(backend: ToneBackend, monkeypatch: pytest.MonkeyPatch) -> ToneBackend:
    """Tones that say that they can begin from audio."""
    can = replace(backend.capabilities, takes_init_audio=True)
    monkeypatch.setattr(ToneBackend, "capabilities", can)
    return backend


def project(name: str, audio: str = "riff.wav", seed: int = 0, seconds: float = 4.0) -> Path:
    """A folder with a song and its audio, two bars of noise at 120 BPM."""
    folder = Path(name)
    folder.mkdir()
    (folder / "song.yaml").write_text(SONG % audio)
    path = folder / audio
    path.parent.mkdir(exist_ok=True, parents=True)
    noise = np.random.default_rng(seed).uniform(-0.3, 0.3, round(seconds * RATE))
    soundfile.write(path, noise, RATE)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("audio", ["takes/riff.wav", "../shared/riff.wav"])
def test_the_place_of_a_song_decides_nothing_and_its_folder_renders_again(
    run: Run, able: ToneBackend, audio: str
) -> None:
    for name in ("one", "two"):
        folder = project(name, audio)
        assert run("render", str(folder / "song.yaml"), "-q", "--no-cache", "--out", f"{name}-song") == (
            0,
            "",
            "",
        )
    one, two = Path("one-song"), Path("two-song")
    for file in ("song.lock", "plan.json", "song.yaml", "master.wav"):
        assert (one / file).read_bytes() == (two / file).read_bytes()
    assert "# played by hand" in (one / "song.yaml").read_text()
    lock = json.loads((one / "song.lock").read_text())
    (name, digest), *others = lock["init_audio"].items()
    assert not others and name in lock["written"] and name not in lock["files"]
    assert (one / name).read_bytes() == (Path("one") / audio).read_bytes()
    assert json.loads((one / "plan.json").read_text())["plan"]["init_audio"] == {name: {"sha256": digest}}

    Path("one/" + audio).unlink()  # the song has its own
    assert run("render", "one-song/song.yaml", "-q", "--no-cache", "--out", "again") == (0, "", "")
    assert Path("again/song.lock").read_bytes() == (one / "song.lock").read_bytes()
    assert run("render", "--lock", "one-song", "-q", "--out", "locked") == (0, "", "")
    assert run("render", "one-song/song.yaml", "-q", "--out", "one-song", "--force") == (0, "", "")
    assert (one / name).is_file()


@pytest.mark.slow
def test_other_audio_is_another_song(run: Run, able: ToneBackend) -> None:
    for seed, name in enumerate(("one", "two")):
        assert (
            run("render", str(project(name, seed=seed) / "song.yaml"), "-q", "--out", f"{name}-song")[0]
            == 0
        )
    plans = [json.loads(Path(f"{name}-song/plan.json").read_text())["plan"] for name in ("one", "two")]
    assert plans[0]["init_audio"] != plans[1]["init_audio"]
    clips = [json.loads(Path(f"{name}-song/song.lock").read_text())["clips"] for name in ("one", "two")]
    assert not set(clips[0].values()) & set(clips[1].values())
    Path("one-song/riff.wav").write_bytes(Path("two/riff.wav").read_bytes())
    assert run("verify", "one-song")[0] != 0
    code, _, err = run("render", "--lock", "one-song", "-q", "--out", "locked")
    assert code == 2 and "not the audio that the song was planned with" in err


def test_files_of_one_name_lie_side_by_side(tmp_path: Path) -> None:
    for folder in ("a", "b", "song"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "riff.wav").write_bytes(folder.encode())
    text = (SONG % "../a/riff.wav").replace(
        "[verse]", "\n- verse: {init: {audio: '../b/riff.wav'}}\n- verse: {init: {audio: riff.wav}}"
    )
    (tmp_path / "song/song.yaml").write_text(text)
    source = read_source(tmp_path / "song/song.yaml")
    contents = {name: file.path.read_bytes() for name, file in source.init_files.items()}
    assert contents == {"init/riff.wav": b"a", "init/riff-2.wav": b"b", "riff.wav": b"song"}
    assert [file.where.split("song.yaml")[1] for file in source.init_files.values()] == [
        ":10: sections.verse.init.audio",
        ":12: form[1].init.audio",
        ":13: form[2].init.audio",
    ]
    for name in contents:
        (tmp_path / "again" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "again" / name).touch()
    assert parse_spec(source.text, "song.yaml", tmp_path / "again") == source.spec


@pytest.mark.parametrize(
    "audio",
    [
        "/etc/riff.wav",
        "C:\\riff.wav",
        "Song.YAML",
        "stems/low.wav",
        "init",
        "~/riff.wav",
        "a//riff.wav",
        "a\nb.wav",
        "a/x\x00\\y.wav",
    ],
)
def test_audio_takes_no_name_of_ours_and_stays_in_the_folder(audio: str) -> None:
    text = SONG % "riff.wav"
    spec = parse_spec(text.replace("    init", "    # init"))
    section = spec.sections["verse"].model_validate({"init": {"audio": audio}})
    spec = spec.model_copy(update={"sections": {"verse": section}})
    found = gather(spec, text, Path(), "song.yaml")
    (name,) = found.files
    init = rename_audio(spec, found.changes).sections["verse"].init
    assert name.startswith("init/") and init is not None and init.audio == name == check_relative_path(name)


@pytest.mark.slow
def test_audio_that_cannot_be_used_is_told_with_file_line_and_field(run: Run, able: ToneBackend) -> None:
    folder = project("one", seconds=1.5)
    place = "one/song.yaml:10: sections.verse.init.audio: "
    code, _, err = run("render", "one/song.yaml", "--out", "out")
    assert code == 2 and f"{place}" in err and "lasts 1.500 s, less than a bar of 2.000 s" in err
    (folder / "riff.wav").write_bytes(b"this is no audio")
    code, _, err = run("render", "one/song.yaml", "--out", "out")
    assert code == 2 and place in err and "cannot be read as audio" in err
    soundfile.write(
        folder / "riff.wav", np.zeros(round(2.5 * RATE)), RATE
    )  # a bar, but nothing to stretch by
    code, _, err = run("render", "one/song.yaml", "--out", "out")
    assert code == 2 and place in err and "no beat can be heard" in err
    assert not Path("out").exists()


def test_a_mapping_finds_its_audio_in_the_folder_that_is_given(tmp_path: Path) -> None:
    mapping = {"genre": "pop", "sections": {"verse": {"init": {"audio": "riff.wav"}}}, "form": ["verse"]}
    with pytest.raises(
        RitornelloError, match=r"sections\.verse\.init\.audio: there is no file 'riff\.wav'"
    ):
        read_source(mapping, tmp_path)
    (tmp_path / "riff.wav").touch()
    assert read_source(mapping, tmp_path).init_files["riff.wav"].path == tmp_path / "riff.wav"
