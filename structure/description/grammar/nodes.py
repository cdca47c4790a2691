"""Turns the tokens of a sentence into nodes: one meaning for each, chosen by what stands around it.

A node is a wish in the making, a place in the song, a time, or a word that binds these (``no``, ``only``,
``until`` …). :mod:`structure.description.grammar.clauses` reads the nodes clause by clause.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from structure.description.words.tokens import Token
from structure.description.words.vocabulary import vocabulary
from structure.specs.wishes import Polarity, WishKind


@dataclass(slots=True)
class Node:
    """What a range of the text is.

    ``kind`` is a kind of wish, or ``player``, ``section``, ``edge``, ``edge_verb``, ``relation``,
    ``ordinal``, ``negation``, ``exact``, ``more``, ``less``, ``bars``, ``seconds``, ``number``, ``times``,
    ``linker``, ``stop``, ``breaker``, ``filler``, ``unknown`` … Each has a reader in the module of clauses.
    """

    kind: str
    value: Any
    start: int
    end: int
    token: Token = field(default_factory=lambda: Token(0, 0, ""))
    long: tuple[Polarity, int, int] | None = None
    """Whether a section is said to be long ("more") or short ("less"), and the range that says so."""


_FIGURES = (
    "title",
    "name",
    "tempo",
    "seconds",
    "period",
    "bar",
    "bar_range",
    "bars",
    "meter",
    "key",
    "times",
)
_FIRST = ("stop", "nobody_else", "post_negation", "reference", "refusal", "ensemble", "everybody")
_WISHES: dict[str, WishKind] = {
    "harmony": "harmony",
    "form": "form",
    "event": "event",
    "genre": "genre",
    "groove": "groove",
    "mood": "mood",
    "pace": "tempo",
    "mode": "key",
    "era": "era",
    "energy": "energy",
    "mix": "mix",
    "sound": "sound",
    "lyrics": "lyrics",
    "meter": "meter",
}
_MODIFIERS = ("mood", "sound", "energy", "pace", "filler", "exact", "groove", "ordinal", "event")

_GRADED = ("player", "mood", "sound", "energy", "harmony", "groove", "event")
"""What there may be more or less of."""

_MUSIC = ("mood", "genre", "work", "filler", "mix", "sound", "era")
"""What may say which music it is that somebody plays."""

_BEFORE_VERBS = ("and", "then", "to", "should", "must", "it", "song")
"""Words before an "end" that is a verb."""


def nodes_of(tokens: Sequence[Token]) -> list[Node]:
    """Return a node for each token."""
    found = []
    has_chorus = any(token.meanings.get("section") == "chorus" for token in tokens)
    for i, token in enumerate(tokens):
        kind = _kind(tokens, i)
        if kind in _NO_TOPIC and _is_of_a_topic(tokens, i):
            kind = "unknown"
        kind, value = _meaning(kind, token)
        if kind == "section" and value == "hook" and not has_chorus:
            value = "chorus"  # what many call the chorus
        elif kind == "section" and token.word in _BREAKS and _is_for_dancing(tokens):
            value = "breakdown"

        if token.word in ("after", "afterwards") and _last_is(tokens, i, ("stop", "linker")):
            # "First the drums, after the guitars": this "after" says no place.
            player = _player_index(tokens, i)
            if player is not None and all("filler" in between for between in tokens[i + 1 : player]):
                behind = tokens[player + 1] if player + 1 < len(tokens) else Token(0, 0, "")
                if not any(what in behind for what in ("section", "event", "halt")):
                    kind, value = "breaker", "then"
        elif _names_who_is_next(tokens, i):
            kind, value = "breaker", "then"
        elif token.word == "first" and _names_who_begins(tokens, i):
            kind, value = "edge", "start"
        elif kind == "relation" and value in _SIDES and _ends_clause(tokens, i):
            kind = "reference"  # "a hit at 0:30, silence right before"
        elif token.word in _WHEN and _next_is(tokens, i, ("section",), ("filler", "ordinal")):
            kind, value = "relation", "at"
        found.append(Node(kind, value, token.start, token.end, token))
    _number_bars(found)
    return list(_with_whom(found))


def _with_whom(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes, and behind a "with" or "without" that ends its clause the player named last.

    "Verse without drums and chorus with" has the drums in the chorus.
    """
    player: Node | None = None
    for i, node in enumerate(nodes):
        yield node
        if node.kind == "player":
            player = node
        elif node.kind == "stop" and node.value != ",":
            player = None
        ends = i + 1 == len(nodes) or nodes[i + 1].kind == "stop"
        if ends and player is not None and node.token.word in ("with", "without"):
            yield Node("player", player.value, node.start, node.end, player.token)


_MOST_BARS, _PHRASE_BARS = 400, 4


def _number_bars(nodes: Sequence[Node]) -> None:
    """Read bare numbers behind "from", "until", "before" and "after" as bars where bars were named before.

    So it is with the last number of "piano alone for 32 bars, drums only from 33", and with that of "the
    first 32 are piano alone". Behind "at" it is one that begins a phrase, later than the bar that was named
    last: "drums at bar 9, guitars at 17".
    """
    counted, last = False, float("inf")
    for i, node in enumerate(nodes):
        counted = counted or node.kind in ("bar", "bar_range", "bars")
        previous = nodes[i - 1] if i else node
        last = float(previous.value) if previous.kind == "bar" else last
        begins_phrase = node.kind == "number" and node.value > last and node.value % _PHRASE_BARS == 1
        if begins_phrase and previous.token.word in ("at", "by"):
            node.kind, node.value = "bar", int(node.value)
        if node.kind != "number" or not counted or not 1 < node.value <= _MOST_BARS:
            continue
        before = [other for other in nodes[max(0, i - 3) : i] if other.token.word != "the"]
        behind = nodes[i + 1] if i + 1 < len(nodes) else None
        if not before or (behind is not None and behind.kind not in _BEHIND_BARS):
            continue
        said = (before[-1].kind, before[-1].value)
        if said in (("relation", "from"), ("relation", "until"), ("relation", "before")):
            node.kind = "bar"
        elif said in (("relation", "after"), ("ordinal", 1), ("ordinal", -1)):
            node.kind = "bars"


_BEHIND_BARS = (
    *("stop", "breaker", "linker", "filler", "player", "everybody", "exact", "negation", "event"),
    *("energy", "mood", "sound", "section", "key", "pace", "groove"),
)
"""What may follow a bare number that counts bars."""


_NEXT = (
    *("finally", "next", "eventually", "lastly", "at last", "ultimately", "later on", "before long"),
    *("in due course", "after that", "afterwards"),
)
"""Words that in front of a player say that it comes next."""

_IN_TURN = (*_NEXT, "then", "and then", "followed by", "then a", "later", "and later", "which then")
_BEFORE_PLAYERS = ("filler", "sound", "mood", "exact", "number", "linker", "everybody", "group")


def _names_who_is_next(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a word like "finally" begins what comes next, as in "finally a choir"."""
    begins = not i or "stop" in tokens[i - 1] or tokens[i - 1].word == "and"
    return begins and i > 0 and tokens[i].word in _NEXT and _is_before_a_player(tokens, i)


def _names_who_begins(tokens: Sequence[Token], i: int) -> bool:
    """Return whether the "first" of "first a harp, then strings" says who begins."""
    begins = not i or "stop" in tokens[i - 1]
    goes_on = any(token.word in _IN_TURN for token in tokens[i + 1 :])
    return begins and goes_on and _is_before_a_player(tokens, i)


def _is_before_a_player(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a player, of whom no section is named, stands behind a token and its adjectives."""
    player = next((k for k in range(i + 1, min(i + 6, len(tokens))) if "player" in tokens[k]), None)
    if player is None or "section" in tokens[player]:
        return False
    between = tokens[i + 1 : player]
    return all(any(kind in token for kind in _BEFORE_PLAYERS) and "stop" not in token for token in between)


def _meaning(kind: str, token: Token) -> tuple[str, Any]:
    """Return the kind of the node of a token of a class, and its value."""
    if kind == "played":
        return "mix" if token[kind] == "background" else "event", token[kind]
    if kind == "player":
        return kind, token.meanings.get(kind, _GUITARS.get(token.word, token.word))
    if kind == "mix" and "mix" not in token:
        return kind, token["mix_adjective"]
    if kind == "event" and token.word in _BREAKS:
        return kind, "solo"
    return kind, token.meanings.get(kind, token.word)


_NO_TOPIC = ("genre", "player", "section", "everybody", "sound")
"""Kinds of node that say nothing of the music where they are what the song is about."""

_OF_THINGS = ("empty", "bare", "warm", "cold")
"""What before a thing that no vocabulary knows is no mood: "through empty streets"."""

_SIDES = ("before", "after")


def _ends_clause(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a token is the last of its clause."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    return following is None or "stop" in following or "breaker" in following


def _is_of_a_topic(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a token says what a song is about, or is an everyday thing, and plays nothing.

    So it is with the house of "a song about an old house", and with that of "a crooked house": behind an
    article and a word that no vocabulary knows, an everyday word means what it says.
    """
    token = tokens[i]
    if (
        "everyday" in token
        and i > 1
        and not tokens[i - 1].meanings
        and tokens[i - 2].word in ("a", "an", "the")
    ):
        return True
    for k in range(i - 1, max(-1, i - 7), -1):
        if "stop" in tokens[k] or tokens[k].word in ("with", "w/", "featuring", "but", "then"):
            return False
        if tokens[k].word in ("about", "singing about"):
            return (
                "number" not in tokens[k + 1]
                and "seconds" not in tokens[k + 1]
                and "bars" not in tokens[k + 1]
            )
    return False


def _kind(tokens: Sequence[Token], i: int) -> str:
    """Return the class that a token has in its place."""
    token = tokens[i]
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    is_of_thing = token.word in _OF_THINGS and following is not None and not following.meanings
    if is_of_thing or not token.meanings:
        return "unknown"

    # "Everything fades" is about all who play; "then everything" is loud.
    if token.word == "everything" and following is not None:
        ends = "stop" in following or "linker" in following or "section" in following
        is_before_place = following.word in ("in", "at", "for") and _next_is(
            tokens, i + 1, ("section", "edge"), ("filler", "ordinal")
        )
        if not ends and not is_before_place:
            return "everybody"
    if "everybody" in token and "energy" in token and not _next_is(tokens, i, _DONE_BY_ALL, ("filler",)):
        return "everybody" if _last_is(tokens, i, ("event",)) else "energy"

    kinds = [kind for kind in (*_FIGURES, *_FIRST) if kind in token]
    if "played" in token and _is_of_a_player(tokens, i):
        kinds = ["played"]
    if token.word in ("there", "here") and following is not None and following.word in _ARE:
        kinds = [kind for kind in kinds if kind != "reference"]  # "there is a solo"
    if "genre" in token:
        kinds = [kind for kind in kinds if kind != "meter"]
    beside = tokens[max(0, i - 2) : i + 4]
    if "group" in token and any("player" in other for other in beside):
        kinds = [kind for kind in kinds if kind != "ensemble"]  # "a chamber ensemble of flute and harp"
    if kinds:
        return kinds[0]

    for choose in (_of_neighbours, _of_place, _of_binding, _of_sound, _of_wish):
        if (kind := choose(tokens, i) or "") != "":
            return kind

    changes_key = "key_change" in token and (
        token["key_change"] == "change"
        or any(said in token.word for said in _OF_KEYS)
        or _next_is(tokens, i, ("interval",), ("filler", "relation"))
    )
    is_refused = "refused" in token and (_last_is(tokens, i, ("negation",)) or _before(tokens, i) == "any")
    of_two = token.word == "both" and not _next_is(tokens, i, ("player",), ("filler",))
    conditions = {
        "key_change": changes_key,
        "halt": "halt" in token,
        "refused": is_refused,
        **{kind: kind in token for kind in _LAST},
        "filler": "filler" in token and not of_two,
    }
    return next((kind for kind, holds in conditions.items() if holds), "spare")  # it is not understood


_BETWEEN_PLAYER_AND_VERB = ("filler", "sudden", "everybody", "ordinal", "exact")
"""What may stand between a player and what it does: "the strings all swell in"."""

_STARTS = (
    *("start", "starts", "starting", "begin", "begins", "beginning", "land", "lands", "landing", "come up"),
    *("bloom", "blooms", "blooming", "blossom", "blossoms", "blossoming"),
)
"""What says that a player comes in only where a time stands behind: "the organ starts at bar 9"."""


def _is_of_a_player(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a verb is said of a player in front of it."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    needs_time = tokens[i]["played"] in ("solo", "shot") or tokens[i].word in _STARTS
    if needs_time and not _is_before_a_time(tokens, i):
        return False
    if following is not None and "player" in following and "event" not in tokens[i]:
        return False  # "the drums break up the strings"
    if i and tokens[i - 1].word in ("they", "both") and tokens[i]["played"] in ("enter", "leave", "rest"):
        return True
    for token in reversed(tokens[max(0, i - 4) : i]):
        if "player" in token or ("everybody" in token and "filler" not in token):
            return True
        is_adverb = token.word.endswith("ly") and any(kind in token for kind in ("pace", "energy", "mood"))
        if not is_adverb and not any(kind in token for kind in _BETWEEN_PLAYER_AND_VERB):
            return False
    return False


def _is_before_a_time(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a section, a bar or a moment stands behind a token."""
    times = ("section", "bar", "seconds", "edge")
    return _next_is(tokens, i, ("relation",), ()) and _next_is(tokens, i + 1, times, ("filler", "ordinal"))


_OF_KEYS = ("modul", "transpos", "key")
"""Parts of words that are about keys alone: "modulate up", "raise the key"."""


def _of_neighbours(tokens: Sequence[Token], i: int) -> str | None:
    """Return the class of a token that only its neighbours tell, or None.

    It is ``mix``, ``exception``, or ``filler`` for a "mix" that is described, for "quietly hopeful" and for
    the "slowly" of "builds slowly".
    """
    token = tokens[i]
    if "mix_adjective" in token:  # "dry and wide mix", "mixed dry", "mix it dry" and "keep the mix dry"
        ahead = _first_but(tokens[i + 1 : i + 6])
        behind = _first_but(list(reversed(tokens[max(0, i - 5) : i])))
        if any(other is not None and _is_a_mix(other) for other in (ahead, behind)):
            return "mix"
    if "exception" in token and _next_is(tokens, i, ("section", "edge"), ("filler", "ordinal", "relation")):
        return "exception"
    if token.word in _SIZES and _next_is(tokens, i, ("event",), ("player",)):
        return "filler"  # "a big gong hit"
    is_adverb = token.word.endswith("ly")
    of_a_mood = is_adverb and "energy" in token and _next_is(tokens, i, ("mood",), ())
    of_a_growth = is_adverb and "pace" in token and (_grows(tokens, i - 1) or _grows(tokens, i + 1))
    of_a_growth = of_a_growth or (is_adverb and "pace" in token and _comes_or_goes(tokens, i))
    of_a_growth = of_a_growth or ("pace" in token and _is_of_an_event(tokens, i))

    # A "mix" of which something is said, or in which somebody stands.
    near = [other for other in tokens[max(0, i - 4) : i + 4] if "stop" not in other]
    is_described = any("mix" in other or "mix_adjective" in other for other in near)
    is_mix = set(token.meanings) <= _MIX_NOUNS and "mix_noun" in token and is_described
    return "filler" if of_a_mood or of_a_growth or is_mix else None


_SIZES = ("big", "huge", "massive", "giant", "enormous", "gigantic", "mighty")
"""Adjectives that before something that happens say nothing of how loud the song is."""

_GRADUAL = ("sweep", "fade", "enter", "leave", "build", "fall", "riser", "thin")


def _is_of_an_event(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a pace ends a clause in which something comes or goes: "opens in the drop slowly"."""
    if not _ends_clause(tokens, i):
        return False
    for token in reversed(tokens[:i]):
        happens = token.meanings.get("event", token.meanings.get("energy"))
        if happens in _GRADUAL:
            return True
        if not any(kind in token for kind in ("filler", "relation", "section", "ordinal", "edge")):
            return False
    return False


def _comes_or_goes(tokens: Sequence[Token], i: int) -> bool:
    """Return whether something comes or goes right beside a token: "fades out slowly over 20 seconds"."""
    before = tokens[max(0, i - 1) : i]
    return any(_happening(token) in _GRADUAL for token in (*before, *tokens[i + 1 : i + 2]))


def _happening(token: Token) -> str:
    """Return which event a token is, "" for none."""
    event = token.meanings.get("event", "")
    return str(event[0] if isinstance(event, tuple) else event)


def _grows(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a token is a growth or a fall, which may be slow: "builds slowly"."""
    return 0 <= i < len(tokens) and tokens[i].meanings.get("energy") in ("build", "fall")


_MIX_NOUNS = {"mix_noun", "technical", "filler"}


_OF_A_MIX = ("mix_adjective", "linker", "filler", "more", "less")


def _is_a_mix(token: Token) -> bool:
    """Return whether a token is a "mix", or a "loud master", which says something of one already."""
    return "mix_noun" in token or ("mix" in token and " " in token.word)


def _first_but(tokens: Sequence[Token]) -> Token | None:
    """Return the first token that is no adjective of a mix, nor a word between such."""
    return next((t for t in tokens if _is_a_mix(t) or not any(kind in t for kind in _OF_A_MIX)), None)


_ARE = (
    "is",
    "are",
    "s",
    "should",
    "will",
    "must",
    "can",
    "be",
    "has",
    "was",
    "'s",
    "comes",
    "come",
    "goes",
)

_DONE_BY_ALL = ("event", "energy", "edge_verb", "halt")
"""What "everything" may do: "everything builds"."""

_LAST = ("swap", "number", "work", "linker", "breaker", "relation", "interval", "group", "sudden")


_WHEN = ("when", "as", "once", "where", "as soon as", "by the time")
"""What a place may stand behind: "when the chorus starts"."""


def _of_place(tokens: Sequence[Token], i: int) -> str | None:
    """Return the kind of a word for a place, or None.

    ``event`` is for "sax break", ``exact`` for the "solo" of "solo piano".
    """
    token = tokens[i]
    before = tokens[i - 1] if i else None
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.word in _BREAKS and before is not None and before.meanings.get("player", "drums") != "drums":
        return "event"

    # The "end" of "end softly" is a verb, that of "at the end" is none.
    begins = before is None or "stop" in before or before.word in _BEFORE_VERBS
    is_verb = "edge" not in token or (begins and following is not None and "stop" not in following)

    # The "solo" of "solo piano" is played alone, that of "sax solo" is a section.
    of_player = before is not None and "player" in before and "stop" not in before
    is_soloist = not of_player and _next_is(tokens, i, ("player",), ("sound", "mood"))

    # What may rise is a section behind an article or beside its length, and not in "builds slowly".
    is_section = "event" not in token
    if "energy" in token:
        is_section = (
            _before(tokens, i) in ("a", "the", "long")
            or _next_is(tokens, i, ("bars", "seconds"), ())
            or _last_is(tokens, i, ("bars", "seconds", "ordinal", "negation"))
        )

    counted = ("section", "bars", "edge", "number", "seconds")
    is_nth = _before(tokens, i) == "the" and (
        _next_is(tokens, i, _SAID_OF_SECTIONS, ("filler", "relation")) or _is_another(tokens, i)
    )
    conditions = {
        "multiple": "multiple" in token and _next_is(tokens, i, ("section",), ("ordinal",)),
        "ordinal": "ordinal" in token and _next_is(tokens, i, counted, _MODIFIERS),
        "nth": "ordinal" in token and is_nth,
        "edge_verb": "edge_verb" in token and is_verb,
        "edge": "edge" in token,
        "exact": token.word == "solo" and is_soloist,
        "section": "section" in token and is_section,
    }
    return next((kind for kind, holds in conditions.items() if holds), None)


_SAID_OF_SECTIONS = ("key_change", "energy", "pace", "groove", "exact", "negation")
"""What is said of a section that an ordinal alone names: "the last a whole step higher"."""

_TOO = ("too", "also", "as well", "likewise", "again", "with", "without")


def _is_another(tokens: Sequence[Token], i: int) -> bool:
    """Return whether an ordinal without a noun is of a section that was named: "the second too"."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    ends = following is None or "stop" in following or following.word in _TOO
    ends = ends and "edge" not in tokens[i] and not (i > 1 and tokens[i - 2].word in ("than", "as"))
    return ends and any("section" in token for token in tokens[:i])


_BREAKS = ("break", "breaks")
"""What a player has who has a solo: "sax break". In a track for dancing it is a breakdown."""

_FOR_DANCING = (
    "techno",
    "house",
    "trance",
    "edm",
    "drum-and-bass",
    "dubstep",
    "hardstyle",
    "future-bass",
    "jungle",
)


def _is_for_dancing(tokens: Sequence[Token]) -> bool:
    """Return whether the style that a genre names is one with breakdowns and drops."""
    styles = vocabulary().genres
    return any(styles.get(str(token["genre"])) in _FOR_DANCING for token in tokens if "genre" in token)


_DONE_TO_PLAYERS = (
    *("drop", "cut", "hold", "lose", "kill", "mute", "scrap", "axe", "nix", "bin", "dump", "toss"),
    *("take", "pull", "strip"),
)
"""Verbs that say "no" where a player stands behind them, and nothing elsewhere."""

_DONE_TO_SOUNDS = ("lose", "kill", "scrap", "axe", "nix", "bin", "dump", "toss", "cut", "mute")
"""Those of them that say so of a sound as well: "lose the vinyl crackle"."""


def _of_binding(tokens: Sequence[Token], i: int) -> str | None:
    """Return ``negation``, ``exact``, ``more``, ``less`` or ``again`` for a word that binds, or None.

    ``again`` is a "more in the chorus", which is of whom the clause before was about.
    """
    token = tokens[i]
    if "negation" in token and not ("pace" in token or "groove" in token):
        drops = token.word.split()[0] in _DONE_TO_PLAYERS
        is_of_sound = token.word.split()[0] in _DONE_TO_SOUNDS and _next_is(
            tokens, i, ("sound",), ("filler",)
        )
        is_refused = not drops or is_of_sound or _next_is(tokens, i, ("player",), ("sound",))
        return "negation" if is_refused else None

    # "Just folk music on banjo and bass": these are all who play.
    on = next((k for k in range(i + 1, min(i + 6, len(tokens))) if tokens[k].word == "on"), i)
    is_music_on = on > i and all(any(kind in other for kind in _MUSIC) for other in tokens[i + 1 : on])
    is_music_on = is_music_on and _next_is(tokens, on, ("player",), ("filler", "sound"))
    if (
        "exact" in token
        and not _is_only_somewhere(tokens, i)
        and (
            _next_is(tokens, i, ("player", "everybody"), ("filler", "sound", "mood", "number"))
            or _last_is(tokens, i, ("player", "section", "group"))
            or _next_is(tokens, i, ("relation",), ("filler",))
            or (token.word == "just" and is_music_on)
            or (_last_is(tokens, i, ("edge_verb",)) and _last_is(tokens, i - 1, ("player",)))
            or (
                _before(tokens, i) in ("it", "things", "everything")
                and _last_is(tokens, i - 1, ("edge_verb",))
                and _last_is(tokens, i - 2, ("player",))
            )
        )
    ):
        return "exact"

    if "less" in token and token.word == "little" and not _next_is(tokens, i, ("player",), ()):
        return None  # "a little playful"
    if (
        token.word in ("more", "less", "fewer")
        and _next_is(tokens, i, ("relation",), ())
        and _next_is(tokens, i + 1, ("section", "edge"), ("filler", "ordinal"))
    ):
        return "again"
    of_degree = [kind for kind in ("more", "less") if kind in token]
    return of_degree[0] if of_degree and _next_is(tokens, i, _GRADED, ("filler",)) else None


def _is_only_somewhere(tokens: Sequence[Token], i: int) -> bool:
    """Return whether an "only" behind a player is for a place that no vocabulary knows.

    "A drum only in the galliard" plays there; whether alone, nobody can tell.
    """
    if tokens[i].word != "only" or not _last_is(tokens, i, ("player",)) or i + 2 >= len(tokens):
        return False
    behind = [other for other in tokens[i + 2 : i + 5] if "filler" not in other or not other.meanings]
    return "relation" in tokens[i + 1] and bool(behind) and not behind[0].meanings


def _of_sound(tokens: Sequence[Token], i: int) -> str | None:
    """Return the class of a word for who plays or how it sounds, or None.

    It is ``player``, or ``work`` or ``genre`` for a player's name that means these here ("hip-hop beat");
    ``sound`` for a word in front of a player, or ``mood`` where player and word are of the whole song ("a
    sad piano ballad").
    """
    token = tokens[i]
    if token.word in _GUITARS and _ends_clause(tokens, i) and _last_is(tokens, i, ("sound",)):
        return "player"
    if "player" in token:
        kinds = ("genre", "mood", "pace", "era", "tempo", "sound")
        may_be_work = "work" in token and i > 0 and "stop" not in tokens[i - 1]
        if may_be_work and (not tokens[i - 1].meanings or _last_is(tokens, i, kinds)):
            return "work"
        is_of_place = _next_is(tokens, i, ("relation",), ()) and _next_is(
            tokens, i + 1, ("section", "edge"), ("filler", "ordinal")
        )
        is_rapped = token.word == "rap" and is_of_place  # "rap in the second verse"
        may_be_genre = "genre" in token and not is_rapped and not _last_is(tokens, i, ("negation",))
        return "genre" if may_be_genre and not _has_other_genre(tokens, i) else "player"

    if "sound" in token and "mood" in token and any(map(_is_an_effect, tokens[i + 1 : i + 2])):
        return "filler"  # "heavy dub echo on the snare"
    if "sound" not in token or not _next_is(tokens, i, ("player",), ("sound", "mood")):
        return "sound" if "sound" in token and _is_second_sound(tokens, i) else None
    player = _player_index(tokens, i)
    behind = tokens[player + 1] if player is not None and player + 1 < len(tokens) else Token(0, 0, "")
    names_the_song = ("work" in behind or "genre" in behind) and "stop" not in behind
    return "mood" if "mood" in token and names_the_song else "sound"


def _is_second_sound(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a token is the "warm" of "bass woody and warm"."""
    if i < 3 or tokens[i - 1].word != "and":
        return False
    before = tokens[i - 2]
    return "sound" in before and "mood" not in before and "player" in tokens[i - 3]


_EFFECTS = ("echo", "reverb", "delay", "distortion", "fuzz", "compression", "tremolo", "saturation")
"""What a word for a sound may end with that is a thing, and not an adjective."""


def _is_an_effect(token: Token) -> bool:
    """Return whether a token is an effect that something is heard through."""
    return "sound" in token and token.word.split()[-1] in _EFFECTS


_GUITARS = {"acoustic": "acoustic guitar", "acoustics": "acoustic guitar", "electric": "electric guitar"}
"""Adjectives that stand for a guitar where they have a sound and no noun: "strummed acoustic"."""


def _has_other_genre(tokens: Sequence[Token], i: int) -> bool:
    """Return whether another word names the genre of the song."""
    return any(
        "genre" in tokens[k] and "groove" not in tokens[k] and not _is_of_a_part(tokens, k)
        for k in range(len(tokens))
        if k != i
    )


def _is_of_a_part(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a genre may be of one part alone, as in "jazz guitar" and "jazz outro"."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if following is None or "genre" in following or "work" in following:
        return False
    behind = tokens[i + 2] if i + 2 < len(tokens) else None
    names_the_song = behind is not None and "genre" in behind
    return "section" in following or ("player" in following and not names_the_song)


def _player_index(tokens: Sequence[Token], i: int) -> int | None:
    return next((k for k in range(i + 1, len(tokens)) if "player" in tokens[k]), None)


def _of_wish(tokens: Sequence[Token], i: int) -> str | None:
    """Return the kind of wish that a token is, by what stands next to it where it may be several."""
    token = tokens[i]
    if token.word == "classical" and _next_is(tokens, i, ("genre", "event", "edge"), ()):
        return "filler"  # "classical rock" and "a classical ending", as other languages say for "classic"
    if token.word == "double the" and not _next_is(tokens, i, ("player",), ()):
        return None
    if "genre" in token and _is_of_a_part(tokens, i) and _has_other_genre(tokens, i):
        return "sound"
    is_under_header = i > 1 and tokens[i - 1].word in ("]", ":", "(") and "section" in tokens[i - 2]
    at_place = (
        _next_is(tokens, i, ("section", "edge"), _MODIFIERS)
        or _last_is(tokens, i, ("section", "edge_verb"))
        or is_under_header  # "[Verse] hushed"
    )
    others = any("genre" in other and "sound" not in other for other in tokens if other is not token)
    refused = _last_is(tokens, i, ("negation",))  # "no four on the floor"
    is_vague = "mood" in token or "sound" in token or "pace" in token
    conditions = {
        "energy": "energy" in token and (at_place or not is_vague),
        "groove": "groove" in token
        and "event" not in token
        and ("genre" not in token or others or refused),
        "mood": "mood" in token and "genre" not in token,
        "era": "era" in token and "genre" in token,
        "sound": "sound" in token and "genre" in token and others,
    }
    holding = (kind for kind, holds in conditions.items() if holds)
    return next(holding, None) or next((kind for kind in _WISHES if kind in token), None)


def _next_is(tokens: Sequence[Token], i: int, wanted: Sequence[str], over: Sequence[str]) -> bool:
    """Return whether the next token, but for some that may stand between, is of a class."""
    for token in tokens[i + 1 : i + 6]:
        if any(kind in token for kind in wanted):
            return True
        if not any(kind in token for kind in over) or "stop" in token:
            return False
    return False


def _last_is(tokens: Sequence[Token], i: int, wanted: Sequence[str]) -> bool:
    return i > 0 and any(kind in tokens[i - 1] for kind in wanted)


def _before(tokens: Sequence[Token], i: int) -> str:
    return tokens[i - 1].word if i else ""


def wish_kind(kind: str) -> WishKind | None:
    """Return the kind of wish of a node; None for a node that is none by itself."""
    return _WISHES.get(kind)
