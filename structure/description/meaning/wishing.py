"""Makes the wishes of a sentence: what its clauses say, guesses for what is near to a meaning, the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.grammar.clauses import clauses_of
from structure.description.grammar.drafts import Anchor, Draft
from structure.description.grammar.nodes import Node, nodes_of
from structure.description.grammar.scopes import place_drafts
from structure.description.words.guesses import nearest_meanings
from structure.description.words.phrases import lower
from structure.description.words.sentences import is_english
from structure.description.words.tokens import tokens_of
from structure.description.words.translation import Translation, to_english
from structure.description.words.vocabulary import vocabulary
from structure.presets.moods import is_mood
from structure.specs.wishes import When, Where, Wish, Wishes


def wishes_of(text: str, *, guessing: bool = True) -> Wishes:
    """Return all that a sentence asks for; what nothing understands is a wish of the kind ``unknown``."""
    translation = to_english(text)
    if not translation.language:
        stripped = text.strip()
        start = text.index(stripped)
        unknown = Wish(kind="unknown", what=stripped, span=(start, start + len(stripped)))
        return Wishes(text, (unknown,) if stripped else (), "")
    forms, nodes = _forms(nodes_of(tokens_of(translation.text, is_translated=bool(translation.pieces))))

    # Sections that are merely mentioned again say nothing new.
    drafts: list[Draft] = []
    for draft in [*forms, *place_drafts(clauses_of(nodes))]:
        is_wanted = draft.kind == "section" and draft.polarity == "want"
        is_mention = is_wanted and draft.amount is None and not draft.anchors
        known = (d.what for d in drafts if d.kind == "section" and d.polarity == "want")
        if not (is_mention and draft.what in known):
            drafts += _only_in_full_sections(draft)

    _complete_ensembles(drafts)
    drafts = _with_ensembles(drafts, nodes)
    _name_members(drafts)
    drafts = _share_solos(drafts)
    # The solo of "fiddle solo in the bridge" is no section of its own.
    drafts = [
        draft
        for draft in drafts
        if not (
            (draft.kind, draft.what) == ("section", "solo")
            and draft.anchors
            and draft.anchors[0].relation in (None, "at")
            and draft.anchors[0].sections
            and draft.anchors[0].start != draft.start
        )
    ]
    _name_syncopated(drafts, translation.text)
    drafts += list(_find_implied(drafts))
    drafts += list(_find_moods(drafts, translation.text))
    _end_in_silence(drafts)
    _take_places(drafts, nodes)

    wishes = [wish for draft in drafts for wish in _wishes(draft, translation)]
    wishes += _rest(nodes, wishes, translation, guessing)
    wishes += _find_unread(nodes, wishes, translation)
    order = sorted(wishes, key=lambda wish: wish.span or (0, 0))
    return Wishes(text, tuple(dict.fromkeys(order)), translation.language)


# --- forms ---


_LAST_SHUT = "]."
"""Behind the last tag of a form; what follows is not for that section alone."""

_PLAIN_RUN = ("stop", "number", "breaker", "linker", "times")
_IN_A_RUN = (*_PLAIN_RUN, "bars", "seconds")
_ARROWS = ("[", "]", "-", "->", ">", "=>", "→", "|", "/")


def _forms(nodes: list[Node]) -> tuple[list[Draft], list[Node]]:
    """Find forms: three sections or more in a row.

    Their nodes are taken out, but for those that a length or a remark in brackets belongs to.
    """
    found: list[Draft] = []
    left: list[Node] = []
    run: list[Node] = []
    depth = 0
    end = Node("end of text", "", len(nodes), len(nodes))
    for node, following in zip([*nodes, end], [*nodes[1:], end, end], strict=False):
        inside = depth > 0
        if node.kind == "stop" and run:
            depth += {"(": 1, ")": -1}.get(str(node.value), 0)

        # "Verse-chorus-verse-chorus, verses 8 bars": the comma ends a list without commas.
        sections = sum(other.kind == "section" for other in run)
        commas = any(other.kind == "stop" and other.value == "," for other in run)
        is_mark = node.kind == "stop" and node.value in (",", ".", ";")
        ends_list = is_mark and sections > _LISTED and not commas
        is_soloist = node.kind == "player" and following.value == "solo"
        in_run = run and (is_soloist or node.kind in _IN_A_RUN or inside or depth > 0)
        if node is not end and not ends_list and (node.kind == "section" or in_run):
            run.append(node)
            continue

        draft, kept = _form_of_run(run)
        found += [draft] if draft is not None else []
        left += kept if node is end else [*kept, node]
        run, depth = [], 0

    # Five sections or more in brackets, of which one comes back, are the form; fewer are mere remarks.
    tags = [
        after
        for before, after in pairwise(nodes)
        if before.kind == "stop" and before.value == "[" and after.kind == "section"
    ]
    if len(tags) >= _FEWEST_TAGS and len({tag.value for tag in tags}) < len(tags):
        walk = " ".join(str(tag.value) for tag in tags)
        found = [Draft("form", walk, tags[0].start, tags[-1].end)]
    return found, left


_LISTED = 3
"""Sections in a row above which a comma behind them ends their list."""

_FEWEST_TAGS = 5


def _form_of_run(run: list[Node]) -> tuple[Draft | None, list[Node]]:
    """Return the form that a run of sections says, if any, and the nodes that are still to be read."""
    if any(
        one.kind == "number" and other.kind == "section" and other.token.word.endswith("s")
        for one, other in pairwise(run)
    ):
        return None, run  # "2 verses" are so many, and no walk

    # The run goes up to its last section, and the number behind that.
    last = max((i for i, node in enumerate(run) if node.kind == "section"), default=-1)
    if last + 1 < len(run) and run[last + 1].kind in ("number", "times"):
        last += 1
    sections, behind = run[: last + 1], run[last + 1 :]
    kinds = [node for node in sections if node.kind == "section"]
    measured = any(
        node.kind not in ("section", *_PLAIN_RUN) or (node.kind == "number" and node.value > 9)
        for node in sections
    )
    listed = any(node.kind == "stop" and node.value in _ARROWS for node in sections)
    if len(kinds) < 3 or (measured and not listed and len(kinds) < 4):
        return None, run

    walk: list[str] = []
    for node, following in zip(sections, [*sections[1:], None], strict=True):
        if node.kind == "section":
            is_repeated = following is not None and following.kind == "times"
            walk += [str(node.value)] * (int(following.value) if is_repeated and following else 1)
    draft = Draft("form", " ".join(walk), sections[0].start, sections[-1].end)
    if measured and behind and behind[0].value == "]":
        behind[0].value = _LAST_SHUT
    return draft, [*(sections if measured else []), *behind]


# --- ensembles ---


def _share_solos(drafts: list[Draft]) -> list[Draft]:
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
        players = [name for name in dict.fromkeys(names) if name not in _TUNES]
        found.append(replace(draft, kind="section", what="solo", stem=None))
        found += [replace(draft, what="solo", stem=name) for name in players]
    return found


def _with_ensembles(drafts: list[Draft], nodes: Sequence[Node]) -> list[Draft]:
    """Return the wishes in which players of whom nobody else plays have become an ensemble."""
    closed = any(node.kind == "nobody_else" for node in nodes)
    weak = {str(node.value) for node in nodes if "weak_genre" in node.token}
    genres = any(d.kind == "genre" and d.polarity == "want" and d.what not in weak for d in drafts)
    others = any(d.kind == "ensemble" for d in drafts)
    parts = [d for d in drafts if d.kind == "part" and d.polarity == "want"]
    exact = [d for d in parts if d.exact]
    everywhere = [d for d in parts if not d.anchors and not d.exact and d.amount is None]
    players = [d for d in everywhere if d.what not in _TUNES]
    if players != everywhere and players and not genres:  # "a melody, marimba and claps": they play it
        drafts = [d for d in drafts if d not in everywhere or d in players]
        everywhere = players
    is_sung = bool(everywhere) and all(d.what == "vocals" for d in everywhere)
    playing = [d for d in drafts if d.kind == "part" or (d.kind == "event" and d.stem is not None)]
    sometimes = [d for d in playing if d.polarity in ("want", "more") and d not in everywhere]
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
            made.edge = made.edge or "start"  # "just a piano, then the strings come in"
            if not (genres or others):
                whole = _ensemble([*group, *sometimes])
                whole.edge = whole.amount = None
                found.append(whole)

    may_be_all = everywhere and not others and all(d.anchors for d in exact)
    plays_alone = not (genres or is_sung or all(d.what in _TUNES for d in everywhere))
    is_whole = may_be_all and (closed or plays_alone)
    if closed or is_whole:
        found = [d for d in found if d not in everywhere]
    if is_whole:
        found.append(_ensemble([*everywhere, *sometimes]))
    return found


def _complete_ensembles(drafts: Sequence[Draft]) -> None:
    """Let who is named beside an ensemble play with it: "string quartet plus piano".

    A piano trio that plays jazz is one of piano, bass and drums.
    """
    genres = [d.what for d in drafts if d.kind == "genre" and d.polarity == "want"]
    if any(vocabulary().genres.get(name) == "jazz" for name in genres):
        for draft in drafts:
            if draft.kind == "ensemble" and draft.what == _CLASSICAL_TRIO:
                draft.what = _JAZZ_TRIO

    ensembles = [d for d in drafts if d.kind == "ensemble" and d.polarity == "want" and not d.anchors]
    if len(ensembles) != 1 or ensembles[0].amount is not None:
        return
    members = ensembles[0].what.split(", ")
    for part in [d for d in drafts if d.kind == "part" and d.polarity == "want" and not d.anchors]:
        if part.exact or part.amount is not None or part.what in _TUNES:
            continue
        if "drums" in members and part.what in _KIT:
            continue
        if not any(part.what.endswith(name) or name.endswith(part.what) for name in members):
            members.append(part.what)
    ensembles[0].what = ", ".join(members)


_CLASSICAL_TRIO, _JAZZ_TRIO = "piano, violin, cello", "piano, bass, drums"


def _name_members(drafts: Sequence[Draft]) -> None:
    """Match short names to the members of the only ensemble: a "bass" is its double bass.

    A part with a fuller name renames the member. Events keep the name that is said, unless one part alone
    has a fuller one.
    """
    parts = {d.what for d in drafts if d.kind == "part" and d.polarity == "want"}
    for draft in drafts:
        if draft.kind == "event" and draft.stem is not None and draft.stem not in parts:
            kin = [name for name in parts if name.endswith(f" {draft.stem}")]
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
        if draft.kind == "part" and name.endswith(kin[0]):
            members[members.index(kin[0])] = name  # "jazz quartet: tenor saxophone, …"
        elif draft.kind not in ("part", "event"):
            draft.stem = kin[0]
    whole[0].what = ", ".join(members)


def _is_kin(one: str, other: str) -> bool:
    """Return whether one name is a short form of the other: a double bass is called a bass."""
    return one.endswith(f" {other}") or other.endswith(f" {one}")


_TUNES = ("melody", "chords", "riff", "riffs")
"""What players play, and no players themselves."""

_KIT = ("cymbals", "hi-hats", "snare", "kick", "toms", "brushes", "percussion")
"""What a drummer plays."""

_FULL = ("chorus", "hook", "drop", "solo")


def _only_in_full_sections(draft: Draft) -> list[Draft]:
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


def _ensemble(players: Sequence[Draft]) -> Draft:
    """Return the wish for an ensemble of some players, which is for the places of the first."""
    names: list[str] = []
    for player in players:
        name = player.stem or player.what
        names += [name] * player.copies if name not in names else []
    first = players[0]
    said = [player for player in players if player.kind == "part"]
    made = Draft("ensemble", ", ".join(names), min(p.start for p in said), max(p.end for p in said))
    made.anchors, made.amount, made.edge = list(first.anchors), first.amount, first.edge
    return made


def _find_implied(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Yield what words ask for besides what they say: genres, grooves, mixes, and lengths of solos."""
    # "Funky", and an age with a style of its own, name a genre where none is named.
    if not any(draft.kind == "genre" for draft in drafts):
        funky = next(
            (draft for draft in drafts if draft.what == "funky" and draft.polarity == "want"), None
        )
        if funky is not None and not funky.anchors:
            yield replace(funky, kind="genre", what="funk", stem=None, anchors=[])
        for draft in drafts:
            if draft.kind == "era" and draft.what in _ERAS_WITH_STYLES and draft.polarity == "want":
                yield replace(draft, kind="genre", anchors=list(draft.anchors))

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


_ALSO_MOODS = ("energy", "groove", "sound", "tempo")
"""Kinds of wish whose words may say a mood as well."""


def _find_moods(drafts: Sequence[Draft], text: str) -> Iterator[Draft]:
    """Yield the moods that words say besides: a quiet song is calm in its notes, not only soft."""
    for draft in drafts:
        is_of_song = draft.stem is None and not draft.anchors and draft.edge is None
        if draft.kind not in _ALSO_MOODS or draft.polarity != "want" or not is_of_song or draft.amount:
            continue
        words = text[draft.start : draft.end].lower().strip()
        if is_mood(words) and words not in _PLAIN_PACES:
            yield replace(draft, kind="mood", what=words.replace("-", " "), anchors=[])


_PLAIN_PACES = ("slow", "fast", "medium")


def _name_syncopated(drafts: Sequence[Draft], text: str) -> None:
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


def _end_in_silence(drafts: Sequence[Draft]) -> None:
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


def _take_places(drafts: Sequence[Draft], nodes: Sequence[Node]) -> None:
    """Stretch wishes over the words of their places, in place.

    Words of a place that lie in no wish go to the nearest wish for that place, if only silent nodes stand
    between.
    """
    for anchor in {(a.start, a.end): a for draft in drafts for a in draft.anchors}.values():
        if any(draft.start < anchor.end and anchor.start < draft.end for draft in drafts):
            continue
        of_it = [d for d in drafts if any(a.start == anchor.start for a in d.anchors)]
        nearest = min(of_it, key=lambda draft: max(anchor.start - draft.end, draft.start - anchor.end))
        first, last = min(anchor.end, nearest.end), max(anchor.start, nearest.start)
        between = [node for node in nodes if first <= node.start and node.end <= last]
        said = [(draft.start, draft.end) for draft in drafts]
        if all(node.kind in _SILENT or any(a <= node.start < b for a, b in said) for node in between):
            nearest.start, nearest.end = min(nearest.start, anchor.start), max(nearest.end, anchor.end)


# --- from drafts to wishes ---


def _wishes(draft: Draft, translation: Translation) -> Iterator[Wish]:
    """Yield the wishes of a draft: one for each section that it is for."""
    if draft.kind == "everybody":
        return

    # A span begins and ends between words; a translated one may lie across others.
    source = translation.source
    start, end = translation.span_of(draft.start, draft.end)
    while 0 < start < end and source[start - 1].isalpha() and source[start].isalpha():
        start -= 1
    while start < end < len(source) and source[end - 1].isalpha() and source[end].isalpha():
        end += 1

    scopes = _scopes(draft)
    what = draft.what
    if draft.kind == "title":  # as it is written, in whatever language
        at = translation.text.rfind(what, draft.start, draft.end)
        what = translation.quote(at, at + len(what)).strip("\"'“”„«» ") or what
    for where, when in scopes:
        yield Wish(
            kind=draft.kind,
            what=what,
            where=where,
            when=when,
            amount=draft.amount,
            allowed=draft.allowed,
            polarity=draft.polarity,
            span=(start, end) if start < end else (0, len(source)),
        )


def _scopes(draft: Draft) -> list[tuple[Where, When | None]]:
    """Return where and when a draft is for; the player of a stem is kept in each.

    Who leaves for a time rests: the draft becomes a rest where it is such a wish.
    """
    edge = When(edge=draft.edge) if draft.edge is not None else None
    _come_back(draft)
    if not draft.anchors:
        return [(Where(stem=draft.stem), edge)]

    anchor, *more = draft.anchors
    is_entry = draft.kind == "event" and draft.what in ("enter", "leave")
    is_moment = draft.kind == "event" and draft.what in _OF_A_MOMENT and anchor.exactly
    is_inside = (
        anchor.relation in (None, "at") and draft.kind != "section" and not is_entry and not is_moment
    )
    found: list[tuple[Where, When | None]] = []
    for section in anchor.sections or _NOWHERE:
        if is_inside and section is not None:
            where = Where(section=section[0], visit=section[1], stem=draft.stem)
            found.append((where, When(edge=anchor.edge) if anchor.edge is not None else None))
            continue
        if draft.amount is None and draft.kind in ("part", "ensemble", "event"):
            draft.amount = anchor.amount
        found.append((Where(stem=draft.stem), _when(draft, anchor, section)))

    if more:  # a time besides a place
        second = _when(draft, more[0], (more[0].sections or _NOWHERE)[0])
        return [(where, second) for where, _ in found]
    return [(where, when or (edge if where.section is None else None)) for where, when in found]


_FIRST = ("verse", 1)
"""A section before which there may be nothing that one could leave."""

_OFTEN = ("verse", "prechorus", "chorus", "hook", "drop")
"""Sections that a song visits again and again."""


def _come_back(draft: Draft) -> None:
    """Take "the guitar lays out for four bars" as a rest, but for that of the last bars."""
    at_end = any(anchor.edge == "end" for anchor in draft.anchors)
    if (draft.kind, draft.what) == ("event", "leave") and draft.stem:
        place = draft.anchors[0] if len(draft.anchors) == 1 else None
        if (
            place is not None
            and place.relation in (None, "at")
            and place.sections
            and (
                draft.rests
                or all(
                    name in _OFTEN and (visit is None or (name, visit) == _FIRST)
                    for name, visit in place.sections
                )
            )
        ):
            draft.what = "rest"  # "the guitar drops out in the verses": it is back behind each
        before = [anchor for anchor in draft.anchors if anchor.relation == "before" and anchor.sections]
        if not at_end and before:
            draft.what = "rest"  # "the drums drop out before every chorus"
    amounts = [draft.amount, *(anchor.amount for anchor in draft.anchors)]
    if draft.kind == "event" and draft.what in ("leave", "stop") and any(amounts) and not at_end:
        draft.what = "rest"


_OF_A_MOMENT = ("impact", "fall", "sub_drop")

_NOWHERE: Sequence[tuple[str, int | None] | None] = (None,)


def _when(draft: Draft, anchor: Anchor, section: tuple[str, int | None] | None) -> When | None:
    if draft.kind == "section" and anchor.edge == "middle":
        return None  # wherever a form has it
    if draft.kind == "energy" and draft.what in ("build", "fall") and anchor.edge == "end" and anchor.leads:
        return None  # "it swells to the end"
    relation = anchor.relation or "at"
    if relation == "from":
        relation = "at"
    if relation == "until" and draft.polarity == "avoid":
        relation = "before"
    place = None if section is None else Where(section=section[0], visit=section[1])
    edge = anchor.edge if place is None else None
    return When(relation=relation, bar=anchor.bar, seconds=anchor.seconds, edge=edge, place=place)


# --- what is left ---


def _rest(
    nodes: Sequence[Node], wishes: list[Wish], translation: Translation, guessing: bool
) -> list[Wish]:
    """Return a wish for each stretch of words that nobody knows: a guess, or unknown."""
    found: list[Wish] = []
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
        if (sound := _sound_of_player(nodes, stretch, translation)) is not None:
            found.append(sound)
            continue
        of_scene = len(found)
        said = {wish.kind for wish in (*wishes, *found)}
        if _is_topic(nodes, stretch):
            said -= {"mood"}  # what a song is about tells a mood as well
        first, last = _scene(nodes, stretch)
        scene = lower(translation.text[first.start : last.end])
        guesses = nearest_meanings(scene, said) if guessing and _is_sure(stretch) else ()
        for kind, what in guesses:
            painted = last.end
            found.append(Wish(kind=kind, what=what, span=(start, end), guessed=True))
        if not guesses:
            found.append(Wish(kind="unknown", what=translation.source[start:end], span=(start, end)))
    return found


def _is_said(stretch: Sequence[Node], wishes: Sequence[Wish], translation: Translation) -> bool:
    """Return whether words stand in the translation of a phrase of which another part is a wish already."""
    phrase = translation.phrase_of(stretch[0].start, stretch[-1].end)
    return phrase is not None and any(
        wish.span is not None and wish.span[0] < phrase[1] and phrase[0] < wish.span[1] for wish in wishes
    )


_MOST_ADJECTIVES = 2


def _sound_of_player(
    nodes: Sequence[Node], stretch: Sequence[Node], translation: Translation
) -> Wish | None:
    """Return how a player sounds by English words right in front of it: "sliding 808s", "rumble kick"."""
    at = nodes.index(stretch[-1])
    player = nodes[at + 1] if at + 1 < len(nodes) else None
    if player is None or player.kind != "player" or len(stretch) > _MOST_ADJECTIVES:
        return None
    if not _is_sure(stretch) or _is_topic(nodes, stretch) or any(n.kind != "unknown" for n in stretch):
        return None
    words = lower(translation.text[stretch[0].start : stretch[-1].end])
    span = translation.span_of(stretch[0].start, stretch[-1].end)
    return Wish(kind="sound", what=words, where=Where(stem=str(player.value)), span=span)


_SILENT = (
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
    "sudden",
    "swap",
)
"""Nodes that ask for nothing by themselves."""


def _find_unread(nodes: Sequence[Node], wishes: Sequence[Wish], translation: Translation) -> Iterator[Wish]:
    """Yield an unknown wish for each word of music that none came from: "leave" where nobody is named."""
    spans = [wish.span for wish in wishes if wish.span is not None]
    has_ensemble = any(wish.kind == "ensemble" for wish in wishes)
    for i, node in enumerate(nodes):
        following = nodes[i + 1] if i + 1 < len(nodes) else None
        if node.kind == "group" and has_ensemble:
            continue  # "a duo for flute and harp"
        if node.token.word == "one" and following is not None and following.kind == "player":
            continue
        start, end = translation.span_of(node.start, node.end)
        if node.kind in _SILENT or start >= end or any(a < end and start < b for a, b in spans):
            continue
        yield Wish(kind="unknown", what=translation.source[start:end], span=(start, end))


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
