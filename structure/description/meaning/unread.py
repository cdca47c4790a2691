"""Words that no rule reads: they are guessed by their likeness, or named as not understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

from structure.description.grammar.nodes import Node
from structure.description.meaning.ensembles import TUNES
from structure.description.meaning.implied import SILENT
from structure.description.words.guesses import nearest_meanings
from structure.description.words.phrases import lower
from structure.description.words.sentences import is_english
from structure.description.words.translation import Translation
from structure.presets.players import find_instrument
from structure.specs.wishes import Where, Wish, is_song_wide


def find_rest(
    nodes: Sequence[Node], wishes: list[Wish], translation: Translation, guessing: bool
) -> list[Wish]:
    """Return a wish for each stretch of words that nobody knows: a guess, or unknown."""
    found: list[Wish] = []
    has_ensemble = any(wish.kind == "ensemble" for wish in wishes)
    painted = of_scene = 0  # where the scene that was guessed last ends, and its first guess
    for stretch in _stretches(nodes):
        start, end = translation.span_of(stretch[0].start, stretch[-1].end)
        if start >= end or _is_said(stretch, wishes, translation):
            continue
        if stretch[0].start < painted:  # these words belong to the guess as well
            for k, wish in enumerate(found[of_scene:], start=of_scene):
                low, high = wish.span or (start, end)
                found[k] = replace(wish, span=(min(low, start), max(high, end)))
            continue
        if (sound := _sound_of_player(nodes, stretch, translation, has_ensemble=has_ensemble)) is not None:
            found.append(sound)
            continue
        of_scene = len(found)
        said = {wish.kind for wish in (*wishes, *found)}
        if any(wish.kind == "ensemble" and is_song_wide(wish) and _is_classical(wish) for wish in wishes):
            said.add("genre")  # the players tell it
        if _is_topic(nodes, stretch):
            said -= {"mood"}  # what a song is about tells a mood as well
        first, last = _scene(nodes, stretch)
        scene = lower(translation.text[first.start : last.end])
        is_foreign = translation.language != "English" and translation.source[start:end].lower() == scene
        is_sure = _is_sure(stretch) and not (is_foreign and " " not in scene)
        guesses = nearest_meanings(scene, said) if guessing and is_sure else ()
        for kind, what in guesses:
            painted = last.end
            found.append(Wish(kind=kind, what=what, span=(start, end), guessed=True))
        if not guesses:
            found.append(Wish(kind="unknown", what=translation.source[start:end], span=(start, end)))
    if guessing and not _SAYS_THE_MUSIC & {wish.kind for wish in (*wishes, *found)}:
        found += _genre_of_scene(nodes, translation)
    return found


_SAYS_THE_MUSIC: Set[str] = {"genre", "part", "ensemble", "era", "form", "groove"}
"""Kinds of wish beside which a scene that has a mood of its own is no guess for a genre."""


def _genre_of_scene(nodes: Sequence[Node], translation: Translation) -> list[Wish]:
    """Return the genre that is guessed from a scene whose mood is known: "at the beach bar"."""
    painting = [node for node in nodes if node.kind == "mood" and "scene" in node.token]
    if not painting:
        return []
    first, last = _scene(nodes, painting[:1])
    span = translation.span_of(painting[0].start, painting[0].end)
    guesses = nearest_meanings(lower(translation.text[first.start : last.end]), ("mood",), is_scene=True)
    return [Wish(kind=kind, what=what, span=span, guessed=True) for kind, what in guesses]


def _is_classical(ensemble: Wish) -> bool:
    """Return whether all players of an ensemble are those of a concert hall."""
    return all(find_instrument(name).style == "classical" for name in ensemble.names)


def _is_said(stretch: Sequence[Node], wishes: Sequence[Wish], translation: Translation) -> bool:
    """Return whether words stand in the translation of a phrase of which another part is a wish already."""
    phrase = translation.phrase_of(stretch[0].start, stretch[-1].end)
    return phrase is not None and any(
        wish.span is not None and wish.span[0] < phrase[1] and phrase[0] < wish.span[1] for wish in wishes
    )


_MOST_ADJECTIVES = 2


def _sound_of_player(
    nodes: Sequence[Node], stretch: Sequence[Node], translation: Translation, *, has_ensemble: bool
) -> Wish | None:
    """Return how a player sounds by English words right in front of it: "sliding 808s", "rumble kick".

    In an ensemble the sound of the chords is that of all.
    """
    at = nodes.index(stretch[-1])
    player = nodes[at + 1] if at + 1 < len(nodes) else None
    if player is None or player.kind != "player" or len(stretch) > _MOST_ADJECTIVES:
        return None
    if not _is_sure(stretch) or _is_topic(nodes, stretch) or any(n.kind != "unknown" for n in stretch):
        return None
    words = lower(translation.text[stretch[0].start : stretch[-1].end])
    span = translation.span_of(stretch[0].start, stretch[-1].end)
    whose = None if str(player.value) in TUNES and has_ensemble else str(player.value)
    return Wish(kind="sound", what=words, where=Where(stem=whose), span=span)


def find_unread(nodes: Sequence[Node], wishes: Sequence[Wish], translation: Translation) -> Iterator[Wish]:
    """Yield an unknown wish for each word of music that none came from: "leave" where nobody is named."""
    spans = [wish.span for wish in wishes if wish.span is not None]
    members = max((len(wish.names) for wish in wishes if wish.kind == "ensemble"), default=0)
    has_ensemble = members > 0
    sings = any((wish.kind, wish.what) == ("part", "vocals") for wish in wishes)
    sections = {wish.what for wish in wishes if wish.kind == "section"}
    for i, node in enumerate(nodes):
        following = nodes[i + 1] if i + 1 < len(nodes) else None
        if node.kind == "group" and (sings or (has_ensemble and _is_filled(node, members))):
            continue  # "a duo for flute and harp", "a duet of soprano and tenor", "organ, three voices"
        if node.kind == "player" and str(node.value) in TUNES and has_ensemble:
            continue  # who is named plays them
        if node.token.word == "one" and following is not None and following.kind == "player":
            continue
        start, end = translation.span_of(node.start, node.end)
        if node.kind in SILENT or start >= end or any(a < end and start < b for a, b in spans):
            continue
        before = nodes[i - 1] if i else None
        if node.kind == "section" and str(node.value) in sections and before and before.kind == "ordinal":
            # "Drop, breakdown, second drop": there are two of them.
            many = float(before.value) if before.value > 1 else None
            yield Wish(kind="section", what=str(node.value), amount=many, span=(start, end))
            continue
        yield Wish(kind="unknown", what=translation.source[start:end], span=(start, end))


def _is_filled(group: Node, members: int) -> bool:
    """Return whether an ensemble has as many members as a group; "three voices" are no players."""
    return members >= float(group.value or 0) or group.token.word.endswith("voices")


def _is_sure(stretch: Sequence[Node]) -> bool:
    """Return whether all words are English; nothing is guessed from names or nonsense."""
    words = [
        word
        for node in stretch
        if node.kind == "unknown"
        for word in re.findall(r"[^\W_]+", node.token.word)
    ]
    return all(node.kind != "name" for node in stretch) and all(map(is_english, words))


def _is_topic(nodes: Sequence[Node], stretch: Sequence[Node]) -> bool:
    """Return whether words tell what a song is about: they stand behind "about"."""
    at = nodes.index(stretch[0])
    return any(node.token.word == "about" for node in nodes[max(0, at - 3) : at])


_OF_A_SCENE = ("unknown", "filler", "mood", "linker", "relation", "energy", "sound", "pace")


_BINDING = ("filler", "linker", "relation")


def _scene(nodes: Sequence[Node], stretch: Sequence[Node]) -> tuple[Node, Node]:
    """Return the first and the last node of a stretch with the words that paint the same scene.

    Such a scene is "a rainy night in a small cafe".
    """
    first, last = nodes.index(stretch[0]), nodes.index(stretch[-1])
    while first and nodes[first - 1].kind in _OF_A_SCENE:
        first -= 1
    while last + 1 < len(nodes) and nodes[last + 1].kind in _OF_A_SCENE:
        last += 1
    while nodes[first].kind in _BINDING and nodes[first].token.word != "about":
        first += 1
    while nodes[last].kind in _BINDING:
        last -= 1
    return nodes[first], nodes[last]


def _stretches(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield unknown words in a row, with the fillers between them."""
    run: list[Node] = []
    for node in [*nodes, Node("stop", ".", 0, 0)]:
        if node.kind in ("unknown", "name") or (run and node.kind in ("filler", "linker", "relation")):
            run.append(node)
            continue
        while run and run[-1].kind not in ("unknown", "name"):
            run.pop()
        if any(re.search(r"\w", n.token.word) for n in run if n.kind in ("unknown", "name")):
            yield run
        run = []
