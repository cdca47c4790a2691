"""Make clips of effects, behind the protocol of every other backend: seeded noise in, sound out.

The notes of a request say which effect sounds when (:mod:`structure.presets.effects`). What is drawn is the
noise of the request's latent, so a section that returns has the same effects, and one that varies has other
ones of the same kind. No prompt is read and no network asked: any song has its effects from here, whatever
backend plays its other stems.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from render.audio.stft import Samples
from render.backends.base import SCORE_PLAYER
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest
from render.effects.noise import Floats
from render.effects.strikes import make_impact, make_sub_drop
from render.effects.sweeps import (
    make_dark_swell,
    make_fall,
    make_reverse_cymbal,
    make_reverse_swell,
    make_riser,
    make_sweep,
)
from render.effects.textures import make_hiss, make_rain, make_vinyl, make_waves, make_wind
from structure.base.grid import SAMPLE_RATE
from structure.base.seeds import derive_seed
from structure.base.types import EffectName
from structure.plans.score import Note
from structure.presets.effects import Effect, effect_of_key

_CODE_VERSION = 1
"""Raise it whenever a change in the code changes the samples: cached clips are then made anew."""

CAPABILITIES = replace(SCORE_PLAYER, takes_init_audio=True)
"""What the synthesis can do. Audio to begin from is what a reversed swell turns around."""

Maker = Callable[[Samples, int], Floats]

_MAKERS: dict[EffectName, Maker] = {
    "riser": make_riser,
    "sweep": make_sweep,
    "reverse_cymbal": make_reverse_cymbal,
    "reverse_swell": make_dark_swell,
    "fall": make_fall,
    "impact": make_impact,
    "sub_drop": make_sub_drop,
    "vinyl": make_vinyl,
    "rain": make_rain,
    "hiss": make_hiss,
    "waves": make_waves,
    "wind": make_wind,
}

_FULL_VELOCITY = 100
"""A note of this velocity is as loud as its effect is by itself; 20 dB a tenfold velocity."""

_LOUDEST_S = 0.4
_MOST_CREST_DB = 20.0
"""Peaks of a clip lie at most this far above its loudness, and never above full scale."""

_PEAK = 0.95
_LEAST_RING_S = 1.2
"""An impact rings at least so long, however short its note is."""

_EDGE_S = 0.01
"""Half the time in which what stays comes and goes, so that two sections share a bar line evenly."""


class EffectsBackend:
    """Risers, impacts, rain and the like by synthesis: mono, at 44.1 kHz."""

    name = "effects"
    capabilities = CAPABILITIES
    fingerprint = f"effects-{_CODE_VERSION}"

    def generate(self, request: ClipRequest) -> Clip:
        """Return one mono clip. Raises ValueError for another sample rate, and for keys of no effect."""
        if request.grid.sample_rate != SAMPLE_RATE:
            raise ValueError(f"effects are made at {SAMPLE_RATE} Hz, not {request.grid.sample_rate}")
        audio = np.zeros(request.total_samples)
        for sound in _sounds(request):
            first = request.pre_roll_samples + request.grid.sample_at(sound.notes[0].sounding_onset)
            end = request.pre_roll_samples + request.grid.sample_at(sound.notes[-1].sounding_end)
            if sound.effect.does == "stays":
                edge = round(_EDGE_S * SAMPLE_RATE)
                made = _make_sound(sound, request, end - first + 2 * edge) * _envelope(sound, request, edge)
                first -= edge
            else:
                rings = round(_LEAST_RING_S * SAMPLE_RATE) if sound.effect.name == "impact" else 1
                made = _make_sound(sound, request, max(end - first, rings))
                made *= _force(sound.notes[0])

            begin, stop = max(0, first), min(first + len(made), len(audio))
            if stop > begin:
                audio[begin:stop] += made[begin - first : stop - first]
        return Clip(audio[None].astype(np.float32), SAMPLE_RATE, request.pre_roll_samples)


@dataclass(frozen=True, slots=True)
class _Sound:
    """An effect and its notes: one, or for what stays all that follow each other without a gap."""

    effect: Effect
    notes: tuple[Note, ...]
    number: int


def _sounds(request: ClipRequest) -> list[_Sound]:
    found: list[_Sound] = []
    for key in sorted({note.pitch for note in request.notes}):
        effect = effect_of_key(key)
        if effect is None:
            raise ValueError(f"no effect has the key {key}")
        notes = sorted((n for n in request.notes if n.pitch == key), key=lambda note: note.onset)
        runs: list[list[Note]] = []
        for note in notes:
            if effect.does == "stays" and runs and runs[-1][-1].end == note.onset:
                runs[-1].append(note)
            else:
                runs.append([note])
        found += [_Sound(effect, tuple(run), number) for number, run in enumerate(runs)]
    return found


def _make_sound(sound: _Sound, request: ClipRequest, n_samples: int) -> Floats:
    """Return an effect at its own loudness, or softer where it would peak too high.

    The loudness is the root mean square of the loudest 0.4 s, or of the whole of an effect that stays.
    """
    effect = sound.effect
    made: Floats | None = None
    if effect.name == "reverse_swell" and request.init is not None:
        # the swell of the song's own sound that the request begins from, if that is heard
        mono = request.init.audio.mean(axis=0).astype(np.float64)
        end = request.pre_roll_samples + request.body_samples
        first = max(0, min(end - n_samples // 2, len(mono) - n_samples))
        source = np.pad(mono[first : first + n_samples], (0, max(0, n_samples - len(mono) + first)))
        if np.abs(source).max(initial=0.0) > 1e-4:
            made = make_reverse_swell(source, SAMPLE_RATE)

    if made is None:
        latent = request.latent
        own, other = (
            derive_seed("effect", effect.name, sound.number, seed)
            for seed in (latent.seed, latent.variation_seed)
        )
        noise = LatentRecipe(own, other, latent.amount).noise((n_samples,))
        made = _MAKERS[effect.name](noise, SAMPLE_RATE)

    power = np.square(made)
    span = len(made) if effect.does == "stays" else min(len(made), round(_LOUDEST_S * SAMPLE_RATE))
    sums = np.cumsum(np.concatenate([[0.0], power]))
    loudest = float(np.max(sums[span:] - sums[:-span], initial=0.0)) / max(1, span)
    peak = float(np.abs(made).max(initial=0.0))
    if loudest <= 0.0:
        return made
    target = 10.0 ** (effect.loudness_lufs / 20.0)
    gain = target / np.sqrt(loudest)
    return np.asarray(made * min(gain, target * 10.0 ** (_MOST_CREST_DB / 20.0) / peak, _PEAK / peak))


def _force(note: Note) -> float:
    return note.velocity / _FULL_VELOCITY


def _envelope(sound: _Sound, request: ClipRequest, edge: int) -> Floats:
    """Return the gain of what stays: from note to note in straight lines.

    Its two ends are the sides of a crossfade of equal power, each centred on its end.
    """
    grid, notes = request.grid, sound.notes
    start, end = grid.sample_at(notes[0].sounding_onset), grid.sample_at(notes[-1].sounding_end)
    n_samples = end - start + 2 * edge
    onsets = [edge + grid.sample_at(note.sounding_onset) - start for note in notes]
    gain = np.interp(np.arange(n_samples), onsets, [_force(note) for note in notes])
    ramp = np.sin(0.5 * np.pi * (np.arange(2 * edge) + 0.5) / (2 * edge))
    gain[: 2 * edge] *= ramp
    gain[n_samples - 2 * edge :] *= ramp[::-1]
    return gain
