"""Five points for each of the styles beyond the first twenty, written before the styles were."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from statistics import fmean

from tests.structure.styles.listening import HATS, KICK, REFRAINS, Heard, has, lacks, on, share
from tests.structure.styles.points import (
    ADLER,
    EVERETT,
    LEVINE,
    REGGAE,
    SNOMAN,
    backbeat,
    band,
    bars_of,
    comping_on,
    dominants,
    drumless,
    four_on_the_floor,
    has_breakdown,
    has_solos,
    is_minor,
    last_is_largest,
    lead_is_one_of,
    low_and_slow,
    not_four_on_the_floor,
    pads_hold,
    quiet_start,
    refrain_is_busier,
    sevenths,
    sixteenths,
    sub,
    swings,
    tempo,
    three,
    triads,
    walks,
)

Facts = list[tuple[str, str, Callable[[Heard], bool]]]

RIMS, CLAVES, COWBELL, SHAKERS, CONGAS = (37,), (75,), (56,), (69, 70, 54), (63, 64, 60, 61, 65, 66)


def hits(*beats: float, of: tuple[int, ...], kinds: tuple[str, ...] = REFRAINS, least: float = 0.7):
    """Tell whether drums of some keys strike on all of some beats."""
    return lambda song: has(song.strokes("drums", of, kinds), *beats, least=least)


def snare_on_three(song: Heard) -> bool:
    """Half time: the backbeat is on three alone."""
    bars = song.strokes("drums", (38, 39), REFRAINS)
    return has(bars, 3, least=0.7) and lacks(bars, 2, least=0.7)


def fast_hats(song: Heard) -> bool:
    """Hats run in sixteenths or faster, somewhere in most bars."""
    bars = song.strokes("drums", (42,), REFRAINS)
    return share(bars, lambda bar: any({p, p + 3} <= bar for p in range(0, 48, 3))) >= 0.5


def plays(*programs: int):
    """Tell whether one of some instruments is in the band, in any role but drums."""
    return lambda song: any(
        song.programs(role) & set(programs) for role in ("lead", "chords", "arpeggio", "pad", "bass")
    )


def strikes(*keys: int):
    """Tell whether drums have one of some keys."""
    return lambda song: bool(song.strokes("drums", keys))


def dembow(song: Heard) -> bool:
    bars = song.strokes("drums", (37, 38, 39), REFRAINS)
    return has(bars, 1.75, 2.5, 3.75, 4.5, least=0.7)


def offbeat_bass(song: Heard) -> bool:
    return has(song.strokes("bass", (), REFRAINS), 1.5, 2.5, 3.5, 4.5, least=0.6)


def two_in_a_bar(song: Heard) -> bool:
    """Bass on the beat, chords after it, as oom-pah goes."""
    bars = song.strokes("chords")
    return share(bars, lambda bar: any(p % 12 == 6 for p in bar) or bool(on(2, 4) <= bar)) >= 0.5


def moves_slowly(song: Heard) -> bool:
    return song.changes_a_bar() <= 0.6


def running(song: Heard) -> bool:
    """The melody goes in eighths or faster: six notes a bar or more."""
    return song.density("lead") >= 4.5


def repeats(song: Heard) -> bool:
    """An ostinato: a broken figure of eight notes a bar or more."""
    return max(song.density("arpeggio"), song.density("chords")) >= 8


def has_kinds(*kinds: str):
    """Tell whether the song has sections of some kinds."""
    return lambda song: all(song.visits((kind,)) for kind in kinds)


def quiet_sections(song: Heard) -> bool:
    energies = [visit.music.energy for visit in song.song.visits]
    return max(energies) - min(energies) >= 0.35


def uneasy(song: Heard) -> float:
    """Return the share of chords that are diminished, augmented, or clash in seconds."""
    chords = song.chords()
    return sum(
        any(sign in c for sign in ("dim", "ø", "°", "aug", "+", "b9", "maj7", "m(maj", "sus2"))
        for c in chords
    ) / len(chords)


def royal_road(song: Heard) -> bool:
    """Four chords in a row go from the fourth degree by the fifth and the third to the sixth."""
    roots = [chord.root for visit in song.song.visits for chord in visit.music.score.chords]
    steps = [(b - a) % 12 for a, b in pairwise(roots)]
    return any(steps[i : i + 3] in ([2, 9, 5], [2, 8, 5]) for i in range(len(steps) - 2))


def surdo(song: Heard) -> bool:
    """Low drums are stronger on two and four than on one and three."""
    force: dict[bool, list[int]] = {True: [], False: []}
    for visit in song.visits(REFRAINS):
        for note in song.notes(visit, "drums"):
            beat = note.onset % song.bar
            if note.pitch in (36, 41, 45) and beat.denominator == 1:
                force[beat % 2 == 1].append(note.velocity)
    return all(force.values()) and fmean(force[True]) > fmean(force[False])


def andalusian(song: Heard) -> bool:
    """Three roots in a row go down by step: two tones, or a tone and two more, to a semitone."""
    roots = [chord.root for visit in song.song.visits for chord in visit.music.score.chords]
    steps = [(b - a) % 12 for a, b in pairwise(roots)]
    return any(steps[i : i + 3] == [10, 10, 11] for i in range(len(steps) - 2))


def swung_sixteenths(song: Heard) -> bool:
    """Second sixteenths fall late, by a fixed share."""
    at = [n.onset % Fraction(1, 2) for v in song.song.visits for n in song.notes(v, "drums")]
    late = [p for p in at if Fraction(1, 4) < p < Fraction(2, 5)]
    return len(late) >= 0.03 * len(at)


def lifted(song: Heard) -> bool:
    """Some refrain is in a higher key than the first."""
    return any(visit.music.lift > 0 for visit in song.song.visits)


def tresillo(song: Heard) -> bool:
    """Bass or drums strike one, the and of two, and four."""
    return any(has(song.strokes(role, (), REFRAINS), 1, 2.5, 4, least=0.5) for role in ("bass", "drums"))


def bass_and_drums_alone(song: Heard) -> bool:
    """Somewhere for two bars or more only drums and bass sound."""
    for visit in song.song.visits:
        others = {b for role in ("chords", "arpeggio", "lead", "pad") for b in song.bars_with(visit, role)}
        both = song.bars_with(visit, "bass") & song.bars_with(visit, "drums")
        alone = sorted(both - others)
        if any(b - a == 1 for a, b in pairwise(alone)):
            return True
    return False


def triads_and_dominants(song: Heard) -> bool:
    """Hardly any chord has a seventh that is not a dominant's."""
    chords = song.chords()
    return sum("maj7" in c or "m7" in c or "9" in c for c in chords) / len(chords) <= 0.2


def roots_a_bar(song: Heard) -> float:
    """Return how often the root moves in a bar, on average."""
    roots = [chord.root for visit in song.song.visits for chord in visit.music.score.chords]
    return sum(a != b for a, b in pairwise(roots)) / sum(song.lengths())


def sixths(song: Heard) -> float:
    """Return the share of chords with a sixth, a seventh or more."""
    chords = song.chords()
    return sum(any(sign in chord for sign in "679") for chord in chords) / len(chords)


MAULEON = "R. Mauleón, Salsa Guidebook (1993)"
FARIA = "N. Faria and C. Korman, Inside the Brazilian Rhythm Section (2001)"
WIKIPEDIA = "Wikipedia, the article on the genre"
MARSHALL = "W. Marshall, From Música Negra to Reggaeton Latino, in Reggaeton (2009)"
LINK = "K. Link and K. Wendland, Tracing Tangueros (2016)"
MANUEL = "P. Manuel, Caribbean Currents (2016)"
WASHBURNE = "C. Washburne, Latin Jazz (2020)"
CELTIC = "B. Breathnach, Folk Music and Dances of Ireland (1971)"
NETSKY = "H. Netsky, Klezmer (2015)"
ROSENBERG = "N. Rosenberg, Bluegrass: A History (1985)"
BERLIN = "E. Berlin, Ragtime (1980)"
SILVESTER = "P. Silvester, The Story of Boogie-Woogie (2009)"
SHEARON = "S. Shearon and others, Gospel music, Grove Music Online"
LEHMAN = "F. Lehman, Hollywood Harmony (2018)"
AUGUSTYN = "H. Augustyn, Ska: The Rhythm of Liberation (2013)"
COLLINS = "K. Collins, Game Sound (2008)"
REICH = "S. Reich, Writings on Music (2002)"
LAWRENCE = "T. Lawrence, Love Saves the Day (2003)"
MUSICRADAR = "musicradar.com, the guides to beats of the genre"
CHRISTODOULOU = "C. Christodoulou, Bring the Break-Beat Back, Dancecult 12/1 (2020)"
QUANTZ = "J. J. Quantz, On Playing the Flute (1752)"
EASLEY = "D. Easley, Riff Schemes, Form, and the Genre of Early American Hardcore Punk, MTO 21/1 (2015)"
SHEEHY = "D. Sheehy, Mariachi Music in America (2006)"

WORLD: dict[str, Facts] = {
    "edm": [
        ("124 to 132 beats a minute", SNOMAN, tempo(122, 132)),
        ("kick on all four beats of the drop", SNOMAN, four_on_the_floor),
        ("builds lead into drops", SNOMAN, has_kinds("build", "drop")),
        ("a breakdown without the kick", SNOMAN, has_breakdown),
        ("sections of 8 and 16 bars", SNOMAN, bars_of(8, 16, 24, 32)),
    ],
    "dubstep": [
        ("136 to 144 beats a minute", MUSICRADAR, tempo(134, 146)),
        ("half time: the snare on three", MUSICRADAR, snare_on_three),
        ("minor", MUSICRADAR, is_minor),
        ("builds lead into drops", SNOMAN, has_kinds("build", "drop")),
        ("a deep synthetic bass", SNOMAN, sub),
    ],
    "future-bass": [
        ("140 to 160 beats a minute", MUSICRADAR, tempo(136, 164)),
        ("half time: the snare on three", MUSICRADAR, snare_on_three),
        ("sevenths and ninths", MUSICRADAR, lambda s: sevenths(s) >= 0.5),
        ("saw chords in the drop", MUSICRADAR, band("chords", 81, 90, 62)),
        ("builds lead into drops", SNOMAN, has_kinds("build", "drop")),
    ],
    "trap": [
        ("130 to 160 beats a minute", MUSICRADAR, tempo(128, 164)),
        ("half time: the snare on three", MUSICRADAR, snare_on_three),
        ("hats in sixteenths and faster", MUSICRADAR, fast_hats),
        ("a deep 808 bass", MUSICRADAR, lambda s: sub(s) and low_and_slow(s)),
        ("minor", MUSICRADAR, is_minor),
    ],
    "drill": [
        ("138 to 146 beats a minute", MUSICRADAR, tempo(136, 148)),
        (
            "snare on three and late, on the second eighth of four",
            MUSICRADAR,
            lambda s: (
                has(s.strokes("drums", (38, 39), REFRAINS), 3, least=0.4)
                and share(s.strokes("drums", (38, 39), REFRAINS), lambda bar: bool(bar & on(4.5, 4.25)))
                >= 0.4
            ),
        ),
        ("hats against the beat, 3 + 3 + 2", MUSICRADAR, hits(1, 1.75, 2.5, of=(42,), least=0.6)),
        ("a sliding 808 bass", MUSICRADAR, sub),
        ("minor", MUSICRADAR, is_minor),
    ],
    "phonk": [
        ("130 to 165 beats a minute", MUSICRADAR, tempo(120, 165)),
        ("a cowbell has the tune", MUSICRADAR, strikes(56)),
        ("minor", MUSICRADAR, is_minor),
        ("a deep 808 bass", MUSICRADAR, sub),
        ("a short loop of chords", MUSICRADAR, moves_slowly),
    ],
    "boom-bap": [
        ("84 to 98 beats a minute", MUSICRADAR, tempo(80, 100)),
        ("snare on two and four", MUSICRADAR, backbeat),
        ("kick off the beat", MUSICRADAR, not_four_on_the_floor),
        ("sampled sevenths", MUSICRADAR, lambda s: sevenths(s) >= 0.5),
        ("a short loop", MUSICRADAR, lambda s: s.changes_a_bar() <= 1.0),
    ],
    "trailer": [
        ("minor", LEHMAN, is_minor),
        ("drums and strings, no kit's backbeat", LEHMAN, lambda s: not backbeat(s)),
        ("an ostinato", LEHMAN, repeats),
        ("it grows to the end", LEHMAN, last_is_largest),
        ("brass", LEHMAN, plays(57, 58, 60, 61)),
    ],
    "film-score": [
        ("no drum kit's backbeat", LEHMAN, lambda s: not backbeat(s)),
        ("strings", ADLER, plays(40, 41, 42, 48, 49)),
        ("mediants and borrowed chords", LEHMAN, lambda s: len(set(s.chords())) >= 6),
        ("quiet and loud sections", LEHMAN, quiet_sections),
        ("slow or moderate", LEHMAN, tempo(50, 112)),
    ],
    "horror": [
        ("slow", LEHMAN, tempo(40, 92)),
        ("minor, or without a mode", LEHMAN, is_minor),
        ("half of the chords are diminished or clash", LEHMAN, lambda s: uneasy(s) >= 0.3),
        ("no beat", LEHMAN, lambda s: not backbeat(s)),
        ("long notes", LEHMAN, pads_hold),
    ],
    "k-pop": [
        ("100 to 135 beats a minute", WIKIPEDIA, tempo(96, 138)),
        ("backbeat", WIKIPEDIA, backbeat),
        ("pre-choruses lead to choruses", WIKIPEDIA, has_kinds("prechorus", "chorus")),
        ("synthesizers", WIKIPEDIA, plays(81, 90, 62, 38, 39)),
        ("the last chorus is the largest", WIKIPEDIA, last_is_largest),
    ],
    "j-pop": [
        ("110 to 180 beats a minute", WIKIPEDIA, tempo(108, 184)),
        ("the royal road, IV V iii vi", WIKIPEDIA, royal_road),
        ("backbeat", WIKIPEDIA, backbeat),
        ("sevenths", WIKIPEDIA, lambda s: sevenths(s) >= 0.3),
        ("the last chorus is the largest", WIKIPEDIA, last_is_largest),
    ],
    "city-pop": [
        ("92 to 120 beats a minute", WIKIPEDIA, tempo(88, 122)),
        ("major sevenths and ninths", WIKIPEDIA, lambda s: sevenths(s) >= 0.7),
        ("backbeat", WIKIPEDIA, backbeat),
        ("electric piano", WIKIPEDIA, plays(4, 5)),
        ("a bass in sixteenths", WIKIPEDIA, sixteenths),
    ],
    "reggaeton": [
        ("86 to 102 beats a minute", MARSHALL, tempo(84, 104)),
        ("dembow: 3 + 3 + 2 of the snare", MARSHALL, dembow),
        ("kick on all four beats", MARSHALL, four_on_the_floor),
        ("minor", MARSHALL, is_minor),
        ("a short loop of chords", MARSHALL, lambda s: s.changes_a_bar() <= 1.0),
    ],
    "dancehall": [
        ("88 to 108 beats a minute", MANUEL, tempo(84, 110)),
        (
            "kick or snare in 3 + 3 + 2",
            MANUEL,
            lambda s: has(s.strokes("drums", (36, 37, 38, 39), REFRAINS), 1, 1.75, 2.5, least=0.7),
        ),
        ("a deep bass", MANUEL, sub),
        ("a riddim: the harmony hardly moves", MANUEL, moves_slowly),
        ("no backbeat of rock", MANUEL, lambda s: not backbeat(s)),
    ],
    "afrobeats": [
        ("96 to 116 beats a minute", MUSICRADAR, tempo(94, 118)),
        ("claves or rims in 3 + 3 + 4 + 2 + 4", MUSICRADAR, hits(1, 1.75, 2.5, of=(37, 39, 75))),
        ("shakers", MUSICRADAR, strikes(70, 69)),
        ("congas or other hand drums", MUSICRADAR, strikes(*CONGAS)),
        ("no rock backbeat", MUSICRADAR, lambda s: not backbeat(s)),
    ],
    "amapiano": [
        ("108 to 116 beats a minute", MUSICRADAR, tempo(106, 118)),
        ("a bass like a log drum, off the beat", MUSICRADAR, sixteenths),
        ("shakers all through", MUSICRADAR, strikes(70, 69)),
        ("sevenths and ninths on keys", MUSICRADAR, lambda s: sevenths(s) >= 0.6),
        ("long intros", MUSICRADAR, lambda s: s.lengths()[0] >= 8),
    ],
    "bossa-nova": [
        ("straight eighths, moderate", FARIA, lambda s: not swings(s) and tempo(104, 168)(s)),
        (
            "the rim has the bossa clave",
            FARIA,
            lambda s: share(s.strokes("drums", RIMS), lambda b: bool(b & on(2.5, 3.5))) >= 0.6,
        ),
        ("nylon guitar", FARIA, plays(24)),
        (
            "bass on one and three, with the eighth before",
            FARIA,
            lambda s: has(s.strokes("bass"), 1, 3, least=0.7),
        ),
        ("sevenths and ninths", FARIA, lambda s: sevenths(s) >= 0.8),
    ],
    "samba": [
        ("92 to 110 beats a minute, in sixteenths", FARIA, tempo(90, 112)),
        ("the surdo is heavier on two", FARIA, surdo),
        ("tamborim, agogo or rim", FARIA, strikes(67, 76, 37)),
        ("shakers and tambourine run", FARIA, strikes(70, 54)),
        ("nylon guitar or cavaquinho", FARIA, plays(24)),
    ],
    "salsa": [
        ("170 to 210 beats a minute", MAULEON, tempo(164, 216)),
        ("clave", MAULEON, strikes(75)),
        (
            "the bass anticipates: not on one, but on four and the eighth before three",
            MAULEON,
            lambda s: has(s.strokes("bass", (), REFRAINS), 2.5, 4, least=0.6),
        ),
        ("piano has a montuno", MAULEON, band("chords", 0, 1)),
        ("brass", MAULEON, plays(56, 57, 61)),
    ],
    "bachata": [
        ("108 to 140 beats a minute", MANUEL, tempo(104, 142)),
        ("bongos or guira run", MANUEL, strikes(60, 61, 73)),
        (
            "a guitar plays broken chords",
            MANUEL,
            lambda s: bool(s.programs("arpeggio") & {24, 25, 26, 27, 28}),
        ),
        ("bass on one, three and four", MANUEL, lambda s: has(s.strokes("bass"), 1, 3, 4, least=0.6)),
        ("triads", MANUEL, triads),
    ],
    "cumbia": [
        ("84 to 106 beats a minute", WIKIPEDIA, tempo(82, 108)),
        (
            "guiro in long and two short",
            WIKIPEDIA,
            lambda s: has(s.strokes("drums", (73,)), 1, 2, 3, 4, least=0.7),
        ),
        ("bass on one, three and four", WIKIPEDIA, lambda s: has(s.strokes("bass"), 1, 3, 4, least=0.6)),
        ("chords off the beat", WIKIPEDIA, comping_on(1.5, 2.5, 3.5, 4.5, least=0.5)),
        ("accordion, flute or clarinet", WIKIPEDIA, plays(21, 23, 73, 71, 75)),
    ],
    "tango": [
        ("no drums", LINK, drumless),
        ("bandoneon", LINK, plays(23)),
        ("minor", LINK, is_minor),
        ("bass marks the beats", LINK, lambda s: has(s.strokes("bass"), 1, 3, least=0.6)),
        ("112 to 136 beats a minute", LINK, tempo(108, 140)),
    ],
    "bolero": [
        ("slow: 66 to 100 beats a minute", WASHBURNE, tempo(64, 104)),
        ("bass on one, three and four", WASHBURNE, lambda s: has(s.strokes("bass"), 1, 3, 4, least=0.6)),
        ("bongos or maracas", WASHBURNE, strikes(60, 61, 70)),
        ("nylon guitar or piano", WASHBURNE, plays(24, 0)),
        ("sevenths", WASHBURNE, lambda s: sevenths(s) >= 0.4),
    ],
    "flamenco": [
        ("nylon guitar", WIKIPEDIA, plays(24)),
        ("minor or phrygian", WIKIPEDIA, is_minor),
        ("chords go down to the dominant: iv III II I of the phrygian", WIKIPEDIA, andalusian),
        ("handclaps or cajon, no snare", WIKIPEDIA, lambda s: not s.strokes("drums", (38,))),
        ("strummed or broken in sixteenths", WIKIPEDIA, repeats),
    ],
    "mariachi": [
        ("trumpets and violins", SHEEHY, lambda s: plays(56)(s) and plays(40, 48)(s)),
        ("no drums", SHEEHY, drumless),
        ("a guitar strums", SHEEHY, band("chords", 24, 25)),
        ("triads and dominant sevenths", SHEEHY, triads_and_dominants),
        ("bass on the beats", SHEEHY, lambda s: share(s.strokes("bass"), lambda bar: 0 in bar) >= 0.8),
    ],
    "gospel": [
        ("organ and piano", SHEARON, lambda s: plays(16, 17, 18)(s) and plays(0, 1)(s)),
        ("sevenths and passing chords", SHEARON, lambda s: sevenths(s) >= 0.5),
        ("a choir", SHEARON, plays(52, 53)),
        ("backbeat, often clapped", SHEARON, backbeat),
        ("the last refrain is the largest", SHEARON, last_is_largest),
    ],
    "worship": [
        ("66 to 84, or up to 140 beats a minute", WIKIPEDIA, tempo(64, 142)),
        ("pads lie under all", WIKIPEDIA, pads_hold),
        ("triads and added seconds", WIKIPEDIA, triads),
        ("begins quietly", WIKIPEDIA, quiet_start),
        ("the last refrain is the largest", WIKIPEDIA, last_is_largest),
    ],
    "r-and-b": [
        ("60 to 100 beats a minute", EVERETT, tempo(58, 104)),
        ("sevenths and ninths", EVERETT, lambda s: sevenths(s) >= 0.6),
        ("snare or clap on two and four", EVERETT, backbeat),
        ("electric piano", EVERETT, plays(4, 5)),
        ("the kick goes against the beat", EVERETT, not_four_on_the_floor),
    ],
    "neo-soul": [
        ("70 to 98 beats a minute", EVERETT, tempo(66, 100)),
        ("sevenths, ninths and more on nearly all chords", EVERETT, lambda s: sevenths(s) >= 0.8),
        ("snare on two and four", EVERETT, backbeat),
        ("electric piano", EVERETT, plays(4)),
        ("a sparse bass behind the beat", EVERETT, lambda s: s.density("bass") <= 6.5),
    ],
    "disco": [
        ("110 to 126 beats a minute", LAWRENCE, tempo(108, 128)),
        ("kick on all four beats", LAWRENCE, four_on_the_floor),
        ("open hats off the beat", LAWRENCE, hits(1.5, 2.5, 3.5, 4.5, of=HATS)),
        ("strings", LAWRENCE, plays(48, 49, 50)),
        ("a bass in octaves or sixteenths", LAWRENCE, lambda s: s.density("bass", REFRAINS) >= 6),
    ],
    "punk": [
        ("160 to 200 beats a minute", EASLEY, tempo(152, 208)),
        ("distorted guitars in power chords", EASLEY, lambda s: s.programs("chords") <= {29, 30}),
        ("backbeat", EASLEY, backbeat),
        (
            "short: two and a half minutes at most",
            EASLEY,
            lambda s: s.seconds <= 165,
        ),
        ("triads", EASLEY, triads),
    ],
    "indie": [
        ("100 to 140 beats a minute", EVERETT, tempo(96, 144)),
        ("clean or crunchy guitars", EVERETT, plays(27, 28, 29)),
        ("backbeat", EVERETT, backbeat),
        (
            "a guitar plays broken chords",
            EVERETT,
            lambda s: bool(s.programs("arpeggio") & {25, 26, 27, 28}),
        ),
        ("triads", EVERETT, lambda s: sevenths(s) <= 0.45),
    ],
    "shoegaze": [
        ("84 to 126 beats a minute", EVERETT, tempo(80, 130)),
        ("distorted guitars", EVERETT, lambda s: bool(s.programs("chords") & {29, 30})),
        ("pads or washes hold", EVERETT, pads_hold),
        ("backbeat", EVERETT, backbeat),
        ("harmony moves slowly", EVERETT, lambda s: s.changes_a_bar() <= 1.0),
    ],
    "post-rock": [
        ("70 to 124 beats a minute", EVERETT, tempo(66, 128)),
        (
            "long: five minutes or more",
            EVERETT,
            lambda s: s.seconds >= 280,
        ),
        ("begins quietly", EVERETT, quiet_sections),
        ("guitars in broken chords", EVERETT, lambda s: bool(s.programs("arpeggio") & {25, 26, 27, 28})),
        ("it grows", EVERETT, last_is_largest),
    ],
    "emo": [
        ("120 to 180 beats a minute", EVERETT, tempo(112, 184)),
        ("distorted or crunchy guitars", EVERETT, lambda s: bool(s.programs("chords") & {29, 30})),
        ("guitars pick", EVERETT, lambda s: bool(s.programs("arpeggio") & {25, 26, 27, 28})),
        ("backbeat", EVERETT, backbeat),
        ("quiet verses, loud refrains", EVERETT, refrain_is_busier),
    ],
    "trance": [
        ("130 to 142 beats a minute", SNOMAN, tempo(128, 144)),
        ("kick on all four beats", SNOMAN, four_on_the_floor),
        ("bass between the kicks", SNOMAN, offbeat_bass),
        ("arpeggios in sixteenths", SNOMAN, lambda s: s.density("arpeggio", REFRAINS) >= 8),
        ("a long breakdown", SNOMAN, has_breakdown),
    ],
    "uk-garage": [
        ("128 to 136 beats a minute", MUSICRADAR, tempo(126, 138)),
        (
            "two-step: no kick on three",
            MUSICRADAR,
            lambda s: lacks(s.strokes("drums", KICK, REFRAINS), 3, least=0.6),
        ),
        ("snare on two and four", MUSICRADAR, backbeat),
        ("swung sixteenths", MUSICRADAR, swung_sixteenths),
        ("sevenths on keys", MUSICRADAR, lambda s: sevenths(s) >= 0.5),
    ],
    "jungle": [
        ("158 to 172 beats a minute", CHRISTODOULOU, tempo(156, 174)),
        ("a broken beat", CHRISTODOULOU, not_four_on_the_floor),
        ("ghost strokes on the snare", CHRISTODOULOU, lambda s: s.density("drums", REFRAINS) >= 10),
        ("a dub bass, low and slow", CHRISTODOULOU, low_and_slow),
        ("minor", CHRISTODOULOU, is_minor),
    ],
    "breakbeat": [
        ("124 to 140 beats a minute", CHRISTODOULOU, tempo(122, 142)),
        ("a broken beat", CHRISTODOULOU, not_four_on_the_floor),
        ("snare on two and four", CHRISTODOULOU, backbeat),
        ("ghosts on the snare", CHRISTODOULOU, lambda s: s.density("drums", REFRAINS) >= 8),
        ("a breakdown", CHRISTODOULOU, has_breakdown),
    ],
    "hardstyle": [
        ("148 to 160 beats a minute", SNOMAN, tempo(146, 162)),
        ("kick on all four beats", SNOMAN, four_on_the_floor),
        (
            "bass after each kick",
            SNOMAN,
            lambda s: has(s.strokes("bass", (), REFRAINS), 1.5, 2.5, 3.5, 4.5, least=0.6),
        ),
        ("minor", SNOMAN, is_minor),
        ("builds lead into drops", SNOMAN, has_kinds("build", "drop")),
    ],
    "ska": [
        ("116 to 160 beats a minute", AUGUSTYN, tempo(112, 166)),
        ("chords between the beats", AUGUSTYN, comping_on(1.5, 2.5, 3.5, 4.5, least=0.7)),
        ("the bass walks", AUGUSTYN, lambda s: s.density("bass") >= 3.5),
        ("horns", AUGUSTYN, lead_is_one_of(56, 57, 61, 64, 65, 66, 67)),
        ("triads", AUGUSTYN, lambda s: sevenths(s) <= 0.45),
    ],
    "dub": [
        ("64 to 80 beats a minute", REGGAE, tempo(60, 84)),
        (
            "one drop or steppers",
            REGGAE,
            lambda s: has(s.strokes("drums", KICK, ("verse", "chorus")), 3, least=0.7),
        ),
        ("bass and drums alone for a while", REGGAE, bass_and_drums_alone),
        ("minor", REGGAE, is_minor),
        ("the harmony hardly moves", REGGAE, moves_slowly),
    ],
    "celtic": [
        (
            "fiddle, whistle, pipes or flute have the tune",
            CELTIC,
            lead_is_one_of(40, 73, 74, 78, 109, 21, 23),
        ),
        ("tunes run in eighths", CELTIC, lambda s: s.density("lead") >= 4.5),
        ("parts of eight bars", CELTIC, bars_of(8, 16, 32, 4, least=0.9)),
        (
            "major, dorian or mixolydian",
            CELTIC,
            lambda s: any(m in s.song.key for m in ("major", "dorian", "mixolydian")),
        ),
        ("triads", CELTIC, triads),
    ],
    "klezmer": [
        ("clarinet or violin", NETSKY, lead_is_one_of(71, 40, 41, 73)),
        ("minor, or freygish", NETSKY, is_minor),
        ("bass and chords in turn", NETSKY, two_in_a_bar),
        ("108 to 160 beats a minute", NETSKY, tempo(100, 168)),
        ("triads", NETSKY, triads),
    ],
    "bluegrass": [
        ("no drums", ROSENBERG, drumless),
        ("a banjo rolls", ROSENBERG, lambda s: plays(105)(s) and s.density("arpeggio") >= 7),
        ("fast: 110 to 160 beats a minute", ROSENBERG, tempo(108, 168)),
        (
            "bass between root and fifth",
            ROSENBERG,
            lambda s: has(s.strokes("bass"), 1, 3, least=0.6) and s.density("bass") <= 4.5,
        ),
        ("solos go round", ROSENBERG, has_solos),
    ],
    "big-band": [
        ("swing", LEVINE, swings),
        ("brass and saxophones", ADLER, lambda s: plays(56, 57, 61)(s) and plays(64, 65, 66, 67)(s)),
        ("the bass walks", LEVINE, walks),
        ("sevenths and more", LEVINE, lambda s: sevenths(s) >= 0.7),
        ("solos", LEVINE, has_solos),
    ],
    "bebop": [
        ("fast: 180 to 260 beats a minute", LEVINE, tempo(176, 264)),
        ("swing", LEVINE, swings),
        ("the bass walks", LEVINE, walks),
        ("sevenths and more", LEVINE, lambda s: sevenths(s) >= 0.8),
        ("tunes run in eighths", LEVINE, lambda s: s.density("lead") >= 4.0),
    ],
    "gypsy-jazz": [
        ("no drums", LEVINE, drumless),
        ("guitars strum all four beats", LEVINE, comping_on(1, 2, 3, 4)),
        ("violin, guitar, clarinet or accordion", LEVINE, lead_is_one_of(40, 24, 25, 26, 71, 21)),
        ("sixths and sevenths", LEVINE, lambda s: sixths(s) >= 0.5),
        ("swing", LEVINE, lambda s: float(s.song.grid.tempo_bpm) >= 150 or swings(s)),
    ],
    "ragtime": [
        (
            "a piano alone",
            BERLIN,
            lambda s: {p for r in ("lead", "chords", "bass") for p in s.programs(r)} <= {0, 1, 3},
        ),
        ("bass and chords in turn", BERLIN, two_in_a_bar),
        (
            "a syncopated tune",
            BERLIN,
            lambda s: share(s.strokes("lead"), lambda bar: any(p % 12 in (3, 9) for p in bar)) >= 0.35,
        ),
        ("strains of 8 and 16 bars", BERLIN, bars_of(4, 8, 16, 32)),
        ("not fast", BERLIN, tempo(72, 116)),
    ],
    "boogie-woogie": [
        ("a piano", SILVESTER, plays(0, 1, 3)),
        (
            "choruses of twelve bars",
            SILVESTER,
            lambda s: all(n % 12 == 0 for n in s.lengths(("verse", "solo", "chorus"))),
        ),
        ("a left hand in eighths", SILVESTER, lambda s: s.density("bass") >= 6),
        ("dominant sevenths", SILVESTER, dominants),
        ("140 to 184 beats a minute", SILVESTER, tempo(132, 190)),
    ],
    "march": [
        ("106 to 124 beats a minute", WIKIPEDIA, tempo(100, 128)),
        ("bass and chords in turn", WIKIPEDIA, two_in_a_bar),
        ("brass", WIKIPEDIA, plays(56, 57, 58, 60, 61)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("a snare drum", WIKIPEDIA, strikes(38)),
    ],
    "polka": [
        ("104 to 132 beats a minute", WIKIPEDIA, tempo(100, 136)),
        ("bass and chords in turn", WIKIPEDIA, two_in_a_bar),
        ("accordion or clarinet", WIKIPEDIA, lead_is_one_of(21, 23, 71, 56)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("strains of 8 and 16 bars", WIKIPEDIA, bars_of(4, 8, 16, 32)),
    ],
    "baroque": [
        ("no drums", QUANTZ, drumless),
        ("harpsichord", QUANTZ, plays(6)),
        ("the bass moves in quarters or eighths", QUANTZ, lambda s: s.density("bass") >= 2.5),
        ("triads, dominant and secondary sevenths", QUANTZ, lambda s: sevenths(s) <= 0.5),
        ("melodies run", QUANTZ, lambda s: s.density("lead") + s.density("arpeggio") >= 5),
    ],
    "lullaby": [
        ("slow: 56 to 84 beats a minute", WIKIPEDIA, tempo(52, 88)),
        (
            "three or six in a bar, mostly",
            WIKIPEDIA,
            lambda s: three(s) or s.song.meter.is_compound,
        ),
        ("no drums", WIKIPEDIA, drumless),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("soft throughout", WIKIPEDIA, lambda s: max(v.music.energy for v in s.song.visits) <= 0.6),
    ],
    "chiptune": [
        ("square waves", COLLINS, lambda s: s.programs("lead") <= {80, 81}),
        ("fast arpeggios", COLLINS, lambda s: s.density("arpeggio") >= 7),
        ("120 to 180 beats a minute", COLLINS, tempo(116, 184)),
        ("a synthetic bass", COLLINS, band("bass", 38, 39, 80)),
        ("straight", COLLINS, lambda s: not swings(s)),
    ],
    "drone": [
        ("no drums", REICH, drumless),
        ("harmony that hardly moves", REICH, lambda s: roots_a_bar(s) <= 0.2),
        ("long notes", REICH, pads_hold),
        ("slow", REICH, tempo(36, 72)),
        ("soft throughout", REICH, lambda s: max(v.music.energy for v in s.song.visits) <= 0.6),
    ],
    "minimal-music": [
        ("no drum kit", REICH, lambda s: not backbeat(s)),
        ("broken figures repeat", REICH, repeats),
        ("harmony moves slowly", REICH, moves_slowly),
        ("mallets, piano or organ", REICH, plays(0, 11, 12, 13, 16)),
        ("an even pulse", REICH, lambda s: not swings(s)),
    ],
    "electro-swing": [
        ("118 to 130 beats a minute", SNOMAN, tempo(114, 134)),
        ("kick on all four beats", SNOMAN, four_on_the_floor),
        ("swing", SNOMAN, swings),
        ("brass or clarinet", SNOMAN, plays(56, 57, 59, 61, 71)),
        ("sixths and sevenths", SNOMAN, lambda s: sixths(s) >= 0.4),
    ],
    "arabic-pop": [
        ("90 to 126 beats a minute", WIKIPEDIA, tempo(86, 130)),
        ("minor or phrygian", WIKIPEDIA, is_minor),
        ("hand drums", WIKIPEDIA, strikes(60, 61, 63, 64, 54)),
        ("violins, oud or flute", WIKIPEDIA, plays(24, 40, 48, 73, 77)),
        ("the harmony hardly moves", WIKIPEDIA, lambda s: s.changes_a_bar() <= 0.8),
    ],
    "bollywood": [
        ("90 to 132 beats a minute", WIKIPEDIA, tempo(86, 136)),
        ("strings", WIKIPEDIA, plays(48, 49, 40)),
        ("hand drums", WIKIPEDIA, strikes(60, 61, 63, 64)),
        ("sitar or flute", WIKIPEDIA, plays(104, 73, 75)),
        ("a refrain comes twice or more", WIKIPEDIA, lambda s: len(s.visits(REFRAINS)) >= 2),
    ],
    "schlager": [
        ("114 to 138 beats a minute", WIKIPEDIA, tempo(114, 138)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("triads and dominants", WIKIPEDIA, triads_and_dominants),
        ("a kick on all four beats, as for a disco fox", WIKIPEDIA, four_on_the_floor),
        ("the last refrain goes up a step", WIKIPEDIA, lifted),
    ],
    "chanson": [
        ("accordion, violin or clarinet", WIKIPEDIA, lead_is_one_of(21, 22, 40, 71)),
        ("a plucked double bass", WIKIPEDIA, band("bass", 32)),
        ("guitar or piano", WIKIPEDIA, plays(0, 1, 24, 25)),
        ("slower than a dance: 84 to 136 beats a minute", WIKIPEDIA, tempo(84, 136)),
        ("drums, if any, are brushed and have no backbeat", WIKIPEDIA, lambda s: not backbeat(s)),
    ],
    "musette": [
        ("three in a bar", WIKIPEDIA, three),
        ("144 to 190 beats a minute", WIKIPEDIA, tempo(144, 190)),
        ("accordion", WIKIPEDIA, plays(21, 23)),
        ("bass and chords in turn", WIKIPEDIA, lambda s: has(s.strokes("chords"), 2, 3, least=0.6)),
        ("a plucked double bass", WIKIPEDIA, band("bass", 32)),
    ],
    "medieval": [
        ("no dominant sevenths", WIKIPEDIA, lambda s: sevenths(s) <= 0.05),
        ("recorder, shawm, bagpipe or fiddle", WIKIPEDIA, lead_is_one_of(68, 69, 74, 75, 78, 109, 110, 40)),
        ("no drum kit with a backbeat", WIKIPEDIA, lambda s: not backbeat(s)),
        ("lute or harp", WIKIPEDIA, plays(24, 25, 46, 15)),
        ("the bass holds, as a drone does", WIKIPEDIA, lambda s: s.density("bass") <= 2.5),
    ],
    "afrobeat": [
        ("100 to 128 beats a minute", WIKIPEDIA, tempo(100, 128)),
        ("a vamp: the harmony hardly moves", WIKIPEDIA, lambda s: s.changes_a_bar() <= 0.6),
        ("horns", WIKIPEDIA, plays(56, 57, 61, 65, 66)),
        ("muted and plucked guitars", WIKIPEDIA, plays(27, 28)),
        ("long: four minutes or more", WIKIPEDIA, lambda s: s.seconds >= 215),
    ],
    "zouk": [
        ("84 to 108 beats a minute", WIKIPEDIA, tempo(84, 108)),
        ("no kick on all four beats alone", WIKIPEDIA, lambda s: not swings(s)),
        ("synthesizer or electric piano", WIKIPEDIA, plays(4, 5, 50, 51, 80, 81, 82, 87, 89, 90)),
        ("three, three and two in bass or drums", WIKIPEDIA, tresillo),
        ("guitar or synthesizer in broken chords", WIKIPEDIA, lambda s: s.density("arpeggio") > 0),
    ],
    "hyperpop": [
        ("140 to 176 beats a minute", WIKIPEDIA, tempo(140, 176)),
        ("major, mostly", WIKIPEDIA, lambda s: not is_minor(s)),
        ("synthesizers", WIKIPEDIA, plays(80, 81, 90, 62, 38, 39)),
        ("a synthetic bass", WIKIPEDIA, band("bass", 38, 39)),
        ("short: hardly over three minutes", WIKIPEDIA, lambda s: s.seconds <= 200),
    ],
    "doo-wop": [
        ("slow: 58 to 88 beats a minute", WIKIPEDIA, tempo(58, 88)),
        ("triplets: a compound metre", WIKIPEDIA, lambda s: s.song.meter.is_compound),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        (
            "the piano strikes all eighths of a refrain",
            WIKIPEDIA,
            lambda s: s.density("chords", REFRAINS) >= 5,
        ),
        ("voices hold behind the tune", WIKIPEDIA, plays(52, 53, 54, 91)),
    ],
    "hymn": [
        ("no drums", WIKIPEDIA, drumless),
        ("an organ", WIKIPEDIA, plays(16, 17, 19, 20)),
        ("slow: 68 to 100 beats a minute", WIKIPEDIA, tempo(68, 100)),
        ("strains of 4, 8 and 16 bars, mostly", WIKIPEDIA, bars_of(2, 4, 8, 12, 16, least=0.7)),
        ("chords change twice a bar, mostly", WIKIPEDIA, lambda s: s.changes_a_bar() >= 0.9),
    ],
    "latin-jazz": [
        ("100 to 152 beats a minute", WIKIPEDIA, tempo(100, 152)),
        ("straight", WIKIPEDIA, lambda s: not swings(s)),
        ("claves, congas or timbales", WIKIPEDIA, strikes(*CONGAS, *CLAVES)),
        ("sevenths", WIKIPEDIA, lambda s: sevenths(s) >= 0.6),
        ("solos", WIKIPEDIA, has_solos),
    ],
    "spaghetti-western": [
        ("minor", WIKIPEDIA, is_minor),
        (
            "twanging guitar, whistle, harmonica or trumpet",
            WIKIPEDIA,
            lead_is_one_of(26, 27, 78, 22, 56, 79, 25),
        ),
        ("triads", WIKIPEDIA, triads),
        ("84 to 122 beats a minute", WIKIPEDIA, tempo(84, 122)),
        ("it grows from a quiet start", WIKIPEDIA, quiet_sections),
    ],
    "nursery": [
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("triads and dominants", WIKIPEDIA, triads_and_dominants),
        ("short: under two and a half minutes, mostly", WIKIPEDIA, lambda s: s.seconds <= 150),
        ("strains of 4, 8 and 16 bars, mostly", WIKIPEDIA, bars_of(2, 4, 8, 12, 16, least=0.7)),
        ("ukulele, guitar, bells or recorder", WIKIPEDIA, plays(24, 25, 9, 10, 13, 74)),
    ],
    "indie-folk": [
        ("acoustic guitars", WIKIPEDIA, plays(24, 25)),
        ("loud refrains after quiet verses", WIKIPEDIA, quiet_sections),
        ("no kick on all four beats in the verses", WIKIPEDIA, lambda s: not swings(s)),
        ("picked guitar or banjo", WIKIPEDIA, band("arpeggio", 24, 25, 105)),
        ("72 to 128 beats a minute", WIKIPEDIA, tempo(72, 128)),
    ],
    "alpine": [
        ("bass and chords in turn", WIKIPEDIA, lambda s: three(s) or two_in_a_bar(s)),
        ("a plucked double bass", WIKIPEDIA, band("bass", 32)),
        ("zither, dulcimer or harp", WIKIPEDIA, plays(15, 46, 24, 107)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        ("triads and dominants", WIKIPEDIA, triads_and_dominants),
    ],
    "ye-ye": [
        ("120 to 156 beats a minute", WIKIPEDIA, tempo(120, 156)),
        ("a combo organ", WIKIPEDIA, plays(16, 17, 18, 20)),
        ("a backbeat", WIKIPEDIA, backbeat),
        ("short: hardly over three minutes", WIKIPEDIA, lambda s: s.seconds <= 200),
        ("triads and dominants", WIKIPEDIA, triads_and_dominants),
    ],
    "psychedelic-rock": [
        ("80 to 124 beats a minute", WIKIPEDIA, tempo(80, 124)),
        ("sitar, organ or echoing guitars", WIKIPEDIA, plays(104, 16, 17, 18, 27)),
        ("distorted guitars", WIKIPEDIA, plays(29, 30)),
        ("dominants are rare", WIKIPEDIA, lambda s: sevenths(s) <= 0.2),
        ("acoustic drums that are no disco", WIKIPEDIA, not_four_on_the_floor),
    ],
}
