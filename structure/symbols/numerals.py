"""German, Spanish and French numerals, as far as tempos and lengths need them."""

from __future__ import annotations

_GERMAN = "ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf"
_GERMAN_TENS = "zehn zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig"
_GERMAN_TEENS = {16: "sechzehn", 17: "siebzehn"}
_SPANISH = (
    "uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
    "veintiséis veintisiete veintiocho veintinueve"
)
_SPANISH_TENS = "diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"


def german_numeral(number: int) -> str:
    """Return the word for a number from 1 to 299: ``130`` → ``hundertdreißig``."""
    hundreds, rest = divmod(number, 100)
    units, tens = ["", *_GERMAN.split()], ["", *_GERMAN_TENS.split()]
    head = ("", "hundert", "zweihundert")[hundreds]
    if rest <= 12:
        return head + units[rest] + ("s" if rest == 1 else "")
    if rest < 20:
        return head + _GERMAN_TEENS.get(rest, f"{units[rest % 10]}zehn")
    return head + (f"{units[rest % 10]}und" if rest % 10 else "") + tens[rest // 10]


def spanish_numeral(number: int) -> str:
    """Return the words for a number from 1 to 299: ``130`` → ``ciento treinta``."""
    if number == 100:
        return "cien"
    hundreds, rest = divmod(number, 100)
    small, tens = ["", *_SPANISH.split()], ["", *_SPANISH_TENS.split()]
    below = small[rest] if rest < 30 else tens[rest // 10] + (f" y {small[rest % 10]}" if rest % 10 else "")
    return " ".join(part for part in (("", "ciento", "doscientos")[hundreds], below) if part)


_FRENCH = (
    "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize "
    "dix-sept dix-huit dix-neuf"
)
_FRENCH_TENS = "vingt trente quarante cinquante soixante soixante quatre-vingt quatre-vingt"


def french_numeral(number: int) -> str:
    """Return the words for a number from 1 to 299.

    ``130`` → ``cent trente``, ``95`` → ``quatre-vingt-quinze``.
    """
    hundreds, rest = divmod(number, 100)
    small = ["", *_FRENCH.split()]
    if rest < 20:
        below = small[rest]
    else:  # between 60 and 99, French counts in twenties
        tens, units = divmod(rest, 10)
        units += 10 if tens in (7, 9) else 0
        joint = " et " if units in (1, 11) and tens < 8 else "-"
        below = _FRENCH_TENS.split()[tens - 2]
        below += joint + small[units] if units else "s" if tens == 8 else ""
    head = ("", "cent", "deux cents" if rest == 0 else "deux cent")[hundreds]
    return " ".join(part for part in (head, below) if part)
