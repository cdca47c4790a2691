"""Whether words of other languages than English are told when they are sung, as when they are spoken.

``python -m tests.benchmarks.sung_languages [es de …]`` speaks and sings ten lines of each language and has
pocketsphinx's phone decoder (US English phones, no words) write down what it hears. The phones of each of
the ten lines, mapped to those, are compared by edit distance; the right line is to be the nearest.
It needs ``pip install pocketsphinx``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from render.voice.kokoro import RATE, load_kokoro
from render.voice.pitch import Manner
from render.voice.score import SungNote, SungSyllable
from render.voice.singer import Take, sing
from render.voice.throat import Throat
from tests.benchmarks.singing import LOWEST, VOICES, Audio, speak, throat_of
from tests.benchmarks.sung_lines import SCALE
from tests.benchmarks.voice_sounds import phrase_of

LINES: Mapping[str, Sequence[str]] = {
    "es": (
        "el viento mueve las hojas del jardín",
        "mi abuela guarda cartas de papel",
        "la lluvia cae despacio en la ciudad",
        "nadie conoce el nombre de aquel mar",
        "quiero volver a casa antes del sol",
        "los niños juegan cerca de la fuente",
        "tu sombra camina detrás de mí",
        "una guitarra duerme en el rincón",
        "el tren se va sin esperar a nadie",
        "cierra la puerta y apaga la luz",
    ),
    "de": (
        "der alte Mann verkauft den letzten Hut",
        "ich warte jeden Abend an der Brücke",
        "die Kinder malen Schiffe in den Sand",
        "am Fenster steht ein kleiner grüner Baum",
        "wir haben unsre Lieder schon vergessen",
        "der Regen klopft so leise an das Dach",
        "sie trägt den blauen Mantel ihrer Mutter",
        "kein Vogel singt in diesem kalten Wald",
        "du findest mich im Garten hinterm Haus",
        "die Uhr am Bahnhof zeigt die falsche Zeit",
    ),
    "fr": (
        "le vent du soir emporte les feuilles",
        "ma mère chantait devant la fenêtre",
        "je garde une lettre dans mon manteau",
        "la mer est calme au bout du chemin",
        "on danse encore sous les lampions",
        "le vieux marin raconte son histoire",
        "tu pars demain sans dire un mot",
        "un chat dort sur le toit de l'école",
        "la pluie revient frapper à ma porte",
        "nos rêves sont plus grands que la ville",
    ),
    "it": (
        "il vento porta via le foglie gialle",
        "mia madre canta sempre alla finestra",
        "la luna dorme sopra la montagna",
        "nessuno sa il segreto di quel fiume",
        "ti aspetto sotto il portico stasera",
        "il treno parte prima della notte",
        "un gatto nero passa per la strada",
        "le barche tornano dal mare aperto",
        "ho perso il tuo cappello nella neve",
        "domani il sole brucia la collina",
    ),
    "pt": (
        "o vento leva as folhas do quintal",
        "minha avó guardava cartas na gaveta",
        "a chuva cai devagar na cidade",
        "ninguém conhece o nome desse mar",
        "eu volto para casa antes do sol",
        "os meninos brincam perto da fonte",
        "tua sombra caminha atrás de mim",
        "um violão descansa no canto da sala",
        "o trem partiu sem esperar por nada",
        "fecha a porta e apaga a luz",
    ),
}
"""Lines that nothing was tuned on."""

_PHONES = {
    "a": "AA", "ɑ": "AA", "ɐ": "AH", "æ": "AE", "e": "EH", "ɛ": "EH", "i": "IY", "ɪ": "IH", "o": "OW",
    "ɔ": "AO", "ɒ": "AO", "u": "UW", "ʊ": "UH", "y": "IY", "ø": "ER", "œ": "ER", "ɜ": "ER", "ə": "AH",
    "ʌ": "AH", "A": "EY", "I": "AY", "O": "OW", "W": "AW", "Y": "OY", "\u0303": "N", "p": "P", "b": "B",
    "t": "T", "d": "D", "k": "K", "ɡ": "G", "f": "F", "v": "V", "s": "S", "z": "Z", "ʃ": "SH", "ʒ": "ZH",
    "ʧ": "CH", "ʤ": "JH", "m": "M", "n": "N", "ŋ": "NG", "ɲ": "N Y", "l": "L", "ʎ": "L Y", "r": "R",
    "ɾ": "R", "ʁ": "R", "ɹ": "R", "x": "HH", "h": "HH", "ç": "SH", "ʦ": "T S", "ʣ": "D Z", "j": "Y",
    "w": "W", "ɥ": "W", "ʝ": "Y", "ð": "DH", "θ": "TH", "β": "V", "ɣ": "G",
}  # fmt: skip

_ROOM = 0.01


def phones_of(phrase: Sequence[SungSyllable]) -> list[str]:
    """Return the phones of a phrase in the recogniser's letters."""
    return [phone for one in phrase for sign in one.parts.all for phone in _PHONES.get(sign, "").split()]


def decode_phones(audio: Audio, rate: int) -> list[str]:
    """Return the phones that pocketsphinx hears, without silences and noises."""
    from pocketsphinx import Decoder, get_model_path

    model = Path(get_model_path()) / "en-us" / "en-us-phone.lm.bin"
    quiet = np.zeros(rate // 5)
    sound = np.concatenate([quiet, audio, quiet])
    room = np.random.default_rng(0).standard_normal(len(sound))
    sound = soxr.resample(sound + _ROOM * np.sqrt(np.mean(np.square(audio))) * room, rate, 16000)
    decoder = Decoder(
        samprate=16000, allphone=str(model), lw=2.0, beam=1e-20, pbeam=1e-20, loglevel="FATAL"
    )
    decoder.start_utt()
    decoder.process_raw((sound / np.abs(sound).max() * 16000).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    return [one.word for one in decoder.seg() if one.word.isalpha() and one.word != "SIL"]


def find_nearest(heard: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    """Return which line is nearest by edit distance, as a share of the longer of both."""
    return min(
        range(len(lines)),
        key=lambda i: count_edits(heard, lines[i]) / max(len(heard), len(lines[i]), 1),
    )


def count_edits(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many phones are to be changed, left out or put in."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]


def sing_line(throat: Throat[Any], phrase: Sequence[SungSyllable], kind: str) -> Audio:
    """Return a phrase sung on quarters of a tune within an octave, at the throat's rate."""
    rng, degree = np.random.default_rng(len(phrase)), 4
    notes = []
    for number, one in enumerate(phrase):
        degree = int(np.clip(degree + rng.integers(-2, 3), 0, 7))
        long = 0.5 if number + 1 < len(phrase) else 1.5
        first = 0.5 + 0.5 * number
        sung = "single" if one.begins_word else "middle"
        pitch = float(LOWEST[kind] + SCALE[degree])
        notes.append(
            SungNote(first, first + long, pitch, one.parts.all, sung, one.notes[0].stress)  # type: ignore[arg-type]
        )
    ((made,),) = sing(throat, notes, Manner(), [Take(1)])
    return np.asarray(made.audio, np.float64)


def measure(language: str, kind: str, singer: str) -> tuple[float, float]:
    """Return how many of a language's lines are the nearest to what is heard: spoken, and sung.

    They are spoken by the first singer, whoever sings.
    """
    model, throat = load_kokoro(), throat_of(singer, kind)
    spoken, sung = [], []
    lines = [phrase_of(line, language) for line in LINES[language]]
    phones = [phones_of(line) for line in lines]
    for number, phrase in enumerate(lines):
        said = speak(model, phrase, VOICES[kind])
        spoken.append(find_nearest(decode_phones(said, RATE), phones) == number)
        made = sing_line(throat, phrase, kind)
        sung.append(find_nearest(decode_phones(made, throat.rate), phones) == number)
    return float(np.mean(spoken)), float(np.mean(sung))


def main() -> None:
    """Print a row for each language and kind of voice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=list(LINES), metavar="LANGUAGE")
    parser.add_argument("--voice", choices=list(VOICES), default="middle", help="The kind of voice.")
    parser.add_argument("--singer", choices=("first", "embedded"), default="first")
    options = parser.parse_args()
    for language in options.languages:
        spoken, sung = measure(language, options.voice, options.singer)
        share = sung / spoken if spoken else np.nan
        print(f"{language}: spoken {spoken:.0%}, sung {sung:.0%}, {share:.2f} of it", flush=True)


if __name__ == "__main__":
    main()
