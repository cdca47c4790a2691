"""The mix: levels by role, width and place, sends, the duck, and one common gain."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.levels import gain_from_db
from render.audio.loudness import measure_lufs
from render.mixing.duck import Kick, duck_gains
from render.mixing.mix import (
    GAIN_STEP_DB,
    HEADROOM_DB,
    PREMASTER_PEAK_DBFS,
    dry_stem,
    echo,
    echo_times,
    kick_hits,
    mix_stem,
    pan_gains,
    reverberate,
    sum_stems,
    widen,
)
from structure.base.grid import Grid, Meter
from structure.base.types import PLAYERLESS, ROLES
from structure.plans.plan import StemPlan
from structure.presets.effects import NOMINAL_LUFS
from structure.presets.mixes import MixSpec, build_mix, load_mix, mix_names
from tests.builders import change_visit
from tests.render.support import plan_of
from tests.tones import level_db

RATE = 44_100
PLAIN = StemPlan("stem", "chords", "", "", 0.0, 0.0, 0.0)
GRID = Grid.steady(120, Meter())
POP = load_mix("pop")
CLUB = load_mix("club")
STRIPS = POP.strips


def pink(seconds: float = 5.0, seed: int = 0, level: float = 0.1) -> np.ndarray:
    """Noise with the spectrum of music: as much power in each octave. (1, samples)."""
    size = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    wave = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)), size)
    return (level * wave / wave.std()).astype(np.float32)[None]


def plucks(seconds: float = 6.0) -> np.ndarray:
    """A damped tone with overtones every half second. (1, samples)."""
    time = np.arange(RATE // 2) / RATE
    tone = sum(np.sin(2 * np.pi * 220 * k * time) / k for k in range(1, 10)) * np.exp(-8 * time)
    return np.tile(0.3 * tone, round(2 * seconds)).astype(np.float32)[None]


@pytest.mark.parametrize("role", [role for role in ROLES if role not in PLAYERLESS])
@pytest.mark.parametrize("sound", [pink(), plucks(), 0.01 * pink(seed=1)], ids=["noise", "plucks", "soft"])
def test_every_role_comes_out_at_its_loudness(role: str, sound: np.ndarray) -> None:
    loudness = measure_lufs(dry_stem(sound, STRIPS[role], RATE), RATE)
    assert loudness == pytest.approx(STRIPS[role].loudness_lufs, abs=GAIN_STEP_DB / 2 + 0.01)


@pytest.mark.parametrize("gain", [1.0, 0.01])
def test_effects_keep_the_loudness_that_they_are_made_with(gain: float) -> None:
    made = np.float32(gain) * pink()
    mixed = dry_stem(made, STRIPS["effects"].model_copy(update={"width": 0.0}), RATE)
    both = measure_lufs(np.repeat(made, 2, axis=0), RATE)
    lower = STRIPS["effects"].loudness_lufs - NOMINAL_LUFS
    assert measure_lufs(mixed, RATE) - both == pytest.approx(lower, abs=0.1)


@pytest.mark.parametrize("role", ["bass", "lead"])
def test_a_sound_is_as_loud_from_a_stereo_as_from_a_mono_clip(role: str) -> None:
    mono, stereo = (dry_stem(np.repeat(plucks(), n, axis=0), STRIPS[role], RATE) for n in (1, 2))
    assert measure_lufs(stereo, RATE) == pytest.approx(measure_lufs(mono, RATE), abs=GAIN_STEP_DB)


def test_the_level_is_measured_where_the_reference_says() -> None:
    loud, soft = plucks(), 0.1 * plucks()
    size = loud.shape[1]
    mixed = dry_stem(np.concatenate([loud, soft], axis=1), STRIPS["lead"], RATE, slice(0, size))
    other = dry_stem(np.concatenate([loud, 3 * soft], axis=1), STRIPS["lead"], RATE, slice(0, size))
    assert measure_lufs(mixed[:, :size], RATE) == pytest.approx(-20.5, abs=0.26)
    assert np.array_equal(mixed[:, : size - RATE], other[:, : size - RATE])


@given(st.floats(-1.0, 1.0))
def test_panning_keeps_the_power(pan: float) -> None:
    left, right = pan_gains(pan)
    assert float(left) ** 2 + float(right) ** 2 == pytest.approx(2.0, abs=1e-5)
    assert (left > right) == (pan < -1e-7) or math.isclose(left, right, abs_tol=1e-6)


@given(st.sampled_from([role for role in ROLES if role != "audio"]), st.integers(0, 100))
def test_widening_leaves_the_mono_sum_and_the_bass_in_the_middle(role: str, seed: int) -> None:
    mono = np.random.default_rng(seed).standard_normal(8000).astype(np.float32)
    wide = widen(mono[None], STRIPS[role], RATE)
    assert np.abs(wide.mean(axis=0) - mono).max() < 1e-5


def test_low_tones_stay_in_the_middle_and_high_ones_spread() -> None:
    time = np.arange(RATE) / RATE
    mix = STRIPS["pad"]

    def side_db(hertz: float) -> float:
        left, right = widen(np.sin(2 * np.pi * hertz * time)[None].astype(np.float32), mix, RATE)
        return level_db((left - right) / 2) - level_db((left + right) / 2)

    assert side_db(50.0) < -20.0
    assert max(side_db(hertz) for hertz in (1000.0, 1300.0, 2000.0, 3100.0)) > -10.0


def test_a_hard_panned_stem_has_only_its_room_on_the_other_side() -> None:
    stem = replace(PLAIN, role="bass", pan=-1.0)
    left, right = mix_stem(plucks(), stem, POP, GRID)
    assert level_db(right) < level_db(left) - 100.0
    left, right = mix_stem(plucks(), replace(stem, reverb=0.4), POP, GRID)
    assert -25.0 < level_db(right) - level_db(left) < -8.0


def test_the_room_stays_in_the_middle_wherever_the_stem_is() -> None:
    dry, wet = (
        mix_stem(plucks(), replace(PLAIN, pan=0.9, reverb=share), POP, GRID) for share in (0.0, 0.3)
    )
    room_left, room_right = wet - dry
    assert level_db(room_left) == pytest.approx(level_db(room_right), abs=2.0)


@pytest.mark.parametrize("sound", [pink(), plucks()], ids=["noise", "plucks"])
@pytest.mark.parametrize("role", ["drums", "chords", "pad", "lead"])
def test_reverb_of_three_tenths_lies_twelve_to_sixteen_db_under_the_dry(
    role: str, sound: np.ndarray
) -> None:
    dry, wet = (mix_stem(sound, replace(PLAIN, role=role, reverb=share), POP, GRID) for share in (0.0, 0.3))
    assert -16.0 <= level_db(wet - dry) - level_db(dry) <= -12.0


@pytest.mark.slow
@pytest.mark.parametrize("name", mix_names())
def test_what_the_sends_return_dies_away_before_the_null_test_looks(name: str) -> None:
    """A clip's tail of 2.5 s, then 4.5 s of reverb and echo at the largest send: silent after 7 s."""
    mix = load_mix(name)
    audio = np.zeros((1, 9 * RATE), np.float32)
    audio[:, : round(2.5 * RATE)] = plucks()[:, : round(2.5 * RATE)]
    for role in ("chords", "lead"):
        wet = mix_stem(audio, replace(PLAIN, role=role, reverb=1.0, delay=1.0), mix, GRID)
        assert level_db(wet[:, 7 * RATE : 8 * RATE]) < level_db(wet[:, :RATE]) - 80.0


def test_the_users_gain_is_exact() -> None:
    flat, raised = (
        mix_stem(plucks(), replace(PLAIN, reverb=0.2, gain_db=db), POP, GRID) for db in (0.0, -6.5)
    )
    assert np.allclose(raised, flat * gain_from_db(-6.5), atol=1e-6)


def test_processing_does_not_depend_on_when_it_is() -> None:
    """The same sound two seconds later is the same two seconds later, so that sections can return."""
    stem, late = replace(PLAIN, reverb=0.3), 2 * RATE
    early = np.pad(plucks(2.0), ((0, 0), (0, 3 * RATE)))
    body = slice(0, 2 * RATE)
    one = mix_stem(early, stem, POP, GRID, body)
    two = mix_stem(np.roll(early, late, axis=1), stem, POP, GRID, slice(late, late + 2 * RATE))
    assert level_db(two[:, late:][:, body] - one[:, body]) < level_db(one[:, body]) - 90.0


def test_silence_stays_silent_and_the_end_is_zero() -> None:
    assert not mix_stem(np.zeros((1, RATE), np.float32), replace(PLAIN, reverb=0.5), POP, GRID).any()
    assert not mix_stem(pink(2.0), replace(PLAIN, reverb=0.5), POP, GRID)[:, -1].any()


@given(st.lists(st.tuples(st.integers(0, 99), st.floats(0.001, 5.0)), min_size=1, max_size=5))
def test_stems_sum_to_the_premaster_below_its_peak(sounds: list[tuple[int, float]]) -> None:
    made = [
        (level * np.random.default_rng(seed).standard_normal((2, 500))).astype(np.float32)
        for seed, level in sounds
    ]
    stems = {str(k): audio.copy() for k, audio in enumerate(made)}
    premaster = sum_stems(stems)
    peak = 20 * math.log10(np.abs(premaster).max())
    assert peak <= PREMASTER_PEAK_DBFS + 1e-4
    assert max(np.abs(stem).max() for stem in stems.values()) <= gain_from_db(PREMASTER_PEAK_DBFS) + 1e-5
    assert np.abs(sum(stems.values()) - premaster).max() <= 10 ** (-90 / 20) * np.abs(premaster).max()
    loudest = int(np.argmax([np.abs(audio).max() for audio in made]))
    gain_db = 20 * math.log10(np.abs(stems[str(loudest)]).max() / np.abs(made[loudest]).max())
    assert gain_db <= HEADROOM_DB + 1e-4
    assert gain_db / GAIN_STEP_DB == pytest.approx(round(gain_db / GAIN_STEP_DB), abs=1e-3)


def test_silent_stems_have_a_silent_sum() -> None:
    assert not sum_stems({"a": np.zeros((2, 100), np.float32)}).any()


def room(seconds: float = 3.0, **changes: float) -> np.ndarray:
    """What a bare room returns for a click, with changes."""
    bare = {"size": 0.5, "damping": 0.0, "low_cut_hz": 5.0, "high_cut_hz": 20_000.0, "predelay_ms": 0.0}
    space = next(iter(POP.spaces.values())).model_copy(update={**bare, "return_db": 0.0, **changes})
    return reverberate(impulse(seconds), space, RATE)


def decay_db(wet: np.ndarray) -> float:
    """How far a room has died away a second after the click."""
    return level_db(wet[:, RATE : RATE + RATE // 2]) - level_db(wet[:, : RATE // 2])


def high_db(wet: np.ndarray) -> float:
    """What lies above 4 kHz, against what lies below."""
    power = (np.abs(np.fft.rfft(wet[0])) ** 2).reshape(-1)
    corner = round(4000 * len(power) / (RATE / 2))
    return float(10 * np.log10(power[corner:].sum() / power[:corner].sum()))


def test_a_room_rings_as_long_as_it_is_large_and_is_as_loud_in_any_size() -> None:
    small, large = room(size=0.1), room(size=0.9)
    assert decay_db(large) > decay_db(small) + 20.0
    assert level_db(large) == pytest.approx(level_db(small), abs=2.0)


def test_a_room_returns_no_dry_sound_and_comes_after_its_predelay() -> None:
    plain, later = room(), room(predelay_ms=50.0)
    shift = round(0.05 * RATE)
    assert later[:, shift:] == pytest.approx(plain[:, :-shift], abs=1e-7)
    assert np.abs(later[:, : 1000 + shift]).max() < 1e-7
    first = int(np.flatnonzero(np.abs(plain).max(axis=0) > 1e-3)[0])
    assert first > 1000 + 0.02 * RATE  # the shortest comb of the reverb; a dry click would be at 1000


def test_a_room_has_two_sides_and_is_the_same_each_time() -> None:
    left, right = room()
    assert abs(float(np.corrcoef(left, right)[0, 1])) < 0.5
    assert np.array_equal(room(), room())


def test_damping_and_cuts_take_from_a_room_what_they_say() -> None:
    bright = high_db(room())
    late = slice(RATE // 4, RATE)
    assert high_db(room(damping=0.9)[:, late]) < high_db(room()[:, late]) - 10.0
    assert high_db(room(high_cut_hz=2000.0)) < bright - 6.0
    assert high_db(room(low_cut_hz=6000.0)) > bright + 6.0
    assert level_db(room(return_db=-9.0)) == pytest.approx(level_db(room()) - 9.0, abs=0.01)


def test_echoes_come_for_four_seconds_and_until_they_cannot_be_heard() -> None:
    """At 120 BPM a quarter note is half a second."""
    delay = POP.delay.model_copy(update={"note": "1/4", "feedback": 0.9})
    assert echo_times(delay, GRID) == [k * RATE // 2 for k in range(1, 9)]
    faint = delay.model_copy(update={"feedback": 0.04})  # 1, 0.04, 0.0016, then 0.00006
    assert len(echo_times(faint, GRID)) == 3
    assert len(echo_times(delay.model_copy(update={"feedback": 0.0}), GRID)) == 1
    slow = Grid.steady(12.0, Meter())  # the first comes in any case
    assert echo_times(delay, slow) == [5 * RATE]


def test_no_echo_comes_after_the_end() -> None:
    open_cuts = {"low_cut_hz": 5.0, "high_cut_hz": 20_000.0, "return_db": -6.0}
    delay = POP.delay.model_copy(update={"note": "1/4", "feedback": 0.5, "ping_pong": False, **open_cuts})
    short = impulse(0.75)
    wet = echo(short, delay, GRID)
    assert wet.shape == short.shape
    peak = int(np.argmax(np.abs(wet[0])))
    assert abs(peak - (1000 + RATE // 2)) <= 5
    assert 0.3 < np.abs(wet).max() <= 0.51


def impulse(seconds: float = 5.0) -> np.ndarray:
    audio = np.zeros((2, round(seconds * RATE)), np.float32)
    audio[:, 1000] = 1.0
    return audio


@pytest.mark.parametrize("tempo", [61.0, 104.0, 137.5])
@pytest.mark.parametrize(
    ("note", "quarters"), [("1/4", 1), ("1/8d", 0.75), ("1/8t", 1 / 3), ("1/16", 0.25)]
)
def test_echoes_come_on_their_note_value_to_the_sample(tempo: float, note: str, quarters: float) -> None:
    grid = Grid.steady(tempo, Meter())
    delay = POP.delay.model_copy(update={"note": note, "feedback": 0.5, "ping_pong": False})
    wet = echo(impulse(), delay, grid)[0]
    for k in range(1, 4):
        place = 1000 + round(k * quarters * 60 / tempo * RATE)
        peak = place - 50 + int(np.argmax(np.abs(wet[place - 50 : place + 50])))
        assert abs(peak - place) <= 5  # the filters' own delay
        assert np.abs(wet[peak]) == pytest.approx(0.5 ** (k - 1) * np.abs(wet).max(), rel=0.02)
    assert not wet[: round(1000 + quarters * 60 / tempo * RATE) - 2].any()


def test_ping_pong_echoes_go_left_and_right_with_the_power_of_plain_ones() -> None:
    plain = POP.delay.model_copy(update={"ping_pong": False})
    thrown = POP.delay.model_copy(update={"ping_pong": True})
    gap = echo_times(plain, GRID)[0]
    one, other = echo(impulse(), plain, GRID), echo(impulse(), thrown, GRID)
    assert level_db(other) == pytest.approx(level_db(one), abs=0.1)
    first = slice(1000 + gap - 10, 1000 + 2 * gap - 10)
    second = slice(1000 + 2 * gap - 10, 1000 + 3 * gap - 10)
    assert not other[1, first].any()
    assert level_db(other[1, second]) > level_db(other[0, second]) + 30.0  # the ring of the filter is left


@given(st.lists(st.integers(0, 80_000), min_size=1, max_size=12), st.floats(0.05, 1.0))
def test_the_duck_is_at_its_floor_on_each_hit_and_one_again_away_from_them(
    samples: list[int], amount: float
) -> None:
    hits = [Kick(sample, 1.0) for sample in samples]
    gains = duck_gains(hits, amount, CLUB.duck, GRID, 100_000)
    assert gains[samples] == pytest.approx(np.full(len(samples), 1.0 - amount), abs=1e-6)
    reach = (
        GRID.sample_at(Fraction(1, 2)) + round((CLUB.duck.hold_ms + CLUB.duck.attack_ms) / 1000 * RATE) + 2
    )
    away = np.ones(100_000, bool)
    for sample in samples:
        away[max(0, sample - round(CLUB.duck.attack_ms / 1000 * RATE)) : sample + reach] = False
    assert (gains[away] == 1.0).all()
    assert gains.min() >= 1.0 - amount - 1e-6
    assert np.abs(np.diff(gains)).max() < 0.02  # no click


def test_a_soft_kick_ducks_less_and_no_other_drum_does() -> None:
    plan = plan_of((("verse", 2, 0.0),))
    part = plan.visits[0].music.score.parts["drums"]
    notes = [
        replace(note, pitch=36 if k % 2 == 0 else 38, velocity=50) for k, note in enumerate(part.notes)
    ]
    score = replace(plan.visits[0].music.score, parts={"drums": replace(part, notes=tuple(notes))})
    hits = kick_hits(replace(plan, visits=(change_visit(plan.visits[0], score=score),)))
    beats = plan.grid.beat_samples(2)
    assert [hit.sample for hit in hits] == beats[::2]
    assert {hit.strength for hit in hits} == {0.5}


def test_a_kick_is_where_it_is_played_and_no_louder_than_in_full() -> None:
    """Early, late and hard kicks of two visits; of two on one sample the harder one counts."""
    plan = plan_of((("verse", 2, 0.0), ("verse", 2, 0.0)))
    one = plan.visits[0].music.score.parts["drums"].notes[0]
    kicks = [
        replace(one, pitch=36, onset=Fraction(0), velocity=127),
        replace(one, pitch=35, onset=Fraction(1), velocity=25),
        replace(one, pitch=36, onset=Fraction(1), velocity=75),
        replace(one, pitch=36, onset=Fraction(1), velocity=60),
        replace(one, pitch=37, onset=Fraction(2), velocity=100),
        replace(one, pitch=35, onset=Fraction(3), velocity=50),
    ]
    parts = {
        "drums": replace(plan.visits[0].music.score.parts["drums"], notes=tuple(kicks)),
        "bass": replace(plan.visits[0].music.score.parts["drums"], role="bass", notes=(kicks[0],)),
    }
    score = replace(plan.visits[0].music.score, parts=parts)
    visits = tuple(change_visit(visit, score=score) for visit in plan.visits)
    hits = kick_hits(replace(plan, visits=visits))
    beats = plan.grid.beat_samples(4)
    assert [hit.sample for hit in hits] == [beats[k] for k in (0, 1, 3, 8, 9, 11)]
    assert [hit.strength for hit in hits] == [1.0, 0.75, 0.5] * 2


def test_a_ducked_stem_is_the_plain_one_times_the_duck() -> None:
    hits = [Kick(k * RATE // 2, 1.0) for k in range(12)]
    stem = replace(PLAIN, role="bass", reverb=0.2, delay=0.2)
    plain = mix_stem(plucks(), stem, CLUB, GRID, kicks=hits)
    ducked = mix_stem(plucks(), replace(stem, duck=0.6), CLUB, GRID, kicks=hits)
    gains = duck_gains(hits, 0.6, CLUB.duck, GRID, plain.shape[1])
    assert np.abs(ducked - plain * gains).max() < 1e-6


def test_a_bus_moves_its_roles_and_no_others() -> None:
    raised = build_mix(POP, MixSpec(buses={"music": -3.0}))
    for role, change in (("chords", -3.0), ("pad", -3.0), ("lead", 0.0), ("bass", 0.0)):
        plain, moved = (mix_stem(plucks(), replace(PLAIN, role=role), mix, GRID) for mix in (POP, raised))
        assert level_db(moved) - level_db(plain) == pytest.approx(change, abs=1e-4)
