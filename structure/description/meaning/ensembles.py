"""Who plays together: players named one by one become the exact ensemble that they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from structure.description.grammar.drafts import Draft
from structure.description.grammar.nodes import Node
from structure.description.words.vocabulary import vocabulary


def share_solos(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts with a solo of each player that is named where "each takes a solo".

    Where nobody is named, there is a solo all the same.
    """
    found = [draft for draft in drafts if draft.what != "solos"]
    for draft in drafts:
        if draft.what != "solos":
            continue
        names: list[str] = []
        for other in found:
            is_heard = other.kind in ("part", "ensemble") and other.polarity == "want"
            if is_heard and not other.anchors and other.start < draft.start:
                own = other.what.split(", ")
                names += [name for name in own if not any(_is_kin(name, known) for known in names)]
        players = [name for name in dict.fromkeys(names) if name not in TUNES]
        found.append(replace(draft, kind="section", what="solo", stem=None))
        found += [replace(draft, what="solo", stem=name) for name in players]
    return found


def _read_nobody_else(drafts: Sequence[Draft], nodes: Sequence[Node]) -> bool:
    """Return whether "nobody else" is said of the song.

    Where it is said of a section, mark its players as all who play there, in place.
    """
    is_of_song = False
    for node in nodes:
        if node.kind != "nobody_else":
            continue
        before = [d for d in drafts if d.kind == "part" and d.polarity == "want" and d.end <= node.start]
        last = max(before, key=lambda draft: draft.end, default=None)
        if last is None or not last.anchors or not last.anchors[0].sections:
            is_of_song = True
            continue
        for draft in before:
            if draft.anchors and draft.anchors[0] is last.anchors[0]:
                draft.exact = True
    return is_of_song


def with_ensembles(drafts: list[Draft], nodes: Sequence[Node]) -> list[Draft]:
    """Return the wishes in which players of whom nobody else plays have become an ensemble."""
    closed = _read_nobody_else(drafts, nodes)
    weak = {str(node.value) for node in nodes if "weak_genre" in node.token}
    genres = any(d.kind == "genre" and d.polarity == "want" and d.what not in weak for d in drafts)
    # "A swing beat with clarinet": somebody plays the beat.
    genres = genres or any(
        node.kind == "groove"
        and node.value != "offbeat"
        and (_BEATS & set(node.token.word.split()) or node.value in _OF_DRUMS)
        for node in nodes
    )
    others = any(d.kind == "ensemble" for d in drafts)
    parts = [d for d in drafts if d.kind == "part" and d.polarity == "want"]
    if not closed:
        _place_soloists(parts)
    exact = [d for d in parts if d.exact]
    everywhere = [d for d in parts if not d.anchors and not d.exact and d.amount is None]
    players = [d for d in everywhere if d.what not in TUNES]
    if players != everywhere and players and not genres:  # "a melody, marimba and claps": they play it
        drafts = [d for d in drafts if d not in everywhere or d in players]
        everywhere = players
    is_sung = bool(everywhere) and all(d.what == "vocals" for d in everywhere)
    playing = [d for d in drafts if d.kind == "part" or (d.kind == "event" and d.stem is not None)]
    sometimes = [d for d in playing if d.polarity in ("want", "more") and d not in everywhere]
    sometimes = [d for d in sometimes if (d.stem or d.what) not in TUNES]
    found = [d for d in drafts if d not in exact]

    groups: dict[tuple[object, ...], list[Draft]] = {}  # the exact players by where they play
    for draft in exact:
        where = tuple(id(anchor) for anchor in draft.anchors)
        groups.setdefault((where, draft.amount, draft.edge), []).append(draft)
    entering = [d for d in drafts if (d.kind, d.what, d.polarity) == ("event", "enter", "want") and d.stem]
    for group in groups.values():
        if not group[0].anchors:
            # "A trio for flute and harp, with a drum": the drum plays too.
            group += [d for d in everywhere if closed]
        made = _ensemble(group)
        found.append(made)
        if closed or made.anchors:
            continue
        names = made.what.split(", ")
        if group[0].follows and everywhere + sometimes:
            made.edge = made.edge or "end"  # "…, then drop everything but the voice"
        elif any(not any(d.stem == name or _is_kin(str(d.stem), name) for name in names) for d in entering):
            # "Just a piano, then the strings come in"; "…, leaving only a piano" does not begin so.
            made.edge = made.edge or (None if any(draft.sheds for draft in group) else "start")
            if not (genres or others):
                whole = _ensemble([*group, *sometimes])
                whole.edge = whole.amount = None
                found.append(whole)

    may_be_all = everywhere and not others and all(d.anchors for d in exact)
    # "Make the snare sound like a cannon": nobody asks for a piece of a snare alone.
    is_drum = all(d.what in (*TUNES, *_OF_A_KIT) for d in everywhere)
    plays_alone = not (genres or is_sung or is_drum)
    is_whole = may_be_all and (closed or plays_alone)
    if closed or is_whole:
        found = [d for d in found if d not in everywhere]
    if is_whole:
        found.append(_ensemble([*everywhere, *sometimes]))
    found = _read_lone_solo(found, closed or _opens_with_solo(nodes))
    if any(draft.kind == "ensemble" and _are_singers(draft.what.split(", ")) for draft in found):
        complete_ensembles(found)  # somebody plays with two singers
    return found


def _place_soloists(parts: Sequence[Draft]) -> None:
    """Let soloists whom others accompany be among them: "strings, a solo violin over them"."""
    for draft in parts:
        beside = any(
            not d.anchors and not d.exact and d.what not in TUNES and d.amount is None for d in parts
        )
        if draft.stands_out and beside and not draft.anchors and draft.amount is None:
            draft.exact = draft.edge is not None


def _are_singers(names: Sequence[str]) -> bool:
    """Return whether several players are singers, all of them."""
    return len(names) > 1 and set(names) == {"vocals"}


def _opens_with_solo(nodes: Sequence[Node]) -> bool:
    """Return whether a sentence begins with the solo of a player, and no song has it: "sad piano solo"."""
    for at, node in enumerate(nodes):
        if node.kind == "player":
            following = nodes[at + 1 : at + 2]
            return bool(following) and following[0].kind == "section" and following[0].value == "solo"
        if node.kind not in ("filler", "mood", "sound", "pace", "era", "energy"):
            return False
    return False


def _read_lone_solo(drafts: list[Draft], closed: bool) -> list[Draft]:
    """Read "double bass solo, nobody else" as a piece for that player, of which the solo is no section."""
    solos = [d for d in drafts if (d.kind, d.what) == ("event", "solo") and d.stem and not d.anchors]
    rivals = ("part", "ensemble", "genre", "form")
    others = any(d.kind in rivals or (d.kind == "section" and d.what != "solo") for d in drafts)
    others = others or any(
        (d.kind, d.what) == ("event", "enter") for d in drafts
    )  # "then everyone back in"
    if not closed or len(solos) != 1 or others:
        return drafts
    solo = solos[0]
    whole = Draft("ensemble", str(solo.stem), solo.start, solo.end)
    return [d for d in drafts if d is not solo and (d.kind, d.what) != ("section", "solo")] + [whole]


def answer_voices(drafts: Sequence[Draft]) -> None:
    """Let a choir answer where nobody but a voice could, in place: a sea shanty for voices and stomps."""
    calls = any((d.kind, d.what, d.polarity, d.stem) == ("event", "answer", "want", None) for d in drafts)
    whole = [d for d in drafts if d.kind == "ensemble" and d.polarity == "want" and not d.anchors]
    if not calls or len(whole) != 1 or whole[0].edge is not None:
        return
    names = whole[0].what.split(", ")
    if [name for name in names if name not in _KIT and name not in _STRUCK] == ["vocals"]:
        at = names.index("vocals") + 1
        whole[0].what = ", ".join([*names[:at], "choir", *names[at:]])


_STRUCK = ("drums", "stomp", "claps", "handclaps", "finger snaps", "tambourine", "shaker")
"""Players beside voices who have no notes."""


_BEATS = {"beat", "beats", "drums", "kick", "groove", "breaks"}
"""Words of grooves that only a band with drums has."""

_OF_DRUMS = ("backbeat", "four on the floor", "breakbeat", "blast beat", "train beat")


def complete_ensembles(drafts: Sequence[Draft]) -> None:
    """Let who is named beside an ensemble play with it: "string quartet plus piano".

    A piano trio that plays jazz, or that has a drummer, is one of piano, bass and drums.
    """
    genres = [d.what for d in drafts if d.kind == "genre" and d.polarity == "want"]
    rhythm = {name for d in drafts if d.polarity == "want" for name in (d.what, d.stem)} & {
        "drums",
        "brushes",
    }
    rhythm |= {d.what for d in drafts if d.polarity == "want" and d.what.startswith("jazzy")}
    if rhythm or any(vocabulary().genres.get(name) == "jazz" for name in genres):
        for draft in drafts:
            if draft.kind == "ensemble" and draft.what == _CLASSICAL_TRIO:
                draft.what = _JAZZ_TRIO

    ensembles = [d for d in drafts if d.kind == "ensemble" and d.polarity == "want" and not d.anchors]
    if len(ensembles) != 1 or ensembles[0].amount is not None or ensembles[0].edge is not None:
        return
    members = ensembles[0].what.split(", ")
    named = [d for d in drafts if d.kind == "part" and d.polarity == "want" and not d.anchors]
    named = [d for d in named if not (d.exact or d.amount is not None or d.what in TUNES)]
    behind = [d for d in named if d.start > ensembles[0].start]
    if len({d.what for d in behind}) == len(members) > 1:
        members = []  # "jazz trio: guitar, bass, drums"
    for part in named:
        if "drums" in members and part.what in _KIT:
            continue
        if any(part.what in _SECTIONS_OF.get(name, ()) for name in members):
            continue  # "a brass band, tubas hold the low notes"
        if not any(part.what.endswith(name) or name.endswith(part.what) for name in members):
            members.append(part.what)
    for draft in drafts:
        player = (
            draft.stem if (draft.kind, draft.what, draft.polarity) == ("event", "solo", "want") else None
        )
        if draft.anchors:
            continue  # who has a solo at one place is a guest there
        is_known = player is None or any(
            player.endswith(name) or name.endswith(player) or player in _SECTIONS_OF.get(name, ())
            for name in members
        )
        if player is not None and not is_known and player not in (*TUNES, *_KIT):
            members.append(player)  # "brass band with a piccolo solo"
    ensembles[0].what = ", ".join(members)


def carry_players(drafts: Sequence[Draft]) -> None:
    """Let what is said of the sound in another place be of the same player, in place.

    "Vocals with long delays in the chorus, bone dry in the verse" tells of the vocals twice.
    """
    heard: str | None = None
    for draft in sorted(drafts, key=lambda draft: draft.start):
        is_sound = draft.kind in ("sound", "mix") and draft.polarity in ("want", "more", "less")
        placed = bool(draft.anchors) and bool(draft.anchors[0].sections)
        if is_sound and draft.stem is not None:
            heard = draft.stem if placed else None
        elif is_sound and placed and heard is not None:
            draft.stem = heard
        elif draft.kind not in ("sound", "mix", "section", "mood"):
            heard = None


def leave_out_tunes(drafts: list[Draft]) -> list[Draft]:
    """Return the drafts without "chords" and the like where all players are named, who play them.

    What is said of the sound of the chords is said of all.
    """
    if not any(
        d.kind == "ensemble" and d.polarity == "want" and not d.anchors and d.edge is None for d in drafts
    ):
        return drafts
    for draft in drafts:
        if draft.kind == "sound" and draft.stem in TUNES:
            draft.stem = None
    return [
        draft
        for draft in drafts
        if draft.kind != "part" or draft.what not in TUNES or draft.polarity != "want" or draft.anchors
    ]


_CLASSICAL_TRIO, _JAZZ_TRIO = "piano, violin, cello", "piano, bass, drums"


def name_members(drafts: Sequence[Draft]) -> None:
    """Match short names to the members of the only ensemble: a "bass" is its double bass.

    A part with a fuller name renames the member. Events keep the name that is said, unless one part alone
    has a fuller one.
    """
    parts = {d.what for d in drafts if d.kind == "part" and d.polarity == "want"}
    for draft in drafts:
        if draft.kind == "event" and draft.stem is not None and draft.stem not in parts:
            kin = [name for name in parts if name.endswith(f" {draft.stem}")]
            same = _SAME_PLAYERS.get(draft.stem, "")
            if draft.what in ("enter", "leave", "rest") and same in parts:
                kin = [same]  # "a violin joins" in a band with a fiddle
            draft.stem = kin[0] if len(kin) == 1 else draft.stem  # the "bass" is the upright bass

    whole = [d for d in drafts if d.kind == "ensemble" and d.polarity == "want" and not d.anchors]
    if len(whole) != 1:
        return
    members = whole[0].what.split(", ")
    for draft in drafts:
        name = draft.what if draft.kind == "part" and not draft.anchors else draft.stem
        if name is None or name in members:
            continue
        kin = [member for member in members if _is_kin(name, member)]
        if len(kin) != 1:
            continue
        if draft.kind in ("part", "event") and name.endswith(kin[0]):
            members[members.index(kin[0])] = name  # "jazz trio with an upright bass solo"
        elif draft.kind not in ("part", "event"):
            draft.stem = kin[0]
    whole[0].what = ", ".join(members)


_SAME_PLAYERS = {"violin": "fiddle", "fiddle": "violin", "drums": "drum machine", "vocals": "singer"}
"""Names of the same player, where a band has one of them."""


def _is_kin(one: str, other: str) -> bool:
    """Return whether one name is a short form of the other: a double bass is called a bass."""
    return one.endswith(f" {other}") or other.endswith(f" {one}")


TUNES = ("melody", "chords", "riff", "riffs", "stab", "stabs")
"""What players play, and no players themselves."""


_SECTIONS_OF: Mapping[str, Sequence[str]] = {
    "brass": (
        *("trumpet", "cornet", "flugelhorn", "trombone", "tuba", "french horn", "horns", "euphonium"),
        *("trumpets", "trombones"),
    ),
    "strings": ("violin", "viola", "cello", "double bass", "violins", "violas", "cellos"),
    "woodwinds": ("flute", "oboe", "clarinet", "bassoon", "piccolo"),
    "orchestra": (
        *("strings", "violin", "viola", "cello", "double bass", "brass", "woodwinds", "flute", "oboe"),
        *("clarinet", "bassoon", "french horn", "horns", "trumpet", "trombone", "tuba", "timpani"),
    ),
    "choir": ("vocals", "soprano", "alto", "tenor", "bass voice"),
    "french horn": ("horns",),
}
"""Who belongs to an ensemble that has one name."""


_OF_AN_ORCHESTRA = ("horns", "timpani", "brass", "strings", "woodwinds", "percussion")
"""Who plays in an orchestra anyway."""


_OF_A_KIT = ("cymbals", "hi-hats", "snare", "kick", "toms")
"""Pieces of a drum kit, of which none is a whole band."""

_KIT = ("cymbals", "hi-hats", "snare", "kick", "toms", "brushes", "percussion")
"""What a drummer plays."""


def _ensemble(players: Sequence[Draft]) -> Draft:
    """Return the wish for an ensemble of some players, which is for the places of the first."""
    names: list[str] = []
    for player in players:
        name = player.stem or player.what
        names += [name] * player.copies if name not in names else []
    if "orchestra" in names:
        names = [name for name in names if name not in _OF_AN_ORCHESTRA]
    first = players[0]
    said = [player for player in players if player.kind == "part"]
    made = Draft("ensemble", ", ".join(names), min(p.start for p in said), max(p.end for p in said))
    made.anchors, made.amount, made.edge = list(first.anchors), first.amount, first.edge
    return made
