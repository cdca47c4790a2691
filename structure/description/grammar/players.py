"""Players in a clause: who plays, in whose place, and what is said of their sound."""

from __future__ import annotations

from structure.description.grammar.drafts import Draft
from structure.description.grammar.nodes import Node
from structure.description.grammar.placing import PlaceReader
from structure.description.words.vocabulary import vocabulary

_BY_SOMEBODY = ("fill", "build", "riser", "hold", "shot", "impact", "pickup")

_REMAINING = ("left", "remaining", "remain", "remains", "standing", "over")

_BUILDS = ("classical", "baroque", "folk")
"""Genres that name how an instrument is built: a classical guitar plays anything."""

_WHOSE = ("from", "by", "of", "on", "in")
"""What stands between an event and the player who does it."""

_BUT = ("except", "but", "except for", "apart from", "other than", "besides", "save for")
"""What stands between those who are refused and one who is not."""

_IN_PLACE = ("for", "with", "by", "against", "through")
"""What stands before the player who takes the place of another."""

_PLAYED_BY = ("on", "by", "from", "played", "carried", "taken")

_SHEDDING = (
    *("drop", "drops", "drop,", "leaving", "leaves", "leave", "strip", "strips", "stripped", "cut", "cuts"),
    *("falls", "shrinks", "collapses", "back", "down", "stops", "disappears", "breaks", "empties"),
)
"""Words of what says that others have stopped, and that only some go on."""

_TONES = ("note", "notes", "runs", "line", "lines", "phrases", "licks", "figures", "scales", "trills")
"""What somebody plays, which an adjective before it says the sound of."""

_STYLES_OF_ENSEMBLES = ("jazz", "rock", "blues", "punk")

_STABS = ("stab", "stabs")
"""What one who strikes shortly in a place of the song plays."""


class PlayerReader(PlaceReader):
    """Turns the players of a clause into drafts."""

    def _read_refusal(self, i: int, node: Node) -> None:
        self._add(Draft("part", str(node.value), node.start, node.end, i, i, polarity="avoid"))

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
            draft.stands_out = self._exact.token.word == "solo"
            draft.sheds = any(word in _SHEDDING for word in self._exact.token.word.split())
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
        tones = self._nodes[before.last + 1 : self._relation[0]]
        before.stem = str(node.value)
        if any(each.token.word in _TONES for each in tones):
            return False  # "long bowed notes on the cello": who plays them is wanted as well
        before.end, before.last = node.end, i
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

    def _read_ensemble(self, i: int, node: Node) -> None:
        """Ask for an ensemble, and for the genre that its name begins with: a jazz trio plays jazz.

        No genre is asked for where the clause names one.
        """
        style = node.token.word.split()[0]
        if style in _STYLES_OF_ENSEMBLES and not any(n.kind == "genre" for n in self._nodes):
            self._add(Draft("genre", style, node.start, node.start + len(style), i, i))
        following = self._following(i)
        is_placed = following is not None and (following.kind, following.value) == ("relation", "at")
        if is_placed and node.token.word.endswith(" only"):
            only = Draft("part", str(node.value), node.start, node.end, i, i)
            only.exact = only.only = True  # "choir only in the last chorus" sings nowhere else
            self._add(only)
            return
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

    def _has_place(self) -> bool:
        return any(n.kind in ("section", "edge", "edge_verb", "ordinal", "bar") for n in self._nodes)
