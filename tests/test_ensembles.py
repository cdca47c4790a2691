"""Exact ensembles: what textbooks say of each, read from the notes of plans.

Sources: Adler, The Study of Orchestration, on ranges of strings and brass and on tutti; Aldwell and
Schachter, Harmony and Voice Leading, on spacing, crossing and parallels; Levine, The Jazz Piano Book, on
comping; Noad, Solo Guitar Playing, on thumb and fingers; Gordon, Mastering the Art of Performance, on a
pianist's reach of a tenth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import combinations, pairwise, product

import pytest

from structure.base.exact import Fraction
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.plans.score import Note
from structure.specs.spec import SongSpec

QUARTET = "a string quartet in D minor, 1:10"
CHOIR = "a choir SATB in F major, slow, 1:10"
BRASS = "a brass quintet, 1:10"
JAZZ = "a jazz trio, 1:10"
POWER = "a power trio, hard rock, 1:10"
PIANO = "solo piano, 1:10"
GUITAR = "guitar alone, fingerstyle, 1:10"
SEEDS = (1, 2, 3)

RANGES: Mapping[str, tuple[tuple[int, int], ...]] = {
    QUARTET: ((55, 100), (55, 93), (48, 84), (36, 76)),
    CHOIR: ((60, 81), (55, 74), (48, 69), (40, 62)),
    BRASS: ((54, 82), (54, 82), (41, 77), (40, 72), (26, 60)),
}
"""Lowest and highest notes that the players of each ensemble have, from the highest."""

STRINGS = (40, 45, 50, 55, 59, 64)
"""The open strings of a guitar."""

FRETS, REACH = 19, 4
"""The highest fret of a classical guitar, and how many frets one hand covers."""


@cache
def planned(description: str, seed: int) -> SongPlan:
    return plan_song(SongSpec(description=description, seed=seed))


def lines(plan: SongPlan) -> dict[str, list[Note]]:
    """Written notes of each stem, from the start of the song."""
    found: dict[str, list[Note]] = {stem.name: [] for stem in plan.stems}
    for visit in plan.visits:
        start = plan.grid.quarters_at_bar(visit.place.start_bar)
        for name, part in visit.music.score.parts.items():
            found[name] += [Note(n.onset + start, n.duration, n.pitch, n.velocity) for n in part.notes]
    return found


def row(line: Sequence[Note], slots: int) -> list[int | None]:
    """What a line sounds in each sixteenth, by what is struck last."""
    found: list[int | None] = [None] * slots
    for note in sorted(line, key=lambda note: note.onset):
        for slot in range(int(note.onset * 4), min(slots, -int(-note.end * 4 // 1))):
            found[slot] = note.pitch
    return found


def rows(plan: SongPlan) -> list[list[int | None]]:
    slots = int(plan.grid.quarters_at_bar(plan.visits[-1].end_bar) * 4)
    return [row(line, slots) for line in lines(plan).values()]


def crossing(plan: SongPlan) -> float:
    """Share of the sixteenths in which neighbours, as they are listed, lie the wrong way round."""
    wrong = heard = 0
    for upper, lower in pairwise(rows(plan)):
        for a, b in zip(upper, lower, strict=True):
            if a is not None and b is not None:
                heard, wrong = heard + 1, wrong + (a < b)
    return wrong / max(1, heard)


def parallels(plan: SongPlan) -> float:
    """Share of the moves of two voices together that go from a fifth or an octave to another."""
    found = moves = 0
    for upper, lower in combinations(rows(plan), 2):
        for (a, b), (c, d) in pairwise(zip(upper, lower, strict=True)):
            if a is None or b is None or c is None or d is None or a == c or b == d:
                continue
            moves += 1
            found += (c - d) % 12 in (0, 7) and (a - b) % 12 == (c - d) % 12
    return found / max(1, moves)


def wide(plan: SongPlan) -> float:
    """Share of the sixteenths in which upper neighbours lie more than an octave apart."""
    apart = heard = 0
    for upper, lower in pairwise(rows(plan)[:-1]):
        for a, b in zip(upper, lower, strict=True):
            if a is not None and b is not None:
                heard, apart = heard + 1, apart + (a - b > 12)
    return apart / max(1, heard)


def presence(plan: SongPlan) -> dict[str, float]:
    """Share of the bars in which each stem sounds."""
    bars = plan.visits[-1].end_bar
    found = {}
    for name, line in lines(plan).items():
        heard: set[int] = set()
        for visit in plan.visits:
            bar = plan.grid.meter.bar_quarters
            for n in visit.music.score.parts[name].notes if name in visit.music.score.parts else ():
                first = int(n.onset // bar)
                heard |= {
                    visit.place.start_bar + b
                    for b in range(first, int((n.end - Fraction(1, 64)) // bar) + 1)
                }
        found[name] = len(heard) / bars if line else 0.0
    return found


def out_of_range(plan: SongPlan, ranges: Sequence[tuple[int, int]]) -> int:
    return sum(
        not low <= note.pitch <= high
        for line, (low, high) in zip(lines(plan).values(), ranges, strict=True)
        for note in line
    )


def overlaps(line: Sequence[Note]) -> int:
    """Notes of one voice that begin while another sounds."""
    ordered = sorted(line, key=lambda note: note.onset)
    return sum(after.onset < before.end for before, after in pairwise(ordered))


def tune_bearers(plan: SongPlan) -> set[str]:
    """Who is played strongest in some section: the melody stands out."""
    found = set()
    for visit in plan.visits:
        parts = visit.music.score.parts
        force = {
            name: sum(n.velocity for n in part.notes) / len(part.notes) for name, part in parts.items()
        }
        found.add(max(force, key=lambda name: force[name]))
    return found


def together(notes: Sequence[Note]) -> list[list[Note]]:
    """What sounds wherever a note begins."""
    ordered = sorted(notes, key=lambda n: n.onset)
    onsets = sorted({n.onset for n in ordered})
    return [[n for n in ordered if n.onset <= onset < n.end] for onset in onsets]


def is_playable(pitches: Sequence[int]) -> bool:
    """Whether a hand can stop these notes on a guitar, each on a string of its own."""
    wanted = sorted(set(pitches))
    if len(wanted) > len(STRINGS):
        return False
    for strings in combinations(range(len(STRINGS)), len(wanted)):
        frets = [pitch - STRINGS[string] for pitch, string in zip(wanted, strings, strict=True)]
        stopped = [fret for fret in frets if fret > 0]
        if (
            min(frets) >= 0
            and max(frets) <= FRETS
            and (not stopped or max(stopped) - min(stopped) <= REACH)
        ):
            return True
    return False


VOICED = [(words, seed) for words, seed in product((QUARTET, CHOIR, BRASS), SEEDS)]


@pytest.mark.parametrize(("words", "seed"), VOICED)
def test_voices_keep_to_their_ranges_and_their_order(words: str, seed: int) -> None:
    plan = planned(words, seed)
    assert out_of_range(plan, RANGES[words]) == 0
    assert crossing(plan) <= 0.05
    assert all(overlaps(line) == 0 for line in lines(plan).values())


@pytest.mark.parametrize(("words", "seed"), VOICED)
def test_voices_hardly_move_in_parallel_fifths_and_octaves(words: str, seed: int) -> None:
    assert parallels(planned(words, seed)) <= 0.01


@pytest.mark.parametrize(("words", "seed"), VOICED)
def test_each_voice_sounds_in_most_of_the_bars(words: str, seed: int) -> None:
    assert min(presence(planned(words, seed)).values()) >= 0.6


@pytest.mark.parametrize("seed", SEEDS)
def test_a_choir_is_spaced_as_singers_are(seed: int) -> None:
    assert wide(planned(CHOIR, seed)) <= 0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_the_melody_of_a_quartet_is_not_always_in_the_first_violin(seed: int) -> None:
    assert len(tune_bearers(planned(QUARTET, seed))) >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_jazz_trio_walks_rides_and_leaves_room(seed: int) -> None:
    plan = planned(JAZZ, seed)
    found = lines(plan)
    assert sorted(stem.role for stem in plan.stems) == ["bass", "chords", "drums", "lead"]
    assert walking(plan) >= 0.6
    ride = sum(note.pitch in (51, 53, 59) for note in found["drums"])
    assert ride >= 0.25 * len(found["drums"])
    assert clashes_of_time(found["piano-left"], found["piano"]) <= 0.5


def walking(plan: SongPlan) -> float:
    """Share of the bars in which the bass plays that it strikes three beats of, or more."""
    struck: dict[int, set[Fraction]] = {}
    for visit in plan.visits[1:-1]:
        part = visit.music.score.parts.get("bass")
        for note in part.notes if part else ():
            bar = visit.place.start_bar + int(note.onset // 4)
            struck.setdefault(bar, set())
            if note.onset.denominator == 1:
                struck[bar].add(note.onset)
    return sum(len(beats) >= 3 for beats in struck.values()) / len(struck)


def clashes_of_time(chords: Sequence[Note], tune: Sequence[Note]) -> float:
    """Share of the strokes of chords that fall on notes of the tune."""
    strokes, onsets = {n.onset for n in chords}, {n.onset for n in tune}
    return len(strokes & onsets) / max(1, len(strokes))


@pytest.mark.parametrize("seed", SEEDS)
def test_guitar_and_bass_of_a_power_trio_have_one_riff(seed: int) -> None:
    plan = planned(POWER, seed)
    assert {stem.name.split("-")[0] for stem in plan.stems} == {"drums", "guitar", "bass"}
    assert riff_share(plan) >= 0.85


def riff_share(plan: SongPlan) -> float:
    """Share of the notes of the bass that the guitar strikes with it in unison or octaves."""
    found = lines(plan)
    guitar = {(n.onset, n.pitch % 12) for name, line in found.items() if "guitar" in name for n in line}
    bass = found["bass"]
    return sum((n.onset, n.pitch % 12) in guitar for n in bass) / max(1, len(bass))


def spans(line: Sequence[Note]) -> int:
    """The widest reach of a hand in what it strikes at once, in semitones."""
    struck: dict[Fraction, list[int]] = {}
    for note in line:
        struck.setdefault(note.onset, []).append(note.pitch)
    return max(max(pitches) - min(pitches) for pitches in struck.values())


def shared_notes(one: Sequence[Note], other: Sequence[Note]) -> int:
    """Notes that one hand strikes on a key that the other holds or strikes."""
    return sum(
        a.pitch == b.pitch and (a.onset <= b.onset < a.end or b.onset <= a.onset < b.end)
        for a in one
        for b in other
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_pianist_has_two_hands(seed: int) -> None:
    right, left = lines(planned(PIANO, seed)).values()
    assert spans(right) <= 16 and spans(left) <= 16
    assert shared_notes(right, left) == 0
    middle = {n.onset for n in left if n.pitch >= 48}
    low = {n.onset for n in left if n.pitch < 52}
    assert middle and low


@pytest.mark.parametrize("seed", SEEDS)
def test_a_guitar_alone_can_be_played_on_six_strings(seed: int) -> None:
    found = lines(planned(GUITAR, seed))
    chords = together([note for line in found.values() for note in line])
    assert all(is_playable([note.pitch for note in chord]) for chord in chords)
    # The thumb has the bass where bars begin.
    assert thumbed(planned(GUITAR, seed)) >= 0.8


def thumbed(plan: SongPlan) -> float:
    """Share of the bars whose first beat has a note on one of the three low strings."""
    bar, bars = plan.grid.meter.bar_quarters, plan.visits[-1].end_bar
    low = {n.onset for line in lines(plan).values() for n in line if n.pitch <= 54}
    return sum(bar * i in low for i in range(bars)) / bars


VARIATIONS = "theme and variations for string quartet in D major, 3:40"


@pytest.mark.parametrize("seed", SEEDS)
def test_variations_keep_the_theme_and_change_figure_mode_and_pace(seed: int) -> None:
    plan = planned(VARIATIONS, seed)
    visits = [visit for visit in plan.visits if visit.place.name.startswith("theme")]
    theme, first = (tune_by_beats(plan, number) for number in (0, 1))
    same = [a == b for a, b in zip(theme, first, strict=True) if a is not None]
    assert sum(same) >= 0.8 * len(same)
    assert {visit.music.key for visit in visits} == {"D major", "D minor"}
    tempi = {
        plan.grid.span_at(plan.grid.quarters_at_bar(v.place.start_bar)).quarters_per_minute for v in visits
    }
    assert len(tempi) >= 2
    densities = [len(visit.music.score.parts[plan.stems[0].name].notes) for visit in visits]
    assert len(set(densities)) >= len(visits) - 1
    assert visits[-1].music.energy == max(visit.music.energy for visit in visits)
    assert max(densities) >= 2.5 * densities[0]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("theme and two variations for string trio", 2),
        pytest.param("Thema mit fünf Variationen für Klavier", 5, marks=pytest.mark.slow),
        pytest.param("thème et 3 variations pour clavecin", 3, marks=pytest.mark.slow),
        pytest.param("tema con diez variaciones para guitarra", 10, marks=pytest.mark.slow),
    ],
)
def test_a_theme_has_as_many_variations_as_are_asked_for(words: str, count: int) -> None:
    plan = plan_song(SongSpec(description=words, seed=1))
    themes = [visit for visit in plan.visits if visit.place.name == "theme"]
    assert len(themes) in (count + 1, count + 2)  # the theme may come once more
    assert len({(v.sound.variation, v.music.energy) for v in themes}) == len(themes)


def test_a_spec_may_count_its_variations_and_no_theme_has_too_many() -> None:
    assert SongSpec(form="theme and 3 variations").form == "theme-and-3-variations"
    with pytest.raises(ValueError, match="no theme has 14 variations; allowed: 1 to 10"):
        SongSpec(form="theme and 14 variations")


@pytest.mark.parametrize(
    ("words", "lowest", "highest"),
    [
        ("for saxophone quartet", (36, 60), (58, 86)),
        pytest.param("string quintet in C", (36, 60), (55, 100), marks=pytest.mark.slow),
        pytest.param("oboe quartet", (36, 60), (58, 88), marks=pytest.mark.slow),
    ],
)
def test_ensembles_by_name_have_their_own_players(
    words: str, lowest: tuple[int, int], highest: tuple[int, int]
) -> None:
    found = lines(plan_song(SongSpec(description=words, length="16 bars", seed=2)))
    assert len(found) == (5 if "quintet" in words else 4)
    first, *_, last = found.values()
    for line, (low, high) in ((first, highest), (last, lowest)):
        assert all(low <= note.pitch <= high for note in line)


def tune_by_beats(plan: SongPlan, number: int) -> list[int | None]:
    """Pitches of the first violin on the beats of the ``number``-th visit to the theme."""
    visit = [v for v in plan.visits if v.place.name == "theme"][number]
    notes = visit.music.score.parts[plan.stems[0].name].notes
    beats = int(visit.music.score.bars * plan.grid.meter.bar_quarters / plan.grid.meter.beat_quarters)
    places = [beat * plan.grid.meter.beat_quarters for beat in range(beats)]
    return [next((n.pitch for n in notes if n.onset <= at < n.end), None) for at in places]


@pytest.mark.parametrize("seed", SEEDS)
def test_families_of_an_orchestra_double_answer_and_play_on_together(seed: int) -> None:
    plan = planned("for orchestra, with a huge finale, 1:30", seed)
    strings = {"violins", "second-violins", "violas", "cellos"}
    brass, woodwinds = {"horns", "trumpets", "trombones"}, {"flutes", "clarinets"}
    assert {stem.name for stem in plan.stems} == {*strings, *brass, *woodwinds, "drums"}
    heard = [set(visit.music.score.parts) for visit in plan.visits]
    # Heavy brass is kept for loud sections, in which all play.
    assert any(not found & {"trumpets", "trombones"} for found in heard)
    assert any(found >= {*strings, *brass, *woodwinds} for found in heard)
    found = lines(plan)
    tune = {(n.onset, n.pitch % 12) for name in ("violins", "violas") for n in found[name]}
    trumpets = [(n.onset, n.pitch % 12) in tune for n in found["trumpets"]]
    assert sum(trumpets) >= 0.9 * len(trumpets)
    bars = plan.visits[-1].end_bar
    alone = {int(n.onset // plan.grid.meter.bar_quarters) for n in found["flutes"]} - {
        int(n.onset // plan.grid.meter.bar_quarters) for n in found["violins"]
    }
    assert alone or bars < 16, "the woodwinds never answer"
