"""Cut-downs: a song in fifteen seconds, in thirty, in a minute, to the sample.

A cut is made as an editor makes one: whole bars of the song's own premaster, joined just before downbeats,
with the song's own end as its end, mastered again. Nothing in it was not in the song.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from composer.batch.further import NOTHING, Further, Sound, write_further
from composer.batch.tunes import main_visit
from composer.batch.words.about import ends_by
from composer.folder.song import SongFolder
from render.audio.levels import finite
from render.audio.types import Audio
from render.mixing.master import master_song
from structure.base.errors import UsageError
from structure.base.lengths import format_seconds, parse_length
from structure.base.names import PREMASTER
from structure.base.plain_text import file_words
from structure.plans.plan import SongPlan, Visit

FOLDER = "cuts"

_SHORTEST_S, _LONGEST_S = 4.0, 1800.0
_RING_S = 0.9
"""What the last chord has at least to ring out."""

_JOIN_S = 0.024
"""A join: both sides sound for so long, and it is over when the downbeat comes."""

_BEFORE_S = 0.002
_FADE_S = 3.0
"""How long a song fades that has no end of its own."""

_LONG_S = 44.0
"""A cut of this length has room for the song's beginning."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Bars of the song, from 0, and the first one after them."""

    first: int
    end: int


def read_cuts(text: str) -> tuple[float, ...]:
    """Read ``0:15,0:30,1:00`` as seconds. Raises UsageError with what is allowed."""
    found = []
    for part in text.split(","):
        try:
            seconds = parse_length(part.strip()).seconds
        except ValueError:
            seconds = None
        if seconds is None or not _SHORTEST_S <= seconds <= _LONGEST_S:
            raise UsageError(
                f"{part.strip()!r} is no length of a cut",
                field="--cuts",
                hint=f"write 0:15,0:30,1:00; from {_SHORTEST_S:g} s to {format_seconds(_LONGEST_S)}",
            )
        found.append(float(seconds))
    return tuple(dict.fromkeys(found))


def make_cuts(song: SongFolder, lengths_s: Sequence[float]) -> Further:
    """Write the cuts of a song to the folder ``cuts`` beside it."""
    if not lengths_s:
        return NOTHING
    named = {format_seconds(length): length for length in lengths_s}
    title = file_words(song.plan.title, "song")
    song_s = song.plan.total_samples / song.plan.grid.sample_rate
    premaster: list[Audio] = []

    def make(name: str) -> Sound | str:
        pieces = choose_pieces(song.plan, named[name])
        if pieces is None:
            is_short = song_s <= named[name]
            why = f"the song lasts {format_seconds(song_s)}" if is_short else "no whole bars of it fit"
            return f"no cut of {name}: {why}"

        if not premaster:
            premaster.append(song.read(PREMASTER))
        return cut_song(song.plan, premaster[0], pieces, named[name])

    return write_further(
        song, FOLDER, list(named), make, lambda name: f"{title}_{name.replace(':', '-')}.wav"
    )


def cut_song(plan: SongPlan, premaster: Audio, pieces: Sequence[Piece], length_s: float) -> Sound:
    """Return a cut of exactly ``length_s``, and what it is made of. ``premaster`` is (2, samples)."""
    rate = plan.grid.sample_rate
    samples = round(length_s * rate)
    audio = _join_pieces(plan, premaster, pieces, samples)
    music = sum(_samples(plan, piece) for piece in pieces)
    if ends_by(plan) == "fade":
        _fade(audio, max(0, music - round(_FADE_S * rate)), music)
        audio[:, music:] = 0.0
    else:
        _fade(audio, min(music, samples - round(0.5 * rate)), samples)
    mastered = master_song(audio, plan.master, rate, plan.mix)
    about: dict[str, Any] = {
        "seconds": length_s,
        "bars": [f"{piece.first + 1}-{piece.end}" for piece in pieces],
        "loudness_lufs": finite(mastered.loudness_lufs, 2),
        "true_peak_dbtp": finite(mastered.true_peak_dbtp, 2),
    }
    return mastered.audio, about


def _join_pieces(plan: SongPlan, premaster: Audio, pieces: Sequence[Piece], samples: int) -> Audio:
    """Join the pieces one after the other; the last one goes on to where the song has rung out.

    The result is (2, ``samples``); what would be longer is left out.
    """
    rate = plan.grid.sample_rate
    join, before = round(_JOIN_S * rate), round(_BEFORE_S * rate)
    made = np.zeros((2, samples), dtype=np.float32)
    place = 0
    for index, piece in enumerate(pieces):
        start, end = plan.grid.sample_at_bar(piece.first), plan.grid.sample_at_bar(piece.end)
        is_last = index == len(pieces) - 1
        source = premaster[:, start : premaster.shape[1] if is_last else end - before]
        source = source[:, : samples - place]
        made[:, place : place + source.shape[1]] = source
        if index and start >= join and place >= join:
            angle = np.linspace(0.0, math.pi / 2, join, dtype=np.float32)
            span = slice(place - before - join, place - before)
            coming = premaster[:, start - before - join : start - before]
            made[:, span] = made[:, span] * np.cos(angle) + coming * np.sin(angle)
            made[:, place - before : place] = premaster[:, start - before : start]
        place += end - start
    return made


def _fade(audio: Audio, first: int, end: int) -> None:
    """Take (2, samples) down to nothing between two samples, in place."""
    if end > first:
        ramp = np.cos(np.linspace(0.0, math.pi / 2, end - first, dtype=np.float32)) ** 2
        audio[:, first:end] *= ramp


def _samples(plan: SongPlan, piece: Piece) -> int:
    return plan.grid.sample_at_bar(piece.end) - plan.grid.sample_at_bar(piece.first)


def choose_pieces(plan: SongPlan, length_s: float) -> list[Piece] | None:
    """Return the bars of a cut; None where nothing fits.

    They are those around the start of a chorus, and the song's last ones; in a longer cut the song's first
    ones too. ``length_s`` is the length in seconds.

    Every way to cut is weighed: joins cost, more so inside phrases, and so does silence at the end.
    """
    rate = plan.grid.sample_rate
    if plan.total_samples <= round(length_s * rate):
        return None

    most = round((length_s - _RING_S) * rate)
    least = most - 2 * plan.grid.sample_at_bar(1)
    best: list[Piece] | None = None
    lowest = math.inf
    for way in _ways(plan, most, least, length_s):
        # those that follow each other in the song are one piece
        pieces: list[Piece] = []
        for piece in way:
            if piece.first == piece.end:
                continue
            if pieces and pieces[-1].end == piece.first:
                pieces[-1] = Piece(pieces[-1].first, piece.end)
            else:
                pieces.append(piece)

        cost = _cost(plan, pieces, most, length_s)
        if cost < lowest:
            best, lowest = pieces, cost
    return best


def _ways(plan: SongPlan, most: int, least: int, length_s: float) -> Iterator[tuple[Piece, ...]]:
    """Yield the cuts to weigh, whose music lasts from ``least`` to ``most`` samples.

    They end with up to 16 of the song's last bars. Pieces from the middle begin at every second bar of a
    section. Pieces may be empty, or follow each other without a gap.
    """
    at = [plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1)]
    openings = (0, 2, 4, 8) if length_s >= _LONG_S else (0,)
    places = sorted(
        {bar for visit in plan.visits for bar in range(visit.place.start_bar, visit.end_bar, 2)}
    )
    for last in range(max(0, plan.bars - 16), plan.bars):
        tail = at[plan.bars] - at[last]
        if least <= tail <= most:
            yield (Piece(last, plan.bars),)
        for opening in openings:
            room = most - tail - at[opening]
            if room <= 0 or opening > last:
                continue
            for first in places:
                if first < opening:
                    continue
                for end in range(first + 1, last + 1):
                    length = at[end] - at[first]
                    if length > room:
                        break
                    if length >= room - (most - least):
                        yield Piece(0, opening), Piece(first, end), Piece(last, plan.bars)


def _cost(plan: SongPlan, pieces: Sequence[Piece], most: int, length_s: float) -> float:
    """Return how much speaks against a cut."""
    rate = plan.grid.sample_rate
    cost = 3.0 * (most - sum(_samples(plan, piece) for piece in pieces)) / rate
    for before, after in pairwise(pieces):
        cost += 2.0 + _off_phrase(plan, before.end) + 1.5 * _off_phrase(plan, after.first)
        cost += 0.0 if _chord_at(plan, before.end) == _chord_at(plan, after.first) else 0.7
    if pieces[0].first:
        cost += 1.5 * _off_phrase(plan, pieces[0].first)
    name = main_visit(plan).place.name
    starts = [visit.place.start_bar for visit in plan.visits if visit.place.name == name]
    if not any(piece.first <= start < piece.end - 1 for piece in pieces for start in starts):
        cost += 8.0
    if length_s >= _LONG_S and pieces[0].first:
        cost += 3.0
    return cost


def _visit_at(plan: SongPlan, bar: int) -> Visit:
    return next((visit for visit in plan.visits if visit.end_bar > bar), plan.visits[-1])


def _off_phrase(plan: SongPlan, bar: int) -> float:
    """Return how far a bar is from where phrases begin: 0 at a section, more within four bars."""
    inside = bar - _visit_at(plan, bar).place.start_bar
    return 0.0 if inside == 0 else 0.6 if inside % 4 == 0 else 2.0 if inside % 2 == 0 else 4.0


def _chord_at(plan: SongPlan, bar: int) -> str:
    """Return the chord on a downbeat; "" after the end, or where there is none."""
    if bar >= plan.bars:
        return ""
    visit = _visit_at(plan, bar)
    here = plan.grid.quarters_at_bar(bar) - plan.position_quarters(visit)
    chords = [chord.symbol for chord in visit.music.score.chords if chord.onset <= here]
    return chords[-1] if chords else ""
