"""In what key a plan is, and where it changes, by its notes and chords."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from structure.harmony.keys import MODES, RELATED_KEYS, USUAL_TONICS, Key, parse_key, related_key
from structure.outcomes.listening import Harmony, Song, UnmetError, describe_bars, kind
from structure.outcomes.places import bar_of, bars_for, bars_of, bars_of_others, visits_at
from structure.plans.plan import Visit
from structure.specs.wishes import EACH, Wish, Wishes, is_song_wide, named_place

_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
"""How well each step above a tonic fits: C. Krumhansl, "Cognitive Foundations of Musical Pitch" (1990)."""

_AT_HOME = 0.35
"""What a chord on the tonic counts, by its share of the time, beside the fit of the notes."""
_FIRST, _LAST = 0.12, 0.25
"""What it counts that the first and the last chord are on the tonic."""
_IN_SCALE = 0.8
"""The share of all sound in a key's scale from which a place can be in that key."""
_AT_ALL = 0.6
"""The share below which a place is in another key than the song's, and not only richly coloured."""
_ALIKE = 0.7
"""The share of the chords that are the same, in whatever key, of two visits that are the same music."""
_MOST_VISITS = 0.5
_DWELLS = 0.35
"""The share of the time for which a mode is on its tonic."""


def pitch_weights(song: Song, bars: Iterable[int]) -> list[float]:
    """Return how long each pitch class sounds in some bars, drums apart; shares of one."""
    weights = [0.0] * 12
    for sound in song.in_bars(bars, song.stems_with_pitch):
        weights[sound.pitch % 12] += min(sound.duration, 4.0)
    whole = sum(weights)
    return [weight / whole for weight in weights] if whole else weights


def chords_in(song: Song, bars: Iterable[int]) -> list[Harmony]:
    """Return the chords that begin in some bars."""
    wanted = set(bars)
    return [chord for chord in song.chords if chord.bar in wanted]


def fit(weights: Sequence[float], chords: Sequence[Harmony], root: int, family: str) -> float:
    """Return how well a tonic and a mode fit.

    This is the correlation of the notes with the mode's profile, and more for each share of the time, and
    each of the ends, in which the harmony is on the tonic.
    """
    profile = [_PROFILES[family][(pitch - root) % 12] for pitch in range(12)]
    mean, usual = sum(weights) / 12, sum(profile) / 12
    both = sum((a - mean) * (b - usual) for a, b in zip(weights, profile, strict=True))
    size = sum((a - mean) ** 2 for a in weights) * sum((b - usual) ** 2 for b in profile)
    correlation = both / size**0.5 if size else 0.0

    whole = sum(chord.duration for chord in chords)
    third = 3 if family == "minor" else 4
    home = [c for c in chords if c.root == root and _third_of(c, root) in (third, None)]
    share = sum(chord.duration for chord in home) / whole if whole else 0.0
    ends = _FIRST * (chords[0] in home) + _LAST * (chords[-1] in home) if chords else 0.0
    return correlation + _AT_HOME * share + ends


def _third_of(chord: Harmony, root: int) -> int | None:
    steps = {(pitch - root) % 12 for pitch in chord.pitch_classes}
    if 4 in steps:
        return 4
    return 3 if 3 in steps else None


def key_of(song: Song, bars: Sequence[int]) -> tuple[int, str]:
    """Return the tonic's pitch class and the family, major or minor, that some bars are in."""
    weights, chords = pitch_weights(song, bars), chords_in(song, bars)
    return max(
        ((root, family) for root in range(12) for family in _PROFILES),
        key=lambda key: fit(weights, chords, *key),
    )


def describe_key(root: int, family: str) -> str:
    """Return a key for people."""
    return f"{USUAL_TONICS[family][root]} {family}"


def main_bars(song: Song, bars: Sequence[int]) -> list[int]:
    """Return those of some bars that are not moved up or down against what they return to."""
    moved = {bar for visit in song.plan.visits if shift_of(song, visit) for bar in bars_of([visit])}
    kept = [bar for bar in bars if bar not in moved]
    return kept if len(kept) >= _MOST_VISITS * len(bars) else list(bars)


def check_key(song: Song, wish: Wish, wishes: Wishes) -> str:
    """Return the key that a plan sounds in, or where it changes, where that is wished for.

    Raises UnmetError with the key that it is in.
    """
    what = wish.what.strip()
    if what in ("up", "down", "change"):
        return _check_change(song, wish) if wish.polarity != "avoid" else _check_one_key(song, wish)

    at_end = wish.when is not None and (wish.when.edge, wish.when.relation) == ("end", "at")
    if what in ("major", "minor") and at_end:
        last = song.chords[-1]
        if _third_of(last, last.root) != (4 if what == "major" else 3):
            raise UnmetError(f"it ends on {last.symbol}")
        return f"ends on {last.symbol}"

    bars = _bars_in_key(song, wish)
    if is_song_wide(wish):
        # Places for which another key is wished are in that one.
        placed = bars_of_others(song, wish, wishes, _bars_in_key)
        bars = main_bars(song, [bar for bar in bars if bar not in placed] or bars)
    root, family = key_of(song, bars)
    if what in RELATED_KEYS:
        home = parse_key(song.plan.key)
        wanted = related_key(home, what)
        is_right = wanted != home and (root, family) == (wanted.root, wanted.family)
        if is_right == (wish.polarity == "avoid"):
            raise UnmetError(f"it is in {describe_key(root, family)}, and the song in {song.plan.key}")
        return describe_key(root, family)
    is_right = family == what if what in ("major", "minor") else _is_in(song, bars, what, root, family)
    if is_right == (wish.polarity == "avoid"):
        raise UnmetError(f"it is in {describe_key(root, family)}")
    return what if is_right else describe_key(root, family)


def _bars_in_key(song: Song, wish: Wish) -> list[int]:
    """Return the bars in which a key is to be heard: of one that comes at a time, the nearest section.

    Nobody hears a new key before some bars of it.
    """
    when = wish.when
    is_at_time = when is not None and when.relation == "at" and when.place is None
    if when is None or not is_at_time or when.edge in ("start", "end") or wish.where.section is not None:
        return bars_for(song, wish)
    line = bar_of(song, when, wish.where)
    return bars_of([min(song.plan.visits, key=lambda visit: abs(visit.place.start_bar - line))])


def _is_in(song: Song, bars: Sequence[int], text: str, root: int, family: str) -> bool:
    """Return whether a key by name is the one that is heard: its tonic, its family, and its scale.

    A mode alone is one on the tonic that is heard. Bars whose chords begin and end on a key's tonic are in
    that key, even where their tune dwells on other notes of the scale.
    """
    try:
        if text in MODES:
            key = Key(USUAL_TONICS["minor" if MODES[text][2] == 3 else "major"][root], text)
        else:
            key = parse_key(text)
    except ValueError:
        raise UnmetError(f"it is in {describe_key(root, family)}") from None

    if (key.root, key.family) != (root, family):
        chords = chords_in(song, bars)
        third = 3 if key.family == "minor" else 4
        at_home = [c for c in chords if c.root == key.root and _third_of(c, key.root) in (third, None)]
        time = sum(c.duration for c in chords)
        # A mode goes to and fro from its tonic, and need not end on it: Em A Em A is dorian.
        is_modal = key.mode not in ("major", "minor") and sum(c.duration for c in at_home) >= _DWELLS * time
        ends = [chords[0], *([] if is_modal else chords[-1:])] if chords else []
        if not ends or any(c not in at_home for c in ends):
            return False

    # Minor raises its sixth and seventh; a blues in A has blue notes, and is in A all the same.
    weights = pitch_weights(song, bars)
    steps = {"minor": (9, 11), "major": (3, 10)}.get(key.mode, ())
    others = {(key.root + step) % 12 for step in steps}
    if sum(weights[pitch] for pitch in {*key.scale, *others}) < _IN_SCALE:
        return False
    if key.mode in ("major", "minor"):
        return True

    # The steps of the mode that plain major or minor lacks outweigh those that it replaces.
    plain = set(Key(key.tonic, key.family).scale)
    own, missing = set(key.scale) - plain, plain - set(key.scale)
    return sum(weights[p] for p in own) > sum(weights[p] for p in missing)


def is_in_mode(song: Song, bars: Sequence[int], mode: str) -> bool:
    """Return whether some bars are in a mode of :data:`~structure.harmony.keys.MODES`."""
    return _is_in(song, bars, mode, *key_of(song, bars))


def shift_of(song: Song, visit: Visit) -> int:
    """Return how many semitones, -5 … 6, a visit's chords lie above those of the same section before.

    That is the first visit of the section, or one whose chords are more alike.
    """
    usual, most = 0, 0.0
    for other in song.plan.visits[: song.plan.visits.index(visit)]:
        if other.place.name != visit.place.name:
            continue
        mine, theirs = visit.music.score.chords, other.music.score.chords
        steps = [(a.root - b.root) % 12 for a, b in zip(mine, theirs, strict=False)]
        if not steps:
            continue
        step = max(sorted(set(steps)), key=steps.count)
        alike = steps.count(step) / max(len(mine), len(theirs))
        if alike > most:
            usual, most = step, alike
    return usual if usual <= 6 else usual - 12


def _check_change(song: Song, wish: Wish) -> str:
    """Return where the key changes as asked: from a section's first visit, or from what was before."""
    if wish.times is not None:
        return _check_changes(song, wish)
    if wish.when is not None and wish.when.edge != "end":
        line = bar_of(song, wish.when, wish.where)
        # In the middle of a section, the next one is the first that can be in another key.
        visits = [v for v in song.plan.visits if line < v.end_bar][:2]
        if wish.when.place is not None and wish.when.place.visit is None:
            # "Up at the chorus" is at any of them.
            ends = wish.when.relation == "after"
            lines = [v.end_bar if ends else v.place.start_bar for v in visits_at(song, wish.when.place)]
            visits += [v for v in song.plan.visits if v.place.start_bar in lines]
    elif wish.where.section is not None:
        visits = visits_at(song, wish.where)
        if wish.where.visit is None and (steps := _steps_between(visits)):
            signed = int(wish.amount or 0) * (-1 if wish.what == "down" else 1)
            if signed and set(steps) == {signed}:
                return (
                    f"{abs(signed)} semitones {wish.what} each time, {describe_bars(bars_of(visits[1:]))}"
                )
        visits = visits[-1:] if wish.where.visit is None else visits
    else:
        visits = list(reversed(song.plan.visits[1:]))

    for visit in visits:
        shift = _find_shift(song, visit)
        if _is_step(wish, shift):
            by = f"{abs(shift)} semitones {'up' if shift > 0 else 'down'}"
            return f"{by} from {describe_bars(range(visit.place.start_bar, visit.end_bar))}"

    moved = [visit for visit in song.plan.visits if shift_of(song, visit)]
    other = f"; {moved[0].place.label} is {shift_of(song, moved[0]):+d} semitones" if moved else ""
    raise UnmetError(f"the key does not change there{other}")


def _check_changes(song: Song, wish: Wish) -> str:
    """Return where the key changes as often as asked: with each visit of a place, or so many times."""
    changed = {visit.place.start_bar for visit, step in _find_steps(song) if _is_step(wish, step)}
    found = [visit for visit in song.plan.visits if visit.place.start_bar in changed]
    if wish.times == EACH:
        stays = [visit for visit in _find_each(song, wish) if visit.place.start_bar not in changed]
        if stays or not changed:
            where = ", ".join(visit.place.label for visit in stays) or "any section"
            raise UnmetError(f"the key does not change with {where}")
    elif len(found) != wish.times:
        raise UnmetError(f"the key changes {len(found)} times, and not {wish.times}")
    return "changes with " + ", ".join(visit.place.label for visit in found)


def _find_each(song: Song, wish: Wish) -> list[Visit]:
    """Return the visits that a change of key comes with which is for each visit of a place.

    A section that is heard for the first time is in no other key than before.
    """
    place = named_place(wish)
    if place.section is None:
        return []
    found = visits_at(song, place)
    if wish.when is not None and wish.when.relation == "after":
        ends = [visit.end_bar for visit in found]
        found = [visit for visit in song.plan.visits if visit.place.start_bar in ends]
    return [visit for visit in found if visit.place.index > 1]


def _find_steps(song: Song) -> list[tuple[Visit, int]]:
    """Return the visits with which the key changes, and by how many semitones.

    A visit is compared with the one before of its section that is most alike, less what has changed since.
    Of one with other chords than these nothing can be told.
    """
    level = 0
    before: dict[str, list[tuple[Visit, int]]] = {}
    found = []
    for visit in song.plan.visits:
        earlier = before.setdefault(visit.place.name, [])
        moves = [(*_find_move(other, visit), own) for other, own in reversed(earlier)]
        alike, move, own = max(moves, key=lambda one: one[0], default=(0.0, 0, 0))
        if alike >= _ALIKE:
            step = (move - (level - own) + 5) % 12 - 5
            found += [(visit, step)] if step else []
            level += step
        if alike >= _ALIKE or not earlier:
            earlier.append((visit, level))
    return found


def _find_move(one: Visit, other: Visit) -> tuple[float, int]:
    """Return how alike two visits are, and how many semitones the second lies above the first.

    Visits of different lengths have their first or their last bars in common.
    """
    theirs, mine = one.music.score.chords, other.music.score.chords
    longer = mine[-1].end - theirs[-1].end
    best = 0.0, 0
    for shift in (0, longer):
        steps = [(b.root - a.root) % 12 for a in theirs for b in mine if b.onset <= a.onset + shift < b.end]
        step = max(sorted(set(steps)), key=steps.count, default=0)
        best = max(best, (steps.count(step) / max(1, len(steps)), step))
    return best


def _check_one_key(song: Song, wish: Wish) -> str:
    """Return that the key stays. Raises UnmetError with the first section that is in another one."""
    home = set(parse_key(song.plan.key).scale)
    moved = {visit.place.start_bar for visit, step in _find_steps(song) if _is_step(wish, step)}
    for visit in visits_at(song, wish.where):
        bars = bars_of([visit])
        weights = pitch_weights(song, bars)
        is_away = sum(weights) > 0 and sum(weights[pitch] for pitch in home) < _AT_ALL
        if visit.place.start_bar in moved or is_away:
            raise UnmetError(f"{visit.place.label} is in {describe_key(*key_of(song, bars))}")
    return f"{song.plan.key} throughout"


def _is_step(wish: Wish, step: int) -> bool:
    """Return whether a number of semitones is the change that a wish asks for."""
    signed = -step if wish.what == "down" else step
    if wish.what == "change":
        return step != 0
    if wish.amount is not None:
        return step != 0 and signed % 12 == int(wish.amount) % 12
    return signed > 0


def _steps_between(visits: Sequence[Visit]) -> list[int]:
    """Return by how many semitones each visit of a section lies above the one before it."""
    found = []
    for one, other in pairwise(visits):
        chords = zip(other.music.score.chords, one.music.score.chords, strict=False)
        steps = [(mine.root - theirs.root) % 12 for mine, theirs in chords]
        step = max(sorted(set(steps)), key=steps.count, default=0)
        found.append(step if step <= 6 else step - 12)
    return found


def _home_of(song: Song, bars: Sequence[int]) -> int:
    """Return the pitch class on which some bars are at home: the song's own, where they keep to its scale.

    Chords that circle round a tonic can sound like those of its dominant.
    """
    home, weights = parse_key(song.plan.key), pitch_weights(song, bars)
    is_at_home = sum(weights[pitch] for pitch in home.scale) >= _IN_SCALE
    return home.root if is_at_home else key_of(song, bars)[0]


def _find_shift(song: Song, visit: Visit) -> int:
    """Return how many semitones a visit lies above what it can be compared with, 0 where there is nothing.

    That is the first visit of its section. A first visit is compared with all that comes before it; and
    where that stays, and all that returns later is moved alike, it is moved as far.
    """
    if shift := shift_of(song, visit):
        return shift
    visits = list(song.plan.visits)
    number = visits.index(visit)
    known = {v.place.name for v in visits[:number]}
    if visit.place.name in known:
        return 0

    if number > 0 and kind(visit) != "intro":
        before = _home_of(song, bars_of(visits[:number]))
        here, _ = key_of(song, bars_of([visit]))
        step = (here - before) % 12
        if step:
            return step if step <= 6 else step - 12

    later = {shift_of(song, v) for v in visits[number + 1 :] if v.place.name in known}
    earlier = any(shift_of(song, v) for v in visits[:number])
    return later.pop() if len(later) == 1 and not earlier else 0
