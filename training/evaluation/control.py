"""What words and seeds do to the sound: negative prompts, distances between prompts, takes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr

from render.model.decoder import decode
from render.model.features import MelLayout, log_mel
from render.model.pipeline import ScorePipeline, text_vector
from training.evaluation.listeners import FamilyListener
from training.evaluation.spectral import mel_error_db
from training.evaluation.takes import Float, TestClip, generate, noise
from training.individuals import measure_colour

NEGATIVES = (
    # prompt, negative prompt, the family that it names
    ("guitar", "distorted electric guitar", "distorted_guitar"),
    ("electric guitar lead", "clean electric guitar", "electric_guitar"),
    ("bass", "synth bass", "synth_bass"),
    ("bass line", "upright bass", "acoustic_bass"),
    ("keyboard", "organ", "organ"),
    ("keys", "grand piano", "piano"),
    ("orchestra", "string section", "strings"),
    ("wind instrument", "saxophone", "saxophone"),
    ("woodwind solo", "flute", "flute"),
    ("synthesizer", "warm synth pad", "pad"),
    ("synth", "saw lead synth", "synth_lead"),
    ("plucked instrument", "harp", "plucked_strings"),
    ("brass", "analog synth brass", "synth_brass"),
    ("bells", "glockenspiel", "mallets"),
)
MORPHS = (
    ("grand piano", "saw lead synth"),
    ("flute", "distorted guitar"),
    ("warm synth pad", "brass section"),
    ("nylon guitar", "string ensemble"),
    ("upright bass", "synth bass"),
    ("choir", "church organ"),
    ("electric piano", "marimba"),
    ("alto sax", "violin"),
)
_STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)


def colour(audio: Float, layout: MelLayout) -> NDArray[np.float32]:
    """Return the mean log-mel spectrum of what sounds, in dB, (n_mels,)."""
    return measure_colour(log_mel(torch.from_numpy(audio), layout).numpy()).astype(np.float32)


def distance_db(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the mean absolute difference of two colours, in dB."""
    return float(np.abs(one - other).mean())


def negatives(pipeline: ScorePipeline, clip: TestClip, listener: FamilyListener) -> dict[str, Any]:
    """Measure what a negative prompt does.

    The figures are the distance from the sound that it names, in dB, and how surely that sound is heard.
    """
    layout, away, heard = pipeline.layout, [], []
    for (prompt, unwanted, family), seed in itertools.product(NEGATIVES, range(3)):
        named = colour(generate(pipeline, clip, unwanted, seed=seed), layout)
        plain = generate(pipeline, clip, prompt, seed=seed)
        moved = generate(pipeline, clip, prompt, unwanted, seed=seed)
        away.append([distance_db(colour(audio, layout), named) for audio in (plain, moved)])
        heard.append([listener.probabilities(a, clip.notes, layout)[family] for a in (plain, moved)])
    gap, probability = np.array(away), np.array(heard)
    return {
        "distance_db_without": round(float(gap[:, 0].mean()), 2),
        "distance_db_with": round(float(gap[:, 1].mean()), 2),
        "moved_away": round(float((gap[:, 1] > gap[:, 0]).mean()), 3),
        "unwanted_family_heard_without": round(float(probability[:, 0].mean()), 3),
        "unwanted_family_heard_with": round(float(probability[:, 1].mean()), 3),
    }


def _between(pipeline: ScorePipeline, clip: TestClip, prompts: tuple[str, str], share: float) -> Float:
    """Return a clip for a text between two prompts, ``share`` of the way to the second."""
    vector = torch.lerp(text_vector(prompts[0]), text_vector(prompts[1]), share)
    vector = torch.nn.functional.normalize(vector, dim=-1)
    n_samples = len(clip.audio)
    timbre = pipeline.imagine(vector, latents=noise(pipeline.timbre_shape, 5, 1))
    latents = noise(pipeline.latent_shape(n_samples), 5, 0)
    mel = pipeline.paint(clip.notes, n_samples, timbre, latents=latents).mel
    make_comb = pipeline.find_comb(*prompts)
    return decode(mel, clip.notes, pipeline.layout, n_samples, 0, make_comb=make_comb)


def morphs(pipeline: ScorePipeline, clip: TestClip) -> dict[str, Any]:
    """Measure whether the sound moves away from the first prompt as the text does, step by step."""
    ranks, rising, longest = [], [], []
    for prompts in MORPHS:
        colours = [colour(_between(pipeline, clip, prompts, s), pipeline.layout) for s in _STEPS]
        gaps = [distance_db(colours[0], c) for c in colours]
        steps = [distance_db(a, b) for a, b in itertools.pairwise(colours)]
        ranks.append(float(spearmanr(_STEPS, gaps).statistic))
        rising.append(fmean(b > a for a, b in itertools.pairwise(gaps)))
        longest.append(max(steps) / sum(steps))
    return {
        "rank_correlation": round(fmean(ranks), 3),
        "steps_that_rise": round(fmean(rising), 3),
        "longest_step_of_the_way": round(fmean(longest), 3),
    }


def prompt_distances(pipeline: ScorePipeline, clip: TestClip, named: Sequence[TestClip]) -> dict[str, Any]:
    """Measure whether prompts that say nearly the same sound nearly the same.

    The figures are distances, in dB, of the sounds of all pairs of the ``named`` clips' prompts, and their
    rank correlation with the distances of the texts.
    """
    vectors = [text_vector(other.caption)[0].numpy() for other in named]
    colours = [colour(generate(pipeline, clip, other.caption, seed=3), pipeline.layout) for other in named]
    pairs = list(itertools.combinations(range(len(named)), 2))
    texts = [1.0 - float(vectors[a] @ vectors[b]) for a, b in pairs]
    sounds = [distance_db(colours[a], colours[b]) for a, b in pairs]
    kin: dict[str, list[float]] = {"one sound in other words": [], "one family": [], "other families": []}
    for (a, b), gap in zip(pairs, sounds, strict=True):
        one, other = named[a], named[b]
        kinship = "other families" if one.family != other.family else "one family"
        kin["one sound in other words" if one.patch == other.patch else kinship].append(gap)
    return {
        "pairs": len(pairs),
        "rank_correlation": round(float(spearmanr(texts, sounds).statistic), 3),
        **{f"{name}, db": round(fmean(gaps), 2) for name, gaps in kin.items() if gaps},
    }


def variety(
    pipeline: ScorePipeline, clip: TestClip, prompts: Sequence[str], seeds: int = 3
) -> dict[str, Any]:
    """Measure how much takes, seeds and prompts change a sound.

    The distance between seeds of one prompt is also a share of that between prompts. Two takes of one
    timbre are compared by the error of the mel of one against the other.
    """
    colours = np.array(
        [
            [colour(generate(pipeline, clip, p, seed=s), pipeline.layout) for s in range(seeds)]
            for p in prompts
        ]
    )
    within = [
        distance_db(row[a], row[b]) for row in colours for a, b in itertools.combinations(range(seeds), 2)
    ]
    across = [
        distance_db(colours[a][s], colours[b][s])
        for a, b in itertools.combinations(range(len(prompts)), 2)
        for s in range(seeds)
    ]
    takes = [[generate(pipeline, clip, p, take=take) for take in (0, 1)] for p in prompts]
    apart = [mel_error_db(one, other, pipeline.layout) for one, other in takes]
    first, second = (generate(pipeline, clip, prompts[0], seed=1) for _ in range(2))
    return {
        "between_takes_of_a_timbre_db": round(fmean(apart), 2),
        "between_seeds_db": round(fmean(within), 2),
        "between_prompts_db": round(fmean(across), 2),
        "share": round(fmean(within) / fmean(across), 3),
        "same_seed_same_bits": bool(np.array_equal(first, second)),
    }
