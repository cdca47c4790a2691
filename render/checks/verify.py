"""A song checks itself: its audio against its plan, and nothing but its plan.

Nothing here knows how the song
was rendered: whatever is needed is read from the plan, and measured on the audio.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from itertools import chain

import numpy as np

from render.audio.levels import SILENCE_DB, db_from_gain, rms
from render.audio.loudness import chunks, measure_lufs, plain_powers, sample_peak, true_peak_dbtp
from render.audio.types import Audio
from render.checks.beats import check_beats
from render.checks.check import Check, list_names
from render.checks.clicks import worst_jump
from render.checks.dips import deepest
from render.checks.flaws import check_flat, check_gaps, check_polarity
from render.checks.harmony import check_harmony
from render.checks.likeness import check_repeats, check_variations, rounding_rms
from render.checks.mastering import check_master
from render.checks.notes import check_notes, check_own_parts, check_rests, check_tuning_of_stems, hear_all
from render.checks.places import check_levels, check_sides
from render.checks.quality import quality_checks
from render.checks.timing import (
    Decibels,
    Lag,
    attack_rises,
    onset_samples,
    song_lag,
    stem_lag,
    voice_onsets,
)
from render.checks.together import check_together, exact_part, fine_lags_s, is_exact
from render.mixing.master import Master, describe_limits, is_at_its_limits, master_song
from render.mixing.mix import sections_of
from structure.base.types import PLAYERLESS, SUNG
from structure.plans.curves import unheard_bars
from structure.plans.plan import SongPlan

SUM_LIMIT_DB = -90.0
LOUDNESS_TOLERANCE_LU = 0.5
CLICK_LIMIT = 4.0
"""A jump at a join this many times what is natural there is heard as a click."""

DIP_LIMIT_DB = 30.0
"""How far the quietest 20 ms of a join may lie below both of its sides; plucked notes die away by less."""

DRUM_LAG_LIMIT_S = 0.010
DRUMLESS_LAG_LIMIT_S = 0.007
"""How late a song without drums may be, by the stem in the middle of all that have clear attacks."""

SHARP_LAG_LIMIT_S = 0.030
BLUNT_LAG_LIMIT_S = 0.040
"""How near attacks are to their notes: of drums, of other sounds that rise at once (the spectrograms of
pitched clips blur them by some milliseconds), and of those that rise slowly."""

_CONSONANTS_S = 0.3
"""How long before its note a syllable may begin: its vowel begins on the beat, its consonants before it."""

_FEWEST_NOTES = 4
"""A visit with fewer notes has no average attack."""

_SILENT_START_DB = -50.0
_SILENT_START_S = 0.2


def check_lengths(plan: SongPlan, files: Mapping[str, Audio]) -> Check:
    """Check that every file has the planned length to the sample."""
    off = {name: audio.shape[1] - plan.total_samples for name, audio in files.items()}
    worst = max(off.values(), key=abs, default=0)
    wrong = ", ".join(name for name, gap in off.items() if gap)
    return Check.within("length", worst, 0.0, "samples", wrong, decimals=0)


def check_sum(plan: SongPlan, stems: Mapping[str, Audio], premaster: Audio) -> Check:
    """Check that the stems sum to the premaster, as far as the files' bits can say."""
    left = 0.0
    # all files side by side, for a few seconds at a time
    for first, last in chunks(premaster.shape[1]):
        rest = premaster[:, first:last].copy()
        for name in stems:
            rest -= stems[name][:, first:last]
        left = max(left, sample_peak(rest))
    loudest = max(sample_peak(premaster), 1e-9)
    gap = db_from_gain(left / loudest, SILENCE_DB)
    rounding = 4.0 * (len(stems) + 1) * rounding_rms(plan)
    limit = round(max(SUM_LIMIT_DB, db_from_gain(rounding / loudest, SILENCE_DB)), 1)
    return Check.at_most("stems sum to premaster", gap, limit, "dB", decimals=1)


def _players(plan: SongPlan) -> set[str]:
    """Return the stems that play from notes: effects come out of silence, or have no attack at all."""
    return {stem.name for stem in plan.stems if stem.role not in PLAYERLESS}


def _lag_limit_s(lag: Lag, is_drums: bool) -> float:
    if not lag.sharp:
        return BLUNT_LAG_LIMIT_S
    return DRUM_LAG_LIMIT_S if is_drums else SHARP_LAG_LIMIT_S


def check_timing(
    plan: SongPlan, rises: Mapping[str, Decibels], lags: Mapping[str, float] | None = None
) -> Check:
    """Check that the attacks of the song, taken together, lie on the planned notes.

    Drums decide, if there are any. Else the middle one of the stems' own ``lags``, in seconds, decides, if
    they are given and the backend follows the score; else all stems but voices do.
    """
    name = "notes sound on the grid"
    drum_stems = {stem.name for stem in plan.stems if stem.role == "drums"}
    drums = song_lag(plan, {stem: rises[stem] for stem in rises if stem in drum_stems})
    if drums is None and lags and is_exact(plan):
        middle_ms = round(1000.0 * float(np.median(list(lags.values()))), 6)
        limit_ms = 1000.0 * DRUMLESS_LAG_LIMIT_S
        return Check.within(name, middle_ms, limit_ms, "ms", f"the middle of {len(lags)}", decimals=1)
    voices = {stem.name for stem in plan.stems if stem.role in SUNG}
    played = _players(plan) - voices
    lag = drums or song_lag(plan, {stem: rises[stem] for stem in rises if stem in played})
    if lag is None:
        return Check.leave_unmeasured(
            name, "within", 1000.0 * DRUM_LAG_LIMIT_S, "ms", "no stem has clear attacks"
        )
    limit = _lag_limit_s(lag, drums is not None)
    # lags are whole hops: what is left of them beyond a nanosecond is arithmetic, and not late
    late_ms = round(1000.0 * lag.seconds, 6)
    return Check.within(name, late_ms, round(1000.0 * limit, 6), "ms", decimals=1)


def check_section_starts(
    plan: SongPlan, stems: Mapping[str, Audio], rises: Mapping[str, Decibels]
) -> Check:
    """Check that in every visit each stem sounds from its first note, and its attacks lie on its notes."""
    wrong, judged = [], 0
    rate = plan.grid.sample_rate
    planned = {stem.name: stem for stem in plan.stems}
    for name, audio in stems.items():
        if name not in _players(plan):
            continue
        level = math.sqrt(plain_powers(audio, 1024).mean() / audio.shape[0])
        for visit in plan.visits:
            onsets = onset_samples(plan, visit, name)
            if not onsets or visit.place.start_bar in unheard_bars(plan, name):
                continue
            judged += 1

            first = min(onsets)
            after = audio[:, first : first + round(_SILENT_START_S * rate)]
            if db_from_gain(rms(after) / max(level, 1e-9), SILENCE_DB) < _SILENT_START_DB:
                wrong.append(f"{name} in {visit.place.label} is silent")
                continue

            # attacks that are clear, and away from the notes
            stem = planned[name]
            is_many = len(set(onsets)) >= _FEWEST_NOTES
            lag = stem_lag(stem, rises[name], onsets, rate) if is_many else None
            if lag is not None:
                limit = _lag_limit_s(lag, stem.role == "drums") + 1e-9
                earliest = _CONSONANTS_S if stem.role in SUNG else limit
                if not -earliest <= lag.seconds <= limit:
                    wrong.append(f"{name} in {visit.place.label} is off the grid")
    detail = list_names(wrong) or f"of {judged}"
    return Check.at_most("sections start with their notes", len(wrong), 0.0, "starts", detail, decimals=0)


def check_joins(plan: SongPlan, files: Iterable[tuple[str, Audio]]) -> Check:
    """Check that no join clicks in any file: stems by their names, and what else is made of all of them."""
    # a join can click on its downbeat and at the ends of its crossfade
    joins = [
        plan.bounds(visit)[0] + side * (plan.crossfade_into(visit) // 2)
        for visit in plan.visits[1:]
        for side in (-1, 0, 1)
    ]
    voices = {stem.name: voice_onsets(plan, stem) for stem in plan.stems}
    everything: dict[Hashable, list[int]] = {
        (name, voice): found for name, own in voices.items() for voice, found in own.items()
    }
    worst, where = 0.0, ""
    for name, audio in files:
        jump = worst_jump(audio, joins, voices.get(name, everything), plan.grid.sample_rate)
        if jump is not None and jump.times > worst:
            worst, where = jump.times, f"{name} at {jump.sample / plan.grid.sample_rate:.3f} s"
    return Check.at_most("joins do not click", worst, CLICK_LIMIT, "times", where)


def check_dips(plan: SongPlan, audio: Audio) -> Check:
    """Check that no join has a hole, where notes sound up to it and on from it."""
    name, dip = "joins keep their level", deepest(plan, audio)
    if dip is None:
        return Check.leave_unmeasured(
            name, "at most", DIP_LIMIT_DB, "dB", "all stop at every join, or there is none"
        )
    return Check.at_most(
        name, dip.depth_db, DIP_LIMIT_DB, "dB", f"into {dip.visit.place.label}", decimals=1
    )


def _master_again(plan: SongPlan, premaster: Audio) -> Master:
    return master_song(premaster, plan.master, plan.grid.sample_rate, plan.mix, sections_of(plan))


def check_loudness(
    plan: SongPlan, premaster: Audio | None, master: Audio, remade: Master | None = None
) -> Check:
    """Check the integrated loudness of the master against the spec.

    Where it is too low, it is held against what the preset's limits allow, as a master made again from the
    premaster shows: ``remade``, if there is one already.
    """
    lufs, wanted = measure_lufs(master, plan.grid.sample_rate), plan.master.loudness_lufs
    detail = ""
    if lufs < wanted - LOUDNESS_TOLERANCE_LU and premaster is not None and premaster.any():
        loudest = remade or _master_again(plan, premaster)
        if is_at_its_limits(loudest, plan.master):
            detail = f"asked for {wanted:g}; all that {describe_limits(plan.master)} give"
            wanted = round(min(wanted, loudest.loudness_lufs), 2)
    return Check.within("loudness", lufs, LOUDNESS_TOLERANCE_LU, "LUFS", detail, target=wanted)


def check_true_peak(plan: SongPlan, master: Audio) -> Check:
    """Check the master's true peak against the spec."""
    peak, limit = true_peak_dbtp(master), plan.master.true_peak_dbtp
    return Check.at_most("true peak", peak, limit, "dBTP")


def check_end(_plan: SongPlan, master: Audio) -> Check:
    """Check that the song ends in silence, not in a cut."""
    last = db_from_gain(float(np.abs(master[:, -64:]).max(initial=0.0)), SILENCE_DB)
    return Check.at_most("ends in silence", last, -60.0, "dBFS", decimals=1)


def check_stems(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that every planned stem is there, and sounds."""
    wrong = [f"{stem.name} is missing" for stem in plan.stems if stem.name not in stems]
    wrong += [f"{name} is silent" for name, audio in stems.items() if not audio.any()]
    return Check.at_most("stems are there", len(wrong), 0.0, "stems", list_names(wrong), decimals=0)


def verify_song(
    plan: SongPlan,
    stems: Mapping[str, Audio],
    premaster: Audio | None,
    master: Audio | None,
    *,
    tracks_beats: bool = True,
    other_version: str | None = None,
) -> tuple[Check, ...]:
    """Return all checks of a rendered song; every array is (2, samples).

    ``stems`` may be empty where the plan exports none; what needs a file that is not there is left out.
    ``tracks_beats`` asks a beat tracker too, which takes the longest. ``other_version`` is the version that
    rendered the song, where it was not this one, which may master in another way.
    """
    bus = {"premaster": premaster, "master": master}
    whole = {**stems, **{name: audio for name, audio in bus.items() if audio is not None}}
    length = check_lengths(plan, whole)
    checks = [length]
    if plan.export.stems:
        checks.append(check_stems(plan, stems))
    same: list[Check] = []
    if master is not None:
        remade = None if premaster is None else _master_again(plan, premaster)
        checks += [check_loudness(plan, premaster, master, remade), check_true_peak(plan, master)]
        checks.append(check_end(plan, master))
        if premaster is not None and remade is not None and length.passed:
            same = [check_master(plan, premaster, master, remade, other_version)]
        del remade  # as large as the master
    if not length.passed:
        return tuple(checks)
    # one after the other, since stems may lie on a disk
    summed = [] if premaster is None else [("premaster", premaster)]
    checks.append(check_joins(plan, chain(stems.items(), summed)))
    if premaster is not None:
        of_premaster = [check_dips(plan, premaster), check_variations(plan, premaster)]
        checks += [check_sum(plan, stems, premaster), *of_premaster] if stems else of_premaster
    if stems:
        checks += _checks_of_stems(plan, stems)
    checks += same
    if premaster is not None and master is not None:
        checks += quality_checks(plan, stems, premaster, master)
    if master is not None and tracks_beats:
        checks += check_beats(plan, master)
    return tuple(checks)


def _checks_of_stems(plan: SongPlan, stems: Mapping[str, Audio]) -> list[Check]:
    rises = {name: attack_rises(audio, plan.grid.sample_rate) for name, audio in stems.items()}
    lags = fine_lags_s(plan, stems)
    checks = [
        check_repeats(plan, stems),
        check_timing(plan, rises, lags),
        check_together(plan, lags),
        check_section_starts(plan, stems, rises),
        *check_harmony(plan, stems),
    ]

    # stems that were played from the score, note by note, in one channel
    exact, played = exact_part(plan), stems
    if exact is not plan:
        played = {stem.name: stems[stem.name] for stem in exact.stems if stem.name in stems}
    heard = hear_all(exact, played)
    of_players = [
        check_notes(exact, played, heard.notes),
        check_tuning_of_stems(heard.notes),
        check_own_parts(exact, played, heard),
        check_rests(exact, played),
        check_sides(exact, played),
    ]
    if not (_players(exact) or is_exact(plan)):
        why = f"{plan.render.backend} does not follow the score note by note"
        of_players = [Check.leave_unmeasured(c.name, c.direction, c.limit, c.unit, why) for c in of_players]

    return [
        *checks,
        *of_players,
        check_levels(plan, stems),
        check_gaps(plan, stems),
        check_flat(plan, stems),
        check_polarity(plan, stems),
    ]
