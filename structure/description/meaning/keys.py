"""Where in a song a key is that is named beside the song's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from structure.description.grammar.drafts import Anchor, Draft


def place_related_keys(drafts: Sequence[Draft]) -> Iterator[Draft]:
    """Put a related key that no place is said for into the bridge, in place; yield that bridge."""
    for draft in drafts:
        is_related = draft.kind == "key" and draft.what.startswith(("relative ", "parallel "))
        if is_related and not draft.anchors and draft.edge is None:
            draft.anchors = [Anchor(draft.start, draft.end, 0, 0, "at", [("bridge", None)])]
            if draft.polarity == "want" and not any(
                (d.kind, d.what, d.polarity) == ("section", "bridge", "want") for d in drafts
            ):
                yield Draft("section", "bridge", draft.start, draft.end)


def end_in_other_mode(drafts: Sequence[Draft]) -> None:
    """Read the major key on the tonic of a minor song, at its end, as its last chord, in place.

    "D minor, ends on D major" ends on a Picardy third.
    """
    keys = [d for d in drafts if d.kind == "key" and d.polarity == "want" and d.what[:1].isupper()]
    home = next((d for d in keys if not d.anchors and d.edge is None), None)
    for draft in keys:
        ends = draft.edge == "end" or any(anchor.edge == "end" for anchor in draft.anchors)
        tonic, _, mode = draft.what.partition(" ")
        if home is not None and ends and mode == "major" and home.what == f"{tonic} minor":
            draft.kind, draft.what = "harmony", "picardy third"
