"""Words by their syllables and stresses, in the languages in which words are sung."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.lyrics.letters import split_by_spelling
from structure.lyrics.syllables import split_into_syllables
from structure.lyrics.text import LyricsError, read_lines, unsung_signs
from structure.specs.languages import find_language, guess_language, language_names

LANGUAGES = ("en", "de", "es", "fr", "it", "pt")


def written(text: str, language: str) -> list[str]:
    """The words of a text with dots between syllables; the main stress in capitals."""
    found: list[str] = []
    for line in split_into_syllables(read_lines(text), language):
        for one in line.syllables:
            shown = (one.text.upper() if one.stress == 2 else one.text.lower()) + "_" * one.holds
            if one.kind in ("middle", "end"):
                found[-1] += f".{shown}"
            else:
                found.append(shown)
    return found


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("en", "I remember the fire", "i re.MEM.ber the FIRE"),
        ("en", "singing alone tonight", "SIN.ging a.LONE to.NIGHT"),
        ("en", "every little rhythm", "E.ve.ry LIT.tle RHY.thm"),
        ("en", "walked loved faces", "WALKED LOVED FA.ces"),
        ("de", "die Sterne leuchten", "die STER.ne LEUCH.ten"),
        ("de", "zerbrochene Träume", "zer.BRO.che.ne TRÄU.me"),
        ("de", "der Morgen verspricht", "der MOR.gen ver.SPRICHT"),
        ("de", "wir studieren marschiert Tiere", "wir stu.DIE.ren mar.SCHIERT TIE.re"),
        ("de", "probierte Klavier", "pro.BIER.te kla.VIER"),
        ("es", "la canción del corazón", "la can.CIÓN del co.ra.ZÓN"),
        ("es", "camino por la ciudad", "ca.MI.no por la ciu.DAD"),
        ("es", "un poeta quiere guerra", "un po.E.ta QUIE.re GUE.rra"),
        ("fr", "la lumière encore", "la lu.MIÈRE en.CORE"),
        ("it", "il sole mio lontano", "il SO.le MI.o lon.TA.no"),
        ("pt", "coração na noite", "co.ra.ÇÃO na NOI.te"),
    ],
)
def test_words_are_parted_and_stressed(language: str, text: str, wanted: str) -> None:
    assert " ".join(written(text, language)) == wanted


def test_the_user_parts_and_holds_syllables() -> None:
    assert written("glo-ri-a in ex·cel·sis", "en")[0].count(".") == 2
    (line,) = split_into_syllables(read_lines("hal-le-lu-jah__ home _"), "en")
    assert [one.holds for one in line.syllables] == [0, 0, 0, 2, 1]
    assert line.notes == 8
    assert [one.text for one in split_into_syllables(read_lines("fi·re"), "en")[0].syllables] == [
        "fi",
        "re",
    ]


def test_sounds_are_those_of_the_syllable() -> None:
    (line,) = split_into_syllables(read_lines("remember"), "en")
    assert [one.phones for one in line.syllables] == ["ɹə", "mɛm", "bəɹ"]
    assert {one.word for one in line.syllables} == {"remember"}


def test_breaths_and_tags() -> None:
    (line,) = split_into_syllables(read_lines("[Verse]\nstay, oh stay"), "en")
    assert [one.breath for one in line.syllables] == [True, False, False]
    assert line.number == 2


@given(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyzäöüéèáíóúñçãõ", min_size=1, max_size=20),
    st.sampled_from(LANGUAGES),
)
def test_no_letter_is_lost(word: str, language: str) -> None:
    parts = split_by_spelling(word, language)
    assert "".join(parts) == word
    assert all(parts)
    for count in range(1, min(6, len(word)) + 1):
        asked = split_by_spelling(word, language, count)
        assert "".join(asked) == word
        assert len(asked) == count


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("ok\nשלום עולם", "line 2.*right to left", "Latin"),
        ("привет", "not in Latin letters", "Latin"),
        ("99 red balloons", "has digits", "as words"),
        ("xkcd", "no vowel", "as it is spoken"),
        ("a" * 80, "80 letters", "spaces"),
    ],
)
def test_what_nobody_can_sing_is_said(text: str, says: str, hint: str) -> None:
    with pytest.raises(LyricsError, match=says) as caught:
        split_into_syllables(read_lines(text), "en")
    assert hint in (caught.value.hint or "")


def test_pictures_are_left_out_and_hums_are_sung() -> None:
    assert written("love 🎉 you ❤️", "en") == ["LOVE", "you"]
    assert unsung_signs("love 🎉🎉 you") == "🎉"
    assert written("hmm shh mm", "en") == ["HMM", "SHH", "MM"]
    assert read_lines("🎉\n\n—") == ()


def test_signs_that_nobody_sees_are_no_letters() -> None:
    hidden = "ri\u200bver \ufeffof \u202eli\u00adght o\u0301\u0302\u0316ver Ｒｉｖｅｒ ﬁre"
    assert [word.letters for word in read_lines(hidden)[0].words] == [
        "river", "of", "light", "óver", "River", "fire",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I walk along the river and I think of you", "en"),
        ("Ich geh allein durch diese lange Nacht", "de"),
        ("Camino solo por la ciudad y tú no estás", "es"),
        ("Je marche seul dans la nuit et tu dors", "fr"),
        ("Cammino da solo nella notte e non ci sei", "it"),
        ("Eu caminho na noite e você não vem", "pt"),
        ("shine on", "en"),
    ],
)
def test_languages_are_guessed(text: str, language: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("name", "code"), [("English", "en"), ("deutsch", "de"), ("es-MX", "es"), ("fr", "fr")]
)
def test_languages_have_names(name: str, code: str) -> None:
    assert find_language(name) == code


def test_an_unknown_language_is_answered_with_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="nobody sings in the language 'Klingon'") as caught:
        find_language("Klingon")
    assert all(name in str(caught.value) for name in language_names())
    with pytest.raises(ValueError, match="did you mean 'german'"):
        find_language("germann")
