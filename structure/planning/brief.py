"""A song's frame: style, metre, tempo, key, length and title.

Each comes from the spec, else from its description, else from the style and the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from structure.base.errors import PlanError
from structure.base.grid import Grid, Meter, round_half_up
from structure.base.labels import display_name
from structure.base.lengths import parse_length
from structure.base.sampling import generator, pick, pick_weighted
from structure.description.reading import Reading
from structure.forms.fitting import oddness
from structure.forms.priors import form_priors
from structure.harmony.keys import MODES, Key, parse_key
from structure.planning.titles import title_from
from structure.presets.styles import Style, load_style
from structure.specs.spec import SongSpec

DEFAULT_STYLE = "pop"
_COMPOUND_PACE = 0.75
"""A dotted beat goes slower than a plain one in the same style."""

_SLOWEST, _FASTEST = 30, 300
_GIVES_WAY = 0.04
"""How much of a tempo that is chosen here may change for the sake of the length."""

_SHORTER, _LONGER = 0.65, 1.45
"""How far beyond the style's range a song of the genre may be short or long."""


@dataclass(frozen=True, slots=True)
class Brief:
    """The frame of a song. ``exact_bars`` is the length asked for, None where it is open;
    ``is_length_firm`` says that the spec itself asks for it, ``is_length_in_bars`` that it is exact.
    ``usual_bars`` is what the style would take.
    """

    style: Style
    grid: Grid
    key: Key
    exact_bars: Fraction | None
    is_length_firm: bool
    is_length_in_bars: bool
    usual_bars: int
    title: str
    tail_s: float

    @property
    def total_bars(self) -> int | None:
        """The length asked for in whole bars, at least one."""
        return None if self.exact_bars is None else max(1, round_half_up(self.exact_bars))


def read_brief(spec: SongSpec, reading: Reading, seed: int) -> Brief:
    """Settle the frame. Raises RitornelloError for an unknown style, PlanError for an unknown key."""
    style = load_style(spec.genre or reading.style or DEFAULT_STYLE, spec.own_style)
    key = _key(spec, reading, style, seed)
    meter = _meter(spec, reading, style, seed)
    seconds, bars = _length(spec, reading)
    grid = Grid.steady(_tempo(spec, reading, style, meter, seconds, seed), meter)
    return Brief(
        style=style,
        grid=grid,
        key=key,
        exact_bars=_exact_bars(seconds, bars, grid),
        is_length_firm=spec.length is not None,
        is_length_in_bars=bars is not None,
        usual_bars=_usual_bars(style, grid, seed),
        title=spec.title or reading.title or _title(spec.description or "", style, key),
        tail_s=_tail_s(style, grid),
    )


def _meter(spec: SongSpec, reading: Reading, style: Style, seed: int) -> Meter:
    """A form without description or genre is in 4/4 if it does not say otherwise."""
    if spec.meter or reading.meter:
        return Meter.parse(spec.meter or reading.meter or "")
    if not (spec.description or spec.genre):
        return Meter()
    return Meter.parse(pick_weighted(generator(seed, "meter"), style.meters))


def _tempo(
    spec: SongSpec, reading: Reading, style: Style, meter: Meter, seconds: float | None, seed: int
) -> float:
    """Beats a minute; one that is chosen here is whole, and such that ``seconds``, the length asked for,
    are whole phrases if possible."""
    if spec.tempo is not None:
        return spec.tempo
    if reading.tempo_bpm is not None:
        return min(max(reading.tempo_bpm, _SLOWEST), _FASTEST)
    low, high = style.tempo
    if reading.pace is not None:
        tempo = low + reading.pace * (high - low)
    else:
        tempo = form_priors(style.forms).typical("tempo_bpm", low, high, generator(seed, "tempo"))
    scale = _COMPOUND_PACE if meter.is_compound else meter.denominator / 4
    low, high = max(low * scale, _SLOWEST), min(high * scale, _FASTEST)
    chosen = min(max(int(tempo * scale + 0.5), _SLOWEST), _FASTEST)
    return float(chosen if seconds is None else _in_phrases(chosen, (low, high), meter, seconds))


def _in_phrases(tempo: int, limits: tuple[float, float], meter: Meter, seconds: float) -> int:
    """The tempo, at most :data:`_GIVES_WAY` of it away, at which a length is whole groups of four bars, or
    else of two; ``tempo`` itself where there is none."""

    def cost(bpm: int) -> tuple[float, int, int]:
        bars = round_half_up(Grid.steady(bpm, meter).bars_in_seconds(seconds))
        return oddness(bars), abs(bpm - tempo), bpm

    reach = int(_GIVES_WAY * tempo)
    near = (bpm for bpm in range(tempo - reach, tempo + reach + 1) if limits[0] <= bpm <= limits[1])
    return min((tempo, *near), key=cost)


def _key(spec: SongSpec, reading: Reading, style: Style, seed: int) -> Key:
    if spec.key or reading.key:
        return key_or_error(spec.key or reading.key or "", "key")
    rng = generator(seed, "key")
    modes = {
        mode: weight
        for mode, weight in style.modes.items()
        if reading.mode is None or ("minor" if MODES[mode][2] == 3 else "major") == reading.mode
    }
    mode = pick_weighted(rng, modes) if modes else reading.mode or "major"
    return Key(pick(rng, style.keys[Key("C", mode).family]), mode)


def key_or_error(text: str, field: str) -> Key:
    """Read a key. Raises PlanError that names the field."""
    try:
        return parse_key(text)
    except ValueError as exc:
        raise PlanError(f"{field}: {exc}", field=field) from exc


def _length(spec: SongSpec, reading: Reading) -> tuple[float | None, int | None]:
    """The length asked for in seconds or in bars."""
    if spec.length is None:
        return reading.length_s, reading.length_bars
    length = parse_length(spec.length)
    return length.seconds, length.bars


def _exact_bars(seconds: float | None, bars: int | None, grid: Grid) -> Fraction | None:
    if bars is not None:
        return Fraction(bars)
    return None if seconds is None else grid.bars_in_seconds(seconds)


def _usual_bars(style: Style, grid: Grid, seed: int) -> int:
    """A length as songs of the genre have it, near the style's range, in whole groups of four bars."""
    shortest, longest = style.length_s
    seconds = form_priors(style.forms).typical(
        "seconds", _SHORTER * shortest, _LONGER * longest, generator(seed, "length")
    )
    return max(8, 4 * round_half_up(grid.bars_in_seconds(round(seconds, 3)) / 4))


def _tail_s(style: Style, grid: Grid) -> float:
    """Seconds in which the song rings out: the style's, longer for slow songs, 2.5 to 4."""
    slower = (100.0 - float(grid.tempo_bpm)) / 100.0
    return round(min(4.0, max(2.5, style.tail_s + 0.5 * slower)), 2)


def _title(description: str, style: Style, key: Key) -> str:
    """The title that the description gives, else one by style and key: ``Jazz in F Major``."""
    family = key.name[:1] + key.name[1:].title()
    plain = f"{display_name(style.name.replace('-', ' '))} in {family}"
    return title_from(description, plain) if description.strip() else "Untitled"
