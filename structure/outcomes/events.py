"""What happens in a song: who comes, goes, rests, solos and answers, and what all do together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from itertools import combinations, pairwise, permutations

from structure.base.labels import LINKS
from structure.outcomes.endings import (
    check_drop_in_force,
    check_fade,
    check_held,
    check_slowing,
    check_stop,
    check_tag,
)
from structure.outcomes.energy import bars_next_to
from structure.outcomes.grooves import (
    has_fill,
    has_impact,
    has_push,
    has_shot,
    has_stabs,
    has_stop_time,
    is_double_time,
    is_half_time,
)
from structure.outcomes.instruments import kit_keys, players, plays_only, program_of
from structure.outcomes.listening import Song, Sound, UnmetError, describe_bars, kind
from structure.outcomes.places import bar_of, bars_for, bars_of, describe_place, visits_at, visits_of_kind
from structure.outcomes.players import find_silent_bars
from structure.outcomes.sounds import check_effect_event
from structure.plans.plan import Visit
from structure.presets.effects import effects
from structure.specs.wishes import When, Wish, Wishes, is_song_wide

_MOST = 0.6
_SOON_BARS = 2
_JUST_BEFORE_BARS = 4
_TWICE = 2.0
_TURNS = 2
"""How often one plays who comes and goes, with a rest before or behind each time."""
_STAYS = 0.5
"""The share of the bars after an entry in which one plays who stays."""
_ANSWERED = 0.25
"""The share of a song's bars in which two take turns at least."""
_MOVING = 0.7
"""Share of strokes at which the top of a solo by who has the chords moves."""
_IMPACT_KEY = effects()["impact"].key


def check_event(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where an event is heard. Raises UnmetError where it is not, or is not to be heard and is."""
    test = EVENTS.get(wish.what)
    if test is None:
        raise UnmetError(f"no rule plays a {wish.what.replace('_', ' ')} yet")
    if wish.polarity != "avoid":
        if wish.what == "rest":
            return _rests(song, wish, _bars_of_lanes(song, wish, wishes))
        return _comes_in(song, wish, wishes) if wish.what == "enter" else test(song, wish)

    if wish.what == "solo" and is_song_wide(wish):
        # A section of that name is one to avoid; a melody that nobody else has is none.
        for visit in visits_of_kind(song, "solo"):
            bars = range(visit.place.start_bar, visit.end_bar)
            if wish.where.stem is None or song.find_heard_in(bars) & set(players(song, wish.where.stem)):
                raise UnmetError(f"there is one: {describe_bars(bars)}")
        return "no solo"

    try:
        said = test(song, wish)
    except UnmetError:
        return f"no {wish.what.replace('_', ' ')}"
    raise UnmetError(f"there is one: {said}")


def _stems_of(song: Song, wish: Wish) -> list[str]:
    """Return whose event it is; all stems for nobody's. Raises UnmetError for one who is not there."""
    if wish.where.stem is None:
        return list(song.stems)
    found = players(song, wish.where.stem)
    if not found:
        raise UnmetError(f"no stem is {wish.where.stem}; there are {', '.join(song.stems)}")
    # The strings that come in behind a lone cello are the section of that name.
    programs = _SECTIONS.get(wish.where.stem)
    if programs is None:
        return found
    named = [stem for stem in found if stem.startswith(wish.where.stem)]
    return named or [stem for stem in found if program_of(song.stems[stem]) in programs] or found


_SECTIONS = {
    "strings": range(48, 52),
    "brass": range(61, 64),
    "woodwinds": range(0),
    "orchestra": range(0),
}
"""Sections of an orchestra, and the programs of General MIDI that many of their players share."""


def _find_played_bars(song: Song, wish: Wish) -> set[int]:
    """Return the bars in which the player of a wish is heard, or a part of the kit."""
    keys = kit_keys(wish.where.stem or "")
    if keys:
        return {s.bar for s in song.in_bars(range(song.bars), song.with_role("drums")) if s.pitch in keys}
    return {bar for stem in _stems_of(song, wish) for bar in song.sounding[stem]}


def _line(song: Song, wish: Wish) -> int:
    """Return the bar line at which an event happens."""
    return bar_of(song, wish.when or When(edge="start"), wish.where)


def _comes_in(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return where somebody comes in, or comes back in after a place or a silence that was wished for."""
    whose = wish.where.stem
    if whose is None or is_song_wide(wish):
        return _enters(song, wish)

    line, played = _line(song, wish), _find_played_bars(song, wish)
    if line >= song.bars:
        # "For the finale" is in the last section or the one before it.
        finale = song.plan.visits[-2:][0].place.start_bar
        early = {bar for bar in played if bar < finale}
        if early or not played:
            raise UnmetError(
                f"{whose} {f'plays in {describe_bars(early)} already' if early else 'never comes in'}"
            )
        return f"{whose} from bar {min(played) + 1}"

    is_back = (
        wish.when is not None and wish.when.place is not None and wish.when.relation == "after"
    ) or any(
        (other.kind, other.what, other.polarity, other.where.stem) == ("event", "enter", "want", whose)
        and _line(song, other) < line
        for other in wishes.wishes
    )
    silent = find_silent_bars(song, whose, wishes, wish)
    if not is_back and line - 1 not in silent:
        said = _enters(song, wish)
    elif line - 1 in played or not played & set(range(line, line + _SOON_BARS)):
        raise UnmetError(f"{whose} does not come in at bar {line + 1}")
    else:
        said = f"{whose} from bar {min(bar for bar in played if bar >= line) + 1}"

    # Who comes in is there from then on; links between sections may be quieter.
    later = {
        bar
        for visit in song.plan.visits
        if kind(visit) not in LINKS
        for bar in bars_of([visit])
        if bar >= line and bar not in silent
    }
    if len(later & played) < _STAYS * len(later):
        raise UnmetError(f"{whose} goes again: it plays in {describe_bars(played & later)}")
    return said


def _enters(song: Song, wish: Wish) -> str:
    """Return where somebody comes in who has not played before; where nobody is named, anybody."""
    line = _line(song, wish)
    if wish.where.stem is None:
        before = song.find_heard_in(range(max(0, line - 2), line))
        new = song.find_heard_in(range(line, line + _SOON_BARS)) - before
        if not new:
            raise UnmetError(f"nobody comes in at bar {line + 1}")
        return f"{', '.join(sorted(new))} from bar {line + 1}"

    played = _find_played_bars(song, wish)
    if is_song_wide(wish):
        if not played or min(played) == 0:
            raise UnmetError(f"{wish.where.stem} {'plays from the start' if played else 'never comes in'}")
        return f"{wish.where.stem} from bar {min(played) + 1}"

    early = {bar for bar in played if bar < line}
    if early:
        raise UnmetError(f"{wish.where.stem} plays in {describe_bars(early)} already")
    if not played & set(range(line, line + _SOON_BARS)):
        first = f"comes in at bar {min(played) + 1}" if played else "never comes in"
        raise UnmetError(f"{wish.where.stem} {first}")
    return f"{wish.where.stem} from bar {min(played) + 1}"


def _leaves(song: Song, wish: Wish) -> str:
    """Return where somebody plays last who is silent up to the end of the section."""
    line = _line(song, wish)
    if wish.where.stem is None:
        before, after = (
            song.find_heard_in(range(max(0, line - 2), line)),
            song.find_heard_in(range(line, line + 2)),
        )
        if not before - after:
            raise UnmetError(f"nobody leaves at bar {line + 1}")
        return f"{', '.join(sorted(before - after))} until bar {line}"

    played = _find_played_bars(song, wish)
    visit = next((v for v in song.plan.visits if v.place.start_bar <= line < v.end_bar), None)
    gone = set(range(line, visit.end_bar if visit else song.bars))
    if not played & set(range(line - _JUST_BEFORE_BARS, line)):
        raise UnmetError(f"{wish.where.stem} does not play just before bar {line + 1}")
    if played & gone:
        raise UnmetError(f"{wish.where.stem} plays on in {describe_bars(played & gone)}")
    return f"{wish.where.stem} until bar {max(bar for bar in played if bar < line) + 1}"


def _bars_of_lanes(song: Song, wish: Wish, wishes: Wishes) -> set[int]:
    """Return the bars in which a kit that is to rest plays only the parts of it that wishes want there."""
    names = [one.what for one in wishes.wishes if (one.kind, one.polarity) == ("part", "want")]
    names = [name for name in names if kit_keys(name)]
    kits = [song.stems[stem] for stem in _stems_of(song, wish) if song.role(stem) == "drums"]
    if not names or not kits or wish.where.stem is None or kit_keys(wish.where.stem):
        return set()
    return {bar for bar in range(song.bars) if all(plays_only(song, kit, names, [bar]) for kit in kits)}


def _rests(song: Song, wish: Wish, but: Collection[int] = ()) -> str:
    """Return where a player, or the band, is silent: in all of a place, or for so many bars in it.

    What is played in the bars of ``but`` does not count.
    """
    played = _find_played_bars(song, wish) - set(but)
    if not played:
        raise UnmetError(f"{wish.where.stem} never plays")
    whose, when = wish.where.stem or "the band", wish.when
    if wish.polarity == "more":
        return _comes_and_goes(song, wish, played)

    if is_song_wide(wish):
        length = int(wish.amount or 1)
        for bar, following in pairwise(sorted(played)):
            if following - bar - 1 >= length:
                return f"silent, {describe_bars(range(bar + 1, following))}"
        raise UnmetError(f"{whose} has no rest of {length} bars")

    halfway = when is not None and when.edge == "middle" and wish.where.stem is None
    if halfway or (when is None and (wish.amount is not None or wish.where.stem is None)):
        # "A sudden silence in the middle" is somewhere there, and does not last through all of it.
        run: list[int] = []
        for bar in bars_for(song, wish):
            run = [] if bar in played else [*run, bar] if run and run[-1] == bar - 1 else [bar]
            if len(run) >= int(wish.amount or 1):
                return f"silent, {describe_bars(run)}"
        raise UnmetError(f"{whose} has no rest of {wish.amount or 1:.0f} bars there")

    is_before = when is not None and when.relation == "before"
    is_sudden = when is not None and when.relation in ("at", "after") and when.edge is None
    if (is_before or is_sudden) and wish.where.stem is None and not wish.amount:
        # "Everything cuts before the drop" is a break: a beat of silence is enough.
        return check_stop(song, wish)

    bars = bars_for(song, wish)
    if is_before:
        bars = sorted(bars)[-int(wish.amount or 1) :]
    elif when is not None and when.relation == "after" and wish.amount is not None:
        bars = sorted(bars)[: int(wish.amount)]
    if played & set(bars):
        raise UnmetError(f"{whose} plays in {describe_bars(played & set(bars))}")
    return f"silent, {describe_bars(bars)}"


def _comes_and_goes(song: Song, wish: Wish, played: Collection[int]) -> str:
    """Return where one plays who comes and goes: it is back at least once between two rests."""
    bars = bars_for(song, wish)
    heard = [bar for bar in bars if bar in played]
    turns = sum(bar - 1 not in heard for bar in heard)
    if turns < _TURNS or len(heard) == len(bars):
        raise UnmetError(f"{wish.where.stem} plays in {describe_bars(heard)}")
    return f"{wish.where.stem} in {describe_bars(heard)}"


def _solo_places(song: Song, wish: Wish) -> list[Visit]:
    """Return the visits that a solo may be in: those of its place, or next to it."""
    when = wish.when
    if when is not None and when.place is not None and when.relation in ("after", "before"):
        anchors = visits_at(song, when.place)
        lines = {
            anchor.end_bar if when.relation == "after" else anchor.place.start_bar for anchor in anchors
        }
        after = when.relation == "after"
        return [v for v in song.plan.visits if (v.place.start_bar if after else v.end_bar) in lines]
    if when is not None:
        line = _line(song, wish)
        at_end = when.edge == "end"
        return [v for v in song.plan.visits if v.place.start_bar <= line - at_end < v.end_bar]
    if wish.where.section is not None:
        return visits_at(song, wish.where)
    solos = visits_of_kind(song, "solo")
    return [*solos, *(visit for visit in song.plan.visits if visit not in solos)]


def _solos(song: Song, wish: Wish) -> str:
    """Return where somebody has the tune alone; drums, where they play alone after others have played."""
    candidates = [] if wish.where.stem is None else _stems_of(song, wish)
    if wish.where.stem is not None and set(candidates) <= song.with_role("drums") and wish.when is None:
        for bar in bars_for(song, wish):
            heard = song.find_heard_in([bar])
            if heard and heard <= set(candidates) and song.find_heard_in(range(bar)) - set(candidates):
                return f"{wish.where.stem} alone, {describe_bars([bar])}"
        raise UnmetError(f"{wish.where.stem} never plays alone")

    for visit in _solo_places(song, wish):
        bars = range(visit.place.start_bar, visit.end_bar)
        for stem in candidates or sorted(song.stems_with_pitch):
            if _has_the_tune(song, stem, bars, candidates):
                return f"{stem} alone has the tune, {describe_bars(bars)}"

    beside = ""
    if wish.when is not None and wish.when.place is not None:
        anchor = visits_at(song, wish.when.place)[0]
        after = wish.when.relation == "after"
        edge = f"ends at bar {anchor.end_bar}" if after else f"begins at bar {anchor.place.start_bar + 1}"
        beside = f"; {describe_place(wish.when.place)} {edge}"
    raise UnmetError(f"no solo there{beside}")


def _has_the_tune(song: Song, stem: str, bars: Sequence[int], same: Sequence[str]) -> bool:
    """Return whether a stem plays a line through most of a place and no other stem has the melody."""
    others = song.with_role("lead") - {stem} - set(same)
    if song.find_heard_in(bars) & others or song.share([stem], bars) < _MOST:
        return False
    if song.role(stem) == "drums":
        return not song.find_heard_in(bars) - {stem, *same}
    sounds = song.in_bars(bars, [stem])
    if song.role(stem) != "lead" and song.find_heard_in(bars) - {stem, *same} & song.with_role("lead"):
        return False

    tops: dict[int, int] = {}
    for sound in sounds:
        time = round(sound.start * 12)
        tops[time] = max(tops.get(time, 0), sound.pitch)
    if song.role(stem) in ("chords", "pad"):
        # A line moves from stroke to stroke; chords that are only struck again do not.
        line = [tops[time] for time in sorted(tops)]
        moves = sum(one != other for one, other in pairwise(line))
        if moves < _MOVING * max(1, len(line) - 1):
            return False

    pitches = {sound.pitch for sound in sounds}
    roles = ("lead", "arpeggio", "bass", "chords", "pad")
    return song.role(stem) in roles and len(tops) >= len(bars) and len(pitches) >= 4


def _builds(song: Song, wish: Wish) -> str:
    """Return where strokes double in number or force over a place: all, or those of who is named."""
    bars = bars_next_to(song, wish) or bars_for(song, wish)
    quarter = max(1, len(bars) // 4)
    ends = bars[:quarter], bars[-quarter:]
    if wish.where.stem is None:
        first, last = (sum(song.force[bar] for bar in part) for part in ends)
        played = [song.in_bars(part) for part in ends]
    else:
        played = [song.in_bars(part, _stems_of(song, wish)) for part in ends]
        first, last = (sum((sound.velocity / 127) ** 2 for sound in sounds) for sounds in played)
    hits = [len({(s.stem, round(s.start * 12)) for s in sounds}) for sounds in played]
    if not hits[1]:
        raise UnmetError(f"{wish.where.stem or 'everybody'} is silent in {describe_bars(ends[1])}")
    ratio = max(last / first if first else 0.0, hits[1] / hits[0] if hits[0] else 9.9)
    if round(ratio, 2) < _TWICE:
        raise UnmetError(f"strokes rise by {ratio - 1:.0%} in {describe_bars(bars)}, not twofold")
    return f"builds {ratio:.1f}-fold, {describe_bars(bars)}"


def _answers(song: Song, wish: Wish) -> str:
    """Return where two melodic stems take turns, or one leaves gaps that another fills.

    Where no place is said, they do so in the whole song, or in sections that make up a good part of it.
    """
    bars, whose = bars_for(song, wish), set(_stems_of(song, wish))
    pair = _find_turns(song, bars, whose)
    if pair is None and is_song_wide(wish):
        found = {
            visit.place.start_bar: own
            for visit in song.plan.visits
            if (own := _find_turns(song, range(visit.place.start_bar, visit.end_bar), whose)) is not None
        }
        bars = [
            bar for visit in song.plan.visits if visit.place.start_bar in found for bar in bars_of([visit])
        ]
        pair = next(iter(found.values()), None) if len(bars) >= _ANSWERED * song.bars else None
    if pair is None:
        raise UnmetError(f"nobody answers in {describe_bars(bars_for(song, wish))}")
    return f"{pair[0]} and {pair[1]}, {describe_bars(bars)}"


def _find_turns(song: Song, bars: Sequence[int], whose: Collection[str]) -> tuple[str, str] | None:
    """Return two stems that take turns in some bars, one of whom is in ``whose``; None where none do.

    Each has a sizeable share, and the second hardly begins notes while the first sounds.
    """
    tunes: dict[str, list[Sound]] = {}
    roles = ["lead", "arpeggio", "chords", "pad"]
    if len(song.stems_with_pitch) == 2:
        roles.append("bass")  # of a duo
    for sound in song.in_bars(bars, song.with_role(*roles)):
        tunes.setdefault(sound.stem, []).append(sound)
    for one, other in permutations(tunes, 2):
        calls, replies = tunes[one], tunes[other]
        if one > other or not {one, other} & set(whose) or min(len(calls), len(replies)) < 4:
            continue
        free = sum(not any(c.start - 0.05 <= r.start < c.end - 0.2 for c in calls) for r in replies)
        if free >= 0.7 * len(replies):
            return one, other
    return None


def _trades(song: Song, wish: Wish) -> str:
    """Return where melodic stems, or one and the drums, relieve each other every few bars."""
    bars = bars_for(song, wish)
    owners = []
    for bar in bars:
        # Who is at the front: the only lead, the only line, or whoever plays alone.
        sounds = song.in_bars([bar])
        heard = {sound.stem for sound in sounds}
        lines = set()
        for stem in heard & song.with_role("arpeggio", "chords", "pad"):
            starts = [round(sound.start * 12) for sound in sounds if sound.stem == stem]
            if len(set(starts)) == len(starts):
                lines.add(stem)
        front = heard & song.with_role("lead") or (heard if len(heard) == 1 else lines)
        owners.append(next(iter(front)) if len(front) == 1 else "")

    runs = [owner for i, owner in enumerate(owners) if owner and (i == 0 or owners[i - 1] != owner)]
    if len(runs) < 3 or len(set(runs)) < 2:
        raise UnmetError(f"nobody trades in {describe_bars(bars)}")
    return f"{' and '.join(sorted(set(runs)))}, {describe_bars(bars)}"


def _doubles(song: Song, wish: Wish) -> str:
    """Return where two stems play the same line, in unison or octaves, or two voices go in harmony."""
    bars = bars_for(song, wish)
    lines: dict[str, set[tuple[int, int]]] = {}
    for sound in song.in_bars(bars, song.stems_with_pitch):
        lines.setdefault(sound.stem, set()).add((round(sound.start * 8), sound.pitch % 12))
    whose = set(_stems_of(song, wish))
    for one in sorted(whose & set(lines)):
        for other in sorted(set(lines) - {one}):
            same = lines[one] & lines[other]
            if len(same) >= max(4, 0.7 * min(len(lines[one]), len(lines[other]))):
                return f"{one} with {other}, {describe_bars(bars)}"
    voices = [stem for stem in song.with_role("lead", "vocals", "backing") if stem in lines]
    for one, other in combinations(voices, 2):
        together = {at for at, _ in lines[one]} & {at for at, _ in lines[other]}
        if {one, other} & whose and len(together) >= max(4, 0.7 * min(len(lines[one]), len(lines[other]))):
            return f"{one} and {other} in harmony, {describe_bars(bars)}"
    raise UnmetError(f"no two stems play the same line in {describe_bars(bars)}")


def _fills(song: Song, wish: Wish) -> str:
    """Return the bars that lead over to something, or are the last of a place, with a fill in them."""
    when = wish.when
    if when is not None and when.place is not None and when.relation != "after":
        lines = [visit.place.start_bar for visit in visits_at(song, when.place)]
        bars = [line - 1 for line in lines if line > 0] or [0]
    elif when is not None:
        line = _line(song, wish)
        bars = [line if when.bar is not None and when.relation == "at" else max(0, line - 1)]
    else:
        bars = [visit.end_bar - 1 for visit in visits_at(song, wish.where)]

    # A run fills: of who is named and does not drum, of the melodies where nobody drums.
    drums = song.with_role("drums")
    if wish.where.stem is not None:
        stems = [stem for stem in _stems_of(song, wish) if stem not in drums]
    else:
        stems = [] if drums else sorted(song.with_role("lead"))

    right = []
    for bar in bars:
        half = (song.downbeats[bar] + song.downbeats[bar + 1]) / 2
        is_filled = not stems and has_fill(song, bar)
        for stem in stems:
            # A run has three notes or more in the last half, each within five semitones of the one before.
            late = [sound for sound in song.in_bars([bar], [stem]) if sound.start >= half - 0.05]
            late.sort(key=lambda sound: sound.start)
            steps = [abs(b.pitch - a.pitch) for a, b in pairwise(late)]
            is_filled = is_filled or (len(steps) >= 2 and max(steps) <= 5)
        if is_filled:
            right.append(bar)
    if not right or (len(right) < len(bars) and not is_song_wide(wish)):
        raise UnmetError(f"no fill in {describe_bars(set(bars) - set(right))}")
    return f"planned, {describe_bars(right)}"


def _picks_up(song: Song, wish: Wish) -> str:
    """Return the bar in whose last beat a tune begins; a first bar may have notes in its last two alone."""
    line = _line(song, wish)
    bar = line - 1
    if bar >= 0:
        last = song.downbeats[line] - song.downbeats[bar] - song.beat_at(bar)
        leads = song.with_role("lead")
        tune = song.in_bars([bar], leads or song.stems_with_pitch)
        if any(s.beat >= last for s in tune):
            return f"planned, bar {bar + 1}"
        for stem in song.stems_with_pitch if not tune else ():
            # Where no tune is heard, another leads up: its notes in the last beat climb by steps.
            late = [s for s in song.in_bars([bar], [stem]) if s.beat >= last]
            late.sort(key=lambda sound: sound.start)
            if len(late) >= 2 and all(0 < b.pitch - a.pitch <= 4 for a, b in pairwise(late)):
                return f"planned, bar {bar + 1}, {stem}"
    elif (
        song.in_bars([0], song.stems_with_pitch)
        and song.sounds[0].beat >= song.downbeats[1] - 2 * song.beat_at(0) - 0.05
    ):
        return "planned, bar 1"
    raise UnmetError(f"no pickup before bar {line + 1}")


def _shots(song: Song, wish: Wish) -> str:
    """Return where all strike together and stop; of one player, where it strikes shortly on beats."""
    at_end = wish.when is not None and wish.when.edge == "end"
    if wish.where.stem is None and wish.where.section is not None and at_end:
        bars = [visit.end_bar - 1 for visit in visits_at(song, wish.where)]
        wrong = [bar for bar in bars if not has_shot(song, [bar])]
        if wrong:
            raise UnmetError(f"no shot in {describe_bars(wrong)}")
        return f"planned, {describe_bars(bars)}"

    if wish.where.stem is None:
        return _by(has_shot, "shot")(song, wish)
    bars, stems = bars_for(song, wish), _stems_of(song, wish)
    if not has_stabs(song, bars, stems):
        raise UnmetError(f"{wish.where.stem} plays no short strokes alone in {describe_bars(bars)}")
    return f"planned, {describe_bars(bars)}"


def _hits(song: Song, wish: Wish) -> str:
    """Return the bars in which all strike hard at once.

    Of a section without a time these are the first bars of all its visits; of the whole song that of any
    section, or one of the last two.
    """
    lines = [] if wish.when is None else [bar_of(song, wish.when, wish.where)]
    if wish.when is None:
        lines = [visit.place.start_bar for visit in visits_at(song, wish.where)]
        lines += [song.bars] if is_song_wide(wish) else []
    found: list[int] = []
    missing: list[int] = []
    for line in lines:
        struck = [bar for bar in (line - 1, line, line - 2) if _is_struck(song, bar, line)]
        (found if struck else missing).append(struck[0] if struck else line)
    if not found or (missing and not is_song_wide(wish)):
        raise UnmetError(f"nobody strikes harder than the rest in bar {min(missing[0], song.bars - 1) + 1}")
    return f"planned, {describe_bars(sorted(set(found)))}"


def _is_struck(song: Song, bar: int, line: int) -> bool:
    """Return whether all strike in a bar that begins at a bar line, or is one of the last two."""
    if bar != line and not (line >= song.bars and line - 2 <= bar < song.bars):
        return False
    return bar < song.bars and (
        any(s.bar == bar and s.pitch == _IMPACT_KEY for s in song.effects) or has_impact(song, bar)
    )


def _by(test: Callable[[Song, Sequence[int]], bool], what: str) -> Callable[[Song, Wish], str]:
    """Return a check that holds a test against the bars of a wish, or those of any visit for no place."""

    def check(song: Song, wish: Wish) -> str:
        if is_song_wide(wish):
            places = [list(range(visit.place.start_bar, visit.end_bar)) for visit in song.plan.visits]
        else:
            places = [bars_for(song, wish)]
        for bars in places:
            with suppress(UnmetError):  # a test may find nothing to look at, such as drums
                if test(song, bars):
                    return f"planned, {describe_bars(bars)}"
        raise UnmetError(f"no {what} in {describe_bars([bar for bars in places for bar in bars])}")

    return check


def _changes_metre(song: Song, wish: Wish) -> str:
    grid = song.plan.grid
    bars = bars_for(song, wish)
    if len({grid.span_at(grid.quarters_at_bar(bar)).meter for bar in [max(0, bars[0] - 1), *bars]}) < 2:
        raise UnmetError(f"all of it is in {grid.meter}")
    return f"planned, {describe_bars(bars)}"


EVENTS: dict[str, Callable[[Song, Wish], str]] = {
    "enter": _enters,
    "leave": _leaves,
    "rest": _rests,
    "thin": check_drop_in_force,
    "fill": _fills,
    "build": _builds,
    "hold": check_held,
    "double": _doubles,
    "answer": _answers,
    "solo": _solos,
    "trade": _trades,
    "stop": check_stop,
    "stop_time": _by(has_stop_time, "stop time"),
    "shot": _shots,
    "impact": _hits,
    "push": _by(has_push, "push"),
    "pickup": _picks_up,
    "half_time": _by(is_half_time, "half time"),
    "double_time": _by(is_double_time, "double time"),
    "ritardando": check_slowing,
    "accelerando": check_slowing,
    "fermata": check_held,
    "meter": _changes_metre,
    "tag": check_tag,
    "fade": check_fade,
    "riser": check_effect_event,
    "sweep": check_effect_event,
    "reverse_cymbal": check_effect_event,
    "reverse_swell": check_effect_event,
    "fall": check_effect_event,
    "sub_drop": check_effect_event,
}
"""Events that notes and grid can show."""
