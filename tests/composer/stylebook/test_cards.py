"""What is said of a style is what its data say, in words that a musician reads."""

import json

import pytest

import composer
from composer.cli.display.styles import style_text, styles_list
from composer.stylebook.card import StyleCard
from composer.stylebook.grids import figure_grid
from composer.stylebook.words import describe_feel
from structure.presets.families import style_families
from structure.presets.styles import load_style, style_names


@pytest.fixture(scope="module")
def tango() -> StyleCard:
    return composer.style("Tango")


def test_every_style_is_in_one_family() -> None:
    assert sorted(name for names in style_families().values() for name in names) == list(style_names())


def test_the_list_has_each_style_in_eighty_columns() -> None:
    lines = styles_list(composer.styles(), 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert sum(line[2:19].strip() in style_names() for line in lines) == len(style_names())
    (tango,) = (line for line in lines if line.startswith("  tango"))
    assert "114–132" in tango and "4/4" in tango and "Bandoneon" in tango
    assert lines.index(tango) > lines.index("Latin") > lines.index("Club")


def test_a_card_tells_tempo_chords_and_players(tango: StyleCard) -> None:
    assert tango.facts["Tempo"].startswith("114–132 BPM")
    assert tango.facts["Mode"] == "minor 90 %, major 10 %"
    first = tango.progressions[0]
    assert (first.mode, first.section, first.key) == ("minor", "verse", "A minor")
    assert first.chords == "Am | Am | E7 | E7 | E7 | E7 | Am | Am"
    players = {player.name: player for player in tango.players}
    assert players["bandoneon"].plays == "melody"
    assert players["guitar"].when == "in 60 % of the songs, from energy 0.4 on"


def test_who_is_late_is_told_in_all_that_a_style_says_of_it() -> None:
    feel = load_style("jazz").feel
    assert (feel.late_ms, feel.parts["bass"], feel.parts["drums"]) == (8, -7, -2)
    told = describe_feel(load_style("jazz"))
    assert "behind the beat: bass 1 ms, chords 4 ms, melody 8 ms; ahead of the beat: drums 2 ms" in told


def test_a_card_tells_what_the_style_builds_on_and_where_it_differs(tango: StyleCard) -> None:
    assert tango.like == "classical"
    assert "tempo" in tango.differs and "instruments" in tango.differs
    assert "keys" not in tango.differs, "tango says nothing of keys"
    assert load_style("tango").keys == load_style("classical").keys


def test_a_card_fits_a_terminal_and_shows_the_groove_that_is_played(tango: StyleCard) -> None:
    lines = style_text(tango, 80).splitlines()
    assert max(map(len, lines)) <= 80
    loud = next(i for i, line in enumerate(lines) if line.startswith("  loud    sincopa"))
    assert lines[loud + 1].split() == ["1", "2", "3", "4"] * 2
    assert lines[loud + 2].strip() == "R.R---R-5-..5-..|R-..5-..R-..a-.."
    assert not any(line.startswith("Drums in") for line in lines), "no tango band has drums"


def test_drums_are_grids_of_hits_under_the_beats() -> None:
    grid = figure_grid("drums", "house_mid")
    kicks = [i for i, sign in enumerate(grid.rows["kick"]) if sign == "X"]
    assert [grid.ruler[i] for i in kicks] == ["1", "2", "3", "4"]
    assert {len(signs) for signs in grid.rows.values()} == {16}


def test_lanes_of_unlike_steps_share_one_ruler() -> None:
    grid = figure_grid("drums", "shuffle_mid")
    assert len({len(signs) for signs in grid.rows.values()}) == 1
    long = figure_grid("drums", "basic_high")
    assert (long.bars, len(long.rows["kick"])) == (4, 33), "two bars of four are shown"


def test_a_card_is_plain_data_too(tango: StyleCard) -> None:
    document = json.loads(json.dumps(tango.document()))
    assert document["data"]["tempo"] == [114, 132]
    assert {"low", "mid", "high"} == {g["level"] for g in document["grooves"] if g["role"] == "bass"}
    assert document["like"] == "classical"


def test_forms_are_those_of_songs(tango: StyleCard) -> None:
    assert len(set(tango.forms)) == len(tango.forms) == 2
    assert all("Chorus" in form and any(c.isdigit() for c in form) for form in tango.forms)


def test_an_unknown_style_gets_a_suggestion() -> None:
    with pytest.raises(composer.SpecError, match="did you mean 'tango'"):
        composer.style("tangoo")
