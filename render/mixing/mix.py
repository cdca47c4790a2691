"""The mix: each stem's strip, its place in the stereo field, its sends, and the sum of all.

All processing belongs to one stem, and none of it changes with time but two faders, which follow the score:
the duck gives way to the kick, and the ride brings each section to the level that its energy asks for (see
:mod:`render.mixing.energies`). So the stems sum to the mix, and a section that returns sounds the same
again; a compressor on a bus would follow stems that vary, and carry that into those that do not. A stem has
one gain for the whole song, never one for each clip. The gain is measured on one clip alone, where the stem
first plays in full, so that a change elsewhere in the song leaves it as it is; and the ride on the own
sound of a section, without what rings into it. :mod:`render.mixing.stems` mixes a stem clip by clip.

What a send returns belongs to the stem that was sent, and lies in its file: as sends are linear, that is
the same as one return for all. It dies away soon enough for a section that returns to sound the same again.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain

import numpy as np
import pedalboard
import scipy
from numpy.typing import NDArray

from render.audio.biquad import biquad
from render.audio.levels import db_from_gain, gain_from_db
from render.audio.loudness import find_gated_lufs, hop_samples, measure_lufs, plain_powers, sample_peak
from render.audio.shape import fit_width
from render.audio.types import Audio
from render.mixing.convolve import Spectra, add_filters, convolve, cut_filter
from render.mixing.duck import Kick, duck_gains
from render.mixing.early import reflections
from render.mixing.energies import Section, gain_curve, sections_lufs
from render.mixing.sibilance import soften_treble
from structure.base.grid import Grid
from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.presets.effects import NOMINAL_LUFS
from structure.presets.mixes import Delay, Mix, Space, Strip, note_quarters

HEADROOM_DB = -9.0
"""Gain of all stems in the premaster, where its peak allows it."""

SECTION_PEAK_DBFS = -2.0
"""A section that would peak above this in the premaster, by its own sound, is turned down by itself, so
that one that is edited does not move the others: room for the mastering."""

PREMASTER_PEAK_DBFS = -0.5
"""The premaster never peaks above this. What lies between is for what a return has of its own: other tails
that ring into it, and effects."""

GAIN_STEP_DB = 0.5
"""Measured gains are rounded to this step, so that a change in one section seldom moves the others."""

_WORKING_STEP_DB = 4.0
"""Before the strip the level only decides how much is compressed, so coarse steps will do."""

FULL_LUFS = -11.5
"""Loudness of a section of energy 1 in the mix, before the common gain."""

RIDE_STEP_DB = 0.25
MOST_RIDE_DB = 10.0

KICKS = (35, 36)
"""General MIDI keys of the bass drums."""

_FULL_VELOCITY = 100
"""A kick of this velocity, or more, ducks in full."""

ECHOES_END_S = 4.0
"""No echo comes later than this after its sound."""

_QUIETEST_ECHO = 1e-4
_USUAL_SIZE = 0.55
_SETTLED_S = 0.1
"""A reverb's own smoothing is over by then."""

_RESPONSE_FALLS_DB = 110.0
_IMPULSE = 4096.0
"""A reverb rounds to steps of one size, which are small beside an impulse of this level."""

_SWITCH_S = 0.005
"""How long the send takes from the echoes of one tempo to those of the next."""

_HISS_HZ, _HISS_RATIO = 5500.0, 4.0
_EQ_QUALITY = 1.0 / math.sqrt(2.0)
_CHUNK_SAMPLES = 1 << 19
_DECORRELATOR_S = 0.025
_DECORRELATOR_RING_S = 0.05
_DECORRELATOR_SEED = 20_221_215
_MOST_GAIN_DB = 40.0
END_FADE_S = 0.5
_SHORTEST_RAMP_S = 0.01


def _gain_towards(target_db: float, level_db: float, step_db: float) -> float:
    """Return the linear gain from a level to a target in dB, rounded to a step; 1 for silence."""
    if not math.isfinite(level_db):
        return 1.0
    wanted = min(target_db - level_db, _MOST_GAIN_DB)
    return gain_from_db(step_db * round(wanted / step_db))


def _working_level_db(audio: Audio, sample_rate: int) -> float:
    """Return the gated level of a stem as its compressor sees it; mono and two equal channels are alike."""
    return find_gated_lufs(plain_powers(audio, hop_samples(sample_rate)) / audio.shape[0])


@lru_cache(maxsize=16)
def _decorrelator(sample_rate: int, above_hz: float) -> NDArray[np.float32]:
    """Return velvet noise of unit energy, without what lies below ``above_hz``.

    It is sparse signed pulses (Alary, Politis and Välimäki, DAFx 2017).
    """
    rng = np.random.default_rng(_DECORRELATOR_SEED)
    size = int(_DECORRELATOR_S * sample_rate)
    pulses = 30
    kernel = np.zeros(int((_DECORRELATOR_S + _DECORRELATOR_RING_S) * sample_rate))
    for k in range(pulses):
        place = min(size - 1, int((k + rng.random()) * size / pulses))
        kernel[place] = rng.choice((-1.0, 1.0)) * math.exp(-3.0 * place / size)
    kernel /= np.sqrt(np.sum(kernel**2))
    sections = scipy.signal.butter(2, above_hz, "highpass", fs=sample_rate, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, kernel), dtype=np.float32)


def widen(audio: Audio, mix: Strip, sample_rate: int) -> Audio:
    """Give a stem, (1 or 2, samples), the width of its strip: (2, samples).

    Left and right gain and lose the same side signal, so that their sum stays. Low frequencies stay in the
    middle. A stem that is stereo gets what it lacks of that width, and none where it is as wide.
    """
    middle = audio[0] if audio.shape[0] == 1 else np.float32(0.5) * (audio[0] + audio[1])
    if mix.width == 0.0:
        return fit_width(audio, 2)
    kernel = np.float32(mix.width) * _decorrelator(sample_rate, mix.width_above_hz)
    side = scipy.signal.oaconvolve(middle, kernel)[: len(middle)]
    if audio.shape[0] == 2:
        wanted, own = (float(np.square(one, dtype=np.float64).sum()) for one in (side, audio[0] - middle))
        if own >= wanted:
            return audio
        side *= np.float32(math.sqrt(1.0 - own / wanted))
    return np.stack([audio[0] + side, audio[-1] - side])


def pan_gains(pan: float) -> tuple[np.float32, np.float32]:
    """Return left and right gain of an equal-power pan from -1 to 1, 1 each in the middle."""
    angle = 0.25 * math.pi * (1.0 + pan)
    return np.float32(math.sqrt(2.0) * math.cos(angle)), np.float32(math.sqrt(2.0) * math.sin(angle))


@dataclass(frozen=True, slots=True)
class StemLevel:
    """Gains of a stem that were measured on some of its sound.

    ``working`` comes before the strip and decides how much is compressed; ``made_up`` comes after it.
    """

    working: float
    made_up: float


def find_level(audio: Audio, strip: Strip, sample_rate: int) -> StemLevel:
    """Return the gains with which a sound, (1 or 2, samples), has the strip's loudness behind the strip.

    Where the strip is not measured, the sound is changed by as much as the strip's loudness is off the
    nominal one.
    """
    if not strip.is_measured:
        return StemLevel(gain_from_db(strip.loudness_lufs - NOMINAL_LUFS), 1.0)
    working = _gain_towards(strip.loudness_lufs, _working_level_db(audio, sample_rate), _WORKING_STEP_DB)
    return StemLevel(working, _find_make_up(_treat(audio, working, strip, sample_rate), strip, sample_rate))


def _find_make_up(treated: Audio, strip: Strip, sample_rate: int) -> float:
    loudness = measure_lufs(treated, sample_rate)
    return _gain_towards(strip.loudness_lufs, loudness, GAIN_STEP_DB)


def dry_stem(
    audio: Audio, strip: Strip, sample_rate: int, reference: slice | StemLevel = slice(None)
) -> Audio:
    """Return one stitched stem, (1 or 2, samples), through its role's strip, as stereo.

    It has the strip's loudness in the samples of ``reference``, or a level that was found before.
    """
    if isinstance(reference, slice) and strip.is_measured:
        level_db = _working_level_db(audio[:, reference], sample_rate)
        working = _gain_towards(strip.loudness_lufs, level_db, _WORKING_STEP_DB)
        stereo = _treat(audio, working, strip, sample_rate)
        return stereo * np.float32(_find_make_up(stereo[:, reference], strip, sample_rate))
    level = find_level(audio, strip, sample_rate) if isinstance(reference, slice) else reference
    stereo = _treat(audio, level.working, strip, sample_rate)
    if level.made_up != 1.0:
        stereo *= np.float32(level.made_up)
    return stereo


def _treat(audio: Audio, gain: float, strip: Strip, sample_rate: int) -> Audio:
    """Return a stem, (1 or 2, samples), through its strip, as stereo.

    That is a gain, an equaliser, control of hisses, a compressor and saturation. The filters run in double
    precision: in single precision low ones have a rounding noise of -86 dB that differs each time a section
    returns.
    """
    equaliser = [
        biquad("high_pass", strip.highpass_hz, _EQ_QUALITY, sample_rate),
        biquad("low_shelf", strip.low_hz, _EQ_QUALITY, sample_rate, strip.low_db),
        biquad("high_shelf", strip.high_hz, _EQ_QUALITY, sample_rate, strip.high_db),
    ]
    if strip.bell_db:
        equaliser.append(biquad("bell", strip.bell_hz, strip.bell_q, sample_rate, strip.bell_db))
    sections = np.array(equaliser)
    state = np.zeros((len(sections), audio.shape[0], 2))
    toned = np.empty_like(audio)
    for first in range(0, audio.shape[1], _CHUNK_SAMPLES):
        part = slice(first, first + _CHUNK_SAMPLES)
        toned[:, part], state = scipy.signal.sosfilt(sections, audio[:, part] * gain, axis=1, zi=state)

    if strip.hisses_db is not None:
        # against the clip's own level, so that one that returns has the same samples
        most_db = _working_level_db(toned, sample_rate) + strip.hisses_db
        toned = soften_treble(toned, most_db, sample_rate, above_hz=_HISS_HZ, ratio=_HISS_RATIO)

    board = pedalboard.Pedalboard(
        [pedalboard.Compressor(strip.threshold_db, strip.ratio, strip.attack_ms, strip.release_ms)]
    )
    if strip.drive_db > 0.0:
        board.append(pedalboard.Distortion(strip.drive_db))
    treated = np.asarray(board(toned, sample_rate), dtype=np.float32)
    return widen(treated, strip, sample_rate)


def reverberate(dry: Audio, space: Space, sample_rate: int) -> Audio:
    """Return what a space gives back of (2, samples), without the dry sound, at a send of 1."""
    # a room hears the sum of both channels
    return convolve([(dry.sum(axis=0, dtype=np.float32), _room(space, sample_rate))], dry.shape[1])


def _response(space: Space, sample_rate: int) -> Audio:
    """Return what a space gives back of an impulse, (2, samples), until it has fallen by 110 dB."""
    board = pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(space.low_cut_hz),
            pedalboard.Reverb(
                room_size=space.size, damping=space.damping, wet_level=1.0, dry_level=0.0, width=1.0
            ),
            pedalboard.LowpassFilter(space.high_cut_hz),
        ]
    )
    settled = round(_SETTLED_S * sample_rate)
    ring = round(_RESPONSE_FALLS_DB / reverb_falls_db(space) * sample_rate)
    impulse = np.zeros((2, settled + ring), dtype=np.float32)
    impulse[0, settled] = _IMPULSE
    wet = np.asarray(board(impulse, sample_rate), dtype=np.float32)[:, settled:]

    # A large space, whose combs feed back more, is made as loud as one of the usual size. Freeverb's
    # feedback is 0.7 + 0.28 · size; the power of a comb goes with 1 / (1 - feedback²).
    feedback, usual = (0.7 + 0.28 * size for size in (space.size, _USUAL_SIZE))
    even = math.sqrt((1.0 - feedback**2) / (1.0 - usual**2))
    wet *= np.float32(gain_from_db(space.return_db) * even / _IMPULSE)
    return np.pad(wet, ((0, 0), (round(space.predelay_ms / 1000.0 * sample_rate), 0)))


@lru_cache(maxsize=8)
def _room(space: Space, sample_rate: int) -> Spectra:
    return cut_filter(_response(space, sample_rate))


@lru_cache(maxsize=8)
def _walls(space: Space, sample_rate: int) -> tuple[Spectra, Spectra]:
    """Return the filters of early reflections, for the sum of both channels and for their difference."""
    middle, side = reflections(space, sample_rate)
    return cut_filter(middle), cut_filter(side)


_COMB_S = 1617 / 44_100
"""The longest comb of Freeverb, which falls the slowest."""


def reverb_falls_db(space: Space) -> float:
    """Return by how many dB a second a space falls."""
    return -db_from_gain(0.7 + 0.28 * space.size) / _COMB_S


def echo_times(delay: Delay, grid: Grid) -> list[int]:
    """Return how many samples after a sound each of its echoes comes, each on its own note value."""
    note = note_quarters(delay.note)
    last = round(ECHOES_END_S * grid.sample_rate)
    times: list[int] = []
    while delay.feedback ** len(times) > _QUIETEST_ECHO:
        time = grid.sample_at((len(times) + 1) * note)
        if time > last and times:
            break
        times.append(time)
        if delay.feedback == 0.0:
            break
    return times


@dataclass(frozen=True, slots=True)
class EchoTrain:
    """Samples after a sound at which its echoes come, for sounds from the song's sample ``start`` on."""

    start: int
    times: tuple[int, ...]


def visit_echoes(plan: SongPlan, visit: Visit, downbeat_sample: int = 0) -> tuple[EchoTrain, ...]:
    """Return the echoes of a visit's clips in a song whose tempo changes; none where it does not.

    They are on note values at each step of the tempo. ``downbeat_sample`` is where the visit begins in the
    clip.

    They are counted from the visit's first sample, so that a section that returns echoes as it did. Nothing
    before that is without an echo: the first train holds from the clip's start on.
    """
    delay = plan.mix.delay
    if plan.grid.is_steady:
        return ()
    found: list[EchoTrain] = []
    grid = plan.grid_of(visit)
    for span in grid.spans:
        alone = Grid((replace(span, start=Fraction(0)),), grid.sample_rate)
        times = tuple(echo_times(delay, alone))
        if not found or times != found[-1].times:
            found.append(EchoTrain(downbeat_sample + grid.sample_at(span.start) if found else 0, times))
    return tuple(found)


def echo(dry: Audio, delay: Delay, grid: Grid, trains: Sequence[EchoTrain] = ()) -> Audio:
    """Return the echoes of (2, samples), without the dry sound, at a send of 1.

    Each echo is a shifted copy of the filtered send, so the train is finite and exact; ping-pong
    echoes are of the mono sum, the first one to the left. ``trains`` are those of a song whose tempo
    changes: where another one begins, the send fades from one to the other.
    """
    board = pedalboard.Pedalboard(
        [pedalboard.HighpassFilter(delay.low_cut_hz), pedalboard.LowpassFilter(delay.high_cut_hz)]
    )
    sent = dry.mean(axis=0, keepdims=True, dtype=np.float32) if delay.ping_pong else dry
    sent = np.asarray(board(sent, grid.sample_rate), dtype=np.float32)

    wet = np.zeros_like(dry)
    trains = trains or (EchoTrain(0, tuple(echo_times(delay, grid))),)
    fade = round(_SWITCH_S * grid.sample_rate)
    line = (np.arange(fade, dtype=np.float32) + np.float32(0.5)) / np.float32(max(1, fade))
    for index, train in enumerate(trains):
        is_last = index + 1 == len(trains)
        end = sent.shape[1] if is_last else trains[index + 1].start + fade
        part = sent[:, train.start : end]
        if len(trains) > 1:
            # it begins and ends in straight lines, where those of its neighbours end and begin
            window = np.ones(part.shape[1], dtype=np.float32)
            if index > 0:
                window[:fade] = line[: len(window)]
            if not is_last:
                window[len(window) - fade :] -= line
            part = part * window
        _add_echoes(wet, part, train, delay)
    return wet


def _add_echoes(wet: Audio, sent: Audio, train: EchoTrain, delay: Delay) -> None:
    """Add the echoes of what is sent from the train's start on, in place."""
    n_samples = wet.shape[1]
    first = gain_from_db(delay.return_db)
    for k, time in enumerate(train.times):
        at = train.start + time
        if at >= n_samples:
            break
        stop = min(n_samples, at + sent.shape[1])
        level = np.float32(first * delay.feedback**k)
        if delay.ping_pong:
            # one channel alone: as much power as both had
            wet[k % 2, at:stop] += np.float32(np.sqrt(2.0)) * level * sent[0, : stop - at]
        else:
            wet[:, at:stop] += level * sent[:, : stop - at]


@lru_cache(maxsize=8)
def _echo_filters(delay: Delay, grid: Grid) -> tuple[Spectra, Spectra]:
    """Return the filters of the echoes, for the sum of both channels and for their difference."""
    times = echo_times(delay, grid)
    impulse = np.zeros((2, times[-1] + round(_SETTLED_S * grid.sample_rate)), dtype=np.float32)
    impulse[:, 0] = 0.5
    sides = impulse * np.array([[1.0], [-1.0]], dtype=np.float32)
    middle, side = (echo(sound, delay, grid) for sound in (impulse, sides))
    return cut_filter(middle), cut_filter(side if side.any() else side[:, :1])


def kick_hits(plan: SongPlan) -> list[Kick]:
    """Return every kick of the song, in order; the harder of two on one sample."""
    found: dict[int, Kick] = {}
    for visit in plan.visits:
        for kick in visit_kicks(plan, visit):
            if kick.sample not in found or kick.strength > found[kick.sample].strength:
                found[kick.sample] = kick
    return [found[sample] for sample in sorted(found)]


def visit_kicks(plan: SongPlan, visit: Visit) -> list[Kick]:
    """Return the kicks of a visit, at samples of the song."""
    # counted from the visit's first sample, as its clips are: rounded alike each time that it returns
    start, grid = plan.bounds(visit)[0], plan.grid_of(visit)
    return [
        Kick(
            max(0, start + grid.sample_at(note.sounding_onset)),
            min(1.0, note.velocity / _FULL_VELOCITY),
            None if plan.grid.is_steady else grid.span_at(note.onset).quarters_per_minute,
        )
        for part in visit.music.score.parts.values()
        if part.role == "drums"
        for note in part.notes
        if note.pitch in KICKS
    ]


@dataclass(frozen=True, slots=True)
class Sends:
    """How much a stem sends at each sample, (samples,), where that is not the same throughout."""

    reverb: NDArray[np.float32] | None = None
    delay: NDArray[np.float32] | None = None


NO_SENDS = Sends()
"""All sends stay where they are."""


def mix_stem(
    audio: Audio,
    stem: StemPlan,
    mix: Mix,
    grid: Grid,
    reference: slice | StemLevel = slice(None),
    kicks: Sequence[Kick] = (),
    echoes: Sequence[EchoTrain] = (),
    sends: Sends = NO_SENDS,
) -> Audio:
    """Return one stitched stem, (1 or 2, samples), in the mix: stereo (2, samples).

    ``reference`` are the samples in which its level is measured, or that level. The dry sound is panned;
    what its sends return is not, as a room has no side. All of it gives way to ``kicks``. The last half
    second fades to silence with the tails in it. ``echoes`` are the song's where its tempo changes; else
    ``grid`` says when they come. ``sends`` are levels that move.
    """
    if stem.role == "audio":
        dry = fit_width(audio, 2).copy()
    else:
        dry = dry_stem(audio, mix.strips[stem.role], grid.sample_rate, reference)
    dry *= gain_from_db(stem.gain_db + mix.bus_gain_db(stem.role))

    returns = _returns(dry, stem, mix, grid, echoes, sends)
    dry *= np.array(pan_gains(stem.pan), dtype=np.float32)[:, None]
    for wet in returns:
        dry += wet

    if stem.duck > 0.0 and kicks:
        dry *= duck_gains(kicks, stem.duck, mix.duck, grid, dry.shape[1])
    fade_end(dry, grid.sample_rate)
    return dry


def _returns(
    dry: Audio, stem: StemPlan, mix: Mix, grid: Grid, echoes: Sequence[EchoTrain], sends: Sends
) -> list[Audio]:
    """Return what a stem's sends give: its room, early and late, and its echoes."""
    space, rate = mix.space_of(stem.role), grid.sample_rate
    depth = mix.strips[stem.role].depth if stem.role in mix.strips and stem.reverb > 0.0 else 0.0
    both = dry.sum(axis=0, dtype=np.float32)
    paths: list[tuple[NDArray[np.float32], Spectra]] = []
    returns = []
    if sends.reverb is not None:
        paths.append((both * sends.reverb, _room(space, rate)))
    usual_echo = stem.delay if sends.delay is None and not echoes else 0.0
    if echoes and (sends.delay is not None or stem.delay > 0.0):  # other ones by and by
        send = stem.delay if sends.delay is None else sends.delay
        returns.append(echo(dry * send, mix.delay, grid, echoes))
    elif sends.delay is not None:
        of_both, of_sides = _echo_filters(mix.delay, grid)
        paths += [(both * sends.delay, of_both), ((dry[0] - dry[1]) * sends.delay, of_sides)]

    usual_room = stem.reverb if sends.reverb is None else 0.0
    steady = _send_filters(space, mix.delay, grid, usual_room, depth, usual_echo)
    if steady[0] is not None:
        paths.append((both, steady[0]))
    if steady[1] is not None:
        paths.append((dry[0] - dry[1], steady[1]))
    return [*returns, convolve(paths, dry.shape[1])] if paths else returns


@lru_cache(maxsize=8)
def _send_filters(
    space: Space, delay: Delay, grid: Grid, reverb: float, depth: float, echoes: float
) -> tuple[Spectra | None, Spectra | None]:
    """Return what sends of these levels do to the sum of both channels, and to their difference.

    None stands for nothing.
    """
    of_both: list[Spectra] = []
    of_sides: list[Spectra] = []
    if reverb > 0.0:
        of_both.append(np.complex64(reverb) * _room(space, grid.sample_rate))
    if depth > 0.0:
        middle, side = _walls(space, grid.sample_rate)
        of_both.append(np.complex64(depth) * middle)
        of_sides.append(np.complex64(depth) * side)
    if echoes > 0.0:
        middle, side = _echo_filters(delay, grid)
        of_both.append(np.complex64(echoes) * middle)
        of_sides += [np.complex64(echoes) * side] if side.any() else []
    return add_filters(of_both) if of_both else None, add_filters(of_sides) if of_sides else None


def fade_end(audio: NDArray[np.float32], sample_rate: int) -> None:
    """Let (…, samples) fall to silence in the last half second, in place."""
    last = min(round(END_FADE_S * sample_rate), audio.shape[-1])
    audio[..., audio.shape[-1] - last :] *= np.linspace(1.0, 0.0, last, dtype=np.float32)


def level_key(visit: Visit) -> Hashable:
    """Return what is equal for visits whose stems are to have the same level.

    A few fields of a visit are in it and not all, since a stem that returns as it was must keep its level
    where another stem plays something else: identity, energy, players, fades and variation.
    """
    sound, parts = visit.sound, visit.music.score.parts
    return (
        visit.place.name,
        visit.music.energy,
        tuple(sorted(name for name, part in parts.items() if part.role not in PLAYERLESS)),
        tuple(sorted(sound.fades.items())),
        sound.variation,
        sound.variation_seed if sound.variation else None,
    )


def sections_of(plan: SongPlan) -> list[Section]:
    """Return the visits with their planned levels."""
    return [
        Section(visit.place.label, *plan.bounds(visit), -plan.mix.dynamics_db * (1.0 - visit.music.energy))
        for visit in plan.visits
    ]


def ride_gains_db(plan: SongPlan, own: Mapping[Hashable, Audio]) -> list[float]:
    """Return the gain in dB of each visit that brings it to its planned level, in steps.

    Where its peaks do not allow that, it comes as near as they do. ``own`` is the sound of each section
    that decides, (2, samples), by level key.
    """
    gains: dict[Hashable, float] = {}
    for visit, section in zip(plan.visits, sections_of(plan), strict=True):
        key = level_key(visit)
        if key not in gains:
            alone = replace(section, start=0, end=section.end - section.start)
            (now,) = sections_lufs(own[key], [alone], plan.grid.sample_rate)
            wanted = FULL_LUFS + section.level_db - now if math.isfinite(now) else 0.0
            wanted = RIDE_STEP_DB * round(wanted / RIDE_STEP_DB)
            # below zero where it must come down
            peak = sample_peak(own[key])
            room_db = SECTION_PEAK_DBFS - HEADROOM_DB - db_from_gain(peak) if peak else MOST_RIDE_DB
            most = RIDE_STEP_DB * math.floor(room_db / RIDE_STEP_DB)
            gains[key] = float(np.clip(min(wanted, most), -MOST_RIDE_DB, MOST_RIDE_DB))
    return [gains[level_key(visit)] for visit in plan.visits]


def ramp_samples(fade_samples: int, sample_rate: int) -> int:
    """Return the length of a fader's move: the crossfade there, but no less than 10 ms."""
    return max(fade_samples, round(_SHORTEST_RAMP_S * sample_rate))


def ride_stems(
    plan: SongPlan,
    stems: Mapping[str, Audio],
    fade_samples: int | Sequence[int],
    own: Mapping[Hashable, Audio] | None = None,
) -> list[float]:
    """Bring the sections of mixed stems, in place, to their planned levels; each visit's gain in dB.

    What plays decides the gains; effects move with it, and recordings stay as they are. ``own`` is the
    sound of each section that decides, by level key; what the stems have there where it is left out.

    ``fade_samples`` is the length of a crossfade, or that of the crossfade into each visit.
    """
    if own is None:
        # the sum of all players in the first visit of each level key
        effects = {stem.name for stem in plan.stems if stem.role in PLAYERLESS}
        players = [audio for name, audio in stems.items() if name not in effects]
        sums: dict[Hashable, Audio] = {}
        for visit in plan.visits:
            if (key := level_key(visit)) not in sums:
                start, end = plan.bounds(visit)
                playing = [audio[:, start:end] for audio in players]
                silence = np.zeros((2, end - start), np.float32)
                sums[key] = np.sum(playing, axis=0, dtype=np.float32) if playing else silence
        own = sums

    gains_db = ride_gains_db(plan, own)
    move_faders(plan, stems, gains_db, fade_samples)
    return gains_db


def move_faders(
    plan: SongPlan,
    stems: Mapping[str, Audio],
    gains_db: Sequence[float],
    fade_samples: int | Sequence[int],
) -> None:
    """Give each visit of mixed stems, in place, its gain in dB; recordings stay as they are."""
    if not any(gains_db):
        return
    fades = [fade_samples] * len(plan.visits) if isinstance(fade_samples, int) else fade_samples
    ramp = [ramp_samples(fade, plan.grid.sample_rate) for fade in fades]
    sections = sections_of(plan)
    curve = np.empty(plan.total_samples, dtype=np.float32)
    for first in range(0, len(curve), _CHUNK_SAMPLES):
        part = curve[first : first + _CHUNK_SAMPLES]
        positions = np.arange(first, first + len(part), dtype=np.float64)
        part[:] = gain_curve(sections, gains_db, ramp, positions)
    recorded = {stem.name for stem in plan.stems if stem.role == "audio"}
    for name, stem in stems.items():
        if name not in recorded:
            np.multiply(stem, curve, out=stem)


def sum_stems(stems: Mapping[str, Audio], also: Iterable[Audio] = (), into: Audio | None = None) -> Audio:
    """Bring all stems, in place, to one common gain, and return their sum: the premaster (2, samples).

    It lies in the zeros of ``into``, where these are given.

    The gain is :data:`HEADROOM_DB`, or whole steps less where the sum, or a stem alone, would peak above
    :data:`PREMASTER_PEAK_DBFS`: returns or effects may peak higher than their first visit did. ``also``
    gets the same gain and is in no sum.
    """
    total = np.zeros_like(next(iter(stems.values()))) if into is None else into
    for stem in stems.values():
        total += stem

    gain_db = HEADROOM_DB
    peak = max(sample_peak(total), max(map(sample_peak, stems.values()), default=0.0))
    if peak:
        room_db = PREMASTER_PEAK_DBFS - db_from_gain(peak)
        gain_db = min(HEADROOM_DB, GAIN_STEP_DB * math.floor(room_db / GAIN_STEP_DB))

    gain = gain_from_db(gain_db)
    for stem in chain(stems.values(), also):  # one by one, as they may lie on a disk
        np.multiply(stem, gain, out=stem)
    total *= gain
    return total
