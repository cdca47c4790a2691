"""Styles are complete, and their figures and numerals can be read."""

import pytest

from structure.arrange.figures import BASE_BEATS, Figure, load_figures
from structure.base.errors import RitornelloError, SpecError
from structure.base.grid import Meter
from structure.base.labels import KINDS
from structure.harmony.bars import parse_bars
from structure.harmony.keys import Key, parse_key
from structure.loading.loader import load_spec
from structure.planning.planner import plan_song
from structure.presets.programs import guess_program
from structure.presets.styles import load_style, style_names
from tests.loops import for_each

STYLES = style_names()
assert len(STYLES) >= 16


@for_each("name", STYLES)
def test_every_kind_of_section_has_energy_and_length(name):
    style = load_style(name)
    assert set(style.energy) == set(KINDS) == set(style.section_bars)
    assert style.energy["chorus"] > style.energy["verse"] > style.energy["breakdown"]


@for_each("name", STYLES)
def test_progressions_can_be_read_and_end_in_whole_phrases(name):
    style = load_style(name)
    for family, tonic in (("major", "C"), ("minor", "A")):
        for progressions in (*style.progressions[family].values(), style.cadences[family]):
            for text in progressions:
                bars = parse_bars(text, Key(tonic, family))
                assert len(bars) in (1, 4, 8, 12), text
        assert all(len(parse_bars(text, Key(tonic, family))) <= 2 for text in style.turnarounds[family])


@for_each("name", STYLES)
@for_each("role", ["drums", "bass", "chords", "arpeggio"])
def test_figures_exist_for_every_base_metre_and_level(name, role):
    table, known = getattr(load_style(name), role), load_figures(role)
    assert set(table) == set(BASE_BEATS)
    for base, levels in table.items():
        assert set(levels) == {"low", "mid", "high"}
        for figures in levels.values():
            assert figures
            assert all(known[figure]["meter"] == base for figure in figures)


@for_each("name", STYLES)
def test_fills_metres_and_keys_are_known(name):
    style, fills = load_style(name), load_figures("fills")
    for base, names in style.fills.items():
        assert all(fills[fill]["meter"] == base for fill in names)
    assert all(Meter.parse(meter) for meter in style.meters)
    assert all(parse_key(f"{tonic} {family}") for family, tonics in style.keys.items() for tonic in tonics)


@for_each("name", STYLES)
def test_stems_name_their_instruments_plainly(name):
    style = load_style(name)
    assert len({stem.name for stem in style.stems}) == len(style.stems) >= min(5, style.players[1])
    fallbacks = {"chords": 0, "lead": 81}
    for stem in style.stems:
        if stem.role in ("bass", "drums"):
            assert stem.pan == 0.0
        elif stem.role in fallbacks and guess_program(stem.prompt, stem.role) == fallbacks[stem.role]:
            assert any(word in stem.prompt for word in ("piano", "lead"))


def test_all_figures_divide_into_beats():
    for role in ("bass", "chords", "arpeggio"):
        for figure in load_figures(role).values():
            if figure["pattern"] != "kick":
                Figure.of(figure["meter"], figure["pattern"])


def test_unknown_styles_get_a_suggestion():
    with pytest.raises(RitornelloError, match="did you mean 'techno'"):
        load_style("tecno")


@pytest.mark.parametrize(
    ("prompt", "role", "program"),
    [
        ("warm grand piano, soft", "chords", 0),
        ("dusty Rhodes electric piano", "chords", 4),
        ("gritty sawtooth synth lead", "lead", 81),
        ("palm muted distorted guitars", "chords", 30),
        ("tenor saxophone, breathy", "lead", 66),
        ("muted trumpet", "lead", 59),
        ("upright bass, jazz", "bass", 32),
        ("slap bass", "bass", 36),
        ("slow strings", "pad", 49),
        ("brushed drum kit", "drums", 40),
        ("808 drum machine", "drums", 25),
        ("something unheard of", "pad", 89),
    ],
)
def test_programs_are_guessed_from_prompts(prompt, role, program):
    assert guess_program(prompt, role) == program


OWN = """\
like: reggae
summary: Accordion and scraper
tempo: [90, 104]
progressions:
  minor: {verse: ["i | i | V7 | V7"]}
bass:
  4/4: {mid: [country]}
"""


def spec_with_style(folder, text, name="cumbia.yaml"):
    (folder / name).write_text(text, encoding="utf-8")
    spec = folder / "song.yaml"
    spec.write_text(f"genre: {name}\nkey: A minor\nform: [verse, chorus]\n", encoding="utf-8")
    return spec


def test_a_spec_may_name_a_style_file_of_the_users_own(tmp_path):
    plan = plan_song(load_spec(spec_with_style(tmp_path, OWN)))
    assert plan.genre == "cumbia"
    assert 90 <= plan.grid.tempo_bpm <= 104
    assert [chord.symbol for chord in plan.visits[0].music.score.chords][:4] == ["Am", "Am", "E7", "E7"]
    assert plan.style.chords == load_style("reggae").chords


def test_a_style_of_the_users_own_wins_over_one_of_its_name(tmp_path):
    plan = plan_song(load_spec(spec_with_style(tmp_path, "like: metal\ntempo: [61, 62]\n", "pop.yaml")))
    assert plan.genre == "pop"
    assert 61 <= plan.grid.tempo_bpm <= 62
    assert plan.style.chords == load_style("metal").chords
    assert load_style("pop").chords != plan.style.chords


def test_style_files_come_from_the_folder_of_the_spec_and_not_from_where_one_stands(tmp_path, monkeypatch):
    spec = spec_with_style(tmp_path, OWN)
    monkeypatch.chdir("/")
    assert load_spec(spec).genre == "cumbia"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("like: regae\n", r"cumbia.yaml:1: like: no style is called 'regae' \(did you mean 'reggae'\?\)"),
        ("tempoo: [90, 104]\n", r":1: tempoo: unknown key 'tempoo' \(did you mean 'tempo'\?\)"),
        (
            "summary: x\nbass:\n  4/4: {mid: [countri]}\n",
            r":3: bass.4/4.mid.*'countri' \(did you mean 'country'\?\)",
        ),
        ('progressions:\n  minor:\n    verse: ["i | Q"]\n', r"cumbia.yaml:3: .*bar 2: 'Q' is not a chord"),
        (
            "energy: {vers: 0.5}\n",
            r":1: energy.vers: 'vers' is no kind of section \(did you mean 'verse'\?\)",
        ),
        ("harmonic_rhythm:\n  moves: {walks: 1}\n", r":2: harmonic_rhythm.moves.walks: .*walk"),
        (
            "harmonic_rhythm: {vamps: {vers: 1}}\n",
            r":1: harmonic_rhythm.vamps.vers: 'vers' is no kind of section",
        ),
        ('progressions:\n  dorian:\n    verse: ["i | Q"]\n', r"cumbia.yaml:3: .*bar 2: 'Q' is not a chord"),
        ("modes: {majr: 1.0}\n", r"modes.majr: 'majr' is no mode"),
        ("tempo: fast\n", r"cumbia.yaml:1: tempo"),
        ('tempo: ["90", 104]\n', r":1: tempo\[1\]: entry 1 of tempo must be a number, got '90'"),
        ("tail_s: 9\n", r":1: tail_s: tail_s must be at most 4, got 9"),
        (
            "stems:\n  - {name: kit, role: drums, promt: kit}\n",
            r":2: stems\[1\].promt: unknown key 'promt' \(did you mean 'prompt'\?\)",
        ),
        ("swing: {share: 2}\n", r":1: swing.share: share must be text, got 2"),
        ("swing: {shar: 2/3}\n", r"unknown key 'shar' \(did you mean 'share'\?\)"),
        ("lik: pop\n", r"unknown key 'lik' \(did you mean 'like'\?\)"),
        ("like: [pop]\n", r":1: like: no style is called a list"),
        ("- a\n", r"cumbia.yaml:1: a style is a mapping of keys to values, got a list"),
        ("", r"cumbia.yaml: the style is empty \(write at least `like: pop`\)"),
        ("summary: " + "x" * 65536, r"the file is too large \(a style has 64 KiB at most\)"),
        ("summary: a\0b", r"this is a binary file"),
    ],
)
def test_faults_of_a_style_file_name_line_and_field(tmp_path, text, message):
    with pytest.raises(SpecError, match=message):
        load_spec(spec_with_style(tmp_path, text))


def test_a_style_file_that_is_missing_or_has_no_good_name_is_refused(tmp_path):
    spec = tmp_path / "song.yaml"
    spec.write_text("description: a song\ngenre: none.yaml\n")
    with pytest.raises(SpecError, match=r"song.yaml:2: genre: there is no style file 'none.yaml'"):
        load_spec(spec)
    with pytest.raises(SpecError, match=r"'2 steps.yaml' does not name a style"):
        load_spec(spec_with_style(tmp_path, "like: rock\n", "2 steps.yaml"))
    with pytest.raises(SpecError, match=r"has a song.yaml already \(give the style another name\)"):
        style = tmp_path / "styles" / "song.yaml"
        style.parent.mkdir()
        style.write_text("like: rock\n")
        spec.write_text("description: a song\ngenre: styles/song.yaml\n")
        load_spec(spec)


@pytest.mark.parametrize("genre", ["x" * 5000 + ".yaml", '"a\\0b.yaml"', "folder.yaml"])
def test_a_style_that_cannot_be_a_file_is_refused_in_the_spec(tmp_path, genre):
    (tmp_path / "folder.yaml").mkdir()
    spec = tmp_path / "song.yaml"
    spec.write_text(f"description: a song\ngenre: {genre}\n")
    with pytest.raises(SpecError, match=r"song.yaml:2: genre: there is no style file"):
        load_spec(spec)


def test_all_faults_of_a_style_come_together_in_the_order_of_its_lines(tmp_path):
    text = "like: nothing\nmodes: {majr: 1.0}\nenergy: {vers: 0.5}\nkeys: {major: [C]}\n"
    with pytest.raises(SpecError) as found:
        load_spec(spec_with_style(tmp_path, text))
    assert [fault.line for fault in found.value.faults] == [1, 2, 3]
