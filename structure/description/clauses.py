"""Read the nodes of a sentence clause by clause: who is asked for what, and what is not wanted.

A clause is a list of items: wishes in the making (:class:`Draft`), places and times that they may belong to
(:class:`Anchor`), and lengths that belong to one of these (:class:`Measure`).
:mod:`structure.description.scopes` gives each wish its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from structure.description.drafts import Anchor, Clause, Draft, Item
from structure.description.nodes import Node, wish_kind
from structure.description.placing import PlaceReader
from structure.description.vocabulary import vocabulary
from structure.specs.wishes import Polarity, WishKind

_ORED = ("or", "nor")
_OF_DRUMS = ("brushes", "brush", "brushwork")
_PLAYED_EVENTS = (
    *("fill", "build", "riser", "hold", "sweep", "answer", "double"),
    *("shot", "impact", "pickup", "push", "fall"),
)
_BY_SOMEBODY = ("fill", "build", "riser", "hold", "shot", "impact", "pickup")
_TOWARDS = ("to", "into", "toward", "towards")
_CHANGES = ("accelerando", "ritardando")
_REMAINING = ("left", "remaining", "remain", "remains", "standing", "over")
_BUILDS = ("classical", "baroque", "folk")
"""Genres that name how an instrument is built: a classical guitar plays anything."""

_DOWN_TO = ("to", "down to", "back to", "back down to", "until", "till")
_WHOSE = ("from", "by", "of", "on", "in")
"""What stands between an event and the player who does it."""

_DEGREES = (
    *("very", "really", "slightly", "well", "super", "so", "a bit", "a little", "quite", "rather", "too"),
    *("pretty", "extremely", "all", "nice", "nicely", "properly", "fairly", "somewhat", "heavily"),
    *("lightly", "deeply", "totally", "completely", "is", "are", "should be", "must be", "sounds", "sound"),
)
"""What may stand between a player and the word for its sound: "the bass really fat"."""

_BUT = ("except", "but", "except for", "apart from", "other than", "besides", "save for")
"""What stands between those who are refused and one who is not."""

_OF_GUITARS = ("palm muted", "palm mute", "palm muting", "tremolo picked", "power chords", "drop tuned")
"""Sounds that only a guitar has."""

_ALONE = ("alone", "all alone", "on its own", "on their own", "by itself", "by themselves", "unaccompanied")
"""What says of who stands in front of it that nobody else plays."""

_IN_PLACE = ("for", "with", "by", "against", "through")
"""What stands before the player who takes the place of another."""

_DROPS = ("drop", "cut", "lose", "take", "leave")
"""What says "no" to a player, and with an "out" behind it that the player leaves."""

_EFFECTS = (
    "reverb",
    "delay",
    "echo",
    "echoes",
    "distortion",
    "fuzz",
    "hiss",
    "crackle",
    "noise",
    "compression",
    "tremolo",
    "chorus",
    "phaser",
    "flanger",
    "wah",
    "vibrato",
    "slapback",
    "saturation",
)
_OF_STEMS = {"loud master": "up front", "quiet master": "background", "mono": "centre", "narrow": "centre"}
"""What a word for a whole mix means for one player of it."""

_BARS_SAID = {"one bar": 1.0, "bar of": 1.0, "two bars": 2.0, "a bar": 1.0}
"""How some names of rests begin, and how many bars these last."""
_HALTS = {"pause": "rest", "pauses": "rest", "wait": "rest", "hold": "fermata", "holds": "fermata"}
"""What a word means before a place, where nobody is named who does it: "a pause before the chorus"."""

_ALL_BUT = (
    *("everything but", "everyone but", "everybody but", "all instruments but"),
    *("everything except", "everyone except", "everybody except", "all except", "all instruments except"),
)
_PLAYED_BY = ("on", "by", "from", "played", "carried", "taken")
_SOUNDS = ("play", "plays", "playing", "heard", "sound", "sounds", "used", "comes", "come")
"""What says that a place is all where somebody plays: "the banjo plays only in the intro"."""
_MOODS_OF_GENRES = ("dark", "sad", "happy", "epic", "uplifting", "melancholic", "dreamy")
"""Moods that begin the name of a genre: "dark trap"."""
_MOODS_IN_GENRES = {"meditation": "meditative", "horror": "scary", "relaxation": "relaxing"}
"""Names of genres that say a mood as well."""
_STYLES_OF_ENSEMBLES = ("jazz", "rock", "blues", "punk")


def _is_genre_of(node: Node) -> bool:
    """Return whether a node is a genre that also names who plays it: "gospel choir"."""
    return node.kind == "genre" and "player" in node.token and " " in node.token.word


def clauses_of(nodes: Sequence[Node]) -> list[Clause]:
    """Return the clauses of a sentence, in order."""
    kinds = {node.kind for node in nodes}

    # A number behind a section that is too large for a visit is its length: "intro 4, verse 16". So are the
    # numbers in a clause that tells how many bars a section has, and behind it.
    lengths = any(
        one.kind == "section" and other.kind == "number" and other.value > 9
        for one, other in pairwise(nodes)
    )
    found = []
    for part in split_clauses(nodes):
        lengths = lengths or {"section", "bars"} <= {node.kind for node in part}
        if part:
            found.append(Clause(part, _ClauseReader(part, lengths, kinds).items(), None))
    return found


def split_clauses(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the nodes of each clause of a sentence.

    A stop begins a clause and belongs to it. A comma within a list of players begins none. The colon of
    "jazz trio of: piano, bass, drums" and a comma before an exception are left out.
    """
    part: list[Node] = []
    for i, node in enumerate(nodes):
        before = next((other for other in reversed(nodes[:i]) if other.token.word != "of"), None)
        if node.value == ":" and before is not None and before.kind in ("group", "exact"):
            continue
        if node.value == "," and i + 1 < len(nodes) and nodes[i + 1].kind == "exception":
            continue
        if node.value == "," and i and nodes[i - 1].kind == "group" and _lists_members(nodes, i):
            continue  # "a duo, banjo and upright bass"
        if node.kind == "breaker" or (node.kind == "stop" and not _within_a_list(nodes, i)):
            yield part
            part = [node]
        else:
            part.append(node)
    yield part


def _lists_members(nodes: Sequence[Node], i: int) -> bool:
    """Return whether as many players as a group has members are listed behind the comma at ``i``."""
    named = 0
    for node in nodes[i + 1 :]:
        if node.kind == "player":
            named += 1
        elif node.kind not in ("filler", "sound", "linker", "mood", "number") and node.value != ",":
            break
    before = any(node.kind == "player" for node in nodes[max(0, i - 3) : i])
    return named == nodes[i - 1].value and not before


def _within_a_list(nodes: Sequence[Node], i: int) -> bool:
    """Return whether a node is a comma of a list of players.

    So are the commas of "for A, B and C" and of "without A, B or C", and not those of tags.
    """
    if nodes[i].value != "," or not i or nodes[i - 1].kind != "player" or not _player_after(nodes, i):
        return False

    # The word that joins the last player of the list, if any.
    joint = ""
    for k, node in enumerate(nodes[i + 1 :], start=i + 1):
        if node.kind == "linker" and node.value not in ("with", "plus") and _player_after(nodes, k):
            joint = str(node.value)
            break
        if node.kind not in ("player", "filler", "sound", "mood", "number") and node.value != ",":
            break

    # The node in front of the list, or the first of all.
    inside = ("player", "filler", "sound", "mood", "number", "linker")
    outside = (
        node for node in reversed(nodes[:i]) if node.kind not in inside and node.value not in (",", ":")
    )
    front = next(outside, nodes[0])
    if front.kind == "negation":
        refuses = front.value in ("without", "w/o", "minus", "sans", "w/out")
        return joint in _ORED or (joint != "" and refuses)

    # "Solo piano, drums come in": the comma begins a new clause.
    player = next((k for k in range(i + 1, len(nodes)) if nodes[k].kind == "player"), len(nodes))
    comes_in = player + 1 < len(nodes) and nodes[player + 1].kind == "event"
    return joint != "" or (front.kind in ("relation", "exact", "group") and not comes_in)


def _player_after(nodes: Sequence[Node], i: int) -> bool:
    """Return whether a player stands behind a node, with nothing but a list's words between."""
    for node in nodes[i + 1 :]:
        if node.kind == "player":
            return True
        if node.kind not in ("filler", "sound", "linker", "mood", "number"):
            return False
    return False


_STABS = ("stab", "stabs")
"""What one who strikes shortly in a place of the song plays."""


_PLAIN: Mapping[str, WishKind | Literal["everybody"]] = {
    "refused": "part",
    "everybody": "everybody",
    "title": "title",
}
"""Nodes that are a wish without more, and the kind of that wish."""


class _ClauseReader(PlaceReader):
    """Turns players, wishes and the words that bind them into drafts."""

    def items(self) -> list[Item]:
        """Return the items of the clause."""
        for i, node in enumerate(self._nodes):
            if self._skip:
                self._skip -= 1
                continue
            reader = getattr(self, f"_read_{node.kind}", None)
            if reader is not None:
                reader(i, node)
            elif node.kind in _PLAIN:
                self._add(Draft(_PLAIN[node.kind], str(node.value), node.start, node.end, i, i))
            elif (kind := wish_kind(node.kind)) is not None:
                self._read_wish(i, node, kind)

        # The one player of "a duo of cellos" plays as many times as the group has members.
        players = [
            item for item in self._items if isinstance(item, Draft) and item.kind == "part" and item.exact
        ]
        if self._group is not None and len(players) == 1 and players[0].copies == 1:
            players[0].copies = max(1, int(self._group.value))
        return self._items

    def _read_negation(self, _i: int, node: Node) -> None:
        self._negation = node

    def _read_swap(self, _i: int, _node: Node) -> None:
        self._swapped = True

    def _read_exception(self, _i: int, node: Node) -> None:
        self._exception = node

    def _read_post_negation(self, i: int, node: Node) -> None:
        """Refuse the wishes or the sections that stand before a "no thanks"."""
        for item in reversed(self._items):
            if isinstance(item, Anchor) and item.sections and item.relation is None:
                self._items.remove(item)
                self._items += [
                    Draft("section", name, item.start, node.end, item.first, i, polarity="avoid")
                    for name, _ in item.sections
                ]
                return
            if not isinstance(item, Draft) or item.polarity != "want":
                return
            item.polarity, item.end = "avoid", node.end

    def _read_refusal(self, i: int, node: Node) -> None:
        self._add(Draft("part", str(node.value), node.start, node.end, i, i, polarity="avoid"))

    def _read_exact(self, i: int, node: Node) -> None:
        following = self._next(i)
        kinds = ("player", "everybody", "sound", "number", "mood", "mix", "genre", "work", "era")
        if following is not None and following.kind in kinds and node.token.word not in _ALONE:
            if self._negation is not None:
                self._negation = None  # "no drums, just a shaker": others play as well
            elif self._exact is None or self._exact.kind != "event":
                self._exact = node
            return

        last = self._last_item()
        if isinstance(last, Anchor):
            is_verb = self._nodes[last.last].kind == "edge_verb" and len(self._items) > 1
            if not is_verb:  # as in "the guitar starts alone"
                last.end = node.end  # "in the choruses only"
                return
        for item in self._last_players():
            item.exact, item.only = True, True
            item.seldom = any(n.token.word in _SOUNDS for n in self._nodes[item.last + 1 : i])
            item.end = max(item.end, node.end) if item is self._items[-1] else item.end

    def _read_more(self, _i: int, node: Node) -> None:
        self._degree = node

    _read_less = _read_more

    def _read_again(self, i: int, node: Node) -> None:
        """Ask for more or less of whoever the clause before was about.

        "Fewer drums in the verse, more in the chorus" asks for more drums.
        """
        polarity: Polarity = "more" if node.token.word == "more" else "less"
        self._add(Draft("part", "", node.start, node.end, i, i, polarity=polarity))

    def _read_number(self, i: int, node: Node) -> None:
        """Read a number as a place, a tempo or the bars of a section; otherwise as a count of players.

        A place is "the second one", a tempo the number of "drum and bass 174". A number behind a section is
        its bars where another's were told ("verse 8 bars, chorus 16") or where it is larger than 9.
        """
        if node.token.word == "one" and self._ordinal is not None:
            first = self._first_of_place(i)
            one = Anchor(self._nodes[first].start, node.end, first, i, self._relation_value())
            one.sections = [("", int(self._ordinal.value) or None)]
            self._place(one)
            return
        if self._is_tempo(i, node):
            self._add(Draft("tempo", "bpm", node.start, node.end, i, i, amount=float(node.value)))
            return
        before = self._last_item()
        is_behind = (
            isinstance(before, Anchor) and bool(before.sections) and self._only_fillers(before.last, i)
        )
        if is_behind and (self._lengths or node.value > 9):
            self._measure("bars", i, node)
        else:
            self._count = node

    def _is_tempo(self, i: int, node: Node) -> bool:
        """Return whether a number from 50 to 220 is a tempo, as at the end of "drum and bass 174"."""
        if not 50 <= node.value <= 220:
            return False
        following = self._following(i)
        if self._has_tempo and following is not None and following.kind == "relation":
            return True  # "90 bpm in the verse, 120 in the chorus"
        if following is not None or not i:
            return False
        return self._nodes[i - 1].kind in ("genre", "work", "mood", "pace", "era", "groove")

    def _read_linker(self, i: int, node: Node) -> None:
        following = self._following(i)
        stays = node.value in _ORED or (
            node.value in ("and", "&", "+")
            and following is not None
            and (
                following.kind in ("player", "section", "negation")
                or following.value in ("any", "the", "a", "an")
            )
        )
        if not stays:
            self._negation = None

    def _read_player(self, i: int, node: Node) -> None:
        if self._is_sound_on(i, node) or self._is_what_one_plays(i, node):
            return
        if self._plays_the_last(i, node) or self._plays_the_event(i, node):
            return
        if node.token.word.split()[-1] in _STABS and self._has_place():
            whose = self._player_by(i)
            at, last = (i, node) if whose is None else (whose, self._nodes[whose])
            self._add(Draft("event", "shot", node.start, last.end, i, at, stem=str(last.value)))
            self._skip = at - i
            return
        genre = node.token.word.split()[0]
        names_genre = genre in vocabulary().genres and genre not in _BUILDS and genre != node.token.word
        if names_genre and not self._has_genre:
            self._add(Draft("genre", genre, node.start, node.start + len(genre), i, i))  # "house piano"
        self._take_place(i)
        before = self._last_item()
        if isinstance(before, Draft) and (before.kind, before.polarity) == ("part", "avoid"):
            for said in self._nodes[before.last + 1 : i]:
                if said.token.word in _BUT:  # "no percussion except a shaker"
                    said.kind, self._negation = "filler", None
        draft = Draft("part", str(node.value), node.start, node.end, i, i)
        if (
            self._count is not None
            and self._count.value in range(2, 5)
            and self._only_fillers_or_modifiers(self._count, i)
        ):
            draft.copies, draft.start = int(self._count.value), self._count.start
        self._count = None
        if self._exact is not None:
            draft.exact = True
            draft.edge = "end" if self._exact.kind == "event" else None  # "thins out to a celesta"
            draft.start = min(draft.start, self._exact.start) if not self._last_players() else draft.start
        following = self._next(i)
        if self._relation is not None and not (
            following is not None and following.kind in ("section", "edge")
        ):
            self._relation = None
        self._add(draft)
        if self._exact is not None and not self._list_goes_on(i):
            self._exact = None

    def _take_place(self, i: int) -> None:
        """Refuse the drums of "swap the drums for claps", in whose place another player is."""
        before = self._last_item()
        if not self._swapped or not isinstance(before, Draft) or before.kind != "part":
            return
        words = [node.token.word for node in self._nodes[before.last + 1 : i]]
        if any(word in _IN_PLACE for word in words):
            before.polarity, self._swapped, self._exact = "avoid", False, None

    def _player_by(self, i: int) -> int | None:
        """Return the player of "stabs from the brass" by its place; None where nobody is so named."""
        for k in range(i + 1, min(i + 4, len(self._nodes))):
            node = self._nodes[k]
            if node.kind == "player":
                return k if self._nodes[i + 1].token.word.split()[0] in _WHOSE else None
            if node.kind not in ("filler", "relation", "work"):
                return None
        return None

    def _is_sound_on(self, i: int, node: Node) -> bool:
        """Give a sound, groove or mix to the player it is on, as in "more reverb on the vocals".

        Return whether it is so given.
        """
        before = self._last_item()
        if self._relation is None or not isinstance(before, Draft):
            return False
        word = self._relation[1].token.word
        if word != "on" and not (word == "in" and before.kind in ("sound", "mix")):
            return False
        if before.kind not in ("sound", "groove", "mix") or before.stem or before.last >= self._relation[0]:
            return False
        before.stem, before.end, before.last = str(node.value), node.end, i
        self._relation = None
        return True

    def _is_what_one_plays(self, i: int, node: Node) -> bool:
        """Read the chords of "piano chords" and the stabs of "organ stabs" as what a player plays.

        Return whether the word is such.
        """
        if node.token.word not in vocabulary().role_words or node.value == "bass":
            return False
        sounds = [item for item in self._items[-2:] if isinstance(item, Draft) and item.kind == "sound"]
        before = next((item for item in reversed(self._items) if item not in sounds), None)
        if not isinstance(before, Draft) or before.kind != "part":
            return False
        if not self._only(before.last, i, ("filler", "exact", "group", "sound")):
            return False
        for sound in sounds:  # "the guitar plays staccato stabs"
            sound.stem = before.what if sound.first > before.last else sound.stem
        if node.token.word in _STABS and self._has_place():  # "organ stabs in the chorus"
            before.kind, before.what, before.stem = "event", "shot", before.what
        before.end, before.last = node.end, i
        return True

    def _plays_the_last(self, i: int, node: Node) -> bool:
        """Read the flute of "melody on flute" and "a theme played by the flute" as who plays it.

        Return whether the player is such.
        """
        before = self._last_item()
        if not isinstance(before, Draft) or before.kind != "part" or before.polarity != "want":
            return False
        between = self._nodes[before.last + 1 : i]
        said = self._nodes[before.last].token.word
        plays = any(n.token.word in _PLAYED_BY for n in between)
        if not plays or said not in vocabulary().role_words or before.what == "bass":
            return False
        if not self._only(before.last, i, ("filler", "relation", "linker")):
            return False
        before.what, before.end, before.last = str(node.value), node.end, i
        self._relation = None
        return True

    def _plays_the_event(self, i: int, node: Node) -> bool:
        """Read the drums of "a fill by the drums" as whose fill it is; return whether they are."""
        event = self._last_item()
        if (
            not isinstance(event, Draft)
            or event.kind != "event"
            or event.stem
            or event.what not in _BY_SOMEBODY
        ):
            return False
        between = self._nodes[event.last + 1 : i]
        if not any(n.token.word.split()[0] in _WHOSE[:-1] for n in between):
            return False
        if not self._only(event.last, i, ("filler", "relation", "work")):
            return False
        event.stem, event.end, event.last = str(node.value), node.end, i
        self._relation = None
        return True

    def _read_unknown(self, _i: int, node: Node) -> None:
        """Have those who are "left" play alone at the end, as in "only the pad is left"."""
        last = self._last_item()
        if node.token.word in _REMAINING and isinstance(last, Draft) and last.kind == "part" and last.exact:
            last.end, last.edge = node.end, last.edge or "end"
            node.kind = "filler"

    def _read_halt(self, i: int, node: Node) -> None:
        self._add(Draft("event", "stop", node.start, node.end, i, i))

    def _read_ensemble(self, i: int, node: Node) -> None:
        """Ask for an ensemble, and for the genre that its name begins with: a jazz trio plays jazz.

        No genre is asked for where the clause names one.
        """
        style = node.token.word.split()[0]
        if style in _STYLES_OF_ENSEMBLES and not any(n.kind == "genre" for n in self._nodes):
            self._add(Draft("genre", style, node.start, node.start + len(style), i, i))
        self._add(Draft("ensemble", str(node.value), node.start, node.end, i, i))

    def _read_group(self, i: int, node: Node) -> None:
        """Read "piano and cello duo" and "a trio of flute, harp and viola" as all who play."""
        players = self._last_players()
        if players and self._only_fillers(players[-1].last, i):
            for player in players:
                player.exact = True
            if len(players) == 1 and players[0].copies == 1:
                players[0].copies = max(1, int(node.value))
            players[-1].end = node.end
        else:
            self._exact = self._group = node

    def _read_interval(self, i: int, node: Node) -> None:
        before = self._last_item()
        if isinstance(before, Draft) and before.kind == "key" and before.what in ("up", "down"):
            before.amount, before.end, before.last = float(node.value), node.end, i

    def _read_sudden(self, i: int, _node: Node) -> None:
        """Read "suddenly" beside an end as a stop."""
        ends = [
            k for k, n in enumerate(self._nodes) if n.kind in ("edge", "edge_verb") and n.value == "end"
        ]
        nearest = min(ends, key=lambda k: abs(k - i), default=i)
        first, last = min(i, nearest), max(i, nearest)
        if first < last <= first + 2 and self._only_fillers(first, last):
            self._add(
                Draft("event", "stop", self._nodes[first].start, self._nodes[last].end, i, i, edge="end")
            )

    def _read_tempo(self, i: int, node: Node) -> None:
        tempo, low, high = node.value
        draft = Draft("tempo", "bpm", node.start, node.end, i, i, amount=tempo)
        draft.allowed = None if low is None else (low, high)
        before = self._last_item()
        if node.token.word.startswith("from") and isinstance(before, Draft) and before.what in _CHANGES:
            draft.allowed = None  # "speeds up from 90 to 140": it begins with the first
            draft.amount = high if before.what == "ritardando" else low
        self._add(draft)

    def _read_key(self, i: int, node: Node) -> None:
        before = self._last_item()
        draft = Draft("key", str(node.value), node.start, node.end, i, i)
        if isinstance(before, Draft) and before.kind == "key" and before.what == "change":
            self._items.pop()
            draft.start = before.start
        self._add(draft)

    def _read_key_change(self, i: int, node: Node) -> None:
        """Read a change of key; "all in one key" refuses it."""
        draft = Draft("key", str(node.value), node.start, node.end, i, i)
        if draft.what == "same":
            draft.what, draft.polarity = "change", "avoid"
        self._add(draft)

    def _read_wish(self, i: int, node: Node, kind: WishKind) -> None:
        draft = Draft(kind, str(node.value), node.start, node.end, i, i)
        if node.kind == "event" and isinstance(node.value, tuple):
            draft.what, draft.edge = node.value
        draft.rests = "resting" in node.token
        draft.leads = draft.what == "build" and node.token.word.split()[-1] in _TOWARDS
        if (kind == "event" and self._read_otherwise(i, node, draft)) or (
            "weak" in node.token and not self._is_done(i, draft)
        ):
            return
        if kind == "sound":
            draft.stem = self._stem_in_front(i) or self._stem_behind(i)
            if draft.what in _OF_GUITARS and draft.stem in (None, "riff", "riffs"):
                draft.stem = "guitar"
            if node.token.word in _OF_DRUMS:  # whether the drums are named or not
                draft.what, draft.stem = "brushes", "drums"
        if kind == "event" and draft.what in _PLAYED_EVENTS:
            self._take_stem(draft, i)
        mood = node.token.word.split()[0]
        if kind == "genre" and mood in _MOODS_OF_GENRES and mood != node.token.word:
            self._add(Draft("mood", mood, node.start, node.start + len(mood), i, i))
        elif kind == "genre" and mood in _MOODS_IN_GENRES:
            self._add(Draft("mood", _MOODS_IN_GENRES[mood], node.start, node.start + len(mood), i, i))
        if kind in ("mix", "energy"):
            self._take_level(draft, i)
        self._add(draft)
        if _is_genre_of(node):
            self._add(Draft("part", str(node.token["player"]), node.start, node.end, i, i))

    def _read_otherwise(self, i: int, node: Node, event: Draft) -> bool:
        """Change an event as its clause asks; return whether it is no event of its own."""
        if event.what in ("leave", "rest", "stop"):
            self._want_again(event)
            if self._others_leave(i):
                return True
        if event.what == "thin" and self._thins_to_players(i):
            self._exact = node
            return True
        if event.what == "solo":
            if not self._read_solo(i, node):
                self._read_section(i, Node("section", "solo", node.start, node.end, node.token))
            return True
        if event.what == "rest":
            event.amount = next(
                (n for said, n in _BARS_SAID.items() if node.token.word.startswith(said)), None
            )
        if node.token.word in _HALTS and not self._has_player():
            event.what = _HALTS[node.token.word]
        return False

    def _want_again(self, event: Draft) -> None:
        """Read the "drop" of "drop the drums out" as part of the words for leaving, and not as a "no"."""
        no = self._negation
        if no is None or no.token.word.split()[0] not in _DROPS:
            return
        for item in reversed(self._items):
            if not isinstance(item, Draft) or item.kind != "part" or item.polarity != "avoid":
                break
            item.polarity = "want"
            event.start = min(event.start, item.start)
        self._negation = None

    def _take_level(self, draft: Draft, i: int) -> None:
        """Read "guitar on the left" and "drums louder" as how the guitar and the drums are mixed."""
        before = self._last_item()
        following = self._following(i)
        level = vocabulary().levels.get(self._nodes[i].token.word)
        if draft.kind == "energy" and (level is None or self._has_place()):
            return
        value = draft.what if draft.kind == "mix" else level
        if isinstance(before, Draft) and before.kind == "part" and self._binds(before.last, i):
            draft.stem, draft.start = before.what, before.start
        elif (
            isinstance(before, Draft)
            and before.kind == "sound"
            and before.stem
            and self._binds(before.last, i)
        ):
            draft.stem = before.stem
        elif following is not None and following.kind == "player":
            draft.stem = str(following.value)  # "loud drums"
        if draft.stem is not None and value is not None:
            draft.kind, draft.what = "mix", _OF_STEMS.get(value, value)

    def _has_place(self) -> bool:
        return any(n.kind in ("section", "edge", "edge_verb", "ordinal", "bar") for n in self._nodes)

    def _binds(self, first: int, last: int) -> bool:
        """Return whether the words between two nodes are small, or say more of the same player."""
        kinds = ("filler", "exact", "group", "relation", "linker", "mix", "sound", "work")
        return self._only(first, last, kinds)

    def _thins_to_players(self, i: int) -> bool:
        """Return whether "strip it back to the hats" says who goes on playing, here the hats."""
        following = self._following(i)
        kinds = (n.kind for n in self._nodes[i + 2 :])
        behind = next((kind for kind in kinds if kind not in ("filler", "exact", "number", "sound")), "")
        return following is not None and following.token.word in _DOWN_TO and behind == "player"

    def _others_leave(self, i: int) -> bool:
        """Return whether all but some leave: "everything but the piano drops out" leaves the piano alone.

        The words for leaving are then added to those of the last of these players.
        """
        said = any(n.kind == "exact" and n.token.word in _ALL_BUT for n in self._nodes[:i])
        players = [
            item for item in self._items if isinstance(item, Draft) and item.kind == "part" and item.exact
        ]
        if said and players:
            players[-1].end = self._nodes[i].end
        return said and bool(players)

    def _is_done(self, i: int, event: Draft) -> bool:
        """Return whether a word of several meanings is an event: it has a player or leads somewhere."""
        if self._has_player():
            return True
        following = self._next(i)
        if following is None:
            return False
        if self._nodes[i].token.word in _HALTS:
            return following.kind == "relation" and following.value == "before"
        behind = self._next(self._nodes.index(following))
        if following.kind == "relation" and behind is not None and behind.kind in ("seconds", "bar"):
            return True  # "a hit at 0:30"
        return event.what == "push" and following.token.word in ("into", "before")

    def _has_player(self) -> bool:
        return any(n.kind in ("player", "everybody") or _is_genre_of(n) for n in self._nodes)

    def _read_form(self, i: int, node: Node) -> None:
        """Ask for a form, and for the genre in its name where no other genre is named: "12-bar blues"."""
        self._add(Draft("form", str(node.value), node.start, node.end, i, i))
        genre = node.token.word.rpartition(" ")[2]
        if genre in vocabulary().genres and not self._has_genre:
            self._add(Draft("genre", genre, node.end - len(genre), node.end, i, i))

    def _take_stem(self, draft: Draft, i: int) -> None:
        """Read the "drum" of "drum fill" as whose fill it is."""
        before = self._last_item()
        stays = draft.what in ("answer", "double")  # whoever answers plays elsewhere too
        if not isinstance(before, Draft) or before.kind != "part":
            return
        joined = stays or draft.what == "push"
        if before.last == i - 1 or (joined and self._only_fillers(before.last, i)):
            if not stays:
                self._items.pop()
            draft.stem, draft.start = before.what, before.start
            if draft.what == "impact" and self._nodes[i].token.word == "hits":
                draft.what = "shot"  # "brass hits"

    def _stem_in_front(self, i: int) -> str | None:
        """Return the player that a word for a sound stands behind, or None.

        These are the guitar and the bass of "the guitar clean, the bass dirty".
        """
        following = self._following(i)
        items = [n for n in self._items if isinstance(n, Draft) or self._nodes[n.last].kind != "edge_verb"]
        before = items[-1] if items else None
        if not isinstance(before, Draft) or before.kind != "part":
            return None
        between = self._nodes[before.last + 1 : i]
        small = all(node.kind in ("filler", "more", "less", "work") for node in between[1:])
        if self._is_effect(i) and between and between[0].token.word in ("with", "in", "w/") and small:
            return before.what  # "drums with lots of reverb"
        verbs = ("edge_verb", "exact")
        if not all(
            node.kind in verbs or (node.kind == "filler" and node.token.word in _DEGREES)
            for node in between
        ):
            return None
        return (
            None if following is not None and following.kind in ("player", "sound", "mood") else before.what
        )

    def _is_effect(self, i: int) -> bool:
        """Return whether a sound is a thing, such as reverb, and not an adjective."""
        return self._nodes[i].token.word.split()[-1] in _EFFECTS

    def _stem_behind(self, i: int) -> str | None:
        """Return the player that a word for a sound stands in front of, or None."""
        for node in self._nodes[i + 1 :]:
            if node.kind == "player":
                return str(node.value)
            if self._is_effect(i) or (
                node.kind not in ("sound", "mood") and node.value not in ("and", ",")
            ):
                return None
        return None
