"""What was understood of a description and what was guessed, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from structure.base.lengths import format_seconds
from structure.description.reading import Reading


@dataclass(frozen=True, slots=True)
class Understood:
    """A row: a field, its value, the words that it comes from; ``is_guess`` where no rule knew them."""

    about: str
    value: str
    words: str
    is_guess: bool = False


def understood(reading: Reading) -> tuple[Understood, ...]:
    """Everything that was read from a description, rules first, then guesses."""
    words: dict[str, list[str]] = {}
    for finding in reading.findings:
        words.setdefault(finding.about, []).append(finding.written)
    rules = [
        Understood(about, value, ", ".join(f"“{phrase}”" for phrase in words.get(about, [])))
        for about, value in _values(reading)
    ]
    guesses = [
        Understood(
            guess.field,
            _pace(float(guess.value)) if guess.field == "pace" else guess.value,
            f"“{guess.written}” is like “{guess.like}” ({guess.similarity:.2f})",
            is_guess=True,
        )
        for guess in reading.guesses
    ]
    return (*rules, *guesses)


def understanding_table(reading: Reading) -> Table:
    """What was read, a row for each field."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for name in ("", "Field", "Value"):
        table.add_column(name, no_wrap=name != "Value")
    table.add_column("From", ratio=1)
    for row in understood(reading):
        kind = Text("guessed", style="yellow") if row.is_guess else Text("understood", style="green")
        table.add_row(kind, row.about, Text(row.value), Text(row.words, style="dim"))
    return table


def _values(reading: Reading) -> Iterator[tuple[str, str]]:
    """Fields that rules settled, with their values in words."""
    guessed = {guess.field for guess in reading.guesses}
    players = [w for w in reading.instruments if w.prompt not in {guess.value for guess in reading.guesses}]
    values: dict[str, str | None] = {
        "language": None if reading.language == "English" else reading.language,
        "title": reading.title,
        "genre": None if "genre" in guessed else reading.style,
        "mood": None if "mood" in guessed else ", ".join(reading.moods),
        "era": reading.era,
        "tempo": None if reading.tempo_bpm is None else f"{reading.tempo_bpm:g} BPM",
        "pace": None if "pace" in guessed or reading.pace is None else _pace(reading.pace),
        "key": reading.key,
        "mode": None if reading.key else reading.mode,
        "metre": reading.meter,
        "length": _length(reading),
        "form": reading.form,
        "sections": ", ".join(_sections(reading)),
        "beginning": "quiet" if reading.quiet_start else None,
        "ending": _ending(reading),
        "instruments": ", ".join(f"{w.prompt} ({w.role})" for w in players),
        "unwanted": "all else" if reading.plays_alone else ", ".join(reading.unwanted),
    }
    return ((about, value) for about, value in values.items() if value)


def _length(reading: Reading) -> str | None:
    if reading.length_bars is not None:
        return f"{reading.length_bars} bars"
    return None if reading.length_s is None else format_seconds(reading.length_s)


def _sections(reading: Reading) -> Iterator[str]:
    placed = {place.section: place for place in reading.placements}
    for section, is_wanted in reading.section_hints:
        if place := placed.get(section):
            which = {-1: "the last", 1: "the first"}.get(place.visit, f"{place.anchor} {place.visit}")
            where = which if str(place.visit) in which else f"{which} {place.anchor}"
            yield f"{section} {place.side} {where}"
        else:
            yield section if is_wanted else f"no {section}"


def _ending(reading: Reading) -> str | None:
    parts = ["big last chorus"] if reading.big_last_chorus else []
    return ", ".join([*parts, *(["key change"] if reading.key_change else [])]) or None


def _pace(share: float) -> str:
    """A share of a style's range of tempos in a word."""
    steps = ((0.15, "slow"), (0.4, "rather slow"), (0.6, "medium"), (0.85, "rather fast"))
    return next((word for limit, word in steps if share <= limit), "fast")
