"""Rules for verbs whose parts stand apart: "setzt in der Bridge ein", "soll im Refrain einsetzen".

A dictionary lists under ``actions`` what such verbs become in English. Each is written ``ein+setzen``: in
front of the plus stands what the verb ends a clause with, a prefix ("ein") or words of their own ("Pause",
"stumm", "hinzugefügt"); a verb of one part ("schweigen") has no plus. ``finite`` lists the forms that no
rule makes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

_PREFIXES = (
    *("ein", "aus", "auf", "an", "ab", "zu", "weg", "raus", "rein", "dazu", "hinzu", "zurück", "wieder"),
    *(
        "herein",
        "hinein",
        "mit",
        "unter",
        "hoch",
        "runter",
        "herunter",
        "los",
        "nach",
        "vor",
        "durch",
        "um",
        "stehen",
    ),
    *("hin", "heraus", "hervor", "dran"),
)
_ALSO_PREPOSITIONS = ("ein", "aus", "auf", "an", "ab", "zu", "mit", "unter", "nach", "vor", "durch", "um")
"""Prefixes that are articles or prepositions as well, and so are prefixes only where a clause may end."""

_LEFT_OUT = ("sein", "werden", "kommen")
"""Verbs that may be left out at the end of a clause, "Gitarre wieder da"."""

_CLAUSE_END = (
    r"(?=\s*(?:[,.;:!?)\]]|$)|\s+(?:und|aber|dann|wenn|in|im|ab|bei|beim|mit|nach|vor|vorm|am|zum|zur|bis|für|danach"
    r"|erst|wieder|während|doch|oder|bevor|sobald|als|plus|auf)\b)"
)
_MODALS = (
    r"(?:soll(?:en|te|ten)?|darf|dürfen|dürfte|kann|können|könnte|muss|müssen|müsste|möge|mögen|will|wollen"
    r"|lass(?:t|en|e)?|lässt)"
)
_PLACE = (
    r"(?:(?:erst|nur|immer|schon|genau|direkt|kurz)\s+)?(?:(?:in|ab|nach|vor|bei|mit|zu|seit|bis|während)\s+"
    r"(?:(?:der|dem|den|die|jede[mrn]|alle[mrn]|beiden|takt|takten|minute|sekunde)\s+)?|(?:im|am|beim|zum|zur|vorm|ab)\s+)"
    r"(?:(?:[\wäöüß-]+(?:en|er)|\d+\.?)\s+){0,2}?[\wäöüß:-]+\s+(?:\d+\s+)?"
)
"""Where or when, right in front of the end of a clause."""

_DEGREES = (
    r"(?:(?:immer|noch|etwas|viel|deutlich|langsam|allmählich|plötzlich|wieder|ganz|stetig|merklich|spürbar"
    r"|nach\s+und\s+nach|ein\s+bisschen|ein\s+wenig|bisschen|kurz|kurzzeitig|komplett|völlig|dann|erst|sofort"
    r"|schlagartig|leise|sanft)\s+)*"
)
_SONG_SUBJECT = (
    r"(?:alles|es|das\s+(?:stück|lied|ganze)|der\s+(?:song|track)"
    r"|die\s+(?:musik|nummer|energie|stimmung|dynamik))\b"
)
_REST = r"(?:(?:[^,.;:!?]|(?<=\d)[:.](?=\d)){0,60}?\s)??"
"""What stands between the parts of a verb; a time of the clock may be in it."""


def action_rules(
    actions: Mapping[str, Sequence[str]], finite: Mapping[str, Sequence[str]], *, of_song: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield patterns of the verbs of a dictionary, and what each becomes in English.

    Verbs ``of_song`` say what becomes of all the song, so that no subject of theirs is a player.
    """
    subject = rf"(?:{_SONG_SUBJECT}\s+)?" if of_song else ""
    for english, verbs in actions.items():
        apart: dict[str, list[str]] = {}
        last: list[str] = []  # what a verb looks like at the end of its clause
        alone: list[str] = []  # what ends a clause that leaves its verb out
        for verb in verbs:
            before, _, infinitive = verb.rpartition("+")
            forms = _finite_forms(infinitive, finite)
            apart.setdefault(before, []).extend(forms)
            last += _last_forms(before, infinitive, forms)
            if infinitive in _LEFT_OUT and before not in _PREFIXES and not before.endswith("er"):
                last.append(before)
            if before and infinitive in (*_LEFT_OUT, "machen", "haben"):
                alone.append(before)
        bracket = _either(last)
        places = _either([*last, *(word for word in alone if word not in _ALSO_PREPOSITIONS)])
        yield rf"\b(?P<place>{_PLACE}){_DEGREES}{places}(?!\w){_CLAUSE_END}", f"{english} {{place}}"
        yield rf"\b{_MODALS}\s+{subject}(?P<rest>{_REST}){_DEGREES}{bracket}\b", f"{english} {{rest}}"
        for before, forms in apart.items():
            if not before:
                behind = rf"(?:\s+sich\b)?(?:\s+{_SONG_SUBJECT})?" if of_song else r"(?:\s+sich\b)?"
                yield rf"\b{_either([*forms, *last])}\b{behind}", english
                continue
            *words, final = before.split()
            end = _CLAUSE_END if final in _ALSO_PREPOSITIONS else ""
            fixed = "".join(rf"{re.escape(word)}\s+" for word in words)
            more = rf"(?P<more>{_REST})" if words and final in _PREFIXES else ""
            yield (
                rf"\b{_either(forms)}(?:['’]?s)?\s+(?:sich\s+)?{subject}(?P<rest>{_REST}){_DEGREES}"
                rf"{fixed}{more}{re.escape(final)}\b{end}",
                f"{english} {{rest}}" + ("{more}" if more else ""),
            )
        yield rf"\b{bracket}\b", english


def verb_words(actions: Mapping[str, Sequence[str]], finite: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the forms of the verbs of a dictionary, "setzt" and "einsetzen"."""
    for verb in (verb for verbs in actions.values() for verb in verbs):
        before, _, infinitive = verb.rpartition("+")
        forms = _finite_forms(infinitive, finite)
        yield from forms
        yield from (form for form in _last_forms(before, infinitive, forms) if " " not in form)


def _finite_forms(infinitive: str, finite: Mapping[str, Sequence[str]]) -> list[str]:
    stem = infinitive.removesuffix("n").removesuffix("e")
    regular = [f"{stem}et" if stem[-1] in "dt" else f"{stem}t", stem, f"{stem}e"]
    return [*finite.get(infinitive, regular), infinitive]


def _last_forms(before: str, infinitive: str, forms: Sequence[str]) -> list[str]:
    """Return a verb as it stands at the end of its clause, "einsetzen", "einzusetzen" and "einsetzt"."""
    if not before:
        return [infinitive]
    written = [infinitive, *(form for form in forms if form.endswith(("t", "d", "n")))]
    apart = [f"{before} {form}" for form in (*written, f"zu {infinitive}")]
    if before.rsplit(maxsplit=1)[-1] not in _PREFIXES:
        return apart
    joined = [f"{before}{form}" for form in (*written, f"zu{infinitive}")]
    return [*joined, *apart] if infinitive == "sein" else joined


def _either(words: Sequence[str]) -> str:
    ordered = sorted(set(words), key=lambda word: (-len(word), word))
    return f"(?:{'|'.join(_spaced(word) for word in ordered)})"


def _spaced(words: str) -> str:
    return re.escape(words).replace("\\ ", r"\s+")
