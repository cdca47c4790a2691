"""Reads all that a sentence asks for: its clauses, and what each of them wishes for."""

from __future__ import annotations

from functools import lru_cache

from structure.description.grammar.clauses import clauses_of
from structure.description.grammar.drafts import Draft
from structure.description.grammar.images import read_images
from structure.description.grammar.nodes import Node, nodes_of
from structure.description.grammar.timelines import mark_times
from structure.description.meaning.ensembles import (
    answer_voices,
    carry_players,
    complete_ensembles,
    leave_out_tunes,
    name_members,
    share_solos,
    with_ensembles,
)
from structure.description.meaning.forms import extend_forms, take_forms
from structure.description.meaning.genres import find_genres_of_places, place_genres
from structure.description.meaning.implied import (
    end_cadences,
    end_in_silence,
    find_implied,
    find_implied_genres,
    find_long_builds,
    find_moods,
    find_voices,
    free_last_sections,
    name_syncopated,
    only_in_full_sections,
    take_places,
    take_sudden,
    without_scenes,
)
from structure.description.meaning.keys import end_in_other_mode, place_related_keys
from structure.description.meaning.scoped import wishes_of_draft
from structure.description.meaning.unread import find_rest, find_unread
from structure.description.scoping.long_sections import mark_long_sections, without_vague_lengths
from structure.description.scoping.scopes import place_drafts
from structure.description.words.corrections import blot_what_is_taken_back
from structure.description.words.tokens import tokens_of
from structure.description.words.translation import Translation, to_english
from structure.specs.wishes import Wish, Wishes


def wishes_of(text: str, *, guessing: bool = True) -> Wishes:
    """Return all that a sentence asks for; what nothing understands is a wish of the kind ``unknown``."""
    translation, nodes, understood = _understand(text)
    if not translation.language:
        stripped = text.strip()
        start = text.index(stripped)
        unknown = Wish(kind="unknown", what=stripped, span=(start, start + len(stripped)))
        return Wishes(text, (unknown,) if stripped else (), "")
    wishes = [*understood]
    wishes += find_rest(nodes, wishes, translation, guessing)
    wishes += find_unread(nodes, wishes, translation)
    order = sorted(wishes, key=lambda wish: wish.span or (0, 0))
    return Wishes(text, tuple(dict.fromkeys(order)), translation.language)


@lru_cache(maxsize=4)
def _understand(text: str) -> tuple[Translation, tuple[Node, ...], tuple[Wish, ...]]:
    """Return a sentence in English, its parts, and what rules read in them.

    It is kept for a moment, since a song is read with guesses and its title without.
    """
    translation = to_english(blot_what_is_taken_back(text))
    if not translation.language:
        return translation, (), ()
    forms, nodes = take_forms(
        mark_times(nodes_of(tokens_of(translation.text, is_translated=translation.language != "English")))
    )
    mark_long_sections(nodes)
    read_images(nodes)

    # Sections that are merely mentioned again say nothing new.
    drafts: list[Draft] = []
    for draft in [*forms, *place_drafts(clauses_of(nodes))]:
        is_wanted = draft.kind == "section" and draft.polarity == "want"
        is_mention = is_wanted and draft.amount is None and not draft.anchors
        known = (d.what for d in drafts if d.kind == "section" and d.polarity == "want")
        if not (is_mention and draft.what in known):
            drafts += only_in_full_sections(draft)

    drafts = without_vague_lengths(drafts)
    extend_forms(drafts, translation.text)
    drafts += list(place_related_keys(drafts))
    drafts += list(find_genres_of_places(drafts))
    place_genres(drafts, translation.text)
    drafts += list(find_implied_genres(drafts, translation.text))
    drafts += list(find_voices(drafts))
    complete_ensembles(drafts)
    drafts = with_ensembles(drafts, nodes)
    carry_players(drafts)
    drafts = leave_out_tunes(drafts)
    name_members(drafts)
    answer_voices(drafts)
    drafts = share_solos(drafts)
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
    free_last_sections(drafts, translation.text)
    name_syncopated(drafts, translation.text)
    drafts += list(find_implied(drafts))
    drafts += list(find_long_builds(drafts, nodes))
    drafts += list(find_moods(drafts, translation.text))
    drafts = without_scenes(drafts, nodes)
    end_in_silence(drafts)
    end_cadences(drafts, translation.text)
    end_in_other_mode(drafts)
    take_sudden(drafts, nodes)
    take_places(drafts, nodes)

    wishes = tuple(wish for draft in drafts for wish in wishes_of_draft(draft, translation))
    return translation, tuple(nodes), wishes
