"""What a library says of a song: moods, instruments, keywords, and a line of description."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

from composer.base.words import clock, meter_text, tempo_text
from structure.base.types import SUNG, Role
from structure.description.reading import read_wishes
from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan
from structure.presets.families import family_of
from structure.presets.moods import NEUTRAL, blend, mood_feeling

_ORDER: tuple[Role, ...] = (
    "vocals",
    "lead",
    "backing",
    "chords",
    "arpeggio",
    "pad",
    "bass",
    "drums",
    "audio",
    "effects",
)
"""What a listener names first."""

_MOST_KEYWORDS = 24
_DRIVEN, _CALM = 0.58, 0.45
"""Energies, on average."""

_WRITTEN: Mapping[str, str] = {
    "r-and-b": "R&B",
    "k-pop": "K-pop",
    "j-pop": "J-pop",
    "edm": "EDM",
    "uk-garage": "UK garage",
    "lo-fi": "lo-fi",
    "hip-hop": "hip-hop",
    "neo-soul": "neo-soul",
    "post-rock": "post-rock",
    "boom-bap": "boom-bap",
    "drum-and-bass": "drum and bass",
    "trailer": "trailer music",
    "horror": "horror underscore",
    "ballad": "pop ballad",
    "march": "march",
}
"""Styles as they are written; the others lose their hyphens."""

_PACES = ((72.0, "slow"), (96.0, "mid-tempo"), (124.0, "upbeat"), (float("inf"), "fast"))
"""Up to which beats a minute a song is called so."""

_FELT: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("minor", "calm"): ("melancholic", "reflective", "intimate"),
    ("minor", "even"): ("moody", "determined", "serious"),
    ("minor", "driven"): ("intense", "dark", "driving"),
    ("major", "calm"): ("warm", "peaceful", "tender"),
    ("major", "even"): ("optimistic", "easygoing", "friendly"),
    ("major", "driven"): ("uplifting", "energetic", "positive"),
}
"""How a song feels by its mode and its energy, where its description says little."""


@dataclass(frozen=True, slots=True)
class About:
    """A song in the words of a catalogue."""

    genre: str
    moods: tuple[str, ...]
    instruments: tuple[str, ...]
    description: str
    keywords: tuple[str, ...]


def about(plan: SongPlan) -> About:
    """Say what a song is: for those who look for music, and will not read its spec."""
    wanted = [wish for wish in read_wishes(plan.description).wishes if wish.polarity == "want"]

    # the style, or a kind of it that the description names, such as deep house
    style = genre_words(plan.genre)
    kinds = [wish.what for wish in wanted if wish.kind == "genre"]
    genre = next((what for what in kinds if what != style and style in what), style)

    # the moods that are asked for; where they are few, those of its character too
    asked = [wish.what for wish in wanted if wish.kind == "mood" and len(wish.what) < 24]
    felt = () if len(asked) > 1 else _FELT[character(plan)]
    moods = tuple(dict.fromkeys([*asked, *felt]))[: max(3, min(5, len(asked)))]

    instruments = tuple(_instruments(plan))
    return About(
        genre,
        moods,
        instruments,
        _line(plan, genre, moods, instruments),
        _keywords(plan, moods, instruments),
    )


def facts(plan: SongPlan) -> dict[str, Any]:
    """Return what the table says of a plan: figures and words."""
    said = about(plan)
    seconds = plan.total_samples / plan.grid.sample_rate
    return {
        "length": clock(seconds),
        "length_s": round(seconds, 3),
        "bars": plan.bars,
        "tempo_bpm": round(_first_bpm(plan), 2),
        "tempo": tempo_text(plan),
        "key": _key(plan),
        "meter": meter_text(plan),
        "genre": said.genre,
        "moods": list(said.moods),
        "instruments": list(said.instruments),
        "description": said.description,
        "keywords": list(said.keywords),
        "seed": plan.seed,
    }


def genre_words(style: str) -> str:
    """Return a style as people write it."""
    return _WRITTEN.get(style, style.replace("-", " "))


def _first_bpm(plan: SongPlan) -> float:
    return float(plan.grid.spans[0].tempo_bpm)


def _key(plan: SongPlan) -> str:
    name = parse_key(plan.key).name
    return name[:1].upper() + name[1:]


def _instruments(plan: SongPlan) -> Iterator[str]:
    """Yield what sounds, in the words of its prompt, each once and the tune first."""
    told: set[str] = set()
    heard = {name for visit in plan.visits for name in visit.music.score.parts}
    stems = [stem for stem in plan.stems if stem.name in heard or stem.role == "audio"]
    for stem in sorted(stems, key=lambda one: _ORDER.index(one.role)):
        prompt = re.split(r"[,;(]", stem.prompt)[0].strip().lower()
        words = list(dict.fromkeys(prompt.split()))
        if stem.role == "vocals":
            said = "vocals"
        elif stem.role == "backing":
            said = "backing vocals"
        elif stem.role == "effects":
            said = "" if prompt == "effects" else prompt
        elif not words:
            said = stem.name.replace("-", " ")
        else:
            if stem.role == "drums" and not {"drum", "drums", "kit", "percussion", "timpani"} & set(words):
                words.append("drums")
            said = " ".join(words[:5])

        if said and said not in told:
            told.add(said)
            yield said


def character(plan: SongPlan) -> tuple[str, str]:
    """Return how a song feels: ``minor`` or ``major``, and ``calm``, ``even`` or ``driven``.

    The moods of its description decide, then its key, tempo and energy.
    """
    wishes = read_wishes(plan.description).wishes
    moods = [mood_feeling(wish.what) for wish in wishes if wish.kind == "mood" and wish.polarity == "want"]
    feeling = blend(moods) if moods else NEUTRAL
    family = "minor" if feeling.mode < 0 else "major" if feeling.mode > 0 else _family(plan)
    drive = feeling.tempo + feeling.density
    if drive:
        return family, "calm" if drive < 0 else "driven"

    bars = [visit.bars for visit in plan.visits]
    energy, bpm = fmean((visit.music.energy for visit in plan.visits), weights=bars), _first_bpm(plan)
    asked = {"slow": -0.25, "fast": 0.15}.get(_find_asked_pace(plan))
    level = energy + (asked if asked is not None else 0.1 if bpm >= 124 else -0.1 if bpm < 80 else 0.0)
    return family, "driven" if level >= _DRIVEN else "calm" if level < _CALM else "even"


def _family(plan: SongPlan) -> str:
    return "minor" if parse_key(plan.key).family == "minor" else "major"


def _find_asked_pace(plan: SongPlan) -> str:
    """Return "slow" or "fast" where the description asks for that tempo, "" otherwise."""
    wishes = read_wishes(plan.description).wishes
    said = [wish.what for wish in wishes if wish.kind == "tempo" and wish.polarity == "want"]
    return next((word for word in said if word in ("slow", "fast")), "")


def ends_by(plan: SongPlan) -> str:
    """Return how a song ends: ``fade``, ``stop`` or ``final chord``."""
    last = {event.do for event in plan.visits[-1].music.events}
    return "fade" if "fade" in last else "stop" if "stop" in last else "final chord"


def _shape(plan: SongPlan) -> str:
    energies = [visit.music.energy for visit in plan.visits]
    if len(energies) < 2:
        shape = ""
    elif energies[0] <= 0.4 and max(energies) - energies[0] >= 0.3:
        peak = plan.visits[max(range(len(energies)), key=lambda k: (energies[k], k))]
        part = re.sub(r"\s*\d+$", "", peak.place.label).lower()
        count = sum(visit.place.name == peak.place.name for visit in plan.visits)
        shape = f"builds from a sparse start to a full {'last ' if count > 1 else ''}{part}"
    elif max(energies) - min(energies) < 0.2:
        shape = "keeps an even flow throughout"
    else:
        shape = "moves between quieter and fuller sections"
    ends = {"fade": "fades out", "stop": "stops abruptly", "final chord": "ends on a held chord"}
    return f"{shape} and {ends[ends_by(plan)]}" if shape else ends[ends_by(plan)]


def _join_words(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""


def _line(plan: SongPlan, genre: str, moods: Sequence[str], instruments: Sequence[str]) -> str:
    opening = ", ".join(moods[:2])
    text = f"{opening} {genre}".strip()
    bpm = tempo_text(plan)
    meter = meter_text(plan)
    text += f" in {_key(plan)}, {bpm}" + ("" if meter == "4/4" else f", {meter}")
    is_sung = any(stem.role in SUNG for stem in plan.stems)
    if is_sung:
        text += ", sung"

    # each kind of instrument once: two guitars are named as one
    by_kind = {said.split()[-1].removesuffix("s"): said for said in reversed(instruments)}
    instruments = list(by_kind.values())[::-1]
    has_lead = any(stem.role == "lead" for stem in plan.stems)
    if instruments and has_lead and not is_sung:
        rest = _join_words(instruments[1:5])
        text += f", led by {instruments[0]}" + (f" over {rest}" if rest else "")
    elif instruments:
        text += f", with {_join_words(instruments[:5])}"

    text += f"; {_shape(plan)}."
    return text[:1].upper() + text[1:]


def _keywords(plan: SongPlan, moods: Sequence[str], instruments: Sequence[str]) -> tuple[str, ...]:
    wishes = [wish for wish in read_wishes(plan.description).wishes if wish.polarity == "want"]
    bpm = _first_bpm(plan)
    pace = _find_asked_pace(plan) or next(word for most, word in _PACES if bpm < most)
    sung = any(stem.role in SUNG for stem in plan.stems)
    meter = meter_text(plan)
    # a family of several kinds of music, or pop, says little
    family = family_of(plan.genre).lower()
    family = "" if " and " in family or family == "pop" else family

    words = [
        genre_words(plan.genre),
        *(wish.what for wish in wishes if wish.kind in ("genre", "era")),
        family,
        *moods,
        pace,
        *("" if instrument in ("vocals",) else instrument for instrument in instruments),
        "vocal" if sung else "instrumental",
        f"{_family(plan)} key",
        {"fade": "fade out", "stop": "hard ending", "final chord": "clean ending"}[ends_by(plan)],
        "builds" if "builds" in _shape(plan) else "",
        *({"3/4": ("waltz time", "3/4")}.get(meter, (meter,)) if meter != "4/4" else ()),
    ]
    return tuple(dict.fromkeys(word for word in words if word))[:_MOST_KEYWORDS]
