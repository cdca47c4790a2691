"""Five points for each of the styles that came last, written before the styles were."""

from __future__ import annotations

from tests.structure.styles.listening import REFRAINS, has, lacks
from tests.structure.styles.points import (
    EVERETT,
    backbeat,
    band,
    bars_of,
    drumless,
    four_on_the_floor,
    is_minor,
    lead_is_one_of,
    pads_hold,
    sevenths,
    sub,
    tempo,
    three,
    triads,
)
from tests.structure.styles.world_points import (
    MANUEL,
    MAULEON,
    WIKIPEDIA,
    Facts,
    hits,
    moves_slowly,
    plays,
    strikes,
    swung_sixteenths,
    triads_and_dominants,
    two_in_a_bar,
)

FURTHER: dict[str, Facts] = {
    "vaporwave": [
        ("slow: 58 to 84 beats a minute", WIKIPEDIA, tempo(58, 84)),
        ("major sevenths and ninths", WIKIPEDIA, lambda s: sevenths(s) >= 0.7),
        ("electric piano or saxophone of the eighties", WIKIPEDIA, plays(4, 5, 65, 66)),
        ("washes hold", WIKIPEDIA, pads_hold),
        ("a short loop of chords", WIKIPEDIA, lambda s: s.changes_a_bar() <= 1.0),
    ],
    "new-wave": [
        ("116 to 160 beats a minute", EVERETT, tempo(116, 160)),
        ("the bass drives in eighths", EVERETT, lambda s: s.density("bass", REFRAINS) >= 6),
        ("synthesizers beside guitars", EVERETT, lambda s: plays(50, 62, 80, 81, 90)(s) and plays(27)(s)),
        ("a dry backbeat", EVERETT, backbeat),
        ("triads", EVERETT, triads),
    ],
    "darkwave": [
        ("96 to 138 beats a minute", WIKIPEDIA, tempo(96, 138)),
        ("minor", WIKIPEDIA, is_minor),
        ("a backbeat of a drum machine that is no disco", WIKIPEDIA, backbeat),
        ("a bass line of its own in eighths", WIKIPEDIA, lambda s: s.density("bass", REFRAINS) >= 6),
        ("cold synthesized strings hold", WIKIPEDIA, lambda s: plays(50, 54)(s) and pads_hold(s)),
    ],
    "merengue": [
        ("120 to 160 beats a minute, two to an old bar", MANUEL, tempo(118, 160)),
        (
            "the scraper gallops: one, two and, three, four and",
            MANUEL,
            lambda s: has(s.strokes("drums", (73,), REFRAINS), 1, 1.5, 1.75, 2, 2.5, 2.75, least=0.7),
        ),
        (
            "the tambora rolls into each half of the bar",
            MANUEL,
            lambda s: has(s.strokes("drums", (64,), REFRAINS), 4.5, 4.75, least=0.7),
        ),
        ("the bass is on the beats", MANUEL, lambda s: has(s.strokes("bass"), 1, 2, 3, least=0.6)),
        ("brass, saxophone or accordion", MANUEL, plays(56, 61, 65, 21)),
    ],
    "corrido": [
        ("two or three in a bar", WIKIPEDIA, lambda s: s.song.meter.beats_per_bar in (2, 3)),
        ("an accordion tells the tune", WIKIPEDIA, plays(21)),
        ("triads and dominant sevenths", WIKIPEDIA, triads_and_dominants),
        ("bass and strummed strings in turn", WIKIPEDIA, lambda s: three(s) or two_in_a_bar(s)),
        ("strophes of 8 and 16 bars", WIKIPEDIA, bars_of(8, 16, 24, 32, kinds=("verse",))),
    ],
    "highlife": [
        ("100 to 130 beats a minute", WIKIPEDIA, tempo(100, 130)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        (
            "a bell in three, three, four, two and four",
            WIKIPEDIA,
            hits(1, 1.75, 2.5, 3.5, 4, of=(67, 75, 37)),
        ),
        (
            "two guitars, one of them in broken chords",
            WIKIPEDIA,
            lambda s: band("chords", 27, 28)(s) and band("arpeggio", 27, 28)(s),
        ),
        ("triads and dominant sevenths", WIKIPEDIA, triads_and_dominants),
    ],
    "rai": [
        ("90 to 118 beats a minute", WIKIPEDIA, tempo(90, 118)),
        ("minor or phrygian", WIKIPEDIA, is_minor),
        ("low drums in three, three and on", WIKIPEDIA, hits(1, 1.75, 2.5, of=(36, 64))),
        ("hand drums", WIKIPEDIA, strikes(60, 61, 63, 64, 54)),
        (
            "synthesizer, accordion or trumpet",
            WIKIPEDIA,
            lambda s: bool(s.programs("lead") & {81, 80, 21, 56}),
        ),
    ],
    "circus": [
        ("130 beats a minute and more", WIKIPEDIA, tempo(130, 168)),
        ("two in a bar, or three", WIKIPEDIA, lambda s: s.song.meter.beats_per_bar in (2, 3)),
        ("bass and chords in turn", WIKIPEDIA, lambda s: three(s) or two_in_a_bar(s)),
        ("brass, and a snare drum", WIKIPEDIA, lambda s: plays(56, 57, 58, 60, 61)(s) and strikes(38)(s)),
        ("the tune runs", WIKIPEDIA, lambda s: s.density("lead") / float(s.bar) >= 1.6),
    ],
    "fanfare": [
        ("short: a minute at most", WIKIPEDIA, lambda s: s.seconds <= 60),
        ("trumpets call", WIKIPEDIA, band("lead", 56)),
        (
            "all are brass",
            WIKIPEDIA,
            lambda s: (
                {p for r in ("lead", "chords", "pad", "bass") for p in s.programs(r)}
                <= {56, 57, 58, 60, 61}
            ),
        ),
        (
            "timpani, and no hi-hat",
            WIKIPEDIA,
            lambda s: strikes(41)(s) and not s.strokes("drums", (42, 44, 46)),
        ),
        ("triads", WIKIPEDIA, triads),
    ],
    "cabaret": [
        ("bass and chords in turn", WIKIPEDIA, two_in_a_bar),
        ("an upright piano", WIKIPEDIA, plays(0, 1, 3)),
        ("clarinet, muted trumpet, violin or saxophone", WIKIPEDIA, lead_is_one_of(71, 56, 59, 40, 65)),
        (
            "dominants of dominants",
            WIKIPEDIA,
            lambda s: sum("7" in c and "maj" not in c for c in s.chords()) / len(s.chords()) >= 0.25,
        ),
        (
            "no backbeat of rock, and a swing",
            WIKIPEDIA,
            lambda s: float(s.song.style.swing.first_share) > 0.5,
        ),
    ],
    "mambo": [
        ("164 to 212 beats a minute", MAULEON, tempo(164, 212)),
        ("a bell on all beats", MAULEON, hits(1, 2, 3, 4, of=(56,))),
        (
            "the bass anticipates",
            MAULEON,
            lambda s: has(s.strokes("bass", (), REFRAINS), 2.5, 4, least=0.6),
        ),
        (
            "saxophones in broken chords against trumpets",
            MAULEON,
            lambda s: band("arpeggio", 67)(s) and band("lead", 56)(s),
        ),
        ("triads and dominant sevenths", MAULEON, triads_and_dominants),
    ],
    "cha-cha": [
        ("108 to 132 beats a minute", MAULEON, tempo(108, 132)),
        ("a bell on all four beats", MAULEON, hits(1, 2, 3, 4, of=(56,))),
        ("the scraper has a long stroke and two short ones", MAULEON, hits(1, 2, 2.5, 3, 4, 4.5, of=(73,))),
        ("conga on four and after it", MAULEON, hits(4, 4.5, of=(64,), least=0.4)),
        ("flute, violins or trumpet", MAULEON, lead_is_one_of(72, 73, 40, 56)),
    ],
    "son": [
        ("clave", MAULEON, strikes(75)),
        ("bongos and maracas", MAULEON, lambda s: strikes(60, 61)(s) and strikes(70)(s)),
        (
            "the bass anticipates",
            MAULEON,
            lambda s: has(s.strokes("bass", (), REFRAINS), 2.5, 4, least=0.6),
        ),
        ("a tres, or another guitar, in broken chords", MAULEON, band("arpeggio", 24, 25)),
        ("no piano", MAULEON, lambda s: not plays(0, 1)(s)),
    ],
    "calypso": [
        ("90 to 124 beats a minute", MANUEL, tempo(90, 124)),
        ("major", MANUEL, lambda s: not is_minor(s)),
        ("steel pans have the tune", MANUEL, band("lead", 114)),
        ("triads and dominant sevenths", MANUEL, triads_and_dominants),
        ("iron, bell or shaker runs", MANUEL, strikes(56, 70, 76)),
    ],
    "soca": [
        ("116 to 162 beats a minute", MANUEL, tempo(116, 162)),
        ("kick on all four beats", MANUEL, four_on_the_floor),
        ("snares between, in three and three", MANUEL, hits(1.75, 2.5, of=(38, 37))),
        ("iron or a bell", MANUEL, strikes(56)),
        ("brass or a synthesizer has the tune", MANUEL, lead_is_one_of(56, 61, 81)),
    ],
    "soukous": [
        ("120 to 150 beats a minute", WIKIPEDIA, tempo(120, 150)),
        ("major", WIKIPEDIA, lambda s: not is_minor(s)),
        (
            "guitars in sixteenths",
            WIKIPEDIA,
            lambda s: band("arpeggio", 27)(s) and s.density("arpeggio") >= 7,
        ),
        (
            "the snare or the rim rolls in three and three",
            WIKIPEDIA,
            hits(1.75, 2.5, of=(37, 38), least=0.5),
        ),
        ("a guitar or a saxophone has the tune", WIKIPEDIA, lead_is_one_of(27, 65, 56)),
    ],
    "zamba": [
        ("six eighths in a bar", WIKIPEDIA, lambda s: s.song.meter.is_compound),
        (
            "slow: 50 to 74 dotted quarters a minute",
            WIKIPEDIA,
            lambda s: 50 <= float(s.song.grid.tempo_bpm) <= 74,
        ),
        (
            "the bass counts in three where the tune counts in two",
            WIKIPEDIA,
            lambda s: has(s.strokes("bass", (), REFRAINS), 2, 3, least=0.6),
        ),
        (
            "a deep drum, and sticks on its rim",
            WIKIPEDIA,
            lambda s: strikes(36)(s) and strikes(76)(s) and not backbeat(s),
        ),
        ("nylon guitars", WIKIPEDIA, lambda s: band("chords", 24)(s) and band("arpeggio", 24)(s)),
    ],
    "joropo": [
        ("three in a bar", WIKIPEDIA, three),
        ("fast: 150 to 200 beats a minute", WIKIPEDIA, tempo(150, 200)),
        ("harp", WIKIPEDIA, plays(46)),
        (
            "maracas, and no kit but for the last stroke",
            WIKIPEDIA,
            lambda s: strikes(70)(s) and len(s.strokes("drums", (36, 38, 42))) <= 1,
        ),
        (
            "the bass leaves out the second beat",
            WIKIPEDIA,
            lambda s: lacks(s.strokes("bass", (), REFRAINS), 2, least=0.7),
        ),
    ],
    "fado": [
        ("no drums", WIKIPEDIA, drumless),
        ("slow or moderate: 64 to 104 beats a minute", WIKIPEDIA, tempo(64, 104)),
        ("a Portuguese guitar and a nylon guitar", WIKIPEDIA, lambda s: plays(25)(s) and plays(24)(s)),
        ("minor", WIKIPEDIA, is_minor),
        ("triads and dominant sevenths", WIKIPEDIA, triads_and_dominants),
    ],
    "forro": [
        ("96 to 126 beats a minute", WIKIPEDIA, tempo(96, 126)),
        ("a deep drum on one and on the last sixteenth of it", WIKIPEDIA, hits(1, 3, of=(36,), least=0.8)),
        ("a triangle, open between the beats", WIKIPEDIA, hits(1.5, 2.5, 3.5, 4.5, of=(81,))),
        ("accordion", WIKIPEDIA, plays(21)),
        (
            "the bass goes with the drum",
            WIKIPEDIA,
            lambda s: has(s.strokes("bass", (), REFRAINS), 1, 1.75, 3, 3.75, least=0.6),
        ),
    ],
    "industrial": [
        ("96 to 136 beats a minute", WIKIPEDIA, tempo(96, 136)),
        ("minor or phrygian", WIKIPEDIA, is_minor),
        ("distorted guitars", WIKIPEDIA, lambda s: bool(s.programs("chords") & {29, 30})),
        (
            "a synthesizer has the bass, in sixteenths",
            WIKIPEDIA,
            lambda s: sub(s) and s.density("bass", REFRAINS) >= 7,
        ),
        ("the harmony hardly moves", WIKIPEDIA, moves_slowly),
    ],
    "slowcore": [
        ("very slow: 50 to 78 beats a minute", WIKIPEDIA, tempo(50, 78)),
        ("clean guitars", WIKIPEDIA, lambda s: s.programs("chords") <= {26, 27}),
        ("soft throughout", WIKIPEDIA, lambda s: max(v.music.energy for v in s.song.visits) <= 0.7),
        ("harmony moves slowly", WIKIPEDIA, lambda s: s.changes_a_bar() <= 0.8),
        ("the bass is sparse", WIKIPEDIA, lambda s: s.density("bass") <= 3.5),
    ],
    "rebetiko": [
        ("bouzouki has the tune", WIKIPEDIA, lead_is_one_of(25, 40, 21)),
        ("minor or phrygian", WIKIPEDIA, is_minor),
        (
            "bass on one and three, chords on two and four",
            WIKIPEDIA,
            lambda s: has(s.strokes("bass"), 1, 3, least=0.6) and has(s.strokes("chords"), 2, 4, least=0.5),
        ),
        (
            "no kit: no snare, no kick",
            WIKIPEDIA,
            lambda s: not has(s.strokes("drums", (38,)), 2, 4, least=0.5),
        ),
        ("68 to 134 beats a minute", WIKIPEDIA, tempo(68, 134)),
    ],
    "bhangra": [
        ("90 to 114 beats a minute", WIKIPEDIA, tempo(90, 114)),
        ("the dhol swings its sixteenths", WIKIPEDIA, swung_sixteenths),
        ("hand drums run", WIKIPEDIA, lambda s: strikes(63)(s) and s.density("drums", REFRAINS) >= 9),
        (
            "a plucked string repeats",
            WIKIPEDIA,
            lambda s: band("arpeggio", 104)(s) and s.density("arpeggio") >= 6,
        ),
        ("harmony hardly moves", WIKIPEDIA, moves_slowly),
    ],
    "balkan-brass": [
        ("110 to 170 beats a minute", WIKIPEDIA, tempo(110, 170)),
        ("trumpets, and a clarinet or saxophone", WIKIPEDIA, lead_is_one_of(56, 71, 65)),
        ("a tuba has the bass", WIKIPEDIA, band("bass", 58)),
        ("chords off the beat", WIKIPEDIA, two_in_a_bar),
        ("minor or phrygian", WIKIPEDIA, is_minor),
    ],
    "csardas": [
        ("no drums", WIKIPEDIA, drumless),
        ("a violin leads", WIKIPEDIA, band("lead", 40)),
        ("cimbalom", WIKIPEDIA, plays(15)),
        ("chords off the beat", WIKIPEDIA, two_in_a_bar),
        ("fast: 116 to 176 beats a minute", WIKIPEDIA, tempo(116, 176)),
    ],
    "gnawa": [
        ("minor or dorian", WIKIPEDIA, is_minor),
        ("iron castanets gallop", WIKIPEDIA, strikes(69)),
        (
            "the bass has the moving line",
            WIKIPEDIA,
            lambda s: s.density("bass", REFRAINS) / float(s.bar) >= 1.2,
        ),
        ("harmony hardly moves", WIKIPEDIA, moves_slowly),
        ("no kit but for the last stroke", WIKIPEDIA, lambda s: len(s.strokes("drums", (38,))) <= 1),
    ],
}
