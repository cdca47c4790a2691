"""What a sentence asks for, as wishes: who, where, when, how much, and what is not wanted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.description.reading import read_wishes
from structure.description.words.languages import find_language
from structure.specs.wishes import LAST, Where, Wish


def _where(where: Where) -> str:
    visit = "" if where.visit is None else " last" if where.visit == LAST else f" {where.visit}"
    return f"{where.section}{visit}"


def said(wish: Wish) -> str:
    """A wish in one line: ``no part drums before chorus 2``."""
    words = ["" if wish.polarity == "want" else "no" if wish.polarity == "avoid" else wish.polarity]
    words += [wish.kind, wish.what, f"of {wish.where.stem}" if wish.where.stem else ""]
    words += ["" if wish.amount is None else f"{wish.amount:g}"]
    words += [f"in {_where(wish.where)}" if wish.where.section else ""]
    if wish.when is not None:
        when = wish.when
        place = when.edge or (_where(when.place) if when.place else "")
        place = f"bar {when.bar}" if when.bar is not None else place
        words += [when.relation, f"{when.seconds:g} s" if when.seconds is not None else place]
    return " ".join(word for word in words if word)


def wishes(text: str) -> set[str]:
    """All wishes of a sentence, without guesses."""
    return {said(wish) for wish in read_wishes(text, guessing=False).wishes}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for oboe, bassoon and piano", {"ensemble oboe, bassoon, piano"}),
        ("a violin and cello duo, waltz", {"ensemble violin, cello", "genre waltz"}),
        ("trio of flute, harp and viola, jazz", {"ensemble flute, harp, viola", "genre jazz"}),
        ("string quartet", {"ensemble violin, violin, viola, cello"}),
        ("brass band, fast", {"ensemble brass", "tempo fast"}),
        ("acapella", {"ensemble choir"}),
        ("solo guitar, slow", {"ensemble guitar", "tempo slow"}),
        ("pop with harp, no other instruments", {"genre pop", "ensemble harp"}),
        ("folk, nothing but banjo", {"genre folk", "ensemble banjo"}),
        ("harp", {"ensemble harp"}),
        ("two flutes and a tuba", {"ensemble flute, flute, tuba"}),
        ("jazz trio", {"genre jazz", "ensemble piano, bass, drums"}),
        ("metal with a harp", {"genre metal", "part harp"}),
        ("nur Geige und Orgel", {"ensemble violin, organ"}),
        ("pour hautbois et piano", {"ensemble oboe, piano"}),
        ("cuarteto de cuerda", {"ensemble violin, violin, viola, cello"}),
    ],
)
def test_ensembles_are_exact_where_the_sentence_says_so(text: str, expected: set[str]) -> None:
    assert wishes(text) == expected


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("funk, verse 16 bars, chorus 8", "length bars 16 in verse"),
        ("funk, verse 16 bars, chorus 8", "length bars 8 in chorus"),
        ("soul, 2 bar intro", "length bars 2 in intro"),
        ("intro 4, verse 12, outro 4, rock", "length bars 4 in outro"),
        ("techno, 20 second outro", "length seconds 20 in outro"),
        ("begins with only bass for 4 bars, funk", "ensemble bass 4 at start"),
        ("house, the drop at 0:45", "section drop at 45 s"),
        ("pop, bridge after the second chorus", "section bridge after chorus 2"),
        ("rock, trumpet solo before the last verse", "event solo of trumpet before verse last"),
        ("soul, triple chorus at the end", "section chorus 3 at end"),
        ("rock without a bridge", "no section bridge"),
        ("double-time outro, punk", "event double_time in outro"),
        ("pop, harp only in the intro", "ensemble harp in intro"),
        ("disco, no bass until the second verse", "no part bass before verse 2"),
        ("rock, bass comes in at bar 5", "event enter of bass at bar 5"),
        ("rock, bass from the second verse", "event enter of bass at verse 2"),
        ("4 bars of drums, then the bass comes in, funk", "event enter of bass at bar 5"),
        ("pop, organ drops out in the bridge", "event leave of organ at bridge"),
        ("ballad, stripped down second verse", "energy quiet in verse 2"),
        ("soul, the final chorus opens up", "energy loud in chorus last"),
        ("pop, builds", "energy build"),
        ("rock that cuts off suddenly", "event stop at end"),
        ("pop fading out slowly", "event fade at end"),
        ("funk with stop-time in the verse", "event stop_time in verse"),
        ("gospel, call and response", "event answer"),
        ("[Intro: 4 bars, harp only] [Verse 2] add drums, pop", "ensemble harp in intro"),
        ("[Intro: 4 bars, harp only] [Verse 2] add drums, pop", "event enter of drums at verse 2"),
        ("AABCB, pop", "form A A B C B"),
        ("intro - verse - chorus - outro, pop", "form intro verse chorus outro"),
        ("pop, key change up a whole step before the final chorus", "key up 2 before chorus last"),
        ("a pop song, all in one key", "no key change"),
        ("rock that stays in the same key throughout", "no key change"),
        ("ein Popsong, alles in einer Tonart", "no key change"),
        ("une chanson pop dans une seule tonalité", "no key change"),
        ("una canción pop en la misma tonalidad", "no key change"),
        ("pop, bridge in D minor", "key D minor in bridge"),
        ("rock, slow intro", "tempo slow in intro"),
        ("pop, call it a day, then more reverb on the snare", "more sound reverb of snare"),
        ("techno, after two minutes a breakdown", "section breakdown at 120 s"),
        ("techno. After two minutes, a breakdown", "section breakdown at 120 s"),
        ("techno, at 1:00 a drop", "section drop at 60 s"),
        ("funk, break it down after chorus two", "section breakdown after chorus 2"),
        ("house, syncopated bass", "groove syncopated of bass"),
        ("ambient without a beat in B minor", "key B minor"),
        ("soul, not too fast (95 to 100)", "tempo bpm 97.5"),
        ("balkan brass that starts at 90 bpm and gets faster and faster", "event accelerando"),
        ("harp and celesta, thins out to a single celesta", "ensemble celesta at end"),
        (
            "[Intro: piano] [Verse] [Chorus: loud] [Verse] [Chorus] pop",
            "form intro verse chorus verse chorus",
        ),
        ("folk, verse-chorus-verse-chorus, verses 8 bars, choruses 12", "form verse chorus verse chorus"),
        ("[Intro 4 bars, only guitar] [Verse] pop", "ensemble guitar in intro"),
        ("a medieval tune with a lute", "genre medieval"),
        ("something funky with slap bass", "genre funk"),
        ("reggae one drop", "groove one drop"),
        ("pop with a march beat", "groove march"),
        ("chase music with a ticking pulse", "groove pulse"),
    ],
)
def test_a_wish_has_its_place_and_its_length(text: str, wish: str) -> None:
    assert wish in wishes(text)


@pytest.mark.parametrize("text", ["pop, verse 8 bars", "house with a 30 second intro", "4 bar outro, rock"])
def test_the_length_of_a_part_is_not_that_of_the_song(text: str) -> None:
    lengths = [wish for wish in read_wishes(text).wishes if wish.kind == "length"]
    assert lengths and all(wish.where.section for wish in lengths)
    assert not [wish for wish in read_wishes(text).wishes if wish.kind in ("part", "ensemble")]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("rock w/o cymbals", {"cymbals"}),
        ("pop minus the strings", {"strings"}),
        ("funk, don't use horns or organ", {"horns", "organ"}),
        ("house, no hi-hats", {"hi-hats"}),
        ("instrumental jazz", {"vocals"}),
        ("drumless folk", {"drums"}),
        ("folk without banjo, fiddle and drums", {"banjo", "fiddle", "drums"}),
        ("folk, no banjo, fiddle", {"banjo"}),
        ("vocals no thanks, techno", {"vocals"}),
        ("Rock ohne Orgel", {"organ"}),
        ("Pop, kein Schlagzeug", {"drums"}),
        ("rock sin piano ni bajo", {"piano", "bass"}),
        ("pop, nada de batería", {"drums"}),
        ("du jazz sans batterie", {"drums"}),
        ("une chanson pop, pas de guitare", {"guitar"}),
    ],
)
def test_what_is_not_wanted_is_avoided(text: str, refused: set[str]) -> None:
    found = read_wishes(text).wishes
    assert {wish.what for wish in found if wish.kind == "part" and wish.polarity == "avoid"} == refused


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("house between 118 and 124 bpm", "tempo bpm 121"),
        ("rap, 84-88 bpm", "tempo bpm 86"),
        ("rap, 2m05s", "length seconds 125"),
        ("40s jingle", "length seconds 40"),
        ("swing from the 40s", "era 1940s"),
        ("soul like 1967", "era 1960s"),
        ("in A flat", "key Ab major"),
        ("in B♭ minor", "key Bb minor"),
        ("f# minor, pop", "key F# minor"),
        ("Rock in fis-Moll", "key F# minor"),
        ("Pop in H-Dur", "key B major"),
        ("Pop in B-Dur", "key Bb major"),
        ("un bolero en re bemol mayor", "key Db major"),
        ("une valse en fa dièse mineur", "key F# minor"),
        ("une valse en mi bémol", "key Eb major"),
        ("une chanson de quatre-vingt-dix secondes", "length seconds 90"),
        ("in five, jazz", "meter 5/4"),
        ("ii-V-I, jazz", "harmony ii V I"),
    ],
)
def test_figures(text: str, wish: str) -> None:
    assert wish in wishes(text)


def test_a_range_of_tempos_keeps_its_ends() -> None:
    tempo = next(w for w in read_wishes("house between 118 and 124 bpm").wishes if w.kind == "tempo")
    assert tempo.allowed == (118, 124)
    around = next(w for w in read_wishes("around 100 bpm").wishes if w.kind == "tempo")
    assert around.allowed == (95, 105)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("deep house 124 bpm", "English"),
        ("Rock mit Orgel und ohne Bass", "German"),
        ("un tango triste con violín", "Spanish"),
        ("une valse triste avec violon", "French"),
        ("een droevig liedje met gitaar en zonder drums", ""),
        ("una canzone allegra con chitarra e senza batteria", ""),
        ("uma canção alegre com violão e sem bateria", ""),
        ("wesoła piosenka z gitarą bez perkusji", ""),
        ("en glad låt med gitarr och utan trummor", ""),
        ("грустная песня", ""),
    ],
)
def test_a_language_is_known_before_it_is_read(text: str, language: str) -> None:
    assert find_language(text) == language
    if not language:
        found = read_wishes(text)
        assert [(wish.kind, wish.guessed, found.words_of(wish)) for wish in found.wishes] == [
            ("unknown", False, text)
        ]


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Pop, die Streicher setzen im Refrain ein", "event enter of strings at chorus"),
        ("Rock, endet plötzlich", "event stop at end"),
        ("Rock, letzter Refrain einen Halbton höher", "key up 1 in chorus last"),
        ("Pop, Schlagzeug erst ab der Bridge", "event enter of drums at bridge"),
        ("Soul mit Trompetensolo nach der zweiten Strophe", "event solo of trumpet after verse 2"),
        ("pop, el bajo entra en el compás 9", "event enter of bass at bar 9"),
        ("rock, termina en seco", "event stop at end"),
        ("una balada sin batería hasta el estribillo", "no part drums before chorus"),
        ("une ballade, la basse disparaît dans le pont", "event leave of bass at bridge"),
        ("une chanson rock, fondu à la fin", "event fade at end"),
        ("du funk, intro de 4 mesures", "length bars 4 in intro"),
    ],
)
def test_other_languages_have_places_and_events_too(text: str, wish: str) -> None:
    assert wish in wishes(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('pop, "Paper Boats", 100 bpm', "Paper Boats"),
        ("a rock song called Red Door, slow", "Red Door"),
        ("ein Lied namens Blaue Stunde, langsam", "Blaue Stunde"),
    ],
)
def test_titles_are_as_they_are_written(text: str, title: str) -> None:
    assert [wish.what for wish in read_wishes(text).wishes if wish.kind == "title"] == [title]


@pytest.mark.parametrize("text", ["a flimbertic wozzle", "pop in the style of Gloria Sandstone"])
def test_nonsense_and_names_are_unknown_and_never_guessed(text: str) -> None:
    found = read_wishes(text)
    assert any(wish.kind == "unknown" for wish in found.wishes)
    assert not any(wish.guessed for wish in found.wishes)


def test_what_a_song_is_about_tells_a_guessed_mood() -> None:
    sad, glad = (
        next(wish for wish in read_wishes(text).wishes if wish.guessed and wish.kind == "mood")
        for text in ("a song about death and loss", "a song about getting presents and balloons")
    )
    assert sad.what != glad.what


@given(st.text(max_size=60))
def test_every_span_is_a_part_of_the_sentence(text: str) -> None:
    found = read_wishes(text, guessing=False)
    assert all(wish.span is not None and found.words_of(wish) for wish in found.wishes)


_WORDS = (
    "pop",
    "harp",
    "florb",
    "no",
    "in",
    "the",
    "chorus",
    "8",
    "bars",
    ",",
    "loud",
    "wug",
    "and",
    "until",
)


@given(st.lists(st.sampled_from(_WORDS), max_size=9))
def test_no_unknown_word_is_dropped(words: list[str]) -> None:
    text = " ".join(words)
    found = read_wishes(text, guessing=False)
    covered = {i for wish in found.wishes for i in range(*(wish.span or (0, 0)))}
    for word in ("florb", "wug"):
        starts = [i for i in range(len(text)) if text.startswith(word, i)]
        assert all(start in covered for start in starts)


@pytest.mark.parametrize(
    ("sentence", "what", "stem", "section"),
    [
        ("soul with horn stabs in the chorus", "shot", "horns", "chorus"),
        ("funk, brass hits in the chorus", "shot", "brass", "chorus"),
        ("hard bop, sax and drums trading fours after the piano solo", "solo", "piano", "solo"),
        ("rock, no drums in the guitar solo", "solo", "guitar", "solo"),
        ("rock, guitar solo of 8 bars with strings doubling the line", "double", "strings", "solo"),
    ],
)
def test_who_strikes_has_a_solo_or_doubles_it_there(
    sentence: str, what: str, stem: str, section: str
) -> None:
    events = [w for w in read_wishes(sentence).wishes if w.kind == "event"]
    assert (what, stem, section) in [(w.what, w.where.stem, w.where.section) for w in events]


@pytest.mark.parametrize(
    "sentence",
    ["house with a falling noise after the bridge", "house, descente de bruit blanc après le pont"],
)
def test_noise_that_falls_is_an_effect(sentence: str) -> None:
    assert "fall" in [w.what for w in read_wishes(sentence).wishes if w.kind == "event"]


def test_what_a_terminal_obeys_is_no_part_of_a_sentence() -> None:
    """The 31 of a colour is no length in minutes."""
    assert wishes("\x1b[31mpop\x1b[0m with piano") == wishes("pop with piano")
