"""Models of the user's own: where they are cut, the voices beside them, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from render.clips.players import Players
from render.voice.cuts import find_cuts, without_chance
from render.voice.kokoro import is_installed, load_kokoro
from render.voice.own_model import read_own_model
from render.voice.voices import own_voice_of
from structure.base.errors import BackendError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from tests.tones import ToneBackend

onnx: Any = pytest.importorskip("onnx", reason="pip install 'ritornello[voice]'")
runtime: Any = pytest.importorskip("onnxruntime", reason="pip install 'ritornello[voice]'")


def small_model(draws: str = "RandomNormalLike", inputs: tuple[str, ...] = ("ids", "look", "pace")) -> Any:
    """Return a graph that is built as Kokoro is, with other names, and draws its audio at random."""
    node, tensor = onnx.helper.make_node, onnx.helper.make_tensor
    kinds = {"ids": (7, [1, "n"]), "look": (1, [1, 256]), "pace": (1, [1])}
    weights = [
        tensor("kernel", 1, [1, 1, 3], [0.0, 1.0, 0.0]),
        tensor("one", 7, [1], [1]),
        tensor("least", 1, [], [1.0]),
    ]
    nodes = [
        node("Cast", ["ids"], ["a"], to=1),
        node("Mul", ["a", "pace"], ["b"]),
        node("Round", ["b"], ["c"]),
        node("Clip", ["c", "least"], ["lengths"]),
        node("Unsqueeze", ["lengths", "one"], ["d"]),
        node("Transpose", ["d"], ["e"], perm=[0, 2, 1]),
        node("MatMul", ["e", "d"], ["laid"]),
        node("ReduceMean", ["laid", "one"], ["f0"], keepdims=0),
        node("Neg", ["f0"], ["loud"]),
        *[n for x, y in (("f0", "g"), ("loud", "h")) for n in (
            node("Unsqueeze", [x, "one"], [f"{y}1"]),
            node("Conv", [f"{y}1", "kernel"], [f"{y}2"], pads=[1, 1]),
        )],
        node("Concat", ["laid", "g2", "h2"], ["over"], axis=1),
        node(draws, ["over"], ["drawn"]),
        node("Add", ["over", "drawn"], ["sound"]),
    ]  # fmt: skip
    info = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes,
        "small",
        [info(name, *kinds[name]) for name in inputs],
        [info("sound", 1, None)],
        weights,
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)


def test_a_model_is_cut_by_how_it_is_built_whatever_its_names() -> None:
    cuts = find_cuts(small_model().graph)
    assert (cuts.tokens, cuts.style, cuts.speed, cuts.audio) == ("ids", "look", "pace", "sound")
    assert (cuts.phonemes, cuts.durations, cuts.frames) == ("e", "lengths", "laid")
    assert (cuts.pitch, cuts.energy) == ("f0", "loud")


def test_a_graph_that_is_no_kokoro_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="not tokens, style and speed as Kokoro's are, but ids, pace"):
        find_cuts(small_model(inputs=("ids", "pace")).graph)
    other = small_model()
    del other.graph.node[-3:]
    with pytest.raises(ValueError, match="no decoder that reads phonemes, pitch and loudness"):
        find_cuts(other.graph)


@pytest.mark.parametrize(
    ("draws", "mean", "deviation"), [("RandomNormalLike", 0.0, 1.0), ("RandomUniformLike", 0.5, 0.289)]
)
def test_what_is_drawn_at_random_is_the_same_each_time(draws: str, mean: float, deviation: float) -> None:
    model = small_model(draws)
    without_chance(model)
    assert not any(one.op_type == draws for one in model.graph.node)
    model.graph.output.append(onnx.helper.make_tensor_value_info("drawn", 1, None))
    given = {"ids": np.ones((1, 90), np.int64), "pace": np.ones(1, np.float32)}
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    session = runtime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    given |= {
        one.name: np.zeros((1, 256), np.float32) for one in session.get_inputs() if one.name == "look"
    }
    one, other = (session.run(["drawn"], given)[0] for _ in range(2))
    assert one.size > 7000 and np.array_equal(one, other)
    assert float(one.mean()) == pytest.approx(mean, abs=0.05)
    assert float(one.std()) == pytest.approx(deviation, rel=0.06)


def write_model(folder: Path, *, voices: bool = True) -> Path:
    path = folder / "mine.onnx"
    path.write_bytes(small_model().SerializeToString())
    if voices:
        rows = {
            name: np.full((510, 1, 256), k, np.float32) for k, name in enumerate(("af_sky", "bm_george"))
        }
        np.savez(folder / "voices-v1.0.npz", **rows)  # type: ignore[arg-type]
        (folder / "voices-v1.0.npz").rename(folder / "voices-v1.0.bin")
    return path


def test_voices_are_found_beside_a_model_and_chosen_by_name_or_words(tmp_path: Path) -> None:
    own = read_own_model(write_model(tmp_path))
    assert set(own.voices) == {"af_sky", "bm_george"} and own.voices["af_sky"].shape == (510, 256)
    (tmp_path / "voices").mkdir()
    np.full((510, 256), 2, np.float32).tofile(tmp_path / "voices" / "if_sara.bin")
    more = read_own_model(tmp_path / "mine.onnx")
    assert more.digest != own.digest and np.all(more.voices["if_sara"] == 2.0)
    chosen = [own_voice_of(more, words).name for words in ("BM_George", "a low male voice", "woman", "")]
    assert chosen == ["bm_george", "bm_george", "af_sky", "af_sky"]
    assert own_voice_of(more, "female choir").singers == 3
    with pytest.raises(BackendError, match=r"'mine.onnx' has no voice 'bm_georg'") as caught:
        own_voice_of(more, "bm_georg")
    assert caught.value.field == "voice.name" and "'bm_george'" in str(caught.value.hint)


def test_files_that_are_missing_or_wrong_are_said(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="there is no file"):
        read_own_model(tmp_path / "no.onnx")
    (tmp_path / "me.pth").write_bytes(b"x")
    with pytest.raises(BackendError, match=r"'me.pth' is no ONNX file"):
        read_own_model(tmp_path / "me.pth")
    path = write_model(tmp_path, voices=False)
    with pytest.raises(BackendError, match=r"no voices beside 'mine.onnx'") as caught:
        read_own_model(path)
    assert str(tmp_path) in str(caught.value.hint)
    (tmp_path / "voices.bin").write_bytes(b"1234" * 300)
    with pytest.raises(
        BackendError, match=r"'voices.bin' .* holds no voices: 300 numbers are not rows of 256"
    ):
        read_own_model(path)


@pytest.mark.skipif(not is_installed(), reason="pip install 'ritornello[voice]'")
def test_a_damaged_model_is_an_error_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("render.voice.kokoro._FOLDER", tmp_path / "cache")
    path = write_model(tmp_path)
    path.write_bytes(b"no graph at all")
    with pytest.raises(BackendError, match=r"'mine.onnx' cannot sing: ") as caught:
        load_kokoro(read_own_model(path))
    assert caught.value.field == "voice.model" and "Kokoro-82M" in str(caught.value.hint)
    assert not list((tmp_path / "cache").glob("*"))


@pytest.mark.skipif(not is_installed(), reason="pip install 'ritornello[voice]'")
def test_the_stem_says_whose_model_is_wrong(tmp_path: Path) -> None:
    text = (
        "genre: pop\nform: [verse]\n"
        "stems:\n  - {name: anna, role: vocals, voice: {model: PATH, name: bm_georg}}\n"
        "  - {name: keys, role: chords}\n"
        "sections:\n  verse: {bars: 4, chords: C | F | G | C, lyrics: over the river}\n"
    )

    def make(path: Path) -> None:
        plan = plan_song(parse_spec(text.replace("PATH", str(path)), "a.yaml"))
        Players(plan, ToneBackend()).maker(plan.visits[0], plan.stems[0])

    with pytest.raises(BackendError, match=r"stems.anna.voice.model: there is no file") as caught:
        make(tmp_path / "no.onnx")
    assert caught.value.field == "stems.anna.voice.model"
    with pytest.raises(BackendError, match=r"stems.anna.voice.name: 'mine.onnx' has no voice 'bm_georg'"):
        make(write_model(tmp_path))
