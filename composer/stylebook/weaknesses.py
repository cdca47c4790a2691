"""What a musician misses in a style's data: fills, other grooves, chords that come home, who plays when."""

from __future__ import annotations

from collections.abc import Iterator

from composer.stylebook.words import join_words
from structure.arrange.figures import BASE_BEATS
from structure.harmony.bars import parse_bars
from structure.harmony.keys import Key
from structure.harmony.pitch import pitch_class
from structure.loading.checks import Finding
from structure.presets.styles import Style

_LEADING = (5, 7, 10, 11, 2)
"""Semitones above the tonic of roots that lead home."""


def weaknesses(style: Style) -> list[Finding]:
    """Return all that is weak in a style's data, each with the path of its field."""
    found = [*_drums(style), *_harmony(style)]
    if style.energy["chorus"] <= style.energy["verse"]:
        message = f"the chorus ({style.energy['chorus']:g}) is no stronger than the verse"
        found.append(Finding(("energy", "chorus"), message, f"more than {style.energy['verse']:g}"))

    found += _stems(style)
    for mode, weight in style.modes.items():
        if weight and mode not in style.progressions:
            message = f"songs are in {mode}, and there are no progressions for it"
            found.append(Finding(("modes", mode), message, f"write `progressions: {{{mode}: …}}`"))
    return found


def _drums(style: Style) -> Iterator[Finding]:
    """Yield what is weak in the drums: the same at every energy or in every bar, and none that fill."""
    if not _has(style, "drums"):
        return

    # those metres that songs of the style are in, of which figures are written for
    meters = [meter for meter in BASE_BEATS if style.meters.get(meter)]
    for meter in meters:
        levels = style.drums.get(meter, {})
        if len({levels.get(level) for level in ("low", "mid", "high")}) == 1 and levels:
            message = "quiet and loud sections have the same drum groove"
            yield Finding(("drums", meter), message, "give `low` and `high` figures of their own")

    bare = [meter for meter in meters if not style.fills.get(meter)]
    if bare:
        hint = (
            "name some, such as `fills: {4/4: [pickup, tom_run]}`, or leave it out to take the usual ones"
        )
        yield Finding(("fills",), f"drums have no fills in {join_words(bare)}", hint)
    elif not any(weight for key, weight in style.gestures.fills.items() if key != "none"):
        yield Finding(("gestures", "fills"), "drums never fill inside a section", "raise `eight` or `four`")

    for meter in meters if style.variety.get("drums", 0.0) <= 0.0 else ():
        found = {name for names in style.drums.get(meter, {}).values() for name in names}
        if len(found) <= len(style.drums.get(meter, {})):
            message = "there is one groove a level, and it never changes from bar to bar"
            hint = "name a second figure, or give `variety: {drums: 0.2}`"
            yield Finding(("drums", meter), message, hint)

    if all(style.energy[kind] >= 0.7 for kind in ("verse", "breakdown", "bridge", "intro")):
        message = "no section is quiet: there is no place for a half-time or a thinner groove"
        yield Finding(("energy",), message, "give `breakdown` or `bridge` an energy below 0.7")


def _harmony(style: Style) -> Iterator[Finding]:
    """Yield sections whose chords never come home, and refrains that have the chords of the verse."""
    for mode, sections in style.progressions.items():
        if not style.modes.get(mode):
            continue
        key = Key("C", mode)
        for section in ("verse", "chorus"):
            for text in sections[section]:
                roots = [pitch_class(chord.root) for bar in parse_bars(text, key) for chord in bar]
                steps = [(root - key.root) % 12 for root in roots]
                # the tonic, or that of the relative key, or an end on one that leads home
                if {0, 3 if key.is_minor else 9} & set(steps) or steps[-1] in _LEADING:
                    break
            else:
                message = f"the {section} in {mode} never comes home: its chords lack the tonic"
                hint = "begin or end it on the tonic, or end it on V or IV"
                yield Finding(("progressions", mode, section), message, hint)
        if set(sections["verse"]) == set(sections["chorus"]) and len(sections["verse"]) == 1:
            message = f"verse and chorus in {mode} have the same chords"
            yield Finding(("progressions", mode, "chorus"), message, "write others for one of them")


def _stems(style: Style) -> Iterator[Finding]:
    """Yield players that no section lets in, and parts that nobody plays."""
    low, high = min(style.energy.values()), max(style.energy.values())
    for number, stem in enumerate(style.stems):
        if (stem.plays_from or 0.0) > high or stem.until < low:
            message = f"{stem.name} never plays: no section has an energy that lets it in"
            yield Finding(("stems", number), message, f"energies go from {low:g} to {high:g}")
    missing = [role for role in ("bass", "lead") if not _has(style, role)]
    if missing:
        yield Finding(("stems",), f"nobody plays {join_words(missing)}", "add a stem of that role")
    if not any(_has(style, role) for role in ("chords", "pad", "arpeggio")):
        yield Finding(("stems",), "nobody plays chords", "add a stem of the role chords, pad or arpeggio")
    if len(style.stems) < style.players[0]:
        message = f"{style.players[0]} players at least are wanted, and there are {len(style.stems)} stems"
        yield Finding(("players",), message, "lower the first figure, or add stems")


def _has(style: Style, role: str) -> bool:
    return any(stem.role == role for stem in style.stems)
