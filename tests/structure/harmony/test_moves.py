"""What chords do inside a bar, the harmonic rhythm of styles and songs, modes, and other keys."""

from __future__ import annotations

from itertools import product
from random import Random

import mido
import pytest

from structure.base.grid import Meter
from structure.base.seeds import derive_seed
from structure.harmony.bars import parse_chord
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import Key, parse_key
from structure.harmony.modulation import key_move, move_key
from structure.harmony.moves import Place, apply_move
from structure.harmony.progressions import is_applied, plan_harmony
from structure.notation.midi import write_midi
from structure.planning.planner import plan_song
from structure.plans.score import ChordEvent
from structure.presets.harmony import KeyMove, Move
from structure.presets.styles import load_style
from structure.specs.spec import SongSpec

C = parse_key("C")
KINDS = ("verse", "chorus", "bridge")


def _bar(move: Move, before: str, here: str, after: str, key: Key = C, late: float = 0.0) -> str | None:
    place = Place(*(parse_chord(text, key) for text in (before, here, after)), key=key, beats=4, late=late)
    bar = apply_move(move, place, Random(3))
    return None if bar is None else " ".join(chord.symbol for chord in bar)


@pytest.mark.parametrize(
    ("move", "before", "here", "after", "bar"),
    [
        ("passing_bass", "F", "C", "Am", "C C G/B G/B"),
        ("passing_bass", "G", "C", "F", "C C C/E C/E"),
        ("inversion", "C", "G", "Am", "G/B G/B G/B G/B"),
        ("suspension", "C", "G", "C", "Gsus4 Gsus4 G G"),
        ("approach", "F", "C", "Am", "C C E7 E7"),
        ("two_five", "C", "G7", "C", "Dm7 Dm7 G7 G7"),
        ("minor_subdominant", "C", "F", "C", "F F Fm Fm"),
        ("diminished", "G", "C", "Dm", "C C C#dim7 C#dim7"),
        ("anticipation", "G", "C", "Am", "C C C Am"),
        ("neighbour", "G", "C", "C", "C C F/C C"),
        ("walk", "G", "C", "F", "C C Dm C/E"),
        ("walk", "F", "C", "G", "C C G/B Am"),
        ("six_four", "F", "G", "C", "C/G C/G G G"),
    ],
)
def test_a_move_leads_from_one_chord_to_the_next(move, before, here, after, bar):
    assert _bar(move, before, here, after) == bar


@pytest.mark.parametrize(
    ("move", "before", "here", "after"),
    [
        ("passing", "Dm7", "G7", "C"),  # nothing between a dominant and its tonic
        ("approach", "C", "G", "C"),  # the tonic has no secondary dominant
        ("six_four", "F", "G", "Am"),  # only before a dominant that goes home
        ("inversion", "C", "F", "C"),  # the bass would leap
        ("minor_subdominant", "C", "F", "G"),
        ("suspension", "C", "Bdim", "C"),
    ],
)
def test_a_move_without_a_place_is_not_made(move, before, here, after):
    assert _bar(move, before, here, after) is None


def _sections(style: str, key: str, seeds: int = 8) -> list[tuple[ChordEvent, ...]]:
    return [
        plan_harmony(kind, 8, parse_key(key), Meter(), load_style(style), seed, closes=False)
        for seed in range(seeds)
        for kind in KINDS
    ]


@pytest.mark.parametrize("key", ["C", "A minor"])
@pytest.mark.parametrize("style", ["pop", "soul", "lo-fi", "jazz", "classical", "bossa-nova"])
def test_secondary_dominants_go_a_fifth_or_as_substitutes_a_semitone_down(style, key):
    for chords in _sections(style, key):
        symbols = [parse_symbol(chord.symbol) for chord in chords]
        for i, symbol in enumerate(symbols[:-1]):
            follows = next((c.root for c in chords[i + 1 :] if c.root != chords[i].root), None)
            if follows is not None and is_applied(symbol, parse_key(key)):
                assert (follows - chords[i].root) % 12 in (5, 11), [chord.symbol for chord in chords]


@pytest.mark.parametrize(
    ("style", "key", "own", "denying"),
    [
        ("funk", "D dorian", 9, 8),
        ("folk", "D dorian", 9, 8),
        ("pop", "D dorian", 9, 8),
        ("metal", "E phrygian", 1, 2),
        ("ambient", "C lydian", 6, 5),
        ("rock", "G mixolydian", 10, 11),
    ],
)
def test_chords_of_a_mode_have_its_own_tone(style, key, own, denying):
    root = parse_key(key).root
    chords = [chord for section in _sections(style, key) for chord in section]
    has = [{(pitch - root) % 12 for pitch in chord.pitch_classes} for chord in chords]
    assert sum(own in tones for tones in has) >= 2 * sum(denying in tones for tones in has)
    assert sum(own in tones for tones in has) >= len(chords) / 5


@pytest.mark.parametrize("style", ["house", "techno", "drum-and-bass"])
def test_clubs_go_on_after_eight_bars_without_a_dominant(style):
    last = [chords[-1] for chords in _sections(style, "A minor")]
    dominants = [c.symbol for c in last if c.root == 4 and 8 in c.pitch_classes]
    assert not dominants


def test_chords_of_pop_move_inside_bars_and_those_of_techno_do_not():
    pop = [chord for section in _sections("pop", "C") for chord in section]
    techno = [chord for section in _sections("techno", "A minor") for chord in section]
    assert 0.15 < sum(c.duration >= 4 for c in pop) / len(pop) < 0.55
    assert sum(c.duration == 2 for c in pop) / len(pop) > 0.25
    assert sum(c.bass != c.root for c in pop) / len(pop) > 0.04
    assert all(c.duration == 4 for c in techno)


def test_a_song_keeps_the_harmonic_rhythm_of_its_seed():
    style = load_style("pop")
    ways = {
        seed: plan_harmony("verse", 8, C, Meter(), style, seed, closes=False) for seed in (1, 2, 3, 4, 5)
    }
    again = plan_harmony("verse", 8, C, Meter(), style, 3, closes=False)
    assert again == ways[3]
    assert len({tuple(c.onset for c in chords) for chords in ways.values()}) >= 3


def test_a_slow_mood_lets_chords_last_and_leaves_them_alone():
    style = load_style("pop")
    for seed in range(6):
        slow = plan_harmony("verse", 8, C, Meter(), style, seed, closes=False, pace=-1.0)
        fast = plan_harmony("verse", 8, C, Meter(), style, seed, closes=False, pace=1.0)
        assert len(slow) <= 10
        assert len(fast) > len(slow)


@pytest.mark.parametrize(
    ("key", "to", "name"),
    [
        ("C", "relative", "A minor"),
        ("A minor", "relative", "C major"),
        ("Eb", "fourth", "Ab major"),
        ("E minor", "parallel", "E major"),
        ("G", "step", "A major"),
    ],
)
def test_a_section_goes_to_a_key_near_its_own(key: str, to: KeyMove, name: str):
    assert move_key(parse_key(key), to).name == name


def _going() -> int:
    modulations = load_style("pop").modulations
    seeds = (derive_seed(seed, "pop") for seed in range(200))
    return next(
        s for s, own in enumerate(seeds) if key_move("bridge", "bridge", modulations, own) == "fourth"
    )


def test_a_bridge_in_another_key_is_prepared_unless_somebody_says_the_key():
    seed = _going()
    free = plan_song(SongSpec(genre="pop", seed=seed, description="a song with a bridge"))
    names = [visit.place.name for visit in free.visits]
    at = names.index("bridge")
    keys = [parse_key(visit.music.key) for visit in free.visits]
    assert keys[at].root == (keys[0].root + 5) % 12
    last = free.visits[at - 1].music.score.chords[-1]
    assert last.root == (keys[at].root + 7) % 12
    assert 10 in {(pitch - last.root) % 12 for pitch in last.pitch_classes}
    first = free.visits[at].music.score.chords[0]
    assert first.root == first.bass == keys[at].root
    steady = plan_song(SongSpec(genre="pop", seed=seed, description="a song with a bridge, all in one key"))
    assert {visit.music.key for visit in steady.visits} == {free.key}
    said = plan_song(SongSpec(genre="pop", seed=seed, key="C major", description="a song with a bridge"))
    bridge = next(visit for visit in said.visits if visit.place.name == "bridge")
    assert bridge.music.key == "C major"


@pytest.mark.slow
def test_some_songs_have_a_section_in_another_key_which_is_prepared_and_written_out(tmp_path):
    turning = 0
    for style, seed in product(("pop", "rock", "soul", "ballad"), range(6)):
        song = plan_song(SongSpec(description="a song", genre=style, seed=seed))
        keys = [parse_key(visit.music.key) for visit in song.visits]
        if len({(key.root, key.family) for key in keys}) == 1:
            continue
        turning += 1
        for here, after, before in zip(keys, keys[1:], song.visits, strict=False):
            if here.root != after.root:
                last = before.music.score.chords[-1]
                assert last.root == (after.root + 7) % 12
                assert {0, 4, 7, 10} <= {(pitch - last.root) % 12 for pitch in last.pitch_classes}
        write_midi(song, tmp_path / "song.mid")
        tracks = mido.MidiFile(tmp_path / "song.mid").tracks
        written = {message.key for track in tracks for message in track if message.type == "key_signature"}
        assert len(written) == len({(key.sharps, key.is_minor) for key in keys})
    assert 2 <= turning <= 10
