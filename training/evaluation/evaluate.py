"""Evaluates the embedded model: ``python -m training.evaluation.evaluate --test T --data D --out O``.

``T`` is what ``training.dataset --held-out`` wrote: real tunes and parts of planned songs, in
wordings and pairs of instrument and effect that training never saw. ``D`` is the training set, to whose
reference renders the classifiers are fitted. Prints the figures and writes ``evaluation.json`` and pictures
of spectrogram pairs to ``O``. Needs ``basic-pitch`` and scikit-learn besides the package's own extras (the
README here says how to install them).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch

from render.model.features import LAYOUTS
from render.model.network import TimbreEncoder
from render.model.pipeline import (
    DEFAULT_STEPS,
    ScorePipeline,
    load_pipeline,
)
from render.model.shipped import WEIGHTS
from structure.base.files import replacing
from training.clip_set import ClipSet
from training.evaluation.control import morphs, negatives, prompt_distances, variety
from training.evaluation.fidelity import (
    PLUCKED_FAMILIES,
    distances,
    drum_scores,
    dynamics,
    family_scores,
    note_scores,
)
from training.evaluation.griffin_lim import decoders
from training.evaluation.listeners import DrumListener, FamilyListener, Transcriber
from training.evaluation.pictures import draw_pairs
from training.evaluation.spectral import mel_error_db, multi_resolution_distance
from training.evaluation.takes import TestClip, generate, make_takes, read_test_clips, spread
from training.train import ENCODERS, load_encoder

PARTS = ("distances", "notes", "families", "dynamics", "decoders", "control", "curves", "pictures")
_STEPS = (1, 2, 3, 4, 6, 8)
_GUIDANCE = (1.0, 1.5, 2.0, 3.0, 5.0)
_SPREADS = (0.0, 0.3, 0.5, 0.7, 1.0)
_CURVE_CLIPS = 32
_SOUNDS = 16
"""Sounds of which two wordings each are compared."""


def evaluate(
    pipeline: ScorePipeline,
    encoder: TimbreEncoder,
    clips: Sequence[TestClip],
    trained_on: ClipSet,
    parts: Sequence[str],
    out: Path,
    steps: int | None,
) -> dict[str, Any]:
    """Return the figures of one pipeline over test clips; ``parts`` are some of :data:`PARTS`."""
    layout, is_drums = pipeline.layout, pipeline.config.kind == "drums"
    plain = [clip for clip in clips if clip.effect == "dry"]
    found: dict[str, Any] = {"clips": len(clips), "dry": len(plain)}
    found["steps"] = steps or DEFAULT_STEPS[pipeline.config.kind]
    needs_takes = bool(set(parts) - {"control", "curves"})
    takes = make_takes(pipeline, encoder, clips, steps=steps) if needs_takes else []
    dry = [take for take in takes if take.clip.effect == "dry"]
    if "distances" in parts:
        found["distances"] = distances(takes, layout)
    if "notes" in parts:
        if is_drums:
            found["drums"] = drum_scores(dry, DrumListener(trained_on))
        else:
            found["notes"] = note_scores(dry, Transcriber())
    if "dynamics" in parts:
        found["dynamics"] = dynamics(dry)
        plucked = [take for take in dry if take.clip.family in PLUCKED_FAMILIES]
        if plucked:
            found["dynamics of plucked sounds"] = dynamics(plucked)
    if "decoders" in parts:
        found["decoders"] = decoders(dry, layout)
    if "pictures" in parts:
        draw_pairs(dry, layout, out / f"{pipeline.config.kind}.png")
    if {"families", "control", "curves"} & set(parts):
        listener = FamilyListener(trained_on, out / f"listener-{pipeline.config.kind}.pt")
        if "families" in parts:
            found["families"] = family_scores(takes, listener, layout)
        if "control" in parts:
            found["control"] = _control(pipeline, plain, listener)
        if "curves" in parts:
            chosen = spread(plain, _CURVE_CLIPS)
            found["steps of the painter"] = {
                str(steps): _point(pipeline, chosen, listener, steps=steps) for steps in _STEPS
            }
            found["guidance of the prior"] = {
                str(scale): _point(pipeline, chosen, listener, guidance=scale) for scale in _GUIDANCE
            }
            found["spread of a take's noise"] = {
                str(share): _point(pipeline, chosen, listener, take_spread=share) for share in _SPREADS
            }
    return found


def _control(
    pipeline: ScorePipeline, clips: Sequence[TestClip], listener: FamilyListener
) -> dict[str, Any]:
    prompts = [clip.caption for clip in spread(clips, 12)]
    clip = next((clip for clip in clips if clip.plays == "m"), clips[0])
    found = {
        "prompt_distances": prompt_distances(pipeline, clip, _in_two_wordings(clips, _SOUNDS)),
        "variety": variety(pipeline, clip, prompts),
    }
    if pipeline.config.kind != "drums":
        found |= {"negatives": negatives(pipeline, clip, listener), "morphs": morphs(pipeline, clip)}
    return found


def _in_two_wordings(clips: Sequence[TestClip], count: int) -> list[TestClip]:
    """Return a clip for each of two wordings of ``count`` sounds that are spread over all."""
    wordings: dict[str, dict[str, TestClip]] = {}
    for clip in clips:
        wordings.setdefault(clip.patch, {}).setdefault(clip.caption, clip)
    pairs = [list(found.values())[:2] for found in wordings.values() if len(found) > 1]
    return [clip for pair in spread(pairs, count) for clip in pair]


def _point(
    pipeline: ScorePipeline, clips: Sequence[TestClip], listener: FamilyListener, **sampler: Any
) -> dict[str, float]:
    """Return error, recognised families and distance of two takes with one setting of the sampler."""
    layout = pipeline.layout
    made, again = (
        [
            generate(pipeline, clip, clip.caption, seed=k, take=take, **sampler)
            for k, clip in enumerate(clips)
        ]
        for take in (0, 1)
    )
    pairs = list(zip(made, (clip.audio for clip in clips), strict=True))
    right = [
        listener.family(audio, clip.notes, layout) == clip.family
        for audio, clip in zip(made, clips, strict=True)
    ]
    apart = [mel_error_db(*pair, layout) for pair in zip(made, again, strict=True)]
    return {
        "mel_error_db": round(fmean(mel_error_db(*pair, layout) for pair in pairs), 3),
        "multi_resolution_distance": round(fmean(multi_resolution_distance(*pair) for pair in pairs), 3),
        "family": round(fmean(right), 3),
        "takes_apart_db": round(fmean(apart), 3),
    }


def _print(figures: Mapping[str, Any], indent: int = 0) -> None:
    """Print a line for each figure, and a table where a mapping holds rows of the same columns."""
    pad = "  " * indent
    for key, value in figures.items():
        if not isinstance(value, Mapping):
            sys.stdout.write(f"{pad}{key}: {value}\n")
        elif all(isinstance(row, Mapping) for row in value.values()):
            sys.stdout.write(f"{pad}{key}\n")
            _print_table(value, pad + "  ")
        else:
            sys.stdout.write(f"{pad}{key}\n")
            _print(value, indent + 1)


def _print_table(rows: Mapping[str, Mapping[str, Any]], pad: str) -> None:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    first = max(len(str(name)) for name in rows)
    sys.stdout.write(f"{pad}{'':{first}}  {'  '.join(columns)}\n")
    for name, row in rows.items():
        cells = "  ".join(f"{row.get(column, '')!s:>{len(column)}}" for column in columns)
        sys.stdout.write(f"{pad}{name:{first}}  {cells}\n")


def main() -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="held-out set")
    parser.add_argument("--data", type=Path, required=True, help="training set, for the classifiers")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--encoders", type=Path, default=ENCODERS)
    parser.add_argument("--kinds", nargs="+", choices=sorted(LAYOUTS), default=sorted(LAYOUTS))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--count", type=int, default=400, help="test clips of each kind, at most")
    parser.add_argument("--steps", type=int, help="of the painter, for another number than the usual")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    report = {}
    for kind in options.kinds:
        clips = spread(read_test_clips(options.test / kind, LAYOUTS[kind]), options.count)
        trained_on = ClipSet(options.data / kind, LAYOUTS[kind])
        pipeline = load_pipeline(kind, options.weights)
        encoder = load_encoder(kind, options.encoders)
        report[kind] = evaluate(
            pipeline, encoder, clips, trained_on, options.parts, options.out, options.steps
        )
        _print({kind: report[kind]})
    with replacing(options.out / "evaluation.json") as part:
        part.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
