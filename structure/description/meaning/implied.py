"""What words ask for besides what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from structure.description.grammar.drafts import Anchor, Draft
from structure.description.grammar.nodes import Node
from structure.description.words.vocabulary import vocabulary
from structure.presets.moods import is_mood

_FULL = ("chorus", "hook", "drop", "solo")


def only_in_full_sections(draft: Draft) -> list[Draft]:
    """Read "strings only in the chorus" as silence elsewhere, and not as playing alone.

    Return the draft, with one that refuses the player in the other sections where it is such a wish.
    """
    sections = [name for anchor in draft.anchors[:1] for name, _ in anchor.sections]
    is_full = draft.only and all(name in _FULL for name in sections)
    if draft.kind != "part" or not sections or not (draft.seldom or is_full):
        return [draft]
    draft.exact = False
    names = [name for name in ("verse", "chorus") if name not in sections] if draft.seldom else ["verse"]
    others: list[tuple[str, int | None]] = [(name, None) for name in names]
    elsewhere = Anchor(draft.start, draft.end, 0, 0, "at", others)
    return [draft, replace(draft, polarity="avoid", anchors=[elsewhere])] if others else [draft]


def find_implied_genres(drafts: Sequence[Draft], text: str) -> Iterator[Draft]:
    """Yield the genre that other words name where none is named.

    It is that of a groove ("a techno beat", "funky"), or of an age with a style of its own. A jazz trio
    plays jazz, whatever else is named.
    """
    for draft in drafts:
        first = text[draft.start : draft.end].lower().split()[:1]
        is_band = draft.kind == "ensemble" and draft.polarity == "want" and bool(first)
        if is_band and first[0] in _OF_BANDS and not any(d.what == first[0] for d in drafts):
            yield Draft("genre", first[0], draft.start, draft.end)
            return
    if any(draft.kind == "genre" for draft in drafts):
        return
    for draft in drafts:
        if draft.polarity != "want" or draft.anchors:
            continue
        words = text[draft.start : draft.end].lower().split()
        named = [" ".join(words[:n]) for n in range(len(words) - 1, 0, -1)]
        genre = next((name for name in named if name in vocabulary().genres), None)
        is_beat = genre == "swing" and words[-1] in ("beat", "drums")
        if draft.kind == "groove" and genre is not None and (is_beat or genre not in _GROOVES_TOO):
            yield replace(draft, kind="genre", what=genre, stem=None, anchors=[])
            return
        said = "funk" if draft.what == "funky" else _GENRES_OF_PACES.get(" ".join(words))
        said = (
            "electronic" if (draft.kind, draft.what, draft.stem) == ("sound", "electronic", None) else said
        )
        if said is not None:
            yield replace(draft, kind="genre", what=said, stem=None, anchors=[])
            return
    drone = next((d for d in drafts if (d.kind, d.what, d.polarity) == ("harmony", "drone", "want")), None)
    if drone is not None and not drone.anchors and not any(d.kind in ("part", "ensemble") for d in drafts):
        yield replace(drone, kind="genre")  # "ten minutes of drone"
        return
    for draft in drafts:
        if draft.kind == "era" and draft.what in _ERAS_WITH_STYLES and draft.polarity == "want":
            yield replace(draft, kind="genre", anchors=list(draft.anchors))


_OF_BANDS = ("jazz", "bluegrass", "blues", "klezmer", "mariachi", "swing")
"""Genres that stand in the names of bands."""

_GENRES_OF_PACES = {"downtempo": "downtempo", "down tempo": "downtempo"}
"""Words for a pace that are names of genres as well."""

_GROOVES_TOO = (
    "swing",
    "shuffle",
    "march",
    "boogie",
    "two step",
    "waltz",
    "minimal",
    "half time",
    "one drop",
)
"""Names of genres that are those of grooves as well, which any genre may have."""


def find_long_builds(drafts: Sequence[Draft], nodes: Sequence[Node]) -> Iterator[Draft]:
    """Yield the length of a song that has none but that of its build: "evolving over ten minutes"."""
    if any(draft.kind == "length" and not draft.anchors for draft in drafts):
        return
    for build, over, length in zip(nodes, nodes[1:], nodes[2:], strict=False):
        grows = build.kind == "energy" and build.value == "build" and over.token.word in _OVER
        if grows and length.kind == "seconds" and length.value >= _LONG_BUILD_S:
            yield Draft("length", "seconds", length.start, length.end, amount=float(length.value))
            return


_OVER = ("over", "for", "across", "during")
_LONG_BUILD_S = 150.0
"""Seconds of a build that takes the whole song."""


def find_voices(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield the voice that a word for singing asks for where no voice is named, in place: "falsetto"."""
    if any(
        draft.stem == "vocals"
        or "vocals" in draft.what
        or draft.what in ("rap", "choir")
        or draft.stem == "choir"
        for draft in drafts
    ):
        return
    for draft in drafts:
        if (
            draft.kind == "sound"
            and draft.what in _OF_VOICES
            and (draft.stem, draft.polarity) == (None, "want")
        ):
            draft.stem = "vocals"
            yield replace(draft, kind="part", what="vocals", stem=None, anchors=list(draft.anchors))


_OF_VOICES = (
    *("falsetto", "operatic", "crooning", "belting", "belted", "melismatic", "spoken", "rapped", "sung"),
    *("whispered", "chanted", "yodelled", "humming"),
)
"""Sounds that only voices have."""


def find_implied(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield what words ask for besides what they say: grooves, mixes, and lengths of solos."""
    # A word for a sound may ask for more: a dry piano is mixed dry.
    heard = vocabulary().heard
    said = {(draft.kind, draft.what, draft.stem, draft.start) for draft in drafts}
    for draft in drafts:
        if draft.kind != "sound" or draft.polarity not in ("want", "more") or draft.what not in heard:
            continue
        kind, what = heard[draft.what]
        is_own = kind == "mix" or what == "offbeat" or draft.what == "syncopated"
        stem = draft.stem if is_own else None
        is_offbeat_cymbal = stem == "hi-hats" and kind == "groove"  # no chords on the offbeat
        is_no_bass = what == "walking bass" and not (draft.stem or "").endswith("bass")
        of_song = what in _OF_ALL and not draft.anchors
        fits = kind == "groove" or stem is not None or of_song
        if (
            fits
            and not is_offbeat_cymbal
            and not is_no_bass
            and (kind, what, stem, draft.start) not in said
        ):
            yield replace(draft, kind=kind, what=what, stem=stem, anchors=list(draft.anchors))

    # The bars of "guitar solo 16 bars long" are the length of the section as well.
    sections = {draft.start for draft in drafts if draft.kind == "section" and draft.what == "solo"}
    for draft in drafts:
        if draft.kind == "event" and draft.what == "solo" and draft.amount and draft.start in sections:
            solo = Anchor(draft.start, draft.end, 0, 0, "at", [("solo", None)])
            span = (draft.start, draft.end)
            yield Draft("length", "bars", *span, amount=draft.amount, anchors=[solo])


_ALSO_MOODS = ("energy", "sound")
"""Kinds of wish whose words may say a mood as well."""


def find_moods(drafts: Sequence[Draft], text: str) -> Iterator[Draft]:
    """Yield the moods that words say besides: a quiet song is calm in its notes, not only soft.

    Where no mood is said, how a player is to sound says it: a haunting flute makes a haunting song.
    """
    has_mood = any(draft.kind == "mood" for draft in drafts)
    for draft in drafts:
        of_player = draft.kind == "sound" and draft.stem is not None and not draft.anchors
        if of_player and not has_mood and draft.polarity == "want" and draft.what in _MOODS_OF_PLAYERS:
            yield replace(draft, kind="mood", stem=None, anchors=_start_of(drafts, draft))
        is_of_song = draft.stem is None and not draft.anchors and draft.edge is None
        if draft.kind not in _ALSO_MOODS or draft.polarity != "want" or not is_of_song or draft.amount:
            continue
        words = text[draft.start : draft.end].lower().strip()
        if is_mood(words):
            yield replace(draft, kind="mood", what=words.replace("-", " "), anchors=[])


def _start_of(drafts: Sequence[Draft], sound: Draft) -> list[Anchor]:
    """Return the start where a sound is that of who begins a song, and nothing otherwise.

    "Gentle piano for 8 bars, then drums" is gentle at the start.
    """
    for draft in drafts:
        begins = draft.edge == "start" or any(a.edge == "start" and not a.sections for a in draft.anchors)
        if draft.kind == "ensemble" and begins and draft.what == sound.stem and draft.amount:
            return [Anchor(sound.start, sound.end, 0, 0, "at", edge="start")]
    return []


def without_scenes(drafts: Sequence[Draft], nodes: Sequence[Node]) -> list[Draft]:
    """Return the drafts without the moods of scenes that another mood of the whole song outweighs.

    "Mellow chillhop for cafes" is mellow, whatever cafes are, and "slow, like a funeral" is mournful too.
    """
    scenes = {
        node.start: node.value not in _STRONG
        for node in nodes
        if node.kind == "mood"
        and "scene" in node.token
        and (node.token.word.split()[0] != node.value or node.token.word.endswith(" scenery"))
    }
    moods = [d for d in drafts if d.kind == "mood" and not d.anchors and d.edge is None]
    own = {d.what for d in moods if d.polarity == "want" and d.start not in scenes}
    if not own:
        return list(drafts)
    for node in nodes:
        if node.start in scenes and any(node.value in alike and own & alike for alike in _ALIKE):
            scenes[node.start] = True  # "tense, a spy film": it says the same again
    return [draft for draft in drafts if draft not in moods or not scenes.get(draft.start)]


_ALIKE: tuple[frozenset[str], ...] = tuple(
    frozenset(names)
    for names in (
        {"tense", "suspenseful", "urgent", "nervous", "anxious"},
        {"scary", "eerie", "spooky", "creepy", "haunted", "haunting"},
        {"sad", "mournful", "melancholic", "melancholy", "heartbroken", "sorrowful"},
        {"happy", "cheerful", "joyful", "playful", "merry", "jolly"},
        {"calm", "peaceful", "relaxed", "serene", "tranquil", "meditative", "soothing"},
        {"dark", "sinister", "menacing", "ominous"},
        {"heroic", "epic", "triumphant", "majestic"},
    )
)
"""Moods of which one is as good as another."""

_STRONG = (
    *("sad", "mournful", "tense", "scary", "eerie", "spooky", "suspenseful", "heartbroken", "sinister"),
    *("triumphant", "epic", "romantic", "solemn"),
)
"""Moods of scenes that the music of any such scene has."""


_MOODS_OF_PLAYERS = (
    *("haunting", "lonely", "gentle", "delicate", "ethereal", "moody", "mellow", "plaintive", "ghostly"),
    *("dark", "sweet", "soulful", "lush", "smoky", "frantic", "icy", "hushed"),
)
"""Words for the sound of a player that are moods of a whole song as well."""


def free_last_sections(drafts: Sequence[Draft], text: str) -> None:
    """Let a "last chorus" stand where it is last, in place, whatever it is said to come after.

    In "after the second chorus just a piano, then the last chorus" it comes after what the piano plays.
    """
    for draft in drafts:
        said = text[draft.start : draft.end].lower().split()
        is_section = draft.kind == "section" and draft.polarity == "want"
        if is_section and ("last" in said or "final" in said):
            own = [name for anchor in draft.anchors for name, _ in anchor.sections]
            if draft.what in own and all(anchor.relation == "after" for anchor in draft.anchors):
                draft.anchors = []


def name_syncopated(drafts: Sequence[Draft], text: str) -> None:
    """Give "syncopated" right beside a player to that player alone, in place."""
    players = [d for d in drafts if d.kind == "part" and d.polarity == "want"]
    for draft in drafts:
        if (draft.kind, draft.what, draft.stem) != ("groove", "syncopated", None):
            continue
        beside = [
            player.what
            for player in players
            if not text[min(draft.end, player.end) : max(draft.start, player.start)].strip()
        ]
        draft.stem = beside[0] if len(beside) == 1 else None


_ERAS_WITH_STYLES = ("medieval",)
"""Ages that are played in a style of their own where no genre is named."""


_OF_ALL = ("dry", "wet", "punchy")
"""What a whole song may be mixed like where a word for a sound says so."""


def end_in_silence(drafts: Sequence[Draft]) -> None:
    """Turn silences of everybody into stops, in place, where they end the song or are at one moment of it.

    Those are silences at the end of the song or "at 1:00", and one without a place that is said last, as in
    "… then silence". A silence of a given length stays.
    """
    for draft in drafts:
        stops = draft.anchors and all(a.edge == "end" and not a.sections for a in draft.anchors)
        stops = stops or any(a.bar is not None or a.seconds is not None for a in draft.anchors)
        if (draft.kind, draft.what, draft.stem, draft.amount) == ("event", "rest", None, None) and stops:
            draft.what = "stop"
    last = max(drafts, key=lambda draft: draft.start, default=None)
    if last is None or (last.kind, last.what) != ("event", "rest") or not last.follows:
        return
    if last.stem is None and last.amount is None and not last.anchors:
        last.what, last.edge = "stop", "end"


def end_cadences(drafts: Sequence[Draft], text: str) -> None:
    """Hang cadences on the end of the song, in place, where their words say so: "ends on a half close"."""
    cadences = [
        draft
        for draft in drafts
        if (draft.kind, draft.polarity) == ("harmony", "want") and draft.what in _CADENCES
    ]
    for draft in [cadence for cadence in cadences if not cadence.anchors and cadence.edge is None]:
        said = text[draft.start : draft.end].lower().split()
        again = any(a.edge == "end" for d in cadences if d.what == draft.what for a in d.anchors)
        if again or any(word in _ENDING for word in said):
            draft.anchors.append(Anchor(draft.start, draft.end, 0, 0, "at", edge="end"))


_CADENCES = (
    *("picardy third", "plagal cadence", "minor plagal cadence", "perfect cadence", "half cadence"),
    *("deceptive cadence", "unresolved", "resolved"),
)

_ENDING = (
    *("end", "ends", "ending", "final", "last", "closing", "closes", "finish", "finishes", "finishing"),
    *("concluding", "concludes"),
)


def take_places(drafts: Sequence[Draft], nodes: Sequence[Node]) -> None:
    """Stretch wishes over the words of their places, in place.

    Words of a place that lie in no wish go to the nearest wish for that place, if only silent nodes stand
    between.
    """
    for anchor in {(a.start, a.end): a for draft in drafts for a in draft.anchors}.values():
        if not any(draft.start < anchor.end and anchor.start < draft.end for draft in drafts):
            of_it = [d for d in drafts if any(a.start == anchor.start for a in d.anchors)]
            _stretch_nearest(of_it, anchor, drafts, nodes)


def take_sudden(drafts: Sequence[Draft], nodes: Sequence[Node]) -> None:
    """Let what happens be said by "suddenly" as well, in place, where it stands beside it."""
    happening = [d for d in drafts if d.kind in ("event", "energy") or (d.kind == "genre" and d.anchors)]
    for node in nodes:
        is_said = any(draft.start <= node.start < draft.end for draft in drafts)
        if node.kind == "sudden" and not is_said and happening:
            _stretch_nearest(happening, node, drafts, nodes)


def _stretch_nearest(
    found: Sequence[Draft], words: Anchor | Node, drafts: Sequence[Draft], nodes: Sequence[Node]
) -> None:
    """Stretch the nearest of some wishes over words, if only silent nodes and wishes stand between."""
    nearest = min(found, key=lambda draft: max(words.start - draft.end, draft.start - words.end))
    first, last = min(words.end, nearest.end), max(words.start, nearest.start)
    between = [node for node in nodes if first <= node.start and node.end <= last]
    said = [(draft.start, draft.end) for draft in drafts]
    if all(node.kind in SILENT or any(a <= node.start < b for a, b in said) for node in between):
        nearest.start, nearest.end = min(nearest.start, words.start), max(nearest.end, words.end)


SILENT = (
    "stop",
    "filler",
    "linker",
    "breaker",
    "relation",
    "reference",
    "ordinal",
    "work",
    "exact",
    "nobody_else",
    "everybody",
    "more",
    "less",
    "edge",
    "edge_verb",
    "swap",
)
"""Nodes that ask for nothing by themselves."""
