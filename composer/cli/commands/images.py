"""Commands that turn audio into Riffusion's spectrogram images and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, check_target
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


@command(app)
def audio2image(
    audio: Annotated[Path, typer.Argument(metavar="AUDIO", help="A WAV, FLAC, Ogg or MP3 file.")],
    image: Annotated[Path, typer.Argument(metavar="IMAGE.png", help="The picture to write.")],
    stereo: Annotated[
        bool, typer.Option("--stereo", help="Left in green, right in blue; else the mean of both.")
    ] = False,
    min_hz: Annotated[int, typer.Option(min=0, help="Lowest frequency.")] = 0,
    max_hz: Annotated[int, typer.Option(min=1, help="Highest frequency.")] = 10_000,
    force: ForceOption = False,
    *,
    output: Output,
) -> None:
    """Turn audio into a spectrogram image in Riffusion's format, EXIF tags included."""
    check_target(image, (".png",), force=force)
    from render.audio.files import read_audio
    from render.backends.riffusion.image import ImageParams, image_from_audio, write_image

    try:
        params = ImageParams(stereo=stereo, min_hz=min_hz, max_hz=max_hz)
    except ValueError as exc:
        raise UsageError(f"--min-hz {min_hz} --max-hz {max_hz}: {exc}", field="--min-hz") from exc
    made = image_from_audio(read_audio(audio, params.sample_rate, params.channels), params)
    write_image(image, made)
    output.document(
        {"file": str(image), "width": made.width, "height": made.height, "step_ms": params.step_ms}
    )
    output.line(f"{image}: {made.width} × {made.height} pixels, {params.step_ms} ms each")


@command(app)
def image2audio(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A spectrogram image.")],
    audio: Annotated[Path, typer.Argument(metavar="OUT.wav", help="The file to write.")],
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of the first phases.")] = 0,
    iterations: Annotated[int, typer.Option(min=1, help="Of Griffin-Lim.")] = 32,
    force: ForceOption = False,
    *,
    output: Output,
) -> None:
    """Turn a spectrogram image in Riffusion's format into audio; the EXIF tags say how."""
    check_target(audio, (".wav",), force=force)
    import numpy as np

    from render.audio.levels import db_from_gain
    from render.audio.wav import write_wav
    from render.backends.riffusion.image import audio_from_image, params_of, read_image

    picture = read_image(image)
    made = audio_from_image(picture, seed=seed, iterations=iterations)
    peak = float(np.abs(made).max(initial=0.0))
    if peak > 1.0:
        output.note(f"note: {db_from_gain(peak):.1f} dB beyond full scale; made softer by that")
        made = made / np.float32(peak)
    rate = params_of(picture).sample_rate
    write_wav(audio, made, rate)
    width = "stereo" if len(made) == 2 else "mono"
    output.document(
        {
            "file": str(audio),
            "seconds": made.shape[1] / rate,
            "channels": len(made),
            "sample_rate": rate,
            "softened_db": max(0.0, db_from_gain(peak)) if peak > 0.0 else 0.0,
        }
    )
    output.line(f"{audio}: {made.shape[1] / rate:.2f} s, {width}, {rate} Hz")
