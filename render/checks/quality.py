"""How good a mix is, in figures: balance, mono, crest, clipping, and the levels of sections and stems.

Everything is measured on the audio and the plan; what is allowed comes from the plan's mix and from the
mastering preset.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from render.audio.levels import SILENCE_DB, db_from_gain, db_from_power, finite, rms
from render.audio.loudness import measure_lufs, sample_peak
from render.audio.spectrum import Spectrum, misses_db, spectrum_of
from render.audio.types import Audio
from render.checks.check import Check
from render.mixing.energies import level_misses_db, sections_lufs
from render.mixing.mix import sections_of
from structure.plans.plan import SongPlan
from structure.presets.masters import MASTER_PRESETS
from structure.presets.mixes import BANDS_HZ, EARLIER_MIX

MONO_SLACK_DB = 0.3
"""The limiter, which turns loud moments down, may move the mono loss by this much."""

ENERGY_LIMIT_DB = 1.0
"""How far the difference between two sections may be from what their energies say."""

_FULL_SCALE = 1.0 - 2.0**-15
"""What a file of 16 bits can hold at most; a file of more bits that comes so far has been cut off too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StemQuality:
    """One stem as it is in the mix.

    ``lufs`` is None for silence; ``share_db`` is its level against the premaster in each of BANDS_HZ;
    ``side_db`` its side against its mid.
    """

    name: str
    lufs: float | None
    peak_dbfs: float
    side_db: float
    share_db: tuple[float, ...]
    clips: bool


@dataclass(frozen=True, slots=True)
class SectionLevel:
    """A visit as planned and as measured, both in dB against the loudness of the whole song's sections.

    ``measured_db`` is None for a visit that is silent or too short to measure.
    """

    label: str
    planned_db: float
    measured_db: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MixQuality:
    """The figures of a song's mix and master; levels in dB, bands as in BANDS_HZ."""

    preset: str
    balance_db: tuple[float, ...]
    worst_band_hz: int
    correlation: float
    mono_loss_db: float
    low_side_db: float
    crest_premaster_db: float
    crest_master_db: float
    peak_to_loudness_db: float | None
    sections: tuple[SectionLevel, ...]
    stems: tuple[StemQuality, ...]

    @property
    def crest_share(self) -> float:
        """Return what the master keeps of the premaster's crest factor, both in dB."""
        return self.crest_master_db / self.crest_premaster_db if self.crest_premaster_db > 0.0 else 1.0

    @property
    def worst_section_db(self) -> float | None:
        """Return how far the difference of two sections is at most from what the plan says."""
        misses = [
            level.measured_db - level.planned_db for level in self.sections if level.measured_db is not None
        ]
        return max(misses) - min(misses) if len(misses) > 1 else None

    def document(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        data = asdict(self)
        data["balance_db"] = {str(band): miss for band, miss in zip(BANDS_HZ, self.balance_db, strict=True)}
        for stem in data["stems"]:
            stem["share_db"] = {str(b): share for b, share in zip(BANDS_HZ, stem["share_db"], strict=True)}
        return {
            **data,
            "crest_share": round(self.crest_share, 3),
            "worst_section_db": self.worst_section_db,
        }


def crest_db(audio: Audio) -> float:
    """Return the peak against the RMS; 0 for silence."""
    level = rms(audio)
    return db_from_gain(sample_peak(audio) / level) if level > 0.0 else 0.0


def _stem_quality(name: str, audio: Audio, whole: Spectrum, sample_rate: int) -> StemQuality:
    spectrum = spectrum_of(audio, sample_rate)
    share = spectrum.octaves_db() - whole.octaves_db()
    peak = sample_peak(audio)
    return StemQuality(
        name=name,
        lufs=finite(measure_lufs(audio, sample_rate), 2),
        peak_dbfs=round(db_from_gain(peak, SILENCE_DB), 2),
        side_db=round(spectrum.side_to_mid_db(), 1),
        share_db=tuple(round(float(band), 1) for band in share),
        clips=peak >= _FULL_SCALE,
    )


def measure_quality(
    plan: SongPlan, stems: Mapping[str, Audio], premaster: Audio, master: Audio
) -> MixQuality:
    """Measure a song; all audio is (2, samples)."""
    rate = plan.grid.sample_rate
    spectrum, before = spectrum_of(master, rate), spectrum_of(premaster, rate)
    misses = misses_db(spectrum.octaves_db(), plan.mix.target)
    loudness = measure_lufs(master, rate)

    # left against right: 1 for mono, 0 for strangers (of equal power), -1 for opposites
    mid, side = float(spectrum.mid.sum()), float(spectrum.side.sum())
    correlation = round((mid - side) / (mid + side), 3) if mid + side > 0.0 else 1.0

    low = spectrum.hertz < 0.7 * plan.mix.mono_below_hz
    low_mid, low_side = float(spectrum.mid[low].sum()), float(spectrum.side[low].sum())
    return MixQuality(
        preset=plan.mix.preset,
        balance_db=tuple(round(float(miss), 2) for miss in misses),
        worst_band_hz=BANDS_HZ[int(np.argmax(np.abs(misses)))],
        correlation=correlation,
        mono_loss_db=round(spectrum.mono_loss_db(), 2),
        low_side_db=round(db_from_power((low_side + 1e-15) / (low_mid + 1e-15)), 1),
        crest_premaster_db=round(crest_db(premaster), 2),
        crest_master_db=round(crest_db(master), 2),
        peak_to_loudness_db=finite(db_from_gain(sample_peak(master)) - loudness, 2),
        sections=tuple(section_levels(plan, master)),
        stems=tuple(_stem_quality(name, audio, before, rate) for name, audio in stems.items()),
    )


def section_levels(plan: SongPlan, audio: Audio) -> list[SectionLevel]:
    """Return every visit, planned and measured in (2, samples)."""
    sections = sections_of(plan)
    misses = level_misses_db(sections, sections_lufs(audio, sections, plan.grid.sample_rate))
    seconds = [section.end - section.start for section in sections]
    mean = float(np.average([section.level_db for section in sections], weights=seconds))
    return [
        SectionLevel(
            section.label,
            round(section.level_db - mean, 2),
            round(section.level_db - mean + float(miss), 2) if math.isfinite(miss) else None,
        )
        for section, miss in zip(sections, misses, strict=True)
    ]


def check_energies(plan: SongPlan, master: Audio) -> Check:
    """Check that sections are louder than each other by what their energies say.

    Songs that were mixed before that was so are not judged.
    """
    name = "section energies"
    if plan.mix.preset == EARLIER_MIX:
        return Check.leave_unmeasured(name, "at most", ENERGY_LIMIT_DB, "dB", "mixed by an earlier version")
    levels = [level for level in section_levels(plan, master) if level.measured_db is not None]
    if len(levels) < 2:
        return Check.leave_unmeasured(name, "at most", ENERGY_LIMIT_DB, "dB", "nothing to compare")

    misses = {level.label: (level.measured_db or 0.0) - level.planned_db for level in levels}
    high, low = max(misses, key=lambda label: misses[label]), min(misses, key=lambda label: misses[label])
    detail = f"{high} against {low}, the worst of {len(levels)} sections"
    # levels are rounded to 0.01 dB, and so is their difference
    return Check.at_most(name, round(misses[high] - misses[low], 2), ENERGY_LIMIT_DB, "dB", detail)


def check_mono(plan: SongPlan, master: Audio) -> Check:
    """Check that a listener in mono loses little."""
    limit = plan.mix.most_mono_loss_db + MONO_SLACK_DB
    loss = spectrum_of(master, plan.grid.sample_rate).mono_loss_db()
    return Check.at_most("level lost in mono", loss, round(limit, 2), "dB")


def check_crest(plan: SongPlan, premaster: Audio, master: Audio) -> Check:
    """Check that the master keeps its share of the premaster's crest factor."""
    before, after = crest_db(premaster), crest_db(master)
    share = MASTER_PRESETS[plan.master.preset].crest_share
    if before <= 0.0:
        return Check.leave_unmeasured("crest factor", "at least", None, "dB", "silence")
    limit = round(share * before, 2)
    detail = f"{100 * after / before:.0f} % of the premaster's {before:.1f} dB"
    return Check.at_least("crest factor", after, limit, "dB", detail)


def check_clipping(stems: Mapping[str, Audio], premaster: Audio, master: Audio) -> Check:
    """Check that no file reaches full scale."""
    peaks = {name: sample_peak(audio) for name, audio in stems.items()}
    peaks |= {"premaster": sample_peak(premaster), "master": sample_peak(master)}
    loudest = max(peaks, key=lambda name: peaks[name])
    clipped = [name for name, peak in peaks.items() if peak >= _FULL_SCALE]
    peak_db = db_from_gain(peaks[loudest], SILENCE_DB)
    detail = ", ".join(clipped) or loudest
    return Check.below("no file clips", peak_db, db_from_gain(_FULL_SCALE), "dBFS", detail)


def quality_checks(
    plan: SongPlan, stems: Mapping[str, Audio], premaster: Audio, master: Audio
) -> tuple[Check, ...]:
    """Return the checks of mix and master."""
    return (
        check_energies(plan, master),
        check_mono(plan, master),
        check_crest(plan, premaster, master),
        check_clipping(stems, premaster, master),
    )
