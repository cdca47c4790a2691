"""What a spec leaves open, and the files of its parts say: key, tempo, metre and lengths."""

from __future__ import annotations

from typing import Any

from structure.planning.given.pieces import piece_of, pieces_of
from structure.specs.parts import Parts
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import Wishes, WishKind, song_wide

_SLOWEST, _FASTEST = 30.0, 300.0


def fill_in(spec: SongSpec, wishes: Wishes) -> SongSpec:
    """Return a spec with what it, and its description, leave open and its parts say.

    The first parts speak for the song: the song's own, else those of the first section. Raises PlanError
    for a part that cannot be had.
    """
    pieces = pieces_of(spec)
    if not pieces:
        return spec

    # The metre is that of the first part. Key and tempo are those of the first part that has one.
    changes: dict[str, Any] = {}
    meter = pieces[0].meter
    key = next((piece.music.key for piece in pieces if piece.music.key), None)
    tempo = next((own for piece in pieces if (own := piece.music.quarters_per_minute)), None)
    if spec.meter is None and not _is_asked(wishes, "meter"):
        changes["meter"] = str(meter)
    names_key = any(wish.what not in ("up", "down", "change") for wish in song_wide(wishes, "key"))
    if spec.key is None and key and not names_key:
        changes["key"] = key
    if spec.tempo is None and tempo and not _is_asked(wishes, "tempo"):
        beats = float(tempo / meter.beat_quarters)
        changes["tempo"] = min(_FASTEST, max(_SLOWEST, round(beats, 3)))

    song_meter = spec.meter or changes.get("meter")
    sections = {
        name: _section(spec, name, section, song_meter, changes.get("key"))
        for name, section in spec.sections.items()
    }
    changes["sections"] = sections
    if isinstance(spec.form, tuple):
        # A visit is as long as its own parts, where neither it nor its section says how long it is.
        entries = list(spec.form)
        for i, entry in enumerate(spec.form):
            section = sections.get(entry.section)
            has_bars = entry.bars is not None or (section is not None and section.bars is not None)
            if entry.parts and not has_bars:
                bars = max(_own(spec, entry.parts, f"form[{i + 1}].").values())
                entries[i] = entry.model_copy(update={"bars": bars})
        changes["form"] = tuple(entries)
    if spec.parts and spec.length is None and not _is_asked(wishes, "length") and spec.form is None:
        bars = max(_own(spec, spec.parts, "").values())
        changes["length"] = f"{bars} bars"
    return spec.model_copy(update=changes)


def notes_on_guesses(asked: SongSpec, filled: SongSpec) -> tuple[str, ...]:
    """Return what the user should know of what was guessed from files: the key, where they say none."""
    if asked.key is not None or filled.key is None:
        return ()
    piece = next((one for one in pieces_of(filled) if one.music.key == filled.key), None)
    if piece is None or piece.music.is_key_said:
        return ()
    return (f"the key {filled.key} is a guess from the notes of {piece.spec.file}; `key:` sets another",)


def _is_asked(wishes: Wishes, kind: WishKind) -> bool:
    return bool(song_wide(wishes, kind))


def _section(
    spec: SongSpec, name: str, section: SectionSpec, meter: str | None, song_key: str | None
) -> SectionSpec:
    """Return a section with the length, metre and key of its parts, where the spec leaves them open."""
    if not section.parts:
        return section
    changes: dict[str, Any] = {}
    stem, part = next(iter(section.parts.items()))
    first = piece_of(spec, part, f"sections.{name}.parts.{stem}")
    key = first.music.key if first.music.is_key_said else None
    if section.bars is None:
        changes["bars"] = max(_own(spec, section.parts, f"sections.{name}.").values())
    if section.meter is None and meter is not None and str(first.meter) != meter and spec.meter is None:
        changes["meter"] = str(first.meter)
    if section.key is None and spec.key is None and key is not None and key != song_key:
        changes["key"] = key
    return section.model_copy(update=changes) if changes else section


def _own(spec: SongSpec, parts: Parts, owner: str) -> dict[str, int]:
    """Return the number of bars of each part, by stem."""
    return {stem: piece_of(spec, part, f"{owner}parts.{stem}").bars for stem, part in parts.items()}
