"""German and Spanish descriptions in English, and the way back to the writer's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.description.reading import read_wishes
from structure.description.words.translation import to_english
from structure.symbols.numerals import german_numeral, spanish_numeral
from tests.builders import nonempty
from tests.structure.description.readings import key as key_of
from tests.structure.description.readings import length_s, style, tempo_bpm
from tests.structure.description.test_wishes_read import wishes


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a slow waltz with piano", "English"),
        ("reggae, 76 beats per minute, bass, percussion", "English"),
        ("A minor blues in E", "English"),
        ("ein langsamer Walzer mit Klavier", "German"),
        ("Rock ohne Bass", "German"),
        ("un vals lento con piano", "Spanish"),
        ("Techno sin batería", "Spanish"),
        ("Filter-Sweep in jeden Drop, House", "German"),
        ("mit Pre-Chorus und Post-Chorus, Dance-Pop", "German"),
        ("", "English"),
        ("日本語", ""),
    ],
)
def test_the_language_is_told(text: str, language: str) -> None:
    assert to_english(text).language == language


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ein Lied in a-Moll", "A minor"),
        ("ein Lied in h-Moll", "B minor"),
        ("ein Lied in B-Dur", "Bb major"),
        ("ein Lied in b-Moll", "Bb minor"),
        ("ein Lied in Es-Dur", "Eb major"),
        ("ein Lied in As-Dur", "Ab major"),
        ("ein Lied in cis-Moll", "C# minor"),
        ("ein Lied in Fis-Dur", "F# major"),
        ("ein Lied in Des-Dur", "Db major"),
        ("ein Stück in H, langsam", "B major"),
        ("ein langsamer Walzer in Ges", "Gb major"),
        ("ein langsamer Walzer in cis", "C# minor"),
        ("ein langsamer Walzer, F#-Moll", "F# minor"),
        ("una canción en la menor", "A minor"),
        ("una canción en sol mayor", "G major"),
        ("una canción en si bemol menor", "Bb minor"),
        ("una canción en fa sostenido menor", "F# minor"),
        ("una canción en mi, lenta", "E major"),
    ],
)
def test_keys_by_their_own_names(text: str, key: str) -> None:
    assert key_of(read_wishes(text, guessing=False)) == key


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("ein Lied, zweieinhalb Minuten", 150),
        ("ein Lied, anderthalb Minuten", 90),
        ("ein Lied, eine halbe Minute", 30),
        ("ein Lied von vierzig Sekunden", 40),
        ("ein Lied, drei Minuten und zwanzig Sekunden", 200),
        ("una canción de dos minutos y medio", 150),
        ("una canción de un minuto y medio", 90),
        ("una canción de medio minuto", 30),
        ("una canción de tres minutos y veinte segundos", 200),
        ("una canción de cuarenta y cinco segundos", 45),
    ],
)
def test_lengths_in_words(text: str, seconds: float) -> None:
    assert length_s(read_wishes(text, guessing=False)) == seconds


@given(st.integers(30, 299))
def test_tempos_in_words(number: int) -> None:
    german = f"ein Lied mit {german_numeral(number)} Schlägen pro Minute"
    spanish = f"una canción a {spanish_numeral(number)} pulsaciones por minuto"
    assert tempo_bpm(read_wishes(german, guessing=False)) == number
    assert tempo_bpm(read_wishes(spanish, guessing=False)) == number


@given(
    st.integers(40, 200),
    st.sampled_from(["um die {} bpm", "etwa {} bpm", "alrededor de {} bpm", "a unos {} bpm"]),
)
def test_tempos_in_figures(bpm: int, phrase: str) -> None:
    beginning = "una canción lenta" if phrase[0] == "a" else "ein langsames Lied"
    assert tempo_bpm(read_wishes(f"{beginning}, {phrase.format(bpm)}", guessing=False)) == bpm


def test_a_spanish_adjective_goes_in_front_of_its_noun() -> None:
    read = read_wishes("una canción con guitarra acústica suave y piano", guessing=False).wishes
    sounds = [(wish.what, wish.where.stem) for wish in read if wish.kind == "sound"]
    assert sounds == [("soft", "acoustic guitar")]


def test_titles_are_not_translated() -> None:
    read = read_wishes('ein Lied namens "Der letzte Walzer" mit Orgel', guessing=False)
    assert [wish.what for wish in read.wishes if wish.kind == "title"] == ["Der letzte Walzer"]
    assert style(read) != "waltz"


def test_the_words_of_wishes_are_in_the_writers_words() -> None:
    text = "Eine traurige Ballade mit Geige, ohne Schlagzeug, fängt leise an"
    read = read_wishes(text, guessing=False)
    said = [read.words_of(wish) for wish in nonempty(read.wishes)]
    assert said[:4] == ["traurige", "Ballade", "Geige", "ohne Schlagzeug"]
    assert "fängt leise an".endswith(said[4])


def assert_each_reads(wish: str, *sentences: str) -> None:
    """Assert that every sentence asks for pop, a bridge, and the wish."""
    for sentence in sentences:
        assert wishes(sentence) == {wish, "genre pop", "section bridge"}, sentence


_VERBS = [  # the wish, the verb, what ends a clause with it, and both at the end of a clause
    ("event enter of guitar at bridge", "setzt", "ein", "einsetzen"),
    ("event enter of guitar at bridge", "kommt", "dazu", "dazukommen"),
    ("event enter of guitar at bridge", "ist", "wieder da", "wieder da sein"),
    ("event leave of guitar at bridge", "fällt", "weg", "wegfallen"),
    ("event leave of guitar at bridge", "wird", "gemutet", "gemutet werden"),
    ("event rest of guitar in bridge", "hat", "Pause", "Pause haben"),
    ("event rest of guitar in bridge", "spielt", "nicht mit", "nicht mitspielen"),
    ("event solo of guitar in bridge", "spielt", "ein Solo", "ein Solo spielen"),
]


@pytest.mark.parametrize(("wish", "finite", "last", "infinitive"), _VERBS)
def test_a_german_verb_is_read_wherever_its_parts_stand(
    wish: str, finite: str, last: str, infinitive: str
) -> None:
    assert_each_reads(
        wish,
        f"Pop, die Gitarre {finite} in der Bridge {last}",
        f"Pop, in der Bridge {finite} die Gitarre {last}",
        f"Pop, die Gitarre soll in der Bridge {infinitive}",
        f"Pop, in der Bridge soll die Gitarre {infinitive}",
    )


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("energy build in bridge", "lauter"),
        ("energy fall in bridge", "ruhiger"),
        ("event accelerando in bridge", "schneller"),
        ("event ritardando in bridge", "langsamer"),
        ("event thin in bridge", "dünner"),
    ],
)
def test_what_becomes_of_a_song_is_read_wherever_its_verb_stands(wish: str, words: str) -> None:
    assert_each_reads(
        wish,
        f"Pop, wird in der Bridge {words}",
        f"Pop, in der Bridge wird es immer {words}",
        f"Pop, in der Bridge wird alles {words}",
        f"Pop, soll in der Bridge {words} werden",
    )


@given(st.text(max_size=80), st.sampled_from(["", "ein Lied mit der ", "una canción con la "]))
def test_any_text_can_be_translated_and_traced_back(text: str, beginning: str) -> None:
    source = beginning + text
    translation = to_english(source)
    assert translation.quote(0, len(translation.text)).strip() in source
    assert all(source[piece.start : piece.end] for piece in translation.pieces)
