"""What all backends do with audio: bring it to a rate, a width and a length, and put clips together."""

from __future__ import annotations

from render.audio.shape import fit_length, fit_width, resample
from render.audio.types import Audio
from render.backends.request import Clip, ClipRequest
from structure.base.grid import count_resampled

_ROLE_WORDS = {
    "drums": "drums",
    "bass": "bass",
    "chords": "chords",
    "pad": "pad",
    "arpeggio": "arpeggio",
    "lead": "lead melody",
    "effects": "sound effects",
    "vocals": "lead vocals",
    "backing": "backing vocals",
    "audio": "a recording",
}


def stem_words(request: ClipRequest) -> str:
    """Return the words that tell a model trained on mixes which stem to play alone; "" for a mix."""
    return "" if request.role == "mix" else f"solo {_ROLE_WORDS[request.role]}, isolated stem"


def solo_prompt(request: ClipRequest) -> str:
    """Return the prompt for a model trained on mixes: its stem alone, how fast, in which metre and key.

    A mix is asked for in its own words, with tempo, metre and key. Drums have no key.
    """
    meter = request.grid.meter
    words = [
        request.prompt,
        stem_words(request),
        f"{float(request.grid.tempo_bpm):.4g} BPM",
        f"{meter.numerator}/{meter.denominator} time",
        "" if request.role == "drums" else request.key,
    ]
    return ", ".join(word for word in words if word)


def samples_at(samples: int, request: ClipRequest, sample_rate: int) -> int:
    """Return a number of the request's samples at another rate."""
    return count_resampled(samples, request.grid.sample_rate, sample_rate)


def init_audio(request: ClipRequest, sample_rate: int, channels: int) -> Audio:
    """Return the request's init audio at a backend's rate and width, as long as its clip.

    Raises ValueError where it has none.
    """
    if request.init is None:
        raise ValueError("there is no audio to begin from")
    audio = resample(request.init.audio, request.grid.sample_rate, sample_rate)
    return fit_length(fit_width(audio, channels), samples_at(request.total_samples, request, sample_rate))


def as_clip(audio: Audio, request: ClipRequest, sample_rate: int) -> Clip:
    """Return a clip of the length that the request wants at a backend's rate."""
    length = samples_at(request.total_samples, request, sample_rate)
    downbeat = samples_at(request.pre_roll_samples, request, sample_rate)
    return Clip(fit_length(audio, length), sample_rate, downbeat)


def is_kept(request: ClipRequest) -> bool:
    """Return whether init audio is to stay all as it is: nothing is then generated."""
    init = request.init
    return init is not None and init.strength == 0.0


def repaint_ranges(request: ClipRequest, sample_rate: int) -> tuple[tuple[int, int], ...]:
    """Return the request's ranges to repaint at another rate; () where all may change."""
    if request.init is None or request.init.repaint is None:
        return ()
    return tuple(
        (samples_at(first, request, sample_rate), samples_at(end, request, sample_rate))
        for first, end in request.init.repaint
    )
