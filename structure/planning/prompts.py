"""The words that a diffusion backend hears for each stem of each section."""

from __future__ import annotations

from structure.base.types import Role
from structure.description.reading import Reading, read_description
from structure.specs.spec import SectionSpec, SongSpec


def joined(*parts: str | None) -> str:
    """The parts that say something, with commas between; what was said is not said again."""
    said = [part.strip().strip(",") for part in parts if part and part.strip()]
    return ", ".join(dict.fromkeys(said))


def song_prompt(spec: SongSpec, reading: Reading, genre: str) -> str:
    """Words of style for the whole song: the user's prompt, else the genre, era and moods read."""
    era = f"{reading.era} sound" if reading.era else None
    return spec.prompt.strip() if spec.prompt else joined(genre, era, *reading.moods)


def song_negative_prompt(spec: SongSpec, reading: Reading) -> str:
    """What no stem may sound like; unwanted instruments are left out of the song already."""
    return joined(spec.negative_prompt, *(word for word in reading.unwanted if word == "vocals"))


def stem_prompt(stem: str, section: SectionSpec, song: str) -> str:
    """A stem's whole prompt in a section."""
    return joined(stem, section.prompt, song)


def morph_prompt(stem: str, role: Role, target: str | None) -> str:
    """What a stem's prompt turns into: the instrument of its role that the target names, else the stem's
    own sound, in the words of the target; empty where there is no target."""
    if not (target or "").strip():
        return ""
    players = read_description(target or "").instruments
    return joined(next((player.prompt for player in players if player.role == role), stem), target)


def stem_negative_prompt(stem: str, section: SectionSpec, song: str) -> str:
    """A stem's whole negative prompt in a section."""
    return joined(stem, section.negative_prompt, song)
