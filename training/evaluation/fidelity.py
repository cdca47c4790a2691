"""How near takes are to their references, beside a bound and a floor.

The bound is the decoder on the reference's own mel; the floor is the take of another clip, that is the
model with shuffled conditions. "Heard" is the painter with the reference's timbre: what it lacks is the
painter's fault, and what the model lacks beside it is the prior's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from render.model.features import MelLayout
from training.evaluation.listeners import DrumListener, FamilyListener, Transcriber, onset_f1
from training.evaluation.spectral import (
    Float,
    attack_delays_ms,
    high_band_db,
    log_spectral_distance_db,
    mel_error_db,
    multi_resolution_distance,
    pre_echo_db,
    rest_floor_db,
)
from training.evaluation.takes import Take

Figures = dict[str, Any]


def _shuffle(takes: Sequence[Take]) -> list[Float]:
    """Return for each take the audio of another take, half the list away: mostly of another family."""
    half = len(takes) // 2
    return [takes[(k + half) % len(takes)].made for k in range(len(takes))]


def _round(value: float) -> float:
    return round(float(value), 3)


def distances(takes: Sequence[Take], layout: MelLayout) -> Figures:
    """Return log-mel error, log-spectral distance and multi-resolution STFT distance for each family."""
    measures: dict[str, Callable[[Float, Float], float]] = {
        "mel_error_db": lambda made, wanted: mel_error_db(made, wanted, layout),
        "log_spectral_distance_db": log_spectral_distance_db,
        "multi_resolution_distance": multi_resolution_distance,
    }
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for take, other in zip(takes, _shuffle(takes), strict=True):
        for name, measure in measures.items():
            for what, audio in (
                ("model", take.made),
                ("heard", take.heard),
                ("bound", take.decoded),
                ("floor", other),
            ):
                value = measure(audio, take.clip.audio)
                for family in ("all", take.clip.family):
                    rows[family][f"{name} {what}"].append(value)
    return {family: {key: _round(fmean(v)) for key, v in row.items()} for family, row in rows.items()}


def note_scores(takes: Sequence[Take], transcriber: Transcriber) -> Figures:
    """Return F1 of notes against the score for each kind of part, and its share of the reference's."""
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for take, other in zip(takes, _shuffle(takes), strict=True):
        sources = {
            "model": take.made,
            "heard": take.heard,
            "reference": take.clip.audio,
            "bound": take.decoded,
            "floor": other,
        }
        for what, audio in sources.items():
            value = transcriber.f1(audio, take.clip.notes)
            for plays in ("all", take.clip.plays):
                rows[plays][what].append(value)
    found: Figures = {}
    for plays, row in sorted(rows.items()):
        found[plays] = {what: _round(fmean(values)) for what, values in row.items()}
        found[plays]["of_reference"] = _round(fmean(row["model"]) / max(fmean(row["reference"]), 1e-9))
    return found


def drum_scores(takes: Sequence[Take], listener: DrumListener) -> Figures:
    """Return F1 of onsets, and how well kick, snare and hi-hat are told apart."""
    sources = {
        "model": [take.made for take in takes],
        "heard": [take.heard for take in takes],
        "reference": [take.clip.audio for take in takes],
        "bound": [take.decoded for take in takes],
        "floor": _shuffle(takes),
    }
    found: Figures = {}
    for what, audios in sources.items():
        pairs = [(audio, take.clip.notes) for audio, take in zip(audios, takes, strict=True)]
        told = {drum: _round(share) for drum, share in listener.measure_balanced_accuracy(pairs).items()}
        found[what] = {"onset_f1": _round(fmean(onset_f1(*pair) for pair in pairs)), **told}
    return found


def family_scores(takes: Sequence[Take], listener: FamilyListener, layout: MelLayout) -> Figures:
    """Return the share of clips whose family is named rightly, dry ones and those with an effect."""
    found: Figures = {}
    for part, chosen in (
        ("dry", [take for take in takes if take.clip.effect == "dry"]),
        ("held-out effects", [take for take in takes if take.clip.effect != "dry"]),
    ):
        if not chosen:
            continue
        found[part] = {"clips": len(chosen)}
        sources = {
            "model": [take.made for take in chosen],
            "heard": [take.heard for take in chosen],
            "reference": [take.clip.audio for take in chosen],
            "bound": [take.decoded for take in chosen],
        }
        for what, audios in sources.items():
            right = [
                listener.family(audio, take.clip.notes, layout) == take.clip.family
                for audio, take in zip(audios, chosen, strict=True)
            ]
            found[part][what] = _round(fmean(right))
        found[part]["floor"] = _round(
            fmean(
                listener.family(audio, take.clip.notes, layout) == take.clip.family
                for audio, take in zip(_shuffle(chosen), chosen, strict=True)
            )
        )
    return found


def dynamics(takes: Sequence[Take]) -> Figures:
    """Compare brightness, silence and attacks with those of the references."""
    found: Figures = {}
    for what in ("made", "heard", "decoded"):
        late: list[float] = []
        high, echo, rests = [], [], []
        for take in takes:
            audio, wanted, notes = getattr(take, what), take.clip.audio, take.clip.notes
            high.append(high_band_db(audio) - high_band_db(wanted))
            echo.append(pre_echo_db(audio, notes) - pre_echo_db(wanted, notes))
            floor = rest_floor_db(audio, wanted)
            if floor is not None:
                rests.append(floor)
            ours, theirs = attack_delays_ms(audio, notes), attack_delays_ms(wanted, notes)
            late += [ours[onset] - theirs[onset] for onset in ours.keys() & theirs.keys()]
        found[what] = {
            "above_6_khz_db_vs_reference_median": _round(median(high)),
            "above_6_khz_db_vs_reference_mean_abs": _round(fmean(abs(h) for h in high)),
            "rests_dbfs_median": _round(median(rests)) if rests else None,
            "rests_dbfs_loudest": _round(max(rests)) if rests else None,
            "pre_echo_db_vs_reference": _round(fmean(echo)),
            "attack_ms_vs_reference_median": _round(median(late)) if late else None,
            "attack_ms_vs_reference_mean_abs": _round(float(np.mean(np.abs(late)))) if late else None,
            "attacks_within_10_ms": _round(float(np.mean(np.abs(late) <= 10.0))) if late else None,
        }
    return found


PLUCKED_FAMILIES = frozenset(
    ("piano", "electric_piano", "harpsichord", "clavinet", "mallets", "acoustic_guitar", "electric_guitar",
     "acoustic_bass", "electric_bass", "plucked_strings", "synth_pluck", "world_plucked")
)  # fmt: skip
"""Families whose notes begin at once."""
