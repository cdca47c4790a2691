"""A groove that is asked for is heard: in drums, bass and chords, and in where notes fall."""

from __future__ import annotations

from statistics import median

import pytest

from structure.arrange.figures import BASE_BEATS, Figure, load_figures
from structure.base.datafiles import read_data
from structure.plans.plan import SongPlan, Visit
from structure.presets.grooves import groove_called, with_grooves
from structure.presets.styles import load_style, style_names
from structure.specs.wishes import LAST, Where, Wish
from tests.structure.planning.wished import place, planned, visits_of

KICK, SNARE = (36,), (37, 38, 39, 40)


def groove(what: str, **other: object) -> Wish:
    return Wish(kind="groove", what=what, **other)  # type: ignore[arg-type]


def hits(plan: SongPlan, visit: Visit, keys: tuple[int, ...]) -> list[list[float]]:
    """Where in each bar of a visit, in quarters, a key of the kit is struck; bars without any left out."""
    bar = float(plan.meter.bar_quarters)
    found: list[list[float]] = [[] for _ in range(visit.bars)]
    for part in visit.music.score.parts.values():
        for note in part.notes if part.role == "drums" else ():
            place = float(note.onset) + 0.03
            if note.pitch in keys:
                found[int(place // bar)].append(round(place % bar - 0.03, 1) + 0.0)
    return [sorted(set(places)) for places in found if places]


def offbeats(visit: Visit) -> list[float]:
    """Where in its quarter each note near the middle of one begins."""
    places = [float(note.onset % 1) for part in visit.music.score.parts.values() for note in part.notes]
    return [place for place in places if 0.4 < place < 0.72]


def share(bars: list[list[float]], wanted: set[float]) -> float:
    return sum(wanted <= set(bar) for bar in bars) / len(bars)


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["rock", "funk", "pop"])
def test_four_on_the_floor_is_a_kick_on_every_beat(genre: str) -> None:
    plan = planned(genre, groove("four on the floor"))
    for visit in visits_of(plan, "chorus"):
        assert share(hits(plan, visit, KICK), {0.0, 1.0, 2.0, 3.0}) > 0.7


@pytest.mark.slow
def test_a_groove_of_one_place_leaves_the_others_as_they_are() -> None:
    plain = planned("rock")
    plan = planned("rock", groove("four on the floor", where=Where(section="chorus", visit=LAST)))
    last, first = visits_of(plan, "chorus")[-1], visits_of(plan, "chorus")[0]
    assert share(hits(plan, last, KICK), {0.0, 1.0, 2.0, 3.0}) > 0.7
    assert first.music == visits_of(plain, "chorus")[0].music


@pytest.mark.slow
@pytest.mark.parametrize(("word", "at_least", "at_most"), [("swing", 0.57, 0.64), ("shuffle", 0.64, 0.69)])
def test_swing_and_shuffle_put_off_beats_late(word: str, at_least: float, at_most: float) -> None:
    for visit in visits_of(planned("rock", groove(word)), "chorus"):
        assert at_least < median(offbeats(visit)) < at_most


@pytest.mark.slow
@pytest.mark.parametrize("wish", [groove("straight"), groove("swing", polarity="avoid")])
def test_jazz_may_be_straight(wish: Wish) -> None:
    assert median(offbeats(visits_of(planned("jazz"), "head")[0])) > 0.55
    for visit in visits_of(planned("jazz", wish), "head"):
        assert 0.47 < median(offbeats(visit)) < 0.53


def test_one_drop_leaves_the_first_beat_out() -> None:
    plan = planned("pop", groove("one drop"))
    for visit in visits_of(plan, "verse"):
        bars = hits(plan, visit, KICK)
        assert sum(0.0 not in bar and 2.0 in bar for bar in bars) > 0.7 * len(bars)


@pytest.mark.slow
def test_half_time_has_its_backbeat_on_three_and_double_time_between_the_beats() -> None:
    slow, fast = planned("rock", groove("half time feel")), planned("rock", groove("double time"))
    for visit in visits_of(slow, "chorus"):
        bars = hits(slow, visit, SNARE)
        assert sum(bar == [2.0] for bar in bars) > 0.6 * len(bars)
    for visit in visits_of(fast, "chorus"):
        assert share(hits(fast, visit, SNARE), {0.5, 1.5, 2.5, 3.5}) > 0.7


@pytest.mark.slow
def test_laid_back_players_come_after_the_beat() -> None:
    def lateness(plan: SongPlan) -> float:
        late = []
        for visit in plan.visits:
            for part in visit.music.score.parts.values():
                if part.role in ("lead", "bass"):
                    late += [float(n.offset) for n in part.notes]
        return sum(late) / len(late)

    assert lateness(planned("pop", groove("laid back"))) > lateness(planned("pop")) + 0.006


def test_off_beat_chords_never_strike_on_the_beat() -> None:
    for visit in visits_of(planned("pop", groove("offbeat")), "verse"):
        part = next(part for part in visit.music.score.parts.values() if part.role == "chords")
        places = [float(note.onset % 1) for note in part.notes]
        assert sum(0.4 < place < 0.6 for place in places) > 0.7 * len(places)


@pytest.mark.slow
def test_blast_beats_strike_snare_and_kick_all_the_time() -> None:
    plan = planned("metal", groove("blast beat", where=place("chorus")))
    for visit in visits_of(plan, "chorus"):
        kicks, snares = hits(plan, visit, KICK), hits(plan, visit, SNARE)
        assert sum(len(bar) >= 8 for bar in kicks) > 0.7 * len(kicks)
        assert sum(len(bar) >= 8 for bar in snares) > 0.7 * len(snares)


def test_clave_is_three_and_two() -> None:
    plan = planned("pop", groove("clave"))
    for visit in visits_of(plan, "chorus"):
        assert hits(plan, visit, (75,))[:2] == [[0.0, 1.5, 3.0], [1.0, 2.0]]


@pytest.mark.parametrize("name", sorted(read_data("grooves.yaml")))
def test_every_groove_is_of_figures_that_exist(name: str) -> None:
    assert groove_called(name) == name
    for style in style_names():
        found = with_grooves(load_style(style), (name,))
        for role in ("drums", "bass", "chords", "arpeggio"):
            table, known = getattr(found, role), load_figures(role)
            assert set(table) == set(BASE_BEATS)
            for base, levels in table.items():
                assert set(levels) == {"low", "mid", "high"}
                assert all(known[figure]["meter"] == base for names in levels.values() for figure in names)


@pytest.mark.parametrize("role", ["bass", "chords", "arpeggio"])
def test_figures_of_grooves_divide_into_beats(role: str) -> None:
    for figure in load_figures(role).values():
        if figure["pattern"] != "kick":
            assert Figure.of(figure["meter"], figure["pattern"]).bars


def test_a_style_that_is_syncopated_keeps_its_figures_when_asked_to_be() -> None:
    for name in ("funk", "ska", "cumbia"):
        style = load_style(name)
        asked = with_grooves(style, ["syncopated"])
        assert (asked.drums, asked.bass, asked.chords) == (style.drums, style.bass, style.chords)
    rock = load_style("rock")
    assert with_grooves(rock, ["syncopated"]).bass != rock.bass
