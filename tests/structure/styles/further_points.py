"""Five points for each of the styles that came last, written before the styles were."""

from __future__ import annotations

from tests.structure.styles.listening import REFRAINS, has
from tests.structure.styles.points import (
    EVERETT,
    backbeat,
    band,
    bars_of,
    is_minor,
    lead_is_one_of,
    pads_hold,
    sevenths,
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
    plays,
    strikes,
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
        ("timpani and no backbeat", WIKIPEDIA, lambda s: strikes(41)(s) and not backbeat(s)),
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
}
