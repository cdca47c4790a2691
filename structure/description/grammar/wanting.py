"""Wishes in a clause for what no player is: events, grooves, keys, tempi, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.description.grammar.drafts import WHICH, Draft
from structure.description.grammar.nodes import Node
from structure.description.grammar.players import PlayerReader
from structure.description.words.vocabulary import vocabulary
from structure.specs.wishes import WishKind

_OF_DRUMS = ("brushes", "brush", "brushwork")

_PLAYED_EVENTS = (
    *("fill", "build", "riser", "hold", "sweep", "answer", "double"),
    *("shot", "impact", "pickup", "push", "fall"),
)

_SCALES = ("harmonic minor", "melodic minor")
"""What the name of a key may say besides it."""

_TOWARDS = ("to", "into", "toward", "towards")

_CHANGES = ("accelerando", "ritardando")

_DOWN_TO = ("to", "down to", "back to", "back down to", "until", "till")

_DEGREES = (
    *("very", "really", "slightly", "well", "super", "so", "a bit", "a little", "quite", "rather", "too"),
    *("pretty", "extremely", "all", "nice", "nicely", "properly", "fairly", "somewhat", "heavily"),
    *("lightly", "deeply", "totally", "completely", "is", "are", "should be", "must be", "sounds", "sound"),
)
"""What may stand between a player and the word for its sound: "the bass really fat"."""

_OF_GUITARS = ("palm muted", "palm mute", "palm muting", "tremolo picked", "power chords", "drop tuned")
"""Sounds that only a guitar has."""

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
    *("autotune", "feedback", "slide", "slides", "mute", "mutes", "crackling", "harmonics", "bends", "bow"),
    *("ebow", "trills", "glissandi", "glissandos", "glissando", "overdrive", "flutter", "delays", "swells"),
    *("effect", "bitcrusher", "pedal", "plectrum", "pick", "stops", "throws", "tail", "tails"),
    *("texture", "textures"),
)

_THROUGH = ("in", "w/", "through", "via")
"""What stands right behind a player that is heard through an effect; "with" may stand further on, too."""

_OF_A_PLACE = ("relation", "section", "ordinal", "filler", "edge")
_OF_AN_EFFECT = ("filler", "more", "less", "work", "unknown", "mood", "pace")

_OF_STEMS = {"loud master": "up front", "quiet master": "background", "mono": "centre", "narrow": "centre"}
"""What a word for a whole mix means for one player of it."""

_BARS_SAID = {"one bar": 1.0, "bar of": 1.0, "two bars": 2.0, "a bar": 1.0}
"""How some names of rests begin, and how many bars these last."""

_HALTS = {"pause": "rest", "pauses": "rest", "wait": "rest", "hold": "fermata", "holds": "fermata"}
"""What a word means before a place, where nobody is named who does it: "a pause before the chorus"."""

ALL_BUT = (
    *("everything but", "everyone but", "everybody but", "all instruments but"),
    *("everything except", "everyone except", "everybody except", "all except", "all instruments except"),
)

_MOODS_OF_GENRES = ("dark", "sad", "happy", "epic", "uplifting", "melancholic", "dreamy")
"""Moods that begin the name of a genre: "dark trap"."""

_MOODS_IN_GENRES = {"meditation": "meditative", "horror": "scary", "relaxation": "relaxing"}
"""Names of genres that say a mood as well."""


def _is_genre_of(node: Node) -> bool:
    """Return whether a node is a genre that also names who plays it: "gospel choir"."""
    return node.kind == "genre" and "player" in node.token and " " in node.token.word


class WishReader(PlayerReader):
    """Turns what a clause wishes for into drafts, each with its player."""

    def _read_halt(self, i: int, node: Node) -> None:
        if self._others_leave(i):
            return  # "everything except the drums stops"
        self._add(Draft("event", "stop", node.start, node.end, i, i))

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
        scale = next((name for name in _SCALES if f" {name}" in f" {node.token.word}"), None)
        if scale is not None:  # "A harmonic minor"
            self._add(Draft("harmony", scale, node.start, node.end, i, i))

    def _read_key_change(self, i: int, node: Node) -> None:
        """Read a change of key; "all in one key" refuses it."""
        draft = Draft("key", str(node.value), node.start, node.end, i, i)
        if draft.what == "same":
            draft.what, draft.polarity = "change", "avoid"
        twice = self._nodes[i - 1] if i and self._nodes[i - 1].kind == "times" else None
        count = twice or self._count
        if count is not None and self._only_fillers(self._nodes.index(count), i) and count.value > 1:
            draft.times, draft.start, self._count = int(count.value), count.start, None
        self._add(draft)

    def _read_wish(self, i: int, node: Node, kind: WishKind) -> None:
        draft = Draft(kind, str(node.value), node.start, node.end, i, i)
        if node.kind == "event" and isinstance(node.value, tuple):
            draft.what, draft.edge = node.value
        draft.rests = "resting" in node.token
        if draft.what == "turns":
            draft.what, draft.turns = "leave", True
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
        before = self._last_item()
        is_change = isinstance(before, Draft) and (before.kind, before.what) == ("key", "change")
        if node.kind == "mode" and before is not None and is_change:  # "modulates to the relative minor"
            self._items.pop()
            draft.start = before.start
        self._add(draft)
        if _is_genre_of(node):
            self._add(Draft("part", str(node.token["player"]), node.start, node.end, i, i))

    def _read_otherwise(self, i: int, node: Node, event: Draft) -> bool:
        """Change an event as its clause asks; return whether it is no event of its own."""
        if event.turns and not self._has_player():
            node.kind = "unknown"  # "swells that come and go"
            return True
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
        if node.token.word == "fade in" and not self._has_player():
            event.what, event.edge = "fade", "start"
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
        is_of_next = following is not None and following.kind == "player"
        if isinstance(before, Draft) and before.kind == "part" and self._binds(before.last, i):
            is_joined = any(node.kind == "linker" for node in self._nodes[before.last + 1 : i])
            if is_joined and following is not None and is_of_next:
                draft.stem = str(following.value)  # "piano and quiet strings"
            elif is_joined and value == "drums up front":
                if self._nodes[i].token.word.startswith("drums"):
                    self._repeat(draft, [before, *self._joined(before)], "up front")
                self._items.append(replace(draft, kind="part", what="drums"))
            else:
                draft.stem, draft.start = before.what, before.start
                if value is not None:
                    self._repeat(draft, self._joined(before), value)
        elif (
            isinstance(before, Draft)
            and before.kind == "sound"
            and before.stem
            and self._binds(before.last, i)
        ):
            draft.stem = before.stem
        elif following is not None and is_of_next:
            draft.stem = str(following.value)  # "loud drums"
        if draft.stem is not None and value is not None:
            draft.kind, draft.what = "mix", _OF_STEMS.get(value, value)

    def _repeat(self, draft: Draft, players: Sequence[Draft], value: str) -> None:
        """Say the same of how others of a list are mixed: "bass and drums up front"."""
        what = _OF_STEMS.get(value, value)
        self._items += [replace(draft, kind="mix", what=what, stem=player.what) for player in players]

    def _joined(self, last: Draft) -> list[Draft]:
        """Return the players of a list before its last one: "strings, horns and choir"."""
        found = [last]
        for item in reversed(self._items[: self._items.index(last)]):
            if not isinstance(item, Draft) or (item.kind, item.polarity) != ("part", last.polarity):
                break
            between = self._nodes[item.last + 1 : found[-1].first]
            words = {node.token.word for node in between if node.kind != "filler"}
            joints = {"and", "&", ","} if len(found) > 1 else {"and", "&"}
            if not words or not words <= joints:
                break
            found.append(item)
        return found[1:]

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
        said = any(n.kind == "exact" and n.token.word in ALL_BUT for n in self._nodes[:i])
        players = [
            item for item in self._items if isinstance(item, Draft) and item.kind == "part" and item.exact
        ]
        if said and players:
            players[-1].end = self._nodes[i].end
        return said and bool(players)

    def _is_done(self, i: int, event: Draft) -> bool:
        """Return whether a word of several meanings is an event: it has a player or leads somewhere."""
        if self._has_player() or self._begins_with_time() or self._follows_pronoun(i):
            return True
        following = self._next(i)
        if following is None:
            return False
        if self._nodes[i].token.word == "pause" and (
            i == 0 or self._nodes[i - 1].token.word in ("a", "one")
        ):
            return True
        if self._nodes[i].token.word in _HALTS:
            return following.kind == "relation" and following.value == "before"
        behind = self._next(self._nodes.index(following))
        if following.kind == "relation" and behind is not None and behind.kind in ("seconds", "bar"):
            return True  # "a hit at 0:30"
        return event.what == "push" and following.token.word in ("into", "before")

    def _follows_pronoun(self, i: int) -> bool:
        """Return whether who was named before does something: "and they leave again"."""
        before = [node for node in self._nodes[max(0, i - 3) : i] if node.kind in ("filler", "ordinal")]
        return any(node.token.word in ("they", "both") for node in before)

    def _begins_with_time(self) -> bool:
        """Return whether a clause begins with a moment: "0:40 hit"."""
        first = [node.kind for node in self._nodes if node.kind not in ("stop", "breaker", "filler")]
        return first[:1] == ["relation"] and first[1:2] in (["seconds"], ["bar"])

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
        if self._is_effect(i) and (heard := self._heard_through(i)) is not None:
            return heard
        if not isinstance(before, Draft):
            return None
        between = self._nodes[before.last + 1 : i]
        if before.kind == "sound" and [node.token.word for node in between] == ["and"]:
            names_another = following is not None and following.kind in ("player", "sound", "mood")
            return None if names_another else before.stem  # "the voice chopped and pitched up"
        if before.kind != "part":
            return None
        verbs = ("edge_verb", "exact")
        if not all(
            node.kind in verbs or (node.kind == "filler" and node.token.word in (*_DEGREES, *WHICH))
            for node in between
        ):
            return None
        return (
            None if following is not None and following.kind in ("player", "sound", "mood") else before.what
        )

    def _heard_through(self, i: int) -> str | None:
        """Return the player that is heard through an effect, or None.

        So it is with "drums with lots of reverb", "a punchy snare with plate reverb" and "the voice in the
        chorus with long delays".
        """
        before = next((item for item in reversed(self._items) if isinstance(item, Draft)), None)
        if before is None:
            return None
        between = self._nodes[before.last + 1 : i]
        words = [node.token.word for node in between]
        if "with" not in words and not (words and words[0] in _THROUGH):
            return None
        through = words.index("with") if "with" in words else 0
        place = all(node.kind in _OF_A_PLACE for node in between[:through])
        small = all(node.kind in _OF_AN_EFFECT for node in between[through + 1 :])
        if not (place and small):
            return None
        return before.what if before.kind == "part" else before.stem

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
