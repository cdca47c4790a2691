"""What a band does together is heard: shots, pushes, pickups, tags, hits, fills and double time."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from structure.arrange.context import Player
from structure.arrange.happening.band import with_tag
from structure.base.types import EARLY
from structure.planning.arranger import arrange_section
from structure.plans.plan import SongPlan, Visit
from structure.plans.score import Part, SectionScore
from structure.specs.spec import SongSpec
from structure.specs.wishes import When, Where, Wish
from tests.builders import nonempty
from tests.structure.arrange.test_arrange_melody import section
from tests.structure.planning.wished import END, START, at, before, place, planned, visits_of

Heard = tuple[float, float, int, int]
"""Start and end in quarters from a visit's downbeat, pitch, velocity."""


def event(what: str, **other: object) -> Wish:
    return Wish(kind="event", what=what, **other)  # type: ignore[arg-type]


def notes(visit: Visit, *roles: str) -> list[Heard]:
    """The notes of some roles, or of all, in order."""
    return sorted(
        (float(n.onset), float(n.end), n.pitch, n.velocity)
        for part in visit.music.score.parts.values()
        for n in part.notes
        if not roles or part.role in roles
    )


def notes_of(part: Part) -> list[Heard]:
    return sorted((float(n.onset), float(n.end), n.pitch, n.velocity) for n in part.notes)


def in_bar(plan: SongPlan, found: list[Heard], bar: int) -> list[Heard]:
    """The notes that begin in a bar, from 0, with their time in it."""
    length = float(plan.meter.bar_quarters)
    start = bar * length
    return [
        (a - start, b - start, p, v) for a, b, p, v in found if start - 0.03 <= a < start + length - 0.03
    ]


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["rock", "soul", "folk"])
def test_a_shot_is_one_stroke_of_all_and_then_silence(genre: str) -> None:
    plan = planned(genre, event("shot", when=at("chorus", 2)))
    visit = visits_of(plan, "chorus")[1]
    struck = in_bar(plan, notes(visit), 0)
    assert len({name for name, part in visit.music.score.parts.items() if part.notes}) >= 3
    for part in visit.music.score.parts.values():
        assert any(abs(float(note.onset)) < 0.03 for note in part.notes)
    assert all(abs(start) < 0.03 and end < 1.1 for start, end, _, _ in struck)
    assert len(in_bar(plan, notes(visit), 1)) > len(struck) / 2


def test_three_shots_end_a_song_on_three_beats() -> None:
    plan = planned("rock", event("shot", when=END, amount=3.0))
    last = plan.visits[-1]
    struck = in_bar(plan, notes(last), last.bars - 1)
    assert {round(start) for start, _, _, _ in struck} == {0, 1, 2}
    assert max(end for _, end, _, _ in struck) < 3.0


@pytest.mark.slow
def test_shots_of_one_player_leave_the_others_alone() -> None:
    wish = event("shot", where=Where(section="verse", stem="chords"))
    plan, plain = planned("pop", wish), planned("pop")
    verse, usual = visits_of(plan, "verse")[0], visits_of(plain, "verse")[0]
    chords = notes(verse, "chords")
    assert all(start % 4 < 0.05 or start % 4 > 3.95 for start, _, _, _ in chords)
    assert all(end - start <= 0.55 for start, end, _, _ in chords)
    assert notes(verse, "bass", "drums") == notes(usual, "bass", "drums")


@pytest.mark.slow
def test_pushed_chords_come_before_the_bar_line_and_sound_over_it() -> None:
    plan = planned("pop", event("push", where=place("chorus")))
    visit = visits_of(plan, "chorus")[0]
    chords = notes(visit, "chords")
    for bar in range(1, visit.bars - 1):
        line = 4.0 * bar
        assert any(0.4 < line - start < 0.6 and end > line for start, end, _, _ in chords), bar
        assert not any(abs(start - line) < 0.03 for start, _, _, _ in chords), bar
    for verse, usual in zip(visits_of(plan, "verse"), visits_of(planned("pop"), "verse"), strict=True):
        assert verse.music == usual.music


@pytest.mark.slow
def test_a_song_that_begins_with_a_pickup_begins_on_the_last_beat_of_its_first_bar() -> None:
    plan = planned("folk", event("pickup", when=START))
    first = in_bar(plan, notes(plan.visits[0]), 0)
    length = float(plan.meter.bar_quarters)
    assert 2 <= len(first) <= 3
    assert all(start >= length - float(plan.meter.beat_quarters) - 0.01 for start, _, _, _ in first)
    assert in_bar(plan, notes(plan.visits[0]), 1)


def test_a_pickup_leads_into_a_section_by_steps_up() -> None:
    plan = planned("pop", event("pickup", when=at("chorus", 1)))
    number = plan.visits.index(visits_of(plan, "chorus")[0])
    visit = plan.visits[number - 1]
    led = [n for n in in_bar(plan, notes(visit, "lead"), visit.bars - 1) if n[0] >= 3 - 0.01]
    assert [round(n[0], 1) for n in led] == [3.0, 3.5]
    assert 0 < led[1][2] - led[0][2] <= 2


def lines(plan: SongPlan, length: int, count: int) -> list[list[tuple[float, int]]]:
    """The last lines of the melody before the last bar, the last first."""
    visit = plan.visits[-1]
    tune = notes(visit, "lead")
    found = []
    for n in range(1, count + 1):
        first = visit.bars - 1 - n * length
        bars = [
            [(round(4 * (i * 4 + a)), p) for a, _, p, _ in in_bar(plan, tune, first + i)]
            for i in range(length)
        ]
        found.append([note for bar in bars for note in bar])
    return found


def test_a_tag_is_the_last_line_again() -> None:
    plan = planned("rock", event("tag", when=END), seed=2)
    last, before_it = lines(plan, 2, 2)
    assert len(last) >= 3
    assert last == before_it
    chords = plan.visits[-1].music.score.chords
    assert chords[-1].end == plan.visits[-1].bars * plan.meter.bar_quarters
    assert all(a.end == b.onset for a, b in pairwise(chords))


@pytest.mark.parametrize(("bars", "times", "line"), [(8, 2, 2), (8, 3, 2), (5, 3, 1)])
def test_a_tag_keeps_the_last_line_and_its_cadence(bars: int, times: int, line: int) -> None:
    ctx = section(bars=bars, seed=4)
    score = SectionScore(bars, ctx.chords, arrange_section(ctx, [Player("lead", "lead")]))
    tagged = with_tag(score, ctx, times)
    bar = ctx.meter.bar_quarters

    def line_from(own: SectionScore, first: int) -> list[tuple[Fraction, int]]:
        found = [n for n in own.parts["lead"].notes if first <= (n.onset + EARLY) / bar < first + line]
        return [(max(n.onset - first * bar, Fraction(0)), n.pitch) for n in found]

    wanted = nonempty(line_from(score, bars - line))
    for number in range(times):
        assert line_from(tagged, bars - line * (number + 1)) == [(max(at, 0), p) for at, p in wanted]
    assert tagged.chords[-1].symbol == score.chords[-1].symbol
    assert all(a.end == b.onset for a, b in pairwise(tagged.chords))
    assert tagged.chords[-1].end == bars * bar


def test_a_tag_that_comes_three_times_in_all() -> None:
    plan = planned("rock", event("tag", when=END, amount=3.0), seed=2)
    length = 2 if plan.visits[-1].bars > 6 else 1
    one, two, three = lines(plan, length, 3)
    assert one
    assert one == two == three


def test_a_hit_is_the_strongest_stroke_of_its_place() -> None:
    plan = planned("rock", event("impact", when=at("chorus", 2)))
    visit = visits_of(plan, "chorus")[1]
    struck = [n for n in in_bar(plan, notes(visit), 0) if abs(n[0]) < 0.03]
    rest = [n for n in notes(visit) if n[0] > 4]
    assert {36, 45, 49} <= {pitch for _, _, pitch, _ in struck}
    assert sum(n[3] for n in struck) / len(struck) > 1.15 * sum(n[3] for n in rest) / len(rest)


@pytest.mark.slow
def test_a_fill_of_two_bars_is_before_each_chorus() -> None:
    wish = event("fill", amount=2.0, when=before("chorus"), where=Where(stem="drums"))
    plan = planned("rock", wish)
    choruses = visits_of(plan, "chorus")
    for number, visit in enumerate(plan.visits[:-1]):
        if plan.visits[number + 1] not in choruses:
            continue
        drums = notes(visit, "drums")
        for bar in (visit.bars - 2, visit.bars - 1):
            hits = [n for n in in_bar(plan, drums, bar) if n[2] in (38, 45, 47, 50)]
            assert len(hits) >= 8
            assert not [n for n in in_bar(plan, drums, bar) if n[2] in (42, 46, 51)]


@pytest.mark.slow
def test_a_double_time_solo_doubles_the_backbeat_and_keeps_the_rest() -> None:
    steady = Wish(kind="event", what="fill", polarity="avoid")
    bridge = Wish(kind="section", what="bridge")
    plan = planned("rock", event("double_time", where=place("bridge")), steady, bridge)
    plain = planned("rock", steady, bridge)
    fast, usual = visits_of(plan, "bridge")[0], visits_of(plain, "bridge")[0]

    def backbeats(visit: Visit) -> int:
        """Strokes on eighths, without the soft ones between."""
        hits = [n for n in notes(visit, "drums") if n[2] in (37, 38, 39, 40)]
        return sum(force >= 70 and (2 * onset) % 1 == 0 for onset, _, _, force in hits)

    count = [backbeats(visit) for visit in (fast, usual)]
    assert count[0] >= 1.7 * count[1]
    assert notes(fast, "bass", "lead") == notes(usual, "bass", "lead")


def test_what_a_band_does_is_the_same_each_time() -> None:
    wishes = (event("shot", when=When(edge="end")), event("push", where=place("verse")))
    assert planned("funk", *wishes).visits == planned("funk", *wishes).visits


def test_a_melody_trades_with_drums_where_nobody_else_has_one() -> None:
    spec = SongSpec(description="jazz quartet")
    ensemble = Wish(kind="ensemble", what="saxophone, piano, bass, drums")
    plan = planned("jazz", ensemble, event("trade", where=place("solo")), spec=spec)
    visit = visits_of(plan, "solo")[0]
    players = [
        {name for name, part in visit.music.score.parts.items() if in_bar(plan, notes_of(part), bar)}
        for bar in range(visit.bars)
    ]
    alone = [bar for bar, playing in enumerate(players) if playing == {"drums"}]
    assert 0.25 * visit.bars <= len(alone) <= 0.75 * visit.bars
    assert all("saxophone" in players[bar] for bar in range(visit.bars) if bar not in alone)


@pytest.mark.slow
def test_two_melodies_that_trade_never_play_at_once() -> None:
    plan = planned("folk", event("trade", where=place("chorus")))
    visit = visits_of(plan, "chorus")[0]
    events = [event for event in visit.music.events if event.do == "trade"]
    lines = {
        name: part for name, part in visit.music.score.parts.items() if part.role in ("lead", "arpeggio")
    }
    assert events[0].stem in lines
    turns = [
        {name for name, part in lines.items() if in_bar(plan, notes_of(part), bar)}
        for bar in range(visit.bars)
    ]
    assert all(len(turn) <= 1 for turn in turns)
    assert len(set().union(*turns)) == 2
