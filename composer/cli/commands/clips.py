"""Commands that make clips: ``clip``, ``vary``, ``morph``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import ExplainOption, StrictOption, app, tell_understanding
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.clips.clip import ClipWish, MadeClip
    from structure.plans.plan import SongPlan

SecondsOption = Annotated[
    float, typer.Option(help="Length, to the nearest bar; what rings after the last bar comes on top.")
]
SeedOption = Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Another seed is another clip.")]
SentenceSeedOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=2**63 - 1,
        help="Another seed is another clip; left out, the prompt gives it.",
    ),
]
TempoOption = Annotated[float | None, typer.Option(min=30, max=300, help="Beats a minute.")]
KeyOption = Annotated[str | None, typer.Option(help="Such as 'A minor'.")]
NegativeOption = Annotated[str | None, typer.Option(help="What it must not sound like.")]
StepsOption = Annotated[int | None, typer.Option(min=1, max=200, help="Diffusion steps.")]
GuidanceOption = Annotated[float | None, typer.Option(min=0, max=30, help="Classifier-free guidance.")]
StemsOption = Annotated[bool, typer.Option("--stems", help="Write a WAV file for each stem too.")]
OutOption = Annotated[Path | None, typer.Option(help="Folder to make; named by the prompt if left out.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace the clip in an existing folder.")]
BackendOption = Annotated[str, typer.Option(help="Diffusion backend.")]
NoCacheOption = Annotated[bool, typer.Option("--no-cache", help="Generate anew.")]


@command(app)
def clip(
    prompt: Annotated[str, typer.Argument(help="The clip in a few words, in quotes.")],
    seconds: SecondsOption = 20.0,
    seed: SentenceSeedOption = None,
    tempo: TempoOption = None,
    key: KeyOption = None,
    negative: NegativeOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    init: Annotated[Path | None, typer.Option(help="Audio to begin from.")] = None,
    strength: Annotated[float, typer.Option(min=0, max=1, help="How much of it is made anew.")] = 0.6,
    repaint: Annotated[
        str | None, typer.Option(metavar="BARS", help="Bars that are another take: 3-4.")
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="The end leads into the beginning.")] = False,
    stems: StemsOption = False,
    out: OutOption = None,
    force: ForceOption = False,
    backend: BackendOption = "embedded",
    no_cache: NoCacheOption = False,
    strict: StrictOption = False,
    explain: ExplainOption = False,
    *,
    output: Output,
) -> None:
    """Make a clip of some bars from a prompt: WAV, spectrogram, plan.

    What was understood of the prompt, and what became of each wish, is shown first.
    """
    from composer.clips.clip import ClipWish, plan_clip, understand_wish

    wish = ClipWish(
        prompt=prompt,
        seconds=seconds,
        seed=_seed(prompt, seed),
        tempo=tempo,
        key=key,
        negative=negative,
        steps=steps,
        guidance=guidance,
        init=init,
        strength=strength,
        repaint=repaint,
        loop=loop,
        backend=backend,
    )
    plan = plan_clip(wish)
    tell_understanding(understand_wish(plan, wish), strict=strict, explain=explain, quiet=not output.talks)
    folder = _folder(out, prompt)
    _tell(_make(folder, [("clip", plan)], wish, stems, force, no_cache, output), folder, output)


@command(app)
def morph(
    start: Annotated[str, typer.Argument(help="How it begins.")],
    end: Annotated[str, typer.Argument(help="How it ends.")],
    seconds: SecondsOption = 40.0,
    seed: SentenceSeedOption = None,
    tempo: TempoOption = None,
    key: KeyOption = None,
    negative: NegativeOption = None,
    steps: StepsOption = None,
    guidance: GuidanceOption = None,
    stems: StemsOption = False,
    out: OutOption = None,
    force: ForceOption = False,
    no_cache: NoCacheOption = False,
    *,
    output: Output,
) -> None:
    """Turn one prompt into another on the way through a clip, on one beat and without a seam."""
    from composer.clips.clip import ClipWish
    from composer.clips.morph import plan_morph

    wish = ClipWish(start, seconds, _seed(start, seed), tempo, key, negative, steps, guidance)
    folder, plans = _folder(out, f"{start} to {end}"), [("clip", plan_morph(wish, end))]
    _tell(_make(folder, plans, wish, stems, force, no_cache, output), folder, output)


@command(app)
def vary(
    source: Annotated[
        str,
        typer.Argument(metavar="CLIP", help="A clip's folder, a song spec, an audio file, or a prompt."),
    ],
    takes: Annotated[int, typer.Option(min=1, max=64, help="How many.")] = 4,
    distance: Annotated[float, typer.Option(min=0, max=1, help="0 the same, 1 unrelated.")] = 0.3,
    prompt: Annotated[
        str | None, typer.Option(help="How takes of an audio file should sound; needed with one.")
    ] = None,
    seed: SeedOption = 0,
    stems: StemsOption = False,
    out: OutOption = None,
    force: ForceOption = False,
    no_cache: NoCacheOption = False,
    *,
    output: Output,
) -> None:
    """Make takes of a clip at a chosen distance: the same notes, another performance and sound."""
    from composer.clips.clip import LONGEST_S, ClipWish, plan_clip, plan_take
    from composer.clips.files import read_clip
    from composer.sources.source import plan_source, read_source
    from render.audio.files import read_audio

    path = Path(source)
    wish = ClipWish(source, seed=seed)
    if path.is_file() and path.suffix.lower() not in (".yaml", ".yml", ".json"):
        if prompt is None:
            raise UsageError(
                f"{path}: say with --prompt how its takes should sound", path=path, field="--prompt"
            )
        seconds = min(LONGEST_S, float(max(1.0, read_audio(path, channels=1).shape[1] / 44_100)))
        wishes = [
            ClipWish(prompt, seconds, seed + k, init=path, strength=distance) for k in range(1, takes + 1)
        ]
        planned = [(f"take-{k}", plan_clip(each)) for k, each in enumerate(wishes, 1)]
        name = f"{path.stem} takes"
    else:
        loop = False
        if path.is_dir():
            plan, loop = read_clip(path)
        elif path.is_file():
            plan = plan_source(read_source(path))
        else:
            plan = plan_clip(wish)
        wish = replace(wish, loop=loop, backend=plan.render.backend)
        planned = [("original", plan)]
        planned += [(f"take-{k}", plan_take(plan, distance, k)) for k in range(1, takes + 1)]
        name = f"{path.stem if path.exists() else source} takes"
    folder = _folder(out, name)
    _tell(_make(folder, planned, wish, stems, force, no_cache, output), folder, output)


def _seed(prompt: str, seed: int | None) -> int:
    from composer.sources.sentences import sentence_seed

    return sentence_seed(prompt) if seed is None else seed


def _folder(out: Path | None, name: str) -> Path:
    import re

    words = re.findall(r"[a-z0-9]+", name.lower())
    return out if out is not None else Path("-".join(words[:8]) or "clip")


def _make(
    folder: Path,
    plans: list[tuple[str, SongPlan]],
    wish: ClipWish,
    stems: bool,
    force: bool,
    no_cache: bool,
    output: Output,
) -> dict[str, MadeClip]:
    """Render plans into a folder, all or none."""
    from composer.base.pace import Expected
    from composer.cli.commands.shared import clip_cache
    from composer.cli.display.progress import progress_display
    from composer.clips.clip import render_clip
    from composer.clips.files import clip_files, write_clip, write_manifest
    from composer.folder.layout import stage_folder
    from render.backends import load_backend
    from structure.base.names import EXPORT_MANIFEST

    cache = clip_cache(None, no_cache=no_cache)
    made: dict[str, MadeClip] = {}
    expected = [Expected.of_clip(plan) for _, plan in plans]
    names = [file for name, plan in plans for file in clip_files(name, plan, stems=stems)]
    with (
        progress_display(quiet=not output.talks, expected=expected) as progress,
        stage_folder(folder, names, replace=force, marker=EXPORT_MANIFEST) as work,
    ):
        backend = load_backend(wish.backend)
        for name, plan in plans:
            made[name] = render_clip(plan, backend, cache, progress, loop=wish.loop)
            write_clip(work, name, made[name], stems=stems)
        write_manifest(work, loop=wish.loop)
    return made


def _tell(made: dict[str, MadeClip], folder: Path, output: Output) -> None:
    """Say what was made; of several takes, how far each is from the first."""
    from composer.clips.clip import distance_db

    first = next(iter(made.values()))
    rows = []
    for name, one in made.items():
        plan = one.plan
        bars = plan.visits[0].bars
        bars_s = plan.grid.sample_at_bar(bars) / one.sample_rate
        rings_s = one.audio.shape[1] / one.sample_rate - bars_s
        rows.append(
            {
                "name": name,
                "file": f"{folder / name}.wav",
                "seconds": bars_s,
                "bars": bars,
                "ring_s": rings_s,
                "tempo_bpm": float(plan.grid.tempo_bpm),
                "key": plan.key,
                "stems": [stem.name for stem in plan.stems],
                "notes": list(one.warnings),
                "distance_db": None if one is first else distance_db(first.audio, one.audio),
            }
        )
    output.document({"folder": str(folder), "clips": rows})
    for row in rows:
        rings = f" and {row['ring_s']:.1f} s of ring" if row["ring_s"] >= 0.05 else ""
        in_bars = f"{row['bars']} bar{'' if row['bars'] == 1 else 's'}"
        output.line(
            f"{row['file']}: {row['seconds']:.2f} s in {in_bars}{rings}, at "
            f"{row['tempo_bpm']:g} BPM in {row['key']}; {', '.join(row['stems'])}"
        )
        for note in row["notes"]:
            output.note(f"note: {note}")
    for row in rows[1:]:
        output.line(f"{row['name']}: {row['distance_db']:.1f} dB from {rows[0]['name']}")
