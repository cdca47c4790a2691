"""What the command line shows of styles: the list by family, a style's card, and what one lacks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from composer.stylebook.card import StyleCard
from composer.stylebook.check import StyleCheck
from composer.stylebook.grids import LEVELS, SIGNS, FigureGrid
from composer.stylebook.summaries import StyleSummary
from composer.stylebook.words import join_words

_LABEL = 15
"""Columns of headings."""

_JOINED = "\N{NO-BREAK SPACE}"

_SHORT = 4
"""Progressions and fills of a kind that are shown; JSON has all."""


def styles_list(rows: Iterable[StyleSummary], width: int) -> str:
    """Return styles under their families, each with tempo, metre, feel and one line on it."""
    rows = list(rows)
    longest = max((len(row.name) for row in rows), default=len("Style"))
    lines = [f"  {'Style':<{longest}} {'BPM':<8}{'Metre':<6}{'Feel':<10}"]
    family = None
    for row in rows:
        if row.family != family:
            family = row.family
            lines += ["", family]
        head = f"  {row.name:<{longest}} {row.tempo.removesuffix(' BPM'):<8}{row.meter:<6}{row.feel:<10}"
        lines += _wrap(head, row.summary, width)
    return "\n".join(lines)


def style_text(card: StyleCard, width: int) -> str:
    """Return a style's card in lines of at most ``width`` columns."""
    head = f"{card.name}{f' · {card.family}' if card.family else ''}"

    facts: list[str] = []
    if card.like:
        differs = f"; its own are {join_words(card.differs)}" if card.differs else ""
        facts += _row("Builds on", f"{card.like}{differs}", width)
    for heading, said in card.facts.items():
        if said:
            facts += _row(heading, said, width)

    fills: list[str] = []
    if card.fills and any(player.role == "drums" for player in card.players):
        first = card.fills[0]
        fills = [f"Fills in {card.meter}, the first of {len(card.fills)}", f"  {first.name}", *_grid(first)]

    players = ["Instruments"]
    for player in card.players:
        told = f"{player.sound}: {player.plays}"
        told += f", {player.when}" if player.when else ""
        told += f"; or {', '.join(player.instead)}" if player.instead else ""
        players += _row(player.name, told, width, indent="  ")

    forms = ["Songs as they are planned, with the bars of each section"]
    for number, form in enumerate(card.forms):
        forms += _row(f"seed {number}", form, width, indent="  ")

    grooves, chords = list(_grooves(card, width)), list(_harmony(card, width))
    summary = [head, *textwrap.wrap(card.summary, width)]
    blocks = [summary, facts, grooves, fills, chords, players, forms]
    return "\n\n".join("\n".join(block) for block in blocks if block)


def check_text(check: StyleCheck, width: int) -> str:
    """Return what is wrong and what is weak in a style, each in a line of its own."""
    lines = [f"{check.name}: {check.verdict}"]
    if check.like:
        for label, fields in (("says itself", check.says), (f"takes from {check.like}", check.takes)):
            if fields:
                lines += _wrap(f"  {label}: ", ", ".join(fields), width)
    for heading, faults in (("wrong", check.wrong), ("weak", check.weak)):
        for fault in faults:
            lines += _wrap(f"  {heading}: ", fault.render(check.source), width)
    if check.songs:
        lines += _wrap("  heard in: ", ", ".join(check.songs), width)
    return "\n".join(lines)


def _grooves(card: StyleCard, width: int) -> Iterator[str]:
    """Yield the first figure of each level of each role in the band, in the usual metre."""
    roles = {player.role for player in card.players}
    for role in SIGNS:
        levels = [groove for groove in card.grooves if groove.role == role and groove.meter == card.meter]
        if role not in roles or not levels:
            continue
        yield from _wrap(f"{role.capitalize()} in {card.meter} ", f"({SIGNS[role]})", width)
        for groove in levels:
            first, *others = groove.figures
            more = f"; or {', '.join(grid.name for grid in others)}" if others else ""
            yield from _wrap(f"  {LEVELS[groove.level]:<7} ", f"{first.name}{more}", width)
            yield from _grid(first)


def _grid(grid: FigureGrid) -> Iterator[str]:
    if grid.ruler:
        yield f"{'':<{_LABEL}}{grid.ruler}"
    for row, signs in grid.rows.items():
        label = "" if row == "pattern" else row.replace("_", " ")
        yield f"    {label:<{_LABEL - 4}}{signs}"


def _harmony(card: StyleCard, width: int) -> Iterator[str]:
    heading = ""
    shown = 0
    for progression in card.progressions:
        told = f"{progression.section} in {progression.mode}"
        if told != heading:
            if not heading:
                yield "Chords, with an example"
            heading, shown = told, 0
            yield f"  {told.capitalize()}"
        shown += 1
        if shown <= _SHORT:
            line = f"{progression.numerals}  ({progression.key}: {progression.chords})"
            yield from _wrap("    ", line, width)


def _row(heading: str, said: str, width: int, indent: str = "") -> list[str]:
    return _wrap(f"{indent}{heading:<{_LABEL - len(indent)}}", said, width)


def _wrap(head: str, said: str, width: int) -> list[str]:
    """Wrap text after a heading; further lines are set in. A figure and its % share a line."""
    lines = textwrap.wrap(
        said.replace(" %", _JOINED + "%"),
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_JOINED, " ") for line in lines]
