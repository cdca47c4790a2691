"""The package as a library: short words, sound in notebooks, bytes, cancelling, threads, and a web page."""

from __future__ import annotations

import base64
import io
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import composer
import composer.base.backends
import render.backends
import structure.base.errors
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "docs" / "library.md"


@pytest.fixture(scope="module")
def song() -> composer.Song:
    return composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False)


def test_every_public_name_is_there_and_every_error_is_public() -> None:
    for name in composer.__all__:
        assert getattr(composer, name) is not None
    errors = {
        name
        for name, kind in vars(structure.base.errors).items()
        if isinstance(kind, type) and issubclass(kind, composer.RitornelloError)
    }
    assert errors <= set(composer.__all__) and len(errors) > 15
    assert re.fullmatch(r"\d+\.\d+\.\d+", composer.__version__)
    for package in ("composer", "render", "structure", "songs"):
        assert (ROOT / package / "py.typed").is_file()


def test_a_song_and_a_plan_say_what_they_are_in_a_line(song: composer.Song) -> None:
    assert repr(song) == "<Song Small Song: pop, 240 BPM, A minor, 4/4, 2 stems, 0:08>"
    assert repr(song.plan) == "<SongPlan Small Song: pop, A minor, 2 stems, 6 bars, 0:08>"


def test_a_notebook_shows_a_player_and_a_table(song: composer.Song) -> None:
    page = song._repr_html_()
    assert "<p>Small Song: pop" in page
    sound = re.search(r'<audio controls [^>]*src="data:audio/mpeg;base64,([^"]+)"', page)
    assert sound is not None
    heard, rate = soundfile.read(io.BytesIO(base64.b64decode(sound[1])))
    assert rate == song.sample_rate and abs(len(heard) / rate - song.master.shape[1] / rate) < 0.2
    table = song.plan._repr_html_()
    assert [re.findall("<td>(.*?)</td>", row)[3] for row in table.split("<tr>")[2:]] == [
        "Verse",
        "Chorus 1",
        "Chorus 2",
    ]
    named = composer.plan({"title": "<b>&", "description": "pop", "seed": 1, "length": "8 bars"})
    assert "<b>&" not in named._repr_html_() and "&lt;b&gt;&amp;" in named._repr_html_()


def test_a_song_is_a_file_in_memory(song: composer.Song) -> None:
    for kind, error in (("wav", 2**-22), ("flac", 2**-22), ("ogg", 0.2), ("mp3", 0.2)):
        heard, rate = soundfile.read(io.BytesIO(song.to_bytes(kind)), always_2d=True)  # type: ignore[arg-type]
        assert rate == song.sample_rate
        length = min(len(heard), song.master.shape[1])
        assert length >= song.master.shape[1] - 10
        assert np.sqrt(np.mean((heard[:length].T - song.master[:, :length]) ** 2)) < error
    assert song.to_bytes("wav") == song.to_bytes("wav")
    low, _ = soundfile.read(io.BytesIO(song.to_bytes("flac", stem="low")))
    assert np.abs(low.T - song.stems["low"]).max() < 2**-22
    with pytest.raises(composer.UsageError, match="did you mean 'mp3'"):
        song.to_bytes("mp33")  # type: ignore[arg-type]
    with pytest.raises(composer.UsageError, match=r"no stem 'loww'.*did you mean 'low'"):
        song.to_bytes(stem="loww")


def test_a_plan_is_composed_as_its_spec_is(song: composer.Song, tmp_path: Path) -> None:
    planned = composer.plan(SHORT_SPEC)
    made = composer.compose(planned, backend=ToneBackend(), cache=False)
    assert made.master.tobytes() == song.master.tobytes()
    assert (made.save(tmp_path / "song") / "song.yaml").read_text() == SHORT_SPEC
    with pytest.raises(composer.UsageError, match="a plan has its seed"):
        composer.compose(planned, seed=3)
    with pytest.raises(composer.UsageError, match=r"compose what `plan` returns, or the song\.yaml"):
        composer.compose(song.plan)


@pytest.mark.parametrize("stage", ["plan", "load", "clips", "mix", "master"])
def test_a_progress_callback_can_cancel_at_any_stage(stage: str, tmp_path: Path) -> None:
    def progress(event: composer.ProgressEvent) -> None:
        if event.stage == stage:
            raise composer.CancelledError

    cache = tmp_path / "cache"
    with pytest.raises(composer.CancelledError):
        composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=cache, progress=progress)
    again = ToneBackend()
    composer.compose(SHORT_SPEC, backend=again, cache=cache)
    assert again.made == (3 if stage in ("plan", "load", "clips") else 0)


def test_a_save_that_is_cancelled_leaves_nothing(song: composer.Song, tmp_path: Path) -> None:
    def progress(event: composer.ProgressEvent) -> None:
        if event.stage == "verify":
            raise composer.CancelledError

    with pytest.raises(composer.CancelledError):
        song.save(tmp_path / "song", progress=progress)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_songs_are_made_in_threads_as_they_are_made_alone(tmp_path: Path) -> None:
    specs = [SHORT_SPEC.replace("{midi: false, musicxml: false, overview: false}", "{}")] * 2
    specs += [specs[0].replace("seed: 5", "seed: 9").replace("genre: pop", "genre: jazz")] * 2

    def make(number: int) -> dict[str, bytes]:
        made = composer.compose(specs[number], backend=ToneBackend(), cache=tmp_path / "cache")
        folder = made.save(tmp_path / str(number))
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and path.name != "report.json"
        }

    with ThreadPoolExecutor(4) as pool:
        first, second, third, fourth = pool.map(make, range(4))
    assert first == second and third == fourth and first != third
    assert {"overview.png", "score.musicxml", "score.mid", "master.wav"} <= set(first)


def examples() -> dict[str, str]:
    """The blocks of Python in the page on the library, by the heading that each stands under."""
    text = LIBRARY.read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {head: "\n".join(re.findall(r"```python\n(.*?)```", body, re.DOTALL)) for head, body in pairs}


@pytest.fixture
def tones(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ToneBackend:
    """Tones in place of every backend, in an empty folder."""
    backend = ToneBackend()
    monkeypatch.setattr(render.backends, "load_backend", lambda name, options=None: backend)
    monkeypatch.chdir(tmp_path)
    return backend


@pytest.mark.slow
@pytest.mark.parametrize("name", [head for head in examples() if examples()[head]])
def test_the_examples_of_the_page_run(name: str, tones: ToneBackend) -> None:
    if name == "A web service":
        pytest.importorskip("fastapi", reason="pip install '.[studio]'")
    told: dict[str, Any] = {}
    exec(compile(examples()[name], f"{LIBRARY}: {name}", "exec"), told)
    if name == "A web service":
        from fastapi.testclient import TestClient

        with TestClient(told["app"]) as client:
            answer = client.get("/song.mp3", params={"words": "a slow waltz, ten seconds"})
        assert answer.headers["content-type"] == "audio/mpeg"
        assert len(soundfile.read(io.BytesIO(answer.content))[0]) > 44_100 * 5
    if name == "In a notebook":
        assert "<audio controls" in told["song"]._repr_html_()


@pytest.mark.parametrize("seed", [-1, 1.5, "1", 2**63, True])
def test_a_seed_that_no_spec_may_have_is_refused(seed: Any) -> None:
    with pytest.raises(composer.UsageError, match="a seed is a whole number from 0 to"):
        composer.plan("pop song", seed=seed)


@pytest.mark.parametrize("source", [None, 5, b"pop", ["pop"]])
def test_what_no_song_is_made_from_is_said(source: Any) -> None:
    with pytest.raises(composer.UsageError, match="a song is made from"):
        composer.plan(source)
    with pytest.raises(composer.SpecError, match="no plain data"):
        composer.plan({"description": source, "more": object()})


def test_one_section_may_be_named_without_a_list() -> None:
    verse = composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False, only="verse")
    assert {visit.place.name for visit in verse.plan.visits} == {"verse"}


def test_a_morph_needs_words_for_its_end() -> None:
    with pytest.raises(composer.UsageError, match="how the clip should end"):
        composer.morph("warm pad", " ")
