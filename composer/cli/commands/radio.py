"""``ritornello radio``: music that plays on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, check_target
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError


@command(app)
def radio(
    prompts: Annotated[list[str], typer.Argument(help="What to play; several take turns.")],
    out: Annotated[
        Path | None, typer.Option(help="A .wav or .flac file to write, or - for a WAV stream on stdout.")
    ] = None,
    play: Annotated[bool, typer.Option("--play", help="Play on the sound card.")] = False,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="Stop after this; else Ctrl-C.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Another seed is another programme.")] = 0,
    tempo: Annotated[float | None, typer.Option(min=30, max=300, help="Beats a minute.")] = None,
    key: Annotated[str | None, typer.Option(help="Such as 'A minor'.")] = None,
    hold: Annotated[int, typer.Option(min=1, max=64, help="Chunks of 8 bars for each prompt.")] = 2,
    listen: Annotated[
        Path | None, typer.Option(help="A file to watch: each line appended to it is played next.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    *,
    output: Output,
) -> None:
    """Play on for as long as wanted, evolving; a line typed meanwhile is the next prompt."""
    if (out is None) != play:
        raise UsageError("say where the music goes: --out FILE, --out - or --play", field="--out")
    if output.as_json and str(out) == "-":
        raise UsageError("--json and --out - both want standard output", field="--json")
    if out is not None and str(out) != "-":
        check_target(out, (".wav", ".flac"), force=force)
    _play(list(prompts), out, minutes, (seed, tempo, key, hold), listen, output)


def _play(
    prompts: list[str],
    out: Path | None,
    minutes: float | None,
    programme: tuple[int, float | None, str | None, int],
    listen: Path | None,
    output: Output,
) -> None:
    import sys
    import time

    from composer.clips.radio import Chunk, Radio, play
    from composer.clips.sinks import PromptLines, to_file, to_pipe, to_sound_card
    from render.backends import load_backend

    seed, tempo, key, hold = programme
    station = Radio(prompts, load_backend("embedded"), seed=seed, tempo=tempo, key=key, hold=hold)
    longest = None if minutes is None else round(minutes * 60 * station.sample_rate)
    begun = time.perf_counter()
    made = 0
    played: list[dict[str, str | float]] = []

    def told(chunk: Chunk) -> None:
        nonlocal made
        made += chunk.audio.shape[1]
        spent = time.perf_counter() - begun
        pace = spent * station.sample_rate / made
        what = chunk.prompt if chunk.target == chunk.prompt else f"{chunk.prompt} → {chunk.target}"
        output.note(f"{made / station.sample_rate:7.1f} s  {what}  (made in {pace:.2f} of its length)")
        played.append(
            {"until_s": made / station.sample_rate, "prompt": chunk.prompt, "target": chunk.target}
        )

    lines = PromptLines(listen, stdin=not sys.stdin.closed)
    if out is None:
        sink = to_sound_card(station.sample_rate)
    elif str(out) == "-":
        sink = to_pipe(sys.stdout.buffer, station.sample_rate)
    else:
        sink = to_file(out, station.sample_rate)
    with sink as write:
        try:
            play(station, write, longest_samples=longest, told=told, new_prompts=lines)
        except KeyboardInterrupt:
            output.note("stopped")
    output.document({"file": None if out is None else str(out), "chunks": played})
