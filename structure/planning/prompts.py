"""The words that a diffusion backend hears for each stem of each section."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from structure.base.types import Role
from structure.description.reading import read_wishes
from structure.forms.places import Layout
from structure.planning.wishes.asked import first_asked
from structure.plans.plan import StemPlan
from structure.presets.players import find_instrument, is_meant_by, kit_lanes
from structure.presets.styles import Style
from structure.specs.spec import SectionSpec, SongSpec
from structure.specs.wishes import Wish, Wishes, WishKind, is_song_wide, song_wide

_SAID: tuple[WishKind, ...] = ("mood", "sound")
"""Kinds of wishes whose words the sound of every stem hears."""

_SUNG = ("vocals", "vocal", "voice", "singing", "singer", "lyrics")


def join_prompts(*parts: str | None) -> str:
    """Return the parts that say something, with commas between; the same part is said only once."""
    said = [part.strip().strip(",") for part in parts if part and part.strip()]
    return ", ".join(dict.fromkeys(said))


def song_prompt(spec: SongSpec, wishes: Wishes, genre: str) -> str:
    """Return the words of style for the whole song.

    They are the user's prompt, else the genre with the era, moods and sounds that are asked for. Of several
    genres the song is in the style of one, and hears the names of all.
    """
    if spec.prompt:
        return spec.prompt.strip()
    genres = [wish.what for wish in song_wide(wishes, "genre")]
    others = genres if len(genres) > 1 and spec.genre is None else []
    era = first_asked(wishes, "era")
    words = [wish.what for kind in _SAID for wish in song_wide(wishes, kind) if wish.where.stem is None]
    return join_prompts(genre, *others, f"{era} sound" if era else None, *words)


def song_negative_prompt(spec: SongSpec, wishes: Wishes) -> str:
    """Return what no stem may sound like; unwanted instruments are left out of the song already."""
    unwanted = [wish.what for wish in song_wide(wishes, "part", "avoid") if wish.what in _SUNG]
    sounds = [wish.what for wish in song_wide(wishes, "sound", "avoid")]
    return join_prompts(spec.negative_prompt, *("vocals" for _ in unwanted), *sounds)


def place_words(wishes: Wishes, stem: StemPlan, layout: Layout, visit: int) -> str:
    """Return what is asked of the sound of a stem in one visit.

    What is asked of the start of a song is for its first visit, and of its end for its last.
    """

    def is_here(wish: Wish) -> bool:
        name, when = wish.where.stem, wish.when
        if is_song_wide(wish):
            return False
        if wish.where.section is None and when is not None and (when.relation, when.edge) in _EDGES:
            is_there = visit == (0 if when.edge == "start" else len(layout.names) - 1)
        else:
            is_there = visit in _visits_of(wish, layout)
        return is_there and (name is None or is_meant_by(name, stem.role, stem.name, stem.prompt))

    heard = (wish for wish in wishes.wishes if wish.kind in _SAID and wish.polarity == "want")
    kit = [
        name
        for wish in wishes.wishes
        if wish.kind in ("part", "ensemble") and wish.polarity == "want" and stem.role == "drums"
        for name in wish.names
        if kit_lanes(name) and is_here(wish)
    ]
    return join_prompts(*kit, *(wish.what for wish in heard if is_here(wish)))


def _visits_of(wish: Wish, layout: Layout) -> list[int]:
    """Return the visits that a wish is for; of a time shorter than half of one, that which it is in."""
    covered = [visit for visit in range(len(layout.names)) if layout.covers(wish, visit)]
    bars = layout.bars_for(wish)
    return covered or ([layout.visit_at(bars[-1])] if bars else [])


_EDGES = (("at", "start"), ("at", "end"))

_OF_STYLE: tuple[Role, ...] = ("drums", "bass")
"""Roles whose sound is that of the music which is played; other players keep their instruments."""


def sounds_in(style: Style, stems: Sequence[StemPlan], named: Collection[str]) -> dict[str, str]:
    """Return the sound of each stem where its band plays the music of another style.

    Drums and basses sound as that style has them, but for those that the user names.
    """
    found = {}
    for stem in stems:
        others = [one.prompt for one in style.stems if one.role == stem.role]
        is_own = stem.role not in _OF_STYLE or stem.name in named or not others
        found[stem.name] = stem.prompt if is_own else others[0]
    return found


def stem_prompt(stem: str, visit: str | None, song: str, place: str = "") -> str:
    """Return a stem's whole prompt in a visit.

    ``visit`` are the visit's own words, ``place`` is what is asked of the sound there.
    """
    return join_prompts(stem, visit, place, song)


def morph_prompt(stem: str, role: Role, target: str | None) -> str:
    """Return what a stem's prompt turns into, in the words of the target.

    It names the target's instrument of the stem's role, or else the stem's own sound. Empty where there is
    no target.
    """
    if not (target or "").strip():
        return ""
    players = [
        find_instrument(wish.what) for wish in read_wishes(target or "").wishes if wish.kind == "part"
    ]
    return join_prompts(next((player.prompt for player in players if player.role == role), stem), target)


def stem_negative_prompt(stem: str, section: SectionSpec, song: str) -> str:
    """Return a stem's whole negative prompt in a section."""
    return join_prompts(stem, section.negative_prompt, song)
