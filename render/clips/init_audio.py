"""Clips that begin from something else than noise: from an audio file, or from themselves as they were."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import scipy

from render.audio.files import read_audio
from render.audio.levels import gain_from_db
from render.audio.listening import on_grid
from render.audio.loudness import measure_lufs
from render.audio.shape import splice
from render.audio.stft import hann, istft, stft
from render.audio.types import Audio
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest, InitAudio
from render.clips.guide import measure_level_db
from structure.base.errors import AudioFileError, RitornelloError
from structure.base.grid import Grid
from structure.base.seeds import derive_seed
from structure.plans.plan import InitFile, StemPlan, Visit
from structure.specs.spec import InitSpec

_USUAL_LUFS = -23.0
"""About the loudness of the embedded model's clips: what it begins from should be as loud."""

_BASS_BELOW_HZ = 220.0
_N_FFT, _HOP = 2048, 512
_FILTER_FRAMES = 31


@dataclass(frozen=True, slots=True)
class Repaint:
    """Ranges of a clip's samples that are to be another take."""

    ranges: tuple[tuple[int, int], ...]
    seed: int

    def key(self, key: str) -> str:
        """Return the key in the cache, made from that of the clip as it was."""
        return hashlib.sha256(f"{key}:repaint:{self.ranges}:{self.seed}".encode()).hexdigest()

    def request_other_take(self, request: ClipRequest) -> ClipRequest:
        """Return a request for the same clip from other noise."""
        return replace(request, latent=LatentRecipe(self.seed))

    def request_inpainting(self, request: ClipRequest, kept: Clip) -> ClipRequest:
        """Return what is asked of a backend that can repaint."""
        return replace(self.request_other_take(request), init=InitAudio(kept.audio, 1.0, self.ranges))

    def splice(self, kept: Clip, made: Clip) -> Clip:
        """Join two takes at the bar lines, for a backend that cannot repaint."""
        audio = splice(kept.audio, made.audio, self.ranges, kept.sample_rate)
        return replace(kept, audio=audio, seconds_by_stage=made.seconds_by_stage)


@dataclass(frozen=True, slots=True)
class Vary:
    """A variation of a clip by a backend whose noise cannot be moved.

    The clip is made anew by ``amount`` (0…1), beginning from the clip itself.
    """

    seed: int
    amount: float

    def key(self, key: str) -> str:
        """Return the key in the cache, made from that of the clip as it was."""
        return hashlib.sha256(f"{key}:vary:{self.seed}:{self.amount}".encode()).hexdigest()

    def request(self, request: ClipRequest, kept: Clip) -> ClipRequest:
        """Return a request that begins from the clip as it was."""
        return replace(request, latent=LatentRecipe(self.seed), init=InitAudio(kept.audio, self.amount))

    def level(self, kept: Clip, made: Clip, request: ClipRequest) -> Clip:
        """Return the clip that was made, as loud as the one that it was made from."""
        body = slice(request.pre_roll_samples, request.pre_roll_samples + request.body_samples)
        was, now = (measure_level_db(clip.audio[:, body], clip.sample_rate) for clip in (kept, made))
        gain_db = was - now if np.isfinite(was) and np.isfinite(now) else 0.0
        audio = np.asarray(made.audio * gain_from_db(gain_db), dtype=np.float32)
        return replace(
            made, audio=audio, notes=(*kept.notes, f"varied from its first visit by {self.amount:g}")
        )


def plan_repaint(visit: Visit, stem: StemPlan, request: ClipRequest) -> Repaint | None:
    """Return what is to be repainted in a stem of a visit, or None.

    The first bar has the pre-roll with it, the last one the tail.
    """
    if not visit.sound.repaint or stem.name in visit.sound.comp:  # a comp says all of its bars
        return None
    grid, before = request.grid, request.pre_roll_samples
    ranges = tuple(
        (
            before + grid.sample_at_bar(first) if first else 0,
            before + grid.sample_at_bar(end) if end < visit.bars else request.total_samples,
        )
        for first, end in visit.sound.repaint
    )
    return Repaint(ranges, derive_seed("repaint", visit.sound.repaint_seed, visit.sound.seed, stem.name))


def read_init_audio(init: InitSpec, file: InitFile | None, request: ClipRequest) -> InitAudio:
    """Return the audio that a stem begins from, on the grid of its section.

    ``file`` is where it is, if it is not at the path of ``init``. Raises RitornelloError, which says what
    asked for it.
    """
    file = file or InitFile(path=Path(init.audio), where="init.audio")
    try:
        # time and size of a file, which change when the file does: what was read before is then old
        stat = file.path.stat() if file.path.is_file() else None
        stamp = (stat.st_mtime_ns, stat.st_size) if stat else (0, 0)
        placed = _place_on_grid(file.path, stamp, file.sha256, request.grid, request.body_samples)
    except RitornelloError as exc:
        raise exc.with_context(f"{file.where}: ", field=file.where) from exc
    before, after = request.pre_roll_samples, request.tail_samples
    audio = np.pad(filter_for_role(request.role, placed), ((0, 0), (before, after)))

    loudness = measure_lufs(audio, 44_100)
    if np.isfinite(loudness):
        audio = np.asarray(audio * gain_from_db(_USUAL_LUFS - loudness), dtype=np.float32)
    return InitAudio(audio, init.strength)


@lru_cache(maxsize=4)
def _place_on_grid(path: Path, _stamp: tuple[int, int], sha256: str, grid: Grid, n_samples: int) -> Audio:
    """Return the mono audio of a file on a grid; it is tracked and stretched once for all stems.

    Raises RitornelloError where ``sha256`` is given and the file has another digest.
    """
    audio = read_audio(path, channels=1)
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise AudioFileError(f"{path} is not the audio that the song was planned with", path=path)
    placed = on_grid(audio, grid, n_samples, str(path))
    placed.flags.writeable = False
    return placed


def filter_for_role(role: str, audio: Audio) -> Audio:
    """Return what of a whole mix (1, samples) belongs to a role.

    What is struck belongs to the drums, what is low to the bass, the rest to all others (Fitzgerald,
    "Harmonic/percussive separation using median filtering", DAFx 2010).
    """
    window, n_samples = hann(_N_FFT), audio.shape[1]
    padded = np.pad(audio[0], (_N_FFT, _N_FFT + -n_samples % _HOP))
    spectra = stft(padded, _N_FFT, _HOP, window)
    power = np.abs(spectra) ** 2
    held, struck = (
        scipy.ndimage.median_filter(power, size=size) for size in ((_FILTER_FRAMES, 1), (1, _FILTER_FRAMES))
    )
    share = struck / np.maximum(held + struck, 1e-20)
    masked = spectra * (share if role == "drums" else 1.0 - share)
    part = istft([masked], _HOP, window, len(masked))[_N_FFT : _N_FFT + n_samples]
    if role == "drums":
        return np.asarray(part[None], dtype=np.float32)
    low = scipy.signal.sosfiltfilt(
        scipy.signal.butter(2, _BASS_BELOW_HZ, "lowpass", fs=44_100, output="sos"), part
    )
    return np.asarray((low if role == "bass" else part - low)[None], dtype=np.float32)
