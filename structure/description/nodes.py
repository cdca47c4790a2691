"""Turns the tokens of a sentence into nodes: one meaning for each, chosen by what stands around it.

A node is a wish in the making, a place in the song, a time, or a word that binds these (``no``, ``only``,
``until`` …). :mod:`structure.description.clauses` reads the nodes clause by clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from structure.description.tokens import Token
from structure.specs.wishes import WishKind


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


_FIGURES = ("title", "name", "tempo", "seconds", "bar", "bars", "meter", "key", "times")
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


def nodes_of(tokens: Sequence[Token]) -> list[Node]:
    """Return a node for each token."""
    return [_node(tokens, i) for i in range(len(tokens))]


def _node(tokens: Sequence[Token], i: int) -> Node:
    token = tokens[i]
    if _is_then(tokens, i):
        return Node("breaker", "then", token.start, token.end, token)
    if token.word in _WHEN and _next_is(tokens, i, ("section",), ("filler", "ordinal")):
        return Node("relation", "at", token.start, token.end, token)
    kind = _kind(tokens, i)
    if kind in ("genre", "player", "section", "everybody") and _is_of_a_topic(tokens, i):
        kind = "unknown"
    value = token.meanings.get(kind, token.word)
    if kind == "mix" and "mix" not in token:
        value = token["mix_adjective"]
    elif kind == "event" and token.word in _BREAKS:
        value = "solo"
    return Node(kind, value, token.start, token.end, token)


def _is_of_a_topic(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the house of "a song about an old house", which plays nothing."""
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
    if not token.meanings:
        return "unknown"
    if token.word == "everything" and not _is_all_said(tokens, i):
        return "everybody"
    if "everybody" in token and "energy" in token and not _next_is(tokens, i, _DONE_BY_ALL, ("filler",)):
        return "everybody" if _last_is(tokens, i, ("event",)) else "energy"
    for kind in (*_FIGURES, *_FIRST):
        if kind == "reference" and _is_pronoun(tokens, i):
            continue
        if kind in token and not (kind == "meter" and "genre" in token):
            return kind
    for choose in (_of_neighbours, _of_place, _of_binding, _of_sound, _of_wish, _of_change):
        if (kind := choose(tokens, i) or "") != "":
            return kind
    of_two = token.word == "both" and not _next_is(tokens, i, ("player",), ("filler",))
    left = "filler" if "filler" in token and not of_two else "spare"  # the spare is not understood
    return next((kind for kind in _LAST if kind in token), left)


def _of_neighbours(tokens: Sequence[Token], i: int) -> str | None:
    """``mix``, ``exception``, or ``filler`` for a "mix" that is described, and "quietly hopeful"."""
    token = tokens[i]
    if _is_of_a_mix(tokens, i):
        return "mix"
    if "exception" in token and _next_is(tokens, i, ("section", "edge"), ("filler", "ordinal", "relation")):
        return "exception"
    of_a_mood = "energy" in token and token.word.endswith("ly") and _next_is(tokens, i, ("mood",), ())
    is_mix = set(token.meanings) <= _MIX_NOUNS and "mix_noun" in token and _is_beside_a_mix(tokens, i)
    return "filler" if of_a_mood or is_mix else None


_MIX_NOUNS = {"mix_noun", "technical", "filler"}


def _is_beside_a_mix(tokens: Sequence[Token], i: int) -> bool:
    """Return True for a "mix" of which something is said, or in which somebody stands."""
    near = [token for token in tokens[max(0, i - 4) : i + 4] if "stop" not in token]
    return any("mix" in token or "mix_adjective" in token for token in near)


_OF_A_MIX = ("mix_adjective", "linker", "filler", "more", "less")


def _is_of_a_mix(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "dry" of "dry and wide mix", "mixed dry", "mix it dry" and "keep the mix dry"."""
    token = tokens[i]
    if "mix_adjective" not in token:
        return False
    ahead = _first_but(tokens[i + 1 : i + 6])
    behind = _first_but(list(reversed(tokens[max(0, i - 5) : i])))
    return any(other is not None and _is_a_mix(other) for other in (ahead, behind))


def _is_a_mix(token: Token) -> bool:
    """Return True for "mix", and for "loud master", which says something of one already."""
    return "mix_noun" in token or ("mix" in token and " " in token.word)


def _first_but(tokens: Sequence[Token]) -> Token | None:
    """Return the first token that is no adjective of a mix, nor a word between such."""
    return next((t for t in tokens if _is_a_mix(t) or not any(kind in t for kind in _OF_A_MIX)), None)


def _is_music_on(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "just" of "just folk music on banjo and bass", who are all."""
    for k in range(i + 1, min(i + 6, len(tokens))):
        if tokens[k].word == "on":
            return _next_is(tokens, k, ("player",), ("filler", "sound"))
        if not any(
            kind in tokens[k] for kind in ("mood", "genre", "work", "filler", "mix", "sound", "era")
        ):
            return False
    return False


def _is_at_place(tokens: Sequence[Token], i: int) -> bool:
    """Return True where a relation and then a place stand: "more in the chorus"."""
    if i >= len(tokens) or "relation" not in tokens[i]:
        return False
    return _next_is(tokens, i, ("section", "edge"), ("filler", "ordinal"))


def _is_all_said(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "everything" of "then everything", which is loud."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if following is None or "stop" in following or "linker" in following or "section" in following:
        return True
    return following.word in ("in", "at", "for") and _next_is(
        tokens, i + 1, ("section", "edge"), ("filler", "ordinal")
    )


def _is_pronoun(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "there" of "there is a solo", which is no place."""
    following = tokens[i + 1].word if i + 1 < len(tokens) else ""
    return tokens[i].word in ("there", "here") and following in _ARE


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

_LAST = ("number", "work", "linker", "breaker", "relation", "interval", "group", "sudden")


_WHEN = ("when", "as", "once", "where", "as soon as", "by the time")
"""What a place may stand behind: "when the chorus starts"."""


def _is_then(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "after" of "first the drums, after the guitars", which is no place."""
    token = tokens[i]
    if token.word not in ("after", "afterwards") or not _last_is(tokens, i, ("stop", "linker")):
        return False
    player = _player_index(tokens, i)
    if player is None or any("filler" not in tokens[k] for k in range(i + 1, player)):
        return False
    return player + 1 >= len(tokens) or not any(
        k in tokens[player + 1] for k in ("section", "event", "halt")
    )


def _of_change(tokens: Sequence[Token], i: int) -> str | None:
    """``key_change``, ``halt`` or ``refused``, where what stands beside them makes them so."""
    token = tokens[i]
    if "key_change" in token and (
        token["key_change"] == "change" or _next_is(tokens, i, ("interval",), ("filler", "relation"))
    ):
        return "key_change"
    if "halt" in token:
        return "halt"
    if "refused" in token and (_last_is(tokens, i, ("negation",)) or _before(tokens, i) == "any"):
        return "refused"
    return None


def _of_place(tokens: Sequence[Token], i: int) -> str | None:
    """Return the kind of a word for a place, or None.

    ``event`` is for "sax break", ``exact`` for the "solo" of "solo piano".
    """
    token = tokens[i]
    counted = ("section", "bars", "edge", "number", "seconds")
    if token.word in _BREAKS and _last_is(tokens, i, ("player",)) and tokens[i - 1]["player"] != "drums":
        return "event"
    conditions = {
        "multiple": "multiple" in token and _next_is(tokens, i, ("section",), ()),
        "ordinal": "ordinal" in token and _next_is(tokens, i, counted, _MODIFIERS),
        "edge_verb": "edge_verb" in token and _is_verb(tokens, i),
        "edge": "edge" in token,
        "exact": token.word == "solo" and _is_soloist(tokens, i),
        "section": "section" in token and _is_section(tokens, i),
    }
    return next((kind for kind, holds in conditions.items() if holds), None)


_BREAKS = ("break", "breaks")
"""What a player has who has a solo: "sax break"."""


def _is_section(tokens: Sequence[Token], i: int) -> bool:
    """Return True but for the "build" of "builds slowly".

    What may rise is a section behind an article or beside its length.
    """
    token = tokens[i]
    if "energy" not in token:
        return "event" not in token
    return (
        _before(tokens, i) in ("a", "the", "long")
        or _next_is(tokens, i, ("bars", "seconds"), ())
        or _last_is(tokens, i, ("bars", "seconds", "ordinal", "negation"))
    )


def _is_verb(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "end" of "end softly", False for that of "at the end"."""
    token = tokens[i]
    if "edge" not in token:
        return True
    before = tokens[i - 1] if i else None
    if (
        before is None
        or "stop" in before
        or before.word in ("and", "then", "to", "should", "must", "it", "song")
    ):
        following = tokens[i + 1] if i + 1 < len(tokens) else None
        return following is not None and "stop" not in following
    return False


def _is_soloist(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "solo" of "solo piano", False for that of "sax solo"."""
    if i and "player" in tokens[i - 1] and "stop" not in tokens[i - 1]:
        return False
    return _next_is(tokens, i, ("player",), ("sound", "mood"))


def _of_binding(tokens: Sequence[Token], i: int) -> str | None:
    """``negation``, ``exact``, ``more`` or ``less``."""
    token = tokens[i]
    if "negation" in token and not ("pace" in token or "groove" in token):
        if token.word.split()[0] in ("drop", "cut", "hold", "lose") and not _next_is(
            tokens, i, ("player",), ("sound",)
        ):
            return None
        return "negation"
    if "exact" in token and (
        _next_is(tokens, i, ("player", "everybody"), ("filler", "sound", "mood", "number"))
        or _last_is(tokens, i, ("player", "section", "group"))
        or _next_is(tokens, i, ("relation",), ("filler",))
        or (token.word == "just" and _is_music_on(tokens, i))
        or (_last_is(tokens, i, ("edge_verb",)) and _last_is(tokens, i - 1, ("player",)))
        or (
            _before(tokens, i) in ("it", "things", "everything")
            and _last_is(tokens, i - 1, ("edge_verb",))
            and _last_is(tokens, i - 2, ("player",))
        )
    ):
        return "exact"
    return _of_degree(tokens, i)


def _of_degree(tokens: Sequence[Token], i: int) -> str | None:
    """``more``, ``less``, or ``again`` where these are of whom the clause before was about."""
    token = tokens[i]
    if "less" in token and token.word == "little" and not _next_is(tokens, i, ("player",), ()):
        return None  # "a little playful"
    if token.word in ("more", "less", "fewer") and _is_at_place(tokens, i + 1):
        return "again"
    for kind in ("more", "less"):
        if kind in token and _next_is(
            tokens, i, ("player", "mood", "sound", "energy", "harmony", "groove", "event"), ("filler",)
        ):
            return kind
    return None


def _of_sound(tokens: Sequence[Token], i: int) -> str | None:
    """``player``; ``sound`` or ``mood`` in front of one; ``work`` for the beat of "hip-hop beat"."""
    token = tokens[i]
    if "player" in token:
        return _of_player(tokens, i)
    if "sound" not in token or not _next_is(tokens, i, ("player",), ("sound", "mood")):
        return None
    behind = _player_index(tokens, i)
    names = "mood" in token and behind is not None and _names_the_song(tokens, behind)
    return "mood" if names else "sound"


def _of_player(tokens: Sequence[Token], i: int) -> str:
    """``player``, unless its name is that of a work or a genre here."""
    token = tokens[i]
    if "work" in token and i and "stop" not in tokens[i - 1]:
        kinds = ("genre", "mood", "pace", "era", "tempo", "sound")
        if not tokens[i - 1].meanings or _last_is(tokens, i, kinds):
            return "work"
    if "genre" in token and not _last_is(tokens, i, ("negation",)):
        return "player" if _has_other_genre(tokens, i) else "genre"
    return "player"


def _has_other_genre(tokens: Sequence[Token], i: int) -> bool:
    """Return True where another word names the genre of the song."""
    return any(
        "genre" in tokens[k] and "groove" not in tokens[k] and not _is_of_a_part(tokens, k)
        for k in range(len(tokens))
        if k != i
    )


def _is_of_a_part(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "jazz" of "jazz guitar" and "jazz outro", which may be of that part alone."""
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if following is None or "genre" in following or "work" in following:
        return False
    behind = tokens[i + 2] if i + 2 < len(tokens) else None
    names_the_song = behind is not None and "genre" in behind
    return "section" in following or ("player" in following and not names_the_song)


def _player_index(tokens: Sequence[Token], i: int) -> int | None:
    return next((k for k in range(i + 1, len(tokens)) if "player" in tokens[k]), None)


def _names_the_song(tokens: Sequence[Token], player: int) -> bool:
    """Return True where a player names the song, as in "a sad piano ballad"."""
    following = tokens[player + 1] if player + 1 < len(tokens) else None
    return (
        following is not None and ("work" in following or "genre" in following) and "stop" not in following
    )


def _of_wish(tokens: Sequence[Token], i: int) -> str | None:
    """Return the kind of wish that a token is, by what stands next to it where it may be several."""
    token = tokens[i]
    at_place = _next_is(tokens, i, ("section", "edge"), _MODIFIERS)
    at_place = at_place or _last_is(tokens, i, ("section", "edge_verb")) or _is_under_header(tokens, i)
    if token.word == "double the" and not _next_is(tokens, i, ("player",), ()):
        return None
    others = any("genre" in other and "sound" not in other for other in tokens if other is not token)
    if "genre" in token and _is_of_a_part(tokens, i) and _has_other_genre(tokens, i):
        return "sound"
    is_vague = "mood" in token or "sound" in token or "pace" in token
    conditions = {
        "energy": "energy" in token and (at_place or not is_vague),
        "groove": "groove" in token and "event" not in token and ("genre" not in token or others),
        "mood": "mood" in token and "genre" not in token,
        "era": "era" in token and "genre" in token,
        "sound": "sound" in token and "genre" in token and others,
    }
    holding = (kind for kind, holds in conditions.items() if holds)
    return next(holding, None) or next((kind for kind in _WISHES if kind in token), None)


def _is_under_header(tokens: Sequence[Token], i: int) -> bool:
    """Return True for the "hushed" of "[Verse] hushed" and "verse: hushed"."""
    return i > 1 and tokens[i - 1].word in ("]", ":", "(") and "section" in tokens[i - 2]


def _next_is(tokens: Sequence[Token], i: int, wanted: Sequence[str], over: Sequence[str]) -> bool:
    """Return True where the next token, but for some that may stand between, is of a class."""
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
