"""Texts that leave the house: without signs that steer a terminal, break a file or hide what they say."""

from __future__ import annotations

import re
import unicodedata

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but for the tab and the line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of writing around
    "\u200b\u2060-\u2064\u206a-\u206f\u00ad\u180e\ufeff\ufff9-\ufffb"  # what takes no place
    "\U000e0000-\U000e007f]"
)
"""Zero-width joiners stay: emoji and the scripts of India and Persia are spelled with them."""

_NO_SIGN = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def plain_text(text: str) -> str:
    """Return a text that may stand in any file and on any terminal; its line breaks and tabs stay."""
    text = _NO_SIGN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _STEERING.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n").replace("\x0b", "\n"))


def plain_line(text: str) -> str:
    """Return a text as :func:`plain_text` does, composed (NFC) and on one line."""
    return " ".join(plain_text(unicodedata.normalize("NFC", text)).split())
