"""A style's figures in words: shares, weights, ranges and what each field of a style means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar, get_args

from composer.base.words import clock
from structure.base.types import Role
from structure.presets.styles import Style, StyleStem

_Name = TypeVar("_Name", bound=str)

FIELDS: dict[str, str] = {
    "tempo": "tempo",
    "meters": "metre",
    "modes": "mode",
    "keys": "keys",
    "swing": "swing",
    "feel": "feel",
    "length_s": "length",
    "melody_density": "density of the tune",
    "melody_syncopation": "syncopation of the tune",
    "tune": "habits of the tune",
    "suspensions": "suspensions",
    "energy": "energy of the sections",
    "section_bars": "lengths of the sections",
    "blocks": "whole blocks of bars",
    "frames": "intro and outro",
    "rename": "names of the sections",
    "progressions": "chords",
    "cadences": "cadences",
    "turnarounds": "turnarounds",
    "refrains_come_home": "refrains that come home",
    "secondary_dominants": "secondary dominants",
    "borrowed_chords": "borrowed chords",
    "harmonic_rhythm": "harmonic rhythm",
    "modulations": "changes of key",
    "part_writing": "voice leading",
    "variety": "variety from bar to bar",
    "counter_melodies": "counter-melodies",
    "drums": "drum grooves",
    "fills": "fills",
    "bass": "bass figures",
    "chords": "comping figures",
    "arpeggio": "arpeggio figures",
    "arrangement": "how the band comes and goes",
    "gestures": "builds, fills and endings",
    "stems": "instruments",
    "effects": "effects",
    "audio": "recordings",
    "players": "number of players",
    "lines": "schemes of the tune",
    "forms": "form",
    "mix": "mix",
    "tail_s": "ring of the end",
}
"""What each field of a style is about, in the order in which a card tells them."""

_LATE: tuple[Role, ...] = ("bass", "lead")
"""Roles that ``late_ms`` holds back."""

_ROLES: tuple[Role, ...] = get_args(Role)

_DOES: dict[Role, str] = {"lead": "melody"}

_ENDINGS = {
    "hold": "a held chord",
    "ritardando": "slower and slower",
    "stop": "a stop",
    "tag": "the last line once more",
    "fade": "a fade",
}
_LEAD_INS = {
    "stop": "a stop of all",
    "shot": "a stroke and silence",
    "pickup": "a melody that leads up",
    "push": "chords that come early",
}
_SHAPES = {
    "full": "all play throughout",
    "gather": "they enter one after another",
    "late": "some enter late",
    "relay": "one takes over from another",
    "breath": "one rests for some bars",
    "without": "one is left out",
    "scatter": "they leave one after another",
}
_GROWTH = {
    "part": "a player more",
    "octaves": "chords in octaves",
    "harmony": "a second voice",
    "busier": "busier drums and bass",
    "key": "a key above",
}
_PACES = {"half": "half a bar", "bar": "a bar", "double": "two bars"}


def percent(share: float) -> str:
    """Return a share in words: ``0.35`` → ``35 %``."""
    return f"{100 * share:.0f} %"


def describe_weights(weights: Mapping[_Name, float], names: Mapping[str, str] | None = None) -> str:
    """Return choices from the likeliest, each with its share; one that is the only one has none."""
    total = sum(weights.values())
    likely = sorted((item for item in weights.items() if item[1] > 0), key=lambda item: -item[1])
    called = [((names or {}).get(str(key), str(key)), value / total) for key, value in likely]
    return called[0][0] if len(called) == 1 else ", ".join(f"{name} {percent(s)}" for name, s in called)


def spread(low: float, high: float, unit: str) -> str:
    """Return a range in words, ``90–104 BPM``; one figure where both ends are the same."""
    return f"{low:g} {unit}" if low == high else f"{low:g}–{high:g} {unit}"


def join_words(items: Iterable[str]) -> str:
    """Return items as ``a, b and c``."""
    words = list(items)
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def describe_length(style: Style) -> str:
    """Return the usual length of songs: ``2:55–3:45``."""
    return "–".join(clock(seconds) for seconds in style.length_s)


def describe_keys(style: Style) -> str:
    """Return the tonics of each mode that songs are in."""
    said = [f"{' '.join(style.keys[mode])} {mode}" for mode in style.modes if style.keys.get(mode)]
    return "; ".join(said)


def describe_feel(style: Style) -> str:
    """Say how it swings, how exact its players are, and who lies behind the beat or ahead of it."""
    feel, swing = style.feel, style.swing
    swung = f"swung {swing.unit}s (the first of two is {swing.share} of the pair)"
    said = ["straight" if float(swing.first_share) == 0.5 else swung]
    said.append(f"players stray by {feel.timing_ms:g} ms" if feel.timing_ms else "on the grid")
    places = {role: feel.parts.get(role, 0.0) + (feel.late_ms if role in _LATE else 0.0) for role in _ROLES}
    for words, sign in (("behind the beat", 1.0), ("ahead of the beat", -1.0)):
        moved = [f"{_DOES.get(role, role)} {abs(ms):g} ms" for role, ms in places.items() if ms * sign > 0]
        if moved:
            said.append(f"{words}: {', '.join(moved)}")
    return "; ".join(said)


def describe_harmony(style: Style) -> tuple[str, ...]:
    """Say how fast chords go, what moves them, and whether refrains come home."""
    rhythm = style.harmonic_rhythm
    paces = describe_weights({_PACES[key]: weight for key, weight in rhythm.paces.items()})
    said = [f"a written bar of chords lasts {paces}"]
    if rhythm.bars[1] > 0:
        moves = [move.replace("_", " ") for move, weight in rhythm.moves.items() if weight > 0]
        low, high = rhythm.bars
        said.append(f"chords move in {100 * low:.0f}–{percent(high)} of the bars ({', '.join(moves)})")
    said += [f"{percent(s)} of the {kind}s stay on one chord" for kind, s in rhythm.vamps.items() if s]
    said += [f"{percent(s)} of the {kind}s stand over the tonic" for kind, s in rhythm.pedals.items() if s]
    home = style.refrains_come_home
    said.append(f"{percent(home)} of the refrains come home" if home else "refrains lead on")
    if style.secondary_dominants:
        said.append(f"secondary dominants in {percent(style.secondary_dominants)} of the places")
    if style.part_writing == "strict":
        said.append("four voices without parallel fifths and octaves")
    goes = [f"{kind} in {percent(share)}" for kind, share in style.modulations.sections.items() if share]
    return (*said, *([f"another key: {', '.join(goes)} of the songs"] if goes else []))


def describe_gestures(style: Style) -> dict[str, str]:
    """Return what bands of the style do, by a heading."""
    gestures = style.gestures
    builds = [f"{kind} {percent(share)}" for kind, share in gestures.builds.items() if share]
    lead_ins = {key: weight for key, weight in gestures.lead_ins.items() if weight}
    bars = {"none": "none inside", "eight": "every 8 bars", "four": "every 4 bars"}
    grown = [f"{_GROWTH[key]} {percent(chance)}" for key, chance in gestures.growth.items() if chance]
    found = {
        "Builds": ", ".join(builds) or "none",
        "Fills": describe_weights(gestures.fills, bars),
        "Into refrains": describe_weights(lead_ins, {"none": "nothing", **_LEAD_INS}),
        "Last refrain": f"larger in {percent(gestures.grows)} of the songs ({', '.join(grown)})",
        "Endings": describe_weights(gestures.endings, _ENDINGS),
    }
    if style.effects:
        found["Effects"] = ", ".join(
            f"{name.replace('_', ' ')} {percent(share)}" for name, share in style.effects.items() if share
        )
    return found


def describe_shapes(style: Style) -> str:
    """Say how verses and refrains go, by who plays when."""
    shapes = style.arrangement.shapes
    kinds = [kind for kind in ("intro", "verse", "chorus", "outro") if kind in shapes]
    likely = {kind: max(shapes[kind].items(), key=lambda item: item[1])[0] for kind in kinds}
    return "; ".join(f"{kind}: {_SHAPES[shape]}" for kind, shape in likely.items())


def describe_sections(style: Style) -> str:
    """Return the usual lengths of common sections in bars, by the names that the style gives them."""
    kinds = ("intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro")
    names = [style.rename.get(kind, kind) for kind in kinds]
    named = {name: style.section_bars.get(name, 0) for name in names if name in style.section_bars}
    return ", ".join(f"{kind} {bars}" for kind, bars in named.items()) + " bars"


def describe_presence(stem: StyleStem) -> str:
    """Say when a stem is there: in which share of the songs, and in sections of which energy."""
    said = [] if stem.chance == 1.0 else [f"in {percent(stem.chance)} of the songs"]
    if stem.plays_from:
        said.append(f"from energy {stem.plays_from:g} on")
    if stem.until < 1.0:
        said.append(f"up to energy {stem.until:g}")
    return ", ".join(said)
