"""A song's frame: style, metre, tempo, key, length and title.

Each comes from the spec, else from its description, else from the style and the seed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter, round_half_up
from structure.base.labels import display_style
from structure.base.lengths import parse_length
from structure.base.plain_text import clean_line
from structure.base.sampling import generator, pick, pick_weighted
from structure.description.titles import title_from
from structure.forms.fitting import oddness
from structure.forms.priors import form_priors
from structure.harmony.keys import MODES, RELATED_KEYS, Key, parse_key
from structure.harmony.kinds import home_of, is_modal, mode_of
from structure.planning.players.ensembles import usual_style
from structure.planning.wishes.asked import find_asked_meter, first_asked, song_feeling
from structure.planning.wishes.genres import find_asked_genres
from structure.presets.moods import Feeling
from structure.presets.styles import Style, load_style, pace_in
from structure.specs.spec import SongSpec
from structure.specs.wishes import Polarity, When, Wish, Wishes, WishKind, is_song_wide, song_wide

DEFAULT_STYLE = "pop"
_SLOWEST, _FASTEST = 30, 300
_GIVES_WAY = 0.04
"""How much of a tempo that is chosen here may change for the sake of the length."""

_MORE_BARS = Fraction(7, 6)
"""How many times as many bars last as long where a song ends at 1.35 times its tempo.

The mean of 1 / (1 + 0.35 x) over it is 6 / 7.
"""

_PACES = {"slow": 0.0, "medium": 0.5, "fast": 1.0}
"""Words for a tempo, as a share of the style's range from its slow end."""

_SLOWER, _FASTER, _BEYOND = 0.16, 0.19, 1.2
"""How much slower or faster a mood makes a song, and how far beyond the style's range it may lie then."""

_NARROW, _HARDLY_BEYOND = 1.15, 1.06
"""Fastest tempo over the slowest up to which a style is known by its tempo, and how far beyond its range a
mood may lead then: upbeat house is house."""

_CLEARLY = 0.08
"""How far from the middle of the style's range a slow or fast mood is at least."""

_CLEAR = 0.2
"""From here on a mood is clearly of one mode."""

_FAMILIES = ("major", "minor")
_CHANGES = ("up", "down", "change")
"""Keys that are asked for by mode alone, and changes of key."""

_SHORTER, _LONGER = 0.65, 1.45
"""How far beyond the style's range a song of the genre may be short or long."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The frame of a song.

    ``exact_bars`` is the length asked for, None where it is open. ``is_length_firm`` says that the spec
    itself asks for it, ``is_length_in_bars`` that it is asked for in bars. ``usual_bars`` is what the style
    would take, ``feeling`` which way the mood moves the music.
    """

    style: Style
    grid: Grid
    key: Key
    feeling: Feeling
    exact_bars: Fraction | None
    is_length_firm: bool
    is_length_in_bars: bool
    usual_bars: int
    title: str
    tail_s: float

    @property
    def total_bars(self) -> int | None:
        """Return the length asked for in whole bars, at least one, or None."""
        return None if self.exact_bars is None else max(1, round_half_up(self.exact_bars))


def read_brief(spec: SongSpec, wishes: Wishes, seed: int) -> Brief:
    """Settle the frame of a song.

    Raises RitornelloError for an unknown style, PlanError for an unknown key.
    """
    genre = next(iter(find_asked_genres(wishes)), None)
    style = load_style(
        spec.genre or (genre.style if genre else usual_style(wishes)) or DEFAULT_STYLE, spec.own_style
    )
    feeling = song_feeling(wishes)
    key = _key(spec, wishes, style, seed)

    meter = Meter()  # of a form without description or genre that does not say otherwise
    if asked := spec.meter or find_asked_meter(wishes):
        meter = Meter.parse(asked)
    elif spec.description or spec.genre or wishes.wishes:
        meter = Meter.parse(pick_weighted(generator(seed, "meter"), style.meters))

    seconds, bars = _length(spec, wishes)
    grid = Grid.steady(_tempo(spec, wishes, style, meter, seconds, seed), meter)
    exact_bars = None if seconds is None else grid.bars_in_seconds(seconds) * _quickening(wishes)
    if bars is not None:
        exact_bars = Fraction(bars)

    # Whole groups of four bars, as songs of the genre have it, near the style's range of lengths.
    shortest, longest = style.length_s
    usual_s = form_priors(style.forms).typical(
        "seconds", _SHORTER * shortest, _LONGER * longest, generator(seed, "length")
    )
    usual_bars = max(8, 4 * round_half_up(grid.bars_in_seconds(round(usual_s, 3)) / 4))

    # Without a title of its own a song has that of its description, else ``Jazz in F Major``.
    tonic, mode = key.name.split(" ", 1)
    plain = f"{display_style(style.name)} in {tonic} {mode.title()}"
    text = spec.description or ""
    usual = title_from(text, plain) if text.strip() else "Untitled"
    title = clean_line(spec.title or first_asked(wishes, "title") or "") or clean_line(usual)
    slower = (100.0 - float(grid.tempo_bpm)) / 100.0  # slow songs ring out longer
    return Brief(
        style=style,
        grid=grid,
        key=key,
        feeling=feeling,
        exact_bars=exact_bars,
        is_length_firm=spec.length is not None,
        is_length_in_bars=bars is not None,
        usual_bars=usual_bars,
        title=title,
        tail_s=round(min(4.0, max(2.5, style.tail_s + 0.5 * slower)), 2),
    )


def _tempo(
    spec: SongSpec, wishes: Wishes, style: Style, meter: Meter, seconds: float | None, seed: int
) -> float:
    """Return the tempo in beats a minute.

    A tempo that is chosen here is whole. If possible it makes ``seconds``, the length asked for, last whole
    phrases.
    """
    if spec.tempo is not None:
        return spec.tempo
    figures = next((wish for wish in _at_first(wishes, "tempo") if wish.what == "bpm"), None)
    if figures is not None and (figures.amount is not None or figures.allowed is not None):
        low, high = figures.allowed or (figures.amount or 0.0, figures.amount or 0.0)
        tempo = figures.amount if figures.amount is not None else (low + high) / 2
        tempo = min(max(min(max(tempo, low), high), _SLOWEST), _FASTEST)
        if low == high or seconds is None:
            return tempo
        whole = min(max(int(tempo + 0.5), math.ceil(low)), math.floor(high))
        if not low <= whole <= high:
            return tempo
        return float(_in_phrases(whole, (low, high), meter, seconds, style.blocks))

    scale = pace_in(meter)
    limits, usual = _usual_tempo(spec, wishes, style, scale, seed)
    low, high = max(limits[0], _SLOWEST), min(limits[1], _FASTEST)
    chosen = min(max(int(usual + 0.5), _SLOWEST), _FASTEST)
    if seconds is None:
        return float(chosen)
    return float(_in_phrases(chosen, (low, high), meter, seconds, style.blocks))


def _quickening(wishes: Wishes) -> Fraction:
    """Return how many times as many bars fit into a length where a song gets faster all the way through."""
    quickens = any(
        wish.kind == "event"
        and wish.what == "accelerando"
        and wish.polarity == "want"
        and is_song_wide(wish)
        for wish in wishes.wishes
    )
    return _MORE_BARS if quickens else Fraction(1)


def _at_first(wishes: Wishes, kind: WishKind) -> tuple[Wish, ...]:
    """Return the wishes for the whole song, and then those for its start alone."""
    starts = [
        wish
        for wish in wishes.wishes
        if wish.kind == kind and wish.when == When(edge="start") and wish.where.section is None
    ]
    return (*song_wide(wishes, kind), *starts)


def _usual_tempo(
    spec: SongSpec, wishes: Wishes, style: Style, scale: float, seed: int
) -> tuple[tuple[float, float], float]:
    """Return the range of tempos, and the one in it that the pace, the genre or the mood asks for.

    Where none of them asks, the seed draws it. A word for the pace counts more than a mood. A mood may
    leave the range of the style by a little.
    """
    low, high = style.tempo
    genres = find_asked_genres(wishes) if spec.genre is None else ()
    own = next((genre.tempo for genre in genres if genre.tempo), None)
    words = [wish for wish in song_wide(wishes, "tempo") if wish.what in _PACES]
    quickens = any(wish.kind == "event" and wish.what == "accelerando" for wish in wishes.wishes)
    if quickens:  # "fast klezmer that starts slow and speeds up"
        first = [wish for wish in _at_first(wishes, "tempo") if wish.what in _PACES and wish not in words]
        words = [*first, *words]
    pace = _PACES[words[0].what] if words else next((g.pace for g in genres if g.pace is not None), None)
    if pace is None and own is None and len(genres) > 1 and genres[-1].style == "ballad":
        pace = _PACES["slow"]  # "r&b ballad"
    if own is not None:
        low, high, scale = *own, 1.0
    elif style.slow_tempo is not None and pace is not None and pace <= _PACES["slow"]:
        return (style.slow_tempo * scale, low * scale), style.slow_tempo * scale
    if pace is not None:
        return (low * scale, high * scale), (low + pace * (high - low)) * scale
    if own is not None:
        usual = low + generator(seed, "tempo").random() * (high - low)
    else:
        usual = form_priors(style.forms).typical("tempo_bpm", low, high, generator(seed, "tempo"))

    # A song is faster or slower than usual where that is said, or its mood has it so.
    signs: Mapping[Polarity, float] = {"more": 1.0, "less": -1.0, "avoid": -1.0}
    ways = [
        sign if wish.what == "fast" else -sign
        for polarity, sign in signs.items()
        for wish in song_wide(wishes, "tempo", polarity)
        if wish.what in _PACES and wish.what != "medium"
    ]
    way = ways[0] if ways else song_feeling(wishes).tempo
    if not way:
        return (low * scale, high * scale), usual * scale
    usual *= 1.0 + way * (_FASTER if way > 0 else _SLOWER)
    middle = (low + high) / 2 * (1.0 + _CLEARLY * way)
    usual = max(usual, middle) if way > 0 else min(usual, middle)
    beyond = _HARDLY_BEYOND if high / low <= _NARROW else _BEYOND
    slowest, fastest = low / beyond, high * beyond
    return (slowest * scale, fastest * scale), min(max(usual, slowest), fastest) * scale


def _in_phrases(tempo: int, limits: tuple[float, float], meter: Meter, seconds: float, blocks: int) -> int:
    """Return a tempo near ``tempo`` at which a length is whole ``blocks``.

    Else it is one at which the length is whole groups of four bars or of two, else ``tempo`` itself. It is
    away from ``tempo`` by at most the share :data:`_GIVES_WAY`.
    """

    def cost(bpm: int) -> tuple[float, int, int]:
        bars = round_half_up(Grid.steady(bpm, meter).bars_in_seconds(seconds))
        return oddness(bars, blocks), abs(bpm - tempo), bpm

    reach = int(_GIVES_WAY * tempo)
    near = (bpm for bpm in range(tempo - reach, tempo + reach + 1) if limits[0] <= bpm <= limits[1])
    return min((tempo, *near), key=cost)


def _key(spec: SongSpec, wishes: Wishes, style: Style, seed: int) -> Key:
    """Return the key that is asked for, else one of the style.

    One of the style is in the mode that the words, the mood or the genre ask for.
    """
    asked = [wish.what for wish in _at_first(wishes, "key") if wish.what not in (*_CHANGES, *RELATED_KEYS)]
    harmonies = [wish.what for wish in song_wide(wishes, "harmony")]
    mode_asked = next((mode for what in harmonies if (mode := mode_of(what)) is not None), None)
    named = spec.key or next((what for what in asked if what not in _FAMILIES), None)
    if named:
        key = key_or_error(named, "key")
        return key if spec.key else in_mode(key, mode_asked)
    home = next((found for what in harmonies if (found := home_of(what)) is not None), None)
    if home is not None:
        return home

    family = next((what for what in asked if what in _FAMILIES), None) or _home_of_related(wishes)
    refused = [wish.what for wish in song_wide(wishes, "key", "avoid") if wish.what in _FAMILIES]
    mood = song_feeling(wishes).mode
    if family is None and refused:
        family = _other_family(refused[0])
    elif family is None and mode_asked:
        family = Key("C", mode_asked).family
    elif family is None and abs(mood) >= _CLEAR:
        family = "major" if mood > 0 else "minor"
    elif family is None and spec.genre is None:
        family = next((genre.mode for genre in find_asked_genres(wishes) if genre.mode), None)
    family = family or _other_than_places(wishes)
    rng = generator(seed, "key")
    modes = {
        mode: weight
        for mode, weight in style.modes.items()
        if family is None or ("minor" if MODES[mode][2] == 3 else "major") == family
    }
    mode = pick_weighted(rng, modes) if modes else family or "major"
    return in_mode(Key(pick(rng, style.keys[Key("C", mode).family]), mode), mode_asked)


def _home_of_related(wishes: Wishes) -> str | None:
    """Return the mode of a song that goes to a related key: major, where that is a minor; or None."""
    related = [wish.what for wish in wishes.wishes if wish.kind == "key" and wish.what in RELATED_KEYS]
    return _other_family(related[0].split()[1]) if related else None


def _other_than_places(wishes: Wishes) -> str | None:
    """Return the mode that all places are not in for which one is asked, or None: "bridge in minor"."""
    asked = {
        wish.what
        for wish in wishes.wishes
        if wish.kind == "key" and wish.polarity == "want" and wish.what in _FAMILIES and wish.when is None
    }
    return _other_family(asked.pop()) if len(asked) == 1 else None


def _other_family(family: str) -> str:
    return "major" if family == "minor" else "minor"


def in_mode(key: Key, mode: str | None) -> Key:
    """Return a key in dorian, lydian or the like, where that has the third of the key."""
    if mode is None or not is_modal(mode) or Key(key.tonic, mode).family != key.family:
        return key
    return Key(key.tonic, mode)


def key_or_error(text: str, field: str) -> Key:
    """Read a key.

    Raises PlanError that names the field.
    """
    try:
        return parse_key(text)
    except ValueError as exc:
        raise PlanError(f"{field}: {exc}", field=field) from exc


def _length(spec: SongSpec, wishes: Wishes) -> tuple[float | None, int | None]:
    """Return the length asked for in seconds or in bars; None for what is not asked."""
    if spec.length is not None:
        length = parse_length(spec.length)
        return length.seconds, length.bars
    asked = next((wish for wish in song_wide(wishes, "length") if wish.amount), None)
    if asked is None or asked.amount is None:
        return None, None
    return (None, round(asked.amount)) if asked.what == "bars" else (asked.amount, None)
