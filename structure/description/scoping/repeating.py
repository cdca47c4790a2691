"""Clauses that leave out what the one before said: "the second verse too", "both come back"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.description.grammar.drafts import SCOPED, Anchor, Clause, Draft, anchors_of
from structure.specs.wishes import Polarity

REPEATS: dict[str, Polarity | None] = {
    **dict.fromkeys(("too", "also", "as well", "likewise", "again", "same", "the same", "another"), None),
    **dict.fromkeys(("some", "a few", "a little", "one"), "want"),
    **dict.fromkeys(("lots", "plenty", "loads", "many", "tons", "lots of them"), "more"),
    **dict.fromkeys(("none", "not", "isn't", "aren't", "don't", "doesn't", "no", "won't"), "avoid"),
    **dict.fromkeys(("few", "fewer", "hardly any", "barely any", "less"), "less"),
}
"""What a clause says that names nothing but a place, and what that makes of the wishes before."""

_DENIALS = ("don't", "doesn't", "not", "isn't", "aren't", "won't", "do not", "does not")


_ALONG = ("with it", "with them", "too", "as well", "likewise", "along with it", "also")


def repeat_wishes(clause: Clause, drafts: Sequence[Draft], before: Sequence[Draft]) -> list[Draft]:
    """Return what a clause asks for that says a place, and for the rest means the clause ``before``.

    So it is with "the first verse is quiet, the second too", "no drums in verse one, some in verse two" and
    "violins in the intro, again in the outro". In "the horns play in the chorus, the strings don't" the
    place is left out.
    """
    said = [draft for draft in drafts if draft.kind != "section"]
    if clause.header is not None or not before:
        return []
    placed = [d for d in before if d.kind in SCOPED and d.kind != "section" and d.anchors]
    denies = [node for node in clause.nodes[-1:] if node.token.word in _DENIALS]
    if denies and len(said) == 1 and placed and (said[0].kind, said[0].anchors) == ("part", []):
        said[0].polarity, said[0].end = "avoid", denies[0].end
        said[0].anchors.append(placed[0].anchors[0])
        return []

    along = any(node.token.word in _ALONG for node in clause.nodes)
    events = [d for d in before if d.kind == "event" and d.stem is not None and d.anchors]
    if along and events and len(said) == 1 and (said[0].kind, said[0].anchors) == ("part", []):
        said[0].kind, said[0].stem, said[0].what = "event", said[0].what, events[-1].what
        said[0].anchors.append(events[-1].anchors[0])  # "the bass leaves, and the drums with it"
        return []
    parts = [d for d in placed if (d.kind, d.polarity) == ("part", "want")]
    if along and parts and len(said) == 1 and (said[0].kind, said[0].anchors) == ("part", []):
        said[0].anchors.append(parts[-1].anchors[0])  # "strings in the chorus, the brass too"
        return []

    places = anchors_of(clause.items)
    ways = [node.token.word for node in clause.nodes if node.token.word in REPEATS]
    if said or len(places) != 1 or not ways or not placed or not _is_place(places[0]):
        return []
    way, place = REPEATS[ways[0]], places[0]
    made = []
    for draft in placed:
        if way is not None and draft.kind not in ("part", "energy", "mood", "sound", "mix", "groove"):
            continue
        polarity = draft.polarity if way is None else way
        made.append(
            replace(
                draft, anchors=[_beside(draft, place)], polarity=polarity, start=place.start, end=place.end
            )
        )
    for node in clause.nodes:
        if node.token.word in REPEATS:
            node.kind = "filler"
    return made


def _is_place(place: Anchor) -> bool:
    """Return whether an anchor is a section, or a moment that is told by a number."""
    return bool(place.sections) or place.bar is not None or place.seconds is not None


def _beside(draft: Draft, place: Anchor) -> Anchor:
    """Return a place; one that is a mere section lies to it as the first place of a wish does."""
    is_mere = place.relation is None and draft.anchors[0].relation not in (None, "at")
    return replace(place, relation=draft.anchors[0].relation) if is_mere else place


@dataclass(slots=True)
class Played:
    """Whom the clauses before were about: the players of the last one that named any, and those before."""

    last: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    def hear(self, names: Sequence[str]) -> Played:
        """Return whom the next clause may mean, after one that names some."""
        new = tuple(dict.fromkeys(names))
        return Played(new, tuple(name for name in (*self.earlier, *self.last) if name not in new))

    @property
    def one(self) -> str | None:
        """Return whom "it" means: who was named last."""
        return self.last[-1] if self.last else None

    def meant_by(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return whom the words of a clause mean that names nobody."""
        if "both" in words and len(self.last) < 2:
            return (*self.earlier[-1:], *self.last)
        if any(word in _ALL_OF_THEM for word in words):
            return self.last
        return self.last[-1:]


_ALL_OF_THEM = ("both", "they", "them", "all of them", "these", "all three")
PRONOUNS = ("it", "they", "both", "he", "she", "them", "these")
"""Words that mean who was named before."""
