"""The radio: gapless, on one grid, deterministic, and open to new prompts."""

import io
import itertools
import struct
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

import composer
from composer.clips.radio import Radio, play
from composer.clips.sinks import PromptLines, to_file, to_pipe
from render.backends.request import Clip, ClipRequest
from structure.base.errors import RitornelloError
from tests.tones import ToneBackend, level_db

RATE = 44_100


def station(*prompts: str, seed: int = 4, hold: int = 1) -> Radio:
    return Radio(prompts or ("calm piano",), ToneBackend(), seed=seed, tempo=150, hold=hold, bars=2)


def first(radio: Radio, count: int) -> list:
    return list(itertools.islice(radio.chunks(), count))


def test_chunks_are_whole_bars_of_one_grid_and_differ() -> None:
    radio = station()
    chunks = first(radio, 2)
    assert {chunk.audio.shape[1] for chunk in chunks} == {radio.grid.sample_at_bar(2)}
    assert {(chunk.plan.key, chunk.plan.grid) for chunk in chunks} == {
        (chunks[0].plan.key, chunks[0].plan.grid)
    }
    assert not np.array_equal(chunks[0].audio, chunks[1].audio)
    assert chunks[0].plan.visits[0].music.score != chunks[1].plan.visits[0].music.score


@dataclass
class FirstAlone(ToneBackend):
    """Tones until it is told to be silent."""

    is_silent: bool = False

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        return replace(clip, audio=0 * clip.audio) if self.is_silent else clip


def test_what_rings_goes_on_over_the_seam() -> None:
    """Where the next chunk has no sound of its own, the end of the one before dies away in it."""
    backend = FirstAlone()
    chunks = Radio(("calm piano",), backend, seed=4, tempo=150, bars=2).chunks()
    first = next(chunks).audio
    backend.is_silent = True
    second = next(chunks).audio
    before, after = first[:, -RATE // 50 :], second[:, : RATE // 50]
    assert abs(level_db(after) - level_db(before)) < 3.0
    assert level_db(second[:, RATE : RATE + RATE // 50]) < level_db(after) - 6.0
    steps = np.abs(np.diff(np.concatenate([first, second], axis=1)[:, -second.shape[1] - 500 :][:, :1000]))
    assert steps[:, 499].max() <= np.delete(steps, 499, axis=1).max()  # the seam is as smooth as all else


@pytest.mark.slow
def test_the_same_seed_and_prompts_give_the_same_samples() -> None:
    one, again, other = (first(station("a", "b", seed=seed), 3) for seed in (1, 1, 2))
    assert all(np.array_equal(a.audio, b.audio) for a, b in zip(one, again, strict=True))
    assert not np.array_equal(one[0].audio, other[0].audio)


@pytest.mark.slow
def test_prompts_take_turns_and_turn_into_each_other() -> None:
    chunks = first(station("calm piano", "metal guitars", hold=2), 6)
    turns = [(chunk.prompt, chunk.target) for chunk in chunks]
    a, b = "calm piano", "metal guitars"
    assert turns == [(a, a), (a, a), (a, b), (b, b), (b, a), (a, a)]
    assert chunks[2].plan.visits[0].sound.morph_prompts and not chunks[1].plan.visits[0].sound.morph_prompts


@pytest.mark.slow
def test_a_prompt_that_comes_in_is_next() -> None:
    radio = station("calm piano", hold=9)
    chunks = radio.chunks()
    next(chunks)
    radio.add("loud trumpet")
    turning, after = next(chunks), next(chunks)
    assert (turning.prompt, turning.target) == ("calm piano", "loud trumpet")
    assert after.prompt == "loud trumpet"


@pytest.mark.slow
def test_it_stops_on_the_sample_and_leaves_a_file_that_can_be_read(tmp_path: Path) -> None:
    lines = tmp_path / "prompts.txt"
    heard: list[str] = []
    prompts = PromptLines(lines, stdin=False)
    lines.write_text("loud trumpet\n")
    for suffix in (".wav", ".flac"):
        file = tmp_path / f"radio{suffix}"
        with to_file(file, 44_100) as write:
            n = play(
                station(),
                write,
                longest_samples=200_000,
                told=lambda chunk: heard.append(chunk.target),
                new_prompts=prompts,
            )
        assert n == soundfile.info(file).frames == 200_000
    assert heard[1] == "loud trumpet"


def test_a_file_is_whole_after_an_interruption(tmp_path: Path) -> None:
    def stop(chunk: object) -> None:
        if stop.calls:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        stop.calls = 1  # type: ignore[attr-defined]

    stop.calls = 0  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt), to_file(tmp_path / "radio.wav", 44_100) as write:
        play(station(), write, longest_samples=None, told=stop, new_prompts=lambda: ())
    audio, _ = soundfile.read(tmp_path / "radio.wav")
    assert len(audio) == station().grid.sample_at_bar(2) and np.abs(audio).max() > 0.01


def test_a_pipe_gets_a_wav_stream() -> None:
    stream = io.BytesIO()
    with to_pipe(stream, 44_100) as write:
        write(np.full((2, 10), 0.5, dtype=np.float32))
    data = stream.getvalue()
    assert data[:4] == b"RIFF" and data[8:16] == b"WAVEfmt "
    assert struct.unpack("<HHI", data[20:28]) == (1, 2, 44_100)
    assert np.frombuffer(data[44:], "<i2").tolist() == [16384] * 20


def test_a_radio_needs_a_prompt() -> None:
    with pytest.raises(RitornelloError, match="needs a prompt"):
        Radio([], ToneBackend())


@pytest.mark.slow
def test_the_generator_gives_the_same_blocks_and_takes_prompts() -> None:
    blocks = composer.radio("techno", seed=4, hold=1, bars=2, backend=ToneBackend())
    radio = Radio(["techno"], ToneBackend(), seed=4, hold=1, bars=2)
    assert np.array_equal(next(blocks), first(radio, 1)[0].audio)
    blocks.send("ambient pads")  # turns into it, which tones do not tell
    stays = composer.radio("techno", seed=4, hold=1, bars=2, backend=ToneBackend())
    next(stays), next(stays)
    assert not np.array_equal(next(blocks), next(stays))
    with pytest.raises(RitornelloError, match="needs a prompt"):
        next(composer.radio(backend=ToneBackend()))
