"""One colour for each kind of stem and each section, the same in every project file."""

from __future__ import annotations

import colorsys
import zlib

from structure.base.types import Role

Rgb = tuple[int, int, int]

_ROLES: dict[str, Rgb] = {
    "drums": (0xD1, 0x49, 0x4B),
    "bass": (0x8A, 0x5F, 0xC4),
    "chords": (0x3E, 0x8E, 0xD0),
    "pad": (0x3F, 0xA9, 0x8F),
    "arpeggio": (0x7F, 0xB2, 0x3B),
    "lead": (0xE0, 0x9B, 0x2D),
    "vocals": (0xE2, 0x5C, 0x9A),
    "backing": (0xC9, 0x8B, 0xC0),
    "effects": (0x9A, 0xA0, 0xB8),
    "audio": (0xD8, 0xB0, 0x7A),
}
_OTHER: Rgb = (0x80, 0x86, 0x8C)


def role_colour(role: Role) -> Rgb:
    """Return red, green and blue, 0…255, of a stem by its role."""
    return _ROLES.get(role, _OTHER)


def section_colour(name: str) -> Rgb:
    """Return a quiet colour of a section by its name, so that a section that returns looks the same."""
    hue = zlib.crc32(name.encode()) % 360 / 360.0
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.45, 0.8)
    return round(255 * red), round(255 * green), round(255 * blue)


def hex_colour(colour: Rgb) -> str:
    """Return a colour as ``#rrggbb``."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
