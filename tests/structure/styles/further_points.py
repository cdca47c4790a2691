"""Five points for each of the styles that came last, written before the styles were."""

from __future__ import annotations

from tests.structure.styles.listening import REFRAINS, has
from tests.structure.styles.points import (
    EVERETT,
    backbeat,
    bars_of,
    is_minor,
    pads_hold,
    sevenths,
    tempo,
    three,
    triads,
)
from tests.structure.styles.world_points import (
    MANUEL,
    WIKIPEDIA,
    Facts,
    plays,
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
}
