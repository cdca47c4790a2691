"""Five points a style, as those who know it would say them: a fact, its source, and how it is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from structure.harmony.keys import parse_key
from tests.structure.styles.listening import (
    HATS,
    KICK,
    REFRAINS,
    SNARE,
    Heard,
    has,
    lacks,
    on,
    rests_of,
    share,
)


@dataclass(frozen=True)
class Point:
    """One fact about a style. ``holds`` hears whether a song has it."""

    style: str
    fact: str
    source: str
    holds: Callable[[Heard], bool]


def tempo(low: float, high: float) -> Callable[[Heard], bool]:
    """Tell whether the tempo is in a range."""
    return lambda song: low <= song.tempo <= high


def lead_is_one_of(*programs: int) -> Callable[[Heard], bool]:
    """Tell whether all melodies are played by some instruments."""
    return lambda song: song.programs("lead") <= set(programs)


def band(role: str, *programs: int) -> Callable[[Heard], bool]:
    """Tell whether a role has one of some instruments."""
    return lambda song: bool(song.programs(role) & set(programs))


def four_on_the_floor(song: Heard) -> bool:
    return has(song.strokes("drums", KICK, REFRAINS), 1, 2, 3, 4)


def backbeat(song: Heard) -> bool:
    return has(song.strokes("drums", SNARE, REFRAINS, fills=False), 2, 4)


def swings(song: Heard) -> bool:
    """Second eighths fall on the last third of the beat."""
    bars = song.strokes("drums") + song.strokes("bass")
    late = sum(p % 12 == 8 for bar in bars for p in bar)
    return late > 4 * sum(p % 12 == 6 for bar in bars for p in bar)


def is_minor(song: Heard) -> bool:
    return parse_key(song.song.key).is_minor


def sevenths(song: Heard) -> float:
    chords = song.chords()
    return sum(any(sign in chord for sign in "79") for chord in chords) / len(chords)


def bars_of(*allowed: int, kinds: tuple[str, ...] = (), least: float = 1.0) -> Callable[[Heard], bool]:
    """Tell whether sections have one of some lengths."""

    def holds(song: Heard) -> bool:
        lengths = song.lengths(kinds)
        return bool(lengths) and sum(n in allowed for n in lengths) / len(lengths) >= least

    return holds


def refrain_is_busier(song: Heard) -> bool:
    chorus, verse = song.density("drums", REFRAINS), song.density("drums", ("verse",))
    return chorus > verse


def aab(song: Heard) -> bool:
    """The second line of a verse has the rhythm of the first, and the third another one."""
    marks = []
    for visit in song.visits(("verse",)):
        if visit.music.score.bars == 12:
            lines = [set(), set(), set()]
            for note in song.notes(visit, "lead"):
                line, at = divmod(note.onset, 4 * song.bar)
                if line < 3 and at < 2 * song.bar:
                    lines[int(line)].add(round(float(at) * 2))
            first, second, third = lines
            same = len(first & second) / max(1, len(first | second))
            other = len(first & third) / max(1, len(first | third))
            marks.append(same >= 0.6 and other < same)
    return bool(marks) and all(marks)


def blue_notes(song: Heard) -> bool:
    """The melody has the third of the minor over major chords, or the flat fifth."""
    root = parse_key(song.song.key).root
    blue = every = 0
    for visit in song.visits():
        for note in song.notes(visit, "lead"):
            every += 1
            blue += (note.pitch - root - visit.music.lift) % 12 in (3, 6)
    return blue / every >= 0.04


def comping_on(*beats: float, least: float = 0.8) -> Callable[[Heard], bool]:
    """Tell whether the chords are struck on some beats."""
    return lambda song: has(song.strokes("chords"), *beats, least=least)


def riffs(song: Heard) -> bool:
    """In verses the guitars move over a pedal: three lowest notes or more in a bar that has the root."""
    marks = []
    for visit in song.visits(("verse", "intro")):
        bars: dict[int, set[int]] = {}
        for at in sorted({note.onset for note in song.notes(visit, "chords")}):
            low = min(n.pitch for n in song.notes(visit, "chords") if n.onset == at)
            bars.setdefault(int(at // song.bar), set()).add(low)
        marks += [len(own) >= 3 for own in bars.values()]
    return bool(marks) and sum(marks) / len(marks) >= 0.5


def breakdown_is_heavy(song: Heard) -> bool:
    """A breakdown has drums and no tune, and is short."""
    return all(
        song.notes(visit, "drums") and not song.notes(visit, "lead") and visit.music.score.bars <= 16
        for visit in song.visits(("breakdown",))
    )


def doubles_the_kick(song: Heard) -> bool:
    return song.density("bass", REFRAINS) >= 6


def no_tune(song: Heard) -> bool:
    """No line goes up and down over more than an octave: what repeats is short."""
    for visit in song.visits():
        pitches = [note.pitch for note in song.notes(visit, "lead")]
        if pitches and max(pitches) - min(pitches) > 7:
            return False
    return True


def begins_with_drums(song: Heard) -> bool:
    return "drums" in {part.role for part in song.song.visits[0].music.score.parts.values()}


def is_one_loop(song: Heard) -> bool:
    """The harmony moves slowly: a change in two bars at most."""
    return song.changes_a_bar() <= 0.5


def has_solos(song: Heard) -> bool:
    return bool(song.visits(("solo",)))


def melody_breathes(song: Heard) -> bool:
    shares = [
        rests_of(song.notes(visit, "lead"), visit.music.score.bars, song.bar)
        for visit in song.visits(("verse", "chorus", "head"))
        if song.notes(visit, "lead")
    ]
    return bool(shares) and min(shares) > 0.08


def ghosts(song: Heard) -> bool:
    """Soft strokes between the snare's beats."""
    bars = song.strokes("drums", (38,), REFRAINS)
    return share(bars, lambda bar: bool(bar - on(2, 4))) >= 0.6


def sixteenths(song: Heard) -> bool:
    """Bass or comping go against the beat in sixteenths."""
    bars = song.strokes("bass", (), REFRAINS) + song.strokes("chords", (), REFRAINS)
    return share(bars, lambda bar: any(p % 6 == 3 for p in bar)) >= 0.6


def walks(song: Heard) -> bool:
    bars = song.strokes("bass", (), ("verse", "head", "chorus", "solo"))
    return share(bars, lambda bar: on(1, 2, 3, 4) <= bar) >= 0.6


def low_and_slow(song: Heard) -> bool:
    return song.density("bass") <= 5


def quiet_start(song: Heard) -> bool:
    first = song.song.visits[0].music.energy
    return first <= min(visit.music.energy for visit in song.visits(REFRAINS) or song.visits()) - 0.2


def last_is_largest(song: Heard) -> bool:
    """The last refrain has more energy, a higher key, more stems or more strokes than the first."""
    refrains = song.visits(REFRAINS)
    first, last = refrains[0], refrains[-1]

    def size(visit):
        parts = visit.music.score.parts
        strokes = sum(len({note.onset for note in part.notes}) for part in parts.values())
        return visit.music.energy + 0.1 * visit.music.lift, len(parts), strokes / visit.music.score.bars

    return len(refrains) > 1 and any(
        new > 1.05 * old for old, new in zip(size(first), size(last), strict=True)
    )


def three(song: Heard) -> bool:
    return song.song.meter.beats_per_bar == 3 or song.bar == 3


def oom_pah_pah(song: Heard) -> bool:
    bass = share(song.strokes("bass"), lambda bar: 0 in bar) >= 0.9
    return bass and share(song.strokes("chords"), lambda bar: bool(bar & on(2, 3))) >= 0.6


def few_drums(song: Heard) -> bool:
    return song.density("drums") <= 8


def arpeggiates(song: Heard) -> bool:
    return song.density("arpeggio", REFRAINS) >= 8


def pads_hold(song: Heard) -> bool:
    pads = [note for visit in song.visits() for note in song.notes(visit, "pad")]
    return bool(pads) and sum(note.duration >= 2 for note in pads) / len(pads) >= 0.7


def sub(song: Heard) -> bool:
    return bool(song.programs("bass") & {38, 39})


def alternates(song: Heard) -> bool:
    """The bass goes between root and fifth on one and three."""
    return has(song.strokes("bass"), 1, 3, least=0.6) and song.density("bass") <= 4.5


def bass_plays_with_the_kick(song: Heard) -> bool:
    together = every = 0
    for visit in song.visits(REFRAINS):
        kick = {round(float(n.onset) * 4) for n in song.notes(visit, "drums") if n.pitch in KICK}
        bass = {round(float(n.onset) * 4) for n in song.notes(visit, "bass")}
        together, every = together + len(kick & bass), every + len(kick)
    return bool(every) and together / every >= 0.5


def no_backbeat(song: Heard) -> bool:
    return not backbeat(song)


def not_four_on_the_floor(song: Heard) -> bool:
    return bool(song.strokes("drums", KICK)) and not four_on_the_floor(song)


def has_breakdown(song: Heard) -> bool:
    """A section without the kick, of four bars or more, somewhere in the middle."""
    return any(
        not any(n.pitch in KICK for n in song.notes(visit, "drums")) and visit.music.score.bars >= 4
        for visit in song.song.visits[1:-1]
    )


def drumless(song: Heard) -> bool:
    return "drums" not in song.roles.values()


def dominants(song: Heard) -> bool:
    chords = song.chords()
    return sum("7" in c and "maj" not in c and "m7" not in c for c in chords) / len(chords) >= 0.4


def triads(song: Heard) -> bool:
    return sevenths(song) <= 0.35


SNOMAN = "R. Snoman, Dance Music Manual (2014)"
BUTLER = "M. J. Butler, Unlocking the Groove (2006)"
EVERETT = "W. Everett, The Foundations of Rock (2009)"
TEMPERLEY = "D. Temperley, The Musical Language of Rock (2018)"
LEVINE = "M. Levine, The Jazz Theory Book (1995)"
BERLINER = "P. Berliner, Thinking in Jazz (1994)"
WALSER = "R. Walser, Running with the Devil (1993)"
NEAL = "J. Neal, Country Music (2013)"
DANIELSEN = "A. Danielsen, Presence and Pleasure (2006)"
METZER = "D. Metzer, The Ballad in American Popular Music (2017)"
EVANS = "D. Evans, Big Road Blues (1982)"
SCHLOSS = "J. Schloss, Making Beats (2004)"
ENO = "B. Eno, notes to Ambient 1: Music for Airports (1978)"
CAPLIN = "W. E. Caplin, Classical Form (1998)"
ADLER = "S. Adler, The Study of Orchestration (2016)"
ONE_DROP = "musicradar.com, How to program a typical one drop reggae beat"
REGGAE = "M. Veal, Dub (2007)"
LOFI = "E. Winston and L. Saywood, Beats to Relax/Study To, IASPM Journal 9/2 (2019)"
SYNTH = "the documentary The Rise of the Synths (2019)"
WALTZ = "Grove Music Online, Waltz"
FOLK = "P. Bohlman, The Study of Folk Music in the Modern World (1988)"
PREMIER = "premierguitar.com, Advanced Heavy Metal Rhythm"

_TABLE: dict[str, list[tuple[str, str, Callable[[Heard], bool]]]] = {
    "ambient": [
        ("slow: 60 to 90 beats a minute", ENO, tempo(55, 90)),
        ("pads hold for long", ENO, pads_hold),
        ("harmony moves slowly", ENO, lambda s: s.changes_a_bar() <= 1.0),
        ("hardly a beat: no backbeat", ENO, no_backbeat),
        ("begins near silence", ENO, lambda s: s.song.visits[0].music.energy <= 0.3),
    ],
    "ballad": [
        ("slow: 60 to 88 beats a minute", METZER, tempo(50, 90)),
        ("begins quietly, with piano or another keyboard", METZER, quiet_start),
        ("keyboard carries the chords", METZER, band("chords", 0, 1, 4)),
        ("the last refrain is the largest", METZER, last_is_largest),
        ("drums wait until the song has begun", METZER, lambda s: not begins_with_drums(s)),
    ],
    "blues": [
        ("verses of twelve bars", EVANS, bars_of(12, kinds=("verse",))),
        ("dominant sevenths on all degrees, or minor sevenths", EVANS, lambda s: sevenths(s) >= 0.8),
        ("a shuffle: eighths in thirds", EVANS, lambda s: swings(s) or s.song.meter.is_compound),
        ("lines A A B", EVANS, aab),
        ("blue notes: flat third and fifth", EVANS, blue_notes),
    ],
    "classical": [
        ("no drum kit", ADLER, drumless),
        ("phrases of four and eight bars", CAPLIN, bars_of(*range(4, 65, 4), least=0.8)),
        (
            "strings, keyboard or woodwind have the melody",
            ADLER,
            lead_is_one_of(0, 40, 41, 42, 60, 68, 71, 73),
        ),
        ("triads and dominant sevenths", CAPLIN, triads),
        ("broken chords accompany", CAPLIN, lambda s: s.density("chords") + s.density("arpeggio") >= 4),
    ],
    "country": [
        ("bass goes between root and fifth on one and three", NEAL, alternates),
        ("triads: hardly any sevenths", NEAL, triads),
        ("acoustic guitar strums", NEAL, band("chords", 25)),
        ("twang: guitar, fiddle or harmonica have the tune", NEAL, lead_is_one_of(22, 25, 26, 27, 28, 40)),
        ("moderate: 90 to 145 beats a minute", NEAL, tempo(85, 150)),
    ],
    "drum-and-bass": [
        ("165 to 180 beats a minute", SNOMAN, tempo(160, 180)),
        ("snare on two and four", SNOMAN, backbeat),
        ("the kick is broken: one, and off the beat", SNOMAN, not_four_on_the_floor),
        ("bass in long low notes", SNOMAN, low_and_slow),
        ("a breakdown without the kick", BUTLER, has_breakdown),
    ],
    "folk": [
        ("acoustic guitar strums", FOLK, band("chords", 24, 25)),
        ("triads: hardly any sevenths", FOLK, triads),
        ("fiddle, whistle, harmonica or flute have the tune", FOLK, lead_is_one_of(22, 40, 42, 73, 74, 78)),
        ("few drums", FOLK, few_drums),
        ("moderate: 70 to 130 beats a minute", FOLK, lambda s: 60 <= s.tempo <= 190),
    ],
    "funk": [
        (
            "everybody is on the one",
            DANIELSEN,
            lambda s: has(s.strokes("bass"), 1) and has(s.strokes("drums", KICK), 1),
        ),
        ("sixteenths against the beat", DANIELSEN, sixteenths),
        ("ghost notes on the snare", DANIELSEN, ghosts),
        ("the kick is not four on the floor", DANIELSEN, not_four_on_the_floor),
        (
            "harmony hardly moves, in sevenths and ninths",
            "adambravo.com, Harmonic colors of one chord funk grooves",
            lambda s: sevenths(s) >= 0.7 and s.changes_a_bar() <= 0.8,
        ),
    ],
    "hip-hop": [
        ("70 to 110 beats a minute", SCHLOSS, tempo(65, 110)),
        ("snare or clap on two and four", SCHLOSS, backbeat),
        # A bridge is what the loop is left for.
        ("a short loop of chords", SCHLOSS, lambda s: s.changes_a_bar(("verse", *REFRAINS)) <= 1.0),
        ("heavy low bass", SCHLOSS, low_and_slow),
        (
            "the kick goes against the beat",
            SCHLOSS,
            lambda s: share(s.strokes("drums", KICK), lambda bar: bool(bar - on(1, 2, 3, 4))) >= 0.6,
        ),
    ],
    "house": [
        ("118 to 130 beats a minute", SNOMAN, tempo(118, 130)),
        ("kick on all four beats", SNOMAN, four_on_the_floor),
        (
            "open hats between the beats",
            SNOMAN,
            lambda s: has(s.strokes("drums", HATS, REFRAINS), 1.5, 2.5, 3.5, 4.5),
        ),
        (
            "an intro of 16 or 32 bars with the beat, for mixing",
            SNOMAN,
            lambda s: s.lengths()[0] >= 16 and begins_with_drums(s),
        ),
        ("sections of 8, 16 and 32 bars", BUTLER, bars_of(8, 16, 24, 32)),
    ],
    "jazz": [
        ("swing: eighths in thirds", LEVINE, swings),
        ("bass walks in quarters", BERLINER, walks),
        ("sevenths and more on nearly all chords", LEVINE, lambda s: sevenths(s) >= 0.8),
        ("solos over the form", BERLINER, has_solos),
        (
            "ride cymbal keeps time",
            BERLINER,
            lambda s: has(s.strokes("drums", (51,)), 1, 2, 3, 4, least=0.6),
        ),
    ],
    "lo-fi": [
        ("70 to 92 beats a minute", LOFI, tempo(60, 95)),
        ("sevenths: jazz chords", LOFI, lambda s: sevenths(s) >= 0.7),
        ("keys or guitar loop", LOFI, band("chords", 0, 4, 26)),
        ("snare on two and four", LOFI, backbeat),
        ("hardly louder in the refrain", LOFI, lambda s: max(v.music.energy for v in s.song.visits) <= 0.8),
    ],
    "metal": [
        ("distorted guitars in power chords", WALSER, lambda s: s.programs("chords") <= {29, 30}),
        ("minor or Phrygian", WALSER, is_minor),
        ("riffs over a pedal in verses", PREMIER, riffs),
        ("fast subdivision in the bass", WALSER, doubles_the_kick),
        ("a breakdown has heavy drums and no tune", WALSER, breakdown_is_heavy),
    ],
    "pop": [
        ("backbeat on two and four", TEMPERLEY, backbeat),
        ("100 to 130 beats a minute", TEMPERLEY, tempo(84, 135)),
        ("a refrain comes twice or more", TEMPERLEY, lambda s: len(s.visits(REFRAINS)) >= 2),
        ("busier drums in the refrain than in the verse", TEMPERLEY, refrain_is_busier),
        ("the melody breathes", TEMPERLEY, melody_breathes),
    ],
    "reggae": [
        (
            "no kick on one, but on three",
            ONE_DROP,
            lambda s: (
                has(s.strokes("drums", KICK, ("verse",)), 3)
                and lacks(s.strokes("drums", KICK, ("verse",)), 1)
            ),
        ),
        ("chords on two and four", REGGAE, comping_on(2, 4)),
        (
            "the organ bubbles between the beats",
            "how-to-play-reggae.com, The reggae bubble",
            lambda s: has(s.strokes_of(range(16, 21)), 1.5, 2, 2.5, 3.5, 4, 4.5),
        ),
        ("66 to 90 beats a minute", REGGAE, tempo(60, 92)),
        (
            "bass leaves rests",
            REGGAE,
            lambda s: (
                s.density("bass") <= 6
                and all(
                    rests_of(s.notes(v, "bass"), v.music.score.bars, s.bar) > 0.1
                    for v in s.visits(("chorus",))
                )
            ),
        ),
    ],
    "rock": [
        ("backbeat on two and four", EVERETT, backbeat),
        ("an electric guitar drives", EVERETT, band("chords", 27, 29, 30)),
        ("bass in eighths in the refrain", EVERETT, lambda s: s.density("bass", REFRAINS) >= 4),
        ("triads and power chords", TEMPERLEY, triads),
        ("104 to 150 beats a minute", TEMPERLEY, tempo(90, 160)),
    ],
    "soul": [
        ("backbeat on two and four", EVERETT, backbeat),
        ("sevenths on half of the chords or more", EVERETT, lambda s: sevenths(s) >= 0.5),
        (
            "horns or woodwind answer",
            EVERETT,
            lambda s: bool(s.programs("lead") & {56, 57, 61, 64, 65, 66, 67, 73}),
        ),
        ("electric piano, piano or organ", EVERETT, band("chords", 0, 1, 4, 16, 17)),
        ("bass and kick go together", EVERETT, bass_plays_with_the_kick),
    ],
    "synthwave": [
        ("80 to 120 beats a minute", SYNTH, tempo(78, 122)),
        ("arpeggios run in eighths or sixteenths", SYNTH, arpeggiates),
        ("synthesizer bass", SYNTH, sub),
        ("snare on two and four", SYNTH, backbeat),
        ("bass pulses in eighths or faster", SYNTH, lambda s: s.density("bass", REFRAINS) >= 7),
    ],
    "techno": [
        ("124 to 140 beats a minute", BUTLER, tempo(122, 142)),
        ("kick on all four beats", BUTLER, four_on_the_floor),
        ("no arching tune", "walnutcreekband.org, Techno music structures", no_tune),
        (
            "sections of 16 and 32 bars",
            "menketechnologies.github.io, Techno arrangement rules",
            bars_of(8, 16, 24, 32, 48, 64, least=0.8),
        ),
        ("harmony hardly moves", BUTLER, is_one_loop),
    ],
    "waltz": [
        ("three beats", WALTZ, three),
        ("bass on one, chords on two and three", WALTZ, oom_pah_pah),
        ("accordion, violin or woodwind have the tune", WALTZ, lead_is_one_of(21, 40, 71, 73)),
        ("90 to 200 beats a minute", WALTZ, tempo(84, 200)),
        ("strains of 8, 16 and 32 bars", WALTZ, bars_of(4, 8, 12, 16, 24, 32, least=0.8)),
    ],
}

POINTS = tuple(Point(style, *row) for style, rows in _TABLE.items() for row in rows)
