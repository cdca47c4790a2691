"""The instruments of the training set and the words for them.

Each :class:`Instrument` is one General MIDI program with the phrases people use for it. Captions put
a phrase together with what is true of the clip (its brightness, its effect, what it plays) and,
often, with words of style that say nothing of the sound, so that the model learns to pass over them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Instrument:
    """A General MIDI program (from 0): ``plays`` is any of b(ass), m(elody), c(hords), p(ad), a(rpeggio)."""

    family: str
    program: int
    low: int
    high: int
    plays: str
    names: tuple[str, ...]


def _i(family: str, program: int, low: int, high: int, plays: str, names: str) -> Instrument:
    return Instrument(family, program, low, high, plays, tuple(n.strip() for n in names.split("|")))


INSTRUMENTS: tuple[Instrument, ...] = (
    _i("piano", 0, 33, 96, "mcab", "piano|grand piano|acoustic piano|felt piano|concert piano"),
    _i("piano", 1, 33, 96, "mca", "bright piano|upright piano|pop piano|studio piano"),
    _i("piano", 3, 40, 92, "mc", "honky-tonk piano|detuned saloon piano|ragtime piano"),
    _i("electric_piano", 4, 36, 92, "mcap", "electric piano|rhodes|fender rhodes|rhodes electric piano, mellow"),
    _i("electric_piano", 5, 36, 92, "mcap", "dx7 electric piano|fm electric piano|digital electric piano|e-piano, glassy"),
    _i("harpsichord", 6, 40, 88, "mca", "harpsichord|baroque harpsichord|cembalo"),
    _i("clavinet", 7, 40, 84, "mc", "clavinet|funky clavinet|clav"),
    _i("mallets", 8, 60, 100, "ma", "celesta|celeste"),
    _i("mallets", 9, 67, 103, "ma", "glockenspiel|bells, small"),
    _i("mallets", 10, 60, 100, "ma", "music box|toy music box"),
    _i("mallets", 11, 50, 92, "mca", "vibraphone|vibes|jazz vibraphone"),
    _i("mallets", 12, 45, 96, "ma", "marimba|wooden marimba"),
    _i("mallets", 13, 62, 103, "ma", "xylophone|wooden xylophone"),
    _i("mallets", 14, 55, 79, "m", "tubular bells|church bells|chimes"),
    _i("organ", 16, 36, 96, "mcp", "organ|drawbar organ|hammond organ|hammond b3"),
    _i("organ", 17, 36, 96, "mc", "percussive organ|jazz organ"),
    _i("organ", 18, 36, 96, "mcp", "rock organ|gritty hammond organ"),
    _i("organ", 19, 36, 96, "mcp", "church organ|pipe organ"),
    _i("accordion", 21, 53, 90, "mcp", "accordion|musette accordion|squeezebox"),
    _i("accordion", 22, 60, 88, "m", "harmonica|blues harp"),
    _i("acoustic_guitar", 24, 40, 84, "mcab", "nylon guitar|classical guitar|nylon-string guitar, plucked|spanish guitar"),
    _i("acoustic_guitar", 25, 40, 84, "mca", "acoustic guitar|steel-string guitar|strummed acoustic guitar|folk guitar"),
    _i("electric_guitar", 26, 40, 84, "mca", "jazz guitar|hollow-body guitar|mellow electric guitar"),
    _i("electric_guitar", 27, 40, 86, "mca", "clean electric guitar|clean guitar|electric guitar, clean|chorus guitar"),
    _i("electric_guitar", 28, 40, 80, "mca", "muted guitar|palm-muted guitar|funk guitar, muted"),
    _i("distorted_guitar", 29, 40, 86, "mc", "overdriven guitar|crunchy electric guitar|overdrive guitar"),
    _i("distorted_guitar", 30, 38, 86, "mcp", "distorted guitar|heavy metal guitar|distortion guitar|power chord guitar"),
    _i("acoustic_bass", 32, 28, 55, "b", "upright bass|acoustic bass|double bass, plucked|jazz bass, upright"),
    _i("electric_bass", 33, 28, 55, "b", "electric bass|fingered electric bass|bass guitar|electric bass, fingered, warm"),
    _i("electric_bass", 34, 28, 55, "b", "picked bass|electric bass, picked|rock bass guitar"),
    _i("electric_bass", 35, 28, 58, "b", "fretless bass|fretless electric bass, singing"),
    _i("electric_bass", 36, 28, 55, "b", "slap bass|funk slap bass"),
    _i("synth_bass", 38, 26, 55, "b", "synth bass|analog synth bass|bass synthesizer|electronic bass"),
    _i("synth_bass", 39, 26, 55, "b", "synth bass, round|deep synth bass|sub bass|moog bass"),
    _i("solo_strings", 40, 55, 96, "m", "violin|solo violin|fiddle"),
    _i("solo_strings", 41, 48, 86, "m", "viola|solo viola"),
    _i("solo_strings", 42, 36, 76, "mb", "cello|solo cello"),
    _i("solo_strings", 43, 28, 60, "b", "contrabass, bowed|bowed double bass"),
    _i("plucked_strings", 45, 40, 92, "mca", "pizzicato strings|plucked strings|string pizzicato"),
    _i("plucked_strings", 46, 36, 98, "ma", "harp|concert harp"),
    _i("strings", 48, 36, 96, "cpm", "strings|string ensemble|string section|orchestral strings|string ensemble, legato"),
    _i("strings", 49, 36, 96, "cp", "slow strings|soft string ensemble|lush strings"),
    _i("strings", 50, 36, 92, "cp", "synth strings|string machine|analog strings"),
    _i("choir", 52, 43, 84, "cp", "choir|choir aahs|vocal choir|mixed choir"),
    _i("choir", 53, 48, 84, "cpm", "voice oohs|choir oohs|humming voices"),
    _i("choir", 54, 48, 84, "cp", "synth voice|synth choir|vocoder voices"),
    _i("brass", 56, 54, 86, "m", "trumpet|solo trumpet"),
    _i("brass", 57, 40, 72, "m", "trombone|solo trombone"),
    _i("brass", 59, 54, 84, "m", "muted trumpet|harmon mute trumpet"),
    _i("brass", 60, 41, 77, "mcp", "french horn|horns"),
    _i("brass", 61, 43, 86, "mcp", "brass section|brass|horn section|big brass"),
    _i("synth_brass", 62, 36, 88, "mcp", "synth brass|analog synth brass|80s synth brass"),
    _i("saxophone", 64, 56, 88, "m", "soprano sax|soprano saxophone"),
    _i("saxophone", 65, 50, 82, "m", "alto sax|alto saxophone|saxophone|jazz saxophone"),
    _i("saxophone", 66, 45, 76, "m", "tenor sax|tenor saxophone|sax|breathy saxophone"),
    _i("saxophone", 67, 37, 69, "m", "baritone sax|bari sax"),
    _i("woodwind", 68, 58, 90, "m", "oboe|solo oboe"),
    _i("woodwind", 71, 50, 90, "m", "clarinet|solo clarinet"),
    _i("flute", 73, 60, 96, "m", "flute|concert flute|flute, lyrical"),
    _i("flute", 74, 60, 96, "m", "recorder|wooden recorder"),
    _i("flute", 75, 60, 92, "m", "pan flute|panpipes"),
    _i("flute", 78, 60, 96, "m", "whistle|tin whistle"),
    _i("synth_lead", 80, 48, 96, "ma", "square lead synth|square wave lead|chiptune lead|square synth, bright"),
    _i("synth_lead", 81, 48, 96, "mac", "saw lead synth|sawtooth lead|lead synth|supersaw lead"),
    _i("synth_lead", 87, 36, 84, "mb", "fat synth lead|bass and lead synth"),
    _i("synth_lead", 84, 45, 90, "m", "distorted synth lead|charang lead"),
    _i("synth_pluck", 90, 45, 96, "mac", "plucked synth|polysynth|synth pluck|analog polysynth, plucky"),
    _i("synth_pluck", 98, 55, 98, "ma", "crystal synth pluck|glassy synth bells|crystal bells"),
    _i("pad", 88, 40, 92, "cp", "new age pad|fantasia pad|bell pad, airy"),
    _i("pad", 89, 36, 88, "cp", "warm pad|synth pad, warm|analog pad|soft synth pad"),
    _i("pad", 91, 40, 88, "cp", "choir pad|airy vocal pad|space voice pad"),
    _i("pad", 92, 40, 88, "cp", "bowed glass pad|glass pad"),
    _i("pad", 94, 40, 88, "cp", "halo pad|shimmering pad"),
    _i("pad", 95, 36, 88, "cp", "sweep pad|evolving pad|filter sweep pad"),
    _i("world_plucked", 104, 48, 84, "ma", "sitar|indian sitar"),
    _i("world_plucked", 105, 48, 86, "ma", "banjo|bluegrass banjo"),
    _i("world_plucked", 108, 55, 90, "ma", "kalimba|thumb piano"),
)


@dataclass(frozen=True, slots=True)
class Kit:
    """A General MIDI drum kit (program of channel 10), or a set of samples (program -1)."""

    family: str
    program: int
    names: tuple[str, ...]


def _k(family: str, program: int, names: str) -> Kit:
    return Kit(family, program, tuple(n.strip() for n in names.split("|")))


KITS: tuple[Kit, ...] = (
    _k("acoustic_kit", 0, "drum kit|acoustic drum kit|studio drums|pop drum kit|drums"),
    _k("acoustic_kit", 8, "room drum kit|roomy acoustic drums|drums in a room"),
    _k("rock_kit", 16, "rock drum kit|power drum kit|heavy rock drums|big drums"),
    _k("electronic_kit", 24, "electronic drum kit|electronic drums|synth drums|80s electronic drums, gated"),
    _k("808_kit", 25, "808 drum kit|tr-808 drum machine|808 drums|hip-hop drum machine"),
    _k("jazz_kit", 32, "jazz drum kit|jazz drums|swing drum kit"),
    _k("brush_kit", 40, "brush drum kit|brushes|jazz brushes|soft brushed drums|lo-fi brushed drums"),
)

PLAYS: dict[str, tuple[str, ...]] = {
    "b": ("bass line", "bass", "low riff"),
    "m": ("melody", "lead", "solo", "lead line", "tune"),
    "c": ("chords", "comping", "rhythm part", "stabs"),
    "p": ("sustained chords", "long chords", "pad", "slow chords"),
    "a": ("arpeggio", "arpeggios", "broken chords", "sequence"),
}

EFFECTS: dict[str, tuple[str, ...]] = {
    "dry": ("", "", "", "dry", "close"),
    "reverb": ("with reverb", "in a big hall", "distant", "spacious", "reverberant"),
    "room": ("in a room", "roomy", "ambient"),
    "distortion": ("distorted", "overdriven", "fuzzy", "gritty"),
    "lowpass": ("muffled", "lo-fi", "dark, filtered", "underwater"),
    "bright": ("bright", "crisp", "airy", "sparkling"),
    "warm": ("warm", "mellow", "soft", "round"),
    "chorus": ("with chorus", "wide chorus", "detuned chorus"),
    "tape": ("tape", "vintage tape", "warm tape saturation"),
}

_STYLES = (
    "pop rock folk jazz blues funk soul house techno synthwave ambient lo-fi hip-hop trap metal punk country waltz "
    "ballad disco reggae latin cinematic classical indie edm trance gospel r&b bossa|80s|90s|1960s|night drive|"
    "dreamy|melancholy|happy|sad|uplifting|epic|calm|energetic|tense|romantic|neon|summer|rainy night|driving|gentle|"
    "huge chorus|quiet verse|intimate|groovy|laid-back|anthem|nostalgic|hopeful|late night|smoky club"
)
STYLES: tuple[str, ...] = tuple(
    word for group in _STYLES.split("|") for word in (group.split() if group.count(" ") > 4 else [group])
)


def caption(
    rng: np.random.Generator, names: tuple[str, ...], plays: str, effect: str, brightness: str
) -> str:
    """One wording for a clip. ``plays`` is a key of :data:`PLAYS` or "" (drums)."""
    parts = [str(rng.choice(names))]
    if brightness and rng.random() < 0.4:
        if rng.random() < 0.5:
            parts[0] = f"{brightness} {parts[0]}"
        else:
            parts.append(brightness)
    if plays and rng.random() < 0.35:
        word = str(rng.choice(PLAYS[plays]))
        parts = [f"{parts[0]} {word}", *parts[1:]] if rng.random() < 0.5 else [*parts, word]
    words = str(rng.choice(EFFECTS[effect]))
    if words and rng.random() < 0.85:
        parts.append(words)
    if rng.random() < 0.45:
        parts += [str(w) for w in rng.choice(STYLES, size=int(rng.integers(1, 4)), replace=False)]
    if rng.random() < 0.1:
        return " ".join(parts)
    return ", ".join(parts)
